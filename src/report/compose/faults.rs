//! Fault reports to the provider, and what the rules of a country make of their days.

use std::time::Duration;

use chrono::NaiveDate;

use super::super::{
    chart::drawing::Ink,
    context::ReportContext,
    document::{Block, Card, Cell, Column, Mark, Section, Table},
    input::Profile,
    lang::{Lang, say},
    statute::{Day, Fault, LEAST, Seen, UK_RATES},
};
use crate::model::diary::Ticket;

pub(super) fn section(context: &ReportContext<'_>) -> Section {
    let (input, lang) = (context.input, context.lang);
    let mut blocks = vec![Block::Text(rule(input.profile, lang))];
    if input.profile != Profile::Us {
        blocks.push(Block::Text(counted(lang)));
    }
    blocks.push(Block::Callout(
        lang.of("An estimate, no legal advice", "Schätzung, keine Rechtsberatung").into(),
        lang.of(
            "Days are counted from what was measured and noted here. Whether a claim exists depends on the contract and on who caused the fault. Rates are as known in November 2026; check them before you use them.",
            "Die Tage werden aus dem gezählt, was hier gemessen und notiert wurde. Ob ein Anspruch besteht, hängt vom Vertrag ab und davon, wer die Störung verursacht hat. Sätze nach dem Stand vom November 2026; vor der Verwendung prüfen.",
        )
        .into(),
    ));
    if input.diary.tickets.is_empty() {
        blocks.push(Block::Text(
            lang.of(
                "The diary holds no fault report, so no days can be counted: they begin when the provider receives one. Note its time and the ticket number.",
                "Das Tagebuch enthält keine Störungsmeldung, daher lassen sich keine Tage zählen: Sie beginnen, wenn beim Anbieter eine Meldung eingeht. Deren Zeit und die Ticketnummer sollten notiert werden.",
            )
            .into(),
        ));
    }
    for ticket in &input.diary.tickets {
        blocks.push(Block::Card(card(context, ticket, &context.fault(ticket))));
    }
    let title = lang.of("Fault reports and counted days", "Störungsmeldungen und gezählte Tage");
    Section { id: "faults", title: title.into(), new_page: false, blocks }
}

/// Sentence about the conditions on which a day counts, whatever the rule.
fn counted(lang: Lang) -> String {
    let least = LEAST.as_secs() / 3600;
    let rest = 24 - least;
    say!(
        lang,
        "Days are counted from the whole log, whatever this report is limited to. A day counts only if a fault that is charged to the provider with medium or high confidence was seen for at least {least} of its hours and the line was never seen to work on it. Up to {rest} hours may be missing, because nothing was measured or the home network had failed, as while a computer or a router restarts; more could hide hours of a working line. Names and web sites that fail on a working line do not count, nor does what has low confidence: it is told apart.",
        "Die Tage werden aus dem ganzen Protokoll gezählt, worauf auch immer dieser Bericht beschränkt ist. Ein Tag zählt nur, wenn eine Störung, die dem Anbieter mit mittlerer oder hoher Sicherheit anzurechnen ist, mindestens {least} seiner Stunden gesehen wurde und der Anschluss an ihm nie lief. Bis zu {rest} Stunden dürfen fehlen, weil nicht gemessen wurde oder das Heimnetz gestört war, etwa beim Neustart von Rechner oder Router; mehr könnte Stunden mit laufendem Anschluss verdecken. Namen und Webseiten, die auf laufendem Anschluss versagen, zählen nicht, ebenso wenig, was geringe Sicherheit hat: Es ist gesondert genannt."
    )
}

