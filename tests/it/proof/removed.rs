//! Rows, signatures and whole logs that were taken away, and a log that was being put aside when the power failed.

use super::*;
use network_logging::store::verify::Absent;

/// The files of the log as they are now.
fn saved(user: &User) -> [(PathBuf, Vec<u8>); 2] {
    ["netlog.csv", "netlog.chain.json"].map(|name| (user.file(name), fs::read(user.file(name)).unwrap()))
}

fn restore(saved: &[(PathBuf, Vec<u8>)]) {
    saved.iter().for_each(|(path, content)| fs::write(path, content).unwrap());
}

fn is_rolled_back(user: &User) -> bool {
    user.verified().findings.iter().any(|found| found.what == What::RolledBack)
}

/// A log of five rows that was put back after four more.
fn set_back() -> (User, Link) {
    let mut user = User::new();
    user.run(5);
    let before = saved(&user);
    user.run(4);
    let link = user.head().head.link;
    restore(&before);
    (user, link)
}

#[test]
fn a_log_that_was_set_back_is_found_under_another_name_and_in_parts() {
    for parts in [0, 1, 3] {
        let (mut user, _) = set_back();
        let lines = user.lines();
        let (first, rest) = lines.split_at(1 + parts);
        if parts == 0 {
            fs::rename(user.file("netlog.csv"), user.file("netlog_x.csv")).unwrap();
        } else {
            fs::write(user.file("netlog_x.csv"), first.concat()).unwrap();
            user.write(&[&lines[..1], rest].concat());
        }
        assert!(is_rolled_back(&user), "{parts}");
        user.check_for_ever(Outcome::Changed);
        assert_eq!(Some(AsideReason::Changed), user.recorded(), "{parts}");
    }
}

#[test]
fn a_log_that_its_owner_parts_or_renames_goes_on() {
    for parts in [0, 1, 3] {
        let mut user = User::new();
        user.run(5);
        let lines = user.lines();
        let (first, rest) = lines.split_at(1 + parts);
        if parts == 0 {
            fs::rename(user.file("netlog.csv"), user.file("netlog_2023.csv")).unwrap();
        } else {
            fs::write(user.file("netlog_2023.csv"), first.concat()).unwrap();
            user.write(&[&lines[..1], rest].concat());
        }
        user.check_for_ever(Outcome::Unchanged);
        assert_eq!((None, Vec::new()), (user.recorded(), user.verified().absent), "{parts}");
    }
}

#[test]
fn a_hash_in_a_line_that_is_no_row_stands_for_no_row() {
    for line in ["2025 {}\r\n", "2025{}\r\n", "#,{}#cut\r\n", "{}\r\n"] {
        let (mut user, link) = set_back();
        let mut lines = user.lines();
        lines.insert(3, line.replace("{}", &link.to_string()));
        user.write(&lines);
        assert!(is_rolled_back(&user), "{line}");
        user.check_for_ever(Outcome::Changed);
        assert_eq!(Some(AsideReason::Changed), user.recorded(), "{line}");
    }
}

#[test]
fn a_last_row_that_was_cut_is_found_though_its_announcement_was_put_back() {
    let mut user = User::new();
    user.run(5);
    let before = user.lines();
    user.run(1);
    let announced = Head { is_written: false, ..user.head().head };
    for torn in ["", "2023-11-1"] {
        user.write(&[&before[..], &[torn.to_owned()]].concat());
        user.write_head(announced, Some(signed_by(&user.key(), announced)));
        assert!(is_rolled_back(&user), "{torn:?}");
    }
    user.check_for_ever(Outcome::Changed);
    assert_eq!(Some(AsideReason::Changed), user.recorded());
}

#[test]
fn a_log_that_was_deleted_is_told_and_leaves_something_unproved() {
    let mut user = User::new();
    user.run(4);
    fs::remove_dir_all(user.dir()).unwrap();
    user.run(1);
    assert_eq!(Some(AsideReason::Gone), user.recorded());
    user.check_for_ever(Outcome::Unsigned);
    let verified = user.verified();
    assert!(verified.notes.iter().any(|note| matches!(note.what, What::PutAside(AsideReason::Gone, _))));
    assert_eq!((vec![Absent::Before(user.file("netlog.csv"), 2)], 0), (verified.absent, verified.n_unsigned));
}

