//! Echo, UDP and first-hop probes: small packets to many hosts over as few sockets as the system allows.

cfg_select! {
    target_os = "linux" => {
        mod linux;
        use linux as imp;
    }
    target_os = "macos" => {
        mod macos;
        use macos as imp;
    }
    windows => {
        mod windows;
        use windows as imp;
    }
    _ => {
        compile_error!("network-logging runs on Linux, macOS and Windows");
    }
}

#[cfg(any(target_os = "macos", all(test, target_os = "linux")))]
mod first_hop;
#[cfg(any(target_os = "macos", all(test, target_os = "linux")))]
mod surge;

use super::{Sink, permission::EchoMeans};
use crate::model::{host::Family, probe::Probe};

/// The prober of small packets. Dropping it ends its threads.
pub struct Echo(imp::Backend);

impl Echo {
    /// Opens what the system permits. Never fails: what is forbidden comes back as
    /// [`crate::model::probe::Outcome::NotMeasured`].
    pub fn start(sink: Sink) -> Self {
        Self(imp::Backend::start(sink))
    }

    /// Sends [`crate::model::probe::ProbeKind::Echo`], `Udp` and `FirstHop` probes at once. Returns without waiting;
    /// each probe ends in exactly one sample.
    pub fn send(&self, probes: Vec<Probe>) {
        self.0.send(probes);
    }

    /// Returns the means of sending echo for `family`.
    pub fn means(&self, family: Family) -> EchoMeans {
        self.0.means(family)
    }
}
