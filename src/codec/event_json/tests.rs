use std::{sync::Arc, time::Duration};

use super::*;
use crate::model::{
    ledger::{GapReason, MicroInterruption, Segment},
    time::Timestamp,
    verdict::{Confidence, LastHop, Status},
};

fn at(seconds: u64) -> Stamp {
    let start: Timestamp = "2025-10-02T12:00:00.123456Z".parse().unwrap();
    Stamp { wall: start + Duration::from_secs(seconds), mono: Duration::from_secs(seconds) }
}

fn down() -> Verdict {
    Verdict {
        status: Status::WanDown,
        cause: Some(RootCause::Transport),
        domain: Some(FaultDomain::Access),
        confidence: Confidence::Medium,
        evidence: vec![Evidence::TargetsDead, Evidence::NoIspHopKnown],
        last_hop: Some(LastHop { ttl: 1, addr: [192, 168, 1, 1].into() }),
    }
}

fn up() -> Verdict {
    Verdict {
        status: Status::Ok,
        cause: None,
        domain: None,
        confidence: Confidence::High,
        evidence: vec![],
        last_hop: None,
    }
}

fn outage(end: Option<Stamp>) -> Outage {
    Outage {
        id: 3,
        start: at(10),
        end,
        cut_by_gap: false,
        uncertainty: Duration::from_secs(1),
        segments: vec![
            Segment { start: at(10), domain: FaultDomain::Access },
            Segment { start: at(20), domain: FaultDomain::Isp },
        ],
    }
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "it reads better at the caller's")]
fn check(event: &Event, expected: Value) {
    assert_eq!(expected, to_json(event));
}

#[test]
fn simple_events_say_what_and_when() {
    check(&Event::Started(at(0)), json!({ "event": "started", "at": "2025-10-02T12:00:00.123Z" }));
    check(&Event::Suspected(at(1)), json!({ "event": "suspected", "at": "2025-10-02T12:00:01.123Z" }));
    check(&Event::Intermittent(at(2)), json!({ "event": "intermittent", "at": "2025-10-02T12:00:02.123Z" }));
    check(&Event::Stopped(at(3)), json!({ "event": "stopped", "at": "2025-10-02T12:00:03.123Z" }));
    check(
        &Event::Warning(at(4), "disk \"full\"\n".into()),
        json!({ "event": "warning", "at": "2025-10-02T12:00:04.123Z", "text": "disk \"full\"\n" }),
    );
    check(
        &Event::Gateway(at(5), Some("fe80::1%2".parse().unwrap())),
        json!({ "event": "gateway", "at": "2025-10-02T12:00:05.123Z", "gateway": "fe80::1%2" }),
    );
    check(
        &Event::Gateway(at(5), None),
        json!({ "event": "gateway", "at": "2025-10-02T12:00:05.123Z", "gateway": null }),
    );
    check(
        &Event::ClockStep(at(6), -3600.00049),
        json!({ "event": "clock_step", "at": "2025-10-02T12:00:06.123Z", "seconds": -3600.0 }),
    );
    check(
        &Event::Gap(at(7), Duration::from_micros(61_500_499), GapReason::Asleep),
        json!({
            "event": "gap", "at": "2025-10-02T12:00:07.123Z", "start": "2025-10-02T12:00:07.123Z",
            "duration_s": 61.5, "reason": "asleep",
        }),
    );
}

#[test]
fn a_confirmed_fault_says_what_it_cannot_tell() {
    check(
        &Event::Confirmed(at(1), down()),
        json!({
            "event": "confirmed", "at": "2025-10-02T12:00:01.123Z",
            "overall_status": "WAN_DOWN", "root_cause_hint": "Transport", "fault_domain": "access",
            "confidence": "medium", "evidence": ["targets_dead", "no_isp_hop_known"], "last_hop": { "ttl": 1, "address": "192.168.1.1" },
            "cannot_establish": "whether the access line or the provider's network behind it failed",
        }),
    );
}

#[test]
fn a_state_carries_its_own_fault_domain() {
    let json = to_json(&Event::State(at(1), State::Down(FaultDomain::Isp), down()));
    assert_eq!((json!("down"), json!("isp")), (json["state"].clone(), json["fault_domain"].clone()));
    assert_eq!(json["at"], json["since"]);

    let json = to_json(&Event::State(at(1), State::NotMonitored(GapReason::Paused), up()));
    assert_eq!((json!("not_monitored"), json!("paused")), (json["state"].clone(), json["reason"].clone()));

    let json = to_json(&Event::State(at(1), State::Up, up()));
    assert_eq!(json!("up"), json["state"]);
    assert!(json.get("reason").is_none());
    assert!(json["fault_domain"].is_null() && json["root_cause_hint"].is_null() && json["cannot_establish"].is_null());
}

