//! A row of `netlog.csv` out of a cycle.

use std::time::Duration;

use super::{cycle::Cycle, knowledge::Knowledge};
use crate::{
    analysis::{
        resolver::{Manner, manner},
        stats::Summary,
    },
    model::{
        host::{Family, Host},
        probe::{Loss, Outcome, Proof, Sample, Subject},
        row::{HostRtt, Row},
        time::Moment,
        verdict::Verdict,
    },
};

/// A resolver that answers every question truly.
const OK: &str = "ok";
/// One that fails the questions about one name alone.
const FILTERED: &str = "filtered";

/// The row of a cycle that is over.
pub(super) fn row(cycle: &Cycle, now: Moment, known: &Knowledge, verdict: Verdict) -> Row {
    let mut row = Row::new(cycle.at.wall, 0, verdict);
    let gateway = Subject::Gateway(if known.home.gateway_v4.is_some() { Family::V4 } else { Family::V6 });
    row.gateway_rtt = best_rtt(cycle.of(gateway));
    let v4 = |host: &Host| host.family() == Family::V4;
    let asked = |subject| cycle.of(subject).any(|sample| !matches!(sample.outcome, Outcome::NotMeasured(_)));
    let hosts = |hosts: &[Host], subject: fn(usize) -> Subject| -> Vec<HostRtt> {
        let asked = hosts.iter().enumerate().filter(|(idx, _)| asked(subject(*idx)));
        asked.map(|(idx, host)| (*host, best_rtt(cycle.of(subject(idx))))).collect()
    };
    let targets = hosts(&known.targets, Subject::Target);
    let has_v4 = targets.iter().any(|(host, _)| v4(host));
    row.ipv6_ok =
        targets.iter().any(|(host, _)| !v4(host)).then(|| targets.iter().any(|(host, rtt)| !v4(host) && rtt.is_some()));
    row.targets = targets.into_iter().filter(|(host, _)| v4(host) == has_v4).collect();
    row.isp_hops = hosts(&known.isp_hops, Subject::IspHop);
    row.http_dns_ok = ok(cycle.of(Subject::Site(0)));
    row.http_ip_ok = ok(cycle.of(Subject::SiteByIp));
    row.tcp_ok = accepted(cycle.of(Subject::TcpTest));
    row.isp_tcp_ok = accepted(cycle.of(Subject::IspTcp));
    let resolvers = known.resolvers.iter().enumerate();
    row.resolvers =
        resolvers.filter_map(|(idx, host)| Some((*host, worst(cycle.of(Subject::Resolver(idx)))?))).collect();
    let own = row.resolvers.get(..known.own_resolvers().len().min(row.resolvers.len())).unwrap_or_default();
    row.dns_ok = (!own.is_empty()).then(|| own.iter().any(|(_, what)| what == OK || what == FILTERED));
    row.link.clone_from(&known.home.link);
    row.cycle_time = Some(now.stamp().since(cycle.at));
    row
}

/// Puts the pulse's figures since the row before into `row`.
pub(super) fn add_pulse(row: &mut Row, pulse: &Summary) {
    row.loss = pulse.loss;
    row.rtt_p50 = pulse.p50;
    row.rtt_p95 = pulse.p95;
    row.jitter = pulse.jitter;
}

fn best_rtt<'a>(samples: impl Iterator<Item = &'a Sample>) -> Option<Duration> {
    let mut best: Option<(bool, Duration)> = None;
    for sample in samples {
        if let Outcome::Reply(rtt, proof) = sample.outcome
            && !matches!(proof, Proof::TooBig(_))
        {
            // An echo is timed by the kernel, a connection by this program.
            let candidate = (proof != Proof::EchoReply, rtt);
            best = Some(best.map_or(candidate, |best| best.min(candidate)));
        }
    }
    best.map(|(_, rtt)| rtt)
}

fn measured<'a>(samples: impl Iterator<Item = &'a Sample>) -> Vec<&'a Outcome> {
    samples.map(|sample| &sample.outcome).filter(|outcome| !matches!(outcome, Outcome::NotMeasured(_))).collect()
}

fn ok<'a>(samples: impl Iterator<Item = &'a Sample>) -> Option<bool> {
    let outcomes = measured(samples);
    (!outcomes.is_empty()).then(|| outcomes.iter().any(|outcome| outcome.is_reply()))
}

fn accepted<'a>(samples: impl Iterator<Item = &'a Sample>) -> Option<bool> {
    let outcomes = measured(samples);
    let accepted = |outcome: &&Outcome| matches!(outcome, Outcome::Reply(_, proof) if proof.is_accepted());
    (!outcomes.is_empty()).then(|| outcomes.iter().any(accepted))
}

/// Returns the state of a resolver in a word: its worst answer, or that it fails one name alone.
fn worst<'a>(samples: impl Iterator<Item = &'a Sample>) -> Option<String> {
    let measured: Vec<_> = samples.filter(|sample| !matches!(sample.outcome, Outcome::NotMeasured(_))).collect();
    if manner(&measured, |_| false) == Manner::FailsOneName {
        return Some(FILTERED.to_owned());
    }
    let wrong = measured.iter().find_map(|sample| match &sample.outcome {
        Outcome::Lost(loss) => Some(word(loss)),
        Outcome::Reply(..) | Outcome::NotMeasured(_) => None,
    });
    (!measured.is_empty()).then(|| wrong.unwrap_or_else(|| OK.to_owned()))
}

fn word(loss: &Loss) -> String {
    match loss {
        Loss::Timeout => "timeout".into(),
        Loss::Local(_) => "local".into(),
        Loss::Unreachable { .. } => "unreachable".into(),
        Loss::Refused => "refused".into(),
        Loss::Reset => "reset".into(),
        Loss::DnsRcode(0) => "empty".into(),
        Loss::DnsRcode(rcode) => format!("rcode{rcode}"),
        Loss::DnsLie(_) => "lie".into(),
        Loss::Malformed
        | Loss::Tls
        | Loss::Certificate
        | Loss::CertificateDates
        | Loss::HttpStatus(_)
        | Loss::Redirected(_)
        | Loss::WrongBody
        | Loss::NoName => "malformed".into(),
    }
}
