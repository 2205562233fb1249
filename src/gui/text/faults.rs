//! Faults of the settings file in words.

use super::{T, Text};
use crate::{
    gui::view_model::standing::{ConfigFault, Standing},
    model::config::setting,
};

/// Remedies of a file that is no JSON: as its reader spells them, and in German.
const REMEDIES: &[(&str, &str)] = &[
    ("the file is empty: write {} for the defaults", "Die Datei ist leer: {} schreiben für die Vorgaben"),
    (
        "the file must hold one JSON object: begin it with { and end it with }",
        "Die Datei muss ein JSON-Objekt enthalten: mit { beginnen und mit } enden",
    ),
    ("remove the comma before ]", "das Komma vor ] entfernen"),
    ("remove the comma before }", "das Komma vor } entfernen"),
    (
        "the text ends too early: close every quote, ] and }",
        "der Text endet zu früh: jedes Anführungszeichen, jede ] und } schließen",
    ),
    (
        "a text must end on the line it begins on: a closing quote may be missing",
        "ein Text muss in seiner Zeile enden: vielleicht fehlt ein Anführungszeichen",
    ),
    (
        "write \\\\ for a backslash, or / in the name of a folder",
        "\\\\ schreiben für einen Backslash, oder / im Namen eines Ordners",
    ),
    ("remove what follows the closing }", "entfernen, was auf die schließende } folgt"),
    ("write straight double quotes, \"", "gerade doppelte Anführungszeichen schreiben, \""),
    (
        "JSON has no comments: write \"_comment\": \"...\" instead",
        "JSON kennt keine Kommentare: stattdessen \"_comment\": \"...\" schreiben",
    ),
    (
        "remove this comma, or write the value that is missing before it",
        "dieses Komma entfernen, oder den Wert schreiben, der davor fehlt",
    ),
    ("a comma or closing bracket is missing before this", "davor fehlt ein Komma oder eine schließende Klammer"),
    ("a number is written like 5 or 0.5", "eine Zahl wird wie 5 oder 0.5 geschrieben"),
    (
        "write texts and keys in double quotes, and true and false in small letters",
        "Texte und Schlüssel in doppelten Anführungszeichen schreiben, true und false klein",
    ),
    ("this is not UTF-8; save the file as UTF-8", "das ist kein UTF-8: die Datei als UTF-8 speichern"),
    (
        "the configuration cannot be read; check that it is a file and who may read it",
        "Die Datei ist nicht lesbar: prüfen, ob es eine Datei ist, und wer sie lesen darf",
    ),
];

impl Text {
    /// A fault of the settings file, with its key, place and remedy.
    pub(crate) fn config_fault(self, fault: &ConfigFault) -> String {
        let message = match &fault.key {
            _ if !self.is_german() => fault.message.clone(),
            Some(key) => self.value_in_german(key, fault),
            None => file_in_german(&fault.message),
        };
        fault.key.as_ref().map_or_else(|| message.clone(), |key| format!("{key}: {message}"))
    }

    fn value_in_german(self, key: &str, fault: &ConfigFault) -> String {
        let message = fault.message.as_str();
        if let (Some((value, rest)), Some(default), Some(setting)) =
            (message.split_once(" cannot be used: "), &fault.default, setting(key))
        {
            let allowed = self.allowed(setting.kind);
            let why = rest.rsplit_once("; until then the default ").map_or(rest, |(why, _)| why);
            let remedy = remedy_in_german(why).map(|remedy| format!(": {remedy}")).unwrap_or_default();
            return format!(
                "{value} ist nicht verwendbar{remedy}; bis dahin gilt die Vorgabe {default}. Erlaubt: {allowed}"
            );
        }
        if let Some((_, likely)) = message.split_once("unknown key, not used; did you mean ") {
            return format!("unbekannter Schlüssel, nicht benutzt; ist {} gemeint?", likely.trim_end_matches('?'));
        }
        if let Some((value, _)) = message.split_once(" is not used: the key stands again") {
            return format!(
                "{value} wird nicht benutzt: der Schlüssel steht weiter unten noch einmal; einen entfernen"
            );
        }
        match message {
            "unknown key, not used; begin it with _ if it is a comment" => {
                "unbekannter Schlüssel, nicht benutzt; mit _ beginnen, falls es ein Kommentar ist".to_owned()
            }
            other => other.to_owned(),
        }
    }

