//! Metrics sent to receivers, from the disk queue and with their original times.
//!
//! One thread a receiver reads the queue, oldest first, and sends requests of at most 1 MB and 10 min. What a request
//! holds stays in the queue until the receiver has taken it, and can be sent again for a minute after that: a receiver
//! that was unreachable, or broke off its connection, may have been killed and have lost what it had not yet written.

mod delivery;
mod http;
pub mod recorder;
pub mod series;

use std::{
    io,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

pub use self::delivery::Protocol;
use self::{
    delivery::{Answer, Delivery, Step},
    http::Client,
    series::MEASURED,
};
use crate::{
    clock,
    integrations::sink_status::{SinkKind, SinkState, SinkStatus, shown_error},
    model::{
        config::Config,
        metric::{MetricSample, Series, ValueKind},
        secrets::Secrets,
    },
    store::queue::{Batch, BatchLimits, QueueWaker, Reader},
};

/// Bounds of a request.
const LIMITS: BatchLimits = BatchLimits { bytes: 1_000_000, span_ms: 10 * 60 * 1000 };
/// Stack of a sending thread. A TLS handshake takes a tenth of it.
const STACK: usize = 512 * 1024;
/// The queue is looked into so often, if nothing wakes the thread before. Longer than the time between two deliveries.
const LOOK: Duration = Duration::from_mins(1);
/// Time before the queue is read again after the disk failed.
const DISK_WAIT: Duration = Duration::from_secs(30);

/// A receiver of metrics.
#[derive(Clone, PartialEq, Eq)]
pub struct PushTarget {
    /// Protocol that it speaks.
    pub protocol: Protocol,
    /// Full address, path included: `https://metrics.example/api/v1/write`.
    pub url: String,
    /// User there; empty for a token alone.
    pub user: String,
    /// Password of the user, or token. Empty for none.
    pub token: String,
    /// PEM file with the issuers to trust; empty for those of the system.
    pub ca_file: String,
}

impl PushTarget {
    /// The receivers that are configured.
    pub fn configured(config: &Config, secrets: &Secrets) -> Vec<Self> {
        let target = |protocol, url: &str, user: &str, token: &str| Self {
            protocol,
            url: url.to_owned(),
            user: user.to_owned(),
            token: token.to_owned(),
            ca_file: config.push_ca_file.clone(),
        };
        let all = [
            target(
                Protocol::RemoteWrite,
                &config.remote_write_url,
                &config.remote_write_user,
                &secrets.remote_write_token,
            ),
            target(Protocol::LineProtocol, &config.influx_url, &config.influx_user, &secrets.influx_token),
        ];
        all.into_iter().filter(|target| !target.url.is_empty()).collect()
    }

    /// Name of the sink in the queue: `remote_write` or `influx`.
    pub fn sink(&self) -> &'static str {
        self.kind().as_str()
    }

    /// Sends one sample (`netlog_push_test` = 1, stamped now) past the queue.
    ///
    /// # Errors
    ///
    /// If it is not taken, with the reason and a remedy where one is known.
    pub fn test(&self, site: &str) -> Result<(), String> {
        let client = Client::new(self)?;
        let now = clock::now();
        let series = Series::new("netlog_push_test", ValueKind::Count, [("site", site)]);
        let sample = MetricSample { at_ms: now.wall.timestamp_millis(), value: Some(1) };
        let batch = vec![(Arc::new(series), vec![sample])];
        let mut delivery = Delivery::new(self.protocol, batch.clone(), false, false);
        let step = delivery.answer(&client.send(&batch, now.wall).answer, 0.0);
        match (step, delivery.refused()) {
            (Step::Wait(_, error) | Step::Stop(_, error), _) => Err(shown_error(error)),
            (Step::GoOn, Some((_, reason))) => Err(shown_error(reason)),
            (Step::GoOn, None) => Ok(()),
        }
    }

    /// Kind of the sink.
    pub fn kind(&self) -> SinkKind {
        match self.protocol {
            Protocol::RemoteWrite => SinkKind::RemoteWrite,
            Protocol::LineProtocol => SinkKind::Influx,
        }
    }

    /// The address with the unit of times that line protocol is written in.
    fn request_url(&self) -> String {
        if self.protocol == Protocol::RemoteWrite {
            return self.url.clone();
        }
        let (path, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let others = query.split('&').filter(|part| !part.is_empty() && !part.starts_with("precision="));
        let query: Vec<&str> = others.chain(["precision=ms"]).collect();
        format!("{path}?{}", query.join("&"))
    }
}

/// Sends to one receiver until it is dropped.
#[derive(Debug)]
pub struct PushHandle {
    shared: Arc<Shared>,
    agent: Option<ureq::Agent>,
    waker: QueueWaker,
    thread: Option<thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    status: Mutex<SinkStatus>,
    is_ending: AtomicBool,
    gate: Mutex<()>,
    ended: Condvar,
}

/// Begins to send what `reader` reads to `target`.
///
/// # Errors
///
/// If no thread can be started. A CA file that cannot be read is an error of the sink, which its status tells.
pub fn start(target: &PushTarget, reader: Reader) -> io::Result<PushHandle> {
    let mut status = SinkStatus::new(target.sink(), target.kind(), SinkState::Idle);
    let client = match Client::new(target) {
        Ok(client) => Some(client),
        Err(error) => {
            (status.state, status.error) = (SinkState::Stopped, Some(shown_error(error)));
            None
        }
    };
    let (status, is_ending) = (Mutex::new(status), AtomicBool::new(false));
    let shared = Arc::new(Shared { status, is_ending, gate: Mutex::new(()), ended: Condvar::new() });
    let (agent, waker) = (client.as_ref().map(Client::agent), reader.waker());
    let thread = match client {
        Some(client) => {
            let (shared, protocol) = (Arc::clone(&shared), target.protocol);
            let builder = thread::Builder::new().name(format!("push-{}", target.sink())).stack_size(STACK);
            let sender =
                Sender { protocol, client, reader, shared, is_proven: false, is_repeated: true, lost_contact: false };
            Some(builder.spawn(move || sender.run())?)
        }
        None => None,
    };
    Ok(PushHandle { shared, agent, waker, thread })
}

impl PushHandle {
    /// State of the receiver. What waits is counted now: a request may go without an answer for a minute.
    pub fn status(&self) -> SinkStatus {
        SinkStatus { waiting: self.waker.queued(), ..self.shared.status().clone() }
    }
}

impl Drop for PushHandle {
    /// Ends the sending; a request in progress is broken off, and its samples stay in the queue.
    fn drop(&mut self) {
        self.shared.is_ending.store(true, Ordering::Release);
        drop(self.shared.gate.lock().unwrap_or_else(PoisonError::into_inner));
        self.shared.ended.notify_all();
        self.waker.wake();
        if let Some(agent) = self.agent.take() {
            agent.shutdown();
        }
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to end.
            drop(thread.join());
        }
    }
}

