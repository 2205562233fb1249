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

use std::{io, net::SocketAddr, time::Duration};

use crate::{
    clock,
    model::probe::{LocalFault, Loss, NotMeasured, Outcome, Proof},
};

/// Connects to `to` and hangs up.
pub(super) fn connect(to: SocketAddr, deadline: Duration) -> Outcome {
    let began = clock::now().mono;
    let result = imp::connect(to, deadline);
    let rtt = clock::now().mono.saturating_sub(began);
    match result {
        Ok(()) => Outcome::Reply(rtt, Proof::Accepted),
        Err(Failure::Unreachable(loss)) => Outcome::Lost(loss),
        Err(Failure::Io(error)) => from_error(&error, rtt),
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
        Kind::OutOfMemory | Kind::QuotaExceeded => Outcome::NotMeasured(NotMeasured::NoResources),
        _ => Outcome::NotMeasured(NotMeasured::Unsupported),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

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
}
