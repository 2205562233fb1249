use proptest::prelude::*;

use super::*;
use crate::{
    analysis::route::simulated::{SimHop, at, fate, hop},
    model::{
        host::{DefaultRoute, Link, LinkKind},
        time::Stamp,
        trace::{Arrival, TraceEnd},
        verdict::{Confidence, FaultDomain, RootCause, Status, Verdict},
    },
};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const ROUTER: [u8; 4] = [192, 168, 1, 1];
const ACCESS: [u8; 4] = [88, 79, 130, 1];
const CORE: [u8; 4] = [88, 79, 28, 2];
const TRANSIT: [u8; 4] = [62, 115, 10, 2];

/// Paths, a small internet, and time that passes when the test says so.
struct World {
    paths: Paths,
    hops: Vec<SimHop>,
    now: Duration,
    coming: BTreeMap<(Duration, u64), HopSample>,
    last_answer: BTreeMap<usize, Duration>,
    chance: fastrand::Rng,
    sent: Vec<(Duration, HopProbe)>,
    evidence: Vec<HopEvidence>,
    isp: Vec<Vec<Host>>,
    routers: Vec<Vec<HomeRouter>>,
    told: Vec<Event>,
    n_asked: usize,
    kept: Vec<(Duration, Keep)>,
}

impl World {
    fn new() -> Self {
        Self::with(Config::default())
    }

    fn with(config: Config) -> Self {
        let addrs: [IpAddr; 5] = [ROUTER.into(), ACCESS.into(), CORE.into(), TRANSIT.into(), [1, 1, 1, 1].into()];
        let hops = addrs.into_iter().map(|addr| SimHop { addr, ..hop(1) }).collect();
        let permits = TracePermits { v4: vec![TraceProtocol::Icmp, TraceProtocol::Udp], v6: Vec::new() };
        let mut world = Self {
            paths: Paths::new(config, permits, Pacer::default()),
            hops,
            now: SECOND,
            coming: BTreeMap::new(),
            last_answer: BTreeMap::new(),
            chance: fastrand::Rng::with_seed(7),
            sent: Vec::new(),
            evidence: Vec::new(),
            isp: Vec::new(),
            routers: Vec::new(),
            told: Vec::new(),
            n_asked: 0,
            kept: Vec::new(),
        };
        let gateway = Some(Host::new(ROUTER.into()));
        let addrs = vec![[192, 168, 1, 50].into()];
        let facts = HostFacts {
            links: vec![Link { index: 2, kind: LinkKind::Wired, up: true, addrs, ..Link::default() }],
            routes: vec![DefaultRoute { family: Family::V4, gateway, link: 2, metric: 1 }],
            ..HostFacts::default()
        };
        world.paths.handle_facts(at(SECOND), &facts);
        world.tell(&Event::Gateway(world.stamp(), gateway));
        world
    }

    fn stamp(&self) -> Stamp {
        at(self.now).stamp()
    }

    fn tell(&mut self, event: &Event) {
        self.paths.handle_event(at(self.now), event);
        self.act();
    }

    fn up(&mut self) {
        self.tell(&Event::State(self.stamp(), State::Up, verdict(None)));
    }

    fn suspect(&mut self) {
        self.tell(&Event::Suspected(self.stamp()));
    }

    fn confirm(&mut self) {
        self.tell(&Event::Confirmed(self.stamp(), verdict(Some(FaultDomain::Access))));
    }

    fn down(&mut self) {
        self.down_since(self.now);
    }

    fn down_since(&mut self, onset: Duration) {
        let domain = FaultDomain::Access;
        self.tell(&Event::State(at(onset).stamp(), State::Down(domain), verdict(Some(domain))));
    }

    fn act(&mut self) {
        while let Some(action) = self.paths.poll_action() {
            match action {
                PathAction::Send(probes) => probes.into_iter().for_each(|probe| self.send(probe)),
                PathAction::HopEvidence(evidence) => self.evidence.push(evidence),
                PathAction::IspHops(hops) => self.isp.push(hops.iter().map(|hop| Host::new(hop.addr)).collect()),
                PathAction::HomeRouters(routers) => self.routers.push(routers),
                PathAction::AskAddress => self.n_asked += 1,
                PathAction::Tell(event) => self.told.push(*event),
                PathAction::Keep(keep) => self.kept.push((self.now, *keep)),
            }
        }
    }

