//! How short cuts are told from outages, in every phase of the pulse against the cut.

use std::time::Duration;

use super::{
    line::{Fault, Line, Router},
    world::{Bad, World, at},
};
use crate::model::verdict::FaultDomain;

/// Cuts of this many seconds in ten phases.
#[track_caller]
fn check(fault: &Fault, domain: FaultDomain, seconds: f64, is_outage: bool) {
    for tenths in 0..10 {
        let from = 60.0 + f64::from(tenths) / 10.0 + 0.03;
        let mut world = World::with_fault(fault.clone(), from, from + seconds);
        world.run_to(from + 60.0);
        let log = world.log();
        let found = world.found();
        let [one] = found[..] else { panic!("{fault:?} of {seconds} s at {from}: {found:?}{log}") };
        let Bad { from: start, until: end, .. } = one;
        assert_eq!((Some(domain), is_outage), (one.domain, one.is_outage), "{fault:?} of {seconds} s at {from}{log}");
        assert!((start - from).abs() <= 1.0, "{fault:?} of {seconds} s at {from}: {one:?}{log}");
        assert!((end - start - seconds).abs() <= 1.0, "{fault:?} of {seconds} s at {from}: {one:?}{log}");
    }
}

#[test]
fn a_cut_of_one_to_nine_seconds_is_a_micro_interruption_of_that_length() {
    for seconds in 2..=9 {
        check(&Fault::Access, FaultDomain::Access, f64::from(seconds), false);
    }
}

#[test]
fn a_router_that_is_gone_for_one_to_nine_seconds_is_a_micro_interruption_of_that_length() {
    for seconds in 2..=9 {
        check(&Fault::Lan, FaultDomain::Lan, f64::from(seconds), false);
    }
}

#[test]
fn a_provider_that_is_gone_for_one_to_nine_seconds_is_a_micro_interruption_of_that_length() {
    for seconds in 2..=9 {
        check(&Fault::Upstream, FaultDomain::Upstream, f64::from(seconds), false);
    }
}

#[test]
fn a_cut_of_ten_seconds_is_always_an_outage() {
    check(&Fault::Access, FaultDomain::Access, 10.0, true);
    check(&Fault::Lan, FaultDomain::Lan, 10.0, true);
    check(&Fault::Isp, FaultDomain::Isp, 10.0, true);
    check(&Fault::Upstream, FaultDomain::Upstream, 10.0, true);
    check(&Fault::Link, FaultDomain::Host, 10.0, true);
    check(&Fault::AccessTold, FaultDomain::Access, 10.0, true);
}

#[test]
fn a_cut_of_one_second_is_at_most_a_micro_interruption_of_two() {
    for tenths in 0..10 {
        let from = 60.0 + f64::from(tenths) / 10.0 + 0.03;
        let mut world = World::with_fault(Fault::Access, from, from + 1.0);
        world.run_to(from + 60.0);
        let found = world.found();
        assert!(found.len() <= 1, "{found:?}{}", world.log());
        assert!(found.iter().all(|bad| !bad.is_outage && bad.until - bad.from <= 2.0), "{found:?}{}", world.log());
    }
}

/// Where answers are waited for longer, the confirmation still speaks for the second of its pulse alone.
#[test]
fn a_cut_of_a_slow_line_is_one_micro_interruption_of_its_length() {
    for delay in [100, 300, 500, 700] {
        for tenths in 0..10 {
            let from = 60.0 + f64::from(tenths) / 10.0 + 0.03;
            let mut line = Line::new(1);
            line.add(Duration::ZERO, at(900.0), Fault::Slow(delay));
            line.add(at(from), at(from + 3.0), Fault::Access);
            let mut world = World::new(line);
            world.run_to(from + 60.0);
            let (log, found) = (world.log(), world.found());
            let [one] = &found[..] else { panic!("{delay} ms, from {from}: {found:?}{log}") };
            assert_eq!((Some(FaultDomain::Access), false), (one.domain, one.is_outage), "{delay} ms, from {from}{log}");
            assert!((one.from - from).abs() <= 1.0, "{delay} ms, from {from}: {one:?}{log}");
            assert!((one.until - one.from - 3.0).abs() <= 1.0, "{delay} ms, from {from}: {one:?}{log}");
        }
    }
}

/// Packets that leave together are lost together, so one volley of confirmations proves little.
#[test]
fn four_tenths_of_a_second_are_no_interruption_in_any_phase() {
    for twentieths in 0..40 {
        let from = 60.0 + f64::from(twentieths) / 20.0;
        let mut world = World::with_fault(Fault::Access, from, from + 0.4);
        world.run_to(from + 30.0);
        assert!(world.found().is_empty(), "{from}: {:?}{}", world.found(), world.log());
    }
}

/// A router that drops what it does not know keeps a cycle waiting, while the line is cut a second time.
#[test]
fn a_cut_while_another_is_settled_begins_when_it_began() {
    for tenths in 0..10 {
        let from = 60.0 + f64::from(tenths) / 10.0 + 0.03;
        let mut line = Line { router: Router { echo: true, others: false }, ..Line::new(1) };
        line.add(at(from), at(from + 2.0), Fault::Access);
        line.add(at(from + 3.5), at(from + 15.5), Fault::Access);
        let mut world = World::new(line);
        world.run_to(from + 60.0);
        let (log, found) = (world.log(), world.found());
        let outages: Vec<&Bad> = found.iter().filter(|bad| bad.is_outage).collect();
        let [one] = outages[..] else { panic!("from {from}: {found:?}{log}") };
        assert!((one.from - from - 3.5).abs() <= 1.0, "from {from}: {found:?}{log}");
        assert!((one.until - from - 15.5).abs() <= 1.0, "from {from}: {found:?}{log}");
    }
}

#[test]
fn a_line_that_is_back_for_the_last_try_of_a_page_alone_was_cut_and_its_resolver_is_not_blamed() {
    for millis in 0..60 {
        let until = 64.1 + f64::from(millis) / 1000.0;
        let mut world = World::with_fault(Fault::Access, 60.05, until);
        world.run_to(120.0);
        let found = world.found();
        assert!(
            matches!(found[..], [Bad { domain: Some(FaultDomain::Access), is_outage: false, .. }]),
            "until {until}: {found:?}{}",
            world.log()
        );
        assert!((found[0].until - until).abs() <= 1.0, "until {until}: {found:?}{}", world.log());
    }
}

#[test]
fn a_line_that_comes_back_twice_beside_a_lasting_notice_is_watched_on() {
    for gap in [0.6, 1.2, 1.8, 2.4, 3.1, 4.2] {
        for tenths in [0, 3, 6, 9] {
            let from = 100.03 + f64::from(tenths) / 10.0;
            let mut line = Line::new(1);
            let cuts = [(from, from + 4.0), (from + 4.0 + gap, from + 6.0 + gap), (200.03, 220.03)];
            cuts.into_iter().for_each(|(begin, end)| line.add(at(begin), at(end), Fault::Access));
            line.add(at(from), at(900.0), Fault::Target(1));
            line.add(at(from), at(900.0), Fault::Site(0));
            let mut world = World::new(line);
            world.run_to(300.0);
            let told = format!("{gap} s at {from}{}", world.log());
            assert!(world.sizes()[5] < 100, "{:?}, {told}", world.sizes());
            let last = world.rows.last().map(|row| row.at - super::world::epoch());
            assert!(last.is_some_and(|last| last.num_seconds() > 270), "{last:?}, {told}");
            assert!(world.outages.iter().any(|outage| outage.start.mono.abs_diff(at(200.0)) < at(1.5)), "{told}");
        }
    }
}
