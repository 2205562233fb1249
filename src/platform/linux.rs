//! Linux: everything by rtnetlink (rtnetlink(7)) and the kernel's own files, no text of any program.

mod files;

use std::{net::IpAddr, time::Duration};

use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST, NetlinkMessage, NetlinkPayload};
use netlink_packet_route::{
    AddressFamily, RouteNetlinkMessage,
    address::{AddressAttribute, AddressMessage},
    link::{InfoKind, LinkAttribute, LinkFlags, LinkInfo, LinkLayerType, LinkMessage, Stats64},
    neighbour::{NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState as KernelState},
    route::{RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteType},
};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};

pub(super) use self::files::system_name;
use crate::model::host::{Counters, DefaultRoute, Family, Host, HostFacts, Link, LinkKind, Neighbour, NeighbourState};

/// The unit of times in the neighbour table, as the kernel shows them to programs: 1/100 s on every architecture.
const TICK: Duration = Duration::from_millis(10);

pub(super) fn host_facts() -> HostFacts {
    let mut links: Vec<Link> =
        dump(RouteNetlinkMessage::GetLink(LinkMessage::default())).into_iter().filter_map(link).collect();
    for (index, addr) in
        dump(RouteNetlinkMessage::GetAddress(AddressMessage::default())).into_iter().filter_map(address)
    {
        if let Some(link) = links.iter_mut().find(|link| link.index == index) {
            link.addrs.push(addr);
        }
    }
    if links.iter().any(|link| link.kind == LinkKind::WiFi) {
        for (name, signal) in files::signals() {
            if let Some(link) = links.iter_mut().find(|link| link.name == name) {
                link.signal_dbm = Some(signal);
            }
        }
    }
    let routes = dump(RouteNetlinkMessage::GetRoute(RouteMessage::default())).into_iter().flat_map(default_routes);
    let neighbours =
        dump(RouteNetlinkMessage::GetNeighbour(NeighbourMessage::default())).into_iter().filter_map(neighbour);
    HostFacts { links, routes: routes.collect(), neighbours: neighbours.collect(), ..HostFacts::default() }
}

/// Asks the kernel for a whole table. What cannot be read is left out.
fn dump(request: RouteNetlinkMessage) -> Vec<RouteNetlinkMessage> {
    let mut messages = Vec::new();
    let ask = || -> std::io::Result<Socket> {
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        socket.bind_auto()?;
        let mut message = NetlinkMessage::from(request);
        message.header.flags = NLM_F_REQUEST | NLM_F_DUMP;
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        socket.send_to(&bytes, &SocketAddr::new(0, 0), 0)?;
        Ok(socket)
    };
    let Ok(socket) = ask() else { return messages };
    while let Ok((bytes, from)) = socket.recv_from_full() {
        if from.port_number() == 0 && !take(&bytes, &mut messages) {
            break;
        }
    }
    messages
}

/// Takes the messages of one datagram; `false` after the last one of the table.
fn take(mut bytes: &[u8], messages: &mut Vec<RouteNetlinkMessage>) -> bool {
    while !bytes.is_empty() {
        // Each message begins with its length (RFC 3549, section 2.2); one that is not understood costs only itself.
        let Some(length) = bytes.first_chunk::<4>().map(|length| u32::from_ne_bytes(*length)) else { return false };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length < 16 || length > bytes.len() {
            return false;
        }
        match NetlinkMessage::<RouteNetlinkMessage>::deserialize(bytes).map(|message| message.payload) {
            Ok(NetlinkPayload::InnerMessage(message)) => messages.push(message),
            Ok(NetlinkPayload::Done(_) | NetlinkPayload::Error(_)) => return false,
            Ok(_) | Err(_) => {}
        }
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    true
}

fn link(message: RouteNetlinkMessage) -> Option<Link> {
    let RouteNetlinkMessage::NewLink(message) = message else { return None };
    let name = message.attributes.iter().find_map(|attribute| match attribute {
        LinkAttribute::IfName(name) => Some(name.clone()),
        _ => None,
    })?;
    let kind = link_kind(&message, &name);
    let up = message.header.flags.contains(LinkFlags::Up | LinkFlags::LowerUp);
    let is_ethernet = message.header.link_layer_type == LinkLayerType::Ether;
    let mut link = Link { index: message.header.index, name, kind, up, ..Link::default() };
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::Mtu(mtu) => link.mtu = Some(*mtu),
            LinkAttribute::Stats64(stats) => link.counters = Some(counters(stats)),
            LinkAttribute::Address(address) if is_ethernet => link.mac = address.as_slice().try_into().ok(),
            _ => {}
        }
    }
    // Others know none, and the driver of a link that is down is not disturbed for it.
    if up && kind == LinkKind::Wired {
        link.speed_mbit = files::speed(&link.name);
    }
    Some(link)
}

