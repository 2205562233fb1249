//! How well the line works: the samples of the last minute, what is usual, and what has begun and ended.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use super::{Monitor, WHILE_WRONG, report::works};
use crate::{
    analysis::{
        load::Load,
        quality::{Ask, Baseline, Change, Finding, HostSamples, Limits, Path, Usual, Watch, assess, late_by},
    },
    engine::knowledge::Knowledge,
    model::{
        config::Config,
        event::Event,
        host::{Family, Host, HostFacts},
        probe::{Means, Outcome, Probe, ProbeId, Proof, Sample, Subject},
        time::Moment,
        verdict::{Evidence, FaultDomain, Verdict},
    },
};

/// One sample of a host. Large packets are kept apart.
#[derive(Debug, Clone, Copy)]
struct Kept {
    at: Duration,
    host: Host,
    is_large: bool,
    rtt: Option<Duration>,
}

/// What is known of the line's quality.
#[derive(Debug, Default)]
pub(super) struct Quality {
    samples: VecDeque<Kept>,
    /// What is usual, of small packets and of large ones.
    usual: BTreeMap<(Host, bool), Baseline>,
    /// What will be so if nothing shows for some time.
    waiting: VecDeque<(Duration, (Host, bool), Duration)>,
    /// The network all this is about: router, link, and whether there is a VPN.
    network: (Option<Host>, Option<String>, bool),
    watch: Watch,
    load: Load,
    /// Probes beside the pulse that are to leave at these times, in their order.
    due: VecDeque<(Duration, Probe)>,
    /// Those that have left and whose samples are not there yet.
    asked: BTreeSet<ProbeId>,
    next_look: Duration,
    /// What was sent before this time counts no more.
    since: Duration,
    /// The last sample that was lost, and the last two that came late.
    last_lost: Option<Duration>,
    last_late: [Option<Duration>; 2],
    n_extra: usize,
}

/// Strong effects show in the pulses of this time.
const SHORT: Duration = Duration::from_secs(15);
/// What does not show in the last of them is over.
const RECENT: Duration = Duration::from_secs(6);
/// Weak ones in the pulses of this time. With rarer pulses both are longer.
const LONG: Duration = Duration::from_mins(1);
/// An answer counts as missing after this time at the earliest.
const OVERDUE: Duration = Duration::from_millis(900);
/// Time between two looks.
const LOOK: Duration = Duration::from_secs(2);
/// A line that has been slow for this long is looked at no closer.
const CLOSER: Duration = Duration::from_mins(2);
/// What is wrong is noticed within this time.
const NOTICED: Duration = Duration::from_secs(30);
/// What has been so for this long is the new usual.
const NEW_USUAL: Duration = Duration::from_hours(1);
/// RTTs after which one knows what is usual, of small packets and of large ones, which are rare.
const ENOUGH: usize = 20;
const ENOUGH_LARGE: usize = 4;
/// A packet lost within this time makes one lost now no surprise.
const JUST_NOW: Duration = Duration::from_secs(10);
/// Baselines kept: more hosts than a configuration has at a time.
const MOST_HOSTS: usize = 256;

