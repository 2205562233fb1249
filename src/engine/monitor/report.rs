//! Rows, events and running figures.

use std::time::Duration;

use super::{Action, FileColumn, Monitor, Window, quality::Quality};
use crate::{
    engine::{rows::add_pulse, timeline::Second},
    model::{
        event::Event,
        host::Host,
        ledger::{Change, GapReason, State},
        probe::{Outcome, PulseSample, Sample, Subject},
        row::Row,
        time::{Moment, Timestamp},
        verdict::{FaultDomain, Verdict},
    },
};

/// Counts between rows, and everything that waits for the next row.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// The pulse to targets since the last row.
    since_row: Window,
    /// Quality of the line.
    pub(super) quality: Quality,
    /// A notice and the number of cycles in a row that agreed on it.
    notice: (Option<FaultDomain>, u8),
    told: Option<(FaultDomain, Verdict)>,
    gap: Option<(GapReason, Timestamp)>,
    clock_step: Option<f64>,
    /// Seconds by which the clock is ahead, negative if it is behind, and monotonic time at which that was found.
    clock_offset: Option<(f64, Duration)>,
    /// Files written since the last row.
    files: Vec<(FileColumn, String)>,
    seq: u64,
    last_row_at: Option<Duration>,
}

/// Warning to a user whose probes do not leave this computer.
const KEPT_IN: &str = "nothing can be measured: this computer lets no probe out; allow network-logging in its firewall";
/// Files that one row names.
const MOST_FILES: usize = 64;
/// Time for which an offset of the clock is taken to hold.
const OFFSET_KEPT: Duration = Duration::from_hours(3);
/// Cycles that must agree before a notice is given or taken back.
const AGREEING: u8 = 2;

impl Figures {
    /// Counts a sample of the pulse.
    pub(super) fn take(&mut self, sample: &Sample) {
        if let (Subject::Target(idx), Outcome::Reply(..) | Outcome::Lost(_)) = (sample.subject, &sample.outcome) {
            self.since_row.add(idx, sample.outcome.rtt());
        }
    }

    /// Forgets what was counted of a host.
    pub(super) fn forget(&mut self, subject: Subject, host: Option<Host>) {
        if let Some(host) = host {
            self.quality.forget(host);
        }
        if let Subject::Target(idx) = subject {
            self.since_row.forget(idx);
        }
    }

    /// Number of the last row.
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// True while a notice has shown that is not certain yet.
    pub(super) fn is_unsettled(&self) -> bool {
        self.notice.1 < AGREEING && self.notice.0 != self.told_domain()
    }

    /// Takes the verdict of a cycle on a line that works.
    pub(super) fn notice(&mut self, verdict: &Verdict) {
        let domain = verdict.domain.filter(|_| !verdict.is_down());
        let n_agreeing = if self.notice.0 == domain { self.notice.1.saturating_add(1) } else { 1 };
        self.notice = (domain, n_agreeing);
    }

    /// True if a verdict on a line that works names a fault of which nobody was told yet.
    pub(super) fn is_new_notice(&self, verdict: &Verdict) -> bool {
        verdict.domain.is_some() && verdict.domain != self.told_domain()
    }

    fn told_domain(&self) -> Option<FaultDomain> {
        self.told.as_ref().map(|(domain, _)| *domain)
    }

    pub(super) fn gap(&mut self, now: Moment, reason: GapReason, from: Timestamp) {
        // Several gaps without a row between them are one.
        self.gap.get_or_insert((reason, from));
        self.begin_anew(now);
    }

    /// A file was written that the next row is to name.
    pub(super) fn note_file(&mut self, column: FileColumn, name: String) {
        // No disk is so slow that more wait.
        if self.files.len() < MOST_FILES && !self.files.iter().any(|known| *known == (column, name.clone())) {
            self.files.push((column, name));
        }
    }

    pub(super) fn clock_stepped(&mut self, seconds: f64) {
        self.clock_step = Some(self.clock_step.unwrap_or(0.0) + seconds);
        // What was found before is true no more.
        self.clock_offset = None;
    }

    /// The next cycle is told by a row, however recent the last one is.
    pub(super) fn want_row(&mut self) {
        self.last_row_at = None;
    }

    /// Forgets the last minute: what was lost in an outage is no degradation.
    pub(super) fn begin_anew(&mut self, now: Moment) {
        self.quality.begin_anew(now.mono);
    }
}

impl Monitor {
    /// A time server says that this clock is ahead by so many seconds.
    pub(in crate::engine) fn note_clock(&mut self, now: Moment, ahead: f64) {
        self.figures.clock_offset = Some((ahead, now.mono));
    }

    /// Tells listeners of a sample of the pulse.
    pub(super) fn tell_sample(&mut self, sample: &Sample) {
        if let (Some(host), Outcome::Reply(..) | Outcome::Lost(_)) =
            (self.known.host_of(sample.subject), &sample.outcome)
        {
            let rtt = sample.outcome.rtt();
            self.tell(Event::Sample(PulseSample { host, subject: sample.subject, sent: sample.sent, rtt }));
        }
    }

