//! Integrations of a running monitor: one thread with one runtime for the hub and its fronts, and the sinks beside it.

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::Instant,
};

use super::{
    api::{ApiOptions, ApiServer},
    hub::{Ask, HubTask, first_snapshot},
    metrics::MetricsRegistry,
    mqtt::{self, options::BrokerOptions},
    notify::{Notifier, NotifyOptions},
    options::IntegrationOptions,
    recent::{RecentEvents, as_of},
    recording::Recording,
    shared::{HubEnds, Shared, StateSnapshot},
    sink_status::{SinkKind, SinkState, SinkStatus, shown_error},
    status_file,
};
use crate::{
    clock,
    engine::{Command, Listener},
    model::event::Event,
};

/// Events that wait for the hub. The engine never waits for it.
const MAX_EVENTS: usize = 4096;
/// Longest time between two looks at the state of the sinks, besides those after each new state document.
const LOOK: Duration = Duration::from_secs(30);
/// Longest time between two states of the sinks on the disk, while they change in times and counts alone.
const REFRESH: Duration = Duration::from_mins(2);
/// Stack of the runtime's thread, in bytes.
const STACK: usize = 1024 * 1024;
/// Time that tasks in the background get when the integrations end.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Integrations beside a monitor. Without a configured sink they cost nothing. Dropping them ends all within seconds.
#[derive(Clone, Default)]
pub struct Integrations {
    inner: Arc<Mutex<Inner>>,
    ask: Ask,
}

#[derive(Default)]
struct Inner {
    running: Option<Running>,
    recent: RecentEvents,
    /// Events that come while new settings are taken; `None` at other times.
    meanwhile: Option<Vec<Event>>,
}

impl Integrations {
    /// Returns the receiver of the engine's events.
    pub fn listener(&self) -> Listener {
        let inner = Arc::downgrade(&self.inner);
        Listener::new(move |event| {
            let Some(inner) = inner.upgrade() else { return };
            let inner = &mut *lock(&inner);
            inner.recent.note(event);
            match (&inner.running, &mut inner.meanwhile) {
                (Some(running), _) => running.handle(event),
                (None, Some(meanwhile)) if meanwhile.len() < MAX_EVENTS => meanwhile.push(event.clone()),
                (None, _) => {}
            }
        })
    }

    /// Connects the engine, so that tests can be asked for.
    pub fn attach(&self, ask: impl Fn(Command) + Send + 'static) {
        *self.ask.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(ask));
    }

    /// Uses these settings from now on. What fails shows in [`Integrations::status`].
    ///
    /// # Errors
    ///
    /// If the system gives no thread.
    pub fn apply(&self, options: &IntegrationOptions) -> io::Result<()> {
        // Ended first: the new ones listen on the same port and write to the same queue.
        let before = lock(&self.inner).running.take();
        drop(before);
        if !options.is_any() {
            return Ok(());
        }
        let recent = {
            let mut inner = lock(&self.inner);
            inner.meanwhile = Some(Vec::new());
            inner.recent.events()
        };
        let started = Running::start(options, Arc::clone(&self.ask), recent);
        let mut inner = lock(&self.inner);
        let meanwhile = inner.meanwhile.take().unwrap_or_default();
        let running = started?;
        meanwhile.iter().for_each(|event| running.handle(event));
        inner.running = Some(running);
        Ok(())
    }

    /// Returns the state of each sink and front that is configured.
    pub fn status(&self) -> Vec<SinkStatus> {
        lock(&self.inner).running.as_ref().map(|running| running.sinks.status()).unwrap_or_default()
    }

    /// Ends all.
    pub fn stop(&self) {
        let before = lock(&self.inner).running.take();
        drop(before);
    }
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Integrations with one set of settings.
struct Running {
    events: Option<mpsc::Sender<Event>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    sinks: Arc<Sinks>,
    shared: Shared,
    log_dir: PathBuf,
}

/// The sinks that have threads of their own, and what the fronts say of themselves.
struct Sinks {
    recording: Option<Recording>,
    notifier: Option<Notifier>,
    api: Option<Mutex<SinkStatus>>,
    mqtt: Option<watch::Receiver<SinkStatus>>,
    /// Sinks that could not be started.
    failed: Vec<SinkStatus>,
}

impl Sinks {
    fn status(&self) -> Vec<SinkStatus> {
        let api = self.api.iter().map(|api| api.lock().unwrap_or_else(PoisonError::into_inner).clone());
        let mqtt = self.mqtt.iter().map(|mqtt| mqtt.borrow().clone());
        let recording = self.recording.iter().flat_map(Recording::status);
        let notifier = self.notifier.iter().flat_map(Notifier::status);
        api.chain(mqtt).chain(recording).chain(notifier).chain(self.failed.iter().cloned()).collect()
    }

    fn hear(&self, event: &Event) {
        self.recording.iter().for_each(|recording| recording.handle(event));
        self.notifier.iter().for_each(|notifier| notifier.handle(event));
    }

    fn end_api(&self, error: &dyn std::fmt::Display) {
        if let Some(api) = &self.api {
            let mut status = api.lock().unwrap_or_else(PoisonError::into_inner);
            (status.state, status.error) = (SinkState::Stopped, Some(shown_error(error)));
        }
    }
}

