//! Requests of a front end to the monitor: look now, rest, go on, use other settings.

use std::time::Duration;

use super::{Breadth, Monitor, Purpose, last_success::LastSuccess};
use crate::model::{
    config::Config,
    event::Event,
    ledger::{GapReason, State},
    time::{Moment, Stamp},
    verdict::Verdict,
};

/// Time for which [`Monitor::poll_timeout`] lets the driver wait while there is nothing to do.
const RESTING: Duration = Duration::from_hours(1);

impl Monitor {
    /// Looks at everything now, and has a row written of it.
    pub(in crate::engine) fn run_once(&mut self, now: Moment) {
        if self.paused.is_some() || !self.has_facts {
            return;
        }
        self.check_clocks(now);
        // The row comes whenever the last one was.
        self.figures.want_row();
        if self.cycle.is_none() {
            self.begin_cycle(now, Breadth::Full, Purpose::Periodic);
        }
        self.settle(now);
    }

    /// Stops asking until [`Self::resume`]. The time until then is not monitored.
    pub(in crate::engine) fn pause(&mut self, now: Moment) {
        if self.paused.is_some() {
            return;
        }
        self.commit(now);
        let from = self.last_observed.unwrap_or(now.stamp());
        let changes = self.ledger.gap(from, GapReason::Paused);
        self.tell_changes(&changes);
        self.report_outage(now, &changes);
        self.forget_present();
        self.last = now;
        self.paused = Some(from);
        let state = State::NotMonitored(GapReason::Paused);
        self.state = Some((state, None));
        self.tell(Event::State(now.stamp(), state, Verdict::works()));
    }

    /// Goes on after [`Self::pause`].
    pub(in crate::engine) fn resume(&mut self, now: Moment) {
        let Some(from) = self.paused.take() else { return };
        self.last = now;
        self.last_observed = Some(now.stamp());
        self.figures.gap(now, GapReason::Paused, from.wall);
        (self.next_pulse, self.next_cycle) = (now.mono, now.mono);
        self.read_host(now);
        self.tell(Event::Gap(from, now.mono.saturating_sub(from.mono), GapReason::Paused));
    }

    /// Uses other settings from now on.
    pub(in crate::engine) fn apply(&mut self, now: Moment, config: Config) {
        self.ledger.set_outage_after(config.outage_after_sec);
        self.planner.set_config(config);
        self.next_pulse = self.next_pulse.min(now.mono + self.planner.config().sample_interval_sec);
        self.next_cycle = self.next_cycle.min(now.mono + self.cycle_interval());
        self.next_names = now.mono;
        if self.paused.is_none() && self.has_facts {
            self.update_known(now);
            self.read_host(now);
            self.settle(now);
        }
    }

    /// While it rests, what comes back is of before; and only the clock moves on.
    pub(super) fn is_paused(&mut self, now: Moment) -> bool {
        if self.paused.is_some() {
            self.last = now;
        }
        self.paused.is_some()
    }

    /// Returns the time of the next call while resting; `None` while not.
    pub(super) fn resting(&self) -> Option<Duration> {
        self.paused.map(|_| self.last.mono + RESTING)
    }

    /// Forgets what is under way and what the last seconds showed.
    pub(super) fn forget_present(&mut self) {
        self.timeline.clear();
        self.known.forget_network();
        self.forget_usual();
        self.services.clear();
        self.last_success = LastSuccess::default();
        self.recent.clear();
        self.heard.clear();
        self.out.clear();
        self.counted.clear();
        self.told.clear();
        self.cancel_extra();
        self.suspicion = None;
        self.drift = None;
        self.provisional = None;
        self.missing = None;
        self.confirm_again = None;
        self.cycle = None;
    }
}

/// Beginning of the pause; `None` while there is none.
pub(super) type Paused = Option<Stamp>;
