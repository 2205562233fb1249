//! Requests to webhooks and heartbeats and the meaning of their answers, without a connection.

use std::{fmt, time::Duration};

use serde_json::Value;

use super::{notify_message::cut, web_address};

/// Longest wait that an answer may ask for.
const MAX_WAIT: Duration = Duration::from_hours(1);
/// Characters of an answer that an error quotes.
const QUOTED: usize = 120;

/// Method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebMethod {
    /// GET
    Get,
    /// POST
    Post,
}

/// Request. Address, headers and body may hold secrets, so it is shown without them.
#[derive(Clone, PartialEq, Eq)]
pub struct WebRequest {
    /// Method.
    pub method: WebMethod,
    /// Address.
    pub url: String,
    /// Headers: names and values.
    pub headers: Vec<(&'static str, String)>,
    /// Body; empty for GET.
    pub body: String,
}

impl fmt::Debug for WebRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.method, web_address::site(&self.url))
    }
}

/// Answer, as much of it as is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WebAnswer {
    /// Status code.
    pub status: u16,
    /// Header `Retry-After`.
    pub retry_after: Option<String>,
    /// Header `Content-Type`.
    pub content_type: Option<String>,
    /// Beginning of the body.
    pub body: Vec<u8>,
}

/// Meaning of an answer, or of the lack of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// Taken.
    Delivered,
    /// Not taken now; try again, not before the time that the answer asks for.
    Later {
        /// Wait that the answer asks for.
        wait: Option<Duration>,
        /// Reason. Holds no secret.
        error: String,
    },
    /// This message is not taken; others may be.
    Refused {
        /// Reason. Holds no secret.
        error: String,
    },
    /// No message is taken before the user changes something.
    Misconfigured {
        /// Reason with its remedy. Holds no secret.
        error: String,
    },
}

impl DeliveryOutcome {
    /// The reason why nothing was delivered.
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Delivered => None,
            Self::Later { error, .. } | Self::Refused { error } | Self::Misconfigured { error } => Some(error),
        }
    }
}

/// Returns the meaning of an answer by its status code (RFC 9110, section 15), with the text that the service gives.
/// `secrets` are left out of that text.
pub(super) fn judge(answer: &WebAnswer, secrets: &[&str]) -> DeliveryOutcome {
    let error = || format!("HTTP {}{}", answer.status, told(answer, secrets));
    match answer.status {
        200..=299 => DeliveryOutcome::Delivered,
        300..=399 => DeliveryOutcome::Misconfigured {
            error: format!("HTTP {}: a redirect is not followed; write the final address", answer.status),
        },
        400 | 413 | 422 | 431 => DeliveryOutcome::Refused { error: error() },
        401 | 403 => DeliveryOutcome::Misconfigured { error: format!("{}; check the token", error()) },
        404 | 405 | 410 => DeliveryOutcome::Misconfigured { error: format!("{}; check the address", error()) },
        _ => DeliveryOutcome::Later { wait: asked_wait(answer), error: error() },
    }
}

/// Wait that an answer asks for: `Retry-After` in seconds (RFC 9110, section 10.2.3), or `retry_after` in the body, as
/// Discord and Telegram have it. At most one hour.
fn asked_wait(answer: &WebAnswer) -> Option<Duration> {
    let header = answer.retry_after.as_deref().and_then(|text| text.trim().parse::<f64>().ok());
    let body = || {
        let body: Value = serde_json::from_slice(&answer.body).ok()?;
        let parameters = body.get("parameters").unwrap_or(&body);
        parameters.get("retry_after").and_then(Value::as_f64)
    };
    let seconds = header.or_else(body).filter(|seconds| *seconds >= 0.0)?;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(MAX_WAIT).min(MAX_WAIT))
}

/// `: ` and the text that the service gives in one of the usual fields; nothing where there is none.
fn told(answer: &WebAnswer, secrets: &[&str]) -> String {
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let field = |name: &str| body.as_ref()?.get(name)?.as_str().map(str::to_owned);
    let fields = ["errorDescription", "description", "message", "error", "msg"];
    let is_text = answer.content_type.as_deref().is_some_and(|kind| kind.starts_with("text/plain"));
    let plain = || is_text.then(|| String::from_utf8_lossy(&answer.body).into_owned());
    let Some(text) = fields.into_iter().find_map(field).or_else(plain) else { return String::new() };
    let mut text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "***");
    }
    let text = cut(text.trim(), QUOTED);
    if text.is_empty() { text } else { format!(": {text}") }
}

/// The parts of an address, and the token, that a service could repeat in an error and that may be secret.
pub(super) fn secret_parts<'a>(url: &'a str, token: &'a str) -> Vec<&'a str> {
    /// Shorter words give nothing away and stand in ordinary texts.
    const MIN_LEN: usize = 6;
    let behind = url.strip_prefix(web_address::site(url).as_str()).unwrap_or_default();
    let words = behind.split(['/', '?', '&', '=']).flat_map(|part| [part, part.rsplit(':').next().unwrap_or(part)]);
    let mut parts: Vec<&str> = [url, behind, token].into_iter().chain(words).collect();
    parts.retain(|part| part.len() >= MIN_LEN);
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts
}

/// Bytes that stand in a query as they are (RFC 3986, section 2.3), everything else as `%XX`.
pub(super) fn query_value(text: &str) -> String {
    let spelled = |byte: u8| {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if is_plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(spelled).collect()
}

/// Parts of a line that tells a receiver: its form, an address, and a token.
pub(super) struct TargetParts<'a> {
    /// First word.
    pub(super) form: &'a str,
    /// Address.
    pub(super) url: &'a str,
    /// Third word; empty without one.
    pub(super) token: &'a str,
}

