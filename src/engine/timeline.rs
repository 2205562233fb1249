//! The seconds that are not in the ledger yet: pulses waiting for their answers, and what is known of the reasons.
//!
//! A pulse is put into the ledger once it is certain, in the order of sending. Until a suspicion is settled everything
//! after it waits, so that a state always begins at the sample that showed it first.

use std::{collections::VecDeque, time::Duration};

use crate::model::{
    ledger::{GapReason, State},
    probe::{Outcome, ProbeId, Subject},
    time::Stamp,
    verdict::{FaultDomain, Verdict},
};

/// One second.
#[derive(Debug)]
struct Pulse {
    sent: Stamp,
    /// The target asked first.
    first: Option<Subject>,
    /// Probes of targets: all of them, and those still out.
    asked: Vec<ProbeId>,
    n_out: usize,
    n_measured: usize,
    good: bool,
    /// From here on a missing answer is suspicious.
    overdue_at: Duration,
    /// Every target is asked by every means, so that silence proves something, until then.
    confirmed_by: Option<Duration>,
}

/// A second that is certain.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Second {
    pub(super) at: Stamp,
    pub(super) state: State,
    /// The verdict behind the state; `None` for a plain good one.
    pub(super) verdict: Option<Verdict>,
}

/// Pulses under way and the verdicts they will be given.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    pulses: VecDeque<Pulse>,
    /// Verdicts, each valid from its point on.
    epochs: Vec<(Stamp, Verdict)>,
    /// The last pulse that was certain was bad.
    last_was_bad: bool,
}

impl Timeline {
    /// A pulse goes out. With `confirmed_by` it asks everything there is to ask.
    pub(super) fn begin(
        &mut self,
        sent: Stamp,
        first: Option<Subject>,
        asked: Vec<ProbeId>,
        overdue_at: Duration,
        confirmed_by: Option<Duration>,
    ) {
        let n_out = asked.len();
        let good = asked.is_empty();
        self.pulses.push_back(Pulse { sent, first, asked, n_out, n_measured: n_out, good, overdue_at, confirmed_by });
    }

    /// More probes for the pulse sent at `sent`, which ask everything there is to ask.
    pub(super) fn confirm(&mut self, sent: Stamp, asked: &[ProbeId], by: Duration) {
        if let Some(pulse) = self.pulses.iter_mut().find(|pulse| pulse.sent == sent) {
            pulse.asked.extend(asked);
            pulse.n_out += asked.len();
            pulse.n_measured += asked.len();
            pulse.confirmed_by = Some(by);
        }
    }

    /// True while the pulse sent at `sent` still waits for an answer.
    pub(super) fn is_open(&self, sent: Stamp) -> bool {
        self.pulses.iter().any(|pulse| pulse.sent == sent && !pulse.good && pulse.n_out > 0)
    }

    /// The target that the pulse sent at `sent` asked first.
    pub(super) fn first_asked(&self, sent: Stamp) -> Option<Subject> {
        self.pulses.iter().find(|pulse| pulse.sent == sent).and_then(|pulse| pulse.first)
    }

    /// An outcome came in. `true` when it belongs to a pulse.
    pub(super) fn take(&mut self, id: ProbeId, outcome: &Outcome, proves_alive: bool) -> bool {
        let Some(pulse) = self.pulses.iter_mut().find(|pulse| pulse.asked.contains(&id)) else { return false };
        pulse.n_out = pulse.n_out.saturating_sub(1);
        match outcome {
            Outcome::Reply(..) => pulse.good |= proves_alive,
            Outcome::Lost(_) => {}
            Outcome::NotMeasured(_) => pulse.n_measured = pulse.n_measured.saturating_sub(1),
        }
        true
    }

    /// The first pulse whose answer is overdue and that nobody has confirmed yet.
    pub(super) fn overdue(&self, now: Duration) -> Option<Stamp> {
        let overdue = |pulse: &&Pulse| {
            pulse.confirmed_by.is_none()
                && !pulse.good
                && pulse.n_measured > 0
                && (pulse.n_out == 0 || pulse.overdue_at <= now)
        };
        self.pulses.iter().find(overdue).map(|pulse| pulse.sent)
    }

