//! Decision whether a request is served, from its head alone. Pure.
//!
//! A web page must neither read the state nor start a test, whatever name it reaches this computer by: names are
//! checked against DNS rebinding, the origin against requests of other sites. The token is for programs of other
//! computers and, when one is set, for those of this one too.

use std::{hint::black_box, net::IpAddr};

use axum::http::{HeaderMap, Method, header};

use super::fault::Fault;

/// Path that is served without a token.
pub(super) const HEALTH: &str = "/healthz";

/// Header of Fetch Metadata: relation between the page that asks and this server.
const SEC_FETCH_SITE: &str = "sec-fetch-site";
/// Header of Fetch Metadata: what the answer is for.
const SEC_FETCH_DEST: &str = "sec-fetch-dest";

/// Rules that every request has to pass.
#[derive(Clone, Default)]
pub(super) struct Guard {
    /// Names besides `localhost` and addresses, in lower case.
    hosts: Vec<String>,
    /// Token that is asked for; `None` for none.
    token: Option<String>,
}

/// Head of a request, as far as it is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    /// Method.
    pub(super) method: &'a Method,
    /// Path without the query.
    pub(super) path: &'a str,
    /// Authority of a request line that names one (RFC 9112, 3.2.2).
    pub(super) authority: Option<&'a str>,
    /// Header fields.
    pub(super) headers: &'a HeaderMap,
}

impl Guard {
    /// Returns the rules. An empty token asks for none.
    pub(super) fn new(hosts: &[String], token: &str) -> Self {
        let name = |host: &String| host.trim_end_matches('.').to_ascii_lowercase();
        Self { hosts: hosts.iter().map(name).collect(), token: (!token.is_empty()).then(|| token.to_owned()) }
    }

    /// Judges a request that arrived at the address `local` of this computer.
    pub(super) fn check(&self, head: &Head<'_>, local: IpAddr) -> Result<(), Fault> {
        let host = only(head.headers, header::HOST.as_str()).ok_or(Fault::Misdirected)?;
        let is_own = |authority: &str| split(authority).is_some_and(|(name, _)| self.is_own_name(name, local));
        if !is_own(host) || head.authority.is_some_and(|authority| !is_own(authority)) {
            return Err(Fault::Misdirected);
        }
        check_origin(head, host)?;
        if head.path != HEALTH {
            self.check_token(head.headers)?;
        }
        Ok(())
    }

    /// True for a name of this server. Addresses count only where they are the one the connection came to: no name
    /// resolves to a Host field that is an address.
    fn is_own_name(&self, name: &str, local: IpAddr) -> bool {
        let literal = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
        if let Ok(addr) = literal.parse::<IpAddr>() {
            return addr.to_canonical() == local.to_canonical()
                || (local.to_canonical().is_loopback() && addr.is_loopback())
                || self.hosts.iter().any(|host| host.parse() == Ok(addr));
        }
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        name == "localhost" || self.hosts.contains(&name)
    }

    fn check_token(&self, headers: &HeaderMap) -> Result<(), Fault> {
        let Some(token) = &self.token else { return Ok(()) };
        let given = only(headers, header::AUTHORIZATION.as_str()).and_then(bearer);
        if given.is_some_and(|given| are_equal(given.as_bytes(), token.as_bytes())) {
            Ok(())
        } else {
            Err(Fault::NoToken)
        }
    }
}

/// The value of a field that stands there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

/// Name and port of an authority (RFC 3986, 3.2) without a user; brackets of an IPv6 address stay.
fn split(authority: &str) -> Option<(&str, Option<u16>)> {
    let name_end = match authority.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (name, port) = authority.split_at_checked(name_end)?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'[' | b']' | b':');
    if name.is_empty() || !name.bytes().all(is_name) {
        return None;
    }
    match port.strip_prefix(':') {
        None if port.is_empty() => Some((name, None)),
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some((name, Some(digits.parse().ok()?)))
        }
        _ => None,
    }
}

/// Refuses what pages of other sites ask. Programs send neither field; browsers send at least one of them with
/// everything but what a person typed or clicked.
fn check_origin(head: &Head<'_>, host: &str) -> Result<(), Fault> {
    if head.headers.contains_key(header::ORIGIN) {
        let origin = only(head.headers, header::ORIGIN.as_str()).ok_or(Fault::ForeignOrigin)?;
        return if is_same_origin(origin, host) { Ok(()) } else { Err(Fault::ForeignOrigin) };
    }
    if !head.headers.contains_key(SEC_FETCH_SITE) {
        return Ok(());
    }
    let site = only(head.headers, SEC_FETCH_SITE).unwrap_or_default();
    // A link on another site may be followed to a page of its own: that site learns nothing.
    let is_page = head.method == Method::GET && only(head.headers, SEC_FETCH_DEST) == Some("document");
    if matches!(site, "same-origin" | "none") || is_page { Ok(()) } else { Err(Fault::ForeignOrigin) }
}

