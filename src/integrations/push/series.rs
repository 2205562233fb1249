//! Events of the monitor to samples of metrics. Pure: all times come from the events.
//!
//! | series | labels | sample |
//! |---|---|---|
//! | `netlog_rtt_seconds` | site, role, host | RTT of each sample of the pulse that was answered |
//! | `netlog_probe_success` | site, role, host | 1 or 0 for each sample of the pulse |
//! | `netlog_line_up` | site | each second: 1 up or degraded, 0 down or in an outage |
//! | `netlog_measured` | site | each second that was measured 1; 0 at both ends of a gap; not by remote write |
//! | `netlog_outages_total` | site, cause | finished outages, by the part that each is told by |
//! | `netlog_outage_seconds_total` | site, cause | their seconds, by the part at fault in each segment |
//! | `netlog_last_outage_end_timestamp_seconds`, `netlog_last_outage_seconds` | site | the last finished outage |
//! | `netlog_last_cycle_timestamp_seconds` | site | time of the last cycle |
//!
//! The role is `gateway`, `home_router`, `isp` or `target`. A second is written once the ledger can change it no more:
//! it agrees with `netlog analyze`, which counts clean seconds within an outage to the outage. What is not measured has
//! no sample, and a marker at its beginning.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use crate::model::{
    event::Event,
    host::Host,
    ledger::{Outage, State},
    metric::{MetricCounters, MetricSample, QueueRecord, Series, ValueKind},
    probe::{PulseSample, Subject},
    row::Row,
    time::{Stamp, Timestamp},
    verdict::FaultDomain,
};

/// Name of the series that says what was measured, where receivers know no marker for it.
pub const MEASURED: &str = "netlog_measured";

/// Counters are written at least so often.
const COUNTERS_EVERY_MS: i64 = 60_000;
/// Time after which the ledger settles a second for good, besides the clean seconds that end an outage.
const SETTLE: Duration = Duration::from_secs(20);
/// Between two events further apart than this nothing was measured, whatever the events say.
const SILENCE_MS: i64 = 90_000;
/// A host that was not asked for so long, and for four times its usual interval, is not asked any more.
const GONE_MS: i64 = 60_000;
/// A host that was not asked for so long is forgotten, with its interval.
const FORGOTTEN_MS: i64 = 3_600_000;
/// A clock set by less changes nothing.
const SMALL_STEP_S: f64 = 2.0;
const SECOND_MS: i64 = 1000;

/// Makes samples of events.
#[derive(Debug)]
pub struct MetricStream {
    site: String,
    settle_ms: i64,
    counters: MetricCounters,
    hosts: BTreeMap<(&'static str, Host), HostSeries>,
    line_up: Arc<Series>,
    measured: Arc<Series>,
    counter_series: Vec<(Counter, Arc<Series>)>,
    last_cycle_series: Arc<Series>,
    timeline: Timeline,
    /// Latest time told by an event, in milliseconds since 1970.
    heard: Option<i64>,
    counters_at: Option<i64>,
    last_cycle_ms: Option<i64>,
}

/// A value of the counters.
#[derive(Debug, Clone, Copy)]
enum Counter {
    Outages(FaultDomain),
    Seconds(FaultDomain),
    LastEnd,
    LastSeconds,
}

#[derive(Debug)]
struct HostSeries {
    rtt: Arc<Series>,
    success: Arc<Series>,
    last_ms: i64,
    interval_ms: i64,
    /// The marker of the RTT is written.
    is_stale: bool,
    /// All markers are written: the host is not asked any more.
    is_ended: bool,
}

/// State of the line by time, and the seconds of it that are written.
#[derive(Debug, Default)]
struct Timeline {
    /// Changes, oldest first.
    changes: VecDeque<(i64, Line)>,
    /// Outages: start, and end if it is known.
    outages: VecDeque<(i64, Option<i64>)>,
    /// The next second to write, in milliseconds since 1970.
    next: Option<i64>,
    /// State of the line in the last second written.
    before: Option<Line>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Up,
    Down,
    NotMeasured,
}

impl MetricStream {
    /// A stream of this site, its counters going on from `counters`. `outage_after`: clean seconds that end an outage.
    pub fn new(site: &str, outage_after: Duration, counters: MetricCounters) -> Self {
        let one = |name: &str, kind| Arc::new(Series::new(name, kind, [("site", site)]));
        let by_cause = |name: &str, kind, cause: FaultDomain| {
            Arc::new(Series::new(name, kind, [("site", site), ("cause", cause.as_str())]))
        };
        let mut counter_series = vec![
            (Counter::LastEnd, one("netlog_last_outage_end_timestamp_seconds", ValueKind::Float)),
            (Counter::LastSeconds, one("netlog_last_outage_seconds", ValueKind::Float)),
        ];
        for cause in FaultDomain::ALL {
            let outages = by_cause("netlog_outages_total", ValueKind::Count, *cause);
            let seconds = by_cause("netlog_outage_seconds_total", ValueKind::Float, *cause);
            counter_series.extend([(Counter::Outages(*cause), outages), (Counter::Seconds(*cause), seconds)]);
        }
        Self {
            site: site.to_owned(),
            settle_ms: millis(SETTLE.saturating_add(outage_after)),
            counters,
            hosts: BTreeMap::new(),
            line_up: one("netlog_line_up", ValueKind::Count),
            measured: one(MEASURED, ValueKind::Count),
            counter_series,
            last_cycle_series: one("netlog_last_cycle_timestamp_seconds", ValueKind::Float),
            timeline: Timeline::default(),
            heard: None,
            counters_at: None,
            last_cycle_ms: None,
        }
    }

