//! `netlog probe-tcp` and the probe below it, against real servers on the loopback link.

mod command;
mod servers;

use std::time::Duration;

use network_logging::{
    clock,
    codec::endpoint::{self, Endpoint},
    model::{
        host::Family,
        tcp_probe::{TcpProbeResult, TlsFacts},
    },
    probe::tcp_probe::{Options, probe},
};
use rustls::version::{TLS12, TLS13};

use self::servers::{Authority, BOTH, Closed, Manner, Server};

const DEADLINE: Duration = Duration::from_secs(5);
/// For those that never answer.
const SHORT: Duration = Duration::from_millis(400);

fn endpoints(hosts: &[String]) -> Vec<Endpoint> {
    hosts.iter().map(|host| endpoint::parse(host).unwrap()).collect()
}

/// What comes of one host with TLS.
fn with_tls(host: String, deadline: Duration) -> TcpProbeResult {
    let options = Options { port: 1, with_tls: true, family: Family::V4, deadline };
    let mut report = probe(&endpoints(&[host]), options);
    assert_eq!(1, report.results.len());
    report.results.remove(0)
}

/// What the handshake with a server showed.
fn facts(server: &Server) -> TlsFacts {
    with_tls(server.addr.to_string(), DEADLINE).tls.unwrap().unwrap()
}

/// Why the handshake with a server failed.
fn failure(server: &Server, deadline: Duration) -> String {
    let result = with_tls(server.addr.to_string(), deadline);
    assert!(result.connect.is_ok(), "{result:?}");
    result.tls.unwrap().unwrap_err()
}

#[test]
fn open_and_closed_ports_are_told_apart_and_stay_in_order() {
    let open = Server::start(Manner::Stalls);
    let closed = Closed::new();
    let mut hosts = vec![closed.addr().to_string(), open.addr.to_string(), "127.0.0.1".into()];
    if let Some(v6) = Server::start_on("[::1]:0", Manner::Stalls) {
        hosts.push(v6.addr.to_string());
    } else {
        eprintln!("SKIPPED: ::1 is not to be had here");
    }
    let options = Options { port: open.port(), with_tls: false, family: Family::V4, deadline: DEADLINE };
    let report = probe(&endpoints(&hosts), options);
    assert_eq!(hosts, report.results.iter().map(|result| result.host.clone()).collect::<Vec<_>>());
    let refused = report.results[0].connect.as_ref().unwrap_err();
    assert!(refused.starts_with("refused after "), "{refused}");
    for result in &report.results[1..] {
        assert!(*result.connect.as_ref().unwrap() < DEADLINE, "{result:?}");
    }
    assert!(report.results.iter().all(|result| result.tls.is_none() && result.addr.unwrap().is_loopback()));
    assert_eq!((open.port(), false), (report.port, report.with_tls));
}

#[test]
fn a_handshake_tells_version_time_days_and_trust() {
    let authority = Authority::new("one");
    for (versions, version) in [(BOTH, "TLS 1.3"), (&[&TLS12], "TLS 1.2"), (&[&TLS13], "TLS 1.3")] {
        let facts = facts(&Server::start(authority.server("127.0.0.1", 30, versions)));
        assert_eq!(version, facts.version);
        assert_eq!(Some(30), facts.days_left);
        assert!(!facts.handshake.is_zero() && facts.handshake < DEADLINE, "{facts:?}");
        assert!(facts.trusted.is_err(), "{facts:?}");
    }
}

#[test]
fn an_expired_certificate_still_tells_its_days() {
    let facts = facts(&Server::start(Authority::new("one").server("127.0.0.1", -10, BOTH)));
    assert_eq!(Some(-10), facts.days_left);
    assert!(facts.trusted.is_err(), "{facts:?}");
}

#[test]
fn a_certificate_without_its_key_is_not_trusted_for_that_reason() {
    for versions in [&[&TLS12][..], &[&TLS13]] {
        let facts = facts(&Server::start(Authority::new("one").forger("127.0.0.1", versions)));
        let why = facts.trusted.unwrap_err();
        assert!(why.contains("does not prove that it is its own"), "{why}");
    }
}

#[test]
fn a_name_is_asked_for_by_name_and_an_address_is_not() {
    let server = Server::start(Authority::new("one").server("localhost", 30, BOTH));
    for host in ["localhost", "127.0.0.1"] {
        let result = with_tls(format!("{host}:{}", server.port()), DEADLINE);
        assert!(result.tls.as_ref().is_some_and(Result::is_ok), "{result:?}");
    }
    // The server has what it needs a moment after the client is done.
    let until = clock::now().mono + DEADLINE;
    while server.names.lock().unwrap().len() < 2 && clock::now().mono < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut names = server.names.lock().unwrap().clone();
    names.sort();
    assert_eq!(vec![None, Some("localhost".to_owned())], names);
}

#[test]
fn no_server_keeps_it_longer_than_allowed() {
    for manner in [Manner::Stalls, Manner::Drips] {
        let server = Server::start(manner);
        let began = clock::now().mono;
        let why = failure(&server, SHORT);
        assert_eq!("the handshake was not finished within 0.4 s", why);
        let took = clock::now().mono.saturating_sub(began);
        assert!(took >= SHORT && took < SHORT + Duration::from_secs(10), "{took:?}");
    }
}

#[test]
fn what_is_no_tls_is_told_in_words() {
    assert_eq!("the server does not speak TLS on this port", failure(&Server::start(Manner::SpeaksSsh), DEADLINE));
    assert_eq!("the server hung up during the handshake", failure(&Server::start(Manner::HangsUp), DEADLINE));
}

#[test]
fn a_refused_host_is_not_asked_for_tls() {
    let closed = Closed::new();
    let result = with_tls(closed.addr().to_string(), DEADLINE);
    assert!(result.connect.is_err() && result.tls.is_none(), "{result:?}");
}

/// 40 hosts that keep one waiting: 32 of them, then the rest.
#[test]
fn hosts_are_asked_at_the_same_time_but_not_all_of_many() {
    let server = Server::start(Manner::Stalls);
    let hosts = vec![server.addr.to_string(); 40];
    let options = Options { port: 1, with_tls: true, family: Family::V4, deadline: SHORT };
    let began = clock::now().mono;
    let report = probe(&endpoints(&hosts), options);
    let took = clock::now().mono.saturating_sub(began);
    assert_eq!(40, report.results.len());
    assert!(report.results.iter().all(|result| result.connect.is_ok() && result.tls.as_ref().unwrap().is_err()));
    assert!(took >= SHORT * 2 && took < SHORT * 30, "{took:?}");
}
