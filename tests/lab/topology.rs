//! The map: from the client at home to the far hosts.
//!
//! ```text
//! client - router - access - core - transit ------------- hosts
//!                              | \- transit-b - exchange -/
//!                            resolver
//! ```
//!
//! Both families everywhere; no address translation, for the way back is known. All far hosts live in one namespace:
//! each is the fifth hop from the client, the sixth when the path leads over the exchange.

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{
    netns::{self, Netns},
    ready::{Seat, ready, seat},
    servers::{Controls, Servers},
};

/// A machine on the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    Client,
    Router,
    Access,
    Core,
    Resolver,
    Transit,
    TransitB,
    Exchange,
    Hosts,
}

impl Node {
    const ALL: [Self; 9] = [
        Self::Client,
        Self::Router,
        Self::Access,
        Self::Core,
        Self::Resolver,
        Self::Transit,
        Self::TransitB,
        Self::Exchange,
        Self::Hosts,
    ];

    fn label(self) -> &'static str {
        ["client", "router", "access", "core", "resolver", "transit", "transitb", "exchange", "hosts"][self as usize]
    }

    fn forwards(self) -> bool {
        !matches!(self, Self::Client | Self::Resolver | Self::Hosts)
    }
}

/// The home router on the home network.
pub(crate) const ROUTER: &str = "192.168.1.1";
/// The first hop of the provider.
pub(crate) const ACCESS: &str = "88.79.130.1";
/// The second hop of the provider.
pub(crate) const CORE: &str = "88.79.28.2";
/// The provider's resolver.
pub(crate) const RESOLVER: &str = "88.79.53.2";
/// The first hop beyond the provider.
pub(crate) const TRANSIT: &str = "62.115.10.2";

/// Far hosts. All answer echo, TCP 80 and TCP 443.
pub(crate) const HOSTS: [&str; 14] = [
    "1.1.1.1",
    "1.0.0.1",
    "8.8.8.8",
    "8.8.4.4",
    "9.9.9.9",
    "93.184.215.14",
    "142.250.0.1",
    "104.16.0.1",
    "2606:4700:4700::1111",
    "2001:4860:4860::8888",
    "2620:fe::fe",
    "2606:2800:21f::14",
    "2a00:1450:4001::2004",
    "2606:4700::6810:1",
];

/// One end of a line: machine, interface, IPv4 and IPv6 address.
type End = (Node, &'static str, &'static str, &'static str);

const LINES: [(End, End); 8] = [
    (
        (Node::Client, "eth0", "192.168.1.50/24", "2a02:8100:1:1::50/64"),
        (Node::Router, "lan", "192.168.1.1/24", "2a02:8100:1:1::1/64"),
    ),
    (
        (Node::Router, "wan", "88.79.130.100/24", "2a02:8100:ff:1::2/64"),
        (Node::Access, "down", "88.79.130.1/24", "2a02:8100:ff:1::1/64"),
    ),
    (
        (Node::Access, "up", "88.79.28.1/30", "2a02:8100:ff:2::1/64"),
        (Node::Core, "down", "88.79.28.2/30", "2a02:8100:ff:2::2/64"),
    ),
    (
        (Node::Core, "dns", "88.79.53.1/30", "2a02:8100:ff:3::1/64"),
        (Node::Resolver, "eth0", "88.79.53.2/30", "2a02:8100:ff:3::2/64"),
    ),
    (
        (Node::Core, "peer", "62.115.10.1/30", "2001:2034:10::1/64"),
        (Node::Transit, "down", "62.115.10.2/30", "2001:2034:10::2/64"),
    ),
    (
        (Node::Core, "peerb", "62.115.20.1/30", "2001:2034:20::1/64"),
        (Node::TransitB, "down", "62.115.20.2/30", "2001:2034:20::2/64"),
    ),
    (
        (Node::TransitB, "up", "62.115.21.1/30", "2001:2034:21::1/64"),
        (Node::Exchange, "down", "62.115.21.2/30", "2001:2034:21::2/64"),
    ),
    (
        (Node::Transit, "up", "62.115.11.1/30", "2001:2034:11::1/64"),
        (Node::Hosts, "eth0", "62.115.11.2/30", "2001:2034:11::2/64"),
    ),
];

const EXCHANGE_TO_HOSTS: (End, End) = (
    (Node::Exchange, "up", "62.115.12.1/30", "2001:2034:12::1/64"),
    (Node::Hosts, "eth1", "62.115.12.2/30", "2001:2034:12::2/64"),
);

/// Routes: machine, destination, next hop.
const ROUTES: [(Node, &str, &str); 34] = [
    (Node::Client, "default", "192.168.1.1"),
    (Node::Client, "default", "fe80::1 dev eth0"),
    (Node::Router, "default", "88.79.130.1"),
    (Node::Router, "default", "2a02:8100:ff:1::1"),
    (Node::Access, "192.168.1.0/24", "88.79.130.100"),
    (Node::Access, "2a02:8100:1:1::/64", "2a02:8100:ff:1::2"),
    (Node::Access, "default", "88.79.28.2"),
    (Node::Access, "default", "2a02:8100:ff:2::2"),
    (Node::Core, "192.168.1.0/24", "88.79.28.1"),
    (Node::Core, "88.79.130.0/24", "88.79.28.1"),
    (Node::Core, "2a02:8100:1:1::/64", "2a02:8100:ff:2::1"),
    (Node::Core, "2a02:8100:ff:1::/64", "2a02:8100:ff:2::1"),
    (Node::Core, "default", "62.115.10.2"),
    (Node::Core, "default", "2001:2034:10::2"),
    (Node::Resolver, "default", "88.79.53.1"),
    (Node::Resolver, "default", "2a02:8100:ff:3::1"),
    (Node::Transit, "192.168.1.0/24", "62.115.10.1"),
    (Node::Transit, "88.79.0.0/16", "62.115.10.1"),
    (Node::Transit, "2a02:8100::/32", "2001:2034:10::1"),
    (Node::Transit, "default", "62.115.11.2"),
    (Node::Transit, "default", "2001:2034:11::2"),
    (Node::TransitB, "192.168.1.0/24", "62.115.20.1"),
    (Node::TransitB, "88.79.0.0/16", "62.115.20.1"),
    (Node::TransitB, "2a02:8100::/32", "2001:2034:20::1"),
    (Node::TransitB, "default", "62.115.21.2"),
    (Node::TransitB, "default", "2001:2034:21::2"),
    (Node::Exchange, "192.168.1.0/24", "62.115.21.1"),
    (Node::Exchange, "88.79.0.0/16", "62.115.21.1"),
    (Node::Exchange, "62.115.20.0/30", "62.115.21.1"),
    (Node::Exchange, "2a02:8100::/32", "2001:2034:21::1"),
    (Node::Exchange, "default", "62.115.12.2"),
    (Node::Exchange, "default", "2001:2034:12::2"),
    (Node::Hosts, "default", "62.115.11.1"),
    (Node::Hosts, "default", "2001:2034:11::1"),
];

/// Whether an unprivileged program may open echo sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Echo {
    /// As most distributions have it.
    Allowed,
    /// As the kernel has it.
    Refused,
}

