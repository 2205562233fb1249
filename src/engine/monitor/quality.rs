//! Quality of the line: the samples of the last minute, what is usual, and what has begun and ended.

mod closer;
mod span;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use self::span::DegradedSpan;
use super::{Monitor, WHILE_WRONG, icmp_budget::IcmpBudget};
use crate::{
    analysis::{
        load::Load,
        operator::operator,
        quality::{Ask, Baseline, Change, Finding, HostSamples, Limits, Path, Usual, Watch, assess, late_by},
    },
    engine::knowledge::Knowledge,
    model::{
        config::Config,
        event::Event,
        host::{Family, Host, HostFacts},
        probe::{Loss, Means, Outcome, Probe, ProbeId, Proof, Sample, Subject},
        time::Moment,
        verdict::{Evidence, FaultDomain, Verdict},
    },
};

/// Samples that are compared with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Series {
    /// Small packets, by the means the host is asked by.
    Small,
    /// Large packets.
    Large,
    /// Connections that a hop refuses. No router limits those, as it does ICMP errors.
    Refusal,
}

/// One sample of a host.
#[derive(Debug, Clone, Copy)]
struct Kept {
    at: Duration,
    host: Host,
    series: Series,
    rtt: Option<Duration>,
}

/// Knowledge of the line's quality.
#[derive(Debug, Default)]
pub(super) struct Quality {
    samples: VecDeque<Kept>,
    /// Usual round-trip times of each host and series.
    usual: BTreeMap<(Host, Series), Baseline>,
    /// Round-trip times that will count as usual if nothing shows for some time.
    waiting: VecDeque<(Duration, (Host, Series), Duration)>,
    /// Near routers that refuse connections to this port, or take them.
    refusing: BTreeMap<Host, u16>,
    /// Such connections under way. They enter no verdict, for refusals may be forged.
    aside: BTreeMap<ProbeId, (Host, u16)>,
    /// The network all this is about: router, link, and whether there is a VPN.
    network: (Option<Host>, Option<String>, bool),
    watch: Watch,
    /// The last degradation.
    span: Option<DegradedSpan>,
    load: Load,
    /// Probes beside the pulse that are to leave at these times, in their order.
    due: VecDeque<(Duration, Probe)>,
    /// Those that have left and whose samples are not there yet.
    asked: BTreeSet<ProbeId>,
    /// ICMP errors that routers may still be asked for, and probes of which their limits may leave nothing.
    icmp_budget: IcmpBudget,
    beyond_limit: BTreeSet<ProbeId>,
    /// Monotonic time at which a trace last asked the home router.
    traced: Option<Duration>,
    next_look: Duration,
    /// Monotonic time before which samples that were sent count no more.
    since: Duration,
    /// The last sample that was lost, the last two that came late, and the last large one.
    last_lost: Option<Duration>,
    last_late: [Option<Duration>; 2],
    last_large_late: Option<Duration>,
    n_extra: usize,
    /// True if the last look showed loss, certain or not.
    shows_loss: bool,
}

