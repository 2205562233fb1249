use std::{
    io::{BufReader, Cursor, Read as _},
    time::Duration,
};

use chrono::{NaiveDateTime, Timelike as _};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;
use crate::model::verdict::LastHop;
use crate::model::{
    host::Host,
    ledger::GapReason,
    log_row::LogRow,
    row::{HostRtt, Row, Tally},
    time::Timestamp,
    verdict::{Confidence, Evidence, FaultDomain, RootCause, Status, Verdict},
};

mod repeats;

const GOOD: &str = "2025-10-02 14:35:02,2025-10-02T12:35:02.123456+00:00,0.34,4/4,1,1,1,1,OK,,,,,1/1,1,,88.79.29.66:ok";

fn read(bytes: impl AsRef<[u8]>) -> (Vec<LogRow>, Vec<String>) {
    let (rows, errors): (Vec<_>, Vec<_>) = Reader::new(Cursor::new(bytes)).partition(Result::is_ok);
    (
        rows.into_iter().map(Result::unwrap).collect(),
        errors.into_iter().map(|err| err.unwrap_err().to_string()).collect(),
    )
}

fn one(line: &str) -> LogRow {
    let (mut rows, errors) = read(line);
    assert_eq!((1, 0), (rows.len(), errors.len()), "{errors:?}");
    rows.remove(0)
}

