//! Hosts that lie at home, and so say nothing of the line however they are asked.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use crate::{
    analysis::home::Home,
    model::{
        config::Config,
        host::{HostFacts, LinkKind, is_private},
    },
};

/// A place that is not beyond the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// This computer itself.
    ThisComputer,
    /// The home router.
    Router,
    /// The home network.
    HomeNetwork,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ThisComputer => "this computer itself",
            Self::Router => "the home router",
            Self::HomeNetwork => "in the home network",
        })
    }
}

/// The addresses that tell what lies at home.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vicinity {
    /// Addresses of this computer, on real links.
    own: Vec<IpAddr>,
    /// All addresses of this computer.
    all: Vec<IpAddr>,
    routers: Vec<IpAddr>,
    has_tunnel: bool,
    /// The configured router is this computer: the whole line is tried on its loopback network.
    is_trial: bool,
}

impl Vicinity {
    /// The vicinity of this computer, as the system describes it.
    pub fn of(facts: &HostFacts, home: &Home) -> Self {
        let addrs = |is_wanted: fn(LinkKind) -> bool| -> Vec<IpAddr> {
            let links = facts.links.iter().filter(|link| is_wanted(link.kind));
            links.flat_map(|link| &link.addrs).copied().collect()
        };
        let routers: Vec<_> = [home.gateway_v4, home.gateway_v6].into_iter().flatten().map(|host| host.addr).collect();
        Self {
            is_trial: routers.iter().any(IpAddr::is_loopback),
            own: addrs(|kind| !matches!(kind, LinkKind::Loopback | LinkKind::Tunnel)),
            all: addrs(|_| true),
            routers,
            has_tunnel: facts.links.iter().any(|link| link.up && link.kind == LinkKind::Tunnel),
        }
    }

    /// The place of `addr` at home; `None` when it lies beyond the line, or may do so.
    ///
    /// Of private IPv4 addresses (RFC 1918) those of 192.168/16 are a home's, unless a tunnel may lead to another home;
    /// carriers use the others, which are at home only when they share 24 bits with this computer. With IPv6 a link
    /// shares 64 bits.
    pub fn place(&self, addr: IpAddr) -> Option<Place> {
        if addr.is_loopback() && self.is_trial {
            None
        } else if addr.is_loopback() || addr.is_unspecified() || self.all.contains(&addr) {
            Some(Place::ThisComputer)
        } else if self.routers.contains(&addr) {
            Some(Place::Router)
        } else if self.is_near(addr) {
            Some(Place::HomeNetwork)
        } else {
            None
        }
    }

    fn is_near(&self, addr: IpAddr) -> bool {
        match addr {
            IpAddr::V4(v4) => {
                let begins = |own: &IpAddr| matches!(own, IpAddr::V4(own) if own.octets()[..3] == v4.octets()[..3]);
                let is_home_range = v4.octets()[..2] == [192, 168] && !self.has_tunnel;
                v4.is_link_local() || is_home_range || (is_private(addr) && self.own.iter().any(begins))
            }
            IpAddr::V6(v6) => {
                let link = |addr: Ipv6Addr| addr.to_bits() >> 64;
                let begins = |own: &IpAddr| matches!(own, IpAddr::V6(own) if link(*own) == link(v6));
                v6.is_unicast_link_local() || self.own.iter().any(begins)
            }
        }
    }

    /// The place of the host of an address of the web, where that is no name.
    pub fn place_of_url(&self, url: &str) -> Option<Place> {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = match host.strip_prefix('[') {
            Some(v6) => v6.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        self.place_of(host, |_| None)
    }

    /// The place of an address, or of a name that `addr_of` knows the address of.
    fn place_of(&self, text: &str, addr_of: impl Fn(&str) -> Option<IpAddr>) -> Option<Place> {
        let name = text.trim_end_matches('.').to_ascii_lowercase();
        // RFC 6761, section 6.3: such a name is never asked for.
        if name == "localhost" || name.ends_with(".localhost") {
            return Some(Place::ThisComputer);
        }
        let addr = text.split('%').next().unwrap_or_default().parse().ok().or_else(|| addr_of(text))?;
        self.place(addr)
    }
}

/// A host of the configuration that lies at home, where one beyond the line is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misplaced {
    /// The setting.
    pub key: &'static str,
    /// The host as it is written there.
    pub text: String,
    /// Place of the host.
    pub place: Place,
}

impl Misplaced {
    /// Returns what is wrong with it, and the remedy.
    pub fn remedy(&self) -> String {
        let Self { key, text, place } = self;
        let instead = match *key {
            "isp_targets" => "name a router of the provider, or none, so that they are found",
            "public_resolvers" => "name a resolver on the internet",
            "targets" | "ipv6_targets" => "name a host on the internet",
            _ => "name a web site on the internet",
        };
        format!("{text} is not beyond the line but {place}, so it is not asked: {instead}")
    }
}

impl fmt::Display for Misplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.remedy())
    }
}

