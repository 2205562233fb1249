use std::collections::BTreeMap;

use super::*;
use crate::analysis::route::simulated::{SimHop, hop, path, plan, run};

const SECOND: Duration = Duration::from_secs(1);

fn addrs(trace: &Trace) -> Vec<Option<IpAddr>> {
    trace.hops.iter().map(crate::model::trace::Hop::host).collect()
}

#[test]
fn a_round_takes_one_round_trip_and_sixty_take_fifty_nine_seconds() {
    let hops = path(6);
    let ran = run(plan(&hops, 1), &hops, 1);
    assert!(ran.trace.is_reached() && ran.took < SECOND / 10, "{:?}", ran.took);
    assert_eq!(hops.iter().map(|hop| Some(hop.addr)).collect::<Vec<_>>(), addrs(&ran.trace));
    let ran = run(plan(&hops, 60), &hops, 1);
    assert!(ran.took >= SECOND * 59 && ran.took < SECOND * 60, "{:?}", ran.took);
    assert!(ran.trace.hops.iter().all(|hop| hop.sent == 60 && hop.answered == 60), "{:?}", ran.trace);
}

#[test]
fn a_dead_end_takes_one_time_out_and_is_felt_for_no_farther_than_need_be() {
    let mut hops = path(20);
    hops[2].link_loss = 1.0;
    let ran = run(plan(&hops, 1), &hops, 1);
    assert!(ran.took < SECOND * 4, "{:?}", ran.took);
    assert_eq!(TraceEnd::Silent, ran.trace.end);
    assert_eq!((Some((2, hops[1].addr)), 3), (ran.trace.last_answering(), ran.trace.hops.len()));
    assert_eq!(HopReading::NothingFromHere, ran.trace.hops[2].reading);
    let ran = run(plan(&hops, 10), &hops, 1);
    let mtr_would_send = 10 * 30;
    assert!(ran.probes.len() < mtr_would_send / 4, "{}", ran.probes.len());
}

#[test]
fn far_targets_behind_silent_hops_are_found() {
    let mut hops = path(25);
    hops[8..13].iter_mut().for_each(|hop| hop.answers = 0.0);
    let ran = run(plan(&hops, 1), &hops, 1);
    assert_eq!((TraceEnd::Reached, 25), (ran.trace.end, ran.trace.hops.len()));
    assert!(ran.trace.hops[8..13].iter().all(|hop| hop.reading == HopReading::PassesSilently && hop.loss == Some(0.0)));
}

#[test]
fn the_target_is_not_flooded() {
    let hops = path(3);
    let ran = run(plan(&hops, 20), &hops, 1);
    let at_target = ran.probes.iter().filter(|(_, probe)| probe.ttl >= 3).count();
    assert!(at_target <= 20 + 5, "{at_target}");
}

#[test]
fn where_ping_is_filtered_another_protocol_goes_on() {
    let mut hops = path(6);
    hops[2].drops = vec![TraceProtocol::Icmp];
    let ran = run(plan(&hops, 5), &hops, 1);
    assert_eq!((TraceEnd::Reached, 6), (ran.trace.end, ran.trace.hops.len()));
    assert_eq!(TraceProtocol::Udp, ran.trace.protocol);
    let twice = run(plan(&hops, 2), &hops, 1).trace;
    assert_eq!((TraceEnd::Reached, 6), (twice.end, twice.hops.len()), "one round is enough for the other protocol");
    let once = run(plan(&hops, 1), &hops, 1).trace;
    assert!(matches!(once.end, TraceEnd::ReachedBy(_)), "{once:?}");
    assert!(once.hops.iter().all(|hop| hop.reading != HopReading::NothingFromHere));
    let insists = Plan { others: Vec::new(), ..plan(&hops, 5) };
    let insisted = run(insists, &hops, 1).trace;
    assert_eq!((TraceEnd::Silent, TraceProtocol::Icmp), (insisted.end, insisted.protocol));
}

#[test]
fn a_filtered_target_with_a_live_path_behind_the_filter_shows_its_hops() {
    let mut hops = path(6);
    hops[3].drops = vec![TraceProtocol::Icmp];
    hops[5].drops = vec![TraceProtocol::Icmp, TraceProtocol::Udp, TraceProtocol::Tcp(443)];
    let trace = run(plan(&hops, 5), &hops, 1).trace;
    assert_eq!((TraceEnd::Silent, Some((5, hops[4].addr))), (trace.end, trace.last_answering()));
    assert!(trace.tried.contains(&TraceProtocol::Icmp));
}

fn most_in_a_second(probes: &[(Duration, HopProbe)], ttl: u8) -> usize {
    let times: Vec<Duration> = probes.iter().filter(|(_, probe)| probe.ttl == ttl).map(|(at, _)| *at).collect();
    times
        .iter()
        .map(|from| times.iter().filter(|at| **at >= *from && **at < *from + SECOND * 9 / 10).count())
        .max()
        .unwrap_or(0)
}

#[test]
fn no_router_is_asked_more_than_once_a_second_however_quick_the_rounds() {
    let hops = path(5);
    let quick = Plan { interval: SECOND / 10, ..plan(&hops, 50) };
    let ran = run(quick, &hops, 1);
    for ttl in 1..5 {
        assert_eq!(1, most_in_a_second(&ran.probes, ttl), "hop {ttl}");
    }
    assert_eq!(50, ran.trace.hops[4].sent);
    assert_eq!(ran.trace.hops[4].answered, 50);
}

