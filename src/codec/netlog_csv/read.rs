//! Lines to rows.

use std::{
    collections::VecDeque,
    io::{self, BufRead, Read as _},
};

use chrono::TimeDelta;

use super::{
    Column, HEADER, ORIGINAL,
    line::{Assembly, Seen},
    spelling::{belong_together, parse_millis},
    times::Times,
};
use crate::model::{log_row::LogRow, time::Timestamp, verdict::Status};

/// Longer lines are no rows of anybody; they are passed over without being kept in memory.
const MAX_LINE: u64 = 1 << 20;

/// Why one line was left out.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct LineError {
    /// Number of the line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Too long for a row.
    #[error("longer than any row")]
    TooLong,
    /// NUL bytes, as a power cut leaves them.
    #[error("contains NUL bytes")]
    Nul,
    /// Not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// Cut short, or two lines in one.
    #[error("has {found} fields in place of {expected}")]
    FieldCount {
        /// How many it has.
        found: usize,
        /// How many the header has.
        expected: usize,
    },
    /// Names columns, but not the two without which no row can be read.
    #[error("is a header without utc_timestamp or overall_status")]
    Header,
    /// A value without which a row tells nothing.
    #[error("says nothing in {0}")]
    Missing(&'static str),
    /// A text that is no value of its column.
    #[error("cannot be read in {column}: {text:?}")]
    Value {
        /// The column.
        column: &'static str,
        /// The beginning of what is there.
        text: String,
    },
    /// The time on the wall and the one in UTC are not the same anywhere.
    #[error("says two times that cannot be one")]
    Times,
    /// The rest of the file cannot be read; nothing follows.
    #[error("the file cannot be read on")]
    Io(#[source] io::Error),
}

/// Reads a log row by row.
///
/// A log is evidence that may have been cut short by the very power cut it documents, so a bad line costs that line
/// and no more. Columns are found by name: any subset of both programs' columns in any order will do, and columns
/// with other names are passed over. Without a header line the original's order is taken. A line that does not fit
/// the header but has as many fields as a row of ours or of the original is read as one: the original appends to
/// whatever it finds. Lines are told apart by line breaks alone, so a stray quote cannot swallow the next line.
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
    columns: Vec<Option<Column>>,
    seen: Seen,
    row: LogRow,
    /// What the line of `row` says behind the columns of [`HEAD`]; empty when it has others.
    tail: Vec<u8>,
    /// Other rows of late, each with its tail.
    others: Vec<(Vec<u8>, LogRow)>,
    repeats: bool,
    times: Times,
    axis: Axis,
    ended: bool,
}

/// Rows that are remembered for those that say the same.
const LIKE: usize = 4;

/// The columns that differ from line to line in the original's logs.
const HEAD: [Option<Column>; 3] = [Some(Column::LocalTimestamp), Some(Column::UtcTimestamp), Some(Column::GatewayMs)];

