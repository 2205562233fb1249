//! The monitor as a pure state machine: it is told the time and what came back, and says what to do.
//!
//! Two rhythms run side by side. The *pulse* sends one small sample each second to the router, a hop of the provider
//! and one target; an answer that is overdue is *suspicious* and makes it ask everything it can at once. The *cycle*
//! asks all layers, now and then and whenever the pulse's picture changes. Nothing after the beginning of a suspicion
//! enters the ledger before a cycle has settled it.

mod command;
mod decide;
mod icmp_budget;
mod last_success;
mod path;
mod provisional;
mod quality;
mod report;
mod told;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::IpAddr,
    time::Duration,
};

use super::{
    cycle::Cycle,
    knowledge::{Knowledge, Permits, names},
    plan::{Breadth, Planner},
    timeline::{Timeline, blames_path},
};
use crate::{
    analysis::{
        home::HostLayer,
        layers::is_own_answer,
        ledger::Ledger,
        route::isp::{HomeRouter, IspHop},
        stats::Window,
    },
    model::{
        config::Config,
        event::Event,
        host::{Family, HostFacts},
        ledger::{GapReason, State},
        probe::{Means, NotMeasured, Outcome, Probe, ProbeId, Proof, Sample, Subject},
        row::Row,
        time::{Moment, Stamp},
        verdict::{FaultDomain, LastHop, Verdict},
    },
};

/// Action that the driver is to take.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Action {
    /// Send these probes and bring back their samples.
    Send(Vec<Probe>),
    /// Read what the system says of links, routes and neighbours, and bring it back.
    ReadHost,
    /// Find the addresses of these names, and bring them back.
    Resolve(Vec<String>),
    /// Write this row.
    Append(Box<Row>),
    /// Tell the listeners.
    Tell(Box<Event>),
}

/// After a wake-up the network needs this long to come back.
const AFTER_WAKE: Duration = Duration::from_secs(10);
/// A difference of clocks above this is sleep, or a clock that was set.
const CLOCKS_DIFFER: Duration = Duration::from_secs(1);
/// If nobody called for this long after the time asked for, nobody looked.
const STALLED: Duration = Duration::from_secs(5);
/// Cycles while something is wrong that the pulse does not see.
const QUICK_CYCLE: Duration = Duration::from_secs(2);
/// Samples of the path are looked at for this long.
const SAMPLES_KEPT: Duration = Duration::from_secs(8);
/// The longest time between pulses while something is wrong.
pub(super) const WHILE_WRONG: Duration = Duration::from_secs(1);
/// Interval between looks at links and routes while the line is down.
const FACTS_WHILE_DOWN: Duration = Duration::from_secs(2);
/// Shortest interval between them when the system takes no packets.
const FACTS_APART: Duration = Duration::from_millis(300);
/// Addresses of names are looked up again after this time, for they change.
const NAMES_KEPT: Duration = Duration::from_hours(1);
/// Interval at which names without an address are tried again.
const NAMES_AGAIN: Duration = Duration::from_mins(1);

/// Purpose of a cycle.
#[derive(Debug, Clone, PartialEq)]
enum Purpose {
    /// It was time.
    Periodic,
    /// To settle what began at this point.
    Settle(Stamp),
}

/// Something that is not settled.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Suspicion {
    /// The first sample that showed it.
    since: Stamp,
    /// Cycles that contradicted the pulse so far.
    n_contradicted: u8,
    /// A cycle across a recovery was repeated. It is once, so that a line that flaps is settled all the same.
    is_doubted: bool,
}

pub(super) use path::FileColumn;

