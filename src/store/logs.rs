//! All rows of a folder's logs in the order of their time, whatever order the files have them in.
//!
//! Nearly always a log is in order and is simply read. Where it is not (the original appends rows when its cycles
//! end, and copies of logs overlap), it is read again: first through a window that puts late rows in their place, and
//! if they are later than that, in several passes of which each takes the rows of some stretch of time. So memory does
//! not depend on the length of the logs, nor on how shuffled they are.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BTreeMap, BinaryHeap, VecDeque},
    fs::{self, File},
    io::{self, BufReader, Read as _},
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::TimeDelta;

use super::error::{StoreError, context};
use crate::{
    codec::netlog_csv::{self, LineError, Reader},
    model::{log_row::LogRow, time::Timestamp, verdict::Status},
};

/// What reading came to.
#[derive(Debug, Default)]
pub struct Read {
    /// The files that were read.
    pub files: Vec<PathBuf>,
    /// Rows given out.
    pub n_rows: u64,
    /// Lines that could not be read.
    pub n_skipped: u64,
    /// The first of them, each with its file.
    pub skipped: Vec<(PathBuf, LineError)>,
    /// Rows that were there twice.
    pub n_doubled: u64,
    /// Whether rows had to be put in order.
    pub was_unsorted: bool,
    /// Words of a newer program that are not known here.
    pub n_unknown_words: u64,
}

/// Lines that could not be read are named up to this number.
const NAMED: usize = 20;
/// Rows held back to put late ones in their place: a week of the original's cycles, or some hours of ours.
const WINDOW: usize = 10_000;
/// Rows taken in one pass over shuffled logs.
const PASS: usize = 40_000;
/// More files than this are not opened at once.
const MOST_OPEN: usize = 200;
const BUFFER: usize = 256 * 1024;

/// The logs of a folder: `netlog.csv` and those put aside, `netlog_*.csv`.
///
/// # Errors
///
/// When the folder cannot be read. That includes that it is not there.
pub fn find(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut logs = Vec::new();
    for entry in fs::read_dir(dir).map_err(context("read", dir))? {
        let path = entry.map_err(context("read", dir))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let is_csv = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        if name.starts_with("netlog") && is_csv && path.is_file() {
            logs.push(path);
        }
    }
    logs.sort();
    Ok(logs)
}

/// Hands all rows of these files to what `new` makes, in order, and gives it back. With each row comes whether it
/// differs from the row before in nothing but its time and the gateway's RTT, as far as that is known.
///
/// When the rows turn out not to be in order, what was made is thrown away and made anew.
///
/// # Errors
///
/// When a file cannot be opened. What cannot be read in it is counted.
pub fn read<C>(
    paths: &[PathBuf],
    new: impl Fn() -> C,
    mut take: impl FnMut(&mut C, &LogRow, bool),
) -> Result<(C, Read), StoreError> {
    let mut logs: Vec<Log<'_>> = paths.iter().map(|path| Log { path, steps: VecDeque::new() }).collect();
    let ways: [(Way, bool); 4] = [(in_order, false), (in_order, false), (in_window, true), (in_passes, true)];
    let mut result = (new(), Read::default());
    for (idx, (way, was_unsorted)) in ways.into_iter().enumerate() {
        if idx == 1 && logs.iter().all(|log| log.steps.is_empty()) {
            // That would go as before.
            continue;
        }
        result = (new(), Read { files: paths.to_vec(), was_unsorted, ..Read::default() });
        let (consumer, report) = &mut result;
        let mut doubles = Doubles::default();
        let mut left_out = false;
        let mut give = |report: &mut Read, row: &LogRow, repeats: bool| {
            if doubles.knows(row) {
                report.n_doubled += 1;
                left_out = true;
                return;
            }
            // A row that is there twice may say something else the second time, and this one repeat that.
            let repeats = repeats && !std::mem::take(&mut left_out);
            report.n_rows += 1;
            report.n_unknown_words += row.unknown_words as u64;
            take(consumer, row, repeats);
        };
        if way(&logs, report, &mut give)? {
            break;
        }
        if idx == 0 {
            // Hardly ever is a clock set while a run lasts, so nobody looks for it before.
            logs.iter_mut().try_for_each(Log::learn_steps)?;
        }
    }
    Ok(result)
}

