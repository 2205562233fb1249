//! Verification that the rows of a folder's logs are as they were written.
//!
//! Each row is bound to the row before it, so whatever was changed, taken out or put in is found, and where. What this
//! proves is that nothing was changed since by anybody without the signing key; not that what was written is true.

mod found;
mod rows;

use std::{collections::BTreeSet, fs, io::Read as _, path::Path};

pub use self::found::{Absent, Finding, What};
pub(super) use self::rows::{ChainReader, Chained};
use super::{
    error::{StoreError, context},
    kept::{self, Kept, KeptHead},
    log::{ASIDE_HEAD, FILE_NAME, HEAD_NAME},
    logs, names,
};
use crate::{
    codec::{
        chain_head_json::{self, Head, Signed},
        netlog_csv::Link,
    },
    model::{
        proof::{AsideReason, PutAside},
        time::Timestamp,
    },
};

/// Result of verifying the logs of a folder.
#[derive(Debug, Default)]
pub struct Verified {
    /// Rows that are as they were written, bound to the one before.
    pub n_rows: u64,
    /// Rows with a hash that no valid signature covers.
    pub n_unsigned: u64,
    /// Lines of another program or an older version, which have no hash.
    pub n_unprotected: u64,
    /// Rows that were made up for a demonstration.
    pub n_demo: u64,
    /// Findings of what is not as it was.
    pub findings: Vec<Finding>,
    /// Findings of what cannot be vouched for, and is no sign of a change.
    pub notes: Vec<Finding>,
    /// Rows that are no longer here.
    pub absent: Vec<Absent>,
    /// The head of the log: when its last row was written, and the public key if it is signed.
    pub head: Option<(Timestamp, Option<Vec<u8>>)>,
    /// Logs that were put aside, as rows record it.
    pub put_aside: Vec<PutAside>,
    /// Rows that are looked for.
    sought: Vec<Link>,
}

/// Outcome of the verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All rows are as they were when the key signed them.
    Unchanged,
    /// Something was changed, taken out or put in, or another key signed it than the one expected.
    Changed,
    /// No change was found, and no signature covers all rows.
    Unsigned,
}

impl Verified {
    /// Outcome of all that was found.
    pub fn outcome(&self) -> Outcome {
        if !self.findings.is_empty() {
            Outcome::Changed
        } else if self.is_signed() {
            Outcome::Unchanged
        } else {
            Outcome::Unsigned
        }
    }

    /// A valid signature covers all rows, and none that a row tells of is absent.
    pub fn is_signed(&self) -> bool {
        self.n_rows > 0 && self.n_unsigned + self.n_unprotected == 0 && self.n_absent() == 0
    }

    /// Logs that a row tells of and that are no longer here.
    pub fn n_absent(&self) -> u64 {
        self.absent.iter().filter(|absent| absent.is_recorded()).count() as u64
    }
}

/// Findings of a kind that are named; one cut can bring no more than two, a shuffled log many.
const MOST: usize = 1000;

/// Verifies the logs of a folder. `own` is the key that must have signed, for a log of one's own.
///
/// # Errors
///
/// When the folder or a log cannot be read.
pub fn verify(dir: &Path, own: Option<&[u8]>) -> Result<Verified, StoreError> {
    Ok(inspect(dir, Whose { own, ..Whose::default() })?.verified)
}

/// The same, compared with the heads that are kept beside this user's key. Where there are any, that key must have
/// signed.
///
/// # Errors
///
/// If the folder or a log cannot be read.
pub fn verify_kept(dir: &Path, own: Option<&[u8]>, kept: Option<&Kept>) -> Result<Verified, StoreError> {
    Ok(inspect(dir, Whose::of(own, kept))?.verified)
}

/// Key that must have signed a log, and the heads that are kept of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Whose<'a> {
    own: Option<&'a [u8]>,
    /// No key was known, and the one that signed the head is taken for it.
    is_presumed: bool,
    kept: &'a [KeptHead],
}

impl<'a> Whose<'a> {
    pub(super) fn of(own: Option<&'a [u8]>, kept: Option<&'a Kept>) -> Self {
        let own = own.or_else(|| kept?.public_key());
        Self { own, is_presumed: false, kept: kept.map(Kept::heads).unwrap_or_default() }
    }