    fn send(&mut self, probe: HopProbe) {
        let (after, outcome) = fate(&probe, &self.hops, &mut self.chance, self.now, &mut self.last_answer);
        let sample = HopSample { probe, sent: self.stamp(), outcome, arrival: Arrival::First };
        self.coming.insert((self.now + after, probe.id.0), sample);
        self.sent.push((self.now, probe));
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let next = self.coming.keys().next().map(|(at, _)| *at).into_iter().chain(self.paths.poll_timeout()).min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            self.now = next.max(self.now);
            match self.coming.first_entry().filter(|entry| entry.key().0 <= self.now) {
                Some(entry) => {
                    let sample = entry.remove();
                    self.paths.handle_sample(at(self.now), &sample);
                }
                None => self.paths.handle_timeout(at(self.now)),
            }
            self.act();
        }
        self.now = end;
    }

    /// Cuts the path behind the first `n` hops.
    fn cut_behind(&mut self, n: usize) {
        self.hops.iter_mut().enumerate().for_each(|(idx, hop)| hop.link_loss = f64::from(u8::from(idx >= n)));
    }

    fn asked_since(&self, since: Duration) -> Vec<u8> {
        let asked = self.sent.iter().filter(|(at, probe)| *at >= since && probe.ttl < 64);
        let asked = asked.filter(|(_, probe)| probe.protocol == TraceProtocol::Icmp);
        let mut ttls: Vec<u8> = asked.map(|(_, probe)| probe.ttl).collect();
        ttls.sort_unstable();
        ttls.dedup();
        ttls
    }

    fn outage_files(&self) -> Vec<(TracePurpose, TraceEnd)> {
        let part = |(_, keep): &(Duration, Keep)| match keep {
            Keep::Outage { purpose, trace, .. } => Some((*purpose, trace.end)),
            Keep::Report { .. } | Keep::Facts { .. } | Keep::Address { .. } => None,
        };
        self.kept.iter().filter_map(part).collect()
    }

    fn reports(&self, wanted: TracePurpose) -> Vec<(Duration, &Trace)> {
        let report = |(at, keep): &'_ (Duration, Keep)| {
            matches!(keep, Keep::Report { purpose, .. } if *purpose == wanted).then_some(*at)
        };
        let reports = self.kept.iter().filter(|kept| report(kept).is_some());
        reports
            .filter_map(|(at, keep)| if let Keep::Report { trace, .. } = keep { Some((*at, trace)) } else { None })
            .collect()
    }
}

fn verdict(domain: Option<FaultDomain>) -> Verdict {
    Verdict {
        status: if domain.is_some() { Status::WanDown } else { Status::Ok },
        cause: domain.map(|_| RootCause::Transport),
        domain,
        confidence: Confidence::High,
        evidence: Vec::new(),
        last_hop: None,
    }
}

#[test]
fn the_provider_s_hops_are_found_within_seconds_and_the_baseline_follows() {
    let mut world = World::new();
    world.up();
    world.run(SECOND * 4);
    let found = vec![vec![Host::new(ACCESS.into()), Host::new(CORE.into())]];
    assert_eq!(found, world.isp);
    world.run(SECOND * 200);
    let targets: Vec<_> = world.reports(TracePurpose::Baseline).iter().map(|(_, trace)| trace.target.addr).collect();
    assert_eq!(vec![IpAddr::from([1, 1, 1, 1]), ACCESS.into(), CORE.into()], targets);
    assert!(world.reports(TracePurpose::Baseline).iter().all(|(_, trace)| trace.rounds == 20 && trace.is_reached()));
    world.run(SECOND * 900);
    assert_eq!(6, world.reports(TracePurpose::Baseline).len());
    assert_eq!(1, world.isp.len(), "told once");
}

