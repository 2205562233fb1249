//! Echo by the library `surge-ping`: one thread, one socket for each family, any number of probes at once.

use std::{
    cell::{Cell, RefCell},
    io,
    net::IpAddr,
    rc::Rc,
    thread,
    time::Duration,
};

use surge_ping::{Client, Config, ICMP, IcmpPacket, PingIdentifier, PingSequence, SurgeError};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::mpsc::{Receiver, Sender, channel, error::TrySendError},
    task::{LocalSet, spawn_local},
};

use crate::probe::permission::EchoMeans;
use crate::{
    clock,
    model::{
        host::{Family, Host},
        probe::{Loss, NotMeasured, Outcome, Probe, ProbeKind, Proof},
        time::Moment,
    },
    probe::{Sink, send_failure::send_failure},
};

/// Batches that may wait for the thread. It takes them at once, so more means that it is stuck.
const BATCHES: usize = 256;
/// Payload of an echo request.
const PAYLOAD: &[u8; 16] = b"network-logging\0";
/// Requests spent on one probe when routers answer with redirects instead of letting the reply through.
const ATTEMPTS: usize = 3;

/// The prober. After a drop it reports nothing more, not even probes under way.
pub(super) struct Surge {
    sink: Sink,
    /// `None` when the system gave no thread.
    batches: Option<Sender<Vec<Probe>>>,
    v4: EchoMeans,
    v6: EchoMeans,
}

impl Surge {
    pub(super) fn start(sink: Sink) -> Self {
        let (batches, receiver) = channel(BATCHES);
        let (opened, means) = std::sync::mpsc::sync_channel(1);
        let prober_sink = sink.clone();
        let serve = move || {
            let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return };
            let prober = Rc::new(Prober::new(prober_sink, &runtime));
            // Nobody listens only if nobody wants the means any more.
            opened.send((means_of(&prober.v4.borrow()), means_of(&prober.v6.borrow()))).ok();
            LocalSet::new().block_on(&runtime, prober.serve(receiver));
        };
        let thread = thread::Builder::new().name("echo".into()).spawn(serve);
        match (thread, means.recv()) {
            (Ok(_), Ok((v4, v6))) => Self { sink, batches: Some(batches), v4, v6 },
            _ => Self { sink, batches: None, v4: EchoMeans::Forbidden, v6: EchoMeans::Forbidden },
        }
    }

    pub(super) fn send(&self, probes: Vec<Probe>) {
        let refused = match &self.batches {
            Some(batches) => match batches.try_send(probes) {
                Ok(()) => return,
                Err(TrySendError::Full(probes) | TrySendError::Closed(probes)) => probes,
            },
            None => probes,
        };
        for probe in &refused {
            report(&self.sink, probe, clock::now(), Outcome::NotMeasured(NotMeasured::NoResources));
        }
    }

    pub(super) fn means(&self, family: Family) -> EchoMeans {
        match family {
            Family::V4 => self.v4,
            Family::V6 => self.v6,
        }
    }
}

fn report(sink: &Sink, probe: &Probe, sent: Moment, outcome: Outcome) {
    sink(probe.sample(sent.stamp(), outcome));
}

/// A socket, or why there is none.
type Socket = Result<Client, io::ErrorKind>;

fn means_of(socket: &Socket) -> EchoMeans {
    match socket {
        Ok(client) if client.get_socket().get_type() == socket2::Type::DGRAM => EchoMeans::Datagram,
        Ok(_) => EchoMeans::Raw,
        Err(io::ErrorKind::PermissionDenied) => EchoMeans::Forbidden,
        Err(_) => EchoMeans::NoFamily,
    }
}

/// The state of the thread.
struct Prober {
    sink: Sink,
    runtime: Handle,
    v4: RefCell<Socket>,
    v6: RefCell<Socket>,
    /// Number of receiving tasks that there should be.
    receivers: Cell<usize>,
    identifier: PingIdentifier,
    sequence: Cell<u16>,
    /// Set when a socket no longer works as it should: both are opened anew before the next batch.
    broken: Cell<bool>,
}

impl Prober {
    fn new(sink: Sink, runtime: &Runtime) -> Self {
        // The library starts the receiving tasks in the runtime that is current.
        let _current = runtime.enter();
        let (v4, v6) = (open(ICMP::V4), open(ICMP::V6));
        Self {
            sink,
            runtime: runtime.handle().clone(),
            receivers: Cell::new(receivers(&v4, &v6)),
            v4: RefCell::new(v4),
            v6: RefCell::new(v6),
            identifier: PingIdentifier(fastrand::u16(..)),
            sequence: Cell::new(fastrand::u16(..)),
            broken: Cell::new(false),
        }
    }

    /// Sends batches until the sender is gone.
    async fn serve(self: Rc<Self>, mut batches: Receiver<Vec<Probe>>) {
        while let Some(batch) = batches.recv().await {
            if self.broken.get() || self.is_deaf() {
                self.reopen();
            }
            for probe in batch {
                spawn_local(self.clone().measure(probe));
            }
        }
    }

