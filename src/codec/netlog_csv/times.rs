//! The two times at the beginning of a line, as both programs write them: nearly all are in the same hour as those of
//! the line before, and then only minutes and smaller parts are read.
//!
//! Whatever is spelled in another way is left to [`super::spelling`].

#![expect(clippy::inline_always, reason = "every line begins with two times, and a call costs as much as reading one")]

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _};

use super::spelling::{belong_together, parse_local, parse_utc};
use crate::model::time::Timestamp;

/// The hours of the last row, on the wall and in UTC.
#[derive(Debug, Default)]
pub(super) struct Times {
    hours: Option<Hours>,
}

#[derive(Debug)]
struct Hours {
    local: Hour,
    utc: Hour,
    /// True if the two can be the same hour somewhere on earth.
    belong: bool,
}

/// A full hour and its spelling.
#[derive(Debug)]
struct Hour {
    text: Spelling,
    date: NaiveDate,
    second: u32,
}

/// `2025-10-02T12:` as the eight bytes at its beginning and those at its end.
type Spelling = [u64; 2];

/// `2025-10-02 14:35:02,2025-10-02T12:35:02.123456+00:00,`, where the second time begins, and the same without parts of
/// a second. Where fewer than [`LENGTH`] bytes are left, a line is read in the general way.
const LENGTH: usize = 53;
const UTC: usize = 20;
const SHORT: usize = LENGTH - 7;

impl Times {
    /// Reads `2025-10-02 14:35:02,2025-10-02T12:35:02.123456+00:00,`, the parts of a second being left out when they
    /// are 0, and says how long it is. `None` when a line begins in another way, or with times that cannot be one.
    #[inline(always)]
    pub(super) fn read(&mut self, line: &[u8]) -> Option<(NaiveDateTime, Timestamp, usize)> {
        let line = line.first_chunk::<LENGTH>()?;
        let local_digits = minutes_and_seconds(word(line, 12)?, b',')?;
        let (micros, length, utc_digits) = match word(line, UTC + 12)? {
            to_second if to_second >> 56 == u64::from(b'.') => {
                let is_utc = word(line, LENGTH - 8)? >> 8 == END;
                // In place of the digit and the point before.
                let digits = word(line, UTC + 18)? & !0xFFFF | 0x3030;
                (if is_utc { number(digits)? } else { return None }, LENGTH, minutes_and_seconds(to_second, b'.')?)
            }
            to_second if word(line, SHORT - 8)? >> 8 == END => (0, SHORT, minutes_and_seconds(to_second, b'+')?),
            _ => return None,
        };
        let (local_hour, utc_hour) = ([word(line, 0)?, word(line, 6)?], [word(line, UTC)?, word(line, UTC + 6)?]);
        let is_known =
            self.hours.as_ref().is_some_and(|hours| hours.local.text == local_hour && hours.utc.text == utc_hour);
        if !is_known {
            self.hours = Some(Hours::read(local_hour, utc_hour)?);
        }
        let hours = self.hours.as_ref()?;
        let second = within_hour(local_digits)?;
        let local = hours.local.at(second, 0)?;
        if hours.belong && local_digits == utc_digits {
            return Some((local, hours.utc.at(second, micros)?.and_utc(), length));
        }
        let utc = hours.utc.at(within_hour(utc_digits)?, micros)?.and_utc();
        belong_together(local, utc).then_some((local, utc, length))
    }
}

/// Text that follows the seconds and their parts, `+00:00,`.
const END: u64 = u64::from_le_bytes(*b"+00:00,\0");