/// Reads all files and gives the rows in order; `false` if they are not and this way cannot put them.
type Way = fn(&[Log<'_>], &mut Read, &mut dyn FnMut(&mut Read, &LogRow, bool)) -> Result<bool, StoreError>;

/// A file, and how far the clock was set in each of its runs: it went right afterwards rather than before.
struct Log<'a> {
    path: &'a Path,
    steps: VecDeque<TimeDelta>,
}

impl Log<'_> {
    fn learn_steps(&mut self) -> Result<(), StoreError> {
        let file = || File::open(self.path).map_err(context("open", self.path));
        if contains(file()?, b"clock_step=").map_err(context("read", self.path))? {
            self.steps = netlog_csv::clock_steps(BufReader::with_capacity(BUFFER, file()?));
        }
        Ok(())
    }
}

/// Finds rows that are there twice, which are beside each other once all are in order.
#[derive(Debug, Default)]
struct Doubles {
    /// The row before.
    last: Option<Mark>,
    /// The rows of that time before it: hardly ever are there any.
    earlier: Vec<Mark>,
}

/// What tells a row apart from others.
#[derive(Debug, PartialEq)]
struct Mark {
    steady: Timestamp,
    utc: Timestamp,
    seq: Option<u64>,
    gateway_rtt: Option<Duration>,
    status: Status,
}

impl Mark {
    fn of(row: &LogRow) -> Self {
        Self { steady: row.steady, utc: row.utc, seq: row.seq, gateway_rtt: row.gateway_rtt, status: row.status }
    }
}

impl Doubles {
    #[inline]
    fn knows(&mut self, row: &LogRow) -> bool {
        if self.last.as_ref().is_some_and(|last| last.steady == row.steady) {
            return self.knows_of_its_time(row);
        }
        self.earlier.clear();
        self.last = Some(Mark::of(row));
        false
    }

    /// The same of a row that has the time of the row before.
    #[inline(never)]
    fn knows_of_its_time(&mut self, row: &LogRow) -> bool {
        let new = Mark::of(row);
        if self.last.iter().chain(&self.earlier).any(|known| *known == new) {
            return true;
        }
        self.earlier.extend(self.last.replace(new));
        false
    }
}

impl Read {
    fn skip(&mut self, path: &Path, error: LineError) {
        self.n_skipped += 1;
        if self.skipped.len() < NAMED {
            self.skipped.push((path.to_owned(), error));
        }
    }
}

/// One file that is being read.
struct Source<'a> {
    path: &'a Path,
    reader: Reader<BufReader<File>>,
}

impl<'a> Source<'a> {
    fn open(log: &Log<'a>, buffer: usize) -> Result<Self, StoreError> {
        let file = File::open(log.path).map_err(context("open", log.path))?;
        let reader = Reader::with_steps(BufReader::with_capacity(buffer, file), log.steps.clone());
        Ok(Self { path: log.path, reader })
    }

    /// The first row, roughly: enough to put files in order.
    fn first(path: &'a Path) -> Result<Option<Timestamp>, StoreError> {
        let file = File::open(path).map_err(context("open", path))?;
        let mut source = Source { path, reader: Reader::new(BufReader::with_capacity(4096, file)) };
        Ok(source.next(&mut Read::default()).map(|(row, _)| row.steady))
    }

    /// The next row that can be read; those that cannot are counted.
    #[inline]
    fn next(&mut self, report: &mut Read) -> Option<(&LogRow, bool)> {
        loop {
            match self.reader.advance()? {
                Ok(()) => return Some((self.reader.row(), self.reader.repeats())),
                Err(error) => report.skip(self.path, error),
            }
        }
    }
}

