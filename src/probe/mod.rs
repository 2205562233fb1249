//! The network: how each kind of probe is sent and its answer read. A probe does not judge, and no probe waits for
//! another.

mod dns;
pub mod echo;
mod http;
#[cfg(target_os = "linux")]
mod linux;
mod tcp;
pub mod tcp_probe;
mod tls;
pub mod trace;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use self::{echo::Echo, http::Web};
use crate::{
    clock,
    model::probe::{NotMeasured, Outcome, Probe, ProbeKind, Sample},
};

/// Takes samples as they come in. Called from the probing threads; must not block.
pub type Sink = Arc<dyn Fn(Sample) + Send + Sync>;

/// Connections, requests and queries under way at once. A cycle needs about twenty; more means that something piles
/// up, and then less is measured rather than more threads made.
const MAX_THREADS: usize = 96;

/// Sends probes of every kind and hands their samples to the sink.
pub struct Prober {
    echo: Echo,
    web: Arc<Web>,
    sink: Sink,
    n_threads: Arc<AtomicUsize>,
}

impl Prober {
    /// Opens what the system permits. `proxy` is for the web requests only; empty for none.
    pub fn start(sink: Sink, proxy: &str) -> Self {
        Self { echo: Echo::start(Arc::clone(&sink)), web: Arc::new(Web::new(proxy)), sink, n_threads: Arc::default() }
    }

    /// How small packets are sent.
    pub fn echo(&self) -> &Echo {
        &self.echo
    }

    /// Sends `probes` at once and returns without waiting. Each ends in exactly one sample.
    pub fn send(&self, probes: Vec<Probe>) {
        let (small, others): (Vec<_>, Vec<_>) = probes
            .into_iter()
            .partition(|probe| matches!(probe.kind, ProbeKind::Echo(_) | ProbeKind::Udp(_) | ProbeKind::FirstHop(_)));
        if !small.is_empty() {
            self.echo.send(small);
        }
        others.into_iter().for_each(|probe| self.spawn(probe));
    }

    fn spawn(&self, probe: Probe) {
        let (sink, web, n_threads) = (Arc::clone(&self.sink), Arc::clone(&self.web), Arc::clone(&self.n_threads));
        let refused = probe.clone();
        let spawned = (n_threads.fetch_add(1, Ordering::AcqRel) < MAX_THREADS).then(|| {
            std::thread::Builder::new().name("probe".into()).stack_size(512 * 1024).spawn(move || {
                let began = clock::now();
                let result = catch_unwind(AssertUnwindSafe(|| run(&probe, &web)));
                n_threads.fetch_sub(1, Ordering::AcqRel);
                let failed = (Outcome::NotMeasured(NotMeasured::NoResources), Duration::ZERO);
                let (outcome, after) = result.unwrap_or(failed);
                sink(probe.sample(began.stamp().after(after), outcome));
            })
        });
        if !matches!(spawned, Some(Ok(_))) {
            self.n_threads.fetch_sub(1, Ordering::AcqRel);
            (self.sink)(refused.sample(clock::now().stamp(), Outcome::NotMeasured(NotMeasured::NoResources)));
        }
    }
}

/// What came of the probe, and how long after the call it was sent.
fn run(probe: &Probe, web: &Web) -> (Outcome, Duration) {
    let at_once = |outcome| (outcome, Duration::ZERO);
    match &probe.kind {
        ProbeKind::Tcp(to) => at_once(tcp::connect(*to, probe.deadline)),
        ProbeKind::Http(http) => at_once(web.get(http, probe.deadline)),
        ProbeKind::Dns(dns) => dns::ask(dns, probe.deadline),
        ProbeKind::Echo(_) | ProbeKind::Udp(_) | ProbeKind::FirstHop(_) => {
            at_once(Outcome::NotMeasured(NotMeasured::Unsupported))
        }
    }
}
