//! Which samples make loss and latency over time.
//!
//! While something is wrong the line is asked more often and by several means. If all of that counted, an outage of a
//! minute would weigh as much as many minutes without one. So one probe of each part of the path counts in each interval
//! of the pulse, and the part of these that is lost is the part of the time in which packets were lost.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::Monitor;
use crate::model::{
    probe::{Probe, ProbeId, Subject},
    time::Moment,
};

/// Probes whose samples count, and the interval of the pulse.
#[derive(Debug, Default)]
pub(super) struct Told {
    out: BTreeSet<ProbeId>,
    /// Intervals so far.
    n_intervals: usize,
    /// Beginning of the next one.
    next: Duration,
}

impl Told {
    /// The first interval begins then.
    pub(super) fn new(next: Duration) -> Self {
        Self { next, ..Self::default() }
    }

    /// The next interval begins then.
    pub(super) fn begin_at(&mut self, next: Duration) {
        self.next = next;
    }

    /// True if the sample of this probe counts. Its answer is taken once.
    pub(super) fn remove(&mut self, id: ProbeId) -> bool {
        self.out.remove(&id)
    }

    /// Forgets the probes under way.
    pub(super) fn clear(&mut self) {
        self.out.clear();
    }

    /// Begins another interval if it is time, and says which one it is.
    fn begin(&mut self, now: Duration, interval: Duration) -> Option<usize> {
        // A pulse may come a little early or late.
        if now + interval / 4 < self.next {
            return None;
        }
        self.next = (self.next + interval).max(now + interval / 2);
        self.n_intervals += 1;
        Some(self.n_intervals)
    }
}

impl Monitor {
    /// Chooses those probes of a pulse that count: one of each part of the path, asked by its usual means.
    pub(super) fn tell_of<'a>(&mut self, now: Moment, pulse: impl Iterator<Item = &'a Probe>) {
        let interval = self.planner.config().sample_interval_sec;
        let Some(turn) = self.told.begin(now.mono, interval) else { return };
        let hop = turn.checked_rem(self.known.isp_hops.len()).map(Subject::IspHop);
        let target = self.target_in_turn(turn).map(Subject::Target);
        let mut parts: BTreeMap<u8, (bool, ProbeId)> = BTreeMap::new();
        for probe in pulse.filter(|probe| self.known.is_asked_by(probe.subject, probe.kind.means())) {
            let (part, is_in_turn) = match probe.subject {
                Subject::Gateway(_) => (0, true),
                Subject::IspHop(_) => (1, hop == Some(probe.subject)),
                _ => (2, target == Some(probe.subject)),
            };
            // A usual pulse asks one alone, whose turn it is by another count.
            let chosen = parts.entry(part).or_insert((is_in_turn, probe.id));
            if is_in_turn && !chosen.0 {
                *chosen = (true, probe.id);
            }
        }
        self.told.out.extend(parts.into_values().map(|(_, id)| id));
    }

    /// A probe of the target whose turn it is.
    pub(super) fn one_target(&mut self) -> Option<Probe> {
        let idx = self.target_in_turn(self.n_pulses)?;
        self.planner.target(&self.known, idx)
    }

    /// The target whose turn it is; one known to be dead is passed over while another lives.
    pub(super) fn target_in_turn(&self, turn: usize) -> Option<usize> {
        let all = self.known.pulse_targets();
        let dead =
            |idx: &usize| self.known.targets.get(*idx).is_some_and(|host| self.known.info(*host, true).known_dead);
        let alive: Vec<usize> = all.iter().copied().filter(|idx| !dead(idx)).collect();
        let asked = if alive.is_empty() { &all } else { &alive };
        asked.get(turn.checked_rem(asked.len())?).copied()
    }
}
