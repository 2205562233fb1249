//! The integrations: sinks with their states, tests, the token, lines to copy, and secrets that are never shown.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    time::Duration,
};

use eframe::egui::{Key, Modifiers, OutputCommand, accesskit::Role};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use network_logging::gui::{App, Language, Start};
use network_logging_gui_tests::{
    comes_true, demo, gaps, only_here, settle, start_monitoring, unreadable, wait_until, window,
};

/// A window that is high enough for all of the panel, with its files in this folder.
fn open(folder: &Path) -> Harness<'static, App> {
    let start =
        Start { config: Some(folder.join("config.json")), log_dir: Some(folder.join("logs")), ..Start::default() };
    let mut harness = window(1280.0, 2400.0, start);
    wait_until(&mut harness, |app| !app.is_loading());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num8);
    settle(&mut harness, "Secrets");
    harness
}

fn type_into(harness: &mut Harness<'static, App>, role: Role, field: &str, words: &str) {
    harness.get_by_role_and_label(role, field).focus();
    harness.run_steps(2);
    harness.get_by_role_and_label(role, field).type_text(words);
    harness.run_steps(3);
}

fn press(harness: &mut Harness<'static, App>, button: &str) {
    harness.get_by_role_and_label(Role::Button, button).click();
    harness.run_steps(3);
}

fn secrets(folder: &Path) -> String {
    fs::read_to_string(folder.join("secrets.json")).unwrap_or_default()
}

/// True if these words are to be read anywhere, as a text or in a field.
fn shows(harness: &Harness<'static, App>, words: &str) -> bool {
    let is_field =
        |role| harness.query_all_by_role(role).any(|node| node.value().is_some_and(|value| value.contains(words)));
    harness.query_all_by_label_contains(words).next().is_some()
        || is_field(Role::TextInput)
        || is_field(Role::PasswordInput)
}

#[track_caller]
fn goes(harness: &mut Harness<'static, App>, words: &str) {
    assert!(comes_true(harness, |harness| !shows(harness, words)), "{words:?} stayed");
}

