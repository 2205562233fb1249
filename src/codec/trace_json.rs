//! A trace as JSON. Loss and "unanswered" are parts of 1, RTTs milliseconds; what was not measured is `null`.

use std::time::Duration;

use chrono::SecondsFormat;
use serde_json::{Value, json};

use crate::model::{
    time::Stamp,
    trace::{Hop, HopHost, MplsLabel, RttFigures, Trace, TraceEnd},
};

/// One object with every figure of the hop table.
pub fn value(trace: &Trace) -> Value {
    json!({
        "target": trace.target.to_string(),
        "name": trace.name,
        "protocol": trace.protocol.to_string(),
        "tried": trace.tried.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "started": time(trace.started),
        "ended": time(trace.ended),
        "rounds": trace.rounds,
        "end": end(trace.end),
        "hops": trace.hops.iter().map(hop).collect::<Vec<_>>(),
    })
}

fn time(at: Stamp) -> String {
    at.wall.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn end(end: TraceEnd) -> Value {
    match end {
        TraceEnd::Reached => json!({ "how": "reached" }),
        TraceEnd::ReachedBy(protocol) => json!({ "how": "reached_by", "protocol": protocol.to_string() }),
        TraceEnd::Unreachable { from, icmp_type, code } => {
            json!({ "how": "unreachable", "from": from.to_string(), "icmp_type": icmp_type, "icmp_code": code })
        }
        TraceEnd::Silent => json!({ "how": "silent" }),
        TraceEnd::Local(_) => json!({ "how": "not_sent" }),
        TraceEnd::NotMeasured(_) => json!({ "how": "not_measured" }),
    }
}

fn hop(hop: &Hop) -> Value {
    let millis = |figure: fn(&RttFigures) -> Duration| hop.rtt.as_ref().map(|rtt| thousandths(figure(rtt)));
    json!({
        "ttl": hop.ttl,
        "hosts": hop.hosts.iter().map(host).collect::<Vec<_>>(),
        "sent": hop.sent,
        "answered": hop.answered,
        "late": hop.late,
        "duplicates": hop.duplicates,
        "loss": hop.loss,
        "unanswered": hop.unanswered(),
        "rtt_last_ms": millis(|rtt| rtt.last),
        "rtt_avg_ms": millis(|rtt| rtt.avg),
        "rtt_best_ms": millis(|rtt| rtt.best),
        "rtt_worst_ms": millis(|rtt| rtt.worst),
        "rtt_stdev_ms": millis(|rtt| rtt.stdev),
        "answers_echo": hop.answers_echo,
        "reading": hop.reading.as_str(),
        "means": hop.reading.explain(),
    })
}

fn host(host: &HopHost) -> Value {
    json!({
        "address": host.addr.to_string(),
        "answers": host.n_answers,
        "mpls": host.labels.iter().map(label).collect::<Vec<_>>(),
    })
}

fn label(label: &MplsLabel) -> Value {
    json!({ "label": label.label, "class": label.class, "last": label.is_last, "ttl": label.ttl })
}

/// Milliseconds with three decimals.
fn thousandths(rtt: Duration) -> f64 {
    (rtt.as_secs_f64() * 1e6).round() / 1e3
}
