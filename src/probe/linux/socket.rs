//! One socket: what goes out, what comes back, and when the kernel saw it.

use std::{
    io::{IoSlice, IoSliceMut},
    net::{IpAddr, SocketAddr, UdpSocket},
    os::fd::{AsFd as _, AsRawFd as _, BorrowedFd},
    time::Duration,
};

use nix::{
    errno::Errno,
    libc,
    sys::{
        socket::{
            ControlMessage, ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, sendmsg, setsockopt, sockopt,
        },
        time::TimeSpec,
    },
};
use socket2::{Domain, Protocol, Type};

use crate::{
    clock,
    codec::{icmp, icmp_extension},
    model::{
        host::{Family, Host},
        probe::{LocalFault, NotMeasured},
        time::Moment,
        trace::MplsLabel,
    },
    probe::permission::EchoMeans,
};

/// Payload of an echo. Small enough to weigh nothing, large enough that no Ethernet padding is needed.
const PAYLOAD: usize = 32;
/// Port that UDP probes go to: the first of the range that traceroute made customary, where nobody listens.
const UDP_PORT: u16 = 33434;
/// The system gives the payload of a datagram that an error quotes, and keeps its header.
const UDP_HEADER: usize = 8;
/// Errors of earlier probes that may arrive between two sends.
const STALE_ERRORS: usize = 4;

/// Kind of packets that go over a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::probe) enum SocketKind {
    Icmp(Family),
    Udp(Family),
    /// ICMP packets that may not be cut into pieces.
    Large(Family),
}

/// An open socket.
pub(in crate::probe) struct Socket {
    inner: socket2::Socket,
    kind: SocketKind,
    means: EchoMeans,
    /// Identifier in our packets; a datagram socket's is the kernel's.
    id: u16,
}

/// Result of sending.
pub(in crate::probe) enum Sent {
    At(Moment),
    Failed(Moment, Errno),
}

/// Something heard that concerns one of our probes.
#[derive(Debug)]
pub(in crate::probe) struct Heard {
    /// The number of the probe.
    pub(in crate::probe) seq: u16,
    /// Address that answered; `None` for an error about the probe.
    pub(in crate::probe) from: Option<IpAddr>,
    pub(in crate::probe) error: Option<Error>,
    /// The labels the probe carried where a router gave up on it.
    pub(in crate::probe) labels: Vec<MplsLabel>,
    /// Time at which the kernel received it, on the wall clock.
    stamp: Option<Duration>,
}

/// Result of reading once.
enum Read {
    Heard(Heard),
    NotOurs,
    Empty,
}

/// An error about a probe.
#[derive(Debug, Clone, Copy)]
pub(in crate::probe) struct Error {
    icmp_type: u8,
    code: u8,
    from: Option<IpAddr>,
    errno: i32,
    /// More about it; the size a packet may have, where a router said "too big".
    info: u32,
}

/// Meaning of an error about a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::probe) enum Said {
    /// Our own system could not send it.
    Local(Errno),
    /// This router gave up on it (RFC 792, type 11; RFC 4443, type 3).
    Expired(IpAddr),
    /// Nobody listens there, or nobody is let in, says the host itself, and so proves that it is there.
    ByHost(IpAddr),
    /// It cannot be delivered, says this router, with type and code.
    Unreachable(IpAddr, u8, u8),
}

impl Socket {
    /// An ICMP socket: datagram if permitted, raw if not, else the reason why neither.
    pub(in crate::probe) fn icmp(family: Family) -> Result<Self, EchoMeans> {
        let (domain, protocol) = match family {
            Family::V4 => (Domain::IPV4, Protocol::ICMPV4),
            Family::V6 => (Domain::IPV6, Protocol::ICMPV6),
        };
        let open = |kind| socket2::Socket::new(domain, kind, Some(protocol));
        let forbidden = |error: std::io::Error| match error.raw_os_error().map(Errno::from_raw) {
            Some(errno) if is_forbidden(errno) => EchoMeans::Forbidden,
            _ => EchoMeans::NoFamily,
        };
        let (socket, means) = match open(Type::DGRAM) {
            Ok(socket) => (socket, EchoMeans::Datagram),
            Err(_) => (open(Type::RAW).map_err(forbidden)?, EchoMeans::Raw),
        };
        let socket = Self { inner: socket, kind: SocketKind::Icmp(family), means, id: fastrand::u16(..) };
        if socket.prepare().is_err() { Err(EchoMeans::NoFamily) } else { Ok(socket) }
    }

