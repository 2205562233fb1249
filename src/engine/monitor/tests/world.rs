//! The simulation: virtual time, a network, and a monitor driven as `driver.rs` drives it.

use std::{collections::BTreeMap, time::Duration};

use super::line::{Fault, Line, ms};
use crate::{
    engine::{
        knowledge::Permits,
        monitor::{Action, Monitor},
    },
    model::{
        config::Config,
        event::Event,
        host::HostFacts,
        ledger::{MicroInterruption, Outage, State},
        probe::{ProbeKind, PulseSample, Sample},
        row::Row,
        time::{Moment, Stamp, Timestamp},
        verdict::FaultDomain,
    },
};

enum Input {
    Sample(Sample),
    Facts(HostFacts),
    Names,
}

/// Everything.
pub(super) struct World {
    pub(super) line: Line,
    pub(super) monitor: Monitor,
    now: Duration,
    asleep: Duration,
    clock_set: chrono::TimeDelta,
    queue: BTreeMap<(Duration, u64), Input>,
    n_inputs: u64,
    n_idle: u32,
    pub(super) facts_after: Duration,
    pub(super) n_probes: u64,
    pub(super) n_timeouts: u64,
    pub(super) rows: Vec<Row>,
    pub(super) events: Vec<(Duration, Event)>,
    pub(super) outages: Vec<Outage>,
    pub(super) micros: Vec<MicroInterruption>,
    pub(super) pulse: Vec<PulseSample>,
}

/// A configuration with two hops of the provider.
pub(super) fn config() -> Config {
    Config { isp_targets: vec!["100.64.0.1".into(), "100.64.1.1".into()], ..Config::default() }
}

