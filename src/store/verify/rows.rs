//! Reads one log row by row and finds out how its rows hang together.

use std::path::{Path, PathBuf};

use super::{Verified, What};
use crate::{
    codec::netlog_csv::{self, Link, Marks},
    model::proof::PutAside,
};

/// Longer lines are no rows.
const MAX_LINE: usize = 1 << 20;

/// The chain of one file.
pub(in crate::store) struct Chained {
    pub(in crate::store) path: PathBuf,
    /// The first row: its line, its body and its hash.
    pub(in crate::store) first: Option<(u64, Vec<u8>, Link)>,
    pub(in crate::store) last: Option<Link>,
    /// Rows with a hash.
    pub(super) n_linked: u64,
    /// Logs that were put aside, and the lines that record it.
    pub(in crate::store) told: Vec<(u64, PutAside)>,
    /// Rows that were looked for and are in it.
    pub(super) met: Vec<Link>,
    /// The line of the last row, when the file ends before the line does.
    pub(in crate::store) unended: Option<u64>,
}

/// Takes the bytes of a file as they come and finds out how its rows hang together.
pub(in crate::store) struct ChainReader {
    state: Reading,
    chained: Chained,
    line: Vec<u8>,
    is_endless: bool,
}

impl ChainReader {
    pub(in crate::store) fn new(path: PathBuf) -> Self {
        let chained =
            Chained { path, first: None, last: None, n_linked: 0, told: Vec::new(), met: Vec::new(), unended: None };
        Self { state: Reading::default(), chained, line: Vec::new(), is_endless: false }
    }

    pub(in crate::store) fn push(&mut self, bytes: &[u8], all: &mut Verified) {
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

    pub(in crate::store) fn finish(mut self, all: &mut Verified) -> Chained {
        if !self.line.is_empty() {
            self.end_line(all);
        }
        self.state.finish(&self.chained.path, all);
        self.chained
    }
}

/// State while a file is read.
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
        if body.is_none() && !line.ends_with(b"\n") {
            chained.unended = Some(self.number);
        } else if body.is_none() {
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
        let marks = Marks::of(row);
        all.n_demo += u64::from(marks.is_demo);
        chained.told.extend(marks.put_aside.map(|put_aside| (self.number, put_aside)));
        chained.met.extend(all.sought.contains(&link).then_some(link));
        chained.n_linked += 1;
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

    /// True if an analysis would take this line for a row.
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
            all.n_unprotected += self.n_unprotected;
            all.note(path, None, What::Unprotected(self.n_unprotected));
        }
    }
}

/// The number of a row within its run.
fn seq(row: &[u8]) -> Option<u64> {
    let column = netlog_csv::HEADER.iter().position(|name| *name == "seq")?;
    std::str::from_utf8(row.split(|byte| *byte == b',').nth(column)?).ok()?.parse().ok()
}