    /// Counters as they are now, to be kept for the next start.
    pub fn counters(&self) -> &MetricCounters {
        &self.counters
    }

    /// Takes an event and returns the samples that follow from it.
    pub fn on_event(&mut self, event: &Event) -> Vec<QueueRecord> {
        let mut out = Vec::new();
        match event {
            Event::Started(at) | Event::Gateway(at, _) | Event::Suspected(at) => self.hear(ms(*at), &mut out),
            Event::Sample(sample) => {
                self.hear(ms(sample.sent), &mut out);
                self.on_sample(sample, &mut out);
            }
            Event::State(at, state, _) => self.timeline.change(ms(*at), Line::of(*state)),
            Event::OutageOpened(outage, _) => self.timeline.opened(ms(outage.start)),
            Event::OutageClosed(outage) => self.on_closed(outage, &mut out),
            Event::Gap(at, length, _) => self.on_gap(ms(*at), millis(*length), &mut out),
            Event::Row(row) => self.on_row(row, &mut out),
            Event::ClockStep(at, seconds) if seconds.abs() >= SMALL_STEP_S => self.on_step(ms(*at), &mut out),
            Event::Stopped(at) => self.on_stopped(ms(*at), &mut out),
            _ => {}
        }
        out
    }

    /// An event told this time: seconds long enough before it are settled.
    fn hear(&mut self, at: i64, out: &mut Vec<QueueRecord>) {
        if let Some(heard) = self.heard.filter(|heard| at.saturating_sub(*heard) > SILENCE_MS) {
            self.timeline.silence(heard + SECOND_MS, at);
        }
        let heard = self.heard.map_or(at, |heard| heard.max(at));
        self.heard = Some(heard);
        self.settle(heard - self.settle_ms, out);
        self.drop_gone(heard, out);
        if self.counters_at.is_none_or(|before| heard - before >= COUNTERS_EVERY_MS) {
            self.write_counters(heard, out);
        }
    }

    fn on_sample(&mut self, sample: &PulseSample, out: &mut Vec<QueueRecord>) {
        let role = match sample.subject {
            Subject::Gateway(_) => "gateway",
            Subject::HomeRouter(_) => "home_router",
            Subject::IspHop(_) => "isp",
            Subject::Target(_) => "target",
            _ => return,
        };
        let at_ms = ms(sample.sent);
        let site = &self.site;
        let host = self.hosts.entry((role, sample.host)).or_insert_with(|| HostSeries::new(site, role, sample.host));
        if host.last_ms > 0 {
            host.interval_ms = at_ms.saturating_sub(host.last_ms).max(0);
        }
        host.last_ms = host.last_ms.max(at_ms);
        out.push(one(&host.success, at_ms, Some(i64::from(sample.rtt.is_some()))));
        let micros =
            sample.rtt.map(|rtt| i64::try_from((rtt + Duration::from_nanos(500)).as_micros()).unwrap_or(i64::MAX));
        if micros.is_some() || !host.is_stale {
            out.push(one(&host.rtt, at_ms, micros));
        }
        host.is_stale = micros.is_none();
        host.is_ended = false;
    }

    fn on_closed(&mut self, outage: &Outage, out: &mut Vec<QueueRecord>) {
        let Some(end) = outage.end else { return };
        self.timeline.closed(ms(outage.start), ms(end));
        let cause = outage.blamed(end).map_or("unknown", FaultDomain::as_str);
        *self.counters.outages.entry(cause.to_owned()).or_default() += 1;
        for (segment, until) in outage.spans(end) {
            let seconds = until.since(segment.start).as_secs_f64();
            *self.counters.seconds.entry(segment.domain.as_str().to_owned()).or_default() += seconds;
        }
        self.counters.last = Some((ms(end), outage.length(end).as_secs_f64()));
        let now = self.heard.unwrap_or(i64::MIN).max(ms(end));
        self.write_counters(now, out);
    }

