//! Data that the window knows: folded from what the engine tells, and from the log of earlier days. Pure; the clock is
//! a field.

pub(crate) mod activity;
mod bucket;
pub(crate) mod chain;
pub(crate) mod diary;
pub(crate) mod follow;
pub(crate) mod integrations;
pub(crate) mod outages;
pub(crate) mod series;
pub(crate) mod standing;
pub(crate) mod timeline;

use std::{net::IpAddr, sync::Arc, time::Duration};

use self::{
    activity::{Activity, Level},
    diary::Diary,
    outages::{OutageView, Outages},
    series::{Millis, Series},
    standing::Standing,
    timeline::Timeline,
};
use crate::model::{
    event::Event,
    host::{Family, Host},
    ledger::{GapReason, MicroInterruption, State},
    probe::{PulseSample, Subject},
    row::Row,
    time::{Moment, Stamp, Timestamp},
    trace::{HopChange, Trace, TracePurpose},
    verdict::{Status, Verdict},
};

/// Traces kept to look back at.
const MOST_TRACES: usize = 400;

/// Doubt about the line that a check is to settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineDoubt {
    /// An answer is overdue.
    Overdue,
    /// No far host answers, by whatever means. Why is not known yet, and they may only be late.
    Silent,
}

/// Data that the window shows.
#[derive(Debug, Clone)]
pub(crate) struct ViewModel {
    /// Now, by all clocks.
    pub(crate) now: Moment,
    pub(crate) mode: Mode,
    /// The state of the line; `None` before anything was told.
    pub(crate) line: Option<Line>,
    /// Doubt about the line; `None` once that is settled.
    pub(crate) doubt: Option<LineDoubt>,
    /// All hosts asked, in the order of the path.
    pub(crate) hosts: Vec<HostView>,
    /// The last row.
    pub(crate) row: Option<Arc<Row>>,
    pub(crate) gateway: Option<Host>,
    /// The line's address as seen from outside, where somebody may be asked.
    pub(crate) public: Option<IpAddr>,
    pub(crate) session: Session,
    pub(crate) timeline: Timeline,
    pub(crate) outages: Outages,
    pub(crate) micros: Vec<MicroInterruption>,
    pub(crate) activity: Activity,
    /// Finished traces, the oldest first.
    pub(crate) traces: Vec<(Stamp, TracePurpose, Arc<Trace>)>,
    /// Changes of paths, the oldest first.
    pub(crate) path_changes: Vec<(Stamp, Host, Vec<HopChange>)>,
    /// Hops of the provider that were found on the way.
    pub(crate) isp_hops: Vec<Host>,
    /// The last thing the user should do something about.
    pub(crate) warning: Option<(Timestamp, String)>,
    /// Warnings that stand until their cause is gone, in the order they came.
    pub(crate) standing: Vec<Standing>,
    pub(crate) past: Past,
    pub(crate) diary: Diary,
}

/// Mode of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Nobody looks.
    Stopped,
    /// It is about to look.
    Starting,
    /// This window is the monitor.
    Running,
    /// It is, and rests.
    Paused,
    /// It is about to stop.
    Stopping,
    /// Another process is the monitor, and this window shows what it writes.
    Viewing { pid: Option<u32>, since: Option<Timestamp> },
    /// Nothing of this is real.
    Demo,
}

/// State of reading the log of earlier days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Past {
    /// It is being read: the part that is done, 0..=1, where that is known.
    Loading(Option<f32>),
    /// It is there, with so many rows and lines that could not be read.
    Loaded { rows: u64, skipped: u64 },
}

/// The state of the line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) state: State,
    pub(crate) since: Stamp,
    pub(crate) verdict: Verdict,
}

/// Counts since the window was opened or Start was pressed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Session {
    pub(crate) started: Option<Stamp>,
    pub(crate) stopped: Option<Stamp>,
    pub(crate) checks: u64,
    pub(crate) good: u64,
    pub(crate) last: Option<(Timestamp, Status)>,
}

/// Role of a host on the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Router,
    IspHop,
    Target,
}

/// A host and what it answered.
#[derive(Debug, Clone)]
pub(crate) struct HostView {
    pub(crate) host: Host,
    pub(crate) role: Role,
    pub(crate) series: Series,
    /// The last sample: when, and after how many milliseconds the answer came.
    pub(crate) last: Option<(Millis, Option<f32>)>,
}

