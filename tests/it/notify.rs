//! Notifications to receivers of the worst sort, and a helper that the script `tests/integrations/notify` drives against
//! a real mail server and fakes of the services.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use network_logging::{
    clock,
    codec::{config_json, secrets_json},
    integrations::{
        notify::{self, JOURNAL, Notifier, NotifyOptions},
        sink_status::{SinkState, SinkStatus},
    },
    model::{
        config::Config,
        event::Event,
        ledger::{Outage, Segment, State},
        secrets::Secrets,
        time::Stamp,
        verdict::{Confidence, Evidence, FaultDomain, Status, Verdict},
    },
};

fn verdict() -> Verdict {
    Verdict {
        status: Status::WanDown,
        cause: None,
        domain: Some(FaultDomain::Access),
        confidence: Confidence::High,
        evidence: vec![Evidence::GatewayAlive, Evidence::TargetsDead],
        last_hop: None,
    }
}

/// An outage that began so many seconds ago by the clock on the wall, and ended so many seconds ago. The monotonic clock
/// began with this process, so there the outage begins now.
fn outage(start_ago: u64, end_ago: Option<u64>) -> Outage {
    let now = clock::now();
    let at = |ago: u64| Stamp {
        wall: now.before(Duration::from_secs(ago)).wall,
        mono: now.mono + Duration::from_secs(start_ago - ago),
    };
    Outage {
        id: start_ago,
        start: at(start_ago),
        end: end_ago.map(at),
        cut_by_gap: false,
        uncertainty: Duration::from_secs(1),
        segments: vec![Segment { start: at(start_ago), domain: FaultDomain::Access }],
    }
}

fn state(state: State) -> Event {
    Event::State(clock::now().stamp(), state, verdict())
}

// ---------------------------------------------------------------------------------------------------------------
// Receivers.

/// What a receiver does with each connection, in order; the last one is repeated.
type Script = &'static [fn(&mut TcpStream)];

/// A receiver on loopback, and the bodies of the requests it got.
struct Receiver {
    port: u16,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    fn new(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let (kept, mut n) = (Arc::clone(&bodies), 0);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let act = script[n.min(script.len() - 1)];
                n += 1;
                let bodies = Arc::clone(&kept);
                thread::spawn(move || {
                    if let Some(body) = read_request(&mut stream) {
                        bodies.lock().unwrap().push(body);
                    }
                    act(&mut stream);
                });
            }
        });
        Self { port, bodies }
    }

    fn bodies(&self) -> Vec<serde_json::Value> {
        self.bodies.lock().unwrap().iter().map(|body| serde_json::from_str(body).unwrap()).collect()
    }
}

/// Body of a request; `None` where the connection ends before.
fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim_end().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    String::from_utf8(body).ok()
}

fn say(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).ok();
}

fn takes(stream: &mut TcpStream) {
    say(stream, "HTTP/1.1 204 No Content\r\n\r\n");
}

fn garbage(stream: &mut TcpStream) {
    stream.write_all(&[0xff, 0, b'\n', 7, b'\r', b'\n'].repeat(100)).ok();
}

fn closes(_stream: &mut TcpStream) {}

fn redirects(stream: &mut TcpStream) {
    say(stream, "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/S3cret\r\nContent-Length: 0\r\n\r\n");
}

fn endless_headers(stream: &mut TcpStream) {
    say(stream, "HTTP/1.1 200 OK\r\n");
    let line = format!("X-A: {}\r\n", "a".repeat(1000));
    while stream.write_all(line.as_bytes()).is_ok() {}
}

fn fails(stream: &mut TcpStream) {
    say(stream, "HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\nS3cret \u{1}");
}

/// A success with a body of 1 GiB.
fn floods(stream: &mut TcpStream) {
    say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
    let part = vec![b'x'; 1 << 16];
    while stream.write_all(&part).is_ok() {}
}

/// Reads and never answers.
fn silent(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).ok();
}

/// Reads a line of a mail client.
fn read_line(stream: &mut TcpStream) {
    let mut byte = [0];
    while stream.read_exact(&mut byte).is_ok() && byte != *b"\n" {}
}

fn options(dir: &Path, webhooks: Vec<String>) -> NotifyOptions {
    let config = Config { notify_events: vec!["outage_ended".into()], ..Config::default() };
    NotifyOptions { config, secrets: Secrets { webhooks, ..Secrets::default() }, log_dir: dir.to_owned() }
}

