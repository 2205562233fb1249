//! Rows of logs, ours and the original's, through the ledger: what the run told is told again.
//!
//! Two kinds of rows say different things. A *run* of our monitor tells every change of state with its time, every
//! gap and every setting of the clock, so its rows are simply repeated. A *sampled* row, of the original or of
//! `netlog once`, is one look at the line: what it saw holds until the next look, unless that comes much later than
//! looks usually come. Then it holds for one usual interval, and the rest was not monitored.
//!
//! Several programs may have watched one line. Each is a source with a rhythm of its own. The latest look of all
//! counts, until its source looks again or, if that comes too late, for its usual interval; then the look before it
//! counts, if its source goes on.

mod ahead;
mod axis;
mod claim;
mod claims;
mod compare;
mod original;
mod resolver;
mod rhythm;
mod source;

use std::{rc::Rc, time::Duration};

use chrono::TimeDelta;

pub(super) use self::original::notice;
use self::{
    ahead::Ahead,
    axis::Axis,
    compare::Comparison,
    rhythm::micros,
    source::{Kind, Source},
};
pub use self::{
    claim::{Claim, Proof},
    claims::Claims,
};
use super::ledger::Ledger;
use crate::model::{
    ledger::{Change, GapReason, MicroInterruption, Outage, Segment, State},
    log_row::LogRow,
    summary::Disagreement,
    time::{Stamp, Timestamp},
    verdict::{Evidence, Status},
};

/// Statement that a log makes, in time order.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// From this point on the state is another.
    State(Stamp, State, Claim),
    /// An outage is over, or lasts where the data end (then it has no end).
    Outage(Outage, Claims),
    /// Bad seconds, too few for an outage, and what proves them.
    Micro(MicroInterruption, Proof),
    /// The line flaps since this point.
    Intermittent(Stamp),
    /// Programs that watched at the same time contradict each other.
    Disagreement(Disagreement),
}

/// Reads rows in the order of their [`LogRow::steady`] time.
#[derive(Debug, Clone)]
pub struct Replay {
    ledger: Ledger,
    axis: Axis,
    /// Contents of rows by which the line simply works, by the time that their cycle may have taken.
    working: Vec<Rc<Says>>,
    ahead: Ahead,
    sources: Vec<Source>,
    /// The source of the latest row that was processed.
    latest: usize,
    /// True if that row is a look at a line that works.
    latest_works: bool,
    /// Nothing lies after this time.
    now: Option<Timestamp>,
    comparison: Comparison,
    /// Claims of the rows of the present bad seconds.
    claims: Claims,
}

/// Row in the form that the ledger needs: time and content. Many rows of the original say the same and share that.
#[derive(Debug, Clone)]
struct Point {
    at: Stamp,
    /// The monotonic time of the same, in microseconds.
    micros: u64,
    says: Rc<Says>,
    /// True if this is a single look at a line that works, and no more.
    works: bool,
    /// True if lines before it were lost.
    follows_loss: bool,
    /// Place of its source in the list.
    source: usize,
}

#[derive(Debug, Clone)]
struct Says {
    /// The number within a run; `None` for a sampled row.
    seq: Option<u64>,
    since: Option<Stamp>,
    gap: Option<(GapReason, Stamp)>,
    state: State,
    claim: Claim,
    /// Time that the cycle may have taken because it traced.
    traced: Duration,
}

/// Duration of a cycle of the original that traces because of a fault, and of one that does so now and then.
const TRACING: Duration = Duration::from_mins(5);
const BASELINE: Duration = Duration::from_mins(2);

impl Replay {
    /// Calls `outage_after` bad seconds in a row an outage.
    pub fn new(outage_after: Duration) -> Self {
        Self {
            ledger: Ledger::new(outage_after),
            axis: Axis::default(),
            working: Vec::new(),
            ahead: Ahead::default(),
            sources: Vec::new(),
            latest: 0,
            latest_works: false,
            now: None,
            comparison: Comparison::default(),
            claims: Claims::default(),
        }
    }

    /// The same at a time that is known: the last look proves nothing after it.
    #[must_use]
    pub fn at(self, now: Option<Timestamp>) -> Self {
        Self { now, ..self }
    }