/// A port of this computer that is free at this moment.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Adds these settings to those of a line that asks only this computer.
fn configure(folder: &Path, more: &str) {
    only_here(folder).unwrap();
    let path = folder.join("config.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen('{', &format!("{{ {more},"), 1)).unwrap();
}

/// Status code of the local API for its state document; 0 while nobody answers.
fn state_code(port: u16, token: &str) -> u16 {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let header = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
        write!(stream, "GET /api/v1/state HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{header}Connection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().ok().and_then(|answer| answer.split(' ').nth(1)?.parse().ok()).unwrap_or_default()
}

#[test]
fn where_nothing_is_set_up_each_integration_is_explained_with_the_way_to_its_settings() {
    let dir = tempfile::tempdir().unwrap();
    let mut harness = open(dir.path());
    harness.get_by_label("Nothing is set up");
    harness.get_by_label_contains("Every integration is off until you set it up");
    harness.get_by_label_contains("Off: no program is answered");
    assert!(harness.query_by_label("Lines to copy").is_none());
    press(&mut harness, "Settings: MQTT");
    harness.get_by_label("Find a setting");
    harness.get_by_role_and_label(Role::TextInput, "MQTT broker");
    assert!(harness.query_by_label("Time between cycles").is_none());
    assert!(!dir.path().join("secrets.json").exists());
}

#[test]
fn a_secret_is_set_replaced_and_removed_and_never_shown() {
    let dir = tempfile::tempdir().unwrap();
    let mut harness = open(dir.path());
    let field = "Password at the MQTT broker";
    settle(&mut harness, "Password at the MQTT broker: not set");
    let set = "Set: Password at the MQTT broker";
    assert!(harness.get_by_role_and_label(Role::Button, set).accesskit_node().is_disabled());
    for (button, value) in [(set, "hunter2"), ("Replace: Password at the MQTT broker", "wombat3")] {
        type_into(&mut harness, Role::PasswordInput, field, value);
        assert!(!shows(&harness, value));
        press(&mut harness, button);
        wait_until(&mut harness, |_| secrets(dir.path()).contains(value));
        settle(&mut harness, "Password at the MQTT broker: set");
        assert!(!shows(&harness, value));
    }
    assert!(!secrets(dir.path()).contains("hunter2"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = dir.path().join("secrets.json").metadata().unwrap().permissions().mode();
        assert_eq!(0o600, mode & 0o777);
    }
    press(&mut harness, "Remove: Password at the MQTT broker");
    settle(&mut harness, "Password at the MQTT broker: not set");
    assert!(!secrets(dir.path()).contains("wombat3"));
}

#[test]
fn a_webhook_is_checked_added_shown_without_its_address_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let mut harness = open(dir.path());
    type_into(&mut harness, Role::TextInput, "Webhooks", "ntfy");
    assert!(harness.get_by_role_and_label(Role::Button, "Add: Webhooks").accesskit_node().is_disabled());
    type_into(&mut harness, Role::TextInput, "Webhooks", " https://127.0.0.1:9/my-line");
    press(&mut harness, "Add: Webhooks");
    settle(&mut harness, "webhook 1 (ntfy)");
    harness.get_by_label("1: ntfy …");
    assert!(secrets(dir.path()).contains("https://127.0.0.1:9/my-line"));
    goes(&mut harness, "my-line");
    assert!(harness.query_by_label("Nothing is set up").is_none());
    press(&mut harness, "Remove: Webhooks 1: ntfy …");
    settle(&mut harness, "Nothing is set up");
    assert!(!secrets(dir.path()).contains("my-line"));
}

#[test]
fn secrets_that_others_may_read_are_told_with_the_remedy() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets.json");
        fs::write(&path, "{}").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let start = Start { config: Some(dir.path().join("config.json")), ..Start::default() };
        let start = Start { log_dir: Some(dir.path().join("logs")), ..start };
        let mut harness = window(1280.0, 800.0, start);
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Num8);
        settle(&mut harness, "chmod 600");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        settle(&mut harness, "Password at the MQTT broker");
    }
}

#[test]
fn the_token_is_hidden_until_it_is_asked_for_and_a_new_one_is_used_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let port = free_port();
    configure(dir.path(), &format!("\"api_enabled\": true, \"api_listen\": \"127.0.0.1:{port}\""));
    let mut harness = open(dir.path());
    start_monitoring(&mut harness);
    settle(&mut harness, "Works");
    wait_until(&mut harness, |_| state_code(port, "") == 200);
    press(&mut harness, "Make a token");
    settle(&mut harness, "Show token");
    let token = |folder: &Path| {
        let text = secrets(folder);
        let hex = |word: &&str| word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        text.split('"').find(hex).unwrap().to_owned()
    };
    let first = token(dir.path());
    assert!(!shows(&harness, &first));
    wait_until(&mut harness, |_| state_code(port, "") == 401 && state_code(port, &first) == 200);
    press(&mut harness, "Show token");
    harness.get_by_label(&first);
    harness.get_by_label_contains(&format!("token: \"{first}\""));
    press(&mut harness, "Hide token");
    assert!(!shows(&harness, &first));
    // What is copied has the token.
    harness.get_by_role_and_label(Role::Button, "Copy lines").click();
    harness.run_steps(1);
    let copied = harness.output().platform_output.commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let expected = format!("network_logging:\n  url: \"http://127.0.0.1:{port}\"\n  token: \"{first}\"\n");
    assert_eq!(Some(expected), copied);
    press(&mut harness, "New token");
    harness.get_by_label_contains("is refused until it has the new one");
    press(&mut harness, "Keep the token");
    assert_eq!(first, token(dir.path()));
    press(&mut harness, "New token");
    press(&mut harness, "Replace the token");
    wait_until(&mut harness, |_| token(dir.path()) != first);
    let second = token(dir.path());
    wait_until(&mut harness, |_| state_code(port, &first) == 401 && state_code(port, &second) == 200);
    assert!(harness.state().is_monitoring());
}

