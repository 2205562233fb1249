//! Integrations: state of the sinks, which secrets are set, and the address of the local API.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use crate::model::{
    config::Config,
    host::HostFacts,
    secrets::{LISTS, Secrets, TEXTS},
    sink_status::SinkStatus,
};

/// Stands for the address of this computer where it is not known.
const UNKNOWN_HOST: &str = "ADDRESS-OF-THIS-COMPUTER";

/// A secret on its way between the panel and the disk. Its value is not in its debug text.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Hidden(pub(crate) String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "Hidden(empty)" } else { "Hidden(set)" })
    }
}

/// The secrets as the panel shows them: which are set, and the forms in the lists without addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SeenSecrets {
    /// Token of the local API; empty when none is set.
    pub(crate) token: Hidden,
    set: Vec<&'static str>,
    forms: Vec<(&'static str, Vec<String>)>,
}

impl SeenSecrets {
    pub(crate) fn of(secrets: &Secrets) -> Self {
        let is_set = |name: &&&'static str| secrets.text(name).is_some_and(|text| !text.is_empty());
        let forms = |name: &&'static str| {
            let lines = secrets.list(name).map(Vec::as_slice).unwrap_or_default();
            (*name, lines.iter().map(|line| form_of(line)).collect())
        };
        Self {
            token: Hidden(secrets.api_token.clone()),
            set: TEXTS.iter().filter(is_set).copied().collect(),
            forms: LISTS.iter().map(forms).collect(),
        }
    }

    /// True if the secret with this name is set.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.set.contains(&name)
    }

    /// The form of each line of the list with this name.
    pub(crate) fn forms(&self, list: &str) -> &[String] {
        self.forms.iter().find(|(name, _)| *name == list).map(|(_, forms)| forms.as_slice()).unwrap_or_default()
    }
}

/// The form of a line, without the address, which lets somebody in.
pub(crate) fn form_of(line: &str) -> String {
    line.split_whitespace().next().unwrap_or_default().to_owned()
}

/// A change of the secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SecretChange {
    /// Set this secret, in place of its value before.
    Set(&'static str, Hidden),
    /// Remove this secret.
    Clear(&'static str),
    /// Add a line to this list.
    Add(&'static str, Hidden),
    /// Remove a line from this list: its place from 0 on, and the form that is shown there.
    Remove(&'static str, usize, String),
    /// Make a new random token for the local API.
    NewToken,
}

/// The process whose monitor has the integrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunsWhere {
    /// This window.
    Here,
    /// Another process.
    Elsewhere,
    /// None: no monitor runs.
    Nowhere,
}

/// State of the integrations at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SeenSinks {
    pub(crate) runs: RunsWhere,
    pub(crate) sinks: Vec<SinkStatus>,
    pub(crate) secrets: SeenSecrets,
}

/// The sinks that are configured, each with its state in the running monitor where it has one, and after them those that
/// the monitor has besides.
pub(crate) fn merged(configured: Vec<SinkStatus>, running: &[SinkStatus]) -> Vec<SinkStatus> {
    let of_name = |name: &str| running.iter().find(|sink| sink.name == name).cloned();
    let names: Vec<String> = configured.iter().map(|sink| sink.name.clone()).collect();
    let rest = running.iter().filter(|sink| !names.contains(&sink.name)).cloned();
    configured.into_iter().map(|sink| of_name(&sink.name).unwrap_or(sink)).chain(rest).collect()
}

/// The address at which other programs reach the local API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiAddress {
    /// Host and port.
    pub(crate) authority: String,
    /// Only programs of this computer reach it.
    pub(crate) is_loopback: bool,
}

