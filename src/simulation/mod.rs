//! A made-up month of a home line, for showing what the program does and for testing it: what happened is known.
//!
//! Pure: the same seed gives the same rows. Addresses are those set aside for documentation (RFC 5737) but for the
//! far hosts, which stand in the default configuration.

mod diary;
mod episodes;
mod line;
mod rows;
mod samples;
mod traces;

use std::time::Duration;

pub use self::{
    diary::{clock_samples, notes, tickets},
    episodes::{Episode, What, episodes},
    rows::rows,
    samples::samples,
    traces::{Traced, path_changes, traces},
};
use crate::model::time::Timestamp;

/// Time that is to be made up.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// End of the time.
    pub end: Timestamp,
    /// Length of the time.
    pub length: Duration,
    /// Another seed makes up another time.
    pub seed: u64,
}

impl Plan {
    /// Returns the beginning of the time.
    pub fn begin(&self) -> Timestamp {
        let length = chrono::TimeDelta::from_std(self.length).unwrap_or_default();
        self.end.checked_sub_signed(length).unwrap_or(self.end)
    }
}
