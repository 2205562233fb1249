//! Which paths are traced when: a baseline now and then, a burst when something may have begun or ended, many rounds
//! while the line is down. A pure state machine beside the monitor's, whose events it listens to.
//!
//! What a burst hears goes to the monitor at once, as samples of the router and the provider's hops, and so into the
//! verdict before it is final.

mod hop_evidence;
mod learn;
mod targets;

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
            isp::{HomeRouter, IspHop, IspPath},
            pacer::Pacer,
            run::Run,
        },
    },
    model::{
        config::Config,
        event::Event,
        host::{Family, Host, HostFacts},
        ledger::{GapReason, State},
        probe::ProbeId,
        time::{Moment, Stamp, Timestamp},
        trace::{HopChange, HopProbe, HopSample, Trace, TraceEnd, TraceProtocol, TracePurpose},
    },
};

pub(super) use hop_evidence::{HopAnswer, HopEvidence};

/// Rounds of the first look at a path, which finds the provider's hops.
const FIRST_LOOK: usize = 3;
/// Rounds of a burst: once at a mere suspicion, more when it is confirmed or over.
const GLANCE: usize = 1;
const BURST: usize = 3;
/// A burst's answers are late after this time; it has no longer.
const BURST_DEADLINE: Duration = Duration::from_millis(1200);
const DEADLINE: Duration = Duration::from_secs(3);
/// Bursts within this time of an outage's beginning belong to it.
const RECENT: Duration = Duration::from_secs(20);
/// A baseline waits this long after a trouble is over.
const SETTLED: Duration = Duration::from_mins(1);

fn is_burst(under: &Under) -> bool {
    matches!(under.purpose, TracePurpose::Burst | TracePurpose::Recovery)
}

/// Protocols that the system permits, by IPv4 and by IPv6.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct TracePermits {
    pub(super) v4: Vec<TraceProtocol>,
    pub(super) v6: Vec<TraceProtocol>,
}

/// Action that the driver is to take.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PathAction {
    /// Send these probes and bring back their samples.
    Send(Vec<HopProbe>),
    /// Give this to the monitor.
    HopEvidence(HopEvidence),
    /// These hops are the provider's; give them to the monitor.
    IspHops(Vec<IspHop>),
    /// These routers are the home's, behind the first; give them to the monitor.
    HomeRouters(Vec<HomeRouter>),
    /// Ask the STUN server which address this line has, and bring back its answer.
    AskAddress,
    /// Tell the listeners.
    Tell(Box<Event>),
    /// Write this down.
    Keep(Box<Keep>),
}

/// Record that is to be written down.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Keep {
    /// A block of `mtr_<target>.log`.
    Report {
        purpose: TracePurpose,
        trace: Trace,
        /// Differences between the path and the one before.
        changes: Vec<HopChange>,
    },
    /// A part of the trace file of the outage that began at this time.
    Outage { since: Timestamp, purpose: TracePurpose, trace: Trace },
    /// Facts of this computer, for the outage that began at this time, and the public address before it.
    Facts { since: Timestamp, public: Option<IpAddr> },
    /// The public address after the outage that began at this time.
    Address { since: Timestamp, addr: IpAddr },
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
    /// Addresses of this computer.
    own: Vec<IpAddr>,
    names: BTreeMap<String, IpAddr>,
    pacer: Pacer,
    last_id: u64,
    under: Vec<Under>,
    /// Targets that wait for their turn, one at a time.
    waiting: VecDeque<(Host, TracePurpose)>,
    routes: BTreeMap<Host, Route>,
    /// The last trace of each target while the line worked.
    before: BTreeMap<Host, Trace>,
    isp: IspPath,
    /// The last router there was.
    gateway: Option<Host>,
    next_baseline: Duration,
    /// The beginning of the outage under way, which names its files.
    trouble: Option<Timestamp>,
    /// Names the files of the trouble before.
    last_trouble: Option<Timestamp>,
    /// Monotonic time at which files were last begun, and whether the trouble under way began them.
    last_files: Option<Duration>,
    has_files: bool,
    /// Monotonic time at which an outage was last given files of its own.
    last_outage: Option<Duration>,
    /// Traces of the last bursts, for the outage they may turn out to belong to.
    recent: VecDeque<Trace>,
    works: bool,
    /// The public address, where the user lets anybody be asked.
    public: Option<IpAddr>,
    actions: VecDeque<PathAction>,
}

