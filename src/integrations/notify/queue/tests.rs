//! The queue with virtual time, and rules, queue and journal together through kills and failures.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    codec::notify_journal,
    integrations::notify::rules::{
        NotifyRules, RuleSettings,
        tests::{local, moment, outage, verdict},
    },
    model::{event::Event, ledger::State, verdict::Confidence},
    report::lang::Lang,
};

const NO_WAIT: DeliveryOutcome = DeliveryOutcome::Delivered;

fn queue(n_sinks: usize, settings: QueueSettings) -> MessageQueue {
    let keys: Vec<String> = (0..n_sinks).map(|n| format!("s{n}")).collect();
    MessageQueue::new(&NotifyJournal::default(), &keys, settings)
}

fn message(n: u64, kind: MessageKind) -> NotifyMessage {
    let time = moment(n, 0).wall;
    NotifyMessage { id: format!("home-{n}-{}", kind.as_str()), kind, time, ..NotifyMessage::example() }
}

fn ended(n: u64) -> NotifyMessage {
    message(n, MessageKind::OutageEnded)
}

fn later(wait: Option<u64>) -> DeliveryOutcome {
    DeliveryOutcome::Later { wait: wait.map(Duration::from_secs), error: "no".into() }
}

fn noon() -> NaiveDateTime {
    local(moment(0, 0).wall)
}

#[test]
fn each_receiver_gets_each_message_once_oldest_first() {
    let mut queue = queue(2, QueueSettings::default());
    for n in [1, 2, 1] {
        queue.take(ended(n), noon());
    }
    let mut got = BTreeMap::<usize, Vec<String>>::new();
    while let Some((index, message)) = queue.next(moment(5, 0)) {
        got.entry(index).or_default().push(message.id.clone());
        queue.finish(index, &NO_WAIT, moment(5, 0), 0.0);
    }
    let all = vec![ended(1).id, ended(2).id];
    assert_eq!(BTreeMap::from([(0, all.clone()), (1, all)]), got);
    assert!(queue.messages.is_empty());
    queue.take(ended(1), noon());
    assert_eq!(None, queue.next(moment(9, 0)), "it was told");
}

#[test]
fn a_failure_waits_longer_each_time_and_delays_nobody_else() {
    let mut queue = queue(2, QueueSettings::default());
    queue.take(ended(1), noon());
    let (first, _) = queue.next(moment(0, 0)).unwrap();
    let (second, _) = queue.next(moment(0, 0)).unwrap();
    queue.finish(first, &later(None), moment(0, 0), 0.0);
    queue.finish(second, &NO_WAIT, moment(0, 0), 0.0);
    assert_eq!((None, Some(Duration::from_secs(5))), (queue.next(moment(4, 0)), queue.next_try()));
    assert!(queue.next(moment(5, 0)).is_some());
    queue.finish(first, &later(Some(100)), moment(5, 0), 0.0);
    queue.retry_now(moment(6, 0));
    assert_eq!(Some(Duration::from_secs(105)), queue.next_try(), "the receiver asked for that time");
    assert!(queue.next(moment(105, 0)).is_some());
    queue.finish(first, &later(None), moment(105, 0), 0.0);
    queue.retry_now(moment(106, 0));
    assert!(queue.next(moment(106, 0)).is_some(), "the line works again");
    assert_eq!((3, Some("no")), (queue.sinks[first].failures, queue.sinks[first].error.as_deref()));
    queue.finish(first, &NO_WAIT, moment(106, 0), 0.0);
    assert_eq!((0, None), (queue.sinks[first].failures, queue.sinks[first].error.as_deref()));
}

#[test]
fn a_message_that_is_refused_is_dropped_and_counted_and_the_next_one_goes() {
    let mut queue = queue(1, QueueSettings::default());
    queue.take(ended(1), noon());
    queue.take(ended(2), noon());
    let refused = DeliveryOutcome::Refused { error: "bad".into() };
    for n in 0..3 {
        let (_, message) = queue.next(moment(n * 1_000, 0)).unwrap();
        assert_eq!(ended(1).id, message.id);
        queue.finish(0, &refused, moment(n * 1_000, 0), 0.0);
    }
    assert_eq!(1, queue.sinks[0].refused);
    assert_eq!(ended(2).id, queue.next(moment(9_000, 0)).unwrap().1.id);
}

