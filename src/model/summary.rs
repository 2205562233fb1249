//! Figures of a log: those of `netlog analyze` and of every report.
//!
//! Durations are seconds of the monotonic clock as far as the log tells; counts by hour, weekday and day go by the
//! clock on the wall of the time zone asked for.

use std::{collections::BTreeMap, time::Duration};

use chrono::NaiveDate;

use super::{
    charge::{Charge, Charged, LineDay},
    degradation::Degradation,
    diary::PathChange,
    ledger::{GapReason, MicroInterruption, Outage, State, longest},
    time::{Stamp, Timestamp},
    verdict::{Confidence, Evidence, FaultDomain, LastHop, RootCause, Status},
};

/// All figures.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// First and last point that is counted; `None` without rows and without bounds asked for.
    pub period: Option<(Timestamp, Timestamp)>,
    /// Rows counted.
    pub n_rows: u64,
    /// Those of them that a running monitor of this program wrote; others are single looks.
    pub n_run_rows: u64,
    /// Those of them that were made up for a demonstration; `None` when there are none.
    pub demo: Option<DemoRows>,
    /// Duration of each state, of all that is counted.
    pub totals: BTreeMap<State, Duration>,
    /// Outages in time order.
    pub outages: Vec<OutageRecord>,
    /// Bad seconds too few for an outage, in time order.
    pub micros: Vec<MicroRecord>,
    /// Since when the line flapped: three such within five minutes.
    pub intermittent: Vec<Stamp>,
    /// Time in which the line worked badly.
    pub degradations: Vec<Degradation>,
    /// Faults while the line worked: one far host, IPv6, filtered pings…
    pub notices: Vec<Notice>,
    /// Time nobody looked.
    pub gaps: Vec<Gap>,
    /// Settings of the clock.
    pub clock_steps: Vec<ClockStep>,
    /// Logs that contradict each other.
    pub disagreement: Option<Disagreement>,
    /// By hour of the day, 0 to 23.
    pub by_hour: Vec<Bucket>,
    /// By weekday, Monday first.
    pub by_weekday: Vec<Bucket>,
    /// By weekday and hour: Monday 0 to 23, Tuesday 0 to 23 and so on.
    pub by_week: Vec<Bucket>,
    /// By day, without days of which nothing is counted.
    pub by_day: BTreeMap<NaiveDate, Bucket>,
    /// The line by day, of the whole log whatever is counted.
    pub line_by_day: BTreeMap<NaiveDate, LineDay>,
    /// Links used, such as `wifi:wlan0`, each with the number of its rows; the most frequent first.
    pub links: Vec<(String, u64)>,
    /// Figures on what was asked directly, by host.
    pub hosts: Vec<HostFigures>,
    /// The same by part of the path, from here outwards; parts that were never asked are left out.
    pub segments: Vec<SegmentFigures>,
    /// Part of the pulse to the far hosts that was lost, 0..=1: the part of the time in which packets were lost, as the
    /// window shows it. `None` where rows do not tell.
    pub pulse_loss: Option<f64>,
    /// Hops of the provider, the one that failed most often first.
    pub isp_hops: Vec<Share>,
    /// Which hop answered last while the line was down, and in how many outages; the most frequent first.
    pub last_hops: Vec<(LastHop, u64)>,
    /// Paths that became others; `None` when no trace was kept that would show it.
    pub path_changes: Option<PathChanges>,
    /// The figures of the original's analyser, by rows.
    pub by_rows: RowFigures,
}

/// Rows that were made up for a demonstration and not measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoRows {
    /// Number of them.
    pub n: u64,
    /// Time of the first.
    pub first: Timestamp,
    /// Time of the last.
    pub last: Timestamp,
}

impl DemoRows {
    /// Time for which there are made-up rows.
    pub fn is_around(&self, at: Timestamp) -> bool {
        (self.first..=self.last).contains(&at)
    }
}

/// Logs of the same time that contradict each other, as those of two lines do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disagreement {
    /// Rows by which the line worked while another log says that it was down.
    pub n_contradicting: u64,
    /// Rows of such times.
    pub n_compared: u64,
}

