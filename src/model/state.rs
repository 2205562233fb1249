//! State document: one snapshot of the line for other programs.
//!
//! `netlog status --json`, the local API, MQTT and the Home Assistant component all say it; `codec::state_json` spells it.

use std::time::Duration;

use chrono::NaiveDate;

use super::{
    charge::Charged,
    host::Host,
    ledger::{Segment, State},
    time::Timestamp,
    verdict::{Confidence, Evidence, FaultDomain, RootCause, Status},
};

/// Version of the document. A reader refuses a higher one.
pub const VERSION: u64 = 1;

/// Snapshot of one monitored line.
///
/// `None` means not measured, unless a field says otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct StateDocument {
    /// Identifier of the line, from the setting `site`.
    pub site: String,
    /// Time of the snapshot.
    pub time: Timestamp,
    /// Start of the running monitor; `None` while none runs.
    pub started: Option<Timestamp>,
    /// Start of the last cycle that measured something.
    pub last_check: Option<Timestamp>,
    /// State of the current second.
    pub state: State,
    /// Onset of that state.
    pub since: Option<Timestamp>,
    /// Status of the last verdict.
    pub status: Option<Status>,
    /// Cause hint of the last verdict. `None` where the line works or the cause is not known.
    pub cause: Option<RootCause>,
    /// Broken part; `None` where nothing is broken.
    pub domain: Option<FaultDomain>,
    /// Party charged with the open outage; `None` where none is open or the party is not known.
    pub charged: Option<Charged>,
    /// Confidence of the last verdict.
    pub confidence: Option<Confidence>,
    /// Evidence of the last verdict.
    pub evidence: Vec<Evidence>,
    /// Home router.
    pub gateway: GatewayState,
    /// True when far hosts answer by any means.
    pub internet_ok: Option<bool>,
    /// True when a hop of the provider answers; `None` also where no hop is known.
    pub isp_ok: Option<bool>,
    /// True when the resolvers of this computer give true answers.
    pub dns_ok: Option<bool>,
    /// True when the test site answers.
    pub http_ok: Option<bool>,
    /// True when IPv6 reaches far hosts.
    pub ipv6_ok: Option<bool>,
    /// Latency and loss since the cycle before.
    pub quality: QualityState,
    /// Far hosts in the order of the settings.
    pub targets: Vec<TargetState>,
    /// Resolvers, each with its outcome: `ok`, `timeout`, `rcode2`, `lie`.
    pub resolvers: Vec<(String, String)>,
    /// Figures of the local day.
    pub today: DayState,
    /// Open outage.
    pub outage: Option<OutageState>,
    /// Last finished outage of the last 35 days.
    pub last_outage: Option<OutageState>,
    /// Faults that are no outage, each with its onset.
    pub notices: Vec<(FaultDomain, Timestamp)>,
}

/// Home router.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GatewayState {
    /// True when it is proved alive.
    pub is_up: Option<bool>,
    /// Address in use.
    pub addr: Option<Host>,
    /// Round-trip time of the last answer.
    pub rtt: Option<Duration>,
}

/// Latency and loss of the pulse to far hosts since the cycle before.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct QualityState {
    /// Mean round-trip time of the far hosts that answered in the last cycle.
    pub rtt_mean: Option<Duration>,
    /// 95th percentile of the pulse.
    pub rtt_p95: Option<Duration>,
    /// Mean of the absolute differences of consecutive round-trip times.
    pub jitter: Option<Duration>,
    /// Loss, 0..=1.
    pub loss: Option<f64>,
}

/// One far host.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetState {
    /// Host.
    pub host: Host,
    /// True when it answered in the last cycle.
    pub is_up: Option<bool>,
    /// Round-trip time; `None` also when it did not answer.
    pub rtt: Option<Duration>,
}

/// Figures of the local day up to the snapshot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayState {
    /// The day, in the time zone of this computer.
    pub date: NaiveDate,
    /// Cycles that measured something.
    pub checks: u64,
    /// Share of them whose status is OK, 0..=1; `None` without a check.
    pub success_rate: Option<f64>,
    /// Available share of the monitored time, 0..=1; `None` without monitored time.
    pub availability: Option<f64>,
    /// Monitored share of the day so far, 0..=1.
    pub coverage: Option<f64>,
    /// Outages that began or lasted within the day.
    pub outages: u64,
    /// Time of outages within the day.
    pub outage_time: Duration,
    /// Micro-interruptions (1 to 9 s).
    pub micro_interruptions: u64,
}

/// An outage as the state document and the messages about it say it.
#[derive(Debug, Clone, PartialEq)]
pub struct OutageState {
    /// Onset of the first bad second.
    pub start: Timestamp,
    /// Onset of the first clean second; `None` while it lasts.
    pub end: Option<Timestamp>,
    /// Length, or length so far.
    pub length: Duration,
    /// Largest distance of start and end from the truth.
    pub uncertainty: Option<Duration>,
    /// Part that the outage is told by in short.
    pub domain: Option<FaultDomain>,
    /// Party charged with most of it; `None` where that is not known.
    pub charged: Option<Charged>,
    /// Confidence; `None` where the source does not tell it.
    pub confidence: Option<Confidence>,
    /// Segments in time order, each with the party charged.
    pub segments: Vec<(Segment, Option<Charged>)>,
}

/// Identifier of a host within MQTT topics and entity identifiers: ASCII letters and digits, everything else `_`.
pub fn slug(host: &str) -> String {
    let slug: String = host
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '_' })
        .collect();
    slug.trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_holds_letters_digits_and_underscores() {
        assert_eq!("1_1_1_1", slug("1.1.1.1"));
        assert_eq!("2606_4700_4700__1111", slug("2606:4700:4700::1111"));
        assert_eq!("fe80__1_eth0", slug("FE80::1%eth0"));
        assert_eq!("1", slug("::1"));
    }
}
