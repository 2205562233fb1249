//! Small files beside the segments of the disk queue: the cursor of a receiver, and stretches written by a clock that
//! was not proven yet.
//!
//! Both are lines of words; the last line holds the CRC-32 of those before it, so that a torn file is no file.

use std::fmt::Write as _;

/// A place in the queue. Orders by time of writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// Number of the segment, from 1; 0 is before the first.
    pub segment: u64,
    /// Byte within the segment at which a record begins.
    pub offset: u64,
}

/// Progress of the delivery to a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// All before it was delivered so long ago that the receiver has it on its disk.
    pub safe: Position,
    /// All before it was delivered.
    pub sent: Position,
    /// Samples or events dropped before delivery, because the queue was full.
    pub lost: u64,
    /// Samples that the receiver refused.
    pub refused: u64,
}

/// A stretch of the queue written by an unproven clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockHold {
    /// First place of the stretch.
    pub from: Position,
    /// End of the stretch and milliseconds to add to its times; `None` while the clock is not proven.
    pub proven: Option<(Position, i64)>,
}

/// Writes a cursor.
pub fn cursor_text(cursor: &Cursor) -> String {
    let Cursor { safe, sent, lost, refused } = cursor;
    summed(format!("cursor 1 {} {} {lost} {refused}\n", place(*safe), place(*sent)))
}

/// Reads a cursor; `None` if the text is damaged.
pub fn cursor(text: &str) -> Option<Cursor> {
    let mut lines = checked(text)?.lines();
    let words: Vec<&str> = lines.next()?.split(' ').collect();
    let ["cursor", "1", numbers @ ..] = words.as_slice() else { return None };
    let numbers: Vec<u64> = numbers.iter().map(|word| word.parse().ok()).collect::<Option<_>>()?;
    let &[safe_segment, safe_offset, sent_segment, sent_offset, lost, refused] = numbers.as_slice() else {
        return None;
    };
    let safe = Position { segment: safe_segment, offset: safe_offset };
    Some(Cursor { safe, sent: Position { segment: sent_segment, offset: sent_offset }, lost, refused })
}

/// Writes stretches.
pub fn holds_text(holds: &[ClockHold]) -> String {
    let mut text = String::new();
    for hold in holds {
        let end = hold.proven.map_or_else(|| "open".to_owned(), |(to, shift)| format!("{} {shift}", place(to)));
        // Writing to a text cannot fail.
        let _written = writeln!(text, "hold 1 {} {end}", place(hold.from));
    }
    summed(text)
}

/// Reads stretches; `None` if the text is damaged.
pub fn holds(text: &str) -> Option<Vec<ClockHold>> {
    checked(text)?.lines().map(hold).collect()
}

fn hold(line: &str) -> Option<ClockHold> {
    let words: Vec<&str> = line.split(' ').collect();
    let ["hold", "1", segment, offset, end @ ..] = words.as_slice() else { return None };
    let from = Position { segment: segment.parse().ok()?, offset: offset.parse().ok()? };
    let proven = match end {
        ["open"] => None,
        [segment, offset, shift] => {
            let to = Position { segment: segment.parse().ok()?, offset: offset.parse().ok()? };
            Some((to, shift.parse().ok()?))
        }
        _ => return None,
    };
    Some(ClockHold { from, proven })
}

fn place(position: Position) -> String {
    format!("{} {}", position.segment, position.offset)
}

fn sum(text: &str) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(text.as_bytes());
    crc.sum()
}

fn summed(mut text: String) -> String {
    let sum = sum(&text);
    // Writing to a text cannot fail.
    let _written = writeln!(text, "crc {sum:08x}");
    text
}

fn checked(text: &str) -> Option<&str> {
    let before = text.strip_suffix('\n')?;
    let at = before.rfind('\n').map_or(0, |at| at + 1);
    let (lines, last) = text.split_at_checked(at)?;
    let said = u32::from_str_radix(last.trim_end().strip_prefix("crc ")?, 16).ok()?;
    (said == sum(lines)).then_some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(segment: u64, offset: u64) -> Position {
        Position { segment, offset }
    }

    #[test]
    fn what_is_written_is_read_and_a_torn_file_is_none() {
        let one = Cursor { safe: at(1, 8), sent: at(3, u64::MAX), lost: 5, refused: 6 };
        let text = cursor_text(&one);
        assert_eq!(Some(one), cursor(&text));
        let stretches = [
            ClockHold { from: at(1, 8), proven: Some((at(2, 9), -3_600_000)) },
            ClockHold { from: at(4, 8), proven: None },
        ];
        let held = holds_text(&stretches);
        assert_eq!(Some(stretches.to_vec()), holds(&held));
        assert_eq!(Some(Vec::new()), holds(&holds_text(&[])));
        for cut in 0..text.len() {
            assert_eq!(None, cursor(&text[..cut]), "{cut}");
        }
        for cut in 0..held.len() {
            assert_eq!(None, holds(&held[..cut]), "{cut}");
        }
        assert_eq!(None, cursor(&text.replace("cursor 1", "cursor 2")));
        assert_eq!(None, cursor(&held));
    }
}
