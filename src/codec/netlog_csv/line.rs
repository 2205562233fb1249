//! One line's fields to values.

use std::{sync::Arc, time::Duration};

use super::{
    Column,
    chain::Link,
    marks,
    problem::Problem,
    spelling::{
        belong_together, parse_finite, parse_flag, parse_local, parse_millis, parse_number, parse_tally, parse_utc,
    },
};
use crate::model::{
    host::Host,
    ledger::GapReason,
    log_row::{LogRow, Unread},
    row::{HostRtt, Tally},
    time::Timestamp,
    verdict::{Evidence, LastHop, Status},
};

/// Lists of the line before. Most lines repeat them, and then they are shared.
#[derive(Debug, Default)]
pub(super) struct Seen {
    isp_hops: Last<(String, bool)>,
    resolvers: Last<(String, String)>,
}

/// A list and the text it was read from.
#[derive(Debug)]
struct Last<T> {
    text: String,
    list: Arc<[T]>,
}

impl<T> Default for Last<T> {
    fn default() -> Self {
        Self { text: String::new(), list: Arc::default() }
    }
}

impl<T> Last<T> {
    fn read(&mut self, text: &str, item: impl Fn(&str) -> Option<T>) -> Option<Arc<[T]>> {
        if self.text != text {
            self.list = items(text).map(item).collect::<Option<_>>()?;
            text.clone_into(&mut self.text);
        }
        Some(Arc::clone(&self.list))
    }
}

/// Puts a row together field by field.
pub(super) struct Assembly<'a> {
    seen: &'a mut Seen,
    row: LogRow,
    utc: Option<Timestamp>,
    status: Option<Status>,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(seen: &'a mut Seen) -> Self {
        Self { seen, row: LogRow::new(Timestamp::UNIX_EPOCH, Status::Ok), utc: None, status: None }
    }

    /// The row, when it says when and what.
    pub(super) fn finish(self) -> Result<LogRow, Problem> {
        let utc = self.utc.ok_or(Problem::Missing(Column::UtcTimestamp.name()))?;
        if self.row.local.is_some_and(|local| !belong_together(local, utc)) {
            return Err(Problem::Times);
        }
        let status = self.status.ok_or(Problem::Missing(Column::OverallStatus.name()))?;
        let mut row = LogRow { utc, status, ..self.row };
        if !row.unread.is_empty() {
            fill_in(&mut row);
        }
        Ok(row)
    }

    /// Takes the text of one column. An empty text leaves the value out, and so does one that cannot be read, unless the
    /// row means nothing or something else without it.
    pub(super) fn set(&mut self, column: Column, text: &str) -> Result<(), Problem> {
        let text = text.trim_ascii();
        if text.is_empty() || self.take(column, text).is_some() {
            return Ok(());
        }
        let beginning = text.chars().take(40).collect();
        if is_vital(column, text) {
            return Err(Problem::Value { column: column.name(), text: beginning });
        }
        self.row.unread.push(Unread { column: column.name(), text: beginning });
        Ok(())
    }

    fn take(&mut self, column: Column, text: &str) -> Option<()> {
        let row = &mut self.row;
        match column {
            // Only for show; a spreadsheet program may have spelled it anew.
            Column::LocalTimestamp => row.local = parse_local(text),
            Column::UtcTimestamp => self.utc = Some(parse_utc(text)?),
            Column::GatewayMs => row.gateway_rtt = Some(parse_millis(text)?),
            Column::TargetsReachable => row.targets_tally = Some(parse_tally(text)?),
            Column::DnsOk => row.dns_ok = Some(parse_flag(text)?),
            Column::HttpDnsOk => row.http_dns_ok = Some(parse_flag(text)?),
            Column::HttpIpOk => row.http_ip_ok = Some(parse_flag(text)?),
            Column::TcpOk => row.tcp_ok = Some(parse_flag(text)?),
            Column::OverallStatus => self.status = Some(text.parse().ok()?),
            Column::TraceFile => text.clone_into(&mut row.trace_file),
            Column::IntensiveTraceBundle => {
                row.intensive_traces = items(text).map(str::to_owned).collect();
            }
            Column::WanDiagFile => text.clone_into(&mut row.wan_diag_file),
            Column::RootCauseHint => row.cause = known(text.parse().ok(), &mut row.unknown_words),
            Column::IspReachable => row.isp_tally = Some(parse_tally(text)?),
            Column::IspTcpOk => row.isp_tcp_ok = Some(parse_flag(text)?),
            Column::BaselineMtrBundle => {
                row.baseline_traces = items(text).map(str::to_owned).collect();
            }
            Column::IspDetail => row.isp_hops = self.seen.isp_hops.read(text, isp_hop)?,
            Column::Seq => row.seq = Some(text.strip_suffix(".0").unwrap_or(text).parse().ok()?),
            Column::SinceUtc => row.since = Some(parse_utc(text)?),
            Column::FaultDomain => row.domain = known(text.parse().ok(), &mut row.unknown_words),
            Column::Confidence => row.confidence = known(text.parse().ok(), &mut row.unknown_words),
            Column::Evidence => {
                // One that cannot be read takes none of the others away.
                let n_unread = items(text).filter(|item| evidence(row, item).is_none()).count();
                return (n_unread == 0).then_some(());
            }
            Column::TargetsDetail => {
                row.targets = items(text).map(target).collect::<Option<_>>()?;
            }
            Column::LossPct => row.loss = Some(percent(text)?),
            Column::RttP50Ms => row.rtt_p50 = Some(parse_millis(text)?),
            Column::RttP95Ms => row.rtt_p95 = Some(parse_millis(text)?),
            Column::JitterMs => row.jitter = Some(parse_millis(text)?),
            Column::Ipv6Ok => row.ipv6_ok = Some(parse_flag(text)?),
            Column::ResolverDetail => {
                row.resolvers = self.seen.resolvers.read(text, resolver)?;
            }
            Column::Link => row.link = Some(text.to_owned()),
            Column::ClockOffsetMs => row.clock_offset = Some(parse_number(text)? / 1000.0),
            Column::CycleMs => row.cycle_time = Some(parse_millis(text)?),
            // Whether it is right is another question.
            Column::Chain => drop(Link::parse(text.as_bytes())?),
        }
        Some(())
    }
}