/// Every host of the configuration that should lie beyond the line and does not. `addr_of` tells the addresses of
/// names.
pub fn misplaced(config: &Config, vicinity: &Vicinity, addr_of: impl Fn(&str) -> Option<IpAddr>) -> Vec<Misplaced> {
    let hosts = [
        ("targets", &config.targets),
        ("ipv6_targets", &config.ipv6_targets),
        ("isp_targets", &config.isp_targets),
        ("public_resolvers", &config.public_resolvers),
    ];
    let pages = [
        ("http_url", std::slice::from_ref(&config.http_url)),
        ("http_urls", config.http_urls.as_slice()),
        ("http_ip_url", std::slice::from_ref(&config.http_ip_url)),
        ("captive_portal_url", std::slice::from_ref(&config.captive_portal_url)),
    ];
    let at_home = |key, text: &String, place: Option<Place>| Some(Misplaced { key, text: text.clone(), place: place? });
    let hosts = hosts.into_iter().flat_map(|(key, texts)| texts.iter().map(move |text| (key, text)));
    let pages = pages.into_iter().flat_map(|(key, texts)| texts.iter().map(move |text| (key, text)));
    let hosts = hosts.filter_map(|(key, text)| at_home(key, text, vicinity.place_of(text, &addr_of)));
    let pages = pages.filter_map(|(key, text)| at_home(key, text, vicinity.place_of_url(text)));
    hosts.chain(pages).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::home::home,
        model::host::{DefaultRoute, Family, Link},
    };

    fn vicinity(addrs: &[&str], has_tunnel: bool) -> Vicinity {
        let addrs = addrs.iter().map(|addr| addr.parse().unwrap()).collect();
        let mut links = vec![Link { index: 2, up: true, addrs, kind: LinkKind::Wired, ..Link::default() }];
        if has_tunnel {
            let addrs = vec!["10.8.0.2".parse().unwrap()];
            links.push(Link { index: 3, up: true, addrs, kind: LinkKind::Tunnel, ..Link::default() });
        }
        let gateway = Some("10.20.30.1".parse().unwrap());
        let routes = vec![DefaultRoute { family: Family::V4, gateway, link: 2, metric: 1 }];
        let facts = HostFacts { links, routes, ..HostFacts::default() };
        Vicinity::of(&facts, &home(&facts, None))
    }

    #[test]
    fn a_host_at_home_is_told_from_one_beyond_the_line() {
        let here = vicinity(&["10.20.30.9", "2001:db8:1:2::9"], false);
        let place = |addr: &str| here.place(addr.parse().unwrap());
        for addr in ["127.0.0.1", "::1", "0.0.0.0", "10.20.30.9", "2001:db8:1:2::9"] {
            assert_eq!(Some(Place::ThisComputer), place(addr), "{addr}");
        }
        assert_eq!(Some(Place::Router), place("10.20.30.1"));
        for addr in ["10.20.30.77", "192.168.1.1", "169.254.3.4", "fe80::1", "2001:db8:1:2::1"] {
            assert_eq!(Some(Place::HomeNetwork), place(addr), "{addr}");
        }
        // A carrier may use private addresses, and shares the beginning of public ones with its customers.
        for addr in ["1.1.1.1", "10.20.31.1", "100.64.0.1", "172.16.0.1", "2001:db8:1:3::1"] {
            assert_eq!(None, place(addr), "{addr}");
        }
        assert_eq!(None, vicinity(&["203.0.113.9"], false).place("203.0.113.20".parse().unwrap()));
    }

    #[test]
    fn a_line_tried_on_the_loopback_network_has_far_hosts_there() {
        let mut here = vicinity(&["10.20.30.9"], false);
        here.is_trial = true;
        assert_eq!(None, here.place("127.0.0.2".parse().unwrap()));
        assert_eq!(Some(Place::ThisComputer), here.place("10.20.30.9".parse().unwrap()));
    }

    #[test]
    fn another_home_behind_a_tunnel_is_beyond_the_line() {
        let here = vicinity(&["192.168.1.9"], true);
        assert_eq!(None, here.place("192.168.7.1".parse().unwrap()));
        assert_eq!(None, here.place("10.8.0.1".parse().unwrap()));
        assert_eq!(Some(Place::HomeNetwork), here.place("192.168.1.20".parse().unwrap()));
    }

    #[test]
    fn hosts_names_and_pages_at_home_are_named_with_the_remedy() {
        let config = Config {
            targets: vec!["1.1.1.1".into(), "10.20.30.1".into(), "nas.example".into(), "LOCALHOST".into()],
            isp_targets: vec!["10.20.30.1".into()],
            http_ip_url: "http://10.20.30.1:8080/status".into(),
            http_url: "https://user@[::1]/".into(),
            ..Config::default()
        };
        let addr_of = |name: &str| (name == "nas.example").then(|| "192.168.1.5".parse().unwrap());
        let found = misplaced(&config, &vicinity(&["10.20.30.9"], false), addr_of);
        let keys: Vec<_> = found.iter().map(|found| found.key).collect();
        assert_eq!(["targets", "targets", "targets", "isp_targets", "http_url", "http_ip_url"][..], keys);
        let text = "targets: 10.20.30.1 is not beyond the line but the home router, so it is not asked: \
                    name a host on the internet";
        assert_eq!(text, found[0].to_string());
        assert!(misplaced(&Config::default(), &vicinity(&["10.20.30.9"], false), |_| None).is_empty());
    }
}
