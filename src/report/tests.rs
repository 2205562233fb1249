use std::{collections::BTreeMap, time::Duration};

use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;

use super::{
    document::Document,
    input::{Diary, FileNote, HostNote, OutagePath, PathTime, Profile},
    lang::Lang,
    *,
};
use crate::model::{
    charge::Charged,
    degradation::Degradation,
    diary::{ClockSample, ConfigChange, OutageNote, Ticket},
    ledger::{GapReason, MicroInterruption, Outage, Segment, State},
    parsed_trace::{ParsedHop, ParsedTrace, PathTool},
    summary::{
        Bucket, ClockStep, Gap, HostFigures, MicroRecord, Notice, OutagePart, OutageRecord, Quantiles, Seen, Share,
        Summary,
    },
    time::{Stamp, Timestamp},
    verdict::{Confidence, Evidence, FaultDomain, LastHop, Status},
};

/// The report in every format.
fn files(input: &Input) -> Result<Vec<(Format, Vec<u8>)>, NotRendered> {
    Format::ALL.iter().map(|format| Ok((*format, render(input, *format)?))).collect()
}

const DAY: u64 = 86_400;

fn begin() -> Timestamp {
    "2026-10-20T00:00:00Z".parse().unwrap()
}

fn stamp(second: u64) -> Stamp {
    let length = Duration::from_secs(second);
    Stamp { wall: begin() + TimeDelta::from_std(length).unwrap(), mono: length }
}

fn evidence(id: u64) -> Vec<Evidence> {
    if id.is_multiple_of(5) { Vec::new() } else { vec![Evidence::GatewayAlive, Evidence::TargetsDead] }
}

fn part(id: u64, start: u64, length: u64, domain: FaultDomain) -> OutagePart {
    OutagePart {
        start: stamp(start),
        end: stamp(start + length),
        domain,
        charged: Charged::of(domain, None),
        counted: Duration::from_secs(length),
        confidence: Confidence::ALL.get(usize::try_from(id % 4).unwrap()).copied(),
        evidence: evidence(id),
        seen: Seen::default(),
    }
}

fn micro(start: u64, end: u64) -> MicroRecord {
    MicroRecord {
        micro: MicroInterruption { start: stamp(start), end: stamp(end), domain: FaultDomain::Isp },
        charged: Some(Charged::Provider),
        confidence: Some(Confidence::High),
    }
}

fn outage(id: u64, start: u64, length: u64, domain: FaultDomain, is_open: bool) -> OutageRecord {
    OutageRecord {
        outage: Outage {
            id,
            start: stamp(start),
            end: (!is_open).then(|| stamp(start + length)),
            cut_by_gap: id.is_multiple_of(7),
            uncertainty: Duration::from_millis(900 * (id % 3)),
            segments: vec![Segment { start: stamp(start), domain }],
        },
        known_until: stamp(start + length),
        parts: vec![part(id, start, length, domain)],
        counted: Duration::from_secs(length),
        status: Some(Status::WanDown),
        cause: None,
        confidence: Confidence::ALL.get(usize::try_from(id % 4).unwrap()).copied(),
        evidence: evidence(id),
        last_hop: Some(LastHop { ttl: 2, addr: "203.0.113.7".parse().unwrap() }),
        files: vec!["trace_203.0.113.9_20261020_101010.log".into()],
        seen: Seen::default(),
    }
}

/// A summary of these outages whose totals agree with them.
fn summary(outages: Vec<OutageRecord>, days: u64) -> Summary {
    let mut totals: BTreeMap<State, Duration> = BTreeMap::new();
    let mut by_day: BTreeMap<NaiveDate, Bucket> = BTreeMap::new();
    for day in 0..days {
        let up = Duration::from_secs(DAY);
        by_day.insert(stamp(day * DAY).wall.date_naive(), Bucket { up, ..Bucket::default() });
    }
    let mut down = Duration::ZERO;
    for record in &outages {
        *totals.entry(State::Down(record.domain().unwrap())).or_default() += record.counted;
        down += record.counted;
        let day = by_day.entry(record.outage.start.wall.date_naive()).or_default();
        day.up = day.up.saturating_sub(record.counted);
        day.down += record.counted;
        day.n_outages += 1;
    }
    totals.insert(State::NotMonitored(GapReason::Asleep), Duration::from_hours(2));
    totals.insert(State::Up, Duration::from_secs(days * DAY).saturating_sub(down + Duration::from_hours(2)));
    Summary {
        period: (days > 0).then(|| (begin(), stamp(days * DAY).wall)),
        n_rows: days * 4320,
        totals,
        outages,
        by_week: vec![Bucket { up: Duration::from_hours(1), ..Bucket::default() }; 168],
        by_day,
        ..Summary::default()
    }
}

