//! Estimate of one host's round-trip time, and of the time for which its answer is worth waiting for.

use std::time::Duration;

/// Smoothed RTT and its variation (RFC 6298, section 2).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RttEstimate {
    /// Smoothed RTT and variation; `None` before the first answer.
    known: Option<(f64, f64)>,
}

/// Room for the scheduling of both ends.
const MARGIN: f64 = 0.15;
/// No host is given less.
const LEAST: Duration = Duration::from_millis(250);

impl RttEstimate {
    /// Takes one measured RTT.
    pub fn add(&mut self, rtt: Duration) {
        let rtt = rtt.as_secs_f64();
        self.known = Some(match self.known {
            None => (rtt, rtt / 2.0),
            Some((smoothed, variation)) => {
                let variation = 0.75 * variation + 0.25 * (smoothed - rtt).abs();
                (0.875 * smoothed + 0.125 * rtt, variation)
            }
        });
    }

    /// The smoothed RTT; `None` before the first answer.
    pub fn smoothed(&self) -> Option<Duration> {
        self.known.map(|(smoothed, _)| Duration::from_secs_f64(smoothed))
    }

    /// After this time an answer is overdue; at most `longest`. A second for a host that never answered.
    pub fn overdue_after(&self, longest: Duration) -> Duration {
        let wait = match self.known {
            Some((smoothed, variation)) => Duration::from_secs_f64(smoothed + 4.0 * variation + MARGIN),
            None => Duration::from_secs(1),
        };
        wait.max(LEAST).min(longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_host_is_waited_for_briefly_and_a_slow_one_longer() {
        let longest = Duration::from_secs(4);
        let after = |millis: &[u64]| {
            let mut estimate = RttEstimate::default();
            millis.iter().for_each(|ms| estimate.add(Duration::from_millis(*ms)));
            estimate.overdue_after(longest)
        };
        assert_eq!(Duration::from_secs(1), after(&[]));
        assert_eq!(LEAST, after(&[20; 20]));
        assert!(after(&[700; 20]) > Duration::from_millis(840));
        assert_eq!(longest, after(&[9000; 3]));
        assert!(after(&[20, 400, 20, 400, 20, 400]) > Duration::from_millis(600));
    }
}
