//! Secrets: passwords, tokens and addresses that are themselves secret. They stand in a file of their own and never
//! in the configuration, a log, a report or a pack.

use std::fmt;

/// All secrets. An empty text means that none is set.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secrets {
    /// Token of the local API.
    pub api_token: String,
    /// Password at the MQTT broker.
    pub mqtt_password: String,
    /// Password for remote write with `remote_write_user`, a bearer token without.
    pub remote_write_token: String,
    /// Password for `InfluxDB` with `influx_user`, a token without.
    pub influx_token: String,
    /// Password at the mail server.
    pub smtp_password: String,
    /// Webhooks: a form, an address and, where the form has one, a token, separated by spaces.
    pub webhooks: Vec<String>,
    /// Heartbeats: a form and an address, separated by a space.
    pub heartbeats: Vec<String>,
}

/// Names of the secrets that hold one text, in the order they are shown.
pub const TEXTS: &[&str] = &["api_token", "mqtt_password", "remote_write_token", "influx_token", "smtp_password"];
/// Names of the secrets that hold a list.
pub const LISTS: &[&str] = &["webhooks", "heartbeats"];

impl Secrets {
    /// The text with this name; `None` for a name that is not in [`TEXTS`].
    pub fn text(&self, name: &str) -> Option<&String> {
        match name {
            "api_token" => Some(&self.api_token),
            "mqtt_password" => Some(&self.mqtt_password),
            "remote_write_token" => Some(&self.remote_write_token),
            "influx_token" => Some(&self.influx_token),
            "smtp_password" => Some(&self.smtp_password),
            _ => None,
        }
    }

    /// The same to change.
    pub fn text_mut(&mut self, name: &str) -> Option<&mut String> {
        match name {
            "api_token" => Some(&mut self.api_token),
            "mqtt_password" => Some(&mut self.mqtt_password),
            "remote_write_token" => Some(&mut self.remote_write_token),
            "influx_token" => Some(&mut self.influx_token),
            "smtp_password" => Some(&mut self.smtp_password),
            _ => None,
        }
    }

    /// The list with this name; `None` for a name that is not in [`LISTS`].
    pub fn list(&self, name: &str) -> Option<&Vec<String>> {
        match name {
            "webhooks" => Some(&self.webhooks),
            "heartbeats" => Some(&self.heartbeats),
            _ => None,
        }
    }

    /// The same to change.
    pub fn list_mut(&mut self, name: &str) -> Option<&mut Vec<String>> {
        match name {
            "webhooks" => Some(&mut self.webhooks),
            "heartbeats" => Some(&mut self.heartbeats),
            _ => None,
        }
    }
}

impl fmt::Debug for Secrets {
    /// Names of the secrets that are set, without their values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = TEXTS.iter().filter(|name| self.text(name).is_some_and(|text| !text.is_empty()));
        let lists = LISTS.iter().filter(|name| self.list(name).is_some_and(|list| !list.is_empty()));
        f.debug_set().entries(texts.chain(lists)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_value_and_no_value_is_shown() {
        let mut secrets = Secrets::default();
        for name in TEXTS {
            *secrets.text_mut(name).unwrap() = format!("{name}-value");
            assert_eq!(Some(&format!("{name}-value")), secrets.text(name));
        }
        for name in LISTS {
            secrets.list_mut(name).unwrap().push(format!("{name}-value"));
            assert_eq!(Some(&vec![format!("{name}-value")]), secrets.list(name));
        }
        let shown = format!("{secrets:?}");
        assert!(shown.contains("smtp_password") && shown.contains("webhooks"), "{shown}");
        assert!(!shown.contains("-value"), "{shown}");
        assert_eq!((None, None), (secrets.text("webhooks"), secrets.list("api_token")));
    }
}
