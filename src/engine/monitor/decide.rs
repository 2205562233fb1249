//! From suspicion to certainty.

use std::time::Duration;

use super::{Monitor, Purpose, QUICK_CYCLE, Suspicion, WHILE_WRONG};
use crate::{
    analysis::{
        classify::{beyond_alive, judge},
        layers::{Known as _, digest},
    },
    engine::{
        cycle::Cycle,
        knowledge::FIRST_HANDSHAKE,
        plan::Breadth,
        timeline::{Second, blames_path},
    },
    model::{
        event::Event,
        ledger::State,
        probe::{Loss, Means, Outcome, Proof, Sample, Subject},
        time::{Moment, Stamp},
        verdict::{Confidence, Evidence, FaultDomain, RootCause, Status, Verdict},
    },
};

/// An answer that is not there after this time is missing from a quick judgement.
const LATE: Duration = Duration::from_millis(500);
/// Time between the two rounds of a confirmation. The second one is within the second of the pulse that it confirms,
/// however long its answers are waited for.
const CONFIRM_APART: Duration = Duration::from_millis(400);
/// A cycle waits no longer for what the system says of links and routes.
const FACTS_WAIT: Duration = Duration::from_secs(2);
/// A domain must show this many seconds in a row before an outage is said to have moved.
const DRIFT: u8 = 3;

impl Monitor {
    /// Draws every conclusion that can be drawn now.
    pub(super) fn settle(&mut self, now: Moment) {
        if let Some(since) = self.timeline.overdue(now.mono) {
            self.confirm(now, since);
        }
        if let Some(since) = self.timeline.unexplained(now.mono) {
            self.confirmed(now, since);
        }
        self.watch_drift(now);
        self.watch_missing(now);
        // A cable that is out fails every probe at once, before the system has said so.
        let awaits_facts = self.awaits_facts;
        let told = |cycle: &Cycle| !awaits_facts || cycle.at.mono + FACTS_WAIT <= now.mono;
        if self.cycle.as_mut().is_some_and(|(cycle, _)| cycle.is_over(now) && told(cycle)) {
            self.conclude(now);
        }
        self.watch_recovery(now);
        self.tell_provisional(now);
        self.commit(now);
    }

    /// An answer is overdue: ask everything there is to ask.
    fn confirm(&mut self, now: Moment, since: Stamp) {
        let longest = self.planner.config().ping_timeout_sec;
        let by = now.mono + self.known.confirm_wait(longest);
        self.next_pulse = self.next_pulse.min(now.mono + WHILE_WRONG);
        if let (None, Some(Subject::Target(idx))) = (self.missing, self.timeline.first_asked(since)) {
            self.missing = Some((since, idx, by));
        }
        self.figures.quality.miss(now.mono);
        let targets = self.planner.all_targets(&self.known);
        let ids: Vec<_> = targets.iter().map(|probe| probe.id).collect();
        self.timeline.confirm(since, &ids, by);
        let again = (now.mono + CONFIRM_APART).min(since.mono + WHILE_WRONG);
        self.confirm_again = (again > now.mono).then_some((again, since, by));
        let mut probes = self.planner.whole_path(&self.known, true);
        probes.extend(targets);
        self.send(probes);
        self.read_host(now);
        // Told even if a service is under suspicion already: traces of a cut path must not wait for certainty.
        self.tell(Event::Suspected(since));
    }

    /// Packets sent together are lost together (RFC 3357): all targets are asked once more.
    pub(super) fn confirm_once_more(&mut self) {
        let Some((_, since, by)) = self.confirm_again.take() else { return };
        if self.timeline.is_open(since) {
            let targets = self.planner.all_targets(&self.known);
            let ids: Vec<_> = targets.iter().map(|probe| probe.id).collect();
            self.timeline.confirm(since, &ids, by);
            self.send(targets);
        }
    }

