//! Web requests: one GET, no redirects followed, no proxy unless configured, one deadline for all of it.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use ureq::{
    Agent, Error, Proxy,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{ConnectProxyConnector, Connector as _, NextTimeout, TcpConnector},
    },
};

use super::{dns, tls::Tls};
use crate::{
    clock,
    model::probe::{HttpProbe, LocalFault, Loss, NotMeasured, Outcome, Proof},
};

/// More of a page is never read.
const MAX_BODY: u64 = 64 * 1024;
/// As long may the headers of an answer be.
const HEADERS: usize = 64 * 1024;
/// Room for a request of ours, many times over.
const REQUEST: usize = 4 * 1024;

/// What all web requests share.
pub(super) struct Web {
    tls: Tls,
    proxy: Option<Proxy>,
}

impl Web {
    pub(super) fn new(proxy: &str) -> Self {
        Self { tls: Tls::default(), proxy: Proxy::new(proxy).ok() }
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
            // A name may take three fifths of the time.
            Err(_) => match dns::resolve(&probe.resolvers, host, probe.family, deadline * 3 / 5) {
                Some(addrs) => addrs,
                None => return Outcome::Lost(Loss::NoName),
            },
        };
        let left = deadline.saturating_sub(clock::now().mono.saturating_sub(began)).max(Duration::from_millis(1));
        let result = self.request(&probe.url, addrs, left, probe.body.is_some());
        let rtt = clock::now().mono.saturating_sub(began);
        match result {
            Ok(page) => page.judge(probe, &uri, rtt),
            Err(error) => from_error(&error),
        }
    }

    fn request(&self, url: &str, addrs: Vec<IpAddr>, deadline: Duration, whole: bool) -> Result<Page, Error> {
        let config = Agent::config_builder()
            .proxy(self.proxy.clone())
            .timeout_global(Some(deadline))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .input_buffer_size(HEADERS)
            .output_buffer_size(REQUEST)
            .user_agent(concat!("network-logging/", env!("CARGO_PKG_VERSION")))
            .build();
        let connector =
            ().chain(ConnectProxyConnector::default()).chain(TcpConnector::default()).chain(self.tls.clone());
        let agent = if self.proxy.is_some() {
            Agent::with_parts(config, connector, DefaultResolver::default())
        } else {
            Agent::with_parts(config, connector, Pinned(addrs))
        };
        let mut response = agent.get(url).call()?;
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
        Error::Timeout(_) | Error::ConnectionFailed => Outcome::Lost(Loss::Timeout),
        Error::HostNotFound => Outcome::Lost(Loss::NoName),
        Error::Rustls(rustls::Error::InvalidCertificate(_)) => Outcome::Lost(Loss::Certificate),
        Error::Tls(_) | Error::Rustls(_) => Outcome::Lost(Loss::Tls),
        Error::Io(error) => from_io(error),
        Error::BadUri(_) | Error::InvalidProxyUrl => Outcome::NotMeasured(NotMeasured::Unsupported),
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
        // What this computer does not let out, or has no room for, says nothing of the site.
        (None, Kind::PermissionDenied) => Outcome::NotMeasured(NotMeasured::NoPermission),
        (None, Kind::OutOfMemory | Kind::QuotaExceeded) => Outcome::NotMeasured(NotMeasured::NoResources),
        (None, _) => Outcome::Lost(Loss::Reset),
    }
}

/// Answers every name with the addresses found beforehand.
#[derive(Debug)]
struct Pinned(Vec<IpAddr>);

impl Resolver for Pinned {
    fn resolve(&self, uri: &Uri, _config: &Config, _timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        let port = uri.port_u16().unwrap_or(default_port);
        let mut resolved = self.empty();
        for addr in self.0.iter().take(4) {
            resolved.push(SocketAddr::new(*addr, port));
        }
        if resolved.is_empty() { Err(Error::HostNotFound) } else { Ok(resolved) }
    }
}
