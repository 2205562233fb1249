use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
};

use super::*;
use crate::model::host::Family;

/// Behaviour of a server after it has sent the head of an answer.
#[derive(Clone, Copy)]
enum Then {
    Close,
    /// Sends the same page until it is cut off.
    Repeat,
    /// Says nothing more.
    Wait,
}

const DEADLINE: Duration = Duration::from_secs(2);
const LOGIN: &str = "<html><title>Login</title>Room number</html>";

/// Asks a server on this computer for a page of which the body is known, in the clear.
fn asked(head: &str, body: &str, then: Then) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/success.txt", listener.local_addr().unwrap());
    let answer = format!("HTTP/1.1 {head}\r\n\r\n{body}");
    let body = body.to_owned();
    let server = thread::Builder::new().spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        stream.write_all(answer.as_bytes()).ok();
        match then {
            Then::Close => {}
            Then::Repeat => while stream.write_all(body.as_bytes()).is_ok() {},
            Then::Wait => drop(stream.read(&mut [0; 16])),
        }
    });
    let probe = HttpProbe { url, resolvers: Vec::new(), family: Family::V4, body: Some("success".into()) };
    let outcome = Web::new("").get(&probe, DEADLINE);
    server.unwrap().join().unwrap();
    outcome
}

fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    let mut part = [0; 1024];
    while !request.ends_with(b"\r\n\r\n") {
        let n_read = stream.read(&mut part).unwrap();
        assert!(n_read > 0, "the request has an end");
        request.extend_from_slice(&part[..n_read]);
    }
}

#[test]
fn a_login_page_of_any_length_is_another_page() {
    let another = Outcome::Lost(Loss::WrongBody);
    for n_bytes in [0, 1, 10 * 1024, 64 * 1024 - 1, 64 * 1024, 100 * 1024] {
        let page: String = LOGIN.chars().cycle().take(n_bytes).collect();
        let length = format!("200 OK\r\nContent-Length: {n_bytes}");
        assert_eq!(another, asked(&length, &page, Then::Close), "{n_bytes}");
        assert_eq!(another, asked("200 OK", &page, Then::Close), "{n_bytes}, without a length");
    }
    for (head, body, then) in [
        ("200 OK\r\nContent-Length: 5000", LOGIN, Then::Close),
        ("200 OK\r\nContent-Length: 5000", "", Then::Close),
        ("200 OK\r\nContent-Length: 5000", "success", Then::Wait),
        ("200 OK\r\nTransfer-Encoding: chunked", "5\r\n<html\r\nffff\r\n", Then::Close),
        ("200 OK", LOGIN, Then::Repeat),
        ("200 OK", LOGIN, Then::Wait),
        ("200 OK", "successfully connected, please log in", Then::Wait),
        ("200 OK", "success\n<html>", Then::Repeat),
        ("200 OK", "", Then::Close),
        ("204 No Content", "", Then::Close),
        ("511 Network Authentication Required", LOGIN, Then::Repeat),
        ("511 Network Authentication Required\r\nContent-Length: 5000", "", Then::Close),
    ] {
        assert_eq!(another, asked(head, body, then), "{head} {body}");
    }
}

#[test]
fn a_redirect_tells_a_login_page_whatever_comes_behind_it() {
    for then in [Then::Close, Then::Repeat, Then::Wait] {
        let outcome = asked("302 Found\r\nLocation: http://login.example/\r\nContent-Length: 900000", LOGIN, then);
        assert_eq!(Outcome::Lost(Loss::Redirected("http://login.example/".into())), outcome);
    }
}

#[test]
fn the_expected_page_is_known_and_a_torn_one_is_no_other() {
    let genuine = |outcome: &Outcome| matches!(outcome, Outcome::Reply(_, Proof::HttpStatus(200)));
    assert!(genuine(&asked("200 OK\r\nContent-Length: 8", "success\n", Then::Wait)));
    assert!(genuine(&asked("200 OK", "success\n", Then::Close)));
    assert!(genuine(&asked("200 OK\r\nTransfer-Encoding: chunked", "7\r\nsuccess\r\n0\r\n\r\n", Then::Close)));
    let torn = asked("200 OK\r\nContent-Length: 8", "succ", Then::Close);
    assert!(matches!(torn, Outcome::Lost(Loss::Reset | Loss::Malformed)), "{torn:?}");
    assert_eq!(Outcome::Lost(Loss::Timeout), asked("200 OK\r\nContent-Length: 8", "succ", Then::Wait));
}

#[test]
fn a_server_with_another_time_is_told() {
    let at = |date: &str| asked(&format!("200 OK\r\nDate: {date}\r\nContent-Length: 7"), "success", Then::Close);
    let other_time = |outcome: &Outcome| matches!(outcome, Outcome::Reply(_, Proof::HttpOtherTime(200)));
    assert!(other_time(&at("Tue, 15 Nov 1994 08:12:31 GMT")));
    let now = clock::now().wall.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    assert!(!other_time(&at(&now)) && !other_time(&at("yesterday")));
    let cached = clock::now().wall - chrono::TimeDelta::hours(5);
    let cached = cached.format("%a, %d %b %Y %H:%M:%S GMT\r\nAge: 18000").to_string();
    assert!(!other_time(&at(&cached)), "a page that was kept on the way tells how long");
}

#[test]
fn dates_of_a_certificate_are_told_from_its_issuer() {
    use rustls::Error::InvalidCertificate;
    let of = |why| from_error(&Error::Rustls(InvalidCertificate(why)));
    assert_eq!(Outcome::Lost(Loss::CertificateDates), of(CertificateError::Expired));
    assert_eq!(Outcome::Lost(Loss::CertificateDates), of(CertificateError::NotValidYet));
    assert_eq!(Outcome::Lost(Loss::Certificate), of(CertificateError::UnknownIssuer));
    assert_eq!(Outcome::Lost(Loss::Tls), from_error(&Error::Rustls(rustls::Error::DecryptError)));
}

#[cfg(unix)]
#[test]
fn a_computer_without_descriptors_measures_nothing() {
    for number in [libc::EMFILE, libc::ENFILE] {
        let outcome = from_error(&Error::Io(std::io::Error::from_raw_os_error(number)));
        assert_eq!(Outcome::NotMeasured(NotMeasured::NoResources), outcome);
    }
}
