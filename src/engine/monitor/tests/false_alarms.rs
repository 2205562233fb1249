//! What is no outage and no interruption.

use chrono::TimeDelta;

use super::{
    line::{Fault, Line, Mode, Router},
    world::{World, at},
};
use crate::model::{event::Event, ledger::State, row::Row, verdict::FaultDomain};

/// Runs with these faults (from, until, what) and finds nothing bad.
#[track_caller]
fn quiet(line: Line, faults: &[(f64, f64, Fault)], seconds: f64) -> World {
    let mut line = line;
    for (from, until, fault) in faults {
        line.add(at(*from), at(*until), fault.clone());
    }
    let mut world = World::new(line);
    world.run_to(seconds);
    world.assert_quiet();
    world
}

fn notices(world: &World) -> Vec<(FaultDomain, bool)> {
    let notice = |event: &Event| if let Event::Notice(_, domain, on, _) = event { Some((*domain, *on)) } else { None };
    world.events.iter().filter_map(|(_, event)| notice(event)).collect()
}

const HOUR: f64 = 3600.0;

#[test]
fn a_line_without_faults_stays_up() {
    for seed in 0..10 {
        quiet(Line::new(seed), &[], HOUR);
    }
}

#[test]
fn a_router_that_never_answers_is_no_outage() {
    let line = Line { router: Router { echo: false, others: false }, ..Line::new(1) };
    quiet(line, &[], HOUR);
    let line = Line { router: Router { echo: false, others: true }, ..Line::new(1) };
    quiet(line, &[], HOUR);
}

#[test]
fn a_router_that_stops_answering_is_no_outage() {
    quiet(Line::new(1), &[(100.3, 9e9, Fault::Mute)], HOUR);
}

#[test]
fn a_target_dead_for_hours_is_no_outage() {
    let world = quiet(Line::new(1), &[(100.3, 3.0 * HOUR, Fault::Target(1))], 4.0 * HOUR);
    assert_eq!(vec![(FaultDomain::Destination, true), (FaultDomain::Destination, false)], notices(&world));
}

#[test]
fn the_first_target_dead_for_hours_is_no_outage() {
    quiet(Line::new(1), &[(0.0, 3.0 * HOUR, Fault::Target(0))], 4.0 * HOUR);
}

#[test]
fn two_targets_dead_are_no_outage() {
    quiet(Line::new(1), &[(50.0, HOUR, Fault::Target(0)), (80.4, HOUR, Fault::Target(2))], 2.0 * HOUR);
}

#[test]
fn echo_filtered_from_the_start_is_no_outage() {
    let world = quiet(Line::new(1), &[(0.0, 9e9, Fault::Icmp)], HOUR);
    assert_eq!(vec![(FaultDomain::Filtering, true)], notices(&world));
}

#[test]
fn echo_filtered_in_the_middle_is_no_outage() {
    for tenths in 0..10 {
        let from = 100.0 + f64::from(tenths) / 10.0;
        let world = quiet(Line::new(1), &[(from, from + 900.0, Fault::Icmp)], HOUR);
        assert_eq!(vec![(FaultDomain::Filtering, true), (FaultDomain::Filtering, false)], notices(&world));
    }
}

#[test]
fn one_dead_site_is_no_outage() {
    quiet(Line::new(1), &[(100.3, 9e9, Fault::Site(0))], HOUR);
    quiet(Line::new(1), &[(100.3, 9e9, Fault::SiteByIp)], HOUR);
}

#[test]
fn certificates_that_this_computer_cannot_judge_are_no_outage() {
    for fault in [Fault::Untrusted, Fault::NoRoots] {
        let world = quiet(Line::new(1), &[(0.0, 9e9, fault.clone())], HOUR);
        assert_eq!(vec![(FaultDomain::Host, true)], notices(&world), "{fault:?}");
        let world = quiet(Line::new(1), &[(100.3, 1000.0, fault)], HOUR);
        assert_eq!(vec![(FaultDomain::Host, true), (FaultDomain::Host, false)], notices(&world));
    }
}

#[test]
fn one_of_two_dead_resolvers_is_no_outage() {
    for mode in [Mode::Silent, Mode::ServFail, Mode::Lies] {
        for idx in 0..2 {
            let line = Line { resolvers: vec!["192.168.1.1", "203.0.113.53"], ..Line::new(1) };
            let world = quiet(line, &[(100.3, 1000.0, Fault::Dns(idx, mode))], HOUR);
            assert_eq!(vec![(FaultDomain::Dns, true), (FaultDomain::Dns, false)], notices(&world));
        }
    }
}

#[test]
fn one_dead_zone_is_no_outage() {
    for resolvers in [vec!["192.168.1.1"], vec!["192.168.1.1", "203.0.113.53"]] {
        let line = Line { resolvers, ..Line::new(1) };
        let world = quiet(line, &[(100.3, 1000.0, Fault::Zone)], HOUR);
        assert_eq!(vec![(FaultDomain::Destination, true), (FaultDomain::Destination, false)], notices(&world));
    }
}

#[test]
fn a_resolver_that_invents_addresses_is_no_outage() {
    quiet(Line::new(1), &[(100.3, 9e9, Fault::Dns(0, Mode::Invents))], HOUR);
}

#[test]
fn loss_is_a_degradation_and_no_outage() {
    for seed in 0..5 {
        for loss in [0.1, 0.2] {
            let world = quiet(Line::new(seed), &[(100.3, 9e9, Fault::Loss(loss))], HOUR);
            let degraded = world.first(|event| matches!(event, Event::Notice(_, FaultDomain::Access, true, _)));
            assert!(degraded.is_some_and(|told| told < at(260.0)), "{degraded:?}{}", world.log());
        }
    }
}

