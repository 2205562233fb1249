//! Windows and macOS: trace probes that are no echo.
//!
//! These systems tell a program without privileges nothing of the routers that give up on its datagrams and
//! connections, so such probes are not measured. A connection that is meant to arrive is: it tells whether the target
//! answers at all.

use std::time::Duration;

use super::{HopSink, hop_outcome::hop_outcome};
use crate::{
    clock,
    model::{
        probe::{LocalFault, Loss, NotMeasured, Outcome},
        time::Moment,
        trace::{Arrival, HopOutcome, HopProbe, HopSample, TraceProtocol},
    },
    probe::{tcp, threads::Threads},
};

/// A probe that at least so many routers may pass on is meant to arrive.
const MEANT_TO_ARRIVE: u8 = 64;
/// Connections under way at once.
const MAX_THREADS: usize = 32;

/// Sends the probes that are no echo.
pub(super) struct Connector {
    sink: HopSink,
    threads: Threads,
}

impl Connector {
    pub(super) fn new(sink: HopSink) -> Self {
        Self { sink, threads: Threads::new(MAX_THREADS) }
    }

    /// Takes the probes that are no echo, each of which ends in one sample, and gives back the others.
    pub(super) fn take(&self, probes: Vec<HopProbe>) -> Vec<HopProbe> {
        let (echo, others): (Vec<_>, Vec<_>) =
            probes.into_iter().partition(|probe| probe.protocol == TraceProtocol::Icmp && probe.ttl > 0);
        for probe in others {
            match probe.protocol {
                TraceProtocol::Tcp(port) if probe.ttl >= MEANT_TO_ARRIVE => self.connect(probe, port),
                _ => self.refuse(probe, NotMeasured::Unsupported),
            }
        }
        echo
    }

    /// Reports a probe that nobody sends.
    pub(super) fn refuse(&self, probe: HopProbe, why: NotMeasured) {
        (self.sink)(sample(probe, clock::now(), HopOutcome::NotMeasured(why)));
    }

    fn connect(&self, probe: HopProbe, port: u16) {
        let sink = self.sink.clone();
        let panicked = sample(probe, clock::now(), HopOutcome::NotMeasured(NotMeasured::NoResources));
        let job = move || {
            let sent = clock::now();
            let (outcome, _) = tcp::connect(probe.to.with_port(port), probe.deadline);
            let rtt = clock::now().mono.saturating_sub(sent.mono);
            sample(probe, sent, read(outcome, &probe, rtt))
        };
        if !self.threads.run(job, move |sample| sink(sample.unwrap_or(panicked))) {
            self.refuse(probe, NotMeasured::NoResources);
        }
    }
}

fn sample(probe: HopProbe, sent: Moment, outcome: HopOutcome) -> HopSample {
    HopSample { probe, sent: sent.stamp(), outcome, arrival: Arrival::First }
}

/// Reads the outcome of a connection, which took `rtt` to come about or to fail, as the outcome of a hop.
fn read(outcome: Outcome, probe: &HopProbe, rtt: Duration) -> HopOutcome {
    match outcome {
        Outcome::Reply(..) | Outcome::Lost(Loss::Reset) if rtt > probe.deadline => HopOutcome::Silent,
        // It may be a router anywhere on the way who says so, and the system does not tell.
        Outcome::Lost(Loss::Local(LocalFault::NeighbourSilent)) => HopOutcome::Silent,
        outcome => hop_outcome(&outcome, probe.to.addr, rtt, Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::TcpListener,
        sync::{Arc, mpsc},
    };

    use super::*;
    use crate::model::{
        probe::{ProbeId, Proof},
        trace::HopAnswer,
    };

    const DEADLINE: Duration = Duration::from_secs(2);

    fn start() -> (Connector, mpsc::Receiver<HopSample>) {
        let (samples, received) = mpsc::sync_channel(1000);
        (Connector::new(Arc::new(move |sample| samples.send(sample).unwrap())), received)
    }

    fn probe(protocol: TraceProtocol, ttl: u8) -> HopProbe {
        HopProbe { id: ProbeId(1), to: "127.0.0.1".parse().unwrap(), protocol, flow: 0, ttl, deadline: DEADLINE }
    }

    #[test]
    fn a_connection_meant_to_arrive_finds_the_target_by_acceptance_and_by_refusal() {
        let (connector, received) = start();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        for listener in [Some(listener), None] {
            let open = listener.is_some();
            assert!(connector.take(vec![probe(TraceProtocol::Tcp(port), 64)]).is_empty());
            let sample = received.recv_timeout(2 * DEADLINE).unwrap();
            let reached = |answer: &HopAnswer| answer.from == sample.probe.to.addr && !answer.rtt.is_zero();
            assert!(matches!(&sample.outcome, HopOutcome::Reached(answer) if reached(answer)), "{open}: {sample:?}");
            assert_eq!(Arrival::First, sample.arrival);
            drop(listener);
        }
        assert!(received.try_recv().is_err());
    }

    #[test]
    fn what_would_die_on_the_way_is_not_measured_and_echo_is_given_back() {
        let (connector, received) = start();
        let kinds = [(TraceProtocol::Udp, 3), (TraceProtocol::Tcp(9), 63), (TraceProtocol::Icmp, 0)];
        let mut probes: Vec<_> = kinds.into_iter().map(|(protocol, ttl)| probe(protocol, ttl)).collect();
        probes.push(probe(TraceProtocol::Icmp, 1));
        assert_eq!(vec![probe(TraceProtocol::Icmp, 1)], connector.take(probes));
        for (protocol, ttl) in kinds {
            let sample = received.try_recv().unwrap();
            assert_eq!((protocol, ttl), (sample.probe.protocol, sample.probe.ttl));
            assert_eq!(HopOutcome::NotMeasured(NotMeasured::Unsupported), sample.outcome);
        }
        assert!(received.try_recv().is_err());
    }

    #[test]
    fn an_answer_too_late_and_an_error_from_nobody_knows_where_are_silence() {
        let (probe, rtt) = (probe(TraceProtocol::Tcp(443), 64), Duration::from_millis(7));
        let accepted = Outcome::Reply(rtt, Proof::Accepted);
        assert!(matches!(read(accepted.clone(), &probe, DEADLINE), HopOutcome::Reached(_)));
        assert_eq!(HopOutcome::Silent, read(accepted, &probe, DEADLINE + rtt));
        let local = |fault| Outcome::Lost(Loss::Local(fault));
        assert_eq!(HopOutcome::Silent, read(local(LocalFault::NeighbourSilent), &probe, rtt));
        assert_eq!(HopOutcome::Local(LocalFault::NoRoute), read(local(LocalFault::NoRoute), &probe, rtt));
    }
}
