//! `tcp_probe_<time>.json`: the original's keys with the original's meaning, ours beside them.
//!
//! The original writes `{"port": 443, "tls": true, "results": {"<host>": {"tcp": true, "tls": true}}}`. There `tcp`
//! says whether the connection came about and `tls` whether the handshake did, whatever the certificate; `null` when
//! it was not tried. Ours:
//!
//! | key | what |
//! |---|---|
//! | `time_utc` | when the first host was asked (RFC 3339) |
//! | `address` | the address asked, `null` when the name has none |
//! | `connect_ms` | time until the connection stood, `null` without one |
//! | `error` | why TCP or TLS failed, or why the certificate is not trusted; `null` when all is well |
//! | `tls_version`, `tls_handshake_ms` | of a handshake that came about |
//! | `certificate_days` | days until the certificate expires, negative after that; `null` when not known |
//! | `certificate_trusted` | whether this system trusts the certificate for this host |

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use super::json_value::millis;
use crate::model::tcp_probe::{TcpProbeReport, TcpProbeResult, TlsFacts};

/// The whole file, indented as the original's. A host asked twice is there twice, the second time as `host (2)`.
pub fn render(report: &TcpProbeReport) -> String {
    let mut results = Map::new();
    let mut times_seen: BTreeMap<&str, usize> = BTreeMap::new();
    for result in &report.results {
        let n = times_seen.entry(&result.host).or_default();
        *n += 1;
        let key = if *n == 1 { result.host.clone() } else { format!("{} ({n})", result.host) };
        results.insert(key, to_json(result));
    }
    let time = report.at.to_rfc3339_opts(SecondsFormat::Millis, true);
    format!("{:#}\n", json!({ "port": report.port, "tls": report.with_tls, "results": results, "time_utc": time }))
}

/// One host's object.
fn to_json(result: &TcpProbeResult) -> Value {
    let facts = result.tls.as_ref().and_then(|tls| tls.as_ref().ok());
    json!({
        "tcp": result.connect.is_ok(),
        "tls": result.tls.as_ref().map(Result::is_ok),
        "address": result.addr.map(|addr| addr.to_string()),
        "connect_ms": result.connect.as_ref().ok().copied().map(millis),
        "error": error(result),
        "tls_version": facts.map(|facts| &facts.version),
        "tls_handshake_ms": facts.map(|facts| millis(facts.handshake)),
        "certificate_days": facts.and_then(|facts| facts.days_left),
        "certificate_trusted": facts.map(|facts| facts.trusted.is_ok()),
    })
}

fn error(result: &TcpProbeResult) -> Option<&String> {
    match (&result.connect, &result.tls) {
        (Err(why), _) | (Ok(_), Some(Err(why) | Ok(TlsFacts { trusted: Err(why), .. }))) => Some(why),
        (Ok(_), Some(Ok(_)) | None) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn report(results: Vec<TcpProbeResult>) -> TcpProbeReport {
        TcpProbeReport { at: "2025-10-02T12:35:02.123Z".parse().unwrap(), port: 443, with_tls: true, results }
    }

    fn good(host: &str) -> TcpProbeResult {
        let tls = TlsFacts {
            version: "TLS 1.3".into(),
            handshake: Duration::from_micros(20_500),
            days_left: Some(61),
            trusted: Ok(()),
        };
        TcpProbeResult {
            host: host.into(),
            addr: Some("2001:db8::1".parse().unwrap()),
            connect: Ok(Duration::from_nanos(12_345_678)),
            tls: Some(Ok(tls)),
        }
    }

    fn read(report: &TcpProbeReport) -> Value {
        serde_json::from_str(&render(report)).unwrap()
    }

    #[test]
    fn the_originals_keys_come_first() {
        let text = render(&report(vec![good("far.example")]));
        let start = "{\n  \"port\": 443,\n  \"tls\": true,\n  \"results\": {\n    \"far.example\": {\n      \"tcp\": true,\n      \"tls\": true,";
        assert!(text.starts_with(start), "{text}");
        let expected = json!({
            "tcp": true, "tls": true, "address": "2001:db8::1", "connect_ms": 12.346, "error": null,
            "tls_version": "TLS 1.3", "tls_handshake_ms": 20.5, "certificate_days": 61, "certificate_trusted": true,
        });
        let value = read(&report(vec![good("far.example")]));
        assert_eq!(
            (&expected, &json!("2025-10-02T12:35:02.123Z")),
            (&value["results"]["far.example"], &value["time_utc"])
        );
    }

    #[test]
    fn every_failure_says_why() {
        let refused = TcpProbeResult { connect: Err("refused".into()), tls: None, addr: None, ..good("a") };
        let broken = TcpProbeResult { tls: Some(Err("no TLS".into())), ..good("b") };
        let mut doubtful = good("c");
        let facts = TlsFacts { trusted: Err("expired".into()), days_left: Some(-3), ..doubtful.tls.unwrap().unwrap() };
        doubtful.tls = Some(Ok(facts));
        let value = read(&report(vec![refused, broken, doubtful]));
        let field = |host: &str, key: &str| value["results"][host][key].clone();
        let fields = |host| ["tcp", "tls", "error", "connect_ms", "certificate_days"].map(|key| field(host, key));
        assert_eq!([json!(false), Value::Null, json!("refused"), Value::Null, Value::Null], fields("a"));
        assert_eq!([json!(true), json!(false), json!("no TLS"), json!(12.346), Value::Null], fields("b"));
        assert_eq!([json!(true), json!(true), json!("expired"), json!(12.346), json!(-3)], fields("c"));
        assert_eq!(json!(false), field("c", "certificate_trusted"));
        assert_eq!(Value::Null, field("a", "address"));
    }

    #[test]
    fn a_host_asked_twice_is_there_twice() {
        let value = read(&report(vec![good("a"), good("b"), good("a")]));
        let hosts: Vec<&String> = value["results"].as_object().unwrap().keys().collect();
        assert_eq!(["a", "b", "a (2)"], hosts[..]);
    }
}
