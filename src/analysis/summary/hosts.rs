//! RTT and loss by host.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc, time::Duration};

use hdrhistogram::Histogram;

use crate::{
    analysis::stats::wilson,
    model::{
        log_row::LogRow,
        row::HostRtt,
        summary::{HostFigures, Quantiles, Segment, SegmentFigures, Share},
        verdict::Status,
    },
};

/// Counts hosts.
#[derive(Debug, Clone, Default)]
pub(super) struct Hosts {
    gateway: Figures,
    targets: BTreeMap<IpAddr, Figures>,
    /// Measurements of the row before; a row that tells of a change repeats them.
    before: (Option<Duration>, Vec<HostRtt>),
    isp: BTreeMap<String, Isp>,
    /// A list of hops that has come so often, in all and in rows that are not `OK`.
    isp_now: (Arc<[(String, bool)]>, u64, u64),
}

/// Rows that asked a hop, and rows in which it was down: in all rows, and in those that are not `OK`.
#[derive(Debug, Clone, Default)]
struct Isp {
    all: (u64, u64),
    bad: (u64, u64),
}

#[derive(Debug, Clone, Default)]
struct Figures {
    n: u64,
    lost: u64,
    rtts: Option<Histogram<u64>>,
    /// The RTT before, in nanoseconds.
    last: Option<u64>,
    /// The sum of the differences of consecutive RTTs in nanoseconds, and how many there are.
    differences: (u128, u64),
}

/// Hosts kept: more than any configuration has; names in a garbled log must not fill the memory.
const MOST: usize = 256;

impl Hosts {
    pub(super) fn take(&mut self, row: &LogRow) {
        if row.seq.is_none() || self.is_measured(row) {
            self.gateway.add(row.gateway_rtt);
            for (host, rtt) in &row.targets {
                if self.targets.len() < MOST || self.targets.contains_key(&host.addr) {
                    self.targets.entry(host.addr).or_default().add(*rtt);
                }
            }
        }
        if row.blames_home() {
            return;
        }
        if !Arc::ptr_eq(&self.isp_now.0, &row.isp_hops) {
            if self.isp_now.0 != row.isp_hops {
                self.flush();
            }
            self.isp_now.0 = Arc::clone(&row.isp_hops);
        }
        self.isp_now.1 += 1;
        self.isp_now.2 += u64::from(row.status != Status::Ok);
    }

    /// True if a row of a run tells measurements that the one before it did not.
    fn is_measured(&mut self, row: &LogRow) -> bool {
        let is_repeated = row.cycle_time == self.before.0 && row.targets == self.before.1;
        self.before.0 = row.cycle_time;
        self.before.1.clone_from(&row.targets);
        !row.targets.is_empty() && !is_repeated
    }

    fn flush(&mut self) {
        let (hops, all, bad) = std::mem::take(&mut self.isp_now);
        for (name, up) in hops.iter() {
            if self.isp.len() >= MOST && !self.isp.contains_key(name) {
                continue;
            }
            let isp = self.isp.entry(name.clone()).or_default();
            for (count, n) in [(&mut isp.all, all), (&mut isp.bad, bad)] {
                count.0 += n;
                count.1 += if *up { 0 } else { n };
            }
        }
    }

    /// The figures.
    pub(super) fn finish(mut self) -> Finished {
        self.flush();
        let segments = self.segments();
        let targets = self.targets.into_iter().map(|(addr, figures)| (addr.to_string(), figures));
        let named = [("gateway".to_owned(), self.gateway)].into_iter().chain(targets);
        let hosts = named.filter(|(_, figures)| figures.n > 0).map(|(name, figures)| figures.finish(name));
        let has_bad = self.isp.values().any(|isp| isp.bad.0 > 0);
        let share = |(name, isp): (String, Isp)| {
            let (n, lost) = if has_bad { isp.bad } else { isp.all };
            Share { name, n, lost }
        };
        let mut isp_hops: Vec<Share> = self.isp.into_iter().map(share).filter(|share| share.n > 0).collect();
        isp_hops.sort_by_key(|share| std::cmp::Reverse((share.lost, share.n)));
        Finished { hosts: hosts.collect(), segments, isp_hops }
    }

    fn segments(&self) -> Vec<SegmentFigures> {
        let mut internet = Figures::default();
        self.targets.values().for_each(|target| internet.merge(target));
        let isp = self.isp.values().fold((0, 0), |(n, lost), isp| (n + isp.all.0, lost + isp.all.1));
        let provider = Figures { n: isp.0, lost: isp.1, ..Figures::default() };
        let all = [(Segment::Home, &self.gateway), (Segment::Provider, &provider), (Segment::Internet, &internet)];
        let asked = all.into_iter().filter(|(_, figures)| figures.n > 0);
        asked.map(|(segment, figures)| figures.of_segment(segment)).collect()
    }
}

