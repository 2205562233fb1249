//! What rests on traces: without any configuration the monitor finds the provider's hops, tells by them whose fault an
//! outage is, and keeps the paths before, during and after it. And `netlog discover`.

use std::{fs, thread, time::Duration};

use network_logging::codec::mtr_text;
use serde_json::{Value, json};

use super::{
    capture::{Capture, PACE, Sent, least_gap},
    contract::Story,
    faults::{Fault, Truth},
    monitor::{Event, Monitor, folder, netlog, seconds, texts},
    ready::now,
    topology::{ACCESS, CORE, Echo, Lab, Node, ROUTER, TRANSIT},
};

/// The provider's hops are to be known this long after the start.
const FOUND_WITHIN: Duration = Duration::from_secs(10);
/// Whether the provider is known to be well depends on whether its resolver was asked just then.
const UNLESS_NAMES: [&str; 2] = ["high", "medium"];
const TARGET: &str = "1.1.1.1";
const TARGET_V6: &str = "2606:4700:4700::1111";

/// A monitor without configuration, as soon as it knows the provider's hops.
#[track_caller]
fn start(lab: &Lab) -> Monitor {
    let monitor = Monitor::start(lab, &json!({}));
    let found = monitor.wait_for(FOUND_WITHIN, |event| event.kind == "isp_hops");
    let found = found.expect("the provider's hops are found in time");
    assert_eq!(json!([ACCESS, CORE]), found.json["hops"]);
    monitor
}

fn is_trace(event: &Event, purpose: &str, target: &str) -> bool {
    event.kind == "trace" && event.text("purpose") == purpose && event.text("target") == target
}

/// An outage of a line whose monitor has no configuration.
struct Traced {
    story: Story,
    sent: Vec<Sent>,
}

impl Traced {
    /// The fault is an outage of this domain, told and written down with all that belongs to it.
    #[track_caller]
    fn expect(fault: Fault, echo: Echo, domain: &str) -> Option<Self> {
        let lab = Lab::new(echo, &[ROUTER])?;
        let capture = Capture::start(&lab);
        let monitor = start(&lab);
        thread::sleep(Duration::from_secs(6));
        let active = lab.begin(fault);
        thread::sleep(Duration::from_secs(18));
        let truth = active.end();
        monitor.wait_for(Duration::from_secs(25), |event| event.kind == "outage_closed");
        for target in [TARGET, TARGET_V6] {
            monitor.wait_for(Duration::from_secs(8), |event| is_trace(event, "recovery", target));
        }
        // The files are written behind the events.
        thread::sleep(Duration::from_secs(1));
        let traced = Self { story: Story { record: monitor.finish(), truth }, sent: capture.stop() };
        traced.story.assert_one_outage(domain);
        traced.story.assert_rows(domain);
        traced.assert_burst_at_once();
        traced.assert_trace_file();
        traced.assert_rows_name_files();
        Some(traced)
    }

    /// The claim of the opened outage is as sure as one of these, and names the last hop that answered.
    #[track_caller]
    fn assert_claim(&self, confidences: &[&str], last_hop: (u8, &str)) {
        let opened = self.story.record.all("outage_opened")[0];
        let expected = json!({ "ttl": last_hop.0, "address": last_hop.1 });
        let what = format!("the claim is {}", opened.json);
        self.story
            .assert(confidences.contains(&opened.text("confidence")) && opened.json["last_hop"] == expected, &what);
    }

    /// The bursts show that the path ends here.
    #[track_caller]
    fn assert_bursts_end(&self, ttl: u8, addr: &str) {
        let bursts = self.story.record.events.iter().filter(|event| is_trace(event, "burst", TARGET));
        let found: Vec<&Value> = bursts.map(|event| &event.json["last_answering"]).collect();
        let expected = json!({ "ttl": ttl, "addr": addr });
        let fits = !found.is_empty() && found.iter().all(|last| **last == expected);
        self.story.assert(fits, &format!("the bursts end at {found:?}"));
    }

    /// Probes of the burst leave within a second of the suspicion.
    #[track_caller]
    fn assert_burst_at_once(&self) {
        let suspected =
            self.story.record.all("suspected").into_iter().find(|event| event.arrived > self.story.truth.start);
        let Some(suspected) = suspected else { return self.story.assert(false, "nothing was suspected") };
        let (at, told) = (suspected.time("at"), suspected.arrived);
        // Router and provider are asked with one hop to live in any case.
        let of_trace = |sent: &&Sent| sent.ttl > 1 && sent.to.to_string() == TARGET && sent.at >= at;
        let first = self.sent.iter().find(of_trace).map(|sent| (seconds(sent.at - at), seconds(sent.at - told)));
        let fits = first.is_some_and(|(after, _)| after <= 1.0);
        self.story.assert(fits, &format!("the burst leaves {first:?} s after what is suspected and after it is told"));
    }

