//! What is nobody's outage is never called one.

use super::{
    contract::{Case, watch_a_healthy_line},
    dns_server::{Manner, Owner},
    faults::Fault,
    topology::{Echo, Node},
};

#[test]
fn a_healthy_line_is_quiet() {
    if let Some(story) = watch_a_healthy_line(Echo::Allowed, 30) {
        for kind in ["warning", "notice", "suspected", "clock_step"] {
            story.assert(story.record.all(kind).is_empty(), &format!("{kind} for nothing"));
        }
    }
}

#[test]
fn a_healthy_line_is_quiet_without_echo_sockets() {
    if let Some(story) = watch_a_healthy_line(Echo::Refused, 30) {
        story.assert(story.record.all("notice").is_empty(), "a notice for nothing");
    }
}

#[test]
fn a_router_that_ignores_ping_is_no_outage() {
    Case::path(Fault::GatewayIgnoresPing).lasting(20).expect_no_outage();
}

#[test]
fn a_router_that_ignores_ping_is_no_outage_without_echo_sockets() {
    Case::path(Fault::GatewayIgnoresPing).without_echo().lasting(20).expect_no_outage();
}

#[test]
fn a_mute_router_that_forwards_is_no_outage() {
    Case::path(Fault::GatewayMute).lasting(20).expect_no_outage();
}

#[test]
fn a_mute_router_that_forwards_is_no_outage_without_echo_sockets() {
    Case::path(Fault::GatewayMute).without_echo().lasting(20).expect_no_outage();
}

#[test]
fn one_dead_target_is_no_outage() {
    if let Some(story) = Case::service(Fault::TargetDead("8.8.8.8")).expect_no_outage() {
        story.assert_mentions("destination");
    }
}

#[test]
fn one_dead_target_is_no_outage_without_echo_sockets() {
    Case::service(Fault::TargetDead("8.8.8.8")).without_echo().expect_no_outage();
}

/// The first target is also a resolver for comparison, the web site without a name, and the TCP test.
#[test]
fn the_dead_target_of_several_tests_is_no_outage() {
    Case::service(Fault::TargetDead("1.1.1.1")).expect_no_outage();
}

#[test]
fn icmp_filtered_by_the_router_is_no_outage() {
    if let Some(story) = Case::service(Fault::IcmpFiltered(Node::Router)).expect_no_outage() {
        story.assert_mentions("filtering");
    }
}

#[test]
fn icmp_filtered_by_the_provider_is_no_outage() {
    if let Some(story) = Case::service(Fault::IcmpFiltered(Node::Access)).expect_no_outage() {
        story.assert_mentions("filtering");
    }
}

#[test]
fn icmp_filtered_by_the_provider_is_no_outage_without_echo_sockets() {
    Case::service(Fault::IcmpFiltered(Node::Access)).without_echo().expect_no_outage();
}

#[test]
fn one_dead_site_is_no_outage() {
    if let Some(story) = Case::service(Fault::SiteDead("93.184.215.14")).expect_no_outage() {
        story.assert_mentions("destination");
    }
}

#[test]
fn the_first_of_two_resolvers_dead_is_no_outage() {
    Case::service(Fault::Dns(Owner::Router, Manner::Silent)).with_two_resolvers().expect_no_outage();
}

#[test]
fn public_resolvers_dead_are_no_outage() {
    Case::service(Fault::Dns(Owner::Public, Manner::Silent)).expect_no_outage();
}

#[test]
fn slow_names_are_no_outage() {
    Case::path(Fault::Dns(Owner::Provider, Manner::Slow(800))).lasting(20).expect_no_outage();
}

#[test]
fn a_landing_page_for_names_that_do_not_exist_is_no_outage() {
    Case::service(Fault::Dns(Owner::Provider, Manner::Hijack)).expect_no_outage();
}

#[test]
fn a_name_that_is_filtered_is_no_outage() {
    if let Some(story) = Case::service(Fault::Dns(Owner::Router, Manner::Filter)).expect_no_outage() {
        let is_told = story.record.rows.iter().any(|row| row["evidence"].contains("name_filtered"));
        story.assert(is_told, "no row says that a name is filtered");
    }
}

#[test]
fn ten_percent_loss_is_no_outage() {
    Case::path(Fault::Loss(10)).lasting(40).expect_no_outage();
}

#[test]
fn ten_percent_loss_is_no_outage_without_echo_sockets() {
    Case::path(Fault::Loss(10)).without_echo().lasting(40).expect_no_outage();
}

#[test]
fn another_path_is_no_outage() {
    Case::path(Fault::PathChange).lasting(20).expect_no_outage();
}

#[test]
fn duplicates_are_no_outage() {
    Case::path(Fault::Duplicates).lasting(20).expect_no_outage();
}

#[test]
fn ipv6_dead_is_a_notice_and_no_outage() {
    if let Some(story) = Case::service(Fault::Ipv6Dead).lasting(25).expect_no_outage() {
        story.assert_notice("ipv6");
        story.assert_mentions("ipv6");
    }
}
