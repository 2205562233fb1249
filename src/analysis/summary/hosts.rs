//! RTT and loss by host.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc, time::Duration};

use hdrhistogram::Histogram;

use crate::{
    analysis::stats::wilson,
    model::{
        log_row::LogRow,
        row::HostRtt,
        summary::{HostFigures, Quantiles, Share},
        verdict::Status,
    },
};

/// Counts hosts.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    gateway: Figures,
    targets: BTreeMap<IpAddr, Figures>,
    /// What the row before measured; a row that tells of a change repeats it.
    before: (Option<Duration>, Vec<HostRtt>),
    isp: BTreeMap<String, Isp>,
    /// A list of hops that has come so often, in all and in rows that are not `OK`.
    isp_now: (Arc<[(String, bool)]>, u64, u64),
}

/// Rows that asked a hop, and rows in which it was down: in all rows, and in those that are not `OK`.
#[derive(Debug, Default)]
struct Isp {
    all: (u64, u64),
    bad: (u64, u64),
}

#[derive(Debug, Default)]
struct Figures {
    n: u64,
    lost: u64,
    rtts: Option<Histogram<u64>>,
}

/// Hosts kept: more than any configuration has; names in a garbled log must not fill the memory.
const MOST: usize = 256;

impl Hosts {
    pub(super) fn take(&mut self, row: &LogRow) {
        let is_repeated = row.seq.is_some()
            && row.cycle_time == self.before.0
            && !row.targets.is_empty()
            && row.targets == self.before.1;
        if row.seq.is_some() {
            self.before.0 = row.cycle_time;
            self.before.1.clone_from(&row.targets);
        }
        let is_measured = row.seq.is_none() || !row.targets.is_empty();
        if is_measured && !is_repeated {
            self.gateway.add(row.gateway_rtt);
            for (host, rtt) in &row.targets {
                if self.targets.len() < MOST || self.targets.contains_key(&host.addr) {
                    self.targets.entry(host.addr).or_default().add(*rtt);
                }
            }
        }
        if !Arc::ptr_eq(&self.isp_now.0, &row.isp_hops) {
            self.flush();
            self.isp_now.0 = Arc::clone(&row.isp_hops);
        }
        self.isp_now.1 += 1;
        self.isp_now.2 += u64::from(row.status != Status::Ok);
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

    /// Hosts, the gateway first; and hops of the provider, by the rows that are not `OK` if there are such, else by all.
    pub(super) fn finish(mut self) -> (Vec<HostFigures>, Vec<Share>) {
        self.flush();
        let targets = self.targets.into_iter().map(|(addr, figures)| (addr.to_string(), figures));
        let named = [("gateway".to_owned(), self.gateway)].into_iter().chain(targets);
        let hosts = named.filter(|(_, figures)| figures.n > 0).map(|(name, figures)| figures.finish(name));
        let has_bad = self.isp.values().any(|isp| isp.bad.0 > 0);
        let share = |(name, isp): (String, Isp)| {
            let (n, lost) = if has_bad { isp.bad } else { isp.all };
            Share { name, n, lost }
        };
        let mut shares: Vec<Share> = self.isp.into_iter().map(share).filter(|share| share.n > 0).collect();
        shares.sort_by_key(|share| std::cmp::Reverse((share.lost, share.n)));
        (hosts.collect(), shares)
    }
}

impl Figures {
    fn add(&mut self, rtt: Option<Duration>) {
        self.n += 1;
        let Some(rtt) = rtt else {
            self.lost += 1;
            return;
        };
        if self.rtts.is_none() {
            // One microsecond to a minute, to three digits.
            self.rtts = Histogram::new_with_bounds(1, 60_000_000, 3).ok();
        }
        if let Some(rtts) = &mut self.rtts {
            rtts.saturating_record(u64::try_from(rtt.as_micros()).unwrap_or(u64::MAX));
        }
    }

    fn finish(self, name: String) -> HostFigures {
        let micros = Duration::from_micros;
        let rtt = self.rtts.map(|rtts| Quantiles {
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
        });
        HostFigures { name, n: self.n, lost: self.lost, loss_bounds: wilson(self.lost, self.n), rtt }
    }
}
