//! Windows: the system's echo service with a small TTL, on one thread for any number of probes.
//!
//! Flows are not ours to choose: the service sets identifier, sequence number and checksum itself, so
//! [`HopProbe::flow`] makes no difference here. It does not hand on the labels of a router either.

use std::time::Duration;

use super::{
    HopSink,
    connect::Connector,
    flights::{Flights, LATE},
    hop_outcome::hop_outcome,
};
use crate::{
    clock,
    model::{
        host::Family,
        probe::NotMeasured,
        time::Moment,
        trace::{Arrival, HopOutcome, HopProbe, HopSample, TraceProtocol},
    },
    probe::icmp_service::{Completion, ServiceWorker, Services, Work},
};

/// The tracer. After a drop it reports nothing more but the end of connections, not even probes under way.
pub(super) struct Backend {
    connector: Connector,
    worker: ServiceWorker<HopProbe>,
    v4: bool,
    v6: bool,
}

impl Backend {
    pub(super) fn start(sink: HopSink) -> Self {
        let services = Services::open();
        let opened = |family| services.refusal(family).is_none();
        let (v4, v6) = (opened(Family::V4), opened(Family::V6));
        let worker = ServiceWorker::start("trace", services, Prober { sink: sink.clone(), flights: Flights::default() });
        Self { connector: Connector::new(sink), worker, v4, v6 }
    }

    pub(super) fn send(&self, probes: Vec<HopProbe>) {
        for probe in self.worker.send(self.connector.take(probes)) {
            self.connector.refuse(probe, NotMeasured::NoResources);
        }
    }

    pub(super) fn permits(&self, protocol: TraceProtocol, family: Family) -> bool {
        match (protocol, family) {
            (TraceProtocol::Icmp, Family::V4) => self.v4,
            (TraceProtocol::Icmp, Family::V6) => self.v6,
            (TraceProtocol::Udp | TraceProtocol::Tcp(_), _) => false,
        }
    }
}

/// The state of the thread.
struct Prober {
    sink: HopSink,
    /// By the number of their request.
    flights: Flights,
}

impl Work for Prober {
    type Probe = HopProbe;

    fn launch(&mut self, services: &mut Services, probe: HopProbe) {
        let sent = clock::now();
        match services.send(probe.to, probe.ttl, probe.deadline.saturating_add(LATE)) {
            Ok(serial) => self.flights.add(serial, probe, sent),
            Err(refusal) => {
                let outcome = outcome(&refusal, &probe, sent);
                (self.sink)(HopSample { probe, sent: sent.stamp(), outcome, arrival: Arrival::First });
            }
        }
    }

    fn land(&mut self, completion: &Completion) {
        let Some(flight) = self.flights.get(completion.serial) else { return };
        let outcome = outcome(completion, &flight.probe, flight.sent);
        let samples = self.flights.end(completion.serial, outcome, completion.at.mono);
        samples.into_iter().for_each(|sample| (self.sink)(sample));
    }

    fn expire(&mut self, now: Moment) -> Duration {
        self.flights.expire(now.mono).into_iter().for_each(|sample| (self.sink)(sample));
        self.flights.due().map_or(Duration::from_mins(1), |due| due.saturating_sub(now.mono))
    }
}

fn outcome(completion: &Completion, probe: &HopProbe, sent: Moment) -> HopOutcome {
    let rtt = completion.rtt(sent);
    hop_outcome(&completion.meaning(probe.to, true).outcome(rtt), probe.to.addr, rtt, Vec::new())
}

#[cfg(test)]
mod tests {
    use std::{
        net::TcpListener,
        sync::{Arc, mpsc},
    };

    use super::*;
    use crate::model::probe::ProbeId;

    const DEADLINE: Duration = Duration::from_secs(5);

    fn start() -> (Backend, mpsc::Receiver<HopSample>) {
        let (samples, received) = mpsc::sync_channel(1000);
        (Backend::start(Arc::new(move |sample| samples.send(sample).unwrap())), received)
    }

