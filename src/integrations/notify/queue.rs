//! Messages between the rules and their delivery: quiet hours, digests, one queue for each receiver, retries. Pure: time
//! comes in, what to send comes out.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use chrono::{Datelike as _, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _};

use crate::{
    codec::{
        notify_journal::NotifyJournal,
        notify_message::{MessageKind, NotifyMessage},
        web_exchange::DeliveryOutcome,
    },
    integrations::sink_status::back_off,
    model::time::{Moment, Timestamp},
};

/// Messages that wait or are held, all receivers together. Above it the oldest is dropped and counted.
pub const MAX_MESSAGES: usize = 1_000;
/// Identifiers that are kept to recognize a repetition.
const MAX_TAKEN: usize = 1_000;
/// Wait after the first failure, and the longest.
const RETRY: (Duration, Duration) = (Duration::from_secs(5), Duration::from_mins(10));
/// The same for a receiver that the user has to set up in another way.
const RETRY_MISCONFIGURED: (Duration, Duration) = (Duration::from_mins(5), Duration::from_hours(1));
/// Tries of a message that its receiver refuses before it is dropped.
const MAX_REFUSALS: u32 = 3;
/// Local hour of digests, unless it is quiet.
const DIGEST_HOUR: u32 = 8;

/// Time between two digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestPeriod {
    /// Every day.
    Daily,
    /// Every Monday.
    Weekly,
}

/// Settings of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueSettings {
    /// Quiet hours: minutes after local midnight of begin and end; an end before the begin is one of the next day.
    pub quiet: Option<(u32, u32)>,
    /// Time between two digests; `None` sends each message by itself.
    pub digest: Option<DigestPeriod>,
}

/// Queue of one receiver.
#[derive(Debug, Clone)]
pub struct SinkQueue {
    /// Key in the journal.
    pub key: String,
    /// Identifiers of the messages, oldest first.
    pub pending: VecDeque<String>,
    /// Identifier of the message that is being delivered.
    pub in_flight: Option<String>,
    /// Failures since the last success.
    pub failures: u32,
    /// Refusals of the oldest message.
    refusals: u32,
    /// Monotonic time of the next try.
    next_try: Duration,
    /// True when the receiver asked for that time.
    is_asked: bool,
    /// Time of the last success since the program started.
    pub last_success: Option<Timestamp>,
    /// Messages dropped since the program started.
    pub refused: u64,
    /// Text of the last failure.
    pub error: Option<String>,
}

/// The messages and where they stand.
#[derive(Debug, Clone)]
pub struct MessageQueue {
    settings: QueueSettings,
    messages: BTreeMap<String, NotifyMessage>,
    sinks: Vec<SinkQueue>,
    held: Vec<NotifyMessage>,
    taken: VecDeque<String>,
    digest_at: Option<Timestamp>,
    is_changed: bool,
}

impl MessageQueue {
    /// Begins with what the journal holds for these receivers. Messages to receivers that are gone are dropped.
    pub fn new(journal: &NotifyJournal, keys: &[String], settings: QueueSettings) -> Self {
        let sink = |key: &String| SinkQueue {
            key: key.clone(),
            pending: VecDeque::new(),
            in_flight: None,
            failures: 0,
            refusals: 0,
            next_try: Duration::ZERO,
            is_asked: false,
            last_success: None,
            refused: 0,
            error: None,
        };
        let mut queue = Self {
            settings,
            messages: BTreeMap::new(),
            sinks: keys.iter().map(sink).collect(),
            held: journal.held.clone(),
            taken: journal.taken.iter().cloned().collect(),
            digest_at: journal.digest_at,
            is_changed: false,
        };
        for (message, to) in &journal.pending {
            queue.enqueue(message, |key| to.iter().any(|known| known == key));
        }
        queue
    }

    /// The queues of the receivers, in the order of the keys.
    pub fn sinks(&self) -> &[SinkQueue] {
        &self.sinks
    }

    /// Number of messages that are held back.
    pub fn n_held(&self) -> u64 {
        self.held.len() as u64
    }

