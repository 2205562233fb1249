//! What can go wrong, made to go wrong: begun and ended at a known time.

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};

use super::{
    dns_server::{Manner, Owner},
    ready::now,
    topology::{Lab, Node},
    web_server::Portal,
};

/// A fault. None of them touches the neighbour protocols unless it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The cable between client and router is out: the client has no carrier.
    LinkDown,
    /// The router takes nothing any more, on either side, ARP included.
    GatewayDead,
    GatewayIgnoresPing,
    /// The router forwards and answers names, but sends no ICMP at all and accepts or refuses no TCP connection.
    GatewayMute,
    /// Nothing passes the access line.
    AccessCut,
    /// The access line is gone and the router says so: it has no route.
    AccessUnreachable,
    /// The provider's second hop takes nothing any more, ARP included.
    CoreDead,
    /// The first hop beyond the provider drops everything.
    UpstreamDead,
    /// The first hop beyond the provider answers for itself and forwards nothing.
    UpstreamBlackhole,
    /// One far host answers nothing.
    TargetDead(&'static str),
    /// The machine drops all ICMP, to it and through it.
    IcmpFiltered(Node),
    /// The machine passes no echo requests on, and all else.
    EchoFiltered(Node),
    /// The router passes everything on and never says that a packet has expired.
    SilentHop(Node),
    /// The router passes everything on and says of one packet in three seconds at most that it has expired.
    LimitedHop(Node),
    /// Somebody's resolvers misbehave.
    Dns(Owner, Manner),
    /// The web servers at this address answer nothing, while it answers echo.
    SiteDead(&'static str),
    /// The provider drops TCP to port 443.
    Tcp443Dropped,
    /// The provider resets TCP to port 443.
    Tcp443Reset,
    /// The router wants a login: port 80 lands on it, 443 is reset, all else is dropped.
    Captive(Portal),
    /// The same, but echo passes.
    CaptiveWithEcho(Portal),
    /// The access hop drops IPv6.
    Ipv6Dead,
    /// The access hop forwards no IPv4.
    Ipv4Dead,
    /// The access line loses so many per cent of the packets in each direction.
    Loss(u8),
    /// The home network loses so many per cent of the packets in each direction.
    HomeLoss(u8),
    /// One in ten packets reaches the client several times.
    Duplicates,
    /// The way to the hosts leads over the exchange: one hop more.
    PathChange,
}

/// One change to the lab and the way back.
enum Step {
    /// Rules on a machine.
    Rules(Node, String),
    /// `ip` commands on a machine.
    Ip(Node, String, String),
    Manner(Owner, Manner),
    Portal(Portal),
}

const DROP_ICMP: &str = "meta l4proto { icmp, ipv6-icmp } drop";
const PASS_ICMP: &str = "meta l4proto { icmp, ipv6-icmp } accept";
/// Neighbour discovery, the IPv6 counterpart of ARP.
const PASS_NEIGHBOURS: &str = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept";

fn chain(hook: &str, rules: &[&str]) -> String {
    format!("chain {hook} {{\ntype filter hook {hook} priority -10;\n{}\n}}\n", rules.join("\n"))
}

fn inet(chains: &str) -> String {
    format!("table inet NAME {{\n{chains}}}\n")
}

/// What arrives on these devices, before anything looks at it.
fn arriving(devices: &str, rules: &[&str]) -> String {
    let head = format!("type filter hook ingress devices = {{ {devices} }} priority -500;");
    format!("table netdev NAME {{\nchain arriving {{\n{head}\n{}\n}}\n}}\n", rules.join("\n"))
}

fn login(open: &str) -> String {
    let landing =
        "chain landing {\ntype nat hook prerouting priority -110;\niifname lan tcp dport 80 redirect to :80\n}\n";
    let rules = ["tcp dport 443 reject with tcp reset", open, "iifname lan drop"];
    inet(&(landing.to_owned() + &chain("forward", &rules)))
}

/// Rules on a machine for what takes this way through it.
fn on(node: Node, hook: &str, rules: &[&str]) -> Vec<Step> {
    vec![Step::Rules(node, inet(&chain(hook, rules)))]
}

/// What a router says of expired packets, of both families: nothing, or one message in three seconds.
const EXPIRED: [(&str, &str); 2] = [
    ("icmp type time-exceeded drop", "icmp type time-exceeded limit rate over 20/minute burst 1 packets drop"),
    ("icmpv6 type time-exceeded drop", "icmpv6 type time-exceeded limit rate over 20/minute burst 1 packets drop"),
];

/// Loss of so many per cent of what arrives at these ends.
fn lossy(percent: u8, ends: [(Node, &str); 2]) -> Vec<Step> {
    let lossy = format!("ether type {{ ip, ip6 }} numgen random mod 100 < {percent} drop");
    let rules = [PASS_NEIGHBOURS, &lossy];
    ends.map(|(node, device)| Step::Rules(node, arriving(device, &rules))).into()
}

fn towards(address: &str) -> String {
    let family = if address.contains(':') { "ip6" } else { "ip" };
    format!("{family} daddr {address}")
}

impl Fault {
    fn steps(self) -> Vec<Step> {
        use Node::{Access, Client, Core, Hosts, Router, Transit};
        use Step::Rules;
        let silent = [PASS_NEIGHBOURS, "ether type { ip, ip6 } drop"];
        match self {
            Self::LinkDown | Self::AccessUnreachable | Self::PathChange => self.rewiring(),
            Self::GatewayDead => vec![Rules(Router, arriving("lan, wan", &["drop"]))],
            Self::GatewayIgnoresPing => {
                on(Router, "input", &["icmp type echo-request drop", "icmpv6 type echo-request drop"])
            }
            Self::GatewayMute => {
                let rules = ["meta l4proto tcp drop", PASS_NEIGHBOURS, DROP_ICMP];
                vec![Rules(Router, inet(&(chain("input", &rules) + &chain("output", &rules))))]
            }
            Self::AccessCut => {
                vec![Rules(Router, arriving("wan", &silent)), Rules(Access, arriving("down", &silent))]
            }
            Self::CoreDead => vec![Rules(Core, arriving("down, dns, peer, peerb", &["drop"]))],
            Self::UpstreamDead => vec![Rules(Transit, arriving("down, up", &silent))],
            Self::UpstreamBlackhole => on(Transit, "forward", &["drop"]),
            Self::TargetDead(address) => on(Hosts, "input", &[&(towards(address) + " drop")]),
            Self::IcmpFiltered(node) => {
                let everywhere = ["input", "output", "forward"].map(|hook| chain(hook, &[PASS_NEIGHBOURS, DROP_ICMP]));
                vec![Rules(node, inet(&everywhere.concat()))]
            }
            Self::EchoFiltered(node) => {
                on(node, "forward", &["icmp type echo-request drop", "icmpv6 type echo-request drop"])
            }
            Self::SilentHop(node) => on(node, "output", &EXPIRED.map(|(silent, _)| silent)),
            Self::LimitedHop(node) => on(node, "output", &EXPIRED.map(|(_, limited)| limited)),
            Self::Dns(owner, manner) => vec![Step::Manner(owner, manner)],
            Self::SiteDead(address) => on(Hosts, "input", &[&(towards(address) + " tcp dport { 80, 443 } drop")]),
            Self::Tcp443Dropped => on(Access, "forward", &["tcp dport 443 drop"]),
            Self::Tcp443Reset => on(Access, "forward", &["tcp dport 443 reject with tcp reset"]),
            Self::Captive(portal) => vec![Step::Portal(portal), Rules(Router, login(""))],
            Self::CaptiveWithEcho(portal) => vec![Step::Portal(portal), Rules(Router, login(PASS_ICMP))],
            Self::Ipv6Dead => vec![Rules(Access, arriving("down, up", &[PASS_NEIGHBOURS, "ether type ip6 drop"]))],
            Self::Ipv4Dead => on(Access, "forward", &["meta nfproto ipv4 drop"]),
            Self::Loss(percent) => lossy(percent, [(Router, "wan"), (Access, "down")]),
            Self::HomeLoss(percent) => lossy(percent, [(Client, "eth0"), (Router, "lan")]),
            Self::Duplicates => {
                let head = "type filter hook egress device lan priority 0;";
                let rule = "ether type { ip, ip6 } numgen random mod 10 == 0 dup to lan";
                vec![Rules(Router, format!("table netdev NAME {{\nchain leaving {{\n{head}\n{rule}\n}}\n}}\n"))]
            }
        }
    }

    /// The faults that are made of links and routes.
    fn rewiring(self) -> Vec<Step> {
        let lines = |lines: &[&str]| lines.join("\n");
        let defaults = |v4: &str, v6: &str| format!("route replace default via {v4}\nroute replace default via {v6}");
        if self == Self::LinkDown {
            // The address of a link is lost with the link.
            let back = lines(&["link set dev lan up", "addr replace fe80::1/64 dev lan nodad"]);
            return vec![Step::Ip(Node::Router, "link set dev lan down".into(), back)];
        }
        if self == Self::AccessUnreachable {
            let there = lines(&[
                "route del default via 88.79.130.1",
                "route del default via 2a02:8100:ff:1::1",
                "route del 88.79.130.0/24 dev wan",
                "route del 2a02:8100:ff:1::/64 dev wan",
            ]);
            let back = lines(&[
                "route add 88.79.130.0/24 dev wan src 88.79.130.100",
                "route add 2a02:8100:ff:1::/64 dev wan",
                "route add default via 88.79.130.1",
                "route add default via 2a02:8100:ff:1::1",
            ]);
            return vec![Step::Ip(Node::Router, there, back)];
        }
        vec![
            Step::Ip(
                Node::Core,
                defaults("62.115.20.2", "2001:2034:20::2"),
                defaults("62.115.10.2", "2001:2034:10::2"),
            ),
            Step::Ip(
                Node::Hosts,
                defaults("62.115.12.1", "2001:2034:12::1"),
                defaults("62.115.11.1", "2001:2034:11::1"),
            ),
        ]
    }
}

/// When a fault really was there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Truth {
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
}

