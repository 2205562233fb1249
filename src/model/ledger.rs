//! What the ledger keeps: the state of every second, outages, micro-interruptions, gaps.

use std::time::Duration;

use super::{time::Stamp, verdict::FaultDomain};

/// The state of one second. Exactly one holds at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The line works.
    Up,
    /// The line works badly.
    Degraded,
    /// The line does not work, and this part is at fault.
    Down(FaultDomain),
    /// Nobody looked: neither up nor down.
    NotMonitored(GapReason),
}

impl State {
    /// Whether this is a bad second.
    pub fn is_down(self) -> bool {
        matches!(self, Self::Down(_))
    }
}

/// Why nobody looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapReason {
    /// The monitor was not running, or was stopped from running.
    NotRunning,
    /// The computer slept, or had just woken up.
    Asleep,
    /// The user paused the monitor.
    Paused,
    /// No kind of probe was permitted.
    NoPermission,
    /// The clock was set and the log cannot tell how long that took.
    ClockStep,
}

impl GapReason {
    /// Every value, in declaration order.
    pub const ALL: &'static [Self] =
        &[Self::NotRunning, Self::Asleep, Self::Paused, Self::NoPermission, Self::ClockStep];

    /// The spelling used in logs and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotRunning => "not_running",
            Self::Asleep => "asleep",
            Self::Paused => "paused",
            Self::NoPermission => "no_permission",
            Self::ClockStep => "clock_step",
        }
    }
}

/// A part of an outage with one fault domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Where it begins.
    pub start: Stamp,
    /// Whose part is at fault.
    pub domain: FaultDomain,
}

/// A stretch of unavailable time (at least `outage_after_sec` bad seconds in a row).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// Counts from 1 within a ledger.
    pub id: u64,
    /// Onset of the first bad second.
    pub start: Stamp,
    /// Onset of the first clean second; `None` while it lasts or when the data end within it.
    pub end: Option<Stamp>,
    /// The monitor stopped looking at `end`, so the outage may have lasted longer.
    pub cut_by_gap: bool,
    /// How far `start` and `end` may be from the truth: the time between the two samples around each.
    pub uncertainty: Duration,
    /// Its parts, in time order; never empty.
    pub segments: Vec<Segment>,
}

impl Outage {
    /// How long it lasted, or has lasted at `now`.
    pub fn length(&self, now: Stamp) -> Duration {
        self.end.unwrap_or(now).since(self.start)
    }

    /// The fault domain that held longest; the earlier one when two held equally long.
    pub fn domain(&self, now: Stamp) -> Option<FaultDomain> {
        let end = self.end.unwrap_or(now);
        let ends = self.segments.iter().skip(1).map(|next| next.start).chain([end]);
        let mut lengths: Vec<(FaultDomain, Duration)> = Vec::new();
        for (segment, until) in self.segments.iter().zip(ends) {
            let length = until.since(segment.start);
            match lengths.iter_mut().find(|(domain, _)| *domain == segment.domain) {
                Some((_, sum)) => *sum += length,
                None => lengths.push((segment.domain, length)),
            }
        }
        lengths.into_iter().rev().max_by_key(|(_, length)| *length).map(|(domain, _)| domain)
    }
}

/// One to nine bad seconds: too short for an outage, kept all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MicroInterruption {
    /// Onset of the first bad second.
    pub start: Stamp,
    /// Onset of the first clean second.
    pub end: Stamp,
    /// Whose part was at fault at its start.
    pub domain: FaultDomain,
}

/// What the ledger concludes when time advances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The state of the second at this point and after is another.
    State(Stamp, State),
    /// Enough bad seconds in a row: this outage has begun.
    Opened(Outage),
    /// Enough clean seconds in a row, or a gap: this outage is over.
    Closed(Outage),
    /// Bad seconds, too few for an outage, are over.
    Micro(MicroInterruption),
    /// The third micro-interruption within five minutes: the line flaps since this point.
    Intermittent(Stamp),
}
