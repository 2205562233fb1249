//! Search in a log: what is searched for, and which match is in hand.

use super::State;
use crate::{
    gui::text::{T, Text},
    log_view::{
        pattern::{FaultKind, Pattern, PatternFault, Query},
        search::Hit,
        viewer::Ask,
    },
};

/// A search as it is typed.
pub(super) struct Search {
    pub(super) query: Query,
    /// Pattern of the query; `None` when nothing is typed or it means nothing.
    pub(super) pattern: Option<Pattern>,
    pub(super) fault: Option<PatternFault>,
    /// The query that the viewer was asked with.
    asked: Option<Query>,
    /// The match in hand.
    pub(super) current: Option<Hit>,
    /// True if the search went on from the other end.
    pub(super) wrapped: bool,
    /// It was not asked for the next match, so where it was found surprises nobody.
    pub(super) is_first: bool,
    /// The number of the last question for a match.
    pub(super) id: u64,
    /// The field is to be written in.
    pub(super) wants_focus: bool,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            query: Query { is_regex: true, ..Query::default() },
            pattern: None,
            fault: None,
            asked: None,
            current: None,
            wrapped: false,
            is_first: true,
            id: 0,
            wants_focus: false,
        }
    }
}

impl Search {
    /// Another log is looked at: the same is searched for in it.
    pub(super) fn begin_anew(&mut self) {
        (self.asked, self.current, self.wrapped) = (None, None, false);
    }
}

impl State {
    /// Takes what is typed, and searches for it if it is something else than before.
    pub(super) fn search(&mut self) {
        if self.viewer.is_none() || self.search.asked.as_ref() == Some(&self.search.query) {
            return;
        }
        let query = self.search.query.clone();
        let is_first = self.search.asked.is_none() && query.text.is_empty();
        self.search.asked = Some(query.clone());
        if is_first {
            return;
        }
        (self.search.current, self.search.wrapped) = (None, false);
        (self.search.pattern, self.search.fault) = match Pattern::new(&query) {
            Ok(pattern) => (pattern, None),
            Err(fault) => (None, Some(fault)),
        };
        self.drawn.forget_hits();
        let pattern = self.search.pattern.clone();
        let finds = pattern.is_some();
        self.ask(Ask::Search(pattern.map(Box::new)));
        if finds {
            // The first match is the one at or behind what can be seen.
            let offset = self.first_visible();
            self.search.is_first = true;
            self.find(offset, true);
        }
    }

    /// Goes to the next match, or the one before.
    pub(super) fn go(&mut self, forward: bool) {
        if self.search.pattern.is_none() {
            return;
        }
        let offset = match &self.search.current {
            Some(hit) if forward => hit.bytes.end,
            Some(hit) => hit.bytes.start,
            None => self.first_visible(),
        };
        self.search.is_first = false;
        self.find(offset, forward);
    }

    fn find(&mut self, offset: u64, forward: bool) {
        let id = self.id();
        self.search.id = id;
        self.ask(Ask::Find { id, offset, forward });
    }

    /// Returns the byte at which the first line begins that can be seen; 0 where none can.
    fn first_visible(&self) -> u64 {
        let top = super::whole(self.top);
        let visible = self.view.lines.iter().find(|line| line.number.is_some_and(|number| number >= top));
        visible.map_or(0, |line| line.start)
    }

    /// Returns the state of the search, in words, and whether something is wrong with it.
    pub(super) fn search_words(&self, text: Text) -> (String, bool) {
        if let Some(fault) = &self.search.fault {
            let said = text.of(fault_words(fault.kind)).to_owned();
            return match fault.at {
                Some(at) => (format!("{said} ({})", text.with(T::AtCharacter, &[&(at + 1)])), true),
                None => (said, true),
            };
        }
        let Some(search) = self.view.search.as_ref().filter(|search| search.query == self.search.query) else {
            return (String::new(), false);
        };
        if let Some(fault) = &search.fault {
            return (fault.clone(), true);
        }
        let hits = text.count(search.hits);
        if !search.is_done {
            let share = search.searched as f64 / self.view.len.max(1) as f64;
            return (text.with(T::HitsSoFar, &[&hits, &text.percent(share, 0)]), false);
        }
        let said = match (&self.search.current, search.hits) {
            (_, 0) => text.of(T::NoHits).to_owned(),
            (Some(hit), _) => text.with(T::HitOf, &[&text.count(hit.ordinal + 1), &hits]),
            (None, 1) => text.of(T::OneHit).to_owned(),
            (None, _) => text.with(T::Hits, &[&hits]),
        };
        (said, false)
    }
}

fn fault_words(kind: FaultKind) -> T {
    match kind {
        FaultKind::GroupUnclosed => T::FaultGroupUnclosed,
        FaultKind::GroupUnopened => T::FaultGroupUnopened,
        FaultKind::ClassUnclosed => T::FaultClassUnclosed,
        FaultKind::ClassRange => T::FaultClassRange,
        FaultKind::NothingToRepeat => T::FaultNothingToRepeat,
        FaultKind::RepetitionCount => T::FaultRepetitionCount,
        FaultKind::Escape => T::FaultEscape,
        FaultKind::Flag => T::FaultFlag,
        FaultKind::Unsupported => T::FaultUnsupported,
        FaultKind::LineEnd => T::FaultLineEnd,
        FaultKind::MatchesNothing => T::FaultMatchesNothing,
        FaultKind::TooLarge => T::FaultTooLarge,
        FaultKind::Other => T::FaultOther,
    }
}
