//! One pass over all layers: what was asked, what came back, when it is over.

use std::{collections::BTreeMap, time::Duration};

use super::{
    knowledge::{FIRST_HANDSHAKE, Knowledge},
    plan::{Breadth, Planner},
};
use crate::model::{
    probe::{Loss, Means, Outcome, Probe, ProbeId, Sample, Subject},
    time::{Moment, Stamp},
};

/// After these times whoever has not answered a small packet is asked once more, so that one lost packet proves
/// nothing.
const AGAIN_AFTER: [Duration; 2] = [Duration::from_millis(400), Duration::from_millis(850)];

/// A cycle ends this part of its longest deadline after it, even if a system call does not.
const OVERTIME: u32 = 12;

/// A cycle under way.
#[derive(Debug)]
pub(super) struct Cycle {
    pub(super) at: Stamp,
    waiting: BTreeMap<ProbeId, Probe>,
    samples: Vec<Sample>,
    n_asked_again: usize,
    /// Monotonic time at which probes that have not come back are taken for lost.
    ends: Duration,
}

impl Cycle {
    /// Begins a cycle: the cycle and the probes to send for it.
    pub(super) fn begin(now: Moment, planner: &mut Planner, known: &Knowledge, breadth: Breadth) -> (Self, Vec<Probe>) {
        let probes = planner.cycle(known, breadth);
        let waiting = probes.iter().map(|probe| (probe.id, probe.clone())).collect();
        let longest = probes.iter().map(|probe| probe.deadline).max().unwrap_or_default();
        let ends = now.mono + longest + longest / OVERTIME;
        let cycle = Self { at: now.stamp(), waiting, samples: Vec::new(), n_asked_again: 0, ends };
        (cycle, probes)
    }

    /// Takes a sample if it belongs to this cycle.
    pub(super) fn take(&mut self, sample: &Sample) {
        if let Some(probe) = self.waiting.remove(&sample.id) {
            self.samples.push(sample.clone());
            if sample.outcome.is_reply() && is_small(&probe) {
                // The answer settles the repetitions under way, too.
                self.waiting.retain(|_, probe| probe.subject != sample.subject || probe.kind.means() != sample.means);
            }
        }
    }

    /// Takes a sample that another asked for, and that this cycle can do with.
    pub(super) fn add(&mut self, sample: &Sample) {
        self.samples.push(sample.clone());
    }

    /// Probes to send now, to ask the silent once more.
    pub(super) fn again(&mut self, now: Moment, planner: &mut Planner) -> Vec<Probe> {
        let due = AGAIN_AFTER.get(self.n_asked_again).is_some_and(|after| self.at.mono + *after <= now.mono);
        if !due {
            return Vec::new();
        }
        self.n_asked_again += 1;
        let left = self.ends.saturating_sub(now.mono);
        let mut probes: Vec<Probe> = Vec::new();
        for probe in self.waiting.values().filter(|probe| is_small(probe)) {
            let seen = probes.iter().any(|p| p.subject == probe.subject && p.kind == probe.kind);
            if !seen {
                probes.push(planner.again(probe, probe.deadline.min(left)));
            }
        }
        self.waiting.extend(probes.iter().map(|probe| (probe.id, probe.clone())));
        probes
    }

    /// Returns the time at which [`Self::again`] or [`Self::is_over`] may have news; `None` if no probe is out.
    pub(super) fn next_timeout(&self) -> Option<Duration> {
        let again =
            AGAIN_AFTER.get(self.n_asked_again).filter(|_| self.awaits_path()).map(|after| self.at.mono + *after);
        (!self.waiting.is_empty()).then(|| again.unwrap_or(self.ends).min(self.ends))
    }

    /// True if every probe has come back or had all the time there is. Those that had all the time count as lost.
    pub(super) fn is_over(&mut self, now: Moment) -> bool {
        if now.mono >= self.ends {
            let late = std::mem::take(&mut self.waiting);
            self.samples.extend(late.values().map(|probe| probe.sample(self.at, Outcome::Lost(Loss::Timeout))));
        }
        self.waiting.is_empty()
    }

    /// Since when the web has certainly worked that this cycle found working.
    ///
    /// A request that took a second was helped by a handshake repeated meanwhile (RFC 6298, section 2), which says
    /// nothing of the time it was begun.
    pub(super) fn web_works_since(&self) -> Stamp {
        let web = self.samples.iter().filter(|sample| sample.means == Means::Http);
        let late = web
            .filter_map(|sample| sample.outcome.rtt().filter(|rtt| *rtt >= FIRST_HANDSHAKE).map(|rtt| (sample, rtt)));
        let late = late.map(|(sample, rtt)| sample.sent.after(rtt)).max_by_key(|at| at.mono);
        late.unwrap_or(self.at)
    }

    /// Returns the samples that came back so far.
    pub(super) fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// True while small packets are out.
    fn awaits_path(&self) -> bool {
        self.waiting.values().any(is_small)
    }

    /// True if each small packet was answered or refused, so that no answer is late.
    pub(super) fn is_refused(&self) -> bool {
        let is_late = |sample: &Sample| {
            !matches!(sample.means, Means::Http | Means::Dns) && sample.outcome == Outcome::Lost(Loss::Timeout)
        };
        !self.awaits_path() && !self.samples.iter().any(is_late)
    }

    /// Returns the samples that came back so far, and the small packets that are out as lost. Names and pages that are
    /// out are not among them.
    pub(super) fn path_so_far(&self) -> Vec<Sample> {
        let out = self.waiting.values().filter(|probe| is_small(probe));
        let lost = out.map(|probe| probe.sample(self.at, Outcome::Lost(Loss::Timeout)));
        self.samples.iter().cloned().chain(lost).collect()
    }

    /// Samples of one subject.
    pub(super) fn of(&self, subject: Subject) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| sample.subject == subject)
    }

    /// True if anything at all could be sent.
    pub(super) fn is_measured(&self) -> bool {
        self.samples.iter().any(|sample| !matches!(sample.outcome, Outcome::NotMeasured(_)))
    }
}

/// True for a probe that is one packet each way, which may be lost on a line that works.
fn is_small(probe: &Probe) -> bool {
    match probe.kind.means() {
        Means::Echo | Means::Udp | Means::FirstHop | Means::Large | Means::Bulk => true,
        Means::Tcp => matches!(probe.subject, Subject::Target(_)),
        Means::Http | Means::Dns => false,
    }
}
