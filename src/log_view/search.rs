//! Searching a whole log: in pieces, by several threads, without ever holding more than a piece a thread.

use std::{
    io,
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

use memchr::{memchr, memrchr};

use super::{
    hit_map::{BlockHits, HitMap},
    line_index::BLOCK,
    pattern::Pattern,
    source::Source,
};

/// Number of bytes that are searched at once: whole blocks of any map. They stay in a processor's cache meanwhile.
const PIECE: u64 = 512 * 1024;

/// Number of bytes behind the end of a piece or block up to which its last line is searched. Nobody looks for something
/// behind that.
const MAX_LINE: u64 = 16 << 20;

/// More threads than this wait for memory.
const MAX_THREADS: usize = 4;

/// Sizes that tests make small.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    block: u64,
    piece: u64,
    max_line: u64,
}

const SIZES: Sizes = Sizes { block: BLOCK, piece: PIECE, max_line: MAX_LINE };

/// A match, with the line it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Position in the log at which the line of the match begins.
    pub line_start: u64,
    /// Range of the match in the log.
    pub bytes: Range<u64>,
    /// The how-manieth of all it is, counted from 0, among those found so far.
    pub ordinal: u64,
}

/// A search that is under way or done.
///
/// Dropping it ends it.
#[derive(Debug)]
pub struct Search {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    map: Mutex<HitMap>,
    /// The next piece that no thread has taken.
    next: AtomicU64,
    /// Threads at work.
    n_working: AtomicUsize,
    is_cancelled: AtomicBool,
    /// Error of the search, if something failed.
    fault: Mutex<Option<String>>,
}

impl Search {
    /// Begins to search `source` from `start`, the beginning of a line, with `map` as what is known of the lines
    /// before it. `wake` is called after every piece.
    ///
    /// # Errors
    ///
    /// When the log cannot be opened again or no thread can be made.
    pub fn start(
        source: &Source,
        pattern: &Pattern,
        mut map: HitMap,
        start: u64,
        wake: &Arc<dyn Fn() + Send + Sync>,
    ) -> io::Result<Self> {
        let first = start / SIZES.piece;
        map.forget_from(first * SIZES.piece);
        let n_pieces = source.len().div_ceil(SIZES.piece);
        let n_threads = thread::available_parallelism().map_or(1, |n| n.get().min(MAX_THREADS));
        let n_threads = n_threads.min(usize::try_from(n_pieces.saturating_sub(first)).unwrap_or(MAX_THREADS));
        let shared = Arc::new(Shared {
            map: Mutex::new(map),
            next: AtomicU64::new(first),
            n_working: AtomicUsize::new(0),
            is_cancelled: AtomicBool::new(false),
            fault: Mutex::new(None),
        });
        let search = Self { shared };
        for _ in 0..n_threads {
            let (shared, mut source, pattern) = (Arc::clone(&search.shared), source.reopen()?, pattern.for_thread());
            let wake = Arc::clone(wake);
            search.shared.n_working.fetch_add(1, Ordering::AcqRel);
            let spawned = thread::Builder::new().name("log-search".into()).spawn(move || {
                if let Err(err) = work(&shared, &mut source, &pattern, n_pieces, &wake) {
                    *lock(&shared.fault) = Some(err.to_string());
                }
                shared.n_working.fetch_sub(1, Ordering::AcqRel);
                wake();
            });
            if let Err(err) = spawned {
                search.shared.n_working.fetch_sub(1, Ordering::AcqRel);
                return Err(err);
            }
        }
        Ok(search)
    }

    /// True when all that was there when the search began has been searched, or the search failed.
    pub fn is_done(&self) -> bool {
        self.shared.n_working.load(Ordering::Acquire) == 0
    }

    /// Returns the error of the search, if something failed. What was found until then counts.
    pub fn fault(&self) -> Option<String> {
        lock(&self.shared.fault).clone()
    }

    /// Returns the map of what is found so far.
    pub fn map(&self) -> HitMap {
        lock(&self.shared.map).clone()
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        self.shared.is_cancelled.store(true, Ordering::Release);
    }
}

/// A thread that panicked has not half changed anything that is locked here.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(
    shared: &Shared,
    source: &mut Source,
    pattern: &Pattern,
    n_pieces: u64,
    wake: &Arc<dyn Fn() + Send + Sync>,
) -> io::Result<()> {
    let mut buffer = Vec::new();
    let sizes = Sizes { block: lock(&shared.map).block(), ..SIZES };
    loop {
        let piece = shared.next.fetch_add(1, Ordering::AcqRel);
        if piece >= n_pieces || shared.is_cancelled.load(Ordering::Acquire) {
            return Ok(());
        }
        let start = piece * SIZES.piece;
        let found = count(source, pattern, start, sizes, &mut buffer)?;
        lock(&shared.map).set(start, &found);
        wake();
    }
}

/// Counts the matches in the lines that begin in the piece at `start`, block by block.
fn count(
    source: &mut Source,
    pattern: &Pattern,
    start: u64,
    sizes: Sizes,
    buffer: &mut Vec<u8>,
) -> io::Result<Vec<BlockHits>> {
    let end = (start + sizes.piece).min(source.len());
    let mut found = vec![BlockHits::default(); usize::try_from((end - start).div_ceil(sizes.block)).unwrap_or(0)];
    let first = whole_lines(source, start, end, sizes.max_line, buffer)?;
    each_hit(buffer, pattern, |line, _| {
        let block = (first + line.bytes.start as u64 - start) / sizes.block;
        let block = usize::try_from(block).unwrap_or(usize::MAX);
        if let Some(found) = found.get_mut(block) {
            found.hits = found.hits.saturating_add(1);
            found.lines = found.lines.saturating_add(u32::from(line.is_new));
        }
    });
    Ok(found)
}

