//! Whether the rows of a folder's logs are as they were written.
//!
//! Each row is bound to the row before it, so whatever was changed, taken out or put in is found, and where. What this
//! proves is that nothing was changed since by anybody without the signing key; not that what was written is true.

use std::{
    collections::BTreeSet,
    fmt, fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
};

use super::{
    error::{StoreError, context},
    key,
    log::{FILE_NAME, HEAD_NAME},
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
    /// The last row was announced and never written, as when the program is killed.
    Unwritten,
    /// There is no head, so rows may be missing at the end.
    NoHead,
    /// The head is not signed.
    Unsigned,
    /// The head is signed by another key than this user's.
    OtherKey,
    /// No row of this file leads to the head.
    Unvouched,
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
            What::NoEnd => f.write_str("rows at the end were taken out, or others put in behind them"),
            What::BadSignature => f.write_str("the head of the log is not signed by its key"),
            What::BadHead => f.write_str("the head of the log cannot be read"),
            What::Header => f.write_str("the header line was changed"),
            What::CutShort => f.write_str("the line is no whole row, as when the computer stops while it is written"),
            What::Unprotected(n) => {
                write!(f, "{n} lines of another program or an older version, which nothing protects")
            }
            What::Unwritten => f.write_str("one more row was announced, and the program ended before it was written"),
            What::OtherKey => f.write_str("the head of the log is signed by another key than this user's"),
            What::Unvouched => {
                f.write_str("no row of this file leads to the last one: the file was put in, or is a copy")
            }
            What::NoHead => f.write_str("the head of the log is not there, so rows may be missing at the end"),
            What::Unsigned => f.write_str("the head of the log is not signed"),
        }
    }
}

/// Longer lines are no rows.
const MAX_LINE: u64 = 1 << 20;
/// Findings of a kind that are named; one cut can bring no more than two, a shuffled log many.
const MOST: usize = 1000;

/// Verifies the logs of a folder. `own` is the key that must have signed, for a log of one's own.
///
/// # Errors
///
/// When the folder or a log cannot be read.
pub fn verify(dir: &Path, own: Option<&[u8]>) -> Result<Verified, StoreError> {
    let (mut all, mut files) = (Verified::default(), Vec::new());
    let mut paths = logs::find(dir)?;
    // The one that may be growing last, and the head right after it.
    paths.sort_by_key(|path| path.file_name().is_some_and(|name| name == FILE_NAME));
    for path in paths {
        files.push(read(&path, &mut all)?);
    }
    let path = dir.join(HEAD_NAME);
    let head = fs::read_to_string(&path).map(|text| chain_head_json::parse(&text));
    let last = match head {
        Ok(Some(signed)) => all.judge_head(&path, &signed, &files, own),
        Ok(None) => {
            all.find(&path, None, What::BadHead);
            None
        }
        Err(_) => {
            if files.iter().any(|file| file.last.is_some()) {
                all.find(&path, None, What::NoHead);
            }
            None
        }
    };
    if let Some(last) = last {
        all.judge_files(&files, last);
    }
    Ok(all)
}

/// The chain of one file.
struct Chained {
    path: PathBuf,
    /// The first row: its line, its body and its hash.
    first: Option<(u64, Vec<u8>, Link)>,
    last: Option<Link>,
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

    /// Judges the head, and says which row is the last one.
    fn judge_head(&mut self, path: &Path, signed: &Signed, files: &[Chained], own: Option<&[u8]>) -> Option<Link> {
        let head = signed.head;
        let is_last = |link: Link| files.iter().any(|file| file.last == Some(link));
        match &signed.signature {
            None if own.is_some() => self.find(path, None, What::Unsigned),
            None => self.note(path, None, What::Unsigned),
            Some((public, signature)) if !key::is_signed(&head.message(), public, signature) => {
                self.find(path, None, What::BadSignature);
            }
            Some((public, _)) if own.is_some_and(|own| own != public.as_slice()) => {
                self.find(path, None, What::OtherKey);
            }
            Some(_) => {}
        }
        self.head = Some((head.at, signed.signature.as_ref().map(|(public, _)| public.clone())));
        if is_last(head.link) {
            return Some(head.link);
        }
        let is_first = head.before == Link::START && files.iter().all(|file| file.last.is_none());
        if !head.is_written && (is_first || is_last(head.before)) {
            self.note(path, None, What::Unwritten);
            return Some(head.before);
        }
        self.find(path, None, What::NoEnd);
        None
    }

    /// Follows the chain from its last row back over the files. What does not lie on it was put in.
    fn judge_files(&mut self, files: &[Chained], last: Link) {
        let mut reached = BTreeSet::new();
        let mut at = files.iter().position(|file| file.last == Some(last));
        while let Some((idx, file)) = at.and_then(|idx| Some((idx, files.get(idx)?))) {
            if !reached.insert(idx) {
                break;
            }
            let Some((line, body, link)) = &file.first else { break };
            let follows = |other: &Chained| other.last.is_some_and(|last| last.after(body) == *link);
            at = files.iter().position(follows);
            if at.is_none() && Link::START.after(body) != *link {
                self.find(&file.path, Some(*line), What::NoBeginning);
            } else {
                self.n_rows += 1;
            }
        }
        for (idx, file) in files.iter().enumerate() {
            if file.first.is_some() && !reached.contains(&idx) {
                self.find(&file.path, None, What::Unvouched);
            }
        }
    }
}

/// Reads one file row by row; its first row is judged later, when all files are known.
fn read(path: &Path, all: &mut Verified) -> Result<Chained, StoreError> {
    let file = fs::File::open(path).map_err(context("open", path))?;
    let mut input = BufReader::with_capacity(64 * 1024, file);
    let mut chained = Chained { path: path.to_owned(), first: None, last: None };
    let mut state = Reading::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let n = (&mut input).take(MAX_LINE).read_until(b'\n', &mut line).map_err(context("read", path))?;
        if n == 0 {
            break;
        }
        state.number += 1;
        if n as u64 == MAX_LINE && !line.ends_with(b"\n") {
            // Nobody reads what stands in such a line, so it must not hide a row.
            input.skip_until(b'\n').map_err(context("read", path))?;
            all.find(path, Some(state.number), What::Foreign);
            continue;
        }
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
                    (Some(before), Some(this)) if before.checked_add(1).is_some_and(|next| this > next) => {
                        What::Missing { before, this }
                    }
                    _ => What::Broken,
                };
                all.find(&chained.path, Some(self.number), what);
            }
        }
        self.before_last = chained.last;
        self.seq = seq;
        chained.last = Some(link);
    }

    /// A line without a hash.
    fn not_chained(&mut self, line: &[u8], chained: &Chained, all: &mut Verified) {
        let may_be_torn = matches!(line.first(), Some(b'0'..=b'9' | 0));
        if self.is_other {
            self.n_unprotected += 1;
        } else if !may_be_torn || self.is_readable(line) {
            // Rows begin with a date, whole ones and cut ones, or with the zeros that a power cut leaves. What can be
            // read as a row and has no hash was put in.
            all.find(&chained.path, Some(self.number), What::Foreign);
        } else if let Some(torn) = self.torn.replace(self.number) {
            all.note(&chained.path, Some(torn), What::CutShort);
        }
    }

    /// Whether an analysis would take this line for a row.
    fn is_readable(&self, line: &[u8]) -> bool {
        let text = [self.header.as_bytes(), line].concat();
        netlog_csv::Reader::new(text.as_slice()).next().is_some_and(|row| row.is_ok())
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
