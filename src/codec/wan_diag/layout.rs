//! Sections of lines of `key=value` columns.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// A title and lines under it.
pub(super) struct Section {
    title: &'static str,
    rows: Vec<Vec<(&'static str, Value)>>,
}

impl Section {
    pub(super) fn new(title: &'static str) -> Self {
        Self { title, rows: Vec::new() }
    }

    pub(super) fn row<const N: usize>(&mut self, row: [(&'static str, Value); N]) {
        self.rows.push(row.into());
    }

    /// The title with its marks and a line for each row, columns below each other.
    pub(super) fn text(&self) -> String {
        let mut text = format!("==== {} ====\n", self.title);
        let rows: Vec<Vec<String>> = self.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        for row in &rows {
            for (at, cell) in row.iter().enumerate() {
                let is_last = at + 1 == row.len();
                let widths = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
                let width = if is_last { 0 } else { widths.max().unwrap_or(0) };
                let space = if at == 0 { "" } else { "  " };
                let _fits = write!(text, "{space}{cell:width$}");
            }
            text.push('\n');
        }
        if rows.is_empty() {
            text.push_str("-\n");
        }
        text
    }

    /// The name of the section as a key, and its rows as objects. Keys that stand alone in their rows make one object.
    pub(super) fn json(self) -> (String, Value) {
        let name = self.title.replace(' ', "_");
        let object = |row: Vec<(&'static str, Value)>| -> Map<String, Value> {
            row.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
        };
        if !self.rows.is_empty() && self.rows.iter().all(|row| row.len() == 1) {
            return (name, Value::Object(object(self.rows.into_iter().flatten().collect())));
        }
        (name, self.rows.into_iter().map(|row| Value::Object(object(row))).collect())
    }
}

fn cell((key, value): &(&'static str, Value)) -> String {
    format!("{key}={}", spell(value))
}

fn spell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => word(text),
        Value::Array(values) if values.is_empty() => "-".to_owned(),
        Value::Array(values) => values.iter().map(spell).collect::<Vec<_>>().join(","),
        Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// A text as one word: in quotes where it would not be one, or would be taken for "none".
fn word(text: &str) -> String {
    let is_plain =
        |character: char| !character.is_whitespace() && !is_hidden(character) && !"\"\\=,".contains(character);
    if !text.is_empty() && text != "-" && text.chars().all(is_plain) {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' ' => quoted.push(' '),
            _ if is_hidden(character) || character.is_whitespace() => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _fits = write!(quoted, "\\u{unit:04x}");
                }
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// Characters that a terminal obeys rather than shows: controls, and those that turn the direction of writing.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_stays_and_anything_else_is_quoted_as_in_json() {
        for (text, expected) in [
            ("eth0", "eth0"),
            ("198.51.x.x#1", "198.51.x.x#1"),
            ("Ethernet 2", "\"Ethernet 2\""),
            ("", "\"\""),
            ("-", "\"-\""),
            ("a=b", "\"a=b\""),
            ("a,b", "\"a,b\""),
            ("a\"\\b", "\"a\\\"\\\\b\""),
            ("a\nb\u{1b}[2J", "\"a\\u000ab\\u001b[2J\""),
            ("gpj\u{202e}exe", "\"gpj\\u202eexe\""),
        ] {
            assert_eq!(expected, word(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_quoted_reads_back(text: String) {
            let spelled = word(&text);
            let read = if spelled.starts_with('"') { serde_json::from_str(&spelled).unwrap() } else { spelled.clone() };
            prop_assert_eq!(&text, &read);
            prop_assert!(!spelled.chars().any(|character| is_hidden(character) || character == '\n'));
        }
    }
}
