//! Share of the samples that did badly, and what that proves.

/// A number of bad samples among all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) bad: usize,
    pub(super) n: usize,
}

/// Certainty with which something is to be known, as a quantile of the normal distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sure(f64);

impl Sure {
    /// 99.4 times of a hundred.
    pub(super) const WELL: Self = Self(2.5);
    /// 998.7 times of a thousand: for what is asked again and again.
    pub(super) const VERY: Self = Self(3.0);
}

/// Nothing is certain: no share is taken for less likely than this, or for more than what is left.
const LEAST: f64 = 0.002;

impl Share {
    pub(super) fn and(self, other: Self) -> Self {
        Self { bad: self.bad + other.bad, n: self.n + other.n }
    }

    /// As many bad ones for their number, of `n` samples at most.
    pub(super) fn of(self, n: usize) -> Self {
        if n >= self.n {
            return self;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the number of samples")]
        let bad = (self.part() * n as f64).round() as usize;
        Self { bad, n }
    }

    /// The bad part, 0..=1; 0 of nothing.
    pub(super) fn part(self) -> f64 {
        if self.n == 0 { 0.0 } else { self.bad as f64 / self.n as f64 }
    }

    /// Returns the least that the true part is (Wilson's score interval): few samples prove little.
    pub(super) fn at_least(self, Sure(z): Sure) -> f64 {
        if self.n == 0 {
            return 0.0;
        }
        let (n, part) = (self.n as f64, self.part());
        let centre = part + z * z / (2.0 * n);
        let half = z * (part * (1.0 - part) / n + z * z / (4.0 * n * n)).sqrt();
        ((centre - half) / (1.0 + z * z / n)).max(0.0)
    }

    /// Logarithm of how likely these samples are if the true part is `part`.
    pub(super) fn likelihood(self, part: f64) -> f64 {
        let part = part.clamp(LEAST, 1.0 - LEAST);
        self.bad as f64 * part.ln() + (self.n - self.bad.min(self.n)) as f64 * (1.0 - part).ln()
    }
}

/// Several hosts as one, unless what is bad is bad at a few of them alone. `None` then, or without hosts.
///
/// Of three hosts or more the worst counts like the second worst.
pub(super) fn together(hosts: &[Share]) -> Option<Share> {
    let sorted = without_worst(hosts);
    let all = sorted.iter().copied().reduce(Share::and)?;
    let better = sorted.iter().take(sorted.len().div_ceil(2)).copied().fold(Share::default(), Share::and);
    let is_alone =
        better.part() < all.part() && better.likelihood(better.part()) - better.likelihood(all.part()) > CONTRADICTION;
    (!is_alone).then_some(all)
}

/// Several hosts as one, however the bad samples fall to them. `None` without hosts.
///
/// Of three hosts or more the worst counts like the second worst.
pub(super) fn added(hosts: &[Share]) -> Option<Share> {
    without_worst(hosts).into_iter().reduce(Share::and)
}

/// The shares, the best first. Of three hosts or more the worst counts like the second worst.
fn without_worst(hosts: &[Share]) -> Vec<Share> {
    let mut sorted = hosts.to_vec();
    sorted.sort_by(|a, b| a.part().total_cmp(&b.part()));
    if let [.., second, worst] = sorted.as_mut_slice()
        && hosts.len() > 2
    {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the number of samples")]
        let like_second = (second.part() * worst.n as f64).round() as usize;
        worst.bad = worst.bad.min(like_second);
    }
    sorted
}

/// Logarithm of the factor by which it may be less likely that the better half of the hosts sees the same fault by
/// chance. The better half is chosen, so this is more than it would be for any half.
const CONTRADICTION: f64 = 3.0;

#[cfg(test)]
mod tests {
    use super::*;

    /// Nineteen times of twenty.
    const MOSTLY: Sure = Sure(1.645);

    const fn of(bad: usize, n: usize) -> Share {
        Share { bad, n }
    }

    #[test]
    fn a_lost_packet_of_thirty_proves_nothing_and_five_of_ninety_do() {
        assert!(of(1, 30).at_least(MOSTLY) < 0.02);
        assert!(of(5, 90).at_least(MOSTLY) > 0.02);
        assert!(of(11, 15).at_least(MOSTLY) > 0.5);
        assert!(of(8, 15).at_least(MOSTLY) < 0.5);
        assert!(Share::default().at_least(MOSTLY) < f64::EPSILON);
        // Worked by hand: (0.1 + 0.0271) / 1.0541 - 0.0781 / 1.0541.
        assert!((of(5, 50).at_least(MOSTLY) - 0.049_5).abs() < 0.001, "{}", of(5, 50).at_least(MOSTLY));
    }

    #[test]
    fn what_one_or_two_hosts_of_four_do_is_their_own_affair() {
        assert_eq!(None, together(&[]));
        assert_eq!(Some(of(4, 120)), together(&[of(1, 30), of(1, 30), of(1, 30), of(1, 30)]));
        // One bad host alone counts like the next worst.
        assert_eq!(Some(of(2, 120)), together(&[of(0, 30), of(0, 30), of(1, 30), of(25, 30)]));
        assert_eq!(None, together(&[of(0, 60), of(0, 60), of(12, 60), of(12, 60)]));
        assert_eq!(Some(of(7, 120)), together(&[of(0, 30), of(1, 30), of(3, 30), of(4, 30)]));
        assert_eq!(Some(of(20, 30)), together(&[of(20, 30)]));
    }
}