impl Shared {
    fn status(&self) -> MutexGuard<'_, SinkStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Acquire)
    }

    /// Waits; false when the sending ends.
    fn pause(&self, time: Duration) -> bool {
        let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.ended.wait_timeout_while(gate, time, |()| !self.is_ending());
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        !self.is_ending()
    }
}

/// The thread of one receiver.
struct Sender {
    protocol: Protocol,
    client: Client,
    reader: Reader,
    shared: Arc<Shared>,
    /// The receiver has taken something.
    is_proven: bool,
    /// True if the next batch may have been delivered before.
    is_repeated: bool,
    /// The receiver was away, or broke off its connection, since the last batch that it took.
    lost_contact: bool,
}

impl Sender {
    fn run(mut self) {
        while !self.shared.is_ending() {
            let repeated_until = self.reader.cursor().sent;
            match self.reader.next_batch(clock::now().wall.timestamp_millis(), LIMITS) {
                Ok(Some(batch)) => {
                    let is_repeated = self.is_repeated;
                    if !self.deliver(batch, is_repeated) {
                        return;
                    }
                    self.is_repeated = self.reader.position() < repeated_until;
                    if std::mem::take(&mut self.lost_contact) && self.reader.can_rewind() {
                        self.reader.rewind();
                        self.is_repeated = true;
                    }
                }
                Ok(None) => {
                    self.rest();
                    self.reader.wait(LOOK);
                }
                Err(error) => {
                    self.fail(SinkState::Failing, &error);
                    if !self.shared.pause(DISK_WAIT) {
                        return;
                    }
                }
            }
        }
    }

    /// Sets the state while nothing is to be sent, or nothing yet.
    fn rest(&self) {
        let is_held = self.reader.is_held();
        self.shared.status().state = if is_held { SinkState::Waiting } else { SinkState::Idle };
    }

    /// Delivers a batch; false when the sending ends before.
    fn deliver(&mut self, batch: Batch, is_repeated: bool) -> bool {
        self.shared.status().state = SinkState::Working;
        let ahead = batch.ahead;
        let mut delivery = Delivery::new(self.protocol, batch.series, is_repeated, self.is_proven);
        while let Some(part) = delivery.part() {
            let reply = self.client.send(part, clock::now().wall);
            if self.shared.is_ending() {
                return false;
            }
            let now = clock::now().mono;
            match &reply.answer {
                Answer::Status { .. } => self.lost_contact |= self.client.was_cut(&reply, now),
                Answer::Unanswered(_) => self.lost_contact = true,
            }
            let (state, after, error) = match delivery.answer(&reply.answer, fastrand::f64()) {
                Step::GoOn => continue,
                Step::Wait(after, error) => (SinkState::Failing, after, error),
                Step::Stop(after, error) => (SinkState::Stopped, after, error),
            };
            self.fail(state, &error);
            if !self.shared.pause(after) {
                return false;
            }
        }
        self.is_proven |= delivery.accepted() > 0;
        self.finish(&delivery, ahead);
        true
    }

    /// Moves the cursor behind a batch and tells what came of it.
    fn finish(&mut self, delivery: &Delivery, ahead: u64) {
        let now = clock::now();
        let (refused, reason) = delivery.refused().unwrap_or_default();
        let saved = self.reader.delivered(now.mono, refused + ahead);
        let lost = self.reader.cursor().lost;
        let mut status = self.shared.status();
        status.refused += refused + ahead;
        if delivery.accepted() > 0 {
            status.last_success = Some(now.wall);
        }
        status.error = match saved {
            Err(error) => Some(shown_error(error)),
            Ok(()) if refused > 0 => Some(shown_error(format!("{refused} samples refused: {reason}"))),
            Ok(()) if ahead > 0 => {
                Some(format!("{ahead} samples left out: they are stamped later than the clock; check the clock"))
            }
            Ok(()) if lost > 0 => {
                Some(format!("{lost} samples were dropped before delivery: the queue was full; raise queue_max_mib"))
            }
            Ok(()) => None,
        };
    }

    fn fail(&self, state: SinkState, error: &dyn std::fmt::Display) {
        let mut status = self.shared.status();
        (status.state, status.error) = (state, Some(shown_error(error)));
    }
}

#[cfg(test)]
mod tests;
