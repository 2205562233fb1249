//! Beginnings of the lines: the number of line ends before each block of a log.
//!
//! One number for 64 KiB is enough: a line is found by a look into one block. An index of 1 GiB takes 128 KiB, and it
//! is made as fast as line ends can be counted, however short the lines are.

use memchr::{memchr_iter, memrchr};

/// Bytes of a block.
pub const BLOCK: u64 = 64 * 1024;

/// Number of lines of a log, and the block in which each begins.
///
/// A line begins at the front of the log and behind every line end (LF, so CR LF too) that is not the last byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex {
    block: u64,
    /// Line ends before the end of each block that is complete.
    ends: Vec<u64>,
    n_ends: u64,
    len: u64,
    /// Position at which the last line begins, whether or not anything is in it.
    last_start: u64,
}

/// Part of a log to look in for the beginning of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line begins in this part of the log: behind `skip` line ends.
    pub start: u64,
    /// The end of that part.
    pub end: u64,
    /// Number of line ends to pass from `start`. The line begins behind the last of them; none means at `start`.
    pub skip: u64,
}

impl Default for LineIndex {
    fn default() -> Self {
        Self::with_block(BLOCK)
    }
}

impl LineIndex {
    /// An index with blocks of this many bytes, at least one.
    pub fn with_block(block: u64) -> Self {
        Self { block: block.max(1), ends: Vec::new(), n_ends: 0, len: 0, last_start: 0 }
    }

    /// Takes the bytes that follow those seen so far.
    pub fn push(&mut self, mut bytes: &[u8]) {
        if let Some(end) = memrchr(b'\n', bytes) {
            self.last_start = self.len + end as u64 + 1;
        }
        while !bytes.is_empty() {
            let room = self.block - self.len % self.block;
            let n_bytes = usize::try_from(room).map_or(bytes.len(), |room| room.min(bytes.len()));
            let (now, later) = bytes.split_at(n_bytes);
            self.n_ends += memchr_iter(b'\n', now).count() as u64;
            self.len += now.len() as u64;
            if self.len.is_multiple_of(self.block) {
                self.ends.push(self.n_ends);
            }
            bytes = later;
        }
    }

    /// Bytes seen so far.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// True while nothing was seen yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Lines seen so far; the last one may be without its end.
    pub fn n_lines(&self) -> u64 {
        self.n_ends + u64::from(self.last_start < self.len)
    }

    /// Returns the position at which the last line begins; the length of the log when it ends with a line end.
    pub fn last_start(&self) -> u64 {
        self.last_start
    }

    /// Returns the part to look in for line `line`, counted from 0; `None` when there is no such line.
    pub fn place(&self, line: u64) -> Option<Place> {
        if line >= self.n_lines() {
            return None;
        }
        if line == 0 {
            return Some(Place { start: 0, end: 0, skip: 0 });
        }
        // The first block with at least `line` line ends up to its end has the one before the line.
        let idx = self.ends.partition_point(|ends| *ends < line);
        let before = idx.checked_sub(1).and_then(|idx| self.ends.get(idx)).copied().unwrap_or(0);
        let start = idx as u64 * self.block;
        Some(Place { start, end: (start + self.block).min(self.len), skip: line - before })
    }

    /// The part of the log whose line ends are to be counted to know the line of `offset`, and the line number that
    /// they are added to.
    pub fn count_from(&self, offset: u64) -> (u64, u64) {
        let offset = offset.min(self.len);
        let idx = usize::try_from(offset / self.block).unwrap_or(usize::MAX).min(self.ends.len());
        let before = idx.checked_sub(1).and_then(|idx| self.ends.get(idx)).copied().unwrap_or(0);
        (idx as u64 * self.block, before)
    }

    /// About which line is at `offset`, counted from 0: right at the front of every block, between them in proportion.
    pub fn estimate(&self, offset: u64) -> u64 {
        let (start, before) = self.count_from(offset);
        let idx = usize::try_from(start / self.block).unwrap_or(usize::MAX);
        let (end, after) = self.ends.get(idx).map_or((self.len, self.n_ends), |ends| (start + self.block, *ends));
        let share = offset.min(self.len).saturating_sub(start) as f64 / end.saturating_sub(start).max(1) as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the lines of a block"
        )]
        let within = (share * (after - before) as f64) as u64;
        before + within
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Where lines begin, by the plainest of all means.
    fn starts(text: &[u8]) -> Vec<u64> {
        let mut starts = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            starts.push(at);
            at += line.len() as u64;
        }
        starts
    }

    fn find(index: &LineIndex, text: &[u8], line: u64) -> Option<u64> {
        let place = index.place(line)?;
        let mut at = place.start;
        for _ in 0..place.skip {
            let rest = &text[usize::try_from(at).unwrap()..usize::try_from(place.end).unwrap()];
            at += memchr::memchr(b'\n', rest).unwrap() as u64 + 1;
        }
        Some(at)
    }

    fn line_of(index: &LineIndex, text: &[u8], offset: u64) -> u64 {
        let (start, before) = index.count_from(offset);
        let part = &text[usize::try_from(start).unwrap()..usize::try_from(offset).unwrap()];
        before + memchr_iter(b'\n', part).count() as u64
    }

    #[test]
    fn lines_end_with_lf_and_the_last_may_not() {
        for (text, n_lines) in [("", 0), ("\n", 1), ("a", 1), ("a\n", 1), ("a\nb", 2), ("\n\n", 2), ("a\r\nb\r\n", 2)] {
            let mut index = LineIndex::default();
            index.push(text.as_bytes());
            assert_eq!(n_lines, index.n_lines(), "{text:?}");
            assert_eq!(None, index.place(n_lines), "{text:?}");
        }
    }

    #[test]
    fn an_estimate_is_right_at_blocks_and_never_beyond_the_log() {
        let mut index = LineIndex::with_block(4);
        index.push(b"a\nb\nc\nd\ne\nf");
        assert_eq!([0, 2, 4], [0, 4, 8].map(|offset| index.estimate(offset)));
        assert!(index.estimate(u64::MAX) < index.n_lines());
        assert_eq!(0, LineIndex::default().estimate(7));
    }

    proptest! {
        #[test]
        fn lines_are_where_naive_splitting_finds_them(
            pieces in prop::collection::vec("[a\n\r]{0,12}", 0..12),
            block in 1_u64..9,
        ) {
            let mut index = LineIndex::with_block(block);
            let mut text = Vec::new();
            for piece in &pieces {
                // What is known after each growth is what a fresh look would find.
                index.push(piece.as_bytes());
                text.extend_from_slice(piece.as_bytes());
                let starts = starts(&text);
                prop_assert_eq!(starts.len() as u64, index.n_lines());
                for (line, start) in (0..).zip(&starts) {
                    prop_assert_eq!(Some(*start), find(&index, &text, line));
                    prop_assert_eq!(line, line_of(&index, &text, *start));
                }
                let last = if text.last() == Some(&b'\n') { text.len() as u64 } else { starts.last().copied().unwrap_or(0) };
                prop_assert_eq!(last, index.last_start());
            }
        }
    }
}
