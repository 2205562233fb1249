//! Comparison of a path with the one that was known before.

use std::net::IpAddr;

use crate::model::trace::{Hop, HopChange, Trace, TraceEnd};

/// Fewer answers of a new router may be one packet gone astray.
const ENOUGH: usize = 2;

/// Routers seen at one distance, the most frequent first: in the last trace that heard anybody there, and in the one
/// before, since traffic may be spread over several routers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Seen {
    last: Vec<IpAddr>,
    earlier: Vec<IpAddr>,
}

/// The path to one target as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    hops: Vec<Seen>,
}

impl Route {
    /// The route of a trace that reached its target; `None` for one that did not.
    pub fn of(trace: &Trace) -> Option<Self> {
        let seen = |hop: &Hop| Seen { last: addrs(hop), earlier: Vec::new() };
        (trace.end == TraceEnd::Reached).then(|| Self { hops: trace.hops.iter().map(seen).collect() })
    }

    /// Distance of the target.
    pub fn length(&self) -> u8 {
        u8::try_from(self.hops.len()).unwrap_or(u8::MAX)
    }

    /// The router that answered most often at each distance.
    pub fn routers(&self) -> Vec<Option<IpAddr>> {
        self.hops.iter().map(|seen| seen.last.first().copied()).collect()
    }

    /// Returns the hops that are different on the path of `trace`; empty when none is, or when it does not tell.
    ///
    /// A hop has changed when none of the routers seen there before answers any more and another one does. Silence is
    /// no change, and one of several known routers is none.
    pub fn changes(&self, trace: &Trace) -> Vec<HopChange> {
        if trace.end != TraceEnd::Reached {
            return Vec::new();
        }
        let change = |(seen, hop): (&Seen, &Hop)| {
            let new = hop.hosts.first().filter(|host| host.n_answers >= ENOUGH)?;
            let is_known = |addr: &IpAddr| seen.last.contains(addr) || seen.earlier.contains(addr);
            let known = hop.hosts.iter().any(|host| is_known(&host.addr));
            let before = seen.last.first().copied();
            (!known && before.is_some()).then_some(HopChange { ttl: hop.ttl, before, after: Some(new.addr) })
        };
        let mut changes: Vec<HopChange> = self.hops.iter().zip(&trace.hops).filter_map(change).collect();
        // The target answers at a smaller distance: whoever was silent there is not on the way any more. That it does
        // not answer at its own may be one lost packet.
        let target = trace.hops.last().filter(|hop| hop.answered >= ENOUGH);
        if let Some(hop) = target.filter(|_| changes.is_empty() && trace.hops.len() < self.hops.len()) {
            changes.push(HopChange { ttl: hop.ttl, before: None, after: hop.host() });
        }
        changes
    }

    /// Takes in further routers of the same path.
    pub fn learn(&mut self, trace: &Trace) {
        for (seen, hop) in self.hops.iter_mut().zip(&trace.hops).filter(|(_, hop)| !hop.hosts.is_empty()) {
            seen.earlier = std::mem::replace(&mut seen.last, addrs(hop));
        }
    }
}

fn addrs(hop: &Hop) -> Vec<IpAddr> {
    hop.hosts.iter().map(|host| host.addr).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::route::simulated::{path, plan, run};

    fn trace(change: impl Fn(&mut Vec<crate::analysis::route::simulated::SimHop>)) -> Trace {
        let mut hops = path(6);
        change(&mut hops);
        run(plan(&hops, 5), &hops, 1).trace
    }

    #[test]
    fn another_carrier_is_a_change_and_a_silent_router_is_none() {
        let route = Route::of(&trace(|_| {})).unwrap();
        assert_eq!(6, route.length());
        assert!(route.changes(&trace(|hops| hops[3].answers = 0.0)).is_empty());
        let moved = trace(|hops| hops[3].addr = [10, 9, 9, 9].into());
        let expected = HopChange { ttl: 4, before: Some([10, 0, 0, 4].into()), after: Some([10, 9, 9, 9].into()) };
        assert_eq!(vec![expected], route.changes(&moved));
        let dead = trace(|hops| hops[3].link_loss = 1.0);
        assert!(route.changes(&dead).is_empty(), "a dead end is no new path");
    }

    #[test]
    fn a_longer_path_is_a_change() {
        let route = Route::of(&trace(|_| {})).unwrap();
        let longer = trace(|hops| hops.insert(5, crate::analysis::route::simulated::hop(77)));
        assert_eq!(6, route.changes(&longer)[0].ttl);
    }

    #[test]
    fn one_of_two_routers_that_share_the_traffic_is_no_change() {
        let mut route = Route::of(&trace(|_| {})).unwrap();
        let other = trace(|hops| hops[3].addr = [10, 9, 9, 9].into());
        route.learn(&other);
        assert!(route.changes(&other).is_empty() && route.changes(&trace(|_| {})).is_empty());
        assert_eq!(Some(IpAddr::from([10, 9, 9, 9])), route.routers()[3], "the one seen last");
    }
}
