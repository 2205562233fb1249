//! The end of a log, without reading all of it.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
};

use super::error::{StoreError, context};
use crate::{codec::netlog_csv::Reader, model::log_row::LogRow};

/// How much of the end is read at first; four times as much whenever no row was found.
const FIRST_BLOCK: u64 = 64 * 1024;

/// How much of the end is read at most. A log without a row in there has none worth showing.
const LAST_BLOCK: u64 = 4 * 1024 * 1024;

/// The header line cannot be longer.
const MAX_HEADER: u64 = 64 * 1024;

/// The last row of a log; `None` when there is none. A line that is still being written does not count.
///
/// # Errors
///
/// When the file cannot be read. That includes that it is not there.
pub fn last_row(path: &Path) -> Result<Option<LogRow>, StoreError> {
    let mut file = File::open(path).map_err(context("open", path))?;
    find(&mut file).map_err(context("read", path))
}

fn find(file: &mut File) -> io::Result<Option<LogRow>> {
    let header = block(file, 0, MAX_HEADER)?;
    let header = header.split_inclusive(|byte| *byte == b'\n').next().filter(|line| line.ends_with(b"\n"));
    let header = header.unwrap_or_default();
    let len = file.metadata()?.len();
    let mut size = FIRST_BLOCK;
    loop {
        let start = len.saturating_sub(size);
        let tail = block(file, start, len - start)?;
        let tail = whole_lines(&tail, start == 0);
        // The header again in front of the tail names the columns; when the tail has it too, it does no harm.
        if let Some(row) = Reader::new(header.chain(tail)).filter_map(Result::ok).last() {
            return Ok(Some(row));
        }
        if start == 0 || size >= LAST_BLOCK {
            return Ok(None);
        }
        size *= 4;
    }
}

fn block(file: &mut File, start: u64, len: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(len).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Without a line whose start is missing and one that has no end.
fn whole_lines(bytes: &[u8], from_start: bool) -> &[u8] {
    let is_end = |byte: &u8| *byte == b'\n';
    let first = if from_start { 0 } else { bytes.iter().position(is_end).map_or(bytes.len(), |idx| idx + 1) };
    let last = bytes.iter().rposition(is_end).map_or(0, |idx| idx + 1);
    bytes.get(first..last).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "seq,utc_timestamp,overall_status\r\n";

    #[track_caller]
    fn check(expected: Option<u64>, content: &str) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("netlog.csv");
        std::fs::write(&path, content).unwrap();
        assert_eq!(expected, last_row(&path).unwrap().map(|row| row.seq.unwrap()));
    }

    fn line(seq: u64) -> String {
        format!("{seq},2025-10-02T12:35:02+00:00,OK\r\n")
    }

    #[test]
    fn the_last_whole_readable_line_is_found() {
        check(None, "");
        check(None, HEADER);
        check(None, HEADER.trim_end());
        check(None, "2025-10-02 14:35:02,2025-10-02T12:35:02+00:00,,,,,,,OK,,,,,,,,");
        check(Some(1), &format!("{HEADER}{}", line(1)));
        check(Some(2), &format!("{HEADER}{}{}", line(1), line(2)));
        check(Some(1), &format!("{HEADER}{}{}", line(1), line(2).trim_end()));
        check(Some(1), &format!("{HEADER}{}2,2025\r\n\r\n\0\0\0\r\n", line(1)));
    }

    #[test]
    fn only_the_end_of_a_large_log_is_read() {
        let many: String = (1..=20_000).map(line).collect();
        check(Some(20_000), &format!("{HEADER}{many}"));
        check(Some(20_000), &format!("{HEADER}{many}{}\r\n", "x".repeat(300_000)));
        check(None, &format!("{HEADER}{many}{}\r\n", "x".repeat(5_000_000)));
    }

    #[test]
    fn a_log_that_is_not_there_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert!(last_row(&dir.path().join("netlog.csv")).is_err());
    }
}
