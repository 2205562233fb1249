//! macOS: interfaces by the library `netdev`; what they carried, routes and neighbours by dumps of the routing socket.

mod system;

use netdev::prelude::{Interface, InterfaceType};

pub(super) use self::system::system_name;
use super::{
    interface_message::{self, LinkRow},
    route_message::{default_routes, neighbours, without_scope},
};
use crate::model::host::{Family, HostFacts, Link, LinkKind, Neighbour, NeighbourState};

/// Reads links, default routes and neighbours. What a call of the system does not give is left out.
///
/// Of link-local IPv6 neighbours, such as routers, macOS tells the state. Of others it tells only who is known, being
/// asked or silent, so none of those is ever [`NeighbourState::Reachable`].
pub(super) fn host_facts() -> HostFacts {
    let rows = interface_message::links(&system::link_dump());
    let links: Vec<Link> = netdev::get_interfaces().iter().map(|interface| link(interface, &rows)).collect();
    let families = [Family::V4, Family::V6];
    let mut neighbours: Vec<Neighbour> =
        families.iter().flat_map(|family| neighbours(&system::neighbour_dump(*family))).collect();
    for neighbour in &mut neighbours {
        if neighbour.state == NeighbourState::Stale
            && let Some(link) = links.iter().find(|link| link.index == neighbour.host.scope)
            && let Some(state) = system::neighbour_state(neighbour.host, &link.name)
        {
            neighbour.state = state;
        }
    }
    HostFacts {
        routes: families.iter().flat_map(|family| default_routes(&system::route_dump(*family))).collect(),
        links,
        neighbours,
        ..HostFacts::default()
    }
}

fn link(interface: &Interface, rows: &[LinkRow]) -> Link {
    let name = interface.name.clone();
    // A driver may run without a cable or a Wi-Fi network; only the medium tells. Tunnels have no medium.
    let up = interface.is_up() && system::medium_active(&name).unwrap_or_else(|| interface.is_oper_up());
    let v4 = interface.ipv4.iter().map(|net| net.addr().into());
    let v6 = interface.ipv6.iter().map(|net| without_scope(net.addr()).0.into());
    let row = rows.iter().find(|row| row.index == interface.index);
    Link {
        index: interface.index,
        kind: kind(interface),
        name,
        up,
        addrs: v4.chain(v6).collect(),
        mtu: row.map(|row| row.mtu),
        counters: row.map(|row| row.counters),
        mac: row.and_then(|row| row.mac),
        speed_mbit: row.and_then(|row| row.speed_mbit),
        // The system tells programs without a permission of their own nothing of Wi-Fi.
        signal_dbm: None,
    }
}

fn kind(interface: &Interface) -> LinkKind {
    // What VPNs are called here, whatever kind they claim to be.
    if ["utun", "ipsec", "ppp", "tun", "tap"].iter().any(|prefix| interface.name.starts_with(prefix)) {
        return LinkKind::Tunnel;
    }
    match interface.if_type {
        InterfaceType::Ethernet | InterfaceType::GigabitEthernet => LinkKind::Wired,
        InterfaceType::Wireless80211 => LinkKind::WiFi,
        InterfaceType::Wwan | InterfaceType::Wwanpp | InterfaceType::Wwanpp2 => LinkKind::Mobile,
        InterfaceType::Tunnel | InterfaceType::Ppp => LinkKind::Tunnel,
        InterfaceType::Loopback => LinkKind::Loopback,
        _ => LinkKind::Other,
    }
}
