//! Windows: one thread that sends echo requests by the system's echo service, any number of them at once.

mod system;

use std::{
    mem,
    net::{Ipv4Addr, Ipv6Addr},
    thread::{self, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};

use super::{
    icmp_status::{Answer, Meaning, is_too_big, is_unreachable},
    own_address::is_own,
};
use crate::{
    clock,
    model::{
        host::{Family, Host},
        time::Moment,
    },
};

/// Batches that may wait for the thread. It takes them at once, so more means that it is stuck.
const BATCHES: usize = 256;
/// Requests that may be under way. The system ends each by itself, so more means that it does not.
const REQUESTS: usize = 4096;
/// Longest wait of the thread, after its end, for the system to give back the requests under way.
const DRAIN: Duration = Duration::from_secs(30);

/// `ERROR_ACCESS_DENIED`.
pub(super) const ACCESS_DENIED: u32 = 5;
/// `ERROR_NOT_SUPPORTED`.
const NOT_SUPPORTED: u32 = 50;
/// `IP_NO_RESOURCES`.
const NO_RESOURCES: u32 = 11006;

/// A request that came to its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Completion {
    /// The number that [`Services::send`] gave it; 0 when the request was refused.
    pub(super) serial: u64,
    /// Time at which this program learnt of the end.
    pub(super) at: Moment,
    /// 0 for an answer, else an `IP_STATUS` or an error of the system.
    status: u32,
    /// Host that answered; the unspecified address when the service does not say.
    from: Host,
    /// The service's own reading of the round-trip time, in whole milliseconds.
    rtt: Duration,
}

impl Completion {
    /// Returns the meaning of the completion for a request to `asked`. `may_expire` says whether a router that gave up
    /// on it is an answer.
    pub(super) fn meaning(&self, asked: Host, may_expire: bool) -> Meaning {
        let from_self = is_unreachable(self.status) && is_own(self.from);
        Answer { asked: asked.addr, first_hop: may_expire, from: self.from.addr, from_self }.meaning(self.status)
    }

    /// True if a router said that the packet is too big. The service does not tell how large it may be.
    pub(super) fn is_too_big(&self) -> bool {
        is_too_big(self.status)
    }

    /// The time since `sent`. Two equal readings of the clock do not make an answer instantaneous.
    pub(super) fn rtt(&self, sent: Moment) -> Duration {
        let elapsed = self.at.mono.saturating_sub(sent.mono);
        if elapsed.is_zero() { self.rtt.max(Duration::from_micros(1)) } else { elapsed }
    }
}

/// The services of both families. Once a thread has sent a request, they belong to that thread.
pub(super) struct Services {
    /// The service, or the error it could not be opened for.
    v4: Result<system::Service, u32>,
    v6: Result<system::Service, u32>,
    /// Requests the system has not given back.
    lent: usize,
    serial: u64,
}

impl Services {
    pub(super) fn open() -> Self {
        let (v4, v6) = (system::Service::open(Family::V4), system::Service::open(Family::V6));
        Self { v4, v6, lent: 0, serial: 0 }
    }

    fn of(&self, family: Family) -> Result<&system::Service, u32> {
        match family {
            Family::V4 => self.v4.as_ref(),
            Family::V6 => self.v6.as_ref(),
        }
        .map_err(|error| *error)
    }

    /// The error that the service of `family` could not be opened for; `None` when it is open.
    pub(super) fn refusal(&self, family: Family) -> Option<u32> {
        self.of(family).err()
    }

    /// Sends one echo request, which ends in one [`Completion`] with the number given, after `timeout` at the latest
    /// as far as the system keeps to it. A refused request has come to its end at once.
    pub(super) fn send(&mut self, host: Host, ttl: u8, timeout: Duration) -> Result<u64, Completion> {
        self.send_sized(host, ttl, None, timeout)
    }

