//! Probes beside the pulse to see better how well the line works: everything each second once something is lost or
//! late, and more of it while it shows.

use std::time::Duration;

use super::{CLOSEST, Kept, MOST_HOSTS, OVERDUE, SHORT, SPARED_EVERY, SPARED_FOR_TRACE, Series, TRACED, stretch};
use crate::{
    engine::monitor::Monitor,
    model::{
        host::Host,
        probe::{Means, Probe, ProbeKind, Subject},
        time::Moment,
        trace::HopProbe,
    },
};

impl Monitor {
    /// The pulse's probe of the home router. Where an ICMP error answers it, it is left out now and then, so that the
    /// router has one left for others.
    pub(in crate::engine::monitor) fn gateway_of_pulse(&mut self, now: Duration) -> Option<Probe> {
        let probe = self.planner.gateway(&self.known)?;
        let is_traced = self.figures.quality.traced.is_some_and(|traced| now <= traced + TRACED);
        let every = if is_traced { SPARED_FOR_TRACE } else { SPARED_EVERY };
        (!is_limited(&probe) || !self.n_pulses.is_multiple_of(every)).then_some(probe)
    }

    /// These probes make routers send ICMP errors, of which they send so many a second.
    pub(in crate::engine::monitor) fn ask_routers(&mut self, probes: &[Probe], now: Duration) {
        for probe in probes.iter().filter(|probe| is_limited(probe)) {
            let Some(router) = self.known.host_of(probe.subject) else { continue };
            let quality = &mut self.figures.quality;
            if !quality.icmp_budget.ask(router, now) {
                if quality.beyond_limit.len() >= MOST_HOSTS {
                    quality.beyond_limit.clear();
                }
                quality.beyond_limit.insert(probe.id);
            }
        }
    }

    /// So do these of traces.
    pub(in crate::engine) fn note_traced(&mut self, now: Moment, probes: &[HopProbe]) {
        for probe in probes {
            let at =
                |host: &Host| self.known.distance(host.addr) == Some(probe.ttl) && host.family() == probe.to.family();
            let router = match probe.ttl {
                1 => self.known.home.gateway(probe.to.family()),
                _ => self.known.isp_hops.iter().copied().find(at),
            };
            if let Some(router) = router {
                self.figures.quality.icmp_budget.ask(router, now.mono);
            }
            if probe.ttl == 1 && router.is_some() {
                self.figures.quality.traced = Some(now.mono);
            }
        }
    }

    /// Returns the time at which the next probe beside the pulse is to leave; `None` if none is due.
    pub(in crate::engine::monitor) fn next_extra(&self) -> Option<Duration> {
        self.figures.quality.due.front().map(|(at, _)| *at)
    }

    /// Sends the probes beside the pulse whose time has come.
    pub(in crate::engine::monitor) fn send_extra(&mut self, now: Moment) {
        let quality = &mut self.figures.quality;
        let mut probes = Vec::new();
        while let Some((_, probe)) = quality.due.pop_front_if(|(at, _)| *at <= now.mono) {
            match (probe.subject, &probe.kind) {
                (Subject::Gateway(_) | Subject::IspHop(_), ProbeKind::Tcp(to)) => {
                    quality.aside.insert(probe.id, (Host::of(*to), to.port()));
                }
                _ => {
                    quality.asked.insert(probe.id);
                }
            }
            probes.push(probe);
        }
        self.send(probes);
    }

    /// A connection that a near router is to refuse or take, in turn.
    pub(super) fn refusal(&mut self, turn: usize) -> Option<Probe> {
        let gateway = self.known.home.gateway_v4.or(self.known.home.gateway_v6);
        let port = gateway.and_then(|gateway| self.figures.quality.refusing.get(&gateway)).copied();
        self.planner.refusal(&self.known, turn, port)
    }

    /// Forgets probes beside the pulse that have not left.
    pub(in crate::engine::monitor) fn cancel_extra(&mut self) {
        self.figures.quality.due.clear();
    }

