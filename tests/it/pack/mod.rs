//! `netlog report --pack` and `netlog verify` with the real program, and with other people's programs.

mod face;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

/// A user of their own, with a made-up log.
struct User {
    dir: tempfile::TempDir,
}

impl User {
    fn new() -> Self {
        let user = Self { dir: tempfile::tempdir().unwrap() };
        let output = user.netlog(&["demo", "--days", "3", "--to", "2026-11-01T00:00:00Z", "--out", "logs"]);
        assert!(output.status.success(), "{output:?}");
        let logs = user.path("logs");
        let trace = "HOST: kitchen-pc\n  2. line-7.anna.example.net (203.0.113.7) of /home/anna/x\n";
        fs::write(logs.join("mtr_203_0_113_7.log"), trace).unwrap();
        fs::write(logs.join("wan_diag_20261030_120000.log"), "hostname=kitchen-pc\nmac=02:00:5e:10:20:30\n").unwrap();
        user
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn netlog(&self, args: &[&str]) -> Output {
        let mut netlog = Command::new(env!("CARGO_BIN_EXE_netlog"));
        let home = self.path("anna");
        // Where keys and configurations are looked for.
        for (name, folder) in [("HOME", ""), ("XDG_DATA_HOME", "data"), ("XDG_CONFIG_HOME", "config")] {
            netlog.env(name, home.join(folder));
        }
        netlog.current_dir(self.dir.path()).args(args).output().unwrap()
    }

    /// Makes a pack of the made-up log.
    fn pack(&self, name: &str, args: &[&str]) -> PathBuf {
        let output = self.netlog(&[&["report", "--log-dir", "logs", "--tz", "UTC", "--pack", name], args].concat());
        assert!(output.status.success(), "{output:?}");
        assert!(said(&output).contains(&self.fingerprint()), "{output:?}");
        self.path(name)
    }

    fn fingerprint(&self) -> String {
        let own: Value = serde_json::from_slice(&self.netlog(&["verify", "--public-key", "--json"]).stdout).unwrap();
        own["fingerprint"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    fn verifies(&self, args: &[&str], code: i32, word: &str) {
        let output = self.netlog(&[&["verify"], args].concat());
        let all = format!("{}{}", said(&output), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.code() == Some(code) && all.contains(word), "{args:?}: {:?} {all}", output.status);
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_pack_goes_to_the_provider_and_is_verified_there() {
    let (user, provider) = (User::new(), User::new());
    let period = ["--from", "2026-10-30", "--to", "2026-10-31"];
    let pack = user.pack("pack.zip", &period);
    let pack = pack.to_str().unwrap();
    user.verifies(&[pack], 0, "which is this user's own");
    provider.verifies(&[pack], 0, "Whose key it is cannot be seen from here");
    let fingerprint = user.fingerprint();
    provider.verifies(&[pack, "--key", &fingerprint], 0, "Unchanged since it was signed with this key");
    let pem = user.path("key.pem");
    fs::write(&pem, user.netlog(&["verify", "--public-key"]).stdout).unwrap();
    provider.verifies(&[pack, "--key", pem.to_str().unwrap()], 0, "Unchanged since");
    let output = provider.netlog(&["verify", "--json", pack]);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((Value::Bool(true), Value::Bool(true)), (value["unchanged"].clone(), value["signed"].clone()));
    assert_eq!(fingerprint, value["fingerprint"]);
    assert!(value["rows"].as_u64().unwrap() > 3000, "{value}");
    assert_eq!("2026-10-30T00:00:00+00:00", value["from"]);

    // Somebody improves the evidence.
    let mut bytes = fs::read(pack).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(user.path("changed.zip"), &bytes).unwrap();
    let changed = user.path("changed.zip");
    provider.verifies(&[changed.to_str().unwrap()], 1, "CHANGED");
    fs::write(&changed, &bytes[..middle]).unwrap();
    provider.verifies(&[changed.to_str().unwrap()], 2, "cut short");
    fs::write(&changed, "no pack").unwrap();
    provider.verifies(&[changed.to_str().unwrap()], 2, "no evidence pack");
    provider.pack("other.zip", &period);
    provider.verifies(&["other.zip", "--key", &fingerprint], 1, "not by the key that was expected");
    user.verifies(&["nowhere.zip"], 2, "nowhere.zip");
    user.verifies(&["pack.zip", "--key", "12"], 2, "64 digits");
}

#[test]
fn a_log_can_be_held_to_a_key_too() {
    let user = User::new();
    user.pack("pack.zip", &[]);
    // Nobody signed the made-up log.
    user.verifies(&["logs"], 3, "nobody has signed");
    let fingerprint = user.fingerprint();
    user.verifies(&["logs", "--key", &fingerprint], 1, "not signed");
    fs::create_dir(user.path("unpacked")).unwrap();
    fs::write(user.path("unpacked/manifest.json"), "{}").unwrap();
    user.verifies(&["unpacked"], 2, "unpacked evidence pack");
}

#[test]
fn a_redacted_pack_gives_nobody_away() {
    let user = User::new();
    let pack = user.pack("pack.zip", &["--redact"]);
    user.verifies(&["pack.zip"], 0, "the pack is redacted");
    let unpacked = unpack(&pack, &user.path("unpacked"));
    if unpacked.is_none() {
        return;
    }
    let mut folders = vec![user.path("unpacked")];
    let mut n_files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            n_files += 1;
            let text = format!(
                "{}\n{}",
                path.file_name().unwrap().display(),
                String::from_utf8_lossy(&fs::read(&path).unwrap())
            );
            for secret in ["203.0.113.7", "203_0_113_7", "kitchen-pc", "anna", "02:00:5e:10:20:30", "line-7"] {
                assert!(!text.contains(secret), "{secret} is in {}", path.display());
            }
        }
    }
    assert!(n_files > 10, "{n_files}");
}

#[test]
fn samples_settings_and_diary_of_the_period_are_in_a_pack() {
    let user = User::new();
    let period = ["--from", "2026-10-30", "--to", "2026-10-31"];
    let ticket = ["ticket", "--log-dir", "logs", "add", "--at", "2026-10-30T12:00:00Z", "Called from 203.0.113.7"];
    assert!(user.netlog(&ticket).status.success());
    let (plain, redacted) =
        (user.pack("plain.zip", &period), user.pack("redacted.zip", &[&period[..], &["--redact"]].concat()));
    let (at_plain, at_redacted) = (user.path("plain"), user.path("redacted"));
    if unpack(&plain, &at_plain).is_none() || unpack(&redacted, &at_redacted).is_none() {
        return;
    }
    let read = |dir: &Path, name: &str| fs::read_to_string(dir.join(name)).unwrap();
    let export = ["export", "--log-dir", "logs", "--what", "samples", "--tz", "UTC"];
    let exported = said(&user.netlog(&[&export[..], &period].concat()));
    let samples = read(&at_plain, "history/samples.csv");
    assert!(exported.lines().count() > 10_000);
    assert!(exported.lines().eq(samples.lines()), "the samples are those of netlog export");
    // The same ones without the addresses.
    let hidden = read(&at_redacted, "history/samples.csv");
    assert_eq!(samples.lines().count(), hidden.lines().count());
    for (line, shown) in samples.lines().zip(hidden.lines()) {
        let (line, shown): (Vec<&str>, Vec<&str>) = (line.split(',').collect(), shown.split(',').collect());
        assert_eq!((&line[..2], &line[3..]), (&shown[..2], &shown[3..]));
        assert!(line[2] == shown[2] || shown[2].contains('#'), "{shown:?}");
    }
    assert!(hidden.contains(".x.x#"), "nothing was taken out");
    let settings = read(&at_plain, "config/history.csv");
    assert!(settings.starts_with("utc_timestamp,key,before,after\r\n") && settings.lines().count() > 10, "{settings}");
    let diary: Value = serde_json::from_str(&read(&at_plain, "history/diary.json")).unwrap();
    assert_eq!("Called from 203.0.113.7", diary["tickets"][0]["said"]);
    let hidden: Value = serde_json::from_str(&read(&at_redacted, "history/diary.json")).unwrap();
    assert_eq!(
        ("(left out)", &diary["tickets"][0]["at"]),
        (hidden["tickets"][0]["said"].as_str().unwrap(), &hidden["tickets"][0]["at"])
    );
    let manifest: Value = serde_json::from_str(&read(&at_redacted, "manifest.json")).unwrap();
    let files = manifest["files"].as_array().unwrap();
    for name in ["history/samples.csv", "history/diary.json", "config/history.csv"] {
        let file = files.iter().find(|file| file["name"] == name).unwrap();
        assert!(file["original"].as_str().is_some_and(|tag| tag.len() == 64), "{file}");
    }
    user.verifies(&["plain.zip"], 0, "Unchanged since");
    user.verifies(&["redacted.zip"], 0, "Unchanged since");
}

#[test]
fn the_owner_opens_lines_of_a_redacted_pack_and_nobody_else_can() {
    let (user, other) = (User::new(), User::new());
    other.pack("own.zip", &["--last", "1d"]);
    let pack = user.pack("pack.zip", &["--redact", "--from", "2026-10-30", "--to", "2026-10-31"]);
    let log = fs::read_to_string(user.path("logs/netlog.csv")).unwrap();
    // The same place in the log: the header, and the first line of the period with one before it.
    let first = log.lines().position(|line| line.contains("2026-10-30T")).unwrap();
    let line = log.lines().nth(first).unwrap().to_owned();
    let open = |user: &User, args: &[&str]| {
        let all = [&["disclose", "--log-dir", "logs", "--out", "opening.json", pack.to_str().unwrap()], args].concat();
        user.netlog(&all)
    };
    // Rows go on and are put aside meanwhile.
    fs::rename(user.path("logs/netlog.csv"), user.path("logs/netlog_20261101_000000.csv")).unwrap();
    let listed = String::from_utf8_lossy(&fs::read(&pack).unwrap()).into_owned();
    let trace = listed.split("traces/mtr_203_0_x_x-").nth(1).unwrap().split(".log").next().unwrap();
    let trace = format!("traces/mtr_203_0_x_x-{trace}.log");
    let output = open(&user, &["--line", "rows/netlog.csv:3-5", "--file", &trace]);
    assert!(output.status.success() && said(&output).contains("3 lines and 1 files"), "{output:?}");
    let opening = fs::read_to_string(user.path("opening.json")).unwrap();
    assert!(opening.contains(&line[..19]), "{line}: {opening}");
    assert!(opening.contains("line-7.anna.example.net"), "{opening}");
    fs::write(other.path("opening.json"), &opening).unwrap();
    let pack = pack.to_str().unwrap();
    other.verifies(&[pack, "--opening", "opening.json"], 0, "rows/netlog.csv, line 3 was made of this original");
    other.verifies(&[pack, "--opening", "opening.json", "--json"], 0, "\"holds\":true");
    // Neither another original nor another place passes.
    fs::write(other.path("opening.json"), opening.replacen(",OK,", ",KO,", 1)).unwrap();
    other.verifies(&[pack, "--opening", "opening.json"], 1, "was not made of this original");
    fs::write(other.path("opening.json"), opening.replace("\"line\": 3", "\"line\": 6")).unwrap();
    other.verifies(&[pack, "--opening", "opening.json"], 1, "line 6: the pack was not made of this original");
    fs::write(other.path("opening.json"), "{}").unwrap();
    other.verifies(&[pack, "--opening", "opening.json"], 2, "netlog disclose");
    user.verifies(&["logs", "--opening", "opening.json"], 2, "name the pack");
    // By what the original said.
    let output = open(&user, &["--containing", "2026-10-30T00:"]);
    assert!(output.status.success() && !said(&output).starts_with("0 "), "{output:?}");
    user.verifies(&[pack, "--opening", "opening.json"], 0, "committed to them");
    for (user, args, word) in [
        (&user, ["--containing", "not there"], "no line of the pack"),
        (&user, ["--file", "traces/none.log"], "the original is not in the log folder"),
        (&user, ["--line", "17"], "rows/netlog.csv:17-40"),
        (&other, ["--containing", "2026"], "another key made this pack"),
    ] {
        let output = open(user, &args);
        assert_eq!(Some(2), output.status.code());
        assert!(String::from_utf8_lossy(&output.stderr).contains(word), "{word}: {output:?}");
    }
}

#[test]
fn no_file_but_a_pack_is_replaced() {
    let user = User::new();
    user.pack("pack.zip", &["--last", "1d"]);
    user.pack("pack.zip", &["--from", "2026-10-30"]);
    fs::write(user.path("letter.zip"), "dear provider").unwrap();
    let output = user.netlog(&["report", "--log-dir", "logs", "--pack", "letter.zip"]);
    assert_eq!(Some(2), output.status.code());
    assert!(String::from_utf8_lossy(&output.stderr).contains("choose another name"), "{output:?}");
    assert_eq!("dear provider", fs::read_to_string(user.path("letter.zip")).unwrap());
    let output = user.netlog(&["report", "--log-dir", "nowhere", "--pack", "x.zip"]);
    assert!(output.status.code() == Some(2) && !user.path("x.zip").exists());
}

// ---------------------------------------------------------------------------------------------------------------
// What an engineer without the program does.

/// Runs a shell command as README.txt shows it; `None`, loudly, when this machine has none of its programs.
fn shell(command: &str, dir: &Path) -> Option<Output> {
    for program in command.split_whitespace().filter(|word| ["openssl", "sha256sum", "unzip"].contains(word)) {
        if Command::new(program).arg(if program == "openssl" { "version" } else { "--help" }).output().is_err() {
            // Not caught by the tests, so that it is seen.
            writeln!(std::io::stderr(), "LEFT OUT, there is no {program} here: {command}").ok();
            return None;
        }
    }
    Some(Command::new("sh").arg("-c").arg(command).current_dir(dir).output().unwrap())
}

/// Unpacks with a program of others.
fn unpack(pack: &Path, to: &Path) -> Option<()> {
    fs::create_dir_all(to).unwrap();
    let output = shell(&format!("unzip -o -q \"{}\"", pack.display()), to)?;
    assert!(output.status.success(), "{output:?}");
    Some(())
}

/// The commands of one language in a README.txt.
fn commands(text: &str) -> Vec<String> {
    let begins = ["openssl ", "sha256sum -", "grep "];
    let lines = text.lines().map(str::trim).filter(|line| begins.iter().any(|begin| line.starts_with(begin)));
    lines.map(str::to_owned).collect()
}

#[test]
fn the_pack_verifies_without_the_program_as_its_readme_says() {
    let user = User::new();
    let pack = user.pack("pack.zip", &["--from", "2026-10-30", "--to", "2026-10-31"]);
    let dir = user.path("unpacked");
    if unpack(&pack, &dir).is_none() {
        return;
    }
    let readme = fs::read_to_string(dir.join("README.txt")).unwrap();
    assert!(readme.contains(&user.fingerprint()));
    let all = commands(&readme);
    assert_eq!(8, all.len(), "{all:?}");
    let run = |command: &str| shell(command, &dir).map(|output| (output.status.success(), said(&output)));
    let Some((is_fine, text)) = run(&all[0]) else { return };
    assert!(is_fine && text.contains("Signature Verified Successfully"), "{text}");
    let Some((_, text)) = run(&all[1]) else { return };
    assert!(text.contains(&user.fingerprint()), "{text}");
    let (is_fine, text) = run(&all[2]).unwrap();
    assert!(is_fine && text.lines().count() > 8 && text.lines().all(|line| line.ends_with("OK")), "{text}");
    assert_eq!((true, "1\n".to_owned()), run(&all[3]).unwrap());
    assert_eq!(all[..4], all[4..], "both languages say the same");

    // And they find what was changed.
    let manifest = fs::read_to_string(dir.join("manifest.json")).unwrap();
    fs::write(dir.join("manifest.json"), manifest.replace("2026", "2025")).unwrap();
    assert!(!run(&all[0]).unwrap().0);
    let rows = fs::read_to_string(dir.join("rows/netlog.csv")).unwrap();
    fs::write(dir.join("rows/netlog.csv"), rows.replacen("OK", "KO", 1)).unwrap();
    let (is_fine, text) = run(&all[2]).unwrap();
    assert!(!is_fine && text.contains("rows/netlog.csv: FAILED"), "{text}");
}
