//! A log is continued only where this user's key signed its end, and what was done to it is told for ever.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod removed;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use network_logging::{
    codec::{
        chain_head_json::{self, Head, Signed},
        netlog_csv::{self, Link, render},
    },
    demo,
    model::{
        proof::AsideReason,
        row::Row,
        time::Timestamp,
        verdict::{Confidence, Status, Verdict},
    },
    simulation::Plan,
    store::{
        kept::Kept,
        key::Key,
        log::{NetlogFile, put_aside_before},
        logs,
        verify::{Outcome, Verified, What, verify, verify_kept},
    },
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
}

fn row(seq: u64, seconds: i64) -> Row {
    let verdict = Verdict {
        status: Status::WanDown,
        cause: None,
        domain: None,
        confidence: Confidence::High,
        evidence: Vec::new(),
        last_hop: None,
    };
    Row::new(at(seconds), seq, verdict)
}

/// A user with a key, and log folders.
struct User {
    data: tempfile::TempDir,
    logs: tempfile::TempDir,
    key: Vec<u8>,
    seconds: i64,
}

impl User {
    fn new() -> Self {
        let [data, logs] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        Self { data, logs, key: Key::make().unwrap(), seconds: 0 }
    }

    fn dir(&self) -> PathBuf {
        self.logs.path().join("logs")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    fn key(&self) -> Key {
        Key::read(&self.key).unwrap()
    }

    /// A run of the monitor that writes so many rows.
    fn run(&mut self, n: u64) {
        let key = self.key();
        self.run_with(Some(key), n);
    }

    fn run_with(&mut self, key: Option<Key>, n: u64) {
        let kept = Kept::of(self.data.path(), &self.dir());
        let (mut log, _) = NetlogFile::open_kept(&self.dir(), at(self.seconds), key, Some(kept)).unwrap();
        for seq in 1..=n {
            self.seconds += 20;
            let row = row(seq, self.seconds);
            log.append(&render(&row, row.at.naive_utc()), row.at).unwrap();
        }
    }

    fn verified(&self) -> Verified {
        let kept = Kept::of(self.data.path(), &self.dir());
        verify_kept(&self.dir(), Some(&self.key().public()), Some(&kept)).unwrap()
    }

    #[track_caller]
    fn check(&self, outcome: Outcome) {
        let verified = self.verified();
        assert_eq!(outcome, verified.outcome(), "{:?} {:?}", verified.findings, verified.notes);
    }

    /// The outcome now, and after later runs.
    #[track_caller]
    fn check_for_ever(&mut self, outcome: Outcome) {
        self.check(outcome);
        for n in [1, 3, 1] {
            self.run(n);
            self.check(outcome);
        }
    }

    fn n_rows(&self) -> u64 {
        logs::read(&logs::find(&self.dir()).unwrap(), || (), |(), _, _| ()).unwrap().1.n_rows
    }

    /// What is recorded of a log that was put aside.
    fn recorded(&self) -> Option<AsideReason> {
        put_aside_before(&self.dir()).unwrap().map(|put_aside| put_aside.reason)
    }

    fn lines(&self) -> Vec<String> {
        fs::read_to_string(self.file("netlog.csv")).unwrap().split_inclusive('\n').map(str::to_owned).collect()
    }

    fn write(&self, lines: &[String]) {
        fs::write(self.file("netlog.csv"), lines.concat()).unwrap();
    }

    fn head(&self) -> Signed {
        chain_head_json::parse(&fs::read_to_string(self.file("netlog.chain.json")).unwrap()).unwrap()
    }

    fn write_head(&self, head: Head, signature: Option<(Vec<u8>, Vec<u8>)>) {
        let text = chain_head_json::render(&Signed { head, signature });
        fs::write(self.file("netlog.chain.json"), text).unwrap();
    }

    /// Changes rows and computes all links anew, as anybody can without the key. The head that belongs to it comes back.
    fn forge(&self) -> Head {
        let (mut lines, mut before, mut link) = (self.lines(), Link::START, Link::START);
        for line in lines.iter_mut().skip(1) {
            let (body, _) = netlog_csv::split(line.trim_end().as_bytes()).unwrap();
            let body = String::from_utf8(body.to_vec()).unwrap().replace(",WAN_DOWN,", ",LAN_DOWN,");
            before = link;
            (*line, link) = netlog_csv::chain(&body, before);
        }
        self.write(&lines);
        Head { before, link, is_written: true, ..self.head().head }
    }
}

fn signed_by(key: &Key, head: Head) -> (Vec<u8>, Vec<u8>) {
    (key.public(), key.sign(&head.message()))
}

/// Changes of the head of a forged log.
const FORGERIES: [&str; 6] = ["unsigned", "missing", "other key", "wrong signature", "own key named", "garbage"];

fn forge_head(user: &User, head: Head, how: &str) {
    let other = Key::read(&Key::make().unwrap()).unwrap();
    match how {
        "unsigned" => user.write_head(head, None),
        "missing" => fs::remove_file(user.file("netlog.chain.json")).unwrap(),
        "other key" => user.write_head(head, Some(signed_by(&other, head))),
        "wrong signature" => user.write_head(head, Some((other.public(), vec![7; 64]))),
        "own key named" => user.write_head(head, Some((user.key().public(), other.sign(&head.message())))),
        _ => fs::write(user.file("netlog.chain.json"), "{\"at\":").unwrap(),
    }
}

#[test]
fn a_forged_log_is_put_aside_whole_and_told_for_ever() {
    for how in FORGERIES {
        let mut user = User::new();
        user.run(9);
        user.check(Outcome::Unchanged);
        let head = user.forge();
        forge_head(&user, head, how);
        let forged = fs::read(user.file("netlog.csv")).unwrap();
        user.check_for_ever(Outcome::Changed);
        assert_eq!(Some(AsideReason::Changed), user.recorded(), "{how}");
        let aside = user.verified().put_aside.pop().unwrap().file;
        assert_eq!(forged, fs::read(user.file(&aside)).unwrap(), "{how}");
        assert_eq!(9 + 5, user.n_rows(), "{how}");
        // Whoever is given the folder is told too.
        assert_eq!(Outcome::Changed, verify(&user.dir(), None).unwrap().outcome(), "{how}");
        fs::remove_file(user.file(&aside)).unwrap();
        user.check(Outcome::Changed);
    }
}

#[test]
fn a_forged_log_is_never_signed_even_if_nothing_was_kept_beside_the_key() {
    for how in FORGERIES {
        let mut user = User::new();
        user.run(9);
        let head = user.forge();
        forge_head(&user, head, how);
        fs::remove_dir_all(user.data.path().join("heads")).unwrap();
        for n in 0..4 {
            assert_ne!(Outcome::Unchanged, user.verified().outcome(), "{how}");
            user.run(n);
        }
    }
}

#[test]
fn rows_cut_from_the_end_are_missed_for_ever() {
    for cut in [1, 2, 8, 9] {
        let mut user = User::new();
        user.run(9);
        let mut lines = user.lines();
        lines.truncate(10 - cut);
        user.write(&lines);
        user.check_for_ever(Outcome::Changed);
        assert_eq!(Some(AsideReason::Changed), user.recorded());
    }
    let mut user = User::new();
    user.run(9);
    fs::remove_file(user.file("netlog.csv")).unwrap();
    user.check_for_ever(Outcome::Changed);
}

#[test]
fn a_log_that_was_set_back_is_found_for_ever() {
    for n in [1, 2, 6] {
        let mut user = User::new();
        user.run(5);
        let before = ["netlog.csv", "netlog.chain.json"].map(|name| fs::read(user.file(name)).unwrap());
        user.run(n);
        user.check(Outcome::Unchanged);
        for (name, content) in ["netlog.csv", "netlog.chain.json"].iter().zip(before) {
            fs::write(user.file(name), content).unwrap();
        }
        assert!(user.verified().findings.iter().any(|found| found.what == What::RolledBack));
        user.check_for_ever(Outcome::Changed);
        assert_eq!(5 + 5, user.n_rows());
    }
}

#[test]
fn a_log_from_before_there_was_a_key_is_put_aside_and_no_change() {
    let mut user = User::new();
    user.run_with(None, 4);
    user.run_with(None, 3);
    assert_eq!(None, user.recorded());
    user.check_for_ever(Outcome::Unsigned);
    assert_eq!(Some(AsideReason::Unsigned), user.recorded());
    let verified = user.verified();
    assert_eq!((12, 12, 7), (user.n_rows(), verified.n_rows, verified.n_unsigned));
}

#[test]
fn a_log_of_another_computer_is_put_aside_and_no_change() {
    let (mut user, mut other) = (User::new(), User::new());
    other.run(4);
    user.seconds = 1000;
    fs::create_dir(user.dir()).unwrap();
    for name in ["netlog.csv", "netlog.chain.json"] {
        fs::copy(other.file(name), user.file(name)).unwrap();
    }
    user.run(2);
    assert_eq!(Some(AsideReason::OtherKey), user.recorded());
    let verified = user.verified();
    assert_eq!((Outcome::Unsigned, 6, 4), (verified.outcome(), user.n_rows(), verified.n_unsigned));
    assert!(verified.notes.iter().any(|note| note.what == What::OtherKey));
}

#[test]
fn a_log_of_the_original_keeps_its_rows_and_is_not_vouched_for() {
    let mut user = User::new();
    fs::create_dir(user.dir()).unwrap();
    let original = "local_timestamp,utc_timestamp,overall_status\r\n,2023-11-14T22:00:00+00:00,OK\r\n";
    fs::write(user.file("netlog.csv"), original).unwrap();
    user.run(3);
    assert_eq!(4, user.n_rows());
    user.check_for_ever(Outcome::Unsigned);
}

#[test]
fn a_key_that_is_missing_for_a_while_makes_no_log_a_changed_one() {
    let mut user = User::new();
    user.run(4);
    user.run_with(None, 2);
    assert_eq!(Some(AsideReason::NoKey), user.recorded());
    user.run_with(None, 2);
    let verified = user.verified();
    assert_eq!((Outcome::Unsigned, 4, 8), (verified.outcome(), verified.n_unsigned, verified.n_rows));
    user.check_for_ever(Outcome::Unsigned);
    assert_eq!((Some(AsideReason::Unsigned), 13), (user.recorded(), user.n_rows()));
}

#[test]
fn a_power_cut_at_any_moment_of_a_row_is_no_change() {
    let mut user = User::new();
    user.run(5);
    let (before, head, kept) = (user.lines(), user.head(), heads(&user));
    user.run(1);
    let (after, last) = (user.lines(), user.head().head);
    let announced = Head { is_written: false, ..last };
    let torn = |n: usize| [&before[..], &[after[6][..n].to_owned()]].concat();
    let announced = (announced, Some(signed_by(&user.key(), announced)));
    let states = [
        // Announced and not written, or a part of it; then the row, then the head, and only then what is kept.
        (before.clone(), announced.clone(), kept.clone()),
        (torn(9), announced.clone(), kept.clone()),
        (torn(after[6].len() - 3), announced.clone(), kept.clone()),
        (torn(after[6].len() - 2), announced.clone(), kept.clone()),
        (after.clone(), announced.clone(), kept.clone()),
        // A folder that did not keep the order of its names: the head may be older than what is kept of it.
        (after.clone(), announced, heads(&user)),
        (after.clone(), (last, Some(signed_by(&user.key(), last))), kept.clone()),
        (before, (head.head, head.signature), kept),
    ];
    for (idx, (lines, (head, signature), kept)) in states.into_iter().enumerate() {
        user.write(&lines);
        user.write_head(head, signature);
        for (path, content) in kept {
            fs::write(path, content).unwrap();
        }
        user.check(Outcome::Unchanged);
        user.run(1);
        assert_eq!(None, user.recorded(), "state {idx}");
        user.check(Outcome::Unchanged);
    }
}

/// What is kept beside the key.
fn heads(user: &User) -> Vec<(PathBuf, Vec<u8>)> {
    let files = fs::read_dir(user.data.path().join("heads")).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn what_is_kept_may_lag_behind_and_may_be_lost() {
    let mut user = User::new();
    user.run(2);
    let kept = heads(&user);
    user.run(700);
    for (path, content) in kept {
        fs::write(path, content).unwrap();
    }
    user.check_for_ever(Outcome::Unchanged);
    for (path, _) in heads(&user) {
        fs::write(path, "{\"heads\":").unwrap();
    }
    user.check_for_ever(Outcome::Unchanged);
}

#[test]
fn several_folders_and_a_folder_that_is_changed_for_another_accuse_nobody() {
    let mut user = User::new();
    let elsewhere = user.logs.path().join("elsewhere");
    user.run(3);
    fs::rename(user.dir(), &elsewhere).unwrap();
    user.run(4);
    // The second knows that there were rows before it, and cannot show them.
    let outcomes = [Outcome::Unchanged, Outcome::Unsigned];
    for outcome in outcomes.into_iter().cycle().take(4) {
        // As two disks that are mounted at one place by turns.
        let swap = user.logs.path().join("swap");
        fs::rename(user.dir(), &swap).unwrap();
        fs::rename(&elsewhere, user.dir()).unwrap();
        fs::rename(&swap, &elsewhere).unwrap();
        user.check(outcome);
        user.run(2);
        user.check(outcome);
    }
    let kept = Kept::of(user.data.path(), &elsewhere);
    assert_eq!(Outcome::Unchanged, verify_kept(&elsewhere, None, Some(&kept)).unwrap().outcome());
}

#[test]
fn a_demo_is_marked_in_each_row_and_never_signed() {
    let mut user = User::new();
    let plan = Plan { end: at(0), length: std::time::Duration::from_hours(24), seed: 3 };
    let n_rows = demo::write(&user.dir(), &plan).unwrap().n_rows;
    user.check(Outcome::Unsigned);
    assert_eq!(n_rows, user.verified().n_demo);
    user.run(3);
    assert_eq!(Some(AsideReason::Unsigned), user.recorded());
    let verified = user.verified();
    assert_eq!((Outcome::Unsigned, n_rows, n_rows), (verified.outcome(), verified.n_demo, verified.n_unsigned));
    assert_eq!(n_rows + 3, user.n_rows());
    let (n_demo, read) =
        logs::read(&logs::find(&user.dir()).unwrap(), || 0, |n: &mut u64, row, _| *n += u64::from(row.is_demo))
            .unwrap();
    assert_eq!((n_rows, 0), (n_demo, read.n_unknown_words));
}

#[test]
fn a_log_with_a_foreign_file_put_in_is_changed_whatever_head_comes_with_it() {
    let (mut user, mut other) = (User::new(), User::new());
    user.run(4);
    other.run_with(None, 4);
    fs::copy(other.file("netlog.csv"), user.file("netlog_20250101_000000.csv")).unwrap();
    user.check(Outcome::Changed);
    fs::copy(other.file("netlog.chain.json"), user.file("netlog_20250101_000000.chain.json")).unwrap();
    user.check_for_ever(Outcome::Changed);
    assert!(user.verified().findings.iter().any(|found| found.what == What::Unvouched));
}

#[test]
fn the_folder_of_somebody_else_is_judged_by_itself() {
    let mut user = User::new();
    user.run(4);
    assert_eq!(Outcome::Unchanged, verify(&user.dir(), None).unwrap().outcome());
    let head = user.forge();
    user.write_head(head, None);
    let verified = verify(&user.dir(), None).unwrap();
    assert_eq!((Outcome::Unsigned, 4, 4), (verified.outcome(), verified.n_rows, verified.n_unsigned));
    assert!(!verified.is_signed());
    assert_eq!(Outcome::Unsigned, verify(Path::new(user.data.path()), None).unwrap().outcome());
}

/// Runs the real program for a user whose data folder is known on Linux alone: exit code and all that it says.
#[cfg(target_os = "linux")]
fn netlog(user: &User, args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_netlog"))
        .env("HOME", user.data.path())
        .env("XDG_DATA_HOME", user.data.path())
        .env("XDG_CONFIG_HOME", user.data.path())
        .current_dir(user.data.path())
        .args(args)
        .output()
        .unwrap();
    let all = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&all).into_owned())
}