fn original() -> String {
    HEADER[..ORIGINAL].join(",")
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn verdict() -> Verdict {
    Verdict {
        status: Status::WanDown,
        cause: Some(RootCause::Transport),
        domain: Some(FaultDomain::Isp),
        confidence: Confidence::High,
        evidence: vec![Evidence::TargetsDead, Evidence::IspHopAlive],
        last_hop: Some(LastHop { ttl: 2, addr: [88, 79, 130, 1].into() }),
    }
}

#[test]
fn the_header_is_the_originals_and_then_ours() {
    assert_eq!(33, HEADER.len());
    assert_eq!("isp_detail", HEADER[ORIGINAL - 1]);
    assert!(
        header_line().starts_with("local_timestamp,utc_timestamp,gateway_ms,targets_reachable,dns_ok,http_dns_ok,")
    );
    assert!(header_line().ends_with(",link,clock_offset_ms,cycle_ms,chain\r\n"));
}

#[test]
fn a_row_is_spelled_as_documented() {
    let mut row = Row::new(at("2025-10-02T12:35:02.000001Z"), 7, verdict());
    row.since = Some(at("2025-10-02T12:34:00Z"));
    row.gap = Some((GapReason::Asleep, at("2025-10-02T11:00:00.5Z")));
    row.clock_step = Some(3600.25);
    row.gateway_rtt = Some(Duration::from_nanos(900));
    row.targets =
        vec![("192.0.2.1".parse().unwrap(), None), ("192.0.2.2".parse().unwrap(), Some(Duration::from_millis(12)))];
    row.isp_hops = vec![("192.0.2.3".parse().unwrap(), None), ("2001:db8::1".parse().unwrap(), Some(Duration::ZERO))];
    row.dns_ok = Some(true);
    row.http_dns_ok = Some(false);
    row.loss = Some(0.125);
    row.resolvers = vec![("fe80::1%2".parse().unwrap(), "rcode2".into())];
    row.link = Some("wifi:a,\"b\"\r\nc".into());
    row.clock_offset = Some(-0.0015);
    row.intensive_traces = vec!["mtr_a.log".into(), "mtr_b.log".into()];
    let local = "2025-10-02T14:35:02".parse().unwrap();
    assert_eq!(
        "2025-10-02 14:35:02,2025-10-02T12:35:02.000001+00:00,0.01,1/2,1,0,,,WAN_DOWN,,mtr_a.log;mtr_b.log,,Transport,1/2,,,\
         192.0.2.3:down;[2001:db8::1]:ok,7,2025-10-02T12:34:00+00:00,isp,high,\
         targets_dead;isp_hop_alive;last_hop=2@88.79.130.1;gap=asleep@2025-10-02T11:00:00.500000Z;clock_step=+3600.25,\
         192.0.2.1=lost;192.0.2.2=12.00,12.50,,,,,fe80::1%2=rcode2,\"wifi:a,\"\"b\"\"  c\",-1.500,,\r\n",
        render(&row, local)
    );
}

#[test]
fn the_originals_line_reads() {
    let row = one(&format!("{}\r\n{GOOD}\r\n", original()));
    assert_eq!(at("2025-10-02T12:35:02.123456Z"), row.utc);
    assert_eq!(Some("2025-10-02T14:35:02".parse().unwrap()), row.local);
    assert_eq!(Some(Duration::from_micros(340)), row.gateway_rtt);
    assert_eq!(Some(Tally { up: 4, total: 4 }), row.targets_tally);
    assert_eq!([("88.79.29.66".to_owned(), true)], *row.isp_hops);
    assert_eq!((Status::Ok, None, None), (row.status, row.cause, row.seq));
}

#[test]
fn both_forms_of_ipv6_in_isp_detail_read() {
    let row = one(&GOOD.replace("88.79.29.66:ok", "2001:db8::1:down;[2001:db8::2]:ok;isp.example:ok"));
    let hosts: Vec<_> = row.isp_hops.iter().map(|(host, up)| (host.as_str(), *up)).collect();
    assert_eq!(vec![("2001:db8::1", false), ("2001:db8::2", true), ("isp.example", true)], hosts);
}

#[test]
fn times_read_in_all_common_spellings() {
    for text in [
        "2025-10-02T12:35:02+00:00",
        "2025-10-02T12:35:02Z",
        "2025-10-02 12:35:02.000000+00:00",
        "2025-10-02T14:35:02+02:00",
        "2025-10-02T09:05:02.000000000-03:30",
        "2025-10-02T12:35:02",
    ] {
        assert_eq!(Some(at("2025-10-02T12:35:02Z")), spelling::parse_utc(text), "{text}");
    }
    for text in [
        "",
        "2025-10-02",
        "2025-13-02T12:35:02Z",
        "2025-10-02T12:35:02.Z",
        "2025-10-02T12:35:02+99:99",
        "２025-10-02T12:35:02Z",
    ] {
        assert_eq!(None, spelling::parse_utc(text), "{text}");
    }
}

#[test]
fn files_of_all_kinds_read() {
    let header = original();
    for (name, file) in [
        ("crlf", format!("{header}\r\n{GOOD}\r\n{GOOD}\r\n")),
        ("lf", format!("{header}\n{GOOD}\n{GOOD}\n")),
        ("bom", format!("\u{feff}{header}\r\n{GOOD}\r\n{GOOD}")),
        ("no header", format!("{GOOD}\n{GOOD}\n")),
        ("bom and no header", format!("\u{feff}{GOOD}\n{GOOD}\n")),
        ("blank lines", format!("\n\r\n{header}\n\n{GOOD}\n   \n{GOOD}\n\n")),
        ("two headers", format!("{header}\n{GOOD}\n{header}\n{GOOD}\n")),
        ("header of ours", format!("{}{GOOD}{}\r\n{GOOD}{}\r\n", header_line(), ",".repeat(16), ",".repeat(16))),
        ("both headers", format!("{header}\n{GOOD}\n{}{GOOD}{}\n", header_line(), ",".repeat(16))),
        ("ours without header", format!("{GOOD}{}\n{GOOD}\n", ",".repeat(16))),
        ("the original appended to ours", format!("{}{GOOD}{}\r\n{GOOD}\r\n", header_line(), ",".repeat(16))),
        ("an older, shorter header", format!("{}\n{GOOD}\n{GOOD}\n", HEADER[..13].join(","))),
        ("a torn header", format!("local_timestamp,utc_times\n{GOOD}\n{GOOD}\n")),
        ("mended twice", format!("{header}\r\r\n{GOOD}\r\r\n{GOOD}\r\r\n")),
        ("quotes", format!("{header}\n{}\n{GOOD}\n", GOOD.replace("0.34", "\"0.34\""))),
    ] {
        let (rows, errors) = read(&file);
        assert_eq!((2, usize::from(name == "a torn header")), (rows.len(), errors.len()), "{name}: {errors:?}");
        assert!(rows.iter().all(|row| row.isp_hops.len() == 1 && row.gateway_rtt.is_some()), "{name}");
    }
}

#[test]
fn columns_are_found_by_name() {
    let row =
        one("overall_status,colour,utc_timestamp,gateway_ms,gateway_ms\nLAN_DOWN,red,2025-10-02T12:35:02+00:00,5,7\n");
    assert_eq!((Status::LanDown, Some(Duration::from_millis(5))), (row.status, row.gateway_rtt));
}

#[test]
fn a_bad_line_costs_that_line_and_is_named() {
    let header = original();
    for (bad, problem) in [
        (&GOOD.as_bytes()[..60], "line 2: has 4 fields in place of 17"),
        (b"\0\0\0\0", "line 2: contains NUL bytes"),
        (b"2025-\xff", "line 2: is not UTF-8"),
        (b"{\"not\": \"csv\"}", "line 2: has 1 fields in place of 17"),
        (
            GOOD.replace("2025-10-02T", "2025-99-02T").as_bytes(),
            "line 2: cannot be read in utc_timestamp: \"2025-99-02T12:35:02.123456+00:00\"",
        ),
        (GOOD.replace("OK", "0K").as_bytes(), "line 2: cannot be read in overall_status: \"0K\""),
        (GOOD.replace("OK", "").as_bytes(), "line 2: says nothing in overall_status"),
        (GOOD.replace("0.34", "\"0.34").as_bytes(), "line 2: has 3 fields in place of 17"),
        (b"gateway_ms,local_timestamp", "line 2: is a header without utc_timestamp or overall_status"),
    ] {
        let file = [header.as_bytes(), b"\n", bad, b"\r\n", GOOD.as_bytes(), b"\n"].concat();
        let (rows, errors) = read(file);
        assert_eq!((1, vec![problem.to_owned()]), (rows.len(), errors));
    }
}

#[test]
fn a_row_that_was_cut_short_is_no_row_however_much_of_it_is_there() {
    let row = Row {
        isp_hops: vec![("192.0.2.1".parse().unwrap(), None)],
        ..Row::new(at("2025-10-02T12:35:02Z"), 7, verdict())
    };
    let (line, _) = chain(&render(&row, row.at.naive_utc()), Link::START);
    let whole = line.trim_end();
    for cut in 1..whole.len() {
        let torn = format!("{}{}", header_line(), &whole[..cut]);
        assert_eq!((0, 1), (read(&torn).0.len(), read(&torn).1.len()), "{torn}");
        let (rows, errors) = read(format!("{torn}{CUT}\r\n{line}"));
        assert_eq!((1, vec!["line 2: was cut short".to_owned()]), (rows.len(), errors), "{torn}");
    }
    assert_eq!(1, read(header_line() + whole).0.len(), "all of it is there");
}

#[test]
fn a_field_that_cannot_be_read_is_not_known_and_costs_no_more() {
    for (from, to, column) in [
        ("4/4", "4-Apr", "targets_reachable"),
        ("4/4", "04. Apr", "targets_reachable"),
        ("4/4", "5/4", "targets_reachable"),
        ("0.34", "nan", "gateway_ms"),
        ("0.34", "34. Jan", "gateway_ms"),
        ("88.79.29.66:ok", "88.79.29.66", "isp_detail"),
    ] {
        let row = one(&GOOD.replace(from, to));
        let unread: Vec<_> = row.unread.iter().map(|unread| (unread.column, unread.text.as_str())).collect();
        assert_eq!((Status::Ok, vec![(column, to)]), (row.status, unread));
    }
    let row = one(&GOOD.replace("1/1", "1-Jan"));
    assert_eq!(Some(Tally { up: 1, total: 1 }), row.isp_tally, "the hops themselves tell");
    let row = one(&GOOD.replace("2025-10-02 14:35:02", "10/2/2025 14:35"));
    assert_eq!((None, 0), (row.local, row.unread.len()), "only for show");
}

#[test]
fn a_row_of_a_run_keeps_what_decides_about_time_or_is_left_out() {
    let header = "utc_timestamp,overall_status,seq,since_utc,evidence,chain\n";
    let line = |since: &str, evidence: &str, chain: &str| {
        format!("{header}2025-10-02T12:35:02Z,WAN_DOWN,7,{since},{evidence},{chain}\n")
    };
    let row = one(&line("soon", "targets_dead", ""));
    assert_eq!((Some(row.utc), 1), (row.since, row.unread.len()), "it tells of a change, at the latest now");
    let row = one(&line("", "targets_dead;last_hop=many;gateway_alive", ""));
    assert_eq!(vec![Evidence::TargetsDead, Evidence::GatewayAlive], row.evidence);
    for evidence in ["gap=asleep@then", "clock_step=much"] {
        let (rows, errors) = read(line("", evidence, ""));
        assert_eq!((0, 1), (rows.len(), errors.len()), "{evidence}");
    }
    let (rows, errors) = read(line("", "", "0123456789abcdef"));
    assert_eq!((0, 1), (rows.len(), errors.len()), "half a hash is half a row");
    assert_eq!(1, one(&line("", "", "1.23E+30")).unread.len());
}

#[test]
fn files_that_a_spreadsheet_program_saved_read() {
    let rows = |file: String| {
        let (rows, errors) = read(&file);
        assert_eq!((2, 0), (rows.len(), errors.len()), "{errors:?}\n{file}");
        rows
    };
    let semicolons = |line: &str| line.replace(',', ";").replace("0.34", "0,34");
    let quoted = |line: &str| {
        let cells: Vec<String> = line.split(',').map(|cell| format!("\"{}\"", cell.replace("0.34", "0,34"))).collect();
        cells.join(";")
    };
    for (name, file) in [
        ("semicolons", format!("{}\r\n{1}\r\n{1}\r\n", semicolons(&original()), semicolons(GOOD))),
        ("tabs", format!("{}\n{1}\n{1}\n", original().replace(',', "\t"), GOOD.replace(',', "\t"))),
        ("quoted", format!("\u{feff}{}\r\n{1}\r\n{1}\r\n", quoted(&original()), quoted(GOOD))),
        ("no header", format!("{0}\n{0}\n", semicolons(GOOD))),
        ("the original appended", format!("{}\n{}\n{GOOD}\n", semicolons(&original()), semicolons(GOOD))),
    ] {
        for row in rows(file) {
            assert_eq!((Some(Duration::from_micros(340)), 0), (row.gateway_rtt, row.unread.len()), "{name}");
            assert_eq!((at("2025-10-02T12:35:02.123456Z"), Some(true)), (row.utc, row.tcp_ok), "{name}");
        }
    }
    let saved =
        GOOD.replace("2025-10-02T12:35:02.123456+00:00", "22.10.2025 12:35:02").replace("1,1,1,1", "1.0,1.0,TRUE,WAHR");
    for row in rows(format!("{}\n{saved}\n{saved}\n", original()).replace("2025-10-02 14", "2.10.25 14")) {
        assert_eq!((at("2025-10-22T12:35:02Z"), Some(true), Some(true)), (row.utc, row.dns_ok, row.tcp_ok));
    }
}

#[test]
fn a_clock_that_showed_no_time_at_first_is_corrected_by_its_step() {
    let header = "utc_timestamp,overall_status,seq,since_utc,evidence\n";
    let log = [
        "1970-01-01T00:00:10Z,OK,1,1970-01-01T00:00:10Z,",
        "1970-01-01T00:00:31Z,WAN_DOWN,2,1970-01-01T00:00:30Z,",
        "2025-06-01T00:00:20Z,WAN_DOWN,3,,clock_step=1748735970",
        "2025-06-01T00:00:40Z,OK,4,2025-06-01T00:00:39Z,",
    ];
    let text = format!("{header}{}\n", log.join("\n"));
    let rows: Vec<LogRow> =
        Reader::with_steps(text.as_bytes(), clock_steps(text.as_bytes())).map(Result::unwrap).collect();
    let times: Vec<Timestamp> = rows.iter().map(|row| row.utc).collect();
    let right = |seconds: i64| chrono::DateTime::from_timestamp(1_748_735_970 + seconds, 0).unwrap();
    assert_eq!(vec![right(10), right(31), right(50), right(70)], times);
    assert_eq!(Some(right(30)), rows[1].since);
    assert!(rows.iter().all(|row| row.steady == row.utc));
}

#[test]
fn a_torn_line_run_into_a_header_changes_no_columns() {
    let (rows, errors) = read(format!("{}\n2025-10-02 14:3{}\n{GOOD}\n", original(), original()));
    assert_eq!((1, 1), (rows.len(), errors.len()));
}

#[test]
fn words_of_a_newer_program_cost_nothing_but_themselves() {
    let header = "utc_timestamp,overall_status,root_cause_hint,fault_domain,confidence,evidence";
    let line =
        "2025-10-02T12:35:02Z,WAN_DOWN,Gremlins,moon,certain,targets_dead;sunspots;gap=abducted@2025-10-02T12:00:00Z";
    let row = one(&format!("{header}\n{line}\n"));
    assert_eq!((5, vec![Evidence::TargetsDead]), (row.unknown_words, row.evidence));
    assert_eq!(Some((GapReason::NotRunning, at("2025-10-02T12:00:00Z"))), row.gap);
}

#[test]
fn a_line_without_end_is_passed_over_in_bounded_memory() {
    let endless = std::io::repeat(b'x').take(1 << 30);
    let tail = format!("\n{GOOD}\n");
    let mut reader = Reader::new(BufReader::with_capacity(1 << 20, endless.chain(tail.as_bytes())));
    assert_eq!("line 1: longer than any row", reader.next().unwrap().unwrap_err().to_string());
    assert!(reader.next().unwrap().is_ok());
    assert!(reader.next().is_none());
}

#[test]
fn a_file_that_breaks_off_with_an_error_ends() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::PermissionDenied.into())
        }
    }
    let mut reader = Reader::new(BufReader::new(Broken));
    assert!(matches!(reader.next(), Some(Err(LineError { problem: Problem::Io(_), .. }))));
    assert!(reader.next().is_none());
}

