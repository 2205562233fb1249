//! The window as the monitor, and as a viewer of another one. Nothing leaves this computer.

use std::path::Path;

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use network_logging_gui_tests::{in_folder, wait_until};

/// A configuration that asks nobody but this computer.
fn only_here(folder: &Path) {
    let config = r#"{
        "gateway": "127.0.0.1", "targets": ["127.0.0.2", "127.0.0.3"], "ipv6_targets": [],
        "isp_targets": ["127.0.0.4"], "dns_servers": ["127.0.0.1"], "public_resolvers": [], "tcp_test_ip": "",
        "http_url": "http://127.0.0.1:9", "http_urls": [], "http_ip_url": "", "captive_portal_url": "",
        "trace_host": "127.0.0.2", "mtr_targets": [], "mtr_baseline_enabled": false, "ping_interval_sec": 2
    }"#;
    std::fs::write(folder.join("config.json"), config).unwrap();
}

#[test]
fn it_starts_writes_rows_and_stops() {
    let dir = tempfile::tempdir().unwrap();
    only_here(dir.path());
    let mut harness = in_folder(dir.path());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    wait_until(&mut harness, network_logging::gui::App::is_monitoring);
    let log = dir.path().join("logs/netlog.csv");
    wait_until(&mut harness, |_| std::fs::read_to_string(&log).is_ok_and(|text| text.lines().count() >= 2));
    harness.get_by_label("Stop").click();
    wait_until(&mut harness, network_logging::gui::App::is_stopped);
    harness.get_by_label("Start");
}

#[test]
fn a_second_window_shows_what_the_first_one_sees() {
    let dir = tempfile::tempdir().unwrap();
    only_here(dir.path());
    let mut first = in_folder(dir.path());
    first.key_press_modifiers(Modifiers::COMMAND, Key::S);
    wait_until(&mut first, network_logging::gui::App::is_monitoring);
    let mut second = in_folder(dir.path());
    second.run_steps(4);
    second.get_by_label("Viewing");
    assert!(second.query_by_label("Start").is_none());
    second.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
    wait_until(&mut second, |_| true);
    for _ in 0..100 {
        second.run_steps(1);
        first.run_steps(1);
        if second.query_all_by_label_contains("targets answered").count() > 0 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(second.query_all_by_label_contains("targets answered").count() > 0);
    drop(first);
    wait_until(&mut second, network_logging::gui::App::is_stopped);
}
