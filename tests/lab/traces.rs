//! `netlog trace` in the lab: it finds the hops that are there, and what it says of their silences is true.

use std::{net::IpAddr, thread, time::Duration};

use chrono::TimeDelta;
use network_logging::{codec::mtr_text, model::parsed_trace::ParsedHop};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    capture::{Capture, PACE, Sent, least_gap},
    faults::Fault,
    monitor::{folder, netlog, seconds},
    ready::now,
    topology::{ACCESS, CORE, Echo, Lab, Node, ROUTER, TRANSIT},
};

const V4: &str = "9.9.9.9";
const V6: &str = "2620:fe::fe";
const HOPS_V4: [&str; 5] = [ROUTER, ACCESS, CORE, TRANSIT, V4];
const HOPS_V6: [&str; 5] = ["2a02:8100:1:1::1", "2a02:8100:ff:1::1", "2a02:8100:ff:2::2", "2001:2034:10::2", V6];
/// An answer is waited for this long, in seconds.
const DEADLINE: f64 = 3.0;

/// A lab, and a folder for the program.
struct Bench {
    lab: Lab,
    dir: TempDir,
}

/// What the program said.
struct Said {
    code: Option<i32>,
    out: String,
    error: String,
    took: TimeDelta,
}

impl Bench {
    fn new(echo: Echo) -> Option<Self> {
        Some(Self { lab: Lab::new(echo, &[ROUTER])?, dir: folder(&json!({})) })
    }

    fn run(&self, args: &str) -> Said {
        let start = now();
        let output = netlog(&self.lab, self.dir.path()).arg("trace").args(args.split_whitespace()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code(), out: text(output.stdout), error: text(output.stderr), took: now() - start }
    }

    /// Traces, and takes the JSON. The exit code has to be this one.
    #[track_caller]
    fn trace(&self, args: &str, code: i32) -> Trace {
        let said = self.run(&format!("{args} --json"));
        assert_eq!(Some(code), said.code, "{args}: {}{}", said.out, said.error);
        let json = serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{args}: {e}: {}", said.out));
        Trace { json, took: seconds(said.took) }
    }
}

/// A trace as JSON.
struct Trace {
    json: Value,
    /// How long the program ran, in seconds.
    took: f64,
}

impl Trace {
    fn hops(&self) -> &[Value] {
        self.json["hops"].as_array().unwrap()
    }

    /// Who answered most at each distance, "-" for nobody. Nobody else may have answered.
    #[track_caller]
    fn hosts(&self) -> Vec<&str> {
        let host = |hop: &'_ Value| hop["hosts"].as_array().map_or(0, Vec::len);
        assert!(self.hops().iter().all(|hop| host(hop) <= 1), "{:#}", self.json);
        self.hops().iter().map(|hop| hop["hosts"][0]["addr"].as_str().unwrap_or("-")).collect()
    }

    fn texts(&self, key: &str) -> Vec<&str> {
        self.hops().iter().map(|hop| hop[key].as_str().unwrap_or("")).collect()
    }

    fn numbers(&self, key: &str) -> Vec<f64> {
        self.hops().iter().map(|hop| hop[key].as_f64().unwrap_or(f64::NAN)).collect()
    }

    /// These hops, the target reached, nothing lost.
    #[track_caller]
    fn assert_whole(&self, hops: &[&str], protocol: &str) {
        assert_eq!(hops, self.hosts(), "{:#}", self.json);
        assert_eq!(json!("reached"), self.json["end"], "{:#}", self.json);
        assert_eq!(json!(true), self.json["reached"]);
        assert_eq!(json!(protocol), self.json["protocol"], "{:#}", self.json);
        self.assert_no_loss();
    }

    #[track_caller]
    fn assert_no_loss(&self) {
        assert!(self.numbers("loss").iter().all(|loss| *loss == 0.0), "{:#}", self.json);
    }
}

/// Both families at a time: routers count the answers to each apart.
#[track_caller]
fn both(work: impl Fn(&str, &[&str]) + Sync) {
    thread::scope(|scope| {
        scope.spawn(|| work(V6, &HOPS_V6));
        work(V4, &HOPS_V4);
    });
}

