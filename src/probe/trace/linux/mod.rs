//! Linux: ICMP and UDP probes of all hops and targets over one socket a flow, whose error queue tells who gave up on
//! which probe; connections over a socket each. One thread serves them all.
//!
//! All ICMP probes of a flow have the same type, code, identifier and checksum, all UDP probes the same two ports, so
//! routers that spread traffic treat them alike. Connections cannot share a port while they are under way, so every
//! TCP probe is a flow of its own.

mod connection;

use std::{collections::BTreeMap, net::IpAddr, sync::Arc, thread::JoinHandle};

use nix::{errno::Errno, poll::PollFlags};

use self::connection::{Connection, Progress};
use super::{HopSink, flights::Flights};
use crate::{
    clock,
    model::{
        host::Family,
        probe::{NotMeasured, ProbeId},
        time::Moment,
        trace::{Arrival, HopAnswer, HopOutcome, HopProbe, HopSample, TraceProtocol},
    },
    probe::{
        permission::EchoMeans,
        linux::{
            inbox::Inbox,
            socket::{Heard, Said, Sent, Socket, local_fault},
        },
    },
};

/// Flows that may have a socket.
const FLOWS: u8 = 16;
/// Connections under way at once.
const CONNECTIONS: usize = 64;

/// The handle: a queue and the thread that works it off.
pub(super) struct Backend {
    inbox: Arc<Inbox<HopProbe>>,
    icmp: [bool; 2],
    udp: [bool; 2],
    sink: HopSink,
    thread: Option<JoinHandle<()>>,
}

impl Backend {
    pub(super) fn start(sink: HopSink) -> Self {
        let inbox = Arc::new(Inbox::new());
        let families = [Family::V4, Family::V6];
        let icmp = families.map(|family| Socket::icmp(family).is_ok());
        let udp = families.map(|family| Socket::udp(family).is_some());
        let (work, to) = (Arc::clone(&inbox), Arc::clone(&sink));
        let thread = std::thread::Builder::new()
            .name("trace".into())
            .stack_size(128 * 1024)
            .spawn(move || Worker::new(work, to).run())
            .ok();
        Self { inbox, icmp, udp, sink, thread }
    }

    pub(super) fn send(&self, probes: Vec<HopProbe>) {
        if self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
            let outcome = HopOutcome::NotMeasured(NotMeasured::NoResources);
            probes.into_iter().for_each(|probe| (self.sink)(unsent(probe, outcome.clone())));
            return;
        }
        self.inbox.put(probes);
    }

    pub(super) fn permits(&self, protocol: TraceProtocol, family: Family) -> bool {
        let [v4, v6] = match protocol {
            TraceProtocol::Icmp => self.icmp,
            TraceProtocol::Udp | TraceProtocol::Tcp(_) => self.udp,
        };
        if family == Family::V4 { v4 } else { v6 }
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.inbox.stop();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported by the runtime already.
            drop(thread.join());
        }
    }
}

fn unsent(probe: HopProbe, outcome: HopOutcome) -> HopSample {
    HopSample { probe, sent: clock::now().stamp(), outcome, arrival: Arrival::First }
}

/// Names a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Channel {
    protocol: TraceProtocol,
    family: Family,
    flow: u8,
}

/// Data that an answer brings back: the socket and a number, or the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Packet(Channel, u16),
    Connection(ProbeId),
}

struct Worker {
    inbox: Arc<Inbox<HopProbe>>,
    sink: HopSink,
    /// Opened when first needed; `None` when the system refused.
    sockets: BTreeMap<Channel, Option<Socket>>,
    connections: Vec<Connection>,
    flights: Flights<Key>,
    next_seq: u16,
}

impl Worker {
    fn new(inbox: Arc<Inbox<HopProbe>>, sink: HopSink) -> Self {
        let next_seq = fastrand::u16(..);
        Self { inbox, sink, sockets: BTreeMap::new(), connections: Vec::new(), flights: Flights::default(), next_seq }
    }

    fn run(mut self) {
        while !self.inbox.is_stopped() {
            let (packets, connections) = self.wait();
            self.receive(&packets);
            self.progress(&connections);
            self.inbox.take().into_iter().for_each(|probe| self.send(probe));
            let now = clock::now();
            self.flights.expire(now.mono).into_iter().for_each(|sample| (self.sink)(sample));
            self.connections.retain(|connection| connection.closes_at() > now.mono);
        }
    }

    /// Sleeps until there is something to do. Returns the sockets and connections that have something.
    fn wait(&self) -> (Vec<Channel>, Vec<ProbeId>) {
        let sockets: Vec<(Channel, &Socket)> =
            self.sockets.iter().filter_map(|(channel, socket)| Some((*channel, socket.as_ref()?))).collect();
        let mut polled: Vec<_> = sockets.iter().map(|(_, socket)| (socket.fd(), PollFlags::POLLIN)).collect();
        polled.extend(self.connections.iter().map(|connection| (connection.fd(), PollFlags::POLLOUT)));
        let ready = self.inbox.wait(&polled, self.flights.due());
        let (packets, connections) = ready.split_at(sockets.len().min(ready.len()));
        let packets = sockets.iter().zip(packets).filter(|(_, ready)| **ready).map(|((channel, _), _)| *channel);
        let connections = self.connections.iter().zip(connections).filter(|(_, ready)| **ready);
        (packets.collect(), connections.map(|(connection, _)| connection.id()).collect())
    }

