//! The first page: how long, whose fault, why to believe it.

use std::time::Duration;

use super::super::{
    context::ReportContext,
    document::{Block, Cell, Column, Figure, Section, Table},
    lang::{Lang, say},
    words::Owner,
};
use crate::model::{
    charge::{Charge, Charged, RESTART},
    summary::{OutagePart, OutageRecord, Summary},
    verdict::{Confidence, Evidence, FaultDomain},
};

/// Outages in the table of the first page.
const LONGEST: usize = 6;

pub(super) fn section(context: &ReportContext<'_>) -> Section {
    let lang = context.lang;
    let mut blocks = vec![Block::Lead(verdict(context)), Block::Figures(figures(context))];
    if !context.input.limits.is_empty() {
        let limits: Vec<String> = context.input.limits.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let limits = limits.join("; ");
        blocks.push(Block::Callout(
            lang.of("Not everything is counted", "Nicht alles wird gezählt").into(),
            say!(
                lang,
                "{limits}. Outages and short interruptions are those alone; states, days, charts and the availability are those of all faults in the hours that count.",
                "{limits}. Ausfälle und kurze Unterbrechungen sind nur diese; Zustände, Tage, Bilder und Verfügbarkeit gelten für alle Störungen in den Stunden, die zählen."
            ),
        ));
    }
    blocks.push(Block::Heading(lang.of("Whose part failed", "Wessen Teil ausfiel").into()));
    blocks.push(Block::Table(owners(&context.input.summary, lang)));
    blocks.push(Block::Heading(lang.of("Why this can be relied on", "Warum darauf Verlass ist").into()));
    blocks.push(Block::Bullets(reasons(context)));
    if !context.input.summary.outages.is_empty() {
        blocks.push(Block::Heading(lang.of("Longest outages", "Längste Ausfälle").into()));
        blocks.push(Block::Table(longest(context)));
    }
    if context.input.redactor.is_some() {
        blocks.push(Block::Small(
            lang.of(
                "Names, texts of the settings and the diary, public addresses and hardware addresses were taken out of this report.",
                "Namen, Texte der Einstellungen und des Tagebuchs, öffentliche Adressen und Hardware-Adressen wurden aus diesem Bericht entfernt.",
            )
            .into(),
        ));
    }
    if let Some(facts) = parties(context) {
        blocks.push(Block::Heading(lang.of("The line", "Der Anschluss").into()));
        blocks.push(facts);
    }
    Section { id: "summary", title: lang.of("Summary", "Zusammenfassung").into(), new_page: false, blocks }
}

/// Returns what is listed of this owner with medium or high confidence.
fn sure(summary: &Summary, owner: Owner) -> Charge {
    summary.charge(|domain, charged, is_sure| is_sure && Owner::charged(domain, charged) == owner)
}

/// Returns what points to this owner with low confidence.
fn doubtful(summary: &Summary, owner: Owner) -> Charge {
    summary.charge(|domain, charged, is_sure| !is_sure && Owner::charged(domain, charged) == owner)
}

/// `2 outages (3 min 20 s) and 1 short interruption (4.0 s)`.
fn told(sum: Charge, lang: Lang) -> String {
    let mut parts = Vec::new();
    if sum.n_outages > 0 {
        parts.push(format!("{} ({})", lang.outages(sum.n_outages), lang.length(sum.outages)));
    }
    if sum.n_micros > 0 {
        parts.push(format!("{} ({})", short(sum.n_micros, lang), lang.length(sum.micros)));
    }
    lang.list(&parts)
}

/// `3 short interruptions`.
fn short(n: usize, lang: Lang) -> String {
    lang.plural(
        n as u64,
        ("short interruption", "kurze Unterbrechung"),
        ("short interruptions", "kurze Unterbrechungen"),
    )
}

/// The segments of an outage that are charged to the provider with medium or high confidence.
fn provider_parts(record: &OutageRecord) -> impl Iterator<Item = &OutagePart> {
    let is_provider = |part: &&OutagePart| part.is_sure() && part.charged == Some(Charged::Provider);
    record.counted_parts().filter(is_provider)
}

fn share(part: Duration, all: Duration) -> f64 {
    part.as_secs_f64() / all.as_secs_f64().max(f64::MIN_POSITIVE)
}

