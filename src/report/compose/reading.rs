//! Sentences about parts of the logs that could not be read or cannot be right.

use super::super::{context::ReportContext, lang::say};
use crate::model::log_row::OddRows;

/// Files whose rows were put aside that are named.
const MOST: usize = 3;

/// A sentence for each kind of doubt; empty where all could be used.
pub(super) fn sentences(context: &ReportContext<'_>) -> Vec<String> {
    let (input, lang) = (context.input, context.lang);
    let mut said = Vec::new();
    if input.n_skipped > 0 {
        let lines = lang.plural(input.n_skipped, ("line", "Zeile"), ("lines", "Zeilen"));
        said.push(say!(
            lang,
            "{lines} of the logs could not be read and were left out.",
            "{lines} der Protokolle waren nicht lesbar und wurden ausgelassen."
        ));
    }
    let reading = &input.reading;
    if reading.n_unread > 0 {
        let fields = lang.plural(reading.n_unread, ("field", "Feld"), ("fields", "Felder"));
        let columns = lang.list(&reading.columns);
        said.push(say!(
            lang,
            "{fields} could not be read (columns: {columns}) and are taken as not known; their rows are counted.",
            "{fields} waren nicht lesbar (Spalten: {columns}) und gelten als unbekannt; ihre Zeilen zählen."
        ));
    }
    said.extend(reading.put_aside.iter().take(MOST).map(|rows| put_aside(context, rows)));
    let others: u64 = reading.put_aside.iter().skip(MOST).map(|rows| rows.n_rows).sum();
    if others > 0 {
        let rows = lang.plural(others, ("row", "Zeile"), ("rows", "Zeilen"));
        said.push(say!(
            lang,
            "{rows} of other files have such times, too.",
            "{rows} weiterer Dateien haben auch solche Zeiten."
        ));
    }
    if reading.is_odd {
        said.push(
            lang.of(
                "The times of all rows cannot be right: the clock of the computer that measured was not set. Lengths are right, dates are not.",
                "Die Zeiten aller Zeilen können nicht stimmen: Die Uhr des messenden Rechners war nicht gestellt. Die Dauern stimmen, die Daten nicht.",
            )
            .into(),
        );
    }
    said.extend(disagreement(context));
    said
}

fn put_aside(context: &ReportContext<'_>, rows: &OddRows) -> String {
    let lang = context.lang;
    let name = context.file(&rows.file.file_name().unwrap_or_default().to_string_lossy());
    let n = lang.plural(rows.n_rows, ("row", "Zeile"), ("rows", "Zeilen"));
    let (first, last) = (context.stamp(rows.first), context.stamp(rows.last));
    say!(
        lang,
        "{n} of {name} with times from {first} to {last} are not counted: these times cannot be right.",
        "{n} aus {name} mit Zeiten von {first} bis {last} zählen nicht: Diese Zeiten können nicht stimmen."
    )
}

fn disagreement(context: &ReportContext<'_>) -> Option<String> {
    let lang = context.lang;
    let disagreement = context.input.summary.disagreement?;
    let (n, of) = (lang.whole(disagreement.n_contradicting), lang.whole(disagreement.n_compared));
    Some(say!(
        lang,
        "Logs contradict each other: by {n} of {of} rows the line worked while another log says that it was down. They may be of two lines, and should then be reported each alone.",
        "Protokolle widersprechen sich: Nach {n} von {of} Zeilen lief der Anschluss, während er nach einem anderen Protokoll gestört war. Vielleicht sind es zwei Anschlüsse; dann gehört jeder in einen eigenen Bericht."
    ))
}
