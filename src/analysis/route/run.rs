//! One trace under way: which probes to send when, and when it is over.
//!
//! All hops of a round are asked at once. Until the length of the path is known the first round feels its way: a few
//! hops beyond the last that answered, a few more a moment later. A target that does not answer is asked by other
//! protocols before anything is said about it.

use std::{
    collections::{BTreeMap, VecDeque},
    net::IpAddr,
    time::Duration,
};

use super::{
    pacer::{Asked, PACE, Pacer},
    table::Table,
};
use crate::model::{
    host::Host,
    probe::{NotMeasured, ProbeId},
    time::{Moment, Stamp},
    trace::{Arrival, HopOutcome, HopProbe, HopReading, HopSample, Trace, TraceEnd, TraceProtocol},
};

/// No path is longer than this; traceroute's custom.
const MAX_TTL: u8 = 30;
/// Hops asked at once on a path of unknown length, and hops added at a time.
const FIRST_WAVE: u8 = 8;
const NEXT_WAVE: u8 = 4;
/// Time between two waves.
const WAVE: Duration = Duration::from_millis(60);
/// Silent hops in a row after which no further ones are asked.
const SILENT_HOPS: u8 = 8;
/// Silent hops asked beyond the last that answered, once the path is known to end there.
const BEYOND: u8 = 2;
/// TTL of a probe that is meant to arrive.
const FULL_TTL: u8 = 64;
/// Factor by which a hop that leaves probes unanswered is asked more slowly.
const SLOWER: u32 = 2;
/// Direct echoes to a hop that leaves probes unanswered.
const ECHOES: usize = 3;
/// Time beyond a deadline that a back end may take to say that it is over.
const GRACE: Duration = Duration::from_secs(2);
/// Probes remembered for late answers: those of some rounds.
const REMEMBERED: usize = 256;
/// Time for which a target is waited for before other protocols are tried.
const BEFORE_OTHERS: Duration = Duration::from_millis(400);

/// Target and settings of a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The target.
    pub target: Host,
    /// Name of the target as the user gave it.
    pub name: String,
    /// Protocol of the probes.
    pub protocol: TraceProtocol,
    /// Further protocols to ask the target by when it does not answer; empty to insist on `protocol`.
    pub others: Vec<TraceProtocol>,
    /// Those of them that this machine can trace by.
    pub explores: Vec<TraceProtocol>,
    /// Rounds, at least one.
    pub rounds: usize,
    /// Time between the beginnings of two rounds.
    pub interval: Duration,
    /// Time after which an answer is late.
    pub deadline: Duration,
    /// Flows that take turns; more than one shows several ways where traffic is spread.
    pub flows: u8,
    /// Distance of the target where it is known from an earlier trace.
    pub length: Option<u8>,
    /// Routers of the path as far as they are known, from distance 1 on, for the pace they are asked at.
    pub known: Vec<Option<IpAddr>>,
}

/// Purpose of a probe under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aim {
    /// The hop at this distance, asked at its slower pace or not.
    Hop(u8, bool),
    /// A direct echo to the hop at this distance.
    Echo(u8),
    /// Another protocol to the target or to a hop.
    Other,
}

/// A trace under way.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own; together they are no state")]
#[derive(Debug, Clone)]
pub struct Run {
    plan: Plan,
    protocol: TraceProtocol,
    table: Table,
    /// Probes that are out, and when they are given up should nothing be heard of them, not even silence.
    out: BTreeMap<ProbeId, (Aim, Duration)>,
    /// Probes that have come back lately, for what is late or doubled.
    back: VecDeque<(ProbeId, Aim)>,
    started: Stamp,
    ended: Stamp,
    /// Rounds begun.
    rounds: usize,
    /// The round in which the target answered last, and whether a router answered at its distance since.
    reached_in: usize,
    ends_farther: bool,
    /// Protocols that wait for their turn to look behind the last hop that answers, and the one whose turn it is.
    explores: VecDeque<TraceProtocol>,
    exploring: Option<TraceProtocol>,
    /// Nothing is known yet of where the path ends, by this protocol: this round feels its way.
    feels: bool,
    next_round: Duration,
    /// The largest TTL sent in this round, and when more may be sent.
    sent_up_to: u8,
    next_wave: Option<Duration>,
    /// Hops of this round that must wait for their pace, and until when.
    later: BTreeMap<u8, Duration>,
    /// Distance of the target.
    reached: Option<u8>,
    /// Smallest distance at which somebody said that the target cannot be reached, and who.
    unreachable: Option<(u8, TraceEnd)>,
    trouble: Option<TraceEnd>,
    /// Factor by which each doubtful hop is asked more slowly than usual.
    slow: BTreeMap<u8, u32>,
    /// Time at which other protocols are tried; `None` when they have been, or need not be.
    try_others: Option<Duration>,
    tried: Vec<TraceProtocol>,
    /// Results of other protocols: whether the target answered, and the largest TTL answered.
    others: BTreeMap<TraceProtocol, (bool, u8)>,
    /// The last hop that had answered when other protocols were tried.
    last_by_first: u8,
    /// The target answers this protocol, however far away it is.
    is_there: bool,
    is_cancelled: bool,
}

