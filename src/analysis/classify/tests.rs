use super::*;
use crate::analysis::{layers::DnsFaults, trust::Certificates};

const fn of(up: usize, total: usize) -> Tally {
    Tally { up, total }
}

/// A line on which everything was measured and works.
const FINE: Layers = Layers {
    host: HostLayer::Ok,
    gateway: GatewayLayer::Alive,
    isp: of(2, 2),
    names_resolve: true,
    targets: of(4, 4),
    echo: of(4, 4),
    tcp: of(4, 4),
    system_dns: of(1, 1),
    public_dns: of(2, 2),
    sites: of(4, 4),
    portal: PortalLayer::Genuine,
    v6: Reach::NotMeasured,
    ..Layers::NONE
};

/// Nothing beyond the home router answers, and the router does.
const CUT: Layers = Layers {
    isp: of(0, 2),
    names_resolve: false,
    targets: of(0, 4),
    echo: of(0, 4),
    tcp: of(0, 4),
    system_dns: of(0, 1),
    public_dns: of(0, 2),
    sites: of(0, 1),
    portal: PortalLayer::Dead,
    ..FINE
};

#[track_caller]
fn check(layers: Layers, status: Status, cause: Option<RootCause>, domain: Option<FaultDomain>) {
    let verdict = judge(&layers).unwrap();
    assert_eq!((status, cause, domain), (verdict.status, verdict.cause, verdict.domain), "{:?}", verdict.evidence);
}

#[test]
fn the_table_of_the_readme_row_by_row() {
    use FaultDomain as D;
    use RootCause::{Dns, IcmpOnly, Lan, Mixed, Transport};
    use Status::{AppLayerFail, DnsAppFail, LanDown, Ok, WanDown};
    check(FINE, Ok, None, None);
    check(Layers { host: HostLayer::NoLink, gateway: GatewayLayer::Dead, ..CUT }, LanDown, Some(Lan), Some(D::Host));
    check(Layers { gateway: GatewayLayer::Dead, ..CUT }, LanDown, Some(Lan), Some(D::Lan));
    check(CUT, WanDown, Some(Transport), Some(D::Access));
    check(Layers { isp: of(1, 2), ..CUT }, WanDown, Some(Transport), Some(D::Isp));
    check(Layers { isp: of(1, 1), ..CUT }, WanDown, Some(Transport), Some(D::Isp));
    check(Layers { isp: of(2, 2), ..CUT }, WanDown, Some(Transport), Some(D::Upstream));
    check(Layers { isp: of(1, 1), beyond_isp: true, ..CUT }, WanDown, Some(Transport), Some(D::Upstream));
    check(Layers { isp_says_unreachable: true, ..CUT }, WanDown, Some(Transport), Some(D::Isp));
    check(Layers { isp: of(1, 1), names_resolve: true, ..CUT }, WanDown, Some(Transport), Some(D::Upstream));
    check(Layers { system_dns: of(0, 1), sites: of(1, 1), ..FINE }, DnsAppFail, Some(Dns), Some(D::Dns));
    check(Layers { system_dns: of(0, 1), zone_dead: true, ..FINE }, Ok, None, Some(D::Destination));
    check(Layers { sites: of(0, 4), ..FINE }, AppLayerFail, Some(Transport), Some(D::App));
    let page = Layers { portal: PortalLayer::Foreign, sites: of(0, 4), ..FINE };
    check(page, AppLayerFail, Some(Mixed), Some(D::CaptivePortal));
    check(Layers { portal: PortalLayer::FromHome, ..CUT }, AppLayerFail, Some(Mixed), Some(D::CaptivePortal));
    check(Layers { large: Reach::Dead, sites: of(0, 4), ..FINE }, AppLayerFail, Some(Transport), Some(D::Mtu));
    check(Layers { large: Reach::Dead, ..FINE }, Ok, None, Some(D::Mtu));
    check(Layers { large: Reach::Dead, sites: of(3, 4), ..FINE }, Ok, None, Some(D::Mtu));
    check(Layers { echo: of(0, 4), ..FINE }, Ok, Some(IcmpOnly), Some(D::Filtering));
    check(Layers { targets: of(3, 4), echo: of(3, 4), ..FINE }, Ok, None, Some(D::Destination));
    check(Layers { sites: of(3, 4), ..FINE }, Ok, None, Some(D::Destination));
    for certificates in [Certificates::RefusedHere, Certificates::WrongClock, Certificates::NoRoots] {
        check(Layers { certificates, sites: of(0, 0), ..FINE }, Ok, None, Some(D::Host));
    }
    check(Layers { v6: Reach::Dead, ..FINE }, Ok, None, Some(D::Ipv6));
    check(Layers { system_dns: of(1, 2), ..FINE }, Ok, None, Some(D::Dns));
    let invents = DnsFaults { invents: true, ..DnsFaults::default() };
    check(Layers { dns_faults: invents, ..FINE }, Ok, None, Some(D::Dns));
    assert_eq!(None, judge(&Layers::NONE));
}

