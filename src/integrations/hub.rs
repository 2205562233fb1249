//! Hub: events of the engine to the state document and to messages, and requests of the fronts to answers.
//!
//! One task of the runtime. It reads no log itself: what may wait for the disk is done in a thread of its own.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::json;
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    logs,
    shared::{EventKind, HubEnds, Period, Published, Refusal, Reply, Request, Shared, StateSnapshot},
};
use crate::{
    analysis::state::StateFold,
    clock,
    codec::{netlog_csv, state_json},
    engine::Command,
    model::{
        config::Config,
        event::Event,
        ledger::{GapReason, State},
        state::StateDocument,
    },
};

/// Longest time until the cycle of a test is there.
const LONGEST_TEST: Duration = Duration::from_mins(1);
/// Time between two documents while an outage lasts, so that its length grows.
const WHILE_DOWN: Duration = Duration::from_secs(10);

/// Way to ask the engine. Empty until it runs.
pub(super) type Ask = Arc<Mutex<Option<Box<dyn Fn(Command) + Send>>>>;

/// The hub's task.
pub(super) struct HubTask {
    config: Config,
    log_dir: PathBuf,
    fold: StateFold,
    shared: Shared,
    ends: HubEnds,
    ask: Ask,
    /// Events from before that still hold.
    recent: Vec<Event>,
    test: Option<Test>,
    analysis: Option<oneshot::Receiver<Result<Arc<str>, Refusal>>>,
    analysis_reply: Option<Reply<Arc<str>>>,
}

/// A test under way.
struct Test {
    reply: Reply<Arc<StateSnapshot>>,
    deadline: Instant,
}

/// Returns the snapshot before anything was measured.
pub(super) fn first_snapshot(config: &Config) -> Arc<StateSnapshot> {
    let mut fold = logs::empty(config);
    snapshot(fold.document(clock::now().wall))
}

impl HubTask {
    /// Returns a task for the fronts of `shared`.
    pub(super) fn new(
        config: Config,
        log_dir: PathBuf,
        shared: Shared,
        ends: HubEnds,
        ask: Ask,
        recent: Vec<Event>,
    ) -> Self {
        let fold = logs::empty(&config);
        Self { config, log_dir, fold, shared, ends, ask, recent, test: None, analysis: None, analysis_reply: None }
    }

