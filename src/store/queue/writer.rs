//! Collects records and writes them to segments.

use std::{collections::BTreeMap, fs::File, io::Write as _, path::PathBuf, sync::Arc, time::Duration};

use super::{
    Segment, segment,
    shared::{Shared, State},
};
use crate::{
    codec::queue_block::{self, MAGIC, MAX_SAMPLES},
    model::metric::{MetricSample, QueueRecord, Series, SeriesSamples},
    platform::files,
    store::error::{StoreError, context},
};

/// Samples wait in memory for so long.
const FLUSH_AFTER: Duration = Duration::from_secs(5);
/// A record of samples spans so many milliseconds at most, so that a request never has to cut one.
pub(super) const MAX_SPAN_MS: i64 = 10 * 60 * 1000;
/// Samples kept in memory while the disk takes none.
const MAX_PENDING: usize = 100_000;
/// Bytes of the largest event.
const MAX_EVENT: usize = 256 * 1024;
/// Series known by their place in memory; more are looked up by their names.
const MAX_KNOWN: usize = 4096;

/// The one that writes.
#[derive(Debug)]
pub(super) struct Writer {
    dir: PathBuf,
    max_segment: u64,
    pending: Pending,
    open: Option<Open>,
}

/// Records that are not on the disk yet.
#[derive(Debug, Default)]
struct Pending {
    series: Vec<SeriesSamples>,
    /// Indexes into `series` by the address of the shared series, which is found faster than its labels.
    places: BTreeMap<usize, usize>,
    count: usize,
    events: Vec<(i64, String)>,
    /// Time at which the oldest was appended.
    since: Option<Duration>,
}

/// The segment that is being written.
#[derive(Debug)]
struct Open {
    id: u64,
    file: File,
    bytes: u64,
    indexes: BTreeMap<Arc<Series>, u32>,
    known: BTreeMap<usize, (Arc<Series>, u32)>,
}

impl Writer {
    pub(super) fn new(dir: PathBuf, max_segment: u64) -> Self {
        Self { dir, max_segment, pending: Pending::default(), open: None }
    }

    pub(super) fn append(&mut self, shared: &Shared, records: &[QueueRecord], now: Duration) -> Result<(), StoreError> {
        let mut result = Ok(());
        for record in records {
            match record {
                QueueRecord::Samples((series, samples)) => {
                    for part in samples.chunks(MAX_SAMPLES) {
                        if self.pending.count + part.len() > MAX_SAMPLES && result.is_ok() {
                            result = self.flush(shared);
                        }
                        self.pending.add(series, part);
                    }
                }
                QueueRecord::Event { at_ms, json } if json.len() <= MAX_EVENT => {
                    self.pending.events.push((*at_ms, json.clone()));
                }
                QueueRecord::Event { .. } => {}
            }
        }
        if self.pending.is_empty() {
            return result;
        }
        let since = *self.pending.since.get_or_insert(now);
        let is_due = now.saturating_sub(since) >= FLUSH_AFTER || self.pending.count >= MAX_SAMPLES;
        if result.is_ok() && (is_due || !self.pending.events.is_empty()) {
            result = self.flush(shared);
        }
        if self.pending.count > MAX_PENDING {
            let lost = self.pending.count as u64;
            self.pending = Pending { events: std::mem::take(&mut self.pending.events), ..Pending::default() };
            shared.lock().sinks.values_mut().for_each(|sink| sink.cursor.lost += lost);
        }
        result
    }

    pub(super) fn flush(&mut self, shared: &Shared) -> Result<(), StoreError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        if self.open.as_ref().is_none_or(|open| open.bytes >= self.max_segment) {
            self.begin(shared)?;
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let bytes = self.pending.encode(open);
        let path = segment::path(&self.dir, open.id);
        if let Err(error) = open.file.write_all(&bytes) {
            // Half a record is damage that readers pass over, should it not go.
            drop(open.file.set_len(open.bytes));
            self.open = None;
            shared.lock().writing = None;
            return Err(context("write", &path)(error));
        }
        open.bytes += bytes.len() as u64;
        {
            let mut state = shared.lock();
            let id = open.id;
            if let Some(segment) = state.segments.back_mut().filter(|segment| segment.id == id) {
                segment.bytes = open.bytes;
                segment.samples += self.pending.count as u64;
                segment.events += self.pending.events.len() as u64;
            }
            state.bound(&self.dir);
        }
        self.pending = Pending::default();
        Ok(())
    }

