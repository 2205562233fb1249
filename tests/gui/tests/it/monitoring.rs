//! The window as the monitor, and as a viewer of another one. Nothing leaves this computer.

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use network_logging_gui_tests::{in_folder, only_here, settle, start_monitoring, wait_until};

#[test]
fn it_starts_writes_rows_and_stops() {
    let dir = tempfile::tempdir().unwrap();
    only_here(dir.path()).unwrap();
    let mut harness = in_folder(dir.path());
    start_monitoring(&mut harness);
    let log = dir.path().join("logs/netlog.csv");
    wait_until(&mut harness, |_| std::fs::read_to_string(&log).is_ok_and(|text| text.lines().count() >= 2));
    harness.get_by_label("Stop").click();
    wait_until(&mut harness, network_logging::gui::App::is_stopped);
    harness.get_by_label("Start");
}

#[test]
fn a_second_window_shows_what_the_first_one_sees() {
    let dir = tempfile::tempdir().unwrap();
    only_here(dir.path()).unwrap();
    let mut first = in_folder(dir.path());
    start_monitoring(&mut first);
    let mut second = in_folder(dir.path());
    second.run_steps(4);
    second.get_by_label("Viewing");
    assert!(second.query_by_label("Start").is_none());
    second.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
    wait_until(&mut second, |_| true);
    settle(&mut second, "targets answered");
    drop(first);
    wait_until(&mut second, network_logging::gui::App::is_stopped);
}
