//! How a run begins, and networks that come and go.

use super::{
    line::{Fault, Line},
    world::{Bad, World, at},
};
use crate::model::{event::Event, verdict::FaultDomain};

#[test]
fn a_line_that_is_down_at_the_start_is_an_outage_since_the_start() {
    for (fault, domain) in [
        (Fault::Access, FaultDomain::Access),
        (Fault::Isp, FaultDomain::Isp),
        (Fault::Upstream, FaultDomain::Upstream),
        (Fault::Link, FaultDomain::Host),
        (Fault::Port443, FaultDomain::App),
        (Fault::Portal(false), FaultDomain::CaptivePortal),
    ] {
        let mut world = World::with_fault(fault.clone(), 0.0, 60.3);
        world.run_to(200.0);
        let found = world.found();
        let [one] = found[..] else { panic!("{fault:?}: {found:?}{}", world.log()) };
        assert_eq!((Some(domain), true), (one.domain, one.is_outage), "{}", world.log());
        assert!(one.from <= 1.3 && (one.until - 60.3).abs() <= 3.0, "{one:?}{}", world.log());
    }
}

#[test]
fn a_start_without_any_network_is_an_outage_of_this_computer_until_it_comes() {
    let mut world = World::with_fault(Fault::Lease, 0.0, 100.0);
    world.run_to(200.0);
    let found = world.found();
    let [Bad { from, until, domain: Some(FaultDomain::Host), is_outage: true }] = found[..] else {
        panic!("{found:?}{}", world.log())
    };
    assert!(from <= 1.3 && (until - 100.0).abs() <= 1.0, "{found:?}{}", world.log());
}

#[test]
fn a_lease_lost_and_back_is_one_outage_of_this_computer() {
    let mut world = World::with_fault(Fault::Lease, 100.4, 400.4);
    world.run_to(500.0);
    let found = world.found();
    let [Bad { from, until, domain: Some(FaultDomain::Host), is_outage: true }] = found[..] else {
        panic!("{found:?}{}", world.log())
    };
    assert!((from - 100.4).abs() <= 1.0 && (until - 400.4).abs() <= 1.0, "{found:?}");
    let gateways: Vec<bool> = world
        .events
        .iter()
        .filter_map(|(_, event)| if let Event::Gateway(_, gateway) = event { Some(gateway.is_some()) } else { None })
        .collect();
    assert_eq!(vec![true, false, true], gateways);
}

#[test]
fn an_outage_that_moves_is_one_outage_with_segments() {
    let mut line = Line::new(1);
    line.add(at(60.3), at(90.3), Fault::Lan);
    line.add(at(90.3), at(150.3), Fault::Access);
    let mut world = World::new(line);
    world.run_to(200.0);
    let [outage] = &world.outages[..] else { panic!("{}", world.log()) };
    let segments: Vec<_> =
        outage.segments.iter().map(|segment| (segment.start.mono.as_secs_f64().round(), segment.domain)).collect();
    let [(first, FaultDomain::Lan), (second, FaultDomain::Access)] = segments[..] else { panic!("{segments:?}") };
    assert!((first - 60.3_f64).abs() <= 1.5 && (second - 90.3_f64).abs() <= 6.0, "{segments:?}");
    assert!((outage.end.unwrap().mono.as_secs_f64() - 150.3).abs() <= 1.0);
}

#[test]
fn a_cycle_in_a_black_hole_takes_the_longest_deadline() {
    for fault in [Fault::Access, Fault::Lan, Fault::Upstream, Fault::Port443, Fault::Loss(1.0)] {
        let mut world = World::with_fault(fault, 60.0, 300.0);
        world.run_to(300.0);
        let longest = world.rows.iter().filter_map(|row| row.cycle_time).max().unwrap();
        assert!(longest >= at(4.0) && longest <= at(5.5), "{longest:?}");
    }
}

#[test]
fn a_system_that_is_slow_to_tell_of_itself_is_asked_again_and_waited_for() {
    let mut world = World::new(Line::new(1));
    world.facts_after = at(7.0);
    world.run_to(100.0);
    world.assert_quiet();
    assert!(world.n_timeouts < 1000, "{}", world.n_timeouts);
}
