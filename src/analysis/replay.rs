//! Rows of logs, ours and the original's, through the ledger: what the run told is told again.
//!
//! Two kinds of rows say different things. A *run* of our monitor tells every change of state with its time, every
//! gap and every setting of the clock, so its rows are simply repeated. A *sampled* row, of the original or of
//! `netlog once`, is one look at the line: what it saw holds until the next look, unless that comes much later than
//! looks usually come. Then it holds for one usual interval, and the rest was not monitored.

mod ahead;
mod axis;
mod claim;
mod claims;
mod original;
mod resolver;
mod rhythm;

use std::{rc::Rc, time::Duration};

use chrono::TimeDelta;

pub(super) use self::original::notice;
use self::{
    ahead::Ahead,
    axis::Axis,
    rhythm::{Rhythm, micros},
};
pub use self::{
    claim::{Claim, Proof},
    claims::Claims,
};
use super::ledger::Ledger;
use crate::model::{
    ledger::{Change, GapReason, MicroInterruption, Outage, Segment, State},
    log_row::LogRow,
    time::{Stamp, Timestamp},
    verdict::{Evidence, Status},
};

/// What a log tells, in time order.
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
}

/// Reads rows in the order of their [`LogRow::steady`] time.
#[derive(Debug)]
pub struct Replay {
    ledger: Ledger,
    axis: Axis,
    /// What rows say by which the line simply works, by how long their cycle may have taken.
    working: Vec<Rc<Says>>,
    ahead: Ahead,
    rhythm: Rhythm,
    last: Option<Point>,
    /// What the rows of the present bad seconds claim.
    claims: Claims,
}

/// What the ledger needs of a row: when, and what. Many rows of the original say the same and share that.
#[derive(Debug, Clone)]
struct Point {
    at: Stamp,
    /// The monotonic time of the same, in microseconds.
    micros: u64,
    says: Rc<Says>,
}

#[derive(Debug)]
struct Says {
    /// The number within a run; `None` for a sampled row.
    seq: Option<u64>,
    since: Option<Stamp>,
    gap: Option<(GapReason, Stamp)>,
    state: State,
    claim: Claim,
    /// How long the cycle may have taken because it traced.
    traced: Duration,
}

/// Missing rows of a run hide changes; for longer than this nobody knows.
const MISSING: Duration = Duration::from_mins(1);
/// How long a cycle of the original takes that traces because of a fault, and now and then.
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
            rhythm: Rhythm::default(),
            last: None,
            claims: Claims::default(),
        }
    }

    /// Takes the next row, and tells what is certain by now; `None` when that is nothing new. `repeats` says that it
    /// differs from the row before in nothing but its time and the gateway's RTT.
    #[inline]
    pub fn take(&mut self, row: &LogRow, repeats: bool) -> Option<Vec<Told>> {
        let at = self.axis.place(row.steady, row.utc);
        let micros = micros(at.mono);
        let before = self.ahead.last().filter(|before| repeats && before.says.state == State::Up);
        let says = before.map(|before| Rc::clone(&before.says));
        let says = if let Some(says) = says { says } else { self.says(row) };
        self.rhythm.add(micros, says.seq.is_none());
        let point = self.ahead.push(Point { at, micros, says })?;
        self.process(point)
    }

    /// What a row says; many say that the line works and nothing else, and share that.
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
        let Some(last) = self.last.take() else { return (told, None) };
        let end = if last.says.seq.is_none() { last.at.after(self.rhythm.usual()) } else { last.at };
        let changes = self.ledger.hold(end);
        told.extend(self.tell(changes, &last.says.claim));
        if let Some(open) = self.ledger.open_outage() {
            told.push(Told::Outage(open, std::mem::take(&mut self.claims)));
        }
        (told, Some(end))
    }

    #[inline]
    fn process(&mut self, point: Point) -> Option<Vec<Told>> {
        self.rhythm.pass(point.micros);
        if let Some(last) = &mut self.last
            && !self.ledger.is_bad()
            && (Rc::ptr_eq(&last.says, &point.says) || (last.says.works() && point.says.works()))
            && self.rhythm.is_soon(point.micros.saturating_sub(last.micros))
        {
            // It works as before, and the ledger need not hear of every row.
            *last = point;
            return None;
        }
        Some(self.process_news(point))
    }

    #[inline(never)]
    fn process_news(&mut self, point: Point) -> Vec<Told> {
        if point.says.seq.is_none() && self.is_within_run() {
            // The run goes on, and knows better than a single look.
            return Vec::new();
        }
        let (mut told, mut uncertainty) = (Vec::new(), None);
        let says = &point.says;
        let continues =
            |last: &Point| last.says.seq.is_some_and(|seq| says.seq.is_some() && says.seq == seq.checked_add(1));
        let mut news = says.since;
        match self.last.take() {
            None => news = Some(says.since.unwrap_or(point.at)),
            Some(last) if continues(&last) => {
                if let Some((reason, from)) = says.gap {
                    let changes = self.ledger.gap(from, reason);
                    told.extend(self.tell(changes, &says.claim));
                }
            }
            Some(last) => {
                let from = says.since.unwrap_or(point.at);
                let passed = from.since(last.at);
                let known_for = self.known_for(&last, &point, passed);
                if known_for < passed {
                    let reason = says.gap.map_or(GapReason::NotRunning, |(reason, _)| reason);
                    let changes = self.ledger.gap(last.at.after(known_for), reason);
                    told.extend(self.tell(changes, &says.claim));
                }
                uncertainty = Some(passed.min(self.rhythm.usual()));
                news = Some(from);
            }
        }
        if let Some(at) = news {
            // What ends before is told before this row claims anything.
            let changes = self.ledger.hold(at);
            told.extend(self.tell(changes, &says.claim));
            let changes = self.ledger.observe(at, says.state);
            told.extend(self.tell(changes, &says.claim));
        }
        let says = Rc::clone(&point.says);
        self.claim(&says, uncertainty);
        self.last = Some(point);
        told
    }

    /// Whether the row in hand stands between two rows of one run.
    fn is_within_run(&self) -> bool {
        let before = self.last.as_ref().and_then(|last| last.says.seq);
        let next = self.ahead.iter().find_map(|next| next.says.seq);
        before.is_some_and(|before| next.is_some() && next == before.checked_add(1))
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

    /// How much of the time from `last` until `point` the state of `last` held.
    fn known_for(&self, last: &Point, point: &Point, passed: Duration) -> Duration {
        let usual = self.rhythm.usual();
        let bound = match (last.says.seq, point.says.seq) {
            // A run ended, and another program or the next run began: nobody looked in between.
            (Some(_), None | Some(1)) => Duration::ZERO,
            (Some(_), Some(_)) => MISSING,
            (None, _) => usual * 5 / 2 + last.says.traced,
        };
        match (passed <= bound, last.says.seq) {
            (true, _) => passed,
            (false, None) => usual.min(passed),
            (false, Some(_)) => Duration::ZERO,
        }
    }

    fn tell(&mut self, changes: Vec<Change>, claim: &Claim) -> Vec<Told> {
        let mut told = Vec::with_capacity(changes.len());
        for change in changes {
            told.push(match change {
                Change::State(at, state) => Told::State(at, state, claim.clone()),
                Change::Opened(_) => continue,
                Change::Closed(outage) => Told::Outage(outage, self.claims.clone()),
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

impl Says {
    /// Whether this is a single look at a line that works, and no more.
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
        claim: if matches!(state, State::Up) { Claim::default() } else { Claim::of(row) },
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
