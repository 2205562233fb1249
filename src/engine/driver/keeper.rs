//! Writes traces and facts to their files, in a thread of its own, so that a slow disk delays no probe and no row.

use std::{path::PathBuf, thread::JoinHandle};

use crossbeam_channel::{Sender, bounded};

use super::{Error, Outbox};
use crate::engine::{monitor::FileColumn, paths::Keep};

/// Things waiting to be written. An outage brings a dozen.
const MAX_WAITING: usize = 64;

/// The handle of the thread. Dropping it waits until all is written.
pub(super) struct Keeper {
    to: Option<Sender<Box<Keep>>>,
    thread: Option<JoinHandle<()>>,
    outbox: Outbox,
}

impl Keeper {
    /// `filed` is told the column and the name of every file written.
    pub(super) fn start(
        log_dir: PathBuf,
        filed: impl Fn(FileColumn, String) + Send + 'static,
        outbox: Outbox,
    ) -> Result<Self, Error> {
        let (to, from) = bounded::<Box<Keep>>(MAX_WAITING);
        let thread = std::thread::Builder::new().name("traces".into()).stack_size(256 * 1024).spawn(move || {
            for keep in from {
                let _ = (&log_dir, &filed, keep);
            }
        });
        Ok(Self { to: Some(to), thread: Some(thread.map_err(Error::Thread)?), outbox })
    }

    /// Writes it down when its turn has come.
    pub(super) fn keep(&self, keep: Box<Keep>) {
        if self.to.as_ref().is_some_and(|to| to.try_send(keep).is_err()) {
            self.outbox.warn("the disk takes no traces; they are lost until it does".into());
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.to = None;
        if let Some(thread) = self.thread.take() {
            // A panic has been reported by the runtime already.
            thread.join().ok();
        }
    }
}
