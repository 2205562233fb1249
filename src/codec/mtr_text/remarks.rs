//! The lines behind the table that begin with `#`.

use chrono::SecondsFormat;

use super::line::{add as push, one_word};
use crate::model::{
    parsed_trace::{ParsedHost, ParsedTrace},
    probe::{LocalFault, NotMeasured},
    time::Timestamp,
    trace::{Hop, HopReading, Trace, TraceEnd},
};

const TARGET: &str = "# target ";
const WAY: &str = "loss on the way ";
const MEANING: &str =
    "# Loss% above counts the probes a hop itself left unanswered, as mtr does. What the whole path shows:\n";

/// Appends all of them.
pub(super) fn add(text: &mut String, trace: &Trace) {
    let name = one_word(&trace.name).replace(['(', ')'], "_");
    let (started, ended) = (time(trace.started.wall), time(trace.ended.wall));
    let Trace { target, protocol, rounds, .. } = trace;
    let end = end(trace);
    let rounds = if *rounds == 1 { "1 round".to_owned() } else { format!("{rounds} rounds") };
    push(text, format_args!("{TARGET}{name} ({target}), {protocol}, {rounds}, {started} to {ended}: {end}\n"));
    if !trace.hops.is_empty() {
        text.push_str(MEANING);
    }
    for hop in &trace.hops {
        let loss = hop.loss.map_or_else(|| "not measured".into(), |loss| format!("{:.1}%", loss * 100.0));
        let (ttl, more) = (hop.ttl, more(hop));
        let (explained, word) = (hop.reading.explain(), hop.reading.as_str());
        push(text, format_args!("# {ttl:>2}. {WAY}{loss}{more}; {explained} [{word}]\n"));
    }
}

fn more(hop: &Hop) -> String {
    let mut more = String::new();
    if hop.late > 0 {
        push(&mut more, format_args!(", {} late", hop.late));
    }
    if hop.duplicates > 0 {
        push(&mut more, format_args!(", {} duplicates", hop.duplicates));
    }
    match hop.answers_echo {
        Some(true) => more.push_str(", answers when asked directly"),
        Some(false) => more.push_str(", silent when asked directly"),
        None => {}
    }
    more
}

fn end(trace: &Trace) -> String {
    match trace.end {
        TraceEnd::Reached => "reached".into(),
        TraceEnd::ReachedBy(protocol) => format!("silent, and reached by {protocol}"),
        TraceEnd::Unreachable { from, icmp_type, code } => {
            format!("unreachable, says {from} (ICMP type {icmp_type}, code {code})")
        }
        TraceEnd::Silent => match trace.last_answering() {
            Some((ttl, addr)) => format!("silent beyond hop {ttl}, {addr}"),
            None => "silent from the first hop on".into(),
        },
        TraceEnd::Local(fault) => match fault {
            LocalFault::NoRoute => "not sent: this computer has no route".into(),
            LocalFault::LinkDown => "not sent: the link is down".into(),
            LocalFault::NeighbourSilent => "not sent: the next hop does not answer on the link".into(),
        },
        TraceEnd::NotMeasured(why) => match why {
            NotMeasured::NoPermission => "not measured: the system forbids it".into(),
            NotMeasured::NoResources => "not measured: the system has no resources left".into(),
            NotMeasured::NoRoots => "not measured: the system trusts no issuer of certificates".into(),
            NotMeasured::Unsupported => "not measured: this system cannot do it".into(),
        },
    }
}

fn time(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Takes what a line says of the trace. Lines that say nothing of ours are let be.
pub(super) fn apply(line: &str, trace: &mut ParsedTrace) {
    if let Some(rest) = line.strip_prefix(TARGET) {
        apply_target(rest, trace);
    } else if let Some((ttl, rest)) = line.strip_prefix('#').and_then(|rest| rest.trim_start().split_once(". ")) {
        let (Ok(ttl), Some(rest)) = (ttl.parse::<u8>(), rest.strip_prefix(WAY)) else { return };
        let Some(hop) = trace.hops.iter_mut().find(|hop| hop.ttl == ttl) else { return };
        let loss = rest.split_once('%').and_then(|(loss, _)| loss.parse::<f64>().ok()).map(|loss| loss / 100.0);
        hop.loss = loss.filter(|loss| (0.0..=1.0).contains(loss));
        let word = rest.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')).map(|(_, word)| word);
        hop.reading = HopReading::ALL.iter().find(|(_, known, _)| Some(*known) == word).map(|(reading, ..)| *reading);
    }
}

fn apply_target(rest: &str, trace: &mut ParsedTrace) {
    let Some((name, rest)) = rest.split_once(" (") else { return };
    let Some((addr, rest)) = rest.split_once(')') else { return };
    let addr = addr.split('%').next().and_then(|addr| addr.parse().ok());
    let name = Some(name.to_owned()).filter(|name| addr.is_none_or(|addr: std::net::IpAddr| addr.to_string() != *name));
    trace.target = Some(ParsedHost { addr, name, ..ParsedHost::default() });
    let Some((start, end)) = rest.split(", ").find_map(|part| part.split_once(" to ")) else { return };
    trace.started = start.parse().ok().or(trace.started);
    trace.ended = end.split_once(": ").and_then(|(end, _)| end.parse().ok());
}
