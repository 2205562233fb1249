//! The messages of the BSD routing socket, as macOS dumps its routing and neighbour tables (route(4), `net/route.h`).
//! Pure, so that it is tested on every system.
//!
//! A dump is a row of messages. Each is a header of [`HEADER`] bytes (`struct rt_msghdr`) followed by socket
//! addresses, padded to four bytes, for the bits set in `rtm_addrs`. Numbers are in the byte order of the machine. A
//! message that ends too early ends the reading; nothing else is ever trusted to be long enough.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::host::{DefaultRoute, Family, Host, Neighbour, NeighbourState};

/// Size of `struct rt_msghdr`.
const HEADER: usize = 92;
/// `RTM_VERSION`; messages of another version are skipped.
const VERSION: u8 = 5;

/// Positions in the list of addresses: `RTAX_DST`, `RTAX_GATEWAY`, `RTAX_NETMASK`.
const DESTINATION: usize = 0;
const GATEWAY: usize = 1;
const NETMASK: usize = 2;
const ADDRESSES: usize = 8;

const RTF_UP: u32 = 0x1;
const RTF_HOST: u32 = 0x4;
const RTF_REJECT: u32 = 0x8;
const RTF_LLINFO: u32 = 0x400;
const RTF_BLACKHOLE: u32 = 0x1000;
const RTF_WASCLONED: u32 = 0x2_0000;
const RTF_IFSCOPE: u32 = 0x100_0000;

/// Address families of macOS: `AF_INET`, `AF_LINK`, `AF_INET6`.
const AF_INET: u8 = 2;
const AF_LINK: u8 = 18;
const AF_INET6: u8 = 30;

/// One message.
struct Message<'a> {
    link: u32,
    flags: u32,
    addresses: [Option<&'a [u8]>; ADDRESSES],
}

/// Reads the routes to everywhere out of a dump of the routing table.
///
/// Routes bound to one interface (`RTF_IFSCOPE`) are left out: they serve only programs that ask for that interface,
/// and macOS keeps some of them for tunnels that lead nowhere. What remains is one route a family, so `metric` is 0.
pub(super) fn default_routes(dump: &[u8]) -> Vec<DefaultRoute> {
    messages(dump).filter_map(|message| message.default_route()).collect()
}

/// Reads the neighbours out of a dump of the routes with `RTF_LLINFO`.
///
/// The table does not say when a neighbour last proved itself alive, so a known one is
/// [`NeighbourState::Stale`].
pub(super) fn neighbours(dump: &[u8]) -> Vec<Neighbour> {
    messages(dump).filter_map(|message| message.neighbour()).collect()
}

/// Takes the number of the link out of a link-local address, where macOS keeps it in the second group of digits.
/// The number is 0 when there is none.
pub(super) fn without_scope(addr: Ipv6Addr) -> (Ipv6Addr, u32) {
    if !addr.is_unicast_link_local() {
        return (addr, 0);
    }
    let mut segments = addr.segments();
    let [_, scope, ..] = &mut segments;
    let link = std::mem::take(scope);
    (segments.into(), link.into())
}

fn messages(mut dump: &[u8]) -> impl Iterator<Item = Message<'_>> {
    std::iter::from_fn(move || {
        loop {
            let length = usize::from(u16::from_ne_bytes(bytes(dump, 0)?));
            if length < HEADER {
                return None;
            }
            let (message, rest) = dump.split_at_checked(length)?;
            dump = rest;
            if message.get(2) == Some(&VERSION)
                && let Some(message) = Message::read(message)
            {
                return Some(message);
            }
        }
    })
}

impl<'a> Message<'a> {
    fn read(message: &'a [u8]) -> Option<Self> {
        let present = u32::from_ne_bytes(bytes(message, 12)?);
        let mut rest = message.get(HEADER..)?;
        let mut addresses = [None; ADDRESSES];
        for (position, address) in addresses.iter_mut().enumerate() {
            if present & (1 << position) == 0 {
                continue;
            }
            let Some(&length) = rest.first() else { break };
            // An address of length 0, such as an empty netmask, still takes four bytes.
            let length = usize::from(length);
            *address = Some(rest.get(..length)?);
            rest = rest.get(length.max(1).next_multiple_of(4)..).unwrap_or_default();
        }
        let (link, flags) = (u16::from_ne_bytes(bytes(message, 4)?).into(), u32::from_ne_bytes(bytes(message, 8)?));
        Some(Self { link, flags, addresses })
    }

