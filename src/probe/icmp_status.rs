//! Meaning of the status of Windows' echo service for a probe. Pure, so that it is tested on every system.

use std::{net::IpAddr, time::Duration};

use crate::model::{
    host::Family,
    probe::{LocalFault, Loss, NotMeasured, Outcome, Proof},
};

/// `IP_SUCCESS`.
const SUCCESS: u32 = 0;

/// True if a status is a "destination unreachable", which this machine can also say of itself.
pub(super) fn is_unreachable(status: u32) -> bool {
    matches!(status, 11002..=11005 | 11040 | 11045)
}

/// True if a status says that the packet is too big for the way behind a router (`IP_PACKET_TOO_BIG`).
pub(super) fn is_too_big(status: u32) -> bool {
    status == 11009
}

/// Meaning of a status, still without the time it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// An answer arrived.
    Reply(Proof),
    /// No true answer arrived.
    Lost(Loss),
    /// The request was never sent.
    NotMeasured(NotMeasured),
}

impl Meaning {
    /// The outcome of a probe that took this long.
    pub(super) fn outcome(self, rtt: Duration) -> Outcome {
        match self {
            Self::Reply(proof) => Outcome::Reply(rtt, proof),
            Self::Lost(loss) => Outcome::Lost(loss),
            Self::NotMeasured(why) => Outcome::NotMeasured(why),
        }
    }
}

/// Host that was asked, and the one that the service says answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    /// The host asked.
    pub(super) asked: IpAddr,
    /// True if the packet was meant to die at the first router.
    pub(super) first_hop: bool,
    /// Address that answered; the unspecified address when the service does not say.
    pub(super) from: IpAddr,
    /// True if `from` is an address of this machine: then it speaks of its own failure to send.
    pub(super) from_self: bool,
}

impl Answer {
    /// Reads a status: an `IP_STATUS` (11000 and above) or an error of the system itself.
    pub(super) fn meaning(self, status: u32) -> Meaning {
        match status {
            SUCCESS if self.from == self.asked || self.from.is_unspecified() => Meaning::Reply(Proof::EchoReply),
            // Somebody else answered, the header was faulty, or it is a kind of error the service has no code for.
            SUCCESS | 11042..=11044 => Meaning::Lost(Loss::Malformed),
            11010 => Meaning::Lost(Loss::Timeout),
            11013 | 11041 if self.first_hop => Meaning::Reply(Proof::TimeExceeded(self.from)),
            _ => match icmp_of(status, self.family()) {
                Some((icmp_type, code)) => self.unreachable(icmp_type, code),
                None => own_fault(status),
            },
        }
    }

    fn family(self) -> Family {
        if self.asked.is_ipv4() { Family::V4 } else { Family::V6 }
    }

    fn unreachable(self, icmp_type: u8, code: u8) -> Meaning {
        let host_unreachable = match self.family() {
            Family::V4 => (3, 1),
            Family::V6 => (1, 3),
        };
        if !self.from_self && !self.from.is_unspecified() {
            return Meaning::Lost(Loss::Unreachable { icmp_type, code, from: self.from });
        }
        let fault =
            if (icmp_type, code) == host_unreachable { LocalFault::NeighbourSilent } else { LocalFault::NoRoute };
        Meaning::Lost(Loss::Local(fault))
    }
}

/// The type and code of the ICMP message behind a status; `None` when it is no answer from the network.
///
/// 11040 is "destination unreachable" with a code the service does not tell; code 0 stands for it.
fn icmp_of(status: u32, family: Family) -> Option<(u8, u8)> {
    let (v4, v6) = match status {
        11002 | 11040 => ((3, 0), (1, 0)),
        11003 => ((3, 1), (1, 3)),
        11004 => ((3, 2), (1, 1)),
        11005 => ((3, 3), (1, 4)),
        11009 => ((3, 4), (2, 0)),
        11013 | 11041 => ((11, 0), (3, 0)),
        11014 => ((11, 1), (3, 1)),
        11015 => ((12, 0), (4, 0)),
        11016 => ((4, 0), (1, 0)),
        11045 => ((3, 0), (1, 2)),
        _ => return None,
    };
    Some(match family {
        Family::V4 => v4,
        Family::V6 => v6,
    })
}