    #[track_caller]
    fn assert_trace_file(&self) {
        let files = &self.story.record.files;
        let traces: Vec<&String> = files.keys().filter(|name| name.starts_with("trace_")).collect();
        self.story.assert(traces.len() == 1, &format!("trace files: {traces:?} of {:?}", files.keys()));
        let text = &files[traces[0]];
        let places =
            ["# The path before\n", "# The path when it failed\n", "# The path after\n"].map(|title| text.find(title));
        self.story.assert(places.iter().all(Option::is_some) && places.is_sorted(), &format!("{places:?}: {text}"));
        let read = mtr_text::read(text.as_bytes());
        let n_reports = text.matches("\n# target ").count();
        self.story.assert(read.n_bad_lines == 0 && read.traces.len() == n_reports, &format!("unreadable: {text}"));
        let hosts = |at: usize| -> Vec<String> {
            read.traces[at]
                .hops
                .iter()
                .map(|hop| hop.addr().map_or_else(|| "-".into(), |addr| addr.to_string()))
                .collect()
        };
        self.story.assert(hosts(0) == [ROUTER, ACCESS, CORE, TRANSIT, TARGET], &format!("before: {text}"));
        let after = (0..n_reports).rev().map(hosts).find(|hosts| hosts.first().is_some_and(|first| first == ROUTER));
        let whole = after.is_some_and(|after| after == [ROUTER, ACCESS, CORE, TRANSIT, TARGET]);
        self.story.assert(whole, &format!("after: {text}"));
    }

    /// Rows name the files, and the files are there and hold something.
    #[track_caller]
    fn assert_rows_name_files(&self) {
        let record = &self.story.record;
        for (column, begin) in [
            ("trace_file", "trace_1.1.1.1_"),
            ("wan_diag_file", "wan_diag_"),
            ("intensive_trace_bundle", "mtr_1_1_1_1"),
        ] {
            let names = record.rows.iter().flat_map(|row| row[column].split([';', '|', ','])).filter(|n| !n.is_empty());
            let names: Vec<&str> = names.map(str::trim).collect();
            let fits = names.iter().any(|name| name.starts_with(begin));
            self.story.assert(fits, &format!("{column} names {names:?} of {:?}", record.files.keys()));
            for name in names {
                let is_there = record.files.get(name).is_some_and(|text| text.len() > 100);
                self.story.assert(is_there, &format!("{name} of {column} is not there, or holds nothing"));
            }
        }
    }
}

#[test]
fn without_configuration_a_cut_access_line_is_an_access_outage() {
    if let Some(traced) = Traced::expect(Fault::AccessCut, Echo::Allowed, "access") {
        traced.assert_claim(&["high"], (1, ROUTER));
        traced.assert_bursts_end(1, ROUTER);
    }
}

#[test]
fn without_configuration_a_cut_access_line_is_an_access_outage_without_echo_sockets() {
    if let Some(traced) = Traced::expect(Fault::AccessCut, Echo::Refused, "access") {
        traced.assert_claim(&["high"], (1, ROUTER));
    }
}

#[test]
fn without_configuration_a_dead_provider_core_is_an_isp_outage() {
    if let Some(traced) = Traced::expect(Fault::CoreDead, Echo::Allowed, "isp") {
        traced.assert_claim(&["high"], (2, ACCESS));
        traced.assert_bursts_end(2, ACCESS);
    }
}

#[test]
fn without_configuration_a_dead_provider_core_is_an_isp_outage_without_echo_sockets() {
    if let Some(traced) = Traced::expect(Fault::CoreDead, Echo::Refused, "isp") {
        traced.assert_claim(&["high"], (2, ACCESS));
    }
}

#[test]
fn without_configuration_a_silent_upstream_is_an_upstream_outage() {
    if let Some(traced) = Traced::expect(Fault::UpstreamDead, Echo::Allowed, "upstream") {
        traced.assert_claim(&UNLESS_NAMES, (3, CORE));
        traced.assert_bursts_end(3, CORE);
    }
}

#[test]
fn without_configuration_an_upstream_that_forwards_nothing_is_an_upstream_outage() {
    if let Some(traced) = Traced::expect(Fault::UpstreamBlackhole, Echo::Allowed, "upstream") {
        traced.assert_claim(&UNLESS_NAMES, (4, TRANSIT));
        traced.assert_bursts_end(4, TRANSIT);
    }
}

