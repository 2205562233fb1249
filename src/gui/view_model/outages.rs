//! Outages of the log and of this run, with what is claimed of each.

use std::time::Duration;

use crate::{
    analysis::replay::Claim,
    model::{
        charge::Charged,
        ledger::{Outage, Segment, State},
        row::Row,
        time::{Moment, Stamp, Timestamp},
        verdict::{Confidence, Evidence, FaultDomain, LastHop, RootCause, Status, Verdict},
    },
};

/// An outage and what is claimed of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OutageView {
    pub(crate) outage: Outage,
    pub(crate) domain: FaultDomain,
    pub(crate) status: Option<Status>,
    pub(crate) cause: Option<RootCause>,
    pub(crate) confidence: Option<Confidence>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) last_hop: Option<LastHop>,
    /// Verdict that the text of what could not be established is made of.
    pub(crate) verdict: Option<Verdict>,
    pub(crate) files: Vec<String>,
    /// It lasts at this moment.
    pub(crate) is_live: bool,
    /// Duration from its start to the end of the data, for one that has no end and does not last.
    known_for: Duration,
}

impl OutageView {
    /// Of the log, which ends at `known_until`.
    pub(crate) fn of_log(outage: Outage, claim: Claim, known_until: Stamp) -> Self {
        let domain = outage.blamed(known_until).or(claim.domain).unwrap_or(FaultDomain::Access);
        let verdict = claim.status.map(|status| Verdict {
            status,
            cause: claim.cause,
            domain: Some(domain),
            confidence: claim.confidence.unwrap_or(Confidence::Low),
            evidence: claim.evidence.clone(),
            last_hop: claim.last_hop,
        });
        Self {
            known_for: outage.length(known_until),
            outage,
            domain,
            status: claim.status,
            cause: claim.cause,
            confidence: claim.confidence,
            evidence: claim.evidence,
            last_hop: claim.last_hop,
            verdict,
            files: each_once(claim.files),
            is_live: false,
        }
    }

    pub(crate) fn start(&self) -> Timestamp {
        self.outage.start.wall
    }

    /// The end, or where the data end; `None` while it lasts.
    pub(crate) fn end(&self) -> Option<Timestamp> {
        let until = self.outage.end.map(|end| end.wall);
        until.or_else(|| {
            (!self.is_live).then(|| self.start() + chrono::TimeDelta::from_std(self.known_for).unwrap_or_default())
        })
    }

    /// Returns the duration: to its end, to now while it lasts, otherwise to the end of the data.
    pub(crate) fn length(&self, now: Moment) -> Duration {
        match self.outage.end {
            Some(end) => end.since(self.outage.start),
            None if self.is_live => (now.wall - self.start()).to_std().unwrap_or_default(),
            None => self.known_for,
        }
    }

    /// Adds names of files; each stands there once, however many rows name it.
    fn add_files(&mut self, names: Vec<String>) {
        let files = std::mem::take(&mut self.files);
        self.files = each_once(files.into_iter().chain(names));
    }

    /// The segments, each with its end and the party charged.
    pub(crate) fn segments(&self, now: Moment) -> impl Iterator<Item = (Segment, Stamp, Option<Charged>)> {
        let end = self.outage.start.after(self.length(now));
        let charged = self.outage.charged(end);
        self.outage.spans(end).zip(charged).map(|((segment, end), charged)| (segment, end, charged))
    }

    fn claim(&mut self, verdict: &Verdict) {
        self.status = Some(verdict.status);
        self.cause = verdict.cause;
        self.confidence = Some(verdict.confidence);
        for evidence in &verdict.evidence {
            if !self.evidence.contains(evidence) {
                self.evidence.push(*evidence);
            }
        }
        self.last_hop = verdict.last_hop.or(self.last_hop);
        self.verdict = Some(Verdict { evidence: self.evidence.clone(), ..verdict.clone() });
    }
}

/// All of them, the oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outages {
    all: Vec<OutageView>,
}

impl Outages {
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &OutageView> + ExactSizeIterator {
        self.all.iter()
    }

