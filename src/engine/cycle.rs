//! One pass over all layers: what was asked, what came back, when it is over.

use std::{collections::BTreeMap, time::Duration};

use super::{
    knowledge::Knowledge,
    plan::{Breadth, Planner},
};
use crate::model::{
    probe::{Means, Outcome, Probe, ProbeId, Sample, Subject},
    time::{Moment, Stamp},
};

/// After these times whoever has not answered a small packet is asked once more, so that one lost packet proves
/// nothing.
const AGAIN_AFTER: [Duration; 2] = [Duration::from_millis(400), Duration::from_millis(1000)];

/// A cycle under way.
#[derive(Debug)]
pub(super) struct Cycle {
    pub(super) at: Stamp,
    waiting: BTreeMap<ProbeId, Probe>,
    samples: Vec<Sample>,
    n_asked_again: usize,
}

impl Cycle {
    /// Begins a cycle: the cycle and the probes to send for it.
    pub(super) fn begin(now: Moment, planner: &mut Planner, known: &Knowledge, breadth: Breadth) -> (Self, Vec<Probe>) {
        let probes = planner.cycle(known, breadth);
        let waiting = probes.iter().map(|probe| (probe.id, probe.clone())).collect();
        let cycle = Self { at: now.stamp(), waiting, samples: Vec::new(), n_asked_again: 0 };
        (cycle, probes)
    }

    /// Takes a sample if it belongs to this cycle.
    pub(super) fn take(&mut self, sample: &Sample) {
        if self.waiting.remove(&sample.id).is_some() {
            self.samples.push(sample.clone());
            if sample.outcome.is_reply() && is_small(sample.means) {
                // The answer settles the repetitions under way, too.
                self.waiting.retain(|_, probe| probe.subject != sample.subject || probe.kind.means() != sample.means);
            }
        }
    }

    /// Probes to send now, to ask the silent once more.
    pub(super) fn again(&mut self, now: Moment, planner: &mut Planner) -> Vec<Probe> {
        if self.next_timeout().is_none_or(|at| at > now.mono) {
            return Vec::new();
        }
        self.n_asked_again += 1;
        let age = now.mono.saturating_sub(self.at.mono);
        let mut probes: Vec<Probe> = Vec::new();
        for probe in self.waiting.values().filter(|probe| is_small(probe.kind.means())) {
            let seen = probes.iter().any(|p| p.subject == probe.subject && p.kind == probe.kind);
            if let (false, Some(left)) = (seen, probe.deadline.checked_sub(age).filter(|left| !left.is_zero())) {
                probes.push(planner.again(probe, left));
            }
        }
        self.waiting.extend(probes.iter().map(|probe| (probe.id, probe.clone())));
        probes
    }

    /// When [`Self::again`] wants to be called.
    pub(super) fn next_timeout(&self) -> Option<Duration> {
        let wanted = self.waiting.values().any(|probe| is_small(probe.kind.means()));
        AGAIN_AFTER.get(self.n_asked_again).filter(|_| wanted).map(|after| self.at.mono + *after)
    }

    /// Whether every probe has come back.
    pub(super) fn is_over(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What came back so far.
    pub(super) fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Samples of one subject.
    pub(super) fn of(&self, subject: Subject) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| sample.subject == subject)
    }

    /// Whether anything at all could be sent.
    pub(super) fn is_measured(&self) -> bool {
        self.samples.iter().any(|sample| !matches!(sample.outcome, Outcome::NotMeasured(_)))
    }
}

/// Whether a means is one packet, which may be lost on a line that works.
fn is_small(means: Means) -> bool {
    matches!(means, Means::Echo | Means::Udp | Means::FirstHop)
}
