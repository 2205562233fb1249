//! Notifications: messages by webhook and mail, and heartbeats.
//!
//! A message leaves the journal (`notify.json` in the log folder) only after its receiver has confirmed it, and is tried
//! again until then: at least once, with an identifier that is the same for every try. What the events are told by and
//! when is decided in [`rules`] and [`queue`], which are pure.

pub mod beats;
pub mod queue;
pub mod rules;
mod sinks;
mod smtp;
mod web;
mod worker;

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, atomic::Ordering},
    thread::{self, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{Sender, bounded};

pub use self::worker::JOURNAL;
use self::{
    beats::BeatClock,
    queue::{DigestPeriod, MessageQueue, QueueSettings},
    rules::{NotifyRules, RuleSettings},
    sinks::NotifySinks,
    worker::{JournalFile, NotifyInput, NotifyShared, NotifyWorker, report_extension},
};
use super::sink_status::{SinkKind, SinkState, SinkStatus, shown_error};
use crate::{
    clock,
    codec::{notify_message::MessageKind, web_exchange::DeliveryOutcome},
    model::{
        config::Config,
        event::Event,
        ledger::{GapReason, State},
        secrets::Secrets,
        spelling,
    },
};

/// Events that may wait for the thread.
const MAX_EVENTS: usize = 4_096;

/// Settings of the notifications.
#[derive(Debug, Clone)]
pub struct NotifyOptions {
    /// Configuration.
    pub config: Config,
    /// Secrets.
    pub secrets: Secrets,
    /// Folder of the journal.
    pub log_dir: PathBuf,
}

/// Handle of the notifications. Dropping it ends them within two seconds; what is not delivered stays in the journal.
pub struct Notifier {
    sinks: Arc<NotifySinks>,
    rules: RuleSettings,
    shared: Arc<NotifyShared>,
    input: Sender<NotifyInput>,
    thread: Option<JoinHandle<()>>,
}

impl Notifier {
    /// Begins. Without a receiver there is no thread and no file.
    ///
    /// # Errors
    ///
    /// If the system gives no thread.
    pub fn start(options: &NotifyOptions) -> std::io::Result<Self> {
        let config = &options.config;
        let sinks = Arc::new(NotifySinks::new(config, &options.secrets));
        let rules = RuleSettings::from_config(config);
        let shared = Arc::new(NotifyShared::default());
        *shared.status.lock().unwrap_or_else(PoisonError::into_inner) = idle(&sinks);
        let (input, inputs) = bounded(MAX_EVENTS);
        let mut notifier =
            Self { sinks: Arc::clone(&sinks), rules: rules.clone(), shared: Arc::clone(&shared), input, thread: None };
        if sinks.sinks.is_empty() && sinks.beats.is_empty() {
            return Ok(notifier);
        }
        let journal = JournalFile::read(&options.log_dir);
        let is_told = rules.events.contains(&MessageKind::Report);
        let worker = NotifyWorker {
            queue: MessageQueue::new(&journal.content, &sinks.names(), queue_settings(config)),
            beats: BeatClock::new(sinks.beats.len(), config.heartbeat_interval_sec),
            rules: NotifyRules::new(rules, clock::local, journal.content.open),
            report: report_extension(&config.monthly_report).filter(|_| is_told),
            sinks,
            journal,
            shared,
            inputs,
            input: notifier.input.clone(),
            next_report: Duration::ZERO,
        };
        notifier.thread = Some(thread::Builder::new().name("notify".into()).spawn(move || worker.run())?);
        Ok(notifier)
    }

    /// Takes an event of the monitor. Never waits: an event that finds the queue full is counted as refused.
    pub fn handle(&self, event: &Event) {
        if self.thread.is_none() {
            return;
        }
        self.shared.n_events.fetch_add(1, Ordering::Relaxed);
        if let Event::Row(row) = event {
            *self.shared.rtt.lock().unwrap_or_else(PoisonError::into_inner) = beats::mean_rtt(row);
        }
        if !is_used(event) {
            return;
        }
        if self.input.try_send(NotifyInput::Event(Box::new(event.clone()))).is_err() {
            self.shared.n_lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// State of each receiver, and of each entry of the settings that cannot be used.
    pub fn status(&self) -> Vec<SinkStatus> {
        self.shared.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends a test message or a heartbeat to the receiver of this name and waits for the answer: up to 30 seconds and the
    /// lookup of its name.
    ///
    /// # Errors
    ///
    /// If there is no such receiver or it does not take the message, with the reason and no secret.
    pub fn test(&self, name: &str) -> Result<(), String> {
        test_sink(&self.sinks, &self.rules, name)
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        self.shared.is_stopping.store(true, Ordering::Release);
        // Wakes the thread; a full queue wakes it as well.
        self.input.try_send(NotifyInput::Stop).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// The same as [`Notifier::test`] without a monitor that runs.
///
/// # Errors
///
/// If there is no such receiver or it does not take the message, with the reason and no secret.
pub fn test(options: &NotifyOptions, name: &str) -> Result<(), String> {
    let sinks = NotifySinks::new(&options.config, &options.secrets);
    test_sink(&sinks, &RuleSettings::from_config(&options.config), name)
}

/// State of each receiver where no monitor runs: idle, or stopped with the error of its entry in the settings.
pub fn configured(options: &NotifyOptions) -> Vec<SinkStatus> {
    idle(&NotifySinks::new(&options.config, &options.secrets))
}

/// State of each receiver before anything is sent to it.
fn idle(sinks: &NotifySinks) -> Vec<SinkStatus> {
    let messages = sinks.sinks.iter().map(|sink| SinkStatus::new(sink.name.clone(), sink.kind, SinkState::Idle));
    let beats = sinks.beats.iter().map(|sink| SinkStatus::new(sink.name.clone(), SinkKind::Heartbeat, SinkState::Idle));
    messages.chain(beats).chain(sinks.unusable.iter().cloned()).collect()
}

fn test_sink(sinks: &NotifySinks, settings: &RuleSettings, name: &str) -> Result<(), String> {
    let rules = NotifyRules::new(settings.clone(), clock::local, None);
    let outcome = if let Some(index) = sinks.sinks.iter().position(|sink| sink.name == name) {
        sinks.deliver(index, &rules.test(clock::now().wall))
    } else if let Some(index) = sinks.beats.iter().position(|sink| sink.name == name) {
        let text = rules.state_text(State::NotMonitored(GapReason::NotRunning));
        sinks.beat(index, &BeatClock::new(0, Duration::ZERO).pulse(text, None))
    } else if let Some(status) = sinks.unusable.iter().find(|status| status.name == name) {
        return Err(status.error.clone().unwrap_or_default());
    } else {
        return Err("no such receiver; list them with: netlog integrations status".into());
    };
    match outcome {
        DeliveryOutcome::Delivered => Ok(()),
        outcome => Err(shown_error(outcome.error().unwrap_or_default())),
    }
}

fn queue_settings(config: &Config) -> QueueSettings {
    let digest = match config.notify_digest.as_str() {
        "daily" => Some(DigestPeriod::Daily),
        "weekly" => Some(DigestPeriod::Weekly),
        _ => None,
    };
    QueueSettings { quiet: spelling::hours(&config.notify_quiet_hours), digest }
}

/// True for the events that messages or heartbeats are made of. A row of a line that works is none: a thread that wakes
/// for each of them costs more than all messages.
fn is_used(event: &Event) -> bool {
    matches!(
        event,
        Event::State(..)
            | Event::OutageOpened(..)
            | Event::OutageClosed(_)
            | Event::Intermittent(_)
            | Event::Notice(..)
            | Event::Warning(..)
    ) || matches!(event, Event::Row(row) if row.verdict.is_down())
}
