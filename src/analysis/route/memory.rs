//! Which paths became others, as reports of traces in a log show it, ours or the original's.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::IpAddr,
    sync::Arc,
};

use crate::model::{
    diary::PathChange,
    parsed_trace::{ParsedHop, ParsedTrace},
    time::Timestamp,
    trace::HopChange,
};

/// A router is known for so many traces after it was seen: traffic may be spread over several that take turns.
const REMEMBERED: usize = 8;
/// A router that was seen once may be one packet gone astray.
const ENOUGH: u8 = 2;

/// Routers known at one distance.
#[derive(Default)]
struct Seen {
    /// Routers that counted in the last traces that heard anybody; another router counts from its second trace in a row
    /// on.
    known: VecDeque<IpAddr>,
    current: Option<IpAddr>,
    /// Another router, since when, and in how many traces in a row.
    new: Option<(IpAddr, Timestamp, u8)>,
}

/// Part of a trace that is kept: the routers that answered, by distance.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Path {
    /// Distances with the router that counts, and all that answered there.
    hops: Vec<(u8, IpAddr, Vec<IpAddr>)>,
    /// Host at the end; `None` where that is silent.
    end: Option<IpAddr>,
}

/// All traces to one host, of which only what differs is kept: most are the one before them at another time.
#[derive(Debug, Default)]
pub struct Memory {
    traces: Vec<(Timestamp, Arc<Path>)>,
    paths: BTreeSet<Arc<Path>>,
    /// Number of traces that end at each address.
    ends: BTreeMap<IpAddr, usize>,
}

impl Memory {
    /// Takes the next trace; their order does not matter.
    pub fn add(&mut self, trace: &ParsedTrace) {
        let hops = trace
            .hops
            .iter()
            .filter_map(|hop| Some((hop.ttl, hop.addr()?, hop.hosts.iter().filter_map(|host| host.addr).collect())));
        let path = Path { hops: hops.collect(), end: trace.hops.last().and_then(ParsedHop::addr) };
        if let Some(end) = path.end {
            *self.ends.entry(end).or_default() += 1;
        }
        let Some(at) = trace.started else { return };
        let known = self.paths.get(&path).cloned();
        let path = known.unwrap_or_else(|| {
            let path = Arc::new(path);
            self.paths.insert(Arc::clone(&path));
            path
        });
        self.traces.push((at, path));
    }

    /// The changes of the path to this host.
    ///
    /// A hop has changed when a router that was not seen there lately answers in two traces in a row. Silence is no
    /// change, one of several known routers is none, and a trace that does not get to the end tells nothing.
    pub fn changes(mut self, host: &str) -> Vec<PathChange> {
        // The one most traces end at is the target; the others broke off on the way.
        let target = self.ends.into_iter().max_by_key(|(_, n)| *n).map(|(addr, _)| addr);
        self.traces.retain(|(_, path)| target.is_some() && path.end == target);
        self.traces.sort_by_key(|(at, _)| *at);
        let mut seen: BTreeMap<u8, Seen> = BTreeMap::new();
        let mut found: BTreeMap<Timestamp, Vec<HopChange>> = BTreeMap::new();
        for (at, path) in self.traces {
            for (ttl, addr, others) in &path.hops {
                let seen = seen.entry(*ttl).or_default();
                if let Some((since, change)) = seen.learn(at, *ttl, *addr, others.iter().copied()) {
                    found.entry(since).or_default().push(change);
                }
            }
        }
        found.into_iter().map(|(at, hops)| PathChange { at, host: host.to_owned(), hops }).collect()
    }
}

impl Seen {
    fn learn(
        &mut self,
        at: Timestamp,
        ttl: u8,
        addr: IpAddr,
        mut others: impl Iterator<Item = IpAddr>,
    ) -> Option<(Timestamp, HopChange)> {
        let is_known = others.any(|other| self.known.contains(&other));
        if is_known || self.current.is_none() {
            self.take(addr);
            return None;
        }
        let (since, n) = match self.new {
            Some((new, since, n)) if new == addr => (since, n.saturating_add(1)),
            _ => (at, 1),
        };
        if n < ENOUGH {
            self.new = Some((addr, since, n));
            return None;
        }
        let before = self.current;
        self.take(addr);
        Some((since, HopChange { ttl, before, after: Some(addr) }))
    }

    fn take(&mut self, addr: IpAddr) {
        self.new = None;
        self.current = Some(addr);
        self.known.push_back(addr);
        if self.known.len() > REMEMBERED {
            self.known.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::model::parsed_trace::{ParsedHost, PathTool};

    /// A trace of that minute over hops that end with these numbers; 0 is silent.
    fn trace(minute: i64, hops: &[u8]) -> ParsedTrace {
        let hop = |(ttl, last): (u8, &u8)| {
            let host = ParsedHost { addr: Some([192, 0, 2, *last].into()), ..ParsedHost::default() };
            let hosts = if *last == 0 { Vec::new() } else { vec![host] };
            ParsedHop { ttl, hosts, ..ParsedHop::default() }
        };
        let started = Some(Timestamp::UNIX_EPOCH + TimeDelta::minutes(minute));
        ParsedTrace { started, hops: (1..).zip(hops).map(hop).collect(), ..ParsedTrace::new(PathTool::Mtr) }
    }

    #[track_caller]
    fn check(expected: &[(i64, u8, u8, u8)], traces: &[&[u8]]) {
        let mut traces: Vec<_> = (0..).zip(traces).map(|(minute, hops)| trace(minute, hops)).collect();
        for _ in 0..2 {
            let mut memory = Memory::default();
            traces.iter().for_each(|trace| memory.add(trace));
            let found = memory.changes("x");
            let found: Vec<_> = found
                .iter()
                .flat_map(|change| change.hops.iter().map(|hop| (change.at.timestamp() / 60, hop)))
                .map(|(minute, hop)| (minute, hop.ttl, hop.before, hop.after))
                .collect();
            let addr = |last: u8| Some(IpAddr::from([192, 0, 2, last]));
            let expected: Vec<_> =
                expected.iter().map(|(minute, ttl, a, b)| (*minute, *ttl, addr(*a), addr(*b))).collect();
            assert_eq!(expected, found);
            traces.reverse();
        }
    }

    #[test]
    fn another_router_that_stays_is_a_change() {
        check(&[(2, 2, 2, 7)], &[&[1, 2, 9], &[1, 2, 9], &[1, 7, 9], &[1, 7, 9], &[1, 7, 9]]);
    }

    #[test]
    fn silence_breaks_and_routers_that_take_turns_are_none() {
        check(&[], &[&[1, 2, 9], &[1, 0, 9], &[1, 2, 9], &[1, 2], &[1, 8], &[1, 2, 9]]);
        check(&[(1, 2, 2, 7)], &[&[1, 2, 9], &[1, 7, 9], &[1, 7, 9], &[1, 2, 9], &[1, 7, 9], &[1, 2, 9]]);
        check(&[], &[&[1, 2, 9], &[1, 7, 9], &[1, 2, 9], &[1, 2, 9]]);
        let (one, other): (&[u8], &[u8]) = (&[1, 2, 9], &[1, 7, 9]);
        let days = [[one; 10], [other; 10], [one; 10]].concat();
        check(&[(10, 2, 2, 7), (20, 2, 7, 2)], &days);
    }

    #[test]
    fn without_traces_there_is_no_change() {
        check(&[], &[]);
        check(&[], &[&[]]);
    }
}
