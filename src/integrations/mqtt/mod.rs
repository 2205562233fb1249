//! MQTT: tells a broker the state of the line, and Home Assistant by discovery what to make of it.
//!
//! [`session`] decides what is published when, [`discovery_plan`] which discovery messages, [`fault`] when it is tried
//! again; `link` is the connection, and [`run`] brings them together.

pub mod discovery_plan;
pub mod fault;
mod link;
pub mod message;
pub mod options;
pub mod session;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use tokio::{
    sync::{broadcast::error::RecvError, mpsc, oneshot, watch},
    time::{Instant, sleep_until},
};

use self::{
    fault::{BrokerFault, Failures},
    link::{BrokerLink, LinkEvent},
    options::BrokerOptions,
    session::{MqttCommand, MqttSession, MqttWish},
};
use super::{
    shared::{Bound, EventKind, Period, Published, Refusal, Request, Shared, StateSnapshot},
    sink_status::{SinkKind, SinkState, SinkStatus},
};
use crate::{clock, codec::mqtt_event};

/// Time after the last message about what stands at the broker until it counts as told.
const SETTLE: Duration = Duration::from_secs(1);
/// Time for that altogether.
const SETTLE_AT_MOST: Duration = Duration::from_secs(10);
/// Shortest time between two times of publishing all because Home Assistant says that it has started.
const REFRESH: Duration = Duration::from_secs(5);
/// Time for a batch to be acknowledged.
const ACKNOWLEDGE: Duration = Duration::from_secs(30);
/// Period that the command for an analysis stands for.
const ANALYSIS: TimeDelta = TimeDelta::days(7);

/// The state of a sink that has not connected yet.
pub fn first_status() -> SinkStatus {
    SinkStatus::new("mqtt", SinkKind::Mqtt, SinkState::Waiting)
}

/// Tells the broker until `stop` is sent or dropped, or the hub is gone; then publishes `offline` and disconnects.
///
/// Needs a Tokio runtime with I/O and time. Never ends by a failure: it tries again, and says so in `status`.
pub async fn run(
    options: BrokerOptions,
    shared: Shared,
    status: watch::Sender<SinkStatus>,
    mut stop: oneshot::Receiver<()>,
) {
    let mut events = shared.events.subscribe();
    let mut state = shared.state.clone();
    let mut sink = Sink::new(options, &shared, status);
    loop {
        let timer = sink.timer();
        tokio::select! {
            _ = &mut stop => break,
            changed = state.changed() => {
                if changed.is_err() {
                    break;
                }
                let snapshot = Arc::clone(&state.borrow_and_update());
                sink.session.handle_snapshot(snapshot);
            }
            event = events.recv() => match event {
                Ok(Published::Event(_, json)) => sink.session.handle_event(json),
                // The state comes by the other way, which holds the newest.
                Ok(Published::State(_)) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            },
            event = next_of(&mut sink.link) => sink.handle(event),
            (command, refusal) = sink.commands.refused() => {
                let event = command_event(command).as_str();
                let json = mqtt_event::refused(event, clock::now().wall, &refusal.to_string());
                sink.session.handle_event(Arc::from(json));
            }
            () = sleep_until(timer) => sink.handle_timer(),
        }
        sink.publish();
    }
    if let (Some(link), true) = (sink.link.take(), sink.connected.is_some()) {
        link.close(sink.session.farewell()).await;
    }
}

/// Connects to the broker beside a running monitor, and disconnects. Publishes nothing.
///
/// # Errors
///
/// The reason for which the broker cannot be used, with its remedy.
pub async fn test(options: &BrokerOptions) -> Result<(), String> {
    let mut link = BrokerLink::open_beside(options).map_err(|fault| fault.text)?;
    loop {
        match link.next().await {
            LinkEvent::Connected => break,
            LinkEvent::Closed(fault) => return Err(fault.text),
            LinkEvent::Subscribed { .. } | LinkEvent::Message { .. } | LinkEvent::Delivered(_) => {}
        }
    }
    link.leave().await;
    Ok(())
}

