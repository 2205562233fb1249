//! The files it all rests on, how to check them, and what the words mean.

use super::super::{
    context::ReportContext,
    document::{Block, Column, Section, Table},
    input::ChainNote,
    lang::{Lang, say},
};

/// Files that are listed.
const MOST: usize = 400;

pub(super) fn section(context: &ReportContext<'_>) -> Section {
    let (input, lang) = (context.input, context.lang);
    let mut blocks = Vec::new();
    blocks
        .push(Block::Heading(lang.of("Files this report rests on", "Dateien, auf denen dieser Bericht beruht").into()));
    if input.files.is_empty() {
        blocks.push(Block::Text(lang.of("They are not listed here.", "Sie sind hier nicht aufgeführt.").into()));
    } else {
        let rows = input.files.iter().take(MOST).map(|file| {
            vec![context.file(&file.name).into(), lang.whole(file.bytes).into(), grouped(&file.sha256).into()]
        });
        let columns = vec![
            Column::wide(lang.of("File", "Datei")),
            Column::figures(lang.of("Bytes", "Byte")),
            Column::code("SHA-256"),
        ];
        blocks.push(Block::Table(Table::new(columns, rows.collect())));
        if input.files.len() > MOST {
            let n = lang.whole((input.files.len() - MOST) as u64);
            blocks.push(Block::Small(say!(
                lang,
                "{n} more files are not listed.",
                "{n} weitere Dateien sind nicht aufgeführt."
            )));
        }
    }
    blocks.push(Block::Heading(lang.of("How to check this", "Wie sich das prüfen lässt").into()));
    blocks.extend(check(context));
    blocks.push(Block::Heading(lang.of("Words", "Begriffe").into()));
    blocks.push(Block::Facts(terms(lang)));
    Section { id: "annex", title: lang.of("Annex", "Anhang").into(), new_page: false, blocks }
}

/// Four groups of sixteen: long enough to compare. A line is broken nowhere but in the middle.
fn grouped(hash: &str) -> String {
    let letters: Vec<char> = hash.chars().collect();
    let group = |letters: &[char]| letters.iter().collect::<String>();
    let half = |letters: &[char]| letters.chunks(16).map(group).collect::<Vec<_>>().join("\u{a0}");
    letters.chunks(32).map(half).collect::<Vec<_>>().join(" ")
}