    /// Checks whether a target stays silent beside others that answer: a cycle is to tell.
    fn watch_missing(&mut self, now: Moment) {
        let Some((since, idx, _)) = self.missing.filter(|(.., by)| *by <= now.mono) else { return };
        self.missing = None;
        let subject = Subject::Target(idx);
        let answered = self
            .recent
            .iter()
            .any(|sample| sample.subject == subject && sample.sent.mono >= since.mono && sample.outcome.is_reply());
        self.missed = match self.missed {
            _ if answered => (idx, 0),
            (last, n) if last == idx => (idx, n.saturating_add(1)),
            _ => (idx, 1),
        };
        let known_dead = self.known.host_of(subject).is_none_or(|host| self.known.info(host, true).known_dead);
        if !answered && !known_dead && !self.is_alert(now) && self.cycle.is_none() {
            self.begin_cycle(now, Breadth::Full, Purpose::Periodic);
        }
    }

    /// Nobody answered the confirmation either: the line is down since `since`. A cycle will tell more.
    fn confirmed(&mut self, now: Moment, since: Stamp) {
        let verdict = self.judge_path(since).unwrap_or_else(unexplained);
        self.timeline.set_verdict(since, verdict.clone());
        self.tell(Event::Confirmed(since, verdict));
        self.suspect(now, since);
    }

    /// Something began at `since`: a cycle is to settle what.
    pub(super) fn suspect(&mut self, now: Moment, since: Stamp) {
        let since = match self.suspicion {
            Some(earlier) if earlier.since.mono <= since.mono => earlier.since,
            _ => since,
        };
        let (n_contradicted, is_doubted) =
            self.suspicion.map_or((0, false), |suspicion| (suspicion.n_contradicted, suspicion.is_doubted));
        self.suspicion = Some(Suspicion { since, n_contradicted, is_doubted });
        if !matches!(self.cycle, Some((_, Purpose::Settle(_)))) {
            self.begin_cycle(now, Breadth::Full, Purpose::Settle(since));
        }
    }

    /// Returns the verdict that the samples of the path since `since` show; `None` if they show no outage. A probe that
    /// has been out for long enough counts as lost.
    fn judge_path(&self, since: Stamp) -> Option<Verdict> {
        let mut samples: Vec<Sample> =
            self.recent.iter().filter(|sample| sample.sent.mono >= since.mono).cloned().collect();
        let late = |sent: Stamp| sent.mono >= since.mono && sent.mono + LATE <= self.last.mono;
        samples.extend(self.out.iter().filter(|(_, (.., sent))| late(*sent)).map(|(id, (subject, means, sent))| {
            let outcome = Outcome::Lost(Loss::Timeout);
            Sample { id: *id, subject: *subject, means: *means, question: None, sent: *sent, outcome }
        }));
        let verdict = judge(&digest(&samples, &self.known.home, &self.known)).filter(Verdict::is_down);
        verdict.map(|verdict| self.with_last_hop(verdict, since, &samples))
    }

    /// Checks whether an outage has moved to another part of the path.
    fn watch_drift(&mut self, now: Moment) {
        let Some(domain) = self.timeline.verdict().filter(|verdict| blames_path(verdict)).and_then(|v| v.domain) else {
            self.drift = None;
            return;
        };
        if self.suspicion.is_some() || !self.timeline.is_bad(now.mono) {
            return;
        }
        // One look a second, at samples that have had their time.
        let looked = self.drift.is_some_and(|(_, last, _)| now.mono.saturating_sub(last.mono).as_millis() < 1000);
        if looked {
            return;
        }
        let window = now.before(Duration::from_millis(2500));
        let seen = self.judge_path(window).and_then(|verdict| verdict.domain).unwrap_or(domain);
        let n_seen = match self.drift {
            Some((last, _, n_seen)) if last == seen => n_seen.saturating_add(1),
            _ => 1,
        };
        self.drift = Some((seen, now.stamp(), n_seen));
        if seen != domain && n_seen >= DRIFT {
            self.drift = None;
            self.suspect(now, window);
        }
    }

    /// Checks whether the pulse answers again on a line that was down.
    fn watch_recovery(&mut self, now: Moment) {
        let was_silent = |verdict: &Verdict| blames_path(verdict) || (verdict.is_down() && self.timeline.was_bad());
        if self.suspicion.is_some() || !self.timeline.verdict().is_some_and(was_silent) {
            return;
        }
        let began = self.last_observed.unwrap_or(now.stamp());
        if let Some(since) = self.timeline.good_since(began) {
            self.suspect(now, since);
        }
    }

