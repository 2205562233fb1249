//! Addresses of the hosts in URLs.
//!
//! The HTTP client looks a name up for each request, also for one on a connection that it has kept (ureq 3.5.1). Names are
//! remembered here, so that a receiver costs one lookup a minute at most, and is reached while no name can be resolved.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use ureq::{
    Error,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{NextTimeout, time::Duration as Limit},
    },
};

use crate::clock;

/// Age up to which an answer is used without a lookup.
const FRESH: Duration = Duration::from_mins(1);
/// Longest lookup of a name of which an older answer is known.
const RENEWAL: Duration = Duration::from_secs(5);

/// Resolves a name as the system does, in a thread of its own; an address needs neither.
#[derive(Debug)]
pub(super) struct UrlResolver<R = DefaultResolver> {
    names: R,
    fresh: Duration,
    known: Mutex<BTreeMap<String, KnownAddrs>>,
}

/// Last answer for a name.
#[derive(Debug, Clone)]
struct KnownAddrs {
    /// Monotonic time of the lookup.
    at: Duration,
    addrs: ResolvedSocketAddrs,
}

impl Default for UrlResolver {
    fn default() -> Self {
        Self { names: DefaultResolver::default(), fresh: FRESH, known: Mutex::default() }
    }
}

impl<R: Resolver> Resolver for UrlResolver<R> {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        if let Some(addr) = literal(uri) {
            let mut resolved = self.empty();
            resolved.push(addr);
            return Ok(resolved);
        }
        let name = format!("{:?} {:?} {:?}", uri.scheme_str(), uri.host(), uri.port_u16());
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        let now = clock::now().mono;
        let Some(known) = known else { return self.look_up(name, uri, config, timeout) };
        if now.saturating_sub(known.at) < self.fresh {
            return Ok(known.addrs);
        }
        let after = Limit::Exact(RENEWAL.min(*timeout.after));
        Ok(self.look_up(name, uri, config, NextTimeout { after, ..timeout }).unwrap_or(known.addrs))
    }
}

impl<R: Resolver> UrlResolver<R> {
    fn look_up(
        &self,
        name: String,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let addrs = self.names.resolve(uri, config, timeout)?;
        let known = KnownAddrs { at: clock::now().mono, addrs: addrs.clone() };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(name, known);
        Ok(addrs)
    }
}

/// Address of a URL whose host is one; `None` for a name, and for a scheme of unknown port.
fn literal(uri: &Uri) -> Option<SocketAddr> {
    let default_port = match uri.scheme_str()? {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let host = uri.host()?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Some(SocketAddr::new(host.parse::<IpAddr>().ok()?, uri.port_u16().unwrap_or(default_port)))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU16, Ordering};

    use super::*;

    /// Answers each lookup with another address, from the third on with an error.
    #[derive(Debug, Default)]
    struct TwoAnswers(AtomicU16);

    impl Resolver for TwoAnswers {
        fn resolve(&self, _: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
            let number = self.0.fetch_add(1, Ordering::SeqCst);
            let longest = if number == 0 { 60 } else { 5 };
            assert_eq!(Limit::from_secs(longest), timeout.after);
            let mut resolved = self.empty();
            resolved.push(SocketAddr::new([192, 0, 2, 1].into(), number));
            if number < 2 { Ok(resolved) } else { Err(Error::HostNotFound) }
        }
    }

    fn ask(resolver: &UrlResolver<TwoAnswers>, url: &str) -> Option<u16> {
        let timeout = NextTimeout { after: Limit::from_secs(60), ..NextTimeout::default() };
        resolver.resolve(&url.parse().unwrap(), &Config::default(), timeout).ok().map(|addrs| addrs[0].port())
    }

    #[test]
    fn a_name_is_looked_up_once_a_minute_and_known_while_nothing_can_be_looked_up() {
        let mut resolver = UrlResolver { names: TwoAnswers::default(), fresh: FRESH, known: Mutex::default() };
        let url = "http://metrics.example/write";
        assert_eq!(
            [Some(0); 3],
            [ask(&resolver, url), ask(&resolver, url), ask(&resolver, "http://metrics.example/x")]
        );
        resolver.fresh = Duration::ZERO;
        assert_eq!([Some(1); 3], [ask(&resolver, url), ask(&resolver, url), ask(&resolver, url)]);
        assert_eq!(4, resolver.names.0.load(Ordering::SeqCst));
    }

    #[test]
    fn a_name_that_was_never_known_is_an_error() {
        let names = TwoAnswers(AtomicU16::new(2));
        let resolver = UrlResolver { names, fresh: FRESH, known: Mutex::default() };
        let url = "https://metrics.example/".parse().unwrap();
        let timeout = NextTimeout { after: Limit::from_secs(5), ..NextTimeout::default() };
        let error = resolver.resolve(&url, &Config::default(), timeout);
        assert!(matches!(error, Err(Error::HostNotFound)));
    }

    #[test]
    fn a_host_that_is_an_address_needs_no_resolver() {
        for (url, expected) in [
            ("http://192.0.2.1/write", Some("192.0.2.1:80")),
            ("https://192.0.2.1/", Some("192.0.2.1:443")),
            ("http://192.0.2.1:8428/api/v1/write", Some("192.0.2.1:8428")),
            ("http://user:secret@192.0.2.1:81/", Some("192.0.2.1:81")),
            ("https://[2001:db8::1]/", Some("[2001:db8::1]:443")),
            ("http://[2001:db8::1]:8086/write?db=netlog", Some("[2001:db8::1]:8086")),
            ("http://metrics.example/", None),
            ("http://192.0.2.1.example/", None),
            ("ftp://192.0.2.1/", None),
            ("/write", None),
        ] {
            let expected = expected.map(|addr| addr.parse().unwrap());
            assert_eq!(expected, literal(&url.parse().unwrap()), "{url}");
        }
    }
}
