//! Whether the rows of a folder's logs are as they were written.
//!
//! Each row is bound to the row before it, so whatever was changed, taken out or put in is found, and where. What this
//! proves is that nothing was changed since by anybody without the signing key; not that what was written is true.

use std::{
    collections::BTreeSet,
    fmt, fs,
    io::Read as _,
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
    /// The head is signed by another key than the one that was named.
    NotThisKey,
    /// No row of this file leads to the head.
    Unvouched,
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
            Self::NoHead => f.write_str("the head of the log is not there, so rows may be missing at the end"),
            Self::Unsigned => f.write_str("the head of the log is not signed"),
        }
    }
}

/// Longer lines are no rows.
const MAX_LINE: usize = 1 << 20;
/// Findings of a kind that are named; one cut can bring no more than two, a shuffled log many.
const MOST: usize = 1000;

/// Verifies the logs of a folder. `own` is the key that must have signed, for a log of one's own.
///
/// # Errors
///
/// When the folder or a log cannot be read.
pub fn verify(dir: &Path, own: Option<&[u8]>) -> Result<Verified, StoreError> {
    Ok(inspect(dir, own)?.verified)
}

/// The logs of a folder, and how they hang together.
pub(super) struct Inspected {
    pub(super) verified: Verified,
    /// The logs.
    pub(super) files: Vec<Chained>,
    /// Those that lead to the head, the one that begins the chain first.
    pub(super) order: Vec<usize>,
    /// The head.
    pub(super) head: Option<Signed>,
    /// The hash of the last row that the head vouches for.
    pub(super) end: Option<Link>,
}

/// A log that is written to meanwhile is read again so often.
const TRIES: usize = 5;

/// Reads the logs of a folder and finds out how they hang together.
pub(super) fn inspect(dir: &Path, own: Option<&[u8]>) -> Result<Inspected, StoreError> {
    let path = dir.join(HEAD_NAME);
    let mut head_before = fs::read_to_string(&path).ok();
    for tries_left in (0..TRIES).rev() {
        let (inspected, head) = inspect_once(dir, &path, own)?;
        let is_cut = inspected.verified.findings.iter().any(|finding| finding.what == What::NoEnd);
        if !is_cut || head == head_before || tries_left == 0 {
            return Ok(inspected);
        }
        // A row was written between the reading of the log and that of its head.
        head_before = head;
    }
    Ok(inspect_once(dir, &path, own)?.0)
}

fn inspect_once(dir: &Path, path: &Path, own: Option<&[u8]>) -> Result<(Inspected, Option<String>), StoreError> {
    let (mut all, mut files) = (Verified::default(), Vec::new());
    let mut paths = logs::find(dir)?;
    // The one that may be growing last, and the head right after it.
    paths.sort_by_key(|path| path.file_name().is_some_and(|name| name == FILE_NAME));
    for path in paths {
        files.push(read(&path, &mut all)?);
    }
    let text = fs::read_to_string(path).ok();
    let head = text.as_deref().map(chain_head_json::parse);
    let last = match &head {
        Some(Some(signed)) => all.judge_head(path, signed, &files, own),
        Some(None) => {
            all.find(path, None, What::BadHead);
            None
        }
        None => {
            if files.iter().any(|file| file.last.is_some()) {
                all.find(path, None, What::NoHead);
            }
            None
        }
    };
    let order = last.map(|last| all.judge_files(&files, last)).unwrap_or_default();
    Ok((Inspected { verified: all, files, order, head: head.flatten(), end: last }, text))
}

/// The chain of one file.
pub(super) struct Chained {
    pub(super) path: PathBuf,
    /// The first row: its line, its body and its hash.
    pub(super) first: Option<(u64, Vec<u8>, Link)>,
    pub(super) last: Option<Link>,
}

impl Verified {
    pub(super) fn find(&mut self, path: &Path, line: Option<u64>, what: What) {
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

    /// Follows the chain from its last row back over the files, and says which lie on it, the first one first. What
    /// does not was put in.
    fn judge_files(&mut self, files: &[Chained], last: Link) -> Vec<usize> {
        let (mut reached, mut order) = (BTreeSet::new(), Vec::new());
        let mut at = files.iter().position(|file| file.last == Some(last));
        while let Some((idx, file)) = at.and_then(|idx| Some((idx, files.get(idx)?))) {
            if !reached.insert(idx) {
                break;
            }
            order.push(idx);
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
        order.reverse();
        order
    }
}

/// Reads one file row by row; its first row is judged later, when all files are known.
fn read(path: &Path, all: &mut Verified) -> Result<Chained, StoreError> {
    let mut file = fs::File::open(path).map_err(context("open", path))?;
    let (mut reader, mut block) = (ChainReader::new(path.to_owned()), vec![0; 64 * 1024]);
    loop {
        let n = file.read(&mut block).map_err(context("read", path))?;
        if n == 0 {
            return Ok(reader.finish(all));
        }
        reader.push(block.get(..n).unwrap_or_default(), all);
    }
}

/// Takes the bytes of a file as they come and finds out how its rows hang together.
pub(super) struct ChainReader {
    state: Reading,
    chained: Chained,
    line: Vec<u8>,
    is_endless: bool,
}

impl ChainReader {
    pub(super) fn new(path: PathBuf) -> Self {
        let chained = Chained { path, first: None, last: None };
        Self { state: Reading::default(), chained, line: Vec::new(), is_endless: false }
    }

    pub(super) fn push(&mut self, bytes: &[u8], all: &mut Verified) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.line.len() + part.len() > MAX_LINE && !self.is_endless {
                // Nobody reads what stands in such a line, so it must not hide a row.
                all.find(&self.chained.path, Some(self.state.number + 1), What::Foreign);
                self.is_endless = true;
            }
            if !self.is_endless {
                self.line.extend(part);
            }
            if part.ends_with(b"\n") {
                self.end_line(all);
            }
        }
    }

    fn end_line(&mut self, all: &mut Verified) {
        self.state.number += 1;
        if !std::mem::take(&mut self.is_endless) {
            self.state.take(&self.line, &mut self.chained, all);
        }
        self.line.clear();
    }

    pub(super) fn finish(mut self, all: &mut Verified) -> Chained {
        if !self.line.is_empty() {
            self.end_line(all);
        }
        self.state.finish(&self.chained.path, all);
        self.chained
    }
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
