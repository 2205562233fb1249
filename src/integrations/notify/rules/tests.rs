//! Rules with virtual time.

use super::*;
use crate::model::verdict::Status;

pub(in crate::integrations::notify) fn local(at: Timestamp) -> NaiveDateTime {
    at.naive_utc() + chrono::TimeDelta::hours(1)
}

/// `seconds` after a Monday noon, UTC; the monotonic clock began at `base`.
pub(in crate::integrations::notify) fn moment(seconds: u64, base: u64) -> Moment {
    let wall = chrono::DateTime::from_timestamp(1_795_435_200, 0).unwrap() + Duration::from_secs(seconds);
    let mono = Duration::from_secs(seconds - base);
    Moment { wall, mono, awake: mono }
}

pub(in crate::integrations::notify) fn verdict(confidence: Confidence) -> Verdict {
    Verdict {
        status: Status::WanDown,
        cause: None,
        domain: Some(FaultDomain::Access),
        confidence,
        evidence: vec![Evidence::GatewayAlive, Evidence::TargetsDead],
        last_hop: None,
    }
}

pub(in crate::integrations::notify) fn outage(start: u64, end: Option<u64>, base: u64) -> Outage {
    let at = |seconds| moment(seconds, base).stamp();
    Outage {
        id: 1,
        start: at(start),
        end: end.map(at),
        cut_by_gap: false,
        uncertainty: Duration::from_secs(1),
        segments: vec![Segment { start: at(start), domain: FaultDomain::Access }],
    }
}

fn rules(min_outage: u64, left_open: Option<Timestamp>) -> NotifyRules {
    let settings = RuleSettings {
        site: "home".into(),
        lang: Lang::En,
        events: MessageKind::ALL.to_vec(),
        min_outage: Duration::from_secs(min_outage),
        outage_after: Duration::from_secs(10),
    };
    NotifyRules::new(settings, local, left_open)
}

fn opened(start: u64) -> Event {
    Event::OutageOpened(outage(start, None, 0), verdict(Confidence::Medium))
}

fn kinds(messages: &[NotifyMessage]) -> Vec<MessageKind> {
    messages.iter().map(|message| message.kind).collect()
}

#[test]
fn an_outage_is_told_when_it_begins_and_when_it_is_over() {
    let mut rules = rules(10, None);
    let begun = rules.on_event(&opened(100), moment(110, 0));
    assert_eq!(vec![MessageKind::OutageStarted], kinds(&begun));
    assert_eq!("home-1795435300000-outage_started", begun[0].id);
    assert_eq!("[home] Internet down since 13:01:40", begun[0].title);
    assert!(begun[0].body.contains("Found: the home router answered; no far host answered"), "{}", begun[0].body);
    assert_eq!("access", begun[0].event["outage"]["fault_domain"]);
    assert_eq!(Some(moment(100, 0).wall), rules.told_open());
    let better = Event::State(moment(150, 0).stamp(), State::Down(FaultDomain::Access), verdict(Confidence::High));
    assert!(rules.on_event(&better, moment(150, 0)).is_empty());
    let over = rules.on_event(&Event::OutageClosed(outage(100, Some(200), 0)), moment(210, 0));
    assert_eq!(vec![MessageKind::OutageEnded], kinds(&over));
    assert_eq!("[home] Internet back after 1 min 40 s", over[0].title);
    assert_eq!(("high", 100.0), {
        let told = &over[0].event["outage"];
        (told["confidence"].as_str().unwrap(), told["duration_s"].as_f64().unwrap())
    });
    assert_eq!("provider", over[0].event["outage"]["charged"]);
    assert_eq!(None, rules.told_open());
}

#[test]
fn a_short_outage_is_not_told() {
    let mut rules = rules(60, None);
    assert!(rules.on_event(&opened(100), moment(110, 0)).is_empty());
    assert_eq!(Some(Duration::from_secs(170)), rules.due());
    assert_eq!(None, rules.on_time(moment(169, 0)));
    assert!(rules.on_event(&Event::OutageClosed(outage(100, Some(159), 0)), moment(169, 0)).is_empty());
    assert_eq!((None, None), (rules.on_time(moment(500, 0)), rules.due()));
}

