//! Looking for the provider's hops, for a person who asks for them.

use std::{ops::ControlFlow, time::Duration};

use super::trace::{TraceOptions, Tracing};
use crate::{
    analysis::{
        home::Home,
        route::{isp::candidates, pacer::PACE},
    },
    model::{
        config::Config,
        host::{Family, Host, HostFacts},
        isp::IspCandidates,
        trace::{Trace, TraceEnd},
    },
};

/// Targets traced of each family: several, since one alone may be reached in its own way.
const TARGETS: usize = 3;
const ROUNDS: usize = 3;
const DEADLINE: Duration = Duration::from_secs(3);

/// The first addresses of the configuration of each family that has a route: the paths to look at.
pub fn discovery_targets(config: &Config, home: &Home) -> Vec<Host> {
    let all = std::iter::once(&config.trace_host).chain(&config.targets).chain(&config.ipv6_targets);
    let all: Vec<Host> = all.filter_map(|text| text.parse().ok()).collect();
    let routed = [(Family::V4, home.has_v4), (Family::V6, home.has_v6)];
    let mut targets: Vec<Host> = Vec::new();
    for (family, _) in routed.into_iter().filter(|(_, routed)| *routed) {
        for host in all.iter().filter(|host| host.family() == family) {
            let n = targets.iter().filter(|known| known.family() == family).count();
            if n < TARGETS && !targets.contains(host) {
                targets.push(*host);
            }
        }
    }
    targets
}

/// Traces the way to each of `targets` in turn, three rounds each, and tells which hops are the provider's, as far as
/// `facts` of this computer and those paths show. `None` if nothing could be measured.
///
/// `goes_on` is asked often, with the number of the target under way; once it breaks, what was found until then counts.
pub fn discover(
    facts: &HostFacts,
    targets: &[Host],
    goes_on: &mut dyn FnMut(usize) -> ControlFlow<()>,
) -> Option<IspCandidates> {
    let (mut tracing, mut traces) = (Tracing::start(), Vec::<Trace>::new());
    for (idx, target) in targets.iter().enumerate() {
        if idx > 0 {
            // The routers near home are on the way to all targets; without a pause the first round would miss them.
            std::thread::sleep(PACE);
        }
        if goes_on(idx).is_break() {
            break;
        }
        let options = TraceOptions {
            target: *target,
            name: target.to_string(),
            protocol: None,
            port: 443,
            rounds: ROUNDS,
            interval: Duration::from_secs(1),
            deadline: DEADLINE,
            flows: 1,
        };
        traces.push(tracing.trace(&options, &mut |_| goes_on(idx)));
    }
    // Whoever breaks off at once has not shown that nothing can be measured.
    if !traces.is_empty() && traces.iter().all(|trace| matches!(trace.end, TraceEnd::NotMeasured(_))) {
        return None;
    }
    let own: Vec<_> = facts.links.iter().flat_map(|link| &link.addrs).copied().collect();
    Some(candidates(&traces, &own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_found_and_nothing_is_amiss_when_it_is_broken_off_at_once() {
        let target = "192.0.2.1".parse().unwrap();
        let found = discover(&HostFacts::default(), &[target], &mut |_| ControlFlow::Break(()));
        assert_eq!(Some(IspCandidates::default()), found);
    }

    #[test]
    fn a_few_addresses_of_each_family_with_a_route_are_looked_at_and_none_twice() {
        let config = Config {
            trace_host: "192.0.2.1".into(),
            targets: ["192.0.2.1", "example.com", "192.0.2.2", "192.0.2.3", "192.0.2.4"].map(Into::into).to_vec(),
            ipv6_targets: vec!["2001:db8::1".into()],
            ..Config::default()
        };
        let addrs = |has_v4, has_v6| {
            let home = Home { has_v4, has_v6, ..crate::analysis::home::home(&HostFacts::default(), None) };
            discovery_targets(&config, &home).iter().map(Host::to_string).collect::<Vec<_>>()
        };
        assert_eq!(["192.0.2.1", "192.0.2.2", "192.0.2.3"], addrs(true, false)[..]);
        assert_eq!(["192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1"], addrs(true, true)[..]);
        assert!(addrs(false, false).is_empty());
    }
}