/// A length of time in words that fit behind "in" in both languages.
fn watched(length: Duration, lang: Lang) -> String {
    let hours = (length.as_secs() + 1800) / 3600;
    let words = |n| lang.plural(n, ("hour", "Stunde"), ("hours", "Stunden"));
    match (hours / 24, hours % 24) {
        (0, _) => lang.length(length),
        (1, _) => words(hours),
        (days, 0) => lang.plural(days, ("day", "Tag"), ("days", "Tagen")),
        (days, hours) => {
            let (days, hours) = (lang.plural(days, ("day", "Tag"), ("days", "Tagen")), words(hours));
            say!(lang, "{days} and {hours}", "{days} und {hours}")
        }
    }
}

/// The sentences that say it all.
fn verdict(context: &ReportContext<'_>) -> String {
    let (summary, lang) = (&context.input.summary, context.lang);
    if summary.monitored().is_zero() {
        return lang
            .of(
                "Nothing was measured in this period, so nothing can be said of the line.",
                "In diesem Zeitraum wurde nichts gemessen; über den Anschluss lässt sich nichts sagen.",
            )
            .into();
    }
    let watched = watched(summary.monitored(), lang);
    let lost = summary.charge(|_, _, _| true);
    let told = told(lost, lang);
    let mut sentences = vec![match (lost.n_outages, lost.n_micros) {
        (0, 0) => say!(
            lang,
            "In {watched} of watching the line had no outage.",
            "In {watched} Beobachtung hatte der Anschluss keinen Ausfall."
        ),
        (0, _) => say!(
            lang,
            "In {watched} of watching the line had no outage, but {told}.",
            "In {watched} Beobachtung hatte der Anschluss keinen Ausfall, aber {told}."
        ),
        _ => say!(
            lang,
            "In {watched} of watching there were times when the internet could not be used: {told}.",
            "In {watched} Beobachtung war das Internet zeitweise nicht nutzbar: {told}."
        ),
    }];
    sentences.extend(provider(summary, lang));
    if !context.input.limits.is_empty() {
        let not_all = lang.of("Not everything is counted, see below.", "Nicht alles wird gezählt, siehe unten.");
        sentences.push(not_all.into());
    }
    sentences.join(" ")
}

/// Sentences about the part that lies with the provider; none where there is nothing.
fn provider(summary: &Summary, lang: Lang) -> Vec<String> {
    let all = summary.charge(|_, _, _| true).all();
    if all.is_zero() {
        return Vec::new();
    }
    let (sure, doubtful) = (sure(summary, Owner::Provider), doubtful(summary, Owner::Provider));
    let mut sentences = Vec::new();
    if !sure.all().is_zero() {
        let (part, percent) = (told(sure, lang), lang.about_percent(share(sure.all(), all)));
        sentences.push(say!(
            lang,
            "Of these on the provider's side, on the access line, in the provider's own network or in those it buys from: {part}, {percent} of the time.",
            "Davon im Teil des Anbieters, der Anschlussleitung, seinem eigenen Netz oder denen, von denen er bezieht: {part}, {percent} der Zeit."
        ));
    } else if doubtful.all().is_zero() {
        let none = lang.of("None of it lies with the provider.", "Davon liegt nichts beim Anbieter.");
        sentences.push(none.into());
    } else {
        let none = lang.of(
            "Of none of it is it shown that it lies with the provider.",
            "Von nichts davon ist belegt, dass es beim Anbieter liegt.",
        );
        sentences.push(none.into());
    }
    if !doubtful.all().is_zero() {
        let part = told(doubtful, lang);
        sentences.push(say!(
            lang,
            "With low confidence, which is no evidence, point to the provider: {part}.",
            "Mit geringer Sicherheit, die kein Beleg ist, deuten auf den Anbieter: {part}."
        ));
    }
    sentences
}

