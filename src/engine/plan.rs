//! Which probes make up a pulse, a confirmation and a cycle.

use std::{net::IpAddr, time::Duration};

use super::{
    knowledge::{FIRST_HANDSHAKE, HostInfo, Knowledge},
    questions::questions,
};
use crate::{
    analysis::layers::Known as _,
    model::{
        config::Config,
        host::{Family, Host},
        probe::{DnsProbe, HttpProbe, Means, Probe, ProbeId, ProbeKind, Subject},
    },
};

/// Ports on which home routers listen or at least refuse.
const GATEWAY_PORTS: [u16; 3] = [53, 80, 443];
/// The port of a target that is asked by TCP.
const TARGET_PORT: u16 = 443;
const DNS_PORT: u16 = 53;

/// Breadth of a cycle: how much it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breadth {
    /// One site by name, one by address, and no more of the router than a ping: the line is fine.
    Usual,
    /// Everything: something may be wrong.
    Full,
}

/// Of so many usual cycles one sends large packets.
const LARGE_EVERY: u64 = 3;
/// Far hosts that are sent large packets.
const N_LARGE: usize = 2;

/// Makes probes and numbers them.
#[derive(Debug)]
pub(super) struct Planner {
    config: Config,
    next_id: u64,
    n_cycles: u64,
}

impl Planner {
    pub(super) fn new(config: Config) -> Self {
        Self { config, next_id: 0, n_cycles: 0 }
    }

