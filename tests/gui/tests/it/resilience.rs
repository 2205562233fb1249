//! What goes wrong around an open window: it stays, it answers, and it says what happened.

use std::{fs, path::Path, process::Command};

use eframe::egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::{Harness, kittest::Queryable as _};
use network_logging::gui::App;
use network_logging_gui_tests::{in_folder, only_here, settle, start_monitoring, wait_until};

/// Tells a process that it is the one in a network, or with a disk, of its own.
const INNER: &str = "NETLOG_TEST_INNER";

/// Runs a test of this name again behind `prepare`, a script for `unshare` that ends in starting it.
fn apart(name: &str, namespaces: &[&str], prepare: &str) {
    let base = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(base).unwrap();
    let dir = tempfile::tempdir_in(base).unwrap();
    let can = Command::new("unshare").args(namespaces).arg("true").output();
    if !can.is_ok_and(|output| output.status.success()) {
        eprintln!("LEFT OUT: {name}: this user makes no namespaces here");
        return;
    }
    let script = format!("set -e; {prepare}; exec \"$0\" --exact resilience::{name} --nocapture");
    let output = Command::new("unshare")
        .args(namespaces)
        .args(["sh", "-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env(INNER, dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

fn inner() -> Option<std::path::PathBuf> {
    std::env::var_os(INNER).map(Into::into)
}

fn monitoring(folder: &Path) -> Harness<'static, App> {
    only_here(folder).unwrap();
    let mut harness = in_folder(folder);
    start_monitoring(&mut harness);
    rows(&mut harness, folder, 1);
    harness
}

/// Draws until the log has so many rows.
#[track_caller]
fn rows(harness: &mut Harness<'static, App>, folder: &Path, n: usize) {
    let log = folder.join("logs/netlog.csv");
    wait_until(harness, |_| fs::read_to_string(&log).is_ok_and(|text| text.lines().count() > n));
}

/// Every panel answers.
fn every_panel_opens(harness: &mut Harness<'static, App>) {
    for key in [Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9, Key::Num1] {
        harness.key_press_modifiers(Modifiers::COMMAND, key);
        harness.run_steps(4);
    }
    assert!(harness.state().is_monitoring());
}

#[test]
fn a_folder_of_logs_that_is_deleted_is_begun_anew_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut harness = monitoring(dir.path());
    let logs = dir.path().join("logs");
    // Somebody writes to it at this moment.
    while fs::remove_dir_all(&logs).is_err() {}
    settle(&mut harness, "begun anew");
    rows(&mut harness, dir.path(), 2);
    every_panel_opens(&mut harness);
}

#[test]
fn a_database_that_is_deleted_is_begun_anew_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut harness = monitoring(dir.path());
    let database = dir.path().join("logs/history.db");
    wait_until(&mut harness, |_| database.exists());
    for end in ["", "-wal", "-shm"] {
        fs::remove_file(dir.path().join(format!("logs/history.db{end}"))).ok();
    }
    settle(&mut harness, "history.db had gone and was begun anew");
    wait_until(&mut harness, |_| database.exists());
    every_panel_opens(&mut harness);
}

#[test]
fn a_configuration_that_somebody_breaks_is_kept_and_told_when_it_is_saved_over() {
    let dir = tempfile::tempdir().unwrap();
    let mut harness = monitoring(dir.path());
    let file = dir.path().join("config.json");
    fs::write(&file, "{\"targets\": [\"192.0.2.1\",]").unwrap();
    every_panel_opens(&mut harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run_steps(3);
    harness.get_by_label("Find a setting").focus();
    harness.run_steps(2);
    harness.get_by_label("Find a setting").type_text("time between cycles");
    harness.run_steps(4);
    harness.get_by_role_and_label(Role::TextInput, "Time between cycles").focus();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.get_by_role_and_label(Role::TextInput, "Time between cycles").type_text("3");
    harness.run_steps(3);
    harness.get_by_label("Save").click();
    settle(&mut harness, "the file was broken, and is kept as");
    assert!(fs::read_to_string(dir.path().join("config.json.old")).unwrap().contains("192.0.2.1"));
    assert!(fs::read_to_string(&file).unwrap().contains("\"ping_interval_sec\": 3"));
    assert!(harness.state().is_monitoring());
}

#[test]
fn a_full_disk_is_told_and_measuring_goes_on() {
    const NAME: &str = "a_full_disk_is_told_and_measuring_goes_on";
    let Some(dir) = inner() else {
        // A disk of its own, which nobody else sees.
        return apart(NAME, &["--mount"], &format!("mount -t tmpfs -o size=1m none \"${INNER}\""));
    };
    let mut harness = monitoring(&dir);
    let ballast = dir.join("ballast");
    let fill = || {
        let mut file = fs::OpenOptions::new().append(true).create(true).open(&ballast).unwrap();
        while std::io::Write::write_all(&mut file, &[0; 512]).is_ok() {}
    };
    fill();
    // Of the log or of the history; a trace that found no room is told otherwise.
    settle(&mut harness, "are kept until there is room");
    every_panel_opens(&mut harness);
    fs::remove_file(&ballast).unwrap();
    // The log, or the history alone: a row may still have had room in the last page of the log.
    settle(&mut harness, "can be written again");
    let n = fs::read_to_string(dir.join("logs/netlog.csv")).unwrap().lines().count();
    rows(&mut harness, &dir, n);
}

#[test]
fn a_network_that_is_stopped_is_told() {
    const NAME: &str = "a_network_that_is_stopped_is_told";
    let Some(dir) = inner() else {
        let prepare = "ip link set lo up; ip link add d0 type veth peer name d1; ip link set d1 up; \
                       ip addr add 192.0.2.2/24 dev d0; ip link set d0 up; ip route add default via 192.0.2.1";
        return apart(NAME, &["--net"], prepare);
    };
    let mut harness = monitoring(&dir);
    for link in ["d0", "lo"] {
        let stopped = Command::new("ip").args(["link", "set", link, "down"]).status().unwrap();
        assert!(stopped.success());
    }
    settle(&mut harness, "This computer is not connected");
    every_panel_opens(&mut harness);
}
