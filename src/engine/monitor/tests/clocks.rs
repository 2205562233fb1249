//! Sleep, stalls and clocks that are set.

use super::{
    line::{Fault, Line},
    world::{Bad, World, at},
};
use crate::model::{
    event::Event,
    ledger::{GapReason, State},
};

fn world(from: f64, until: f64) -> World {
    World::with_fault(Fault::Access, from, until)
}

fn gaps(world: &World) -> Vec<(f64, f64, GapReason)> {
    let gap = |event: &Event| match event {
        Event::Gap(from, length, reason) => Some((from.mono.as_secs_f64(), length.as_secs_f64(), *reason)),
        _ => None,
    };
    world.events.iter().filter_map(|(_, event)| gap(event)).collect()
}

fn total(world: &World, wanted: impl Fn(State) -> bool) -> f64 {
    let totals = world.monitor.ledger.totals();
    totals.iter().filter(|(state, _)| wanted(**state)).map(|(_, length)| length.as_secs_f64()).sum()
}

#[test]
fn sleep_is_a_gap_with_ten_seconds_more_and_no_outage() {
    let mut world = World::new(Line::new(1));
    world.run_to(100.5);
    world.sleep(3600.0);
    world.run_to(4000.0);
    world.assert_quiet();
    let [(from, length, GapReason::Asleep)] = gaps(&world)[..] else { panic!("{}", world.log()) };
    assert!((from - 100.5).abs() < 1.0 && (length - 3610.0).abs() < 1.5, "{from} {length}");
    let asleep = total(&world, |state| matches!(state, State::NotMonitored(_)));
    assert!((asleep - 3610.0).abs() < 2.5, "{asleep}");
}

#[test]
fn a_network_that_comes_back_ten_seconds_after_sleep_is_no_outage() {
    let mut line = Line::new(1);
    line.add(at(100.0), at(3708.0), Fault::Link);
    let mut world = World::new(line);
    world.run_to(99.9);
    world.sleep(3600.0);
    world.run_to(4000.0);
    world.assert_quiet();
}

#[test]
fn an_outage_ends_where_sleep_begins() {
    let mut world = world(50.3, 5000.0);
    world.run_to(100.5);
    world.sleep(3600.0);
    world.run_to(3800.0);
    let found = world.found();
    let [first, second] = found[..] else { panic!("{found:?}{}", world.log()) };
    assert!((first.from - 50.3).abs() <= 1.0 && (first.until - 100.5).abs() <= 2.5, "{first:?}");
    assert!(world.outages[0].cut_by_gap);
    assert!((second.from - 3710.5).abs() <= 1.5 && second.until.is_infinite(), "{second:?}");
}

#[test]
fn a_few_bad_seconds_before_sleep_are_forgotten() {
    for tenths in 0..60 {
        let from = 95.0 + f64::from(tenths) / 10.0;
        let mut world = world(from, 200.0);
        world.run_to(100.5);
        world.sleep(3600.0);
        world.run_to(4000.0);
        assert_eq!(Vec::<Bad>::new(), world.found(), "{}", world.log());
    }
}

#[test]
fn a_stalled_program_saw_nothing() {
    let mut world = world(103.0, 160.0);
    world.run_to(100.5);
    world.stall(120.0);
    world.run_to(400.0);
    world.assert_quiet();
    let [(from, length, GapReason::NotRunning)] = gaps(&world)[..] else { panic!("{}", world.log()) };
    assert!((from - 100.5).abs() < 1.0 && (length - 120.0).abs() < 1.5, "{from} {length}");
}

#[test]
fn a_stall_of_three_seconds_is_no_outage() {
    for tenths in 0..10 {
        let mut world = World::new(Line::new(1));
        world.run_to(100.0 + f64::from(tenths) / 10.0);
        world.stall(3.0);
        world.run_to(200.0);
        world.assert_quiet();
    }
}

#[test]
fn a_stall_of_three_seconds_in_an_outage_does_not_end_it() {
    let mut world = world(60.2, 120.2);
    world.run_to(80.4);
    world.stall(3.0);
    world.run_to(200.0);
    let found = world.found();
    let [only] = found[..] else { panic!("{found:?}{}", world.log()) };
    assert!((only.from - 60.2).abs() <= 1.0 && (only.until - 120.2).abs() <= 1.0, "{only:?}");
}

#[test]
fn a_clock_that_is_set_changes_no_duration() {
    for seconds in [-3600, 3600, -86_400, 5] {
        for set_at in [40.0, 66.0, 71.3, 74.0, 100.0] {
            let mut world = world(60.37, 72.37);
            world.run_to(set_at);
            world.set_clock(seconds);
            world.run_to(200.0);
            let found = world.found();
            let [only] = found[..] else { panic!("{found:?}{}", world.log()) };
            assert!((only.until - only.from - 12.0).abs() <= 1.0 && only.is_outage, "{only:?}");
            let steps: Vec<f64> = world
                .events
                .iter()
                .filter_map(|(_, event)| if let Event::ClockStep(_, by) = event { Some(*by) } else { None })
                .collect();
            let [step] = steps[..] else { panic!("{steps:?}") };
            assert!((step - seconds as f64).abs() < 0.1, "{step}");
            assert_eq!(Vec::<(f64, f64, GapReason)>::new(), gaps(&world));
            let by_rows: f64 = world.rows.iter().filter_map(|row| row.clock_step).sum();
            assert!((by_rows - seconds as f64).abs() < 0.1, "{by_rows}");
        }
    }
}
