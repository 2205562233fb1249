//! Notes of the user and the monitor beside the measurements: fault reports, remarks, changed settings, the clock.

use std::time::Duration;

use super::{time::Timestamp, trace::HopChange};

/// A fault report to the provider, the beginning of statutory deadlines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Number of the ticket in the diary; 0 for one that is not stored yet.
    pub id: i64,
    /// Time at which the provider received it.
    pub at: Timestamp,
    /// The provider's number for it; empty when it gave none.
    pub number: String,
    /// Text of what was said, and by whom.
    pub said: String,
    /// Time at which the provider reported the fault mended; `None` while it has not.
    pub closed: Option<Timestamp>,
}

/// A remark of the user on an outage: planned work, a router that was restarted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutageNote {
    /// The beginning of the outage, to the millisecond.
    pub outage: Timestamp,
    /// Time of writing.
    pub at: Timestamp,
    /// The remark.
    pub text: String,
}

/// A setting that has another value from this time on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigChange {
    /// Time from which the monitor used the new value.
    pub at: Timestamp,
    /// The key.
    pub key: String,
    /// The value before, as JSON; `None` for the first run.
    pub from: Option<String>,
    /// The value since, as JSON.
    pub to: String,
}

/// One question to a time server (RFC 5905).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClockSample {
    /// Time of the question, by this computer's clock.
    pub at: Timestamp,
    /// Seconds this computer's clock is ahead of the server's; negative is behind.
    pub ahead: f64,
    /// Half the round trip and the server's own root distance: the true offset lies within this.
    pub within: Duration,
}

/// A path that is another than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathChange {
    /// Time at which a trace showed it.
    pub at: Timestamp,
    /// The host at its end.
    pub host: String,
    /// Hops that differ.
    pub hops: Vec<HopChange>,
}