#[test]
fn a_second_router_of_the_home_is_found_and_another_in_its_place_says_that_it_is_gone() {
    let mut world = World::new();
    let second = IpAddr::from([192, 168, 0, 1]);
    world.hops.insert(1, SimHop { addr: second, ..hop(1) });
    world.up();
    world.run(SECOND * 4);
    let known = vec![HomeRouter { ttl: 2, addr: second, is_certain: true }];
    assert_eq!(vec![known], world.routers);
    assert_eq!(1, world.isp.len());
    world.hops.remove(1);
    world.run(SECOND * 900);
    assert_eq!(Some(&Vec::new()), world.routers.last());
}

#[test]
fn targets_that_share_a_router_leave_it_its_pace() {
    let mut world = World::new();
    world.up();
    world.run(SECOND * 120);
    assert_eq!(3, world.reports(TracePurpose::Baseline).len(), "the host and both hops of the provider");
    let asked: Vec<Duration> = world.sent.iter().filter(|(_, probe)| probe.ttl == 1).map(|(at, _)| *at).collect();
    assert_eq!(FIRST_LOOK + 3 * 20, asked.len());
    let least = asked.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).min().unwrap();
    assert!(least >= MS * 900, "{least:?} between two");
}

#[test]
fn a_burst_asks_every_hop_within_a_second_whatever_else_is_traced() {
    for busy in [false, true] {
        let mut world = World::new();
        world.up();
        world.run(SECOND * 10);
        if busy {
            world.paths.next_baseline = world.now;
            world.run(SECOND * 5 + MS * 300);
        }
        world.cut_behind(2);
        let since = world.now;
        world.suspect();
        world.run(SECOND);
        assert_eq!(vec![1, 2, 3, 4, 5], world.asked_since(since), "busy: {busy}");
        world.run(SECOND * 2);
        let heard = |addr: [u8; 4], answer: fn(&HopAnswer) -> bool| {
            let of = |evidence: &&HopEvidence| evidence.sent.mono >= since && evidence.router == IpAddr::from(addr);
            world.evidence.iter().filter(of).any(|evidence| answer(&evidence.answer))
        };
        let expired = |answer: &HopAnswer| matches!(answer, HopAnswer::Expired(_));
        assert!(heard(ROUTER, expired) && heard(ACCESS, expired) && !heard(CORE, expired), "{:?}", world.evidence);
        assert!(heard(CORE, |answer| *answer == HopAnswer::Nothing), "{:?}", world.evidence);
    }
}

#[test]
fn hops_behind_the_provider_and_words_of_routers_are_witnesses_too() {
    let mut world = World::new();
    world.up();
    world.run(SECOND * 10);
    world.cut_behind(4);
    world.confirm();
    world.run(SECOND * 4);
    let farthest =
        world.evidence.iter().filter(|evidence| evidence.ttl.is_some()).max_by_key(|evidence| evidence.ttl).unwrap();
    assert_eq!((Some(4), IpAddr::from(TRANSIT), true), (farthest.ttl, farthest.router, farthest.is_beyond));
    assert!(world.evidence.iter().all(|evidence| evidence.router == IpAddr::from(TRANSIT) || !evidence.is_beyond));
}

#[test]
fn an_outage_has_its_path_before_during_and_after() {
    let mut world = World::new();
    world.up();
    world.run(SECOND * 30);
    world.suspect();
    world.run(SECOND * 15);
    world.cut_behind(1);
    let onset = world.now;
    world.suspect();
    world.run(SECOND);
    world.confirm();
    world.run(SECOND * 5);
    world.down_since(onset);
    assert!(
        world.kept.iter().any(|(at, keep)| *at == world.now && matches!(keep, Keep::Facts { .. })),
        "{:?}",
        world.kept
    );
    world.run(SECOND * 60);
    world.hops.iter_mut().for_each(|hop| hop.link_loss = 0.0);
    world.up();
    world.run(SECOND * 10);
    let files = world.outage_files();
    let purposes: Vec<_> = files.iter().map(|(purpose, _)| *purpose).collect();
    assert_eq!(Some(&TracePurpose::Baseline), purposes.first());
    assert_eq!(Some(&(TracePurpose::Recovery, TraceEnd::Reached)), files.last());
    let bursts: Vec<_> = files.iter().filter(|(purpose, _)| *purpose == TracePurpose::Burst).collect();
    assert!(bursts.len() >= 2 && bursts.iter().all(|(_, end)| *end == TraceEnd::Silent), "{bursts:?}");
    let intensive = world.reports(TracePurpose::Intensive);
    assert!(intensive.iter().any(|(_, trace)| trace.rounds >= 50), "{intensive:?}");
}

