//! From samples to layers: what each part of the path showed, without yet asking whose fault it is.

mod further;
mod slow;
mod unsent;

use std::{net::IpAddr, time::Duration};

use crate::{
    analysis::{
        home::{Home, HostLayer},
        resolver::{Manner, asked_servers, fails_one_name_everywhere, manner, may_have_wildcard},
        route::isp::HomeRouter,
        trust::{Certificates, certificates, is_refusal},
    },
    model::{
        host::{Family, Host, NeighbourState, is_private},
        probe::{LocalFault, Loss, Means, NotMeasured, Outcome, Proof, Sample, Subject},
        row::Tally,
    },
};

/// Result of trying to reach something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Nobody asked, or nobody could.
    NotMeasured,
    /// It answered by at least one means.
    Alive,
    /// It answered by none.
    Dead,
}

/// State that the home router showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewayLayer {
    /// There is none to ask, or no means to ask it.
    NotMeasured,
    /// Something proves it alive.
    Alive,
    /// It answers as a rule and does not now, or the neighbour table has lost it.
    Dead,
    /// It does not answer and never did: its silence proves nothing.
    Silent,
}

/// Answers of the further routers of the home, which stand between the first one and the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FurtherLayer {
    /// There is none, or none that can be told from a silent one.
    NotMeasured,
    /// Every one that was asked answered.
    Alive,
    /// One that answers as a rule does not now.
    Dead,
    /// The same, of one that is taken for the home's by the short way to it alone.
    DeadPerhaps,
}

/// Result of the captive-portal check, by the page that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortalLayer {
    /// Not asked.
    NotMeasured,
    /// The real page came.
    Genuine,
    /// Another page came.
    Foreign,
    /// Another page came, from the home router or another private address.
    FromHome,
    /// No page came.
    Dead,
}

/// Faults of resolvers.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own; together they are no state")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DnsFaults {
    /// One gave a failure code.
    pub error_code: bool,
    /// One gave a false address for a name that is known.
    pub lie: bool,
    /// One gave an address for a name that does not exist. Bad manners, no outage.
    pub invents: bool,
    /// One failed one name alone, as a filter does.
    pub one_name: bool,
}

/// State that each part of the path showed.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own; together they are no state")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layers {
    /// This computer.
    pub host: HostLayer,
    /// The home router.
    pub gateway: GatewayLayer,
    /// Further routers of the home, behind the first.
    pub further: FurtherLayer,
    /// The home router itself said that the internet cannot be reached.
    pub router_says_unreachable: bool,
    /// A router of the provider said so.
    pub isp_says_unreachable: bool,
    /// Hops of the provider.
    pub isp: Tally,
    /// A router behind those hops answered.
    pub beyond_isp: bool,
    /// This computer's resolvers answer truly, also about names that nobody can have cached.
    pub names_resolve: bool,
    /// Targets alive by any means.
    pub targets: Tally,
    /// Targets by echo.
    pub echo: Tally,
    /// Targets whose port accepted.
    pub tcp: Tally,
    /// This computer's resolvers.
    pub system_dns: Tally,
    /// Public resolvers.
    pub public_dns: Tally,
    /// A public resolver gave a true answer over the line while the targets were silent.
    pub public_answers: bool,
    /// Faults of the resolvers.
    pub dns_faults: DnsFaults,
    /// All resolvers, public ones included, failed the questions about one name and answered others: the name is at
    /// fault, not they.
    pub zone_dead: bool,
    /// Web sites, by name and by address. Sites that were not asked because no name resolves are left out.
    pub sites: Tally,
    /// The certificates of the web sites.
    pub certificates: Certificates,
    /// The captive-portal check.
    pub portal: PortalLayer,
    /// Large packets.
    pub large: Reach,
    /// IPv6, where there is any.
    pub v6: Reach,
    /// A VPN is active.
    pub vpn: bool,
    /// This computer itself forbade packets on the way to the targets, as its own firewall does.
    pub forbidden: bool,
    /// This computer had no way to send to the targets.
    pub unsent: bool,
    /// IPv4 worked in this run, and this computer has no address or route of it any more.
    pub v4_lost: bool,
}

