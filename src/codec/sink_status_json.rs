//! State of the sinks as JSON: `integrations.json` in the log folder and `netlog integrations status --json`.
//!
//! `{"time": "…", "sinks": [{"name": "mqtt", "kind": "mqtt", "state": "working", "last_success": "…", "waiting": 0,
//! "refused": 0, "error": null}]}`. Times are RFC 3339 in UTC; `null` is "not yet" and "no error".

use serde_json::{Value, json};

use super::json_value::time;
use crate::model::{
    sink_status::{SinkKind, SinkState, SinkStatus},
    time::Timestamp,
};

/// Returns the state of the sinks at a time, as one line.
pub fn render(at: Timestamp, sinks: &[SinkStatus]) -> String {
    format!("{}\n", to_json(at, sinks))
}

/// Returns the same as a value.
pub fn to_json(at: Timestamp, sinks: &[SinkStatus]) -> Value {
    let sink = |sink: &SinkStatus| {
        json!({
            "name": sink.name,
            "kind": sink.kind.as_str(),
            "state": sink.state.as_str(),
            "last_success": sink.last_success.map(time),
            "waiting": sink.waiting,
            "refused": sink.refused,
            "error": sink.error,
        })
    };
    json!({ "time": time(at), "sinks": sinks.iter().map(sink).collect::<Vec<_>>() })
}

/// Returns the sinks of such a value. Entries that are none, as of a later version, are left out.
pub fn from_json(value: &Value) -> Vec<SinkStatus> {
    let sink = |value: &Value| {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let number = |key: &str| value.get(key).and_then(Value::as_u64).unwrap_or_default();
        Some(SinkStatus {
            name: text("name")?.to_owned(),
            kind: SinkKind::ALL.iter().copied().find(|kind| text("kind") == Some(kind.as_str()))?,
            state: SinkState::ALL.iter().copied().find(|state| text("state") == Some(state.as_str()))?,
            last_success: text("last_success").and_then(|at| at.parse().ok()),
            waiting: number("waiting"),
            refused: number("refused"),
            error: text("error").map(str::to_owned),
        })
    };
    value.get("sinks").and_then(Value::as_array).into_iter().flatten().filter_map(sink).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let at: Timestamp = "2026-11-10T12:00:00Z".parse().unwrap();
        let mut sinks: Vec<SinkStatus> = Vec::new();
        for (kind, state) in SinkKind::ALL.iter().zip(SinkState::ALL.iter().cycle()) {
            sinks.push(SinkStatus { last_success: Some(at), waiting: 3, ..SinkStatus::new("a", *kind, *state) });
        }
        sinks.push(SinkStatus {
            error: Some("HTTP 500".into()),
            ..SinkStatus::new("b", SinkKind::Mail, SinkState::Failing)
        });
        let mut value = to_json(at, &sinks);
        assert_eq!(sinks, from_json(&value));
        value["sinks"][0]["state"] = "of a later version".into();
        assert_eq!(sinks[1..], from_json(&value));
        assert!(from_json(&json!({ "sinks": 1 })).is_empty());
    }

    #[test]
    fn a_sink_that_has_delivered_nothing_says_null() {
        let at = "2026-11-10T12:00:00Z".parse().unwrap();
        let sinks = [SinkStatus::new("mqtt", SinkKind::Mqtt, SinkState::Waiting)];
        let json = to_json(at, &sinks);
        assert_eq!(
            ("waiting", "mqtt"),
            (json["sinks"][0]["state"].as_str().unwrap(), json["sinks"][0]["name"].as_str().unwrap())
        );
        assert_eq!(
            (Value::Null, Value::Null),
            (json["sinks"][0]["last_success"].clone(), json["sinks"][0]["error"].clone())
        );
        assert_eq!(1, render(at, &sinks).lines().count());
    }
}
