//! Everything of the window that may take time: named jobs in threads of their own, with progress and cancel.
//!
//! This folder alone may use the disk, the network and the system; panels only ask for it.

pub(crate) mod bell;
pub(crate) mod demo;
pub(crate) mod files;
pub(crate) mod findings;
pub(crate) mod graphics;
pub(crate) mod history;
pub(crate) mod integrations;
pub(crate) mod logs;
pub(crate) mod monitor;
pub(crate) mod notify;
pub(crate) mod outages;
pub(crate) mod path;
pub(crate) mod picture;
pub(crate) mod reports;
mod samples;
pub(crate) mod schedule;
pub(crate) mod settings;
pub(crate) mod tray;
pub(crate) mod viewer;

use std::sync::{
    Arc, Mutex, Weak,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use crossbeam_channel::{Receiver, TryRecvError, bounded};

use super::text::T;

/// Called when there is news, so that the window is drawn.
pub(crate) type Wake = Arc<dyn Fn() + Send + Sync>;

/// Progress of a job, and whether it is to go on.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// In thousandths; 0 when nobody can say.
    done: AtomicU32,
    cancelled: AtomicBool,
    note: Mutex<String>,
}

impl Progress {
    /// `share` of the work is done, 0..=1.
    pub(crate) fn set(&self, share: f64) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
        let done = (share.clamp(0.0, 1.0) * 1000.0) as u32;
        self.done.store(done, Ordering::Relaxed);
    }

    /// The part that is done; `None` when nobody can say.
    pub(crate) fn share(&self) -> Option<f32> {
        let done = self.done.load(Ordering::Relaxed);
        (done > 0).then(|| done as f32 / 1000.0)
    }

    /// Says what is being done.
    pub(crate) fn say(&self, note: String) {
        if let Ok(mut said) = self.note.lock() {
            *said = note;
        }
    }

    pub(crate) fn note(&self) -> String {
        self.note.lock().map(|note| note.clone()).unwrap_or_default()
    }

    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }
}

/// A job under way. Dropping it cancels it.
pub(crate) struct Job<R> {
    pub(crate) progress: Arc<Progress>,
    result: Receiver<R>,
}

impl<R> Job<R> {
    /// The result, once, when it is there; disconnected when the job broke.
    pub(crate) fn result(&self) -> Result<R, TryRecvError> {
        self.result.try_recv()
    }
}

impl<R> Drop for Job<R> {
    fn drop(&mut self) {
        self.progress.cancel();
    }
}

/// Starts jobs, and knows which run.
pub(crate) struct Jobs {
    wake: Wake,
    running: Vec<(T, Weak<Progress>)>,
}

impl Jobs {
    pub(crate) fn new(wake: Wake) -> Self {
        Self { wake, running: Vec::new() }
    }

    pub(crate) fn wake(&self) -> Wake {
        Arc::clone(&self.wake)
    }

    /// Runs `work` in a thread of its own. `name` is shown while it lasts.
    pub(crate) fn start<R: Send + 'static>(
        &mut self,
        name: T,
        work: impl FnOnce(&Progress) -> R + Send + 'static,
    ) -> Job<R> {
        let job = self.run(format!("job {name:?}"), work);
        self.running.push((name, Arc::downgrade(&job.progress)));
        job
    }

    /// The same for work that comes round by itself and takes no time worth a word.
    pub(crate) fn start_unseen<R: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Progress) -> R + Send + 'static,
    ) -> Job<R> {
        self.run("job".to_owned(), work)
    }

    fn run<R: Send + 'static>(&self, name: String, work: impl FnOnce(&Progress) -> R + Send + 'static) -> Job<R> {
        let progress = Arc::new(Progress::default());
        let (to, result) = bounded(1);
        let (shared, wake) = (Arc::clone(&progress), self.wake());
        let thread = std::thread::Builder::new().name(name).spawn(move || {
            // Whoever asked may have lost interest.
            to.try_send(work(&shared)).ok();
            drop(shared);
            wake();
        });
        if thread.is_err() {
            // The channel is closed by now, which tells the owner that the job broke.
            progress.cancel();
        }
        Job { progress, result }
    }

    /// Names and progress of the jobs that run.
    pub(crate) fn running(&mut self) -> Vec<(T, Arc<Progress>)> {
        self.running.retain(|(_, progress)| progress.strong_count() > 1);
        self.running.iter().filter_map(|(name, progress)| Some((*name, progress.upgrade()?))).collect()
    }
}

/// An error with all its causes, as one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
