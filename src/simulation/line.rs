//! The made-up line: who is on the way, how far away, and who answers while something is wrong.

use std::time::Duration;

use chrono::Timelike as _;

use super::What;
use crate::model::{
    time::Timestamp,
    verdict::{Evidence, FaultDomain},
};

/// The home router.
pub(super) const GATEWAY: ([u8; 4], f64) = ([192, 168, 1, 1], 0.62);
/// Hops of the provider and their usual RTTs in milliseconds.
pub(super) const HOPS: [([u8; 4], f64); 2] = [([100, 64, 12, 1], 7.9), ([203, 0, 113, 17], 9.6)];
/// Far hosts, likewise.
pub(super) const TARGETS: [([u8; 4], f64); 4] =
    [([1, 1, 1, 1], 12.4), ([8, 8, 8, 8], 15.8), ([9, 9, 9, 9], 14.1), ([8, 8, 4, 4], 15.9)];

/// The line at some time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    what: Option<What>,
    /// Part of the path that has failed; `None` while the line is not down.
    pub(super) down: Option<FaultDomain>,
    /// Part of the packets to far hosts that get lost, 0..=1.
    pub(super) loss: f64,
    /// Factor by which answers from beyond the home take longer.
    pub(super) late: f64,
    /// The same by the hour of the day.
    pub(super) busy: f64,
}

impl Line {
    pub(super) fn of(what: Option<What>, at: Timestamp) -> Self {
        let down = match what {
            Some(What::Down(domain)) => Some(domain),
            _ => None,
        };
        let (loss, late) = match what {
            Some(What::Degraded(_, Evidence::LossHigh)) => (0.06, 1.0),
            Some(What::Degraded(_, Evidence::LatencyHigh)) => (0.0, 6.0),
            Some(What::Degraded(..)) => (0.0, 2.5),
            _ => (0.000_5, 1.0),
        };
        // Evenings are busier.
        let busy = 1.0 + 0.25 * (f64::from(at.hour()) - 20.0).mul_add(-0.3, 1.0).clamp(0.0, 1.0);
        Self { what, down, loss, late, busy }
    }

    fn reaches(self, upto: FaultDomain) -> bool {
        self.down.is_none_or(|domain| domain > upto)
    }

    /// True if the home router answers.
    pub(super) fn reaches_home(self) -> bool {
        !matches!(self.down, Some(FaultDomain::Host | FaultDomain::Lan))
    }

    /// True if this hop of the provider answers.
    pub(super) fn reaches_hop(self, idx: usize) -> bool {
        self.reaches_home() && self.reaches(if idx == 0 { FaultDomain::Access } else { FaultDomain::Isp })
    }

    /// True if the way to the far hosts is whole.
    pub(super) fn reaches_all(self) -> bool {
        self.reaches_home() && self.reaches(FaultDomain::Upstream)
    }

    /// True if this far host answers, but for lost packets.
    pub(super) fn reaches_target(self, idx: usize) -> bool {
        self.reaches_all() && !(idx == 1 && self.what == Some(What::Notice(FaultDomain::Destination)))
    }

    /// True if the computer's resolvers answer.
    pub(super) fn resolves(self) -> bool {
        self.reaches_all() && self.down != Some(FaultDomain::Dns)
    }
}

/// Around so many milliseconds, now and then much longer.
pub(super) fn rtt(rng: &mut fastrand::Rng, millis: f64, factor: f64) -> Duration {
    let tail = if rng.u8(0..50) == 0 { 1.0 + rng.f64() } else { 1.0 };
    let wobble = 0.96 + rng.f64() * 0.1;
    Duration::from_secs_f64((millis * factor * wobble * tail).min(4500.0) / 1000.0)
}

/// Returns by how many seconds the computer's clock is ahead: some milliseconds, by turns, as it was found in the last
/// full hour since `begin`.
pub(super) fn clock_ahead(begin: Timestamp, at: Timestamp) -> f64 {
    let hour = (at - begin).num_hours() as f64;
    ((hour / 5.0).sin() * 4.0 + (hour / 37.0).cos() * 2.5).round() / 1000.0
}
