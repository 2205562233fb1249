//! Duties of `netlog monitor --service` besides watching: it waits for its folder, keeps its manager informed, and minds
//! nobody who does not read.

use std::{
    io::{self, Write},
    sync::{Arc, OnceLock},
    time::Duration,
};

use crate::{
    clock,
    engine::{self, Command, Handle, Options},
    model::{event::Event, ledger::State},
    platform::service::ServiceManager,
    store::lock::LockError,
};

/// Between two words to the manager, at most: a sixth of the time after which it takes us for dead.
pub(super) const BEAT: Duration = Duration::from_secs(30);
/// Between two looks at whether another monitor has left the folder.
const PAUSE: Duration = Duration::from_secs(5);

/// Way to end a run that may not have begun.
pub(super) type Stopper = Arc<OnceLock<Box<dyn Fn(Command) + Send + Sync>>>;

/// The manager that started us, and what it was told.
pub(super) struct Service {
    manager: ServiceManager,
    turns: u64,
    last_beat: Duration,
}

impl Service {
    pub(super) fn new() -> Self {
        Self { manager: ServiceManager::find(), turns: 0, last_beat: Duration::ZERO }
    }

    /// Starts the monitor. While another one has the folder, as when the window is open, it waits for its turn;
    /// `None` when it is not to wait.
    pub(super) fn start(&self, options: &Options, unless_running: bool) -> Result<Option<Handle>, engine::Error> {
        let mut waits = false;
        loop {
            match engine::monitor(options.clone()) {
                Err(engine::Error::Lock(LockError::Held(_))) if unless_running => return Ok(None),
                Err(engine::Error::Lock(error @ LockError::Held(_))) => {
                    if !waits {
                        // It does its duty: whoever watches writes the same rows.
                        self.manager.status(&format!("{error}; this one takes over when it ends"));
                        self.manager.ready();
                    }
                    waits = true;
                    self.manager.alive();
                    std::thread::sleep(PAUSE);
                }
                Ok(monitor) => return Ok(Some(monitor)),
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes note of an event.
    pub(super) fn note(&mut self, event: &Event, turns: u64) {
        match event {
            Event::Started(_) => {
                self.manager.ready();
                self.manager.status("watching");
            }
            Event::State(_, State::Up, _) => self.manager.status("the line works"),
            Event::State(_, State::Degraded, _) => self.manager.status("the line works badly"),
            Event::State(_, State::Down(domain), _) => self.manager.status(&format!("DOWN: {domain}")),
            Event::Stopped(_) => self.manager.stopping(),
            _ => {}
        }
        self.beat(turns);
    }

    /// Says that we are alive, if the engine has moved: an engine that hangs is to be started anew.
    pub(super) fn beat(&mut self, turns: u64) {
        let now = clock::now().mono;
        if turns != self.turns && now >= self.last_beat + BEAT / 3 {
            (self.turns, self.last_beat) = (turns, now);
            self.manager.alive();
        }
    }
}

/// Writes for somebody who may be gone: a log of the system that is started anew must not end the watching.
pub(super) struct Lenient<'a>(pub(super) &'a mut dyn Write);

impl Write for Lenient<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).or(Ok(bytes.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().or(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_is_gone_is_not_minded() {
        struct Gone;

        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }

        let mut gone = Gone;
        let mut lenient = Lenient(&mut gone);
        writeln!(lenient, "OUTAGE").unwrap();
        lenient.flush().unwrap();
    }
}
