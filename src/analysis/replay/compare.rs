//! Comparison of programs that watched at the same time, for contradictions between them.

use super::{Point, ahead::Ahead, is_next, source::Source};
use crate::model::{ledger::State, summary::Disagreement};

/// Looks that were compared with those of another source.
#[derive(Debug, Clone, Default)]
pub(super) struct Comparison {
    n_contradicting: u64,
    n_compared: u64,
}

/// So few contradictions are those of a line that flaps.
const FEW: u64 = 3;
/// So is a smaller part of what was compared than this.
const PART: u64 = 10;

impl Comparison {
    /// Compares a row, which is processed now, with those just before and after it of other sources. Where both of
    /// these see a failure, this one should see one too.
    pub(super) fn take(&mut self, point: &Point, sources: &[Source], ahead: &Ahead) {
        for source in sources {
            let Some(last) = source.last.as_ref().filter(|last| last.source != point.source && is_down(last)) else {
                continue;
            };
            let next = ahead.iter().find(|next| next.source == last.source);
            if next.is_some_and(|next| is_down(next) && lasts(source, last, next)) {
                self.n_compared += 1;
                self.n_contradicting += u64::from(matches!(point.says.state, State::Up | State::Degraded));
            }
        }
    }

    /// The disagreement, if there is one worth telling.
    pub(super) fn finish(&self) -> Option<Disagreement> {
        let Self { n_contradicting, n_compared } = *self;
        let is_serious = n_contradicting >= FEW && n_contradicting.saturating_mul(PART) >= n_compared;
        is_serious.then_some(Disagreement { n_contradicting, n_compared })
    }
}

fn is_down(point: &Point) -> bool {
    matches!(point.says.state, State::Down(_))
}

/// True if nothing changed between two rows of a source.
fn lasts(source: &Source, last: &Point, next: &Point) -> bool {
    if last.says.seq.is_some() {
        return is_next(last, next) && next.says.since.is_none();
    }
    let passed = next.at.since(last.at);
    source.known_for(last, next, passed) >= passed
}
