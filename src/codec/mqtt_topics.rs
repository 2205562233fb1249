//! Topics of MQTT: those of a line, and those that Home Assistant discovers it by.

/// Payload of the availability topic while the program is connected.
pub const ONLINE: &str = "online";
/// Payload of the availability topic otherwise; the broker publishes it as the last will.
pub const OFFLINE: &str = "offline";

/// Topics of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineTopics {
    base: String,
}

impl LineTopics {
    /// Topics below `prefix` for the line `site`, both as the settings spell them.
    pub fn new(prefix: &str, site: &str) -> Self {
        Self { base: format!("{prefix}/{site}") }
    }

    /// [`ONLINE`] or [`OFFLINE`], retained.
    pub fn availability(&self) -> String {
        format!("{}/availability", self.base)
    }

    /// State document, retained.
    pub fn state(&self) -> String {
        format!("{}/state", self.base)
    }

    /// Events, not retained.
    pub fn event(&self) -> String {
        format!("{}/event", self.base)
    }

    /// Commands to the program.
    pub fn command(&self) -> String {
        format!("{}/cmd", self.base)
    }

    /// State of one far host, retained.
    pub fn target(&self, slug: &str) -> String {
        format!("{}/target/{slug}/state", self.base)
    }

    /// Filter of the states of all far hosts.
    pub fn targets_filter(&self) -> String {
        format!("{}/target/+/state", self.base)
    }

    /// Slug of the far host that `topic` tells the state of; `None` for any other topic.
    pub fn target_slug<'a>(&self, topic: &'a str) -> Option<&'a str> {
        let slug = topic.strip_prefix(&self.base)?.strip_prefix("/target/")?.strip_suffix("/state")?;
        (!slug.is_empty() && !slug.contains('/')).then_some(slug)
    }
}

/// Topic that a discovery message stands under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigTopic {
    /// The one message for the whole device.
    Device,
    /// The message for one entity: its platform and its key.
    Component(String, String),
}

/// Topics of discovery for one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoveryTopics {
    prefix: String,
    node: String,
}

impl DiscoveryTopics {
    /// Topics below `prefix` for the line `site`, both as the settings spell them.
    pub fn new(prefix: &str, site: &str) -> Self {
        Self { prefix: prefix.to_owned(), node: node(site) }
    }

    /// Birth and last will of Home Assistant: [`ONLINE`] after its start.
    pub fn status(&self) -> String {
        format!("{}/status", self.prefix)
    }

    /// Filters that cover every discovery message of this line.
    pub fn config_filters(&self) -> [String; 2] {
        [format!("{}/device/{}/config", self.prefix, self.node), format!("{}/+/{}/+/config", self.prefix, self.node)]
    }

    /// The topic as text.
    pub fn config(&self, topic: &ConfigTopic) -> String {
        match topic {
            ConfigTopic::Device => format!("{}/device/{}/config", self.prefix, self.node),
            ConfigTopic::Component(platform, key) => format!("{}/{platform}/{}/{key}/config", self.prefix, self.node),
        }
    }

    /// The topic that `text` spells; `None` where it is no discovery topic of this line.
    pub fn parse_config(&self, text: &str) -> Option<ConfigTopic> {
        let levels = text.strip_prefix(&self.prefix)?.strip_prefix('/')?.strip_suffix("/config")?;
        let mut levels = levels.split('/');
        let (platform, node, key) = (levels.next()?, levels.next()?, levels.next());
        if node != self.node || levels.next().is_some() {
            return None;
        }
        match key {
            None => (platform == "device").then_some(ConfigTopic::Device),
            Some(key) => {
                let is_known = is_word(platform) && is_word(key);
                is_known.then(|| ConfigTopic::Component(platform.to_owned(), key.to_owned()))
            }
        }
    }
}

/// Identifier of the device in Home Assistant and of the program at the broker.
pub fn node(site: &str) -> String {
    format!("netlog_{site}")
}

/// True for what may stand in one level of a discovery topic.
pub fn is_word(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=128).contains(&text.len()) && text.bytes().all(is_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_of_a_line() {
        let topics = LineTopics::new("house/net", "home");
        assert_eq!("house/net/home/availability", topics.availability());
        assert_eq!("house/net/home/state", topics.state());
        assert_eq!("house/net/home/event", topics.event());
        assert_eq!("house/net/home/cmd", topics.command());
        assert_eq!("house/net/home/target/1_1_1_1/state", topics.target("1_1_1_1"));
        assert_eq!(Some("1_1_1_1"), topics.target_slug("house/net/home/target/1_1_1_1/state"));
        for other in ["house/net/home/state", "house/net/home2/target/a/state", "house/net/home/target/a/b/state"] {
            assert_eq!(None, topics.target_slug(other), "{other}");
        }
    }

    #[test]
    fn discovery_topics_are_read_as_they_are_written() {
        let topics = DiscoveryTopics::new("homeassistant", "site-a");
        let component = ConfigTopic::Component("sensor".into(), "gateway_ip".into());
        for (topic, text) in [
            (ConfigTopic::Device, "homeassistant/device/netlog_site-a/config"),
            (component, "homeassistant/sensor/netlog_site-a/gateway_ip/config"),
        ] {
            assert_eq!(text, topics.config(&topic));
            assert_eq!(Some(topic), topics.parse_config(text));
        }
        for other in [
            "homeassistant/device/netlog_site-b/config",
            "homeassistant/sensor/netlog_site-a/config",
            "homeassistant/sensor/netlog_site-a/a/b/config",
            "homeassistant/sensor/netlog_site-a//config",
            "homeassistant/sensor/netlog_site-a/\u{e4}/config",
            "other/device/netlog_site-a/config",
            "homeassistant",
            "",
        ] {
            assert_eq!(None, topics.parse_config(other), "{other}");
        }
    }
}
