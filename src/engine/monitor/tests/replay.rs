//! A log read back says what the run said.

use std::time::Duration;

use super::{
    line::{Fault, Line, Mode},
    world::{World, at, epoch},
};
use crate::{
    analysis::ledger::Ledger,
    model::{
        ledger::{Change, State},
        row::Row,
        time::{Stamp, Timestamp},
        verdict::{Evidence, FaultDomain},
    },
};

/// The ledger of a log, fed row by row.
pub(super) struct Replay {
    ledger: Ledger,
    last: Option<Timestamp>,
    pub(super) closed: Vec<(f64, f64, Vec<FaultDomain>)>,
    pub(super) micros: Vec<(f64, f64)>,
}

fn stamp(wall: Timestamp) -> Stamp {
    Stamp { wall, mono: (wall - epoch()).to_std().unwrap_or(Duration::ZERO) }
}

impl Replay {
    pub(super) fn new() -> Self {
        Self { ledger: Ledger::new(at(10.0)), last: None, closed: Vec::new(), micros: Vec::new() }
    }

    pub(super) fn read(&mut self, row: &Row) {
        self.last = Some(row.at);
        let mut changes = Vec::new();
        if let Some((reason, from)) = row.gap {
            changes.extend(self.ledger.gap(stamp(from), reason));
        }
        if let Some(since) = row.since {
            changes.extend(self.ledger.observe(stamp(since), state(row)));
        }
        self.take(changes);
    }

    /// The last row ends the data.
    pub(super) fn finish(&mut self) {
        let changes = self.last.map(|last| self.ledger.hold(stamp(last)));
        self.take(changes.unwrap_or_default());
    }

    fn take(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Closed(outage) => {
                    let domains = outage.segments.iter().map(|segment| segment.domain).collect();
                    let end = outage.end.unwrap().mono.as_secs_f64();
                    self.closed.push((outage.start.mono.as_secs_f64(), end, domains));
                }
                Change::Micro(micro) => {
                    self.micros.push((micro.start.mono.as_secs_f64(), micro.end.mono.as_secs_f64()));
                }
                _ => {}
            }
        }
    }
}

fn state(row: &Row) -> State {
    let bad = [Evidence::LossHigh, Evidence::LatencyHigh, Evidence::JitterHigh];
    if row.verdict.is_down() {
        State::Down(row.verdict.domain.unwrap())
    } else if bad.into_iter().any(|evidence| row.has(evidence)) {
        State::Degraded
    } else {
        State::Up
    }
}

/// The run and its log agree.
#[track_caller]
pub(super) fn check(world: &World, replay: &Replay) {
    let told: Vec<_> = world
        .outages
        .iter()
        .map(|outage| {
            let domains: Vec<_> = outage.segments.iter().map(|segment| segment.domain).collect();
            (outage.start.mono.as_secs_f64(), outage.end.unwrap().mono.as_secs_f64(), domains)
        })
        .collect();
    let near = |a: f64, b: f64| (a - b).abs() < 0.001;
    let same = told.len() == replay.closed.len()
        && told.iter().zip(&replay.closed).all(|(a, b)| near(a.0, b.0) && near(a.1, b.1) && a.2 == b.2);
    assert!(same, "told {told:?}\nread {:?}{}", replay.closed, world.log());
    let micros: Vec<_> =
        world.micros.iter().map(|micro| (micro.start.mono.as_secs_f64(), micro.end.mono.as_secs_f64())).collect();
    let same = micros.len() == replay.micros.len()
        && micros.iter().zip(&replay.micros).all(|(a, b)| near(a.0, b.0) && near(a.1, b.1));
    assert!(same, "told {micros:?}\nread {:?}{}", replay.micros, world.log());
}

#[track_caller]
fn agrees(mut world: World, seconds: f64) {
    world.run_to(seconds);
    world.stop();
    let mut replay = Replay::new();
    world.rows.iter().for_each(|row| replay.read(row));
    replay.finish();
    check(&world, &replay);
}

#[test]
fn a_log_read_back_gives_the_outages_that_were_told() {
    for (fault, length) in [
        (Fault::Access, 12.0),
        (Fault::Lan, 5.0),
        (Fault::Isp, 300.0),
        (Fault::Dns(0, Mode::ServFail), 40.0),
        (Fault::Loss(0.2), 600.0),
    ] {
        agrees(World::with_fault(fault, 60.4, 60.4 + length), 1000.0);
    }
    let mut line = Line::new(1);
    line.add(at(60.3), at(90.3), Fault::Lan);
    line.add(at(90.3), at(150.3), Fault::Access);
    agrees(World::new(line), 400.0);
}

#[test]
fn a_log_with_a_night_in_it_gives_the_outages_that_were_told() {
    for tenths in 0..20 {
        let mut world = World::with_fault(Fault::Access, 60.4, 5000.0);
        world.run_to(70.0 + f64::from(tenths) * 1.3);
        world.sleep(3600.0);
        agrees(world, 6000.0);
    }
}

#[test]
fn a_run_that_is_stopped_at_any_time_gives_the_outages_that_were_told() {
    for tenths in 0..40 {
        agrees(World::with_fault(Fault::Access, 60.4, 72.4), 60.0 + f64::from(tenths) * 0.7);
    }
}
