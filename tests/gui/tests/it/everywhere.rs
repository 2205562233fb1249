//! What holds in every panel: names, keys, the list of commands, both languages, every size.

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use network_logging::gui::{App, Language, Start};
use network_logging_gui_tests::{demo, wait_until};

const PANELS: [(&str, Key); 9] = [
    ("Dashboard", Key::Num1),
    ("Outages", Key::Num2),
    ("Activity", Key::Num3),
    ("Path", Key::Num4),
    ("Logs", Key::Num5),
    ("Reports", Key::Num6),
    ("Scheduler", Key::Num7),
    ("Integrations", Key::Num8),
    ("Settings", Key::Num9),
];

#[test]
fn keys_lead_to_every_panel_and_every_input_has_a_name() {
    let mut harness = demo(1280.0, 800.0);
    for (name, key) in PANELS {
        harness.key_press_modifiers(Modifiers::COMMAND, key);
        harness.run_steps(4);
        // The title, besides the entry of the navigation.
        assert!(harness.query_all_by_label_contains(name).count() >= 2, "{name}");
    }
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run_steps(3);
    harness.get_by_label("Find a setting");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::L);
    harness.run_steps(3);
    assert!(harness.query_all_by_label_contains("Logs").count() >= 2);
}

#[test]
fn every_panel_can_be_drawn_in_every_size_and_both_languages() {
    for language in [Language::English, Language::German] {
        for (width, height) in [(760.0, 520.0), (900.0, 640.0), (1280.0, 800.0), (1920.0, 1080.0)] {
            let mut harness = egui_kittest::Harness::builder().with_size([width, height]).build_eframe(move |cc| {
                App::fresh(&cc.egui_ctx, &Start { demo_days: Some(1), ..Start::default() }, language, false)
            });
            wait_until(&mut harness, |app| !app.is_loading());
            for (_, key) in PANELS {
                harness.key_press_modifiers(Modifiers::COMMAND, key);
                harness.run_steps(3);
            }
        }
    }
}

#[test]
fn the_list_of_commands_finds_what_is_typed_and_does_it() {
    let mut harness = demo(1280.0, 800.0);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run_steps(3);
    let field = harness.get_by_role_and_label(eframe::egui::accesskit::Role::TextInput, "Search or command");
    field.type_text("go to path");
    harness.run_steps(3);
    harness.key_press(Key::Enter);
    harness.run_steps(4);
    harness.get_by_label("Trace a path");
}

#[test]
fn the_list_of_commands_goes_away_with_escape() {
    let mut harness = demo(1280.0, 800.0);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run_steps(3);
    harness.get_by_label("Quit");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_label("Quit").is_none());
}

#[test]
fn the_language_changes_at_once() {
    let mut harness = demo(1280.0, 800.0);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run_steps(3);
    harness.get_by_label("Deutsch").click();
    harness.run_steps(4);
    harness.get_by_label("Ausfälle");
    harness.get_by_label("Einstellung suchen");
}
