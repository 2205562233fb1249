//! Writing.

use std::{net::IpAddr, time::Duration};

use chrono::FixedOffset;

use super::{
    line::{add, one_word},
    remarks,
};
use crate::model::trace::{Hop, HopChange, HopHost, MplsLabel, RttFigures, Trace, TracePurpose};

/// The name of an autonomous system nobody knows, as wide as `mtr` makes that column.
const UNKNOWN_AS: &str = "AS???    ";

/// Room for a name in `mtr`'s narrow report.
const NARROW_NAME: usize = 25;

/// The layout of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// `-w -z`: names as long as they are, the autonomous system before them.
    WithAs,
    /// Neither: a fixed width, and more where an address needs it.
    Plain,
}

/// The trace as `mtr -n -r -w -z` would report it, and what we know beyond that.
///
/// `host_name` is this computer's name, `offset` the local time's distance from UTC when the trace began.
pub fn report(trace: &Trace, host_name: &str, offset: FixedOffset) -> String {
    render(trace, host_name, offset, Layout::WithAs)
}

/// The trace as `mtr -n -r` would report it (lines with `|--`), and what we know beyond that.
///
/// The original's trace files look like this, and its analyser finds the first hop in them.
pub fn trace_report(trace: &Trace, host_name: &str, offset: FixedOffset) -> String {
    render(trace, host_name, offset, Layout::Plain)
}

/// Returns the block that the original appends to `mtr_<target>.log`: a separator with the time in UTC, then the
/// [`report`].
pub fn block(trace: &Trace, host_name: &str, offset: FixedOffset) -> String {
    let line = "=".repeat(60);
    let at = trace.started.wall.format("%Y%m%d_%H%M%S");
    format!("\n{line}\nRun at: {at}\n{line}\n{}", report(trace, host_name, offset))
}

/// Returns the differences of the path from the one before, on lines that readers of such reports pass over.
pub fn changes(changes: &[HopChange]) -> String {
    let host = |addr: Option<IpAddr>| addr.map_or_else(|| "nobody".to_owned(), |addr| addr.to_string());
    let line =
        |change: &HopChange| format!("# {:>2}. was {}, is {}\n", change.ttl, host(change.before), host(change.after));
    let lines: String = changes.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("# The path has changed:\n{lines}") }
}

/// A part of the trace file of an outage: what it shows, and the [`trace_report`].
pub fn outage_part(purpose: TracePurpose, trace: &Trace, host_name: &str, offset: FixedOffset) -> String {
    let title = match purpose {
        TracePurpose::Baseline => "The path before",
        TracePurpose::Burst | TracePurpose::Intensive => "The path when it failed",
        TracePurpose::Recovery => "The path after",
    };
    format!("# {title}\n{}\n", trace_report(trace, host_name, offset))
}

fn render(trace: &Trace, host_name: &str, offset: FixedOffset, layout: Layout) -> String {
    let local = trace.started.wall.with_timezone(&offset);
    let host_name = one_word(host_name);
    let mut text = format!("Start: {}\n", local.format("%Y-%m-%dT%H:%M:%S%z"));
    let longest = trace.hops.iter().map(|hop| name(hop).len()).max().unwrap_or(0);
    // `mtr` prints the header two columns further left than its plain lines, and makes up for it in wide ones.
    let (width, header) = match layout {
        Layout::WithAs => {
            let width = longest.max(host_name.chars().count());
            (width + 1, width + UNKNOWN_AS.len())
        }
        Layout::Plain => {
            let width = longest.max(NARROW_NAME);
            (width, width + 2)
        }
    };
    let host_name: String = match layout {
        Layout::WithAs => host_name,
        Layout::Plain => host_name.chars().take(header).collect(),
    };
    add(&mut text, format_args!("HOST: {host_name:<header$} Loss%   Snt   Last   Avg  Best  Wrst StDev\n"));
    for hop in &trace.hops {
        add_hop(&mut text, hop, width, layout);
    }
    remarks::add(&mut text, trace);
    text
}

fn add_hop(text: &mut String, hop: &Hop, width: usize, layout: Layout) {
    let (ttl, name, figures) = (hop.ttl, name(hop), figures(hop));
    match layout {
        Layout::WithAs => add(text, format_args!(" {ttl:>2}. {UNKNOWN_AS}{name:<width$}{figures}\n")),
        Layout::Plain => add(text, format_args!(" {ttl:>2}.|-- {name:<width$}{figures}\n")),
    }
    let (first, others) = hop.hosts.split_first().map_or((None, [].as_slice()), |(first, rest)| (Some(first), rest));
    first.into_iter().for_each(|host| add_labels(text, &host.labels));
    for HopHost { addr, labels, .. } in others {
        let addr = addr.to_string();
        let padded = if layout == Layout::Plain { width + 8 } else { width };
        add(text, format_args!("        {addr:<padded$}\n"));
        if layout == Layout::WithAs {
            add(text, format_args!("     {UNKNOWN_AS}{addr}\n"));
        }
        add_labels(text, labels);
    }
}

fn add_labels(text: &mut String, labels: &[MplsLabel]) {
    for MplsLabel { label, class, is_last, ttl } in labels {
        let is_last = u8::from(*is_last);
        add(text, format_args!("       [MPLS: Lbl {label} TC {class} S {is_last} TTL {ttl}]\n"));
    }
}

/// The figures of a hop, in columns of six characters and one between them.
fn figures(hop: &Hop) -> String {
    let unanswered = cut(format!(" {:4.1}%", hop.unanswered().unwrap_or(0.0) * 100.0), 6);
    let none = RttFigures {
        last: Duration::ZERO,
        avg: Duration::ZERO,
        best: Duration::ZERO,
        worst: Duration::ZERO,
        stdev: Duration::ZERO,
    };
    let RttFigures { last, avg, best, worst, stdev } = hop.rtt.unwrap_or(none);
    let [last, avg, best, worst] = [last, avg, best, worst].map(|rtt| cut(millis(rtt), 6));
    format!("{unanswered} {:5} {last}{avg}{best}{worst}{}", hop.sent, millis(stdev))
}

fn millis(time: Duration) -> String {
    format!(" {:5.1}", time.as_secs_f64() * 1000.0)
}

/// The first `width` characters, but never fewer than those before the decimal point.
fn cut(mut text: String, width: usize) -> String {
    text.truncate(width.max(text.find('.').unwrap_or(width)));
    text
}

fn name(hop: &Hop) -> String {
    hop.host().map_or_else(|| "???".into(), |addr| addr.to_string())
}
