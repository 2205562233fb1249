use super::{
    chain::{Health, Part, chain},
    *,
};
use crate::model::{
    ledger::{Outage, Segment},
    verdict::{Confidence, Evidence, FaultDomain, RootCause},
};

fn at(seconds: u64) -> Stamp {
    let wall = "2026-11-25T12:00:00Z".parse::<Timestamp>().unwrap();
    Stamp { wall, mono: Duration::ZERO }.after(Duration::from_secs(seconds))
}

fn moment(seconds: u64) -> Moment {
    let stamp = at(seconds);
    Moment { wall: stamp.wall, mono: stamp.mono, awake: stamp.mono }
}

fn down(domain: FaultDomain) -> Verdict {
    Verdict {
        status: Status::WanDown,
        cause: Some(RootCause::Transport),
        domain: Some(domain),
        confidence: Confidence::High,
        evidence: vec![Evidence::GatewayAlive, Evidence::TargetsDead],
        last_hop: None,
    }
}

fn outage(start: u64, end: Option<u64>, domain: FaultDomain) -> Outage {
    Outage {
        id: 1,
        start: at(start),
        end: end.map(at),
        cut_by_gap: false,
        uncertainty: Duration::from_secs(1),
        segments: vec![Segment { start: at(start), domain }],
    }
}

fn running() -> ViewModel {
    let mut view = ViewModel::new(moment(100));
    view.mode = Mode::Running;
    view.apply(&Event::Started(at(0)));
    view.apply(&Event::State(at(1), State::Up, nothing_claimed()));
    view
}

#[test]
fn an_outage_opens_lasts_and_closes() {
    let mut view = running();
    view.apply(&Event::State(at(50), State::Down(FaultDomain::Access), down(FaultDomain::Access)));
    view.apply(&Event::OutageOpened(outage(50, None, FaultDomain::Access), down(FaultDomain::Access)));
    let live = view.outages.live().unwrap();
    assert_eq!((Duration::from_secs(50), None), (live.length(view.now), live.end()));
    view.apply(&Event::State(at(80), State::Up, nothing_claimed()));
    view.apply(&Event::OutageClosed(outage(50, Some(80), FaultDomain::Access)));
    assert!(view.outages.live().is_none());
    let one = view.outages.iter().next().unwrap();
    assert_eq!(Duration::from_secs(30), one.length(view.now));
    let totals = view.timeline.totals(in_millis(at(0).wall), in_millis(at(100).wall));
    assert_eq!(Duration::from_secs(30), totals.down());
    assert_eq!(1, view.outages.len());
}

#[test]
fn a_doubt_blames_nobody_and_what_was_told_too_early_is_taken_back() {
    let mut view = running();
    view.apply(&Event::Suspected(at(50)));
    view.apply(&Event::Confirmed(at(50), down(FaultDomain::Access)));
    view.apply(&Event::Suspected(at(51)));
    assert_eq!((State::Up, Some(LineDoubt::Silent)), (view.state(), view.doubt));
    view.apply(&Event::State(at(50), State::Down(FaultDomain::Access), down(FaultDomain::Access)));
    assert_eq!((State::Down(FaultDomain::Access), None), (view.state(), view.doubt));
    view.apply(&Event::State(at(50), State::Up, nothing_claimed()));
    let totals = view.timeline.totals(in_millis(at(0).wall), in_millis(at(100).wall));
    assert_eq!((State::Up, Duration::ZERO), (view.state(), totals.down()));
}

#[test]
fn the_past_is_put_before_the_present_without_doubles() {
    let mut view = running();
    view.apply(&Event::OutageOpened(outage(50, None, FaultDomain::Access), down(FaultDomain::Access)));
    let claim = crate::analysis::replay::Claim::default();
    let earlier = [outage(10, Some(20), FaultDomain::Dns), outage(50, None, FaultDomain::Access)];
    let history = History {
        outages: earlier.map(|one| OutageView::of_log(one, claim.clone(), at(60))).into(),
        ..History::default()
    };
    view.take_history(history);
    assert_eq!(2, view.outages.len());
    assert!(view.outages.live().is_some());
}

