//! The network of the simulation: what is broken when, and what becomes of each probe.

mod services;

use std::{net::IpAddr, time::Duration};

use crate::model::{
    host::{Counters, DefaultRoute, Family, Host, HostFacts, Link, LinkKind, Neighbour, NeighbourState},
    probe::{About, LocalFault, Loss, NotMeasured, Outcome, Probe, ProbeKind, Proof, Subject},
};

/// A fault of one part.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    /// The cable is out.
    Link,
    /// The address and the route are gone, the cable is in.
    Lease,
    /// The address and the route of IPv4 are gone, IPv6 stays; `true` when an address of 169.254/16 comes instead.
    LeaseV4(bool),
    /// The cable between the two routers of the home.
    SecondCable,
    /// The home router is dead.
    Lan,
    /// The home router forwards and answers nothing itself.
    Mute,
    /// Nothing beyond the home router.
    Access,
    /// The same, and the router says so.
    AccessTold,
    /// Nothing beyond the first hop of the provider.
    Isp,
    /// Nothing beyond the provider's hops.
    Upstream,
    /// This target is dead.
    Target(usize),
    /// Far hosts do not get echoes.
    Icmp,
    /// Connections to port 443 are dropped.
    Port443,
    /// This resolver of the computer does this.
    Dns(usize, Mode),
    /// The zone of the made-up names is dead.
    Zone,
    /// Web site of this number is dead.
    Site(usize),
    /// The web site asked by address is dead.
    SiteByIp,
    /// Certificates of all web sites are refused.
    Untrusted,
    /// The system names no issuers that it trusts.
    NoRoots,
    /// A login page in place of everything; `true` when echoes pass all the same.
    Portal(bool),
    /// IPv6 beyond the router is dead.
    V6,
    /// This part of all packets is lost beyond the router.
    Loss(f64),
    /// Everything beyond the router takes this much longer.
    Slow(u64),
    /// From this part of the path on something does badly.
    Bad(From, Effect),
    /// Large packets vanish beyond the first hop of the provider.
    BlackHole,
    /// A router behind the home router says that large packets are too large for it.
    TooBig,
    /// The line of the provider carries so many bits a millisecond.
    Rate(u64),
    /// This computer sends so many bytes a second.
    OwnLoad(u64),
    /// Answers come twice.
    Twice,
    /// The system permits nothing.
    Forbidden,
}

/// Where what does badly begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum From {
    Lan,
    Access,
    Isp,
    Upstream,
}

/// How something does badly. Times are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Effect {
    /// This part of the packets is lost.
    Loss(f64),
    /// Everything takes this much longer.
    Delay(u64),
    /// Everything takes up to this much longer.
    Uniform(u64),
    /// The same each way with this mean, and no limit.
    Spikes(u64),
    /// This part of the packets is held back for so long.
    Late(f64, u64),
    /// A queue that grows for three seconds up to this, and empties.
    Saw(u64),
}

/// What a resolver does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Silent,
    ServFail,
    Lies,
    Invents,
    /// One name leads elsewhere.
    Filters(About, Instead),
}

/// Answers that a filter gives in place of the true one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instead {
    Page,
    Nothing,
    ServFail,
    Refused,
    Silence,
}

/// How far a packet goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Router,
    Second,
    Isp(usize),
    Beyond,
}

impl Place {
    fn is_behind(self, from: From) -> bool {
        match self {
            Self::Router | Self::Second => from == From::Lan,
            Self::Isp(0) => from <= From::Access,
            Self::Isp(_) => from <= From::Isp,
            Self::Beyond => true,
        }
    }
}

/// Which probes the home router answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Router {
    pub(super) echo: bool,
    pub(super) others: bool,
}