impl ApiAddress {
    /// The address by these settings. `facts` tell the address of this computer where the API listens on all of them.
    pub(crate) fn of(config: &Config, facts: Option<&HostFacts>) -> Self {
        let Ok(listen) = config.api_listen.parse::<SocketAddr>() else {
            return Self { authority: config.api_listen.clone(), is_loopback: false };
        };
        if !listen.ip().is_unspecified() {
            return Self { authority: listen.to_string(), is_loopback: listen.ip().is_loopback() };
        }
        let is_reachable = |addr: &&IpAddr| listen.is_ipv6() || addr.is_ipv4();
        let mut own: Vec<IpAddr> =
            facts.map(|facts| facts.sources.iter().filter(is_reachable).copied().collect()).unwrap_or_default();
        own.sort_by_key(IpAddr::is_ipv6);
        let authority = match (config.api_hosts.first(), own.first()) {
            (Some(name), _) => format!("{name}:{}", listen.port()),
            (None, Some(addr)) => SocketAddr::new(*addr, listen.port()).to_string(),
            (None, None) => format!("{UNKNOWN_HOST}:{}", listen.port()),
        };
        Self { authority, is_loopback: false }
    }

    /// The port alone.
    pub(crate) fn port(&self) -> &str {
        self.authority.rsplit(':').next().unwrap_or_default()
    }

    /// The same as a URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sink_status::{SinkKind, SinkState};

    #[test]
    fn no_address_and_no_password_is_seen_of_the_secrets() {
        let secrets = Secrets {
            api_token: "0123token".into(),
            mqtt_password: "hunter2".into(),
            webhooks: vec!["ntfy https://ntfy.example/line".into(), "gotify https://g.example tok".into()],
            ..Secrets::default()
        };
        let seen = SeenSecrets::of(&secrets);
        assert_eq!([true, true, false], ["api_token", "mqtt_password", "smtp_password"].map(|name| seen.is_set(name)));
        assert_eq!(["ntfy", "gotify"], seen.forms("webhooks"));
        assert!(seen.forms("heartbeats").is_empty());
        let change = SecretChange::Set("mqtt_password", Hidden("hunter2".into()));
        let shown = format!("{seen:?} {change:?}");
        for secret in ["hunter2", "0123token", "example", "tok\""] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn a_running_sink_tells_its_state_and_one_that_is_not_yet_started_stays() {
        let sink = |name: &str, state| SinkStatus::new(name, SinkKind::Mqtt, state);
        let configured = vec![sink("api", SinkState::Idle), sink("mqtt", SinkState::Idle)];
        let running = [sink("mqtt", SinkState::Working), sink("metrics", SinkState::Stopped)];
        let merged: Vec<_> = merged(configured, &running).into_iter().map(|sink| (sink.name, sink.state)).collect();
        assert_eq!(
            [("api", SinkState::Idle), ("mqtt", SinkState::Working), ("metrics", SinkState::Stopped)]
                .map(|(name, state)| (name.to_owned(), state))
                .to_vec(),
            merged
        );
    }

    #[test]
    fn the_address_is_one_that_others_can_use() {
        let config = |listen: &str, hosts: &[&str]| Config {
            api_listen: listen.into(),
            api_hosts: hosts.iter().map(|&host| host.into()).collect(),
            ..Config::default()
        };
        let facts = HostFacts {
            sources: vec!["2001:db8::7".parse().unwrap(), "192.168.1.7".parse().unwrap()],
            ..HostFacts::default()
        };
        for (listen, hosts, facts, expected, is_loopback) in [
            ("127.0.0.1:8787", &[][..], Some(&facts), "http://127.0.0.1:8787", true),
            ("[::1]:8787", &[], None, "http://[::1]:8787", true),
            ("192.168.1.9:80", &[], None, "http://192.168.1.9:80", false),
            ("0.0.0.0:8787", &[], Some(&facts), "http://192.168.1.7:8787", false),
            ("[::]:8787", &["probe.lan"], Some(&facts), "http://probe.lan:8787", false),
            ("0.0.0.0:8787", &[], None, "http://ADDRESS-OF-THIS-COMPUTER:8787", false),
        ] {
            let address = ApiAddress::of(&config(listen, hosts), facts);
            assert_eq!((expected.to_owned(), is_loopback), (address.url(), address.is_loopback), "{listen}");
        }
    }
}
