//! Values that tests of several fronts begin with.

use std::{sync::Arc, time::Duration};

use super::shared::StateSnapshot;
use crate::{
    codec::state_json,
    model::{
        host::Host,
        ledger::{Outage, Segment, State},
        probe::{PulseSample, Subject},
        state::{DayState, GatewayState, OutageState, QualityState, StateDocument, TargetState},
        time::{Stamp, Timestamp},
        verdict::{Confidence, Evidence, FaultDomain, Status},
    },
};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn stamp(sec: u64) -> Stamp {
    let mono = Duration::from_secs(sec);
    Stamp { wall: time("2026-11-29T00:00:00Z") + mono, mono }
}

/// A sample that took `ms`, or that had no answer.
pub(super) fn sample(subject: Subject, host: &str, ms: Option<f64>) -> PulseSample {
    let host = Host::new(host.parse().unwrap());
    PulseSample { host, subject, sent: stamp(0), rtt: ms.map(|ms| Duration::from_secs_f64(ms / 1000.0)) }
}

/// A finished outage of `sec` seconds.
pub(super) fn closed_outage(domain: FaultDomain, sec: u64) -> Outage {
    Outage {
        id: 1,
        start: stamp(0),
        end: Some(stamp(sec)),
        cut_by_gap: false,
        uncertainty: Duration::from_secs(1),
        segments: vec![Segment { start: stamp(0), domain }],
    }
}

/// A document in which some things are not measured.
pub(super) fn document() -> StateDocument {
    let host = |text: &str| Host::new(text.parse().unwrap());
    StateDocument {
        site: "home".into(),
        time: time("2026-11-29T01:00:01Z"),
        started: Some(time("2026-11-28T22:00:00Z")),
        last_check: Some(time("2026-11-29T01:00:00.500Z")),
        state: State::Up,
        since: Some(time("2026-11-28T23:00:00Z")),
        status: Some(Status::Ok),
        cause: None,
        domain: None,
        charged: None,
        confidence: Some(Confidence::High),
        evidence: vec![Evidence::GatewayAlive],
        gateway: GatewayState {
            is_up: Some(true),
            addr: Some(host("192.168.1.1")),
            rtt: Some(Duration::from_micros(1200)),
        },
        internet_ok: Some(true),
        isp_ok: None,
        dns_ok: Some(false),
        http_ok: Some(true),
        ipv6_ok: None,
        quality: QualityState { rtt_mean: Some(Duration::from_micros(13_400)), ..QualityState::default() },
        targets: vec![
            TargetState { host: host("192.0.2.1"), is_up: Some(true), rtt: Some(Duration::from_micros(12_100)) },
            TargetState { host: host("2001:db8::1"), is_up: Some(false), rtt: None },
        ],
        resolvers: vec![("192.168.1.1".into(), "timeout".into())],
        today: DayState {
            date: "2026-11-29".parse().unwrap(),
            checks: 60,
            success_rate: Some(1.0),
            availability: Some(0.999),
            coverage: Some(1.0),
            outages: 0,
            outage_time: Duration::ZERO,
            micro_interruptions: 0,
        },
        outage: None,
        last_outage: Some(OutageState {
            start: time("2026-11-28T22:58:25.750Z"),
            end: Some(time("2026-11-28T23:00:00Z")),
            length: Duration::from_millis(94_250),
            uncertainty: Some(Duration::from_secs(1)),
            domain: Some(FaultDomain::Access),
            charged: None,
            confidence: Some(Confidence::High),
            segments: vec![(Segment { start: stamp(0), domain: FaultDomain::Access }, None)],
        }),
        notices: Vec::new(),
    }
}

/// The document with its JSON text.
pub(super) fn snapshot(document: StateDocument) -> Arc<StateSnapshot> {
    let json = state_json::to_json(&document).to_string().into();
    Arc::new(StateSnapshot { document, json })
}