#[test]
fn a_router_that_limits_its_answers_is_asked_more_slowly_and_not_blamed() {
    let mut hops = path(5);
    hops[2].every = SECOND * 3 / 2;
    let trace = run(plan(&hops, 30), &hops, 1).trace;
    let limited = &trace.hops[2];
    assert_eq!((HopReading::Limits, Some(0.0), Some(true)), (limited.reading, limited.loss, limited.answers_echo));
    assert!(limited.sent < 25, "{limited:?}");
    let seldom = limited.unanswered().unwrap();
    assert!(seldom < 0.35, "asked more slowly it answers: {seldom}");
}

#[test]
fn a_path_that_grows_and_shrinks_is_followed() {
    let hops = path(4);
    let mut run = Run::new(plan(&hops, 100), super::super::simulated::at(Duration::ZERO));
    let pacer = Pacer::default();
    let mut n = 0;
    let mut ids = || {
        n += 1;
        ProbeId(n)
    };
    let mut lengths = BTreeMap::new();
    for round in 0..30_u64 {
        let now = super::super::simulated::at(SECOND * u32::try_from(round).unwrap() + SECOND / 100);
        let length: u8 = if (10..20).contains(&round) { 7 } else { 4 };
        let mut probes = run.poll(now, &pacer, &mut ids);
        while !probes.is_empty() {
            for probe in std::mem::take(&mut probes) {
                let from: IpAddr = [10, 0, 1, probe.ttl].into();
                let answer = |from| crate::model::trace::HopAnswer { from, rtt: SECOND / 100, labels: Vec::new() };
                let outcome = if probe.ttl >= length {
                    HopOutcome::Reached(answer(probe.to.addr))
                } else {
                    HopOutcome::Expired(answer(from))
                };
                run.take(&HopSample { probe, sent: now.stamp(), outcome, arrival: Arrival::First }, now);
            }
        }
        lengths.insert(round, run.trace().hops.len());
    }
    assert_eq!((4, 7, 4), (lengths[&9], lengths[&19], lengths[&29]), "{lengths:?}");
}

#[test]
fn what_cannot_be_sent_is_not_the_path_s_fault() {
    let hops = path(4);
    let mut run = Run::new(plan(&hops, 1), super::super::simulated::at(Duration::ZERO));
    let now = super::super::simulated::at(Duration::ZERO);
    let probes = run.poll(now, &Pacer::default(), &mut || ProbeId(fastrand::u64(..)));
    for probe in probes {
        let outcome = HopOutcome::NotMeasured(NotMeasured::NoPermission);
        run.take(&HopSample { probe, sent: now.stamp(), outcome, arrival: Arrival::First }, now);
    }
    let trace = run.trace();
    assert_eq!(TraceEnd::NotMeasured(NotMeasured::NoPermission), trace.end);
    assert!(trace.hops.iter().all(|hop| hop.sent == 0 && hop.loss.is_none()));
}

#[test]
fn loss_of_a_link_is_found_where_it_begins() {
    let found = |seed: u64| {
        let mut hops = path(7);
        hops[3].link_loss = 0.2;
        hops[1].answers = 0.5;
        let trace = run(plan(&hops, 60), &hops, seed).trace;
        trace.hops.iter().position(|hop| hop.reading == HopReading::Loses)
    };
    let found: Vec<Option<usize>> = (0..100).map(found).collect();
    let exactly = found.iter().filter(|at| **at == Some(3)).count();
    assert!(exactly >= 80 && found.iter().flatten().all(|at| *at >= 3), "{found:?}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    /// Whatever routers answer, limit or keep to themselves: as long as probes arrive, nobody loses any.
    #[test]
    fn routers_that_pass_packets_on_are_never_blamed(
        manners in proptest::collection::vec((0_u8..4, 0.0_f64..1.0), 1..12),
        seed: u64,
        rounds in 1_usize..40,
    ) {
        let mut hops: Vec<SimHop> = Vec::new();
        for (n, (manner, part)) in manners.iter().enumerate() {
            let mut hop = hop(u8::try_from(n + 1).unwrap());
            match manner {
                0 => hop.answers = *part,
                1 => hop.answers = 0.0,
                2 => hop.every = SECOND.mul_f64(part * 5.0),
                _ => {}
            }
            hops.push(hop);
        }
        let trace = run(plan(&hops, rounds), &hops, seed).trace;
        for hop in &trace.hops {
            proptest::prop_assert!(hop.reading != HopReading::Loses && hop.reading != HopReading::NothingFromHere, "{trace:?}");
            proptest::prop_assert!(hop.loss.is_none_or(|loss| loss == 0.0), "{trace:?}");
        }
        proptest::prop_assert!(trace.is_reached());
    }

    /// Loss is never found before the link that loses packets.
    #[test]
    fn loss_is_never_found_before_it_begins(
        at in 1_usize..6,
        part in 0.2_f64..0.7,
        limited in 0_usize..6,
        seed: u64,
    ) {
        let mut hops = path(7);
        hops[at].link_loss = part;
        hops[limited].answers = 0.5;
        let trace = run(plan(&hops, 60), &hops, seed).trace;
        for (idx, hop) in trace.hops.iter().enumerate() {
            if idx < at && limited != at - 1 {
                proptest::prop_assert!(hop.reading != HopReading::Loses, "{at} {limited} {trace:?}");
                proptest::prop_assert_eq!(Some(0.0), hop.loss);
            }
        }
    }
}
