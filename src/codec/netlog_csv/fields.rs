//! A line to its fields, and to the columns they belong to.

use super::{
    Column, HEADER, ORIGINAL,
    line::{Assembly, Seen},
    problem::Problem,
};
use crate::model::log_row::LogRow;

/// Separators of fields: a comma, and those that spreadsheet programs put in its place.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// The columns of a file, and what parts them.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) columns: Vec<Option<Column>>,
    pub(super) delimiter: u8,
}

impl Layout {
    /// The first `count` columns in the order of the file, parted by commas.
    pub(super) fn in_order(count: usize) -> Self {
        Self { columns: in_order(count), delimiter: b',' }
    }

    /// The columns of a line parted by commas; empty where it is parted otherwise.
    pub(super) fn by_commas(&self) -> &[Option<Column>] {
        if self.delimiter == b',' { &self.columns } else { &[] }
    }
}

/// The first `count` columns in the order of the file.
fn in_order(count: usize) -> Vec<Option<Column>> {
    Column::ALL.iter().copied().map(Some).take(count).collect()
}

/// The columns a header line names; `None` when the line is none.
///
/// Rows begin with a date, so a line that begins with a digit never is one, not even a cut one run into a header.
pub(super) fn header(line: &str, quoted: bool) -> Option<Result<Layout, Problem>> {
    if line.starts_with(|c: char| c.is_ascii_digit()) || !line.contains("_timestamp") {
        return None;
    }
    let mut is_header = false;
    for delimiter in DELIMITERS {
        let mut columns = Vec::new();
        let text = Text { line, quoted, delimiter };
        text.each(|name| {
            let column = Column::ALL.iter().copied().find(|column| column.name() == name.trim());
            columns.push(column.filter(|column| !columns.contains(&Some(*column))));
            Ok(())
        })
        .ok()?;
        let has = |column| columns.contains(&Some(column));
        if has(Column::UtcTimestamp) && has(Column::OverallStatus) {
            return Some(Ok(Layout { columns, delimiter }));
        }
        is_header |= has(Column::UtcTimestamp) || has(Column::LocalTimestamp);
    }
    is_header.then_some(Err(Problem::Header))
}

/// True if a line without an end is no whole row of this layout.
pub(super) fn is_torn(line: &str, quoted: bool, layout: &Layout) -> bool {
    let count = Text { line, quoted, delimiter: layout.delimiter }.count();
    let lacks_hash =
        layout.columns.last() == Some(&Some(Column::Chain)) && line.ends_with(char::from(layout.delimiter));
    lacks_hash || count.is_ok_and(|count| count != layout.columns.len())
}

/// Reads a line that is no header. One that does not fit the layout may be a whole row of ours or of the original.
pub(super) fn row(line: &str, quoted: bool, layout: &Layout, seen: &mut Seen) -> Result<LogRow, Problem> {
    let mut text = Text { line, quoted, delimiter: layout.delimiter };
    let (found, expected) = (text.count()?, layout.columns.len());
    let own: Vec<_>;
    let columns = if found == expected {
        &layout.columns
    } else {
        let mut whole = None;
        for delimiter in DELIMITERS {
            let other = Text { delimiter, ..text };
            let count = other.count()?;
            if whole.is_none() && (count == ORIGINAL || count == HEADER.len()) {
                whole = Some((other, count));
            }
        }
        let Some((other, count)) = whole else { return Err(Problem::FieldCount { found, expected }) };
        text = other;
        own = in_order(count);
        &own
    };
    let mut assembly = Assembly::new(seen);
    let mut columns = columns.iter();
    text.each(|field| match columns.next() {
        Some(Some(column)) => assembly.set(*column, field),
        Some(None) | None => Ok(()),
    })?;
    assembly.finish()
}

/// A line that is to be parted into fields.
#[derive(Clone, Copy)]
struct Text<'a> {
    line: &'a str,
    quoted: bool,
    delimiter: u8,
}

impl Text<'_> {
    fn count(self) -> Result<usize, Problem> {
        if !self.quoted {
            return Ok(memchr::memchr_iter(self.delimiter, self.line.as_bytes()).count() + 1);
        }
        let mut count = 0;
        self.each(|_| {
            count += 1;
            Ok(())
        })?;
        Ok(count)
    }

    /// Hands the fields over one by one. Most lines have no quotes and are simply parted at delimiters.
    fn each(self, mut each: impl FnMut(&str) -> Result<(), Problem>) -> Result<(), Problem> {
        let Self { line, quoted, delimiter } = self;
        if quoted {
            let mut record = csv::StringRecord::new();
            csv::ReaderBuilder::new()
                .has_headers(false)
                .delimiter(delimiter)
                .terminator(csv::Terminator::Any(b'\n'))
                .from_reader(line.as_bytes())
                .read_record(&mut record)
                .map_err(|_refused| Problem::NotUtf8)?;
            return record.iter().try_for_each(each);
        }
        let mut start = 0;
        for end in memchr::memchr_iter(delimiter, line.as_bytes()) {
            each(line.get(start..end).unwrap_or_default())?;
            start = end + 1;
        }
        each(line.get(start..).unwrap_or_default())
    }
}
