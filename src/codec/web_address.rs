//! Addresses of the web (RFC 3986) without what lets somebody in or names somebody.

/// The address without the name of a user, a password, and what follows a question mark, a semicolon or a number sign. A
/// text that is no such address stays as it is.
///
/// ```
/// use network_logging::codec::web_address::without_secrets;
///
/// assert_eq!("https://example.com/a", without_secrets("https://bob:secret@example.com/a?key=1#b"));
/// ```
pub fn without_secrets(text: &str) -> String {
    parts(text).map_or_else(|| text.to_owned(), |(scheme, host, path)| format!("{scheme}://{host}{path}"))
}

/// The scheme, the host and the port of an address: what a site is called. A text that is no such address stays as it is.
///
/// ```
/// use network_logging::codec::web_address::site;
///
/// assert_eq!("https://example.com:8443", site("https://bob@example.com:8443/account/4711"));
/// assert_eq!("192.0.2.1", site("192.0.2.1"));
/// ```
pub fn site(text: &str) -> String {
    parts(text).map_or_else(|| text.to_owned(), |(scheme, host, _)| format!("{scheme}://{host}"))
}

/// The host of an address, without its port.
pub fn host(text: &str) -> Option<&str> {
    let (_, host, _) = parts(text)?;
    let name = host.strip_prefix('[').and_then(|rest| rest.split(']').next());
    Some(name.unwrap_or_else(|| host.split(':').next().unwrap_or(host)))
}

/// The scheme, the host with its port, and the path.
fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let (host, path) = authority(rest);
    // A password with one of the marks that end a host in it, which a reader takes apart in another way.
    let (host, path) = match rest.rsplit_once('@') {
        Some((_, rest)) if !has_port(host) => authority(rest),
        _ => (host, path),
    };
    Some((scheme, host, path.split(['?', '#', ';']).next().unwrap_or_default()))
}

/// The host with its port, and what follows it.
fn authority(rest: &str) -> (&str, &str) {
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
    (authority.rsplit_once('@').map_or(authority, |(_, host)| host), path)
}

/// True for a host that ends with a port, or has none.
fn has_port(host: &str) -> bool {
    let after = host.rsplit_once(']').map_or(host, |(_, after)| after);
    after.split_once(':').is_none_or(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_without_users_and_queries() {
        for (address, open, named, of) in [
            ("https://example.com", "https://example.com", "https://example.com", "example.com"),
            ("https://bob:Tok3n@example.com/", "https://example.com/", "https://example.com", "example.com"),
            ("http://x.example/?key=Apik3y", "http://x.example/", "http://x.example", "x.example"),
            ("http://x.example?key=Apik3y", "http://x.example", "http://x.example", "x.example"),
            ("http://u@v@x.example:80/a;s=1", "http://x.example:80/a", "http://x.example:80", "x.example"),
            ("http://bob:pa/ss@x.example/a", "http://x.example/a", "http://x.example", "x.example"),
            ("http://bob:pa?ss#@x.example/a", "http://x.example/a", "http://x.example", "x.example"),
            (
                "http://bob:p@[2001:db8::1]:8080/a#k",
                "http://[2001:db8::1]:8080/a",
                "http://[2001:db8::1]:8080",
                "2001:db8::1",
            ),
            ("https://x.example/@anna/b", "https://x.example/@anna/b", "https://x.example", "x.example"),
            ("socks5://me:pw@127.0.0.1:1080", "socks5://127.0.0.1:1080", "socks5://127.0.0.1:1080", "127.0.0.1"),
        ] {
            assert_eq!(
                (open, named, Some(of)),
                (&*without_secrets(address), &*site(address), host(address)),
                "{address}"
            );
            assert_eq!(named, site(&without_secrets(address)));
        }
        assert_eq!(("a@b?c".to_owned(), None), (without_secrets("a@b?c"), host("a@b?c")));
    }
}
