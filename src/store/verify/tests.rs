use std::{path::PathBuf, sync::LazyLock, time::Duration};

use proptest::prelude::*;

use super::*;
use crate::{
    codec::netlog_csv::{self, render},
    model::{
        row::Row,
        verdict::{Confidence, Status, Verdict},
    },
    store::{key::Key, log::NetlogFile},
};

fn at(seconds: i64) -> Timestamp {
    chrono::DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
}

fn row(seq: u64, seconds: i64) -> Row {
    let verdict = Verdict {
        status: Status::Ok,
        cause: None,
        domain: None,
        confidence: Confidence::High,
        evidence: Vec::new(),
        last_hop: None,
    };
    Row { gateway_rtt: Some(Duration::from_micros(500 + seq * 10)), ..Row::new(at(seconds), seq, verdict) }
}

/// The same key each time.
fn key() -> Key {
    static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| Key::make().unwrap());
    Key::read(&FILE).unwrap()
}

/// Runs of so many rows each; before the second the file is put aside as one with other columns is.
fn log(runs: &[u64], put_aside: bool) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut seconds = 0;
    for (idx, n) in runs.iter().enumerate() {
        if idx == 1 && put_aside {
            fs::rename(dir.path().join("netlog.csv"), dir.path().join("netlog_20250101_000000.csv")).unwrap();
        }
        let (mut file, _) = NetlogFile::open(dir.path(), at(seconds), Some(key())).unwrap();
        for seq in 1..=*n {
            let row = row(seq, seconds);
            file.append(&render(&row, row.at.naive_utc()), row.at).unwrap();
            seconds += 20;
        }
    }
    dir
}

fn lines(dir: &Path, name: &str) -> Vec<String> {
    let text = fs::read_to_string(dir.join(name)).unwrap();
    text.split_inclusive('\n').map(str::to_owned).collect()
}

fn what(dir: &Path) -> Vec<(Option<u64>, What)> {
    verify(dir, None).unwrap().findings.into_iter().map(|finding| (finding.line, finding.what)).collect()
}

fn kinds(found: Vec<Finding>) -> Vec<What> {
    found.into_iter().map(|finding| finding.what).collect()
}

#[test]
fn what_nobody_touched_is_unchanged_over_files_and_runs() {
    for put_aside in [false, true] {
        let dir = log(&[7, 5, 1], put_aside);
        let verified = verify(dir.path(), None).unwrap();
        assert_eq!((13, Vec::new(), Vec::new()), (verified.n_rows, verified.findings, verified.notes));
        assert!(verified.head.is_some_and(|(last, key)| last == at(240) && key.is_some()));
    }
}

#[test]
fn what_was_done_to_a_row_is_named() {
    let changed = |change: &dyn Fn(&mut Vec<String>)| {
        let dir = log(&[9], false);
        let mut lines = lines(dir.path(), "netlog.csv");
        change(&mut lines);
        fs::write(dir.path().join("netlog.csv"), lines.concat()).unwrap();
        what(dir.path())
    };
    assert_eq!(vec![(Some(4), What::Broken)], changed(&|lines| lines[3] = lines[3].replace("OK", "WAN_DOWN")));
    assert_eq!(vec![(Some(4), What::Missing { before: 2, this: 4 })], changed(&|lines| drop(lines.remove(3))));
    assert_eq!(
        vec![(Some(4), What::Inserted)],
        changed(&|lines| {
            let (line, _) = netlog_csv::chain("2023,forged,\r\n", Link::START);
            lines.insert(3, line);
        })
        .into_iter()
        .filter(|(_, what)| *what == What::Inserted)
        .collect::<Vec<_>>()
    );
    assert_eq!(Some((None, What::NoEnd)), changed(&|lines| lines.truncate(6)).pop());
    assert_eq!(Some((Some(2), What::NoBeginning)), changed(&|lines| drop(lines.remove(1))).first().cloned());
    assert_eq!(vec![(Some(1), What::Header)], changed(&|lines| lines[0] = lines[0].replace("seq", "sex")));
    assert_eq!(vec![(Some(5), What::LineEnd)], changed(&|lines| lines[4] = lines[4].replace("\r\n", "\n")));
    assert!(!changed(&|lines| lines.swap(3, 4)).is_empty());
}

