//! Quality of a line that works: loss, latency and jitter, and the part of the path from which on they show.
//!
//! A fault counts only if the far hosts show it: a router that answers pings carelessly hurts nobody. Latency and
//! jitter are judged by fixed limits and by their rise over what is usual for each host. Every judgement is about a
//! share of samples, so that the number of samples says how much it proves.

mod edges;
mod share;
mod usual;
mod watch;

use std::{sync::Arc, time::Duration};

use self::share::{Share, Sure, added, together};
pub use self::{
    edges::{Edge, end, onset},
    usual::{Baseline, Usual},
    watch::{Change, Watch},
};
use crate::{
    analysis::stats::percentile,
    model::verdict::{Confidence, Evidence, FaultDomain},
};

/// Above these a part of the path counts as degraded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Loss, 0..=1.
    pub loss: f64,
    /// Median RTT.
    pub rtt: Duration,
    /// Median RTT above what is usual.
    pub rtt_rise: Duration,
    /// Jitter: mean of the differences of consecutive RTTs.
    pub jitter: Duration,
    /// Least time beyond the natural variation that makes an answer a late one.
    pub jitter_rise: Duration,
}

/// Samples of one host in the time looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HostSamples {
    /// Operator of a far host. Hosts of one operator are one witness; `None` is one of its own.
    pub operator: Option<&'static str>,
    /// Samples in their order, each with its time on the monotonic clock; `None` for one that was lost.
    pub samples: Vec<(Duration, Option<Duration>)>,
    /// The same by another means, which takes another time: of a hop that refuses connections.
    pub refusals: Vec<(Duration, Option<Duration>)>,
    /// RTTs of packets as large as the line takes, each with its time.
    pub large: Vec<(Duration, Duration)>,
    /// Usual RTTs of the host; `None` while too little is known.
    pub usual: Option<Usual>,
    /// The RTTs that what is usual rests on, the shortest first.
    pub past: Arc<[Duration]>,
    /// Usual RTTs of refusals.
    pub usual_refusal: Option<Usual>,
    /// The same for large packets.
    pub usual_large: Option<Usual>,
}

/// The samples of some time, by part of the path.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Path {
    /// The home router; `None` when it is not asked.
    pub gateway: Option<HostSamples>,
    /// Hops of the provider in the order of the path.
    pub hops: Vec<HostSamples>,
    /// Far hosts.
    pub targets: Vec<HostSamples>,
    /// Since this time samples are recent.
    pub recent: Duration,
}

/// Fault of the quality, and the part of the path from which on it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The innermost part of the path that explains it.
    pub domain: FaultDomain,
    /// High if that part is a hundred times likelier than any other, medium from ten times on.
    pub confidence: Confidence,
    /// Evidence that shows it.
    pub evidence: Vec<Evidence>,
    /// True if the fixed limits show it, not only the rise over what is usual.
    pub is_fixed: bool,
}

/// Certainty with which a fault must show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask<'a> {
    /// Certainty that something is wrong.
    HasBegun,
    /// Possibility of it, as far as one can see.
    MayBe,
    /// Persistence of what was wrong, at [`HYSTERESIS`] of the limits that showed it, or certainty of something else.
    StillHolds(&'a Finding),
}

impl Ask<'_> {
    /// Returns the certainty with which this evidence must show.
    fn of(self, evidence: Evidence) -> Self {
        match self {
            Self::StillHolds(finding) if !finding.evidence.contains(&evidence) => Self::HasBegun,
            _ => self,
        }
    }

    fn is_certain(self) -> bool {
        self == Self::HasBegun
    }
}

