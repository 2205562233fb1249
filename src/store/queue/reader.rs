//! Reading ends of the queue.

use std::{
    collections::{BTreeMap, VecDeque},
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    sync::Arc,
    time::Duration,
};

use super::{FIRST, REPLAYABLE, Wanted, segment, shared::Shared};
use crate::{
    codec::{
        queue_block::{Block, HEADER, MAX_PAYLOAD, Record, Records},
        queue_state::{ClockHold, Cursor, Position},
        remote_write,
    },
    model::metric::{MetricSample, Series, SeriesSamples},
    store::error::{StoreError, context},
};

/// Bytes read at once.
const CHUNK: u64 = 256 * 1024;
/// Bytes of the largest record.
const MAX_RECORD: u64 = (HEADER + MAX_PAYLOAD) as u64;
/// A cursor is written at most once in this time while samples are delivered.
const SAVE_EVERY: Duration = Duration::from_mins(1);
/// A sample stamped further ahead of the clock than this was stamped by a wrong clock and is never sent.
const MAX_AHEAD_MS: i64 = 5 * 60 * 1000;

/// Bounds of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Bytes as a remote write message, before compression.
    pub bytes: usize,
    /// Milliseconds from the oldest sample to the newest.
    pub span_ms: i64,
}

/// Ends the waiting of readers, and tells beside one how much it has not delivered.
#[derive(Debug, Clone)]
pub struct QueueWaker {
    shared: Arc<Shared>,
    sink: String,
}

impl QueueWaker {
    /// Wakes the readers that wait.
    pub fn wake(&self) {
        self.shared.wake();
    }

    /// Samples or events that the sink has not delivered yet.
    pub fn queued(&self) -> u64 {
        self.shared.queued(&self.sink)
    }
}

/// Samples to deliver in one request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch {
    /// Series, each with its samples, oldest first.
    pub series: Vec<SeriesSamples>,
    /// Samples left out because they are stamped ahead of the clock.
    pub ahead: u64,
}

impl Batch {
    /// Number of samples.
    pub fn samples(&self) -> u64 {
        self.series.iter().map(|(_, samples)| samples.len() as u64).sum()
    }
}

/// An event document of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedEvent {
    /// Milliseconds since 1970 (UTC).
    pub at_ms: i64,
    /// JSON text.
    pub json: String,
}

/// The reading end of one sink.
#[derive(Debug)]
pub struct Reader {
    shared: Arc<Shared>,
    sink: String,
    wanted: Wanted,
    /// Place of the next record.
    at: Position,
    /// Records that the sink reads before `at` in the same segment.
    passed: u64,
    table: Table,
    /// Ends of batches with the time of their delivery, oldest first.
    delivered: VecDeque<(Duration, Position)>,
    saved: Option<Duration>,
    peeked: Option<QueuedEvent>,
    generation: u64,
}

/// Series of the segment that is being read.
#[derive(Debug, Default)]
struct Table {
    /// Number of the segment; 0 for none.
    segment: u64,
    series: BTreeMap<u32, Arc<Series>>,
}

/// Series, bytes and span of a batch that is being put together.
#[derive(Default)]
struct Gathered {
    series: BTreeMap<u32, SeriesSamples>,
    bytes: usize,
    span: Option<(i64, i64)>,
    ahead: u64,
}

/// Reason to stop reading before a record.
enum Stop {
    /// The batch is full.
    Full,
    /// The record is not to be sent yet.
    NotYet,
}

impl Reader {
    pub(super) fn new(shared: Arc<Shared>, sink: &str) -> Option<Self> {
        let (wanted, at) = shared.lock().sinks.get(sink).map(|sink| (sink.wanted, sink.cursor.safe))?;
        Some(Self {
            shared,
            sink: sink.to_owned(),
            wanted,
            at,
            passed: 0,
            table: Table::default(),
            delivered: VecDeque::new(),
            saved: None,
            peeked: None,
            generation: 0,
        })
    }

