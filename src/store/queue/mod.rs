//! Bounded queue on the disk, which serves several receivers ("sinks"), each at its own place.
//!
//! The folder holds segments, one cursor a sink, and stretches written by an unproven clock. Segments are only ever
//! appended to, and a start begins a new one, so that a kill at any byte costs at most the record in writing. What all
//! sinks have safely got is removed by whole segments; when the queue is full the oldest segment goes, and what a sink
//! had not got of it is counted as lost for that sink.
//!
//! A batch that was delivered stays replayable for [`REPLAYABLE`], because a receiver that is killed loses what it had
//! not written to its disk yet.

mod reader;
mod segment;
mod shared;
mod writer;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub use self::reader::{Batch, BatchLimits, QueueWaker, QueuedEvent, Reader};
use self::{
    segment::Segment,
    shared::{Shared, Sink, State},
    writer::Writer,
};
use super::error::{StoreError, context};
use crate::{
    codec::{
        queue_block::MAGIC,
        queue_state::{self, ClockHold, Cursor, Position},
    },
    model::{metric::QueueRecord, time::Timestamp},
    platform::files,
};

/// Age below which a batch that was delivered is sent again after the receiver was unreachable.
pub const REPLAYABLE: Duration = Duration::from_mins(1);
/// Name of the folder of the queue within the log folder.
pub const FOLDER: &str = "queue";

const HOLDS: &str = "clock_holds";
/// Place of the first record of a segment.
const FIRST: u64 = MAGIC.len() as u64;
const KIB: u64 = 1024;

/// Records that a sink reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Samples of metrics.
    Samples,
    /// Event documents.
    Events,
}

/// The writing end of the queue. Reading ends are [`Reader`]s.
#[derive(Debug)]
pub struct Queue {
    shared: Arc<Shared>,
    writer: Mutex<Writer>,
}

impl Queue {
    /// Opens the queue in `dir`, which is made if it is missing, for these sinks: names of small letters and
    /// underscores. A sink that was not there before begins at the end; the cursor of one that is not there any more
    /// is removed. The queue takes `max_bytes` on the disk, and at least 256 KiB.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made, listed or written to.
    pub fn open(dir: &Path, max_bytes: u64, sinks: &[(&str, Wanted)], now: Timestamp) -> Result<Self, StoreError> {
        files::make_dir(dir).map_err(context("make", dir))?;
        let (segments, damaged) = segment::read_all(dir).map_err(context("read", dir))?;
        let holds = read_small(dir, HOLDS).and_then(|text| queue_state::holds(&text)).unwrap_or_default();
        let cursors: Vec<Option<Cursor>> = sinks.iter().map(|(sink, _)| read_cursor(dir, sink, now)).collect();
        let ends = cursors.iter().flatten().map(|cursor| cursor.sent.segment);
        let held = holds.iter().map(|hold| hold.from.segment.max(hold.proven.map_or(0, |(to, _)| to.segment)));
        let next_id = ends.chain(held).chain(segments.iter().map(|segment| segment.id)).max().unwrap_or(0) + 1;
        let end = Position { segment: next_id, offset: FIRST };
        let mut state = State {
            segments: segments.into(),
            writing: None,
            next_id,
            max_bytes: max_bytes.max(256 * KIB),
            sinks: BTreeMap::new(),
            holds: holds.into_iter().map(|hold| closed(hold, end)).collect(),
            damaged,
            generation: 0,
        };
        for ((name, wanted), cursor) in sinks.iter().zip(cursors) {
            let cursor = cursor.unwrap_or_else(|| {
                // A damaged cursor: better twice than never.
                let from = if cursor_path(dir, name).exists() { Position::default() } else { end };
                Cursor { safe: from, sent: from, lost: 0, refused: 0 }
            });
            let passed = segment::count_before(dir, cursor.sent, *wanted).unwrap_or(0);
            state.sinks.insert((*name).to_owned(), Sink { wanted: *wanted, cursor, passed });
        }
        forget_others(dir, sinks).map_err(context("read", dir))?;
        let max_segment = (state.max_bytes / 8).clamp(64 * KIB, 1024 * KIB);
        let queue = Self {
            shared: Arc::new(Shared::new(dir.to_owned(), state)),
            writer: Mutex::new(Writer::new(dir.to_owned(), max_segment)),
        };
        queue.shared.lock().remove_read(dir);
        queue.save_holds()?;
        for (name, _) in sinks {
            queue.shared.save_cursor(name)?;
        }
        Ok(queue)
    }

