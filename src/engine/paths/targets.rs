//! Targets of traces, and the plan of each.

use std::time::Duration;

use super::Paths;
use crate::{
    analysis::route::{change::Route, run::Plan},
    model::{
        host::{Family, Host},
        trace::TraceProtocol,
    },
};

/// Time between two rounds.
const INTERVAL: Duration = Duration::from_secs(1);
/// The port of TCP probes.
const PORT: u16 = 443;
/// Hops that the paths to all targets share as a rule.
const NEAR: usize = 3;

impl Paths {
    pub(super) fn pulse_family(&self) -> Family {
        if self.home.has_v4 || !self.home.has_v6 { Family::V4 } else { Family::V6 }
    }

    pub(super) fn host(&self, text: &str) -> Option<Host> {
        text.parse().ok().or_else(|| self.names.get(text).copied().map(Host::new))
    }

    pub(super) fn is_routed(&self, family: Family) -> bool {
        match family {
            Family::V4 => self.home.has_v4 || !self.home.has_v6,
            Family::V6 => self.home.has_v6,
        }
    }

    /// The host whose path is looked at for `family`.
    pub(super) fn target(&self, family: Family) -> Option<Host> {
        let config = &self.config;
        let all = std::iter::once(&config.trace_host).chain(&config.targets).chain(&config.ipv6_targets);
        all.filter_map(|text| self.host(text)).find(|host| host.family() == family)
    }

    /// Hosts of baseline and intensive traces: the configured ones, one of each family, and the provider's hops.
    pub(super) fn watched(&self) -> Vec<Host> {
        let config = &self.config;
        let mut hosts: Vec<Host> = config.mtr_targets.iter().filter_map(|text| self.host(text)).collect();
        hosts.extend([Family::V4, Family::V6].into_iter().filter_map(|family| self.target(family)));
        if config.isp_targets.is_empty() {
            hosts.extend(self.isp.hops.iter().map(|hop| Host::new(hop.addr)));
        } else {
            hosts.extend(config.isp_targets.iter().filter_map(|text| self.host(text)));
        }
        let mut watched = Vec::new();
        hosts.retain(|host| self.is_routed(host.family()));
        for host in hosts {
            if !watched.contains(&host) {
                watched.push(host);
            }
        }
        watched
    }

    pub(super) fn plan(&self, target: Host, rounds: usize, deadline: Duration) -> Option<Plan> {
        let permitted = if target.family() == Family::V4 { &self.permits.v4 } else { &self.permits.v6 };
        let (first, explores) = permitted.split_first()?;
        let route = self.routes.get(&target);
        // The first hops of all paths are the same.
        let mut near = self.routes.iter().filter(|(other, _)| other.family() == target.family());
        let near = || near.next().map(|(_, route)| route.routers().into_iter().take(NEAR).collect::<Vec<_>>());
        let all = [TraceProtocol::Icmp, TraceProtocol::Udp, TraceProtocol::Tcp(PORT)];
        Some(Plan {
            target,
            name: self.name_of(target),
            protocol: *first,
            others: all.into_iter().filter(|protocol| protocol != first).collect(),
            explores: explores.to_vec(),
            rounds,
            interval: INTERVAL,
            deadline,
            flows: 1,
            length: route.map(Route::length),
            known: route.map(Route::routers).or_else(near).unwrap_or_default(),
        })
    }

    /// Returns the name that the configuration gives a host, or its address where there is none.
    pub(super) fn name_of(&self, host: Host) -> String {
        let config = &self.config;
        let all = std::iter::once(&config.trace_host).chain(&config.mtr_targets).chain(&config.targets);
        let mut all = all.chain(&config.ipv6_targets).chain(&config.isp_targets);
        all.find(|text| self.host(text) == Some(host)).cloned().unwrap_or_else(|| host.to_string())
    }
}
