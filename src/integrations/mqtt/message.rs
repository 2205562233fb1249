//! A message to the broker.

use std::sync::Arc;

/// A message to the broker, with `QoS` 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MqttMessage {
    /// Topic, without wildcards.
    pub topic: String,
    /// Payload. An empty retained one makes the broker forget the topic.
    pub payload: Arc<str>,
    /// True when the broker keeps the message for later subscribers.
    pub is_retained: bool,
}

impl MqttMessage {
    /// A message that the broker keeps.
    pub fn retained(topic: String, payload: Arc<str>) -> Self {
        Self { topic, payload, is_retained: true }
    }

    /// A message for those that listen now.
    pub fn passing(topic: String, payload: Arc<str>) -> Self {
        Self { topic, payload, is_retained: false }
    }
}
