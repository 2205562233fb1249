//! `secrets.json`: one object with the names of [`crate::model::secrets`] as keys.

use serde_json::{Map, Value};

use super::json_fault;
use crate::model::secrets::{LISTS, Secrets, TEXTS};

/// Fault of a file of secrets, with its remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}; correct the file, or remove it and set the secrets again with: netlog integrations secret")]
pub struct SecretsError {
    fault: String,
}

/// Returns the file, indented. Secrets that are not set are left out.
pub fn render(secrets: &Secrets) -> String {
    let mut file = Map::new();
    for name in TEXTS {
        if let Some(text) = secrets.text(name).filter(|text| !text.is_empty()) {
            file.insert((*name).into(), text.clone().into());
        }
    }
    for name in LISTS {
        if let Some(list) = secrets.list(name).filter(|list| !list.is_empty()) {
            file.insert((*name).into(), list.clone().into());
        }
    }
    format!("{:#}\n", Value::Object(file))
}

/// Reads a file. A key that begins with `_` is a comment.
///
/// # Errors
///
/// If it is no JSON object, holds an unknown key, or a value of another type. The error never quotes a value.
pub fn parse(text: &str) -> Result<Secrets, SecretsError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // Tells a place and a remedy, and quotes nothing.
    let file: Map<String, Value> =
        serde_json::from_str(text).map_err(|err| SecretsError { fault: json_fault::explain(text, &err) })?;
    let mut secrets = Secrets::default();
    for (key, value) in file.into_iter().filter(|(key, _)| !key.starts_with('_')) {
        let is_taken = match value {
            Value::String(value) => put_text(&mut secrets, &key, value)?,
            Value::Array(values) => put_list(&mut secrets, &key, values)?,
            _ => false,
        };
        if !is_taken {
            return Err(fault(&key, "is unknown, or has a value of the wrong type"));
        }
    }
    Ok(secrets)
}

fn put_text(secrets: &mut Secrets, key: &str, value: String) -> Result<bool, SecretsError> {
    let Some(text) = secrets.text_mut(key) else { return Ok(false) };
    if value.chars().any(char::is_control) {
        return Err(fault(key, "holds a control character"));
    }
    *text = value;
    Ok(true)
}

fn put_list(secrets: &mut Secrets, key: &str, values: Vec<Value>) -> Result<bool, SecretsError> {
    let Some(list) = secrets.list_mut(key) else { return Ok(false) };
    for value in values {
        match value {
            Value::String(value) if !value.chars().any(char::is_control) => list.push(value),
            _ => return Err(fault(key, "holds an entry that is no text of one line")),
        }
    }
    Ok(true)
}

fn fault(key: &str, what: &str) -> SecretsError {
    let key: String = key.chars().filter(|character| !character.is_control()).take(40).collect();
    SecretsError { fault: format!("{key} {what}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_survive_a_round_trip() {
        let mut secrets = Secrets { api_token: "0123".into(), ..Secrets::default() };
        secrets.webhooks.push("ntfy https://ntfy.example/line".into());
        let text = render(&secrets);
        assert!(text.contains("\"api_token\": \"0123\"") && !text.contains("smtp"), "{text}");
        assert_eq!(Ok(secrets), parse(&text));
        assert_eq!(Ok(Secrets::default()), parse(&render(&Secrets::default())));
        assert_eq!(Ok(Secrets::default()), parse("{\"_note\": 1}"));
    }

    #[test]
    fn a_fault_names_the_key_and_never_a_value() {
        for (text, part) in [
            ("{\"api_token\": hunter2}", "line 1"),
            ("[\"hunter2\"]", "one JSON object"),
            ("{\"api_token\": 17}", "api_token is unknown"),
            ("{\"webhooks\": [17]}", "webhooks holds an entry"),
            ("{\"webhooks\": \"hunter2\"}", "webhooks is unknown, or has"),
            ("{\"smtp_pass\": \"hunter2\"}", "smtp_pass is unknown"),
            ("{\"smtp_password\": \"hun\\nter2\"}", "smtp_password holds a control"),
        ] {
            let fault = parse(text).unwrap_err().to_string();
            assert!(fault.contains(part) && !fault.contains("hunter2"), "{fault}");
            assert!(fault.contains("netlog integrations secret"), "{fault}");
        }
    }
}