fn rich(lang: Lang, profile: Profile) -> Input {
    let domains = FaultDomain::ALL.iter().enumerate();
    let outages =
        domains.map(|(idx, domain)| outage(idx as u64 + 1, idx as u64 * DAY + 3600, 60 + idx as u64, *domain, false));
    let mut summary = summary(outages.collect(), 20);
    summary.micros.push(micro(50, 53));
    summary.degradations.push(Degradation {
        start: stamp(100),
        end: stamp(160),
        is_open: false,
        uncertainty: Some(Duration::from_millis(1700)),
        domain: Some(FaultDomain::Access),
        confidence: Some(Confidence::Medium),
        evidence: vec![Evidence::LossHigh, Evidence::JitterHigh],
    });
    summary.notices.push(Notice { start: begin(), end: stamp(60).wall, is_open: true, domain: FaultDomain::Ipv6 });
    summary.gaps.push(Gap { start: stamp(3 * DAY), end: stamp(3 * DAY + 7200), reason: GapReason::Asleep });
    summary.clock_steps.push(ClockStep { at: stamp(70).wall, seconds: -1.25 });
    summary.links = vec![("wifi:wlan0".into(), 80_000), ("wired:eth0".into(), 6400)];
    let rtt = Duration::from_micros(12_345);
    summary.hosts.push(HostFigures {
        name: "198.51.100.23".into(),
        n: 3600,
        lost: 72,
        loss_bounds: (0.0159, 0.0251),
        rtt: Some(Quantiles { min: rtt, mean: rtt, p50: rtt, p95: rtt * 2, p99: rtt * 3, max: rtt * 9 }),
        jitter: Some(rtt / 10),
    });
    summary.isp_hops.push(Share { name: "203.0.113.1".into(), n: 1200, lost: 30 });
    summary.last_hops.push((LastHop { ttl: 2, addr: "203.0.113.7".parse().unwrap() }, 13));
    let mut trace = ParsedTrace::new(PathTool::Mtr);
    trace.started = Some(stamp(3500).wall);
    trace.hops.push(ParsedHop {
        ttl: 1,
        sent: Some(20),
        unanswered: Some(0.25),
        avg: Some(rtt),
        ..ParsedHop::default()
    });
    let at = |second| stamp(second).wall;
    let mut input = Input::new(summary, at(20 * DAY));
    input.lang = lang;
    input.profile = profile;
    input.program = "network-logging 0.1.0".into();
    input.config.customer = "Erika Mustermann".into();
    input.config.monthly_fee = 39.95;
    input.host = Some(HostNote { name: "laptop".into(), system: None, machine: "x86_64".into() });
    input.files = vec![FileNote { name: "netlog.csv".into(), bytes: 1234, sha256: "ab".repeat(32) }];
    input.paths.push(OutagePath { outage: 0, time: PathTime::Before, file: "mtr_1_1_1_1.log".into(), trace });
    input.diary = Diary {
        tickets: vec![Ticket {
            id: 1,
            at: at(DAY),
            number: "T-42".into(),
            said: "hotline".into(),
            closed: Some(at(9 * DAY)),
        }],
        notes: vec![OutageNote { outage: at(3600), at: at(DAY), text: "planned work".into() }],
        changes: vec![ConfigChange {
            at: at(5),
            key: "ping_interval_sec".into(),
            from: Some("20".into()),
            to: "30".into(),
        }],
        clock: vec![ClockSample { at: at(9), ahead: -0.012, within: Duration::from_millis(30) }],
    };
    input
}

