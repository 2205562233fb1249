//! POST requests to a receiver of metrics: no redirect followed, one deadline for all of a request, of an answer at
//! most 64 KiB read.

use std::{
    io::Read as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ureq::{
    Agent, Error,
    http::{Response, Version},
    unversioned::transport::{ConnectionDetails, Connector, TcpConnector, Transport},
};

use super::{
    super::{client_tls::ClientTls, resolver::UrlResolver},
    PushTarget,
    delivery::{Answer, Protocol},
};
use crate::{
    codec::{basic_auth, line_protocol, remote_write},
    model::{metric::SeriesSamples, time::Timestamp},
};

/// Time for one request, connecting included.
const DEADLINE: Duration = Duration::from_mins(1);
/// Time to connect.
const CONNECT: Duration = Duration::from_secs(10);
/// A connection that was not used for so long is not used again. Receivers close theirs after a minute or more.
const IDLE: Duration = Duration::from_secs(50);
/// Bytes read or sent at once.
const BUFFER: usize = 32 * 1024;
/// So many connections that are closed after one request without a word may be signs of a receiver that was killed.
const MAX_UNKEPT: u32 = 3;
/// Bytes of an answer that are read.
const MAX_ANSWER: u64 = 64 * 1024;

/// A client of one receiver, over one connection.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    connections: Arc<AtomicU64>,
    protocol: Protocol,
    url: String,
    authorization: Option<String>,
    link: Link,
}

/// State of the connection in use.
#[derive(Debug, Clone, Copy, Default)]
struct Link {
    /// Connections made up to the last answer.
    seen: u64,
    /// The receiver says that it closes the connection.
    is_closing: bool,
    /// A connection has carried more than one request, so that the receiver keeps connections.
    has_kept: bool,
    /// Connections that it closed after one request without saying so, before any was kept.
    n_unkept: u32,
    /// Monotonic time of the last answer.
    at: Duration,
}

impl Client {
    pub(super) fn new(target: &PushTarget) -> Result<Self, String> {
        let connections = Arc::new(AtomicU64::new(0));
        let config = Agent::config_builder()
            .timeout_global(Some(DEADLINE))
            .timeout_connect(Some(CONNECT))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_idle_connections(1)
            .max_idle_connections_per_host(1)
            .max_idle_age(IDLE)
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .proxy(None)
            .accept_encoding("identity")
            .user_agent(concat!("network-logging/", env!("CARGO_PKG_VERSION")))
            .build();
        // Certificates are only read where they are needed.
        let tls = target.url.starts_with("https:").then(|| ClientTls::new(&target.ca_file, "push_ca_file"));
        tls.as_ref().map(ClientTls::config).transpose()?;
        let counter = Counter(Arc::clone(&connections));
        let agent = if let Some(tls) = tls {
            let connector = ().chain(TcpConnector::default()).chain(tls).chain(counter);
            Agent::with_parts(config, connector, UrlResolver::default())
        } else {
            let connector = ().chain(TcpConnector::default()).chain(counter);
            Agent::with_parts(config, connector, UrlResolver::default())
        };
        let authorization = match (target.user.as_str(), target.token.as_str(), target.protocol) {
            ("", "", _) => None,
            ("", token, Protocol::RemoteWrite) => Some(format!("Bearer {token}")),
            ("", token, Protocol::LineProtocol) => Some(format!("Token {token}")),
            (user, password, _) => Some(basic_auth::value(user, password)),
        };
        Ok(Self {
            agent,
            connections,
            protocol: target.protocol,
            url: target.request_url(),
            authorization,
            link: Link::default(),
        })
    }

    /// A copy that ends the request in progress when it is shut down.
    pub(super) fn agent(&self) -> Agent {
        self.agent.clone()
    }

