//! A line that works and does badly: without any configuration and without echo sockets the part that does is named.

use std::{thread, time::Duration};

use serde_json::json;

use super::{
    contract::Story,
    faults::Fault,
    monitor::{Monitor, seconds},
    topology::{Echo, Lab, ROUTER},
};

/// The provider's hops are to be known this long after the start.
const FOUND_WITHIN: Duration = Duration::from_secs(10);
/// What the line does before is usual.
const BEFORE: Duration = Duration::from_secs(10);
/// It is to be told within this time.
const TOLD_WITHIN: Duration = Duration::from_secs(40);

/// Whose fault this is, is told, and nothing is down.
#[track_caller]
fn expect(fault: Fault, domain: &str) {
    let Some(lab) = Lab::new(Echo::Refused, &[ROUTER]) else { return };
    let monitor = Monitor::start(&lab, &json!({}));
    let found = monitor.wait_for(FOUND_WITHIN, |event| event.kind == "isp_hops");
    assert!(found.is_some(), "the provider's hops are found in time");
    thread::sleep(BEFORE);
    let active = lab.begin(fault);
    let told = monitor.wait_for(TOLD_WITHIN, |event| event.kind == "notice");
    let truth = active.end();
    let story = Story { record: monitor.finish(), truth };
    let after = told.as_ref().map(|event| seconds(event.arrived - story.truth.start));
    let named = told.as_ref().map(|event| event.text("fault_domain"));
    story.assert(named == Some(domain), &format!("told after {after:?} s, and blamed on {named:?}"));
    story.assert(story.record.all("outage_opened").is_empty(), "an outage");
}

#[test]
fn a_lossy_access_line_is_told_of_without_echo_sockets() {
    expect(Fault::Loss(10), "access");
}

#[test]
fn a_lossy_home_network_is_told_of_without_echo_sockets() {
    expect(Fault::HomeLoss(10), "lan");
}
