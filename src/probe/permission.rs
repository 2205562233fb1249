//! Means of sending echo requests that the system permits.

/// Means of sending echo requests on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EchoMeans {
    /// Unprivileged ICMP datagram sockets.
    Datagram,
    /// Raw ICMP sockets, which need a privilege this program happens to have.
    Raw,
    /// The system's own echo service (Windows).
    Service,
    /// Not permitted: hosts are asked by UDP and TCP instead.
    Forbidden,
    /// The family is switched off on this machine.
    NoFamily,
}
