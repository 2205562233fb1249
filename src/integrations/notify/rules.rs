//! Rules of messages: which events are told, when, and in which words. Pure: events and time come in, messages come out.

use std::{collections::BTreeMap, time::Duration};

use chrono::NaiveDateTime;
use serde_json::{Map, Value, json};

use crate::{
    codec::{
        notify_message::{MessageKind, MessageLevel, NotifyMessage},
        state_json,
    },
    model::{
        config::Config,
        event::Event,
        ledger::{Outage, Segment, State, longest},
        state::OutageState,
        time::{Moment, Stamp, Timestamp},
        verdict::{Confidence, Evidence, FaultDomain, Verdict},
    },
    report::{
        lang::Lang,
        message::{DigestEntry, MessageText, MessageWriter},
    },
};

/// Settings of the rules.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSettings {
    /// Identifier of the line.
    pub site: String,
    /// Language.
    pub lang: Lang,
    /// Events that are told.
    pub events: Vec<MessageKind>,
    /// Length from which an outage is told.
    pub min_outage: Duration,
    /// Clean time after which an outage counts as over.
    pub outage_after: Duration,
}

impl RuleSettings {
    /// The settings that the configuration holds.
    pub fn from_config(config: &Config) -> Self {
        let is_wanted = |kind: &&MessageKind| config.notify_events.iter().any(|event| event == kind.as_str());
        Self {
            site: config.site.clone(),
            lang: config.notify_lang.parse().unwrap_or_default(),
            events: MessageKind::ALL.iter().filter(is_wanted).copied().collect(),
            min_outage: config.notify_min_outage_sec,
            outage_after: config.outage_after_sec,
        }
    }
}

/// Outage that lasts.
#[derive(Debug, Clone)]
struct OpenOutage {
    outage: Outage,
    evidence: Vec<Evidence>,
    /// Highest confidence of the verdicts on each part.
    confidence: BTreeMap<FaultDomain, Confidence>,
    is_told: bool,
    /// Monotonic time from which it is certain to be long enough.
    due: Duration,
}

/// State of the rules.
#[derive(Debug)]
pub struct NotifyRules {
    settings: RuleSettings,
    local: fn(Timestamp) -> NaiveDateTime,
    open: Option<OpenOutage>,
    /// Onset of an outage that was told as begun and not as ended by a run before.
    left_open: Option<Timestamp>,
    notices: BTreeMap<FaultDomain, Timestamp>,
    n_warnings: u64,
}

impl NotifyRules {
    /// Begins. `left_open` is the onset of the outage that the journal holds as begun and not ended; `local` gives local
    /// time.
    pub fn new(settings: RuleSettings, local: fn(Timestamp) -> NaiveDateTime, left_open: Option<Timestamp>) -> Self {
        Self { settings, local, open: None, left_open, notices: BTreeMap::new(), n_warnings: 0 }
    }

    /// Onset of the outage that is told as begun and not as ended, for the journal.
    pub fn told_open(&self) -> Option<Timestamp> {
        let told = self.open.as_ref().filter(|open| open.is_told && self.is_wanted(MessageKind::OutageStarted));
        self.left_open.or_else(|| told.map(|open| open.outage.start.wall))
    }

    /// Takes an event; returns the messages that it causes.
    pub fn on_event(&mut self, event: &Event, now: Moment) -> Vec<NotifyMessage> {
        let mut messages = Vec::new();
        match event {
            Event::OutageOpened(outage, verdict) => {
                let is_told = self.left_open.is_some();
                // An outage that is over is known to be only after the clean time: one that is open then has lasted.
                let is_long = self.settings.min_outage <= self.settings.outage_after;
                let wait = if is_long { Duration::ZERO } else { self.settings.min_outage + self.settings.outage_after };
                let mut open = OpenOutage {
                    outage: outage.clone(),
                    evidence: verdict.evidence.clone(),
                    confidence: BTreeMap::new(),
                    is_told,
                    due: outage.start.mono + wait,
                };
                open.learn(verdict);
                self.open = Some(open);
            }
            Event::OutageClosed(outage) => messages.extend(self.closed(outage, now)),
            Event::State(at, State::Down(domain), verdict) => {
                if let Some(open) = &mut self.open {
                    open.learn(verdict);
                    open.enter(*at, *domain);
                }
            }
            Event::State(at, State::Up | State::Degraded, _) if self.open.is_none() => {
                messages.extend(self.end_unknown(at.wall));
            }
            Event::Row(row) => {
                if let Some(open) = self.open.as_mut().filter(|_| row.verdict.is_down()) {
                    open.learn(&row.verdict);
                }
            }
            Event::Intermittent(at) => {
                let text = self.writer().intermittent(at.wall);
                messages.push(self.message(MessageKind::Intermittent, MessageLevel::Warning, at.wall, text, json!({})));
            }
            Event::Notice(at, domain, is_begun, verdict) => {
                messages.extend(self.notice(*at, *domain, *is_begun, verdict));
            }
            Event::Warning(at, warning) => {
                self.n_warnings += 1;
                let text = self.writer().warning(at.wall, warning);
                let event = json!({ "text": warning });
                let mut message = self.message(MessageKind::Warning, MessageLevel::Warning, at.wall, text, event);
                message.id = format!("{}-{}", message.id, self.n_warnings);
                messages.push(message);
            }
            _ => {}
        }
        messages.extend(self.on_time(now));
        messages.retain(|message| self.is_wanted(message.kind));
        messages
    }