/// The rule in plain words.
fn rule(profile: Profile, lang: Lang) -> String {
    match profile {
        Profile::De => lang.of(
            "Germany, § 58 TKG: a fault that is not mended within two calendar days after the provider received the report gives, for each following day of complete outage, 5 € or 10 % of the monthly fee on the third and fourth day and 10 € or 20 % from the fifth day on, whichever is higher. The provider has to tell the customer by the next day if it takes longer than one calendar day. The day of the report is not counted. A reduction or termination under § 57 TKG needs the measuring procedure of the Federal Network Agency; this report is no such measurement.",
            "Deutschland, § 58 TKG: Wird eine Störung nicht innerhalb von zwei Kalendertagen nach Eingang der Meldung behoben, gibt es ab dem Folgetag für jeden Tag des vollständigen Ausfalls am dritten und vierten Tag 5 € oder 10 % des Monatsentgelts, ab dem fünften Tag 10 € oder 20 %, je nachdem, was höher ist. Dauert es länger als einen Kalendertag, muss der Anbieter spätestens am Folgetag informieren. Der Tag der Meldung zählt nicht mit. Für Minderung oder Kündigung nach § 57 TKG ist das Messverfahren der Bundesnetzagentur nötig; dieser Bericht ist keine solche Messung.",
        ).into(),
        Profile::At => lang.of(
            "Austria: there is no fixed sum a day. The days of complete outage after the report are counted, and the part of the monthly fee that falls on them is shown for orientation. Prima-facie evidence of too low a rate needs the certified measurement of the regulator (RTR-Netztest); this report is no such measurement.",
            "Österreich: Einen festen Betrag je Tag gibt es nicht. Gezählt werden die Tage des vollständigen Ausfalls nach der Meldung; der auf sie entfallende Teil des Monatsentgelts dient der Orientierung. Als Anscheinsbeweis für zu geringe Geschwindigkeit braucht es die zertifizierte Messung der Regulierungsbehörde (RTR-Netztest); dieser Bericht ist keine solche Messung.",
        ).into(),
        Profile::Uk => {
            let rates: Vec<String> = UK_RATES.iter().map(|(year, rate)| format!("£{rate:.2} ({year}-04-01)")).collect();
            let rates = rates.join(", ");
            say!(
                lang,
                "United Kingdom, Ofcom's voluntary automatic compensation scheme for homes: a total loss of service that is not mended after two full working days after the report gives a fixed sum for each calendar day. Rates used here, with the day they came into force: {rates}; check the one in force. Working days are those of England and Wales. A line that is slow does not count. Not all providers take part.",
                "Vereinigtes Königreich, freiwillige Entschädigungsregel der Ofcom für Haushalte: Ein vollständiger Ausfall, der nach zwei vollen Arbeitstagen ab der Meldung nicht behoben ist, gibt je Kalendertag einen festen Betrag. Hier verwendete Sätze mit Beginn der Gültigkeit: {rates}; der gültige ist zu prüfen. Arbeitstage sind die von England und Wales. Ein langsamer Anschluss zählt nicht. Nicht alle Anbieter nehmen teil."
            )
        }
        Profile::Us => lang.of(
            "United States, informal complaint to the FCC: the provider has to answer in writing, with a copy to the customer, within 30 days after the complaint was served on it. No sums are set; ask for a credit. The time of the complaint is noted in the diary like a fault report.",
            "Vereinigte Staaten, formlose Beschwerde bei der FCC: Der Anbieter muss innerhalb von 30 Tagen nach Zustellung schriftlich antworten, mit Kopie an den Kunden. Beträge sind nicht festgelegt; eine Gutschrift ist zu verlangen. Die Zeit der Beschwerde wird wie eine Störungsmeldung im Tagebuch notiert.",
        ).into(),
        Profile::Generic => lang.of(
            "No country's rules were asked for. The days of complete outage after a fault report are counted, and the part of the monthly fee that falls on them is shown for orientation.",
            "Es wurden keine Regeln eines Landes verlangt. Gezählt werden die Tage des vollständigen Ausfalls nach einer Störungsmeldung; der auf sie entfallende Teil des Monatsentgelts dient der Orientierung.",
        ).into(),
    }
}

