//! Counters and histograms of the running monitor, for `/metrics`.

use std::{collections::BTreeMap, time::Duration};

use crate::model::{
    event::Event,
    host::Host,
    ledger::Outage,
    probe::{PulseSample, Subject},
    verdict::FaultDomain,
};

/// Upper bounds of the buckets of round-trip times. A bucket for all longer ones follows.
pub const BUCKETS: [Duration; 14] = [
    Duration::from_millis(1),
    Duration::from_millis(2),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(20),
    Duration::from_millis(30),
    Duration::from_millis(50),
    Duration::from_millis(75),
    Duration::from_millis(100),
    Duration::from_millis(150),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2500),
];

/// Upper bounds of the buckets of `smokeping_prober`: 50 µs, each further one twice as long.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses an index out of range")]
pub const SMOKEPING_BUCKETS: [Duration; 20] = {
    let mut buckets = [Duration::from_micros(50); 20];
    let mut idx = 1;
    while idx < buckets.len() {
        buckets[idx] = Duration::from_micros(50 << idx);
        idx += 1;
    }
    buckets
};

/// Most series of one kind of figure. Beyond it the series that has had no sample for longest goes.
const MAX_SERIES: usize = 256;

/// Kind of a host that the pulse asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeKind {
    /// The home router.
    Gateway,
    /// A hop of the provider.
    Isp,
    /// A far host.
    Target,
}

impl ProbeKind {
    /// The value of the label `kind`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Isp => "isp",
            Self::Target => "target",
        }
    }

    fn of(subject: Subject) -> Option<Self> {
        match subject {
            Subject::Gateway(_) => Some(Self::Gateway),
            Subject::IspHop(_) => Some(Self::Isp),
            Subject::Target(_) => Some(Self::Target),
            _ => None,
        }
    }
}

/// Figures of one host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProbeSeries {
    /// Probes sent.
    pub sent: u64,
    /// Probes without an answer in time.
    pub failed: u64,
    /// Answers by round-trip time: one count for each of [`BUCKETS`] and one for longer times, not cumulative.
    pub counts: [u64; BUCKETS.len() + 1],
    /// The same by [`SMOKEPING_BUCKETS`].
    pub smokeping: [u64; SMOKEPING_BUCKETS.len() + 1],
    /// Sum of the round-trip times.
    pub sum: Duration,
    /// Number of the last sample, to find the series without one for longest.
    last: u64,
}

impl ProbeSeries {
    /// Adds the figures of another series.
    pub fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.failed += other.failed;
        self.counts.iter_mut().zip(other.counts).for_each(|(sum, count)| *sum += count);
        self.smokeping.iter_mut().zip(other.smokeping).for_each(|(sum, count)| *sum += count);
        self.sum = self.sum.saturating_add(other.sum);
    }
}

/// Outages of one cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutageSeries {
    /// Finished outages.
    pub count: u64,
    /// Total time of the finished outages.
    pub time: Duration,
}

/// Samples that are counted together at the latest.
const MAX_UNCOUNTED: usize = 512;

/// Counters and histograms since the start of the monitor. They only grow.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MetricsRegistry {
    /// Samples to count with the next reading: many in a row cost less than each at its time.
    uncounted: Vec<PulseSample>,
    probes: BTreeMap<(ProbeKind, Host), ProbeSeries>,
    outages: BTreeMap<FaultDomain, OutageSeries>,
    samples: u64,
}

impl MetricsRegistry {
    /// Returns a registry in which every cause of an outage stands at 0.
    pub fn new() -> Self {
        let outages = FaultDomain::ALL.iter().map(|domain| (*domain, OutageSeries::default())).collect();
        Self { outages, ..Self::default() }
    }

    /// Takes an event of the monitor. Events that change no figure are ignored.
    pub fn handle(&mut self, event: &Event) {
        match event {
            Event::Sample(sample) => {
                self.uncounted.push(*sample);
                if self.uncounted.len() >= MAX_UNCOUNTED {
                    self.count_samples();
                }
            }
            Event::OutageClosed(outage) => self.take_outage(outage),
            _ => {}
        }
    }

