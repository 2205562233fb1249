//! Sinks without a running monitor: which are configured, and a test of each.

use std::{io, time::Duration};

use super::{
    api::{ApiOptions, ApiServer},
    mqtt::{self, options::BrokerOptions},
    notify::{self, NotifyOptions},
    options::IntegrationOptions,
    push::PushTarget,
    sink_status::{SinkKind, SinkState, SinkStatus, shown_error},
};
use crate::codec::{heartbeat::Heartbeat, webhook::Webhook};

/// Longest time until a broker has accepted the connection.
const LONGEST_CONNECT: Duration = Duration::from_secs(15);

/// Returns the sinks that are configured, idle or stopped by a fault of their settings.
pub fn configured(options: &IntegrationOptions) -> Vec<SinkStatus> {
    let mut sinks = Vec::new();
    if options.config.api_enabled {
        let api = ApiOptions::new(&options.config, &options.secrets);
        sinks.push(match api.and_then(|api| api.check_access()) {
            Ok(()) => SinkStatus::new("api", SinkKind::Api, SinkState::Idle),
            Err(error) => SinkStatus {
                error: Some(shown_error(&error)),
                ..SinkStatus::new("api", SinkKind::Api, SinkState::Stopped)
            },
        });
    }
    if BrokerOptions::new(&options.config, &options.secrets).is_some() {
        sinks.push(SinkStatus::new("mqtt", SinkKind::Mqtt, SinkState::Idle));
    }
    let pushes = PushTarget::configured(&options.config, &options.secrets);
    sinks.extend(pushes.iter().map(|target| SinkStatus::new(target.sink(), target.kind(), SinkState::Idle)));
    sinks.extend(notify::configured(&notify_options(options)));
    sinks
}

/// Sends a test to the sink of this name and waits for its answer.
///
/// # Errors
///
/// If there is no such sink or it does not answer as it should: the reason with its remedy, without secrets.
pub fn test(options: &IntegrationOptions, name: &str) -> Result<(), String> {
    match name {
        "api" => test_api(options),
        "mqtt" => test_broker(options),
        _ => match PushTarget::configured(&options.config, &options.secrets).iter().find(|push| push.sink() == name) {
            Some(target) => target.test(&options.config.site),
            None => notify::test(&notify_options(options), name),
        },
    }
}

/// Checks a line of the secret lists.
///
/// # Errors
///
/// If it is no receiver: the reason with its remedy, without the address.
pub fn check_line(list: &str, line: &str) -> Result<(), String> {
    match list {
        "webhooks" => line.parse::<Webhook>().map(drop).map_err(|error| error.to_string()),
        "heartbeats" => line.parse::<Heartbeat>().map(drop).map_err(|error| error.to_string()),
        _ => Ok(()),
    }
}

fn notify_options(options: &IntegrationOptions) -> NotifyOptions {
    NotifyOptions { config: options.config.clone(), secrets: options.secrets.clone(), log_dir: options.log_dir.clone() }
}

/// The address can be listened on, or is in use, as by the running monitor.
fn test_api(options: &IntegrationOptions) -> Result<(), String> {
    let server = ApiOptions::new(&options.config, &options.secrets).and_then(ApiServer::bind);
    match server {
        Ok(_) => Ok(()),
        Err(error) if error.is_in_use() => Ok(()),
        Err(error) => Err(shown_error(&error)),
    }
}

/// Connects to the broker under another identifier and leaves again. Publishes nothing that stays.
fn test_broker(options: &IntegrationOptions) -> Result<(), String> {
    let Some(broker) = BrokerOptions::new(&options.config, &options.secrets) else {
        return Err("no broker is configured; set mqtt_url".into());
    };
    let failed = |error: io::Error| format!("the test cannot run: {error}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        tokio::time::timeout(LONGEST_CONNECT, mqtt::test(&broker))
            .await
            .unwrap_or_else(|_late| Err("the broker does not answer; check mqtt_url".into()))
    })
}
