//! Onset and end of a degradation: the points between samples that are bad by chance and samples that are bad of it.
//!
//! Each is the point that makes the samples on both sides likeliest (a change point by maximum likelihood): outside, a
//! sample is bad as often as it is on this line at all times; inside, as often as was seen there.

use std::time::Duration;

use super::{
    Ask, Finding, HYSTERESIS, HostSamples, Kind, LARGE_RISE, Limits, Looks, NATURAL, Path, TOGETHER, jitter, late,
    looks, natural, of_target, scaled, share::Share,
};
use crate::model::verdict::{Evidence, FaultDomain};

/// Point in time at which a degradation began or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// Monotonic time: of an onset that of the first bad sample, of an end that of the first good one.
    pub at: Duration,
    /// Maximum error of the time, but for one case in a hundred.
    pub within: Duration,
}

/// One sample of a far host, or of a part of the path behind the fault.
#[derive(Debug, Clone, Copy)]
struct EdgeSample {
    at: Duration,
    is_bad: bool,
    /// Probability with which it is bad though nothing is wrong.
    natural: f64,
}

/// Part of the degradations whose edge may lie beyond the stated error.
const MISSED: f64 = 0.01;
/// No part of the samples is taken to be bad more often than this.
const MOST_BAD: f64 = 0.995;

/// Returns the onset of the degradation that `finding` tells of; `None` where no sample of `path` shows it.
pub fn onset(path: &Path, limits: &Limits, finding: &Finding) -> Option<Edge> {
    let looks = all(path, limits, finding);
    let (first, earliest) = change_point(&looks)?;
    let (before, bad) = looks.split_at(earliest);
    let (at, earliest) = (looks.get(first)?.at, bad.first()?.at);
    let distances = before.iter().rev().map(|look| earliest.saturating_sub(look.at));
    Some(Edge { at, within: at.saturating_sub(earliest) + silent_for(distances, weight(bad)) })
}

/// Returns the end of the degradation that `finding` tells of and that began at `onset`; `None` where no sample of
/// `path` shows it.
pub fn end(path: &Path, limits: &Limits, finding: &Finding, onset: Duration) -> Option<Edge> {
    let limits = &scaled(limits, Ask::StillHolds(finding));
    let mut looks = all(path, limits, finding);
    looks.retain(|look| look.at >= onset);
    looks.reverse();
    let (last, latest) = change_point(&looks)?;
    let (after, bad) = looks.split_at(latest);
    let (last, at) = (looks.get(last)?.at, looks.get(last.saturating_sub(1))?.at);
    let latest = bad.first()?.at;
    let distances = after.iter().rev().map(|look| look.at.saturating_sub(latest));
    let until = latest + silent_for(distances, weight(bad));
    Some(Edge { at, within: until.saturating_sub(at).max(at.saturating_sub(last)) })
}

/// Returns by how much each good sample makes it less likely that samples are bad of the degradation already, as the
/// logarithm of a factor. What left together is lost together, or waits together, as far as these samples show: then the
/// moments at which samples were sent count, not the samples.
fn weight(looks: &[EdgeSample]) -> f64 {
    let (mut samples, mut moments) = (Share::default(), Share::default());
    let (mut begin, mut is_bad) = (None, false);
    for look in looks {
        if begin.is_none_or(|begin: Duration| look.at.abs_diff(begin) >= TOGETHER) {
            moments.n += 1;
            (begin, is_bad) = (Some(look.at), false);
        }
        samples.n += 1;
        samples.bad += usize::from(look.is_bad);
        moments.bad += usize::from(look.is_bad && !is_bad);
        is_bad |= look.is_bad;
    }
    let all = |share: Share| -(share.n as f64) * (1.0 - share.part().min(MOST_BAD)).ln();
    all(samples).min(all(moments)) / samples.n.max(1) as f64
}

/// Returns the time that so many good samples of this weight take that they are no chance. `distances` are those of the
/// samples from the edge, the nearest first.
fn silent_for(mut distances: impl Iterator<Item = Duration>, weight: f64) -> Duration {
    let (mut sum, mut reached) = (0.0, Duration::ZERO);
    while sum < -MISSED.ln()
        && let Some(distance) = distances.next()
    {
        sum += weight;
        reached = distance;
    }
    reached
}

