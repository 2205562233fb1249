//! This machine's place in the network, out of what the system says.

use std::net::IpAddr;

use crate::model::host::{DefaultRoute, Family, Host, HostFacts, Link, LinkKind, NeighbourState};

/// State of this computer's own connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostLayer {
    /// The system does not tell.
    Unknown,
    /// There is a link, an address and a default route.
    Ok,
    /// No link is connected.
    NoLink,
    /// A link is connected and has no address.
    NoAddress,
    /// There are links and addresses, and no default route.
    NoRoute,
}

/// Facts of [`HostFacts`] that matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// State of this computer's connection, by either family.
    pub layer: HostLayer,
    /// The home router for IPv4.
    pub gateway_v4: Option<Host>,
    /// The home router for IPv6; most often a link-local address.
    pub gateway_v6: Option<Host>,
    /// True if IPv4 has a default route and an address to use it with.
    pub has_v4: bool,
    /// True if IPv6 has a default route and an address to use it with.
    pub has_v6: bool,
    /// True if the preferred route leads into a tunnel, or the address in use is a tunnel's.
    pub vpn: bool,
    /// Kind and name of the link in use, such as `wifi:wlan0`.
    pub link: Option<String>,
    /// State of the IPv4 router in the neighbour table, or of the IPv6 one where there is no other.
    pub neighbour: Option<NeighbourState>,
}

impl Home {
    /// The home router of `family`.
    pub fn gateway(&self, family: Family) -> Option<Host> {
        match family {
            Family::V4 => self.gateway_v4,
            Family::V6 => self.gateway_v6,
        }
    }
}

/// Picks links and routers out of what the system says. `gateway` is the configured one, if any.
///
/// A tunnel's route is never taken for the home router's: the router is the gateway of the best route over a real
/// link, also when a VPN has put a better route before it.
pub fn home(facts: &HostFacts, gateway: Option<Host>) -> Home {
    let link_of = |route: &DefaultRoute| facts.links.iter().find(|link| link.index == route.link);
    let connected = |route: &DefaultRoute| link_of(route).is_none_or(|link| link.up);
    let usable = |route: &DefaultRoute| connected(route) && has_address(facts, route.family);
    let real = |route: &DefaultRoute| link_of(route).is_none_or(|link| link.kind != LinkKind::Tunnel);
    let best = |family, only_real: bool| {
        let routes = facts.routes.iter().filter(move |route| route.family == family && (!only_real || real(route)));
        routes.min_by_key(|route| (!usable(route), route.gateway.is_none(), route.metric)).copied()
    };
    let (v4, v6) = (best(Family::V4, true), best(Family::V6, true));
    let preferred = |family| {
        let routes = facts.routes.iter().filter(move |route| route.family == family && usable(route));
        routes.min_by_key(|route| route.metric)
    };
    // Policy routing may lead into a tunnel past the default route; the address used gives it away.
    let in_tunnel =
        |addr: &IpAddr| facts.links.iter().any(|link| link.kind == LinkKind::Tunnel && link.addrs.contains(addr));
    let vpn = [Family::V4, Family::V6].into_iter().filter_map(preferred).any(|route| !real(route))
        || facts.sources.iter().any(in_tunnel);
    let all = [v4, v6, best(Family::V4, false), best(Family::V6, false)];
    let any = all.into_iter().flatten().min_by_key(|route| !usable(route));

    let gateway_of = |family, route: Option<DefaultRoute>| {
        gateway.filter(|host| host.family() == family).or_else(|| route.and_then(|route| route.gateway))
    };
    let (gateway_v4, gateway_v6) = (gateway_of(Family::V4, v4), gateway_of(Family::V6, v6));
    let link = any.as_ref().and_then(link_of).or_else(|| facts.links.iter().find(|link| is_real_and_up(link)));
    let state_of = |host: Host| facts.neighbours.iter().find(|n| n.host.addr == host.addr).map(|n| n.state);
    Home {
        layer: layer(facts, any.as_ref().map(usable), facts.routes.iter().any(connected)),
        gateway_v4,
        gateway_v6,
        has_v4: facts.routes.iter().any(|route| route.family == Family::V4 && usable(route)),
        has_v6: facts.routes.iter().any(|route| route.family == Family::V6 && usable(route)),
        vpn,
        link: link.map(HostFacts::link_name),
        neighbour: gateway_v4.or(gateway_v6).and_then(state_of),
    }
}

/// True if this computer has an address of `family` that reaches farther than its own link. A route without one is
/// none.
///
/// The address may be on another link than the route. A system that names no address at all does not tell.
fn has_address(facts: &HostFacts, family: Family) -> bool {
    let is_used = |addr: &IpAddr| addr.is_ipv4() == (family == Family::V4) && is_usable(addr);
    let up = facts.links.iter().filter(|link| link.up).flat_map(|link| &link.addrs);
    let tells = facts.links.iter().any(|link| !link.addrs.is_empty());
    !tells || up.chain(&facts.sources).any(is_used)
}

