//! Entities of a line in Home Assistant: the table that both forms of discovery are made of.

use serde_json::{Map, Value, json};

use crate::{
    codec::{
        mqtt_topics::{LineTopics, node},
        state_json::{ROOT_CAUSES, STATUSES},
    },
    model::{charge::Charged, state::slug, verdict::FaultDomain},
};

/// Words of `event_type` in events.
pub const EVENT_TYPES: &[&str] = &["outage_started", "outage_ended", "test_finished", "analysis_finished"];

/// Command that measures now.
pub const RUN_TEST: &str = "run_test";
/// Command that computes the figures of the last seven days.
pub const ANALYZE_LOGS: &str = "analyze_logs";
/// Command that measures now, for the state of the gateway.
pub const CHECK_GATEWAY: &str = "check_gateway";

/// Far hosts that have entities. With more the message for the device would pass the limit of brokers.
const MAX_TARGETS: usize = 1000;

/// Site whose entity identifiers carry no prefix.
const HOME: &str = "home";

/// Platform of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// On, off or unknown.
    BinarySensor,
    /// A value.
    Sensor,
    /// Sends a command.
    Button,
    /// Tells events.
    Event,
}

impl Platform {
    /// The word in topics and payloads.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BinarySensor => "binary_sensor",
            Self::Sensor => "sensor",
            Self::Button => "button",
            Self::Event => "event",
        }
    }
}

/// One entity with the keys of its discovery message, abbreviated as Home Assistant defines them.
#[derive(Debug, Clone, PartialEq)]
pub struct EntityConfig {
    /// Platform.
    pub platform: Platform,
    /// Identifier, unique within the line.
    pub key: String,
    /// Keys but for the device, the origin and the availability, which are the same for all.
    pub keys: Map<String, Value>,
}

/// Builder of the entities of one line.
pub(super) struct EntityTable<'a> {
    site: &'a str,
    topics: &'a LineTopics,
    expire_after: u64,
    entities: Vec<EntityConfig>,
}

/// Template of a value that is not known while the line is not measured.
fn now(value: &str) -> String {
    format!("{{{{ None if value_json.state == 'not_monitored' else {value} }}}}")
}

/// Template of a binary sensor over a boolean of the document, or `null`.
fn flag(field: &str) -> String {
    let value = format!("value_json.{field}");
    now(&format!("(None if {value} is none else ('ON' if {value} else 'OFF'))"))
}

/// Template of a field of the last finished outage.
fn last_outage(field: &str) -> String {
    format!("{{{{ value_json.last_outage.{field} if value_json.last_outage else None }}}}")
}

/// Words of an enum that is `null` where nothing is broken.
fn domains() -> Vec<&'static str> {
    std::iter::once("none").chain(FaultDomain::ALL.iter().map(|domain| domain.as_str())).collect()
}

const PROBLEM: &str = "(None if value_json.status == 'unknown' else \
                       ('OFF' if value_json.status == 'ok' else 'ON'))";
const DOMAIN: &str = "(value_json.fault_domain or (None if value_json.status == 'unknown' else 'none'))";
/// Attributes that change with the verdict alone, so that no cycle makes a new state in the recorder.
const PROBLEM_ATTRIBUTES: &str = "{{ {'state': value_json.state, 'since': value_json.since, \
     'fault_domain': value_json.fault_domain, 'charged': value_json.charged, \
     'confidence': value_json.confidence, 'evidence': value_json.evidence, \
     'outage_start': value_json.outage.start if value_json.outage else None} | tojson }}";
const LAST_OUTAGE_ATTRIBUTES: &str = "{{ (value_json.last_outage or {}) | tojson }}";

impl<'a> EntityTable<'a> {
    pub(super) fn new(site: &'a str, topics: &'a LineTopics, expire_after: u64) -> Self {
        Self { site, topics, expire_after, entities: Vec::new() }
    }

