//! State document as JSON, version 1: the same for `netlog status --json`, the local API, MQTT and Home Assistant.
//!
//! Enums are closed, no number is `NaN`, and `null` means not measured. Times are RFC 3339 in UTC with milliseconds,
//! lengths seconds and round-trip times milliseconds with at most three decimals, shares per cent.

use serde_json::{Value, json};

use super::json_value::{millis, seconds, stamp, thousandths, time};
use crate::model::{
    charge::Charged,
    ledger::{Segment, State},
    state::{DayState, OutageState, StateDocument, TargetState, VERSION, slug},
    verdict::{Confidence, FaultDomain, RootCause, Status},
};

/// Words of `state`.
pub const STATES: &[&str] = &["up", "degraded", "down", "not_monitored"];
/// Words of `status`.
pub const STATUSES: &[&str] = &["ok", "lan_down", "wan_down", "dns_app_fail", "app_layer_fail", "unknown"];
/// Words of `root_cause`.
pub const ROOT_CAUSES: &[&str] = &["none", "lan", "transport", "dns", "icmp_only", "mixed", "unknown"];

/// Returns the document as one object.
pub fn to_json(document: &StateDocument) -> Value {
    let reason = match document.state {
        State::NotMonitored(reason) => Some(reason.as_str()),
        State::Up | State::Degraded | State::Down(_) => None,
    };
    json!({
        "version": VERSION,
        "site": document.site,
        "time": time(document.time),
        "running": document.started.is_some(),
        "monitor_version": env!("CARGO_PKG_VERSION"),
        "started": document.started.map(time),
        "last_check": document.last_check.map(time),
        "state": state_word(document.state),
        "since": document.since.map(time),
        "not_monitored_reason": reason,
        "status": status_word(document.status),
        "root_cause": cause_word(document),
        "fault_domain": document.domain.map(FaultDomain::as_str),
        "charged": document.charged.map(Charged::as_str),
        "confidence": document.confidence.map(Confidence::as_str),
        "evidence": document.evidence.iter().map(|code| code.as_str()).collect::<Vec<_>>(),
        "gateway_ok": document.gateway.is_up,
        "gateway_ip": document.gateway.addr.map(|host| host.to_string()),
        "gateway_ms": document.gateway.rtt.map(millis),
        "internet_ok": document.internet_ok,
        "isp_ok": document.isp_ok,
        "dns_ok": document.dns_ok,
        "http_ok": document.http_ok,
        "ipv6_ok": document.ipv6_ok,
        "latency_avg_ms": document.quality.rtt_mean.map(millis),
        "latency_p95_ms": document.quality.rtt_p95.map(millis),
        "jitter_ms": document.quality.jitter.map(millis),
        "loss_pct": percent(document.quality.loss),
        "targets": document.targets.iter().map(target).collect::<Vec<_>>(),
        "resolvers": document.resolvers.iter().map(|(host, detail)| json!({
            "host": host,
            "slug": slug(host),
            "ok": detail == "ok",
            "detail": detail,
        })).collect::<Vec<_>>(),
        "today": day(&document.today),
        "outage": document.outage.as_ref().map(outage),
        "last_outage": document.last_outage.as_ref().map(outage),
        "notices": document.notices.iter().map(|(domain, since)| json!({
            "fault_domain": domain.as_str(),
            "since": time(*since),
        })).collect::<Vec<_>>(),
    })
}

/// Returns an outage as it stands in the document and in messages about it.
pub fn outage(outage: &OutageState) -> Value {
    let segment = |(segment, charged): &(Segment, Option<Charged>)| {
        json!({
            "start": stamp(segment.start),
            "fault_domain": segment.domain.as_str(),
            "charged": charged.map(Charged::as_str),
        })
    };
    json!({
        "start": time(outage.start),
        "end": outage.end.map(time),
        "duration_s": seconds(outage.length),
        "uncertainty_s": outage.uncertainty.map(seconds),
        "fault_domain": outage.domain.map(FaultDomain::as_str),
        "charged": outage.charged.map(Charged::as_str),
        "confidence": outage.confidence.map(Confidence::as_str),
        "segments": outage.segments.iter().map(segment).collect::<Vec<_>>(),
    })
}

/// Returns a far host as it stands in the document.
pub fn target(target: &TargetState) -> Value {
    let host = target.host.to_string();
    json!({ "host": host, "slug": slug(&host), "ok": target.is_up, "rtt_ms": target.rtt.map(millis) })
}

fn day(day: &DayState) -> Value {
    json!({
        "date": day.date.to_string(),
        "checks": day.checks,
        "success_rate_pct": percent(day.success_rate),
        "availability_pct": percent(day.availability),
        "coverage_pct": percent(day.coverage),
        "outages": day.outages,
        "outage_s": seconds(day.outage_time),
        "micro_interruptions": day.micro_interruptions,
    })
}