    /// Place of the next record.
    pub fn position(&self) -> Position {
        self.at
    }

    /// Ends the waiting of this reader, from another thread.
    pub fn waker(&self) -> QueueWaker {
        QueueWaker { shared: Arc::clone(&self.shared), sink: self.sink.clone() }
    }

    /// Name of the sink.
    pub fn sink(&self) -> &str {
        &self.sink
    }

    /// Returns the next samples, oldest first, each series in order of time; `None` when there are none, or none yet:
    /// samples later than `now_ms` and those stamped by an unproven clock are held back.
    ///
    /// # Errors
    ///
    /// If a segment cannot be read.
    pub fn next_batch(&mut self, now_ms: i64, limits: BatchLimits) -> Result<Option<Batch>, StoreError> {
        let mut gathered = Gathered::default();
        while let Some((bytes, base, is_whole)) = self.chunk()? {
            let holds = self.shared.lock().holds.clone();
            let mut records = Records::new(&bytes, is_whole);
            let mut stop = None;
            while let Some(record) = records.next() {
                let end = Position { segment: base.segment, offset: base.offset + records.offset() as u64 };
                match record {
                    Record::Series(index, series) => self.table.define(index, series),
                    Record::Event { .. } => {}
                    Record::Samples(samples) => {
                        let shift = shift(&holds, self.at);
                        let blocks = samples.decode().unwrap_or_default();
                        stop = match shift {
                            Some(shift) => gathered.take(&self.table, blocks, shift, now_ms, limits),
                            None => Some(Stop::NotYet),
                        };
                        if stop.is_some() {
                            break;
                        }
                        self.passed += samples.count();
                    }
                }
                self.at = end;
            }
            if stop.is_none() {
                // Damage at the end is passed over.
                self.at.offset = base.offset + records.offset() as u64;
            }
            if stop.is_some() || (self.is_at_end_of_segment() && !gathered.series.is_empty()) {
                break;
            }
        }
        Ok(gathered.batch())
    }

    /// Returns the oldest event that is not confirmed; `None` when there is none.
    ///
    /// # Errors
    ///
    /// If a segment cannot be read.
    pub fn next_event(&mut self) -> Result<Option<QueuedEvent>, StoreError> {
        while self.peeked.is_none() {
            let Some((bytes, base, is_whole)) = self.chunk()? else {
                // What holds no event needs no keeping.
                self.advance(self.at, 0);
                return Ok(None);
            };
            let mut records = Records::new(&bytes, is_whole);
            for record in records.by_ref() {
                if let Record::Event { at_ms, json } = record {
                    self.peeked = Some(QueuedEvent { at_ms, json: json.to_owned() });
                    self.passed += 1;
                    break;
                }
            }
            self.at.offset = base.offset + records.offset() as u64;
        }
        Ok(self.peeked.clone())
    }

    /// The event that [`Self::next_event`] returned is dealt with, for ever.
    ///
    /// # Errors
    ///
    /// If the cursor cannot be written: after a restart the event comes again.
    pub fn confirm(&mut self) -> Result<(), StoreError> {
        if self.peeked.take().is_none() {
            return Ok(());
        }
        self.advance(self.at, 0);
        self.shared.save_cursor(&self.sink)
    }

    /// All that was read is delivered at `now` (monotonic time), `refused` samples of it in vain.
    ///
    /// # Errors
    ///
    /// If the cursor cannot be written: after a restart some batches come again.
    pub fn delivered(&mut self, now: Duration, refused: u64) -> Result<(), StoreError> {
        self.delivered.push_back((now, self.at));
        let mut safe = None;
        while let Some((_, end)) = self.delivered.pop_front_if(|(at, _)| now.saturating_sub(*at) >= REPLAYABLE) {
            safe = Some(end);
        }
        let safe = safe.unwrap_or_else(|| self.cursor().safe);
        self.advance(safe, refused);
        if refused == 0 && self.saved.is_some_and(|saved| now.saturating_sub(saved) < SAVE_EVERY) {
            return Ok(());
        }
        self.saved = Some(now);
        self.shared.save_cursor(&self.sink)
    }