impl Run {
    /// A trace that begins at `now`.
    pub fn new(plan: Plan, now: Moment) -> Self {
        let try_others = Some(now.mono + BEFORE_OTHERS.min(plan.deadline));
        Self {
            protocol: plan.protocol,
            table: Table::default(),
            out: BTreeMap::new(),
            back: VecDeque::new(),
            started: now.stamp(),
            ended: now.stamp(),
            rounds: 0,
            reached_in: 0,
            ends_farther: false,
            explores: VecDeque::new(),
            exploring: None,
            feels: true,
            next_round: now.mono,
            sent_up_to: 0,
            next_wave: None,
            later: BTreeMap::new(),
            reached: None,
            unreachable: None,
            trouble: None,
            slow: BTreeMap::new(),
            try_others,
            tried: Vec::new(),
            others: BTreeMap::new(),
            last_by_first: 0,
            is_there: false,
            is_cancelled: false,
            plan,
        }
    }

    /// The probes to send now. `next_id` numbers them.
    pub fn poll(&mut self, now: Moment, pacer: &Pacer, next_id: &mut impl FnMut() -> ProbeId) -> Vec<HopProbe> {
        let mut probes = Vec::new();
        self.out.retain(|_, (_, given_up)| *given_up > now.mono);
        if self.is_cancelled {
            return probes;
        }
        if self.rounds < self.plan.rounds && self.next_round <= now.mono {
            self.begin_round(now);
            self.ask_doubtful(now, &mut probes, next_id);
            if let Some(protocol) = self.exploring {
                self.explore(protocol, now, pacer, &mut probes, next_id);
            }
            self.send_hops(now, pacer, &mut probes, next_id);
        }
        let due: Vec<u8> = self.later.iter().filter(|(_, at)| **at <= now.mono).map(|(ttl, _)| *ttl).collect();
        for ttl in due {
            self.later.remove(&ttl);
            self.send_hop(ttl, now, pacer, &mut probes, next_id);
        }
        while self.next_wave.is_some_and(|at| at <= now.mono) {
            self.next_wave = None;
            self.send_hops(now, pacer, &mut probes, next_id);
        }
        if self.try_others.is_some_and(|at| at <= now.mono) {
            self.try_others = None;
            if self.reached.is_none() {
                self.ask_directly(now, &mut probes, next_id);
            }
        }
        probes
    }

    fn begin_round(&mut self, now: Moment) {
        // One round without the target may be chance; after one that only routers answered it is farther away.
        if self.ends_farther && self.reached_in < self.rounds {
            self.reached = None;
        }
        self.ends_farther = false;
        self.feels = self.rounds == 0 || self.change_protocol();
        // Where nobody has answered yet there is nothing to look behind; this protocol has not had its chance.
        let looks_behind = self.reached.is_none() && !self.is_there && self.table.last_answering() > 0;
        self.exploring = if looks_behind { self.explores.pop_front() } else { None };
        self.last_by_first = if looks_behind { self.table.last_answering() } else { self.last_by_first };
        self.rounds += 1;
        // A computer that was busy or asleep does not catch up.
        self.next_round = (self.next_round + self.plan.interval).max(now.mono + self.plan.interval / 2);
        self.sent_up_to = 0;
        self.next_wave = None;
        self.later.clear();
    }