    /// Begins a new segment.
    fn begin(&mut self, shared: &Shared) -> Result<(), StoreError> {
        if let Some(full) = self.open.take() {
            let path = segment::path(&self.dir, full.id);
            full.file.sync_data().map_err(context("write", &path))?;
        }
        let id = {
            let mut state = shared.lock();
            state.writing = None;
            state.next_id += 1;
            state.next_id - 1
        };
        let path = segment::path(&self.dir, id);
        let mut file = files::create_new(&path).map_err(context("make", &path))?;
        file.write_all(MAGIC).map_err(context("write", &path))?;
        let bytes = MAGIC.len() as u64;
        self.open = Some(Open { id, file, bytes, indexes: BTreeMap::new(), known: BTreeMap::new() });
        let mut state = shared.lock();
        state.segments.push_back(Segment { id, bytes, samples: 0, events: 0 });
        state.writing = Some(id);
        State::remove_read(&mut state, &self.dir);
        Ok(())
    }
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.count == 0 && self.events.is_empty()
    }

    fn add(&mut self, series: &Arc<Series>, samples: &[MetricSample]) {
        let place = *self.places.entry(address(series)).or_insert(self.series.len());
        match self.series.get_mut(place) {
            Some((_, known)) => known.extend_from_slice(samples),
            None => self.series.push((Arc::clone(series), samples.to_vec())),
        }
        self.count += samples.len();
    }

    /// All records as they are written, the samples cut by time and number.
    fn encode(&mut self, open: &mut Open) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.count * 5 + 256);
        for (at_ms, json) in &self.events {
            queue_block::put_event(&mut bytes, *at_ms, json);
        }
        for (_, samples) in &mut self.series {
            if !samples.is_sorted_by_key(|sample| sample.at_ms) {
                samples.sort_by_key(|sample| sample.at_ms);
            }
        }
        let indexes: Vec<u32> = self.series.iter().map(|(series, _)| open.index(series, &mut bytes)).collect();
        let mut rest: Vec<&[MetricSample]> = self.series.iter().map(|(_, samples)| samples.as_slice()).collect();
        while let Some(first) = rest.iter().filter_map(|samples| samples.first()).map(|first| first.at_ms).min() {
            let mut room = MAX_SAMPLES;
            let taken: Vec<&[MetricSample]> = rest
                .iter_mut()
                .map(|samples| {
                    let is_within = |sample: &MetricSample| sample.at_ms.saturating_sub(first) < MAX_SPAN_MS;
                    let length = samples.partition_point(is_within).min(room);
                    room -= length;
                    let (part, behind) = samples.split_at(length);
                    *samples = behind;
                    part
                })
                .collect();
            let kinds = self.series.iter().map(|(series, _)| series.kind());
            let blocks = indexes.iter().copied().zip(kinds).zip(taken).map(|((index, kind), part)| (index, kind, part));
            queue_block::put_samples(&mut bytes, blocks.filter(|(_, _, part)| !part.is_empty()));
        }
        bytes
    }
}

impl Open {
    /// Index of a series in this segment, where it is defined if it was not yet.
    fn index(&mut self, series: &Arc<Series>, bytes: &mut Vec<u8>) -> u32 {
        if let Some((_, index)) = self.known.get(&address(series)) {
            return *index;
        }
        let next = u32::try_from(self.indexes.len()).unwrap_or(u32::MAX);
        let index = *self.indexes.entry(Arc::clone(series)).or_insert_with(|| {
            queue_block::put_series(bytes, next, series);
            next
        });
        if self.known.len() >= MAX_KNOWN {
            self.known.clear();
        }
        // The series is kept with its address, so that no other can take the place.
        self.known.insert(address(series), (Arc::clone(series), index));
        index
    }
}

fn address(series: &Arc<Series>) -> usize {
    Arc::as_ptr(series).addr()
}