async fn next_of(link: &mut Option<BrokerLink>) -> LinkEvent {
    match link {
        Some(link) => link.next().await,
        None => std::future::pending().await,
    }
}

fn command_event(command: MqttCommand) -> EventKind {
    match command {
        MqttCommand::Test => EventKind::TestFinished,
        MqttCommand::Analyze => EventKind::AnalysisFinished,
    }
}

/// Everything but the channels.
struct Sink {
    options: BrokerOptions,
    session: MqttSession,
    commands: Commands,
    status: watch::Sender<SinkStatus>,
    link: Option<BrokerLink>,
    failures: Failures,
    /// Begin of the connection, once CONNACK has come.
    connected: Option<Instant>,
    /// Time of the next try, while there is no link.
    retry_at: Instant,
    /// Time at which the broker has told what stands there.
    settle_at: Option<Instant>,
    refresh_at: Option<Instant>,
    refreshed: Option<Instant>,
    /// Time until which the batch under way has to be acknowledged.
    deadline: Option<Instant>,
}

impl Sink {
    fn new(options: BrokerOptions, shared: &Shared, status: watch::Sender<SinkStatus>) -> Self {
        let snapshot: Arc<StateSnapshot> = Arc::clone(&shared.state.borrow());
        Self {
            session: MqttSession::new(options.session.clone(), snapshot),
            commands: Commands { requests: shared.requests.clone(), test: None, analysis: None },
            options,
            status,
            link: None,
            failures: Failures::default(),
            connected: None,
            retry_at: Instant::now(),
            settle_at: None,
            refresh_at: None,
            refreshed: None,
            deadline: None,
        }
    }

    /// Next time at which something is to be done.
    fn timer(&self) -> Instant {
        let retry_at = self.link.is_none().then_some(self.retry_at);
        let times = [retry_at, self.settle_at, self.refresh_at, self.deadline];
        let far = Instant::now() + Duration::from_hours(1);
        times.into_iter().flatten().min().unwrap_or(far)
    }

    fn handle_timer(&mut self) {
        let now = Instant::now();
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if self.link.is_none() && self.retry_at <= now {
            match BrokerLink::open(&self.options) {
                Ok(link) => self.link = Some(link),
                Err(fault) => self.handle_fault(&fault),
            }
        }
        if is_due(self.settle_at) {
            self.settle_at = None;
            self.session.handle_settled();
            if let Some(link) = &self.link {
                link.unsubscribe(self.session.reminders());
            }
        }
        if is_due(self.refresh_at) {
            self.refresh_at = None;
            self.refreshed = Some(now);
            self.session.handle_refresh();
        }
        if is_due(self.deadline) {
            self.handle_fault(&BrokerFault::new("the broker acknowledges nothing"));
        }
    }

    fn handle(&mut self, event: LinkEvent) {
        let now = Instant::now();
        match event {
            LinkEvent::Connected => {
                self.connected = Some(now);
                // Brokers need not answer a subscription that they refuse.
                self.settle_at = Some(now + SETTLE_AT_MOST);
                self.session.handle_connected();
                if let Some(link) = &self.link {
                    link.subscribe(self.session.subscriptions());
                }
                self.status.send_modify(|status| {
                    status.state = SinkState::Working;
                    status.error = None;
                });
            }
            LinkEvent::Subscribed { is_command_refused } => {
                self.settle_soon(now);
                if is_command_refused {
                    let text = "the broker does not let this user read its command topic; buttons have no effect";
                    self.status.send_modify(|status| status.error = Some(text.to_owned()));
                }
            }
            LinkEvent::Message { topic, payload, is_retained } => {
                match self.session.handle_message(&topic, &payload, is_retained) {
                    Some(MqttWish::Command(command)) => self.commands.send(command),
                    Some(MqttWish::Refresh) => {
                        let jitter = Duration::from_millis(fastrand::u64(100..1000));
                        let earliest = self.refreshed.map_or(now, |at| at + REFRESH);
                        self.refresh_at.get_or_insert((now + jitter).max(earliest));
                    }
                    Some(MqttWish::Found) => self.settle_soon(now),
                    None => {}
                }
            }
            LinkEvent::Delivered(true) => {
                self.deadline = None;
                self.session.handle_delivered();
                self.status.send_modify(|status| status.last_success = Some(clock::now().wall));
            }
            // The end of the connection, of which this is a part, is reported by itself.
            LinkEvent::Delivered(false) => {}
            LinkEvent::Closed(fault) => self.handle_fault(&fault),
        }
    }

