//! The figures of a log as JSON: what `netlog analyze --json` prints.
//!
//! Times are RFC 3339 in UTC with milliseconds, durations seconds, shares of time and of packets 0..=1 where the name
//! says nothing else. `null` is what the log does not tell. Names may be added, never changed.

use std::time::Duration;

use chrono::NaiveDate;
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::{Map, Value, json};

use super::{
    diary_json,
    json_value::{millis, seconds, stamp, thousandths, time},
};
use crate::model::{
    charge::{Charge, Charged},
    degradation::Degradation,
    ledger::{GapReason, State},
    summary::{
        Bucket, ClockStep, Disagreement, Gap, HostFigures, MicroRecord, Notice, OutagePart, OutageRecord, Quantiles,
        RowFigures, SegmentFigures, Share, Summary,
    },
    verdict::{Confidence, Evidence, FaultDomain, LastHop, RootCause, Status},
};

/// Everything but what reading came to, as one object.
///
/// Lists that grow with a log are written item by item, so that a year of outages is never in memory as JSON.
#[derive(Debug, Clone, Copy)]
pub struct SummaryJson<'a>(pub &'a Summary);

impl Serialize for SummaryJson<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let summary = self.0;
        let bounds = summary.availability_bounds();
        let mut map = to.serialize_map(None)?;
        map.serialize_entry(
            "period",
            &json!({
                "from": summary.period.map(|(from, _)| time(from)),
                "to": summary.period.map(|(_, to)| time(to)),
            }),
        )?;
        map.serialize_entry("rows", &summary.n_rows)?;
        map.serialize_entry("demo_rows", &summary.demo.map_or(0, |demo| demo.n))?;
        map.serialize_entry("coverage", &coverage(summary))?;
        map.serialize_entry(
            "availability",
            &json!({
                "percent": percent(summary.availability()),
                "lower": percent(bounds.map(|(lower, _)| lower)),
                "upper": percent(bounds.map(|(_, upper)| upper)),
                "by_rows_percent": percent(summary.availability_by_rows()),
            }),
        )?;
        let outage = |(idx, record)| OutageJson::new(idx + 1, record);
        map.serialize_entry("outages", &list(&summary.outages, |all| all.iter().enumerate().map(outage)))?;
        map.serialize_entry("outage_statistics", &statistics(summary))?;
        map.serialize_entry("charged", &charges(summary))?;
        map.serialize_entry("micro_interruptions", &list(&summary.micros, |all| all.iter().map(micro)))?;
        map.serialize_entry("intermittent", &list(&summary.intermittent, |all| all.iter().map(|since| stamp(*since))))?;
        map.serialize_entry("degradations", &list(&summary.degradations, |all| all.iter().map(degradation)))?;
        map.serialize_entry("notices", &list(&summary.notices, |all| all.iter().map(notice)))?;
        let gap = |gap: &Gap| {
            json!({
                "start": stamp(gap.start),
                "end": stamp(gap.end),
                "duration_s": seconds(gap.end.since(gap.start)),
                "reason": gap.reason.as_str(),
            })
        };
        map.serialize_entry("gaps", &list(&summary.gaps, |all| all.iter().map(gap)))?;
        let step = |step: &ClockStep| json!({ "at": time(step.at), "seconds": thousandths(step.seconds) });
        map.serialize_entry("clock_steps", &list(&summary.clock_steps, |all| all.iter().map(step)))?;
        let disagreement = |found: &Disagreement| json!({ "contradicting_rows": found.n_contradicting, "compared_rows": found.n_compared });
        map.serialize_entry("disagreement", &summary.disagreement.as_ref().map(disagreement))?;
        let hour = |(hour, figures)| bucket("hour", &json!(hour), figures);
        map.serialize_entry("by_hour", &list(&summary.by_hour, |all| all.iter().enumerate().map(hour)))?;
        let weekday = |(figures, day)| bucket("weekday", &json!(day), figures);
        map.serialize_entry("by_weekday", &list(&summary.by_weekday, |all| all.iter().zip(WEEKDAYS).map(weekday)))?;
        let day = |(day, figures): (&NaiveDate, _)| bucket("day", &json!(day.to_string()), figures);
        map.serialize_entry("by_day", &list(&summary.by_day, |all| all.iter().map(day)))?;
        map.serialize_entry("hosts", &list(&summary.hosts, |all| all.iter().map(host)))?;
        map.serialize_entry("segments", &list(&summary.segments, |all| all.iter().map(segment)))?;
        map.serialize_entry("pulse_loss", &summary.pulse_loss.map(|loss| thousandths(loss * 1000.0) / 1000.0))?;
        let hop = |hop: &Share| json!({ "host": hop.name, "asked": hop.n, "down": hop.lost });
        map.serialize_entry("isp_hops", &list(&summary.isp_hops, |all| all.iter().map(hop)))?;
        let hop = |(hop, n): &(LastHop, u64)| json!({ "ttl": hop.ttl, "address": hop.addr.to_string(), "outages": n });
        map.serialize_entry("last_hops", &list(&summary.last_hops, |all| all.iter().map(hop)))?;
        let paths = summary.path_changes.as_ref();
        let all = paths.map(|paths| list(&paths.all, |all| all.iter().map(diary_json::path_change)));
        map.serialize_entry("path_changes", &all)?;
        map.serialize_entry("path_changes_from", &paths.map(|paths| paths.source.as_str()))?;
        map.serialize_entry("by_rows", &by_rows(summary))?;
        map.end()
    }
}

