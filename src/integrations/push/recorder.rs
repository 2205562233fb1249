//! Writes the metrics of the monitor's events to the disk queue.

use std::{sync::Arc, time::Duration};

use super::series::MetricStream;
use crate::{
    codec::metric_counters,
    model::{event::Event, ledger::State, time::Moment},
    store::{StoreError, queue::Queue},
};

/// File of the counters beside the queue.
const COUNTERS: &str = "metric_counters.json";
/// A clock that is off by less, in seconds, is right enough for a sample.
const PROVEN_WITHIN: f64 = 60.0;
/// While the line works for so long, the time service of the system has its chance to set the clock.
const CHANCE: Duration = Duration::from_mins(2);
/// A clock that nobody could check in this time is taken as it is.
const UNPROVEN_FOR: Duration = Duration::from_mins(15);

/// Writes metrics.
#[derive(Debug)]
pub struct MetricRecorder {
    queue: Arc<Queue>,
    stream: MetricStream,
    clock: ClockProof,
}

/// State of the proof that the clock is right.
#[derive(Debug, Clone, Copy, PartialEq)]
enum ClockProof {
    /// Not checked yet.
    Unproven {
        /// Monotonic time of the start.
        since: Duration,
        /// Monotonic time since which the line works; `None` while it does not.
        up_since: Option<Duration>,
    },
    /// Right.
    Proven,
}

/// News of the clock in an event.
#[derive(Debug, Clone, Copy, PartialEq)]
enum ClockNews {
    Nothing,
    /// It is right, after a step of so many milliseconds.
    Proven(i64),
}

impl MetricRecorder {
    /// Goes on with the counters of the last run. What is recorded is held back until the clock is proven: checked
    /// against a time server, or set, or not set while the line worked for 2 min, or 15 min after the start.
    ///
    /// # Errors
    ///
    /// If the queue cannot be written to.
    pub fn new(queue: Arc<Queue>, site: &str, outage_after: Duration, now: Moment) -> Result<Self, StoreError> {
        let counters = queue.load(COUNTERS).and_then(|text| metric_counters::from_text(&text)).unwrap_or_default();
        queue.clock_unproven()?;
        let stream = MetricStream::new(site, outage_after, counters);
        Ok(Self { queue, stream, clock: ClockProof::Unproven { since: now.mono, up_since: None } })
    }

    /// Records what an event says.
    ///
    /// # Errors
    ///
    /// If the queue cannot be written to; what was recorded is tried again with the next event.
    pub fn on_event(&mut self, event: &Event, now: Moment) -> Result<(), StoreError> {
        // Whatever counts an outage makes it the last one.
        let before = self.stream.counters().last;
        let records = self.stream.on_event(event);
        let counters = self.stream.counters();
        // First the counters: a kill in between then costs a sample, and no outage is counted twice.
        let saved = if counters.last == before {
            Ok(())
        } else {
            self.queue.save(COUNTERS, &metric_counters::to_text(counters))
        };
        self.queue.append(&records, now.mono)?;
        if let ClockNews::Proven(shift) = self.clock.hear(event, now.mono) {
            self.clock = ClockProof::Proven;
            self.queue.clock_proven(shift)?;
        }
        if matches!(event, Event::Stopped(_)) {
            self.queue.flush()?;
        }
        saved
    }
}

impl ClockProof {
    fn hear(&mut self, event: &Event, now: Duration) -> ClockNews {
        let Self::Unproven { since, up_since } = self else { return ClockNews::Nothing };
        let is_over = |since: Duration, time| now.saturating_sub(since) >= time;
        match event {
            Event::ClockStep(_, seconds) => return ClockNews::Proven(shift_ms(*seconds)),
            Event::Row(row) if row.clock_offset.is_some_and(|offset| offset.abs() < PROVEN_WITHIN) => {
                return ClockNews::Proven(0);
            }
            Event::State(_, State::Up | State::Degraded, _) => *up_since = up_since.or(Some(now)),
            Event::State(..) | Event::Gap(..) => *up_since = None,
            _ => {}
        }
        if is_over(*since, UNPROVEN_FOR) || up_since.is_some_and(|since| is_over(since, CHANCE)) {
            return ClockNews::Proven(0);
        }
        ClockNews::Nothing
    }
}