    fn address(&self, position: usize) -> Option<&'a [u8]> {
        *self.addresses.get(position)?
    }

    fn host(&self, position: usize) -> Option<Host> {
        host(self.address(position)?, self.link)
    }

    fn has(&self, flags: u32) -> bool {
        self.flags & flags != 0
    }

    fn default_route(&self) -> Option<DefaultRoute> {
        let unusable = RTF_HOST | RTF_REJECT | RTF_BLACKHOLE | RTF_WASCLONED | RTF_IFSCOPE;
        if !self.has(RTF_UP) || self.has(unusable) {
            return None;
        }
        let destination = self.host(DESTINATION)?.addr;
        let (family, address_at) = if destination.is_ipv4() { (Family::V4, 4) } else { (Family::V6, 8) };
        let mask = self.address(NETMASK).and_then(|mask| mask.get(address_at..)).unwrap_or_default();
        if !destination.is_unspecified() || mask.iter().any(|byte| *byte != 0) {
            return None;
        }
        Some(DefaultRoute { family, gateway: self.host(GATEWAY), link: self.link, metric: 0 })
    }

    fn neighbour(&self) -> Option<Neighbour> {
        let host = self.host(DESTINATION)?;
        let link_address = self.address(GATEWAY)?;
        if !self.has(RTF_LLINFO) || host.addr.is_multicast() || link_address.get(1) != Some(&AF_LINK) {
            return None;
        }
        let known = link_address.get(6).is_some_and(|length| *length > 0);
        let state = match (known, self.has(RTF_REJECT)) {
            (true, _) => NeighbourState::Stale,
            (false, false) => NeighbourState::Probing,
            (false, true) => NeighbourState::Failed,
        };
        Some(Neighbour { host, state })
    }
}

/// The host a socket address names; `None` when it is of another kind. Missing trailing bytes are zero.
fn host(address: &[u8], link: u32) -> Option<Host> {
    match *address.get(1)? {
        AF_INET => Some(Host::new(Ipv4Addr::from(padded::<4>(address, 4)).into())),
        AF_INET6 => {
            let (addr, embedded) = without_scope(Ipv6Addr::from(padded::<16>(address, 8)));
            let scope = match (addr.is_unicast_link_local(), embedded) {
                (false, _) => 0,
                (true, 0) => link,
                (true, embedded) => embedded,
            };
            Some(Host { addr: IpAddr::V6(addr), scope })
        }
        _ => None,
    }
}

/// `N` bytes from `at`, with zeros for those that are not there.
fn padded<const N: usize>(from: &[u8], at: usize) -> [u8; N] {
    let mut bytes = [0; N];
    for (byte, found) in bytes.iter_mut().zip(from.get(at..).unwrap_or_default()) {
        *byte = *found;
    }
    bytes
}

