use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::mpsc,
};

use super::*;
use crate::{
    model::metric::{QueueRecord, SeriesSamples},
    store::queue::{Queue, Wanted},
};

fn target(protocol: Protocol, url: &str) -> PushTarget {
    PushTarget { protocol, url: url.into(), user: String::new(), token: "s3cret".into(), ca_file: String::new() }
}

/// A request as the receiver sees it: its head, and the number of bytes of its body.
#[derive(Debug)]
struct Seen {
    head: String,
    body: Vec<u8>,
}

fn read_request(stream: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let lower = head.to_ascii_lowercase();
    let length = lower.split("content-length: ").nth(1)?.split("\r\n").next()?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Seen { head, body })
}

/// A receiver that answers its requests one by one with these texts, the last one for ever; an empty text closes the
/// connection without an answer.
fn receiver(answers: &'static [&'static str]) -> (String, mpsc::Receiver<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/write", listener.local_addr().unwrap());
    let (tell, seen) = mpsc::channel();
    let serve = move || {
        let mut next = 0;
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            while let Some(request) = read_request(&mut stream) {
                let answer = answers[next.min(answers.len() - 1)];
                next += 1;
                if tell.send(request).is_err() {
                    return;
                }
                if answer.is_empty() || stream.get_mut().write_all(answer.as_bytes()).is_err() {
                    break;
                }
                if answer.contains("CUT") {
                    break;
                }
            }
        }
    };
    thread::Builder::new().spawn(serve).unwrap();
    (url, seen)
}

fn samples(range: std::ops::Range<i64>) -> SeriesSamples {
    let series = Series::new("netlog_probe_success", ValueKind::Count, [("site", "home")]);
    let now = clock::now().wall.timestamp_millis() - 3_600_000;
    (Arc::new(series), range.map(|number| MetricSample { at_ms: now + number, value: Some(1) }).collect())
}

fn queue(dir: &Path) -> Queue {
    Queue::open(dir, 8 << 20, &[("influx", Wanted::Samples), ("remote_write", Wanted::Samples)], clock::now().wall)
        .unwrap()
}

fn append(queue: &Queue, range: std::ops::Range<i64>) {
    queue.append(&[QueueRecord::Samples(samples(range))], Duration::ZERO).unwrap();
    queue.flush().unwrap();
    queue.wake();
}

fn next(seen: &mpsc::Receiver<Seen>) -> Seen {
    seen.recv_timeout(Duration::from_secs(20)).expect("a request in time")
}

