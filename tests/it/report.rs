//! `netlog report`: a month that was made up, in every format, by the real program.

use std::{fs, path::Path, process::Command};

/// A folder with a log of some days.
fn demo(days: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_netlog"))
        .args(["demo", "--days", days, "--to", "2026-11-25T00:00:00Z", "--out"])
        .arg(dir.path())
        .output()
        .unwrap();
    assert!(made.status.success());
    dir
}

/// Runs `netlog report` on a folder: its exit code, what it says, and what went wrong.
fn report(dir: &Path, args: &[&str]) -> (Option<i32>, Vec<u8>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_netlog"))
        .args(["report", "--config", "none.json", "--tz", "Europe/Berlin", "--log-dir"])
        .arg(dir)
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap();
    (output.status.code(), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn every_format_is_written_and_tells_the_same_outages() {
    let dir = demo("5");
    let (code, json, said) = report(dir.path(), &["--format", "json"]);
    assert_eq!(Some(0), code, "{said}");
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let n = json["outages"].as_array().unwrap().len();
    assert!(n > 3);
    assert_eq!("Europe/Berlin", json["report"]["tz"]);
    for name in ["a.pdf", "a.html", "a.txt", "a.md", "a.csv", "a.json"] {
        let (code, _, said) = report(dir.path(), &["--out", name]);
        assert_eq!(Some(0), code, "{name}: {said}");
        let bytes = fs::read(dir.path().join(name)).unwrap();
        if name == "a.pdf" {
            assert!(bytes.starts_with(b"%PDF-"));
            continue;
        }
        let text = String::from_utf8(bytes).unwrap().replace('\u{a0}', " ");
        match name {
            "a.csv" => assert_eq!(n + 1, text.lines().count()),
            "a.json" => assert!(text.contains("\"sha256\"")),
            _ => assert!(text.contains(&format!("{n} outages")), "{name}"),
        }
    }
    let left = fs::read_dir(dir.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".tmp"));
    assert_eq!(0, left.count());
}

#[test]
fn profile_language_and_limits_are_heard() {
    let dir = demo("3");
    let text = |args: &[&str]| String::from_utf8(report(dir.path(), args).1).unwrap();
    assert!(text(&["--profile", "de"]).contains("§ 58 TKG"));
    assert!(text(&["--profile", "de"]).contains("Bericht über einen Internetanschluss"));
    assert!(text(&["--profile", "de", "--lang", "en"]).contains("Report on an internet line"));
    assert!(text(&["--min-duration", "1h"]).contains("outages at least this long"));
    assert!(text(&["--profile", "us"]).contains("FCC"));
}

#[test]
fn what_cannot_be_reported_is_told_with_a_remedy() {
    let empty = tempfile::tempdir().unwrap();
    let (code, out, said) = report(empty.path(), &["--out", "a.pdf"]);
    assert!(code == Some(2) && out.is_empty() && said.contains("netlog monitor"), "{said}");
    let dir = demo("1");
    let (code, _, said) = report(dir.path(), &["--out", "no/folder/a.pdf"]);
    assert!(code == Some(2) && said.contains("no/folder/a.pdf"), "{said}");
    for wrong in [["--format", "docx"], ["--profile", "fr"], ["--lang", "xx"]] {
        let (code, _, said) = report(dir.path(), &wrong);
        assert!(code == Some(2) && said.contains("write "), "{said}");
    }
}

#[test]
fn a_pdf_can_be_searched() {
    let dir = demo("3");
    assert_eq!(Some(0), report(dir.path(), &["--out", "a.pdf"]).0);
    let Ok(read) = Command::new("pdftotext").arg(dir.path().join("a.pdf")).arg("-").output() else {
        eprintln!("NOT TESTED: pdftotext is not installed, so nobody reads the PDF");
        return;
    };
    let text = String::from_utf8_lossy(&read.stdout).replace('\u{a0}', " ");
    let places = ["Report on an internet line", "Whose part failed", "At a glance", "Outages", "Coverage", "Annex"];
    let found: Vec<Option<usize>> = places.iter().map(|place| text.find(place)).collect();
    assert!(found.iter().all(Option::is_some), "{found:?}");
    assert!(text.contains("Page 1 of"));
}

#[test]
fn made_up_data_is_marked_in_every_format_and_language() {
    let dir = demo("2");
    for (lang, word) in [("en", "Made-up data"), ("de", "Erfundene Daten")] {
        for format in ["html", "text", "md"] {
            let (code, bytes, _) = report(dir.path(), &["--format", format, "--lang", lang]);
            let text = String::from_utf8(bytes).unwrap();
            assert_eq!((Some(0), true), (code, text.matches(word).count() >= 2), "{format} {lang}");
        }
    }
    let json: serde_json::Value = serde_json::from_slice(&report(dir.path(), &["--format", "json"]).1).unwrap();
    assert_eq!((true, &json["rows"]), (json["report"]["made_up"].as_bool().unwrap(), &json["demo_rows"]));
    let csv = String::from_utf8(report(dir.path(), &["--format", "csv"]).1).unwrap();
    let place = csv.lines().next().unwrap().split(',').position(|name| name == "made_up").unwrap();
    let marks: Vec<_> = csv.lines().skip(1).map(|line| line.split(',').nth(place)).collect();
    assert!(!marks.is_empty() && marks.iter().all(|mark| *mark == Some("1")), "{csv}");
    // Rows that are not made up are not said to be.
    let log = fs::read_to_string(dir.path().join("netlog.csv")).unwrap();
    let measured = log.replace(";demo,", ",").replace(",demo,", ",,");
    fs::write(dir.path().join("netlog.csv"), measured).unwrap();
    let text = String::from_utf8(report(dir.path(), &["--format", "text"]).1).unwrap();
    assert!(!text.contains("Made-up"), "{text}");
}
