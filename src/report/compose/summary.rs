//! The first page: how long, whose fault, why to believe it.

use std::time::Duration;

use super::super::{
    desk::Desk,
    document::{Block, Cell, Column, Figure, Section, Table},
    lang::{Lang, say},
    words::{self, Owner},
};
use crate::model::{
    ledger::State,
    summary::{OutageRecord, Summary},
    verdict::{Confidence, Evidence},
};

/// Outages in the table of the first page.
const LONGEST: usize = 6;

pub(super) fn section(desk: &Desk<'_>) -> Section {
    let lang = desk.lang;
    let mut blocks = vec![Block::Lead(verdict(&desk.input.summary, lang)), Block::Figures(figures(desk))];
    if !desk.input.limits.is_empty() {
        let limits: Vec<String> = desk.input.limits.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        blocks.push(Block::Callout(
            lang.of("Not everything is counted", "Nicht alles wird gezählt").into(),
            limits.join("; "),
        ));
    }
    blocks.push(Block::Heading(lang.of("Whose part failed", "Wessen Teil ausfiel").into()));
    blocks.push(Block::Table(owners(&desk.input.summary, lang)));
    blocks.push(Block::Heading(lang.of("Why this can be relied on", "Warum darauf Verlass ist").into()));
    blocks.push(Block::Bullets(reasons(desk)));
    if !desk.input.summary.outages.is_empty() {
        blocks.push(Block::Heading(lang.of("Longest outages", "Längste Ausfälle").into()));
        blocks.push(Block::Table(longest(desk)));
    }
    if desk.input.redactor.is_some() {
        blocks.push(Block::Small(
            lang.of(
                "Names, public addresses and hardware addresses were taken out of this report.",
                "Namen, öffentliche Adressen und Hardware-Adressen wurden aus diesem Bericht entfernt.",
            )
            .into(),
        ));
    }
    if let Some(facts) = parties(desk) {
        blocks.push(Block::Heading(lang.of("The line", "Der Anschluss").into()));
        blocks.push(facts);
    }
    Section { id: "summary", title: lang.of("Summary", "Zusammenfassung").into(), new_page: false, blocks }
}

/// Time down by who can mend it.
fn down_of(summary: &Summary, owner: Owner) -> Duration {
    summary.sum(|state| matches!(state, State::Down(domain) if Owner::of(domain) == owner))
}

fn outages_of(summary: &Summary, owner: Owner) -> impl Iterator<Item = &OutageRecord> {
    summary.outages.iter().filter(move |record| Desk::owner(record) == owner)
}

fn share(part: Duration, all: Duration) -> f64 {
    part.as_secs_f64() / all.as_secs_f64().max(f64::MIN_POSITIVE)
}

/// A length of time in words that fit behind "in the" in both languages.
fn watched(length: Duration, lang: Lang) -> String {
    let hours = (length.as_secs() + 1800) / 3600;
    if hours < 48 {
        return lang.length(length);
    }
    let days = lang.plural(hours / 24, ("day", "Tag"), ("days", "Tagen"));
    let hours = lang.plural(hours % 24, ("hour", "Stunde"), ("hours", "Stunden"));
    say!(lang, "{days} and {hours}", "{days} und {hours}")
}

/// The sentence that says it all.
fn verdict(summary: &Summary, lang: Lang) -> String {
    let watched = watched(summary.monitored(), lang);
    if summary.monitored().is_zero() {
        return lang
            .of(
                "Nothing was measured in this period, so nothing can be said of the line.",
                "In diesem Zeitraum wurde nichts gemessen; über den Anschluss lässt sich nichts sagen.",
            )
            .into();
    }
    if summary.outages.is_empty() {
        return say!(
            lang,
            "The line had no outage in the {watched} it was watched.",
            "Der Anschluss hatte in den {watched}, in denen er beobachtet wurde, keinen Ausfall."
        );
    }
    let (times, down) = (lang.times(summary.outages.len()), lang.length(summary.down()));
    let of_provider = down_of(summary, Owner::Provider);
    let first = say!(
        lang,
        "In the {watched} it was watched, the line carried no internet {times}, for {down} in all.",
        "In den {watched}, in denen er beobachtet wurde, war der Anschluss {times} ohne Internet, insgesamt {down} lang."
    );
    let (part, percent) = (lang.length(of_provider), lang.about_percent(share(of_provider, summary.down())));
    let second = if of_provider.is_zero() {
        lang.of("None of it lies with the provider.", "Davon liegt nichts beim Anbieter.").into()
    } else {
        say!(
            lang,
            "{part} of that ({percent}) lie with the provider: the access line or the provider's own network.",
            "Davon liegen {part} ({percent}) beim Anbieter: an der Anschlussleitung oder in seinem eigenen Netz."
        )
    };
    format!("{first} {second}")
}

