//! `netlog analyze` on logs whose truth is known, whole and damaged in every way.

#![expect(clippy::float_cmp, reason = "whole seconds are exact")]

mod looks;
mod reading;
mod truth;

use std::{fs, path::Path, process::Command, time::Duration};

use network_logging::{
    analysis::summary::{Scope, Summariser},
    store::logs,
};
use proptest::prelude::*;
use serde_json::Value;

use self::truth::{Line, Rng, Truth};

/// Runs the real program and reads what it prints.
#[track_caller]
fn analyze(dir: &Path, args: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_netlog"))
        .args(["analyze", "--json", "--config", "none.json", "--log-dir"])
        .arg(dir)
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let n_outages = value["outages"].as_array().unwrap().len();
    assert_eq!(Some(i32::from(n_outages > 0)), output.status.code());
    let sum: f64 =
        ["up_s", "degraded_s", "down_s", "not_monitored_s"].iter().map(|key| number(&value["coverage"][key])).sum();
    let period = second(&value["period"]["to"]) - second(&value["period"]["from"]);
    // Where the clock was set, the clock on the wall shows another length.
    let is_whole = !args.contains(&"--opening-hours") && value["clock_steps"] == serde_json::json!([]);
    assert!(!is_whole || (sum - period).abs() < 0.01, "{sum} of {period}");
    value
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn second(value: &Value) -> f64 {
    let at: chrono::DateTime<chrono::Utc> = value.as_str().unwrap().parse().unwrap();
    at.timestamp_micros() as f64 / 1e6
}

/// Begin, end (`None` while it lasts), and the part at fault of all outages.
fn outages(value: &Value) -> Vec<(f64, Option<f64>, String)> {
    let outages = value["outages"].as_array().unwrap().iter();
    let end = |outage: &Value| (!outage["end"].is_null()).then(|| second(&outage["end"]));
    outages.map(|o| (second(&o["start"]), end(o), o["fault_domain"].as_str().unwrap().to_owned())).collect()
}

fn folder_with(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

/// What `analyze` says is the truth, with edges at most `slack` seconds off.
#[track_caller]
fn check(value: &Value, truth: &Truth, slack: f64) {
    let (found, expected) = (outages(value), truth.outages());
    assert_eq!(expected.len(), found.len(), "{expected:?}\n{found:?}");
    let mut n_edges = 0.0;
    for ((from, until, domain), (begin, end, name)) in expected.iter().zip(&found) {
        assert!((from - begin).abs() <= slack && domain == name, "{expected:?}\n{found:?}");
        assert_eq!(until.is_some(), end.is_some(), "{expected:?}\n{found:?}");
        assert!((until.unwrap_or(0.0) - end.unwrap_or(0.0)).abs() <= slack, "{expected:?}\n{found:?}");
        n_edges += 2.0;
    }
    let down = number(&value["coverage"]["down_s"]);
    assert!((truth.down() - down).abs() <= n_edges * slack + 0.001, "{} {down}", truth.down());
    for cause in ["DNS", "ICMP-only", "Transport", "Mixed", "LAN"] {
        let ((n, sum), said) = (truth.by_cause(cause), &value["by_rows"]["runs_by_hint"][cause]);
        let (m, total) = (number(&said["count"]), number(&said["total_s"]));
        assert!(n == m && (sum - total).abs() <= n * 2.0 * slack + 0.001, "{cause}: {n} in {sum} s, {said}");
    }
    let unseen = number(&value["coverage"]["not_monitored_s"]);
    assert!(
        (truth.not_monitored() - unseen).abs() <= truth.n_gaps() as f64 * slack * 2.0 + 0.001,
        "{} {unseen}",
        truth.not_monitored()
    );
}

#[test]
fn a_clean_log_of_the_original_gives_the_truth_to_the_second() {
    for seed in 0..12 {
        let truth = Truth::random(seed, 3000, 0);
        let dir = folder_with(&[("netlog.csv", truth.log())]);
        let value = analyze(dir.path(), &["--tz", "UTC"]);
        check(&value, &truth, 0.0);
        assert_eq!(truth.n_rows() as f64, number(&value["rows"]));
        assert_eq!(0.0, number(&value["skipped_lines"]));
        let by_rows = (truth.n_rows() - truth.n_bad_rows()) as f64 / truth.n_rows() as f64 * 100.0;
        assert!((by_rows - number(&value["availability"]["by_rows_percent"])).abs() < 1e-4);
        assert!((by_rows - number(&value["availability"]["percent"])).abs() < 1e-4, "rows of equal length");
        let hours = value["by_rows"]["by_hour"].as_array().unwrap();
        for (hour, figures) in hours.iter().enumerate() {
            let (rows, bad) = truth.by_hour(hour);
            assert_eq!((rows as f64, bad as f64), (number(&figures["rows"]), number(&figures["not_ok"])), "{hour}");
        }
        for cause in ["DNS", "ICMP-only", "Transport", "Mixed", "LAN"] {
            let expected = truth.rows_by_cause(cause) as f64;
            let heat: f64 = hours.iter().map(|figures| number(&figures["by_hint"][cause])).sum();
            assert_eq!((expected, expected), (number(&value["by_rows"]["by_hint"][cause]), heat), "{cause}");
        }
        let (all, down) = truth.isp_impact();
        let impact = &value["by_rows"]["isp_impact"];
        assert_eq!((all as f64, down as f64), (number(&impact["rows"]), number(&impact["down"])));
    }
}

#[test]
fn an_outage_that_sleep_or_the_end_cuts_is_as_long_by_cause_as_in_the_list() {
    let at = |minute: i64| 1_767_225_600 + minute * 60;
    let bad = |minutes: std::ops::Range<i64>| {
        let line = move |minute| if minutes.contains(&minute) { Line::Wan } else { Line::Works };
        move |minute: i64| truth::row(at(minute), line(minute))
    };
    let cut: Vec<Vec<u8>> = (0..60).chain(600..660).map(bad(55..60)).collect();
    let open: Vec<Vec<u8>> = (0..60).map(bad(55..60)).collect();
    let single: Vec<Vec<u8>> = (0..60).map(bad(30..31)).collect();
    for (lines, length) in [(cut, 300.0), (open, 300.0), (single, 60.0)] {
        let dir = folder_with(&[("netlog.csv", truth::file(&lines))]);
        let value = analyze(dir.path(), &[]);
        let said = &value["by_rows"]["runs_by_hint"]["Transport"];
        assert_eq!((1.0, length), (number(&said["count"]), number(&said["total_s"])), "{}", value["outages"]);
    }
}

#[test]
fn sleep_makes_no_outage_longer() {
    for seed in 0..12 {
        let truth = Truth::random(seed, 4000, 15);
        let dir = folder_with(&[("netlog.csv", truth.log())]);
        check(&analyze(dir.path(), &[]), &truth, 0.0);
    }
}

#[test]
fn unsorted_doubled_and_overlapping_logs_in_several_files_give_the_same() {
    for seed in 0..12 {
        let truth = Truth::random(seed, 4000, 6);
        let mut rng = Rng::new(seed);
        let lines = truth.lines();
        let third = lines.len() / 3;
        let (mut a, b, mut c) =
            (lines[..third + 200].to_vec(), lines[third..third * 2].to_vec(), lines[third * 2 - 50..].to_vec());
        // The original appends rows when its cycles end; a spreadsheet sorts them by anything.
        rng.swap_near(&mut a, 4);
        rng.shuffle(&mut c);
        let n_doubled = a.len() + b.len() + c.len() - lines.len();
        let files = [("netlog.csv", c), ("netlog_20250101_000000.csv", a), ("Netlog (copy).CSV", b)];
        let files = files.map(|(name, lines)| (name, truth::file(&lines)));
        let dir = folder_with(&files);
        let value = analyze(dir.path(), &[]);
        check(&value, &truth, 0.0);
        assert_eq!(n_doubled as f64, number(&value["doubled_rows"]));
        assert_eq!(Value::Bool(true), value["was_unsorted"]);
    }
}

#[test]
fn a_shuffled_log_longer_than_the_window_is_put_in_order() {
    let truth = Truth::random(77, 60_000, 3);
    let mut lines = truth.lines();
    Rng::new(5).shuffle(&mut lines);
    let dir = folder_with(&[("netlog.csv", truth::file(&lines))]);
    check(&analyze(dir.path(), &[]), &truth, 0.0);
}

#[test]
fn bad_lines_are_counted_and_named_and_cost_nothing_else() {
    for seed in 0..12 {
        let truth = Truth::random(seed, 2000, 3);
        let mut rng = Rng::new(seed);
        let mut lines = truth.lines();
        let garbage: [&[u8]; 9] = [
            b"2025-01-01 00:00:00,2024-01-01T00:00:00+00:00,0.5,4/4,1,1,1,1,OK,,,,,1/1,1,,192.0.2.9:ok",
            b"9024-01-01 00:00:00,9024-01-01T00:00:00+00:00,0.5,4/4,1,1,1,1,OK,,,,,1/1,1,,192.0.2.9:ok",
            b"2024-01-01 00:00:00,2024-01-01T00:0",
            b"\0\0\0\0\0\0\0\0",
            b"caf\xe9,\xff\xfe",
            b"2024-01-01 00:00:00,yesterday,0.5,4/4,1,1,1,1,OK,,,,,1/1,1,,192.0.2.9:ok",
            b"2024-01-01 00:00:00,2024-01-01T00:00:00+00:00,0.5,4/4,1,1,1,1,NEW_STATUS,,,,,1/1,1,,192.0.2.9:ok",
            b"2024-01-01 00:00:00,2024-01-01T00:00:00+00:00,0.5,4/4,1,1,1,1,OK",
            b"<html><body>not a log</body></html>",
        ];
        let n_bad = 40;
        for _ in 0..n_bad {
            let at = rng.below(lines.len());
            lines.insert(at, garbage[rng.below(garbage.len())].to_vec());
        }
        let dir = folder_with(&[("netlog.csv", truth::file(&lines))]);
        let value = analyze(dir.path(), &[]);
        check(&value, &truth, 0.0);
        assert_eq!(f64::from(n_bad), number(&value["skipped_lines"]));
        assert!(value["skipped"].as_array().unwrap().iter().all(|line| number(&line["line"]) > 1.0));
    }
}

#[test]
fn rows_that_were_lost_move_an_edge_by_one_interval_at_most() {
    for seed in 0..12 {
        let truth = Truth::random(seed, 2000, 0);
        let mut rng = Rng::new(seed);
        let mut lines = truth.lines();
        // One row beside the first of every outage, and some others, but never two in a row.
        let mut idx = 0;
        while idx < lines.len() {
            if rng.below(12) == 0 {
                lines[idx] = lines[idx][..lines[idx].len() / 2].to_vec();
                idx += 2;
            }
            idx += 1;
        }
        let dir = folder_with(&[("netlog.csv", truth::file(&lines))]);
        let value = analyze(dir.path(), &[]);
        let (found, expected) = (outages(&value), truth.outages());
        for (from, until, domain) in &found {
            let real = expected.iter().any(|(begin, end, name)| {
                domain == name && *from >= begin - 60.0 && until.unwrap_or(0.0) <= end.unwrap_or(f64::INFINITY) + 60.0
            });
            assert!(real, "invented {from} {until:?} {domain}: {expected:?}");
        }
        for (begin, end, domain) in expected.iter().filter(|(begin, end, _)| end.is_none_or(|end| end - begin > 120.0))
        {
            let is_found = found.iter().any(|(from, until, name)| {
                name == domain
                    && (from - begin).abs() <= 60.0
                    && (until.unwrap_or(0.0) - end.unwrap_or(0.0)).abs() <= 60.0
            });
            assert!(is_found, "missed {begin} {end:?} {domain}: {found:?}");
        }
    }
}

#[test]
fn any_ending_of_lines_a_mark_at_the_start_and_any_columns_will_do() {
    let truth = Truth::random(3, 1500, 2);
    let expected = outages(&analyze(folder_with(&[("netlog.csv", truth.log())]).path(), &[]));
    let text = String::from_utf8(truth.log()).unwrap();
    let unix = text.replace("\r\n", "\n");
    let mark = format!("\u{feff}{text}");
    let no_header = text.split_once('\n').unwrap().1.to_owned();
    let picked: String = text
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            [fields[8], fields[1], "something", fields[5], fields[6]].join(",") + "\n"
        })
        .collect();
    for (what, text) in
        [("unix", unix), ("mark", mark), ("no header", no_header), ("no end", text.trim_end().to_owned())]
    {
        let dir = folder_with(&[("netlog.csv", text.into_bytes())]);
        assert_eq!(expected, outages(&analyze(dir.path(), &[])), "{what}");
    }
    let times = |outages: Vec<(f64, Option<f64>, String)>| -> Vec<(f64, Option<f64>)> {
        outages.into_iter().map(|(from, until, _)| (from, until)).collect()
    };
    let dir = folder_with(&[("netlog.csv", picked.into_bytes())]);
    // Without the answers of targets and resolvers there is less to tell the parts by.
    let found = times(outages(&analyze(dir.path(), &[])));
    assert_eq!(times(expected), found);
}

