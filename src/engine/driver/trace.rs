//! One trace by itself, for a person who asks for it.

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use crossbeam_channel::{RecvTimeoutError, bounded};

use super::MAX_INPUTS;
use crate::{
    analysis::route::{
        pacer::Pacer,
        run::{Plan, Run},
    },
    clock,
    model::{
        host::Host,
        probe::ProbeId,
        trace::{Trace, TraceProtocol},
    },
    probe::trace::Tracer,
};

/// The longest time between two looks at a trace that nothing happens to.
const LOOK: Duration = Duration::from_millis(100);

/// What to trace, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceOptions {
    /// The target.
    pub target: Host,
    /// Its name as the user gave it.
    pub name: String,
    /// What the probes look like; `None` to begin with what this machine permits, and to try others where that one
    /// does not reach the target.
    pub protocol: Option<TraceProtocol>,
    /// The port of TCP probes.
    pub port: u16,
    /// Rounds, at least one.
    pub rounds: usize,
    /// Time between the beginnings of two rounds.
    pub interval: Duration,
    /// When an answer is late.
    pub deadline: Duration,
    /// Flows that take turns.
    pub flows: u8,
}

/// Traces, and shows the trace as it grows until it is over or `show` breaks it off.
pub fn trace(options: &TraceOptions, show: &mut dyn FnMut(&Trace) -> ControlFlow<()>) -> Trace {
    let (to, samples) = bounded(MAX_INPUTS);
    let tracer = Tracer::start(Arc::new(move |sample| {
        // A full queue belongs to somebody who does not look any more.
        to.try_send(sample).ok();
    }));
    let mut run = Run::new(plan(options, &tracer), clock::now());
    let (mut pacer, mut last_id) = (Pacer::default(), 0);
    let mut next_id = || {
        last_id += 1;
        ProbeId(last_id)
    };
    while !run.is_over() {
        let now = clock::now();
        let probes = run.poll(now, &mut pacer, &mut next_id);
        if !probes.is_empty() {
            tracer.send(probes);
        }
        let wait = run.next_timeout().map_or(LOOK, |at| at.saturating_sub(now.mono)).min(LOOK);
        match samples.recv_timeout(wait) {
            Ok(sample) => {
                run.take(&sample, clock::now());
                // All there is, before anybody looks.
                samples.try_iter().for_each(|sample| {
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
    run.trace()
}

fn plan(options: &TraceOptions, tracer: &Tracer) -> Plan {
    let family = options.target.family();
    let all = [TraceProtocol::Icmp, TraceProtocol::Udp, TraceProtocol::Tcp(options.port)];
    let mut permitted = all.into_iter().filter(|protocol| tracer.permits(*protocol, family));
    let protocol = options.protocol.or_else(|| permitted.next()).unwrap_or(TraceProtocol::Icmp);
    Plan {
        target: options.target,
        name: options.name.clone(),
        protocol,
        others: if options.protocol.is_some() { Vec::new() } else { permitted.collect() },
        rounds: options.rounds.max(1),
        interval: options.interval,
        deadline: options.deadline,
        flows: options.flows,
        length: None,
        known: Vec::new(),
    }
}
