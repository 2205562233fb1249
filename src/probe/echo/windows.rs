//! Windows: echo and first-hop probes by the system's echo service, on one thread for any number of them.
//!
//! The service has no datagrams to closed ports, so [`ProbeKind::Udp`] is not measured here.

mod service;

use std::{
    collections::BTreeMap,
    mem,
    net::UdpSocket,
    thread::{self, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};

use self::service::{Completion, Service};
use super::{
    EchoMeans,
    icmp_status::{Answer, Meaning, is_unreachable},
};
use crate::{
    clock,
    model::{
        host::{Family, Host},
        probe::{Loss, NotMeasured, Outcome, Probe, ProbeKind},
        time::Moment,
    },
    probe::Sink,
};

/// Batches that may wait for the thread. It takes them at once, so more means that it is stuck.
const BATCHES: usize = 256;
/// Requests that may be under way. The system ends each by itself, so more means that it does not.
const REQUESTS: usize = 4096;
/// TTL of a probe that is meant to arrive.
const TTL: u8 = 128;
/// How long the thread waits after its end for the system to give back the requests under way.
const DRAIN: Duration = Duration::from_secs(30);

/// The prober. After a drop it reports nothing more, not even probes under way.
pub(super) struct Backend {
    sink: Sink,
    batches: Option<Sender<Vec<Probe>>>,
    /// `None` when the system gave no thread.
    thread: Option<JoinHandle<()>>,
    v4: EchoMeans,
    v6: EchoMeans,
}

impl Backend {
    pub(super) fn start(sink: Sink) -> Self {
        let (v4, v6) = (Service::open(Family::V4), Service::open(Family::V6));
        let means = (means(Family::V4, &v4), means(Family::V6, &v6));
        let (batches, receiver) = bounded(BATCHES);
        let prober = Prober { sink: sink.clone(), batches: receiver, v4, v6, flights: BTreeMap::new(), lent: 0, serial: 0 };
        let thread = thread::Builder::new().name("echo".into()).spawn(|| prober.run()).ok();
        Self { sink, batches: Some(batches), thread, v4: means.0, v6: means.1 }
    }

    pub(super) fn send(&self, probes: Vec<Probe>) {
        let refused = match &self.batches {
            Some(batches) => batches.try_send(probes).err().map(crossbeam_channel::TrySendError::into_inner),
            None => Some(probes),
        };
        for probe in refused.into_iter().flatten() {
            report(&self.sink, &probe, clock::now(), Outcome::NotMeasured(NotMeasured::NoResources));
        }
        self.wake();
    }

    pub(super) fn means(&self, family: Family) -> EchoMeans {
        match family {
            Family::V4 => self.v4,
            Family::V6 => self.v6,
        }
    }

    fn wake(&self) {
        if let Some(thread) = &self.thread {
            service::wake(thread);
        }
    }
}

impl Drop for Backend {
    /// Ends the thread. It is not waited for: the system may keep a request until its deadline.
    fn drop(&mut self) {
        self.batches = None;
        self.wake();
    }
}

fn means(family: Family, service: &Result<Service, u32>) -> EchoMeans {
    match (service, family) {
        (Ok(_), _) => EchoMeans::Service,
        (Err(ACCESS_DENIED), _) | (Err(_), Family::V4) => EchoMeans::Forbidden,
        (Err(_), Family::V6) => EchoMeans::NoFamily,
    }
}

/// `ERROR_ACCESS_DENIED`.
const ACCESS_DENIED: u32 = 5;

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

/// The state of the thread.
struct Prober {
    sink: Sink,
    batches: Receiver<Vec<Probe>>,
    /// The service, or the error it could not be opened for.
    v4: Result<Service, u32>,
    v6: Result<Service, u32>,
    /// Probes without a sample, by serial number.
    flights: BTreeMap<u64, Flight>,
    /// Requests the system has not given back.
    lent: usize,
    serial: u64,
}

impl Prober {
    fn run(mut self) {
        service::hurry();
        loop {
            match self.batches.try_recv() {
                Ok(batch) => {
                    for probe in batch {
                        self.launch(probe);
                        self.land(service::wait(Duration::ZERO));
                    }
                }
                Err(TryRecvError::Empty) => {
                    let rest = self.expire(clock::now());
                    self.land(service::wait(rest));
                }
                Err(TryRecvError::Disconnected) => break,
            }
        }
        self.drain();
    }

    /// Sends one probe. What cannot be sent ends in a sample at once.
    fn launch(&mut self, probe: Probe) {
        let (host, first_hop) = match probe.kind {
            ProbeKind::Echo(host) => (host, false),
            ProbeKind::FirstHop(host) => (host, true),
            ProbeKind::Udp(_) | ProbeKind::Tcp(_) | ProbeKind::Http(_) | ProbeKind::Dns(_) => {
                return report(&self.sink, &probe, clock::now(), Outcome::NotMeasured(NotMeasured::Unsupported));
            }
        };
        let service = match host.family() {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        };
        let sent = clock::now();
        let service = match service {
            Ok(service) if self.lent < REQUESTS => service,
            Ok(_) => return report(&self.sink, &probe, sent, Outcome::NotMeasured(NotMeasured::NoResources)),
            Err(ACCESS_DENIED) => {
                return report(&self.sink, &probe, sent, Outcome::NotMeasured(NotMeasured::NoPermission));
            }
            Err(_) => return report(&self.sink, &probe, sent, Outcome::NotMeasured(NotMeasured::Unsupported)),
        };
        self.serial += 1;
        let flight = Flight { probe, host, first_hop, sent };
        match service.send(self.serial, host, if first_hop { 1 } else { TTL }, flight.probe.deadline) {
            Ok(()) => {
                self.lent += 1;
                self.flights.insert(self.serial, flight);
            }
            Err(error) => {
                let outcome = flight.outcome(error, service::nobody(host.family()), Duration::ZERO);
                report(&self.sink, &flight.probe, sent, outcome);
            }
        }
    }

    /// Reports what has completed. A completion after the deadline only gives its buffer back.
    fn land(&mut self, completions: Vec<Completion>) {
        for completion in completions {
            self.lent = self.lent.saturating_sub(1);
            let Some(flight) = self.flights.remove(&completion.serial) else { continue };
            let elapsed = completion.at.mono.saturating_sub(flight.sent.mono);
            // Two equal readings of the clock do not make an answer instantaneous.
            let rtt = if elapsed.is_zero() { completion.rtt.max(Duration::from_micros(1)) } else { elapsed };
            let outcome = flight.outcome(completion.status, completion.from, rtt);
            report(&self.sink, &flight.probe, flight.sent, outcome);
        }
    }

    /// Reports the probes whose deadline has passed, since the service's own time-out is coarse. Gives the time until
    /// the next deadline.
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

    /// Waits for the system to give back every request before the services close. What it does not give back in
    /// time stays lent for good, with its service open.
    fn drain(self) {
        let until = clock::now().mono + DRAIN;
        let mut lent = self.lent;
        while lent > 0 && clock::now().mono < until {
            lent = lent.saturating_sub(service::wait(Duration::from_secs(1)).len());
        }
        if lent > 0 {
            mem::forget((self.v4, self.v6));
        }
    }
}

impl Flight {
    fn outcome(&self, status: u32, from: Host, rtt: Duration) -> Outcome {
        let answer = Answer {
            asked: self.host.addr,
            first_hop: self.first_hop,
            from: from.addr,
            from_self: is_unreachable(status) && is_own(from),
        };
        match answer.meaning(status) {
            Meaning::Reply(_) if rtt > self.probe.deadline => Outcome::Lost(Loss::Timeout),
            Meaning::Reply(proof) => Outcome::Reply(rtt, proof),
            Meaning::Lost(loss) => Outcome::Lost(loss),
            Meaning::NotMeasured(why) => Outcome::NotMeasured(why),
        }
    }
}

/// Whether `host` is this machine: only then does a socket towards it get that very address as its own.
fn is_own(host: Host) -> bool {
    let any = service::nobody(host.family());
    if host.addr == any.addr {
        return false;
    }
    let source = || {
        let socket = UdpSocket::bind(any.with_port(0))?;
        socket.connect(host.with_port(9))?;
        socket.local_addr()
    };
    source().is_ok_and(|source| source.ip() == host.addr)
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
