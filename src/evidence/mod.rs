//! From the files of a log folder to what a report is made of. Every face gathers here: the command line, the window,
//! and the monitor at the end of a month.

mod addresses;
mod diary;
mod files;
pub mod keys;
pub mod pack;
pub mod path_changes;
mod paths;
pub mod segments;

pub use self::keys::kept;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::{
    analysis::summary::{Scope, Summariser},
    codec::{chain_head_json::hex, config_json, redact::Redactor, web_address},
    model::{
        config::{Config, SETTINGS},
        opening_hours::OpeningHours,
        settings::Value,
        time::Timestamp,
        verdict::FaultDomain,
    },
    platform,
    report::{
        input::{ChainNote, HostNote, Input, Local, MOST_TOLD, OutagePath, Profile, ReadingNote},
        lang::Lang,
    },
    store::{
        StoreError,
        logs::{self, Read},
        verify,
    },
};

/// Request for a report or an evidence pack.
#[derive(Clone)]
pub struct Request {
    /// The log folder.
    pub dir: PathBuf,
    /// The logs to read; empty for all of the folder.
    pub logs: Vec<PathBuf>,
    /// The settings in force.
    pub config: Config,
    /// Nothing before this time is counted.
    pub from: Option<Timestamp>,
    /// Nothing from this time on is counted.
    pub to: Option<Timestamp>,
    /// Outages of this part alone.
    pub domain: Option<FaultDomain>,
    /// Outages at least this long.
    pub min_duration: Duration,
    /// Hours of the week that count alone.
    pub opening_hours: Option<OpeningHours>,
    /// The clock on the wall.
    pub local: Local,
    /// The name of its time zone; empty for the one of this computer.
    pub zone: String,
    /// The language.
    pub lang: Lang,
    /// Profile by whose rules days are counted.
    pub profile: Profile,
    /// True if what identifies somebody is taken out.
    pub redact: bool,
    /// Outages told at full length.
    pub most_told: usize,
    /// Which single samples go into an evidence pack.
    pub samples: pack::Samples,
    /// The key of this user; `None` when the folder may be another's.
    pub own_key: Option<Vec<u8>>,
    /// Now.
    pub made: Timestamp,
}

impl Request {
    /// All of a folder, with language and profile from the settings, by the clock of this computer.
    pub fn new(dir: &Path, config: Config, made: Timestamp) -> Self {
        let profile = profile_of(&config);
        Self {
            dir: dir.to_owned(),
            logs: Vec::new(),
            from: None,
            to: None,
            domain: None,
            min_duration: Duration::ZERO,
            opening_hours: None,
            local: Arc::new(crate::clock::local),
            zone: String::new(),
            lang: lang_of(&config, profile),
            profile,
            redact: false,
            most_told: MOST_TOLD,
            samples: pack::Samples::All,
            own_key: None,
            made,
            config,
        }
    }

    fn scope(&self) -> Scope {
        Scope {
            from: self.from,
            to: self.to,
            domain: self.domain,
            min_duration: self.min_duration,
            opening_hours: self.opening_hours.clone(),
            outage_after: self.config.outage_after_sec,
            now: Some(self.made),
            local: self.local.clone(),
        }
    }

    /// Returns the conditions on what alone is counted, in words.
    fn limits(&self) -> Vec<(String, String)> {
        limits(self.domain, self.min_duration, self.opening_hours.as_ref(), self.lang)
    }
}

/// Returns the conditions on what alone is counted, in words: names and values.
pub fn limits(
    domain: Option<FaultDomain>,
    min_duration: Duration,
    opening_hours: Option<&OpeningHours>,
    lang: Lang,
) -> Vec<(String, String)> {
    let of = |en: &str, de: &str| lang.of(en, de).to_owned();
    let mut limits = Vec::new();
    if let Some(domain) = domain {
        let name = crate::report::words::domain(domain, lang);
        limits.push((of("outages of this part alone", "nur Ausfälle dieses Teils"), name.to_owned()));
    }
    if !min_duration.is_zero() {
        limits.push((of("outages at least this long", "nur Ausfälle ab"), lang.length(min_duration)));
    }
    if let Some(hours) = opening_hours {
        limits.push((of("these hours alone", "nur diese Stunden"), hours.to_string()));
    }
    limits
}

