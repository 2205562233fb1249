//! The segments of an outage with what is claimed of each and the party that is charged.

use std::time::Duration;

use super::super::replay::{Claims, Proof};
use crate::model::{
    charge::{Stretch, charge},
    ledger::{Outage, Segment},
    summary::OutagePart,
    time::Stamp,
};

/// The segments, none of them counted yet.
pub(super) fn of(outage: &Outage, claims: &Claims, known_until: Stamp) -> Vec<OutagePart> {
    let spans: Vec<(Segment, Stamp, Proof)> =
        outage.spans(known_until).map(|(segment, end)| (segment, end, claims.proof(segment))).collect();
    let stretch = |(segment, end, proof): &(Segment, Stamp, Proof)| Stretch {
        domain: segment.domain,
        resolver: proof.resolver,
        length: end.since(segment.start),
    };
    let charged = charge(&spans.iter().map(stretch).collect::<Vec<_>>());
    let part = |((segment, end, proof), charged): ((Segment, Stamp, Proof), _)| OutagePart {
        start: segment.start,
        end,
        domain: segment.domain,
        charged,
        counted: Duration::ZERO,
        confidence: proof.confidence,
        evidence: proof.evidence,
        seen: proof.seen,
    };
    spans.into_iter().zip(charged).map(part).collect()
}
