//! Knowledge from traces: the paths, their changes, and the provider's hops.

use super::{PathAction, Paths};
use crate::{
    analysis::route::{
        change::Route,
        isp::{HomeRouter, IspHop, IspPath, isp_path},
    },
    model::{
        event::Event,
        time::Moment,
        trace::{HopChange, Trace, TraceProtocol, TracePurpose},
    },
};

/// Paths remembered. Hosts that are given by name may have others every hour.
const MANY_ROUTES: usize = 64;

impl Paths {
    /// Learns the path. What is another than before is told.
    pub(super) fn learn(&mut self, now: Moment, trace: &Trace, purpose: TracePurpose) -> Vec<HopChange> {
        // What is seen in doubt or through a tunnel is no path to remember, and whoever stands in the way may answer
        // TCP in the target's name.
        let in_doubt = purpose == TracePurpose::Burst || purpose == TracePurpose::Intensive || !self.works;
        let may_be_forged = matches!(trace.protocol, TraceProtocol::Tcp(_));
        if may_be_forged || self.home.vpn {
            return Vec::new();
        }
        let mut changes = Vec::new();
        if let Some(route) = Route::of(trace).filter(|_| !in_doubt) {
            if self.routes.len() >= MANY_ROUTES && !self.routes.contains_key(&trace.target) {
                self.routes.clear();
                self.before.clear();
            }
            let known = self.routes.entry(trace.target).or_insert_with(|| route.clone());
            changes = known.changes(trace);
            if changes.is_empty() {
                known.learn(trace);
            } else {
                *known = route;
                let event = Event::PathChanged(now.stamp(), trace.target, changes.clone());
                self.actions.push_back(PathAction::Tell(Box::new(event)));
            }
            self.before.insert(trace.target, trace.clone());
        }
        let is_main = self.target(self.pulse_family()) == Some(trace.target);
        let tells = trace.is_reached() && !in_doubt;
        if is_main && (tells || self.isp.hops.is_empty()) {
            let mut found = isp_path(trace, &self.own);
            if tells {
                self.learn_home(&found, trace);
            }
            found.home.clone_from(&self.isp.home);
            self.learn_isp(found);
        }
        changes
    }

    /// Takes in further routers of the home. One that was silent this time is still there; another router in its place
    /// says that it is gone.
    fn learn_home(&mut self, found: &IspPath, trace: &Trace) {
        let is_silent = |ttl: u8| trace.hops.iter().any(|hop| hop.ttl == ttl && hop.host().is_none());
        let is_new = |old: &&HomeRouter| found.home.iter().all(|new| new.ttl != old.ttl);
        let kept = self.isp.home.iter().filter(is_new).filter(|old| is_silent(old.ttl));
        let mut home: Vec<HomeRouter> = found.home.iter().chain(kept).copied().collect();
        home.sort_by_key(|router| router.ttl);
        if home != self.isp.home {
            self.actions.push_back(PathAction::HomeRouters(home.clone()));
            self.isp.home = home;
        }
    }

    /// Takes in the provider's hops. A hop that is missing was silent this time; only another one in its place says
    /// that it is gone.
    fn learn_isp(&mut self, found: IspPath) {
        let known = |hop: &IspHop| self.isp.hops.iter().any(|old| (old.ttl, old.addr) == (hop.ttl, hop.addr));
        if found.hops.is_empty() || found.hops == self.isp.hops {
            return;
        }
        if found.hops.iter().all(known) && found.hops.len() < self.isp.hops.len() {
            return;
        }
        let others = found.hops.len() != self.isp.hops.len() || !found.hops.iter().all(known);
        self.isp = found;
        if others {
            self.actions.push_back(PathAction::IspHops(self.isp.hops.clone()));
        }
    }
}
