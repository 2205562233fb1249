//! What one probe of a trace says about the way to the internet.

use std::{net::IpAddr, time::Duration};

use crate::{
    analysis::route::isp::IspPath,
    model::{
        host::Family,
        time::Stamp,
        trace::{Arrival, HopOutcome, HopSample},
    },
};

/// What a trace heard, or did not hear, of a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Witness {
    /// When the probe was sent.
    pub(in crate::engine) sent: Stamp,
    /// The family of the path.
    pub(in crate::engine) family: Family,
    /// The router.
    pub(in crate::engine) router: IpAddr,
    /// Its distance, where the probe tells.
    pub(in crate::engine) ttl: Option<u8>,
    /// What it said.
    pub(in crate::engine) word: Word,
    /// It is certainly another network's than the provider's.
    pub(in crate::engine) is_beyond: bool,
}

/// What a router said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Word {
    /// It gave up on the probe, after this time.
    Expired(Duration),
    /// That the target cannot be reached, with ICMP type and code.
    Unreachable(u8, u8),
    /// Nothing, though it always does.
    Nothing,
}

/// TTL of a probe that is meant to arrive: where it expires is no distance.
const FULL_TTL: u8 = 64;

/// What `sample` says; `None` when it says nothing about the path, or too late.
pub(super) fn of(sample: &HopSample, isp: &IspPath) -> Option<Witness> {
    if sample.arrival != Arrival::First || sample.probe.ttl >= FULL_TTL {
        return None;
    }
    let ttl = sample.probe.ttl;
    let (router, ttl, word) = match &sample.outcome {
        HopOutcome::Expired(answer) => (answer.from, Some(ttl), Word::Expired(answer.rtt)),
        HopOutcome::Unreachable { answer, icmp_type, code } => {
            let known = isp.hops.iter().find(|hop| hop.addr == answer.from).map(|hop| hop.ttl);
            (answer.from, known, Word::Unreachable(*icmp_type, *code))
        }
        HopOutcome::Silent => {
            let same = |addr: IpAddr| addr.is_ipv4() == (sample.probe.to.family() == Family::V4);
            let hop = isp.hops.iter().find(|hop| hop.ttl == ttl && hop.is_steady && same(hop.addr))?;
            (hop.addr, None, Word::Nothing)
        }
        HopOutcome::Reached(_) | HopOutcome::Local(_) | HopOutcome::NotMeasured(_) => return None,
    };
    let is_beyond = isp.beyond.contains(&router);
    Some(Witness { sent: sample.sent, family: sample.probe.to.family(), router, ttl, word, is_beyond })
}