/// Strong effects show in the pulses of this time.
const SHORT: Duration = Duration::from_secs(15);
/// Effects that do not show in the last of them are over.
const RECENT: Duration = Duration::from_secs(6);
/// Weak ones in the pulses of this time. With rarer pulses both are longer.
const LONG: Duration = Duration::from_mins(1);
/// An answer counts as missing after this time at the earliest.
const OVERDUE: Duration = Duration::from_millis(900);
/// Time between two looks.
const LOOK: Duration = Duration::from_secs(2);
/// A line that has been slow for this long is looked at no closer.
const CLOSER: Duration = Duration::from_mins(2);
/// Time within which anything wrong is noticed.
const NOTICED: Duration = Duration::from_secs(30);
/// Time after which a state that lasts is the new usual.
const NEW_USUAL: Duration = Duration::from_hours(1);
/// One large packet and one connection to a hop are sent in so many pulses of a line that works.
const LARGE_EVERY: usize = 6;
/// Of so many pulses one leaves a home router alone that answers by ICMP errors.
const SPARED_EVERY: usize = 5;
/// And while a trace asks it too: each of the two is answered now and then, whoever comes first in the second.
const SPARED_FOR_TRACE: usize = 2;
/// A trace asks its next round after this time at the latest.
const TRACED: Duration = Duration::from_millis(1500);
/// Loss that may be about to begin is looked at as closely as can be for this long.
const CLOSEST: Duration = Duration::from_secs(40);
/// Packets that left within this time of each other waited together.
const TOGETHER: Duration = Duration::from_millis(300);
/// A large packet that takes so much longer than usual makes the line looked at closer.
const LARGE_RISE: Duration = Duration::from_millis(15);
/// A hop that refuses a connection in less than this part of what it takes to answer otherwise is not who does.
const FORGED: f64 = 0.6;
/// RTTs after which one knows what is usual, of small packets and of large ones, which are rare.
const ENOUGH: usize = 20;
const ENOUGH_LARGE: usize = 4;
/// A packet lost within this time makes one lost now no surprise.
const JUST_NOW: Duration = Duration::from_secs(10);
/// Baselines kept: more hosts than a configuration has at a time.
const MOST_HOSTS: usize = 256;

/// Returns the factor by which everything takes longer with this rhythm of pulses.
fn stretch(config: &Config) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 60")]
    let seconds = config.sample_interval_sec.as_secs_f64().clamp(1.0, 60.0).ceil() as u32;
    seconds
}

fn limits(config: &Config) -> Limits {
    let millis = |millis: f64| Duration::from_secs_f64(millis / 1000.0);
    Limits {
        loss: config.degraded_loss_percent / 100.0,
        rtt: millis(config.degraded_rtt_ms),
        rtt_rise: millis(config.degraded_rtt_rise_ms),
        jitter: millis(config.degraded_jitter_ms),
        jitter_rise: millis(config.degraded_jitter_rise_ms),
    }
}

impl Quality {
    /// Takes a sample of a host at `now`.
    fn take(&mut self, host: Host, sample: &Sample, now: Duration, config: &Config) {
        if sample.sent.mono < self.since || !matches!(sample.outcome, Outcome::Reply(..) | Outcome::Lost(_)) {
            return;
        }
        if matches!(sample.outcome, Outcome::Reply(_, Proof::TooBig(_))) {
            return;
        }
        let series = if sample.means.is_large() { Series::Large } else { Series::Small };
        self.keep((host, series), sample.sent.mono, sample.outcome.rtt(), now, config);
    }

    /// Keeps one sample of a series, sent at `at`.
    fn keep(&mut self, of: (Host, Series), at: Duration, rtt: Option<Duration>, now: Duration, config: &Config) {
        let (host, series) = of;
        self.samples.push_back(Kept { at, host, series, rtt });
        let oldest = now.saturating_sub(LONG * stretch(config));
        while self.samples.front().is_some_and(|kept| kept.at < oldest) {
            self.samples.pop_front();
        }
        let usual = self.usual.get(&of).and_then(Baseline::usual);
        match rtt {
            None if series == Series::Small => self.last_lost = Some(now),
            None => {}
            Some(rtt) => {
                if series == Series::Large && usual.is_some_and(|u| rtt > u.median + u.spread + LARGE_RISE) {
                    self.last_large_late = Some(now);
                }
                if is_late(rtt, usual, config) {
                    self.note_late(at);
                }
                // A few answers of a delay that nobody has noticed yet must not become part of what varies naturally.
                let is_settled = self.watch.active_for(now).is_some_and(|for_| for_ > NEW_USUAL);
                if is_settled || !is_delayed(rtt, usual, config) {
                    self.learn(now, of, rtt);
                }
            }
        }
    }

