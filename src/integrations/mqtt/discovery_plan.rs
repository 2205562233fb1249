//! Which discovery messages are published, and in which order.
//!
//! An entity does not leave Home Assistant when its key is left out of the message for the device: it has to stand
//! there once with nothing but its platform. An entity keeps its history and its name when the form changes, if the
//! old topic says so before the new message comes and is emptied after it.

use std::{collections::BTreeSet, sync::Arc};

use super::message::MqttMessage;
use crate::codec::{
    mqtt_discovery::{
        self, DiscoveryInput, EntityConfig, EntityKey, component_config, component_topic, device_config,
        device_entities, is_target_key, migration,
    },
    mqtt_topics::{ConfigTopic, DiscoveryTopics},
};

/// Greatest number of entities that are kept in mind. More come from a faulty broker alone.
const MAX_KNOWN: usize = 4096;

/// Form of discovery, from the setting `mqtt_discovery`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscoveryForm {
    /// One message for the whole device.
    Device,
    /// One message an entity.
    Component,
    /// No messages; those of before are emptied.
    Off,
}

/// Discovery messages that stand at the broker or stood there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KnownConfigs {
    /// True when a message for the device stands there.
    pub has_device: bool,
    /// Entities that messages for the device have told.
    pub device: BTreeSet<EntityKey>,
    /// Entities with a message of their own.
    pub components: BTreeSet<EntityKey>,
}

impl KnownConfigs {
    /// Takes in a retained message that stands at the broker.
    pub fn insert(&mut self, topic: ConfigTopic, payload: &[u8]) {
        match topic {
            _ if payload.is_empty() => {}
            ConfigTopic::Device => {
                self.has_device = true;
                let room = MAX_KNOWN.saturating_sub(self.device.len());
                self.device.extend(device_entities(payload).into_iter().take(room));
            }
            ConfigTopic::Component(platform, key) if self.components.len() < MAX_KNOWN => {
                self.components.insert((platform, key));
            }
            ConfigTopic::Component(..) => {}
        }
    }
}

/// Messages to publish, and those that stand at the broker afterwards.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DiscoveryPlan {
    /// Messages in their order.
    pub messages: Vec<MqttMessage>,
    /// Discovery messages known to stand at the broker once all of these are delivered.
    pub known: KnownConfigs,
}

/// Line that discovery is planned for.
#[derive(Debug, Clone, Copy)]
pub struct DiscoveredLine<'a> {
    /// Topics of discovery.
    pub topics: &'a DiscoveryTopics,
    /// Input of which the messages are made.
    pub input: &'a DiscoveryInput,
    /// Far hosts in the order of the settings.
    pub hosts: &'a [String],
    /// False before the far hosts are known for certain: then none of their entities is removed.
    pub may_remove_targets: bool,
}

/// Plans the messages that make the broker tell `line` in this form, given what is known to stand there.
pub fn plan(line: DiscoveredLine<'_>, form: DiscoveryForm, known: &KnownConfigs) -> DiscoveryPlan {
    let entities = mqtt_discovery::entities(line.input, line.hosts);
    let wanted: BTreeSet<EntityKey> = entities.iter().map(key_of).collect();
    match form {
        DiscoveryForm::Device => device(line, &entities, &wanted, known),
        DiscoveryForm::Component => component(line, &entities, &wanted, known),
        DiscoveryForm::Off => off(line, known),
    }
}

fn key_of(entity: &EntityConfig) -> EntityKey {
    (entity.platform.as_str().to_owned(), entity.key.clone())
}

/// Splits entities that are no longer wanted into those to remove and those to leave for now.
fn split(
    line: DiscoveredLine<'_>,
    known: &BTreeSet<EntityKey>,
    wanted: &BTreeSet<EntityKey>,
) -> (BTreeSet<EntityKey>, BTreeSet<EntityKey>) {
    let is_removed = |(_, key): &EntityKey| line.may_remove_targets || !is_target_key(key);
    known.difference(wanted).cloned().partition(is_removed)
}

impl DiscoveryPlan {
    fn put(&mut self, line: DiscoveredLine<'_>, topic: &ConfigTopic, payload: &str) {
        self.messages.push(MqttMessage::retained(line.topics.config(topic), Arc::from(payload)));
    }
}

fn topic_of((platform, key): &EntityKey) -> ConfigTopic {
    ConfigTopic::Component(platform.clone(), key.clone())
}

