use std::time::Duration;

use super::*;
use crate::model::{
    probe::{Loss, Means, NotMeasured, ProbeId, Question, Subject},
    time::Stamp,
};

const KNOWS: Outcome = Outcome::Reply(Duration::ZERO, Proof::DnsAnswer);
const DENIES: Outcome = Outcome::Reply(Duration::ZERO, Proof::DnsFresh);
const INVENTS: Outcome = Outcome::Reply(Duration::ZERO, Proof::DnsInvented);
const SILENT: Outcome = Outcome::Lost(Loss::Timeout);
const SERVFAIL: Outcome = rcode(2);
const NXDOMAIN: Outcome = rcode(3);
const REFUSED: Outcome = rcode(5);
const PAGE: Outcome = Outcome::Lost(Loss::DnsLie(Vec::new()));
const TOLERATED: Outcome = Outcome::NotMeasured(NotMeasured::Unsupported);

const fn rcode(rcode: u16) -> Outcome {
    Outcome::Lost(Loss::DnsRcode(rcode))
}

/// In this order: a name made up below the test name, the known name, the test name, a name made up below the site's,
/// and the site's.
fn judged(outcomes: [Outcome; 5]) -> Manner {
    use About::{KnownName, SiteName, TestName};
    let questions = [(TestName, true), (KnownName, false), (TestName, false), (SiteName, true), (SiteName, false)];
    let samples: Vec<Sample> =
        questions.into_iter().zip(outcomes).map(|(question, outcome)| sample(question, outcome)).collect();
    let measured: Vec<&Sample> = samples.iter().filter(|s| !matches!(s.outcome, Outcome::NotMeasured(_))).collect();
    manner(&measured, |_| false)
}

fn sample((about, is_fresh): (About, bool), outcome: Outcome) -> Sample {
    Sample {
        id: ProbeId(1),
        subject: Subject::Resolver(0),
        means: Means::Dns,
        question: Some(Question { about, is_fresh }),
        sent: Stamp { wall: chrono::DateTime::UNIX_EPOCH, mono: Duration::ZERO },
        outcome,
    }
}

#[test]
fn one_filtered_name_is_no_failure_whichever_it_is_and_whatever_comes_instead() {
    for wrong in [PAGE, NXDOMAIN, SERVFAIL, REFUSED, rcode(0), SILENT] {
        let of = |outcomes| judged(outcomes);
        let w = || wrong.clone();
        assert_eq!(Manner::FailsOneName, of([DENIES, w(), KNOWS, DENIES, KNOWS]), "known name {wrong:?}");
        assert_eq!(Manner::FailsOneName, of([DENIES, KNOWS, w(), DENIES, KNOWS]), "test name {wrong:?}");
        assert_eq!(Manner::FailsOneName, of([w(), KNOWS, w(), DENIES, KNOWS]), "and all below it {wrong:?}");
        assert_eq!(Manner::FailsOneName, of([w(), TOLERATED, w(), DENIES, KNOWS]), "one more denied {wrong:?}");
        assert_eq!(Manner::FailsOneName, of([DENIES, KNOWS, KNOWS, DENIES, w()]), "site {wrong:?}");
        assert_eq!(Manner::FailsOneName, of([DENIES, KNOWS, KNOWS, w(), w()]), "and all below it {wrong:?}");
    }
    assert_eq!(Manner::Works, judged([DENIES, KNOWS, KNOWS, DENIES, KNOWS]));
    assert_eq!(Manner::Works, judged([DENIES, TOLERATED, KNOWS, DENIES, KNOWS]), "a filter that denies the known name");
}

#[test]
fn a_resolver_that_fails_names_in_general_fails() {
    for (why, outcomes) in [
        ("silent", [SILENT, SILENT, SILENT, SILENT, SILENT]),
        ("refuses everything", [REFUSED, REFUSED, REFUSED, REFUSED, REFUSED]),
        ("fails everything", [SERVFAIL, SERVFAIL, SERVFAIL, SERVFAIL, SERVFAIL]),
        ("leads everything to its page", [PAGE, PAGE, PAGE, PAGE, PAGE]),
        ("leads everything to a public page", [INVENTS, PAGE, KNOWS, INVENTS, KNOWS]),
        ("leads every unknown name to its page", [PAGE, KNOWS, KNOWS, PAGE, KNOWS]),
        ("denies everything", [DENIES, TOLERATED, NXDOMAIN, DENIES, NXDOMAIN]),
        ("knows what it has in its cache", [SERVFAIL, KNOWS, KNOWS, SERVFAIL, KNOWS]),
        ("knows less by and by", [SERVFAIL, KNOWS, SERVFAIL, SERVFAIL, SERVFAIL]),
        ("denies out of its cache", [DENIES, KNOWS, KNOWS, SERVFAIL, KNOWS]),
        ("denies out of its cache and is silent else", [DENIES, KNOWS, KNOWS, SILENT, KNOWS]),
        ("knows one name of three", [DENIES, KNOWS, NXDOMAIN, DENIES, NXDOMAIN]),
    ] {
        assert_eq!(Manner::Fails, judged(outcomes), "{why}");
    }
}

#[test]
fn servers_of_one_zone_that_fail_are_no_failure_of_the_resolver() {
    assert_eq!(Manner::FailsOneName, judged([SERVFAIL, KNOWS, KNOWS, DENIES, KNOWS]));
    assert_eq!(Manner::FailsOneName, judged([SILENT, KNOWS, KNOWS, DENIES, KNOWS]));
}

#[test]
fn one_made_up_name_may_be_denied_out_of_a_cache_and_proves_no_line() {
    let is_fresh = |sample: &&Sample| sample.outcome == DENIES;
    let [zone, site] = [About::TestName, About::SiteName].map(|about| sample((about, true), DENIES));
    let [no_zone, no_site] = [About::TestName, About::SiteName].map(|about| sample((about, true), SILENT));
    let known = sample((About::KnownName, false), KNOWS);
    assert!(asked_servers(&[&zone, &known, &site], is_fresh));
    assert!(!asked_servers(&[&zone, &known], is_fresh), "the only one that was asked");
    assert!(!asked_servers(&[&zone, &no_site], is_fresh));
    assert!(!asked_servers(&[&no_zone, &site], is_fresh));
    assert!(!asked_servers(&[&known], is_fresh));
}

#[test]
fn what_is_excused_says_nothing() {
    let samples = [sample((About::TestName, true), SILENT), sample((About::KnownName, false), KNOWS)];
    let group: Vec<&Sample> = samples.iter().collect();
    assert_eq!(Manner::Works, manner(&group, |sample| sample.outcome == SILENT));
    assert_eq!(Manner::Fails, manner(&group, |_| false));
}

#[test]
fn a_name_that_fails_everywhere_is_one_and_the_same() {
    let answered = sample((About::SiteName, false), KNOWS);
    let [of_zone, of_site] = [About::TestName, About::SiteName].map(|about| sample((about, true), SERVFAIL));
    let lie = sample((About::TestName, false), PAGE);
    let of = |groups: &[Vec<&Sample>]| fails_one_name_everywhere(groups.iter());
    assert!(of(&[vec![&answered, &of_zone], vec![&of_zone, &answered]]));
    assert!(!of(&[vec![&answered, &of_zone], vec![&of_site, &answered]]));
    assert!(!of(&[vec![&answered, &of_zone, &of_site]]));
    assert!(!of(&[vec![&answered, &of_zone], vec![&answered]]), "one resolver knows it");
    assert!(!of(&[vec![&answered, &lie]]));
    assert!(!of(&[vec![&of_zone]]) && !of(&[]));
}