    /// Samples of answers that are overdue and not given up yet.
    pub(super) fn missing_samples(&self, now: Moment) -> Vec<Kept> {
        let longest = self.planner.config().ping_timeout_sec;
        let wanted = self.out.iter().filter(|(id, (_, means, sent))| {
            !means.is_large()
                && !self.figures.quality.beyond_limit.contains(id)
                && sent.mono >= self.figures.quality.since
                && (self.counted.contains(id) || self.figures.quality.asked.contains(id))
        });
        let kept = wanted.filter_map(|(_, (subject, _, sent))| {
            let host = self.known.host_of(*subject)?;
            let far = matches!(subject, Subject::Target(_));
            let wait = self.known.info(host, far).rtt.overdue_after(longest).max(OVERDUE);
            (sent.mono + wait <= now.mono).then_some(Kept { at: sent.mono, host, series: Series::Small, rtt: None })
        });
        kept.collect()
    }

    /// All hops and all targets, and in turn a large packet, where the pulse asks one of each. More of them once loss
    /// shows.
    pub(super) fn closer(&mut self, now: Moment, asked: &[Probe]) -> Vec<Probe> {
        // Loss is rare, and takes many packets to be placed. Delays take few; and more of them would wait for each
        // other.
        let shows = self.figures.quality.shows_loss && self.figures.quality.watch.shows(now.mono, CLOSEST);
        let is_asked = |probe: &Probe| asked.iter().any(|other| other.subject == probe.subject);
        let hops = 0..self.known.isp_hops.len();
        let mut probes: Vec<Probe> = hops.clone().filter_map(|idx| self.planner.isp_hop(&self.known, idx)).collect();
        // Those that answer by ICMP errors are left alone before they fall silent.
        probes.retain(|probe| {
            let host = self.known.host_of(probe.subject);
            let may = host.is_some_and(|host| self.figures.quality.icmp_budget.has_more(host, now.mono));
            !is_asked(probe) && (may || !is_limited(probe))
        });
        let lives = |idx: &usize| self.known.targets.get(*idx).is_some_and(|h| !self.known.info(*h, true).known_dead);
        let targets: Vec<usize> = self.known.pulse_targets().into_iter().filter(lives).collect();
        for idx in targets {
            let probe = self.planner.target(&self.known, idx);
            // Connections cost the far hosts more than echoes do.
            let n_more = match &probe {
                Some(probe) if shows => 1 + usize::from(probe.kind.means() == Means::Echo),
                _ => 0,
            };
            probes.extend(probe.filter(|probe| !is_asked(probe)));
            probes.extend((0..n_more).filter_map(|_| self.planner.target(&self.known, idx)));
        }
        let refusing = &self.figures.quality.refusing;
        let near = self.known.home.gateway_v4.or(self.known.home.gateway_v6).into_iter();
        let near: Vec<Host> = near.chain(self.known.isp_hops.iter().copied()).collect();
        let refusing: Vec<usize> =
            (0..near.len()).filter(|idx| near.get(*idx).is_some_and(|host| refusing.contains_key(host))).collect();
        // The nearer parts are few, and asked more often, unless that is more than a router answers.
        for _ in 0..if shows { 4 } else { 1 } {
            probes.extend(self.planner.gateway(&self.known).filter(|probe| !is_limited(probe)));
            let nearer = hops.clone().filter_map(|idx| self.planner.isp_hop(&self.known, idx));
            probes.extend(nearer.filter(|probe| !is_limited(probe)));
            probes.extend(refusing.iter().filter_map(|idx| self.refusal(*idx)));
        }
        // A port is found soon by which the home router answers without limit.
        if refusing.first() != Some(&0) {
            let turn = self.figures.quality.n_extra * near.len();
            probes.extend(self.planner.refusal(&self.known, turn, None));
        }
        let (stretch, quality) = (stretch(self.planner.config()), &mut self.figures.quality);
        quality.n_extra += 1;
        // Size matters where something is late.
        let recent = |at: Option<Duration>| at.is_some_and(|at| now.mono <= at + SHORT * stretch);
        if recent(quality.last_late[0]) || recent(quality.last_large_late) {
            probes.extend(self.planner.large_by_turns(&self.known, quality.n_extra));
        }
        probes
    }
}

/// True for a probe that is answered by an ICMP error.
fn is_limited(probe: &Probe) -> bool {
    matches!(probe.kind, ProbeKind::Udp(_) | ProbeKind::LargeUdp(..) | ProbeKind::FirstHop(_))
}
