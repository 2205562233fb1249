//! A line that works and does badly: without any configuration and without echo sockets the part that does is named, and
//! the log has the times.

use std::{thread, time::Duration};

use serde_json::json;

use super::{
    contract::Story,
    faults::Fault,
    monitor::{Monitor, instant, seconds},
    topology::{Echo, Lab, ROUTER},
};

/// The provider's hops are to be known this long after the start.
const FOUND_WITHIN: Duration = Duration::from_secs(10);
/// What the line does before is usual.
const BEFORE: Duration = Duration::from_secs(10);
/// It is to be told within this time, and its end.
const TOLD_WITHIN: Duration = Duration::from_secs(40);
const OVER_WITHIN: Duration = Duration::from_mins(1);

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
    let over = monitor.wait_for(OVER_WITHIN, |event| event.kind == "notice" && event.json["active"] == json!(false));
    // The row of it comes with the next second.
    thread::sleep(Duration::from_secs(3));
    let story = Story { record: monitor.finish(), truth };
    let after = told.as_ref().map(|event| seconds(event.arrived - story.truth.start));
    let named = told.as_ref().map(|event| event.text("fault_domain"));
    story.assert(named == Some(domain), &format!("told after {after:?} s, and blamed on {named:?}"));
    story.assert(story.record.all("outage_opened").is_empty(), "an outage");
    story.assert(over.is_some(), "its end is told");
    story.assert_degradation();
}

impl Story {
    /// The log has one degradation, at the time at which it was. One time in a hundred an edge lies beyond the error that
    /// is stated, and never far beyond.
    #[track_caller]
    fn assert_degradation(&self) {
        let found = self.record.analysis["degradations"].as_array().cloned().unwrap_or_default();
        self.assert(found.len() == 1, &format!("degradations: {found:?}"));
        let within = found[0]["uncertainty_s"].as_f64().unwrap_or_default();
        self.assert((1.0..=60.0).contains(&within), &format!("an uncertainty of {within} s"));
        for (key, truth) in [("start", self.truth.start), ("end", self.truth.end)] {
            let told = instant(found[0][key].as_str().unwrap_or_default());
            let off = told.map(|told| seconds(told - truth).abs());
            let is_near = off.is_some_and(|off| off <= 1.0 + 1.5 * within);
            self.assert(is_near, &format!("the {key} is {off:?} s off, told within {within} s"));
        }
    }
}

#[test]
fn a_lossy_access_line_is_told_of_without_echo_sockets() {
    expect(Fault::Loss(10), "access");
}

#[test]
fn a_lossy_home_network_is_told_of_without_echo_sockets() {
    expect(Fault::HomeLoss(10), "lan");
}