/// The profile of the settings.
pub fn profile_of(config: &Config) -> Profile {
    config.report_profile.parse().unwrap_or_default()
}

/// The language of the settings, or the one most readers of the profile expect.
pub fn lang_of(config: &Config, profile: Profile) -> Lang {
    config.report_lang.parse().unwrap_or_else(|_auto: String| profile.lang())
}

/// Reads everything a report is made of, and says what reading came to.
///
/// # Errors
///
/// When the folder or a log cannot be read. What else is missing is missing in the report.
pub fn gather(request: &Request) -> Result<(Input, Read), StoreError> {
    let files = if request.logs.is_empty() { logs::find(&request.dir)? } else { request.logs.clone() };
    let (summariser, read) = logs::read_at(
        request.made,
        &files,
        || Summariser::new(request.scope()),
        |summariser, row, repeats| {
            summariser.take(row, repeats);
        },
    )?;
    let mut summary = summariser.finish();
    if request.logs.is_empty() {
        summary.path_changes = path_changes::find(&request.dir, request.from, request.to);
        segments::complete(&request.dir, &mut summary, request.opening_hours.is_none());
    }
    let told = paths::longest(&summary, request.most_told);
    let paths = paths::around(&request.dir, &summary, &told);
    let addresses = addresses::of(&request.dir, &summary, &told);
    let chain = if request.logs.is_empty() { chain(request) } else { None };
    let input = Input {
        files: files::of(&request.dir, &files, &summary, &paths),
        local: request.local.clone(),
        zone: request.zone.clone(),
        made: request.made,
        program: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).into(),
        config: if request.redact {
            config_json::sites_alone(&request.config)
        } else {
            config_json::for_others(&request.config)
        },
        lang: request.lang,
        profile: request.profile,
        redactor: request.redact.then(|| Arc::new(Mutex::new(redactor(&request.config)))),
        limits: request.limits(),
        diary: diary::of(&request.dir, summary.period, request.redact),
        host: Some(HostNote {
            name: platform::host_name(),
            system: platform::system_name(),
            machine: std::env::consts::ARCH.into(),
        }),
        paths,
        addresses,
        n_skipped: read.n_skipped,
        n_doubled: read.n_doubled,
        reading: reading(&read),
        chain,
        most_told: request.most_told,
        summary,
    };
    Ok((input, read))
}

/// The paths that were traced before, during and after an outage, as the files of the log folder have them; at most one
/// each. Files that cannot be read are passed over.
pub fn paths_around(dir: &Path, start: Timestamp, end: Timestamp) -> Vec<OutagePath> {
    paths::around_one(dir, start, end)
}

/// Returns what of the logs cannot be used as it stands.
fn reading(read: &Read) -> ReadingNote {
    let mut columns: Vec<String> = read.unread.iter().map(|(_, _, unread)| unread.column.to_owned()).collect();
    columns.sort();
    columns.dedup();
    ReadingNote { n_unread: read.n_unread, columns, put_aside: read.put_aside.clone(), is_odd: read.is_odd }
}

fn chain(request: &Request) -> Option<ChainNote> {
    let verified = verify::verify_kept(&request.dir, request.own_key.as_deref(), kept(&request.dir).as_ref()).ok()?;
    let (last, key) = verified.head.map_or((None, None), |(last, key)| (Some(last), key));
    Some(ChainNote {
        n_rows: verified.n_rows,
        n_findings: verified.findings.len() as u64,
        last,
        no_key: keys::own_key().err().map(|why| (why.fault(), why.detail())),
        n_unsigned: verified.n_unsigned,
        put_aside: verified.put_aside,
        key: key.as_deref().map(hex),
    })
}