/// `route` is whether the best default route is usable; `None` when there is none. `connected` is whether any default
/// route leaves by a link that is up.
fn layer(facts: &HostFacts, route: Option<bool>, connected: bool) -> HostLayer {
    if facts.links.is_empty() {
        HostLayer::Unknown
    } else if route == Some(true) {
        HostLayer::Ok
    } else if (route.is_some() && !connected) || !facts.links.iter().any(is_real_and_up) {
        HostLayer::NoLink
    } else if !facts.links.iter().any(|link| is_real_and_up(link) && link.addrs.iter().any(is_usable)) {
        HostLayer::NoAddress
    } else if facts.sources.iter().any(is_usable) {
        // There is a way that the table of routes does not show: another table, a policy, two halves of a default.
        HostLayer::Unknown
    } else {
        HostLayer::NoRoute
    }
}

fn is_real_and_up(link: &Link) -> bool {
    link.up && !matches!(link.kind, LinkKind::Loopback | LinkKind::Tunnel)
}

/// Link-local addresses (RFC 3927, RFC 4291) are what a machine gives itself when nobody else does.
fn is_usable(addr: &IpAddr) -> bool {
    match addr {
        IpAddr::V4(addr) => !addr.is_link_local() && !addr.is_unspecified() && !addr.is_loopback(),
        IpAddr::V6(_) => is_global_v6(addr),
    }
}

