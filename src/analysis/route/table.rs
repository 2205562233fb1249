//! The hop table: what was asked at each distance, who answered, and what the silences mean.
//!
//! A router that gives up on a packet may say so or not; whether it passes packets on is another matter. So the loss
//! at a hop is never more than what any hop behind it fails to answer: probes that are answered there got through.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use crate::model::trace::{Arrival, Hop, HopAnswer, HopHost, HopOutcome, HopReading, HopSample, RttFigures};

/// Fewer probes than this say nothing about loss.
const ENOUGH: usize = 5;
/// Of so many a single one may be chance.
const CHANCE: usize = 1;
/// A loss that grows by less than this from one hop to the next does not begin there.
const STEP: f64 = 0.02;

/// Counts of one distance.
#[derive(Debug, Clone, Default)]
struct Counts {
    /// Probes that have come back or have not in time.
    decided: usize,
    answered: usize,
    late: usize,
    duplicates: usize,
    hosts: Vec<HopHost>,
    rtts: Rtts,
    /// Of the probes above, those that were asked at a slower pace, and those of them that were answered.
    slow: (usize, usize),
    /// Direct echoes: sent and answered.
    echoes: (usize, usize),
    /// The target itself answered here.
    reached: bool,
}

/// Mean and deviation in one pass (Welford's method), in seconds.
#[derive(Debug, Clone, Default)]
struct Rtts {
    n: usize,
    mean: f64,
    squares: f64,
    range: Option<(Duration, Duration)>,
    last: Duration,
}

impl Rtts {
    fn add(&mut self, rtt: Duration) {
        self.n += 1;
        let value = rtt.as_secs_f64();
        let before = value - self.mean;
        self.mean += before / self.n as f64;
        self.squares += before * (value - self.mean);
        let (best, worst) = self.range.unwrap_or((rtt, rtt));
        self.range = Some((best.min(rtt), worst.max(rtt)));
        self.last = rtt;
    }

    fn figures(&self) -> Option<RttFigures> {
        let (best, worst) = self.range?;
        let variance = if self.n > 1 { self.squares / (self.n - 1) as f64 } else { 0.0 };
        let secs = |value: f64| Duration::try_from_secs_f64(value.max(0.0)).unwrap_or_default();
        Some(RttFigures { last: self.last, avg: secs(self.mean), best, worst, stdev: secs(variance.sqrt()) })
    }
}

/// The table of one trace while it runs.
#[derive(Debug, Clone, Default)]
pub struct Table {
    hops: BTreeMap<u8, Counts>,
}

impl Table {
    /// Counts a sample of the hop at its TTL; `slow` when that hop is asked at a slower pace.
    pub fn add(&mut self, sample: &HopSample, slow: bool) {
        let counts = self.hops.entry(sample.probe.ttl).or_default();
        let answer = sample.outcome.answer();
        match (sample.arrival, &sample.outcome) {
            // Never sent, or not past this computer: evidence of nothing.
            (_, HopOutcome::NotMeasured(_) | HopOutcome::Local(_)) => return,
            (Arrival::First, _) => counts.decided += 1,
            (Arrival::Late, _) => counts.late += 1,
            (Arrival::Duplicate, _) => counts.duplicates += 1,
        }
        if sample.arrival == Arrival::First && slow {
            counts.slow.0 += 1;
            counts.slow.1 += usize::from(answer.is_some());
        }
        let Some(answer) = answer else { return };
        // The last word counts: a path may have become longer.
        counts.reached = matches!(sample.outcome, HopOutcome::Reached(_));
        if sample.arrival == Arrival::First {
            counts.answered += 1;
            counts.rtts.add(answer.rtt);
        }
        if sample.arrival != Arrival::Duplicate {
            counts.heard(answer);
        }
    }

    /// Counts a direct echo to the hop at this TTL.
    pub fn add_echo(&mut self, ttl: u8, answered: bool) {
        let echoes = &mut self.hops.entry(ttl).or_default().echoes;
        echoes.0 += 1;
        echoes.1 += usize::from(answered);
    }