impl Layers {
    /// Nothing measured.
    pub const NONE: Self = Self {
        host: HostLayer::Unknown,
        gateway: GatewayLayer::NotMeasured,
        further: FurtherLayer::NotMeasured,
        router_says_unreachable: false,
        isp_says_unreachable: false,
        isp: Tally { up: 0, total: 0 },
        beyond_isp: false,
        names_resolve: false,
        targets: Tally { up: 0, total: 0 },
        echo: Tally { up: 0, total: 0 },
        tcp: Tally { up: 0, total: 0 },
        system_dns: Tally { up: 0, total: 0 },
        public_dns: Tally { up: 0, total: 0 },
        public_answers: false,
        dns_faults: DnsFaults { error_code: false, lie: false, invents: false, one_name: false },
        zone_dead: false,
        sites: Tally { up: 0, total: 0 },
        certificates: Certificates::Accepted,
        portal: PortalLayer::NotMeasured,
        large: Reach::NotMeasured,
        v6: Reach::NotMeasured,
        vpn: false,
        forbidden: false,
        unsent: false,
        v4_lost: false,
    };
}

/// True if a firewall of this computer keeps the probes in. Where connections are let out and were answered, their
/// silence counts all the same.
fn forbidden(samples: &[Sample], known: &impl Known) -> bool {
    let kept_in = |sample: &&Sample| sample.outcome == Outcome::NotMeasured(NotMeasured::NoPermission);
    samples.iter().filter(kept_in).any(|sample| match sample.subject {
        Subject::Target(idx) => known.asks_by_echo(idx),
        Subject::Gateway(_) | Subject::IspHop(_) => {
            !samples.iter().any(|sample| matches!(sample.subject, Subject::Target(idx) if known.accepts(idx)))
        }
        _ => false,
    })
}

/// Knowledge about the subjects, from the run so far and from the configuration.
pub trait Known {
    /// True if the home router has ever answered a probe.
    fn gateway_answers(&self) -> bool;
    /// True if IPv6 has worked in this run.
    fn v6_worked(&self) -> bool;
    /// True if this computer had IPv4 in this run and has lost it.
    fn v4_lost(&self) -> bool;
    /// The usual RTT of a target; `None` when it never answered.
    fn usual_rtt(&self, target: usize) -> Option<Duration>;
    /// True for a target that the pulse asks by echo.
    fn asks_by_echo(&self, target: usize) -> bool;
    /// True for a target whose port has accepted a connection before.
    fn accepts(&self, target: usize) -> bool;
    /// True for a target that has answered a packet as large as this computer sends them.
    fn answers_large(&self, target: usize) -> bool;
    /// The family of a target.
    fn target_family(&self, target: usize) -> Family;
    /// The address of a resolver.
    fn resolver(&self, resolver: usize) -> Option<IpAddr>;
    /// True for a resolver that is one of this computer's own.
    fn is_system_resolver(&self, resolver: usize) -> bool;
    /// The provider's hops, numbered as samples are.
    fn isp_hops(&self) -> &[Host];
    /// The further routers of the home, numbered as samples are.
    fn home_routers(&self) -> &[HomeRouter];
    /// True if a further router of the home has answered in this run, and was not silent while the line worked.
    fn is_answering_router(&self, router: usize) -> bool;
    /// True for a hop of the provider that was silent while the line worked, so that its silence proves nothing.
    fn is_silent_hop(&self, hop: usize) -> bool;
    /// True if the line lost packets in the last minute, so that a question without an answer proves little.
    fn is_lossy(&self) -> bool;
}

/// Packets sent within this time of each other met the same line.
const TOGETHER: Duration = Duration::from_millis(50);
/// Least time that a resolver at home needs to ask another one.
const FORWARDED: Duration = Duration::from_millis(2);
/// A neighbour confirmed within this time was alive when the probes were sent.
const FRESH: Duration = Duration::from_millis(1500);