/// Paths that became others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathChanges {
    /// In time order.
    pub all: Vec<PathChange>,
    /// Source of the changes.
    pub source: PathSource,
}

/// Source of changes of paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathSource {
    /// The history: what the monitor saw and told.
    History,
    /// The logs of traces, compared with each other.
    Logs,
    /// The history, and the logs for the time before it began.
    HistoryAndLogs,
}

impl PathSource {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::History => "history",
            Self::Logs => "trace_logs",
            Self::HistoryAndLogs => "history_and_trace_logs",
        }
    }

    /// The same for people, as the end of a sentence.
    pub fn explain(self) -> &'static str {
        match self {
            Self::History => "from the history",
            Self::Logs => "from the logs of traces",
            Self::HistoryAndLogs => "from the history, and before it from the logs of traces",
        }
    }
}

/// An outage and what was claimed of it.
#[derive(Debug, Clone, PartialEq)]
pub struct OutageRecord {
    /// Times and segments of the outage, whole, also where only a part of it is counted.
    pub outage: Outage,
    /// End of the data. An outage that lasts is counted up to it.
    pub known_until: Stamp,
    /// Segments with what is claimed of each, in time order; also those that are not counted.
    pub parts: Vec<OutagePart>,
    /// Time of it that is counted.
    pub counted: Duration,
    /// The state of the line.
    pub status: Option<Status>,
    /// The original's hint.
    pub cause: Option<RootCause>,
    /// Confidence of the rows.
    pub confidence: Option<Confidence>,
    /// Evidence of the rows.
    pub evidence: Vec<Evidence>,
    /// The last hop that answered.
    pub last_hop: Option<LastHop>,
    /// Files of traces and facts.
    pub files: Vec<String>,
    /// Measurements of its rows.
    pub seen: Seen,
}

/// A segment of an outage and what is claimed of it.
#[derive(Debug, Clone, PartialEq)]
pub struct OutagePart {
    /// Beginning.
    pub start: Stamp,
    /// End; the end of the data for the last part of an outage that lasts.
    pub end: Stamp,
    /// The broken part.
    pub domain: FaultDomain,
    /// The party charged with it; `None` when that is not known.
    pub charged: Option<Charged>,
    /// Time of it that is counted.
    pub counted: Duration,
    /// Confidence of the rows; `None` where no row says.
    pub confidence: Option<Confidence>,
    /// Evidence of the rows.
    pub evidence: Vec<Evidence>,
    /// Measurements of the rows.
    pub seen: Seen,
}

impl OutagePart {
    /// True if the confidence is medium or high. Low confidence is no evidence.
    pub fn is_sure(&self) -> bool {
        is_sure(self.confidence)
    }
}

/// Bad seconds too few for an outage, and what is claimed of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MicroRecord {
    /// Times and fault domain.
    pub micro: MicroInterruption,
    /// The party charged with it; `None` when that is not known.
    pub charged: Option<Charged>,
    /// Confidence of the rows; `None` where no row says.
    pub confidence: Option<Confidence>,
}

impl MicroRecord {
    /// True if the confidence is medium or high.
    pub fn is_sure(&self) -> bool {
        is_sure(self.confidence)
    }

    /// Length.
    pub fn length(&self) -> Duration {
        self.micro.end.since(self.micro.start)
    }
}

fn is_sure(confidence: Option<Confidence>) -> bool {
    confidence >= Some(Confidence::Medium)
}

/// Measurements of some rows, added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Rows that asked targets, targets that answered in them, and targets asked.
    pub targets: (u64, u64, u64),
    /// RTTs of the gateway: how many, their sum, the least and the greatest.
    pub gateway: (u32, Duration, Duration, Duration),
    /// Rows by cause, in the order of [`RowFigures::CAUSES`]; those without one are not among them.
    pub causes: [u32; RowFigures::CAUSES.len()],
}