fn hosts() -> impl Strategy<Value = Host> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(|addr| Host::new(addr.into())),
        any::<[u16; 8]>().prop_map(|addr| Host::new(addr.into())),
        any::<u32>().prop_map(|scope| Host { addr: "fe80::1".parse().unwrap(), scope }),
    ]
}

/// Lengths that two decimals of a millisecond hold.
fn rtts() -> impl Strategy<Value = Duration> {
    (1..1_000_000_000_u64).prop_map(|hundredths| Duration::from_micros(hundredths * 10))
}

fn host_rtts() -> impl Strategy<Value = Vec<HostRtt>> {
    vec((hosts(), option::of(rtts())), 0..5)
}

/// From 1970 to 2200, to the microsecond.
fn times() -> impl Strategy<Value = Timestamp> {
    (0..7_258_118_400_000_000_i64).prop_map(|micros| Timestamp::from_timestamp_micros(micros).unwrap())
}

fn names() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| {
        text.replace(|c: char| c.is_control() || matches!(c, ';' | '\u{2028}' | '\u{2029}'), "_").trim().to_owned()
    })
}

fn name_lists() -> impl Strategy<Value = Vec<String>> {
    vec(names().prop_filter("an empty name is none", |name| !name.is_empty()), 0..3)
}

fn verdicts() -> impl Strategy<Value = Verdict> {
    let evidence: Vec<_> = Evidence::ALL.iter().map(|(evidence, ..)| *evidence).collect();
    let (cause, domain) = (option::of(select(RootCause::ALL)), option::of(select(FaultDomain::ALL)));
    (select(Status::ALL), cause, domain, select(Confidence::ALL), vec(select(evidence), 0..5)).prop_map(
        |(status, cause, domain, confidence, evidence)| Verdict {
            status,
            cause,
            domain,
            confidence,
            evidence,
            last_hop: domain.map(|_| LastHop { ttl: 9, addr: "2001:db8::1".parse().unwrap() }),
        },
    )
}