/// Where the program has the key of a user.
#[cfg(target_os = "linux")]
fn key_file(user: &User) -> PathBuf {
    user.data.path().join("network-logging/signing.key")
}

#[test]
#[cfg(target_os = "linux")]
fn verifying_has_three_outcomes_with_codes_of_their_own() {
    let mut user = User::new();
    fs::create_dir(user.data.path().join("network-logging")).unwrap();
    fs::write(key_file(&user), &user.key).unwrap();
    user.run(4);
    let logs = user.dir();
    let logs = logs.to_str().unwrap();
    let check = |code: i32, unchanged: Value, signed: bool, word: &str| {
        for args in [&["verify", logs][..], &["--log-dir", logs, "verify"]] {
            let (found, said) = netlog(&user, args);
            assert!(found == Some(code) && said.contains(word), "{args:?} {found:?} {said}");
            let (found, said) = netlog(&user, &[args, &["--json"]].concat());
            let json: Value = serde_json::from_str(&said).unwrap();
            assert_eq!((Some(code), &unchanged, signed), (found, &json["unchanged"], json["signed"] == true), "{json}");
        }
    };
    check(0, Value::from(true), true, "which is this user's own");
    let head = user.head();
    let forged = user.forge();
    check(1, Value::from(false), false, "CHANGED");
    user.write_head(forged, None);
    check(3, Value::Null, false, "Not signed");
    user.write_head(head.head, head.signature);
    check(1, Value::from(false), false, "CHANGED");
    fs::remove_file(user.file("netlog.chain.json")).unwrap();
    check(3, Value::Null, false, "Not signed");
}