#[test]
fn rows_taken_from_the_end_are_missed_after_more_were_written() {
    let dir = log(&[9], false);
    let mut lines = lines(dir.path(), "netlog.csv");
    lines.truncate(5);
    fs::write(dir.path().join("netlog.csv"), lines.concat()).unwrap();
    let (mut file, _) = NetlogFile::open(dir.path(), at(1000), Some(key())).unwrap();
    let new = row(1, 1000);
    file.append(&render(&new, new.at.naive_utc()), new.at).unwrap();
    let told = What::PutAside(AsideReason::Changed, "netlog_20231114_223000.csv".into());
    assert_eq!(vec![(Some(2), told), (None, What::NoEnd)], what(dir.path()));
    assert_eq!(lines, self::lines(dir.path(), "netlog_20231114_223000.csv"));
}

#[test]
fn a_line_cut_short_by_a_crash_is_no_change() {
    let dir = log(&[4], false);
    let mut text = fs::read_to_string(dir.path().join("netlog.csv")).unwrap();
    text += "2023-11-14 22:13:20,2023-11";
    fs::write(dir.path().join("netlog.csv"), &text).unwrap();
    assert_eq!(Vec::<(Option<u64>, What)>::new(), what(dir.path()));
    let (mut file, _) = NetlogFile::open(dir.path(), at(1000), Some(key())).unwrap();
    let new = row(1, 1000);
    file.append(&render(&new, new.at.naive_utc()), new.at).unwrap();
    let verified = verify(dir.path(), None).unwrap();
    assert_eq!((5, Outcome::Unchanged), (verified.n_rows, verified.outcome()));
    assert_eq!(vec![What::CutShort], verified.notes.into_iter().map(|note| note.what).collect::<Vec<_>>());
}

#[test]
fn a_forged_head_is_found() {
    let dir = log(&[4], false);
    let head = dir.path().join(HEAD_NAME);
    let text = fs::read_to_string(&head).unwrap();
    fs::write(&head, text.replace("2023-11-14T22:14:20", "2023-11-14T22:14:21")).unwrap();
    assert_eq!(vec![(None, What::BadSignature)], what(dir.path()));
    fs::write(&head, "{").unwrap();
    assert_eq!(vec![(None, What::BadHead)], what(dir.path()));
    fs::remove_file(&head).unwrap();
    let verified = verify(dir.path(), None).unwrap();
    assert_eq!((Outcome::Unsigned, vec![What::NoHead]), (verified.outcome(), kinds(verified.notes)));
}

#[test]
fn only_the_own_key_will_do_for_the_own_log() {
    let dir = log(&[4], false);
    let (_, public) = verify(dir.path(), None).unwrap().head.unwrap();
    let with = |own: &[u8]| -> Vec<What> {
        verify(dir.path(), Some(own)).unwrap().findings.into_iter().map(|finding| finding.what).collect()
    };
    assert_eq!(Vec::<What>::new(), with(&public.unwrap()));
    let other = Key::read(&Key::make().unwrap()).unwrap();
    assert_eq!(vec![What::OtherKey], with(&other.public()));
}

#[test]
fn rows_that_nobody_bound_are_found_wherever_they_are_put() {
    let forged =
        "2023-11-14 22:13:50,2023-11-14T22:13:50+00:00,,0/4,0,0,0,0,WAN_DOWN,,,,Transport,0/1,,,192.0.2.1:down";
    let rest = ",9,,access,high,targets_dead,,,,,,,,,,,";
    for line in [format!("{forged}\r\n"), format!("{forged}{rest}\r\n")] {
        for place in 1..=5 {
            let dir = log(&[4], false);
            let mut lines = lines(dir.path(), "netlog.csv");
            lines.insert(place, line.clone());
            fs::write(dir.path().join("netlog.csv"), lines.concat()).unwrap();
            assert_eq!(vec![(Some(place as u64 + 1), What::Foreign)], what(dir.path()), "{line}");
        }
    }
}

