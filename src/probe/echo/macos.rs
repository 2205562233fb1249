//! macOS: echo over ICMP datagram sockets, which need no privilege.
//!
//! First-hop and UDP probes are not measured here; gateways that ignore echo are asked by TCP.

pub(super) use super::surge::Surge as Backend;