fn figures(desk: &Desk<'_>) -> Vec<Figure> {
    let (summary, lang) = (&desk.input.summary, desk.lang);
    let provider = down_of(summary, Owner::Provider);
    let n_provider = outages_of(summary, Owner::Provider).count();
    let (outages, n_micros) = (lang.outages(summary.outages.len()), summary.micros.len());
    let short = lang.plural(
        n_micros as u64,
        ("short interruption", "kurze Unterbrechung"),
        ("short interruptions", "kurze Unterbrechungen"),
    );
    let availability = summary.availability().map_or_else(|| "–".to_owned(), |part| lang.percent(part));
    let bounds = summary.availability_bounds().map_or_else(String::new, |(lower, upper)| {
        let (lower, upper) = (lang.percent(lower), lang.percent(upper));
        say!(
            lang,
            "of watched time; {lower} to {upper} of all time",
            "der beobachteten Zeit; {lower} bis {upper} aller Zeit"
        )
    });
    let provider_outages = lang.outages(n_provider);
    vec![
        Figure {
            label: lang.of("Down in all", "Gestört insgesamt").into(),
            value: lang.length(summary.down()),
            note: say!(lang, "{outages}, {short}", "{outages}, {short}"),
            is_bad: !summary.down().is_zero(),
        },
        Figure {
            label: lang.of("Of it, the provider's part", "Davon beim Anbieter").into(),
            value: lang.length(provider),
            note: say!(lang, "{provider_outages}, access line or network", "{provider_outages}, Leitung oder Netz"),
            is_bad: !provider.is_zero(),
        },
        Figure {
            label: lang.of("Availability", "Verfügbarkeit").into(),
            value: availability,
            note: bounds,
            is_bad: false,
        },
    ]
}

fn owners(summary: &Summary, lang: Lang) -> Table {
    let all = summary.down();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for owner in Owner::ALL {
        let (down, n) = (down_of(summary, *owner), outages_of(summary, *owner).count());
        let longest = outages_of(summary, *owner).map(|record| record.counted).max();
        let share = if down.is_zero() { "–".to_owned() } else { lang.about_percent(share(down, all)) };
        rows.push(vec![
            Cell { text: owner.name(lang).into(), mark: Some(owner.mark()) },
            owner.parts(lang).into(),
            lang.whole(n as u64).into(),
            lang.length_or_dash(down).into(),
            share.into(),
            longest.map_or_else(|| "–".to_owned(), |longest| lang.length(longest)).into(),
        ]);
    }
    rows.push(vec![
        lang.of("In all", "Insgesamt").into(),
        Cell::default(),
        lang.whole(summary.outages.len() as u64).into(),
        lang.length(all).into(),
        (if all.is_zero() { "–".to_owned() } else { lang.about_percent(1.0) }).into(),
        summary.longest().map_or_else(|| "–".to_owned(), |longest| lang.length(longest)).into(),
    ]);
    let columns = vec![
        Column::text(lang.of("Who can mend it", "Wer es beheben kann")),
        Column::wide(lang.of("What counts as that", "Was dazu zählt")),
        Column::figures(lang.of("Outages", "Ausfälle")),
        Column::figures(lang.of("Down", "Gestört")),
        Column::figures(lang.of("Share", "Anteil")),
        Column::figures(lang.of("Longest", "Längster")),
    ];
    Table { columns, rows, has_sum: true }
}