    /// Returns the address that answers most often at this distance; `None` where nobody does.
    pub fn host(&self, ttl: u8) -> Option<IpAddr> {
        self.hops.get(&ttl)?.hosts.first().map(|host| host.addr)
    }

    /// The largest distance at which anybody answered; 0 for none.
    pub fn last_answering(&self) -> u8 {
        self.hops.iter().rev().find(|(_, counts)| !counts.hosts.is_empty()).map_or(0, |(ttl, _)| *ttl)
    }

    /// True if the hop at this distance leaves more unanswered than is lost behind it, or is the last that answers, and
    /// only now and then.
    pub fn is_doubtful(&self, ttl: u8) -> bool {
        let Some(counts) = self.hops.get(&ttl).filter(|counts| counts.decided >= ENOUGH) else { return false };
        if counts.reached || counts.lost() <= CHANCE || counts.is_silent() {
            return false;
        }
        let behind: Vec<&Counts> = self.hops.range(ttl.saturating_add(1)..).map(|(_, counts)| counts).collect();
        persisting(&behind).first().copied().flatten().is_none_or(|least| !counts.is_witness(least))
    }

    /// True if this hop has been asked for an echo `n` times or more.
    pub fn has_echoes(&self, ttl: u8, n: usize) -> bool {
        self.hops.get(&ttl).is_some_and(|counts| counts.echoes.0 >= n)
    }

    /// Forgets the hops behind this distance: the path is shorter now.
    pub fn cut_behind(&mut self, ttl: u8) {
        self.hops.retain(|at, _| *at <= ttl);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.hops.clear();
    }

    /// The rows of the table, from 1 to the end of the path: to the target where it is reached, else to the first
    /// silent hop behind the last that answers.
    pub fn hops(&self) -> Vec<Hop> {
        let empty = Counts::default();
        let reached = self.hops.iter().find(|(_, counts)| counts.reached).map(|(ttl, _)| *ttl);
        let asked = self.hops.keys().next_back().copied().unwrap_or(0);
        let end = reached.unwrap_or_else(|| self.last_answering().saturating_add(1).min(asked));
        let counts: Vec<&Counts> = (1..=end).map(|ttl| self.hops.get(&ttl).unwrap_or(&empty)).collect();
        let least = persisting(&counts);
        let readings = readings(&counts, &least);
        let rows = counts.into_iter().zip(least).zip(readings);
        let row = |(ttl, ((counts, least), reading)): (u8, ((&Counts, Option<Least>), _))| {
            counts.hop(ttl, least.map(|least| least.part), reading)
        };
        (1..=end).zip(rows).map(row).collect()
    }
}

impl Counts {
    fn heard(&mut self, answer: &HopAnswer) {
        match self.hosts.iter_mut().find(|host| host.addr == answer.from) {
            Some(host) => {
                host.n_answers += 1;
                host.labels.clone_from(&answer.labels);
            }
            None => self.hosts.push(HopHost { addr: answer.from, n_answers: 1, labels: answer.labels.clone() }),
        }
        // Stable, so that the first of two that answer alike stays in front.
        self.hosts.sort_by_key(|host| std::cmp::Reverse(host.n_answers));
    }

    /// Probes that nobody answered, not even late.
    fn lost(&self) -> usize {
        self.decided.saturating_sub(self.answered + self.late)
    }

    fn lost_part(&self) -> Option<f64> {
        (self.decided > 0).then(|| self.lost() as f64 / self.decided as f64)
    }

    fn is_silent(&self) -> bool {
        self.hosts.is_empty()
    }

    fn hop(&self, ttl: u8, loss: Option<f64>, reading: HopReading) -> Hop {
        Hop {
            ttl,
            hosts: self.hosts.clone(),
            sent: self.decided,
            answered: self.answered,
            late: self.late,
            duplicates: self.duplicates,
            rtt: self.rtts.figures(),
            loss,
            answers_echo: (self.echoes.0 > 0).then_some(self.echoes.1 > 0),
            reading: reading.with_loss(loss),
        }
    }
}

