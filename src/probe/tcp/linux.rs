//! Linux: a connect that asks the error queue before it asks for the error.
//!
//! Reading the error queue clears the socket's error, and only the queue tells which router an error came from
//! (ip(7), `IP_RECVERR`).

use std::{
    io,
    net::{SocketAddr, TcpStream},
    os::fd::{AsFd as _, AsRawFd as _},
    time::Duration,
};

use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::socket::{setsockopt, sockopt},
};
use socket2::{Domain, Protocol, Socket, Type};

use super::{Failure, Handshake};
use crate::{
    clock,
    model::{host::Host, probe::Loss},
    probe::linux::socket::{Said, read_error},
};

pub(super) fn connect(to: SocketAddr, deadline: Duration) -> Result<TcpStream, Failure> {
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, Some(Protocol::TCP)).map_err(Failure::Io)?;
    socket.set_nonblocking(true).map_err(Failure::Io)?;
    // Hang up at once, without waiting for the far side and without leaving a port in TIME_WAIT.
    socket.set_linger(Some(Duration::ZERO)).map_err(Failure::Io)?;
    let queue = if to.is_ipv4() {
        setsockopt(&socket, sockopt::Ipv4RecvErr, &true)
    } else {
        setsockopt(&socket, sockopt::Ipv6RecvErr, &true)
    };
    queue.map_err(|errno| Failure::Io(errno.into()))?;
    match socket.connect(&to.into()) {
        Ok(()) => return Ok(socket.into()),
        Err(error) if error.raw_os_error() == Some(Errno::EINPROGRESS as i32) => {}
        Err(error) => return Err(Failure::Io(error)),
    }
    let give_up = clock::now().mono + deadline;
    loop {
        let left = give_up.saturating_sub(clock::now().mono);
        if left.is_zero() {
            return Err(Failure::Io(io::ErrorKind::TimedOut.into()));
        }
        let timeout = PollTimeout::try_from(left.as_millis().saturating_add(1)).unwrap_or(PollTimeout::MAX);
        let mut polled = [PollFd::new(socket.as_fd(), PollFlags::POLLOUT)];
        match poll(&mut polled, timeout) {
            Ok(0) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(Failure::Io(errno.into())),
            Ok(_) => return result(&socket, Host::of(to)).map(|()| socket.into()),
        }
    }
}

/// Returns what the kernel knows of the handshake; `None` when it does not say.
///
/// Of a packet that was repeated it knows the round-trip time only by the time stamps of RFC 7323, which tell which one
/// was answered. Without them it has none.
#[expect(unsafe_code, reason = "no library has this option")]
pub(super) fn handshake(stream: &TcpStream) -> Option<Handshake> {
    // SAFETY: the structure is made of integers, for which zero is a value.
    let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
    let mut length = libc::socklen_t::try_from(size_of_val(&info)).ok()?;
    let (level, option) = (libc::IPPROTO_TCP, libc::TCP_INFO);
    // SAFETY: the socket is open, and the kernel writes no more than the length told.
    let status = unsafe {
        libc::getsockopt(stream.as_raw_fd(), level, option, (&raw mut info).cast(), &raw mut length)
    };
    let told = usize::try_from(length).ok()?;
    let needed = std::mem::offset_of!(libc::tcp_info, tcpi_total_retrans) + size_of_val(&info.tcpi_total_retrans);
    let rtt = Duration::from_micros(info.tcpi_rtt.into());
    (status == 0 && told >= needed)
        .then(|| Handshake { is_repeated: info.tcpi_total_retrans > 0, rtt: Some(rtt).filter(|rtt| !rtt.is_zero()) })
}

fn result(socket: &Socket, host: Host) -> Result<(), Failure> {
    match read_error(socket, host.family()).map(|(error, _)| error.about(host)) {
        Some(Said::Unreachable(from, icmp_type, code)) => {
            return Err(Failure::Unreachable(Loss::Unreachable { icmp_type, code, from }));
        }
        Some(Said::Local(errno)) => return Err(Failure::Io(errno.into())),
        // A packet that circled (RFC 792) is lost.
        Some(Said::Expired(_)) => return Err(Failure::Io(io::ErrorKind::TimedOut.into())),
        // Its own refusal reads like any other.
        Some(Said::ByHost(_)) | None => {}
    }
    match socket.take_error() {
        Ok(Some(error)) | Err(error) => Err(Failure::Io(error)),
        // No error and no peer: the error was taken with the queue.
        Ok(None) if socket.peer_addr().is_err() => Err(Failure::Io(io::ErrorKind::ConnectionRefused.into())),
        Ok(None) => Ok(()),
    }
}
