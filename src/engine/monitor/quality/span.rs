//! The time of the last degradation: from when to when, as far as it is known by now.

use std::time::Duration;

use super::{Kept, LONG, Monitor, Quality, SHORT, WHILE_WRONG, limits, stretch};
use crate::{
    analysis::quality::{Edge, end, onset},
    engine::{knowledge::Knowledge, timeline::Second},
    model::{config::Config, ledger::State, time::Stamp},
};

/// Time of a degradation. It is told late, so that both its edges lie in the past when they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DegradedSpan {
    onset: Edge,
    /// End; `None` while none is told.
    end: Option<Edge>,
    /// End if nothing shows any more until it is told; `None` while something shows.
    likely_end: Option<Edge>,
}

impl DegradedSpan {
    fn contains(&self, at: Duration) -> bool {
        self.onset.at <= at && self.end.is_none_or(|end| at < end.at)
    }
}

impl Quality {
    /// Follows a look at `now`. `was_degraded` says whether a degradation was under way before it.
    pub(super) fn follow_span(
        &mut self,
        was_degraded: bool,
        known: &Knowledge,
        missing: &[Kept],
        config: &Config,
        now: Duration,
    ) {
        let (limits, stretch) = (limits(config), stretch(config));
        let path = |quality: &Self| quality.path(known, missing, now.saturating_sub(LONG * stretch));
        let unknown = |at| Edge { at, within: SHORT * stretch };
        match (was_degraded, self.watch.active()) {
            (false, Some(finding)) => {
                let onset = onset(&path(self), &limits, finding).unwrap_or_else(|| unknown(now));
                self.span = Some(DegradedSpan { onset, end: None, likely_end: None });
            }
            (true, Some(finding)) => {
                let (Some(span), clean_since) = (self.span, self.watch.clean_since()) else { return };
                let likely_end = match clean_since {
                    None => None,
                    Some(since) if since < now => span.likely_end,
                    // Where no sample shows it, it was over before the first of them.
                    Some(_) => end(&path(self), &limits, finding, span.onset.at)
                        .or_else(|| Some(unknown(self.since.saturating_sub(WHILE_WRONG).max(span.onset.at)))),
                };
                self.span = Some(DegradedSpan { likely_end, ..span });
            }
            (true, None) => {
                self.span = self.span.map(|span| DegradedSpan { end: span.likely_end.or(Some(unknown(now))), ..span });
            }
            (false, None) => {}
        }
    }
}

impl Monitor {
    /// Says of a second in which the line works how well it does, and since when and how exactly that is known if it is
    /// another state than before. The seconds before it that are told already are told anew.
    pub(in crate::engine::monitor) fn with_quality(&mut self, second: &mut Second) -> Option<(Stamp, Duration)> {
        let span = self.figures.quality.span.filter(|_| second.state == State::Up)?;
        if span.contains(second.at.mono) {
            second.state = State::Degraded;
        }
        let edge = match (self.ledger.state()?.0, second.state) {
            (State::Up, State::Degraded) => span.onset,
            (State::Degraded, State::Up) => span.end?,
            _ => return None,
        };
        let since = second.at.before(second.at.mono.checked_sub(edge.at)?);
        Some((self.ledger.restate(since, second.state), edge.within))
    }
}
