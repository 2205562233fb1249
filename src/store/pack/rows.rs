//! Which lines of the logs go into a pack, and what binds them to the head of the log.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
};

use crate::{
    codec::netlog_csv::{self, Digest, Link, Reader},
    model::{log_row::LogRow, time::Timestamp},
    store::{
        error::{StoreError, context},
        verify::Inspected,
    },
};

/// Longer lines come in pieces.
pub(super) const MAX_LINE: usize = 1 << 20;

/// A stretch of time: from the first on, and before the second.
pub(super) type Period = (Option<Timestamp>, Option<Timestamp>);

/// Lines of one log that go into a pack: its header, and those from the first to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) path: PathBuf,
    /// Numbers of lines from 1, the header's aside.
    pub(super) first: u64,
    pub(super) last: u64,
    /// True if the first line of the log names its columns.
    pub(super) has_header: bool,
    /// True if the span follows the one before it and leads to the head.
    pub(super) is_bound: bool,
}

/// All lines that go into a pack.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// Those that lead to the head, in their order; then others.
    pub(super) spans: Vec<Span>,
    /// Place in the chain of the first of these, which lead to the head.
    pub(super) bound: Option<Bound>,
    /// Names of files that rows in it name.
    pub(super) named: BTreeSet<String>,
    /// The time of the last row in it.
    pub(super) last_row: Option<Timestamp>,
    /// Rows that were made up for a demonstration.
    pub(super) n_demo: u64,
}

/// The place of rows in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) before: Link,
    pub(super) end: Link,
    pub(super) n_rows: u64,
    /// Places at which rows go on behind the last one: a log, and its first line that is not in the pack.
    pub(super) rest: Vec<(PathBuf, u64)>,
    /// Link of the head of the log, so that rows that are being written meanwhile do not count.
    pub(super) head: Link,
}

/// Chooses the rows of a period from the logs, with one row more on either side, which say what held at its edges.
pub(super) fn select(logs: &Inspected, period: Period) -> Result<Selection, StoreError> {
    let mut selection = Selection::default();
    let mut found = Vec::new();
    for file in &logs.files {
        found.push(selection.span(&file.path, period)?);
    }
    let order = &logs.order;
    let with_rows = |idx: &usize| found.get(*idx).is_some_and(|span| span.last >= span.first);
    let begin = order.iter().position(with_rows);
    let end = order.iter().rposition(with_rows);
    if let (Some(begin), Some(end), Some(head)) = (begin, end, logs.end) {
        for (place, idx) in order.iter().enumerate().take(end + 1).skip(begin) {
            let Some(span) = found.get_mut(*idx) else { continue };
            // Between the first and the last row nothing is left out.
            if place > begin || span.last < span.first {
                span.first = 2;
            }
            if place < end {
                span.last = u64::MAX;
            }
            span.is_bound = true;
            selection.spans.push(span.clone());
        }
        let later = order.iter().skip(end + 1).filter_map(|idx| logs.files.get(*idx));
        let last = selection.spans.last().map(|span| (span.path.clone(), span.last.saturating_add(1)));
        let rest: Vec<(PathBuf, u64)> = last.into_iter().chain(later.map(|file| (file.path.clone(), 2))).collect();
        let before = begin.checked_sub(1).and_then(|place| logs.files.get(*order.get(place)?)?.last);
        selection.bound = bound(&selection.spans, rest, before.unwrap_or(Link::START), head)?;
    }
    let others = found.into_iter().filter(|span| !span.is_bound && span.last >= span.first);
    selection.spans.extend(others);
    Ok(selection)
}