    /// Learns what is usual while answers are not delayed, and have not been noticed to be for some time after. What is
    /// lost says nothing of what is not.
    fn learn(&mut self, now: Duration, of: (Host, Series), rtt: Duration) {
        if self.watch.is_delayed() && self.watch.active_for(now).is_none_or(|for_| for_ <= NEW_USUAL) {
            // It has shown in the answers of the last seconds already.
            self.waiting.clear();
            return;
        }
        // One a second tells enough, however closely the line is looked at.
        let recent = self.waiting.iter().rev().take_while(|(at, ..)| *at + WHILE_WRONG > now);
        if !recent.into_iter().any(|(_, other, _)| *other == of) {
            self.waiting.push_back((now, of, rtt));
        }
        while let Some((at, of, rtt)) = self.waiting.pop_front_if(|(at, ..)| *at + NOTICED <= now) {
            if self.usual.len() < MOST_HOSTS || self.usual.contains_key(&of) {
                let enough = if of.1 == Series::Large { ENOUGH_LARGE } else { ENOUGH };
                self.usual.entry(of).or_insert_with(|| Baseline::new(enough)).add(at, rtt);
            }
        }
    }

    /// An answer sent at `at` came late.
    fn note_late(&mut self, at: Duration) {
        if self.last_late[1].is_none_or(|last| at >= last + TOGETHER) {
            self.last_late = [self.last_late[1], Some(at)];
        }
    }

    /// Takes the sample of a connection that a hop is to refuse. Who forges refusals on the way is quicker than the
    /// hop, which takes as long as is `usual`; before the home router is nobody, so that for it nothing is usual. And a
    /// hop that never refused is silent, not lossy.
    fn take_refusal(
        &mut self,
        of: (Host, u16),
        sample: &Sample,
        usual: Option<Duration>,
        now: Duration,
        config: &Config,
    ) {
        let (host, port) = of;
        let rtt = match &sample.outcome {
            Outcome::Reply(rtt, _) if usual.is_none_or(|usual| *rtt >= usual.mul_f64(FORGED)) => Some(*rtt),
            Outcome::Lost(Loss::Timeout) if self.refusing.contains_key(&host) => None,
            _ => return,
        };
        if sample.sent.mono >= self.since {
            if rtt.is_some() && self.refusing.len() < MOST_HOSTS {
                self.refusing.insert(host, port);
            }
            self.keep((host, Series::Refusal), sample.sent.mono, rtt, now, config);
        }
    }

    /// An answer is overdue: it may be lost.
    pub(super) fn miss(&mut self, now: Duration) {
        self.last_lost = Some(now);
    }

    /// Forgets what was counted of a host.
    pub(super) fn forget(&mut self, host: Host) {
        self.samples.retain(|kept| kept.host != host);
    }

    /// Forgets the last minute: what was lost in an outage is no degradation.
    pub(super) fn begin_anew(&mut self, now: Duration) {
        self.since = now;
        self.samples.clear();
        self.waiting.clear();
        self.watch.forget_candidate();
        (self.last_lost, self.last_late, self.last_large_late) = (None, [None; 2], None);
    }

    /// True for a probe of a connection beside everything else.
    pub(super) fn is_aside(&self, probe: ProbeId) -> bool {
        self.aside.contains_key(&probe)
    }

