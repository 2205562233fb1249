//! Facts that this computer knew of its network at a moment, as a text for people and scripts (`wan_diag_<time>.log`)
//! and as JSON.
//!
//! The text has sections, `==== interfaces ====` and so on, like the files of this name the original wrote. Each line
//! is one thing as `key=value` columns. `-` is "none, or the system does not say", lists have commas, and a value with
//! spaces or other odd characters stands in double quotes as in JSON. The keys of a section are the same in all lines.

mod layout;

use std::{borrow::Cow, net::IpAddr};

use chrono::{NaiveDateTime, SecondsFormat, TimeDelta};
use serde_json::{Map, Value, json};

use self::layout::Section;
use super::redact::Redactor;
use crate::model::{
    host::{Counters, Family, Host, HostFacts, Link, NeighbourState},
    time::Timestamp,
};

/// Context that is told beside the facts of the system.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiagContext {
    /// Name and version of this program.
    pub program: String,
    /// Name and version of the system; `None` when it does not say.
    pub system: Option<String>,
    /// The kind of processor, such as `x86_64`.
    pub machine: String,
    /// Occasion on which it was written, such as the word of a verdict; `None` when somebody asked for it.
    pub occasion: Option<String>,
    /// Hints that the addresses give: a word, and a sentence that names no address. Empty leaves the section out.
    pub hints: Vec<(String, String)>,
    /// The address this line is seen under from outside; `None` when nobody was asked.
    pub public: Option<IpAddr>,
}

/// The text. `local` is `at` on the clock on the wall here; `redact` takes out what identifies somebody, and says so.
pub fn render(facts: &HostFacts, at: Timestamp, local: NaiveDateTime, extra: &DiagContext, redact: bool) -> String {
    let mut text = format!("What {} knows of this computer's network.\n", extra.program);
    if redact {
        text.push_str(
            "redacted=yes: public addresses, hardware addresses and names are cut; the number behind # tells apart what \
             looks alike.\n",
        );
    }
    for section in sections(facts, at, local, extra, redact) {
        text.push('\n');
        text.push_str(&section.text());
    }
    text
}

/// The same as one JSON object on one line: a list of objects for each section, and `redacted`.
pub fn render_json(
    facts: &HostFacts,
    at: Timestamp,
    local: NaiveDateTime,
    extra: &DiagContext,
    redact: bool,
) -> String {
    let mut object = Map::from_iter([("redacted".to_owned(), Value::Bool(redact))]);
    for section in sections(facts, at, local, extra, redact) {
        let (name, rows) = section.json();
        object.insert(name, rows);
    }
    format!("{}\n", Value::Object(object))
}

/// Spells what may identify somebody.
struct Speller(Option<Redactor>);

impl Speller {
    fn host(&mut self, host: Host) -> Value {
        self.0.as_mut().map_or_else(|| host.to_string(), |redactor| redactor.host(host)).into()
    }

    fn mac(&mut self, mac: [u8; 6]) -> Value {
        let whole = || mac.map(|byte| format!("{byte:02x}")).join(":");
        self.0.as_mut().map_or_else(whole, |redactor| redactor.mac(mac)).into()
    }

    fn link(&mut self, name: &str) -> Value {
        self.0.as_mut().map_or_else(|| name.to_owned(), |redactor| redactor.link(name)).into()
    }

    fn text<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        self.0.as_mut().map_or(Cow::Borrowed(text), |redactor| Cow::Owned(redactor.text(text)))
    }
}

fn sections(facts: &HostFacts, at: Timestamp, local: NaiveDateTime, extra: &DiagContext, redact: bool) -> Vec<Section> {
    let mut speller = Speller(redact.then(Redactor::default));
    let mut sections = vec![
        interfaces(facts, &mut speller),
        routes(facts, &mut speller),
        neighbours(facts, &mut speller),
        resolvers(facts, &mut speller),
        sources(facts, &mut speller),
        counters(facts, &mut speller),
    ];
    if let Some(addr) = extra.public {
        let mut public = Section::new("public address");
        public.row([("addr", speller.host(Host::new(addr)))]);
        sections.push(public);
    }
    if !extra.hints.is_empty() {
        let mut hints = Section::new("hints");
        for (word, sentence) in &extra.hints {
            hints.row([("hint", json!(word)), ("means", json!(speller.text(sentence)))]);
        }
        sections.push(hints);
    }
    sections.push(system(at, local, extra, &mut speller));
    sections
}

fn interfaces(facts: &HostFacts, speller: &mut Speller) -> Section {
    let mut section = Section::new("interfaces");
    for link in &facts.links {
        let addrs: Vec<Value> = link.addrs.iter().map(|addr| speller.host(on_link(*addr, link))).collect();
        section.row([
            ("index", json!(link.index)),
            ("name", speller.link(&link.name)),
            ("kind", json!(link.kind.as_str())),
            ("up", json!(link.up)),
            ("mtu", json!(link.mtu)),
            ("speed_mbit", json!(link.speed_mbit)),
            ("signal_dbm", json!(link.signal_dbm)),
            ("mac", link.mac.map_or(Value::Null, |mac| speller.mac(mac))),
            ("addrs", Value::Array(addrs)),
        ]);
    }
    section
}

