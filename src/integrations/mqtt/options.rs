//! Settings of the MQTT sink.

use std::fmt;

use super::{discovery_plan::DiscoveryForm, session::SessionSettings};
use crate::{
    codec::{
        mqtt_discovery::DiscoveryInput,
        mqtt_topics::{DiscoveryTopics, LineTopics},
    },
    model::{config::Config, secrets::Secrets, spelling::server},
};

/// Shortest time without a message after which Home Assistant shows values as unavailable, in seconds.
const MIN_EXPIRY: u64 = 60;

/// Broker, user and topics.
#[derive(Clone, PartialEq, Eq)]
pub struct BrokerOptions {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// True for TLS.
    pub is_tls: bool,
    /// Certificates that are trusted in place of the system's.
    pub ca_file: String,
    /// User; empty for none.
    pub user: String,
    /// Password; empty for none.
    pub password: String,
    /// Line, topics and form of discovery.
    pub session: SessionSettings,
}

impl BrokerOptions {
    /// Options of these settings; `None` where no broker is set up.
    pub fn new(config: &Config, secrets: &Secrets) -> Option<Self> {
        let (is_tls, rest) = match config.mqtt_url.strip_prefix("mqtts://") {
            Some(rest) => (true, rest),
            None => (false, config.mqtt_url.strip_prefix("mqtt://")?),
        };
        let (host, port) = server(rest)?;
        let form = match config.mqtt_discovery.as_str() {
            "component" => DiscoveryForm::Component,
            "off" => DiscoveryForm::Off,
            _ => DiscoveryForm::Device,
        };
        Some(Self {
            host: host.to_owned(),
            port: port.unwrap_or(if is_tls { 8883 } else { 1883 }),
            is_tls,
            ca_file: config.mqtt_ca_file.clone(),
            user: config.mqtt_user.clone(),
            password: secrets.mqtt_password.clone(),
            session: SessionSettings {
                discovery: DiscoveryTopics::new(&config.mqtt_discovery_prefix, &config.site),
                form,
                input: DiscoveryInput {
                    site: config.site.clone(),
                    topics: LineTopics::new(&config.mqtt_prefix, &config.site),
                    // Three cycles.
                    expire_after: config.ping_interval_sec.as_secs().saturating_mul(3).max(MIN_EXPIRY),
                },
            },
        })
    }
}

impl fmt::Debug for BrokerOptions {
    /// Without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrokerOptions")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("is_tls", &self.is_tls)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn options_follow_the_settings() {
        let mut config = Config::default();
        let mut secrets = Secrets::default();
        assert_eq!(None, BrokerOptions::new(&config, &secrets));
        config.mqtt_url = "mqtt://broker".into();
        let options = BrokerOptions::new(&config, &secrets).unwrap();
        assert_eq!(("broker", 1883, false), (&*options.host, options.port, options.is_tls));
        assert_eq!(60, options.session.input.expire_after);
        config.mqtt_url = "mqtts://[fd00::1]".into();
        config.mqtt_ca_file = "/etc/ca.pem".into();
        config.mqtt_discovery = "component".into();
        config.ping_interval_sec = Duration::from_mins(1);
        secrets.mqtt_password = "secret-value".into();
        let options = BrokerOptions::new(&config, &secrets).unwrap();
        assert_eq!(("fd00::1", 8883, true), (&*options.host, options.port, options.is_tls));
        assert_eq!(DiscoveryForm::Component, options.session.form);
        assert_eq!(180, options.session.input.expire_after);
        assert!(!format!("{options:?}").contains("secret-value"));
    }
}
