//! `netlog analyze` on looks of several programs, on rare looks, and on a rhythm that changes.

use std::{fs, process::Command};

use serde_json::Value;

use super::{
    analyze, folder_with, number, outages, second,
    truth::{self, Line},
};

const BEGIN: i64 = 1_748_808_000; // 2025-06-01 20:00 UTC

/// Rows at these seconds after [`BEGIN`].
fn rows(seconds: impl IntoIterator<Item = i64>, line: impl Fn(i64) -> Line) -> Vec<Vec<u8>> {
    seconds.into_iter().map(|second| truth::row(BEGIN + second, line(second))).collect()
}

fn dead(from: i64, until: i64) -> impl Fn(i64) -> Line + Copy {
    move |second| if (from..until).contains(&second) { Line::Wan } else { Line::Works }
}

fn every(seconds: i64, from: i64) -> impl Iterator<Item = i64> + Clone {
    (from..7200).step_by(usize::try_from(seconds).unwrap())
}

fn analyze_files(files: &[(&str, Vec<Vec<u8>>)]) -> Value {
    let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, rows)| (*name, truth::file(rows))).collect();
    analyze(folder_with(&files).path(), &["--tz", "UTC"])
}

/// One outage from `begin` to `end`, and nothing that was not monitored.
#[track_caller]
fn check_one(value: &Value, begin: i64, end: i64) {
    let expected = vec![((BEGIN + begin) as f64, Some((BEGIN + end) as f64), "access".to_owned())];
    assert_eq!(expected, outages(value));
    assert_eq!(0.0, number(&value["coverage"]["not_monitored_s"]), "{}", value["gaps"]);
    assert!(value["disagreement"].is_null() && value["micro_interruptions"] == serde_json::json!([]));
}

#[test]
fn several_monitors_of_one_line_hide_no_outage_and_leave_no_gap() {
    let line = dead(1800, 3000);
    let a = rows(every(60, 0), line);
    for (shift, rhythm) in [(3, 60), (30, 60), (57, 60), (3, 20), (7, 300), (0, 45), (11, 90)] {
        let b = rows(every(rhythm, shift), line);
        let value = analyze_files(&[("netlog.csv", a.clone()), ("netlog_b.csv", b)]);
        let (found, unseen) = (outages(&value), number(&value["coverage"]["not_monitored_s"]));
        assert_eq!((1, 0.0), (found.len(), unseen), "every {rhythm} s, {shift} s later: {found:?} {}", value["gaps"]);
        let (begin, end, _) = &found[0];
        // As exact as the better of the two.
        assert!((begin - (BEGIN + 1800) as f64).abs() <= 60.0 && (end.unwrap() - (BEGIN + 3000) as f64).abs() <= 60.0);
    }
    let all = [0, 3, 40].map(|shift| rows(every(60, shift), line));
    let [a, b, c] = all.clone();
    check_one(&analyze_files(&[("netlog.csv", a), ("netlog_b.csv", b), ("netlog_c.csv", c)]), 1800, 3000);
    // The same in one file, in their order and one after the other.
    let mut together = all.concat();
    check_one(&analyze_files(&[("netlog.csv", together.clone())]), 1800, 3000);
    together.sort();
    check_one(&analyze_files(&[("netlog.csv", together)]), 1800, 3000);
}

#[test]
fn a_monitor_in_two_files_beside_another_is_one() {
    let line = dead(1800, 3000);
    let (a, b) = (rows(every(60, 0), line), rows(every(60, 3), line));
    let files = [("netlog.csv", a[40..].to_vec()), ("netlog_1.csv", a[..40].to_vec()), ("netlog_b.csv", b.clone())];
    check_one(&analyze_files(&files), 1800, 3000);
    // A copy of a part is no further monitor.
    let files = [("netlog.csv", a.clone()), ("netlog_copy.csv", a[20..70].to_vec()), ("netlog_b.csv", b)];
    let value = analyze_files(&files);
    check_one(&value, 1800, 3000);
    assert_eq!(50.0, number(&value["doubled_rows"]));
}

#[test]
fn a_second_program_that_ends_leaves_the_other_as_it_was() {
    let line = dead(1800, 3000);
    let (a, b) = (rows(every(60, 0), line), rows((3..2400).step_by(60), line));
    check_one(&analyze_files(&[("netlog.csv", a.clone()), ("netlog_b.csv", b)]), 1800, 3000);
    // One look by hand that failed lasts no longer than it is known to.
    let value = analyze_files(&[("netlog.csv", a), ("netlog_b.csv", rows([5005], |_| Line::Wan))]);
    let found = outages(&value);
    assert!(found.len() == 2 && found[1].1.unwrap() - found[1].0 <= 60.0, "{found:?}");
}

#[test]
fn looks_of_ours_among_the_originals_hide_no_outage() {
    // What cron starts every minute, and "netlog once" ten seconds later, in one file.
    let header = "utc_timestamp,overall_status,seq,since_utc,fault_domain";
    let time =
        |second: i64| chrono::DateTime::from_timestamp(BEGIN + second, 0).unwrap().format("%Y-%m-%dT%H:%M:%S+00:00");
    let words = |second: i64| if (1800..3000).contains(&second) { ("WAN_DOWN", "access") } else { ("OK", "") };
    let once = |second: i64| format!("{},{},1,,{}", time(second), words(second).0, words(second).1);
    let own: Vec<String> = every(60, 10).map(once).collect();
    let log = (header.to_owned() + "\n" + &own.join("\n") + "\n").into_bytes();
    let original = truth::file(&rows(every(60, 0), dead(1800, 3000)));
    let dir = folder_with(&[("netlog.csv", log), ("netlog_old.csv", original)]);
    check_one(&analyze(dir.path(), &[]), 1800, 3000);
}

