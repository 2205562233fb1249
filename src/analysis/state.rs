//! Rows and events to the state document.
//!
//! Rows alone suffice, as for a program that only reads the log. Where a monitor runs, its events tell a change at once
//! and the row of it follows.

use std::{sync::Arc, time::Duration};

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::summary::{Scope, Summariser};
use crate::model::{
    charge::{self, Charged, Stretch},
    event::Event,
    host::Host,
    ledger::{GapReason, Outage, Segment, State, longest},
    log_row::LogRow,
    state::{DayState, GatewayState, OutageState, QualityState, StateDocument, TargetState},
    summary::{OutageRecord, Summary},
    time::{Stamp, Timestamp},
    verdict::{Confidence, Evidence, FaultDomain, Status, Verdict},
};

/// Local civil time of an instant.
type ToLocal = Arc<dyn Fn(Timestamp) -> NaiveDateTime + Send + Sync>;

/// Folds rows and events into what is true now.
#[derive(Clone)]
pub struct StateFold {
    site: String,
    local: ToLocal,
    outage_after: Duration,
    /// Age beyond which the last row says nothing of now.
    max_age: TimeDelta,
    started: Option<Timestamp>,
    gateway: Option<Host>,
    state: Option<(State, Stamp)>,
    verdict: Option<Verdict>,
    open: Option<Outage>,
    last_outage: Option<OutageState>,
    notices: Vec<(FaultDomain, Timestamp)>,
    last_row: Option<LogRow>,
    day: Option<Day>,
}

/// One local day.
#[derive(Clone)]
struct Day {
    date: NaiveDate,
    summariser: Summariser,
    /// Figures of the rows so far, those since the last document left out.
    summary: Summary,
    is_stale: bool,
}

impl StateFold {
    /// Begins with nothing. `site` identifies the line, `outage_after` is the length of bad time that makes an outage,
    /// `max_age` the age beyond which a row says nothing of now, `local` the time zone of days.
    pub fn new(site: &str, outage_after: Duration, max_age: Duration, local: ToLocal) -> Self {
        Self {
            site: site.to_owned(),
            local,
            outage_after,
            max_age: TimeDelta::from_std(max_age).unwrap_or(TimeDelta::MAX),
            started: None,
            gateway: None,
            state: None,
            verdict: None,
            open: None,
            last_outage: None,
            notices: Vec::new(),
            last_row: None,
            day: None,
        }
    }

    /// Notes the start of a running monitor, for a program that only reads its log.
    pub fn note_running(&mut self, started: Timestamp) {
        self.started = Some(started);
    }

    /// Notes the address of the home router.
    pub fn note_gateway(&mut self, gateway: Option<Host>) {
        self.gateway = gateway;
    }

    /// Notes the last finished outage of rows that are not taken here.
    pub fn note_last_outage(&mut self, outage: Option<OutageState>) {
        self.last_outage = outage;
    }

    /// Takes the next row, in time order.
    pub fn take_row(&mut self, row: &LogRow) {
        let date = (self.local)(row.utc).date();
        if self.day.as_ref().is_none_or(|day| day.date != date) {
            self.refresh();
            self.last_outage = self.last_outage(self.day.as_ref());
            let mut summariser = Summariser::new(self.scope(row.utc, date)).without_hosts();
            if let Some(before) = &self.last_row {
                summariser.take(before, false);
            }
            self.day = Some(Day { date, summariser, summary: Summary::default(), is_stale: false });
        }
        if let Some(day) = &mut self.day {
            day.summariser.take(row, false);
            day.is_stale = true;
        }
        self.last_row = Some(row.clone());
    }

    /// Takes an event of the running monitor. Rows come by [`StateFold::take_row`].
    pub fn handle(&mut self, event: &Event) {
        match event {
            Event::Started(at) => {
                self.started = Some(at.wall);
                (self.state, self.verdict, self.open) = (None, None, None);
                self.notices.clear();
            }
            Event::Stopped(at) => {
                self.started = None;
                self.state = Some((State::NotMonitored(GapReason::NotRunning), *at));
                self.open = None;
            }
            Event::Gateway(_, gateway) => self.gateway = *gateway,
            Event::State(at, state, verdict) => self.enter(*at, *state, verdict),
            Event::OutageOpened(outage, verdict) => {
                self.open = Some(outage.clone());
                self.verdict = Some(verdict.clone());
            }
            Event::OutageClosed(outage) => {
                self.open = None;
                if outage.end.is_some() {
                    self.last_outage = Some(self.of_outage(outage));
                }
            }
            Event::Notice(at, domain, is_active, _) => {
                self.notices.retain(|(known, _)| known != domain);
                if *is_active {
                    self.notices.push((*domain, at.wall));
                }
            }
            _ => {}
        }
    }

