//! Lines so slow that what takes several round trips cannot be over in time.

use std::{collections::BTreeMap, time::Duration};

use super::Subjects;
use crate::model::probe::{Loss, Outcome, Proof, Sample, Subject};

/// A name, a connection, its key and the page need five round trips of the usual five seconds.
pub(super) const FOR_PAGES: Duration = Duration::from_secs(1);
/// A resolver that must ask another one needs two round trips of the usual three seconds.
pub(super) const FOR_NAMES: Duration = Duration::from_millis(1500);

/// True if every target that answered took `limit` or longer at least once: the line may have become quick during the
/// cycle.
pub(super) fn is_slow(samples: &[Sample], limit: Duration) -> bool {
    let mut slowest: BTreeMap<usize, Duration> = BTreeMap::new();
    for sample in samples {
        if let (Subject::Target(idx), Outcome::Reply(rtt, Proof::EchoReply | Proof::Accepted)) =
            (sample.subject, &sample.outcome)
        {
            let known = slowest.entry(idx).or_default();
            *known = (*known).max(*rtt);
        }
    }
    slowest.values().min().is_some_and(|fastest| *fastest >= limit)
}

/// True if nothing came within the deadline.
pub(super) fn is_overdue(sample: &Sample) -> bool {
    sample.outcome == Outcome::Lost(Loss::Timeout)
}

/// The subjects that said anything in time, where the line is slow: the silence of the others says nothing of them.
pub(super) fn heard<'a>(subjects: Subjects<'a>, samples: &[Sample], limit: Duration) -> Subjects<'a> {
    if !is_slow(samples, limit) {
        return subjects;
    }
    let said = |(_, group): &(usize, Vec<&Sample>)| !group.iter().all(|sample| is_overdue(sample));
    Subjects(subjects.0.into_iter().filter(said).collect())
}
