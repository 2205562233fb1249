//! Which paths are traced when: a baseline now and then, a burst when something may have begun or ended, many rounds
//! while the line is down. A pure state machine beside the monitor's, whose events it listens to.
//!
//! What a burst hears goes to the monitor at once, as samples of the router and the provider's hops, and so into the
//! verdict before it is final.

mod witness;

use std::{
    collections::{BTreeMap, VecDeque},
    net::IpAddr,
    time::Duration,
};

use crate::{
    analysis::{
        home::{Home, home},
        route::{
            change::Route,
            isp::{IspHop, isp_hops},
            pacer::Pacer,
            run::{Plan, Run},
        },
    },
    model::{
        config::Config,
        event::Event,
        host::{Family, Host, HostFacts},
        ledger::State,
        probe::ProbeId,
        time::{Moment, Timestamp},
        trace::{HopChange, HopProbe, HopSample, Trace, TraceProtocol, TracePurpose},
    },
};

pub(super) use witness::Witness;

/// Rounds of the first look at a path, which finds the provider's hops.
const FIRST_LOOK: usize = 3;
/// Rounds of a burst: once at a mere suspicion, more when it is confirmed or over.
const GLANCE: usize = 1;
const BURST: usize = 3;
/// A burst's answers are late after this time; it has no longer.
const BURST_DEADLINE: Duration = Duration::from_millis(1200);
const DEADLINE: Duration = Duration::from_secs(3);
/// Time between two rounds.
const INTERVAL: Duration = Duration::from_secs(1);
/// Bursts within this time of an outage's beginning belong to it.
const RECENT: Duration = Duration::from_secs(20);
/// A baseline waits this long after a trouble is over.
const SETTLED: Duration = Duration::from_mins(1);

fn is_burst(under: &Under) -> bool {
    matches!(under.purpose, TracePurpose::Burst | TracePurpose::Recovery)
}

/// What the system permits, IPv4 and IPv6.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct TracePermits {
    pub(super) v4: Vec<TraceProtocol>,
    pub(super) v6: Vec<TraceProtocol>,
}

/// What the driver is to do.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PathAction {
    /// Send these probes and bring back their samples.
    Send(Vec<HopProbe>),
    /// Give this to the monitor.
    Witness(Witness),
    /// These hops are the provider's; give them to the monitor.
    IspHops(Vec<Host>),
    /// Tell the listeners.
    Tell(Box<Event>),
    /// Write this down.
    Keep(Box<Keep>),
}

/// What is to be written down.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Keep {
    /// A block of `mtr_<target>.log`.
    Report {
        purpose: TracePurpose,
        trace: Trace,
        /// How the path differs from the one before.
        changes: Vec<HopChange>,
    },
    /// A part of the trace file of the outage that began at this time.
    Outage { since: Timestamp, purpose: TracePurpose, trace: Trace },
    /// Facts of this computer, for the outage that began at this time.
    Facts { since: Timestamp },
}

/// A trace under way.
struct Under {
    run: Run,
    purpose: TracePurpose,
    /// Only looks for the provider's hops.
    is_first_look: bool,
}

/// The state machine.
pub(super) struct Paths {
    config: Config,
    permits: TracePermits,
    home: Home,
    names: BTreeMap<String, IpAddr>,
    pacer: Pacer,
    last_id: u64,
    under: Vec<Under>,
    /// Targets that wait for their turn, one at a time.
    waiting: VecDeque<(Host, TracePurpose)>,
    routes: BTreeMap<Host, Route>,
    /// The last trace of each target while the line worked.
    before: BTreeMap<Host, Trace>,
    isp: Vec<IspHop>,
    next_baseline: Duration,
    /// The beginning of the outage under way, which names its files.
    trouble: Option<Timestamp>,
    /// Names the files of the trouble before.
    last_trouble: Option<Timestamp>,
    /// When files were last begun.
    last_files: Option<Duration>,
    /// Traces of the last bursts, for the outage they may turn out to belong to.
    recent: VecDeque<(Duration, TracePurpose, Trace)>,
    works: bool,
    actions: VecDeque<PathAction>,
}

impl Paths {
    pub(super) fn new(config: Config, permits: TracePermits) -> Self {
        Self {
            config,
            permits,
            home: home(&HostFacts::default(), None),
            names: BTreeMap::new(),
            pacer: Pacer::default(),
            last_id: 0,
            under: Vec::new(),
            waiting: VecDeque::new(),
            routes: BTreeMap::new(),
            before: BTreeMap::new(),
            isp: Vec::new(),
            next_baseline: Duration::MAX,
            trouble: None,
            last_trouble: None,
            last_files: None,
            recent: VecDeque::new(),
            works: false,
            actions: VecDeque::new(),
        }
    }

