//! Probes under way and what is heard of them: which answer is the first, late, or one too many. Pure.

use std::{collections::BTreeMap, time::Duration};

use crate::model::{
    time::Moment,
    trace::{Arrival, HopOutcome, HopProbe, HopSample},
};

/// Time after the deadline of a probe during which an answer is still waited for.
pub(super) const LATE: Duration = Duration::from_secs(3);

/// The probes under way, each by what an answer brings back.
pub(super) struct Flights<K = u64> {
    flights: BTreeMap<K, Flight>,
}

impl<K> Default for Flights<K> {
    fn default() -> Self {
        Self { flights: BTreeMap::new() }
    }
}

/// A probe under way.
pub(super) struct Flight {
    pub(super) probe: HopProbe,
    pub(super) sent: Moment,
    pub(super) state: State,
}

/// Content that has been reported of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing.
    Waiting,
    /// That nobody answered.
    Unanswered,
    /// An answer.
    Answered,
}

impl Flight {
    /// Time of the next action on the probe, on the monotonic clock: report its silence, or forget it.
    fn due(&self) -> Duration {
        let deadline = self.sent.mono.saturating_add(self.probe.deadline);
        if self.state == State::Waiting { deadline } else { deadline.saturating_add(LATE) }
    }

    fn sample(&self, outcome: HopOutcome, arrival: Arrival) -> HopSample {
        HopSample { probe: self.probe, sent: self.sent.stamp(), outcome, arrival }
    }

    /// Returns the samples to report of `outcome`, heard at `at` on the monotonic clock.
    fn hear(&mut self, outcome: HopOutcome, at: Duration) -> Vec<HopSample> {
        let mut samples = Vec::new();
        if self.state == State::Waiting && at.saturating_sub(self.sent.mono) > self.probe.deadline {
            self.state = State::Unanswered;
            samples.push(self.sample(HopOutcome::Silent, Arrival::First));
        }
        let (is_answer, before) = (outcome.answer().is_some(), self.state);
        if is_answer {
            self.state = State::Answered;
        }
        let arrival = match before {
            State::Waiting => Arrival::First,
            State::Unanswered if is_answer => Arrival::Late,
            State::Answered if is_answer => Arrival::Duplicate,
            // That nothing came has been said already, or is not so.
            State::Unanswered | State::Answered => return samples,
        };
        if !is_answer && before == State::Waiting {
            self.state = State::Unanswered;
        }
        samples.push(self.sample(outcome, arrival));
        samples
    }
}

impl<K: Ord + Copy> Flights<K> {
    /// Adds a probe under a key of its own.
    pub(super) fn add(&mut self, key: K, probe: HopProbe, sent: Moment) {
        self.flights.insert(key, Flight { probe, sent, state: State::Waiting });
    }

    pub(super) fn get(&self, key: K) -> Option<&Flight> {
        self.flights.get(&key)
    }

    /// Takes in what was heard of a probe at `at` on the monotonic clock, and gives what is to be reported. An answer
    /// after the deadline is late even if nobody has said so yet.
    pub(super) fn hear(&mut self, key: K, outcome: HopOutcome, at: Duration) -> Vec<HopSample> {
        self.flights.get_mut(&key).map_or_else(Vec::new, |flight| flight.hear(outcome, at))
    }

    /// Takes in the last that will be heard of a probe, as [`Flights::hear`] does, and forgets it.
    pub(super) fn end(&mut self, key: K, outcome: HopOutcome, at: Duration) -> Vec<HopSample> {
        let samples = self.hear(key, outcome, at);
        self.forget(key);
        samples
    }

    /// Forgets a probe, whatever has been reported of it.
    pub(super) fn forget(&mut self, key: K) {
        self.flights.remove(&key);
    }

    /// Reports the probes whose deadline has passed at `now` on the monotonic clock, and forgets those that it is too
    /// late for even to be late.
    pub(super) fn expire(&mut self, now: Duration) -> Vec<HopSample> {
        let mut samples = Vec::new();
        for flight in self.flights.values_mut().filter(|flight| flight.state == State::Waiting && flight.due() <= now) {
            flight.state = State::Unanswered;
            samples.push(flight.sample(HopOutcome::Silent, Arrival::First));
        }
        self.flights.retain(|_, flight| flight.due() > now);
        samples
    }

    /// Time at which [`Flights::expire`] next has something to do, on the monotonic clock; `None` when there is
    /// nothing.
    pub(super) fn due(&self) -> Option<Duration> {
        self.flights.values().map(Flight::due).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        probe::{LocalFault, ProbeId},
        trace::{HopAnswer, TraceProtocol},
    };

    const SECOND: Duration = Duration::from_secs(1);