#[test]
fn a_receiver_that_is_set_up_wrong_keeps_its_messages() {
    let mut queue = queue(1, QueueSettings::default());
    queue.take(ended(1), noon());
    let mut at = 0;
    for _ in 0..50 {
        assert!(queue.next(moment(at, 0)).is_some());
        queue.finish(0, &DeliveryOutcome::Misconfigured { error: "token".into() }, moment(at, 0), 0.0);
        at += 3_600;
    }
    assert_eq!((0, 1), (queue.sinks[0].refused, queue.sinks[0].pending.len()));
}

#[test]
fn the_beginning_gives_way_to_the_end_unless_it_is_on_its_way() {
    let mut queue = queue(1, QueueSettings::default());
    let begun = |n| message(n, MessageKind::OutageStarted);
    queue.take(begun(1), noon());
    queue.take(ended(1), noon());
    assert_eq!(ended(1).id, queue.next(moment(0, 0)).unwrap().1.id);
    queue.finish(0, &NO_WAIT, moment(0, 0), 0.0);
    queue.take(begun(2), noon());
    assert_eq!(begun(2).id, queue.next(moment(0, 0)).unwrap().1.id);
    queue.take(ended(2), noon());
    queue.finish(0, &NO_WAIT, moment(0, 0), 0.0);
    assert_eq!(ended(2).id, queue.next(moment(0, 0)).unwrap().1.id);
    queue.finish(0, &NO_WAIT, moment(0, 0), 0.0);
    queue.take(begun(3), noon());
    queue.next(moment(0, 0));
    queue.take(ended(3), noon());
    queue.finish(0, &later(None), moment(0, 0), 0.0);
    assert_eq!(ended(3).id, queue.next(moment(60, 0)).unwrap().1.id, "it failed, and is outdated");
}

#[test]
fn quiet_hours_hold_messages_until_their_end() {
    let mut queue = queue(1, QueueSettings { quiet: Some((22 * 60, 7 * 60)), digest: None });
    // 23:00 local time.
    let night = moment(10 * 3_600, 0);
    queue.take(message(1, MessageKind::OutageStarted), local(night.wall));
    queue.take(ended(1), local(night.wall));
    queue.take(ended(2), local(night.wall));
    queue.take(message(3, MessageKind::Test), local(night.wall));
    assert_eq!(message(3, MessageKind::Test).id, queue.next(night).unwrap().1.id, "a test never waits");
    assert!(queue.due_together(moment(17 * 3_600 + 3_599, 0), local).is_empty(), "06:59:59");
    assert_eq!(2, queue.n_held());
    let together = queue.due_together(moment(18 * 3_600, 0), local);
    assert_eq!(vec![ended(1), ended(2)], together);
    assert!(queue.due_together(moment(18 * 3_600, 0), local).is_empty());
}

#[test]
fn digests_come_at_eight_or_after_quiet_hours() {
    let daily = QueueSettings { quiet: Some((0, 9 * 60)), digest: Some(DigestPeriod::Daily) };
    let mut queue = queue(1, daily);
    assert!(queue.due_together(moment(0, 0), local).is_empty(), "the first start");
    queue.take(ended(1), noon());
    assert!(queue.due_together(moment(20 * 3_600 - 1, 0), local).is_empty(), "08:59:59");
    assert_eq!(vec![ended(1)], queue.due_together(moment(20 * 3_600, 0), local));
    queue.take(ended(2), noon());
    assert!(queue.due_together(moment(21 * 3_600, 0), local).is_empty(), "until the next day");
    let weekly = boundary(noon(), DigestPeriod::Weekly);
    assert_eq!("2026-11-23 08:00:00", weekly.to_string(), "noon is that Monday's");
    assert_eq!("2026-11-16 08:00:00", boundary(weekly - TimeDelta::seconds(1), DigestPeriod::Weekly).to_string());
}

#[test]
fn the_oldest_messages_above_the_limit_are_dropped_and_counted() {
    let mut queue = queue(2, QueueSettings::default());
    for n in 0..MAX_MESSAGES as u64 + 5 {
        queue.take(ended(n), noon());
    }
    assert_eq!((MAX_MESSAGES, 5), (queue.messages.len(), queue.sinks[1].refused));
    assert_eq!(ended(5).id, queue.next(moment(0, 0)).unwrap().1.id);
    let mut held = self::queue(1, QueueSettings { quiet: Some((0, 1_439)), digest: None });
    for n in 0..MAX_MESSAGES as u64 + 5 {
        held.take(ended(n), noon());
    }
    assert_eq!((MAX_MESSAGES as u64, 5), (held.n_held(), held.sinks[0].refused));
}