    /// The same where no key is known: the key that signed the head must have signed everything.
    fn or_signer(self, head: Option<&'a Signed>) -> Self {
        match (self.own, head.and_then(kept::signer)) {
            (None, Some(signer)) => Self { own: Some(signer), is_presumed: true, ..self },
            _ => self,
        }
    }

    /// The kept heads that the key signed, the latest first.
    fn kept(self) -> impl Iterator<Item = &'a KeptHead> {
        self.kept.iter().filter(move |kept| self.own.is_some() && kept::signer(&kept.signed) == self.own)
    }

    /// The head is validly signed, by the right key where one is known.
    fn vouches(self, signed: &Signed) -> bool {
        kept::signer(signed).is_some_and(|signer| self.own.is_none_or(|own| own == signer))
    }
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
pub(super) fn inspect(dir: &Path, whose: Whose<'_>) -> Result<Inspected, StoreError> {
    let path = dir.join(HEAD_NAME);
    let mut head_before = fs::read_to_string(&path).ok();
    for tries_left in (0..TRIES).rev() {
        let (inspected, head) = inspect_once(dir, &path, whose)?;
        let is_cut = inspected.verified.findings.iter().any(|finding| finding.what == What::NoEnd);
        if !is_cut || head == head_before || tries_left == 0 {
            return Ok(inspected);
        }
        // A row was written between the reading of the log and that of its head.
        head_before = head;
    }
    Ok(inspect_once(dir, &path, whose)?.0)
}

fn inspect_once(dir: &Path, path: &Path, whose: Whose<'_>) -> Result<(Inspected, Option<String>), StoreError> {
    let mut all = Verified { sought: whose.kept().map(|kept| kept.signed.head.link).collect(), ..Verified::default() };
    let mut files = Vec::new();
    let mut paths = logs::find(dir)?;
    // The one that may be growing last, and the head right after it.
    paths.sort_by_key(|path| path.file_name().is_some_and(|name| name == FILE_NAME));
    for path in paths {
        files.push(read(&path, &mut all)?);
    }
    let text = fs::read_to_string(path).ok();
    let head = text.as_deref().map(chain_head_json::parse);
    let whose = whose.or_signer(head.as_ref().and_then(Option::as_ref));
    let last = match &head {
        Some(Some(signed)) => all.judge_head(path, signed, &files, whose.own),
        Some(None) => {
            all.find(path, None, What::BadHead);
            None
        }
        None => {
            if files.iter().any(|file| file.last.is_some()) {
                all.note(path, None, What::NoHead);
            }
            None
        }
    };
    let signed_head = head.as_ref().and_then(Option::as_ref);
    let order = last.map(|last| all.follow(&files, last)).unwrap_or_default();
    let mut covered = Covered { reached: order.iter().copied().collect(), signed: BTreeSet::new() };
    if signed_head.is_some_and(|head| whose.vouches(head)) {
        covered.signed.extend(&order);
    }
    files.iter().for_each(|file| all.judge_end(file, signed_head));
    if let Some(aside) = signed_head.and_then(|signed| unrecorded(&files, &signed.head)) {
        all.judge_unrecorded(&files, aside, &mut covered, whose);
    }
    all.judge_put_aside(&files, &mut covered, whose);
    if last.is_some() {
        for (_, file) in files.iter().enumerate().filter(|(idx, _)| !covered.reached.contains(idx)) {
            if file.first.is_some() {
                all.find(&file.path, None, What::Unvouched);
            }
        }
    }
    all.judge_kept(path, signed_head, &files, &covered, whose);
    let is_unsigned = |(idx, _): &(usize, &Chained)| !covered.signed.contains(idx);
    all.n_unsigned = files.iter().enumerate().filter(is_unsigned).map(|(_, file)| file.n_linked).sum();
    Ok((Inspected { verified: all, files, order, head: head.flatten(), end: last }, text))
}

/// Logs by their places that lead to a head.
struct Covered {
    reached: BTreeSet<usize>,
    /// Those whose head is validly signed.
    signed: BTreeSet<usize>,
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

