//! All rows of a folder's logs in the order of their time, whatever order the files have them in.
//!
//! Nearly always a log is in order and is simply read. Where it is not (the original appends rows when its cycles
//! end, and copies of logs overlap), it is read again: first through a window that puts late rows in their place, and
//! if they are later than that, in several passes of which each takes the rows of some stretch of time. So memory does
//! not depend on the length of the logs, nor on how shuffled they are.

mod apart;
mod odd;

use std::{
    cmp::{Ordering, Reverse},
    collections::{BTreeMap, BinaryHeap, VecDeque},
    fs::{self, File},
    io::{self, BufReader},
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::TimeDelta;

use self::odd::{Cluster, Clusters};
use super::error::{StoreError, context};
use crate::{
    codec::netlog_csv::{self, LineError, Reader},
    model::{
        log_row::{LogRow, OddRows, Unread},
        time::Timestamp,
        verdict::Status,
    },
};

/// Result of reading.
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
    /// True if rows had to be put in order.
    pub was_unsorted: bool,
    /// Words of a newer program that are not known here.
    pub n_unknown_words: u64,
    /// Fields that could not be read, of rows that are counted.
    pub n_unread: u64,
    /// The first of them, each with its file and the number of its line.
    pub unread: Vec<(PathBuf, u64, Unread)>,
    /// Rows that are not counted, because their times cannot be right.
    pub put_aside: Vec<OddRows>,
    /// True if the times of all rows cannot be right: long ago, or in the future.
    pub is_odd: bool,
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
    take: impl FnMut(&mut C, &LogRow, bool),
) -> Result<(C, Read), StoreError> {
    let (consumer, report, _) = read_all(paths, None, &[], &new, &mut { take })?;
    Ok((consumer, report))
}

/// The same without rows whose times cannot be right.
///
/// Rows whose times lie before 2020 or more than a day after `now` are put aside and told of. Where no other rows are,
/// they are taken.
///
/// # Errors
///
/// As for [`read`].
pub fn read_at<C>(
    now: Timestamp,
    paths: &[PathBuf],
    new: impl Fn() -> C,
    mut take: impl FnMut(&mut C, &LogRow, bool),
) -> Result<(C, Read), StoreError> {
    let (consumer, report, clusters) = read_all(paths, Some(now), &[], &new, &mut take)?;
    let (odd, is_odd) = odd::odd(&clusters, now);
    if odd.is_empty() {
        return Ok((consumer, Read { is_odd, ..report }));
    }
    let (consumer, report, _) = read_all(paths, Some(now), &odd, &new, &mut take)?;
    Ok((consumer, Read { is_odd, ..report }))
}

