//! macOS and Windows: the system's own connect with a deadline.

use std::{
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use super::Failure;

pub(super) fn connect(to: SocketAddr, deadline: Duration) -> Result<TcpStream, Failure> {
    TcpStream::connect_timeout(&to, deadline).map_err(Failure::Io)
}
