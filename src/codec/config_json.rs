//! `config.json`: the text to settings, and back.
//!
//! Reading never fails. What cannot be used is named and replaced by its default, so that a typing error costs one
//! setting and never a row.

use std::{collections::BTreeMap, fmt};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{json_fault, web_address};
use crate::model::{
    config::{Config, SETTINGS, setting},
    settings::{Kind, Setting, Value},
};

/// More problems than this are counted, not told: the file is something else altogether.
const MAX_PROBLEMS: usize = 50;
/// Values and keys are quoted up to this many characters.
const MAX_QUOTE: usize = 80;
/// Stands for what is not told.
pub const LEFT_OUT: &str = "(left out)";

/// Severity of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Worth knowing; the settings are what the file says.
    Note,
    /// A value, or the whole file, is not used.
    Wrong,
}

impl Severity {
    /// Returns the name of the severity.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Wrong => "wrong",
        }
    }
}

/// Problem of a configuration.
///
/// Its text names the key, the value and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key it is about; `None` when it is about the file.
    pub key: Option<String>,
    /// The value and the remedy.
    pub message: String,
    /// Severity of the problem.
    pub severity: Severity,
}

impl Problem {
    /// A file that is not used, and why.
    pub fn of_file(message: String) -> Self {
        Self { key: None, message, severity: Severity::Wrong }
    }