    /// Returns the document at `now`.
    pub fn document(&mut self, now: Timestamp) -> StateDocument {
        self.refresh();
        let row = self.last_row.as_ref().filter(|row| now - row.utc <= self.max_age);
        let day = self.day.as_ref().filter(|day| day.date == (self.local)(now).date());
        let (state, since) = self.state(row, day);
        let is_measured = !matches!(state, State::NotMonitored(_));
        let row = row.filter(|_| is_measured);
        let verdict = self.verdict.as_ref().filter(|_| is_measured && self.started.is_some());
        let status = verdict.map(|verdict| verdict.status).or_else(|| row.map(|row| row.status));
        let outage = self.outage(now, day).filter(|_| is_measured);
        StateDocument {
            site: self.site.clone(),
            time: now,
            started: self.started,
            last_check: self.last_row.as_ref().map(|row| row.utc),
            state,
            since,
            status,
            cause: verdict.map_or_else(|| row.and_then(|row| row.cause), |verdict| verdict.cause),
            domain: verdict.map_or_else(|| row.and_then(|row| row.domain), |verdict| verdict.domain),
            charged: outage.as_ref().and_then(|outage| outage.charged),
            confidence: verdict.map_or_else(|| row.and_then(|row| row.confidence), |verdict| Some(verdict.confidence)),
            evidence: verdict.map_or_else(
                || row.map(|row| row.evidence.clone()).unwrap_or_default(),
                |verdict| verdict.evidence.clone(),
            ),
            gateway: GatewayState {
                is_up: row.and_then(|row| gateway_is_up(row, status)),
                addr: self.gateway,
                rtt: row.and_then(|row| row.gateway_rtt),
            },
            internet_ok: status.map(|status| !matches!(status, Status::LanDown | Status::WanDown)),
            isp_ok: row.and_then(|row| row.isp_tally).filter(|tally| tally.total > 0).map(|tally| tally.up > 0),
            dns_ok: row.and_then(|row| row.dns_ok),
            http_ok: row.and_then(|row| row.http_dns_ok),
            ipv6_ok: row.and_then(|row| row.ipv6_ok),
            quality: row.map(quality).unwrap_or_default(),
            targets: row.map(targets).unwrap_or_default(),
            resolvers: row.map(|row| row.resolvers.to_vec()).unwrap_or_default(),
            today: self.today(now, day),
            outage,
            last_outage: self.last_outage(self.day.as_ref()),
            notices: if is_measured { self.notices.clone() } else { Vec::new() },
        }
    }

    /// Brings the figures of the day up to its last row.
    fn refresh(&mut self) {
        if let Some(day) = self.day.as_mut().filter(|day| day.is_stale) {
            day.summary = day.summariser.clone().finish();
            day.is_stale = false;
        }
    }

    fn scope(&self, at: Timestamp, date: NaiveDate) -> Scope {
        Scope { from: Some(self.midnight(at, date)), local: Arc::clone(&self.local), ..Scope::all(self.outage_after) }
    }

    /// Begin of the local day of `at`, with its clock of that instant.
    fn midnight(&self, at: Timestamp, date: NaiveDate) -> Timestamp {
        let since = (self.local)(at) - date.and_time(chrono::NaiveTime::MIN);
        at - since.max(TimeDelta::zero())
    }

    fn enter(&mut self, at: Stamp, state: State, verdict: &Verdict) {
        self.state = Some((state, at));
        self.verdict = Some(verdict.clone());
        if let (Some(open), State::Down(domain)) = (&mut self.open, state)
            && open.segments.last().is_none_or(|last| last.domain != domain)
        {
            open.segments.push(Segment { start: at, domain });
        }
    }

    /// State now and its onset. Where no event told it, that of the last row.
    fn state(&self, row: Option<&LogRow>, day: Option<&Day>) -> (State, Option<Timestamp>) {
        if let Some((state, since)) = self.state {
            return (state, Some(since.wall));
        }
        let Some(row) = row else { return (State::NotMonitored(GapReason::NotRunning), None) };
        let open = day.and_then(|day| day.summary.outages.iter().rev().find(|record| record.outage.end.is_none()));
        match (open, row.status) {
            (_, Status::Ok) => (State::Up, row.since),
            (Some(record), _) => {
                let last = record.outage.segments.last();
                (State::Down(row.domain.unwrap_or(FaultDomain::Access)), last.map(|segment| segment.start.wall))
            }
            (None, _) => (State::Down(row.domain.unwrap_or(FaultDomain::Access)), row.since.or(Some(row.utc))),
        }
    }

