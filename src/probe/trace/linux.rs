//! Not there yet: every probe comes back as not measured.

use super::HopSink;
use crate::{
    clock,
    model::{
        host::Family,
        probe::NotMeasured,
        trace::{Arrival, HopOutcome, HopProbe, HopSample, TraceProtocol},
    },
};

pub(super) struct Backend(HopSink);

impl Backend {
    pub(super) fn start(sink: HopSink) -> Self {
        Self(sink)
    }

    pub(super) fn send(&self, probes: Vec<HopProbe>) {
        let sent = clock::now().stamp();
        let outcome = HopOutcome::NotMeasured(NotMeasured::Unsupported);
        probes.into_iter().for_each(|probe| {
            (self.0)(HopSample { probe, sent, outcome: outcome.clone(), arrival: Arrival::First });
        });
    }

    #[expect(clippy::unused_self, reason = "the face of every system")]
    pub(super) fn permits(&self, _protocol: TraceProtocol, _family: Family) -> bool {
        false
    }
}