#[test]
fn an_outage_opens_and_closes() {
    let json = to_json(&Event::OutageOpened(outage(None), down()));
    assert_eq!((json!(3), json!("2025-10-02T12:00:10.123Z")), (json["id"].clone(), json["start"].clone()));
    assert_eq!(json!("WAN_DOWN"), json["overall_status"]);
    assert!(json["cannot_establish"].is_string());

    check(
        &Event::OutageClosed(outage(Some(at(50)))),
        json!({
            "event": "outage_closed", "at": "2025-10-02T12:00:50.123Z", "id": 3,
            "start": "2025-10-02T12:00:10.123Z", "end": "2025-10-02T12:00:50.123Z",
            "duration_s": 40.0, "uncertainty_s": 1.0, "fault_domain": "isp", "cut_by_gap": false,
            "segments": [
                { "start": "2025-10-02T12:00:10.123Z", "fault_domain": "access", "charged": "provider" },
                { "start": "2025-10-02T12:00:20.123Z", "fault_domain": "isp", "charged": "provider" },
            ],
        }),
    );
}

#[test]
fn a_micro_interruption_has_a_length() {
    check(
        &Event::Micro(MicroInterruption { start: at(1), end: at(4), domain: FaultDomain::Lan }),
        json!({
            "event": "micro_interruption", "at": "2025-10-02T12:00:04.123Z", "start": "2025-10-02T12:00:01.123Z",
            "end": "2025-10-02T12:00:04.123Z", "duration_s": 3.0, "fault_domain": "lan",
        }),
    );
}

#[test]
fn a_notice_names_the_part_it_is_about() {
    let json = to_json(&Event::Notice(at(1), FaultDomain::Ipv6, true, up()));
    assert_eq!((json!("ipv6"), json!(true)), (json["fault_domain"].clone(), json["active"].clone()));
    assert_eq!(json!("OK"), json["overall_status"]);
}

#[test]
fn a_row_has_numbers_where_it_measured_and_null_elsewhere() {
    let mut row = Row::new(at(0).wall, 7, down());
    row.gateway_rtt = Some(Duration::from_micros(1_234));
    row.targets =
        vec![("192.0.2.1".parse().unwrap(), None), ("2001:db8::1".parse().unwrap(), Some(Duration::from_millis(20)))];
    row.dns_ok = Some(false);
    row.loss = Some(1.0 / 3.0);
    row.clock_offset = Some(f64::NAN);
    row.gap = Some((GapReason::NotRunning, at(0).wall));
    let json = to_json(&Event::Row(Arc::new(row)));
    assert_eq!(json!("row"), json["event"]);
    assert_eq!(json!(7), json["seq"]);
    assert_eq!(json!(1.234), json["gateway_ms"]);
    assert_eq!(json!({ "up": 1, "total": 2 }), json["targets_reachable"]);
    assert_eq!(
        json!([{ "host": "192.0.2.1", "rtt_ms": null }, { "host": "2001:db8::1", "rtt_ms": 20.0 }]),
        json["targets_detail"]
    );
    assert_eq!((json!(false), Value::Null), (json["dns_ok"].clone(), json["http_dns_ok"].clone()));
    assert_eq!((json!(33.333), Value::Null), (json["loss_pct"].clone(), json["clock_offset_ms"].clone()));
    assert_eq!(json!({ "reason": "not_running", "start": "2025-10-02T12:00:00.123Z" }), json["gap"]);
    assert_eq!((json!("access"), Value::Null), (json["fault_domain"].clone(), json["trace_file"].clone()));
    assert_eq!(json["at"], json["utc_timestamp"]);
}

#[test]
fn a_row_has_every_column_but_the_local_time_and_the_hash() {
    let json = to_json(&Event::Row(Arc::new(Row::new(at(0).wall, 1, up()))));
    // Nor the hash, which only the file has.
    let left_out = ["local_timestamp", "chain"];
    for name in crate::codec::netlog_csv::HEADER.iter().filter(|name| !left_out.contains(name)) {
        assert!(json.get(name).is_some(), "{name}");
    }
}
