//! Lines by their number, or the last ones, cut to what can be looked at.

use std::io;

use memchr::{memchr, memchr_iter};

use super::{
    line_index::{LineIndex, Place},
    source::Source,
};

/// A line up to this length, in bytes, is read whole. Of a longer one a part is read.
pub const WHOLE: u64 = 64 * 1024;

/// Number of bytes of a longer line that are read on each side of the column asked for.
const PART: u64 = 16 * 1024;

/// A line, or the part of it that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Counted from 0; `None` while the lines before it are not counted yet.
    pub number: Option<u64>,
    /// Position in the log at which the line begins.
    pub start: u64,
    /// Length of the line in bytes, without its end.
    pub len: u64,
    /// Position of the part, in bytes from the start of the line.
    pub part_start: u64,
    /// The bytes of the part, as they stand in the log.
    pub part: Vec<u8>,
}

/// Returns the position at which a line begins; `None` when there is no such line.
///
/// # Errors
///
/// When the log cannot be read.
pub fn start_of(source: &mut Source, index: &LineIndex, line: u64) -> io::Result<Option<u64>> {
    let Some(Place { start, end, skip }) = index.place(line) else { return Ok(None) };
    if skip == 0 {
        return Ok(Some(start));
    }
    let mut bytes = Vec::new();
    source.read(start, end, &mut bytes)?;
    let nth = usize::try_from(skip - 1).unwrap_or(usize::MAX);
    Ok(memchr_iter(b'\n', &bytes).nth(nth).map(|idx| start + idx as u64 + 1))
}

/// The number of the line that `offset` is in.
///
/// # Errors
///
/// When the log cannot be read.
pub fn number_at(source: &mut Source, index: &LineIndex, offset: u64) -> io::Result<u64> {
    let offset = offset.min(index.len());
    let (start, before) = index.count_from(offset);
    let mut bytes = Vec::new();
    source.read(start, offset, &mut bytes)?;
    Ok(before + memchr_iter(b'\n', &bytes).count() as u64)
}

/// Up to `count` lines from number `first` on. `column` says, in bytes, which part of lines too long to be read whole.
///
/// # Errors
///
/// When the log cannot be read.
pub fn read(source: &mut Source, index: &LineIndex, first: u64, count: usize, column: u64) -> io::Result<Vec<Line>> {
    let mut lines = Vec::with_capacity(count.min(1024));
    let Some(start) = start_of(source, index, first)? else { return Ok(lines) };
    let mut reader = LineReader { at: start, end: index.len(), buffer: Vec::new(), buffer_start: start };
    for number in (first..index.n_lines()).take(count) {
        let found = reader.find_end(source)?;
        let next = match found {
            Some(end) => end + 1,
            // No end nearby: the index knows where the next line begins.
            None => start_of(source, index, number + 1)?.unwrap_or(index.len()),
        };
        let has_end = found.is_some() || number + 1 < index.n_lines();
        lines.push(reader.take(source, next, has_end, column, Some(number))?);
    }
    Ok(lines)
}

/// Up to `count` lines at the end of a log whose lines are not all counted yet, as far as they are within the last
/// 64 KiB.
///
/// # Errors
///
/// When the log cannot be read.
pub fn last(source: &mut Source, count: usize) -> io::Result<Vec<Line>> {
    let start = source.len().saturating_sub(WHOLE);
    let mut bytes = Vec::new();
    source.read(start, source.len(), &mut bytes)?;
    let mut starts: Vec<u64> = memchr_iter(b'\n', &bytes).map(|idx| start + idx as u64 + 1).collect();
    if start == 0 || starts.is_empty() {
        starts.insert(0, start);
    }
    starts.retain(|line| *line < source.len());
    let skipped = starts.len().saturating_sub(count);
    let mut lines = Vec::new();
    for line in starts.into_iter().skip(skipped) {
        let mut reader = LineReader { at: line, end: source.len(), buffer: Vec::new(), buffer_start: line };
        let found = reader.find_end(source)?;
        let next = found.map_or(source.len(), |end| end + 1);
        lines.push(reader.take(source, next, found.is_some(), 0, None)?);
    }
    Ok(lines)
}

fn byte(source: &mut Source, offset: u64) -> io::Result<Option<u8>> {
    let mut bytes = Vec::new();
    source.read(offset, offset + 1, &mut bytes)?;
    Ok(bytes.first().copied())
}

/// Goes from line to line with a buffer that holds many.
struct LineReader {
    /// Position at which the line at hand begins.
    at: u64,
    /// End of the log.
    end: u64,
    buffer: Vec<u8>,
    buffer_start: u64,
}

impl LineReader {
    /// Returns the position of the line end of the line at hand, if it is near.
    fn find_end(&mut self, source: &mut Source) -> io::Result<Option<u64>> {
        if let Some(idx) = memchr(b'\n', self.rest()) {
            return Ok(Some(self.at + idx as u64));
        }
        self.buffer_start = self.at;
        source.read(self.at, (self.at + WHOLE + 1).min(self.end), &mut self.buffer)?;
        Ok(memchr(b'\n', &self.buffer).map(|idx| self.at + idx as u64))
    }

    /// Returns the buffered bytes of the line at hand and those behind it.
    fn rest(&self) -> &[u8] {
        let from = usize::try_from(self.at - self.buffer_start).unwrap_or(usize::MAX);
        self.buffer.get(from..).unwrap_or_default()
    }