#[test]
fn certificates_that_cannot_be_judged_hide_no_real_fault() {
    use FaultDomain::{Access, App, CaptivePortal, Dns};
    let here = Layers { certificates: Certificates::RefusedHere, sites: of(0, 0), ..FINE };
    let domain = |layers: Layers| judge(&layers).unwrap().domain;
    assert_eq!(Some(App), domain(Layers { sites: of(0, 2), ..here }), "sites that are silent are dead");
    assert_eq!(Some(Dns), domain(Layers { system_dns: of(0, 1), ..here }));
    assert_eq!(Some(CaptivePortal), domain(Layers { portal: PortalLayer::Foreign, ..here }));
    assert_eq!(Some(Access), domain(Layers { certificates: Certificates::RefusedHere, ..CUT }));
}

#[test]
fn a_filtered_name_is_said_and_is_no_fault() {
    let dns_faults = DnsFaults { one_name: true, ..DnsFaults::default() };
    let verdict = judge(&Layers { dns_faults, ..FINE }).unwrap();
    assert_eq!((Status::Ok, None, None), (verdict.status, verdict.cause, verdict.domain));
    assert!(verdict.evidence.contains(&Evidence::NameFiltered));
}

#[test]
fn a_mute_router_makes_the_verdict_unsure_not_wrong() {
    let verdict = judge(&Layers { gateway: GatewayLayer::Silent, isp: of(0, 0), ..CUT }).unwrap();
    assert_eq!((Some(RootCause::Mixed), Confidence::Low), (verdict.cause, verdict.confidence));
    assert!(verdict.cannot_establish().is_some());
    check(Layers { gateway: GatewayLayer::Silent, ..FINE }, Status::Ok, None, None);
    check(Layers { gateway: GatewayLayer::Dead, ..FINE }, Status::Ok, None, None);
}

#[test]
fn a_firewall_of_this_computer_is_nobodys_outage() {
    assert_eq!(None, judge(&Layers { forbidden: true, ..CUT }));
    check(Layers { forbidden: true, ..FINE }, Status::Ok, None, None);
}

#[test]
fn behind_a_vpn_nobody_is_accused_with_certainty() {
    let verdict = judge(&Layers { vpn: true, isp: of(0, 0), ..CUT }).unwrap();
    assert_eq!((Some(RootCause::Mixed), Confidence::Low), (verdict.cause, verdict.confidence));
    assert_eq!(Some("whether the VPN or the line behind it failed"), verdict.cannot_establish());
}

#[test]
fn ipv6_that_works_proves_the_access_line() {
    check(Layers { v6: Reach::Alive, ..CUT }, Status::WanDown, Some(RootCause::Transport), Some(FaultDomain::Isp));
    let v6_only = Layers {
        isp: of(0, 0),
        targets: of(0, 0),
        echo: of(0, 0),
        tcp: of(0, 0),
        sites: of(0, 0),
        v6: Reach::Alive,
        ..FINE
    };
    check(v6_only, Status::Ok, None, None);
}

