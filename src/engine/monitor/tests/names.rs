//! Names that are filtered, beside and without real faults.

use super::{
    line::{Fault, Instead, Line, Mode},
    world::{Bad, World, at},
};
use crate::model::{
    event::Event,
    probe::About,
    verdict::{Evidence, FaultDomain},
};

const INSTEAD: [Instead; 5] = [Instead::Page, Instead::Nothing, Instead::ServFail, Instead::Refused, Instead::Silence];
const NAMES: [About; 3] = [About::TestName, About::KnownName, About::SiteName];

/// A line with so many resolvers of this computer, which filter.
fn filtered(n_resolvers: usize, name: About, instead: Instead) -> Line {
    let mut line = Line { resolvers: ["192.168.1.1", "203.0.113.53"][..n_resolvers].to_vec(), ..Line::new(1) };
    for idx in 0..n_resolvers {
        line.add(at(0.0), at(9e9), Fault::Dns(idx, Mode::Filters(name, instead)));
    }
    line
}

fn every_filter() -> impl Iterator<Item = (usize, About, Instead)> {
    let ways = NAMES.into_iter().flat_map(|name| INSTEAD.map(|instead| (name, instead)));
    ways.flat_map(|(name, instead)| [1, 2].map(|n_resolvers| (n_resolvers, name, instead)))
}

#[test]
fn a_filtered_name_is_no_outage_and_raises_no_suspicion() {
    for (n_resolvers, name, instead) in every_filter() {
        let mut world = World::new(filtered(n_resolvers, name, instead));
        world.run_to(900.0);
        world.assert_quiet();
        let suspected = world.first(|event| matches!(event, Event::Suspected(_)));
        assert_eq!(None, suspected, "{name:?} {instead:?}{}", world.log());
        let told = world.rows.iter().filter(|row| row.verdict.domain.is_some()).count();
        assert_eq!(0, told, "{name:?} {instead:?}: a filter is nothing to be warned of again and again");
        // What filters usually do with a known name needs no word.
        let is_usual = (name, instead) == (About::KnownName, Instead::Nothing);
        let is_said = world.rows.iter().all(|row| row.has(Evidence::NameFiltered));
        assert_eq!(!is_usual, is_said, "{name:?} {instead:?}");
    }
}

#[test]
fn a_filter_that_is_switched_on_is_no_outage() {
    for (_, name, instead) in every_filter() {
        let mut line = Line::new(1);
        line.add(at(100.3), at(300.0), Fault::Dns(0, Mode::Filters(name, instead)));
        let mut world = World::new(line);
        world.run_to(600.0);
        world.assert_quiet();
    }
}

#[test]
fn a_cut_behind_a_filter_is_found_at_its_onset() {
    for (n_resolvers, name, instead) in every_filter() {
        for fault in [Fault::Access, Fault::AccessTold] {
            for from in [100.37, 101.93, 113.04] {
                let mut line = filtered(n_resolvers, name, instead);
                line.add(at(from), at(from + 20.0), fault.clone());
                let mut world = World::new(line);
                world.run_to(from + 80.0);
                let log = world.log();
                let [Bad { from: start, until, domain, is_outage: true }] = world.found()[..] else {
                    panic!("{name:?} {instead:?} {fault:?}: {:?}{log}", world.found())
                };
                assert_eq!(Some(FaultDomain::Access), domain, "{name:?} {instead:?}{log}");
                assert!((start - from).abs() <= 1.0 && (until - from - 20.0).abs() <= 1.0, "{start} {until}{log}");
            }
        }
    }
}

#[test]
fn a_cut_is_found_where_certificates_cannot_be_judged() {
    for fault in [Fault::Untrusted, Fault::NoRoots] {
        for from in [100.37, 113.04] {
            let mut line = Line::new(1);
            line.add(at(0.0), at(9e9), fault.clone());
            line.add(at(from), at(from + 20.0), Fault::Access);
            let mut world = World::new(line);
            world.run_to(from + 80.0);
            let [Bad { from: start, until, domain, is_outage: true }] = world.found()[..] else {
                panic!("{fault:?}: {:?}{}", world.found(), world.log())
            };
            assert_eq!(Some(FaultDomain::Access), domain);
            assert!((start - from).abs() <= 1.0 && (until - from - 20.0).abs() <= 1.0, "{start} {until}");
        }
    }
}

#[test]
fn a_resolver_that_fails_behind_a_filter_is_found() {
    for (_, name, instead) in every_filter() {
        for mode in [Mode::Silent, Mode::ServFail, Mode::Lies] {
            let mut line = Line::new(1);
            line.add(at(100.4), at(120.4), Fault::Dns(0, mode));
            line.add(at(0.0), at(100.4), Fault::Dns(0, Mode::Filters(name, instead)));
            line.add(at(120.4), at(9e9), Fault::Dns(0, Mode::Filters(name, instead)));
            let mut world = World::new(line);
            world.run_to(200.0);
            let log = world.log();
            let [Bad { from: start, until, domain, is_outage: true }] = world.found()[..] else {
                panic!("{name:?} {instead:?} {mode:?}: {:?}{log}", world.found())
            };
            assert_eq!(Some(FaultDomain::Dns), domain, "{name:?} {instead:?}{log}");
            assert!(
                (start - 100.4).abs() <= 3.0 && (until - 120.4).abs() <= 3.0,
                "{name:?} {instead:?} {start} {until}{log}"
            );
        }
    }
}
