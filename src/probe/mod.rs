//! The network: how each kind of probe is sent and its answer read. A probe does not judge, and no probe waits for
//! another.

mod dns;
pub mod echo;
mod exhausted;
mod http;
#[cfg(windows)]
mod icmp_service;
#[cfg(any(windows, test))]
mod icmp_status;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(windows, target_os = "macos", test))]
mod own_address;
pub mod permission;
pub mod secure;
#[cfg(any(target_os = "macos", all(test, target_os = "linux")))]
mod send_failure;
pub mod sntp;
pub mod stun;
mod tcp;
pub mod tcp_probe;
mod threads;
mod tls;
pub mod trace;

use std::{sync::Arc, time::Duration};

use self::{echo::Echo, http::Web, threads::Threads};
use crate::{
    clock,
    model::probe::{NotMeasured, Outcome, Probe, ProbeKind, Sample},
};

/// True if this system names issuers of certificates that it trusts, so that secure web sites can be judged.
pub fn has_trusted_roots() -> bool {
    tls::Tls::default().can_judge()
}

/// Takes samples as they come in. Called from the probing threads; must not block.
pub type Sink = Arc<dyn Fn(Sample) + Send + Sync>;

/// Connections, requests and queries under way at once. A cycle needs about twenty, and about a hundred run where
/// nothing answers and echo is forbidden; more means that something piles up, and then less is measured rather than
/// more threads made.
const MAX_THREADS: usize = 160;

/// Sends probes of every kind and hands their samples to the sink.
pub struct Prober {
    echo: Echo,
    web: Arc<Web>,
    sink: Sink,
    threads: Threads,
}

impl Prober {
    /// Opens what the system permits. `proxy` is for the web requests only; empty for none.
    pub fn start(sink: Sink, proxy: &str) -> Self {
        let (echo, web) = (Echo::start(Arc::clone(&sink)), Arc::new(Web::new(proxy)));
        Self { echo, web, sink, threads: Threads::new(MAX_THREADS) }
    }

    /// Returns the prober of small packets.
    pub fn echo(&self) -> &Echo {
        &self.echo
    }

    /// Sends `probes` at once and returns without waiting. Each ends in exactly one sample.
    pub fn send(&self, probes: Vec<Probe>) {
        let (others, small): (Vec<_>, Vec<_>) = probes.into_iter().partition(|probe| is_stream(&probe.kind));
        if !small.is_empty() {
            self.echo.send(small);
        }
        others.into_iter().for_each(|probe| self.spawn(probe));
    }

    fn spawn(&self, probe: Probe) {
        let (sink, web) = (Arc::clone(&self.sink), Arc::clone(&self.web));
        let refused = probe.sample(clock::now().stamp(), Outcome::NotMeasured(NotMeasured::NoResources));
        let panicked = refused.clone();
        let job = move || {
            let began = clock::now().stamp();
            let (outcome, after) = run(&probe, &web);
            probe.sample(began.after(after), outcome)
        };
        if !self.threads.run(job, move |sample| sink(sample.unwrap_or(panicked))) {
            (self.sink)(refused);
        }
    }
}

/// True for a probe that waits on a thread of its own.
fn is_stream(kind: &ProbeKind) -> bool {
    matches!(kind, ProbeKind::Tcp(_) | ProbeKind::Hello(_) | ProbeKind::Http(_) | ProbeKind::Dns(_))
}

/// Runs the probe; returns its outcome, and the time from the call until it was sent.
fn run(probe: &Probe, web: &Web) -> (Outcome, Duration) {
    let at_once = |outcome| (outcome, Duration::ZERO);
    match &probe.kind {
        ProbeKind::Tcp(to) => tcp::connect(*to, probe.deadline),
        ProbeKind::Hello(to) => tcp::hello(*to, probe.deadline),
        ProbeKind::Http(http) => at_once(web.get(http, probe.deadline)),
        ProbeKind::Dns(dns) => dns::ask(dns, probe.deadline),
        ProbeKind::Echo(_)
        | ProbeKind::Udp(_)
        | ProbeKind::FirstHop(_)
        | ProbeKind::Large(..)
        | ProbeKind::LargeUdp(..) => at_once(Outcome::NotMeasured(NotMeasured::Unsupported)),
    }
}
