//! Every outage: the longest ones at full length, all of them in a table.

use std::cmp::Reverse;

use super::{
    super::{
        context::ReportContext,
        document::{Block, Card, Cell, Column, Section, Table},
        lang::{clock_time, say},
        words::{self, Owner},
    },
    excluded, paths,
};
use crate::model::{
    summary::{OutagePart, OutageRecord},
    verdict::{Confidence, Evidence, Verdict},
};

pub(super) fn section(context: &ReportContext<'_>) -> Section {
    let (summary, lang) = (&context.input.summary, context.lang);
    let mut blocks = Vec::new();
    if summary.outages.is_empty() {
        let none = if summary.monitored().is_zero() {
            lang.of("Nothing was measured.", "Es wurde nichts gemessen.")
        } else {
            lang.of("There was no outage.", "Es gab keinen Ausfall.")
        };
        blocks.push(Block::Text(none.into()));
    } else {
        let (rule, zone) = (lang.setting(context.input.config.outage_after_sec), context.zone());
        blocks.push(Block::Text(say!(
            lang,
            "An outage begins with the first of {rule} of bad seconds in a row and ends with the first of as many clean ones (the carriers' rule of unavailable seconds). Time zone: {zone}.",
            "Ein Ausfall beginnt mit der ersten von {rule} schlechten Sekunden in Folge und endet mit der ersten von ebenso vielen guten (die Regel der Netzbetreiber für nicht verfügbare Sekunden). Zeitzone: {zone}."
        )));
        blocks.push(Block::Table(table(context)));
        let told = told(context);
        if told.len() < summary.outages.len() && !told.is_empty() {
            let (n, all) = (told.len(), lang.whole(summary.outages.len() as u64));
            blocks.push(Block::Heading(say!(
                lang,
                "The {n} longest of {all} outages at full length",
                "Die {n} längsten von {all} Ausfällen ausführlich"
            )));
        }
        blocks.extend(told.into_iter().map(|(idx, record)| Block::Card(card(context, idx, record))));
    }
    Section { id: "outages", title: lang.of("Outages", "Ausfälle").into(), new_page: true, blocks }
}

/// The longest outages in time order.
fn told<'a>(context: &ReportContext<'a>) -> Vec<(usize, &'a OutageRecord)> {
    let mut records: Vec<(usize, &OutageRecord)> = context.input.summary.outages.iter().enumerate().collect();
    records.sort_by_key(|(idx, record)| (Reverse(record.counted), *idx));
    records.truncate(context.input.most_told);
    records.sort_by_key(|(idx, _)| *idx);
    records
}

pub(super) fn table(context: &ReportContext<'_>) -> Table {
    let lang = context.lang;
    let rows = context.input.summary.outages.iter().enumerate().map(|(idx, record)| {
        let outage = &record.outage;
        let within = if outage.uncertainty.is_zero() { "–".to_owned() } else { lang.length(outage.uncertainty) };
        vec![
            (idx + 1).to_string().into(),
            start(context, record).into(),
            end(context, record).into(),
            lang.length(record.counted).into(),
            within.into(),
            Cell { text: context.domains(record), mark: ReportContext::owner(record).map(Owner::mark) },
            context.confidence(record).into(),
        ]
    });
    let columns = vec![
        Column::figures(lang.of("No.", "Nr.")),
        Column::text(lang.of("Beginning", "Beginn")),
        Column::text(lang.of("End", "Ende")),
        Column::figures(lang.of("Length", "Dauer")),
        Column::figures("±"),
        Column::wide(lang.of("Part at fault", "Gestörter Teil")),
        Column::text(lang.of("Confidence", "Sicherheit")),
    ];
    Table::new(columns, rows.collect())
}

/// True if the clock on the wall was set between the beginning and the end of the outage, as to winter time.
fn is_across(context: &ReportContext<'_>, record: &OutageRecord) -> bool {
    record.outage.end.is_some_and(|end| context.offset(end.wall) != context.offset(record.outage.start.wall))
}

/// Time at which the outage began.
fn start(context: &ReportContext<'_>, record: &OutageRecord) -> String {
    let start = record.outage.start.wall;
    if is_across(context, record) { context.stamp(start) } else { context.second(start) }
}

/// Time at which the outage ended, without the date where that is the day it began on.
fn end(context: &ReportContext<'_>, record: &OutageRecord) -> String {
    let Some(end) = record.outage.end else { return context.lang.of("lasts", "dauert an").into() };
    let at = if is_across(context, record) { context.stamp(end.wall) } else { context.second(end.wall) };
    let (start, end) = (context.local(record.outage.start.wall), context.local(end.wall));
    let day = format!("{}, ", context.lang.date(end.date()));
    if start.date() == end.date() { at.strip_prefix(&day).unwrap_or(&at).to_owned() } else { at }
}

