use std::fs;

use proptest::prelude::*;

use super::*;
use crate::model::metric::{MetricSample, Series, SeriesSamples, ValueKind};

const START: i64 = 1_795_910_400_000;
const FAR: i64 = START * 2;
const LIMITS: BatchLimits = BatchLimits { bytes: 1_000_000, span_ms: 600_000 };
const PUSH: &[(&str, Wanted)] = &[("push", Wanted::Samples)];

fn now() -> Timestamp {
    chrono::DateTime::from_timestamp_millis(START).unwrap()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn series(host: &str) -> Arc<Series> {
    Arc::new(Series::new("netlog_rtt_seconds", ValueKind::Micros, [("host", host), ("site", "home")]))
}

fn samples(series: &Arc<Series>, range: std::ops::Range<i64>) -> QueueRecord {
    let sample = |second: i64| MetricSample { at_ms: START + second * 1000, value: Some(second * 7) };
    QueueRecord::Samples((Arc::clone(series), range.map(sample).collect()))
}

fn event(number: i64) -> QueueRecord {
    QueueRecord::Event { at_ms: START + number, json: format!("{{\"number\":{number}}}") }
}

fn open(dir: &Path) -> Queue {
    Queue::open(dir, 8 << 20, PUSH, now()).unwrap()
}

/// The seconds of all samples that are left, as one sequence.
fn rest(reader: &mut Reader) -> Vec<i64> {
    let mut all = Vec::new();
    while let Some(batch) = reader.next_batch(FAR, LIMITS).unwrap() {
        for (series, samples) in batch.series {
            assert_eq!("netlog_rtt_seconds", series.name());
            for sample in samples {
                let second = (sample.at_ms - START) / 1000;
                assert_eq!(Some(second * 7), sample.value);
                all.push(second);
            }
        }
    }
    all
}

fn all(range: std::ops::Range<i64>) -> Vec<i64> {
    range.collect()
}

#[test]
fn samples_are_written_when_the_oldest_is_five_seconds_old_and_events_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let queue = open(dir.path());
    let mut reader = queue.reader("push").unwrap();
    assert!(queue.reader("other").is_none());
    let host = series("192.0.2.1");
    queue.append(&[samples(&host, 0..1)], seconds(100)).unwrap();
    queue.append(&[], seconds(104)).unwrap();
    assert_eq!(None, reader.next_batch(FAR, LIMITS).unwrap());
    queue.append(&[], seconds(105)).unwrap();
    assert_eq!(all(0..1), rest(&mut reader));
    queue.append(&[samples(&host, 1..2)], seconds(106)).unwrap();
    assert_eq!(Vec::<i64>::new(), rest(&mut reader));
    queue.append(&[event(1)], seconds(106)).unwrap();
    assert_eq!(all(1..2), rest(&mut reader));
    queue.append(&[samples(&host, 2..10_002)], seconds(106)).unwrap();
    assert_eq!(all(2..10_002), rest(&mut reader));
}

#[test]
fn batches_are_bounded_by_time_and_size_and_oldest_first() {
    let dir = tempfile::tempdir().unwrap();
    let queue = open(dir.path());
    let mut reader = queue.reader("push").unwrap();
    let hosts = [series("a"), series("b")];
    queue.append(&[samples(&hosts[0], 0..4000), samples(&hosts[1], 0..4000)], seconds(1)).unwrap();
    queue.flush().unwrap();
    assert_eq!(8000, reader.queued());
    let mut last = START - 1;
    let mut seen = 0;
    while let Some(batch) = reader.next_batch(FAR, LIMITS).unwrap() {
        let stamps = || batch.series.iter().flat_map(|(_, samples)| samples).map(|sample| sample.at_ms);
        assert!(stamps().min().unwrap() > last);
        last = stamps().max().unwrap();
        assert!(last - stamps().min().unwrap() <= LIMITS.span_ms);
        assert!(batch.series.iter().all(|(_, samples)| samples.is_sorted_by_key(|sample| sample.at_ms)));
        seen += batch.samples();
        reader.delivered(seconds(2), 0).unwrap();
        assert_eq!(8000 - seen, reader.queued());
    }
    assert_eq!(8000, seen);
    let small = BatchLimits { bytes: 30_000, ..LIMITS };
    for second in 0..100 {
        let part = samples(&hosts[0], 4000 + second * 100..4100 + second * 100);
        queue.append(&[part], seconds(2)).unwrap();
        queue.flush().unwrap();
    }
    while let Some(batch) = reader.next_batch(FAR, small).unwrap() {
        assert!(batch.samples() <= 1300, "{}", batch.samples());
        seen += batch.samples();
    }
    assert_eq!(18_000, seen);
}

