//! Verdicts: what the samples prove, how surely, and by what.

use std::{fmt, net::IpAddr, str::FromStr};

/// The state of the line in the words of `netlog.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// The line works.
    Ok,
    /// The fault is between this computer and the home router.
    LanDown,
    /// The fault is beyond the home router.
    WanDown,
    /// The line works, names do not resolve.
    DnsAppFail,
    /// The line and DNS work, the web does not.
    AppLayerFail,
}

/// The original's hint at the cause. Empty in a log when there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RootCause {
    /// The home network.
    Lan,
    /// The way to the internet.
    Transport,
    /// Name resolution.
    Dns,
    /// Only ping is filtered.
    IcmpOnly,
    /// More than one, or contradictory.
    Mixed,
}

/// Party or part of the path that is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultDomain {
    /// This computer: link, address or route.
    Host,
    /// The home network and the router.
    Lan,
    /// The provider's access line.
    Access,
    /// The provider's own network.
    Isp,
    /// Networks beyond the provider.
    Upstream,
    /// Name resolution.
    Dns,
    /// Web sites or the ports they use.
    App,
    /// A login page stands in the way.
    CaptivePortal,
    /// Large packets vanish (RFC 2923).
    Mtu,
    /// ICMP is filtered; nothing else is.
    Filtering,
    /// One far host or site.
    Destination,
    /// IPv6 alone.
    Ipv6,
    /// Our own traffic fills the line.
    SelfLoad,
}

/// Strength of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// The samples contradict each other or too few parts of the path could be asked.
    Low,
    /// One independent proof.
    Medium,
    /// Several independent proofs that agree.
    High,
}

macro_rules! spelled {
    ($type:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        impl $type {
            /// Every value, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The spelling used in logs and JSON.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(UnknownWord(text.to_owned())),
                }
            }
        }
    };
}

/// A word that none of the spellings has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown word {0:?}")]
pub struct UnknownWord(pub String);

spelled!(Status {
    Ok = "OK",
    LanDown = "LAN_DOWN",
    WanDown = "WAN_DOWN",
    DnsAppFail = "DNS_APP_FAIL",
    AppLayerFail = "APP_LAYER_FAIL",
});

spelled!(RootCause { Lan = "LAN", Transport = "Transport", Dns = "DNS", IcmpOnly = "ICMP-only", Mixed = "Mixed" });

spelled!(FaultDomain {
    Host = "host",
    Lan = "lan",
    Access = "access",
    Isp = "isp",
    Upstream = "upstream",
    Dns = "dns",
    App = "app",
    CaptivePortal = "captive_portal",
    Mtu = "mtu",
    Filtering = "filtering",
    Destination = "destination",
    Ipv6 = "ipv6",
    SelfLoad = "self_load",
});

spelled!(Confidence { Low = "low", Medium = "medium", High = "high" });

/// One fact a verdict rests on. `as_str` is the code in logs, `explain` the sentence in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// No interface is connected.
    LinkDown,
    /// The interface has no address.
    NoAddress,
    /// There is no default route.
    NoRoute,
    /// This computer had IPv4 and has no address or route of it any more, while it has IPv6.
    Ipv4Lost,
    /// This computer could send nothing to the far hosts.
    NothingSent,
    /// The home router answered.
    GatewayAlive,
    /// The home router answers nothing and is gone from the neighbour table, or used to answer and stopped.
    GatewayDead,
    /// The home router does not answer, and never did: its silence proves nothing.
    GatewaySilent,
    /// A further router of the home, which used to answer, is silent, while the first one answers.
    SecondRouterDead,
    /// The further routers of the home answered, too.
    SecondRouterAlive,
    /// The home router said that the internet cannot be reached.
    RouterSaysUnreachable,
    /// A router of the provider said that the internet cannot be reached.
    IspSaysUnreachable,
    /// A router behind the provider's known hops answered.
    BeyondIspAlive,
    /// At least one hop of the provider answered.
    IspHopAlive,
    /// At least one hop of the provider is silent.
    IspHopDead,
    /// This computer's resolvers know names that nobody can have cached, so the line carries at least to them.
    NamesResolve,
    /// No target answered by any means.
    TargetsDead,
    /// Every target answered.
    TargetsAlive,
    /// Some targets answered, some did not.
    SomeTargetsDead,
    /// No target answers ping, some answer TCP or HTTP.
    EchoFiltered,
    /// Connections to every target failed while ping works.
    TcpDead,
    /// No resolver of this system gave a true answer.
    SystemDnsDead,
    /// One of several resolvers of this system failed.
    OneResolverDead,
    /// A resolver failed with an error code.
    DnsErrorCode,
    /// A resolver gave a false answer.
    DnsLie,
    /// A resolver invents addresses for names that do not exist.
    DnsInventsNames,
    /// A resolver fails one name and answers all others truly, as one that filters does.
    NameFiltered,
    /// Public resolvers work.
    PublicDnsAlive,
    /// Public resolvers fail too, or are blocked.
    PublicDnsDead,
    /// Every web site failed.
    SitesDead,
    /// One web site failed, another works.
    OneSiteDead,
    /// Certificates are refused; a wrong clock of this computer looks the same.
    CertificateRefused,
    /// Every web site's certificate is refused, so that the reason is not theirs.
    CertificatesUntrusted,
    /// Dates of certificates and the time that a web server tells contradict the clock of this computer.
    ClockWrong,
    /// This computer trusts no issuer of certificates.
    NoTrustedRoots,
    /// A login page answered instead of the page asked for.
    PortalPage,
    /// The page came from the home router itself; its own error page looks the same.
    PortalFromGateway,
    /// Small packets pass, large ones vanish.
    LargePacketsLost,
    /// IPv6 is dead while IPv4 works.
    Ipv6Dead,
    /// IPv4 is dead while IPv6 works.
    Ipv4Dead,
    /// This computer uses a VPN; the path measured may be the tunnel's.
    VpnActive,
    /// Loss above the threshold.
    LossHigh,
    /// Latency above the threshold.
    LatencyHigh,
    /// Jitter above the threshold.
    JitterHigh,
    /// Large packets alone have become slow: the line has lost most of its rate.
    LargePacketsSlow,
    /// This computer's own traffic fills the line.
    OwnTrafficHigh,
    /// No hop of the provider is known, so access line and provider core cannot be told apart.
    NoIspHopKnown,
}