/// Fault in a line that tells a receiver. Quotes nothing of the line, which holds secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// No form, no address, or more than a token behind them.
    #[error("not \"FORM URL\" or \"FORM URL TOKEN\", separated by single spaces; write it so")]
    Words,
    /// The first word is no form.
    #[error("unknown form; write one of: {0}")]
    Form(String),
    /// The second word is no address.
    #[error("no address; write http:// or https:// with a host, and a user and a password as the token user:password")]
    Url,
    /// Something that the form needs is missing.
    #[error("{0}")]
    Incomplete(&'static str),
}

/// Takes a line apart.
pub(super) fn parts(line: &str) -> Result<TargetParts<'_>, TargetError> {
    let mut words = line.split_ascii_whitespace();
    let (form, url) = (words.next().ok_or(TargetError::Words)?, words.next().ok_or(TargetError::Words)?);
    let token = words.next().unwrap_or_default();
    if words.next().is_some() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(TargetError::Words);
    }
    if !is_address(url) {
        return Err(TargetError::Url);
    }
    Ok(TargetParts { form, url, token })
}

/// True for `http://` or `https://` with a host, without a user, of the characters of an address (RFC 3986, section 2).
fn is_address(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte);
    url.bytes().all(is_allowed)
        && !authority.contains('@')
        && web_address::host(url).is_some_and(|host| !host.is_empty())
}

/// Header `Authorization` for a token: a user and a password where it holds a colon (RFC 7617), else a bearer token
/// (RFC 6750). Nothing for an empty one.
pub(super) fn authorization(token: &str) -> Option<(&'static str, String)> {
    let value = match token {
        "" => return None,
        token if token.contains(':') => format!("Basic {}", super::public_key::base64(token.as_bytes())),
        token => format!("Bearer {token}"),
    };
    Some(("Authorization", value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> WebAnswer {
        WebAnswer { status, body: body.into(), ..WebAnswer::default() }
    }

    #[test]
    fn statuses_have_a_meaning() {
        let outcome = |status| judge(&answer(status, ""), &[]);
        for status in [200, 201, 204] {
            assert_eq!(DeliveryOutcome::Delivered, outcome(status));
        }
        assert!(matches!(outcome(400), DeliveryOutcome::Refused { .. }));
        for status in [301, 308, 401, 403, 404, 410] {
            assert!(matches!(outcome(status), DeliveryOutcome::Misconfigured { .. }), "{status}");
        }
        for status in [0, 408, 424, 429, 500, 503, 999] {
            assert!(matches!(outcome(status), DeliveryOutcome::Later { wait: None, .. }), "{status}");
        }
    }

    #[test]
    fn the_wait_asked_for_is_honoured_up_to_an_hour() {
        let wait = |answer: &WebAnswer| match judge(answer, &[]) {
            DeliveryOutcome::Later { wait, .. } => wait,
            other => panic!("{other:?}"),
        };
        let header = |text: &str| WebAnswer { retry_after: Some(text.into()), ..answer(429, "") };
        assert_eq!(Some(Duration::from_secs(7)), wait(&header("7")));
        assert_eq!(Some(Duration::from_hours(1)), wait(&header("1e300")));
        for bad in ["-1", "NaN", "Wed, 21 Oct 2015 07:28:00 GMT", ""] {
            assert_eq!(None, wait(&header(bad)), "{bad}");
        }
        assert_eq!(Some(Duration::from_millis(64_570)), wait(&answer(429, r#"{"retry_after":64.57}"#)));
        assert_eq!(Some(Duration::from_secs(5)), wait(&answer(429, r#"{"ok":false,"parameters":{"retry_after":5}}"#)));
    }

    #[test]
    fn an_error_tells_what_the_service_tells_without_secrets() {
        let body = format!(r#"{{"description":"no\nbot T0ken {}"}}"#, "x".repeat(500));
        let outcome = judge(&answer(400, &body), &["T0ken", ""]);
        let error = outcome.error().unwrap();
        assert!(error.starts_with("HTTP 400: no bot *** xxx"), "{error}");
        assert!(error.chars().count() < 200, "{error}");
    }

    #[test]
    fn addresses_are_checked_and_never_quoted() {
        for good in ["https://x.example/S3cret", "http://[::1]:8080/a?b=c", "https://192.0.2.1"] {
            assert!(parts(&format!("json {good}")).is_ok(), "{good}");
        }
        for bad in ["ftp://S3cret", "https://", "https:///S3cret", "https://u:S3cret@x", "https://x/S3cret#", "S3cret"]
        {
            let error = parts(&format!("json {bad}")).err().unwrap();
            assert_eq!(TargetError::Url, error, "{bad}");
            assert!(!error.to_string().contains("S3cret"));
        }
        for bad in ["", "json", "json https://x a b", "json https://x tök"] {
            assert_eq!(Some(TargetError::Words), parts(bad).err(), "{bad}");
        }
    }

    #[test]
    fn a_token_with_a_colon_is_a_user_and_a_password() {
        assert_eq!(Some(("Authorization", "Basic dXNlcjpwYXNz".into())), authorization("user:pass"));
        assert_eq!(Some(("Authorization", "Bearer tk_1".into())), authorization("tk_1"));
        assert_eq!(None, authorization(""));
    }

    #[test]
    fn a_query_holds_any_text() {
        assert_eq!("a-b%20%C3%A4%26", query_value("a-b ä&"));
    }
}