    /// Returns the message about an outage that has just lasted long enough.
    pub fn on_time(&mut self, now: Moment) -> Option<NotifyMessage> {
        let open = self.open.as_mut().filter(|open| !open.is_told && now.mono >= open.due)?;
        open.is_told = true;
        let open = open.clone();
        let state = open.state(now.stamp());
        let text = self.writer().outage_started(&state, &open.evidence);
        let event = json!({ "outage": state_json::outage(&state) });
        let mut message = self.message(MessageKind::OutageStarted, MessageLevel::Critical, state.start, text, event);
        message.time = now.wall;
        Some(message).filter(|message| self.is_wanted(message.kind))
    }

    /// Monotonic time of the next message; `None` where none is due.
    pub fn due(&self) -> Option<Duration> {
        self.open.as_ref().filter(|open| !open.is_told).map(|open| open.due)
    }

    /// Returns the message about a monthly report, a file of this name.
    pub fn report(&self, month: chrono::NaiveDate, file: &str, at: Timestamp) -> Option<NotifyMessage> {
        let text = self.writer().report(month, file);
        let event = json!({ "month": month.format("%Y-%m").to_string(), "file": file });
        let message = self.message(MessageKind::Report, MessageLevel::Info, at, text, event);
        Some(message).filter(|message| self.is_wanted(message.kind))
    }

    /// Returns one message of several; a single one as it is.
    pub fn together(&self, mut messages: Vec<NotifyMessage>, now: Timestamp) -> Option<NotifyMessage> {
        if messages.len() < 2 {
            return messages.pop();
        }
        let from = messages.iter().map(|message| message.time).min().unwrap_or(now);
        let entries: Vec<DigestEntry> = messages.iter().map(entry).collect();
        let kinds: Vec<MessageKind> = messages.iter().map(|message| message.kind).collect();
        let level = if kinds.contains(&MessageKind::OutageStarted) {
            MessageLevel::Critical
        } else if kinds.contains(&MessageKind::OutageEnded) {
            MessageLevel::Warning
        } else {
            MessageLevel::Info
        };
        let events: Vec<Value> = messages.iter().map(event_object).collect();
        let text = self.writer().digest(from, &entries);
        Some(self.message(MessageKind::Digest, level, now, text, json!({ "events": events })))
    }

    /// Returns a test message.
    pub fn test(&self, now: Timestamp) -> NotifyMessage {
        self.message(MessageKind::Test, MessageLevel::Info, now, self.writer().test(now), json!({}))
    }

    /// State of the line in one line, for heartbeats.
    pub fn state_text(&self, state: State) -> String {
        self.writer().state(state)
    }

    fn closed(&mut self, outage: &Outage, now: Moment) -> Option<NotifyMessage> {
        let end = outage.end.unwrap_or_else(|| now.stamp());
        let open = self.open.take();
        let is_told = self.left_open.is_none() && open.as_ref().is_some_and(|open| open.is_told);
        let known = open.map(|open| open.confidence).unwrap_or_default();
        if outage.length(end) < self.settings.min_outage && !is_told {
            return self.end_unknown(end.wall);
        }
        self.left_open = None;
        let state = outage_state(outage, end, &known);
        let text = self.writer().outage_ended(&state, outage.cut_by_gap);
        let event = json!({ "outage": state_json::outage(&state), "cut_by_gap": outage.cut_by_gap });
        let level = if outage.cut_by_gap { MessageLevel::Warning } else { MessageLevel::Resolved };
        let mut message = self.message(MessageKind::OutageEnded, level, state.start, text, event);
        message.time = end.wall;
        Some(message)
    }

