use super::*;
use crate::model::{
    ledger::GapReason,
    state::{DayState, GatewayState, QualityState, StateDocument},
    time::Timestamp,
};

fn snapshot(hosts: &[&str], is_measured: bool) -> Arc<StateSnapshot> {
    let at = Timestamp::from_timestamp(1_800_000_000, 0).unwrap();
    let target = |host: &&str| TargetState { host: host.parse().unwrap(), is_up: Some(true), rtt: None };
    let document = StateDocument {
        site: "home".into(),
        time: at,
        started: Some(at),
        last_check: is_measured.then_some(at),
        state: if is_measured { State::Up } else { State::NotMonitored(GapReason::Paused) },
        since: None,
        status: None,
        cause: None,
        domain: None,
        charged: None,
        confidence: None,
        evidence: Vec::new(),
        gateway: GatewayState::default(),
        internet_ok: None,
        isp_ok: None,
        dns_ok: None,
        http_ok: None,
        ipv6_ok: None,
        quality: QualityState::default(),
        targets: hosts.iter().map(target).collect(),
        resolvers: Vec::new(),
        today: DayState {
            date: at.date_naive(),
            checks: 0,
            success_rate: None,
            availability: None,
            coverage: None,
            outages: 0,
            outage_time: std::time::Duration::ZERO,
            micro_interruptions: 0,
        },
        outage: None,
        last_outage: None,
        notices: Vec::new(),
    };
    let json = Arc::from(state_json::to_json(&document).to_string());
    Arc::new(StateSnapshot { document, json })
}

fn session(form: DiscoveryForm, hosts: &[&str]) -> MqttSession {
    let topics = LineTopics::new("netlog", "home");
    let settings = SessionSettings {
        discovery: DiscoveryTopics::new("homeassistant", "home"),
        form,
        input: DiscoveryInput { site: "home".into(), topics, expire_after: 60 },
    };
    MqttSession::new(settings, snapshot(hosts, true))
}

/// Topics of the next batch, which is delivered at once. Without the beginning that most have.
fn deliver(session: &mut MqttSession) -> Vec<String> {
    let batch = session.next_batch().unwrap_or_default();
    session.handle_delivered();
    let short = |message: MqttMessage| {
        let topic = message.topic.strip_prefix("netlog/home/").unwrap_or(&message.topic).to_owned();
        if message.payload.is_empty() { format!("-{topic}") } else { topic }
    };
    batch.into_iter().map(short).collect()
}

const DEVICE: &str = "homeassistant/device/netlog_home/config";

#[test]
fn a_connection_publishes_state_then_online_then_discovery_then_events() {
    let mut session = session(DiscoveryForm::Device, &["1.1.1.1"]);
    session.handle_event(Arc::from("{}"));
    assert_eq!(None, session.next_batch());
    session.handle_connected();
    assert_eq!(vec!["state", "target/1_1_1_1/state", "availability"], deliver(&mut session));
    assert_eq!(vec!["event"], deliver(&mut session), "an event need not wait for discovery");
    assert_eq!(None, session.next_batch());
    session.handle_settled();
    assert_eq!(vec![DEVICE], deliver(&mut session));
    assert_eq!(None, session.next_batch());
    session.handle_snapshot(snapshot(&["1.1.1.1"], true));
    assert_eq!(vec!["state", "target/1_1_1_1/state"], deliver(&mut session));
    // The next connection: everything again.
    session.handle_disconnected();
    session.handle_connected();
    assert_eq!(3, deliver(&mut session).len());
    session.handle_settled();
    assert_eq!(vec![DEVICE], deliver(&mut session));
}

#[test]
fn all_but_events_is_retained() {
    let mut session = session(DiscoveryForm::Device, &["1.1.1.1"]);
    session.handle_event(Arc::from("{}"));
    session.handle_connected();
    session.handle_settled();
    let mut n = 0;
    while let Some(batch) = session.next_batch() {
        session.handle_delivered();
        for message in batch {
            assert_eq!(message.topic != "netlog/home/event", message.is_retained, "{}", message.topic);
            n += 1;
        }
    }
    assert_eq!(5, n);
    let expected = MqttMessage::retained("netlog/home/availability".into(), Arc::from("offline"));
    assert_eq!(expected, session.farewell());
}

