//! Strip charts: one character a second for the state of each part, `.` works and `x` does not.

use super::{
    line::{Fault, Line, Mode},
    world::{Bad, World, at},
};
use crate::model::verdict::FaultDomain as D;

/// Where a chart begins, so that the monitor knows the line.
const BEGIN: f64 = 60.45;

fn fault(part: &str) -> Fault {
    match part {
        "cable" => Fault::Link,
        "router" => Fault::Lan,
        "router's answers" => Fault::Mute,
        "access" => Fault::Access,
        "provider" => Fault::Isp,
        "upstream" => Fault::Upstream,
        "target 0" => Fault::Target(0),
        "target 1" => Fault::Target(1),
        "echo" => Fault::Icmp,
        "port 443" => Fault::Port443,
        "resolver" => Fault::Dns(0, Mode::Silent),
        "site" => Fault::Site(0),
        other => panic!("{other:?} is no part"),
    }
}

/// Faults in (`part chart` a line), outages and micro-interruptions out: where, how long, whose.
#[track_caller]
fn check(chart: &str, outages: &[(f64, f64, D)], micros: &[(f64, f64, D)]) {
    let mut line = Line::new(1);
    let mut length = 0.0;
    for row in chart.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let (part, seconds) = row.rsplit_once(' ').unwrap();
        for (idx, _) in seconds.char_indices().filter(|(_, c)| *c == 'x') {
            let from = BEGIN + idx as f64;
            line.add(at(from), at(from + 1.0), fault(part.trim()));
        }
        length = seconds.len() as f64;
    }
    let mut world = World::new(line);
    world.run_to(BEGIN + length + 60.0);
    let found = world.found();
    for (expected, is_outage) in [(outages, true), (micros, false)] {
        let found: Vec<&Bad> = found.iter().filter(|bad| bad.is_outage == is_outage).collect();
        assert_eq!(expected.len(), found.len(), "{found:?}{}", world.log());
        for ((from, length, domain), bad) in expected.iter().zip(found) {
            assert_eq!(Some(*domain), bad.domain, "{}", world.log());
            assert!((bad.from - BEGIN - from).abs() <= 1.0, "{bad:?}{}", world.log());
            assert!((bad.until - bad.from - length).abs() <= 1.0, "{bad:?}{}", world.log());
        }
    }
}

#[test]
fn the_innermost_dead_part_is_blamed() {
    check(
        "cable  ......................
         router ......................
         access ..xxxxxxxxxxxxxx......",
        &[(2.0, 14.0, D::Access)],
        &[],
    );
    check(
        "router ..xxxxxxxxxxxxxx......
         access ....xxxxxxxxxx........",
        &[(2.0, 14.0, D::Lan)],
        &[],
    );
}

#[test]
fn ten_seconds_without_a_clean_one_are_an_outage_and_two_times_five_are_not() {
    check("access ..xxxxx............xxxxx......", &[], &[(2.0, 5.0, D::Access), (19.0, 5.0, D::Access)]);
    check("upstream ..xxxxxxxxxxx......xxxxx...............", &[(2.0, 22.0, D::Upstream)], &[]);
}

#[test]
fn what_hurts_nobody_is_neither() {
    check(
        "router's answers ..xxxxxxxxxxxxxxxxxxxxxx....
         target 1         ....xxxxxxxxxxxxxxxx........
         site             ......xxxxxxxxxxxxxx........",
        &[],
        &[],
    );
    check("echo ..xxxxxxxxxxxxxxxxxxxxxxxxxx....", &[], &[]);
}

#[test]
fn a_target_that_was_dead_before_changes_nothing_about_a_cut() {
    check(
        "target 0 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
         provider ......................xxxxxxxxxxxxxxx................",
        &[(22.0, 15.0, D::Isp)],
        &[],
    );
}

#[test]
fn a_resolver_that_dies_in_a_cut_is_the_second_part_of_one_outage() {
    check(
        "access   ..xxxxxxxxxxxxxxxxxxxx..............................
         resolver ............xxxxxxxxxxxxxxxxxxxx....................",
        &[(2.0, 30.0, D::Access)],
        &[],
    );
}