    fn moment(mono: Duration) -> Moment {
        Moment { wall: chrono::DateTime::UNIX_EPOCH, mono, awake: mono }
    }

    /// Probes 0 and up, sent at 10 s, with one second to answer.
    fn flights(n: u64) -> Flights {
        let mut flights = Flights::default();
        for id in 0..n {
            let to = "192.0.2.9".parse().unwrap();
            let protocol = TraceProtocol::Icmp;
            let probe = HopProbe { id: ProbeId(id), to, protocol, flow: 0, ttl: 3, deadline: SECOND };
            flights.add(id, probe, moment(10 * SECOND));
        }
        flights
    }

    fn expired() -> HopOutcome {
        let from = "192.0.2.1".parse().unwrap();
        HopOutcome::Expired(HopAnswer { from, rtt: SECOND / 2, labels: Vec::new() })
    }

    /// Names and arrivals of samples, and whether they are answers.
    fn short(samples: &[HopSample]) -> Vec<(u64, bool, Arrival)> {
        samples.iter().map(|s| (s.probe.id.0, s.outcome.answer().is_some(), s.arrival)).collect()
    }

    #[test]
    fn an_answer_in_time_comes_first_and_the_next_is_a_duplicate() {
        let mut flights = flights(2);
        assert_eq!(Some(11 * SECOND), flights.due());
        let samples = flights.hear(1, expired(), 11 * SECOND);
        assert_eq!(vec![(1, true, Arrival::First)], short(&samples));
        assert_eq!(10 * SECOND, samples[0].sent.mono);
        assert_eq!(vec![(1, true, Arrival::Duplicate)], short(&flights.hear(1, expired(), 11 * SECOND)));
        assert_eq!(vec![(0, false, Arrival::First)], short(&flights.expire(11 * SECOND)));
        assert_eq!(vec![(1, true, Arrival::Duplicate)], short(&flights.hear(1, expired(), 12 * SECOND)));
    }

    #[test]
    fn silence_is_reported_once_and_an_answer_after_it_is_late() {
        let mut flights = flights(1);
        assert!(flights.expire(SECOND * 109 / 10).is_empty());
        let samples = flights.expire(11 * SECOND);
        assert_eq!((HopOutcome::Silent, Arrival::First), (samples[0].outcome.clone(), samples[0].arrival));
        assert!(flights.expire(11 * SECOND).is_empty());
        assert_eq!(vec![(0, true, Arrival::Late)], short(&flights.hear(0, expired(), 12 * SECOND)));
        assert_eq!(vec![(0, true, Arrival::Duplicate)], short(&flights.hear(0, expired(), 12 * SECOND)));
    }

    #[test]
    fn an_answer_heard_after_the_deadline_is_late_though_silence_had_not_been_reported() {
        let mut flights = flights(1);
        let samples = flights.hear(0, expired(), 11 * SECOND + SECOND / 1000);
        assert_eq!(vec![(0, false, Arrival::First), (0, true, Arrival::Late)], short(&samples));
        assert!(flights.expire(11 * SECOND + SECOND / 500).is_empty());
    }

    #[test]
    fn no_answer_is_reported_only_while_nothing_else_has_been() {
        let local = || HopOutcome::Local(LocalFault::NoRoute);
        let mut flights = flights(3);
        assert_eq!(vec![(0, false, Arrival::First)], short(&flights.hear(0, local(), 10 * SECOND)));
        assert!(flights.hear(0, HopOutcome::Silent, 10 * SECOND).is_empty());
        flights.hear(1, expired(), 10 * SECOND);
        assert!(flights.end(1, local(), 10 * SECOND).is_empty());
        assert_eq!(HopOutcome::Silent, flights.hear(2, local(), 12 * SECOND)[0].outcome);
        assert!(flights.expire(12 * SECOND).is_empty());
    }

    #[test]
    fn what_is_forgotten_is_heard_no_more() {
        let mut flights = flights(3);
        assert_eq!(1, flights.end(0, expired(), 10 * SECOND).len());
        assert!(flights.hear(0, expired(), 10 * SECOND).is_empty());
        flights.hear(1, expired(), 10 * SECOND);
        flights.expire(11 * SECOND);
        assert_eq!(Some(11 * SECOND + LATE), flights.due());
        assert!(flights.expire(11 * SECOND + LATE).is_empty());
        assert_eq!(None, flights.due());
        assert!((0..3).all(|serial| flights.get(serial).is_none()));
        assert!(flights.hear(2, expired(), 14 * SECOND).is_empty());
    }

    #[test]
    fn a_long_pause_of_the_thread_loses_no_sample() {
        let mut flights = flights(1);
        assert_eq!(vec![(0, false, Arrival::First)], short(&flights.expire(100 * SECOND)));
        assert!(flights.get(0).is_none());
    }
}