/// `N` bytes from `at`; `None` when one is missing.
pub(super) fn bytes<const N: usize>(from: &[u8], at: usize) -> Option<[u8; N]> {
    from.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A message as the kernel lays it out, with the addresses given as (bit, bytes).
    fn message(link: u16, flags: u32, addresses: &[(usize, Vec<u8>)]) -> Vec<u8> {
        let mut message = vec![0; HEADER];
        message[2] = VERSION;
        message[3] = 4; // RTM_GET
        message[4..6].copy_from_slice(&link.to_ne_bytes());
        message[8..12].copy_from_slice(&flags.to_ne_bytes());
        let present: u32 = addresses.iter().map(|(bit, _)| 1 << bit).sum();
        message[12..16].copy_from_slice(&present.to_ne_bytes());
        for (_, address) in addresses {
            message.extend(address);
            message.resize(message.len() + address.len().max(1).next_multiple_of(4) - address.len(), 0);
        }
        let length = u16::try_from(message.len()).unwrap();
        message[..2].copy_from_slice(&length.to_ne_bytes());
        message
    }

    fn inet(addr: &str) -> Vec<u8> {
        let mut bytes = vec![16, AF_INET, 0, 0];
        bytes.extend(addr.parse::<Ipv4Addr>().unwrap().octets());
        bytes.resize(16, 0);
        bytes
    }

    fn inet6(addr: &str) -> Vec<u8> {
        let mut bytes = vec![28, AF_INET6, 0, 0, 0, 0, 0, 0];
        bytes.extend(addr.parse::<Ipv6Addr>().unwrap().octets());
        bytes.resize(28, 0);
        bytes
    }

    /// A `sockaddr_dl` of link 4 without a name, with a link address of `length` bytes.
    fn link(length: u8) -> Vec<u8> {
        let mut bytes = vec![20, AF_LINK, 0, 0, 6, 0, length, 0];
        bytes.resize(20, 0xAB);
        bytes
    }

    /// The netmask of a default route: of length zero.
    const NO_MASK: Vec<u8> = Vec::new();

    #[test]
    fn the_default_routes_of_both_families_are_found_among_others() {
        let usual = RTF_UP | 0x2;
        let dump = [
            message(4, usual, &[(0, inet("0.0.0.0")), (1, inet("192.168.1.1")), (2, NO_MASK)]),
            message(4, RTF_UP, &[(0, inet("192.168.1.0")), (1, link(0)), (2, vec![7, 0, 0, 0, 255, 255, 255])]),
            // The halves a VPN routes instead of the default: 0.0.0.0/1.
            message(9, usual, &[(0, inet("0.0.0.0")), (1, inet("10.8.0.1")), (2, vec![5, 0, 0, 0, 128])]),
            message(4, usual, &[(0, inet6("::")), (1, inet6("fe80:4::1")), (2, NO_MASK)]),
        ]
        .concat();
        let routes = default_routes(&dump);
        let v4 = DefaultRoute { family: Family::V4, gateway: Some("192.168.1.1".parse().unwrap()), link: 4, metric: 0 };
        let v6 = DefaultRoute { family: Family::V6, gateway: Some("fe80::1%4".parse().unwrap()), ..v4 };
        assert_eq!(routes, [v4, v6]);
    }

    #[test]
    fn a_point_to_point_default_route_has_no_router() {
        let dump = message(12, RTF_UP, &[(0, inet("0.0.0.0")), (1, link(0)), (2, NO_MASK)]);
        let route = DefaultRoute { family: Family::V4, gateway: None, link: 12, metric: 0 };
        assert_eq!(default_routes(&dump), [route]);
    }

    #[test]
    fn routes_no_packet_of_ours_takes_are_left_out() {
        for flags in [0, RTF_UP | RTF_IFSCOPE, RTF_UP | RTF_REJECT, RTF_UP | RTF_BLACKHOLE, RTF_UP | RTF_HOST] {
            let dump = message(17, flags, &[(0, inet6("::")), (1, inet6("fe80:11::")), (2, NO_MASK)]);
            assert_eq!(default_routes(&dump), []);
        }
    }

    #[test]
    fn neighbours_are_known_asked_or_silent() {
        let entry = |flags, addr: Vec<u8>, known| message(4, flags | RTF_LLINFO, &[(0, addr), (1, link(known))]);
        let dump = [
            entry(RTF_UP, inet("192.168.1.1"), 6),
            entry(RTF_UP, inet("192.168.1.7"), 0),
            entry(RTF_UP | RTF_REJECT, inet("192.168.1.8"), 0),
            entry(RTF_UP, inet("224.0.0.251"), 6),
            entry(RTF_UP, inet6("fe80:4::1"), 6),
            message(4, RTF_UP, &[(0, inet("192.168.1.9")), (1, link(6))]),
        ]
        .concat();
        let expected = [
            ("192.168.1.1", NeighbourState::Stale),
            ("192.168.1.7", NeighbourState::Probing),
            ("192.168.1.8", NeighbourState::Failed),
            ("fe80::1%4", NeighbourState::Stale),
        ];
        assert_eq!(neighbours(&dump), expected.map(|(host, state)| Neighbour { host: host.parse().unwrap(), state }));
    }

    #[test]
    fn other_versions_are_skipped_and_a_torn_message_ends_the_dump() {
        let good = message(4, RTF_UP, &[(0, inet("0.0.0.0")), (1, inet("10.0.0.1")), (2, NO_MASK)]);
        let mut other = good.clone();
        other[2] = 4;
        let dump = [other, good.clone(), good[..100].to_vec()].concat();
        assert_eq!(default_routes(&dump).len(), 1);
        assert_eq!(default_routes(&[]), []);
    }

    proptest! {
        #[test]
        fn no_bytes_can_break_it(tail in proptest::collection::vec(any::<u8>(), 0..200), present: u8, flags: u32) {
            let mut dump = message(4, flags | RTF_LLINFO, &[]);
            dump.extend(tail);
            let length = u16::try_from(dump.len()).unwrap();
            dump[..2].copy_from_slice(&length.to_ne_bytes());
            dump[12] = present;
            default_routes(&dump);
            neighbours(&dump);
        }
    }
}
