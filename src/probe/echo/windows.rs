//! Windows: echo and first-hop probes by the system's echo service, on one thread for any number of them.
//!
//! The service has no datagrams to closed ports, so [`ProbeKind::Udp`] is not measured here.

use std::{collections::BTreeMap, time::Duration};

use crate::probe::permission::EchoMeans;
use crate::{
    clock,
    model::{
        host::{Family, Host},
        probe::{Loss, NotMeasured, Outcome, Probe, ProbeKind, Proof},
        time::Moment,
    },
    probe::{
        Sink,
        icmp_service::{ACCESS_DENIED, Completion, ServiceWorker, Services, Work},
        icmp_status::Meaning,
    },
};

/// TTL of a probe that is meant to arrive.
const TTL: u8 = 128;

/// The prober. After a drop it reports nothing more, not even probes under way.
pub(super) struct Backend {
    sink: Sink,
    worker: ServiceWorker<Probe>,
    v4: EchoMeans,
    v6: EchoMeans,
}

impl Backend {
    pub(super) fn start(sink: Sink) -> Self {
        let services = Services::open();
        let (v4, v6) = (means(&services, Family::V4), means(&services, Family::V6));
        let worker = ServiceWorker::start("echo", services, Prober { sink: sink.clone(), flights: BTreeMap::new() });
        Self { sink, worker, v4, v6 }
    }

    pub(super) fn send(&self, probes: Vec<Probe>) {
        for probe in self.worker.send(probes) {
            report(&self.sink, &probe, clock::now(), Outcome::NotMeasured(NotMeasured::NoResources));
        }
    }

    pub(super) fn means(&self, family: Family) -> EchoMeans {
        match family {
            Family::V4 => self.v4,
            Family::V6 => self.v6,
        }
    }
}

fn means(services: &Services, family: Family) -> EchoMeans {
    match (services.refusal(family), family) {
        (None, _) => EchoMeans::Service,
        (Some(ACCESS_DENIED), _) | (Some(_), Family::V4) => EchoMeans::Forbidden,
        (Some(_), Family::V6) => EchoMeans::NoFamily,
    }
}

fn report(sink: &Sink, probe: &Probe, sent: Moment, outcome: Outcome) {
    sink(probe.sample(sent.stamp(), outcome));
}

/// A probe under way.
struct Flight {
    probe: Probe,
    host: Host,
    first_hop: bool,
    sent: Moment,
}

impl Flight {
    fn outcome(&self, completion: &Completion) -> Outcome {
        let rtt = completion.rtt(self.sent);
        if matches!(self.probe.kind, ProbeKind::Large(..)) && completion.is_too_big() {
            return Outcome::Reply(rtt, Proof::TooBig(None));
        }
        match completion.meaning(self.host, self.first_hop) {
            Meaning::Reply(_) if rtt > self.probe.deadline => Outcome::Lost(Loss::Timeout),
            meaning => meaning.outcome(rtt),
        }
    }
}

/// The state of the thread.
struct Prober {
    sink: Sink,
    /// Probes without a sample, by the number of their request.
    flights: BTreeMap<u64, Flight>,
}

impl Work for Prober {
    type Probe = Probe;

    fn launch(&mut self, services: &mut Services, probe: Probe) {
        let (host, first_hop, size) = match probe.kind {
            ProbeKind::Echo(host) => (host, false, None),
            ProbeKind::Large(host, size) => (host, false, Some(size)),
            ProbeKind::FirstHop(host) => (host, true, None),
            ProbeKind::Udp(_)
            | ProbeKind::LargeUdp(..)
            | ProbeKind::Tcp(_)
            | ProbeKind::Hello(_)
            | ProbeKind::Http(_)
            | ProbeKind::Dns(_) => {
                return report(&self.sink, &probe, clock::now(), Outcome::NotMeasured(NotMeasured::Unsupported));
            }
        };
        let flight = Flight { probe, host, first_hop, sent: clock::now() };
        match services.send_sized(host, if first_hop { 1 } else { TTL }, size, flight.probe.deadline) {
            Ok(serial) => drop(self.flights.insert(serial, flight)),
            Err(refusal) => report(&self.sink, &flight.probe, flight.sent, flight.outcome(&refusal)),
        }
    }

