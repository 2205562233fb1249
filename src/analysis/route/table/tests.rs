use super::*;
use crate::{
    analysis::route::simulated::at,
    model::{
        probe::{NotMeasured, ProbeId},
        trace::{HopProbe, TraceProtocol},
    },
};

fn sample(ttl: u8, outcome: HopOutcome, arrival: Arrival) -> HopSample {
    let probe = HopProbe {
        id: ProbeId(0),
        to: "192.0.2.9".parse().unwrap(),
        protocol: TraceProtocol::Icmp,
        flow: 0,
        ttl,
        deadline: Duration::from_secs(1),
    };
    HopSample { probe, sent: at(Duration::ZERO).stamp(), outcome, arrival }
}

fn answer(ttl: u8, millis: u64) -> HopAnswer {
    HopAnswer { from: [10, 0, 0, ttl].into(), rtt: Duration::from_millis(millis), labels: Vec::new() }
}

/// A table of hops, each as the probes it answered of ten; the last one is the target when `reached`.
fn table(answered: &[usize], reached: bool) -> Vec<Hop> {
    let (mut table, answered_len) = (Table::default(), answered.len());
    for (idx, answered) in answered.iter().enumerate() {
        let ttl = u8::try_from(idx + 1).unwrap();
        for n in 0..10 {
            let outcome = match (n < *answered, reached && idx + 1 == answered_len) {
                (false, _) => HopOutcome::Silent,
                (true, true) => HopOutcome::Reached(answer(ttl, 10)),
                (true, false) => HopOutcome::Expired(answer(ttl, 10)),
            };
            table.add(&sample(ttl, outcome, Arrival::First), false);
        }
    }
    table.hops()
}

#[track_caller]
fn check(answered: [usize; 4], reached: bool, expected: &[HopReading]) {
    let readings: Vec<_> = table(&answered, reached).iter().map(|hop| hop.reading).collect();
    assert_eq!(expected, readings, "{answered:?}");
}

#[test]
fn silences_are_read_by_what_is_behind_them() {
    use HopReading::{Answers, Limits, Loses, LostBefore, NothingFromHere, PassesSilently, TargetLimits, Unclear};
    check([10, 10, 10, 10], true, &[Answers; 4]);
    check([10, 5, 10, 10], true, &[Answers, Limits, Answers, Answers]);
    check([10, 0, 10, 10], true, &[Answers, PassesSilently, Answers, Answers]);
    check([10, 10, 7, 7], true, &[Answers, Answers, Loses, LostBefore]);
    check([10, 10, 10, 6], true, &[Answers, Answers, Answers, TargetLimits]);
    check([10, 9, 10, 9], true, &[Answers, Answers, Answers, LostBefore]);
    check([10, 2, 8, 8], true, &[Answers, Limits, Loses, LostBefore]);
    check([10, 10, 5, 0], false, &[Answers, Answers, Unclear, NothingFromHere]);
    check([10, 5, 5, 0], false, &[Answers, Loses, LostBefore, NothingFromHere]);
    check([10, 0, 0, 0], false, &[Answers, NothingFromHere]);
}

#[test]
fn a_hop_to_which_probes_were_lost_does_not_simply_answer() {
    // A cut during most of a trace, and one round lost on all of the way.
    for answered in [[10, 1, 1, 1], [9, 9, 9, 9], [10, 10, 9, 9], [10, 5, 10, 7]] {
        for hop in table(&answered, true) {
            let is_plain = hop.reading == HopReading::Answers;
            assert!(!is_plain || hop.loss == Some(0.0), "{answered:?} {hop:?}");
        }
    }
}

#[test]
fn a_lone_last_hop_that_answers_echoes_limits_its_answers() {
    let mut table = Table::default();
    for n in 0..10 {
        let outcome = if n % 2 == 0 { HopOutcome::Silent } else { HopOutcome::Expired(answer(1, 5)) };
        table.add(&sample(1, outcome, Arrival::First), false);
    }
    assert!(table.is_doubtful(1));
    assert_eq!(HopReading::Unclear, table.hops()[0].reading);
    table.add_echo(1, true);
    table.add_echo(1, true);
    assert_eq!((HopReading::Limits, Some(true)), (table.hops()[0].reading, table.hops()[0].answers_echo));
}

#[test]
fn late_and_doubled_answers_are_no_loss_and_what_was_not_sent_counts_nothing() {
    let mut table = Table::default();
    for _ in 0..6 {
        table.add(&sample(1, HopOutcome::Silent, Arrival::First), false);
        table.add(&sample(1, HopOutcome::Expired(answer(1, 2000)), Arrival::Late), false);
        table.add(&sample(1, HopOutcome::Expired(answer(1, 2000)), Arrival::Duplicate), false);
        table.add(&sample(1, HopOutcome::NotMeasured(NotMeasured::NoResources), Arrival::First), false);
    }
    let hop = &table.hops()[0];
    assert_eq!((6, 0, 6, 6, Some(0.0)), (hop.sent, hop.answered, hop.late, hop.duplicates, hop.loss));
    assert_eq!(None, hop.rtt, "late answers are in no average");
}

#[test]
fn rtt_figures_are_those_of_a_sample() {
    let mut table = Table::default();
    for millis in [10, 20, 30, 40] {
        table.add(&sample(1, HopOutcome::Expired(answer(1, millis)), Arrival::First), false);
    }
    let rtt = table.hops()[0].rtt.unwrap();
    let ms = Duration::from_millis;
    assert_eq!((ms(40), ms(10), ms(40)), (rtt.last, rtt.best, rtt.worst));
    assert!((rtt.avg.as_secs_f64() - 0.025).abs() < 1e-9 && (rtt.stdev.as_secs_f64() - 0.012_909_944).abs() < 1e-6);
}
