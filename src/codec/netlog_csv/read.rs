//! Lines to rows.

use std::{
    collections::VecDeque,
    io::{BufRead, Read as _},
};

use chrono::TimeDelta;

use super::{
    CUT, ORIGINAL,
    axis::Axis,
    fields::{Layout, header, is_torn, row},
    known::{Known, OfLate},
    line::Seen,
    problem::{LineError, Problem},
    times::Times,
};
use crate::model::{log_row::LogRow, time::Timestamp, verdict::Status};

/// Longer lines are no rows of anybody; they are passed over without being kept in memory.
const MAX_LINE: u64 = 1 << 20;

/// Reads a log row by row.
///
/// A log is evidence that may have been cut short by the very power cut it documents, so a bad line costs that line and
/// no more, and a bad field costs that field ([`LogRow::unread`]) unless it is the time or the status. Fields are
/// parted by commas, or as spreadsheet programs save them by semicolons or tabs. Columns are found by name: any subset
/// of both programs' columns in any order will do, and columns with other names are passed over. Without a header line
/// the original's order is taken. A line that does not fit the header but has as many fields as a row of ours or of the
/// original is read as one: the original appends to whatever it finds. A last line without an end has to fit the
/// header. Lines are told apart by line breaks alone, so a stray quote cannot swallow the next line.
///
/// After [`Problem::Io`] nothing more comes.
///
/// As an iterator it gives rows away; [`Reader::advance`] and [`Reader::row`] give them to look at, which is much
/// quicker: most rows of the original are the one before them at another time.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    buffer: Vec<u8>,
    line: u64,
    layout: Layout,
    seen: Seen,
    known: Box<Known>,
    of_late: OfLate,
    repeats: bool,
    times: Times,
    axis: Axis,
    log: usize,
    ended: bool,
}

impl<R: BufRead> Reader<R> {
    /// Reads from the start of a file.
    pub fn new(input: R) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            line: 0,
            layout: Layout::in_order(ORIGINAL),
            seen: Seen::default(),
            known: Known::new(LogRow::new(Timestamp::UNIX_EPOCH, Status::Ok)),
            of_late: OfLate::default(),
            repeats: false,
            times: Times::default(),
            axis: Axis::default(),
            log: 0,
            ended: false,
        }
    }

    /// Reads from the start of a file whose runs set the clock by so much in all, as `clock_steps` finds them. Then
    /// [`LogRow::steady`] is the time by the clock as it went at the end of each run, rather than at its beginning.
    pub fn with_steps(input: R, steps: VecDeque<TimeDelta>) -> Self {
        Self { axis: Axis::new(steps), ..Self::new(input) }
    }

    /// The same reader, whose rows say that they stand in the log of this number.
    #[must_use]
    pub fn of_log(self, log: usize) -> Self {
        Self { log, ..self }
    }

    /// True if the clock was set in one of the runs read so far: then [`Reader::with_steps`] would have put their rows
    /// elsewhere.
    pub fn clock_was_set(&self) -> bool {
        self.axis.was_set()
    }

    /// Returns the number of lines that have been read, header and blank ones included.
    pub fn lines_read(&self) -> u64 {
        self.line
    }

    /// Reads one line into the buffer; `None` at the end.
    fn read_line(&mut self) -> Option<Result<(), Problem>> {
        self.buffer.clear();
        let count = match (&mut self.input).take(MAX_LINE).read_until(b'\n', &mut self.buffer) {
            Ok(0) => return None,
            Ok(count) => count as u64,
            Err(err) => {
                self.ended = true;
                return Some(Err(Problem::Io(err)));
            }
        };
        self.line += 1;
        if count < MAX_LINE || self.buffer.last() == Some(&b'\n') {
            return Some(Ok(()));
        }
        self.buffer = Vec::new();
        Some(Err(self.input.skip_until(b'\n').map_or_else(
            |err| {
                self.ended = true;
                Problem::Io(err)
            },
            |_| Problem::TooLong,
        )))
    }

    /// Reads the next row, which [`Reader::row`] then shows; `None` at the end.
    #[inline]
    pub fn advance(&mut self) -> Option<Result<(), LineError>> {
        if let Some(repeats) = self.repeat() {
            self.repeats = repeats;
            return Some(Ok(()));
        }
        self.repeats = false;
        self.advance_slowly()
    }

    /// The same for a line that has to be taken apart.
    #[inline(never)]
    fn advance_slowly(&mut self) -> Option<Result<(), LineError>> {
        while !self.ended {
            let parsed = match self.read_line()? {
                Ok(()) => self.parse(),
                Err(problem) => Some(Err(problem)),
            };
            if let Some(parsed) = parsed {
                return Some(parsed.map_err(|problem| LineError { line: self.line, problem }));
            }
        }
        None
    }

    /// True if the row read last differs from the one before in nothing but its time and the gateway's RTT.
    pub fn repeats(&self) -> bool {
        self.repeats
    }

    /// The row read last.
    pub fn row(&self) -> &LogRow {
        &self.known.row
    }

    /// Reads the line in the buffer into the row; `None` when it is blank or a header.
    fn parse(&mut self) -> Option<Result<(), Problem>> {
        let bytes = if self.line == 1 { without_bom(&self.buffer) } else { &self.buffer };
        let bytes = bytes.trim_ascii();
        if bytes.is_empty() {
            return None;
        }
        if memchr::memchr(0, bytes).is_some() {
            return Some(Err(Problem::Nul));
        }
        if bytes.ends_with(CUT.as_bytes()) {
            return Some(Err(Problem::Cut));
        }
        let Ok(line) = std::str::from_utf8(bytes) else {
            return Some(Err(Problem::NotUtf8));
        };
        let quoted = memchr::memchr(b'"', bytes).is_some();
        if let Some(layout) = header(line, quoted) {
            self.known.forget();
            self.of_late.clear();
            return match layout {
                Ok(layout) => {
                    self.layout = layout;
                    None
                }
                Err(problem) => Some(Err(problem)),
            };
        }
        if !self.buffer.ends_with(b"\n") && is_torn(line, quoted, &self.layout) {
            return Some(Err(Problem::Cut));
        }
        Some(row(line, quoted, &self.layout, &mut self.seen).map(|mut row| {
            row.log = self.log;
            self.axis.place(&mut row);
            let columns = self.layout.by_commas();
            let known = if quoted { Known::new(row) } else { Known::of(row, &self.buffer, columns, &mut self.times) };
            self.of_late.add(std::mem::replace(&mut self.known, known));
        }))
    }

    /// Reads a line that says what a row of late said, at another time; `None` when the next line is no such line.
    ///
    /// Tells whether that is the very row before, rather than another of late.
    #[inline]
    fn repeat(&mut self) -> Option<bool> {
        if self.ended {
            return None;
        }
        let buffer = self.input.fill_buf().ok()?;
        let (length, is_same) = self.known.repeat(&mut self.of_late, buffer, &mut self.times)?;
        self.line += 1;
        self.input.consume(length);
        Some(is_same)
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<LogRow, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().map(|read| read.map(|()| self.row().clone()))
    }
}

fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}