/// Reads all files but for the rows of the times in `odd`.
fn read_all<C>(
    paths: &[PathBuf],
    now: Option<Timestamp>,
    odd: &[Cluster],
    new: &impl Fn() -> C,
    take: &mut impl FnMut(&mut C, &LogRow, bool),
) -> Result<(C, Read, Vec<Cluster>), StoreError> {
    let log = |path| Log { path, steps: VecDeque::new(), odd, number: 0 };
    let mut logs: Vec<Log<'_>> = paths.iter().map(PathBuf::as_path).map(log).collect();
    let ways: [(Way, bool); 4] = [(in_order, false), (in_order, false), (in_window, true), (in_passes, true)];
    let mut result = (new(), Read::default(), Vec::new());
    let mut is_numbered = false;
    for (idx, (way, was_unsorted)) in ways.into_iter().enumerate() {
        if idx == 1 && logs.iter().all(|log| log.steps.is_empty()) {
            // That would go as before.
            continue;
        }
        if was_unsorted && !std::mem::replace(&mut is_numbered, true) {
            number(&mut logs)?;
        }
        result = (new(), Read { files: paths.to_vec(), was_unsorted, ..Read::default() }, Vec::new());
        let (consumer, report, found) = &mut result;
        let mut doubles = Doubles::default();
        let mut clusters = Clusters::new(now);
        let mut left_out = false;
        let mut give = |report: &mut Read, row: &LogRow, repeats: bool| {
            if clusters.is_far(row.steady) {
                clusters.look(row.steady, doubles.last_time(), report.n_rows);
            }
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
            *found = clusters.finish(doubles.last_time(), report.n_rows);
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
    /// Times of rows that are put aside.
    odd: &'a [Cluster],
    /// Number of the log that the file belongs to.
    number: usize,
}

/// Finds out which files belong to one log where they tell of the same time.
fn number(logs: &mut [Log<'_>]) -> Result<(), StoreError> {
    if logs.len() < 2 {
        return Ok(());
    }
    let mut spans = Vec::new();
    for (idx, log) in logs.iter_mut().enumerate() {
        log.number = idx;
        let (mut source, mut span): (_, apart::Span) = (Source::open(log, BUFFER)?, None);
        let mut report = Read::default();
        while let Some((row, _)) = source.next(&mut report) {
            let at = row.steady;
            span = span.map_or(Some((at, at)), |(first, last)| Some((first.min(at), last.max(at))));
        }
        spans.push(span);
    }
    let mut shared = Vec::new();
    if apart::overlap(&spans) {
        let mut doubles = Doubles::default();
        let mut find = |_: &mut Read, row: &LogRow, _: bool| {
            if let Some(log) = doubles.log_of(row).filter(|log| *log != row.log && !shared.contains(&(*log, row.log))) {
                shared.push((log, row.log));
            }
        };
        if !in_window(logs, &mut Read::default(), &mut find)? {
            in_passes(logs, &mut Read::default(), &mut find)?;
        }
    }
    let numbers = apart::number(&spans, &shared);
    logs.iter_mut().zip(numbers).for_each(|(log, number)| log.number = number);
    Ok(())
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

/// Values that tell a row apart from others.
#[derive(Debug)]
struct Mark {
    steady: Timestamp,
    utc: Timestamp,
    seq: Option<u64>,
    gateway_rtt: Option<Duration>,
    status: Status,
    log: usize,
}

impl Mark {
    fn of(row: &LogRow) -> Self {
        let LogRow { steady, utc, seq, gateway_rtt, status, log, .. } = *row;
        Self { steady, utc, seq, gateway_rtt, status, log }
    }

    fn is_same(&self, other: &Self) -> bool {
        let key = |mark: &Self| (mark.steady, mark.utc, mark.seq, mark.gateway_rtt, mark.status);
        key(self) == key(other)
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
        if self.last.iter().chain(&self.earlier).any(|known| known.is_same(&new)) {
            return true;
        }
        self.earlier.extend(self.last.replace(new));
        false
    }

    /// The time of the row before.
    fn last_time(&self) -> Option<Timestamp> {
        self.last.as_ref().map(|last| last.steady)
    }

    /// The log in which this row was before; `None` if it was in none.
    fn log_of(&mut self, row: &LogRow) -> Option<usize> {
        let new = Mark::of(row);
        let known = self.last.iter().chain(&self.earlier).find(|known| known.is_same(&new)).map(|known| known.log);
        self.knows(row);
        known
    }
}

impl Read {
    fn skip(&mut self, path: &Path, error: LineError) {
        self.n_skipped += 1;
        if self.skipped.len() < NAMED {
            self.skipped.push((path.to_owned(), error));
        }
    }

    #[inline(never)]
    fn take_unread(&mut self, path: &Path, line: u64, row: &LogRow) {
        self.n_unread += row.unread.len() as u64;
        let room = NAMED.saturating_sub(self.unread.len());
        self.unread.extend(row.unread.iter().take(room).map(|unread| (path.to_owned(), line, unread.clone())));
    }
}

/// One file that is being read.
struct Source<'a> {
    path: &'a Path,
    reader: Reader<BufReader<File>>,
    odd: &'a [Cluster],
    /// The row that is given out, where it differs from the one that was read.
    changed: Option<Box<LogRow>>,
}

impl<'a> Source<'a> {
    fn open(log: &Log<'a>, buffer: usize) -> Result<Self, StoreError> {
        let file = File::open(log.path).map_err(context("open", log.path))?;
        let reader = Reader::with_steps(BufReader::with_capacity(buffer, file), log.steps.clone()).of_log(log.number);
        Ok(Self { path: log.path, reader, odd: log.odd, changed: None })
    }

    /// The first row, roughly: enough to put files in order.
    fn first(log: &Log<'a>) -> Result<Option<Timestamp>, StoreError> {
        let Log { path, odd, .. } = *log;
        let file = File::open(path).map_err(context("open", path))?;
        let mut source = Source { path, reader: Reader::new(BufReader::with_capacity(4096, file)), odd, changed: None };
        Ok(source.next(&mut Read::default()).map(|(row, _)| row.steady))
    }

    /// The next row that can be read; those that cannot are counted.
    #[inline]
    fn next(&mut self, report: &mut Read) -> Option<(&LogRow, bool)> {
        let is_read = self.reader.advance()?.map_err(|error| report.skip(self.path, error)).is_ok();
        let row = self.reader.row();
        if is_read && row.unread.is_empty() && self.odd.is_empty() {
            return Some((self.reader.row(), self.reader.repeats()));
        }
        self.next_slowly(is_read, report)
    }

    /// The same where a line could not be read, or has to be looked at closely.
    #[inline(never)]
    fn next_slowly(&mut self, mut is_read: bool, report: &mut Read) -> Option<(&LogRow, bool)> {
        let (mut follows_loss, mut repeats) = (false, true);
        loop {
            let row = self.reader.row();
            if !is_read {
                follows_loss = true;
            } else if self.odd.iter().any(|odd| (odd.first..=odd.last).contains(&row.steady)) {
                odd::put_aside(&mut report.put_aside, self.path, row.utc);
                repeats = false;
            } else {
                break;
            }
            is_read = self.reader.advance()?.map_err(|error| report.skip(self.path, error)).is_ok();
        }
        let row = self.reader.row();
        if !row.unread.is_empty() {
            report.take_unread(self.path, self.reader.lines_read(), row);
        }
        if follows_loss {
            let changed = LogRow { follows_loss, ..row.clone() };
            return Some((self.changed.insert(Box::new(changed)), false));
        }
        Some((row, repeats && self.reader.repeats()))
    }
}

/// True if a file contains this text.
pub(super) fn contains(mut file: impl io::Read, text: &[u8]) -> io::Result<bool> {
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
        begins.push((Source::first(log)?, log));
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
            let (mut source, mut again) = (Source::open(log, BUFFER)?, Read::default());
            while let Some((row, _)) = source.next(&mut again) {
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