/// The monitor.
pub(super) struct Monitor {
    planner: Planner,
    known: Knowledge,
    facts: HostFacts,
    timeline: Timeline,
    ledger: Ledger,
    suspicion: Option<Suspicion>,
    cycle: Option<(Cycle, Purpose)>,
    next_pulse: Duration,
    next_cycle: Duration,
    next_facts: Duration,
    next_names: Duration,
    has_facts: bool,
    /// The facts read at the beginning of the cycle are not there yet.
    awaits_facts: bool,
    n_pulses: usize,
    /// Single probes of names and ports between cycles.
    services: BTreeMap<ProbeId, Stamp>,
    dead_ports: Vec<IpAddr>,
    /// The last connection between the cycles that failed.
    last_refused: Option<Stamp>,
    /// Times at which names, connections and pages were last seen to work.
    last_success: last_success::LastSuccess,
    /// Hops that answered traces in the last seconds.
    heard: VecDeque<(Stamp, LastHop)>,
    /// Hops of the provider, and further routers of the home, that wait to be taken in.
    found_hops: Option<Vec<IspHop>>,
    found_routers: Option<Vec<HomeRouter>>,
    /// Samples of the path in the last seconds.
    recent: VecDeque<Sample>,
    /// Probes of the path that are still out.
    out: BTreeMap<ProbeId, (Subject, Means, Stamp)>,
    /// Probes of the pulse that count in loss and latency: one of each host a second, however often it is asked.
    counted: BTreeSet<ProbeId>,
    /// Those of them that make loss and latency over time.
    told: told::Told,
    figures: report::Figures,
    state: Option<(State, Option<Verdict>)>,
    /// The verdict on the last bad second.
    last_down: Option<Verdict>,
    drift: Option<(FaultDomain, Stamp, u8)>,
    provisional: Option<provisional::Provisional>,
    /// Time to ask all targets once more, sending time of the pulse in question, and time until which an answer counts.
    confirm_again: Option<(Duration, Stamp, Duration)>,
    /// Only the web gets through: the pulse proves nothing until a target answers again.
    pulse_filtered: bool,
    /// A target whose answer was missing when others answered, and when that is certain.
    missing: Option<(Stamp, usize, Duration)>,
    /// The target that was missing last, and how often in a row.
    missed: (usize, u8),
    last_row: Option<Row>,
    last_observed: Option<Stamp>,
    paused: command::Paused,
    /// Warnings already given about hosts that lie at home.
    warned: BTreeSet<String>,
    last: Moment,
    actions: VecDeque<Action>,
}

impl Monitor {
    /// A monitor that begins at `now`.
    pub(super) fn new(config: Config, permits: Permits, now: Moment) -> Self {
        let outage_after = config.outage_after_sec;
        // A little later than at once, so that many monitors started together do not beat together (RFC 7312).
        let next_pulse = now.mono + config.sample_interval_sec.mul_f64(fastrand::f64() * 0.2);
        let mut monitor = Self {
            planner: Planner::new(config),
            known: Knowledge::new(permits),
            facts: HostFacts::default(),
            timeline: Timeline::default(),
            ledger: Ledger::new(outage_after),
            suspicion: None,
            cycle: None,
            next_pulse,
            next_cycle: now.mono,
            next_facts: now.mono,
            next_names: now.mono,
            has_facts: false,
            awaits_facts: false,
            n_pulses: 0,
            services: BTreeMap::new(),
            dead_ports: Vec::new(),
            last_refused: None,
            last_success: last_success::LastSuccess::default(),
            heard: VecDeque::new(),
            found_hops: None,
            found_routers: None,
            recent: VecDeque::new(),
            out: BTreeMap::new(),
            counted: BTreeSet::new(),
            told: told::Told::new(next_pulse),
            figures: report::Figures::default(),
            state: None,
            last_down: None,
            drift: None,
            provisional: None,
            confirm_again: None,
            pulse_filtered: false,
            missing: None,
            missed: (0, 0),
            last_row: None,
            last_observed: None,
            paused: None,
            warned: BTreeSet::new(),
            last: now,
            actions: VecDeque::new(),
        };
        monitor.tell(Event::Started(now.stamp()));
        monitor.read_host(now);
        monitor
    }

