//! A log that is being looked at: a thread that reads for it, and what it has read so far.
//!
//! Whoever draws asks ([`Viewer::ask`]) and takes what is there ([`Viewer::view`]); neither ever waits for the disk.

mod worker;

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crossbeam_channel::{Sender, TrySendError};

use self::worker::Worker;
use super::{
    hit_map::HitMap,
    lines::Line,
    pattern::{Pattern, Query},
    search::Hit,
    seek::Sought,
    source::Source,
};
use crate::model::time::Timestamp;

/// Requests that may wait. More come only when the disk hangs.
const MAX_WAITING: usize = 64;

/// Which lines to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// From this one on, counted from 0.
    Line(u64),
    /// The last ones.
    End,
}

/// Something to be done. What has an answer other than the next [`View`] has a number of the asker's choice.
#[derive(Debug)]
pub enum Ask {
    /// Shows lines.
    Show {
        /// Which.
        first: First,
        /// Number of lines.
        count: usize,
        /// Which part of very long ones, in bytes.
        column: u64,
    },
    /// Searches for this and for nothing else from now on; `None` for nothing.
    Search(Option<Box<Pattern>>),
    /// Sets the number of parts that the density of hits has.
    Bins(usize),
    /// Finds the next match at or behind an offset, or the last one before it, and beyond the end from the other end.
    Find {
        /// Answered with it.
        id: u64,
        /// From where.
        offset: u64,
        /// True to look towards the end.
        forward: bool,
    },
    /// Finds the first line from a time on.
    Seek {
        /// Answered with it.
        id: u64,
        /// From when.
        at: Timestamp,
    },
    /// Reads bytes as text for the clipboard, no more than [`MAX_COPY`].
    Copy {
        /// Answered with it.
        id: u64,
        /// Which.
        bytes: Range<u64>,
    },
}

/// The most that is copied to the clipboard, in bytes. More is exported.
pub const MAX_COPY: u64 = 32 << 20;

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A match, and the number of its line as far as that is known.
    Found {
        /// Of the question.
        id: u64,
        /// The match; `None` when there is none.
        hit: Option<Hit>,
        /// The line it is in.
        line: Option<u64>,
        /// True if the search went on from the other end.
        wrapped: bool,
    },
    /// A time, and the line.
    Sought {
        /// Of the question.
        id: u64,
        /// Result of the search for the time.
        sought: Sought,
        /// The line it is.
        line: Option<u64>,
    },
    /// Text; `None` when it is too much.
    Copied {
        /// Of the question.
        id: u64,
        /// The text, with what is no UTF-8 replaced.
        text: Option<String>,
    },
    /// The disk failed, or no thread can be started.
    Failed {
        /// Error of the system.
        fault: String,
    },
}

/// State of the log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum LogState {
    /// It is being opened.
    #[default]
    Opening,
    /// It is open.
    Open,
    /// No file goes by its name any more; what was open is shown.
    Gone,
    /// It cannot be read; what the system says.
    Failed(String),
}

/// Progress of a search.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchView {
    /// Query that is searched for.
    pub query: Query,
    /// Matches so far.
    pub hits: u64,
    /// Lines with a match so far.
    pub lines: u64,
    /// Bytes searched so far.
    pub searched: u64,
    /// True when all was searched, or the search failed.
    pub is_done: bool,
    /// Error of the search, if something failed.
    pub fault: Option<String>,
    /// Density of the hits in the parts of the log; see [`HitMap::density`].
    pub density: Arc<Vec<f32>>,
    /// Map of the hits.
    pub map: Arc<HitMap>,
}

/// State of a log at a moment, as far as it is known. Cheap to copy.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// State of the log.
    pub state: LogState,
    /// Length of the log in bytes.
    pub len: u64,
    /// Bytes whose lines are counted.
    pub indexed: u64,
    /// Lines counted.
    pub n_lines: u64,
    /// Lines read, as asked last.
    pub lines: Arc<Vec<Line>>,
    /// Position that they were asked by; `None` before any were read.
    pub first: Option<First>,
    /// The search, when there is one.
    pub search: Option<SearchView>,
    /// Goes up whenever another file took the place of the log, so that offsets known of it are void.
    pub generation: u64,
}

impl View {
    /// True if all lines are counted.
    pub fn is_indexed(&self) -> bool {
        self.state != LogState::Opening && self.indexed >= self.len
    }
}

/// Data that the thread and whoever draws share.
#[derive(Debug, Default)]
struct Shared {
    view: Mutex<View>,
    answers: Mutex<Vec<Answer>>,
}

impl Shared {
    fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answers(&self) -> MutexGuard<'_, Vec<Answer>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A log that is being looked at. Dropping it ends its threads.
#[derive(Debug)]
pub struct Viewer {
    path: PathBuf,
    asks: Sender<Ask>,
    shared: Arc<Shared>,
}

impl Viewer {
    /// Begins to look at a log; it is opened by a thread. `wake` is called whenever there is something new to draw.
    ///
    /// # Errors
    ///
    /// When no thread can be made.
    pub fn open(path: &Path, wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let (asks, waiting) = crossbeam_channel::bounded(MAX_WAITING);
        let shared = Arc::new(Shared::default());
        let worker = Worker::new(path, waiting, Arc::clone(&shared), Arc::new(wake));
        std::thread::Builder::new().name("log-view".into()).spawn(move || worker.run())?;
        Ok(Self { path: path.to_owned(), asks, shared })
    }

    /// The log.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Asks for something, unless so much waits already that the disk must hang: then it is `false`, ask again later.
    pub fn ask(&self, ask: Ask) -> bool {
        match self.asks.try_send(ask) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }

    /// Returns a copy of what is known now.
    pub fn view(&self) -> View {
        self.shared.view().clone()
    }

    /// Answers since the last time.
    pub fn answers(&self) -> Vec<Answer> {
        std::mem::take(&mut *self.shared.answers())
    }

    /// The log opened once more, for an export in a thread of its own.
    ///
    /// # Errors
    ///
    /// When it cannot be opened.
    pub fn reopen(path: &Path) -> std::io::Result<Source> {
        Source::open(path)
    }
}

#[cfg(test)]
mod tests;
