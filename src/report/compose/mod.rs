//! The figures of a log as a document: what stands where, in words.

mod annex;
mod coverage;
mod excluded;
mod faults;
mod method;
mod outages;
mod overview;
mod paths;
mod statistics;
mod summary;

use chrono::{Datelike as _, Timelike as _};

use super::{
    desk::Desk,
    document::{Document, Paper},
    input::{Input, Profile},
    lang::say,
};

/// The whole document.
pub(super) fn compose(input: &Input) -> Document {
    let desk = Desk::new(input);
    let lang = desk.lang;
    let sections = vec![
        summary::section(&desk),
        overview::section(&desk),
        outages::section(&desk),
        statistics::section(&desk),
        coverage::section(&desk),
        faults::section(&desk),
        method::section(&desk),
        method::clock_and_host(&desk),
        annex::section(&desk),
    ];
    let period = period(&desk);
    let made = input.made;
    Document {
        lang: lang.code(),
        title: lang.of("Report on an internet line", "Bericht über einen Internetanschluss").into(),
        subtitle: subtitle(&desk),
        footer: match &input.chain {
            Some(chain) if chain.key.is_some() && chain.n_findings == 0 => {
                say!(lang, "{period} · rows chained and signed", "{period} · Zeilen verkettet und signiert")
            }
            _ => say!(lang, "{period} · not signed", "{period} · nicht signiert"),
        },
        sections,
        page_of: lang.of("Page {n} of {m}", "Seite {n} von {m}"),
        contents: lang.of("Contents", "Inhalt"),
        paper: if input.profile == Profile::Us { Paper::Letter } else { Paper::A4 },
        made: (made.year(), [made.month(), made.day(), made.hour(), made.minute(), made.second()]),
    }
}

/// The first and the last day, such as `26 Oct 2026 – 25 Nov 2026`.
fn period(desk: &Desk<'_>) -> String {
    let Some((from, to)) = desk.input.summary.period else {
        return desk.lang.of("no data", "keine Daten").into();
    };
    let (from, to) = (
        desk.local(from).date(),
        desk.local(to.checked_sub_signed(chrono::TimeDelta::milliseconds(1)).unwrap_or(to)).date(),
    );
    if from >= to {
        return desk.lang.date(from);
    }
    format!("{} – {}", desk.lang.date(from), desk.lang.date(to))
}

fn subtitle(desk: &Desk<'_>) -> String {
    let config = &desk.input.config;
    let parts = [
        desk.private(&config.customer),
        desk.private(&config.provider),
        desk.private(&config.access_type),
        period(desk),
    ];
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join(" · ")
}