#[test]
fn logs_of_two_lines_are_told_to_contradict_each_other() {
    let (a, b) = (rows(every(60, 0), dead(1800, 3000)), rows(every(60, 30), dead(5000, 6000)));
    let value = analyze_files(&[("netlog.csv", a.clone()), ("netlog_b.csv", b.clone())]);
    let found = &value["disagreement"];
    assert!(number(&found["contradicting_rows"]) > 30.0, "{found}");
    let dir = folder_with(&[("netlog.csv", truth::file(&a)), ("netlog_b.csv", truth::file(&b))]);
    for command in ["analyze", "report"] {
        let format: &[&str] = if command == "report" { &["--format", "text"] } else { &[] };
        let output = Command::new(env!("CARGO_BIN_EXE_netlog"))
            .arg(command)
            .args(format)
            .arg("--log-dir")
            .arg(dir.path())
            .output();
        let said = String::from_utf8_lossy(&output.unwrap().stdout).to_lowercase();
        assert!(said.contains("contradict each other"), "{command}: {said}");
    }
    // One of them ran while the other did not.
    let later: Vec<Vec<u8>> = rows((7200..9000).step_by(60), |_| Line::Works);
    assert!(analyze_files(&[("netlog.csv", a), ("netlog_b.csv", later)])["disagreement"].is_null());
}

#[test]
fn a_rhythm_that_changes_loses_no_time() {
    for rhythms in [[300, 60], [60, 300], [10, 900], [900, 10], [60, 20]] {
        // It is dead over the change.
        let (line, change) = (dead(9000, 18_000), 14_400);
        let (first, second) = ((0..change).step_by(rhythms[0]), (change..28_800).step_by(rhythms[1]));
        let value = analyze_files(&[("netlog.csv", rows(first.chain(second), line))]);
        let found = outages(&value);
        assert_eq!((1, 0.0), (found.len(), number(&value["coverage"]["not_monitored_s"])), "{rhythms:?} {found:?}");
    }
}

/// The looks of a person: rows at these hours before now.
fn by_hand(hours: &[(f64, Line)]) -> (Value, f64) {
    let now = chrono::Utc::now().timestamp();
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
    let lines: Vec<Vec<u8>> = hours.iter().map(|(ago, line)| truth::row(now - (ago * 3600.0) as i64, *line)).collect();
    let value = analyze(folder_with(&[("netlog.csv", truth::file(&lines))]).path(), &["--tz", "UTC"]);
    (value, now as f64)
}

#[test]
fn nothing_lies_after_now() {
    let ten_seconds = 10.0 / 3600.0;
    for looks in [
        vec![(5.0, Line::Works), (ten_seconds, Line::Wan)],
        vec![(ten_seconds, Line::Wan)],
        vec![(10.0, Line::Works), (5.0, Line::Works), (ten_seconds, Line::Wan)],
        vec![(1.5, Line::Works), (1.0, Line::Works), (0.5, Line::Works), (0.0, Line::Wan)],
    ] {
        let (value, now) = by_hand(&looks);
        let found = outages(&value);
        assert_eq!((1, None), (found.len(), found[0].1), "{looks:?}: {found:?}");
        assert!(number(&value["outages"][0]["duration_s"]) < 60.0, "{}", value["outages"]);
        // The program runs a little later than the rows were made.
        assert!(second(&value["period"]["to"]) <= now + 60.0, "{}", value["period"]);
        assert!(second(&value["period"]["to"]) >= now - 10.0, "{}", value["period"]);
    }
}

#[test]
fn one_look_of_an_old_log_proves_one_moment() {
    let row = |hour: i64, line: Line| truth::row(BEGIN + hour * 3600, line);
    for looks in [
        vec![row(0, Line::Works), row(5, Line::Wan)],
        vec![row(0, Line::Works), row(5, Line::Works), row(10, Line::Works), row(15, Line::Wan)],
        vec![row(0, Line::Wan)],
    ] {
        let last = String::from_utf8_lossy(looks.last().unwrap()).split(',').nth(1).unwrap().to_owned();
        let value = analyze(folder_with(&[("netlog.csv", truth::file(&looks))]).path(), &[]);
        let found = outages(&value);
        assert_eq!((1, None), (found.len(), found[0].1), "{found:?}");
        assert_eq!(0.0, number(&value["outages"][0]["duration_s"]));
        assert_eq!(second(&Value::from(last)), second(&value["period"]["to"]), "the last row is the end");
    }
    let dir = folder_with(&[("netlog.csv", truth::file(&[row(0, Line::Wan)]))]);
    let report = dir.path().join("report.txt");
    let netlog = Command::new(env!("CARGO_BIN_EXE_netlog"))
        .args(["report", "--format", "text", "--out"])
        .arg(&report)
        .arg("--log-dir")
        .arg(dir.path())
        .output()
        .unwrap();
    assert!(netlog.status.success(), "{}", String::from_utf8_lossy(&netlog.stderr));
    assert!(fs::read_to_string(&report).unwrap().contains("outage"));
}
