//! A log read back says what the run said.

use super::{
    line::{Fault, Line, Mode},
    world::{World, at, epoch},
};
use crate::{
    analysis::replay::{Replay, Told},
    codec::netlog_csv::{Reader, header_line, render},
    model::{row::Row, time::Stamp, verdict::FaultDomain},
};

/// An outage: from when to when, how far that may be from the truth, and whose fault.
type Bad = (f64, f64, f64, Vec<FaultDomain>);

/// The log of a run as it stands in its file.
pub(super) struct Log {
    text: String,
}

impl Log {
    pub(super) fn new() -> Self {
        Self { text: header_line() }
    }

    pub(super) fn write(&mut self, row: &Row) {
        self.text += &render(row, row.at.naive_utc());
    }

    /// What the log tells: outages, and short interruptions.
    fn read(&self) -> (Vec<Bad>, Vec<(f64, f64)>) {
        let mut replay = Replay::new(at(10.0));
        let mut told = Vec::new();
        let mut first = None;
        for row in Reader::new(self.text.as_bytes()) {
            let row = row.unwrap();
            first.get_or_insert(row.steady);
            told.extend(replay.take(&row, false).unwrap_or_default());
        }
        let (rest, _) = replay.finish();
        told.extend(rest);
        // The first row is a hundred years after the zero of the replay.
        let since = first.map_or(0.0, |first| (first - epoch()).as_seconds_f64()) - 36_500.0 * 86_400.0;
        let seconds = |stamp: Stamp| stamp.mono.as_secs_f64() + since;
        let (mut outages, mut micros) = (Vec::new(), Vec::new());
        for told in told {
            match told {
                Told::Outage(outage, _) => {
                    if let Some(end) = outage.end {
                        let domains = outage.segments.iter().map(|segment| segment.domain).collect();
                        let within = outage.uncertainty.as_secs_f64();
                        outages.push((seconds(outage.start), seconds(end), within, domains));
                    }
                }
                Told::Micro(micro, _) => micros.push((seconds(micro.start), seconds(micro.end))),
                Told::State(..) | Told::Intermittent(_) | Told::Disagreement(_) => {}
            }
        }
        (outages, micros)
    }
}

/// The run and its log agree.
#[track_caller]
pub(super) fn check(world: &World, log: &Log) {
    let seconds = |stamp: Stamp| stamp.mono.as_secs_f64();
    let told: Vec<Bad> = world
        .outages
        .iter()
        .map(|outage| {
            let domains = outage.segments.iter().map(|segment| segment.domain).collect();
            let within = outage.uncertainty.as_secs_f64();
            (seconds(outage.start), seconds(outage.end.unwrap()), within, domains)
        })
        .collect();
    let (outages, micros) = log.read();
    let near = |a: f64, b: f64| (a - b).abs() < 0.002;
    let same = |a: &Bad, b: &Bad| near(a.0, b.0) && near(a.1, b.1) && near(a.2, b.2) && a.3 == b.3;
    let all_same = told.len() == outages.len() && told.iter().zip(&outages).all(|(a, b)| same(a, b));
    assert!(all_same, "told {told:?}\nread {outages:?}{}", world.log());
    let told: Vec<_> = world.micros.iter().map(|micro| (seconds(micro.start), seconds(micro.end))).collect();
    let all_same =
        told.len() == micros.len() && told.iter().zip(&micros).all(|(a, b)| near(a.0, b.0) && near(a.1, b.1));
    assert!(all_same, "told {told:?}\nread {micros:?}{}", world.log());
}

#[track_caller]
fn agrees(mut world: World, seconds: f64) {
    world.run_to(seconds);
    world.stop();
    let mut log = Log::new();
    world.rows.iter().for_each(|row| log.write(row));
    check(&world, &log);
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

#[test]
fn a_log_over_which_the_clock_was_set_gives_the_outages_that_were_told() {
    for seconds in [-3600, 3600, -86_400, 7] {
        for tenths in 0..12 {
            let mut world = World::with_fault(Fault::Access, 60.37, 90.37);
            world.run_to(50.0 + f64::from(tenths) * 4.7);
            world.set_clock(seconds);
            agrees(world, 200.0);
        }
    }
}
