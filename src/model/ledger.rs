//! Contents of the ledger: the state of every second, outages, micro-interruptions, gaps.

use std::time::Duration;

use super::{
    charge::{self, Charged, Stretch},
    time::Stamp,
    verdict::FaultDomain,
};

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
    /// True for a bad second.
    pub fn is_down(self) -> bool {
        matches!(self, Self::Down(_))
    }
}

/// Reason why nobody looked.
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
    /// Beginning of the segment.
    pub start: Stamp,
    /// Fault domain of the segment.
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
    /// Maximum error of `start` and of `end`: the time between the two samples around each.
    pub uncertainty: Duration,
    /// Segments of the outage, in time order; never empty.
    pub segments: Vec<Segment>,
}

impl Outage {
    /// Returns its length, up to `now` if it has no end.
    pub fn length(&self, now: Stamp) -> Duration {
        self.end.unwrap_or(now).since(self.start)
    }

    /// The segments, each with its end.
    pub fn spans(&self, now: Stamp) -> impl Iterator<Item = (Segment, Stamp)> {
        let ends = self.segments.iter().skip(1).map(|next| next.start).chain([self.end.unwrap_or(now)]);
        self.segments.iter().copied().zip(ends)
    }

    /// The fault domain that held longest; the earlier one when two held equally long.
    pub fn domain(&self, now: Stamp) -> Option<FaultDomain> {
        longest(self.spans(now).map(|(segment, until)| (segment.domain, until.since(segment.start))))
    }

    /// The part that the outage is told by in short: of the party charged with most of the time, the part that held
    /// longest.
    pub fn blamed(&self, now: Stamp) -> Option<FaultDomain> {
        let charged = self.charged(now);
        let length = |(segment, until): (Segment, Stamp)| (segment.domain, until.since(segment.start));
        let lengths: Vec<(FaultDomain, Duration)> = self.spans(now).map(length).collect();
        let most = longest(charged.iter().copied().zip(lengths.iter().map(|(_, length)| *length)))?;
        let own = lengths.iter().filter(|(domain, _)| Charged::of(*domain, None) == most);
        longest(own.copied()).or_else(|| self.domain(now))
    }

    /// The party charged with each segment, as far as the domains tell.
    pub fn charged(&self, now: Stamp) -> Vec<Option<Charged>> {
        let stretch = |(segment, until): (Segment, Stamp)| Stretch {
            domain: segment.domain,
            resolver: None,
            length: until.since(segment.start),
        };
        charge::charge(&self.spans(now).map(stretch).collect::<Vec<_>>())
    }
}

/// The value that holds longest in all; the earlier one when two hold equally long.
pub fn longest<T: PartialEq>(lengths: impl Iterator<Item = (T, Duration)>) -> Option<T> {
    let mut sums: Vec<(T, Duration)> = Vec::new();
    for (value, length) in lengths {
        match sums.iter_mut().find(|(known, _)| *known == value) {
            Some((_, sum)) => *sum += length,
            None => sums.push((value, length)),
        }
    }
    sums.into_iter().rev().max_by_key(|(_, length)| *length).map(|(value, _)| value)
}

/// One to nine bad seconds: too short for an outage, kept all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MicroInterruption {
    /// Onset of the first bad second.
    pub start: Stamp,
    /// Onset of the first clean second.
    pub end: Stamp,
    /// Fault domain at its start.
    pub domain: FaultDomain,
}

/// Conclusion of the ledger when time advances.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Stamp {
        Stamp { wall: chrono::DateTime::UNIX_EPOCH, mono: Duration::ZERO }.after(Duration::from_secs(seconds))
    }

    #[track_caller]
    fn check(segments: &[(u64, FaultDomain)], end: u64, expected: FaultDomain) {
        let segments = segments.iter().map(|(start, domain)| Segment { start: at(*start), domain: *domain }).collect();
        let (start, end) = (at(0), Some(at(end)));
        let outage = Outage { id: 1, start, end, cut_by_gap: false, uncertainty: Duration::ZERO, segments };
        assert_eq!(Some(expected), outage.blamed(at(0)));
    }

    #[test]
    fn an_outage_is_told_by_the_party_that_is_charged_with_most_of_it() {
        check(&[(0, FaultDomain::Host), (23, FaultDomain::Access)], 80, FaultDomain::Host);
        check(&[(0, FaultDomain::Lan), (1800, FaultDomain::Access)], 3660, FaultDomain::Access);
        check(&[(0, FaultDomain::Lan), (60, FaultDomain::Access), (150, FaultDomain::Host)], 170, FaultDomain::Lan);
        check(&[(0, FaultDomain::Dns), (30, FaultDomain::Isp), (50, FaultDomain::Dns)], 60, FaultDomain::Dns);
        check(&[(0, FaultDomain::Access), (20, FaultDomain::Lan), (30, FaultDomain::Isp)], 45, FaultDomain::Access);
    }
}
