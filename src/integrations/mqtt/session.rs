//! Session that decides what is published when: a state machine without clock, socket or memory beyond its bounds.
//!
//! At most one batch of messages is under way. What changes meanwhile is not queued but marked, so that a broker that
//! never acknowledges makes nothing grow: of the state only the newest counts, and of events the newest 100 are kept
//! until they are acknowledged.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use super::{
    discovery_plan::{DiscoveredLine, DiscoveryForm, KnownConfigs, plan},
    message::MqttMessage,
};
use crate::{
    codec::{
        mqtt_discovery::{ANALYZE_LOGS, CHECK_GATEWAY, DiscoveryInput, RUN_TEST},
        mqtt_topics::{DiscoveryTopics, LineTopics, OFFLINE, ONLINE},
        state_json,
    },
    integrations::shared::StateSnapshot,
    model::{
        ledger::State,
        state::{TargetState, slug},
    },
};

/// Events kept while they cannot be delivered. The oldest is dropped for a newer one.
pub const MAX_EVENTS: usize = 100;
/// Events published before their acknowledgement is waited for.
const EVENT_BATCH: usize = 10;
/// Greatest number of far hosts that the broker may remind of.
const MAX_OLD_TARGETS: usize = 4096;

/// Command that came over the command topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MqttCommand {
    /// Measure now.
    Test,
    /// Compute the figures of the last seven days.
    Analyze,
}

impl MqttCommand {
    /// The command with this payload; `None` for any other.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let payload = str::from_utf8(payload).ok()?;
        match payload.trim() {
            RUN_TEST | CHECK_GATEWAY => Some(Self::Test),
            ANALYZE_LOGS => Some(Self::Analyze),
            _ => None,
        }
    }
}

/// Request in a message from the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MqttWish {
    /// A command of a user.
    Command(MqttCommand),
    /// Home Assistant has started: publish all again, soon.
    Refresh,
    /// A discovery message of an earlier run.
    Found,
}

/// Settings that stay the same while a session lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSettings {
    /// Topics of discovery.
    pub discovery: DiscoveryTopics,
    /// Form of discovery.
    pub form: DiscoveryForm,
    /// Line that is told.
    pub input: DiscoveryInput,
}

impl SessionSettings {
    fn topics(&self) -> &LineTopics {
        &self.input.topics
    }
}

/// Part that the batch under way delivers.
#[derive(Debug, Clone, PartialEq)]
enum UnderWay {
    State,
    Discovery { known: KnownConfigs, emptied: BTreeSet<String> },
    Events(usize),
}

/// Progress of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Disconnected,
    /// Connected; the broker is still telling what stands there.
    Settling,
    Settled,
}

/// Parts to publish as soon as no batch is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Due {
    /// State and availability.
    all: bool,
    state: bool,
    discovery: bool,
}

/// State of the sink towards one broker.
#[derive(Debug)]
pub struct MqttSession {
    settings: SessionSettings,
    current: Arc<StateSnapshot>,
    hosts: Vec<String>,
    /// Discovery messages that stand at the broker, as far as is known.
    known: KnownConfigs,
    /// Slugs of far hosts whose state stands at the broker and that are not, or no longer, asked.
    old_targets: BTreeSet<String>,
    events: VecDeque<Arc<str>>,
    dropped_events: u64,
    phase: Phase,
    due: Due,
    under_way: Option<UnderWay>,
}

impl MqttSession {
    /// A session that is not connected yet.
    pub fn new(settings: SessionSettings, current: Arc<StateSnapshot>) -> Self {
        let hosts = hosts(&current);
        Self {
            settings,
            current,
            hosts,
            known: KnownConfigs::default(),
            old_targets: BTreeSet::new(),
            events: VecDeque::new(),
            dropped_events: 0,
            phase: Phase::Disconnected,
            due: Due::default(),
            under_way: None,
        }
    }

