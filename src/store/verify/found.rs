//! Findings of the verification.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use crate::model::proof::AsideReason;

/// Something about one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub path: PathBuf,
    /// Line in it, from 1; `None` for the file as a whole.
    pub line: Option<u64>,
    /// Kind of finding.
    pub what: What,
}

/// Kinds of findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The row does not follow the one before it.
    Broken,
    /// The same, and numbers are missing between the two.
    Missing {
        /// The number of the row before.
        before: u64,
        /// The number of this row.
        this: u64,
    },
    /// This line was put between two rows that follow each other.
    Inserted,
    /// This is no row of the log.
    Foreign,
    /// The end of the line is not the one that was written.
    LineEnd,
    /// The first row follows no row of any file.
    NoBeginning,
    /// Rows are missing at the end: the last that was written is not there.
    NoEnd,
    /// The head of the log is not signed by its key.
    BadSignature,
    /// The head of the log cannot be read.
    BadHead,
    /// The header line is not the program's.
    Header,
    /// A line that was cut short when the program or the computer stopped.
    CutShort,
    /// Rows without a hash: another program wrote them, or an older version.
    Unprotected(u64),
    /// The last row was announced and never written, as when the program is killed.
    Unwritten,
    /// There is no head, so rows may be missing at the end.
    NoHead,
    /// The head is not signed.
    Unsigned,
    /// The head is signed by another key than this user's.
    OtherKey,
    /// The head is signed by another key than the one that was named.
    NotThisKey,
    /// No row of this file leads to the head.
    Unvouched,
    /// The row records that the log before it was put aside, and its name since then.
    PutAside(AsideReason, String),
    /// This user's key signed the log of this folder, and this one it did not sign.
    SignatureRemoved,
    /// Rows that this user's key signed are not in the log.
    RolledBack,
}

/// Rows that once were in the folder and are not now. By itself that is no sign of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absent {
    /// The file of a log that was put aside, as a row records it.
    Aside(PathBuf),
    /// The log before the row of this line, as that row records it.
    Before(PathBuf, u64),
    /// The rows that the key signed last. The log of another chain is in their place, as after a change of disks.
    Latest(PathBuf),
}

impl Absent {
    /// True if a row of the log itself tells of the rows, so they belong to it.
    pub fn is_recorded(&self) -> bool {
        !matches!(self, Self::Latest(_))
    }

    /// The file, and the line in it.
    pub fn place(&self) -> (&Path, Option<u64>) {
        match self {
            Self::Aside(path) | Self::Latest(path) => (path, None),
            Self::Before(path, line) => (path, Some(*line)),
        }
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, line) = self.place();
        write!(f, "{}", path.display())?;
        if let Some(line) = line {
            write!(f, ", line {line}")?;
        }
        f.write_str(match self {
            Self::Aside(_) => ": this log was put aside, and its file is no longer here",
            Self::Before(..) => ": rows that the key once signed are no longer here",
            Self::Latest(_) => {
                ": the rows that this user's key signed last are in no file: another log is in their place"
            }
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken => f.write_str("the row was changed, or rows before it were taken out"),
            Self::Missing { before, this } => write!(f, "rows were taken out before it: {this} follows {before}"),
            Self::Inserted => f.write_str("the line was put in later"),
            Self::Foreign => f.write_str("the line was changed or put in: it is no row of this log"),
            Self::LineEnd => f.write_str("the end of the line was changed"),
            Self::NoBeginning => {
                f.write_str("the first row follows no other: rows before it were taken out, or it was changed")
            }
            Self::NoEnd => f.write_str("rows at the end were taken out, or others put in behind them"),
            Self::BadSignature => f.write_str("the head of the log is not signed by its key"),
            Self::BadHead => f.write_str("the head of the log cannot be read"),
            Self::Header => f.write_str("the header line was changed"),
            Self::CutShort => f.write_str("the line is no whole row, as when the computer stops while it is written"),
            Self::Unprotected(n) => {
                write!(f, "{n} lines of another program or an older version, which nothing protects")
            }
            Self::Unwritten => f.write_str("one more row was announced, and the program ended before it was written"),
            Self::OtherKey => f.write_str("the head of the log is signed by another key than this user's"),
            Self::NotThisKey => f.write_str("the head of the log is signed by another key than the one expected"),
            Self::Unvouched => {
                f.write_str("no row of this file leads to the last one: the file was put in, or is a copy")
            }
            Self::PutAside(reason, file) => {
                write!(f, "the row records that the log before it {}", reason.explain())?;
                if file.is_empty() { Ok(()) } else { write!(f, "; it was put aside as {file}") }
            }
            Self::SignatureRemoved => f.write_str(
                "this user's key signed the log of this folder, and this log is not signed by it: the log or its signature was replaced",
            ),
            Self::RolledBack => {
                f.write_str("rows that this user's key signed are missing: an older state of the log was put in its place")
            }
            Self::NoHead => f.write_str("the head of the log is not there, so rows may be missing at the end"),
            Self::Unsigned => f.write_str("the head of the log is not signed"),
        }
    }
}
