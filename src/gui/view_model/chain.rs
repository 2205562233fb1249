//! The way from this computer to the internet as a chain: what works, where it breaks, and what lies behind.

use std::time::Duration;

use super::{HostView, Role, ViewModel};
use crate::model::{ledger::State, verdict::FaultDomain};

/// A part of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Computer,
    Router,
    Provider,
    Internet,
    Names,
}

/// Health of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    Works,
    /// It works, and not well.
    Poor,
    Broken,
    /// Something before it is broken, so nobody can tell.
    NotReached,
    /// Nobody looks.
    Unknown,
}

/// A part, and the way to it from the one before.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) part: Part,
    pub(crate) health: Health,
    /// The way to it.
    pub(crate) way: Health,
    /// RTT of it, where it has one.
    pub(crate) rtt: Option<Duration>,
    /// Address of the part, how many answer, or which services do.
    pub(crate) detail: Detail,
}

/// Detail that stands below a part.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Detail {
    Nothing,
    /// An address, or the name of a link.
    Text(String),
    /// So many of so many answer.
    Answer(usize, usize),
    /// Names resolve, and sites answer.
    Services {
        names: Option<bool>,
        web: Option<bool>,
    },
}

/// The five parts.
pub(crate) fn chain(view: &ViewModel) -> [Node; 5] {
    let state = view.state();
    let fault = match state {
        State::Down(domain) => Some(domain),
        _ => None,
    };
    let poor = match state {
        // A guess accuses nobody.
        State::Degraded => view.verdict().filter(|verdict| !verdict.is_guess()).and_then(|verdict| verdict.domain),
        _ => None,
    };
    let broken = fault.map(broken);
    let looks = view.is_watched() && !matches!(state, State::NotMonitored(_)) && view.line.is_some();
    let health = |part: Part| match broken {
        _ if !looks => Health::Unknown,
        Some((at, _)) if part == at => Health::Broken,
        Some((at, _)) if part > at => Health::NotReached,
        _ if poor.map(part_of) == Some(part) => Health::Poor,
        _ => Health::Works,
    };
    let way = |part: Part| match (health(part), broken) {
        (Health::Broken, Some((_, breaks_before))) if !breaks_before => Health::Works,
        (Health::Poor, _) => Health::Works,
        (health, _) => health,
    };
    let row = view.row.as_deref();
    let link = row.and_then(|row| row.link.clone());
    let answer = |role: Role| {
        let last = |host: &&HostView| host.role == role && host.last.is_some_and(|(_, rtt)| rtt.is_some());
        let rtts = view.hosts.iter().filter(last).filter_map(|host| host.last?.1);
        rtts.reduce(f32::min).map(|millis| Duration::from_secs_f32(millis.max(0.0) / 1e3))
    };
    let hop = view.hosts.iter().find(|host| host.role == Role::IspHop).map(|host| host.host.to_string());
    // What answered last stands for now only while it is looked at.
    let row = row.filter(|_| looks);
    let tally = row.map(super::Row::targets_tally);
    let node = |part, rtt: Option<Duration>, detail| {
        let rtt = rtt.filter(|_| matches!(health(part), Health::Works | Health::Poor));
        Node { part, health: health(part), way: way(part), rtt, detail }
    };
    let or_nothing = |text: Option<String>| text.map_or(Detail::Nothing, Detail::Text);
    [
        node(Part::Computer, None, or_nothing(link)),
        node(
            Part::Router,
            row.and_then(|row| row.gateway_rtt).or_else(|| answer(Role::Router)),
            or_nothing(view.gateway.map(|host| host.to_string())),
        ),
        node(Part::Provider, answer(Role::IspHop), or_nothing(hop)),
        node(
            Part::Internet,
            answer(Role::Target),
            tally.map_or(Detail::Nothing, |tally| Detail::Answer(tally.up, tally.total)),
        ),
        node(
            Part::Names,
            None,
            row.map_or(Detail::Nothing, |row| Detail::Services { names: row.dns_ok, web: row.http_dns_ok }),
        ),
    ]
}

/// The part a domain is about.
fn part_of(domain: FaultDomain) -> Part {
    match domain {
        FaultDomain::Host | FaultDomain::SelfLoad => Part::Computer,
        FaultDomain::Lan => Part::Router,
        FaultDomain::Access | FaultDomain::Isp => Part::Provider,
        FaultDomain::Upstream | FaultDomain::Destination | FaultDomain::Filtering | FaultDomain::Ipv6 => Part::Internet,
        FaultDomain::Dns | FaultDomain::App | FaultDomain::CaptivePortal | FaultDomain::Mtu => Part::Names,
    }
}

/// The part that is broken, and whether the way to it is broken too. The provider's first hops answer when its network
/// behind them fails.
fn broken(domain: FaultDomain) -> (Part, bool) {
    (part_of(domain), !matches!(domain, FaultDomain::Isp | FaultDomain::Host))
}
