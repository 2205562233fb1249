//! The figures of a log as JSON: what `netlog analyze --json` prints.
//!
//! Times are RFC 3339 in UTC with milliseconds, durations seconds, shares of time and of packets 0..=1 where the name
//! says nothing else. `null` is what the log does not tell. Names may be added, never changed.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    diary_json,
    json_value::{millis, seconds, stamp, thousandths, time},
};
use crate::model::{
    ledger::{GapReason, State},
    summary::{Bucket, Degradation, HostFigures, OutageRecord, Quantiles, RowFigures, Summary},
    verdict::{Confidence, Evidence, FaultDomain, RootCause, Status},
};

/// One object with everything but what reading came to.
pub fn to_json(summary: &Summary) -> Value {
    let bounds = summary.availability_bounds();
    json!({
        "period": {
            "from": summary.period.map(|(from, _)| time(from)),
            "to": summary.period.map(|(_, to)| time(to)),
        },
        "rows": summary.n_rows,
        "coverage": coverage(summary),
        "availability": {
            "percent": percent(summary.availability()),
            "lower": percent(bounds.map(|(lower, _)| lower)),
            "upper": percent(bounds.map(|(_, upper)| upper)),
            "by_rows_percent": percent(summary.availability_by_rows()),
        },
        "outages": summary.outages.iter().enumerate().map(|(idx, record)| outage(idx + 1, record)).collect::<Vec<_>>(),
        "outage_statistics": {
            "count": summary.outages.len(),
            "count_10_s": summary.n_at_least(Duration::from_secs(10)),
            "count_60_s": summary.n_at_least(Duration::from_mins(1)),
            "count_600_s": summary.n_at_least(Duration::from_mins(10)),
            "total_s": seconds(summary.outage_time()),
            "longest_s": summary.longest().map(seconds),
            "mtbf_s": summary.mtbf().map(seconds),
            "mttr_s": summary.mttr().map(seconds),
        },
        "micro_interruptions": summary.micros.iter().map(|micro| json!({
            "start": stamp(micro.start),
            "end": stamp(micro.end),
            "duration_s": seconds(micro.end.since(micro.start)),
            "fault_domain": micro.domain.as_str(),
        })).collect::<Vec<_>>(),
        "intermittent": summary.intermittent.iter().map(|since| stamp(*since)).collect::<Vec<_>>(),
        "degradations": summary.degradations.iter().map(degradation).collect::<Vec<_>>(),
        "notices": summary.notices.iter().map(|notice| json!({
            "start": time(notice.start),
            "end": (!notice.is_open).then(|| time(notice.end)),
            "kind": notice.domain.as_str(),
            "fault_domain": notice.domain.as_str(),
        })).collect::<Vec<_>>(),
        "gaps": summary.gaps.iter().map(|gap| json!({
            "start": stamp(gap.start),
            "end": stamp(gap.end),
            "duration_s": seconds(gap.end.since(gap.start)),
            "reason": gap.reason.as_str(),
        })).collect::<Vec<_>>(),
        "clock_steps": summary.clock_steps.iter().map(|step| json!({
            "at": time(step.at), "seconds": thousandths(step.seconds),
        })).collect::<Vec<_>>(),
        "by_hour": summary.by_hour.iter().enumerate().map(|(hour, figures)| bucket("hour", &json!(hour), figures)).collect::<Vec<_>>(),
        "by_weekday": summary.by_weekday.iter().zip(WEEKDAYS).map(|(figures, day)| bucket("weekday", &json!(day), figures)).collect::<Vec<_>>(),
        "by_day": summary.by_day.iter().map(|(day, figures)| bucket("day", &json!(day.to_string()), figures)).collect::<Vec<_>>(),
        "hosts": summary.hosts.iter().map(host).collect::<Vec<_>>(),
        "isp_hops": summary.isp_hops.iter().map(|hop| json!({
            "host": hop.name, "asked": hop.n, "down": hop.lost,
        })).collect::<Vec<_>>(),
        "last_hops": summary.last_hops.iter().map(|(hop, n)| json!({
            "ttl": hop.ttl, "address": hop.addr.to_string(), "outages": n,
        })).collect::<Vec<_>>(),
        "path_changes": summary.path_changes.as_ref().map(|paths| {
            paths.all.iter().map(diary_json::path_change).collect::<Vec<_>>()
        }),
        "path_changes_from": summary.path_changes.as_ref().map(|paths| paths.source.as_str()),
        "by_rows": by_rows(&summary.by_rows),
    })
}

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

fn coverage(summary: &Summary) -> Value {
    let mut down = Map::new();
    let mut not_monitored = Map::new();
    for (state, length) in &summary.totals {
        match state {
            State::Down(domain) => drop(down.insert(domain.as_str().to_owned(), json!(seconds(*length)))),
            State::NotMonitored(reason) => {
                drop(not_monitored.insert(GapReason::as_str(*reason).to_owned(), json!(seconds(*length))));
            }
            State::Up | State::Degraded => {}
        }
    }
    json!({
        "monitored_s": seconds(summary.monitored()),
        "up_s": seconds(summary.sum(|state| state == State::Up)),
        "degraded_s": seconds(summary.sum(|state| state == State::Degraded)),
        "down_s": seconds(summary.down()),
        "not_monitored_s": seconds(summary.not_monitored()),
        "down_by_domain_s": down,
        "not_monitored_by_reason_s": not_monitored,
    })
}

