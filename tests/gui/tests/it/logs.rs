//! The logs: the list, the search, jumping, choosing and copying.

use std::{fs, path::Path};

use eframe::egui::{Key, Modifiers, OutputCommand, accesskit::Role};
use egui_kittest::{Harness, kittest::Queryable as _};
use network_logging::gui::App;
use network_logging_gui_tests::{comes_true, in_folder};
use tempfile::TempDir;

fn folder() -> TempDir {
    let dir = TempDir::new().unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let rule = "=".repeat(60);
    let run = |n: u32| {
        format!(
            "\n{rule}\nRun at: 20260103_{:02}{:02}00\n{rule}\nHOST: office   Loss%   Snt   Last\n  1.|-- 192.0.2.{}  0.0%  60  1.0\n",
            n / 60,
            n % 60,
            n % 250
        )
    };
    fs::write(logs.join("mtr_192_0_2_1.log"), (0..600).map(run).collect::<String>()).unwrap();
    fs::write(logs.join("notes.txt"), format!("{}needle{}\nsecond\n", "x".repeat(100_000), "y".repeat(3_000_000)))
        .unwrap();
    fs::write(logs.join("history.db"), "").unwrap();
    dir
}

fn open(dir: &Path) -> Harness<'static, App> {
    let mut harness = in_folder(dir);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::L);
    settle(&mut harness, shows("mtr_192_0_2_1.log"));
    harness.get_by_role_and_label(Role::Button, "mtr_192_0_2_1.log").click();
    settle(&mut harness, shows("3600 lines"));
    harness
}

/// Draws until it is so: the log is read in another thread.
#[track_caller]
fn settle(harness: &mut Harness<'static, App>, is_so: impl Fn(&Harness<'static, App>) -> bool) {
    assert!(comes_true(harness, is_so), "it never was so");
}

fn shows(label: &'static str) -> impl Fn(&Harness<'static, App>) -> bool {
    move |harness| harness.query_all_by_label_contains(label).next().is_some()
}

fn search(harness: &mut Harness<'static, App>, text: &str) {
    harness.get_by_label("Search the log").focus();
    harness.run_steps(1);
    harness.get_by_label("Search the log").type_text(text);
}

#[test]
fn only_logs_are_listed_and_one_is_opened() {
    let dir = folder();
    let harness = open(dir.path());
    assert!(shows("notes.txt")(&harness));
    assert!(!shows("history.db")(&harness));
}

#[test]
fn hits_are_counted_while_typing_and_gone_through() {
    let dir = folder();
    let mut harness = open(dir.path());
    search(&mut harness, r"192\.0\.2\.7\b");
    settle(&mut harness, shows("1 of 3"));
    harness.key_press(Key::F3);
    settle(&mut harness, shows("2 of 3"));
    harness.key_press_modifiers(Modifiers::SHIFT, Key::F3);
    settle(&mut harness, shows("1 of 3"));
    harness.key_press_modifiers(Modifiers::SHIFT, Key::F3);
    settle(&mut harness, shows("3 of 3"));
    harness.get_by_label_contains("from the other end");
}

#[test]
fn case_matters_when_it_is_asked_for() {
    let dir = folder();
    let mut harness = open(dir.path());
    search(&mut harness, "host: OFFICE");
    settle(&mut harness, shows("600"));
    harness.get_by_label("Upper and lower case differ").click();
    settle(&mut harness, shows("No hits"));
}

#[test]
fn a_wrong_expression_says_what_is_wrong_and_its_characters_can_be_searched_for() {
    let dir = folder();
    let mut harness = open(dir.path());
    search(&mut harness, "1.|-- (");
    settle(&mut harness, shows("A ( has no )"));
    harness.get_by_label("Regular expression").click();
    settle(&mut harness, shows("No hits"));
}

#[test]
fn a_time_is_jumped_to() {
    let dir = folder();
    let mut harness = open(dir.path());
    for (typed, said) in [("soon", "Write a day and a time"), ("2031-01-01", "All lines of this log are earlier")] {
        harness.get_by_label("Jump to a time").focus();
        harness.run_steps(1);
        harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        harness.get_by_label("Jump to a time").type_text(typed);
        harness.key_press(Key::Enter);
        settle(&mut harness, shows(said));
    }
}

#[test]
fn all_is_chosen_and_copied_as_it_is() {
    let dir = folder();
    let mut harness = open(dir.path());
    harness.get_by_label("Text of the log").click_secondary();
    harness.run_steps(3);
    harness.get_by_label_contains("Select all").click();
    harness.run_steps(3);
    harness.get_by_label("Text of the log").click_secondary();
    harness.run_steps(3);
    harness.get_by_label_contains("Export selection");
    harness.get_by_label_contains("Copy").click();
    let expected = fs::read_to_string(dir.path().join("logs/mtr_192_0_2_1.log")).unwrap();
    let copies = |harness: &Harness<'static, App>| {
        harness.output().platform_output.commands.iter().any(|command| match command {
            OutputCommand::CopyText(text) => *text == expected,
            _ => false,
        })
    };
    for _ in 0..400 {
        harness.run_steps(1);
        if copies(&harness) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("nothing was copied");
}

#[test]
fn a_line_of_millions_of_columns_is_searched_and_shown() {
    let dir = folder();
    let mut harness = open(dir.path());
    harness.get_by_role_and_label(Role::Button, "notes.txt").click();
    settle(&mut harness, shows("2 lines"));
    search(&mut harness, "needle");
    settle(&mut harness, shows("1 of 1"));
    harness.get_by_label("Place in the lines");
}

#[test]
fn growth_is_followed() {
    let dir = folder();
    let mut harness = open(dir.path());
    let path = dir.path().join("logs/mtr_192_0_2_1.log");
    let grown = fs::read_to_string(&path).unwrap() + "one more\n";
    fs::write(&path, grown).unwrap();
    settle(&mut harness, shows("3601 lines"));
    fs::remove_file(&path).unwrap();
    settle(&mut harness, shows("not there"));
}
