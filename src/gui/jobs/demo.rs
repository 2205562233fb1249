//! A made-up line for looking around: a month that was, and from now on what would come.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use chrono::TimeDelta;

use super::{Job, Jobs};
use crate::{
    gui::{
        text::T,
        view_model::{
            History, ViewModel,
            diary::{Diary, DiaryChange},
            follow::Follower,
            in_millis,
        },
    },
    model::{
        event::Event,
        host::Host,
        probe::{PulseSample, Subject},
        row::Row,
        time::{Moment, Stamp, Timestamp},
        trace::{Hop, HopHost, HopReading, RttFigures, Trace, TraceEnd, TraceProtocol, TracePurpose},
        verdict::{Evidence, FaultDomain},
    },
    simulation::{self, Episode, Plan, What},
};

const ROUTER: [u8; 4] = [192, 168, 1, 1];
/// Time that will be.
const AHEAD: TimeDelta = TimeDelta::hours(12);
/// So much of the past has a sample each second.
const CLOSE: TimeDelta = TimeDelta::hours(6);

/// Data that the demo shows.
pub(crate) struct Demo {
    pub(crate) history: History,
    /// Recent events, for the activity.
    pub(crate) recent: Vec<Event>,
    /// Traces from before that.
    pub(crate) earlier: Vec<Traced>,
    pub(crate) diary: Diary,
    pub(crate) player: Player,
}

/// A trace, when and why it was made.
pub(crate) type Traced = (Stamp, TracePurpose, Arc<Trace>);

/// Makes it up.
pub(crate) fn load(jobs: &mut Jobs, now: Moment, days: u32) -> Job<Demo> {
    jobs.start(T::JobDemo, move |_| make(now, days))
}

/// Makes it up at once, for tests.
pub(crate) fn make(now: Moment, days: u32) -> Demo {
    let plan =
        Plan { end: now.wall + AHEAD, length: Duration::from_hours(24) * days + Duration::from_hours(12), seed: 7 };
    let episodes = episodes(&plan, now.wall);
    let mut past = ViewModel::new(now);
    past.gateway = Some(Host::new(ROUTER.into()));
    let (mut recent, mut ahead) = (Vec::new(), VecDeque::new());
    let mut follower = Follower::new(Duration::from_secs(10));
    let mut rng = fastrand::Rng::with_seed(3);
    let mut last: Option<Row> = None;
    simulation::rows(&plan, &episodes, |row| {
        if row.at > now.wall {
            ahead.push_back(row);
            return;
        }
        let is_recent = now.wall - row.at < TimeDelta::hours(3);
        if now.wall - row.at < CLOSE {
            if let Some(before) = &last {
                seconds(before, row.at, &mut rng).iter().for_each(|sample| past.apply(&Event::Sample(*sample)));
            }
        } else {
            past.samples_of(&row);
        }
        let shared = Arc::new(row);
        for event in follower.take(&shared, shared.at) {
            past.apply(&event);
            if is_recent {
                recent.push(event);
            }
        }
        last = Some(Row::clone(&shared));
    });
    let (earlier, late): (Vec<_>, Vec<_>) =
        traces(&past, now.wall).into_iter().partition(|(at, ..)| now.wall - at.wall >= TimeDelta::hours(3));
    recent.extend(late.into_iter().map(|(at, purpose, trace)| Event::Trace(at, purpose, trace)));
    recent.sort_by_key(when);
    let n_rows = past.session.checks;
    let outages = past.outages.iter().cloned().collect();
    let history =
        History { hosts: past.hosts, timeline: past.timeline, outages, micros: past.micros, rows: n_rows, skipped: 0 };
    let mut diary = Diary::default();
    let before = |at: Timestamp| at <= now.wall;
    for mut ticket in simulation::tickets(&plan, &episodes).into_iter().filter(|ticket| before(ticket.at)) {
        ticket.closed = ticket.closed.filter(|closed| before(*closed));
        diary.change(&DiaryChange::Ticket(ticket));
    }
    for note in simulation::notes(&episodes).into_iter().filter(|note| before(note.at)) {
        diary.change(&DiaryChange::Note(note, None));
    }
    Demo { history, recent, earlier, diary, player: Player { ahead, follower, rng, last, sampled: now.wall } }
}

