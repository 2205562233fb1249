use std::{
    collections::BTreeMap,
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use proptest::prelude::*;

use super::{super::age::Doubt, Bounds, Diary, FILE_NAME, History, HistoryError, HistoryFile, Repair, plan::HOUR};
use crate::model::{
    diary::{ClockSample, OutageNote, PathChange, Ticket},
    history::{Cell, Measured, Reading, Role, SeriesKey, time},
    probe::Means,
    time::Timestamp,
    trace::HopChange,
};

/// 2026-01-01, on the hour.
const START: i64 = 1_767_225_600_000;
const DAY: i64 = 24 * HOUR;

fn key(host: &str) -> Arc<SeriesKey> {
    Arc::new(SeriesKey { role: Role::Target, host: host.into(), means: Means::Echo })
}

fn answer(at_ms: i64, micros: u64) -> Reading {
    Reading { at_ms, measured: Measured::Answer(Duration::from_micros(micros)) }
}

fn lost(at_ms: i64) -> Reading {
    Reading { at_ms, measured: Measured::Lost }
}

fn later(ms: i64) -> Timestamp {
    time(START + ms)
}

/// So many samples of `host`, one a second.
fn steady(host: &str, from_ms: i64, n: i64) -> Vec<(Arc<SeriesKey>, Reading)> {
    let key = key(host);
    (0..n)
        .map(|second| (Arc::clone(&key), answer(from_ms + second * 1000, 12_000 + (second % 7).cast_unsigned())))
        .collect()
}

fn ticket(said: &str) -> Ticket {
    Ticket { id: 0, at: later(0), number: "T-1".into(), said: said.into(), closed: None }
}

fn total(dir: &std::path::Path, host: &str) -> Cell {
    History::open_read(dir).unwrap().total(&key(host), later(-DAY), later(400 * DAY)).unwrap()
}

#[test]
fn what_is_appended_is_read_before_and_after_it_is_folded() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = HistoryFile::open(dir.path(), later(0)).unwrap();
    file.append(&steady("a", START, 1800), later(1_800_000)).unwrap();
    file.append(&steady("b", START + 1000, 5), later(1_800_000)).unwrap();
    assert_eq!((1800, 5), (total(dir.path(), "a").n(), total(dir.path(), "b").n()));
    // The next hour folds the one before.
    file.append(&[(key("a"), lost(START + HOUR + 1))], later(HOUR + 2)).unwrap();
    let cell = total(dir.path(), "a");
    assert_eq!((1801, 1), (cell.n(), cell.lost));
    let history = History::open_read(dir.path()).unwrap();
    let mut all = Vec::new();
    let n_damaged = history
        .samples(later(0), later(DAY), |key, reading| {
            all.push((key.host.clone(), reading));
            true
        })
        .unwrap();
    assert_eq!((0, 1806), (n_damaged, all.len()));
    assert!(all.is_sorted_by_key(|(_, reading)| reading.at_ms));
    assert_eq!(Some((later(0), later(HOUR + 2))), history.period().unwrap());
    assert_eq!(vec![key("a"), key("b")], history.series_keys().unwrap());
    let mut n = 0;
    history
        .samples(later(0), later(DAY), |_, _| {
            n += 1;
            n < 10
        })
        .unwrap();
    assert_eq!(10, n, "whoever has enough gets no more");
}

#[test]
fn a_clock_set_back_over_a_folded_hour_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = HistoryFile::open(dir.path(), later(0)).unwrap();
    file.append(&steady("a", START, 100), later(100_000)).unwrap();
    file.append(&steady("a", START + 5 * HOUR, 100), later(5 * HOUR)).unwrap();
    file.append(&steady("a", START + 500, 100), later(100_500)).unwrap();
    file.append(&steady("a", START + 6 * HOUR, 1), later(6 * HOUR)).unwrap();
    assert_eq!(301, total(dir.path(), "a").n());
    let history = History::open_read(dir.path()).unwrap();
    let series = history.series(&key("a"), later(0), later(200_000), 200).unwrap();
    assert_eq!(vec![2; 100], series.points.iter().map(|point| point.cell.n()).collect::<Vec<_>>());
}

