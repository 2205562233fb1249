//! Delivery of one batch, as a pure state machine: what to send next, and what an answer means.
//!
//! A receiver of remote write takes a request whole or not at all, so that one sample that is too old throws away all
//! others. A refused request is therefore halved by series until the refused ones are alone; only those are given up.

use std::time::Duration;

use crate::{integrations::sink_status::back_off, model::metric::SeriesSamples};

/// Protocol of a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Prometheus remote write 1.0.
    RemoteWrite,
    /// `InfluxDB` line protocol.
    LineProtocol,
}

/// Result of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// The receiver answered.
    Status {
        /// HTTP status code.
        code: u16,
        /// Header `Retry-After`, as time from now.
        retry_after: Option<Duration>,
        /// Body of the answer, or the beginning of it.
        text: String,
    },
    /// No answer, for this reason: the request may or may not have been taken.
    Unanswered(String),
}

/// Next step after an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Send the next part now, if there is one.
    GoOn,
    /// Send the same part again after this time: the receiver is away or busy.
    Wait(Duration, String),
    /// The same, but trying again will hardly help before somebody changes the settings.
    Stop(Duration, String),
}

/// First and longest time between tries.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));
/// Time between tries while the settings are wrong.
const STOPPED: Duration = Duration::from_mins(5);
/// Longest time that a receiver may ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);
/// So many answers 500 in a row to the same part mean that the part is at fault: some receivers say 500 for 400.
const POISON_AFTER: u32 = 5;
/// A batch of which nothing was taken, for an unknown reason, is tried so often as a whole.
const WHOLE_TRIES: u32 = 5;
/// Reasons for which Prometheus and `VictoriaMetrics` refuse single samples.
const REASONS: &[&str] = &["out of order", "out of bounds", "too old", "duplicate", "too far in the future"];

/// Delivery of one batch.
#[derive(Debug)]
pub(super) struct Delivery {
    protocol: Protocol,
    /// Parts to send, the next one last.
    parts: Vec<Vec<SeriesSamples>>,
    /// Samples that the receiver refused. The text with which it did so last is the `reason`.
    refused: Vec<SeriesSamples>,
    /// Series to which it answered 500 time and again. A server that is out of order does so too.
    failed: Vec<SeriesSamples>,
    /// Samples that were dropped from requests of which the others were taken.
    dropped: u64,
    reason: String,
    accepted: u64,
    /// The receiver has accepted something since the program started, so that it is one.
    is_proven: bool,
    /// A request with these samples may have been taken before.
    is_repeated: bool,
    failures: u32,
    server_errors: u32,
    /// A part was halved because of answers 500.
    is_poisoned: bool,
    whole_tries: u32,
    /// Tries of the series that failed, while others were taken.
    failed_tries: u32,
}

impl Delivery {
    /// A batch to deliver. `is_repeated` when it may have been delivered before, `is_proven` when this receiver has
    /// taken others.
    #[expect(clippy::fn_params_excessive_bools, reason = "they are fields of the same names")]
    pub(super) fn new(protocol: Protocol, batch: Vec<SeriesSamples>, is_repeated: bool, is_proven: bool) -> Self {
        Self {
            protocol,
            parts: if batch.is_empty() { Vec::new() } else { vec![batch] },
            refused: Vec::new(),
            failed: Vec::new(),
            failed_tries: 0,
            dropped: 0,
            reason: String::new(),
            accepted: 0,
            is_proven,
            is_repeated,
            failures: 0,
            server_errors: 0,
            is_poisoned: false,
            whole_tries: 0,
        }
    }

    /// Series to send next; `None` when the batch is dealt with.
    pub(super) fn part(&self) -> Option<&[SeriesSamples]> {
        self.parts.last().map(Vec::as_slice)
    }

    /// Samples that were taken, those probably taken included.
    pub(super) fn accepted(&self) -> u64 {
        self.accepted
    }

    /// Samples given up because the receiver refused them, and the text with which it did so.
    pub(super) fn refused(&self) -> Option<(u64, &str)> {
        let count = samples(&self.refused) + self.dropped;
        (count > 0).then_some((count, self.reason.as_str()))
    }

