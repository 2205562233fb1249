use super::*;
use crate::model::{probe::ProbeId, time::Stamp};

/// Two hops of the provider for IPv4 and one for IPv6; of the first two, those named are silent anyway.
struct Fixed {
    hops: Vec<Host>,
    silent: Vec<usize>,
    routers: Vec<HomeRouter>,
}

impl Known for Fixed {
    fn gateway_answers(&self) -> bool {
        true
    }

    fn v6_worked(&self) -> bool {
        false
    }

    fn v4_lost(&self) -> bool {
        false
    }

    fn usual_rtt(&self, _target: usize) -> Option<Duration> {
        Some(Duration::from_millis(20))
    }

    fn asks_by_echo(&self, _target: usize) -> bool {
        true
    }

    fn accepts(&self, _target: usize) -> bool {
        true
    }

    fn target_family(&self, _target: usize) -> Family {
        Family::V4
    }

    fn resolver(&self, _resolver: usize) -> Option<IpAddr> {
        None
    }

    fn is_system_resolver(&self, _resolver: usize) -> bool {
        true
    }

    fn isp_hops(&self) -> &[Host] {
        &self.hops
    }

    fn home_routers(&self) -> &[HomeRouter] {
        &self.routers
    }

    fn is_answering_router(&self, _router: usize) -> bool {
        true
    }

    fn is_silent_hop(&self, hop: usize) -> bool {
        self.silent.contains(&hop)
    }

    fn is_lossy(&self) -> bool {
        false
    }

    fn answers_large(&self, _target: usize) -> bool {
        false
    }
}

const HOP: [&str; 3] = ["192.0.2.1", "192.0.2.2", "2001:db8::2"];

fn known(silent: &[usize]) -> Fixed {
    let hops = HOP.iter().map(|hop| hop.parse().unwrap()).collect();
    Fixed { hops, silent: silent.to_vec(), routers: Vec::new() }
}

/// A sample sent so many milliseconds after the first.
fn sample(millis: u64, subject: Subject, means: Means, outcome: Outcome) -> Sample {
    let mono = Duration::from_millis(millis);
    let sent = Stamp { wall: chrono::DateTime::UNIX_EPOCH, mono };
    Sample { id: ProbeId(1), subject, means, question: None, sent, outcome }
}

fn lost(millis: u64, subject: Subject) -> Sample {
    sample(millis, subject, Means::Echo, Outcome::Lost(Loss::Timeout))
}

fn replied(millis: u64, subject: Subject, means: Means) -> Sample {
    sample(millis, subject, means, Outcome::Reply(Duration::from_millis(9), Proof::EchoReply))
}

fn layers(samples: &[Sample], known: &Fixed) -> Layers {
    let home = crate::analysis::home::home(&crate::model::host::HostFacts::default(), HOP[0].parse().ok());
    digest(samples, &home, known)
}

#[test]
fn a_hop_that_is_silent_anyway_counts_only_when_it_answers() {
    let all_dead = [lost(0, Subject::Target(0)), lost(0, Subject::IspHop(0)), lost(0, Subject::IspHop(1))];
    assert_eq!(Tally { up: 0, total: 2 }, layers(&all_dead, &known(&[])).isp);
    assert_eq!(Tally { up: 0, total: 1 }, layers(&all_dead, &known(&[1])).isp);
    let answers = [lost(0, Subject::Target(0)), replied(0, Subject::IspHop(1), Means::Echo)];
    assert_eq!(Tally { up: 1, total: 1 }, layers(&answers, &known(&[1])).isp);
}

#[test]
fn hops_of_the_other_family_and_packets_that_never_left_say_nothing() {
    let no_route = Outcome::Lost(Loss::Local(LocalFault::NoRoute));
    let samples = [
        lost(0, Subject::Target(0)),
        lost(0, Subject::IspHop(2)),
        sample(0, Subject::IspHop(0), Means::Echo, no_route),
        replied(0, Subject::IspHop(1), Means::Echo),
    ];
    assert_eq!(Tally { up: 1, total: 1 }, layers(&samples, &known(&[])).isp);
}

#[test]
fn what_a_router_says_after_the_last_look_at_a_target_is_no_witness() {
    for (after, expected) in [(0, true), (300, false), (1500, false)] {
        for means in [Means::FirstHop, Means::Echo, Means::Udp] {
            let samples = [
                lost(0, Subject::Target(0)),
                replied(after, Subject::Gateway(Family::V4), means),
                replied(after, Subject::Beyond, means),
                replied(after, Subject::IspHop(0), means),
            ];
            let layers = layers(&samples, &known(&[]));
            let gateway = layers.gateway == GatewayLayer::Alive;
            assert_eq!(
                (expected, expected, usize::from(expected)),
                (gateway, layers.beyond_isp, layers.isp.up),
                "{after}"
            );
        }
    }
    let later =
        [lost(0, Subject::Target(0)), replied(1500, Subject::IspHop(0), Means::Echo), lost(2000, Subject::Target(0))];
    assert_eq!(1, layers(&later, &known(&[])).isp.up, "the target was still silent after it");
}