/// A running little internet.
pub(crate) struct Lab {
    nodes: Vec<Netns>,
    /// What its servers answer.
    pub(crate) controls: Arc<Controls>,
    servers: Option<Servers>,
    _seat: Seat,
}

impl Lab {
    /// A healthy lab whose client knows these resolvers; nothing where the machine cannot carry one.
    pub(crate) fn new(echo: Echo, resolvers: &[&str]) -> Option<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        if !ready() {
            return None;
        }
        let seat = seat();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        // From here on, a panic removes what there is.
        let mut lab = Self { nodes: Vec::new(), controls: Arc::default(), servers: None, _seat: seat };
        for node in Node::ALL {
            let name = netns::name(number, node.label());
            lab.nodes.push(Netns { name: name.clone() });
            Netns::create(name).set(&node_parameters(node));
        }
        lab.wire();
        lab.name_resolvers(resolvers);
        let range = if echo == Echo::Allowed { "0 2147483647" } else { "1 0" };
        lab.node(Node::Client).set(&[("net/ipv4/ping_group_range", range)]);
        lab.servers = Some(Servers::start(&lab));
        Some(lab)
    }

    pub(crate) fn node(&self, node: Node) -> &Netns {
        &self.nodes[node as usize]
    }

    fn wire(&self) {
        let all = || LINES.iter().chain([&EXCHANGE_TO_HOSTS]);
        let mut lines = String::new();
        for ((a, a_if, ..), (b, b_if, ..)) in all() {
            let (a, b) = (&self.node(*a).name, &self.node(*b).name);
            writeln!(lines, "link add name {a_if} netns {a} type veth peer name {b_if} netns {b}").unwrap();
        }
        netns::ip(&lines);
        for node in Node::ALL {
            let mut lines = "link set lo up\n".to_owned();
            let ends = all().flat_map(|(a, b)| [a, b]);
            for (_, device, v4, v6) in ends.filter(|end| end.0 == node) {
                writeln!(lines, "link set dev {device} up").unwrap();
                writeln!(lines, "addr add {v4} dev {device}\naddr add {v6} dev {device} nodad").unwrap();
            }
            match node {
                Node::Client => lines.push_str("addr add fe80::50/64 dev eth0 nodad\n"),
                Node::Router => lines.push_str("addr add fe80::1/64 dev lan nodad\n"),
                Node::Hosts => HOSTS.iter().for_each(|host| writeln!(lines, "addr add {host} dev lo nodad").unwrap()),
                _ => {}
            }
            for (_, to, via) in ROUTES.iter().filter(|route| route.0 == node) {
                writeln!(lines, "route add {to} via {via}").unwrap();
            }
            self.node(node).ip(&lines);
        }
    }

    /// Has `ip netns exec` show the client its own `/etc/resolv.conf`.
    fn name_resolvers(&self, resolvers: &[&str]) {
        let dir = Path::new("/etc/netns").join(&self.node(Node::Client).name);
        fs::create_dir_all(&dir).unwrap();
        let lines: Vec<String> = resolvers
            .iter()
            .map(|resolver| {
                format!(
                    "nameserver {resolver}
"
                )
            })
            .collect();
        fs::write(dir.join("resolv.conf"), lines.concat()).unwrap();
    }
}

fn node_parameters(node: Node) -> Vec<(&'static str, &'static str)> {
    let mut parameters = vec![
        ("net/ipv6/conf/all/accept_dad", "0"),
        ("net/ipv6/conf/default/accept_dad", "0"),
        ("net/ipv6/conf/default/accept_ra", "0"),
        ("net/ipv6/conf/default/keep_addr_on_down", "1"),
        ("net/ipv6/conf/all/keep_addr_on_down", "1"),
        ("net/ipv4/conf/all/rp_filter", "0"),
        ("net/ipv4/conf/default/rp_filter", "0"),
    ];
    if node.forwards() {
        parameters.extend([("net/ipv4/ip_forward", "1"), ("net/ipv6/conf/all/forwarding", "1")]);
    }
    parameters
}

impl Drop for Lab {
    fn drop(&mut self) {
        drop(self.servers.take());
        for node in &self.nodes {
            node.remove();
        }
    }
}