/// Waits for a state of the receiver that `is_such`.
#[track_caller]
fn until(handle: &PushHandle, is_such: impl Fn(&SinkStatus) -> bool) -> SinkStatus {
    for _ in 0..400 {
        let status = handle.status();
        if is_such(&status) {
            return status;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("{:?}", handle.status());
}

const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";

#[test]
fn samples_arrive_with_the_headers_of_the_protocol_and_leave_the_queue() {
    for (protocol, name) in [(Protocol::RemoteWrite, "remote_write"), (Protocol::LineProtocol, "influx")] {
        let (url, seen) = receiver(&[OK]);
        let dir = tempfile::tempdir().unwrap();
        let queue = queue(dir.path());
        append(&queue, 0..100);
        let target = target(protocol, &url);
        assert_eq!(name, target.sink());
        let handle = start(&target, queue.reader(name).unwrap()).unwrap();
        let request = next(&seen);
        let head = request.head.to_ascii_lowercase();
        match protocol {
            Protocol::RemoteWrite => {
                assert!(head.starts_with("post /write http/1.1\r\n"), "{head}");
                assert!(head.contains("\r\ncontent-type: application/x-protobuf\r\n"), "{head}");
                assert!(head.contains("\r\ncontent-encoding: snappy\r\n"), "{head}");
                assert!(head.contains("\r\nx-prometheus-remote-write-version: 0.1.0\r\n"), "{head}");
                assert!(head.contains("\r\nauthorization: bearer s3cret\r\n"), "{head}");
                assert!(request.body.len() > 100 * 16);
            }
            Protocol::LineProtocol => {
                assert!(head.starts_with("post /write?precision=ms http/1.1\r\n"), "{head}");
                assert!(head.contains("\r\nauthorization: token s3cret\r\n"), "{head}");
                let body = String::from_utf8(request.body).unwrap();
                assert_eq!(100, body.lines().count());
                assert!(body.starts_with("netlog,site=home probe_success=1i "), "{body}");
            }
        }
        let status = until(&handle, |status| status.last_success.is_some() && status.state == SinkState::Idle);
        assert_eq!((0, 0, None), (status.waiting, status.refused, status.error));
        append(&queue, 100..150);
        assert!(!next(&seen).body.is_empty());
    }
}

#[test]
fn samples_of_a_clock_that_is_not_checked_wait_and_the_status_says_so() {
    let (url, seen) = receiver(&[OK]);
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(dir.path());
    queue.clock_unproven().unwrap();
    append(&queue, 0..10);
    let handle = start(&target(Protocol::RemoteWrite, &url), queue.reader("remote_write").unwrap()).unwrap();
    let status = until(&handle, SinkStatus::waits_for_clock);
    assert_eq!((10, None), (status.waiting, status.error));
    assert!(seen.try_recv().is_err());
    queue.clock_proven(0).unwrap();
    assert!(!next(&seen).body.is_empty());
    until(&handle, |status| status.state == SinkState::Idle && status.waiting == 0);
}

#[test]
fn after_a_receiver_was_away_the_last_minute_comes_again() {
    let (url, seen) = receiver(&[OK, OK, "", OK]);
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(dir.path());
    let handle = start(&target(Protocol::LineProtocol, &url), queue.reader("influx").unwrap()).unwrap();
    let lines = |seen: &mpsc::Receiver<Seen>| String::from_utf8(next(seen).body).unwrap().lines().count();
    for round in 0..2 {
        append(&queue, round * 10..round * 10 + 10);
        assert_eq!(10, lines(&seen));
    }
    append(&queue, 20..30);
    // Not answered, tried again, and then everything of the last minute.
    assert_eq!((10, 10, 30), (lines(&seen), lines(&seen), lines(&seen)));
    until(&handle, |status| status.state == SinkState::Idle && status.error.is_none());
    assert!(seen.recv_timeout(Duration::from_millis(300)).is_err(), "and only once");
}

#[test]
fn a_kept_connection_that_is_cut_between_two_requests_counts_as_away() {
    let (url, seen) = receiver(&[OK, OK, "HTTP/1.1 200 CUT\r\nContent-Length: 0\r\n\r\n", OK]);
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(dir.path());
    let handle = start(&target(Protocol::LineProtocol, &url), queue.reader("influx").unwrap()).unwrap();
    let lines = |seen: &mpsc::Receiver<Seen>| String::from_utf8(next(seen).body).unwrap().lines().count();
    for round in 0..3 {
        append(&queue, round * 10..round * 10 + 10);
        assert_eq!(10, lines(&seen));
        until(&handle, |status| status.state == SinkState::Idle && status.waiting == 0);
    }
    thread::sleep(Duration::from_millis(100));
    append(&queue, 30..40);
    assert_eq!((10, 40), (lines(&seen), lines(&seen)));
}

#[test]
fn a_receiver_that_never_keeps_a_connection_gets_nothing_for_ever_again() {
    let (url, seen) = receiver(&["HTTP/1.1 200 CUT\r\nContent-Length: 0\r\n\r\n"]);
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(dir.path());
    let handle = start(&target(Protocol::LineProtocol, &url), queue.reader("influx").unwrap()).unwrap();
    for round in 0..8 {
        append(&queue, round * 10..round * 10 + 10);
        until(&handle, |status| {
            status.state == SinkState::Idle && status.waiting == 0 && status.last_success.is_some()
        });
        thread::sleep(Duration::from_millis(50));
    }
    let requests = seen.try_iter().count();
    assert!((8..=20).contains(&requests), "{requests}");
}

#[test]
fn hostile_answers_end_in_a_status_and_lose_nothing() {
    for (answer, state, part) in [
        ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno", SinkState::Stopped, "check user and token"),
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", SinkState::Stopped, "302"),
        ("garbage that is no answer\r\n\r\n", SinkState::Failing, ""),
        ("HTTP/1.1 503 Busy\r\nContent-Length: 1073741824\r\n\r\nCUT", SinkState::Failing, "503"),
        ("HTTP/1.1 400 Bad\r\nContent-Length: 5\r\n\r\nwhat?", SinkState::Stopped, "what?"),
    ] {
        let answers: &'static [&'static str] = Box::leak(Box::new([answer]));
        let (url, seen) = receiver(answers);
        let dir = tempfile::tempdir().unwrap();
        let queue = queue(dir.path());
        append(&queue, 0..10);
        let handle = start(&target(Protocol::RemoteWrite, &url), queue.reader("remote_write").unwrap()).unwrap();
        next(&seen);
        let status = until(&handle, |status| status.error.is_some());
        assert_eq!((state, 10, 0), (status.state, status.waiting, status.refused), "{answer}");
        let error = status.error.unwrap();
        assert!(error.contains(part) && !error.contains("s3cret"), "{error}");
        drop(handle);
        assert_eq!(10, queue.reader("remote_write").unwrap().queued());
    }
}

#[test]
fn a_request_in_progress_does_not_delay_the_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/write", listener.local_addr().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(dir.path());
    append(&queue, 0..10);
    let handle = start(&target(Protocol::RemoteWrite, &url), queue.reader("remote_write").unwrap()).unwrap();
    // Accepts, and never answers.
    let _stream = listener.accept().unwrap();
    thread::sleep(Duration::from_millis(200));
    let began = clock::now().mono;
    drop(handle);
    assert!(clock::now().mono.checked_sub(began).unwrap() < Duration::from_secs(5));
}

#[test]
fn a_test_tells_what_is_wrong() {
    let (url, _seen) = receiver(&[OK]);
    assert_eq!(Ok(()), target(Protocol::RemoteWrite, &url).test("home"));
    let (url, _seen) = receiver(&["HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]);
    let error = target(Protocol::LineProtocol, &url).test("home").unwrap_err();
    assert!(error.contains("404") && error.contains("path"), "{error}");
    let mut unknown = target(Protocol::RemoteWrite, "https://127.0.0.1:1/");
    unknown.ca_file = "/nowhere.pem".into();
    let error = unknown.test("home").unwrap_err();
    assert!(error.contains("push_ca_file") && error.contains("/nowhere.pem"), "{error}");
}

#[test]
fn the_unit_of_times_is_part_of_the_address_of_line_protocol() {
    let url = |url: &str| target(Protocol::LineProtocol, url).request_url();
    assert_eq!("http://h/write?db=x&precision=ms", url("http://h/write?db=x"));
    assert_eq!("http://h/write?db=x&precision=ms", url("http://h/write?precision=s&db=x"));
    assert_eq!("http://h/write?precision=ms", url("http://h/write"));
}
