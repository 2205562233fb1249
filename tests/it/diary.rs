//! `netlog ticket` and `netlog note`: the diary of fault reports and remarks.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

/// Runs the real program: its exit code, what it printed, and what it complained of.
fn netlog(dir: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_netlog"))
        .args(args)
        .args(["--config", "none.json", "--log-dir"])
        .arg(dir)
        .env("TZ", "UTC")
        .current_dir(dir)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn done(dir: &Path, args: &[&str]) -> String {
    let (code, said, complained) = netlog(dir, args);
    assert_eq!(Some(0), code, "{args:?}: {said}{complained}");
    said
}

#[track_caller]
fn json(dir: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&done(dir, args)).unwrap()
}

#[track_caller]
fn refused(dir: &Path, args: &[&str], why: &str) {
    let (code, said, complained) = netlog(dir, args);
    assert_eq!((Some(2), ""), (code, said.as_str()), "{args:?}");
    assert!(complained.contains(why), "{complained}");
}

#[test]
fn fault_reports_are_noted_closed_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    assert!(done(dir, &["ticket", "list"]).contains("netlog ticket add"));
    assert!(done(dir, &["note", "list"]).contains("netlog note add"));
    assert_eq!(0, fs::read_dir(dir).unwrap().count(), "looking makes nothing");
    let at = "2026-01-22T12:20:00+01:00";
    let first = json(dir, &["ticket", "add", "--at", at, "--number", "4711", "Called:", "\"tomorrow\"", "--json"]);
    assert_eq!("2026-01-22T11:20:00.000Z", first["at"]);
    assert_eq!(("4711", "Called: \"tomorrow\""), (first["number"].as_str().unwrap(), first["said"].as_str().unwrap()));
    assert_eq!(Value::Null, first["closed"]);
    let second = json(dir, &["ticket", "add", "--json", "no number"]);
    let id = first["id"].to_string();
    let closed = json(dir, &["ticket", "close", &id, "--at", "2026-01-24 16:00", "--json"]);
    assert_eq!("2026-01-24T16:00:00.000Z", closed["closed"]);
    let listed = done(dir, &["ticket", "list"]);
    assert!(listed.contains("2026-01-22 11:20:00  number 4711  closed 2026-01-24 16:00:00"), "{listed}");
    done(dir, &["ticket", "remove", &second["id"].to_string()]);
    let all = json(dir, &["ticket", "list", "--json"]);
    assert_eq!(serde_json::json!([closed]), all["tickets"]);
}

#[test]
fn a_wrong_entry_is_told_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    refused(dir, &["ticket", "add"], "--number");
    refused(dir, &["ticket", "add", "--at", "yesterday", "x"], "write 2026-11-01");
    refused(dir, &["ticket", "add", "--at", "2999-01-01", "x"], "still to come");
    refused(dir, &["ticket", "close", "7"], "netlog ticket list");
    refused(dir, &["ticket", "remove", "7"], "netlog ticket list");
    let id = json(dir, &["ticket", "add", "--at", "2026-01-22", "x", "--json"])["id"].to_string();
    refused(dir, &["ticket", "close", &id, "--at", "2026-01-21"], "which is later");
    refused(dir, &["note", "add", "--outage", "1", "x"], "no log yet");
    refused(dir, &["note", "remove", "7"], "netlog note list");
    assert_eq!(Some(2), netlog(dir, &["ticket"]).0);
}

#[test]
fn a_remark_finds_its_outage() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("demo");
    let to = "2026-11-01T00:00:00Z";
    done(dir.path(), &["demo", "--days", "2", "--seed", "4", "--to", to, "--out", logs.to_str().unwrap()]);
    let truth: Value = serde_json::from_str(&fs::read_to_string(logs.join("truth.json")).unwrap()).unwrap();
    let second = &truth["outages"][1];
    let by_number = json(&logs, &["note", "add", "--outage", "2", "the", "router", "--json"]);
    assert_eq!(second["start"], by_number["outage"]);
    let inside = second["start"].as_str().unwrap().to_owned();
    let by_time = json(&logs, &["note", "add", "--outage", &inside, "again", "--json"]);
    assert_eq!(by_number["outage"], by_time["outage"]);
    refused(&logs, &["note", "add", "--outage", "999", "x"], "netlog analyze");
    refused(&logs, &["note", "add", "--outage", "2020-01-01", "x"], "nearest one began");
    assert_eq!(2, json(&logs, &["note", "list", "--json"])["notes"].as_array().unwrap().len());
    done(&logs, &["note", "remove", &by_number["id"].to_string()]);
    assert!(done(&logs, &["note", "list"]).contains("again"));
}

#[test]
fn a_damaged_diary_is_put_aside_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::write(dir.join("history.db"), "no database\n".repeat(1000)).unwrap();
    let (code, _, complained) = netlog(dir, &["ticket", "add", "x"]);
    assert_eq!(Some(0), code);
    assert!(complained.contains("was damaged") && complained.contains("history_damaged_"), "{complained}");
    assert_eq!(1, json(dir, &["ticket", "list", "--json"])["tickets"].as_array().unwrap().len());
}
