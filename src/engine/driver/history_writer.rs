//! Keeps every sample in the history, in a thread of its own, so that a slow disk delays no probe and no row.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use chrono::TimeDelta;
use crossbeam_channel::{Sender, bounded};

use super::{Error, Options, Outbox};
use crate::{
    clock,
    codec::{config_json, web_address},
    model::{
        config::{Config, SETTINGS},
        diary::{ClockSample, PathChange},
        event::Event,
        history::{Measured, Reading, Role, SeriesKey},
        host::Host,
        probe::{Means, Probe, ProbeId, ProbeKind, PulseSample, Sample, Subject},
        time::Timestamp,
    },
    store::{
        age::Doubt,
        history::{self, Bounds, HistoryError, HistoryFile},
        logs,
    },
};

/// Samples are written together when so much time has passed, which is what a kill can cost.
const BATCH: Duration = Duration::from_secs(5);
/// Batches waiting for a slow disk: minutes of them.
const MAX_WAITING: usize = 64;
/// Samples kept while the disk takes none: hours of them.
const MAX_UNWRITTEN: usize = 60_000;
/// Probes whose samples have not come. Every probe has one.
const MAX_OUT: usize = 4096;
/// Interval between searches for data that is too old or too much.
const PRUNE: Duration = Duration::from_hours(6);
/// So much around an outage is kept whatever its age.
const AROUND: TimeDelta = TimeDelta::minutes(10);
/// A log of this size has a history, too.
const OLD_LOG: u64 = 16 * 1024;

type Batch = Vec<(Arc<SeriesKey>, Reading)>;

/// The handle of the thread. Dropping it waits until all is written.
pub(super) struct HistoryWriter {
    to: Option<Sender<Task>>,
    thread: Option<JoinHandle<()>>,
    outbox: Outbox,
    ledger: RefCell<Ledger>,
}

/// Something to be written.
enum Task {
    Samples(Batch),
    Pin(Timestamp, Timestamp),
    Path(PathChange),
    Clock(ClockSample),
    Settings(Box<Config>),
}

/// Record of the probes that are out, and of the samples that came.
#[derive(Default)]
struct Ledger {
    out: BTreeMap<ProbeId, Arc<SeriesKey>>,
    keys: BTreeSet<Arc<SeriesKey>>,
    gateway: Option<Host>,
    batch: Batch,
    /// Monotonic time at which the last batch was handed over.
    handed: Duration,
    is_full: bool,
}

impl Ledger {
    /// Takes a sample of this series.
    fn take(&mut self, key: Arc<SeriesKey>, sample: &Sample) {
        let reading = Reading { at_ms: sample.sent.wall.timestamp_millis(), measured: Measured::of(&sample.outcome) };
        self.batch.push((key, reading));
    }

    /// The sample that came last is one of the pulse: the monitor tells so before it takes another.
    ///
    /// Where a connection was made by a packet that was sent again, the pulse lost its first one, which is kept beside
    /// it.
    fn mark_pulse(&mut self, told: &PulseSample) {
        let (role, at_ms) = (Role::of(told.subject), told.sent.wall.timestamp_millis());
        let is_it =
            |key: &SeriesKey| key.role == role && (key.means == Means::FirstHop || key.host == told.host.to_string());
        let Some((key, reading)) = self.batch.last_mut().filter(|(key, _)| is_it(key)) else { return };
        let wanted = SeriesKey { role: role.of_pulse(), ..SeriesKey::clone(key) };
        let wanted = self.keys.get(&wanted).cloned().unwrap_or_else(|| Arc::new(wanted));
        self.keys.insert(Arc::clone(&wanted));
        if told.rtt.is_none() && reading.measured != Measured::Lost {
            self.batch.push((wanted, Reading { at_ms, measured: Measured::Lost }));
        } else if reading.at_ms == at_ms {
            *key = wanted;
        }
    }
}

impl HistoryWriter {
    pub(super) fn start(options: &Options, outbox: Outbox) -> Result<Self, Error> {
        let (to, from) = bounded::<Task>(MAX_WAITING);
        let config = &options.config;
        let mut worker = HistoryWorker {
            dir: options.log_dir.clone(),
            bounds: bounds(config),
            file: None,
            unwritten: VecDeque::from([Task::Settings(Box::new(config.clone()))]),
            n_unwritten: 0,
            n_lost: 0,
            is_failing: false,
            next_prune: clock::now().mono,
            doubt: None,
            outbox: outbox.clone(),
        };
        let thread = std::thread::Builder::new().name("history".into()).stack_size(512 * 1024).spawn(move || {
            worker.begin();
            for task in from {
                worker.take(task);
            }
        });
        let ledger = RefCell::default();
        Ok(Self { to: Some(to), thread: Some(thread.map_err(Error::Thread)?), outbox, ledger })
    }

