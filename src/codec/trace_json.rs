//! A trace as JSON, for `--json`, the HTTP interface and evidence packs. Stable: keys are added, never changed.
//!
//! | key | what |
//! |---|---|
//! | `target`, `name`, `protocol`, `rounds` | the address traced, its name as given, `icmp`, `udp` or `tcp:443`, rounds begun |
//! | `tried` | protocols tried beside it because that one did not reach the target |
//! | `started_utc`, `ended_utc`, `duration_s` | RFC 3339 with milliseconds; seconds by the monotonic clock |
//! | `end` | `reached`, `reached_by`, `unreachable`, `silent`, `local_fault` or `not_measured` |
//! | `end_detail` | what belongs to it: `protocol`, or `from`, `icmp_type` and `icmp_code`, or `reason`; else `null` |
//! | `reached` | whether the target answered, by whatever protocol |
//! | `last_answering` | `ttl` and `addr` of the last hop that answered, or `null` |
//! | `hops` | an object each |
//!
//! | key of a hop | what |
//! |---|---|
//! | `ttl`, `hosts` | its distance; who answered, each with `addr`, `n_answers` and `mpls` labels (RFC 4950) |
//! | `sent`, `answered`, `late`, `duplicates` | probes, answers in time, answers too late, answers beyond the first |
//! | `unanswered` | part of the probes that the hop did not answer, 0 to 1; says nothing of the path |
//! | `loss` | loss on the way that persists to the end of the path, 0 to 1 |
//! | `rtt_last_ms`, `rtt_avg_ms`, `rtt_best_ms`, `rtt_worst_ms`, `rtt_stdev_ms` | of the answers in time, milliseconds |
//! | `answers_echo` | whether it answered when asked directly |
//! | `reading`, `reading_text` | what that means: a word, and the end of a sentence about the hop |
//!
//! What was not measured is `null`.

use std::time::Duration;

use serde_json::{Value, json};

use super::json_value::{thousandths, time};
use crate::model::{
    probe::{LocalFault, NotMeasured},
    trace::{Hop, HopHost, MplsLabel, Trace, TraceEnd},
};

/// One object with everything the trace showed.
pub fn to_json(trace: &Trace) -> Value {
    let (end, end_detail) = end(trace.end);
    json!({
        "target": trace.target.to_string(),
        "name": trace.name,
        "protocol": trace.protocol.to_string(),
        "tried": trace.tried.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "rounds": trace.rounds,
        "started_utc": time(trace.started.wall),
        "ended_utc": time(trace.ended.wall),
        "duration_s": thousandths(trace.ended.since(trace.started).as_secs_f64()),
        "end": end,
        "end_detail": end_detail,
        "reached": trace.is_reached(),
        "last_answering": trace.last_answering().map(|(ttl, addr)| json!({ "ttl": ttl, "addr": addr.to_string() })),
        "hops": trace.hops.iter().map(hop).collect::<Vec<_>>(),
    })
}

fn hop(hop: &Hop) -> Value {
    let rtt = |rtt: Option<Duration>| rtt.map(|rtt| thousandths(rtt.as_secs_f64() * 1000.0));
    json!({
        "ttl": hop.ttl,
        "hosts": hop.hosts.iter().map(host).collect::<Vec<_>>(),
        "sent": hop.sent,
        "answered": hop.answered,
        "late": hop.late,
        "duplicates": hop.duplicates,
        "unanswered": hop.unanswered().map(millionths),
        "loss": hop.loss.map(millionths),
        "rtt_last_ms": rtt(hop.rtt.map(|rtt| rtt.last)),
        "rtt_avg_ms": rtt(hop.rtt.map(|rtt| rtt.avg)),
        "rtt_best_ms": rtt(hop.rtt.map(|rtt| rtt.best)),
        "rtt_worst_ms": rtt(hop.rtt.map(|rtt| rtt.worst)),
        "rtt_stdev_ms": rtt(hop.rtt.map(|rtt| rtt.stdev)),
        "answers_echo": hop.answers_echo,
        "reading": hop.reading.as_str(),
        "reading_text": hop.reading.explain(),
    })
}

fn host(host: &HopHost) -> Value {
    json!({
        "addr": host.addr.to_string(),
        "n_answers": host.n_answers,
        "mpls": host.labels.iter().copied().map(label).collect::<Vec<_>>(),
    })
}

fn label(label: MplsLabel) -> Value {
    json!({ "label": label.label, "class": label.class, "is_last": label.is_last, "ttl": label.ttl })
}

fn end(end: TraceEnd) -> (&'static str, Option<Value>) {
    match end {
        TraceEnd::Reached => ("reached", None),
        TraceEnd::ReachedBy(protocol) => ("reached_by", Some(json!({ "protocol": protocol.to_string() }))),
        TraceEnd::Unreachable { from, icmp_type, code } => {
            ("unreachable", Some(json!({ "from": from.to_string(), "icmp_type": icmp_type, "icmp_code": code })))
        }
        TraceEnd::Silent => ("silent", None),
        TraceEnd::Local(fault) => {
            let reason = match fault {
                LocalFault::NoRoute => "no_route",
                LocalFault::LinkDown => "link_down",
                LocalFault::NeighbourSilent => "neighbour_silent",
            };
            ("local_fault", Some(json!({ "reason": reason })))
        }
        TraceEnd::NotMeasured(why) => {
            let reason = match why {
                NotMeasured::NoPermission => "no_permission",
                NotMeasured::NoResources => "no_resources",
                NotMeasured::NoRoots => "no_roots",
                NotMeasured::Unsupported => "unsupported",
            };
            ("not_measured", Some(json!({ "reason": reason })))
        }
    }
}

