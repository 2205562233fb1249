//! A socket for one echo request.

use std::{
    io,
    net::UdpSocket,
    os::fd::{AsFd, BorrowedFd},
    time::Duration,
};

use socket2::{Domain, Protocol, Type};

use super::reply::Asked;
use crate::{
    clock,
    codec::icmp,
    model::{
        host::Family,
        probe::{NotMeasured, Outcome},
        time::Moment,
        trace::MplsLabel,
    },
    probe::send_failure::send_failure,
};

/// Payload of an echo. Small enough to weigh nothing, large enough that no Ethernet padding is needed.
const PAYLOAD: usize = 32;

/// An open socket, and the request that went out by it.
pub(super) struct Socket {
    /// The standard library's type for datagrams, since it reads without unsafe code. It holds an ICMP socket.
    inner: UdpSocket,
    asked: Asked,
}

/// Something heard of a request.
pub(super) struct Heard {
    pub(super) at: Moment,
    /// The time since the request was sent.
    pub(super) rtt: Duration,
    pub(super) outcome: Outcome,
    /// The labels that the packet tells of.
    pub(super) labels: Vec<MplsLabel>,
}

/// Result of reading once.
pub(super) enum Read {
    /// Something about our request.
    Heard(Heard),
    /// Something else.
    NotOurs,
    /// Nothing more.
    Empty,
    /// The socket is of no further use.
    Broken(Outcome),
}

impl Socket {
    /// Opens a socket whose packets live for `ttl` hops, for the request `asked`.
    pub(super) fn open(asked: Asked, ttl: u8) -> io::Result<Self> {
        let (domain, protocol) = match asked.to.family() {
            Family::V4 => (Domain::IPV4, Protocol::ICMPV4),
            Family::V6 => (Domain::IPV6, Protocol::ICMPV6),
        };
        let socket = socket2::Socket::new(domain, Type::DGRAM, Some(protocol))?;
        socket.set_nonblocking(true)?;
        match asked.to.family() {
            Family::V4 => socket.set_ttl_v4(ttl.into())?,
            Family::V6 => socket.set_unicast_hops_v6(ttl.into())?,
        }
        // Linux puts the port of the socket where the identifier was.
        #[cfg(target_os = "linux")]
        {
            let any: std::net::IpAddr = if asked.to.addr.is_ipv4() { [0, 0, 0, 0].into() } else { [0_u16; 8].into() };
            socket.bind(&std::net::SocketAddr::from((any, asked.id)).into())?;
        }
        Ok(Self { inner: socket.into(), asked })
    }

    pub(super) fn send(&self) -> io::Result<()> {
        let Asked { to, id, seq } = self.asked;
        let packet = icmp::echo_request(to.family(), id, seq, PAYLOAD);
        self.inner.send_to(&packet, to.with_port(0)).map(drop)
    }

    /// The next packet that the system has for this socket. The request was sent at `sent`.
    pub(super) fn read(&self, sent: Moment) -> Read {
        let mut bytes = [0; 1536];
        match self.inner.recv_from(&mut bytes) {
            Ok((length, from)) => {
                let at = clock::now();
                // Two equal readings of the clock do not make an answer instantaneous.
                let rtt = at.mono.saturating_sub(sent.mono).max(Duration::from_micros(1));
                let said = self.asked.read(bytes.get(..length).unwrap_or_default(), from.ip(), rtt);
                said.map_or(Read::NotOurs, |(outcome, labels)| Read::Heard(Heard { at, rtt, outcome, labels }))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Read::Empty,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Read::NotOurs,
            Err(error) => Read::Broken(failure(&error)),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

/// Outcome of a probe after an error in opening or using a socket. An unknown error is evidence of nothing.
pub(super) fn failure(error: &io::Error) -> Outcome {
    send_failure(error).unwrap_or(Outcome::NotMeasured(NotMeasured::Unsupported))
}
