//! Context of a report: the input, the language, local times, and what may be told.

use std::{net::IpAddr, sync::PoisonError};

use chrono::NaiveDateTime;

use super::{
    ahead,
    input::Input,
    is_twice,
    lang::Lang,
    offset,
    statute::{Fault, Rule},
    words::{self, Owner},
};
use crate::{
    codec::redact::{self, Redactor},
    model::{
        config::Config,
        diary::Ticket,
        settings::{Setting, Value},
        summary::OutageRecord,
        time::Timestamp,
        verdict::FaultDomain,
    },
};

/// Input, language and times that every part of a report needs.
pub(super) struct ReportContext<'a> {
    pub(super) input: &'a Input,
    pub(super) lang: Lang,
}

/// Longer texts of others are cut: a name is no place for a novel.
const LONGEST: usize = 160;

impl<'a> ReportContext<'a> {
    pub(super) fn new(input: &'a Input) -> Self {
        Self { input, lang: input.lang }
    }

    /// True if most rows are single looks at the line, of `netlog once` or of the original, and not those of a run.
    pub(super) fn is_sampled(&self) -> bool {
        self.input.summary.n_run_rows * 2 < self.input.summary.n_rows
    }

    /// The clock on the wall.
    pub(super) fn local(&self, at: Timestamp) -> NaiveDateTime {
        (self.input.local)(at)
    }

    /// `24 Nov 2026, 14:03:22`.
    pub(super) fn second(&self, at: Timestamp) -> String {
        let second = self.lang.second(self.local(at));
        if is_twice(&*self.input.local, at) { format!("{second} {}", self.offset(at)) } else { second }
    }

    /// `24 Nov 2026, 14:03:22 +01:00`.
    pub(super) fn stamp(&self, at: Timestamp) -> String {
        format!("{} {}", self.lang.second(self.local(at)), self.offset(at))
    }

    /// `+01:00`: what the clock on the wall is ahead of UTC.
    pub(super) fn offset(&self, at: Timestamp) -> String {
        offset(ahead(&*self.input.local, at))
    }

    /// The name of the time zone.
    pub(super) fn zone(&self) -> &str {
        if self.input.zone.is_empty() { self.lang.of("local time", "Ortszeit") } else { &self.input.zone }
    }

    /// An address, or what may be told of it.
    pub(super) fn addr(&self, addr: IpAddr) -> String {
        self.redacted(|redactor| redactor.addr(addr)).unwrap_or_else(|| addr.to_string())
    }

    /// A text that may hold addresses and names, or what may be told of it. Control characters are gone.
    pub(super) fn text(&self, text: &str) -> String {
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let text = self.redacted(|redactor| redactor.text(&text)).unwrap_or(text);
        cut(&text, LONGEST)
    }

    /// Replacement of something that identifies somebody; `None` when all is told.
    fn redacted(&self, redact: impl FnOnce(&mut Redactor) -> String) -> Option<String> {
        let redactor = self.input.redactor.as_ref()?;
        Some(redact(&mut redactor.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// A name that identifies somebody, or that it is left out.
    pub(super) fn private(&self, text: &str) -> String {
        if self.input.redactor.is_some() && !text.is_empty() {
            return self.lang.of("(left out)", "(entfernt)").into();
        }
        cut(&text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>(), LONGEST)
    }

    /// The name of a file of the log folder, or what may be told of it.
    pub(super) fn file(&self, name: &str) -> String {
        let plain = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let shown = self.redacted(|redactor| redact::file_name(redactor, plain).unwrap_or_default());
        match shown {
            Some(shown) if shown.is_empty() => self.private(name),
            Some(shown) => shown,
            None => self.text(name),
        }
    }

    /// A text of a setting, or what may be told of it.
    pub(super) fn setting(&self, setting: &Setting<Config>, text: &str) -> String {
        let is_default = setting.default() == Value::Text(text.to_owned());
        if setting.is_personal() && !is_default { self.private(text) } else { self.text(text) }
    }

    /// The name of the part at fault.
    pub(super) fn domain(&self, domain: Option<FaultDomain>) -> &'static str {
        domain.map_or_else(|| self.lang.of("Not known", "Nicht bekannt"), |domain| words::domain(domain, self.lang))
    }

    /// Applies the rules of the profile to a fault that was reported.
    pub(super) fn fault(&self, ticket: &Ticket) -> Fault {
        let input = self.input;
        let reported = self.local(ticket.at).date();
        let rule = Rule {
            profile: input.profile,
            monthly_fee: (input.config.monthly_fee > 0.0).then_some(input.config.monthly_fee),
            by_day: &input.summary.line_by_day,
            last: input.summary.line_by_day.keys().next_back().copied().unwrap_or(reported),
        };
        rule.count(reported, ticket.closed.map(|at| self.local(at).date()))
    }

    /// The owner of an outage; `None` when its parts have several.
    pub(super) fn owner(record: &OutageRecord) -> Option<Owner> {
        let mut owners = record.counted_parts().map(|part| Owner::charged(part.domain, part.charged));
        let first = owners.next().unwrap_or(Owner::Other);
        owners.all(|owner| owner == first).then_some(first)
    }

    /// Confidence of its parts, each word once.
    pub(super) fn confidence(&self, record: &OutageRecord) -> String {
        let parts = record.counted_parts().map(|part| part.confidence);
        let mut words: Vec<&str> = Vec::new();
        for confidence in parts.chain(record.parts.is_empty().then_some(record.confidence)) {
            let word = confidence.map_or("–", |confidence| words::confidence(confidence, self.lang));
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words.join(" / ")
    }

    /// The parts at fault in the order in which they failed, each once.
    pub(super) fn domains(&self, record: &OutageRecord) -> String {
        let mut names: Vec<&str> = Vec::new();
        for part in record.counted_parts() {
            let name = words::domain(part.domain, self.lang);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() { self.domain(record.domain()).to_owned() } else { names.join(" → ") }
    }
}

/// At most so many characters.
fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}