impl Paths {
    pub(super) fn new(config: Config, permits: TracePermits, pacer: Pacer) -> Self {
        Self {
            config,
            permits,
            home: home(&HostFacts::default(), None),
            own: Vec::new(),
            names: BTreeMap::new(),
            pacer,
            last_id: 0,
            under: Vec::new(),
            waiting: VecDeque::new(),
            routes: BTreeMap::new(),
            before: BTreeMap::new(),
            isp: IspPath::default(),
            gateway: None,
            next_baseline: Duration::MAX,
            trouble: None,
            last_trouble: None,
            last_files: None,
            has_files: false,
            last_outage: None,
            recent: VecDeque::new(),
            works: false,
            public: None,
            actions: VecDeque::new(),
        }
    }

    /// The next thing to do; `None` when there is nothing until the next input.
    pub(super) fn poll_action(&mut self) -> Option<PathAction> {
        self.actions.pop_front()
    }

    /// Returns the time at which [`Self::handle_timeout`] wants to be called; `None` when only an input can bring news.
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

    /// Takes in what the system says of this computer.
    pub(super) fn handle_facts(&mut self, now: Moment, facts: &HostFacts) {
        let had_vpn = self.home.vpn;
        self.home = home(facts, self.config.gateway.parse().ok());
        self.own = facts.links.iter().flat_map(|link| &link.addrs).copied().collect();
        if had_vpn != self.home.vpn {
            // A tunnel has a path of its own.
            self.forget(now);
        }
    }

    /// Addresses of names in the configuration.
    pub(super) fn handle_names(&mut self, names: &BTreeMap<String, IpAddr>) {
        self.names.extend(names.iter().map(|(name, addr)| (name.clone(), *addr)));
    }

