//! Round-trip times of one host within a stretch of time, and the lines drawn through several of them.

/// Milliseconds since 1970 (UTC).
pub(crate) type Millis = i64;

/// Samples less far apart than this are joined by a line: targets take turns, and rows of a log come every 20 s.
const JOINED: Millis = 65_000;

/// Samples of some stretch of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bucket {
    /// Beginning of the stretch.
    pub(crate) at: Millis,
    /// Length of the stretch.
    pub(crate) width: Millis,
    /// Number of samples.
    pub(crate) n: u32,
    /// Number of samples lost.
    pub(crate) lost: u32,
    /// Sum of the RTTs in milliseconds.
    sum: f32,
    /// The least RTT in milliseconds; infinite when all samples were lost.
    pub(crate) min: f32,
    /// The greatest; negative infinite when all were lost.
    pub(crate) max: f32,
    /// Times of the first sample, of the last one and of the one nearest to the middle, in milliseconds after `at`.
    first: u32,
    last: u32,
    mark: u32,
}

impl Bucket {
    /// No samples yet.
    pub(super) fn empty(at: Millis, width: Millis) -> Self {
        let (min, max) = (f32::INFINITY, f32::NEG_INFINITY);
        Self { at, width, n: 0, lost: 0, sum: 0.0, min, max, first: 0, last: 0, mark: 0 }
    }

    /// One sample; `None` was lost.
    pub(super) fn of(at: Millis, rtt: Option<f32>) -> Self {
        let bucket = Self { n: 1, ..Self::empty(at, 1) };
        match rtt {
            Some(rtt) => Self { sum: rtt, min: rtt, max: rtt, ..bucket },
            None => Self { lost: 1, ..bucket },
        }
    }

    /// Figures of all samples from one time to another, of which only the figures are known: how many, how many lost,
    /// and the least, the greatest and the sum of the RTTs in milliseconds.
    pub(super) fn of_figures(
        (from, to): (Millis, Millis),
        (n, lost): (u64, u64),
        rtts: Option<(f64, f64, f64)>,
    ) -> Self {
        let mut bucket = Self::empty(from, (to - from).max(1));
        bucket.n = u32::try_from(n).unwrap_or(u32::MAX);
        bucket.lost = u32::try_from(lost).unwrap_or(u32::MAX);
        if let Some((min, max, sum)) = rtts {
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds of round trips")]
            let rtts = (min as f32, max as f32, sum as f32);
            (bucket.min, bucket.max, bucket.sum) = rtts;
        }
        (bucket.last, bucket.mark) = (bucket.offset(bucket.end() - 1), bucket.offset(bucket.middle()));
        bucket
    }

    /// Takes in all samples of another bucket that begins within this one.
    pub(super) fn absorb(&mut self, other: &Self) {
        if other.n == 0 {
            return;
        }
        let (first, last, mark) = (self.offset(other.from()), self.offset(other.to()), self.offset(other.mark()));
        if self.n == 0 {
            (self.first, self.last, self.mark) = (first, last, mark);
        } else {
            (self.first, self.last) = (self.first.min(first), self.last.max(last));
            let middle = self.offset(self.middle());
            self.mark = if mark.abs_diff(middle) < self.mark.abs_diff(middle) { mark } else { self.mark };
        }
        self.n = self.n.saturating_add(other.n);
        self.lost = self.lost.saturating_add(other.lost);
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Mean RTT in milliseconds; `None` when nothing was answered.
    pub(crate) fn mean(&self) -> Option<f64> {
        let answered = self.n.saturating_sub(self.lost);
        (answered > 0).then(|| f64::from(self.sum) / f64::from(answered))
    }

    /// Time of the first sample.
    pub(crate) fn from(&self) -> Millis {
        self.at + Millis::from(self.first)
    }

    /// Time of the last sample.
    pub(crate) fn to(&self) -> Millis {
        self.at + Millis::from(self.last)
    }

    /// Time of the sample nearest to the middle: where the bucket is drawn. The middle itself may lie in a gap.
    pub(crate) fn mark(&self) -> Millis {
        self.at + Millis::from(self.mark)
    }

    /// End of the stretch.
    pub(super) fn end(&self) -> Millis {
        self.at + self.width
    }

    fn middle(&self) -> Millis {
        self.at + self.width / 2
    }

    fn offset(&self, at: Millis) -> u32 {
        u32::try_from((at - self.at).max(0)).unwrap_or(u32::MAX)
    }
}

/// Point of a line: a time at which there is a sample, and the RTTs around it in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) at: Millis,
    pub(crate) low: f64,
    pub(crate) mean: f64,
    pub(crate) high: f64,
}

/// The lines to draw through buckets in time order. Each reaches from its first sample to its last one, and is broken
/// where nothing was answered and where nothing was measured.
pub(crate) fn lines(buckets: &[Bucket]) -> Vec<Vec<Point>> {
    let is_joined = |a: &Bucket, b: &Bucket| {
        let is_near = b.from() - a.to() <= JOINED.max(a.width).max(b.width);
        is_near && a.mean().is_some() && b.mean().is_some()
    };
    buckets.chunk_by(is_joined).map(line).filter(|line| !line.is_empty()).collect()
}

/// The line through buckets that are joined.
fn line(buckets: &[Bucket]) -> Vec<Point> {
    let point = |bucket: &Bucket, at| {
        let (low, high) = (f64::from(bucket.min), f64::from(bucket.max));
        bucket.mean().map(|mean| Point { at, low, mean, high })
    };
    let begin = buckets.first().and_then(|first| point(first, first.from()));
    let marks = buckets.iter().filter_map(|bucket| point(bucket, bucket.mark()));
    let end = buckets.last().and_then(|last| point(last, last.to()));
    let mut line: Vec<Point> = begin.into_iter().chain(marks).chain(end).collect();
    line.dedup_by_key(|point| point.at);
    line
}