    /// The next thing to do; `None` when there is nothing until the next input.
    pub(super) fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Returns the time at which [`Self::handle_timeout`] wants to be called. It changes after every input.
    pub(super) fn poll_timeout(&self) -> Duration {
        if let Some(at) = self.resting() {
            return at;
        }
        if !self.has_facts {
            return self.next_facts;
        }
        let again = self.cycle.as_ref().and_then(|(cycle, _)| cycle.next_timeout());
        let confirm = self.confirm_again.map(|(at, ..)| at);
        let provisional = self.provisional_at().filter(|at| *at > self.last.mono);
        let known = [again, confirm, self.next_extra(), self.timeline.next_timeout(self.last.mono), provisional];
        known.into_iter().flatten().chain([self.next_pulse, self.next_cycle]).min().unwrap_or(self.next_pulse)
    }

    /// Takes in what the system says of this computer.
    pub(super) fn handle_facts(&mut self, now: Moment, facts: HostFacts) {
        if self.is_paused(now) {
            return;
        }
        self.check_clocks(now);
        let before = self.known.home.gateway_v4.or(self.known.home.gateway_v6);
        let was_connected = self.known.home.layer == HostLayer::Ok;
        self.facts = facts;
        self.awaits_facts = false;
        self.update_known(now);
        self.take_load(now);
        let is_cut = !matches!(self.known.home.layer, HostLayer::Ok | HostLayer::Unknown);
        if was_connected && is_cut && self.suspicion.is_none() && !self.is_alert(now) {
            // The system knows before any answer can be overdue.
            self.tell(Event::Suspected(now.stamp()));
            self.suspect(now, now.stamp());
        }
        let gateway = self.known.home.gateway_v4.or(self.known.home.gateway_v6);
        if !self.has_facts || before != gateway {
            self.tell(Event::Gateway(now.stamp(), gateway));
        }
        if !self.has_facts {
            self.has_facts = true;
            self.next_pulse = self.next_pulse.max(now.mono);
        }
        let names = names(self.planner.config());
        if !names.is_empty() && self.next_names <= now.mono {
            let lacks = self.known.lacks_names(self.planner.config());
            self.next_names = now.mono + if lacks { NAMES_AGAIN } else { NAMES_KEPT };
            self.actions.push_back(Action::Resolve(names));
        }
        self.adopt_hops(now);
        self.settle(now);
    }

    /// Addresses of names in the configuration.
    pub(super) fn handle_names(&mut self, now: Moment, names: BTreeMap<String, IpAddr>) {
        if self.is_paused(now) {
            return;
        }
        self.check_clocks(now);
        self.known.learn_names(names);
        if self.known.lacks_names(self.planner.config()) {
            self.next_names = self.next_names.min(now.mono + NAMES_AGAIN);
        }
        self.update_known(now);
        self.settle(now);
    }

    /// Takes in what the system says.
    fn update_known(&mut self, now: Moment) {
        let before = self.known.lists();
        self.known.update(self.planner.config(), &self.facts);
        self.warn_of_misplaced(now);
        self.lists_changed(now, &before);
    }