/// Sorts `samples` by layer. Several samples of one subject count as one: any answer proves it alive.
pub fn digest(samples: &[Sample], home: &Home, known: &impl Known) -> Layers {
    let dns = dns(samples, home, known);
    let v6 = v6(samples, home, known);
    let certificates = certificates(samples);
    let v4_targets = Subjects::of(samples, |subject| match subject {
        Subject::Target(idx) if known.target_family(idx) == Family::V4 => Some(idx),
        _ => None,
    });
    let family = judged_family(samples, known);
    let until = witnessed_until(samples);
    let is_in_time = |sample: &Sample| sample.outcome.is_reply() && until.is_none_or(|until| sample.sent.mono <= until);
    let accepted = |outcome: &Outcome| matches!(outcome, Outcome::Reply(_, proof) if proof.is_accepted());
    let echoed = |outcome: &Outcome| matches!(outcome, Outcome::Reply(_, Proof::EchoReply));
    let own_answer = |idx: usize, outcome: &Outcome| is_own_answer(idx, outcome, known);
    Layers {
        host: home.layer,
        gateway: gateway(samples, home, known, is_in_time),
        further: further::layer(samples, known, is_in_time),
        router_says_unreachable: no_route_by(samples).any(|from| is_gateway(home, from)),
        isp_says_unreachable: no_route_by(samples).any(|from| known.isp_hops().iter().any(|hop| hop.addr == from)),
        beyond_isp: samples.iter().any(|sample| sample.subject == Subject::Beyond && is_in_time(sample)),
        isp: isp(samples, family, known, is_in_time),
        names_resolve: dns.fresh_through_system && dns.system.up > 0,
        targets: v4_targets.tally(own_answer),
        echo: v4_targets.only(is_echo).tally(|_, outcome| echoed(outcome)),
        tcp: v4_targets.only(is_tcp).tally(|_, outcome| accepted(outcome)),
        system_dns: dns.system,
        public_dns: dns.public,
        public_answers: dns.public_answers,
        dns_faults: dns.faults,
        zone_dead: dns.zone_dead,
        sites: sites(samples, certificates),
        certificates,
        portal: portal(samples, home),
        large: large(samples, known),
        v6,
        vpn: home.vpn,
        forbidden: forbidden(samples, known),
        unsent: unsent::is_unsent(samples, family, home, known),
        v4_lost: known.v4_lost(),
    }
}

/// The family that is judged by itself: IPv4, unless targets of IPv6 alone were asked.
fn judged_family(samples: &[Sample], known: &impl Known) -> Family {
    let asked = |family: Family| {
        samples
            .iter()
            .any(|sample| matches!(sample.subject, Subject::Target(idx) if known.target_family(idx) == family))
    };
    if asked(Family::V6) && !asked(Family::V4) { Family::V6 } else { Family::V4 }
}

/// True if an answer came from the target itself and so proves the way to it.
///
/// A refusal may be forged on the way: by a host that accepted before, or in much less time than the target takes.
pub fn is_own_answer(target: usize, outcome: &Outcome, known: &impl Known) -> bool {
    match outcome {
        Outcome::Reply(rtt, Proof::Refused) => {
            !known.accepts(target) && known.usual_rtt(target).is_some_and(|usual| *rtt * 2 >= usual)
        }
        // A router on the way said so.
        Outcome::Reply(_, Proof::TooBig(_)) => false,
        outcome => outcome.is_reply(),
    }
}

/// Judges whether large packets pass. They are lost when every host that has answered such before, at least two, is
/// silent to them and answers small ones. Who never answered any may throw them away himself. A router that says "too
/// big" is heard, so that senders learn the right size.
fn large(samples: &[Sample], known: &impl Known) -> Reach {
    let asked = Subjects::of(samples, |subject| match subject {
        Subject::Target(idx) if known.answers_large(idx) => Some(idx),
        _ => None,
    });
    let large = asked.only(|sample| sample.means == Means::Large);
    if large.0.iter().any(|(_, group)| group.iter().any(|sample| sample.outcome.is_reply())) {
        return Reach::Alive;
    }
    let silent = |idx: usize| large.0.iter().any(|(asked, _)| *asked == idx);
    let echoed = asked.only(is_echo).tally(|_, outcome| outcome.is_reply());
    let both =
        asked.0.iter().filter(|(idx, group)| silent(*idx) && group.iter().any(|s| is_echo(s) && s.outcome.is_reply()));
    if both.count() >= LARGE_HOSTS && echoed.up == echoed.total && !known.is_lossy() {
        Reach::Dead
    } else {
        Reach::NotMeasured
    }
}

