//! The list of outages, its filters, and one outage with all that is known of it.

use eframe::egui::{Key, Modifiers, OutputCommand, accesskit::Role};
use egui_kittest::{Harness, kittest::Queryable as _};
use network_logging::gui::App;
use network_logging_gui_tests::{demo, in_folder, settle};

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

#[test]
fn the_letter_has_the_path() {
    let mut harness = open();
    harness.get_all_by_role(Role::Row).next().unwrap().click();
    harness.run_steps(4);
    harness.get_by_label("Copy for the provider").click();
    let text = (0..4).find_map(|_| {
        harness.step();
        copied(&harness)
    });
    let text = text.unwrap_or_default();
    assert!(text.contains("Before · ") && text.contains("During · ") && text.contains("192.168.1.1"), "{text}");
}

fn write(harness: &mut Harness<'static, App>, field: &str, text: &str) {
    // Its caption has the same name and stands before it.
    harness.get_all_by_label(field).last().unwrap().focus();
    harness.run_steps(2);
    harness.get_all_by_label(field).last().unwrap().type_text(text);
    harness.run_steps(2);
}

#[test]
fn a_remark_is_added_changed_and_removed() {
    let mut harness = open();
    harness.get_all_by_role(Role::Row).next().unwrap().click();
    harness.run_steps(4);
    write(&mut harness, "Remark on this outage", "the cat did it");
    harness.get_by_label("Add").click();
    harness.run_steps(3);
    harness.get_by_label("the cat did it");
    harness.get_by_label("Change this remark").click();
    harness.run_steps(3);
    write(&mut harness, "Remark on this outage", " again");
    harness.get_by_label("Replace").click();
    harness.run_steps(3);
    harness.get_by_label("the cat did it again");
    harness.get_by_label("Remove this remark").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("the cat did it again").is_none());
}

#[test]
fn a_fault_report_is_noted_mended_and_removed_on_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("logs")).unwrap();
    let mut harness = in_folder(dir.path());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num2);
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::RadioButton, "Fault reports").click();
    harness.run_steps(3);
    harness.get_by_label("Note it").click();
    harness.run_steps(3);
    harness.get_by_label_contains("Write the number, or what was said");
    write(&mut harness, "Number the provider gave it", "4711");
    write(&mut harness, "What was said, and by whom", "A technician comes on Monday");
    write(&mut harness, "When the provider received it", "2026-01-31 14:30");
    harness.get_by_label("Note it").click();
    settle(&mut harness, "A technician comes on Monday");
    settle(&mut harness, "1 not mended yet");
    let tickets = || network_logging::store::history::Diary::open(&dir.path().join("logs")).unwrap().tickets().unwrap();
    assert_eq!("4711", tickets()[0].number);
    harness.get_by_role_and_label(Role::Button, "31 Jan 2026, 14:30:00 4711").click();
    harness.run_steps(3);
    write(&mut harness, "When the provider said it was mended", "2026-02-02");
    harness.get_by_label("Save").click();
    settle(&mut harness, "0 not mended yet");
    assert!(tickets()[0].closed.is_some());
    harness.get_by_role_and_label(Role::Button, "31 Jan 2026, 14:30:00 4711").click();
    harness.run_steps(3);
    harness.get_by_label("Remove").click();
    harness.run_steps(3);
    harness.get_by_label("Remove it for good").click();
    settle(&mut harness, "No fault report yet");
    assert!(tickets().is_empty());
}
