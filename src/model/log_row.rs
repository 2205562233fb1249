//! One row as read back from a log, ours or the original's.

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::NaiveDateTime;

use super::{
    ledger::GapReason,
    row::{HostRtt, Tally},
    time::Timestamp,
    verdict::{Confidence, Evidence, FaultDomain, LastHop, RootCause, Status},
};

/// A field of a row that is not empty and cannot be read: what it says is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Name of the column.
    pub column: &'static str,
    /// Beginning of the text.
    pub text: String,
}

/// Rows of one file that are not counted, because their times cannot be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OddRows {
    /// Path of the file.
    pub file: PathBuf,
    /// Number of rows.
    pub n_rows: u64,
    /// Earliest time of them.
    pub first: Timestamp,
    /// Latest time of them.
    pub last: Timestamp,
}

/// Content of one line of a log. The original's logs lack most of it.
///
/// `None` and empty mean that the line does not say.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRow {
    /// Beginning of the cycle; for a row that tells of a change, the time at which the change became certain.
    pub utc: Timestamp,
    /// The same by a clock that is never set within a run. Does not go back within one, however late a cycle reports,
    /// so rows are put in order by it.
    pub steady: Timestamp,
    /// The same by the clock on the wall at that time and place.
    pub local: Option<NaiveDateTime>,
    /// Counts from 1 within a run.
    pub seq: Option<u64>,
    /// For a row that tells of a change of state: since when the state has held.
    pub since: Option<Timestamp>,
    /// For a row that tells of a change of state: maximum error of that time; `None` where that is not known.
    pub uncertainty: Option<Duration>,
    /// Time not monitored just before this row: why, and since when.
    pub gap: Option<(GapReason, Timestamp)>,
    /// Step of the clock since the row before, in seconds; positive is forward.
    pub clock_step: Option<f64>,
    /// The state of the line.
    pub status: Status,
    /// The original's hint.
    pub cause: Option<RootCause>,
    /// Fault domain; with [`Status::Ok`] a notice.
    pub domain: Option<FaultDomain>,
    /// Strength of the evidence.
    pub confidence: Option<Confidence>,
    /// Evidence of the verdict, as far as the words are known.
    pub evidence: Vec<Evidence>,
    /// The last hop that answered, where a trace told.
    pub last_hop: Option<LastHop>,
    /// Number of words of hint, fault domain, confidence, evidence and gap reason that are not known here: a newer
    /// program wrote them.
    pub unknown_words: usize,
    /// Fields that cannot be read, such as `4/4` of which a spreadsheet program has made a date.
    pub unread: Vec<Unread>,
    /// True if lines just before this row could not be read, which may have been rows.
    pub follows_loss: bool,
    /// Number of the log that the row stands in, where several logs tell of the same time; else 0. Files that follow
    /// each other or are copies are one log.
    pub log: usize,
    /// RTT of the home router.
    pub gateway_rtt: Option<Duration>,
    /// Number of targets that answered, out of those asked.
    pub targets_tally: Option<Tally>,
    /// Far hosts, each with its RTT.
    pub targets: Vec<HostRtt>,
    /// Number of hops of the provider that answered, out of those asked.
    pub isp_tally: Option<Tally>,
    /// Hops of the provider as the log spells them, and whether each answered.
    pub isp_hops: Arc<[(String, bool)]>,
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
    /// Each resolver with what it did.
    pub resolvers: Arc<[(String, String)]>,
    /// The link used.
    pub link: Option<String>,
    /// Seconds this computer's clock is ahead; negative is behind.
    pub clock_offset: Option<f64>,
    /// Duration of the cycle.
    pub cycle_time: Option<Duration>,
    /// Made up for a demonstration, and not measured.
    pub is_demo: bool,
    /// Name of a trace file that belongs to this row.
    pub trace_file: String,
    /// Names of intensive traces that belong to this row.
    pub intensive_traces: Vec<String>,
    /// Name of a file with facts of this computer that belongs to this row.
    pub wan_diag_file: String,
    /// Names of baseline traces that belong to this row.
    pub baseline_traces: Vec<String>,
}

impl LogRow {
    /// True if the home is at fault: this computer, its network or the router. The original's hint does not tell, and
    /// behind a dead router nobody knows what the provider does.
    pub fn blames_home(&self) -> bool {
        self.status == Status::LanDown || matches!(self.domain, Some(FaultDomain::Host | FaultDomain::Lan))
    }

    /// The hint, but for a fault at home, which is its own cause.
    pub fn counted_cause(&self) -> Option<RootCause> {
        if self.status != Status::Ok && self.blames_home() { Some(RootCause::Lan) } else { self.cause }
    }

    /// A row of which nothing but time and status is known.
    pub fn new(utc: Timestamp, status: Status) -> Self {
        Self {
            utc,
            steady: utc,
            local: None,
            seq: None,
            since: None,
            uncertainty: None,
            gap: None,
            clock_step: None,
            status,
            cause: None,
            domain: None,
            confidence: None,
            evidence: Vec::new(),
            last_hop: None,
            unknown_words: 0,
            unread: Vec::new(),
            follows_loss: false,
            log: 0,
            gateway_rtt: None,
            targets_tally: None,
            targets: Vec::new(),
            isp_tally: None,
            isp_hops: Arc::default(),
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
            resolvers: Arc::default(),
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
}