    /// Adds an entity. `object_id` is that of the site `home`; other sites have theirs in front of it.
    fn add(&mut self, platform: Platform, key: &str, name: &str, object_id: &str, more: Value) {
        let object_id = match self.site {
            HOME => object_id.to_owned(),
            site => format!("{}_{object_id}", slug(site)),
        };
        let mut keys = Map::new();
        keys.insert("name".into(), json!(name));
        if let Value::Object(more) = more {
            keys.extend(more);
        }
        keys.insert("uniq_id".into(), json!(format!("{}_{key}", node(self.site))));
        // Cores before 2025.10 read `obj_id` alone, newer ones warn of it where `def_ent_id` is missing.
        keys.insert("def_ent_id".into(), json!(format!("{}.{object_id}", platform.as_str())));
        keys.insert("obj_id".into(), json!(object_id));
        self.entities.push(EntityConfig { platform, key: key.to_owned(), keys });
    }

    /// Adds a sensor or binary sensor over the state document.
    fn add_state(
        &mut self,
        (platform, key, name, object_id): (Platform, &str, &str, &str),
        template: &str,
        is_present: bool,
        more: Value,
    ) {
        let mut keys = Map::new();
        keys.insert("stat_t".into(), json!(self.topics.state()));
        keys.insert("val_tpl".into(), json!(template));
        if is_present {
            keys.insert("exp_aft".into(), json!(self.expire_after));
        }
        if let Value::Object(more) = more {
            keys.extend(more);
        }
        self.add(platform, key, name, object_id, Value::Object(keys));
    }

    fn add_flag(&mut self, key: &str, name: &str, object_id: &str, field: &str) {
        let more = json!({ "dev_cla": "connectivity" });
        self.add_state((Platform::BinarySensor, key, name, object_id), &flag(field), true, more);
    }

    pub(super) fn parts(mut self) -> Self {
        self.add_flag("gateway", "Gateway", "network_gateway", "gateway_ok");
        self.add_flag("internet", "Internet connection", "internet_connection", "internet_ok");
        // The same value under the other identifier that automations name.
        self.add_flag("internet_connected", "Internet connected", "network_internet_connected", "internet_ok");
        self.add_flag("dns", "DNS", "network_dns", "dns_ok");
        self.add_flag("ipv6", "IPv6", "network_ipv6", "ipv6_ok");
        let more = json!({
            "dev_cla": "problem",
            "json_attr_t": self.topics.state(),
            "json_attr_tpl": PROBLEM_ATTRIBUTES,
        });
        self.add_state((Platform::BinarySensor, "problem", "Problem", "network_problem"), &now(PROBLEM), true, more);
        self
    }

    pub(super) fn figures(mut self) -> Self {
        let sensor = Platform::Sensor;
        self.add_state(
            (sensor, "gateway_ip", "Gateway IP", "gateway_ip"),
            "{{ value_json.gateway_ip }}",
            false,
            json!({ "ent_cat": "diagnostic", "ic": "mdi:router-network" }),
        );
        self.add_state(
            (sensor, "success_rate_today", "Success rate today", "success_rate_today"),
            "{{ value_json.today.success_rate_pct }}",
            false,
            json!({ "unit_of_meas": "%", "stat_cla": "measurement", "sug_dsp_prc": 2, "ic": "mdi:percent" }),
        );
        self.add_state(
            (sensor, "average_latency", "Average latency", "average_latency"),
            &now("value_json.latency_avg_ms"),
            true,
            json!({
                "dev_cla": "duration", "unit_of_meas": "ms", "stat_cla": "measurement", "sug_dsp_prc": 1,
            }),
        );
        self.add_state(
            (sensor, "packet_loss", "Packet loss", "packet_loss"),
            &now("value_json.loss_pct"),
            true,
            json!({ "unit_of_meas": "%", "stat_cla": "measurement", "sug_dsp_prc": 1, "ic": "mdi:lan-disconnect" }),
        );
        self
    }

    pub(super) fn verdict(mut self) -> Self {
        let sensor = Platform::Sensor;
        self.add_state(
            (sensor, "status", "Status", "network_status"),
            &now("value_json.status"),
            true,
            json!({ "dev_cla": "enum", "ops": STATUSES, "ic": "mdi:lan-check" }),
        );
        self.add_state(
            (sensor, "root_cause", "Root cause", "network_root_cause"),
            &now("value_json.root_cause"),
            true,
            json!({ "dev_cla": "enum", "ops": ROOT_CAUSES, "ic": "mdi:stethoscope" }),
        );
        self.add_state(
            (sensor, "fault_domain", "Fault domain", "network_fault_domain"),
            &now(DOMAIN),
            true,
            json!({ "dev_cla": "enum", "ops": domains(), "ic": "mdi:map-marker-alert" }),
        );
        self
    }