fn millionths(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        host::Host,
        time::Stamp,
        trace::{HopReading, RttFigures, TraceProtocol},
    };

    fn stamp(at: &str, mono: u64) -> Stamp {
        Stamp { wall: at.parse().unwrap(), mono: Duration::from_millis(mono) }
    }

    fn trace(hops: Vec<Hop>, end: TraceEnd) -> Trace {
        Trace {
            target: Host::new("2001:db8::1".parse().unwrap()),
            name: "far.example".into(),
            protocol: TraceProtocol::Tcp(443),
            started: stamp("2025-10-02T12:35:02.1234Z", 500),
            ended: stamp("2025-10-02T12:35:07Z", 5_250),
            rounds: 3,
            hops,
            end,
            tried: vec![TraceProtocol::Icmp],
        }
    }

    fn a_hop() -> Hop {
        let ms = Duration::from_micros;
        let labels = vec![MplsLabel { label: 24011, class: 0, is_last: true, ttl: 1 }];
        Hop {
            ttl: 3,
            hosts: vec![HopHost { addr: "192.0.2.3".parse().unwrap(), n_answers: 2, labels }],
            sent: 3,
            answered: 2,
            late: 1,
            duplicates: 4,
            rtt: Some(RttFigures { last: ms(1234), avg: ms(1500), best: ms(1), worst: ms(2999), stdev: ms(0) }),
            loss: Some(0.0),
            answers_echo: Some(true),
            reading: HopReading::Limits,
        }
    }

    #[test]
    fn every_figure_of_a_hop_is_there() {
        let value = to_json(&trace(vec![a_hop()], TraceEnd::ReachedBy(TraceProtocol::Icmp)));
        let expected = json!({
            "target": "2001:db8::1",
            "tried": ["icmp"],
            "name": "far.example",
            "protocol": "tcp:443",
            "rounds": 3,
            "started_utc": "2025-10-02T12:35:02.123Z",
            "ended_utc": "2025-10-02T12:35:07.000Z",
            "duration_s": 4.75,
            "end": "reached_by",
            "end_detail": { "protocol": "icmp" },
            "reached": true,
            "last_answering": { "ttl": 3, "addr": "192.0.2.3" },
            "hops": [{
                "ttl": 3,
                "hosts": [{
                    "addr": "192.0.2.3",
                    "n_answers": 2,
                    "mpls": [{ "label": 24011, "class": 0, "is_last": true, "ttl": 1 }],
                }],
                "sent": 3,
                "answered": 2,
                "late": 1,
                "duplicates": 4,
                "unanswered": 0.333_333,
                "loss": 0.0,
                "rtt_last_ms": 1.234,
                "rtt_avg_ms": 1.5,
                "rtt_best_ms": 0.001,
                "rtt_worst_ms": 2.999,
                "rtt_stdev_ms": 0.0,
                "answers_echo": true,
                "reading": "limits_answers",
                "reading_text": "answers some probes and passes all on; no loss",
            }],
        });
        assert_eq!(expected, value);
    }

    #[test]
    fn what_was_not_measured_is_null() {
        let silent =
            Hop { hosts: Vec::new(), sent: 0, answered: 0, rtt: None, loss: None, answers_echo: None, ..a_hop() };
        let value = to_json(&trace(vec![silent], TraceEnd::Silent));
        let hop = &value["hops"][0];
        for key in ["unanswered", "loss", "rtt_last_ms", "rtt_avg_ms", "rtt_stdev_ms", "answers_echo"] {
            assert_eq!(Some(&Value::Null), hop.get(key), "{key}");
        }
        assert_eq!(
            (&json!("silent"), &Value::Null, &Value::Null),
            (&value["end"], &value["end_detail"], &value["last_answering"])
        );
        assert_eq!(json!(false), value["reached"]);
    }

    #[test]
    fn every_end_has_its_own_word() {
        let from = "192.0.2.9".parse().unwrap();
        let ends = [
            (TraceEnd::Reached, "reached", Value::Null),
            (
                TraceEnd::Unreachable { from, icmp_type: 3, code: 1 },
                "unreachable",
                json!({ "from": "192.0.2.9", "icmp_type": 3, "icmp_code": 1 }),
            ),
            (TraceEnd::Local(LocalFault::NoRoute), "local_fault", json!({ "reason": "no_route" })),
            (TraceEnd::NotMeasured(NotMeasured::NoPermission), "not_measured", json!({ "reason": "no_permission" })),
        ];
        for (end, word, detail) in ends {
            let value = to_json(&trace(Vec::new(), end));
            assert_eq!((&json!(word), &detail), (&value["end"], &value["end_detail"]));
        }
    }
}