fn shift_ms(seconds: f64) -> i64 {
    let shift =
        Duration::try_from_secs_f64(seconds.abs()).map_or(0, |shift| i64::try_from(shift.as_millis()).unwrap_or(0));
    if seconds < 0.0 { -shift } else { shift }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{
            host::Host,
            probe::{PulseSample, Subject},
            row::Row,
            time::Stamp,
            verdict::{Confidence, Status, Verdict},
        },
        store::queue::{BatchLimits, Reader, Wanted},
    };

    const LIMITS: BatchLimits = BatchLimits { bytes: 1_000_000, span_ms: 600_000 };

    fn moment(seconds: u64) -> Moment {
        let mono = Duration::from_secs(seconds);
        let start = chrono::DateTime::from_timestamp(1_795_910_400, 0).unwrap();
        Moment { wall: start + mono, mono, awake: mono }
    }

    fn verdict(status: Status) -> Verdict {
        let confidence = Confidence::High;
        Verdict { status, cause: None, domain: None, confidence, evidence: Vec::new(), last_hop: None }
    }

    fn sample(seconds: u64) -> Event {
        Event::Sample(PulseSample {
            host: Host::new([192, 0, 2, 1].into()),
            subject: Subject::Target(0),
            sent: moment(seconds).stamp(),
            rtt: Some(Duration::from_millis(12)),
        })
    }

    fn stamps(reader: &mut Reader) -> Vec<i64> {
        let mut stamps = Vec::new();
        while let Some(batch) = reader.next_batch(moment(100_000).wall.timestamp_millis(), LIMITS).unwrap() {
            for (_, samples) in batch.series.iter().filter(|(series, _)| series.name() == "netlog_rtt_seconds") {
                let values = samples.iter().filter(|sample| sample.value.is_some());
                stamps.extend(values.map(|sample| sample.at_ms / 1000 - 1_795_910_400));
            }
        }
        stamps
    }

    fn recorder(dir: &std::path::Path) -> (MetricRecorder, Reader) {
        let queue = Queue::open(dir, 8 << 20, &[("push", Wanted::Samples)], moment(0).wall).unwrap();
        let queue = Arc::new(queue);
        let reader = queue.reader("push").unwrap();
        (MetricRecorder::new(queue, "home", Duration::from_secs(10), moment(0)).unwrap(), reader)
    }

    #[test]
    fn samples_wait_until_the_clock_is_checked_and_move_with_its_step() {
        let row = |offset| {
            let mut row = Row::new(moment(5).wall, 1, verdict(Status::Ok));
            row.clock_offset = offset;
            Event::Row(Arc::new(row))
        };
        let step = |seconds| Event::ClockStep(Stamp { wall: moment(3606).wall, mono: Duration::from_secs(6) }, seconds);
        for (news, expected) in [
            (vec![row(None)], vec![]),
            (vec![row(Some(900.0))], vec![]),
            (vec![row(Some(-0.02))], vec![1, 2]),
            (vec![row(Some(900.0)), step(3600.0)], vec![3601, 3602]),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let (mut recorder, mut reader) = recorder(dir.path());
            for event in [sample(1), sample(2)].iter().chain(&news) {
                recorder.on_event(event, moment(6)).unwrap();
            }
            recorder.queue.flush().unwrap();
            assert_eq!(expected, stamps(&mut reader));
        }
    }

    #[test]
    fn a_clock_that_is_not_set_while_the_line_works_is_right() {
        let dir = tempfile::tempdir().unwrap();
        let (mut recorder, mut reader) = recorder(dir.path());
        let state = |seconds, state| Event::State(moment(seconds).stamp(), state, verdict(Status::Ok));
        let down = State::Down(crate::model::verdict::FaultDomain::Access);
        for (event, at) in [(state(1, State::Up), 1), (state(100, down), 100), (state(200, State::Up), 200)] {
            recorder.on_event(&event, moment(at)).unwrap();
        }
        recorder.on_event(&sample(319), moment(319)).unwrap();
        assert_eq!(Vec::<i64>::new(), stamps(&mut reader));
        recorder.on_event(&sample(320), moment(320)).unwrap();
        assert_eq!(vec![319, 320], stamps(&mut reader));
    }

    #[test]
    fn a_clock_that_nobody_can_check_is_believed_in_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let (mut recorder, mut reader) = recorder(dir.path());
        recorder.on_event(&sample(1), moment(1)).unwrap();
        recorder.on_event(&sample(899), moment(899)).unwrap();
        assert_eq!(Vec::<i64>::new(), stamps(&mut reader));
        recorder.on_event(&sample(900), moment(900)).unwrap();
        assert_eq!(vec![1, 899, 900], stamps(&mut reader));
    }
}