fn outage(id: usize, record: &OutageRecord) -> Value {
    let outage = &record.outage;
    let ends = outage.segments.iter().skip(1).map(|next| Some(next.start)).chain([outage.end]);
    let segments = outage.segments.iter().zip(ends).map(|(segment, end)| {
        json!({
            "start": stamp(segment.start),
            "end": end.map(stamp),
            "fault_domain": segment.domain.as_str(),
        })
    });
    json!({
        "id": id,
        "start": stamp(outage.start),
        "end": outage.end.map(stamp),
        "duration_s": seconds(record.length()),
        "counted_s": seconds(record.counted),
        "uncertainty_s": seconds(outage.uncertainty),
        "cut_by_gap": outage.cut_by_gap,
        "overall_status": record.status.map(Status::as_str),
        "root_cause_hint": record.cause.map(RootCause::as_str),
        "fault_domain": record.domain().map(FaultDomain::as_str),
        "confidence": record.confidence.map(Confidence::as_str),
        "evidence": codes(&record.evidence),
        "last_hop": record.last_hop.map(|hop| json!({ "ttl": hop.ttl, "address": hop.addr.to_string() })),
        "segments": segments.collect::<Vec<_>>(),
        "files": record.files,
    })
}

fn codes(evidence: &[Evidence]) -> Vec<&'static str> {
    evidence.iter().map(|code| code.as_str()).collect()
}

fn degradation(degradation: &Degradation) -> Value {
    let has = |evidence| degradation.evidence.contains(&evidence);
    let kinds = [(Evidence::LossHigh, "loss"), (Evidence::LatencyHigh, "latency"), (Evidence::JitterHigh, "jitter")];
    let kinds: Vec<&str> = kinds.into_iter().filter(|(evidence, _)| has(*evidence)).map(|(_, kind)| kind).collect();
    json!({
        "start": stamp(degradation.start),
        "end": (!degradation.is_open).then(|| stamp(degradation.end)),
        "duration_s": seconds(degradation.end.since(degradation.start)),
        "kind": kinds.first(),
        "kinds": kinds,
        "fault_domain": degradation.domain.map(FaultDomain::as_str),
        "evidence": codes(&degradation.evidence),
    })
}

fn bucket(name: &str, value: &Value, bucket: &Bucket) -> Value {
    json!({
        name: value,
        "up_s": seconds(bucket.up.saturating_sub(bucket.degraded)),
        "degraded_s": seconds(bucket.degraded),
        "down_s": seconds(bucket.down),
        "not_monitored_s": seconds(bucket.not_monitored),
        "outages": bucket.n_outages,
    })
}

fn host(host: &HostFigures) -> Value {
    json!({
        "host": host.name,
        "samples": host.n,
        "lost": host.lost,
        "loss": ratio(host.lost, host.n),
        "loss_95_percent": [host.loss_bounds.0, host.loss_bounds.1],
        "rtt_ms": host.rtt.as_ref().map(quantiles),
    })
}

fn quantiles(rtt: &Quantiles) -> Value {
    json!({
        "min": millis(rtt.min),
        "mean": millis(rtt.mean),
        "p50": millis(rtt.p50),
        "p95": millis(rtt.p95),
        "p99": millis(rtt.p99),
        "max": millis(rtt.max),
    })
}

fn by_rows(figures: &RowFigures) -> Value {
    let causes = || RowFigures::CAUSES.iter().map(|cause| cause.as_str());
    let by_cause = |counts: &[u64]| -> Map<String, Value> {
        causes().zip(counts).map(|(cause, n)| (cause.to_owned(), json!(n))).collect()
    };
    let runs = causes()
        .zip(&figures.runs)
        .map(|(cause, (n, length))| (cause.to_owned(), json!({ "count": n, "total_s": seconds(*length) })));
    let hours = figures.by_hour.iter().zip(&figures.heat).zip(&figures.isp_down_by_hour).enumerate();
    let hours = hours.map(|(hour, (((rows, bad), heat), isp_down))| {
        json!({ "hour": hour, "rows": rows, "not_ok": bad, "by_hint": by_cause(heat), "isp_down": isp_down })
    });
    let (all, partial, down) = figures.isp_impact;
    json!({
        "ok": figures.n_ok,
        "by_hint": by_cause(&figures.causes),
        "runs_by_hint": runs.collect::<Map<_, _>>(),
        "isp_impact": { "rows": all, "partial": partial, "down": down },
        "by_hour": hours.collect::<Vec<_>>(),
    })
}

fn percent(part: Option<f64>) -> Option<f64> {
    // Two seconds of a year are still seen.
    part.map(|part| (part * 1e8).round() / 1e6)
}

fn ratio(part: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| part as f64 / all as f64)
}