    /// Takes the next row, and tells what is certain by now; `None` when that is nothing new. `repeats` says that it
    /// differs from the row before in nothing but its time and the gateway's RTT.
    #[inline]
    pub fn take(&mut self, row: &LogRow, repeats: bool) -> Option<Vec<Told>> {
        let at = self.axis.place(row.steady, row.utc);
        let micros = micros(at.mono);
        let before = self.ahead.last().filter(|before| repeats && before.says.state == State::Up);
        let known = before.map(|before| (Rc::clone(&before.says), before.works, before.source));
        let (says, works, source) = if let Some(known) = known { known } else { self.learn(row) };
        if let Some(source) = self.sources.get_mut(source) {
            source.rhythm.add(micros, says.seq.is_none());
        }
        let point = self.ahead.push(Point { at, micros, says, works, follows_loss: row.follows_loss, source })?;
        self.process(point)
    }

    /// Returns what a row says, true if that is only that the line works, and the index of its source.
    #[inline(never)]
    fn learn(&mut self, row: &LogRow) -> (Rc<Says>, bool, usize) {
        let says = self.says(row);
        let works = says.works();
        let kind = match (row.seq, says.seq) {
            (None, _) => Kind::Original,
            (Some(_), None) => Kind::Look,
            (Some(_), Some(_)) => Kind::Run,
        };
        let known = self.sources.iter().position(|source| source.is(row.log, kind));
        let source = known.unwrap_or_else(|| {
            self.sources.push(Source::new(row.log, kind));
            self.sources.len() - 1
        });
        (says, works, source)
    }

    /// Returns the content of a row; many say that the line works and nothing else, and share that.
    #[inline(never)]
    fn says(&mut self, row: &LogRow) -> Rc<Says> {
        let says = says(row, &mut self.axis);
        if !says.works() {
            return Rc::new(says);
        }
        if let Some(known) = self.working.iter().find(|known| known.traced == says.traced) {
            return Rc::clone(known);
        }
        let says = Rc::new(says);
        self.working.push(Rc::clone(&says));
        says
    }

    /// The data end here. What is still bad is told as an outage without an end. With it comes the end.
    pub fn finish(mut self) -> (Vec<Told>, Option<Stamp>) {
        let mut told = Vec::new();
        while let Some(point) = self.ahead.pop() {
            told.extend(self.process(point).unwrap_or_default());
        }
        let Some(last) = self.last().cloned() else { return (told, None) };
        let (mut end, is_short) = self.end_of(&last);
        told.extend(self.hold(end, &last.says.claim));
        for other in self.by_recency() {
            let (until, _) = self.end_of(&other);
            if until.mono > end.mono {
                // The latest look holds no longer, and this one still does.
                told.extend(self.turn(end, &other.says));
                told.extend(self.hold(until, &other.says.claim));
                end = until;
            }
        }
        let is_down = matches!(self.ledger.state(), Some((State::Down(_), _)));
        let open = self.ledger.open_outage().or_else(|| self.ledger.open_run().filter(|_| is_short && is_down));
        if let Some(open) = open {
            told.push(Told::Outage(open, std::mem::take(&mut self.claims)));
        }
        told.extend(self.comparison.finish().map(Told::Disagreement));
        (told, Some(end))
    }

    /// Until when the last row of a source proves something. Says too whether it would hold for longer, and be an
    /// outage, if more were known.
    fn end_of(&self, last: &Point) -> (Stamp, bool) {
        let Some(source) = self.sources.get(last.source).filter(|_| last.says.seq.is_none()) else {
            return (last.at, false);
        };
        let usual = source.rhythm.usual();
        let until_now = self.now.and_then(|now| (now - last.at.wall).to_std().ok());
        let known = match until_now {
            Some(passed) if passed <= usual => passed,
            _ if self.now.is_some_and(|now| now < last.at.wall) => Duration::ZERO,
            _ if source.rhythm.is_regular() => usual,
            // Nobody can tell whether there would have been another look.
            _ => Duration::ZERO,
        };
        (last.at.after(known), known < usual && usual >= self.ledger.outage_after())
    }

    #[inline]
    fn process(&mut self, point: Point) -> Option<Vec<Told>> {
        if self.sources.len() > 1 {
            self.comparison.take(&point, &self.sources, &self.ahead);
        }
        let source = self.sources.get_mut(point.source)?;
        source.rhythm.pass(point.micros);
        if let Some(last) = &mut source.last
            && self.latest_works
            && point.works
            && !point.follows_loss
            && !self.ledger.is_bad()
            && source.rhythm.is_soon(point.micros.saturating_sub(last.micros))
        {
            // It works as before, and the ledger need not hear of every row.
            self.latest = point.source;
            *last = point;
            return None;
        }
        Some(self.process_news(point))
    }

