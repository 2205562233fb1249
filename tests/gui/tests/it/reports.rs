//! Reports: the period, the preview, the analysis and the verification.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use eframe::egui::{DroppedFile, Key, Modifiers};
use egui_kittest::{Harness, kittest::Queryable as _};
use network_logging::{evidence, gui::App, model::config::Config, store::key};
#[cfg(target_os = "linux")]
use network_logging_gui_tests::wait_until;
use network_logging_gui_tests::{in_folder, settle};
use tempfile::TempDir;

/// A log of the original: two quiet hours of an old day with an outage of ten minutes in them.
pub(crate) fn folder() -> TempDir {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("logs")).unwrap();
    let mut rows = String::from(
        "local_timestamp,utc_timestamp,gateway_ms,targets_reachable,dns_ok,http_dns_ok,http_ip_ok,tcp443_ok,overall_status,\
         trace_file,intensive_trace_bundle,wan_diag_file,root_cause_hint,isp_reachable,isp_tcp_ok,baseline_mtr_bundle,isp_detail\r\n",
    );
    for minute in 0..120 {
        let (hour, minute_of) = (10 + minute / 60, minute % 60);
        let is_down = (30..40).contains(&minute);
        let state = if is_down { "0/4,0,0,0,0,WAN_DOWN,,,,Transport" } else { "4/4,1,1,1,1,OK,,,," };
        let day = format!("2025-10-02T{hour}:{minute_of:02}:00+00:00");
        writeln!(rows, "2025-10-02 {hour}:{minute_of:02}:00,{day},0.34,{state},,,,\r").unwrap();
    }
    fs::write(dir.path().join("logs/netlog.csv"), rows).unwrap();
    dir
}

fn open(dir: &Path) -> Harness<'static, App> {
    let mut harness = in_folder(dir);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num6);
    settle(&mut harness, "Save as");
    harness.get_by_label("All that was logged").click();
    harness
}

#[test]
fn an_empty_folder_says_what_to_do() {
    let dir = TempDir::new().unwrap();
    let mut harness = open(dir.path());
    settle(&mut harness, "Nothing was logged in this time");
}

#[test]
fn what_is_chosen_is_shown_before_it_is_saved() {
    let dir = folder();
    let mut harness = open(dir.path());
    settle(&mut harness, "Availability");
    harness.get_by_label("Deutsch").click();
    settle(&mut harness, "Verfügbarkeit");
    harness.get_by_label("Save as…").click();
    harness.run_steps(3);
    for format in ["PDF, to send or print", "HTML, for a browser", "CSV, outages for a spreadsheet"] {
        harness.get_by_label(format);
    }
}

#[test]
fn the_analysis_has_the_figures_of_the_terminal() {
    let dir = folder();
    let mut harness = open(dir.path());
    harness.get_by_label("Analysis").click();
    settle(&mut harness, "Availability");
}

#[test]
fn a_period_that_is_none_is_named() {
    let dir = folder();
    let mut harness = open(dir.path());
    harness.get_by_label("From … to …").click();
    harness.run_steps(3);
    harness.get_by_label("From").focus();
    harness.run_steps(2);
    harness.get_by_label("From").type_text("soon");
    harness.run_steps(2);
    harness.key_press(Key::Escape);
    settle(&mut harness, "This is no time: soon");
}

#[test]
fn logs_of_another_program_cannot_be_vouched_for() {
    let dir = folder();
    let mut harness = open(dir.path());
    harness.get_by_label("Verify the logs").click();
    settle(&mut harness, "no rows that could be verified");
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn drop_on(harness: &mut Harness<'static, App>, path: PathBuf) {
    harness.input_mut().dropped_files.push(Arc::new(Dropped(path)));
    harness.run_steps(1);
}

/// An evidence pack of this folder, signed by somebody.
fn pack(dir: &Path) -> PathBuf {
    let path = dir.join("pack.zip");
    let now = "2026-11-25T12:00:00Z".parse().unwrap();
    let request = evidence::Request::new(&dir.join("logs"), Config::default(), now);
    let key = key::Key::read(&key::Key::make().unwrap()).unwrap();
    evidence::pack::make(&request, &path, Some(&key), &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    path
}

#[test]
fn a_pack_that_is_dropped_anywhere_is_verified_in_plain_words() {
    let dir = folder();
    let path = pack(dir.path());
    let mut harness = in_folder(dir.path());
    harness.run_steps(2);
    drop_on(&mut harness, path.clone());
    settle(&mut harness, "The pack is unchanged since it was signed");
    harness.get_by_label_contains("Whose key it is cannot be seen from here");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    drop_on(&mut harness, path);
    settle(&mut harness, "The pack was changed since it was signed");
    assert!(harness.query_all_by_label_contains("changed").count() > 1);
}

#[test]
fn a_folder_that_is_dropped_is_verified_and_other_files_are_refused() {
    let dir = folder();
    let mut harness = in_folder(dir.path());
    harness.run_steps(2);
    drop_on(&mut harness, dir.path().join("logs"));
    settle(&mut harness, "no rows that could be verified");
    let other = dir.path().join("letter.odt");
    fs::write(&other, "Dear provider").unwrap();
    drop_on(&mut harness, other);
    settle(&mut harness, "This is no evidence pack");
}

#[test]
fn a_configuration_that_is_dropped_is_imported() {
    let dir = folder();
    let mut harness = in_folder(dir.path());
    let other = dir.path().join("old.json");
    fs::write(&other, r#"{"outage_after_sec": 25}"#).unwrap();
    drop_on(&mut harness, other);
    settle(&mut harness, "1 changed");
}

// Elsewhere a dialog would be shown.
#[cfg(target_os = "linux")]
#[test]
fn the_key_that_saves_saves_the_report_that_is_shown_and_nothing_before_there_is_one() {
    const NAME: &str = "reports::the_key_that_saves_saves_the_report_that_is_shown_and_nothing_before_there_is_one";
    const HOME: &str = "NETLOG_TEST_HOME";
    let Some(home) = std::env::var_os(HOME).map(PathBuf::from) else {
        // In a process that has a home of its own, and nothing that could show a dialog.
        let home = TempDir::new().unwrap();
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", NAME, "--nocapture"]).env_clear().env("HOME", home.path()).env(HOME, home.path());
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
        return;
    };
    let written = || {
        let names = fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path());
        names.filter(|path| path.extension().is_some_and(|extension| extension == "pdf")).count()
    };
    let empty = TempDir::new().unwrap();
    let mut harness = open(empty.path());
    settle(&mut harness, "Nothing was logged in this time");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    harness.run_steps(10);
    assert_eq!(0, written());
    let dir = folder();
    let mut harness = open(dir.path());
    settle(&mut harness, "Availability");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    wait_until(&mut harness, |_| written() == 1);
    // Another one is being made at this moment.
    harness.get_by_label("Deutsch").click();
    harness.run_steps(1);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    wait_until(&mut harness, |_| written() == 2);
    assert!(harness.state().is_stopped());
}
