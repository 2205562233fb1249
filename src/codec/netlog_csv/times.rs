//! Times of rows that follow each other: nearly all are in the same hour as the one before.

use chrono::{NaiveDateTime, TimeDelta};

use super::spelling::{parse_local, parse_utc};
use crate::model::time::Timestamp;

/// The hours of the last row, in UTC and on the wall.
#[derive(Debug, Default)]
pub(super) struct Times {
    utc: Option<([u8; PREFIX], Timestamp)>,
    local: Option<([u8; PREFIX], NaiveDateTime)>,
}

/// `2025-10-02T12:`.
const PREFIX: usize = 14;

impl Times {
    /// Reads a time in UTC.
    pub(super) fn utc(&mut self, text: &[u8]) -> Option<Timestamp> {
        let (prefix, rest) = text.split_first_chunk::<PREFIX>()?;
        if let Some((known, hour)) = &self.utc
            && known == prefix
            && let Some(within) = rest.strip_suffix(b"+00:00").and_then(within_hour)
        {
            return hour.checked_add_signed(within);
        }
        let at = parse_utc(std::str::from_utf8(text).ok()?)?;
        // Only of a time in UTC is the hour one in UTC.
        let hour =
            text.ends_with(b"+00:00").then(|| at.checked_sub_signed(within_hour(rest.strip_suffix(b"+00:00")?)?));
        self.utc = hour.flatten().map(|hour| (*prefix, hour));
        Some(at)
    }

    /// Reads a time on the wall.
    pub(super) fn local(&mut self, text: &[u8]) -> Option<NaiveDateTime> {
        let (prefix, rest) = text.split_first_chunk::<PREFIX>()?;
        if let Some((known, hour)) = &self.local
            && known == prefix
            && let Some(within) = within_hour(rest)
        {
            return hour.checked_add_signed(within);
        }
        let at = parse_local(std::str::from_utf8(text).ok()?)?;
        self.local = within_hour(rest).and_then(|within| at.checked_sub_signed(within)).map(|hour| (*prefix, hour));
        Some(at)
    }
}

/// `35:02` or `35:02.123456`.
fn within_hour(text: &[u8]) -> Option<TimeDelta> {
    let digit = |byte: u8| Some(u32::from(byte.checked_sub(b'0').filter(|digit| *digit < 10)?));
    let ([m1, m2, b':', s1, s2], rest) = text.split_first_chunk::<5>()? else { return None };
    let (minutes, seconds) = (digit(*m1)? * 10 + digit(*m2)?, digit(*s1)? * 10 + digit(*s2)?);
    let micros = match rest {
        [] => 0,
        [b'.', micros @ ..] if micros.len() == 6 => {
            micros.iter().try_fold(0, |sum, byte| Some(sum * 10 + digit(*byte)?))?
        }
        _ => return None,
    };
    (minutes < 60 && seconds < 60).then(|| TimeDelta::new(i64::from(minutes * 60 + seconds), micros * 1000)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_the_same_whatever_stood_before_it() {
        let mut times = Times::default();
        for text in [
            "2025-10-02T12:35:02.123456+00:00",
            "2025-10-02T12:59:59.999999+00:00",
            "2025-10-02T12:00:00+00:00",
            "2025-10-02T12:00:00.5+00:00",
            "2025-10-02T12:00:00.123456+02:00",
            "2025-10-02T12:00:01Z",
            "2025-10-02T12:61:00+00:00",
            "2025-10-02T12:00:0x+00:00",
            "2025-10-02T13:00:00+00:00",
            "2025-10-02T13",
            "2025-13-02T13:00:00+00:00",
        ] {
            assert_eq!(parse_utc(text), times.utc(text.as_bytes()), "{text}");
        }
        for text in ["2025-10-02 14:35:02", "2025-10-02 14:35:03", "2025-10-02 14:35:03.25", "2025-10-02 14:99:00", "x"]
        {
            assert_eq!(parse_local(text), times.local(text.as_bytes()), "{text}");
        }
    }
}