#[test]
fn a_kill_at_any_byte_costs_at_most_what_was_being_written() {
    let dir = tempfile::tempdir().unwrap();
    let queue = open(dir.path());
    drop(queue.reader("push"));
    let host = series("192.0.2.1");
    let mut ends = vec![0];
    for part in 0..6 {
        queue.append(&[samples(&host, part * 10..part * 10 + 10)], seconds(1)).unwrap();
        queue.flush().unwrap();
        ends.push(queue.bytes());
    }
    let path = segment::path(dir.path(), 1);
    let whole = fs::read(&path).unwrap();
    let cursor = fs::read(cursor_path(dir.path(), "push")).unwrap();
    drop(queue);
    let copy = tempfile::tempdir().unwrap();
    for cut in 0..=whole.len() {
        fs::write(segment::path(copy.path(), 1), &whole[..cut]).unwrap();
        fs::write(cursor_path(copy.path(), "push"), &cursor).unwrap();
        let queue = open(copy.path());
        let mut reader = queue.reader("push").unwrap();
        let parts = ends.iter().filter(|end| **end > 0 && **end <= cut as u64).count();
        assert_eq!(all(0..i64::try_from(parts).unwrap() * 10), rest(&mut reader), "cut at {cut}");
        queue.append(&[samples(&host, 60..63)], seconds(1)).unwrap();
        queue.flush().unwrap();
        assert_eq!(all(60..63), rest(&mut reader), "cut at {cut}");
        for entry in fs::read_dir(copy.path()).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }
}

#[test]
fn what_was_delivered_within_a_minute_comes_again_after_a_restart_and_on_request() {
    let dir = tempfile::tempdir().unwrap();
    let host = series("192.0.2.1");
    let fill = |queue: &Queue, part: i64| {
        queue.append(&[samples(&host, part * 10..part * 10 + 10)], seconds(1)).unwrap();
        queue.flush().unwrap();
    };
    {
        let queue = open(dir.path());
        let mut reader = queue.reader("push").unwrap();
        for (part, at) in [(0, 0), (1, 30), (2, 70)] {
            fill(&queue, part);
            assert_eq!(10, reader.next_batch(FAR, LIMITS).unwrap().unwrap().samples());
            reader.delivered(seconds(1000 + at), 0).unwrap();
        }
        assert_eq!((0, true), (reader.queued(), reader.can_rewind()));
        reader.rewind();
        assert_eq!(all(10..30), rest(&mut reader));
        fill(&queue, 3);
        assert_eq!(10, reader.queued());
    }
    let queue = open(dir.path());
    let mut reader = queue.reader("push").unwrap();
    assert_eq!(10, reader.queued());
    assert_eq!(all(10..40), rest(&mut reader));
    reader.delivered(seconds(5), 3).unwrap();
    assert_eq!((0, 3), (reader.queued(), reader.cursor().refused));
    drop((reader, queue));
    // Long after the last delivery nothing needs to come again.
    let later = Timestamp::from(std::time::SystemTime::UNIX_EPOCH) + chrono::TimeDelta::days(365 * 80);
    let queue = Queue::open(dir.path(), 8 << 20, PUSH, later).unwrap();
    assert_eq!(Vec::<i64>::new(), rest(&mut queue.reader("push").unwrap()));
}

#[test]
fn a_full_queue_drops_the_oldest_and_counts_for_each_sink_what_it_had_not_got() {
    let dir = tempfile::tempdir().unwrap();
    let sinks = [("fast", Wanted::Samples), ("slow", Wanted::Samples), ("tell", Wanted::Events)];
    let queue = Queue::open(dir.path(), 0, &sinks, now()).unwrap();
    let mut readers = sinks.map(|(sink, _)| queue.reader(sink).unwrap());
    let mut rng = fastrand::Rng::with_seed(1);
    let host = series("192.0.2.1");
    let rounds = 60;
    for round in 0..rounds {
        let random = |idx: i64| MetricSample { at_ms: START + (round * 10_000 + idx) * 50, value: Some(rng.i64(..)) };
        queue
            .append(&[QueueRecord::Samples((Arc::clone(&host), (0..5000).map(random).collect()))], seconds(1))
            .unwrap();
        queue.append(&[event(round)], seconds(1)).unwrap();
        while readers[0].next_batch(FAR, LIMITS).unwrap().is_some() {
            readers[0].delivered(seconds(1 + round.unsigned_abs()), 0).unwrap();
        }
        assert!(queue.bytes() < 400 * KIB, "{}", queue.bytes());
    }
    let total = rounds.unsigned_abs() * 5000;
    assert_eq!((0, 0), (readers[0].cursor().lost, readers[0].queued()));
    let lost = readers[1].cursor().lost;
    assert!(lost > total / 2 && lost + readers[1].queued() == total, "{lost}");
    let mut left = 0;
    while let Some(batch) = readers[1].next_batch(FAR, LIMITS).unwrap() {
        left += batch.samples();
    }
    assert_eq!(total, lost + left);
    let lost = readers[2].cursor().lost;
    let mut left = 0;
    while readers[2].next_event().unwrap().is_some() {
        readers[2].confirm().unwrap();
        left += 1;
    }
    assert!(lost > 0 && left > 0 && lost + left == rounds.unsigned_abs(), "{lost} {left}");
}

