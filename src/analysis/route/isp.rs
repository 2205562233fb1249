//! Which hops of a path are the provider's: the first ones beyond the home.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use crate::model::{
    host::is_private,
    isp::{IspCandidates, IspSuggestion},
    trace::{Hop, Trace},
};

/// As many of them as tell the access line from the provider's core, and no more.
const MOST: usize = 5;
/// No provider's hop that is worth watching is farther away.
const FARTHEST: u8 = 9;
/// The way to the next device in a home takes less than this, by Wi-Fi too; the way to the provider takes longer as a
/// rule.
const WITHIN_HOME: Duration = Duration::from_millis(3);

/// The way to the next router in a home takes less than this by cable.
const BESIDE: Duration = Duration::from_millis(1);

/// A further router of the home, behind the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HomeRouter {
    /// Distance in hops.
    pub ttl: u8,
    /// Address.
    pub addr: IpAddr,
    /// The address is certainly a home's; otherwise only the short way to it says so.
    pub is_certain: bool,
}

/// A hop of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IspHop {
    /// Distance in hops.
    pub ttl: u8,
    /// Address.
    pub addr: IpAddr,
    /// It answered every probe of the trace, so that its silence will mean something.
    pub is_steady: bool,
}

/// Parts of a path around the provider, as far as the path shows them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IspPath {
    /// Further routers of the home, before the provider's first hop.
    pub home: Vec<HomeRouter>,
    /// Hops of the provider, the nearest first.
    pub hops: Vec<IspHop>,
    /// Routers that are certainly another network's.
    pub beyond: Vec<IpAddr>,
}

/// The provider's hops on this path, and those behind them; empty when the path does not show any. `own` are the
/// addresses of this computer.
///
/// The first hop is the home router. Private hops behind it (RFC 1918) are further devices of the home when they are
/// as near as those are (a router behind the provider's own box), else the provider's; 192.168/16 is always a home's
/// and 100.64/10 (RFC 6598) always the provider's. With IPv6 the home is what shares 56 bits with this computer. The
/// first public hop is the provider's, and so are the following ones while their addresses begin alike (16 bits, 32
/// for IPv6). Where they do not, another network begins, or another part of the provider's.
pub fn isp_path(trace: &Trace, own: &[IpAddr]) -> IspPath {
    let mut path = IspPath::default();
    let mut public: Option<IpAddr> = None;
    let mut at_home = trace.hops.first().and_then(best);
    for hop in trace.hops.iter().skip(1) {
        let Some(addr) = hop.host().filter(|addr| *addr != trace.target.addr) else { continue };
        let is_near = path.hops.is_empty() && is_near(at_home, best(hop));
        if is_homely(addr, own) || (is_home_range(addr) && is_near) {
            let is_first = trace.hops.first().and_then(Hop::host) == Some(addr);
            let is_new = !is_first && path.home.iter().all(|known| known.addr != addr);
            let is_certain = is_homely(addr, own);
            if path.hops.is_empty() && is_new && (is_certain || is_beside(at_home, best(hop))) {
                path.home.push(HomeRouter { ttl: hop.ttl, addr, is_certain });
            }
            at_home = best(hop);
            continue;
        }
        match public {
            _ if is_private(addr) => {}
            None => public = Some(addr),
            Some(first) if begins_alike(first, addr) => {}
            Some(_) => {
                path.beyond.push(addr);
                continue;
            }
        }
        // One address at two distances is a loop or a router that answers for another.
        let is_new = path.hops.iter().all(|known| known.addr != addr);
        if is_new && path.beyond.is_empty() && path.hops.len() < MOST {
            path.hops.push(IspHop { ttl: hop.ttl, addr, is_steady: hop.sent > 0 && hop.answered == hop.sent });
        }
    }
    path
}

/// True if an address is of a home for certain.
fn is_homely(addr: IpAddr, own: &[IpAddr]) -> bool {
    match addr {
        IpAddr::V4(addr) => addr.octets()[..2] == [192, 168],
        IpAddr::V6(addr) => {
            let site = |addr: std::net::Ipv6Addr| addr.to_bits() >> 72;
            own.iter().any(|own| matches!(own, IpAddr::V6(own) if site(*own) == site(addr)))
        }
    }
}