#[test]
fn an_unprivileged_user_traces_by_each_protocol() {
    let Some(bench) = Bench::new(Echo::Allowed) else { return };
    both(|target, hops| {
        for (options, protocol) in [("", "icmp"), ("--icmp", "icmp"), ("--udp", "udp"), ("--tcp", "tcp:443")] {
            let trace = bench.trace(&format!("{target} --rounds 3 {options}"), 0);
            trace.assert_whole(hops, protocol);
            assert_eq!(json!([3, 3, 3, 3, 3]), trace.hops().iter().map(|hop| hop["sent"].clone()).collect::<Value>());
            assert!(trace.texts("reading").iter().all(|reading| *reading == "answers"), "{:#}", trace.json);
            let rtts = trace.numbers("rtt_best_ms");
            assert!(rtts.iter().all(|rtt| (0.0..500.0).contains(rtt)), "{rtts:?}");
        }
    });
}

#[test]
fn an_unprivileged_user_traces_without_echo_sockets() {
    let Some(bench) = Bench::new(Echo::Refused) else { return };
    both(|target, hops| {
        bench.trace(&format!("{target} --rounds 3"), 0).assert_whole(hops, "udp");
        bench.trace(&format!("{target} --rounds 3 --tcp --port 80"), 0).assert_whole(hops, "tcp:80");
        let refused = bench.trace(&format!("{target} --rounds 3 --icmp"), 2);
        assert_eq!(json!({ "reason": "no_permission" }), refused.json["end_detail"], "{:#}", refused.json);
        let said = bench.run(&format!("{target} --icmp"));
        assert!(said.error.contains("netlog doctor"), "{}", said.error);
    });
}

#[test]
fn the_report_in_a_pipe_reads_back() {
    let Some(bench) = Bench::new(Echo::Allowed) else { return };
    both(|target, hops| {
        let said = bench.run(&format!("{target} --rounds 3"));
        assert_eq!((Some(0), ""), (said.code, said.error.as_str()), "{}", said.out);
        assert!(!said.out.contains('\u{1b}'), "{}", said.out);
        let paths = mtr_text::read(said.out.as_bytes());
        assert_eq!((1, 0), (paths.traces.len(), paths.n_bad_lines), "{}", said.out);
        let found: Vec<Option<IpAddr>> = paths.traces[0].hops.iter().map(ParsedHop::addr).collect();
        let expected: Vec<Option<IpAddr>> = hops.iter().map(|hop| hop.parse().ok()).collect();
        assert_eq!(expected, found, "{}", said.out);
        assert!(paths.traces[0].hops.iter().all(|hop| hop.sent == Some(3)), "{}", said.out);
    });
}

#[test]
fn names_are_found_and_what_is_no_host_is_told() {
    let Some(bench) = Bench::new(Echo::Allowed) else { return };
    for (args, target) in [
        ("example.com", "93.184.215.14"),
        ("-4 example.com", "93.184.215.14"),
        ("-6 example.com", "2606:2800:21f::14"),
        ("[2620:fe::fe]", V6),
    ] {
        let trace = bench.trace(&format!("{args} --rounds 1"), 0);
        assert_eq!(Some(target), trace.json["target"].as_str(), "{args}");
        assert_eq!(Some(&target), trace.hosts().last(), "{args}: {:#}", trace.json);
        assert_eq!(args.split_whitespace().last(), trace.json["name"].as_str());
    }
    for (args, remedy) in [
        ("nowhere.example.com", "check the spelling"),
        ("-6 9.9.9.9", "leave out -4 and -6"),
        ("-4 2620:fe::fe", "leave out -4 and -6"),
        ("-4 -6 example.com", "cannot be used with"),
        ("--rounds 0 9.9.9.9", "1..=100000"),
        ("--interval 0.01 9.9.9.9", "0.1 to 60"),
        ("--udp --tcp 9.9.9.9", "cannot be used with"),
        ("", "<HOST>"),
    ] {
        let said = bench.run(args);
        assert_eq!((Some(2), ""), (said.code, said.out.as_str()), "{args}: {}", said.error);
        assert!(said.error.contains(remedy), "{args}: {}", said.error);
        assert!(said.took < TimeDelta::seconds(3), "{args}: {} s", seconds(said.took));
    }
}

