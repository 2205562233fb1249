//! Lines that repeat an earlier one are read in a quicker way, which must make no difference.

use std::io::{BufRead, BufReader, Cursor};

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

/// All a file says, row by row and error by error; and whether any line was read in the quicker way.
fn all(input: impl BufRead) -> (Vec<Result<LogRow, String>>, bool) {
    let (mut reader, mut said, mut is_quick) = (Reader::new(input), Vec::new(), false);
    let mut before: Option<LogRow> = None;
    while let Some(read) = reader.advance() {
        let row = reader.row().clone();
        if let (true, Some(before)) = (reader.repeats(), &before) {
            let LogRow { utc, steady, local, gateway_rtt, .. } = row;
            assert_eq!(LogRow { utc, steady, local, gateway_rtt, ..before.clone() }, row);
        }
        is_quick |= reader.repeats();
        before = Some(row.clone());
        said.push(read.map(|()| row).map_err(|err| err.to_string()));
    }
    (said, is_quick)
}

/// A line at this second of a line that works, or does not.
fn line(kind: usize, second: i64, quarters: i64, micros: u32, rtt: u32) -> String {
    let utc = chrono::DateTime::from_timestamp(second, micros * 1000).unwrap();
    let local = utc.naive_utc() + chrono::TimeDelta::minutes(15 * quarters);
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    let tail = match kind {
        0..6 => "4/4,1,1,1,1,OK,,,,,1/1,1,,192.0.2.1:ok".to_owned(),
        6 => "4/4,1,1,1,1,OK,,,,,1/1,1,mtr_192_0_2_1.log,192.0.2.1:ok".to_owned(),
        7 => "3/4,1,1,0,1,OK,,,,,1/1,,,192.0.2.1:ok;192.0.2.9:ok".to_owned(),
        8 => format!("0/4,0,0,0,0,WAN_DOWN,trace_{second}.log,,,Transport,0/1,0,,192.0.2.1:down"),
        9 => "4/4,1,1,1,1,OK,,,,\"ICMP-only\",1/1,1,,192.0.2.1:ok".to_owned(),
        _ => "4/4,1,1,1,1,NEW_STATE,,,,,1/1,1,,192.0.2.1:ok".to_owned(),
    };
    let rtt = match rtt {
        0..5 => String::new(),
        5..10 => format!("{rtt}.25"),
        10..15 => rtt.to_string(),
        _ => format!("{}.{:02}", rtt / 100, rtt % 100),
    };
    format!("{},{}{fraction}+00:00,{rtt},{tail}", local.format("%Y-%m-%d %H:%M:%S"), utc.format("%Y-%m-%dT%H:%M:%S"))
}

prop_compose! {
    fn files()(
        start in 0_i64..4_000_000_000,
        quarters in select(vec![0, 4, 8, 22, -14]),
        lines in vec((0..11_usize, 1_i64..90, 0..3_u32, 0..1_000_000_u32, 0..3000_u32, 0..40_usize), 1..120),
        damage in vec((any::<prop::sample::Index>(), 0..5_usize, any::<u8>()), 0..12),
        end in select(vec!["\r\n", "\n"]),
        begin in select(vec!["", "\u{feff}"]),
        has_header in any::<bool>(),
    ) -> Vec<u8> {
        let header = format!("{}{end}", HEADER[..ORIGINAL].join(","));
        let mut text = begin.to_owned() + if has_header { &header } else { "" };
        let mut second = start;
        for (kind, step, has_micros, micros, rtt, odd) in lines {
            second += step;
            let micros = if has_micros == 0 { 0 } else { micros };
            match odd {
                0 => text += &header,
                1 => text += end,
                // Other columns, and the usual ones again.
                2 => text += &["utc_timestamp,overall_status", end, "2025-01-01T00:00:00Z,OK", end, &header].concat(),
                3 => second -= 4000,
                4 => text += " ",
                // A row of ours among them.
                5 => {
                    text += &line(0, second, quarters, micros, rtt);
                    text += ",7,,,high,targets_alive,,,,,,,,,,,";
                    text += end;
                }
                _ => {}
            }
            text += &line(kind, second, quarters, micros, rtt);
            text += end;
        }
        let mut bytes = text.into_bytes();
        for (place, kind, byte) in damage {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, b",\n\"\r\0;:.=9"[usize::from(byte) % 10]),
                // The next digit: often still a time.
                3 => bytes[at] ^= 1,
                _ if byte < 10 => bytes.truncate(at + 1),
                _ => {}
            }
        }
        bytes
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_quicker_way_reads_the_same(bytes in files(), capacity in 50..700_usize) {
        // No line fits into one byte, so each is taken apart.
        let (slow, is_quick) = all(BufReader::with_capacity(1, Cursor::new(&bytes)));
        prop_assert!(!is_quick);
        prop_assert_eq!(&slow, &all(Cursor::new(&bytes)).0);
        prop_assert_eq!(&slow, &all(BufReader::with_capacity(capacity, Cursor::new(&bytes))).0);
    }
}

#[test]
fn most_lines_of_a_line_that_works_are_read_in_the_quicker_way() {
    let lines: String = (0..100).map(|n| line(0, n * 60, 4, 123_456, 200) + "\r\n").collect();
    let mut reader = Reader::new(Cursor::new(lines));
    let mut n_quick = 0;
    while let Some(read) = reader.advance() {
        read.unwrap();
        n_quick += usize::from(reader.repeats());
    }
    assert_eq!(99, n_quick);
}
