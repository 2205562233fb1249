//! Time as values. Nothing here reads a clock; [`crate::clock`] alone does.

use std::time::Duration;

/// An instant of civil time, in UTC (RFC 3339 when written).
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// One reading of all clocks.
///
/// Durations are always differences of [`Moment::mono`]; [`Moment::wall`] is only for telling people when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Civil time. May jump when somebody sets the clock.
    pub wall: Timestamp,
    /// Time since the program started, counted while the machine sleeps too. Never goes back.
    pub mono: Duration,
    /// Time since the program started without the time the machine slept. The difference to `mono` is sleep.
    pub awake: Duration,
}

impl Moment {
    /// The same reading reduced to what the ledger needs.
    pub fn stamp(self) -> Stamp {
        Stamp { wall: self.wall, mono: self.mono }
    }

    /// The stamp `earlier` before this moment, on both clocks.
    pub fn before(self, earlier: Duration) -> Stamp {
        self.stamp().before(earlier)
    }
}

/// A point of the timeline: monotonic for arithmetic, civil for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Civil time of the point.
    pub wall: Timestamp,
    /// Monotonic time of the point, counted through sleep.
    pub mono: Duration,
}

impl Stamp {
    /// The stamp `later` after this one, on both clocks.
    #[must_use]
    pub fn after(self, later: Duration) -> Self {
        let wall = chrono::TimeDelta::from_std(later).map_or(self.wall, |delta| self.wall + delta);
        Self { wall, mono: self.mono + later }
    }

    /// Point this much earlier.
    #[must_use]
    pub fn before(self, earlier: Duration) -> Self {
        let wall = chrono::TimeDelta::from_std(earlier).map_or(self.wall, |delta| self.wall - delta);
        Self { wall, mono: self.mono.saturating_sub(earlier) }
    }

    /// Time from `earlier` to this point by the monotonic clock; zero when `earlier` is later.
    #[inline]
    pub fn since(self, earlier: Self) -> Duration {
        self.mono.saturating_sub(earlier.mono)
    }
}
