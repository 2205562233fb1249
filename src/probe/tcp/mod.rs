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

/// Connects to `to` and hangs up.
pub(super) fn connect(to: SocketAddr, deadline: Duration) -> Outcome {
    let began = clock::now().mono;
    let result = imp::connect(to, deadline);
    let rtt = clock::now().mono.saturating_sub(began);
    match result {
        Ok(_) => Outcome::Reply(rtt, Proof::Accepted),
        Err(Failure::Unreachable(loss)) => Outcome::Lost(loss),
        Err(Failure::Io(error)) => from_error(&error, rtt),
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

/// Why no connection came about.
enum Failure {
    /// A router said so.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux tells which router"))]
    Unreachable(Loss),
    /// The system said so.
    Io(io::Error),
}

/// What an error of the system means for a connection that failed after `rtt`.
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
            assert!(matches!(connect(to, DEADLINE), Outcome::Reply(_, Proof::Accepted)));
            drop(listener);
            assert!(matches!(connect(to, DEADLINE), Outcome::Reply(_, Proof::Refused)));
        }
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
