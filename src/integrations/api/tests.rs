//! The real server on loopback before a hub of a few lines.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::sync::oneshot;

use super::{ApiOptions, ApiServer, StartError};
use crate::{
    integrations::{
        fixtures::{document, sample, snapshot},
        metrics::MetricsRegistry,
        shared::{Bound, EventKind, HubEnds, Published, Refusal, Request, Shared},
    },
    model::{event::Event, probe::Subject},
};

/// A server in a thread of its own, until it is dropped.
struct Running {
    addr: SocketAddr,
    shared: Shared,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap();
    }
}

fn options(token: &str) -> ApiOptions {
    ApiOptions {
        listen: "127.0.0.1:0".parse().unwrap(),
        hosts: vec!["nas.home".into()],
        token: token.into(),
        site: "home".into(),
        with_smokeping: false,
    }
}

fn start(options: ApiOptions) -> Running {
    let server = ApiServer::bind(options).unwrap();
    let addr = server.local_addr().unwrap();
    let (tell, told) = mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (shared, ends) = Shared::new(snapshot(document()), MetricsRegistry::new());
            tell.send(shared.clone()).unwrap();
            tokio::select! {
                ended = server.serve(shared.clone()) => panic!("{}", ended.unwrap_err()),
                () = hub(ends) => panic!("the hub ended"),
                _ = stopped => {}
            }
        });
    });
    Running { addr, shared: told.recv().unwrap(), stop: Some(stop), thread: Some(thread) }
}

/// Refuses the second test and answers the rest from the request.
async fn hub(mut ends: HubEnds) {
    let mut n_tests = 0;
    while let Some(request) = ends.requests.recv().await {
        match request {
            Request::RunTest(reply) => {
                n_tests += 1;
                let answer = if n_tests == 2 { Err(Refusal::Busy) } else { Ok(snapshot(document())) };
                reply.send(answer).ok();
            }
            Request::Analyze(period, reply) => {
                let text = serde_json::json!({ "from": format!("{:?}", period.from) }).to_string();
                reply.send(Ok(text.into())).ok();
            }
            Request::Outages(period, reply) => {
                let answer = match period.from {
                    Some(Bound::Date(_)) => Err(Refusal::Failed("the log cannot be read".into())),
                    _ => Ok(document().last_outage.into_iter().collect()),
                };
                reply.send(answer).ok();
            }
        }
    }
}

/// An answer in parts.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

fn connect(addr: SocketAddr) -> TcpStream {
    let tcp = TcpStream::connect(addr).unwrap();
    tcp.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    tcp
}

/// Sends bytes and reads until the server closes.
fn exchange(addr: SocketAddr, bytes: &[u8]) -> String {
    let mut tcp = connect(addr);
    tcp.write_all(bytes).unwrap();
    let mut text = Vec::new();
    // A connection that is cut with unread bytes ends in a reset; what came before it counts.
    tcp.read_to_end(&mut text).ok();
    String::from_utf8_lossy(&text).into_owned()
}