#[test]
fn the_night_the_clocks_go_back_has_no_negative_outage() {
    // 2025-10-26 in Berlin: 03:00 is 02:00 again. An outage of ten minutes over that moment.
    let line = |minute: i64, line: Line| truth::row(1_761_440_400 + minute * 60, line);
    let lines: Vec<Vec<u8>> =
        (-60..60).map(|minute| line(minute, if (-5..5).contains(&minute) { Line::Wan } else { Line::Works })).collect();
    let dir = folder_with(&[("netlog.csv", truth::file(&lines))]);
    let value = analyze(dir.path(), &["--tz", "Europe/Berlin"]);
    assert_eq!(600.0, number(&value["coverage"]["down_s"]));
    assert_eq!(600.0, number(&value["outages"][0]["duration_s"]));
    let hour = |hour: usize| &value["by_hour"][hour];
    assert_eq!(600.0, number(&hour(2)["down_s"]), "five minutes of each of the two hours that are called 2");
    assert_eq!(7200.0, number(&hour(2)["up_s"]) + 600.0);
}

#[test]
fn filters_count_what_was_asked_for_alone() {
    let at = |minute: i64| 1_767_225_600 + minute * 60; // Thursday 2026-01-01 00:00 UTC
    let state = |minute: i64| match minute {
        600..620 => Line::Wan,
        1200..1203 => Line::Lan,
        2000..2030 => Line::Dns,
        _ => Line::Works,
    };
    let lines: Vec<Vec<u8>> = (0..2880).map(|minute| truth::row(at(minute), state(minute))).collect();
    let dir = folder_with(&[("netlog.csv", truth::file(&lines))]);
    let with = |args: &[&str]| analyze(dir.path(), &[&["--tz", "UTC"], args].concat());
    let down = |args: &[&str]| number(&with(args)["coverage"]["down_s"]);
    let n = |args: &[&str]| with(args)["outages"].as_array().unwrap().len();
    assert_eq!((53.0 * 60.0, 3), (down(&[]), n(&[])));
    assert_eq!((33.0 * 60.0, 2), (down(&["--from", "2026-01-01 12:00"]), n(&["--from", "2026-01-01 12:00"])));
    assert_eq!(10.0 * 60.0, down(&["--from", "2026-01-01 10:10", "--to", "2026-01-02"]) - 3.0 * 60.0);
    assert_eq!((1, 53.0 * 60.0), (n(&["--domain", "dns"]), down(&["--domain", "dns"])));
    assert_eq!(2, n(&["--min-duration", "5m"]));
    // Half of the first outage, and none of the others.
    let hours = ["--opening-hours", "Thu 8-10:10"];
    let value = with(&hours);
    assert_eq!((600.0, 1), (down(&hours), n(&hours)));
    assert_eq!(600.0, number(&value["outages"][0]["counted_s"]));
    assert_eq!(1200.0, number(&value["outages"][0]["duration_s"]));
    assert_eq!(7800.0, number(&value["coverage"]["monitored_s"]));
    // What is asked for and not in the log was not monitored.
    let value = with(&["--from", "2025-12-31", "--to", "2026-01-04"]);
    assert_eq!(2.0 * 86_400.0, number(&value["coverage"]["not_monitored_s"]));
    assert_eq!(4.0 * 86_400.0, number(&value["coverage"]["monitored_s"]) + 2.0 * 86_400.0);
    let (lower, upper) = (number(&value["availability"]["lower"]), number(&value["availability"]["upper"]));
    assert!(lower < 50.0 && upper > 99.0, "{lower} {upper}");
}