    /// The first pulse that is certainly bad, at a time about which no bad verdict has been given yet.
    pub(super) fn unexplained(&self, now: Duration) -> Option<Stamp> {
        let bad = self.pulses.iter().filter(|pulse| pulse.certain(now) == Some(false));
        let explained = |pulse: &&Pulse| self.epoch(pulse.sent).is_some_and(Verdict::is_down);
        bad.map(|pulse| (pulse, pulse.sent)).find(|(pulse, _)| !explained(pulse)).map(|(_, sent)| sent)
    }

    fn epoch(&self, at: Stamp) -> Option<&Verdict> {
        self.epochs.iter().rfind(|(from, _)| from.mono <= at.mono).map(|(_, verdict)| verdict)
    }

    /// `verdict` holds from the first pulse on, as far as nothing has been said of that time.
    pub(super) fn open_with(&mut self, verdict: Verdict) {
        if let Some(first) = self.pulses.front().map(|pulse| pulse.sent)
            && self.epoch(first).is_none()
        {
            self.epochs.insert(0, (first, verdict));
        }
    }

    /// The first good pulse since `since`.
    pub(super) fn good_since(&self, since: Stamp) -> Option<Stamp> {
        self.pulses
            .iter()
            .find(|pulse| pulse.sent.mono >= since.mono && pulse.good && !pulse.asked.is_empty())
            .map(|pulse| pulse.sent)
    }

    /// True if a pulse sent at `since` or later is certain.
    pub(super) fn is_decided_since(&self, since: Stamp, now: Duration) -> bool {
        self.pulses.iter().any(|pulse| pulse.sent.mono >= since.mono && pulse.certain(now).is_some())
    }

    /// True if the latest pulse that is certain was bad.
    pub(super) fn is_bad(&self, now: Duration) -> bool {
        self.pulses.iter().rev().find_map(|pulse| pulse.certain(now)).map_or(self.last_was_bad, |good| !good)
    }

