//! The activity: filter, choose, copy, clear.

use eframe::egui::{Key, Modifiers};
use egui_kittest::{Harness, kittest::Queryable as _};
use network_logging::gui::App;
use network_logging_gui_tests::demo;

fn open() -> Harness<'static, App> {
    let mut harness = demo(1280.0, 800.0);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
    harness.run_steps(4);
    harness
}

#[test]
fn lines_are_filtered_by_what_is_typed() {
    let mut harness = open();
    assert!(harness.query_all_by_label_contains("targets answered").count() > 5);
    harness.get_by_label("Filter the activity").focus();
    harness.run_steps(2);
    harness.get_by_label("Filter the activity").type_text("outage is over");
    harness.run_steps(4);
    assert_eq!(0, harness.query_all_by_label_contains("targets answered").count());
    assert!(harness.query_all_by_label_contains("Outage is over").count() >= 1);
}

#[test]
fn a_level_can_be_left_out() {
    let mut harness = open();
    harness.get_by_label("Check").click();
    harness.run_steps(4);
    assert_eq!(0, harness.query_all_by_label_contains("All 4 targets answered").count());
}

#[test]
fn the_menu_of_a_line_copies_and_clears() {
    let mut harness = open();
    let line = harness.get_all_by_label_contains("targets answered").last().unwrap();
    line.click_secondary();
    harness.run_steps(3);
    harness.get_by_label("Select all");
    harness.get_by_label("Copy").click();
    harness.run_steps(3);
    harness.get_by_label("Clear activity").click();
    harness.run_steps(4);
    assert_eq!(0, harness.query_all_by_label_contains("All 4 targets answered, ").count());
}