/// Redactor of what identifies the user of this computer and of these settings. Hosts that the program asks by default
/// stay.
pub fn redactor(config: &Config) -> Redactor {
    let mut redactor = Redactor::default();
    let defaults = Config::default();
    let lists = [&defaults.public_resolvers, &defaults.dns_known_addresses];
    let addresses = lists.into_iter().flatten().map(String::as_str).chain([defaults.tcp_test_ip.as_str()]);
    addresses.for_each(|host| redactor.keep(host));
    let named = || SETTINGS.iter().filter(|setting| setting.names_hosts());
    named().flat_map(|setting| hosts_of(setting.default())).for_each(|host| redactor.keep(&host));
    named().flat_map(|setting| hosts_of(setting.get(config))).for_each(|host| redactor.hide(&host));
    for setting in SETTINGS.iter().filter(|setting| setting.is_personal()) {
        match setting.get(config) {
            value if value == setting.default() => {}
            Value::Text(text) => text.lines().for_each(|line| redactor.hide(line)),
            Value::List(list) => list.iter().for_each(|item| redactor.hide(item)),
            Value::Switch(_) | Value::Number(_) => {}
        }
    }
    // The name of a person stands in parts in names of computers and networks.
    let is_name = |part: &&str| part.chars().count() >= SHORTEST_PART && !NO_NAMES.contains(&&*part.to_lowercase());
    config.customer.split(|c: char| !c.is_alphanumeric()).filter(is_name).for_each(|part| redactor.hide(part));
    platform::user_names().iter().for_each(|name| redactor.hide(name));
    let computer = platform::host_name();
    redactor.hide(&computer);
    // A name with a domain stands without it too.
    redactor.hide(computer.split('.').next().unwrap_or_default());
    redactor
}

/// Shorter parts of a name stand in too many words.
const SHORTEST_PART: usize = 3;
/// Parts of names that name nobody: forms of address, forms of companies, articles and the like, and what networks are
/// called anywhere.
const NO_NAMES: &[&str] = &[
    "and", "auf", "aus", "bei", "box", "com", "das", "de", "del", "dem", "den", "der", "des", "die", "dns", "dos",
    "dsl", "eth", "for", "für", "gbr", "gmbh", "herr", "frau", "http", "https", "inc", "ing", "isp", "kgaa", "lan",
    "las", "les", "llc", "llp", "los", "ltd", "mac", "mbh", "mit", "mrs", "mtr", "net", "ohg", "org", "plc", "ppp",
    "prof", "rtt", "ssid", "ssl", "tcp", "the", "tls", "udp", "und", "van", "vom", "von", "wan", "wlan", "www", "zum",
    "zur",
];

/// Hosts that a setting names, of addresses of the web too.
fn hosts_of(value: Value) -> Vec<String> {
    let host = |text: String| web_address::host(&text).map(str::to_owned).unwrap_or(text);
    match value {
        Value::Text(text) => vec![host(text)],
        Value::List(list) => list.into_iter().map(host).collect(),
        Value::Switch(_) | Value::Number(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_customers_name_are_hidden_and_common_words_are_not() {
        let customer = "Herr Dr. Jo von der Ott und Zoë Li GmbH\nMax-Ott-Weg 5".to_owned();
        let mut redactor = redactor(&Config { customer, ..Config::default() });
        for name in ["Ott", "OTT", "ott_5G", "ott-router", "Zoë", "MAX"] {
            let shown = redactor.text(&format!("SSID of {name}, net"));
            let part: String = name.to_lowercase().chars().take(3).collect();
            assert!(!shown.to_lowercase().contains(&part), "{shown}");
            assert!(shown.contains("SSID of <name>#") && shown.ends_with(", net"), "{shown}");
        }
        let text = "von der GmbH und Herr Otto lotto Dr. DNS LAN WLAN";
        assert_eq!(text, redactor.text(text));
    }
}
