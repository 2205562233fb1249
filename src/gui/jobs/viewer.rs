//! Follows the log that another process writes, and waits for one that begins to.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{Wake, monitor};
use crate::{
    clock,
    codec::{holder_json::Holder, netlog_csv::Reader},
    gui::view_model::follow::{Follower, row_of},
    model::{event::Event, log_row::LogRow, time::Timestamp},
    store::{log::FILE_NAME, tail},
};

/// Time between two looks at the file.
const LOOK: Duration = Duration::from_millis(500);
/// Time between two looks for somebody who monitors.
const AGAIN: Duration = Duration::from_secs(2);
/// Events waiting for the window.
const MAX_EVENTS: usize = 4096;
/// More than this is not read at once.
const BLOCK: u64 = 1 << 20;

/// News of a monitor of another process.
pub(crate) enum Seen {
    /// It told this.
    Event(Event),
    /// It is gone.
    Gone,
}

/// A thread that follows a log. Dropping it ends the thread.
pub(crate) struct Viewer {
    pub(crate) seen: Receiver<Seen>,
    /// Sender that is dropped with the viewer, which ends the thread that holds the other end.
    _stop: Sender<()>,
}

/// Follows the log of this folder.
pub(crate) fn follow(log_dir: PathBuf, outage_after: Duration, wake: Wake) -> Viewer {
    let (to, seen) = bounded(MAX_EVENTS);
    let (stop, stopped) = bounded::<()>(0);
    let work = move || {
        let mut following =
            Following { path: log_dir.join(FILE_NAME), offset: 0, torn: Vec::new(), header: Vec::new() };
        let mut follower = Follower::new(outage_after);
        let mut give = |row: &LogRow| {
            let (steady, row): (Timestamp, _) = (row.steady, Arc::new(row_of(row)));
            for event in follower.take(&row, steady) {
                if to.send(Seen::Event(event)).is_err() {
                    return;
                }
            }
            wake();
        };
        following.start().iter().for_each(&mut give);
        // Somebody may begin to monitor at any time, so the thread looks for that too.
        let mut was_held = true;
        while stopped.recv_timeout(LOOK) == Err(crossbeam_channel::RecvTimeoutError::Timeout) {
            following.more().iter().for_each(&mut give);
            let is_held = monitor::holder(&log_dir).is_some();
            if was_held && !is_held {
                to.try_send(Seen::Gone).ok();
                wake();
            }
            was_held = is_held;
        }
    };
    std::thread::Builder::new().name("viewer".into()).spawn(work).ok();
    Viewer { seen, _stop: stop }
}

/// A thread that waits until somebody begins to monitor a folder. Dropping it ends the thread.
pub(crate) struct FolderWatcher {
    /// Channel that receives the process that begins to monitor.
    pub(crate) found: Receiver<Holder>,
    /// The folder.
    pub(crate) log_dir: PathBuf,
    _stop: Sender<()>,
}

/// Waits until another process monitors this folder.
pub(crate) fn watch_folder(log_dir: PathBuf, wake: Wake) -> FolderWatcher {
    let (to, found) = bounded(1);
    let (stop, stopped) = bounded::<()>(0);
    let dir = log_dir.clone();
    let work = move || {
        while stopped.recv_timeout(AGAIN) == Err(crossbeam_channel::RecvTimeoutError::Timeout) {
            // What this window has just ended may hold it for a moment still.
            if let Some(holder) = monitor::holder(&dir).filter(|holder| holder.pid != std::process::id()) {
                to.send(holder).ok();
                wake();
                return;
            }
        }
    };
    std::thread::Builder::new().name("folder-watcher".into()).spawn(work).ok();
    FolderWatcher { found, log_dir, _stop: stop }
}

struct Following {
    path: PathBuf,
    offset: u64,
    /// The beginning of a line that is still being written.
    torn: Vec<u8>,
    header: Vec<u8>,
}

impl Following {
    /// The last row, from which on it is followed.
    fn start(&mut self) -> Option<LogRow> {
        let row = tail::last_row(&self.path).ok().flatten();
        self.offset = self.path.metadata().map_or(0, |meta| meta.len());
        self.header = header(&self.path).unwrap_or_default();
        row
    }

    /// The rows that were written since.
    fn more(&mut self) -> Vec<LogRow> {
        let len = self.path.metadata().map_or(0, |meta| meta.len());
        if len < self.offset {
            // It was put aside, and a new one begun.
            (self.offset, self.torn, self.header) = (0, Vec::new(), Vec::new());
        }
        if len == self.offset {
            return Vec::new();
        }
        if self.header.is_empty() {
            self.header = header(&self.path).unwrap_or_default();
        }
        let Ok(fresh) = block(&self.path, self.offset) else { return Vec::new() };
        self.offset += fresh.len() as u64;
        self.torn.extend(fresh);
        let Some(end) = self.torn.iter().rposition(|byte| *byte == b'\n') else { return Vec::new() };
        let rest = self.torn.split_off(end + 1);
        let lines = std::mem::replace(&mut self.torn, rest);
        Reader::new(self.header.as_slice().chain(lines.as_slice())).filter_map(Result::ok).collect()
    }
}

fn header(path: &Path) -> io::Result<Vec<u8>> {
    let head = block(path, 0)?;
    let end = head.iter().position(|byte| *byte == b'\n').map_or(0, |idx| idx + 1);
    Ok(head.get(..end).unwrap_or_default().to_vec())
}

fn block(path: &Path, from: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(BLOCK).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Now, for whoever may not read a clock.
pub(crate) fn now() -> crate::model::time::Moment {
    clock::now()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        codec::netlog_csv::{header_line, render},
        gui::view_model::nothing_claimed,
        model::row::Row,
    };

    #[test]
    fn rows_are_seen_as_they_are_written_whole_lines_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        let line = |seq: u64| {
            let at = Timestamp::from_timestamp(1_800_000_000 + i64::try_from(seq).unwrap() * 20, 0).unwrap();
            render(&Row::new(at, seq, nothing_claimed()), at.naive_utc())
        };
        std::fs::write(&path, header_line() + &line(1)).unwrap();
        let mut following = Following { path: path.clone(), offset: 0, torn: Vec::new(), header: Vec::new() };
        assert_eq!(Some(1), following.start().and_then(|row| row.seq));
        assert!(following.more().is_empty());
        let append = |text: &str| {
            use std::io::Write as _;
            let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        let (whole, torn) = (line(2), line(3));
        append(&whole);
        append(&torn[..40]);
        assert_eq!(vec![Some(2)], following.more().iter().map(|row| row.seq).collect::<Vec<_>>());
        append(&torn[40..]);
        assert_eq!(vec![Some(3)], following.more().iter().map(|row| row.seq).collect::<Vec<_>>());
        std::fs::write(&path, header_line() + &line(9)).unwrap();
        assert_eq!(vec![Some(9)], following.more().iter().map(|row| row.seq).collect::<Vec<_>>());
    }
}
