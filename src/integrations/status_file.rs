//! State of the sinks on the disk, for `netlog integrations status` beside a running monitor.

use std::{fs, io, path::Path};

use super::sink_status::SinkStatus;
use crate::{codec::sink_status_json, model::time::Timestamp, platform::files};

/// Name of the file in the log folder.
pub const FILE_NAME: &str = "integrations.json";
/// Larger files are none of ours, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// Writes the state of the sinks, whole or not at all.
///
/// # Errors
///
/// If the system does not allow it.
pub(super) fn write(dir: &Path, at: Timestamp, sinks: &[SinkStatus]) -> io::Result<()> {
    files::replace_unsynced(&dir.join(FILE_NAME), sink_status_json::render(at, sinks).as_bytes())
}

/// Removes the file when the integrations end.
pub(super) fn remove(dir: &Path) {
    fs::remove_file(dir.join(FILE_NAME)).ok();
}

/// Returns the JSON of a running monitor; `None` where there is none.
pub fn read(dir: &Path) -> Option<serde_json::Value> {
    let path = dir.join(FILE_NAME);
    if path.metadata().ok()?.len() > MAX_SIZE {
        return None;
    }
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}