/// Returns the hosts that the traces saw at the first hops, and which of those are worth watching: the provider's that
/// most traces of the same family agree on.
pub fn candidates(traces: &[Trace], own: &[IpAddr]) -> IspCandidates {
    let mut seen: BTreeMap<u8, Vec<(IpAddr, usize)>> = BTreeMap::new();
    for hop in traces.iter().flat_map(|trace| &trace.hops).filter(|hop| hop.ttl <= FARTHEST) {
        let at = seen.entry(hop.ttl).or_default();
        for host in &hop.hosts {
            match at.iter_mut().find(|(addr, _)| *addr == host.addr) {
                Some((_, n)) => *n += 1,
                None => at.push((host.addr, 1)),
            }
        }
    }
    seen.retain(|_, hosts| !hosts.is_empty());
    seen.values_mut().for_each(|hosts| hosts.sort_by_key(|(_, n)| std::cmp::Reverse(*n)));
    let mut suggestions: Vec<IspSuggestion> = Vec::new();
    let paths: Vec<(bool, Vec<IspHop>)> =
        traces.iter().map(|trace| (trace.target.addr.is_ipv4(), isp_path(trace, own).hops)).collect();
    for hop in paths.iter().flat_map(|(_, hops)| hops) {
        let of_family = paths.iter().filter(|(v4, _)| *v4 == hop.addr.is_ipv4());
        let n_traces = of_family.clone().count();
        let n_seen =
            of_family.filter(|(_, hops)| hops.iter().any(|at| (at.ttl, at.addr) == (hop.ttl, hop.addr))).count();
        if n_seen * 2 > n_traces && suggestions.iter().all(|known| known.addr != hop.addr) {
            suggestions.push(IspSuggestion { hop: hop.ttl, addr: hop.addr, seen: n_seen });
        }
    }
    suggestions.sort_by_key(|suggestion| (suggestion.addr.is_ipv6(), suggestion.hop));
    IspCandidates { seen, suggestions }
}

fn best(hop: &Hop) -> Option<Duration> {
    hop.rtt.map(|rtt| rtt.best)
}

fn is_near(before: Option<Duration>, rtt: Option<Duration>) -> bool {
    before.zip(rtt).is_none_or(|(before, rtt)| rtt.saturating_sub(before) < WITHIN_HOME)
}

/// True if both are known, and the way from one to the other is as short as a cable in a home.
fn is_beside(before: Option<Duration>, rtt: Option<Duration>) -> bool {
    before.zip(rtt).is_some_and(|(before, rtt)| rtt.saturating_sub(before) < BESIDE)
}

/// Addresses homes use (RFC 1918, RFC 3927, RFC 4193, RFC 4291); carriers' shared space is none of them.
fn is_home_range(addr: IpAddr) -> bool {
    is_private(addr) && !is_shared(addr)
}

/// 100.64.0.0/10, set aside for the networks of providers (RFC 6598).
pub fn is_shared(addr: IpAddr) -> bool {
    matches!(addr, IpAddr::V4(addr) if addr.octets()[0] == 100 && addr.octets()[1] & 0xc0 == 64)
}

