//! Messages about the line, for webhooks, mail and the journal of messages that are not delivered yet.
//!
//! As JSON a message is one flat object, version 1: `version`, `id`, `site`, `event_type`, `time`, `severity`, `title`,
//! `body`, and the fields of the event, such as `outage`. Times are RFC 3339 in UTC with milliseconds.

use serde_json::{Map, Value, json};

use super::json_value::time;
use crate::model::time::Timestamp;

/// Version of the object. A reader refuses a higher one.
pub const VERSION: u64 = 1;

/// Event that a message tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageKind {
    /// An outage has begun.
    OutageStarted,
    /// An outage is over.
    OutageEnded,
    /// Short interruptions follow each other.
    Intermittent,
    /// A fault that is no outage begins or ends.
    Notice,
    /// A warning of the monitor.
    Warning,
    /// A monthly report is written.
    Report,
    /// Several events in one message.
    Digest,
    /// Asked for by the user.
    Test,
}

impl MessageKind {
    /// Every value, in declaration order.
    pub const ALL: &'static [Self] = &[
        Self::OutageStarted,
        Self::OutageEnded,
        Self::Intermittent,
        Self::Notice,
        Self::Warning,
        Self::Report,
        Self::Digest,
        Self::Test,
    ];

    /// Spelling in JSON and, but for `digest` and `test`, in the setting `notify_events`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutageStarted => "outage_started",
            Self::OutageEnded => "outage_ended",
            Self::Intermittent => "intermittent",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Report => "report",
            Self::Digest => "digest",
            Self::Test => "test",
        }
    }
}

/// Urgency of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageLevel {
    /// For information.
    Info,
    /// A fault is over.
    Resolved,
    /// Something does not work as it should.
    Warning,
    /// The line is down.
    Critical,
}

impl MessageLevel {
    /// Every value, in declaration order.
    pub const ALL: &'static [Self] = &[Self::Info, Self::Resolved, Self::Warning, Self::Critical];

    /// Spelling in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Resolved => "resolved",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct NotifyMessage {
    /// Identifier, the same for every try and after a restart; receivers recognize repetitions by it. ASCII letters,
    /// digits, `-` and `_`.
    pub id: String,
    /// Event.
    pub kind: MessageKind,
    /// Identifier of the line.
    pub site: String,
    /// Time at which the event became certain.
    pub time: Timestamp,
    /// Urgency.
    pub level: MessageLevel,
    /// One line.
    pub title: String,
    /// Lines of text.
    pub body: String,
    /// One line for a digest.
    pub line: String,
    /// Further fields of the object, such as `outage`.
    pub event: Map<String, Value>,
}

/// Fields of every message.
const COMMON: &[&str] = &["version", "id", "site", "event_type", "time", "severity", "title", "body", "line"];

impl NotifyMessage {
    /// The message as one object.
    pub fn to_json(&self) -> Value {
        let mut object = json!({
            "version": VERSION,
            "id": self.id,
            "site": self.site,
            "event_type": self.kind.as_str(),
            "time": time(self.time),
            "severity": self.level.as_str(),
            "title": self.title,
            "body": self.body,
            "line": self.line,
        });
        if let Value::Object(fields) = &mut object {
            let own = self.event.iter().filter(|(key, _)| !COMMON.contains(&key.as_str()));
            fields.extend(own.map(|(key, value)| (key.clone(), value.clone())));
        }
        object
    }

    /// Reads such an object. `None` for anything else and for a higher version.
    pub fn from_json(value: &Value) -> Option<Self> {
        let fields = value.as_object()?;
        let text = |key: &str| fields.get(key).and_then(Value::as_str);
        if fields.get("version")?.as_u64()? > VERSION {
            return None;
        }
        let (kind, level) = (text("event_type")?, text("severity")?);
        let event = fields.iter().filter(|(key, _)| !COMMON.contains(&key.as_str()));
        Some(Self {
            id: text("id")?.to_owned(),
            kind: *MessageKind::ALL.iter().find(|known| known.as_str() == kind)?,
            site: text("site")?.to_owned(),
            time: text("time")?.parse().ok()?,
            level: *MessageLevel::ALL.iter().find(|known| known.as_str() == level)?,
            title: text("title")?.to_owned(),
            body: text("body")?.to_owned(),
            line: text("line")?.to_owned(),
            event: event.map(|(key, value)| (key.clone(), value.clone())).collect(),
        })
    }

    /// Title and body, separated by an empty line, cut to so many characters.
    pub fn text(&self, max_chars: usize) -> String {
        cut(&format!("{}\n\n{}", self.title, self.body), max_chars)
    }
}

/// The text itself, or its beginning and `…`, together `max_chars` characters.
pub fn cut(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    let kept: String = text.chars().take(max_chars.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
impl NotifyMessage {
    /// A message with every field, for tests.
    pub(crate) fn example() -> Self {
        let outage = json!({ "duration_s": 94.2 });
        Self {
            id: "home-1764381600000-outage_ended".into(),
            kind: MessageKind::OutageEnded,
            site: "home".into(),
            // 2026-11-29T01:02:03.500Z
            time: Timestamp::from_timestamp_millis(1_795_914_123_500).unwrap_or_default(),
            level: MessageLevel::Resolved,
            title: "[home] Internet back after 1 min 34 s".into(),
            body: "Fault: Access line <a> & *b*".into(),
            line: "02:00:29, 1 min 34 s".into(),
            event: Map::from_iter([("outage".to_owned(), outage)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_back_from_json() {
        let message = NotifyMessage::example();
        let json = message.to_json();
        assert_eq!(Some(message), NotifyMessage::from_json(&json));
        assert_eq!("2026-11-29T01:02:03.500Z", json["time"]);
        assert_eq!("94.2", json["outage"]["duration_s"].to_string());
        for kind in MessageKind::ALL {
            let json = NotifyMessage { kind: *kind, ..NotifyMessage::example() }.to_json();
            assert_eq!(Some(*kind), NotifyMessage::from_json(&json).map(|message| message.kind));
        }
    }

    #[test]
    fn what_is_no_message_is_none() {
        let mut json = NotifyMessage::example().to_json();
        json["version"] = 2.into();
        assert_eq!(None, NotifyMessage::from_json(&json));
        json["version"] = 1.into();
        json["event_type"] = "other".into();
        assert_eq!(None, NotifyMessage::from_json(&json));
        assert_eq!(None, NotifyMessage::from_json(&Value::Null));
    }

    #[test]
    fn a_long_text_is_cut_by_characters() {
        assert_eq!("äöü", cut("äöü", 3));
        assert_eq!("ä…", cut("äöü", 2));
        assert_eq!("[home] Int…", NotifyMessage::example().text(11));
    }
}