/// Returns the word for a state of the line.
pub fn state_word(state: State) -> &'static str {
    match state {
        State::Up => "up",
        State::Degraded => "degraded",
        State::Down(_) => "down",
        State::NotMonitored(_) => "not_monitored",
    }
}

/// Returns the word for a status; `None` is not known.
pub fn status_word(status: Option<Status>) -> &'static str {
    match status {
        Some(Status::Ok) => "ok",
        Some(Status::LanDown) => "lan_down",
        Some(Status::WanDown) => "wan_down",
        Some(Status::DnsAppFail) => "dns_app_fail",
        Some(Status::AppLayerFail) => "app_layer_fail",
        None => "unknown",
    }
}

fn cause_word(document: &StateDocument) -> &'static str {
    match (document.cause, document.status) {
        (Some(RootCause::Lan), _) => "lan",
        (Some(RootCause::Transport), _) => "transport",
        (Some(RootCause::Dns), _) => "dns",
        (Some(RootCause::IcmpOnly), _) => "icmp_only",
        (Some(RootCause::Mixed), _) => "mixed",
        (None, Some(Status::Ok)) => "none",
        (None, _) => "unknown",
    }
}

/// A share of 0..=1 in per cent. What is no number is not measured.
fn percent(share: Option<f64>) -> Option<f64> {
    share.filter(|share| share.is_finite()).map(|share| thousandths(share * 100.0))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{
        ledger::GapReason,
        state::{GatewayState, QualityState},
        time::Timestamp,
    };

    fn document() -> StateDocument {
        let at: Timestamp = "2026-11-10T12:00:00Z".parse().unwrap();
        StateDocument {
            site: "home".into(),
            time: at,
            started: Some(at),
            last_check: Some(at),
            state: State::Up,
            since: Some(at),
            status: Some(Status::Ok),
            cause: None,
            domain: None,
            charged: None,
            confidence: Some(Confidence::High),
            evidence: Vec::new(),
            gateway: GatewayState::default(),
            internet_ok: Some(true),
            isp_ok: None,
            dns_ok: Some(true),
            http_ok: None,
            ipv6_ok: None,
            quality: QualityState {
                loss: Some(1.0 / 3.0),
                rtt_mean: Some(Duration::from_nanos(12_345_678)),
                ..QualityState::default()
            },
            targets: Vec::new(),
            resolvers: vec![("192.0.2.53".into(), "timeout".into())],
            today: DayState {
                date: at.date_naive(),
                checks: 0,
                success_rate: Some(f64::NAN),
                availability: None,
                coverage: Some(0.5),
                outages: 0,
                outage_time: Duration::ZERO,
                micro_interruptions: 0,
            },
            outage: None,
            last_outage: None,
            notices: Vec::new(),
        }
    }

    #[test]
    fn what_is_not_measured_is_null_and_no_number_is_nan() {
        let json = to_json(&document());
        assert_eq!(json!(1), json["version"]);
        assert_eq!((json!(33.333), json!(12.346)), (json["loss_pct"].clone(), json["latency_avg_ms"].clone()));
        for null in ["isp_ok", "ipv6_ok", "gateway_ms", "outage", "fault_domain", "not_monitored_reason"] {
            assert_eq!(Value::Null, json[null], "{null}");
        }
        assert_eq!(Value::Null, json["today"]["success_rate_pct"]);
        assert_eq!(
            json!({"host": "192.0.2.53", "slug": "192_0_2_53", "ok": false, "detail": "timeout"}),
            json["resolvers"][0]
        );
        assert!(!json.to_string().contains("NaN"));
    }

    #[test]
    fn enums_are_closed() {
        let statuses = Status::ALL.iter().copied().map(Some).chain([None]);
        for status in statuses {
            assert!(STATUSES.contains(&status_word(status)), "{status:?}");
            let json = to_json(&StateDocument { status, ..document() });
            assert!(ROOT_CAUSES.contains(&json["root_cause"].as_str().unwrap()), "{json}");
        }
        for cause in RootCause::ALL {
            let json = to_json(&StateDocument { cause: Some(*cause), status: Some(Status::WanDown), ..document() });
            assert!(ROOT_CAUSES.contains(&json["root_cause"].as_str().unwrap()), "{json}");
        }
        let states =
            [State::Up, State::Degraded, State::Down(FaultDomain::Lan), State::NotMonitored(GapReason::Asleep)];
        assert_eq!(STATES.to_vec(), states.map(state_word));
        let json = to_json(&StateDocument { state: State::NotMonitored(GapReason::Asleep), ..document() });
        assert_eq!("asleep", json["not_monitored_reason"]);
    }
}