    /// These probes are about to be sent.
    pub(super) fn sent(&self, probes: &[Probe]) {
        let Ledger { out, keys, gateway, .. } = &mut *self.ledger.borrow_mut();
        if out.len() > MAX_OUT {
            out.clear();
        }
        for probe in probes {
            let key = key(probe, *gateway);
            if let Some(known) = keys.get(&key) {
                out.insert(probe.id, Arc::clone(known));
            } else {
                let key = Arc::new(key);
                keys.insert(Arc::clone(&key));
                out.insert(probe.id, key);
            }
        }
    }

    /// Takes the sample of a probe that was sent.
    pub(super) fn heard(&self, sample: &Sample) {
        let mut ledger = self.ledger.borrow_mut();
        let Some(key) = ledger.out.remove(&sample.id) else { return };
        let now = clock::now().mono;
        // Before the new sample, which may turn out to be one of the pulse.
        let is_due = now >= ledger.handed + BATCH && !ledger.batch.is_empty();
        let due = is_due.then(|| {
            ledger.handed = now;
            std::mem::take(&mut ledger.batch)
        });
        ledger.take(key, sample);
        drop(ledger);
        due.into_iter().for_each(|batch| self.hand(Task::Samples(batch)));
    }

    /// Takes an event of the monitor or of its traces.
    pub(super) fn told(&self, event: &Event) {
        match event {
            Event::Gateway(_, gateway) => self.ledger.borrow_mut().gateway = *gateway,
            Event::Sample(sample) => self.ledger.borrow_mut().mark_pulse(sample),
            Event::OutageOpened(outage, _) => self.pin(outage.start.wall, outage.start.wall),
            Event::OutageClosed(outage) => {
                self.pin(outage.start.wall, outage.end.map_or(outage.start.wall, |end| end.wall));
            }
            Event::PathChanged(at, host, hops) => {
                let change = PathChange { at: at.wall, host: host.to_string(), hops: hops.clone() };
                self.hand(Task::Path(change));
            }
            _ => {}
        }
    }

    /// These settings hold from now on.
    pub(super) fn apply(&self, config: &Config) {
        self.hand(Task::Settings(Box::new(config.clone())));
    }

    /// Takes a measured offset of the clock.
    pub(super) fn clock(&self, sample: ClockSample) {
        self.hand(Task::Clock(sample));
    }

    fn pin(&self, from: Timestamp, to: Timestamp) {
        let from = from.checked_sub_signed(AROUND).unwrap_or(from);
        self.hand(Task::Pin(from, to.checked_add_signed(AROUND).unwrap_or(to)));
    }

    fn hand(&self, task: Task) {
        let is_full = self.to.as_ref().is_some_and(|to| to.try_send(task).is_err());
        // Once is enough for one trouble.
        if is_full && !self.ledger.borrow().is_full {
            self.outbox.warn("the disk takes no samples for the history; they are lost until it does".into());
        }
        self.ledger.borrow_mut().is_full = is_full;
    }
}

impl Drop for HistoryWriter {
    fn drop(&mut self) {
        let rest = std::mem::take(&mut self.ledger.borrow_mut().batch);
        self.hand(Task::Samples(rest));
        self.to = None;
        if let Some(thread) = self.thread.take() {
            // A panic has been reported by the runtime already.
            thread.join().ok();
        }
    }
}

fn bounds(config: &Config) -> Bounds {
    Bounds {
        age: Duration::from_hours(24) * u32::try_from(config.retention_days).unwrap_or(u32::MAX),
        bytes: config.history_max_mib.saturating_mul(1 << 20),
    }
}

/// The series of a probe.
fn key(probe: &Probe, gateway: Option<Host>) -> SeriesKey {
    let role = Role::of(probe.subject);
    let host = match &probe.kind {
        ProbeKind::Echo(host) | ProbeKind::Udp(host) | ProbeKind::Large(host, _) | ProbeKind::LargeUdp(host, _) => {
            host.to_string()
        }
        ProbeKind::Tcp(to) if role == Role::Port => to.to_string(),
        ProbeKind::Tcp(to) | ProbeKind::Hello(to) => Host::of(*to).to_string(),
        // It goes to a far host, and the router answers.
        ProbeKind::FirstHop(_) => match (probe.subject, gateway) {
            (Subject::Gateway(family), Some(gateway)) if gateway.family() == family => gateway.to_string(),
            _ => "gateway".to_owned(),
        },
        ProbeKind::Http(http) => web_address::site(&http.url),
        ProbeKind::Dns(dns) => Host::of(dns.server).to_string(),
    };
    SeriesKey { role, host, means: probe.kind.means() }
}