#[test]
fn one_lost_sample_and_one_late_one_show_at_every_zoom() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = HistoryFile::open(dir.path(), later(0)).unwrap();
    let key = key("a");
    let (bad, late) = (START + 3 * DAY + 12_345_678, START + 3 * DAY + 12_349_000);
    let days = 9;
    let mut readings: Vec<Reading> = (0..days * 86_400 / 10).map(|n| answer(START + n * 10_000, 12_000)).collect();
    readings.extend([lost(bad), answer(late, 2_500_000)]);
    readings.sort();
    file.import(&key, &readings).unwrap();
    let history = History::open_read(dir.path()).unwrap();
    for pixels in [1, 2, 7, 100, 999, 1500, 4000] {
        for span in [5_000, 60_000, 1_000_000, HOUR, 7 * HOUR, DAY, 5 * DAY, days * DAY] {
            let from = (bad - span / 2).max(START);
            let series = history.series(&key, time(from), time(from + span), pixels).unwrap();
            // To within a pixel, or to a cell's length where that is more.
            let width = span / i64::try_from(pixels).unwrap() + 1;
            let near = |ms: i64, is_it: fn(&Cell) -> bool| {
                let near = series.points.iter().filter(|point| point.from_ms - width <= ms && ms < point.to_ms + width);
                near.filter(|point| is_it(&point.cell)).count()
            };
            assert_eq!(1, near(bad, |cell| cell.lost == 1), "{pixels} {span}");
            if late < from + span {
                assert_eq!(1, near(late, |cell| cell.max == Duration::from_millis(2500)), "{pixels} {span}");
            }
            assert_eq!(1, series.points.iter().map(|point| point.cell.lost).sum::<u64>(), "{pixels} {span}");
        }
    }
}

/// A history of some days with holes, and all of its samples.
fn random(seed: u64, dir: &std::path::Path) -> Vec<Reading> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let (mut at, mut all) = (START + rng.i64(0..DAY), Vec::new());
    for _ in 0..3000 {
        at += match rng.u8(0..100) {
            0 => rng.i64(0..DAY / 2),
            1..4 => rng.i64(0..HOUR),
            _ => rng.i64(1..2000),
        };
        let measured = match rng.u8(0..20) {
            0 => Measured::Lost,
            1 => Measured::Nothing,
            _ => Measured::Answer(Duration::from_micros(rng.u64(0..3_000_000))),
        };
        all.push(Reading { at_ms: at, measured });
    }
    let mut file = HistoryFile::open(dir, later(0)).unwrap();
    let key = key("a");
    let mut rest = &all[..];
    while !rest.is_empty() {
        let (batch, others) = rest.split_at(rng.usize(1..400).min(rest.len()));
        let numbered: Vec<_> = batch.iter().map(|reading| (Arc::clone(&key), *reading)).collect();
        file.append(&numbered, batch.last().unwrap().at()).unwrap();
        rest = others;
    }
    all
}

