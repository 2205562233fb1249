//! Times as spreadsheet programs save them: `11/20/2026 11:00`, `20.11.2026 11:00:30`, `2026-11-20 11:00`.

use std::ops::Range;

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime};

use crate::model::time::Timestamp;

/// Reads a time of UTC. `None` where the order of day and month cannot be told.
pub(super) fn parse(text: &str, years: &Range<i32>) -> Option<Timestamp> {
    let text = text.trim_end_matches("+00:00").trim_end_matches(['Z', 'z']).trim_ascii();
    let (day, time) = text.split_once([' ', 'T'])?;
    let day = date(day).filter(|day| years.contains(&day.year()))?;
    Some(NaiveDateTime::new(day, time_of_day(time)?).and_utc())
}

fn date(text: &str) -> Option<NaiveDate> {
    let separator = text.chars().find(|c| !c.is_ascii_digit())?;
    let mut parts = text.split(separator);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let number = |part: &str| part.parse::<u32>().ok().filter(|_| part.len() <= 4);
    let (first_number, second_number, third_number) = (number(first)?, number(second)?, number(third)?);
    let ymd = |year: &str, month, day| {
        let century = if year.len() == 2 { 2000 } else { 0 };
        NaiveDate::from_ymd_opt(century + year.parse::<i32>().ok()?, month, day)
    };
    if first.len() == 4 {
        return ymd(first, second_number, third_number);
    }
    if third.len() != 4 && third.len() != 2 {
        return None;
    }
    match separator {
        '.' => ymd(third, second_number, first_number),
        '/' | '-' if second_number > 12 || first_number == second_number => ymd(third, first_number, second_number),
        '/' | '-' if first_number > 12 => ymd(third, second_number, first_number),
        _ => None,
    }
}

/// `11:00`, `11:00:30`, `11:00:30.25`, `1:05 PM`.
fn time_of_day(text: &str) -> Option<NaiveTime> {
    let formats = ["%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p"];
    formats.iter().find_map(|format| NaiveTime::parse_from_str(text.trim_ascii(), format).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_spreadsheets_read_where_day_and_month_are_plain() {
        for (text, expected) in [
            ("11/20/2026 11:00", Some("2026-11-20T11:00:00Z")),
            ("20/11/2026 11:00:30", Some("2026-11-20T11:00:30Z")),
            ("20.11.2026 11:00", Some("2026-11-20T11:00:00Z")),
            ("04.05.26 1:02", Some("2026-05-04T01:02:00Z")),
            ("2026-11-20 11:00", Some("2026-11-20T11:00:00Z")),
            ("2026/11/20 11:00:01", Some("2026-11-20T11:00:01Z")),
            ("11/20/26 1:05 PM", Some("2026-11-20T13:05:00Z")),
            ("6/6/2026 00:00", Some("2026-06-06T00:00:00Z")),
            ("20-11-2026 11:00", Some("2026-11-20T11:00:00Z")),
            ("4/5/2026 11:00", None),
            ("4-5-2026 11:00", None),
            ("13/13/2026 11:00", None),
            ("20.11.2026", None),
            ("20.11.2026 25:00", None),
            ("1.2.3.4 11:00", None),
            ("20.11.9999 11:00", None),
            ("4-Apr", None),
            ("46346.458", None),
            ("", None),
        ] {
            let expected: Option<Timestamp> = expected.map(|at| at.parse().unwrap());
            assert_eq!(expected, parse(text, &(1970..2200)), "{text}");
        }
    }
}
