//! Whether a line that works works well: loss, latency and jitter of each part of the path.

use std::time::Duration;

use crate::{
    analysis::stats::Summary,
    model::verdict::{Evidence, FaultDomain},
};

/// Above these a part of the path counts as degraded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Loss, 0..=1.
    pub loss: f64,
    /// Median RTT.
    pub rtt: Duration,
    /// Jitter.
    pub jitter: Duration,
}

/// Fewer samples than this prove nothing.
const ENOUGH: usize = 30;
/// A degradation that has begun ends only below this part of each threshold.
const HYSTERESIS: f64 = 0.7;

/// The samples of a minute, by part of the path.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Parts {
    /// Of the home router.
    pub gateway: Summary,
    /// Of the provider's hops.
    pub isp: Summary,
    /// Of the targets.
    pub targets: Summary,
}

/// What is beyond its threshold, and from which part of the path on. `None` when nothing is.
///
/// The innermost part that shows a fault also seen at the targets is named; a part that does badly alone is a router
/// that answers pings carelessly, which hurts nobody. `before` says whether the line was degraded already.
pub fn assess(parts: &Parts, thresholds: &Thresholds, before: bool) -> Option<(FaultDomain, Vec<Evidence>)> {
    let scale = if before { HYSTERESIS } else { 1.0 };
    let faults = |summary: &Summary| -> Vec<Evidence> {
        // Who answers nothing at all does not answer pings, which says nothing of the way to it.
        if summary.n < ENOUGH || summary.p50.is_none() {
            return Vec::new();
        }
        let over = |value: Option<Duration>, limit: Duration| value.is_some_and(|value| value > limit.mul_f64(scale));
        let shown = [
            (summary.loss.is_some_and(|loss| loss > thresholds.loss * scale), Evidence::LossHigh),
            (over(summary.p50, thresholds.rtt), Evidence::LatencyHigh),
            (over(summary.jitter, thresholds.jitter), Evidence::JitterHigh),
        ];
        shown.into_iter().filter_map(|(shown, evidence)| shown.then_some(evidence)).collect()
    };
    let seen = faults(&parts.targets);
    let first = *seen.first()?;
    let inner = [(&parts.gateway, FaultDomain::Lan), (&parts.isp, FaultDomain::Access)];
    let named = inner.into_iter().find(|(part, _)| faults(part).contains(&first)).map(|(_, domain)| domain);
    // With a provider's hop that does well the fault lies behind it; without one, the line is as far as we can see.
    let beyond = if parts.isp.n >= ENOUGH { FaultDomain::Upstream } else { FaultDomain::Access };
    Some((named.unwrap_or(beyond), seen))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Thresholds =
        Thresholds { loss: 0.02, rtt: Duration::from_millis(150), jitter: Duration::from_millis(30) };

    fn part(n: usize, loss: f64, millis: u64) -> Summary {
        let time = Some(Duration::from_millis(millis));
        Summary { n, loss: Some(loss), p50: time, p95: time, jitter: Some(Duration::ZERO) }
    }

    #[track_caller]
    fn check(gateway: Summary, isp: Summary, targets: Summary, expected: Option<FaultDomain>) {
        let found = assess(&Parts { gateway, isp, targets }, &LIMITS, false);
        assert_eq!(expected, found.map(|(domain, _)| domain));
    }

    #[test]
    fn the_innermost_part_with_the_same_fault_is_named() {
        let (good, bad, none) = (part(60, 0.0, 20), part(60, 0.1, 20), Summary::default());
        check(good, good, good, None);
        check(bad, bad, bad, Some(FaultDomain::Lan));
        check(good, bad, bad, Some(FaultDomain::Access));
        check(good, good, bad, Some(FaultDomain::Upstream));
        check(good, none, bad, Some(FaultDomain::Access));
        check(part(60, 0.0, 2), part(60, 0.0, 400), part(60, 0.0, 420), Some(FaultDomain::Access));
    }

    #[test]
    fn a_router_that_answers_carelessly_hurts_nobody() {
        check(part(60, 0.5, 300), part(60, 0.5, 20), part(60, 0.0, 20), None);
    }

    #[test]
    fn a_few_samples_prove_nothing_and_a_degradation_does_not_flicker() {
        check(Summary::default(), Summary::default(), part(29, 1.0, 20), None);
        let parts = Parts { targets: part(60, 0.017, 20), ..Parts::default() };
        assert_eq!(None, assess(&parts, &LIMITS, false));
        assert!(assess(&parts, &LIMITS, true).is_some());
    }
}