    /// Pulses and verdicts kept.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.pulses.len() + self.epochs.len()
    }

    /// True if the last second put into the ledger was bad.
    pub(super) fn was_bad(&self) -> bool {
        self.last_was_bad
    }

    /// Another means proved the line alive since `since`: silence of the pulses proves nothing.
    pub(super) fn mark_good(&mut self, since: Stamp) {
        self.pulses.iter_mut().filter(|pulse| pulse.sent.mono >= since.mono).for_each(|pulse| pulse.good = true);
    }

    /// Nothing could be measured since `since`: what was said about that time is taken back.
    pub(super) fn mark_unmeasured(&mut self, since: Stamp) {
        for pulse in self.pulses.iter_mut().filter(|pulse| pulse.sent.mono >= since.mono && !pulse.good) {
            pulse.n_out = 0;
            pulse.n_measured = 0;
        }
        self.epochs.retain(|(from, _)| from.mono < since.mono);
    }

    /// `verdict` holds from `since` on, in place of what was said about that time before.
    pub(super) fn set_verdict(&mut self, since: Stamp, verdict: Verdict) {
        self.epochs.retain(|(from, _)| from.mono < since.mono);
        self.epochs.push((since, verdict));
    }

    /// The verdict that holds now.
    pub(super) fn verdict(&self) -> Option<&Verdict> {
        self.epochs.last().map(|(_, verdict)| verdict)
    }

    /// Forgets all pulses: nobody looked.
    pub(super) fn clear(&mut self) {
        self.pulses.clear();
        self.last_was_bad = false;
        self.epochs.clear();
    }

    /// Returns the time after `now` at which something becomes overdue or certain by time alone: what was so before has
    /// been seen.
    pub(super) fn next_timeout(&self, now: Duration) -> Option<Duration> {
        let open = self.pulses.iter().filter(|pulse| !pulse.good && pulse.n_out > 0);
        open.map(|pulse| pulse.confirmed_by.unwrap_or(pulse.overdue_at)).filter(|at| *at > now).min()
    }

    /// The seconds that are certain now, up to `hold`.
    pub(super) fn commit(&mut self, now: Duration, hold: Option<Duration>) -> Vec<Second> {
        let mut seconds = Vec::new();
        while let Some(pulse) = self.pulses.front() {
            let Some(good) = pulse.certain(now) else { break };
            if hold.is_some_and(|hold| pulse.sent.mono >= hold) {
                break;
            }
            self.last_was_bad = !good;
            seconds.push(self.second(pulse, good));
            self.pulses.pop_front();
        }
        // Only the verdict in force at the first waiting pulse, and later ones, are still needed.
        if let Some(first) = self.pulses.front().map(|pulse| pulse.sent.mono) {
            let needed = self.epochs.iter().rposition(|(from, _)| from.mono <= first).unwrap_or(0);
            self.epochs.drain(..needed);
        }
        seconds
    }

    fn second(&self, pulse: &Pulse, good: bool) -> Second {
        let epoch = self.epoch(pulse.sent);
        let at = pulse.sent;
        // A pulse that asked nobody, or was not let out, shows nothing; the cycles may.
        if (pulse.asked.is_empty() && epoch.is_none()) || (!pulse.asked.is_empty() && pulse.n_measured == 0) {
            return Second { at, state: State::NotMonitored(GapReason::NoPermission), verdict: None };
        }
        match epoch.filter(|verdict| verdict.is_down()) {
            // A verdict about the path holds only while the pulses fail.
            // A pulse that asked nobody leaves it to the cycles.
            Some(verdict) if !good || pulse.asked.is_empty() || !blames_path(verdict) => {
                let domain = verdict.domain.unwrap_or(FaultDomain::Access);
                Second { at, state: State::Down(domain), verdict: Some(verdict.clone()) }
            }
            _ if good => Second { at, state: State::Up, verdict: epoch.filter(|verdict| !verdict.is_down()).cloned() },
            // Every bad pulse is given a verdict before it becomes certain.
            _ => Second { at, state: State::Up, verdict: None },
        }
    }
}

impl Pulse {
    fn certain(&self, now: Duration) -> Option<bool> {
        if self.good {
            return Some(true);
        }
        if self.n_measured == 0 {
            return Some(true);
        }
        (self.confirmed_by? <= now || self.n_out == 0).then_some(false)
    }
}

/// True if a verdict is about the way to the internet, which the pulse watches, rather than about what runs over it.
pub(super) fn blames_path(verdict: &Verdict) -> bool {
    use FaultDomain::{Access, Host, Isp, Lan, Upstream};
    verdict.is_down() && matches!(verdict.domain, Some(Host | Lan | Access | Isp | Upstream))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::verdict::{Confidence, RootCause, Status};

    fn at(secs: u64) -> Stamp {
        Stamp { wall: chrono::DateTime::UNIX_EPOCH, mono: Duration::from_secs(secs) }
    }

    #[test]
    fn without_targets_the_cycles_decide() {
        let verdict = Verdict {
            status: Status::WanDown,
            cause: Some(RootCause::Transport),
            domain: Some(FaultDomain::Access),
            confidence: Confidence::High,
            evidence: Vec::new(),
            last_hop: None,
        };
        let mut timeline = Timeline::default();
        for second in 0..4 {
            timeline.begin(at(second), None, Vec::new(), Duration::from_secs(second + 1), None);
        }
        timeline.set_verdict(at(2), verdict);
        let states: Vec<_> = timeline.commit(Duration::from_secs(9), None).into_iter().map(|s| s.state).collect();
        let (unknown, down) = (State::NotMonitored(GapReason::NoPermission), State::Down(FaultDomain::Access));
        assert_eq!(vec![unknown, unknown, down, down], states);
    }
}
