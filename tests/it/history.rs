//! The history survives what happens to programs.

use std::{
    env,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use crate::killed::killed_after;
use network_logging::{
    model::{
        diary::Ticket,
        history::{Measured, Reading, Role, SeriesKey, time},
        probe::Means,
    },
    store::history::{Diary, History, HistoryFile},
};

const DIR: &str = "NETLOG_TEST_DIR";
const FIRST: &str = "NETLOG_TEST_FIRST";
/// 2026-01-01, on the hour.
const START: i64 = 1_767_225_600_000;
/// Samples written at once.
const BATCH: i64 = 10;

fn key() -> Arc<SeriesKey> {
    Arc::new(SeriesKey { role: Role::Target, host: "192.0.2.1".into(), means: Means::Echo })
}

/// Not a test of its own: appends until it is killed, and tells every batch once it is written.
#[test]
fn helper_that_keeps_samples_for_ever() {
    let Some(dir) = env::var_os(DIR) else { return };
    let Ok(first) = env::var(FIRST) else { return };
    let mut file = HistoryFile::open(Path::new(&dir), time(START)).unwrap();
    assert!(file.take_repairs().is_empty());
    for batch in first.parse::<i64>().unwrap().. {
        // Some seconds between two samples, so that hours are folded as well.
        let reading = |n: i64| Reading {
            at_ms: START + (batch * BATCH + n) * 5000,
            measured: Measured::Answer(Duration::from_micros(u64::try_from(batch).unwrap())),
        };
        let samples: Vec<_> = (0..BATCH).map(|n| (key(), reading(n))).collect();
        file.append(&samples, time(reading(0).at_ms)).unwrap();
        std::io::stdout().write_all(format!("\nwrote {batch}\n").as_bytes()).unwrap();
    }
}

#[test]
fn two_hundred_kills_lose_no_sample_that_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let (mut told, mut next) = (Vec::new(), 0);
    for round in 0..200 {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "history::helper_that_keeps_samples_for_ever", "--nocapture", "--test-threads=1"])
            .env(DIR, dir.path())
            .env(FIRST, next.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Some before they have written anything, the others while they write, however slow this computer is.
        told.extend(killed_after::<i64>(child, Duration::from_micros(fastrand::u64(2_000..60_000)), round % 4 != 0));
        // One batch may have been written without being told, also by a run that told none; whoever comes next leaves
        // room for it.
        next = told.last().map_or(0, |last| last + 2).max(next + 1);
        // Somebody else writes into the same file.
        Diary::open(dir.path())
            .unwrap()
            .add_ticket(&Ticket { id: 0, at: time(START), number: String::new(), said: "down".into(), closed: None })
            .unwrap();
    }
    let history = History::open_read(dir.path()).unwrap();
    let mut seen = Vec::new();
    let n_damaged = history.samples(time(START), time(i64::MAX), |_, reading| {
        let Measured::Answer(batch) = reading.measured else { return true };
        seen.push(i64::try_from(batch.as_micros()).unwrap());
        true
    });
    assert_eq!(0, n_damaged.unwrap());
    let whole: Vec<&[i64]> = seen.chunk_by(|a, b| a == b).collect();
    assert!(whole.iter().all(|batch| batch.len() == usize::try_from(BATCH).unwrap()), "a batch is there whole or not");
    let seen: Vec<i64> = whole.iter().map(|batch| batch[0]).collect();
    assert!(seen.is_sorted_by(|a, b| a < b), "out of order or twice");
    let lost: Vec<_> = told.iter().filter(|batch| seen.binary_search(batch).is_err()).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert!(told.len() > 200, "only {} batches in 200 runs", told.len());
    let total = history.total(&key(), time(START), time(START + (next + 10) * BATCH * 5000)).unwrap();
    assert_eq!(i64::try_from(seen.len()).unwrap() * BATCH, i64::try_from(total.n()).unwrap());
    assert_eq!(200, history.tickets().unwrap().len());
    eprintln!("{} batches told, {} in the history", told.len(), seen.len());
}
