//! One confirmed look at the line, for schedulers: a cycle, and a second one if the first finds fault.

use super::{
    cycle::Cycle,
    knowledge::{Knowledge, Permits},
    monitor::Action,
    plan::{Breadth, Planner},
    rows::row,
};
use crate::{
    analysis::{classify::judge, layers::digest},
    model::{config::Config, host::HostFacts, probe::Sample, row::Row, time::Moment},
};

/// Result of one look.
pub(super) enum Look {
    /// A row.
    Row(Box<Row>),
    /// Nothing could be measured.
    Nothing,
}

/// The state machine of one look. Fed like the monitor.
pub(super) struct SingleCheck {
    planner: Planner,
    known: Knowledge,
    cycle: Option<Cycle>,
    /// The first cycle found fault; the one under way decides.
    is_second: bool,
    actions: Vec<Action>,
    /// Result of the look, once all is over.
    result: Option<Look>,
}

impl SingleCheck {
    pub(super) fn new(config: Config, permits: Permits) -> Self {
        let actions = vec![Action::ReadHost];
        Self {
            planner: Planner::new(config),
            known: Knowledge::new(permits),
            cycle: None,
            is_second: false,
            actions,
            result: None,
        }
    }

    pub(super) fn poll_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    pub(super) fn poll_result(&mut self) -> Option<Look> {
        self.result.take()
    }

    pub(super) fn next_timeout(&self) -> Option<std::time::Duration> {
        self.cycle.as_ref().and_then(Cycle::next_timeout)
    }

    /// Facts, and the addresses of names that could be found.
    pub(super) fn handle_facts(
        &mut self,
        now: Moment,
        facts: &HostFacts,
        names: std::collections::BTreeMap<String, std::net::IpAddr>,
    ) {
        self.known.learn_names(names);
        self.known.update(self.planner.config(), facts);
        if self.cycle.is_none() {
            self.begin(now);
        }
    }

    pub(super) fn handle_sample(&mut self, now: Moment, sample: &Sample) {
        // One look has no figures that another means would spoil.
        let _another_means = self.known.learn(sample);
        if let Some(cycle) = &mut self.cycle {
            cycle.take(sample);
        }
        self.conclude_if_over(now);
    }

    fn conclude_if_over(&mut self, now: Moment) {
        if self.cycle.as_mut().is_some_and(|cycle| cycle.is_over(now)) {
            self.conclude(now);
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Moment) {
        if let Some(cycle) = &mut self.cycle {
            let again = cycle.again(now, &mut self.planner);
            self.actions.push(Action::Send(again));
        }
        self.conclude_if_over(now);
    }

    fn begin(&mut self, now: Moment) {
        let (cycle, probes) = Cycle::begin(now, &mut self.planner, &self.known, Breadth::Full);
        self.cycle = Some(cycle);
        self.actions.push(Action::Send(probes));
    }

    fn conclude(&mut self, now: Moment) {
        let Some(cycle) = self.cycle.take() else { return };
        let verdict = judge(&digest(cycle.samples(), &self.known.home, &self.known)).filter(|_| cycle.is_measured());
        let Some(verdict) = verdict else {
            self.result = Some(Look::Nothing);
            return;
        };
        let is_second = std::mem::replace(&mut self.is_second, true);
        if verdict.is_down() && !is_second {
            // The router may have died between; look at links and neighbours again, too.
            self.begin(now);
            self.actions.push(Action::ReadHost);
            return;
        }
        let mut row = row(&cycle, now, &self.known, verdict);
        row.seq = 1;
        self.result = Some(Look::Row(Box::new(row)));
    }
}
