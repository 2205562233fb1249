//! What runs over the line: names and pages.

use std::{net::IpAddr, time::Duration};

use super::{Fault, Instead, Line, Mode, PAGE, Place, ms};
use crate::model::probe::{About, DnsExpect, DnsProbe, HttpProbe, Loss, NotMeasured, Outcome, Proof, Subject};

/// Outcome of a question about a name that is filtered with all names below it.
fn filtered(instead: Instead, dns: &DnsProbe, rtt: Duration) -> Outcome {
    match (instead, &dns.expect) {
        (Instead::Page, _) => Outcome::Lost(Loss::DnsLie(vec!["10.10.10.1".parse().unwrap()])),
        (Instead::Nothing, DnsExpect::OneOf(_)) => Outcome::NotMeasured(NotMeasured::Unsupported),
        (Instead::Nothing, DnsExpect::Fresh) => Outcome::Reply(rtt, Proof::DnsFresh),
        (Instead::Nothing, DnsExpect::PublicAddress) => Outcome::Lost(Loss::DnsRcode(3)),
        (Instead::ServFail | Instead::Silence, _) => Outcome::Lost(Loss::DnsRcode(2)),
        (Instead::Refused, _) => Outcome::Lost(Loss::DnsRcode(5)),
    }
}

impl Line {
    /// One question asked three times within the deadline: the outcome and how long it took.
    pub(super) fn dns(&mut self, at: Duration, dns: &DnsProbe, deadline: Duration) -> Option<(Outcome, Duration)> {
        let fresh = matches!(dns.expect, DnsExpect::Fresh);
        let own = self.resolvers.iter().position(|addr| addr.parse() == Ok(dns.server.ip()));
        for attempt in 0..3_u32 {
            let after = deadline * attempt / 3;
            let now = at + after;
            let mode =
                self.faults.iter().take_while(|(from, ..)| *from <= now).find_map(|(_, until, fault)| match fault {
                    Fault::Dns(idx, mode) if now < *until && Some(*idx) == own => Some(*mode),
                    _ => None,
                });
            let instead = match mode {
                Some(Mode::Filters(name, instead)) if name == dns.about => Some(instead),
                _ => None,
            };
            if mode == Some(Mode::Silent) || instead == Some(Instead::Silence) {
                continue;
            }
            let at_home = dns.server.ip() == self.gateway.parse::<IpAddr>().unwrap();
            let place = if at_home { Place::Router } else { Place::Beyond };
            let Some(rtt) = self.packet(now, place, if at_home { 3 } else { 18 }) else { continue };
            let portal = self.has(now, &Fault::Portal(false));
            let beyond = match (at_home && !portal, fresh) {
                // The router must ask somebody; nobody answers it.
                (true, true) => match self.packet(now, Place::Beyond, 20) {
                    Some(beyond) => beyond,
                    None if self.is_cut(now) => return Some((Outcome::Lost(Loss::DnsRcode(2)), after + ms(2000))),
                    None => continue,
                },
                _ => Duration::ZERO,
            };
            let rtt = rtt + beyond;
            let lie = || Outcome::Lost(Loss::DnsLie(vec!["10.0.0.1".parse().unwrap()]));
            if let Some(instead) = instead {
                return Some((filtered(instead, dns, rtt), after + rtt));
            }
            let outcome = match (mode, fresh) {
                (None, true) if dns.about == About::TestName && self.has(now, &Fault::Zone) => {
                    Outcome::Lost(Loss::DnsRcode(2))
                }
                (Some(Mode::ServFail), _) => Outcome::Lost(Loss::DnsRcode(2)),
                (Some(Mode::Lies), _) => lie(),
                (Some(Mode::Invents), true) => Outcome::Reply(rtt, Proof::DnsInvented),
                (_, true) => Outcome::Reply(rtt, Proof::DnsFresh),
                (_, false) => Outcome::Reply(rtt, Proof::DnsAnswer),
            };
            return Some((outcome, after + rtt));
        }
        None
    }

    pub(super) fn http(
        &mut self,
        at: Duration,
        http: &HttpProbe,
        subject: Subject,
        deadline: Duration,
    ) -> Option<(Outcome, Duration)> {
        let mut used = Duration::ZERO;
        let by_name = !matches!(subject, Subject::SiteByIp);
        if by_name {
            let each = deadline / 2 / u32::try_from(http.resolvers.len().max(1) * 2).unwrap();
            let mut found = false;
            for server in &http.resolvers {
                let dns = DnsProbe {
                    server: *server,
                    name: String::new(),
                    about: About::SiteName,
                    expect: DnsExpect::PublicAddress,
                };
                match self.dns(at + used, &dns, each) {
                    Some((Outcome::Reply(..) | Outcome::Lost(Loss::DnsLie(_)), after)) => {
                        used += after;
                        found = true;
                        break;
                    }
                    Some((_, after)) => used += after.min(each),
                    None => used += each,
                }
            }
            if !found {
                return Some((Outcome::Lost(Loss::NoName), used));
            }
        }
        let https = http.url.starts_with("https:");
        if https && self.has(at, &Fault::NoRoots) {
            return Some((Outcome::NotMeasured(NotMeasured::NoRoots), Duration::ZERO));
        }
        if !https && self.any(at + used, |fault| matches!(fault, Fault::Portal(_))) {
            return Some((Outcome::Lost(Loss::Redirected("http://login.example/".into())), used + ms(20)));
        }
        if let Some((told, after)) = self.told(at + used) {
            return Some((told, used + after));
        }
        let site = if let Subject::Site(idx) = subject { Some(idx) } else { None };
        let after = self.connect(at + used, deadline.saturating_sub(used), |line, at| {
            let dead = line.any(at, |fault| match fault {
                Fault::Port443 | Fault::Portal(_) | Fault::BlackHole => https,
                Fault::Site(dead) => Some(*dead) == site,
                Fault::SiteByIp => !by_name,
                _ => false,
            });
            if dead { None } else { line.packet(at, Place::Beyond, 20) }
        })?;
        if https && self.has(at, &Fault::Untrusted) {
            return Some((Outcome::Lost(Loss::Certificate), used + after));
        }
        // Handshake and answer need the line a little longer.
        let rest = self.packet(at + used + after, Place::Beyond, 40).unwrap_or(ms(400));
        if let Some(rate) = self.rate(at) {
            self.busy_until = self.busy_until.max(at + used + after) + ms(PAGE * 8 / rate);
        }
        let all = used + after + rest;
        Some((Outcome::Reply(all, Proof::HttpStatus(200)), all))
    }
}
