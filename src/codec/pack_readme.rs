//! Text that stands in an evidence pack beside the evidence: what it is, and how to check it with and without this
//! program.

use super::{json_value::time, pack_json};
use crate::model::time::Timestamp;

/// Facts that the text tells of the pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The fingerprint of the key that signs the pack.
    pub fingerprint: String,
    /// Time at which the pack was made.
    pub made: Timestamp,
    /// The time it is about.
    pub period: (Option<Timestamp>, Option<Timestamp>),
    /// The time zone of the reports.
    pub zone: String,
    /// True if something was taken out.
    pub is_redacted: bool,
    /// True if there are rows that lead to the head of the log.
    pub is_bound: bool,
    /// Rows that were made up for a demonstration.
    pub n_demo: u64,
}

/// The text, in English and in German, with lines that end as Windows wants them too.
pub fn render(facts: &Facts) -> String {
    let mut text = String::new();
    let languages = [(ENGLISH, BOUND, REDACTED, MADE_UP), (GERMAN, GEBUNDEN, GESCHWAERZT, ERFUNDEN)];
    for (language, bound, redacted, made_up) in languages {
        let (from, to) = facts.period;
        let edge = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), time);
        let mut part = language.replace("{fingerprint}", &facts.fingerprint).replace("{made}", &time(facts.made));
        part = part.replace("{from}", &edge(from)).replace("{to}", &edge(to)).replace("{zone}", &facts.zone);
        part = part.replace("{bound}", if facts.is_bound && !facts.is_redacted { bound } else { "" });
        part = part.replace("{redacted}", if facts.is_redacted { redacted } else { "" });
        part = part.replace("{made_up}", if facts.n_demo > 0 { made_up } else { "" });
        part = part.replace("{n_demo}", &facts.n_demo.to_string());
        text.push_str(&part.replace("{manifest}", pack_json::MANIFEST).replace("{signature}", pack_json::SIGNATURE));
    }
    text.replace('\n', "\r\n")
}

const ENGLISH: &str = "\
EVIDENCE PACK OF AN INTERNET LINE                       (Deutsch: weiter unten)
===============================================================================
{made_up}
Made {made} by the program Network Logging.
Period: {from} to {to}
(- is the beginning or the end of the log).
Time zone of the reports: {zone}. All times in other files are UTC.
Signed with the key: {fingerprint}

What is in it
-------------
report/          what the measurements amount to: start here
rows/            every measured row of the period, as .csv and as .jsonl (the
                 same rows), with one row more on either side
traces/          the path to far hosts before, during and after outages
diagnostics/     what the computer knew of its network when outages began, and
                 analyses made after them
config/          the settings the line was watched with, and in history.csv
                 which of them had other values before
history/         every single sample of the period, and the user's diary of
                 fault reports and remarks, if there were any
manifest.json    what is in the pack, with the length and hash of each file
manifest.sig     the signature of the manifest (Ed25519)
public_key.pem   the key that verifies it
sha256sums.txt   the hashes once more, for sha256sum

How to check it with the program
--------------------------------
    netlog verify pack.zip --key FINGERPRINT

FINGERPRINT is the line \"Signed with the key\" as the sender told it to you by
another way than this pack: by telephone, in a letter, in an earlier pack.

How to check it without the program
-----------------------------------
Unpack it into an empty folder and open a terminal there. On Linux and macOS
(with OpenSSL 3), and on Windows in a terminal of Git or WSL:

1. The manifest is the one that was signed (\"Signature Verified Successfully\"):
    openssl pkeyutl -verify -pubin -inkey public_key.pem -rawin -in {manifest} -sigfile {signature}
2. The key is the sender's (compare it with what the sender told you):
    openssl pkey -pubin -in public_key.pem -outform DER | sha256sum
3. The files are those that were packed (every line says OK):
    sha256sum -c sha256sums.txt
4. The list of hashes is the one in the manifest (prints 1):
    grep -c \"$(sha256sum sha256sums.txt | cut -c1-64)\" {manifest}

What that proves, and what it does not
--------------------------------------
That every file is as it was when the owner of the key signed the pack. Nobody
without the key can change, add or remove anything unseen.
It does not prove that what was written is true, nor when it was signed: the
time above is that of the owner's clock. Whoever has the key could have
written everything anew. An owner who wants to rule that out sends the contents
of netlog.chain.json to somebody else now and then: what was sent at a time
cannot be changed afterwards.
{bound}{redacted}
";

const MADE_UP: &str = "
*** Made-up data: {n_demo} rows in this pack were made up by
*** \"netlog demo\". They were not measured and are evidence of nothing.
";

const ERFUNDEN: &str = "
*** Erfundene Daten: {n_demo} Zeilen in diesem Paket hat
*** \"netlog demo\" erfunden. Sie wurden nicht gemessen und beweisen nichts.
";

const BOUND: &str = "
The rows of the period follow each other without a gap: the last column of a
row (chain) is made of the one before and of all the row says, so a row that
was changed, taken out or put in before the pack was made shows too. Behind the
period, rows/after.txt holds a digest of each later row in place of the row, up
to the head of the log (rows/netlog.chain.json), which is signed.
    chain  = first 16 bytes of SHA-256( chain of the row before + digest )
    digest = first 16 bytes of SHA-256( the line up to and with its last comma )
";

const REDACTED: &str = "
This pack is redacted. Public addresses keep their first half (198.51.x.x#1),
so that one can see which hops belong to one provider; hardware addresses keep
their maker; names of hosts, users and networks are <name>#1. The same thing is
called the same in all files. Private addresses, and the far hosts that the
program asks by default, stand as they are.
The redacted rows are bound to each other anew. That the originals followed
each other and led to the signed head of the log is what the program found and
the key signed; here it cannot be checked. rows/commitments.csv holds, for each
line, a value that only the original line and a secret of the owner give
(HMAC-SHA256). The owner can disclose both and so prove that a line here was
made of that original; without the secret nobody can find out by trying.
";

const GERMAN: &str = "
===============================================================================
BEWEISPAKET ÜBER EINEN INTERNETANSCHLUSS
===============================================================================
{made_up}
Erstellt {made} mit dem Programm Network Logging.
Zeitraum: {from} bis {to}
(- ist Anfang oder Ende der Aufzeichnung).
Zeitzone der Berichte: {zone}. Alle Zeiten in anderen Dateien sind UTC.
Unterschrieben mit dem Schlüssel: {fingerprint}

Was darin ist
-------------
report/          was die Messungen ergeben: hier anfangen
rows/            jede gemessene Zeile des Zeitraums, als .csv und als .jsonl
                 (dieselben Zeilen), und je eine davor und danach
traces/          der Weg zu fernen Rechnern vor, während und nach Ausfällen
diagnostics/     was der Rechner beim Beginn von Ausfällen von seinem Netz
                 wusste, und Auswertungen danach
config/          die Einstellungen, mit denen gemessen wurde, und in
                 history.csv, welche vorher andere Werte hatten
history/         jeder einzelne Messwert des Zeitraums und das Tagebuch des
                 Nutzers über Störungsmeldungen und Bemerkungen, falls vorhanden
manifest.json    was im Paket ist, mit Länge und Prüfsumme jeder Datei
manifest.sig     die Unterschrift darunter (Ed25519)
public_key.pem   der Schlüssel, der sie prüft
sha256sums.txt   die Prüfsummen noch einmal, für sha256sum

Prüfen mit dem Programm
-----------------------
    netlog verify pack.zip --key FINGERABDRUCK

FINGERABDRUCK ist die Zeile \"Unterschrieben mit dem Schlüssel\", wie sie der
Absender auf anderem Weg als in diesem Paket genannt hat: am Telefon, in einem
Brief, in einem früheren Paket.

Prüfen ohne das Programm
------------------------
In einen leeren Ordner entpacken und dort ein Terminal öffnen, unter Linux und
macOS (mit OpenSSL 3), unter Windows eines von Git oder WSL:

1. Das Verzeichnis ist das unterschriebene (\"Signature Verified Successfully\"):
    openssl pkeyutl -verify -pubin -inkey public_key.pem -rawin -in {manifest} -sigfile {signature}
2. Der Schlüssel ist der des Absenders (mit dem Genannten vergleichen):
    openssl pkey -pubin -in public_key.pem -outform DER | sha256sum
3. Die Dateien sind die eingepackten (in jeder Zeile steht OK):
    sha256sum -c sha256sums.txt
4. Die Liste der Prüfsummen ist die im Verzeichnis (es erscheint 1):
    grep -c \"$(sha256sum sha256sums.txt | cut -c1-64)\" {manifest}

Was das beweist und was nicht
-----------------------------
Jede Datei ist so, wie sie war, als der Inhaber des Schlüssels das Paket
unterschrieb. Ohne den Schlüssel kann niemand unbemerkt etwas ändern, zufügen
oder entfernen.
Es beweist nicht, dass das Geschriebene wahr ist, und nicht, wann es
unterschrieben wurde: Die Zeit oben ist die der Uhr des Inhabers. Wer den
Schlüssel hat, könnte alles neu geschrieben haben. Ein Inhaber, der das
ausschließen will, schickt den Inhalt von netlog.chain.json ab und zu jemand
anderem: Was einmal verschickt ist, lässt sich nicht mehr ändern.
{bound}{redacted}";

const GEBUNDEN: &str = "
Die Zeilen des Zeitraums folgen lückenlos aufeinander: Die letzte Spalte einer
Zeile (chain) entsteht aus der vorigen und allem, was in der Zeile steht; auch
eine Zeile, die vor dem Packen geändert, entfernt oder eingefügt wurde, fällt
daher auf. Für spätere Zeilen steht in rows/after.txt je eine Prüfsumme, bis
zum unterschriebenen Ende der Aufzeichnung (rows/netlog.chain.json).
    chain  = erste 16 Byte von SHA-256( chain der Zeile davor + digest )
    digest = erste 16 Byte von SHA-256( Zeile bis zu ihrem letzten Komma, mit diesem )
";

const GESCHWAERZT: &str = "
Dieses Paket ist geschwärzt. Öffentliche Adressen behalten ihre erste Hälfte
(198.51.x.x#1), so dass man sieht, welche Stationen zu einem Anbieter gehören;
Geräteadressen behalten den Hersteller; Namen von Rechnern, Benutzern und
Netzen heißen <name>#1. Dasselbe heißt in allen Dateien gleich. Private
Adressen und die fernen Rechner, die das Programm von sich aus fragt, bleiben.
Die geschwärzten Zeilen sind neu verkettet. Dass die ursprünglichen aufeinander
folgten und zum unterschriebenen Ende der Aufzeichnung führten, hat das Programm
festgestellt und der Schlüssel unterschrieben; hier lässt es sich nicht prüfen.
rows/commitments.csv enthält zu jeder Zeile einen Wert, den nur die
ursprüngliche Zeile und ein Geheimnis des Inhabers ergeben (HMAC-SHA256). Der
Inhaber kann beides offenlegen und so beweisen, dass eine Zeile aus jener
entstand; ohne das Geheimnis kann das niemand durch Probieren herausfinden.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_filled_in_and_fits_a_terminal() {
        for (is_redacted, is_bound, n_demo) in [(false, true, 0), (true, true, 0), (false, false, 12_345_678)] {
            let facts = Facts {
                fingerprint: "ab".repeat(32),
                made: "2026-11-22T11:31:44.872Z".parse().unwrap(),
                period: (None, Some("2026-11-22T00:00:00Z".parse().unwrap())),
                zone: "Europe/Berlin".into(),
                is_redacted,
                is_bound,
                n_demo,
            };
            let text = render(&facts);
            assert!(!text.contains(['{', '}']), "{text}");
            assert_eq!(2, text.matches(&facts.fingerprint).count());
            assert_eq!(n_demo > 0, text.contains("Made-up data: 12345678 rows"));
            assert_eq!(n_demo > 0, text.contains("Erfundene Daten: 12345678 Zeilen"));
            assert_eq!(is_redacted, text.contains("This pack is redacted"));
            assert_eq!(is_bound && !is_redacted, text.contains("rows/after.txt holds"));
            // Commands are longer, and must be one line.
            let long = text
                .lines()
                .find(|line| line.chars().count() > 80 && !line.starts_with("    ") && !line.contains("abab"));
            assert_eq!(None, long);
        }
    }
}
