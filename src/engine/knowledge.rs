//! Knowledge of the run about the hosts it asks: who they are, how they answer, how long they take.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use crate::{
    analysis::{
        home::{Home, home},
        layers::Known,
        route::isp::{HomeRouter, IspHop},
        rtt::RttEstimate,
        vicinity::{Misplaced, Vicinity, misplaced},
    },
    model::{
        config::Config,
        host::{Family, Host, HostFacts},
        probe::{Means, NotMeasured, Outcome, Proof, Question, Sample, Subject},
    },
};

/// One host.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own; together they are no state")]
#[derive(Debug, Clone, Copy)]
pub(super) struct HostInfo {
    pub(super) rtt: RttEstimate,
    /// Means by which the pulse asks the host.
    pub(super) means: Means,
    /// It has answered at least once, by any means.
    pub(super) answered: bool,
    /// It was silent while others answered, so its silence alone raises no suspicion until it answers again.
    pub(super) known_dead: bool,
    /// True if a port of the host has accepted a connection at least once.
    accepts: bool,
    /// It has answered a packet as large as this computer sends them.
    answers_large: bool,
    /// Probes by `means` in a row that were lost.
    n_lost: u8,
}

/// Just before the first packet of a handshake is repeated, which is after a second (RFC 6298, section 2).
pub(super) const FIRST_HANDSHAKE: Duration = Duration::from_millis(950);

/// The largest packet of Ethernet, which is what most of the internet carries.
const ETHERNET: u16 = 1500;
/// Every link must carry packets of this size (RFC 791: 576 in one piece or several; RFC 8200).
const LEAST_V4: u16 = 576;
const LEAST_V6: u16 = 1280;

/// Probes lost in a row while another means works, after which the pulse asks by that.
const GIVEN_UP: u8 = 2;

/// Which echo the system permits, IPv4 and IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Permits {
    pub(super) v4: bool,
    pub(super) v6: bool,
}

/// Hosts by which samples are numbered: targets, hops, resolvers and further routers of the home; and the first router.
pub(super) type Lists = ([Vec<Host>; 4], Option<Host>);

/// Everything the run knows.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own; together they are no state")]
#[derive(Debug, Clone)]
pub(super) struct Knowledge {
    pub(super) home: Home,
    vicinity: Vicinity,
    /// Hosts of the configuration that lie elsewhere than it says.
    pub(super) misplaced: Vec<Misplaced>,
    pub(super) targets: Vec<Host>,
    pub(super) isp_hops: Vec<Host>,
    /// The first router of the home and those found behind it.
    home_routers: (Option<Host>, Vec<HomeRouter>),
    /// Hops of the provider found on the way, for want of configured ones.
    found_hops: Vec<Host>,
    /// Distances of routers, as the last trace showed them.
    distances: Vec<(IpAddr, u8)>,
    /// Resolvers; the first `n_own` are this computer's own.
    pub(super) resolvers: Vec<Host>,
    n_own: usize,
    /// Questions that a resolver failed in the last cycle on a line that worked.
    pub(super) failing_questions: Vec<(Host, Question)>,
    hosts: BTreeMap<Host, HostInfo>,
    names: BTreeMap<String, IpAddr>,
    permits: Permits,
    gateway_answers: bool,
    v6_worked: bool,
    /// This computer had IPv4 in this run, and this router of IPv6 beside it.
    had_v4: bool,
    beside_v4: Option<Host>,
    /// The largest packet of the link in use, and what routers on the way said of it.
    link_size: u16,
    told_size: Option<u16>,
    /// The line that works lost packets in the last minute.
    pub(super) is_lossy: bool,
}

impl Knowledge {
    pub(super) fn new(permits: Permits) -> Self {
        Self {
            home: home(&HostFacts::default(), None),
            vicinity: Vicinity::default(),
            misplaced: Vec::new(),
            targets: Vec::new(),
            isp_hops: Vec::new(),
            home_routers: (None, Vec::new()),
            found_hops: Vec::new(),
            distances: Vec::new(),
            resolvers: Vec::new(),
            n_own: 0,
            failing_questions: Vec::new(),
            hosts: BTreeMap::new(),
            names: BTreeMap::new(),
            permits,
            gateway_answers: false,
            v6_worked: false,
            had_v4: false,
            beside_v4: None,
            link_size: ETHERNET,
            told_size: None,
            is_lossy: false,
        }
    }

