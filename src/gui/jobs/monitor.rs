//! The monitor behind the window: started and stopped in threads, because locks, disks and goodbyes take time.

use std::path::PathBuf;

use crossbeam_channel::Receiver;

use super::{Job, Jobs, Wake, chain, settings::Settings};
use crate::{
    codec::holder_json::Holder,
    engine::{self, Command, Handle, Options},
    gui::text::T,
    integrations::{options::IntegrationOptions, running::Integrations, sink_status::SinkStatus},
    model::{config::Config, event::Event},
    platform::paths,
    store::{
        lock::{self, LockError},
        secrets_file,
    },
};

/// Result of the request to monitor.
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
    // Dropped first, so that the integrations hear of the end.
    handle: Handle,
    integrations: Integrations,
}

impl Engine {
    /// Returns the channel with the events that it told and that have not been taken yet.
    pub(crate) fn events(&self) -> &Receiver<Event> {
        &self.handle.events
    }

    /// Asks something of it. Does not wait.
    pub(crate) fn ask(&self, command: Command) {
        self.handle.try_send(command);
    }

    /// Uses these settings of the integrations from now on. Does not wait.
    pub(crate) fn apply_integrations(&self, settings: &Settings) {
        let (integrations, options) = (self.integrations.clone(), integration_options(settings));
        // Ending the ones before may take seconds. Without a thread they stay.
        std::thread::Builder::new()
            .name("apply".into())
            .spawn(move || options().map(|options| integrations.apply(&options)))
            .ok();
    }

    /// Returns a function that tells the state of each integration that is started, in any thread.
    pub(crate) fn sinks(&self) -> impl FnOnce() -> Vec<SinkStatus> + Send + 'static + use<> {
        let integrations = self.integrations.clone();
        move || integrations.status()
    }

    /// True if its thread has ended by itself.
    pub(crate) fn is_over(&self) -> bool {
        self.handle.is_over()
    }
}

#[cfg(test)]
impl Engine {
    /// One whose thread has ended by a panic.
    pub(crate) fn broken() -> Self {
        Self { handle: Handle::broken(), integrations: Integrations::default() }
    }
}

/// Starts the monitor.
pub(crate) fn start(jobs: &mut Jobs, settings: &Settings) -> Job<Began> {
    let wake = jobs.wake();
    let (config, log_dir) = (settings.config.clone(), settings.log_dir.clone());
    let options = integration_options(settings);
    jobs.start(T::JobStart, move |_| begin(config, log_dir, options, wake))
}

/// Reads the secrets and returns the settings of the integrations; `None` where the secrets cannot be read.
fn integration_options(settings: &Settings) -> impl FnOnce() -> Option<IntegrationOptions> + Send + 'static + use<> {
    let (config, log_dir) = (settings.config.clone(), settings.log_dir.clone());
    let path = secrets_file::path_for(&settings.file);
    move || {
        let secrets = secrets_file::load(&path).ok()?;
        Some(IntegrationOptions { config, secrets, log_dir })
    }
}

fn begin(config: Config, log_dir: PathBuf, options: impl FnOnce() -> Option<IntegrationOptions>, wake: Wake) -> Began {
    if let Err(error) = paths::prepare_log_dir(&log_dir) {
        return Began::Failed(chain(&error));
    }
    let integrations = Integrations::default();
    let listeners = vec![integrations.listener()];
    match engine::monitor_with(Options { listeners, ..Options::new(config, log_dir) }, move || wake()) {
        Ok(handle) => {
            integrations.attach(handle.commander());
            // Whatever is wrong with a sink, the line is watched; the panel shows it.
            options().map(|options| integrations.apply(&options));
            Began::Running(Engine { handle, integrations })
        }
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

/// Returns the process that monitors this folder; `None` when nobody does, or somebody only takes a look.
pub(crate) fn holder(log_dir: &std::path::Path) -> Option<Holder> {
    lock::monitor(log_dir)
}

/// Holds this folder as another process does that monitors it, or takes one look; `None` when it cannot.
#[cfg(test)]
pub(crate) fn held_by(log_dir: &std::path::Path, pid: u32, is_look: bool) -> Option<lock::FolderLock> {
    let holder = Holder { pid, started: crate::clock::now().wall, is_look };
    lock::FolderLock::take(log_dir, &crate::codec::holder_json::render(holder)).ok()
}