/// How much longer everything takes with this rhythm of pulses.
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
        let (is_large, rtt) = (sample.means == Means::Large, sample.outcome.rtt());
        self.samples.push_back(Kept { at: sample.sent.mono, host, is_large, rtt });
        let oldest = now.saturating_sub(LONG * stretch(config));
        while self.samples.front().is_some_and(|kept| kept.at < oldest) {
            self.samples.pop_front();
        }
        let usual = self.usual.get(&(host, is_large)).and_then(Baseline::usual);
        match rtt {
            None if is_large => {}
            None => self.last_lost = Some(now),
            Some(rtt) => {
                if is_late(rtt, usual, config) {
                    self.last_late = [self.last_late[1], Some(now)];
                }
                // A few answers of a delay that nobody has noticed yet must not become part of what varies naturally.
                let is_settled = self.watch.active_for(now).is_some_and(|for_| for_ > NEW_USUAL);
                if is_settled || !is_delayed(rtt, usual, config) {
                    self.learn(now, (host, is_large), rtt);
                }
            }
        }
    }

    /// Learns what is usual while answers are not delayed, and have not been noticed to be for some time after. What is
    /// lost says nothing of what is not.
    fn learn(&mut self, now: Duration, of: (Host, bool), rtt: Duration) {
        if self.watch.is_delayed() && self.watch.active_for(now).is_none_or(|for_| for_ <= NEW_USUAL) {
            // It has shown in the answers of the last seconds already.
            self.waiting.clear();
            return;
        }
        self.waiting.push_back((now, of, rtt));
        while let Some((at, of, rtt)) = self.waiting.pop_front_if(|(at, ..)| *at + NOTICED <= now) {
            if self.usual.len() < MOST_HOSTS || self.usual.contains_key(&of) {
                let enough = if of.1 { ENOUGH_LARGE } else { ENOUGH };
                self.usual.entry(of).or_insert_with(|| Baseline::new(enough)).add(at, rtt);
            }
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
        (self.last_lost, self.last_late) = (None, [None; 2]);
    }

    /// Samples kept.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.samples.len() + self.waiting.len() + self.due.len() + self.asked.len() + self.usual.len()
    }

    /// Whether samples were lost in the last minute, more than one that may be chance and not at one near host alone,
    /// which may answer carelessly. In the last seconds one lost by a far host is enough.
    fn is_lossy(&self, known: &Knowledge, missing: &[Kept], now: Duration) -> bool {
        let lost = || self.samples.iter().chain(missing).filter(|kept| kept.rtt.is_none() && !kept.is_large);
        let hosts: BTreeSet<Host> = lost().map(|kept| kept.host).collect();
        let far = || lost().filter(|kept| known.targets.contains(&kept.host));
        hosts.len() > 1 || far().nth(1).is_some() || far().any(|kept| kept.at + JUST_NOW >= now)
    }

    /// What has begun and is not over.
    pub(super) fn degraded(&self) -> Option<&Finding> {
        self.watch.active()
    }

    /// Whether the line is to be looked at closer: something was lost, or several answers came late.
    fn is_suspicious(&self, now: Duration, config: &Config) -> bool {
        let recent = |at: Option<Duration>| at.is_some_and(|at| now <= at + SHORT * stretch(config));
        let is_old = self.watch.active_for(now).is_some_and(|for_| for_ > CLOSER);
        recent(self.last_lost) || (!is_old && (recent(self.last_late[0]) || !self.watch.is_quiet()))
    }

    /// The samples of the last `window`, by part of the path.
    fn path(&self, known: &Knowledge, missing: &[Kept], from: Duration) -> Path {
        let of = |host: Host| {
            let all = self.samples.iter().chain(missing);
            let kept = all.filter(|kept| kept.host == host && kept.at >= from);
            let (large, small): (Vec<&Kept>, Vec<&Kept>) = kept.partition(|kept| kept.is_large);
            let usual = |is_large| self.usual.get(&(host, is_large)).and_then(Baseline::usual);
            HostSamples {
                samples: small.iter().map(|kept| (kept.at, kept.rtt)).collect(),
                large: large.iter().filter_map(|kept| Some((kept.at, kept.rtt?))).collect(),
                usual: usual(false),
                usual_large: usual(true),
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
            assess(&short, &limits, Ask::HasBegun).or_else(|| assess(&path(LONG), &limits, Ask::HasBegun))
        });
        let own = self.load.is_high(now);
        let explained = |finding: Option<Finding>| finding.map(|finding| by_own_traffic(finding, own));
        let changes = self.watch.look(now, explained(begun), explained(holds));
        if changes.iter().any(|change| matches!(change, Change::Ended(_))) && self.watch.is_quiet() {
            // What belongs to it must not begin it again.
            self.begin_anew(now);
        }
        changes
    }
}

