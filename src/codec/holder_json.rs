//! Holder of the lock of a log folder, as one line of JSON.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use crate::model::time::Timestamp;

/// A running monitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The system's number of its process.
    pub pid: u32,
    /// Time at which it started.
    pub started: Timestamp,
    /// True if it takes one look and is gone in some seconds.
    pub is_look: bool,
}

/// One line, LF included.
pub fn render(holder: Holder) -> String {
    let started = holder.started.to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut value = json!({ "pid": holder.pid, "started": started });
    if let Some(object) = value.as_object_mut().filter(|_| holder.is_look) {
        object.insert("look".into(), true.into());
    }
    format!("{value}\n")
}

/// Reads such a line; `None` when it is none.
pub fn parse(text: &str) -> Option<Holder> {
    let value: Value = serde_json::from_str(text).ok()?;
    let pid = value.get("pid")?.as_u64()?.try_into().ok()?;
    let started = value.get("started")?.as_str()?.parse().ok()?;
    let is_look = value.get("look").and_then(Value::as_bool).unwrap_or(false);
    Some(Holder { pid, started, is_look })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_reads_back_as_itself() {
        let holder = Holder { pid: 4711, started: "2025-10-02T12:35:02.123Z".parse().unwrap(), is_look: false };
        assert_eq!("{\"pid\":4711,\"started\":\"2025-10-02T12:35:02.123Z\"}\n", render(holder));
        assert_eq!(Some(holder), parse(&render(holder)));
        let look = Holder { is_look: true, ..holder };
        assert_eq!(Some(look), parse(&render(look)));
    }

    #[test]
    fn anything_else_is_no_holder() {
        for text in
            ["", "4711", "{}", "{\"pid\":-1,\"started\":\"2025-10-02T12:35:02Z\"}", "{\"pid\":1,\"started\":\"x\"}"]
        {
            assert_eq!(None, parse(text), "{text}");
        }
    }
}