/// One event for each target whose path was known before, which says what is different.
#[track_caller]
fn assert_told_once(story: &Story) {
    let changes = story.record.all("path_changed");
    let of = |target: &str| changes.iter().filter(|event| event.text("target") == target).count();
    let fits = of(TARGET) == 1 && of(TARGET_V6) <= 1 && changes.len() == of(TARGET) + of(TARGET_V6);
    story.assert(fits, &format!("{} changes told", changes.len()));
    let change = changes.iter().find(|event| event.text("target") == TARGET).unwrap();
    let expected = json!([
        { "ttl": 4, "before": TRANSIT, "after": "62.115.20.2" },
        { "ttl": 5, "before": TARGET, "after": "62.115.21.2" },
    ]);
    story.assert(change.json["hops"] == expected, &format!("what changed: {}", change.json));
}

#[test]
fn a_baseline_finds_another_path_and_calls_it_no_outage() {
    let Some(lab) = Lab::new(Echo::Allowed, &[ROUTER]) else { return };
    let capture = Capture::start(&lab);
    let monitor = Monitor::start(&lab, &json!({ "mtr_baseline_count": 3, "ping_interval_sec": 5 }));
    assert!(monitor.wait_for(FOUND_WITHIN, |event| event.kind == "isp_hops").is_some());
    let detour = lab.begin(Fault::PathChange);
    // The first baseline comes half a minute after the start at the latest; that of IPv6 is its second or third trace.
    let told = monitor.wait_for(Duration::from_secs(45), |event| event.kind == "path_changed");
    thread::sleep(Duration::from_secs(16));
    let story = Story { record: monitor.finish(), truth: detour.end() };
    let sent = capture.stop();
    story.assert(told.is_some(), "the change was not told");
    assert_told_once(&story);
    story.assert_line_stayed_up();
    let log = story.record.files.get("mtr_1_1_1_1.log").map_or("", String::as_str);
    story.assert(log.contains("# The path has changed:\n#  4. was 62.115.10.2, is 62.115.20.2\n"), log);
    let named = story.record.rows.iter().any(|row| row["baseline_mtr_bundle"].contains("mtr_1_1_1_1.log"));
    story.assert(named, "no row names the baseline");
    // Each of the two is a target as well, and a target has no pace.
    for (ttl, targets) in [(1, [TARGET, ACCESS, CORE].as_slice()), (2, &[TARGET, CORE]), (3, &[TARGET])] {
        let of_router = |s: &&Sent| s.ttl == ttl && targets.iter().any(|target| s.to.to_string() == *target);
        // Before that the monitor itself looks for the router.
        let sent = sent.iter().filter(|s| s.at >= story.truth.start);
        let sent: Vec<&Sent> = sent.filter(of_router).collect();
        story.assert(sent.len() >= 3 && least_gap(&sent) >= PACE, &format!("hop {ttl} is hurried: {sent:?}"));
    }
    // The provider's hops are the same on either way.
    story.assert(story.record.all("isp_hops").len() == 1, "other hops of the provider");
}

#[test]
fn the_look_after_a_short_cut_finds_another_path() {
    let Some(lab) = Lab::new(Echo::Allowed, &[ROUTER]) else { return };
    let monitor = start(&lab);
    thread::sleep(Duration::from_secs(5));
    let detour = lab.begin(Fault::PathChange);
    thread::sleep(Duration::from_secs(5));
    let cut = lab.begin(Fault::AccessCut);
    thread::sleep(Duration::from_secs(5));
    let truth = cut.end();
    monitor.wait_for(Duration::from_secs(20), |event| event.kind == "path_changed");
    thread::sleep(Duration::from_secs(6));
    let story = Story { record: monitor.finish(), truth };
    drop(detour);
    assert_told_once(&story);
    let micros = story.record.all("micro_interruption");
    story.assert(micros.len() == 1 && micros[0].text("fault_domain") == "access", "more or other than the short cut");
    story.assert(story.record.all("outage_opened").is_empty(), "an outage");
}

#[track_caller]
fn watch_reticent_routers(echo: Echo, hops: &Value) {
    let Some(lab) = Lab::new(echo, &[ROUTER]) else { return };
    let _silent = lab.begin(Fault::SilentHop(Node::Access));
    let _limited = lab.begin(Fault::LimitedHop(Node::Core));
    let _limited_too = lab.begin(Fault::LimitedHop(Node::Transit));
    let config = json!({ "ping_interval_sec": 2, "mtr_baseline_count": 5 });
    let monitor = Monitor::start(&lab, &config);
    let found = monitor.wait_for(FOUND_WITHIN, |event| event.kind == "isp_hops");
    let start = now();
    thread::sleep(Duration::from_secs(62));
    let story = Story { record: monitor.finish(), truth: Truth { start, end: now() } };
    story.assert(found.is_some_and(|found| found.json["hops"] == *hops), "other hops of the provider are found");
    story.assert_line_stayed_up();
    story.assert(story.record.all("path_changed").is_empty(), "a change of the path for nothing");
    let baselines: Vec<&Event> =
        story.record.events.iter().filter(|event| is_trace(event, "baseline", TARGET)).collect();
    story.assert(baselines.len() >= 2, &format!("{} baselines", baselines.len()));
    for hop in baselines.iter().flat_map(|event| event.json["hops"].as_array().unwrap()) {
        let blames = hop["loss"] != json!(0.0) || hop["reading"] == "loses";
        story.assert(!blames, &format!("a reticent router is blamed: {hop}"));
    }
}