    fn outage(&self, now: Timestamp, day: Option<&Day>) -> Option<OutageState> {
        let until_now = |outage: &Outage| {
            let length = (now - outage.start.wall).to_std().unwrap_or_default();
            outage.start.after(length)
        };
        if self.state.is_some() {
            let open = self.open.as_ref()?;
            let known = OutageState { end: None, ..of_parts(open, until_now(open)) };
            let confidence = self.verdict.as_ref().map(|verdict| verdict.confidence);
            return Some(OutageState { confidence, ..known });
        }
        let record = day?.summary.outages.last().filter(|record| record.outage.end.is_none())?;
        let length = (now - record.outage.start.wall).to_std().unwrap_or_default();
        Some(OutageState { end: None, length, ..of_record(record) })
    }

    fn last_outage(&self, day: Option<&Day>) -> Option<OutageState> {
        let records = day.map(|day| day.summary.outages.as_slice()).unwrap_or_default();
        let of_day = records.iter().rev().find(|record| record.outage.end.is_some()).map(of_record);
        match (of_day, &self.last_outage) {
            // The record of the rows knows the confidence and the owners of resolvers.
            (Some(of_day), Some(known)) if known.start > of_day.start + TimeDelta::seconds(2) => Some(known.clone()),
            (Some(of_day), _) => Some(of_day),
            (None, known) => known.clone(),
        }
    }

    fn of_outage(&self, outage: &Outage) -> OutageState {
        let end = outage.end.unwrap_or(outage.start);
        let confidence = self.open_confidence();
        OutageState { confidence, ..of_parts(outage, end) }
    }

    /// Confidence of the open outage, as far as its rows tell.
    fn open_confidence(&self) -> Option<Confidence> {
        self.day.as_ref().and_then(|day| day.summary.outages.last()).and_then(|record| record.confidence)
    }

