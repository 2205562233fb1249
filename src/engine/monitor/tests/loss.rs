//! Loss over time is the part of the time in which packets were lost, however much is asked meanwhile.

use std::{collections::BTreeMap, time::Duration};

use super::{
    line::{Fault, Line},
    world::{World, at, config},
};
use crate::{
    analysis::summary::{Scope, Summariser},
    codec::netlog_csv::{Reader, header_line, render},
    model::{config::Config, probe::Subject},
};

/// Loss of the pulse to targets, as listeners hear of it.
fn told(world: &World) -> f64 {
    let targets: Vec<_> = world.pulse.iter().filter(|one| matches!(one.subject, Subject::Target(_))).collect();
    targets.iter().filter(|one| one.rtt.is_none()).count() as f64 / targets.len() as f64
}

/// The same by the rows of the log.
fn of_log(world: &World) -> f64 {
    let text: String = world.rows.iter().map(|row| render(row, row.at.naive_utc())).collect();
    let mut summariser = Summariser::new(Scope::all(at(10.0)));
    Reader::new((header_line() + &text).as_bytes()).for_each(|row| summariser.take(&row.unwrap(), false));
    summariser.finish().pulse_loss.unwrap()
}

#[track_caller]
fn check(fault: &Fault, interval: f64, length: f64) {
    let (from, end) = (200.45, 600.0);
    let mut line = Line::new(1);
    line.add(at(from), at(from + length), fault.clone());
    let config = Config { sample_interval_sec: at(interval), ..config() };
    let mut world = World::with(line, config);
    world.run_to(end);
    world.stop();
    let expected = length / end;
    // A pulse at either end.
    let within = (interval * 1.5 + 1.5) / end;
    let (told, of_log) = (told(&world), of_log(&world));
    assert!((told - expected).abs() <= within, "{fault:?} {interval}: {told} of {expected}");
    // At each end of the outage a row is written before the answers of the last seconds are overdue.
    let late = 2.0 * (2.0 * interval + 4.0) / end;
    assert!((of_log - told).abs() <= late, "{fault:?} {interval}: {of_log} in the log, {told} told");
}

#[test]
fn an_outage_counts_as_long_as_it_lasts_however_densely_it_is_looked_at() {
    for fault in [Fault::Access, Fault::Isp, Fault::Upstream, Fault::Lan] {
        for interval in [1.0, 2.0, 5.0] {
            check(&fault, interval, 45.0);
        }
    }
    check(&Fault::Access, 2.0, 7.0);
    check(&Fault::Access, 1.0, 300.0);
}

#[test]
fn each_part_of_the_path_is_told_once_in_each_interval() {
    for interval in [1.0, 2.0] {
        let mut line = Line::new(1);
        line.add(at(100.0), at(160.0), Fault::Access);
        let mut world = World::with(line, Config { sample_interval_sec: at(interval), ..config() });
        world.run_to(300.0);
        let part = |subject| match subject {
            Subject::Gateway(_) => 0,
            Subject::IspHop(_) => 1,
            _ => 2,
        };
        let mut parts: BTreeMap<u8, Vec<Duration>> = BTreeMap::new();
        world.pulse.iter().for_each(|one| parts.entry(part(one.subject)).or_default().push(one.sent.mono));
        assert_eq!(3, parts.len());
        for (part, mut times) in parts {
            times.sort();
            let apart = times.windows(2).map(|pair| pair[1].abs_diff(pair[0]).as_secs_f64());
            let least = apart.reduce(f64::min).unwrap();
            assert!(least > interval * 0.45, "{part}: {least} of {interval}");
            let n = times.len() as f64 * interval;
            assert!((285.0..=305.0).contains(&n), "{part}: {n}");
        }
    }
}

#[test]
fn every_target_has_its_turn_in_an_outage() {
    let mut world = World::with_fault(Fault::Access, 100.0, 160.0);
    world.run_to(200.0);
    let mut lost: BTreeMap<String, usize> = BTreeMap::new();
    let in_outage = world.pulse.iter().filter(|one| (at(105.0)..at(155.0)).contains(&one.sent.mono));
    for one in in_outage.filter(|one| matches!(one.subject, Subject::Target(_))) {
        *lost.entry(one.host.to_string()).or_default() += 1;
    }
    let (least, most) = (lost.values().min().unwrap(), lost.values().max().unwrap());
    assert!(lost.len() > 2 && most - least <= 2, "{lost:?}");
}