/// The network.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own; together they are no state")]
pub(super) struct Line {
    /// Sorted by beginning.
    pub(super) faults: Vec<(Duration, Duration, Fault)>,
    pub(super) rng: fastrand::Rng,
    pub(super) router: Router,
    pub(super) gateway: &'static str,
    pub(super) resolvers: Vec<&'static str>,
    pub(super) has_v6: bool,
    pub(super) has_facts: bool,
    /// The system still tells of the address and route of IPv4 for so long after they are gone.
    pub(super) facts_behind: Duration,
    /// How much longer everything takes beyond the home router.
    pub(super) far: u64,
    /// Whether the system lets echoes out.
    pub(super) echo: bool,
    /// What each router may still say of packets it does not pass on, and when that was so.
    pub(super) allowances: Vec<(Place, f64, Duration)>,
    /// When what keeps its order lets packets through, by when they leave, which may be later than now.
    pub(super) through: Vec<(Duration, Duration)>,
    /// True if connections tell which of several packets was answered (RFC 7323).
    pub(super) has_time_stamps: bool,
    /// The second router of the home answers nothing itself.
    pub(super) second_is_mute: bool,
    /// Until when pages fill the line.
    pub(super) busy_until: Duration,
}

/// Errors that a router sends one sender at once, and in the long run in a second, as Linux does.
const ERRORS_AT_ONCE: f64 = 6.0;
const ERRORS_A_SECOND: f64 = 1.0;
/// Bytes of a certificate and what belongs to it.
const PAGE: u64 = 4000;

pub(super) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