    /// Sends series in one request.
    pub(super) fn send(&self, series: &[SeriesSamples], now: Timestamp) -> Reply {
        match self.protocol {
            Protocol::RemoteWrite => {
                let body = remote_write::body(series.iter().filter(|(series, _)| series.name() != super::MEASURED));
                self.post(&body, now)
            }
            Protocol::LineProtocol => {
                let body = line_protocol::body(series.iter());
                if body.is_empty() {
                    // Nothing in these series has a form there.
                    return Reply { answer: nothing(), says_close: false };
                }
                self.post(body.as_bytes(), now)
            }
        }
    }

    fn post(&self, body: &[u8], now: Timestamp) -> Reply {
        let mut request = self.agent.post(&self.url);
        request = match self.protocol {
            Protocol::RemoteWrite => request
                .header("Content-Type", remote_write::CONTENT_TYPE)
                .header("Content-Encoding", remote_write::CONTENT_ENCODING)
                .header("X-Prometheus-Remote-Write-Version", remote_write::VERSION),
            Protocol::LineProtocol => request.header("Content-Type", line_protocol::CONTENT_TYPE),
        };
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        match request.send(body) {
            Ok(response) => read(response, now),
            Err(error) => Reply { answer: Answer::Unanswered(reason(&error)), says_close: false },
        }
    }

    /// Notes an answer; true when the receiver has broken off the connection of the answer before without saying so, as
    /// one does that was killed. One that does so time and again and never keeps any (RFC 9112, section 9.3) is only
    /// slack.
    pub(super) fn was_cut(&mut self, reply: &Reply, now: Duration) -> bool {
        let made = self.connections.load(Ordering::Relaxed);
        let Link { seen, is_closing, has_kept, n_unkept, at } = self.link;
        let is_same = made == seen;
        let is_silent = !is_same && seen > 0 && !is_closing && now.saturating_sub(at) < IDLE;
        self.link = Link {
            seen: made,
            is_closing: reply.says_close,
            has_kept: has_kept || is_same,
            n_unkept: n_unkept.saturating_add(u32::from(is_silent)),
            at: now,
        };
        is_silent && (has_kept || n_unkept < MAX_UNKEPT)
    }
}

/// An answer, and whether the receiver says that it closes the connection.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) answer: Answer,
    says_close: bool,
}

fn nothing() -> Answer {
    Answer::Status { code: 204, retry_after: None, text: String::new() }
}

fn read(mut response: Response<ureq::Body>, now: Timestamp) -> Reply {
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let is_old = response.version() < Version::HTTP_11;
    let says_close = is_old || header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    let retry_after = header("retry-after").and_then(|value| wait(value, now));
    let code = response.status().as_u16();
    let mut bytes = Vec::new();
    // The status counts, however the body ends.
    drop(response.body_mut().as_reader().take(MAX_ANSWER).read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Reply { answer: Answer::Status { code, retry_after, text }, says_close }
}

/// Seconds, or a date (RFC 9110, section 10.2.3).
fn wait(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    (chrono::DateTime::parse_from_rfc2822(value).ok()?.to_utc() - now).to_std().ok()
}

/// An error without the address, which may hold a secret.
fn reason(error: &Error) -> String {
    match error {
        Error::HostNotFound => "the name of the receiver is not known; check the address".to_owned(),
        Error::BadUri(_) => "the address is no web address; check it".to_owned(),
        Error::Timeout(_) => "no answer in time".to_owned(),
        other => other.to_string(),
    }
}

/// Counts connections.
#[derive(Debug)]
struct Counter(Arc<AtomicU64>);

impl<In: Transport> Connector<In> for Counter {
    type Out = In;

    fn connect(&self, _details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<In>, Error> {
        if chained.is_some() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        Ok(chained)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_may_ask_for_seconds_or_a_date() {
        let now = chrono::DateTime::parse_from_rfc3339("2026-11-29T01:00:00Z").unwrap().to_utc();
        assert_eq!(Some(Duration::from_mins(2)), wait(" 120 ", now));
        assert_eq!(Some(Duration::from_secs(90)), wait("Sun, 29 Nov 2026 01:01:30 GMT", now));
        assert_eq!(None, wait("Sun, 29 Nov 2026 00:01:30 GMT", now));
        assert_eq!(None, wait("soon", now));
    }
}
