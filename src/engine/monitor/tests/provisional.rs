//! That the line is down is told soon, and taken back where it is slow.

use std::time::Duration;

use super::{
    line::{Fault, Line},
    world::{World, at},
};
use crate::model::{event::Event, ledger::State, verdict::FaultDomain};

/// The states that were told since the line was known to work: when, since when, and which.
fn states(world: &World) -> Vec<(Duration, f64, State)> {
    let state = |(at, event): &(Duration, Event)| match event {
        Event::State(since, state, _) => Some((*at, since.mono.as_secs_f64(), *state)),
        _ => None,
    };
    world.events.iter().filter_map(state).skip(1).collect()
}

/// A fault at many points of a second: after how long the line is told to be down, each time once and by `domain`.
#[track_caller]
fn check(fault: &Fault, domain: FaultDomain, echo: bool) {
    for seed in 0..20 {
        let from = 60.0 + 0.37 * f64::from(seed);
        let mut line = Line { echo, ..Line::new(u64::try_from(seed).unwrap()) };
        line.add(at(from), at(from + 30.0), fault.clone());
        let mut world = World::new(line);
        world.run_to(from + 60.0);
        let told = states(&world);
        let [(first, since, down), (_, _, State::Up)] = told[..] else { panic!("{fault:?} {told:?}{}", world.log()) };
        assert_eq!(State::Down(domain), down, "{fault:?}{}", world.log());
        let after = first.as_secs_f64() - from;
        assert!(after < 4.4 && since >= from, "{fault:?} {after}{}", world.log());
        let row = world.rows.iter().find(|row| row.verdict.is_down()).unwrap();
        let of_row = row.since.unwrap() - super::world::epoch();
        assert!((of_row.as_seconds_f64() - since).abs() < 0.002, "{fault:?} {of_row} {since}{}", world.log());
    }
}

#[test]
fn a_line_that_is_cut_is_told_to_be_down_within_some_seconds_and_once() {
    for echo in [true, false] {
        check(&Fault::Lan, FaultDomain::Lan, echo);
        check(&Fault::Access, FaultDomain::Access, echo);
        check(&Fault::AccessTold, FaultDomain::Access, echo);
        check(&Fault::Isp, FaultDomain::Isp, echo);
        check(&Fault::Upstream, FaultDomain::Upstream, echo);
    }
}

#[test]
fn a_line_that_is_late_all_at_once_is_taken_back_and_never_in_the_log() {
    let mut n_told = 0;
    for (millis, echo) in [1000, 2000, 3000, 3700].into_iter().flat_map(|millis| [(millis, true), (millis, false)]) {
        let mut line = Line { echo, ..Line::new(1) };
        line.add(at(100.4), at(140.4), Fault::Slow(millis));
        let mut world = World::new(line);
        world.run_to(200.0);
        assert!(world.found().is_empty() && !world.rows.iter().any(|row| row.verdict.is_down()), "{}", world.log());
        let told = states(&world);
        let downs = told.iter().filter(|(.., state)| state.is_down()).count();
        assert!(downs == 0 || millis > 3000, "{millis} {echo}{}", world.log());
        for pair in told.windows(2).filter(|pair| pair[0].2.is_down()) {
            n_told += 1;
            let held = pair[1].0.saturating_sub(pair[0].0).as_secs_f64();
            assert!(!pair[1].2.is_down() && held < 5.0, "{millis} {echo}: {held}{}", world.log());
        }
        assert!(told.last().is_none_or(|(.., state)| !state.is_down()), "{}", world.log());
    }
    assert!(n_told > 0, "nothing was taken back");
}

#[test]
fn a_line_that_own_traffic_fills_is_not_told_to_be_down() {
    let mut line = Line::new(1);
    line.add(at(100.4), at(140.4), Fault::Slow(3000));
    line.add(at(98.0), at(140.4), Fault::OwnLoad(2_000_000));
    let mut world = World::new(line);
    world.run_to(200.0);
    assert!(!states(&world).iter().any(|(.., state)| state.is_down()), "{}", world.log());
}

#[test]
fn a_gap_and_a_pause_end_what_was_told() {
    for pauses in [true, false] {
        let mut world = World::with_fault(Fault::Access, 60.4, 66.0);
        world.run_to(65.0);
        assert!(states(&world).iter().any(|(.., state)| state.is_down()), "{}", world.log());
        if pauses {
            let now = world.moment();
            world.monitor.pause(now);
            world.run_to(100.0);
            let now = world.moment();
            world.monitor.resume(now);
        } else {
            world.sleep(600.0);
        }
        world.run_to(900.0);
        assert!(matches!(states(&world).last(), Some((.., State::Up))), "{}", world.log());
    }
}
