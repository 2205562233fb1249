//! Rows to figures.
//!
//! Rows are taken one by one in the order of their time, and nothing is kept of them, so the length of a log does not
//! matter. Outages, gaps and days are kept.

mod by_rows;
mod calendar;
mod hosts;
mod line_days;
mod notices;
mod parts;
mod pulse;

use std::{sync::Arc, time::Duration};

use self::{
    by_rows::ByRows,
    calendar::{Calendar, counted},
    hosts::Hosts,
    line_days::LineDays,
    notices::Notices,
    pulse::PulseLoss,
};
use super::replay::{Claim, Claims, Proof, Replay, Told};
use crate::model::{
    charge::Charged,
    degradation::Degradation,
    ledger::{GapReason, MicroInterruption, Outage, State, longest},
    log_row::LogRow,
    opening_hours::OpeningHours,
    summary::{ClockStep, DemoRows, Gap, MicroRecord, OutagePart, OutageRecord, Summary},
    time::{Stamp, Timestamp},
    verdict::{FaultDomain, LastHop},
};

/// Limits of what is counted, and rules of counting.
#[derive(Clone)]
pub struct Scope {
    /// Nothing before this time is counted.
    pub from: Option<Timestamp>,
    /// Nothing from this time on is counted.
    pub to: Option<Timestamp>,
    /// Outages and short interruptions of this part alone.
    pub domain: Option<FaultDomain>,
    /// Outages at least this long. Short interruptions are counted all the same.
    pub min_duration: Duration,
    /// Hours of the week that count alone.
    pub opening_hours: Option<OpeningHours>,
    /// Bad seconds that make an outage.
    pub outage_after: Duration,
    /// Now, after which nothing lies; `None` where nobody knows.
    pub now: Option<Timestamp>,
    /// The clock on the wall.
    pub local: Arc<dyn Fn(Timestamp) -> chrono::NaiveDateTime + Send + Sync>,
}

impl Scope {
    /// Everything, in UTC.
    pub fn all(outage_after: Duration) -> Self {
        Self {
            from: None,
            to: None,
            domain: None,
            min_duration: Duration::ZERO,
            opening_hours: None,
            outage_after,
            now: None,
            local: Arc::new(|at| at.naive_utc()),
        }
    }

    fn is_within(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }

    fn is_open(&self, at: Timestamp) -> bool {
        self.opening_hours.as_ref().is_none_or(|hours| hours.is_open((self.local)(at)))
    }
}

/// Takes rows and gives the figures at the end.
#[derive(Clone)]
pub struct Summariser {
    scope: Scope,
    replay: Replay,
    /// The state in hand: since when, what, and what is claimed of it.
    state: Option<(Stamp, State, Claim)>,
    first: Option<Stamp>,
    calendar: Calendar,
    line_days: LineDays,
    by_rows: ByRows,
    /// `None` where nobody asks for figures of hosts, whose histograms are large.
    hosts: Option<Hosts>,
    notices: Notices,
    pulse: PulseLoss,
    links: Vec<(String, u64)>,
    outages: Vec<(Outage, Claims)>,
    micros: Vec<(MicroInterruption, Proof)>,
    summary: Summary,
}

/// Links that are told apart. A log that names more is no log of one computer.
const MAX_LINKS: usize = 64;

impl Summariser {
    /// Begins with nothing.
    pub fn new(scope: Scope) -> Self {
        Self {
            replay: Replay::new(scope.outage_after).at(scope.now),
            scope,
            state: None,
            first: None,
            calendar: Calendar::default(),
            line_days: LineDays::default(),
            by_rows: ByRows::default(),
            hosts: Some(Hosts::default()),
            notices: Notices::default(),
            pulse: PulseLoss::default(),
            links: Vec::new(),
            outages: Vec::new(),
            micros: Vec::new(),
            summary: Summary::default(),
        }
    }

    /// Leaves out the figures of hosts, segments and hops of the provider.
    #[must_use]
    pub fn without_hosts(self) -> Self {
        Self { hosts: None, ..self }
    }

