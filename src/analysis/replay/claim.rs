//! What rows say about bad seconds.

use std::time::Duration;

use crate::model::{
    log_row::LogRow,
    summary::{RowFigures, Seen},
    verdict::{Confidence, Evidence, FaultDomain, LastHop, RootCause, Status},
};

/// The verdict of rows that blame the same part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// The state of the line; `None` where no row says.
    pub status: Option<Status>,
    /// The hint.
    pub cause: Option<RootCause>,
    /// Whose part is at fault, or does badly.
    pub domain: Option<FaultDomain>,
    /// The surest of the rows. The original's rows bear little.
    pub confidence: Option<Confidence>,
    /// All they rest on.
    pub evidence: Vec<Evidence>,
    /// The last hop that answered, as the last row has it.
    pub last_hop: Option<LastHop>,
    /// How far the onset may be from the truth, where a row says.
    pub uncertainty: Option<Duration>,
    /// Files the rows name, traces and facts: the first hundred of them.
    pub files: Vec<String>,
    /// What the rows measured.
    pub seen: Seen,
}

/// Files that are kept. A log that names another in every row of a long outage would fill the memory.
const MOST_FILES: usize = 100;

impl Claim {
    pub(super) fn of(row: &LogRow) -> Self {
        let named = [&row.trace_file, &row.wan_diag_file].into_iter().chain(&row.intensive_traces);
        Self {
            status: Some(row.status),
            cause: row.cause,
            domain: row.domain,
            confidence: Some(row.confidence.unwrap_or(Confidence::Low)),
            evidence: row.evidence.clone(),
            last_hop: row.last_hop,
            uncertainty: row.uncertainty,
            files: named.filter(|name| !name.is_empty()).cloned().collect(),
            seen: seen(row),
        }
    }

    /// Takes in what a later row says.
    pub(super) fn add(&mut self, later: &Self) {
        self.status = later.status.or(self.status);
        self.cause = later.cause.or(self.cause);
        self.confidence = self.confidence.max(later.confidence);
        self.last_hop = later.last_hop.or(self.last_hop);
        let new = later.evidence.iter().filter(|evidence| !self.evidence.contains(evidence));
        let new: Vec<Evidence> = new.copied().collect();
        self.evidence.extend(new);
        for file in &later.files {
            if self.files.len() < MOST_FILES && !self.files.contains(file) {
                self.files.push(file.clone());
            }
        }
        self.seen = self.seen.and(later.seen);
    }
}

fn seen(row: &LogRow) -> Seen {
    let targets = row.targets_tally.filter(|tally| tally.total > 0);
    Seen {
        targets: targets.map_or((0, 0, 0), |tally| (1, tally.up as u64, tally.total as u64)),
        gateway: row.gateway_rtt.map_or_else(Default::default, |rtt| (1, rtt, rtt, rtt)),
        causes: RowFigures::CAUSES.map(|cause| u32::from(row.counted_cause() == Some(cause))),
    }
}
