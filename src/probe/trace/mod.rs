//! Probes of a trace: packets that routers on the way must give up on, and who said so. No privilege is needed.

cfg_select! {
    target_os = "linux" => {
        mod linux;
        #[cfg(test)]
        mod macos;
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
    _ => {}
}

#[cfg(any(not(target_os = "linux"), test))]
mod connect;
mod flights;
#[cfg(any(not(target_os = "linux"), test))]
mod hop_outcome;

use std::sync::Arc;

use crate::model::{
    host::Family,
    trace::{HopProbe, HopSample, TraceProtocol},
};

/// Takes samples as they come in. Called from the tracing thread; must not block.
pub type HopSink = Arc<dyn Fn(HopSample) + Send + Sync>;

/// Sends probes of any number of traces. Dropping it ends its thread.
pub struct Tracer(imp::Backend);

impl Tracer {
    /// Opens what the system permits. Never fails: what is forbidden comes back as
    /// [`crate::model::trace::HopOutcome::NotMeasured`].
    pub fn start(sink: HopSink) -> Self {
        Self(imp::Backend::start(sink))
    }

    /// Sends `probes` at once and returns without waiting. Each ends in exactly one sample that is
    /// [`crate::model::trace::Arrival::First`]; late answers and duplicates come as further ones.
    pub fn send(&self, probes: Vec<HopProbe>) {
        self.0.send(probes);
    }

    /// True if this machine can trace by `protocol` at all. Such probes that are sent nevertheless are not measured.
    pub fn permits(&self, protocol: TraceProtocol, family: Family) -> bool {
        self.0.permits(protocol, family)
    }
}