fn cell_of<'a>(readings: impl IntoIterator<Item = &'a Reading>) -> Cell {
    let mut cell = Cell::default();
    readings.into_iter().for_each(|reading| cell.add(reading.measured));
    cell
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_pyramid_tells_what_all_samples_tell(seed: u64, zooms in proptest::collection::vec((0.0..1.0, 0.0..1.0, 1..3000_usize), 8)) {
        let dir = tempfile::tempdir().unwrap();
        let all = random(seed, dir.path());
        let history = History::open_read(dir.path()).unwrap();
        let (first, last) = (all[0].at_ms, all[all.len() - 1].at_ms + 1);
        for (begin, length, pixels) in zooms {
            let length: f64 = length;
            #[expect(clippy::cast_possible_truncation, reason = "a test")]
            let (from, span) = (
                first + ((last - first) as f64 * begin) as i64,
                // Short stretches as often as long ones.
                1000 + ((last - first) as f64 * length.powi(6)) as i64,
            );
            let series = history.series(&key("a"), time(from), time(from + span), pixels).unwrap();
            prop_assert_eq!(0, series.n_damaged);
            prop_assert!(series.points.is_sorted_by(|a, b| a.to_ms <= b.from_ms));
            let mut sum = Cell::default();
            for point in &series.points {
                sum.merge(&point.cell);
            }
            // What is drawn reaches from the cell that holds the beginning to the one that holds the end.
            let cell_ms = [HOUR, 600_000, 60_000, 1].into_iter().find(|cell| cell * i64::try_from(pixels).unwrap() <= span).unwrap_or(1);
            let reach = (from.div_euclid(cell_ms) * cell_ms)..((from + span - 1).div_euclid(cell_ms) + 1) * cell_ms;
            let inside = |reading: &&Reading| reach.contains(&reading.at_ms);
            // The journal is not in cells yet, and is cut to the millisecond.
            let exact = |reading: &&Reading| (from..from + span).contains(&reading.at_ms);
            let (most, least) = (cell_of(all.iter().filter(inside)), cell_of(all.iter().filter(exact)));
            prop_assert!(sum.n() >= least.n() && sum.n() <= most.n(), "{} {} {}", least.n(), sum.n(), most.n());
            prop_assert!(sum.lost >= least.lost && sum.lost <= most.lost);
            prop_assert!(sum.max >= least.max && sum.max <= most.max);
            if sum.n() == most.n() {
                prop_assert_eq!(&sum, &most);
            }
            // Each sample within a pixel of its place.
            for reading in all.iter().filter(exact).filter(|reading| reading.measured == Measured::Lost) {
                let width = span / i64::try_from(pixels).unwrap() + 1;
                let shown = series.points.iter().filter(|point| point.from_ms - width <= reading.at_ms && reading.at_ms <= point.to_ms + width);
                prop_assert!(shown.map(|point| point.cell.lost).sum::<u64>() > 0);
            }
        }
        prop_assert_eq!(cell_of(&all), history.total(&key("a"), time(first), time(last)).unwrap());
    }
}

#[test]
fn old_samples_go_and_outages_stay() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = HistoryFile::open(dir.path(), later(0)).unwrap();
    let key = key("a");
    let readings: Vec<Reading> = (0..20 * 8640).map(|n| answer(START + n * 10_000, 12_000)).collect();
    file.import(&key, &readings).unwrap();
    file.pin((later(2 * DAY + 5 * HOUR), later(2 * DAY + 5 * HOUR + 60_000)), later(20 * DAY)).unwrap();
    let bounds = Bounds { age: Duration::from_hours(24 * 10), bytes: u64::MAX };
    file.prune(bounds, later(20 * DAY)).unwrap();
    let history = History::open_read(dir.path()).unwrap();
    let n = |from, to| history.total(&key, later(from), later(to)).unwrap().n();
    assert_eq!(360, n(0, 9 * DAY));
    assert_eq!(360, n(2 * DAY + 5 * HOUR, 2 * DAY + 6 * HOUR));
    assert_eq!(10 * 8640, n(10 * DAY, 20 * DAY));
}

#[test]
fn a_clock_that_is_ahead_deletes_no_history_and_one_that_is_behind_neither() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = HistoryFile::open(dir.path(), later(0)).unwrap();
    let key = key("a");
    let readings: Vec<Reading> = (0..30 * 1440).map(|n| answer(START + n * 60_000, 12_000)).collect();
    file.import(&key, &readings).unwrap();
    let bounds = Bounds { age: Duration::from_hours(24 * 730), bytes: u64::MAX };
    let n = || History::open_read(dir.path()).unwrap().total(&key, later(0), later(30 * DAY)).unwrap().n();
    // Each start of a run writes some samples of the wrong time before anything is removed.
    for start in 0..3 {
        let now = later((30 + 1096 + start) * DAY);
        file.append(&[(Arc::clone(&key), answer(now.timestamp_millis(), 9000))], now).unwrap();
        file.fold(now).unwrap();
        let doubt = file.prune(bounds, now).unwrap();
        assert!(matches!(doubt, Some(Doubt::Ahead(_))), "{doubt:?}");
        assert_eq!(30 * 1440, n(), "start {start}");
    }
    // Set right again: what it left behind in the future says nothing.
    assert_eq!(None, file.prune(bounds, later(31 * DAY)).unwrap());
    assert_eq!(30 * 1440, n());
    let doubt = file.prune(bounds, Timestamp::UNIX_EPOCH).unwrap();
    assert!(matches!(doubt, Some(Doubt::Behind(_))), "{doubt:?}");
    assert_eq!(30 * 1440, n());
}