    /// Takes in what the system says now.
    pub(super) fn update(&mut self, config: &Config, facts: &HostFacts) {
        let (before, had_vpn) = (self.home.gateway_v4.or(self.home.gateway_v6), self.home.vpn);
        self.home = home(facts, config.gateway.parse().ok());
        self.note_v4(facts);
        let gateway = self.home.gateway_v4.or(self.home.gateway_v6);
        let is_hidden =
            had_vpn != self.home.vpn && gateway.is_some_and(|host| self.info(host, false).means == Means::FirstHop);
        if before != gateway || is_hidden {
            // What the old router used to do says nothing of the new one, nor what a tunnel hides of it.
            self.forget_gateway();
        }
        let link = facts.links.iter().find(|link| self.home.link.as_ref() == Some(&HostFacts::link_name(link)));
        let size = link.and_then(|link| link.mtu).and_then(|mtu| u16::try_from(mtu).ok());
        self.link_size = size.map_or(ETHERNET, |size| size.clamp(LEAST_V4, ETHERNET));
        self.vicinity = Vicinity::of(facts, &self.home);
        self.misplaced = misplaced(config, &self.vicinity, |name| self.names.get(name).copied());
        let is_far = |host: &Host| self.vicinity.place(host.addr).is_none();
        let far = |hosts: Vec<Host>| -> Vec<Host> { hosts.into_iter().filter(is_far).collect() };
        self.targets = far(self.hosts_of(config.targets.iter().chain(&config.ipv6_targets)));
        self.isp_hops = far(self.hosts_of(config.isp_targets.iter()));
        if config.isp_targets.is_empty() {
            self.isp_hops.clone_from(&self.found_hops);
        }
        let auto = config.dns_servers.is_empty() || config.dns_servers.iter().any(|server| server == "auto");
        let own = if auto { facts.resolvers.clone() } else { self.hosts_of(config.dns_servers.iter()) };
        self.n_own = own.len();
        self.resolvers = own;
        let public = far(self.hosts_of(config.public_resolvers.iter()));
        // A public resolver that this computer uses anyway is judged as its own, once.
        self.resolvers.extend(public.into_iter().filter(|host| !facts.resolvers.contains(host)));
        self.resolvers.dedup();
    }

    /// Notes whether this computer has IPv4, which it may lose while IPv6 goes on. Another router of IPv6 is another
    /// network, which may have none; and a way that the table of routes does not show is one all the same.
    fn note_v4(&mut self, facts: &HostFacts) {
        let by_policy = facts.sources.iter().any(|addr| addr.is_ipv4() && !is_link_local(*addr));
        // Another router of IPv6 than beside IPv4, or one where there was none: another network.
        let is_elsewhere = self.home.gateway_v6.is_some() && self.home.gateway_v6 != self.beside_v4;
        if self.home.has_v4 {
            (self.had_v4, self.beside_v4) = (true, self.home.gateway_v6);
        } else if by_policy || is_elsewhere {
            self.had_v4 = false;
        }
    }

    /// Takes in addresses of names in the configuration.
    pub(super) fn learn_names(&mut self, names: BTreeMap<String, IpAddr>) {
        self.names.extend(names);
    }

    /// True if the address of a name in the configuration is not known yet.
    pub(super) fn lacks_names(&self, config: &Config) -> bool {
        names(config).iter().any(|name| !self.names.contains_key(name))
    }

    /// Takes in the provider's hops as a trace found them; whether they are others than before.
    pub(super) fn find_isp_hops(&mut self, hops: &[IspHop]) -> bool {
        let hosts: Vec<Host> = hops.iter().map(|hop| Host::new(hop.addr)).collect();
        let others = self.found_hops != hosts;
        self.found_hops = hosts;
        self.distances = hops.iter().map(|hop| (hop.addr, hop.ttl)).collect();
        others
    }

    /// Takes in the further routers of the home as a trace found them.
    pub(super) fn find_home_routers(&mut self, routers: Vec<HomeRouter>) {
        self.home_routers = (self.gateway(), routers);
    }

    fn gateway(&self) -> Option<Host> {
        self.home.gateway_v4.or(self.home.gateway_v6)
    }

    /// The distance of a router; `None` while no trace has shown it.
    pub(super) fn distance(&self, addr: IpAddr) -> Option<u8> {
        self.distances.iter().find(|(of, _)| *of == addr).map(|(_, ttl)| *ttl)
    }

