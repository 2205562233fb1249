//! Settings in the words of a form.

use super::{T, Text, faults::remedy_in_german};
use crate::model::{
    config::Config,
    settings::{Kind, Setting},
    spelling::Spelling,
};

/// Key, name and meaning: English name, German name, German meaning. The English meaning stands with the setting.
const NAMES: &[(&str, &str, &str, &str)] = &[
    (
        "gateway",
        "Home router",
        "Router",
        "Der Router zu Hause. „auto“ fragt das System, und zwar neu, sobald sich das Netz ändert.",
    ),
    ("targets", "Far hosts", "Ferne Hosts", "Hosts mehrerer Betreiber. Nur wenn alle schweigen, ist die Leitung tot."),
    (
        "ipv6_targets",
        "Far hosts for IPv6",
        "Ferne Hosts für IPv6",
        "Werden nur gefragt, wenn das System eine IPv6-Route hat.",
    ),
    (
        "isp_targets",
        "Hops of the provider",
        "Router des Anbieters",
        "In der Reihenfolge des Weges. An ihnen unterscheiden sich Anschlussleitung und Netz des Anbieters.",
    ),
    (
        "isp_tcp_ip",
        "TCP test at the provider: address",
        "TCP-Test beim Anbieter: Adresse",
        "Ein Host des Anbieters, dessen TCP-Port in jedem Durchgang geprüft wird.",
    ),
    (
        "isp_tcp_port",
        "TCP test at the provider: port",
        "TCP-Test beim Anbieter: Port",
        "Der Port, der dort geprüft wird.",
    ),
    (
        "tcp_test_ip",
        "TCP test: address",
        "TCP-Test: Adresse",
        "Ein ferner Host, dessen TCP-Port in jedem Durchgang geprüft wird.",
    ),
    ("tcp_test_port", "TCP test: port", "TCP-Test: Port", "Der Port, der dort geprüft wird."),
    (
        "sample_interval_sec",
        "Time between samples",
        "Abstand der Messungen",
        "Zeit zwischen zwei Messungen von Router, Anbieter und einem fernen Host.",
    ),
    (
        "ping_interval_sec",
        "Time between cycles",
        "Abstand der Durchgänge",
        "Zeit zwischen zwei vollen Durchgängen, jeder eine Zeile in netlog.csv.",
    ),
    (
        "check_interval_seconds",
        "Interval of the original",
        "Abstand des Originals",
        "Wird dem Original zuliebe gelesen und nicht benutzt; es gilt ping_interval_sec.",
    ),
    (
        "outage_after_sec",
        "Outage after",
        "Ausfall ab",
        "So viele schlechte Sekunden am Stück sind ein Ausfall, so viele gute beenden ihn.",
    ),
    (
        "ping_timeout_sec",
        "Longest wait for an echo",
        "Längstes Warten auf ein Echo",
        "Auf bekannte Hosts wird viel kürzer gewartet.",
    ),
    (
        "tcp_timeout_sec",
        "Longest wait for TCP",
        "Längstes Warten auf TCP",
        "Für die TCP-Testports. Fernen Hosts wird nicht mehr Zeit gegeben als einem Echo.",
    ),
    ("dns_timeout_sec", "Longest wait for DNS", "Längstes Warten auf DNS", "Für eine Antwort eines Nameservers."),
    (
        "http_timeout_sec",
        "Longest wait for a page",
        "Längstes Warten auf eine Seite",
        "Für eine ganze Web-Anfrage, vom Namen bis zum letzten Byte.",
    ),
    (
        "dns_servers",
        "Own resolvers",
        "Eigene Nameserver",
        "Nameserver, die als die dieses Computers gelten. „auto“ nimmt die des Systems.",
    ),
    (
        "public_resolvers",
        "Public resolvers",
        "Öffentliche Nameserver",
        "Werden zum Vergleich gefragt. Ihr Versagen allein ist kein Ausfall.",
    ),
    (
        "dns_test_hostname",
        "Test name",
        "Testname",
        "Ein Name, den es gibt. Erfundene Namen darunter prüfen, was kein Zwischenspeicher verbergen kann.",
    ),
    (
        "dns_known_name",
        "Known name",
        "Bekannter Name",
        "Ein Name, dessen Adressen bekannt sind, um falsche Antworten zu erkennen.",
    ),
    ("dns_known_addresses", "Its addresses", "Seine Adressen", "Die wahren IPv4-Adressen dieses Namens."),
    ("http_url", "Web site", "Website", "Eine Website, die beim Namen gefragt wird."),
    (
        "http_urls",
        "More web sites",
        "Weitere Websites",
        "Von anderen Betreibern. Eine versagende Website ist kein Ausfall.",
    ),
    ("http_ip_url", "Web site by address", "Website nach Adresse", "Eine Website, die ohne DNS gefragt wird."),
    (
        "captive_portal_url",
        "Page against login portals",
        "Seite gegen Anmeldeportale",
        "Eine Seite mit bekanntem Inhalt, unverschlüsselt, damit sich ein Portal verrät.",
    ),
    (
        "captive_portal_body",
        "Its content",
        "Ihr Inhalt",
        "Der genaue Inhalt dieser Seite, von Leerraum außen herum abgesehen.",
    ),
    ("http_proxy", "Proxy", "Proxy", "Für die Web-Anfragen. Die Proxy-Einstellungen des Systems gelten nicht."),
    (
        "degraded_loss_percent",
        "Loss that counts as bad",
        "Verlust, der als schlecht gilt",
        "Verlust, der sicher darüber liegt, ist eine Verschlechterung.",
    ),
    (
        "degraded_rtt_ms",
        "Latency that counts as bad",
        "Latenz, die als schlecht gilt",
        "Liegt mehr als die Hälfte der Antworten darüber, ist es eine Verschlechterung.",
    ),
    (
        "degraded_rtt_rise_ms",
        "Rise of latency that counts",
        "Anstieg der Latenz, der zählt",
        "Auch Latenz so weit, und ein Viertel, über dem Üblichen der letzten Stunde.",
    ),
    (
        "degraded_jitter_ms",
        "Jitter that counts as bad",
        "Jitter, der als schlecht gilt",
        "Jitter, der sicher darüber liegt, ist eine Verschlechterung.",
    ),
    (
        "degraded_jitter_rise_ms",
        "Rise of jitter that counts",
        "Anstieg des Jitters, der zählt",
        "Auch wenn mehr als 7 % der Antworten so viel später kommen, als es natürlich schwankt.",
    ),
    (
        "trace_host",
        "Host of traces",
        "Ziel der Wegverfolgung",
        "Zu ihm wird der Weg verfolgt, wenn ein Ausfall beginnt.",
    ),
    (
        "trace_cooldown_sec",
        "Least time between them",
        "Mindestabstand",
        "Zeit, die zwischen zwei solchen Verfolgungen mindestens liegt.",
    ),
    (
        "mtr_targets",
        "Hosts of regular traces",
        "Ziele regelmäßiger Verfolgung",
        "Hosts der regelmäßigen und der gründlichen Wegverfolgungen.",
    ),
    (
        "mtr_intensive_enabled",
        "Trace during outages",
        "Bei Ausfällen verfolgen",
        "Während eines Ausfalls den Weg in vielen Runden verfolgen.",
    ),
    ("mtr_intensive_count", "Rounds during outages", "Runden bei Ausfällen", "Runden einer gründlichen Wegverfolgung."),
    (
        "mtr_baseline_enabled",
        "Trace now and then",
        "Ab und zu verfolgen",
        "Den Weg ab und zu verfolgen, während die Leitung funktioniert.",
    ),
    (
        "mtr_baseline_period_sec",
        "Time between regular traces",
        "Abstand regelmäßiger Verfolgung",
        "Zeit zwischen zwei regelmäßigen Wegverfolgungen.",
    ),
    (
        "mtr_baseline_count",
        "Rounds of regular traces",
        "Runden regelmäßiger Verfolgung",
        "Runden einer regelmäßigen Wegverfolgung.",
    ),
    (
        "stun_server",
        "STUN server",
        "STUN-Server",
        "Nennt die öffentliche Adresse beim Start und nach Ausfällen (RFC 8489). Leer fragt niemanden.",
    ),
    ("stun_port", "Its port", "Sein Port", "Der UDP-Port des STUN-Servers."),
    (
        "log_dir",
        "Folder of the logs",
        "Ordner der Protokolle",
        "Leer bedeutet den Datenordner des Systems; ein relativer beginnt im aktuellen Verzeichnis.",
    ),
    (
        "analyze_on_outage",
        "Analysis after an outage",
        "Auswertung nach einem Ausfall",
        "Nach einem Ausfall eine Auswertung schreiben.",
    ),
    (
        "analyze_cooldown_sec",
        "Least time between them",
        "Mindestabstand",
        "Zeit, die zwischen zwei solchen Auswertungen mindestens liegt.",
    ),
    ("analyze_timeout_sec", "Longest time of one", "Längste Dauer", "So lange darf eine Auswertung höchstens dauern."),
    (
        "retention_days",
        "Keep files for",
        "Dateien behalten",
        "Danach werden Dateien entfernt, die zu keinem Ausfall gehören.",
    ),
    (
        "retention_max_mib",
        "Size of the folder at most",
        "Größe des Ordners höchstens",
        "Darüber werden die ältesten von ihnen entfernt.",
    ),
    ("customer", "Customer", "Kunde", "Mit wem der Vertrag besteht. Steht auf Berichten, wie alles in dieser Gruppe."),
    ("customer_address", "Address of the line", "Adresse des Anschlusses", "Wo der Anschluss ist. Kann fehlen."),
    ("contract_number", "Contract number", "Vertragsnummer", "Die Kunden- oder Vertragsnummer."),
    ("provider", "Provider", "Anbieter", "Name des Anbieters."),
    ("access_type", "Access", "Zugangsart", "Wie der Anschluss ins Haus kommt, etwa DSL, Kabel oder Glasfaser."),
    (
        "contract_down_mbit",
        "Download by contract",
        "Download laut Vertrag",
        "Die vereinbarte Downloadrate; 0, wenn sie nicht genannt werden soll.",
    ),
    (
        "contract_up_mbit",
        "Upload by contract",
        "Upload laut Vertrag",
        "Die vereinbarte Uploadrate; 0, wenn sie nicht genannt werden soll.",
    ),
    (
        "monthly_fee",
        "Monthly fee",
        "Monatliches Entgelt",
        "Was der Anschluss im Monat kostet, für Schätzungen; 0, wenn es nicht genannt werden soll.",
    ),
    ("report_profile", "Rules of", "Regeln von", "Nach wessen Regeln die Tage einer Störung gezählt werden."),
    ("report_lang", "Language of reports", "Sprache der Berichte", "„auto“ ist Deutsch bei de und at, sonst Englisch."),
    (
        "monthly_report",
        "Monthly report",
        "Monatlicher Bericht",
        "Schreibt nach jedem Monat einen Bericht in den Ordner der Protokolle, etwa report_2026-10.pdf.",
    ),
    (
        "ntp_server",
        "Time server",
        "Zeitserver",
        "Wird einmal in der Stunde gefragt, wie weit diese Uhr abweicht, für den Bericht (RFC 5905). Leer fragt niemanden.",
    ),
    ("ntp_port", "Port of the time server", "Port des Zeitservers", "Der UDP-Port des Zeitservers."),
    (
        "history_max_mib",
        "Size of the history at most",
        "Größe des Verlaufs höchstens",
        "Größe von history.db, über der die ältesten Messungen entfernt werden, die um Ausfälle herum zuletzt.",
    ),
    (
        "site",
        "Identifier of this line",
        "Kennung dieser Leitung",
        "Kennung in MQTT-Themen, Messwerten und Home Assistant.",
    ),
    (
        "api_enabled",
        "Local API",
        "Lokale Schnittstelle",
        "Beantwortet Anfragen anderer Programme über HTTP, solange überwacht wird.",
    ),
    (
        "api_listen",
        "Its address",
        "Ihre Adresse",
        "Adresse und Port der Schnittstelle. Über diesen Computer hinaus nur mit dem Geheimnis api_token.",
    ),
    (
        "api_hosts",
        "Its further names",
        "Ihre weiteren Namen",
        "Namen, unter denen sie außerdem angesprochen werden darf.",
    ),
    (
        "metrics_alias_smokeping",
        "Names of smokeping_prober",
        "Namen von smokeping_prober",
        "Gibt unter /metrics zusätzlich die Namen von smokeping_prober an, für dessen Dashboards.",
    ),
    (
        "mqtt_url",
        "MQTT broker",
        "MQTT-Broker",
        "Erfährt den Zustand der Leitung. Das Passwort ist das Geheimnis mqtt_password.",
    ),
    ("mqtt_user", "User name at the broker", "Benutzername beim Broker", "Leer für keinen."),
    (
        "mqtt_ca_file",
        "Certificates for the broker",
        "Zertifikate für den Broker",
        "Datei (PEM), der bei mqtts:// statt der Zertifikate des Systems vertraut wird.",
    ),
    ("mqtt_prefix", "Prefix of topics", "Beginn der Themen", "Die ersten Ebenen aller Themen."),
    (
        "mqtt_discovery",
        "Discovery by Home Assistant",
        "Erkennung durch Home Assistant",
        "device ab Version 2024.11, component davor.",
    ),
    (
        "mqtt_discovery_prefix",
        "Prefix of discovery",
        "Beginn der Erkennung",
        "Die ersten Ebenen der Themen, die Home Assistant liest.",
    ),
    (
        "remote_write_url",
        "Prometheus remote write",
        "Prometheus Remote Write",
        "Dorthin werden Messungen gesendet, etwa http://host:9090/api/v1/write.",
    ),
    (
        "remote_write_user",
        "User name there",
        "Benutzername dort",
        "Ohne einen ist das Geheimnis remote_write_token ein Bearer-Token.",
    ),
    (
        "influx_url",
        "InfluxDB line protocol",
        "InfluxDB Line Protocol",
        "Dorthin werden Messungen gesendet, etwa http://host:8086/write?db=netlog.",
    ),
    (
        "influx_user",
        "User name at InfluxDB",
        "Benutzername bei InfluxDB",
        "Ohne einen ist das Geheimnis influx_token ein Token.",
    ),
    (
        "push_ca_file",
        "Certificates for these",
        "Zertifikate dafür",
        "Datei (PEM), der bei diesen Adressen und bei Webhooks statt der Zertifikate des Systems vertraut wird.",
    ),
    (
        "queue_max_mib",
        "Size of the queue at most",
        "Größe der Warteschlange höchstens",
        "Größe dessen, was noch nicht zugestellt ist. Darüber wird das Älteste verworfen.",
    ),
    ("notify_events", "Events", "Ereignisse", "Ereignisse, über die per Webhook und Mail benachrichtigt wird."),
    (
        "notify_min_outage_sec",
        "Shortest outage",
        "Kürzester Ausfall",
        "Länge, ab der ein Ausfall eine Nachricht wert ist.",
    ),
    (
        "notify_quiet_hours",
        "Quiet hours",
        "Ruhezeit",
        "Stunden nach Ortszeit, in denen Nachrichten warten, etwa 22:00-07:00.",
    ),
    (
        "notify_digest",
        "Digest",
        "Zusammenfassung",
        "Eine Nachricht über alle Ereignisse eines Tages oder einer Woche statt einzelner.",
    ),
    ("notify_lang", "Language of messages", "Sprache der Nachrichten", "Deutsch oder Englisch."),
    (
        "smtp_url",
        "Mail server",
        "Mailserver",
        "smtps:// spricht sofort TLS, smtp:// mit STARTTLS, nur auf diesem Computer ohne.",
    ),
    ("smtp_user", "User name at the mail server", "Benutzername beim Mailserver", "Leer für keinen."),
    ("smtp_from", "Sender", "Absender", "Absender der Mails."),
    ("smtp_to", "Receivers", "Empfänger", "Empfänger der Mails."),
    (
        "smtp_ca_file",
        "Certificates for the mail server",
        "Zertifikate für den Mailserver",
        "Datei (PEM), der beim Mailserver statt der Zertifikate des Systems vertraut wird.",
    ),
    (
        "heartbeat_interval_sec",
        "Time between heartbeats",
        "Abstand der Lebenszeichen",
        "Zeit zwischen zwei Anfragen an jedes der Geheimnisse heartbeats.",
    ),
];

