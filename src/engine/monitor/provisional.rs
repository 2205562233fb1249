//! State of the line as it is told before it is certain: that it is down, while slow answers are still waited for.
//!
//! The ledger and the log wait for certainty. Most often it confirms what was told; else the state that holds is told
//! again.

use std::time::Duration;

use super::{Monitor, Purpose};
use crate::{
    analysis::{
        classify::{beyond_alive, judge},
        layers::digest,
    },
    engine::timeline::{Second, blames_path},
    model::{
        event::Event,
        ledger::State,
        time::{Moment, Stamp},
        verdict::{FaultDomain, Verdict},
    },
};

/// State that was told and is not certain yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Provisional {
    since: Stamp,
    domain: FaultDomain,
}

/// For so long nothing may have answered, and twice the time that a confirmation takes on this line: a full queue holds
/// answers back for up to 3 s, and all at once.
const SILENT: Duration = Duration::from_millis(3200);
/// Time within a cycle by which the silent were asked three times.
const ASKED: Duration = Duration::from_millis(900);

impl Monitor {
    /// Returns the monotonic time from which on the line may be told to be down; `None` while nothing is suspected of
    /// that kind, or it is told already.
    ///
    /// Own traffic may fill a line at once, and what fills it is late and not lost.
    pub(super) fn provisional_at(&self) -> Option<Duration> {
        let Some((cycle, Purpose::Settle(_))) = &self.cycle else { return None };
        let suspicion = self.suspicion.filter(|suspicion| suspicion.n_contradicted == 0 && !suspicion.is_doubted)?;
        let is_confirmed = self.timeline.verdict().is_some_and(blames_path);
        if self.provisional.is_some() || self.is_down() || !is_confirmed || self.awaits_facts {
            return None;
        }
        if cycle.is_refused() {
            return Some(cycle.at.mono);
        }
        let wait = SILENT.max(self.known.confirm_wait(self.planner.config().ping_timeout_sec) * 2);
        Some((suspicion.since.mono + wait).max(cycle.at.mono + ASKED))
    }

    /// Tells that the line is down if the cycle under way shows by now what the confirmation showed: no answer from
    /// beyond the home, and the same part at fault.
    pub(super) fn tell_provisional(&mut self, now: Moment) {
        let is_full = self.figures.quality.has_own_load(now.mono);
        if is_full || self.provisional_at().is_none_or(|at| now.mono < at) {
            return;
        }
        let (Some((cycle, _)), Some(suspicion)) = (&self.cycle, self.suspicion) else { return };
        let samples = cycle.path_so_far();
        let layers = digest(&samples, &self.known.home, &self.known);
        let confirmed = self.timeline.verdict().and_then(|verdict| verdict.domain);
        let Some(verdict) = judge(&layers).filter(blames_path).filter(|_| !beyond_alive(&layers)) else { return };
        let Some(domain) = verdict.domain.filter(|domain| Some(*domain) == confirmed) else { return };
        let verdict = self.with_last_hop(verdict, cycle.at, &samples);
        self.provisional = Some(Provisional { since: suspicion.since, domain });
        self.tell(Event::State(suspicion.since, State::Down(domain), verdict));
    }

    /// Takes a second that is certain, and true if its state is another than before. Returns true if that was told
    /// already; where another state was told, and no change is to be told, tells that.
    pub(super) fn settle_provisional(&mut self, second: &Second, changed: bool) -> bool {
        let Some(told) = self.provisional.take_if(|told| second.at.mono >= told.since.mono) else { return false };
        if !changed || matches!(second.state, State::NotMonitored(_)) {
            let verdict = second.verdict.clone().unwrap_or_else(Verdict::works);
            self.tell(Event::State(told.since, second.state, verdict));
        }
        second.state == State::Down(told.domain) && second.at == told.since
    }
}
