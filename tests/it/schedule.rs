//! `netlog schedule print`: what it would install is what the real tools of the systems accept, whatever the paths hold.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

/// What makes trouble in a path: spaces, both quotes, a percent and a dollar sign, umlauts.
const AWKWARD: &str = "it's 100% \"näh\" $HOME --&";

/// Rhythms that differ in what they need of a format.
const RHYTHMS: [&[&str]; 5] = [
    &[],
    &["--service"],
    &["--every", "5m", "--hours", "8-17", "--days", "mon-fri"],
    &["--every", "6h", "--boot"],
    &["--every", "1m", "--days", "sat-mon"],
];

#[expect(clippy::print_stderr, reason = "what is left out is said loudly")]
fn tool(name: &str) -> Option<PathBuf> {
    let found =
        ["/usr/bin", "/bin", "/usr/sbin"].map(|dir| Path::new(dir).join(name)).into_iter().find(|p| p.is_file());
    if found.is_none() {
        eprintln!("LEFT OUT: {name} is not installed, so what is made for it is not checked by it");
    }
    found
}

/// The plan for a scheduler, by a program in a folder with an awkward name.
fn plan(dir: &TempDir, with: &str, rhythm: &[&str]) -> Value {
    let folder = dir.path().join(AWKWARD);
    fs::create_dir_all(&folder).unwrap();
    let netlog = folder.join("netlog");
    if !netlog.exists() {
        fs::copy(env!("CARGO_BIN_EXE_netlog"), &netlog).unwrap();
    }
    let mut command = Command::new(netlog);
    command.args(["--log-dir".as_ref(), folder.join("logs").as_os_str()]);
    command.args(["schedule", "print", "--json", "--with", with]).args(rhythm);
    let output = loop {
        match command.output() {
            // Another test that starts a program just now still holds the copy open for writing.
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(Duration::from_millis(20));
            }
            output => break output.unwrap(),
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The texts of the files whose names end so.
fn texts<'a>(plan: &'a Value, end: &str) -> Vec<(&'a str, &'a str)> {
    let files = plan["files"].as_array().unwrap().iter();
    files
        .map(|file| (file["path"].as_str().unwrap(), file["text"].as_str().unwrap()))
        .filter(|(path, _)| path.ends_with(end))
        .collect()
}

#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    said
}

#[test]
fn systemd_accepts_its_units() {
    let Some(analyze) = tool("systemd-analyze") else { return };
    let dir = tempfile::tempdir().unwrap();
    for rhythm in RHYTHMS {
        let plan = plan(&dir, "systemd", rhythm);
        let place = tempfile::tempdir().unwrap();
        let mut units = Vec::new();
        for (path, text) in [texts(&plan, ".service"), texts(&plan, ".timer")].concat() {
            let unit = place.path().join(Path::new(path).file_name().unwrap());
            fs::write(&unit, text).unwrap();
            units.push(unit);
            if let Some(line) = text.lines().find_map(|line| line.strip_prefix("OnCalendar=")) {
                succeeds(Command::new(&analyze).args(["calendar", line]));
            }
        }
        assert_eq!(if rhythm.contains(&"--every") { 2 } else { 1 }, units.len());
        let mut verify = Command::new(&analyze);
        verify.env("XDG_RUNTIME_DIR", place.path()).args(["--man=no", "verify"]);
        if plan["needs_admin"] == false {
            verify.arg("--user");
        }
        let said = succeeds(verify.args(units));
        assert!(!said.contains("network-logging"), "{rhythm:?}: {said}");
    }
}

#[test]
fn a_shell_runs_what_cron_hands_it() {
    let dir = tempfile::tempdir().unwrap();
    let plan = plan(&dir, "cron", &["--every", "1m"]);
    let line = plan["crontab"].as_str().unwrap().lines().find(|line| line.starts_with('*')).unwrap();
    // What cron makes of it: five fields, and a percent sign for each one with a backslash.
    let command = line.splitn(6, ' ').last().unwrap().replace("\\%", "%");
    // Nothing is sent from a test.
    assert_eq!(1, command.matches(" once;").count(), "{command}");
    let command = command.replace(" once;", " --version;");
    let logs = dir.path().join(AWKWARD).join("logs");
    fs::create_dir_all(&logs).unwrap();
    succeeds(Command::new("sh").args(["-c", &command]));
    let last = fs::read_to_string(logs.join("schedule.last")).unwrap();
    assert_eq!(format!("netlog {}\nexit 0\n", env!("CARGO_PKG_VERSION")), last);
}

