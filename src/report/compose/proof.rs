//! Notes on the proof of the rows: logs that were put aside, and a key that is missing.

use super::super::{context::ReportContext, lang::say};
use crate::model::proof::{AsideReason, KeyFault, PutAside};

/// Sentences about the proof; none when there is nothing out of the ordinary.
pub(super) fn notes(context: &ReportContext<'_>) -> Vec<String> {
    let Some(chain) = &context.input.chain else { return Vec::new() };
    let mut notes: Vec<String> = chain.put_aside.iter().map(|put_aside| log_before(context, put_aside)).collect();
    if let (Some((fault, detail)), true) = (&chain.no_key, chain.key.is_none()) {
        notes.push(no_key(context, *fault, detail));
    }
    notes
}

fn log_before(context: &ReportContext<'_>, put_aside: &PutAside) -> String {
    let lang = context.lang;
    let why = match put_aside.reason {
        AsideReason::Changed => lang.of(
            "It had been changed: its end was not the one that the key had signed.",
            "Es war verändert worden: Sein Ende war nicht das, das der Schlüssel signiert hatte.",
        ),
        AsideReason::Unsigned => lang.of(
            "It was not signed, so nothing proves that it was not changed.",
            "Es war nicht signiert; dass es nicht verändert wurde, beweist nichts.",
        ),
        AsideReason::OtherKey => lang.of(
            "Another key than that of the log after it had signed it.",
            "Ein anderer Schlüssel als der des folgenden Protokolls hatte es signiert.",
        ),
        AsideReason::NoKey => lang.of(
            "It was signed, and there was no key to continue it with.",
            "Es war signiert, und es gab keinen Schlüssel, um es fortzusetzen.",
        ),
        AsideReason::Gone => {
            return say!(
                lang,
                "The log before was no longer in its folder, and a new one was begun: its rows are not here.",
                "Das Protokoll davor war nicht mehr in seinem Ordner, und ein neues wurde begonnen: Seine Zeilen fehlen hier."
            );
        }
    };
    let name = if put_aside.file.is_empty() { String::new() } else { format!(" ({})", context.file(&put_aside.file)) };
    say!(
        lang,
        "A log was put aside and a new one begun{name}. {why}",
        "Ein Protokoll wurde beiseitegelegt und ein neues begonnen{name}. {why}"
    )
}

fn no_key(context: &ReportContext<'_>, fault: KeyFault, detail: &str) -> String {
    let lang = context.lang;
    let why = match fault {
        KeyFault::NoHome => lang.of("the user has no home folder", "der Benutzer hat keinen Heimordner"),
        KeyFault::NoRandom => lang.of("the system gives no random numbers", "das System gibt keine Zufallszahlen"),
        KeyFault::Unreadable => lang
            .of("the signing key cannot be read or made", "der Signaturschlüssel lässt sich nicht lesen oder anlegen"),
        KeyFault::Damaged => lang.of("the signing key is damaged", "der Signaturschlüssel ist beschädigt"),
    };
    let detail = if detail.is_empty() { String::new() } else { format!(" ({})", context.text(detail)) };
    say!(
        lang,
        "The rows are not signed, and this computer cannot sign any: {why}{detail}.",
        "Die Zeilen sind nicht signiert, und dieser Rechner kann keine signieren: {why}{detail}."
    )
}