impl Seen {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let ((n, up, total), (m, more_up, more)) = (self.targets, other.targets);
        let (a, b) = (self.gateway, other.gateway);
        let least = match (a.0, b.0) {
            (0, _) => b.2,
            (_, 0) => a.2,
            _ => a.2.min(b.2),
        };
        let mut causes = self.causes;
        causes.iter_mut().zip(other.causes).for_each(|(n, more)| *n += more);
        Self {
            targets: (n + m, up + more_up, total + more),
            gateway: (a.0 + b.0, a.1 + b.1, least, a.3.max(b.3)),
            causes,
        }
    }

    /// Mean number of targets that answered, and that were asked, rounded half to even as the original does. `None`
    /// when none were.
    pub fn reach(&self) -> Option<(f64, f64)> {
        let (n, up, total) = self.targets;
        let mean = |sum: u64| (sum as f64 / n as f64).round_ties_even();
        (n > 0).then(|| (mean(up), mean(total)))
    }

    /// Least, mean and greatest RTT of the gateway; `None` when it never answered.
    pub fn gateway_rtt(&self) -> Option<(Duration, Duration, Duration)> {
        let (n, sum, least, most) = self.gateway;
        (n > 0).then(|| (least, sum / n, most))
    }
}

impl OutageRecord {
    /// The part that was at fault for the longest time of what is counted.
    pub fn domain(&self) -> Option<FaultDomain> {
        longest(self.counted_parts().map(|part| (part.domain, part.counted)))
            .or_else(|| self.outage.domain(self.known_until))
    }

    /// Segments of which something is counted.
    pub fn counted_parts(&self) -> impl Iterator<Item = &OutagePart> {
        self.parts.iter().filter(|part| !part.counted.is_zero())
    }

    /// Returns its length, up to the end of the data if it has no end.
    pub fn length(&self) -> Duration {
        self.outage.length(self.known_until)
    }

    /// The hint most of its rows have, as the original counts outages, and `Mixed` where no hint leads; of an outage
    /// whose longest part is the home's, the home.
    pub fn main_cause(&self) -> RootCause {
        if matches!(self.domain(), Some(FaultDomain::Host | FaultDomain::Lan)) {
            return RootCause::Lan;
        }
        let hints = RowFigures::CAUSES.iter().zip(&self.seen.causes).filter(|(cause, _)| **cause != RootCause::Lan);
        let most = hints.clone().map(|(_, n)| n).max();
        let mut tops = hints.filter(|(_, n)| Some(*n) == most);
        match (tops.next(), tops.next()) {
            (Some((only, _)), None) => *only,
            _ => RootCause::Mixed,
        }
    }
}

/// Something wrong on a line that works.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The first row that says so.
    pub start: Timestamp,
    /// The first row that does not, or the last row of all.
    pub end: Timestamp,
    /// True if the last row still says so.
    pub is_open: bool,
    /// Fault domain that the rows name.
    pub domain: FaultDomain,
}

/// Time nobody looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Beginning.
    pub start: Stamp,
    /// End.
    pub end: Stamp,
    /// Reason why nobody looked.
    pub reason: GapReason,
}

/// A setting of the clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClockStep {
    /// The first row after it.
    pub at: Timestamp,
    /// Seconds; positive is forward.
    pub seconds: f64,
}

/// Times and outages that are counted of some hour, weekday or day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bucket {
    /// The line worked, well or badly.
    pub up: Duration,
    /// It worked badly; part of `up`.
    pub degraded: Duration,
    /// It did not work.
    pub down: Duration,
    /// Nobody looked.
    pub not_monitored: Duration,
    /// Outages that begin in it.
    pub n_outages: u64,
}

impl Bucket {
    /// Time somebody looked.
    pub fn monitored(&self) -> Duration {
        self.up + self.down
    }
}

/// Number of times a host was asked, and of times without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Host as the log spells it.
    pub name: String,
    /// Number of times it was asked.
    pub n: u64,
    /// Number of times without an answer.
    pub lost: u64,
}

