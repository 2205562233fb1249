//! Addresses, routes, routers and delays of the home that are no fault of the line.

use super::{
    line::{Fault, Line, Mode, ms},
    world::{Bad, World, at, config},
};
use crate::{
    analysis::route::isp::HomeRouter,
    model::{
        config::Config,
        event::Event,
        row::Row,
        verdict::{Confidence, Evidence, FaultDomain, LastHop, Status, Verdict},
    },
};

fn line(echo: bool, faults: &[(f64, f64, Fault)]) -> Line {
    let mut line = Line { echo, ..Line::new(3) };
    for (from, until, fault) in faults {
        line.add(at(*from), at(*until), fault.clone());
    }
    line
}

fn confirmed(world: &World) -> Vec<Verdict> {
    let verdict = |event: &Event| match event {
        Event::Confirmed(_, verdict) | Event::State(_, _, verdict) if verdict.is_down() => Some(verdict.clone()),
        _ => None,
    };
    world.events.iter().filter_map(|(_, event)| verdict(event)).collect()
}

#[track_caller]
fn one(world: &World) -> Bad {
    let found = world.found();
    let [one] = found[..] else { panic!("{found:?}{}", world.log()) };
    one
}

#[test]
fn a_lost_lease_beside_ipv6_is_an_outage_of_this_computer_from_the_first_second() {
    for echo in [true, false] {
        for (apipa, behind) in [(false, 0), (true, 0), (false, 300), (true, 900)] {
            let faults = [(60.4, 90.4, Fault::LeaseV4(apipa))];
            let line = Line { has_v6: true, facts_behind: ms(behind), ..line(echo, &faults) };
            let mut world = World::new(line);
            world.run_to(150.0);
            let one = one(&world);
            assert_eq!((Some(FaultDomain::Host), true), (one.domain, one.is_outage), "{}", world.log());
            assert!((one.from - 60.4).abs() <= 1.0 && (one.until - 90.4).abs() <= 3.0, "{one:?}{}", world.log());
            let verdicts = confirmed(&world);
            let is_host = |verdict: &Verdict| verdict.domain == Some(FaultDomain::Host);
            assert!(!verdicts.is_empty() && verdicts.iter().all(is_host), "{verdicts:?}");
            let blamed = [Evidence::SystemDnsDead, Evidence::PublicDnsDead, Evidence::TargetsDead];
            let is_blamed = |verdict: &Verdict| verdict.evidence.iter().any(|code| blamed.contains(code));
            assert!(!verdicts.iter().any(is_blamed), "nothing was sent to them: {verdicts:?}");
        }
    }
}

#[test]
fn a_home_that_never_had_ipv4_is_judged_by_ipv6() {
    for echo in [true, false] {
        let faults = [(0.0, 9e9, Fault::LeaseV4(false)), (100.3, 120.3, Fault::Access)];
        let line = Line { has_v6: true, resolvers: vec!["fe80::1"], ..line(echo, &faults) };
        let mut world = World::new(line);
        world.run_to(95.0);
        world.assert_quiet();
        world.run_to(200.0);
        let one = one(&world);
        assert_eq!((Some(FaultDomain::Access), true), (one.domain, one.is_outage), "{}", world.log());
    }
}

#[test]
fn a_line_that_dies_while_this_computer_has_no_address_is_this_computer_s_first() {
    let faults = [(60.4, 120.4, Fault::LeaseV4(false)), (80.0, 100.0, Fault::Access)];
    let mut world = World::new(Line { has_v6: true, ..line(true, &faults) });
    world.run_to(180.0);
    assert_eq!(Some(FaultDomain::Host), one(&world).domain, "{}", world.log());
}

fn second(is_certain: bool) -> HomeRouter {
    HomeRouter { ttl: 2, addr: "192.168.0.1".parse().unwrap(), is_certain }
}

/// A home with a second router behind the first, which the monitor is told of after five seconds.
fn two_routers(line: Line, router: HomeRouter) -> World {
    let mut world = World::new(line);
    world.run_to(5.0);
    let now = world.moment();
    world.monitor.handle_home_routers(now, vec![router]);
    world
}

