//! Programs that wrote the rows, each of which looks in a rhythm of its own.

use std::time::Duration;

use super::{Point, rhythm::Rhythm};
use crate::model::ledger::State;

/// The way in which a program writes rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One look a row, by the original.
    Original,
    /// One look a row, by `netlog once`.
    Look,
    /// Rows of a monitor, numbered.
    Run,
}

/// One program that writes rows to one log.
#[derive(Debug, Clone)]
pub(super) struct Source {
    log: usize,
    kind: Kind,
    pub(super) rhythm: Rhythm,
    /// The last of its rows that was processed.
    pub(super) last: Option<Point>,
}

/// Missing rows of a run hide changes; for longer than this nobody knows.
const MISSING: Duration = Duration::from_mins(1);

impl Source {
    pub(super) fn new(log: usize, kind: Kind) -> Self {
        Self { log, kind, rhythm: Rhythm::default(), last: None }
    }

    pub(super) fn is(&self, log: usize, kind: Kind) -> bool {
        self.log == log && self.kind == kind
    }

    /// Returns how much of the time that has `passed` from its row `last` until the row `next` the state of `last`
    /// held.
    pub(super) fn known_for(&self, last: &Point, next: &Point, passed: Duration) -> Duration {
        let usual = self.rhythm.usual();
        let is_down = |point: &Point| matches!(point.says.state, State::Down(_));
        let bound = match (last.says.seq, next.says.seq) {
            // A run ended, and another program or the next run began: nobody looked in between.
            (Some(_), None | Some(1)) => Duration::ZERO,
            (Some(_), Some(_)) => MISSING,
            // A look was lost, and between two looks that do not both see a failure it may have seen anything.
            (None, _) if next.follows_loss && !(is_down(last) && is_down(next)) => usual * 3 / 2 + last.says.traced,
            (None, _) => self.rhythm.around(next.micros) * 5 / 2 + last.says.traced,
        };
        match (passed <= bound, last.says.seq) {
            (true, _) => passed,
            (false, None) => usual.min(passed),
            (false, Some(_)) => Duration::ZERO,
        }
    }
}
