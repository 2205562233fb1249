//! Hosts as people name them for a connection: `example.com`, `192.0.2.1:8443`, `2001:db8::1`, `[2001:db8::1]:443`.

use std::net::{IpAddr, Ipv6Addr};

use crate::model::settings::{Kind, Value};

/// A host, and a port where one was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// As it was given.
    pub given: String,
    /// The name or address alone, without brackets and port. A link-local address may carry its link: `fe80::1%eth0`.
    pub host: String,
    /// The port; `None` when none was named. Never 0.
    pub port: Option<u16>,
}

impl Endpoint {
    /// True if both lead to the same port of the same host, where `default_port` stands for a port not named.
    pub fn is_same(&self, other: &Self, default_port: u16) -> bool {
        let hosts_agree = match (self.host.parse::<IpAddr>(), other.host.parse::<IpAddr>()) {
            (Ok(one), Ok(other)) => one == other,
            // Names do not tell capitals apart (RFC 1035, section 2.3.3).
            _ => self.host.eq_ignore_ascii_case(&other.host),
        };
        hosts_agree && self.port.unwrap_or(default_port) == other.port.unwrap_or(default_port)
    }
}

/// Reads a host as a person names it. Space around it does not count.
///
/// # Errors
///
/// When it is none: which text, and what to do about it.
///
/// ```
/// use network_logging::codec::endpoint;
///
/// let endpoint = endpoint::parse("[2001:db8::1]:8443").unwrap();
/// assert_eq!(("2001:db8::1", Some(8443)), (endpoint.host.as_str(), endpoint.port));
/// assert!(endpoint::parse("-V").is_err());
/// ```
pub fn parse(text: &str) -> Result<Endpoint, String> {
    let given = text.trim();
    if given.is_empty() {
        return Err("a host is missing: there is a comma too many, or nothing between quotes".into());
    }
    if given.chars().any(char::is_control) {
        return Err(format!("{given:?} is no host: it holds a control character"));
    }
    if given.contains("://") {
        return Err(format!("{given:?} is no host: write the name alone, without https:// and path"));
    }
    let (host, port) = split(given)?;
    if !is_addr_on_a_link(host) {
        // Of a name with a port the whole is shown, for that is what the user wrote.
        Kind::Host.check(&Value::Text(host.to_owned())).map_err(|why| match port {
            Some(_) => format!("{given:?}: {why}"),
            None => why,
        })?;
    }
    Ok(Endpoint { given: given.to_owned(), host: host.to_owned(), port })
}

/// Host and port. Colons alone do not make a port: an IPv6 address is full of them, so it needs brackets before one
/// (RFC 3986, section 3.2.2).
fn split(given: &str) -> Result<(&str, Option<u16>), String> {
    if let Some(rest) = given.strip_prefix('[') {
        let Some((host, behind)) = rest.split_once(']') else {
            return Err(format!("{given:?}: close the bracket behind the address"));
        };
        if host.parse::<Ipv6Addr>().is_err() && !is_addr_on_a_link(host) {
            return Err(format!("{given:?}: only an IPv6 address stands in brackets"));
        }
        return match behind.strip_prefix(':') {
            Some(digits) => Ok((host, Some(port(given, digits)?))),
            None if behind.is_empty() => Ok((host, None)),
            None => Err(format!("{given:?}: only a colon and a port may follow the bracket")),
        };
    }
    match given.split_once(':') {
        Some((host, digits)) if !digits.contains(':') => Ok((host, Some(port(given, digits)?))),
        _ => Ok((given, None)),
    }
}

fn port(given: &str, digits: &str) -> Result<u16, String> {
    let number = if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().unwrap_or(0) } else { 0 };
    if number == 0 { Err(format!("{given:?}: a port is a whole number from 1 to 65535")) } else { Ok(number) }
}

/// True for an IPv6 address with the link on which it is valid (RFC 4007, section 11).
fn is_addr_on_a_link(host: &str) -> bool {
    host.split_once('%').is_some_and(|(addr, link)| {
        addr.parse::<Ipv6Addr>().is_ok()
            && !link.is_empty()
            && link.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_usual_form_is_understood() {
        for (text, host, port) in [
            ("example.com", "example.com", None),
            (" example.com ", "example.com", None),
            ("example.com:8443", "example.com", Some(8443)),
            ("localhost:1", "localhost", Some(1)),
            ("192.0.2.1", "192.0.2.1", None),
            ("192.0.2.1:65535", "192.0.2.1", Some(65535)),
            ("2001:db8::1", "2001:db8::1", None),
            ("::1", "::1", None),
            ("[::1]", "::1", None),
            ("[::1]:443", "::1", Some(443)),
            ("fe80::1%eth0", "fe80::1%eth0", None),
            ("[fe80::1%2]:443", "fe80::1%2", Some(443)),
        ] {
            let expected = Endpoint { given: text.trim().into(), host: host.into(), port };
            assert_eq!(Ok(expected), parse(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "a comma too many"),
            ("-V", "\"-V\" is not an IP address or host name: it must not start with -"),
            ("--version", "must not start with -"),
            ("-V:443", "\"-V:443\": \"-V\" is not an IP address or host name: it must not start with -"),
            ("a\u{1b}[31m", "\"a\\u{1b}[31m\" is no host: it holds a control character"),
            ("a\nb", "control character"),
            ("a b", "is not an IP address or host name"),
            ("https://example.com", "without https://"),
            ("example.com:", "a whole number from 1 to 65535"),
            ("example.com:0", "a whole number from 1 to 65535"),
            ("example.com:65536", "a whole number from 1 to 65535"),
            ("example.com:+1", "a whole number from 1 to 65535"),
            (":443", "allowed is an IP address or host name"),
            ("1.1.1.256", "is not an IP address or host name"),
            ("2001:db8::1:x", "is not an IP address or host name"),
            ("[::1", "close the bracket"),
            ("[example.com]:443", "only an IPv6 address"),
            ("[192.0.2.1]:443", "only an IPv6 address"),
            ("[::1]443", "only a colon and a port"),
            ("fe80::1%", "is not an IP address or host name"),
            ("192.0.2.1%eth0", "is not an IP address or host name"),
            ("münchen.example", "xn--"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }

    #[test]
    fn the_same_host_is_recognised_in_other_spellings() {
        let same = |one: &str, other: &str| parse(one).unwrap().is_same(&parse(other).unwrap(), 443);
        assert!(same("example.com", "EXAMPLE.com:443"));
        assert!(same("::1", "[0:0::1]:443"));
        assert!(!same("example.com", "example.com:8443"));
        assert!(!same("example.com", "example.org"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
        assert!(!same("fe80::1%1", "fe80::1%2"));
    }

    proptest! {
        #[test]
        fn no_text_becomes_an_option_or_hides_something(text in any::<String>()) {
            if let Ok(endpoint) = parse(&text) {
                prop_assert!(!endpoint.host.is_empty() && !endpoint.host.starts_with('-'));
                prop_assert!(!endpoint.given.chars().any(char::is_control));
                prop_assert_ne!(Some(0), endpoint.port);
            }
        }
    }
}