/// RTT and loss of one host as the rows have them: one sample a row.
#[derive(Debug, Clone, PartialEq)]
pub struct HostFigures {
    /// Address, or `gateway`.
    pub name: String,
    /// Number of times it was asked.
    pub n: u64,
    /// Number of times without an answer.
    pub lost: u64,
    /// Bounds of the true loss with 95 % confidence (Wilson's score interval), 0..=1.
    pub loss_bounds: (f64, f64),
    /// RTTs; `None` without answers.
    pub rtt: Option<Quantiles>,
    /// Mean of the differences of consecutive RTTs; `None` with fewer than two.
    pub jitter: Option<Duration>,
}

/// A part of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// From this computer to the home router.
    Home,
    /// To the hops of the provider.
    Provider,
    /// To the far hosts.
    Internet,
}

impl Segment {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Provider => "provider",
            Self::Internet => "internet",
        }
    }
}

/// RTT and loss of all hosts of a part of the path together.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentFigures {
    /// The part.
    pub segment: Segment,
    /// Number of times the hosts were asked.
    pub n: u64,
    /// Number of times without an answer.
    pub lost: u64,
    /// Bounds of the true loss with 95 % confidence (Wilson's score interval), 0..=1.
    pub loss_bounds: (f64, f64),
    /// RTTs; `None` without answers, and where nobody tells them.
    pub rtt: Option<Quantiles>,
    /// True if the RTTs are of the single samples of the history, since rows do not tell them.
    pub is_rtt_of_history: bool,
    /// Mean over all hosts of the differences of consecutive RTTs of each; `None` where no host has two.
    pub jitter: Option<Duration>,
}

/// A distribution of RTTs, each within 0.1 % of the true value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantiles {
    /// The least.
    pub min: Duration,
    /// The mean.
    pub mean: Duration,
    /// The median.
    pub p50: Duration,
    /// 95 % are at most this.
    pub p95: Duration,
    /// 99 % are at most this.
    pub p99: Duration,
    /// The greatest.
    pub max: Duration,
}

/// Counts of the original's analyser, by its rules: rows, above all those that are not `OK`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowFigures {
    /// Rows whose status is `OK`.
    pub n_ok: u64,
    /// By hour of the row's local time: rows, and rows that are not `OK`.
    pub by_hour: [(u64, u64); 24],
    /// Rows that are not `OK` by hour and cause, in the order of [`RowFigures::CAUSES`]; without a hint they are
    /// `Mixed`.
    pub heat: [[u64; Self::CAUSES.len()]; 24],
    /// Rows that are not `OK`, blame nothing at home and asked hops of the provider: all, some hops down, all down.
    pub isp_impact: (u64, u64, u64),
    /// Rows by hour in which a hop of the provider was down while nothing at home was: those that are not `OK`, or any
    /// if there are none such.
    pub isp_down_by_hour: [u64; 24],
}

impl RowFigures {
    /// The original's hints in the order it prints them, and the home, which the original counts as `Transport`.
    pub const CAUSES: [RootCause; 5] =
        [RootCause::Dns, RootCause::IcmpOnly, RootCause::Transport, RootCause::Mixed, RootCause::Lan];

    /// Rows that are not `OK` by cause, in the order of [`RowFigures::CAUSES`].
    pub fn causes(&self) -> [u64; Self::CAUSES.len()] {
        self.heat.iter().fold([0; Self::CAUSES.len()], |mut sums, hour| {
            sums.iter_mut().zip(hour).for_each(|(sum, n)| *sum += n);
            sums
        })
    }

    /// True if a row that is not `OK` blames nothing at home.
    pub fn has_faults_outside(&self) -> bool {
        Self::CAUSES.iter().zip(self.causes()).any(|(cause, n)| n > 0 && *cause != RootCause::Lan)
    }
}

