//! `tcp_probe_<time>.json`: the original's members, and ours beside them.

use serde_json::{Map, Value, json};

use crate::model::tcp_probe::{TcpProbeReport, TcpProbeResult};

/// The whole file, its last line ended.
pub fn render(report: &TcpProbeReport) -> String {
    let results: Map<String, Value> = report.results.iter().map(|result| (result.host.clone(), of(result))).collect();
    let at = report.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let file = json!({ "at": at, "port": report.port, "tls": report.with_tls, "results": results });
    format!("{file:#}\n")
}

fn of(result: &TcpProbeResult) -> Value {
    let millis = |time: std::time::Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
    let facts = result.tls.as_ref().and_then(|tls| tls.as_ref().ok());
    json!({
        "tcp": result.connect.is_ok(),
        "tls": result.tls.as_ref().map(Result::is_ok),
        "addr": result.addr,
        "connect_ms": result.connect.as_ref().ok().map(|time| millis(*time)),
        "error": result.connect.as_ref().err(),
        "tls_error": result.tls.as_ref().and_then(|tls| tls.as_ref().err()),
        "tls_version": facts.map(|facts| &facts.version),
        "handshake_ms": facts.map(|facts| millis(facts.handshake)),
        "days_left": facts.map(|facts| facts.days_left),
        "trusted": facts.map(|facts| facts.trusted.is_ok()),
        "distrust": facts.and_then(|facts| facts.trusted.as_ref().err()),
    })
}
