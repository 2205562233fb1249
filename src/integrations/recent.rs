//! Events that still hold, for a hub that begins while the monitor runs.

use crate::model::{event::Event, time::Stamp, verdict::FaultDomain};

/// Last events of the running monitor from which the state follows.
#[derive(Debug, Clone, Default)]
pub(super) struct RecentEvents {
    started: Option<Event>,
    gateway: Option<Event>,
    state: Option<Event>,
    outage: Option<Event>,
    notices: Vec<(FaultDomain, Event)>,
}

impl RecentEvents {
    /// Takes the next event.
    pub(super) fn note(&mut self, event: &Event) {
        match event {
            Event::Started(_) => *self = Self { started: Some(event.clone()), ..Self::default() },
            Event::Stopped(_) => *self = Self::default(),
            Event::Gateway(..) => self.gateway = Some(event.clone()),
            Event::State(..) => self.state = Some(event.clone()),
            Event::OutageOpened(..) => self.outage = Some(event.clone()),
            Event::OutageClosed(_) => self.outage = None,
            Event::Notice(_, domain, is_active, _) => {
                self.notices.retain(|(known, _)| known != domain);
                if *is_active {
                    self.notices.push((*domain, event.clone()));
                }
            }
            _ => {}
        }
    }

    /// Returns the events that hold, in an order in which they can be taken.
    pub(super) fn events(&self) -> Vec<Event> {
        let single = [&self.started, &self.gateway, &self.outage, &self.state];
        let notices = self.notices.iter().map(|(_, event)| event);
        single.into_iter().flatten().chain(notices).cloned().collect()
    }
}

/// The event as it holds at `now`, for metrics that begin while the monitor runs: a sample at the time at which the event
/// came would be a second one of that time.
pub(super) fn as_of(event: &Event, now: Stamp) -> Event {
    match event {
        Event::Started(_) => Event::Started(now),
        Event::Gateway(_, gateway) => Event::Gateway(now, *gateway),
        Event::State(_, state, verdict) => Event::State(now, *state, verdict.clone()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        integrations::{fixtures::stamp, push::series::MetricStream},
        model::{
            ledger::State,
            metric::{MetricCounters, QueueRecord},
            verdict::{Confidence, Status, Verdict},
        },
    };

    #[test]
    fn metrics_that_begin_again_have_no_sample_of_a_time_before() {
        let (began, now) = (stamp(100), stamp(5000));
        let confidence = Confidence::High;
        let verdict =
            Verdict { status: Status::Ok, cause: None, domain: None, confidence, evidence: Vec::new(), last_hop: None };
        let mut recent = RecentEvents::default();
        for event in [Event::Started(began), Event::Gateway(began, None), Event::State(began, State::Up, verdict)] {
            recent.note(&event);
        }
        let mut stream = MetricStream::new("home", Duration::from_secs(10), MetricCounters::default());
        let mut times = Vec::new();
        let held = recent.events().into_iter().map(|event| as_of(&event, now));
        for event in held.chain([Event::Suspected(stamp(5060)), Event::Stopped(stamp(5061))]) {
            for record in stream.on_event(&event) {
                let QueueRecord::Samples((_, samples)) = record else { panic!("{record:?}") };
                times.extend(samples.iter().map(|sample| sample.at_ms));
            }
        }
        assert!(!times.is_empty() && times.iter().all(|at| *at >= now.wall.timestamp_millis()), "{times:?}");
    }

    #[test]
    fn what_is_over_holds_no_more() {
        let at = Stamp { wall: chrono::DateTime::UNIX_EPOCH, mono: Duration::ZERO };
        let mut recent = RecentEvents::default();
        recent.note(&Event::Started(at));
        recent.note(&Event::Gateway(at, None));
        recent.note(&Event::Suspected(at));
        assert_eq!(vec![Event::Started(at), Event::Gateway(at, None)], recent.events());
        recent.note(&Event::Stopped(at));
        assert_eq!(Vec::<Event>::new(), recent.events());
    }
}
