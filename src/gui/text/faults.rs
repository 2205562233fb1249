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
        if let (Some((value, _)), Some(default), Some(setting)) =
            (message.split_once(" cannot be used: "), &fault.default, setting(key))
        {
            let allowed = self.allowed(setting.kind);
            return format!("{value} ist nicht verwendbar; bis dahin gilt die Vorgabe {default}. Erlaubt: {allowed}");
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

    /// What a standing warning says: its headline, and a line for each detail.
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