#[track_caller]
fn wait_for(what: &str, is_there: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_there() {
        assert!(began.elapsed() < Duration::from_secs(20), "not within 20 s: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The first receiver is in a state.
fn is(notifier: &Notifier, state: SinkState) -> bool {
    notifier.status().first().is_some_and(|status| status.state == state)
}

#[test]
fn a_message_survives_every_bad_answer_and_comes_once() {
    const BAD: Script = &[garbage, closes, redirects, endless_headers, fails, floods, takes];
    let dir = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(BAD);
    let url = format!("json http://127.0.0.1:{}/S3cret S3cretToken", receiver.port);
    let notifier = Notifier::start(&options(dir.path(), vec![url])).unwrap();
    notifier.handle(&Event::OutageOpened(outage(100, None), verdict()));
    let over = Event::OutageClosed(outage(100, Some(10)));
    notifier.handle(&over);
    for n in 1..6 {
        wait_for("a failure", || is(&notifier, SinkState::Failing) && receiver.bodies().len() == n);
        let shown = format!("{:?}", notifier.status());
        assert!(!shown.contains("S3cret"), "{shown}");
        // The line works again: tried at once.
        notifier.handle(&state(State::Up));
    }
    wait_for("success", || is(&notifier, SinkState::Idle) && notifier.status()[0].last_success.is_some());
    let bodies = receiver.bodies();
    assert_eq!(6, bodies.len());
    assert!(bodies.iter().all(|body| body["id"] == bodies[0]["id"]), "each try has the same identifier");
    assert_eq!("outage_ended", bodies[0]["event_type"]);
    notifier.handle(&over);
    notifier.handle(&Event::OutageClosed(outage(50, Some(5))));
    wait_for("the next message", || receiver.bodies().len() >= 7 && is(&notifier, SinkState::Idle));
    drop(notifier);
    assert_eq!(7, receiver.bodies().len(), "what was told does not come again");
    let journal = fs::read_to_string(dir.path().join(JOURNAL)).unwrap();
    assert!(journal.contains(r#""pending":[]"#), "{journal}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(dir.path().join(JOURNAL)).unwrap().permissions().mode();
        assert_eq!(0o600, mode & 0o777);
    }
}

#[test]
fn a_receiver_that_never_answers_delays_neither_others_nor_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let (bad, good) = (Receiver::new(&[silent]), Receiver::new(&[takes]));
    let lines = [&bad, &good].map(|receiver| format!("json http://127.0.0.1:{}/", receiver.port));
    let notifier = Notifier::start(&options(dir.path(), lines.to_vec())).unwrap();
    for start in [500, 300, 100] {
        notifier.handle(&Event::OutageClosed(outage(start, Some(start - 20))));
    }
    wait_for("the other receiver", || good.bodies().len() == 3);
    wait_for("the first try", || bad.bodies().len() == 1);
    assert!(is(&notifier, SinkState::Working));
    let began = Instant::now();
    drop(notifier);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    // The next run goes on where this one ended.
    let later = Receiver::new(&[takes]);
    let lines = vec![format!("json http://127.0.0.1:{}/", later.port), lines[1].clone()];
    let notifier = Notifier::start(&options(dir.path(), lines)).unwrap();
    wait_for("what was left", || later.bodies().len() == 3);
    wait_for("the end", || notifier.status()[0].waiting == 0);
    drop(notifier);
    assert_eq!((3, 3), (later.bodies().len(), good.bodies().len()), "nothing comes twice");
}

#[test]
fn mail_servers_of_the_worst_sort_are_left_within_bounds() {
    let digits: fn(&mut TcpStream) = |stream| {
        let part = vec![b'2'; 1 << 16];
        while stream.write_all(&part).is_ok() {}
    };
    let lines: fn(&mut TcpStream) = |stream| while stream.write_all(&b"220-x\r\n".repeat(1000)).is_ok() {};
    let web: fn(&mut TcpStream) = |stream| say(stream, "HTTP/1.1 400 Bad Request\r\n\r\n");
    let early: fn(&mut TcpStream) = |stream| {
        say(stream, "220 x\r\n");
        read_line(stream);
        // A reply that belongs to nothing comes before TLS.
        say(stream, "250-x\r\n250 STARTTLS\r\n");
        read_line(stream);
        say(stream, "220 go on\r\n250 x\r\n");
        silent(stream);
    };
    let plain: fn(&mut TcpStream) = |stream| {
        say(stream, "220 x\r\n");
        read_line(stream);
        say(stream, "250-x\r\n250 AUTH XOAUTH2\r\n");
        silent(stream);
    };
    for (act, expected) in [
        (digits, "no answer of a mail server"),
        (lines, "no answer of a mail server"),
        (web, "no answer of a mail server"),
        (closes, "the server closed the connection"),
        (early, "unexpected bytes before TLS"),
        (plain, "no login by PLAIN or LOGIN"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || act(&mut listener.accept().unwrap().0));
        let config = Config {
            smtp_url: format!("smtp://127.0.0.1:{port}"),
            smtp_user: "me".into(),
            smtp_from: "netlog@mail.example".into(),
            smtp_to: vec!["me@mail.example".into()],
            ..Config::default()
        };
        let dir = tempfile::tempdir().unwrap();
        let secrets = Secrets { smtp_password: "S3cret".into(), ..Secrets::default() };
        let options = NotifyOptions { config, secrets, log_dir: dir.path().to_owned() };
        let error = notify::test(&options, "mail (me@mail.example)").unwrap_err();
        assert!(error.contains(expected), "{error}");
        server.join().unwrap();
    }
}

#[test]
fn without_a_receiver_nothing_is_started_or_written() {
    let dir = tempfile::tempdir().unwrap();
    let notifier = Notifier::start(&options(dir.path(), vec!["smoke https://x/S3cret".into()])).unwrap();
    notifier.handle(&Event::OutageClosed(outage(100, Some(10))));
    let status: Vec<SinkStatus> = notifier.status();
    assert_eq!((1, SinkState::Stopped), (status.len(), status[0].state));
    assert!(notifier.test("webhook 1").unwrap_err().contains("write one of"));
    assert!(notifier.test("x").unwrap_err().contains("no such receiver"));
    drop(notifier);
    assert_eq!(0, fs::read_dir(dir.path()).unwrap().count());
}

// ---------------------------------------------------------------------------------------------------------------
// The helper.

/// Folder with `config.json` and `secrets.json` of notifications that a script drives.
const HELPER: &str = "NETLOG_NOTIFY_HELPER";

/// Runs the notifications until the input ends. Lines: `up`, `down`, `opened AGO`, `closed AGO AGO`, `test NAME`, `status`,
/// `memory`. No test of its own.
#[test]
fn helper_that_notifies() {
    let Some(folder) = env::var_os(HELPER) else { return };
    let folder = Path::new(&folder);
    let (config, faults) = config_json::read(&fs::read_to_string(folder.join("config.json")).unwrap());
    assert!(faults.is_empty(), "{faults:?}");
    let secrets = secrets_json::parse(&fs::read_to_string(folder.join("secrets.json")).unwrap()).unwrap();
    let notifier = Notifier::start(&NotifyOptions { config, secrets, log_dir: folder.to_owned() }).unwrap();
    println!("ready");
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let ago = |idx: usize| words[idx].parse::<u64>().unwrap();
        match words[0] {
            "up" => notifier.handle(&state(State::Up)),
            "down" => notifier.handle(&state(State::Down(FaultDomain::Access))),
            "opened" => notifier.handle(&Event::OutageOpened(outage(ago(1), None), verdict())),
            "closed" => notifier.handle(&Event::OutageClosed(outage(ago(1), Some(ago(2))))),
            "test" => match notifier.test(line.strip_prefix("test ").unwrap()) {
                Ok(()) => println!("test ok"),
                Err(error) => println!("test error: {error}"),
            },
            "status" => {
                for status in notifier.status() {
                    let (state, error) = (status.state.as_str(), status.error.unwrap_or_default());
                    println!("status {}|{state}|{}|{}|{error}", status.name, status.waiting, status.refused);
                }
                println!("status end");
            }
            "memory" => {
                let about = fs::read_to_string("/proc/self/status").unwrap();
                let peak = about.lines().find(|line| line.starts_with("VmHWM")).unwrap();
                println!("memory {}", peak.split_whitespace().nth(1).unwrap());
            }
            other => panic!("{other}"),
        }
    }
}
