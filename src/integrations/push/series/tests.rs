use std::collections::BTreeSet;

use super::*;
use crate::model::{
    host::Family,
    ledger::{GapReason, Segment},
    verdict::{Confidence, Status, Verdict},
};

/// A whole second.
const START: i64 = 1_795_910_400_000;

fn stamp(at_ms: i64) -> Stamp {
    let wall = chrono::DateTime::from_timestamp_millis(START + at_ms).unwrap();
    Stamp { wall, mono: Duration::from_millis(u64::try_from(at_ms + 1_000_000).unwrap()) }
}

fn verdict(status: Status) -> Verdict {
    let confidence = Confidence::High;
    Verdict { status, cause: None, domain: None, confidence, evidence: Vec::new(), last_hop: None }
}

fn host(last: u8) -> Host {
    Host::new([192, 0, 2, last].into())
}

fn sample(at_ms: i64, last: u8, rtt_us: Option<u64>) -> Event {
    let subject = if last == 1 { Subject::Gateway(Family::V4) } else { Subject::Target(0) };
    Event::Sample(PulseSample { host: host(last), subject, sent: stamp(at_ms), rtt: rtt_us.map(Duration::from_micros) })
}

fn state(at_ms: i64, state: State) -> Event {
    Event::State(stamp(at_ms), state, verdict(Status::Ok))
}

fn outage(start: i64, end: Option<i64>) -> Outage {
    let segments = vec![Segment { start: stamp(start), domain: FaultDomain::Access }];
    let (start, end) = (stamp(start), end.map(stamp));
    Outage { id: 1, start, end, cut_by_gap: false, uncertainty: Duration::ZERO, segments }
}

fn opened(start: i64) -> Event {
    Event::OutageOpened(outage(start, None), verdict(Status::WanDown))
}

fn closed(start: i64, end: i64) -> Event {
    Event::OutageClosed(outage(start, Some(end)))
}

fn stream() -> MetricStream {
    MetricStream::new("home", Duration::from_secs(10), MetricCounters::default())
}

/// Samples by series, times from the start; the series with its labels but the site.
type Found = BTreeMap<String, Vec<(i64, Option<i64>)>>;

fn collect(found: &mut Found, records: Vec<QueueRecord>) {
    for record in records {
        let QueueRecord::Samples((series, samples)) = record else { panic!("{record:?}") };
        let mut name = series.name().to_owned();
        for (label, value) in series.labels() {
            if label != "site" {
                name = format!("{name} {value}");
            }
        }
        assert!(series.labels().contains(&("site".to_owned(), "home".to_owned())), "{series:?}");
        let known = found.entry(name).or_default();
        known.extend(samples.iter().map(|sample| (sample.at_ms - START, sample.value)));
    }
}

fn feed(stream: &mut MetricStream, events: impl IntoIterator<Item = Event>) -> Found {
    let mut found = Found::new();
    for event in events {
        collect(&mut found, stream.on_event(&event));
    }
    found
}

/// The seconds of a range in which the line was up (`#`), down (`_`), marked (`?`) or without a sample (` `).
fn drawn(found: &Found, seconds: std::ops::Range<i64>) -> String {
    let samples: BTreeMap<i64, Option<i64>> = found["netlog_line_up"].iter().copied().collect();
    assert_eq!(samples.len(), found["netlog_line_up"].len(), "a second is written twice");
    let one = |second: i64| match samples.get(&(second * 1000)) {
        Some(Some(1)) => '#',
        Some(Some(_)) => '_',
        Some(None) => '?',
        None => ' ',
    };
    seconds.map(one).collect()
}

fn pulses(seconds: std::ops::Range<i64>) -> Vec<Event> {
    seconds.map(|second| sample(second * 1000, 1, Some(1500))).collect()
}

#[test]
fn each_pulse_is_a_sample_and_the_first_lost_one_ends_the_line_of_rtts() {
    let events = [
        sample(0, 1, Some(1500)),
        sample(10, 9, Some(12_345)),
        sample(1000, 9, None),
        sample(2000, 9, None),
        sample(3000, 9, Some(13_000)),
    ];
    let found = feed(&mut stream(), events);
    let target: Vec<_> = vec![(10, Some(12_345)), (1000, None), (3000, Some(13_000))];
    // Labels are sorted: host before role.
    assert_eq!(target, found["netlog_rtt_seconds 192.0.2.9 target"]);
    assert_eq!(vec![(0, Some(1500))], found["netlog_rtt_seconds 192.0.2.1 gateway"]);
    let success = vec![(10, Some(1)), (1000, Some(0)), (2000, Some(0)), (3000, Some(1))];
    assert_eq!(success, found["netlog_probe_success 192.0.2.9 target"]);
}