/// State of the thread.
struct HistoryWorker {
    dir: PathBuf,
    bounds: Bounds,
    file: Option<HistoryFile>,
    /// Tasks that the disk has not taken.
    unwritten: VecDeque<Task>,
    /// Samples in them.
    n_unwritten: usize,
    /// Samples that had no room there.
    n_lost: usize,
    is_failing: bool,
    next_prune: Duration,
    /// The doubt about the clock that was told last.
    doubt: Option<Doubt>,
    outbox: Outbox,
}

impl HistoryWorker {
    fn begin(&mut self) {
        if !self.dir.join(history::FILE_NAME).exists() && has_old_log(&self.dir) {
            let name = history::FILE_NAME;
            self.outbox.warn(format!("{name} is not there and is begun; verdicts and outages are in the log"));
        }
        self.write_all();
    }

    fn take(&mut self, task: Task) {
        match &task {
            Task::Samples(batch) => self.n_unwritten += batch.len(),
            Task::Settings(config) => self.bounds = bounds(config),
            Task::Pin(..) | Task::Path(_) | Task::Clock(_) => {}
        }
        self.unwritten.push_back(task);
        while self.n_unwritten > MAX_UNWRITTEN {
            let n_lost = self.drop_oldest();
            self.n_lost += n_lost;
            self.n_unwritten -= n_lost;
        }
        self.write_all();
        let now = clock::now();
        if self.next_prune <= now.mono && !self.is_failing {
            self.next_prune = now.mono + PRUNE;
            let bounds = self.bounds;
            match self.file.as_mut().map_or(Ok(None), |file| file.prune(bounds, now.wall)) {
                Ok(doubt) => {
                    self.doubt(doubt, now.wall);
                    self.say(None);
                }
                Err(error) => self.say(Some(error)),
            }
        }
    }

    /// Tells once of a clock that is not believed.
    fn doubt(&mut self, doubt: Option<Doubt>, now: Timestamp) {
        let is_new = doubt.is_some() && self.doubt.is_none();
        self.doubt = doubt;
        let Some(doubt) = doubt.filter(|_| is_new) else { return };
        let day = |at: Timestamp| at.format("%Y-%m-%d").to_string();
        let of = |at_ms: i64| day(chrono::DateTime::from_timestamp_millis(at_ms).unwrap_or_default());
        let now = day(now);
        self.outbox.warn(match doubt {
            Doubt::Ahead(until) => format!(
                "the clock shows {now}, and the samples before this stretch end on {}; the time between does not count \
                 as age, so older samples are kept in the history; if the date is wrong, set the clock",
                of(until.saturating_sub(1))
            ),
            Doubt::Behind(newest) => format!(
                "the clock shows {now}, and the history has samples of {}; nothing is removed for its age; if the date \
                 is wrong, set the clock",
                of(newest)
            ),
        });
    }

    /// Drops the oldest samples that wait, and tells how many.
    fn drop_oldest(&mut self) -> usize {
        let is_samples = |task: &Task| matches!(task, Task::Samples(_));
        let oldest = self.unwritten.iter().position(is_samples).and_then(|at| self.unwritten.remove(at));
        if let Some(Task::Samples(batch)) = oldest { batch.len() } else { self.n_unwritten }
    }

    /// Writes what waits, as far as the disk takes it.
    fn write_all(&mut self) {
        let error = loop {
            let Some(task) = self.unwritten.front() else { break None };
            let now = clock::now().wall;
            let mut file = match self.file.take().map_or_else(|| HistoryFile::open(&self.dir, now), Ok) {
                Ok(file) => file,
                Err(error) => break Some(error),
            };
            let result = write(&mut file, task, now);
            file.take_repairs().into_iter().for_each(|repair| self.outbox.warn(repair.to_string()));
            self.file = Some(file);
            if let Err(error) = result {
                break Some(error);
            }
            if let Some(Task::Samples(batch)) = self.unwritten.pop_front() {
                self.n_unwritten = self.n_unwritten.saturating_sub(batch.len());
            }
        };
        self.say(error);
    }