fn check(context: &ReportContext<'_>) -> Vec<Block> {
    let (input, lang) = (context.input, context.lang);
    let mut facts = Vec::new();
    if let Some(chain) = &input.chain {
        facts.push((
            lang.of("Rows as they were written", "Zeilen wie geschrieben").to_owned(),
            lang.whole(chain.n_rows),
        ));
        facts
            .push((lang.of("Places that were changed", "Veränderte Stellen").to_owned(), lang.whole(chain.n_findings)));
        if chain.n_unsigned > 0 {
            let name = lang.of("Rows that no signature covers", "Zeilen ohne gültige Signatur");
            facts.push((name.to_owned(), lang.whole(chain.n_unsigned)));
        }
        if let Some(last) = chain.last {
            facts.push((lang.of("Last row written", "Zuletzt geschriebene Zeile").to_owned(), context.stamp(last)));
        }
        facts.push((
            lang.of("Signed with the key (Ed25519)", "Signiert mit dem Schlüssel (Ed25519)").to_owned(),
            chain.key.as_deref().map_or_else(|| lang.of("not signed", "nicht signiert").to_owned(), grouped),
        ));
    }
    facts.push((lang.of("Report made", "Bericht erstellt").to_owned(), context.stamp(input.made)));
    let is_signed = input.chain.as_ref().is_some_and(ChainNote::is_signed);
    let rows = if is_signed {
        lang.of(
            "Each row of netlog.csv holds the SHA-256 of the row before it, and netlog.chain.json the signed hash of the last. Run “netlog verify FOLDER” on the folder of the logs: it names every row that was changed, taken out or put in.",
            "Jede Zeile von netlog.csv enthält den SHA-256 der Zeile davor, netlog.chain.json den signierten Hash der letzten. „netlog verify ORDNER“ auf den Ordner der Protokolle nennt jede Zeile, die verändert, entfernt oder eingefügt wurde.",
        )
    } else {
        lang.of(
            "Each row of netlog.csv that this program wrote holds the SHA-256 of the row before it. Run “netlog verify FOLDER” on the folder of the logs: it names every row that does not follow the one before.",
            "Jede Zeile von netlog.csv, die dieses Programm schrieb, enthält den SHA-256 der Zeile davor. „netlog verify ORDNER“ auf den Ordner der Protokolle nennt jede Zeile, die nicht zur vorigen passt.",
        )
    }
    .to_owned();
    let proof = if is_signed {
        lang.of(
            "What this proves: that nothing was changed since it was written, by anybody without the key. It does not prove that what was written is true.",
            "Was das beweist: dass seit dem Schreiben niemand ohne den Schlüssel etwas verändert hat. Es beweist nicht, dass das Geschriebene wahr ist.",
        )
    } else {
        lang.of(
            "What this proves: little, since not all rows are signed. Whoever changes one can reckon all that follow anew; only a change that forgot to is found.",
            "Was das beweist: wenig, denn nicht alle Zeilen sind signiert. Wer eine ändert, kann alle folgenden neu berechnen; gefunden wird nur, wer das vergaß.",
        )
    }
    .to_owned();
    let items = vec![
        rows,
        lang.of(
            "Compare the hashes above with those of the files: “sha256sum FILE” on Linux, “shasum -a 256 FILE” on macOS, “certutil -hashfile FILE SHA256” on Windows.",
            "Die Hashes oben mit denen der Dateien vergleichen: „sha256sum DATEI“ unter Linux, „shasum -a 256 DATEI“ unter macOS, „certutil -hashfile DATEI SHA256“ unter Windows.",
        )
        .to_owned(),
        lang.of(
            "“netlog analyze” reckons all figures anew from the logs.",
            "„netlog analyze“ rechnet alle Zahlen aus den Protokollen neu aus.",
        )
        .to_owned(),
        proof,
    ];
    vec![Block::Facts(facts), Block::Bullets(items)]
}

fn terms(lang: Lang) -> Vec<(String, String)> {
    let terms = [
        (
            lang.of("Outage", "Ausfall"),
            lang.of("seconds in a row in which the line carried nothing, ten or more", "aufeinander folgende Sekunden, in denen der Anschluss nichts trug, zehn oder mehr"),
        ),
        (
            lang.of("Short interruption", "Kurze Unterbrechung"),
            lang.of("the same for less than that", "dasselbe für kürzere Zeit"),
        ),
        (lang.of("Gap", "Lücke"), lang.of("time in which nobody looked", "Zeit, in der nicht gemessen wurde")),
        (
            lang.of("Access line", "Anschlussleitung"),
            lang.of("from the home router to the first device of the provider", "vom Router bis zum ersten Gerät des Anbieters"),
        ),
        (
            lang.of("Hop", "Hop"),
            lang.of("a router on the path; number 1 is the home router", "ein Router auf dem Weg; Nummer 1 ist der eigene"),
        ),
        (
            lang.of("Latency, RTT", "Laufzeit, RTT"),
            lang.of("time from a question to its answer", "Zeit von einer Frage bis zur Antwort"),
        ),
        (
            lang.of("Jitter", "Jitter"),
            lang.of("mean of |difference of two consecutive RTTs|", "Mittel von |Unterschied zweier aufeinander folgender RTT|"),
        ),
        (
            lang.of("Confidence", "Sicherheit"),
            lang.of("high: several independent proofs agree; medium: one; low: they contradict each other or are too few", "hoch: mehrere unabhängige Belege stimmen überein; mittel: einer; gering: sie widersprechen sich oder sind zu wenige"),
        ),
        (
            "MTBF, MTTR",
            lang.of("time the line worked, by outages; mean length of an outage", "Betriebszeit geteilt durch Ausfälle; mittlere Dauer eines Ausfalls"),
        ),
    ];
    terms.into_iter().map(|(name, meaning)| (name.to_owned(), meaning.to_owned())).collect()
}