fn device(
    line: DiscoveredLine<'_>,
    entities: &[EntityConfig],
    wanted: &BTreeSet<EntityKey>,
    known: &KnownConfigs,
) -> DiscoveryPlan {
    let mut plan = DiscoveryPlan::default();
    let (gone, left) = split(line, &known.components, wanted);
    for key in &gone {
        plan.put(line, &topic_of(key), "");
    }
    let migrated: Vec<ConfigTopic> = known.components.intersection(wanted).map(topic_of).collect();
    for topic in &migrated {
        plan.put(line, topic, &migration().to_string());
    }
    let (removed, kept) = split(line, &known.device, wanted);
    if !removed.is_empty() {
        let removed: Vec<EntityKey> = removed.into_iter().collect();
        plan.put(line, &ConfigTopic::Device, &device_config(line.input, entities, &removed).to_string());
    }
    plan.put(line, &ConfigTopic::Device, &device_config(line.input, entities, &[]).to_string());
    for topic in &migrated {
        plan.put(line, topic, "");
    }
    plan.known = KnownConfigs { has_device: true, device: wanted.union(&kept).cloned().collect(), components: left };
    plan
}

fn component(
    line: DiscoveredLine<'_>,
    entities: &[EntityConfig],
    wanted: &BTreeSet<EntityKey>,
    known: &KnownConfigs,
) -> DiscoveryPlan {
    let mut plan = DiscoveryPlan::default();
    let (gone, left) = split(line, &known.components, wanted);
    for key in &gone {
        plan.put(line, &topic_of(key), "");
    }
    if known.has_device {
        let (removed, _) = split(line, &known.device, wanted);
        if !removed.is_empty() {
            let removed: Vec<EntityKey> = removed.into_iter().collect();
            plan.put(line, &ConfigTopic::Device, &device_config(line.input, entities, &removed).to_string());
        }
        plan.put(line, &ConfigTopic::Device, &migration().to_string());
    }
    for entity in entities {
        plan.put(line, &component_topic(entity), &component_config(line.input, entity).to_string());
    }
    if known.has_device {
        plan.put(line, &ConfigTopic::Device, "");
    }
    plan.known = KnownConfigs { components: wanted.union(&left).cloned().collect(), ..KnownConfigs::default() };
    plan
}