    /// Filters to subscribe to after each CONNACK, the command topic first.
    pub fn subscriptions(&self) -> Vec<String> {
        let mut filters = vec![self.settings.topics().command()];
        if self.settings.form != DiscoveryForm::Off {
            filters.push(self.settings.discovery.status());
        }
        filters.extend(self.reminders());
        filters
    }

    /// Filters that are needed until the session is settled: the broker tells by them what earlier runs left there.
    pub fn reminders(&self) -> Vec<String> {
        let mut filters = self.settings.discovery.config_filters().to_vec();
        filters.push(self.settings.topics().targets_filter());
        filters
    }

    /// The connection stands: everything is published anew.
    pub fn handle_connected(&mut self) {
        self.phase = Phase::Settling;
        self.due = Due { all: true, discovery: true, ..self.due };
    }

    /// The broker has told what stands there; discovery may be published.
    pub fn handle_settled(&mut self) {
        if self.phase == Phase::Settling {
            self.phase = Phase::Settled;
        }
    }

    /// The connection is gone: what was under way may or may not have arrived.
    pub fn handle_disconnected(&mut self) {
        self.phase = Phase::Disconnected;
        if let Some(UnderWay::Discovery { emptied, .. }) = self.under_way.take() {
            self.old_targets.extend(emptied);
        }
    }

    /// The state changed, or a cycle is over.
    pub fn handle_snapshot(&mut self, snapshot: Arc<StateSnapshot>) {
        let new_hosts = hosts(&snapshot);
        let was_certain = self.is_certain();
        if new_hosts != self.hosts {
            self.old_targets.extend(self.hosts.iter().map(|host| slug(host)));
            self.old_targets.retain(|old| new_hosts.iter().all(|host| slug(host) != *old));
            self.hosts = new_hosts;
            self.due.discovery = true;
        }
        self.current = snapshot;
        self.due.discovery |= self.is_certain() != was_certain;
        self.due.state = true;
    }

    /// An event happened; `json` is its payload.
    pub fn handle_event(&mut self, json: Arc<str>) {
        if self.events.len() >= MAX_EVENTS {
            // Those under way are removed when they are acknowledged.
            let oldest = if let Some(UnderWay::Events(n)) = self.under_way { n } else { 0 };
            self.events.remove(oldest);
            self.dropped_events += 1;
        }
        self.events.push_back(json);
    }

    /// A message came from the broker. Whatever is unknown or malformed is ignored.
    pub fn handle_message(&mut self, topic: &[u8], payload: &[u8], is_retained: bool) -> Option<MqttWish> {
        let topic = str::from_utf8(topic).ok()?;
        if topic == self.settings.topics().command() {
            // A retained command would be carried out again at each connection.
            return if is_retained { None } else { MqttCommand::parse(payload).map(MqttWish::Command) };
        }
        if topic == self.settings.discovery.status() {
            return (!is_retained && payload == ONLINE.as_bytes()).then_some(MqttWish::Refresh);
        }
        if self.phase == Phase::Settled || !is_retained || payload.is_empty() {
            return None;
        }
        if let Some(old) = self.settings.topics().target_slug(topic) {
            let is_current = self.hosts.iter().any(|host| slug(host) == old);
            if !is_current && self.old_targets.len() < MAX_OLD_TARGETS {
                self.old_targets.insert(old.to_owned());
            }
            return Some(MqttWish::Found);
        }
        self.known.insert(self.settings.discovery.parse_config(topic)?, payload);
        Some(MqttWish::Found)
    }

    /// Publishes everything again, as after a start of Home Assistant.
    pub fn handle_refresh(&mut self) {
        self.due.discovery = true;
        self.due.state = true;
    }