fn card(context: &ReportContext<'_>, idx: usize, record: &OutageRecord) -> Card {
    let lang = context.lang;
    let outage = &record.outage;
    let number = idx + 1;
    let part = context.domains(record);
    let lasts = if outage.end.is_none() { lang.of(" (lasts)", " (dauert an)") } else { "" };
    let mut facts = [times(context, record), findings(context, record)].concat();
    facts.extend(address(context, idx));
    let mut blocks = vec![Block::Facts(facts)];
    blocks.push(Block::Table(excluded::table(context, record)));
    blocks.extend(paths::blocks(context, idx));
    Card {
        title: say!(lang, "Outage {number}: {part}", "Ausfall {number}: {part}"),
        aside: format!("{}{lasts}", lang.length(record.counted)),
        mark: ReportContext::owner(record).unwrap_or(Owner::Other).mark(),
        blocks,
    }
}

/// The public address before and after it. Another one tells that the line was set up anew.
fn address(context: &ReportContext<'_>, idx: usize) -> Option<(String, String)> {
    let lang = context.lang;
    let known = context.input.addresses.iter().find(|known| known.outage == idx)?;
    let said = match (known.before, known.after) {
        (Some(before), Some(after)) if before == after => {
            let addr = context.addr(after);
            say!(lang, "{addr}, before and after", "{addr}, davor und danach")
        }
        (Some(before), Some(after)) => {
            let (before, after) = (context.addr(before), context.addr(after));
            say!(
                lang,
                "{before} before, {after} after: the connection was set up anew",
                "davor {before}, danach {after}: Die Verbindung wurde neu aufgebaut"
            )
        }
        (Some(before), None) => {
            let addr = context.addr(before);
            say!(lang, "{addr} before; not known after", "davor {addr}; danach nicht bekannt")
        }
        (None, after) => {
            let addr = context.addr(after?);
            say!(lang, "{addr} after; not known before", "danach {addr}; davor nicht bekannt")
        }
    };
    Some((lang.of("Public address", "Öffentliche Adresse").to_owned(), said))
}

fn times(context: &ReportContext<'_>, record: &OutageRecord) -> Vec<(String, String)> {
    let (lang, outage) = (context.lang, &record.outage);
    let within = if outage.uncertainty.is_zero() {
        lang.of("; the log does not say how exactly", "; wie genau, sagt das Protokoll nicht").to_owned()
    } else {
        format!(" ± {}", lang.length(outage.uncertainty))
    };
    let utc = |at: crate::model::time::Timestamp| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut facts = vec![(
        lang.of("Beginning", "Beginn").to_owned(),
        format!("{}{within} ({})", context.stamp(outage.start.wall), utc(outage.start.wall)),
    )];
    let end = match outage.end {
        Some(end) if outage.cut_by_gap => {
            let (end, at) = (context.stamp(end.wall), utc(end.wall));
            say!(
                lang,
                "{end} ({at}); nobody looked any more, so it may have lasted longer",
                "{end} ({at}); danach wurde nicht mehr gemessen, er kann länger gedauert haben"
            )
        }
        Some(end) => format!("{}{within} ({})", context.stamp(end.wall), utc(end.wall)),
        None => {
            let (until, at) = (context.stamp(record.known_until.wall), utc(record.known_until.wall));
            say!(lang, "lasted at the end of the data, {until} ({at})", "dauerte am Ende der Daten an, {until} ({at})")
        }
    };
    facts.push((lang.of("End", "Ende").to_owned(), end));
    let whole = record.length();
    let counted = if whole.abs_diff(record.counted) < std::time::Duration::from_millis(500) {
        String::new()
    } else {
        let counted = lang.length(record.counted);
        say!(lang, ", of which {counted} are counted", ", davon zählen {counted}")
    };
    facts.push((lang.of("Length", "Dauer").to_owned(), format!("{}{counted}", lang.length(whole))));
    if record.parts.len() > 1 {
        facts.push((lang.of("In turn", "Nacheinander").to_owned(), in_turn(context, record)));
    }
    facts
}

/// Segments that are told one by one.
const MOST_PARTS: usize = 8;

/// `14:03:20 Home network or router, 20.0 s (charged to: Own home network) → …`.
fn in_turn(context: &ReportContext<'_>, record: &OutageRecord) -> String {
    let lang = context.lang;
    let part = |part: &OutagePart| {
        let from = clock_time(context.local(part.start.wall));
        let (domain, length) = (words::domain(part.domain, lang), lang.length(part.end.since(part.start)));
        let owner = Owner::charged(part.domain, part.charged).name(lang);
        let doubt = if part.is_sure() { "" } else { lang.of(", low confidence", ", geringe Sicherheit") };
        say!(
            lang,
            "{from} {domain}, {length} (charged to: {owner}{doubt})",
            "{from} {domain}, {length} (anzurechnen: {owner}{doubt})"
        )
    };
    let parts: Vec<String> = record.parts.iter().take(MOST_PARTS).map(part).collect();
    let more = if record.parts.len() > MOST_PARTS { " …" } else { "" };
    format!("{}{more}", parts.join(" → "))
}

