//! Facts that traces tell the monitor: who on the way still answers, and which hops are the provider's.

use super::{Breadth, Monitor, Purpose, SAMPLES_KEPT};
use crate::{
    analysis::{
        layers::{Known as _, witnessed_until},
        route::isp::{HomeRouter, IspHop},
    },
    engine::{
        knowledge::{FIRST_HANDSHAKE, Knowledge, Lists},
        paths::{HopAnswer, HopEvidence},
    },
    model::{
        event::Event,
        host::{Family, Host},
        probe::{Loss, Means, Outcome, ProbeId, Proof, Sample, Subject},
        time::{Moment, Stamp},
        verdict::{LastHop, Verdict},
    },
};

/// Which column of a row names a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum FileColumn {
    /// `trace_file`.
    Trace,
    /// `intensive_trace_bundle`.
    Intensive,
    /// `wan_diag_file`.
    Facts,
    /// `baseline_mtr_bundle`.
    Baseline,
}

impl Monitor {
    /// A probe of a trace came back, or did not.
    pub(in crate::engine) fn handle_hop_evidence(&mut self, now: Moment, evidence: HopEvidence) {
        self.check_clocks(now);
        let gateways = [self.known.home.gateway_v4, self.known.home.gateway_v6];
        let is_gateway = evidence.ttl == Some(1) || gateways.iter().flatten().any(|host| host.addr == evidence.router);
        let ttl = if is_gateway { Some(1) } else { evidence.ttl };
        if let (Some(ttl), HopAnswer::Expired(_) | HopAnswer::Unreachable(..)) = (ttl, evidence.answer) {
            self.hear(now, evidence.sent, LastHop { ttl, addr: evidence.router });
        }
        if let Some(sample) = self.as_sample(evidence, is_gateway) {
            // What was sent before a cycle began says nothing of what that cycle asks about.
            if let Some((cycle, _)) = self.cycle.as_mut().filter(|(cycle, _)| cycle.at.mono <= sample.sent.mono) {
                cycle.add(&sample);
            }
            self.recent.push_back(sample);
        }
        self.settle(now);
    }

    /// The evidence as a sample of what it is about; `None` when it is about none of the parts that are judged.
    fn as_sample(&self, evidence: HopEvidence, is_gateway: bool) -> Option<Sample> {
        let hop = self.known.isp_hops.iter().position(|hop| hop.addr == evidence.router).map(Subject::IspHop);
        let further = self.known.home_routers().iter().position(|router| router.addr == evidence.router);
        let subject = match hop.or(further.map(Subject::HomeRouter)) {
            Some(hop) => hop,
            None if is_gateway => Subject::Gateway(evidence.family),
            None if evidence.is_beyond => Subject::Beyond,
            None => return None,
        };
        let outcome = match evidence.answer {
            HopAnswer::Expired(rtt) => Outcome::Reply(rtt, Proof::TimeExceeded(evidence.router)),
            HopAnswer::Unreachable(icmp_type, code) => {
                Outcome::Lost(Loss::Unreachable { icmp_type, code, from: evidence.router })
            }
            HopAnswer::Nothing => Outcome::Lost(Loss::Timeout),
        };
        // Probes of traces are numbered apart; no probe of the monitor has this number.
        Some(Sample {
            id: ProbeId(u64::MAX),
            subject,
            means: Means::FirstHop,
            question: None,
            sent: evidence.sent,
            outcome,
        })
    }

    /// A router has answered, by whatever means. Routers say no more than so much a second of packets that expire
    /// there, and of ports that are closed, and may so keep silent to a trace.
    pub(super) fn hear_directly(&mut self, now: Moment, sample: &Sample) {
        let Some(addr) = self.known.host_of(sample.subject).map(|host| host.addr) else { return };
        let ttl = match sample.subject {
            Subject::Gateway(_) => Some(1),
            Subject::HomeRouter(idx) => self.known.home_routers().get(idx).map(|router| router.ttl),
            Subject::IspHop(_) => self.known.distance(addr),
            _ => None,
        };
        if let Some(ttl) = ttl {
            self.hear(now, sample.sent, LastHop { ttl, addr });
        }
    }

    fn hear(&mut self, now: Moment, sent: Stamp, hop: LastHop) {
        self.heard.push_back((sent, hop));
        while self.heard.front().is_some_and(|(sent, _)| sent.mono + SAMPLES_KEPT < now.mono) {
            self.heard.pop_front();
        }
    }