    /// Counts the samples that wait, so that [`MetricsRegistry::probes`] has them all.
    pub fn count_samples(&mut self) {
        let mut samples = std::mem::take(&mut self.uncounted);
        samples.drain(..).for_each(|sample| self.take_sample(&sample));
        self.uncounted = samples;
    }

    /// Figures of the pulse by kind and host, of all samples up to the last [`MetricsRegistry::count_samples`].
    pub fn probes(&self) -> impl Iterator<Item = (ProbeKind, Host, &ProbeSeries)> {
        self.probes.iter().map(|((kind, host), series)| (*kind, *host, series))
    }

    /// Figures of finished outages by cause: the part that an outage is told by in short.
    pub fn outages(&self) -> impl Iterator<Item = (FaultDomain, OutageSeries)> {
        self.outages.iter().map(|(domain, series)| (*domain, *series))
    }

    fn take_sample(&mut self, sample: &PulseSample) {
        let Some(kind) = ProbeKind::of(sample.subject) else { return };
        self.samples += 1;
        let key = (kind, sample.host);
        if self.probes.len() >= MAX_SERIES && !self.probes.contains_key(&key) {
            let oldest = self.probes.iter().min_by_key(|(_, series)| series.last).map(|(key, _)| *key);
            if let Some(oldest) = oldest {
                self.probes.remove(&oldest);
            }
        }
        let series = self.probes.entry(key).or_default();
        series.last = self.samples;
        series.sent += 1;
        match sample.rtt {
            None => series.failed += 1,
            Some(rtt) => {
                count(&mut series.counts, &BUCKETS, rtt);
                count(&mut series.smokeping, &SMOKEPING_BUCKETS, rtt);
                series.sum = series.sum.saturating_add(rtt);
            }
        }
    }

    fn take_outage(&mut self, outage: &Outage) {
        let end = outage.end.unwrap_or(outage.start);
        let Some(domain) = outage.blamed(end) else { return };
        let series = self.outages.entry(domain).or_default();
        series.count += 1;
        series.time = series.time.saturating_add(outage.length(end));
    }
}

fn count(counts: &mut [u64], bounds: &[Duration], rtt: Duration) {
    let idx = bounds.partition_point(|bound| *bound < rtt);
    if let Some(count) = counts.get_mut(idx) {
        *count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::fixtures::sample;

    #[test]
    fn series_are_bounded_and_the_oldest_goes_first() {
        let mut metrics = MetricsRegistry::new();
        let hosts: Vec<String> = (0..=MAX_SERIES).map(|n| format!("10.0.{}.{}", n / 256, n % 256)).collect();
        for host in &hosts {
            metrics.handle(&Event::Sample(sample(Subject::IspHop(0), host, None)));
            metrics.handle(&Event::Sample(sample(Subject::Target(0), "192.0.2.1", Some(1.0))));
        }
        metrics.count_samples();
        assert_eq!(MAX_SERIES, metrics.probes().count());
        let kept = |host: &str| metrics.probes().any(|(_, kept, _)| kept.to_string() == host);
        assert!(!kept("10.0.0.0") && !kept("10.0.0.1") && kept("10.0.0.2") && kept("10.0.1.0"));
        let target = metrics.probes().find(|(kind, ..)| *kind == ProbeKind::Target).unwrap();
        assert_eq!((hosts.len() as u64, 0), (target.2.sent, target.2.failed));
    }

    #[test]
    fn a_time_on_a_bound_belongs_to_the_bucket_below_it() {
        let mut counts = [0; BUCKETS.len() + 1];
        for micros in [1, 1000, 1001, 2_500_000, 2_500_001] {
            count(&mut counts, &BUCKETS, Duration::from_micros(micros));
        }
        assert_eq!([2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1], counts);
        assert_eq!(Duration::from_micros(26_214_400), SMOKEPING_BUCKETS[19]);
        assert!(BUCKETS.is_sorted() && SMOKEPING_BUCKETS.is_sorted());
    }
}