impl Line {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            faults: Vec::new(),
            rng: fastrand::Rng::with_seed(seed),
            router: Router { echo: true, others: true },
            gateway: "192.168.1.1",
            resolvers: vec!["192.168.1.1"],
            has_v6: false,
            has_facts: true,
            facts_behind: Duration::ZERO,
            far: 0,
            echo: true,
            allowances: Vec::new(),
            through: Vec::new(),
            has_time_stamps: true,
            second_is_mute: false,
            busy_until: Duration::ZERO,
        }
    }

    pub(super) fn add(&mut self, from: Duration, until: Duration, fault: Fault) {
        let idx = self.faults.partition_point(|(start, ..)| *start <= from);
        self.faults.insert(idx, (from, until, fault));
    }

    /// Faults that are over before `at` matter no more.
    pub(super) fn forget(&mut self, at: Duration) {
        if self.faults.first().is_some_and(|(_, until, _)| *until + ms(20_000) < at) {
            self.faults.retain(|(_, until, _)| *until + ms(20_000) >= at);
        }
    }

    fn any(&self, at: Duration, is: impl Fn(&Fault) -> bool) -> bool {
        let begun = self.faults.iter().take_while(|(from, ..)| *from <= at);
        begun.into_iter().any(|(_, until, fault)| at < *until && is(fault))
    }

    fn has(&self, at: Duration, wanted: &Fault) -> bool {
        self.any(at, |fault| fault == wanted)
    }

    fn has_lost_v4(&self, at: Duration) -> bool {
        self.any(at, |fault| matches!(fault, Fault::LeaseV4(_)))
    }

    fn is_cut(&self, at: Duration) -> bool {
        use Fault::{Access, AccessTold, Isp, Upstream};
        self.any(at, |fault| matches!(fault, Access | AccessTold | Isp | Upstream))
    }

    /// Whether answers come twice.
    pub(super) fn is_twice(&self, at: Duration) -> bool {
        self.has(at, &Fault::Twice)
    }

    /// What the system says of this computer.
    pub(super) fn facts(&self, at: Duration) -> HostFacts {
        if !self.has_facts {
            return HostFacts::default();
        }
        let up = !self.has(at, &Fault::Link);
        let leased = up && !self.has(at, &Fault::Lease);
        let mut addrs: Vec<IpAddr> = Vec::new();
        let mut routes = Vec::new();
        let gateway: Host = self.gateway.parse().unwrap();
        let has_v4 = !self.has_lost_v4(at.saturating_sub(self.facts_behind));
        if leased && self.has(at, &Fault::LeaseV4(true)) {
            addrs.push("169.254.7.7".parse().unwrap());
        }
        if leased {
            if has_v4 {
                addrs.push("192.168.1.9".parse().unwrap());
                routes.push(DefaultRoute { family: Family::V4, gateway: Some(gateway), link: 2, metric: 100 });
            }
            if self.has_v6 {
                addrs.push("2001:db8::9".parse().unwrap());
                let near = "fe80::1%2".parse().unwrap();
                routes.push(DefaultRoute { family: Family::V6, gateway: Some(near), link: 2, metric: 100 });
            }
        }
        let sent: f64 = self
            .faults
            .iter()
            .map(|(from, until, fault)| match fault {
                Fault::OwnLoad(rate) => at.min(*until).saturating_sub(*from).as_secs_f64() * *rate as f64,
                _ => 0.0,
            })
            .sum();
        let sent = Duration::from_secs_f64(sent).as_secs();
        let counters = Some(Counters { tx_bytes: 1000 + sent, ..Counters::default() });
        let state = if self.has(at, &Fault::Lan) { NeighbourState::Stale } else { NeighbourState::Reachable(None) };
        HostFacts {
            links: vec![Link {
                index: 2,
                name: "eth0".into(),
                kind: LinkKind::Wired,
                up,
                addrs,
                counters,
                mtu: Some(1500),
                ..Link::default()
            }],
            routes,
            neighbours: if leased { vec![Neighbour { host: gateway, state }] } else { Vec::new() },
            resolvers: self.resolvers.iter().map(|addr| addr.parse().unwrap()).collect(),
            ..HostFacts::default()
        }
    }

    /// Whether a router still says something of a packet that it does not pass on.
    fn may_tell(&mut self, at: Duration, router: Place) -> bool {
        let of = self.allowances.iter().position(|(of, ..)| *of == router);
        let (_, left, last) = of.map_or((router, ERRORS_AT_ONCE, at), |idx| self.allowances.swap_remove(idx));
        let left = (left + ERRORS_A_SECOND * at.saturating_sub(last).as_secs_f64()).min(ERRORS_AT_ONCE);
        let may = left >= 1.0;
        self.allowances.push((router, if may { left - 1.0 } else { left }, at));
        may
    }

    /// The rate of the line in bits a millisecond, if it has one.
    fn rate(&self, at: Duration) -> Option<u64> {
        self.faults.iter().take_while(|(from, ..)| *from <= at).find_map(|(_, until, fault)| match fault {
            Fault::Rate(rate) if at < *until => Some(*rate),
            _ => None,
        })
    }

    /// The RTT of a packet sent at `at`; `None` when it or its answer is lost.
    fn packet(&mut self, at: Duration, to: Place, base: u64) -> Option<Duration> {
        let cut = self.any(at, |fault| match (fault, to) {
            (Fault::Link | Fault::Lease | Fault::Lan, _)
            | (Fault::SecondCable, Place::Second | Place::Isp(_) | Place::Beyond)
            | (Fault::Access | Fault::AccessTold | Fault::Portal(false), Place::Isp(_) | Place::Beyond)
            | (Fault::Isp, Place::Isp(1..) | Place::Beyond)
            | (Fault::Upstream, Place::Beyond) => true,
            // Drawn below, so that the closure needs no generator.
            (Fault::Loss(part), Place::Isp(_) | Place::Beyond) => *part >= 1.0,
            _ => false,
        });
        if cut {
            return None;
        }
        let mut more = 0;
        if !matches!(to, Place::Router | Place::Second) {
            let mut part: f64 = 0.0;
            for (from, until, fault) in self.faults.iter().take_while(|(from, ..)| *from <= at) {
                match fault {
                    Fault::Loss(lost) if *from <= at && at < *until => part = part.max(*lost),
                    Fault::Slow(millis) if at < *until => more += millis,
                    _ => {}
                }
            }
            if part > 0.0 && self.rng.f64() < part {
                return None;
            }
        }
        if !matches!(to, Place::Router | Place::Second) {
            more += self.far;
        }
        let rtt = Duration::from_millis(base + more).mul_f64(0.9 + 0.2 * self.rng.f64());
        let queue = if to == Place::Router { Duration::ZERO } else { self.busy_until.saturating_sub(at) };
        Some(rtt + queue + self.effects(at, to)?)
    }

    /// How much longer a packet takes for what does badly; `None` when it is lost.
    fn effects(&mut self, at: Duration, to: Place) -> Option<Duration> {
        let mut more = 0.0;
        let mut in_order: f64 = 0.0;
        for (from, until, fault) in self.faults.iter().take_while(|(from, ..)| *from <= at) {
            let Fault::Bad(part, effect) = fault else { continue };
            if at >= *until || !to.is_behind(*part) {
                continue;
            }
            let draw = self.rng.f64();
            more += match effect {
                Effect::Loss(lost) if draw < *lost => return None,
                Effect::Late(late, millis) if draw < *late => *millis as f64,
                Effect::Loss(_) | Effect::Late(..) => 0.0,
                Effect::Delay(millis) => *millis as f64,
                Effect::Uniform(millis) => {
                    in_order += draw * *millis as f64;
                    0.0
                }
                Effect::Spikes(mean) => {
                    in_order -= *mean as f64 * (draw.max(1e-9).ln() + self.rng.f64().max(1e-9).ln());
                    0.0
                }
                Effect::Saw(peak) => {
                    let phase = (at.saturating_sub(*from).as_secs_f64() / 3.0).fract();
                    *peak as f64 * (0.6 + 0.4 * phase)
                }
            };
        }
        if in_order > 0.0 {
            let before = self.through.iter().filter(|(sent, _)| *sent <= at).map(|(_, through)| *through).max();
            let through = before.unwrap_or_default().max(at + Duration::from_secs_f64(in_order / 1000.0));
            more += through.saturating_sub(at).as_secs_f64() * 1000.0;
            self.through.retain(|(_, through)| *through + ms(4000) > at);
            self.through.push((at, through));
        }
        Some(Duration::from_secs_f64(more / 1000.0))
    }

    /// What comes of `probe` sent at `at`, and how long after that the sample comes.
    pub(super) fn answer(&mut self, at: Duration, probe: &Probe) -> (Outcome, Duration) {
        let deadline = probe.deadline;
        if self.has(at, &Fault::Forbidden) {
            return (Outcome::NotMeasured(NotMeasured::NoPermission), Duration::ZERO);
        }
        let is_unsent = self.has_lost_v4(at) && family(&probe.kind) == Family::V4;
        if is_unsent && probe.subject != Subject::Portal && matches!(probe.kind, ProbeKind::Http(_)) {
            let loss = if probe.subject == Subject::SiteByIp { Loss::Local(LocalFault::NoRoute) } else { Loss::NoName };
            return (Outcome::Lost(loss), Duration::ZERO);
        }
        if is_unsent || self.any(at, |fault| matches!(fault, Fault::Link | Fault::Lease)) {
            return (Outcome::Lost(Loss::Local(LocalFault::NoRoute)), Duration::ZERO);
        }
        let found = match &probe.kind {
            ProbeKind::Echo(_) | ProbeKind::Udp(_) | ProbeKind::FirstHop(_) => self.small(at, probe),
            ProbeKind::Large(..) | ProbeKind::LargeUdp(..) => self.large(at, probe),
            ProbeKind::Tcp(_) => self.tcp(at, probe),
            ProbeKind::Hello(_) => self.hello(at, probe),
            ProbeKind::Dns(dns) => self.dns(at, dns, deadline),
            ProbeKind::Http(http) => self.http(at, http, probe.subject, deadline),
        };
        let (outcome, after) = found.unwrap_or((Outcome::Lost(Loss::Timeout), deadline));
        if after > deadline { (Outcome::Lost(Loss::Timeout), deadline) } else { (outcome, after) }
    }

    fn told(&self, at: Duration) -> Option<(Outcome, Duration)> {
        let from = self.gateway.parse().unwrap();
        let loss = Loss::Unreachable { icmp_type: 3, code: 0, from };
        self.has(at, &Fault::AccessTold).then_some((Outcome::Lost(loss), ms(3)))
    }

    fn small(&mut self, at: Duration, probe: &Probe) -> Option<(Outcome, Duration)> {
        let is_echo = matches!(probe.kind, ProbeKind::Echo(_));
        let reply = |rtt: Duration, proof| Some((Outcome::Reply(rtt, proof), rtt));
        match probe.subject {
            Subject::Gateway(_) => {
                let answers = if is_echo { self.router.echo } else { self.router.others };
                if !answers || self.has(at, &Fault::Mute) {
                    return None;
                }
                if !is_echo && !self.may_tell(at, Place::Router) {
                    return None;
                }
                let rtt = self.packet(at, Place::Router, 2)?;
                let proof = match probe.kind {
                    ProbeKind::Udp(_) => Proof::PortUnreachable,
                    ProbeKind::FirstHop(_) => Proof::TimeExceeded(self.gateway.parse().unwrap()),
                    _ => Proof::EchoReply,
                };
                reply(rtt, proof)
            }
            Subject::HomeRouter(_) => {
                let rtt = self.packet(at, Place::Second, 3).filter(|_| !self.second_is_mute)?;
                reply(rtt, if is_echo { Proof::EchoReply } else { Proof::PortUnreachable })
            }
            Subject::IspHop(idx) => {
                if let Some(told) = self.told(at) {
                    return Some(told);
                }
                let rtt = self.packet(at, Place::Isp(idx), 8 + 3 * idx as u64)?;
                if !is_echo && !self.may_tell(at, Place::Isp(idx)) {
                    return None;
                }
                reply(rtt, if is_echo { Proof::EchoReply } else { Proof::PortUnreachable })
            }
            Subject::Target(idx) => {
                if let Some(told) = self.told(at) {
                    return Some(told);
                }
                let v6 = family(&probe.kind) == Family::V6;
                let dead = self.any(at, |fault| match fault {
                    Fault::Target(dead) => *dead == idx,
                    Fault::Icmp => true,
                    Fault::V6 => v6,
                    _ => false,
                });
                if dead {
                    return None;
                }
                reply(self.packet(at, Place::Beyond, 15 + 5 * idx as u64)?, Proof::EchoReply)
            }
            _ => None,
        }
    }

    fn large(&mut self, at: Duration, probe: &Probe) -> Option<(Outcome, Duration)> {
        let beyond = matches!(probe.subject, Subject::Target(_));
        if beyond && self.has(at, &Fault::BlackHole) {
            return None;
        }
        if beyond && self.has(at, &Fault::TooBig) {
            return Some((Outcome::Reply(ms(9), Proof::TooBig(Some(1492))), ms(9)));
        }
        let gateway = self.gateway.parse().unwrap();
        let is_udp = matches!(probe.kind, ProbeKind::LargeUdp(..));
        let kind = if is_udp { ProbeKind::Udp(gateway) } else { ProbeKind::Echo(gateway) };
        let (outcome, after) = self.small(at, &Probe { kind, ..probe.clone() })?;
        let rate = self.rate(at).filter(|_| beyond);
        let after = after + ms(rate.map_or(0, |rate| 2 * 1500 * 8 / rate));
        let outcome = if let Outcome::Reply(_, proof) = outcome { Outcome::Reply(after, proof) } else { outcome };
        Some((outcome, after))
    }

    /// Two packets and a small answer, over a connection that takes its time before.
    fn hello(&mut self, at: Duration, probe: &Probe) -> Option<(Outcome, Duration)> {
        let ProbeKind::Hello(to) = probe.kind else { return None };
        let (outcome, connected) = self.tcp(at, &Probe { kind: ProbeKind::Tcp(to), ..probe.clone() })?;
        let Outcome::Reply(..) = outcome else { return Some((outcome, connected)) };
        if self.has(at, &Fault::BlackHole) {
            return None;
        }
        let rate = self.rate(at);
        let rtt = self.packet(at + connected, Place::Beyond, 20)? + ms(rate.map_or(0, |rate| 2 * 1450 * 8 / rate));
        Some((Outcome::Reply(rtt, Proof::Accepted), connected + rtt))
    }

    /// SYNs at 0, 1, 3 and 7 s (RFC 6298): when the one was sent that was answered, and its RTT.
    fn handshake(
        &mut self,
        at: Duration,
        deadline: Duration,
        try_once: impl Fn(&mut Self, Duration) -> Option<Duration>,
    ) -> Option<(Duration, Duration)> {
        let tries = [0, 1000, 3000, 7000].map(ms).into_iter().take_while(|after| *after < deadline);
        for after in tries {
            if let Some(rtt) = try_once(self, at + after) {
                return Some((after, rtt));
            }
        }
        None
    }

    /// The same as the time that the connection takes.
    fn connect(
        &mut self,
        at: Duration,
        deadline: Duration,
        try_once: impl Fn(&mut Self, Duration) -> Option<Duration>,
    ) -> Option<Duration> {
        self.handshake(at, deadline, try_once).map(|(after, rtt)| after + rtt)
    }

    fn tcp(&mut self, at: Duration, probe: &Probe) -> Option<(Outcome, Duration)> {
        let ProbeKind::Tcp(to) = &probe.kind else { return None };
        let v6 = to.is_ipv6();
        let subject = probe.subject;
        if matches!(subject, Subject::Gateway(_)) {
            if !self.router.others || self.has(at, &Fault::Mute) {
                return None;
            }
            let after = self.connect(at, probe.deadline, |line, at| line.packet(at, Place::Router, 2))?;
            let proof = if to.port() == 443 { Proof::Refused } else { Proof::Accepted };
            return Some((Outcome::Reply(after, proof), after));
        }
        if let Some(told) = self.told(at) {
            return Some(told);
        }
        if let Subject::IspHop(idx) = subject {
            let base = 9 + 3 * idx as u64;
            let after = self.connect(at, probe.deadline, |line, at| line.packet(at, Place::Isp(idx), base))?;
            return Some((Outcome::Reply(after, Proof::Refused), after));
        }
        if let Subject::HomeRouter(_) = subject {
            let after = self.connect(at, probe.deadline, |line, at| {
                line.packet(at, Place::Second, 3).filter(|_| !line.second_is_mute)
            })?;
            return Some((Outcome::Reply(after, Proof::Accepted), after));
        }
        let (after, rtt) = self.handshake(at, probe.deadline, |line, at| {
            let dead = line.any(at, |fault| match fault {
                Fault::Target(dead) => subject == Subject::Target(*dead),
                Fault::Port443 | Fault::Portal(_) => true,
                Fault::V6 => v6,
                _ => false,
            });
            if dead { None } else { line.packet(at, Place::Beyond, 20) }
        })?;
        let outcome = match (after.is_zero(), self.has_time_stamps) {
            // A late answer may be to any of the packets.
            (false, false) => Outcome::Reply(after + rtt, Proof::AcceptedLate),
            (true, false) if rtt >= ms(950) => Outcome::Reply(rtt, Proof::AcceptedLate),
            _ => Outcome::Reply(rtt, Proof::Accepted),
        };
        Some((outcome, after + rtt))
    }
}

/// The family that a probe is sent by.
fn family(kind: &ProbeKind) -> Family {
    match kind {
        ProbeKind::Echo(host)
        | ProbeKind::Udp(host)
        | ProbeKind::FirstHop(host)
        | ProbeKind::Large(host, _)
        | ProbeKind::LargeUdp(host, _) => host.family(),
        ProbeKind::Tcp(to) | ProbeKind::Hello(to) => Host::of(*to).family(),
        ProbeKind::Http(http) => http.family,
        ProbeKind::Dns(dns) => Host::of(dns.server).family(),
    }
}