/// The loss that persists to the end.
#[derive(Debug, Clone, Copy)]
struct Least {
    /// Part of the probes, 0..=1.
    part: f64,
    /// Of how many.
    n: usize,
}

/// The loss at each hop that persists to the end: the least of what it and the hops behind it lose. `None` where nobody
/// at or behind the hop ever answered, since that may be a filter.
fn persisting(counts: &[&Counts]) -> Vec<Option<Least>> {
    let mut least: Option<Least> = None;
    let mut all = Vec::new();
    for counts in counts.iter().rev() {
        if let Some(part) =
            counts.lost_part().filter(|part| !counts.is_silent() && least.is_none_or(|l| *part < l.part))
        {
            least = Some(Least { part, n: counts.decided });
        }
        all.push(least);
    }
    all.reverse();
    all
}

/// Returns the meaning of each hop's answers and silences.
fn readings(counts: &[&Counts], least: &[Option<Least>]) -> Vec<HopReading> {
    let last = counts.iter().rposition(|counts| !counts.is_silent());
    let begins = loss_begins(counts, least);
    let read = |(idx, counts): (usize, &&Counts)| {
        let is_last = last == Some(idx);
        if counts.is_silent() {
            return if last.is_some_and(|last| last > idx) {
                HopReading::PassesSilently
            } else {
                HopReading::NothingFromHere
            };
        }
        if begins == Some(idx) {
            return HopReading::Loses;
        }
        let persists = least.get(idx).copied().flatten();
        let excess = counts.lost() > CHANCE && persists.is_some_and(|least| !counts.is_witness(least));
        if counts.reached {
            let alone = begins.is_none() && counts.decided >= ENOUGH && counts.lost() > CHANCE;
            if alone { HopReading::TargetLimits } else { HopReading::Answers }
        } else if is_last && begins.is_none() && counts.lost() > CHANCE {
            // Nobody behind it bears witness; a direct echo or a slower pace may.
            if counts.is_limited() { HopReading::Limits } else { HopReading::Unclear }
        } else if excess {
            HopReading::Limits
        } else {
            HopReading::Answers
        }
    };
    counts.iter().enumerate().map(read).collect()
}

impl Counts {
    /// True if what the hop leaves unanswered may all be lost on the way: no more than two standard errors above what
    /// persists.
    fn is_witness(&self, least: Least) -> bool {
        let (n, others) = (self.decided as f64, least.n as f64);
        let pooled = (self.lost() as f64 + least.part * others) / (n + others);
        let error = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / others)).sqrt();
        self.lost() as f64 <= (least.part + 2.0 * error) * n + CHANCE as f64
    }

    /// True if the hop answers everything when it is asked directly, or more slowly.
    fn is_limited(&self) -> bool {
        let all = |(asked, answered): (usize, usize), enough: usize| asked >= enough && answered == asked;
        all(self.echoes, 2) || all(self.slow, 3)
    }
}

/// Finds the hop at which, or just behind which, loss begins that persists to the end. It takes several probes, more
/// than one lost, and at least two hops in a row that lose: what one hop alone leaves unanswered is its own affair. A
/// hop that leaves more unanswered than is lost in the end is no witness to where it begins.
fn loss_begins(counts: &[&Counts], least: &[Option<Least>]) -> Option<usize> {
    let all = counts.iter().zip(least).enumerate();
    let behind: Vec<(usize, &Counts, Least)> = all
        .filter(|(_, (counts, _))| !counts.is_silent())
        .filter_map(|(idx, (counts, least))| Some((idx, *counts, (*least)?)))
        .skip_while(|(.., least)| least.part <= STEP)
        .collect();
    let loses = |counts: &Counts| counts.decided >= ENOUGH && counts.lost() > CHANCE;
    let first = behind.iter().find(|(_, counts, least)| counts.is_witness(*least))?;
    let n_behind = behind.iter().filter(|(idx, ..)| *idx >= first.0).count();
    (n_behind >= 2 && behind.iter().all(|(_, counts, _)| loses(counts))).then_some(first.0)
}

#[cfg(test)]
mod tests;
