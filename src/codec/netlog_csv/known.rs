//! Lines that say what a line before them said, at another time.
//!
//! Nearly all lines of the original's logs do: while a line works, nothing differs but the two times and the gateway's
//! RTT at their beginning. Such a line is not taken apart; the rest of it is compared with the rest of the lines of
//! late, its end included, so that nothing need be searched for.

use std::time::Duration;

use chrono::NaiveDateTime;

use super::{
    Column,
    spelling::parse_millis,
    times::{Times, pairs},
};
use crate::model::{log_row::LogRow, time::Timestamp};

/// The columns that differ from line to line in the original's logs.
const HEAD: [Option<Column>; 3] = [Some(Column::LocalTimestamp), Some(Column::UtcTimestamp), Some(Column::GatewayMs)];
/// Rows of late that are remembered.
const OF_LATE: usize = 8;
/// Longer lines are not usual ones.
const LONGEST: usize = 4096;

/// A row, and what its line says behind the columns of [`HEAD`], the line's end included. That is empty where the line
/// is not made so that another may be compared with it.
#[derive(Debug)]
pub(super) struct Known {
    rest: Vec<u8>,
    pub(super) row: LogRow,
}

/// Rows of late that are not the last one, the latest first.
#[derive(Debug, Default)]
#[expect(clippy::vec_box, reason = "rows are large, and change places")]
pub(super) struct OfLate(Vec<Box<Known>>);

impl Known {
    pub(super) fn new(row: LogRow) -> Box<Self> {
        Box::new(Self { rest: Vec::new(), row })
    }

    /// A row as `line`, which has no quotes, tells it with its end under these columns. A run of ours says something
    /// else in each line.
    pub(super) fn of(row: LogRow, line: &[u8], columns: &[Option<Column>], times: &mut Times) -> Box<Self> {
        let may_come_again = row.seq.is_none() && line.ends_with(b"\n") && line.len() <= LONGEST;
        let head = if may_come_again && columns.starts_with(&HEAD) { Head::read(line, times) } else { None };
        let rest = head.and_then(|head| line.get(head.length..)).unwrap_or_default().to_vec();
        Box::new(Self { rest, row })
    }

    /// Forgets the line.
    pub(super) fn forget(&mut self) {
        self.rest.clear();
    }

    /// Takes what the beginning of `input` says when it is a line like this one or one of late, and tells how long that
    /// line is, and whether it is like this very one. `None` when it is another, or does not lie in `input` whole.
    #[inline]
    pub(super) fn repeat(
        self: &mut Box<Self>,
        of_late: &mut OfLate,
        input: &[u8],
        times: &mut Times,
    ) -> Option<(usize, bool)> {
        if self.rest.is_empty() {
            return None;
        }
        let head = Head::read(input, times)?;
        let rest = input.get(head.length..)?;
        let is_same = rest.starts_with(&self.rest);
        if !is_same {
            let place = of_late.0.iter().position(|known| rest.starts_with(&known.rest))?;
            let later = of_late.0.get_mut(..=place)?;
            later.rotate_right(1);
            std::mem::swap(self, later.first_mut()?);
        }
        self.row.local = Some(head.local);
        (self.row.utc, self.row.steady) = (head.utc, head.utc);
        self.row.gateway_rtt = head.gateway_rtt;
        Some((head.length + self.rest.len(), is_same))
    }
}

impl OfLate {
    /// Remembers a row that is no longer the last one.
    pub(super) fn add(&mut self, known: Box<Known>) {
        if !known.rest.is_empty() {
            self.0.truncate(OF_LATE - 1);
            self.0.insert(0, known);
        }
    }

    /// Forgets them all.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Values of the columns of [`HEAD`].
struct Head {
    local: NaiveDateTime,
    utc: Timestamp,
    gateway_rtt: Option<Duration>,
    /// All of it, up to the comma behind it.
    length: usize,
}

impl Head {
    #[expect(clippy::inline_always, reason = "every line begins with it, and what it tells is used at once")]
    #[inline(always)]
    fn read(line: &[u8], times: &mut Times) -> Option<Self> {
        let (local, utc, length) = times.read(line)?;
        let gateway = line.get(length..)?;
        let (gateway_rtt, long) = usual_millis(gateway).or_else(|| {
            let long = memchr::memchr(b',', gateway.get(..40)?)?;
            let text = std::str::from_utf8(gateway.get(..long)?).ok()?;
            let rtt = if text.is_empty() { None } else { Some(parse_millis(text)?) };
            Some((rtt, long))
        })?;
        Some(Self { local, utc, gateway_rtt, length: length + long })
    }
}

/// Reads `0.34,` and `12.34,`, which is how the gateway's RTT nearly always reads, and says how long it is without the
/// comma. `None` too where fewer than eight bytes are left.
#[expect(clippy::inline_always, reason = "nearly every line has one")]
#[inline(always)]
fn usual_millis(text: &[u8]) -> Option<(Option<Duration>, usize)> {
    let text = u64::from_le_bytes(*text.first_chunk()?);
    let has = |place: u32, byte: u8| (text >> (8 * place)) & 0xFF == u64::from(byte);
    let (digits, length) = if has(1, b'.') && has(4, b',') {
        (u64::from(b'0') | (text & 0xFF) << 8 | text & 0xFFFF_0000, 4)
    } else if has(2, b'.') && has(5, b',') {
        (text & 0xFFFF | (text >> 8) & 0xFFFF_0000, 5)
    } else {
        return None;
    };
    let (whole, hundredths) = pairs(u32::try_from(digits).ok()?)?;
    Some((Some(Duration::from_micros(u64::from(whole * 100 + hundredths) * 10)), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_trip_time_reads_as_in_the_general_way() {
        for text in ["0.34", "9.99", "12.34", "0.00", "x.34", "1.x4", "1.3x", "123.45", "1234", "12.3", "1", "", ".34"]
        {
            let usual = usual_millis(format!("{text},4/4,1,1").as_bytes());
            if let Some((rtt, length)) = usual {
                assert_eq!((parse_millis(text), text.len()), (rtt, length), "{text}");
            }
            let is_usual = text.len() < 6
                && text.as_bytes().iter().rposition(|byte| *byte == b'.') == Some(text.len().wrapping_sub(3));
            assert_eq!(is_usual && parse_millis(text).is_some() && text != ".34", usual.is_some(), "{text}");
        }
    }
}
