//! Beginning and end of a degradation: hysteresis in time.

use std::time::Duration;

use super::Finding;
use crate::model::verdict::{Confidence, Evidence, FaultDomain};

/// Beginning or end of a degradation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A degradation has begun.
    Begun(Finding),
    /// It is over.
    Ended(Finding),
}

/// Follows what the looks find, and says what begins and ends.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Degradation that has begun: since when, and since when nothing shows any more.
    active: Option<Active>,
    /// Degradation that may be about to begin.
    candidate: Option<Candidate>,
    /// The last one that ended: its likes, when, and how often it came back soon.
    ended: Option<(Finding, Duration, u32)>,
}

#[derive(Debug, Clone)]
struct Active {
    finding: Finding,
    since: Duration,
    clean_since: Option<Duration>,
    /// Another domain that shows in its place, and since when.
    moving: Option<(FaultDomain, Duration)>,
    n_returns: u32,
}

#[derive(Debug, Clone)]
struct Candidate {
    /// Since when something shows without a break, certain or not.
    since: Duration,
    /// Own traffic has explained it once.
    own_load: bool,
    /// Since when it is certain.
    certain_since: Option<Duration>,
    /// Time at which it was certain last, and the finding of then.
    last: Option<(Duration, Finding)>,
}

/// Loss is counted, so it need not hold for long.
const LOSS_HOLDS: Duration = Duration::from_secs(10);
/// Whoever opens a page or a file fills the line for some seconds; that is no degradation.
const DELAY_HOLDS: Duration = Duration::from_secs(14);
/// Time for which a finding that was certain, and still shows, counts as certain: one of loss, and one of delay.
const LOSS_CERTAIN: Duration = Duration::from_secs(6);
const DELAY_CERTAIN: Duration = Duration::from_secs(2);
/// It must have been certain for this long, so that a few looks are not chance.
const LOSS_STAYS: Duration = Duration::from_secs(4);
const DELAY_STAYS: Duration = Duration::from_secs(12);
/// For this long it is waited for more samples to tell where it begins, while one part is likely, and while none is.
const LIKELY_WAITS: Duration = Duration::from_secs(16);
const UNSURE_WAITS: Duration = Duration::from_secs(24);
/// For this long nothing may show before a degradation is over.
const CLEAN: Duration = Duration::from_secs(6);
/// A degradation that returns within this time again and again is over only after twice the time, each time.
const RETURNS: Duration = Duration::from_mins(15);
/// The longest time it takes, as a power of two.
const MOST_RETURNS: u32 = 7;
/// For this long another domain must show before a degradation is said to have moved.
const MOVES: Duration = Duration::from_secs(14);

/// True if one is the return of the other: some of the same evidence shows, both with loss or both without, both in
/// the home network or both beyond.
fn is_like(finding: &Finding, before: &Finding) -> bool {
    let is_loss = |finding: &Finding| finding.evidence.contains(&Evidence::LossHigh);
    let is_home = |finding: &Finding| finding.domain == FaultDomain::Lan;
    is_loss(finding) == is_loss(before)
        && is_home(finding) == is_home(before)
        && finding.evidence.iter().any(|evidence| before.evidence.contains(evidence))
}

impl Watch {
    /// Takes one look at `now`: what has certainly begun, and what holds as far as one can see.
    pub fn look(&mut self, now: Duration, begun: Option<Finding>, holds: Option<Finding>) -> Vec<Change> {
        match self.active.take() {
            Some(active) => self.follow(now, active, holds),
            None => self.await_beginning(now, begun, holds.is_some()),
        }
    }