#[test]
fn a_test_says_whether_the_receiver_answers() {
    let dir = tempfile::tempdir().unwrap();
    let (api, broker) = (free_port(), free_port());
    let more = format!(
        "\"api_enabled\": true, \"api_listen\": \"127.0.0.1:{api}\", \"mqtt_url\": \"mqtt://127.0.0.1:{broker}\""
    );
    configure(dir.path(), &more);
    let mut harness = open(dir.path());
    settle(&mut harness, "No monitor runs, so nothing is sent");
    press(&mut harness, "Test: api");
    settle(&mut harness, "answered as it should");
    press(&mut harness, "Test: mqtt");
    settle(&mut harness, "failed: ");
    harness.get_by_label("Lines to copy");
    press_choice(&mut harness, "Prometheus");
    harness.get_by_label_contains(&format!("- targets: [\"127.0.0.1:{api}\"]"));
}

fn press_choice(harness: &mut Harness<'static, App>, choice: &str) {
    harness.get_by_role_and_label(Role::RadioButton, choice).click();
    harness.run_steps(3);
}

#[test]
fn the_demo_changes_no_secret() {
    let mut harness = demo(1280.0, 2400.0);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num8);
    settle(&mut harness, "Secrets");
    type_into(&mut harness, Role::PasswordInput, "Password at the mail server", "hunter2");
    press(&mut harness, "Set: Password at the mail server");
    settle(&mut harness, "The demo saves nothing");
}

#[test]
fn no_text_is_cut_covered_or_broken_in_any_size_and_language() {
    let dir = tempfile::tempdir().unwrap();
    let more = "\"api_enabled\": true, \"api_listen\": \"0.0.0.0:8787\", \"mqtt_url\": \"mqtt://127.0.0.1:1\", \
                \"influx_url\": \"http://127.0.0.1:1/write?db=netlog\", \"remote_write_url\": \"http://127.0.0.1:1/x\"";
    configure(dir.path(), more);
    let lines = "{\"webhooks\": [\"ntfy https://127.0.0.1:9/a\"], \"heartbeats\": [\"gatus\"]}";
    fs::write(dir.path().join("secrets.json"), lines).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(dir.path().join("secrets.json"), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let mut faults = Vec::new();
    for (width, zoom) in [(1280.0, 1.0), (900.0, 1.0), (760.0, 1.0), (1280.0, 1.6), (1920.0, 3.0)] {
        for (language, secrets, test) in
            [(Language::English, "Secrets", "Test: mqtt"), (Language::German, "Geheimnisse", "Testen: mqtt")]
        {
            let (config, log_dir) = (dir.path().join("config.json"), dir.path().join("logs"));
            let start = Start { config: Some(config), log_dir: Some(log_dir), ..Start::default() };
            let mut harness = Harness::builder()
                .with_size([width / zoom, 3000.0])
                .with_pixels_per_point(zoom)
                .build_eframe(move |cc| App::fresh(&cc.egui_ctx, &start, language, false));
            wait_until(&mut harness, |app| !app.is_loading());
            harness.key_press_modifiers(Modifiers::COMMAND, Key::Num8);
            settle(&mut harness, secrets);
            press(&mut harness, test);
            settle(&mut harness, if language == Language::English { "failed: " } else { "fehlgeschlagen: " });
            // What says that a job runs lies over the panel.
            goes(&mut harness, if language == Language::English { "Testing a" } else { "wird getestet" });
            let what = format!("{width} {zoom} {language:?}");
            // Where the navigation has words, its foot is far below them.
            let holes = if width / zoom < 1000.0 { gaps(&harness, 120.0) } else { Vec::new() };
            let seen = unreadable(&harness).into_iter().chain(holes);
            faults.extend(seen.map(|fault| format!("{what}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