fn counters(stats: &Stats64) -> Counters {
    Counters {
        rx_bytes: stats.rx_bytes,
        tx_bytes: stats.tx_bytes,
        rx_packets: stats.rx_packets,
        tx_packets: stats.tx_packets,
        rx_errors: stats.rx_errors,
        tx_errors: stats.tx_errors,
        rx_dropped: stats.rx_dropped,
        tx_dropped: stats.tx_dropped,
    }
}

fn link_kind(message: &LinkMessage, name: &str) -> LinkKind {
    let infos = message.attributes.iter().filter_map(|attribute| match attribute {
        LinkAttribute::LinkInfo(infos) => Some(infos),
        _ => None,
    });
    let kinds: Vec<&LinkInfo> = infos.flatten().collect();
    // The same driver makes tunnels and the network cards of virtual machines; those carry Ethernet.
    let is_tun = kinds.contains(&&LinkInfo::Kind(InfoKind::Tun)) && message.header.link_layer_type != LinkLayerType::Ether;
    let is_tunnel = is_tun || kinds.iter().any(|info| {
        matches!(
            info,
            LinkInfo::Kind(
                InfoKind::Wireguard
                    | InfoKind::IpIp
                    | InfoKind::SitTun
                    | InfoKind::GreTun
                    | InfoKind::GreTun6
                    | InfoKind::Vti
                    | InfoKind::Xfrm
            )
        )
    });
    match message.header.link_layer_type {
        LinkLayerType::Loopback => LinkKind::Loopback,
        _ if is_tunnel => LinkKind::Tunnel,
        LinkLayerType::Ether if files::is_wifi(name) => LinkKind::WiFi,
        _ if name.starts_with("wwan") => LinkKind::Mobile,
        LinkLayerType::Ether => LinkKind::Wired,
        _ => LinkKind::Other,
    }
}

fn address(message: RouteNetlinkMessage) -> Option<(u32, IpAddr)> {
    let RouteNetlinkMessage::NewAddress(message) = message else { return None };
    // On a point-to-point link "address" is the far end and "local" our own.
    let local = message.attributes.iter().find_map(|attribute| match attribute {
        AddressAttribute::Local(addr) => Some(*addr),
        _ => None,
    });
    let other = || {
        message.attributes.iter().find_map(|attribute| match attribute {
            AddressAttribute::Address(addr) => Some(*addr),
            _ => None,
        })
    };
    Some((message.header.index, local.or_else(other)?))
}

/// One route per way out: several next hops of one route become several routes.
fn default_routes(message: RouteNetlinkMessage) -> Vec<DefaultRoute> {
    let RouteNetlinkMessage::NewRoute(message) = message else { return Vec::new() };
    let family = match message.header.address_family {
        AddressFamily::Inet => Family::V4,
        AddressFamily::Inet6 => Family::V6,
        _ => return Vec::new(),
    };
    let (mut table, mut metric, mut gateway, mut out, mut hops) = (u32::from(message.header.table), 0, None, None, vec![]);
    for attribute in &message.attributes {
        match attribute {
            RouteAttribute::Table(id) => table = *id,
            RouteAttribute::Priority(priority) => metric = *priority,
            RouteAttribute::Gateway(addr) => gateway = addr_of(addr),
            RouteAttribute::Via(via) => gateway = gateway.or_else(|| via_addr(via)),
            RouteAttribute::Oif(index) => out = Some(*index),
            RouteAttribute::MultiPath(paths) => {
                hops.extend(paths.iter().map(|path| {
                    let gateway = path.attributes.iter().find_map(|attribute| match attribute {
                        RouteAttribute::Gateway(addr) => addr_of(addr),
                        _ => None,
                    });
                    (gateway, path.interface_index)
                }));
            }
            _ => {}
        }
    }
    let is_main = table == u32::from(RouteHeader::RT_TABLE_MAIN);
    if message.header.destination_prefix_length != 0 || message.header.kind != RouteType::Unicast || !is_main {
        return Vec::new();
    }
    hops.extend(out.map(|out| (gateway, out)));
    let route = |(gateway, link): (Option<IpAddr>, u32)| {
        let gateway = gateway.map(|addr| scoped(addr, link));
        DefaultRoute { family, gateway, link, metric }
    };
    hops.into_iter().map(route).collect()
}

