//! Meaning of a packet for an echo request of ours. Pure.

use std::{net::IpAddr, time::Duration};

use crate::{
    codec::{icmp, icmp_extension},
    model::{
        host::{Family, Host},
        probe::{Loss, Outcome, Proof},
        trace::MplsLabel,
    },
};

/// An echo request that is under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// Host that it is going to.
    pub(super) to: Host,
    /// The identifier it carries.
    pub(super) id: u16,
    /// The number it carries.
    pub(super) seq: u16,
}

impl Asked {
    /// Reads from the packet `bytes`, which `from` sent and which arrived `rtt` after the request, what became of the
    /// request, and the labels that the packet tells of. `None` when it is about something else: a socket may be given
    /// the packets of all others.
    ///
    /// An IPv4 packet may stand behind its IP header or begin without one: no ICMP type looks like such a header.
    pub(super) fn read(self, bytes: &[u8], from: IpAddr, rtt: Duration) -> Option<(Outcome, Vec<MplsLabel>)> {
        let family = self.to.family();
        let packet = match family {
            Family::V4 => icmp::strip_ip_header(family, bytes).unwrap_or(bytes),
            Family::V6 => bytes,
        };
        match icmp::parse(family, packet)? {
            icmp::Packet::EchoReply { id, seq } => {
                let is_ours = (id, seq, from) == (self.id, self.seq, self.to.addr);
                is_ours.then_some((Outcome::Reply(rtt, Proof::EchoReply), Vec::new()))
            }
            icmp::Packet::Error { icmp_type, code, id, seq } => {
                let expired = match family {
                    Family::V4 => (11, 0),
                    Family::V6 => (3, 0),
                };
                let outcome = if (icmp_type, code) == expired {
                    Outcome::Reply(rtt, Proof::TimeExceeded(from))
                } else {
                    Outcome::Lost(Loss::Unreachable { icmp_type, code, from })
                };
                ((id, seq) == (self.id, self.seq)).then_some((outcome, icmp_extension::labels(packet.get(8..).unwrap_or_default(), icmp_extension::QUOTED)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RTT: Duration = Duration::from_millis(7);

    fn asked(to: &str) -> Asked {
        Asked { to: to.parse().unwrap(), id: 0x1234, seq: 0x5678 }
    }

    fn addr(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// An IPv4 header of 20 bytes, or one with 4 bytes of options.
    fn header(with_options: bool) -> Vec<u8> {
        let mut header = vec![if with_options { 0x46 } else { 0x45 }, 0, 0, 60, 0, 0, 0, 0, 1, 1, 0, 0];
        header.extend([192, 0, 2, 1, 192, 0, 2, 9]);
        header.resize(if with_options { 24 } else { 20 }, 1);
        header
    }

    fn reply(asked: Asked) -> Vec<u8> {
        let family = asked.to.family();
        let mut packet = icmp::echo_request(family, asked.id, asked.seq, 16);
        packet[0] = if family == Family::V4 { 0 } else { 129 };
        packet
    }

    /// An error that quotes the request, without the IP header of the error itself.
    fn error(asked: Asked, icmp_type: u8, code: u8) -> Vec<u8> {
        let mut packet = vec![icmp_type, code, 0, 0, 0, 0, 0, 0];
        match asked.to.family() {
            Family::V4 => packet.extend(header(false)),
            Family::V6 => {
                packet.extend([0x60, 0, 0, 0, 0, 24, 58, 1]);
                packet.extend([0; 32]);
            }
        }
        packet.extend(&icmp::echo_request(asked.to.family(), asked.id, asked.seq, 16)[..8]);
        packet
    }

    #[test]
    fn the_target_and_routers_are_heard_with_and_without_an_ip_header() {
        let (target, router) = (addr("192.0.2.9"), addr("192.0.2.1"));
        let asked = asked("192.0.2.9");
        for before in [Vec::new(), header(false), header(true)] {
            let read = |packet: Vec<u8>, from| asked.read(&[before.clone(), packet].concat(), from, RTT).unwrap().0;
            assert_eq!(Outcome::Reply(RTT, Proof::EchoReply), read(reply(asked), target));
            assert_eq!(Outcome::Reply(RTT, Proof::TimeExceeded(router)), read(error(asked, 11, 0), router));
            let told = Outcome::Lost(Loss::Unreachable { icmp_type: 3, code: 13, from: router });
            assert_eq!(told, read(error(asked, 3, 13), router));
        }
    }

    #[test]
    fn the_types_of_ipv6_are_its_own() {
        let (target, router) = (addr("2001:db8::9"), addr("2001:db8::1"));
        let asked = asked("2001:db8::9");
        let read = |packet: Vec<u8>, from| asked.read(&packet, from, RTT).unwrap().0;
        assert_eq!(Outcome::Reply(RTT, Proof::EchoReply), read(reply(asked), target));
        assert_eq!(Outcome::Reply(RTT, Proof::TimeExceeded(router)), read(error(asked, 3, 0), router));
        let told = Outcome::Lost(Loss::Unreachable { icmp_type: 1, code: 4, from: router });
        assert_eq!(told, read(error(asked, 1, 4), router));
    }

    #[test]
    fn packets_about_other_requests_are_passed_over() {
        for to in ["192.0.2.9", "2001:db8::9"] {
            let asked = asked(to);
            let expired = if asked.to.family() == Family::V4 { 11 } else { 3 };
            for other in [Asked { id: 1, ..asked }, Asked { seq: 1, ..asked }] {
                assert_eq!(None, asked.read(&reply(other), asked.to.addr, RTT));
                assert_eq!(None, asked.read(&error(other, expired, 0), addr("192.0.2.1"), RTT));
            }
            assert_eq!(None, asked.read(&reply(asked), addr("192.0.2.7"), RTT), "somebody else answers");
            let request = icmp::echo_request(asked.to.family(), asked.id, asked.seq, 16);
            assert_eq!(None, asked.read(&request, asked.to.addr, RTT), "our own request");
            let whole = error(asked, expired, 0);
            assert!((0..whole.len()).all(|end| asked.read(&whole[..end], asked.to.addr, RTT).is_none()));
        }
    }
}