#[test]
fn messages_to_a_receiver_that_is_gone_are_dropped() {
    let mut queue = queue(2, QueueSettings::default());
    queue.take(ended(1), noon());
    let mut journal = NotifyJournal::default();
    queue.store(&mut journal);
    let mut fewer = MessageQueue::new(&journal, &["s1".into()], QueueSettings::default());
    assert_eq!(ended(1).id, fewer.next(moment(0, 0)).unwrap().1.id);
    let none = MessageQueue::new(&journal, &["other".into()], QueueSettings::default());
    assert!(none.messages.is_empty());
}

/// One outage of the property: time before it, length, and whether the program is killed while it lasts or after.
#[derive(Debug, Clone)]
struct Episode {
    before: u64,
    length: u64,
    kill_at: Option<u64>,
}

/// The program with its journal, and two receivers.
struct House {
    rule_settings: RuleSettings,
    queue_settings: QueueSettings,
    rules: NotifyRules,
    queue: MessageQueue,
    disk: String,
    /// Onset of the outage that the disk holds as begun.
    open: Option<Timestamp>,
    base: u64,
    random: u64,
    /// Failures in a hundred tries.
    failures: u64,
    got: Vec<Vec<String>>,
}

impl House {
    fn new(rule_settings: RuleSettings, queue_settings: QueueSettings, seed: u64, failures: u64) -> Self {
        let rules = NotifyRules::new(rule_settings.clone(), local, None);
        let queue = queue(2, queue_settings);
        let disk = notify_journal::render(&NotifyJournal::default());
        let got = vec![Vec::new(); 2];
        Self { rule_settings, queue_settings, rules, queue, disk, open: None, base: 0, random: seed, failures, got }
    }

    fn roll(&mut self) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.random >> 33
    }

    fn event(&mut self, event: &Event, seconds: u64) {
        let now = moment(seconds, self.base);
        for message in self.rules.on_event(event, now) {
            self.queue.take(message, local(now.wall));
        }
        self.advance(seconds);
    }

    fn save(&mut self) {
        let open = self.rules.told_open();
        if !self.queue.take_changed() && self.open == open {
            return;
        }
        self.open = open;
        let mut journal = NotifyJournal { open, ..NotifyJournal::default() };
        self.queue.store(&mut journal);
        self.disk = notify_journal::render(&journal);
    }

    fn advance(&mut self, seconds: u64) {
        let now = moment(seconds, self.base);
        if let Some(message) = self.rules.on_time(now) {
            self.queue.take(message, local(now.wall));
        }
        let together = self.queue.due_together(now, local);
        if let Some(message) = self.rules.together(together, now.wall) {
            self.queue.release(&message);
        }
        self.save();
        while let Some((index, message)) = self.queue.next(now) {
            let outcome = match self.roll() % 100 {
                roll if roll >= self.failures => NO_WAIT,
                roll if roll % 3 == 0 => later(Some(roll)),
                roll if roll % 3 == 1 => DeliveryOutcome::Misconfigured { error: "x".into() },
                _ => later(None),
            };
            if outcome == NO_WAIT {
                let parts = message.event.get("events").and_then(|events| events.as_array());
                match parts {
                    Some(parts) => self.got[index].extend(parts.iter().map(|part| part["id"].as_str().unwrap().into())),
                    None => self.got[index].push(message.id.clone()),
                }
            }
            self.queue.finish(index, &outcome, now, 0.5);
            self.save();
        }
    }

    /// The process is killed and starts again: only what is on the disk is left, and the monotonic clock begins anew.
    fn kill(&mut self, seconds: u64) {
        self.base = seconds;
        let journal = notify_journal::parse(&self.disk).unwrap();
        self.rules = NotifyRules::new(self.rule_settings.clone(), local, journal.open);
        let keys: Vec<String> = self.queue.sinks.iter().map(|sink| sink.key.clone()).collect();
        self.queue = MessageQueue::new(&journal, &keys, self.queue_settings);
    }

    /// Runs until `to`; `step` seconds at a time.
    fn pass(&mut self, from: u64, to: u64, step: usize) {
        for seconds in (from..to).step_by(step) {
            self.advance(seconds);
        }
    }

    /// One outage, or the two that a kill makes of it. Returns the end, and the onsets of those that have to be told.
    fn live(&mut self, from: u64, episode: &Episode) -> (u64, Vec<u64>) {
        let mut start = from + episode.before;
        let end = start + episode.length;
        self.pass(from, start, 30);
        let mut due = Vec::new();
        let opened = |start: u64, base| Event::OutageOpened(outage(start, None, base), verdict(Confidence::High));
        if let Some(kill_at) = episode.kill_at.map(|at| start + at).filter(|at| *at < end && *at >= start + 10) {
            self.event(&opened(start, self.base), start + 10);
            self.pass(start + 10, kill_at, 5);
            self.kill(kill_at);
            start = kill_at;
        }
        let is_outage = end - start >= 10;
        if is_outage {
            self.event(&opened(start, self.base), start + 10);
            self.pass(start + 10, end + 10, 5);
            if end - start >= self.rule_settings.min_outage.as_secs() {
                due.push(start);
            }
        }
        let up = Event::State(moment(end, self.base).stamp(), State::Up, verdict(Confidence::High));
        if is_outage {
            self.event(&Event::OutageClosed(outage(start, Some(end), self.base)), end + 10);
        }
        self.event(&up, end + 10);
        if let Some(at) = episode.kill_at.map(|at| end + 10 + at) {
            self.pass(end + 10, at, 30);
            self.kill(at);
            return (at, due);
        }
        (end + 10, due)
    }
}