    /// Tells of a log that was put aside. Only a change is held against the folder.
    pub(super) fn tell_put_aside(&mut self, path: &Path, line: u64, told: &PutAside) {
        let what = What::PutAside(told.reason, told.file.clone());
        self.put_aside.push(told.clone());
        if told.reason == AsideReason::Gone {
            self.absent.push(Absent::Before(path.to_owned(), line));
        }
        match told.reason {
            AsideReason::Changed => self.find(path, Some(line), what),
            _ => self.note(path, Some(line), what),
        }
    }

    /// Judges the head, and says which row is the last one.
    fn judge_head(&mut self, path: &Path, signed: &Signed, files: &[Chained], own: Option<&[u8]>) -> Option<Link> {
        let head = signed.head;
        match (&signed.signature, kept::signer(signed)) {
            (None, _) => self.note(path, None, What::Unsigned),
            (Some(_), None) => self.find(path, None, What::BadSignature),
            (Some(_), Some(signer)) if own.is_some_and(|own| own != signer) => self.find(path, None, What::OtherKey),
            _ => {}
        }
        self.head = Some((head.at, signed.signature.as_ref().map(|(public, _)| public.clone())));
        let is_first = head.before == Link::START && has_no_row(files);
        let last = end_of(&head, |link| files.iter().any(|file| file.last == Some(link)), is_first);
        match last {
            None => self.find(path, None, What::NoEnd),
            Some(last) if last != head.link => self.note(path, None, What::Unwritten),
            Some(_) => {}
        }
        last
    }

    /// Judges a last line without an end. The program leaves one when it is stopped before it notes that it wrote it.
    fn judge_end(&mut self, file: &Chained, head: Option<&Signed>) {
        let Some(line) = file.unended else { return };
        let own = read_head(&file.path.with_extension(ASIDE_HEAD));
        let is_cut = own.as_ref().or(head).is_some_and(|signed| {
            let head = signed.head;
            !head.is_written && file.last == Some(head.link)
        });
        if is_cut {
            self.note(&file.path, Some(line), What::CutShort);
        } else {
            self.find(&file.path, Some(line), What::LineEnd);
        }
    }

    /// Follows the chain from its last row back over the files, and says which lie on it, the first one first.
    fn follow(&mut self, files: &[Chained], last: Link) -> Vec<usize> {
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
        order.reverse();
        order
    }

    /// Judges the logs that were put aside, as far as rows of logs that lead to a head record it.
    fn judge_put_aside(&mut self, files: &[Chained], covered: &mut Covered, whose: Whose<'_>) {
        let mut waiting: Vec<usize> = covered.reached.iter().copied().collect();
        while let Some(file) = waiting.pop().and_then(|idx| files.get(idx)) {
            for (line, told) in &file.told {
                self.tell_put_aside(&file.path, *line, told);
                let is_it = |file: &Chained| file.path.file_name().is_some_and(|name| name == told.file.as_str());
                let Some(aside) = files.iter().position(is_it) else {
                    if !told.file.is_empty() {
                        self.absent.push(Absent::Aside(file.path.with_file_name(&told.file)));
                    }
                    continue;
                };
                if covered.reached.contains(&aside) {
                    continue;
                }
                waiting.extend(self.judge_aside(files, aside, covered, whose));
            }
        }
    }

    /// Judges a log that was put aside, and says which files lie on its chain.
    fn judge_aside(&mut self, files: &[Chained], aside: usize, covered: &mut Covered, whose: Whose<'_>) -> Vec<usize> {
        let is_signed = files.get(aside).is_some_and(|file| self.judge_aside_head(file, whose));
        let last = files.get(aside).and_then(|file| file.last);
        let order = last.map(|last| self.follow(files, last)).unwrap_or_default();
        covered.reached.insert(aside);
        covered.reached.extend(&order);
        if is_signed {
            covered.signed.extend(&order);
        }
        order
    }

    /// Judges a log that was put aside while the row that will record it is only announced.
    fn judge_unrecorded(&mut self, files: &[Chained], aside: usize, covered: &mut Covered, whose: Whose<'_>) {
        self.judge_aside(files, aside, covered, whose);
        let is_here = |kept: &KeptHead| files.iter().any(|file| file.met.contains(&kept.signed.head.link));
        if let Some(file) = files.get(aside).filter(|_| whose.kept().next().is_some_and(|kept| !is_here(kept))) {
            self.find(&file.path, None, What::SignatureRemoved);
        }
    }

