//! The traces that the monitor would have made, and the paths that became others meanwhile.

use std::{net::IpAddr, time::Duration};

use chrono::TimeDelta;

use super::{
    Episode, Plan, What,
    line::{GATEWAY, HOPS, Line, TARGETS, rtt},
};
use crate::model::{
    diary::PathChange,
    host::Host,
    probe::LocalFault,
    time::{Stamp, Timestamp},
    trace::{Hop, HopChange, HopHost, HopReading, RttFigures, Trace, TraceEnd, TraceProtocol, TracePurpose},
    verdict::FaultDomain,
};

/// Routers of the network between the provider's and the far host's, which take turns for days.
const CARRIERS: [([u8; 4], f64); 2] = [([198, 51, 100, 1], 11.3), ([198, 51, 100, 65], 11.9)];
/// The distance at which they stand.
const CARRIER_TTL: u8 = 4;
/// Time between baseline traces, and their rounds.
const BASELINE: TimeDelta = TimeDelta::minutes(15);
const ROUNDS: usize = 20;
/// Rounds while the line is down, and at its edges.
const MANY_ROUNDS: usize = 60;
const FEW_ROUNDS: usize = 3;

/// A trace, why it was made, and what it showed to be different.
#[derive(Debug, Clone, PartialEq)]
pub struct Traced {
    /// The episode it belongs to; `None` for a baseline.
    pub episode: Option<Episode>,
    /// Purpose of the trace.
    pub purpose: TracePurpose,
    /// The trace.
    pub trace: Trace,
    /// Differences from the baseline before; none in the traces of an outage.
    pub changes: Vec<HopChange>,
}

/// Hands every trace to `give`: baselines in time order, and between them those of each outage and interruption.
pub fn traces(plan: &Plan, episodes: &[Episode], mut give: impl FnMut(Traced)) {
    let mut tracer = Tracer { begin: plan.begin(), rng: fastrand::Rng::with_seed(plan.seed ^ 0x7ace) };
    let turns = turns(plan);
    let (mut next, mut last, mut rest) = (plan.begin() + TimeDelta::minutes(1), None, episodes);
    while next < plan.end {
        while let Some((episode, later)) = rest.split_first().filter(|(first, _)| first.from < next) {
            if matches!(episode.what, What::Down(_)) {
                let carrier = carrier(&turns, episode.from);
                tracer.outage(*episode, carrier, &mut give);
            }
            if episode.until > next {
                break;
            }
            rest = later;
        }
        let now = rest.first().filter(|episode| episode.from <= next).map(|episode| episode.what);
        if !matches!(now, Some(What::Down(_) | What::Asleep | What::Stopped)) {
            let at = carrier(&turns, next);
            let changes = match last {
                Some(before) if before != at => vec![change(before, at)],
                _ => Vec::new(),
            };
            last = Some(at);
            let trace = tracer.trace(next, now, at, ROUNDS);
            give(Traced { episode: None, purpose: TracePurpose::Baseline, trace, changes });
        } else if let Some(episode) = rest.first() {
            // The next one when it is over.
            rest = rest.split_first().map_or(rest, |(_, later)| later);
            next = episode.until + TimeDelta::minutes(1);
            continue;
        }
        next += BASELINE;
    }
    for episode in rest.iter().filter(|episode| matches!(episode.what, What::Down(_))) {
        tracer.outage(*episode, carrier(&turns, episode.from), &mut give);
    }
}

/// The changes of the path that a monitor would have told.
pub fn path_changes(plan: &Plan, episodes: &[Episode]) -> Vec<PathChange> {
    let mut all = Vec::new();
    traces(plan, episodes, |traced| {
        if !traced.changes.is_empty() {
            all.push(PathChange {
                at: traced.trace.started.wall,
                host: traced.trace.target.to_string(),
                hops: traced.changes,
            });
        }
    });
    all
}

/// Returns the times at which the carriers take turns: every few days.
fn turns(plan: &Plan) -> Vec<Timestamp> {
    let mut rng = fastrand::Rng::with_seed(plan.seed ^ 0x9a7b);
    let (mut at, mut turns) = (plan.begin(), Vec::new());
    loop {
        at += TimeDelta::minutes(rng.i64(2 * 24 * 60..8 * 24 * 60));
        if at >= plan.end {
            return turns;
        }
        turns.push(at);
    }
}

fn carrier(turns: &[Timestamp], at: Timestamp) -> usize {
    turns.iter().filter(|turn| **turn <= at).count() % CARRIERS.len()
}

fn addr(carrier: usize) -> Option<IpAddr> {
    CARRIERS.get(carrier).map(|(addr, _)| (*addr).into())
}

fn change(before: usize, after: usize) -> HopChange {
    HopChange { ttl: CARRIER_TTL, before: addr(before), after: addr(after) }
}

struct Tracer {
    begin: Timestamp,
    rng: fastrand::Rng,
}

