//! macOS: echo by ICMP datagram sockets, which need no privilege; a fresh one for each probe, all on one thread.
//!
//! The system stamps the TTL of a socket on its packets when they leave, not when they are handed over, so probes with
//! different TTLs cannot share a socket. What routers say arrives like any other packet, in every such socket.
//! [`HopProbe::flow`] is the identifier of the echo. Linux compiles this for its tests alone.

mod reply;
mod socket;

use std::{
    collections::{BTreeMap, VecDeque},
    io::{Read as _, Write as _},
    net::{Ipv4Addr, Ipv6Addr},
    os::{fd::AsFd as _, unix::net::UnixStream},
    thread,
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use self::{
    reply::Asked,
    socket::{Heard, Read, Socket},
};
use super::{HopSink, connect::Connector, flights::{Flights, State}, hop_outcome::hop_outcome};
use crate::{
    clock,
    model::{
        host::{Family, Host},
        probe::{LocalFault, Loss, NotMeasured, Outcome},
        trace::{Arrival, HopOutcome, HopProbe, HopSample, MplsLabel, TraceProtocol},
    },
    probe::own_address::is_own,
};

/// Batches that may wait for the thread. It takes them at once, so more means that it is stuck.
const BATCHES: usize = 256;
/// Sockets open at once. The system lets a program open 256 files.
const SOCKETS: usize = 64;
/// Probes that may wait for a socket.
const QUEUE: usize = 4096;
/// Packets read of one socket before the others have their turn.
const READS: usize = 256;

/// The tracer. After a drop it reports nothing more but the end of connections, not even probes under way.
pub(super) struct Backend {
    connector: Connector,
    /// The queue of the thread and its bell; `None` when the system gave no thread.
    thread: Option<(Sender<Vec<HopProbe>>, UnixStream)>,
    v4: bool,
    v6: bool,
}

impl Backend {
    pub(super) fn start(sink: HopSink) -> Self {
        let opens = |addr| Socket::open(Asked { to: Host::new(addr), id: 0, seq: 0 }, 1).is_ok();
        let (connector, thread) = (Connector::new(sink.clone()), spawn(sink));
        let v4 = thread.is_some() && opens(Ipv4Addr::LOCALHOST.into());
        let v6 = thread.is_some() && opens(Ipv6Addr::LOCALHOST.into());
        Self { connector, thread, v4, v6 }
    }

    pub(super) fn send(&self, probes: Vec<HopProbe>) {
        let probes = self.connector.take(probes);
        let refused = match &self.thread {
            Some((batches, bell)) => {
                let refused = batches.try_send(probes).err().map(TrySendError::into_inner);
                ring(bell);
                refused.unwrap_or_default()
            }
            None => probes,
        };
        refused.into_iter().for_each(|probe| self.connector.refuse(probe, NotMeasured::NoResources));
    }

    pub(super) fn permits(&self, protocol: TraceProtocol, family: Family) -> bool {
        match (protocol, family) {
            (TraceProtocol::Icmp, Family::V4) => self.v4,
            (TraceProtocol::Icmp, Family::V6) => self.v6,
            (TraceProtocol::Udp | TraceProtocol::Tcp(_), _) => false,
        }
    }
}

impl Drop for Backend {
    /// Ends the thread, without waiting for it.
    fn drop(&mut self) {
        if let Some((batches, bell)) = self.thread.take() {
            drop(batches);
            ring(&bell);
        }
    }
}

/// Starts the thread. `None` when the system gives none.
fn spawn(sink: HopSink) -> Option<(Sender<Vec<HopProbe>>, UnixStream)> {
    let (bell, heard) = UnixStream::pair().ok()?;
    bell.set_nonblocking(true).ok()?;
    heard.set_nonblocking(true).ok()?;
    let (batches, receiver) = bounded(BATCHES);
    let worker = Worker {
        sink,
        batches: receiver,
        bell: heard,
        queue: VecDeque::new(),
        flights: Flights::default(),
        sockets: BTreeMap::new(),
        serial: 0,
        id: fastrand::u16(..),
        seq: fastrand::u16(..),
    };
    thread::Builder::new().name("trace".into()).spawn(|| worker.run()).ok()?;
    Some((batches, bell))
}

fn ring(mut bell: &UnixStream) {
    // A bell that cannot be rung is ringing already, or nobody is there to hear it.
    bell.write_all(&[1]).ok();
}

/// The state of the thread.
struct Worker {
    sink: HopSink,
    batches: Receiver<Vec<HopProbe>>,
    bell: UnixStream,
    /// Probes that wait for a socket.
    queue: VecDeque<HopProbe>,
    flights: Flights,
    /// Of the probes under way, each under its number.
    sockets: BTreeMap<u64, Socket>,
    serial: u64,
    /// Identifier of the packets of the flow 0.
    id: u16,
    seq: u16,
}

impl Worker {
    fn run(mut self) {
        loop {
            match self.batches.try_recv() {
                Ok(batch) => batch.into_iter().for_each(|probe| self.take(probe)),
                Err(TryRecvError::Empty) => {
                    let samples = self.flights.expire(clock::now().mono);
                    self.report(samples);
                    self.sockets.retain(|serial, _| self.flights.get(*serial).is_some());
                    self.launch();
                    let ready = self.wait();
                    ready.into_iter().for_each(|serial| self.receive(serial));
                }
                Err(TryRecvError::Disconnected) => return,
            }
        }
    }

    fn report(&self, samples: Vec<HopSample>) {
        samples.into_iter().for_each(|sample| (self.sink)(sample));
    }

    fn take(&mut self, probe: HopProbe) {
        if self.queue.len() < QUEUE {
            return self.queue.push_back(probe);
        }
        self.fail(probe, HopOutcome::NotMeasured(NotMeasured::NoResources));
    }

    /// Reports a probe that was not sent.
    fn fail(&self, probe: HopProbe, outcome: HopOutcome) {
        (self.sink)(HopSample { probe, sent: clock::now().stamp(), outcome, arrival: Arrival::First });
    }

    /// Sends the probes that wait, as far as there are sockets for them.
    fn launch(&mut self) {
        while !self.queue.is_empty() && self.make_room() {
            let Some(probe) = self.queue.pop_front() else { return };
            self.send(probe);
        }
    }

    /// Makes room for one more socket, by closing the oldest of a probe that has its outcome. `false` when all wait
    /// for theirs.
    fn make_room(&mut self) -> bool {
        if self.sockets.len() < SOCKETS {
            return true;
        }
        let waits = |serial: u64| self.flights.get(serial).is_some_and(|flight| flight.state == State::Waiting);
        let Some(oldest) = self.sockets.keys().copied().find(|serial| !waits(*serial)) else { return false };
        self.flights.forget(oldest);
        self.sockets.remove(&oldest).is_some()
    }

    fn send(&mut self, probe: HopProbe) {
        self.seq = self.seq.wrapping_add(1);
        let asked = Asked { to: probe.to, id: self.id.wrapping_add(probe.flow.into()), seq: self.seq };
        let sent = Socket::open(asked, probe.ttl).and_then(|socket| {
            let sent = clock::now();
            socket.send().map(|()| (socket, sent))
        });
        match sent {
            Ok((socket, sent)) => {
                self.serial += 1;
                self.flights.add(self.serial, probe, sent);
                self.sockets.insert(self.serial, socket);
            }
            Err(error) => {
                let outcome = read(socket::failure(&error), &probe, Duration::ZERO, Vec::new());
                self.fail(probe, outcome);
            }
        }
    }

    /// Sleeps until the bell rings, a packet arrives, or something is due. Gives the probes whose sockets have
    /// something.
    fn wait(&mut self) -> Vec<u64> {
        let timeout = match self.flights.due() {
            None => PollTimeout::NONE,
            Some(due) => {
                let left = due.saturating_sub(clock::now().mono);
                // Rounded up, or the thread would spin through the last millisecond.
                PollTimeout::try_from(left.as_millis().saturating_add(1)).unwrap_or(PollTimeout::MAX)
            }
        };
        let polled = |fd| PollFd::new(fd, PollFlags::POLLIN);
        let mut all: Vec<PollFd<'_>> = self.sockets.values().map(|socket| polled(socket.as_fd())).collect();
        all.push(polled(self.bell.as_fd()));
        // An interrupted wait is a short one.
        poll(&mut all, timeout).ok();
        let is_ready = |polled: &PollFd<'_>| polled.revents().is_some_and(|events| !events.is_empty());
        let ready = self.sockets.keys().zip(&all).filter(|(_, polled)| is_ready(polled));
        let ready = ready.map(|(serial, _)| *serial).collect();
        let mut rings = [0; 64];
        while self.bell.read(&mut rings).is_ok_and(|n| n > 0) {}
        ready
    }

    /// Reads what the socket of a probe has.
    fn receive(&mut self, serial: u64) {
        let (Some(flight), Some(socket)) = (self.flights.get(serial), self.sockets.get(&serial)) else { return };
        let (probe, sent) = (flight.probe, flight.sent);
        let mut samples = Vec::new();
        for _ in 0..READS {
            match socket.read(sent) {
                Read::Heard(Heard { at, rtt, outcome, labels }) => {
                    samples.extend(self.flights.hear(serial, read(outcome, &probe, rtt, labels), at.mono));
                }
                Read::NotOurs => {}
                Read::Empty => break,
                Read::Broken(why) => {
                    let outcome = read(why, &probe, Duration::ZERO, Vec::new());
                    samples.extend(self.flights.end(serial, outcome, clock::now().mono));
                    self.sockets.remove(&serial);
                    break;
                }
            }
        }
        self.report(samples);
    }
}

/// Converts an outcome to that of a trace. A complaint of this machine itself is no router's.
fn read(outcome: Outcome, probe: &HopProbe, rtt: Duration, labels: Vec<MplsLabel>) -> HopOutcome {
    let to = probe.to;
    match outcome {
        Outcome::Lost(Loss::Unreachable { from, .. }) if from != to.addr && is_own(Host { addr: from, ..to }) => {
            HopOutcome::Local(LocalFault::NeighbourSilent)
        }
        outcome => hop_outcome(&outcome, to.addr, rtt, labels),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use super::*;
    use crate::model::probe::ProbeId;

    const DEADLINE: Duration = Duration::from_secs(2);

    fn start() -> (Backend, mpsc::Receiver<HopSample>) {
        let (samples, received) = mpsc::sync_channel(1000);
        (Backend::start(Arc::new(move |sample| samples.send(sample).unwrap())), received)
    }

    /// An echo with an identifier of its own: Linux gives an answer to one socket of an identifier only.
    fn echo(id: u8, host: &str, deadline: Duration) -> HopProbe {
        let ttl = if id.is_multiple_of(2) { 1 } else { 64 };
        let to = host.parse().unwrap();
        HopProbe { id: ProbeId(id.into()), to, protocol: TraceProtocol::Icmp, flow: id, ttl, deadline }
    }

    /// Whether the system lets this test send echo at all.
    fn permitted(backend: &Backend, family: Family) -> bool {
        let permitted = backend.permits(TraceProtocol::Icmp, family);
        if !permitted {
            eprintln!("SKIPPED: no datagram sockets for echo over {family:?} here");
        }
        permitted
    }

    #[test]
    fn the_loopback_is_reached_with_any_ttl_by_more_probes_than_there_are_sockets() {
        let (backend, received) = start();
        for (family, host) in [(Family::V4, "127.0.0.1"), (Family::V6, "::1")] {
            if !permitted(&backend, family) {
                continue;
            }
            backend.send((0..200).map(|id| echo(id, host, DEADLINE)).collect());
            let mut ids = Vec::new();
            for _ in 0..200 {
                let sample = received.recv_timeout(2 * DEADLINE).unwrap();
                let HopOutcome::Reached(answer) = &sample.outcome else { panic!("{sample:?}") };
                assert_eq!(sample.probe.to.addr, answer.from);
                assert!(!answer.rtt.is_zero() && answer.rtt < DEADLINE);
                assert_eq!(Arrival::First, sample.arrival);
                ids.push(sample.probe.id.0);
            }
            ids.sort_unstable();
            assert_eq!((0..200).collect::<Vec<_>>(), ids);
        }
        assert!(received.try_recv().is_err());
    }

    #[test]
    fn an_answer_after_the_deadline_is_late() {
        let (backend, received) = start();
        if !permitted(&backend, Family::V4) {
            return;
        }
        backend.send(vec![echo(1, "127.0.0.1", Duration::from_nanos(1))]);
        let first = received.recv_timeout(DEADLINE).unwrap();
        assert_eq!((HopOutcome::Silent, Arrival::First), (first.outcome, first.arrival));
        let late = received.recv_timeout(DEADLINE).unwrap();
        assert!(matches!(late.outcome, HopOutcome::Reached(_)), "{late:?}");
        assert_eq!((ProbeId(1), Arrival::Late, first.sent), (late.probe.id, late.arrival, late.sent));
        assert!(received.recv_timeout(Duration::from_millis(100)).is_err());
    }

    #[test]
    fn every_probe_has_one_outcome_even_where_nothing_may_be_sent() {
        let (backend, received) = start();
        let datagram = HopProbe { protocol: TraceProtocol::Udp, ..echo(7, "127.0.0.1", DEADLINE) };
        assert!(!backend.permits(TraceProtocol::Udp, Family::V4));
        backend.send(vec![datagram, echo(8, "127.0.0.1", DEADLINE)]);
        for _ in 0..2 {
            let sample = received.recv_timeout(2 * DEADLINE).unwrap();
            assert_eq!(Arrival::First, sample.arrival);
            match (sample.probe.protocol, sample.outcome) {
                (TraceProtocol::Udp, outcome) => {
                    assert_eq!(HopOutcome::NotMeasured(NotMeasured::Unsupported), outcome);
                }
                (_, HopOutcome::Reached(_)) => assert!(backend.permits(TraceProtocol::Icmp, Family::V4)),
                (_, outcome) => assert_eq!(HopOutcome::NotMeasured(NotMeasured::NoPermission), outcome),
            }
        }
        assert!(received.recv_timeout(Duration::from_millis(100)).is_err());
    }

    #[test]
    fn our_own_complaint_is_no_routers() {
        let probe = echo(1, "192.0.2.9", DEADLINE);
        let told = |from: &str| {
            let outcome = Outcome::Lost(Loss::Unreachable { icmp_type: 3, code: 1, from: from.parse().unwrap() });
            read(outcome, &probe, DEADLINE, Vec::new())
        };
        assert_eq!(HopOutcome::Local(LocalFault::NeighbourSilent), told("127.0.0.1"));
        assert!(matches!(told("192.0.2.1"), HopOutcome::Unreachable { icmp_type: 3, code: 1, .. }));
        assert!(matches!(told("192.0.2.9"), HopOutcome::Reached(_)));
    }

    #[test]
    fn dropping_it_ends_the_thread_and_with_it_the_sink() {
        let (backend, received) = start();
        backend.send((0..10).map(|id| echo(id, "127.0.0.1", DEADLINE)).collect());
        drop(backend);
        let end = clock::now().mono + Duration::from_secs(10);
        while received.recv_timeout(Duration::from_secs(1)) != Err(mpsc::RecvTimeoutError::Disconnected) {
            assert!(clock::now().mono < end);
        }
    }
}
