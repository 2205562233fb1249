//! macOS: echo over ICMP datagram sockets, which need no privilege, and first hops by the tracer.
//!
//! UDP probes are not measured here; hosts that ignore echo are asked by TCP.

use super::{first_hop::FirstHop, surge::Surge};
use crate::probe::permission::EchoMeans;
use crate::{
    model::{host::Family, probe::Probe},
    probe::Sink,
};

/// The prober. After a drop it reports nothing more, not even probes under way.
pub(super) struct Backend {
    surge: Surge,
    first_hop: FirstHop,
}

impl Backend {
    pub(super) fn start(sink: Sink) -> Self {
        Self { surge: Surge::start(sink.clone()), first_hop: FirstHop::start(sink) }
    }

    pub(super) fn send(&self, probes: Vec<Probe>) {
        let echo = self.first_hop.take(probes);
        if !echo.is_empty() {
            self.surge.send(echo);
        }
    }

    pub(super) fn means(&self, family: Family) -> EchoMeans {
        self.surge.means(family)
    }
}
