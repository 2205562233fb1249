//! Probes under way and, for a while, those that have come back: what tells late answers and duplicates apart.

use std::{collections::BTreeMap, time::Duration};

use crate::model::{
    time::Moment,
    trace::{Arrival, HopOutcome, HopProbe, HopSample},
};

/// How long after its deadline an answer is still recognised.
const REMEMBERED: Duration = Duration::from_secs(10);

/// One probe that was sent.
#[derive(Debug, Clone)]
struct Flight {
    probe: HopProbe,
    sent: Moment,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Out,
    /// Its deadline has passed without an answer.
    Overdue,
    Answered,
}

/// The probes of one back end, found by what an answer brings back.
#[derive(Debug)]
pub(super) struct Flights<K> {
    flights: BTreeMap<K, Flight>,
}

impl<K: Ord + Copy> Flights<K> {
    pub(super) fn new() -> Self {
        Self { flights: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, key: K, probe: HopProbe, sent: Moment) {
        self.flights.insert(key, Flight { probe, sent, state: State::Out });
    }

    /// The probe with this key, and when it was sent.
    pub(super) fn get(&self, key: K) -> Option<(&HopProbe, Moment)> {
        self.flights.get(&key).map(|flight| (&flight.probe, flight.sent))
    }

    /// The sample that this outcome makes. An error that comes after an answer or a deadline is none.
    pub(super) fn land(&mut self, key: K, outcome: HopOutcome) -> Option<HopSample> {
        let flight = self.flights.get_mut(&key)?;
        let is_answer = outcome.answer().is_some();
        let arrival = match flight.state {
            State::Out => Arrival::First,
            _ if !is_answer => return None,
            State::Overdue => Arrival::Late,
            State::Answered => Arrival::Duplicate,
        };
        flight.state = if is_answer { State::Answered } else { State::Overdue };
        Some(HopSample { probe: flight.probe, sent: flight.sent.stamp(), outcome, arrival })
    }

    /// The samples of probes whose deadline has passed, and whether anything old was forgotten meanwhile.
    pub(super) fn overdue(&mut self, now: Duration) -> Vec<HopSample> {
        let mut samples = Vec::new();
        self.flights.retain(|_, flight| {
            let deadline = flight.sent.mono + flight.probe.deadline;
            if flight.state == State::Out && deadline <= now {
                flight.state = State::Overdue;
                let (probe, sent) = (flight.probe, flight.sent.stamp());
                samples.push(HopSample { probe, sent, outcome: HopOutcome::Silent, arrival: Arrival::First });
            }
            deadline + REMEMBERED > now
        });
        samples
    }

    /// The next deadline of a probe that is out.
    pub(super) fn next_deadline(&self) -> Option<Duration> {
        let out = self.flights.values().filter(|flight| flight.state == State::Out);
        out.map(|flight| flight.sent.mono + flight.probe.deadline).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        probe::ProbeId,
        trace::{HopAnswer, TraceProtocol},
    };

    fn at(millis: u64) -> Moment {
        let mono = Duration::from_millis(millis);
        Moment { wall: chrono::DateTime::UNIX_EPOCH, mono, awake: mono }
    }

    fn answer() -> HopOutcome {
        HopOutcome::Expired(HopAnswer { from: [192, 0, 2, 1].into(), rtt: Duration::ZERO, labels: Vec::new() })
    }

    #[test]
    fn first_late_and_doubled_answers_are_told_apart() {
        let probe = HopProbe {
            id: ProbeId(1),
            to: "192.0.2.9".parse().unwrap(),
            protocol: TraceProtocol::Icmp,
            flow: 0,
            ttl: 3,
            deadline: Duration::from_secs(1),
        };
        let mut flights = Flights::new();
        flights.add(1, probe, at(0));
        flights.add(2, probe, at(0));
        let arrivals = |sample: Option<HopSample>| sample.map(|sample| sample.arrival);
        assert_eq!(Some(Arrival::First), arrivals(flights.land(1, answer())));
        assert_eq!(Some(Arrival::Duplicate), arrivals(flights.land(1, answer())));
        assert_eq!(Some(Duration::from_secs(1)), flights.next_deadline());
        assert_eq!(1, flights.overdue(Duration::from_secs(1)).len());
        assert_eq!(None, flights.next_deadline());
        assert_eq!(Some(Arrival::Late), arrivals(flights.land(2, answer())));
        assert_eq!(Some(Arrival::Duplicate), arrivals(flights.land(2, answer())));
        assert_eq!(None, flights.land(2, HopOutcome::Local(crate::model::probe::LocalFault::NoRoute)));
        assert!(flights.overdue(Duration::from_secs(12)).is_empty());
        assert_eq!(None, flights.land(2, answer()), "forgotten");
    }
}
