//! Metrics on their way: a thread that records events into the disk queue, and the receivers that read it.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{
    options::IntegrationOptions,
    push::{self, PushHandle, PushTarget, recorder::MetricRecorder},
    sink_status::{SinkState, SinkStatus, shown_error},
};
use crate::{
    clock,
    model::event::Event,
    store::{
        StoreError,
        queue::{Queue, Wanted},
    },
};

/// Folder of the queue within the log folder.
const FOLDER: &str = "queue";
/// Events waiting for a slow disk: many minutes of them.
const MAX_EVENTS: usize = 8192;
/// Time between two writes to the disk: the most that a kill can cost.
const TICK: Duration = Duration::from_secs(10);
/// Writes to the disk between two deliveries, while the state of the line does not change.
const TICKS_A_DELIVERY: u32 = 6;

/// Recording of metrics and their delivery. Dropping it writes what is recorded and ends the delivery.
pub(super) struct Recording {
    inbox: Arc<Inbox>,
    thread: Option<JoinHandle<()>>,
    pushes: Vec<PushHandle>,
    fault: Arc<Mutex<Option<String>>>,
}

/// Events for the thread, and calls that wake it. Not a channel: one spins before it sleeps, and goes through all of its
/// memory in turn, which costs more than the recording.
#[derive(Default)]
struct Inbox {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    events: Vec<Event>,
    call: Option<Call>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    /// The state of the line has changed: the receivers get it at once.
    Deliver,
    /// The last call.
    End,
}

/// Reason why metrics are not recorded.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecordingError {
    /// The queue cannot be used.
    #[error("the queue of metrics cannot be used: {0}")]
    Queue(#[from] StoreError),
    /// The system gives no thread.
    #[error("cannot start a thread for metrics: {0}")]
    Thread(#[from] io::Error),
}

impl Recording {
    /// Starts for the receivers that are configured; `None` without one.
    pub(super) fn start(options: &IntegrationOptions) -> Result<Option<Self>, RecordingError> {
        let targets = PushTarget::configured(&options.config, &options.secrets);
        if targets.is_empty() {
            return Ok(None);
        }
        let now = clock::now();
        let names: Vec<(&str, Wanted)> = targets.iter().map(|target| (target.sink(), Wanted::Samples)).collect();
        let max_bytes = options.config.queue_max_mib << 20;
        let queue = Arc::new(Queue::open(&options.log_dir.join(FOLDER), max_bytes, &names, now.wall)?);
        let pushes = targets
            .iter()
            .filter_map(|target| queue.reader(target.sink()).map(|reader| push::start(target, reader)))
            .collect::<io::Result<Vec<_>>>()?;
        let config = &options.config;
        let recorder = MetricRecorder::new(Arc::clone(&queue), &config.site, config.outage_after_sec, now)?;
        let (inbox, fault) = (Arc::<Inbox>::default(), Arc::default());
        let (from, told) = (Arc::clone(&inbox), Arc::clone(&fault));
        let thread = thread::Builder::new()
            .name("metrics".into())
            .stack_size(256 * 1024)
            .spawn(move || record(recorder, &queue, &from, &told))?;
        Ok(Some(Self { inbox, thread: Some(thread), pushes, fault }))
    }

    /// Records an event. Never waits; what a full queue of events cannot take is lost to the metrics.
    pub(super) fn handle(&self, event: &Event) {
        self.inbox.put(event);
        if matches!(event, Event::State(..) | Event::OutageOpened(..) | Event::OutageClosed(_)) {
            self.inbox.call(Call::Deliver);
        }
    }

    /// State of each receiver. A disk that takes nothing shows in all of them.
    pub(super) fn status(&self) -> Vec<SinkStatus> {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let status = |push: &PushHandle| match (push.status(), &fault) {
            (status, Some(fault)) => SinkStatus { state: SinkState::Failing, error: Some(fault.clone()), ..status },
            (status, None) => status,
        };
        self.pushes.iter().map(status).collect()
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.inbox.call(Call::End);
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
        self.pushes.clear();
    }
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, event: &Event) {
        let events = &mut self.lock().events;
        if events.len() < MAX_EVENTS {
            events.push(event.clone());
        }
    }

    fn call(&self, call: Call) {
        self.lock().call = Some(call);
        self.changed.notify_one();
    }

    /// Waits for a call, and puts what has come meanwhile in `events`, which is empty. `None` when no call came within
    /// `time`.
    fn wait(&self, time: Duration, events: &mut Vec<Event>) -> Option<Call> {
        let waited = self.changed.wait_timeout_while(self.lock(), time, |waiting| waiting.call.is_none());
        let mut waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        std::mem::swap(&mut waiting.events, events);
        waiting.call.take()
    }
}

/// Records what has come every few seconds, at each change of the state of the line, and at the end; wakes the
/// receivers less often. A thread that wakes for each sample, or a request for a few of them, costs more than the
/// recording.
fn record(mut recorder: MetricRecorder, queue: &Queue, inbox: &Inbox, fault: &Mutex<Option<String>>) {
    let (mut ticks, mut events) = (0, Vec::new());
    loop {
        let call = inbox.wait(TICK, &mut events);
        ticks += 1;
        let mut result = Ok(());
        for event in events.drain(..) {
            result = recorder.on_event(&event, clock::now()).and(result);
        }
        result = result.and(queue.flush());
        *fault.lock().unwrap_or_else(PoisonError::into_inner) = result
            .err()
            .map(|error| shown_error(format_args!("the queue cannot be written: {error}: {}", error.source)));
        if call.is_some() || ticks >= TICKS_A_DELIVERY {
            ticks = 0;
            queue.wake();
        }
        if call == Some(Call::End) {
            break;
        }
    }
}
