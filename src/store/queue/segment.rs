//! Files of the segments.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{FIRST, Wanted};
use crate::codec::{
    queue_block::{MAGIC, Record, Records},
    queue_state::Position,
};

/// One segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    /// Number, from 1.
    pub(super) id: u64,
    /// Bytes that are whole on the disk.
    pub(super) bytes: u64,
    /// Samples in it.
    pub(super) samples: u64,
    /// Events in it.
    pub(super) events: u64,
}

impl Segment {
    /// Number of records in it that a sink reads.
    pub(super) fn wanted(&self, wanted: Wanted) -> u64 {
        match wanted {
            Wanted::Samples => self.samples,
            Wanted::Events => self.events,
        }
    }
}

/// File of a segment.
pub(super) fn path(dir: &Path, id: u64) -> PathBuf {
    dir.join(format!("{id:012}.segment"))
}

/// All segments, oldest first, and the number of damaged bytes in them. Those that hold nothing are removed.
pub(super) fn read_all(dir: &Path) -> io::Result<(Vec<Segment>, u64)> {
    let mut ids = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let id: Option<u64> =
            name.to_str().and_then(|name| name.strip_suffix(".segment")).and_then(|id| id.parse().ok());
        ids.extend(id);
    }
    ids.sort_unstable();
    let (mut segments, mut damaged) = (Vec::new(), 0);
    for id in ids {
        let bytes = fs::read(path(dir, id))?;
        let (segment, skipped) = scan(id, &bytes);
        damaged += skipped;
        if segment.samples + segment.events > 0 {
            segments.push(segment);
        } else {
            fs::remove_file(path(dir, id))?;
        }
    }
    Ok((segments, damaged))
}

/// Number of records before `at` in its segment that a sink reads; `None` if there is no such segment.
pub(super) fn count_before(dir: &Path, at: Position, wanted: Wanted) -> Option<u64> {
    let bytes = fs::read(path(dir, at.segment)).ok()?;
    let end = usize::try_from(at.offset).ok()?.min(bytes.len());
    Some(scan(at.segment, bytes.get(..end)?).0.wanted(wanted))
}

fn scan(id: u64, bytes: &[u8]) -> (Segment, u64) {
    let mut segment = Segment { id, bytes: bytes.len() as u64, samples: 0, events: 0 };
    let Some(records) = bytes.strip_prefix(MAGIC) else { return (segment, bytes.len() as u64) };
    debug_assert_eq!(FIRST, MAGIC.len() as u64, "records begin behind the magic");
    let mut records = Records::new(records, true);
    for record in records.by_ref() {
        match record {
            Record::Series(..) => {}
            Record::Samples(samples) => segment.samples += samples.count(),
            Record::Event { .. } => segment.events += 1,
        }
    }
    (segment, records.skipped() as u64)
}
