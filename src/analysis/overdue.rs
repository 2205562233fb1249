//! Detection of an installed schedule that has silently stopped.

use std::time::Duration;

use chrono::{Datelike as _, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _};

use crate::model::schedule::{Looks, Rhythm};

/// A monitor that has written nothing for this long, and for three of its cycles, has stopped.
const QUIET: Duration = Duration::from_mins(2);
/// A look is over after this time.
const LOOK: TimeDelta = TimeDelta::seconds(90);
/// So long after a missed look nobody is told of it, or less where looks come more often.
const LENIENCE: i64 = 5;

/// Facts known of a schedule, by the clock on the wall here.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Since when it is installed.
    pub since: NaiveDateTime,
    /// The last row; `None` while there is none.
    pub last_row: Option<NaiveDateTime>,
    /// True if a monitor is running.
    pub is_running: bool,
    /// Between two rows of a monitor.
    pub interval: Duration,
}

/// Since when rows are missing, as far as the rhythm tells; `None` while all is well.
pub fn missing_since(rhythm: Rhythm, known: Known, now: NaiveDateTime) -> Option<NaiveDateTime> {
    let last = known.last_row.unwrap_or(known.since);
    match rhythm {
        Rhythm::Always => {
            let quiet = TimeDelta::from_std(QUIET.max(known.interval * 3)).unwrap_or(TimeDelta::MAX);
            (now - last.max(known.since) > quiet).then_some(last)
        }
        // A monitor looks more often than any schedule.
        Rhythm::Looks(_) if known.is_running => None,
        Rhythm::Looks(looks) => {
            let grace = LOOK + TimeDelta::minutes(LENIENCE.min(looks.every.get().into()));
            let due = last_due(looks, now - grace)?;
            (due > known.since && last < due).then_some(due)
        }
    }
}

/// The next time after `at` at which a look is due.
pub fn next_due(looks: Looks, at: NaiveDateTime) -> Option<NaiveDateTime> {
    let next = at.with_second(0)?.with_nanosecond(0)? + TimeDelta::minutes(1);
    let mut minutes = (0..8 * 24 * 60).map(|minutes| next + TimeDelta::minutes(minutes));
    minutes.find(|at| {
        let day = at.weekday().num_days_from_monday();
        at.minute().is_multiple_of(looks.every.get().into())
            && looks.hours.iter().any(|hour| u32::from(hour) == at.hour())
            && looks.days.iter().any(|number| u32::from(number) == day)
    })
}

/// The last time at or before `at` at which a look was due.
fn last_due(looks: Looks, at: NaiveDateTime) -> Option<NaiveDateTime> {
    let step = u32::from(looks.every.get());
    (0..=7).find_map(|days_ago| {
        let day = at.date() - TimeDelta::days(days_ago);
        if !looks.days.iter().any(|number| u32::from(number) == day.weekday().num_days_from_monday()) {
            return None;
        }
        let until = if days_ago == 0 { at.time() } else { NaiveTime::from_hms_opt(23, 59, 59)? };
        let hour = looks.hours.iter().map(u32::from).filter(|hour| *hour <= until.hour()).last()?;
        let minute = if hour == until.hour() { until.minute() } else { 59 };
        day.and_hms_opt(hour, minute / step * step, 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
    }

    #[track_caller]
    fn check(expected: Option<&str>, rhythm: &str, last_row: Option<&str>, now: &str) {
        let known = Known {
            since: at("2026-11-20 10:00:30"),
            last_row: last_row.map(at),
            is_running: false,
            interval: Duration::from_secs(20),
        };
        assert_eq!(
            expected.map(at),
            missing_since(rhythm.parse().unwrap(), known, at(now)),
            "{rhythm} {last_row:?} {now}"
        );
    }

    #[test]
    fn looks_that_come_as_they_should_are_fine() {
        check(None, "every 1m", Some("2026-11-25 12:00:02"), "2026-11-25 12:02:00");
        check(None, "every 30m", Some("2026-11-25 12:00:02"), "2026-11-25 12:36:00");
        // The weekend, and the night.
        check(None, "every 5m hours 8-17 days mon-fri", Some("2026-11-27 17:55:01"), "2026-11-30 08:00:00");
        check(None, "every 60m hours 6", Some("2026-11-25 06:00:09"), "2026-11-26 05:59:59");
        // None was due since it was installed.
        check(None, "every 60m", None, "2026-11-20 10:59:00");
        check(None, "every 5m", None, "2026-11-20 10:03:00");
    }

    #[test]
    fn looks_that_do_not_come_are_missed() {
        check(Some("2026-11-25 12:01:00"), "every 1m", Some("2026-11-25 12:00:02"), "2026-11-25 12:03:31");
        check(Some("2026-11-25 12:30:00"), "every 30m", Some("2026-11-25 12:00:02"), "2026-11-25 12:37:00");
        check(
            Some("2026-11-30 08:00:00"),
            "every 5m hours 8-17 days mon-fri",
            Some("2026-11-27 17:55:01"),
            "2026-11-30 08:08:00",
        );
        check(Some("2026-11-20 11:00:00"), "every 60m", None, "2026-11-20 11:07:00");
    }

    #[test]
    fn a_monitor_that_writes_nothing_has_stopped() {
        check(None, "always", Some("2026-11-25 12:00:02"), "2026-11-25 12:02:00");
        check(Some("2026-11-25 12:00:02"), "always", Some("2026-11-25 12:00:02"), "2026-11-25 12:02:03");
        // Rows from before it was installed say nothing.
        check(None, "always", Some("2026-10-01 12:00:02"), "2026-11-20 10:01:30");
        check(Some("2026-11-20 10:00:30"), "always", None, "2026-11-20 10:03:00");
    }

    #[test]
    fn the_next_look_is_the_first_that_fits() {
        let Rhythm::Looks(looks) = "every 20m hours 8-17 days mon-fri".parse().unwrap() else { panic!() };
        for (expected, now) in [
            ("2026-11-25 12:20:00", "2026-11-25 12:00:00"),
            ("2026-11-25 12:20:00", "2026-11-25 12:19:59"),
            ("2026-11-30 08:00:00", "2026-11-27 17:40:00"),
        ] {
            assert_eq!(Some(at(expected)), next_due(looks, at(now)), "{now}");
        }
        let Rhythm::Looks(hourly) = "every 1h hours 0".parse().unwrap() else { panic!() };
        assert_eq!(Some(at("2026-11-26 00:00:00")), next_due(hourly, at("2026-11-25 00:00:00")));
    }

    #[test]
    fn a_running_monitor_does_for_looks() {
        let known = Known { since: at("2026-11-20 10:00:30"), last_row: None, is_running: true, interval: QUIET };
        assert_eq!(None, missing_since("every 1m".parse().unwrap(), known, at("2026-11-25 12:00:00")));
    }
}
