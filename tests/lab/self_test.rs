//! The lab judged by itself: it works, and each fault does what it says and nothing else.

use std::net::{IpAddr, Ipv4Addr};

use socket2::{Domain, Protocol, Socket, Type};

use super::{
    dns_server::{Manner, Owner},
    faults::Fault,
    look::{Pinged, failures, http, path, ping, resolve, resolve_over_tcp, says},
    topology::{ACCESS, CORE, Echo, Lab, Node, ROUTER, TRANSIT},
    web_server::Portal,
};

/// Waits for a lab in which everything works.
#[track_caller]
fn assert_healthy(lab: &Lab) {
    let mut failing = Vec::new();
    // Neighbours that were given up are asked again after a moment.
    for _ in 0..10 {
        failing = failures(lab.node(Node::Client));
        if failing.is_empty() {
            return;
        }
    }
    panic!("does not work: {failing:?}");
}

/// What each fault breaks, as a list of names of checks.
#[track_caller]
fn breaks(lab: &Lab, fault: Fault, expected: &str) {
    let active = lab.begin(fault);
    let found = failures(lab.node(Node::Client)).join(" ");
    let truth = active.end();
    assert!(truth.start < truth.end);
    assert_eq!(expected, found, "{fault:?}");
    assert_healthy(lab);
}

const BEYOND_THE_HOUSE: &str = "access core transit cloudflare google quad9 v6 tcp tcp6 dns-router dns-isp dns-public \
                                http https-example https-google https6";

#[test]
fn the_lab_itself_works() {
    let Some(lab) = Lab::new(Echo::Refused, &[ROUTER]) else {
        return;
    };
    assert_healthy(&lab);
    let client = lab.node(Node::Client);
    let addresses = |hops: &[&str]| hops.iter().map(|hop| hop.parse().unwrap()).collect::<Vec<IpAddr>>();
    assert_eq!(addresses(&[ROUTER, ACCESS, CORE, TRANSIT, "9.9.9.9"]), path(client, "9.9.9.9"));
    let hops6 = ["2a02:8100:1:1::1", "2a02:8100:ff:1::1", "2a02:8100:ff:2::2", "2001:2034:10::2", "2620:fe::fe"];
    assert_eq!(addresses(&hops6), path(client, "2620:fe::fe"));
    let known = Some((0, addresses(&["8.8.8.8", "8.8.4.4"])));
    assert_eq!(known, client.inside(|| resolve_over_tcp(ROUTER, "dns.google")));
    assert_eq!(known, client.inside(|| resolve("2620:fe::fe", "DNS.google")));
    let page = client.inside(|| http(ROUTER, ROUTER, "/"));
    assert!(says(page.as_ref(), "200", "Router</title></html>\n"), "{page:?}");
}

#[test]
fn echo_sockets_are_as_the_test_wants_them() {
    for echo in [Echo::Allowed, Echo::Refused] {
        let Some(lab) = Lab::new(echo, &[ROUTER]) else { return };
        let socket = lab.node(Node::Client).inside(|| Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::ICMPV4)));
        assert_eq!(echo == Echo::Allowed, socket.is_ok());
    }
}

#[test]
fn faults_on_the_path_break_what_they_should() {
    let Some(lab) = Lab::new(Echo::Allowed, &[ROUTER]) else {
        return;
    };
    assert_healthy(&lab);
    let beyond_core = "transit cloudflare google quad9 v6 tcp tcp6 dns-public http https-example https-google https6";
    let everything = format!("gateway gateway6 {BEYOND_THE_HOUSE}").replace("tcp tcp6", "tcp-gateway tcp tcp6");
    breaks(&lab, Fault::LinkDown, &everything);
    breaks(&lab, Fault::GatewayDead, &everything);
    breaks(&lab, Fault::AccessCut, BEYOND_THE_HOUSE);
    breaks(&lab, Fault::AccessUnreachable, BEYOND_THE_HOUSE);
    breaks(&lab, Fault::CoreDead, &BEYOND_THE_HOUSE.replace("access ", ""));
    breaks(&lab, Fault::UpstreamDead, beyond_core);
    breaks(&lab, Fault::UpstreamBlackhole, &beyond_core.replace("transit ", ""));
    breaks(&lab, Fault::Ipv6Dead, "v6 tcp6 https6");
    let v4 = "core transit cloudflare google quad9 tcp dns-router dns-isp dns-public http https-example https-google";
    // The router's own questions pass the access hop, too.
    breaks(&lab, Fault::Ipv4Dead, v4);
    breaks(&lab, Fault::TargetDead("1.1.1.1"), "cloudflare");
    breaks(&lab, Fault::SiteDead("142.250.0.1"), "https-google");
    breaks(&lab, Fault::PathChange, "");
    breaks(&lab, Fault::SilentHop(Node::Core), "");
    breaks(&lab, Fault::LimitedHop(Node::Access), "");
    breaks(&lab, Fault::Loss(0), "");
    breaks(&lab, Fault::HomeLoss(0), "");
}