    /// Runs until the sender of events is gone.
    pub(super) async fn run(mut self, mut events: mpsc::Receiver<Event>) {
        self.load().await;
        let mut tick = tokio::time::interval(WHILE_DOWN);
        let mut is_down = false;
        loop {
            let deadline = self.test.as_ref().map(|test| test.deadline);
            let was_down = std::mem::replace(&mut is_down, self.shared.state.borrow().document.outage.is_some());
            if is_down && !was_down {
                tick.reset();
            }
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => self.handle(&event),
                    None => break,
                },
                request = self.ends.requests.recv() => {
                    if let Some(request) = request {
                        self.answer(request);
                    }
                }
                result = finished(&mut self.analysis) => self.analysed(result),
                () = at(deadline) => self.end_test(Err(Refusal::NotNow("no cycle was measured in time".into()))),
                _ = tick.tick(), if is_down => self.publish(),
            }
        }
    }

    /// Takes the figures of today and the last outage from the log.
    async fn load(&mut self) {
        let (dir, config) = (self.log_dir.clone(), self.config.clone());
        let read = tokio::task::spawn_blocking(move || logs::read(&dir, &config, clock::now().wall));
        if let Ok(Ok(past)) = read.await {
            self.fold = past.fold(&self.config);
        }
        for event in std::mem::take(&mut self.recent) {
            self.fold.handle(&event);
        }
        self.publish();
    }

    fn handle(&mut self, event: &Event) {
        self.fold.handle(event);
        if let Event::Row(row) = event {
            if let Some(row) = netlog_csv::as_read(row, clock::local(row.at)) {
                self.fold.take_row(&row);
            }
            self.publish();
            if row.cycle_time.is_some() {
                let state = Arc::clone(&self.shared.state.borrow());
                self.end_test(Ok(state));
            }
            return;
        }
        let is_news = matches!(
            event,
            Event::Started(_)
                | Event::Stopped(_)
                | Event::Gateway(..)
                | Event::State(..)
                | Event::OutageOpened(..)
                | Event::OutageClosed(_)
                | Event::Notice(..)
        );
        if !is_news {
            return;
        }
        self.publish();
        let state = Arc::clone(&self.shared.state.borrow());
        match event {
            Event::OutageOpened(..) => self.tell(EventKind::OutageStarted, "outage", &outage(&state.document, true)),
            Event::OutageClosed(closed) if closed.end.is_some() => {
                self.tell(EventKind::OutageEnded, "outage", &outage(&state.document, false));
            }
            _ => {}
        }
    }

    fn publish(&mut self) {
        let snapshot = snapshot(self.fold.document(clock::now().wall));
        self.ends.state.send_replace(Arc::clone(&snapshot));
        // Without a listener there is nobody to tell.
        self.shared.events.send(Published::State(snapshot)).ok();
    }

    fn tell(&self, kind: EventKind, key: &str, value: &serde_json::Value) {
        let time = clock::now().wall.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let event = json!({ "event_type": kind.as_str(), "time": time, key: value });
        self.shared.events.send(Published::Event(kind, event.to_string().into())).ok();
    }

    fn answer(&mut self, request: Request) {
        match request {
            Request::RunTest(reply) => self.begin_test(reply),
            Request::Analyze(period, reply) => self.analyse(period, reply),
            Request::Outages(period, reply) => {
                let (dir, config) = (self.log_dir.clone(), self.config.clone());
                tokio::task::spawn_blocking(move || reply.send(logs::outages(&dir, &config, period)).ok());
            }
        }
    }

    fn begin_test(&mut self, reply: Reply<Arc<StateSnapshot>>) {
        if self.test.is_some() {
            reply.send(Err(Refusal::Busy)).ok();
            return;
        }
        let state = self.shared.state.borrow().document.state;
        if state == State::NotMonitored(GapReason::Paused) {
            reply.send(Err(Refusal::NotNow("monitoring is paused; resume it first".into()))).ok();
            return;
        }
        if let Some(ask) = &*self.ask.lock().unwrap_or_else(PoisonError::into_inner) {
            ask(Command::RunOnce);
        } else {
            reply.send(Err(Refusal::NotNow("no monitor runs yet; try again in a moment".into()))).ok();
            return;
        }
        self.test = Some(Test { reply, deadline: Instant::now() + LONGEST_TEST });
    }

    fn end_test(&mut self, result: Result<Arc<StateSnapshot>, Refusal>) {
        let Some(test) = self.test.take() else { return };
        if let Ok(state) = &result {
            self.tell(EventKind::TestFinished, "result", &test_result(&state.document));
        }
        test.reply.send(result).ok();
    }

    fn analyse(&mut self, period: Period, reply: Reply<Arc<str>>) {
        if self.analysis.is_some() {
            reply.send(Err(Refusal::Busy)).ok();
            return;
        }
        let (to, from) = oneshot::channel();
        let (dir, config) = (self.log_dir.clone(), self.config.clone());
        tokio::task::spawn_blocking(move || to.send(logs::analysis(&dir, &config, period)).ok());
        (self.analysis, self.analysis_reply) = (Some(from), Some(reply));
    }

    fn analysed(&mut self, result: Result<Arc<str>, Refusal>) {
        self.analysis = None;
        if let Ok(text) = &result {
            self.tell(EventKind::AnalysisFinished, "result", &logs::short_figures(text));
        }
        if let Some(reply) = self.analysis_reply.take() {
            reply.send(result).ok();
        }
    }
}

/// Returns the result of a test as its event and its answer say it.
pub(super) fn test_result(document: &StateDocument) -> serde_json::Value {
    let whole = state_json::to_json(document);
    let of = |key: &str| whole.get(key).cloned().unwrap_or_default();
    json!({
        "ok": of("status") == "ok",
        "status": of("status"),
        "root_cause": of("root_cause"),
        "fault_domain": of("fault_domain"),
    })
}

fn outage(document: &StateDocument, is_open: bool) -> serde_json::Value {
    let outage = if is_open { &document.outage } else { &document.last_outage };
    outage.as_ref().map(state_json::outage).unwrap_or_default()
}

fn snapshot(document: StateDocument) -> Arc<StateSnapshot> {
    let json = state_json::to_json(&document).to_string().into();
    Arc::new(StateSnapshot { document, json })
}

/// Waits for an analysis; for ever where none is under way.
async fn finished(analysis: &mut Option<oneshot::Receiver<Result<Arc<str>, Refusal>>>) -> Result<Arc<str>, Refusal> {
    match analysis {
        Some(analysis) => {
            analysis.await.unwrap_or_else(|_closed| Err(Refusal::Failed("the analysis ended without a result".into())))
        }
        None => std::future::pending().await,
    }
}

/// Waits until then; for ever without a time.
async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
