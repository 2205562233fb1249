//! Events as JSON, for `--json`, the HTTP interface and whoever listens.
//!
//! One object an event. `event` says which; `at` is when. Times are RFC 3339 in UTC with milliseconds, durations
//! seconds with at most three decimals, and what was not measured is `null`. Fields of a row have the names of the
//! columns of `netlog.csv`.

use serde_json::{Map, Value, json};

use super::{
    json_value::{millis, seconds, stamp, thousandths, time},
    trace_json,
};
use crate::model::{
    charge::Charged,
    event::Event,
    host::Host,
    ledger::{Outage, Segment, State},
    row::{HostRtt, Row, Tally},
    time::Stamp,
    trace::HopChange,
    verdict::{Evidence, FaultDomain, RootCause, Verdict},
};

/// One object that says what happened.
pub fn to_json(event: &Event) -> Value {
    match event {
        Event::Started(at) => object("started", *at, json!({})),
        Event::Gateway(at, host) => object("gateway", *at, json!({ "gateway": host.map(|host| host.to_string()) })),
        Event::Suspected(at) => object("suspected", *at, json!({})),
        Event::Confirmed(at, verdict) => object("confirmed", *at, merged([claim(verdict), cannot_establish(verdict)])),
        Event::State(at, state, verdict) => object(
            "state",
            *at,
            merged([state_fields(*at, *state), claim(verdict), cannot_establish(verdict), state_domain(*state)]),
        ),
        Event::Sample(sample) => {
            object("sample", sample.sent, json!({ "host": sample.host.to_string(), "rtt_ms": sample.rtt.map(millis) }))
        }
        Event::Row(row) => {
            with_name("row", merged([json!({ "at": time(row.at) }), row_fields(row), claim(&row.verdict)]))
        }
        Event::OutageOpened(outage, verdict) => object(
            "outage_opened",
            outage.start,
            merged([
                json!({ "id": outage.id, "start": stamp(outage.start) }),
                claim(verdict),
                cannot_establish(verdict),
            ]),
        ),
        Event::OutageClosed(outage) => object("outage_closed", outage_end(outage), closed_fields(outage)),
        Event::Micro(micro) => object(
            "micro_interruption",
            micro.end,
            json!({
                "start": stamp(micro.start),
                "end": stamp(micro.end),
                "duration_s": seconds(micro.end.since(micro.start)),
                "fault_domain": micro.domain.as_str(),
            }),
        ),
        Event::Intermittent(at) => object("intermittent", *at, json!({})),
        Event::Notice(at, domain, active, verdict) => object(
            "notice",
            *at,
            merged([claim(verdict), json!({ "fault_domain": domain.as_str(), "active": active })]),
        ),
        Event::Gap(at, length, reason) => object(
            "gap",
            *at,
            json!({ "start": stamp(*at), "duration_s": seconds(*length), "reason": reason.as_str() }),
        ),
        Event::ClockStep(at, step) => object("clock_step", *at, json!({ "seconds": thousandths(*step) })),
        Event::Trace(at, purpose, trace) => {
            object("trace", *at, merged([json!({ "purpose": purpose.as_str() }), trace_json::to_json(trace)]))
        }
        Event::PathChanged(at, target, changes) => object(
            "path_changed",
            *at,
            json!({ "target": target.to_string(), "hops": changes.iter().map(change).collect::<Vec<_>>() }),
        ),
        Event::IspHops(at, hops) => {
            object("isp_hops", *at, json!({ "hops": hops.iter().map(ToString::to_string).collect::<Vec<_>>() }))
        }
        Event::PublicAddress(at, addr, before) => object(
            "public_address",
            *at,
            json!({ "address": addr.to_string(), "before": before.map(|addr| addr.to_string()) }),
        ),
        Event::Warning(at, text) => object("warning", *at, json!({ "text": text })),
        Event::Stopped(at) => object("stopped", *at, json!({})),
    }
}

fn change(change: &HopChange) -> Value {
    json!({
        "ttl": change.ttl,
        "before": change.before.map(|addr| addr.to_string()),
        "after": change.after.map(|addr| addr.to_string()),
    })
}

fn object(name: &str, at: Stamp, fields: Value) -> Value {
    with_name(name, merged([json!({ "at": stamp(at) }), fields]))
}

fn with_name(name: &str, fields: Value) -> Value {
    merged([json!({ "event": name }), fields])
}

/// All fields of all objects; of fields with the same name the last.
fn merged<const N: usize>(objects: [Value; N]) -> Value {
    let mut all = Map::new();
    for value in objects {
        if let Value::Object(fields) = value {
            all.extend(fields);
        }
    }
    Value::Object(all)
}