    #[inline(never)]
    fn process_news(&mut self, point: Point) -> Vec<Told> {
        if point.says.seq.is_none() && self.is_within_run() {
            // The run goes on, and knows better than a single look.
            self.keep(point);
            return Vec::new();
        }
        let (mut told, mut uncertainty) = (Vec::new(), None);
        let says = Rc::clone(&point.says);
        let own = self.sources.get(point.source).and_then(|source| source.last.as_ref());
        let mut news = says.since;
        if own.is_some_and(|own| is_next(own, &point)) {
            if let Some((reason, from)) = says.gap {
                told.extend(match self.other_watching(&point) {
                    Some(other) => self.turn(from, &other.says),
                    None => self.gap(from, reason, &says.claim),
                });
            }
        } else {
            let from = says.since.unwrap_or(point.at);
            news = Some(from);
            if let Some(last) = self.last() {
                let passed = from.since(last.at);
                let usual = self.sources.get(point.source).map_or(passed, |source| source.rhythm.usual());
                uncertainty = Some(passed.min(usual));
                told.extend(self.fill(last.at, from, &point));
            }
        }
        if let Some(at) = news {
            // What ends before is told before this row claims anything.
            told.extend(self.hold(at, &says.claim));
            let changes = self.ledger.observe(at, says.state);
            told.extend(self.tell(changes, &says.claim));
        }
        self.claim(&says, uncertainty);
        (self.latest, self.latest_works) = (point.source, point.works);
        self.keep(point);
        told
    }

    /// The time from the latest look at `begin` until `end`, from which on `point` tells: the latest look of a source
    /// that goes on counts, and where there is none, nobody looked.
    fn fill(&mut self, begin: Stamp, end: Stamp, point: &Point) -> Vec<Told> {
        let (mut told, mut at) = (Vec::new(), begin);
        for last in self.by_recency() {
            let until = self.holds_until(&last, point, end);
            if until.mono <= at.mono && until.mono < end.mono {
                continue;
            }
            if last.source != self.latest {
                told.extend(self.turn(at, &last.says));
            }
            at = until;
            if at.mono >= end.mono {
                return told;
            }
        }
        if at.mono < end.mono {
            let reason = point.says.gap.map_or(GapReason::NotRunning, |(reason, _)| reason);
            told.extend(self.gap(at, reason, &point.says.claim));
        }
        told
    }

    /// Until when the last look of a source holds, `end` at most, from which on `point` tells.
    fn holds_until(&self, last: &Point, point: &Point, end: Stamp) -> Stamp {
        let passed = end.since(last.at);
        let Some(source) = self.sources.get(last.source) else { return last.at };
        let is_first = self.sources.get(point.source).is_none_or(|source| source.last.is_none());
        let next = if last.source == point.source || is_first {
            Some(point)
        } else {
            self.ahead.iter().find(|next| next.source == last.source)
        };
        let known = match next {
            Some(next) if next.source == last.source && is_next(last, next) => passed,
            Some(next) => source.known_for(last, next, next.says.since.unwrap_or(next.at).since(last.at)),
            None if last.says.seq.is_none() => source.rhythm.usual(),
            None => Duration::ZERO,
        };
        if known >= passed { end } else { last.at.after(known) }
    }

    /// The last row of a source other than that of `point` which goes on.
    fn other_watching(&self, point: &Point) -> Option<Point> {
        let others = self.by_recency().into_iter().filter(|last| last.source != point.source);
        others.into_iter().find(|last| self.holds_until(last, point, point.at) == point.at)
    }

    /// The last rows of all sources, the latest first.
    fn by_recency(&self) -> Vec<Point> {
        let mut points: Vec<Point> = self.sources.iter().filter_map(|source| source.last.clone()).collect();
        points.sort_by_key(|point| (std::cmp::Reverse(point.micros), point.source != self.latest));
        points
    }

    /// The latest row that was processed.
    fn last(&self) -> Option<&Point> {
        self.sources.get(self.latest)?.last.as_ref()
    }

    fn keep(&mut self, point: Point) {
        if let Some(source) = self.sources.get_mut(point.source) {
            source.last = Some(point);
        }
    }

    /// From `at` on, what an earlier row says holds again.
    fn turn(&mut self, at: Stamp, says: &Says) -> Vec<Told> {
        let changes = self.ledger.observe(at, says.state);
        let told = self.tell(changes, &says.claim);
        self.claim(says, None);
        told
    }