    fn of_key(severity: Severity, key: &str, message: String) -> Self {
        Self { key: Some(key.to_owned()), message, severity }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{}: {}", quote(key), self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Reads a configuration.
///
/// What is missing or wrong has its default. Of a key that stands twice the last value counts, as in most programs.
pub fn read(text: &str) -> (Config, Vec<Problem>) {
    let mut config = Config::default();
    let entries = match entries(text) {
        Ok(entries) => entries,
        Err(why) => return (config, vec![Problem::of_file(format!("{why}; until then all defaults are used"))]),
    };
    let last: BTreeMap<&str, usize> = entries.iter().enumerate().map(|(idx, (key, _))| (key.as_str(), idx)).collect();
    let mut problems = Vec::new();
    let mut n_untold = 0;
    for (idx, (key, raw)) in entries.iter().enumerate() {
        let told = problems.len() < MAX_PROBLEMS;
        let problem = match setting(key) {
            Some(_) if last.get(key.as_str()) != Some(&idx) => Some(Problem::of_key(
                Severity::Note,
                key,
                format!("{} is not used: the key stands again further down; remove one of them", quote(raw.get())),
            )),
            Some(setting) => put(&mut config, setting, raw.get()).err(),
            None if key.starts_with('_') => None,
            None if told => Some(unknown(key)),
            None => {
                n_untold += 1;
                None
            }
        };
        match problem {
            Some(problem) if told || problem.severity == Severity::Wrong => problems.push(problem),
            Some(_) => n_untold += 1,
            None => {}
        }
    }
    if n_untold > 0 {
        let message = format!("{n_untold} more keys are not used: is this the right file?");
        problems.push(Problem { key: None, message, severity: Severity::Note });
    }
    (config, problems)
}

/// True if [`write()`] can keep the content of this text.
pub fn can_keep(text: &str) -> bool {
    entries(text).is_ok()
}

/// Writes a configuration as JSON, a key a line.
///
/// Without `original` all settings, in the order of the table. With it, what it says is kept as it stands: the
/// order, unknown keys, keys that begin with `_`, and the spelling of every value that has not changed; settings it
/// lacks are added where they differ from their defaults.
pub fn write(config: &Config, original: Option<&str>) -> String {
    let entries = original.and_then(|text| entries(text).ok());
    let is_new = entries.is_none();
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut written: Vec<&str> = Vec::new();
    for (key, raw) in entries.unwrap_or_default() {
        let value = match setting(&key) {
            None => raw.get().replace("\r\n", "\n"),
            Some(setting) if written.contains(&setting.key) => continue,
            Some(setting) => {
                written.push(setting.key);
                let mut old = Config::default();
                let is_same = put(&mut old, setting, raw.get()).is_ok() && setting.get(&old) == setting.get(config);
                if is_same { raw.get().replace("\r\n", "\n") } else { render(&setting.get(config)) }
            }
        };
        lines.push((key, value));
    }
    for setting in SETTINGS.iter().filter(|setting| !written.contains(&setting.key)) {
        let value = setting.get(config);
        if is_new || value != setting.default() {
            lines.push((setting.key.to_owned(), render(&value)));
        }
    }
    let lines: Vec<String> = lines.iter().map(|(key, value)| format!("  {}: {value}", json_text(key))).collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

/// Writes all settings for others to read: what would let somebody in is left out, and so is what is none of ours.
///
/// Of addresses of the web the name of a user, a password and what follows a question mark are left out; of settings
/// that hold a secret, all. Keys that are not known here are left out too, as nobody knows what they hold.
pub fn write_for_others(config: &Config) -> String {
    let open = for_others(config);
    let lines = SETTINGS.iter().map(|setting| format!("  {}: {}", json_text(setting.key), render(&setting.get(&open))));
    format!("{{\n{}\n}}\n", lines.collect::<Vec<_>>().join(",\n"))
}

/// Writes all settings for readers who are not to know whose they are: as [`write_for_others`], without the texts that
/// somebody wrote, and with no more of addresses of the web than their site. Names of hosts are left to a
/// [`Redactor`](super::redact::Redactor).
pub fn write_for_anybody(config: &Config) -> String {
    let open = for_others(config);
    let told = |setting: &Setting<Config>| render(&anonymous(Some(setting), setting.get(&open)));
    let lines = SETTINGS.iter().map(|setting| format!("  {}: {}", json_text(setting.key), told(setting)));
    format!("{{\n{}\n}}\n", lines.collect::<Vec<_>>().join(",\n"))
}

/// The settings as [`for_others`] has them, with no more of addresses of the web than their site.
pub fn sites_alone(config: &Config) -> Config {
    let mut open = for_others(config);
    for setting in SETTINGS.iter().filter(|setting| !setting.is_personal()) {
        let value = anonymous(Some(setting), setting.get(&open));
        setting.set(&mut open, value).ok();
    }
    open
}

/// The settings without what is nobody's business: passwords, and users in addresses.
pub fn for_others(config: &Config) -> Config {
    let mut open = config.clone();
    for setting in SETTINGS {
        // What is left out may be none of the values that a setting takes.
        if setting.set(&mut open, told(setting.key, setting.get(config))).is_err() {
            setting.set(&mut open, setting.default()).ok();
        }
    }
    open
}

/// The value of a setting, as JSON, without what is nobody's business.
pub fn value_for_others(key: &str, json: &str) -> String {
    texts_of(json).map_or_else(|| json.to_owned(), |value| render(&told(key, value)))
}

/// The value of a setting, as JSON, as [`write_for_anybody`] tells it. Texts of a setting that is not known here are
/// left out.
pub fn value_for_anybody(key: &str, json: &str) -> String {
    texts_of(json).map_or_else(|| json.to_owned(), |value| render(&anonymous(setting(key), told(key, value))))
}

/// The text or the texts that a value in JSON is made of; `None` for a switch, a number, and what is no value.
fn texts_of(json: &str) -> Option<Value> {
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    match serde_json::from_str::<serde_json::Value>(json) {
        Ok(serde_json::Value::String(text)) => Some(Value::Text(text)),
        Ok(serde_json::Value::Array(items)) => items.iter().map(text).collect::<Option<_>>().map(Value::List),
        _ => None,
    }
}

/// The value without a text that somebody wrote; what everybody has as a default stays.
fn anonymous(setting: Option<&Setting<Config>>, value: Value) -> Value {
    if setting.is_some_and(|setting| setting.default() == value) {
        return value;
    }
    let is_personal = setting.is_none_or(Setting::is_personal);
    match value {
        Value::Text(text) if is_personal && !text.is_empty() => Value::Text(LEFT_OUT.into()),
        Value::List(list) if is_personal => Value::List(list.iter().map(|_| LEFT_OUT.into()).collect()),
        Value::Text(text) => Value::Text(web_address::site(&text)),
        Value::List(list) => Value::List(list.iter().map(|text| web_address::site(text)).collect()),
        other => other,
    }
}

fn told(key: &str, value: Value) -> Value {
    let is_secret = ["password", "token", "secret", "username"].iter().any(|word| key.contains(word));
    match value {
        Value::Text(text) if is_secret && !text.is_empty() => Value::Text(LEFT_OUT.into()),
        Value::Text(text) => Value::Text(web_address::without_secrets(&text)),
        Value::List(list) => Value::List(list.iter().map(|text| web_address::without_secrets(text)).collect()),
        other => other,
    }
}

/// The problems as a JSON array, for programs.
pub fn write_problems(problems: &[Problem]) -> String {
    let items: Vec<serde_json::Value> = problems
        .iter()
        .map(|Problem { key, message, severity }| {
            let severity = severity.as_str();
            serde_json::json!({ "severity": severity, "key": key, "message": message })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(items))
}

/// A value as it is written in the file, on one line. A whole number has no decimals.
pub fn render(value: &Value) -> String {
    match value {
        Value::Switch(on) => on.to_string(),
        // `f64` prints the shortest digits that read back the same, and no exponent.
        Value::Number(number) => number.to_string(),
        Value::Text(text) => json_text(text),
        Value::List(list) => {
            let items: Vec<String> = list.iter().map(|item| json_text(item)).collect();
            format!("[{}]", items.join(", "))
        }
    }
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The keys and values as they stand, in their order, none left out.
#[derive(Default)]
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

fn entries(text: &str) -> Result<Vec<(String, &RawValue)>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match serde_json::from_str::<Entries<'_>>(text) {
        Ok(Entries(entries)) => Ok(entries),
        Err(err) => Err(json_fault::explain(text, &err)),
    }
}

/// Puts the JSON `raw` into `config`.
fn put(config: &mut Config, setting: &Setting<Config>, raw: &str) -> Result<(), Problem> {
    value(setting.kind, raw).and_then(|value| setting.set(config, value)).map_err(|why| {
        let message = format!(
            "{} cannot be used: {why}; until then the default {} is used",
            quote(raw),
            quote(&render(&setting.default())),
        );
        Problem::of_key(Severity::Wrong, setting.key, message)
    })
}

/// Reads a value for a setting of this kind; otherwise the end of a sentence that says what is allowed.
fn value(kind: Kind, raw: &str) -> Result<Value, String> {
    use serde_json::Value as Json;

    let allowed = || format!("allowed is {}", kind.allowed());
    // A number that no `f64` can hold, or nesting without end: it is JSON, but certainly not allowed.
    let Ok(json) = serde_json::from_str(raw) else { return Err(allowed()) };
    match (kind, json) {
        (Kind::Switch | Kind::Whole(..) | Kind::Number(..), Json::String(text)) => {
            let plain = text.trim().to_lowercase();
            match value(kind, &plain).and_then(|value| kind.check(&value).map(|()| value)) {
                Ok(value) => Err(format!("write {} without quotes", render(&value))),
                Err(_not_even_so) => Err(allowed()),
            }
        }
        (_, Json::Bool(on)) => Ok(Value::Switch(on)),
        (_, Json::Number(number)) => number.as_f64().map(Value::Number).ok_or_else(allowed),
        (_, Json::String(text)) => Ok(Value::Text(text)),
        (_, Json::Array(items)) => items
            .into_iter()
            .map(|item| match item {
                Json::String(text) => Ok(text),
                other => Err(format!("its entry {} is no text; {}", quote(&other.to_string()), allowed())),
            })
            .collect::<Result<_, _>>()
            .map(Value::List),
        (_, Json::Null) => Err(format!("remove the key for the default; {}", allowed())),
        (_, Json::Object(_)) => Err(allowed()),
    }
}

fn unknown(key: &str) -> Problem {
    let likely = SETTINGS
        .iter()
        .map(|setting| (strsim::jaro_winkler(&key.to_lowercase(), setting.key), setting.key))
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    let message = match likely {
        Some((_, likely)) => format!("unknown key, not used; did you mean {likely}?"),
        None => "unknown key, not used; begin it with _ if it is a comment".into(),
    };
    Problem::of_key(Severity::Note, key, message)
}

/// A piece of the file within a message: one line, not too long, nothing that a terminal would obey.
fn quote(text: &str) -> String {
    let mut quoted = String::new();
    for (idx, word) in text.split_whitespace().enumerate() {
        if idx > 0 {
            quoted.push(' ');
        }
        for c in word.chars().take(MAX_QUOTE + 1) {
            // Escapes controls and what turns the direction of text, and leaves letters of all languages.
            if c.is_ascii_graphic() || c.is_alphanumeric() {
                quoted.push(c);
            } else {
                quoted.extend(c.escape_debug());
            }
        }
        if quoted.chars().count() > MAX_QUOTE {
            return quoted.chars().take(MAX_QUOTE).chain(['…']).collect();
        }
    }
    quoted
}

#[cfg(test)]
mod tests;
