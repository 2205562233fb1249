//! Outages of several parts and days of fault reports, told by the real program: each party is charged with its own time.

use std::{fmt::Write as _, fs, path::Path, process::Command};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

const HEADER: &str = "local_timestamp,utc_timestamp,gateway_ms,targets_reachable,dns_ok,http_dns_ok,http_ip_ok,tcp443_ok,overall_status,trace_file,intensive_trace_bundle,wan_diag_file,root_cause_hint,isp_reachable,isp_tcp_ok,baseline_mtr_bundle,isp_detail,seq,since_utc,fault_domain,confidence,evidence\n";

/// The log of one run that begins at midnight in UTC: seconds for which a fault domain holds with a confidence, or the
/// line works where there is none.
fn run_log(begin: &str, stretches: &[(i64, &str, &str)]) -> String {
    let mut at: DateTime<Utc> = begin.parse().unwrap();
    let (mut text, mut seq) = (HEADER.to_owned(), 0);
    for (seconds, domain, confidence) in stretches {
        let (status, hint, evidence) = match *domain {
            "" => ("OK", "", "gateway_alive;targets_alive"),
            "host" => ("LAN_DOWN", "LAN", "link_down"),
            "lan" => ("LAN_DOWN", "LAN", "gateway_dead;targets_dead"),
            "app" => ("APP_LAYER_FAIL", "Transport", "targets_alive;sites_dead"),
            _ => ("WAN_DOWN", "Transport", "gateway_alive;targets_dead"),
        };
        // Rows as rare as the reader takes for one run, and at least two a stretch.
        let step = 60.min(*seconds);
        for second in (0..*seconds).step_by(usize::try_from(step).unwrap()) {
            seq += 1;
            let utc = (at + TimeDelta::seconds(second)).format("%Y-%m-%dT%H:%M:%S+00:00");
            let local = (at + TimeDelta::seconds(second)).format("%Y-%m-%d %H:%M:%S");
            let since = if second == 0 { utc.to_string() } else { String::new() };
            writeln!(text, "{local},{utc},,,,,,,{status},,,,{hint},,,,,{seq},{since},{domain},{confidence},{evidence}")
                .unwrap();
        }
        at += TimeDelta::seconds(*seconds);
    }
    text
}

fn folder(log: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("netlog.csv"), log).unwrap();
    fs::write(dir.path().join("config.json"), r#"{"monthly_fee": 50}"#).unwrap();
    dir
}