/// Claim, evidence, confidence, limits, and what is left open.
fn findings(context: &ReportContext<'_>, record: &OutageRecord) -> Vec<(String, String)> {
    let lang = context.lang;
    let mut facts = Vec::new();
    facts.push((lang.of("Claim", "Befund").to_owned(), claim(context, record)));
    facts.push((lang.of("Evidence", "Belege").to_owned(), evidence(context, record)));
    facts.push((lang.of("Confidence", "Sicherheit").to_owned(), confidence(context, record)));
    if let Some(hop) = record.last_hop {
        let (ttl, addr) = (hop.ttl, context.addr(hop.addr));
        facts.push((
            lang.of("Last hop that answered", "Letzter antwortender Hop").to_owned(),
            say!(lang, "number {ttl} on the path, {addr}", "Nummer {ttl} auf dem Weg, {addr}"),
        ));
    }
    facts.push((
        lang.of("Limits", "Grenzen").to_owned(),
        lang.of(
            "Seen from one computer. Round trips are measured, so it is not known which direction failed.",
            "Gesehen von einem Rechner aus. Gemessen werden Hin- und Rückweg zusammen; welche Richtung ausfiel, ist nicht bekannt.",
        )
        .to_owned(),
    ));
    facts.push((lang.of("Not established", "Nicht geklärt").to_owned(), open(context, record)));
    for note in context.input.diary.notes.iter().filter(|note| is_of(note.outage, record)) {
        facts.push((
            lang.of("Remark", "Bemerkung").to_owned(),
            format!("{} ({})", context.private(&note.text), context.second(note.at)),
        ));
    }
    facts
}

/// Confidence of the outage; of parts that differ, the words alone.
fn confidence(context: &ReportContext<'_>, record: &OutageRecord) -> String {
    let lang = context.lang;
    let mut parts = record.counted_parts().map(|part| part.confidence);
    if !parts.all(|confidence| confidence == record.confidence) {
        return context.confidence(record);
    }
    let told = match record.confidence {
        Some(Confidence::High) if record.evidence.len() < 2 => {
            lang.of("high, as the log states it", "hoch, wie es das Protokoll angibt")
        }
        Some(Confidence::High) => {
            lang.of("high: several independent proofs agree", "hoch: mehrere unabhängige Belege stimmen überein")
        }
        Some(Confidence::Medium) => lang.of("medium: one independent proof", "mittel: ein unabhängiger Beleg"),
        Some(Confidence::Low) => lang.of(
            "low: the samples contradict each other, or too few parts could be asked",
            "gering: die Messungen widersprechen sich, oder zu wenige Teile waren zu befragen",
        ),
        None => lang.of("not stated in the log", "im Protokoll nicht angegeben"),
    };
    told.to_owned()
}

/// Evidence of the outage, of several parts each by itself.
fn evidence(context: &ReportContext<'_>, record: &OutageRecord) -> String {
    let lang = context.lang;
    let named = |codes: &[Evidence]| {
        let words: Vec<&str> = codes.iter().map(|code| words::evidence(*code, lang)).collect();
        if words.is_empty() {
            lang.of("The log names none.", "Das Protokoll nennt keine.").to_owned()
        } else {
            sentence(&words.join("; "))
        }
    };
    let parts: Vec<&OutagePart> = record.counted_parts().collect();
    if parts.len() < 2 {
        return named(&record.evidence);
    }
    let part = |part: &&OutagePart| {
        let (from, named) = (clock_time(context.local(part.start.wall)), named(&part.evidence));
        say!(lang, "From {from}: {named}", "Ab {from}: {named}")
    };
    parts.iter().take(MOST_PARTS).map(part).collect::<Vec<_>>().join(" ")
}

/// One sentence for each part that failed, in turn.
fn claim(context: &ReportContext<'_>, record: &OutageRecord) -> String {
    let lang = context.lang;
    let mut claims: Vec<&str> = Vec::new();
    for part in record.counted_parts() {
        let claim = words::claim(part.domain, lang);
        if !claims.contains(&claim) {
            claims.push(claim);
        }
    }
    if claims.is_empty() {
        claims.push(record.domain().map_or_else(
            || {
                lang.of(
                    "The line failed; the log does not tell where.",
                    "Der Anschluss fiel aus; wo, sagt das Protokoll nicht.",
                )
            },
            |domain| words::claim(domain, lang),
        ));
    }
    claims.join(" ")
}

/// Remarks know their outage by its beginning, to the millisecond.
fn is_of(start: crate::model::time::Timestamp, record: &OutageRecord) -> bool {
    start.timestamp_millis() == record.outage.start.wall.timestamp_millis()
}

fn open(context: &ReportContext<'_>, record: &OutageRecord) -> String {
    let lang = context.lang;
    let (Some(status), Some(confidence)) = (record.status, record.confidence) else {
        return lang.of("what exactly failed", "was genau ausfiel").into();
    };
    let verdict = Verdict {
        status,
        cause: record.cause,
        domain: record.domain(),
        confidence,
        evidence: record.evidence.clone(),
        last_hop: record.last_hop,
    };
    match verdict.cannot_establish() {
        Some(question) => words::open_question(question, lang).into(),
        None => lang
            .of(
                "the cause within that part (cut, overload, maintenance)",
                "die Ursache innerhalb dieses Teils (Unterbrechung, Überlast, Wartung)",
            )
            .into(),
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).chain(['.']).collect())
}