/// A month of chance, and near its end what one would like to show.
fn episodes(plan: &Plan, now: Timestamp) -> Vec<Episode> {
    let quiet = now - TimeDelta::hours(9);
    let at = |what, minutes: i64, seconds: i64| {
        let from = now + TimeDelta::minutes(minutes);
        Episode { what, from, until: from + TimeDelta::seconds(seconds) }
    };
    // Two of the provider's that were worth a call, and what happened today.
    let told = [
        at(What::Down(FaultDomain::Isp), -17 * 1440 - 312, 5640),
        at(What::Down(FaultDomain::Access), -6 * 1440 - 75, 2580),
        at(What::Down(FaultDomain::Dns), -460, 190),
        at(What::Down(FaultDomain::Lan), -330, 22),
        at(What::Degraded(FaultDomain::Access, Evidence::LatencyHigh), -215, 1500),
        at(What::Down(FaultDomain::Access), -142, 252),
        at(What::Down(FaultDomain::Access), -46, 52),
        at(What::Down(FaultDomain::Access), -31, 4),
    ];
    let apart = TimeDelta::minutes(5);
    let mut all: Vec<Episode> = simulation::episodes(plan)
        .into_iter()
        .filter(|episode| episode.until < quiet - apart)
        .filter(|episode| !told.iter().any(|one| episode.from < one.until + apart && one.from < episode.until + apart))
        .collect();
    all.extend(told.into_iter().filter(|one| one.from > plan.begin()));
    all.sort_by_key(|episode| episode.from);
    let soon = now + TimeDelta::seconds(40);
    all.push(Episode { what: What::Down(FaultDomain::Access), from: soon, until: soon + TimeDelta::seconds(95) });
    all
}

fn when(event: &Event) -> Timestamp {
    match event {
        Event::Row(row) => row.at,
        Event::OutageOpened(outage, _) => outage.start.wall,
        Event::OutageClosed(outage) => outage.end.unwrap_or(outage.start).wall,
        Event::Micro(micro) => micro.end.wall,
        Event::State(at, ..) | Event::Gap(at, ..) | Event::Trace(at, ..) => at.wall,
        _ => Timestamp::UNIX_EPOCH,
    }
}

/// Part of the demo that is still to come.
pub(crate) struct Player {
    ahead: VecDeque<Row>,
    follower: Follower,
    rng: fastrand::Rng,
    last: Option<Row>,
    sampled: Timestamp,
}

impl Player {
    /// Returns the events since the last call, up to `now`.
    pub(crate) fn until(&mut self, now: Timestamp) -> Vec<Event> {
        let mut events = Vec::new();
        if let Some(last) = &self.last {
            let from = Row { at: self.sampled, ..last.clone() };
            let samples = seconds(&from, now, &mut self.rng);
            if let Some(newest) = samples.last() {
                self.sampled = newest.sent.wall + TimeDelta::milliseconds(1);
            }
            events.extend(samples.into_iter().map(Event::Sample));
        }
        while let Some(row) = self.ahead.pop_front_if(|row| row.at <= now) {
            let is_down = row.verdict.is_down();
            let changes = self.last.as_ref().is_some_and(|last| last.verdict.is_down() != is_down);
            let row = Arc::new(row);
            events.extend(self.follower.take(&row, row.at));
            if changes {
                let stamp = stamp(row.at);
                let purpose = if is_down { TracePurpose::Burst } else { TracePurpose::Recovery };
                events.push(Event::Trace(stamp, purpose, Arc::new(trace(stamp, if is_down { Some(1) } else { None }))));
            }
            self.last = Some(Row::clone(&row));
        }
        events
    }
}

fn stamp(wall: Timestamp) -> Stamp {
    Stamp { wall, mono: (wall - Timestamp::UNIX_EPOCH).to_std().unwrap_or_default() }
}

/// A sample a second of each host, as the row before tells.
fn seconds(before: &Row, until: Timestamp, rng: &mut fastrand::Rng) -> Vec<PulseSample> {
    let mut samples = Vec::new();
    let mut at = before.at;
    let n_targets = before.targets.len().max(1);
    while at < until && samples.len() < 4000 {
        let mut give = |host: Host, subject, rtt: Option<Duration>| {
            let wobble = 0.93 + 0.14 * rng.f64();
            let tail = if rng.u16(0..400) == 0 { 1.0 + 3.0 * rng.f64() } else { 1.0 };
            samples.push(PulseSample {
                host,
                subject,
                sent: stamp(at),
                rtt: rtt.map(|rtt| rtt.mul_f64(wobble * tail)),
            });
        };
        give(Host::new(ROUTER.into()), Subject::Gateway(crate::model::host::Family::V4), before.gateway_rtt);
        let second = usize::try_from(in_millis(at) / 1000).unwrap_or(0);
        for (idx, (host, rtt)) in before.isp_hops.iter().enumerate().filter(|(idx, _)| *idx == second % 2) {
            give(*host, Subject::IspHop(idx), *rtt);
        }
        for (idx, (host, rtt)) in before.targets.iter().enumerate().filter(|(idx, _)| *idx == second % n_targets) {
            give(*host, Subject::Target(idx), *rtt);
        }
        at += TimeDelta::seconds(1);
    }
    samples
}

