//! Paths as text: what real programs print is read, and what we write looks like theirs.

use std::{collections::BTreeMap, fs, net::IpAddr, path::Path, time::Duration};

use chrono::{DateTime, FixedOffset};
use network_logging::{
    codec::mtr_text::{block, read, report, trace_report},
    model::{
        host::Host,
        parsed_trace::{ParsedHop, ParsedPaths, ParsedTrace, PathTool},
        time::{Stamp, Timestamp},
        trace::{Hop, HopHost, HopReading, RttFigures, Trace, TraceEnd, TraceProtocol},
    },
};
use proptest::prelude::*;

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/path").join(name);
    fs::read(&path).unwrap_or_else(|err| panic!("{}: {err}", path.display()))
}

fn names(folder: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/path").join(folder);
    let mut names: Vec<String> =
        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The one trace of a file, all of whose lines can be read.
#[track_caller]
fn only(name: &str) -> ParsedTrace {
    let ParsedPaths { mut traces, n_bad_lines } = read(&fixture(name));
    assert_eq!((1, 0), (traces.len(), n_bad_lines), "{name}: {traces:#?}");
    traces.remove(0)
}

/// Hops in short: distance, hosts, and how many were sent, unanswered percent, average in tenths of a millisecond.
fn short(trace: &ParsedTrace) -> Vec<String> {
    let host = |host: &network_logging::model::parsed_trace::ParsedHost| {
        let name = host.name.clone().unwrap_or_default();
        let asn = host.asn.map(|asn| format!(" AS{asn}")).unwrap_or_default();
        let labels: Vec<String> = host.labels.iter().map(|label| format!(" L{}", label.label)).collect();
        let labels = labels.concat();
        let addr = host.addr.map(|addr| format!("[{addr}]")).unwrap_or_default();
        format!("{name}{addr}{asn}{labels}")
    };
    let figures = |hop: &ParsedHop| match (hop.sent, hop.unanswered) {
        (Some(sent), Some(part)) => format!("{:.1}% of {sent}", part * 100.0),
        other => format!("{other:?}"),
    };
    let avg = |hop: &ParsedHop| hop.avg.map(|avg| format!(" {:.1} ms", avg.as_secs_f64() * 1000.0)).unwrap_or_default();
    let note = |hop: &ParsedHop| hop.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
    let hop = |hop: &ParsedHop| {
        let hosts: Vec<String> = hop.hosts.iter().map(host).collect();
        format!("{} {} {}{}{}", hop.ttl, hosts.join(" + "), figures(hop), avg(hop), note(hop))
    };
    trace.hops.iter().map(hop).collect()
}

#[track_caller]
fn check(name: &str, tool: PathTool, hops: &[&str]) -> ParsedTrace {
    let trace = only(name);
    assert_eq!((tool, hops), (trace.tool, short(&trace).iter().map(String::as_str).collect::<Vec<_>>().as_slice()));
    trace
}

#[test]
fn mtr_is_read() {
    let trace = check(
        "mtr/wide_as.txt",
        PathTool::Mtr,
        &[
            "1 [192.168.1.1] 0.0% of 5 1.2 ms",
            "2 [88.79.130.1] 0.0% of 5 9.3 ms",
            "3 [88.79.28.2] 0.0% of 5 12.1 ms",
            "4 [62.115.10.2] 0.0% of 5 16.2 ms",
            "5 [62.115.11.2] 0.0% of 5 18.2 ms",
            "6 [1.1.1.1] 0.0% of 5 19.3 ms",
        ],
    );
    assert_eq!(Some("vm"), trace.source.as_deref());
    assert_eq!(Some("2026-11-23T00:18:49Z".parse().unwrap()), trace.started);
    let hop = &trace.hops[5];
    let ms = |millis: f64| Some(Duration::from_secs_f64(millis / 1000.0));
    assert_eq!([ms(19.4), ms(19.3), ms(19.1), ms(19.6), ms(0.2)], [hop.last, hop.avg, hop.best, hop.worst, hop.stdev]);
}

#[test]
fn mtr_of_every_layout_is_read() {
    check(
        "mtr/wide_as_mpls.txt",
        PathTool::Mtr,
        &[
            "1 [192.168.1.1] 0.0% of 5 0.9 ms",
            "2  100.0% of 5",
            "3 [88.79.28.2] L24011 L16 0.0% of 5 12.1 ms",
            "4 [62.115.10.2] 0.0% of 5 15.9 ms",
            "5 [62.115.11.2] 0.0% of 5 18.0 ms",
            "6 [1.1.1.1] 0.0% of 5 19.1 ms",
        ],
    );
    let two_ways = only("mtr/wide_as_two_ways_mpls.txt");
    assert_eq!("4 [62.115.20.2] + [62.115.10.2] L24011 L16 0.0% of 8 20.1 ms", short(&two_ways)[3]);
    assert!(!two_ways.hops[3].hosts[1].labels[0].is_last && two_ways.hops[3].hosts[1].labels[1].is_last);
    for name in ["wide_two_ways.txt", "narrow_two_ways.txt", "wide_as_two_ways.txt"] {
        assert_eq!(2, only(&format!("mtr/{name}")).hops[3].hosts.len(), "{name}");
    }
    let named = only("mtr/wide_two_ways_names.txt");
    let both = "isp-ic-1.transit-a.example[62.115.10.2] + isp-ic-1.transit-b.example[62.115.20.2]";
    assert_eq!(format!("4 {both} 0.0% of 8 18.3 ms"), short(&named)[3]);
    assert_eq!("4 isp-ic-1.transit-a.exampl 0.0% of 3 16.1 ms", short(&only("mtr/narrow_names.txt"))[3]);
    assert_eq!("1 [192.168.1.50] 0.0% of 2 2332.0 ms", short(&only("mtr/narrow_own_address.txt"))[0]);
    assert_eq!("2 [88.79.130.1] 16.7% of 6 1209.0 ms", short(&only("mtr/wide_as_slow.txt"))[1]);
    assert_eq!("6 [1.1.1.1] 0.0% of 4 11019.0 ms", short(&only("mtr/wide_as_very_slow.txt"))[5]);
    assert_eq!("7 [192.168.1.1] 40.0% of 5 1.0 ms", short(&only("mtr/wide_as_unreachable.txt"))[6]);
    assert_eq!(["1 [192.168.1.1] 0.0% of 5 1.6 ms", "2  100.0% of 5"], short(&only("mtr/wide_as_silent.txt"))[..]);
    assert_eq!("6 [2606:4700:4700::1111] 0.0% of 3 19.4 ms", short(&only("mtr/narrow_ipv6.txt"))[5]);
    assert_eq!("6 one.one.one.one 0.0% of 3 19.1 ms", short(&only("mtr/wide_as_all_columns.txt"))[5]);
    assert_eq!("2 [88.79.130.1] AS64500 1.7% of 60 9.1 ms", short(&only("mtr/two_decimals.txt"))[1]);
    let tree = only("mtr/old_tree.txt");
    assert_eq!("3 [62.115.10.2] L24011 + [62.115.20.2] L24022 L16 + [62.115.30.2] 0.0% of 10 18.3 ms", short(&tree)[2]);
    assert_eq!(None, tree.started, "a local time without its zone is no time");
}

#[test]
fn every_fixture_is_read_by_its_own_program() {
    let tools = [PathTool::Mtr, PathTool::Traceroute, PathTool::Tracert, PathTool::Pathping];
    for tool in tools {
        for name in names(tool.as_str()) {
            let paths = read(&fixture(&format!("{}/{name}", tool.as_str())));
            let found: Vec<PathTool> = paths.traces.iter().map(|trace| trace.tool).collect();
            assert_eq!([tool], found[..], "{name}");
            let n_bad = usize::from(name == "linux_cut_short.txt");
            assert_eq!(n_bad, paths.n_bad_lines, "{name}");
        }
    }
}

#[test]
fn an_address_that_may_be_cut_is_no_address() {
    let head = "HOST: vm                          Loss%   Snt   Last   Avg  Best  Wrst StDev\n";
    let line = "  1.|-- 2001:db8::1234:5678:9abcd  0.0%     3    1.2   1.2   1.0   1.3   0.2\n";
    let hop = |text: String| read(text.as_bytes()).traces[0].hops[0].hosts[0].clone();
    assert_eq!((None, Some("2001:db8::1234:5678:9abcd".into())), {
        let host = hop(format!("{head}{line}"));
        (host.addr, host.name)
    });
    let shorter = line.replace("9abcd ", "9abc  ");
    assert_eq!(Some("2001:db8::1234:5678:9abc".parse().unwrap()), hop(format!("{head}{shorter}")).addr);
}

#[test]
fn traceroute_is_read() {
    let trace = check(
        "traceroute/linux_two_ways_names.txt",
        PathTool::Traceroute,
        &[
            "1 router.lan[192.168.1.1] 0.0% of 6 2.0 ms",
            "2 bng1.access.isp.example[88.79.130.1] 0.0% of 6 10.0 ms",
            "3 ae1.core1.isp.example[88.79.28.2] 0.0% of 6 12.6 ms",
            "4 isp-ic-1.transit-a.example[62.115.10.2] + isp-ic-1.transit-b.example[62.115.20.2] 0.0% of 6 19.9 ms",
            "5 ix1-a.transit-a.example[62.115.11.2] 0.0% of 6 20.4 ms",
            "6 one.one.one.one[1.1.1.1] 0.0% of 6 20.7 ms",
        ],
    );
    assert_eq!(Some("1.1.1.1".parse().unwrap()), trace.target.unwrap().addr);
    let mpls = only("traceroute/linux_mpls.txt");
    assert_eq!("2  100.0% of 3", short(&mpls)[1]);
    assert_eq!("3 [88.79.28.2] L24011 L16 0.0% of 3 12.3 ms", short(&mpls)[2]);
    let unreachable = "1 [192.168.1.1] 0.0% of 3 0.8 ms (!N)";
    check("traceroute/linux_unreachable.txt", PathTool::Traceroute, &[unreachable]);
    check("traceroute/linux_no_route.txt", PathTool::Traceroute, &[]);
    assert_eq!(30, only("traceroute/linux_silent.txt").hops.len());
    assert_eq!("3 [1.1.1.1] 0.0% of 3 18.9 ms", short(&only("traceroute/linux_tcp.txt"))[2]);
    check(
        "traceroute/linux_as.txt",
        PathTool::Traceroute,
        &[
            "1 fritz.box[192.168.178.1] 0.0% of 3 1.0 ms",
            "2 bng1.isp.example[88.79.130.1] AS64500 66.7% of 3 10.0 ms",
            "3 a.transit.example[62.115.10.2] AS1299 + b.transit.example[62.115.20.2] AS1299 33.3% of 3 18.8 ms",
            "4 one.one.one.one[1.1.1.1] AS13335 0.0% of 3 19.0 ms (!H)",
        ],
    );
    check(
        "traceroute/macos_as.txt",
        PathTool::Traceroute,
        &[
            "1 [192.168.178.1] AS0 0.0% of 3 1.0 ms",
            "2 [88.79.130.1] AS64500 33.3% of 3 10.0 ms",
            "3 a.transit.example[62.115.10.2] AS1299 + b.transit.example[62.115.20.2] AS1299 0.0% of 3 19.8 ms",
            "4 one.one.one.one[1.1.1.1] AS13335 0.0% of 3 19.0 ms",
        ],
    );
    let macos = only("traceroute/macos.txt");
    assert_eq!("4 a.transit.example[62.115.10.2] + b.transit.example[62.115.20.2] 0.0% of 3 19.8 ms", short(&macos)[3]);
    assert_eq!(Some("one.one.one.one".into()), macos.target.unwrap().name);
    check(
        "traceroute/inetutils.txt",
        PathTool::Traceroute,
        &["1 [192.168.178.1] 0.0% of 3 0.3 ms", "2  100.0% of 3", "3 [1.1.1.1] 33.3% of 3 19.0 ms"],
    );
}

#[test]
fn tracert_is_read_in_every_language() {
    let same = names("tracert")
        .into_iter()
        .filter(|name| !name.starts_with("refused") && !["ipv6.txt", "numbers_only.txt"].contains(&name.as_str()));
    let mut n_files = 0;
    for name in same {
        let trace = check(
            &format!("tracert/{name}"),
            PathTool::Tracert,
            &[
                "1 fritz.box[192.168.178.1] 0.0% of 3 1.0 ms",
                "2 bng1.isp.example[88.79.130.1] 0.0% of 3 8.3 ms",
                "3  100.0% of 3",
                "4 [88.79.28.2] 33.3% of 3 11.5 ms",
                "5 one.one.one.one[1.1.1.1] 0.0% of 3 1210.0 ms",
            ],
        );
        let target = trace.target.unwrap();
        assert_eq!(
            (Some("1.1.1.1".parse().unwrap()), Some("one.one.one.one".into())),
            (target.addr, target.name),
            "{name}"
        );
        n_files += 1;
    }
    assert_eq!(14, n_files);
    let ipv6 = only("tracert/ipv6.txt");
    assert_eq!("1 [fe80::1] 0.0% of 3 1.0 ms", short(&ipv6)[0]);
    assert_eq!(Some("2606:4700:4700::1111".parse().unwrap()), ipv6.target.unwrap().addr);
    assert_eq!(Some("1.1.1.1".parse().unwrap()), only("tracert/numbers_only.txt").target.unwrap().addr);
}

#[test]
fn a_refusal_of_tracert_is_read_in_every_language() {
    let refused: Vec<String> = names("tracert").into_iter().filter(|name| name.starts_with("refused")).collect();
    assert_eq!(12, refused.len());
    for name in refused {
        let trace = only(&format!("tracert/{name}"));
        let [hop] = trace.hops.as_slice() else { panic!("{name}: {:#?}", trace.hops) };
        assert_eq!((1, Some("192.168.178.20".parse().unwrap())), (hop.ttl, hop.addr()), "{name}");
        assert!(hop.note.as_ref().is_some_and(|note| note.len() > 8) && hop.unanswered.is_none(), "{name}: {hop:?}");
    }
}

#[test]
fn pathping_is_read_in_every_language() {
    let all = names("pathping");
    assert_eq!(10, all.len());
    for name in all {
        let trace = check(
            &format!("pathping/{name}"),
            PathTool::Pathping,
            &[
                "0 laptop.fritz.box[192.168.178.20] (None, None)",
                "1 fritz.box[192.168.178.1] 0.0% of 100 0.0 ms",
                "2 [88.79.130.1] 100.0% of 100",
                "3 one.one.one.one[1.1.1.1] 13.0% of 100 14.0 ms",
            ],
        );
        assert_eq!(Some("1.1.1.1".parse().unwrap()), trace.target.unwrap().addr, "{name}");
    }
}

#[test]
fn a_bad_line_costs_that_line() {
    let text = String::from_utf8(fixture("mtr/wide_as.txt")).unwrap();
    let bad =
        text.replace("88.79.28.2    0.0%", "88.79.28.2    0.x%").replace("  4. AS???    62.115.10.2", "#$\u{fffd}");
    let paths = read(format!("{bad}  7. AS???    88.").as_bytes());
    let ttls: Vec<u8> = paths.traces[0].hops.iter().map(|hop| hop.ttl).collect();
    assert_eq!((1, vec![1, 2, 5, 6]), (paths.traces.len(), ttls));
    assert_eq!(2, paths.n_bad_lines, "what begins with # is a remark");
    let garbled = text.replace("  4. AS???    62.115.10.2", "\u{fffd}\u{fffd}\0");
    assert_eq!(1, read(garbled.as_bytes()).n_bad_lines);
    let tracert = String::from_utf8(fixture("tracert/english.txt")).unwrap();
    let paths = read(tracert.replace("12 ms     *        11 ms  88.79.28.2", "12 ms     *  ").as_bytes());
    assert_eq!((4, 1), (paths.traces[0].hops.len(), paths.n_bad_lines));
    assert_eq!(ParsedPaths::default(), read(b"30 hops of fun\n1. Restart the router.\n1 second later\n\n== x ==\n"));
}

#[test]
fn all_reports_of_a_file_are_found() {
    let all: Vec<(PathTool, String)> = [PathTool::Tracert, PathTool::Pathping, PathTool::Mtr, PathTool::Traceroute]
        .into_iter()
        .flat_map(|tool| names(tool.as_str()).into_iter().map(move |name| (tool, format!("{}/{name}", tool.as_str()))))
        .filter(|(_, name)| !name.contains("utf16") && !name.contains("cut_short"))
        .collect();
    // In this order, the other way round, and with all kinds side by side.
    for step in [1, all.len() - 1, 17, 29] {
        let order: Vec<usize> = (0..all.len()).map(|idx| idx * step % all.len()).collect();
        assert!((0..all.len()).all(|idx| order.contains(&idx)), "{step} leaves files of {} out", all.len());
        let text: Vec<u8> = order.iter().flat_map(|idx| fixture(&all[*idx].1)).collect();
        let together = read(&text);
        let found: Vec<_> = together.traces.iter().map(|trace| (trace.tool, short(trace))).collect();
        for (idx, found) in order.iter().zip(found) {
            let (tool, name) = &all[*idx];
            assert_eq!((*tool, short(&only(name))), found, "step {step}, {name}");
        }
        assert_eq!(order.len(), together.traces.len());
    }
}

fn stamp(at: &str) -> Stamp {
    Stamp { wall: at.parse().unwrap(), mono: Duration::ZERO }
}

fn trace_of(hops: Vec<Hop>, started: &str) -> Trace {
    let target = Host::new("1.1.1.1".parse().unwrap());
    let (started, ended) = (stamp(started), stamp("2026-11-23T00:19:00Z"));
    let (name, protocol, rounds) = ("one.one.one.one".into(), TraceProtocol::Icmp, 60);
    Trace { target, name, protocol, started, ended, rounds, hops, end: TraceEnd::Reached, tried: Vec::new() }
}

fn utc() -> FixedOffset {
    FixedOffset::east_opt(0).unwrap()
}

/// Our hops with the figures of a report.
fn hops_of(trace: &ParsedTrace) -> Vec<Hop> {
    trace
        .hops
        .iter()
        .map(|hop| {
            let (sent, unanswered) = (hop.sent.unwrap(), hop.unanswered.unwrap());
            let is_it = |n: &usize| (1.0 - *n as f64 / sent as f64 - unanswered).abs() < 0.000_51;
            let answered = (0..=sent).find(is_it).unwrap();
            let rtt = hop.avg.map(|avg| RttFigures {
                last: hop.last.unwrap(),
                avg,
                best: hop.best.unwrap(),
                worst: hop.worst.unwrap(),
                stdev: hop.stdev.unwrap(),
            });
            let hosts = hop.hosts.iter().map(|host| HopHost {
                addr: host.addr.unwrap(),
                n_answers: 1,
                labels: host.labels.clone(),
            });
            let (late, duplicates, answers_echo) = (0, 0, None);
            let (loss, reading) = (Some(0.0), HopReading::Answers);
            let hosts = hosts.collect();
            Hop { ttl: hop.ttl, hosts, sent, answered, late, duplicates, rtt, loss, answers_echo, reading }
        })
        .collect()
}

#[test]
fn our_reports_are_mtrs_byte_for_byte() {
    let started = |text: &str| {
        let line = text.lines().next().unwrap().strip_prefix("Start: ").unwrap();
        DateTime::parse_from_str(line, "%Y-%m-%dT%H:%M:%S%z").unwrap().to_utc().to_rfc3339()
    };
    let mut n_checked = 0;
    for name in names("mtr") {
        let is_wide = name.starts_with("wide_as");
        // Names, more columns and other versions; labels of the first host are not in those with several ways.
        let other = ["names", "all_columns", "old", "decimals", "two_ways_mpls"];
        if !(is_wide || name.starts_with("narrow")) || other.iter().any(|part| name.contains(part)) {
            continue;
        }
        let theirs = String::from_utf8(fixture(&format!("mtr/{name}"))).unwrap();
        let theirs = theirs.replace("S \0u", "S 0").replace("S \u{1}u", "S 1");
        let trace = trace_of(hops_of(&only(&format!("mtr/{name}"))), &started(&theirs));
        let ours = if is_wide { report(&trace, "vm", utc()) } else { trace_report(&trace, "vm", utc()) };
        let (table, remarks) = ours.split_once("# target").unwrap();
        assert_eq!(theirs, table, "{name}");
        assert_eq!(trace.hops.len(), remarks.matches("loss on the way").count());
        n_checked += 1;
    }
    assert_eq!(12, n_checked);
}

#[test]
fn a_block_is_the_originals() {
    let trace = trace_of(Vec::new(), "2025-10-02T12:35:10.9Z");
    let offset = FixedOffset::east_opt(7200).unwrap();
    let line = "=".repeat(60);
    let text = block(&trace, "my laptop\n", offset);
    let head = format!(
        "\n{line}\nRun at: 20251002_123510\n{line}\nStart: 2025-10-02T14:35:10+0200\nHOST: my_laptop          Loss%   Snt"
    );
    assert!(text.starts_with(&head), "{text}");
    let paths = read(text.repeat(3).as_bytes());
    assert_eq!((3, 0), (paths.traces.len(), paths.n_bad_lines));
    let target = paths.traces[2].target.as_ref().unwrap();
    assert_eq!((Some("1.1.1.1".parse().unwrap()), Some("one.one.one.one".into())), (target.addr, target.name.clone()));
    assert_eq!(Some(trace.started.wall), paths.traces[2].started);
}

/// The original's search for the first hop of a trace, and the two usual ways to read `mtr`'s reports.
#[test]
fn other_readers_find_the_same_hops() {
    let parsed = only("mtr/wide_as_mpls.txt");
    let trace = trace_of(hops_of(&parsed), "2025-10-02T12:35:10Z");
    let plain = trace_report(&trace, "vm", utc());
    let first = plain.lines().find(|line| line.trim().starts_with("1 ") || line.trim().starts_with("1.")).unwrap();
    assert_eq!(Some("192.168.1.1"), first.split_whitespace().nth(1));

    let by_header = |text: &str| -> BTreeMap<u8, (String, String)> {
        let hop = |line: &str| {
            let (ttl, rest) = line.trim_start().split_once('.')?;
            let words: Vec<&str> = rest.split_whitespace().collect();
            let from_end = |n| words.get(words.len().checked_sub(n)?).map(ToString::to_string);
            Some((ttl.parse().ok()?, (from_end(8)?, from_end(4)?)))
        };
        text.lines().filter_map(hop).collect()
    };
    for text in [plain, block(&trace, "vm", utc())] {
        let hops = by_header(&text);
        assert_eq!(6, hops.len(), "{text}");
        assert_eq!(("???".to_owned(), "0.0".to_owned()), hops[&2]);
        assert_eq!(("88.79.28.2".to_owned(), "12.1".to_owned()), hops[&3]);
    }
}

fn any_rtt() -> impl Strategy<Value = Duration> {
    prop_oneof![0_u64..2_000_000, 0_u64..60_000_000, 0_u64..400_000_000].prop_map(Duration::from_micros)
}

fn any_addr() -> impl Strategy<Value = IpAddr> {
    prop_oneof![any::<[u8; 4]>().prop_map(IpAddr::from), any::<[u16; 8]>().prop_map(IpAddr::from)]
}

fn any_hop() -> impl Strategy<Value = Hop> {
    let host = (
        any_addr(),
        1_usize..9,
        proptest::collection::vec((0_u32..1 << 20, 0_u8..8, any::<bool>(), any::<u8>()), 0..3),
    );
    let host = host.prop_map(|(addr, n_answers, labels)| {
        let label =
            |(label, class, is_last, ttl)| network_logging::model::trace::MplsLabel { label, class, is_last, ttl };
        HopHost { addr, n_answers, labels: labels.into_iter().map(label).collect() }
    });
    let rtt = (any_rtt(), any_rtt(), any_rtt(), any_rtt(), any_rtt());
    let readings = proptest::sample::select(HopReading::ALL);
    let counts = (0_usize..2_000_000, 0_usize..=1000, 0_usize..9, 0_usize..9);
    let more = (proptest::option::of(0.0..=1.0_f64), proptest::option::of(any::<bool>()), readings);
    (proptest::collection::vec(host, 0..4), counts, rtt, more).prop_map(|(mut hosts, counts, rtt, more)| {
        let (sent, part, late, duplicates) = counts;
        hosts.sort_by_key(|host| host.addr);
        hosts.dedup_by_key(|host| host.addr);
        let answered = if hosts.is_empty() { 0 } else { sent * part / 1000 };
        let (last, avg, best, worst, stdev) = rtt;
        let rtt = (answered > 0).then_some(RttFigures { last, avg, best, worst, stdev });
        let (loss, answers_echo, (reading, ..)) = more;
        Hop { ttl: 0, hosts, sent, answered, late, duplicates, rtt, loss, answers_echo, reading }
    })
}

fn any_trace() -> impl Strategy<Value = Trace> {
    (proptest::collection::vec(any_hop(), 0..12), 0_i64..4_000_000_000, ".{0,20}", any_addr()).prop_map(
        |(mut hops, seconds, name, addr)| {
            hops.iter_mut().zip(1..).for_each(|(hop, ttl)| hop.ttl = ttl);
            let wall = Timestamp::from_timestamp(seconds, 0).unwrap();
            let started = Stamp { wall, mono: Duration::ZERO };
            Trace { target: Host::new(addr), name, started, ended: started, ..trace_of(hops, "2026-11-23T00:18:49Z") }
        },
    )
}

/// Whether a time is the written one: to a tenth of a millisecond, to one where `mtr` leaves decimals out.
fn is_near(written: Duration, read: Option<Duration>) -> bool {
    let tolerance = if written < Duration::from_millis(999) { 51 } else { 1_001 };
    read.is_some_and(|read| read.abs_diff(written) <= Duration::from_micros(tolerance))
}

fn check_hop(ours: &Hop, read: &ParsedHop, is_plain: bool) -> Result<(), TestCaseError> {
    prop_assert_eq!((ours.ttl, Some(ours.sent)), (read.ttl, read.sent));
    match (ours.unanswered(), read.unanswered) {
        (Some(ours), Some(read)) => prop_assert!((ours - read).abs() <= 0.000_51, "{ours} {read}"),
        (ours, read) => prop_assert_eq!(ours, read),
    }
    // Nearly all lost looks like all lost: then the times are not told.
    if let Some(rtt) = ours.rtt.filter(|_| ours.unanswered().is_some_and(|part| part < 0.9995)) {
        let pairs = [(rtt.last, read.last), (rtt.avg, read.avg), (rtt.best, read.best), (rtt.worst, read.worst)];
        prop_assert!(pairs.iter().all(|(ours, read)| is_near(*ours, *read)), "{ours:?} {read:?}");
        prop_assert!(is_near(rtt.stdev, read.stdev));
    } else {
        prop_assert_eq!(None, read.avg);
    }
    let hosts: Vec<_> = read.hosts.iter().map(|host| (host.addr, host.labels.clone())).collect();
    let ours_hosts: Vec<_> = ours.hosts.iter().map(|host| (Some(host.addr), host.labels.clone())).collect();
    if is_plain {
        prop_assert_eq!(ours_hosts.len(), hosts.len());
    } else {
        prop_assert_eq!(ours_hosts, hosts);
    }
    match (ours.loss, read.loss) {
        (Some(ours), Some(read)) => prop_assert!((ours - read).abs() <= 0.000_51),
        (ours, read) => prop_assert_eq!(ours, read),
    }
    prop_assert_eq!(Some(ours.reading), read.reading);
    Ok(())
}

proptest! {
    #[test]
    fn what_we_write_reads_back(traces in proptest::collection::vec(any_trace(), 1..4), host in ".{0,40}") {
        let blocks: String = traces.iter().map(|trace| block(trace, &host, utc())).collect();
        let plain: String = traces.iter().map(|trace| trace_report(trace, &host, utc())).collect();
        for (text, is_plain) in [(blocks, false), (plain, true)] {
            let paths = read(text.as_bytes());
            prop_assert_eq!((traces.len(), 0), (paths.traces.len(), paths.n_bad_lines), "{}", text);
            for (ours, read) in traces.iter().zip(&paths.traces) {
                prop_assert_eq!(Some(ours.started.wall), read.started);
                prop_assert_eq!(Some(ours.target.addr), read.target.as_ref().and_then(|target| target.addr));
                prop_assert_eq!(ours.hops.len(), read.hops.len());
                for (ours, read) in ours.hops.iter().zip(&read.hops) {
                    check_hop(ours, read, is_plain)?;
                }
            }
        }
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        read(&bytes);
    }

    #[test]
    fn no_damage_is_too_strange(
        which in 0_usize..1000, cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)
    ) {
        let all: Vec<String> = ["mtr", "traceroute", "tracert", "pathping"]
            .iter()
            .flat_map(|folder| names(folder).into_iter().map(move |name| format!("{folder}/{name}")))
            .collect();
        let mut bytes = fixture(&all[which % all.len()]);
        for (at, byte) in cuts {
            let at = at.index(bytes.len());
            if byte % 3 == 0 { bytes.truncate(at.max(1)) } else { bytes[at] = byte }
        }
        for trace in read(&bytes).traces {
            let ttls: Vec<u8> = trace.hops.iter().map(|hop| hop.ttl).collect();
            prop_assert!(ttls.is_sorted());
            prop_assert!(trace.hops.iter().all(|hop| hop.unanswered.is_none_or(|part| (0.0..=1.0).contains(&part))));
        }
    }

    #[test]
    fn lines_of_words_and_figures_never_fail(text in "([ 0-9*.:/=%|<>!#\\[\\]()a-zA-Z\n-]{0,60}(ms|\\* |AS1|1\\.\\|--|0/ 1 = )?){0,20}") {
        read(text.as_bytes());
    }
}