#[test]
fn what_cannot_be_is_refused_with_a_remedy() {
    let dir = folder_with(&[]);
    let refused = |args: &[&str], word: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_netlog"))
            .args(["analyze", "--log-dir"])
            .arg(dir.path())
            .args(args)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(word), "{args:?}: {said}");
    };
    refused(&[], "netlog monitor");
    refused(&["--csv", "nowhere.csv"], "nowhere.csv");
    refused(&["--tz", "Mars/Olympus"], "Europe/Berlin");
    refused(&["--last", "a while"], "7d");
    refused(&["--from", "yesterday", "--csv", "x"], "2026-11-01");
    refused(&["--opening-hours", "always"], "Mon-Fri 8-18");
    refused(&["--domain", "provider"], "access");
    refused(&["--from", "2026-02-01", "--to", "2026-01-01", "--csv", "x"], "not before");
}

#[test]
fn a_log_without_a_row_is_no_error() {
    let dir = folder_with(&[("netlog.csv", Vec::new())]);
    let value = {
        let output = Command::new(env!("CARGO_BIN_EXE_netlog"))
            .args(["analyze", "--json", "--log-dir"])
            .arg(dir.path())
            .output()
            .unwrap();
        assert_eq!(Some(0), output.status.code());
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    assert_eq!(0.0, number(&value["rows"]));
    assert!(value["period"]["from"].is_null() && value["availability"]["percent"].is_null());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_damage_stops_the_report(seed in any::<u64>(), n_changes in 1_usize..400) {
        let truth = Truth::random(seed, 400, 2);
        let mut bytes = truth.log();
        let mut rng = Rng::new(seed);
        for _ in 0..n_changes {
            let at = rng.below(bytes.len());
            match rng.below(4) {
                0 => bytes[at] = u8::try_from(rng.below(256)).unwrap(),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, b",\n\"\r\0;:=9"[rng.below(9)]),
                // A cut takes all that follows, so it is rare.
                _ if at > 1000 && rng.below(50) == 0 => bytes.truncate(at),
                _ => bytes[at] ^= 1,
            }
        }
        let dir = folder_with(&[("netlog.csv", bytes)]);
        let output = Command::new(env!("CARGO_BIN_EXE_netlog")).args(["analyze", "--json", "--log-dir"]).arg(dir.path()).output().unwrap();
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        // Where no line is left that can be read, the answer says so.
        let is_lost = value["rows"] == 0;
        let code = output.status.code();
        prop_assert!(matches!((code, is_lost), (Some(0 | 1), false) | (Some(2), true)), "{}", String::from_utf8_lossy(&output.stderr));
        let down = number(&value["coverage"]["down_s"]);
        prop_assert!(down >= 0.0);
    }
}