impl Evidence {
    /// Every code with its sentence, in declaration order.
    pub const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::LinkDown, "link_down", "no network interface is connected"),
        (Self::NoAddress, "no_address", "the network interface has no address"),
        (Self::NoRoute, "no_route", "there is no default route"),
        (Self::Ipv4Lost, "ipv4_lost", "this computer has lost its IPv4 address or route"),
        (Self::NothingSent, "nothing_sent", "this computer could send nothing to the far hosts"),
        (Self::GatewayAlive, "gateway_alive", "the home router answered"),
        (Self::GatewayDead, "gateway_dead", "the home router, which normally answers, does not"),
        (Self::GatewaySilent, "gateway_silent", "the home router does not answer, which it never did"),
        (
            Self::SecondRouterDead,
            "second_router_dead",
            "the second router of the home does not answer: the fault lies between your two routers or in the second",
        ),
        (Self::SecondRouterAlive, "second_router_alive", "the second router of the home answered"),
        (Self::RouterSaysUnreachable, "router_says_unreachable", "the home router says the internet is unreachable"),
        (Self::IspSaysUnreachable, "isp_says_unreachable", "a router of the provider says the internet is unreachable"),
        (Self::BeyondIspAlive, "beyond_isp_alive", "a router behind the provider's hops answered"),
        (Self::IspHopAlive, "isp_hop_alive", "a hop of the provider answered"),
        (Self::IspHopDead, "isp_hop_dead", "a hop of the provider does not answer"),
        (Self::NamesResolve, "names_resolve", "names that nobody has cached resolve, so the line carries"),
        (Self::TargetsDead, "targets_dead", "no far host answered by any means"),
        (Self::TargetsAlive, "targets_alive", "all far hosts answered"),
        (Self::SomeTargetsDead, "some_targets_dead", "some far hosts answered, some did not"),
        (Self::EchoFiltered, "echo_filtered", "far hosts answer connections but not ping"),
        (Self::TcpDead, "tcp_dead", "connections to all far hosts failed while ping works"),
        (Self::SystemDnsDead, "system_dns_dead", "no resolver of this computer gave a true answer"),
        (Self::OneResolverDead, "one_resolver_dead", "one of several resolvers failed"),
        (Self::DnsErrorCode, "dns_error_code", "a resolver answered with an error code"),
        (Self::DnsLie, "dns_lie", "a resolver gave a false answer"),
        (Self::DnsInventsNames, "dns_invents_names", "a resolver invents addresses for names that do not exist"),
        (Self::NameFiltered, "name_filtered", "a resolver fails one name alone, as a filter does"),
        (Self::PublicDnsAlive, "public_dns_alive", "public resolvers work"),
        (Self::PublicDnsDead, "public_dns_dead", "public resolvers fail too or are blocked"),
        (Self::SitesDead, "sites_dead", "every web site failed"),
        (Self::OneSiteDead, "one_site_dead", "one web site failed while another works"),
        (Self::CertificateRefused, "certificate_refused", "certificates are refused (a wrong clock looks the same)"),
        (
            Self::CertificatesUntrusted,
            "certificates_untrusted",
            "the certificates of all web sites are refused while the web answers in the clear",
        ),
        (Self::ClockWrong, "clock_wrong", "certificates and a web server tell another time than this computer's clock"),
        (
            Self::NoTrustedRoots,
            "no_trusted_roots",
            "this computer trusts no issuer of certificates, so secure web sites are not measured",
        ),
        (Self::PortalPage, "portal_page", "another page answered in place of the one asked for"),
        (Self::PortalFromGateway, "portal_from_gateway", "that page came from the home router itself"),
        (Self::LargePacketsLost, "large_packets_lost", "small packets pass and large ones vanish"),
        (Self::Ipv6Dead, "ipv6_dead", "IPv6 does not work while IPv4 does"),
        (Self::Ipv4Dead, "ipv4_dead", "IPv4 does not work while IPv6 does"),
        (Self::VpnActive, "vpn_active", "a VPN is active, so the path may be the tunnel's"),
        (Self::LossHigh, "loss_high", "packet loss is above the threshold"),
        (Self::LatencyHigh, "latency_high", "latency is above the threshold or far above the usual"),
        (Self::JitterHigh, "jitter_high", "jitter is above the threshold or far above the usual"),
        (Self::LargePacketsSlow, "large_packets_slow", "large packets take much longer than usual, as at a low rate"),
        (Self::OwnTrafficHigh, "own_traffic_high", "this computer's own traffic fills the line"),
        (Self::NoIspHopKnown, "no_isp_hop_known", "no hop of the provider is known, so line and core look alike"),
    ];

    /// The code used in logs.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(evidence, ..)| *evidence == self).map_or("", |(_, code, _)| code)
    }

    /// Returns the meaning of the code, as the end of a sentence.
    pub fn explain(self) -> &'static str {
        Self::ALL.iter().find(|(evidence, ..)| *evidence == self).map_or("", |(.., sentence)| sentence)
    }
}

