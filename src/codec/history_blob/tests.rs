use proptest::prelude::*;

use super::*;

fn measured() -> impl Strategy<Value = Measured> {
    prop_oneof![
        4 => (0..5_000_000_u64).prop_map(|micros| Measured::Answer(Duration::from_micros(micros))),
        1 => Just(Measured::Lost),
        1 => Just(Measured::Nothing),
    ]
}

fn reading() -> impl Strategy<Value = Reading> {
    (prop_oneof![any::<i64>(), 1_700_000_000_000..1_700_003_600_000_i64], measured())
        .prop_map(|(at_ms, measured)| Reading { at_ms, measured })
}

fn cell() -> impl Strategy<Value = Cell> {
    proptest::collection::vec(measured(), 0..80).prop_map(|all| {
        let mut cell = Cell::default();
        all.into_iter().for_each(|measured| cell.add(measured));
        cell
    })
}

#[test]
fn a_steady_hour_takes_three_bytes_a_sample() {
    let mut rng = fastrand::Rng::with_seed(1);
    let all: Vec<Reading> = (0..3600)
        .map(|second| Reading {
            at_ms: 1_764_000_000_000 + second * 1000 + rng.i64(0..3),
            measured: Measured::Answer(Duration::from_micros(12_400 + rng.u64(0..900))),
        })
        .collect();
    let bytes = readings(&all);
    assert!(bytes.len() < 3600 * 3 + 32, "{}", bytes.len());
    assert_eq!(Some(all), parse_readings(&bytes));
}

#[test]
fn every_changed_byte_is_found() {
    let mut cell = Cell::default();
    (0..60).for_each(|n| cell.add(Measured::Answer(Duration::from_micros(12_000 + n * 37))));
    let field = cells([(3, &cell), (4, &cell)].into_iter());
    assert_eq!(Some(vec![(3, cell.clone()), (4, cell)]), parse_cells(&field));
    for at in 0..field.len() {
        for bit in 0..8 {
            let mut damaged = field.clone();
            damaged[at] ^= 1 << bit;
            assert_eq!(None, parse_cells(&damaged), "{at}");
        }
        assert_eq!(None, parse_cells(&field[..at]));
    }
}

proptest! {
    #[test]
    fn what_is_packed_is_unpacked(all in proptest::collection::vec((any::<i64>(), reading()), 0..100)) {
        prop_assert_eq!(Some(all.clone()), parse_batch(&batch(&all)));
        let alone: Vec<Reading> = all.into_iter().map(|(_, reading)| reading).collect();
        prop_assert_eq!(Some(alone.clone()), parse_readings(&readings(&alone)));
    }

    #[test]
    fn cells_are_packed_too(all in proptest::collection::vec((any::<u8>(), cell()), 0..60)) {
        let field = cells(all.iter().map(|(place, cell)| (*place, cell)));
        prop_assert_eq!(Some(all), parse_cells(&field));
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        // With a right checksum, too.
        let mut field = vec![FORMAT];
        field.extend(&bytes);
        for field in [sealed(field), bytes] {
            parse_batch(&field);
            parse_readings(&field);
            parse_cells(&field);
        }
    }
}