#[test]
fn what_all_sinks_have_got_is_removed_and_a_sink_that_is_gone_holds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let both = [("push", Wanted::Samples), ("gone", Wanted::Samples)];
    let host = series("192.0.2.1");
    for start in 0..3 {
        let queue = Queue::open(dir.path(), 8 << 20, &both, now()).unwrap();
        let mut reader = queue.reader("push").unwrap();
        queue.append(&[samples(&host, start * 10..start * 10 + 10)], seconds(1)).unwrap();
        queue.flush().unwrap();
        while reader.next_batch(FAR, LIMITS).unwrap().is_some() {
            reader.delivered(seconds(1), 0).unwrap();
            reader.delivered(seconds(100), 0).unwrap();
        }
    }
    let segments = |dir: &Path| segment::read_all(dir).unwrap().0.len();
    assert_eq!(3, segments(dir.path()));
    let queue = open(dir.path());
    assert_eq!(1, segments(dir.path()));
    assert!(!cursor_path(dir.path(), "gone").exists());
    drop(queue);
    // A sink that comes back begins at the end.
    let queue = Queue::open(dir.path(), 8 << 20, &both, now()).unwrap();
    assert_eq!(Vec::<i64>::new(), rest(&mut queue.reader("gone").unwrap()));
}

#[test]
fn a_damaged_cursor_means_all_again() {
    let dir = tempfile::tempdir().unwrap();
    let host = series("192.0.2.1");
    let queue = open(dir.path());
    queue.append(&[samples(&host, 0..10)], seconds(1)).unwrap();
    drop(queue);
    fs::write(cursor_path(dir.path(), "push"), "cursor 1 9").unwrap();
    let queue = open(dir.path());
    assert_eq!(all(0..10), rest(&mut queue.reader("push").unwrap()));
}

#[test]
fn samples_of_an_unproven_clock_are_held_and_corrected_by_the_step() {
    let dir = tempfile::tempdir().unwrap();
    let host = series("192.0.2.1");
    let queue = open(dir.path());
    let mut reader = queue.reader("push").unwrap();
    queue.append(&[samples(&host, 0..5)], seconds(1)).unwrap();
    queue.clock_unproven().unwrap();
    let early = |second: i64| MetricSample { at_ms: START + second * 1000 - 3_600_000, value: Some(second * 7) };
    queue.append(&[QueueRecord::Samples((Arc::clone(&host), (5..10).map(early).collect()))], seconds(1)).unwrap();
    queue.flush().unwrap();
    assert_eq!(all(0..5), rest(&mut reader));
    queue.clock_proven(3_600_000).unwrap();
    queue.append(&[samples(&host, 10..12)], seconds(1)).unwrap();
    queue.flush().unwrap();
    reader.rewind();
    assert_eq!(all(0..12), rest(&mut reader));
    drop((reader, queue));
    let queue = open(dir.path());
    let mut reader = queue.reader("push").unwrap();
    assert_eq!(all(0..12), rest(&mut reader));
    // A run that ends before its clock is proven leaves its times as they are.
    queue.clock_unproven().unwrap();
    queue.append(&[samples(&host, 12..14)], seconds(1)).unwrap();
    queue.flush().unwrap();
    assert_eq!(Vec::<i64>::new(), rest(&mut reader));
    drop((reader, queue));
    let queue = open(dir.path());
    assert_eq!(all(0..14), rest(&mut queue.reader("push").unwrap()));
}