    /// Takes in the sample of a probe.
    pub(super) fn handle_sample(&mut self, now: Moment, sample: Sample) {
        if self.is_paused(now) {
            return;
        }
        self.check_clocks(now);
        if self.take_refusal(now, &sample) {
            return;
        }
        if path::is_path(sample.subject) && !self.out.contains_key(&sample.id) {
            // It is numbered by a list that has changed since, or was given up long ago; that a target answered is true
            // all the same.
            let unsure = [Proof::Refused, Proof::AcceptedLate];
            let answered = matches!(sample.outcome, Outcome::Reply(_, proof) if !unsure.contains(&proof));
            let proves_alive = answered && matches!(sample.subject, Subject::Target(_));
            self.timeline.take(sample.id, &sample.outcome, proves_alive);
            self.counted.remove(&sample.id);
            self.told.remove(sample.id);
            self.settle(now);
            return;
        }
        if self.known.learn(&sample) {
            // What was lost by a means that is given up is no loss of the line.
            self.figures.forget(sample.subject, self.known.host_of(sample.subject));
        }
        let first = self.first_packet(&sample);
        let proves_alive = match sample.subject {
            _ if first.is_some() => false,
            Subject::Target(idx) => is_own_answer(idx, &sample.outcome, &self.known),
            _ => sample.outcome.is_reply(),
        };
        if proves_alive && matches!(sample.subject, Subject::Target(_)) {
            self.pulse_filtered = false;
        }
        if proves_alive {
            self.hear_directly(now, &sample);
        }
        self.timeline.take(sample.id, &sample.outcome, proves_alive);
        self.out.remove(&sample.id);
        let is_counted = self.counted.remove(&sample.id);
        let counted = first.as_ref().unwrap_or(&sample);
        if self.told.remove(sample.id) && self.known.is_usual(counted) {
            self.figures.take(counted);
            self.tell_sample(counted);
        }
        let was_refused = matches!(sample.outcome, Outcome::NotMeasured(NotMeasured::NoResources));
        if is_counted && was_refused && self.next_facts <= now.mono + FACTS_WHILE_DOWN.saturating_sub(FACTS_APART) {
            // For most of a second after a cable is pulled, the kernel has no room for packets.
            self.read_host(now);
        }
        self.take_quality(now, counted, is_counted);
        if let Some((cycle, _)) = &mut self.cycle {
            cycle.take(&sample);
        }
        let asked = self.services.remove(&sample.id);
        let is_well = self.suspicion.is_none() && !self.timeline.verdict().is_some_and(Verdict::is_down);
        if is_well && (is_counted || asked.is_some()) && !Knowledge::is_ambiguous(&sample) {
            self.last_success.take(&sample, asked.unwrap_or(sample.sent));
        }
        if let Some(asked) = asked {
            self.service_answered(now, &sample, asked);
        }
        if path::is_path(sample.subject) {
            self.recent.push_back(sample);
            while self.recent.front().is_some_and(|old| old.sent.mono + SAMPLES_KEPT < now.mono) {
                self.recent.pop_front();
            }
        }
        self.settle(now);
    }

    /// Time has passed.
    pub(super) fn handle_timeout(&mut self, now: Moment) {
        if self.is_paused(now) {
            return;
        }
        self.check_clocks(now);
        if !self.has_facts {
            if self.next_facts <= now.mono {
                self.read_host(now);
            }
            return;
        }
        if let Some((cycle, _)) = &mut self.cycle {
            let again = cycle.again(now, &mut self.planner);
            self.send(again);
        }
        if self.confirm_again.is_some_and(|(at, ..)| at <= now.mono) {
            self.confirm_once_more();
        }
        if self.next_pulse <= now.mono {
            self.pulse(now);
        }
        self.send_extra(now);
        if self.next_cycle <= now.mono {
            self.next_cycle = now.mono + self.cycle_interval();
            if self.cycle.is_none() {
                self.begin_cycle(now, self.usual_breadth(), Purpose::Periodic);
            }
        }
        self.settle(now);
    }

    /// Ends the run: what is certain is put into the ledger.
    pub(super) fn stop(&mut self, now: Moment) {
        self.commit(now);
        let changes = self.ledger.hold(self.last_observed.unwrap_or(now.stamp()));
        self.tell_changes(&changes);
        self.report_outage(now, &changes);
        self.tell(Event::Stopped(now.stamp()));
    }

    fn tell(&mut self, event: Event) {
        self.actions.push_back(Action::Tell(Box::new(event)));
    }

    fn send(&mut self, probes: Vec<Probe>) {
        let now = self.last.stamp();
        // What is lost comes back when its time is over.
        let kept = SAMPLES_KEPT.max(self.planner.config().ping_timeout_sec + WHILE_WRONG);
        self.out.retain(|_, (.., sent)| sent.mono + kept > now.mono);
        let aside = |probe: &&Probe| self.figures.quality.is_aside(probe.id);
        let path = probes.iter().filter(|probe| path::is_path(probe.subject) && !aside(probe));
        self.out.extend(path.map(|probe| (probe.id, (probe.subject, probe.kind.means(), now))));
        if !probes.is_empty() {
            self.ask_routers(&probes, now.mono);
            self.actions.push_back(Action::Send(probes));
        }
    }