/// Reads all lines that begin between `start` and `end`, whole, and tells where the first of them begins.
fn whole_lines(source: &mut Source, start: u64, end: u64, max_line: u64, buffer: &mut Vec<u8>) -> io::Result<u64> {
    // The byte before tells whether a line begins at `start`.
    let from = start.saturating_sub(1);
    source.read(from, end, buffer)?;
    let first = if start == 0 {
        0
    } else {
        match memchr(b'\n', buffer) {
            Some(idx) => idx + 1,
            None => buffer.len(),
        }
    };
    buffer.drain(..first);
    let begins = from + first as u64;
    if buffer.is_empty() {
        return Ok(begins);
    }
    let mut at = end;
    let limit = end.saturating_add(max_line);
    while buffer.last() != Some(&b'\n') && at < source.len().min(limit) {
        let filled = buffer.len();
        source.read_more(at, at + BLOCK, buffer)?;
        at = (at + BLOCK).min(source.len());
        if let Some(idx) = memchr(b'\n', buffer.get(filled..).unwrap_or_default()) {
            buffer.truncate(filled + idx + 1);
        }
    }
    Ok(begins)
}

/// A line with a match.
struct HitLine {
    /// Range of the line, with its end.
    bytes: Range<usize>,
    /// True if the line is another than that of the match before.
    is_new: bool,
}

/// Tells of every match in whole lines.
fn each_hit(lines: &[u8], pattern: &Pattern, mut tell: impl FnMut(HitLine, Range<usize>)) {
    let (mut start, mut end) = (0, 0);
    for hit in pattern.hits(lines) {
        let is_new = hit.start >= end;
        if is_new {
            let before = lines.get(end..hit.start).unwrap_or_default();
            start = memrchr(b'\n', before).map_or(end, |idx| end + idx + 1);
            let after = lines.get(hit.end..).unwrap_or_default();
            end = memchr(b'\n', after).map_or(lines.len(), |idx| hit.end + idx + 1);
        }
        tell(HitLine { bytes: start..end, is_new }, hit);
    }
}

/// The matches in the lines that begin in the block at `block`, in order.
///
/// # Errors
///
/// When the log cannot be read.
pub fn hits_in_block(source: &mut Source, pattern: &Pattern, map: &HitMap, block: u64) -> io::Result<Vec<Hit>> {
    let mut buffer = Vec::new();
    let end = (block + map.block()).min(source.len());
    let first = whole_lines(source, block, end, SIZES.max_line, &mut buffer)?;
    let (mut hits, mut ordinal) = (Vec::new(), map.before(block));
    each_hit(&buffer, pattern, |line, hit| {
        hits.push(Hit {
            line_start: first + line.bytes.start as u64,
            bytes: first + hit.start as u64..first + hit.end as u64,
            ordinal,
        });
        ordinal += 1;
    });
    Ok(hits)
}

/// The lines that begin in the block at `block` and have a match, as parts of `buffer`, which they are read into.
///
/// # Errors
///
/// When the log cannot be read.
pub fn hit_lines_in_block(
    source: &mut Source,
    pattern: &Pattern,
    map: &HitMap,
    block: u64,
    buffer: &mut Vec<u8>,
) -> io::Result<Vec<Range<usize>>> {
    let end = (block + map.block()).min(source.len());
    whole_lines(source, block, end, SIZES.max_line, buffer)?;
    let mut lines = Vec::new();
    each_hit(buffer, pattern, |line, _| {
        if line.is_new {
            lines.push(line.bytes);
        }
    });
    Ok(lines)
}

/// The first match that begins at `offset` or behind it, among those counted in `map`.
///
/// # Errors
///
/// When the log cannot be read.
pub fn next(source: &mut Source, pattern: &Pattern, map: &HitMap, offset: u64) -> io::Result<Option<Hit>> {
    // The line at `offset` may begin in a block before, and may be the last one there.
    let before = (offset - offset % map.block()).checked_sub(1);
    let mut block = before.and_then(|before| map.previous(before)).or_else(|| map.next(offset));
    while let Some(at) = block {
        let hits = hits_in_block(source, pattern, map, at)?;
        if let Some(hit) = hits.into_iter().find(|hit| hit.bytes.start >= offset) {
            return Ok(Some(hit));
        }
        block = map.next(at + map.block());
    }
    Ok(None)
}

/// The last match that begins before `offset`, among those counted in `map`.
///
/// # Errors
///
/// When the log cannot be read.
pub fn previous(source: &mut Source, pattern: &Pattern, map: &HitMap, offset: u64) -> io::Result<Option<Hit>> {
    let mut block = map.previous(offset);
    while let Some(at) = block {
        let hits = hits_in_block(source, pattern, map, at)?;
        if let Some(hit) = hits.into_iter().rfind(|hit| hit.bytes.start < offset) {
            return Ok(Some(hit));
        }
        block = at.checked_sub(1).and_then(|before| map.previous(before));
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
