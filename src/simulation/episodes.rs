//! Episodes: what happens, and when.

use chrono::{TimeDelta, Timelike as _};

use super::Plan;
use crate::model::{
    time::Timestamp,
    verdict::{Evidence, FaultDomain},
};

/// Something that happens for some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Episode {
    /// Kind of the episode.
    pub what: What,
    /// From then on.
    pub from: Timestamp,
    /// Until then.
    pub until: Timestamp,
}

/// Kind of an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The line does not work, and this part is at fault.
    Down(FaultDomain),
    /// It works badly: whose part, and how it shows.
    Degraded(FaultDomain, Evidence),
    /// It works, and this is worth a notice.
    Notice(FaultDomain),
    /// The computer sleeps.
    Asleep,
    /// The monitor does not run.
    Stopped,
}

/// Time to get going, and between two episodes.
const QUIET: f64 = 150.0;

/// All that happens, in time order and without overlap.
pub fn episodes(plan: &Plan) -> Vec<Episode> {
    let mut rng = fastrand::Rng::with_seed(plan.seed);
    let (begin, mut all) = (plan.begin(), Vec::new());
    let length = plan.length.as_secs_f64();
    let at = |seconds: f64| begin + milliseconds(seconds);
    let mut now = QUIET;
    loop {
        // Something every few hours, more in the evening.
        let hour = f64::from(at(now).hour());
        let pace = if (17.0..23.0).contains(&hour) { 0.5 } else { 1.0 };
        now += QUIET - (1.0 - rng.f64()).ln() * 4.5 * 3600.0 * pace;
        for (what, lasting) in something(&mut rng, hour) {
            if now + lasting + QUIET > length {
                return all;
            }
            all.push(Episode { what, from: at(now), until: at(now + lasting) });
            // Those that come together come half a minute apart.
            now += lasting + 30.0 + rng.f64() * 20.0;
        }
    }
}

/// One thing, or several that come together, each with how many seconds it lasts.
fn something(rng: &mut fastrand::Rng, hour: f64) -> Vec<(What, f64)> {
    match rng.u8(0..100) {
        0..34 => {
            let domain = match rng.u8(0..20) {
                0..10 => FaultDomain::Access,
                10..13 => FaultDomain::Isp,
                13..15 => FaultDomain::Upstream,
                15..17 => FaultDomain::Dns,
                17..19 => FaultDomain::Lan,
                _ => FaultDomain::Host,
            };
            vec![(What::Down(domain), outage(rng))]
        }
        34..56 => vec![(What::Down(FaultDomain::Access), short(rng))],
        56..64 => (0..3 + rng.usize(0..3)).map(|_| (What::Down(FaultDomain::Access), short(rng))).collect(),
        64..84 => {
            let evidence = *rng
                .choice(&[Evidence::LossHigh, Evidence::LatencyHigh, Evidence::JitterHigh])
                .unwrap_or(&Evidence::LossHigh);
            let domain = if rng.u8(0..4) == 0 { FaultDomain::Lan } else { FaultDomain::Access };
            vec![(What::Degraded(domain, evidence), 300.0 + rng.f64() * 4000.0)]
        }
        84..92 => {
            let domain = if rng.bool() { FaultDomain::Destination } else { FaultDomain::Ipv6 };
            vec![(What::Notice(domain), 600.0 + rng.f64() * 6000.0)]
        }
        92..97 if !(7.0..22.0).contains(&hour) => vec![(What::Asleep, 3600.0 * (3.0 + rng.f64() * 4.0))],
        _ => vec![(What::Stopped, 300.0 + rng.f64() * 5000.0)],
    }
}

/// Most outages take minutes, a few take hours.
fn outage(rng: &mut fastrand::Rng) -> f64 {
    // The sum of twelve is as good as a bell curve.
    let bell = (0..12).map(|_| rng.f64()).sum::<f64>() - 6.0;
    (4.8 + 1.3 * bell).exp().clamp(11.0, 14_400.0)
}

/// Too short for an outage.
fn short(rng: &mut fastrand::Rng) -> f64 {
    1.0 + rng.f64() * 7.5
}

fn milliseconds(seconds: f64) -> TimeDelta {
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    TimeDelta::try_milliseconds((seconds * 1000.0) as i64).unwrap_or_default()
}