#[test]
fn one_round_on_a_dead_line_takes_one_deadline() {
    let Some(bench) = Bench::new(Echo::Allowed) else { return };
    let cut = bench.lab.begin(Fault::AccessCut);
    both(|target, hops| {
        let trace = bench.trace(&format!("{target} --rounds 1"), 1);
        assert_eq!(json!("silent"), trace.json["end"], "{:#}", trace.json);
        assert_eq!(json!({ "ttl": 1, "addr": hops[0] }), trace.json["last_answering"]);
        assert_eq!(vec!["answers", "nothing_from_here"], trace.texts("reading"), "{:#}", trace.json);
        // Others are asked when the first has said nothing for a moment.
        assert!(trace.took < DEADLINE + 1.5, "{} s", trace.took);
    });
    cut.end();

    let gave_up = bench.lab.begin(Fault::AccessUnreachable);
    both(|target, hops| {
        let trace = bench.trace(&format!("{target} --rounds 1"), 1);
        assert_eq!(json!("unreachable"), trace.json["end"], "{:#}", trace.json);
        assert_eq!(json!(hops[0]), trace.json["end_detail"]["from"], "{:#}", trace.json);
        assert!(trace.took < DEADLINE + 1.5, "{} s", trace.took);
    });
    gave_up.end();

    let pulled = bench.lab.begin(Fault::LinkDown);
    // For up to a second the kernel hands packets to the dead line, which refuses them for want of room: not measured.
    thread::sleep(Duration::from_secs(2));
    let trace = bench.trace(&format!("{V4} --rounds 1"), 1);
    assert_ne!(json!(true), trace.json["reached"], "{:#}", trace.json);
    assert_eq!(Value::Null, trace.json["last_answering"], "{:#}", trace.json);
    assert!(trace.took < DEADLINE + 1.5, "{} s", trace.took);
    pulled.end();
}

#[test]
fn a_hop_that_keeps_silent_or_answers_now_and_then_loses_nothing() {
    let Some(bench) = Bench::new(Echo::Allowed) else { return };
    let _limits = bench.lab.begin(Fault::LimitedHop(Node::Access));
    let _silent = bench.lab.begin(Fault::SilentHop(Node::Core));
    let readings = vec!["answers", "limits_answers", "passes_silently", "answers", "answers"];
    both(|target, hops| {
        let trace = bench.trace(&format!("{target} --rounds 14"), 0);
        let hosts = [hops[0], hops[1], "-", hops[3], hops[4]];
        assert_eq!(hosts, *trace.hosts(), "{:#}", trace.json);
        assert_eq!(readings, trace.texts("reading"), "{:#}", trace.json);
        trace.assert_no_loss();
        let unanswered = trace.numbers("unanswered");
        assert!(unanswered[1] > 0.2 && unanswered[2] > 0.999, "{:#}", trace.json);
    });
}

#[test]
fn the_same_by_udp_and_tcp() {
    let Some(bench) = Bench::new(Echo::Refused) else { return };
    let _limits = bench.lab.begin(Fault::LimitedHop(Node::Transit));
    let _silent = bench.lab.begin(Fault::SilentHop(Node::Router));
    let readings = vec!["passes_silently", "answers", "answers", "limits_answers", "answers"];
    let check = |args: &str, hops: &[&str]| {
        let trace = bench.trace(args, 0);
        assert_eq!(["-", hops[1], hops[2], hops[3], hops[4]], *trace.hosts(), "{:#}", trace.json);
        assert_eq!(readings, trace.texts("reading"), "{:#}", trace.json);
        trace.assert_no_loss();
    };
    thread::scope(|scope| {
        scope.spawn(|| check(&format!("{V6} --rounds 14 --tcp"), &HOPS_V6));
        check(&format!("{V4} --rounds 14"), &HOPS_V4);
    });
}