/// Calls `visit` with every combination of what the layers can show.
fn every_combination(mut visit: impl FnMut(&Layers)) {
    use GatewayLayer as G;
    use HostLayer as H;
    use PortalLayer as P;
    let targets = [
        (of(0, 0), of(0, 0), of(0, 0)),
        (of(0, 3), of(0, 3), of(0, 3)),
        (of(0, 3), of(0, 3), of(0, 0)),
        (of(1, 3), of(1, 3), of(0, 3)),
        (of(1, 3), of(0, 3), of(1, 3)),
        (of(3, 3), of(3, 3), of(0, 3)),
        (of(3, 3), of(0, 3), of(3, 3)),
        (of(3, 3), of(0, 0), of(3, 3)),
        (of(3, 3), of(3, 3), of(3, 3)),
    ];
    for host in [H::Unknown, H::Ok, H::NoLink, H::NoAddress, H::NoRoute] {
        for gateway in [G::NotMeasured, G::Alive, G::Dead, G::Silent] {
            for router_says_unreachable in [false, true] {
                for isp in [of(0, 0), of(0, 1), of(1, 1), of(0, 2), of(1, 2), of(2, 2)] {
                    for names_resolve in [false, true] {
                        for (targets, echo, tcp) in targets {
                            for system_dns in [of(0, 0), of(0, 1), of(1, 1), of(0, 2), of(1, 2), of(2, 2)] {
                                for public_dns in [of(0, 0), of(0, 2), of(1, 2)] {
                                    for sites in [of(0, 0), of(0, 1), of(0, 2), of(1, 2), of(2, 2)] {
                                        for portal in [P::NotMeasured, P::Genuine, P::Foreign, P::FromHome, P::Dead] {
                                            for v6 in [Reach::NotMeasured, Reach::Alive, Reach::Dead] {
                                                let large = if isp.up == 1 { Reach::Dead } else { Reach::Alive };
                                                visit(&Layers {
                                                    host,
                                                    gateway,
                                                    router_says_unreachable,
                                                    isp,
                                                    names_resolve,
                                                    targets,
                                                    echo,
                                                    tcp,
                                                    system_dns,
                                                    public_dns,
                                                    sites,
                                                    portal,
                                                    large,
                                                    v6,
                                                    ..Layers::NONE
                                                });
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn no_combination_breaks_an_invariant() {
    let mut n_visited = 0_u64;
    every_combination(|layers| {
        n_visited += 1;
        let Some(verdict) = judge(layers) else {
            assert!(
                layers.targets.total == 0 && layers.sites.total == 0 && layers.v6 == Reach::NotMeasured,
                "{layers:?}"
            );
            return;
        };
        let internet = layers.targets.up > 0 || layers.sites.up > 0;
        // Whatever forwards is alive: neither this computer, the router, nor the provider is blamed for a line that works.
        if internet {
            assert!(!matches!(verdict.status, Status::LanDown | Status::WanDown), "{layers:?} {verdict:?}");
        }
        if layers.isp.up > 0 || layers.names_resolve {
            assert!(
                !matches!(verdict.domain, Some(FaultDomain::Lan | FaultDomain::Host | FaultDomain::Access)),
                "{layers:?}"
            );
        }
        if layers.gateway == GatewayLayer::Alive {
            assert!(!matches!(verdict.domain, Some(FaultDomain::Lan | FaultDomain::Host)), "{layers:?}");
        }
        // One dead site, target or resolver among several is never an outage.
        let dns_fine = layers.system_dns.total == 0 || layers.system_dns.up > 0;
        if internet && dns_fine && (layers.sites.up > 0 || (layers.sites.total < 2 && layers.large != Reach::Dead)) {
            let page = matches!(layers.portal, PortalLayer::Foreign | PortalLayer::FromHome) && layers.sites.up == 0;
            assert!(!verdict.is_down() || page, "{layers:?} {verdict:?}");
        }
        // The words belong together.
        assert_eq!(verdict.is_down(), verdict.cause.is_some_and(|cause| cause != RootCause::IcmpOnly), "{verdict:?}");
        let expected = match verdict.domain {
            Some(FaultDomain::Host | FaultDomain::Lan) => Status::LanDown,
            Some(FaultDomain::Access | FaultDomain::Isp | FaultDomain::Upstream) => Status::WanDown,
            Some(FaultDomain::Dns) if verdict.is_down() => Status::DnsAppFail,
            Some(FaultDomain::App | FaultDomain::CaptivePortal) => Status::AppLayerFail,
            Some(FaultDomain::Mtu) if verdict.is_down() => Status::AppLayerFail,
            _ => Status::Ok,
        };
        assert_eq!(expected, verdict.status, "{verdict:?}");
        if verdict.is_down() {
            assert!(!verdict.evidence.is_empty(), "{layers:?} {verdict:?}");
        }
    });
    assert!(n_visited > 3_000_000, "{n_visited}");
}

#[test]
fn the_cable_between_two_routers_of_the_home_is_the_home_s() {
    let second = |further| Layers { further, ..CUT };
    let told = |layers: Layers| judge(&layers).map(|verdict| (verdict.domain, verdict.confidence)).unwrap();
    assert_eq!((Some(FaultDomain::Lan), Confidence::High), told(second(FurtherLayer::Dead)));
    assert_eq!((Some(FaultDomain::Lan), Confidence::Medium), told(second(FurtherLayer::DeadPerhaps)));
    assert_eq!((Some(FaultDomain::Access), Confidence::High), told(second(FurtherLayer::Alive)));
    // Whatever answers behind it proves that it passes packets on.
    for alive in [
        Layers { isp: of(1, 2), ..second(FurtherLayer::Dead) },
        Layers { names_resolve: true, ..second(FurtherLayer::Dead) },
        Layers { public_answers: true, ..second(FurtherLayer::Dead) },
        Layers { vpn: true, ..second(FurtherLayer::Dead) },
    ] {
        assert_ne!(Some(FaultDomain::Lan), told(alive).0, "{alive:?}");
    }
    assert_eq!(None, told(Layers { further: FurtherLayer::Dead, ..FINE }).0);
}

#[test]
fn a_public_resolver_that_answers_leaves_little_of_an_outage() {
    for layers in [CUT, Layers { isp: of(2, 2), ..CUT }, Layers { isp: of(1, 2), ..CUT }] {
        let verdict = judge(&Layers { public_answers: true, public_dns: of(1, 2), ..layers }).unwrap();
        assert_eq!((Confidence::Low, Some(RootCause::Mixed)), (verdict.confidence, verdict.cause), "{verdict:?}");
    }
}

#[test]
fn what_this_computer_cannot_send_is_its_own_fault() {
    let none = of(0, 0);
    let alone = Layers { targets: none, echo: none, tcp: none, sites: none, system_dns: none, ..CUT };
    let alone = Layers { public_dns: none, portal: PortalLayer::NotMeasured, v6: Reach::Alive, ..alone };
    for (layers, evidence) in [
        (Layers { v4_lost: true, ..alone }, Evidence::Ipv4Lost),
        (Layers { unsent: true, ..alone }, Evidence::NothingSent),
        (Layers { unsent: true, host: HostLayer::NoAddress, ..alone }, Evidence::NoAddress),
    ] {
        let verdict = judge(&layers).unwrap();
        assert_eq!((Some(FaultDomain::Host), Status::LanDown), (verdict.domain, verdict.status), "{verdict:?}");
        assert!(verdict.evidence.contains(&evidence), "{verdict:?}");
    }
    assert_eq!(None, judge(&alone).unwrap().domain, "a home with IPv6 alone works");
}
