//! Hosts that a configuration has asked while the line works, and how much traffic that is. For consent, before anything is
//! sent.

use std::time::Duration;

use crate::model::config::Config;

/// A reason why hosts are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// The home router.
    Router,
    /// Hops of the provider.
    IspHops,
    /// The resolvers of this computer.
    OwnResolvers,
    /// Far hosts.
    Targets,
    /// Far hosts that are asked where there is IPv6.
    TargetsV6,
    /// Resolvers that are asked for comparison.
    PublicResolvers,
    /// Hosts one TCP port of which is tested.
    Ports,
    /// Web sites.
    Sites,
    /// The page that shows login portals.
    Portal,
    /// The proxy of the web requests.
    Proxy,
    /// Hosts to which paths are traced, and with them the routers on the way.
    Traces,
    /// More web sites, asked while something is wrong.
    MoreSites,
    /// The server that tells the public address.
    Stun,
    /// The time server.
    Time,
    /// The MQTT broker.
    Broker,
    /// The stores of metrics.
    Metrics,
    /// The mail server.
    Mail,
}

/// Hosts that are asked for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The reason.
    pub purpose: Purpose,
    /// Names or addresses as configured, each once. Empty where they are found when monitoring begins.
    pub hosts: Vec<String>,
}

/// All hosts that are asked, by reason. A reason without hosts is left out, unless they are found later.
pub fn asked(config: &Config) -> Vec<Asked> {
    let auto = |text: &str| if text == "auto" { Vec::new() } else { vec![text.to_owned()] };
    let host = |text: &String| vec![text.clone()];
    let own = match config.dns_servers.as_slice() {
        servers if servers.iter().any(|server| server == "auto") => Vec::new(),
        servers => servers.to_vec(),
    };
    let sites = [&config.http_url, &config.http_ip_url].map(|url| host_of(url));
    let traced = std::iter::once(&config.trace_host).chain(&config.mtr_targets).cloned().collect();
    let found = [
        (Purpose::Router, auto(&config.gateway)),
        (Purpose::IspHops, config.isp_targets.clone()),
        (Purpose::OwnResolvers, own),
    ];
    let named = [
        (Purpose::Targets, config.targets.clone()),
        (Purpose::TargetsV6, config.ipv6_targets.clone()),
        (Purpose::PublicResolvers, config.public_resolvers.clone()),
        (Purpose::Ports, [host(&config.tcp_test_ip), host(&config.isp_tcp_ip)].concat()),
        (Purpose::Sites, sites.to_vec()),
        (Purpose::Portal, vec![host_of(&config.captive_portal_url)]),
        (Purpose::Proxy, vec![host_of(&config.http_proxy)]),
        (Purpose::Traces, traced),
        (Purpose::MoreSites, config.http_urls.iter().map(|url| host_of(url)).collect()),
        (Purpose::Stun, host(&config.stun_server)),
        (Purpose::Time, host(&config.ntp_server)),
        (Purpose::Broker, vec![host_of(&config.mqtt_url)]),
        (Purpose::Metrics, vec![host_of(&config.remote_write_url), host_of(&config.influx_url)]),
        (Purpose::Mail, vec![host_of(&config.smtp_url)]),
    ];
    let all = found.into_iter().chain(named).map(|(purpose, hosts)| Asked { purpose, hosts: once_each(hosts) });
    all.filter(|asked| !asked.hosts.is_empty() || asked.purpose <= Purpose::OwnResolvers).collect()
}

/// The hosts without empty ones, each once, in their order.
fn once_each(hosts: Vec<String>) -> Vec<String> {
    let mut once = Vec::new();
    for host in hosts {
        if !host.is_empty() && !once.contains(&host) {
            once.push(host);
        }
    }
    once
}

/// The host of a web address, without user, port and path.
fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((address, _)) => address.to_owned(),
        None => host.split(':').next().unwrap_or_default().to_owned(),
    }
}

/// Bytes on the wire of one exchange, both directions together, with the headers of Ethernet.
mod size {
    /// An echo and its answer.
    pub(super) const ECHO: f64 = 2.0 * 74.0;
    /// The same as large as a link carries.
    pub(super) const LARGE: f64 = 2.0 * 1514.0;
    /// A connection that is closed at once: handshake, end.
    pub(super) const CONNECTION: f64 = 4.0 * 66.0 + 74.0;
    /// A question to a resolver and the answer.
    pub(super) const QUESTION: f64 = 200.0;
    /// A web request with a TLS handshake and a small page.
    pub(super) const SITE: f64 = 7000.0;
    /// A web request in the clear.
    pub(super) const PAGE: f64 = 1300.0;
    /// A round of a trace over ten hops.
    pub(super) const ROUND: f64 = 10.0 * (74.0 + 110.0);
}