#[test]
fn samples_of_the_future_keep_no_old_ones() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = HistoryFile::open(dir.path(), later(0)).unwrap();
    let key = key("a");
    let readings: Vec<Reading> = (0..60 * 24).map(|n| answer(START + n * HOUR, 12_000)).collect();
    file.import(&key, &readings).unwrap();
    let future: Vec<Reading> = (0..10).map(|n| answer(START + 40 * 365 * DAY + n * 1000, 12_000)).collect();
    file.import(&key, &future).unwrap();
    let bounds = Bounds { age: Duration::from_hours(24 * 10), bytes: u64::MAX };
    assert_eq!(None, file.prune(bounds, later(60 * DAY)).unwrap());
    let history = History::open_read(dir.path()).unwrap();
    let n = |from, to| history.total(&key, later(from), later(to)).unwrap().n();
    assert_eq!((0, 240), (n(0, 49 * DAY), n(50 * DAY, 60 * DAY)));
    assert_eq!(10, n(39 * 365 * DAY, 41 * 365 * DAY));
}

#[test]
fn a_large_history_loses_samples_first_and_its_outages_last() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = HistoryFile::open(dir.path(), later(0)).unwrap();
    let mut rng = fastrand::Rng::with_seed(3);
    let key = key("a");
    let readings: Vec<Reading> =
        (0..6 * 86_400).map(|n| answer(START + n * 1000 + rng.i64(0..9), 12_000 + rng.u64(0..4000))).collect();
    file.import(&key, &readings).unwrap();
    let (pin_from, pin_to) = (DAY, DAY + HOUR);
    file.pin((later(pin_from), later(pin_to - 1)), later(6 * DAY)).unwrap();
    let size = || fs::metadata(dir.path().join(FILE_NAME)).unwrap().len();
    file.prune(Bounds { age: Duration::MAX, bytes: u64::MAX }, later(6 * DAY)).unwrap();
    assert!(size() > 1_500_000, "{}", size());
    file.prune(Bounds { age: Duration::MAX, bytes: 1_200_000 }, later(6 * DAY)).unwrap();
    assert!(size() <= 1_300_000, "{}: the system has the room back", size());
    let n_raw = |from: i64, to: i64| {
        let mut n = 0;
        let history = History::open_read(dir.path()).unwrap();
        history
            .samples(later(from), later(to), |_, _| {
                n += 1;
                true
            })
            .unwrap();
        n
    };
    assert_eq!((0, 3600), (n_raw(0, DAY), n_raw(pin_from, pin_to)));
    assert_eq!(86_400, n_raw(5 * DAY, 6 * DAY));
    // What is gone is still known by the minute.
    let history = History::open_read(dir.path()).unwrap();
    let series = history.series(&key, later(HOUR), later(2 * HOUR), 3600).unwrap();
    assert_eq!((60, 3600), (series.points.len(), series.points.iter().map(|point| point.cell.n()).sum::<u64>()));
    let whole = cell_of(&readings);
    assert_eq!(whole, history.total(&key, later(0), later(6 * DAY)).unwrap());
    // A clock set back into time whose samples are gone adds to what is left.
    file.append(&[(Arc::clone(&key), lost(START + HOUR + 7))], later(7 * DAY)).unwrap();
    file.fold(later(7 * DAY)).unwrap();
    let series = history.series(&key, later(HOUR), later(2 * HOUR), 3600).unwrap();
    assert_eq!((60, 3601), (series.points.len(), series.points.iter().map(|point| point.cell.n()).sum::<u64>()));
    // Without any room, only what is small is left.
    file.prune(Bounds { age: Duration::MAX, bytes: 1 }, later(7 * DAY)).unwrap();
    assert_eq!(0, n_raw(0, 7 * DAY));
    assert_eq!(whole.n() + 1, history.total(&key, later(0), later(8 * DAY)).unwrap().n());
}

