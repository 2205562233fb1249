//! First-hop probes by the tracer: an echo that only one router may pass on.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    model::{
        probe::{Loss, Outcome, Probe, ProbeId, ProbeKind, Proof, Sample},
        trace::{Arrival, HopOutcome, HopProbe, HopSample, TraceProtocol},
    },
    probe::{Sink, trace::Tracer},
};

/// The prober of first hops.
pub(super) struct FirstHop {
    tracer: Tracer,
    asked: Arc<Mutex<Asked>>,
}

/// Probes under way, by the names that the tracer knows them by.
#[derive(Default)]
struct Asked {
    probes: BTreeMap<ProbeId, Probe>,
    last: u64,
}

impl FirstHop {
    pub(super) fn start(sink: Sink) -> Self {
        let asked: Arc<Mutex<Asked>> = Arc::default();
        let theirs = Arc::clone(&asked);
        let tracer = Tracer::start(Arc::new(move |hop: HopSample| {
            if hop.arrival == Arrival::First {
                let probe = lock(&theirs).probes.remove(&hop.probe.id);
                probe.into_iter().for_each(|probe| sink(sample(&probe, &hop)));
            }
        }));
        Self { tracer, asked }
    }

    /// Sends the first-hop probes among `probes`, each of which ends in one sample, and gives back the others.
    pub(super) fn take(&self, probes: Vec<Probe>) -> Vec<Probe> {
        let (mut hops, mut others) = (Vec::new(), Vec::new());
        for probe in probes {
            match probe.kind {
                ProbeKind::FirstHop(to) => {
                    let mut asked = lock(&self.asked);
                    asked.last += 1;
                    let (id, deadline) = (ProbeId(asked.last), probe.deadline);
                    asked.probes.insert(id, probe);
                    hops.push(HopProbe { id, to, protocol: TraceProtocol::Icmp, flow: 0, ttl: 1, deadline });
                }
                _ => others.push(probe),
            }
        }
        if !hops.is_empty() {
            self.tracer.send(hops);
        }
        others
    }
}

fn lock(asked: &Mutex<Asked>) -> MutexGuard<'_, Asked> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Converts the tracer's sample into that of the probe.
fn sample(probe: &Probe, hop: &HopSample) -> Sample {
    let outcome = match &hop.outcome {
        HopOutcome::Expired(answer) => Outcome::Reply(answer.rtt, Proof::TimeExceeded(answer.from)),
        HopOutcome::Reached(answer) => Outcome::Reply(answer.rtt, Proof::EchoReply),
        HopOutcome::Unreachable { answer, icmp_type, code } => {
            Outcome::Lost(Loss::Unreachable { icmp_type: *icmp_type, code: *code, from: answer.from })
        }
        HopOutcome::Silent => Outcome::Lost(Loss::Timeout),
        HopOutcome::Local(fault) => Outcome::Lost(Loss::Local(*fault)),
        HopOutcome::NotMeasured(why) => Outcome::NotMeasured(*why),
    };
    probe.sample(hop.sent, outcome)
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;
    use crate::{
        clock,
        model::{
            host::Family,
            probe::{LocalFault, Means, NotMeasured, Subject},
            trace::HopAnswer,
        },
    };

    const DEADLINE: Duration = Duration::from_secs(2);

    fn probe(id: u64, kind: ProbeKind) -> Probe {
        Probe { id: ProbeId(id), subject: Subject::Gateway(Family::V4), kind, deadline: DEADLINE }
    }

    #[test]
    fn each_first_hop_probe_ends_in_one_sample_under_its_own_name_and_others_are_given_back() {
        let (samples, received) = mpsc::sync_channel(100);
        let first_hop = FirstHop::start(Arc::new(move |sample| samples.send(sample).unwrap()));
        let host = "127.0.0.1".parse().unwrap();
        let echo = probe(7, ProbeKind::Echo(host));
        let asked = [70, 71, 70].map(|id| probe(id, ProbeKind::FirstHop(host)));
        assert_eq!(vec![echo.clone()], first_hop.take(asked.into_iter().chain([echo]).collect()));
        let mut ids = Vec::new();
        for _ in 0..3 {
            let sample: Sample = received.recv_timeout(2 * DEADLINE).unwrap();
            assert_eq!((Means::FirstHop, Subject::Gateway(Family::V4)), (sample.means, sample.subject));
            ids.push(sample.id.0);
        }
        ids.sort_unstable();
        assert_eq!(vec![70, 70, 71], ids);
        assert!(received.recv_timeout(Duration::from_millis(100)).is_err());
        assert!(lock(&first_hop.asked).probes.is_empty());
    }

    #[test]
    fn what_the_tracer_says_is_said_in_the_words_of_a_probe() {
        let to = "192.0.2.9".parse().unwrap();
        let from = "192.0.2.1".parse().unwrap();
        let answer = HopAnswer { from, rtt: DEADLINE / 2, labels: Vec::new() };
        let (local, why) = (LocalFault::NoRoute, NotMeasured::NoPermission);
        let told = HopOutcome::Unreachable { answer: answer.clone(), icmp_type: 3, code: 0 };
        for (outcome, expected) in [
            (HopOutcome::Expired(answer.clone()), Outcome::Reply(DEADLINE / 2, Proof::TimeExceeded(from))),
            (HopOutcome::Reached(answer), Outcome::Reply(DEADLINE / 2, Proof::EchoReply)),
            (told, Outcome::Lost(Loss::Unreachable { icmp_type: 3, code: 0, from })),
            (HopOutcome::Silent, Outcome::Lost(Loss::Timeout)),
            (HopOutcome::Local(local), Outcome::Lost(Loss::Local(local))),
            (HopOutcome::NotMeasured(why), Outcome::NotMeasured(why)),
        ] {
            let hop =
                HopProbe { id: ProbeId(1), to, protocol: TraceProtocol::Icmp, flow: 0, ttl: 1, deadline: DEADLINE };
            let sent = clock::now().stamp();
            let hop = HopSample { probe: hop, sent, outcome, arrival: Arrival::First };
            let sample = sample(&probe(5, ProbeKind::FirstHop(to)), &hop);
            assert_eq!((ProbeId(5), sent, expected), (sample.id, sample.sent, sample.outcome));
        }
    }
}
