//! The figures of a log as a document: what stands where, in words.

mod annex;
mod coverage;
mod excluded;
mod faults;
mod method;
mod outages;
mod overview;
mod paths;
mod proof;
mod reading;
mod statistics;
mod summary;

use chrono::{Datelike as _, Timelike as _};

use super::{
    context::ReportContext,
    document::{Document, Paper, Watermark},
    input::{Input, Profile},
    lang::say,
};

/// The whole document.
pub(super) fn compose(input: &Input) -> Document {
    let context = ReportContext::new(input);
    let lang = context.lang;
    let sections = vec![
        summary::section(&context),
        overview::section(&context),
        outages::section(&context),
        statistics::section(&context),
        coverage::section(&context),
        faults::section(&context),
        method::section(&context),
        method::clock_and_host(&context),
        annex::section(&context),
    ];
    let made = input.made;
    Document {
        lang: lang.code(),
        title: lang.of("Report on an internet line", "Bericht über einen Internetanschluss").into(),
        subtitle: subtitle(&context),
        footer: footer(&context),
        watermark: watermark(&context),
        sections,
        page_of: lang.of("Page {n} of {m}", "Seite {n} von {m}"),
        contents: lang.of("Contents", "Inhalt"),
        paper: if input.profile == Profile::Us { Paper::Letter } else { Paper::A4 },
        made: (made.year(), [made.month(), made.day(), made.hour(), made.minute(), made.second()]),
    }
}

/// The period, and what can be relied on of its rows.
fn footer(context: &ReportContext<'_>) -> String {
    let (lang, period) = (context.lang, period(context));
    if context.input.summary.demo.is_some() {
        return say!(lang, "{period} · made-up data, no evidence", "{period} · erfundene Daten, kein Beweis");
    }
    match &context.input.chain {
        Some(chain) if chain.is_signed() && chain.n_findings == 0 => {
            say!(lang, "{period} · rows chained and signed", "{period} · Zeilen verkettet und signiert")
        }
        Some(chain) if chain.key.is_some() && chain.n_findings == 0 => {
            say!(lang, "{period} · not all rows signed", "{period} · nicht alle Zeilen signiert")
        }
        _ => say!(lang, "{period} · not signed", "{period} · nicht signiert"),
    }
}

/// The mark of a report with made-up rows.
fn watermark(context: &ReportContext<'_>) -> Option<Watermark> {
    let (lang, demo) = (context.lang, context.input.summary.demo?);
    let (n, all) = (lang.whole(demo.n), lang.whole(context.input.summary.n_rows));
    Some(Watermark {
        short: lang.of("Made-up data", "Erfundene Daten").into(),
        sentence: say!(
            lang,
            "Made-up data: {n} of the {all} rows of this report were made up by “netlog demo” and not measured. It is evidence of nothing.",
            "Erfundene Daten: {n} der {all} Zeilen dieses Berichts hat „netlog demo“ erfunden, sie wurden nicht gemessen. Er beweist nichts."
        ),
    })
}

/// The first and the last day, such as `26 Oct 2026 – 25 Nov 2026`.
fn period(context: &ReportContext<'_>) -> String {
    let Some((from, to)) = context.input.summary.period else {
        return context.lang.of("no data", "keine Daten").into();
    };
    let (from, to) = (
        context.local(from).date(),
        context.local(to.checked_sub_signed(chrono::TimeDelta::milliseconds(1)).unwrap_or(to)).date(),
    );
    if from >= to {
        return context.lang.date(from);
    }
    format!("{} – {}", context.lang.date(from), context.lang.date(to))
}

fn subtitle(context: &ReportContext<'_>) -> String {
    let config = &context.input.config;
    let parts = [
        context.private(&config.customer),
        context.private(&config.provider),
        context.private(&config.access_type),
        period(context),
    ];
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join(" · ")
}