/// Conclusion from the samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The state of the line.
    pub status: Status,
    /// The original's hint; `None` when nothing is wrong.
    pub cause: Option<RootCause>,
    /// Fault domain; with [`Status::Ok`] a notice. `None` when nothing is wrong.
    pub domain: Option<FaultDomain>,
    /// Strength of the evidence.
    pub confidence: Confidence,
    /// Evidence of the verdict, the most telling first.
    pub evidence: Vec<Evidence>,
    /// The last hop of the path that answered while it did not work; `None` where no trace can tell.
    pub last_hop: Option<LastHop>,
}

/// The last hop that answered on a path that does not reach its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LastHop {
    /// Distance of the hop; 1 is the home router.
    pub ttl: u8,
    /// Address of the hop.
    pub addr: IpAddr,
}

impl Verdict {
    /// Returns the verdict on a line that works.
    pub const fn works() -> Self {
        Self {
            status: Status::Ok,
            cause: None,
            domain: None,
            confidence: Confidence::High,
            evidence: Vec::new(),
            last_hop: None,
        }
    }

    /// True if the part named on a line that works badly is a guess: low confidence, and no own traffic that explains it.
    pub fn is_guess(&self) -> bool {
        !self.is_down() && self.confidence == Confidence::Low && self.domain != Some(FaultDomain::SelfLoad)
    }

    /// True if the line is unusable: the verdict of an outage, if it lasts.
    pub fn is_down(&self) -> bool {
        self.status != Status::Ok
    }

    /// Returns the question that this verdict leaves open, as the end of a sentence; `None` when nothing is left open.
    pub fn cannot_establish(&self) -> Option<&'static str> {
        let has = |evidence| self.evidence.contains(&evidence);
        let degraded = [Evidence::LossHigh, Evidence::LatencyHigh, Evidence::JitterHigh].into_iter().any(has);
        if self.domain == Some(FaultDomain::Access) && !self.is_down() && degraded {
            return Some("whether the line does badly or other devices in the home fill it");
        }
        if has(Evidence::NoIspHopKnown) && !has(Evidence::VpnActive) {
            Some("whether the access line or the provider's network behind it failed")
        } else if has(Evidence::VpnActive) && self.is_down() {
            Some("whether the VPN or the line behind it failed")
        } else if has(Evidence::GatewaySilent) {
            Some("whether the home router or the line behind it failed")
        } else if has(Evidence::CertificatesUntrusted) {
            Some("whether this computer trusts too few issuers or something on the way replaces certificates")
        } else if has(Evidence::CertificateRefused) && !has(Evidence::ClockWrong) {
            Some("whether the sites or the clock of this computer are wrong")
        } else if has(Evidence::PortalFromGateway) {
            Some("whether this is a login page or the home router's own error page")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_as_itself() {
        for status in Status::ALL {
            assert_eq!(Ok(*status), status.as_str().parse());
        }
        for domain in FaultDomain::ALL {
            assert_eq!(Ok(*domain), domain.as_str().parse());
        }
        assert_eq!(Err(UnknownWord("WAN".into())), "WAN".parse::<Status>());
    }

    #[test]
    fn every_evidence_has_its_own_code_and_sentence() {
        let mut codes: Vec<_> = Evidence::ALL.iter().map(|(_, code, _)| code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(Evidence::ALL.len(), codes.len());
        assert!(
            Evidence::ALL.iter().all(|(evidence, code, sentence)| evidence.as_str() == *code && !sentence.is_empty())
        );
    }
}