/// Hops of the provider that are asked where none is configured.
const FOUND_HOPS: usize = 2;
/// Questions to one resolver of this computer in a cycle, and to a public one.
const QUESTIONS: f64 = 5.0;
const QUESTIONS_TO_PUBLIC: f64 = 2.0;
/// Pulses of which one sends a large packet.
const LARGE_EVERY: f64 = 6.0;
/// Cycles of which one sends large packets, and how many.
const LARGE_CYCLES: f64 = 3.0;
const LARGE_OF_CYCLE: f64 = 3.0;

/// Traffic of a line that works, in bytes per second, both directions together, headers of Ethernet included.
///
/// An estimate from the configured hosts and intervals for a computer with IPv4 and IPv6, and one resolver of its own
/// where they are found. More is sent while something is wrong.
pub fn traffic(config: &Config) -> f64 {
    let found = |hosts: &[String], otherwise: usize| (if hosts.is_empty() { otherwise } else { hosts.len() }) as f64;
    let n = |purpose: Purpose, otherwise: usize| {
        asked(config).iter().find(|asked| asked.purpose == purpose).map_or(0.0, |asked| found(&asked.hosts, otherwise))
    };
    let (hops, own) = (n(Purpose::IspHops, FOUND_HOPS), n(Purpose::OwnResolvers, 1));
    let (v4, v6) = (n(Purpose::Targets, 0), n(Purpose::TargetsV6, 0));
    let six_of_four = if v6 > 0.0 { size::ECHO / 4.0 } else { 0.0 };
    let pulse = 3.0 * size::ECHO + size::QUESTION + size::CONNECTION / 2.0 + six_of_four + size::LARGE / LARGE_EVERY;
    let sites = [&config.http_url, &config.http_ip_url, &config.captive_portal_url];
    let web: f64 = sites.into_iter().map(|url| page(url)).sum();
    let cycle = (1.0 + hops) * size::ECHO
        + (v4 + v6) * (size::ECHO + size::CONNECTION)
        + LARGE_OF_CYCLE * size::LARGE / LARGE_CYCLES
        + (QUESTIONS * own + QUESTIONS_TO_PUBLIC * n(Purpose::PublicResolvers, 0)) * size::QUESTION
        + n(Purpose::Ports, 0) * size::CONNECTION
        + web;
    let traced = n(Purpose::Traces, 0) + hops + f64::from(v6 > 0.0);
    let traces =
        if config.mtr_baseline_enabled { traced * config.mtr_baseline_count as f64 * size::ROUND } else { 0.0 };
    per_second(pulse, config.sample_interval_sec)
        + per_second(cycle, config.ping_interval_sec)
        + per_second(traces, config.mtr_baseline_period_sec)
}

fn per_second(bytes: f64, interval: Duration) -> f64 {
    bytes / interval.as_secs_f64().max(0.1)
}