    /// An ICMP socket whose packets may not be cut into pieces, and which pays no heed to what the kernel has learnt of
    /// the way (`IP_PMTUDISC_PROBE`, ip(7)), so that each packet asks anew.
    pub(in crate::probe) fn large(family: Family) -> Option<Self> {
        let mut socket = Self::icmp(family).ok()?;
        socket.kind = SocketKind::Large(family);
        never_cut(&socket.inner, family).then_some(socket)
    }

    /// A UDP socket; `None` where the family is switched off.
    pub(in crate::probe) fn udp(family: Family) -> Option<Self> {
        let domain = if family == Family::V4 { Domain::IPV4 } else { Domain::IPV6 };
        let socket = socket2::Socket::new(domain, Type::DGRAM, Some(Protocol::UDP)).ok()?;
        let socket =
            Self { inner: socket, kind: SocketKind::Udp(family), means: EchoMeans::Datagram, id: fastrand::u16(..) };
        socket.prepare().ok()?;
        Some(socket)
    }

    fn prepare(&self) -> nix::Result<()> {
        self.inner.set_nonblocking(true).map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))?;
        setsockopt(&self.inner, sockopt::ReceiveTimestampns, &true)?;
        match self.family() {
            Family::V4 => setsockopt(&self.inner, sockopt::Ipv4RecvErr, &true),
            Family::V6 => setsockopt(&self.inner, sockopt::Ipv6RecvErr, &true),
        }
    }

    pub(in crate::probe) fn fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }

    pub(in crate::probe) fn kind(&self) -> SocketKind {
        self.kind
    }

    pub(in crate::probe) fn means(&self) -> EchoMeans {
        self.means
    }

    pub(in crate::probe) fn family(&self) -> Family {
        match self.kind {
            SocketKind::Icmp(family) | SocketKind::Udp(family) | SocketKind::Large(family) => family,
        }
    }

    /// Sends the probe with this number.
    pub(in crate::probe) fn send(&self, host: Host, seq: u16, ttl: Option<i32>) -> Sent {
        self.send_sized(host, seq, ttl, None)
    }

    /// The same, with a payload that makes the whole packet so many bytes.
    pub(in crate::probe) fn send_sized(&self, host: Host, seq: u16, ttl: Option<i32>, size: Option<u16>) -> Sent {
        // Of IP, and eight bytes of ICMP or UDP.
        let headers = if self.family() == Family::V4 { 28 } else { 48 };
        let n_payload = size.map(|size| usize::from(size).saturating_sub(headers));
        let (packet, port) = match self.kind {
            SocketKind::Icmp(family) | SocketKind::Large(family) => {
                (icmp::echo_request(family, self.id, seq, n_payload.unwrap_or(PAYLOAD)), 0)
            }
            SocketKind::Udp(_) => {
                let mut payload = self.udp_payload(seq).to_vec();
                payload.resize(n_payload.unwrap_or(0).max(payload.len()), 0);
                (payload, UDP_PORT)
            }
        };
        let to = SockaddrStorage::from(host.with_port(port));
        let ttl = ttl.as_ref().map(|ttl| match self.family() {
            Family::V4 => ControlMessage::Ipv4Ttl(ttl),
            Family::V6 => ControlMessage::Ipv6HopLimit(ttl),
        });
        let ttl = ttl.as_slice();
        let send = || {
            let now = clock::now();
            let iov = [IoSlice::new(&packet)];
            (now, sendmsg(self.inner.as_raw_fd(), &iov, ttl, MsgFlags::MSG_DONTWAIT, Some(&to)))
        };
        // An error about an earlier probe is reported to the next send (ip(7)); it is not about this one.
        let mut sent = send();
        for _ in 0..STALE_ERRORS {
            if sent.1.is_ok() {
                break;
            }
            sent = send();
        }
        match sent {
            (now, Ok(_)) => Sent::At(now),
            (now, Err(errno)) => Sent::Failed(now, errno),
        }
    }

    fn udp_payload(&self, seq: u16) -> [u8; 4] {
        let ([a, b], [c, d]) = (self.id.to_be_bytes(), seq.to_be_bytes());
        [a, b, c, d]
    }

    /// The next thing heard; `None` when there is nothing more. Packets that are none of ours are passed over.
    pub(in crate::probe) fn receive(&self) -> Option<Heard> {
        // A flood of packets that are none of ours must not keep the thread from its deadlines.
        for _ in 0..256 {
            // Errors first: they say more than the answer of somebody else.
            let read = match self.read(MsgFlags::MSG_ERRQUEUE) {
                Read::Empty => self.read(MsgFlags::empty()),
                read => read,
            };
            match read {
                Read::Heard(heard) => return Some(heard),
                Read::NotOurs => {}
                Read::Empty => return None,
            }
        }
        None
    }

    fn read(&self, queue: MsgFlags) -> Read {
        let mut bytes = [0_u8; 1536];
        match read(&self.inner, queue, &mut bytes) {
            Ok(message) => {
                let bytes = bytes.get(..message.n_bytes).unwrap_or_default();
                self.understand(bytes, &message).map_or(Read::NotOurs, Read::Heard)
            }
            // A pending error is cleared by reading it and hides nothing: it stands in the error queue too.
            Err(errno) if errno == Errno::EAGAIN || !queue.is_empty() => Read::Empty,
            Err(_) => Read::NotOurs,
        }
    }

    fn understand(&self, bytes: &[u8], message: &Message) -> Option<Heard> {
        let Message { from, error, stamp, .. } = *message;
        match (self.kind, error) {
            (SocketKind::Icmp(family) | SocketKind::Large(family), Some(error)) => {
                let (id, seq) = icmp::parse_quoted(family, bytes)?;
                (self.means == EchoMeans::Datagram || id == self.id).then_some(())?;
                let labels = labels(family, 0, bytes);
                Some(Heard { seq, from: None, error: Some(error), labels, stamp })
            }
            (SocketKind::Icmp(family) | SocketKind::Large(family), None) => {
                // Raw IPv4 sockets alone are given the IP header.
                let raw_v4 = self.means == EchoMeans::Raw && family == Family::V4;
                let packet = if raw_v4 { icmp::strip_ip_header(family, bytes)? } else { bytes };
                match icmp::parse(family, packet)? {
                    icmp::Packet::EchoReply { id, seq } if self.means == EchoMeans::Datagram || id == self.id => {
                        Some(Heard { seq, from, error: None, labels: Vec::new(), stamp })
                    }
                    // A raw socket hears errors twice; the error queue knows more.
                    _ => None,
                }
            }
            (SocketKind::Udp(family), error) => {
                let [a, b, c, d] = *bytes.first_chunk::<4>()?;
                // An answer by whoever does listen there proves it alive as well, if it sends our number back.
                (u16::from_be_bytes([a, b]) == self.id).then_some(())?;
                let from = if error.is_some() { None } else { from };
                let labels = if error.is_some() { labels(family, UDP_HEADER, bytes) } else { Vec::new() };
                Some(Heard { seq: u16::from_be_bytes([c, d]), from, error, labels, stamp })
            }
        }
    }
}