/// Seconds since the beginning.
pub(super) fn at(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

pub(super) fn epoch() -> Timestamp {
    chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

impl World {
    pub(super) fn new(line: Line) -> Self {
        Self::with(line, config())
    }

    pub(super) fn with(line: Line, config: Config) -> Self {
        let seed = line.rng.clone().u64(..);
        fastrand::seed(seed);
        let permits = Permits { v4: line.echo, v6: line.echo };
        let begin = Moment { wall: epoch(), mono: Duration::ZERO, awake: Duration::ZERO };
        Self {
            line,
            monitor: Monitor::new(config, permits, begin),
            now: Duration::ZERO,
            asleep: Duration::ZERO,
            clock_set: chrono::TimeDelta::zero(),
            queue: BTreeMap::new(),
            n_inputs: 0,
            n_idle: 0,
            facts_after: ms(1),
            n_probes: 0,
            n_timeouts: 0,
            rows: Vec::new(),
            events: Vec::new(),
            outages: Vec::new(),
            micros: Vec::new(),
            pulse: Vec::new(),
        }
    }

    /// A world with one fault.
    pub(super) fn with_fault(fault: Fault, from: f64, until: f64) -> Self {
        let mut line = Line::new(1);
        line.add(at(from), at(until), fault);
        Self::new(line)
    }

    pub(super) fn moment(&self) -> Moment {
        let wall = epoch() + chrono::TimeDelta::from_std(self.now).unwrap() + self.clock_set;
        Moment { wall, mono: self.now, awake: self.now.saturating_sub(self.asleep) }
    }

    /// Runs until this time.
    pub(super) fn run(&mut self, until: Duration) -> &mut Self {
        loop {
            self.act();
            let timeout = self.monitor.poll_timeout();
            let input = self.queue.first_key_value().map(|((due, _), _)| *due);
            let next = input.map_or(timeout, |due| due.min(timeout)).max(self.now);
            if next > until {
                self.now = self.now.max(until);
                return self;
            }
            self.n_idle = if next > self.now { 0 } else { self.n_idle + 1 };
            assert!(self.n_idle < 2000, "the monitor spins at {:?}", self.now);
            self.now = next;
            let now = self.moment();
            // A queue with something in it is asked before the clock.
            if let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= next) {
                match entry.remove() {
                    Input::Sample(sample) => self.monitor.handle_sample(now, sample),
                    Input::Facts(facts) => self.monitor.handle_facts(now, facts),
                    Input::Names => self.monitor.handle_names(now, BTreeMap::new()),
                }
            } else {
                self.n_timeouts += 1;
                self.monitor.handle_timeout(now);
            }
        }
    }

    pub(super) fn run_to(&mut self, seconds: f64) -> &mut Self {
        self.run(at(seconds))
    }

    /// The computer sleeps for so long. What was under way comes back late or never.
    pub(super) fn sleep(&mut self, seconds: f64) {
        self.stall(seconds);
        self.asleep += at(seconds);
    }

    /// The program gets no time for so long.
    pub(super) fn stall(&mut self, seconds: f64) {
        self.act();
        self.now += at(seconds);
    }

    /// Somebody sets the clock.
    pub(super) fn set_clock(&mut self, seconds: i64) {
        self.clock_set += chrono::TimeDelta::seconds(seconds);
    }

    pub(super) fn stop(&mut self) {
        let now = self.moment();
        self.monitor.stop(now);
        self.act();
    }

    /// How much the monitor keeps, of each kind.
    pub(super) fn sizes(&self) -> [usize; 8] {
        let monitor = &self.monitor;
        let cycle = monitor.cycle.as_ref().map_or(0, |(cycle, _)| cycle.samples().len());
        let (recent, out, counted) = (monitor.recent.len(), monitor.out.len(), monitor.counted.len());
        let actions = monitor.actions.len();
        [
            recent,
            out,
            counted,
            actions,
            monitor.services.len(),
            monitor.timeline.size(),
            monitor.figures.quality.size(),
            cycle,
        ]
    }

    fn put(&mut self, after: Duration, input: Input) {
        self.n_inputs += 1;
        self.queue.insert((self.now + after, self.n_inputs), input);
    }

    fn act(&mut self) {
        while let Some(action) = self.monitor.poll_action() {
            match action {
                Action::Send(probes) => {
                    self.line.forget(self.now);
                    self.n_probes += probes.len() as u64;
                    let sent = self.moment().stamp();
                    for probe in probes {
                        let (outcome, after) = self.line.answer(self.now, &probe);
                        // Timed from when the question or the first packet of a connection was sent that was answered.
                        let asked = match (&probe.kind, outcome.rtt()) {
                            (ProbeKind::Dns(_) | ProbeKind::Tcp(_), Some(rtt)) => sent.after(after.saturating_sub(rtt)),
                            _ => sent,
                        };
                        let sample = probe.sample(asked, outcome);
                        if self.line.is_twice(self.now) {
                            self.put(after + ms(7), Input::Sample(sample.clone()));
                        }
                        self.put(after, Input::Sample(sample));
                    }
                }
                Action::ReadHost => {
                    let facts = self.line.facts(self.now);
                    self.put(self.facts_after, Input::Facts(facts));
                }
                Action::Resolve(_) => self.put(ms(100), Input::Names),
                Action::Append(row) => self.rows.push(*row),
                Action::Tell(event) => {
                    if let Event::Sample(sample) = *event {
                        self.pulse.push(sample);
                        continue;
                    }
                    match event.as_ref() {
                        Event::OutageClosed(outage) => self.outages.push(outage.clone()),
                        Event::Micro(micro) => self.micros.push(*micro),
                        _ => {}
                    }
                    self.events.push((self.now, *event));
                }
            }
        }
    }

    /// When the first event came that `is` one wanted.
    pub(super) fn first(&self, is: impl Fn(&Event) -> bool) -> Option<Duration> {
        self.events.iter().find(|(_, event)| is(event)).map(|(at, _)| *at)
    }

    /// Every bad stretch: from, until, domain, and whether it was an outage.
    pub(super) fn found(&self) -> Vec<Bad> {
        let mut found: Vec<Bad> = self.outages.iter().map(Bad::of).collect();
        found.extend(self.monitor.ledger.open_outage().map(|outage| Bad::of(&outage)));
        found.extend(self.micros.iter().map(|micro| Bad {
            from: micro.start.mono.as_secs_f64(),
            until: micro.end.mono.as_secs_f64(),
            domain: Some(micro.domain),
            is_outage: false,
        }));
        found.sort_by(|a, b| a.from.total_cmp(&b.from));
        found
    }

    /// Nothing bad at all was found.
    #[track_caller]
    pub(super) fn assert_quiet(&self) {
        let down = self.first(|event| matches!(event, Event::State(_, State::Down(_), _)));
        assert_eq!((Vec::new(), None), (self.found(), down), "{}", self.log());
    }

    /// What happened, for messages.
    pub(super) fn log(&self) -> String {
        let few = self.events.len() < 60;
        let told = |event: &Event| few || !matches!(event, Event::Suspected(_));
        let lines: Vec<_> = self.events.iter().filter(|(_, event)| told(event)).collect();
        let text: Vec<String> = lines
            .into_iter()
            .rev()
            .take(40)
            .rev()
            .map(|(at, event)| format!("{:8.3} {}", at.as_secs_f64(), brief(event)))
            .collect();
        format!("\n{}", text.join("\n"))
    }
}

/// A bad stretch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bad {
    pub(super) from: f64,
    pub(super) until: f64,
    pub(super) domain: Option<FaultDomain>,
    pub(super) is_outage: bool,
}

impl Bad {
    fn of(outage: &Outage) -> Self {
        let end = outage.end.map_or(f64::INFINITY, |end| end.mono.as_secs_f64());
        let now = outage.end.unwrap_or(Stamp { mono: Duration::MAX, ..outage.start });
        Self { from: outage.start.mono.as_secs_f64(), until: end, domain: outage.domain(now), is_outage: true }
    }
}

fn brief(event: &Event) -> String {
    let time = |stamp: &Stamp| format!("{:.3}", stamp.mono.as_secs_f64());
    match event {
        Event::Suspected(since) => format!("suspected since {}", time(since)),
        Event::Confirmed(since, verdict) => format!("confirmed since {} {:?}", time(since), verdict.domain),
        Event::State(since, state, verdict) => {
            format!("state since {} {state:?} {:?} {:?}", time(since), verdict.domain, verdict.evidence)
        }
        Event::OutageOpened(outage, verdict) => format!("opened {} {:?}", time(&outage.start), verdict.domain),
        Event::OutageClosed(outage) => format!("closed {:?}", Bad::of(outage)),
        Event::Micro(micro) => format!("micro {} to {} {:?}", time(&micro.start), time(&micro.end), micro.domain),
        Event::Gap(from, length, reason) => format!("gap from {} for {length:?} {reason:?}", time(from)),
        Event::Notice(_, domain, begins, verdict) => {
            format!("notice {domain:?} {begins} {:?}", verdict.evidence)
        }
        other => format!("{other:?}").chars().take(100).collect(),
    }
}