fn is_global_v6(addr: &IpAddr) -> bool {
    matches!(addr, IpAddr::V6(addr) if !addr.is_unicast_link_local() && !addr.is_loopback() && !addr.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::host::Neighbour;

    fn link(index: u32, kind: LinkKind, up: bool, addrs: &[&str]) -> Link {
        let addrs = addrs.iter().map(|addr| addr.parse().unwrap()).collect();
        Link { index, name: format!("if{index}"), kind, up, addrs, ..Link::default() }
    }

    fn route(gateway: &str, link: u32, metric: u32) -> DefaultRoute {
        let gateway: Host = gateway.parse().unwrap();
        DefaultRoute { family: gateway.family(), gateway: Some(gateway), link, metric }
    }

    fn facts(links: Vec<Link>, routes: Vec<DefaultRoute>) -> HostFacts {
        HostFacts { links, routes, ..HostFacts::default() }
    }

    #[test]
    fn the_router_behind_a_vpn_is_still_the_router() {
        let tunnel = DefaultRoute { family: Family::V4, gateway: None, link: 3, metric: 1 };
        let links =
            vec![link(2, LinkKind::WiFi, true, &["192.168.1.9"]), link(3, LinkKind::Tunnel, true, &["10.8.0.2"])];
        let home = home(&facts(links, vec![tunnel, route("192.168.1.1", 2, 600)]), None);
        assert_eq!((Some("192.168.1.1".parse().unwrap()), true), (home.gateway_v4, home.vpn));
        assert_eq!(Some("wifi:if2"), home.link.as_deref());
    }

    #[test]
    fn a_tunnel_entered_by_policy_is_known_by_its_address() {
        let links =
            vec![link(2, LinkKind::Wired, true, &["192.168.1.9"]), link(3, LinkKind::Tunnel, true, &["10.8.0.2"])];
        let mut facts = facts(links, vec![route("192.168.1.1", 2, 100)]);
        facts.sources = vec!["192.168.1.9".parse().unwrap()];
        assert!(!home(&facts, None).vpn);
        facts.sources = vec!["10.8.0.2".parse().unwrap()];
        assert!(home(&facts, None).vpn);
    }

    #[test]
    fn the_lowest_metric_over_a_connected_link_wins() {
        let links = vec![link(2, LinkKind::Wired, false, &[]), link(3, LinkKind::WiFi, true, &["192.168.2.9"])];
        let home = home(&facts(links, vec![route("192.168.1.1", 2, 100), route("192.168.2.1", 3, 600)]), None);
        assert_eq!((Some("192.168.2.1".parse().unwrap()), HostLayer::Ok), (home.gateway_v4, home.layer));
    }

    #[test]
    fn a_pulled_cable_a_missing_address_and_a_missing_route_are_told_apart() {
        let layer = |links: Vec<Link>, routes: Vec<DefaultRoute>| home(&facts(links, routes), None).layer;
        let up = |addrs: &[&str]| {
            vec![link(1, LinkKind::Loopback, true, &["127.0.0.1"]), link(2, LinkKind::Wired, true, addrs)]
        };
        let down = vec![link(2, LinkKind::Wired, false, &["192.168.1.9"])];
        assert_eq!(HostLayer::Unknown, layer(vec![], vec![]));
        assert_eq!(HostLayer::NoLink, layer(down.clone(), vec![]));
        assert_eq!(HostLayer::NoLink, layer(down, vec![route("192.168.1.1", 2, 0)]), "the route outlives the cable");
        assert_eq!(HostLayer::NoAddress, layer(up(&["169.254.7.7", "fe80::7"]), vec![]));
        assert_eq!(HostLayer::NoRoute, layer(up(&["192.168.1.9"]), vec![]));
        assert_eq!(HostLayer::Ok, layer(up(&["192.168.1.9"]), vec![route("192.168.1.1", 2, 0)]));
    }

    #[test]
    fn a_way_by_policy_is_no_missing_route() {
        let mut facts = facts(vec![link(2, LinkKind::Wired, true, &["192.168.1.9"])], vec![]);
        facts.sources = vec!["192.168.1.9".parse().unwrap()];
        assert_eq!(HostLayer::Unknown, home(&facts, None).layer);
        facts.sources = vec!["0.0.0.0".parse().unwrap()];
        assert_eq!(HostLayer::NoRoute, home(&facts, None).layer);
    }

    #[test]
    fn a_route_without_an_address_of_its_family_is_none() {
        let v6 = || route("fe80::1%2", 2, 1024);
        let up = |addrs: &[&str]| {
            vec![link(1, LinkKind::Loopback, true, &["127.0.0.1", "::1"]), link(2, LinkKind::Wired, true, addrs)]
        };
        let of = |addrs: &[&str], routes: Vec<DefaultRoute>| {
            let home = home(&facts(up(addrs), routes), None);
            (home.layer, home.has_v4, home.has_v6)
        };
        assert_eq!((HostLayer::NoAddress, false, false), of(&["169.254.7.7", "fe80::7"], vec![v6()]));
        assert_eq!((HostLayer::NoAddress, false, false), of(&["fe80::7"], vec![v6()]));
        assert_eq!((HostLayer::NoAddress, false, false), of(&["169.254.7.7"], vec![route("169.254.0.1", 2, 100)]));
        assert_eq!((HostLayer::NoRoute, false, false), of(&["192.168.1.9", "fe80::7"], vec![v6()]));
        assert_eq!((HostLayer::Ok, false, true), of(&["169.254.7.7", "2001:db8::9"], vec![v6()]));
        let both = vec![v6(), route("192.168.1.1", 2, 100)];
        assert_eq!((HostLayer::Ok, true, false), of(&["192.168.1.9", "fe80::7"], both.clone()));
        assert_eq!((HostLayer::Ok, false, true), of(&["2001:db8::9", "fe80::7"], both));
    }

    #[test]
    fn a_system_that_names_no_address_is_believed_its_routes() {
        let links = vec![link(1, LinkKind::Loopback, true, &[]), link(2, LinkKind::Wired, true, &[])];
        let home = home(&facts(links, vec![route("192.168.1.1", 2, 100)]), None);
        assert_eq!((HostLayer::Ok, true), (home.layer, home.has_v4));
    }

    #[test]
    fn an_address_on_another_link_than_the_route_is_one() {
        let links = vec![
            link(1, LinkKind::Loopback, true, &["127.0.0.1", "203.0.113.7"]),
            link(2, LinkKind::Wired, true, &["fe80::2"]),
        ];
        let home = home(&facts(links, vec![route("192.168.1.1", 2, 100)]), None);
        assert_eq!((HostLayer::Ok, true), (home.layer, home.has_v4));
    }

    #[test]
    fn ipv6_alone_is_a_connection_too() {
        let links = vec![link(2, LinkKind::Wired, true, &["2001:db8::9", "fe80::9"])];
        let home = home(&facts(links, vec![route("fe80::1%2", 2, 1024)]), None);
        assert_eq!((HostLayer::Ok, false, true), (home.layer, home.has_v4, home.has_v6));
        assert_eq!(Some("fe80::1%2".parse().unwrap()), home.gateway_v6);
    }

    #[test]
    fn a_configured_router_is_taken_and_its_neighbour_entry_found() {
        let links = vec![link(2, LinkKind::Wired, true, &["192.168.1.9"])];
        let mut facts = facts(links, vec![route("192.168.1.1", 2, 0)]);
        let host: Host = "192.168.1.254".parse().unwrap();
        facts.neighbours.push(Neighbour { host, state: NeighbourState::Failed });
        let home = home(&facts, Some(host));
        assert_eq!((Some(host), Some(NeighbourState::Failed)), (home.gateway_v4, home.neighbour));
    }
}