impl Tracer {
    /// The path before, when it failed, with many rounds, and after.
    fn outage(&mut self, episode: Episode, carrier: usize, give: &mut impl FnMut(Traced)) {
        let what = Some(episode.what);
        let long = usize::try_from((episode.until - episode.from).num_seconds()).unwrap_or(1);
        let parts = [
            (TracePurpose::Baseline, episode.from - TimeDelta::minutes(2), None, ROUNDS),
            (TracePurpose::Burst, episode.from + TimeDelta::seconds(1), what, FEW_ROUNDS.min(long.max(1))),
            (TracePurpose::Intensive, episode.from + TimeDelta::seconds(4), what, MANY_ROUNDS.min(long)),
            (TracePurpose::Recovery, episode.until + TimeDelta::seconds(1), None, FEW_ROUNDS),
        ];
        for (purpose, at, what, rounds) in parts {
            // An interruption is over before many rounds begin.
            if purpose != TracePurpose::Intensive || at + TimeDelta::seconds(6) < episode.until {
                let trace = self.trace(at, what, carrier, rounds);
                give(Traced { episode: Some(episode), purpose, trace, changes: Vec::new() });
            }
        }
    }

    fn trace(&mut self, at: Timestamp, what: Option<What>, carrier: usize, rounds: usize) -> Trace {
        let line = Line::of(what, at);
        let far = TARGETS.first().copied().unwrap_or(GATEWAY);
        let carrier = CARRIERS.get(carrier).copied().unwrap_or(far);
        let way = [GATEWAY].into_iter().chain(HOPS).chain([carrier, far]);
        let reached =
            [line.reaches_home(), line.reaches_hop(0), line.reaches_hop(1), line.reaches_all(), line.reaches_all()];
        let loses = line.loss > 0.01;
        let mut hops = Vec::new();
        for ((ttl, host), is_reached) in (1..).zip(way).zip(reached) {
            let factor = if ttl == 1 { 1.0 } else { line.busy * line.late };
            let part = if loses && ttl > 1 { line.loss } else { 0.0 };
            hops.push(self.hop(ttl, host, (is_reached, factor, part), rounds));
        }
        let end = match line.down {
            _ if line.reaches_all() => TraceEnd::Reached,
            Some(FaultDomain::Host) => TraceEnd::Local(LocalFault::LinkDown),
            _ => TraceEnd::Silent,
        };
        let lasting =
            Duration::from_secs(u64::try_from(rounds).unwrap_or(1).saturating_sub(1)) + Duration::from_millis(40);
        let mono = (at - self.begin).to_std().unwrap_or_default();
        let started = Stamp { wall: at, mono };
        let target = Host::new(far.0.into());
        Trace {
            target,
            name: target.to_string(),
            protocol: TraceProtocol::Icmp,
            started,
            ended: started.after(lasting),
            rounds,
            hops,
            end,
            tried: Vec::new(),
        }
    }

    fn hop(
        &mut self,
        ttl: u8,
        (addr, millis): ([u8; 4], f64),
        (is_reached, factor, loss): (bool, f64, f64),
        sent: usize,
    ) -> Hop {
        let mut rtts: Vec<f64> = Vec::new();
        for _ in 0..sent {
            if is_reached && self.rng.f64() >= loss {
                rtts.push(rtt(&mut self.rng, millis, factor).as_secs_f64());
            }
        }
        let answered = rtts.len();
        let hosts = if answered == 0 {
            Vec::new()
        } else {
            vec![HopHost { addr: addr.into(), n_answers: answered, labels: Vec::new() }]
        };
        let lost = 1.0 - answered as f64 / sent.max(1) as f64;
        let reading = match answered {
            0 => HopReading::NothingFromHere,
            _ if loss > 0.0 && ttl == 2 && lost > 0.0 => HopReading::Loses,
            _ => HopReading::Answers,
        };
        Hop {
            ttl,
            hosts,
            sent,
            answered,
            late: 0,
            duplicates: 0,
            rtt: figures(&rtts),
            loss: Some(if answered == 0 { 1.0 } else { lost }),
            answers_echo: None,
            reading: reading.with_loss(Some(lost)),
        }
    }
}

fn figures(rtts: &[f64]) -> Option<RttFigures> {
    let last = *rtts.last()?;
    let avg = rtts.iter().sum::<f64>() / rtts.len() as f64;
    let squares: f64 = rtts.iter().map(|rtt| (rtt - avg).powi(2)).sum();
    let stdev = (squares / (rtts.len().saturating_sub(1)).max(1) as f64).sqrt();
    let edge = |pick: fn(f64, f64) -> f64| rtts.iter().copied().fold(last, pick);
    let [last, avg, best, worst, stdev] =
        [last, avg, edge(f64::min), edge(f64::max), stdev].map(Duration::from_secs_f64);
    Some(RttFigures { last, avg, best, worst, stdev })
}