/// Data that the log of earlier days tells.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) hosts: Vec<HostView>,
    pub(crate) timeline: Timeline,
    pub(crate) outages: Vec<OutageView>,
    pub(crate) micros: Vec<MicroInterruption>,
    pub(crate) rows: u64,
    pub(crate) skipped: u64,
}

pub(crate) fn in_millis(at: Timestamp) -> Millis {
    at.timestamp_millis()
}

/// The point in time; the beginning of all times for one that is none.
pub(crate) fn from_millis(at: Millis) -> Timestamp {
    Timestamp::from_timestamp_millis(at).unwrap_or_default()
}

impl ViewModel {
    /// Nothing is known yet at `now`.
    pub(crate) fn new(now: Moment) -> Self {
        Self {
            now,
            mode: Mode::Stopped,
            line: None,
            doubt: None,
            hosts: Vec::new(),
            row: None,
            gateway: None,
            public: None,
            session: Session::default(),
            timeline: Timeline::default(),
            outages: Outages::default(),
            micros: Vec::new(),
            activity: Activity::default(),
            traces: Vec::new(),
            path_changes: Vec::new(),
            isp_hops: Vec::new(),
            warning: None,
            standing: Vec::new(),
            past: Past::Loading(None),
            diary: Diary::default(),
        }
    }

    pub(crate) fn now_millis(&self) -> Millis {
        in_millis(self.now.wall)
    }

    /// The state of the line, as far as anybody looks.
    pub(crate) fn state(&self) -> State {
        self.line.as_ref().map_or(State::NotMonitored(GapReason::NotRunning), |line| line.state)
    }

    /// The verdict of the line.
    pub(crate) fn verdict(&self) -> Option<&Verdict> {
        self.line.as_ref().map(|line| &line.verdict)
    }

    /// True while somebody looks at the line at this moment, or the demo runs.
    pub(crate) fn is_watched(&self) -> bool {
        matches!(self.mode, Mode::Running | Mode::Viewing { .. } | Mode::Demo)
    }

    /// Takes what the engine told.
    pub(crate) fn apply(&mut self, event: &Event) {
        self.activity.event(event);
        match event {
            Event::Started(at) => {
                self.session = Session { started: Some(*at), ..Session::default() };
                // A warning that is not older was given while this run began.
                self.warning = self.warning.take().filter(|(told, _)| *told >= at.wall);
            }
            Event::Stopped(at) => {
                self.session.stopped = Some(*at);
                self.set_line(*at, State::NotMonitored(GapReason::NotRunning), None);
            }
            Event::Gateway(_, gateway) => self.gateway = *gateway,
            Event::Suspected(_) => {
                self.doubt.get_or_insert(LineDoubt::Overdue);
            }
            Event::Confirmed(..) => self.doubt = Some(LineDoubt::Silent),
            Event::State(at, state, verdict) => {
                self.set_line(*at, *state, Some(verdict));
                self.outages.state(*at, *state);
            }
            Event::Sample(sample) => self.sample(sample),
            Event::Row(row) => self.take_row(row),
            Event::OutageOpened(outage, verdict) => self.outages.opened(outage, verdict),
            Event::OutageClosed(outage) => self.outages.closed(outage),
            Event::Micro(micro) => self.micros.push(*micro),
            Event::Gap(from, _, reason) => self.set_line(*from, State::NotMonitored(*reason), None),
            Event::Trace(at, purpose, trace) => {
                if self.traces.len() >= MOST_TRACES {
                    self.traces.remove(0);
                }
                self.traces.push((*at, *purpose, Arc::clone(trace)));
            }
            Event::PathChanged(at, target, changes) => self.path_changes.push((*at, *target, changes.clone())),
            Event::IspHops(_, hops) => self.isp_hops.clone_from(hops),
            Event::PublicAddress(_, addr, _) => self.public = Some(*addr),
            Event::Warning(at, text) => self.warning = Some((at.wall, text.clone())),
            Event::Intermittent(_) | Event::Notice(..) | Event::ClockStep(..) => {}
        }
    }

    fn set_line(&mut self, at: Stamp, state: State, verdict: Option<&Verdict>) {
        self.doubt = None;
        self.timeline.set(in_millis(at.wall), state);
        let verdict = verdict.cloned().unwrap_or_else(nothing_claimed);
        self.line = Some(Line { state, since: at, verdict });
    }

