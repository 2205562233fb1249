//! Times in which the line worked badly.

use std::time::Duration;

use super::{
    time::Stamp,
    verdict::{Confidence, Evidence, FaultDomain},
};

/// Time in which the line worked badly.
#[derive(Debug, Clone, PartialEq)]
pub struct Degradation {
    /// Beginning.
    pub start: Stamp,
    /// End, or the end of the data.
    pub end: Stamp,
    /// True if the data end before it does.
    pub is_open: bool,
    /// Error of `start` and of `end` that holds 99 times of a hundred; `None` where no row says.
    pub uncertainty: Option<Duration>,
    /// The part of the path that explains it.
    pub domain: Option<FaultDomain>,
    /// Confidence of the rows; `None` where no row says.
    pub confidence: Option<Confidence>,
    /// Loss, latency, jitter: which showed.
    pub evidence: Vec<Evidence>,
}

impl Degradation {
    /// False if the confidence is low: the part that explains it is a guess.
    pub fn is_sure(&self) -> bool {
        self.confidence >= Some(Confidence::Medium)
    }
}