#[test]
fn routers_that_seldom_answer_are_no_outage() {
    watch_reticent_routers(Echo::Allowed, &json!([CORE]));
}

#[test]
fn routers_that_seldom_answer_are_no_outage_without_echo_sockets() {
    watch_reticent_routers(Echo::Refused, &json!([CORE]));
}

#[test]
fn discover_suggests_the_provider_s_hops_and_adopts_them() {
    let Some(lab) = Lab::new(Echo::Allowed, &[ROUTER]) else { return };
    let config = json!({ "_note": "mine", "ping_interval_sec": 7, "colour_of_the_router": ["white", 2], "targets": ["9.9.9.9"] });
    let dir = folder(&config);
    let run = |args: &str| {
        let output = netlog(&lab, dir.path()).args(args.split_whitespace()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let saved =
        || -> Value { serde_json::from_str(&fs::read_to_string(dir.path().join("config.json")).unwrap()).unwrap() };

    let said = run("discover");
    assert_eq!(Some(0), said.0, "{said:?}");
    assert!([ACCESS, CORE].iter().all(|hop| said.1.contains(hop)), "{said:?}");
    let files = texts(&dir.path().join("logs"));
    let file: Value = serde_json::from_str(&files["isp_candidates.json"]).unwrap();
    // The trace host and the one target; two of IPv6.
    let hops = [(2, ACCESS), (3, CORE), (2, "2a02:8100:ff:1::1"), (3, "2a02:8100:ff:2::2")];
    let expected: Value = hops.iter().map(|(hop, ip)| json!({ "hop": hop, "ip": ip, "seen": 2 })).collect();
    assert_eq!(expected, file["suggestions"], "{file:#}");
    assert_eq!(json!({ ROUTER: 2, "2a02:8100:1:1::1": 2 }), file["seen"]["1"], "{file:#}");
    assert_eq!(config, saved(), "nothing is adopted unasked");

    let said = run("discover --adopt --json");
    assert_eq!(Some(0), said.0, "{said:?}");
    assert_eq!(file, serde_json::from_str::<Value>(&said.1).unwrap(), "{said:?}");
    let mut adopted = config.clone();
    adopted["isp_targets"] = hops.iter().map(|(_, ip)| *ip).collect();
    assert_eq!(adopted, saved());

    // Routers take no connections: each refuses.
    let said = run("probe-tcp --from-candidates");
    assert_eq!(Some(1), said.0, "{said:?}");
    for (_, hop) in hops {
        assert!(said.1.lines().any(|line| line.contains(hop) && line.contains("refused")), "{said:?}");
    }
}

#[test]
fn discover_asks_each_router_at_its_pace() {
    let Some(lab) = Lab::new(Echo::Allowed, &[ROUTER]) else { return };
    let dir = folder(&json!({}));
    let capture = Capture::start(&lab);
    let output = netlog(&lab, dir.path()).arg("discover").output().unwrap();
    assert_eq!(Some(0), output.status.code(), "{output:?}");
    let sent = capture.stop();
    for ttl in 1..=3 {
        for v4 in [true, false] {
            let sent: Vec<&Sent> = sent.iter().filter(|s| s.ttl == ttl && s.to.is_ipv4() == v4).collect();
            assert!(sent.len() >= 6 && least_gap(&sent) >= PACE, "hop {ttl}: {sent:?}");
        }
    }
}

#[test]
fn discover_says_so_when_there_is_nothing_to_find() {
    let Some(lab) = Lab::new(Echo::Allowed, &[ROUTER]) else { return };
    let wrong = folder(&json!({ "ping_interval_sec": "often" }));
    let output = netlog(&lab, wrong.path()).args(["discover", "--adopt"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(Some(2), output.status.code(), "{said}");
    assert!(said.contains("netlog config check"), "{said}");
    let config = json!({ "targets": ["9.9.9.9"], "ipv6_targets": [], "trace_host": "9.9.9.9" });
    let dir = folder(&config);
    let _cut = lab.begin(Fault::AccessCut);
    let output = netlog(&lab, dir.path()).args(["discover", "--adopt"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(Some(1), output.status.code(), "{said}");
    assert!(said.contains("No hop of the provider was found"), "{said}");
    let saved = fs::read_to_string(dir.path().join("config.json")).unwrap();
    assert_eq!(config, serde_json::from_str::<Value>(&saved).unwrap());
}
