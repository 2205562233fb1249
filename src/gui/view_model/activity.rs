//! Lines of what happened, with a level each. The text is made when a line is shown, in the language of that time.

use std::{collections::VecDeque, time::Duration};

use crate::model::{
    event::Event,
    ledger::State,
    row::{Row, Tally},
    time::Timestamp,
    verdict::Status,
};

/// Lines kept.
const MOST: usize = 100_000;

/// Level of a line: how much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// A check that found all well.
    Check,
    /// Worth knowing.
    Info,
    /// Something is not as it should be.
    Warning,
    /// The line does not work.
    Fault,
    /// It works again.
    Good,
}

impl Level {
    pub(crate) const ALL: [Self; 5] = [Self::Fault, Self::Warning, Self::Good, Self::Info, Self::Check];
}

/// Content of a line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    /// A cycle and its result.
    Check { status: Status, targets: Tally, median: Option<Duration> },
    /// Anything else the engine told.
    Event(Box<Event>),
    /// A message that is in the words of the system or of another part.
    Note(String),
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) level: Level,
    pub(crate) what: What,
    /// Counts from 0 in the order of arrival.
    pub(crate) number: u64,
}

/// The lines, the oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Activity {
    entries: VecDeque<Entry>,
    n_seen: u64,
}

impl Activity {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    pub(crate) fn get(&self, idx: usize) -> Option<&Entry> {
        self.entries.get(idx)
    }

    /// The number of the next line. Changes whenever a line comes.
    pub(crate) fn next_number(&self) -> u64 {
        self.n_seen
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(crate) fn note(&mut self, at: Timestamp, level: Level, text: String) {
        self.push(at, level, What::Note(text));
    }

    pub(crate) fn row(&mut self, row: &Row) {
        let level = if row.verdict.is_down() { Level::Fault } else { Level::Check };
        let worst = row.targets.iter().filter_map(|(_, rtt)| *rtt).max();
        let what =
            What::Check { status: row.verdict.status, targets: row.targets_tally(), median: row.rtt_p50.or(worst) };
        self.push(row.at, level, what);
    }

    /// Takes what the engine told, if it is news to a person.
    pub(crate) fn event(&mut self, event: &Event) {
        let (at, level) = match event {
            Event::Sample(_) | Event::Row(_) => return,
            Event::Suspected(at)
            | Event::Started(at)
            | Event::Gateway(at, Some(_))
            | Event::Trace(at, ..)
            | Event::IspHops(at, _)
            | Event::PublicAddress(at, ..)
            | Event::Notice(at, _, false, _)
            | Event::Stopped(at)
            | Event::State(at, State::NotMonitored(_), _)
            | Event::Gap(at, ..) => (at, Level::Info),
            Event::Gateway(at, None)
            | Event::Intermittent(at)
            | Event::Notice(at, _, true, _)
            | Event::ClockStep(at, _)
            | Event::PathChanged(at, ..)
            | Event::State(at, State::Degraded, _)
            | Event::Warning(at, _) => (at, Level::Warning),
            Event::State(at, State::Up, _) => (at, Level::Good),
            Event::Micro(micro) => (&micro.start, Level::Warning),
            Event::Confirmed(at, _) | Event::State(at, State::Down(_), _) => (at, Level::Fault),
            Event::OutageOpened(outage, _) => (&outage.start, Level::Fault),
            Event::OutageClosed(outage) => (outage.end.as_ref().unwrap_or(&outage.start), Level::Good),
        };
        self.push(at.wall, level, What::Event(Box::new(event.clone())));
    }

    fn push(&mut self, at: Timestamp, level: Level, what: What) {
        if self.entries.len() >= MOST {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { at, level, what, number: self.n_seen });
        self.n_seen += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_line_makes_room() {
        let mut activity = Activity::default();
        for n in 0..MOST + 5 {
            activity.note(Timestamp::UNIX_EPOCH, Level::Info, n.to_string());
        }
        assert_eq!(MOST, activity.len());
        assert_eq!(Some(5), activity.get(0).map(|entry| entry.number));
    }
}
