//! The scheduler: actions of its panel, their results, and whether it has silently stopped.

use std::time::Duration;

use chrono::NaiveDateTime;

use super::{
    App,
    source::{Broke, take},
};
use crate::{
    clock,
    gui::{action::ScheduleAction, jobs::schedule as jobs, text::T, view_model::activity::Level},
};

/// Between two looks at whether a schedule does what it should.
const APART: Duration = Duration::from_mins(1);

/// State of the check for a schedule that has silently stopped, as far as looks now and then can tell.
#[derive(Debug, Default)]
pub(super) struct Silence {
    looked: Option<Duration>,
    /// Since when rows were missing at the last look.
    missing: Option<NaiveDateTime>,
    /// Begin of the missing rows that was told already; `None` again when no rows are missing.
    told: Option<NaiveDateTime>,
}

impl Silence {
    /// True if it is time for another look, by the clock that never goes back. Then it is taken as done.
    fn is_due(&mut self, now: Duration) -> bool {
        let is_due = self.looked.is_none_or(|at| now.saturating_sub(at) >= APART);
        if is_due {
            self.looked = Some(now);
        }
        is_due
    }

    /// Takes the finding of a look. Returns since when rows are missing, once, if they still are at the second look:
    /// what has just been started, as at a login, writes its first row soon.
    fn take(&mut self, missing: Option<NaiveDateTime>) -> Option<NaiveDateTime> {
        let is_still = missing.is_some() && self.missing.is_some();
        self.missing = missing;
        if missing.is_none() {
            self.told = None;
        }
        let news = missing.filter(|_| is_still && self.told.is_none());
        self.told = self.told.or(news);
        news
    }
}

impl App {
    pub(super) fn schedule(&mut self, action: ScheduleAction) {
        let under_way = &mut self.under_way.schedule;
        match action {
            ScheduleAction::Look => under_way.look = Some(jobs::look(&mut self.jobs, &self.settings)),
            ScheduleAction::Plan(order) => under_way.plan = Some(jobs::plan(&mut self.jobs, &self.settings, order)),
            ScheduleAction::Install(wanted, replaces) if under_way.install.is_none() => {
                self.scheduler.begin();
                under_way.install = Some(jobs::install(&mut self.jobs, *wanted, replaces));
            }
            ScheduleAction::Remove(all) if under_way.remove.is_none() => {
                self.scheduler.begin();
                under_way.remove = Some(jobs::remove(&mut self.jobs, all));
            }
            ScheduleAction::Install(..) | ScheduleAction::Remove(_) => {}
        }
    }

    /// Takes what has become of it, and looks now and then whether what should be written is.
    pub(super) fn poll_schedule(&mut self) {
        let broke = self.text.of(T::JobBroke);
        if let Some(known) = take(&mut self.under_way.schedule.look) {
            self.scheduler.take_known(known.unwrap_or_else(|Broke| Err(broke.to_owned())));
        }
        if let Some(planned) = take(&mut self.under_way.schedule.plan) {
            self.scheduler.take_plan(planned.unwrap_or_else(|Broke| Err(broke.to_owned())));
        }
        if let Some(done) = take(&mut self.under_way.schedule.install) {
            self.scheduler.installed(self.text, done.unwrap_or_else(|Broke| Err(broke.to_owned())));
        }
        if let Some(done) = take(&mut self.under_way.schedule.remove) {
            self.scheduler.removed(self.text, done.unwrap_or_else(|Broke| Err(broke.to_owned())));
        }
        if let Some(Ok(health)) = take(&mut self.under_way.schedule.check)
            && let Some(since) = self.silence.take(health.and_then(|health| health.missing_since))
        {
            let since = clock::from_local(since).map_or_else(String::new, |at| self.text.when(at, self.view.now.wall));
            let said = self.text.with(T::ScheduleSilent, &[&since]);
            self.view.say(Level::Warning, said.clone());
            self.view.warning = Some((self.view.now.wall, said));
        }
        if !self.is_demo && self.silence.is_due(self.view.now.mono) {
            self.under_way.schedule.check = Some(jobs::check(&mut self.jobs, self.settings.log_dir.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_stopped_is_told_once_and_again_when_it_stops_again() {
        let since = NaiveDateTime::parse_from_str("2026-11-25 12:00:00", "%Y-%m-%d %H:%M:%S").unwrap();
        let mut silence = Silence::default();
        assert!(silence.is_due(Duration::ZERO) && !silence.is_due(APART / 2) && silence.is_due(APART));
        // It has just been started, and writes soon.
        assert_eq!([None, None, None], [Some(since), None, Some(since)].map(|missing| silence.take(missing)));
        assert_eq!([Some(since), None], [Some(since), Some(since)].map(|missing| silence.take(missing)));
        assert_eq!([None, None, Some(since)], [None, Some(since), Some(since)].map(|missing| silence.take(missing)));
    }
}
