//! Judgement of the answers of one resolver.

use std::collections::BTreeSet;

use crate::model::probe::{About, Loss, Outcome, Proof, Sample};

/// State of a resolver, as its answers show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Everything was answered truly.
    Works,
    /// The questions about one name failed and all others were answered truly, made-up names included: the name is
    /// filtered, or its own servers fail.
    FailsOneName,
    /// It does not answer, or not truly.
    Fails,
}

/// Judges a resolver by the measured samples of one cycle. A sample that `is_excused` says nothing.
pub fn manner(samples: &[&Sample], is_excused: impl Fn(&Sample) -> bool) -> Manner {
    let mut failing = samples.iter().filter(|sample| !sample.outcome.is_reply() && !is_excused(sample)).peekable();
    if !samples.iter().any(|sample| sample.outcome.is_reply()) {
        return Manner::Fails;
    }
    if failing.peek().is_none() {
        return Manner::Works;
    }
    match one_name(failing) {
        Some((name, is_named)) if others_are_true(samples, name, is_named) => Manner::FailsOneName,
        _ => Manner::Fails,
    }
}

/// The only name that the samples are about, and whether one asked for the name itself.
fn one_name<'a>(failing: impl Iterator<Item = &'a &'a Sample>) -> Option<(About, bool)> {
    let mut found = None;
    for sample in failing {
        let question = sample.question?;
        found = match found {
            None => Some((question.about, !question.is_fresh)),
            Some((name, is_named)) if name == question.about => Some((name, is_named || !question.is_fresh)),
            Some(_) => return None,
        };
    }
    found
}

/// True if the answers about the other names prove that the resolver does its work: it knows another name and denies
/// one that does not exist.
///
/// Where only the made-up name fails, cached answers would be the rest of what a dead resolver still has, and it may
/// even deny one name out of another denial (RFC 8198). Then the other made-up name decides.
fn others_are_true(samples: &[&Sample], name: About, is_named: bool) -> bool {
    let proves =
        |sample: &&&Sample, wanted: Proof| matches!(sample.outcome, Outcome::Reply(_, proof) if proof == wanted);
    let about = |sample: &&&Sample| sample.question.map(|question| question.about);
    let knows = samples.iter().any(|sample| proves(&sample, Proof::DnsAnswer) && about(&sample) != Some(name));
    let mut denials = samples.iter().filter(|sample| proves(sample, Proof::DnsFresh));
    let denies = if is_named {
        denials.next().is_some()
    } else {
        denials.any(|sample| ![Some(About::TestName), Some(name)].contains(&about(&sample)))
    };
    knows && denies
}

/// True if a resolver must have asked servers beyond it: it answered every question about a name made up, as `is_fresh`
/// tells, and such names of more than one operator. One may be denied out of a cache (RFC 8198).
pub fn asked_servers(samples: &[&Sample], is_fresh: impl Fn(&&Sample) -> bool) -> bool {
    let mut operators = BTreeSet::new();
    for sample in samples {
        if let Some(question) = sample.question.filter(|question| question.is_fresh) {
            if !is_fresh(sample) {
                return false;
            }
            operators.insert(question.about);
        }
    }
    operators.len() > 1
}

/// True if an invented answer may be a true one: a site may have an address for every name below its own.
pub fn may_have_wildcard(sample: &Sample) -> bool {
    sample.question.is_some_and(|question| question.about == About::SiteName)
}

/// True if every resolver gives true answers and fails, without a lie, the questions about one name, the same at all.
pub fn fails_one_name_everywhere<'a>(resolvers: impl Iterator<Item = &'a Vec<&'a Sample>>) -> bool {
    let mut names = resolvers.map(|samples| only_failing_name(samples));
    let Some(Some(first)) = names.next() else { return false };
    names.all(|name| name == Some(first))
}

/// The only name whose questions failed, none of them by a lie, at a resolver that gives true answers.
fn only_failing_name(samples: &[&Sample]) -> Option<About> {
    let failing = || samples.iter().filter(|sample| !sample.outcome.is_reply());
    let is_lie = |sample: &&Sample| matches!(sample.outcome, Outcome::Lost(Loss::DnsLie(_)));
    let (name, _) = one_name(failing())?;
    let answers = samples.iter().any(|sample| sample.outcome.is_reply());
    (answers && !failing().any(is_lie)).then_some(name)
}

#[cfg(test)]
mod tests;