/// Returns the index of the bad sample from which on samples are bad of the degradation: the likeliest one, and the
/// first one that is not [`MISSED`] times as likely.
fn change_point(looks: &[EdgeSample]) -> Option<(usize, usize)> {
    let log = |part: f64, is_bad: bool| if is_bad { part.ln() } else { (1.0 - part).ln() };
    let (mut n, mut n_bad) = (0.0, 0.0);
    // From the last one back: likelihood of those from here on, less that of the same if nothing were wrong.
    let mut by_chance = 0.0;
    let mut gains: Vec<(usize, f64)> = Vec::new();
    for (idx, look) in looks.iter().enumerate().rev() {
        n += 1.0;
        n_bad += f64::from(u8::from(look.is_bad));
        by_chance += log(look.natural, look.is_bad);
        if !look.is_bad {
            continue;
        }
        let share = (n_bad / n).min(MOST_BAD);
        let gain = n_bad * log(share, true) + (n - n_bad) * log(share, false) - by_chance;
        gains.push((idx, gain));
    }
    let (best, most) = gains.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let first = gains.iter().rev().find(|(_, gain)| *gain >= most + MISSED.ln())?;
    Some((best, first.0))
}

/// Lists the samples that tell of this finding in the order of their times: those of the far hosts, and of the parts of
/// the path from its domain on.
fn all(path: &Path, limits: &Limits, finding: &Finding) -> Vec<EdgeSample> {
    let inner: Vec<&HostSamples> = match finding.domain {
        FaultDomain::Lan => path.gateway.iter().chain(&path.hops).collect(),
        FaultDomain::Access | FaultDomain::SelfLoad => path.hops.iter().collect(),
        FaultDomain::Isp => path.hops.iter().skip(1).collect(),
        _ => Vec::new(),
    };
    let mut all: Vec<EdgeSample> = Vec::new();
    for host in path.targets.iter().chain(inner.iter().copied()) {
        let is_far = path.targets.iter().any(|target| std::ptr::eq(target, host));
        all.extend(of_host(path, host, is_far, limits, finding));
    }
    all.sort_by_key(|look| look.at);
    all
}

/// Lists the samples of a host; one is bad if it is by any evidence of the finding.
fn of_host(path: &Path, host: &HostSamples, is_far: bool, limits: &Limits, finding: &Finding) -> Vec<EdgeSample> {
    if finding.evidence.contains(&Evidence::LargePacketsSlow) {
        return of_large(host);
    }
    let mut found: Vec<EdgeSample> = Vec::new();
    for kind in finding.evidence.iter().filter_map(|evidence| kind(*evidence, path, limits)) {
        let kind = if is_far { of_target(kind, host, limits) } else { kind };
        let looks = match kind {
            Kind::Late(deviation) | Kind::Jitter(deviation) => Some(late_looks(host, deviation)),
            Kind::Loss | Kind::Latency => looks(kind, host, limits),
        };
        let Some(looks) = looks else { continue };
        merge(&mut found, &looks, natural(kind, host).min(MOST_BAD));
    }
    found
}

/// Which answers came so much later than usual. The median of a minute with an edge in it says nothing of that.
fn late_looks(host: &HostSamples, deviation: Duration) -> Looks {
    let series = [(&host.samples, host.usual), (&host.refusals, host.usual_refusal)];
    let known = series.into_iter().filter_map(|(samples, usual)| Some((samples, usual?.median + deviation)));
    let late = |(samples, limit): (&Vec<(Duration, Option<Duration>)>, Duration)| {
        samples.iter().filter_map(move |(at, rtt)| Some((*at, (*rtt)? > limit))).collect::<Looks>()
    };
    known.flat_map(late).collect()
}

/// Adds samples to those of another kind of evidence. Samples of one host differ in their times.
fn merge(found: &mut Vec<EdgeSample>, looks: &Looks, natural: f64) {
    for (at, is_bad) in looks {
        match found.iter_mut().find(|known| known.at == *at) {
            Some(known) => {
                known.is_bad |= *is_bad;
                known.natural = known.natural.max(natural);
            }
            None => found.push(EdgeSample { at: *at, is_bad: *is_bad, natural }),
        }
    }
}