    fn read_host(&mut self, now: Moment) {
        self.next_facts = now.mono + FACTS_WHILE_DOWN;
        self.actions.push_back(Action::ReadHost);
    }

    fn is_down(&self) -> bool {
        matches!(self.state, Some((State::Down(_), _)))
    }

    /// True if every second asks everything: while the path is suspected or down.
    fn is_alert(&self, now: Moment) -> bool {
        self.timeline.is_bad(now.mono) || self.timeline.verdict().is_some_and(blames_path)
    }

    fn cycle_interval(&self) -> Duration {
        let usual = self.planner.config().ping_interval_sec;
        let interval = if self.is_hurried() { usual.min(QUICK_CYCLE) } else { usual };
        interval.mul_f64(0.98 + fastrand::f64() * 0.04)
    }

    /// True if something is wrong that the pulse does not see, which sees nothing where it has nobody to ask.
    fn is_hurried(&self) -> bool {
        let is_blind = self.pulse_filtered || self.known.pulse_targets().is_empty();
        let verdict = self.timeline.verdict().filter(|verdict| verdict.is_down());
        self.figures.is_unsettled() || verdict.is_some_and(|verdict| is_blind || !blames_path(verdict))
    }

    fn usual_breadth(&self) -> Breadth {
        if self.is_down() || self.figures.is_unsettled() || self.last_row.is_none() {
            Breadth::Full
        } else {
            Breadth::Usual
        }
    }

    fn pulse(&mut self, now: Moment) {
        let alert = self.is_alert(now);
        let interval = self.planner.config().sample_interval_sec;
        // However rarely the line is looked at, what is wrong is looked at every second.
        let interval = if alert || self.suspicion.is_some() { interval.min(WHILE_WRONG) } else { interval };
        // A system call that does not return must not hold up the ledger.
        self.services.retain(|_, sent| sent.mono + SAMPLES_KEPT > now.mono);
        self.next_pulse += interval;
        if self.next_pulse <= now.mono {
            self.next_pulse = now.mono + interval;
        }
        self.n_pulses += 1;
        let longest = self.planner.config().ping_timeout_sec;
        let mut probes: Vec<Probe> = self.gateway_of_pulse(now.mono).into_iter().collect();
        let asked: Vec<Probe> = if self.pulse_filtered {
            Vec::new()
        } else if alert {
            probes.extend(self.planner.home_routers(&self.known, true));
            probes.extend((0..self.known.isp_hops.len()).filter_map(|idx| self.planner.isp_hop(&self.known, idx)));
            self.planner.all_targets(&self.known)
        } else {
            let hop = self.n_pulses.checked_rem(self.known.isp_hops.len());
            probes.extend(hop.and_then(|idx| self.planner.isp_hop(&self.known, idx)));
            self.one_target().into_iter().collect()
        };
        let overdue = asked
            .first()
            .and_then(|probe| self.known.host_of(probe.subject))
            .map(|host| self.known.info(host, true).rtt.overdue_after(longest));
        let ids = asked.iter().map(|probe| probe.id).collect();
        self.counted.extend(probes.iter().chain(asked.first()).map(|probe| probe.id));
        self.tell_of(now, probes.iter().chain(&asked));
        let confirmed_by = alert.then(|| now.mono + self.known.confirm_wait(longest));
        let first = asked.first().map(|probe| probe.subject);
        self.timeline.begin(now.stamp(), first, ids, now.mono + overdue.unwrap_or(longest), confirmed_by);
        probes.extend(asked);
        if alert {
            self.cancel_extra();
        } else {
            self.watch_quality(now, &probes);
        }
        if !alert && self.suspicion.is_none() {
            probes.extend(self.service(now));
        }
        if (alert || self.wants_load(now)) && self.next_facts <= now.mono {
            self.read_host(now);
        }
        self.send(probes);
    }