fn rows() -> impl Strategy<Value = Row> {
    let gap = option::of((select(GapReason::ALL), times()));
    let head = (times(), any::<u64>(), verdicts(), option::of(times()), gap, option::of(-1e9..1e9_f64));
    let hops = (option::of(rtts()), host_rtts(), host_rtts(), vec((hosts(), names()), 0..3));
    let flags = any::<[Option<bool>; 6]>();
    let quality = (option::of(0..=10_000_u32), any::<[bool; 4]>(), vec(rtts(), 4), option::of(-1e6..1e6_f64));
    let files = (names(), name_lists(), names(), name_lists(), option::of(names()));
    (head, hops, flags, quality, files).prop_map(|(head, hops, flags, quality, files)| {
        let mut row = Row::new(head.0, head.1, head.2);
        (row.since, row.gap, row.clock_step) = (head.3, head.4, head.5);
        (row.gateway_rtt, row.targets, row.isp_hops, row.resolvers) = hops;
        [row.dns_ok, row.http_dns_ok, row.http_ip_ok, row.tcp_ok, row.isp_tcp_ok, row.ipv6_ok] = flags;
        row.loss = quality.0.map(|loss| f64::from(loss) / 10_000.0);
        let length = |idx: usize| quality.1[idx].then_some(quality.2[idx]);
        (row.rtt_p50, row.rtt_p95, row.jitter, row.cycle_time) = (length(0), length(1), length(2), length(3));
        row.clock_offset = quality.3;
        (row.trace_file, row.intensive_traces, row.wan_diag_file, row.baseline_traces, row.link) = files;
        row.link = row.link.filter(|link| !link.is_empty());
        row
    })
}

