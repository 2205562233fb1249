//! The thread of the notifications: rules, queue, journal. Each delivery runs in a thread of its own, so that a
//! receiver that never answers delays nothing but itself; a receiver has one at a time.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use chrono::NaiveDate;
use crossbeam_channel::{Receiver, Sender};

use super::{
    beats::BeatClock,
    queue::{MessageQueue, SinkQueue},
    rules::NotifyRules,
    sinks::NotifySinks,
};
use crate::{
    clock,
    codec::{
        notify_journal::{self, NotifyJournal},
        web_exchange::DeliveryOutcome,
    },
    integrations::sink_status::{SinkKind, SinkState, SinkStatus},
    model::{
        event::Event,
        ledger::State,
        time::{Moment, Timestamp},
    },
    platform::files,
    report::Format,
    store::report_file,
};

/// Name of the journal in the log folder.
pub const JOURNAL: &str = "notify.json";
/// A larger file is no journal.
const MAX_JOURNAL: u64 = 64 << 20;
/// Longest wait between two looks at the clock: quiet hours end and digests are due by local time.
const LOOK: Duration = Duration::from_mins(1);
/// Time between two looks for a monthly report, and between tries to write the journal.
const REPORT_LOOK: Duration = Duration::from_mins(10);
const JOURNAL_RETRY: Duration = Duration::from_secs(30);
/// Deliveries that are under way when the program stops have so long to end.
const STOP_GRACE: Duration = Duration::from_millis(1_500);
/// Stack of a delivery.
const STACK: usize = 512 * 1024;

/// Input of the thread.
pub(super) enum NotifyInput {
    /// An event of the monitor.
    Event(Box<Event>),
    /// A delivery to a receiver of messages has ended.
    Delivered(usize, DeliveryOutcome),
    /// A heartbeat has ended.
    Beaten(usize, DeliveryOutcome),
    /// The program stops.
    Stop,
}

/// State that the thread and its handle share.
#[derive(Default)]
pub(super) struct NotifyShared {
    pub(super) status: Mutex<Vec<SinkStatus>>,
    /// Mean round-trip time of the far hosts in the last row.
    pub(super) rtt: Mutex<Option<Duration>>,
    /// Events of the monitor so far, those included that no message tells of.
    pub(super) n_events: AtomicU64,
    /// Events that found the queue full.
    pub(super) n_lost: AtomicU64,
    pub(super) is_stopping: AtomicBool,
}

/// The thread.
pub(super) struct NotifyWorker {
    pub(super) sinks: Arc<NotifySinks>,
    pub(super) rules: NotifyRules,
    pub(super) queue: MessageQueue,
    pub(super) beats: BeatClock,
    pub(super) journal: JournalFile,
    pub(super) shared: Arc<NotifyShared>,
    /// Extension of monthly reports; `None` where none is written or told.
    pub(super) report: Option<&'static str>,
    pub(super) inputs: Receiver<NotifyInput>,
    pub(super) input: Sender<NotifyInput>,
    pub(super) next_report: Duration,
}

impl NotifyWorker {
    /// Runs until the program stops.
    pub(super) fn run(mut self) {
        while !self.shared.is_stopping.load(Ordering::Acquire) {
            let now = clock::now();
            self.advance(now);
            match self.inputs.recv_timeout(self.wait(now)) {
                Ok(NotifyInput::Stop) => break,
                Ok(input) => self.take(input, clock::now()),
                Err(_time_out) => {}
            }
        }
        self.stop();
    }

    /// Takes what has come already and gives deliveries that are under way a moment to end.
    fn stop(&mut self) {
        let until = clock::now().mono + STOP_GRACE;
        loop {
            let now = clock::now();
            let left = until.saturating_sub(now.mono);
            let is_busy = self.queue.sinks().iter().any(|sink| sink.in_flight.is_some());
            let wait = if is_busy { left } else { Duration::ZERO };
            match self.inputs.recv_timeout(wait) {
                Ok(input) => self.take(input, now),
                Err(_) => break,
            }
            if left.is_zero() {
                break;
            }
        }
        self.save(clock::now());
    }