    /// Goes back to the oldest batch that the receiver may have lost.
    pub fn rewind(&mut self) {
        self.at = self.cursor().safe;
        self.delivered.clear();
        self.table = Table::default();
    }

    /// True while a batch that was delivered could be sent again.
    pub fn can_rewind(&self) -> bool {
        self.cursor().safe < self.at
    }

    /// Samples or events that are not delivered yet.
    pub fn queued(&self) -> u64 {
        self.shared.queued(&self.sink)
    }

    /// True while what comes next waits for a proven clock.
    pub fn is_held(&self) -> bool {
        shift(&self.shared.lock().holds, self.at).is_none()
    }

    /// Returns the cursor of the sink: the places that it has reached, and its losses.
    pub fn cursor(&self) -> Cursor {
        self.shared.lock().sinks.get(&self.sink).map(|sink| sink.cursor).unwrap_or_default()
    }

    /// Waits until the clock is proven or [`super::Queue::wake`] is called; at most `timeout`.
    pub fn wait(&mut self, timeout: Duration) {
        self.generation = self.shared.wait(self.generation, timeout);
    }

    fn advance(&self, safe: Position, refused: u64) {
        let mut state = self.shared.lock();
        if let Some(sink) = state.sinks.get_mut(&self.sink) {
            if self.at >= sink.cursor.sent {
                (sink.cursor.sent, sink.passed) = (self.at, self.passed);
            }
            sink.cursor.safe = safe.max(sink.cursor.safe);
            sink.cursor.refused += refused;
        }
        state.remove_read(&self.shared.dir);
    }

    fn is_at_end_of_segment(&self) -> bool {
        let state = self.shared.lock();
        let here = state.segments.iter().find(|segment| segment.id == self.at.segment);
        here.is_none_or(|segment| self.at.offset >= segment.bytes)
    }

    /// The next bytes, where they begin, and whether nothing can follow them; `None` at the end of the queue.
    fn chunk(&mut self) -> Result<Option<(Vec<u8>, Position, bool)>, StoreError> {
        loop {
            let here = {
                let state = self.shared.lock();
                let found = state.segments.iter().find(|segment| {
                    segment.id > self.at.segment
                        || (segment.id == self.at.segment
                            && (segment.bytes > self.at.offset.max(FIRST) || state.writing == Some(segment.id)))
                });
                match found {
                    Some(segment) => *segment,
                    None => return Ok(None),
                }
            };
            if here.id != self.at.segment || self.at.offset < FIRST {
                self.at = Position { segment: here.id, offset: FIRST };
                self.passed = 0;
            }
            if here.bytes <= self.at.offset {
                return Ok(None);
            }
            match self.read(here.bytes) {
                Ok((bytes, is_whole)) => return Ok(Some((bytes, self.at, is_whole))),
                // Dropped meanwhile, because the queue is full.
                Err(error) if error.kind() == io::ErrorKind::NotFound && self.is_gone() => {}
                Err(error) => return Err(context("read", &segment::path(&self.shared.dir, here.id))(error)),
            }
        }
    }

    fn is_gone(&self) -> bool {
        !self.shared.lock().segments.iter().any(|segment| segment.id == self.at.segment)
    }