/// Figures of the hosts, of the segments and of the provider's hops.
pub(super) struct Finished {
    /// The gateway first.
    pub(super) hosts: Vec<HostFigures>,
    pub(super) segments: Vec<SegmentFigures>,
    /// By the rows that are not `OK` if there are such, else by all.
    pub(super) isp_hops: Vec<Share>,
}

impl Figures {
    fn add(&mut self, rtt: Option<Duration>) {
        self.n += 1;
        let Some(rtt) = rtt else {
            self.lost += 1;
            return;
        };
        let nanos = rtt.as_secs().saturating_mul(1_000_000_000).saturating_add(rtt.subsec_nanos().into());
        if let Some(last) = self.last.replace(nanos) {
            self.differences.0 += u128::from(nanos.abs_diff(last));
            self.differences.1 += 1;
        }
        if self.rtts.is_none() {
            // One microsecond to a minute, to three digits.
            self.rtts = Histogram::new_with_bounds(1, 60_000_000, 3).ok();
        }
        if let Some(rtts) = &mut self.rtts {
            rtts.saturating_record(nanos / 1000);
        }
    }

    /// Takes in all of another host; what lies between a sample of one and one of the other is no jitter.
    fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.lost += other.lost;
        self.differences.0 += other.differences.0;
        self.differences.1 += other.differences.1;
        match (&mut self.rtts, &other.rtts) {
            // All have the same bounds.
            (Some(mine), Some(theirs)) => drop(mine.add(theirs)),
            (None, theirs) => self.rtts.clone_from(theirs),
            (Some(_), None) => {}
        }
    }

    fn jitter(&self) -> Option<Duration> {
        let (sum, n) = self.differences;
        let mean = sum.checked_div(n.into())?;
        u64::try_from(mean).ok().map(Duration::from_nanos)
    }

    fn quantiles(&self) -> Option<Quantiles> {
        let micros = Duration::from_micros;
        self.rtts.as_ref().map(|rtts| Quantiles {
            min: micros(rtts.min()),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at most a minute, and positive"
            )]
            mean: micros(rtts.mean().round() as u64),
            p50: micros(rtts.value_at_quantile(0.5)),
            p95: micros(rtts.value_at_quantile(0.95)),
            p99: micros(rtts.value_at_quantile(0.99)),
            max: micros(rtts.max()),
        })
    }

    fn finish(self, name: String) -> HostFigures {
        let (n, lost) = (self.n, self.lost);
        HostFigures { name, n, lost, loss_bounds: wilson(lost, n), rtt: self.quantiles(), jitter: self.jitter() }
    }

    fn of_segment(&self, segment: Segment) -> SegmentFigures {
        SegmentFigures {
            segment,
            n: self.n,
            lost: self.lost,
            loss_bounds: wilson(self.lost, self.n),
            rtt: self.quantiles(),
            is_rtt_of_history: false,
            jitter: self.jitter(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{host::Host, time::Timestamp};

    #[test]
    fn segments_are_their_hosts_together_and_turning_between_hosts_is_no_jitter() {
        let mut hosts = Hosts::default();
        let ms = Duration::from_millis;
        for n in 0..100_u64 {
            let host = |last: u8, rtt| (Host::new([192, 0, 2, last].into()), rtt);
            let far = if n % 10 == 0 { None } else { Some(ms(80 + n % 2)) };
            hosts.take(&LogRow {
                gateway_rtt: Some(ms(1)),
                targets: [host(1, Some(ms(10))), host(2, far)].into_iter().collect(),
                isp_hops: [("203.0.113.7".to_owned(), n >= 5)].into_iter().collect(),
                ..LogRow::new(Timestamp::UNIX_EPOCH, Status::Ok)
            });
        }
        let finished = hosts.finish();
        let [home, provider, internet] = &finished.segments[..] else { panic!("{:?}", finished.segments) };
        assert_eq!((Segment::Home, 100, 0, Some(ms(0))), (home.segment, home.n, home.lost, home.jitter));
        assert_eq!((Segment::Provider, 100, 5, None), (provider.segment, provider.n, provider.lost, provider.rtt));
        assert!(provider.loss_bounds.0 > 0.02 && provider.loss_bounds.1 < 0.12, "{provider:?}");
        assert_eq!((Segment::Internet, 200, 10), (internet.segment, internet.n, internet.lost));
        // The near host never varies; the far one alternates, but for every tenth sample that is lost.
        let jitter = internet.jitter.unwrap();
        assert!((ms(1) / 4..ms(1) / 2).contains(&jitter), "{jitter:?}");
        let of_far = finished.hosts[2].jitter.unwrap() * 89 / (89 + 99);
        assert!(jitter.abs_diff(of_far) < Duration::from_micros(1), "{jitter:?} {of_far:?}");
        let rtt = internet.rtt.unwrap();
        assert!(rtt.min < ms(11) && rtt.p50 < ms(11) && rtt.p95 > ms(79) && rtt.max < ms(82), "{rtt:?}");
    }
}