    /// The line at hand, which ends where `next` begins.
    fn take(
        &mut self,
        source: &mut Source,
        next: u64,
        has_end: bool,
        column: u64,
        number: Option<u64>,
    ) -> io::Result<Line> {
        let start = self.at;
        self.at = next;
        let mut len = next - start - u64::from(has_end);
        let (part_start, part_end) = if len <= WHOLE {
            (0, len)
        } else {
            let from = column.min(len).saturating_sub(PART);
            (from, (from + 2 * PART).min(len))
        };
        let mut part = Vec::new();
        let begin = usize::try_from(start + part_start - self.buffer_start).unwrap_or(usize::MAX);
        let end = usize::try_from(start + part_end - self.buffer_start).unwrap_or(usize::MAX);
        match self.buffer.get(begin..end) {
            Some(bytes) => part.extend_from_slice(bytes),
            None => source.read(start + part_start, start + part_end, &mut part)?,
        }
        let last = if part_end == len { part.last().copied() } else { byte(source, start + len - 1)? };
        if has_end && last == Some(b'\r') {
            len -= 1;
            part.truncate(usize::try_from(len - part_start).unwrap_or(usize::MAX));
        }
        // A part does not begin or end within a character.
        if part_start > 0 {
            let cut = part.iter().take(3).take_while(|byte| (0x80..0xc0).contains(*byte)).count();
            part.drain(..cut);
            return Ok(Line { number, start, len, part_start: part_start + cut as u64, part });
        }
        Ok(Line { number, start, len, part_start, part })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    fn log(content: &[u8], block: u64) -> (tempfile::TempDir, Source, LineIndex) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.log");
        fs::write(&path, content).unwrap();
        let source = Source::open(&path).unwrap();
        let mut index = LineIndex::with_block(block);
        index.push(content);
        (dir, source, index)
    }

    fn texts(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| String::from_utf8_lossy(&line.part).into_owned()).collect()
    }

    #[test]
    fn lines_come_without_their_ends() {
        let (_dir, mut source, index) = log(b"a\r\n\nb\rc\nd", 4);
        let lines = read(&mut source, &index, 0, 9, 0).unwrap();
        assert_eq!(["a", "", "b\rc", "d"], texts(&lines)[..]);
        assert_eq!([0, 3, 4, 8], [0, 1, 2, 3].map(|idx: usize| lines[idx].start));
        assert_eq!(["", "b\rc"], texts(&read(&mut source, &index, 1, 2, 0).unwrap())[..]);
        assert_eq!(Vec::<Line>::new(), read(&mut source, &index, 4, 2, 0).unwrap());
        assert_eq!(["b\rc", "d"], texts(&last(&mut source, 2).unwrap())[..]);
        assert_eq!(4, last(&mut source, 9).unwrap().len());
    }

    #[test]
    fn of_a_line_of_millions_of_columns_only_a_part_is_read() {
        let mut content = b"first\n".to_vec();
        for n in 0..400_000 {
            content.extend_from_slice(format!("{n:07}").as_bytes());
        }
        content.extend_from_slice(b"\r\nlast\n");
        let (_dir, mut source, index) = log(&content, 64 * 1024);
        let lines = read(&mut source, &index, 0, 9, 1_400_000).unwrap();
        assert_eq!(3, lines.len());
        assert_eq!((2_800_000, 1_400_000 - PART), (lines[1].len, lines[1].part_start));
        assert_eq!(32 * 1024, lines[1].part.len());
        let from = 6 + usize::try_from(lines[1].part_start).unwrap();
        assert_eq!(content[from..from + lines[1].part.len()], lines[1].part);
        assert_eq!("last", texts(&lines)[2]);
        let end = read(&mut source, &index, 1, 1, u64::MAX).unwrap();
        assert!(end[0].part.ends_with(b"0399999"));
        assert_eq!(["last"], texts(&last(&mut source, 9).unwrap())[..], "the long line begins too far in front");
    }

    #[test]
    fn a_part_begins_with_a_whole_character() {
        let content = "ä".repeat(100_000);
        let (_dir, mut source, index) = log(content.as_bytes(), 64 * 1024);
        for column in [100_000, 100_001] {
            let line = &read(&mut source, &index, 0, 1, column).unwrap()[0];
            assert_eq!(0, line.part_start % 2);
            assert!(String::from_utf8_lossy(&line.part).starts_with('ä'));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn all_ways_to_a_line_agree(text in "[ab\r\n]{0,60}", block in 1_u64..9) {
            let (_dir, mut source, index) = log(text.as_bytes(), block);
            let naive: Vec<String> = text
                .split_inclusive('\n')
                .map(|line| line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line)).to_owned())
                .collect();
            let lines = read(&mut source, &index, 0, usize::MAX, 0).unwrap();
            prop_assert_eq!(&naive, &texts(&lines));
            prop_assert_eq!(&naive, &texts(&last(&mut source, usize::MAX).unwrap()));
            for (number, line) in (0..).zip(&lines) {
                prop_assert_eq!(Some(line.start), start_of(&mut source, &index, number).unwrap());
                prop_assert_eq!(number, number_at(&mut source, &index, line.start).unwrap());
                prop_assert_eq!(std::slice::from_ref(line), &read(&mut source, &index, number, 1, 0).unwrap()[..]);
            }
        }
    }
}