    /// Messages to publish now; `None` while a batch is under way, without a connection, and where nothing is due.
    /// [`Self::handle_delivered`] or [`Self::handle_disconnected`] ends the batch.
    pub fn next_batch(&mut self) -> Option<Vec<MqttMessage>> {
        if self.phase == Phase::Disconnected || self.under_way.is_some() {
            return None;
        }
        if self.due.all {
            self.due.all = false;
            self.due.state = false;
            self.under_way = Some(UnderWay::State);
            let mut messages = self.state_messages();
            // After the state, so that nobody takes an old state for a new one.
            messages.push(self.availability(ONLINE));
            return Some(messages);
        }
        if self.due.discovery && self.phase == Phase::Settled {
            self.due.discovery = false;
            if let Some(messages) = self.discovery_messages() {
                return Some(messages);
            }
        }
        if self.due.state {
            self.due.state = false;
            self.under_way = Some(UnderWay::State);
            return Some(self.state_messages());
        }
        let n = self.events.len().min(EVENT_BATCH);
        if n == 0 {
            return None;
        }
        self.under_way = Some(UnderWay::Events(n));
        let topic = self.settings.topics().event();
        let message = |json: &Arc<str>| MqttMessage::passing(topic.clone(), Arc::clone(json));
        Some(self.events.iter().take(n).map(message).collect())
    }

    /// The broker has acknowledged the batch.
    pub fn handle_delivered(&mut self) {
        match self.under_way.take() {
            Some(UnderWay::Discovery { known, .. }) => self.known = known,
            Some(UnderWay::Events(n)) => {
                self.events.drain(..n.min(self.events.len()));
            }
            Some(UnderWay::State) | None => {}
        }
    }

    /// Message that ends a session on purpose.
    pub fn farewell(&self) -> MqttMessage {
        self.availability(OFFLINE)
    }

    /// Events that wait for delivery.
    pub fn n_waiting(&self) -> usize {
        self.events.len()
    }

    /// Events that were dropped because too many waited.
    pub fn n_dropped(&self) -> u64 {
        self.dropped_events
    }

    /// True once the far hosts are known for certain: a document before the first cycle may not name them.
    fn is_certain(&self) -> bool {
        self.current.document.last_check.is_some()
    }

    fn availability(&self, payload: &str) -> MqttMessage {
        MqttMessage::retained(self.settings.topics().availability(), Arc::from(payload))
    }

    fn state_messages(&self) -> Vec<MqttMessage> {
        let topics = self.settings.topics();
        let document = &self.current.document;
        let is_measured = !matches!(document.state, State::NotMonitored(_));
        let target = |target: &TargetState| {
            let json = state_json::target(&if is_measured {
                target.clone()
            } else {
                TargetState { is_up: None, rtt: None, ..target.clone() }
            });
            MqttMessage::retained(topics.target(&slug(&target.host.to_string())), Arc::from(json.to_string()))
        };
        let mut messages = vec![MqttMessage::retained(topics.state(), Arc::clone(&self.current.json))];
        messages.extend(document.targets.iter().map(target));
        messages
    }

    /// Discovery messages, and empty ones for the states of far hosts that are gone. `None` where there is nothing.
    fn discovery_messages(&mut self) -> Option<Vec<MqttMessage>> {
        let line = DiscoveredLine {
            topics: &self.settings.discovery,
            input: &self.settings.input,
            hosts: &self.hosts,
            may_remove_targets: self.is_certain(),
        };
        let plan = plan(line, self.settings.form, &self.known);
        let mut messages = plan.messages;
        let emptied = if self.is_certain() { std::mem::take(&mut self.old_targets) } else { BTreeSet::new() };
        let topics = self.settings.topics();
        messages.extend(emptied.iter().map(|slug| MqttMessage::retained(topics.target(slug), Arc::from(""))));
        if messages.is_empty() {
            self.known = plan.known;
            return None;
        }
        self.under_way = Some(UnderWay::Discovery { known: plan.known, emptied });
        Some(messages)
    }
}

fn hosts(snapshot: &StateSnapshot) -> Vec<String> {
    snapshot.document.targets.iter().map(|target| target.host.to_string()).collect()
}

#[cfg(test)]
mod tests;