fn episodes() -> impl Strategy<Value = Vec<Episode>> {
    let kill = prop::option::weighted(0.4, 0_u64..200);
    let episode = (30_u64..20_000, 10_u64..300, kill);
    prop::collection::vec(episode.prop_map(|(before, length, kill_at)| Episode { before, length, kill_at }), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Whatever the quiet hours, digests, kills and failures: each outage of the minimum or more is told exactly once to
    /// each receiver as over, no message comes twice, and no outage that was told as begun stays so.
    #[test]
    fn every_long_outage_is_told_exactly_once(
        episodes in episodes(),
        min_outage in prop::sample::select(vec![0_u64, 10, 30, 60, 120]),
        quiet in prop::option::of((0_u32..1_440, 1_u32..1_439)),
        digest in prop::sample::select(vec![None, None, Some(DigestPeriod::Daily), Some(DigestPeriod::Weekly)]),
        seed in any::<u64>(),
        failures in 0_u64..90,
    ) {
        let rule_settings = RuleSettings {
            site: "home".into(),
            lang: Lang::En,
            events: vec![MessageKind::OutageStarted, MessageKind::OutageEnded],
            min_outage: Duration::from_secs(min_outage),
            outage_after: Duration::from_secs(10),
        };
        let quiet = quiet.map(|(begin, length)| (begin, (begin + length) % 1_440));
        let mut house = House::new(rule_settings, QueueSettings { quiet, digest }, seed, failures);
        let (mut at, mut due) = (0, Vec::new());
        for episode in &episodes {
            let (end, told) = house.live(at, episode);
            at = end;
            due.extend(told);
        }
        // Long enough for every digest and the longest wait, and often enough for the one minute without quiet hours.
        house.failures = 0;
        house.pass(at, at + 9 * 86_400, 59);
        for got in &house.got {
            let ended = |start: u64| format!("home-{}-outage_ended", moment(start, 0).wall.timestamp_millis());
            for start in &due {
                prop_assert_eq!(1, got.iter().filter(|id| **id == ended(*start)).count(), "{} in {:?}", start, got);
            }
            let mut once = got.clone();
            once.sort();
            once.dedup();
            prop_assert_eq!(once.len(), got.len(), "twice: {:?}", got);
            let last = got.last().filter(|id| id.ends_with("outage_started"));
            prop_assert_eq!(None, last, "left open: {:?}", got);
        }
        prop_assert!(house.queue.messages.is_empty() && house.queue.n_held() == 0);
    }
}

#[test]
fn a_kill_between_delivery_and_journal_repeats_the_message_under_its_identifier() {
    let mut first = queue(1, QueueSettings::default());
    first.take(ended(1), noon());
    let mut journal = NotifyJournal::default();
    first.store(&mut journal);
    let (_, delivered) = first.next(moment(0, 0)).unwrap();
    // Killed here: the receiver has it, the journal does not know.
    let mut second = MessageQueue::new(&journal, &["s0".into()], QueueSettings::default());
    let (_, repeated) = second.next(moment(0, 0)).unwrap();
    assert_eq!(delivered, repeated);
    second.finish(0, &NO_WAIT, moment(0, 0), 0.0);
    second.store(&mut journal);
    let mut third = MessageQueue::new(&journal, &["s0".into()], QueueSettings::default());
    third.take(ended(1), noon());
    assert_eq!(None, third.next(moment(0, 0)));
}