fn figures(context: &ReportContext<'_>) -> Vec<Figure> {
    let (summary, lang) = (&context.input.summary, context.lang);
    let (lost, provider) = (summary.charge(|_, _, _| true), sure(summary, Owner::Provider));
    let doubtful = doubtful(summary, Owner::Provider);
    let is_measured = !summary.monitored().is_zero();
    let value = |length: Duration| if is_measured { lang.length(length) } else { "–".to_owned() };
    let note = |lost: Charge| {
        let (outages, short) = (lang.outages(lost.n_outages), short(lost.n_micros, lang));
        let time = lang.length_or_dash(lost.micros);
        match lost.n_micros {
            _ if !is_measured => lang.of("nothing was measured", "nichts gemessen").to_owned(),
            0 => say!(lang, "{outages}", "{outages}"),
            _ => say!(lang, "{outages}; besides {short}, {time}", "{outages}; dazu {short}, {time}"),
        }
    };
    let availability = summary.availability().map_or_else(|| "–".to_owned(), |part| lang.percent(part));
    let bounds = summary.availability_bounds().map_or_else(String::new, |(lower, upper)| {
        let (lower, upper) = (lang.percent(lower), lang.percent(upper));
        say!(
            lang,
            "of watched time; {lower} to {upper} of all time",
            "der beobachteten Zeit; {lower} bis {upper} aller Zeit"
        )
    });
    vec![
        Figure {
            label: lang.of("Outages in all", "Ausfälle insgesamt").into(),
            value: value(lost.outages),
            note: note(lost),
            is_bad: !lost.all().is_zero(),
        },
        Figure {
            label: lang.of("Of it, the provider's part", "Davon beim Anbieter").into(),
            value: value(provider.outages),
            note: if doubtful.all().is_zero() {
                note(provider)
            } else {
                let (note, doubtful) = (note(provider), lang.length(doubtful.all()));
                say!(
                    lang,
                    "{note}; apart from it {doubtful} of low confidence",
                    "{note}; getrennt davon {doubtful} mit geringer Sicherheit"
                )
            },
            is_bad: !provider.all().is_zero(),
        },
        Figure {
            label: lang.of("Availability", "Verfügbarkeit").into(),
            value: availability,
            note: bounds,
            is_bad: false,
        },
    ]
}

/// A row for each owner, and one for what points to it with low confidence.
fn owners(summary: &Summary, lang: Lang) -> Table {
    let all = summary.charge(|_, _, _| true);
    let cells = |sum: Charge| -> Vec<Cell> {
        let part = share(sum.all(), all.all());
        vec![
            lang.whole(sum.n_outages as u64).into(),
            lang.length_or_dash(sum.outages).into(),
            lang.whole(sum.n_micros as u64).into(),
            (if sum.all().is_zero() { "–".to_owned() } else { lang.about_percent(part) }).into(),
            lang.length_or_dash(sum.longest).into(),
        ]
    };
    let row = |name: String, parts: &str, mark, sum: Charge| {
        let mut row = vec![Cell { text: name, mark }, parts.into()];
        row.extend(cells(sum));
        row
    };
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for owner in Owner::ALL {
        rows.push(row(owner.name(lang).into(), owner.parts(lang), Some(owner.mark()), sure(summary, *owner)));
    }
    for owner in Owner::ALL {
        let sum = doubtful(summary, *owner);
        if !sum.all().is_zero() {
            let name = owner.name(lang);
            let name = say!(lang, "Low confidence: {name}", "Geringe Sicherheit: {name}");
            let parts =
                lang.of("no evidence; not in the rows above", "kein Beleg; in den Zeilen darüber nicht enthalten");
            rows.push(row(name, parts, None, sum));
        }
    }
    rows.push(row(lang.of("In all", "Insgesamt").into(), "", None, all));
    let columns = vec![
        Column::text(lang.of("Who can mend it", "Wer es beheben kann")),
        Column::wide(lang.of("What counts as that", "Was dazu zählt")),
        Column::figures(lang.of("Outages", "Ausfälle")),
        Column::figures(lang.of("Their time", "Dauer")),
        Column::figures(lang.of("Short ones", "Kurze")),
        Column::figures(lang.of("Share", "Anteil")),
        Column::figures(lang.of("Longest", "Längster")),
    ];
    Table { columns, rows, has_sum: true }
}

