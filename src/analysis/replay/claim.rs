//! Claims of rows about bad seconds.

use std::time::Duration;

use super::resolver;
use crate::model::{
    charge::ResolverOwner,
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
    /// Domain that is at fault, or does badly.
    pub domain: Option<FaultDomain>,
    /// The surest of the rows. The original's rows bear little.
    pub confidence: Option<Confidence>,
    /// All they rest on.
    pub evidence: Vec<Evidence>,
    /// The last hop that answered, as the last row has it.
    pub last_hop: Option<LastHop>,
    /// Time by which the onset of the state may differ from the truth; `None` where no row says.
    pub uncertainty: Option<Duration>,
    /// Files the rows name, traces and facts: the first hundred of them.
    pub files: Vec<String>,
    /// Measurements of the rows.
    pub seen: Seen,
    /// Owner of the resolvers that failed in the first row; `None` when that is not known.
    pub resolver: Option<ResolverOwner>,
}

/// Proof that rows give for one segment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// The surest of the rows; `None` where no row says.
    pub confidence: Option<Confidence>,
    /// All they rest on.
    pub evidence: Vec<Evidence>,
    /// Owner of the resolvers that failed, where all rows name the same.
    pub resolver: Option<ResolverOwner>,
    /// Measurements of the rows.
    pub seen: Seen,
}

impl Proof {
    pub(super) fn of(claim: &Claim) -> Self {
        Self {
            confidence: claim.confidence,
            evidence: claim.evidence.clone(),
            resolver: claim.resolver,
            seen: claim.seen,
        }
    }

    /// Takes in what a later row says.
    pub(super) fn add(&mut self, later: &Claim) {
        self.confidence = self.confidence.max(later.confidence);
        add_evidence(&mut self.evidence, &later.evidence);
        self.resolver = self.resolver.filter(|owner| later.resolver == Some(*owner));
        self.seen = self.seen.and(later.seen);
    }
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
            resolver: (row.domain == Some(FaultDomain::Dns)).then(|| resolver::owner(row)).flatten(),
        }
    }

    /// Takes in what a later row says.
    pub(super) fn add(&mut self, later: &Self) {
        self.status = later.status.or(self.status);
        self.cause = later.cause.or(self.cause);
        self.confidence = self.confidence.max(later.confidence);
        self.last_hop = later.last_hop.or(self.last_hop);
        add_evidence(&mut self.evidence, &later.evidence);
        for file in &later.files {
            if self.files.len() < MOST_FILES && !self.files.contains(file) {
                self.files.push(file.clone());
            }
        }
        self.seen = self.seen.and(later.seen);
    }
}

fn add_evidence(known: &mut Vec<Evidence>, later: &[Evidence]) {
    for evidence in later {
        if !known.contains(evidence) {
            known.push(*evidence);
        }
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
