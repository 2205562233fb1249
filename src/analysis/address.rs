//! Kind of address that this line has, out of what is known without asking anybody.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::home::home;
use crate::model::host::{HostFacts, Link, LinkKind, is_private};

/// Hint at whether others share the public IPv4 address of this line, as far as the addresses on the way tell.
///
/// A hint, never a finding: who numbers a router how he likes breaks no rule, so no hop proves a translation of
/// addresses (NAT), and nothing seen from inside proves that there is none. Only [`NatHint::PublicV4`] is more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NatHint {
    /// This computer itself has this public address.
    PublicV4(Ipv4Addr),
    /// Behind the home router comes a second private network (RFC 1918).
    DoubleNat,
    /// This computer, or a hop behind the home router, has an address of those set aside for providers who share one
    /// public address among customers (RFC 6598, RFC 7335).
    CarrierNat,
    /// Nothing seen tells.
    Unknown,
}

impl NatHint {
    /// The word in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PublicV4(_) => "public",
            Self::DoubleNat => "double_nat",
            Self::CarrierNat => "carrier_nat",
            Self::Unknown => "unknown",
        }
    }

    /// Returns the meaning of the hint, and what it does not mean, as a sentence that names no address.
    pub fn explain(self) -> &'static str {
        match self {
            Self::PublicV4(_) => {
                "This computer has a public IPv4 address of its own, so no router translates it; a firewall may still \
                 keep connections out."
            }
            Self::DoubleNat => {
                "Behind the home router comes a second private network, as with a second router that translates \
                 addresses once more; some providers number their own routers like that though the line has a public \
                 address, so compare the address the home router shows for its internet side."
            }
            Self::CarrierNat => {
                "An address of those set aside for providers who share one public IPv4 address among customers was \
                 seen; some providers number only their own routers like that though the line has a public address, \
                 so compare the address the home router shows for its internet side."
            }
            Self::Unknown => {
                "Whether the line has a public IPv4 address of its own cannot be told from here; the home router shows \
                 the address of its internet side."
            }
        }
    }
}

/// Hints about the addresses of this line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressHint {
    /// Of IPv4.
    pub nat: NatHint,
    /// A global IPv6 address of this computer, the one it sends from where that is known. `None` without one.
    pub global_v6: Option<Ipv6Addr>,
}

impl AddressHint {
    /// Returns the meaning of the IPv6 address, as a sentence that names none.
    pub fn explain_v6(self) -> &'static str {
        if self.global_v6.is_some() {
            "This computer has a global IPv6 address of its own, which nobody translates."
        } else {
            "This computer has no global IPv6 address."
        }
    }

    /// Both hints, each as a word and a sentence that names no address.
    pub fn sentences(self) -> Vec<(String, String)> {
        let v6 = if self.global_v6.is_some() { "ipv6" } else { "no_ipv6" };
        [(self.nat.as_str(), self.nat.explain()), (v6, self.explain_v6())]
            .map(|(word, sentence)| (word.to_owned(), sentence.to_owned()))
            .to_vec()
    }
}

/// Looks at the addresses of this computer and of the hops of a trace, `hops` being who answered at TTL 1, 2, ….
///
/// Addresses of tunnels are those of the tunnel's operator and say nothing of the line; while a tunnel is the way to
/// the internet, neither do the hops. Private addresses that come after a public one on the way are a provider's own
/// business and are not looked at.
pub fn address_hint(facts: &HostFacts, hops: &[Option<IpAddr>]) -> AddressHint {
    let own: Vec<IpAddr> =
        facts.links.iter().filter(|link| carries_the_line(link)).flat_map(|link| link.addrs.iter().copied()).collect();
    // The address in use comes first where there are several.
    let used = facts.sources.iter().filter(|source| own.contains(source)).copied();
    let own: Vec<IpAddr> = used.chain(own.iter().copied()).collect();
    AddressHint { nat: nat(facts, &own, hops), global_v6: own.iter().find_map(|addr| global_v6(*addr)) }
}