#[test]
fn being_told_which_rows_repeat_the_one_before_changes_no_figure() {
    for seed in 0..30 {
        let truth = Truth::random(seed, 1500, 4);
        let mut rng = Rng::new(seed);
        let mut lines = truth.lines();
        // Baseline traces, one dead target, rows that are there twice but for something, and lost ones.
        for _ in 0..300 {
            let at = rng.below(lines.len());
            match rng.below(4) {
                0 => lines[at] = String::from_utf8_lossy(&lines[at]).replace(",1,,192", ",1,mtr_a.log,192").into(),
                1 => lines[at] = String::from_utf8_lossy(&lines[at]).replace("4/4", "3/4").into(),
                2 => lines.insert(at, String::from_utf8_lossy(&lines[at]).replace("4/4", "3/4").into()),
                _ => drop(lines.remove(at)),
            }
        }
        let dir = folder_with(&[("netlog.csv", truth::file(&lines))]);
        let files = logs::find(dir.path()).unwrap();
        let summary = |tell: bool| {
            let new = || Summariser::new(Scope::all(Duration::from_secs(10)));
            let mut n_repeats = 0;
            let (summariser, _) = logs::read(&files, new, |summariser, row, repeats| {
                n_repeats += u32::from(repeats);
                summariser.take(row, tell && repeats);
            })
            .unwrap();
            assert!(n_repeats > 300, "{n_repeats}");
            summariser.finish()
        };
        assert_eq!(summary(false), summary(true), "seed {seed}");
    }
}