/// Tells how often the line was looked at, and what was asked.
pub(super) fn how_asked(context: &ReportContext<'_>) -> String {
    let (summary, lang, config) = (&context.input.summary, context.lang, &context.input.config);
    let (pulse, cycle) = (lang.setting(config.sample_interval_sec), lang.setting(config.ping_interval_sec));
    let n_targets = lang.whole(config.targets.len() as u64);
    let rows = lang.plural(summary.n_rows, ("row", "Zeile"), ("rows", "Zeilen"));
    if summary.n_rows == 0 {
        lang.of(
            "The log has no row of this period, so nothing was measured.",
            "Das Protokoll hat keine Zeile aus diesem Zeitraum; es wurde nichts gemessen.",
        )
        .into()
    } else if context.is_sampled() {
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

/// Part of the period that was watched.
fn how_much_was_watched(context: &ReportContext<'_>) -> String {
    let (summary, lang) = (&context.input.summary, context.lang);
    let all = summary.monitored() + summary.not_monitored();
    let (watched, unseen) = (lang.about_percent(share(summary.monitored(), all)), lang.length(summary.not_monitored()));
    let is_lost = context.input.n_skipped > 0 || !context.input.reading.put_aside.is_empty();
    if all.is_zero() {
        lang.of("The log covers no time.", "Das Protokoll deckt keine Zeit ab.").into()
    } else if summary.not_monitored().is_zero() && is_lost {
        lang.of(
            "All of the period was watched, as far as the rows that could be read tell.",
            "Der ganze Zeitraum wurde beobachtet, soweit die lesbaren Zeilen es sagen.",
        )
        .into()
    } else if summary.not_monitored().is_zero() {
        lang.of("All of the period was watched.", "Der ganze Zeitraum wurde beobachtet.").into()
    } else {
        say!(
            lang,
            "{watched} of the period was watched. The other {unseen}, as when the computer slept, count neither as up nor as down.",
            "{watched} des Zeitraums wurden beobachtet. Die übrigen {unseen}, etwa wenn der Rechner schlief, zählen weder als Betrieb noch als Ausfall."
        )
    }
}

fn reasons(context: &ReportContext<'_>) -> Vec<String> {
    let (summary, lang) = (&context.input.summary, context.lang);
    let mut reasons = vec![how_asked(context)];
    reasons.extend(home_worked(summary, lang));
    reasons.extend(home_failed(summary, lang));
    reasons.push(how_much_was_watched(context));
    reasons.extend(super::reading::sentences(context));
    reasons.push(bound(context));
    reasons.extend(super::proof::notes(context));
    reasons
}

/// The protection of the rows against later changes.
fn bound(context: &ReportContext<'_>) -> String {
    let lang = context.lang;
    match &context.input.chain {
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
                Some(_) if !chain.is_signed() => {
                    let n = lang.whole(chain.n_unsigned);
                    say!(
                        lang,
                        "{rows} bound to the one before by SHA-256, but {n} of the rows are not signed: those may have been changed unseen.",
                        "{rows} durch SHA-256 an die vorige gebunden, aber {n} der Zeilen sind nicht signiert: Diese können unbemerkt geändert worden sein."
                    )
                }
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
    }
}

/// Sentence about the outages that lie with the provider by more than low confidence: their number, and if the home
/// network worked meanwhile.
fn home_worked(summary: &Summary, lang: Lang) -> Option<String> {
    let provider: Vec<&OutageRecord> =
        summary.outages.iter().filter(|record| provider_parts(record).next().is_some()).collect();
    if provider.is_empty() {
        return None;
    }
    let home =
        [Evidence::GatewayAlive, Evidence::RouterSaysUnreachable, Evidence::IspHopAlive, Evidence::BeyondIspAlive];
    let has_home = |part: &OutagePart| home.iter().any(|code| part.evidence.contains(code));
    let n_home = provider.iter().filter(|record| provider_parts(record).all(has_home)).count();
    let is_high = |part: &OutagePart| part.confidence == Some(Confidence::High);
    let n_sure = provider.iter().filter(|record| provider_parts(record).all(is_high)).count();
    let (n, n_sure) = (lang.outages(provider.len()), lang.whole(n_sure as u64));
    let lies = if provider.len() == 1 { lang.of("lies", "liegt") } else { lang.of("lie", "liegen") };
    Some(if n_home == 0 {
        say!(
            lang,
            "{n} {lies} with the provider by all that the log tells. It does not tell by itself that the home network worked meanwhile. With high confidence: {n_sure}.",
            "{n} {lies} nach allem, was das Protokoll sagt, beim Anbieter. Dass das Heimnetz währenddessen funktionierte, sagt es nicht eigens. Mit hoher Sicherheit: {n_sure}."
        )
    } else {
        let n_home = if n_home == provider.len() {
            if provider.len() == 1 { lang.of("it", "diesem") } else { lang.of("all of them", "allen") }.to_owned()
        } else {
            lang.whole(n_home as u64)
        };
        say!(
            lang,
            "{n} {lies} with the provider. The home router or a router behind it answered during {n_home}, so the home network worked. With high confidence: {n_sure}.",
            "{n} {lies} beim Anbieter. Währenddessen antwortete der Router zu Hause oder einer dahinter bei {n_home}: Das Heimnetz funktionierte. Mit hoher Sicherheit: {n_sure}."
        )
    })
}

/// Sentence about how outages of several parts are counted, if there are any.
fn home_failed(summary: &Summary, lang: Lang) -> Option<String> {
    let is_home = |part: &OutagePart| matches!(part.domain, FaultDomain::Host | FaultDomain::Lan);
    let is_mixed = |record: &&OutageRecord| {
        record.counted_parts().any(is_home) && record.counted_parts().any(|part| !is_home(part))
    };
    let n = summary.outages.iter().filter(is_mixed).count();
    let outages = lang.outages(n);
    let restart = lang.length(RESTART);
    (n > 0).then(|| {
        say!(
            lang,
            "{outages} of several parts: the home network failed too, and each part counts for its own time alone. A line that fails for up to {restart} after a fault at home that began the outage counts as the home's, as after a restart of the router.",
            "{outages} aus mehreren Teilen: Auch das Heimnetz fiel aus, und jeder Teil zählt nur für seine eigene Zeit. Fällt die Leitung bis zu {restart} nach einer Störung zu Hause aus, mit der der Ausfall begann, zählt das zum Heimnetz, wie nach einem Neustart des Routers."
        )
    })
}

/// The longest outages, with their numbers in the other parts.
fn longest(context: &ReportContext<'_>) -> Table {
    let lang = context.lang;
    let mut records: Vec<(usize, &OutageRecord)> = context.input.summary.outages.iter().enumerate().collect();
    records.sort_by_key(|(idx, record)| (std::cmp::Reverse(record.counted), *idx));
    let rows = records.into_iter().take(LONGEST).map(|(idx, record)| {
        vec![
            (idx + 1).to_string().into(),
            context.second(record.outage.start.wall).into(),
            lang.length(record.counted).into(),
            Cell { text: context.domains(record), mark: ReportContext::owner(record).map(Owner::mark) },
            context.confidence(record).into(),
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

/// Facts on the parties and the line that the report is about, as far as the settings tell.
fn parties(context: &ReportContext<'_>) -> Option<Block> {
    let (lang, config) = (context.lang, &context.input.config);
    let rate = |mbit: f64| if mbit > 0.0 { format!("{} Mbit/s", lang.number(mbit, 0)) } else { String::new() };
    let fee = if config.monthly_fee > 0.0 { lang.number(config.monthly_fee, 2) } else { String::new() };
    let facts = [
        (lang.of("Customer", "Kunde"), context.private(&config.customer)),
        (lang.of("Address of the line", "Adresse des Anschlusses"), context.private(&config.customer_address)),
        (lang.of("Contract number", "Vertragsnummer"), context.private(&config.contract_number)),
        (lang.of("Provider", "Anbieter"), context.private(&config.provider)),
        (lang.of("Access", "Zugangsart"), context.private(&config.access_type)),
        (lang.of("Download by contract", "Download laut Vertrag"), rate(config.contract_down_mbit)),
        (lang.of("Upload by contract", "Upload laut Vertrag"), rate(config.contract_up_mbit)),
        (lang.of("Monthly fee", "Monatliches Entgelt"), fee),
    ];
    let mut facts: Vec<(String, String)> = facts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    for ticket in &context.input.diary.tickets {
        let number = if ticket.number.is_empty() { "–".to_owned() } else { context.private(&ticket.number) };
        facts.push((
            lang.of("Fault reported", "Störung gemeldet").into(),
            format!("{}, {} {number}", context.stamp(ticket.at), lang.of("ticket", "Ticket")),
        ));
        if facts.len() >= 14 {
            break;
        }
    }
    (!facts.is_empty()).then_some(Block::Facts(facts))
}
