//! Reads an archive that may be anything: in bounded time and memory, and nothing of it is written anywhere.

use std::io::{self, Read, Seek, SeekFrom};

use flate2::{Crc, Decompress, FlushDecompress, Status};
use ring::digest::{Context, SHA256};

use crate::codec::{
    chain_head_json::hex,
    zip::{self, DosTime, Entry, LOCAL, LONG_END, Method},
};

/// More files than this are in no pack.
const MOST_ENTRIES: u64 = 200_000;
/// No directory is longer, in bytes.
const MOST_DIRECTORY: u64 = 64 << 20;
/// A comment behind an archive is no longer, in bytes.
const MOST_COMMENT: u64 = 0xffff;
const BLOCK: usize = 64 * 1024;

/// Reason why something cannot be read as an archive.
#[derive(Debug)]
pub(super) enum Broken {
    /// The system says so.
    Io(io::Error),
    /// It is none, or cut short.
    NoArchive,
    /// It claims to hold more than any pack.
    Absurd,
}

impl From<io::Error> for Broken {
    fn from(err: io::Error) -> Self {
        Self::Io(err)
    }
}

/// An archive that is open.
pub(super) struct Archive<R> {
    input: R,
    pub(super) len: u64,
    pub(super) entries: Vec<Entry>,
    /// Entries that share bytes with others or with the directory.
    overlaps: Vec<bool>,
    /// Place in the archive at which the directory begins, in bytes.
    begins: u64,
    /// Bytes behind the end.
    pub(super) n_behind: usize,
}

/// Result of unpacking an entry.
#[derive(Debug, Default)]
pub(super) struct Unpacked {
    pub(super) size: u64,
    pub(super) crc: u32,
    pub(super) sha256: String,
    pub(super) packed_sha256: String,
    /// Reason why the entry was not unpacked to its end.
    pub(super) problem: Option<Problem>,
}

/// Reason why an entry cannot be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// It is packed in a way that packs never are, or encrypted.
    Method,
    /// It shares bytes with another one, or its header is none.
    Misplaced,
    /// The packed bytes are damaged.
    Damaged,
    /// It is longer than it may be.
    TooLong,
}

impl<R: Read + Seek> Archive<R> {
    pub(super) fn open(mut input: R) -> Result<Self, Broken> {
        let len = input.seek(SeekFrom::End(0))?;
        let n_tail = len.min(MOST_COMMENT + LONG_END as u64);
        let tail = read_at(&mut input, len - n_tail, n_tail)?;
        let (end, n_behind) = zip::find_end(&tail).ok_or(Broken::NoArchive)?;
        if end.n_entries > MOST_ENTRIES || end.size > MOST_DIRECTORY {
            return Err(Broken::Absurd);
        }
        if end.directory.checked_add(end.size).is_none_or(|end| end > len) {
            return Err(Broken::NoArchive);
        }
        let directory = read_at(&mut input, end.directory, end.size)?;
        let entries = zip::read_directory(&directory, end.n_entries).ok_or(Broken::NoArchive)?;
        let overlaps = overlaps(&entries, end.directory);
        Ok(Self { input, len, entries, overlaps, begins: end.directory, n_behind })
    }

    /// True if everything but the packed bytes is as packs have it, where `time` is the time of all entries.
    pub(super) fn is_canonical(&mut self, time: DosTime) -> io::Result<bool> {
        let mut at = 0;
        for entry in &self.entries {
            let header = entry.local_header(time);
            if entry.offset != at || read_at(&mut self.input, at, header.len() as u64)? != header {
                return Ok(false);
            }
            let Some(next) = at.checked_add(header.len() as u64).and_then(|at| at.checked_add(entry.packed)) else {
                return Ok(false);
            };
            at = next;
        }
        let directory = zip::directory(&self.entries, at, time);
        let is_end = at == self.begins && at + directory.len() as u64 == self.len;
        Ok(is_end && read_at(&mut self.input, at, directory.len() as u64)? == directory)
    }

