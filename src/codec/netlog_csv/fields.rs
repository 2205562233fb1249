//! A line to its fields, and to the columns they belong to.

use super::{
    Column, HEADER, ORIGINAL,
    line::{Assembly, Seen},
    read::Problem,
};
use crate::model::log_row::LogRow;

/// The first `count` columns in the order of the file.
pub(super) fn in_order(count: usize) -> Vec<Option<Column>> {
    Column::ALL.iter().copied().map(Some).take(count).collect()
}

/// The columns a header line names; `None` when the line is none.
///
/// Rows begin with a date, so a line that begins with a digit never is one, not even a cut one run into a header.
pub(super) fn header(line: &str, quoted: bool) -> Option<Result<Vec<Option<Column>>, Problem>> {
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

pub(super) fn row(line: &str, quoted: bool, columns: &[Option<Column>], seen: &mut Seen) -> Result<LogRow, Problem> {
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
        count = memchr::memchr_iter(b',', line.as_bytes()).count() + 1;
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
    let mut start = 0;
    for end in memchr::memchr_iter(b',', line.as_bytes()) {
        each(line.get(start..end).unwrap_or_default())?;
        start = end + 1;
    }
    each(line.get(start..).unwrap_or_default())
}