impl<R: BufRead> Reader<R> {
    /// Reads from the start of a file.
    pub fn new(input: R) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            line: 0,
            columns: in_order(ORIGINAL),
            seen: Seen::default(),
            row: LogRow::new(Timestamp::UNIX_EPOCH, Status::Ok),
            tail: Vec::new(),
            others: Vec::new(),
            repeats: false,
            times: Times::default(),
            axis: Axis::default(),
            ended: false,
        }
    }

    /// Reads from the start of a file whose runs set the clock by so much in all, as [`clock_steps`] finds them. Then
    /// [`LogRow::steady`] is the time by the clock as it went at the end of each run, rather than at its beginning.
    pub fn with_steps(input: R, steps: VecDeque<TimeDelta>) -> Self {
        let mut reader = Self::new(input);
        reader.axis.steps = steps;
        reader
    }

    /// How many lines have been read, header and blank ones included.
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
    pub fn advance(&mut self) -> Option<Result<(), LineError>> {
        let like = if self.ended { None } else { self.repeat() };
        self.repeats = like == Some(true);
        if like.is_some() {
            return Some(Ok(()));
        }
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

    /// Whether the row read last differs from the one before in nothing but its time and the gateway's RTT.
    pub fn repeats(&self) -> bool {
        self.repeats
    }

    /// The row read last.
    pub fn row(&self) -> &LogRow {
        &self.row
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
        let Ok(line) = std::str::from_utf8(bytes) else {
            return Some(Err(Problem::NotUtf8));
        };
        let quoted = memchr::memchr(b'"', bytes).is_some();
        if let Some(columns) = header(line, quoted) {
            self.tail.clear();
            self.others.clear();
            return match columns {
                Ok(columns) => {
                    self.columns = columns;
                    None
                }
                Err(problem) => Some(Err(problem)),
            };
        }
        Some(row(line, quoted, &self.columns, &mut self.seen).map(|row| {
            // As it will be compared: with all but the end of the line.
            let line = self.buffer.strip_suffix(b"\n").unwrap_or_default();
            let tail = head(line).filter(|_| !quoted && row.seq.is_none() && self.columns.starts_with(&HEAD));
            let tail = tail.map(|(.., tail)| tail.to_vec()).unwrap_or_default();
            let before = (std::mem::replace(&mut self.tail, tail), std::mem::replace(&mut self.row, row));
            if !before.0.is_empty() {
                self.others.truncate(LIKE - 1);
                self.others.insert(0, before);
            }
            self.axis.place(&mut self.row);
        }))
    }

    /// Reads a line that says what a row before it said, at another time, without copying it; `None` when the next line
    /// is no such line.
    ///
    /// Tells whether that is the very row before, rather than one of late.
    fn repeat(&mut self) -> Option<bool> {
        if self.tail.is_empty() {
            return None;
        }
        let buffer = self.input.fill_buf().ok()?;
        let end = memchr::memchr(b'\n', buffer)?;
        let (local, utc, gateway, tail) = head(buffer.get(..end)?)?;
        let is_same = tail == self.tail;
        let other = if is_same { None } else { Some(self.others.iter_mut().find(|(known, _)| *known == tail)?) };
        let local = self.times.local(local)?;
        let utc = self.times.utc(utc).filter(|utc| belong_together(local, *utc))?;
        let gateway_rtt =
            if gateway.is_empty() { None } else { Some(parse_millis(std::str::from_utf8(gateway).ok()?)?) };
        if let Some((known, row)) = other {
            std::mem::swap(known, &mut self.tail);
            std::mem::swap(row, &mut self.row);
        }
        self.row.local = Some(local);
        (self.row.utc, self.row.steady) = (utc, utc);
        self.row.gateway_rtt = gateway_rtt;
        self.line += 1;
        self.input.consume(end + 1);
        Some(is_same)
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<LogRow, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().map(|read| read.map(|()| self.row.clone()))
    }
}

/// Local time, UTC, the gateway's RTT, and everything behind them.
type Parts<'a> = (&'a [u8], &'a [u8], &'a [u8], &'a [u8]);

/// The fields of [`HEAD`] and everything behind them.
fn head(line: &[u8]) -> Option<Parts<'_>> {
    let mut commas = memchr::memchr_iter(b',', line);
    let (first, second, third) = (commas.next()?, commas.next()?, commas.next()?);
    Some((line.get(..first)?, line.get(first + 1..second)?, line.get(second + 1..third)?, line.get(third..)?))
}

/// A row may tell of a cycle that began so long before the row before it. More is a spoiled digit.
const CYCLE: TimeDelta = TimeDelta::minutes(10);

/// Puts the rows of a run on an axis of time that no setting of the clock disturbs.
#[derive(Debug, Default)]
struct Axis {
    seq: Option<u64>,
    last: Option<Timestamp>,
    /// How far the clock has been set since the run began, less all that it is set in the run, where that is known.
    set: TimeDelta,
    /// How far the clock is set in each of the runs that follow.
    steps: VecDeque<TimeDelta>,
}

/// How far the clock was set in each run of a log, in their order.
pub fn clock_steps<R: BufRead>(input: R) -> VecDeque<TimeDelta> {
    let (mut reader, mut steps) = (Reader::new(input), VecDeque::new());
    let mut before = None;
    while let Some(read) = reader.advance() {
        let row = reader.row();
        if read.is_err() {
            continue;
        }
        if row.seq.is_some() && !continues(before, row.seq) {
            steps.push_back(TimeDelta::zero());
        } else if let (Some(_), Some(sum)) = (row.seq, steps.back_mut()) {
            *sum = sum.checked_add(&step(row.clock_step.unwrap_or(0.0))).unwrap_or_default();
        }
        before = row.seq;
    }
    steps
}