#[test]
fn a_long_outage_is_told_once_it_has_lasted() {
    let mut rules = rules(60, None);
    rules.on_event(&opened(100), moment(110, 0));
    assert_eq!(Some(MessageKind::OutageStarted), rules.on_time(moment(170, 0)).map(|message| message.kind));
    assert_eq!(None, rules.on_time(moment(171, 0)));
    let over = rules.on_event(&Event::OutageClosed(outage(100, Some(160), 0)), moment(170, 0));
    assert_eq!(vec![MessageKind::OutageEnded], kinds(&over));
}

#[test]
fn only_the_events_asked_for_are_told() {
    let mut rules = rules(10, None);
    rules.settings.events = vec![MessageKind::OutageEnded];
    assert!(rules.on_event(&opened(100), moment(110, 0)).is_empty());
    assert_eq!(None, rules.told_open());
    assert!(rules.on_event(&Event::Intermittent(moment(120, 0).stamp()), moment(120, 0)).is_empty());
    let over = rules.on_event(&Event::OutageClosed(outage(100, Some(200), 0)), moment(210, 0));
    assert_eq!(vec![MessageKind::OutageEnded], kinds(&over));
}

#[test]
fn an_outage_of_a_run_before_is_told_as_over() {
    let start = moment(0, 0).wall;
    let up = |at: u64| Event::State(moment(at, 0).stamp(), State::Up, verdict(Confidence::High));
    let mut works = rules(10, Some(start));
    assert_eq!(Some(start), works.told_open());
    let over = works.on_event(&up(60), moment(60, 0));
    assert_eq!("home-1795435200000-outage_ended", over[0].id);
    assert!(works.on_event(&up(61), moment(61, 0)).is_empty());
    // It still lasts: it is known to be down, so only its end is told.
    let mut lasts = rules(10, Some(start));
    assert!(lasts.on_event(&opened(100), moment(110, 0)).is_empty());
    let over = lasts.on_event(&Event::OutageClosed(outage(100, Some(200), 0)), moment(210, 0));
    assert_eq!(vec![MessageKind::OutageEnded], kinds(&over));
    assert_eq!(None, lasts.told_open());
}

#[test]
fn other_events_are_told_with_their_own_identifiers() {
    let mut rules = rules(10, None);
    let at = moment(50, 0);
    let notice = |is_begun| Event::Notice(at.stamp(), FaultDomain::Ipv6, is_begun, verdict(Confidence::Low));
    assert!(rules.on_event(&notice(false), at).is_empty(), "of a fault that was never told");
    let begun = rules.on_event(&notice(true), at);
    assert_eq!("home-1795435250000-notice-ipv6", begun[0].id);
    assert!(begun[0].body.contains("low; no evidence"), "{}", begun[0].body);
    assert_eq!(MessageLevel::Resolved, rules.on_event(&notice(false), moment(80, 0))[0].level);
    let warning = Event::Warning(at.stamp(), "disk full".into());
    let (first, second) = (rules.on_event(&warning, at), rules.on_event(&warning, at));
    assert_ne!(first[0].id, second[0].id);
    assert_eq!(vec![MessageKind::Intermittent], kinds(&rules.on_event(&Event::Intermittent(at.stamp()), at)));
    let month = chrono::NaiveDate::from_ymd_opt(2026, 10, 1).unwrap();
    assert_eq!("[home] Report of October 2026", rules.report(month, "report_2026-10.pdf", at.wall).unwrap().title);
}

#[test]
fn several_messages_become_one() {
    let mut rules = rules(10, None);
    let mut all = Vec::new();
    for (start, end, confidence) in
        [(100, 160, Confidence::High), (300, 390, Confidence::High), (500, 520, Confidence::Low)]
    {
        rules.on_event(&Event::OutageOpened(outage(start, None, 0), verdict(confidence)), moment(start + 10, 0));
        all.extend(rules.on_event(&Event::OutageClosed(outage(start, Some(end), 0)), moment(end + 10, 0)));
    }
    let digest = rules.together(all.clone(), moment(1_000, 0).wall).unwrap();
    assert_eq!("[home] 2 outages, 2 min 30 s in total", digest.title);
    assert!(digest.body.contains("1 outage of low confidence, 20.0 s"), "{}", digest.body);
    let ids: Vec<&str> = digest.event["events"].as_array().unwrap().iter().map(|e| e["id"].as_str().unwrap()).collect();
    assert_eq!(all.iter().map(|message| message.id.as_str()).collect::<Vec<_>>(), ids);
    assert_eq!(Some(all[0].clone()), rules.together(vec![all[0].clone()], moment(1_000, 0).wall));
    assert_eq!(None, rules.together(Vec::new(), moment(1_000, 0).wall));
}
