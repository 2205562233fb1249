//! Whether a path is another than before.

use std::{collections::BTreeSet, net::IpAddr};

use crate::model::trace::{HopChange, Trace};

/// Fewer answers of a new router may be one packet gone astray.
const ENOUGH: usize = 2;

/// The path to one target as it is known: at each distance every router seen there, since traffic may be spread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    hops: Vec<BTreeSet<IpAddr>>,
}

impl Route {
    /// The route of a trace that reached its target; `None` for one that did not.
    pub fn of(trace: &Trace) -> Option<Self> {
        let hosts = |hop: &crate::model::trace::Hop| hop.hosts.iter().map(|host| host.addr).collect();
        trace.is_reached().then(|| Self { hops: trace.hops.iter().map(hosts).collect() })
    }

    /// Distance of the target.
    pub fn length(&self) -> u8 {
        u8::try_from(self.hops.len()).unwrap_or(u8::MAX)
    }

    /// One router of each distance.
    pub fn routers(&self) -> Vec<Option<IpAddr>> {
        self.hops.iter().map(|hosts| hosts.first().copied()).collect()
    }

    /// The distance at which this router is known.
    pub fn ttl_of(&self, addr: IpAddr) -> Option<u8> {
        let idx = self.hops.iter().position(|hosts| hosts.contains(&addr))?;
        u8::try_from(idx + 1).ok()
    }

    /// What is different on the path of `trace`; empty when nothing is, or when it does not tell.
    ///
    /// A hop has changed when none of the routers seen there before answers any more and another one does. Silence is
    /// no change, and one of several known routers is none.
    pub fn changes(&self, trace: &Trace) -> Vec<HopChange> {
        if !trace.is_reached() {
            return Vec::new();
        }
        let change = |(idx, hosts): (usize, &BTreeSet<IpAddr>)| {
            let hop = trace.hops.get(idx)?;
            let new = hop.hosts.first().filter(|host| host.n_answers >= ENOUGH)?;
            let known = hop.hosts.iter().any(|host| hosts.contains(&host.addr));
            (!known && !hosts.is_empty()).then(|| HopChange {
                ttl: hop.ttl,
                before: hosts.first().copied(),
                after: Some(new.addr),
            })
        };
        let mut changes: Vec<HopChange> = self.hops.iter().enumerate().filter_map(change).collect();
        // The target answers at a smaller distance: whoever was silent there is not on the way any more. That it does
        // not answer at its own may be one lost packet.
        if changes.is_empty() && trace.hops.len() < self.hops.len() {
            let ttl = u8::try_from(trace.hops.len()).unwrap_or(u8::MAX);
            changes.push(HopChange { ttl, before: None, after: Some(trace.target.addr) });
        }
        changes
    }

    /// Takes in further routers of the same path.
    pub fn learn(&mut self, trace: &Trace) {
        for (known, hop) in self.hops.iter_mut().zip(&trace.hops) {
            known.extend(hop.hosts.iter().map(|host| host.addr));
        }
    }
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
        assert_eq!(Some(4), route.ttl_of([10, 9, 9, 9].into()));
    }
}