    /// Tells of a trouble that begins, and of one that is over.
    fn say(&mut self, error: Option<HistoryError>) {
        match error {
            Some(error) if !self.is_failing => {
                self.is_failing = true;
                self.outbox.warn(remedy(&error));
            }
            None if std::mem::take(&mut self.is_failing) => {
                self.outbox.warn(match std::mem::take(&mut self.n_lost) {
                    0 => "the history can be written again, and no sample was left out".into(),
                    n => format!("the history can be written again; {n} samples of that time are lost"),
                });
            }
            _ => {}
        }
    }
}

fn write(file: &mut HistoryFile, task: &Task, now: Timestamp) -> Result<(), HistoryError> {
    match task {
        Task::Samples(batch) => file.append(batch, now),
        Task::Pin(from, to) => file.pin((*from, *to), now),
        Task::Path(change) => file.add_path_change(change, now),
        Task::Clock(sample) => file.add_clock_sample(sample, now),
        Task::Settings(config) => {
            let open = config_json::for_others(config);
            let one = |setting: &crate::model::settings::Setting<Config>| {
                (setting.key.to_owned(), config_json::render(&setting.get(&open)))
            };
            let all: Vec<_> = SETTINGS.iter().map(one).collect();
            file.note_settings(&all, now).map(drop)
        }
    }
}

/// True if a monitor has run here for longer than a moment.
fn has_old_log(dir: &Path) -> bool {
    let logs = logs::find(dir).unwrap_or_default();
    logs.iter().any(|log| fs::metadata(log).is_ok_and(|about| about.len() > OLD_LOG))
}

fn remedy(error: &HistoryError) -> String {
    let source = std::error::Error::source(error).map_or_else(String::new, |source| format!(": {source}"));
    if error.is_disk_full() {
        format!("the disk is full; measuring goes on, samples are kept until there is room: {error}{source}")
    } else {
        format!(
            "the history cannot be written; verdicts are not touched; check the folder and its permissions: {error}{source}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        probe::{Outcome, Proof},
        time::Stamp,
    };

    #[test]
    fn samples_of_the_pulse_are_kept_apart_from_those_asked_because_of_an_outage() {
        let mut ledger = Ledger::default();
        let sent = Stamp { wall: "2026-11-28T16:00:00Z".parse().unwrap(), mono: Duration::ZERO };
        let host: Host = "192.0.2.1".parse().unwrap();
        let subject = Subject::Target(0);
        let take = |ledger: &mut Ledger, means| {
            let key = Arc::new(SeriesKey { role: Role::Target, host: host.to_string(), means });
            let outcome = Outcome::Reply(Duration::from_millis(12), Proof::EchoReply);
            ledger.take(key, &Sample { id: ProbeId(1), subject, means, question: None, sent, outcome });
        };
        // All at the same time; the monitor tells of the second one, and of another host that it has not heard of.
        take(&mut ledger, Means::Tcp);
        take(&mut ledger, Means::Echo);
        ledger.mark_pulse(&PulseSample { host, subject, sent, rtt: Some(Duration::from_millis(12)) });
        take(&mut ledger, Means::Udp);
        ledger.mark_pulse(&PulseSample { host: "192.0.2.9".parse().unwrap(), subject, sent, rtt: None });
        let roles: Vec<_> = ledger.batch.iter().map(|(key, _)| (key.role, key.means)).collect();
        let expected = [(Role::Target, Means::Tcp), (Role::TargetPulse, Means::Echo), (Role::Target, Means::Udp)];
        assert_eq!(expected, roles[..]);
    }

    #[test]
    fn a_pulse_whose_first_packet_was_lost_is_kept_as_lost_beside_the_answer_to_the_later_one() {
        let mut ledger = Ledger::default();
        let sent = Stamp { wall: "2026-11-28T16:00:00Z".parse().unwrap(), mono: Duration::ZERO };
        let host: Host = "192.0.2.1".parse().unwrap();
        let (subject, means) = (Subject::Target(0), Means::Tcp);
        let key = Arc::new(SeriesKey { role: Role::Target, host: host.to_string(), means });
        let outcome = Outcome::Reply(Duration::from_millis(12), Proof::Accepted);
        let later = Sample {
            id: ProbeId(1),
            subject,
            means,
            question: None,
            sent: sent.after(Duration::from_secs(1)),
            outcome,
        };
        ledger.take(key, &later);
        ledger.mark_pulse(&PulseSample { host, subject, sent, rtt: None });
        let kept: Vec<_> = ledger.batch.iter().map(|(key, reading)| (key.role, reading.measured)).collect();
        let answer = Measured::Answer(Duration::from_millis(12));
        assert_eq!(vec![(Role::Target, answer), (Role::TargetPulse, Measured::Lost)], kept);
    }
}
