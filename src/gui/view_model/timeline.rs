//! The state of every second, as far as it was told: what lanes, availability and down-time are made of.

use std::{collections::BTreeMap, time::Duration};

use super::series::Millis;
use crate::model::ledger::{GapReason, State};

/// States in time order, each from its point on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timeline {
    changes: Vec<(Millis, State)>,
}

/// A stretch of one state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    pub(crate) from: Millis,
    pub(crate) to: Millis,
    pub(crate) state: State,
}

/// Before the first word and after the last, nobody looked.
const NOBODY: State = State::NotMonitored(GapReason::NotRunning);

impl Timeline {
    /// From `at` on the state is another. What was told of later times is forgotten: an onset is known afterwards.
    pub(crate) fn set(&mut self, at: Millis, state: State) {
        while self.changes.last().is_some_and(|(last, _)| *last >= at) {
            self.changes.pop();
        }
        if self.changes.last().map(|(_, last)| *last) != Some(state) {
            self.changes.push((at, state));
        }
    }

    /// Takes what was before the first word of this one.
    pub(crate) fn put_before(&mut self, mut earlier: Self) {
        if let Some((first, _)) = self.changes.first() {
            earlier.changes.retain(|(at, _)| at < first);
        }
        earlier.changes.append(&mut self.changes);
        self.changes = earlier.changes;
    }

    /// The first point of which anything is known.
    pub(crate) fn begin(&self) -> Option<Millis> {
        self.changes.first().map(|(at, _)| *at)
    }

    /// The state at this point.
    pub(crate) fn at(&self, at: Millis) -> State {
        let idx = self.changes.partition_point(|(from, _)| *from <= at);
        idx.checked_sub(1).and_then(|idx| self.changes.get(idx)).map_or(NOBODY, |(_, state)| *state)
    }

    /// The stretches from `from` to `to`, without holes.
    pub(crate) fn spans(&self, from: Millis, to: Millis) -> impl Iterator<Item = Span> + '_ {
        let first = self.changes.partition_point(|(at, _)| *at <= from);
        let begin = (from, self.at(from));
        let rest = self.changes.get(first..).unwrap_or_default().iter().copied().take_while(move |(at, _)| *at < to);
        let mut all = std::iter::once(begin).chain(rest).peekable();
        std::iter::from_fn(move || {
            let (from, state) = all.next()?;
            let end = all.peek().map_or(to, |(next, _)| *next);
            Some(Span { from, to: end, state })
        })
        .filter(|span| span.to > span.from)
    }

    /// Returns the duration of each state from `from` to `to`.
    pub(crate) fn totals(&self, from: Millis, to: Millis) -> Totals {
        let mut totals = Totals::default();
        for span in self.spans(from, to) {
            *totals.by_state.entry(span.state).or_default() += millis(span.to - span.from);
        }
        totals
    }
}

/// Duration of each state.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Totals {
    by_state: BTreeMap<State, Duration>,
}

impl Totals {
    /// Returns the duration of all states for which `is` is true.
    pub(crate) fn of(&self, is: impl Fn(State) -> bool) -> Duration {
        self.by_state.iter().filter(|(state, _)| is(**state)).map(|(_, length)| *length).sum()
    }

    /// The wanted state that held for longest.
    pub(crate) fn longest(&self, is: impl Fn(State) -> bool) -> Option<State> {
        let wanted = self.by_state.iter().filter(|(state, _)| is(**state));
        wanted.max_by_key(|(_, length)| **length).map(|(state, _)| *state)
    }

    /// Returns the time in which the line did not work.
    pub(crate) fn down(&self) -> Duration {
        self.of(State::is_down)
    }

    /// Returns the time in which somebody looked.
    pub(crate) fn monitored(&self) -> Duration {
        self.of(|state| !matches!(state, State::NotMonitored(_)))
    }

    /// The part of the monitored time in which the line worked; `None` when nobody looked.
    pub(crate) fn availability(&self) -> Option<f64> {
        let monitored = self.monitored().as_secs_f64();
        (monitored > 0.0).then(|| 1.0 - self.down().as_secs_f64() / monitored)
    }
}

pub(crate) fn millis(length: Millis) -> Duration {
    Duration::from_millis(u64::try_from(length).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::verdict::FaultDomain;

    const DOWN: State = State::Down(FaultDomain::Access);

    fn timeline() -> Timeline {
        let mut timeline = Timeline::default();
        timeline.set(1000, State::Up);
        timeline.set(5000, DOWN);
        timeline.set(8000, State::Up);
        timeline.set(10_000, State::NotMonitored(GapReason::Asleep));
        timeline
    }

    #[test]
    fn all_time_has_exactly_one_state() {
        let spans: Vec<_> = timeline().spans(0, 12_000).collect();
        assert_eq!(NOBODY, spans[0].state);
        assert!(spans.windows(2).all(|pair| pair[0].to == pair[1].from));
        assert_eq!((0, 12_000), (spans[0].from, spans.last().unwrap().to));
    }

    #[test]
    fn availability_is_of_the_monitored_time() {
        let totals = timeline().totals(0, 20_000);
        assert_eq!((millis(3000), millis(9000)), (totals.down(), totals.monitored()));
        assert!((totals.availability().unwrap() - 6.0 / 9.0).abs() < 1e-12);
        assert_eq!(None, Timeline::default().totals(0, 1000).availability());
    }

    #[test]
    fn an_onset_that_is_known_later_is_put_where_it_was() {
        let mut timeline = timeline();
        timeline.set(7000, State::Degraded);
        assert_eq!((DOWN, State::Degraded), (timeline.at(6999), timeline.at(20_000)));
    }

    #[test]
    fn a_part_of_a_span_counts_as_a_part() {
        assert_eq!(millis(1000), timeline().totals(7000, 9000).down());
    }
}