#[test]
fn the_diary_is_kept_by_several_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = HistoryFile::open(dir.path(), later(0)).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let monitor = scope.spawn(|| {
            let mut n = 0;
            while !stop.load(Ordering::Acquire) {
                let at = START + n * 1_000_000;
                file.append(&steady("a", at, 20), time(at)).unwrap();
                n += 1;
            }
            n
        });
        let people: Vec<_> = (0..3)
            .map(|person| {
                let dir = dir.path();
                scope.spawn(move || {
                    for n in 0..20 {
                        let diary = Diary::open(dir).unwrap();
                        let id = diary.add_ticket(&ticket(&format!("{person} {n}"))).unwrap();
                        if n % 2 == 0 {
                            assert!(diary.remove_ticket(id).unwrap());
                        }
                        History::open_read(dir).unwrap().total(&key("a"), later(0), later(DAY)).unwrap();
                    }
                })
            })
            .collect();
        people.into_iter().for_each(|person| person.join().unwrap());
        stop.store(true, Ordering::Release);
        let n = monitor.join().unwrap();
        assert_eq!(20 * n.cast_unsigned(), total(dir.path(), "a").n());
    });
    assert_eq!(30, History::open_read(dir.path()).unwrap().tickets().unwrap().len());
    assert_eq!(Vec::<Repair>::new(), file.take_repairs());
}

#[test]
fn tickets_and_notes_are_written_changed_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let diary = Diary::open(&dir.path().join("new")).unwrap();
    let id = diary.add_ticket(&ticket("no signal")).unwrap();
    let closed = Ticket { id, closed: Some(later(HOUR)), ..ticket("no signal; a man came") };
    assert!(diary.update_ticket(&closed).unwrap());
    assert!(!diary.update_ticket(&Ticket { id: id + 1, ..closed.clone() }).unwrap());
    assert_eq!(vec![closed], diary.tickets().unwrap());
    let note = OutageNote { outage: later(5), at: later(9), text: "ä \"router\" restarted\n".into() };
    let number = diary.add_note(&note).unwrap();
    assert_eq!(vec![(number, note)], diary.notes().unwrap());
    assert!(diary.remove_note(number).unwrap() && !diary.remove_note(number).unwrap());
    assert!(diary.remove_ticket(id).unwrap() && !diary.remove_ticket(id).unwrap());
    // A number is never given twice: somebody may have written it down.
    assert!(diary.add_ticket(&ticket("")).unwrap() > id);
}

#[test]
fn what_the_monitor_notes_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = HistoryFile::open(dir.path(), later(0)).unwrap();
    let hops = vec![HopChange { ttl: 4, before: Some([192, 0, 2, 1].into()), after: None }];
    let change = PathChange { at: later(7), host: "1.1.1.1".into(), hops };
    file.add_path_change(&change, later(7)).unwrap();
    let sample = ClockSample { at: later(8), ahead: -0.012_345, within: Duration::from_micros(900) };
    file.add_clock_sample(&sample, later(8)).unwrap();
    let settings =
        |targets: &str| [("targets".to_owned(), targets.to_owned()), ("ping_interval_sec".to_owned(), "20".to_owned())];
    assert_eq!(2, file.note_settings(&settings("[]"), later(0)).unwrap().len());
    assert_eq!(0, file.note_settings(&settings("[]"), later(1)).unwrap().len());
    let changes = file.note_settings(&settings("[\"9.9.9.9\"]"), later(2)).unwrap();
    assert_eq!((1, Some("[]")), (changes.len(), changes[0].from.as_deref()));
    let history = History::open_read(dir.path()).unwrap();
    assert_eq!(vec![change], history.path_changes(later(0), later(DAY)).unwrap());
    assert_eq!(vec![sample], history.clock_samples(later(0), later(DAY)).unwrap());
    assert_eq!(Vec::<ClockSample>::new(), history.clock_samples(later(0), later(8)).unwrap());
    assert_eq!(3, history.config_changes().unwrap().len());
}