impl Summary {
    /// Returns what is listed of the parts that match: by their domain, the party charged and whether that is sure.
    pub fn charge(&self, matches: impl Fn(FaultDomain, Option<Charged>, bool) -> bool) -> Charge {
        let mut sum = Charge::default();
        for record in &self.outages {
            let parts = record.counted_parts().filter(|part| matches(part.domain, part.charged, part.is_sure()));
            let counted: Duration = parts.map(|part| part.counted).sum();
            sum.n_outages += usize::from(!counted.is_zero());
            sum.outages += counted;
            sum.longest = sum.longest.max(counted);
        }
        for record in self.micros.iter().filter(|one| matches(one.micro.domain, one.charged, one.is_sure())) {
            sum.n_micros += 1;
            sum.micros += record.length();
        }
        sum
    }

    /// The sum over the states that match.
    pub fn sum(&self, matches: impl Fn(State) -> bool) -> Duration {
        self.totals.iter().filter(|(state, _)| matches(**state)).map(|(_, length)| *length).sum()
    }

    /// Time the line worked, well or badly.
    pub fn up(&self) -> Duration {
        self.sum(|state| matches!(state, State::Up | State::Degraded))
    }

    /// Time the line did not work.
    pub fn down(&self) -> Duration {
        self.sum(State::is_down)
    }

    /// Time somebody looked.
    pub fn monitored(&self) -> Duration {
        self.up() + self.down()
    }

    /// Time nobody looked.
    pub fn not_monitored(&self) -> Duration {
        self.sum(|state| matches!(state, State::NotMonitored(_)))
    }

    /// Part of the monitored time in which the line worked, 0..=1; `None` when nothing was monitored.
    pub fn availability(&self) -> Option<f64> {
        part(self.up(), self.monitored())
    }

    /// The same of the whole time, if the line was down, and if it worked, while nobody looked.
    pub fn availability_bounds(&self) -> Option<(f64, f64)> {
        let all = self.monitored() + self.not_monitored();
        Some((part(self.up(), all)?, part(self.up() + self.not_monitored(), all)?))
    }

    /// Returns the counted time of all outages together.
    pub fn outage_time(&self) -> Duration {
        self.outages.iter().map(|record| record.counted).sum()
    }

    /// Outages by the hint of most of their rows, in the order of [`RowFigures::CAUSES`]: how many, and how much of
    /// them is counted. Together they are all outages.
    pub fn outages_by_cause(&self) -> [(u64, Duration); RowFigures::CAUSES.len()] {
        RowFigures::CAUSES.map(|cause| {
            let of_it = self.outages.iter().filter(|record| record.main_cause() == cause);
            of_it.fold((0, Duration::ZERO), |(n, total), record| (n + 1, total + record.counted))
        })
    }

    /// Mean time between failures: time the line worked, by outages. `None` unless there are two, between which there
    /// can be a time.
    pub fn mtbf(&self) -> Option<Duration> {
        Some(self.up() / u32::try_from(self.outages.len()).ok().filter(|n| *n > 1)?)
    }

    /// Mean time to repair: the mean length of the outages whose end was seen. `None` without such.
    pub fn mttr(&self) -> Option<Duration> {
        let seen = self.outages.iter().filter(|record| record.outage.end.is_some() && !record.outage.cut_by_gap);
        let (n, sum) = seen.fold((0_u32, Duration::ZERO), |(n, sum), record| (n + 1, sum + record.counted));
        sum.checked_div(n)
    }

    /// The longest outage, as far as it is counted.
    pub fn longest(&self) -> Option<Duration> {
        self.outages.iter().map(|record| record.counted).max()
    }

    /// Outages that lasted at least this long.
    pub fn n_at_least(&self, length: Duration) -> usize {
        self.outages.iter().filter(|record| record.counted >= length).count()
    }

    /// Part of the rows that are `OK`, 0..=1, as the original calls availability. `None` without rows.
    pub fn availability_by_rows(&self) -> Option<f64> {
        (self.n_rows > 0).then(|| self.by_rows.n_ok as f64 / self.n_rows as f64)
    }
}

fn part(of: Duration, all: Duration) -> Option<f64> {
    (!all.is_zero()).then(|| of.as_secs_f64() / all.as_secs_f64())
}
