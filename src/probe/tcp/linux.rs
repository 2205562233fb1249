//! Linux: a connect that asks the error queue before it asks for the error.
//!
//! Reading the error queue clears the socket's error, and only the queue tells which router an error came from
//! (ip(7), `IP_RECVERR`).

use std::{
    io::{self, IoSliceMut},
    net::{IpAddr, SocketAddr},
    os::fd::{AsFd as _, AsRawFd as _},
    time::Duration,
};

use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt},
};
use socket2::{Domain, Protocol, Socket, Type};

use super::Failure;
use crate::{clock, model::probe::Loss};

pub(super) fn connect(to: SocketAddr, deadline: Duration) -> Result<(), Failure> {
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
        Ok(()) => return Ok(()),
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
            Ok(_) => return result(&socket, to.ip()),
        }
    }
}

fn result(socket: &Socket, host: IpAddr) -> Result<(), Failure> {
    let told = unreachable(socket).filter(|(_, from)| *from != host);
    if let Some((loss, _)) = told {
        return Err(Failure::Unreachable(loss));
    }
    match socket.take_error() {
        Ok(Some(error)) | Err(error) => Err(Failure::Io(error)),
        // No error and no peer: the error was taken with the queue.
        Ok(None) if socket.peer_addr().is_err() => Err(Failure::Io(io::ErrorKind::ConnectionRefused.into())),
        Ok(None) => Ok(()),
    }
}

/// What a router said, and which.
fn unreachable(socket: &Socket) -> Option<(Loss, IpAddr)> {
    let mut bytes = [0_u8; 256];
    let mut control = nix::cmsg_space!([u8; 128]);
    let mut iov = [IoSliceMut::new(&mut bytes)];
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let message = recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut iov, Some(&mut control), flags).ok()?;
    message.cmsgs().ok()?.find_map(|control| {
        let (error, from) = match control {
            ControlMessageOwned::Ipv4RecvErr(error, Some(from)) => {
                (error, IpAddr::V4(u32::from_be(from.sin_addr.s_addr).into()))
            }
            ControlMessageOwned::Ipv6RecvErr(error, Some(from)) => (error, IpAddr::V6(from.sin6_addr.s6_addr.into())),
            _ => return None,
        };
        let loss = Loss::Unreachable { icmp_type: error.ee_type, code: error.ee_code, from };
        (!from.is_unspecified()).then_some((loss, from))
    })
}
