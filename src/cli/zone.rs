//! Time zones as people name them.

use std::{fmt, str::FromStr, sync::Arc};

use chrono::{NaiveDateTime, TimeZone as _};
use chrono_tz::Tz;

use crate::{clock, model::time::Timestamp, report::input::Local};

/// The clock on some wall.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Zone {
    /// The one of this computer.
    #[default]
    Local,
    /// One by its name.
    Named(Tz),
}

impl Zone {
    /// What the clock on the wall shows at a time.
    pub(super) fn to_local(self) -> Box<dyn Fn(Timestamp) -> NaiveDateTime + Send> {
        match self {
            Self::Local => Box::new(clock::local),
            Self::Named(zone) => Box::new(move |at| at.with_timezone(&zone).naive_local()),
        }
    }

    /// The same, for several threads.
    pub(super) fn to_shared(self) -> Local {
        match self {
            Self::Local => Arc::new(clock::local),
            Self::Named(zone) => Arc::new(move |at| at.with_timezone(&zone).naive_local()),
        }
    }

    /// When the clock on the wall shows this. The first time if it does so twice; an hour later if it is skipped.
    pub(super) fn utc(self, local: NaiveDateTime) -> Option<Timestamp> {
        let at = |local: NaiveDateTime| match self {
            Self::Local => clock::from_local(local),
            Self::Named(zone) => zone.from_local_datetime(&local).earliest().map(|at| at.to_utc()),
        };
        at(local).or_else(|| at(local.checked_add_signed(chrono::TimeDelta::hours(1))?))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local time"),
            Self::Named(zone) => f.write_str(zone.name()),
        }
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.eq_ignore_ascii_case("local") {
            return Ok(Self::Local);
        }
        let named = Tz::from_str_insensitive(text);
        named.map(Self::Named).map_err(|_unknown| {
            format!("no such time zone: {text:?}; write local, UTC, or a name such as Europe/Berlin")
        })
    }
}
