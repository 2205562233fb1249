//! The hosts that are asked, and the traffic of that, in words.

use super::{T, Text};
use crate::{
    engine::asked::{Asked, Purpose, asked, traffic},
    model::config::Config,
};

impl Text {
    /// The traffic of this configuration and its receivers, as sentences.
    pub(crate) fn what_is_sent(self, config: &Config) -> String {
        let parts: Vec<String> = asked(config).iter().map(|asked| self.party(asked)).collect();
        let (per_second, per_day) = self.traffic(config);
        let parties = self.with(T::SentTo, &[&parts.join("; ")]);
        format!("{parties} {}", self.with(T::SentSoMuch, &[&per_second, &per_day]))
    }

    fn party(self, Asked { purpose, hosts }: &Asked) -> String {
        let label = match purpose {
            Purpose::Router => T::SentRouter,
            Purpose::IspHops => T::SentIspHops,
            Purpose::OwnResolvers => T::SentOwnResolvers,
            Purpose::Targets => T::SentTargets,
            Purpose::TargetsV6 => T::SentTargetsV6,
            Purpose::PublicResolvers => T::SentPublicResolvers,
            Purpose::Ports => T::SentPorts,
            Purpose::Sites => T::SentSites,
            Purpose::MoreSites => T::SentMoreSites,
            Purpose::Portal => T::SentPortal,
            Purpose::Proxy => T::SentProxy,
            Purpose::Traces => T::SentTraces,
            Purpose::Stun => T::SentStun,
            Purpose::Time => T::SentTime,
            Purpose::Broker => T::SentBroker,
            Purpose::Metrics => T::SentMetrics,
            Purpose::Mail => T::SentMail,
        };
        let label = self.of(label);
        if hosts.is_empty() { label.to_owned() } else { format!("{label} {}", hosts.join(", ")) }
    }

    /// Traffic of a line that works, rounded up generously: kilobytes a second and megabytes a day.
    fn traffic(self, config: &Config) -> (String, String) {
        let kilobytes = traffic(config) / 1000.0;
        let step = if kilobytes > 1.0 { 0.5 } else { 0.1 };
        let kilobytes = (kilobytes / step).ceil() * step;
        let megabytes = (kilobytes * 8.64).ceil() * 10.0;
        (self.number(kilobytes, usize::from(kilobytes.fract() > 0.01)), self.number(megabytes, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::text::Language;

    #[test]
    fn everybody_who_is_asked_is_named_in_both_languages() {
        let config = Config {
            isp_targets: vec!["203.0.113.1".into()],
            stun_server: "stun.example".into(),
            ntp_server: "ntp.example".into(),
            http_proxy: "http://proxy.example:3128".into(),
            mqtt_url: "mqtt://broker.example".into(),
            influx_url: "http://influx.example:8086/write?db=netlog".into(),
            smtp_url: "smtp://mail.example".into(),
            ..Config::default()
        };
        for language in [Language::English, Language::German] {
            let said = Text::new(language).what_is_sent(&config);
            for asked in asked(&config) {
                for host in asked.hosts {
                    assert!(said.contains(&host), "{host} is not in {said:?}");
                }
            }
            assert!(!said.contains("{}"), "{said}");
        }
    }

    #[test]
    fn the_figure_is_no_less_than_what_is_sent() {
        let said = Text::new(Language::English).what_is_sent(&Config::default());
        assert!(said.contains("about 3 kB a second, 260 MB a day"), "{said}");
        let rare = Config {
            sample_interval_sec: std::time::Duration::from_mins(1),
            ping_interval_sec: std::time::Duration::from_mins(5),
            ..Config::default()
        };
        let said = Text::new(Language::German).what_is_sent(&rare);
        assert!(said.contains("etwa 0,3 kB pro Sekunde, 30 MB am Tag"), "{said}");
    }
}