#[test]
fn answers_that_come_twice_are_no_outage() {
    quiet(Line::new(1), &[(50.3, 9e9, Fault::Twice)], HOUR);
    quiet(Line::new(1), &[(50.3, 9e9, Fault::Twice), (200.0, 9e9, Fault::Loss(0.1))], HOUR);
}

#[test]
fn a_line_that_becomes_slow_is_no_outage() {
    for tenths in 0..10 {
        for millis in [880, 2480] {
            let from = 100.0 + f64::from(tenths) / 10.0;
            let world = quiet(Line::new(1), &[(from, from + 600.0, Fault::Slow(millis))], 1000.0);
            assert!(world.first(|event| matches!(event, Event::Notice(_, _, true, _))).is_some(), "{}", world.log());
        }
    }
}

#[test]
fn a_slow_line_that_loses_packets_is_no_outage() {
    for seed in 0..5 {
        quiet(Line::new(seed), &[(100.0, 600.0, Fault::Slow(880)), (100.0, 600.0, Fault::Loss(0.05))], 1000.0);
    }
}

#[test]
fn dead_ipv6_is_a_notice() {
    let line = Line { has_v6: true, ..Line::new(1) };
    let world = quiet(line, &[(100.3, 1000.0, Fault::V6)], HOUR);
    assert_eq!(vec![(FaultDomain::Ipv6, true), (FaultDomain::Ipv6, false)], notices(&world));
    let line = Line { has_v6: true, ..Line::new(1) };
    let world = quiet(line, &[(0.0, 9e9, Fault::V6)], HOUR);
    assert_eq!(vec![(FaultDomain::Ipv6, true)], notices(&world));
}

#[test]
fn probes_that_are_forbidden_are_no_outage() {
    quiet(Line::new(1), &[(0.0, 9e9, Fault::Forbidden)], 600.0);
    quiet(Line::new(1), &[(100.0, 9e9, Fault::Forbidden)], 600.0);
}

#[test]
fn a_new_router_is_no_outage_and_is_told() {
    let mut world = World::new(Line::new(1));
    world.run_to(100.0);
    world.line.gateway = "192.168.7.1";
    world.line.resolvers = vec!["192.168.7.1"];
    world.run_to(300.0);
    world.assert_quiet();
    let told = world.events.iter().filter(|(_, event)| matches!(event, Event::Gateway(_, Some(_)))).count();
    assert_eq!(2, told);
}

#[test]
fn a_system_that_tells_nothing_of_itself_is_no_outage() {
    let line = Line { has_facts: false, ..Line::new(1) };
    quiet(line, &[], HOUR);
}

/// The line is cut for so long, in four phases of the pulse. Nothing but the cut is told.
#[track_caller]
fn leaves_no_notice(fault: &Fault, seconds: f64, echo: bool) {
    for quarter in 0..4 {
        let from = 60.03 + f64::from(quarter) / 4.0;
        let mut line = Line { echo, ..Line::new(1) };
        line.add(at(from), at(from + seconds), fault.clone());
        let mut world = World::new(line);
        world.run_to(from + seconds + 60.0);
        let told = format!("{fault:?} of {seconds} s at {from}, echo {echo}{}", world.log());
        let is_notice =
            |event: &Event| matches!(event, Event::State(_, State::Up, verdict) if verdict.domain.is_some());
        assert_eq!(None, world.first(is_notice), "{told}");
        assert_eq!(Vec::<(FaultDomain, bool)>::new(), notices(&world), "{told}");
        let is_wrong = |row: &&Row| !row.verdict.is_down() && row.verdict.domain.is_some();
        assert_eq!(None, world.rows.iter().find(is_wrong), "{told}");
    }
}

#[test]
fn a_cut_that_is_over_leaves_no_notice_behind() {
    for fault in [Fault::Lan, Fault::Link, Fault::Access, Fault::AccessTold, Fault::Isp, Fault::Upstream] {
        for seconds in [2.5, 3.0, 4.0, 5.0, 6.5, 8.0, 12.0, 20.0] {
            for echo in [true, false] {
                leaves_no_notice(&fault, seconds, echo);
            }
        }
    }
}

#[test]
fn a_notice_that_is_told_is_in_the_log_however_short_it_is() {
    for (fault, domain) in [
        (Fault::Icmp, FaultDomain::Filtering),
        (Fault::Target(1), FaultDomain::Destination),
        (Fault::Site(0), FaultDomain::Destination),
    ] {
        for seconds in [12.0, 18.0, 24.0, 31.0, 45.0, 70.0] {
            for echo in [true, false] {
                let mut line = Line { echo, ..Line::new(1) };
                line.add(at(103.3), at(103.3 + seconds), fault.clone());
                let mut world = World::new(line);
                world.run_to(300.0);
                let mut n_told = 0;
                for (_, event) in &world.events {
                    let Event::Notice(told, of, begins, _) = event else { continue };
                    n_told += 1;
                    // A row has the time at which its cycle began.
                    let is_its = |row: &&Row| row.at <= told.wall && told.wall - row.at < TimeDelta::milliseconds(5500);
                    let logged = world.rows.iter().filter(is_its).map(|row| row.verdict.domain).next_back();
                    let expected = Some(begins.then_some(*of));
                    assert_eq!(expected, logged, "{fault:?} of {seconds} s, {domain}, echo {echo}{}", world.log());
                }
                let is_long = seconds >= 45.0 && (echo || domain != FaultDomain::Filtering);
                assert!(n_told >= 2 || !is_long, "{fault:?} of {seconds} s, echo {echo}{}", world.log());
            }
        }
    }
}