    /// Takes the next row. Rows come in the order of [`LogRow::steady`]. `repeats` says that this one differs from the
    /// row before in nothing but its time and the gateway's RTT; it may be `false` all the same.
    pub fn take(&mut self, row: &LogRow, repeats: bool) {
        // What follows the end is not counted, but the state at the end may be told by it.
        if self.scope.to.is_none_or(|to| row.utc < to) {
            let is_counted = self.scope.is_within(row.utc) && self.scope.is_open(row.utc);
            if is_counted {
                self.count(row);
            }
            self.pulse.take(row, is_counted);
            self.notices.take(row, repeats);
        }
        if let Some(told) = self.replay.take(row, repeats) {
            told.into_iter().for_each(|told| self.hear(told));
        }
    }

    #[inline]
    fn count(&mut self, row: &LogRow) {
        self.summary.n_rows += 1;
        self.summary.n_run_rows += u64::from(row.seq.is_some());
        if row.is_demo {
            self.count_demo(row.utc);
        }
        self.by_rows.take(row, &*self.scope.local);
        if let Some(hosts) = &mut self.hosts {
            hosts.take(row);
        }
        self.take_link(row);
        if let Some(seconds) = row.clock_step {
            self.summary.clock_steps.push(ClockStep { at: row.utc, seconds });
        }
    }

    fn count_demo(&mut self, at: Timestamp) {
        let demo = self.summary.demo.get_or_insert(DemoRows { n: 0, first: at, last: at });
        *demo = DemoRows { n: demo.n + 1, first: demo.first.min(at), last: demo.last.max(at) };
    }

    /// A computer has few links, and uses one for long.
    fn take_link(&mut self, row: &LogRow) {
        let Some(link) = &row.link else { return };
        if let Some((_, n)) = self.links.iter_mut().find(|(known, _)| known == link) {
            *n += 1;
        } else if self.links.len() < MAX_LINKS {
            self.links.push((link.clone(), 1));
        }
    }

    fn hear(&mut self, told: Told) {
        match told {
            Told::State(at, state, claim) => {
                self.close_state(at, false, claim.uncertainty);
                self.first.get_or_insert(at);
                self.state = Some((at, state, claim));
            }
            Told::Outage(outage, claims) => self.outages.push((outage, claims)),
            Told::Micro(micro, proof) => self.micros.push((micro, proof)),
            Told::Intermittent(since) => self.summary.intermittent.push(since),
            Told::Disagreement(disagreement) => self.summary.disagreement = Some(disagreement),
        }
    }

    /// The state in hand held until `end`, a time that may differ so much from the truth.
    fn close_state(&mut self, end: Stamp, is_open: bool, uncertainty: Option<Duration>) {
        let Some((start, state, claim)) = self.state.take() else { return };
        self.line_days.add_state(start, end, state, &self.scope);
        let counted = self.calendar.add(start, end, state, &self.scope);
        if counted.is_zero() {
            return;
        }
        match state {
            State::Degraded => self.summary.degradations.push(Degradation {
                start,
                end,
                is_open,
                uncertainty: claim.uncertainty.max(uncertainty),
                domain: claim.domain,
                confidence: claim.confidence,
                evidence: claim.evidence,
            }),
            State::NotMonitored(reason) => self.summary.gaps.push(Gap { start, end, reason }),
            State::Up | State::Down(_) => {}
        }
    }

