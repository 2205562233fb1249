//! Journal of messages: those that wait for delivery, those held back, and what was told already. One JSON object.
//!
//! A message leaves the journal only after a receiver has confirmed it. A program that ends in between sends it again
//! under the same identifier.

use serde_json::{Map, Value, json};

use super::{json_value::time, notify_message::NotifyMessage};
use crate::model::time::Timestamp;

/// Version of the journal. A reader takes a higher one for none.
const VERSION: u64 = 1;

/// Content of the journal.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NotifyJournal {
    /// Messages that wait for delivery, oldest first, each with the keys of the receivers that have not confirmed it.
    pub pending: Vec<(NotifyMessage, Vec<String>)>,
    /// Messages held back for the end of quiet hours or for a digest, oldest first.
    pub held: Vec<NotifyMessage>,
    /// Identifiers of the newest messages that were taken, oldest first. None of them is taken again.
    pub taken: Vec<String>,
    /// Onset of the outage that was told as begun and not yet as ended.
    pub open: Option<Timestamp>,
    /// Time of the last digest; of the first start before any.
    pub digest_at: Option<Timestamp>,
    /// Newest monthly report that was told: year and month.
    pub report: Option<(i32, u32)>,
}

/// Returns the file.
pub fn render(journal: &NotifyJournal) -> String {
    let pending =
        |(message, sinks): &(NotifyMessage, Vec<String>)| json!({ "message": message.to_json(), "to": sinks });
    let file = json!({
        "version": VERSION,
        "pending": journal.pending.iter().map(pending).collect::<Vec<_>>(),
        "held": journal.held.iter().map(NotifyMessage::to_json).collect::<Vec<_>>(),
        "taken": journal.taken,
        "open": journal.open.map(time),
        "digest_at": journal.digest_at.map(time),
        "report": journal.report.map(|(year, month)| format!("{year:04}-{month:02}")),
    });
    format!("{file}\n")
}

/// Reads the file. Entries that cannot be read are left out; `None` for a text that is no journal of this version.
pub fn parse(text: &str) -> Option<NotifyJournal> {
    let file: Map<String, Value> = serde_json::from_str(text).ok()?;
    if file.get("version")?.as_u64()? != VERSION {
        return None;
    }
    let list = |name: &str| file.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let words = |value: &Value| -> Vec<String> {
        let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let pending = list("pending").iter().filter_map(|entry| {
        let message = NotifyMessage::from_json(entry.get("message")?)?;
        Some((message, words(entry.get("to")?)))
    });
    let at = |name: &str| file.get(name).and_then(Value::as_str).and_then(|text| text.parse().ok());
    let report = file.get("report").and_then(Value::as_str).and_then(|text| {
        let (year, month) = text.split_once('-')?;
        Some((year.parse().ok()?, month.parse().ok()?))
    });
    Some(NotifyJournal {
        pending: pending.collect(),
        held: list("held").iter().filter_map(NotifyMessage::from_json).collect(),
        taken: file.get("taken").map(words).unwrap_or_default(),
        open: at("open"),
        digest_at: at("digest_at"),
        report,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_comes_back() {
        let at = "2026-11-29T01:00:00Z".parse().ok();
        let journal = NotifyJournal {
            pending: vec![(NotifyMessage::example(), vec!["mail".into(), "a1".into()])],
            held: vec![NotifyMessage::example()],
            taken: vec!["x".into()],
            open: at,
            digest_at: at,
            report: Some((2026, 9)),
        };
        assert_eq!(Some(journal.clone()), parse(&render(&journal)));
        assert_eq!(Some(NotifyJournal::default()), parse(&render(&NotifyJournal::default())));
    }

    #[test]
    fn what_cannot_be_read_costs_itself_only() {
        let journal = NotifyJournal { held: vec![NotifyMessage::example()], ..NotifyJournal::default() };
        let text = render(&journal).replace(r#""pending":[]"#, r#""pending":[1,{"message":{}}]"#);
        assert_eq!(Some(journal), parse(&text));
        for bad in ["", "[]", "{}", r#"{"version":2}"#, r#"{"version":1"#] {
            assert_eq!(None, parse(bad), "{bad}");
        }
        assert!(parse(r#"{"version":1,"report":"x"}"#).is_some());
    }
}
