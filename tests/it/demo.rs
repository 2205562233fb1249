//! `netlog demo` and `netlog export`: a made-up folder holds together, and what is in it gets out.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

const TO: &str = "2026-11-01T00:00:00Z";

fn netlog(args: &[&str], dir: &Path) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_netlog"))
        .args(args)
        .args(["--config", "none.json", "--log-dir"])
        .arg(dir)
        .env("TZ", "UTC")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn done(args: &[&str], dir: &Path) -> String {
    let (code, said, complained) = netlog(args, dir);
    assert!(matches!(code, Some(0 | 1)), "{args:?}: {complained}");
    said
}

// Elsewhere there is always a display.
#[cfg(target_os = "linux")]
#[test]
fn the_window_of_the_demo_needs_a_display_and_nothing_is_watched_in_its_place() {
    for (display, args) in [
        (None, vec!["--demo"]),
        (Some(":4711"), vec!["--demo"]),
        (None, vec!["--demo", "--start", "--for", "2s"]),
        (None, vec!["--demo", "--terminal"]),
        (None, vec!["--demo", "--no-such-option"]),
    ] {
        let home = tempfile::tempdir().unwrap();
        let mut window = Command::new(env!("CARGO_BIN_EXE_network-logging"));
        window.args(&args).current_dir(home.path()).env_clear().env("HOME", home.path());
        window.envs(display.map(|display| ("DISPLAY", display)));
        let output = window.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(Some(2), output.status.code(), "{args:?}: {said}");
        let is_about_options = args.iter().any(|arg| matches!(*arg, "--terminal" | "--no-such-option"));
        assert!(is_about_options || said.contains("the made-up line needs a display"), "{args:?}: {said}");
        assert_eq!(0, fs::read_dir(home.path()).unwrap().count(), "{args:?} wrote something");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

fn demo(dir: &Path, days: &str) -> PathBuf {
    let out = dir.join("demo");
    let args = ["demo", "--days", days, "--seed", "5", "--to", TO, "--out", out.to_str().unwrap()];
    assert!(Command::new(env!("CARGO_BIN_EXE_netlog")).args(args).env("TZ", "UTC").status().unwrap().success());
    out
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn truth(dir: &Path) -> Value {
    json(&fs::read_to_string(dir.join("truth.json")).unwrap())
}

#[test]
fn the_same_seed_makes_the_same_folder() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let dirs = dirs.each_ref().map(|dir| demo(dir.path(), "1"));
    let names = |dir: &Path| {
        let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&dirs[0]), names(&dirs[1]));
    for name in names(&dirs[0]) {
        if name != "history.db" {
            assert_eq!(fs::read(dirs[0].join(&name)).unwrap(), fs::read(dirs[1].join(&name)).unwrap(), "{name:?}");
        }
    }
    let samples = dirs.each_ref().map(|dir| done(&["export", "--what", "samples"], dir));
    assert!(samples[0] == samples[1] && samples[0].lines().count() > 86_400);
}

#[test]
fn paths_diary_and_samples_are_those_of_the_truth() {
    let dir = tempfile::tempdir().unwrap();
    let dir = demo(dir.path(), "12");
    let truth = truth(&dir);
    let analyzed = json(&done(&["analyze", "--json"], &dir));
    let changes = truth["path_changes"].as_array().unwrap();
    assert!(!changes.is_empty());
    assert_eq!(
        ("history", &truth["path_changes"]),
        (analyzed["path_changes_from"].as_str().unwrap(), &analyzed["path_changes"])
    );
    let text = done(&["analyze", "--tz", "UTC"], &dir);
    assert!(
        text.contains(&format!("Paths that became others: {}", changes.len())) && text.contains("from the history")
    );
    for what in ["ticket", "note"] {
        assert_eq!(truth[format!("{what}s")], json(&done(&[what, "list", "--json"], &dir))[format!("{what}s")]);
    }
    // Every outage names its traces, and the samples of its first ten seconds show which part failed.
    for outage in analyzed["outages"].as_array().unwrap() {
        let files = outage["files"].as_array().unwrap();
        let trace = files.iter().map(|name| name.as_str().unwrap()).find(|name| name.starts_with("trace_"));
        let trace = fs::read_to_string(dir.join(trace.unwrap_or_else(|| panic!("{outage}")))).unwrap();
        assert!(trace.contains("# The path when it failed"), "{trace}");
        let domain = outage["fault_domain"].as_str().unwrap();
        let start: chrono::DateTime<chrono::Utc> = outage["start"].as_str().unwrap().parse().unwrap();
        let (from, to) = (start.to_rfc3339(), (start + chrono::TimeDelta::seconds(10)).to_rfc3339());
        let samples = done(&["export", "--what", "samples", "--format", "jsonl", "--from", &from, "--to", &to], &dir);
        let samples: Vec<Value> = samples.lines().map(json).collect();
        let all = |role: &str, result: &str| {
            let mut of_role = samples.iter().filter(|sample| sample["role"] == role);
            of_role.clone().count() > 0 && of_role.all(|sample| sample["result"] == result)
        };
        let home = matches!(domain, "lan" | "host");
        assert!(all("gateway", if home { "lost" } else { "answer" }), "{outage} {samples:?}");
        let last = trace.split("# The path when it failed").nth(1).unwrap();
        let last = last.split("# The path after").next().unwrap();
        let hops_heard = last.lines().filter(|line| line.contains("|-- ") && !line.contains("???")).count();
        let expected = match domain {
            "lan" | "host" => 0,
            "access" => 1,
            "isp" => 2,
            "upstream" => 3,
            _ => 5,
        };
        assert_eq!(expected, hops_heard, "{outage} {last}");
        let whole = domain == "dns";
        assert!(all("target", if whole { "answer" } else { "lost" }) || whole, "{outage}");
    }
    // Without the history, the logs of traces say the same.
    fs::remove_file(dir.join("history.db")).unwrap();
    let analyzed = json(&done(&["analyze", "--json"], &dir));
    assert_eq!(
        ("trace_logs", &truth["path_changes"]),
        (analyzed["path_changes_from"].as_str().unwrap(), &analyzed["path_changes"])
    );
    for entry in fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("mtr_") {
            fs::remove_file(path).unwrap();
        }
    }
    let analyzed = json(&done(&["analyze", "--json"], &dir));
    assert_eq!((&Value::Null, &Value::Null), (&analyzed["path_changes_from"], &analyzed["path_changes"]));
}