    fn take(&mut self, input: NotifyInput, now: Moment) {
        match input {
            NotifyInput::Event(event) => self.on_event(&event, now),
            NotifyInput::Delivered(index, outcome) => self.queue.finish(index, &outcome, now, fastrand::f64()),
            NotifyInput::Beaten(index, outcome) => self.beats.finish(index, &outcome, now),
            NotifyInput::Stop => {}
        }
    }

    fn on_event(&mut self, event: &Event, now: Moment) {
        self.beats.on_event(event);
        for message in self.rules.on_event(event, now) {
            self.queue.take(message, clock::local(now.wall));
        }
        if matches!(event, Event::OutageClosed(_) | Event::State(_, State::Up | State::Degraded, _)) {
            self.queue.retry_now(now);
        }
    }

    /// Does all that is due.
    fn advance(&mut self, now: Moment) {
        if let Some(message) = self.rules.on_time(now) {
            self.queue.take(message, clock::local(now.wall));
        }
        self.look_for_report(now);
        let together = self.queue.due_together(now, clock::local);
        if let Some(message) = self.rules.together(together, now.wall) {
            self.queue.release(&message);
        }
        // Written before anything is sent: a message that was sent is known to the next run.
        self.save(now);
        while let Some((index, message)) = self.queue.next(now) {
            self.spawn(NotifyInput::Delivered, index, move |sinks| sinks.deliver(index, &message));
        }
        let n_events = self.shared.n_events.load(Ordering::Relaxed);
        while let Some(index) = self.beats.next(now, n_events) {
            let state = self.beats.state().unwrap_or(State::Up);
            let rtt = *self.shared.rtt.lock().unwrap_or_else(PoisonError::into_inner);
            let pulse = self.beats.pulse(self.rules.state_text(state), rtt);
            self.spawn(NotifyInput::Beaten, index, move |sinks| sinks.beat(index, &pulse));
        }
        self.publish();
    }

    /// Starts a thread for one delivery.
    fn spawn(
        &self,
        input: fn(usize, DeliveryOutcome) -> NotifyInput,
        index: usize,
        deliver: impl FnOnce(&NotifySinks) -> DeliveryOutcome + Send + 'static,
    ) {
        let end = DeliveryEnd { input, index, sender: self.input.clone(), outcome: None };
        let sinks = Arc::clone(&self.sinks);
        let builder = thread::Builder::new().name("notify-send".into()).stack_size(STACK);
        // Where no thread can be made, the closure and with it the end is dropped, which says so.
        drop(builder.spawn(move || {
            let mut end = end;
            end.outcome = Some(deliver(&sinks));
        }));
    }

    /// Time until something is due.
    fn wait(&self, now: Moment) -> Duration {
        let due = [self.rules.due(), self.queue.next_try(), self.beats.due()];
        let next = due.into_iter().flatten().min().unwrap_or(now.mono + LOOK);
        next.saturating_sub(now.mono).min(LOOK)
    }

    /// Tells of a monthly report that was written since the last look. Those that are there at the first start are not
    /// told.
    fn look_for_report(&mut self, now: Moment) {
        let Some(extension) = self.report.filter(|_| now.mono >= self.next_report) else { return };
        self.next_report = now.mono + REPORT_LOOK;
        let Ok(months) = report_file::months(&self.journal.log_dir, extension) else { return };
        let told = self.journal.content.report;
        for month in months.iter().filter(|month| told.is_some_and(|told| **month > told)) {
            let name = report_file::month_name(*month, extension);
            let first = NaiveDate::from_ymd_opt(month.0, month.1, 1).unwrap_or_default();
            if let Some(message) = self.rules.report(first, &name, now.wall) {
                self.queue.take(message, clock::local(now.wall));
            }
        }
        let newest = months.last().copied().unwrap_or((0, 1));
        self.journal.set_report(Some(newest).max(told));
    }

    fn save(&mut self, now: Moment) {
        let is_changed = self.queue.take_changed();
        self.journal.is_changed |= is_changed;
        self.journal.set_open(self.rules.told_open());
        if self.journal.is_changed {
            self.queue.store(&mut self.journal.content);
            self.journal.write(now);
        }
    }