#[test]
fn a_router_that_forbids_is_alive_and_one_without_a_way_on_says_so() {
    let from = HOP[1].parse::<Host>().unwrap().addr;
    for (code, says) in [(0, true), (1, true), (9, false), (10, false), (13, false)] {
        let loss = Outcome::Lost(Loss::Unreachable { icmp_type: 3, code, from });
        let samples = [sample(0, Subject::Target(0), Means::Echo, loss), lost(0, Subject::IspHop(0))];
        let layers = layers(&samples, &known(&[]));
        assert_eq!((says, Tally { up: 1, total: 2 }), (layers.isp_says_unreachable, layers.isp), "{code}");
    }
}

#[test]
fn what_this_computer_could_not_send_is_no_failure_of_resolvers_sites_and_targets() {
    let no_route = || Outcome::Lost(Loss::Local(LocalFault::NoRoute));
    let samples = [
        sample(0, Subject::Target(0), Means::Echo, no_route()),
        sample(0, Subject::Target(0), Means::Tcp, no_route()),
        sample(0, Subject::Resolver(0), Means::Dns, no_route()),
        sample(0, Subject::SiteByIp, Means::Http, no_route()),
    ];
    let layers = layers(&samples, &known(&[]));
    let none = Tally { up: 0, total: 0 };
    assert_eq!((true, none, none, none), (layers.unsent, layers.targets, layers.system_dns, layers.sites));
    let verdict = crate::analysis::classify::judge(&layers).unwrap();
    assert_eq!(Some(crate::model::verdict::FaultDomain::Host), verdict.domain);
}

#[test]
fn a_connection_without_a_route_alone_may_be_a_router_s_word() {
    let no_route = Outcome::Lost(Loss::Local(LocalFault::NoRoute));
    let samples = [sample(0, Subject::Target(0), Means::Tcp, no_route.clone())];
    assert!(!layers(&samples, &known(&[])).unsent);
    let also = [samples[0].clone(), sample(0, Subject::IspHop(0), Means::Udp, no_route), lost(0, Subject::Target(1))];
    assert!(!layers(&also, &known(&[])).unsent, "another target was asked");
}

#[test]
fn a_resolver_silent_on_a_line_of_seconds_is_not_dead() {
    let question = |outcome| sample(0, Subject::Resolver(0), Means::Dns, outcome);
    for (millis, means, proof, total) in [
        (1600, Means::Echo, Proof::EchoReply, 0),
        (1600, Means::Tcp, Proof::Accepted, 0),
        (700, Means::Echo, Proof::EchoReply, 1),
        // How long the line takes is not known of such a connection.
        (1600, Means::Tcp, Proof::AcceptedLate, 1),
    ] {
        let reply = Outcome::Reply(Duration::from_millis(millis), proof);
        let samples = [sample(0, Subject::Target(0), means, reply), question(Outcome::Lost(Loss::Timeout))];
        assert_eq!(Tally { up: 0, total }, layers(&samples, &known(&[])).system_dns, "{millis} {proof:?}");
    }
    let reply = Outcome::Reply(Duration::from_secs(2), Proof::EchoReply);
    let failed = [sample(0, Subject::Target(0), Means::Echo, reply), question(Outcome::Lost(Loss::DnsRcode(2)))];
    assert_eq!(Tally { up: 0, total: 1 }, layers(&failed, &known(&[])).system_dns);
}

#[test]
fn a_further_router_is_dead_only_when_it_is_silent_to_every_means() {
    let addr = "192.168.0.1".parse().unwrap();
    let known = |is_certain| Fixed { routers: vec![HomeRouter { ttl: 2, addr, is_certain }], ..known(&[]) };
    let target = || lost(0, Subject::Target(0));
    let of = |samples: &[Sample], is_certain| layers(samples, &known(is_certain)).further;
    let silent = [target(), lost(0, Subject::HomeRouter(0))];
    assert_eq!((FurtherLayer::Dead, FurtherLayer::DeadPerhaps), (of(&silent, true), of(&silent, false)));
    let refused = replied(0, Subject::HomeRouter(0), Means::Tcp);
    assert_eq!(FurtherLayer::Alive, of(&[target(), lost(0, Subject::HomeRouter(0)), refused], true));
    assert_eq!(FurtherLayer::NotMeasured, of(&[target()], true));
}