    /// The one that began at this time.
    pub(crate) fn find(&self, start: Timestamp) -> Option<&OutageView> {
        self.all.iter().rev().find(|outage| outage.start() == start)
    }

    /// The one that lasts.
    pub(crate) fn live(&self) -> Option<&OutageView> {
        self.all.last().filter(|outage| outage.is_live)
    }

    pub(super) fn opened(&mut self, outage: &Outage, verdict: &Verdict) {
        let domain = verdict.domain.or_else(|| outage.domain(outage.start)).unwrap_or(FaultDomain::Access);
        let mut view = OutageView {
            outage: outage.clone(),
            domain,
            status: None,
            cause: None,
            confidence: None,
            evidence: Vec::new(),
            last_hop: None,
            verdict: None,
            files: Vec::new(),
            is_live: true,
            known_for: Duration::ZERO,
        };
        view.claim(verdict);
        self.all.retain(|known| !is_same(known, outage));
        self.all.push(view);
    }

    pub(super) fn closed(&mut self, outage: &Outage) {
        let end = outage.end.unwrap_or(outage.start);
        let domain = outage.blamed(end);
        if let Some(known) = self.all.iter_mut().rev().find(|known| known.is_live || is_same(known, outage)) {
            // Whoever joined late knows the end only.
            let start = known.outage.start;
            let end = outage.end.map(|end| start.after((end.wall - start.wall).to_std().unwrap_or_default()));
            known.outage = Outage { start, end, ..outage.clone() };
            known.domain = domain.unwrap_or(known.domain);
            known.is_live = false;
            return;
        }
        self.opened(outage, &super::nothing_claimed());
        if let Some(last) = self.all.last_mut() {
            last.is_live = false;
            last.domain = domain.unwrap_or(last.domain);
            (last.status, last.confidence, last.verdict) = (None, None, None);
        }
    }

    /// The line is in another state. While an outage lasts that begins a part of it, if something else is broken.
    pub(super) fn state(&mut self, at: Stamp, state: State) {
        let (Some(live), State::Down(domain)) = (self.all.last_mut().filter(|last| last.is_live), state) else {
            return;
        };
        let segments = &mut live.outage.segments;
        if segments.last().is_some_and(|last| last.domain != domain && last.start.wall < at.wall) {
            // Whoever joined late has times of two clocks.
            let start = live.outage.start;
            let start = start.after((at.wall - start.wall).to_std().unwrap_or_default());
            segments.push(Segment { start, domain });
        }
    }

    /// A row written during an outage may be surer, and names files.
    pub(super) fn row(&mut self, row: &Row) {
        let Some(last) = self.all.last_mut() else { return };
        let names = [&row.trace_file, &row.wan_diag_file].into_iter().chain(&row.intensive_traces);
        let names: Vec<String> = names.filter(|name| !name.is_empty()).cloned().collect();
        if !last.is_live {
            // The last row of an outage comes right behind its end, and brings the last files.
            let is_recent = last.end().is_some_and(|end| row.at - end < chrono::TimeDelta::minutes(2));
            if is_recent {
                last.add_files(names);
            }
            return;
        }
        if row.verdict.is_down() {
            last.claim(&row.verdict);
            if let Some(domain) = row.verdict.domain {
                last.domain = domain;
            }
        }
        last.add_files(names);
    }

    pub(super) fn put_before(&mut self, mut earlier: Vec<OutageView>) {
        earlier.retain(|one| !self.all.iter().any(|known| is_same(known, &one.outage)));
        if let (Some(open), Some(live)) = (earlier.last_mut(), self.all.last())
            && open.outage.end.is_none()
            && live.is_live
        {
            // Whoever joins late sees its end only; the log has its beginning.
            open.is_live = true;
            self.all.pop();
        }
        earlier.append(&mut self.all);
        self.all = earlier;
    }
}

fn each_once(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut once = Vec::new();
    for name in names {
        if !once.contains(&name) {
            once.push(name);
        }
    }
    once
}

/// A log keeps milliseconds, so its times differ a little from those of the engine.
fn is_same(known: &OutageView, outage: &Outage) -> bool {
    (known.start() - outage.start.wall).abs() < chrono::TimeDelta::milliseconds(1500)
}