    fn land(&mut self, completion: &Completion) {
        let Some(flight) = self.flights.remove(&completion.serial) else { return };
        report(&self.sink, &flight.probe, flight.sent, flight.outcome(completion));
    }

    fn expire(&mut self, now: Moment) -> Duration {
        let mut next = Duration::from_mins(1);
        self.flights.retain(|_, flight| {
            let left = flight.probe.deadline.saturating_sub(now.mono.saturating_sub(flight.sent.mono));
            if left.is_zero() {
                report(&self.sink, &flight.probe, flight.sent, Outcome::Lost(Loss::Timeout));
                return false;
            }
            next = next.min(left);
            true
        });
        next
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use super::*;
    use crate::model::probe::{ProbeId, Proof, Sample, Subject};

    fn start() -> (Backend, mpsc::Receiver<Sample>) {
        let (samples, received) = mpsc::sync_channel(1000);
        (Backend::start(Arc::new(move |sample| samples.send(sample).unwrap())), received)
    }

    fn probe(id: u64, kind: fn(Host) -> ProbeKind, host: &str, deadline: Duration) -> Probe {
        Probe { id: ProbeId(id), subject: Subject::Target(0), kind: kind(host.parse().unwrap()), deadline }
    }

    #[test]
    fn the_loopback_answers_more_probes_than_a_wait_takes_objects() {
        let (backend, received) = start();
        for (family, host) in [(Family::V4, "127.0.0.1"), (Family::V6, "::1")] {
            if backend.means(family) != EchoMeans::Service {
                eprintln!("SKIPPED: no echo service for {family:?} here ({:?})", backend.means(family));
                continue;
            }
            backend.send((0..100).map(|id| probe(id, ProbeKind::Echo, host, Duration::from_secs(5))).collect());
            let mut ids = Vec::new();
            for _ in 0..100 {
                let sample = received.recv_timeout(Duration::from_secs(10)).unwrap();
                assert!(matches!(sample.outcome, Outcome::Reply(rtt, Proof::EchoReply) if !rtt.is_zero()), "{sample:?}");
                ids.push(sample.id.0);
            }
            ids.sort_unstable();
            assert_eq!(ids, (0..100).collect::<Vec<_>>());
        }
        assert!(received.try_recv().is_err());
    }

    #[test]
    fn an_answer_after_the_deadline_is_none_and_other_kinds_are_not_measured() {
        let (backend, received) = start();
        backend.send(vec![probe(1, ProbeKind::Udp, "127.0.0.1", Duration::from_secs(1))]);
        let sample = received.recv_timeout(Duration::from_secs(5)).unwrap();
        assert_eq!(sample.outcome, Outcome::NotMeasured(NotMeasured::Unsupported));
        backend.send(vec![probe(2, ProbeKind::Echo, "127.0.0.1", Duration::from_nanos(1))]);
        let sample = received.recv_timeout(Duration::from_secs(5)).unwrap();
        assert_eq!(sample.outcome, Outcome::Lost(Loss::Timeout));
    }

    #[test]
    fn dropping_it_ends_the_thread_and_with_it_the_sink() {
        let (backend, received) = start();
        backend.send((0..10).map(|id| probe(id, ProbeKind::FirstHop, "127.0.0.1", Duration::from_secs(2))).collect());
        drop(backend);
        let end = clock::now().mono + Duration::from_secs(20);
        while received.recv_timeout(Duration::from_secs(1)) != Err(mpsc::RecvTimeoutError::Disconnected) {
            assert!(clock::now().mono < end);
        }
    }
}
