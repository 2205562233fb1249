//! The claims of the rows of one outage: by fault domain, and what proves each segment.

use std::{collections::BTreeMap, time::Duration};

use super::claim::{Claim, Proof};
use crate::model::{
    ledger::{Outage, Segment},
    summary::Seen,
    time::Stamp,
    verdict::FaultDomain,
};

/// The claims of rows that tell of bad seconds in a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    by_domain: BTreeMap<FaultDomain, Claim>,
    /// By the beginning of the segment. Two segments may begin at once; then the first has no length.
    by_segment: BTreeMap<(Duration, FaultDomain), Proof>,
}

impl Claims {
    /// Takes what a row says within a segment. A row of another domain than the segment's proves nothing of it.
    pub(super) fn add(&mut self, segment: Option<Segment>, domain: FaultDomain, claim: &Claim) {
        self.by_domain.entry(domain).and_modify(|known| known.add(claim)).or_insert_with(|| claim.clone());
        if let Some(segment) = segment.filter(|segment| segment.domain == domain) {
            let known = self.by_segment.entry((segment.start.mono, domain));
            known.and_modify(|known| known.add(claim)).or_insert_with(|| Proof::of(claim));
        }
    }

    pub(super) fn clear(&mut self) {
        self.by_domain.clear();
        self.by_segment.clear();
    }

    /// The claim of this part, with what all rows measured.
    pub fn of(&self, domain: FaultDomain) -> Claim {
        let mut claim = self.by_domain.get(&domain).cloned().unwrap_or_default();
        claim.seen = self.by_domain.values().fold(Seen::default(), |seen, claim| seen.and(claim.seen));
        claim
    }

    /// The claim of the part that the outage is told by in short.
    pub fn main(&self, outage: &Outage, known_until: Stamp) -> Claim {
        outage.blamed(known_until).map(|domain| self.of(domain)).unwrap_or_default()
    }

    /// What proves this segment; nothing where no row tells of it.
    pub fn proof(&self, segment: Segment) -> Proof {
        self.by_segment.get(&(segment.start.mono, segment.domain)).cloned().unwrap_or_default()
    }
}
