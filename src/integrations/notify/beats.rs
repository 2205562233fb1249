//! Times of heartbeats. Pure: events and time come in, what to send comes out.
//!
//! A heartbeat says that the monitor measures: without an event since the last one none is sent, unless the monitor said
//! that it does not measure, as while it is paused.

use std::time::Duration;

use crate::{
    codec::{heartbeat::Pulse, web_exchange::DeliveryOutcome},
    model::{
        event::Event,
        ledger::State,
        row::Row,
        time::{Moment, Timestamp},
    },
};

/// Wait where nothing was measured since the last heartbeat.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Heartbeat to one receiver.
#[derive(Debug, Clone, Default)]
pub struct BeatStatus {
    next: Duration,
    /// Events of the monitor up to the last heartbeat.
    n_events: u64,
    /// True while a request is on its way.
    pub in_flight: bool,
    /// Time of the last success since the program started.
    pub last_success: Option<Timestamp>,
    /// Text of the last failure.
    pub error: Option<String>,
}

/// Heartbeats to all receivers.
#[derive(Debug)]
pub struct BeatClock {
    interval: Duration,
    beats: Vec<BeatStatus>,
    state: Option<State>,
}

impl BeatClock {
    /// Begins with so many receivers.
    pub fn new(n_receivers: usize, interval: Duration) -> Self {
        let beats = vec![BeatStatus::default(); n_receivers];
        Self { interval, beats, state: None }
    }

    /// The receivers, in order.
    pub fn beats(&self) -> &[BeatStatus] {
        &self.beats
    }

    /// State of the line; `None` before it is known.
    pub fn state(&self) -> Option<State> {
        self.state
    }

    /// Takes an event.
    pub fn on_event(&mut self, event: &Event) {
        if let Event::State(_, state, _) = event {
            self.state = Some(*state);
        }
    }

    /// The next heartbeat that is due: the index of its receiver. `n_events` counts all events of the monitor so far.
    pub fn next(&mut self, now: Moment, n_events: u64) -> Option<usize> {
        let state = self.state?;
        let index = self.beats.iter().position(|beat| !beat.in_flight && beat.next <= now.mono)?;
        let beat = self.beats.get_mut(index)?;
        if n_events <= beat.n_events && !matches!(state, State::NotMonitored(_)) {
            beat.next = now.mono + LOOK_AGAIN;
            return None;
        }
        beat.in_flight = true;
        beat.n_events = n_events;
        beat.next = now.mono + self.interval;
        Some(index)
    }

    /// Content of a heartbeat; `text` is the state in words, `rtt` the mean round-trip time of the far hosts.
    pub fn pulse(&self, text: String, rtt: Option<Duration>) -> Pulse {
        let is_up = !self.state.is_some_and(State::is_down);
        Pulse { is_up, text, rtt: rtt.filter(|_| is_up) }
    }

    /// Takes the outcome of a heartbeat. One that failed is not sent again; the next one comes in time.
    pub fn finish(&mut self, index: usize, outcome: &DeliveryOutcome, now: Moment) {
        let Some(beat) = self.beats.get_mut(index) else { return };
        beat.in_flight = false;
        beat.error = outcome.error().map(str::to_owned);
        if *outcome == DeliveryOutcome::Delivered {
            beat.last_success = Some(now.wall);
        }
        if let DeliveryOutcome::Later { wait: Some(wait), .. } = outcome {
            beat.next = beat.next.max(now.mono + *wait);
        }
    }

    /// Monotonic time of the next heartbeat.
    pub fn due(&self) -> Option<Duration> {
        self.state?;
        self.beats.iter().filter(|beat| !beat.in_flight).map(|beat| beat.next).min()
    }
}

/// Mean round-trip time of the far hosts that answered; `None` where none did.
pub(super) fn mean_rtt(row: &Row) -> Option<Duration> {
    let rtts: Vec<Duration> = row.targets.iter().filter_map(|(_, rtt)| *rtt).collect();
    let n_rtts = u32::try_from(rtts.len()).ok().filter(|n_rtts| *n_rtts > 0)?;
    Some(rtts.iter().sum::<Duration>() / n_rtts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        integrations::notify::rules::tests::{moment, verdict},
        model::{
            ledger::GapReason,
            verdict::{Confidence, FaultDomain},
        },
    };

    fn clock(state: State) -> BeatClock {
        let mut clock = BeatClock::new(2, Duration::from_mins(1));
        assert_eq!((None, None), (clock.next(moment(0, 0), 5), clock.due()), "nothing is known yet");
        clock.on_event(&Event::State(moment(0, 0).stamp(), state, verdict(Confidence::High)));
        clock
    }

    #[test]
    fn each_receiver_gets_one_in_each_interval() {
        let mut clock = clock(State::Up);
        assert_eq!(
            (Some(0), Some(1), None),
            (clock.next(moment(1, 0), 5), clock.next(moment(1, 0), 5), clock.next(moment(1, 0), 5))
        );
        clock.finish(0, &DeliveryOutcome::Delivered, moment(2, 0));
        clock.finish(1, &DeliveryOutcome::Later { wait: None, error: "no".into() }, moment(16, 0));
        assert_eq!(Some(Duration::from_secs(61)), clock.due());
        assert_eq!(None, clock.next(moment(60, 0), 9));
        assert_eq!(Some(0), clock.next(moment(61, 0), 9));
        assert_eq!(
            (Some(moment(2, 0).wall), Some("no")),
            (clock.beats()[0].last_success, clock.beats()[1].error.as_deref())
        );
    }

    #[test]
    fn a_monitor_that_stands_still_is_silent() {
        let mut up = clock(State::Up);
        assert_eq!(Some(0), up.next(moment(1, 0), 5));
        up.finish(0, &DeliveryOutcome::Delivered, moment(1, 0));
        up.next(moment(1, 0), 5);
        assert_eq!(None, up.next(moment(61, 0), 5));
        assert_eq!(None, up.next(moment(62, 0), 6), "it is looked again after a moment");
        assert_eq!(Some(0), up.next(moment(63, 0), 6));
        let mut paused = clock(State::NotMonitored(GapReason::Paused));
        assert_eq!(Some(0), paused.next(moment(1, 0), 1));
        paused.finish(0, &DeliveryOutcome::Delivered, moment(1, 0));
        paused.next(moment(1, 0), 1);
        assert_eq!(Some(0), paused.next(moment(61, 0), 1));
        assert!(paused.pulse(String::new(), None).is_up);
        assert!(!clock(State::Down(FaultDomain::Access)).pulse(String::new(), None).is_up);
    }
}