    /// Takes the answer to the part. `random` is in 0..=1.
    pub(super) fn answer(&mut self, answer: &Answer, random: f64) -> Step {
        let (code, retry_after, text) = match answer {
            Answer::Status { code, retry_after, text } => (*code, *retry_after, text.as_str()),
            Answer::Unanswered(reason) => {
                self.is_repeated = true;
                return self.wait(None, reason.clone(), random);
            }
        };
        let said = || if text.trim().is_empty() { format!("status {code}") } else { format!("status {code}: {text}") };
        if code != 500 {
            self.server_errors = 0;
        }
        match code {
            200..=299 => self.take(0, text),
            400 if self.protocol == Protocol::LineProtocol && text.contains("partial write") => {
                self.take(dropped(text), text);
            }
            400 | 422 => return self.refuse(text, said(), false, random),
            413 => self.halve(said()),
            500 if self.is_poisoned || self.server_errors + 1 >= POISON_AFTER => {
                self.server_errors = 0;
                self.is_poisoned = true;
                return self.refuse(text, said(), true, random);
            }
            500 => {
                self.server_errors += 1;
                return self.wait(retry_after, said(), random);
            }
            408 | 425 | 429 | 501..=599 => return self.wait(retry_after, said(), random),
            300..=399 => return Step::Stop(STOPPED, format!("{}; set the address that it leads to", said())),
            401 | 403 => return Step::Stop(STOPPED, format!("{}; check user and token", said())),
            404 => return Step::Stop(STOPPED, format!("{}; check the path and the database", said())),
            _ => return Step::Stop(STOPPED, format!("{}; check the address", said())),
        }
        self.finish(random)
    }

    fn wait(&mut self, retry_after: Option<Duration>, error: String, random: f64) -> Step {
        self.failures = self.failures.saturating_add(1);
        let own = back_off(self.failures, BACK_OFF.0, BACK_OFF.1, random);
        Step::Wait(retry_after.map_or(own, |asked| asked.clamp(BACK_OFF.0, MAX_RETRY_AFTER)), error)
    }

    fn take(&mut self, dropped: u64, text: &str) {
        let count = self.parts.pop().map_or(0, |part| samples(&part));
        self.failures = 0;
        self.dropped += dropped.min(count);
        self.accepted += count.saturating_sub(dropped);
        if dropped > 0 {
            text.clone_into(&mut self.reason);
        }
    }

    /// The part was refused: halves it, or gives up its one series.
    fn refuse(&mut self, text: &str, said: String, is_server_error: bool, random: f64) -> Step {
        let Some(mut part) = self.parts.pop() else { return Step::GoOn };
        if part.len() > 1 {
            let behind = part.split_off(part.len() / 2);
            self.parts.extend([behind, part]);
            return Step::GoOn;
        }
        if self.is_repeated && !is_server_error && (text.contains("out of order") || text.contains("duplicate")) {
            // The first try was taken, and its answer was lost.
            self.accepted += samples(&part);
            return self.finish(random);
        }
        if is_server_error { &mut self.failed } else { &mut self.refused }.append(&mut part);
        self.reason = said;
        self.finish(random)
    }

    /// The part was too large: halves it, by time where it is one series.
    fn halve(&mut self, said: String) {
        let Some(mut part) = self.parts.pop() else { return };
        let behind = match part.as_mut_slice() {
            [(series, samples)] if samples.len() > 1 => {
                let behind = samples.split_off(samples.len() / 2);
                vec![(std::sync::Arc::clone(series), behind)]
            }
            [_] => {
                self.refused.append(&mut part);
                self.reason = said;
                return;
            }
            _ => part.split_off(part.len() / 2),
        };
        self.parts.extend([behind, part]);
    }

    /// After the last part: series that failed are tried again, because the server may have been out of order, and are
    /// given up only when it takes others meanwhile. A receiver that took nothing at all, for an unknown reason, is
    /// asked again with all of it, because it is rather out of order itself.
    fn finish(&mut self, random: f64) -> Step {
        if !self.parts.is_empty() {
            return Step::GoOn;
        }
        if !self.failed.is_empty() {
            self.failed_tries += u32::from(self.accepted > 0);
            if self.failed_tries < POISON_AFTER {
                self.is_poisoned = self.accepted > 0;
                self.parts.push(std::mem::take(&mut self.failed));
                return self.wait(None, self.reason.clone(), random);
            }
            self.refused.append(&mut self.failed);
        }
        let is_explained = REASONS.iter().any(|reason| self.reason.contains(reason));
        if self.refused.is_empty() || self.accepted > 0 || is_explained {
            return Step::GoOn;
        }
        self.whole_tries += 1;
        if self.is_proven && self.whole_tries >= WHOLE_TRIES {
            return Step::GoOn;
        }
        self.parts.push(std::mem::take(&mut self.refused));
        Step::Stop(STOPPED, self.reason.clone())
    }
}

