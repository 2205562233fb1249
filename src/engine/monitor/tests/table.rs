//! Every row of the table of verdicts, as an outage of twelve seconds.

use super::{
    line::{Fault, Line, Mode},
    world::{Bad, World, at},
};
use crate::model::{
    event::Event,
    verdict::{FaultDomain, LastHop},
};

const FROM: f64 = 60.37;

/// One outage with this domain and these edges, told in time.
#[track_caller]
fn check(fault: &Fault, domain: FaultDomain, tolerance: f64, is_path: bool) {
    for tenths in 0..10 {
        let from = FROM + f64::from(tenths) / 10.0;
        let until = from + 12.0;
        let mut world = World::with_fault(fault.clone(), from, until);
        world.run_to(from + 60.0);
        let log = world.log();
        let found = world.found();
        let [Bad { from: start, until: end, domain: named, is_outage: true }] = found[..] else {
            panic!("{fault:?} at {from}: {found:?}{log}")
        };
        assert_eq!(Some(domain), named, "{fault:?} at {from}{log}");
        assert!((start - from).abs() <= tolerance, "{fault:?} from {from}, found {start}{log}");
        assert!((end - until).abs() <= tolerance, "{fault:?} until {until}, found {end}{log}");
        let within = world.events.iter().find_map(|(_, event)| match event {
            Event::OutageClosed(outage) => Some(outage.uncertainty.as_secs_f64()),
            _ => None,
        });
        assert!(within.is_some_and(|within| from > start - within - 0.01), "{fault:?} from {from}: {within:?}{log}");
        if is_path {
            let suspected = world.first(|event| matches!(event, Event::Suspected(_))).unwrap().as_secs_f64();
            assert!(suspected - from <= 1.3, "suspected {} s after{log}", suspected - from);
            let confirmed = world.first(|event| matches!(event, Event::Confirmed(..))).unwrap().as_secs_f64();
            assert!(confirmed - from <= 2.5, "confirmed {} s after{log}", confirmed - from);
        }
    }
}

#[test]
fn a_cable_that_is_out_is_this_computers_fault() {
    check(&Fault::Link, FaultDomain::Host, 1.0, true);
}

#[test]
fn a_lost_address_is_this_computers_fault() {
    check(&Fault::Lease, FaultDomain::Host, 1.0, true);
}

#[test]
fn a_dead_router_is_the_home_networks_fault() {
    check(&Fault::Lan, FaultDomain::Lan, 1.0, true);
}

#[test]
fn silence_behind_a_live_router_is_the_access_lines_fault() {
    check(&Fault::Access, FaultDomain::Access, 1.0, true);
}

/// No trace runs here; the router's own answers are enough.
#[test]
fn the_router_is_the_last_that_answers_when_only_it_does() {
    for (fault, expected) in [(Fault::Access, true), (Fault::AccessTold, true), (Fault::Lan, false)] {
        let mut world = World::with_fault(fault.clone(), FROM, FROM + 12.0);
        world.run_to(FROM + 60.0);
        let claims = world.events.iter().filter_map(|(_, event)| match event {
            Event::Confirmed(_, verdict) | Event::OutageOpened(_, verdict) => Some(verdict.last_hop),
            _ => None,
        });
        let gateway = world.line.gateway.parse().unwrap();
        let last_hop = expected.then_some(LastHop { ttl: 1, addr: gateway });
        assert_eq!(vec![last_hop; 2], claims.collect::<Vec<_>>(), "{fault:?}{}", world.log());
    }
}

#[test]
fn a_router_that_says_unreachable_is_believed_and_the_access_line_is_blamed() {
    check(&Fault::AccessTold, FaultDomain::Access, 1.0, true);
}

#[test]
fn silence_behind_the_first_hop_is_the_providers_fault() {
    check(&Fault::Isp, FaultDomain::Isp, 1.0, true);
}

#[test]
fn silence_behind_all_hops_of_the_provider_is_upstreams_fault() {
    check(&Fault::Upstream, FaultDomain::Upstream, 1.0, true);
}

#[test]
fn a_silent_resolver_is_the_fault_of_dns() {
    check(&Fault::Dns(0, Mode::Silent), FaultDomain::Dns, 2.0, false);
}

#[test]
fn a_failing_resolver_is_the_fault_of_dns() {
    check(&Fault::Dns(0, Mode::ServFail), FaultDomain::Dns, 2.0, false);
}

#[test]
fn a_lying_resolver_is_the_fault_of_dns() {
    check(&Fault::Dns(0, Mode::Lies), FaultDomain::Dns, 2.0, false);
}

#[test]
fn a_blocked_port_443_is_a_fault_of_applications() {
    check(&Fault::Port443, FaultDomain::App, 2.0, false);
}

#[test]
fn a_login_page_in_place_of_everything_is_a_captive_portal() {
    check(&Fault::Portal(false), FaultDomain::CaptivePortal, 2.0, false);
}

#[test]
fn a_login_page_is_a_captive_portal_also_where_echoes_pass() {
    check(&Fault::Portal(true), FaultDomain::CaptivePortal, 2.0, false);
}

#[test]
fn all_sites_dead_by_name_and_address_is_a_fault_of_applications() {
    let mut line = Line::new(1);
    // Every site but the ports of the targets, which accept: only cycles see it.
    for site in 0..3 {
        line.add(at(FROM), at(FROM + 60.0), Fault::Site(site));
    }
    line.add(at(FROM), at(FROM + 60.0), Fault::SiteByIp);
    let mut world = World::new(line);
    world.run_to(FROM + 150.0);
    let found = world.found();
    assert!(
        matches!(found[..], [Bad { domain: Some(FaultDomain::App), is_outage: true, .. }]),
        "{found:?}{}",
        world.log()
    );
    assert!(found[0].from >= FROM - 0.01 && found[0].from <= FROM + 21.0, "{found:?}");
    assert!((found[0].until - FROM - 60.0).abs() <= 9.0, "{found:?}");
}