fn expected(row: &Row, local: NaiveDateTime) -> LogRow {
    let row = row.clone();
    LogRow {
        local: Some(local),
        seq: Some(row.seq),
        since: row.since,
        gap: row.gap,
        clock_step: row.clock_step,
        cause: row.verdict.cause,
        domain: row.verdict.domain,
        confidence: Some(row.verdict.confidence),
        evidence: row.verdict.evidence.clone(),
        last_hop: row.verdict.last_hop,
        gateway_rtt: row.gateway_rtt,
        targets_tally: Some(row.targets_tally()),
        isp_tally: row.isp_tally(),
        isp_hops: row.isp_hops.iter().map(|(host, rtt)| (host.to_string(), rtt.is_some())).collect(),
        targets: row.targets,
        dns_ok: row.dns_ok,
        http_dns_ok: row.http_dns_ok,
        http_ip_ok: row.http_ip_ok,
        tcp_ok: row.tcp_ok,
        isp_tcp_ok: row.isp_tcp_ok,
        ipv6_ok: row.ipv6_ok,
        rtt_p50: row.rtt_p50,
        rtt_p95: row.rtt_p95,
        jitter: row.jitter,
        resolvers: row.resolvers.into_iter().map(|(host, outcome)| (host.to_string(), outcome)).collect(),
        link: row.link,
        cycle_time: row.cycle_time,
        trace_file: row.trace_file,
        intensive_traces: row.intensive_traces,
        wan_diag_file: row.wan_diag_file,
        baseline_traces: row.baseline_traces,
        ..LogRow::new(row.at, row.verdict.status)
    }
}

