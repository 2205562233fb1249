//! A line of the activity as a sentence.

use std::net::IpAddr;

use super::{T, Text};
use crate::{
    gui::view_model::activity::{Entry, What},
    model::{
        event::Event,
        ledger::State,
        trace::TracePurpose,
        verdict::{Confidence, Status},
    },
};

impl Text {
    /// The line without its time.
    pub(crate) fn entry(self, entry: &Entry) -> String {
        match &entry.what {
            What::Note(text) => text.clone(),
            What::Check { status, targets, median } => {
                let answers = if targets.up == targets.total && targets.total > 0 {
                    self.with(T::LogAllAnswer, &[&targets.total])
                } else {
                    self.with(T::LogSomeAnswer, &[&targets.up, &targets.total])
                };
                let median = median.map(|rtt| format!(", {}", self.rtt(rtt))).unwrap_or_default();
                let status = if *status == Status::Ok { String::new() } else { format!(" ({status})") };
                format!("{answers}{median}{status}")
            }
            What::Event(event) => self.event(event),
        }
    }

    fn event(self, event: &Event) -> String {
        match event {
            Event::Started(_) => self.of(T::LogStarted).into(),
            Event::Stopped(_) => self.of(T::LogStopped).into(),
            Event::Gateway(_, Some(host)) => self.with(T::LogRouter, &[host]),
            Event::Gateway(_, None) => self.of(T::LogNoRouter).into(),
            Event::Suspected(_) => self.of(T::LogSuspected).into(),
            Event::Confirmed(..) => self.of(T::LogConfirmed).into(),
            Event::State(_, state @ State::NotMonitored(_), _) => self.headline(*state, None).into(),
            Event::State(_, state, verdict) => {
                let headline = self.headline(*state, Some(verdict));
                if verdict.evidence.is_empty() || *state == State::Up {
                    headline.into()
                } else {
                    format!("{headline}. {}", self.because(&verdict.evidence))
                }
            }
            Event::OutageOpened(outage, verdict) => {
                let domain = verdict.domain.or_else(|| outage.domain(outage.start));
                self.with(T::LogOutage, &[&domain.map_or("–", |domain| self.domain(domain))])
            }
            Event::OutageClosed(outage) => {
                let end = outage.end.unwrap_or(outage.start);
                let domain = outage.blamed(end).map_or("–", |domain| self.domain(domain));
                self.with(T::LogOutageOver, &[&self.duration(outage.length(end)), &domain])
            }
            Event::Micro(micro) => {
                self.with(T::LogMicro, &[&self.duration(micro.end.since(micro.start)), &self.domain(micro.domain)])
            }
            Event::Intermittent(_) => self.of(T::LogIntermittent).into(),
            Event::Notice(_, domain, true, verdict) => {
                let domain = self.domain(*domain);
                let part = match verdict.confidence {
                    Confidence::Low => self.with(T::LogDoubtful, &[&domain]),
                    Confidence::Medium | Confidence::High => domain.to_owned(),
                };
                format!("{part}: {}", self.because(&verdict.evidence))
            }
            Event::Notice(_, domain, false, _) => self.with(T::LogNoticeOver, &[&self.domain(*domain)]),
            Event::Gap(_, length, reason) => {
                self.with(T::LogGap, &[&self.duration(*length), &self.gap_reason(*reason)])
            }
            Event::ClockStep(_, seconds) => self.with(T::LogClockStep, &[&self.number(*seconds, 1)]),
            Event::Trace(_, purpose, trace) => {
                let last =
                    trace.last_answering().map_or_else(|| "–".to_owned(), |(ttl, addr)| format!("{ttl}, {addr}"));
                let text = if trace.is_reached() { T::LogTraceReached } else { T::LogTraceCut };
                self.with(text, &[&self.purpose(*purpose), &trace.name, &last])
            }
            Event::PathChanged(_, target, changes) => {
                let host = |addr: Option<IpAddr>| addr.map_or_else(|| "–".to_owned(), |addr| addr.to_string());
                let hops: Vec<String> = changes
                    .iter()
                    .map(|change| format!("{}: {} → {}", change.ttl, host(change.before), host(change.after)))
                    .collect();
                self.with(T::LogPathChanged, &[target, &hops.join(", ")])
            }
            Event::IspHops(_, hops) => {
                let hops: Vec<String> = hops.iter().map(ToString::to_string).collect();
                self.with(T::LogIspHops, &[&hops.join(", ")])
            }
            Event::PublicAddress(_, addr, None) => self.with(T::LogPublic, &[addr]),
            Event::PublicAddress(_, addr, Some(before)) => self.with(T::LogPublicChanged, &[addr, before]),
            Event::Warning(_, text) => text.clone(),
            Event::Sample(_) | Event::Row(_) => String::new(),
        }
    }

    /// Returns the reason why a trace was made, in words.
    pub(crate) fn purpose(self, purpose: TracePurpose) -> &'static str {
        self.of(match purpose {
            TracePurpose::Baseline => T::TraceBaseline,
            TracePurpose::Burst => T::TraceBurst,
            TracePurpose::Recovery => T::TraceRecovery,
            TracePurpose::Intensive => T::TraceIntensive,
        })
    }
}