    /// Samples kept.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        let asked = self.due.len() + self.asked.len() + self.aside.len();
        self.samples.len() + self.waiting.len() + asked + self.usual.len()
    }

    /// True if samples were lost in the last minute, more than one that may be chance and not at one near host alone,
    /// which may answer carelessly. In the last seconds one lost by a far host is enough.
    fn is_lossy(&self, known: &Knowledge, missing: &[Kept], now: Duration) -> bool {
        let lost =
            || self.samples.iter().chain(missing).filter(|kept| kept.rtt.is_none() && kept.series == Series::Small);
        let hosts: BTreeSet<Host> = lost().map(|kept| kept.host).collect();
        let far = || lost().filter(|kept| known.targets.contains(&kept.host));
        hosts.len() > 1 || far().nth(1).is_some() || far().any(|kept| kept.at + JUST_NOW >= now)
    }

    /// True if this computer's own traffic is so much that it may fill the line.
    pub(super) fn has_own_load(&self, now: Duration) -> bool {
        self.load.is_high(now)
    }

    /// Returns the finding that has begun and is not over.
    pub(super) fn degraded(&self) -> Option<&Finding> {
        self.watch.active()
    }

    /// True while the line is to be looked at closer: something was lost, or several answers came late.
    fn is_suspicious(&self, now: Duration, config: &Config) -> bool {
        let recent = |at: Option<Duration>| at.is_some_and(|at| now <= at + SHORT * stretch(config));
        let is_old = self.watch.active_for(now).is_some_and(|for_| for_ > CLOSER);
        let is_late = recent(self.last_late[0]) || recent(self.last_large_late);
        recent(self.last_lost) || (!is_old && (is_late || !self.watch.is_quiet()))
    }

    /// The samples of the last `window`, by part of the path.
    fn path(&self, known: &Knowledge, missing: &[Kept], from: Duration) -> Path {
        let of = |host: Host| {
            let all = self.samples.iter().chain(missing);
            let kept = all.filter(|kept| kept.host == host && kept.at >= from);
            let kept: Vec<&Kept> = kept.collect();
            let series = |series| kept.iter().filter(move |kept| kept.series == series);
            let usual = |series| self.usual.get(&(host, series)).and_then(Baseline::usual);
            HostSamples {
                operator: operator(host.addr),
                samples: series(Series::Small).map(|kept| (kept.at, kept.rtt)).collect(),
                refusals: series(Series::Refusal).map(|kept| (kept.at, kept.rtt)).collect(),
                large: series(Series::Large).filter_map(|kept| Some((kept.at, kept.rtt?))).collect(),
                usual: usual(Series::Small),
                past: self.usual.get(&(host, Series::Small)).map(Baseline::past).unwrap_or_default(),
                usual_refusal: usual(Series::Refusal),
                usual_large: usual(Series::Large),
            }
        };
        let targets = known.pulse_targets().into_iter().filter_map(|idx| known.targets.get(idx));
        Path {
            gateway: known.home.gateway(Family::V4).or(known.home.gateway(Family::V6)).map(of),
            hops: known.isp_hops.iter().copied().map(of).collect(),
            targets: targets.copied().map(of).collect(),
            recent: from,
        }
    }

    /// Looks at the last minute, and says what has begun or ended.
    fn look(&mut self, known: &Knowledge, missing: &[Kept], config: &Config, now: Duration) -> Vec<Change> {
        self.next_look = now + LOOK;
        if !missing.is_empty() {
            self.last_lost = Some(now);
        }
        let limits = limits(config);
        let ago = |time: Duration| now.saturating_sub(time * stretch(config));
        let path = |window: Duration| Path { recent: ago(RECENT), ..self.path(known, missing, ago(window)) };
        let short = path(SHORT);
        let holds = assess(&short, &limits, self.watch.active().map_or(Ask::MayBe, Ask::StillHolds));
        let begun = holds.as_ref().and_then(|_| {
            let (now, long) = (assess(&short, &limits, Ask::HasBegun), path(LONG));
            let before = || assess(&long, &limits, Ask::HasBegun);
            match now {
                // What is rare shows in a minute better than in some seconds where it begins.
                Some(finding) if finding.evidence.contains(&Evidence::LossHigh) => before().or(Some(finding)),
                now => now.or_else(before),
            }
        });
        self.shows_loss = holds.as_ref().is_some_and(|finding| finding.evidence.contains(&Evidence::LossHigh));
        let own = self.load.is_high(now);
        let explained = |finding: Option<Finding>| finding.map(|finding| by_own_traffic(finding, own));
        let was_degraded = self.watch.active().is_some();
        let changes = self.watch.look(now, explained(begun), explained(holds));
        self.follow_span(was_degraded, known, missing, config, now);
        if changes.iter().any(|change| matches!(change, Change::Ended(_))) && self.watch.is_quiet() {
            // What belongs to it must not begin it again.
            self.begin_anew(now);
        }
        changes
    }
}