fn addr_of(addr: &RouteAddress) -> Option<IpAddr> {
    match addr {
        RouteAddress::Inet(addr) => Some((*addr).into()),
        RouteAddress::Inet6(addr) => Some((*addr).into()),
        _ => None,
    }
}

/// An IPv4 route over an IPv6 router (RFC 5549).
fn via_addr(via: &netlink_packet_route::route::RouteVia) -> Option<IpAddr> {
    match via {
        netlink_packet_route::route::RouteVia::Inet(addr) => Some((*addr).into()),
        netlink_packet_route::route::RouteVia::Inet6(addr) => Some((*addr).into()),
        _ => None,
    }
}

/// A link-local address needs its link.
fn scoped(addr: IpAddr, link: u32) -> Host {
    let local = matches!(addr, IpAddr::V6(addr) if addr.is_unicast_link_local());
    Host { addr, scope: if local { link } else { 0 } }
}

fn neighbour(message: RouteNetlinkMessage) -> Option<Neighbour> {
    let RouteNetlinkMessage::NewNeighbour(message) = message else { return None };
    let (mut addr, mut confirmed) = (None, None);
    for attribute in &message.attributes {
        match attribute {
            NeighbourAttribute::Destination(NeighbourAddress::Inet(v4)) => addr = Some(IpAddr::V4(*v4)),
            NeighbourAttribute::Destination(NeighbourAddress::Inet6(v6)) => addr = Some(IpAddr::V6(*v6)),
            NeighbourAttribute::CacheInfo(info) => confirmed = Some(TICK.saturating_mul(info.confirmed)),
            _ => {}
        }
    }
    let state = match message.header.state {
        KernelState::Reachable => NeighbourState::Reachable(confirmed),
        KernelState::Stale => NeighbourState::Stale,
        KernelState::Incomplete | KernelState::Delay | KernelState::Probe => NeighbourState::Probing,
        KernelState::Failed => NeighbourState::Failed,
        // Fixed by hand or by the kind of link: nobody checks them.
        _ => return None,
    };
    Some(Neighbour { host: scoped(addr?, message.header.ifindex), state })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_link_and_its_address_are_found() {
        let facts = host_facts();
        let lo = facts.links.iter().find(|link| link.kind == LinkKind::Loopback);
        assert!(lo.is_some_and(|lo| lo.addrs.iter().any(IpAddr::is_loopback)), "{facts:?}");
    }

    #[test]
    fn what_the_loopback_link_carries_is_counted() {
        let loopback = || {
            let lo = host_facts().links.into_iter().find(|link| link.kind == LinkKind::Loopback).unwrap();
            assert_eq!((None, None, None), (lo.mac, lo.speed_mbit, lo.signal_dbm));
            (lo.counters.unwrap(), lo.mtu)
        };
        let (before, mtu) = loopback();
        assert!(mtu.is_some_and(|mtu| mtu >= 1500), "{mtu:?}");
        let receiver = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let sender = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        for _ in 0..10 {
            sender.send_to(&[0; 1000], receiver.local_addr().unwrap()).unwrap();
        }
        let (after, _) = loopback();
        // Other programs use the link too, so at least.
        for (before, after, sent) in [
            (before.tx_bytes, after.tx_bytes, 10_000),
            (before.rx_bytes, after.rx_bytes, 10_000),
            (before.tx_packets, after.tx_packets, 10),
            (before.rx_packets, after.rx_packets, 10),
        ] {
            assert!(after - before >= sent && after - before < 1_000_000_000, "{before} {after}");
        }
    }

    #[test]
    fn a_cut_or_garbled_table_ends_the_reading_and_never_panics() {
        let mut bytes = vec![0; 64];
        for first in 0..=255_u8 {
            bytes[0] = first;
            let mut messages = Vec::new();
            take(&bytes, &mut messages);
            take(&bytes[..usize::from(first) % 20], &mut messages);
        }
    }
}