    /// A question between the cycles, and in turn a connection or an IPv6 target.
    fn service(&mut self, now: Moment) -> Vec<Probe> {
        let n_own = self.known.own_resolvers().len();
        let question = self.n_pulses.checked_rem(n_own);
        // Each resolver is asked every question in turn.
        let turn = self.n_pulses.checked_div(n_own).unwrap_or_default();
        let question = question.and_then(|idx| self.planner.resolver(&self.known, idx, turn));
        let ports_down = matches!(self.state, Some((State::Down(FaultDomain::App | FaultDomain::CaptivePortal), _)));
        let other = match self.n_pulses % 4 {
            _ if ports_down => self.connection(self.n_pulses, false),
            1 | 3 => self.connection(self.n_pulses / 2, true),
            2 => self.v6_target(self.n_pulses / 4),
            _ => None,
        };
        let probes: Vec<Probe> = question.into_iter().chain(other).collect();
        self.services.extend(probes.iter().map(|probe| (probe.id, now.stamp())));
        probes
    }

    /// A connection to a target that the pulse only pings; with `listening` only where somebody is known to listen.
    fn connection(&mut self, turn: usize, listening: bool) -> Option<Probe> {
        let targets = self.known.pulse_targets();
        let idx = *targets.get(turn.checked_rem(targets.len())?)?;
        let host = *self.known.targets.get(idx)?;
        let dead = listening && self.dead_ports.contains(&host.addr);
        let pointless = dead || self.known.info(host, true).means != Means::Echo;
        if pointless { None } else { self.planner.connection(&self.known, idx) }
    }

    /// An IPv6 target, beside the IPv4 ones of the pulse.
    fn v6_target(&mut self, turn: usize) -> Option<Probe> {
        let is_v6 = |idx: &usize| self.known.targets.get(*idx).is_some_and(|host| host.family() == Family::V6);
        let v6: Vec<usize> = (0..self.known.targets.len()).filter(is_v6).collect();
        let idx = *v6.get(turn.checked_rem(v6.len())?)?;
        if self.known.home.has_v6 && self.known.home.has_v4 { self.planner.target(&self.known, idx) } else { None }
    }

    fn begin_cycle(&mut self, now: Moment, breadth: Breadth, purpose: Purpose) {
        self.read_host(now);
        self.awaits_facts = true;
        let (cycle, probes) = Cycle::begin(now, &mut self.planner, &self.known, breadth);
        self.cycle = Some((cycle, purpose));
        self.send(probes);
    }

    /// Looks for sleep, stalls and a clock that was set, since the last call.
    fn check_clocks(&mut self, now: Moment) {
        let due = self.poll_timeout();
        let before = std::mem::replace(&mut self.last, now);
        let passed = now.mono.saturating_sub(before.mono);
        let slept = passed.saturating_sub(now.awake.saturating_sub(before.awake));
        let by_wall = (now.wall - before.wall).as_seconds_f64();
        let step = by_wall - passed.as_secs_f64();
        if step.abs() > CLOCKS_DIFFER.as_secs_f64() {
            self.figures.clock_stepped(step);
            self.tell(Event::ClockStep(now.stamp(), step));
        }
        if slept > CLOCKS_DIFFER {
            self.gap(now, before.stamp(), GapReason::Asleep, AFTER_WAKE);
        } else if self.has_facts && now.mono > due.max(before.mono) + STALLED {
            self.gap(now, before.stamp(), GapReason::NotRunning, Duration::ZERO);
        }
    }

    /// Nobody looked since `from`, and nobody will for another `blind`.
    fn gap(&mut self, now: Moment, from: Stamp, reason: GapReason, blind: Duration) {
        let from = self.last_observed.filter(|last| last.mono > from.mono).unwrap_or(from);
        self.forget_present();
        let resume = now.mono + blind;
        self.next_pulse = resume;
        self.next_cycle = resume;
        self.told.begin_at(resume);
        self.read_host(now);
        let changes = self.ledger.gap(from, reason);
        self.tell_changes(&changes);
        self.state = Some((State::NotMonitored(reason), None));
        self.last_observed = Some(now.stamp());
        self.figures.gap(now, reason, from.wall);
        self.tell(Event::Gap(from, resume.saturating_sub(from.mono), reason));
    }
}

#[cfg(test)]
mod tests;
