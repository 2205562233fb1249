//! Web requests: one GET, no redirects followed, no proxy unless configured, one deadline for all of it.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ureq::{
    Agent, Error, Proxy,
    config::Config,
    http::Uri,
    tls::{RootCerts, TlsConfig},
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

use super::dns;
use crate::{
    clock,
    model::probe::{HttpProbe, LocalFault, Loss, NotMeasured, Outcome, Proof},
};

/// More of a page is never read.
const MAX_BODY: u64 = 64 * 1024;
/// Room for the headers of an answer, and for a request many times over.
const BUFFER: usize = 16 * 1024;
/// More addresses of a site are not tried.
const MAX_ADDRS: usize = 4;
/// A name may take this part of the deadline.
const NAME_SHARE: u32 = 2;

/// After this time the certificates that the system trusts are read again, for they change now and then. Reading them
/// takes longer than all else a request does.
const CERTIFICATES_KEPT: Duration = Duration::from_hours(1);

/// What all web requests share.
pub(super) struct Web {
    agent: Mutex<Option<(Duration, Agent)>>,
    names: Names,
    proxy: Option<Proxy>,
}

impl Web {
    pub(super) fn new(proxy: &str) -> Self {
        Self { agent: Mutex::default(), names: Names::default(), proxy: Proxy::new(proxy).ok() }
    }

    /// Asks for one page.
    pub(super) fn get(&self, probe: &HttpProbe, deadline: Duration) -> Outcome {
        let began = clock::now().mono;
        let Ok(uri) = probe.url.parse::<Uri>() else { return Outcome::NotMeasured(NotMeasured::Unsupported) };
        let Some(host) = uri.host() else { return Outcome::NotMeasured(NotMeasured::Unsupported) };
        let addrs = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(addr) => vec![addr],
            // The proxy resolves the name.
            Err(_) if self.proxy.is_some() => Vec::new(),
            Err(_) => match dns::resolve(&probe.resolvers, host, deadline / NAME_SHARE) {
                Some(addrs) => addrs,
                None => return Outcome::Lost(Loss::NoName),
            },
        };
        let left = deadline.saturating_sub(clock::now().mono.saturating_sub(began)).max(Duration::from_millis(1));
        self.names.set(host, addrs);
        let result = self.request(&probe.url, left, probe.body.is_some());
        let rtt = clock::now().mono.saturating_sub(began);
        match result {
            Ok(page) => page.judge(probe, &uri, rtt),
            Err(error) => from_error(&error),
        }
    }

    fn agent(&self) -> Agent {
        let mut kept = self.agent.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock::now().mono;
        if let Some((_, agent)) = kept.as_ref().filter(|(made, _)| now.saturating_sub(*made) < CERTIFICATES_KEPT) {
            return agent.clone();
        }
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .proxy(self.proxy.clone())
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .user_agent(concat!("network-logging/", env!("CARGO_PKG_VERSION")))
            .build();
        let agent = if self.proxy.is_some() {
            config.new_agent()
        } else {
            Agent::with_parts(config, DefaultConnector::default(), self.names.clone())
        };
        *kept = Some((now, agent.clone()));
        agent
    }

    fn request(&self, url: &str, deadline: Duration, whole: bool) -> Result<Page, Error> {
        let request = self.agent().get(url).config().timeout_global(Some(deadline)).build();
        let mut response = request.call()?;
        let location = response.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let status = response.status().as_u16();
        let body = if whole {
            let bytes = response.body_mut().with_config().limit(MAX_BODY).read_to_vec()?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        } else {
            None
        };
        Ok(Page { status, location, body })
    }
}

struct Page {
    status: u16,
    location: Option<String>,
    body: Option<String>,
}

impl Page {
    fn judge(self, probe: &HttpProbe, uri: &Uri, rtt: Duration) -> Outcome {
        let elsewhere = self.location.filter(|location| leads_elsewhere(location, uri));
        match (&probe.body, self.status) {
            (Some(_), 300..=399) => Outcome::Lost(Loss::Redirected(elsewhere.unwrap_or_default())),
            (Some(expected), 200..=299) if self.body.is_some_and(|body| body.trim() != expected.trim()) => {
                Outcome::Lost(Loss::WrongBody)
            }
            // "Network authentication required" (RFC 6585, section 6).
            (Some(_), 511) => Outcome::Lost(Loss::WrongBody),
            (_, 200..=399) => Outcome::Reply(rtt, Proof::HttpStatus(self.status)),
            (_, status) => Outcome::Lost(Loss::HttpStatus(status)),
        }
    }
}

fn leads_elsewhere(location: &str, uri: &Uri) -> bool {
    let host = location.parse::<Uri>().ok().and_then(|to| to.host().map(str::to_owned));
    host.is_some_and(|host| uri.host() != Some(host.as_str()))
}

fn from_error(error: &Error) -> Outcome {
    match error {
        Error::Timeout(_) => Outcome::Lost(Loss::Timeout),
        Error::HostNotFound => Outcome::Lost(Loss::NoName),
        Error::Rustls(rustls::Error::InvalidCertificate(_)) => Outcome::Lost(Loss::Certificate),
        Error::Tls(_) | Error::Rustls(_) => Outcome::Lost(Loss::Tls),
        Error::Io(error) => from_io(error),
        Error::BadUri(_) | Error::InvalidProxyUrl => Outcome::NotMeasured(NotMeasured::Unsupported),
        Error::ConnectionFailed => Outcome::Lost(Loss::Timeout),
        _ => Outcome::Lost(Loss::Malformed),
    }
}

fn from_io(error: &std::io::Error) -> Outcome {
    use std::io::ErrorKind as Kind;
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match (tls, error.kind()) {
        (Some(rustls::Error::InvalidCertificate(_)), _) => Outcome::Lost(Loss::Certificate),
        (Some(_), _) | (None, Kind::InvalidData) => Outcome::Lost(Loss::Tls),
        (None, Kind::ConnectionRefused) => Outcome::Lost(Loss::Refused),
        (None, Kind::NetworkUnreachable | Kind::AddrNotAvailable) => Outcome::Lost(Loss::Local(LocalFault::NoRoute)),
        (None, Kind::HostUnreachable) => Outcome::Lost(Loss::Local(LocalFault::NeighbourSilent)),
        (None, Kind::NetworkDown) => Outcome::Lost(Loss::Local(LocalFault::LinkDown)),
        (None, Kind::TimedOut | Kind::WouldBlock) => Outcome::Lost(Loss::Timeout),
        (None, _) => Outcome::Lost(Loss::Reset),
    }
}

/// Answers names with the addresses found beforehand, so that no request waits for the system's own resolver.
#[derive(Debug, Clone, Default)]
struct Names(Arc<Mutex<BTreeMap<String, Vec<IpAddr>>>>);

impl Names {
    fn set(&self, host: &str, addrs: Vec<IpAddr>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(host.to_owned(), addrs);
    }
}

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, _config: &Config, _timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        let port = uri.port_u16().unwrap_or(default_port);
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let addrs = uri.host().and_then(|host| names.get(host)).ok_or(Error::HostNotFound)?;
        let mut resolved = self.empty();
        for addr in addrs.iter().take(MAX_ADDRS) {
            resolved.push(SocketAddr::new(*addr, port));
        }
        if resolved.is_empty() { Err(Error::HostNotFound) } else { Ok(resolved) }
    }
}