    fn receive(&mut self, ready: &[Channel]) {
        for channel in ready {
            let Some(Some(socket)) = self.sockets.get(channel) else { continue };
            while let Some(heard) = socket.receive() {
                let now = clock::now();
                let key = Key::Packet(*channel, heard.seq);
                let flight = self.flights.get(key);
                let outcome = flight.and_then(|flight| outcome(&heard, &flight.probe, flight.sent, now));
                let samples = outcome.map(|outcome| self.flights.hear(key, outcome, now.mono));
                samples.into_iter().flatten().for_each(|sample| (self.sink)(sample));
            }
        }
    }

    fn progress(&mut self, ready: &[ProbeId]) {
        let (flights, sink) = (&mut self.flights, &self.sink);
        self.connections.retain(|connection| {
            if !ready.contains(&connection.id()) {
                return true;
            }
            let now = clock::now();
            match connection.progress(now) {
                Progress::Waits => true,
                Progress::Over(outcome) => {
                    let samples = flights.end(Key::Connection(connection.id()), outcome, now.mono);
                    samples.into_iter().for_each(|sample| sink(sample));
                    false
                }
            }
        });
    }

    fn send(&mut self, probe: HopProbe) {
        if let TraceProtocol::Tcp(port) = probe.protocol {
            return self.connect(probe, port);
        }
        let channel =
            Channel { protocol: probe.protocol, family: probe.to.family(), flow: probe.flow.min(FLOWS - 1) };
        let socket = self.sockets.entry(channel).or_insert_with(|| match channel.protocol {
            TraceProtocol::Icmp => Socket::icmp(channel.family).ok(),
            TraceProtocol::Udp | TraceProtocol::Tcp(_) => Socket::udp(channel.family),
        });
        let Some(socket) = socket else {
            let forbidden =
                channel.protocol == TraceProtocol::Icmp && Socket::icmp(channel.family).err() == Some(EchoMeans::Forbidden);
            let why = if forbidden { NotMeasured::NoPermission } else { NotMeasured::Unsupported };
            return (self.sink)(unsent(probe, HopOutcome::NotMeasured(why)));
        };
        self.next_seq = self.next_seq.wrapping_add(1);
        match socket.send(probe.to, self.next_seq, Some(probe.ttl.max(1).into())) {
            Sent::At(now) => self.flights.add(Key::Packet(channel, self.next_seq), probe, now),
            Sent::Failed(_, errno) => (self.sink)(unsent(probe, not_sent(errno))),
        }
    }

    fn connect(&mut self, probe: HopProbe, port: u16) {
        if self.connections.len() >= CONNECTIONS {
            return (self.sink)(unsent(probe, HopOutcome::NotMeasured(NotMeasured::NoResources)));
        }
        match Connection::begin(&probe, port) {
            Ok(connection) => {
                let probe = HopProbe { deadline: probe.deadline.min(connection::BEFORE_RESENDING), ..probe };
                self.flights.add(Key::Connection(probe.id), probe, connection.sent());
                self.connections.push(connection);
            }
            Err(errno) => (self.sink)(unsent(probe, not_sent(errno))),
        }
    }
}

/// Outcome, by what was heard, of the probe sent at `sent`; `None` when that is somebody else's.
fn outcome(heard: &Heard, probe: &HopProbe, sent: Moment, now: Moment) -> Option<HopOutcome> {
    let rtt = heard.rtt(sent, now);
    let answer = |from: IpAddr| HopAnswer { from, rtt, labels: heard.labels.clone() };
    Some(match heard.error {
        None => HopOutcome::Reached(answer(heard.from.filter(|from| *from == probe.to.addr)?)),
        Some(error) => said(error.about(probe.to), answer),
    })
}

/// Outcome of a probe after an error.
fn said(said: Said, answer: impl Fn(IpAddr) -> HopAnswer) -> HopOutcome {
    match said {
        Said::Expired(from) => HopOutcome::Expired(answer(from)),
        Said::ByHost(from) => HopOutcome::Reached(answer(from)),
        Said::Unreachable(from, icmp_type, code) => HopOutcome::Unreachable { answer: answer(from), icmp_type, code },
        Said::Local(errno) => not_sent(errno),
    }
}

fn not_sent(errno: Errno) -> HopOutcome {
    match local_fault(errno) {
        Ok(fault) => HopOutcome::Local(fault),
        Err(why) => HopOutcome::NotMeasured(why),
    }
}
