//! Closing the window: monitoring does not end by accident.

use eframe::egui::{
    Event, Key, Modifiers, ViewportCommand,
    accesskit::{Role, Toggled},
};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use network_logging::gui::App;
use network_logging_gui_tests::{commands, in_folder, only_here, request_close, start_monitoring, wait_until};
use tempfile::TempDir;

const TITLE: &str = "Keep watching the line?";
const STAY: &str = "Do not close";

fn monitoring() -> (TempDir, Harness<'static, App>) {
    let dir = TempDir::new().unwrap();
    only_here(dir.path()).unwrap();
    let mut harness = in_folder(dir.path());
    start_monitoring(&mut harness);
    (dir, harness)
}

/// Asks the window to close and waits for the question.
#[track_caller]
fn asked() -> (TempDir, Harness<'static, App>) {
    let (dir, mut harness) = monitoring();
    let answer = request_close(&mut harness);
    assert!(answer.contains(&ViewportCommand::CancelClose), "{answer:?}");
    harness.run_steps(3);
    (dir, harness)
}

/// The window is asked to close, and what it says to that is that it closes.
#[track_caller]
fn closes_at_once(harness: &mut Harness<'static, App>) {
    let answer = request_close(harness);
    assert!(!answer.contains(&ViewportCommand::CancelClose), "{answer:?}");
    harness.run_steps(2);
    assert!(harness.query_by_role_and_label(Role::Dialog, TITLE).is_none());
}

#[test]
fn closing_while_monitoring_asks_and_escape_goes_on() {
    let (_dir, mut harness) = asked();
    harness.get_by_role_and_label(Role::Dialog, TITLE);
    assert!(harness.get_by_label(STAY).accesskit_node().is_focused(), "the harmless answer has the keyboard");
    assert!(harness.query_by_label("Keep watching in the tray").is_none(), "there is no tray here");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_role_and_label(Role::Dialog, TITLE).is_none());
    assert!(harness.state().is_monitoring());
    // It was no answer, so the next close asks again.
    assert!(request_close(&mut harness).contains(&ViewportCommand::CancelClose));
}

#[test]
fn enter_on_the_answer_that_has_the_keyboard_is_harmless() {
    let (_dir, mut harness) = asked();
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    assert!(harness.query_by_role_and_label(Role::Dialog, TITLE).is_none() && harness.state().is_monitoring());
}

#[test]
fn closing_again_while_it_asks_does_not_end_monitoring() {
    let (_dir, mut harness) = asked();
    assert!(request_close(&mut harness).contains(&ViewportCommand::CancelClose));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Q);
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Dialog, TITLE);
    assert!(harness.state().is_monitoring());
}

/// Answers that monitoring is to stop; the window closes.
fn stops(harness: &mut Harness<'static, App>) {
    harness.get_by_label("Stop monitoring and close").focus();
    harness.run_steps(2);
    let enter =
        Event::Key { key: Key::Enter, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE };
    harness.input_mut().events.push(enter);
    harness.step();
    assert!(commands(harness).contains(&ViewportCommand::Close), "{:?}", commands(harness));
    closes_at_once(harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    harness.run_steps(3);
}

/// The choices "Ask" and "Stop monitoring" in the settings.
fn choice(harness: &Harness<'static, App>) -> [Option<Toggled>; 2] {
    ["Ask", "Stop monitoring"]
        .map(|name| harness.get_by_role_and_label(Role::RadioButton, name).accesskit_node().toggled())
}

const IS_ASK: [Option<Toggled>; 2] = [Some(Toggled::True), Some(Toggled::False)];
const IS_STOP: [Option<Toggled>; 2] = [Some(Toggled::False), Some(Toggled::True)];

#[test]
fn a_hurried_stop_closes_and_the_next_close_asks_again() {
    let (_dir, mut harness) = asked();
    stops(&mut harness);
    assert_eq!(IS_ASK, choice(&harness));
}

#[test]
fn an_answer_that_is_to_be_kept_is_kept_until_it_is_changed_in_the_settings() {
    let (_dir, mut harness) = asked();
    harness.get_by_label("Do not ask again").click();
    harness.run_steps(2);
    stops(&mut harness);
    assert_eq!(IS_STOP, choice(&harness));
    harness.get_by_role_and_label(Role::RadioButton, "Ask").click();
    harness.run_steps(3);
    assert_eq!(IS_ASK, choice(&harness));
}

#[test]
fn handing_over_leads_to_the_scheduler_and_goes_on_meanwhile() {
    let (_dir, mut harness) = asked();
    harness.get_by_label("Hand over to a service…").click();
    harness.run_steps(4);
    harness.get_by_label("Have the line watched");
    assert!(harness.state().is_monitoring());
}

#[test]
fn the_key_that_quits_asks_while_it_monitors() {
    let (_dir, mut harness) = monitoring();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Q);
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Dialog, TITLE);
    assert!(harness.state().is_monitoring());
}

#[test]
fn without_monitoring_it_closes_at_once() {
    let dir = TempDir::new().unwrap();
    only_here(dir.path()).unwrap();
    let mut harness = in_folder(dir.path());
    closes_at_once(&mut harness);
    let (_dir, mut harness) = monitoring();
    harness.get_by_label("Stop").click();
    wait_until(&mut harness, App::is_stopped);
    closes_at_once(&mut harness);
    closes_at_once(&mut network_logging_gui_tests::demo(1280.0, 800.0));
}