/// True if an answer takes so much longer than usual that many like it are a degradation.
fn is_delayed(rtt: Duration, usual: Option<Usual>, config: &Config) -> bool {
    usual.is_some_and(|usual| rtt > usual.median + limits(config).rtt_rise.max(usual.median / 4))
}

fn is_late(rtt: Duration, usual: Option<Usual>, config: &Config) -> bool {
    let limits = limits(config);
    let usually = usual.map(|usual| usual.median + late_by(usual.spread, limits.jitter_rise));
    rtt > usually.unwrap_or(limits.rtt).min(limits.rtt)
}

/// Own traffic explains what is wrong with the line from this computer to the provider.
fn by_own_traffic(finding: Finding, is_high: bool) -> Finding {
    match finding.domain {
        FaultDomain::Lan | FaultDomain::Access if is_high => {
            let mut evidence = finding.evidence;
            evidence.push(Evidence::OwnTrafficHigh);
            Finding { domain: FaultDomain::SelfLoad, evidence, ..finding }
        }
        _ => finding,
    }
}

impl Monitor {
    /// Takes a sample for the quality of the line: one of the pulse, or one asked beside it.
    pub(super) fn take_quality(&mut self, now: Moment, sample: &Sample, is_counted: bool) {
        let is_extra = self.figures.quality.asked.remove(&sample.id);
        let is_beyond_limit = self.figures.quality.beyond_limit.remove(&sample.id);
        let Some(host) = self.known.host_of(sample.subject).filter(|_| !is_beyond_limit) else { return };
        if let (Subject::Resolver(_), Some(asked)) = (sample.subject, self.services.get(&sample.id)) {
            // It took more than one question.
            let is_failing = self.known.failing_questions.iter().any(|(failing, _)| *failing == host);
            if !is_failing && sample.outcome.is_reply() && sample.sent.mono >= asked.mono + OVERDUE {
                self.figures.quality.miss(now.mono);
            }
        } else if sample.means.is_large() || ((is_counted || is_extra) && self.known.is_usual(sample)) {
            self.figures.quality.take(host, sample, now.mono, self.planner.config());
        } else if sample.means == Means::Tcp && self.services.contains_key(&sample.id) {
            // A connection between the cycles is no sample like the others, but makes the line looked at closer.
            self.notice_connection(now, host, sample);
        }
    }

    fn notice_connection(&mut self, now: Moment, host: Host, sample: &Sample) {
        let quality = &mut self.figures.quality;
        let usual = quality.usual.get(&(host, Series::Small)).and_then(Baseline::usual);
        match sample.outcome {
            Outcome::Lost(Loss::Timeout) => quality.last_lost = Some(now.mono),
            Outcome::Reply(rtt, _) if is_late(rtt, usual, self.planner.config()) => quality.note_late(sample.sent.mono),
            _ => {}
        }
    }

    /// Takes the sample of a connection that a hop was to refuse; `false` when it is none. It enters no verdict, for
    /// refusals may be forged.
    pub(super) fn take_refusal(&mut self, now: Moment, sample: &Sample) -> bool {
        let Some(of) = self.figures.quality.aside.remove(&sample.id) else { return false };
        let usual = match (sample.subject, self.known.info(of.0, false).rtt.smoothed()) {
            (Subject::Gateway(_), _) => None,
            // Of a hop that has told nothing else, a refusal proves nothing.
            (_, None) => return true,
            (_, usual) => usual,
        };
        self.figures.quality.take_refusal(of, sample, usual, now.mono, self.planner.config());
        true
    }

