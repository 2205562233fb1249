//! One TCP probe: a connection whose first packet may pass only so many routers.

use std::{
    os::fd::{AsFd as _, BorrowedFd},
    time::Duration,
};

use nix::{
    errno::Errno,
    sys::socket::{setsockopt, sockopt},
};
use socket2::{Domain, Protocol, Type};

use super::{not_sent, said};
use crate::{
    clock,
    model::{
        host::{Family, Host},
        probe::ProbeId,
        time::Moment,
        trace::{HopAnswer, HopOutcome, HopProbe},
    },
    probe::linux::socket::read_error,
};

/// Just before the system would send the first packet again, which is after a second (RFC 6298, section 2): an answer
/// would not tell which packet it is about, and routers would be asked twice as often.
pub(super) const BEFORE_RESENDING: Duration = Duration::from_millis(950);

/// A connection under way. Dropping it hangs up at once.
pub(super) struct Connection {
    socket: socket2::Socket,
    id: ProbeId,
    to: Host,
    sent: Moment,
    /// It was refused at once, as on loopback.
    is_refused: bool,
}

/// Progress of a connection.
pub(super) enum Progress {
    Waits,
    Over(HopOutcome),
}

impl Connection {
    /// Sends the first packet of `probe`.
    pub(super) fn begin(probe: &HopProbe, port: u16) -> Result<Self, Errno> {
        let socket = prepare(probe).map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))?;
        let mut connection = Self { socket, id: probe.id, to: probe.to, sent: clock::now(), is_refused: false };
        match connection.socket.connect(&probe.to.with_port(port).into()) {
            Ok(()) => Ok(connection),
            Err(error) => match error.raw_os_error().map(Errno::from_raw) {
                Some(Errno::EINPROGRESS) => Ok(connection),
                Some(Errno::ECONNREFUSED) => {
                    connection.is_refused = true;
                    Ok(connection)
                }
                errno => Err(errno.unwrap_or(Errno::EIO)),
            },
        }
    }

    pub(super) fn id(&self) -> ProbeId {
        self.id
    }

    pub(super) fn sent(&self) -> Moment {
        self.sent
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    pub(super) fn closes_at(&self) -> Duration {
        self.sent.mono + BEFORE_RESENDING
    }

    /// Returns the progress of the connection.
    ///
    /// The error queue is asked first: reading it clears the socket's error, and it alone tells who sent one.
    pub(super) fn progress(&self, now: Moment) -> Progress {
        let rtt = now.mono.saturating_sub(self.sent.mono);
        if let Some((error, labels)) = read_error(&self.socket, self.to.family()) {
            let answer = |from| HopAnswer { from, rtt, labels: labels.clone() };
            return Progress::Over(said(error.about(self.to), answer));
        }
        let reached = || HopOutcome::Reached(HopAnswer { from: self.to.addr, rtt, labels: Vec::new() });
        if self.is_refused {
            return Progress::Over(reached());
        }
        match self.socket.take_error() {
            Ok(Some(error)) | Err(error) => match Errno::from_raw(error.raw_os_error().unwrap_or(0)) {
                Errno::ECONNREFUSED | Errno::ECONNRESET => Progress::Over(reached()),
                errno => Progress::Over(not_sent(errno)),
            },
            Ok(None) if self.socket.peer_addr().is_ok() => Progress::Over(reached()),
            Ok(None) => Progress::Waits,
        }
    }
}

fn prepare(probe: &HopProbe) -> std::io::Result<socket2::Socket> {
    let (domain, ttl) = (Domain::for_address(probe.to.with_port(0)), u32::from(probe.ttl.max(1)));
    let socket = socket2::Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    // Hang up at once, without waiting for the far side and without leaving a port in TIME_WAIT.
    socket.set_linger(Some(Duration::ZERO))?;
    match probe.to.family() {
        Family::V4 => {
            socket.set_ttl_v4(ttl)?;
            setsockopt(&socket, sockopt::Ipv4RecvErr, &true)?;
        }
        Family::V6 => {
            socket.set_unicast_hops_v6(ttl)?;
            setsockopt(&socket, sockopt::Ipv6RecvErr, &true)?;
        }
    }
    Ok(socket)
}