    /// True for a hop that was found but has never answered a direct question, also while the line worked: it is heard
    /// in traces only.
    pub(super) fn is_mute(&self, host: Host) -> bool {
        let info = self.info(host, false);
        self.found_hops.contains(&host) && !info.answered && info.known_dead
    }

    /// After sleep this may be another network, which need not have IPv4 either.
    pub(super) fn forget_network(&mut self) {
        self.had_v4 = false;
        self.forget_gateway();
    }

    /// Another router does as it likes.
    fn forget_gateway(&mut self) {
        self.gateway_answers = false;
        self.v6_worked = false;
        self.forget_sizes();
    }

    fn forget_sizes(&mut self) {
        self.told_size = None;
        self.hosts.values_mut().for_each(|info| info.answers_large = false);
    }

    /// Returns the size of the largest packet of `family` that this computer may send, in bytes, headers included.
    pub(super) fn packet_size(&self, family: Family) -> u16 {
        let size = self.told_size.map_or(self.link_size, |told| told.min(self.link_size));
        if family == Family::V6 { size.max(LEAST_V6) } else { size }
    }

    /// Returns the subjects that are sent large packets: the home router and up to `n` far hosts, those first that
    /// answered such before.
    pub(super) fn large_subjects(&self, n: usize) -> Vec<Subject> {
        let lives = |subject: &Subject| self.host_of(*subject).is_some_and(|host| !self.info(host, true).known_dead);
        let mut targets: Vec<Subject> = self.pulse_targets().into_iter().map(Subject::Target).filter(lives).collect();
        targets.sort_by_key(|subject| !self.answers_large(*subject));
        let family = if self.home.gateway_v4.is_some() { Family::V4 } else { Family::V6 };
        std::iter::once(Subject::Gateway(family)).chain(targets.into_iter().take(n)).collect()
    }

    /// True if a subject has answered a large packet before.
    pub(super) fn answers_large(&self, subject: Subject) -> bool {
        self.host_of(subject).and_then(|host| self.hosts.get(&host)).is_some_and(|info| info.answers_large)
    }

    /// Learns from a large packet: who answers them, and what routers say of their size.
    fn learn_large(&mut self, host: Host, outcome: &Outcome) {
        match outcome {
            Outcome::Reply(_, Proof::TooBig(size)) => {
                let size = size.filter(|size| (LEAST_V4..ETHERNET).contains(size));
                self.told_size = size.map(|size| self.told_size.map_or(size, |told| told.min(size))).or(self.told_size);
            }
            Outcome::Reply(..) => {
                let info = HostInfo { answers_large: true, ..self.info(host, true) };
                self.hosts.insert(host, info);
            }
            Outcome::Lost(_) | Outcome::NotMeasured(_) => {}
        }
    }

    /// Returns the lists by which samples are numbered: when they change, samples under way are about something else.
    pub(super) fn lists(&self) -> Lists {
        let home = self.home_routers().iter().map(|router| Host::new(router.addr)).collect();
        ([self.targets.clone(), self.isp_hops.clone(), self.resolvers.clone(), home], self.gateway())
    }