    /// A question or connection between the cycles, asked with the pulse of `asked`, came back.
    pub(super) fn service_answered(&mut self, now: Moment, sample: &Sample, asked: Stamp) {
        let subject = sample.subject;
        let host = self.known.host_of(subject);
        let works = match (&sample.outcome, subject) {
            (Outcome::NotMeasured(_), _) => return,
            (Outcome::Reply(_, proof), Subject::Target(_)) => proof.is_accepted() || *proof == Proof::EchoReply,
            (outcome, _) => outcome.is_reply(),
        };
        if let (false, Subject::Target(_), Means::Tcp) = (works, subject, sample.means) {
            self.last_refused = Some(asked);
        }
        let down = match self.state {
            Some((State::Down(domain), _)) => Some(domain),
            _ => None,
        };
        let may_tell = match (subject, down) {
            (Subject::Resolver(_), Some(FaultDomain::Dns))
            | (Subject::Target(_), Some(FaultDomain::App | FaultDomain::CaptivePortal)) => works,
            (_, Some(_)) => false,
            (Subject::Resolver(_), None) => {
                let question = host.zip(sample.question);
                let is_known = question.is_some_and(|question| self.known.failing_questions.contains(&question));
                if works {
                    self.known.failing_questions.retain(|failing| Some(*failing) != question);
                }
                !works && !is_known
            }
            (_, None) => !works && host.is_some_and(|host| !self.known.info(host, true).known_dead),
        };
        // While the path itself is in doubt, what runs over it says nothing new.
        if may_tell && self.suspicion.is_none() && !self.is_alert(now) {
            // An answer that took so long may be to a question that was repeated meanwhile.
            let is_late = works && now.mono.saturating_sub(asked.mono) >= FIRST_HANDSHAKE;
            self.suspect(now, if is_late { now.stamp() } else { asked });
        }
    }

    /// A cycle is over: what does it say?
    fn conclude(&mut self, now: Moment) {
        let Some((cycle, purpose)) = self.cycle.take() else { return };
        self.known.is_lossy = self.is_lossy(now);
        let samples = self.with_lost_pulses(&cycle);
        let layers = digest(&samples, &self.known.home, &self.known);
        let verdict = judge(&layers).filter(|_| cycle.is_measured());
        let Some(verdict) = verdict else {
            // Nothing could be measured, so nothing is decided, and nothing that was suspected stands.
            if let Some(suspicion) = self.suspicion.take() {
                self.timeline.mark_unmeasured(suspicion.since);
            }
            return;
        };
        let verdict = self.with_last_hop(verdict, cycle.at, &samples);
        let carries = beyond_alive(&layers);
        if matches!(purpose, Purpose::Settle(since) if carries && self.waits_for_pulse(since, cycle.at)) {
            self.cycle = Some((cycle, purpose));
            return;
        }
        let row = crate::engine::rows::row(&cycle, now, &self.known, verdict.clone());
        let is_first = self.last_row.is_none();
        self.last_row = Some(row.clone());
        if is_first && !verdict.is_down() {
            // It speaks for the pulses before it, too: it may have begun anew, or be about something that began later.
            self.timeline.open_with(verdict.clone());
        }
        match purpose {
            Purpose::Periodic if self.agrees(&verdict) || (is_first && !verdict.is_down()) => {
                self.figures.notice(&verdict);
                if !verdict.is_down() {
                    self.remember(&cycle);
                }
                self.timeline.set_verdict(cycle.at, verdict);
                self.report_cycle(row, now);
            }
            Purpose::Periodic if verdict.is_down() => self.suspect(now, cycle.at),
            Purpose::Periodic => {
                // A page may have been helped by a handshake repeated meanwhile; single connections tell, too.
                let refused = self.last_refused.filter(|last| last.mono > cycle.at.mono);
                let since = [Some(cycle.web_works_since()), refused].into_iter().flatten().max_by_key(|at| at.mono);
                self.suspect(now, since.unwrap_or(cycle.at));
            }
            Purpose::Settle(since) => {
                let seq = self.figures.seq();
                if self.settled(now, since, &cycle, (verdict, carries)) {
                    // The line may have been cut again since, while slow answers were waited for.
                    if let Some(bad) = self.timeline.unexplained(now.mono) {
                        self.confirmed(now, bad);
                    }
                    self.commit(now);
                    if self.figures.seq() == seq && self.suspicion.is_none() {
                        self.report_cycle(row, now);
                    }
                }
            }
        }
        if self.is_hurried() {
            self.next_cycle = self.next_cycle.min(now.mono + QUICK_CYCLE);
        }
    }