#[track_caller]
fn is_put_aside(dir: &std::path::Path, word: &str) -> HistoryFile {
    let mut file = HistoryFile::open(dir, later(0)).unwrap();
    let repairs = file.take_repairs();
    let [Repair::PutAside { aside, .. }] = &repairs[..] else { panic!("{repairs:?}") };
    assert!(aside.exists() && aside.file_name().unwrap().to_str().unwrap().starts_with(word), "{aside:?}");
    file.append(&steady("new", START, 10), later(0)).unwrap();
    assert_eq!(10, total(dir, "new").n());
    file
}

#[test]
fn what_is_not_ours_is_put_aside_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    fs::write(&path, "a diary of somebody else\n".repeat(500)).unwrap();
    assert!(matches!(History::open_read(dir.path()), Err(HistoryError::Damaged(_))));
    assert!(matches!(Diary::open(dir.path()), Err(HistoryError::Damaged(_))));
    is_put_aside(dir.path(), "history_damaged_");
    fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE songs(name)").unwrap();
    assert!(matches!(History::open_read(dir.path()), Err(HistoryError::Foreign(_))));
    drop(is_put_aside(dir.path(), "history_foreign_"));
    rusqlite::Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    assert!(matches!(History::open_read(dir.path()), Err(HistoryError::Newer(_))));
    is_put_aside(dir.path(), "history_newer_");
}

#[test]
fn no_history_and_an_empty_one_are_begun() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(History::open_read(dir.path()), Err(HistoryError::Missing(_))));
    assert_eq!(0, fs::read_dir(dir.path()).unwrap().count(), "looking makes nothing");
    fs::write(dir.path().join(FILE_NAME), "").unwrap();
    assert!(matches!(History::open_read(dir.path()), Err(HistoryError::Missing(_))));
    let mut file = HistoryFile::open(dir.path(), later(0)).unwrap();
    assert_eq!(Vec::<Repair>::new(), file.take_repairs());
    let empty = History::open_read(dir.path()).unwrap();
    assert_eq!((None, 0), (empty.period().unwrap(), empty.series_keys().unwrap().len()));
}

#[test]
fn one_that_is_removed_under_the_monitor_is_begun_anew() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = HistoryFile::open(dir.path(), later(0)).unwrap();
    file.append(&steady("a", START, 10), later(0)).unwrap();
    for entry in fs::read_dir(dir.path()).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    file.append(&steady("a", START, 7), later(0)).unwrap();
    assert!(matches!(file.take_repairs()[..], [Repair::Vanished(_)]));
    assert_eq!(7, total(dir.path(), "a").n());
}

#[test]
fn a_full_disk_costs_nothing_that_is_there_and_passes() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = HistoryFile::open(dir.path(), later(0)).unwrap();
    file.append(&steady("a", START, 100), later(0)).unwrap();
    let limit = |file: &HistoryFile, pages: u32| {
        let sql = format!("PRAGMA max_page_count = {pages}");
        file.database().unwrap().query_row(&sql, [], |_| Ok(())).unwrap();
    };
    limit(&file, 1);
    let large: Vec<_> = (0..50).flat_map(|n| steady(&format!("host {n}"), START, 1000)).collect();
    let error = file.append(&large, later(0)).unwrap_err();
    assert!(error.is_disk_full() && !error.is_lost(), "{error:?}");
    assert_eq!(100, total(dir.path(), "a").n());
    limit(&file, 1_000_000);
    file.append(&large, later(0)).unwrap();
    assert_eq!((100, 1000), (total(dir.path(), "a").n(), total(dir.path(), "host 7").n()));
}

/// A small history with something in every table, folded and closed.
fn small(dir: &std::path::Path) {
    let mut file = HistoryFile::open(dir, later(0)).unwrap();
    for host in ["a", "b"] {
        file.append(&steady(host, START, 600), later(0)).unwrap();
    }
    file.fold(later(0)).unwrap();
    file.append(&steady("a", START + HOUR, 300), later(HOUR)).unwrap();
    file.pin((later(0), later(1)), later(0)).unwrap();
    drop(file);
    Diary::open(dir).unwrap().add_ticket(&ticket("they said tomorrow")).unwrap();
}