/// True if a row cannot be used when this field of it cannot be read.
fn is_vital(column: Column, text: &str) -> bool {
    match column {
        Column::UtcTimestamp | Column::OverallStatus => true,
        // Without them, time would be counted that nobody monitored, or at another place.
        Column::Evidence => {
            let is_of_time = |item: &str| item.starts_with("gap=") || item.starts_with("clock_step=");
            items(text).any(|item| {
                is_of_time(item) && evidence(&mut LogRow::new(Timestamp::UNIX_EPOCH, Status::Ok), item).is_none()
            })
        }
        // Half a hash is half a row.
        Column::Chain => text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        _ => false,
    }
}

/// Fills in what follows from other fields for fields that cannot be read.
fn fill_in(row: &mut LogRow) {
    let is_unread = |column: Column| row.unread.iter().any(|unread| unread.column == column.name());
    if is_unread(Column::SinceUtc) {
        // The row tells of a change, which is certain from its own time on.
        row.since = Some(row.utc);
    }
    if row.isp_tally.is_none() && is_unread(Column::IspReachable) && !row.isp_hops.is_empty() {
        let up = row.isp_hops.iter().filter(|(_, up)| *up).count();
        row.isp_tally = Some(Tally { up, total: row.isp_hops.len() });
    }
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(str::trim_ascii).filter(|item| !item.is_empty())
}

/// A word of a newer program is counted and costs neither the line nor the rest of what it says.
fn known<T>(word: Option<T>, unknown_words: &mut usize) -> Option<T> {
    *unknown_words += usize::from(word.is_none());
    word
}

pub(super) fn percent(text: &str) -> Option<f64> {
    parse_number(text).filter(|value| (0.0..=100.0).contains(value)).map(|value| value / 100.0)
}

/// `192.0.2.1:ok`, `[2001:db8::1]:ok` and the original's `2001:db8::1:ok`: the last colon parts host and state.
fn isp_hop(item: &str) -> Option<(String, bool)> {
    let (host, state) = item.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let up = match state {
        "ok" => true,
        "down" => false,
        _ => return None,
    };
    (!host.is_empty()).then(|| (host.to_owned(), up))
}

fn target(item: &str) -> Option<HostRtt> {
    let (host, rtt) = item.split_once('=')?;
    let rtt = if rtt == "lost" { None } else { Some(parse_millis(rtt)?) };
    Some((host.parse::<Host>().ok()?, rtt))
}

fn resolver(item: &str) -> Option<(String, String)> {
    let (host, outcome) = item.split_once('=')?;
    Some((host.to_owned(), outcome.to_owned()))
}

/// A code, `demo`, `log_put_aside=<reason>@<file>`, `last_hop=<ttl>@<address>`, `onset_within=<seconds>`, `gap=<reason>@<time>` or `clock_step=<seconds>`.
fn evidence(row: &mut LogRow, item: &str) -> Option<()> {
    if let Some(hop) = item.strip_prefix("last_hop=") {
        let (ttl, addr) = hop.split_once('@')?;
        row.last_hop = Some(LastHop { ttl: ttl.parse().ok()?, addr: addr.parse().ok()? });
    } else if let Some(gap) = item.strip_prefix("gap=") {
        let (reason, since) = gap.split_once('@')?;
        let reason = GapReason::ALL.iter().copied().find(|known| known.as_str() == reason);
        // Why nobody looked may be unknown; that nobody did must not get lost.
        let reason = known(reason, &mut row.unknown_words).unwrap_or(GapReason::NotRunning);
        row.gap = Some((reason, parse_utc(since)?));
    } else if let Some(within) = item.strip_prefix("onset_within=") {
        row.uncertainty = Some(Duration::try_from_secs_f64(parse_finite(within)?).ok()?);
    } else if let Some(step) = item.strip_prefix("clock_step=") {
        // More than centuries is no setting of a clock.
        row.clock_step = Some(parse_finite(step).filter(|seconds| seconds.abs() < 1e10)?);
    } else if item == marks::DEMO {
        row.is_demo = true;
    } else if marks::put_aside(item).is_some() {
        // Of the log and not of the line: verifying reads it.
    } else {
        let code = Evidence::ALL.iter().find(|(_, code, _)| *code == item).map(|(evidence, ..)| *evidence);
        row.evidence.extend(known(code, &mut row.unknown_words));
    }
    Some(())
}