    /// Appends records. Samples are kept in memory until 10 000 are there or the oldest is 5 s old (by `now`, monotonic
    /// time); an event is written at once, and all samples before it with it. Wakes no reader.
    ///
    /// # Errors
    ///
    /// If the disk does not take them. They are kept and tried again with the next records, up to 100 000 samples.
    pub fn append(&self, records: &[QueueRecord], now: Duration) -> Result<(), StoreError> {
        self.writer().append(&self.shared, records, now)
    }

    /// Writes all that was appended. Wakes no reader.
    ///
    /// # Errors
    ///
    /// As [`Self::append`].
    pub fn flush(&self) -> Result<(), StoreError> {
        self.writer().flush(&self.shared)
    }

    /// The reading end of a sink; `None` for one that the queue was not opened for. There must be one reader a sink.
    pub fn reader(&self, sink: &str) -> Option<Reader> {
        Reader::new(Arc::clone(&self.shared), sink)
    }

    /// Holds the samples appended from now on back until [`Self::clock_proven`].
    ///
    /// # Errors
    ///
    /// If what was appended before, or the mark, cannot be written.
    pub fn clock_unproven(&self) -> Result<(), StoreError> {
        self.flush()?;
        {
            let mut state = self.shared.lock();
            let from = state.end();
            if state.holds.iter().any(|hold| hold.proven.is_none()) {
                return Ok(());
            }
            state.holds.push(ClockHold { from, proven: None });
        }
        self.save_holds()
    }

    /// Lets samples that were held back go, their times corrected by `shift_ms`: the step by which the clock was set.
    ///
    /// # Errors
    ///
    /// If what was appended before, or the mark, cannot be written.
    pub fn clock_proven(&self, shift_ms: i64) -> Result<(), StoreError> {
        self.flush()?;
        {
            let mut state = self.shared.lock();
            let to = state.end();
            for hold in state.holds.iter_mut().filter(|hold| hold.proven.is_none()) {
                hold.proven = Some((to, shift_ms));
            }
        }
        self.save_holds()?;
        self.shared.wake();
        Ok(())
    }

    /// Wakes all readers that wait, so that they read what is new or end.
    pub fn wake(&self) {
        self.shared.wake();
    }

    /// Bytes on the disk.
    pub fn bytes(&self) -> u64 {
        self.shared.lock().segments.iter().map(|segment| segment.bytes).sum()
    }

    /// Damaged bytes found when the queue was opened.
    pub fn damaged_bytes(&self) -> u64 {
        self.shared.lock().damaged
    }

    /// Reads a small text kept beside the queue; `None` if there is none.
    pub fn load(&self, name: &str) -> Option<String> {
        read_small(&self.shared.dir, name)
    }

    /// Replaces a small text kept beside the queue, whole or not at all.
    ///
    /// # Errors
    ///
    /// If it cannot be written; the one that was there is there still.
    pub fn save(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let path = self.shared.dir.join(name);
        files::replace(&path, text.as_bytes()).map_err(context("write", &path))
    }

    fn save_holds(&self) -> Result<(), StoreError> {
        let text = {
            let mut state = self.shared.lock();
            let oldest = state.segments.front().map_or(u64::MAX, |segment| segment.id);
            state.holds.retain(|hold| hold.proven.is_none_or(|(to, _)| to.segment >= oldest));
            queue_state::holds_text(&state.holds)
        };
        self.save(HOLDS, &text)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // Readers stop by themselves; a disk that is full was told before.
        drop(self.flush());
        self.shared.wake();
    }
}

/// A stretch that was never proven keeps its times: nobody can tell better.
fn closed(hold: ClockHold, end: Position) -> ClockHold {
    ClockHold { proven: hold.proven.or(Some((end, 0))), ..hold }
}

fn read_small(dir: &Path, name: &str) -> Option<String> {
    fs::read_to_string(dir.join(name)).ok()
}

fn cursor_path(dir: &Path, sink: &str) -> PathBuf {
    dir.join(format!("{sink}.cursor"))
}

/// The cursor of a sink. What was delivered before it was written is safe once it is old enough.
fn read_cursor(dir: &Path, sink: &str, now: Timestamp) -> Option<Cursor> {
    let path = cursor_path(dir, sink);
    let mut cursor = queue_state::cursor(&fs::read_to_string(&path).ok()?)?;
    let written: Option<Timestamp> = path.metadata().and_then(|about| about.modified()).ok().map(Into::into);
    let age = written.and_then(|written| (now - written).to_std().ok());
    if age.is_some_and(|age| age > REPLAYABLE) {
        cursor.safe = cursor.sent;
    }
    Some(cursor)
}

/// Removes the cursors of sinks that are not there any more.
fn forget_others(dir: &Path, sinks: &[(&str, Wanted)]) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let is_cursor = path.extension().is_some_and(|extension| extension == "cursor");
        if is_cursor && !sinks.iter().any(|(sink, _)| *sink == stem) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