/// A fault that is there now. It ends when this is dropped.
pub(crate) struct Active<'lab> {
    lab: &'lab Lab,
    undo: Vec<Undo>,
    /// When its first change had taken effect.
    pub(crate) start: DateTime<Utc>,
}

enum Undo {
    Rules(Node, String),
    Ip(Node, String),
    Manner(Owner),
    Portal,
}

impl Lab {
    /// Makes `fault` happen.
    pub(crate) fn begin(&self, fault: Fault) -> Active<'_> {
        let mut active = Active { lab: self, undo: Vec::new(), start: now() };
        for (index, step) in fault.steps().into_iter().enumerate() {
            let undo = self.apply(step);
            active.undo.push(undo);
            if index == 0 {
                active.start = now();
            }
        }
        active
    }

    fn apply(&self, step: Step) -> Undo {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        match step {
            Step::Rules(node, rules) => {
                let name = format!("fault{}", COUNT.fetch_add(1, Ordering::Relaxed));
                let rules = rules.replace("NAME", &name);
                self.node(node).nft(&rules);
                let family = rules.split_whitespace().nth(1).unwrap_or_default();
                Undo::Rules(node, format!("delete table {family} {name}\n"))
            }
            Step::Ip(node, there, back) => {
                self.node(node).ip(&there);
                Undo::Ip(node, back)
            }
            Step::Manner(owner, manner) => {
                self.controls.set_manner(owner, manner);
                Undo::Manner(owner)
            }
            Step::Portal(portal) => {
                self.controls.set_portal(portal);
                Undo::Portal
            }
        }
    }
}

impl Active<'_> {
    /// Ends the fault.
    pub(crate) fn end(mut self) -> Truth {
        self.revert();
        Truth { start: self.start, end: now() }
    }

    fn revert(&mut self) {
        for undo in self.undo.drain(..).rev() {
            match undo {
                Undo::Rules(node, rules) => self.lab.node(node).nft(&rules),
                Undo::Ip(node, lines) => self.lab.node(node).ip(&lines),
                Undo::Manner(owner) => self.lab.controls.set_manner(owner, Manner::Normal),
                Undo::Portal => self.lab.controls.set_portal(Portal::Off),
            }
        }
    }
}

impl Drop for Active<'_> {
    fn drop(&mut self) {
        // While a test panics, the lab is about to go anyway; a second panic would abort the run.
        if !std::thread::panicking() {
            self.revert();
        }
    }
}
