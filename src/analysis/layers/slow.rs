//! Lines so slow that what takes several round trips cannot be over in time.

use std::time::Duration;

use super::Subjects;
use crate::model::probe::{Loss, Outcome, Proof, Sample, Subject};

/// A name, a connection, its key and the page need five round trips of the usual five seconds; a resolver that must ask
/// another one needs two of the usual three.
const SLOW: Duration = Duration::from_secs(1);

/// Whether even the fastest target takes so long.
pub(super) fn is_slow(samples: &[Sample]) -> bool {
    let rtt = |sample: &Sample| match sample.outcome {
        Outcome::Reply(rtt, Proof::EchoReply | Proof::Accepted) => Some(rtt),
        _ => None,
    };
    let targets = samples.iter().filter(|sample| matches!(sample.subject, Subject::Target(_)));
    targets.filter_map(rtt).min().is_some_and(|fastest| fastest >= SLOW)
}

/// Whether nothing came within the deadline.
pub(super) fn is_overdue(sample: &Sample) -> bool {
    sample.outcome == Outcome::Lost(Loss::Timeout)
}

/// The subjects that said anything in time, where the line is slow: the silence of the others says nothing of them.
pub(super) fn heard<'a>(subjects: Subjects<'a>, samples: &[Sample]) -> Subjects<'a> {
    if !is_slow(samples) {
        return subjects;
    }
    let said = |(_, group): &(usize, Vec<&Sample>)| !group.iter().all(|sample| is_overdue(sample));
    Subjects(subjects.0.into_iter().filter(said).collect())
}
