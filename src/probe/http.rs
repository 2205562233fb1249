//! Web requests: one GET, no redirects followed, no proxy unless configured, one deadline for all of it.

mod body;

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use rustls::CertificateError;
use ureq::{
    Agent, Error, Proxy,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{ConnectProxyConnector, Connector as _, NextTimeout, TcpConnector},
    },
};

use super::{dns, exhausted::is_exhausted, tls::Tls};
use crate::{
    clock,
    model::{
        probe::{HttpProbe, LocalFault, Loss, NotMeasured, Outcome, Proof},
        time::Timestamp,
    },
};

/// A web server's clock may differ by so much from a right one: pages are cached on the way.
const SAME_TIME: chrono::TimeDelta = chrono::TimeDelta::hours(1);
/// As long may the headers of an answer be.
const HEADERS: usize = 64 * 1024;
/// Room for a request of ours, many times over.
const REQUEST: usize = 4 * 1024;

/// Parts that all web requests share.
pub(super) struct Web {
    tls: Tls,
    proxy: Option<Proxy>,
}

impl Web {
    pub(super) fn new(proxy: &str) -> Self {
        let tls = Tls::default();
        // Read before the first request, while there is room for it.
        tls.can_judge();
        Self { tls, proxy: Proxy::new(proxy).ok() }
    }

    /// Asks for one page.
    pub(super) fn get(&self, probe: &HttpProbe, deadline: Duration) -> Outcome {
        let began = clock::now().mono;
        let Ok(uri) = probe.url.parse::<Uri>() else { return Outcome::NotMeasured(NotMeasured::Unsupported) };
        let Some(host) = uri.host() else { return Outcome::NotMeasured(NotMeasured::Unsupported) };
        if uri.scheme_str() == Some("https") && !self.tls.can_judge() {
            return Outcome::NotMeasured(NotMeasured::NoRoots);
        }
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
        let result = self.request(probe, addrs, left);
        let rtt = clock::now().mono.saturating_sub(began);
        match result {
            Ok(page) => page.judge(probe, &uri, rtt),
            Err(error) => from_error(&error),
        }
    }

    fn request(&self, probe: &HttpProbe, addrs: Vec<IpAddr>, deadline: Duration) -> Result<Page, Error> {
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
        let mut response = agent.get(&probe.url).call()?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let location = header("location").map(str::to_owned);
        let sent = sent(header("date"), header("age"));
        let is_plain = header("content-encoding").is_none();
        let length = header("content-length").and_then(|length| length.parse().ok()).filter(|_| is_plain);
        let status = response.status().as_u16();
        let is_expected = match &probe.body {
            Some(expected) if (200..=299).contains(&status) => {
                length.is_none_or(|length| body::is_plausible(length, expected))
                    && body::is_expected(&mut response.body_mut().as_reader(), expected)?
            }
            _ => true,
        };
        Ok(Page { status, location, is_expected, sent })
    }
}

/// Returns the time at which a page was sent, by the clock of the host that sent it (RFC 9110, section 6.6.1; RFC 9111,
/// section 5.1).
fn sent(date: Option<&str>, age: Option<&str>) -> Option<Timestamp> {
    let date = chrono::DateTime::parse_from_rfc2822(date?).ok()?.to_utc();
    let age = age.and_then(|age| age.trim().parse::<u32>().ok()).unwrap_or_default();
    date.checked_add_signed(chrono::TimeDelta::seconds(age.into()))
}

struct Page {
    status: u16,
    location: Option<String>,
    /// The body is the expected one, or none is expected.
    is_expected: bool,
    /// Time at which it was sent; `None` when it does not say.
    sent: Option<Timestamp>,
}

impl Page {
    fn judge(self, probe: &HttpProbe, uri: &Uri, rtt: Duration) -> Outcome {
        let elsewhere = self.location.filter(|location| leads_elsewhere(location, uri));
        match (&probe.body, self.status) {
            (Some(_), 300..=399) => Outcome::Lost(Loss::Redirected(elsewhere.unwrap_or_default())),
            (Some(_), 200..=299) if !self.is_expected => Outcome::Lost(Loss::WrongBody),
            // "Network authentication required" (RFC 6585, section 6).
            (Some(_), 511) => Outcome::Lost(Loss::WrongBody),
            (Some(_), 200..=299) if self.sent.is_some_and(is_another_time) => {
                Outcome::Reply(rtt, Proof::HttpOtherTime(self.status))
            }
            (_, 200..=399) => Outcome::Reply(rtt, Proof::HttpStatus(self.status)),
            (_, status) => Outcome::Lost(Loss::HttpStatus(status)),
        }
    }
}

fn is_another_time(sent: Timestamp) -> bool {
    sent.signed_duration_since(clock::now().wall).abs() > SAME_TIME
}

fn leads_elsewhere(location: &str, uri: &Uri) -> bool {
    let host = location.parse::<Uri>().ok().and_then(|to| to.host().map(str::to_owned));
    host.is_some_and(|host| uri.host() != Some(host.as_str()))
}

fn from_error(error: &Error) -> Outcome {
    match error {
        Error::Timeout(_) | Error::ConnectionFailed => Outcome::Lost(Loss::Timeout),
        Error::HostNotFound => Outcome::Lost(Loss::NoName),
        Error::Rustls(rustls::Error::InvalidCertificate(why)) => Outcome::Lost(from_certificate(why)),
        Error::Tls(_) | Error::Rustls(_) => Outcome::Lost(Loss::Tls),
        Error::Io(error) => from_io(error),
        Error::BadUri(_) | Error::InvalidProxyUrl => Outcome::NotMeasured(NotMeasured::Unsupported),
        _ => Outcome::Lost(Loss::Malformed),
    }
}

fn from_certificate(why: &CertificateError) -> Loss {
    use CertificateError as Why;
    match why {
        Why::Expired | Why::ExpiredContext { .. } | Why::NotValidYet | Why::NotValidYetContext { .. } => {
            Loss::CertificateDates
        }
        _ => Loss::Certificate,
    }
}

fn from_io(error: &std::io::Error) -> Outcome {
    use std::io::ErrorKind as Kind;
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match (tls, error.kind()) {
        (Some(rustls::Error::InvalidCertificate(why)), _) => Outcome::Lost(from_certificate(why)),
        (None, _) if is_exhausted(error) => Outcome::NotMeasured(NotMeasured::NoResources),
        (Some(_), _) | (None, Kind::InvalidData) => Outcome::Lost(Loss::Tls),
        (None, Kind::ConnectionRefused) => Outcome::Lost(Loss::Refused),
        (None, Kind::NetworkUnreachable | Kind::AddrNotAvailable) => Outcome::Lost(Loss::Local(LocalFault::NoRoute)),
        (None, Kind::HostUnreachable) => Outcome::Lost(Loss::Local(LocalFault::NeighbourSilent)),
        (None, Kind::NetworkDown) => Outcome::Lost(Loss::Local(LocalFault::LinkDown)),
        (None, Kind::TimedOut | Kind::WouldBlock) => Outcome::Lost(Loss::Timeout),
        // What this computer does not let out says nothing of the site.
        (None, Kind::PermissionDenied) => Outcome::NotMeasured(NotMeasured::NoPermission),
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

#[cfg(test)]
mod tests;