#[test]
#[cfg(target_os = "linux")]
fn a_key_that_cannot_be_used_is_told_everywhere_and_an_empty_one_is_made_anew() {
    let mut user = User::new();
    user.run_with(None, 2);
    let logs = user.dir();
    let logs = logs.to_str().unwrap();
    let key = key_file(&user);
    fs::create_dir(key.parent().unwrap()).unwrap();
    for (how, word) in [("cut", "is damaged"), ("garbage", "is damaged"), ("folder", "cannot be read")] {
        match how {
            "cut" => fs::write(&key, &user.key[..40]).unwrap(),
            "garbage" => fs::write(&key, [7; 83]).unwrap(),
            _ => {
                fs::remove_file(&key).unwrap();
                fs::create_dir(&key).unwrap();
            }
        }
        let told = |args: &[&str], code: i32, part: &str| {
            let (found, said) = netlog(&user, &[&["--log-dir", logs], args].concat());
            assert!(
                found == Some(code) && said.contains(part) && said.contains(word),
                "{how} {args:?} {found:?} {said}"
            );
        };
        told(&["status"], 1, "rows are not signed");
        told(&["doctor"], 1, "BAD   signing key");
        told(&["report", "--pack", "pack.zip"], 2, "the next start makes a new");
        told(&["report", "--format", "text"], 0, "cannot sign any");
        assert!(netlog(&user, &["--log-dir", logs, "report", "--lang", "de"]).1.contains("kann keine signieren"));
        assert!(netlog(&user, &["verify", "--public-key"]).1.contains(word));
    }
    fs::remove_dir(&key).unwrap();
    fs::write(&key, "").unwrap();
    let (code, said) = netlog(&user, &["--log-dir", logs, "report", "--pack", "pack.zip"]);
    assert_eq!((Some(0), true), (code, fs::metadata(&key).unwrap().len() > 0), "{said}");
    assert_eq!(Some(0), netlog(&user, &["verify", "pack.zip"]).0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_pack_tells_of_logs_that_were_put_aside_and_of_made_up_rows() {
    let mut user = User::new();
    fs::create_dir(user.data.path().join("network-logging")).unwrap();
    fs::write(key_file(&user), &user.key).unwrap();
    let plan = Plan { end: at(0), length: std::time::Duration::from_hours(4), seed: 3 };
    let n_rows = demo::write(&user.dir(), &plan).unwrap().n_rows;
    user.run(3);
    let logs = user.dir();
    let logs = logs.to_str().unwrap();
    for redact in [&[][..], &["--redact"]] {
        let args = [&["--log-dir", logs, "report", "--pack", "pack.zip"], redact].concat();
        assert_eq!(Some(0), netlog(&user, &args).0);
        let (code, said) = netlog(&user, &["verify", "pack.zip"]);
        assert_eq!(Some(0), code, "{said}");
        assert!(said.contains(&format!("Made-up data: {n_rows} rows")), "{said}");
        assert!(said.contains("Not all rows in it were signed") && said.contains("was put aside as"), "{said}");
        let json: Value = serde_json::from_str(&netlog(&user, &["verify", "pack.zip", "--json"]).1).unwrap();
        assert_eq!((n_rows, false), (json["demo_rows"].as_u64().unwrap(), json["rows_signed"] == true));
    }
    // A log that had been changed is told by its pack too.
    let mut user = User::new();
    fs::create_dir(user.data.path().join("network-logging")).unwrap();
    fs::write(key_file(&user), &user.key).unwrap();
    user.run(4);
    let head = user.forge();
    user.write_head(head, None);
    user.run(1);
    let logs = user.dir();
    assert_eq!(Some(0), netlog(&user, &["--log-dir", logs.to_str().unwrap(), "report", "--pack", "pack.zip"]).0);
    let (code, said) = netlog(&user, &["verify", "pack.zip"]);
    assert!(code == Some(1) && said.contains("the log in it had been changed before that"), "{said}");
}
