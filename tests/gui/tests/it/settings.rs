//! The settings: typed, checked, saved, reset.

use eframe::egui::{Event, Key, Modifiers, accesskit::Role};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use network_logging::gui::App;
use network_logging_gui_tests::{demo, in_folder, only_here, start_monitoring, wait_until};

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

/// Types a time between cycles in the settings of a window that monitors, and presses the key that saves.
fn types_and_saves(typed: &str) -> (tempfile::TempDir, Harness<'static, App>) {
    let dir = tempfile::tempdir().unwrap();
    only_here(dir.path()).unwrap();
    let mut harness = open(dir.path());
    start_monitoring(&mut harness);
    find(&mut harness, "time between cycles");
    harness.run_steps(3);
    replace(&mut harness, "Time between cycles", typed);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    harness.run_steps(3);
    (dir, harness)
}

#[test]
fn the_key_that_saves_everywhere_saves_here_and_monitoring_goes_on() {
    let (dir, mut harness) = types_and_saves("30");
    let file = dir.path().join("config.json");
    wait_until(&mut harness, |_| std::fs::read_to_string(&file).unwrap().contains("\"ping_interval_sec\": 30"));
    network_logging_gui_tests::settle(&mut harness, "Saved, and in use");
    assert!(harness.state().is_monitoring());
}

#[test]
fn what_is_typed_at_the_moment_of_saving_is_saved_too() {
    let (dir, mut harness) = types_and_saves("3");
    let field = harness.get_by_role_and_label(Role::TextInput, "Time between cycles");
    field.focus();
    harness.run_steps(2);
    harness.key_press(Key::End);
    harness.run_steps(1);
    // Both arrive in one frame.
    let modifiers = Modifiers::CTRL | Modifiers::COMMAND;
    let saves = Event::Key { key: Key::S, physical_key: None, pressed: true, repeat: false, modifiers };
    harness.input_mut().events.extend([Event::Text("7".into()), saves]);
    harness.run_steps(3);
    let file = dir.path().join("config.json");
    wait_until(&mut harness, |_| std::fs::read_to_string(&file).unwrap().contains("\"ping_interval_sec\": 37"));
}

#[test]
fn a_wrong_value_is_named_by_the_key_that_saves_and_nothing_is_written() {
    let (dir, harness) = types_and_saves("0.1");
    harness.get_by_label_contains("Not saved: correct “Time between cycles” first");
    let text = std::fs::read_to_string(dir.path().join("config.json")).unwrap();
    assert!(text.contains("\"ping_interval_sec\": 2\n"), "{text}");
    assert!(harness.state().is_monitoring());
}

#[test]
fn the_key_that_saves_saves_the_text_of_the_file_too() {
    let dir = tempfile::tempdir().unwrap();
    let mut harness = open(dir.path());
    harness.get_by_role_and_label(Role::RadioButton, "JSON").click();
    harness.run_steps(3);
    let text = |harness: &Harness<'static, App>| {
        harness
            .get_all_by_label("JSON")
            .find(|node| node.value().is_some_and(|text| text.starts_with('{')))
            .unwrap()
            .focus();
    };
    for (typed, said) in [("{\"outage_after_sec\": 21}", "Saved"), ("{\"outage_after_sec\": 21,}", "Not saved: line 1")]
    {
        text(&harness);
        harness.run_steps(2);
        harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        harness.event(Event::Paste(typed.into()));
        harness.run_steps(3);
        harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
        network_logging_gui_tests::settle(&mut harness, said);
        if said == "Saved" {
            let file = dir.path().join("config.json");
            assert!(std::fs::read_to_string(&file).unwrap().contains("\"outage_after_sec\": 21"));
            harness.get_by_role_and_label(Role::RadioButton, "JSON").click();
            harness.run_steps(3);
        }
    }
}

#[test]
fn the_key_that_saves_neither_starts_nor_stops_anywhere() {
    let press_everywhere = |harness: &mut Harness<'static, App>| {
        for panel in [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num7, Key::Num8, Key::Num9] {
            for key in [Key::S, Key::T] {
                harness.key_press_modifiers(Modifiers::COMMAND, panel);
                harness.run_steps(3);
                harness.key_press_modifiers(Modifiers::COMMAND, key);
                harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, key);
                harness.run_steps(3);
            }
        }
    };
    let dir = tempfile::tempdir().unwrap();
    only_here(dir.path()).unwrap();
    let mut harness = in_folder(dir.path());
    press_everywhere(&mut harness);
    assert!(harness.state().is_stopped());
    start_monitoring(&mut harness);
    press_everywhere(&mut harness);
    assert!(harness.state().is_monitoring());
    let mut demo = demo(1280.0, 800.0);
    press_everywhere(&mut demo);
    assert!(!demo.state().is_monitoring() && !demo.state().is_stopped());
    demo.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    demo.run_steps(3);
    demo.get_by_label("Recent outages");
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