    /// Headline of a standing warning, and a line for each detail.
    pub(crate) fn standing(self, warning: &Standing) -> (String, Vec<String>) {
        match warning {
            Standing::Config { file, faults } => {
                let is_unused = faults.iter().any(|fault| fault.key.is_none() && fault.is_wrong);
                let head = if is_unused { T::ConfigUnused } else { T::ConfigPartlyUnused };
                let lines = faults.iter().map(|fault| self.config_fault(fault)).collect();
                (self.with(head, &[&file.display()]), lines)
            }
        }
    }
}

/// Kinds of values that an item is none of, and remedies of common mistakes: as the check of values spells them, and
/// in German.
const NOT_A: &[(&str, &str)] = &[
    ("IP address or host name", "keine IP-Adresse und kein Hostname"),
    ("IP address, and \"auto\" must stand alone", "keine IP-Adresse, und \"auto\" muss allein stehen"),
    ("IP address", "keine IP-Adresse"),
    ("address that starts with http:// or https://", "keine Adresse, die mit http:// oder https:// beginnt"),
    ("address such as name@mail.example", "keine Adresse wie name@mail.example"),
];
const MISTAKES: &[(&str, &str)] = &[
    (": it must not start with -", ": vorn darf kein - stehen"),
    (": remove the space around it", ": die Leerzeichen davor und dahinter entfernen"),
    (": write the name alone, without http://", ": nur den Namen schreiben, ohne http://"),
    (": write its ASCII form, which starts with xn--", ": die ASCII-Form schreiben, die mit xn-- beginnt"),
];

/// The fault of a value and its remedy; `None` where all is said by what is allowed.
pub(super) fn remedy_in_german(why: &str) -> Option<String> {
    if let Some(more) = why.strip_prefix("a list is needed, and ") {
        return remedy_in_german(more).map(|more| format!("eine Liste ist nötig, und {more}"));
    }
    if let Some(list) = why.strip_prefix("a list is needed: write ") {
        return Some(format!("eine Liste ist nötig: {list} schreiben"));
    }
    if let Some(value) = why.strip_prefix("write ").and_then(|rest| rest.strip_suffix(" without quotes")) {
        return Some(format!("{value} ohne Anführungszeichen schreiben"));
    }
    if let Some((entry, _)) = why.strip_prefix("its entry ").and_then(|rest| rest.split_once(" is no text; ")) {
        return Some(format!("der Eintrag {entry} ist kein Text"));
    }
    if let Some(n) = why.strip_prefix("allowed are at most ").and_then(|rest| rest.strip_suffix(" entries")) {
        return Some(format!("höchstens {n} Einträge sind erlaubt"));
    }
    if why.starts_with("remove the key for the default; ") {
        return Some("für die Vorgabe den Schlüssel entfernen".to_owned());
    }
    if why.starts_with("a folder has no line break or tab in it") {
        let said =
            "ein Ordner enthält keinen Zeilenumbruch und keinen Tabulator: für jeden \\ ein / oder \\\\ schreiben";
        return Some(said.to_owned());
    }
    if why.starts_with("~ is not known here") {
        return Some("~ ist hier nicht bekannt: den ganzen Pfad des Heimordners schreiben".to_owned());
    }
    let (item, what) = why.rsplit_once(" is not an ")?;
    let (mistake, remedy) = MISTAKES.iter().find(|(english, _)| what.ends_with(english)).copied().unwrap_or_default();
    let what = what.strip_suffix(mistake)?;
    let (_, not_a) = NOT_A.iter().find(|(english, _)| *english == what)?;
    Some(format!("{item} ist {not_a}{remedy}"))
}

