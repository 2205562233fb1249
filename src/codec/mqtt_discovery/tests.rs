use std::collections::BTreeSet;

use super::*;
use crate::codec::mqtt_topics::DiscoveryTopics;

/// Entities that the manual promises for the site `home`, with the far hosts 1.1.1.1 and 8.8.8.8.
const PROMISED: &[&str] = &[
    "binary_sensor.network_gateway",
    "binary_sensor.internet_connection",
    "binary_sensor.network_internet_connected",
    "binary_sensor.internet_1_1_1_1",
    "binary_sensor.internet_8_8_8_8",
    "binary_sensor.network_dns",
    "binary_sensor.network_ipv6",
    "binary_sensor.network_problem",
    "sensor.gateway_ip",
    "sensor.success_rate_today",
    "sensor.average_latency",
    "sensor.packet_loss",
    "sensor.network_status",
    "sensor.network_root_cause",
    "sensor.network_fault_domain",
    "sensor.last_outage_start",
    "sensor.last_outage_duration",
    "sensor.last_outage_charged",
    "sensor.outages_today",
    "sensor.network_last_check",
    "button.network_run_test",
    "button.network_analyze_logs",
    "button.network_check_gateway",
    "event.network_outage",
];

fn input(site: &str) -> DiscoveryInput {
    DiscoveryInput { site: site.to_owned(), topics: LineTopics::new("netlog", site), expire_after: 60 }
}

fn hosts(hosts: &[&str]) -> Vec<String> {
    hosts.iter().map(ToString::to_string).collect()
}

fn ids(entities: &[EntityConfig]) -> BTreeSet<&str> {
    entities.iter().map(|entity| entity.keys["def_ent_id"].as_str().unwrap()).collect()
}

/// The text with the version of this build in place of the mark.
fn golden(text: &str) -> Value {
    serde_json::from_str(&text.replace("VERSION", env!("CARGO_PKG_VERSION"))).unwrap()
}

#[test]
fn the_device_message_is_the_one_in_the_file() {
    let input = input("home");
    let entities = entities(&input, &hosts(&["1.1.1.1"]));
    let removed = [("binary_sensor".to_owned(), "target_9_9_9_9".to_owned())];
    let message = device_config(&input, &entities, &removed);
    let expected = include_str!("../../../tests/data/mqtt/device.json");
    assert_eq!(golden(expected), message, "{}", serde_json::to_string_pretty(&message).unwrap());
}

#[test]
fn the_message_of_one_entity_is_the_one_in_the_file() {
    let input = input("site-a");
    let entities = entities(&input, &[]);
    let gateway = entities.iter().find(|entity| entity.key == "gateway").unwrap();
    let message = component_config(&input, gateway);
    let expected = include_str!("../../../tests/data/mqtt/component.json");
    assert_eq!(golden(expected), message, "{}", serde_json::to_string_pretty(&message).unwrap());
    let topic = DiscoveryTopics::new("homeassistant", "site-a").config(&component_topic(gateway));
    assert_eq!("homeassistant/binary_sensor/netlog_site-a/gateway/config", topic);
}

#[test]
fn the_site_home_has_the_promised_identifiers_and_others_their_name_before_them() {
    let targets = hosts(&["1.1.1.1", "8.8.8.8", "1.1.1.1"]);
    let at_home = entities(&input("home"), &targets);
    assert_eq!(PROMISED.iter().copied().collect::<BTreeSet<_>>(), ids(&at_home));
    assert_eq!(PROMISED.len(), at_home.len());
    let elsewhere = entities(&input("site-a"), &targets);
    assert!(ids(&elsewhere).contains("binary_sensor.site_a_network_gateway"), "{:?}", ids(&elsewhere));
    assert!(ids(&elsewhere).is_disjoint(&ids(&at_home)));
}

#[test]
fn every_entity_has_what_each_core_asks_for() {
    for site in ["home", "site-a"] {
        let input = input(site);
        let entities = entities(&input, &hosts(&["1.1.1.1", "2606:4700:4700::1111", "::1"]));
        let mut unique = BTreeSet::new();
        for EntityConfig { platform, key, keys } in &entities {
            assert!(is_word(key), "{key}");
            assert!(unique.insert(keys["uniq_id"].as_str().unwrap()), "{key}");
            let object_id = keys["obj_id"].as_str().unwrap();
            assert_eq!(format!("{}.{object_id}", platform.as_str()), keys["def_ent_id"]);
            assert!(object_id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'));
            let topic = if *platform == Platform::Button { "cmd_t" } else { "stat_t" };
            assert!(keys[topic].as_str().unwrap().starts_with(&format!("netlog/{site}/")), "{key}");
            // An entity without a device class of its own is told apart by its name.
            assert!(!keys["name"].as_str().unwrap().is_empty());
            assert_eq!(keys.contains_key("ops"), keys.get("dev_cla") == Some(&json!("enum")), "{key}");
        }
    }
}

#[test]
fn no_unknown_key_stands_where_a_core_refuses_the_device() {
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let allowed = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    let input = input("home");
    let entities = entities(&input, &hosts(&["1.1.1.1"]));
    let message = device_config(&input, &entities, &[]);
    assert_eq!(allowed(&["dev", "o", "avty", "qos", "cmps"]), names(&message));
    assert_eq!(allowed(&["ids", "name", "mf", "mdl", "sw"]), names(&message["dev"]));
    assert_eq!(allowed(&["name", "sw"]), names(&message["o"]));
    for (key, keys) in message["cmps"].as_object().unwrap() {
        assert!(keys.get("p").is_some() && keys.get("uniq_id").is_some(), "{key}");
    }
}

#[test]
fn no_value_is_told_as_a_number_while_nothing_is_measured() {
    let entities = entities(&input("home"), &hosts(&["1.1.1.1"]));
    let of_present = |entity: &&EntityConfig| entity.keys.contains_key("exp_aft") && !is_target_key(&entity.key);
    let present: Vec<&EntityConfig> = entities.iter().filter(of_present).collect();
    assert_eq!(11, present.len());
    for entity in present {
        let template = entity.keys["val_tpl"].as_str().unwrap();
        assert!(template.starts_with("{{ None if value_json.state == 'not_monitored' else "), "{template}");
    }
}

#[test]
fn far_hosts_without_number_stay_below_the_limit_of_brokers() {
    let input = input("a-site-with-the-longest-name-ther");
    let many: Vec<String> = (0..2000).map(|n| format!("192.0.{}.{}", n / 256, n % 256)).collect();
    let entities = entities(&input, &many);
    let size = device_config(&input, &entities, &[]).to_string().len();
    assert!(size < MAX_SIZE, "{size}");
}

#[test]
fn a_message_is_read_back() {
    let input = input("home");
    let entities = entities(&input, &hosts(&["1.1.1.1"]));
    let read = device_entities(device_config(&input, &entities, &[]).to_string().as_bytes());
    let written: Vec<EntityKey> =
        entities.iter().map(|entity| (entity.platform.as_str().to_owned(), entity.key.clone())).collect();
    assert_eq!(written, read);
    let long = br#"{"components":{"a":{"platform":"sensor"},"b/c":{"p":"sensor"},"d":{"p":7},"e":1}}"#;
    assert_eq!(vec![("sensor".to_owned(), "a".to_owned())], device_entities(long));
    for garbage in [&b""[..], b"[]", b"null", b"\xff\xfe", b"{\"cmps\":[1]}", b"{\"cmps\":{\"a\":null}}"] {
        assert_eq!(Vec::<EntityKey>::new(), device_entities(garbage));
    }
}