impl Text {
    /// Name and meaning of a setting.
    pub(crate) fn setting(self, setting: &Setting<Config>) -> (&'static str, &'static str) {
        match NAMES.iter().find(|(key, ..)| *key == setting.key) {
            Some((_, _, name, help)) if self.is_german() => (name, help),
            Some((_, name, ..)) => (name, setting.help),
            None => (setting.key, setting.help),
        }
    }

    /// True if all words of `filter` stand in what is shown of the setting.
    pub(crate) fn setting_matches(self, setting: &Setting<Config>, filter: &str) -> bool {
        let (name, help) = self.setting(setting);
        let all = format!("{name} {help} {} {}", setting.key, self.group(setting.group)).to_lowercase();
        filter.to_lowercase().split_whitespace().all(|word| all.contains(word))
    }

    /// The heading of a group of settings.
    pub(crate) fn group(self, group: &str) -> &str {
        let text = match group {
            "Line" => T::GroupLine,
            "Rhythm" => T::GroupRhythm,
            "Names" => T::GroupNames,
            "Web" => T::GroupWeb,
            "Quality" => T::GroupQuality,
            "Path" => T::GroupPath,
            "Files" => T::GroupFiles,
            "Report" => T::GroupReport,
            "Local API" => T::GroupApi,
            "MQTT" => T::GroupMqtt,
            "Metrics" => T::GroupMetrics,
            "Notifications" => T::GroupNotifications,
            _ => return group,
        };
        self.of(text)
    }

