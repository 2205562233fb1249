//! Events on their way to the front end and to further listeners.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crossbeam_channel::{Sender, TrySendError};

use super::now;
use crate::model::event::Event;

/// Receiver of events that is called in the engine's thread, and so may neither wait nor fail.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(&Event) + Send + Sync>);

impl Listener {
    /// Returns a listener that calls `hear` with each event.
    pub fn new(hear: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

/// Events on their way to the listener. What it does not take in time is dropped and counted.
#[derive(Clone)]
pub(super) struct Outbox {
    pub(super) to: Sender<Event>,
    pub(super) listeners: Arc<[Listener]>,
    pub(super) n_missed: Arc<AtomicU64>,
    pub(super) wake: Arc<dyn Fn() + Send + Sync>,
}

impl Outbox {
    pub(super) fn tell(&self, event: Event) {
        let is_news = !matches!(event, Event::Sample(_));
        self.put(event);
        if is_news {
            (self.wake)();
        }
    }

    fn put(&self, event: Event) {
        for listener in self.listeners.iter() {
            (listener.0)(&event);
        }
        match self.to.try_send(event) {
            Ok(()) => {
                let n_missed = self.n_missed.swap(0, Ordering::AcqRel);
                if n_missed > 0 {
                    self.warn(format!("{n_missed} events were not taken in time and are in the log only"));
                }
            }
            Err(TrySendError::Full(_)) => {
                self.n_missed.fetch_add(1, Ordering::AcqRel);
            }
            Err(TrySendError::Disconnected(_)) => {}
        }
    }

    pub(super) fn warn(&self, text: String) {
        self.tell(Event::Warning(now(), text));
    }
}