/// A list whose items are made while it is written.
fn list<'a, C, I>(all: &'a C, items: impl Fn(&'a C) -> I) -> impl Serialize
where
    I: Iterator<Item: Serialize>,
{
    struct List<F>(F);

    impl<I: Iterator<Item: Serialize>, F: Fn() -> I> Serialize for List<F> {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            to.collect_seq(self.0())
        }
    }

    List(move || items(all))
}

/// Sums by the party charged, those of low confidence apart. What is charged to nobody is `unknown`.
fn charges(summary: &Summary) -> Value {
    let parties = || Charged::ALL.iter().map(|charged| Some(*charged)).chain([None]);
    let by_party = |is_wanted: bool| {
        let sum = |party: Option<Charged>| {
            let of_it = summary.charge(|_, charged, is_sure| charged == party && is_sure == is_wanted);
            (party.map_or("unknown", Charged::as_str).to_owned(), charge(of_it))
        };
        parties().map(sum).collect::<Map<_, _>>()
    };
    json!({ "medium_or_high_confidence": by_party(true), "low_confidence": by_party(false) })
}

fn charge(sum: Charge) -> Value {
    json!({
        "outages": sum.n_outages,
        "outages_s": seconds(sum.outages),
        "micro_interruptions": sum.n_micros,
        "micro_interruptions_s": seconds(sum.micros),
    })
}

fn micro(record: &MicroRecord) -> Value {
    json!({
        "start": stamp(record.micro.start),
        "end": stamp(record.micro.end),
        "duration_s": seconds(record.length()),
        "fault_domain": record.micro.domain.as_str(),
        "charged": record.charged.map(Charged::as_str),
        "confidence": record.confidence.map(Confidence::as_str),
    })
}

fn statistics(summary: &Summary) -> Value {
    json!({
        "count": summary.outages.len(),
        "count_10_s": summary.n_at_least(Duration::from_secs(10)),
        "count_60_s": summary.n_at_least(Duration::from_mins(1)),
        "count_600_s": summary.n_at_least(Duration::from_mins(10)),
        "total_s": seconds(summary.outage_time()),
        "longest_s": summary.longest().map(seconds),
        "mtbf_s": summary.mtbf().map(seconds),
        "mttr_s": summary.mttr().map(seconds),
    })
}