/// A message as the system gives it.
struct Message {
    n_bytes: usize,
    from: Option<IpAddr>,
    error: Option<Error>,
    stamp: Option<Duration>,
}

/// Reads one message, or one error with `MSG_ERRQUEUE`.
fn read(socket: &socket2::Socket, queue: MsgFlags, bytes: &mut [u8]) -> nix::Result<Message> {
    let mut control = nix::cmsg_space!(TimeSpec, [u8; 128]);
    let mut iov = [IoSliceMut::new(bytes)];
    let flags = queue | MsgFlags::MSG_DONTWAIT;
    let message = recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut iov, Some(&mut control), flags)?;
    let (mut stamp, mut error) = (None, None);
    for control in message.cmsgs().into_iter().flatten() {
        match control {
            ControlMessageOwned::ScmTimestampns(time) => stamp = Some(Duration::from(time)),
            ControlMessageOwned::Ipv4RecvErr(err, from) => {
                error =
                    Some(Error::new(&err, from.map(|from| u32::from_be(from.sin_addr.s_addr).into()).map(IpAddr::V4)));
            }
            ControlMessageOwned::Ipv6RecvErr(err, from) => {
                error = Some(Error::new(&err, from.map(|from| IpAddr::V6(from.sin6_addr.s6_addr.into()))));
            }
            _ => {}
        }
    }
    let from = message.address.as_ref().and_then(addr_of);
    Ok(Message { n_bytes: message.bytes, from, error, stamp })
}

/// The next error of a connection, with the labels its first packet carried; `None` without one.
pub(in crate::probe) fn read_error(socket: &socket2::Socket, family: Family) -> Option<(Error, Vec<MplsLabel>)> {
    let mut bytes = [0_u8; 1536];
    let message = read(socket, MsgFlags::MSG_ERRQUEUE, &mut bytes).ok()?;
    let quoted = bytes.get(..message.n_bytes).unwrap_or_default();
    message.error.map(|error| (error, labels(family, 0, quoted)))
}

impl Error {
    fn new(err: &libc::sock_extended_err, from: Option<IpAddr>) -> Self {
        let errno = i32::try_from(err.ee_errno).unwrap_or(0);
        Self { icmp_type: err.ee_type, code: err.ee_code, from, errno, info: err.ee_info }
    }

