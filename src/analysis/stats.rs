//! Loss, percentiles and jitter of a handful of samples.

use std::{collections::BTreeMap, time::Duration};

/// The `quantile` (0..=1) of `sorted` by the nearest rank; `None` when there is nothing.
pub fn percentile(sorted: &[Duration], quantile: f64) -> Option<Duration> {
    let last = sorted.len().checked_sub(1)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the length")]
    let rank = ((quantile * sorted.len() as f64).ceil() as usize).saturating_sub(1).min(last);
    sorted.get(rank).copied()
}

/// Returns the interval, within 0..=1, in which the true part lies when `bad` of `n` showed it, with 95 % confidence
/// (Wilson's score interval).
pub fn wilson(bad: u64, n: u64) -> (f64, f64) {
    const Z: f64 = 1.959_964;
    if n == 0 {
        return (0.0, 1.0);
    }
    let (part, n) = (bad as f64 / n as f64, n as f64);
    let centre = part + Z * Z / (2.0 * n);
    let half = Z * (part * (1.0 - part) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (((centre - half) / scale).max(0.0), ((centre + half) / scale).min(1.0))
}

/// Mean of the differences of consecutive RTTs; `None` with fewer than two.
pub fn jitter(rtts: &[Duration]) -> Option<Duration> {
    let pairs = u32::try_from(rtts.len().checked_sub(1)?).ok().filter(|pairs| *pairs > 0)?;
    let sum: Duration = rtts.iter().zip(rtts.iter().skip(1)).map(|(a, b)| a.abs_diff(*b)).sum();
    Some(sum / pairs)
}

/// Samples of several hosts, each kept apart so that rotating between them makes no jitter.
#[derive(Debug, Clone, Default)]
pub struct Window {
    hosts: BTreeMap<usize, HostWindow>,
}

#[derive(Debug, Clone, Default)]
struct HostWindow {
    rtts: Vec<Duration>,
    n_lost: usize,
}

/// Figures of a [`Window`].
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Summary {
    /// Samples taken.
    pub n: usize,
    /// Part of them without an answer, 0..=1; `None` without samples.
    pub loss: Option<f64>,
    /// Median RTT; `None` without answers.
    pub p50: Option<Duration>,
    /// 95th percentile of the RTT; `None` without answers.
    pub p95: Option<Duration>,
    /// Mean over the hosts of each host's jitter; `None` when no host has two answers.
    pub jitter: Option<Duration>,
}

impl Window {
    /// Takes one sample of the host with this index; `None` is a lost one.
    pub fn add(&mut self, host: usize, rtt: Option<Duration>) {
        let window = self.hosts.entry(host).or_default();
        match rtt {
            Some(rtt) => window.rtts.push(rtt),
            None => window.n_lost += 1,
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.hosts.clear();
    }

    /// Forgets one host.
    pub fn forget(&mut self, host: usize) {
        self.hosts.remove(&host);
    }

    /// The same without the host that lost most, where at least three were asked.
    #[must_use]
    pub fn without_worst(mut self) -> Self {
        let worst = self.hosts.iter().max_by_key(|(_, window)| window.n_lost).map(|(host, _)| *host);
        if let (true, Some(worst)) = (self.hosts.len() > 2, worst) {
            self.hosts.remove(&worst);
        }
        self
    }

    /// Adds it all up.
    pub fn summary(&self) -> Summary {
        let mut all: Vec<Duration> = self.hosts.values().flat_map(|window| &window.rtts).copied().collect();
        all.sort_unstable();
        let n_lost: usize = self.hosts.values().map(|window| window.n_lost).sum();
        let n = all.len() + n_lost;
        let jitters: Vec<Duration> = self.hosts.values().filter_map(|window| jitter(&window.rtts)).collect();
        let n_jitters = u32::try_from(jitters.len()).unwrap_or(u32::MAX);
        Summary {
            n,
            loss: (n > 0).then(|| n_lost as f64 / n as f64),
            p50: percentile(&all, 0.5),
            p95: percentile(&all, 0.95),
            jitter: (n_jitters > 0).then(|| jitters.iter().sum::<Duration>() / n_jitters.max(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let sorted: Vec<_> = (1..=20).map(ms).collect();
        assert_eq!(Some(ms(10)), percentile(&sorted, 0.5));
        assert_eq!(Some(ms(19)), percentile(&sorted, 0.95));
        assert_eq!(Some(ms(20)), percentile(&sorted, 1.0));
        assert_eq!(Some(ms(1)), percentile(&sorted, 0.0));
        assert_eq!(None, percentile(&[], 0.5));
    }

    #[test]
    fn turning_between_a_near_and_a_far_host_is_no_jitter() {
        let mut window = Window::default();
        for _ in 0..9 {
            window.add(0, Some(ms(10)));
            window.add(1, Some(ms(90)));
        }
        window.add(0, None);
        window.add(1, None);
        let summary = window.summary();
        assert_eq!((20, Some(0.1), Some(ms(0))), (summary.n, summary.loss, summary.jitter));
    }

    #[test]
    fn one_dead_host_among_several_is_left_out() {
        let mut window = Window::default();
        for host in 0..4 {
            for _ in 0..10 {
                window.add(host, (host != 2).then_some(ms(10)));
            }
        }
        assert_eq!(Some(0.25), window.summary().loss);
        assert_eq!(Some(0.0), window.without_worst().summary().loss);
    }

    #[test]
    fn nothing_measured_is_nothing_known() {
        assert_eq!(Summary::default(), Window::default().summary());
    }
}