    /// Turns one probe into one sample, even if the library panics on the way.
    async fn measure(self: Rc<Self>, probe: Probe) {
        let ProbeKind::Echo(host) = probe.kind else {
            return report(&self.sink, &probe, clock::now(), Outcome::NotMeasured(NotMeasured::Unsupported));
        };
        let socket = match host.family() {
            Family::V4 => self.v4.borrow().clone(),
            Family::V6 => self.v6.borrow().clone(),
        };
        let client = match socket {
            Ok(client) => client,
            Err(kind) => return report(&self.sink, &probe, clock::now(), Outcome::NotMeasured(why_no_socket(kind))),
        };
        let sent = clock::now();
        let prober = self.clone();
        let deadline = probe.deadline;
        match spawn_local(async move { prober.ask(&client, host, deadline).await }).await {
            Ok((sent, outcome)) => report(&self.sink, &probe, sent, outcome),
            Err(ended) if ended.is_panic() => {
                self.broken.set(true);
                report(&self.sink, &probe, sent, Outcome::NotMeasured(NotMeasured::NoResources));
            }
            // The thread is ending.
            Err(_) => {}
        }
    }

    /// Sends one echo request, and another one when the answer is only advice. Gives the moment of sending with what
    /// came of it.
    async fn ask(&self, client: &Client, host: Host, deadline: Duration) -> (Moment, Outcome) {
        let mut pinger = client.pinger(host.addr, self.identifier).await;
        pinger.scope_id(host.scope).timeout(deadline);
        let mut sent = clock::now();
        for _ in 0..ATTEMPTS {
            let sequence = self.sequence.get();
            self.sequence.set(sequence.wrapping_add(1));
            sent = clock::now();
            let (packet, reading) = match pinger.ping(PingSequence(sequence), PAYLOAD).await {
                Ok(answer) => answer,
                Err(error) => return (sent, self.failure(&error)),
            };
            // The library starts its clock after sending and can read zero, so ours counts.
            let rtt = clock::now().mono.saturating_sub(sent.mono).max(reading).max(Duration::from_micros(1));
            if rtt > deadline {
                return (sent, Outcome::Lost(Loss::Timeout));
            }
            match Answer::of(&packet) {
                Answer::Reply(from) if from == host.addr => return (sent, Outcome::Reply(rtt, Proof::EchoReply)),
                Answer::Reply(_) => return (sent, Outcome::Lost(Loss::Malformed)),
                Answer::Error(loss) => return (sent, Outcome::Lost(loss)),
                Answer::Advice => {}
            }
        }
        (sent, Outcome::NotMeasured(NotMeasured::Unsupported))
    }

    /// Outcome of a probe after an error of the library. Silence counts only while somebody listens.
    fn failure(&self, error: &SurgeError) -> Outcome {
        match error {
            SurgeError::Timeout { .. } if !self.is_deaf() => Outcome::Lost(Loss::Timeout),
            SurgeError::IOError(error) => match send_failure(error) {
                Some(outcome) => outcome,
                None => self.breakdown(),
            },
            _ => self.breakdown(),
        }
    }

    fn breakdown(&self) -> Outcome {
        self.broken.set(true);
        Outcome::NotMeasured(NotMeasured::NoResources)
    }

    /// True if a receiving task has died (the library can panic there), so that answers go unheard. Those tasks are the
    /// only ones of the runtime: ours belong to the local set, which is counted apart.
    fn is_deaf(&self) -> bool {
        self.runtime.metrics().num_alive_tasks() < self.receivers.get()
    }

    /// Opens both sockets anew. Probes under way keep theirs until they end.
    fn reopen(&self) {
        let (v4, v6) = (open(ICMP::V4), open(ICMP::V6));
        self.receivers.set(receivers(&v4, &v6));
        *self.v4.borrow_mut() = v4;
        *self.v6.borrow_mut() = v6;
        self.broken.set(false);
    }
}

/// Opens a datagram socket, or a raw one where only that is permitted. Belongs inside a runtime.
fn open(kind: ICMP) -> Socket {
    Client::new(&Config::builder().kind(kind).sock_type_hint(socket2::Type::DGRAM).build())
        .map_err(|error| error.kind())
}

/// Returns the number of receiving tasks of the sockets.
fn receivers(v4: &Socket, v6: &Socket) -> usize {
    usize::from(v4.is_ok()) + usize::from(v6.is_ok())
}

fn why_no_socket(kind: io::ErrorKind) -> NotMeasured {
    match kind {
        io::ErrorKind::PermissionDenied => NotMeasured::NoPermission,
        _ => NotMeasured::Unsupported,
    }
}

/// An ICMP packet about one of our requests.
enum Answer {
    /// An echo reply from this address.
    Reply(IpAddr),
    /// An error a router sent instead of the reply.
    Error(Loss),
    /// A redirect or a source quench: the request went its way all the same.
    Advice,
}