    fn hosts_of<'a>(&self, texts: impl Iterator<Item = &'a String>) -> Vec<Host> {
        let mut hosts = Vec::new();
        for text in texts {
            let host = text.parse().ok().or_else(|| self.names.get(text).copied().map(Host::new));
            hosts.extend(host.filter(|host| !hosts.contains(host)));
        }
        hosts
    }

    /// This computer's own resolvers.
    pub(super) fn own_resolvers(&self) -> &[Host] {
        self.resolvers.get(..self.n_own).unwrap_or_default()
    }

    pub(super) fn permits(&self, family: Family) -> bool {
        match family {
            Family::V4 => self.permits.v4,
            Family::V6 => self.permits.v6,
        }
    }

    /// Returns what is known of `host`. `far` hosts have ports that accept; near ones answer datagrams to closed ports.
    pub(super) fn info(&self, host: Host, far: bool) -> HostInfo {
        let means = match (self.permits(host.family()), far) {
            (true, _) => Means::Echo,
            (false, true) => Means::Tcp,
            (false, false) => Means::Udp,
        };
        self.hosts.get(&host).copied().unwrap_or(HostInfo {
            rtt: RttEstimate::default(),
            means,
            answered: false,
            known_dead: false,
            accepts: false,
            answers_large: false,
            n_lost: 0,
        })
    }

    /// True if a page would come from this home.
    pub(super) fn is_page_at_home(&self, url: &str) -> bool {
        self.vicinity.place_of_url(url).is_some()
    }

    /// True if this network has the family. One that has neither, for now, is asked by IPv4.
    pub(super) fn is_routed(&self, family: Family) -> bool {
        match family {
            Family::V4 => self.home.has_v4 || !self.home.has_v6 || self.v4_lost(),
            Family::V6 => self.home.has_v6,
        }
    }

    /// Targets of the family that the pulse rests on: IPv4 where there is any.
    pub(super) fn pulse_targets(&self) -> Vec<usize> {
        let v4 = |idx: &usize| self.target_family(*idx) == Family::V4;
        let all = 0..self.targets.len();
        let first: Vec<usize> = all.clone().filter(v4).collect();
        if self.is_routed(Family::V4) && !first.is_empty() { first } else { all.filter(|idx| !v4(idx)).collect() }
    }

    pub(super) fn host_of(&self, subject: Subject) -> Option<Host> {
        match subject {
            Subject::Gateway(family) => self.home.gateway(family),
            Subject::HomeRouter(idx) => self.home_routers().get(idx).map(|router| Host::new(router.addr)),
            Subject::IspHop(idx) => self.isp_hops.get(idx).copied(),
            Subject::Target(idx) => self.targets.get(idx).copied(),
            Subject::Resolver(idx) => self.resolvers.get(idx).copied(),
            Subject::Beyond
            | Subject::Site(_)
            | Subject::SiteByIp
            | Subject::Portal
            | Subject::IspTcp
            | Subject::TcpTest => None,
        }
    }

    /// Learns from one sample. `true` when the host is asked by another means from now on.
    pub(super) fn learn(&mut self, sample: &Sample) -> bool {
        let path = matches!(
            sample.subject,
            Subject::Gateway(_) | Subject::HomeRouter(_) | Subject::IspHop(_) | Subject::Target(_)
        );
        let Some(host) = self.host_of(sample.subject).filter(|_| path) else { return false };
        if sample.means.is_large() {
            self.learn_large(host, &sample.outcome);
            return false;
        }
        let mut info = self.info(host, matches!(sample.subject, Subject::Target(_)));
        let before = info.means;
        let ambiguous = Self::is_ambiguous(sample);
        match &sample.outcome {
            Outcome::Reply(rtt, proof) => {
                // A refusal may be forged, and in no time.
                info.accepts |= proof.is_accepted();
                info.answered = true;
                info.known_dead = false;
                let may_serve = match sample.means {
                    Means::Echo | Means::FirstHop => true,
                    Means::Udp => !matches!(sample.subject, Subject::Target(_)),
                    // A refusal may be anybody's, and a router's port says too little of its speed.
                    Means::Tcp => {
                        *proof == Proof::Accepted && !ambiguous && matches!(sample.subject, Subject::Target(_))
                    }
                    Means::Large | Means::Bulk | Means::Http | Means::Dns => false,
                };
                if sample.means == info.means {
                    info.n_lost = 0;
                } else if sample.means == Means::Echo || (may_serve && info.n_lost >= GIVEN_UP) {
                    info = HostInfo { means: sample.means, n_lost: 0, rtt: RttEstimate::default(), ..info };
                }
                if info.means == sample.means && *proof != Proof::Refused && !ambiguous {
                    info.rtt.add(*rtt);
                }
                match sample.subject {
                    Subject::Gateway(_) => self.gateway_answers = true,
                    Subject::Target(_) if host.family() == Family::V6 => self.v6_worked = true,
                    _ => {}
                }
            }
            // A means that a firewall of this computer forbids is as good as lost.
            Outcome::Lost(_) | Outcome::NotMeasured(NotMeasured::NoPermission) if sample.means == info.means => {
                info.n_lost = info.n_lost.saturating_add(1);
            }
            Outcome::Lost(_) | Outcome::NotMeasured(_) => {}
        }
        self.hosts.insert(host, info);
        before != info.means
    }

    /// True if an answer to a connection may be to a later packet than the first: then it tells neither the RTT nor
    /// that the line carried when it was begun (Karn's rule, RFC 6298, section 3).
    pub(super) fn is_ambiguous(sample: &Sample) -> bool {
        let late = sample.means == Means::Tcp && sample.outcome.rtt().is_some_and(|rtt| rtt >= FIRST_HANDSHAKE);
        late && !matches!(sample.outcome, Outcome::Reply(_, Proof::Accepted))
    }

    /// True if the sample was taken by the means its host is asked by now.
    pub(super) fn is_usual(&self, sample: &Sample) -> bool {
        self.is_asked_by(sample.subject, sample.means)
    }

    /// True if the host is asked by this means now.
    pub(super) fn is_asked_by(&self, subject: Subject, means: Means) -> bool {
        let far = matches!(subject, Subject::Target(_));
        self.host_of(subject).is_some_and(|host| self.info(host, far).means == means)
    }

    /// The host was silent while others answered.
    pub(super) fn mark_dead(&mut self, host: Host, far: bool) {
        let mut info = self.info(host, far);
        info.known_dead = true;
        self.hosts.insert(host, info);
    }

    /// Returns the time that a confirmation is worth waiting for: twice what the slowest usual answer takes, within the
    /// bounds below. Hosts whose RTT is not known do not count.
    pub(super) fn confirm_wait(&self, longest: Duration) -> Duration {
        let known = self.targets.iter().map(|host| self.info(*host, true).rtt).filter(|rtt| rtt.smoothed().is_some());
        let slowest = known.map(|rtt| rtt.overdue_after(longest)).max().unwrap_or_default();
        (slowest * 2).clamp(Duration::from_millis(800), longest.max(Duration::from_millis(800)))
    }
}