    /// Goes on with another protocol when that one got farther; of several that got equally far with the first.
    fn change_protocol(&mut self) -> bool {
        if self.reached.is_some() || self.is_there {
            return false;
        }
        let got = |protocol: &TraceProtocol| self.others.get(protocol).copied().unwrap_or_default();
        let farther = |protocol: &&TraceProtocol| got(protocol).0 || got(protocol).1 > self.last_by_first;
        let better = self
            .plan
            .explores
            .iter()
            .rev()
            .filter(|protocol| self.plan.others.contains(protocol))
            .filter(farther)
            .max_by_key(|protocol| got(protocol))
            .copied();
        let Some(protocol) = better else { return false };
        self.others.clear();
        self.explores.clear();
        self.tried.retain(|tried| *tried != protocol);
        self.tried.push(self.protocol);
        self.protocol = protocol;
        self.table.clear();
        self.slow.clear();
        self.unreachable = None;
        self.plan.length = None;
        true
    }

    /// The largest TTL worth sending now.
    fn horizon(&self) -> u8 {
        if let Some(reached) = self.reached {
            return reached;
        }
        if let Some((at, _)) = self.unreachable {
            return at;
        }
        if self.is_there {
            return MAX_TTL;
        }
        let last = self.table.last_answering();
        // A path that is known is followed to its end, and felt for farther only once it has proved longer.
        if let Some(length) = self.plan.length.filter(|length| last < *length) {
            return length.clamp(1, MAX_TTL);
        }
        let beyond = if self.feels { SILENT_HOPS } else { BEYOND };
        last.saturating_add(beyond).clamp(1, MAX_TTL)
    }

    fn send_hops(
        &mut self,
        now: Moment,
        pacer: &Pacer,
        probes: &mut Vec<HopProbe>,
        next_id: &mut impl FnMut() -> ProbeId,
    ) {
        let horizon = self.horizon();
        let wave = match (self.sent_up_to, self.plan.length) {
            (0, Some(length)) if self.feels => length,
            (0, None) if self.feels => FIRST_WAVE,
            _ if !self.feels => horizon,
            (sent, _) => sent.saturating_add(NEXT_WAVE),
        };
        // Another protocol takes the turn of the hops behind.
        let up_to =
            if self.exploring.is_some() { wave.min(horizon).min(self.last_by_first) } else { wave.min(horizon) };
        for ttl in self.sent_up_to.saturating_add(1)..=up_to {
            self.send_hop(ttl, now, pacer, probes, next_id);
        }
        self.sent_up_to = self.sent_up_to.max(up_to);
        // Answers may still widen the horizon, so the way is felt for until it is reached.
        let may_go_on = self.reached.is_none() && (self.feels || self.is_there);
        self.next_wave = (may_go_on && self.sent_up_to < horizon).then_some(now.mono + WAVE);
    }

    /// Asks the hop at `ttl`, now or when its pace allows.
    fn send_hop(
        &mut self,
        ttl: u8,
        now: Moment,
        pacer: &Pacer,
        probes: &mut Vec<HopProbe>,
        next_id: &mut impl FnMut() -> ProbeId,
    ) {
        match self.admit(ttl, pacer, now.mono) {
            Ok(()) => {
                let aim = Aim::Hop(ttl, self.slow.contains_key(&ttl));
                let probe = self.probe(next_id(), self.plan.target, self.protocol, ttl);
                self.send(aim, probe, now, probes);
            }
            Err(free) => {
                self.later.insert(ttl, free);
            }
        }
    }

    /// Asks `pacer` whether the hop at `ttl` may be asked at `now`; the error tells from when on it may. The target is
    /// pinged, not made to give up, so it has no pace.
    fn admit(&self, ttl: u8, pacer: &Pacer, now: Duration) -> Result<(), Duration> {
        let known = self.plan.known.get(usize::from(ttl).saturating_sub(1)).copied().flatten();
        let host = self.table.host(ttl).or(known);
        if host == Some(self.plan.target.addr) {
            return Ok(());
        }
        let mut asked = vec![Asked::Unknown(self.plan.target, ttl)];
        asked.extend(host.map(Asked::Router));
        pacer.admit(&asked, PACE * self.slow.get(&ttl).copied().unwrap_or(1), now)
    }

    fn send(&mut self, aim: Aim, probe: HopProbe, now: Moment, probes: &mut Vec<HopProbe>) {
        self.out.insert(probe.id, (aim, now.mono + probe.deadline + GRACE));
        probes.push(probe);
    }