    /// Waits a while longer for what the broker tells, but not without end.
    fn settle_soon(&mut self, now: Instant) {
        if let (Some(at), Some(connected)) = (&mut self.settle_at, self.connected) {
            *at = (now + SETTLE).min(connected + SETTLE_AT_MOST);
        }
    }

    fn handle_fault(&mut self, fault: &BrokerFault) {
        let lasted = self.connected.take().map(|connected| connected.elapsed());
        let wait = self.failures.wait(fault, lasted, fastrand::f64());
        self.link = None;
        self.settle_at = None;
        self.refresh_at = None;
        self.deadline = None;
        self.retry_at = Instant::now() + wait;
        self.session.handle_disconnected();
        self.status.send_modify(|status| {
            status.state = SinkState::Failing;
            status.error = Some(fault.text.clone());
        });
    }

    /// Publishes what is due.
    fn publish(&mut self) {
        if let Some(link) = &mut self.link
            && let Some(batch) = self.session.next_batch()
        {
            link.publish(batch);
            self.deadline = Some(Instant::now() + ACKNOWLEDGE);
        }
        let (waiting, refused) = (self.session.n_waiting() as u64, self.session.n_dropped());
        self.status.send_if_modified(|status| {
            let is_new = (status.waiting, status.refused) != (waiting, refused);
            (status.waiting, status.refused) = (waiting, refused);
            is_new
        });
    }
}

/// Requests to the hub that came as commands, at most one of each sort.
struct Commands {
    requests: mpsc::Sender<Request>,
    test: Option<Answer>,
    analysis: Option<Answer>,
}

type Answer = std::pin::Pin<Box<dyn Future<Output = Option<Refusal>> + Send>>;

/// Waits for the answer to a request. What is found comes as an event; only a refusal is of use here.
fn answer<T: Send + 'static>(reply: oneshot::Receiver<Result<T, Refusal>>) -> Answer {
    Box::pin(async move { reply.await.ok().and_then(Result::err) })
}

impl Commands {
    /// Sends a request, unless one of its sort is not answered yet.
    fn send(&mut self, command: MqttCommand) {
        match command {
            MqttCommand::Test if self.test.is_none() => {
                let (reply, receiver) = oneshot::channel();
                if self.requests.try_send(Request::RunTest(reply)).is_ok() {
                    self.test = Some(answer(receiver));
                }
            }
            MqttCommand::Analyze if self.analysis.is_none() => {
                let (reply, receiver) = oneshot::channel();
                let from = clock::now().wall - ANALYSIS;
                let period = Period { from: Some(Bound::Time(from)), to: None };
                if self.requests.try_send(Request::Analyze(period, reply)).is_ok() {
                    self.analysis = Some(answer(receiver));
                }
            }
            MqttCommand::Test | MqttCommand::Analyze => {}
        }
    }

    /// Waits for the next request that is refused.
    async fn refused(&mut self) -> (MqttCommand, Refusal) {
        loop {
            let (command, refusal) = tokio::select! {
                refusal = answer_of(&mut self.test) => {
                    self.test = None;
                    (MqttCommand::Test, refusal)
                }
                refusal = answer_of(&mut self.analysis) => {
                    self.analysis = None;
                    (MqttCommand::Analyze, refusal)
                }
            };
            if let Some(refusal) = refusal {
                return (command, refusal);
            }
        }
    }
}

async fn answer_of(answer: &mut Option<Answer>) -> Option<Refusal> {
    match answer {
        Some(answer) => answer.await,
        None => std::future::pending().await,
    }
}