#[test]
fn damage_anywhere_is_survived_told_and_never_believed() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path());
    let good = fs::read(dir.path().join(FILE_NAME)).unwrap();
    let (mut n_aside, mut n_saved, mut n_tries) = (0, 0, 0);
    let mut rng = fastrand::Rng::with_seed(5);
    for at in (0..good.len()).step_by(173).chain(0..110) {
        let dir = tempfile::tempdir().unwrap();
        let mut damaged = good.clone();
        let end = (at + rng.usize(1..400)).min(good.len());
        match rng.u8(0..4) {
            0 => damaged[at..end].fill(0),
            1 => damaged[at] ^= 1 << rng.u8(0..8),
            2 => damaged.truncate(at),
            _ => damaged[at..end].iter_mut().for_each(|byte| *byte = rng.u8(..)),
        }
        fs::write(dir.path().join(FILE_NAME), &damaged).unwrap();
        // A reader may say no, and must say nothing wrong.
        if let Ok(history) = History::open_read(dir.path()) {
            for host in ["a", "b"] {
                let cell = history.total(&key(host), later(-DAY), later(DAY)).unwrap_or_default();
                assert!(cell.lost == 0 && cell.max <= Duration::from_micros(12_006), "{at}: {cell:?}");
            }
            drop((history.tickets(), history.notes(), history.config_changes(), history.period()));
        }
        // A writer goes on.
        let mut file = HistoryFile::open(dir.path(), later(0)).unwrap();
        for hour in 0..3 {
            file.append(&steady("a", START + hour * HOUR, 60), later(hour * HOUR)).unwrap();
        }
        file.note_settings(&[("key".into(), "1".into())], later(0)).unwrap();
        file.prune(Bounds { age: Duration::MAX, bytes: 1 << 30 }, later(3 * HOUR)).unwrap();
        file.append(&steady("c", START + 9 * HOUR, 60), later(9 * HOUR)).unwrap();
        file.fold(later(9 * HOUR)).unwrap();
        let repairs = file.take_repairs();
        drop(file);
        assert_eq!(60, total(dir.path(), "c").n(), "{at} {repairs:?}");
        n_tries += 1;
        if !repairs.is_empty() {
            n_aside += 1;
            let tickets = History::open_read(dir.path()).unwrap().tickets().unwrap();
            n_saved += u32::from(tickets.iter().any(|ticket| ticket.said == "they said tomorrow"));
        }
    }
    // Most of the file is samples, whose damage costs themselves alone.
    assert!(n_aside > 8 && n_aside < n_tries, "{n_aside} of {n_tries}");
    eprintln!("{n_tries} damaged, {n_aside} put aside, of {n_saved} the diary was saved");
    assert!(n_saved * 4 > n_aside, "{n_saved} of {n_aside}");
}

#[test]
fn every_series_is_kept_apart() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = HistoryFile::open(dir.path(), later(0)).unwrap();
    let keys: Vec<Arc<SeriesKey>> = Role::ALL
        .iter()
        .flat_map(|(role, _)| Means::ALL.iter().map(|(means, _)| (*role, *means)))
        .map(|(role, means)| Arc::new(SeriesKey { role, host: "192.0.2.1".into(), means }))
        .collect();
    let batch: Vec<_> =
        keys.iter().enumerate().flat_map(|(idx, key)| vec![(Arc::clone(key), lost(START)); idx + 1]).collect();
    file.append(&batch, later(0)).unwrap();
    file.fold(later(0)).unwrap();
    drop(file);
    let history = History::open_read(dir.path()).unwrap();
    let counts: BTreeMap<_, _> =
        keys.iter().map(|key| (Arc::clone(key), history.total(key, later(0), later(HOUR)).unwrap().lost)).collect();
    let expected: BTreeMap<_, _> =
        keys.iter().enumerate().map(|(idx, key)| (Arc::clone(key), idx as u64 + 1)).collect();
    assert_eq!(expected, counts);
}
