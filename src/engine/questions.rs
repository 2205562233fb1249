//! The questions that a resolver is asked.

use std::net::{IpAddr, SocketAddr};

use crate::model::{
    config::Config,
    probe::{About, DnsExpect, DnsProbe},
};

/// Questions about names of different operators, so that a name that is filtered, or whose own servers fail, is told
/// from a resolver that fails. Two names are made up, which no cache can hold: a resolver may deny one of them out of
/// another denial in its cache (RFC 8198), but hardly both. A public resolver, which is beyond the line and only compared
/// with the others (`is_own` false), is asked for one of each kind.
pub(super) fn questions(config: &Config, server: SocketAddr, is_own: bool) -> Vec<DnsProbe> {
    let known = config.dns_known_addresses.iter().filter_map(|addr| addr.parse().ok()).collect();
    let question = |about, name, expect| DnsProbe { server, name, about, expect };
    let fresh = |about, name: &str| question(about, made_up_below(name), DnsExpect::Fresh);
    let test_name = &config.dns_test_hostname;
    let mut questions = vec![
        fresh(About::TestName, test_name),
        question(About::KnownName, config.dns_known_name.clone(), DnsExpect::OneOf(known)),
    ];
    if !is_own {
        return questions;
    }
    questions.push(question(About::TestName, test_name.clone(), DnsExpect::PublicAddress));
    match site_name(config) {
        Some(site) => {
            questions.push(fresh(About::SiteName, site));
            questions.push(question(About::SiteName, site.to_owned(), DnsExpect::PublicAddress));
        }
        None => questions.push(fresh(About::KnownName, &config.dns_known_name)),
    }
    questions
}

fn made_up_below(name: &str) -> String {
    let letters: String = std::iter::repeat_with(fastrand::lowercase).take(12).collect();
    format!("{letters}.{name}")
}

/// The name of the first web site whose operator is neither that of `dns_test_hostname` nor that of `dns_known_name`.
fn site_name(config: &Config) -> Option<&str> {
    let others = [operator(&config.dns_test_hostname), operator(&config.dns_known_name)];
    let mut names = config.http_urls.iter().filter_map(|url| host(url));
    names.find(|name| !others.contains(&operator(name)))
}

/// The host name of a URL; `None` when it is an address.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let name = host.split(':').next().filter(|name| !name.is_empty() && !name.starts_with('['))?;
    name.parse::<IpAddr>().is_err().then_some(name)
}

/// The longest label of a name, which is mostly that of its operator.
fn operator(name: &str) -> &str {
    name.split('.').max_by_key(|label| label.len()).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site_of(urls: &[&str]) -> Option<String> {
        let http_urls = urls.iter().map(|url| (*url).to_owned()).collect();
        site_name(&Config { http_urls, ..Config::default() }).map(str::to_owned)
    }

    #[test]
    fn the_site_asked_about_is_of_another_operator_and_has_a_name() {
        assert_eq!(Some("www.cloudflare.com"), site_name(&Config::default()));
        assert_eq!(None, site_of(&[]));
        assert_eq!(None, site_of(&["https://www.google.com/", "http://www.example.com:80/x", "https://192.0.2.1/"]));
        assert_eq!(None, site_of(&["https://[2001:db8::1]:8443/a"]));
        assert_eq!(Some("news.test.invalid".into()), site_of(&["https://me:pass@news.test.invalid:8443/a?b"]));
    }

    #[test]
    fn two_names_are_made_up_and_every_configured_one_is_asked() {
        let config = Config::default();
        let server = ([192, 0, 2, 53], 53).into();
        let asked = questions(&config, server, true);
        let fresh: Vec<_> = asked.iter().filter(|probe| probe.expect == DnsExpect::Fresh).collect();
        assert_eq!(vec![About::TestName, About::SiteName], fresh.iter().map(|probe| probe.about).collect::<Vec<_>>());
        let plain: Vec<_> =
            asked.iter().filter(|probe| probe.expect != DnsExpect::Fresh).map(|p| p.name.as_str()).collect();
        assert_eq!(vec!["dns.google", "example.com", "www.cloudflare.com"], plain);
        let again = questions(&config, server, true);
        assert!(fresh.iter().all(|probe| again.iter().all(|other| other.name != probe.name)));
        let public = questions(&config, server, false);
        assert_eq!(2, public.len());
        let without_site = Config { http_urls: Vec::new(), ..Config::default() };
        let fresh = questions(&without_site, server, true).into_iter().filter(|probe| probe.expect == DnsExpect::Fresh);
        assert_eq!(vec![About::TestName, About::KnownName], fresh.map(|probe| probe.about).collect::<Vec<_>>());
        assert!(public.iter().all(|probe| probe.about != About::SiteName));
    }
}