/// The times and the part at fault of everything in a list.
fn list(value: &Value, name: &str) -> Vec<(f64, f64, Value)> {
    let all = value[name].as_array().unwrap().iter();
    all.map(|one| (second(&one["start"]), second(&one["end"]), one["fault_domain"].clone())).collect()
}

#[test]
fn a_made_up_month_amounts_to_what_happened() {
    for seed in 1..9 {
        let dir = tempfile::tempdir().unwrap();
        let demo = dir.path().join("demo");
        let seed = seed.to_string();
        let args = ["demo", "--days", "30", "--seed", &seed, "--to", "2026-11-01T00:00:00Z", "--out"];
        let mut netlog = Command::new(env!("CARGO_BIN_EXE_netlog"));
        assert!(netlog.args(args).arg(&demo).status().unwrap().success());
        let truth: Value = serde_json::from_slice(&fs::read(demo.join("truth.json")).unwrap()).unwrap();
        let value = analyze(&demo, &[]);
        for name in ["outages", "micro_interruptions", "degradations"] {
            assert_eq!(list(&truth, name), list(&value, name), "{name} of seed {seed}");
        }
        for name in ["gaps", "notices"] {
            let (expected, found) = (list(&truth, name), list(&value, name));
            assert_eq!(expected.len(), found.len(), "{expected:?}\n{found:?}");
            for (a, b) in expected.iter().zip(&found) {
                // Between the last row before and the first row after.
                assert!((a.0 - b.0).abs() <= 21.0 && (a.1 - b.1).abs() <= 21.0 && a.2 == b.2, "{a:?} {b:?}");
            }
        }
        assert_eq!(0.0, number(&value["skipped_lines"]));
        let verified = Command::new(env!("CARGO_BIN_EXE_netlog")).arg("verify").arg(&demo).output().unwrap();
        let said = String::from_utf8_lossy(&verified.stdout);
        assert!(verified.status.code() == Some(3) && !said.contains("CHANGED"), "{said}");
    }
}

