//! Faults of a line.

use std::io;

/// Reason why one line was left out.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct LineError {
    /// Number of the line, from 1.
    pub line: u64,
    /// Fault of that line.
    pub problem: Problem,
}

/// Fault of a line.
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
        /// Number of fields of the line.
        found: usize,
        /// Number of fields of the header.
        expected: usize,
    },
    /// Names columns, but not the two without which no row can be read.
    #[error("is a header without utc_timestamp or overall_status")]
    Header,
    /// Closed as a line that was cut short, however much of a row is there.
    #[error("was cut short")]
    Cut,
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
