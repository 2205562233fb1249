//! Every setting, declared once: key, type, default, range, unit, help.
//!
//! The reader of `config.json`, `netlog config`, the table in the README and the settings form are all made from
//! [`SETTINGS`]. Keys of the original program keep their spelling and their meaning.

use std::time::Duration;

use super::{
    settings::{Field, Kind, Setting},
    spelling::Spelling,
};

macro_rules! settings {
    ($($group:literal { $($key:ident: $type:ty = $default:expr, $kind:expr, $unit:literal, $help:literal;)+ })+) => {
        /// All settings with their values. Every value is within its range: only [`Setting::set`] changes one.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(clippy::doc_markdown, reason = "the help is shown as it stands, in a terminal too")]
        pub struct Config {
            $($(#[doc = $help] pub $key: $type,)+)+
        }

        impl Default for Config {
            fn default() -> Self {
                Self { $($($key: $default,)+)+ }
            }
        }

        /// The settings in the order they are shown.
        pub static SETTINGS: &[Setting<Config>] = &[$($(Setting {
            key: stringify!($key),
            group: $group,
            kind: $kind,
            unit: $unit,
            help: $help,
            get: |config| config.$key.to_value(),
            set: |config, value| match Field::from_value(value) {
                Some(value) => {
                    config.$key = value;
                    true
                }
                None => false,
            },
        },)+)+];
    };
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

settings! {
    "Line" {
        gateway: String = "auto".into(), Kind::AutoAddr, "",
            "Home router. \"auto\" asks the system, again whenever the network changes.";
        targets: Vec<String> = texts(["1.1.1.1", "8.8.8.8", "9.9.9.9", "8.8.4.4"]), Kind::Hosts, "",
            "Far hosts of several operators. Only when all are silent is the line down.";
        ipv6_targets: Vec<String> = texts(["2606:4700:4700::1111", "2001:4860:4860::8888"]), Kind::Hosts, "",
            "Far hosts for IPv6, asked only where the system has an IPv6 route.";
        isp_targets: Vec<String> = Vec::new(), Kind::Hosts, "",
            "Hops of the provider in the order of the path. They tell the access line from the provider's core.";
        isp_tcp_ip: String = String::new(), Kind::OptionalAddr, "",
            "A host of the provider whose TCP port is tested each cycle.";
        isp_tcp_port: u64 = 443, Kind::Whole(1, 65535), "", "The TCP port tested at isp_tcp_ip.";
        tcp_test_ip: String = "1.1.1.1".into(), Kind::OptionalAddr, "", "A far host whose TCP port is tested each cycle.";
        tcp_test_port: u64 = 443, Kind::Whole(1, 65535), "", "The TCP port tested at tcp_test_ip.";
    }
    "Rhythm" {
        sample_interval_sec: Duration = secs(1), Kind::Number(0.2, 60.0), "s",
            "Time between two pulse samples of gateway, provider hop and a target.";
        ping_interval_sec: Duration = secs(20), Kind::Number(2.0, 3600.0), "s",
            "Time between two full cycles over all layers, each a row in netlog.csv.";
        check_interval_seconds: Duration = secs(60), Kind::Number(1.0, 86400.0), "s",
            "Read for the original's sake and not used; ping_interval_sec is.";
        outage_after_sec: Duration = secs(10), Kind::Number(2.0, 600.0), "s",
            "Bad seconds in a row that make an outage, and clean ones that end it.";
        ping_timeout_sec: Duration = secs(4), Kind::Number(0.2, 30.0), "s",
            "Longest wait for an echo. Known hosts are waited for much shorter.";
        tcp_timeout_sec: Duration = secs(5), Kind::Number(0.2, 30.0), "s", "Longest wait for the TCP test ports. Targets are given no longer than an echo.";
        dns_timeout_sec: Duration = secs(3), Kind::Number(0.2, 30.0), "s", "Longest wait for a DNS answer.";
        http_timeout_sec: Duration = secs(5), Kind::Number(0.5, 60.0), "s",
            "Longest wait for a whole web request, from the name to the last byte.";
    }
    "Names" {
        dns_servers: Vec<String> = texts(["auto"]), Kind::AutoAddrs, "",
            "Resolvers judged as this computer's own. \"auto\" takes the system's.";
        public_resolvers: Vec<String> = texts(["1.1.1.1", "9.9.9.9"]), Kind::Addrs, "",
            "Resolvers asked for comparison. Their failure alone is no outage.";
        dns_test_hostname: String = "example.com".into(), Kind::Host, "",
            "A name that exists. Made-up names below it test what caches cannot hide.";
        dns_known_name: String = "dns.google".into(), Kind::Host, "", "A name whose addresses are known, to catch lies.";
        dns_known_addresses: Vec<String> = texts(["8.8.8.8", "8.8.4.4"]), Kind::Addrs, "",
            "The true IPv4 addresses of dns_known_name.";
    }
    "Web" {
        http_url: String = "https://example.com".into(), Kind::Url, "", "A web site asked by name.";
        http_urls: Vec<String> = texts(["https://www.google.com/generate_204", "https://www.cloudflare.com/cdn-cgi/trace"]),
            Kind::Urls, "", "More sites asked by name, of other operators. One failing site is no outage.";
        http_ip_url: String = "https://1.1.1.1".into(), Kind::OptionalUrl, "", "A web site asked by address, without DNS.";
        captive_portal_url: String = "http://detectportal.firefox.com/success.txt".into(), Kind::OptionalUrl, "",
            "A page with a known body, asked in the clear, so that a login portal gives itself away.";
        captive_portal_body: String = "success".into(), Kind::Text, "",
            "The exact body of that page, white space around it aside.";
        http_proxy: String = String::new(), Kind::OptionalUrl, "",
            "Proxy for the web requests. The system's proxy settings are not used.";
    }
    "Quality" {
        degraded_loss_percent: f64 = 2.0, Kind::Number(0.1, 100.0), "%", "Loss that is certainly above this is a degradation.";
        degraded_rtt_ms: f64 = 150.0, Kind::Number(1.0, 10000.0), "ms",
            "Latency above this, for more than half of the answers, is a degradation.";
        degraded_rtt_rise_ms: f64 = 35.0, Kind::Number(1.0, 10000.0), "ms",
            "So is latency this far, and a quarter, above the host's usual of the last hour.";
        degraded_jitter_ms: f64 = 30.0, Kind::Number(1.0, 10000.0), "ms", "Jitter that is certainly above this is a degradation.";
        degraded_jitter_rise_ms: f64 = 10.0, Kind::Number(1.0, 10000.0), "ms",
            "So is it if more than 7 % of the answers come this much later than varies naturally.";
    }
    "Path" {
        trace_host: String = "1.1.1.1".into(), Kind::Host, "", "The host traced when an outage begins.";
        trace_cooldown_sec: Duration = secs(180), Kind::Number(0.0, 86400.0), "s", "Least time between two such traces.";
        mtr_targets: Vec<String> = texts(["1.1.1.1"]), Kind::Hosts, "", "Hosts of baseline and intensive traces.";
        mtr_intensive_enabled: bool = true, Kind::Switch, "", "Trace with many rounds during an outage.";
        mtr_intensive_count: u64 = 60, Kind::Whole(1, 1000), "rounds", "Rounds of an intensive trace.";
        mtr_baseline_enabled: bool = true, Kind::Switch, "", "Trace now and then while the line works.";
        mtr_baseline_period_sec: Duration = secs(900), Kind::Number(60.0, 86400.0), "s", "Time between baseline traces.";
        mtr_baseline_count: u64 = 20, Kind::Whole(1, 1000), "rounds", "Rounds of a baseline trace.";
        stun_server: String = String::new(), Kind::OptionalHost, "",
            "A STUN server (RFC 8489) that tells the public address at the start and after outages. Empty asks nobody.";
        stun_port: u64 = 3478, Kind::Whole(1, 65535), "", "The UDP port of stun_server.";
        ntp_server: String = String::new(), Kind::OptionalHost, "",
            "A time server (RFC 5905) asked once an hour how far this clock is off, for the report. Empty asks nobody.";
        ntp_port: u64 = 123, Kind::Whole(1, 65535), "", "The UDP port of ntp_server.";
    }
    "Files" {
        log_dir: String = String::new(), Kind::Folder, "",
            "Folder of all logs. Empty means the platform's data folder; a relative one starts at the current directory.";
        analyze_on_outage: bool = true, Kind::Switch, "", "Write an analysis after an outage.";
        analyze_cooldown_sec: Duration = secs(300), Kind::Number(0.0, 86400.0), "s", "Least time between two such analyses.";
        analyze_timeout_sec: Duration = secs(120), Kind::Number(1.0, 3600.0), "s", "Longest time an analysis may take.";
        retention_days: u64 = 730, Kind::Whole(1, 36500), "days", "Age after which files that belong to no outage are removed.";
        retention_max_mib: u64 = 2048, Kind::Whole(16, 1_048_576), "MiB", "Size of the folder above which the oldest of them are removed.";
        history_max_mib: u64 = 1024, Kind::Whole(16, 1_048_576), "MiB",
            "Size of history.db above which its oldest samples are removed, those around outages last.";
    }
    "Report" {
        customer: String = String::new(), Kind::Text, "", "Who the contract is with. Stands on reports, as all of this group does.";
        customer_address: String = String::new(), Kind::Text, "", "Where the line is. May be left out.";
        contract_number: String = String::new(), Kind::Text, "", "The customer or contract number.";
        provider: String = String::new(), Kind::Text, "", "Name of the provider.";
        access_type: String = String::new(), Kind::Text, "", "How the line comes in, such as DSL, cable or fibre.";
        contract_down_mbit: f64 = 0.0, Kind::Number(0.0, 100_000.0), "Mbit/s", "Download rate of the contract; 0 when it is not to be told.";
        contract_up_mbit: f64 = 0.0, Kind::Number(0.0, 100_000.0), "Mbit/s", "Upload rate of the contract; 0 when it is not to be told.";
        monthly_fee: f64 = 0.0, Kind::Number(0.0, 100_000.0), "", "What the line costs a month, for estimates; 0 when it is not to be told.";
        report_profile: String = "generic".into(), Kind::Choice(&["generic", "de", "at", "uk", "us"]), "",
            "Whose rules the days of a fault are counted by.";
        report_lang: String = "auto".into(), Kind::Choice(&["auto", "en", "de"]), "",
            "Language of reports. \"auto\" is German for de and at, else English.";
        monthly_report: String = "off".into(), Kind::Choice(&["off", "pdf", "html", "text", "md", "csv", "json"]), "",
            "Write a report of each month when it is over, such as report_2026-10.pdf, into log_dir.";
    }
    "Local API" {
        site: String = "home".into(), Kind::Spelled(Spelling::Site), "",
            "Identifier of this line in MQTT topics, metrics and Home Assistant.";
        api_enabled: bool = false, Kind::Switch, "", "Answer other programs over HTTP while the monitor runs.";
        api_listen: String = "127.0.0.1:8787".into(), Kind::Spelled(Spelling::Listen), "",
            "Address of the local API. Beyond loopback only with the secret api_token.";
        api_hosts: Vec<String> = Vec::new(), Kind::Hosts, "",
            "Further names that requests may address the local API by.";
        metrics_alias_smokeping: bool = false, Kind::Switch, "",
            "Add the metric names of smokeping_prober to /metrics, for dashboards made for it.";
    }
    "MQTT" {
        mqtt_url: String = String::new(), Kind::Spelled(Spelling::OptionalBroker), "",
            "Broker that is told the state of the line. The password is the secret mqtt_password.";
        mqtt_user: String = String::new(), Kind::Text, "", "User name at the broker; empty for none.";
        mqtt_ca_file: String = String::new(), Kind::Spelled(Spelling::OptionalFile), "",
            "Certificates (PEM) trusted for mqtts:// instead of the system's.";
        mqtt_prefix: String = "netlog".into(), Kind::Spelled(Spelling::Topic), "", "First levels of all topics.";
        mqtt_discovery: String = "device".into(), Kind::Choice(&["device", "component", "off"]), "",
            "Discovery by Home Assistant: device from 2024.11 on, component before.";
        mqtt_discovery_prefix: String = "homeassistant".into(), Kind::Spelled(Spelling::Topic), "",
            "First levels of the topics that Home Assistant looks at.";
    }
    "Metrics" {
        remote_write_url: String = String::new(), Kind::OptionalUrl, "",
            "Where samples are sent by Prometheus remote write 1.0, such as http://host:9090/api/v1/write.";
        remote_write_user: String = String::new(), Kind::Text, "",
            "User name there. Without one the secret remote_write_token is a bearer token.";
        influx_url: String = String::new(), Kind::OptionalUrl, "",
            "Where samples are sent by InfluxDB line protocol, such as http://host:8086/write?db=netlog.";
        influx_user: String = String::new(), Kind::Text, "",
            "User name there. Without one the secret influx_token is a token.";
        push_ca_file: String = String::new(), Kind::Spelled(Spelling::OptionalFile), "",
            "Certificates (PEM) trusted for these addresses and for webhooks instead of the system's.";
        queue_max_mib: u64 = 64, Kind::Whole(1, 4096), "MiB",
            "Size of the queue of what is not delivered yet. Above it the oldest is dropped.";
    }
    "Notifications" {
        notify_events: Vec<String> = texts(["outage_started", "outage_ended"]),
            Kind::Words(&["outage_started", "outage_ended", "intermittent", "notice", "warning", "report"]), "",
            "Events that messages are sent for by webhook and mail.";
        notify_min_outage_sec: Duration = secs(10), Kind::Number(0.0, 86400.0), "s",
            "Length from which an outage is worth a message.";
        notify_quiet_hours: String = String::new(), Kind::Spelled(Spelling::OptionalHours), "",
            "Local hours in which messages wait, such as 22:00-07:00.";
        notify_digest: String = "off".into(), Kind::Choice(&["off", "daily", "weekly"]), "",
            "Send one message about all events of a day or week in place of single ones.";
        notify_lang: String = "en".into(), Kind::Choice(&["en", "de"]), "", "Language of messages.";
        smtp_url: String = String::new(), Kind::Spelled(Spelling::OptionalMailServer), "",
            "Mail server. smtps:// speaks TLS at once, smtp:// with STARTTLS except on loopback.";
        smtp_user: String = String::new(), Kind::Text, "", "User name there; empty for none.";
        smtp_from: String = String::new(), Kind::Spelled(Spelling::OptionalMailbox), "", "Sender of mails.";
        smtp_to: Vec<String> = Vec::new(), Kind::Mailboxes, "", "Receivers of mails.";
        smtp_ca_file: String = String::new(), Kind::Spelled(Spelling::OptionalFile), "",
            "Certificates (PEM) trusted at the mail server instead of the system's.";
        heartbeat_interval_sec: Duration = secs(60), Kind::Number(10.0, 86400.0), "s",
            "Time between two requests to each of the secret heartbeats.";
    }
}

/// The setting with this key.
pub fn setting(key: &str) -> Option<&'static Setting<Config>> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_allowed_and_survives_a_round_trip() {
        for setting in SETTINGS {
            let mut config = Config::default();
            assert_eq!(Ok(()), setting.set(&mut config, setting.default()), "{}", setting.key);
            assert_eq!(Config::default(), config, "{}", setting.key);
        }
    }

    #[test]
    fn every_setting_says_what_it_means() {
        for setting in SETTINGS {
            assert!(setting.help.ends_with('.') && setting.help.len() <= 120, "{}", setting.key);
            assert_eq!(1, SETTINGS.iter().filter(|other| other.key == setting.key).count(), "{}", setting.key);
        }
    }
}
