//! Which paths became others, as reports of traces in a log show it, ours or the original's.

use std::{
    collections::{BTreeMap, VecDeque},
    net::IpAddr,
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

/// What is known of one distance.
#[derive(Default)]
struct Seen {
    /// Who answered in the last traces that heard anybody.
    known: VecDeque<IpAddr>,
    current: Option<IpAddr>,
    /// Another router, since when, and in how many traces in a row.
    new: Option<(IpAddr, Timestamp, u8)>,
}

/// The changes of the path to one host, which all of these traces went to. Their order does not matter.
///
/// A hop has changed when a router that was not seen there lately answers in two traces in a row. Silence is no change, one of
/// several known routers is none, and a trace that does not get to the end tells nothing.
pub fn changes(host: &str, traces: &[ParsedTrace]) -> Vec<PathChange> {
    let end = |trace: &ParsedTrace| trace.hops.last().and_then(ParsedHop::addr);
    let mut ends: BTreeMap<IpAddr, usize> = BTreeMap::new();
    traces.iter().filter_map(end).for_each(|addr| *ends.entry(addr).or_default() += 1);
    // The one most traces end at is the target; the others broke off on the way.
    let target = ends.into_iter().max_by_key(|(_, n)| *n).map(|(addr, _)| addr);
    let mut whole: Vec<(Timestamp, &ParsedTrace)> = traces
        .iter()
        .filter(|trace| target.is_some() && end(trace) == target)
        .filter_map(|trace| Some((trace.started?, trace)))
        .collect();
    whole.sort_by_key(|(at, _)| *at);
    let mut seen: BTreeMap<u8, Seen> = BTreeMap::new();
    let mut found: BTreeMap<Timestamp, Vec<HopChange>> = BTreeMap::new();
    for (at, trace) in whole {
        for hop in &trace.hops {
            let Some(addr) = hop.addr() else { continue };
            let others = hop.hosts.iter().filter_map(|host| host.addr);
            if let Some((since, change)) = seen.entry(hop.ttl).or_default().learn(at, hop.ttl, addr, others) {
                found.entry(since).or_default().push(change);
            }
        }
    }
    found.into_iter().map(|(at, hops)| PathChange { at, host: host.to_owned(), hops }).collect()
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
            let found = changes("x", &traces);
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