#[test]
fn a_clock_that_was_wrong_at_the_start_of_a_run_mixes_no_runs() {
    // An hour ahead until 09:20, when it was set right; the next run begins five minutes after this one ends.
    let header = "utc_timestamp,overall_status,seq,since_utc,fault_domain,evidence";
    let row = |time: &str, seq: u32, rest: &str| {
        format!("2026-05-04T{time}:00+00:00,{},{seq},{rest}", if rest.contains("access") { "WAN_DOWN" } else { "OK" })
    };
    let mut lines = vec![header.to_owned(), row("10:00", 1, "2026-05-04T10:00:00+00:00,,"), row("10:10", 2, ",,")];
    lines.push(row("09:20", 3, ",,clock_step=-3600"));
    lines.push(row("09:30", 4, "2026-05-04T09:30:00+00:00,access,"));
    lines.push(row("09:40", 5, "2026-05-04T09:40:00+00:00,,"));
    let later = (0..8).map(|idx| row(&format!("{:02}:{:02}", 10 + idx / 4, idx % 4 * 15), 6 + idx, ",,"));
    lines.extend(later);
    let again = (0..12).map(|idx| {
        let since = if idx == 0 { "2026-05-04T11:50:00+00:00,," } else { ",," };
        row(&format!("{:02}:{:02}", 11 + (50 + idx * 5) / 60, (50 + idx * 5) % 60), 1 + idx, since)
    });
    lines.extend(again);
    let dir = folder_with(&[("netlog.csv", (lines.join("\r\n") + "\r\n").into_bytes())]);
    let value = analyze(dir.path(), &[]);
    let begin = 1_777_852_800.0; // 2026-05-04
    let at = |hour: f64| begin + hour * 3600.0;
    assert_eq!(vec![(at(9.5), Some(at(9.0 + 40.0 / 60.0)), "access".to_owned())], outages(&value));
    assert_eq!(300.0, number(&value["coverage"]["not_monitored_s"]), "{}", value["gaps"]);
    assert_eq!(Value::Bool(false), value["was_unsorted"]);
}
