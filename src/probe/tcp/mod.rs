//! TCP connections, closed as soon as they stand. An answer proves the path, and so does a refusal.

cfg_select! {
    target_os = "linux" => {
        mod linux;
        use linux as imp;
    }
    _ => {
        mod other;
        use other as imp;
    }
}

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::{
    clock,
    codec::tls_hello,
    model::probe::{LocalFault, Loss, NotMeasured, Outcome, Proof},
    probe::exhausted::is_exhausted,
};

/// Connects to `to` and hangs up. The second value is how long after the call the packet was sent that was answered:
/// the system repeats the first one after a second, and then after two more.
pub(super) fn connect(to: SocketAddr, deadline: Duration) -> (Outcome, Duration) {
    let began = clock::now().mono;
    let result = imp::connect(to, deadline);
    let took = clock::now().mono.saturating_sub(began);
    let outcome = match result {
        Ok(stream) => return accepted(took, imp::handshake(&stream)),
        Err(Failure::Unreachable(loss)) => Outcome::Lost(loss),
        Err(Failure::Io(error)) => from_error(&error, took),
    };
    (outcome, Duration::ZERO)
}

/// Facts that the system knows about the handshake of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Handshake {
    /// The first packet was sent again.
    is_repeated: bool,
    /// The round-trip time of the packet that was answered; `None` when the answer does not tell which one that was.
    rtt: Option<Duration>,
}

/// The first packet of a handshake is repeated after a second (RFC 6298, section 2). Up to here it was not.
const FIRST_TRY: Duration = Duration::from_millis(950);

/// Returns what a connection that was accepted after `took` shows, and when the packet was sent that was answered.
fn accepted(took: Duration, handshake: Option<Handshake>) -> (Outcome, Duration) {
    let is_repeated = handshake.map_or(took >= FIRST_TRY, |handshake| handshake.is_repeated);
    let answered = handshake.and_then(|handshake| handshake.rtt).filter(|rtt| *rtt <= took);
    match answered {
        _ if !is_repeated => (Outcome::Reply(took, Proof::Accepted), Duration::ZERO),
        Some(rtt) => (Outcome::Reply(rtt, Proof::Accepted), took.saturating_sub(rtt)),
        None => (Outcome::Reply(took, Proof::AcceptedLate), Duration::ZERO),
    }
}

/// Bytes of a hello: two packets of Ethernet, as much as an echo of one each way carries.
const HELLO: u16 = 2800;

/// Connects to `to`, says a large hello, and waits for the first byte of the answer. What came of the hello alone, and
/// how long after the call it was sent. Connection and answer together may take `deadline`.
pub(super) fn hello(to: SocketAddr, deadline: Duration) -> (Outcome, Duration) {
    let began = clock::now().mono;
    let result = imp::connect(to, deadline);
    let sent = clock::now().mono;
    let after = sent.saturating_sub(began);
    let outcome = match result {
        Ok(stream) => match answered(stream, deadline.saturating_sub(after)) {
            Ok(()) => Outcome::Reply(clock::now().mono.saturating_sub(sent), Proof::Accepted),
            Err(error) => from_error(&error, Duration::ZERO),
        },
        Err(Failure::Unreachable(loss)) => Outcome::Lost(loss),
        Err(Failure::Io(error)) if error.kind() == io::ErrorKind::ConnectionRefused => Outcome::Lost(Loss::Refused),
        Err(Failure::Io(error)) => from_error(&error, after),
    };
    (outcome, after)
}

/// Says the hello over `stream` and waits for anything that comes back, be it an alert or the end.
fn answered(mut stream: TcpStream, deadline: Duration) -> io::Result<()> {
    let deadline = Some(deadline.max(Duration::from_millis(1)));
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_write_timeout(deadline)?;
    stream.set_read_timeout(deadline)?;
    let random = std::array::from_fn(|_| fastrand::u8(..));
    stream.write_all(&tls_hello::client_hello(random, HELLO))?;
    match stream.read(&mut [0]) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(()),
        read => read.map(drop),
    }
}

/// Reason why no connection came about.
enum Failure {
    /// A router said so.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux tells which router"))]
    Unreachable(Loss),
    /// The system said so.
    Io(io::Error),
}

