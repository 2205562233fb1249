//! The network: how each kind of probe is sent and its answer read. A probe does not judge, and no probe waits for
//! another.

pub mod echo;

use std::sync::Arc;

use crate::model::probe::Sample;

/// Takes samples as they come in. Called from the probing threads; must not block.
pub type Sink = Arc<dyn Fn(Sample) + Send + Sync>;
