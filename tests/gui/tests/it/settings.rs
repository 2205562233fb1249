//! The settings: typed, checked, saved, reset.

use eframe::egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use network_logging::gui::App;
use network_logging_gui_tests::{in_folder, wait_until};

fn open(folder: &std::path::Path) -> Harness<'static, App> {
    let mut harness = in_folder(folder);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run_steps(4);
    harness
}

fn find(harness: &mut Harness<'static, App>, words: &str) {
    harness.get_by_label("Find a setting").focus();
    harness.run_steps(2);
    harness.get_by_label("Find a setting").type_text(words);
    harness.run_steps(2);
}

fn replace(harness: &mut Harness<'static, App>, field: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.get_by_role_and_label(Role::TextInput, field).type_text(text);
    harness.run_steps(3);
}

#[test]
fn a_wrong_value_is_told_as_it_is_typed_and_cannot_be_saved() {
    let dir = tempfile::tempdir().unwrap();
    let mut harness = open(dir.path());
    find(&mut harness, "time between cycles");
    harness.run_steps(3);
    replace(&mut harness, "Time between cycles", "0.1");
    harness.get_by_label_contains("Allowed is a number from 2 to 3600");
    harness.get_by_label("1 not allowed");
    assert!(harness.get_by_label("Save").accesskit_node().is_disabled());
}

#[test]
fn what_is_saved_is_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut harness = open(dir.path());
    find(&mut harness, "time between cycles");
    harness.run_steps(3);
    replace(&mut harness, "Time between cycles", "30");
    harness.get_by_label("1 changed");
    harness.get_by_label("Save").click();
    let file = dir.path().join("config.json");
    wait_until(&mut harness, |_| file.exists());
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("\"ping_interval_sec\": 30"), "{text}");
    harness.run_steps(4);
    assert!(harness.query_by_label("1 changed").is_none());
}

#[test]
fn the_file_can_be_seen_as_json() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.json"), "{\"outage_after_sec\": 20, \"_note\": \"mine\"}").unwrap();
    let mut harness = open(dir.path());
    harness.get_by_label("JSON").click();
    harness.run_steps(3);
    let nodes: Vec<_> = harness.get_all_by_label("JSON").filter_map(|node| node.value()).collect();
    assert!(nodes.iter().any(|text| text.contains("\"outage_after_sec\": 20")), "{nodes:?}");
}

#[test]
fn a_broken_configuration_is_told_and_the_window_opens_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.json"), "{\"targets\": [\"1.1.1.1\",]").unwrap();
    let harness = open(dir.path());
    harness.get_by_label_contains("until then all defaults are used");
}
