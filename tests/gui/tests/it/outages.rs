//! The list of outages, its filters, and one outage with all that is known of it.

use eframe::egui::{Key, Modifiers, OutputCommand, accesskit::Role};
use egui_kittest::{Harness, kittest::Queryable as _};
use network_logging::gui::App;
use network_logging_gui_tests::demo;

fn open() -> Harness<'static, App> {
    let mut harness = demo(1280.0, 800.0);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num2);
    harness.run_steps(4);
    harness
}

/// What was copied in the last frame.
fn copied(harness: &Harness<'static, App>) -> Option<String> {
    harness.output().platform_output.commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

#[test]
fn causes_can_be_left_out() {
    let mut harness = open();
    let n = |harness: &Harness<'static, App>| harness.query_all_by_role(Role::Row).count();
    let all = n(&harness);
    harness.get_by_role_and_label(Role::CheckBox, "PROVIDER").click();
    harness.run_steps(4);
    assert_ne!(all, n(&harness));
}

#[test]
fn one_is_opened_and_copied_as_a_letter() {
    let mut harness = open();
    let row = harness.get_all_by_role(Role::Row).next().unwrap();
    row.click();
    harness.run_steps(4);
    harness.get_by_label("Copy for the provider").click();
    let text = (0..4).find_map(|_| {
        harness.step();
        copied(&harness)
    });
    let text = text.unwrap_or_default();
    assert!(text.starts_with("Internet outage: ") && text.contains("(UTC") && text.contains("Evidence: "), "{text}");
}