    /// The figures.
    pub fn finish(mut self) -> Summary {
        let replay = std::mem::replace(&mut self.replay, Replay::new(self.scope.outage_after));
        let (told, end) = replay.finish();
        told.into_iter().for_each(|told| self.hear(told));
        if let Some(end) = end {
            self.close_state(end, true, None);
        }
        let (first, last) = (self.first.map(|first| first.wall), end.map(|end| end.wall));
        let (from, to) = (self.scope.from.or(first), self.scope.to.or(last));
        // What is asked for and not in the data was not monitored.
        self.fill(from, first.or(to));
        self.fill(last.or(to), to);
        self.summary.period = from.zip(to).filter(|(from, to)| from <= to);
        let known_until = end.unwrap_or(Stamp { wall: Timestamp::UNIX_EPOCH, mono: Duration::ZERO });
        for (outage, claims) in std::mem::take(&mut self.outages) {
            self.add_outage(outage, &claims, known_until);
        }
        for (micro, proof) in std::mem::take(&mut self.micros) {
            self.add_micro(micro, &proof);
        }
        self.summary.intermittent.retain(|since| self.scope.is_within(since.wall) && self.scope.is_open(since.wall));
        self.summary.notices = self.notices.finish(|from, to| {
            self.scope.from.is_none_or(|begin| to > begin) && self.scope.to.is_none_or(|end| from < end)
        });
        self.links.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        self.summary.links = std::mem::take(&mut self.links);
        self.summary.last_hops = last_hops(&self.summary.outages);
        if let Some(hosts) = self.hosts.take() {
            let figures = hosts.finish();
            (self.summary.hosts, self.summary.segments, self.summary.isp_hops) =
                (figures.hosts, figures.segments, figures.isp_hops);
        }
        self.summary.by_rows = self.by_rows.finish();
        self.summary.line_by_day = self.line_days.finish();
        self.summary.pulse_loss = self.pulse.finish();
        self.calendar.finish(&mut self.summary);
        self.summary
    }

    fn add_outage(&mut self, outage: Outage, claims: &Claims, known_until: Stamp) {
        let mut parts = parts::of(&outage, claims, known_until);
        self.line_days.add_outage(&parts, &self.scope);
        let scope = &self.scope;
        let is_wanted = |part: &OutagePart| scope.domain.is_none_or(|wanted| part.domain == wanted);
        for part in parts.iter_mut().filter(|part| is_wanted(part)) {
            part.counted = counted(part.start, part.end, scope);
        }
        let length: Duration = parts.iter().map(|part| part.counted).sum();
        // The last look saw a failure of which nobody knows yet how long it lasts.
        let start = outage.start.wall;
        let is_moment = outage.end.is_none()
            && outage.start.mono == known_until.mono
            && parts.iter().any(is_wanted)
            && scope.is_within(start)
            && scope.is_open(start);
        if (length.is_zero() && !is_moment) || length < scope.min_duration {
            return;
        }
        self.calendar.add_outage(outage.start.wall, &self.scope);
        let domain = longest(parts.iter().map(|part| (part.domain, part.counted)));
        let claim = domain.map(|domain| claims.of(domain)).unwrap_or_default();
        self.summary.outages.push(OutageRecord {
            outage,
            known_until,
            parts,
            counted: length,
            status: claim.status,
            cause: claim.cause,
            confidence: claim.confidence,
            evidence: claim.evidence,
            last_hop: claim.last_hop,
            files: claim.files,
            seen: claim.seen,
        });
    }

    fn add_micro(&mut self, micro: MicroInterruption, proof: &Proof) {
        let is_wanted = self.scope.domain.is_none_or(|domain| domain == micro.domain);
        if is_wanted && !counted(micro.start, micro.end, &self.scope).is_zero() {
            let charged = Charged::of(micro.domain, proof.resolver);
            self.summary.micros.push(MicroRecord { micro, charged, confidence: proof.confidence });
        }
    }

    /// Nobody looked from `from` to `to`, as far as that is a time.
    fn fill(&mut self, from: Option<Timestamp>, to: Option<Timestamp>) {
        let (Some(from), Some(to)) = (from, to) else { return };
        let Ok(length) = (to - from).to_std() else { return };
        let start = Stamp { wall: from, mono: Duration::ZERO };
        let (end, state) = (start.after(length), State::NotMonitored(GapReason::NotRunning));
        if !self.calendar.add(start, end, state, &self.scope).is_zero() {
            self.summary.gaps.push(Gap { start, end, reason: GapReason::NotRunning });
        }
    }
}

fn last_hops(outages: &[OutageRecord]) -> Vec<(LastHop, u64)> {
    let mut hops: Vec<(LastHop, u64)> = Vec::new();
    for hop in outages.iter().filter_map(|record| record.last_hop) {
        match hops.iter_mut().find(|(known, _)| *known == hop) {
            Some((_, n)) => *n += 1,
            None => hops.push((hop, 1)),
        }
    }
    hops.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    hops
}
