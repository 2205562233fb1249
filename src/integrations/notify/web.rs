//! Web requests of deliveries: no redirects, one deadline for all of it, a bounded part of the answer.

use std::{io::Read as _, time::Duration};

use ureq::{
    Agent, Error, Proxy,
    http::header::{CONTENT_TYPE, RETRY_AFTER},
    unversioned::transport::{ConnectProxyConnector, Connector as _, TcpConnector},
};

use super::super::{client_tls::ClientTls, resolver::UrlResolver};
use crate::{
    codec::web_exchange::{DeliveryOutcome, WebAnswer, WebMethod, WebRequest},
    integrations::sink_status::shown_error,
};

/// Time for a request and its answer, the lookup of the name included.
const DEADLINE: Duration = Duration::from_secs(15);
/// As much of the body is read.
const MAX_BODY: u64 = 64 * 1024;
/// As long may the headers of an answer be.
const MAX_HEADERS: usize = 64 * 1024;
/// Bytes that are filled with zeros for each connection before anything is sent.
const OUTPUT_BUFFER: usize = 8 * 1024;

/// Sender of web requests.
pub(super) struct WebClient {
    agent: Agent,
}

impl WebClient {
    pub(super) fn new(tls: ClientTls, proxy: &str) -> Self {
        let config = Agent::config_builder()
            .proxy(Proxy::new(proxy).ok())
            .timeout_global(Some(DEADLINE))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .max_response_header_size(MAX_HEADERS)
            .input_buffer_size(MAX_HEADERS)
            .output_buffer_size(OUTPUT_BUFFER)
            .user_agent(concat!("network-logging/", env!("CARGO_PKG_VERSION")))
            .build();
        let connector = ().chain(ConnectProxyConnector::default()).chain(TcpConnector::default()).chain(tls);
        Self { agent: Agent::with_parts(config, connector, UrlResolver::default()) }
    }

    /// Sends a request. `Err` says why there is no answer; it holds no secret.
    pub(super) fn send(&self, request: &WebRequest) -> Result<WebAnswer, DeliveryOutcome> {
        let result = match request.method {
            WebMethod::Get => {
                let with =
                    |builder: ureq::RequestBuilder<_>, (name, value): &(&str, String)| builder.header(*name, value);
                request.headers.iter().fold(self.agent.get(&request.url), with).call()
            }
            WebMethod::Post => {
                let with =
                    |builder: ureq::RequestBuilder<_>, (name, value): &(&str, String)| builder.header(*name, value);
                request.headers.iter().fold(self.agent.post(&request.url), with).send(request.body.as_str())
            }
        };
        let mut response = result.map_err(|error| no_answer(&error))?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (retry_after, content_type) = (header(RETRY_AFTER), header(CONTENT_TYPE));
        let status = response.status().as_u16();
        let mut body = Vec::new();
        // The status decides; a body that breaks off is one as far as it came.
        response.body_mut().as_reader().take(MAX_BODY).read_to_end(&mut body).ok();
        Ok(WebAnswer { status, retry_after, content_type, body })
    }
}

/// True where the system's resolver knows no such name. Its errors have no kind of their own.
fn has_no_name(error: &Error) -> bool {
    /// Windows: `WSAHOST_NOT_FOUND`, `WSANO_DATA`.
    const WINDOWS: [i32; 2] = [11001, 11004];
    match error {
        Error::HostNotFound => true,
        Error::Io(error) => {
            error.raw_os_error().is_some_and(|number| WINDOWS.contains(&number))
                || error.to_string().starts_with("failed to lookup address")
        }
        _ => false,
    }
}

/// The reason why there is no answer. The address, which some errors quote, is left out.
fn no_answer(error: &Error) -> DeliveryOutcome {
    let error = match error {
        Error::Timeout(_) => format!("no answer within {} s", DEADLINE.as_secs()),
        error if has_no_name(error) => "the name of the server was not found; check the address".into(),
        Error::ConnectionFailed => "no connection".into(),
        Error::Io(error) => shown_error(error),
        Error::Rustls(error) => shown_error(error),
        Error::Tls(error) => shown_error(error),
        Error::Other(error) => shown_error(error),
        Error::Protocol(error) => shown_error(format_args!("no answer of HTTP: {error}")),
        Error::BadUri(_) | Error::Http(_) | Error::InvalidProxyUrl => {
            let error = "the address or the token cannot be used; correct it".into();
            return DeliveryOutcome::Misconfigured { error };
        }
        _ => "the request failed".into(),
    };
    DeliveryOutcome::Later { wait: None, error }
}
