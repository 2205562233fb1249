//! Degradations begin and end in the log when they did, within the error that is stated.

use super::{
    line::{Effect, Fault, From, Line},
    world::{World, at, epoch},
};
use crate::{
    analysis::summary::{Scope, Summariser},
    codec::netlog_csv::{Reader, header_line, render},
    model::{degradation::Degradation, time::Timestamp},
};

/// The line is known by then.
const FROM: f64 = 330.3;

/// Returns the degradations that the log of a run tells of.
fn of_log(world: &World) -> Vec<Degradation> {
    let text: String = world.rows.iter().map(|row| render(row, row.at.naive_utc())).collect();
    let mut summariser = Summariser::new(Scope::all(at(10.0)));
    Reader::new((header_line() + &text).as_bytes()).for_each(|row| summariser.take(&row.unwrap(), false));
    summariser.finish().degradations
}

fn seconds(wall: Timestamp) -> f64 {
    (wall - epoch()).as_seconds_f64()
}

/// Edges of degradations of one kind: by how much they are wrong, and by how much they may be.
#[derive(Debug, Default)]
struct Edges {
    errors: Vec<f64>,
    stated: Vec<f64>,
    n_outside: usize,
}

impl Edges {
    fn add(&mut self, found: &Degradation, from: f64, until: f64) {
        let stated = found.uncertainty.unwrap().as_secs_f64();
        for (told, true_time) in [(found.start.wall, from), (found.end.wall, until)] {
            let error = (seconds(told) - true_time).abs();
            self.errors.push(error);
            // What is under way when it begins or ends may be hit or not.
            self.n_outside += usize::from(error > stated + 0.3);
        }
        self.stated.push(stated);
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// The edges of this effect lie within the stated error, and half of them within `typical` seconds of the truth.
#[track_caller]
fn check(from: From, effect: Effect, typical: f64) {
    let mut edges = Edges::default();
    let n_seeds = 20;
    for (seed, echo) in (0..n_seeds).flat_map(|seed| [(seed, true), (seed, false)]) {
        let begin = FROM + 0.37 * seed as f64;
        let until = begin + 45.0 + 1.3 * seed as f64;
        let mut line = Line { echo, ..Line::new(seed) };
        line.add(at(begin), at(until), Fault::Bad(from, effect));
        let mut world = World::new(line);
        world.run_to(until + 200.0);
        world.stop();
        let found = of_log(&world);
        let longest = found.iter().max_by_key(|found| found.end.since(found.start));
        let Some(longest) = longest.filter(|found| !found.is_open) else { continue };
        edges.add(longest, begin, until);
    }
    let (error, stated) = (median(&edges.errors), median(&edges.stated));
    let n = edges.errors.len();
    let worst = edges.errors.iter().copied().fold(0.0, f64::max);
    println!(
        "{from:?} {effect:?}: of {n} edges {} outside, error {error:.1} s, at most {worst:.1} s, stated {stated:.1} s",
        edges.n_outside
    );
    assert!(n >= 76, "{from:?} {effect:?}: {n} edges");
    assert!(edges.n_outside * 33 <= n, "{from:?} {effect:?}: of {n} edges {} outside", edges.n_outside);
    assert!(error <= typical && stated <= 10.0 * typical, "{from:?} {effect:?}: {error:.1} s, stated {stated:.1} s");
}

#[test]
fn latency_begins_and_ends_in_the_log_when_it_did() {
    check(From::Lan, Effect::Delay(80), 1.0);
    check(From::Access, Effect::Delay(80), 1.0);
    check(From::Upstream, Effect::Delay(80), 1.0);
    check(From::Access, Effect::Saw(500), 1.0);
    check(From::Access, Effect::Delay(2000), 1.0);
}

#[test]
fn jitter_begins_and_ends_in_the_log_when_it_did() {
    check(From::Lan, Effect::Spikes(20), 2.0);
    check(From::Access, Effect::Uniform(60), 2.0);
    check(From::Upstream, Effect::Late(0.28, 15), 2.0);
}

#[test]
fn loss_begins_and_ends_in_the_log_when_it_did() {
    check(From::Access, Effect::Loss(0.19), 3.0);
    check(From::Upstream, Effect::Loss(0.19), 3.0);
    check(From::Lan, Effect::Loss(0.19), 3.0);
    check(From::Isp, Effect::Loss(0.4), 3.0);
    check(From::Access, Effect::Loss(0.1), 3.0);
}

#[test]
fn a_degradation_ends_with_the_outage_that_follows_it_and_does_not_go_on_unseen() {
    let (onset, cut, back) = (FROM, FROM + 60.0, FROM + 90.0);
    let mut line = Line::new(1);
    line.add(at(onset), at(cut), Fault::Bad(From::Access, Effect::Delay(120)));
    line.add(at(cut), at(back), Fault::Access);
    let mut world = World::new(line);
    world.run_to(back + 200.0);
    world.stop();
    let found = of_log(&world);
    let [bad] = &found[..] else { panic!("{found:?}{}", world.log()) };
    assert!((seconds(bad.start.wall) - onset).abs() < 1.5 && (seconds(bad.end.wall) - cut).abs() < 1.5, "{bad:?}");
    let [outage] = &world.outages[..] else { panic!("{}", world.log()) };
    assert!((seconds(outage.end.unwrap().wall) - back).abs() < 1.5, "{outage:?}");
}
