//! The scheduler: what is installed is shown, installed and taken away by a click each.
//!
//! These run in a process of their own, in which the system's programs are stand-ins: nothing of this computer is touched.

use std::{fs, path::Path};

use eframe::egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::{Harness, kittest::Queryable as _};
use network_logging::gui::App;
use network_logging_gui_tests::{in_folder, settle};

/// Tells a process that the system's programs in it are stand-ins.
const INNER: &str = "NETLOG_TEST_STAND_INS";

/// Runs a test of this name again in a folder of its own, where `crontab` writes to a file.
fn with_stand_ins(name: &str) {
    let base = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(base).unwrap();
    let dir = tempfile::tempdir_in(base).unwrap();
    let bin = dir.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let tab = dir.path().join("crontab.txt");
    let tab = tab.display();
    let crontab = format!(
        "#!/bin/sh\ncase $1 in\n-l) [ -f '{tab}' ] && cat '{tab}' || {{ echo 'no crontab for me' >&2; exit 1; }};;\n\
         -r) rm -f '{tab}';;\n-) cat >'{tab}';;\nesac\n"
    );
    script(&bin.join("crontab"), &crontab);
    script(&bin.join("systemctl"), "#!/bin/sh\nexit 1\n");
    script(&bin.join("netlog"), "#!/bin/sh\nexit 0\n");
    // The window starts the `netlog` that lies beside it.
    let window = bin.join("window");
    let this = std::env::current_exe().unwrap();
    fs::hard_link(&this, &window).or_else(|_| fs::copy(&this, &window).map(drop)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let test = format!("scheduler::{name}");
    let output = std::process::Command::new(window)
        .args(["--exact", &test, "--nocapture"])
        .env("PATH", path)
        .env("HOME", dir.path())
        .env("XDG_CONFIG_HOME", dir.path().join("config"))
        .env("XDG_DATA_HOME", dir.path().join("data"))
        .env(INNER, dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

fn script(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The folder, if this is the process with the stand-ins.
fn inner() -> Option<std::path::PathBuf> {
    std::env::var_os(INNER).map(Into::into)
}

fn open(folder: &Path) -> Harness<'static, App> {
    let mut harness = in_folder(folder);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num7);
    harness.run_steps(2);
    harness
}

/// Draws until this is to be read.
#[track_caller]
fn shows(harness: &mut Harness<'static, App>, words: &str) {
    settle(harness, words);
    harness.run_steps(2);
}

#[test]
fn a_schedule_is_shown_installed_and_removed_without_a_trace() {
    let Some(dir) = inner() else {
        return with_stand_ins("a_schedule_is_shown_installed_and_removed_without_a_trace");
    };
    let tab = dir.join("crontab.txt");
    fs::write(&tab, "5 4 * * * tidy\n").unwrap();
    let mut harness = open(&dir);
    shows(&mut harness, "Nothing is installed");
    harness.get_by_label("Now and then").click();
    // Exactly what will be installed.
    shows(&mut harness, "*/5 * * * *");
    harness.get_by_label("Mon").click();
    shows(&mut harness, "*/5 * * * 2-7");
    harness.get_by_label("Install").click();
    shows(&mut harness, "Looks every 5 min, Tue–Sun");
    let installed = fs::read_to_string(&tab).unwrap();
    assert!(
        installed.starts_with("5 4 * * * tidy\n") && installed.contains("\n*/5 * * * 2-7 umask 077; { '"),
        "{installed}"
    );
    shows(&mut harness, "Next run");
    harness.get_by_label("Remove without a trace").click();
    shows(&mut harness, "Nothing is installed");
    assert_eq!("5 4 * * * tidy\n", fs::read_to_string(&tab).unwrap());
    assert!(!dir.join("logs/netlog.schedule").exists());
}

#[test]
fn a_schedule_that_has_silently_stopped_or_is_lost_is_told() {
    let Some(dir) = inner() else {
        return with_stand_ins("a_schedule_that_has_silently_stopped_or_is_lost_is_told");
    };
    let logs = dir.join("logs");
    fs::create_dir_all(&logs).unwrap();
    let mark = format!("netlog-schedule: always; scope login; since 2026-01-01T00:00:00Z; logs {}", logs.display());
    fs::write(logs.join("netlog.schedule"), format!("{mark}\n")).unwrap();
    let mut harness = open(&dir);
    shows(&mut harness, "no scheduler of this system knows it any more");
    drop(harness);
    let begin = "# >>> Network Logging: made by \"netlog schedule install\"; \"netlog schedule remove\" takes it away";
    let lines = format!("{begin}\n# {mark}\n* * * * * netlog\n# <<< Network Logging\n");
    fs::write(dir.join("crontab.txt"), lines).unwrap();
    let mut harness = open(&dir);
    shows(&mut harness, "no monitor runs. The last sign of life was");
    // What is installed fills in the form.
    harness.get_by_label("Install in its place");
}

#[test]
fn wrong_times_are_told_as_they_are_typed() {
    let Some(dir) = inner() else { return with_stand_ins("wrong_times_are_told_as_they_are_typed") };
    let mut harness = open(&dir);
    shows(&mut harness, "Nothing is installed");
    harness.get_by_label("Now and then").click();
    shows(&mut harness, "*/5 * * * *");
    harness.get_by_role_and_label(Role::TextInput, "In the hours").focus();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::TextInput, "In the hours").type_text("25");
    shows(&mut harness, "Write hours from 0 to 23");
    assert!(harness.query_by_label("Install").is_none());
}