fn ask(addr: SocketAddr, line: &str, fields: &[&str], body: &str) -> Answer {
    let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect::<Vec<_>>().concat();
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let text = exchange(
        addr,
        format!("{line} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n{length}{fields}\r\n{body}").as_bytes(),
    );
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head in {text:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}

const JSON: &str = "Content-Type: application/json";

#[test]
fn every_path_answers() {
    let running = start(options(""));
    let addr = running.addr;
    let state = ask(addr, "GET /api/v1/state", &[], "");
    assert_eq!((200, "home"), (state.status, state.json()["site"].as_str().unwrap()));
    assert_eq!(*running.shared.state.borrow().json, *state.body);
    let outages = ask(addr, "GET /api/v1/outages?from=2026-11-28T00%3A00%3A00%2B01:00&to=2026-11-30", &[], "");
    assert_eq!((200, Some(94.25)), (outages.status, outages.json()["outages"][0]["duration_s"].as_f64()));
    assert_eq!(503, ask(addr, "GET /api/v1/outages?from=2026-11-28", &[], "").status);
    assert_eq!(400, ask(addr, "GET /api/v1/outages?from=soon", &[], "").status);
    let test = ask(addr, "POST /api/v1/test", &[JSON], "{}");
    assert_eq!((200, Some(true)), (test.status, test.json()["ok"].as_bool()));
    assert_eq!(
        ("ok", "home"),
        (test.json()["status"].as_str().unwrap(), test.json()["state"]["site"].as_str().unwrap())
    );
    let again = ask(addr, "POST /api/v1/test", &[JSON], "{}");
    assert_eq!(409, again.status);
    assert!(again.json()["remedy"].as_str().unwrap().contains("Wait"), "{again:?}");
    let analysis = ask(addr, "POST /api/v1/analyze", &[JSON], r#"{"from":"2026-11-01"}"#);
    assert_eq!((200, "Some(Date(2026-11-01))"), (analysis.status, analysis.json()["from"].as_str().unwrap()));
    assert_eq!(400, ask(addr, "POST /api/v1/analyze", &[JSON], r#"{"last":"soon"}"#).status);
    assert_eq!(400, ask(addr, "POST /api/v1/test", &[JSON], "[]").status);
    assert_eq!("3.1.0", ask(addr, "GET /api/v1/openapi.json", &[], "").json()["openapi"].as_str().unwrap());
    assert_eq!("ok", ask(addr, "GET /healthz", &[], "").body);
    running.shared.metrics.lock().unwrap().handle(&Event::Sample(sample(Subject::Target(0), "192.0.2.1", Some(1.5))));
    let metrics = ask(addr, "GET /metrics", &[], "");
    assert!(metrics.head.contains("content-type: text/plain; version=0.0.4; charset=utf-8"), "{metrics:?}");
    assert!(metrics.body.contains("netlog_probes_total{site=\"home\",target=\"192.0.2.1\",kind=\"target\"} 1\n"));
    assert!(!metrics.body.contains('\r') && !metrics.body.contains("# EOF") && !metrics.body.contains("smokeping"));
    let open = ask(addr, "GET /metrics", &["Accept: application/openmetrics-text;version=1.0.0"], "");
    assert!(open.head.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"));
    assert!(open.body.ends_with("# EOF\n"), "{open:?}");
}

#[test]
fn every_answer_is_closed_to_pages_and_says_a_remedy() {
    let running = start(options("s3cret"));
    let addr = running.addr;
    let token = "Authorization: Bearer s3cret";
    for (status, line, fields) in [
        (200, "GET /api/v1/state", vec![token]),
        (200, "GET /healthz", vec![]),
        (401, "GET /api/v1/state", vec![]),
        (401, "GET /metrics", vec!["Authorization: Bearer wrong"]),
        (401, "GET /nothing", vec![]),
        (403, "GET /api/v1/state", vec![token, "Origin: http://evil.example"]),
        (403, "OPTIONS /api/v1/test", vec!["Origin: null", "Access-Control-Request-Method: POST"]),
        (404, "GET /nothing", vec![token]),
        (404, "GET /api/v1/state/", vec![token]),
        (405, "DELETE /api/v1/state", vec![token]),
        (404, "POST /nothing", vec![token]),
        (405, "POST /api/v1/state", vec![token]),
        (405, "GET /api/v1/test", vec![token]),
        (405, "OPTIONS /api/v1/test", vec![token]),
        (415, "POST /api/v1/test", vec![token, "Content-Type: text/plain"]),
        (421, "GET http://evil.example/metrics", vec![token]),
    ] {
        let answer = ask(addr, line, &fields, "");
        assert_eq!(status, answer.status, "{line} {fields:?}: {answer:?}");
        for field in
            ["cache-control: no-store", "x-content-type-options: nosniff", "cross-origin-resource-policy: same-origin"]
        {
            assert!(answer.head.contains(field), "{field} is not in {answer:?}");
        }
        assert!(!answer.head.contains("access-control-allow"), "{answer:?}");
        if status != 200 {
            let json = answer.json();
            assert!(!json["error"].as_str().unwrap().is_empty() && !json["remedy"].as_str().unwrap().is_empty());
        }
        assert_eq!(status == 401, answer.head.contains("www-authenticate: bearer"), "{answer:?}");
        assert_eq!(status == 405, answer.head.contains("\r\nallow: "), "{answer:?}");
    }
    let text = exchange(addr, b"GET /metrics HTTP/1.0\r\n\r\n");
    assert!(text.starts_with("HTTP/1.0 421 "), "{text}");
    let named = format!("GET /metrics HTTP/1.1\r\nHost: nas.home\r\n{token}\r\nConnection: close\r\n\r\n");
    assert!(exchange(addr, named.as_bytes()).starts_with("HTTP/1.1 200 "));
}

#[test]
fn beyond_loopback_no_server_starts_without_a_token() {
    for listen in ["192.0.2.1:8787", "0.0.0.0:8787", "[::]:8787", "[::ffff:192.0.2.1]:8787"] {
        let options = ApiOptions { listen: listen.parse().unwrap(), ..options("") };
        let error = ApiServer::bind(options).err().unwrap();
        assert!(matches!(error, StartError::NoToken(_)), "{listen}: {error}");
        let text = error.to_string();
        assert!(text.contains("netlog integrations token --new") && text.contains("127.0.0.1:8787"), "{text}");
    }
    let taken = ApiServer::bind(options("")).unwrap();
    let options = ApiOptions { listen: taken.local_addr().unwrap(), ..options("") };
    assert!(matches!(ApiServer::bind(options), Err(StartError::Listen(..))));
}

/// Reads a stream until it holds all of these texts, in this order.
fn read_until(tcp: &mut TcpStream, texts: &[&str]) -> String {
    let (mut all, mut buffer) = (String::new(), [0; 4096]);
    let has_all = |all: &str| {
        let mut rest = all;
        texts.iter().all(|text| rest.split_once(text).map(|(_, after)| rest = after).is_some())
    };
    while !has_all(&all) {
        let n = tcp.read(&mut buffer).unwrap_or_else(|error| panic!("{error} after {all}"));
        assert_ne!(0, n, "the stream ended after {all}");
        all.push_str(std::str::from_utf8(&buffer[..n]).unwrap());
    }
    all
}

#[test]
fn a_stream_tells_the_state_at_once_and_each_event() {
    let running = start(options(""));
    let mut tcp = connect(running.addr);
    tcp.write_all(format!("GET /api/v1/events HTTP/1.1\r\nHost: {}\r\n\r\n", running.addr).as_bytes()).unwrap();
    let json = running.shared.state.borrow().json.to_string();
    let first = read_until(&mut tcp, &["\r\n\r\n", "event: state\ndata: ", &json, "\n\n"]);
    assert!(first.starts_with("HTTP/1.1 200 OK\r\n") && first.contains("text/event-stream"), "{first}");
    let mut changed = document();
    changed.site = "cellar".into();
    running.shared.events.send(Published::State(snapshot(changed))).unwrap();
    running.shared.events.send(Published::Event(EventKind::OutageStarted, r#"{"a":1}"#.into())).unwrap();
    read_until(&mut tcp, &["event: state\ndata: ", "\"cellar\"", "event: outage_started\ndata: {\"a\":1}\n\n"]);
}

#[test]
fn a_client_that_reads_nothing_is_told_the_state_when_it_reads_again() {
    let running = start(options(""));
    let mut tcp = connect(running.addr);
    tcp.write_all(format!("GET /api/v1/events HTTP/1.1\r\nHost: {}\r\n\r\n", running.addr).as_bytes()).unwrap();
    read_until(&mut tcp, &["event: state\n", "\n\n"]);
    // More than the buffers of both ends hold: the rest has to be dropped, not kept.
    let text: Arc<str> = format!("\"{}\"", "x".repeat(100_000)).into();
    for _ in 0..300 {
        running.shared.events.send(Published::Event(EventKind::TestFinished, Arc::clone(&text))).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
    let (mut all, mut buffer) = (0, vec![0; 1 << 20]);
    let mut tail = String::new();
    while !tail.contains("event: state\n") {
        let n = tcp.read(&mut buffer).unwrap();
        assert_ne!(0, n);
        all += n;
        let text = String::from_utf8_lossy(&buffer[..n]).into_owned();
        tail = tail.chars().rev().take(20).collect::<Vec<_>>().into_iter().rev().collect::<String>() + &text;
    }
    assert!(all < 30_000_000, "{all}");
}

#[test]
fn bodies_are_bounded() {
    let running = start(options(""));
    let addr = running.addr;
    let head = format!("POST /api/v1/test HTTP/1.1\r\nHost: {addr}\r\n{JSON}\r\n");
    let declared = exchange(addr, format!("{head}Content-Length: 1073741824\r\n\r\n{{").as_bytes());
    assert!(declared.starts_with("HTTP/1.1 413 "), "{declared}");
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    let chunked = exchange(addr, format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n").as_bytes());
    assert!(chunked.starts_with("HTTP/1.1 413 "), "{chunked}");
    let full = ask(addr, "POST /api/v1/test", &[JSON], &format!("{{{}}}", " ".repeat(65_534)));
    assert_eq!(200, full.status);
    let begin = Instant::now();
    let slow = exchange(addr, format!("{head}Content-Length: 2\r\n\r\n{{").as_bytes());
    assert!(slow.starts_with("HTTP/1.1 408 "), "{slow}");
    assert!((8..20).contains(&begin.elapsed().as_secs()));
}

#[test]
fn a_head_that_does_not_come_or_is_none_ends_the_connection() {
    let running = start(options(""));
    let addr = running.addr;
    for bytes in [&b"\x16\x03\x01\x02\x00\x01\x00"[..], b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"] {
        let text = exchange(addr, bytes);
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 400 "), "{text}");
    }
    let long = format!("GET / HTTP/1.1\r\nHost: {addr}\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    let text = exchange(addr, long.as_bytes());
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 431 "), "{text}");
    let begin = Instant::now();
    exchange(addr, b"GET / HT");
    assert!((18..25).contains(&begin.elapsed().as_secs()), "{:?}", begin.elapsed());
    assert_eq!(200, ask(addr, "GET /healthz", &[], "").status);
}
