//! A look at hosts by TCP connection, and by TLS where asked.

use std::{net::IpAddr, time::Duration};

use super::time::Timestamp;

/// What hosts made of a connection, all asked at the same port unless they name one of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TcpProbeReport {
    /// When the first was asked.
    pub at: Timestamp,
    /// The port of hosts that name none.
    pub port: u16,
    /// Whether TLS was to be spoken on connections that came about.
    pub with_tls: bool,
    /// One a host, in the order asked.
    pub results: Vec<TcpProbeResult>,
}

/// What one host made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TcpProbeResult {
    /// The host as the user gave it.
    pub host: String,
    /// Its address; `None` when the name has none.
    pub addr: Option<IpAddr>,
    /// The time until the connection stood, or why there is none.
    pub connect: Result<Duration, String>,
    /// What TLS showed, or why it failed; `None` when it was not tried.
    pub tls: Option<Result<TlsFacts, String>>,
}

/// What a TLS handshake showed (RFC 8446, RFC 5246).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// The version agreed on, such as `TLS 1.3`.
    pub version: String,
    /// From the first byte of TLS to the end of the handshake.
    pub handshake: Duration,
    /// Days until the certificate expires, negative after that; `None` when it does not say.
    pub days_left: Option<i64>,
    /// Whether this system trusts the certificate for this host, or why it does not.
    pub trusted: Result<(), String>,
}