#[test]
fn seconds_are_settled_late_and_agree_with_the_outage() {
    let mut stream = stream();
    let mut found = feed(&mut stream, [state(200, State::Up)]);
    // Found out late: down since second 20, with a clean stretch from 30 to 33 that does not end the outage.
    for event in pulses(0..28)
        .into_iter()
        .chain([state(20_000, State::Down(FaultDomain::Access))])
        .chain(pulses(28..31))
        .chain([opened(20_000), state(30_000, State::Up), state(33_000, State::Down(FaultDomain::Access))])
        .chain(pulses(31..40))
        .chain([state(39_400, State::Up)])
        .chain(pulses(40..50))
        .chain([closed(20_000, 39_400)])
        .chain(pulses(50..100))
    {
        collect(&mut found, stream.on_event(&event));
    }
    let expected = format!(" {}{}{}", "#".repeat(19), "_".repeat(20), "#".repeat(30));
    assert_eq!(expected, drawn(&found, 0..70));
    assert_eq!(70 - 1, found["netlog_line_up"].len(), "what is younger than 30 s is not settled");
    assert!(found["netlog_measured"].iter().all(|(_, value)| *value == Some(1)));
}

#[test]
fn an_outage_is_counted_by_cause_at_its_end_and_counters_go_on_after_a_restart() {
    let mut stream = stream();
    let mut found = feed(&mut stream, pulses(0..50));
    collect(&mut found, stream.on_event(&closed(20_000, 39_400)));
    let count = &found["netlog_outages_total access"];
    assert_eq!(Some(&(0, Some(0))), count.first(), "a counter begins with a sample before it counts");
    assert_eq!(Some(&(49_000, Some(1))), count.last());
    let number = |name: &str| f64::from_bits(found[name].last().unwrap().1.unwrap().cast_unsigned());
    assert!((number("netlog_outage_seconds_total access") - 19.4).abs() < 1e-9);
    assert!((number("netlog_last_outage_seconds") - 19.4).abs() < 1e-9);
    let end = (START + 39_400) as f64 / 1000.0;
    assert!((number("netlog_last_outage_end_timestamp_seconds") - end).abs() < 1e-3);
    let mut next = MetricStream::new("home", Duration::from_secs(10), stream.counters().clone());
    let found = feed(&mut next, pulses(100..102));
    assert_eq!(vec![(100_000, Some(1))], found["netlog_outages_total access"]);
    assert_eq!(vec![(100_000, Some(0))], found["netlog_outages_total lan"]);
}

#[test]
fn counters_come_once_a_minute_and_with_each_change() {
    let found = feed(&mut stream(), pulses(0..181));
    let times: Vec<i64> = found["netlog_outages_total dns"].iter().map(|(at, _)| *at).collect();
    assert_eq!(vec![0, 60_000, 120_000, 180_000], times);
    assert!(!found.contains_key("netlog_last_outage_seconds"), "there was none");
}

#[test]
fn a_change_at_the_time_of_the_minutes_counters_has_a_time_of_its_own() {
    for (end, counted_at) in [(39_000, 60_001), (60_000, 60_001), (60_400, 60_400)] {
        let mut stream = stream();
        let mut found = feed(&mut stream, pulses(0..61));
        collect(&mut found, stream.on_event(&closed(20_000, end)));
        let count = [(0, Some(0)), (60_000, Some(0)), (counted_at, Some(1))];
        assert_eq!(count, found["netlog_outages_total access"][..]);
        // The next outage ends, and the monitor, before a sample told a later time.
        collect(&mut found, stream.on_event(&closed(end, end + 1)));
        collect(&mut found, stream.on_event(&Event::Stopped(stamp(counted_at))));
        for (name, samples) in found.iter().filter(|(name, _)| name.contains("outage")) {
            let times: BTreeSet<i64> = samples.iter().map(|(at, _)| *at).collect();
            assert_eq!(samples.len(), times.len(), "{name}: {samples:?}");
        }
        assert_eq!(Some(2), found["netlog_outages_total access"].last().and_then(|(_, count)| *count));
    }
}

