//! Hours of the week that count: `Mon-Fri 8-18, Sat 9:30-13`.

use std::{fmt, str::FromStr};

use chrono::{Datelike as _, NaiveDateTime, Timelike as _};

/// Hours of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningHours {
    text: String,
    spans: Vec<Span>,
}

/// From one minute of the day to another on some days. It goes on into the next day if the end is not after the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    /// Bit 0 is Monday.
    days: u8,
    from: u32,
    until: u32,
}

/// Error of a text that is no opening hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no opening hours: write for example \"Mon-Fri 8-18, Sat 9:30-13\"")]
pub struct NotHours(String);

const DAY: u32 = 24 * 60;
const NAMES: [[&str; 2]; 7] =
    [["mon", "mo"], ["tue", "di"], ["wed", "mi"], ["thu", "do"], ["fri", "fr"], ["sat", "sa"], ["sun", "so"]];

impl OpeningHours {
    /// True if it is open at this time on the wall.
    pub fn is_open(&self, at: NaiveDateTime) -> bool {
        let (day, minute) = (at.weekday().num_days_from_monday(), at.hour() * 60 + at.minute());
        let yesterday = (day + 6) % 7;
        let on = |span: &Span, day: u32| span.days & (1 << day) != 0;
        self.spans.iter().any(|span| {
            if span.from < span.until {
                on(span, day) && (span.from..span.until).contains(&minute)
            } else {
                (on(span, day) && minute >= span.from) || (on(span, yesterday) && minute < span.until)
            }
        })
    }

    /// Minutes of the day at which it may open or close.
    pub fn edges(&self) -> impl Iterator<Item = u32> + '_ {
        self.spans.iter().flat_map(|span| [span.from, span.until % DAY])
    }
}

impl fmt::Display for OpeningHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for OpeningHours {
    type Err = NotHours;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let spans: Option<Vec<Span>> = text.split([',', ';']).map(|part| span(part.trim())).collect();
        let spans = spans.ok_or_else(|| NotHours(text.to_owned()))?;
        Ok(Self { text: text.trim().to_owned(), spans })
    }
}

/// `Mon-Fri 8-18`; without days, every day.
fn span(text: &str) -> Option<Span> {
    let (days, hours) = match text.rsplit_once(char::is_whitespace) {
        Some((days, hours)) => (self::days(days.trim())?, hours),
        None => (0x7f, text),
    };
    let (from, until) = hours.split_once(['-', '–'])?;
    let (from, until) = (minute(from)?, minute(until)?);
    (from < DAY && until <= DAY && from != until).then_some(Span { days, from, until })
}

fn days(text: &str) -> Option<u8> {
    let day = |name: &str| {
        let name = name.trim().trim_end_matches('.').to_lowercase();
        let is_it = |names: &[&str; 2]| name == names[1] || (name.len() >= 3 && name.starts_with(names[0]));
        NAMES.iter().position(is_it)
    };
    match text.split_once(['-', '–']) {
        None => Some(1 << day(text)?),
        Some((first, last)) => {
            let (first, last) = (day(first)?, day(last)?);
            let n = (last + 7 - first) % 7;
            Some((0..=n).fold(0, |days, idx| days | 1 << ((first + idx) % 7)))
        }
    }
}

/// `8`, `08:30`, `18.30`.
fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.trim().split_once([':', '.']).unwrap_or((text.trim(), "0"));
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(hours: &str, at: &str, open: bool) {
        let at = NaiveDateTime::parse_from_str(at, "%Y-%m-%d %H:%M:%S").unwrap();
        assert_eq!(open, hours.parse::<OpeningHours>().unwrap().is_open(at), "{hours} {at}");
    }

    #[test]
    fn hours_of_the_week_are_open() {
        // 2026-11-23 is a Monday.
        for (at, open) in [
            ("2026-11-23 07:59:59", false),
            ("2026-11-23 08:00:00", true),
            ("2026-11-27 17:59:59", true),
            ("2026-11-27 18:00:00", false),
            ("2026-11-28 12:00:00", false),
        ] {
            check("Mon-Fri 8-18", at, open);
            check("Mo-Fr 08:00-18:00", at, open);
        }
        check("Mon-Fri 8-18, Sat 9:30-13", "2026-11-28 09:30:00", true);
        check("Mon-Fri 8-18, Sat 9:30-13", "2026-11-28 09:29:59", false);
        check("0-24", "2026-11-29 23:59:59", true);
        check("Fri-Mon 20-24", "2026-11-29 20:00:00", true);
        check("Fri-Mon 20-24", "2026-11-26 20:00:00", false);
    }

    #[test]
    fn hours_over_midnight_belong_to_the_day_they_begin_on() {
        check("Fri 22-6", "2026-11-27 23:00:00", true);
        check("Fri 22-6", "2026-11-28 05:59:00", true);
        check("Fri 22-6", "2026-11-27 05:59:00", false);
        check("Sun 22-6", "2026-11-23 05:00:00", true);
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in
            ["", "Mon", "Mon-Fri", "Mon 8", "Mon 25-26", "Mon 8-8", "Xyz 8-9", "Mon 8-9,", "Mon 8:60-9", "M 8-9"]
        {
            assert!(text.parse::<OpeningHours>().is_err(), "{text:?}");
        }
    }
}
