//! The provider's hops as traces find them, and what traces hear.

use super::{
    line::{Fault, Line},
    world::{World, at},
};
use crate::{
    analysis::route::isp::IspHop,
    engine::paths::{HopAnswer, HopEvidence},
    model::{
        config::Config,
        event::Event,
        host::{Family, Host},
        verdict::{Evidence, FaultDomain, LastHop, Verdict},
    },
};

fn hops() -> Vec<Host> {
    vec!["100.64.0.1".parse().unwrap(), "100.64.1.1".parse().unwrap()]
}

fn found() -> Vec<IspHop> {
    (2..).zip(hops()).map(|(ttl, host)| IspHop { ttl, addr: host.addr, is_steady: true }).collect()
}

/// A monitor without configuration that has been told of the provider's hops after five seconds.
fn world(fault: Fault, from: f64, until: f64) -> World {
    let mut line = Line::new(11);
    line.add(at(from), at(until), fault);
    let mut world = World::with(line, Config::default());
    world.run_to(5.0);
    let now = world.moment();
    world.monitor.handle_isp_hops(now, found());
    world
}

fn opened(world: &World) -> Verdict {
    let opened = world.events.iter().find_map(|(_, event)| match event {
        Event::OutageOpened(_, verdict) => Some(verdict.clone()),
        _ => None,
    });
    opened.unwrap_or_else(|| panic!("no outage{}", world.log()))
}

#[test]
fn found_hops_tell_access_isp_and_upstream_apart_without_configuration() {
    let domains = [
        (Fault::Access, FaultDomain::Access),
        (Fault::Isp, FaultDomain::Isp),
        (Fault::Upstream, FaultDomain::Upstream),
    ];
    for (fault, domain) in domains {
        let mut world = world(fault.clone(), 60.4, 85.4);
        world.run_to(120.0);
        let verdict = opened(&world);
        assert_eq!(Some(domain), verdict.domain, "{fault:?}{}", world.log());
        assert!(!verdict.evidence.contains(&Evidence::NoIspHopKnown));
        assert!(world.events.iter().any(|(_, event)| matches!(event, Event::IspHops(_, found) if *found == hops())));
    }
}

#[test]
fn hops_found_in_doubt_wait_until_it_is_settled() {
    let mut line = Line::new(11);
    line.add(at(60.4), at(75.4), Fault::Access);
    let mut world = World::with(line, Config::default());
    world.run_to(65.0);
    let now = world.moment();
    world.monitor.handle_isp_hops(now, found());
    let told = |world: &World| world.first(|event| matches!(event, Event::IspHops(..)));
    assert_eq!(None, told(&world));
    world.run_to(120.0);
    assert!(told(&world).is_some_and(|at| at.as_secs_f64() > 75.4), "{}", world.log());
}

#[test]
fn what_a_trace_hears_names_the_last_hop() {
    let mut world = world(Fault::Isp, 60.4, 90.4);
    world.run_to(61.0);
    for second in 0..12 {
        let now = world.moment();
        let heard = |router: &str, ttl: u8| HopEvidence {
            sent: now.stamp(),
            family: Family::V4,
            router: router.parse().unwrap(),
            ttl: Some(ttl),
            answer: HopAnswer::Expired(at(0.009)),
            is_beyond: false,
        };
        world.monitor.handle_hop_evidence(now, heard("192.168.1.1", 1));
        world.monitor.handle_hop_evidence(now, heard("100.64.0.1", 2));
        world.run_to(62.0 + f64::from(second));
    }
    world.run_to(120.0);
    let verdict = opened(&world);
    assert_eq!(Some(LastHop { ttl: 2, addr: [100, 64, 0, 1].into() }), verdict.last_hop, "{}", world.log());
    let up = world.rows.last().unwrap();
    assert_eq!(None, up.verdict.last_hop, "a line that works has none");
}
