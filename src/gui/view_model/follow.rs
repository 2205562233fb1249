//! The rows of another process's log as the events that its engine told.

use std::{sync::Arc, time::Duration};

use crate::{
    analysis::ledger::Ledger,
    model::{
        event::Event,
        ledger::{Change, State},
        log_row::LogRow,
        row::Row,
        time::{Stamp, Timestamp},
        verdict::{Confidence, Evidence, Status, Verdict},
    },
};

/// Reads the rows of a run as they are written.
#[derive(Debug)]
pub(crate) struct Follower {
    ledger: Ledger,
    state: Option<State>,
    last: Option<Stamp>,
}

impl Follower {
    /// Calls `outage_after` bad seconds in a row an outage.
    pub(crate) fn new(outage_after: Duration) -> Self {
        Self { ledger: Ledger::new(outage_after), state: None, last: None }
    }

    /// Returns the events that the engine told when it wrote this row. `steady` is its time by a clock that is never
    /// set.
    pub(crate) fn take(&mut self, row: &Arc<Row>, steady: Timestamp) -> Vec<Event> {
        let (at, state, verdict) = (stamp(steady, row.at), state(&row.verdict), row.verdict.clone());
        let mut events = Vec::new();
        if let Some((reason, from)) = row.gap {
            let from = stamp(steady - (row.at - from), from);
            let changes = self.ledger.gap(from, reason);
            tell(changes, &verdict, &mut events);
            events.push(Event::Gap(from, at.since(from), reason));
            self.state = None;
        } else if row.seq == 1
            && let Some(last) = self.last
        {
            // Another run began, and nobody looked in between.
            let changes = self.ledger.gap(last, crate::model::ledger::GapReason::NotRunning);
            tell(changes, &verdict, &mut events);
            self.state = None;
        }
        if self.state != Some(state) {
            let since = row.since.map_or(at, |since| stamp(steady - (row.at - since), since));
            events.push(Event::State(since, state, verdict.clone()));
            let changes = self.ledger.observe(since, state);
            tell(changes, &verdict, &mut events);
            self.state = Some(state);
        }
        let changes = self.ledger.hold(at);
        tell(changes, &verdict, &mut events);
        self.last = Some(at);
        events.push(Event::Row(Arc::clone(row)));
        events
    }
}

fn tell(changes: Vec<Change>, verdict: &Verdict, events: &mut Vec<Event>) {
    for change in changes {
        events.extend(match change {
            Change::State(..) => None,
            Change::Opened(outage) => Some(Event::OutageOpened(outage, verdict.clone())),
            Change::Closed(outage) => Some(Event::OutageClosed(outage)),
            Change::Micro(micro) => Some(Event::Micro(micro)),
            Change::Intermittent(since) => Some(Event::Intermittent(since)),
        });
    }
}

/// Monotonic time that is the same for all rows of all runs.
fn stamp(steady: Timestamp, wall: Timestamp) -> Stamp {
    let mono = (steady - Timestamp::UNIX_EPOCH).to_std().unwrap_or_default();
    Stamp { wall, mono }
}

/// The state that a row tells.
fn state(verdict: &Verdict) -> State {
    let is_bad = [Evidence::LossHigh, Evidence::LatencyHigh, Evidence::JitterHigh];
    match (verdict.status, verdict.domain) {
        (Status::Ok, _) if is_bad.iter().any(|evidence| verdict.evidence.contains(evidence)) => State::Degraded,
        (Status::Ok, _) => State::Up,
        (_, Some(domain)) => State::Down(domain),
        (status, None) => State::Down(domain_of(status)),
    }
}

/// The part that the original's word blames.
fn domain_of(status: Status) -> crate::model::verdict::FaultDomain {
    use crate::model::verdict::FaultDomain as D;
    match status {
        Status::LanDown => D::Lan,
        Status::Ok | Status::WanDown => D::Access,
        Status::DnsAppFail => D::Dns,
        Status::AppLayerFail => D::App,
    }
}

fn verdict(row: &LogRow) -> Verdict {
    Verdict {
        status: row.status,
        cause: row.cause,
        domain: row.domain,
        confidence: row.confidence.unwrap_or(Confidence::Low),
        evidence: row.evidence.clone(),
        last_hop: row.last_hop,
    }
}

/// A row of a log as the engine has it. A log says whether a hop of the provider answers, not after which time; then
/// the time is zero.
pub(crate) fn row_of(row: &LogRow) -> Row {
    let hops =
        row.isp_hops.iter().filter_map(|(host, answers)| Some((host.parse().ok()?, answers.then_some(Duration::ZERO))));
    Row {
        since: row.since,
        uncertainty: row.uncertainty,
        gap: row.gap,
        clock_step: row.clock_step,
        gateway_rtt: row.gateway_rtt,
        targets: row.targets.clone(),
        isp_hops: hops.collect(),
        dns_ok: row.dns_ok,
        http_dns_ok: row.http_dns_ok,
        http_ip_ok: row.http_ip_ok,
        tcp_ok: row.tcp_ok,
        isp_tcp_ok: row.isp_tcp_ok,
        loss: row.loss,
        rtt_p50: row.rtt_p50,
        rtt_p95: row.rtt_p95,
        jitter: row.jitter,
        ipv6_ok: row.ipv6_ok,
        link: row.link.as_ref().map(ToString::to_string),
        clock_offset: row.clock_offset,
        cycle_time: row.cycle_time,
        is_demo: row.is_demo,
        trace_file: row.trace_file.clone(),
        intensive_traces: row.intensive_traces.clone(),
        wan_diag_file: row.wan_diag_file.clone(),
        baseline_traces: row.baseline_traces.clone(),
        ..Row::new(row.utc, row.seq.unwrap_or_default(), verdict(row))
    }
}