    fn probe(&self, id: ProbeId, to: Host, protocol: TraceProtocol, ttl: u8) -> HopProbe {
        let flow = u8::try_from(self.rounds.saturating_sub(1) % usize::from(self.plan.flows.max(1))).unwrap_or(0);
        HopProbe { id, to, protocol, flow, ttl, deadline: self.plan.deadline }
    }

    /// Asks hops that leave probes unanswered more slowly, and directly.
    fn ask_doubtful(&mut self, now: Moment, probes: &mut Vec<HopProbe>, next_id: &mut impl FnMut() -> ProbeId) {
        for ttl in 1..=self.table.last_answering() {
            if !self.table.is_doubtful(ttl) {
                continue;
            }
            self.slow.entry(ttl).or_insert(SLOWER);
            let Some(addr) = self.table.host(ttl).filter(|_| !self.table.has_echoes(ttl, ECHOES)) else { continue };
            let probe = self.probe(next_id(), Host { addr, ..self.plan.target }, TraceProtocol::Icmp, FULL_TTL);
            self.send(Aim::Echo(ttl), probe, now, probes);
        }
    }

    /// Asks the target itself, by every protocol. Nobody on the way is made to answer, so this has no pace.
    fn ask_directly(&mut self, now: Moment, probes: &mut Vec<HopProbe>, next_id: &mut impl FnMut() -> ProbeId) {
        let (own, others) = (self.protocol, self.plan.others.clone());
        self.last_by_first = self.table.last_answering();
        self.tried.extend(others.iter().copied());
        self.explores = self.plan.explores.iter().copied().filter(|protocol| others.contains(protocol)).collect();
        for protocol in std::iter::once(own).chain(others) {
            let probe = self.probe(next_id(), self.plan.target, protocol, FULL_TTL);
            self.send(Aim::Other, probe, now, probes);
        }
    }

    /// Asks by another protocol, in place of this one, behind the last hop that answered.
    fn explore(
        &mut self,
        protocol: TraceProtocol,
        now: Moment,
        pacer: &Pacer,
        probes: &mut Vec<HopProbe>,
        next_id: &mut impl FnMut() -> ProbeId,
    ) {
        for ttl in self.last_by_first.saturating_add(1)..=self.last_by_first.saturating_add(NEXT_WAVE) {
            if self.admit(ttl, pacer, now.mono).is_ok() {
                let probe = self.probe(next_id(), self.plan.target, protocol, ttl);
                self.send(Aim::Other, probe, now, probes);
            }
        }
    }

    /// Takes a sample. `false` when it is none of this trace's.
    pub fn take(&mut self, sample: &HopSample, now: Moment) -> bool {
        let aim = if sample.arrival == Arrival::First {
            self.out.remove(&sample.probe.id).map(|(aim, _)| aim)
        } else {
            self.back.iter().find(|(id, _)| *id == sample.probe.id).map(|(_, aim)| *aim)
        };
        let Some(aim) = aim else { return false };
        if sample.arrival == Arrival::First {
            self.back.push_back((sample.probe.id, aim));
            if self.back.len() > REMEMBERED {
                self.back.pop_front();
            }
        }
        self.ended = now.stamp();
        match aim {
            Aim::Hop(ttl, slow) => self.take_hop(ttl, sample, slow),
            Aim::Echo(ttl) => {
                if !matches!(sample.outcome, HopOutcome::NotMeasured(_)) {
                    self.table.add_echo(ttl, matches!(sample.outcome, HopOutcome::Reached(_)));
                }
            }
            Aim::Other if sample.probe.protocol == self.protocol => {
                if matches!(sample.outcome, HopOutcome::Reached(_)) && self.reached.is_none() {
                    self.is_there = true;
                    self.next_wave = Some(now.mono);
                }
            }
            Aim::Other => {
                let got = self.others.entry(sample.probe.protocol).or_default();
                match &sample.outcome {
                    HopOutcome::Reached(_) => got.0 = true,
                    HopOutcome::Expired(_) => got.1 = got.1.max(sample.probe.ttl),
                    _ => {}
                }
            }
        }
        true
    }

