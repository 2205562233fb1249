//! Recognition of this machine's own addresses: systems sign their own complaints with them.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use crate::model::host::{Family, Host};

/// True if `host` is this machine: only then does a socket towards it get that very address as its own. Sends nothing.
pub(super) fn is_own(host: Host) -> bool {
    if host.addr.is_unspecified() {
        return false;
    }
    let any: SocketAddr = match host.family() {
        Family::V4 => (Ipv4Addr::UNSPECIFIED, 0).into(),
        Family::V6 => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let source = || {
        let socket = UdpSocket::bind(any)?;
        socket.connect(host.with_port(9))?;
        socket.local_addr()
    };
    source().is_ok_and(|source| source.ip() == host.addr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_is_this_machine_and_a_documentation_address_is_not() {
        assert!(is_own("127.0.0.1".parse().unwrap()));
        for other in ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1"] {
            assert!(!is_own(other.parse().unwrap()), "{other}");
        }
    }
}
