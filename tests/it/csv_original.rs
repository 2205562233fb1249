//! The original's way of reading `netlog.csv` finds our values in our file.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, process::Command, time::Duration};

use network_logging::{
    codec::netlog_csv::{header_line, render},
    model::{
        row::Row,
        time::Timestamp,
        verdict::{Confidence, Evidence, FaultDomain, RootCause, Status, Verdict},
    },
};
use serde_json::{Value, json};

/// Reads as the original's analyser does, and prints what it understood.
const ORIGINAL_READER: &str = r#"
import csv, json, sys
from datetime import datetime
rows = []
with open(sys.argv[1], newline="", encoding="utf-8") as f:
    for r in csv.DictReader(f):
        names = ["local_timestamp", "utc_timestamp", "gateway_ms", "targets_reachable", "dns_ok", "http_dns_ok",
            "http_ip_ok", "tcp443_ok", "overall_status", "trace_file", "intensive_trace_bundle", "wan_diag_file",
            "root_cause_hint", "isp_reachable", "isp_tcp_ok", "baseline_mtr_bundle", "isp_detail"]
        row = {name: r[name] for name in names}
        assert None not in r and None not in r.values(), r
        row["local"] = datetime.strptime(r["local_timestamp"], "%Y-%m-%d %H:%M:%S").isoformat()
        utc = datetime.fromisoformat(r["utc_timestamp"])
        assert utc.isoformat() == r["utc_timestamp"], r["utc_timestamp"]
        row["micros"] = round(utc.timestamp()) * 1000000 + utc.microsecond if utc.microsecond == 0 else \
            int(utc.replace(microsecond=0).timestamp()) * 1000000 + utc.microsecond
        row["gateway"] = float(r["gateway_ms"]) if r["gateway_ms"] else None
        row["reach"] = [int(n) for n in r["targets_reachable"].split("/")]
        row["flags"] = [bool(int(r[n])) if r[n] else None for n in ("dns_ok", "http_dns_ok", "http_ip_ok", "tcp443_ok", "isp_tcp_ok")]
        row["isp"] = [p.split(":", 1) for p in r["isp_detail"].split(";") if p]
        row["isp_last_colon"] = [p.rsplit(":", 1) for p in r["isp_detail"].split(";") if p]
        row["bundle"] = [p for p in r["intensive_trace_bundle"].split(";") if p]
        rows.append(row)
print(json.dumps(rows))
"#;

fn verdict(status: Status, cause: Option<RootCause>) -> Verdict {
    let evidence = vec![Evidence::TargetsDead, Evidence::NoIspHopKnown];
    Verdict {
        status,
        cause,
        domain: Some(FaultDomain::Access),
        confidence: Confidence::Medium,
        evidence,
        last_hop: None,
    }
}

fn rows() -> Vec<Row> {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let good = Row::new(at("2025-10-02T12:35:02Z"), 1, verdict(Status::Ok, None));
    let mut bad = Row::new(at("2025-10-02T12:35:22.000045Z"), 2, verdict(Status::WanDown, Some(RootCause::Transport)));
    bad.gateway_rtt = Some(Duration::from_nanos(1_234_567));
    bad.targets =
        vec![("1.1.1.1".parse().unwrap(), None), ("8.8.8.8".parse().unwrap(), Some(Duration::from_millis(12)))];
    bad.isp_hops =
        vec![("88.79.29.66".parse().unwrap(), None), ("192.0.2.7".parse().unwrap(), Some(Duration::from_millis(3)))];
    (bad.dns_ok, bad.http_dns_ok, bad.http_ip_ok, bad.tcp_ok) = (Some(true), Some(false), Some(true), Some(false));
    bad.trace_file = "trace_1.1.1.1_20251002_123510.log".into();
    bad.intensive_traces = vec!["mtr_1_1_1_1.log".into(), "mtr_88_79_29_66.log".into()];
    bad.wan_diag_file = "wan_diag_20251002_123650.log".into();
    bad.link = Some("wifi:\"my, net\"\r\nwork".into());
    let mut fast = Row::new(at("2025-10-02T12:35:42.999999Z"), 3, verdict(Status::LanDown, Some(RootCause::Lan)));
    fast.gateway_rtt = Some(Duration::ZERO);
    fast.isp_hops = vec![("2001:db8::1".parse().unwrap(), None)];
    fast.isp_tcp_ok = Some(true);
    fast.baseline_traces = vec!["mtr_88_79_29_66.log".into()];
    vec![good, bad, fast]
}

#[test]
fn the_original_reads_our_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("netlog.csv");
    let rows = rows();
    let lines = rows.iter().map(|row| render(row, row.at.naive_utc() + chrono::TimeDelta::hours(2)));
    fs::write(&path, header_line() + &lines.collect::<String>()).unwrap();

    let output = match Command::new("python3").args(["-c", ORIGINAL_READER]).arg(&path).output() {
        Ok(output) => output,
        Err(err) => {
            eprintln!("SKIPPED the_original_reads_our_file: cannot run python3: {err}");
            return;
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rows.len(), read.len());
    for (row, read) in rows.iter().zip(&read) {
        assert_eq!(json!(row.at.timestamp_micros()), read["micros"]);
        assert_eq!(json!(row.verdict.status.as_str()), read["overall_status"]);
        assert_eq!(json!(row.verdict.cause.map_or("", RootCause::as_str)), read["root_cause_hint"]);
        assert_eq!(json!(row.trace_file), read["trace_file"]);
        assert_eq!(json!(row.wan_diag_file), read["wan_diag_file"]);
        assert_eq!(json!(row.intensive_traces), read["bundle"]);
        assert_eq!(json!([row.dns_ok, row.http_dns_ok, row.http_ip_ok, row.tcp_ok, row.isp_tcp_ok]), read["flags"]);
    }
    let field = |name: &str| read.iter().map(|row| row[name].clone()).collect::<Value>();
    assert_eq!(json!(["2025-10-02T14:35:02", "2025-10-02T14:35:22", "2025-10-02T14:35:42"]), field("local"));
    assert_eq!(json!([null, 1.23, 0.01]), field("gateway"), "an answer in no time is an answer");
    assert_eq!(json!([[0, 0], [1, 2], [0, 0]]), field("reach"));
    assert_eq!(json!(["", "1/2", "0/1"]), field("isp_reachable"));
    assert_eq!(json!(["", "", "mtr_88_79_29_66.log"]), field("baseline_mtr_bundle"));
    assert_eq!(json!([["88.79.29.66", "down"], ["192.0.2.7", "ok"]]), read[1]["isp"]);
    assert_eq!(json!([["[2001:db8::1]", "down"]]), read[2]["isp_last_colon"]);
}