/// How often was looked, and at what.
pub(super) fn how_asked(desk: &Desk<'_>) -> String {
    let (summary, lang, config) = (&desk.input.summary, desk.lang, &desk.input.config);
    let (pulse, cycle) = (lang.setting(config.sample_interval_sec), lang.setting(config.ping_interval_sec));
    let n_targets = lang.whole(config.targets.len() as u64);
    let rows = lang.plural(summary.n_rows, ("row", "Zeile"), ("rows", "Zeilen"));
    if desk.is_sampled() {
        let n = u32::try_from(summary.n_rows).unwrap_or(u32::MAX).max(1);
        let every = lang.length(summary.monitored() / n);
        say!(
            lang,
            "The log has {rows}, each of which is one look at the router, far hosts, name servers and web sites, one every {every} on the average. What lasted shorter than that may be missing, and ends are as uncertain.",
            "Das Protokoll hat {rows}, jede ein Blick auf Router, ferne Ziele, Namensserver und Webseiten, im Mittel alle {every} einer. Was kürzer dauerte, kann fehlen, und Anfang und Ende sind um so viel ungewiss."
        )
    } else {
        say!(
            lang,
            "The line was asked every {pulse}, all layers every {cycle} and at every change; {n_targets} far hosts, name servers and web sites by several means. The log has {rows}.",
            "Der Anschluss wurde alle {pulse} geprüft, alle Schichten alle {cycle} und bei jeder Änderung: {n_targets} ferne Ziele, Namensserver und Webseiten auf mehreren Wegen. Das Protokoll hat {rows}."
        )
    }
}

fn reasons(desk: &Desk<'_>) -> Vec<String> {
    let (summary, lang) = (&desk.input.summary, desk.lang);
    let mut reasons = vec![how_asked(desk)];
    let provider: Vec<&OutageRecord> = outages_of(summary, Owner::Provider).collect();
    if !provider.is_empty() {
        let home =
            [Evidence::GatewayAlive, Evidence::RouterSaysUnreachable, Evidence::IspHopAlive, Evidence::BeyondIspAlive];
        let has_home = |record: &&&OutageRecord| home.iter().any(|code| record.evidence.contains(code));
        let n_home = provider.iter().filter(has_home).count();
        let n_sure = provider.iter().filter(|record| record.confidence == Some(Confidence::High)).count();
        let (n, n_sure) = (lang.outages(provider.len()), lang.whole(n_sure as u64));
        reasons.push(if n_home == 0 {
            say!(
                lang,
                "{n} lie with the provider by all that the log tells. It does not tell by itself that the home network worked meanwhile, so the confidence is low.",
                "{n} liegen nach allem, was das Protokoll sagt, beim Anbieter. Dass das Heimnetz währenddessen funktionierte, sagt es nicht eigens; die Sicherheit ist daher gering."
            )
        } else {
            let n_home = if n_home == provider.len() {
                lang.of("all of them", "allen").to_owned()
            } else {
                lang.whole(n_home as u64)
            };
            say!(
            lang,
            "Of the {n} that lie with the provider, the home router or a router behind it answered during {n_home}, so the home network worked. {n_sure} are proved several times over (confidence high).",
            "{n} liegen beim Anbieter. Bei {n_home} davon antwortete währenddessen der Router zu Hause oder einer dahinter: Das Heimnetz funktionierte. {n_sure} sind mehrfach belegt (Sicherheit hoch)."
            )
        });
    }
    let all = summary.monitored() + summary.not_monitored();
    let (watched, unseen) = (lang.about_percent(share(summary.monitored(), all)), lang.length(summary.not_monitored()));
    reasons.push(if summary.not_monitored().is_zero() {
        lang.of("All of the period was watched.", "Der ganze Zeitraum wurde beobachtet.").into()
    } else {
        say!(
        lang,
        "{watched} of the period was watched. The other {unseen}, as when the computer slept, count neither as up nor as down.",
        "{watched} des Zeitraums wurden beobachtet. Die übrigen {unseen}, etwa wenn der Rechner schlief, zählen weder als Betrieb noch als Ausfall."
        )
    });
    reasons.push(match &desk.input.chain {
        Some(chain) if chain.n_findings > 0 => {
            let places = lang.plural(chain.n_findings, ("place", "Stelle"), ("places", "Stellen"));
            say!(
                lang,
                "Not everything is as it was written: the check of the log found {places} that were changed.",
                "Nicht alles ist, wie es geschrieben wurde: Die Prüfung des Protokolls fand {places}, die verändert wurden."
            )
        }
        Some(chain) if chain.n_rows > 0 => {
            let rows = lang.plural(chain.n_rows, ("row is", "Zeile ist"), ("rows are", "Zeilen sind"));
            match chain.key {
                Some(_) => say!(
                    lang,
                    "{rows} bound to the one before by SHA-256 and the last one is signed: whoever changes one is found out. That proves that nothing was changed since, not that it is true.",
                    "{rows} durch SHA-256 an die vorige gebunden, und die letzte ist signiert: Wer eine ändert, fällt auf. Das beweist, dass seither nichts geändert wurde, nicht dass es wahr ist."
                ),
                None => say!(
                    lang,
                    "{rows} bound to the one before by SHA-256, but nobody has signed them: whoever changes one may reckon the others anew.",
                    "{rows} durch SHA-256 an die vorige gebunden, aber niemand hat sie signiert: Wer eine ändert, kann die übrigen neu berechnen."
                ),
            }
        }
        _ => lang
            .of(
                "The rows of this log are not protected against later changes.",
                "Die Zeilen dieses Protokolls sind nicht gegen spätere Änderungen geschützt.",
            )
            .into(),
    });
    reasons
}