#[test]
fn one_batch_is_under_way_and_of_the_state_the_newest_counts() {
    let mut session = session(DiscoveryForm::Off, &[]);
    session.handle_connected();
    assert!(session.next_batch().is_some());
    for _ in 0..1000 {
        session.handle_snapshot(snapshot(&[], true));
        assert_eq!(None, session.next_batch());
    }
    session.handle_delivered();
    assert_eq!(vec!["state"], deliver(&mut session));
    assert_eq!(None, session.next_batch());
}

#[test]
fn the_newest_events_are_kept_in_order_until_they_are_acknowledged() {
    let mut session = session(DiscoveryForm::Off, &[]);
    for n in 0..130 {
        session.handle_event(Arc::from(n.to_string()));
    }
    assert_eq!((100, 30), (session.n_waiting(), session.n_dropped()));
    session.handle_connected();
    deliver(&mut session);
    // Never acknowledged: they come again.
    let first = session.next_batch().unwrap();
    session.handle_event(Arc::from("130"));
    assert_eq!((100, 31), (session.n_waiting(), session.n_dropped()));
    session.handle_disconnected();
    session.handle_connected();
    deliver(&mut session);
    let mut payloads = Vec::new();
    while let Some(batch) = session.next_batch() {
        assert!(batch.iter().all(|message| !message.is_retained));
        payloads.extend(batch.into_iter().map(|message| message.payload.to_string()));
        session.handle_delivered();
    }
    let expected: Vec<String> = (30..40).chain(41..131).map(|n| n.to_string()).collect();
    assert_eq!(expected, payloads);
    let first: Vec<String> = first.into_iter().map(|message| message.payload.to_string()).collect();
    assert_eq!(expected[..10], first);
    assert_eq!(0, session.n_waiting());
}

#[test]
fn commands_are_taken_but_not_retained_or_malformed_ones() {
    let mut session = session(DiscoveryForm::Device, &[]);
    let mut wish = |payload: &[u8], is_retained| session.handle_message(b"netlog/home/cmd", payload, is_retained);
    assert_eq!(Some(MqttWish::Command(MqttCommand::Test)), wish(b"run_test", false));
    assert_eq!(Some(MqttWish::Command(MqttCommand::Test)), wish(b"check_gateway\n", false));
    assert_eq!(Some(MqttWish::Command(MqttCommand::Analyze)), wish(b"analyze_logs", false));
    assert_eq!(None, wish(b"run_test", true));
    for bad in [&b""[..], b"RUN_TEST", b"run_test; reboot", b"\xff", &[b'a'; 1 << 10]] {
        assert_eq!(None, wish(bad, false));
    }
    assert_eq!(None, session.handle_message(b"netlog/other/cmd", b"run_test", false));
    assert_eq!(None, session.handle_message(b"\xff\xff", b"run_test", false));
}

#[test]
fn a_start_of_home_assistant_refreshes_discovery_and_state() {
    let mut session = session(DiscoveryForm::Device, &[]);
    session.handle_connected();
    session.handle_settled();
    while session.next_batch().is_some() {
        session.handle_delivered();
    }
    let status = b"homeassistant/status";
    assert_eq!(None, session.handle_message(status, b"online", true));
    assert_eq!(None, session.handle_message(status, b"offline", false));
    assert_eq!(Some(MqttWish::Refresh), session.handle_message(status, b"online", false));
    assert_eq!(None, session.next_batch());
    session.handle_refresh();
    assert_eq!(vec![DEVICE], deliver(&mut session));
    assert_eq!(vec!["state"], deliver(&mut session));
}