    fn take_hop(&mut self, ttl: u8, sample: &HopSample, slow: bool) {
        if sample.probe.protocol != self.protocol {
            return;
        }
        match &sample.outcome {
            HopOutcome::Reached(_) => {
                self.reached_in = self.rounds;
                if self.reached.is_none_or(|reached| ttl < reached) {
                    self.reached = Some(ttl);
                    self.unreachable = None;
                    self.next_wave = None;
                    self.table.cut_behind(ttl);
                }
            }
            HopOutcome::Expired(_) if self.unreachable.is_some_and(|(at, _)| ttl >= at) => self.unreachable = None,
            // The path has become longer.
            HopOutcome::Expired(_) if self.reached.is_some_and(|reached| ttl >= reached) => self.ends_farther = true,
            HopOutcome::Unreachable { answer, icmp_type, code } => {
                // Whoever says so says it to every probe that gets there.
                if self.unreachable.is_none_or(|(nearest, _)| ttl < nearest) {
                    let end = TraceEnd::Unreachable { from: answer.from, icmp_type: *icmp_type, code: *code };
                    self.unreachable = Some((ttl, end));
                    self.next_wave = None;
                    self.table.cut_behind(ttl);
                }
            }
            HopOutcome::Local(fault) => self.trouble = Some(TraceEnd::Local(*fault)),
            HopOutcome::NotMeasured(why) => self.trouble = Some(TraceEnd::NotMeasured(*why)),
            HopOutcome::Expired(_) | HopOutcome::Silent => {}
        }
        // Behind the end there are only more answers of who stands there.
        let end = self.reached.or(self.unreachable.map(|(at, _)| at));
        if end.is_none_or(|end| ttl <= end) {
            self.table.add(sample, slow);
        }
    }

    /// Returns the time at which [`Self::poll`] wants to be called; `None` when only a sample can bring news.
    pub fn next_timeout(&self) -> Option<Duration> {
        let given_up = self.out.values().map(|(_, given_up)| *given_up).min();
        self.next_probe().into_iter().chain(given_up).min()
    }

    /// Returns the time at which there may be something to send; `None` when all has been sent.
    fn next_probe(&self) -> Option<Duration> {
        if self.is_cancelled {
            return None;
        }
        let round = (self.rounds < self.plan.rounds).then_some(self.next_round);
        let others = self.try_others.filter(|_| self.reached.is_none());
        let later = self.later.values().min().copied().filter(|at| round.is_none_or(|round| *at < round));
        [round, self.next_wave, others, later].into_iter().flatten().min()
    }

    /// Sends nothing more: what is out is waited for.
    pub fn cancel(&mut self) {
        self.is_cancelled = true;
        self.later.clear();
    }

    /// True if every probe has been sent and has come back, or not in time.
    pub fn is_over(&self) -> bool {
        self.out.is_empty() && self.next_probe().is_none()
    }

    /// True if the trace was broken off.
    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled
    }

    /// Rounds begun, of how many.
    pub fn progress(&self) -> (usize, usize) {
        (self.rounds, self.plan.rounds)
    }

    /// The target.
    pub fn target(&self) -> Host {
        self.plan.target
    }

    /// The trace as far as it has come.
    pub fn trace(&self) -> Trace {
        let mut hops = self.table.hops();
        let by_other = self.others.iter().find(|(_, (reached, _))| *reached).map(|(protocol, _)| *protocol);
        if self.reached.is_none() && by_other.is_some() {
            // The way is whole: what is silent here is silent to this protocol.
            let silent = hops.iter_mut().filter(|hop| hop.reading == HopReading::NothingFromHere);
            silent.for_each(|hop| hop.reading = HopReading::PassesSilently);
        }
        let end = if self.reached.is_some() {
            TraceEnd::Reached
        } else if let Some(protocol) = by_other {
            TraceEnd::ReachedBy(protocol)
        } else if let Some((_, unreachable)) = self.unreachable {
            unreachable
        } else if hops.iter().all(|hop| hop.hosts.is_empty())
            && let Some(trouble) = self.trouble
        {
            trouble
        } else if self.rounds == 0 {
            TraceEnd::NotMeasured(NotMeasured::NoResources)
        } else {
            TraceEnd::Silent
        };
        Trace {
            target: self.plan.target,
            name: self.plan.name.clone(),
            protocol: self.protocol,
            started: self.started,
            ended: self.ended,
            rounds: self.rounds,
            hops,
            end,
            tried: self.tried.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