/// Whether a file contains this text.
pub(super) fn contains(mut file: File, text: &[u8]) -> io::Result<bool> {
    let finder = memchr::memmem::Finder::new(text);
    let (mut block, mut kept) = (vec![0; BUFFER], 0);
    loop {
        let n = file.read(block.get_mut(kept..).unwrap_or_default())?;
        let filled = block.get(..kept + n).unwrap_or_default();
        if finder.find(filled).is_some() {
            return Ok(true);
        }
        if n == 0 {
            return Ok(false);
        }
        // The text may lie over the edge.
        let from = filled.len().saturating_sub(text.len());
        kept = filled.len() - from;
        block.copy_within(from..from + kept, 0);
    }
}

/// One file after the other, the one that begins first first.
fn in_order(
    logs: &[Log<'_>],
    report: &mut Read,
    give: &mut dyn FnMut(&mut Read, &LogRow, bool),
) -> Result<bool, StoreError> {
    let mut begins = Vec::new();
    for log in logs {
        begins.push((Source::first(log.path)?, log));
    }
    begins.sort_by_key(|(first, log)| (*first, log.path));
    let mut last = None;
    for (_, log) in begins {
        let mut source = Source::open(log, BUFFER)?;
        while let Some((row, repeats)) = source.next(report) {
            if Some(row.steady) < last {
                return Ok(false);
            }
            last = Some(row.steady);
            give(report, row, repeats);
            if !repeats && log.steps.is_empty() && source.reader.clock_was_set() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// A row that waits for its turn. The order is that of time, then of the file, then of the place in it.
#[derive(Debug, PartialEq)]
struct Held {
    at: (Timestamp, usize, u64),
    row: LogRow,
}

impl Eq for Held {}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.cmp(&other.at)
    }
}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// All files at once, with some rows of each held back.
fn in_window(
    logs: &[Log<'_>],
    report: &mut Read,
    give: &mut dyn FnMut(&mut Read, &LogRow, bool),
) -> Result<bool, StoreError> {
    if logs.len() > MOST_OPEN {
        return Ok(false);
    }
    let each = WINDOW / logs.len().max(1);
    let mut sources = Vec::new();
    for log in logs {
        sources.push(Source::open(log, 64 * 1024)?);
    }
    let mut held: BinaryHeap<Reverse<Held>> = BinaryHeap::new();
    let mut n = 0;
    let mut pull = |idx: usize, held: &mut BinaryHeap<Reverse<Held>>, report: &mut Read| {
        if let Some((row, _)) = sources.get_mut(idx).and_then(|source| source.next(report)) {
            n += 1;
            held.push(Reverse(Held { at: (row.steady, idx, n), row: row.clone() }));
        }
    };
    for idx in 0..logs.len() {
        (0..each).for_each(|_| pull(idx, &mut held, report));
    }
    let mut last = None;
    while let Some(Reverse(Held { at: (at, idx, _), row })) = held.pop() {
        if Some(at) < last {
            return Ok(false);
        }
        last = Some(at);
        give(report, &row, false);
        pull(idx, &mut held, report);
    }
    Ok(true)
}

/// Again and again, each time the rows of a stretch of time.
fn in_passes(
    logs: &[Log<'_>],
    report: &mut Read,
    give: &mut dyn FnMut(&mut Read, &LogRow, bool),
) -> Result<bool, StoreError> {
    let hour = |row: &LogRow| row.steady.timestamp().div_euclid(3600);
    let mut hours: BTreeMap<i64, usize> = BTreeMap::new();
    for log in logs {
        let mut source = Source::open(log, BUFFER)?;
        while let Some((row, _)) = source.next(report) {
            *hours.entry(hour(row)).or_default() += 1;
        }
    }
    let mut hours = hours.into_iter().peekable();
    while let Some((first, mut n)) = hours.next() {
        let mut last = first;
        while let Some((next, more)) = hours.next_if(|(_, more)| n + more <= PASS) {
            last = next;
            n += more;
        }
        let mut rows = Vec::with_capacity(n);
        for (idx, log) in logs.iter().enumerate() {
            let mut source = Source::open(log, BUFFER)?;
            while let Some((row, _)) = source.next(&mut Read::default()) {
                if (first..=last).contains(&hour(row)) {
                    rows.push(Held { at: (row.steady, idx, rows.len() as u64), row: row.clone() });
                }
            }
        }
        rows.sort();
        rows.iter().for_each(|held| give(report, &held.row, false));
    }
    Ok(true)
}