fn routes(facts: &HostFacts, speller: &mut Speller) -> Section {
    let mut section = Section::new("routes");
    for route in &facts.routes {
        section.row([
            ("to", json!("default")),
            ("family", json!(family(route.family))),
            ("via", route.gateway.map_or(Value::Null, |gateway| speller.host(gateway))),
            ("link", named(facts, |link| link.index == route.link, speller)),
            ("index", json!(route.link)),
            ("metric", json!(route.metric)),
        ]);
    }
    section
}

fn neighbours(facts: &HostFacts, speller: &mut Speller) -> Section {
    let mut section = Section::new("neighbours");
    for neighbour in &facts.neighbours {
        let (state, since) = match neighbour.state {
            NeighbourState::Reachable(since) => ("reachable", since),
            NeighbourState::Stale => ("stale", None),
            NeighbourState::Probing => ("probing", None),
            NeighbourState::Failed => ("failed", None),
        };
        let is_router = facts.routes.iter().any(|route| route.gateway == Some(neighbour.host));
        section.row([
            ("addr", speller.host(neighbour.host)),
            ("state", json!(state)),
            ("confirmed_s_ago", json!(since.map(|since| (since.as_secs_f64() * 10.0).round() / 10.0))),
            ("router", json!(is_router)),
        ]);
    }
    section
}

fn resolvers(facts: &HostFacts, speller: &mut Speller) -> Section {
    let mut section = Section::new("resolvers");
    for resolver in &facts.resolvers {
        section.row([("family", json!(family(resolver.family()))), ("addr", speller.host(*resolver))]);
    }
    section
}

fn sources(facts: &HostFacts, speller: &mut Speller) -> Section {
    let mut section = Section::new("addresses used");
    for source in &facts.sources {
        section.row([
            ("family", json!(family(Host::new(*source).family()))),
            ("addr", speller.host(Host::new(*source))),
            ("link", named(facts, |link| link.addrs.contains(source), speller)),
        ]);
    }
    section
}

fn counters(facts: &HostFacts, speller: &mut Speller) -> Section {
    let mut section = Section::new("counters");
    for link in &facts.links {
        let count = |of: fn(Counters) -> u64| json!(link.counters.map(of));
        section.row([
            ("name", speller.link(&link.name)),
            ("rx_bytes", count(|counters| counters.rx_bytes)),
            ("rx_packets", count(|counters| counters.rx_packets)),
            ("rx_errors", count(|counters| counters.rx_errors)),
            ("rx_dropped", count(|counters| counters.rx_dropped)),
            ("tx_bytes", count(|counters| counters.tx_bytes)),
            ("tx_packets", count(|counters| counters.tx_packets)),
            ("tx_errors", count(|counters| counters.tx_errors)),
            ("tx_dropped", count(|counters| counters.tx_dropped)),
        ]);
    }
    section
}

fn system(at: Timestamp, local: NaiveDateTime, extra: &DiagContext, speller: &mut Speller) -> Section {
    let offset = local - at.naive_utc();
    let mut section = Section::new("system");
    let mut is = |key, value| section.row([(key, value)]);
    is("program", json!(extra.program));
    is("system", json!(extra.system));
    is("machine", json!(extra.machine));
    is("utc", json!(at.to_rfc3339_opts(SecondsFormat::Millis, true)));
    is("local", json!(format!("{}{}", local.format("%Y-%m-%dT%H:%M:%S%.3f"), spell_offset(offset))));
    is("occasion", json!(extra.occasion.as_deref().map(|occasion| speller.text(occasion))));
    section
}

/// `+01:00`, as RFC 3339 has it.
fn spell_offset(offset: TimeDelta) -> String {
    let minutes = offset.num_minutes();
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

fn family(family: Family) -> &'static str {
    match family {
        Family::V4 => "ipv4",
        Family::V6 => "ipv6",
    }
}

/// The address with its link, where it needs one (RFC 4007).
fn on_link(addr: IpAddr, link: &Link) -> Host {
    let is_local = matches!(addr, IpAddr::V6(addr) if addr.is_unicast_link_local());
    Host { addr, scope: if is_local { link.index } else { 0 } }
}

/// The name of the first link that is such a one.
fn named(facts: &HostFacts, is_such: impl Fn(&Link) -> bool, speller: &mut Speller) -> Value {
    facts.links.iter().find(|link| is_such(link)).map_or(Value::Null, |link| speller.link(&link.name))
}

#[cfg(test)]
mod tests;