/// So many hosts must agree that large packets are lost.
const LARGE_HOSTS: usize = 2;

/// Samples grouped by subject. What was not measured, or could not be sent, is left out.
struct Subjects<'a>(Vec<(usize, Vec<&'a Sample>)>);

impl<'a> Subjects<'a> {
    fn of(samples: &'a [Sample], pick: impl Fn(Subject) -> Option<usize>) -> Self {
        let mut groups: Vec<(usize, Vec<&Sample>)> = Vec::new();
        for sample in samples.iter().filter(|sample| unsent::was_sent(&sample.outcome)) {
            let Some(idx) = pick(sample.subject) else { continue };
            match groups.iter_mut().find(|(known, _)| *known == idx) {
                Some((_, group)) => group.push(sample),
                None => groups.push((idx, vec![sample])),
            }
        }
        Self(groups)
    }

    fn only(&self, keep: fn(&Sample) -> bool) -> Self {
        let groups = self.0.iter().map(|(idx, group)| (*idx, group.iter().copied().filter(|s| keep(s)).collect()));
        Self(groups.filter(|(_, group): &(usize, Vec<&Sample>)| !group.is_empty()).collect())
    }

    fn tally(&self, alive: impl Fn(usize, &Outcome) -> bool) -> Tally {
        let up = self.0.iter().filter(|(idx, group)| group.iter().any(|sample| alive(*idx, &sample.outcome))).count();
        Tally { up, total: self.0.len() }
    }
}

fn is_echo(sample: &Sample) -> bool {
    sample.means == Means::Echo
}

fn is_tcp(sample: &Sample) -> bool {
    sample.means == Means::Tcp
}

fn unreachable_by(samples: &[Sample]) -> impl Iterator<Item = IpAddr> {
    samples.iter().filter_map(|sample| match sample.outcome {
        Outcome::Lost(Loss::Unreachable { from, .. }) => Some(from),
        _ => None,
    })
}

/// Routers that have no way on for a packet, whoever it is from. One that forbids a packet says nothing of the way.
fn no_route_by(samples: &[Sample]) -> impl Iterator<Item = IpAddr> {
    samples.iter().filter_map(|sample| match sample.outcome {
        Outcome::Lost(Loss::Unreachable { icmp_type, code, from }) => {
            // Net and host unreachable or unknown, also for this type of service (RFC 1812, section 5.2.7.1); no route
            // and address unreachable (RFC 4443, section 3.1).
            let no_route = match from {
                IpAddr::V4(_) => icmp_type == 3 && matches!(code, 0 | 1 | 6 | 7 | 11 | 12),
                IpAddr::V6(_) => icmp_type == 1 && matches!(code, 0 | 3),
            };
            no_route.then_some(from)
        }
        _ => None,
    })
}

/// Until when a router's answer tells on which side of it packets were lost: a router asked after the last packet to a
/// target that came to nothing may have answered over a line that had just recovered. `None` when no such packet was
/// lost.
pub fn witnessed_until(samples: &[Sample]) -> Option<Duration> {
    last_lost(samples).map(|last| last + TOGETHER)
}

/// Time at which the last packet to a target was sent that came to nothing; `None` without such a packet.
fn last_lost(samples: &[Sample]) -> Option<Duration> {
    let lost = |sample: &&Sample| matches!((sample.subject, &sample.outcome), (Subject::Target(_), Outcome::Lost(_)));
    samples.iter().filter(lost).map(|sample| sample.sent.mono).max()
}

/// The provider's hops of the family that is judged. What this computer could not send is no loss of a hop, and a hop
/// that is silent anyway counts only when it answers.
fn isp(samples: &[Sample], family: Family, known: &impl Known, is_in_time: impl Fn(&Sample) -> bool) -> Tally {
    let mut tally = Tally::default();
    for (idx, hop) in known.isp_hops().iter().enumerate().filter(|(_, hop)| hop.family() == family) {
        let about = |sample: &&Sample| sample.subject == Subject::IspHop(idx);
        let answered =
            samples.iter().filter(about).any(&is_in_time) || unreachable_by(samples).any(|from| from == hop.addr);
        let lost = |sample: &Sample| !sample.outcome.is_reply() && unsent::was_sent(&sample.outcome);
        let asked = samples.iter().filter(about).any(lost) && !known.is_silent_hop(idx);
        tally.up += usize::from(answered);
        tally.total += usize::from(answered || asked);
    }
    tally
}