    /// Nobody looked from `at` on, so long.
    fn on_gap(&mut self, at: i64, length: i64, out: &mut Vec<QueueRecord>) {
        self.timeline.change(at, Line::NotMeasured);
        self.end_hosts(at, out);
        self.heard = Some(self.heard.unwrap_or(at).max(at.saturating_add(length)));
    }

    fn on_row(&mut self, row: &Row, out: &mut Vec<QueueRecord>) {
        let at = wall_ms(row.at);
        if self.last_cycle_ms.is_none_or(|last| at > last) {
            self.last_cycle_ms = Some(at);
            out.push(one(&self.last_cycle_series, at, Some(seconds_raw(at))));
        }
    }

    /// The clock was set: what was before it is written as it is, what comes after begins anew.
    fn on_step(&mut self, at: i64, out: &mut Vec<QueueRecord>) {
        if let Some(heard) = self.heard {
            self.settle(heard, out);
        }
        self.timeline.begin_again(at);
        self.heard = Some(at);
        self.last_cycle_ms = None;
        self.counters_at = None;
        for host in self.hosts.values_mut() {
            (host.last_ms, host.interval_ms) = (at, 0);
        }
    }

    fn on_stopped(&mut self, at: i64, out: &mut Vec<QueueRecord>) {
        self.timeline.change(at, Line::NotMeasured);
        self.settle(at.saturating_add(SECOND_MS), out);
        self.end_hosts(at, out);
        self.write_counters(at, out);
        self.timeline = Timeline::default();
    }

    fn settle(&mut self, until: i64, out: &mut Vec<QueueRecord>) {
        let (mut up, mut measured) = (Vec::new(), Vec::new());
        let before = self.timeline.before;
        self.timeline.settle(until, |at_ms, line, is_edge| {
            let value = match line {
                Line::Up => Some(1),
                Line::Down => Some(0),
                Line::NotMeasured => None,
            };
            if is_edge || value.is_some() {
                measured.push(MetricSample { at_ms, value: Some(i64::from(value.is_some())) });
            }
            if value.is_some() || up.last().map_or(before.is_some_and(|line| line != Line::NotMeasured), is_value) {
                up.push(MetricSample { at_ms, value });
            }
        });
        for (series, samples) in [(&self.line_up, up), (&self.measured, measured)] {
            if !samples.is_empty() {
                out.push(QueueRecord::Samples((Arc::clone(series), samples)));
            }
        }
    }

    /// Ends the series of hosts that are not asked any more.
    fn drop_gone(&mut self, now: i64, out: &mut Vec<QueueRecord>) {
        self.hosts.retain(|_, host| {
            let silence = now - host.last_ms;
            if !host.is_ended && silence > GONE_MS.max(host.interval_ms.saturating_mul(4)) {
                host.end(host.last_ms, out);
                (host.is_ended, host.is_stale) = (true, true);
            }
            silence < FORGOTTEN_MS
        });
    }

    /// Ends all series of hosts: nobody looks from `at` on.
    fn end_hosts(&mut self, at: i64, out: &mut Vec<QueueRecord>) {
        for host in self.hosts.values().filter(|host| !host.is_ended) {
            host.end(at, out);
        }
        self.hosts.clear();
    }

    /// Writes the counters at `at_ms`, or just after the last ones: a receiver keeps the first of two values of one
    /// time.
    fn write_counters(&mut self, at_ms: i64, out: &mut Vec<QueueRecord>) {
        let at_ms = self.counters_at.map_or(at_ms, |before| at_ms.max(before.saturating_add(1)));
        self.counters_at = Some(at_ms);
        for (counter, series) in &self.counter_series {
            let raw = match counter {
                Counter::Outages(cause) => {
                    let count = self.counters.outages.get(cause.as_str()).copied().unwrap_or(0);
                    i64::try_from(count).ok()
                }
                Counter::Seconds(cause) => {
                    Some(double_raw(self.counters.seconds.get(cause.as_str()).copied().unwrap_or(0.0)))
                }
                Counter::LastEnd => self.counters.last.map(|(end, _)| seconds_raw(end)),
                Counter::LastSeconds => self.counters.last.map(|(_, seconds)| double_raw(seconds)),
            };
            if raw.is_some() {
                out.push(one(series, at_ms, raw));
            }
        }
    }
}

impl HostSeries {
    fn new(site: &str, role: &str, host: Host) -> Self {
        let host = host.to_string();
        let series = |name, kind| Arc::new(Series::new(name, kind, [("site", site), ("role", role), ("host", &host)]));
        Self {
            rtt: series("netlog_rtt_seconds", ValueKind::Micros),
            success: series("netlog_probe_success", ValueKind::Count),
            last_ms: 0,
            interval_ms: 0,
            // Before the first RTT there is nothing to end.
            is_stale: true,
            is_ended: false,
        }
    }