    fn publish(&self) {
        let n_lost = self.shared.n_lost.load(Ordering::Relaxed);
        let n_held = self.queue.n_held();
        let sinks = self.sinks.sinks.iter().zip(self.queue.sinks());
        let mut all: Vec<SinkStatus> = sinks
            .map(|(sink, queue)| SinkStatus {
                last_success: queue.last_success,
                waiting: queue.pending.len() as u64 + n_held,
                refused: queue.refused + n_lost,
                error: queue.error.clone().or_else(|| self.journal.error.clone()),
                ..SinkStatus::new(sink.name.clone(), sink.kind, state(queue, n_held))
            })
            .collect();
        all.extend(self.sinks.beats.iter().zip(self.beats.beats()).map(|(sink, beat)| {
            let state = match (&beat.error, beat.in_flight) {
                (_, true) => SinkState::Working,
                (Some(_), false) => SinkState::Failing,
                (None, false) => SinkState::Idle,
            };
            let (last_success, error) = (beat.last_success, beat.error.clone());
            SinkStatus { last_success, error, ..SinkStatus::new(sink.name.clone(), SinkKind::Heartbeat, state) }
        }));
        all.extend(self.sinks.unusable.iter().cloned());
        *self.shared.status.lock().unwrap_or_else(PoisonError::into_inner) = all;
    }
}

fn state(queue: &SinkQueue, n_held: u64) -> SinkState {
    if queue.in_flight.is_some() {
        SinkState::Working
    } else if queue.error.is_some() {
        SinkState::Failing
    } else if n_held > 0 || !queue.pending.is_empty() {
        SinkState::Waiting
    } else {
        SinkState::Idle
    }
}

/// End of a delivery. It is told even if the delivery panics or its thread cannot be made.
struct DeliveryEnd {
    input: fn(usize, DeliveryOutcome) -> NotifyInput,
    index: usize,
    sender: Sender<NotifyInput>,
    outcome: Option<DeliveryOutcome>,
}

impl Drop for DeliveryEnd {
    fn drop(&mut self) {
        let error = || DeliveryOutcome::Later { wait: None, error: "the delivery could not be run".into() };
        let outcome = self.outcome.take().unwrap_or_else(error);
        // The thread is gone when the program stops; the journal still holds the message.
        self.sender.send_timeout((self.input)(self.index, outcome), Duration::from_secs(1)).ok();
    }
}

/// The journal on the disk.
pub(super) struct JournalFile {
    log_dir: PathBuf,
    path: PathBuf,
    pub(super) content: NotifyJournal,
    is_changed: bool,
    next_try: Duration,
    error: Option<String>,
}

impl JournalFile {
    /// Reads the journal of a log folder; an empty one where there is none that can be read.
    pub(super) fn read(log_dir: &Path) -> Self {
        let path = log_dir.join(JOURNAL);
        let is_small = fs::metadata(&path).is_ok_and(|about| about.is_file() && about.len() <= MAX_JOURNAL);
        let text = is_small.then(|| fs::read_to_string(&path).ok()).flatten();
        let content = text.as_deref().and_then(notify_journal::parse).unwrap_or_default();
        let log_dir = log_dir.to_owned();
        Self { log_dir, path, content, is_changed: false, next_try: Duration::ZERO, error: None }
    }

    fn set_open(&mut self, open: Option<Timestamp>) {
        self.is_changed |= self.content.open != open;
        self.content.open = open;
    }

    fn set_report(&mut self, report: Option<(i32, u32)>) {
        self.is_changed |= self.content.report != report;
        self.content.report = report;
    }

    /// Replaces the file, whole or not at all. A failure is told and tried again.
    fn write(&mut self, now: Moment) {
        if now.mono < self.next_try {
            return;
        }
        match files::replace(&self.path, notify_journal::render(&self.content).as_bytes()) {
            Ok(()) => {
                self.is_changed = false;
                self.error = None;
            }
            Err(error) => {
                self.next_try = now.mono + JOURNAL_RETRY;
                self.error = Some(format!("{JOURNAL} cannot be written; make room and allow it: {error}"));
            }
        }
    }
}

/// Extension of monthly reports of this setting; `None` where none is written.
pub(super) fn report_extension(setting: &str) -> Option<&'static str> {
    setting.parse::<Format>().ok().map(Format::extension)
}
