//! Rows to lines.

use std::net::IpAddr;

use chrono::NaiveDateTime;

use super::{
    Column, HEADER, marks,
    spelling::{decimals, flag, item, millis, one_line, tally, utc, utc_z},
};
use crate::model::{host::Host, row::Row, verdict::Evidence};

/// The header line, CRLF included.
pub fn header_line() -> String {
    let mut line = HEADER.join(",");
    line.push_str("\r\n");
    line
}

/// The line of `row`, CRLF included; `local` is its time by the clock on the wall.
///
/// Line breaks and other control characters in texts become blanks, so a row is one line whatever it holds.
/// Numbers that are none (NaN, infinite) are written as not measured.
pub fn render(row: &Row, local: NaiveDateTime) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let fields = Column::ALL.iter().map(|column| one_line(&field(row, local, *column)));
    // Memory takes every byte and texts are UTF-8, so none of the three can fail.
    let written = writer.write_record(fields.map(String::into_bytes)).ok();
    let bytes = written.and_then(|()| writer.into_inner().ok()).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn field(row: &Row, local: NaiveDateTime, column: Column) -> String {
    let verdict = &row.verdict;
    match column {
        Column::LocalTimestamp => local.format("%Y-%m-%d %H:%M:%S").to_string(),
        Column::UtcTimestamp => utc(row.at),
        Column::GatewayMs => row.gateway_rtt.map(millis).unwrap_or_default(),
        Column::TargetsReachable => tally(row.targets_tally()),
        Column::DnsOk => flag(row.dns_ok),
        Column::HttpDnsOk => flag(row.http_dns_ok),
        Column::HttpIpOk => flag(row.http_ip_ok),
        Column::TcpOk => flag(row.tcp_ok),
        Column::OverallStatus => verdict.status.to_string(),
        Column::TraceFile => row.trace_file.clone(),
        Column::IntensiveTraceBundle => joined(row.intensive_traces.iter().cloned()),
        Column::WanDiagFile => row.wan_diag_file.clone(),
        Column::RootCauseHint => word(verdict.cause),
        Column::IspReachable => row.isp_tally().map(tally).unwrap_or_default(),
        Column::IspTcpOk => flag(row.isp_tcp_ok),
        Column::BaselineMtrBundle => joined(row.baseline_traces.iter().cloned()),
        Column::IspDetail => joined(row.isp_hops.iter().map(|(host, rtt)| isp_hop(*host, rtt.is_some()))),
        Column::Seq => row.seq.to_string(),
        Column::SinceUtc => row.since.map(utc).unwrap_or_default(),
        Column::FaultDomain => word(verdict.domain),
        Column::Confidence => verdict.confidence.to_string(),
        Column::Evidence => evidence(row),
        Column::TargetsDetail => joined(
            row.targets.iter().map(|(host, rtt)| format!("{host}={}", rtt.map_or_else(|| "lost".into(), millis))),
        ),
        Column::LossPct => row.loss.map(|loss| decimals(loss * 100.0, 2)).unwrap_or_default(),
        Column::RttP50Ms => row.rtt_p50.map(millis).unwrap_or_default(),
        Column::RttP95Ms => row.rtt_p95.map(millis).unwrap_or_default(),
        Column::JitterMs => row.jitter.map(millis).unwrap_or_default(),
        Column::Ipv6Ok => flag(row.ipv6_ok),
        Column::ResolverDetail => joined(row.resolvers.iter().map(|(host, outcome)| format!("{host}={outcome}"))),
        Column::Link => row.link.clone().unwrap_or_default(),
        Column::ClockOffsetMs => row.clock_offset.map(|offset| decimals(offset * 1000.0, 3)).unwrap_or_default(),
        Column::CycleMs => row.cycle_time.map(millis).unwrap_or_default(),
        Column::Chain => String::new(),
    }
}

fn word(word: Option<impl ToString>) -> String {
    word.map(|word| word.to_string()).unwrap_or_default()
}

/// The codes, then what happened before the row. The seconds of a step are spelled so that they read back exactly.
fn evidence(row: &Row) -> String {
    let codes = row.verdict.evidence.iter().map(|code| Evidence::as_str(*code).to_owned());
    let gap = row.gap.map(|(reason, since)| format!("gap={}@{}", reason.as_str(), utc_z(since)));
    let step = row.clock_step.filter(|step| step.is_finite()).map(|step| format!("clock_step={step:+}"));
    let hop = row.verdict.last_hop.map(|hop| format!("last_hop={}@{}", hop.ttl, hop.addr));
    let within = row.uncertainty.map(|within| format!("onset_within={:.3}", within.as_secs_f64()));
    let demo = row.is_demo.then(|| marks::DEMO.to_owned());
    joined(codes.chain(hop).chain(within).chain(gap).chain(step).chain(demo))
}

/// `192.0.2.1:ok`; IPv6 in brackets, since it has colons of its own.
fn isp_hop(host: Host, up: bool) -> String {
    let state = if up { "ok" } else { "down" };
    match host.addr {
        IpAddr::V4(_) => format!("{host}:{state}"),
        IpAddr::V6(_) => format!("[{host}]:{state}"),
    }
}

/// Joins with `;`, which within an item becomes `_`. Empty items are left out.
fn joined(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<_> = items.into_iter().map(|text| item(&text)).filter(|item| !item.is_empty()).collect();
    items.join(";")
}
