//! A look at hosts by TCP connection, and by TLS where asked.

use std::{net::IpAddr, time::Duration};

use super::time::Timestamp;

/// Results of a connection to each of some hosts, all asked at the same port unless they name one of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TcpProbeReport {
    /// Time at which the first was asked.
    pub at: Timestamp,
    /// The port of hosts that name none.
    pub port: u16,
    /// True if TLS was to be spoken on connections that came about.
    pub with_tls: bool,
    /// One a host, in the order asked.
    pub results: Vec<TcpProbeResult>,
}

/// Result of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TcpProbeResult {
    /// The host as the user gave it.
    pub host: String,
    /// Address of the host; `None` when the name has none.
    pub addr: Option<IpAddr>,
    /// The time until the connection stood, or why there is none.
    pub connect: Result<Duration, String>,
    /// Facts that TLS showed, or why it failed; `None` when it was not tried.
    pub tls: Option<Result<TlsFacts, String>>,
}

/// Facts that a TLS handshake showed (RFC 8446, RFC 5246).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// The version agreed on, such as `TLS 1.3`.
    pub version: String,
    /// From the first byte of TLS to the end of the handshake.
    pub handshake: Duration,
    /// Days until the certificate expires, negative after that; `None` when it does not say.
    pub days_left: Option<i64>,
    /// Trust of this system in the certificate for this host: `Ok`, or the reason why it has none.
    pub trusted: Result<(), String>,
}