/// A fault of the file as a whole. What its reader has no fixed words for stays as it is.
fn file_in_german(message: &str) -> String {
    if let Some((n, _)) = message.split_once(" more keys are not used: is this the right file?") {
        return format!("{n} weitere Schlüssel werden nicht benutzt: ist das die richtige Datei?");
    }
    let (said, rest) = match message.split_once("; until then all defaults are used") {
        Some((said, rest)) => (said, format!("; bis dahin gelten alle Vorgaben{rest}")),
        None => (message, String::new()),
    };
    let (place, remedy) = match said.split_once(": ") {
        Some((place, remedy)) if place.starts_with("line ") => {
            (place.replace("line ", "Zeile ").replace("column ", "Spalte ") + ": ", remedy)
        }
        _ => (String::new(), said),
    };
    let known = REMEDIES.iter().find_map(|(english, german)| Some((german, remedy.strip_prefix(english)?)));
    match known {
        Some((german, more)) => format!("{place}{german}{more}{rest}"),
        None => format!("{place}{remedy}{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::{jobs::settings::from_json, text::Language};

    #[test]
    fn every_remedy_of_a_value_is_told_in_german() {
        let german = Text::new(Language::German);
        for (json, expected) in [
            (r#"{"tcp_test_port": "5"}"#, "\"5\" ist nicht verwendbar: 5 ohne Anführungszeichen schreiben; bis"),
            (r#"{"mtr_baseline_enabled": "TRUE"}"#, ": true ohne Anführungszeichen schreiben;"),
            (r#"{"targets": "192.0.2.1"}"#, ": eine Liste ist nötig: [\"192.0.2.1\"] schreiben;"),
            (
                r#"{"targets": "-V"}"#,
                ": eine Liste ist nötig, und \"-V\" ist keine IP-Adresse und kein Hostname: vorn darf",
            ),
            (r#"{"targets": [" a.example"]}"#, ": die Leerzeichen davor und dahinter entfernen;"),
            (r#"{"targets": ["http://a.example"]}"#, ": nur den Namen schreiben, ohne http://;"),
            (r#"{"targets": ["münchen.example"]}"#, ": die ASCII-Form schreiben, die mit xn-- beginnt;"),
            (
                r#"{"targets": ["is not an IP address"]}"#,
                ": \"is not an IP address\" ist keine IP-Adresse und kein Hostname;",
            ),
            (r#"{"targets": [1]}"#, ": der Eintrag 1 ist kein Text;"),
            (r#"{"gateway": null}"#, ": für die Vorgabe den Schlüssel entfernen;"),
            (r#"{"public_resolvers": ["dns.example"]}"#, ": \"dns.example\" ist keine IP-Adresse;"),
            (r#"{"dns_servers": ["auto", "192.0.2.1"]}"#, "\"auto\" muss allein stehen;"),
            (r#"{"http_urls": ["ftp://a.example"]}"#, ": \"ftp://a.example\" ist keine Adresse, die mit http:// oder"),
            (r#"{"log_dir": "~/logs"}"#, ": ~ ist hier nicht bekannt: den ganzen Pfad"),
            (r#"{"log_dir": "C:\netlogs"}"#, "keinen Tabulator: für jeden \\ ein / oder \\\\ schreiben;"),
            (r#"{"tcp_test_port": 0}"#, "0 ist nicht verwendbar; bis dahin gilt die Vorgabe 443."),
        ] {
            let (_, faults) = from_json(json);
            assert_eq!(1, faults.len(), "{json}: {faults:?}");
            let said = german.config_fault(&faults[0]);
            assert!(said.contains(expected), "{json}: {said}");
        }
        let many = format!("{{\"targets\": [{}]}}", vec!["\"192.0.2.1\""; 65].join(", "));
        let (_, faults) = from_json(&many);
        assert!(german.config_fault(&faults[0]).contains(": höchstens 64 Einträge sind erlaubt;"));
    }
}
