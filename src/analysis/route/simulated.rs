//! A made-up path for tests: routers that answer, limit their answers or stay silent, and links that lose packets.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use super::{
    pacer::Pacer,
    run::{Plan, Run},
};
use crate::model::{
    host::Host,
    probe::ProbeId,
    time::Moment,
    trace::{Arrival, HopAnswer, HopOutcome, HopProbe, HopSample, Trace, TraceProtocol},
};

/// One hop and the link to it.
#[derive(Debug, Clone)]
pub(crate) struct SimHop {
    pub(crate) addr: IpAddr,
    /// Part of the packets that the link to it loses, 0..=1.
    pub(crate) link_loss: f64,
    /// Part of the expired packets it answers, 0..=1.
    pub(crate) answers: f64,
    /// At most one answer in this time.
    pub(crate) every: Duration,
    /// Protocols it drops.
    pub(crate) drops: Vec<TraceProtocol>,
}

pub(crate) fn hop(n: u8) -> SimHop {
    let addr = [10, 0, 0, n].into();
    SimHop { addr, link_loss: 0.0, answers: 1.0, every: Duration::ZERO, drops: Vec::new() }
}

pub(crate) fn path(n: u8) -> Vec<SimHop> {
    (1..=n).map(hop).collect()
}

pub(crate) fn target(hops: &[SimHop]) -> Host {
    Host::new(hops.last().map_or([10, 0, 0, 9].into(), |hop| hop.addr))
}

pub(crate) fn plan(hops: &[SimHop], rounds: usize) -> Plan {
    Plan {
        target: target(hops),
        name: "target".into(),
        protocol: TraceProtocol::Icmp,
        others: vec![TraceProtocol::Udp, TraceProtocol::Tcp(443)],
        explores: vec![TraceProtocol::Udp, TraceProtocol::Tcp(443)],
        rounds,
        interval: Duration::from_secs(1),
        deadline: Duration::from_secs(3),
        flows: 1,
        length: None,
        known: Vec::new(),
    }
}

pub(crate) fn at(mono: Duration) -> Moment {
    Moment { wall: chrono::DateTime::UNIX_EPOCH + mono, mono, awake: mono }
}

/// Result of a run: the trace, the time it took, and the probes it sent.
pub(crate) struct Ran {
    pub(crate) trace: Trace,
    pub(crate) took: Duration,
    pub(crate) probes: Vec<(Duration, HopProbe)>,
}

/// Runs a whole trace over `hops` in virtual time.
pub(crate) fn run(plan: Plan, hops: &[SimHop], seed: u64) -> Ran {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut now = Duration::ZERO;
    let mut run = Run::new(plan, at(now));
    let (pacer, mut n) = (Pacer::default(), 0);
    let mut next_id = || {
        n += 1;
        ProbeId(n)
    };
    let mut coming: BTreeMap<(Duration, u64), HopSample> = BTreeMap::new();
    let mut last_answer: BTreeMap<usize, Duration> = BTreeMap::new();
    let mut probes = Vec::new();
    loop {
        for probe in run.poll(at(now), &pacer, &mut next_id) {
            let (after, outcome) = fate(&probe, hops, &mut chance, now, &mut last_answer);
            let sample = HopSample { probe, sent: at(now).stamp(), outcome, arrival: Arrival::First };
            coming.insert((now + after, probe.id.0), sample);
            probes.push((now, probe));
        }
        if run.is_over() {
            return Ran { trace: run.trace(), took: now, probes };
        }
        let next = coming.keys().next().map(|(at, _)| *at).into_iter().chain(run.next_timeout()).min();
        let Some(next) = next else { return Ran { trace: run.trace(), took: now, probes } };
        now = next.max(now);
        while let Some(entry) = coming.first_entry().filter(|entry| entry.key().0 <= now) {
            assert!(run.take(&entry.remove(), at(now)));
        }
    }
}

pub(crate) fn fate(
    probe: &HopProbe,
    hops: &[SimHop],
    chance: &mut fastrand::Rng,
    now: Duration,
    last_answer: &mut BTreeMap<usize, Duration>,
) -> (Duration, HopOutcome) {
    let silent = (probe.deadline, HopOutcome::Silent);
    let direct = hops.iter().position(|hop| hop.addr == probe.to.addr);
    let length = direct.map_or(usize::MAX, |idx| idx + 1);
    for (idx, hop) in hops.iter().enumerate() {
        if chance.f64() < hop.link_loss || hop.drops.contains(&probe.protocol) {
            return silent;
        }
        let rtt = Duration::from_millis(3 * (idx as u64 + 1));
        let answer = HopAnswer { from: hop.addr, rtt, labels: Vec::new() };
        if idx + 1 == length {
            return (rtt, HopOutcome::Reached(answer));
        }
        if idx + 1 == usize::from(probe.ttl) {
            let limited = last_answer.get(&idx).is_some_and(|last| *last + hop.every > now);
            if limited || chance.f64() >= hop.answers {
                return silent;
            }
            last_answer.insert(idx, now);
            return (rtt, HopOutcome::Expired(answer));
        }
    }
    silent
}
