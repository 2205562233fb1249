//! The line by day, of the whole log: what a fault report is counted by.

use std::{collections::BTreeMap, time::Duration};

use chrono::NaiveDate;

use super::{Scope, calendar::all_pieces};
use crate::model::{
    charge::{Charged, LineDay},
    ledger::State,
    summary::OutagePart,
    time::Stamp,
};

/// Adds up the days.
#[derive(Debug, Clone, Default)]
pub(super) struct LineDays(BTreeMap<NaiveDate, LineDay>);

impl LineDays {
    /// A state held from `start` to `end`.
    pub(super) fn add_state(&mut self, start: Stamp, end: Stamp, state: State, scope: &Scope) {
        let works = match state {
            State::Up | State::Degraded => true,
            State::Down(_) => false,
            State::NotMonitored(_) => return,
        };
        self.add(start, end, scope, |day, length| {
            day.watched += length;
            if works {
                day.worked += length;
            }
        });
    }

    /// The segments of an outage.
    pub(super) fn add_outage(&mut self, parts: &[OutagePart], scope: &Scope) {
        for part in parts {
            let is_sure = part.is_sure();
            self.add(part.start, part.end, scope, |day, length| match part.charged {
                Some(Charged::Provider) if is_sure => day.down += length,
                Some(Charged::Provider) => day.doubtful += length,
                // Behind a failed home network nothing is seen of the line.
                Some(Charged::Home) => {}
                Some(Charged::Beyond | Charged::Other) | None => day.worked += length,
            });
        }
    }

    fn add(&mut self, start: Stamp, end: Stamp, scope: &Scope, mut add: impl FnMut(&mut LineDay, Duration)) {
        for (local, length) in all_pieces(start, end, scope) {
            add(self.0.entry(local.date()).or_default(), length);
        }
    }

    pub(super) fn finish(self) -> BTreeMap<NaiveDate, LineDay> {
        self.0
    }
}