    /// A unit in words.
    pub(crate) fn unit(self, unit: &'static str) -> &'static str {
        match unit {
            "days" => self.of(T::UnitDays),
            "rounds" => self.of(T::UnitRounds),
            other => other,
        }
    }

    /// Returns the values that a kind of setting takes, briefly.
    pub(crate) fn allowed(self, kind: Kind) -> String {
        match kind {
            Kind::Whole(min, max) => format!("{min}–{max}"),
            Kind::Number(min, max) => format!("{}–{}", self.trim(min), self.trim(max)),
            Kind::Switch => format!("{} / {}", self.of(T::On), self.of(T::Off)),
            Kind::Text => self.of(T::AllowedText).into(),
            Kind::Folder => self.of(T::AllowedFolder).into(),
            Kind::Host => self.of(T::AllowedHost).into(),
            Kind::OptionalHost => self.of(T::AllowedOptionalHost).into(),
            Kind::OptionalAddr => self.of(T::AllowedOptionalAddr).into(),
            Kind::AutoAddr => self.of(T::AllowedAutoAddr).into(),
            Kind::Hosts => self.of(T::AllowedHosts).into(),
            Kind::Addrs => self.of(T::AllowedAddrs).into(),
            Kind::AutoAddrs => self.of(T::AllowedAutoAddrs).into(),
            Kind::Url => self.of(T::AllowedUrl).into(),
            Kind::OptionalUrl => self.of(T::AllowedOptionalUrl).into(),
            Kind::Urls => self.of(T::AllowedUrls).into(),
            Kind::Choice(words) => words.join(" / "),
            Kind::Words(words) => words.join(", "),
            Kind::Mailboxes => self.of(T::AllowedMailboxes).into(),
            Kind::Spelled(spelling) => self.of(spelled(spelling)).into(),
        }
    }

    fn trim(self, number: f64) -> String {
        self.number(number, usize::from(number.fract() != 0.0))
    }

    /// Fault of a value, and what is allowed instead.
    pub(crate) fn not_allowed(self, kind: Kind, why: &str) -> String {
        if !self.is_german() {
            return capitalized(why);
        }
        let allowed = self.with(T::AllowedIs, &[&self.allowed(kind)]);
        match remedy_in_german(why) {
            Some(remedy) => format!("{}. {allowed}", capitalized(&remedy)),
            None => allowed,
        }
    }
}

fn spelled(spelling: Spelling) -> T {
    match spelling {
        Spelling::Site => T::AllowedSite,
        Spelling::Listen => T::AllowedListen,
        Spelling::OptionalBroker => T::AllowedBroker,
        Spelling::OptionalMailServer => T::AllowedMailServer,
        Spelling::OptionalFile => T::AllowedFile,
        Spelling::Topic => T::AllowedTopic,
        Spelling::OptionalHours => T::AllowedHours,
        Spelling::OptionalMailbox => T::AllowedMailbox,
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::config::SETTINGS;

    #[test]
    fn every_setting_has_a_name_and_a_german_meaning() {
        for setting in SETTINGS {
            assert!(NAMES.iter().any(|(key, ..)| *key == setting.key), "{}", setting.key);
        }
        for (key, english, german, help) in NAMES {
            assert!(SETTINGS.iter().any(|setting| setting.key == *key), "{key} is no setting");
            assert!(!english.is_empty() && !german.is_empty() && help.ends_with('.'), "{key}");
        }
    }
}