fn nat(facts: &HostFacts, own: &[IpAddr], hops: &[Option<IpAddr>]) -> NatHint {
    if let Some(addr) = own.iter().find_map(|addr| public_v4(*addr)) {
        return NatHint::PublicV4(addr);
    }
    let is_tunnelled = home(facts, None).vpn;
    let hops = if is_tunnelled { &[] } else { hops };
    // The first is the home router.
    let beyond = hops.iter().enumerate().skip(1).take_while(|(_, hop)| hop.is_none_or(is_private));
    let beyond: Vec<(usize, IpAddr)> = beyond.filter_map(|(at, hop)| Some((at, (*hop)?))).collect();
    // Asked first, since these addresses have no other use.
    if own.iter().chain(beyond.iter().map(|(_, hop)| hop)).any(|addr| is_of_carriers(*addr)) {
        NatHint::CarrierNat
    } else if beyond.iter().any(|(at, hop)| *at == 1 && is_rfc_1918(*hop)) {
        NatHint::DoubleNat
    } else {
        NatHint::Unknown
    }
}

fn carries_the_line(link: &Link) -> bool {
    link.up && !matches!(link.kind, LinkKind::Loopback | LinkKind::Tunnel)
}

fn is_rfc_1918(addr: IpAddr) -> bool {
    matches!(addr, IpAddr::V4(addr) if addr.is_private())
}

/// 100.64.0.0/10 (RFC 6598), and 192.0.0.0/29 (RFC 7335), which a computer has when its IPv4 is carried over IPv6 to
/// a translator of the provider.
fn is_of_carriers(addr: IpAddr) -> bool {
    let IpAddr::V4(addr) = addr else { return false };
    matches!(addr.octets(), [100, b, ..] if b & 0xc0 == 64) || matches!(addr.octets(), [192, 0, 0, d] if d < 8)
}

/// An IPv4 address of the public internet.
fn public_v4(addr: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V4(v4) = addr else { return None };
    let [a, b, c, _] = v4.octets();
    // "This" network, protocol assignments, benchmarks (RFC 6890); multicast and what is reserved above it.
    let is_special = a == 0 || (a, b, c) == (192, 0, 0) || (a == 198 && b & 0xfe == 18) || a >= 224;
    (!is_special && !is_private(addr) && !v4.is_documentation()).then_some(v4)
}

