//! The diary as JSON: fault reports, remarks, changed paths.
//!
//! Times are RFC 3339 in UTC with milliseconds. Names may be added, never changed.

use serde_json::{Value, json};

use super::json_value::time;
use crate::model::{
    diary::{OutageNote, PathChange, Ticket},
    trace::HopChange,
};

/// A fault report.
pub fn ticket(ticket: &Ticket) -> Value {
    json!({
        "id": ticket.id,
        "at": time(ticket.at),
        "number": ticket.number,
        "said": ticket.said,
        "closed": ticket.closed.map(time),
    })
}

/// A remark with its number in the diary.
pub fn note(id: i64, note: &OutageNote) -> Value {
    json!({ "id": id, "outage": time(note.outage), "at": time(note.at), "text": note.text })
}

/// A path that is another than before.
pub fn path_change(change: &PathChange) -> Value {
    let hop = |hop: &HopChange| {
        let addr = |addr: Option<std::net::IpAddr>| addr.map(|addr| addr.to_string());
        json!({ "hop": hop.ttl, "before": addr(hop.before), "after": addr(hop.after) })
    };
    json!({ "at": time(change.at), "host": change.host, "hops": change.hops.iter().map(hop).collect::<Vec<_>>() })
}