impl Selection {
    /// The lines of one log that lie in the period. None when the last one is before the first.
    fn span(&mut self, path: &Path, (from, to): Period) -> Result<Span, StoreError> {
        let file = File::open(path).map_err(context("open", path))?;
        let mut reader = Reader::new(BufReader::with_capacity(64 * 1024, file));
        let mut span =
            Span { path: path.to_owned(), first: 1, last: 0, has_header: has_header(path)?, is_bound: false };
        let lies_in = |at: Timestamp| from.is_none_or(|from| at >= from) && to.is_none_or(|to| at < to);
        let (mut before, mut is_open) = (None, false);
        while let Some(read) = reader.advance() {
            if read.is_err() {
                continue;
            }
            let (row, line) = (reader.row(), reader.lines_read());
            if lies_in(row.utc) || lies_in(row.steady) {
                if span.last == 0 {
                    span.first = before.unwrap_or(line);
                }
                (span.last, is_open) = (line, true);
                self.take(row);
            } else if std::mem::take(&mut is_open) {
                span.last = line;
            }
            before = Some(line);
        }
        if span.last > 0 && is_open && to.is_none() {
            // A line that was cut short at the end belongs to it.
            span.last = u64::MAX;
        }
        Ok(span)
    }

    fn take(&mut self, row: &LogRow) {
        self.last_row = self.last_row.max(Some(row.utc));
        self.n_demo += u64::from(row.is_demo);
        let lists = row.intensive_traces.iter().chain(&row.baseline_traces);
        for name in lists.chain([&row.trace_file, &row.wan_diag_file]).filter(|name| !name.is_empty()) {
            if !self.named.contains(name) {
                self.named.insert(name.clone());
            }
        }
    }
}

fn has_header(path: &Path) -> Result<bool, StoreError> {
    let mut first = Vec::new();
    let file = File::open(path).map_err(context("open", path))?;
    BufReader::new(file.take(MAX_LINE as u64)).read_until(b'\n', &mut first).map_err(context("read", path))?;
    Ok(first.windows(13).any(|part| part == b"utc_timestamp"))
}

/// Follows the links through the chosen rows, the first of which follows `before` if it is the first of its log.
fn bound(spans: &[Span], rest: Vec<(PathBuf, u64)>, before: Link, head: Link) -> Result<Option<Bound>, StoreError> {
    let mut bound = Bound { before, end: before, n_rows: 0, rest, head };
    for span in spans {
        each_line(&span.path, |number, line, _| {
            if let Some((_, link)) = netlog_csv::split(line.trim_ascii_end()) {
                if (span.first..=span.last).contains(&number) {
                    bound.n_rows += 1;
                } else if bound.n_rows == 0 {
                    bound.before = link;
                }
                bound.end = link;
            }
            // Nothing behind the head counts.
            Ok(number < span.last && (bound.n_rows == 0 || bound.end != head))
        })
        .map_err(context("read", &span.path))?;
    }
    Ok((bound.n_rows > 0).then_some(bound))
}

/// Writes the digests of the rows behind the last one in the pack, up to the head, a line each, and says how many.
pub(super) fn write_rest(bound: &Bound, out: &mut dyn io::Write) -> io::Result<u64> {
    let mut n = 0;
    if bound.end == bound.head {
        return Ok(n);
    }
    for (path, first) in &bound.rest {
        let mut is_over = false;
        each_line(path, |number, line, _| {
            if number < *first {
                return Ok(true);
            }
            if let Some((body, link)) = netlog_csv::split(line.trim_ascii_end()) {
                writeln!(out, "{}", Digest::of(body))?;
                n += 1;
                is_over = link == bound.head;
            }
            Ok(!is_over)
        })?;
        if is_over {
            break;
        }
    }
    Ok(n)
}

/// Hands over the lines of a file with their numbers from 1, until `take` wants no more. With a piece of a line that is
/// too long for one comes `true` while more of it follows.
pub(super) fn each_line(path: &Path, mut take: impl FnMut(u64, &[u8], bool) -> io::Result<bool>) -> io::Result<()> {
    let mut input = BufReader::with_capacity(64 * 1024, File::open(path)?);
    let (mut line, mut number) = (Vec::new(), 1);
    loop {
        line.clear();
        if (&mut input).take(MAX_LINE as u64).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let goes_on = !line.ends_with(b"\n") && line.len() == MAX_LINE;
        if !take(number, &line, goes_on)? {
            return Ok(());
        }
        number += u64::from(!goes_on);
    }
}
