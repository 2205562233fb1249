//! Sums of the seconds in each state: up, degraded, down, not watched. They make up the whole period.

use std::time::Duration;

use super::super::{
    chart::{
        coverage::{self, Part},
        drawing::Ink,
    },
    context::ReportContext,
    document::{Block, Cell, Chart, Column, Section, Table},
    lang::say,
    words::{self, Owner},
};
use super::reading::sentences;
use crate::model::ledger::State;

/// Gaps that are listed.
const MOST: usize = 40;

pub(super) fn section(context: &ReportContext<'_>) -> Section {
    let (summary, lang) = (&context.input.summary, context.lang);
    let all = summary.monitored() + summary.not_monitored();
    let share = |part: Duration| part.as_secs_f64() / all.as_secs_f64().max(f64::MIN_POSITIVE);
    let mut blocks = vec![Block::Text(
        lang.of(
            "Every second of the period has exactly one state. Time in which nobody looked is neither up nor down, and never makes an outage longer. Time down is that of outages and of short interruptions together, by the part that failed; the summary tells who is charged with it.",
            "Jede Sekunde des Zeitraums hat genau einen Zustand. Zeit, in der nicht gemessen wurde, ist weder Betrieb noch Ausfall und verlängert nie einen Ausfall. Gestört heißt: Ausfälle und kurze Unterbrechungen zusammen, nach dem gestörten Teil; wem sie anzurechnen sind, sagt die Zusammenfassung.",
        )
        .into(),
    )];
    if all.is_zero() {
        blocks.push(Block::Text(lang.of("The log covers no time.", "Das Protokoll deckt keine Zeit ab.").into()));
    } else {
        blocks.push(bar(context, all));
        let mut rows: Vec<Vec<Cell>> = summary
            .totals
            .iter()
            .map(|(state, length)| {
                let mark = if let State::Down(domain) = state { Some(Owner::of(*domain).mark()) } else { None };
                let text = name(context, *state);
                vec![Cell { text, mark }, lang.length(*length).into(), lang.percent(share(*length)).into()]
            })
            .collect();
        rows.push(vec![
            lang.of("The whole period", "Der ganze Zeitraum").into(),
            lang.length(all).into(),
            lang.percent(1.0).into(),
        ]);
        let columns = vec![
            Column::wide(lang.of("State", "Zustand")),
            Column::figures(lang.of("Time", "Zeit")),
            Column::figures(lang.of("Share", "Anteil")),
        ];
        blocks.push(Block::Table(Table { columns, rows, has_sum: true }));
        if let (Some(part), Some((lower, upper))) = (summary.availability(), summary.availability_bounds()) {
            let (part, lower, upper) = (lang.percent(part), lang.percent(lower), lang.percent(upper));
            blocks.push(Block::Text(say!(
                lang,
                "Availability of the watched time: {part}. Of the whole period it is {lower} if the line was down whenever nobody looked, and {upper} if it always worked then; the truth lies between.",
                "Verfügbarkeit der beobachteten Zeit: {part}. Auf den ganzen Zeitraum gerechnet {lower}, falls der Anschluss immer dann gestört war, wenn nicht gemessen wurde, und {upper}, falls er dann immer lief; die Wahrheit liegt dazwischen."
            )));
        }
    }
    blocks.extend(gaps(context));
    blocks.extend(reading(context));
    Section { id: "coverage", title: lang.of("Coverage", "Abdeckung").into(), new_page: false, blocks }
}

fn name(context: &ReportContext<'_>, state: State) -> String {
    let lang = context.lang;
    match state {
        State::Up => lang.of("Works", "Läuft").into(),
        State::Degraded => lang.of("Works badly", "Läuft schlecht").into(),
        State::Down(domain) => {
            let part = words::domain(domain, lang);
            say!(lang, "Down: {part}", "Gestört: {part}")
        }
        State::NotMonitored(reason) => {
            let why = words::gap(reason, lang);
            say!(lang, "Not watched: {why}", "Nicht beobachtet: {why}")
        }
    }
}

fn bar(context: &ReportContext<'_>, all: Duration) -> Block {
    let (summary, lang) = (&context.input.summary, context.lang);
    let share = |part: Duration| part.as_secs_f64() / all.as_secs_f64();
    let part = |name: &str, length: Duration, ink, is_hatched| Part {
        label: format!("{name}: {}", lang.percent(share(length))),
        share: share(length),
        ink,
        is_hatched,
    };
    let down_of = |owner| summary.sum(|state| matches!(state, State::Down(domain) if Owner::of(domain) == owner));
    let mut parts = vec![
        part(lang.of("Works", "Läuft"), summary.sum(|state| state == State::Up), Ink::GoodSoft, false),
        part(
            lang.of("Works badly", "Läuft schlecht"),
            summary.sum(|state| state == State::Degraded),
            Ink::Worse,
            false,
        ),
    ];
    for owner in Owner::ALL {
        let name = format!("{} {}", owner.mark().sign, owner.name(lang));
        parts.push(part(&name, down_of(*owner), owner.mark().ink, false));
    }
    parts.push(part(lang.of("Not watched", "Nicht beobachtet"), summary.not_monitored(), Ink::Unseen, true));
    let labels: Vec<&str> = parts.iter().filter(|part| part.share > 0.0).map(|part| part.label.as_str()).collect();
    Block::Chart(Chart {
        title: lang.of("All time", "Alle Zeit").into(),
        alt: labels.join("; "),
        drawing: coverage::draw(&parts),
    })
}

fn gaps(context: &ReportContext<'_>) -> Vec<Block> {
    let (summary, lang) = (&context.input.summary, context.lang);
    if summary.gaps.is_empty() {
        return Vec::new();
    }
    let mut longest: Vec<_> = summary.gaps.iter().collect();
    longest.sort_by_key(|gap| std::cmp::Reverse(gap.end.since(gap.start)));
    longest.truncate(MOST);
    longest.sort_by_key(|gap| gap.start.wall);
    let rows = longest.into_iter().map(|gap| {
        vec![
            context.second(gap.start.wall).into(),
            context.second(gap.end.wall).into(),
            lang.length(gap.end.since(gap.start)).into(),
            words::gap(gap.reason, lang).into(),
        ]
    });
    let columns = vec![
        Column::text(lang.of("From", "Von")),
        Column::text(lang.of("To", "Bis")),
        Column::figures(lang.of("Length", "Dauer")),
        Column::wide(lang.of("Why", "Warum")),
    ];
    let n = lang.whole(summary.gaps.len() as u64);
    let mut blocks =
        vec![Block::Heading(say!(lang, "Gaps: {n}", "Lücken: {n}")), Block::Table(Table::new(columns, rows.collect()))];
    if summary.gaps.len() > MOST {
        blocks.push(Block::Small(say!(lang, "The {MOST} longest are shown.", "Gezeigt werden die {MOST} längsten.")));
    }
    blocks
}

/// Paragraph about data that could not be read or used.
fn reading(context: &ReportContext<'_>) -> Option<Block> {
    let (input, lang) = (context.input, context.lang);
    let doubled = lang.plural(input.n_doubled, ("row", "Zeile"), ("rows", "Zeilen"));
    let mut said = sentences(context);
    if input.n_doubled > 0 {
        said.push(say!(
            lang,
            "{doubled} stood there twice and are counted once.",
            "{doubled} standen doppelt da und zählen einmal."
        ));
    }
    (!said.is_empty()).then(|| Block::Small(said.join(" ")))
}