    fn take_row(&mut self, row: &Arc<Row>) {
        self.activity.row(row);
        self.session.checks += 1;
        self.session.good += u64::from(!row.verdict.is_down());
        self.session.last = Some((row.at, row.verdict.status));
        self.doubt = None;
        if let Some(line) = &mut self.line
            && line.verdict.is_down() == row.verdict.is_down()
            && !matches!(line.state, State::NotMonitored(_))
        {
            // A cycle may be surer than the row that told of the change, and know of a notice.
            line.verdict = row.verdict.clone();
        }
        self.outages.row(row);
        self.row = Some(Arc::clone(row));
    }

    /// Takes the RTTs of a row as samples, where no others come.
    pub(crate) fn samples_of(&mut self, row: &Row) {
        let at = in_millis(row.at);
        if let (Some(rtt), Some(host)) = (row.gateway_rtt, self.gateway) {
            self.host(host, Role::Router).take(at, Some(rtt));
        }
        // A row read from a log knows no times of hops.
        for (host, rtt) in row.isp_hops.iter().filter(|(_, rtt)| *rtt != Some(Duration::ZERO)) {
            self.host(*host, Role::IspHop).take(at, *rtt);
        }
        for (host, rtt) in &row.targets {
            self.host(*host, Role::Target).take(at, *rtt);
        }
    }

    fn sample(&mut self, sample: &PulseSample) {
        let role = match sample.subject {
            Subject::Gateway(Family::V6) if self.gateway.is_some_and(|gateway| gateway.addr.is_ipv4()) => return,
            Subject::Gateway(_) => Role::Router,
            Subject::IspHop(_) | Subject::Beyond => Role::IspHop,
            _ => Role::Target,
        };
        self.host(sample.host, role).take(in_millis(sample.sent.wall), sample.rtt);
    }

    fn host(&mut self, host: Host, role: Role) -> &mut HostView {
        of(&mut self.hosts, host, role)
    }

    /// Takes what the log of earlier days tells.
    pub(crate) fn take_history(&mut self, history: History) {
        let fresh = std::mem::replace(&mut self.hosts, history.hosts);
        for mut host in fresh {
            let known = of(&mut self.hosts, host.host, host.role);
            let earlier = std::mem::take(&mut known.series);
            host.series.put_before(earlier);
            let addr = if host.host.addr.is_unspecified() { known.host } else { host.host };
            *known = HostView { host: addr, last: host.last.or(known.last), ..host };
        }
        self.timeline.put_before(history.timeline);
        self.outages.put_before(history.outages);
        let mut micros = history.micros;
        micros.append(&mut self.micros);
        self.micros = micros;
        self.past = Past::Loaded { rows: history.rows, skipped: history.skipped };
    }
}

/// The host among these, put in its place in the order of the path if it is new.
pub(crate) fn of(hosts: &mut Vec<HostView>, host: Host, role: Role) -> &mut HostView {
    // There is one router, whatever addresses it has had.
    let is_it = |known: &HostView| known.role == role && (role == Role::Router || known.host == host);
    let known = hosts.iter().position(is_it);
    let idx = known.unwrap_or_else(|| {
        let place = hosts.partition_point(|known| known.role <= role);
        hosts.insert(place, HostView { host, role, series: Series::default(), last: None });
        place
    });
    #[expect(clippy::indexing_slicing, reason = "it was found or put there a line above")]
    let found = &mut hosts[idx];
    if !host.addr.is_unspecified() {
        found.host = host;
    }
    found
}

impl HostView {
    /// Takes a sample; `None` was lost.
    pub(crate) fn take(&mut self, at: Millis, rtt: Option<Duration>) {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a round trip")]
        let rtt = rtt.map(|rtt| (rtt.as_secs_f64() * 1e3) as f32);
        self.series.add(at, rtt);
        if self.last.is_none_or(|(last, _)| last <= at) {
            self.last = Some((at, rtt));
        }
    }
}

/// The verdict where nothing is claimed.
pub(crate) fn nothing_claimed() -> Verdict {
    Verdict {
        status: Status::Ok,
        cause: None,
        domain: None,
        confidence: crate::model::verdict::Confidence::High,
        evidence: Vec::new(),
        last_hop: None,
    }
}

impl ViewModel {
    /// Says something in the activity.
    pub(crate) fn say(&mut self, level: Level, text: String) {
        self.activity.note(self.now.wall, level, text);
    }
}

#[cfg(test)]
mod tests;
