//! The verdict: whose fault it is.
//!
//! The innermost part that the samples prove broken is blamed, and nothing is blamed that something beyond it proves
//! alive. The table that users read stands in the README.

use crate::{
    analysis::{
        home::HostLayer,
        layers::{FurtherLayer, GatewayLayer, Layers, PortalLayer, Reach},
        trust::Certificates,
    },
    model::{
        row::Tally,
        verdict::{Confidence, Evidence, FaultDomain, RootCause, Status, Verdict},
    },
};

/// Blames the innermost part of the path that the layers prove broken.
///
/// `None` when nothing was measured that could prove the line alive or dead: that is a gap, not an outage.
pub fn judge(layers: &Layers) -> Option<Verdict> {
    let (status, cause, domain, confidence) =
        if beyond_alive(layers) { beyond_is_alive(layers) } else { nothing_beyond(layers)? };
    let mut evidence = evidence(layers);
    if domain != Some(FaultDomain::Access) {
        // What it leaves open matters only there.
        evidence.retain(|evidence| *evidence != Evidence::NoIspHopKnown);
    }
    Some(Verdict { status, cause, domain, confidence, evidence, last_hop: None })
}

type Blame = (Status, Option<RootCause>, Option<FaultDomain>, Confidence);

fn blame(status: Status, cause: RootCause, domain: FaultDomain, confidence: Confidence) -> Blame {
    (status, Some(cause), Some(domain), confidence)
}

fn notice(domain: FaultDomain, confidence: Confidence) -> Blame {
    (Status::Ok, None, Some(domain), confidence)
}

fn none_up(tally: Tally) -> bool {
    tally.total > 0 && tally.up == 0
}

fn some_down(tally: Tally) -> bool {
    tally.up < tally.total
}

fn v4_measured(layers: &Layers) -> bool {
    layers.targets.total > 0 || layers.sites.total > 0
}

/// True if anything on the internet answered, by whatever means. A page of a login portal is not the internet.
pub fn beyond_alive(layers: &Layers) -> bool {
    let web = layers.sites.up > 0 || layers.portal == PortalLayer::Genuine;
    // IPv6 speaks for this network where it has no IPv4, but not where this computer has lost that.
    let is_v6_alone = !v4_measured(layers) && !layers.v4_lost && !layers.unsent;
    layers.targets.up > 0 || web || (is_v6_alone && layers.v6 == Reach::Alive)
}

fn is_portal(layers: &Layers) -> bool {
    matches!(layers.portal, PortalLayer::Foreign | PortalLayer::FromHome) && layers.sites.up == 0
}

fn portal(layers: &Layers) -> Blame {
    let confidence = match layers.portal {
        PortalLayer::FromHome if layers.targets.up == 0 => Confidence::Low,
        PortalLayer::FromHome => Confidence::Medium,
        _ => Confidence::High,
    };
    blame(Status::AppLayerFail, RootCause::Mixed, FaultDomain::CaptivePortal, confidence)
}