/// Meaning of an error of this machine. An unknown one is evidence of nothing.
fn own_fault(status: u32) -> Meaning {
    match status {
        // ERROR_ACCESS_DENIED, WSAEACCES.
        5 | 10013 => Meaning::NotMeasured(NotMeasured::NoPermission),
        // ERROR_NOT_SUPPORTED, ERROR_INVALID_PARAMETER, IP_BAD_OPTION, WSAEAFNOSUPPORT.
        50 | 87 | 11007 | 10047 => Meaning::NotMeasured(NotMeasured::Unsupported),
        // ERROR_NOT_FOUND (no route), ERROR_INVALID_NETNAME, ERROR_NETWORK_UNREACHABLE, ERROR_HOST_UNREACHABLE,
        // WSAEADDRNOTAVAIL, WSAENETUNREACH, WSAEHOSTUNREACH, IP_BAD_ROUTE, IP_BAD_DESTINATION, and
        // IP_GENERAL_FAILURE, which is what `ping` prints when no interface will take the packet.
        1168 | 1214 | 1231 | 1232 | 10049 | 10051 | 10065 | 11012 | 11018 | 11050 => {
            Meaning::Lost(Loss::Local(LocalFault::NoRoute))
        }
        // WSAENETDOWN, IP_HW_ERROR.
        10050 | 11008 => Meaning::Lost(Loss::Local(LocalFault::LinkDown)),
        _ => Meaning::NotMeasured(NotMeasured::NoResources),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(asked: &str, from: &str) -> Answer {
        Answer { asked: asked.parse().unwrap(), first_hop: false, from: from.parse().unwrap(), from_self: false }
    }

    #[test]
    fn only_the_host_asked_can_prove_itself_alive() {
        assert_eq!(answer("9.9.9.9", "9.9.9.9").meaning(0), Meaning::Reply(Proof::EchoReply));
        assert_eq!(answer("9.9.9.9", "10.0.0.1").meaning(0), Meaning::Lost(Loss::Malformed));
        assert_eq!(answer("2620:fe::fe", "::").meaning(0), Meaning::Reply(Proof::EchoReply));
    }

    #[test]
    fn an_expired_packet_is_an_answer_only_where_it_was_meant_to_expire() {
        let far = answer("9.9.9.9", "192.168.1.1");
        let router = far.from;
        let first_hop = Answer { first_hop: true, ..far };
        assert_eq!(first_hop.meaning(11013), Meaning::Reply(Proof::TimeExceeded(router)));
        assert_eq!(far.meaning(11013), Meaning::Lost(Loss::Unreachable { icmp_type: 11, code: 0, from: router }));
    }

    #[test]
    fn a_packet_that_is_too_big_is_told_from_other_failures() {
        assert!(is_too_big(11009) && !is_too_big(0) && !is_too_big(11010));
        let far = answer("9.9.9.9", "192.168.1.1");
        assert_eq!(far.meaning(11009), Meaning::Lost(Loss::Unreachable { icmp_type: 3, code: 4, from: far.from }));
    }

    #[test]
    fn our_own_failure_to_send_blames_no_router() {
        let by_router = answer("10.0.0.9", "10.0.0.1");
        let by_us = Answer { from_self: true, ..by_router };
        let from = by_router.from;
        assert!(is_unreachable(11003) && !is_unreachable(11010));
        assert_eq!(by_router.meaning(11003), Meaning::Lost(Loss::Unreachable { icmp_type: 3, code: 1, from }));
        assert_eq!(by_us.meaning(11003), Meaning::Lost(Loss::Local(LocalFault::NeighbourSilent)));
        assert_eq!(by_us.meaning(11002), Meaning::Lost(Loss::Local(LocalFault::NoRoute)));
        let v6 = answer("2001:db8::9", "::");
        assert_eq!(v6.meaning(11003), Meaning::Lost(Loss::Local(LocalFault::NeighbourSilent)));
        assert_eq!(v6.meaning(11050), Meaning::Lost(Loss::Local(LocalFault::NoRoute)));
    }

    #[test]
    fn what_was_never_sent_is_no_loss() {
        let far = answer("9.9.9.9", "0.0.0.0");
        assert_eq!(far.meaning(5), Meaning::NotMeasured(NotMeasured::NoPermission));
        assert_eq!(far.meaning(11006), Meaning::NotMeasured(NotMeasured::NoResources));
        assert_eq!(far.meaning(424_242), Meaning::NotMeasured(NotMeasured::NoResources));
        assert_eq!(far.meaning(11010), Meaning::Lost(Loss::Timeout));
    }
}
