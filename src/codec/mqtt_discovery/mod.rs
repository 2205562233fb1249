//! Discovery messages for Home Assistant over MQTT, in both forms: one message for the whole device (from 2024.11 on)
//! and one message an entity (before).
//!
//! Keys are the abbreviations of the MQTT integration. An unknown key in `dev`, in `o` or at the top level makes
//! cores refuse the whole device, so no other key than those here may stand there.

mod entities;

use serde_json::{Map, Value, json};

pub use entities::{ANALYZE_LOGS, CHECK_GATEWAY, EVENT_TYPES, EntityConfig, Platform, RUN_TEST, is_target_key};

use super::mqtt_topics::{ConfigTopic, LineTopics, is_word, node};

/// Greatest size of a discovery message, in bytes. Brokers cut connections from 2 MB on.
pub const MAX_SIZE: usize = 1_000_000;

/// Input from which the discovery messages of one line are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoveryInput {
    /// Identifier of the line, from the setting `site`.
    pub site: String,
    /// Topics of the line.
    pub topics: LineTopics,
    /// Seconds without a message after which measured values are unavailable.
    pub expire_after: u64,
}

/// An entity that is, or was, told by a discovery message: its platform and its key.
pub type EntityKey = (String, String);

/// Returns the entities of the line with these far hosts.
pub fn entities(input: &DiscoveryInput, hosts: &[String]) -> Vec<EntityConfig> {
    entities::EntityTable::new(&input.site, &input.topics, input.expire_after)
        .parts()
        .figures()
        .verdict()
        .outages()
        .commands()
        .targets(hosts)
        .finish()
}

/// Returns the message for the whole device. Each of `removed` is an entity that Home Assistant takes away.
pub fn device_config(input: &DiscoveryInput, entities: &[EntityConfig], removed: &[EntityKey]) -> Value {
    let mut components = Map::new();
    for (platform, key) in removed {
        components.insert(key.clone(), json!({ "p": platform }));
    }
    for entity in entities {
        let mut keys = Map::new();
        keys.insert("p".into(), json!(entity.platform.as_str()));
        keys.extend(entity.keys.clone());
        components.insert(entity.key.clone(), Value::Object(keys));
    }
    let mut message = common(input);
    message.insert("cmps".into(), Value::Object(components));
    Value::Object(message)
}

/// Returns the message for one entity.
pub fn component_config(input: &DiscoveryInput, entity: &EntityConfig) -> Value {
    let mut message = entity.keys.clone();
    message.extend(common(input));
    Value::Object(message)
}

/// Message on a topic of the other form, before that topic is emptied: Home Assistant keeps the entity for the new
/// form.
pub fn migration() -> Value {
    json!({ "migr_discvry": true })
}

/// Returns the topic of the message for one entity.
pub fn component_topic(entity: &EntityConfig) -> ConfigTopic {
    ConfigTopic::Component(entity.platform.as_str().to_owned(), entity.key.clone())
}

/// Returns the entities that a message for the whole device tells. Empty for anything else.
pub fn device_entities(payload: &[u8]) -> Vec<EntityKey> {
    let message: Value = serde_json::from_slice(payload).unwrap_or_default();
    let components = message.get("cmps").or_else(|| message.get("components")).and_then(Value::as_object);
    let entity = |(key, keys): (&String, &Value)| {
        let platform = keys.get("p").or_else(|| keys.get("platform"))?.as_str()?;
        (is_word(key) && is_word(platform)).then(|| (platform.to_owned(), key.clone()))
    };
    components.into_iter().flatten().filter_map(entity).collect()
}

/// Keys that are the same for the device and for every entity of it.
fn common(input: &DiscoveryInput) -> Map<String, Value> {
    let version = env!("CARGO_PKG_VERSION");
    let name = if input.site == "home" { "Network".to_owned() } else { format!("Network ({})", input.site) };
    let device = json!({
        "ids": [node(&input.site)],
        "name": name,
        "mf": "Network Logging",
        "mdl": "Network monitor",
        "sw": version,
    });
    let mut common = Map::new();
    common.insert("dev".into(), device);
    common.insert("o".into(), json!({ "name": "Network Logging", "sw": version }));
    common.insert("avty".into(), json!([{ "t": input.topics.availability() }]));
    common.insert("qos".into(), json!(1));
    common
}

#[cfg(test)]
mod tests;