#[test]
fn intensive_traces_follow_one_another() {
    let mut world = World::new();
    world.up();
    world.run(SECOND * 10);
    world.cut_behind(1);
    world.down();
    world.run(SECOND * 300);
    let intensive = world.reports(TracePurpose::Intensive);
    assert_eq!(3, intensive.len(), "the target and two hops of the provider");
    for pair in intensive.windows(2) {
        assert!(pair[1].1.started.mono >= pair[0].1.ended.mono, "{pair:?}");
    }
}

#[test]
fn a_line_that_flaps_fills_no_disk() {
    let mut world = World::new();
    world.up();
    world.run(SECOND * 10);
    for _ in 0..10 {
        world.cut_behind(1);
        world.confirm();
        world.run(SECOND * 3);
        world.down();
        world.run(SECOND * 3);
        world.hops.iter_mut().for_each(|hop| hop.link_loss = 0.0);
        world.up();
        world.run(SECOND * 6);
    }
    let n_facts = world.kept.iter().filter(|(_, keep)| matches!(keep, Keep::Facts { .. })).count();
    assert_eq!(1, n_facts, "two minutes are one trouble");
}

#[test]
fn another_carrier_is_told_once() {
    let mut world = World::new();
    world.up();
    world.run(SECOND * 200);
    world.hops[3].addr = [62, 115, 20, 2].into();
    world.run(SECOND * 2000);
    let changes: Vec<_> = world.told.iter().filter(|event| matches!(event, Event::PathChanged(..))).collect();
    assert_eq!(1, changes.len(), "{changes:?}");
}

#[test]
fn another_network_has_other_hops() {
    let mut world = World::new();
    world.up();
    world.run(SECOND * 5);
    world.hops[1].addr = [203, 0, 113, 1].into();
    world.hops[2].addr = [203, 0, 113, 2].into();
    world.tell(&Event::Gateway(world.stamp(), Some("192.168.9.1".parse().unwrap())));
    assert_eq!(Some(&Vec::new()), world.isp.last());
    // The line works on, so nobody tells that it does.
    world.run(SECOND * 5);
    assert_eq!(Some(&vec![Host::new([203, 0, 113, 1].into()), Host::new([203, 0, 113, 2].into())]), world.isp.last());
}

#[test]
fn a_router_that_is_gone_for_a_moment_is_no_other_network() {
    let mut world = World::new();
    world.up();
    world.run(SECOND * 30);
    world.cut_behind(0);
    let onset = world.now;
    world.tell(&Event::Gateway(world.stamp(), None));
    world.confirm();
    world.run(SECOND * 5);
    world.down_since(onset);
    let purposes: Vec<_> = world.outage_files().iter().map(|(purpose, _)| *purpose).collect();
    assert!(purposes.contains(&TracePurpose::Baseline) && purposes.contains(&TracePurpose::Burst), "{purposes:?}");
}

#[test]
fn after_sleep_and_through_a_tunnel_nothing_is_taken_for_known() {
    let mut world = World::new();
    world.up();
    world.run(SECOND * 5);
    world.tell(&Event::Gap(world.stamp(), SECOND * 300, GapReason::Asleep));
    assert_eq!(Some(&Vec::new()), world.isp.last());
    world.up();
    world.run(SECOND * 5);
    assert_eq!(2, world.isp.last().unwrap().len());
    let tunnel = Link { index: 3, kind: LinkKind::Tunnel, up: true, ..Link::default() };
    let facts = HostFacts {
        links: vec![Link { index: 2, kind: LinkKind::Wired, up: true, ..Link::default() }, tunnel],
        routes: vec![DefaultRoute { family: Family::V4, gateway: None, link: 3, metric: 0 }],
        ..HostFacts::default()
    };
    world.paths.handle_facts(at(world.now), &facts);
    world.run(SECOND * 2000);
    assert_eq!(Some(&Vec::new()), world.isp.last(), "the hops of a tunnel are its operator's");
}