#[test]
fn nothing_is_delivered_before_its_time_and_what_is_far_ahead_never() {
    let dir = tempfile::tempdir().unwrap();
    let host = series("192.0.2.1");
    let queue = open(dir.path());
    let mut reader = queue.reader("push").unwrap();
    for range in [0..1, 60..61, 3600..3602, 61..62] {
        queue.append(&[samples(&host, range)], seconds(1)).unwrap();
        queue.flush().unwrap();
    }
    let mut next = |second: i64| {
        let batch = reader.next_batch(START + second * 1000, LIMITS).unwrap();
        batch.map(|batch| (batch.samples(), batch.ahead))
    };
    assert_eq!(Some((1, 0)), next(59));
    assert_eq!(None, next(59));
    assert_eq!(Some((2, 2)), next(61));
    assert_eq!(None, next(5000));
}

#[test]
fn events_come_in_order_once_each_is_confirmed() {
    let dir = tempfile::tempdir().unwrap();
    let sinks = [("push", Wanted::Samples), ("notify", Wanted::Events), ("mqtt", Wanted::Events)];
    let host = series("192.0.2.1");
    let numbered = |event: Option<QueuedEvent>| event.map(|event| event.at_ms - START);
    {
        let queue = Queue::open(dir.path(), 8 << 20, &sinks, now()).unwrap();
        let mut reader = queue.reader("notify").unwrap();
        for number in 0..3 {
            queue.append(&[samples(&host, 0..10), event(number)], seconds(1)).unwrap();
        }
        assert_eq!(3, reader.queued());
        assert_eq!(Some(0), numbered(reader.next_event().unwrap()));
        assert_eq!(Some(0), numbered(reader.next_event().unwrap()));
        reader.confirm().unwrap();
        reader.confirm().unwrap();
        assert_eq!(2, reader.queued());
        assert_eq!(Some(1), numbered(reader.next_event().unwrap()));
    }
    let queue = Queue::open(dir.path(), 8 << 20, &sinks, now()).unwrap();
    for (sink, first) in [("notify", 1), ("mqtt", 0)] {
        let mut reader = queue.reader(sink).unwrap();
        for number in first..3 {
            assert_eq!(Some(number), numbered(reader.next_event().unwrap()), "{sink}");
            reader.confirm().unwrap();
        }
        assert_eq!(None, reader.next_event().unwrap());
        assert_eq!(0, reader.queued());
    }
}

#[test]
fn small_texts_are_kept_beside_the_queue() {
    let dir = tempfile::tempdir().unwrap();
    let queue = open(dir.path());
    assert_eq!(None, queue.load("counters.json"));
    queue.save("counters.json", "{}\n").unwrap();
    assert_eq!(Some("{}\n".into()), queue.load("counters.json"));
}

#[cfg(unix)]
#[test]
fn folder_and_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join(FOLDER);
    let queue = open(&dir);
    queue.append(&[event(1)], seconds(1)).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(0o700, mode(&dir));
    let files: Vec<PathBuf> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 3, "{files:?}");
    assert!(files.iter().all(|path| mode(path) == 0o600), "{files:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_appends_restarts_and_readings_lose_nothing(steps in proptest::collection::vec((0..6_u8, 1..400_i64), 1..40)) {
        let dir = tempfile::tempdir().unwrap();
        let host = series("192.0.2.1");
        let mut queue = open(dir.path());
        let mut reader = queue.reader("push").unwrap();
        let (mut written, mut seen, mut clock) = (0, Vec::<SeriesSamples>::new(), 0);
        for (step, size) in steps {
            clock += 7;
            match step {
                0..=2 => {
                    queue.append(&[samples(&host, written..written + size)], seconds(clock)).unwrap();
                    written += size;
                }
                3 => if let Some(batch) = reader.next_batch(FAR, LIMITS).unwrap() {
                    seen.extend(batch.series);
                    reader.delivered(seconds(clock), 0).unwrap();
                },
                4 => reader.rewind(),
                _ => {
                    drop((reader, queue));
                    queue = open(dir.path());
                    reader = queue.reader("push").unwrap();
                }
            }
        }
        queue.flush().unwrap();
        while let Some(batch) = reader.next_batch(FAR, LIMITS).unwrap() {
            seen.extend(batch.series);
        }
        let mut found: Vec<i64> =
            seen.iter().flat_map(|(_, samples)| samples).map(|sample| (sample.at_ms - START) / 1000).collect();
        found.sort_unstable();
        found.dedup();
        prop_assert_eq!(all(0..written), found);
    }
}