    /// The markers: never at the time of the last sample, where some receivers keep the sample.
    fn end(&self, at: i64, out: &mut Vec<QueueRecord>) {
        let at_ms = at.max(self.last_ms + SECOND_MS);
        out.push(one(&self.success, at_ms, None));
        if !self.is_stale {
            out.push(one(&self.rtt, at_ms, None));
        }
    }
}

impl Line {
    fn of(state: State) -> Self {
        match state {
            State::Up | State::Degraded => Self::Up,
            State::Down(_) => Self::Down,
            State::NotMonitored(_) => Self::NotMeasured,
        }
    }
}

impl Timeline {
    /// The state is `line` from `at` on, whatever was known of the time after it.
    fn change(&mut self, at: i64, line: Line) {
        while self.changes.back().is_some_and(|(known, _)| *known >= at) {
            self.changes.pop_back();
        }
        self.changes.push_back((at, line));
        self.next.get_or_insert_with(|| next_second(at));
    }

    /// Nothing was measured from `from` to `to`.
    fn silence(&mut self, from: i64, to: i64) {
        let Some((at, line)) = self.changes.back().copied() else { return };
        if at < from && line != Line::NotMeasured {
            self.changes.extend([(from, Line::NotMeasured), (to, line)]);
        }
    }

    fn opened(&mut self, start: i64) {
        self.outages.push_back((start, None));
    }

    fn closed(&mut self, start: i64, end: i64) {
        match self.outages.iter_mut().find(|(known, _)| *known == start) {
            Some(outage) => outage.1 = Some(end),
            None => self.outages.push_back((start, Some(end))),
        }
    }

    /// Goes on at `at`, by another clock, in the state that holds.
    fn begin_again(&mut self, at: i64) {
        let line = self.changes.back().map(|(_, line)| *line);
        let is_open = self.outages.back().is_some_and(|(_, end)| end.is_none());
        *self = Self { before: self.before, ..Self::default() };
        if let Some(line) = line {
            self.change(at, line);
        }
        if is_open {
            self.opened(at);
        }
    }

    /// Tells each second up to `until`, once: its time, its state, and whether it is the first or the last of time not
    /// measured.
    fn settle(&mut self, until: i64, mut tell: impl FnMut(i64, Line, bool)) {
        let Some(mut at) = self.next else { return };
        while at <= until {
            while self.changes.get(1).is_some_and(|(next, _)| *next <= at) {
                self.changes.pop_front();
            }
            let Some((_, line)) = self.changes.front().copied() else { return };
            let is_out = |(start, end): &(i64, Option<i64>)| *start <= at && end.is_none_or(|end| at < end);
            let line = if line == Line::Up && self.outages.iter().any(is_out) { Line::Down } else { line };
            if line == Line::NotMeasured {
                if self.before != Some(line) {
                    tell(at, line, true);
                    self.before = Some(line);
                }
                // The last second of it is told, not the many between.
                let Some((end, _)) = self.changes.get(1) else { break };
                let last = next_second(*end) - SECOND_MS;
                if last > until {
                    break;
                }
                if last > at {
                    tell(last, line, true);
                }
                at = last.max(at) + SECOND_MS;
                continue;
            }
            tell(at, line, false);
            self.before = Some(line);
            at += SECOND_MS;
        }
        self.next = Some(at);
        self.outages.retain(|(_, end)| end.is_none_or(|end| end > at));
    }
}

/// The first whole second at or after `at`.
fn next_second(at: i64) -> i64 {
    at.saturating_add(SECOND_MS - 1).div_euclid(SECOND_MS) * SECOND_MS
}

fn is_value(sample: &MetricSample) -> bool {
    sample.value.is_some()
}

fn one(series: &Arc<Series>, at_ms: i64, value: Option<i64>) -> QueueRecord {
    QueueRecord::Samples((Arc::clone(series), vec![MetricSample { at_ms, value }]))
}

fn double_raw(number: f64) -> i64 {
    number.to_bits().cast_signed()
}

/// Seconds since 1970 as a double.
fn seconds_raw(at_ms: i64) -> i64 {
    double_raw(at_ms as f64 / 1000.0)
}

fn ms(at: Stamp) -> i64 {
    wall_ms(at.wall)
}

fn wall_ms(at: Timestamp) -> i64 {
    at.timestamp_millis()
}

fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests;