#[test]
fn an_outage_after_an_interruption_has_its_own_traces() {
    let mut world = World::new();
    world.up();
    world.run(SECOND * 10);
    world.cut_behind(1);
    world.down();
    world.run(SECOND);
    world.hops.iter_mut().for_each(|hop| hop.link_loss = 0.0);
    world.up();
    world.run(SECOND * 10);
    world.cut_behind(1);
    world.down();
    world.run(SECOND * 4);
    let outage = crate::model::ledger::Outage {
        id: 1,
        start: world.stamp(),
        end: None,
        cut_by_gap: false,
        uncertainty: SECOND,
        segments: Vec::new(),
    };
    world.tell(&Event::OutageOpened(outage, verdict(Some(FaultDomain::Access))));
    world.run(SECOND * 100);
    assert!(world.reports(TracePurpose::Intensive).iter().any(|(_, trace)| trace.rounds == 60));
}

#[test]
fn a_probe_that_nothing_is_heard_of_holds_nothing_up() {
    let mut world = World::new();
    world.up();
    world.coming.clear();
    world.run(SECOND * 20);
    world.suspect();
    world.run(SECOND * 5);
    assert!(world.told.iter().any(|event| matches!(event, Event::Trace(_, TracePurpose::Burst, _))));
}

#[test]
fn nobody_is_asked_for_the_public_address_unless_the_user_names_whom() {
    let mut world = World::new();
    world.up();
    assert_eq!(0, world.n_asked);
    let mut world = World::with(Config { stun_server: "192.0.2.5".into(), ..Config::default() });
    world.up();
    world.paths.handle_address(at(world.now), [203, 0, 113, 7].into());
    world.run(SECOND * 10);
    world.down();
    world.run(SECOND * 10);
    world.up();
    world.paths.handle_address(at(world.now), [203, 0, 113, 8].into());
    world.act();
    assert_eq!(2, world.n_asked);
    let after = |(_, keep): &(Duration, Keep)| matches!(keep, Keep::Address { addr, .. } if *addr == IpAddr::from([203, 0, 113, 8]));
    assert!(world.kept.iter().any(after));
    let before = |(_, keep): &(Duration, Keep)| matches!(keep, Keep::Facts { public, .. } if *public == Some([203, 0, 113, 7].into()));
    assert!(world.kept.iter().any(before));
}

#[test]
fn what_is_under_way_at_the_end_is_kept() {
    let mut world = World::new();
    world.up();
    world.run(SECOND * 10);
    world.cut_behind(1);
    world.down();
    world.run(SECOND * 20);
    let before = world.kept.len();
    world.paths.stop(at(world.now));
    world.act();
    assert!(
        matches!(world.kept.get(before), Some((_, Keep::Report { purpose: TracePurpose::Intensive, trace, .. })) if trace.rounds > 10)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever happens, no router is asked more than once a second.
    #[test]
    fn routers_are_spared(steps in proptest::collection::vec((0_u8..5, 100_u64..20_000, 0_usize..6), 1..25)) {
        let mut world = World::new();
        world.up();
        for (step, millis, cut) in steps {
            world.cut_behind(cut);
            match step {
                0 => world.suspect(),
                1 => world.confirm(),
                2 => world.down(),
                3 => world.up(),
                _ => world.paths.next_baseline = world.now,
            }
            world.run(MS * u32::try_from(millis).unwrap());
        }
        for ttl in 1..5 {
            let times: Vec<_> = world
                .sent
                .iter()
                .filter(|(_, probe)| probe.ttl == ttl && probe.to.addr == IpAddr::from([1, 1, 1, 1]) && probe.protocol == TraceProtocol::Icmp)
                .map(|(at, _)| *at)
                .collect();
            prop_assert!(times.windows(2).all(|pair| pair[1] >= pair[0] + MS * 950), "hop {ttl}: {times:?}");
        }
    }
}
