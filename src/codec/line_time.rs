//! The time a line of a log tells, whatever log it is.
//!
//! What is read: the separator of MTR logs, `Run at: 20260103_143000`, which is UTC; times with an offset (RFC 3339,
//! and the `+0100` of mtr); and times without one, which are local. Rows of `netlog.csv` begin with a local time and
//! UTC behind it; there UTC counts.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _};

use crate::model::time::Timestamp;

/// A time further behind in the line is not the line's.
const MAX_START: usize = 64;

/// Returns the time that the line says it is from; `None` when it tells no time. `from_local` knows when the clock on
/// the wall here showed a time.
///
/// ```
/// use network_logging::codec::line_time::line_time;
///
/// let at = line_time(b"Start: 2026-01-03T15:30:00+0100", &|_| None);
/// assert_eq!(Some("2026-01-03T14:30:00Z".parse().unwrap()), at);
/// ```
pub fn line_time(line: &[u8], from_local: &dyn Fn(NaiveDateTime) -> Option<Timestamp>) -> Option<Timestamp> {
    if let Some(stamp) = line.strip_prefix(b"Run at: ") {
        return compact(stamp).map(|at| at.and_utc());
    }
    let starts = 0..line.len().min(MAX_START);
    let (start, found) = starts.into_iter().find_map(|start| {
        // A time does not begin within a number.
        let before = start.checked_sub(1).and_then(|idx| line.get(idx));
        let begins = !before.is_some_and(u8::is_ascii_digit) && line.get(start).is_some_and(u8::is_ascii_digit);
        begins.then(|| civil(line.get(start..)?)).flatten().map(|found| (start, found))
    })?;
    let behind = line.get(start + found.len..).unwrap_or_default();
    match found.offset {
        Some(offset) => offset.from_local_datetime(&found.at).single().map(|at| at.to_utc()),
        None => behind
            .strip_prefix(b",")
            .and_then(civil)
            .and_then(|utc| utc.offset?.from_local_datetime(&utc.at).single())
            .map(|at: DateTime<FixedOffset>| at.to_utc())
            .or_else(|| from_local(found.at)),
    }
}

/// Reads a time as somebody types it: `2026-01-03 14:30`, `2026-01-03`, `14:30`, with seconds or without, as the clock
/// on the wall shows it. A time alone is on the day of `today`. German dates, `3.1.2026`, are read too.
///
/// ```
/// use network_logging::codec::line_time::typed;
///
/// let today = "2026-01-05".parse().unwrap();
/// assert_eq!(Some("2026-01-05T14:30:00".parse().unwrap()), typed("14:30", today));
/// assert_eq!(None, typed("soon", today));
/// ```
pub fn typed(text: &str, today: NaiveDate) -> Option<NaiveDateTime> {
    let text = text.trim().replace('T', " ");
    let mut words = text.split_whitespace();
    let (first, second, more) = (words.next()?, words.next(), words.next());
    if more.is_some() {
        return None;
    }
    match (day(first), second) {
        (Some(day), None) => Some(day.and_time(NaiveTime::MIN)),
        (Some(day), Some(time)) => Some(day.and_time(time_of_day(time)?)),
        (None, None) => Some(today.and_time(time_of_day(first)?)),
        (None, Some(_)) => None,
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%d.%m.%Y", "%Y%m%d"].iter().find_map(|format| {
        NaiveDate::parse_from_str(text, format).ok().filter(|day| (1970..=9999).contains(&chrono::Datelike::year(day)))
    })
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
    ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok())
}

/// A civil time that was read.
struct Found {
    at: NaiveDateTime,
    offset: Option<FixedOffset>,
    /// Bytes it takes.
    len: usize,
}

/// `2026-01-03T14:30:00.123+01:00` and all that leaves parts of it out, but not the seconds.
fn civil(text: &[u8]) -> Option<Found> {
    let at_least = text.get(..19)?;
    let marks = [(4, b"-"), (7, b"-"), (13, b":"), (16, b":")];
    if marks.iter().any(|(idx, mark)| at_least.get(*idx..*idx + 1) != Some(&mark[..])) {
        return None;
    }
    if !matches!(at_least.get(10), Some(b'T' | b' ' | b't' | b'_')) {
        return None;
    }
    let field = |from: usize, to: usize| number(at_least.get(from..to)?);
    let day = NaiveDate::from_ymd_opt(i32::try_from(field(0, 4)?).ok()?, field(5, 7)?, field(8, 10)?)?;
    // A leap second is the last one of its minute.
    let time = NaiveTime::from_hms_opt(field(11, 13)?, field(14, 16)?, field(17, 19)?.min(59))?;
    let (fraction, fraction_len) = fraction(text.get(19..).unwrap_or_default());
    let (offset, offset_len) = offset(text.get(19 + fraction_len..).unwrap_or_default());
    Some(Found { at: day.and_time(time) + fraction, offset, len: 19 + fraction_len + offset_len })
}

/// `20260103_143000`.
fn compact(text: &[u8]) -> Option<NaiveDateTime> {
    let text = text.get(..15).filter(|text| text.get(8) == Some(&b'_'))?;
    let field = |from: usize, to: usize| number(text.get(from..to)?);
    NaiveDate::from_ymd_opt(i32::try_from(field(0, 4)?).ok()?, field(4, 6)?, field(6, 8)?)?.and_hms_opt(
        field(9, 11)?,
        field(11, 13)?,
        field(13, 15)?,
    )
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
}