#[test]
fn what_an_earlier_run_left_is_removed() {
    let mut session = session(DiscoveryForm::Device, &["1.1.1.1"]);
    session.handle_connected();
    let device = br#"{"cmps":{"target_9_9_9_9":{"p":"binary_sensor"},"gateway":{"p":"binary_sensor"}}}"#;
    assert_eq!(Some(MqttWish::Found), session.handle_message(DEVICE.as_bytes(), device, true));
    for slug in ["9_9_9_9", "1_1_1_1"] {
        let topic = format!("netlog/home/target/{slug}/state");
        assert_eq!(Some(MqttWish::Found), session.handle_message(topic.as_bytes(), b"{}", true));
    }
    // Its own messages that come back, and those of others, are none.
    assert_eq!(None, session.handle_message(DEVICE.as_bytes(), device, false));
    assert_eq!(None, session.handle_message(b"homeassistant/device/netlog_b/config", device, true));
    assert_eq!(3, deliver(&mut session).len());
    session.handle_settled();
    assert_eq!(None, session.handle_message(DEVICE.as_bytes(), device, true), "too late");
    let batch = session.next_batch().unwrap();
    assert!(batch[0].payload.contains(r#""target_9_9_9_9":{"p":"binary_sensor"}"#));
    // Lost on the way: all of it again.
    session.handle_disconnected();
    session.handle_connected();
    deliver(&mut session);
    session.handle_settled();
    assert_eq!(vec![DEVICE, DEVICE, "-target/9_9_9_9/state"], deliver(&mut session));
    session.handle_refresh();
    assert_eq!(vec![DEVICE], deliver(&mut session));
}

#[test]
fn far_hosts_that_come_and_go_while_connected() {
    let mut session = session(DiscoveryForm::Component, &["1.1.1.1"]);
    session.handle_connected();
    session.handle_settled();
    deliver(&mut session);
    deliver(&mut session);
    session.handle_snapshot(snapshot(&["8.8.8.8"], true));
    let topics = deliver(&mut session);
    let gone = "binary_sensor/netlog_home/target_1_1_1_1";
    assert!(topics.contains(&format!("-homeassistant/{gone}/config")), "{topics:?}");
    assert!(topics.contains(&"homeassistant/binary_sensor/netlog_home/target_8_8_8_8/config".to_owned()));
    assert!(topics.contains(&"-target/1_1_1_1/state".to_owned()));
    assert_eq!(vec!["state", "target/8_8_8_8/state"], deliver(&mut session));
}

#[test]
fn nothing_is_removed_before_the_first_cycle() {
    let mut session = session(DiscoveryForm::Device, &["1.1.1.1"]);
    session.handle_snapshot(snapshot(&[], false));
    session.handle_connected();
    let device = br#"{"cmps":{"target_1_1_1_1":{"p":"binary_sensor"}}}"#;
    session.handle_message(DEVICE.as_bytes(), device, true);
    session.handle_message(b"netlog/home/target/1_1_1_1/state", b"{}", true);
    deliver(&mut session);
    session.handle_settled();
    assert_eq!(vec![DEVICE], deliver(&mut session));
    session.handle_snapshot(snapshot(&["1.1.1.1"], true));
    assert_eq!(vec![DEVICE], deliver(&mut session));
    assert_eq!(vec!["state", "target/1_1_1_1/state"], deliver(&mut session));
}

#[test]
fn a_far_host_is_neither_up_nor_down_while_nothing_is_measured() {
    let mut session = session(DiscoveryForm::Off, &["1.1.1.1"]);
    session.handle_snapshot(snapshot(&["1.1.1.1"], false));
    session.handle_connected();
    let batch = session.next_batch().unwrap();
    assert_eq!(r#"{"host":"1.1.1.1","slug":"1_1_1_1","ok":null,"rtt_ms":null}"#, &*batch[1].payload);
}

#[test]
fn discovery_that_is_off_is_taken_away() {
    let mut session = session(DiscoveryForm::Off, &[]);
    assert!(!session.subscriptions().contains(&"homeassistant/status".to_owned()));
    session.handle_connected();
    session.handle_message(DEVICE.as_bytes(), b"{\"cmps\":{}}", true);
    deliver(&mut session);
    session.handle_settled();
    assert_eq!(vec![format!("-{DEVICE}")], deliver(&mut session));
    assert_eq!(None, session.next_batch());
}
