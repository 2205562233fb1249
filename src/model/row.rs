//! One row of `netlog.csv` as values.

use std::time::Duration;

use super::{
    host::Host,
    ledger::GapReason,
    time::Timestamp,
    verdict::{Evidence, Verdict},
};

/// Number of hosts that answered, out of those asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Those that answered.
    pub up: usize,
    /// Those that were asked.
    pub total: usize,
}

/// A host and its round-trip time; `None` when it did not answer.
pub type HostRtt = (Host, Option<Duration>);

/// One row: a cycle, or a change of state.
///
/// `None` means not measured, which a log shows as an empty field.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Beginning of the cycle; for a row that tells of a change, the time at which the change became certain.
    pub at: Timestamp,
    /// Counts from 1 within a run; a row with 1 is the first of a run.
    pub seq: u64,
    /// For a row that tells of a change of state: since when the state has held.
    pub since: Option<Timestamp>,
    /// For a row that tells of a change of state: maximum error of that time; `None` where that is not known.
    pub uncertainty: Option<Duration>,
    /// Time not monitored just before this row: why, and since when.
    pub gap: Option<(GapReason, Timestamp)>,
    /// Step of the clock since the row before, in seconds; positive is forward.
    pub clock_step: Option<f64>,
    /// The verdict.
    pub verdict: Verdict,
    /// RTT of the home router.
    pub gateway_rtt: Option<Duration>,
    /// Far hosts, each with its RTT.
    pub targets: Vec<HostRtt>,
    /// Hops of the provider, each with its RTT.
    pub isp_hops: Vec<HostRtt>,
    /// True if at least one of this computer's resolvers answers truly, or fails for one name alone.
    pub dns_ok: Option<bool>,
    /// True if `http_url` answers.
    pub http_dns_ok: Option<bool>,
    /// True if `http_ip_url` answers.
    pub http_ip_ok: Option<bool>,
    /// True if the TCP test port accepts a connection.
    pub tcp_ok: Option<bool>,
    /// True if the provider's TCP test port accepts a connection.
    pub isp_tcp_ok: Option<bool>,
    /// Loss of the pulse to targets since the row before, 0..=1.
    pub loss: Option<f64>,
    /// Median RTT of the pulse to targets since the row before.
    pub rtt_p50: Option<Duration>,
    /// 95th percentile of the same.
    pub rtt_p95: Option<Duration>,
    /// Mean of the differences of consecutive RTTs of one target, over all targets.
    pub jitter: Option<Duration>,
    /// True if at least one target of IPv6 answered.
    pub ipv6_ok: Option<bool>,
    /// Each resolver with what it did: `ok`, `timeout`, `rcode2`, `lie`…
    pub resolvers: Vec<(Host, String)>,
    /// The link used: kind and name, such as `wifi:wlan0`.
    pub link: Option<String>,
    /// Seconds this computer's clock is ahead, where that is known; negative is behind.
    pub clock_offset: Option<f64>,
    /// Duration of the cycle.
    pub cycle_time: Option<Duration>,
    /// Made up for a demonstration, and not measured.
    pub is_demo: bool,
    /// Names of trace files that belong to this row.
    pub trace_file: String,
    /// Names of intensive traces that belong to this row.
    pub intensive_traces: Vec<String>,
    /// Name of a file with facts of this computer that belongs to this row.
    pub wan_diag_file: String,
    /// Names of baseline traces that belong to this row.
    pub baseline_traces: Vec<String>,
}

impl Row {
    /// A row in which nothing but the verdict is known.
    pub fn new(at: Timestamp, seq: u64, verdict: Verdict) -> Self {
        Self {
            at,
            seq,
            since: None,
            uncertainty: None,
            gap: None,
            clock_step: None,
            verdict,
            gateway_rtt: None,
            targets: Vec::new(),
            isp_hops: Vec::new(),
            dns_ok: None,
            http_dns_ok: None,
            http_ip_ok: None,
            tcp_ok: None,
            isp_tcp_ok: None,
            loss: None,
            rtt_p50: None,
            rtt_p95: None,
            jitter: None,
            ipv6_ok: None,
            resolvers: Vec::new(),
            link: None,
            clock_offset: None,
            cycle_time: None,
            is_demo: false,
            trace_file: String::new(),
            intensive_traces: Vec::new(),
            wan_diag_file: String::new(),
            baseline_traces: Vec::new(),
        }
    }

    /// Returns the number of targets that answered, out of those asked.
    pub fn targets_tally(&self) -> Tally {
        tally(&self.targets)
    }

    /// Returns the number of hops of the provider that answered, out of those asked; `None` when none was asked.
    pub fn isp_tally(&self) -> Option<Tally> {
        (!self.isp_hops.is_empty()).then(|| tally(&self.isp_hops))
    }

    /// True if the verdict rests on this fact.
    pub fn has(&self, evidence: Evidence) -> bool {
        self.verdict.evidence.contains(&evidence)
    }
}

fn tally(hosts: &[HostRtt]) -> Tally {
    Tally { up: hosts.iter().filter(|(_, rtt)| rtt.is_some()).count(), total: hosts.len() }
}