    pub(super) fn outages(mut self) -> Self {
        let sensor = Platform::Sensor;
        self.add_state(
            (sensor, "last_outage_start", "Last outage start", "last_outage_start"),
            &last_outage("start"),
            false,
            json!({ "dev_cla": "timestamp" }),
        );
        let more = json!({
            "dev_cla": "duration",
            "unit_of_meas": "s",
            "sug_dsp_prc": 0,
            "json_attr_t": self.topics.state(),
            "json_attr_tpl": LAST_OUTAGE_ATTRIBUTES,
        });
        self.add_state(
            (sensor, "last_outage_duration", "Last outage duration", "last_outage_duration"),
            &last_outage("duration_s"),
            false,
            more,
        );
        let parties: Vec<&str> = Charged::ALL.iter().map(|party| party.as_str()).collect();
        self.add_state(
            (sensor, "last_outage_charged", "Last outage charged to", "last_outage_charged"),
            &last_outage("charged"),
            false,
            json!({ "dev_cla": "enum", "ops": parties, "ic": "mdi:account-alert" }),
        );
        self.add_state(
            (sensor, "outages_today", "Outages today", "outages_today"),
            "{{ value_json.today.outages }}",
            false,
            json!({ "stat_cla": "total_increasing", "ic": "mdi:counter" }),
        );
        // Changes with each cycle.
        self.add_state(
            (sensor, "last_check", "Last check", "network_last_check"),
            "{{ value_json.last_check }}",
            false,
            json!({ "dev_cla": "timestamp", "ent_cat": "diagnostic", "en": false }),
        );
        self
    }

    pub(super) fn commands(mut self) -> Self {
        let command = self.topics.command();
        for (key, name, category, icon) in [
            (RUN_TEST, "Run test", None, "mdi:play-network"),
            (ANALYZE_LOGS, "Analyze logs", Some("diagnostic"), "mdi:text-box-search"),
            (CHECK_GATEWAY, "Check gateway", Some("diagnostic"), "mdi:router-network"),
        ] {
            let mut more = json!({ "cmd_t": command, "pl_prs": key, "ic": icon });
            if let (Some(category), Some(keys)) = (category, more.as_object_mut()) {
                keys.insert("ent_cat".into(), json!(category));
            }
            self.add(Platform::Button, key, name, &format!("network_{key}"), more);
        }
        let more = json!({ "stat_t": self.topics.event(), "evt_typ": EVENT_TYPES });
        self.add(Platform::Event, "outage", "Outage", "network_outage", more);
        self
    }

    /// Adds the entities of the far hosts: of several with one slug the first, and no more than [`MAX_TARGETS`].
    pub(super) fn targets(mut self, hosts: &[String]) -> Self {
        let mut slugs: Vec<String> = Vec::new();
        for host in hosts {
            let slug = slug(host);
            if slug.is_empty() || slugs.contains(&slug) || slugs.len() >= MAX_TARGETS {
                continue;
            }
            self.add_target(host, &slug);
            slugs.push(slug);
        }
        self
    }

    fn add_target(&mut self, host: &str, slug: &str) {
        let topic = self.topics.target(slug);
        let key = target_key(slug);
        let more = json!({
            "stat_t": topic,
            "val_tpl": "{{ None if value_json.ok is none else ('ON' if value_json.ok else 'OFF') }}",
            "exp_aft": self.expire_after,
            "dev_cla": "connectivity",
        });
        // No latency of each far host: it would be off by default, and cores never remove an entity that is off.
        self.add(Platform::BinarySensor, &key, &format!("Internet {host}"), &format!("internet_{slug}"), more);
    }

    pub(super) fn finish(self) -> Vec<EntityConfig> {
        self.entities
    }
}

/// Key of the entity of a far host.
fn target_key(slug: &str) -> String {
    format!("{TARGET}{slug}")
}

/// Beginning of the keys of entities of far hosts, which come and go with the settings.
const TARGET: &str = "target_";

/// True for the key of an entity of a far host.
pub fn is_target_key(key: &str) -> bool {
    key.starts_with(TARGET)
}