    pub(super) fn set_config(&mut self, config: Config) {
        self.config = config;
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    fn probe(&mut self, subject: Subject, kind: ProbeKind, deadline: Duration) -> Probe {
        self.next_id += 1;
        Probe { id: ProbeId(self.next_id), subject, kind, deadline }
    }

    fn by(&mut self, means: Means, subject: Subject, host: Host, port: u16) -> Probe {
        let (kind, deadline) = match means {
            Means::Tcp => (ProbeKind::Tcp(host.with_port(port)), self.config.tcp_timeout_sec),
            Means::Udp => (ProbeKind::Udp(host), self.config.ping_timeout_sec),
            Means::Echo | Means::FirstHop | Means::Large | Means::Bulk | Means::Http | Means::Dns => {
                (ProbeKind::Echo(host), self.config.ping_timeout_sec)
            }
        };
        self.probe(subject, kind, deadline)
    }

    /// One probe of a target by the means it answers to.
    pub(super) fn target(&mut self, known: &Knowledge, idx: usize) -> Option<Probe> {
        let host = *known.targets.get(idx)?;
        match known.info(host, true).means {
            Means::Tcp => self.connection(known, idx),
            means => Some(self.by(means, Subject::Target(idx), host, TARGET_PORT)),
        }
    }

    /// One probe of a provider's hop by the means it answers to.
    pub(super) fn isp_hop(&mut self, known: &Knowledge, idx: usize) -> Option<Probe> {
        let host = *known.isp_hops.get(idx).filter(|host| !known.is_mute(**host))?;
        let HostInfo { means, .. } = known.info(host, false);
        Some(self.by(means, Subject::IspHop(idx), host, TARGET_PORT))
    }

    /// One probe of the home router by the means it answers to.
    pub(super) fn gateway(&mut self, known: &Knowledge) -> Option<Probe> {
        let host = known.home.gateway_v4.or(known.home.gateway_v6)?;
        let subject = Subject::Gateway(host.family());
        match known.info(host, false).means {
            Means::FirstHop => self.first_hop(known, host.family()),
            means => Some(self.by(means, subject, host, DNS_PORT)),
        }
    }

    /// A packet that the home router must give up on; in a tunnel its other end would.
    fn first_hop(&mut self, known: &Knowledge, family: Family) -> Option<Probe> {
        if known.home.vpn {
            return None;
        }
        let towards = known.targets.iter().copied().find(|host| host.family() == family)?;
        let timeout = self.config.ping_timeout_sec;
        Some(self.probe(Subject::Gateway(family), ProbeKind::FirstHop(towards), timeout))
    }

    /// Echo and TCP to every target of the pulse's family: whichever answers proves the line alive.
    pub(super) fn all_targets(&mut self, known: &Knowledge) -> Vec<Probe> {
        self.by_all_means(known, &known.pulse_targets())
    }

    fn by_all_means(&mut self, known: &Knowledge, targets: &[usize]) -> Vec<Probe> {
        let mut probes = Vec::new();
        for idx in targets {
            let Some(host) = known.targets.get(*idx).copied() else { continue };
            if known.permits(host.family()) {
                probes.push(self.by(Means::Echo, Subject::Target(*idx), host, TARGET_PORT));
            }
            probes.extend(self.connection(known, *idx));
        }
        probes
    }

    /// The way to the targets by every means: the home router and the provider's hops.
    ///
    /// A quick look spares the router what it answers with an ICMP error, where it has answered echoes, and half of it
    /// where it has answered datagrams: it sends few of those a second, and a trace that begins now needs them.
    pub(super) fn whole_path(&mut self, known: &Knowledge, is_quick: bool) -> Vec<Probe> {
        let mut probes = Vec::new();
        for family in [Family::V4, Family::V6] {
            let Some(host) = known.home.gateway(family) else { continue };
            let subject = Subject::Gateway(family);
            if known.permits(family) {
                probes.push(self.by(Means::Echo, subject, host, 0));
            }
            let info = known.info(host, false);
            let is_spared = is_quick && info.answered;
            if !(is_spared && info.means == Means::Echo) {
                probes.push(self.by(Means::Udp, subject, host, 0));
            }
            if !(is_spared && matches!(info.means, Means::Echo | Means::Udp)) {
                probes.extend(self.first_hop(known, family));
            }
            probes.extend(GATEWAY_PORTS.map(|port| self.by(Means::Tcp, subject, host, port)));
        }
        probes.extend(self.home_routers(known, is_quick));
        for idx in 0..known.isp_hops.len() {
            probes.extend(self.isp_hop_by_all(known, idx));
        }
        probes
    }

    /// The further routers of the home by every means. A quick look spares them ICMP errors where they have answered
    /// otherwise.
    pub(super) fn home_routers(&mut self, known: &Knowledge, is_quick: bool) -> Vec<Probe> {
        let mut probes = Vec::new();
        for (idx, router) in known.home_routers().iter().enumerate() {
            let (subject, host) = (Subject::HomeRouter(idx), Host::new(router.addr));
            if known.permits(host.family()) {
                probes.push(self.by(Means::Echo, subject, host, 0));
            }
            if !is_quick || known.info(host, false).means == Means::Udp {
                probes.push(self.by(Means::Udp, subject, host, 0));
            }
            // A near router answers at once, and these are asked every second while the line is in doubt.
            let connection = |port| ProbeKind::Tcp(host.with_port(port));
            probes.extend(GATEWAY_PORTS.map(|port| self.probe(subject, connection(port), FIRST_HANDSHAKE)));
        }
        probes
    }

    fn isp_hop_by_all(&mut self, known: &Knowledge, idx: usize) -> Vec<Probe> {
        let Some(host) = known.isp_hops.get(idx).copied() else { return Vec::new() };
        let subject = Subject::IspHop(idx);
        let mut probes = vec![self.by(Means::Udp, subject, host, 0)];
        if known.permits(host.family()) {
            probes.push(self.by(Means::Echo, subject, host, 0));
        }
        probes
    }

    /// A packet as large as this computer sends them.
    fn large(&mut self, known: &Knowledge, subject: Subject) -> Option<Probe> {
        let host = known.host_of(subject)?;
        let size = known.packet_size(host.family());
        known.permits(host.family()).then(|| {
            let timeout = self.config.ping_timeout_sec;
            self.probe(subject, ProbeKind::Large(host, size), timeout)
        })
    }

    /// Large packets to the home router and to some far hosts.
    fn all_large(&mut self, known: &Knowledge) -> Vec<Probe> {
        let subjects = known.large_subjects(N_LARGE);
        subjects.into_iter().filter_map(|subject| self.large(known, subject)).collect()
    }

    /// Large packets to the far hosts that answer them, and now and then to the home router.
    pub(super) fn large_by_turns(&mut self, known: &Knowledge, turn: usize) -> Vec<Probe> {
        let far = |subject: &Subject| matches!(subject, Subject::Target(_)) || turn.is_multiple_of(4);
        let subjects = known.large_subjects(N_LARGE).into_iter();
        let asked = subjects.filter(|subject| known.answers_large(*subject) && far(subject));
        asked.filter_map(|subject| self.large_or_bulk(known, subject)).collect()
    }

    /// One large packet, to far hosts and now and then to the home router.
    pub(super) fn one_large(&mut self, known: &Knowledge, turn: usize) -> Option<Probe> {
        let subjects = known.large_subjects(N_LARGE);
        let (near, far) = subjects.split_first()?;
        let subject = if turn.is_multiple_of(5) { Some(near) } else { far.get(turn.checked_rem(far.len())?) };
        self.large_or_bulk(known, *subject?)
    }

    /// A connection that a near router is to refuse or take, where it is asked by what its ICMP limits allow otherwise.
    /// `turn` chooses the router and, while none is known, its port.
    pub(super) fn refusal(&mut self, known: &Knowledge, turn: usize, port: Option<u16>) -> Option<Probe> {
        let family = if known.home.gateway_v4.is_some() { Family::V4 } else { Family::V6 };
        let hops = (0..known.isp_hops.len()).map(Subject::IspHop);
        let routers: Vec<Subject> = std::iter::once(Subject::Gateway(family)).chain(hops).collect();
        let subject = *routers.get(turn % routers.len())?;
        let host = known.host_of(subject)?;
        let port = match subject {
            Subject::Gateway(_) => {
                port.or_else(|| GATEWAY_PORTS.get(turn / routers.len() % GATEWAY_PORTS.len()).copied())?
            }
            _ => TARGET_PORT,
        };
        let by_udp = !known.permits(host.family()) && !known.is_mute(host);
        by_udp.then(|| self.probe(subject, ProbeKind::Tcp(host.with_port(port)), FIRST_HANDSHAKE))
    }

    /// A large packet by echo, or where that is forbidden by what tells how long one takes.
    fn large_or_bulk(&mut self, known: &Knowledge, subject: Subject) -> Option<Probe> {
        let host = known.host_of(subject)?;
        if known.permits(host.family()) {
            return self.large(known, subject);
        }
        let kind = match subject {
            Subject::Target(_) if known.info(host, true).means == Means::Tcp => {
                ProbeKind::Hello(host.with_port(TARGET_PORT))
            }
            Subject::Gateway(family) if known.info(host, false).means == Means::Udp => {
                ProbeKind::LargeUdp(host, known.packet_size(family))
            }
            _ => return None,
        };
        let timeout = self.config.ping_timeout_sec;
        Some(self.probe(subject, kind, timeout))
    }

    /// One question to one of this computer's resolvers. `turn` chooses the question.
    pub(super) fn resolver(&mut self, known: &Knowledge, idx: usize, turn: usize) -> Option<Probe> {
        let server = known.resolvers.get(idx)?.with_port(DNS_PORT);
        let questions = questions(&self.config, server, true);
        let question = questions.get(turn % questions.len().max(1))?.clone();
        Some(self.question(idx, question))
    }

    fn question(&mut self, idx: usize, question: DnsProbe) -> Probe {
        let timeout = self.config.dns_timeout_sec;
        self.probe(Subject::Resolver(idx), ProbeKind::Dns(question), timeout)
    }

    /// A connection to a target. It is given as long as an echo, and so long that its first packet is not repeated.
    pub(super) fn connection(&mut self, known: &Knowledge, idx: usize) -> Option<Probe> {
        let host = *known.targets.get(idx)?;
        let mut probe = self.by(Means::Tcp, Subject::Target(idx), host, TARGET_PORT);
        probe.deadline = probe.deadline.min(self.config.ping_timeout_sec.max(FIRST_HANDSHAKE));
        Some(probe)
    }

    /// All probes of one cycle.
    pub(super) fn cycle(&mut self, known: &Knowledge, breadth: Breadth) -> Vec<Probe> {
        let mut probes = match breadth {
            Breadth::Full => self.whole_path(known, false),
            Breadth::Usual => {
                let hops = (0..known.isp_hops.len()).collect::<Vec<_>>();
                let home = self.home_routers(known, true);
                self.gateway(known)
                    .into_iter()
                    .chain(home)
                    .chain(hops.into_iter().filter_map(|idx| self.isp_hop(known, idx)))
                    .collect()
            }
        };
        let asked = (0..known.targets.len())
            .filter(|idx| known.targets.get(*idx).is_some_and(|host| known.is_routed(host.family())));
        probes.extend(self.by_all_means(known, &asked.collect::<Vec<_>>()));
        if breadth == Breadth::Full || self.n_cycles.is_multiple_of(LARGE_EVERY) {
            probes.extend(self.all_large(known));
        }
        self.n_cycles += 1;
        probes.extend(self.names(known));
        probes.extend(self.web(known, breadth));
        probes.extend(self.ports(known));
        probes
    }

    fn names(&mut self, known: &Knowledge) -> Vec<Probe> {
        let mut probes = Vec::new();
        for (idx, resolver) in known.resolvers.iter().enumerate() {
            let is_own = known.is_system_resolver(idx);
            for question in questions(&self.config, resolver.with_port(DNS_PORT), is_own) {
                probes.push(self.question(idx, question));
            }
        }
        probes
    }

    fn web(&mut self, known: &Knowledge, breadth: Breadth) -> Vec<Probe> {
        let resolvers: Vec<_> = known.own_resolvers().iter().map(|host| host.with_port(DNS_PORT)).collect();
        let mut pages = vec![(Subject::Site(0), self.config.http_url.clone(), None)];
        if breadth == Breadth::Full {
            let more = self.config.http_urls.iter().enumerate();
            pages.extend(more.map(|(idx, url)| (Subject::Site(idx + 1), url.clone(), None)));
        }
        pages.push((Subject::SiteByIp, self.config.http_ip_url.clone(), None));
        let body = Some(self.config.captive_portal_body.clone());
        pages.push((Subject::Portal, self.config.captive_portal_url.clone(), body));
        let timeout = self.config.http_timeout_sec;
        // An address of a family that this network does not have says nothing.
        let routed = |url: &str| {
            let host = url.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
            host.parse::<IpAddr>().map_or(true, |addr| known.is_routed(Host::new(addr).family()))
        };
        let family = if known.is_routed(Family::V4) { Family::V4 } else { Family::V6 };
        let is_told = |url: &str| !url.is_empty() && routed(url) && !known.is_page_at_home(url);
        let wanted = pages.into_iter().filter(|(_, url, _)| is_told(url));
        wanted
            .map(|(subject, url, body)| {
                let http = HttpProbe { url, resolvers: resolvers.clone(), family, body };
                self.probe(subject, ProbeKind::Http(http), timeout)
            })
            .collect()
    }

    fn ports(&mut self, known: &Knowledge) -> Vec<Probe> {
        let ports = [
            (Subject::TcpTest, self.config.tcp_test_ip.clone(), self.config.tcp_test_port),
            (Subject::IspTcp, self.config.isp_tcp_ip.clone(), self.config.isp_tcp_port),
        ];
        let mut probes = Vec::new();
        for (subject, addr, port) in ports {
            if let (Ok(host), Ok(port)) = (addr.parse::<Host>(), u16::try_from(port))
                && known.is_routed(host.family())
            {
                let timeout = self.config.tcp_timeout_sec;
                probes.push(self.probe(subject, ProbeKind::Tcp(host.with_port(port)), timeout));
            }
        }
        probes
    }

    /// The same probe once more, with what is left of its deadline.
    pub(super) fn again(&mut self, probe: &Probe, left: Duration) -> Probe {
        self.probe(probe.subject, probe.kind.clone(), left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::knowledge::Permits,
        model::host::{DefaultRoute, HostFacts, Link, LinkKind},
    };

    #[test]
    fn a_network_with_ipv6_alone_is_asked_by_ipv6_alone() {
        let addrs = vec!["2001:db8::9".parse().unwrap()];
        let gateway: Host = "fe80::1%2".parse().unwrap();
        let facts = HostFacts {
            links: vec![Link {
                index: 2,
                name: "eth0".into(),
                kind: LinkKind::Wired,
                up: true,
                addrs,
                ..Link::default()
            }],
            routes: vec![DefaultRoute { family: Family::V6, gateway: Some(gateway), link: 2, metric: 1 }],
            ..HostFacts::default()
        };
        let mut known = Knowledge::new(Permits { v4: true, v6: true });
        known.update(&Config::default(), &facts);
        let probes = Planner::new(Config::default()).cycle(&known, Breadth::Full);
        for probe in &probes {
            match &probe.kind {
                ProbeKind::Echo(host) => assert_eq!(Family::V6, host.family(), "{probe:?}"),
                ProbeKind::Tcp(to) => assert!(to.is_ipv6(), "{probe:?}"),
                ProbeKind::Http(http) => assert_eq!(Family::V6, http.family, "{probe:?}"),
                _ => {}
            }
        }
        assert!(probes.iter().any(|probe| matches!(probe.subject, Subject::Target(_))));
        assert!(!probes.iter().any(|probe| probe.subject == Subject::SiteByIp), "1.1.1.1 is not to be had there");
    }
}