/// Outcome of a connection that failed after `rtt` with an error of the system.
pub(super) fn from_error(error: &io::Error, rtt: Duration) -> Outcome {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionRefused => Outcome::Reply(rtt, Proof::Refused),
        Kind::ConnectionReset | Kind::ConnectionAborted => Outcome::Lost(Loss::Reset),
        Kind::TimedOut | Kind::WouldBlock => Outcome::Lost(Loss::Timeout),
        Kind::NetworkUnreachable | Kind::AddrNotAvailable => Outcome::Lost(Loss::Local(LocalFault::NoRoute)),
        Kind::HostUnreachable => Outcome::Lost(Loss::Local(LocalFault::NeighbourSilent)),
        Kind::NetworkDown => Outcome::Lost(Loss::Local(LocalFault::LinkDown)),
        Kind::PermissionDenied => Outcome::NotMeasured(NotMeasured::NoPermission),
        _ if is_exhausted(error) => Outcome::NotMeasured(NotMeasured::NoResources),
        _ => Outcome::NotMeasured(NotMeasured::Unsupported),
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(2);

    #[test]
    fn an_open_port_accepts_and_a_closed_one_refuses() {
        for addr in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(addr) else {
                eprintln!("SKIPPED: {addr} is not to be had here");
                continue;
            };
            let to = listener.local_addr().unwrap();
            assert!(matches!(connect(to, DEADLINE).0, Outcome::Reply(_, Proof::Accepted)));
            drop(listener);
            assert!(matches!(connect(to, DEADLINE).0, Outcome::Reply(_, Proof::Refused)));
        }
    }

    #[test]
    fn a_repeated_packet_that_was_answered_is_told_from_a_first_one_that_was_late() {
        let ms = Duration::from_millis;
        let known = |is_repeated, rtt: Option<u64>| Some(Handshake { is_repeated, rtt: rtt.map(ms) });
        for (took, handshake, outcome, after) in [
            (20, None, Outcome::Reply(ms(20), Proof::Accepted), 0),
            (990, known(false, Some(989)), Outcome::Reply(ms(990), Proof::Accepted), 0),
            (1020, known(true, Some(20)), Outcome::Reply(ms(20), Proof::Accepted), 1000),
            (2020, known(true, Some(2020)), Outcome::Reply(ms(2020), Proof::Accepted), 0),
            (3400, known(true, Some(400)), Outcome::Reply(ms(400), Proof::Accepted), 3000),
            (1020, known(true, None), Outcome::Reply(ms(1020), Proof::AcceptedLate), 0),
            (1020, None, Outcome::Reply(ms(1020), Proof::AcceptedLate), 0),
        ] {
            assert_eq!((outcome, ms(after)), accepted(ms(took), handshake), "{took} {handshake:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_tells_of_a_handshake_without_repetition() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let handshake = imp::handshake(&stream).unwrap();
        assert!(!handshake.is_repeated && handshake.rtt.is_some(), "{handshake:?}");
    }

    #[test]
    fn a_hello_is_timed_from_the_connection_on_and_any_answer_counts() {
        let waits = Duration::from_millis(60);
        for says in [&b"\x15\x03\x03\0\x02\x02\x28"[..], b""] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let to = listener.local_addr().unwrap();
            let server = thread::Builder::new().spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut hello = vec![0; usize::from(HELLO)];
                stream.read_exact(&mut hello).unwrap();
                thread::sleep(waits);
                stream.write_all(says).unwrap();
                hello
            });
            let server = server.unwrap();
            let (outcome, after) = hello(to, DEADLINE);
            assert!(matches!(outcome, Outcome::Reply(rtt, Proof::Accepted) if rtt >= waits), "{outcome:?}");
            assert!(after < DEADLINE);
            assert_eq!([22, 3, 1], server.join().unwrap()[..3]);
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let to = listener.local_addr().unwrap();
        assert_eq!(Outcome::Lost(Loss::Timeout), hello(to, waits).0);
        drop(listener);
        assert_eq!(Outcome::Lost(Loss::Refused), hello(to, DEADLINE).0);
    }
}
