//! Linux: one ICMP and one UDP socket per family for all hosts, served by one thread.
//!
//! ICMP goes over datagram sockets where `net.ipv4.ping_group_range` admits this user, over raw sockets where the
//! program has `CAP_NET_RAW`, else not at all. Errors that routers send back arrive in the error queue of the socket,
//! with the router's address, so time-exceeded and unreachable messages need no privilege (ip(7), `IP_RECVERR`).

mod outcome;
mod pending;

use std::{sync::Arc, thread::JoinHandle};

use nix::poll::PollFlags;

use self::pending::{Key, Pending};
use crate::probe::permission::EchoMeans;
use crate::{
    clock,
    model::{
        host::{Family, Host},
        probe::{Loss, NotMeasured, Outcome, Probe, ProbeKind},
    },
    probe::{
        Sink,
        linux::{
            inbox::Inbox,
            socket::{Sent, Socket, SocketKind},
        },
    },
};

/// The handle: a queue, a bell, and the thread that answers it.
pub(super) struct Backend {
    inbox: Arc<Inbox<Probe>>,
    means: [EchoMeans; 2],
    sink: Sink,
    thread: Option<JoinHandle<()>>,
}

impl Backend {
    pub(super) fn start(sink: Sink) -> Self {
        let inbox = Arc::new(Inbox::new());
        let sockets = Sockets::open();
        let means = [Family::V4, Family::V6].map(|family| sockets.means(family));
        let (work, to) = (Arc::clone(&inbox), Arc::clone(&sink));
        let thread = std::thread::Builder::new()
            .name("echo".into())
            .stack_size(128 * 1024)
            .spawn(move || Worker { inbox: work, sink: to, sockets, pending: Pending::default() }.run())
            .ok();
        Self { inbox, means, sink, thread }
    }

    pub(super) fn send(&self, probes: Vec<Probe>) {
        if self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
            let now = clock::now().stamp();
            probes.iter().for_each(|p| (self.sink)(p.sample(now, Outcome::NotMeasured(NotMeasured::NoResources))));
            return;
        }
        self.inbox.put(probes);
    }

    pub(super) fn means(&self, family: Family) -> EchoMeans {
        let [v4, v6] = self.means;
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

/// The sockets; a family or kind that the system refuses is missing.
struct Sockets {
    icmp: [Result<Socket, EchoMeans>; 2],
    udp: [Option<Socket>; 2],
    large: [Option<Socket>; 2],
}

impl Sockets {
    fn open() -> Self {
        let families = [Family::V4, Family::V6];
        Self { icmp: families.map(Socket::icmp), udp: families.map(Socket::udp), large: families.map(Socket::large) }
    }

    fn means(&self, family: Family) -> EchoMeans {
        let [v4, v6] = &self.icmp;
        match if family == Family::V4 { v4 } else { v6 } {
            Ok(socket) => socket.means(),
            Err(means) => *means,
        }
    }

    fn all(&self) -> impl Iterator<Item = &Socket> {
        self.icmp.iter().flatten().chain(self.udp.iter().flatten()).chain(self.large.iter().flatten())
    }

    fn icmp(&self, family: Family) -> Option<&Socket> {
        self.icmp.iter().flatten().find(|socket| socket.family() == family)
    }

    fn large(&self, family: Family) -> Option<&Socket> {
        self.large.iter().flatten().find(|socket| socket.family() == family)
    }

    fn udp(&self, family: Family) -> Option<&Socket> {
        self.udp.iter().flatten().find(|socket| socket.family() == family)
    }
}

struct Worker {
    inbox: Arc<Inbox<Probe>>,
    sink: Sink,
    sockets: Sockets,
    pending: Pending,
}

impl Worker {
    fn run(mut self) {
        while !self.inbox.is_stopped() {
            let ready = self.wait();
            self.receive(&ready);
            self.inbox.take().into_iter().for_each(|probe| self.send(probe));
            let now = clock::now();
            for (probe, sent) in self.pending.overdue(now.mono) {
                (self.sink)(probe.sample(sent.stamp(), Outcome::Lost(Loss::Timeout)));
            }
        }
    }

    /// Sleeps until there is something to do. Returns the sockets that have something.
    fn wait(&self) -> Vec<SocketKind> {
        let polled: Vec<_> = self.sockets.all().map(|socket| (socket.fd(), PollFlags::POLLIN)).collect();
        let ready = self.inbox.wait(&polled, self.pending.next_deadline());
        self.sockets.all().zip(ready).filter(|(_, ready)| *ready).map(|(socket, _)| socket.kind()).collect()
    }

    fn receive(&mut self, ready: &[SocketKind]) {
        for socket in self.sockets.all().filter(|socket| ready.contains(&socket.kind())) {
            while let Some(heard) = socket.receive() {
                let Some((probe, sent)) = self.pending.take(socket.kind(), heard.seq, heard.from) else { continue };
                let outcome = outcome::of(&heard, &probe, sent, clock::now());
                (self.sink)(probe.sample(sent.stamp(), outcome));
            }
        }
    }

    fn send(&mut self, probe: Probe) {
        let (socket, host, ttl, size) = match probe.kind {
            ProbeKind::Echo(host) => (self.sockets.icmp(host.family()), host, None, None),
            ProbeKind::Large(host, size) => (self.sockets.large(host.family()), host, None, Some(size)),
            ProbeKind::Udp(host) => (self.sockets.udp(host.family()), host, None, None),
            ProbeKind::LargeUdp(host, size) => (self.sockets.udp(host.family()), host, None, Some(size)),
            ProbeKind::FirstHop(host) => (self.sockets.udp(host.family()), host, Some(1), None),
            ProbeKind::Tcp(_) | ProbeKind::Hello(_) | ProbeKind::Http(_) | ProbeKind::Dns(_) => {
                (None, Host::new([0, 0, 0, 0].into()), None, None)
            }
        };
        let Some(socket) = socket else {
            let why = match (&probe.kind, self.sockets.means(host.family())) {
                (ProbeKind::Echo(_) | ProbeKind::Large(..), EchoMeans::Forbidden) => NotMeasured::NoPermission,
                _ => NotMeasured::Unsupported,
            };
            (self.sink)(probe.sample(clock::now().stamp(), Outcome::NotMeasured(why)));
            return;
        };
        let key = Key { kind: socket.kind(), seq: self.pending.next_seq(socket.kind()) };
        match socket.send_sized(host, key.seq, ttl, size) {
            Sent::At(now) => self.pending.add(key, host.addr, probe, now),
            Sent::Failed(now, errno) => (self.sink)(probe.sample(now.stamp(), outcome::not_sent(errno))),
        }
    }
}
