//! Rows of the running monitor as the reader of their lines gives them, without the detour over text.

use std::time::Duration;

use chrono::{Datelike as _, NaiveDateTime, Timelike as _};

use super::{
    line::percent,
    spelling::{YEARS, decimals, hundredths, item, one_line, parse_finite, parse_number},
};
use crate::model::{host::Host, log_row::LogRow, row::Row, time::Timestamp};

/// Returns what a [`Reader`](super::Reader) gives of the line of `row` that [`render`](super::render) writes; `local` is
/// its time by the clock on the wall. `None` for a row whose line could not be read: its year is not of 1970 to 2199, or
/// its step of the clock is 10¹⁰ s or more.
pub fn as_read(row: &Row, local: NaiveDateTime) -> Option<LogRow> {
    let clock_step = row.clock_step.filter(|step| step.is_finite());
    let times = [Some(row.at), row.since, row.gap.map(|(_, since)| since)];
    let is_readable = times.into_iter().flatten().all(|at| YEARS.contains(&at.year()));
    if !is_readable || clock_step.is_some_and(|step| step.abs() >= 1e10) {
        return None;
    }
    let verdict = &row.verdict;
    Some(LogRow {
        local: local.with_nanosecond(0),
        seq: Some(row.seq),
        since: row.since.map(to_micros),
        uncertainty: row.uncertainty.and_then(to_millis),
        gap: row.gap.map(|(reason, since)| (reason, to_micros(since))),
        clock_step,
        cause: verdict.cause,
        domain: verdict.domain,
        confidence: Some(verdict.confidence),
        evidence: verdict.evidence.clone(),
        last_hop: verdict.last_hop,
        gateway_rtt: row.gateway_rtt.map(hundredths),
        targets_tally: Some(row.targets_tally()),
        targets: row.targets.iter().map(|(host, rtt)| (*host, rtt.map(hundredths))).collect(),
        isp_tally: row.isp_tally(),
        isp_hops: row.isp_hops.iter().map(|(host, rtt)| (host.to_string(), rtt.is_some())).collect(),
        dns_ok: row.dns_ok,
        http_dns_ok: row.http_dns_ok,
        http_ip_ok: row.http_ip_ok,
        tcp_ok: row.tcp_ok,
        isp_tcp_ok: row.isp_tcp_ok,
        loss: row.loss.and_then(|loss| percent(&decimals(loss * 100.0, 2))),
        rtt_p50: row.rtt_p50.map(hundredths),
        rtt_p95: row.rtt_p95.map(hundredths),
        jitter: row.jitter.map(hundredths),
        ipv6_ok: row.ipv6_ok,
        resolvers: row.resolvers.iter().map(|(host, outcome)| resolver(*host, outcome)).collect(),
        link: row.link.as_deref().map(one_line).filter(|link| !link.is_empty()),
        clock_offset: row.clock_offset.and_then(|offset| Some(parse_number(&decimals(offset * 1000.0, 3))? / 1000.0)),
        cycle_time: row.cycle_time.map(hundredths),
        is_demo: row.is_demo,
        trace_file: one_line(&row.trace_file),
        intensive_traces: items(&row.intensive_traces),
        wan_diag_file: one_line(&row.wan_diag_file),
        baseline_traces: items(&row.baseline_traces),
        ..LogRow::new(to_micros(row.at), verdict.status)
    })
}

/// Parts of a microsecond are cut off.
fn to_micros(at: Timestamp) -> Timestamp {
    at.with_nanosecond(at.nanosecond() / 1000 * 1000).unwrap_or(at)
}

fn to_millis(within: Duration) -> Option<Duration> {
    Duration::try_from_secs_f64(parse_finite(&decimals(within.as_secs_f64(), 3))?).ok()
}

fn items(names: &[String]) -> Vec<String> {
    names.iter().map(|name| item(name)).filter(|name| !name.is_empty()).collect()
}

/// Returns the item of one resolver; what follows the host keeps the blanks at its beginning.
fn resolver(host: Host, outcome: &str) -> (String, String) {
    let (host, text) = (host.to_string(), item(&format!("={outcome}")));
    (host, text.strip_prefix('=').unwrap_or_default().to_owned())
}
