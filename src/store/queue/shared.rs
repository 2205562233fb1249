//! State that the writer and the readers of a queue share.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    path::{Path, PathBuf},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{FIRST, Segment, Wanted, cursor_path, segment};
use crate::{
    codec::queue_state::{self, ClockHold, Cursor, Position},
    platform::files,
    store::error::{StoreError, context},
};

/// The queue as all of its ends see it.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) dir: PathBuf,
    state: Mutex<State>,
    changed: Condvar,
}

/// Content of the queue on the disk, and progress of each sink.
#[derive(Debug)]
pub(super) struct State {
    /// Oldest first.
    pub(super) segments: VecDeque<Segment>,
    /// Number of the segment that is being written.
    pub(super) writing: Option<u64>,
    /// Number of the next segment.
    pub(super) next_id: u64,
    /// Bytes that all segments may take.
    pub(super) max_bytes: u64,
    pub(super) sinks: BTreeMap<String, Sink>,
    pub(super) holds: Vec<ClockHold>,
    /// Damaged bytes found at the start.
    pub(super) damaged: u64,
    /// Counts what happened, for those that wait.
    pub(super) generation: u64,
}

/// Progress of a sink.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sink {
    pub(super) wanted: Wanted,
    pub(super) cursor: Cursor,
    /// Records that it reads before [`Cursor::sent`] in the same segment.
    pub(super) passed: u64,
}

impl Shared {
    pub(super) fn new(dir: PathBuf, state: State) -> Self {
        Self { dir, state: Mutex::new(state), changed: Condvar::new() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Samples or events that the sink has not delivered yet.
    pub(super) fn queued(&self, sink: &str) -> u64 {
        let state = self.lock();
        let Some(sink) = state.sinks.get(sink) else { return 0 };
        let behind = state.segments.iter().filter(|segment| segment.id >= sink.cursor.sent.segment);
        let all: u64 = behind.map(|segment| segment.wanted(sink.wanted)).sum();
        let has_begun = state.segments.iter().any(|segment| segment.id == sink.cursor.sent.segment);
        all.saturating_sub(if has_begun { sink.passed } else { 0 })
    }

    /// Wakes those that wait.
    pub(super) fn wake(&self) {
        self.lock().generation += 1;
        self.changed.notify_all();
    }

    /// Waits until something is new since `generation` or the time is over; returns the generation now.
    pub(super) fn wait(&self, generation: u64, timeout: Duration) -> u64 {
        let waited = self.changed.wait_timeout_while(self.lock(), timeout, |state| state.generation == generation);
        waited.unwrap_or_else(PoisonError::into_inner).0.generation
    }

    /// Writes the cursor of a sink.
    pub(super) fn save_cursor(&self, sink: &str) -> Result<(), StoreError> {
        let Some(cursor) = self.lock().sinks.get(sink).map(|sink| sink.cursor) else { return Ok(()) };
        let path = cursor_path(&self.dir, sink);
        files::replace(&path, queue_state::cursor_text(&cursor).as_bytes()).map_err(context("write", &path))
    }
}

impl State {
    /// The place at which the next record will be written.
    pub(super) fn end(&self) -> Position {
        match (self.writing, self.segments.back()) {
            (Some(id), Some(last)) if last.id == id => Position { segment: id, offset: last.bytes },
            _ => Position { segment: self.next_id, offset: FIRST },
        }
    }

    /// Removes the segments that every sink has safely got.
    pub(super) fn remove_read(&mut self, dir: &Path) {
        let needed = self.sinks.values().map(|sink| sink.cursor.safe.segment).min().unwrap_or(u64::MAX);
        while let Some(first) = self.segments.front().filter(|first| first.id < needed).copied() {
            if self.writing == Some(first.id) || !removed(dir, first.id) {
                break;
            }
            self.segments.pop_front();
        }
    }

    /// Removes the oldest segments while there are too many bytes, and counts what each sink loses.
    pub(super) fn bound(&mut self, dir: &Path) {
        while self.segments.iter().map(|segment| segment.bytes).sum::<u64>() > self.max_bytes {
            let Some(first) = self.segments.front().copied() else { return };
            if self.writing == Some(first.id) || !removed(dir, first.id) {
                return;
            }
            self.segments.pop_front();
            let next = Position { segment: first.id + 1, offset: FIRST };
            for sink in self.sinks.values_mut() {
                let Cursor { safe, sent, lost, .. } = &mut sink.cursor;
                if sent.segment <= first.id {
                    let got = if sent.segment == first.id { sink.passed } else { 0 };
                    *lost += first.wanted(sink.wanted).saturating_sub(got);
                    (*sent, sink.passed) = (next, 0);
                }
                *safe = next.max(*safe);
            }
        }
    }
}

/// True when the file is gone.
fn removed(dir: &Path, id: u64) -> bool {
    let path = segment::path(dir, id);
    fs::remove_file(&path).is_ok() || !path.exists()
}
