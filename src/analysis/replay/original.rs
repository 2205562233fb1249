//! Proof that the original's rows give. Its words blame too soon; what it measured stands beside them.

use crate::model::{
    ledger::State,
    log_row::LogRow,
    verdict::{FaultDomain, Status},
};

/// The state this row of the original proves.
///
/// A line over which a web page came is not down, whatever did not answer ping; one dead web site is no outage.
pub(super) fn state(row: &LogRow) -> State {
    blame(row).map_or(State::Up, State::Down)
}

/// Returns the domain that failed; `None` when the line worked.
fn blame(row: &LogRow) -> Option<FaultDomain> {
    let yes = |value: Option<bool>| value == Some(true);
    let target_answers = row.targets_tally.is_some_and(|tally| tally.up > 0);
    let web_answers = yes(row.http_dns_ok) || yes(row.http_ip_ok) || yes(row.tcp_ok);
    match row.status {
        Status::Ok => None,
        Status::LanDown => (!target_answers && !web_answers).then_some(FaultDomain::Lan),
        Status::WanDown => (!web_answers).then_some(match row.isp_tally {
            Some(tally) if tally.up > 0 => FaultDomain::Isp,
            Some(_) | None => FaultDomain::Access,
        }),
        // One site that fails while names resolve is that site's affair.
        Status::DnsAppFail => (row.dns_ok != Some(true)).then_some(FaultDomain::Dns),
        Status::AppLayerFail => Some(if row.dns_ok == Some(false) { FaultDomain::Dns } else { FaultDomain::App }),
    }
}

/// Returns the domain in which a row of the original shows something wrong on a line that works; `None` when nothing is
/// wrong, or the line does not work.
pub(in crate::analysis) fn notice(row: &LogRow) -> Option<FaultDomain> {
    let no = |value: Option<bool>| value == Some(false);
    if blame(row).is_some() {
        return None;
    }
    match row.status {
        Status::LanDown | Status::WanDown => Some(FaultDomain::Filtering),
        Status::DnsAppFail | Status::AppLayerFail => Some(FaultDomain::Destination),
        Status::Ok if no(row.dns_ok) => Some(FaultDomain::Dns),
        Status::Ok => {
            let some_dead = row.targets_tally.is_some_and(|tally| tally.up < tally.total);
            (some_dead || no(row.http_ip_ok) || no(row.tcp_ok)).then_some(FaultDomain::Destination)
        }
    }
}