impl Running {
    fn start(options: &IntegrationOptions, ask: Ask, recent: Vec<Event>) -> io::Result<Self> {
        let config = &options.config;
        let mut failed = Vec::new();
        let recording = Recording::start(options).unwrap_or_else(|error| {
            failed.push(stopped("metrics", SinkKind::RemoteWrite, &error));
            None
        });
        let notify = NotifyOptions {
            config: config.clone(),
            secrets: options.secrets.clone(),
            log_dir: options.log_dir.clone(),
        };
        let notifier =
            Notifier::start(&notify).map_err(|error| failed.push(stopped("notify", SinkKind::Webhook, &error)));
        let server = config.api_enabled.then(|| ApiOptions::new(config, &options.secrets).and_then(ApiServer::bind));
        let api = server.as_ref().map(|server| {
            Mutex::new(match server {
                Ok(_) => SinkStatus::new("api", SinkKind::Api, SinkState::Working),
                Err(error) => stopped("api", SinkKind::Api, error),
            })
        });
        let (mqtt_status, mqtt) = watch::channel(mqtt::first_status());
        let broker = BrokerOptions::new(config, &options.secrets);
        let sinks =
            Arc::new(Sinks { recording, notifier: notifier.ok(), api, mqtt: broker.is_some().then_some(mqtt), failed });
        let now = clock::now().stamp();
        for event in &recent {
            sinks.recording.iter().for_each(|recording| recording.handle(&as_of(event, now)));
            sinks.notifier.iter().for_each(|notifier| notifier.handle(event));
        }
        let (shared, ends) = Shared::new(first_snapshot(config), MetricsRegistry::new());
        let (events, from_engine) = mpsc::channel(MAX_EVENTS);
        let (stop, stopped) = oneshot::channel();
        let tasks = Tasks {
            options: options.clone(),
            ask,
            recent,
            from_engine,
            stopped,
            server: server.and_then(Result::ok),
            broker: broker.map(|broker| (broker, mqtt_status)),
            sinks: Arc::clone(&sinks),
            shared: shared.clone(),
            ends,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(4).build()?;
        let thread = thread::Builder::new().name("integrations".into()).stack_size(STACK).spawn(move || {
            runtime.block_on(tasks.run());
            runtime.shutdown_timeout(LAST_WORDS);
        })?;
        let log_dir = options.log_dir.clone();
        Ok(Self { events: Some(events), stop: Some(stop), thread: Some(thread), sinks, shared, log_dir })
    }

    fn handle(&self, event: &Event) {
        self.sinks.hear(event);
        // Here, since a thread that wakes for each sample costs more than counting it.
        if let Ok(mut metrics) = self.shared.metrics.lock() {
            metrics.handle(event);
        }
        if matches!(event, Event::Sample(_)) {
            return;
        }
        if let Some(events) = &self.events {
            // A hub that hangs misses events; the next row brings it up to date.
            events.try_send(event.clone()).ok();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.events = None;
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok();
        }
        if let Some(thread) = self.thread.take() {
            // A panic has been reported by the runtime already.
            thread.join().ok();
        }
        status_file::remove(&self.log_dir);
    }
}

fn stopped(name: &str, kind: SinkKind, error: &dyn std::fmt::Display) -> SinkStatus {
    SinkStatus { error: Some(shown_error(error)), ..SinkStatus::new(name, kind, SinkState::Stopped) }
}

/// All that runs on the runtime.
struct Tasks {
    options: IntegrationOptions,
    ask: Ask,
    recent: Vec<Event>,
    from_engine: mpsc::Receiver<Event>,
    stopped: oneshot::Receiver<()>,
    server: Option<ApiServer>,
    broker: Option<(BrokerOptions, watch::Sender<SinkStatus>)>,
    sinks: Arc<Sinks>,
    shared: Shared,
    ends: HubEnds,
}

impl Tasks {
    async fn run(self) {
        let Self { options, ask, recent, from_engine, stopped, server, broker, sinks, shared, ends } = self;
        let IntegrationOptions { config, log_dir, .. } = options;
        let api = server.map(|server| {
            let (shared, sinks) = (shared.clone(), Arc::clone(&sinks));
            tokio::spawn(async move {
                // Only an error ends it.
                let Err(error) = server.serve(shared).await;
                sinks.end_api(&error);
            })
        });
        let (stop_mqtt, mqtt_stopped) = oneshot::channel();
        let broker =
            broker.map(|(broker, status)| tokio::spawn(mqtt::run(broker, shared.clone(), status, mqtt_stopped)));
        let status = write_status(&log_dir, &sinks, shared.state.clone());
        let hub = HubTask::new(config, log_dir.clone(), shared, ends, ask, recent);
        tokio::select! {
            () = hub.run(from_engine) => {}
            _ = stopped => {}
            () = status => {}
        }
        drop(stop_mqtt);
        if let Some(broker) = broker {
            tokio::time::timeout(LAST_WORDS, broker).await.ok();
        }
        if let Some(api) = api {
            api.abort();
        }
    }
}

/// Writes the state of the sinks when one of them begins or ceases to fail, and every two minutes. Never ends.
async fn write_status(
    log_dir: &std::path::Path,
    sinks: &Arc<Sinks>,
    mut documents: watch::Receiver<Arc<StateSnapshot>>,
) {
    let kept = |status: &[SinkStatus]| -> Vec<_> {
        status.iter().map(|sink| (sink.name.clone(), sink.state, sink.error.clone(), sink.refused)).collect()
    };
    let mut written: Option<(Vec<SinkStatus>, Instant)> = None;
    loop {
        let now = sinks.status();
        let is_written = written
            .as_ref()
            .is_some_and(|(before, at)| *before == now || (at.elapsed() < REFRESH && kept(before) == kept(&now)));
        if !is_written {
            let (dir, status) = (log_dir.to_owned(), now.clone());
            let write = move || status_file::write(&dir, clock::now().wall, &status).is_ok();
            if tokio::task::spawn_blocking(write).await.unwrap_or(false) {
                written = Some((now, Instant::now()));
            }
        }
        // The thread is awake at a new document, which saves a timer.
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            Ok(()) = documents.changed() => {}
        }
    }
}
