//! Usual RTT of a host: that of the last hour, as long as nothing was wrong.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use crate::analysis::stats::percentile;

/// Usual RTTs of a host: their median and natural variation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usual {
    /// Median RTT.
    pub median: Duration,
    /// From the median to the 90th percentile: what variation is natural, whatever one answer in ten does. A minute
    /// while that is not known.
    pub spread: Duration,
}

/// RTTs of one host, thinned out so that they reach back an hour.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// Fewer RTTs than this do not tell what variation is natural; until then all are kept.
    enough: usize,
    rtts: VecDeque<Duration>,
    last: Duration,
    usual: Option<Usual>,
    /// The RTTs kept, the shortest first.
    sorted: Arc<[Duration]>,
}

/// So many RTTs tell a median.
const FEW: usize = 8;
/// A spread that excuses everything.
pub(super) const UNKNOWN: Duration = Duration::from_mins(1);
/// RTTs kept: an hour at one every [`EVERY`].
const KEPT: usize = 240;
/// Of the many samples one in this time is kept.
const EVERY: Duration = Duration::from_secs(15);

impl Baseline {
    /// Knows nothing yet. With less than `enough` RTTs it says the median at most.
    pub fn new(enough: usize) -> Self {
        Self { enough, rtts: VecDeque::new(), last: Duration::ZERO, usual: None, sorted: Arc::default() }
    }

    /// Takes an RTT measured at `now`, a time on the monotonic clock, while nothing was wrong.
    pub fn add(&mut self, now: Duration, rtt: Duration) {
        if self.rtts.len() >= self.enough && now < self.last + EVERY {
            return;
        }
        self.last = now;
        self.rtts.push_back(rtt);
        if self.rtts.len() > KEPT {
            self.rtts.pop_front();
        }
        let mut sorted: Vec<Duration> = self.rtts.iter().copied().collect();
        sorted.sort_unstable();
        let spread =
            |high: Duration, median| if sorted.len() < self.enough { UNKNOWN } else { high.saturating_sub(median) };
        self.usual = percentile(&sorted, 0.5)
            .zip(percentile(&sorted, 0.9))
            .filter(|_| sorted.len() >= self.enough.min(FEW))
            .map(|(median, high)| Usual { median, spread: spread(high, median) });
        self.sorted = sorted.into();
    }

    /// The RTTs it rests on, the shortest first.
    pub fn past(&self) -> Arc<[Duration]> {
        Arc::clone(&self.sorted)
    }

    /// Returns the usual RTTs; `None` while too little is known.
    pub fn usual(&self) -> Option<Usual> {
        self.usual
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn little_is_nothing_to_compare_with_and_an_hour_is_all_there_is() {
        let mut baseline = Baseline::new(20);
        for second in 0..19 {
            assert_eq!(second >= 8, baseline.usual().is_some());
            baseline.add(Duration::from_secs(second), ms(20));
        }
        assert_eq!(Some(Usual { median: ms(20), spread: UNKNOWN }), baseline.usual());
        baseline.add(Duration::from_secs(19), ms(30));
        assert_eq!(Some(Usual { median: ms(20), spread: ms(0) }), baseline.usual());
        for second in 20..3600 {
            baseline.add(Duration::from_secs(second), ms(40 + second % 10));
        }
        assert!(baseline.rtts.len() <= KEPT);
        assert!(baseline.usual().is_some_and(|usual| usual.median > ms(39) && usual.spread < ms(10)));
        for second in 3600..20_000 {
            baseline.add(Duration::from_secs(second), ms(5));
        }
        assert_eq!(Some(Usual { median: ms(5), spread: ms(0) }), baseline.usual());
        assert_eq!(KEPT, baseline.rtts.len());
    }
}
