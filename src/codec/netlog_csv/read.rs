//! Lines to rows.

use std::io::{self, BufRead, Read as _};

use super::{
    Column, HEADER, ORIGINAL,
    line::{Assembly, Seen},
};
use crate::model::log_row::LogRow;

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
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    buffer: Vec<u8>,
    line: u64,
    columns: Vec<Option<Column>>,
    seen: Seen,
    ended: bool,
}

impl<R: BufRead> Reader<R> {
    /// Reads from the start of a file.
    pub fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), line: 0, columns: in_order(ORIGINAL), seen: Seen::default(), ended: false }
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

    /// What the line in the buffer says; `None` when it is blank or a header.
    fn parse(&mut self) -> Option<Result<LogRow, Problem>> {
        let bytes = if self.line == 1 { without_bom(&self.buffer) } else { &self.buffer };
        let bytes = bytes.trim_ascii();
        if bytes.is_empty() {
            return None;
        }
        if bytes.contains(&0) {
            return Some(Err(Problem::Nul));
        }
        let Ok(line) = std::str::from_utf8(bytes) else {
            return Some(Err(Problem::NotUtf8));
        };
        let quoted = bytes.contains(&b'"');
        if let Some(columns) = header(line, quoted) {
            return match columns {
                Ok(columns) => {
                    self.columns = columns;
                    None
                }
                Err(problem) => Some(Err(problem)),
            };
        }
        Some(row(line, quoted, &self.columns, &mut self.seen))
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<LogRow, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
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
