//! The claims of the rows of one outage: by fault domain, and what proves each segment.

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
    by_domain: Vec<(FaultDomain, Claim)>,
    /// In time order. Two segments may begin at once; then the first has no length.
    by_segment: Vec<(Segment, Proof)>,
}

impl Claims {
    /// Takes what a row says within a segment. A row of another domain than the segment's proves nothing of it.
    pub(super) fn add(&mut self, segment: Option<Segment>, domain: FaultDomain, claim: &Claim) {
        match self.by_domain.iter_mut().find(|(known, _)| *known == domain) {
            Some((_, known)) => known.add(claim),
            None => self.by_domain.push((domain, claim.clone())),
        }
        let Some(segment) = segment.filter(|segment| segment.domain == domain) else { return };
        match self.by_segment.last_mut() {
            Some((last, known)) if *last == segment => known.add(claim),
            _ => self.by_segment.push((segment, Proof::of(claim))),
        }
    }

    pub(super) fn clear(&mut self) {
        self.by_domain.clear();
        self.by_segment.clear();
    }

    /// The claim of this part, with what all rows measured.
    pub fn of(&self, domain: FaultDomain) -> Claim {
        let known = self.by_domain.iter().find(|(known, _)| *known == domain);
        let mut claim = known.map(|(_, claim)| claim.clone()).unwrap_or_default();
        claim.seen = self.by_domain.iter().fold(Seen::default(), |seen, (_, claim)| seen.and(claim.seen));
        claim
    }

    /// The claim of the part that the outage is told by in short.
    pub fn main(&self, outage: &Outage, known_until: Stamp) -> Claim {
        outage.blamed(known_until).map(|domain| self.of(domain)).unwrap_or_default()
    }

    /// Returns the proof of this segment; it is empty where no row tells of it.
    pub fn proof(&self, segment: Segment) -> Proof {
        let first = self.by_segment.partition_point(|(known, _)| known.start.mono < segment.start.mono);
        let same_time = self.by_segment.iter().skip(first).take_while(|(known, _)| known.start == segment.start);
        let mut found = same_time.filter(|(known, _)| *known == segment);
        found.next().map(|(_, proof)| proof.clone()).unwrap_or_default()
    }
}