#[test]
fn a_dead_cable_between_two_routers_is_the_home_s() {
    for echo in [true, false] {
        for (is_certain, confidence) in [(true, Confidence::High), (false, Confidence::Medium)] {
            let mut world = two_routers(line(echo, &[(60.4, 90.4, Fault::SecondCable)]), second(is_certain));
            world.run_to(130.0);
            let one = one(&world);
            assert_eq!((Some(FaultDomain::Lan), true), (one.domain, one.is_outage), "{}", world.log());
            let verdicts = confirmed(&world);
            for verdict in &verdicts {
                assert_eq!((Some(FaultDomain::Lan), confidence), (verdict.domain, verdict.confidence), "{verdict:?}");
                assert!(verdict.evidence.contains(&Evidence::SecondRouterDead), "{verdict:?}");
            }
        }
    }
}

#[test]
fn a_dead_line_behind_two_routers_is_the_provider_s() {
    for echo in [true, false] {
        let mut world = two_routers(line(echo, &[(60.4, 90.4, Fault::Access)]), second(true));
        world.run_to(130.0);
        assert_eq!(Some(FaultDomain::Access), one(&world).domain, "{}", world.log());
        let verdicts = confirmed(&world);
        assert!(verdicts.iter().all(|verdict| verdict.domain == Some(FaultDomain::Access)), "{verdicts:?}");
        let last = verdicts.last().unwrap();
        assert!(last.evidence.contains(&Evidence::SecondRouterAlive), "{last:?}");
        assert_eq!(Some(LastHop { ttl: 2, addr: "192.168.0.1".parse().unwrap() }), last.last_hop);
    }
}

#[test]
fn a_second_router_that_never_answered_is_not_accused() {
    for echo in [true, false] {
        let line = Line { second_is_mute: true, ..line(echo, &[(60.4, 90.4, Fault::Access)]) };
        let mut world = two_routers(line, second(true));
        world.run_to(130.0);
        assert_eq!(Some(FaultDomain::Access), one(&world).domain, "{}", world.log());
    }
}

#[test]
fn far_hosts_that_lie_at_home_prove_nothing_of_the_line() {
    let hosts = ["192.168.1.1", "127.0.0.1", "192.168.1.9", "192.168.1.77"];
    for host in hosts {
        for has_v6 in [false, true] {
            let faults = [(100.4, 140.4, Fault::Access)];
            let line = Line { has_v6, ..line(true, &faults) };
            let targets = vec![host.to_owned()];
            let mut world = World::with(line, Config { targets, ..config() });
            world.run_to(200.0);
            let found = world.found();
            let outages: Vec<&Bad> = found.iter().filter(|bad| bad.is_outage).collect();
            let [one] = outages[..] else { panic!("{host} {found:?}{}", world.log()) };
            assert_eq!(Some(FaultDomain::Access), one.domain, "{host}{}", world.log());
            assert!((one.from - 100.4).abs() <= 6.0 && (one.until - 140.4).abs() <= 6.0, "{one:?}{}", world.log());
            let warned: Vec<&String> = world
                .events
                .iter()
                .filter_map(|(_, event)| if let Event::Warning(_, text) = event { Some(text) } else { None })
                .collect();
            let [warning] = warned[..] else { panic!("{warned:?}") };
            assert!(warning.contains(host) && warning.contains("not beyond the line"), "{warning}");
        }
    }
}

#[test]
fn a_hop_or_a_page_at_home_proves_nothing_of_the_line_either() {
    let isp_targets = vec!["192.168.1.1".to_owned()];
    let http_ip_url = "http://192.168.1.1/".to_owned();
    let settings = Config { isp_targets, http_ip_url, ..Config::default() };
    let mut world = World::with(line(true, &[(100.4, 140.4, Fault::Access)]), settings);
    world.run_to(200.0);
    assert_eq!(Some(FaultDomain::Access), one(&world).domain, "{}", world.log());
}

fn notices(world: &World) -> Vec<(FaultDomain, Vec<Evidence>)> {
    let notice = |event: &Event| match event {
        Event::Notice(_, domain, true, verdict) => Some((*domain, verdict.evidence.clone())),
        _ => None,
    };
    world.events.iter().filter_map(|(_, event)| notice(event)).collect()
}