fn netlog(dir: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_netlog"))
        .arg(args[0])
        .args(["--config", "config.json", "--log-dir"])
        .arg(dir)
        .args(&args[1..])
        .current_dir(dir)
        .output()
        .unwrap();
    assert_ne!(Some(2), output.status.code(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn analyze(dir: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&netlog(dir, &[&["analyze", "--json"], args].concat())).unwrap()
}

/// Each segment as its domain, the party charged and its seconds.
fn segments(outage: &Value) -> Vec<(String, String, i64)> {
    let word = |segment: &Value, key: &str| segment[key].as_str().unwrap_or("null").to_owned();
    let segments = outage["segments"].as_array().unwrap().iter();
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
    let seconds = |segment: &Value| segment["duration_s"].as_f64().unwrap().round() as i64;
    segments.map(|segment| (word(segment, "fault_domain"), word(segment, "charged"), seconds(segment))).collect()
}

#[track_caller]
fn check(stretches: &[(i64, &str, &str)], expected: &[(&str, &str, i64)]) {
    let whole = [&[(600, "", "high")], stretches, &[(600, "", "high")]].concat();
    let dir = folder(&run_log("2026-11-20T10:00:00Z", &whole));
    let value = analyze(dir.path(), &[]);
    let expected: Vec<_> =
        expected.iter().map(|(domain, charged, seconds)| ((*domain).into(), (*charged).into(), *seconds)).collect();
    assert_eq!(1, value["outages"].as_array().unwrap().len(), "{}", value["outages"]);
    assert_eq!(expected, segments(&value["outages"][0]));
    let sum = |party: &str| {
        let sure = &value["charged"]["medium_or_high_confidence"][party]["outages_s"];
        sure.as_f64().unwrap() + value["charged"]["low_confidence"][party]["outages_s"].as_f64().unwrap()
    };
    for party in ["home", "provider", "beyond", "other"] {
        let of_it: i64 = expected.iter().filter(|(_, charged, _)| charged == party).map(|(.., seconds)| seconds).sum();
        assert!((sum(party) - of_it as f64).abs() < 0.01, "{party}: {} {of_it}", sum(party));
    }
}

#[test]
fn each_part_of_an_outage_is_charged_with_its_own_time() {
    check(&[(1800, "lan", "high"), (1860, "access", "high")], &[("lan", "home", 1800), ("access", "provider", 1860)]);
    check(&[(20, "host", "high"), (60, "access", "high")], &[("host", "home", 20), ("access", "home", 60)]);
    check(
        &[(600, "access", "high"), (40, "lan", "high"), (80, "access", "high")],
        &[("access", "provider", 600), ("lan", "home", 40), ("access", "provider", 80)],
    );
    check(&[(60, "upstream", "high"), (60, "app", "high")], &[("upstream", "provider", 60), ("app", "other", 60)]);
}

#[test]
fn a_part_is_found_by_its_domain_in_whatever_outage_it_stands() {
    let stretches = [(600, "", "high"), (1800, "lan", "high"), (1860, "access", "high"), (600, "", "high")];
    let dir = folder(&run_log("2026-11-20T10:10:00Z", &stretches));
    for (domain, seconds) in [("lan", 1800.0), ("access", 1860.0)] {
        let value = analyze(dir.path(), &["--domain", domain]);
        let outage = &value["outages"][0];
        assert_eq!((Some(domain), Some(seconds)), (outage["fault_domain"].as_str(), outage["counted_s"].as_f64()));
        assert_eq!(Some(seconds), value["outage_statistics"]["total_s"].as_f64());
        let text = netlog(dir.path(), &["report", "--format", "text", "--domain", domain]);
        assert!(
            text.contains(if domain == "lan" { "None of it lies with the" } else { "on the provider's side" }),
            "{text}"
        );
    }
    assert!(analyze(dir.path(), &["--domain", "isp"])["outages"].as_array().unwrap().is_empty());
}

/// The days of the first fault report that count, those of low confidence, and what was seen of each day.
fn days(dir: &Path, args: &[&str]) -> (u64, u64, Vec<String>) {
    let base = ["report", "--format", "json", "--profile", "de", "--tz", "UTC"];
    let value: Value = serde_json::from_str(&netlog(dir, &[&base, args].concat())).unwrap();
    let ticket = &value["report"]["tickets"][0];
    let seen = ticket["days"].as_array().unwrap().iter().map(|day| day["seen"].as_str().unwrap().to_owned());
    (ticket["counted_days"].as_u64().unwrap(), ticket["low_confidence_days"].as_u64().unwrap(), seen.collect())
}

const HOUR: i64 = 3600;

/// A log that begins on 2 November with a fault report, and has these stretches from 3 November on.
fn reported(stretches: &[(i64, &str, &str)]) -> tempfile::TempDir {
    let log = run_log("2026-11-02T00:00:00Z", &[&[(24 * HOUR, "", "high")], stretches].concat());
    let dir = folder(&log);
    netlog(dir.path(), &["ticket", "add", "--at", "2026-11-02T12:00:00Z", "--number", "1"]);
    dir
}

#[test]
fn days_of_a_dead_line_count_whatever_the_report_is_limited_to() {
    let dir = reported(&[(7 * 24 * HOUR, "access", "high")]);
    let all = days(dir.path(), &[]);
    assert_eq!((5, 0), (all.0, all.1), "{all:?}");
    for args in [
        vec!["--from", "2026-11-07"],
        vec!["--from", "2026-11-04", "--to", "2026-11-06"],
        vec!["--domain", "dns"],
        vec!["--min-duration", "30d"],
        vec!["--opening-hours", "Mon-Fri 8-18"],
    ] {
        assert_eq!(all, days(dir.path(), &args), "{args:?}");
    }
}

#[test]
fn opening_hours_make_no_day_of_a_line_that_works_at_night() {
    let day = [(8 * HOUR, "", "high"), (10 * HOUR, "access", "high"), (6 * HOUR, "", "high")];
    let dir = reported(&day.repeat(6));
    assert_eq!(0, days(dir.path(), &["--opening-hours", "Mon-Sun 8-18"]).0);
}

#[test]
fn days_of_others_do_not_count() {
    for (domain, seen) in [("lan", "home_down"), ("app", "up")] {
        let dir = reported(&[(6 * 24 * HOUR, domain, "high")]);
        let (n, n_low, days) = days(dir.path(), &[]);
        assert_eq!((0, 0, vec![seen; 6]), (n, n_low, days.iter().map(String::as_str).collect()));
    }
}

#[test]
fn a_day_on_which_the_own_router_was_dead_for_hours_shows_too_little_of_the_line() {
    let dir = reported(&[(12 * HOUR, "lan", "high"), (12 * HOUR, "access", "high")].repeat(6));
    assert_eq!((0, "too_little_watched"), (days(dir.path(), &[]).0, days(dir.path(), &[]).2[2].as_str()));
    // A restart in vain costs no day.
    let day = [(12 * HOUR, "access", "high"), (180, "lan", "high"), (12 * HOUR - 180, "access", "high")];
    assert_eq!(4, days(reported(&day.repeat(6)).path(), &[]).0);
}

#[test]
fn days_of_low_confidence_are_told_apart() {
    let dir = reported(&[(6 * 24 * HOUR, "access", "low")]);
    let (n, n_low, seen) = days(dir.path(), &[]);
    assert_eq!((0, 4, "low_confidence"), (n, n_low, seen[3].as_str()));
    let text = netlog(dir.path(), &["report", "--format", "text", "--tz", "UTC"]);
    assert!(text.contains("24.0 h of 24") && text.contains("Not counted, low confidence"), "{text}");
}