/// The line carries nothing: this computer, the home network, the access line, the provider, or those beyond.
fn nothing_beyond(layers: &Layers) -> Option<Blame> {
    use Confidence::{High, Low, Medium};
    let not_connected = matches!(layers.host, HostLayer::NoLink | HostLayer::NoAddress | HostLayer::NoRoute);
    let measured = v4_measured(layers) || layers.v6 == Reach::Dead;
    let isp_alive = layers.isp.up > 0 || layers.isp_says_unreachable;
    if layers.unsent || layers.v4_lost {
        return Some(blame(Status::LanDown, RootCause::Lan, FaultDomain::Host, High));
    }
    if not_connected
        && !isp_alive
        && !layers.beyond_isp
        && !layers.names_resolve
        && layers.gateway != GatewayLayer::Alive
        && layers.v6 != Reach::Alive
    {
        return Some(blame(Status::LanDown, RootCause::Lan, FaultDomain::Host, High));
    }
    // What this computer does not let out says nothing of the line.
    if !measured || layers.forbidden {
        return None;
    }
    if is_portal(layers) {
        return Some(portal(layers));
    }
    let wan = |domain, confidence| {
        // What lies behind a live router may be the tunnel's path as well as the line's.
        // And what a public resolver answers crosses the line that carries nothing else.
        let (cause, confidence) = if (layers.vpn && !layers.router_says_unreachable) || layers.public_answers {
            (RootCause::Mixed, Low)
        } else {
            (RootCause::Transport, confidence)
        };
        Some(blame(Status::WanDown, cause, domain, confidence))
    };
    if layers.v6 == Reach::Alive {
        // IPv6 crosses the same line, so the line carries; the provider's IPv4 does not.
        return wan(FaultDomain::Isp, Medium);
    }
    if layers.beyond_isp {
        let whole = layers.isp.up == layers.isp.total;
        return wan(FaultDomain::Upstream, if whole && layers.names_resolve { High } else { Medium });
    }
    if isp_alive && layers.isp.up == 0 {
        // A router of the provider has no way on, and says so itself.
        return wan(FaultDomain::Isp, High);
    }
    if isp_alive {
        let whole = layers.isp.up == layers.isp.total;
        return match (whole, layers.isp.total > 1 || layers.names_resolve) {
            (true, true) => wan(FaultDomain::Upstream, if layers.names_resolve { High } else { Medium }),
            (true, false) => wan(FaultDomain::Isp, Medium),
            (false, _) => wan(FaultDomain::Isp, High),
        };
    }
    if !layers.names_resolve && !layers.public_answers && layers.gateway == GatewayLayer::Alive && !layers.vpn {
        // The first router of the home answers, one behind it does not: the line begins behind both.
        match layers.further {
            FurtherLayer::Dead => return Some(blame(Status::LanDown, RootCause::Lan, FaultDomain::Lan, High)),
            FurtherLayer::DeadPerhaps => return Some(blame(Status::LanDown, RootCause::Lan, FaultDomain::Lan, Medium)),
            FurtherLayer::Alive | FurtherLayer::NotMeasured => {}
        }
    }
    if layers.names_resolve {
        // Whoever answers the resolver's questions is beyond the access line.
        return wan(FaultDomain::Upstream, if layers.isp.total > 0 { Low } else { Medium });
    }
    match layers.gateway {
        GatewayLayer::Dead => Some(blame(Status::LanDown, RootCause::Lan, FaultDomain::Lan, High)),
        GatewayLayer::Alive if layers.router_says_unreachable || layers.isp.total > 0 => wan(FaultDomain::Access, High),
        GatewayLayer::Alive => wan(FaultDomain::Access, Medium),
        GatewayLayer::Silent | GatewayLayer::NotMeasured => {
            Some(blame(Status::WanDown, RootCause::Mixed, FaultDomain::Access, Low))
        }
    }
}

/// The line carries: names, the web, or nothing is at fault.
fn beyond_is_alive(layers: &Layers) -> Blame {
    use Confidence::{High, Medium};
    if is_portal(layers) {
        return portal(layers);
    }
    if none_up(layers.system_dns) && !layers.zone_dead {
        let confidence = if layers.system_dns.total > 1 || layers.public_dns.up > 0 { High } else { Medium };
        return blame(Status::DnsAppFail, RootCause::Dns, FaultDomain::Dns, confidence);
    }
    let web_dead = none_up(layers.sites) && layers.sites.total > 1;
    if layers.large == Reach::Dead && (web_dead || layers.sites.total == 0) {
        return blame(Status::AppLayerFail, RootCause::Transport, FaultDomain::Mtu, Medium);
    }
    if web_dead {
        let sure = none_up(layers.tcp) && layers.tcp.total > 1;
        return blame(Status::AppLayerFail, RootCause::Transport, FaultDomain::App, if sure { High } else { Medium });
    }
    if layers.large == Reach::Dead {
        return notice(FaultDomain::Mtu, Medium);
    }
    if none_up(layers.echo) && layers.echo.total > 1 {
        return (Status::Ok, Some(RootCause::IcmpOnly), Some(FaultDomain::Filtering), High);
    }
    if layers.v6 == Reach::Dead {
        return notice(FaultDomain::Ipv6, High);
    }
    if layers.zone_dead {
        return notice(FaultDomain::Destination, Medium);
    }
    if some_down(layers.system_dns) || layers.dns_faults.invents {
        return notice(FaultDomain::Dns, Medium);
    }
    if layers.certificates.are_not_judged() {
        return notice(FaultDomain::Host, Medium);
    }
    if some_down(layers.targets) || some_down(layers.sites) || layers.portal == PortalLayer::Dead {
        return notice(FaultDomain::Destination, High);
    }
    (Status::Ok, None, None, High)
}

