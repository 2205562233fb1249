//! Reports: the period, the preview, the analysis and the verification.

use std::{fs, path::Path};

use eframe::egui::{Key, Modifiers};
use egui_kittest::{Harness, kittest::Queryable as _};
use network_logging::gui::App;
use network_logging_gui_tests::in_folder;
use tempfile::TempDir;

#[track_caller]
fn settle(harness: &mut Harness<'static, App>, label: &'static str) {
    for _ in 0..800 {
        harness.run_steps(2);
        if harness.query_all_by_label_contains(label).next().is_some() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    panic!("{label:?} never showed");
}

/// A log of the original: two quiet hours of an old day with an outage of ten minutes in them.
fn folder() -> TempDir {
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
        rows += &format!(
            "2025-10-02 {hour}:{minute_of:02}:00,2025-10-02T{hour}:{minute_of:02}:00+00:00,0.34,{state},,,,\r\n"
        );
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
