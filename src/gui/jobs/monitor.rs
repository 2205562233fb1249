//! The monitor behind the window: started and stopped in threads, because locks, disks and goodbyes take time.

use std::path::PathBuf;

use crossbeam_channel::Receiver;

use super::{Job, Jobs, Wake, chain};
use crate::{
    codec::holder_json::Holder,
    engine::{self, Command, Handle, Options},
    gui::text::T,
    model::{config::Config, event::Event},
    platform::paths,
    store::lock::{self, LockError},
};

/// What became of the wish to monitor.
pub(crate) enum Began {
    /// This process is the monitor.
    Running(Engine),
    /// Another process is: its number and since when, where it says so.
    Held(Option<Holder>),
    /// It cannot be.
    Failed(String),
}

/// A running monitor.
pub(crate) struct Engine {
    handle: Handle,
}

impl Engine {
    /// What it told since the last call.
    pub(crate) fn events(&self) -> &Receiver<Event> {
        &self.handle.events
    }

    /// Asks something of it. Does not wait.
    pub(crate) fn ask(&self, command: Command) {
        self.handle.try_send(command);
    }

    /// Whether its thread has ended by itself.
    pub(crate) fn is_over(&self) -> bool {
        self.handle.is_over()
    }
}

#[cfg(test)]
impl Engine {
    /// One whose thread has ended by a panic.
    pub(crate) fn broken() -> Self {
        Self { handle: Handle::broken() }
    }
}

/// Starts the monitor.
pub(crate) fn start(jobs: &mut Jobs, config: Config, log_dir: PathBuf) -> Job<Began> {
    let wake = jobs.wake();
    jobs.start(T::JobStart, move |_| begin(config, log_dir, wake))
}

fn begin(config: Config, log_dir: PathBuf, wake: Wake) -> Began {
    if let Err(error) = paths::prepare_log_dir(&log_dir) {
        return Began::Failed(chain(&error));
    }
    match engine::monitor_with(Options { config, log_dir }, move || wake()) {
        Ok(handle) => Began::Running(Engine { handle }),
        Err(engine::Error::Lock(LockError::Held(holder))) => Began::Held(holder),
        Err(error) => Began::Failed(chain(&error)),
    }
}

/// Ends the monitor, and gives back what it still told.
pub(crate) fn stop(jobs: &mut Jobs, engine: Engine) -> Job<Vec<Event>> {
    jobs.start(T::JobStop, move |_| {
        let events = engine.handle.events.clone();
        drop(engine);
        events.try_iter().collect()
    })
}

/// Who monitors this folder; `None` when nobody does, or somebody only takes a look.
pub(crate) fn holder(log_dir: &std::path::Path) -> Option<Holder> {
    lock::monitor(log_dir)
}

/// Holds this folder as another process does that monitors it, or takes one look; `None` when it cannot.
#[cfg(test)]
pub(crate) fn held_by(log_dir: &std::path::Path, pid: u32, is_look: bool) -> Option<lock::FolderLock> {
    let holder = Holder { pid, started: crate::clock::now().wall, is_look };
    lock::FolderLock::take(log_dir, &crate::codec::holder_json::render(holder)).ok()
}