impl Answer {
    fn of(packet: &IcmpPacket) -> Self {
        let (icmp_type, code, from, reply) = match packet {
            IcmpPacket::V4(packet) => {
                (packet.get_icmp_type().0, packet.get_icmp_code().0, IpAddr::V4(packet.get_source()), 0)
            }
            IcmpPacket::V6(packet) => {
                (packet.get_icmpv6_type().0, packet.get_icmpv6_code().0, IpAddr::V6(packet.get_source()), 129)
            }
        };
        match (icmp_type, from.is_ipv4()) {
            (icmp_type, _) if icmp_type == reply => Self::Reply(from),
            (4 | 5, true) | (137, false) => Self::Advice,
            _ => Self::Error(Loss::Unreachable { icmp_type, code, from }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use super::*;
    use crate::model::probe::{ProbeId, Sample, Subject};

    fn probe(id: u64, kind: ProbeKind, deadline: Duration) -> Probe {
        Probe { id: ProbeId(id), subject: Subject::Target(0), kind, deadline }
    }

    fn echo(id: u64, host: &str) -> Probe {
        probe(id, ProbeKind::Echo(host.parse().unwrap()), Duration::from_secs(2))
    }

    fn start() -> (Surge, mpsc::Receiver<Sample>) {
        let (samples, received) = mpsc::sync_channel(1000);
        (Surge::start(Arc::new(move |sample| samples.send(sample).unwrap())), received)
    }

    /// Whether the system lets this test send echo at all.
    fn permitted(surge: &Surge, family: Family) -> bool {
        let means = surge.means(family);
        let permitted = matches!(means, EchoMeans::Datagram | EchoMeans::Raw);
        if !permitted {
            eprintln!("SKIPPED: echo over {family:?} is not possible here ({means:?})");
        }
        permitted
    }

    #[test]
    fn the_loopback_answers_every_probe_once_and_not_in_zero_time() {
        let (surge, received) = start();
        for (family, host) in [(Family::V4, "127.0.0.1"), (Family::V6, "::1")] {
            if !permitted(&surge, family) {
                continue;
            }
            surge.send((0..50).map(|id| echo(id, host)).collect());
            let mut ids: Vec<u64> = (0..50)
                .map(|_| {
                    let sample = received.recv_timeout(Duration::from_secs(5)).unwrap();
                    assert!(
                        matches!(sample.outcome, Outcome::Reply(rtt, Proof::EchoReply) if !rtt.is_zero()),
                        "{sample:?}"
                    );
                    sample.id.0
                })
                .collect();
            ids.sort_unstable();
            assert_eq!(ids, (0..50).collect::<Vec<_>>());
        }
        assert!(received.try_recv().is_err());
    }

    #[test]
    fn kinds_it_cannot_send_are_not_measured() {
        let (surge, received) = start();
        let host = Host::new("127.0.0.1".parse().unwrap());
        let kinds = [ProbeKind::Udp(host), ProbeKind::FirstHop(host)];
        surge.send(kinds.map(|kind| probe(7, kind, Duration::from_secs(1))).to_vec());
        for _ in 0..2 {
            let sample = received.recv_timeout(Duration::from_secs(5)).unwrap();
            assert_eq!(sample.outcome, Outcome::NotMeasured(NotMeasured::Unsupported));
        }
    }

    #[test]
    fn an_answer_after_the_deadline_is_none() {
        let (surge, received) = start();
        if !permitted(&surge, Family::V4) {
            return;
        }
        let loopback = Host::new("127.0.0.1".parse().unwrap());
        surge.send(vec![probe(1, ProbeKind::Echo(loopback), Duration::from_nanos(1))]);
        let sample = received.recv_timeout(Duration::from_secs(5)).unwrap();
        assert_eq!(sample.outcome, Outcome::Lost(Loss::Timeout));
    }

    #[test]
    fn dropping_it_ends_the_thread_and_with_it_the_sink() {
        let (surge, received) = start();
        surge.send((0..10).map(|id| echo(id, "127.0.0.1")).collect());
        drop(surge);
        // The channel closes once the last copy of the sink is gone.
        let end = clock::now().mono + Duration::from_secs(10);
        while received.recv_timeout(Duration::from_secs(1)) != Err(mpsc::RecvTimeoutError::Disconnected) {
            assert!(clock::now().mono < end);
        }
    }

    #[test]
    fn a_dead_receiver_is_noticed_and_replaced() {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (samples, received) = mpsc::sync_channel(10);
        let prober = Rc::new(Prober::new(Arc::new(move |sample| samples.send(sample).unwrap()), &runtime));
        if prober.v4.borrow().is_err() {
            eprintln!("SKIPPED: echo over V4 is not possible here");
            return;
        }
        let (batches, queue) = channel(1);
        LocalSet::new().block_on(&runtime, async {
            assert!(!prober.is_deaf());
            // A client that leaves ends its receiving task, as a panic in that task would.
            *prober.v4.borrow_mut() = Err(io::ErrorKind::Other);
            while !prober.is_deaf() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            spawn_local(prober.clone().serve(queue));
            batches.send(vec![echo(1, "127.0.0.1")]).await.unwrap();
            // The answer comes through this thread, so it is looked for now and then.
            for _ in 0..1000 {
                if let Ok(sample) = received.try_recv() {
                    assert!(sample.outcome.is_reply(), "{sample:?}");
                    assert!(!prober.is_deaf());
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            panic!("nothing within ten seconds");
        });
    }
}
