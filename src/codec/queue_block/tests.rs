use proptest::prelude::*;

use super::*;

fn sample(at_ms: i64, value: Option<i64>) -> MetricSample {
    MetricSample { at_ms, value }
}

fn decoded(bytes: &[u8]) -> Vec<Block> {
    let mut records = Records::new(bytes, true);
    let Some(Record::Samples(samples)) = records.next() else { panic!("no samples") };
    assert_eq!(0, records.skipped());
    samples.decode().expect("sound samples")
}

#[test]
fn what_is_written_is_read() {
    let series = Series::new("netlog_rtt_seconds", ValueKind::Micros, [("site", "home"), ("host", "é")]);
    let mut bytes = Vec::new();
    put_series(&mut bytes, 7, &series);
    put_event(&mut bytes, -5, "{\"a\":1}");
    let samples = [sample(1000, Some(12_345)), sample(2003, None), sample(3001, Some(12_000))];
    put_samples(&mut bytes, [(7, ValueKind::Micros, &samples[..])].into_iter());
    let records: Vec<Record<'_>> = Records::new(&bytes, true).collect();
    assert_eq!(Record::Series(7, series), records[0]);
    assert_eq!(Record::Event { at_ms: -5, json: "{\"a\":1}" }, records[1]);
    let Record::Samples(encoded) = &records[2] else { panic!("{:?}", records[2]) };
    assert_eq!(3, encoded.count());
    assert_eq!(Some(vec![Block { series: 7, samples: samples.to_vec() }]), encoded.decode());
}

/// The bound of six bytes a sample for RTTs in whole microseconds, with room to spare.
#[test]
fn a_sample_a_second_takes_few_bytes() {
    let mut rng = fastrand::Rng::with_seed(3);
    let mut rtts = |start: i64| -> Vec<MetricSample> {
        (0..10).map(|second| sample(start + second * 1000, Some(rng.i64(8_000..40_000)))).collect()
    };
    let blocks: Vec<Vec<MetricSample>> = (0..1000).map(|series| rtts(1_795_910_400_000 + series)).collect();
    let mut bytes = Vec::new();
    let numbered = (0..).zip(&blocks);
    put_samples(&mut bytes, numbered.map(|(idx, samples)| (idx, ValueKind::Micros, samples.as_slice())));
    assert!(bytes.len() < 36_000, "{} bytes for 10 000 samples", bytes.len());
    assert_eq!(1000, decoded(&bytes).len());
}

#[test]
fn a_record_that_is_cut_off_is_left_for_the_next_reading_unless_nothing_follows() {
    let mut bytes = Vec::new();
    put_event(&mut bytes, 1, "one");
    let whole = bytes.len();
    put_event(&mut bytes, 2, "two");
    for cut in whole..bytes.len() {
        let mut records = Records::new(&bytes[..cut], false);
        assert_eq!(1, records.by_ref().count());
        assert_eq!((whole, 0), (records.offset(), records.skipped()));
        let mut records = Records::new(&bytes[..cut], true);
        assert_eq!(1, records.by_ref().count());
        assert_eq!((cut, cut - whole), (records.offset(), records.skipped()));
    }
}

#[test]
fn damage_costs_the_records_it_hits_and_is_counted() {
    let mut bytes = Vec::new();
    let mut ends = Vec::new();
    for number in 0..20 {
        put_event(&mut bytes, number, &format!("{{\"number\":{number}}}"));
        ends.push(bytes.len());
    }
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        let mut records = Records::new(&damaged, true);
        let found: Vec<i64> = records
            .by_ref()
            .map(|record| match record {
                Record::Event { at_ms, .. } => at_ms,
                other => panic!("{other:?}"),
            })
            .collect();
        let hit = ends.iter().filter(|end| **end <= at).count();
        let expected: Vec<i64> = (0..20).filter(|number| usize::try_from(*number) != Ok(hit)).collect();
        assert_eq!(expected, found, "byte {at}");
        let length = ends[hit] - hit.checked_sub(1).map_or(0, |before| ends[before]);
        assert_eq!(length, records.skipped(), "byte {at}");
    }
}

fn samples() -> impl Strategy<Value = Vec<MetricSample>> {
    let value = prop_oneof![3 => any::<i64>().prop_map(Some), 3 => (0..100_000_i64).prop_map(Some), 1 => Just(None)];
    let step = prop_oneof![Just(1000_i64), 0..2000_i64, any::<i64>()];
    proptest::collection::vec((step, value), 1..60).prop_map(|steps| {
        let mut at = 1_700_000_000_000_i64;
        let next = |(step, value)| {
            at = at.wrapping_add(step);
            sample(at, value)
        };
        steps.into_iter().map(next).collect()
    })
}

fn kind() -> impl Strategy<Value = ValueKind> {
    prop_oneof![Just(ValueKind::Micros), Just(ValueKind::Count), Just(ValueKind::Float)]
}

proptest! {
    #[test]
    fn any_samples_come_back_as_they_were(blocks in proptest::collection::vec((0..99_999_u32, kind(), samples()), 0..8)) {
        let mut bytes = Vec::new();
        put_samples(&mut bytes, blocks.iter().map(|(index, kind, samples)| (*index, *kind, samples.as_slice())));
        let expected: Vec<Block> =
            blocks.into_iter().map(|(series, _, samples)| Block { series, samples }).collect();
        prop_assert_eq!(expected, decoded(&bytes));
    }

    #[test]
    fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..400), at in 0..400_usize) {
        // Marks and lengths that are right by chance are rare: some are put in.
        let mut bytes = bytes;
        let at = at.min(bytes.len());
        bytes.splice(at..at, [MARK[0], MARK[1], SAMPLES, 3, 0, 0, 0]);
        let mut records = Records::new(&bytes, true);
        let sound: usize = records.by_ref().map(|record| match record {
            Record::Samples(samples) => samples.decode().map_or(0, |blocks| blocks.len()),
            _ => 1,
        }).sum();
        prop_assert!(sound <= bytes.len());
        prop_assert_eq!(bytes.len(), records.offset());
        prop_assert!(records.skipped() <= bytes.len());
    }

    #[test]
    fn payloads_of_any_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200), count in 0..10_000_u64) {
        for kind in SERIES..=EVENT {
            if let Some(Record::Samples(samples)) = parse(kind, &bytes)
                && let Some(blocks) = samples.decode()
            {
                let read: usize = blocks.iter().map(|block| block.samples.len()).sum();
                prop_assert_eq!(samples.count(), read as u64);
            }
        }
        if let Some(blocks) = (EncodedSamples { count, rest: &bytes }).decode() {
            let read: usize = blocks.iter().map(|block| block.samples.len()).sum();
            prop_assert_eq!(count, read as u64);
        }
    }
}
