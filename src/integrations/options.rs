//! Settings of the integrations.

use std::path::PathBuf;

use super::push::PushTarget;
use crate::model::{config::Config, secrets::Secrets};

/// Settings of the integrations.
#[derive(Debug, Clone)]
pub struct IntegrationOptions {
    /// Configuration.
    pub config: Config,
    /// Secrets.
    pub secrets: Secrets,
    /// Folder of the logs.
    pub log_dir: PathBuf,
}

impl IntegrationOptions {
    /// True when at least one sink or front is configured.
    pub fn is_any(&self) -> bool {
        let config = &self.config;
        config.api_enabled
            || !config.mqtt_url.is_empty()
            || !PushTarget::configured(config, &self.secrets).is_empty()
            || !config.smtp_url.is_empty()
            || !self.secrets.webhooks.is_empty()
            || !self.secrets.heartbeats.is_empty()
    }
}