    /// Size that a packet may have where a router said that it is too large for the way behind it (RFC 1191, RFC 4443);
    /// 0 when it did not say. `None` for another error.
    pub(in crate::probe) fn too_big(self, family: Family) -> Option<u16> {
        let is_too_big = match family {
            Family::V4 => (self.icmp_type, self.code) == (3, 4),
            Family::V6 => self.icmp_type == 2,
        };
        let is_told = self.from.is_some_and(|from| !from.is_unspecified());
        (is_too_big && is_told).then(|| u16::try_from(self.info).unwrap_or(0))
    }

    /// Returns the meaning of the error for a probe to `host`.
    pub(in crate::probe) fn about(self, host: Host) -> Said {
        let Some(from) = self.from.filter(|from| !from.is_unspecified()) else {
            return Said::Local(Errno::from_raw(self.errno));
        };
        let expired = self.icmp_type == if host.family() == Family::V4 { 11 } else { 3 };
        if expired {
            Said::Expired(from)
        } else if from == host.addr {
            Said::ByHost(from)
        } else if is_own(from, host) {
            Said::Local(Errno::EHOSTUNREACH)
        } else {
            Said::Unreachable(from, self.icmp_type, self.code)
        }
    }
}

/// Labels that a router adds behind the packet it quotes, of which the system has taken the IP header, and `transport`
/// bytes of the next one. Our IPv4 packets have no options.
fn labels(family: Family, transport: usize, quoted: &[u8]) -> Vec<MplsLabel> {
    let header = if family == Family::V4 { 20 } else { 40 };
    icmp_extension::labels(quoted, icmp_extension::QUOTED - header - transport)
}

fn addr_of(addr: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = addr.as_sockaddr_in().map(|addr| IpAddr::V4(addr.ip()));
    v4.or_else(|| addr.as_sockaddr_in6().map(|addr| IpAddr::V6(addr.ip())))
}

impl Heard {
    /// From our send to the kernel's receive stamp. The stamp is of the wall clock, so it is only believed where it
    /// agrees with the monotonic clock, which saw the answer a little later.
    pub(in crate::probe) fn rtt(&self, sent: Moment, now: Moment) -> Duration {
        let by_mono = now.mono.saturating_sub(sent.mono);
        let sent_wall = (sent.wall - chrono::DateTime::UNIX_EPOCH).to_std().ok();
        let by_stamp = sent_wall.zip(self.stamp).and_then(|(sent, received)| received.checked_sub(sent));
        match by_stamp {
            Some(rtt) if !rtt.is_zero() && rtt <= by_mono + Duration::from_millis(1) => rtt,
            _ => by_mono,
        }
    }
}

/// Forbids the system to cut packets into pieces, whatever it has learnt of the way; `false` when it refuses.
#[expect(unsafe_code, reason = "no library has this option")]
fn never_cut(socket: &socket2::Socket, family: Family) -> bool {
    let (level, option, value) = match family {
        Family::V4 => (libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_PROBE),
        Family::V6 => (libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, libc::IPV6_PMTUDISC_PROBE),
    };
    let length = libc::socklen_t::try_from(size_of::<libc::c_int>()).unwrap_or(4);
    // SAFETY: the socket is open, and the value is an integer of the length told, alive during the call.
    unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, (&raw const value).cast(), length) == 0 }
}

/// True if `from` is this computer itself: the kernel signs its own errors with the address it would have used.
fn is_own(from: IpAddr, host: Host) -> bool {
    let any: SocketAddr = match host.family() {
        Family::V4 => ([0, 0, 0, 0], 0).into(),
        Family::V6 => ([0_u16; 8], 0).into(),
    };
    let own = UdpSocket::bind(any).and_then(|socket| {
        socket.connect(host.with_port(UDP_PORT))?;
        socket.local_addr()
    });
    own.is_ok_and(|own| own.ip() == from)
}

/// Effect of an error of our own system on a probe: it is lost here, or was never sent.
pub(in crate::probe) fn local_fault(errno: Errno) -> Result<LocalFault, NotMeasured> {
    match errno {
        Errno::ENETUNREACH | Errno::EADDRNOTAVAIL => Ok(LocalFault::NoRoute),
        Errno::ENETDOWN | Errno::ENODEV | Errno::ENXIO => Ok(LocalFault::LinkDown),
        Errno::EHOSTUNREACH | Errno::EHOSTDOWN => Ok(LocalFault::NeighbourSilent),
        errno if is_forbidden(errno) => Err(NotMeasured::NoPermission),
        Errno::ENOBUFS | Errno::ENOMEM | Errno::EAGAIN => Err(NotMeasured::NoResources),
        _ => Err(NotMeasured::Unsupported),
    }
}

/// True if the system refuses a kind of socket for want of a privilege.
fn is_forbidden(errno: Errno) -> bool {
    matches!(errno, Errno::EACCES | Errno::EPERM)
}