    fn gap(&mut self, from: Stamp, reason: GapReason, claim: &Claim) -> Vec<Told> {
        let changes = self.ledger.gap(from, reason);
        self.tell(changes, claim)
    }

    fn hold(&mut self, at: Stamp, claim: &Claim) -> Vec<Told> {
        let changes = self.ledger.hold(at);
        self.tell(changes, claim)
    }

    /// True if the row in hand stands between two rows of one run.
    fn is_within_run(&self) -> bool {
        let lasts = self.sources.iter().filter_map(|source| source.last.as_ref());
        lasts.filter(|last| last.says.seq.is_some()).any(|last| {
            let next = self.ahead.iter().find(|next| next.source == last.source);
            next.is_some_and(|next| is_next(last, next))
        })
    }

    /// Takes what a row says of bad seconds.
    fn claim(&mut self, says: &Says, uncertainty: Option<Duration>) {
        let State::Down(domain) = says.state else { return };
        if self.ledger.is_bad() {
            self.claims.add(self.ledger.segment(), domain, &says.claim);
        }
        if let Some(uncertainty) = says.claim.uncertainty.or(uncertainty) {
            self.ledger.set_uncertainty(uncertainty);
        }
    }

    fn tell(&mut self, changes: Vec<Change>, claim: &Claim) -> Vec<Told> {
        let mut told = Vec::with_capacity(changes.len());
        for change in changes {
            told.push(match change {
                Change::State(at, state) => Told::State(at, state, claim.clone()),
                Change::Opened(_) => continue,
                Change::Closed(outage) => Told::Outage(outage, std::mem::take(&mut self.claims)),
                Change::Micro(micro) => {
                    let first = Segment { start: micro.start, domain: micro.domain };
                    Told::Micro(micro, self.claims.proof(first))
                }
                Change::Intermittent(since) => Told::Intermittent(since),
            });
        }
        if !self.ledger.is_bad() {
            self.claims.clear();
        }
        told
    }
}

/// True if two rows of one source follow each other in a run.
fn is_next(last: &Point, next: &Point) -> bool {
    last.says.seq.is_some_and(|seq| next.says.seq.is_some() && next.says.seq == seq.checked_add(1))
}

impl Says {
    /// True if this is a single look at a line that works, and no more.
    fn works(&self) -> bool {
        self.state == State::Up && self.seq.is_none() && self.since.is_none() && self.gap.is_none()
    }
}

fn says(row: &LogRow, axis: &mut Axis) -> Says {
    let step = TimeDelta::try_milliseconds(millis(row.clock_step.unwrap_or(0.0))).unwrap_or_default();
    let mut earlier = |wall: Timestamp| {
        // By the clock as it goes now, or as it went before it was set: whichever comes nearer to this row.
        let now = row.steady.checked_sub_signed(row.utc - wall);
        let before = now.and_then(|now| now.checked_add_signed(step));
        let fitting = [now, before].into_iter().flatten().filter(|steady| *steady <= row.steady);
        axis.place(fitting.max().unwrap_or(row.steady), wall)
    };
    let is_sampled = row.seq.is_none() || (row.seq == Some(1) && row.since.is_none());
    let state = if row.seq.is_none() { original::state(row) } else { state(row) };
    let has_traced = !row.trace_file.is_empty() || !row.intensive_traces.is_empty();
    Says {
        seq: row.seq.filter(|_| !is_sampled),
        since: row.since.map(&mut earlier),
        gap: row.gap.map(|(reason, from)| (reason, earlier(from))),
        state,
        claim: match state {
            State::Up => Claim { uncertainty: row.uncertainty, ..Claim::default() },
            _ => Claim::of(row),
        },
        traced: match (has_traced, row.baseline_traces.is_empty()) {
            (true, _) => TRACING,
            (false, false) => BASELINE,
            (false, true) => Duration::ZERO,
        },
    }
}

/// The state a row of ours tells.
fn state(row: &LogRow) -> State {
    let is_degraded = [Evidence::LossHigh, Evidence::LatencyHigh, Evidence::JitterHigh];
    match (row.status != Status::Ok, row.domain) {
        (true, Some(domain)) => State::Down(domain),
        // A newer program's word; what the original would have meant is still there.
        (true, None) => original::state(row),
        (false, _) if is_degraded.iter().any(|evidence| row.evidence.contains(evidence)) => State::Degraded,
        (false, _) => State::Up,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn millis(seconds: f64) -> i64 {
    (seconds * 1000.0) as i64
}

#[cfg(test)]
mod tests;