    /// True if the line loses packets, so that a question without an answer proves little.
    pub(super) fn is_lossy(&self, now: Moment) -> bool {
        self.figures.quality.is_lossy(&self.known, &self.missing_samples(now), now.mono)
    }

    /// Takes what the link in use has carried, and forgets what was usual on another network.
    pub(super) fn take_load(&mut self, now: Moment) {
        let home = &self.known.home;
        let network = (home.gateway_v4.or(home.gateway_v6), home.link.clone(), home.vpn);
        let quality = &mut self.figures.quality;
        if quality.network != network {
            quality.network = network;
            quality.usual.clear();
            quality.waiting.clear();
            quality.refusing.clear();
            quality.begin_anew(now.mono);
        }
        let Some(name) = &home.link else { return };
        let link = self.facts.links.iter().find(|link| HostFacts::link_name(link) == *name);
        let does_well = quality.watch.is_quiet()
            && ![quality.last_late[0], quality.last_lost].into_iter().flatten().any(|at| now.mono < at + SHORT);
        quality.load.take(now.mono, name, link.and_then(|link| link.counters), does_well);
    }

    /// True while the host's facts are wanted because its own traffic may explain what is seen.
    pub(super) fn wants_load(&self, now: Moment) -> bool {
        self.figures.quality.is_suspicious(now.mono, self.planner.config())
    }

    /// Forgets what is usual: this may be another network.
    pub(super) fn forget_usual(&mut self) {
        self.figures.quality.usual.clear();
        self.figures.quality.waiting.clear();
    }

    /// Looks at the quality of the line, and has probes beside the pulse's `asked` leave that are needed to see more.
    pub(super) fn watch_quality(&mut self, now: Moment, asked: &[Probe]) {
        self.cancel_extra();
        if self.is_down() {
            return;
        }
        if self.figures.quality.next_look <= now.mono {
            let missing = self.missing_samples(now);
            for change in self.figures.quality.look(&self.known, &missing, self.planner.config(), now.mono) {
                let (finding, begins) = match change {
                    Change::Begun(finding) => (finding, true),
                    Change::Ended(finding) => (finding, false),
                };
                let Finding { domain, confidence, evidence, .. } = finding;
                let verdict = Verdict { domain: Some(domain), confidence, evidence, ..Verdict::works() };
                self.tell(Event::Notice(now.stamp(), domain, begins, verdict));
            }
        }
        if self.figures.quality.is_suspicious(now.mono, self.planner.config()) {
            let probes = self.closer(now, asked);
            // Packets that leave together wait together: only probes apart from each other show what varies.
            let apart = WHILE_WRONG / u32::try_from(probes.len() + 1).unwrap_or(u32::MAX);
            let times = (1..).map(|idx| now.mono + apart * idx);
            self.figures.quality.due = times.zip(probes).collect();
            return;
        }
        // Only large packets tell when a rate is back that has fallen.
        let is_slow = |finding: &Finding| finding.evidence.contains(&Evidence::LargePacketsSlow);
        let asks = self.figures.quality.degraded().is_some_and(is_slow) && self.n_pulses.is_multiple_of(2);
        let probes = if asks {
            self.planner.large_by_turns(&self.known, self.n_pulses)
        } else if self.n_pulses.is_multiple_of(LARGE_EVERY) {
            let turn = self.n_pulses / LARGE_EVERY;
            let large = self.planner.one_large(&self.known, turn);
            large.into_iter().chain(self.refusal(turn)).collect()
        } else {
            Vec::new()
        };
        // Apart from the pulse.
        self.figures.quality.due = probes.into_iter().map(|probe| (now.mono + WHILE_WRONG / 2, probe)).collect();
    }
}