#[test]
fn whoever_joins_late_knows_the_beginning_from_the_log() {
    let mut view = running();
    view.apply(&Event::OutageOpened(outage(70, None, FaultDomain::Access), down(FaultDomain::Access)));
    let claim = crate::analysis::replay::Claim::default();
    let open = OutageView::of_log(outage(50, None, FaultDomain::Access), claim, at(60));
    view.take_history(History { outages: vec![open], ..History::default() });
    assert_eq!(1, view.outages.len());
    assert_eq!(at(50).wall, view.outages.live().unwrap().start());
    view.apply(&Event::OutageClosed(outage(70, Some(90), FaultDomain::Access)));
    let one = view.outages.iter().next().unwrap();
    assert_eq!((Duration::from_secs(40), false), (one.length(view.now), one.is_live));
}

#[test]
fn the_chain_breaks_where_the_fault_is_and_knows_nothing_behind_it() {
    use Health::{Broken, NotReached, Works};
    for (domain, expected) in [
        (FaultDomain::Host, [Broken, NotReached, NotReached, NotReached, NotReached]),
        (FaultDomain::Lan, [Works, Broken, NotReached, NotReached, NotReached]),
        (FaultDomain::Access, [Works, Works, Broken, NotReached, NotReached]),
        (FaultDomain::Isp, [Works, Works, Broken, NotReached, NotReached]),
        (FaultDomain::Upstream, [Works, Works, Works, Broken, NotReached]),
        (FaultDomain::Dns, [Works, Works, Works, Works, Broken]),
    ] {
        let mut view = running();
        view.apply(&Event::State(at(50), State::Down(domain), down(domain)));
        assert_eq!(expected, chain(&view).map(|node| node.health), "{domain:?}");
    }
    let view = running();
    assert_eq!([Works; 5], chain(&view).map(|node| node.health));
    let stopped = ViewModel::new(moment(0));
    assert_eq!([Health::Unknown; 5], chain(&stopped).map(|node| node.health));
}

#[test]
fn the_providers_hops_answer_while_its_network_is_down() {
    let mut view = running();
    view.apply(&Event::State(at(50), State::Down(FaultDomain::Isp), down(FaultDomain::Isp)));
    let nodes = chain(&view);
    assert_eq!((Part::Provider, Health::Works), (nodes[2].part, nodes[2].way));
    view.apply(&Event::State(at(60), State::Down(FaultDomain::Access), down(FaultDomain::Access)));
    assert_eq!(Health::Broken, chain(&view)[2].way);
}

#[test]
fn a_file_that_many_rows_name_belongs_to_an_outage_once() {
    let names = ["trace.log", "facts.txt", "trace.log"].map(str::to_owned).to_vec();
    let claim = crate::analysis::replay::Claim { files: names, ..Default::default() };
    let one = OutageView::of_log(outage(50, Some(80), FaultDomain::Access), claim, at(90));
    assert_eq!(["trace.log", "facts.txt"], one.files.as_slice());
}

#[test]
fn what_nobody_looks_at_is_not_green() {
    let mut view = running();
    view.apply(&Event::Gap(at(20), Duration::from_mins(1), GapReason::Asleep));
    assert_eq!([Health::Unknown; 5], chain(&view).map(|node| node.health));
    view.apply(&Event::Stopped(at(90)));
    assert_eq!(State::NotMonitored(GapReason::NotRunning), view.state());
}

#[test]
fn a_router_is_one_host_whatever_addresses_it_has_had() {
    let mut view = running();
    let sample = |host: [u8; 4], subject| {
        Event::Sample(PulseSample {
            host: Host::new(host.into()),
            subject,
            sent: at(5),
            rtt: Some(Duration::from_millis(3)),
        })
    };
    view.apply(&sample([192, 168, 1, 1], Subject::Gateway(Family::V4)));
    view.apply(&sample([192, 168, 2, 1], Subject::Gateway(Family::V4)));
    view.apply(&sample([1, 1, 1, 1], Subject::Target(0)));
    view.apply(&sample([100, 64, 0, 1], Subject::IspHop(0)));
    assert_eq!(
        [Role::Router, Role::IspHop, Role::Target],
        view.hosts.iter().map(|host| host.role).collect::<Vec<_>>()[..]
    );
    assert_eq!("192.168.2.1", view.hosts[0].host.to_string());
}