/// A degradation that has begun ends only below this part of each limit.
pub const HYSTERESIS: f64 = 0.7;
/// Fewer samples of far hosts than this prove nothing.
const ENOUGH: usize = 8;
/// Fewer bad samples than this may be chance.
const LEAST_BAD: usize = 4;
/// Packets that left within this time of each other waited together.
const TOGETHER: Duration = Duration::from_millis(200);
/// Fewer samples than this do not place an inner part.
const FEW: usize = 4;
/// More than this part of the answers is late where there is jitter.
const MANY_LATE: f64 = 0.07;
/// Part of the samples that a part of the path loses though nothing is wrong with it.
const NATURAL: f64 = 0.005;
/// Logarithm of the factor by which it is less likely that a router answers carelessly by itself.
const CARELESS: f64 = 5.0;
/// At least this part of what far hosts show must show where it begins; some may come on top behind it.
const MOST: f64 = 0.7;
/// Logarithm of the factor by which a part must be likelier than any other for high confidence: a hundred times. The
/// looks repeat, so that chance has many tries.
const SURE: f64 = 4.6;
/// The same for medium confidence: ten times.
const LIKELY: f64 = 2.3;
/// A rate has fallen when large packets take this much longer than small ones do, more than usual. A packet of 1500
/// bytes and its answer take as long at 1.2 Mbit/s.
const LARGE_RISE: Duration = Duration::from_millis(20);
/// Large packets that show it.
const ENOUGH_LARGE: usize = 5;

/// A way in which a line does badly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Loss,
    Latency,
    /// Answers later than the natural variation, with how much later than usual makes one late.
    Late(Duration),
    /// Jitter above the fixed limit, with the deviation from the median that counts for one.
    Jitter(Duration),
}

impl HostSamples {
    fn answered(&self) -> Vec<Duration> {
        self.samples.iter().filter_map(|(_, rtt)| *rtt).collect()
    }
}

/// Finds what is beyond its limit in `path`, and the part from which on it is. `None` when nothing is.
pub fn assess(path: &Path, limits: &Limits, ask: Ask<'_>) -> Option<Finding> {
    let kinds = [Some(Kind::Loss), Some(Kind::Latency), late(path, limits, ask), jitter(path, limits, ask)];
    let found: Vec<Found> = kinds.into_iter().flatten().filter_map(|kind| judge(kind, path, limits, ask)).collect();
    let surest = found.iter().max_by(|a, b| a.margin.total_cmp(&b.margin));
    let Some(surest) = surest else { return slow_rate(path, ask) };
    let mut evidence: Vec<Evidence> = found.iter().map(|found| found.evidence).collect();
    evidence.dedup();
    evidence.extend(open_questions(path, surest.domain));
    let is_fixed = found.iter().any(|found| found.is_fixed);
    Some(Finding { domain: surest.domain, confidence: confidence(surest.margin), evidence, is_fixed })
}

fn confidence(margin: f64) -> Confidence {
    if margin > SURE {
        Confidence::High
    } else if margin > LIKELY {
        Confidence::Medium
    } else {
        Confidence::Low
    }
}

/// The limits for this question: of what was wrong lower ones, fixed ones only where those showed it.
fn scaled(limits: &Limits, ask: Ask<'_>) -> Limits {
    let (any, fixed) = match ask {
        Ask::HasBegun => (1.0, 1.0),
        Ask::StillHolds(Finding { is_fixed: false, .. }) => (HYSTERESIS, 1.0),
        Ask::MayBe | Ask::StillHolds(_) => (HYSTERESIS, HYSTERESIS),
    };
    Limits {
        loss: limits.loss * any,
        rtt: limits.rtt.mul_f64(fixed),
        rtt_rise: limits.rtt_rise.mul_f64(any),
        jitter: limits.jitter.mul_f64(fixed),
        jitter_rise: limits.jitter_rise.mul_f64(any),
    }
}

/// Lists the questions that stay open for want of somebody to ask.
fn open_questions(path: &Path, domain: FaultDomain) -> Vec<Evidence> {
    let asked = |host: &HostSamples| host.samples.iter().chain(&host.refusals).any(|(_, rtt)| rtt.is_some());
    let mut open = Vec::new();
    if domain == FaultDomain::Access && !path.hops.iter().any(asked) {
        open.push(Evidence::NoIspHopKnown);
    }
    if domain == FaultDomain::Access && !path.gateway.iter().any(asked) {
        open.push(Evidence::GatewaySilent);
    }
    open
}