    /// Returns the samples of a cycle, and those of the pulse to targets that were lost meanwhile: they show that the
    /// fault still stood when a router answered late in the cycle.
    fn with_lost_pulses(&self, cycle: &Cycle) -> Vec<Sample> {
        let is_lost = |sample: &&Sample| {
            sample.sent.mono >= cycle.at.mono
                && matches!((sample.subject, &sample.outcome), (Subject::Target(_), Outcome::Lost(_)))
        };
        cycle.samples().iter().chain(self.recent.iter().filter(is_lost)).cloned().collect()
    }

    /// True if a cycle that found the line working was quicker than the pulse, which is to say since when it works.
    fn waits_for_pulse(&self, since: Stamp, began: Stamp) -> bool {
        self.timeline.verdict().is_some_and(blames_path)
            && self.timeline.good_since(since).is_none()
            && !self.timeline.is_decided_since(began, self.last.mono)
    }

    /// True if a verdict says what is known already.
    fn agrees(&self, verdict: &Verdict) -> bool {
        let known = self.timeline.verdict().filter(|known| known.is_down());
        known.map(|known| known.domain)
            == Some(verdict).filter(|verdict| verdict.is_down()).map(|verdict| verdict.domain)
    }

    /// A cycle has looked at what began at `since`, and says what is at fault and whether the line carries. `false`
    /// when another one must look again.
    fn settled(&mut self, now: Moment, since: Stamp, cycle: &Cycle, said: (Verdict, bool)) -> bool {
        let (verdict, carries) = said;
        // Something earlier may have turned up while the cycle ran.
        let since = self.suspicion.map_or(since, |suspicion| suspicion.since);
        let path_is_down = self.timeline.verdict().is_some_and(blames_path);
        let good = self.timeline.good_since(since);
        // The line came back while the cycle ran, so what failed over it may have failed before.
        let is_doubted = self.suspicion.is_some_and(|suspicion| suspicion.is_doubted);
        let is_new = !is_doubted && self.figures.is_new_notice(&verdict);
        let is_doubtful = carries && path_is_down && good.is_some() && (verdict.is_down() || is_new);
        if !verdict.is_down() && !is_doubtful {
            self.figures.notice(&verdict);
            self.remember(cycle);
        }
        match good {
            _ if !carries || !path_is_down => self.timeline.set_verdict(since, verdict),
            Some(good) if is_doubtful => {
                self.timeline.set_verdict(good, Verdict::works());
                self.suspicion = Some(Suspicion { since: good, n_contradicted: 0, is_doubted: true });
                self.begin_cycle(now, Breadth::Full, Purpose::Settle(good));
                return false;
            }
            Some(good) => self.timeline.set_verdict(good, verdict),
            None if self.suspicion.is_none_or(|suspicion| suspicion.n_contradicted == 0) => {
                self.suspicion = Some(Suspicion { since, n_contradicted: 1, is_doubted });
                self.begin_cycle(now, Breadth::Full, Purpose::Settle(since));
                return false;
            }
            // Twice the line carried everything but what the pulse sends: it is the pulse that is filtered.
            None => {
                self.pulse_filtered = true;
                self.timeline.mark_good(since);
                self.timeline.set_verdict(since, verdict);
            }
        }
        self.suspicion = None;
        self.drift = None;
        self.next_cycle = now.mono + self.cycle_interval();
        true
    }