/// Whether a row with this number goes on with the run of the row before it.
fn continues(before: Option<u64>, seq: Option<u64>) -> bool {
    seq > Some(1) && before.is_some() && before < seq
}

impl Axis {
    fn place(&mut self, row: &mut LogRow) {
        row.steady = row.utc;
        let continues = continues(std::mem::replace(&mut self.seq, row.seq), row.seq);
        if row.seq.is_none() {
            return;
        }
        if !continues {
            (self.last, self.set) = (None, -self.steps.pop_front().unwrap_or_default());
        }
        if continues {
            self.set = self.set.checked_add(&step(row.clock_step.unwrap_or(0.0))).unwrap_or_default();
        }
        let steady = row.utc.checked_sub_signed(self.set).unwrap_or(row.utc);
        row.steady = match self.last {
            Some(last) if last > steady && last - steady < CYCLE => last,
            _ => steady,
        };
        self.last = Some(row.steady);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "saturates, and a step of millennia is out of bounds")]
fn step(seconds: f64) -> TimeDelta {
    TimeDelta::try_milliseconds((seconds * 1000.0) as i64).unwrap_or_default()
}

fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// The first `count` columns in the order of the file.
fn in_order(count: usize) -> Vec<Option<Column>> {
    Column::ALL.iter().copied().map(Some).take(count).collect()
}

/// The columns a header line names; `None` when the line is none.
///
/// Rows begin with a date, so a line that begins with a digit never is one, not even a cut one run into a header.
fn header(line: &str, quoted: bool) -> Option<Result<Vec<Option<Column>>, Problem>> {
    if line.starts_with(|c: char| c.is_ascii_digit()) || !line.contains("_timestamp") {
        return None;
    }
    let mut columns = Vec::new();
    with_fields(line, quoted, |name| {
        let column = Column::ALL.iter().copied().find(|column| column.name() == name.trim());
        columns.push(column.filter(|column| !columns.contains(&Some(*column))));
        Ok(())
    })
    .ok()?;
    let has = |column| columns.contains(&Some(column));
    if has(Column::UtcTimestamp) && has(Column::OverallStatus) {
        Some(Ok(columns))
    } else {
        (has(Column::UtcTimestamp) || has(Column::LocalTimestamp)).then_some(Err(Problem::Header))
    }
}

fn row(line: &str, quoted: bool, columns: &[Option<Column>], seen: &mut Seen) -> Result<LogRow, Problem> {
    let found = count_fields(line, quoted)?;
    let own: Vec<_>;
    let columns = if found == columns.len() {
        columns
    } else if found == ORIGINAL || found == HEADER.len() {
        own = in_order(found);
        &own
    } else {
        return Err(Problem::FieldCount { found, expected: columns.len() });
    };
    let mut assembly = Assembly::new(seen);
    let mut columns = columns.iter();
    with_fields(line, quoted, |text| match columns.next() {
        Some(Some(column)) => assembly.set(*column, text),
        Some(None) | None => Ok(()),
    })?;
    assembly.finish()
}

fn count_fields(line: &str, quoted: bool) -> Result<usize, Problem> {
    let mut count = 0;
    if quoted {
        with_fields(line, quoted, |_| {
            count += 1;
            Ok(())
        })?;
    } else {
        count = line.bytes().filter(|byte| *byte == b',').count() + 1;
    }
    Ok(count)
}

/// Hands the fields of a line over one by one. Most lines have no quotes and are simply parted at commas.
fn with_fields(line: &str, quoted: bool, mut each: impl FnMut(&str) -> Result<(), Problem>) -> Result<(), Problem> {
    if quoted {
        let mut record = csv::StringRecord::new();
        csv::ReaderBuilder::new()
            .has_headers(false)
            .terminator(csv::Terminator::Any(b'\n'))
            .from_reader(line.as_bytes())
            .read_record(&mut record)
            .map_err(|_refused| Problem::NotUtf8)?;
        return record.iter().try_for_each(each);
    }
    // Faster than `split` for fields as short as these.
    let mut start = 0;
    for (idx, byte) in line.bytes().enumerate() {
        if byte == b',' {
            each(line.get(start..idx).unwrap_or_default())?;
            start = idx + 1;
        }
    }
    each(line.get(start..).unwrap_or_default())
}
