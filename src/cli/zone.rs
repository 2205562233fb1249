//! Time zones as people name them.

use std::{fmt, str::FromStr, sync::Arc};

use chrono::{Datelike as _, NaiveDateTime, TimeDelta, Timelike as _};
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::{clock, model::time::Timestamp, report::input::Local};

/// The clock on some wall.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Zone {
    /// The one of this computer.
    #[default]
    Local,
    /// One by its name.
    Named(TimeZone),
}

impl Zone {
    /// Returns the conversion to the clock on the wall.
    pub(super) fn to_local(&self) -> Local {
        match self.clone() {
            Self::Local => Arc::new(clock::local),
            Self::Named(zone) => Arc::new(move |at| local(&zone, at)),
        }
    }

    /// Returns the time at which the clock on the wall shows this. The first time if it does so
    /// twice; an hour later if it is skipped.
    pub(super) fn utc(&self, local: NaiveDateTime) -> Option<Timestamp> {
        match self {
            Self::Local => {
                let later = || clock::from_local(local.checked_add_signed(TimeDelta::hours(1))?);
                clock::from_local(local).or_else(later)
            }
            Self::Named(zone) => utc(zone, local),
        }
    }
}

/// Far from the years of any zone, it is the time in UTC.
fn local(zone: &TimeZone, at: Timestamp) -> NaiveDateTime {
    let offset = jiff::Timestamp::from_second(at.timestamp()).map_or(0, |at| zone.to_offset(at).seconds());
    let shifted = at.naive_utc().checked_add_signed(TimeDelta::seconds(offset.into()));
    shifted.unwrap_or(at.naive_utc())
}

fn utc(zone: &TimeZone, local: NaiveDateTime) -> Option<Timestamp> {
    let small = |number: u32| i8::try_from(number).ok();
    let date =
        jiff::civil::Date::new(local.year().try_into().ok()?, small(local.month())?, small(local.day())?).ok()?;
    let time = (small(local.hour())?, small(local.minute())?, small(local.second())?);
    let offset = match zone.to_ambiguous_timestamp(date.at(time.0, time.1, time.2, 0)).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
    };
    local.checked_sub_signed(TimeDelta::seconds(offset.seconds().into())).map(|utc| utc.and_utc())
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local time"),
            Self::Named(zone) => f.write_str(zone.iana_name().unwrap_or_default()),
        }
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.eq_ignore_ascii_case("local") {
            return Ok(Self::Local);
        }
        let named = TimeZone::get(text);
        named.map(Self::Named).map_err(|_unknown| {
            format!("no such time zone: {text:?}; write local, UTC, or a name such as Europe/Berlin")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_shows_some_times_twice_and_some_never() {
        let berlin: Zone = "europe/berlin".parse().unwrap();
        assert_eq!("Europe/Berlin", berlin.to_string());
        for (wall, utc, shown) in [
            ("2025-07-01T14:35:02.5", "2025-07-01T12:35:02.5Z", "2025-07-01T14:35:02.5"),
            ("2025-01-01T00:00:00", "2024-12-31T23:00:00Z", "2025-01-01T00:00:00"),
            ("2025-10-26T02:30:00", "2025-10-26T00:30:00Z", "2025-10-26T02:30:00"),
            ("2025-03-30T02:30:00", "2025-03-30T01:30:00Z", "2025-03-30T03:30:00"),
            ("2099-07-01T12:00:00", "2099-07-01T10:00:00Z", "2099-07-01T12:00:00"),
        ] {
            let utc: Timestamp = utc.parse().unwrap();
            assert_eq!(Some(utc), berlin.utc(wall.parse().unwrap()), "{wall}");
            assert_eq!(shown.parse::<NaiveDateTime>().unwrap(), berlin.to_local()(utc), "{wall}");
        }
        for name in ["", "Europe", "Europe/Nowhere", "../etc/passwd"] {
            assert!(name.parse::<Zone>().is_err(), "{name}");
        }
        for at in [Timestamp::MIN_UTC, Timestamp::MAX_UTC] {
            assert_eq!(at.naive_utc(), berlin.to_local()(at));
            assert_eq!(None, berlin.utc(at.naive_utc()));
        }
    }
}
