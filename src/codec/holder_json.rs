//! Who holds the lock of a log folder, as one line of JSON.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use crate::model::time::Timestamp;

/// A running monitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The system's number of its process.
    pub pid: u32,
    /// When it started.
    pub started: Timestamp,
}

/// One line, LF included.
pub fn render(holder: Holder) -> String {
    let started = holder.started.to_rfc3339_opts(SecondsFormat::Millis, true);
    format!("{}\n", json!({ "pid": holder.pid, "started": started }))
}

/// Reads such a line; `None` when it is none.
pub fn parse(text: &str) -> Option<Holder> {
    let value: Value = serde_json::from_str(text).ok()?;
    let pid = value.get("pid")?.as_u64()?.try_into().ok()?;
    let started = value.get("started")?.as_str()?.parse().ok()?;
    Some(Holder { pid, started })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_reads_back_as_itself() {
        let holder = Holder { pid: 4711, started: "2025-10-02T12:35:02.123Z".parse().unwrap() };
        assert_eq!("{\"pid\":4711,\"started\":\"2025-10-02T12:35:02.123Z\"}\n", render(holder));
        assert_eq!(Some(holder), parse(&render(holder)));
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