    /// The next thing to do; `None` when there is nothing until the next input.
    pub(super) fn poll_action(&mut self) -> Option<PathAction> {
        self.actions.pop_front()
    }

    /// When [`Self::handle_timeout`] wants to be called; `None` when only an input can bring news.
    pub(super) fn poll_timeout(&self) -> Option<Duration> {
        let bursts = self.under.iter().any(is_burst);
        let asked = self.under.iter().filter(|under| !bursts || is_burst(under));
        let runs = asked.filter_map(|under| under.run.next_timeout()).min();
        let baseline = (self.works && self.next_baseline < Duration::MAX).then_some(self.next_baseline);
        [runs, baseline].into_iter().flatten().min()
    }

    /// Ends the run: what was traced so far is kept.
    pub(super) fn stop(&mut self, now: Moment) {
        for mut under in std::mem::take(&mut self.under) {
            under.run.cancel();
            self.conclude(now, &under);
        }
    }

    /// What the system says of this computer.
    pub(super) fn handle_facts(&mut self, facts: &HostFacts) {
        self.home = home(facts, self.config.gateway.parse().ok());
    }

    /// Addresses of names in the configuration.
    pub(super) fn handle_names(&mut self, names: &BTreeMap<String, IpAddr>) {
        self.names.extend(names.iter().map(|(name, addr)| (name.clone(), *addr)));
    }

    /// What the monitor told.
    pub(super) fn handle_event(&mut self, now: Moment, event: &Event) {
        match event {
            Event::Gateway(..) => self.forget(),
            Event::Gap(..) => {
                self.under.iter_mut().for_each(|under| under.run.cancel());
                self.waiting.clear();
                self.recent.clear();
                self.trouble = None;
                self.works = false;
            }
            Event::Suspected(_) => self.burst(now, TracePurpose::Burst, GLANCE),
            Event::Confirmed(..) => {
                self.make_way(now);
                self.burst(now, TracePurpose::Burst, BURST);
            }
            Event::State(since, State::Down(_), _) => self.went_down(now, since.wall),
            Event::State(_, State::Up | State::Degraded, _) => self.works_now(now),
            _ => {}
        }
        self.poll(now);
    }

    /// Time has passed.
    pub(super) fn handle_timeout(&mut self, now: Moment) {
        if self.works && self.next_baseline <= now.mono {
            self.next_baseline = now.mono + self.config.mtr_baseline_period_sec;
            let targets = self.watched();
            self.waiting.extend(targets.into_iter().map(|target| (target, TracePurpose::Baseline)));
        }
        self.poll(now);
    }

    /// What came of a probe.
    pub(super) fn handle_sample(&mut self, now: Moment, sample: &HopSample) {
        let took = self.under.iter_mut().position(|under| under.run.take(sample, now));
        let Some(under) = took.and_then(|idx| self.under.get(idx)) else { return };
        let route = self.routes.get(&under.run.target());
        if let Some(witness) = witness::of(sample, route, &self.isp) {
            self.actions.push_back(PathAction::Witness(witness));
        }
        self.poll(now);
    }

    /// Another network: what was known of paths says nothing of it.
    fn forget(&mut self) {
        self.under.clear();
        self.waiting.clear();
        self.routes.clear();
        self.before.clear();
        self.recent.clear();
        if !self.isp.is_empty() {
            self.isp.clear();
            self.actions.push_back(PathAction::IspHops(Vec::new()));
        }
        self.next_baseline = Duration::MAX;
    }

    fn works_now(&mut self, now: Moment) {
        let was_down = self.trouble.take().is_some();
        let is_first = !self.works && !was_down;
        self.works = true;
        self.waiting.clear();
        if was_down {
            let intensive = self.under.iter_mut().filter(|under| under.purpose == TracePurpose::Intensive);
            intensive.for_each(|under| under.run.cancel());
            self.burst(now, TracePurpose::Recovery, BURST);
            self.next_baseline = self.next_baseline.max(now.mono + SETTLED);
        }
        if self.next_baseline == Duration::MAX {
            if is_first || self.isp.is_empty() {
                self.look_first(now);
            }
            if self.config.mtr_baseline_enabled {
                // Spread, so that many monitors started together do not trace together (RFC 7312).
                self.next_baseline = now.mono + SETTLED.mul_f64(0.2 + 0.3 * fastrand::f64());
            }
        }
    }