/// A trace each quarter of an hour of the last hours, and those before, in and after each outage; by their time.
fn traces(past: &ViewModel, now: Timestamp) -> Vec<Traced> {
    let mut all = Vec::new();
    let mut add = |wall: Timestamp, purpose, answers| {
        let at = stamp(wall);
        all.push((at, purpose, Arc::new(trace(at, answers))));
    };
    for n in 1..24 {
        add(now - TimeDelta::minutes(15 * n - 4), TracePurpose::Baseline, None);
    }
    for outage in past.outages.iter() {
        let answers = match outage.domain {
            FaultDomain::Host | FaultDomain::Lan => Some(0),
            FaultDomain::Access => Some(1),
            FaultDomain::Isp => Some(2),
            FaultDomain::Upstream => Some(3),
            _ => None,
        };
        add(outage.start() - TimeDelta::minutes(7), TracePurpose::Baseline, None);
        add(outage.start() + TimeDelta::milliseconds(1200), TracePurpose::Burst, answers);
        if let Some(end) = outage.end() {
            add(end + TimeDelta::milliseconds(800), TracePurpose::Recovery, None);
        }
    }
    all.sort_by_key(|(at, ..)| at.wall);
    all
}

/// The way to a far host; behind so many hops nobody answers.
pub(crate) fn trace(at: Stamp, answers: Option<u8>) -> Trace {
    const HOPS: [(Option<[u8; 4]>, f64, u32); 6] = [
        (Some(ROUTER), 0.62, 0),
        (Some([100, 64, 12, 1]), 7.9, 0),
        (Some([203, 0, 113, 17]), 9.6, 35),
        (None, 0.0, 100),
        (Some([198, 51, 100, 42]), 11.8, 0),
        (Some([1, 1, 1, 1]), 12.4, 0),
    ];
    let mut rng = fastrand::Rng::with_seed(u64::try_from(in_millis(at.wall)).unwrap_or(1));
    let n = if answers.is_some() { 3 } else { 20 };
    let hops = (1_u8..).zip(HOPS).map(|(ttl, (addr, rtt, silent))| {
        let is_cut = answers.is_some_and(|answers| ttl > answers);
        let answered = if is_cut || addr.is_none() { 0 } else { n - n * silent / 100 };
        let figures = (answered > 0).then(|| {
            let millis = |factor: f64| Duration::from_secs_f64(rtt * factor / 1e3);
            let worst = 1.2 + rng.f64();
            RttFigures {
                last: millis(0.96 + 0.1 * rng.f64()),
                avg: millis(1.02),
                best: millis(0.93),
                worst: millis(worst),
                stdev: millis(worst / 12.0),
            }
        });
        let reading = match (is_cut, addr, silent > 0) {
            (true, ..) => HopReading::NothingFromHere,
            (_, None, _) => HopReading::PassesSilently,
            (.., true) => HopReading::Limits,
            _ => HopReading::Answers,
        };
        let host = |addr: [u8; 4]| HopHost { addr: addr.into(), n_answers: answered as usize, labels: Vec::new() };
        Hop {
            ttl,
            hosts: addr.filter(|_| answered > 0).map(host).into_iter().collect(),
            sent: n as usize,
            answered: answered as usize,
            late: 0,
            duplicates: 0,
            rtt: figures,
            loss: Some(if is_cut { 1.0 } else { 0.0 }),
            answers_echo: None,
            reading,
        }
    });
    let target = Host::new([1, 1, 1, 1].into());
    Trace {
        target,
        name: "1.1.1.1".into(),
        protocol: TraceProtocol::Icmp,
        started: at,
        ended: at.after(Duration::from_secs(u64::from(n))),
        rounds: n as usize,
        hops: hops.collect(),
        end: if answers.is_some() { TraceEnd::Silent } else { TraceEnd::Reached },
        tried: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ledger::State;

    #[test]
    fn the_demo_has_a_past_and_soon_an_outage() {
        let wall: Timestamp = "2026-11-25T14:00:00Z".parse().unwrap();
        let now = Moment { wall, mono: Duration::from_secs(5), awake: Duration::from_secs(5) };
        let mut demo = make(now, 30);
        assert!(demo.history.outages.len() > 10 && demo.history.rows > 100_000);
        let mut view = ViewModel::new(now);
        view.take_history(demo.history);
        let mut saw_down = false;
        for second in 0..240 {
            for event in demo.player.until(wall + TimeDelta::seconds(second)) {
                view.apply(&event);
            }
            saw_down |= matches!(view.state(), State::Down(FaultDomain::Access));
        }
        assert!(saw_down);
        assert_eq!(State::Up, view.state());
        let last = view.outages.iter().last().unwrap();
        assert_eq!(
            (Some(95), false),
            (last.outage.end.map(|end| end.since(last.outage.start).as_secs()), last.is_live)
        );
    }
}
