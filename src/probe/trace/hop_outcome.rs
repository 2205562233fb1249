//! Meaning of the outcome of a probe for a hop. Pure.

use std::{net::IpAddr, time::Duration};

use crate::model::{
    probe::{Loss, Outcome, Proof},
    trace::{HopAnswer, HopOutcome, MplsLabel},
};

/// The outcome of a probe to `to` as an outcome of a trace. `rtt` is the time since it was sent, `labels` are those
/// that the answer tells of.
pub(super) fn hop_outcome(outcome: &Outcome, to: IpAddr, rtt: Duration, labels: Vec<MplsLabel>) -> HopOutcome {
    let answer = |from| HopAnswer { from, rtt, labels };
    match *outcome {
        // Somebody gave up on it, and nobody knows who: as good as silence.
        Outcome::Reply(_, Proof::TimeExceeded(from)) if from.is_unspecified() => HopOutcome::Silent,
        Outcome::Reply(_, Proof::TimeExceeded(from)) => HopOutcome::Expired(answer(from)),
        Outcome::Lost(Loss::Unreachable { icmp_type, code, from }) if from != to => {
            HopOutcome::Unreachable { answer: answer(from), icmp_type, code }
        }
        // To refuse is to answer.
        Outcome::Reply(..) | Outcome::Lost(Loss::Unreachable { .. } | Loss::Refused | Loss::Reset) => {
            HopOutcome::Reached(answer(to))
        }
        Outcome::Lost(Loss::Local(fault)) => HopOutcome::Local(fault),
        Outcome::Lost(_) => HopOutcome::Silent,
        Outcome::NotMeasured(why) => HopOutcome::NotMeasured(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::probe::{LocalFault, NotMeasured},
        probe::icmp_status::Answer,
    };

    const RTT: Duration = Duration::from_millis(7);

    fn of(outcome: &Outcome) -> HopOutcome {
        hop_outcome(outcome, "192.0.2.9".parse().unwrap(), RTT, Vec::new())
    }

    fn answer(from: &str) -> HopAnswer {
        HopAnswer { from: from.parse().unwrap(), rtt: RTT, labels: Vec::new() }
    }

    fn unreachable(from: &str) -> Outcome {
        Outcome::Lost(Loss::Unreachable { icmp_type: 3, code: 13, from: from.parse().unwrap() })
    }

    #[test]
    fn whoever_answers_is_named() {
        let router = "192.0.2.1".parse().unwrap();
        assert_eq!(HopOutcome::Expired(answer("192.0.2.1")), of(&Outcome::Reply(RTT, Proof::TimeExceeded(router))));
        assert_eq!(HopOutcome::Reached(answer("192.0.2.9")), of(&Outcome::Reply(RTT, Proof::EchoReply)));
        let told = HopOutcome::Unreachable { answer: answer("192.0.2.1"), icmp_type: 3, code: 13 };
        assert_eq!(told, of(&unreachable("192.0.2.1")));
    }

    #[test]
    fn a_host_that_says_it_cannot_be_reached_has_been_reached() {
        assert_eq!(HopOutcome::Reached(answer("192.0.2.9")), of(&unreachable("192.0.2.9")));
        assert_eq!(HopOutcome::Reached(answer("192.0.2.9")), of(&Outcome::Lost(Loss::Reset)));
    }

    #[test]
    fn nobody_is_named_for_nothing() {
        let nobody = "0.0.0.0".parse().unwrap();
        assert_eq!(HopOutcome::Silent, of(&Outcome::Reply(RTT, Proof::TimeExceeded(nobody))));
        assert_eq!(HopOutcome::Silent, of(&Outcome::Lost(Loss::Timeout)));
        assert_eq!(HopOutcome::Silent, of(&Outcome::Lost(Loss::Malformed)));
        let fault = LocalFault::NeighbourSilent;
        assert_eq!(HopOutcome::Local(fault), of(&Outcome::Lost(Loss::Local(fault))));
        let why = NotMeasured::NoPermission;
        assert_eq!(HopOutcome::NotMeasured(why), of(&Outcome::NotMeasured(why)));
    }

    /// What a status of Windows' echo service, said by `from`, is to a trace to `to`.
    fn of_status(status: u32, to: &str, from: &str, from_self: bool) -> HopOutcome {
        let (asked, from) = (to.parse().unwrap(), from.parse().unwrap());
        let meaning = Answer { asked, first_hop: true, from, from_self }.meaning(status);
        hop_outcome(&meaning.outcome(RTT), asked, RTT, Vec::new())
    }

    #[test]
    fn every_status_of_the_windows_service_is_the_outcome_it_stands_for() {
        let (v4, v6) = (("192.0.2.9", "192.0.2.1"), ("2001:db8::9", "2001:db8::1"));
        for (to, router) in [v4, v6] {
            let nobody = if router == v4.1 { "0.0.0.0" } else { "::" };
            assert_eq!(HopOutcome::Reached(answer(to)), of_status(0, to, to, false));
            assert_eq!(HopOutcome::Reached(answer(to)), of_status(0, to, nobody, false));
            assert_eq!(HopOutcome::Expired(answer(router)), of_status(11013, to, router, false));
            assert_eq!(HopOutcome::Silent, of_status(11013, to, nobody, false));
            assert_eq!(HopOutcome::Silent, of_status(11010, to, nobody, false));
            let silent_neighbour = HopOutcome::Local(LocalFault::NeighbourSilent);
            assert_eq!(silent_neighbour, of_status(11003, to, router, true));
            assert_eq!(HopOutcome::Local(LocalFault::NoRoute), of_status(11018, to, nobody, false));
            assert_eq!(HopOutcome::NotMeasured(NotMeasured::NoPermission), of_status(5, to, nobody, false));
            assert_eq!(HopOutcome::Reached(answer(to)), of_status(11005, to, to, false));
        }
        for (status, of_v4, of_v6) in [
            (11002, (3, 0), (1, 0)),
            (11003, (3, 1), (1, 3)),
            (11004, (3, 2), (1, 1)),
            (11005, (3, 3), (1, 4)),
            (11009, (3, 4), (2, 0)),
            (11014, (11, 1), (3, 1)),
        ] {
            for ((to, router), (icmp_type, code)) in [(v4, of_v4), (v6, of_v6)] {
                let told = HopOutcome::Unreachable { answer: answer(router), icmp_type, code };
                assert_eq!(told, of_status(status, to, router, false), "{status}");
            }
        }
    }
}