fn claim(verdict: &Verdict) -> Value {
    json!({
        "overall_status": verdict.status.as_str(),
        "root_cause_hint": verdict.cause.map(RootCause::as_str),
        "fault_domain": verdict.domain.map(FaultDomain::as_str),
        "confidence": verdict.confidence.as_str(),
        "evidence": verdict.evidence.iter().map(|code| Evidence::as_str(*code)).collect::<Vec<_>>(),
        "last_hop": verdict.last_hop.map(|hop| json!({ "ttl": hop.ttl, "address": hop.addr.to_string() })),
    })
}

fn cannot_establish(verdict: &Verdict) -> Value {
    json!({ "cannot_establish": verdict.cannot_establish() })
}

fn state_fields(since: Stamp, state: State) -> Value {
    let word = match state {
        State::Up => "up",
        State::Degraded => "degraded",
        State::Down(_) => "down",
        State::NotMonitored(reason) => {
            return json!({ "since": stamp(since), "state": "not_monitored", "reason": reason.as_str() });
        }
    };
    json!({ "since": stamp(since), "state": word })
}

/// The state's own fault domain is the one the ledger books.
fn state_domain(state: State) -> Value {
    match state {
        State::Down(domain) => json!({ "fault_domain": domain.as_str() }),
        State::Up | State::Degraded | State::NotMonitored(_) => json!({}),
    }
}

/// The end, or the last that is known of an outage without one.
fn outage_end(outage: &Outage) -> Stamp {
    outage.end.or_else(|| outage.segments.last().map(|segment| segment.start)).unwrap_or(outage.start)
}

fn closed_fields(outage: &Outage) -> Value {
    let end = outage_end(outage);
    let segment = |((segment, _), charged): ((Segment, Stamp), Option<Charged>)| {
        json!({
            "start": stamp(segment.start),
            "fault_domain": segment.domain.as_str(),
            "charged": charged.map(Charged::as_str),
        })
    };
    let segments: Vec<_> = outage.spans(end).zip(outage.charged(end)).map(segment).collect();
    json!({
        "id": outage.id,
        "start": stamp(outage.start),
        "end": outage.end.map(stamp),
        "duration_s": seconds(outage.length(end)),
        "uncertainty_s": seconds(outage.uncertainty),
        "fault_domain": outage.domain(end).map(FaultDomain::as_str),
        "cut_by_gap": outage.cut_by_gap,
        "segments": segments,
    })
}

fn row_fields(row: &Row) -> Value {
    merged([measured_fields(row), quality_fields(row)])
}

fn measured_fields(row: &Row) -> Value {
    json!({
        "utc_timestamp": time(row.at),
        "seq": row.seq,
        "since_utc": row.since.map(time),
        "gap": row.gap.map(|(reason, since)| json!({ "reason": reason.as_str(), "start": time(since) })),
        "clock_step": row.clock_step.map(thousandths),
        "gateway_ms": row.gateway_rtt.map(millis),
        "targets_reachable": tally(row.targets_tally()),
        "targets_detail": row.targets.iter().map(host_rtt).collect::<Vec<_>>(),
        "isp_reachable": row.isp_tally().map(tally),
        "isp_detail": row.isp_hops.iter().map(host_rtt).collect::<Vec<_>>(),
        "dns_ok": row.dns_ok,
        "http_dns_ok": row.http_dns_ok,
        "http_ip_ok": row.http_ip_ok,
        "tcp443_ok": row.tcp_ok,
        "isp_tcp_ok": row.isp_tcp_ok,
        "ipv6_ok": row.ipv6_ok,
    })
}

fn quality_fields(row: &Row) -> Value {
    json!({
        "loss_pct": row.loss.map(|loss| thousandths(loss * 100.0)),
        "rtt_p50_ms": row.rtt_p50.map(millis),
        "rtt_p95_ms": row.rtt_p95.map(millis),
        "jitter_ms": row.jitter.map(millis),
        "resolver_detail": row.resolvers.iter().map(resolver).collect::<Vec<_>>(),
        "link": row.link,
        "clock_offset_ms": row.clock_offset.map(|offset| thousandths(offset * 1000.0)),
        "cycle_ms": row.cycle_time.map(millis),
        "trace_file": text(&row.trace_file),
        "intensive_trace_bundle": row.intensive_traces,
        "wan_diag_file": text(&row.wan_diag_file),
        "baseline_mtr_bundle": row.baseline_traces,
    })
}

fn host_rtt((host, rtt): &HostRtt) -> Value {
    json!({ "host": host.to_string(), "rtt_ms": rtt.map(millis) })
}

fn resolver((host, outcome): &(Host, String)) -> Value {
    json!({ "host": host.to_string(), "outcome": outcome })
}

fn tally(tally: Tally) -> Value {
    json!({ "up": tally.up, "total": tally.total })
}

fn text(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