#[test]
fn a_log_that_was_put_aside_and_deleted_is_missed() {
    let mut user = User::new();
    user.run_with(None, 4);
    user.run(2);
    let aside = user.file(&user.verified().put_aside.pop().unwrap().file);
    fs::remove_file(&aside).unwrap();
    fs::remove_file(aside.with_extension("chain.json")).unwrap();
    user.check_for_ever(Outcome::Unsigned);
    let verified = user.verified();
    assert_eq!((vec![Absent::Aside(aside)], 0), (verified.absent, verified.n_unsigned));
    assert_eq!(Outcome::Unsigned, verify(&user.dir(), None).unwrap().outcome());
}

#[test]
fn a_signed_log_of_another_chain_is_noted_where_the_latest_rows_are_missed() {
    let mut user = User::new();
    user.run(3);
    let first = saved(&user);
    user.logs = tempfile::tempdir().unwrap();
    user.run(2);
    let kept = Kept::of(user.data.path(), &user.dir());
    restore(&first.map(|(path, content)| (user.file(&path.file_name().unwrap().to_string_lossy()), content)));
    let verified = verify_kept(&user.dir(), Some(&user.key().public()), Some(&kept)).unwrap();
    let latest = Absent::Latest(user.file("netlog.chain.json"));
    assert_eq!((Outcome::Unchanged, vec![latest]), (verified.outcome(), verified.absent));
}

#[test]
fn a_log_that_another_key_signed_is_not_covered_whoever_verifies() {
    let (mut user, mut other) = (User::new(), User::new());
    other.run(4);
    user.seconds = 1000;
    fs::create_dir(user.dir()).unwrap();
    for name in ["netlog.csv", "netlog.chain.json"] {
        fs::copy(other.file(name), user.file(name)).unwrap();
    }
    user.run(2);
    let verified = verify(&user.dir(), None).unwrap();
    assert_eq!((Outcome::Unsigned, 4), (verified.outcome(), verified.n_unsigned));
    assert!(verified.notes.iter().any(|note| note.what == What::NotThisKey));
}

#[test]
fn a_row_far_from_the_end_of_another_log_is_no_lost_one() {
    let mut user = User::new();
    user.run(2);
    let kept = heads(&user);
    user.run(700);
    restore(&kept);
    fs::rename(user.file("netlog.csv"), user.file("netlog_2023.csv")).unwrap();
    fs::remove_file(user.file("netlog.chain.json")).unwrap();
    user.run(1);
    assert_eq!(None, user.recorded());
}

/// Moments at which the power fails while a log is put aside and a new one is begun.
const MOMENTS: [&str; 5] = ["log renamed", "head renamed", "header written", "row announced", "row torn"];

/// Puts the log aside up to this moment.
fn put_aside_until(user: &User, moment: &str) {
    let header = user.lines()[..1].concat();
    fs::rename(user.file("netlog.csv"), user.file("netlog_20231114_230000.csv")).unwrap();
    if moment == "log renamed" {
        return;
    }
    fs::rename(user.file("netlog.chain.json"), user.file("netlog_20231114_230000.chain.json")).unwrap();
    let torn = if moment == "row torn" { "2023-11-14 22:13:20,2023-11" } else { "" };
    if moment != "head renamed" {
        fs::write(user.file("netlog.csv"), header + torn).unwrap();
    }
    if moment.starts_with("row") {
        let link = Link::START.after(b"the row");
        let head = Head { at: at(user.seconds), before: Link::START, link, is_written: false };
        user.write_head(head, Some(signed_by(&user.key(), head)));
    }
}