fn begins_alike(a: IpAddr, b: IpAddr) -> bool {
    match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => a.to_bits() >> 16 == b.to_bits() >> 16,
        (IpAddr::V6(a), IpAddr::V6(b)) => a.to_bits() >> 96 == b.to_bits() >> 96,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::route::simulated::at,
        model::trace::{HopHost, HopReading, RttFigures, TraceEnd, TraceProtocol},
    };

    /// A path of hops, each as its address (`*` for none) and its RTT in ms.
    fn path(hops: &[(&str, f64)]) -> Trace {
        let hop = |(idx, (addr, millis)): (usize, &(&str, f64))| {
            let rtt = Duration::from_secs_f64(millis / 1e3);
            let hosts = addr.parse().ok().map(|addr| HopHost { addr, n_answers: 3, labels: Vec::new() });
            let rtt = RttFigures { last: rtt, avg: rtt, best: rtt, worst: rtt, stdev: Duration::ZERO };
            Hop {
                ttl: u8::try_from(idx + 1).unwrap(),
                rtt: hosts.is_some().then_some(rtt),
                hosts: hosts.into_iter().collect(),
                sent: 3,
                answered: 3,
                late: 0,
                duplicates: 0,
                loss: Some(0.0),
                answers_echo: None,
                reading: HopReading::Answers,
            }
        };
        let stamp = at(Duration::ZERO).stamp();
        Trace {
            target: "198.51.100.9".parse().unwrap(),
            name: String::new(),
            protocol: TraceProtocol::Icmp,
            started: stamp,
            ended: stamp,
            rounds: 3,
            hops: hops.iter().enumerate().map(hop).collect(),
            end: TraceEnd::Reached,
            tried: Vec::new(),
        }
    }

    #[track_caller]
    fn check(hops: &[(&str, f64)], expected: &[&str]) {
        let found: Vec<String> = isp_path(&path(hops), &["2001:db8:1:1::9".parse().unwrap()])
            .hops
            .iter()
            .map(|hop| hop.addr.to_string())
            .collect();
        assert_eq!(expected, found);
    }

    #[test]
    fn the_first_hops_beyond_the_home_are_the_provider_s() {
        let home = ("192.168.1.1", 0.8);
        check(
            &[home, ("88.79.130.1", 8.0), ("88.79.28.2", 11.0), ("62.115.10.2", 15.0), ("198.51.100.9", 20.0)],
            &["88.79.130.1", "88.79.28.2"],
        );
        check(&[home, ("*", 0.0), ("88.79.28.2", 11.0), ("62.115.10.2", 15.0)], &["88.79.28.2"]);
        check(&[home, ("198.51.100.9", 20.0)], &[]);
        check(&[home], &[]);
        check(&[], &[]);
    }

    #[test]
    fn a_second_router_at_home_is_not_the_provider() {
        let double = [("192.168.1.1", 0.8), ("192.168.178.1", 4.9), ("88.79.130.1", 8.0), ("62.115.10.2", 15.0)];
        check(&double, &["88.79.130.1"]);
        check(&[("10.0.0.1", 0.8), ("10.1.0.1", 2.1), ("88.79.130.1", 8.0)], &["88.79.130.1"]);
        check(&[("2001:db8:1:1::1", 0.8), ("2001:db8:1:2::1", 5.0), ("2001:db8:0:1::1", 9.0)], &["2001:db8:0:1::1"]);
    }

    #[test]
    fn further_routers_of_the_home_are_known_by_address_or_by_a_short_way() {
        let home = |hops: &[(&str, f64)]| -> Vec<(u8, String, bool)> {
            let found = isp_path(&path(hops), &["2001:db8:1:1::9".parse().unwrap()]).home;
            found.iter().map(|router| (router.ttl, router.addr.to_string(), router.is_certain)).collect()
        };
        let first = ("192.168.50.1", 0.2);
        let line = [("88.79.130.1", 9.0), ("62.115.10.2", 15.0)];
        let with = |hop| [first, hop, line[0], line[1]];
        assert_eq!(vec![(2, "192.168.1.1".to_owned(), true)], home(&with(("192.168.1.1", 8.9))));
        assert_eq!(vec![(2, "10.0.0.1".to_owned(), false)], home(&with(("10.0.0.1", 0.9))));
        // A carrier's, or nobody knows whose.
        for hop in [("10.33.0.1", 9.0), ("10.33.0.1", 2.1), ("100.64.0.1", 0.4), ("192.168.50.1", 0.3), ("*", 0.0)] {
            assert!(home(&with(hop)).is_empty(), "{hop:?}");
        }
        let three = [first, ("192.168.1.1", 0.9), ("192.168.2.1", 1.4), line[0]];
        assert_eq!(2, home(&three).len());
        let behind = [first, line[0], ("192.168.7.1", 9.5), line[1]];
        assert!(home(&behind).is_empty(), "a carrier uses such addresses within its network");
    }

    #[test]
    fn private_and_shared_addresses_of_the_provider_are() {
        let private = [("192.168.1.1", 0.8), ("10.33.0.1", 9.0), ("88.79.130.1", 12.0), ("62.115.10.2", 15.0)];
        check(&private, &["10.33.0.1", "88.79.130.1"]);
        let shared = [("192.168.1.1", 0.8), ("100.64.0.1", 0.9), ("100.72.3.1", 9.0), ("62.115.10.2", 15.0)];
        check(&shared, &["100.64.0.1", "100.72.3.1", "62.115.10.2"]);
        check(&[("192.168.1.1", 0.8), ("100.64.0.1", 5.0), ("100.64.0.1", 5.0)], &["100.64.0.1"]);
    }

    #[test]
    fn what_lies_behind_is_known_by_its_addresses_and_not_by_its_distance() {
        let long = ["88.79.1.1", "88.79.2.1", "88.79.3.1", "88.79.4.1", "88.79.5.1", "88.79.6.1", "62.115.10.2"];
        let hops: Vec<(&str, f64)> = [("192.168.1.1", 0.8)].into_iter().chain(long.map(|addr| (addr, 9.0))).collect();
        let found = isp_path(&path(&hops), &[]);
        assert_eq!((MOST, vec!["62.115.10.2".parse().unwrap()]), (found.hops.len(), found.beyond));
        assert!(found.hops.iter().all(|hop| hop.is_steady));
    }

    #[test]
    fn what_most_traces_agree_on_is_suggested() {
        let usual = [("192.168.1.1", 0.8), ("88.79.130.1", 8.0), ("62.115.10.2", 15.0)];
        let other = [("192.168.1.1", 0.8), ("203.0.113.1", 8.0), ("62.115.10.2", 15.0)];
        let found = candidates(&[path(&usual), path(&other), path(&usual)], &[]);
        let expected = IspSuggestion { hop: 2, addr: "88.79.130.1".parse().unwrap(), seen: 2 };
        assert_eq!(vec![expected], found.suggestions);
        assert_eq!(Some(&("88.79.130.1".parse().unwrap(), 2)), found.seen[&2].first());
        assert_eq!(vec![("192.168.1.1".parse().unwrap(), 3)], found.seen[&1]);
        assert_eq!(IspCandidates::default(), candidates(&[], &[]));
    }

    #[test]
    fn ipv6_is_told_by_its_first_32_bits() {
        let hops = [("2001:db8:1::1", 0.8), ("2001:db8:0:1::1", 8.0), ("2001:db8:0:2::2", 11.0), ("2001:7f8::2", 15.0)];
        check(&hops, &["2001:db8:0:1::1", "2001:db8:0:2::2"]);
    }
}