    /// The same; with a `size` the whole packet has so many bytes, and no router may cut it into pieces.
    pub(super) fn send_sized(
        &mut self,
        host: Host,
        ttl: u8,
        size: Option<u16>,
        timeout: Duration,
    ) -> Result<u64, Completion> {
        let sent = match self.of(host.family()) {
            Ok(_) if self.lent >= REQUESTS => Err(NO_RESOURCES),
            Ok(service) => service.send(self.serial + 1, host, ttl, size, timeout),
            Err(ACCESS_DENIED) => Err(ACCESS_DENIED),
            Err(_) => Err(NOT_SUPPORTED),
        };
        match sent {
            Ok(()) => {
                self.lent += 1;
                self.serial += 1;
                Ok(self.serial)
            }
            Err(status) => {
                let (at, from) = (clock::now(), nobody(host.family()));
                Err(Completion { serial: 0, at, status, from, rtt: Duration::ZERO })
            }
        }
    }

    /// Rests until a request completes, the thread is woken or `timeout` has passed, and gives what has completed.
    fn wait(&mut self, timeout: Duration) -> Vec<Completion> {
        let completions = system::wait(timeout);
        self.lent = self.lent.saturating_sub(completions.len());
        completions
    }

    /// Waits for the system to give back every request before the services close. What it does not give back in
    /// time stays lent for good, with its service open.
    fn drain(mut self) {
        let until = clock::now().mono + DRAIN;
        while self.lent > 0 && clock::now().mono < until {
            self.wait(Duration::from_secs(1));
        }
        if self.lent > 0 {
            mem::forget(self);
        }
    }
}

/// The host that stands for "the service does not say who".
fn nobody(family: Family) -> Host {
    Host::new(match family {
        Family::V4 => Ipv4Addr::UNSPECIFIED.into(),
        Family::V6 => Ipv6Addr::UNSPECIFIED.into(),
    })
}

/// Work of a thread: the sending of probes, and the handling of what comes of them.
pub(super) trait Work: Send + 'static {
    /// Probe that it is given to send.
    type Probe: Send + 'static;

    /// Sends one probe. What cannot be sent ends in a sample at once.
    fn launch(&mut self, services: &mut Services, probe: Self::Probe);

    /// Takes in what became of a request. One about a probe that it has given up on is of no use to it.
    fn land(&mut self, completion: &Completion);

    /// Reports the probes whose deadline has passed, since the service's own time-out is coarse. Gives the time until
    /// the next deadline.
    fn expire(&mut self, now: Moment) -> Duration;
}

/// The thread, and the queue of probes to it. After a drop it reports nothing more, not even probes under way.
pub(super) struct ServiceWorker<P> {
    batches: Option<Sender<Vec<P>>>,
    /// `None` when the system gave no thread.
    thread: Option<JoinHandle<()>>,
}

impl<P: Send + 'static> ServiceWorker<P> {
    pub(super) fn start(name: &str, services: Services, work: impl Work<Probe = P>) -> Self {
        let (batches, receiver) = bounded(BATCHES);
        let thread = thread::Builder::new().name(name.into()).spawn(|| serve(receiver, services, work)).ok();
        Self { batches: Some(batches), thread }
    }

    /// Hands probes over. Gives back those that nobody will send.
    pub(super) fn send(&self, probes: Vec<P>) -> Vec<P> {
        let refused = match &self.batches {
            Some(batches) => batches.try_send(probes).err().map(TrySendError::into_inner),
            None => Some(probes),
        };
        self.wake();
        refused.unwrap_or_default()
    }
}

impl<P> ServiceWorker<P> {
    fn wake(&self) {
        if let Some(thread) = &self.thread {
            system::wake(thread);
        }
    }
}

impl<P> Drop for ServiceWorker<P> {
    /// Ends the thread. It is not waited for: the system may keep a request until its deadline.
    fn drop(&mut self) {
        self.batches = None;
        self.wake();
    }
}

/// Works until the other end of the queue is gone.
#[expect(clippy::needless_pass_by_value, reason = "the thread owns its end of the queue")]
fn serve<W: Work>(batches: Receiver<Vec<W::Probe>>, mut services: Services, mut work: W) {
    system::hurry();
    loop {
        match batches.try_recv() {
            Ok(batch) => {
                for probe in batch {
                    work.launch(&mut services, probe);
                    services.wait(Duration::ZERO).iter().for_each(|completion| work.land(completion));
                }
            }
            Err(TryRecvError::Empty) => {
                let rest = work.expire(clock::now());
                services.wait(rest).iter().for_each(|completion| work.land(completion));
            }
            Err(TryRecvError::Disconnected) => break,
        }
    }
    drop(work);
    services.drain();
}
