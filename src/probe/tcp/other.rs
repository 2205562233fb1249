//! macOS and Windows: the system's own connect with a deadline.

use std::{
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use super::{Failure, Handshake};

pub(super) fn connect(to: SocketAddr, deadline: Duration) -> Result<TcpStream, Failure> {
    TcpStream::connect_timeout(&to, deadline).map_err(Failure::Io)
}

/// Nothing is asked of the system: where echo is permitted, as on these systems, connections are no means to tell late
/// answers from lost ones.
pub(super) fn handshake(_stream: &TcpStream) -> Option<Handshake> {
    None
}