/// The longest outages, with their numbers in the other parts.
fn longest(desk: &Desk<'_>) -> Table {
    let lang = desk.lang;
    let mut records: Vec<(usize, &OutageRecord)> = desk.input.summary.outages.iter().enumerate().collect();
    records.sort_by_key(|(idx, record)| (std::cmp::Reverse(record.counted), *idx));
    let rows = records.into_iter().take(LONGEST).map(|(idx, record)| {
        vec![
            (idx + 1).to_string().into(),
            desk.second(record.outage.start.wall).into(),
            lang.length(record.counted).into(),
            Cell { text: desk.domain(record.domain()).into(), mark: Some(Desk::owner(record).mark()) },
            record.confidence.map_or("–", |confidence| words::confidence(confidence, lang)).into(),
        ]
    });
    let columns = vec![
        Column::figures(lang.of("No.", "Nr.")),
        Column::text(lang.of("Beginning", "Beginn")),
        Column::figures(lang.of("Length", "Dauer")),
        Column::wide(lang.of("Part at fault", "Gestörter Teil")),
        Column::text(lang.of("Confidence", "Sicherheit")),
    ];
    Table::new(columns, rows.collect())
}

/// Who and what the report is about, as far as the settings tell.
fn parties(desk: &Desk<'_>) -> Option<Block> {
    let (lang, config) = (desk.lang, &desk.input.config);
    let rate = |mbit: f64| if mbit > 0.0 { format!("{} Mbit/s", lang.number(mbit, 0)) } else { String::new() };
    let fee = if config.monthly_fee > 0.0 { lang.number(config.monthly_fee, 2) } else { String::new() };
    let facts = [
        (lang.of("Customer", "Kunde"), desk.private(&config.customer)),
        (lang.of("Address of the line", "Adresse des Anschlusses"), desk.private(&config.customer_address)),
        (lang.of("Contract number", "Vertragsnummer"), desk.private(&config.contract_number)),
        (lang.of("Provider", "Anbieter"), desk.private(&config.provider)),
        (lang.of("Access", "Zugangsart"), desk.text(&config.access_type)),
        (lang.of("Download by contract", "Download laut Vertrag"), rate(config.contract_down_mbit)),
        (lang.of("Upload by contract", "Upload laut Vertrag"), rate(config.contract_up_mbit)),
        (lang.of("Monthly fee", "Monatliches Entgelt"), fee),
    ];
    let mut facts: Vec<(String, String)> = facts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    for ticket in &desk.input.diary.tickets {
        let number = if ticket.number.is_empty() { "–".to_owned() } else { desk.private(&ticket.number) };
        facts.push((
            lang.of("Fault reported", "Störung gemeldet").into(),
            format!("{}, {} {number}", desk.stamp(ticket.at), lang.of("ticket", "Ticket")),
        ));
        if facts.len() >= 14 {
            break;
        }
    }
    (!facts.is_empty()).then_some(Block::Facts(facts))
}
