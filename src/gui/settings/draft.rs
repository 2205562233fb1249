//! Settings as they are being typed.

use std::collections::BTreeMap;

use crate::model::{
    config::{Config, SETTINGS},
    settings::{Kind, Setting, Value},
};

/// Content of each field.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draft {
    fields: BTreeMap<&'static str, Field>,
}

/// Content of one field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Field {
    Switch(bool),
    Text(String),
}

impl Draft {
    /// The fields of this configuration.
    pub(super) fn of(config: &Config) -> Self {
        Self { fields: SETTINGS.iter().map(|setting| (setting.key, field(&setting.get(config)))).collect() }
    }

    pub(super) fn field(&mut self, setting: &Setting<Config>) -> &mut Field {
        self.fields.entry(setting.key).or_insert_with(|| field(&setting.default()))
    }

    /// The value that stands in a field.
    ///
    /// # Errors
    ///
    /// If it is not allowed.
    pub(super) fn value(&self, setting: &Setting<Config>) -> Result<Value, String> {
        let Some(field) = self.fields.get(setting.key) else { return Ok(setting.default()) };
        let value = value(setting.kind, field);
        setting.kind.check(&value).map(|()| value)
    }

    pub(super) fn set(&mut self, setting: &Setting<Config>, value: &Value) {
        self.fields.insert(setting.key, field(value));
    }

    /// Takes the values of another saved configuration, except in fields that differ from the one before: these are being
    /// typed.
    pub(super) fn follow(&mut self, before: &Config, saved: &Config) {
        for setting in SETTINGS {
            let new = setting.get(saved);
            let is_untyped = self.fields.get(setting.key) == Some(&field(&setting.get(before)));
            if is_untyped || self.value(setting).is_ok_and(|value| value == new) {
                self.set(setting, &new);
            }
        }
    }

    /// All of it as a configuration.
    ///
    /// # Errors
    ///
    /// If something is not allowed: the keys of the settings whose fields are wrong.
    pub(super) fn config(&self, saved: &Config) -> Result<Config, Vec<&'static str>> {
        let mut config = saved.clone();
        let wrong = SETTINGS.iter().filter(|setting| {
            let set = self.value(setting).and_then(|value| setting.set(&mut config, value));
            set.is_err()
        });
        let wrong: Vec<&str> = wrong.map(|setting| setting.key).collect();
        if wrong.is_empty() { Ok(config) } else { Err(wrong) }
    }
}

fn field(value: &Value) -> Field {
    match value {
        Value::Switch(on) => Field::Switch(*on),
        Value::Number(number) => Field::Text(number.to_string()),
        Value::Text(text) => Field::Text(text.clone()),
        Value::List(list) => Field::Text(list.join(", ")),
    }
}

/// A typed field as a value of this kind. Text that is no number becomes one that no range has.
fn value(kind: Kind, field: &Field) -> Value {
    match (kind, field) {
        (_, Field::Switch(on)) => Value::Switch(*on),
        (Kind::Whole(..) | Kind::Number(..), Field::Text(text)) => {
            Value::Number(text.trim().replace(',', ".").parse().unwrap_or(f64::NAN))
        }
        (
            Kind::Hosts | Kind::Addrs | Kind::AutoAddrs | Kind::Urls | Kind::Words(_) | Kind::Mailboxes,
            Field::Text(text),
        ) => {
            let items = text.split([',', ';', '\n']).flat_map(str::split_whitespace);
            Value::List(items.map(str::to_owned).collect())
        }
        (Kind::Text, Field::Text(text)) => Value::Text(text.clone()),
        (_, Field::Text(text)) => Value::Text(text.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::config::setting;

    #[test]
    fn every_setting_survives_its_field() {
        let draft = Draft::of(&Config::default());
        for setting in SETTINGS {
            assert_eq!(Ok(setting.default()), draft.value(setting), "{}", setting.key);
        }
        assert_eq!(Ok(Config::default()), draft.config(&Config::default()));
    }

    #[test]
    fn what_is_wrong_is_counted_and_changes_nothing() {
        let mut draft = Draft::of(&Config::default());
        draft.set(setting("ping_interval_sec").unwrap(), &Value::Text("soon".into()));
        draft.set(setting("targets").unwrap(), &Value::Text("1.1.1.1, http://x".into()));
        assert_eq!(Err(vec!["targets", "ping_interval_sec"]), draft.config(&Config::default()));
        draft.set(setting("ping_interval_sec").unwrap(), &Value::Text("2,5".into()));
        draft.set(setting("targets").unwrap(), &Value::Text("192.0.2.1 192.0.2.2;192.0.2.3".into()));
        let config = draft.config(&Config::default()).unwrap();
        assert_eq!((3, 2.5), (config.targets.len(), config.ping_interval_sec.as_secs_f64()));
    }
}
