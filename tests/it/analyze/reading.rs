//! `netlog analyze` and `netlog report` on logs of which not everything can be read or be right.

use std::{path::Path, process::Command};

use serde_json::Value;

use super::{
    analyze, folder_with, number, outages, second,
    truth::{self, Line},
};

const BEGIN: i64 = 1_748_808_000; // 2025-06-01 20:00 UTC

fn minute(minute: i64) -> Vec<u8> {
    truth::row(BEGIN + minute * 60, Line::Works)
}

#[track_caller]
fn report(dir: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_netlog"))
        .args(["report", "--format", "text", "--log-dir"])
        .arg(dir)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().replace('\u{a0}', " ")
}

/// The first section of a report.
fn first_page(report: &str) -> &str {
    report.split("Overview").next().unwrap_or_default()
}

#[test]
fn dates_that_a_spreadsheet_made_of_counts_take_no_rows_away() {
    for date in ["4-Apr", "04. Apr", "04.Apr", "4/4/2026", "2026-04-04", "Apr-04", "46116"] {
        let lines = [0, 1, 2, 3].map(|idx| {
            let line = truth::row(BEGIN + idx * 60, if idx == 1 { Line::Wan } else { Line::Works });
            String::from_utf8(line).unwrap().replace("4/4", date).replace("1/1", "1-Jan").into_bytes()
        });
        let dir = folder_with(&[("netlog.csv", truth::file(&lines))]);
        let value = analyze(dir.path(), &["--tz", "UTC"]);
        assert_eq!((4.0, 75.0), (number(&value["rows"]), number(&value["availability"]["percent"])), "{date}");
        assert_eq!((0.0, 6.0), (number(&value["skipped_lines"]), number(&value["unread_fields"])), "{date}");
        assert_eq!("targets_reachable", value["unread"][0]["column"]);
        let report = report(dir.path());
        assert!(first_page(&report).contains("6 fields could not be read"), "{report}");
    }
}

#[test]
fn a_lost_row_between_good_ones_is_not_monitored_and_told_on_the_first_page() {
    let mut lines: Vec<Vec<u8>> = (0..30).map(minute).collect();
    lines[10] = String::from_utf8(lines[10].clone()).unwrap().replace(",OK,", ",0K,").into_bytes();
    lines[20] = b"2025-06-01 20:20:00,20?5-06-01T20:20:00".to_vec();
    // No row at all takes no time.
    lines.insert(25, b"# a remark".to_vec());
    let dir = folder_with(&[("netlog.csv", truth::file(&lines))]);
    let value = analyze(dir.path(), &[]);
    assert_eq!((120.0, 3.0), (number(&value["coverage"]["not_monitored_s"]), number(&value["skipped_lines"])));
    assert_eq!(1680.0, number(&value["coverage"]["up_s"]));
    let report = report(dir.path());
    let page = first_page(&report);
    assert!(page.contains("3 lines of the logs could not be read"), "{report}");
}

#[test]
fn a_lost_row_does_not_cut_an_outage() {
    let mut lines: Vec<Vec<u8>> = (0..30)
        .map(|minute| truth::row(BEGIN + minute * 60, if (10..20).contains(&minute) { Line::Wan } else { Line::Works }))
        .collect();
    lines[15].truncate(40);
    let value = analyze(folder_with(&[("netlog.csv", truth::file(&lines))]).path(), &[]);
    assert_eq!(1, outages(&value).len());
    assert_eq!(600.0, number(&value["outages"][0]["duration_s"]));
}

#[test]
fn rows_of_a_clock_that_was_not_set_do_not_stretch_the_period() {
    let hour: Vec<Vec<u8>> = (0..60).map(minute).collect();
    for (begin, place) in
        [(10, 0), (10, 20), (946_684_800, 60), (3_000_000_000, 30), (4_102_444_800, 0), (1_400_000_000, 5)]
    {
        let mut lines = hour.clone();
        for idx in 0..3 {
            lines.insert(place, truth::row(begin + idx * 60, if idx == 1 { Line::Wan } else { Line::Works }));
        }
        let dir = folder_with(&[("netlog.csv", truth::file(&lines))]);
        let value = analyze(dir.path(), &["--tz", "UTC"]);
        let (from, to) = (second(&value["period"]["from"]), second(&value["period"]["to"]));
        assert_eq!((BEGIN as f64, (BEGIN + 3600) as f64), (from, to), "{begin} at {place}");
        assert_eq!((60.0, 0), (number(&value["rows"]), outages(&value).len()));
        let odd = &value["put_aside"][0];
        assert_eq!((3.0, begin as f64), (number(&odd["rows"]), second(&odd["first"])), "{odd}");
        assert!(odd["file"].as_str().unwrap().ends_with("netlog.csv"));
        assert_eq!(Value::Bool(false), value["odd_times"]);
        let report = report(dir.path());
        assert!(first_page(&report).contains("3 rows of netlog.csv with times from"), "{report}");
    }
}

