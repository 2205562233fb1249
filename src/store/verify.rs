//! Whether the rows of a folder's logs are as they were written.
//!
//! Each row is bound to the row before it, so whatever was changed, taken out or put in is found, and where. What this
//! proves is that nothing was changed since by anybody without the signing key; not that what was written is true.

use std::{
    fmt, fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
};

use super::{
    error::{StoreError, context},
    key,
    log::HEAD_NAME,
    logs,
};
use crate::{
    codec::{
        chain_head_json::{self, Signed},
        netlog_csv::{self, Link},
    },
    model::time::Timestamp,
};

/// What verifying found.
#[derive(Debug, Default)]
pub struct Verified {
    /// Rows that are as they were written, bound to the one before.
    pub n_rows: u64,
    /// What is not as it was.
    pub findings: Vec<Finding>,
    /// What cannot be vouched for, and is no sign of a change.
    pub notes: Vec<Finding>,
    /// The head of the log: when its last row was written, and the public key if it is signed.
    pub head: Option<(Timestamp, Option<Vec<u8>>)>,
}

/// Something about one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub path: PathBuf,
    /// Its line, from 1; `None` for the file as a whole.
    pub line: Option<u64>,
    /// What it is.
    pub what: What,
}

/// What may be found.
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
    /// Its end is not the one that was written.
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
    /// The last row was written after the head, which happens when the program is killed.
    Unsealed,
    /// There is no head, so rows may be missing at the end.
    NoHead,
    /// The head is not signed.
    Unsigned,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        f.write_str(": ")?;
        match &self.what {
            What::Broken => f.write_str("the row was changed, or rows before it were taken out"),
            What::Missing { before, this } => write!(f, "rows were taken out before it: {this} follows {before}"),
            What::Inserted => f.write_str("the line was put in later"),
            What::Foreign => f.write_str("the line was changed or put in: it is no row of this log"),
            What::LineEnd => f.write_str("the end of the line was changed"),
            What::NoBeginning => {
                f.write_str("the first row follows no other: rows before it were taken out, or it was changed")
            }
            What::NoEnd => f.write_str("rows are missing at the end"),
            What::BadSignature => f.write_str("the head of the log is not signed by its key"),
            What::BadHead => f.write_str("the head of the log cannot be read"),
            What::Header => f.write_str("the header line was changed"),
            What::CutShort => f.write_str("the line is no whole row, as when the computer stops while it is written"),
            What::Unprotected(n) => {
                write!(f, "{n} lines of another program or an older version, which nothing protects")
            }
            What::Unsealed => f.write_str("the last row came after the head was signed, so nothing vouches for it"),
            What::NoHead => f.write_str("the head of the log is not there, so rows may be missing at the end"),
            What::Unsigned => f.write_str("the head of the log is not signed"),
        }
    }
}

/// Longer lines are no rows.
const MAX_LINE: u64 = 1 << 20;
/// Findings of a kind that are named; one cut can bring no more than two, a shuffled log many.
const MOST: usize = 1000;

/// Verifies the logs of a folder.
///
/// # Errors
///
/// When the folder or a log cannot be read.
pub fn verify(dir: &Path) -> Result<Verified, StoreError> {
    let mut all = Verified::default();
    let mut files = Vec::new();
    for path in logs::find(dir)? {
        files.push(read(&path, &mut all)?);
    }
    let is_last = |link: Link| files.iter().any(|file: &Chained| file.last == Some(link));
    for file in &files {
        let Some((line, body, link)) = &file.first else { continue };
        let begins = Link::START.after(body) == *link;
        let follows = files.iter().filter_map(|other| other.last).any(|last| last.after(body) == *link);
        if begins || follows {
            all.n_rows += 1;
        } else {
            all.find(&file.path, Some(*line), What::NoBeginning);
        }
    }
    let path = dir.join(HEAD_NAME);
    match fs::read_to_string(&path).map(|text| chain_head_json::parse(&text)) {
        Ok(Some(signed)) => all.judge_head(&path, &signed, &files, is_last(signed.head.link)),
        Ok(None) => all.find(&path, None, What::BadHead),
        Err(_) if files.iter().any(|file| file.last.is_some()) => all.note(&path, None, What::NoHead),
        Err(_) => {}
    }
    Ok(all)
}

/// The chain of one file.
struct Chained {
    path: PathBuf,
    /// The first row: its line, its body and its hash.
    first: Option<(u64, Vec<u8>, Link)>,
    last: Option<Link>,
    /// The hash before the last.
    last_but_one: Option<Link>,
}

impl Verified {
    fn find(&mut self, path: &Path, line: Option<u64>, what: What) {
        if self.findings.len() < MOST {
            self.findings.push(Finding { path: path.to_owned(), line, what });
        }
    }

    fn note(&mut self, path: &Path, line: Option<u64>, what: What) {
        if self.notes.len() < MOST {
            self.notes.push(Finding { path: path.to_owned(), line, what });
        }
    }

