//! Months of virtual time with random faults.

use super::{
    line::{Fault, Line, Mode},
    replay::{self, Log},
    world::{Bad, World, at},
};
use crate::model::verdict::FaultDomain;

const DAY: f64 = 86_400.0;
/// A plain build takes the time of a coffee for what an optimised one does in seconds.
const DAYS: f64 = if cfg!(debug_assertions) { 2.0 } else { 30.0 };

#[derive(Debug)]
struct Truth {
    from: f64,
    until: f64,
    domain: FaultDomain,
    slack: f64,
}

/// A fault every twenty minutes or so, each followed by quiet.
fn faults(rng: &mut fastrand::Rng, line: &mut Line, until: f64) -> Vec<Truth> {
    let mut truths = Vec::new();
    let mut now = 120.0;
    loop {
        now += 60.0 + rng.f64() * 2400.0;
        let length = match rng.u8(0..3) {
            0 => 2.0 + rng.f64() * 6.0,
            1 => 12.0 + rng.f64() * 30.0,
            _ => 30.0 + rng.f64() * 1800.0,
        };
        if now + length + 120.0 > until {
            return truths;
        }
        let (fault, told) = match rng.u8(0..16) {
            0 => (Fault::Link, Some((FaultDomain::Host, 1.0))),
            1 => (Fault::Lease, Some((FaultDomain::Host, 1.0))),
            2 => (Fault::Lan, Some((FaultDomain::Lan, 1.0))),
            3 | 4 => (Fault::Access, Some((FaultDomain::Access, 1.0))),
            5 => (Fault::AccessTold, Some((FaultDomain::Access, 1.0))),
            6 => (Fault::Isp, Some((FaultDomain::Isp, 1.0))),
            7 => (Fault::Upstream, Some((FaultDomain::Upstream, 1.0))),
            8 => (Fault::Dns(0, Mode::ServFail), Some((FaultDomain::Dns, 2.0))),
            9 => (Fault::Dns(0, Mode::Silent), Some((FaultDomain::Dns, 2.0))),
            10 => (Fault::Target(rng.usize(0..4)), None),
            11 => (Fault::Mute, None),
            12 => (Fault::Icmp, None),
            13 => (Fault::Loss(0.05 + 0.15 * rng.f64()), None),
            14 => (Fault::Slow(rng.u64(50..900)), None),
            _ => (Fault::Site(0), None),
        };
        line.add(at(now), at(now + length), fault);
        if let Some((domain, slack)) = told {
            truths.push(Truth { from: now, until: now + length, domain, slack });
        }
        now += length;
    }
}

/// Every outage is found with its edges, and nothing else is.
#[track_caller]
fn check_all(found: &[Bad], truths: &[Truth], seed: u64) {
    for truth in truths {
        let length = truth.until - truth.from;
        let bad = found.iter().find(|bad| (bad.from - truth.from).abs() <= truth.slack + 0.01);
        match bad {
            Some(bad) => {
                assert_eq!(Some(truth.domain), bad.domain, "seed {seed}: {truth:?} {bad:?}");
                assert!((bad.until - truth.until).abs() <= truth.slack + 0.01, "seed {seed}: {truth:?} {bad:?}");
                assert!(bad.is_outage || length < 10.0 + 2.0 * (truth.slack - 1.0), "seed {seed}: {truth:?} {bad:?}");
            }
            None => assert!(length < 3.0 + 3.0 * (truth.slack - 1.0), "seed {seed}: {truth:?} was not found"),
        }
    }
    for bad in found {
        let real =
            truths.iter().any(|truth| bad.from >= truth.from - 0.01 && bad.until <= truth.until + truth.slack + 0.01);
        assert!(real, "seed {seed}: invented {bad:?}");
    }
}

fn run(seed: u64, days: f64) -> World {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut line = Line::new(seed);
    let truths = faults(&mut rng, &mut line, days * DAY);
    let mut world = World::new(line);
    let mut log = Log::new();
    let mut now = 0.0;
    while now < days * DAY {
        now += 600.0;
        world.run_to(now);
        world.rows.drain(..).for_each(|row| log.write(&row));
        world.events.clear();
        let sizes = world.sizes();
        assert!(sizes.iter().all(|size| *size <= 2000), "seed {seed} at {now}: {sizes:?}");
    }
    world.stop();
    world.rows.drain(..).for_each(|row| log.write(&row));
    check_all(&world.found(), &truths, seed);
    replay::check(&world, &log);
    let totals: f64 = world.monitor.ledger.totals().values().map(std::time::Duration::as_secs_f64).sum();
    assert!((totals - now).abs() < 5.0, "{totals}");
    println!("seed {seed}: {} faults, {} found, {} probes", truths.len(), world.found().len(), world.n_probes);
    world
}

#[test]
fn random_faults_of_a_long_time_are_found_and_none_is_invented() {
    run(1, DAYS);
}

#[test]
fn random_faults_of_a_few_hours_are_found_and_none_is_invented_whatever_the_seed() {
    for seed in 2..if cfg!(debug_assertions) { 12 } else { 60 } {
        run(seed, 0.2);
    }
}

#[test]
fn a_healthy_line_costs_a_few_probes_a_second_and_an_outage_a_bounded_number() {
    let mut world = World::new(Line::new(1));
    world.run_to(3600.0);
    let healthy = world.n_probes as f64 / 3600.0;
    let mut world = World::with_fault(Fault::Access, 0.0, 9e9);
    world.run_to(3600.0);
    let down = world.n_probes as f64 / 3600.0;
    let mut world = World::with_fault(Fault::Port443, 0.0, 9e9);
    world.run_to(3600.0);
    let app = world.n_probes as f64 / 3600.0;
    let mut world = World::with_fault(Fault::Loss(0.2), 0.0, 9e9);
    world.run_to(3600.0);
    let lossy = world.n_probes as f64 / 3600.0;
    println!("probes a second: healthy {healthy:.2}, down {down:.2}, port 443 blocked {app:.2}, 20 % loss {lossy:.2}");
    assert!(healthy <= 6.0, "{healthy}");
    assert!(down <= 20.0 && app <= 20.0 && lossy <= 20.0, "{down} {app} {lossy}");
}