fn card(context: &ReportContext<'_>, ticket: &Ticket, fault: &Fault) -> Card {
    let lang = context.lang;
    let none = || lang.of("none", "keine").to_owned();
    let number = if ticket.number.is_empty() { none() } else { context.private(&ticket.number) };
    let mut facts = vec![
        (lang.of("Reported", "Gemeldet").to_owned(), context.stamp(ticket.at)),
        (lang.of("Ticket number", "Ticketnummer").to_owned(), number.clone()),
    ];
    if !ticket.said.is_empty() {
        facts.push((lang.of("What was said", "Was gesagt wurde").to_owned(), context.private(&ticket.said)));
    }
    facts.push((
        lang.of("Mended", "Behoben").to_owned(),
        ticket.closed.map_or_else(|| lang.of("not noted", "nicht notiert").to_owned(), |at| context.stamp(at)),
    ));
    if let Some(by) = fault.answer_by {
        let name = match context.input.profile {
            Profile::Us => lang.of("Answer due by", "Antwort fällig bis"),
            _ => lang.of("Customer to be told by", "Kunde zu informieren bis"),
        };
        facts.push((name.to_owned(), lang.date(by)));
    }
    if let Some(first) = fault.first {
        facts.push((lang.of("First day that may count", "Erster Tag, der zählen kann").to_owned(), lang.date(first)));
    }
    let n = lang.plural(fault.n_counted() as u64, ("day", "Tag"), ("days", "Tage"));
    if fault.first.is_some() {
        facts.push((lang.of("Days that count", "Tage, die zählen").to_owned(), n));
        let needs_fee =
            matches!(context.input.profile, Profile::At | Profile::Generic) && context.input.config.monthly_fee <= 0.0;
        let sum = if needs_fee {
            lang.of("the monthly fee is not set", "das Monatsentgelt ist nicht angegeben").to_owned()
        } else {
            let sum = money(fault.total(), context);
            say!(lang, "{sum} (estimate)", "{sum} (Schätzung)")
        };
        facts.push((lang.of("Sum", "Summe").to_owned(), sum));
        if fault.n_doubtful() > 0 {
            let n = lang.plural(fault.n_doubtful() as u64, ("day", "Tag"), ("days", "Tage"));
            facts.push((lang.of("Not counted, low confidence", "Nicht gezählt, geringe Sicherheit").to_owned(), n));
        }
    }
    let mut blocks = vec![Block::Facts(facts)];
    if !fault.days.is_empty() {
        blocks.push(Block::Table(days(context, fault)));
        if fault.days.len() > MOST_DAYS {
            blocks.push(Block::Small(say!(
                lang,
                "The first {MOST_DAYS} days are shown; all are counted.",
                "Gezeigt werden die ersten {MOST_DAYS} Tage; gezählt werden alle."
            )));
        }
    }
    let date = lang.date(fault.reported);
    Card {
        title: say!(lang, "Fault report of {date}", "Störungsmeldung vom {date}"),
        aside: if ticket.number.is_empty() { String::new() } else { number },
        mark: Mark { ink: Ink::Accent, sign: '►' },
        blocks,
    }
}

/// Days of one fault that are shown.
const MOST_DAYS: usize = 60;

fn days(context: &ReportContext<'_>, fault: &Fault) -> Table {
    let lang = context.lang;
    let seen = |day: &Day| match day.seen {
        Seen::Out => lang.of("down, never seen to work", "gestört, nie in Betrieb gesehen"),
        Seen::Short => lang.of("down, but seen too little of", "gestört, aber zu wenig gesehen"),
        Seen::Partly => lang.of("down for a part of the day", "zeitweise gestört"),
        Seen::Doubtful => lang.of("down with low confidence only", "gestört nur mit geringer Sicherheit"),
        Seen::Home => lang.of("the home network had failed", "das Heimnetz war gestört"),
        Seen::Up => lang.of("not down", "nicht gestört"),
        Seen::Nothing => lang.of("not watched", "nicht beobachtet"),
    };
    let rows = fault.days.iter().take(MOST_DAYS).map(|day| {
        let (ink, sign) = if day.counts { (Ink::Provider, '✓') } else { (Ink::Muted, '–') };
        vec![
            day.number.to_string().into(),
            date(day.date, lang).into(),
            seen(day).into(),
            watched(day.watched, lang).into(),
            lang.length_or_dash(day.down).into(),
            Cell { text: lang.yes(day.counts).into(), mark: Some(Mark { ink, sign }) },
            day.amount.map_or_else(|| "–".to_owned(), |amount| money(amount, context)).into(),
        ]
    });
    let columns = vec![
        Column::figures(lang.of("Day", "Tag")),
        Column::text(lang.of("Date", "Datum")),
        Column::wide(lang.of("What was seen", "Was gemessen wurde")),
        Column::figures(lang.of("Watched", "Beobachtet")),
        Column::figures(lang.of("Down", "Gestört")),
        Column::text(lang.of("Counts", "Zählt")),
        Column::figures(lang.of("Estimate", "Schätzung")),
    ];
    Table::new(columns, rows.collect())
}

/// `17.5 h of 24`, rounded down.
fn watched(length: Duration, lang: Lang) -> String {
    let tenths = (length.as_secs_f64() / 360.0 + 1e-6).floor();
    let hours = lang.number(tenths / 10.0, 1);
    // The day on which the clock is set back has an hour more.
    let all = if length > Duration::from_hours(24) { 25 } else { 24 };
    say!(lang, "{hours} h of {all}", "{hours} h von {all}")
}

fn date(date: NaiveDate, lang: Lang) -> String {
    format!("{} {}", lang.weekday(date), lang.date(date))
}

/// A sum in the currency of the profile.
fn money(amount: f64, context: &ReportContext<'_>) -> String {
    let figure = context.lang.number(amount, 2);
    match context.input.profile {
        Profile::De | Profile::At => context.lang.of(format!("€{figure}"), format!("{figure}\u{a0}€")),
        Profile::Uk => format!("£{figure}"),
        Profile::Us => format!("${figure}"),
        Profile::Generic => figure,
    }
}