#[test]
fn a_delay_of_seconds_is_a_degradation_of_the_line_by_ping_and_without() {
    for echo in [true, false] {
        for has_v6 in [false, true] {
            for millis in [1000, 2000, 3000] {
                let line = Line { has_v6, ..line(echo, &[(100.4, 140.4, Fault::Slow(millis))]) };
                let mut world = World::new(line);
                world.run_to(200.0);
                world.assert_quiet();
                let told = notices(&world);
                let latency = |(domain, evidence): &(FaultDomain, Vec<Evidence>)| {
                    *domain == FaultDomain::Access && evidence.contains(&Evidence::LatencyHigh)
                };
                assert!(told.iter().any(latency), "echo {echo}, {millis} ms: {told:?}{}", world.log());
                assert!(told.iter().all(latency), "echo {echo}, {millis} ms: {told:?}{}", world.log());
            }
        }
    }
}

#[test]
fn a_delay_of_seconds_without_time_stamps_is_no_outage() {
    for millis in [1000, 2000] {
        let line = Line { has_time_stamps: false, ..line(false, &[(100.4, 140.4, Fault::Slow(millis))]) };
        let mut world = World::new(line);
        world.run_to(200.0);
        let outages: Vec<Bad> = world.found().into_iter().filter(|bad| bad.is_outage).collect();
        assert_eq!(Vec::<Bad>::new(), outages, "{millis} ms{}", world.log());
    }
}

#[test]
fn the_end_of_an_outage_is_not_told_early_by_packets_that_were_sent_again() {
    let lengths = [(20.0, true), (12.0, true), (5.0, false)];
    for (far, lengths) in [(0, &lengths[..]), (200, &lengths), (400, &lengths), (700, &lengths[..2])] {
        for (length, is_outage) in lengths.iter().copied() {
            for tenths in 0..10 {
                let from = 60.0 + f64::from(tenths) / 10.0;
                let line = Line { far, ..line(false, &[(from, from + length, Fault::Access)]) };
                let mut world = World::new(line);
                world.run_to(120.0);
                let one = one(&world);
                assert_eq!(is_outage, one.is_outage, "{far} ms {from}: {one:?}{}", world.log());
                assert!((one.until - (from + length)).abs() <= 1.1, "{far} ms {from}: {one:?}{}", world.log());
            }
        }
    }
}

#[test]
fn a_dead_resolver_is_found_on_a_line_of_half_a_second() {
    let faults = [(0.0, 9e9, Fault::Slow(400)), (100.3, 130.3, Fault::Dns(0, Mode::Silent))];
    let mut world = World::new(line(true, &faults));
    world.run_to(200.0);
    let found = world.found();
    assert!(found.iter().any(|bad| bad.is_outage && bad.domain == Some(FaultDomain::Dns)), "{}", world.log());
}

#[test]
fn the_first_row_tells_what_was_measured() {
    for (fault, until) in [(Fault::Target(1), 9e9), (Fault::Target(0), 9e9), (Fault::Access, 20.0)] {
        for interrupted in [false, true] {
            let mut world = World::with(line(true, &[(0.0, until, fault.clone())]), Config::default());
            world.run_to(1.5);
            if interrupted {
                // A trace finds the provider's hops while the first cycle waits for the silent host.
                let now = world.moment();
                let addr = "100.64.0.1".parse().unwrap();
                let hop = crate::analysis::route::isp::IspHop { ttl: 2, addr, is_steady: true };
                world.monitor.handle_isp_hops(now, vec![hop]);
            }
            world.run_to(60.0);
            let first: &Row = world.rows.first().unwrap();
            assert_eq!(4, first.targets.len(), "{fault:?}: {first:?}{}", world.log());
            assert!(first.link.is_some(), "{first:?}");
            if until > 60.0 {
                let verdict = &first.verdict;
                assert_eq!((Status::Ok, Some(FaultDomain::Destination)), (verdict.status, verdict.domain), "{first:?}");
                assert!(verdict.evidence.contains(&Evidence::SomeTargetsDead));
            }
        }
    }
}