fn of_large(host: &HostSamples) -> Vec<EdgeSample> {
    let Some(usual) = host.usual_large else { return Vec::new() };
    let limit = usual.median + LARGE_RISE.mul_f64(HYSTERESIS).max(usual.spread.min(LARGE_RISE));
    host.large.iter().map(|(at, rtt)| EdgeSample { at: *at, is_bad: *rtt > limit, natural: NATURAL }).collect()
}

fn kind(evidence: Evidence, path: &Path, limits: &Limits) -> Option<Kind> {
    match evidence {
        Evidence::LossHigh => Some(Kind::Loss),
        Evidence::LatencyHigh => Some(Kind::Latency),
        Evidence::JitterHigh => late(path, limits, Ask::HasBegun).or_else(|| jitter(path, limits, Ask::MayBe)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples a second apart: `.` good, `x` bad.
    fn samples(pattern: &str) -> Vec<EdgeSample> {
        let look =
            |(second, letter)| EdgeSample { at: Duration::from_secs(second), is_bad: letter == 'x', natural: NATURAL };
        (0..).zip(pattern.chars()).map(look).collect()
    }

    #[track_caller]
    fn check(pattern: &str, expected: Option<usize>) {
        assert_eq!(expected, change_point(&samples(pattern)).map(|(best, _)| best), "{pattern}");
    }

    #[test]
    fn it_begins_at_the_first_bad_sample_that_is_not_by_chance() {
        check("..........", None);
        check(".....xxxxx", Some(5));
        check("xxxxx", Some(0));
        check(".....x.xx.xx.x.", Some(5));
        // One lost long before is one by chance.
        check("x..............................xxxxxxxxxx", Some(31));
        check(".............x..x...x..x....x..x..x", Some(13));
    }

    #[track_caller]
    fn check_error(samples: &[EdgeSample], n: u64) {
        let weight = weight(samples);
        assert_eq!(Duration::from_secs(n), silent_for((1..=60).map(Duration::from_secs), weight));
    }

    #[test]
    fn the_error_is_the_time_in_which_a_bad_sample_would_have_shown() {
        check_error(&samples("xxxxxxxx"), 1);
        // 0.5^7 is less than one in a hundred, 0.5^6 more.
        check_error(&samples("x.x.x.x."), 7);
        check_error(&samples("x........."), 44);
        assert_eq!(Duration::from_secs(3), silent_for((1..=3).map(Duration::from_secs), 0.1));
    }

    #[test]
    fn samples_that_are_bad_together_prove_as_little_as_one() {
        let look = |millis, is_bad| EdgeSample { at: Duration::from_millis(millis), is_bad, natural: NATURAL };
        let moment = |(n_bad, second): (u64, u64)| (0..2).map(move |n| look(second * 1000 + n, n < n_bad));
        let of = |bad: [u64; 4]| bad.into_iter().zip(0..).flat_map(moment).collect::<Vec<_>>();
        check_error(&of([2, 0, 2, 0]), 14);
        check_error(&of([1, 1, 1, 1]), 7);
    }

    #[test]
    fn an_end_is_the_first_good_sample_after_the_last_bad_one() {
        let sample = |second: u64| {
            let rtt = if (20..40).contains(&second) { 90 } else { 10 };
            (Duration::from_secs(second), Some(Duration::from_millis(rtt)))
        };
        let host = HostSamples { samples: (0..60).map(sample).collect(), ..HostSamples::default() };
        let path = Path { targets: vec![host], ..Path::default() };
        let limits = Limits {
            loss: 0.02,
            rtt: Duration::from_millis(50),
            rtt_rise: Duration::from_millis(30),
            jitter: Duration::from_millis(30),
            jitter_rise: Duration::from_millis(10),
        };
        let finding = Finding {
            domain: FaultDomain::Upstream,
            confidence: crate::model::verdict::Confidence::High,
            evidence: vec![Evidence::LatencyHigh],
            is_fixed: true,
        };
        let second = Duration::from_secs(1);
        let mut begun = path.clone();
        begun.targets[0].samples.truncate(35);
        assert_eq!(Some(Edge { at: second * 20, within: second }), onset(&begun, &limits, &finding));
        assert_eq!(Some(Edge { at: second * 40, within: second }), end(&path, &limits, &finding, second * 20));
        assert_eq!(None, end(&path, &limits, &finding, second * 45));
    }
}
