//! Times at which what runs over the line was last seen to work: the onset of its failure lies no earlier.
//!
//! The pulse looks at the path every second; at names and connections every second or two; at pages in cycles alone.

use crate::{
    engine::timeline::blames_path,
    model::{
        probe::{Means, Outcome, Proof, Sample, Subject},
        time::Stamp,
        verdict::{Evidence, FaultDomain, Verdict},
    },
};

/// The last times of success.
#[derive(Debug, Default)]
pub(super) struct LastSuccess {
    names: Option<Stamp>,
    connections: Option<Stamp>,
    all: Option<Stamp>,
}

impl LastSuccess {
    /// Takes a sample that was asked for at `asked`, while nothing is wrong.
    pub(super) fn take(&mut self, sample: &Sample, asked: Stamp) {
        let Outcome::Reply(_, proof) = sample.outcome else { return };
        let at = match (sample.subject, sample.means, proof) {
            (Subject::Resolver(_), Means::Dns, Proof::DnsFresh | Proof::DnsInvented) => &mut self.names,
            (Subject::Target(_), Means::Tcp, Proof::Accepted) => &mut self.connections,
            _ => return,
        };
        later(at, asked);
    }

    /// A cycle found that all of it has worked since then.
    pub(super) fn all(&mut self, since: Stamp) {
        later(&mut self.all, since);
    }

    /// Returns the time at which that which failed by this verdict last worked; `None` when that was not seen, or the
    /// path itself failed.
    pub(super) fn before(&self, verdict: &Verdict) -> Option<Stamp> {
        let single = match verdict.domain {
            _ if blames_path(verdict) => return None,
            Some(FaultDomain::Dns) => self.names,
            _ if verdict.evidence.contains(&Evidence::TcpDead) => self.connections,
            _ => None,
        };
        [single, self.all].into_iter().flatten().max_by_key(|at| at.mono)
    }
}

fn later(at: &mut Option<Stamp>, than: Stamp) {
    if at.is_none_or(|at| at.mono < than.mono) {
        *at = Some(than);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{
        probe::ProbeId,
        verdict::{Confidence, Status},
    };

    fn at(secs: u64) -> Stamp {
        Stamp { wall: chrono::DateTime::UNIX_EPOCH, mono: Duration::from_secs(secs) }
    }

    fn reply(subject: Subject, means: Means, proof: Proof) -> Sample {
        Sample {
            id: ProbeId(1),
            subject,
            means,
            question: None,
            sent: at(0),
            outcome: Outcome::Reply(Duration::ZERO, proof),
        }
    }

    fn down(domain: FaultDomain, evidence: &[Evidence]) -> Verdict {
        Verdict {
            status: Status::AppLayerFail,
            cause: None,
            domain: Some(domain),
            confidence: Confidence::High,
            evidence: evidence.to_vec(),
            last_hop: None,
        }
    }

    #[test]
    fn each_failure_began_after_what_it_stopped_last_worked() {
        let mut worked = LastSuccess::default();
        assert_eq!(None, worked.before(&down(FaultDomain::Dns, &[])));
        worked.all(at(20));
        worked.take(&reply(Subject::Resolver(0), Means::Dns, Proof::DnsFresh), at(38));
        worked.take(&reply(Subject::Target(0), Means::Tcp, Proof::Accepted), at(37));
        // A resolver may know by heart what it cannot ask.
        worked.take(&reply(Subject::Resolver(0), Means::Dns, Proof::DnsAnswer), at(39));
        worked.take(&reply(Subject::Target(0), Means::Tcp, Proof::Refused), at(39));
        worked.take(&reply(Subject::Target(0), Means::Echo, Proof::EchoReply), at(39));
        for (domain, evidence, expected) in [
            (FaultDomain::Dns, &[][..], Some(38)),
            (FaultDomain::App, &[Evidence::TcpDead], Some(37)),
            (FaultDomain::CaptivePortal, &[], Some(20)),
            (FaultDomain::Access, &[], None),
        ] {
            assert_eq!(expected.map(at), worked.before(&down(domain, evidence)), "{domain}");
        }
        worked.all(at(40));
        assert_eq!(Some(at(40)), worked.before(&down(FaultDomain::Dns, &[])));
    }
}