    /// These hops are the provider's. They are asked from now on, unless others are configured.
    ///
    /// While something is suspected the change waits: samples under way are numbered by the hops as they were.
    pub(in crate::engine) fn handle_isp_hops(&mut self, now: Moment, hops: Vec<IspHop>) {
        self.check_clocks(now);
        self.found_hops = Some(hops);
        self.adopt_hops(now);
    }

    /// These routers are the home's, behind the first. They are asked whenever the line is in doubt.
    pub(in crate::engine) fn handle_home_routers(&mut self, now: Moment, routers: Vec<HomeRouter>) {
        self.check_clocks(now);
        self.found_routers = Some(routers);
        self.adopt_hops(now);
    }

    /// Says once of each host that it lies at home and does not count as what the configuration says.
    pub(super) fn warn_of_misplaced(&mut self, now: Moment) {
        let texts: Vec<String> = self.known.misplaced.iter().map(ToString::to_string).collect();
        for text in texts {
            if self.warned.insert(text.clone()) {
                self.tell(Event::Warning(now.stamp(), text));
            }
        }
    }

    /// Samples under way are numbered by the lists as they were `before`. When a list is another now, the cycle begins
    /// anew.
    pub(super) fn lists_changed(&mut self, now: Moment, before: &Lists) {
        if *before == self.known.lists() {
            return;
        }
        self.services.clear();
        self.recent.clear();
        self.out.clear();
        self.cancel_extra();
        if let Some((_, purpose)) = self.cycle.take() {
            self.begin_cycle(now, Breadth::Full, purpose);
        }
    }

    /// The first packet of a connection that was made by one the system sent again, or may have been: it was lost when
    /// the connection was asked for, and the answer tells of the time of the later one.
    pub(super) fn first_packet(&self, sample: &Sample) -> Option<Sample> {
        let asked = self.out.get(&sample.id).map(|(.., asked)| *asked);
        let sent = asked.filter(|asked| sample.sent.mono >= asked.mono + FIRST_HANDSHAKE);
        let is_repeated = sample.means == Means::Tcp && sample.outcome.is_reply() && sent.is_some();
        (is_repeated || Knowledge::is_ambiguous(sample)).then(|| Sample {
            sent: asked.unwrap_or(sample.sent),
            outcome: Outcome::Lost(Loss::Timeout),
            ..sample.clone()
        })
    }

    /// Takes found hops in as soon as nothing is in doubt.
    pub(super) fn adopt_hops(&mut self, now: Moment) {
        let settling = matches!(self.cycle, Some((_, Purpose::Settle(_))));
        if settling || self.suspicion.is_some() || self.is_alert(now) {
            return;
        }
        if let Some(routers) = self.found_routers.take() {
            let before = self.known.lists();
            self.known.find_home_routers(routers);
            self.lists_changed(now, &before);
        }
        let Some(hops) = self.found_hops.take() else { return };
        if self.known.find_isp_hops(&hops) && self.planner.config().isp_targets.is_empty() {
            let hosts = hops.iter().map(|hop| Host::new(hop.addr)).collect();
            self.tell(Event::IspHops(now.stamp(), hosts));
            self.update_known(now);
        }
    }

    /// A file was written that belongs to the next row.
    pub(in crate::engine) fn note_file(&mut self, column: FileColumn, name: String) {
        self.figures.note_file(column, name);
    }

    /// The verdict on `samples`, with the last hop that answered since `since`, as long as they show the fault, if it
    /// says that the path is cut.
    pub(super) fn with_last_hop(&self, verdict: Verdict, since: Stamp, samples: &[Sample]) -> Verdict {
        let v4 = self.known.is_routed(Family::V4);
        let until = witnessed_until(samples);
        let is_in_time = |sent: Stamp| sent.mono >= since.mono && until.is_none_or(|until| sent.mono <= until);
        let heard = self.heard.iter().filter(|(sent, hop)| is_in_time(*sent) && hop.addr.is_ipv4() == v4);
        let heard = heard.map(|(_, hop)| *hop);
        let last_hop = if crate::engine::timeline::blames_path(&verdict) { heard.max() } else { None };
        Verdict { last_hop, ..verdict }
    }
}

/// True if a probe of this subject says something about the way to the internet.
pub(super) fn is_path(subject: Subject) -> bool {
    use Subject::{Beyond, Gateway, HomeRouter, IspHop, Target};
    matches!(subject, Gateway(_) | HomeRouter(_) | IspHop(_) | Beyond | Target(_))
}
