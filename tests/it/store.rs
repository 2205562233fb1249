//! The log survives what happens to programs and disks.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::BTreeSet,
    env,
    fs::{self, File},
    io::{BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use crate::killed::killed_after;
use network_logging::{
    codec::netlog_csv::{Reader, render},
    model::{
        host::Host,
        row::Row,
        time::Timestamp,
        verdict::{Confidence, Evidence, Status, Verdict},
    },
    store::{
        StoreError,
        log::{NetlogFile, Repair},
        tail,
        verify::verify,
    },
};

const DIR: &str = "NETLOG_TEST_DIR";
const FIRST: &str = "NETLOG_TEST_FIRST";

fn line(seq: u64) -> String {
    let evidence = vec![Evidence::TargetsDead, Evidence::IspHopAlive];
    let verdict = Verdict {
        status: Status::WanDown,
        cause: None,
        domain: None,
        confidence: Confidence::High,
        evidence,
        last_hop: None,
    };
    let mut row = Row::new(Timestamp::UNIX_EPOCH, seq, verdict);
    row.targets = (0..20).map(|n| (Host::new([192, 0, 2, n].into()), None)).collect();
    render(&row, row.at.naive_utc())
}

/// Numbers of all rows in the file, in its order, and how many lines are torn. A line torn just behind the original's
/// columns reads as a row of the original's, which has no number.
fn content(dir: &Path) -> (Vec<u64>, usize) {
    let file = File::open(dir.join("netlog.csv")).unwrap();
    let seqs: Vec<_> = Reader::new(BufReader::new(file)).map(|row| row.ok().and_then(|row| row.seq)).collect();
    let n_torn = seqs.iter().filter(|seq| seq.is_none()).count();
    (seqs.into_iter().flatten().collect(), n_torn)
}

/// Runs one of the tests below, which are helpers, in a process of its own.
fn helper(name: &str, dir: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(DIR, dir);
    command
}

/// Not a test of its own: appends until it is killed, and tells every row once it is written.
#[test]
fn helper_that_appends_for_ever() {
    let Some(dir) = env::var_os(DIR) else { return };
    let Ok(first) = env::var(FIRST) else { return };
    let (mut log, _) = NetlogFile::open(Path::new(&dir), Timestamp::UNIX_EPOCH, None).unwrap();
    for seq in first.parse::<u64>().unwrap().. {
        log.append(&line(seq), Timestamp::UNIX_EPOCH).unwrap();
        std::io::stdout().write_all(format!("\nwrote {seq}\n").as_bytes()).unwrap();
    }
}

#[test]
fn a_kill_at_any_moment_loses_no_row_that_was_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut told = Vec::new();
    let mut torn = 0;
    for round in 0..200 {
        let child = helper("store::helper_that_appends_for_ever", dir.path())
            .env(FIRST, (round * 1_000_000).to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Some before they have written anything, the others while they write, however slow this computer is.
        told.extend(killed_after::<u64>(child, Duration::from_micros(fastrand::u64(1_000..60_000)), round % 4 != 0));
        if round % 10 < 2 {
            // What a power cut leaves and a kill hardly ever does.
            let cut = line(round * 1_000_000 + 999_999);
            // The first helper may have been killed before it made the file.
            if let Ok(mut file) = File::options().append(true).open(dir.path().join("netlog.csv")) {
                // Short of its line end: with a part of that it would be a whole row, and lacks the hash such a row has.
                file.write_all(&cut.as_bytes()[..fastrand::usize(1..cut.len() - 1)]).unwrap();
            }
        }
        // The next run's open mends what this one left; on odd rounds that is the next helper's.
        if round % 2 == 0 {
            let repairs = NetlogFile::open(dir.path(), Timestamp::UNIX_EPOCH, None).unwrap().1;
            assert!(matches!(repairs[..], [] | [Repair::TornLine(_)]), "{repairs:?}");
            torn += repairs.len();
            assert!(fs::read(dir.path().join("netlog.csv")).unwrap().ends_with(b"\n"));
        }
    }
    let (seqs, bad) = content(dir.path());
    assert!(told.len() > 200, "only {} rows in 200 runs", told.len());
    assert!(seqs.is_sorted_by(|a, b| a < b), "out of order or twice");
    let seqs: BTreeSet<u64> = seqs.into_iter().collect();
    let lost: Vec<_> = told.iter().filter(|seq| !seqs.contains(seq)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert!(bad <= 200, "{bad} bad lines");
    let logs =
        fs::read_dir(dir.path()).unwrap().filter(|entry| entry.as_ref().unwrap().path().extension().unwrap() == "csv");
    assert_eq!(1, logs.count(), "no file was put aside");
    let verified = verify(dir.path(), None).unwrap();
    assert!(verified.findings.is_empty(), "{:?}", verified.findings);
    eprintln!("{} rows told, {} in the file, {bad} lines and {torn} ends torn", told.len(), seqs.len());
}

/// Not a test of its own: fills the small disk at `DIR` with rows, makes room, and goes on.
#[test]
fn helper_on_a_small_disk() {
    let Some(dir) = env::var_os(DIR) else { return };
    if env::var_os(FIRST).is_some() {
        return;
    }
    let dir = Path::new(&dir);
    let ballast = dir.join("ballast");
    fs::write(&ballast, vec![1; 32 * 1024]).unwrap();
    let (mut log, _) = NetlogFile::open(dir, Timestamp::UNIX_EPOCH, None).unwrap();
    let mut written = Vec::new();
    let mut append = |seq, log: &mut NetlogFile| {
        let appended = log.append(&line(seq), Timestamp::UNIX_EPOCH);
        appended.map(|()| written.push(seq)).map_err(StoreError::from)
    };
    let full = (0..10_000).find_map(|seq| append(seq, &mut log).err()).unwrap();
    assert!(full.is_disk_full(), "{full:?}");
    for seq in 20_000..20_003 {
        assert!(append(seq, &mut log).is_err_and(|err| err.is_disk_full()));
    }
    fs::remove_file(ballast).unwrap();
    for seq in 30_000..30_010 {
        append(seq, &mut log).unwrap();
    }
    assert!(matches!(log.take_repairs()[..], [] | [Repair::TornLine(_)]));
    let (seqs, bad) = content(dir);
    assert_eq!(written, seqs);
    assert!(bad <= 1);
    assert_eq!(Some(30_009), tail::last_row(log.path()).unwrap().unwrap().seq);
    std::io::stdout().write_all(format!("\nsurvived with {} rows and {bad} torn\n", seqs.len()).as_bytes()).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_survived() {
    let dir = tempfile::tempdir().unwrap();
    let helper = helper("store::helper_on_a_small_disk", dir.path());
    // A disk of its own, in a name space of its own; it goes with the process.
    let script = r#"mount -t tmpfs -o size=128k tmpfs "$NETLOG_TEST_DIR" || exit 77; exec "$@""#;
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    command.arg(helper.get_program()).args(helper.get_args()).env(DIR, dir.path());
    let output = match command.output() {
        Ok(output) if output.status.success() || output.status.code() == Some(101) => output,
        other => {
            eprintln!("SKIPPED a_full_disk_is_survived: no small disk to be had here: {other:?}");
            return;
        }
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("survived with"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