    /// The message that an outage of a run before is over, where one was told as begun.
    fn end_unknown(&mut self, until: Timestamp) -> Option<NotifyMessage> {
        let start = self.left_open.take()?;
        let text = self.writer().end_unknown(start, until);
        let mut message = self.message(MessageKind::OutageEnded, MessageLevel::Resolved, start, text, json!({}));
        message.time = until;
        Some(message)
    }

    fn notice(&mut self, at: Stamp, domain: FaultDomain, is_begun: bool, verdict: &Verdict) -> Option<NotifyMessage> {
        let at = at.wall;
        let since = if is_begun {
            self.notices.insert(domain, at);
            None
        } else {
            Some(self.notices.remove(&domain)?)
        };
        let text = self.writer().notice(at, domain, since, verdict.confidence, &verdict.evidence);
        let level = if is_begun { MessageLevel::Warning } else { MessageLevel::Resolved };
        let event = json!({ "notice": { "fault_domain": domain.as_str(), "active": is_begun } });
        let mut message = self.message(MessageKind::Notice, level, at, text, event);
        message.id = format!("{}-{}", message.id, domain.as_str());
        Some(message)
    }

    fn is_wanted(&self, kind: MessageKind) -> bool {
        self.settings.events.contains(&kind)
    }

    fn writer(&self) -> MessageWriter<'_> {
        MessageWriter { lang: self.settings.lang, site: &self.settings.site, local: &self.local }
    }

    /// A message whose identifier tells the line, `at` and the event.
    fn message(
        &self,
        kind: MessageKind,
        level: MessageLevel,
        at: Timestamp,
        text: MessageText,
        event: Value,
    ) -> NotifyMessage {
        let site = self.settings.site.clone();
        let MessageText { title, body, line } = text;
        NotifyMessage {
            id: format!("{site}-{}-{}", at.timestamp_millis(), kind.as_str()),
            kind,
            site,
            time: at,
            level,
            title,
            body,
            line,
            event: match event {
                Value::Object(fields) => fields,
                _ => Map::new(),
            },
        }
    }
}

impl OpenOutage {
    fn learn(&mut self, verdict: &Verdict) {
        if let Some(domain) = verdict.domain {
            let known = self.confidence.entry(domain).or_insert(verdict.confidence);
            *known = verdict.confidence.max(*known);
            self.evidence.clone_from(&verdict.evidence);
        }
    }

    /// Another part is broken from `at` on.
    fn enter(&mut self, at: Stamp, domain: FaultDomain) {
        let segments = &mut self.outage.segments;
        if segments.last().is_some_and(|last| last.domain != domain && last.start.mono < at.mono) {
            segments.push(Segment { start: at, domain });
        }
    }

    fn state(&self, now: Stamp) -> OutageState {
        outage_state(&self.outage, now, &self.confidence)
    }
}

/// The outage as messages tell it, up to `now`.
fn outage_state(outage: &Outage, now: Stamp, confidence: &BTreeMap<FaultDomain, Confidence>) -> OutageState {
    let charged = outage.charged(now);
    let lengths = outage.spans(now).map(|(segment, until)| until.since(segment.start));
    let domain = outage.blamed(now);
    OutageState {
        start: outage.start.wall,
        end: outage.end.map(|end| end.wall),
        length: outage.length(now),
        uncertainty: Some(outage.uncertainty),
        domain,
        charged: longest(charged.iter().copied().zip(lengths)).flatten(),
        confidence: domain.and_then(|domain| confidence.get(&domain)).or(confidence.values().max()).copied(),
        segments: outage.segments.iter().copied().zip(charged).collect(),
    }
}

/// The message as an entry of a digest.
fn entry(message: &NotifyMessage) -> DigestEntry {
    let outage = message.event.get("outage").filter(|_| message.kind == MessageKind::OutageEnded);
    let outage = outage.and_then(|outage| {
        let length = Duration::try_from_secs_f64(outage.get("duration_s")?.as_f64()?).ok()?;
        Some((length, outage.get("confidence").and_then(Value::as_str) == Some("low")))
    });
    DigestEntry { line: message.line.clone(), outage }
}

/// The message as an event of a digest: without its texts.
fn event_object(message: &NotifyMessage) -> Value {
    let mut object = message.to_json();
    if let Value::Object(fields) = &mut object {
        fields.retain(|key, _| !["version", "site", "title", "body", "line", "severity"].contains(&key.as_str()));
    }
    object
}

#[cfg(test)]
pub(super) mod tests;