    /// Takes in an event of the monitor.
    pub(super) fn handle_event(&mut self, now: Moment, event: &Event) {
        match event {
            // Without a router for a moment the network is still the same.
            Event::Gateway(_, gateway @ Some(_)) if *gateway != self.gateway => {
                let is_first = self.gateway.is_none();
                self.gateway = *gateway;
                if !is_first {
                    self.forget(now);
                }
            }
            Event::State(_, State::NotMonitored(_), _) => self.rest(),
            Event::Gap(_, _, reason) => {
                self.rest();
                if *reason == GapReason::Asleep {
                    // This may be another network with a router of the same address.
                    self.forget(now);
                }
            }
            Event::OutageOpened(..) => self.outage_opened(now),
            Event::Suspected(_) => self.burst(now, TracePurpose::Burst, GLANCE),
            Event::Confirmed(..) => {
                self.make_way(now);
                self.burst(now, TracePurpose::Burst, BURST);
            }
            Event::State(since, State::Down(_), _) => self.went_down(now, *since),
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

    /// The address that the STUN server sees.
    pub(super) fn handle_address(&mut self, now: Moment, addr: IpAddr) {
        let before = self.public.replace(addr);
        if let (Some(since), None) = (self.last_trouble, self.trouble) {
            self.actions.push_back(PathAction::Keep(Box::new(Keep::Address { since, addr })));
        }
        if before != Some(addr) {
            self.actions.push_back(PathAction::Tell(Box::new(Event::PublicAddress(now.stamp(), addr, before))));
        }
    }

    /// Takes in the sample of a probe.
    pub(super) fn handle_sample(&mut self, now: Moment, sample: &HopSample) {
        let took = self.under.iter_mut().find_map(|under| under.run.take(sample, now).then_some(()));
        if took.is_none() {
            return;
        }
        if let Some(evidence) = hop_evidence::of(sample, &self.isp) {
            self.actions.push_back(PathAction::HopEvidence(evidence));
        }
        self.poll(now);
    }

    /// Uses other settings from now on.
    pub(super) fn apply(&mut self, config: Config) {
        if !config.mtr_baseline_enabled {
            self.next_baseline = Duration::MAX;
        }
        self.config = config;
    }

    /// Nobody looks for a while. What was out meanwhile is lost to nobody's fault.
    fn rest(&mut self) {
        self.under.clear();
        self.waiting.clear();
        self.recent.clear();
        self.trouble = None;
        self.works = false;
    }

    /// Another network: what was known of paths says nothing of it.
    fn forget(&mut self, now: Moment) {
        self.under.clear();
        self.waiting.clear();
        self.routes.clear();
        self.before.clear();
        self.recent.clear();
        self.public = None;
        if self.isp != IspPath::default() {
            self.isp = IspPath::default();
            self.actions.push_back(PathAction::IspHops(Vec::new()));
            self.actions.push_back(PathAction::HomeRouters(Vec::new()));
        }
        self.next_baseline = Duration::MAX;
        if self.works {
            self.begin_watch(now);
        }
    }

    fn works_now(&mut self, now: Moment) {
        let was_down = self.trouble.take().is_some();
        let began = !self.works;
        self.works = true;
        if began && !self.config.stun_server.is_empty() {
            self.actions.push_back(PathAction::AskAddress);
        }
        if was_down {
            self.waiting.clear();
            let intensive = self.under.iter_mut().filter(|under| under.purpose == TracePurpose::Intensive);
            intensive.for_each(|under| under.run.cancel());
            self.burst(now, TracePurpose::Recovery, BURST);
            self.next_baseline = self.next_baseline.max(now.mono + SETTLED);
        }
        if self.next_baseline == Duration::MAX || self.isp.hops.is_empty() {
            self.begin_watch(now);
        }
    }

    /// Looks at the path for the first time, and from then on now and then.
    fn begin_watch(&mut self, now: Moment) {
        self.look_first(now);
        if self.config.mtr_baseline_enabled && self.next_baseline == Duration::MAX {
            // Spread, so that many monitors started together do not trace together (RFC 7312).
            self.next_baseline = now.mono + SETTLED.mul_f64(0.2 + 0.3 * fastrand::f64());
        }
    }

    fn went_down(&mut self, now: Moment, since: Stamp) {
        self.works = false;
        if self.trouble.is_some() {
            return;
        }
        let again = self.last_files.is_some_and(|last| last + self.config.trace_cooldown_sec > now.mono);
        // Troubles that follow each other quickly share their files.
        let named = self.last_trouble.filter(|_| again).unwrap_or(since.wall);
        (self.trouble, self.last_trouble) = (Some(named), Some(named));
        self.make_way(now);
        self.has_files = false;
        if !again {
            self.begin_files(now, named);
        }
        let seen: Vec<_> = self.recent.drain(..).filter(|trace| trace.started.mono >= since.mono).collect();
        if seen.is_empty() && !self.under.iter().any(|under| under.purpose == TracePurpose::Burst) {
            self.burst(now, TracePurpose::Burst, BURST);
        }
        for trace in seen {
            self.keep(named, TracePurpose::Burst, trace);
        }
    }

    /// Begins the files of a trouble: facts, the path before, and many rounds of the path now.
    fn begin_files(&mut self, now: Moment, since: Timestamp) {
        self.last_files = Some(now.mono);
        self.has_files = true;
        self.actions.push_back(PathAction::Keep(Box::new(Keep::Facts { since, public: self.public })));
        let before = self.target(self.pulse_family()).and_then(|target| self.before.get(&target)).cloned();
        if let Some(before) = before {
            self.keep(since, TracePurpose::Baseline, before);
        }
        if self.config.mtr_intensive_enabled {
            let targets = self.watched();
            self.waiting.extend(targets.into_iter().map(|target| (target, TracePurpose::Intensive)));
        }
    }

    /// The trouble is an outage. If it shares the files of an interruption just before, it is given the rest of its
    /// own.
    fn outage_opened(&mut self, now: Moment) {
        let again = self.last_outage.is_some_and(|last| last + self.config.trace_cooldown_sec > now.mono);
        let Some(since) = self.trouble.filter(|_| !again) else { return };
        self.last_outage = Some(now.mono);
        if !self.has_files {
            self.begin_files(now, since);
        }
    }

    fn keep(&mut self, since: Timestamp, purpose: TracePurpose, trace: Trace) {
        self.actions.push_back(PathAction::Keep(Box::new(Keep::Outage { since, purpose, trace })));
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
        let does = |under: &Under| {
            let (begun, planned) = under.run.progress();
            under.purpose == purpose
                && planned >= rounds
                && (begun < planned || planned == GLANCE)
                && !under.run.is_cancelled()
        };
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
            probes.extend(under.run.poll(now, &self.pacer, &mut next_id));
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
        let shows = trace.hops.iter().any(|hop| hop.sent > 0) || matches!(trace.end, TraceEnd::Local(_));
        if is_cut_short || !shows {
            return;
        }
        let changes = if under.run.is_cancelled() { Vec::new() } else { self.learn(now, &trace, purpose) };
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
                self.recent.push_back(trace);
                while self.recent.front().is_some_and(|trace| trace.ended.mono + RECENT <= now.mono) {
                    self.recent.pop_front();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
