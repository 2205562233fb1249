//! The MQTT sink against brokers of the worst sort, and a helper that the script `tests/integrations/mqtt` drives
//! against real ones.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead as _, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use network_logging::{
    analysis::state::StateFold,
    clock,
    codec::{config_json, state_json},
    integrations::{
        metrics::MetricsRegistry,
        mqtt::{self, options::BrokerOptions},
        shared::{EventKind, HubEnds, Published, Refusal, Request, Shared, StateSnapshot},
        sink_status::{SinkState, SinkStatus},
    },
    model::{
        config::Config,
        ledger::State,
        secrets::Secrets,
        state::{GatewayState, StateDocument, TargetState},
        verdict::{FaultDomain, Status},
    },
};
use tokio::sync::{oneshot, watch};

const PASSWORD: &str = "swordfish-1234";

fn document(hosts: &[&str]) -> StateDocument {
    let now = clock::now().wall;
    let mut fold = StateFold::new("home", Duration::from_secs(10), Duration::from_mins(1), Arc::new(clock::local));
    fold.note_running(now);
    let target = |host: &&str| TargetState { host: host.parse().unwrap(), is_up: Some(true), rtt: None };
    StateDocument {
        last_check: Some(now),
        state: State::Up,
        status: Some(Status::Ok),
        internet_ok: Some(true),
        gateway: GatewayState { is_up: Some(true), addr: "192.0.2.1".parse().ok(), rtt: None },
        targets: hosts.iter().map(target).collect(),
        ..fold.document(now)
    }
}

/// The document while the provider's line is down.
fn document_down(hosts: &[&str]) -> StateDocument {
    StateDocument {
        state: State::Down(FaultDomain::Access),
        status: Some(Status::WanDown),
        domain: Some(FaultDomain::Access),
        internet_ok: Some(false),
        ..document(hosts)
    }
}

fn snapshot(document: StateDocument) -> Arc<StateSnapshot> {
    let json = Arc::from(state_json::to_json(&document).to_string());
    Arc::new(StateSnapshot { document, json })
}

// ---------------------------------------------------------------------------------------------------------------
// Brokers.

/// A packet: its first byte and what follows the length.
type RawPacket = (u8, Vec<u8>);