    fn went_down(&mut self, now: Moment, since: Timestamp) {
        self.works = false;
        if self.trouble.is_some() {
            return;
        }
        let again = self.last_files.is_some_and(|last| last + self.config.trace_cooldown_sec > now.mono);
        // Outages that follow each other quickly share their files.
        let since = self.last_trouble.filter(|_| again).unwrap_or(since);
        (self.trouble, self.last_trouble) = (Some(since), Some(since));
        self.make_way(now);
        if !again {
            self.last_files = Some(now.mono);
            self.actions.push_back(PathAction::Keep(Box::new(Keep::Facts { since })));
            if let Some(before) = self.target(self.pulse_family()).and_then(|target| self.before.get(&target)) {
                let keep = Keep::Outage { since, purpose: TracePurpose::Baseline, trace: before.clone() };
                self.actions.push_back(PathAction::Keep(Box::new(keep)));
            }
            if self.config.mtr_intensive_enabled {
                let targets = self.watched();
                self.waiting.extend(targets.into_iter().map(|target| (target, TracePurpose::Intensive)));
            }
        }
        let seen: Vec<_> = self.recent.drain(..).filter(|(at, ..)| *at + RECENT > now.mono).collect();
        if seen.is_empty() && !self.under.iter().any(|under| under.purpose == TracePurpose::Burst) {
            self.burst(now, TracePurpose::Burst, BURST);
        }
        for (_, purpose, trace) in seen {
            self.keep(since, purpose, trace);
        }
    }

    fn keep(&mut self, since: Timestamp, purpose: TracePurpose, trace: Trace) {
        self.actions.push_back(PathAction::Keep(Box::new(Keep::Outage { since, purpose, trace })));
    }

    fn pulse_family(&self) -> Family {
        if self.home.has_v4 || !self.home.has_v6 { Family::V4 } else { Family::V6 }
    }

    fn host(&self, text: &str) -> Option<Host> {
        text.parse().ok().or_else(|| self.names.get(text).copied().map(Host::new))
    }

    fn is_routed(&self, family: Family) -> bool {
        match family {
            Family::V4 => self.home.has_v4,
            Family::V6 => self.home.has_v6,
        }
    }

    /// The host whose path is looked at for `family`.
    fn target(&self, family: Family) -> Option<Host> {
        let config = &self.config;
        let all = std::iter::once(&config.trace_host).chain(&config.targets).chain(&config.ipv6_targets);
        all.filter_map(|text| self.host(text)).find(|host| host.family() == family)
    }