#[test]
fn a_reader_of_property_lists_finds_the_words_again() {
    let Some(python) = tool("python3") else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.plist");
    for rhythm in RHYTHMS {
        let plan = plan(&dir, "launchd", rhythm);
        fs::write(&path, texts(&plan, ".plist")[0].1).unwrap();
        let script = "import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";
        let read: Value =
            serde_json::from_str(&succeeds(Command::new(&python).args(["-c", script]).arg(&path))).unwrap();
        let words: Vec<&str> =
            read["ProgramArguments"].as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
        let folder = dir.path().join(AWKWARD);
        assert_eq!(
            [folder.join("netlog").to_str().unwrap(), "--log-dir", folder.join("logs").to_str().unwrap()],
            words[..3]
        );
        let is_always = !rhythm.contains(&"--every");
        assert_eq!(if is_always { vec!["monitor", "--service"] } else { vec!["once"] }, words[3..]);
        assert_eq!(is_always, read["KeepAlive"] == true, "{read}");
        assert_eq!(!is_always, read["StartCalendarInterval"].is_array(), "{read}");
    }
}

#[test]
fn a_task_is_xml_with_its_parts_in_the_order_of_the_schema() {
    let Some(python) = tool("python3") else { return };
    let dir = tempfile::tempdir().unwrap();
    let (path, script) = (dir.path().join("x.xml"), dir.path().join("x.py"));
    // The sequences of the schema; what may come in any order is not looked at.
    let check = r#"
import sys, xml.etree.ElementTree as tree
text = open(sys.argv[1], encoding="utf-8").read().replace('encoding="UTF-16"', "", 1)
top = tree.fromstring(text)
name = lambda e: e.tag.split("}")[1]
assert top.tag == "{http://schemas.microsoft.com/windows/2004/02/mit/task}Task", top.tag
assert [name(e) for e in top] == ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"]
base = ["Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit"]
more = {"CalendarTrigger": ["RandomDelay", "ScheduleByDay", "ScheduleByWeek"], "LogonTrigger": ["UserId", "Delay"], "BootTrigger": ["Delay"]}
for trigger in top[1]:
    order = base + more[name(trigger)]
    places = [order.index(name(e)) for e in trigger]
    assert places == sorted(places), places
known = """AllowStartOnDemand RestartOnFailure MultipleInstancesPolicy DisallowStartIfOnBatteries StopIfGoingOnBatteries
AllowHardTerminate StartWhenAvailable RunOnlyIfNetworkAvailable WakeToRun Enabled Hidden IdleSettings ExecutionTimeLimit
Priority RunOnlyIfIdle""".split()
assert all(name(e) in known for e in top[3]), [name(e) for e in top[3]]
assert [name(e) for e in top[2][0]] == ["UserId", "LogonType", "RunLevel"]
assert [name(e) for e in top[4][0]] == ["Command", "Arguments"]
print(top[4][0][1].text)
"#;
    fs::write(&script, check).unwrap();
    for rhythm in RHYTHMS {
        let plan = plan(&dir, "tasks", rhythm);
        fs::write(&path, texts(&plan, ".netlog-task.tmp")[0].1).unwrap();
        let arguments = succeeds(Command::new(&python).arg(&script).arg(&path));
        assert!(arguments.contains("100% \\\"näh\\\" $HOME --&"), "{arguments}");
    }
}

#[test]
fn what_cannot_be_scheduled_is_refused_with_what_can() {
    for (args, part) in [
        (&["--every", "7m"][..], "write one of 1m"),
        (&["--every", "5m", "--hours", "25"], "8-17"),
        (&["--every", "5m", "--days", "someday"], "mon-fri"),
        (&["--hours", "8"], "--every"),
        (&["--service", "--every", "5m"], "cannot be used with"),
    ] {
        let command = ["schedule", "print", "--with", "cron"];
        let output = Command::new(env!("CARGO_BIN_EXE_netlog")).args(command).args(args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(part), "{args:?}: {said}");
    }
}

#[test]
fn what_is_missing_is_reckoned_by_the_cycle_of_the_configuration_that_is_scheduled() {
    let dir = TempDir::new().unwrap();
    let logs = dir.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let config = dir.path().join("line.json");
    let since = (chrono::Utc::now() - chrono::TimeDelta::minutes(10)).format("%Y-%m-%dT%H:%M:%SZ");
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let mark = format!("always; scope login; since {since}; logs {}; config {}", path(&logs), path(&config));
    fs::write(logs.join("netlog.schedule"), format!("netlog-schedule: {mark}\n")).unwrap();
    // Whoever asks stands in a folder with a configuration of its own.
    let elsewhere = dir.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for (scheduled, own, complains) in [(20, 3600, true), (3600, 20, false)] {
        fs::write(&config, format!("{{\"ping_interval_sec\": {scheduled}}}")).unwrap();
        fs::write(elsewhere.join("config.json"), format!("{{\"ping_interval_sec\": {own}}}")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_netlog"));
        let output = command.current_dir(&elsewhere).arg("--log-dir").arg(&logs).arg("status").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(complains, said.contains("the schedule is not as it should be"), "every {scheduled} s: {said}");
    }
}