    /// Reads on from `at`, at most up to `end`, where a record ends; true when nothing of what is read goes on behind
    /// it.
    fn read(&mut self, end: u64) -> io::Result<(Vec<u8>, bool)> {
        let mut file = File::open(segment::path(&self.shared.dir, self.at.segment))?;
        if self.table.segment != self.at.segment {
            let before = read_at(&mut file, FIRST, self.at.offset.min(end))?;
            self.table = Table { segment: self.at.segment, series: BTreeMap::new() };
            self.passed = 0;
            for record in Records::new(&before, true) {
                match record {
                    Record::Series(index, series) => self.table.define(index, series),
                    Record::Samples(samples) if self.wanted == Wanted::Samples => self.passed += samples.count(),
                    Record::Event { .. } if self.wanted == Wanted::Events => self.passed += 1,
                    Record::Samples(_) | Record::Event { .. } => {}
                }
            }
        }
        let mut length = CHUNK;
        loop {
            let to = end.min(self.at.offset + length);
            let bytes = read_at(&mut file, self.at.offset, to)?;
            if to == end || length > MAX_RECORD {
                return Ok((bytes, true));
            }
            // A chunk that ends within its first record says nothing yet.
            if Records::new(&bytes, false).next().is_some() {
                return Ok((bytes, false));
            }
            length *= 2;
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // Without it some batches come again after the next start.
        drop(self.shared.save_cursor(&self.sink));
    }
}

fn read_at(file: &mut File, from: u64, to: u64) -> io::Result<Vec<u8>> {
    let length = to.saturating_sub(from);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Milliseconds to add to the times of what stands at `at`; `None` while they are not known.
fn shift(holds: &[ClockHold], at: Position) -> Option<i64> {
    let mut shift = 0;
    for hold in holds.iter().filter(|hold| hold.from <= at) {
        match hold.proven {
            Some((to, by)) if at < to => shift = by,
            Some(_) => {}
            None => return None,
        }
    }
    Some(shift)
}

impl Table {
    fn define(&mut self, index: u32, series: Series) {
        self.series.insert(index, Arc::new(series));
    }
}

impl Gathered {
    /// Takes the blocks of one record, or says why not.
    fn take(
        &mut self,
        table: &Table,
        mut blocks: Vec<Block>,
        shift: i64,
        now_ms: i64,
        limits: BatchLimits,
    ) -> Option<Stop> {
        let (mut span, mut ahead, mut added) = (self.span, 0, 0);
        for block in &mut blocks {
            block.samples.iter_mut().for_each(|sample| sample.at_ms = sample.at_ms.saturating_add(shift));
            let before = block.samples.len();
            block.samples.retain(|sample| sample.at_ms <= now_ms.saturating_add(MAX_AHEAD_MS));
            ahead += (before - block.samples.len()) as u64;
            for MetricSample { at_ms, .. } in &block.samples {
                let (first, last) = span.unwrap_or((*at_ms, *at_ms));
                span = Some((first.min(*at_ms), last.max(*at_ms)));
            }
            let Some(series) = table.series.get(&block.series) else { continue };
            let named = if self.series.contains_key(&block.series) { 0 } else { remote_write::raw_size(series, 0) };
            added += named + block.samples.len() * remote_write::SAMPLE_SIZE;
        }
        if let Some((first, last)) = span {
            if last > now_ms {
                return Some(Stop::NotYet);
            }
            let is_too_long = last.saturating_sub(first) > limits.span_ms;
            if !self.series.is_empty() && (is_too_long || self.bytes + added > limits.bytes) {
                return Some(Stop::Full);
            }
        }
        (self.span, self.ahead, self.bytes) = (span, self.ahead + ahead, self.bytes + added);
        for block in blocks.into_iter().filter(|block| !block.samples.is_empty()) {
            // A series whose definition was damaged has no name to deliver it by.
            let Some(series) = table.series.get(&block.series) else { continue };
            match self.series.get_mut(&block.series) {
                Some((_, samples)) => samples.extend_from_slice(&block.samples),
                None => {
                    self.series.insert(block.series, (Arc::clone(series), block.samples));
                }
            }
        }
        None
    }

    fn batch(self) -> Option<Batch> {
        if self.series.is_empty() && self.ahead == 0 {
            return None;
        }
        let mut series: Vec<SeriesSamples> = self.series.into_values().collect();
        for (_, samples) in &mut series {
            if !samples.is_sorted_by(|one, next| one.at_ms < next.at_ms) {
                samples.sort_by_key(|sample| sample.at_ms);
                samples.dedup_by_key(|sample| sample.at_ms);
            }
        }
        Some(Batch { series, ahead: self.ahead })
    }
}
