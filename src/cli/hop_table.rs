//! The hop table on a terminal.

use std::{io::Write, time::Duration};

use super::add;
use crate::model::trace::{Hop, HopReading, Trace, TraceEnd};

/// A table drawn over the one before.
#[derive(Debug, Default)]
pub(super) struct Screen {
    /// Lines of the last drawing.
    n_lines: usize,
}

impl Screen {
    pub(super) fn draw(&mut self, trace: &Trace, rounds: usize, out: &mut dyn Write) -> std::io::Result<()> {
        if self.n_lines > 0 {
            // Up to the first line and clear all below (ECMA-48, CPL and ED).
            write!(out, "\x1b[{}F\x1b[J", self.n_lines)?;
        }
        let text = table(trace, &format!("round {} of {rounds}", trace.rounds));
        self.n_lines = text.lines().count();
        out.write_all(text.as_bytes())?;
        out.flush()
    }
}

fn table(trace: &Trace, rounds: &str) -> String {
    let name = if trace.name == trace.target.to_string() { String::new() } else { format!(" ({})", trace.target) };
    let mut text = format!("{}{name} by {}, {rounds}\n", trace.name, trace.protocol);
    let widest = trace.hops.iter().map(|hop| address(hop).len()).max().unwrap_or(0).max("address".len());
    let head = format!(
        "{:>3}  {:<widest$}  {:>6} {:>10} {:>5} {:>8} {:>8} {:>8} {:>8} {:>8}\n",
        "hop", "address", "lost", "unanswered", "sent", "last ms", "avg ms", "best ms", "worst ms", "stdev ms"
    );
    text += &head;
    for hop in &trace.hops {
        text += &row(hop, widest);
        for host in hop.hosts.iter().skip(1) {
            let addr = host.addr.to_string();
            add(&mut text, format_args!("     {addr:<widest$}  {} of its answers\n", host.n_answers));
        }
        for label in hop.hosts.iter().flat_map(|host| &host.labels) {
            let line = format_args!("     MPLS label {} class {} TTL {}\n", label.label, label.class, label.ttl);
            add(&mut text, line);
        }
    }
    text + &end(trace) + "\n"
}

fn address(hop: &Hop) -> String {
    hop.host().map_or_else(|| "???".to_owned(), |addr| addr.to_string())
}

fn row(hop: &Hop, widest: usize) -> String {
    let percent = |part: Option<f64>| part.map_or_else(|| "-".into(), |part| format!("{:.1}%", part * 100.0));
    let millis =
        |rtt: Option<Duration>| rtt.map_or_else(|| "-".into(), |rtt| format!("{:.2}", rtt.as_secs_f64() * 1e3));
    let remark = match hop.reading {
        HopReading::Answers => String::new(),
        reading => format!("  {}", reading.explain()),
    };
    let rtt = hop.rtt;
    let mut line = format!(
        "{:>3}  {:<widest$}  {:>6} {:>10} {:>5} {:>8} {:>8} {:>8} {:>8} {:>8}{remark}",
        hop.ttl,
        address(hop),
        percent(hop.loss),
        percent(hop.unanswered()),
        hop.sent,
        millis(rtt.map(|rtt| rtt.last)),
        millis(rtt.map(|rtt| rtt.avg)),
        millis(rtt.map(|rtt| rtt.best)),
        millis(rtt.map(|rtt| rtt.worst)),
        millis(rtt.map(|rtt| rtt.stdev)),
    );
    line.truncate(line.trim_end().len());
    line + "\n"
}

/// Returns the end of the trace as a sentence.
fn end(trace: &Trace) -> String {
    let last = || match trace.last_answering() {
        Some((ttl, addr)) => format!("the last that answered is hop {ttl}, {addr}"),
        None => "nobody answered".to_owned(),
    };
    match trace.end {
        TraceEnd::Reached => format!("{} was reached.", trace.name),
        TraceEnd::ReachedBy(protocol) => {
            format!("{} does not answer {}, and answers {protocol}.", trace.name, trace.protocol)
        }
        TraceEnd::Unreachable { from, icmp_type, code } => {
            format!("{from} says that {} cannot be reached (ICMP type {icmp_type}, code {code}).", trace.name)
        }
        TraceEnd::Silent if trace.tried.is_empty() => format!("{} was not reached; {}.", trace.name, last()),
        TraceEnd::Silent => format!("{} was not reached, nor by other protocols; {}.", trace.name, last()),
        TraceEnd::Local(_) => {
            "This computer cannot send there: there is no route, or the router does not answer.".to_owned()
        }
        TraceEnd::NotMeasured(_) => "Nothing could be measured.".to_owned(),
    }
}
