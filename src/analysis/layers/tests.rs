use super::*;
use crate::model::{probe::ProbeId, time::Stamp};

/// Two hops of the provider for IPv4 and one for IPv6; of the first two, those named are silent anyway.
struct Fixed {
    hops: Vec<Host>,
    silent: Vec<usize>,
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
    Fixed { hops: HOP.iter().map(|hop| hop.parse().unwrap()).collect(), silent: silent.to_vec() }
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
