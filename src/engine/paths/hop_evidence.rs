//! Evidence of one probe of a trace about the way to the internet.

use std::{net::IpAddr, time::Duration};

use crate::{
    analysis::route::isp::IspPath,
    model::{
        host::Family,
        time::Stamp,
        trace::{Arrival, HopOutcome, HopSample},
    },
};

/// Evidence that a trace heard, or did not hear, a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct HopEvidence {
    /// Time at which the probe was sent.
    pub(in crate::engine) sent: Stamp,
    /// The family of the path.
    pub(in crate::engine) family: Family,
    /// The router.
    pub(in crate::engine) router: IpAddr,
    /// Distance of the router: the TTL of a probe that expired there, or the known one of a provider's hop that says
    /// that the target cannot be reached; `None` otherwise.
    pub(in crate::engine) ttl: Option<u8>,
    /// Answer of the router.
    pub(in crate::engine) answer: HopAnswer,
    /// It is certainly another network's than the provider's.
    pub(in crate::engine) is_beyond: bool,
}

/// Answer of a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum HopAnswer {
    /// The router gave up on the probe; the answer came after this time.
    Expired(Duration),
    /// The target cannot be reached, with ICMP type and code.
    Unreachable(u8, u8),
    /// No answer from a router that always gives one.
    Nothing,
}

/// TTL of a probe that is meant to arrive: where it expires is no distance.
const FULL_TTL: u8 = 64;

/// Returns the evidence of `sample`; `None` when it says nothing about the path, or too late.
pub(super) fn of(sample: &HopSample, isp: &IspPath) -> Option<HopEvidence> {
    if sample.arrival != Arrival::First || sample.probe.ttl >= FULL_TTL {
        return None;
    }
    let ttl = sample.probe.ttl;
    let (router, ttl, answer) = match &sample.outcome {
        HopOutcome::Expired(answer) => (answer.from, Some(ttl), HopAnswer::Expired(answer.rtt)),
        HopOutcome::Unreachable { answer, icmp_type, code } => {
            let known = isp.hops.iter().find(|hop| hop.addr == answer.from).map(|hop| hop.ttl);
            (answer.from, known, HopAnswer::Unreachable(*icmp_type, *code))
        }
        HopOutcome::Silent => {
            let same = |addr: IpAddr| addr.is_ipv4() == (sample.probe.to.family() == Family::V4);
            let hop = isp.hops.iter().find(|hop| hop.ttl == ttl && hop.is_steady && same(hop.addr))?;
            (hop.addr, None, HopAnswer::Nothing)
        }
        HopOutcome::Reached(_) | HopOutcome::Local(_) | HopOutcome::NotMeasured(_) => return None,
    };
    let is_beyond = isp.beyond.contains(&router);
    Some(HopEvidence { sent: sample.sent, family: sample.probe.to.family(), router, ttl, answer, is_beyond })
}