fn is_gateway(home: &Home, addr: IpAddr) -> bool {
    [home.gateway_v4, home.gateway_v6].into_iter().flatten().any(|gateway| gateway.addr == addr)
}

fn gateway(samples: &[Sample], home: &Home, known: &impl Known, is_in_time: impl Fn(&Sample) -> bool) -> GatewayLayer {
    let asked = || samples.iter().filter(|sample| matches!(sample.subject, Subject::Gateway(_)));
    let measured = asked().any(|sample| !matches!(sample.outcome, Outcome::NotMeasured(_)));
    let answered = asked().any(is_in_time) || unreachable_by(samples).any(|from| is_gateway(home, from));
    let confirmed = matches!(home.neighbour, Some(NeighbourState::Reachable(Some(age))) if age <= FRESH);
    let lost_by_neighbours = home.neighbour == Some(NeighbourState::Failed)
        || asked().any(|sample| sample.outcome == Outcome::Lost(Loss::Local(LocalFault::NeighbourSilent)));
    if answered || confirmed {
        GatewayLayer::Alive
    } else if lost_by_neighbours {
        GatewayLayer::Dead
    } else if !measured {
        GatewayLayer::NotMeasured
    } else if known.gateway_answers() {
        GatewayLayer::Dead
    } else {
        GatewayLayer::Silent
    }
}

struct Dns {
    system: Tally,
    public: Tally,
    faults: DnsFaults,
    zone_dead: bool,
    /// A name nobody has cached was resolved by this computer's resolvers.
    fresh_through_system: bool,
    /// A public resolver answered truly, and took longer than the home router does.
    public_answers: bool,
}

fn dns(samples: &[Sample], home: &Home, known: &impl Known) -> Dns {
    let pick = |own: bool| {
        move |subject| match subject {
            Subject::Resolver(idx) if known.is_system_resolver(idx) == own => Some(idx),
            _ => None,
        }
    };
    // One lost datagram is asked again by the probe itself.
    let lossy = known.is_lossy();
    let is_slow = slow::is_slow(samples, slow::FOR_NAMES);
    let excused = |sample: &Sample| (lossy || is_slow) && slow::is_overdue(sample);
    let judged = |group: &[&Sample]| manner(group, excused);
    let tally = |subjects: &Subjects<'_>| Tally {
        up: subjects.0.iter().filter(|(_, group)| judged(group) != Manner::Fails).count(),
        total: subjects.0.len(),
    };
    let of = |is_own: bool| slow::heard(Subjects::of(samples, pick(is_own)), samples, slow::FOR_NAMES);
    let (own, public) = (of(true), of(false));
    let groups = || own.0.iter().chain(&public.0).map(|(_, group)| group);
    let mut faults = DnsFaults::default();
    for group in groups() {
        let fails_one_name = judged(group) == Manner::FailsOneName;
        faults.one_name |= fails_one_name;
        for sample in group {
            match sample.outcome {
                Outcome::Lost(Loss::DnsRcode(_)) => faults.error_code |= !fails_one_name,
                Outcome::Lost(Loss::DnsLie(_)) => faults.lie |= !fails_one_name,
                Outcome::Reply(_, Proof::DnsInvented) => faults.invents |= !may_have_wildcard(sample),
                _ => {}
            }
        }
    }
    let zone_dead = !is_slow && !own.0.is_empty() && !public.0.is_empty() && fails_one_name_everywhere(groups());
    // An answer that came after the last look at a target may have come over a line that had just recovered.
    let last_lost = last_lost(samples);
    // A resolver at home may deny a name by itself (RFC 8198); one that asked beyond the line took longer than the
    // home router does.
    let near = samples.iter().filter(|sample| matches!(sample.subject, Subject::Gateway(_)));
    let near = near.filter_map(|sample| sample.outcome.rtt()).min().unwrap_or_default() + FORWARDED;
    let asked_beyond = |sample: &Sample, rtt: Duration| {
        let Subject::Resolver(idx) = sample.subject else { return false };
        rtt > near || known.resolver(idx).is_some_and(|addr| !is_private(addr) && !is_gateway(home, addr))
    };
    let fresh = |sample: &&Sample| match sample.outcome {
        Outcome::Reply(rtt, Proof::DnsFresh) => {
            asked_beyond(sample, rtt) && last_lost.is_none_or(|last| sample.sent.mono <= last)
        }
        _ => false,
    };
    let fresh_through_system = own.0.iter().any(|(_, group)| asked_servers(group, fresh));
    // A home router may answer in its name, and known names out of its cache.
    let from_afar = |sample: &&Sample| match sample.outcome {
        Outcome::Reply(rtt, Proof::DnsFresh) => rtt > near && last_lost.is_none_or(|last| sample.sent.mono <= last),
        _ => false,
    };
    let public_answers = public.0.iter().any(|(_, group)| group.iter().any(from_afar));
    Dns { system: tally(&own), public: tally(&public), faults, zone_dead, fresh_through_system, public_answers }
}