    /// The line works. What was silent all the same is dead by itself, and is not suspicious again until it answers.
    fn remember(&mut self, cycle: &Cycle) {
        self.last_success.all(cycle.web_works_since());
        let silent = |subject: Subject, means: Option<Means>| {
            let mut asked =
                cycle.of(subject).filter(|sample| means.is_none_or(|means| sample.means == means)).peekable();
            asked.peek().is_some() && !asked.any(|sample| sample.outcome.is_reply())
        };
        let targets: Vec<_> = self.known.targets.iter().copied().enumerate().collect();
        self.dead_ports.clear();
        for (idx, host) in targets {
            if silent(Subject::Target(idx), None) {
                self.known.mark_dead(host, true);
                // What it lost is no loss of the line.
                self.figures.forget(Subject::Target(idx), Some(host));
            }
            if silent(Subject::Target(idx), Some(Means::Tcp)) {
                self.dead_ports.push(host.addr);
            }
        }
        for idx in 0..self.known.home_routers().len() {
            let router = Subject::HomeRouter(idx);
            if let Some(host) = self.known.host_of(router).filter(|_| silent(router, None)) {
                self.known.mark_dead(host, false);
            }
        }
        let hops: Vec<_> = self.known.isp_hops.iter().copied().enumerate().collect();
        for (idx, host) in hops {
            if silent(Subject::IspHop(idx), None) {
                self.known.mark_dead(host, false);
                self.figures.forget(Subject::IspHop(idx), Some(host));
            }
        }
        let failing = cycle.samples().iter().filter(|sample| matches!(sample.outcome, Outcome::Lost(_)));
        self.known.failing_questions =
            failing.filter_map(|sample| self.known.host_of(sample.subject).zip(sample.question)).collect();
    }

    /// Puts what is certain into the ledger, and tells of every change.
    pub(super) fn commit(&mut self, now: Moment) {
        let suspicion = self.suspicion.map(|suspicion| suspicion.since.mono);
        let cycle = self.cycle.as_ref().map(|(cycle, _)| cycle.at.mono);
        let service = self.services.values().map(|sent| sent.mono).min();
        // Until the first cycle is over there is nothing to fill a row with.
        let first = (cycle.is_some() && self.last_row.is_none()).then_some(Duration::ZERO);
        let hold = [suspicion, cycle, service, first].into_iter().flatten().min();
        for second in self.timeline.commit(now.mono, hold) {
            self.enter(now, second);
        }
    }

    fn enter(&mut self, now: Moment, second: Second) {
        let mut second = second;
        let edge = self.with_quality(&mut second);
        let uncertainty = match edge {
            Some((_, within)) => Some(within),
            None => self.uncertainty(&second).filter(|_| second.state.is_down()),
        };
        let changes = self.ledger.observe(second.at, second.state);
        if let (true, Some(uncertainty)) = (second.state.is_down(), uncertainty) {
            let new = changes.iter().any(|change| matches!(change, crate::model::ledger::Change::State(..)));
            if new {
                self.ledger.set_uncertainty(uncertainty);
            }
        }
        self.last_observed = Some(second.at);
        second.at = edge.map_or(second.at, |(since, _)| since);
        let changed = self.state.as_ref().is_none_or(|(state, _)| *state != second.state);
        if changed && (self.is_down() || second.state.is_down()) {
            self.figures.begin_anew(now);
        }
        self.state = Some((second.state, second.verdict.clone()));
        if second.state.is_down() {
            self.last_down.clone_from(&second.verdict);
        }
        let is_told = self.settle_provisional(&second, changed);
        if changed {
            self.report_change(now, &second, uncertainty, is_told);
        }
        self.tell_changes(&changes);
        self.report_outage(now, &changes);
    }

    /// Returns the time by which the state of this second may have begun earlier. Within an outage the pulse tells,
    /// before one whatever shows that which failed.
    fn uncertainty(&self, second: &Second) -> Option<Duration> {
        let pulse = self.last_observed;
        let failed = second.verdict.as_ref().filter(|verdict| verdict.is_down() && !self.is_down());
        let worked = failed.and_then(|verdict| self.last_success.before(verdict));
        [pulse, worked].into_iter().flatten().map(|last| second.at.since(last)).max()
    }
}

/// The verdict on a line that is silent for no reason that can be told.
fn unexplained() -> Verdict {
    Verdict {
        status: Status::WanDown,
        cause: Some(RootCause::Mixed),
        domain: Some(FaultDomain::Access),
        confidence: Confidence::Low,
        evidence: vec![Evidence::TargetsDead],
        last_hop: None,
    }
}