fn page(url: &str) -> f64 {
    match url.split_once("://") {
        Some(("https", _)) => size::SITE,
        Some(_) => size::PAGE,
        None => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        engine::{
            knowledge::{Knowledge, Permits},
            plan::{Breadth, Planner},
        },
        model::{
            config::SETTINGS,
            host::{DefaultRoute, Family, Host, HostFacts, Link, LinkKind},
            probe::{Probe, ProbeKind, Subject},
            settings::{Kind, Value},
            spelling::Spelling,
        },
    };

    const ROUTER: &str = "192.0.2.1";

    fn facts() -> HostFacts {
        let addrs = vec!["192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap()];
        let route = |family, gateway: &str| {
            let gateway = Some(gateway.parse().unwrap());
            DefaultRoute { family, gateway, link: 2, metric: 1 }
        };
        HostFacts {
            links: vec![Link {
                index: 2,
                name: "eth0".into(),
                kind: LinkKind::Wired,
                up: true,
                addrs,
                ..Link::default()
            }],
            routes: vec![route(Family::V4, ROUTER), route(Family::V6, "fe80::1%2")],
            resolvers: vec![Host::new("192.0.2.1".parse().unwrap())],
            ..HostFacts::default()
        }
    }

    /// The host that a probe is sent to, as the configuration has it.
    fn host(probe: &Probe) -> String {
        match &probe.kind {
            ProbeKind::Echo(host)
            | ProbeKind::Udp(host)
            | ProbeKind::FirstHop(host)
            | ProbeKind::Large(host, _)
            | ProbeKind::LargeUdp(host, _) => host.to_string(),
            ProbeKind::Tcp(to) | ProbeKind::Hello(to) => to.ip().to_string(),
            ProbeKind::Http(http) => host_of(&http.url),
            ProbeKind::Dns(dns) => dns.server.ip().to_string(),
        }
    }

    /// Everything that a plan can ask: a full cycle, and the whole path.
    fn planned(config: &Config) -> Vec<Probe> {
        let mut known = Knowledge::new(Permits { v4: true, v6: true });
        known.update(config, &facts());
        let mut planner = Planner::new(config.clone());
        let mut probes = planner.cycle(&known, Breadth::Full);
        probes.extend(planner.whole_path(&known, false));
        probes.extend(planner.all_targets(&known));
        probes
    }

    #[track_caller]
    fn check(config: &Config) {
        let told: BTreeSet<String> = asked(config).into_iter().flat_map(|asked| asked.hosts).collect();
        let mut sent = BTreeSet::new();
        for probe in planned(config) {
            let host = host(&probe);
            let is_found = matches!(probe.subject, Subject::Gateway(_)) || host == ROUTER;
            assert!(is_found || told.contains(&host), "{host} is asked and not told: {probe:?}");
            sent.insert(host);
        }
        for Asked { purpose, hosts } in asked(config) {
            // These are asked by other parts than the plan.
            use Purpose::{Broker, Mail, Metrics, Proxy, Stun, Time, Traces};
            if matches!(purpose, Proxy | Traces | Stun | Time | Broker | Metrics | Mail) {
                continue;
            }
            for host in hosts {
                assert!(sent.contains(&host), "{host} is told and not asked: {purpose:?}");
            }
        }
    }

    #[test]
    fn who_is_told_is_who_is_asked() {
        check(&Config::default());
        check(&Config {
            targets: vec!["198.51.100.1".into()],
            isp_targets: vec!["203.0.113.1".into(), "203.0.113.2".into()],
            isp_tcp_ip: "203.0.113.9".into(),
            dns_servers: vec!["198.51.100.53".into()],
            http_urls: vec!["https://user@a.example:8443/x".into()],
            captive_portal_url: String::new(),
            ..Config::default()
        });
    }

    #[test]
    fn every_setting_that_names_a_host_is_told() {
        // Names that resolvers are asked for, and what they should answer.
        // Names of this computer.
        let exempt = ["dns_test_hostname", "dns_known_name", "dns_known_addresses", "api_hosts"];
        for setting in SETTINGS {
            let value = match setting.kind {
                Kind::Hosts | Kind::Addrs | Kind::AutoAddrs => Value::List(vec!["198.51.100.77".into()]),
                Kind::Urls => Value::List(vec!["https://198.51.100.77/x".into()]),
                Kind::Host | Kind::OptionalHost | Kind::OptionalAddr | Kind::AutoAddr => {
                    Value::Text("198.51.100.77".into())
                }
                Kind::Url | Kind::OptionalUrl => Value::Text("https://198.51.100.77/x".into()),
                Kind::Spelled(Spelling::OptionalBroker) => Value::Text("mqtts://198.51.100.77:8883".into()),
                Kind::Spelled(Spelling::OptionalMailServer) => Value::Text("smtp://198.51.100.77".into()),
                Kind::Whole(..)
                | Kind::Number(..)
                | Kind::Switch
                | Kind::Text
                | Kind::Folder
                | Kind::Choice(_)
                | Kind::Words(_)
                | Kind::Mailboxes
                | Kind::Spelled(_) => continue,
            };
            let mut config = Config::default();
            setting.set(&mut config, value).unwrap();
            let is_told = asked(&config).iter().any(|asked| asked.hosts.iter().any(|host| host == "198.51.100.77"));
            assert_eq!(!exempt.contains(&setting.key), is_told, "{}", setting.key);
        }
    }

    #[test]
    fn the_traffic_of_the_defaults_is_what_was_measured_and_follows_the_intervals() {
        let usual = traffic(&Config::default());
        assert!((2600.0..3100.0).contains(&usual), "{usual}");
        let slow = Config {
            sample_interval_sec: Duration::from_secs(10),
            ping_interval_sec: Duration::from_secs(200),
            ..Config::default()
        };
        assert!((usual / 10.0..usual / 5.0).contains(&traffic(&slow)), "{}", traffic(&slow));
        let more = Config { targets: vec!["198.51.100.1".into(); 40], ..Config::default() };
        assert!(traffic(&more) < usual, "the same host is asked once");
    }

    #[test]
    fn the_host_of_an_address_is_what_is_connected_to() {
        for (url, host) in [
            ("https://example.com", "example.com"),
            ("http://user:pass@a.example:8080/x?y#z", "a.example"),
            ("https://[2001:db8::1]:443/", "2001:db8::1"),
            ("https://1.1.1.1", "1.1.1.1"),
            ("", ""),
        ] {
            assert_eq!(host, host_of(url), "{url}");
        }
    }
}