    fn probe(id: u64, protocol: TraceProtocol, host: &str, ttl: u8, deadline: Duration) -> HopProbe {
        HopProbe { id: ProbeId(id), to: host.parse().unwrap(), protocol, flow: 0, ttl, deadline }
    }

    #[test]
    fn the_loopback_is_reached_with_any_ttl_by_many_probes_at_once() {
        let (backend, received) = start();
        for (family, host) in [(Family::V4, "127.0.0.1"), (Family::V6, "::1")] {
            if !backend.permits(TraceProtocol::Icmp, family) {
                eprintln!("SKIPPED: no echo service for {family:?} here");
                continue;
            }
            let ttl = |id: u64| if id.is_multiple_of(2) { 1 } else { 64 };
            backend.send((0..100).map(|id| probe(id, TraceProtocol::Icmp, host, ttl(id), DEADLINE)).collect());
            let mut ids = Vec::new();
            for _ in 0..100 {
                let sample = received.recv_timeout(2 * DEADLINE).unwrap();
                let HopOutcome::Reached(answer) = &sample.outcome else { panic!("{sample:?}") };
                assert_eq!(sample.probe.to.addr, answer.from);
                assert!(!answer.rtt.is_zero() && answer.labels.is_empty());
                assert_eq!(Arrival::First, sample.arrival);
                ids.push(sample.probe.id.0);
            }
            ids.sort_unstable();
            assert_eq!(ids, (0..100).collect::<Vec<_>>());
        }
        assert!(received.try_recv().is_err());
    }

    #[test]
    fn an_answer_after_the_deadline_is_late() {
        let (backend, received) = start();
        if !backend.permits(TraceProtocol::Icmp, Family::V4) {
            eprintln!("SKIPPED: no echo service here");
            return;
        }
        backend.send(vec![probe(1, TraceProtocol::Icmp, "127.0.0.1", 64, Duration::from_nanos(1))]);
        let first = received.recv_timeout(DEADLINE).unwrap();
        assert_eq!((HopOutcome::Silent, Arrival::First), (first.outcome, first.arrival));
        let late = received.recv_timeout(DEADLINE).unwrap();
        assert!(matches!(late.outcome, HopOutcome::Reached(_)), "{late:?}");
        assert_eq!((ProbeId(1), Arrival::Late, first.sent), (late.probe.id, late.arrival, late.sent));
        assert!(received.recv_timeout(Duration::from_millis(100)).is_err());
    }

    #[test]
    fn datagrams_are_not_measured_and_a_connection_meant_to_arrive_is() {
        let (backend, received) = start();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tcp = TraceProtocol::Tcp(listener.local_addr().unwrap().port());
        for protocol in [TraceProtocol::Udp, tcp] {
            assert!(!backend.permits(protocol, Family::V4));
            backend.send(vec![probe(1, protocol, "127.0.0.1", 1, DEADLINE)]);
            let sample = received.recv_timeout(DEADLINE).unwrap();
            assert_eq!(HopOutcome::NotMeasured(NotMeasured::Unsupported), sample.outcome);
        }
        backend.send(vec![probe(2, tcp, "127.0.0.1", 64, DEADLINE)]);
        let sample = received.recv_timeout(2 * DEADLINE).unwrap();
        assert!(matches!(sample.outcome, HopOutcome::Reached(_)), "{sample:?}");
    }

    #[test]
    fn dropping_it_ends_the_thread_and_with_it_the_sink() {
        let (backend, received) = start();
        backend.send((0..10).map(|id| probe(id, TraceProtocol::Icmp, "127.0.0.1", 1, DEADLINE)).collect());
        drop(backend);
        let end = clock::now().mono + Duration::from_secs(20);
        while received.recv_timeout(Duration::from_secs(1)) != Err(mpsc::RecvTimeoutError::Disconnected) {
            assert!(clock::now().mono < end);
        }
    }
}
