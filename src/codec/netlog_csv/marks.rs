//! Words in the column `evidence` that tell of the log itself and not of the line.

use std::fmt;

use super::Column;
use crate::model::proof::{AsideReason, PutAside};

/// Mark of a row that was made up for a demonstration.
pub(super) const DEMO: &str = "demo";
/// Beginning of the word for a log that was put aside before this row: `log_put_aside=<reason>@<file>`.
pub(super) const PUT_ASIDE: &str = "log_put_aside=";

/// Marks of a row that tell of its log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// The row is made up.
    pub is_demo: bool,
    /// The log that was put aside before it.
    pub put_aside: Option<PutAside>,
}

impl Marks {
    /// Marks of a row, given as its line or as the part of it before the last column.
    pub fn of(line: &[u8]) -> Self {
        let has = |word: &str| memchr::memmem::find(line, word.as_bytes()).is_some();
        let mut marks = Self::default();
        if !has(DEMO) && !has(PUT_ASIDE) {
            return marks;
        }
        for word in evidence(line).unwrap_or_default().split(';') {
            marks.is_demo |= word == DEMO;
            marks.put_aside = put_aside(word).or(marks.put_aside);
        }
        marks
    }
}

/// Reads the word for a log that was put aside; `None` for any other word.
pub(super) fn put_aside(word: &str) -> Option<PutAside> {
    let rest = word.strip_prefix(PUT_ASIDE)?;
    let (reason, file) = rest.split_once('@').unwrap_or((rest, ""));
    let (reason, ..) = AsideReason::ALL.iter().find(|(_, known, _)| *known == reason)?;
    Some(PutAside { reason: *reason, file: file.to_owned() })
}

/// The word for a log that was put aside.
struct Word<'a>(&'a PutAside);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUT_ASIDE}{}", self.0.reason.as_str())?;
        if self.0.file.is_empty() { Ok(()) } else { write!(f, "@{}", self.0.file) }
    }
}

/// Adds to the line of a row, as [`super::render`] made it, that a log was put aside before it.
pub fn tell_put_aside(line: &str, put_aside: &PutAside) -> String {
    add_word(line, &Word(put_aside).to_string()).unwrap_or_else(|| line.to_owned())
}

fn add_word(line: &str, word: &str) -> Option<String> {
    let record = record(line.as_bytes())?;
    let fields = record.iter().zip(Column::ALL).map(|(field, column)| {
        let separator = if field.is_empty() { "" } else { ";" };
        if *column == Column::Evidence { format!("{field}{separator}{word}") } else { field.to_owned() }
    });
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(fields).ok()?;
    String::from_utf8(writer.into_inner().ok()?).ok()
}

fn evidence(line: &[u8]) -> Option<String> {
    let column = Column::ALL.iter().position(|column| *column == Column::Evidence)?;
    record(line)?.get(column).map(str::to_owned)
}

fn record(line: &[u8]) -> Option<csv::StringRecord> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line);
    reader.records().next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "2025-10-02 14:35:02,2025-10-02T12:35:02+00:00,,,,,,,OK,,,,,,,,\"a,b:ok\",1,,,,,,,,,,,,,,,\r\n";

    #[test]
    fn a_row_tells_of_the_log_before_it_whatever_else_it_says() {
        for (_, word, _) in AsideReason::ALL {
            for file in ["", "netlog_20251002_123502_2.csv"] {
                let told = put_aside(&format!("{PUT_ASIDE}{word}@{file}")).unwrap();
                let line = tell_put_aside(LINE, &told);
                assert_eq!(Marks { is_demo: false, put_aside: Some(told.clone()) }, Marks::of(line.as_bytes()));
                assert_eq!(LINE.len() + Word(&told).to_string().len(), line.len());
                let with_evidence = add_word(LINE, "targets_dead").unwrap();
                assert_eq!(Some(told.clone()), Marks::of(tell_put_aside(&with_evidence, &told).as_bytes()).put_aside);
            }
        }
        assert_eq!(None, put_aside("log_put_aside=something_new@x"));
    }

    #[test]
    fn only_the_column_of_evidence_marks_a_row() {
        assert_eq!(Marks::default(), Marks::of(LINE.as_bytes()));
        assert_eq!(Marks::default(), Marks::of(LINE.replace("a,b", "demo").as_bytes()));
        let demo = add_word(LINE, "targets_dead;demo").unwrap();
        assert_eq!(Marks { is_demo: true, put_aside: None }, Marks::of(demo.as_bytes()));
        assert_eq!(Marks::default(), Marks::of(add_word(LINE, "demolition").unwrap().as_bytes()));
    }
}