fn notice(notice: &Notice) -> Value {
    json!({
        "start": time(notice.start),
        "end": (!notice.is_open).then(|| time(notice.end)),
        "kind": notice.domain.as_str(),
        "fault_domain": notice.domain.as_str(),
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

/// One outage. A log may tell of very many.
#[derive(Serialize)]
struct OutageJson<'a> {
    id: usize,
    start: String,
    end: Option<String>,
    duration_s: f64,
    counted_s: f64,
    uncertainty_s: f64,
    cut_by_gap: bool,
    overall_status: Option<&'a str>,
    root_cause_hint: Option<&'a str>,
    fault_domain: Option<&'a str>,
    confidence: Option<&'a str>,
    evidence: Vec<&'a str>,
    last_hop: Option<Value>,
    segments: Vec<SegmentJson<'a>>,
    files: &'a [String],
}

#[derive(Serialize)]
struct SegmentJson<'a> {
    start: String,
    end: Option<String>,
    duration_s: f64,
    counted_s: f64,
    fault_domain: &'a str,
    /// The party charged; `null` when that is not known, as with a resolver of an unknown owner.
    charged: Option<&'a str>,
    confidence: Option<&'a str>,
    evidence: Vec<&'a str>,
}

impl<'a> SegmentJson<'a> {
    fn new(part: &'a OutagePart, lasts: bool) -> Self {
        Self {
            start: stamp(part.start),
            end: (!lasts).then(|| stamp(part.end)),
            duration_s: seconds(part.end.since(part.start)),
            counted_s: seconds(part.counted),
            fault_domain: part.domain.as_str(),
            charged: part.charged.map(Charged::as_str),
            confidence: part.confidence.map(Confidence::as_str),
            evidence: codes(&part.evidence),
        }
    }
}

impl<'a> OutageJson<'a> {
    fn new(id: usize, record: &'a OutageRecord) -> Self {
        let outage = &record.outage;
        let last = record.parts.len().saturating_sub(1);
        let segments = record.parts.iter().enumerate();
        let segments = segments.map(|(idx, part)| SegmentJson::new(part, outage.end.is_none() && idx == last));
        Self {
            id,
            start: stamp(outage.start),
            end: outage.end.map(stamp),
            duration_s: seconds(record.length()),
            counted_s: seconds(record.counted),
            uncertainty_s: seconds(outage.uncertainty),
            cut_by_gap: outage.cut_by_gap,
            overall_status: record.status.map(Status::as_str),
            root_cause_hint: record.cause.map(RootCause::as_str),
            fault_domain: record.domain().map(FaultDomain::as_str),
            confidence: record.confidence.map(Confidence::as_str),
            evidence: codes(&record.evidence),
            last_hop: record.last_hop.map(|hop| json!({ "ttl": hop.ttl, "address": hop.addr.to_string() })),
            segments: segments.collect(),
            files: &record.files,
        }
    }
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
        "uncertainty_s": degradation.uncertainty.map(seconds),
        "kind": kinds.first(),
        "kinds": kinds,
        "fault_domain": degradation.domain.map(FaultDomain::as_str),
        "charged": degradation.domain.and_then(|domain| Charged::of(domain, None)).map(Charged::as_str),
        "confidence": degradation.confidence.map(Confidence::as_str),
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
        "jitter_ms": host.jitter.map(millis),
    })
}

fn segment(figures: &SegmentFigures) -> Value {
    let source = if figures.is_rtt_of_history { "history" } else { "rows" };
    json!({
        "segment": figures.segment.as_str(),
        "samples": figures.n,
        "lost": figures.lost,
        "loss": ratio(figures.lost, figures.n),
        "loss_95_percent": [figures.loss_bounds.0, figures.loss_bounds.1],
        "rtt_ms": figures.rtt.as_ref().map(quantiles),
        "rtt_from": figures.rtt.map(|_| source),
        "jitter_ms": figures.jitter.map(millis),
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

fn by_rows(summary: &Summary) -> Value {
    let figures = &summary.by_rows;
    let causes = || RowFigures::CAUSES.iter().map(|cause| cause.as_str());
    let by_cause = |counts: &[u64]| -> Map<String, Value> {
        causes().zip(counts).map(|(cause, n)| (cause.to_owned(), json!(n))).collect()
    };
    let runs = causes()
        .zip(summary.outages_by_cause())
        .map(|(cause, (n, length))| (cause.to_owned(), json!({ "count": n, "total_s": seconds(length) })));
    let hours = figures.by_hour.iter().zip(&figures.heat).zip(&figures.isp_down_by_hour).enumerate();
    let hours = hours.map(|(hour, (((rows, bad), heat), isp_down))| {
        json!({ "hour": hour, "rows": rows, "not_ok": bad, "by_hint": by_cause(heat), "isp_down": isp_down })
    });
    let (all, partial, down) = figures.isp_impact;
    json!({
        "ok": figures.n_ok,
        "by_hint": by_cause(&figures.causes()),
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