#[test]
fn a_gap_has_a_marker_at_its_beginning_and_no_samples() {
    let mut stream = stream();
    let mut found = feed(&mut stream, [state(0, State::Up)]);
    let gap = Event::Gap(stamp(10_300), Duration::from_hours(2), GapReason::Asleep);
    let resumed = 10 + 7200 + 2;
    let events = pulses(0..11)
        .into_iter()
        .chain([gap, state(10_300, State::NotMonitored(GapReason::Asleep)), state(resumed * 1000, State::Up)])
        .chain(pulses(resumed..resumed + 60));
    for event in events {
        collect(&mut found, stream.on_event(&event));
    }
    assert_eq!(format!("{}?   ", "#".repeat(11)), drawn(&found, 0..15));
    assert_eq!(format!("   {}", "#".repeat(10)), drawn(&found, resumed - 3..resumed + 10));
    let zeros: Vec<i64> =
        found["netlog_measured"].iter().filter(|(_, value)| *value == Some(0)).map(|(at, _)| *at / 1000).collect();
    assert_eq!(vec![11, resumed - 1], zeros);
    let rtts = &found["netlog_rtt_seconds 192.0.2.1 gateway"];
    let markers: Vec<i64> = rtts.iter().filter(|(_, value)| value.is_none()).map(|(at, _)| *at).collect();
    assert_eq!(vec![11_000], markers, "one interval after the last sample");
}

#[test]
fn silence_of_the_monitor_is_no_time_of_a_working_line() {
    let mut stream = stream();
    let mut found = feed(&mut stream, [state(0, State::Up)]);
    for event in pulses(0..5).into_iter().chain(pulses(1000..1040)) {
        collect(&mut found, stream.on_event(&event));
    }
    assert_eq!("#####?  ", drawn(&found, 0..8));
    assert_eq!("   ##########", drawn(&found, 997..1010));
}

#[test]
fn stopping_settles_all_and_ends_every_series_at_another_time_than_its_last_sample() {
    let mut stream = stream();
    let events = [state(0, State::Up)].into_iter().chain(pulses(0..6)).chain([sample(5100, 9, Some(9000))]);
    let found = feed(&mut stream, events.chain([Event::Stopped(stamp(5200))]));
    assert_eq!("######? ", drawn(&found, 0..8));
    for series in ["netlog_rtt_seconds 192.0.2.1 gateway", "netlog_probe_success 192.0.2.9 target"] {
        let [.., last, marker] = found[series].as_slice() else { panic!("{series}") };
        assert_eq!((true, None), (last.1.is_some(), marker.1), "{series}");
        assert!(marker.0 >= last.0 + 1000, "{series}");
    }
    let times: BTreeSet<i64> = found["netlog_line_up"].iter().map(|(at, _)| *at).collect();
    assert_eq!(7, times.len());
}

#[test]
fn a_host_that_is_not_asked_any_more_is_ended() {
    let events = pulses(0..70).into_iter().chain([sample(500, 9, Some(9000))]);
    let mut events: Vec<Event> = events.collect();
    events.sort_by_key(|event| if let Event::Sample(sample) = event { ms(sample.sent) } else { 0 });
    let found = feed(&mut stream(), events);
    assert_eq!(vec![(500, Some(9000)), (1500, None)], found["netlog_rtt_seconds 192.0.2.9 target"]);
    // One that is asked every two minutes is asked still.
    let rare = (0..10).map(|round| sample(round * 120_000 + 500, 9, Some(9000)));
    let mut events: Vec<Event> = pulses(0..1200).into_iter().chain(rare).collect();
    events.sort_by_key(|event| if let Event::Sample(sample) = event { ms(sample.sent) } else { 0 });
    let found = feed(&mut stream(), events);
    let markers = found["netlog_rtt_seconds 192.0.2.9 target"].iter().filter(|(_, value)| value.is_none()).count();
    assert!(markers <= 1, "{markers}");
}

#[test]
fn after_a_step_of_the_clock_seconds_go_on_by_the_new_clock() {
    let mut stream = stream();
    let mut found = feed(&mut stream, [state(0, State::Up)]);
    let step = Event::ClockStep(stamp(3_605_000), 3600.0);
    for event in pulses(0..6).into_iter().chain([step]).chain(pulses(3605..3660)) {
        collect(&mut found, stream.on_event(&event));
    }
    assert_eq!("######  ", drawn(&found, 0..8));
    assert_eq!(format!("  {}", "#".repeat(20)), drawn(&found, 3603..3625));
}

#[test]
fn the_time_of_the_last_cycle_is_told_once_a_row() {
    let row = |at: i64| Event::Row(Arc::new(Row::new(stamp(at).wall, 1, verdict(Status::Ok))));
    let found = feed(&mut stream(), [row(0), row(20_000), row(20_000)]);
    let seconds = |at: i64| Some(((START + at) as f64 / 1000.0).to_bits().cast_signed());
    assert_eq!(vec![(0, seconds(0)), (20_000, seconds(20_000))], found["netlog_last_cycle_timestamp_seconds"]);
}
