//! A trace beside what another program saw of the same path.

use std::{fs, io::Read as _, path::Path};

use anyhow::{Context as _, bail};

use super::add;
use crate::{
    codec::mtr_text,
    model::{
        parsed_trace::{ParsedHop, ParsedTrace},
        trace::{Hop, Trace},
    },
};

/// A report beyond this size, in bytes, is none that a person means.
const MAX_SIZE: u64 = 64 << 20;

/// The last trace in a report of mtr, traceroute, tracert or pathping; `-` reads standard input.
pub(super) fn read(path: &Path) -> anyhow::Result<ParsedTrace> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(MAX_SIZE).read_to_end(&mut bytes).context("cannot read standard input")?;
    } else {
        let file = fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        file.take(MAX_SIZE).read_to_end(&mut bytes).with_context(|| format!("cannot read {}", path.display()))?;
    }
    match mtr_text::read(&bytes).traces.pop() {
        Some(trace) if !trace.hops.is_empty() => Ok(trace),
        _ => bail!("no trace is found in {}: give a report of mtr, traceroute, tracert or pathping", path.display()),
    }
}

/// Both hop by hop, and where they differ.
pub(super) fn table(ours: &Trace, theirs: &ParsedTrace) -> String {
    let hop_of = |ttl: u8| theirs.hops.iter().find(|hop| hop.ttl == ttl);
    let last = ours.hops.iter().map(|hop| hop.ttl).chain(theirs.hops.iter().map(|hop| hop.ttl)).max().unwrap_or(0);
    let mut text = format!("\nBeside {}:\n", theirs.tool.as_str());
    let mut n_other = 0;
    for ttl in 1..=last {
        let (our_hop, their_hop) = (ours.hops.iter().find(|hop| hop.ttl == ttl), hop_of(ttl));
        let remark = match (our_hop.and_then(Hop::host), their_hop.is_some_and(|hop| !hop.hosts.is_empty())) {
            (None, true) => "  seen there alone",
            (Some(_), false) => "  seen here alone",
            (Some(_), true) if !is_same(our_hop, their_hop) => "  another router",
            _ => "",
        };
        n_other += usize::from(!remark.is_empty());
        let here = our_hop.and_then(Hop::host).map_or_else(|| "???".to_owned(), |addr| addr.to_string());
        add(&mut text, format_args!("{ttl:>3}  {here:<39}  {:<39}{remark}\n", name(their_hop)));
    }
    match n_other {
        0 => text + "Both saw the same hops.\n",
        n => text + &format!("{n} of {last} hops differ.\n"),
    }
}

/// True if any router that one saw is one that the other saw. A name without an address cannot be compared.
fn is_same(ours: Option<&Hop>, theirs: Option<&ParsedHop>) -> bool {
    let (Some(ours), Some(theirs)) = (ours, theirs) else { return false };
    theirs.hosts.iter().any(|host| host.addr.is_none_or(|addr| ours.hosts.iter().any(|known| known.addr == addr)))
}

fn name(hop: Option<&ParsedHop>) -> String {
    let host = hop.and_then(|hop| hop.hosts.first());
    let name = host.and_then(|host| host.addr.map(|addr| addr.to_string()).or_else(|| host.name.clone()));
    name.unwrap_or_else(|| "???".to_owned())
}