    /// Unpacks an entry, `most` bytes at most, and hands over what comes.
    pub(super) fn unpack(&mut self, idx: usize, most: u64, take: &mut dyn FnMut(&[u8])) -> io::Result<Unpacked> {
        let failed = |problem| Ok(Unpacked { problem: Some(problem), ..Unpacked::default() });
        let Some(entry) = self.entries.get(idx).cloned() else { return failed(Problem::Misplaced) };
        if self.overlaps.get(idx) != Some(&false) {
            return failed(Problem::Misplaced);
        }
        let header = read_at(&mut self.input, entry.offset, LOCAL as u64)?;
        let length = header.first_chunk().and_then(zip::local_length);
        let begins = length.and_then(|length| entry.offset.checked_add(length));
        let ends = begins.and_then(|begins| begins.checked_add(entry.packed)).filter(|ends| *ends <= self.begins);
        let (Some(begins), Some(_)) = (begins, ends) else { return failed(Problem::Misplaced) };
        self.input.seek(SeekFrom::Start(begins))?;
        let mut unpacking = Unpacking { most, size: 0, crc: Crc::new(), sha256: Context::new(&SHA256), take };
        let mut packed = Packed { input: (&mut self.input).take(entry.packed), sha256: Context::new(&SHA256) };
        let problem = match entry.method {
            Method::Stored => unpacking.stored(&mut packed)?,
            Method::Deflated => unpacking.inflated(&mut packed)?,
            Method::Other(_) => return failed(Problem::Method),
        };
        let is_all = problem.is_none() && packed.input.limit() == 0;
        Ok(Unpacked {
            size: unpacking.size,
            crc: unpacking.crc.sum(),
            sha256: hex(unpacking.sha256.finish().as_ref()),
            packed_sha256: hex(packed.sha256.finish().as_ref()),
            problem: problem.or(if is_all { None } else { Some(Problem::Damaged) }),
        })
    }
}

/// The packed bytes of an entry.
struct Packed<R> {
    input: io::Take<R>,
    sha256: Context,
}

impl<R: Read> Packed<R> {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(block)?;
        self.sha256.update(block.get(..n).unwrap_or_default());
        Ok(n)
    }
}

/// The unpacked bytes of an entry.
struct Unpacking<'a> {
    most: u64,
    size: u64,
    crc: Crc,
    sha256: Context,
    take: &'a mut dyn FnMut(&[u8]),
}

impl Unpacking<'_> {
    /// Takes what was unpacked; `false` when it is too much.
    fn give(&mut self, bytes: &[u8]) -> bool {
        self.size += bytes.len() as u64;
        if self.size > self.most {
            return false;
        }
        self.crc.update(bytes);
        self.sha256.update(bytes);
        (self.take)(bytes);
        true
    }

    fn stored<R: Read>(&mut self, packed: &mut Packed<R>) -> io::Result<Option<Problem>> {
        let mut block = vec![0; BLOCK];
        loop {
            let n = packed.read(&mut block)?;
            if n == 0 {
                return Ok(None);
            }
            if !self.give(block.get(..n).unwrap_or_default()) {
                return Ok(Some(Problem::TooLong));
            }
        }
    }

    fn inflated<R: Read>(&mut self, packed: &mut Packed<R>) -> io::Result<Option<Problem>> {
        let (mut block, mut out) = (vec![0; BLOCK], vec![0; BLOCK]);
        let (mut n, mut at) = (0, 0);
        let mut inflate = Decompress::new(false);
        loop {
            if at == n {
                (n, at) = (packed.read(&mut block)?, 0);
            }
            let (came, went) = (inflate.total_in(), inflate.total_out());
            let flush = if n == 0 { FlushDecompress::Finish } else { FlushDecompress::None };
            let status = inflate.decompress(block.get(at..n).unwrap_or_default(), &mut out, flush);
            let used = usize::try_from(inflate.total_in() - came).unwrap_or(BLOCK);
            let made = usize::try_from(inflate.total_out() - went).unwrap_or(BLOCK);
            at += used;
            if !self.give(out.get(..made).unwrap_or_default()) {
                return Ok(Some(Problem::TooLong));
            }
            match status {
                // What follows the end in the entry is none of it.
                Ok(Status::StreamEnd) => return Ok((at < n).then_some(Problem::Damaged)),
                Ok(_) if used > 0 || made > 0 => {}
                _ => return Ok(Some(Problem::Damaged)),
            }
        }
    }
}

fn overlaps(entries: &[Entry], directory: u64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|idx| entries.get(*idx).map(|entry| entry.offset));
    let mut overlaps = vec![false; entries.len()];
    let mut last: Option<(usize, u64)> = None;
    for idx in order {
        let Some(entry) = entries.get(idx) else { continue };
        let ends = entry.offset.saturating_add(LOCAL as u64 + entry.name.len() as u64).saturating_add(entry.packed);
        let mut mark = |idx: usize| overlaps.get_mut(idx).into_iter().for_each(|is| *is = true);
        if let Some((before, end)) = last
            && entry.offset < end
        {
            mark(before);
            mark(idx);
        }
        if ends > directory {
            mark(idx);
        }
        if last.is_none_or(|(_, end)| ends > end) {
            last = Some((idx, ends));
        }
    }
    overlaps
}

/// So many bytes at a place; fewer where the file ends.
fn read_at<R: Read + Seek>(input: &mut R, at: u64, n: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.seek(SeekFrom::Start(at))?;
    input.take(n).read_to_end(&mut bytes)?;
    Ok(bytes)
}