#[test]
fn filters_and_portals_break_what_they_should() {
    let Some(lab) = Lab::new(Echo::Allowed, &[ROUTER]) else {
        return;
    };
    assert_healthy(&lab);
    breaks(&lab, Fault::GatewayIgnoresPing, "gateway gateway6");
    breaks(&lab, Fault::GatewayMute, "gateway gateway6 tcp-gateway");
    let far_echo = "access core transit cloudflare google quad9 v6";
    breaks(&lab, Fault::IcmpFiltered(Node::Router), &format!("gateway gateway6 {far_echo}"));
    breaks(&lab, Fault::IcmpFiltered(Node::Access), far_echo);
    breaks(&lab, Fault::EchoFiltered(Node::Access), &far_echo.replace("access ", ""));
    for fault in [Fault::Tcp443Dropped, Fault::Tcp443Reset] {
        breaks(&lab, fault, "tcp tcp6 https-example https-google https6");
    }
    let web = "tcp tcp6 dns-isp dns-public http https-example https-google https6";
    for portal in [Portal::Redirect, Portal::Page] {
        breaks(&lab, Fault::Captive(portal), &format!("{far_echo} {web}"));
        breaks(&lab, Fault::CaptiveWithEcho(portal), web);
    }
    for owner in [Owner::Provider, Owner::Router, Owner::Public] {
        for manner in [Manner::Silent, Manner::Servfail, Manner::Lying, Manner::Slow(1500)] {
            let lies = owner != Owner::Public && manner == Manner::Lying;
            let slow = if owner == Owner::Provider { "dns-router dns-isp" } else { super::look::check_of(owner) };
            let expected = if lies { format!("{slow} nxdomain") } else { slow.to_owned() };
            breaks(&lab, Fault::Dns(owner, manner), &expected);
        }
    }
    breaks(&lab, Fault::Dns(Owner::Provider, Manner::Hijack), "nxdomain");
    breaks(&lab, Fault::Dns(Owner::Router, Manner::Hijack), "nxdomain");
}

#[test]
fn faults_look_as_they_do_in_the_field() {
    let Some(lab) = Lab::new(Echo::Allowed, &[ROUTER]) else {
        return;
    };
    assert_healthy(&lab);
    let client = lab.node(Node::Client);
    let router = ROUTER.parse::<IpAddr>().unwrap();

    let unreachable = lab.begin(Fault::AccessUnreachable);
    assert_eq!(Pinged::Error(router, 3, 0), client.inside(|| ping("1.1.1.1", 64)));
    assert_eq!(Some((2, Vec::new())), client.inside(|| resolve(ROUTER, "example.com")));
    unreachable.end();

    let mute = lab.begin(Fault::GatewayMute);
    assert_eq!(IpAddr::V4(Ipv4Addr::UNSPECIFIED), path(client, "1.1.1.1")[0]);
    assert_eq!(Pinged::Reply, client.inside(|| ping("1.1.1.1", 64)));
    mute.end();

    for fault in [Fault::SilentHop(Node::Core), Fault::LimitedHop(Node::Core)] {
        let silent = lab.begin(fault);
        client.inside(|| ping("1.1.1.1", 3));
        assert_eq!(Pinged::Silence, client.inside(|| ping("1.1.1.1", 3)), "{fault:?}");
        assert_eq!(Pinged::Reply, client.inside(|| ping("1.1.1.1", 64)), "{fault:?}");
        silent.end();
    }

    let detour = lab.begin(Fault::PathChange);
    assert_eq!(6, path(client, "8.8.8.8").len());
    detour.end();

    let portal = lab.begin(Fault::Captive(Portal::Redirect));
    let reply = client.inside(|| http("93.184.215.14", "detectportal.firefox.com", "/success.txt"));
    assert!(reply.as_ref().is_some_and(|reply| reply.contains("Location: http://192.168.1.1/login\r\n")), "{reply:?}");
    assert!(says(client.inside(|| http(ROUTER, ROUTER, "/login")).as_ref(), "200", "</form></html>\n"));
    portal.end();

    let page = lab.begin(Fault::Captive(Portal::Page));
    let reply = client.inside(|| http("93.184.215.14", "detectportal.firefox.com", "/success.txt"));
    assert!(says(reply.as_ref(), "200", "</form></html>\n"), "{reply:?}");
    page.end();

    let lossy = lab.begin(Fault::Loss(30));
    let lost = client.inside(|| (0..40).filter(|_| ping("1.1.1.1", 64) == Pinged::Silence).count());
    // 51 % of 40; the chance of missing these bounds is below one in a million.
    assert!((5..=36).contains(&lost), "{lost} of 40 lost");
    lossy.end();

    let duplicates = lab.begin(Fault::Duplicates);
    assert!((0..20).all(|_| client.inside(|| ping("1.1.1.1", 64)) == Pinged::Reply));
    duplicates.end();
    assert_healthy(&lab);
}