/// One kind of fault, seen at the far hosts.
struct Found {
    evidence: Evidence,
    domain: FaultDomain,
    /// Logarithm of the factor by which the domain is likelier than the next one.
    margin: f64,
    is_fixed: bool,
}

fn judge(kind: Kind, path: &Path, limits: &Limits, ask: Ask<'_>) -> Option<Found> {
    let evidence = match kind {
        Kind::Loss => Evidence::LossHigh,
        Kind::Latency => Evidence::LatencyHigh,
        Kind::Late(_) | Kind::Jitter(_) => Evidence::JitterHigh,
    };
    let ask = ask.of(evidence);
    let limits = &scaled(limits, ask);
    let level = match kind {
        Kind::Loss => limits.loss,
        Kind::Latency if ask.is_certain() => 0.5,
        Kind::Latency => 0.5 * HYSTERESIS,
        Kind::Late(_) | Kind::Jitter(_) => MANY_LATE,
    };
    // Late answers are few of many, which takes all hosts to tell.
    let is_few = matches!(kind, Kind::Late(_) | Kind::Jitter(_));
    let operator = |host: &HostSamples| host.operator.filter(|_| !is_few);
    let of_far = |host: &HostSamples| Some((operator(host), looks(of_target(kind, host, limits), host, limits)?));
    let targets = by_operator(path.targets.iter().filter_map(of_far));
    let shares: Vec<Share> = targets.iter().map(|looks| share(looks, Duration::ZERO)).collect();
    shares.iter().find(|share| share.bad > 0)?;
    let gateway = path.gateway.iter().map(|host| (FaultDomain::Lan, host));
    let hops = path.hops.iter().enumerate();
    let hops = hops.map(|(idx, host)| (if idx == 0 { FaultDomain::Access } else { FaultDomain::Isp }, host));
    let of = |(domain, host)| Some((domain, looks(kind, host, limits)?, natural(kind, host)));
    let inner: Vec<(FaultDomain, Looks, f64)> = gateway.chain(hops).filter_map(of).collect();
    // From the first bad sample on all parts are asked alike; before, some were asked less than others.
    let bad = |looks: &Looks| looks.iter().filter(|(_, bad)| *bad).map(|(at, _)| *at).min();
    let since = targets.iter().chain(inner.iter().map(|(_, looks, _)| looks)).filter_map(bad).min().unwrap_or_default();
    let placed: Vec<(FaultDomain, Part, &Looks)> = inner
        .iter()
        .map(|(domain, looks, natural)| (*domain, Part { share: share(looks, since), natural: *natural }, looks))
        .filter(|(_, part, _)| part.share.n >= FEW)
        .collect();
    let now_seen = targets.iter().map(|looks| share(looks, since)).fold(Share::default(), Share::and);
    let parts: Vec<Part> = placed.iter().map(|(_, part, _)| *part).collect();
    // Without a hop of the provider the line is as far as we can see.
    let has_hops = placed.iter().any(|(domain, ..)| *domain != FaultDomain::Lan);
    let beyond = if has_hops { FaultDomain::Upstream } else { FaultDomain::Access };
    let domains: Vec<FaultDomain> = placed.iter().map(|(domain, ..)| *domain).chain([beyond]).collect();
    let (first, margin, inside) = begins_at(&parts, &domains, now_seen.part());
    let seen = match ask {
        // What is rare falls unevenly to the far hosts; where nearer parts show it too, it is none of their own.
        Ask::HasBegun if matches!(kind, Kind::Loss) && inside > LIKELY => added(&shares),
        Ask::HasBegun => together(&shares),
        Ask::MayBe | Ask::StillHolds(_) => shares.into_iter().reduce(Share::and),
    }?;
    // And it shows in all samples together.
    let least = if matches!(kind, Kind::Loss) { level * HYSTERESIS } else { level };
    if ask.is_certain() && (seen.n < ENOUGH || seen.part() <= least) {
        return None;
    }
    let domain = placed.get(first).map_or(beyond, |(domain, ..)| *domain);
    // The home router answered of late, and has not been asked often enough since: it may be its side of the line.
    let is_home_asked = inner.iter().any(|(domain, ..)| *domain == FaultDomain::Lan);
    let is_home_placed = placed.iter().any(|(domain, ..)| *domain == FaultDomain::Lan);
    if ask.is_certain() && domain == FaultDomain::Access && is_home_asked && !is_home_placed {
        return None;
    }
    let behind = || placed.iter().skip(first).map(|(.., looks)| *looks);
    let all = behind().map(|looks| share(looks, Duration::ZERO)).fold(seen, Share::and);
    let shown = match ask {
        Ask::HasBegun if matches!(kind, Kind::Loss) => all.at_least(Sure::WELL) > level && all.bad >= LEAST_BAD,
        Ask::HasBegun => {
            let apart = all.of(moments(targets.iter().chain(behind())));
            apart.at_least(Sure::VERY) > level && apart.bad >= LEAST_BAD && lasts(&targets, path.recent, level)
        }
        Ask::MayBe | Ask::StillHolds(_) => all.part() > level,
    };
    let is_fixed = match kind {
        Kind::Latency => path.targets.iter().filter_map(|host| median(&host.answered())).min() > Some(limits.rtt),
        Kind::Jitter(_) => true,
        Kind::Loss | Kind::Late(_) => false,
    };
    shown.then_some(Found { evidence, domain, margin, is_fixed })
}