#[test]
fn rows_are_exported_once_and_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let logs = demo(dir.path(), "1");
    // A copy of the log, and a log whose rows are not in order.
    let log = fs::read_to_string(logs.join("netlog.csv")).unwrap();
    fs::copy(logs.join("netlog.csv"), logs.join("netlog_copy.csv")).unwrap();
    let mut lines: Vec<&str> = log.lines().collect();
    lines[1..200].reverse();
    fs::write(logs.join("netlog_shuffled.csv"), lines.join("\r\n")).unwrap();
    let n_rows = log.lines().count() - 1;
    let csv = done(&["export"], &logs);
    assert_eq!(n_rows + 1, csv.lines().count());
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let at = reader.headers().unwrap().iter().position(|name| name == "utc_timestamp").unwrap();
    let times: Vec<String> = reader.records().map(|record| record.unwrap()[at].to_owned()).collect();
    assert!(times.is_sorted());
    let lines = done(&["export", "--format", "jsonl", "--from", "2026-10-31 06:00", "--to", "2026-10-31 12:00"], &logs);
    let rows: Vec<Value> = lines.lines().map(json).collect();
    assert!(rows.len() > 500 && rows.len() < n_rows);
    assert!(rows.iter().all(|row| row["utc_timestamp"].as_str().unwrap() >= "2026-10-31T06:00"));
    assert!(rows.iter().all(|row| row["utc_timestamp"].as_str().unwrap() < "2026-10-31T12:00"));
    let file = dir.path().join("rows.csv");
    done(&["export", "--out", file.to_str().unwrap()], &logs);
    assert_eq!(csv, fs::read_to_string(&file).unwrap());
    let (code, _, complained) = netlog(&["export", "--out", file.to_str().unwrap()], &logs);
    assert_eq!(Some(2), code);
    assert!(complained.contains("rows.csv"), "{complained}");
    let empty = tempfile::tempdir().unwrap();
    for args in [&["export"][..], &["export", "--what", "samples"]] {
        let (code, _, complained) = netlog(args, empty.path());
        assert!(code == Some(2) && complained.contains("netlog monitor"), "{complained}");
    }
    assert_eq!(0, fs::read_dir(empty.path()).unwrap().count());
}
