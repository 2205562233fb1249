//! The end of a log, without reading all of it.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
};

use super::error::{StoreError, context};
use crate::{
    codec::netlog_csv::Reader,
    model::{log_row::LogRow, time::Timestamp},
};

/// Bytes of the end that are read at first. For the last row, four times as many are read whenever no row was found.
const FIRST_BLOCK: u64 = 64 * 1024;

/// Maximum number of bytes of the end that are read for the last row. A log without a row in there has none worth
/// showing.
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

/// Returns the rows of a log from `from` on, oldest first, without reading all of it. Empty where there is no such
/// file.
///
/// # Errors
///
/// If the file cannot be read.
pub fn rows_since(path: &Path, from: Timestamp) -> Result<Vec<LogRow>, StoreError> {
    match File::open(path) {
        Ok(mut file) => since(&mut file, from).map_err(context("read", path)),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(err) => Err(context("open", path)(err)),
    }
}

fn since(file: &mut File, from: Timestamp) -> io::Result<Vec<LogRow>> {
    let header = header(file)?;
    let len = file.metadata()?.len();
    let mut size = FIRST_BLOCK;
    let start = loop {
        let start = len.saturating_sub(size);
        let first = block(file, start, FIRST_BLOCK.min(len - start))?;
        let first = whole_lines(&first, start == 0);
        let row = Reader::new(header.as_slice().chain(first)).find_map(Result::ok);
        if start == 0 || row.is_some_and(|row| row.utc < from) {
            break start;
        }
        size *= 2;
    };
    let tail = block(file, start, len - start)?;
    let tail = whole_lines(&tail, start == 0);
    Ok(Reader::new(header.as_slice().chain(tail)).filter_map(Result::ok).filter(|row| row.utc >= from).collect())
}

/// The first line, which names the columns; empty when it has no end.
fn header(file: &mut File) -> io::Result<Vec<u8>> {
    let begin = block(file, 0, MAX_HEADER)?;
    let line = begin.split_inclusive(|byte| *byte == b'\n').next().filter(|line| line.ends_with(b"\n"));
    Ok(line.unwrap_or_default().to_vec())
}

fn find(file: &mut File) -> io::Result<Option<LogRow>> {
    let header = header(file)?;
    let len = file.metadata()?.len();
    let mut size = FIRST_BLOCK;
    loop {
        let start = len.saturating_sub(size);
        let tail = block(file, start, len - start)?;
        let tail = whole_lines(&tail, start == 0);
        // The header again in front of the tail names the columns; when the tail has it too, it does no harm.
        if let Some(row) = Reader::new(header.as_slice().chain(tail)).filter_map(Result::ok).last() {
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

    #[test]
    fn rows_since_a_time_are_found_wherever_they_begin() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("netlog.csv");
        let begin: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
        let at = |idx: i64| begin + chrono::TimeDelta::seconds(20 * idx);
        let rows = (0..20_000).map(|idx| format!("{idx},{},OK\r\n", at(idx).to_rfc3339())).collect::<Vec<_>>().concat();
        std::fs::write(&path, format!("{HEADER}{rows}")).unwrap();
        for first in [0, 1, 1000, 15_000, 19_999] {
            let found = rows_since(&path, at(first)).unwrap();
            let numbers = (i64::try_from(found.len()).unwrap(), found[0].seq.map(u64::cast_signed));
            assert_eq!((20_000 - first, Some(first)), numbers, "{first}");
            assert_eq!(Some(19_999), found.last().unwrap().seq);
        }
        assert_eq!(0, rows_since(&path, at(20_000)).unwrap().len());
        assert_eq!(0, rows_since(&dir.path().join("none.csv"), begin).unwrap().len());
    }

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