fn near(a: Option<f64>, b: Option<f64>, by: f64) -> bool {
    a.zip(b).map_or(a == b, |(a, b)| (a - b).abs() <= by)
}

proptest! {
    #[test]
    fn every_row_reads_back_as_itself(row in rows(), quarters in -48..56_i64) {
        let local = (row.at + chrono::TimeDelta::minutes(15 * quarters)).naive_utc().with_nanosecond(0).unwrap();
        let line = render(&row, local);
        prop_assert!(line.ends_with("\r\n") && line.trim_end().find(['\r', '\n']).is_none());
        let mut read = one(&format!("{}{line}", header_line()));
        prop_assert!(near(row.loss, read.loss, 1e-9));
        prop_assert!(near(row.clock_offset, read.clock_offset, 1e-6));
        (read.loss, read.clock_offset) = (None, None);
        prop_assert_eq!(expected(&row, local), read);
    }

    #[test]
    fn a_row_without_its_line_is_the_one_that_its_line_gives(
        row in rows(), nanos in 0..1_000_000_u64, within in option::of(0..99_999_999_u64), text in any::<String>(),
    ) {
        let (more, mut row) = (Duration::from_nanos(nanos), row);
        let times = [&mut row.gateway_rtt, &mut row.rtt_p50, &mut row.rtt_p95, &mut row.jitter, &mut row.cycle_time];
        times.into_iter().flatten().chain(row.targets.iter_mut().filter_map(|(_, rtt)| rtt.as_mut())).for_each(|t| *t += more);
        row.at += more;
        row.since = row.since.map(|since| since + more);
        row.gap = row.gap.map(|(reason, since)| (reason, since + more));
        row.uncertainty = within.map(Duration::from_micros);
        row.is_demo = nanos % 2 == 0;
        row.loss = row.loss.map(|loss| loss * 0.987_654);
        row.link = Some(text.clone());
        row.trace_file.clone_from(&text);
        row.resolvers.push(("192.0.2.1".parse().unwrap(), text.clone()));
        row.intensive_traces.push(text);
        let local = row.at.naive_utc() + chrono::TimeDelta::hours(2);
        prop_assert_eq!(one(&(header_line() + &render(&row, local))), as_read(&row, local).unwrap());
    }

    #[test]
    fn a_row_is_one_line_whatever_its_texts_hold(text in any::<String>(), other in any::<String>()) {
        let mut row = Row::new(at("2025-10-02T12:35:02Z"), 1, verdict());
        row.link = Some(text.clone());
        row.trace_file.clone_from(&other);
        row.intensive_traces = vec![text.clone(), other];
        row.resolvers = vec![("192.0.2.1".parse().unwrap(), text)];
        let read = one(&(header_line() + &render(&row, row.at.naive_utc())));
        prop_assert_eq!(1, read.resolvers.len());
    }

    #[test]
    fn arbitrary_bytes_cost_no_line_after_them(mut bytes in vec(any::<u8>(), 0..400)) {
        bytes.extend_from_slice(format!("\n{GOOD}\n").as_bytes());
        let (rows, _) = read(&bytes);
        prop_assert_eq!(Some(&one(GOOD)), rows.last());
    }

    #[test]
    fn a_torn_and_garbled_row_costs_no_line_after_it(
        row in rows(), cut in 0..300_usize, garbage in vec(select(b"\",;\n\r\0\x801=utc_timestamp".to_vec()), 0..30),
    ) {
        let line = render(&row, row.at.naive_utc());
        let mut bytes = header_line().into_bytes();
        bytes.extend(line.bytes().take(cut));
        bytes.extend(garbage);
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(line.as_bytes());
        let (rows, _) = read(&bytes);
        prop_assert_eq!(Some(row.at), rows.last().map(|row| row.utc));
    }
}