/// True if a delay shows in the recent samples, too: a few bad seconds are over soon.
fn lasts(targets: &[Looks], recent: Duration, level: f64) -> bool {
    targets.iter().map(|looks| share(looks, recent)).fold(Share::default(), Share::and).part() > level
}

/// Counts the moments at which these samples were sent. What left together waited together, so it proves no more than
/// one.
fn moments<'a>(looks: impl Iterator<Item = &'a Looks>) -> usize {
    let mut times: Vec<Duration> = looks.flatten().map(|(at, _)| *at).collect();
    times.sort_unstable();
    let mut last = None;
    let begins = |at: &&Duration| {
        let is_apart = last.is_none_or(|last| **at >= last + TOGETHER);
        last = if is_apart { Some(**at) } else { last };
        is_apart
    };
    times.iter().filter(begins).count()
}

/// Samples of a host with their times, and whether each shows a fault.
type Looks = Vec<(Duration, bool)>;

/// The samples of each far host, those of hosts of one operator together.
fn by_operator(hosts: impl Iterator<Item = (Option<&'static str>, Looks)>) -> Vec<Looks> {
    let mut found: Vec<(Option<&'static str>, Looks)> = Vec::new();
    for (operator, looks) in hosts {
        match found.iter_mut().find(|(known, _)| operator.is_some() && *known == operator) {
            Some((_, all)) => all.extend(looks),
            None => found.push((operator, looks)),
        }
    }
    found.into_iter().map(|(_, looks)| looks).collect()
}

fn share(looks: &Looks, since: Duration) -> Share {
    let counted = || looks.iter().filter(|(at, _)| *at >= since);
    Share { bad: counted().filter(|(_, bad)| *bad).count(), n: counted().count() }
}

/// Which samples of a host show this kind of fault; `None` when the host tells nothing of it.
fn looks(kind: Kind, host: &HostSamples, limits: &Limits) -> Option<Looks> {
    let pings = looks_of(kind, &host.samples, host.usual, limits);
    let refusals = looks_of(kind, &host.refusals, host.usual_refusal, limits);
    match (pings, refusals) {
        (Some(pings), Some(refusals)) => Some([pings, refusals].concat()),
        (pings, refusals) => pings.or(refusals),
    }
}

/// The same of samples taken by one means.
fn looks_of(
    kind: Kind,
    samples: &[(Duration, Option<Duration>)],
    usual: Option<Usual>,
    limits: &Limits,
) -> Option<Looks> {
    let answered: Vec<Duration> = samples.iter().filter_map(|(_, rtt)| *rtt).collect();
    // Who answers nothing at all does not answer pings, which says nothing of the way to it.
    let median = median(&answered)?;
    let by = |is_bad: &dyn Fn(Duration) -> bool| {
        Some(samples.iter().filter_map(|(at, rtt)| Some((*at, is_bad((*rtt)?)))).collect())
    };
    match kind {
        Kind::Loss => Some(samples.iter().map(|(at, rtt)| (*at, rtt.is_none())).collect()),
        Kind::Latency => {
            // On a slow line a rise weighs less.
            let risen = usual.map(|usual| usual.median + limits.rtt_rise.max(usual.median / 4));
            let limit = risen.map_or(limits.rtt, |risen| risen.min(limits.rtt));
            by(&|rtt| rtt > limit)
        }
        Kind::Late(deviation) => {
            let limit = median.max(usual?.median) + deviation;
            by(&|rtt| rtt > limit)
        }
        Kind::Jitter(deviation) => by(&|rtt| rtt.abs_diff(median) > deviation),
    }
}

/// Returns the limit from which on an answer of a far host is a late one: one that has always varied more than the
/// others may go on to.
fn of_target(kind: Kind, host: &HostSamples, limits: &Limits) -> Kind {
    match (kind, host.usual) {
        (Kind::Late(deviation), Some(usual)) => Kind::Late(deviation.max(late_by(usual.spread, limits.jitter_rise))),
        _ => kind,
    }
}

/// The one limit of all parts of the path for answers that come late, by what varies naturally at the far hosts, which
/// have all parts before them. With limits of their own, parts with a restless past would look better than others.
fn late(path: &Path, limits: &Limits, ask: Ask<'_>) -> Option<Kind> {
    let limits = scaled(limits, ask.of(Evidence::JitterHigh));
    let spreads = path.targets.iter().filter_map(|host| host.usual).map(|usual| usual.spread);
    let known: Vec<Duration> = spreads.filter(|spread| *spread < usual::UNKNOWN).collect();
    Some(Kind::Late(late_by(median(&known)?, limits.jitter_rise)))
}

/// The part of a host's samples that are bad though nothing is wrong, by its past.
fn natural(kind: Kind, host: &HostSamples) -> f64 {
    let (Kind::Late(deviation), Some(usual)) = (kind, host.usual) else { return NATURAL };
    let late = host.past.iter().filter(|rtt| **rtt > usual.median + deviation).count();
    NATURAL.max(late as f64 / host.past.len().max(1) as f64)
}

/// Returns the kind with its limit if the far hosts' jitter is above the fixed limit.
fn jitter(path: &Path, limits: &Limits, ask: Ask<'_>) -> Option<Kind> {
    let ask = ask.of(Evidence::JitterHigh);
    let limits = scaled(limits, ask);
    let differences = |host: &HostSamples| -> Vec<f64> {
        let rtts = host.answered();
        rtts.iter().zip(rtts.iter().skip(1)).map(|(a, b)| a.abs_diff(*b).as_secs_f64()).collect()
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let mut hosts: Vec<Vec<f64>> = path.targets.iter().map(differences).filter(|host| !host.is_empty()).collect();
    hosts.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
    if hosts.len() > 2 {
        hosts.pop();
    }
    let all: Vec<f64> = hosts.concat();
    if all.len() < ENOUGH {
        return None;
    }
    let (n, mean) = (all.len() as f64, mean(&all));
    let deviation = (all.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
    // Two standard errors: some lucky differences prove little.
    let at_least = if ask.is_certain() { mean - 2.0 * deviation / n.sqrt() } else { mean };
    let counts = Duration::try_from_secs_f64(mean / 2.0).ok()?.max(limits.jitter_rise);
    (at_least > limits.jitter.as_secs_f64()).then_some(Kind::Jitter(counts))
}

/// An inner part of the path: its samples since the first bad one, and which part of them is bad at all times.
#[derive(Debug, Clone, Copy)]
struct Part {
    share: Share,
    natural: f64,
}

/// From which of the inner parts on the fault shows that the far hosts have in this part of their samples: its index,
/// the number of parts when none shows it, how much likelier that is than the best one of another domain, and how much
/// likelier than that none shows it. `domains` are those of the parts, and of what is beyond them.
fn begins_at(inner: &[Part], domains: &[FaultDomain], seen: f64) -> (usize, f64, f64) {
    let careless = |share: Share| share.likelihood(share.part()) - CARELESS;
    let healthy = |part: &Part| part.share.likelihood(part.natural).max(careless(part.share));
    let faulty = |part: &Part| {
        let most = (seen + part.natural - NATURAL).min(1.0);
        let with_fault = part.share.likelihood(part.share.part().clamp(seen * MOST, most));
        if part.share.part() > most { with_fault.max(careless(part.share)) } else { with_fault }
    };
    let likelihood = |first: usize| -> f64 {
        inner.iter().take(first).map(healthy).chain(inner.iter().skip(first).map(faulty)).sum()
    };
    let mut all: Vec<(usize, f64)> = (0..=inner.len()).map(|first| (first, likelihood(first))).collect();
    // The sort is stable: of two that are as likely the outer one stands first, which accuses less.
    all.reverse();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    let Some((first, best)) = all.first().copied() else { return (0, 0.0, 0.0) };
    let next = all.iter().find(|(other, _)| domains.get(*other) != domains.get(first));
    (first, next.map_or(0.0, |(_, next)| best - next), best - likelihood(inner.len()))
}

/// Returns a finding if only large packets have become slow: the line has lost most of its rate.
fn slow_rate(path: &Path, ask: Ask<'_>) -> Option<Finding> {
    let ask = ask.of(Evidence::LargePacketsSlow);
    // How much more large packets have become slower than small ones, since some time.
    let rise = |host: &HostSamples, since: Duration| -> Option<Duration> {
        let large: Vec<Duration> = host.large.iter().filter(|(at, _)| *at >= since).map(|(_, rtt)| *rtt).collect();
        let large = median(&large)?.saturating_sub(host.usual_large?.median);
        // Small ones of the same time: what slows both is no matter of size.
        let first = host.large.iter().map(|(at, _)| *at).min()?;
        let small = host.samples.iter().filter(|(at, _)| *at >= first.max(since)).filter_map(|(_, rtt)| *rtt);
        let small = median(&small.collect::<Vec<_>>())?;
        Some(large.saturating_sub(small.saturating_sub(host.usual?.median)))
    };
    let limit = if ask.is_certain() { LARGE_RISE } else { LARGE_RISE.mul_f64(HYSTERESIS) };
    let asked: Vec<&HostSamples> = path.targets.iter().filter(|host| rise(host, Duration::ZERO).is_some()).collect();
    let n_large: usize = asked.iter().map(|host| host.large.len()).sum();
    let natural = |host: &HostSamples| host.usual.map_or(Duration::ZERO, |usual| late_by(usual.spread, Duration::ZERO));
    let slow = |host: &HostSamples| {
        let over = |since| rise(host, since).map(|rise| rise > limit.max(natural(host)));
        over(Duration::ZERO) == Some(true) && over(path.recent) != Some(false)
    };
    // With fewer than two there is nobody to agree.
    let enough = !ask.is_certain() || n_large >= ENOUGH_LARGE;
    if asked.len() < 2 || !enough || !asked.iter().all(|host| slow(host)) {
        return None;
    }
    let domain = if path.gateway.iter().any(slow) { FaultDomain::Lan } else { FaultDomain::Access };
    let evidence = vec![Evidence::LatencyHigh, Evidence::LargePacketsSlow];
    Some(Finding { domain, confidence: Confidence::High, evidence, is_fixed: false })
}

/// Returns the time over the usual one from which on an answer is late, where so much variation is natural. Of answers
/// that vary naturally, be it like a bell or with a long tail, less than one in a hundred comes so late.
pub fn late_by(spread: Duration, jitter_rise: Duration) -> Duration {
    spread + jitter_rise.max(spread * 2)
}

fn median(rtts: &[Duration]) -> Option<Duration> {
    let mut sorted = rtts.to_vec();
    sorted.sort_unstable();
    percentile(&sorted, 0.5)
}

#[cfg(test)]
mod tests;