    fn await_beginning(&mut self, now: Duration, begun: Option<Finding>, holds: bool) -> Vec<Change> {
        if !holds {
            self.candidate = None;
            return Vec::new();
        }
        let candidate =
            self.candidate.get_or_insert(Candidate { since: now, own_load: false, certain_since: None, last: None });
        if let Some(finding) = begun {
            candidate.own_load |= finding.domain == FaultDomain::SelfLoad;
            if candidate.last.as_ref().is_none_or(|(last, _)| now > *last + LOSS_CERTAIN) {
                candidate.certain_since = Some(now);
            }
            candidate.last = Some((now, finding));
        }
        let Candidate { since, own_load, certain_since: Some(certain_since), last: Some((last, finding)) } =
            candidate.clone()
        else {
            return Vec::new();
        };
        let is_loss = finding.evidence.contains(&Evidence::LossHigh);
        let (wait, certain, stays) =
            if is_loss { (LOSS_HOLDS, LOSS_CERTAIN, LOSS_STAYS) } else { (DELAY_HOLDS, DELAY_CERTAIN, DELAY_STAYS) };
        // Better late than wrong.
        let wait = match finding.confidence {
            Confidence::High => wait,
            Confidence::Medium => wait.max(LIKELY_WAITS),
            Confidence::Low => wait.max(UNSURE_WAITS),
        };
        if now < since + wait || now < certain_since + stays || now > last + certain {
            return Vec::new();
        }
        // The last look knows most of where it begins; what this computer sends comes and goes.
        let domain = match finding.domain {
            FaultDomain::Lan | FaultDomain::Access if own_load => FaultDomain::SelfLoad,
            domain => domain,
        };
        let finding = Finding { domain, ..finding };
        let n_returns = match &self.ended {
            Some((before, at, n)) if is_like(&finding, before) && now < *at + RETURNS => (n + 1).min(MOST_RETURNS),
            _ => 0,
        };
        self.candidate = None;
        self.active = Some(Active { finding: finding.clone(), since: now, clean_since: None, moving: None, n_returns });
        vec![Change::Begun(finding)]
    }

    fn follow(&mut self, now: Duration, mut active: Active, holds: Option<Finding>) -> Vec<Change> {
        let Some(seen) = holds else {
            active.moving = None;
            let since = *active.clean_since.get_or_insert(now);
            if now < since + CLEAN * 2_u32.pow(active.n_returns.saturating_sub(1)) {
                self.active = Some(active);
                return Vec::new();
            }
            self.ended = Some((active.finding.clone(), now, active.n_returns));
            return vec![Change::Ended(active.finding)];
        };
        active.clean_since = None;
        let seen = Finding { is_fixed: seen.is_fixed || active.finding.is_fixed, ..seen };
        if seen.domain == active.finding.domain {
            active.moving = None;
            active.finding = seen;
            self.active = Some(active);
            return Vec::new();
        }
        if seen.confidence == Confidence::Low {
            self.active = Some(active);
            return Vec::new();
        }
        let since = match active.moving {
            Some((domain, since)) if domain == seen.domain => since,
            _ => now,
        };
        active.moving = Some((seen.domain, since));
        if now < since + MOVES {
            self.active = Some(active);
            return Vec::new();
        }
        let before = std::mem::replace(&mut active.finding, seen.clone());
        active.moving = None;
        self.active = Some(active);
        vec![Change::Ended(before), Change::Begun(seen)]
    }

    /// Returns the degradation that has begun and is not over.
    pub fn active(&self) -> Option<&Finding> {
        self.active.as_ref().map(|active| &active.finding)
    }

    /// Returns the duration of the degradation so far; `None` when none has begun.
    pub fn active_for(&self, now: Duration) -> Option<Duration> {
        self.active.as_ref().map(|active| now.saturating_sub(active.since))
    }

    /// Returns the time since when nothing shows any more of a degradation that has begun; `None` while it shows, and
    /// when none has begun.
    pub fn clean_since(&self) -> Option<Duration> {
        self.active.as_ref().and_then(|active| active.clean_since)
    }

    /// True if no degradation has begun or may be about to.
    pub fn is_quiet(&self) -> bool {
        self.active.is_none() && self.candidate.is_none()
    }

    /// True if a degradation has begun, or one that may be about to begin shows, for no longer than `longest` until
    /// `now`.
    pub fn shows(&self, now: Duration, longest: Duration) -> bool {
        let (active, candidate) = (self.active.as_ref(), self.candidate.as_ref());
        let since = active.map(|active| active.since).or(candidate.map(|candidate| candidate.since));
        since.is_some_and(|since| now <= since + longest)
    }

    /// True if answers come late, or may be about to.
    pub fn is_delayed(&self) -> bool {
        let active = self.active.as_ref().map(|active| &active.finding);
        let candidate =
            self.candidate.as_ref().and_then(|candidate| candidate.last.as_ref()).map(|(_, finding)| finding);
        let delays = [Evidence::LatencyHigh, Evidence::JitterHigh];
        active.into_iter().chain(candidate).any(|finding| delays.iter().any(|delay| finding.evidence.contains(delay)))
    }