#[test]
fn a_lossy_line_loses_behind_the_router_and_not_before() {
    let Some(bench) = Bench::new(Echo::Allowed) else { return };
    let _lossy = bench.lab.begin(Fault::Loss(20));
    both(|target, hops| {
        let trace = bench.trace(&format!("{target} --rounds 40"), 0);
        assert_eq!(hops, trace.hosts(), "{:#}", trace.json);
        let losing: Vec<usize> =
            trace.texts("reading").iter().enumerate().filter(|(_, r)| **r == "loses").map(|(idx, _)| idx).collect();
        assert!(losing.len() == 1 && losing[0] >= 1, "{losing:?}: {:#}", trace.json);
        let loss = trace.numbers("loss");
        assert!(loss[0] == 0.0 && loss.is_sorted(), "{:#}", trace.json);
        // 36 % of both ways. The chance of missing these bounds is below one in a hundred thousand.
        assert!((0.05..0.75).contains(&loss[4]), "{:#}", trace.json);
        assert_eq!("answers", trace.texts("reading")[0], "{:#}", trace.json);
    });
}

#[test]
fn without_icmp_the_trace_goes_on_by_tcp() {
    let Some(bench) = Bench::new(Echo::Allowed) else { return };
    for (node, n_answering) in [(Node::Router, 0), (Node::Access, 1)] {
        let filter = bench.lab.begin(Fault::IcmpFiltered(node));
        both(|target, hops| {
            let trace = bench.trace(&format!("{target} --rounds 4"), 0);
            let expected: Vec<&str> =
                hops.iter().enumerate().map(|(i, hop)| if i < n_answering || i == 4 { hop } else { "-" }).collect();
            assert_eq!(expected, trace.hosts(), "{:#}", trace.json);
            assert_eq!(json!("tcp:443"), trace.json["protocol"], "{:#}", trace.json);
            assert!(trace.json["tried"].as_array().unwrap().contains(&json!("icmp")), "{:#}", trace.json);
            assert!(trace.texts("reading")[n_answering..4].iter().all(|r| *r == "passes_silently"), "{:#}", trace.json);
            trace.assert_no_loss();
        });
        filter.end();
    }
}

#[test]
fn without_echo_the_trace_goes_on_by_another_protocol() {
    let Some(bench) = Bench::new(Echo::Allowed) else { return };
    let _filter = bench.lab.begin(Fault::EchoFiltered(Node::Access));
    both(|target, hops| {
        let trace = bench.trace(&format!("{target} --rounds 4"), 0);
        assert_eq!(hops, trace.hosts(), "{:#}", trace.json);
        assert!([json!("udp"), json!("tcp:443")].contains(&trace.json["protocol"]), "{:#}", trace.json);
        trace.assert_no_loss();
        // Who insists on echo is told that the way is cut.
        let insists = bench.trace(&format!("{target} --rounds 1 --icmp"), 1);
        assert_eq!(json!({ "ttl": 2, "addr": hops[1] }), insists.json["last_answering"], "{:#}", insists.json);
    });
}

#[test]
fn ten_rounds_take_less_than_ten_seconds() {
    let Some(bench) = Bench::new(Echo::Allowed) else { return };
    both(|target, hops| {
        let trace = bench.trace(target, 0);
        trace.assert_whole(hops, "icmp");
        assert_eq!(json!(10), trace.json["rounds"]);
        let duration = trace.json["duration_s"].as_f64().unwrap();
        assert!((9.0..10.0).contains(&duration) && trace.took < 10.0 + DEADLINE, "{duration} s, {} s", trace.took);
    });
}

#[test]
fn no_router_is_asked_more_than_once_a_second() {
    let Some(bench) = Bench::new(Echo::Allowed) else { return };
    for protocol in ["--icmp", "--udp", "--tcp"] {
        let capture = Capture::start(&bench.lab);
        both(|target, _| {
            let trace = bench.trace(&format!("{target} --rounds 30 --interval 0.2 {protocol}"), 0);
            // The target is asked in every round.
            assert!(trace.numbers("sent")[4] >= 29.0, "{:#}", trace.json);
            assert!(trace.took < 6.0 + DEADLINE, "{} s", trace.took);
        });
        let sent = capture.stop();
        both(|target, _| {
            for ttl in 1..=4 {
                let sent: Vec<&Sent> = sent.iter().filter(|s| s.ttl == ttl && s.to.to_string() == target).collect();
                assert!((5..=8).contains(&sent.len()), "{protocol}, hop {ttl}: {sent:?}");
                assert!(least_gap(&sent) >= PACE, "{protocol}, hop {ttl}: {sent:?}");
            }
        });
    }
}
