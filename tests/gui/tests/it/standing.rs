//! Warnings that stand on the dashboard until their cause is gone.

use std::{fs, path::Path};

use eframe::egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::{Harness, kittest::Queryable as _};
use network_logging::gui::{App, Language, Start};
use network_logging_gui_tests::{comes_true, in_folder, settle, start_monitoring, wait_until, window};

const UNUSED: &str = "The settings file is not used, so everything is at its default";
const PARTLY: &str = "The settings file is not used as it stands";

fn with_config(text: &str) -> (tempfile::TempDir, Harness<'static, App>) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("config.json"), text).unwrap();
    let harness = in_folder(dir.path());
    (dir, harness)
}

fn shows(harness: &Harness<'static, App>, words: &str) -> bool {
    harness.query_all_by_label_contains(words).next().is_some()
}

/// Draws until this is no longer to be read.
#[track_caller]
fn goes(harness: &mut Harness<'static, App>, words: &str) {
    assert!(comes_true(harness, |harness| !shows(harness, words)), "{words:?} stayed");
}

#[test]
fn a_broken_settings_file_is_told_before_the_start_with_file_line_and_remedy() {
    let (dir, harness) = with_config("{\n  \"targets\": [\"192.0.2.1\",]\n}\n");
    harness.get_by_label("Start monitoring");
    assert!(shows(&harness, UNUSED) && shows(&harness, &dir.path().join("config.json").display().to_string()));
    assert!(shows(&harness, "line 2, column 26: remove the comma before ]"));
    harness.get_by_label("Open the settings");
    harness.get_by_label("Open the file");
}

#[test]
fn values_that_are_not_used_are_named_with_what_is_used_in_their_place() {
    let (_dir, mut harness) =
        with_config("{\"ping_interval_sec\": 0.1, \"target\": [\"192.0.2.1\"], \"tcp_test_port\": \"x\"}");
    assert!(shows(&harness, PARTLY) && !shows(&harness, UNUSED));
    assert!(shows(&harness, "ping_interval_sec: 0.1 cannot be used") && shows(&harness, "the default 20 is used"));
    assert!(shows(&harness, "target: unknown key, not used; did you mean targets?"));
    assert!(shows(&harness, "tcp_test_port: "));
    harness.get_by_label("Open the settings").click();
    harness.run_steps(4);
    harness.get_by_label("Find a setting");
}

#[test]
fn many_faults_are_counted_on_the_dashboard_and_all_told_in_the_settings() {
    let keys = ["ping_interval_sec", "sample_interval_sec", "outage_after_sec", "ping_timeout_sec", "tcp_timeout_sec"];
    let text: Vec<String> = keys.iter().map(|key| format!("\"{key}\": -1")).collect();
    let (_dir, mut harness) = with_config(&format!("{{{}}}", text.join(", ")));
    assert!(shows(&harness, "and 2 more, under Settings") && !shows(&harness, "tcp_timeout_sec: -1"));
    harness.get_by_label("Open the settings").click();
    harness.run_steps(4);
    for key in keys {
        assert!(shows(&harness, &format!("{key}: -1 cannot be used")), "{key}");
    }
}

#[test]
fn it_is_told_in_german_too() {
    let dir = tempfile::tempdir().unwrap();
    let broken = "{\"gateway\": \"127.0.0.1\", \"outage_after_sec\": 1}";
    fs::write(dir.path().join("config.json"), broken).unwrap();
    let (config, log_dir) = (dir.path().join("config.json"), dir.path().join("logs"));
    let start = Start { config: Some(config), log_dir: Some(log_dir), ..Start::default() };
    let mut harness = Harness::builder()
        .with_size([1280.0, 800.0])
        .build_eframe(move |cc| App::fresh(&cc.egui_ctx, &start, Language::German, true));
    wait_until(&mut harness, |app| !app.is_loading());
    assert!(shows(&harness, "outage_after_sec: 1 ist nicht verwendbar; bis dahin gilt die Vorgabe 10. Erlaubt: 2–600"));
}

#[test]
fn it_stands_on_the_dashboard_while_monitoring() {
    let dir = tempfile::tempdir().unwrap();
    network_logging_gui_tests::only_here(dir.path()).unwrap();
    let config = dir.path().join("config.json");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replacen('{', "{\"outage_after_sec\": 1,", 1)).unwrap();
    let mut harness = in_folder(dir.path());
    start_monitoring(&mut harness);
    settle(&mut harness, "Latency now");
    assert!(shows(&harness, PARTLY) && shows(&harness, "outage_after_sec: 1 cannot be used"));
    fs::write(&config, text).unwrap();
    goes(&mut harness, PARTLY);
    assert!(harness.state().is_monitoring());
}

