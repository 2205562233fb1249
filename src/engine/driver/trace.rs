//! Traces by themselves, for a person who asks for them.

use std::{
    net::IpAddr,
    ops::ControlFlow,
    sync::{Arc, LazyLock},
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use super::MAX_INPUTS;
use crate::{
    analysis::route::{
        pacer::Pacer,
        run::{Plan, Run},
    },
    clock,
    model::{
        host::{Family, Host},
        probe::ProbeId,
        trace::{Hop, HopSample, Trace, TraceProtocol},
    },
    probe::trace::Tracer,
};

/// The longest time between two looks at a trace that nothing happens to.
const LOOK: Duration = Duration::from_millis(100);
/// The pace of all traces of this process: a monitor's, and those that a person asks for beside it.
static PACER: LazyLock<Pacer> = LazyLock::new(Pacer::default);
/// Hops that the paths to all targets share as a rule.
const SHARED: usize = 3;

/// Target and settings of a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceOptions {
    /// The target.
    pub target: Host,
    /// Name of the target as the user gave it.
    pub name: String,
    /// Protocol of the probes; `None` to begin with one that this machine permits, and to try others where that one
    /// does not reach the target.
    pub protocol: Option<TraceProtocol>,
    /// The port of TCP probes.
    pub port: u16,
    /// Rounds, at least one.
    pub rounds: usize,
    /// Time between the beginnings of two rounds.
    pub interval: Duration,
    /// Time after which an answer is late.
    pub deadline: Duration,
    /// Flows that take turns.
    pub flows: u8,
}

/// The pace of all traces of this process.
pub(super) fn pacer() -> Pacer {
    PACER.clone()
}

/// Traces for a person, one after another.
pub struct Tracing {
    tracer: Tracer,
    samples: Receiver<HopSample>,
    pacer: Pacer,
    last_id: u64,
    /// Routers of the last path of each family.
    known: Vec<(Family, Vec<Option<IpAddr>>)>,
}

impl Tracing {
    /// Opens what the system permits.
    pub fn start() -> Self {
        let (to, samples) = bounded(MAX_INPUTS);
        let tracer = Tracer::start(Arc::new(move |sample| {
            // A full queue belongs to somebody who does not look any more.
            to.try_send(sample).ok();
        }));
        Self { tracer, samples, pacer: pacer(), last_id: 0, known: Vec::new() }
    }

    /// Traces, and shows the trace as it grows until it is over or `show` breaks it off.
    pub fn trace(&mut self, options: &TraceOptions, show: &mut dyn FnMut(&Trace) -> ControlFlow<()>) -> Trace {
        let mut run = Run::new(self.plan(options), clock::now());
        while !run.is_over() {
            let now = clock::now();
            let last_id = &mut self.last_id;
            let mut next_id = || {
                *last_id += 1;
                ProbeId(*last_id)
            };
            let probes = run.poll(now, &self.pacer, &mut next_id);
            if !probes.is_empty() {
                self.tracer.send(probes);
            }
            let wait = run.next_timeout().map_or(LOOK, |at| at.saturating_sub(now.mono)).min(LOOK);
            match self.samples.recv_timeout(wait) {
                Ok(sample) => {
                    run.take(&sample, clock::now());
                    // All there is, before anybody looks.
                    self.samples.try_iter().for_each(|sample| {
                        run.take(&sample, clock::now());
                    });
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if show(&run.trace()).is_break() {
                run.cancel();
            }
        }
        let trace = run.trace();
        self.known.retain(|(family, _)| *family != options.target.family());
        // Behind them the paths to different targets part.
        let routers = trace.hops.iter().take(SHARED).map(Hop::host).collect();
        self.known.push((options.target.family(), routers));
        trace
    }

    fn plan(&self, options: &TraceOptions) -> Plan {
        let family = options.target.family();
        let all = [TraceProtocol::Icmp, TraceProtocol::Udp, TraceProtocol::Tcp(options.port)];
        let permitted: Vec<_> = all.into_iter().filter(|protocol| self.tracer.permits(*protocol, family)).collect();
        let protocol = options.protocol.or_else(|| permitted.first().copied()).unwrap_or(TraceProtocol::Icmp);
        let insists = options.protocol.is_some();
        let others = |from: &[TraceProtocol]| {
            from.iter().copied().filter(|other| *other != protocol && !insists).collect::<Vec<_>>()
        };
        let known = self.known.iter().find(|(of, _)| *of == family).map(|(_, known)| known.clone());
        Plan {
            target: options.target,
            name: options.name.clone(),
            protocol,
            others: others(&all),
            explores: others(&permitted),
            rounds: options.rounds.max(1),
            interval: options.interval,
            deadline: options.deadline,
            flows: options.flows,
            length: None,
            known: known.unwrap_or_default(),
        }
    }
}
