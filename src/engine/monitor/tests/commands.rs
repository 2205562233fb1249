//! What a front end may ask for.

use std::time::Duration;

use super::{
    line::{Fault, Line},
    world::{World, at, config},
};
use crate::model::{
    config::Config,
    event::Event,
    ledger::{GapReason, State},
    probe::Subject,
};

fn quiet() -> World {
    World::new(Line::new(1))
}

#[test]
fn a_test_now_writes_a_row_at_once() {
    let mut world = quiet();
    world.run_to(105.0);
    let n_rows = world.rows.len();
    let now = world.moment();
    world.monitor.run_once(now);
    world.run_to(107.0);
    assert_eq!(n_rows + 1, world.rows.len());
    assert!(world.rows.last().unwrap().at >= now.wall);
    world.assert_quiet();
}

#[test]
fn while_paused_nothing_is_sent_and_afterwards_the_pause_is_a_gap() {
    let mut world = quiet();
    world.run_to(100.0);
    let now = world.moment();
    world.monitor.pause(now);
    let n_probes = world.n_probes;
    world.run_to(400.0);
    assert_eq!(n_probes, world.n_probes);
    assert_eq!(Some(State::NotMonitored(GapReason::Paused)), last_state(&world));
    // A test is no reason to end it.
    let now = world.moment();
    world.monitor.run_once(now);
    world.run_to(401.0);
    assert_eq!(n_probes, world.n_probes);
    let now = world.moment();
    world.monitor.resume(now);
    world.run_to(430.0);
    assert!(world.n_probes > n_probes);
    let gap = world.events.iter().find_map(|(_, event)| match event {
        Event::Gap(from, length, GapReason::Paused) => Some((from.mono, *length)),
        _ => None,
    });
    let (from, length) = gap.unwrap();
    assert!(from >= at(98.0) && from <= at(100.0) && from + length >= at(400.9), "{from:?} {length:?}");
    let row = world.rows.iter().find(|row| row.gap.is_some()).unwrap();
    assert_eq!(GapReason::Paused, row.gap.unwrap().0);
    assert_eq!(Some(State::Up), last_state(&world));
    world.assert_quiet();
}

#[test]
fn a_pause_ends_an_outage_as_any_gap_does() {
    let mut world = World::with_fault(Fault::Access, 100.0, 300.0);
    world.run_to(200.0);
    let now = world.moment();
    world.monitor.pause(now);
    world.run_to(250.0);
    let [outage] = world.outages.as_slice() else { panic!("{}", world.log()) };
    assert!(outage.cut_by_gap && outage.end.unwrap().mono <= at(200.0), "{outage:?}");
}

#[test]
fn a_fault_within_a_pause_is_no_outage() {
    let mut world = World::with_fault(Fault::Access, 150.0, 250.0);
    world.run_to(100.0);
    let now = world.moment();
    world.monitor.pause(now);
    world.run_to(300.0);
    let now = world.moment();
    world.monitor.resume(now);
    world.run_to(400.0);
    world.assert_quiet();
}

#[test]
fn sleep_during_a_pause_is_part_of_the_pause() {
    let mut world = quiet();
    world.run_to(100.0);
    let now = world.moment();
    world.monitor.pause(now);
    world.run_to(120.0);
    world.sleep(5000.0);
    world.run_to(5130.0);
    let now = world.moment();
    world.monitor.resume(now);
    world.run_to(5200.0);
    let gaps = world.events.iter().filter(|(_, event)| matches!(event, Event::Gap(..))).count();
    assert_eq!(1, gaps, "{}", world.log());
    world.assert_quiet();
}

#[test]
fn other_settings_hold_from_then_on() {
    let mut world = quiet();
    world.run_to(100.0);
    let before = world.rows.len();
    let now = world.moment();
    let settings = Config { ping_interval_sec: Duration::from_secs(5), targets: vec!["192.0.2.7".into()], ..config() };
    world.monitor.apply(now, settings);
    world.run_to(200.0);
    assert!(world.rows.len() >= before + 15, "{} rows", world.rows.len() - before);
    assert_eq!(
        ["192.0.2.7"],
        world.rows.last().unwrap().targets.iter().map(|(host, _)| host.to_string()).collect::<Vec<_>>()[..]
    );
}

#[test]
fn the_pulse_is_told_sample_by_sample_and_loss_is_among_it() {
    let mut world = World::with_fault(Fault::Access, 100.0, 110.0);
    world.run_to(200.0);
    let of = |is: fn(Subject) -> bool| world.pulse.iter().filter(move |sample| is(sample.subject));
    assert!(of(|subject| matches!(subject, Subject::Gateway(_))).count() >= 190);
    assert!(of(|subject| matches!(subject, Subject::Target(_))).any(|sample| sample.rtt.is_none()));
    assert!(of(|subject| matches!(subject, Subject::Target(_))).filter(|sample| sample.rtt.is_some()).count() >= 150);
}

fn last_state(world: &World) -> Option<State> {
    world.events.iter().rev().find_map(|(_, event)| match event {
        Event::State(_, state, _) => Some(*state),
        _ => None,
    })
}