    /// Forgets what may be about to begin.
    pub fn forget_candidate(&mut self) {
        self.candidate = None;
    }
}

#[cfg(test)]
mod tests {
    use FaultDomain::{Access, SelfLoad, Upstream};

    use super::*;

    fn finding(domain: FaultDomain, evidence: Evidence) -> Finding {
        Finding { domain, confidence: Confidence::High, evidence: vec![evidence], is_fixed: false }
    }

    /// Looks every two seconds; a letter a look: `.` nothing, `a` and `u` latency from the access line or upstream on,
    /// `A` loss, `s` own load, `h` what holds and is not certain. Gives the changes with the second they came in.
    #[track_caller]
    fn check(looks: &str, expected: &[(u64, bool, FaultDomain)]) {
        let mut watch = Watch::default();
        let mut found = Vec::new();
        for (idx, look) in (0_u64..).zip(looks.chars()) {
            let finding = match look {
                '.' => None,
                'u' => Some(finding(Upstream, Evidence::LatencyHigh)),
                's' => Some(finding(SelfLoad, Evidence::LatencyHigh)),
                'A' => Some(finding(Access, Evidence::LossHigh)),
                _ => Some(finding(Access, Evidence::LatencyHigh)),
            };
            let begun = finding.clone().filter(|_| look != 'h');
            found.extend(watch.look(Duration::from_secs(2 * idx), begun, finding).into_iter().map(
                |change| match change {
                    Change::Begun(finding) => (2 * idx, true, finding.domain),
                    Change::Ended(finding) => (2 * idx, false, finding.domain),
                },
            ));
        }
        assert_eq!(expected, found);
    }

    #[test]
    fn what_passes_in_some_seconds_is_no_degradation() {
        check("aaaaaa............", &[]);
        check("AAAAA.AAAAA.......", &[]);
        check("hhhhhhhhhhhhhhhhhhh", &[]);
        check("aaaaaaaa", &[(14, true, Access)]);
        check("AAAAAA", &[(10, true, Access)]);
        // What was certain a moment ago and still shows.
        check("AAAhhhhh", &[(10, true, Access)]);
        check("aaaaahhhhh", &[]);
    }

    #[test]
    fn it_ends_after_a_clean_time_and_later_if_it_keeps_coming_back() {
        check("AAAAAA......", &[(10, true, Access), (18, false, Access)]);
        check("AAAAAA...h......", &[(10, true, Access), (26, false, Access)]);
        let returns = "AAAAAA....AAAAAA....AAAAAA..........";
        let told = [10, 18, 30, 38, 50, 64].into_iter().zip([true, false].into_iter().cycle());
        check(returns, &told.map(|(at, begins)| (at, begins, Access)).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_uncertain_is_told_later() {
        for (confidence, told) in [(Confidence::High, 10), (Confidence::Medium, 16), (Confidence::Low, 24)] {
            let mut watch = Watch::default();
            let found = Some(Finding { confidence, ..finding(Access, Evidence::LossHigh) });
            let mut begins =
                |second: u64| !watch.look(Duration::from_secs(second), found.clone(), found.clone()).is_empty();
            assert_eq!(Some(told), (0..40).step_by(2).find(|second| begins(*second)), "{confidence}");
        }
    }

    #[test]
    fn loss_delays_nothing() {
        let mut watch = Watch::default();
        for (secs, evidence, delayed) in
            [(0, Evidence::LossHigh, false), (20, Evidence::LossHigh, false), (22, Evidence::LatencyHigh, true)]
        {
            let found = Some(finding(Access, evidence));
            watch.look(Duration::from_secs(secs), found.clone(), found);
            assert_eq!(delayed, watch.is_delayed(), "{secs}");
        }
        assert!(!Watch::default().is_delayed());
    }

    #[test]
    fn neighbours_do_not_alternate() {
        check("aaauaaaaauauauuaua", &[(14, true, Access)]);
        check("aaaaaaaauuuuuuuuu", &[(14, true, Access), (30, false, Access), (30, true, Upstream)]);
        check("aaaasaaa", &[(14, true, SelfLoad)]);
    }
}