    fn judge_head(&mut self, path: &Path, signed: &Signed, files: &[Chained], is_last: bool) {
        let head = signed.head;
        // A row may have been written just before the program ended, and its head not any more.
        let one_more = files.iter().find(|file| file.last_but_one == Some(head.link));
        match one_more {
            _ if is_last => {}
            Some(file) => self.note(&file.path, None, What::Unsealed),
            None => self.find(path, None, What::NoEnd),
        }
        match &signed.signature {
            None => self.note(path, None, What::Unsigned),
            Some((public, signature)) if !key::is_signed(&head.message(), public, signature) => {
                self.find(path, None, What::BadSignature);
            }
            Some(_) => {}
        }
        self.head = Some((head.at, signed.signature.as_ref().map(|(public, _)| public.clone())));
    }
}

/// Reads one file row by row; its first row is judged later, when all files are known.
fn read(path: &Path, all: &mut Verified) -> Result<Chained, StoreError> {
    let file = fs::File::open(path).map_err(context("open", path))?;
    let mut input = BufReader::with_capacity(64 * 1024, file);
    let mut chained = Chained { path: path.to_owned(), first: None, last: None, last_but_one: None };
    let mut state = Reading::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let n = (&mut input).take(MAX_LINE).read_until(b'\n', &mut line).map_err(context("read", path))?;
        if n == 0 {
            break;
        }
        state.number += 1;
        state.take(&line, &mut chained, all);
    }
    state.finish(&chained.path, all);
    Ok(chained)
}

/// What is known while a file is read.
#[derive(Debug, Default)]
struct Reading {
    number: u64,
    header: String,
    /// The file has other columns: nothing in it is protected.
    is_other: bool,
    n_unprotected: u64,
    /// A line that may have been cut short: its number. The row after it tells.
    torn: Option<u64>,
    /// The number of the last row, and the hash before it.
    seq: Option<u64>,
    before_last: Option<Link>,
}

impl Reading {
    fn take(&mut self, line: &[u8], chained: &mut Chained, all: &mut Verified) {
        if self.number == 1 {
            self.header = netlog_csv::header_line();
            let is_ours = line == self.header.as_bytes();
            // Ours with a flaw, or another program's.
            let like_ours = line.windows(6).any(|part| part == b",chain");
            self.is_other = !is_ours && !like_ours;
            if like_ours && !is_ours {
                all.find(&chained.path, Some(1), What::Header);
            }
            return;
        }
        let body = line.strip_suffix(b"\r\n");
        let Some((row, link)) = netlog_csv::split(body.unwrap_or(line.trim_ascii_end())) else {
            return self.not_chained(line, chained, all);
        };
        if body.is_none() {
            all.find(&chained.path, Some(self.number), What::LineEnd);
        }
        if std::mem::take(&mut self.is_other) {
            // Such rows are under no other header than ours.
            all.find(&chained.path, Some(1), What::Header);
        }
        let seq = seq(row);
        if let Some(torn) = self.torn.take() {
            // A row that was cut short is written again, or the next run goes on from the one before it.
            let goes_on = chained.last.is_none_or(|last| last.after(row) == link);
            if goes_on {
                all.note(&chained.path, Some(torn), What::CutShort);
            } else {
                all.find(&chained.path, Some(torn), What::Foreign);
            }
        }
        match chained.last {
            None => chained.first = Some((self.number, row.to_vec(), link)),
            Some(last) if last.after(row) == link => all.n_rows += 1,
            Some(_) if self.before_last.is_some_and(|before| before.after(row) == link) => {
                all.find(&chained.path, Some(self.number - 1), What::Inserted);
                all.n_rows += 1;
            }
            Some(_) => {
                let what = match (self.seq, seq) {
                    (Some(before), Some(this)) if this > before + 1 => What::Missing { before, this },
                    _ => What::Broken,
                };
                all.find(&chained.path, Some(self.number), what);
            }
        }
        self.before_last = chained.last;
        self.seq = seq;
        chained.last_but_one = chained.last;
        chained.last = Some(link);
    }

    /// A line without a hash.
    fn not_chained(&mut self, line: &[u8], chained: &Chained, all: &mut Verified) {
        if self.is_other || (chained.last.is_none() && !line.trim_ascii().is_empty() && line.ends_with(b",\r\n")) {
            self.n_unprotected += 1;
        } else if !line.first().is_some_and(u8::is_ascii_digit) {
            // Rows begin with a date, whole ones and cut ones.
            all.find(&chained.path, Some(self.number), What::Foreign);
        } else if let Some(torn) = self.torn.replace(self.number) {
            all.note(&chained.path, Some(torn), What::CutShort);
        }
    }

    fn finish(&mut self, path: &Path, all: &mut Verified) {
        if let Some(torn) = self.torn {
            // Nothing follows: the program is writing it, or ended doing so.
            all.note(path, Some(torn), What::CutShort);
        }
        if self.n_unprotected > 0 {
            all.note(path, None, What::Unprotected(self.n_unprotected));
        }
    }
}

/// The number of a row within its run.
fn seq(row: &[u8]) -> Option<u64> {
    let column = netlog_csv::HEADER.iter().position(|name| *name == "seq")?;
    std::str::from_utf8(row.split(|byte| *byte == b',').nth(column)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