#[test]
fn a_few_days_of_a_log_that_goes_on_a_year_later_are_counted() {
    // 1 January 2024 and 1 March 2025.
    let (begin, resumed) = (1_704_067_200, 1_740_787_200);
    let early = (0..864).map(|idx| (begin + idx * 300, (400..412).contains(&idx)));
    let late = (0..8700).map(|idx| (resumed + idx * 300, false));
    let row = |(at, is_down)| truth::row(at, if is_down { Line::Wan } else { Line::Works });
    let lines: Vec<Vec<u8>> = early.chain(late).map(row).collect();
    let value = analyze(folder_with(&[("netlog.csv", truth::file(&lines))]).path(), &["--tz", "UTC"]);
    assert_eq!((9564.0, 1), (number(&value["rows"]), outages(&value).len()));
    assert_eq!(begin as f64, second(&value["period"]["from"]));
    assert_eq!((Some(0), false), (value["put_aside"].as_array().map(Vec::len), value["odd_times"] == true));
}

#[test]
fn a_log_wholly_of_a_wrong_time_is_read_with_a_warning() {
    for begin in [10, 4_102_444_800] {
        let lines: Vec<Vec<u8>> = (0..60)
            .map(|minute| truth::row(begin + minute * 60, if minute == 30 { Line::Wan } else { Line::Works }))
            .collect();
        let dir = folder_with(&[("netlog.csv", truth::file(&lines))]);
        let value = analyze(dir.path(), &[]);
        assert_eq!((60.0, 1), (number(&value["rows"]), outages(&value).len()));
        assert_eq!(Value::Bool(true), value["odd_times"]);
        assert!(first_page(&report(dir.path())).contains("clock of the computer that measured was not set"));
    }
}

#[test]
fn a_run_that_began_without_a_clock_is_one_run_of_the_right_time() {
    let header = "utc_timestamp,overall_status,seq,since_utc,fault_domain,evidence";
    let mut lines = vec![header.to_owned()];
    let step = BEGIN - 100;
    let time = |second: i64| chrono::DateTime::from_timestamp(second, 0).unwrap().format("%Y-%m-%dT%H:%M:%S+00:00");
    for seq in 1..=20 {
        let is_set = seq > 5;
        let at = seq * 20 + if is_set { step } else { 0 };
        let words = match seq {
            1 => format!("OK,1,{},,", time(at)),
            3 => format!("WAN_DOWN,3,{},access,", time(at - 1)),
            4 | 5 => format!("WAN_DOWN,{seq},,access,"),
            6 => format!("WAN_DOWN,6,,access,clock_step={step}"),
            7 => format!("OK,7,{},,", time(at - 1)),
            _ => format!("OK,{seq},,,"),
        };
        lines.push(format!("{},{words}", time(at)));
    }
    let dir = folder_with(&[("netlog.csv", (lines.join("\n") + "\n").into_bytes())]);
    let value = analyze(dir.path(), &[]);
    let at = |second: i64| (step + second) as f64;
    assert_eq!(vec![(at(59), Some(at(139)), "access".to_owned())], outages(&value));
    assert_eq!(at(20), second(&value["period"]["from"]));
    assert_eq!(serde_json::json!([]), value["put_aside"]);
}

#[test]
fn a_report_of_no_rows_says_that_nothing_was_measured() {
    for log in [Vec::new(), truth::file(&[])] {
        let report = report(folder_with(&[("netlog.csv", log)]).path());
        assert!(report.contains("nothing was measured"), "{report}");
        for untrue in ["All of the period was watched", "was asked every"] {
            assert!(!report.contains(untrue), "{untrue}: {report}");
        }
    }
}