fn is_refused(certificates: Certificates) -> bool {
    !matches!(certificates, Certificates::Accepted | Certificates::NoRoots)
}

/// Everything the layers show, from the inside out.
fn evidence(layers: &Layers) -> Vec<Evidence> {
    let v4_dead = v4_measured(layers) && layers.targets.up == 0 && layers.sites.up == 0;
    let facts = [
        (layers.host == HostLayer::NoLink, Evidence::LinkDown),
        (layers.host == HostLayer::NoAddress, Evidence::NoAddress),
        (layers.host == HostLayer::NoRoute, Evidence::NoRoute),
        (layers.v4_lost, Evidence::Ipv4Lost),
        (layers.unsent && !layers.v4_lost && layers.host == HostLayer::Ok, Evidence::NothingSent),
        (layers.vpn, Evidence::VpnActive),
        (layers.gateway == GatewayLayer::Alive, Evidence::GatewayAlive),
        (layers.gateway == GatewayLayer::Dead, Evidence::GatewayDead),
        (layers.gateway == GatewayLayer::Silent, Evidence::GatewaySilent),
        (
            matches!(layers.further, FurtherLayer::Dead | FurtherLayer::DeadPerhaps) && !beyond_alive(layers),
            Evidence::SecondRouterDead,
        ),
        (layers.further == FurtherLayer::Alive && !beyond_alive(layers), Evidence::SecondRouterAlive),
        (layers.router_says_unreachable, Evidence::RouterSaysUnreachable),
        (layers.isp_says_unreachable, Evidence::IspSaysUnreachable),
        (layers.beyond_isp && !beyond_alive(layers), Evidence::BeyondIspAlive),
        (layers.isp.up > 0, Evidence::IspHopAlive),
        (some_down(layers.isp), Evidence::IspHopDead),
        (layers.isp.total == 0 && !beyond_alive(layers) && v4_measured(layers), Evidence::NoIspHopKnown),
        (layers.names_resolve, Evidence::NamesResolve),
        (none_up(layers.targets), Evidence::TargetsDead),
        (layers.targets.total > 0 && !some_down(layers.targets), Evidence::TargetsAlive),
        (some_down(layers.targets) && layers.targets.up > 0, Evidence::SomeTargetsDead),
        (none_up(layers.echo) && layers.targets.up > 0, Evidence::EchoFiltered),
        (none_up(layers.tcp) && layers.echo.up > 0, Evidence::TcpDead),
        (none_up(layers.system_dns), Evidence::SystemDnsDead),
        (some_down(layers.system_dns) && layers.system_dns.up > 0, Evidence::OneResolverDead),
        (layers.dns_faults.error_code, Evidence::DnsErrorCode),
        (layers.dns_faults.lie, Evidence::DnsLie),
        (layers.dns_faults.invents, Evidence::DnsInventsNames),
        (layers.dns_faults.one_name && !layers.zone_dead, Evidence::NameFiltered),
        (layers.public_dns.up > 0, Evidence::PublicDnsAlive),
        (none_up(layers.public_dns), Evidence::PublicDnsDead),
        (none_up(layers.sites), Evidence::SitesDead),
        ((some_down(layers.sites) || layers.portal == PortalLayer::Dead) && layers.sites.up > 0, Evidence::OneSiteDead),
        (is_refused(layers.certificates), Evidence::CertificateRefused),
        (layers.certificates == Certificates::RefusedHere, Evidence::CertificatesUntrusted),
        (layers.certificates == Certificates::WrongClock, Evidence::ClockWrong),
        (layers.certificates == Certificates::NoRoots, Evidence::NoTrustedRoots),
        (matches!(layers.portal, PortalLayer::Foreign | PortalLayer::FromHome), Evidence::PortalPage),
        (layers.portal == PortalLayer::FromHome, Evidence::PortalFromGateway),
        (layers.large == Reach::Dead, Evidence::LargePacketsLost),
        (layers.v6 == Reach::Dead && !v4_dead && !layers.unsent && !layers.v4_lost, Evidence::Ipv6Dead),
        (layers.v6 == Reach::Alive && v4_dead, Evidence::Ipv4Dead),
    ];
    facts.into_iter().filter_map(|(shown, evidence)| shown.then_some(evidence)).collect()
}

#[cfg(test)]
mod tests;