    /// Hosts of baseline and intensive traces: the configured ones, one of each family, and the provider's hops.
    fn watched(&self) -> Vec<Host> {
        let config = &self.config;
        let mut hosts: Vec<Host> = config.mtr_targets.iter().filter_map(|text| self.host(text)).collect();
        hosts.extend([Family::V4, Family::V6].into_iter().filter_map(|family| self.target(family)));
        if config.isp_targets.is_empty() {
            hosts.extend(self.isp.iter().map(|hop| Host::new(hop.addr)));
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

    fn plan(&self, target: Host, rounds: usize, deadline: Duration) -> Option<Plan> {
        let permitted = if target.family() == Family::V4 { &self.permits.v4 } else { &self.permits.v6 };
        let (first, others) = permitted.split_first()?;
        let route = self.routes.get(&target);
        // The first hops are the same on the way to all targets, as far as anybody can tell.
        let near = route.or_else(|| self.routes.get(&self.target(target.family())?));
        Some(Plan {
            target,
            name: target.to_string(),
            protocol: *first,
            others: others.to_vec(),
            rounds,
            interval: INTERVAL,
            deadline,
            flows: 1,
            length: route.map(Route::length),
            known: near.map(Route::routers).unwrap_or_default(),
        })
    }

    fn look_first(&mut self, now: Moment) {
        let Some(plan) = self.target(self.pulse_family()).and_then(|target| self.plan(target, FIRST_LOOK, DEADLINE))
        else {
            return;
        };
        if !self.under.iter().any(|under| under.is_first_look) {
            let run = Run::new(plan, now);
            self.under.push(Under { run, purpose: TracePurpose::Baseline, is_first_look: true });
        }
    }

    /// Puts off what can be done another time.
    fn make_way(&mut self, now: Moment) {
        let is_baseline = |under: &&mut Under| under.purpose == TracePurpose::Baseline;
        let mut broken_off = self.waiting.iter().any(|(_, purpose)| *purpose == TracePurpose::Baseline);
        for under in self.under.iter_mut().filter(is_baseline) {
            under.run.cancel();
            broken_off = true;
        }
        self.waiting.retain(|(_, purpose)| *purpose != TracePurpose::Baseline);
        if self.next_baseline < Duration::MAX {
            let settled = now.mono + SETTLED;
            self.next_baseline = if broken_off { settled } else { self.next_baseline.max(settled) };
        }
    }

    /// A few quick rounds of both families, at once. One that is under way and does as much will do.
    fn burst(&mut self, now: Moment, purpose: TracePurpose, rounds: usize) {
        let does = |under: &Under| under.purpose == purpose && under.run.progress().1 >= rounds;
        if self.under.iter().any(does) {
            return;
        }
        let routed = [Family::V4, Family::V6].map(|family| self.target(family).filter(|_| self.is_routed(family)));
        for target in routed.into_iter().flatten() {
            if let Some(plan) = self.plan(target, rounds, BURST_DEADLINE) {
                self.under.push(Under { run: Run::new(plan, now), purpose, is_first_look: false });
            }
        }
    }

    /// Sends what is due, ends what is over, begins what waits.
    fn poll(&mut self, now: Moment) {
        self.end(now);
        let alone = self.under.iter().all(|under| under.purpose == TracePurpose::Burst);
        if alone && let Some((target, purpose)) = self.waiting.pop_front() {
            let rounds = match purpose {
                TracePurpose::Intensive => self.config.mtr_intensive_count,
                _ => self.config.mtr_baseline_count,
            };
            let rounds = usize::try_from(rounds).unwrap_or(usize::MAX);
            if let Some(plan) = self.plan(target, rounds, DEADLINE) {
                self.under.push(Under { run: Run::new(plan, now), purpose, is_first_look: false });
            }
        }
        let last_id = &mut self.last_id;
        let mut next_id = || {
            *last_id += 1;
            ProbeId(*last_id)
        };
        // While a burst is under way everything else waits for it, or would take the hops' pace from it.
        let bursts = self.under.iter().any(is_burst);
        let mut probes = Vec::new();
        for under in self.under.iter_mut().filter(|under| !bursts || is_burst(under)) {
            probes.extend(under.run.poll(now, &mut self.pacer, &mut next_id));
        }
        if !probes.is_empty() {
            self.actions.push_back(PathAction::Send(probes));
        }
    }

    fn end(&mut self, now: Moment) {
        let (over, under) = std::mem::take(&mut self.under).into_iter().partition(|under: &Under| under.run.is_over());
        self.under = under;
        for under in over {
            self.conclude(now, &under);
        }
    }

    fn conclude(&mut self, now: Moment, under: &Under) {
        let (trace, purpose) = (under.run.trace(), under.purpose);
        // One that was broken off before it could show anything is none.
        let is_cut_short = purpose == TracePurpose::Baseline && trace.rounds < FIRST_LOOK;
        if is_cut_short || !trace.hops.iter().any(|hop| hop.sent > 0) {
            return;
        }
        let changes = self.learn(now, &trace, purpose);
        self.actions.push_back(PathAction::Tell(Box::new(Event::Trace(now.stamp(), purpose, trace.clone().into()))));
        match purpose {
            TracePurpose::Baseline if under.is_first_look => {}
            TracePurpose::Baseline | TracePurpose::Intensive => {
                self.actions.push_back(PathAction::Keep(Box::new(Keep::Report { purpose, trace, changes })));
            }
            TracePurpose::Burst | TracePurpose::Recovery => self.file(now, purpose, trace),
        }
    }

    /// Puts a burst into the file of its outage, or keeps it until there is one.
    fn file(&mut self, now: Moment, purpose: TracePurpose, trace: Trace) {
        match (self.trouble, self.last_trouble) {
            (Some(since), _) => self.keep(since, purpose, trace),
            (None, Some(since)) if purpose == TracePurpose::Recovery => self.keep(since, purpose, trace),
            (None, _) => {
                self.recent.push_back((now.mono, purpose, trace));
                while self.recent.front().is_some_and(|(at, ..)| *at + RECENT <= now.mono) {
                    self.recent.pop_front();
                }
            }
        }
    }

    /// Learns the path. What is another than before is told.
    fn learn(&mut self, now: Moment, trace: &Trace, purpose: TracePurpose) -> Vec<HopChange> {
        let is_down = self.trouble.is_some() || !self.works;
        let mut changes = Vec::new();
        if let Some(route) = Route::of(trace).filter(|_| !is_down || purpose == TracePurpose::Recovery) {
            match self.routes.get_mut(&trace.target) {
                Some(known) => {
                    changes = known.changes(trace);
                    if changes.is_empty() {
                        known.learn(trace);
                    } else {
                        *known = route;
                        let event = Event::PathChanged(now.stamp(), trace.target, changes.clone());
                        self.actions.push_back(PathAction::Tell(Box::new(event)));
                    }
                }
                None => {
                    self.routes.insert(trace.target, route);
                }
            }
            self.before.insert(trace.target, trace.clone());
        }
        let is_main = self.target(self.pulse_family()) == Some(trace.target);
        // A path that is cut shows too little of the provider to replace what is known.
        if is_main && (trace.is_reached() || self.isp.is_empty()) {
            let hops = isp_hops(trace);
            if !hops.is_empty() && hops != self.isp {
                self.isp = hops;
                let hosts = self.isp.iter().map(|hop| Host::new(hop.addr)).collect();
                self.actions.push_back(PathAction::IspHops(hosts));
            }
        }
        changes
    }
}

#[cfg(test)]
mod tests;