/// The text of a report on these outages and short interruptions.
fn told(lang: Lang, outages: Vec<OutageRecord>, n_micros: u64) -> String {
    let mut summary = summary(outages, 3);
    for n in 0..n_micros {
        summary.micros.push(micro(50 + n * 10, 53 + n * 10));
    }
    let mut input = Input::new(summary, stamp(4 * DAY).wall);
    input.lang = lang;
    let text = String::from_utf8(render(&input, Format::Text).unwrap()).unwrap().replace('\u{a0}', " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_headline_sums_what_is_listed() {
    let two = || vec![outage(1, 100, 120, FaultDomain::Access, false), outage(2, 4000, 60, FaultDomain::Lan, false)];
    let text = told(Lang::En, two(), 2);
    assert!(text.contains("could not be used: 2 outages (3 min 00 s) and 2 short interruptions (6.0 s)."), "{text}");
    assert!(text.contains("buys from: 1 outage (2 min 00 s) and 2 short interruptions (6.0 s), 67.7 %"), "{text}");
    assert!(text.contains("1 outage lies with the provider"), "{text}");
    let text = told(Lang::De, two(), 2);
    assert!(text.contains("nicht nutzbar: 2 Ausfälle (3 min 00 s) und 2 kurze Unterbrechungen (6,0 s)."), "{text}");
    assert!(text.contains("1 Ausfall liegt beim Anbieter"), "{text}");
    let text = told(Lang::En, Vec::new(), 1);
    assert!(text.contains("had no outage, but 1 short interruption (3.0 s)."), "{text}");
}

/// An outage of these parts, one after the other, each with its length, the party charged and how sure that is.
fn mixed(parts: &[(FaultDomain, u64, Charged, Confidence)]) -> OutageRecord {
    let mut at = 1000;
    let mut record = outage(1, at, parts.iter().map(|(_, length, ..)| length).sum(), FaultDomain::Access, false);
    (record.parts, record.outage.segments) = (Vec::new(), Vec::new());
    for (domain, length, charged, confidence) in parts {
        let evidence = match domain {
            FaultDomain::Lan => Evidence::GatewayDead,
            _ => Evidence::GatewayAlive,
        };
        record.outage.segments.push(Segment { start: stamp(at), domain: *domain });
        record.parts.push(OutagePart {
            charged: Some(*charged),
            confidence: Some(*confidence),
            evidence: vec![evidence, Evidence::TargetsDead],
            ..part(1, at, *length, *domain)
        });
        at += length;
    }
    record
}

#[test]
fn an_outage_of_two_parts_is_summed_by_each() {
    let record = mixed(&[
        (FaultDomain::Lan, 1800, Charged::Home, Confidence::High),
        (FaultDomain::Access, 1860, Charged::Provider, Confidence::High),
    ]);
    let text = told(Lang::En, vec![record.clone()], 0);
    assert!(text.contains("buys from: 1 outage (31 min 00 s), 50.8 % of the time."), "{text}");
    assert!(text.contains("1 outage of several parts: the home network failed too"), "{text}");
    assert!(
        text.contains("the fault for a part of the time") && !text.contains("excluded it answered itself"),
        "{text}"
    );
    assert!(text.contains("(charged to: Own home network)") && text.contains("(charged to: Provider)"), "{text}");
    let text = told(Lang::De, vec![record.clone()], 0);
    assert!(text.contains("bezieht: 1 Ausfall (31 min 00 s), 50,8 % der Zeit."), "{text}");
    let input = Input::new(summary(vec![record], 3), stamp(4 * DAY).wall);
    let json: serde_json::Value = serde_json::from_slice(&render(&input, Format::Json).unwrap()).unwrap();
    let sums = &json["charged"]["medium_or_high_confidence"];
    assert_eq!(
        (1800.0, 1860.0),
        (sums["home"]["outages_s"].as_f64().unwrap(), sums["provider"]["outages_s"].as_f64().unwrap())
    );
    let csv = String::from_utf8(render(&input, Format::Csv).unwrap()).unwrap();
    assert!(csv.contains("lan home 1800.000 high; access provider 1860.000 high"), "{csv}");
}

#[test]
fn a_restart_of_the_router_is_none_of_the_providers_time() {
    let record = mixed(&[
        (FaultDomain::Lan, 20, Charged::Home, Confidence::High),
        (FaultDomain::Access, 60, Charged::Home, Confidence::High),
    ]);
    let text = told(Lang::En, vec![record], 0);
    assert!(text.contains("None of it lies with the provider."), "{text}");
    assert!(!text.contains("with the provider. The home router"), "{text}");
}

#[test]
fn low_confidence_is_no_part_of_the_headline_and_stands_apart() {
    let low = mixed(&[(FaultDomain::Access, 600, Charged::Provider, Confidence::Low)]);
    let text = told(Lang::En, vec![low.clone()], 0);
    assert!(text.contains("Of none of it is it shown that it lies with the provider. With low confidence"), "{text}");
    assert!(text.contains("point to the provider: 1 outage (10 min 00 s)."), "{text}");
    assert!(text.contains("Low confidence: Provider") && !text.contains("on the provider's side"), "{text}");
    let both = mixed(&[
        (FaultDomain::Access, 600, Charged::Provider, Confidence::Low),
        (FaultDomain::Isp, 300, Charged::Provider, Confidence::Medium),
    ]);
    let text = told(Lang::De, vec![both], 0);
    assert!(text.contains("bezieht: 1 Ausfall (5 min 00 s), 33,3 % der Zeit. Mit geringer Sicherheit"), "{text}");
    let text = analysis(low);
    assert!(text.contains("Charged with low confidence, which is no evidence: provider 10 min 00 s in 1"), "{text}");
    assert!(!text.contains("Charged with medium"), "{text}");
}

/// Text of `netlog analyze` about an outage.
fn analysis(record: OutageRecord) -> String {
    let local = |at: Timestamp| at.naive_utc();
    let setting = text::Setting { n_skipped: 0, local: &local, zone: "UTC", limits: &[] };
    text::render(&summary(vec![record], 3), &setting)
}

#[test]
fn an_alternative_is_excluded_only_if_every_segment_excludes_it() {
    let quiet = |domain, evidence: &[Evidence]| {
        let mut record = mixed(&[
            (FaultDomain::Access, 60, Charged::Provider, Confidence::High),
            (domain, 60, Charged::Provider, Confidence::Medium),
        ]);
        record.parts[1].evidence = evidence.to_vec();
        told(Lang::En, vec![record], 0)
    };
    let text = quiet(FaultDomain::Isp, &[Evidence::IspHopAlive, Evidence::TargetsDead]);
    assert!(text.contains("Router ✓ excluded from"), "{text}");
    let text = quiet(FaultDomain::Isp, &[Evidence::GatewaySilent, Evidence::TargetsDead]);
    assert!(text.contains("Router – not excluded from") && text.contains("excluded: it answered itself"), "{text}");
    let text = quiet(FaultDomain::Dns, &[Evidence::GatewayAlive, Evidence::SystemDnsDead]);
    assert!(text.contains("Name resolution ✗ the fault for a part of the time"), "{text}");
}

#[test]
fn a_router_that_answered_in_every_row_is_excluded_without_words_of_evidence() {
    let rtt = Duration::from_micros(600);
    let answering = |n| {
        let mut record = outage(5, 100, 120, FaultDomain::Access, false);
        record.seen = Seen { targets: (3, 0, 12), gateway: (n, rtt * n, rtt, rtt), ..Seen::default() };
        told(Lang::En, vec![record], 0)
    };
    assert!(answering(3).contains("Router ✓ excluded it answered itself"), "{}", answering(3));
    assert!(answering(2).contains("Router – not excluded"), "{}", answering(2));
}

#[test]
fn means_are_of_what_was_seen_to_end() {
    let mut summary = summary(vec![outage(1, 100, 120, FaultDomain::Access, false)], 3);
    assert_eq!((Some(Duration::from_mins(2)), None), (summary.mttr(), summary.mtbf()));
    // Cut by a gap, and lasting.
    summary.outages.push(outage(7, 4000, 6000, FaultDomain::Access, false));
    summary.outages.push(outage(8, 14_000, 6000, FaultDomain::Access, true));
    assert_eq!(Some(Duration::from_mins(2)), summary.mttr());
    assert!(summary.mtbf().is_some());
}

#[test]
fn a_fault_at_home_says_nothing_of_the_far_end() {
    let mut record = outage(5, 100, 120, FaultDomain::Lan, false);
    record.confidence = Some(Confidence::High);
    record.seen.targets = (3, 0, 12);
    assert!(record.evidence.is_empty());
    let text = told(Lang::En, vec![record.clone()], 0);
    assert!(text.contains("it was out of reach") && text.contains("not told apart"), "{text}");
    // The method says what the word means.
    assert_eq!(1, text.matches("several independent proofs").count(), "{text}");
    assert!(!text.contains("far hosts answered"), "{text}");
    let mut of_provider = outage(1, 100, 120, FaultDomain::Access, false);
    of_provider.seen.targets = (3, 0, 12);
    let text = told(Lang::En, vec![of_provider], 0);
    assert!(text.contains("0 of 4 far hosts answered") && !text.contains("different operators answered"), "{text}");
}

#[test]
fn nothing_measured_is_no_line_without_outages() {
    let text = String::from_utf8(render(&Input::new(Summary::default(), begin()), Format::Text).unwrap()).unwrap();
    assert!(text.contains("Nothing was measured.") && !text.contains("There was no outage"), "{text}");
}

fn document(input: &Input) -> Document {
    compose::compose(input)
}

#[test]
fn the_method_of_a_run_is_not_claimed_for_single_looks() {
    for (lang, run, looks) in [(Lang::En, "Pulse: every", "Looks: "), (Lang::De, "Puls: Alle", "Blicke: ")] {
        for is_run in [true, false] {
            let mut input = rich(lang, Profile::Generic);
            input.summary.n_run_rows = if is_run { input.summary.n_rows } else { 0 };
            let text = String::from_utf8(render(&input, Format::Html).unwrap()).unwrap();
            assert_eq!((is_run, !is_run), (text.contains(run), text.contains(looks)), "{lang:?}");
        }
    }
}

#[test]
fn every_text_is_there_in_every_language() {
    for profile in Profile::ALL {
        let (en, de) = (document(&rich(Lang::En, *profile)).texts(), document(&rich(Lang::De, *profile)).texts());
        assert_eq!(en.len(), de.len());
        // What is set is the same in all languages.
        let values: Vec<String> = crate::model::config::SETTINGS
            .iter()
            .map(|setting| match setting.default() {
                crate::model::settings::Value::Text(text) => text,
                crate::model::settings::Value::List(list) => list.join(", "),
                _ => String::new(),
            })
            .collect();
        // Names, spellings for machines and words that are the same in both.
        let same = [
            "Router",
            "System",
            "Tunnel (VPN)",
            "VPN",
            "Hop",
            "n",
            "p95, ms",
            "p99, ms",
            "Median, ms",
            "MTBF, MTTR",
            "SHA-256",
            "±",
            "Jitter",
            "Jitter, ms",
            "laptop",
            "network-logging 0.1.0",
            "x86_64",
            "Erika Mustermann",
        ];
        for (en, de) in en.iter().zip(&de) {
            let is_word = |text: &str| text.split(|c: char| !c.is_alphabetic()).any(|word| word.chars().count() > 3);
            let is_technical = en.contains(['_', '.', '/', ':']) && !en.contains(' ') || en.contains("1.1.1.1");
            let is_setting = crate::model::config::setting(en).is_some() || values.contains(en);
            let is_figure = !is_word(&en.replace("abab", ""));
            assert!(!en.is_empty() || de.is_empty());
            assert!(
                en != de
                    || same.contains(&en.as_str())
                    || is_technical
                    || is_setting
                    || is_figure
                    || ["T-42", "hotline", "success", "example.com"].contains(&en.as_str()),
                "not translated: {en:?}"
            );
            assert!(!de.contains("the ") && !de.contains(" and "), "{de:?}");
        }
    }
}

#[test]
fn all_formats_show_the_same_figures() {
    for lang in Lang::ALL {
        let input = rich(*lang, Profile::De);
        let summary = &input.summary;
        let nbsp = |text: String| text.replace('\u{a0}', " ");
        let expected = [
            nbsp(lang.percent(summary.availability().unwrap())),
            nbsp(lang.length(summary.outage_time())),
            nbsp(lang.length(summary.longest().unwrap())),
            nbsp(lang.length(summary.mtbf().unwrap())),
            nbsp(lang.outages(summary.outages.len())),
        ];
        for format in [Format::Html, Format::Text, Format::Md] {
            // Lines may break anywhere.
            let text = nbsp(String::from_utf8(render(&input, format).unwrap()).unwrap());
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            for figure in &expected {
                assert!(text.contains(figure.as_str()), "{format} {lang}: {figure}");
            }
        }
        let json: serde_json::Value = serde_json::from_slice(&render(&input, Format::Json).unwrap()).unwrap();
        let seconds = json.pointer("/outage_statistics/total_s").and_then(serde_json::Value::as_f64).unwrap();
        assert!((seconds - summary.outage_time().as_secs_f64()).abs() < 1e-3);
        assert_eq!(Some(summary.outages.len()), json["outages"].as_array().map(Vec::len));
        assert_eq!("T-42", json["report"]["tickets"][0]["number"]);
        let csv = String::from_utf8(render(&input, Format::Csv).unwrap()).unwrap();
        assert_eq!(summary.outages.len() + 1, csv.lines().count());
    }
}

#[test]
fn html_is_well_formed_whatever_names_say() {
    let mut input = rich(Lang::De, Profile::De);
    input.config.customer = "<script>alert(\"&\")</script> \u{0} \u{fffe}".into();
    input.config.provider = "é".repeat(3000);
    input.diary.tickets[0].said = "]]> <b>".into();
    let html = String::from_utf8(render(&input, Format::Html).unwrap()).unwrap();
    html::well_formed(&html);
    assert!(html.contains("prefers-color-scheme") && html.contains("<svg") && html.contains("lang=\"de\""));
}

#[test]
fn nothing_that_identifies_somebody_is_left_when_redacted() {
    let mut input = rich(Lang::En, Profile::Generic);
    input.redactor = Some(std::sync::Arc::default());
    input.config.contract_number = "K-1234567".into();
    input.config.provider = "Example Net".into();
    for format in [Format::Html, Format::Text, Format::Md, Format::Json, Format::Csv] {
        let text = String::from_utf8(render(&input, format).unwrap()).unwrap();
        for private in ["Mustermann", "203.0.113.7", "198.51.100.23", "K-1234567", "T-42", "203.0.113.9", "laptop"] {
            assert!(!text.contains(private), "{format}: {private}");
        }
    }
}

#[test]
fn pdf_has_pages_an_outline_fonts_of_its_own_and_a_tree_of_tags() {
    for (lang, profile) in [(Lang::En, Profile::Us), (Lang::De, Profile::De)] {
        let pdf = render(&rich(lang, profile), Format::Pdf).unwrap();
        assert!(pdf.starts_with(b"%PDF-1.7") && pdf.trim_ascii_end().ends_with(b"%%EOF"));
        let text = String::from_utf8_lossy(&pdf);
        for part in ["/Outlines", "/StructTreeRoot", "/Lang", "/FontFile"] {
            assert!(text.contains(part) || text.contains("/ObjStm"), "{part}");
        }
    }
}

#[test]
fn empty_and_enormous_logs_render() {
    let empty = Input::new(Summary::default(), begin());
    let one = Input::new(summary(Vec::new(), 0), begin());
    let many: Vec<OutageRecord> =
        (0..3000).map(|n| outage(n, n * 20_000, 15 + n % 4000, FaultDomain::Access, n == 2999)).collect();
    let many = Input::new(summary(many, 730), begin());
    for input in [empty, one, many] {
        for (name, bytes) in files(&input).unwrap() {
            assert!(!bytes.is_empty(), "{name}");
        }
    }
}

#[test]
fn very_long_names_are_cut_or_broken() {
    let mut input = rich(Lang::En, Profile::De);
    let long = "x".repeat(2048);
    input.config.customer.clone_from(&long);
    input.config.targets = vec!["a".repeat(250); 64];
    input.summary.links = vec![(format!("wifi:{long}"), 1)];
    input.summary.hosts[0].name.clone_from(&long);
    input.diary.notes[0].text.clone_from(&long);
    input.diary.tickets[0].number = long;
    assert!(files(&input).is_ok());
}

prop_compose! {
    fn any_record()(
        id in 0_u64..100, start in 0_u64..60_000_000, length in 0_u64..10_000_000, domain in 0..FaultDomain::ALL.len(),
        is_open: bool, counted in 0_u64..u64::MAX / 4,
    ) -> OutageRecord {
        let mut record = outage(id, start, length, FaultDomain::ALL[domain], is_open);
        record.counted = Duration::from_secs(counted % (length + 1));
        if id % 11 == 0 {
            record.outage.segments.clear();
            record.parts.clear();
        }
        record
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_summary_makes_a_renderer_panic(
        records in prop::collection::vec(any_record(), 0..20),
        days in 0_u64..1200,
        by_week in prop::collection::vec(0_u64..100_000, 0..200),
        from in -8_000_000_000_000_i64..8_000_000_000_000,
        length in -10_i64..200_000_000,
        most_told in 0_usize..5,
        profile in 0..Profile::ALL.len(),
    ) {
        let mut summary = Summary { outages: records, ..summary(Vec::new(), days) };
        summary.by_week = by_week.iter().map(|n| Bucket { down: Duration::from_secs(*n), ..Bucket::default() }).collect();
        let at = chrono::DateTime::from_timestamp(from / 1000, 0).unwrap();
        summary.period = at.checked_add_signed(TimeDelta::seconds(length)).map(|end| (at, end));
        let mut input = Input::new(summary, at);
        input.most_told = most_told;
        input.profile = Profile::ALL[profile];
        input.diary.tickets = vec![Ticket { id: 0, at, number: String::new(), said: String::new(), closed: None }];
        for lang in Lang::ALL {
            input.lang = *lang;
            for (_, bytes) in files(&input).unwrap() {
                prop_assert!(!bytes.is_empty());
            }
        }
    }
}