/// An address of `2000::/3`, the only part of IPv6 given out so far (RFC 4291, section 2.4), without those for
/// examples (RFC 3849, RFC 9637).
fn global_v6(addr: IpAddr) -> Option<Ipv6Addr> {
    let IpAddr::V6(addr) = addr else { return None };
    let [a, b, ..] = addr.segments();
    let is_example = (a, b) == (0x2001, 0xdb8) || (a == 0x3fff && b < 0x1000);
    (a & 0xe000 == 0x2000 && !is_example).then_some(addr)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::host::{DefaultRoute, Family};

    fn link(kind: LinkKind, up: bool, addrs: &str) -> Link {
        Link { index: 2, kind, up, addrs: addresses(addrs), ..Link::default() }
    }

    fn addresses(text: &str) -> Vec<IpAddr> {
        text.split_whitespace().map(|addr| addr.parse().unwrap()).collect()
    }

    /// `*` is a hop that did not answer.
    fn hops(text: &str) -> Vec<Option<IpAddr>> {
        text.split_whitespace().map(|hop| (hop != "*").then(|| hop.parse().unwrap())).collect()
    }

    fn facts(links: Vec<Link>) -> HostFacts {
        HostFacts { links, ..HostFacts::default() }
    }

    const HOME: &str = "192.168.1.9 fe80::9";

    #[test]
    fn the_hops_behind_the_home_router_hint_at_who_translates() {
        let cases = [
            ("192.168.1.1 198.51.100.1", NatHint::Unknown),
            ("192.168.1.1 192.168.178.1 198.51.100.1", NatHint::DoubleNat),
            ("192.168.1.1 10.255.0.1", NatHint::DoubleNat),
            ("* 172.16.0.1 198.51.100.1", NatHint::DoubleNat),
            ("192.168.1.1 * 10.0.0.1", NatHint::Unknown),
            ("192.168.1.1 198.51.100.1 10.0.0.1", NatHint::Unknown),
            ("192.168.1.1 100.64.0.1 198.51.100.1", NatHint::CarrierNat),
            ("192.168.1.1 * 100.127.255.254", NatHint::CarrierNat),
            ("192.168.1.1 192.168.178.1 100.64.0.1", NatHint::CarrierNat),
            ("192.168.1.1 100.128.0.1", NatHint::Unknown),
            ("192.168.1.1 198.51.100.1 100.64.0.1", NatHint::Unknown),
            ("100.64.0.1 198.51.100.1", NatHint::Unknown),
            ("fe80::1 fd00::1 2001:db8::1", NatHint::Unknown),
            ("", NatHint::Unknown),
            ("*", NatHint::Unknown),
        ];
        let facts = facts(vec![link(LinkKind::Wired, true, HOME)]);
        for (way, expected) in cases {
            assert_eq!(expected, address_hint(&facts, &hops(way)).nat, "{way}");
        }
    }

    #[test]
    fn the_own_address_says_more_than_the_hops() {
        let public = |addr: &str| NatHint::PublicV4(addr.parse().unwrap());
        let cases = [
            (LinkKind::Wired, true, "88.79.1.7", public("88.79.1.7")),
            (LinkKind::Other, true, "10.0.0.2 88.79.1.7", public("88.79.1.7")),
            (LinkKind::Wired, false, "88.79.1.7", NatHint::DoubleNat),
            (LinkKind::Tunnel, true, "88.79.1.7", NatHint::DoubleNat),
            (LinkKind::Mobile, true, "100.70.1.2", NatHint::CarrierNat),
            (LinkKind::WiFi, true, "192.0.0.2", NatHint::CarrierNat),
            (LinkKind::WiFi, true, "192.0.0.8", NatHint::DoubleNat),
            (LinkKind::Tunnel, true, "100.70.1.2", NatHint::DoubleNat),
            (LinkKind::Wired, true, "198.18.0.1", NatHint::DoubleNat),
            (LinkKind::Wired, true, "192.0.2.7", NatHint::DoubleNat),
            (LinkKind::Wired, true, "169.254.7.7", NatHint::DoubleNat),
            (LinkKind::Loopback, true, "127.0.0.1", NatHint::DoubleNat),
        ];
        for (kind, up, addrs, expected) in cases {
            let facts = facts(vec![link(kind, up, addrs)]);
            let hint = address_hint(&facts, &hops("192.168.1.1 192.168.178.1"));
            assert_eq!(expected, hint.nat, "{kind:?} {addrs}");
        }
    }

    #[test]
    fn the_hops_of_a_tunnel_say_nothing() {
        let mut tunnel = link(LinkKind::Tunnel, true, "10.8.0.2");
        tunnel.index = 3;
        let mut facts = facts(vec![link(LinkKind::WiFi, true, HOME), tunnel]);
        let way = hops("10.8.0.1 10.0.0.1 100.64.0.1");
        assert_eq!(NatHint::CarrierNat, address_hint(&facts, &way).nat, "nobody uses it");
        facts.routes.push(DefaultRoute { family: Family::V4, gateway: None, link: 3, metric: 1 });
        assert_eq!(NatHint::Unknown, address_hint(&facts, &way).nat);
    }

    #[test]
    fn the_global_ipv6_address_in_use_comes_first() {
        let of = |facts: &HostFacts| address_hint(facts, &[]).global_v6.map(|addr| addr.to_string());
        let mut facts = facts(vec![link(LinkKind::Wired, true, "fe80::9 fd00::9 2a02:db8::9 2a02:db8::a")]);
        assert_eq!(Some("2a02:db8::9".to_owned()), of(&facts));
        facts.sources = addresses("192.168.1.9 2a02:db8::a");
        assert_eq!(Some("2a02:db8::a".to_owned()), of(&facts));
        // One of a tunnel is not this line's.
        facts.sources = addresses("2a02:db8:f::1");
        assert_eq!(Some("2a02:db8::9".to_owned()), of(&facts));
        facts.links = vec![link(LinkKind::Wired, true, "fe80::9 fd00::9 2001:db8::9 3fff::9")];
        assert_eq!(None, of(&facts));
    }

    #[test]
    fn no_sentence_names_an_address_and_all_that_hint_say_what_they_do_not_prove() {
        let hints =
            [NatHint::PublicV4([88, 79, 1, 7].into()), NatHint::DoubleNat, NatHint::CarrierNat, NatHint::Unknown];
        for hint in hints {
            let said = hint.explain();
            assert!(said.ends_with('.') && !said.contains("88"), "{said}");
            let is_hint = matches!(hint, NatHint::DoubleNat | NatHint::CarrierNat);
            assert_eq!(is_hint, said.contains("though the line has a public address"), "{said}");
        }
        let words: std::collections::BTreeSet<_> = hints.iter().map(|hint| hint.as_str()).collect();
        assert_eq!(hints.len(), words.len());
    }
}