fn is_same_origin(origin: &str, host: &str) -> bool {
    let (default, authority) = match (origin.strip_prefix("http://"), origin.strip_prefix("https://")) {
        (Some(authority), _) => (80, authority),
        (_, Some(authority)) => (443, authority),
        (None, None) => return false,
    };
    let full = |authority| split(authority).map(|(name, port)| (name.to_ascii_lowercase(), port.unwrap_or(default)));
    full(authority).is_some_and(|own| full(host) == Some(own))
}

/// The token of `Bearer TOKEN` (RFC 6750, 2.1). The scheme is in any case.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Compares in a time that depends on the lengths alone.
fn are_equal(given: &[u8], token: &[u8]) -> bool {
    let differences = given.iter().zip(token).fold(0, |sum, (one, other)| black_box(sum | (one ^ other)));
    given.len() == token.len() && differences == 0
}

/// Refuses a body that is not `application/json`, with or without parameters. A form of a page cannot send that.
pub(super) fn check_type(headers: &HeaderMap) -> Result<(), Fault> {
    let value = only(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
    let essence = value.split_once(';').map_or(value, |(essence, _)| essence);
    if essence.trim().eq_ignore_ascii_case("application/json") { Ok(()) } else { Err(Fault::WrongType) }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    const LOOPBACK: &str = "127.0.0.1";
    const LAN: &str = "192.0.2.10";

    /// Status of the answer to a request with these header lines.
    fn status(guard: &Guard, local: &str, line: &str, fields: &[&str]) -> u16 {
        let (method, path) = line.split_once(' ').unwrap();
        let mut headers = HeaderMap::new();
        for field in fields {
            let (name, value) = field.split_once(": ").unwrap();
            headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let authority = path.strip_prefix("http://").map(|rest| rest.split('/').next().unwrap());
        let method: Method = method.parse().unwrap();
        let head = Head { method: &method, path, authority, headers: &headers };
        guard.check(&head, local.parse().unwrap()).map_or_else(|fault| fault.status().as_u16(), |()| 200)
    }

    #[test]
    fn names_of_this_computer_alone_are_served() {
        let guard = Guard::new(&["Nas.Home.".into(), "192.0.2.99".into()], "");
        for (local, host, expected) in [
            (LOOPBACK, "localhost", 200),
            (LOOPBACK, "LOCALHOST:8787", 200),
            (LOOPBACK, "localhost.", 200),
            (LOOPBACK, "127.0.0.1:8787", 200),
            (LOOPBACK, "[::1]:8787", 200),
            ("::1", "[::1]", 200),
            ("::1", "127.0.0.1", 200),
            ("::ffff:127.0.0.1", "127.0.0.1:1", 200),
            (LOOPBACK, "nas.home:80", 200),
            (LOOPBACK, "evil.example", 421),
            (LOOPBACK, "localhost.evil.example", 421),
            (LOOPBACK, "evil.example:8787", 421),
            (LOOPBACK, LAN, 421),
            (LOOPBACK, "", 421),
            (LOOPBACK, "localhost:", 421),
            (LOOPBACK, "localhost:x", 421),
            (LOOPBACK, "localhost:99999", 421),
            (LOOPBACK, "user@localhost", 421),
            (LOOPBACK, "[::1", 421),
            (LOOPBACK, "[::1]x", 421),
            (LOOPBACK, "localhost/x", 421),
            (LOOPBACK, "127.0.0.1, evil.example", 421),
            (LAN, "192.0.2.10:8787", 200),
            (LAN, "localhost", 200),
            (LAN, "192.0.2.99", 200),
            (LAN, "192.0.2.11", 421),
            (LAN, LOOPBACK, 421),
            (LAN, "evil.example", 421),
        ] {
            let field = format!("host: {host}");
            assert_eq!(expected, status(&guard, local, "GET /metrics", &[&field]), "{local} {host:?}");
        }
        assert_eq!(421, status(&guard, LOOPBACK, "GET /healthz", &[]));
        assert_eq!(421, status(&guard, LOOPBACK, "GET /healthz", &["host: evil.example"]));
        assert_eq!(421, status(&guard, LOOPBACK, "GET /x", &["host: localhost", "host: localhost"]));
        assert_eq!(421, status(&guard, LOOPBACK, "GET http://evil.example/x", &["host: localhost"]));
        assert_eq!(200, status(&guard, LOOPBACK, "GET http://localhost:8787/x", &["host: localhost:8787"]));
    }

    #[test]
    fn other_sites_are_refused() {
        let guard = Guard::new(&["nas.home".into()], "");
        for (host, origin, expected) in [
            ("localhost:8787", "http://localhost:8787", 200),
            ("localhost:8787", "http://LOCALHOST:8787", 200),
            ("localhost", "http://localhost:80", 200),
            ("nas.home", "https://nas.home", 200),
            ("localhost:8787", "https://localhost", 403),
            ("localhost:8787", "http://localhost:3000", 403),
            ("localhost:8787", "http://127.0.0.1:8787", 403),
            ("localhost:8787", "http://evil.example", 403),
            ("localhost:8787", "http://evil.example:8787", 403),
            ("localhost:8787", "null", 403),
            ("localhost:8787", "", 403),
            ("localhost:8787", "file://", 403),
            ("localhost:8787", "http://localhost:8787/", 403),
            ("localhost:8787", "http://localhost:8787.evil.example", 403),
        ] {
            let fields =
                [format!("host: {host}"), format!("origin: {origin}"), "content-type: application/json".into()];
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            for line in ["GET /api/v1/state", "POST /api/v1/test", "OPTIONS /api/v1/test", "GET /healthz"] {
                assert_eq!(expected, status(&guard, LOOPBACK, line, &fields), "{host} {origin:?} {line}");
            }
        }
        let twice = ["host: localhost", "origin: http://localhost", "origin: http://localhost"];
        assert_eq!(403, status(&guard, LOOPBACK, "GET /metrics", &twice));
    }

    #[test]
    fn a_page_of_another_site_may_be_a_link_but_no_part_of_it() {
        let guard = Guard::new(&[], "");
        for (site, dest, line, expected) in [
            ("same-origin", "empty", "GET /metrics", 200),
            ("none", "document", "GET /metrics", 200),
            ("cross-site", "document", "GET /metrics", 200),
            ("cross-site", "document", "POST /api/v1/test", 403),
            ("cross-site", "image", "GET /metrics", 403),
            ("cross-site", "iframe", "GET /metrics", 403),
            ("same-site", "script", "GET /metrics", 403),
            ("anything", "empty", "GET /metrics", 403),
        ] {
            let fields =
                [format!("sec-fetch-site: {site}"), format!("sec-fetch-dest: {dest}"), "host: localhost".into()];
            let fields: Vec<&str> =
                fields.iter().map(String::as_str).chain(["content-type: application/json"]).collect();
            assert_eq!(expected, status(&guard, LOOPBACK, line, &fields), "{site} {dest} {line}");
        }
    }

    #[test]
    fn a_token_that_is_set_is_asked_for_everywhere_but_for_health() {
        let guard = Guard::new(&["nas.home".into()], "s3cret");
        for local in [LAN, LOOPBACK] {
            let host = format!("host: {local}");
            for (authorization, expected) in [
                (None, 401),
                (Some("Bearer s3cret"), 200),
                (Some("bearer s3cret"), 200),
                (Some("Bearer  s3cret"), 200),
                (Some("Bearer s3cre"), 401),
                (Some("Bearer s3crets"), 401),
                (Some("Bearer S3cret"), 401),
                (Some("Bearer "), 401),
                (Some("Basic s3cret"), 401),
                (Some("s3cret"), 401),
                (Some("Bearer \u{e4}"), 401),
            ] {
                let field = authorization.map(|value| format!("authorization: {value}"));
                let fields: Vec<&str> = [Some(host.as_str()), field.as_deref()].into_iter().flatten().collect();
                for path in ["GET /api/v1/state", "GET /metrics", "GET /nothing", "GET /api/v1/openapi.json"] {
                    assert_eq!(expected, status(&guard, local, path, &fields), "{local} {authorization:?} {path}");
                }
                assert_eq!(200, status(&guard, local, "GET /healthz", &fields), "{local} {authorization:?}");
            }
        }
        let token = "authorization: Bearer s3cret";
        assert_eq!(421, status(&guard, LAN, "GET /metrics", &["host: evil.example", token]));
        assert_eq!(403, status(&guard, LAN, "GET /metrics", &["host: nas.home", token, "origin: null"]));
        assert_eq!(200, status(&guard, LAN, "GET /metrics", &["host: nas.home", token]));
        assert_eq!(401, status(&guard, LAN, "GET /metrics?token=s3cret", &["host: nas.home"]));
        assert_eq!(401, status(&guard, LAN, "GET /metrics", &["host: nas.home", token, token]));
    }

    #[test]
    fn a_body_has_to_be_json() {
        for (kind, expected) in [
            ("application/json", Ok(())),
            ("Application/JSON; charset=utf-8", Ok(())),
            ("text/plain", Err(Fault::WrongType)),
            ("application/x-www-form-urlencoded", Err(Fault::WrongType)),
            ("text/plain; application/json", Err(Fault::WrongType)),
            ("application/jsonp", Err(Fault::WrongType)),
            ("", Err(Fault::WrongType)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            assert_eq!(expected, check_type(&headers), "{kind}");
            headers.append(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            assert_eq!(Err(Fault::WrongType), check_type(&headers), "{kind} twice");
        }
        assert_eq!(Err(Fault::WrongType), check_type(&HeaderMap::new()));
    }
}