fn repair(dir: &Path, harness: &mut Harness<'static, App>) {
    fs::write(dir.join("config.json"), "{\"outage_after_sec\": 33}").unwrap();
    goes(harness, UNUSED);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run_steps(4);
    assert!(!shows(harness, "all defaults are used"), "the settings say nothing of it either");
    harness.get_by_label("Find a setting").focus();
    harness.run_steps(2);
    harness.get_by_label("Find a setting").type_text("outage after");
    harness.run_steps(3);
    let values: Vec<_> = harness.get_all_by_label("Outage after").filter_map(|node| node.value()).collect();
    assert!(values.iter().any(|value| value == "33"), "{values:?}");
    assert!(harness.query_by_label_contains(" changed").is_none(), "it is in use, not only typed");
}

#[test]
fn a_file_that_is_repaired_elsewhere_is_taken_up_and_no_longer_told() {
    let (dir, mut harness) = with_config("{\"outage_after_sec\": 33,}");
    assert!(shows(&harness, UNUSED));
    repair(dir.path(), &mut harness);
}

#[test]
fn a_file_that_cannot_be_read_at_all_is_told_and_taken_up_when_it_can() {
    let (dir, mut harness) = with_config("{\"outage_after_sec\": \"\u{1}");
    let config = dir.path().join("config.json");
    fs::write(&config, [0xff, 0xfe, 0x00]).unwrap();
    settle(&mut harness, "this is not UTF-8");
    fs::remove_file(&config).unwrap();
    fs::create_dir(&config).unwrap();
    settle(&mut harness, "cannot be read");
    fs::remove_dir(&config).unwrap();
    repair(dir.path(), &mut harness);
}

#[test]
fn saving_over_the_file_repairs_it() {
    let (dir, mut harness) = with_config("{\"targets\": [\"192.0.2.1\",]");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run_steps(4);
    harness.get_by_label("Find a setting").focus();
    harness.run_steps(2);
    harness.get_by_label("Find a setting").type_text("time between cycles");
    harness.run_steps(4);
    let field = Role::TextInput;
    harness.get_by_role_and_label(field, "Time between cycles").focus();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.get_by_role_and_label(field, "Time between cycles").type_text("30");
    harness.run_steps(3);
    harness.get_by_label("Save").click();
    let old = dir.path().join("config.json.old");
    wait_until(&mut harness, |_| old.exists());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    harness.run_steps(4);
    goes(&mut harness, UNUSED);
}

#[test]
fn the_demo_has_nothing_to_repair() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("config.json");
    fs::write(&config, "{\"outage_after_sec\": 1, \"targets\": [1]}").unwrap();
    let start = Start { config: Some(config), demo_days: Some(3), ..Start::default() };
    let mut harness = window(1280.0, 800.0, start);
    wait_until(&mut harness, |app| !app.is_loading());
    harness.get_by_label("Recent outages");
    assert!(!shows(&harness, "settings file") && !shows(&harness, "outage_after_sec"));
}

#[test]
fn notes_alone_raise_no_warning_and_are_told_in_the_settings() {
    let (_dir, mut harness) = with_config("{\"outage_after_sec\": 33, \"colour\": \"red\"}");
    assert!(!shows(&harness, "settings file is not used"));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run_steps(4);
    assert!(shows(&harness, "colour: unknown key, not used"));
    for mode in ["JSON", "Form"] {
        harness.get_by_role_and_label(Role::RadioButton, mode).click();
        harness.run_steps(3);
        assert!(shows(&harness, "colour: unknown key, not used"), "{mode}");
    }
}

#[test]
fn a_key_that_is_corrected_is_taken_up_while_another_is_still_wrong() {
    let (dir, mut harness) = with_config("{\"tcp_test_port\": 0, \"outage_after_sec\": 20}");
    assert!(shows(&harness, PARTLY));
    fs::write(dir.path().join("config.json"), "{\"tcp_test_port\": 0, \"outage_after_sec\": 33}").unwrap();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run_steps(4);
    harness.get_by_label("Find a setting").focus();
    harness.run_steps(2);
    harness.get_by_label("Find a setting").type_text("outage after");
    assert!(comes_true(&mut harness, |harness| outage_after(harness) == ["33"]), "{:?}", outage_after(&harness));
}

/// The value in the field of the settings.
fn outage_after(harness: &Harness<'static, App>) -> Vec<String> {
    let fields = harness.query_all_by_role_and_label(Role::TextInput, "Outage after");
    fields.filter_map(|node| node.value()).collect()
}