/// The fraction of a second that begins here, and the bytes it takes.
fn fraction(text: &[u8]) -> (TimeDelta, usize) {
    let Some((b'.' | b',', digits)) = text.split_first() else { return (TimeDelta::zero(), 0) };
    let n_digits = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // Three digits behind a comma may be a column of a table; then they are digits of nothing else.
    if n_digits == 0 || (text.first() == Some(&b',') && n_digits != 3) {
        return (TimeDelta::zero(), 0);
    }
    let nanos = (0..9).fold(0_i64, |sum, idx| {
        let digit = digits.get(idx).filter(|_| idx < n_digits).map_or(0, |digit| i64::from(digit - b'0'));
        sum * 10 + digit
    });
    (TimeDelta::nanoseconds(nanos), n_digits + 1)
}

/// The offset from UTC that begins here, and the bytes it takes.
fn offset(text: &[u8]) -> (Option<FixedOffset>, usize) {
    let read = |text: &[u8]| -> Option<(FixedOffset, usize)> {
        let (sign, rest) = match text.split_first()? {
            (b'Z' | b'z', _) => return Some((FixedOffset::east_opt(0)?, 1)),
            (b'+', rest) => (1, rest),
            (b'-', rest) => (-1, rest),
            _ => return None,
        };
        let hours = number(rest.get(..2)?)?;
        let (minutes, len) = match rest.get(2) {
            Some(b':') => (number(rest.get(3..5)?)?, 6),
            _ => (number(rest.get(2..4)?)?, 5),
        };
        let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
        Some((FixedOffset::east_opt(sign * seconds)?, len))
    };
    read(text).map_or((None, 0), |(offset, len)| (Some(offset), len))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Local time is two hours before UTC.
    fn time(line: &[u8]) -> Option<String> {
        let from_local = |local: NaiveDateTime| Some((local - TimeDelta::hours(2)).and_utc());
        line_time(line, &from_local).map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }

    #[test]
    fn lines_of_all_logs_tell_their_time() {
        for (expected, line) in [
            (Some("2026-01-03T14:30:00Z"), "Run at: 20260103_143000"),
            (Some("2026-01-03T14:30:00Z"), "Start: 2026-01-03T15:30:00+0100"),
            (Some("2026-01-03T14:30:00.500Z"), "2026-01-03T15:30:00.5+01:00 something"),
            (Some("2026-01-03T12:30:00Z"), "2026-01-03 14:30:00 local"),
            (Some("2026-01-03T12:30:00.250Z"), "[2026-01-03 14:30:00,250] local"),
            (Some("2026-01-03T13:30:00.123456Z"), "2026-01-03 14:30:00,2026-01-03T13:30:00.123456+00:00,0.34,4/4"),
            (Some("2026-01-03T12:30:00Z"), "2026-01-03 14:30:00,0.34,2026-01-03T01:01:01Z"),
            (Some("2026-01-03T14:30:00Z"), "{\"at\":\"2026-01-03T14:30:00Z\"}"),
            (Some("2026-01-03T14:30:00Z"), "# target 1.1.1.1 (1.1.1.1), ICMP, 60 rounds, 2026-01-03T14:30:00Z to ..."),
            (Some("2016-12-31T23:59:59Z"), "2016-12-31T23:59:60Z"),
            (None, "Run at: soon"),
            (None, "Run at: 20261303_143000"),
            (None, "  1. AS??? 192.0.2.1 0.0% 60 0.1 0.1 0.1 0.2 0.0"),
            (None, "12026-01-03 14:30:00"),
            (None, "2026-13-03 14:30:00"),
            (None, "local_timestamp,utc_timestamp"),
            (None, ""),
        ] {
            assert_eq!(expected.map(str::to_owned), time(line.as_bytes()), "{line}");
        }
        assert_eq!(None, time(format!("{}2026-01-03T14:30:00Z", "x".repeat(64)).as_bytes()), "too far behind");
    }

    #[test]
    fn what_people_type_is_understood() {
        let today = "2026-01-05".parse().unwrap();
        for (expected, text) in [
            (Some("2026-01-03T14:30:00"), "2026-01-03 14:30"),
            (Some("2026-01-03T14:30:05"), " 2026-01-03T14:30:05 "),
            (Some("2026-01-03T00:00:00"), "2026-01-03"),
            (Some("2026-01-03T07:05:00"), "3.1.2026 7:05"),
            (Some("2026-01-05T23:59:00"), "23:59"),
            (None, "24:00"),
            (None, "2026-02-30"),
            (None, "14:30 2026-01-03"),
            (None, "2026-01-03 14:30 x"),
            (None, ""),
        ] {
            assert_eq!(expected.map(|at| at.parse().unwrap()), typed(text, today), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in any::<Vec<u8>>(), text in "[-0-9: T.,Z+]{0,40}") {
            time(&bytes);
            time(text.as_bytes());
            typed(&text, "2026-01-05".parse().unwrap());
        }
    }
}