    /// Tells what the ledger concluded.
    pub(super) fn tell_changes(&mut self, changes: &[Change]) {
        for change in changes {
            let event = match change {
                // Told together with its row.
                Change::State(..) => continue,
                Change::Opened(outage) => {
                    // The seconds after it may be known as well by now.
                    Event::OutageOpened(outage.clone(), self.last_down.clone().unwrap_or_else(Verdict::works))
                }
                Change::Closed(outage) => Event::OutageClosed(outage.clone()),
                Change::Micro(micro) => Event::Micro(*micro),
                Change::Intermittent(since) => Event::Intermittent(*since),
            };
            self.tell(event);
        }
    }

    /// Reports a cycle that changes no state: a row, and a notice where one begins or ends.
    pub(super) fn report_cycle(&mut self, row: Row, now: Moment) {
        let has_told = !self.is_down() && self.tell_notice(now);
        // While cycles follow each other quickly, rows keep their usual rhythm; a notice that is told is in the log.
        let usual = self.planner.config().ping_interval_sec.mul_f64(0.9);
        let is_early = !has_told && self.figures.last_row_at.is_some_and(|last| last + usual > now.mono);
        // The first state is told by a row of its own, which is about to follow.
        if is_early || self.state.is_none() {
            return;
        }
        let mut row = row;
        self.add_quality(&mut row.verdict);
        self.append(row, now);
    }

    /// The state is another since `second.at`: a row that says since when, and how far that may be from the truth where
    /// it is the onset of bad seconds, or an edge of a degradation. Listeners hear of it unless `is_told`.
    pub(super) fn report_change(&mut self, now: Moment, second: &Second, uncertainty: Option<Duration>, is_told: bool) {
        if let State::NotMonitored(reason) = second.state {
            self.figures.gap(now, reason, second.at.wall);
            self.tell(Event::Warning(second.at, KEPT_IN.to_owned()));
            return;
        }
        let mut verdict = second.verdict.clone().unwrap_or_else(Verdict::works);
        if second.state == State::Degraded {
            self.add_quality(&mut verdict);
        }
        let row = Row { since: Some(second.at.wall), uncertainty, ..self.row_now(now, verdict.clone()) };
        if !is_told {
            self.tell(Event::State(second.at, second.state, verdict));
        }
        self.append(row, now);
    }

    /// An outage has begun or ended: a row, so that the log reaches as far as what was told.
    pub(super) fn report_outage(&mut self, now: Moment, changes: &[Change]) {
        if changes.iter().any(|change| matches!(change, Change::Opened(_) | Change::Closed(_))) {
            let verdict = self.state.as_ref().and_then(|(_, verdict)| verdict.clone()).unwrap_or_else(Verdict::works);
            let row = self.row_now(now, verdict);
            self.append(row, now);
        }
    }

    fn row_now(&self, now: Moment, verdict: Verdict) -> Row {
        let row = match &self.last_row {
            // What a cycle measured before a change says nothing of the time after it.
            Some(row) if row.verdict.is_down() == verdict.is_down() => row.clone(),
            _ => Row::new(now.wall, 0, verdict.clone()),
        };
        Row { at: now.wall, verdict, since: None, uncertainty: None, ..row }
    }

    fn append(&mut self, mut row: Row, now: Moment) {
        self.figures.last_row_at = Some(now.mono);
        self.figures.seq += 1;
        row.seq = self.figures.seq;
        row.gap = self.figures.gap.take();
        row.clock_step = self.figures.clock_step.take();
        let offset = self.figures.clock_offset.filter(|(_, found)| *found + OFFSET_KEPT > now.mono);
        row.clock_offset = offset.map(|(ahead, _)| ahead);
        for (column, name) in std::mem::take(&mut self.figures.files) {
            match column {
                FileColumn::Trace => row.trace_file = name,
                FileColumn::Intensive => row.intensive_traces.push(name),
                FileColumn::Facts => row.wan_diag_file = name,
                FileColumn::Baseline => row.baseline_traces.push(name),
            }
        }
        add_pulse(&mut row, &self.figures.since_row.summary());
        self.figures.since_row.clear();
        self.actions.push_back(Action::Append(Box::new(row)));
    }

    /// Tells of a notice that begins or ends, once enough cycles agree. `true` where something was told.
    fn tell_notice(&mut self, now: Moment) -> bool {
        let (domain, n_agreeing) = self.figures.notice;
        // A target that was missing twice and silent to a whole cycle needs no second cycle.
        let is_missed = domain == Some(FaultDomain::Destination) && self.missed.1 >= AGREEING;
        if (n_agreeing < AGREEING && !is_missed) || self.figures.told_domain() == domain {
            return false;
        }
        if let Some((domain, verdict)) = self.figures.told.take() {
            self.tell(Event::Notice(now.stamp(), domain, false, verdict));
        }
        let verdict = self.timeline.verdict().cloned().unwrap_or_else(Verdict::works);
        if let Some(domain) = domain {
            self.figures.told = Some((domain, verdict.clone()));
            self.tell(Event::Notice(now.stamp(), domain, true, verdict));
        }
        true
    }

    /// Says in a verdict on a line that works how well it does.
    fn add_quality(&self, verdict: &mut Verdict) {
        if let Some(finding) = self.figures.quality.degraded().filter(|_| !verdict.is_down()) {
            verdict.domain = Some(finding.domain);
            verdict.confidence = verdict.confidence.min(finding.confidence);
            verdict.evidence.extend(&finding.evidence);
        }
    }
}