    fn today(&self, now: Timestamp, day: Option<&Day>) -> DayState {
        let date = (self.local)(now).date();
        let none = DayState {
            date,
            checks: 0,
            success_rate: None,
            availability: None,
            coverage: Some(0.0),
            outages: 0,
            outage_time: Duration::ZERO,
            micro_interruptions: 0,
        };
        let Some(day) = day else { return none };
        let summary = &day.summary;
        let sum = |is_wanted: fn(&State) -> bool| -> Duration {
            summary.totals.iter().filter(|(state, _)| is_wanted(state)).map(|(_, length)| *length).sum()
        };
        let available = sum(|state| matches!(state, State::Up | State::Degraded));
        let monitored = available + sum(|state| state.is_down());
        let passed = (now - self.midnight(now, date)).to_std().unwrap_or_default();
        DayState {
            checks: summary.n_rows,
            success_rate: share(summary.by_rows.n_ok as f64, summary.n_rows as f64),
            availability: share(available.as_secs_f64(), monitored.as_secs_f64()),
            coverage: share(monitored.as_secs_f64(), passed.as_secs_f64()).map(|share| share.min(1.0)),
            outages: summary.outages.len() as u64,
            outage_time: summary.outages.iter().map(|record| record.counted).sum(),
            micro_interruptions: summary.micros.len() as u64,
            ..none
        }
    }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// The row proves the router alive, or the home broken.
fn gateway_is_up(row: &LogRow, status: Option<Status>) -> Option<bool> {
    if status == Some(Status::LanDown) {
        return Some(false);
    }
    if row.gateway_rtt.is_some() || row.evidence.contains(&Evidence::GatewayAlive) {
        return Some(true);
    }
    // Far hosts are reached through it.
    let is_passed = row.targets_tally.is_some_and(|tally| tally.up > 0);
    if is_passed { Some(true) } else { row.evidence.contains(&Evidence::GatewayDead).then_some(false) }
}

fn quality(row: &LogRow) -> QualityState {
    let rtts: Vec<Duration> = row.targets.iter().filter_map(|(_, rtt)| *rtt).collect();
    let rtt_mean = u32::try_from(rtts.len()).ok().filter(|n| *n > 0).map(|n| rtts.iter().sum::<Duration>() / n);
    QualityState { rtt_mean, rtt_p95: row.rtt_p95, jitter: row.jitter, loss: row.loss }
}

fn targets(row: &LogRow) -> Vec<TargetState> {
    let target =
        |(host, rtt): &(Host, Option<Duration>)| TargetState { host: *host, is_up: Some(rtt.is_some()), rtt: *rtt };
    row.targets.iter().map(target).collect()
}

/// The outage up to `end`, as far as its own segments tell.
fn of_parts(outage: &Outage, end: Stamp) -> OutageState {
    let stretch = |(segment, until): (Segment, Stamp)| Stretch {
        domain: segment.domain,
        resolver: None,
        length: until.since(segment.start),
    };
    let spans = || outage.spans(end);
    let charged = charge::charge(&spans().map(stretch).collect::<Vec<_>>());
    let lengths = spans().map(|(segment, until)| until.since(segment.start));
    let most = longest(charged.iter().copied().zip(lengths)).flatten();
    OutageState {
        start: outage.start.wall,
        end: outage.end.map(|end| end.wall),
        length: outage.length(end),
        uncertainty: Some(outage.uncertainty),
        domain: outage.blamed(end),
        charged: most,
        confidence: None,
        segments: outage.segments.iter().copied().zip(charged).collect(),
    }
}

/// Returns an outage with what its rows claim.
pub fn of_record(record: &OutageRecord) -> OutageState {
    let end = record.outage.end.unwrap_or(record.known_until);
    let parts = of_parts(&record.outage, end);
    let lengths = record.parts.iter().map(|part| (part.charged, part.end.since(part.start)));
    let charged: Vec<Option<Charged>> = record.parts.iter().map(|part| part.charged).collect();
    let segments = if charged.len() == record.outage.segments.len() {
        record.outage.segments.iter().copied().zip(charged).collect()
    } else {
        parts.segments
    };
    OutageState {
        charged: longest(lengths).flatten(),
        confidence: record.confidence,
        segments,
        end: record.outage.end.map(|end| end.wall),
        length: record.outage.length(end),
        ..parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::row::Tally;

    const AFTER: Duration = Duration::from_secs(10);

    fn at(seconds: i64) -> Timestamp {
        "2026-11-10T12:00:00Z".parse::<Timestamp>().unwrap() + TimeDelta::seconds(seconds)
    }

    fn stamp(seconds: i64) -> Stamp {
        Stamp { wall: at(seconds), mono: Duration::from_secs(1_000_000 + seconds.unsigned_abs()) }
    }

    fn fold() -> StateFold {
        StateFold::new("home", AFTER, Duration::from_mins(15), Arc::new(|at: Timestamp| at.naive_utc()))
    }

    fn good(seconds: i64) -> LogRow {
        LogRow {
            steady: at(seconds),
            targets_tally: Some(Tally { up: 1, total: 1 }),
            targets: vec![(Host::new([192, 0, 2, 1].into()), Some(Duration::from_millis(12)))],
            loss: Some(0.0),
            dns_ok: Some(true),
            ..LogRow::new(at(seconds), Status::Ok)
        }
    }

    fn bad(seconds: i64, since: i64) -> LogRow {
        LogRow {
            steady: at(seconds),
            since: Some(at(since)),
            domain: Some(FaultDomain::Access),
            confidence: Some(Confidence::High),
            targets_tally: Some(Tally { up: 0, total: 1 }),
            targets: vec![(Host::new([192, 0, 2, 1].into()), None)],
            loss: Some(1.0),
            ..LogRow::new(at(seconds), Status::WanDown)
        }
    }

    /// Rows of an hour with an outage of a minute.
    fn hour() -> Vec<LogRow> {
        let before = (0..30).map(|idx| good(idx * 20));
        let down = [bad(605, 595), bad(620, 595), bad(640, 595)];
        let back = LogRow { since: Some(at(655)), ..good(656) };
        before.chain(down).chain([back]).chain((34..180).map(|idx| good(idx * 20))).collect()
    }

    #[test]
    fn without_rows_nothing_is_measured() {
        let document = fold().document(at(0));
        assert_eq!(State::NotMonitored(GapReason::NotRunning), document.state);
        assert_eq!(
            (None, None, None, None),
            (document.status, document.internet_ok, document.gateway.is_up, document.last_check)
        );
        assert_eq!((0, None, None), (document.today.checks, document.today.success_rate, document.today.availability));
    }

    #[test]
    fn rows_alone_tell_the_day_and_the_last_outage() {
        let mut fold = fold();
        hour().iter().for_each(|row| fold.take_row(row));
        let document = fold.document(at(3590));
        assert_eq!((State::Up, Some(Status::Ok), Some(true)), (document.state, document.status, document.internet_ok));
        assert_eq!((1, Duration::from_mins(1)), (document.today.outages, document.today.outage_time));
        assert_eq!(Some(177.0 / 180.0), document.today.success_rate);
        let last = document.last_outage.unwrap();
        assert_eq!((at(595), Some(at(655)), Duration::from_mins(1)), (last.start, last.end, last.length));
        assert_eq!((Some(Charged::Provider), Some(Confidence::High)), (last.charged, last.confidence));
        assert_eq!((Some(Duration::from_millis(12)), Some(true)), (document.quality.rtt_mean, document.gateway.is_up));
    }

    #[test]
    fn old_rows_say_nothing_of_now_and_stay_in_the_day() {
        let mut fold = fold();
        hour().iter().for_each(|row| fold.take_row(row));
        let document = fold.document(at(3580 + 16 * 60));
        assert_eq!((None, None, None), (document.status, document.internet_ok, document.dns_ok));
        assert_eq!(State::NotMonitored(GapReason::NotRunning), document.state);
        assert_eq!((1, Some(at(3580))), (document.today.outages, document.last_check));
        let next_day = fold.document(at(24 * 3600));
        assert_eq!((0, 0), (next_day.today.outages, next_day.today.checks));
        assert!(next_day.last_outage.is_some());
    }

    #[test]
    fn a_row_of_an_open_outage_tells_it_and_its_length_so_far() {
        let mut fold = fold();
        hour().iter().take(33).for_each(|row| fold.take_row(row));
        let document = fold.document(at(645));
        assert_eq!(State::Down(FaultDomain::Access), document.state);
        let outage = document.outage.unwrap();
        assert_eq!((at(595), None, Duration::from_secs(50)), (outage.start, outage.end, outage.length));
        assert_eq!((Some(Charged::Provider), Some(false)), (document.charged, document.internet_ok));
        assert_eq!(None, document.last_outage);
    }

    #[test]
    fn events_tell_a_change_before_its_row() {
        let mut fold = fold();
        fold.handle(&Event::Started(stamp(0)));
        fold.take_row(&good(20));
        let verdict = Verdict { status: Status::WanDown, domain: Some(FaultDomain::Access), ..verdict() };
        let segments = vec![Segment { start: stamp(30), domain: FaultDomain::Access }];
        let open = Outage {
            id: 1,
            start: stamp(30),
            end: None,
            cut_by_gap: false,
            uncertainty: Duration::from_secs(1),
            segments,
        };
        fold.handle(&Event::State(stamp(30), State::Down(FaultDomain::Access), verdict.clone()));
        fold.handle(&Event::OutageOpened(open.clone(), verdict));
        let document = fold.document(at(45));
        assert_eq!((Some(Status::WanDown), Some(false)), (document.status, document.internet_ok));
        assert_eq!(Some(Duration::from_secs(15)), document.outage.map(|outage| outage.length));
        fold.handle(&Event::OutageClosed(Outage { end: Some(stamp(60)), ..open }));
        fold.handle(&Event::State(stamp(60), State::Up, verdict_ok()));
        let document = fold.document(at(75));
        assert_eq!((Some(Status::Ok), None), (document.status, document.outage));
        let last = document.last_outage.unwrap();
        assert_eq!((Some(at(60)), Some(Charged::Provider)), (last.end, last.charged));
        fold.handle(&Event::Stopped(stamp(80)));
        let document = fold.document(at(81));
        assert_eq!((None, None, None), (document.status, document.started, document.internet_ok));
    }

    #[test]
    fn notices_stand_until_they_are_over() {
        let mut fold = fold();
        fold.handle(&Event::Started(stamp(0)));
        fold.handle(&Event::State(stamp(0), State::Up, verdict_ok()));
        fold.handle(&Event::Notice(stamp(5), FaultDomain::Destination, true, verdict_ok()));
        assert_eq!(vec![(FaultDomain::Destination, at(5))], fold.document(at(6)).notices);
        fold.handle(&Event::Notice(stamp(9), FaultDomain::Destination, false, verdict_ok()));
        assert_eq!(Vec::<(FaultDomain, Timestamp)>::new(), fold.document(at(10)).notices);
    }

    fn verdict() -> Verdict {
        Verdict { status: Status::WanDown, domain: Some(FaultDomain::Access), ..verdict_ok() }
    }

    fn verdict_ok() -> Verdict {
        Verdict {
            status: Status::Ok,
            cause: None,
            domain: None,
            confidence: Confidence::High,
            evidence: Vec::new(),
            last_hop: None,
        }
    }
}
