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
    if traces.iter().all(|trace| matches!(trace.end, TraceEnd::NotMeasured(_))) {
        return None;
    }
    let own: Vec<_> = facts.links.iter().flat_map(|link| &link.addrs).copied().collect();
    Some(candidates(&traces, &own))
}
