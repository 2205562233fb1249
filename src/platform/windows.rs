//! Windows: the tables of the IP Helper library.

mod system;
mod tables;

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use windows_sys::Win32::{
    NetworkManagement::IpHelper::{
        IF_TYPE_ETHERNET_CSMACD, IF_TYPE_IEEE80211, IF_TYPE_PPP, IF_TYPE_PROP_VIRTUAL, IF_TYPE_SOFTWARE_LOOPBACK,
        IF_TYPE_TUNNEL, IF_TYPE_WWANPP, IF_TYPE_WWANPP2,
    },
    Networking::WinSock,
};

pub(super) use self::system::{system_folder, system_name, temporary_folder};
use self::tables::{Adapter, Interface, NeighbourRow, RouteRow};
use crate::model::host::{DefaultRoute, Family, Host, HostFacts, Link, LinkKind, Neighbour, NeighbourState};

/// Reads links, default routes and neighbours. What a call of the system does not give is left out.
pub(super) fn host_facts() -> HostFacts {
    HostFacts {
        links: tables::adapters().into_iter().map(link).collect(),
        routes: default_routes(tables::routes(), tables::interfaces()),
        neighbours: tables::neighbours().iter().filter_map(neighbour).collect(),
        ..HostFacts::default()
    }
}

fn link(adapter: Adapter) -> Link {
    let kind = match adapter.if_type {
        _ if adapter.tunnel => LinkKind::Tunnel,
        IF_TYPE_ETHERNET_CSMACD => LinkKind::Wired,
        IF_TYPE_IEEE80211 => LinkKind::WiFi,
        IF_TYPE_WWANPP | IF_TYPE_WWANPP2 => LinkKind::Mobile,
        // PPP carries dial-up VPNs and PPPoE; "proprietary virtual" is what the drivers of VPNs call themselves.
        IF_TYPE_TUNNEL | IF_TYPE_PPP | IF_TYPE_PROP_VIRTUAL => LinkKind::Tunnel,
        IF_TYPE_SOFTWARE_LOOPBACK => LinkKind::Loopback,
        _ => LinkKind::Other,
    };
    Link {
        index: adapter.index,
        name: adapter.name,
        kind,
        up: adapter.up,
        addrs: adapter.addrs,
        mtu: Some(adapter.mtu).filter(|mtu| *mtu != u32::MAX),
        counters: adapter.counters,
        mac: adapter.mac,
        // The largest number there is, which means "unknown", does not fit.
        speed_mbit: u32::try_from(adapter.speed / 1_000_000).ok().filter(|speed| *speed > 0),
        // Windows asks the user for the place of the computer before it tells a program of its Wi-Fi.
        signal_dbm: None,
    }
}

/// The routes with an empty prefix over connected interfaces. Windows adds the interface's metric to the route's.
fn default_routes(routes: Vec<RouteRow>, interfaces: Vec<Interface>) -> Vec<DefaultRoute> {
    let interfaces: BTreeMap<_, _> =
        interfaces.into_iter().map(|interface| ((interface.family, interface.index), interface)).collect();
    let is_default = |route: &RouteRow| route.prefix.is_unspecified() && route.prefix_length == 0 && !route.loopback;
    let default = |route: RouteRow| {
        let family = if route.prefix.is_ipv4() { Family::V4 } else { Family::V6 };
        let interface_metric = match interfaces.get(&(family, route.link)) {
            Some(interface) if !interface.connected => return None,
            Some(interface) => interface.metric,
            None => 0,
        };
        Some(DefaultRoute {
            family,
            gateway: route.next_hop.filter(|hop| !hop.is_unspecified()).map(|hop| on_link(hop, route.link)),
            link: route.link,
            metric: route.metric.saturating_add(interface_metric),
        })
    };
    routes.into_iter().filter(is_default).filter_map(default).collect()
}

/// `None` for entries that nobody learnt from the network: multicast, broadcast, and those entered by hand.
fn neighbour(row: &NeighbourRow) -> Option<Neighbour> {
    let state = match row.state {
        WinSock::NlnsReachable => NeighbourState::Reachable(Some(Duration::from_millis(row.reachability_ms.into()))),
        WinSock::NlnsStale => NeighbourState::Stale,
        WinSock::NlnsDelay | WinSock::NlnsProbe | WinSock::NlnsIncomplete => NeighbourState::Probing,
        WinSock::NlnsUnreachable => NeighbourState::Failed,
        _ => return None,
    };
    let nobody = row.addr.is_multicast() || row.addr.is_unspecified() || row.addr == IpAddr::from([255; 4]);
    (!nobody).then(|| Neighbour { host: on_link(row.addr, row.link), state })
}

/// A host seen on the link of this number.
fn on_link(addr: IpAddr, link: u32) -> Host {
    let needs_scope = matches!(addr, IpAddr::V6(addr) if addr.is_unicast_link_local());
    Host { addr, scope: if needs_scope { link } else { 0 } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_read_and_fit_each_other() {
        let facts = host_facts();
        let loopback = facts.links.iter().find(|link| link.kind == LinkKind::Loopback).unwrap();
        assert!(facts.links.iter().any(|link| link.counters.is_some_and(|counters| counters.rx_bytes > 0)), "{facts:?}");
        assert!(system_name().is_some_and(|name| name.starts_with("Windows ")), "{:?}", system_name());
        assert!(loopback.up && loopback.addrs.contains(&IpAddr::from([127, 0, 0, 1])), "{loopback:?}");
        for route in &facts.routes {
            assert!(facts.links.iter().any(|link| link.index == route.link), "{facts:?}");
        }
        eprintln!("{facts:#?}");
    }
}