fn samples(part: &[SeriesSamples]) -> u64 {
    part.iter().map(|(_, samples)| samples.len() as u64).sum()
}

/// Number of points that `InfluxDB` says it dropped: `partial write: … dropped=3`.
fn dropped(text: &str) -> u64 {
    let number = text.split("dropped=").nth(1).unwrap_or_default();
    let digits = number.split(|character: char| !character.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::metric::{MetricSample, Series, ValueKind};

    fn batch(series: usize, samples: i64) -> Vec<SeriesSamples> {
        let one = |number: usize| {
            let series = Series::new("m", ValueKind::Count, [("number", number.to_string().as_str())]);
            (Arc::new(series), (0..samples).map(|at_ms| MetricSample { at_ms, value: Some(1) }).collect())
        };
        (0..series).map(one).collect()
    }

    fn status(code: u16, text: &str) -> Answer {
        Answer::Status { code, retry_after: None, text: text.into() }
    }

    fn number(series: &Series) -> usize {
        series.labels()[0].1.parse().unwrap()
    }

    /// A receiver that answers `bad` to each request with one of these series.
    fn run(delivery: &mut Delivery, bad: &[usize], answer: &Answer) -> (Vec<usize>, usize, Step) {
        let (mut taken, mut requests) = (Vec::new(), 0);
        while let Some(part) = delivery.part() {
            requests += 1;
            let numbers: Vec<usize> = part.iter().map(|(series, _)| number(series)).collect();
            let is_bad = numbers.iter().any(|number| bad.contains(number));
            let step = delivery.answer(&if is_bad { answer.clone() } else { status(204, "") }, 0.0);
            if !is_bad {
                taken.extend(numbers);
            }
            if step != Step::GoOn {
                return (taken, requests, step);
            }
        }
        (taken, requests, Step::GoOn)
    }

    #[test]
    fn only_the_refused_series_are_given_up_and_counted() {
        let mut delivery = Delivery::new(Protocol::RemoteWrite, batch(100, 3), false, true);
        let (taken, requests, step) = run(&mut delivery, &[17, 80], &status(400, "out of bounds"));
        let others: Vec<usize> = (0..100).filter(|number| ![17, 80].contains(number)).collect();
        assert_eq!((others, Step::GoOn), (taken, step));
        assert!(requests < 30, "{requests}");
        assert_eq!((294, Some((6, "status 400: out of bounds"))), (delivery.accepted(), delivery.refused()));
    }

    #[test]
    fn what_is_refused_as_known_after_a_lost_answer_was_delivered() {
        let mut delivery = Delivery::new(Protocol::RemoteWrite, batch(3, 2), false, true);
        let step = delivery.answer(&Answer::Unanswered("timeout".into()), 0.0);
        assert_eq!(Step::Wait(Duration::from_secs(1), "timeout".into()), step);
        run(&mut delivery, &[0, 1, 2], &status(400, "out of order sample"));
        assert_eq!((6, None), (delivery.accepted(), delivery.refused()));
        // Without a lost answer it was refused.
        let mut delivery = Delivery::new(Protocol::RemoteWrite, batch(3, 2), false, true);
        run(&mut delivery, &[0, 1, 2], &status(400, "out of order sample"));
        assert_eq!((0, Some((6, "status 400: out of order sample"))), (delivery.accepted(), delivery.refused()));
    }

    #[test]
    fn a_server_that_is_busy_gets_the_same_again_when_it_says() {
        let mut delivery = Delivery::new(Protocol::RemoteWrite, batch(2, 2), false, true);
        for (code, wait) in [(429, 1), (503, 2), (408, 4), (502, 8)] {
            let step = delivery.answer(&status(code, "later"), 0.0);
            assert_eq!(Step::Wait(Duration::from_secs(wait), format!("status {code}: later")), step);
        }
        let asked = Answer::Status { code: 429, retry_after: Some(Duration::from_secs(90)), text: String::new() };
        assert_eq!(Step::Wait(Duration::from_secs(90), "status 429".into()), delivery.answer(&asked, 0.0));
        let asked = Answer::Status { code: 503, retry_after: Some(Duration::MAX), text: String::new() };
        assert_eq!(Step::Wait(MAX_RETRY_AFTER, "status 503".into()), delivery.answer(&asked, 0.0));
        assert_eq!(2, delivery.part().unwrap().len());
        assert_eq!(Step::GoOn, delivery.answer(&status(200, "thanks"), 0.0));
        assert_eq!((None, 4), (delivery.part(), delivery.accepted()));
    }

    #[test]
    fn wrong_settings_stop_the_sending_and_lose_nothing() {
        for (code, remedy) in [(301, "leads to"), (401, "token"), (403, "token"), (404, "path"), (415, "address")] {
            let mut delivery = Delivery::new(Protocol::RemoteWrite, batch(2, 2), false, true);
            let Step::Stop(after, error) = delivery.answer(&status(code, "no"), 0.0) else { panic!("{code}") };
            assert_eq!(Duration::from_mins(5), after);
            assert!(error.contains(&code.to_string()) && error.contains(remedy), "{error}");
            assert_eq!(2, delivery.part().unwrap().len());
        }
    }

    #[test]
    fn a_request_that_is_too_large_is_halved_down_to_single_samples() {
        let mut delivery = Delivery::new(Protocol::RemoteWrite, batch(2, 5), false, true);
        let mut sizes = Vec::new();
        while let Some(part) = delivery.part() {
            let size = samples(part);
            let code = if size > 2 { 413 } else { 204 };
            if code == 204 {
                sizes.push(size);
            }
            assert_eq!(Step::GoOn, delivery.answer(&status(code, ""), 0.0));
        }
        assert_eq!((10, 10), (sizes.iter().sum::<u64>(), delivery.accepted()));
        let mut delivery = Delivery::new(Protocol::RemoteWrite, batch(2, 1), false, true);
        run(&mut delivery, &[1], &status(413, ""));
        assert_eq!((1, Some((1, "status 413"))), (delivery.accepted(), delivery.refused()));
    }

    #[test]
    fn five_answers_500_in_a_row_mean_a_poisoned_request_but_never_cost_a_whole_batch() {
        let poison = status(500, "label name empty");
        let mut delivery = Delivery::new(Protocol::RemoteWrite, batch(8, 1), false, true);
        let (mut waits, mut taken) = (0, Vec::new());
        while delivery.part().is_some() {
            let (more, _, step) = run(&mut delivery, &[5], &poison);
            taken.extend(more);
            waits += u32::from(matches!(step, Step::Wait(..)));
        }
        // Four before it is halved, and four for the series that failed.
        assert_eq!((8, vec![0, 1, 2, 3, 4, 6, 7]), (waits, taken));
        assert_eq!(Some((1, "status 500: label name empty")), delivery.refused());
        // A server that is out of order loses nothing, however long it takes.
        let mut delivery = Delivery::new(Protocol::RemoteWrite, batch(2, 1), false, true);
        for _ in 0..1000 {
            assert!(delivery.part().is_some());
            delivery.answer(&status(500, "disk full"), 0.0);
        }
        while delivery.part().is_some() {
            delivery.answer(&status(204, ""), 0.0);
        }
        assert_eq!((2, None), (delivery.accepted(), delivery.refused()));
    }

    #[test]
    fn a_receiver_that_refuses_everything_without_a_known_reason_is_asked_five_times_or_for_ever() {
        let mut delivery = Delivery::new(Protocol::RemoteWrite, batch(4, 1), false, true);
        let mut stops = 0;
        while delivery.part().is_some() {
            let (_, _, step) = run(&mut delivery, &[0, 1, 2, 3], &status(400, "what is this?"));
            stops += u32::from(matches!(step, Step::Stop(..)));
        }
        assert_eq!((4, 0, 4), (stops, delivery.accepted(), delivery.refused().unwrap().0));
        let mut delivery = Delivery::new(Protocol::RemoteWrite, batch(4, 1), false, false);
        for _ in 0..1000 {
            assert!(delivery.part().is_some());
            delivery.answer(&status(400, "what is this?"), 0.0);
        }
    }

    #[test]
    fn a_partial_write_of_influx_is_delivered_and_another_400_is_not() {
        let mut delivery = Delivery::new(Protocol::LineProtocol, batch(2, 3), false, true);
        let partial = r#"{"error":"partial write: field type conflict: x dropped=2"}"#;
        assert_eq!(Step::GoOn, delivery.answer(&status(400, partial), 0.0));
        assert_eq!((4, Some((2, partial))), (delivery.accepted(), delivery.refused()));
        let mut delivery = Delivery::new(Protocol::LineProtocol, batch(2, 3), false, true);
        run(&mut delivery, &[1], &status(400, "cannot parse line"));
        assert_eq!((3, 3), (delivery.accepted(), delivery.refused().unwrap().0));
    }
}