/// Whether an answer takes so much longer than usual that many like it are a degradation.
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
        let is_large = sample.means == Means::Large;
        if !(is_large || ((is_counted || is_extra) && self.known.is_usual(sample))) {
            return;
        }
        if let Some(host) = self.known.host_of(sample.subject) {
            self.figures.quality.take(host, sample, now.mono, self.planner.config());
        }
    }

    /// Whether the line loses packets, so that a question without an answer proves little.
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
            quality.begin_anew(now.mono);
        }
        let Some(name) = &home.link else { return };
        let link = self.facts.links.iter().find(|link| HostFacts::link_name(link) == *name);
        let does_well = quality.watch.is_quiet()
            && ![quality.last_late[0], quality.last_lost].into_iter().flatten().any(|at| now.mono < at + SHORT);
        quality.load.take(now.mono, name, link.and_then(|link| link.counters), does_well);
    }

    /// Whether the host's facts are wanted because its own traffic may explain what is seen.
    pub(super) fn wants_load(&self, now: Moment) -> bool {
        self.figures.quality.is_suspicious(now.mono, self.planner.config())
    }

    /// Forgets what is usual: this may be another network.
    pub(super) fn forget_usual(&mut self) {
        self.figures.quality.usual.clear();
        self.figures.quality.waiting.clear();
    }

    /// When the next probe beside the pulse is to leave.
    pub(super) fn next_extra(&self) -> Option<Duration> {
        self.figures.quality.due.front().map(|(at, _)| *at)
    }

    /// Sends the probes beside the pulse whose time has come.
    pub(super) fn send_extra(&mut self, now: Moment) {
        let quality = &mut self.figures.quality;
        let mut probes = Vec::new();
        while let Some((_, probe)) = quality.due.pop_front_if(|(at, _)| *at <= now.mono) {
            quality.asked.insert(probe.id);
            probes.push(probe);
        }
        self.send(probes);
    }

    /// Forgets probes beside the pulse that have not left.
    pub(super) fn cancel_extra(&mut self) {
        self.figures.quality.due.clear();
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
                let Finding { domain, evidence, .. } = finding;
                let verdict = Verdict { domain: Some(domain), evidence, ..works() };
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
        if asks {
            let probes = self.planner.large_by_turns(&self.known, self.n_pulses);
            self.figures.quality.due = probes.into_iter().map(|probe| (now.mono, probe)).collect();
        }
    }

    /// Samples of answers that are overdue and not given up yet.
    fn missing_samples(&self, now: Moment) -> Vec<Kept> {
        let longest = self.planner.config().ping_timeout_sec;
        let wanted = self.out.iter().filter(|(id, (_, means, sent))| {
            *means != Means::Large
                && sent.mono >= self.figures.quality.since
                && (self.counted.contains(id) || self.figures.quality.asked.contains(id))
        });
        let kept = wanted.filter_map(|(_, (subject, _, sent))| {
            let host = self.known.host_of(*subject)?;
            let far = matches!(subject, Subject::Target(_));
            let wait = self.known.info(host, far).rtt.overdue_after(longest).max(OVERDUE);
            (sent.mono + wait <= now.mono).then_some(Kept { at: sent.mono, host, is_large: false, rtt: None })
        });
        kept.collect()
    }

    /// All hops and all targets, and in turn a large packet, where the pulse asks one of each.
    fn closer(&mut self, now: Moment, asked: &[Probe]) -> Vec<Probe> {
        let is_asked = |probes: &[Probe], probe: &Probe| probes.iter().any(|other| other.subject == probe.subject);
        let hops = 0..self.known.isp_hops.len();
        let first = hops.clone().filter_map(|idx| self.planner.isp_hop(&self.known, idx));
        let mut probes: Vec<Probe> = first.filter(|probe| !is_asked(asked, probe)).collect();
        let targets = self.known.pulse_targets();
        let lives = |idx: &usize| self.known.targets.get(*idx).is_some_and(|h| !self.known.info(*h, true).known_dead);
        for idx in targets.into_iter().filter(lives) {
            probes.extend(self.planner.target(&self.known, idx).filter(|probe| !is_asked(asked, probe)));
        }
        // The nearer parts are few, and asked twice.
        probes.extend(self.planner.gateway(&self.known));
        probes.extend(hops.filter_map(|idx| self.planner.isp_hop(&self.known, idx)));
        let (stretch, quality) = (stretch(self.planner.config()), &mut self.figures.quality);
        quality.n_extra += 1;
        // Size matters where something is late.
        let is_late = quality.last_late[0].is_some_and(|at| now.mono <= at + SHORT * stretch);
        if is_late {
            probes.extend(self.planner.large_by_turns(&self.known, quality.n_extra));
        }
        probes
    }
}