#[test]
fn a_file_that_was_put_in_is_found_though_it_is_bound_in_itself() {
    let dir = log(&[4, 3], true);
    let other = log(&[6], false);
    fs::copy(other.path().join("netlog.csv"), dir.path().join("netlog_x.csv")).unwrap();
    assert_eq!(vec![(None, What::Unvouched)], what(dir.path()));
}

#[test]
fn a_row_hidden_behind_an_endless_line_is_found() {
    let dir = log(&[6], false);
    let mut lines = lines(dir.path(), "netlog.csv");
    lines.insert(3, "2".repeat(1 << 20));
    fs::write(dir.path().join("netlog.csv"), lines.concat()).unwrap();
    assert!(what(dir.path()).contains(&(Some(4), What::Foreign)));
}

#[test]
fn what_a_power_cut_leaves_is_no_change() {
    let dir = log(&[4], false);
    let path = dir.path().join("netlog.csv");
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend([0; 300]);
    fs::write(&path, bytes).unwrap();
    let (mut file, _) = NetlogFile::open(dir.path(), at(1000), Some(key())).unwrap();
    let new = row(1, 1000);
    file.append(&render(&new, new.at.naive_utc()), new.at).unwrap();
    assert_eq!(Vec::<(Option<u64>, What)>::new(), what(dir.path()));
}

#[test]
fn rows_of_others_are_not_vouched_for_and_no_change() {
    let dir = log(&[3], false);
    fs::write(dir.path().join("netlog_old.csv"), "local_timestamp,utc_timestamp,overall_status\r\na,b,OK\r\n").unwrap();
    let verified = verify(dir.path(), None).unwrap();
    assert_eq!(Vec::<Finding>::new(), verified.findings);
    assert_eq!(Outcome::Unsigned, verified.outcome(), "not every row is protected");
    assert_eq!(vec![What::Unprotected(1)], kinds(verified.notes));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Twenty random changes of each of five hundred logs: ten thousand.
    #[test]
    fn no_change_of_any_byte_or_line_goes_unseen(
        runs in proptest::collection::vec(1_u64..8, 1..4),
        put_aside: bool,
        changes in proptest::collection::vec((any::<u64>(), 0_u8..5), 20),
    ) {
        let dir = log(&runs, put_aside);
        let files: Vec<(PathBuf, Vec<u8>)> = logs::find(dir.path()).unwrap()
            .into_iter().map(|path| { let bytes = fs::read(&path).unwrap(); (path, bytes) }).collect();
        for (random, kind) in changes {
            let pick = |n: usize| usize::try_from(random % n as u64).unwrap();
            let (path, bytes) = &files[pick(files.len())];
            let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            let line = pick(lines.len());
            match kind {
                0 => {
                    let at = pick(lines[line].len());
                    lines[line][at] ^= 1 << (random >> 60 & 7);
                }
                1 => drop(lines.remove(line)),
                2 => { let copy = lines[line].clone(); lines.insert(line, copy); }
                3 => {
                    let other = (line + 1) % lines.len();
                    lines.swap(line, other);
                }
                _ => { let at = pick(lines[line].len()); lines[line].remove(at); }
            }
            let new = lines.concat();
            if new == *bytes {
                continue;
            }
            fs::write(path, &new).unwrap();
            let found = verify(dir.path(), None).unwrap();
            prop_assert!(!found.findings.is_empty(), "{kind} {line} of {}: {:?}", path.display(), found.notes);
            fs::write(path, bytes).unwrap();
        }
        prop_assert!(verify(dir.path(), None).unwrap().findings.is_empty());
    }
}