/// Eight bytes of a line, the first the lowest.
#[inline(always)]
fn word(line: &[u8; LENGTH], at: usize) -> Option<u64> {
    line.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// The digits of `4:35:02,`, of which the first two bytes were read with the hour; `end` is what stands behind.
#[inline(always)]
fn minutes_and_seconds(text: u64, end: u8) -> Option<u32> {
    let between = (text >> 32) & 0xFF == u64::from(b':') && text >> 56 == u64::from(end);
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
    between.then_some((text >> 16) as u32 & 0xFFFF | (text >> 24) as u32 & 0xFFFF_0000)
}

impl Hours {
    #[inline(never)]
    fn read(local: Spelling, utc: Spelling) -> Option<Self> {
        let on_the_wall = parse_local(std::str::from_utf8(&full(local)?).ok()?)?;
        let in_utc = parse_utc(std::str::from_utf8(&full(utc)?).ok()?)?;
        // Within the hour both go on alike, but for the parts of a second that the clock on the wall does not show.
        let apart = on_the_wall - in_utc.naive_utc();
        Some(Self {
            local: Hour::new(local, on_the_wall),
            utc: Hour::new(utc, in_utc.naive_utc()),
            belong: apart.abs() <= TimeDelta::hours(25),
        })
    }
}

/// The full hour as text.
fn full([begin, end]: Spelling) -> Option<[u8; 19]> {
    let mut text = *b"0000-00-00T00:00:00";
    *text.first_chunk_mut()? = begin.to_le_bytes();
    *text.get_mut(6..)?.first_chunk_mut()? = end.to_le_bytes();
    Some(text)
}

impl Hour {
    fn new(text: Spelling, at: NaiveDateTime) -> Self {
        Self { text, date: at.date(), second: at.time().num_seconds_from_midnight() }
    }

    #[inline(always)]
    fn at(&self, second: u32, micros: u32) -> Option<NaiveDateTime> {
        let time = NaiveTime::from_num_seconds_from_midnight_opt(self.second + second, micros * 1000)?;
        Some(NaiveDateTime::new(self.date, time))
    }
}

/// Seconds of `3502`, which are minutes and seconds.
#[inline(always)]
fn within_hour(digits: u32) -> Option<u32> {
    let (minutes, seconds) = pairs(digits)?;
    (minutes < 60 && seconds < 60).then_some(minutes * 60 + seconds)
}

/// The two numbers of four digits, the first the lowest byte.
#[inline(always)]
pub(super) fn pairs(digits: u32) -> Option<(u32, u32)> {
    // As in `number`.
    let upper = (digits & 0xF0F0_F0F0) | ((digits.wrapping_add(0x0606_0606) & 0xF0F0_F0F0) >> 4);
    let ones = digits & 0x0F0F_0F0F;
    let tens = (ones * 10 + (ones >> 8)) & 0x00FF_00FF;
    (upper == 0x3333_3333).then_some((tens & 0xFF, tens >> 16))
}

/// The number of eight digits, the first the lowest byte, all at once: every step joins neighbours, ones to tens, tens
/// to hundreds, and so on.
#[inline(always)]
fn number(digits: u64) -> Option<u32> {
    // A byte is a digit when its upper half is 3 and stays so when 6 is added.
    let upper =
        (digits & 0xF0F0_F0F0_F0F0_F0F0) | ((digits.wrapping_add(0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0) >> 4);
    if upper != 0x3333_3333_3333_3333 {
        return None;
    }
    let ones = digits & 0x0F0F_0F0F_0F0F_0F0F;
    let tens = (ones * 10 + (ones >> 8)) & 0x00FF_00FF_00FF_00FF;
    let hundreds = (tens * 100 + (tens >> 16)) & 0x0000_FFFF_0000_FFFF;
    u32::try_from((hundreds * 10_000 + (hundreds >> 32)) & 0xFFFF_FFFF).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same by the general way of reading.
    fn slowly(local: &str, utc: &str) -> Option<(NaiveDateTime, Timestamp)> {
        Some((parse_local(local)?, parse_utc(utc)?)).filter(|(local, utc)| belong_together(*local, *utc))
    }

    #[test]
    fn times_read_the_same_whatever_stood_before_them() {
        let mut times = Times::default();
        for (local, utc, is_usual) in [
            ("2025-10-02 14:35:02", "2025-10-02T12:35:02.123456+00:00", true),
            ("2025-10-02 14:35:03", "2025-10-02T12:35:02.999999+00:00", true),
            ("2025-10-02 14:59:59", "2025-10-02T12:59:59.999999+00:00", true),
            ("2025-10-02 14:00:00", "2025-10-02T12:00:00+00:00", true),
            ("2025-10-02 14:00:00", "2025-10-02T12:59:59.999999+00:00", true),
            ("2025-10-02 15:00:00", "2025-10-02T12:59:59.999999+00:00", true),
            ("2025-10-02 18:05:00", "2025-10-02T12:35:00.000001+00:00", true),
            ("2025-10-02 18:06:00", "2025-10-02T12:35:00.000001+00:00", false),
            ("2025-10-03 14:35:00", "2025-10-02T12:35:00+00:00", true),
            ("2025-10-03 15:35:00", "2025-10-02T12:35:00+00:00", false),
            ("2025-10-02 14:00:00", "2025-10-02T12:00:00.5+00:00", false),
            ("2025-10-02 14:00:00", "2025-10-02T12:00:00.123456+02:00", false),
            ("2025-10-02 14:61:00", "2025-10-02T12:61:00+00:00", false),
            ("2025-10-02 14:00:0x", "2025-10-02T12:00:0x+00:00", false),
            ("2025-13-02 14:00:00", "2025-13-02T12:00:00+00:00", false),
            ("9025-10-02 14:00:00", "9025-10-02T12:00:00+00:00", false),
        ] {
            let line = format!("{local},{utc},0.5,4/4,1,1");
            let expected = slowly(local, utc).filter(|_| is_usual).map(|(local, utc)| (local, utc, line.len() - 11));
            assert!(!is_usual || expected.is_some(), "{line}");
            assert_eq!(expected, times.read(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn eight_digits_are_a_number_and_nothing_else_is() {
        assert_eq!(Some(12_345_678), number(u64::from_le_bytes(*b"12345678")));
        assert_eq!(Some(99_999_999), number(u64::from_le_bytes(*b"99999999")));
        for place in 0..8 {
            for byte in 0..=u8::MAX {
                let mut text = *b"00000000";
                text[place] = byte;
                let expected = std::str::from_utf8(&text).ok().filter(|_| byte.is_ascii_digit());
                assert_eq!(expected.and_then(|text| text.parse().ok()), number(u64::from_le_bytes(text)), "{text:?}");
            }
        }
    }

    #[test]
    fn four_digits_are_minutes_and_seconds_or_nothing() {
        for place in 0..4 {
            for byte in 0..=u8::MAX {
                let mut text = *b"3502";
                text[place] = byte;
                let parts =
                    std::str::from_utf8(&text).ok().filter(|_| byte.is_ascii_digit()).map(|text| text.split_at(2));
                let parts = parts.map(|(minutes, seconds)| (minutes.parse().unwrap(), seconds.parse().unwrap()));
                let expected = parts.filter(|(minutes, seconds): &(u32, u32)| *minutes < 60 && *seconds < 60);
                assert_eq!(
                    expected.map(|(minutes, seconds)| minutes * 60 + seconds),
                    within_hour(u32::from_le_bytes(text)),
                    "{text:?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn spoiled_times_read_as_in_the_general_way_or_are_left_to_it(
            seconds in 0_i64..7_000_000_000, quarters in -60..60_i64, late in -3..3_i64, micros in 0_u32..1_000_000,
            place in 0..52_usize, byte in any::<u8>(), is_spoiled in any::<bool>(),
        ) {
            let utc = chrono::DateTime::from_timestamp(seconds, micros * 1000).unwrap();
            let local = utc.naive_utc() + TimeDelta::seconds(quarters * 900 + late);
            let mut line = format!("{},{},0.34,4/4", local.format("%Y-%m-%d %H:%M:%S"), utc.format("%Y-%m-%dT%H:%M:%S%.6f+00:00")).into_bytes();
            let mut times = Times::default();
            // Whether anything is known of the hour must not matter.
            let _ = times.read(&line.clone());
            if is_spoiled {
                line[place] = byte;
            }
            let read = times.read(&line);
            prop_assert_eq!(read, Times::default().read(&line));
            let text = String::from_utf8_lossy(&line);
            let fields: Vec<&str> = text.split(',').collect();
            let expected = fields.get(1).and_then(|utc| slowly(fields[0], utc));
            let as_written = !is_spoiled && expected.is_some();
            prop_assert!(!as_written || read.is_some());
            if let Some((local, utc, _)) = read {
                prop_assert_eq!(expected, Some((local, utc)));
            }
        }
    }
}
