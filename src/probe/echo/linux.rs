//! Linux.

use super::EchoMeans;
use crate::{
    model::{host::Family, probe::Probe},
    probe::Sink,
};

pub(super) struct Backend;

impl Backend {
    pub(super) fn start(_sink: Sink) -> Self {
        Self
    }

    #[expect(clippy::unused_self, clippy::needless_pass_by_value, reason = "not written yet")]
    pub(super) fn send(&self, _probes: Vec<Probe>) {}

    #[expect(clippy::unused_self, reason = "not written yet")]
    pub(super) fn means(&self, _family: Family) -> EchoMeans {
        EchoMeans::Forbidden
    }
}
