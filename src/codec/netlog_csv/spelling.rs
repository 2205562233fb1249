//! Spellings that the writer and the reader share.

use std::time::Duration;

use chrono::{Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone as _, Timelike as _};

use super::spreadsheet;
use crate::model::{row::Tally, time::Timestamp};

/// As Python's `datetime.isoformat` prints an instant of UTC. Parts of a microsecond are cut off.
pub(super) fn utc(at: Timestamp) -> String {
    let micros = at.nanosecond() / 1000;
    at.format(if micros == 0 { "%Y-%m-%dT%H:%M:%S+00:00" } else { "%Y-%m-%dT%H:%M:%S%.6f+00:00" }).to_string()
}

/// RFC 3339 with microseconds and `Z`, for places where a plus sign would be hard to read.
pub(super) fn utc_z(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Years that a log can be of. Others are spoiled digits, and would make a gap of centuries.
pub(super) const YEARS: std::ops::Range<i32> = 1970..2200;

/// Reads RFC 3339, and the same without an offset as UTC, which is what such a column means; also what spreadsheet
/// programs make of it, where day and month cannot be mistaken for each other.
pub(super) fn parse_utc(text: &str) -> Option<Timestamp> {
    let Some((civil, rest)) = civil(text) else { return spreadsheet::parse(text, &YEARS) };
    let (nanos, rest) = fraction(rest)?;
    let at = civil.with_nanosecond(nanos).filter(|at| YEARS.contains(&at.year()))?;
    match rest {
        "" | "Z" | "z" | "+00:00" => Some(at.and_utc()),
        offset => Some(parse_offset(offset)?.from_local_datetime(&at).single()?.to_utc()),
    }
}

/// Reads `2025-10-02 14:35:02`, with a `T` in place of the blank and with parts of a second too.
pub(super) fn parse_local(text: &str) -> Option<NaiveDateTime> {
    let (civil, rest) = civil(text)?;
    let (nanos, rest) = fraction(rest)?;
    rest.is_empty().then(|| civil.with_nanosecond(nanos))?
}

/// Date and time to the second, and what follows.
fn civil(text: &str) -> Option<(NaiveDateTime, &str)> {
    let (head, rest) = text.split_at_checked(19)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b't' | b' ', h1, h2, b':', i1, i2, b':', s1, s2] =
        *head.as_bytes()
    else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4])?;
    let date = NaiveDate::from_ymd_opt(year.try_into().ok()?, number(&[m1, m2])?, number(&[d1, d2])?)?;
    Some((date.and_hms_opt(number(&[h1, h2])?, number(&[i1, i2])?, number(&[s1, s2])?)?, rest))
}

/// True if these can be the same time, somewhere on earth. A digit that was spoiled tears them apart.
pub(super) fn belong_together(local: NaiveDateTime, utc: Timestamp) -> bool {
    let apart = (local - utc.naive_utc()).num_milliseconds();
    // Offsets are quarters of an hour, and the two were read one after the other.
    let off = apart.rem_euclid(900_000);
    apart.abs() <= 26 * 3_600_000 && (off <= 2000 || off >= 898_000)
}

/// The nanoseconds of a fraction such as `.123456`, 0 without one, and what follows.
fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(text) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let (digits, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let kept = digits.get(..9).unwrap_or(digits);
    let value = (!kept.is_empty()).then(|| number(kept.as_bytes()))??;
    let missing = 9_u32.saturating_sub(u32::try_from(kept.len()).ok()?);
    Some((value.checked_mul(10_u32.checked_pow(missing)?)?, rest))
}

/// An offset such as `+02:00`.
fn parse_offset(text: &str) -> Option<FixedOffset> {
    let [sign, h1, h2, b':', m1, m2] = *text.as_bytes() else {
        return None;
    };
    let seconds = i32::try_from(number(&[h1, h2])? * 3600 + number(&[m1, m2])? * 60).ok()?;
    match sign {
        b'+' => FixedOffset::east_opt(seconds),
        b'-' => FixedOffset::west_opt(seconds),
        _ => None,
    }
}

/// At most nine digits.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
}

/// Milliseconds with two decimals; never `0.00`, which the original means as "no reply" and leaves out.
pub(super) fn millis(time: Duration) -> String {
    let hundredths = n_hundredths(time);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// The time that reads back from [`millis`].
pub(super) fn hundredths(time: Duration) -> Duration {
    Duration::from_nanos(u64::try_from(n_hundredths(time)).unwrap_or(u64::MAX).saturating_mul(10_000))
}

/// Hundredths of a millisecond, at least one.
fn n_hundredths(time: Duration) -> u128 {
    ((time.as_nanos() + 5_000) / 10_000).max(1)
}

/// A number with so many decimals; empty for one that is none.
pub(super) fn decimals(value: f64, digits: usize) -> String {
    if value.is_finite() { format!("{value:.digits$}") } else { String::new() }
}

/// Item of a list that is joined with `;`, which within it becomes `_`.
pub(super) fn item(text: &str) -> String {
    one_line(text).replace(';', "_")
}

/// Without anything that any reader may take for the end of a line, and without blanks at the ends.
pub(super) fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.replace(breaks, " ").trim().to_owned()
}

/// Reads milliseconds; nothing negative, infinite or not a number.
pub(super) fn parse_millis(text: &str) -> Option<Duration> {
    let time = plain_millis(text.as_bytes()).or_else(|| Duration::try_from_secs_f64(parse_number(text)? / 1000.0).ok());
    time.filter(|time| *time < Duration::from_hours(24))
}

/// The usual spelling, `12` or `12.34`, without the detour over floating point.
fn plain_millis(text: &[u8]) -> Option<Duration> {
    let (whole, decimals) = match text.iter().position(|byte| *byte == b'.') {
        Some(point) => (text.get(..point)?, text.get(point + 1..)?),
        None => (text, [].as_slice()),
    };
    if whole.is_empty() || whole.len() > 9 || decimals.len() > 6 {
        return None;
    }
    let scale = 10_u64.pow(6 - u32::try_from(decimals.len()).ok()?);
    Some(Duration::from_nanos(u64::from(number(whole)?) * 1_000_000 + u64::from(number(decimals)?) * scale))
}

/// Reads a number that is one.
pub(super) fn parse_finite(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// Reads a number, also with a decimal comma.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    let with_comma = || text.split_once(',').and_then(|(whole, decimals)| parse_finite(&format!("{whole}.{decimals}")));
    parse_finite(text).or_else(with_comma)
}

/// `0`, `1`, or empty when not measured.
pub(super) fn flag(value: Option<bool>) -> String {
    match value {
        Some(true) => "1",
        Some(false) => "0",
        None => "",
    }
    .to_owned()
}

/// Reads `0` or `1`, and the spellings of them by other programs.
pub(super) fn parse_flag(text: &str) -> Option<bool> {
    let is = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ if is(["1.0", "1,0", "true", "wahr"]) => Some(true),
        _ if is(["0.0", "0,0", "false", "falsch"]) => Some(false),
        _ => None,
    }
}

/// `up/total`.
pub(super) fn tally(tally: Tally) -> String {
    format!("{}/{}", tally.up, tally.total)
}

/// More hosts than anybody asks.
const MOST_HOSTS: usize = 100_000;

/// Reads `up/total`; not more up than there are.
pub(super) fn parse_tally(text: &str) -> Option<Tally> {
    let (up, total) = text.split_once('/')?;
    let tally = Tally { up: up.trim().parse().ok()?, total: total.trim().parse().ok()? };
    (tally.up <= tally.total && tally.total <= MOST_HOSTS).then_some(tally)
}