fn off(line: DiscoveredLine<'_>, known: &KnownConfigs) -> DiscoveryPlan {
    let mut plan = DiscoveryPlan::default();
    if known.has_device {
        plan.put(line, &ConfigTopic::Device, "");
    }
    for key in &known.components {
        plan.put(line, &topic_of(key), "");
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::mqtt_topics::LineTopics;

    const DEVICE: &str = "homeassistant/device/netlog_home/config";

    struct Home {
        topics: DiscoveryTopics,
        input: DiscoveryInput,
    }

    impl Home {
        fn new() -> Self {
            Self {
                topics: DiscoveryTopics::new("homeassistant", "home"),
                input: DiscoveryInput {
                    site: "home".into(),
                    topics: LineTopics::new("netlog", "home"),
                    expire_after: 60,
                },
            }
        }

        fn plan(&self, hosts: &[&str], is_certain: bool, form: DiscoveryForm, known: &KnownConfigs) -> DiscoveryPlan {
            let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
            let line = DiscoveredLine {
                topics: &self.topics,
                input: &self.input,
                hosts: &hosts,
                may_remove_targets: is_certain,
            };
            plan(line, form, known)
        }

        /// What another program finds at the broker after `plan`.
        fn found(&self, plan: &DiscoveryPlan) -> KnownConfigs {
            let mut standing = std::collections::BTreeMap::new();
            for message in &plan.messages {
                assert!(message.is_retained);
                standing.insert(message.topic.clone(), message.payload.clone());
            }
            let mut found = KnownConfigs::default();
            for (topic, payload) in standing {
                found.insert(self.topics.parse_config(&topic).unwrap(), payload.as_bytes());
            }
            found
        }
    }

    fn topics(plan: &DiscoveryPlan) -> Vec<&str> {
        plan.messages.iter().map(|message| message.topic.as_str()).collect()
    }

    #[test]
    fn the_device_is_one_message_and_what_is_known_is_what_stands_there() {
        let home = Home::new();
        let plan = home.plan(&["1.1.1.1"], true, DiscoveryForm::Device, &KnownConfigs::default());
        assert_eq!(vec![DEVICE], topics(&plan));
        assert_eq!(home.found(&plan), plan.known);
        // The same again changes nothing.
        assert_eq!(plan, home.plan(&["1.1.1.1"], true, DiscoveryForm::Device, &plan.known));
    }

    #[test]
    fn a_far_host_that_is_gone_is_removed_once() {
        let home = Home::new();
        let before = home.plan(&["1.1.1.1", "9.9.9.9"], true, DiscoveryForm::Device, &KnownConfigs::default());
        let plan = home.plan(&["1.1.1.1"], true, DiscoveryForm::Device, &before.known);
        assert_eq!(vec![DEVICE, DEVICE], topics(&plan));
        let first = &plan.messages[0].payload;
        assert!(first.contains(r#""target_9_9_9_9":{"p":"binary_sensor"}"#), "{first}");
        assert!(!plan.messages[1].payload.contains("9_9_9_9"));
        let after = home.plan(&["1.1.1.1"], true, DiscoveryForm::Device, &plan.known);
        assert_eq!(1, after.messages.len());
    }

    #[test]
    fn no_far_host_is_removed_before_they_are_known_for_certain() {
        let home = Home::new();
        for form in [DiscoveryForm::Device, DiscoveryForm::Component] {
            let before = home.plan(&["9.9.9.9"], true, form, &KnownConfigs::default());
            let early = home.plan(&[], false, form, &before.known);
            assert!(early.messages.iter().all(|message| !message.payload.is_empty()));
            assert!(!early.messages.iter().any(|message| message.payload.contains("9_9_9_9")));
            assert_eq!(before.known, early.known);
            // A removed far host of the device form is told twice, of the component form by two empty topics.
            let later = home.plan(&[], true, form, &early.known);
            assert_ne!(before.known, later.known);
        }
    }

    #[test]
    fn entities_are_kept_when_the_form_changes_to_the_device() {
        let home = Home::new();
        let mut old = home.plan(&["1.1.1.1"], true, DiscoveryForm::Component, &KnownConfigs::default()).known;
        old.components.insert(("sensor".into(), "of_an_older_version".into()));
        let plan = home.plan(&["1.1.1.1"], true, DiscoveryForm::Device, &old);
        let n = old.components.len() - 1;
        assert_eq!(1 + n + 1 + n, plan.messages.len());
        let (removed, rest) = plan.messages.split_first().unwrap();
        assert_eq!("homeassistant/sensor/netlog_home/of_an_older_version/config", removed.topic);
        assert_eq!("", &*removed.payload);
        assert!(rest[..n].iter().all(|message| &*message.payload == r#"{"migr_discvry":true}"#));
        assert_eq!(DEVICE, rest[n].topic);
        assert!(rest[n + 1..].iter().all(|message| message.payload.is_empty()));
        assert_eq!(home.found(&plan), plan.known);
        assert!(plan.known.components.is_empty());
    }

    #[test]
    fn entities_are_kept_when_the_form_changes_to_components() {
        let home = Home::new();
        let old = home.plan(&["1.1.1.1", "9.9.9.9"], true, DiscoveryForm::Device, &KnownConfigs::default()).known;
        let plan = home.plan(&["1.1.1.1"], true, DiscoveryForm::Component, &old);
        let at_device: Vec<&str> =
            plan.messages.iter().filter(|message| message.topic == DEVICE).map(|message| &*message.payload).collect();
        assert!(at_device[0].contains(r#""target_9_9_9_9":{"p":"binary_sensor"}"#));
        assert_eq!([r#"{"migr_discvry":true}"#, ""], at_device[1..]);
        assert_eq!(DEVICE, plan.messages.last().unwrap().topic);
        assert_eq!(home.found(&plan), plan.known);
        assert!(!plan.known.has_device);
    }

    #[test]
    fn everything_is_taken_away_when_discovery_is_off_and_nothing_where_nothing_is() {
        let home = Home::new();
        for form in [DiscoveryForm::Device, DiscoveryForm::Component] {
            let old = home.plan(&["1.1.1.1"], true, form, &KnownConfigs::default()).known;
            let plan = home.plan(&["1.1.1.1"], false, DiscoveryForm::Off, &old);
            assert!(!plan.messages.is_empty() && plan.messages.iter().all(|message| message.payload.is_empty()));
            assert_eq!(KnownConfigs::default(), plan.known);
        }
        assert_eq!(DiscoveryPlan::default(), home.plan(&[], true, DiscoveryForm::Off, &KnownConfigs::default()));
    }

    #[test]
    fn a_broker_cannot_fill_the_memory() {
        let mut known = KnownConfigs::default();
        for n in 0..2 * MAX_KNOWN {
            known.insert(ConfigTopic::Component("sensor".into(), n.to_string()), b"{}");
        }
        let many: Vec<String> = (0..2 * MAX_KNOWN).map(|n| format!(r#""k{n}":{{"p":"sensor"}}"#)).collect();
        let payload = format!(r#"{{"cmps":{{{}}}}}"#, many.join(","));
        known.insert(ConfigTopic::Device, payload.as_bytes());
        known.insert(ConfigTopic::Device, payload.replace("\"k", "\"j").as_bytes());
        assert_eq!((MAX_KNOWN, MAX_KNOWN), (known.components.len(), known.device.len()));
    }
}
