//! Outcome of an echo, UDP or first-hop probe of which something was heard.

use crate::{
    model::{
        probe::{Loss, Outcome, Probe, ProbeKind, Proof},
        time::Moment,
    },
    probe::linux::socket::{Heard, Said, local_fault},
};

/// The outcome of `probe`, sent at `sent`, about which `heard` was read at `now`.
pub(super) fn of(heard: &Heard, probe: &Probe, sent: Moment, now: Moment) -> Outcome {
    let rtt = heard.rtt(sent, now);
    let (ProbeKind::Echo(host)
    | ProbeKind::Udp(host)
    | ProbeKind::FirstHop(host)
    | ProbeKind::Large(host, _)
    | ProbeKind::LargeUdp(host, _)) = &probe.kind
    else {
        return Outcome::Lost(Loss::Malformed);
    };
    let Some(error) = heard.error else {
        let is_udp = matches!(probe.kind, ProbeKind::Udp(_) | ProbeKind::LargeUdp(..) | ProbeKind::FirstHop(_));
        return Outcome::Reply(rtt, if is_udp { Proof::PortUnreachable } else { Proof::EchoReply });
    };
    if let (ProbeKind::Large(..) | ProbeKind::LargeUdp(..), Some(size)) = (&probe.kind, error.too_big(host.family())) {
        return Outcome::Reply(rtt, Proof::TooBig(Some(size).filter(|size| *size > 0)));
    }
    match error.about(*host) {
        Said::Expired(from) if matches!(probe.kind, ProbeKind::FirstHop(_)) => {
            Outcome::Reply(rtt, Proof::TimeExceeded(from))
        }
        // A loop: the probe was meant to arrive (RFC 792).
        Said::Expired(from) => {
            Outcome::Lost(Loss::Unreachable { icmp_type: if from.is_ipv4() { 11 } else { 3 }, code: 0, from })
        }
        Said::ByHost(_) => Outcome::Reply(rtt, Proof::PortUnreachable),
        Said::Unreachable(from, icmp_type, code) => Outcome::Lost(Loss::Unreachable { icmp_type, code, from }),
        Said::Local(errno) => not_sent(errno),
    }
}

/// The outcome of a probe that our own system could not send.
pub(super) fn not_sent(errno: nix::errno::Errno) -> Outcome {
    match local_fault(errno) {
        Ok(fault) => Outcome::Lost(Loss::Local(fault)),
        Err(why) => Outcome::NotMeasured(why),
    }
}