    /// True if the head of a log that was put aside vouches for it.
    fn judge_aside_head(&mut self, file: &Chained, whose: Whose<'_>) -> bool {
        let path = file.path.with_extension(ASIDE_HEAD);
        let Some(signed) = read_head(&path) else {
            self.note(&file.path, None, What::NoHead);
            return false;
        };
        let is_whole = end_of(&signed.head, |link| file.last == Some(link), file.last.is_none()).is_some();
        match kept::signer(&signed) {
            Some(_) if whose.vouches(&signed) && is_whole => return true,
            Some(_) if whose.vouches(&signed) => self.find(&path, None, What::NoEnd),
            Some(_) if whose.is_presumed => self.note(&path, None, What::NotThisKey),
            Some(_) => self.note(&path, None, What::OtherKey),
            None if signed.signature.is_some() => self.find(&path, None, What::BadSignature),
            None => self.note(&path, None, What::Unsigned),
        }
        false
    }

    /// Compares the logs with what is kept beside the key.
    fn judge_kept(
        &mut self,
        path: &Path,
        head: Option<&Signed>,
        files: &[Chained],
        covered: &Covered,
        whose: Whose<'_>,
    ) {
        if head.is_none() && files.iter().all(|file| file.last.is_none()) {
            return;
        }
        let has = |file: &Chained, kept: &KeptHead| file.met.contains(&kept.signed.head.link);
        if let Some(head) = head.filter(|head| whose.vouches(head)).map(|signed| signed.head) {
            let is_here =
                |kept: &KeptHead| kept.signed.head.link == head.before || files.iter().any(|file| has(file, kept));
            let begins =
                |file: &Chained, kept: &KeptHead| file.first.as_ref().is_some_and(|(.., link)| *link == kept.first);
            let is_cut = |kept: &KeptHead| !is_here(kept) && files.iter().any(|file| begins(file, kept));
            if whose.kept().any(is_cut) {
                self.find(path, None, What::RolledBack);
            } else if whose.kept().next().is_some_and(|kept| !is_here(kept)) {
                self.absent.push(Absent::Latest(path.to_owned()));
            }
        } else if let Some(kept) = whose.kept().next() {
            let mut signed = covered.signed.iter().filter_map(|idx| files.get(*idx));
            if !signed.any(|file| has(file, kept)) {
                self.find(path, None, What::SignatureRemoved);
            }
        }
    }
}

/// The log that is written to has no row yet.
fn has_no_row(files: &[Chained]) -> bool {
    files.iter().all(|file| file.last.is_none() || file.path.file_name().is_some_and(|name| name != FILE_NAME))
}

/// The latest log that was put aside with its head, while the first row of the next one, which will record it, is only
/// announced.
fn unrecorded(files: &[Chained], head: &Head) -> Option<usize> {
    let is_awaited = head.before == Link::START && !head.is_written && has_no_row(files);
    let asides = files.iter().enumerate().filter(|(_, file)| is_awaited && names::is_aside(&file.path));
    let (idx, latest) = asides.max_by_key(|(_, file)| &file.path)?;
    let name = latest.path.file_name()?.to_string_lossy();
    let mut told = files.iter().flat_map(|file| &file.told);
    let is_recorded = told.any(|(_, told)| told.file == name);
    (!is_recorded && latest.path.with_extension(ASIDE_HEAD).is_file()).then_some(idx)
}

fn read_head(path: &Path) -> Option<Signed> {
    fs::read_to_string(path).ok().and_then(|text| chain_head_json::parse(&text))
}

/// The last row that a head vouches for: the one it names, or the one before it while that is only announced. `None`
/// when neither is the last of a log.
fn end_of(head: &Head, is_last: impl Fn(Link) -> bool, has_none: bool) -> Option<Link> {
    let is_unwritten = !head.is_written && (is_last(head.before) || (head.before == Link::START && has_none));
    if is_last(head.link) { Some(head.link) } else { is_unwritten.then_some(head.before) }
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

#[cfg(test)]
mod tests;