fn sites(samples: &[Sample], certificates: Certificates) -> Tally {
    let nameless = |sample: &Sample| matches!(sample.outcome, Outcome::Lost(Loss::NoName));
    let subjects = Subjects::of(samples, |subject| match subject {
        Subject::Site(idx) => Some(idx + 1),
        Subject::SiteByIp => Some(0),
        _ => None,
    });
    let unjudged = |sample: &Sample| certificates.are_not_judged() && is_refusal(sample);
    // What has no name was not asked; the resolvers are judged by themselves.
    let groups = slow::heard(subjects, samples, slow::FOR_PAGES).0.into_iter().filter(|(_, group)| {
        let all = |says_nothing: &dyn Fn(&Sample) -> bool| group.iter().all(|sample| says_nothing(sample));
        !all(&nameless) && !all(&unjudged)
    });
    Subjects(groups.collect()).tally(|_, outcome| outcome.is_reply())
}

fn portal(samples: &[Sample], home: &Home) -> PortalLayer {
    let outcomes = samples.iter().filter(|sample| sample.subject == Subject::Portal).map(|sample| &sample.outcome);
    let is_slow = slow::is_slow(samples, slow::FOR_PAGES);
    outcomes.fold(PortalLayer::NotMeasured, |layer, outcome| match outcome {
        Outcome::Reply(..) => PortalLayer::Genuine,
        Outcome::Lost(Loss::Timeout) if is_slow => layer,
        Outcome::NotMeasured(_) | Outcome::Lost(Loss::NoName) => layer,
        Outcome::Lost(_) if layer == PortalLayer::Genuine => layer,
        Outcome::Lost(Loss::Redirected(location)) if leads_home(location, home) => PortalLayer::FromHome,
        Outcome::Lost(Loss::Redirected(_) | Loss::WrongBody) => PortalLayer::Foreign,
        Outcome::Lost(_) => PortalLayer::Dead,
    })
}

/// True if a redirect leads to the home router or another private address (RFC 1918, RFC 6598).
fn leads_home(location: &str, home: &Home) -> bool {
    let host = location.split_once("://").map_or(location, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    let addr = host.parse::<std::net::SocketAddr>().map(|socket| socket.ip()).or_else(|_| host.parse::<IpAddr>());
    addr.is_ok_and(|addr| is_gateway(home, addr) || is_private(addr))
}

fn v6(samples: &[Sample], home: &Home, known: &impl Known) -> Reach {
    let targets = Subjects::of(samples, |subject| match subject {
        Subject::Target(idx) if known.target_family(idx) == Family::V6 => Some(idx),
        _ => None,
    });
    let tally = targets.tally(|_, outcome| outcome.is_reply());
    if tally.up > 0 {
        Reach::Alive
    } else if known.v6_worked() || (home.has_v6 && tally.total > 0) {
        Reach::Dead
    } else {
        Reach::NotMeasured
    }
}

#[cfg(test)]
mod tests;