fn read_packet(stream: &mut TcpStream) -> Option<RawPacket> {
    let mut byte = [0];
    stream.read_exact(&mut byte).ok()?;
    let first = byte[0];
    let (mut length, mut shift) = (0_usize, 0);
    loop {
        stream.read_exact(&mut byte).ok()?;
        length |= usize::from(byte[0] & 0x7f) << shift;
        shift += 7;
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((first, body))
}

fn text(bytes: &[u8]) -> (String, &[u8]) {
    let length = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    (String::from_utf8(bytes[2..2 + length].to_vec()).unwrap(), &bytes[2 + length..])
}

fn publish(topic: &str, payload: &[u8], is_retained: bool) -> Vec<u8> {
    let mut packet = vec![0x30 | u8::from(is_retained)];
    let mut length = 2 + topic.len() + payload.len();
    loop {
        let low = u8::try_from(length % 128).unwrap();
        length /= 128;
        packet.push(if length > 0 { low | 0x80 } else { low });
        if length == 0 {
            break;
        }
    }
    packet.extend(u16::try_from(topic.len()).unwrap().to_be_bytes());
    packet.extend(topic.as_bytes());
    packet.extend(payload);
    packet
}

/// What a broker that works saw.
#[derive(Debug, PartialEq)]
enum Seen {
    Connect(Vec<u8>),
    Subscribe(Vec<String>),
    Publish { topic: String, payload: String, is_retained: bool },
    Disconnect,
}

/// Acknowledges what is asked, and reports it.
fn serve(stream: &mut TcpStream, seen: &mpsc::Sender<Seen>) {
    while let Some((first, body)) = read_packet(stream) {
        match first >> 4 {
            1 => {
                stream.write_all(&[0x20, 2, 0, 0]).unwrap();
                seen.send(Seen::Connect(body)).unwrap();
            }
            3 => {
                let (topic, rest) = text(&body);
                assert_eq!(2, first & 0x06, "QoS 1");
                if stream.write_all(&[0x40, 2, rest[0], rest[1]]).is_err() {
                    return;
                }
                let payload = String::from_utf8(rest[2..].to_vec()).unwrap();
                let message = Seen::Publish { topic, payload, is_retained: first & 1 == 1 };
                if seen.send(message).is_err() {
                    return;
                }
            }
            8 => {
                let mut filters = Vec::new();
                let mut rest = &body[2..];
                while !rest.is_empty() {
                    let (filter, after) = text(rest);
                    filters.push(filter);
                    rest = &after[1..];
                }
                let n = u8::try_from(filters.len()).unwrap();
                let mut answer = vec![0x90, 2 + n, body[0], body[1]];
                answer.extend(vec![1; filters.len()]);
                stream.write_all(&answer).unwrap();
                seen.send(Seen::Subscribe(filters)).unwrap();
            }
            10 => stream.write_all(&[0xb0, 2, body[0], body[1]]).unwrap(),
            12 => stream.write_all(&[0xd0, 0]).unwrap(),
            14 => {
                seen.send(Seen::Disconnect).unwrap();
                return;
            }
            kind => panic!("packet {kind}"),
        }
    }
}

/// Listens on loopback, and gives every connection to `act`. Returns the port and the number of connections so far.
fn broker(act: impl Fn(TcpStream) + Send + 'static) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connections);
    thread::spawn(move || {
        for stream in listener.incoming() {
            counter.fetch_add(1, Ordering::SeqCst);
            act(stream.unwrap());
        }
    });
    (port, connections)
}

// ---------------------------------------------------------------------------------------------------------------
// The sink.

/// A running sink and the hub's side of it.
struct Running {
    shared: Shared,
    ends: HubEnds,
    status: watch::Receiver<SinkStatus>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Running {
    fn start(options: BrokerOptions, hosts: &[&str]) -> Self {
        let (shared, ends) = Shared::new(snapshot(document(hosts)), MetricsRegistry::new());
        let (sender, status) = watch::channel(mqtt::first_status());
        let (stop, stopped) = oneshot::channel();
        let given = shared.clone();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(mqtt::run(options, given, sender, stopped));
        });
        Self { shared, ends, status, stop: Some(stop), thread: Some(thread) }
    }

    fn at(port: u16) -> Self {
        Self::start(options(&format!("mqtt://127.0.0.1:{port}")), &["1.1.1.1"])
    }

    /// Waits until the status is so.
    fn wait(&self, what: &str, is_so: impl Fn(&SinkStatus) -> bool) -> SinkStatus {
        let begin = Instant::now();
        loop {
            let status = self.status.borrow().clone();
            if is_so(&status) {
                return status;
            }
            assert!(begin.elapsed() < Duration::from_mins(1), "not {what}: {status:?}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn wait_fault(&self, part: &str) -> SinkStatus {
        let is_so = |status: &SinkStatus| status.error.as_ref().is_some_and(|error| error.contains(part));
        let status = self.wait(part, is_so);
        assert_eq!(SinkState::Failing, status.state);
        assert!(!format!("{status:?}").contains(PASSWORD));
        status
    }

    /// Asks the sink to end, and waits for it.
    fn stop(&mut self) {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap();
    }
}

fn options(url: &str) -> BrokerOptions {
    let config = Config { mqtt_url: url.to_owned(), mqtt_user: "netlog".to_owned(), ..Config::default() };
    BrokerOptions::new(&config, &Secrets { mqtt_password: PASSWORD.to_owned(), ..Secrets::default() }).unwrap()
}

/// The messages up to the one on this topic, that one included.
fn messages_to(seen: &mpsc::Receiver<Seen>, last: &str) -> BTreeMap<String, (String, bool)> {
    let mut messages = BTreeMap::new();
    while !messages.contains_key(last) {
        if let Seen::Publish { topic, payload, is_retained } = seen.recv_timeout(Duration::from_secs(20)).unwrap() {
            messages.insert(topic, (payload, is_retained));
        }
    }
    messages
}

#[test]
fn a_whole_session() {
    let (sender, seen) = mpsc::channel();
    let (port, _) = broker(move |mut stream| {
        let mut writer = stream.try_clone().unwrap();
        let (inner, connected) = mpsc::channel();
        let sender = sender.clone();
        thread::spawn(move || {
            for message in connected {
                if matches!(message, Seen::Subscribe(_)) {
                    writer.write_all(&publish("netlog/home/cmd", b"run_test", true)).unwrap();
                    writer.write_all(&publish("netlog/home/cmd", b"analyze_logs", false)).unwrap();
                }
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        serve(&mut stream, &inner);
    });
    let mut running = Running::at(port);
    let Seen::Connect(connect) = seen.recv_timeout(Duration::from_secs(20)).unwrap() else { panic!("no CONNECT") };
    // MQTT 3.1.1; user, password, will retained with QoS 1, clean session; keep-alive of 15 s.
    assert_eq!(b"\0\x04MQTT\x04\xee\0\x0f", &connect[..10]);
    let (client, rest) = text(&connect[10..]);
    let (topic, rest) = text(rest);
    let (will, _) = text(rest);
    assert_eq!(("netlog_home", "netlog/home/availability", "offline"), (&*client, &*topic, &*will));

    let device = "homeassistant/device/netlog_home/config";
    let messages = messages_to(&seen, device);
    assert_eq!(("online".to_owned(), true), messages["netlog/home/availability"]);
    assert!(messages.values().all(|(_, is_retained)| *is_retained));
    assert!(messages[device].0.contains("binary_sensor.internet_1_1_1_1"));
    assert!(messages["netlog/home/state"].0.contains(r#""internet_ok":true"#));
    assert_eq!(1, messages.keys().filter(|topic| topic.starts_with("netlog/home/target/")).count());

    // The retained command is none; the other is a request, whose refusal is told.
    let Some(Request::Analyze(period, reply)) = running.ends.requests.blocking_recv() else { panic!("no request") };
    assert!(period.from.is_some() && period.to.is_none());
    reply.send(Err(Refusal::Busy)).unwrap();
    let (payload, is_retained) = messages_to(&seen, "netlog/home/event").remove("netlog/home/event").unwrap();
    assert!(payload.contains(r#""event_type":"analysis_finished""#) && payload.contains("already running"));
    assert!(!is_retained);
    assert!(running.ends.requests.try_recv().is_err());

    let event = Published::Event(EventKind::OutageEnded, Arc::from(r#"{"event_type":"outage_ended"}"#));
    running.shared.events.send(event).unwrap();
    assert_eq!(r#"{"event_type":"outage_ended"}"#, messages_to(&seen, "netlog/home/event")["netlog/home/event"].0);
    running.ends.state.send(snapshot(document(&["1.1.1.1", "8.8.8.8"]))).unwrap();
    assert!(messages_to(&seen, device)[device].0.contains("binary_sensor.internet_8_8_8_8"));

    let status = running.wait("working", |status| status.state == SinkState::Working && status.last_success.is_some());
    assert_eq!((None, 0), (status.error, status.waiting));
    running.stop();
    assert_eq!("offline", messages_to(&seen, "netlog/home/availability")["netlog/home/availability"].0);
    assert_eq!(Seen::Disconnect, seen.recv_timeout(Duration::from_secs(20)).unwrap());
}

#[test]
fn events_of_a_time_without_broker_come_in_order_after_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let running = Running::at(port);
    running.wait_fault("not reached");
    for n in 0..3 {
        running.shared.events.send(Published::Event(EventKind::OutageEnded, Arc::from(n.to_string()))).unwrap();
    }
    running.wait("waiting", |status| status.waiting == 3);
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let (sender, seen) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            serve(&mut stream.unwrap(), &sender);
        }
    });
    let mut events = Vec::new();
    while events.len() < 3 {
        match seen.recv_timeout(Duration::from_secs(30)).unwrap() {
            Seen::Publish { topic, payload, .. } if topic == "netlog/home/event" => events.push(payload),
            _ => {}
        }
    }
    assert_eq!(vec!["0", "1", "2"], events);
    running.wait("delivered", |status| status.waiting == 0 && status.error.is_none());
}

#[test]
fn a_refused_user_is_told_and_not_tried_again_at_once() {
    let (port, connections) = broker(|mut stream| {
        read_packet(&mut stream).unwrap();
        stream.write_all(&[0x20, 2, 0, 5]).unwrap();
    });
    let running = Running::at(port);
    let status = running.wait_fault("mqtt_password");
    thread::sleep(Duration::from_secs(3));
    assert_eq!(1, connections.load(Ordering::SeqCst));
    assert_eq!(None, status.last_success);
}

fn test_of(port: u16) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(mqtt::test(&options(&format!("mqtt://127.0.0.1:{port}"))))
}

#[test]
fn a_test_leaves_the_connection_of_the_monitor_alone_and_publishes_nothing() {
    let (sender, seen) = mpsc::channel();
    let (port, _) = broker(move |mut stream| serve(&mut stream, &sender));
    assert_eq!(Ok(()), test_of(port));
    let Seen::Connect(connect) = seen.recv_timeout(Duration::from_secs(20)).unwrap() else { panic!("no CONNECT") };
    assert_eq!(0, connect[7] & 4, "a will");
    assert_eq!("netlog_home_test", text(&connect[10..]).0);
    assert_eq!(Seen::Disconnect, seen.recv_timeout(Duration::from_secs(20)).unwrap());
    let (port, _) = broker(|mut stream| {
        read_packet(&mut stream).unwrap();
        stream.write_all(&[0x20, 2, 0, 4]).unwrap();
    });
    assert!(test_of(port).unwrap_err().contains("mqtt_password"));
}

#[test]
fn a_server_that_speaks_no_mqtt_is_told() {
    let (port, connections) = broker(|mut stream| {
        read_packet(&mut stream).unwrap();
        drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
    });
    let running = Running::at(port);
    running.wait_fault("check mqtt_url");
    // It is tried again, after 0.5 to 1 s at first.
    let begin = Instant::now();
    while connections.load(Ordering::SeqCst) < 2 {
        assert!(begin.elapsed() < Duration::from_secs(20));
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_broker_that_never_answers_is_told_and_the_sink_ends_when_asked() {
    let (port, _) = broker(|stream| {
        thread::spawn(move || {
            thread::sleep(Duration::from_mins(1));
            drop(stream);
        });
    });
    let mut running = Running::at(port);
    running.wait_fault("does not answer");
    let begin = Instant::now();
    running.stop();
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_broker_that_acknowledges_nothing_is_left() {
    let (port, _) = broker(|mut stream| {
        while let Some((first, _)) = read_packet(&mut stream) {
            let answer: &[u8] = match first >> 4 {
                1 => &[0x20, 2, 0, 0],
                12 => &[0xd0, 0],
                _ => continue,
            };
            if stream.write_all(answer).is_err() {
                return;
            }
        }
    });
    let running = Running::at(port);
    running.wait("working", |status| status.state == SinkState::Working);
    for n in 0..50 {
        running.shared.events.send(Published::Event(EventKind::OutageEnded, Arc::from(n.to_string()))).unwrap();
        running.ends.state.send(snapshot(document(&["1.1.1.1"]))).unwrap();
        thread::sleep(Duration::from_millis(5));
    }
    let status = running.wait_fault("acknowledges nothing");
    assert_eq!((50, None), (status.waiting, status.last_success));
}

#[test]
fn a_packet_without_measure_ends_the_connection_and_takes_no_memory() {
    let (port, _) = broker(|mut stream| {
        read_packet(&mut stream).unwrap();
        stream.write_all(&[0x20, 2, 0, 0]).unwrap();
        // A message of 256 MiB is announced, and sent as far as somebody reads.
        stream.write_all(&[0x30, 0xff, 0xff, 0xff, 0x7f]).unwrap();
        let block = vec![0; 1 << 16];
        while stream.write_all(&block).is_ok() {}
    });
    let running = Running::at(port);
    running.wait_fault("too large");
}

#[test]
fn garbage_after_the_connection_ends_it() {
    for garbage in [
        &[0xff_u8, 0xff, 0xff, 0xff, 0xff, 0xff][..],
        &[0x00, 0x00],
        &[0x20, 0x02, 0x00, 0x00],
        &[0x90, 0x01, 0x00],
        &[0x40, 0x02, 0xff, 0xff],
        &[0x30, 0x03, 0xff, 0xff, 0x00],
        &[0x3f, 0x02, 0x00, 0x00],
    ] {
        let (port, _) = broker(move |mut stream| {
            read_packet(&mut stream).unwrap();
            stream.write_all(&[0x20, 2, 0, 0]).unwrap();
            drop(stream.write_all(garbage));
            // Whatever comes is read, so that the end is of the sink's own making.
            while read_packet(&mut stream).is_some() {}
        });
        let mut running = Running::at(port);
        running.wait(&format!("failing by {garbage:x?}"), |status| status.state == SinkState::Failing);
        running.stop();
    }
}

#[test]
fn a_flood_of_commands_and_births_makes_few_requests() {
    let (sender, seen) = mpsc::channel();
    let (port, _) = broker(move |mut stream| {
        let mut writer = stream.try_clone().unwrap();
        thread::spawn(move || {
            let mut flood = Vec::new();
            for _ in 0..1000 {
                flood.extend(publish("netlog/home/cmd", b"run_test", false));
                flood.extend(publish("homeassistant/status", b"online", false));
                flood.extend(publish("netlog/home/cmd", &[0xff; 4096], false));
            }
            thread::sleep(Duration::from_millis(500));
            drop(writer.write_all(&flood));
        });
        serve(&mut stream, &sender);
    });
    let mut running = Running::at(port);
    let Some(Request::RunTest(_unanswered)) = running.ends.requests.blocking_recv() else { panic!("no request") };
    thread::sleep(Duration::from_secs(4));
    assert!(running.ends.requests.try_recv().is_err(), "one test at a time");
    running.stop();
    let is_device = |seen: &Seen| matches!(seen, Seen::Publish { topic, .. } if topic.contains("/device/"));
    let n = seen.try_iter().filter(is_device).count();
    assert!((1..=3).contains(&n), "{n} times");
}

// ---------------------------------------------------------------------------------------------------------------
// The helper.

/// File of settings of a sink that a script drives; the password stands in the second line of it.
const HELPER: &str = "NETLOG_MQTT_HELPER";

/// Runs the sink until its input ends. Lines: `hosts A B`, the same with `down`, `event JSON`. No test of its own.
#[test]
fn helper_that_publishes() {
    let Some(path) = env::var_os(HELPER) else { return };
    let settings = fs::read_to_string(path).unwrap();
    let (settings, password) = settings.split_once('\n').unwrap();
    let (config, faults) = config_json::read(settings);
    assert!(faults.is_empty(), "{faults:?}");
    let secrets = Secrets { mqtt_password: password.trim().to_owned(), ..Secrets::default() };
    let mut running = Running::start(BrokerOptions::new(&config, &secrets).unwrap(), &["1.1.1.1"]);
    let (sender, mut requests) = tokio::sync::mpsc::channel(64);
    std::mem::swap(&mut running.ends.requests, &mut requests);
    drop(sender);
    let events = running.shared.events.clone();
    thread::spawn(move || {
        while let Some(request) = requests.blocking_recv() {
            let kind = match request {
                Request::RunTest(_) => EventKind::TestFinished,
                _ => EventKind::AnalysisFinished,
            };
            println!("request {}", kind.as_str());
            let json = format!(r#"{{"event_type":"{}","result":{{"ok":true}}}}"#, kind.as_str());
            drop(events.send(Published::Event(kind, Arc::from(json))));
        }
    });
    let mut status = running.status.clone();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        while runtime.block_on(status.changed()).is_ok() {
            println!("status {:?}", *status.borrow_and_update());
        }
    });
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        match line.split_once(' ') {
            Some(("event", json)) => {
                drop(running.shared.events.send(Published::Event(EventKind::OutageEnded, Arc::from(json))));
            }
            Some((state @ ("hosts" | "down"), hosts)) => {
                let hosts: Vec<&str> = hosts.split_whitespace().collect();
                let document = if state == "down" { document_down(&hosts) } else { document(&hosts) };
                running.ends.state.send(snapshot(document)).unwrap();
            }
            _ => panic!("{line}"),
        }
    }
    running.stop();
}
