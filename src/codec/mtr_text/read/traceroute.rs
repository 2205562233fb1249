//! Lines of `traceroute`: who answered, then how long each answer took.

use std::time::Duration;

use super::text::{addr, asn, host, inside, millis, named};
use crate::model::{parsed_trace::ParsedHost, trace::MplsLabel};

/// Facts that a line adds to a hop.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Samples {
    /// Hosts that answered, in the order of the line.
    pub(super) hosts: Vec<ParsedHost>,
    /// RTTs, in the order of the line.
    pub(super) rtts: Vec<Duration>,
    /// Probes without an answer.
    pub(super) n_silent: usize,
    /// First annotation such as `!N`.
    pub(super) note: Option<String>,
}

impl Samples {
    /// Only silence.
    pub(super) fn is_silence(&self) -> bool {
        self.hosts.is_empty() && self.rtts.is_empty() && self.n_silent > 0
    }
}

/// True for a line such as `traceroute to name (address), 30 hops max`.
pub(super) fn is_header(line: &str) -> bool {
    ["traceroute to ", "traceroute6 to "].iter().any(|start| line.starts_with(start))
}

/// The host of such a line.
pub(super) fn target(line: &str) -> Option<ParsedHost> {
    let mut words = line.split_whitespace().skip(2);
    let name = words.next()?;
    match words.next().and_then(|word| inside(word.trim_end_matches(','), '(', ')')).and_then(addr) {
        Some(addr) => named(name, addr),
        None => host(name.trim_end_matches(',')),
    }
}

/// Reads what follows the number of the hop. There is at least one probe in it.
pub(super) fn samples(words: &[&str]) -> Option<Samples> {
    let mut line = Line::default();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        if let (Some(rtt), Some(&&"ms")) = (millis(word), words.peek()) {
            words.next();
            line.add_rtt(rtt)?;
        } else {
            line.add(word)?;
        }
    }
    let samples = line.samples;
    (!line.is_fresh && samples.rtts.len() + samples.n_silent > 0).then_some(samples)
}

/// A line as far as it is read.
#[derive(Debug, Default)]
struct Line {
    samples: Samples,
    /// The last host has no RTT yet.
    is_fresh: bool,
    /// The autonomous system of the next host.
    asn: Option<u32>,
}

impl Line {
    fn add_rtt(&mut self, rtt: Duration) -> Option<()> {
        self.samples.hosts.last()?;
        self.samples.rtts.push(rtt);
        self.is_fresh = false;
        Some(())
    }

    fn add(&mut self, word: &str) -> Option<()> {
        let fresh = self.samples.hosts.last_mut().filter(|_| self.is_fresh);
        if word == "*" {
            self.samples.n_silent += 1;
        } else if word.starts_with('!') {
            self.samples.note.get_or_insert_with(|| word.to_owned());
        } else if let Some(inner) = inside(word, '[', ']') {
            // Linux puts it behind the host, macOS before.
            match fresh {
                Some(host) => host.asn = asn(inner),
                None => self.asn = asn(inner),
            }
        } else if word.starts_with('<') {
            fresh?.labels.extend(labels(word));
        } else if let Some(inner) = inside(word, '(', ')') {
            let (host, addr) = (fresh?, addr(inner)?);
            let name = host.name.take().or_else(|| host.addr.map(|addr| addr.to_string()))?;
            *host = ParsedHost { asn: host.asn, ..named(&name, addr)? };
        } else if let Some(rtt) = word.strip_suffix("ms").and_then(millis) {
            self.add_rtt(rtt)?;
        } else if fresh.is_none() {
            self.samples.hosts.push(ParsedHost { asn: self.asn.take(), ..host(word)? });
            self.is_fresh = true;
        } else {
            return None;
        }
        Some(())
    }
}

/// The labels of `<MPLS:L=24011,E=0,S=0,T=1/L=16,E=0,S=1,T=1>`; of other extensions none.
fn labels(word: &str) -> Vec<MplsLabel> {
    let stack = inside(word, '<', '>').and_then(|inner| inner.strip_prefix("MPLS:")).unwrap_or_default();
    stack.split('/').filter_map(label).collect()
}

fn label(text: &str) -> Option<MplsLabel> {
    let field = |key: &str| text.split(',').find_map(|field| field.strip_prefix(key)?.strip_prefix('='));
    let label = field("L")?.parse().ok().filter(|label| *label < 1 << 20)?;
    let class = field("E")?.parse().ok().filter(|class| *class < 8)?;
    Some(MplsLabel { label, class, is_last: field("S")? == "1", ttl: field("T")?.parse().ok()? })
}