    /// True once after each change that belongs into the journal.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.is_changed)
    }

    /// Writes what belongs to the queue into a journal.
    pub fn store(&self, journal: &mut NotifyJournal) {
        let to = |id: &str| -> Vec<String> {
            let waits = |sink: &&SinkQueue| sink.pending.iter().any(|known| known == id);
            self.sinks.iter().filter(waits).map(|sink| sink.key.clone()).collect()
        };
        let mut pending: Vec<_> = self.messages.values().map(|message| (message.clone(), to(&message.id))).collect();
        pending.sort_by_key(|(message, _)| message.time);
        journal.pending = pending;
        journal.held.clone_from(&self.held);
        journal.taken = self.taken.iter().cloned().collect();
        journal.digest_at = self.digest_at;
    }

    /// Takes a message, unless one with its identifier was taken before. The message that an outage has begun gives way to
    /// the one that it is over, where it was not sent yet.
    pub fn take(&mut self, message: NotifyMessage, local: NaiveDateTime) {
        if self.taken.contains(&message.id) || self.sinks.is_empty() {
            return;
        }
        self.is_changed = true;
        self.taken.push_back(message.id.clone());
        while self.taken.len() > MAX_TAKEN {
            self.taken.pop_front();
        }
        if message.kind == MessageKind::OutageEnded {
            self.withdraw(&begun(&message.id));
        }
        let is_test = message.kind == MessageKind::Test;
        if !is_test && (self.settings.digest.is_some() || self.is_quiet(local)) {
            self.held.push(message);
        } else {
            self.enqueue(&message, |_| true);
        }
        self.bound();
    }

    /// Messages that are to be told together now: at the time of a digest, or at the end of quiet hours. The caller makes
    /// one message of several and gives it to [`Self::release`].
    pub fn due_together(&mut self, now: Moment, local: fn(Timestamp) -> NaiveDateTime) -> Vec<NotifyMessage> {
        if self.held.is_empty() && self.settings.digest.is_none() {
            return Vec::new();
        }
        let of = local;
        let local = of(now.wall);
        let Some(period) = self.settings.digest else {
            return if self.is_quiet(local) { Vec::new() } else { std::mem::take(&mut self.held) };
        };
        let Some(last) = self.digest_at else {
            self.digest_at = Some(now.wall);
            self.is_changed = true;
            return Vec::new();
        };
        if of(last) >= boundary(local, period) || self.is_quiet(local) {
            return Vec::new();
        }
        self.digest_at = Some(now.wall);
        self.is_changed = true;
        std::mem::take(&mut self.held)
    }

    /// Puts a message that was held into the queues.
    pub fn release(&mut self, message: &NotifyMessage) {
        self.is_changed = true;
        self.enqueue(message, |_| true);
        self.bound();
    }

    /// The next message to deliver now, with the index of its receiver. It is in delivery until [`Self::finish`].
    pub fn next(&mut self, now: Moment) -> Option<(usize, NotifyMessage)> {
        let ready =
            |sink: &SinkQueue| sink.in_flight.is_none() && sink.next_try <= now.mono && !sink.pending.is_empty();
        let index = self.sinks.iter().position(ready)?;
        let sink = self.sinks.get_mut(index)?;
        let id = sink.pending.front()?.clone();
        let message = self.messages.get(&id)?.clone();
        sink.in_flight = Some(id);
        Some((index, message))
    }

    /// Monotonic time of the next try; `None` where nothing waits.
    pub fn next_try(&self) -> Option<Duration> {
        let waits = |sink: &&SinkQueue| sink.in_flight.is_none() && !sink.pending.is_empty();
        self.sinks.iter().filter(waits).map(|sink| sink.next_try).min()
    }

    /// Takes the outcome of a delivery. `random` is in 0..=1.
    pub fn finish(&mut self, index: usize, outcome: &DeliveryOutcome, now: Moment, random: f64) {
        let Some(sink) = self.sinks.get_mut(index) else { return };
        let Some(id) = sink.in_flight.take() else { return };
        sink.is_asked = false;
        sink.error = outcome.error().map(str::to_owned);
        let is_refused = matches!(outcome, DeliveryOutcome::Refused { .. });
        sink.refusals = if is_refused { sink.refusals + 1 } else { 0 };
        if *outcome == DeliveryOutcome::Delivered {
            sink.failures = 0;
            sink.last_success = Some(now.wall);
            sink.next_try = now.mono;
        } else {
            sink.failures = sink.failures.saturating_add(1);
            let (first, longest) = match outcome {
                DeliveryOutcome::Misconfigured { .. } => RETRY_MISCONFIGURED,
                _ => RETRY,
            };
            let mut wait = back_off(sink.failures, first, longest, random);
            if let DeliveryOutcome::Later { wait: Some(asked), .. } = outcome {
                sink.is_asked = *asked > wait;
                wait = wait.max(*asked);
            }
            sink.next_try = now.mono + wait;
        }
        let is_dropped = sink.refusals >= MAX_REFUSALS;
        if is_dropped {
            sink.refused += 1;
            sink.refusals = 0;
        }
        // The outage is over by now, and the message that says so waits behind this one.
        let is_outdated = sink.pending.iter().any(|other| begun(other) == id);
        if is_dropped || is_outdated || *outcome == DeliveryOutcome::Delivered {
            sink.pending.retain(|known| *known != id);
            self.forget(&id);
            self.is_changed = true;
        }
    }

    /// Tries all failing receivers at once, but for those that asked for a wait: the line works again.
    pub fn retry_now(&mut self, now: Moment) {
        for sink in self.sinks.iter_mut().filter(|sink| !sink.is_asked) {
            sink.next_try = sink.next_try.min(now.mono);
        }
    }

    /// True within quiet hours.
    fn is_quiet(&self, local: NaiveDateTime) -> bool {
        let minute = local.hour() * 60 + local.minute();
        self.settings.quiet.is_some_and(|(begin, end)| {
            if begin < end { (begin..end).contains(&minute) } else { minute >= begin || minute < end }
        })
    }

    fn enqueue(&mut self, message: &NotifyMessage, is_for: impl Fn(&str) -> bool) {
        let mut is_wanted = false;
        for sink in self.sinks.iter_mut().filter(|sink| is_for(&sink.key)) {
            if !sink.pending.contains(&message.id) {
                sink.pending.push_back(message.id.clone());
            }
            is_wanted = true;
        }
        if is_wanted {
            self.messages.insert(message.id.clone(), message.clone());
        }
    }

    /// Takes a message back where it was neither sent nor is being sent.
    fn withdraw(&mut self, id: &str) {
        self.held.retain(|message| message.id != id);
        for sink in &mut self.sinks {
            if sink.in_flight.as_deref() != Some(id) {
                sink.pending.retain(|known| known != id);
            }
        }
        self.forget(id);
    }

    /// Drops a message that no receiver waits for.
    fn forget(&mut self, id: &str) {
        if !self.sinks.iter().any(|sink| sink.pending.iter().any(|known| known == id)) {
            self.messages.remove(id);
        }
    }

    /// Drops the oldest messages above the limit.
    fn bound(&mut self) {
        while self.messages.len() + self.held.len() > MAX_MESSAGES {
            let oldest = self.messages.values().min_by_key(|message| message.time).map(|message| message.id.clone());
            let Some(id) = oldest else {
                self.held.remove(0);
                self.sinks.iter_mut().for_each(|sink| sink.refused += 1);
                continue;
            };
            for sink in &mut self.sinks {
                let before = sink.pending.len();
                sink.pending.retain(|known| *known != id);
                sink.refused += (before - sink.pending.len()) as u64;
            }
            self.messages.remove(&id);
        }
    }
}

/// Identifier of the message that an outage has begun, from that of the one that it is over.
fn begun(ended: &str) -> String {
    let (end, start) = (MessageKind::OutageEnded.as_str(), MessageKind::OutageStarted.as_str());
    ended.strip_suffix(end).map_or_else(String::new, |head| format!("{head}{start}"))
}

/// The last time of a digest up to `local`.
fn boundary(local: NaiveDateTime, period: DigestPeriod) -> NaiveDateTime {
    let hour = NaiveTime::from_hms_opt(DIGEST_HOUR, 0, 0).unwrap_or_default();
    let days_back = match period {
        DigestPeriod::Daily => 0,
        DigestPeriod::Weekly => i64::from(local.weekday().num_days_from_monday()),
    };
    let at = local.date().and_time(hour) - TimeDelta::days(days_back);
    let length = match period {
        DigestPeriod::Daily => TimeDelta::days(1),
        DigestPeriod::Weekly => TimeDelta::days(7),
    };
    if at > local { at - length } else { at }
}

#[cfg(test)]
mod tests;