/// True if an address is what a computer gives itself when nobody else does (RFC 3927).
fn is_link_local(addr: IpAddr) -> bool {
    matches!(addr, IpAddr::V4(addr) if addr.is_link_local() || addr.is_unspecified())
}

/// Hosts of the configuration that are given by name.
pub(super) fn names(config: &Config) -> Vec<String> {
    let all = config.targets.iter().chain(&config.ipv6_targets).chain(&config.isp_targets);
    let all = all.chain(std::iter::once(&config.trace_host)).chain(&config.mtr_targets);
    all.filter(|name| name.parse::<IpAddr>().is_err()).cloned().collect()
}

impl Known for Knowledge {
    fn gateway_answers(&self) -> bool {
        self.gateway_answers
    }

    fn v6_worked(&self) -> bool {
        self.v6_worked
    }

    fn v4_lost(&self) -> bool {
        let asks_v4 = self.targets.iter().any(|host| host.family() == Family::V4);
        self.had_v4 && asks_v4 && !self.home.has_v4 && self.home.has_v6
    }

    fn usual_rtt(&self, target: usize) -> Option<Duration> {
        self.targets.get(target).and_then(|host| self.hosts.get(host)).and_then(|info| info.rtt.smoothed())
    }

    fn asks_by_echo(&self, target: usize) -> bool {
        self.targets.get(target).is_some_and(|host| self.info(*host, true).means == Means::Echo)
    }

    fn accepts(&self, target: usize) -> bool {
        self.targets.get(target).and_then(|host| self.hosts.get(host)).is_some_and(|info| info.accepts)
    }

    fn answers_large(&self, target: usize) -> bool {
        self.answers_large(Subject::Target(target))
    }

    fn target_family(&self, target: usize) -> Family {
        self.targets.get(target).map_or(Family::V4, |host| host.family())
    }

    fn resolver(&self, resolver: usize) -> Option<IpAddr> {
        self.resolvers.get(resolver).map(|host| host.addr)
    }

    fn isp_hops(&self) -> &[Host] {
        &self.isp_hops
    }

    fn home_routers(&self) -> &[HomeRouter] {
        let (behind, routers) = &self.home_routers;
        // They are not to be had through a tunnel, and those behind another router are another home's.
        if *behind == self.gateway() && !self.home.vpn { routers } else { &[] }
    }

    fn is_answering_router(&self, router: usize) -> bool {
        let info = self.host_of(Subject::HomeRouter(router)).map(|host| self.info(host, false));
        info.is_some_and(|info| info.answered && !info.known_dead)
    }

    fn is_silent_hop(&self, hop: usize) -> bool {
        self.isp_hops.get(hop).is_some_and(|host| self.info(*host, false).known_dead)
    }

    fn is_lossy(&self) -> bool {
        self.is_lossy
    }

    fn is_system_resolver(&self, resolver: usize) -> bool {
        resolver < self.n_own
    }
}