#[test]
fn a_power_cut_while_a_log_is_put_aside_leaves_it_recorded() {
    for moment in MOMENTS {
        let mut user = User::new();
        user.run_with(None, 4);
        put_aside_until(&user, moment);
        user.check(Outcome::Unsigned);
        user.run(0);
        user.run(1);
        user.check_for_ever(Outcome::Unsigned);
        let told = put_aside_before(&user.dir()).unwrap().unwrap();
        let told = (told.reason, told.file.as_str());
        assert_eq!((AsideReason::Unsigned, "netlog_20231114_230000.csv"), told, "{moment}");
        assert_eq!(4, user.verified().n_unsigned, "{moment}");
    }
}

#[test]
fn a_power_cut_while_a_log_is_put_aside_hides_no_change() {
    for moment in MOMENTS {
        for how in FORGERIES {
            let mut user = User::new();
            user.run(5);
            let head = user.forge();
            forge_head(&user, head, how);
            if how == "missing" {
                fs::write(user.file("netlog.chain.json"), "").unwrap();
            }
            put_aside_until(&user, moment);
            user.run(1);
            user.check_for_ever(Outcome::Changed);
            assert_eq!(Some(AsideReason::Changed), user.recorded(), "{moment} {how}");
        }
    }
}

#[test]
fn a_power_cut_at_the_first_row_after_a_log_was_deleted_leaves_that_recorded() {
    let mut user = User::new();
    user.run(4);
    let header = user.lines()[..1].concat();
    fs::remove_file(user.file("netlog.csv")).unwrap();
    fs::write(user.file("netlog.csv"), header).unwrap();
    let head = Head { before: Link::START, link: Link::START.after(b"the row"), is_written: false, ..user.head().head };
    user.write_head(head, Some(signed_by(&user.key(), head)));
    user.run(1);
    assert_eq!(Some(AsideReason::Gone), user.recorded());
    user.check_for_ever(Outcome::Unsigned);
}

#[test]
fn a_signed_log_that_was_put_aside_without_a_key_stays_signed() {
    for moment in &MOMENTS[1..] {
        let mut user = User::new();
        user.run(4);
        put_aside_until(&user, moment);
        user.run(1);
        user.check_for_ever(Outcome::Unchanged);
        assert_eq!(Some(AsideReason::NoKey), user.recorded(), "{moment}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_log_that_nobody_signed_does_not_hold_to_a_key() {
    let mut user = User::new();
    user.run_with(None, 3);
    let key = network_logging::codec::public_key::fingerprint(&user.key().public());
    let logs = user.dir();
    let args = ["verify", logs.to_str().unwrap(), "--key", &key];
    for is_removed in [false, true] {
        if is_removed {
            fs::remove_file(user.file("netlog.chain.json")).unwrap();
        }
        let (code, said) = netlog(&user, &args);
        assert!(code == Some(1) && said.contains("UNSIGNED"), "{said}");
        let json: Value = serde_json::from_str(&netlog(&user, &[&args[..], &["--json"]].concat()).1).unwrap();
        assert_eq!((&Value::from(false), false), (&json["unchanged"], json["signed"] == true));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_report_tells_of_a_log_that_is_gone_without_saying_that_it_was_put_aside() {
    let mut user = User::new();
    fs::create_dir(user.data.path().join("network-logging")).unwrap();
    fs::write(key_file(&user), &user.key).unwrap();
    user.run(4);
    fs::remove_dir_all(user.dir()).unwrap();
    user.run(2);
    let logs = user.dir();
    let logs = logs.to_str().unwrap();
    for (lang, gone, aside) in [
        ("en", "was no longer in its folder", "put aside"),
        ("de", "war nicht mehr in seinem Ordner", "beiseitegelegt"),
    ] {
        let said = netlog(&user, &["--log-dir", logs, "report", "--format", "md", "--lang", lang]).1;
        assert!(said.contains(gone) && !said.contains(aside), "{said}");
    }
    let (code, said) = netlog(&user, &["--log-dir", logs, "verify"]);
    assert!(code == Some(3) && said.contains("rows that the key once signed are no longer here"), "{said}");
    let json: Value = serde_json::from_str(&netlog(&user, &["--log-dir", logs, "verify", "--json"]).1).unwrap();
    assert_eq!((&Value::Null, Some(1)), (&json["unchanged"], json["logs_absent"].as_u64()));
}
