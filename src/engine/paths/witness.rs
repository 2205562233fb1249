//! What one probe of a trace says about the way to the internet, in the monitor's words.

use std::net::IpAddr;

use crate::{
    analysis::route::{change::Route, isp::IspHop},
    model::{
        probe::{Loss, Means, Outcome, ProbeId, Proof, Sample, Subject},
        trace::{Arrival, HopOutcome, HopSample},
    },
};

/// A sample of the path that a trace took.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::engine) struct Witness {
    /// The sample.
    pub(in crate::engine) sample: Sample,
    /// The distance and the router that answered.
    pub(in crate::engine) heard: Option<(u8, IpAddr)>,
}

/// What `sample` says; `None` when it says nothing about the path, or too late. `route` is the path as it is known.
pub(super) fn of(sample: &HopSample, route: Option<&Route>, isp: &[IspHop]) -> Option<Witness> {
    if sample.arrival != Arrival::First {
        return None;
    }
    let ttl = sample.probe.ttl;
    let hop_of = |addr: IpAddr| isp.iter().position(|hop| hop.addr == addr).map(Subject::IspHop);
    let (subject, outcome, heard) = match &sample.outcome {
        HopOutcome::Expired(answer) => {
            let from = answer.from;
            // The provider's hops are known for one family.
            let behind_isp = || {
                let same = isp.iter().filter(|hop| hop.addr.is_ipv4() == from.is_ipv4());
                same.map(|hop| hop.ttl).max().is_some_and(|last| ttl > last)
            };
            let subject = match hop_of(from) {
                Some(subject) => subject,
                None if ttl == 1 => Subject::Gateway(sample.probe.to.family()),
                None if behind_isp() => Subject::Beyond,
                None => return None,
            };
            (subject, Outcome::Reply(answer.rtt, Proof::TimeExceeded(from)), Some((ttl, from)))
        }
        HopOutcome::Unreachable { answer, icmp_type, code } => {
            let loss = Loss::Unreachable { icmp_type: *icmp_type, code: *code, from: answer.from };
            (Subject::Beyond, Outcome::Lost(loss), Some((ttl, answer.from)))
        }
        HopOutcome::Silent => {
            let hop = isp.iter().position(|hop| route.and_then(|route| route.ttl_of(hop.addr)) == Some(ttl))?;
            (Subject::IspHop(hop), Outcome::Lost(Loss::Timeout), None)
        }
        HopOutcome::Reached(_) | HopOutcome::Local(_) | HopOutcome::NotMeasured(_) => return None,
    };
    // Probes of traces are numbered apart; no probe of the monitor has this number.
    let sample = Sample { id: ProbeId(u64::MAX), subject, means: Means::FirstHop, sent: sample.sent, outcome };
    Some(Witness { sample, heard })
}
