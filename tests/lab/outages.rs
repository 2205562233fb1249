//! Every outage is found, timed, and blamed on the right part of the path.

use std::{thread, time::Duration};

use serde_json::json;

use super::{
    contract::{Case, Story},
    dns_server::{Manner, Owner},
    faults::{Fault, Truth},
    monitor::{Monitor, seconds},
    topology::{ACCESS, CORE, Echo, Lab, ROUTER},
    web_server::Portal,
};

#[test]
fn a_pulled_cable_is_a_host_outage() {
    Case::path(Fault::LinkDown).expect_at_once("host");
}

#[test]
fn a_pulled_cable_is_a_host_outage_without_echo_sockets() {
    Case::path(Fault::LinkDown).without_echo().expect_at_once("host");
}

#[test]
fn a_dead_router_is_a_lan_outage() {
    Case::path(Fault::GatewayDead).expect_at_once("lan");
}

#[test]
fn a_dead_router_is_a_lan_outage_without_echo_sockets() {
    Case::path(Fault::GatewayDead).without_echo().expect_at_once("lan");
}

#[test]
fn a_cut_access_line_is_an_access_outage() {
    Case::path(Fault::AccessCut).expect_at_once("access");
}

#[test]
fn a_cut_access_line_is_an_access_outage_without_echo_sockets() {
    Case::path(Fault::AccessCut).without_echo().expect_at_once("access");
}

#[test]
fn an_access_line_the_router_gave_up_is_an_access_outage() {
    Case::path(Fault::AccessUnreachable).expect_at_once("access");
}

#[test]
fn an_access_line_the_router_gave_up_is_an_access_outage_without_echo_sockets() {
    Case::path(Fault::AccessUnreachable).without_echo().expect_at_once("access");
}

#[test]
fn a_dead_provider_core_is_an_isp_outage() {
    Case::path(Fault::CoreDead).expect_at_once("isp");
}

#[test]
fn a_dead_provider_core_is_an_isp_outage_without_echo_sockets() {
    Case::path(Fault::CoreDead).without_echo().expect_at_once("isp");
}

#[test]
fn a_silent_upstream_is_an_upstream_outage() {
    Case::path(Fault::UpstreamDead).expect_at_once("upstream");
}

#[test]
fn an_upstream_that_answers_but_forwards_nothing_is_an_upstream_outage() {
    Case::path(Fault::UpstreamBlackhole).expect_at_once("upstream");
}

#[test]
fn an_upstream_that_answers_but_forwards_nothing_is_an_upstream_outage_without_echo_sockets() {
    Case::path(Fault::UpstreamBlackhole).without_echo().expect_at_once("upstream");
}

#[test]
fn ipv4_dead_behind_the_access_hop_is_an_isp_outage_though_ipv6_works() {
    Case::path(Fault::Ipv4Dead).expect_at_once("isp");
}

#[test]
fn a_silent_resolver_of_the_provider_is_a_dns_outage() {
    Case::service(Fault::Dns(Owner::Provider, Manner::Silent)).expect_outage("dns");
}

#[test]
fn a_silent_resolver_of_the_provider_is_a_dns_outage_without_echo_sockets() {
    Case::service(Fault::Dns(Owner::Provider, Manner::Silent)).without_echo().expect_outage("dns");
}

#[test]
fn a_failing_resolver_of_the_provider_is_a_dns_outage() {
    Case::service(Fault::Dns(Owner::Provider, Manner::Servfail)).expect_outage("dns");
}

#[test]
fn a_lying_resolver_of_the_provider_is_a_dns_outage() {
    Case::service(Fault::Dns(Owner::Provider, Manner::Lying)).expect_outage("dns");
}

#[test]
fn a_silent_resolver_in_the_router_is_a_dns_outage() {
    Case::service(Fault::Dns(Owner::Router, Manner::Silent)).expect_outage("dns");
}

#[test]
fn a_failing_resolver_in_the_router_is_a_dns_outage() {
    Case::service(Fault::Dns(Owner::Router, Manner::Servfail)).expect_outage("dns");
}

#[test]
fn a_lying_resolver_in_the_router_is_a_dns_outage() {
    Case::service(Fault::Dns(Owner::Router, Manner::Lying)).expect_outage("dns");
}

#[test]
fn dropped_https_is_an_app_outage() {
    Case::service(Fault::Tcp443Dropped).expect_outage("app");
}

#[test]
fn reset_https_is_an_app_outage() {
    Case::service(Fault::Tcp443Reset).expect_outage("app");
}

#[test]
fn a_portal_that_redirects_is_a_captive_portal() {
    Case::service(Fault::Captive(Portal::Redirect)).expect_outage("captive_portal");
}

#[test]
fn a_portal_that_redirects_is_a_captive_portal_without_echo_sockets() {
    Case::service(Fault::Captive(Portal::Redirect)).without_echo().expect_outage("captive_portal");
}

#[test]
fn a_portal_that_answers_itself_is_a_captive_portal() {
    Case::service(Fault::Captive(Portal::Page)).expect_outage("captive_portal");
}

#[test]
fn a_portal_that_redirects_and_lets_echo_pass_is_a_captive_portal() {
    Case::service(Fault::CaptiveWithEcho(Portal::Redirect)).expect_outage("captive_portal");
}

#[test]
fn a_portal_that_answers_itself_and_lets_echo_pass_is_a_captive_portal() {
    Case::service(Fault::CaptiveWithEcho(Portal::Page)).expect_outage("captive_portal");
}

#[test]
fn a_flapping_line_is_intermittent_and_no_outage() {
    flapping(Echo::Allowed);
}

#[test]
fn a_flapping_line_is_intermittent_and_no_outage_without_echo_sockets() {
    flapping(Echo::Refused);
}

/// Five cuts of three seconds, seven seconds apart.
#[track_caller]
fn flapping(echo: Echo) {
    let Some(lab) = Lab::new(echo, &[ROUTER]) else {
        return;
    };
    let config = json!({ "isp_targets": [ACCESS, CORE], "ping_interval_sec": 5 });
    let monitor = Monitor::start(&lab, &config);
    thread::sleep(Duration::from_secs(8));
    let cuts: Vec<Truth> = (0..5)
        .map(|_| {
            let active = lab.begin(Fault::AccessCut);
            thread::sleep(Duration::from_secs(3));
            let truth = active.end();
            thread::sleep(Duration::from_secs(7));
            truth
        })
        .collect();
    thread::sleep(Duration::from_secs(7));
    let story = Story { record: monitor.finish(), truth: cuts[0] };
    let micros = story.record.all("micro_interruption");
    story.assert(micros.len() == cuts.len(), &format!("{} micro-interruptions", micros.len()));
    for (micro, cut) in micros.iter().zip(&cuts) {
        story.assert(micro.text("fault_domain") == "access", "another domain than access");
        let off = (seconds(micro.time("start") - cut.start), seconds(micro.time("end") - cut.end));
        story.assert(off.0.abs() <= 2.0 && off.1.abs() <= 2.0, &format!("a micro-interruption is off by {off:?} s"));
        let duration = micro.number("duration_s");
        story.assert((1.0..10.0).contains(&duration), &format!("a micro-interruption of {duration} s"));
    }
    let intermittent = story.record.all("intermittent").len();
    story.assert(intermittent == 1, &format!("{intermittent} times intermittent"));
    story.assert(story.record.all("outage_opened").is_empty(), "an outage");
}
