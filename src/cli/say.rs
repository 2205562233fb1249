//! Rows and events as lines for people.

use std::{fmt::Write as _, io::Write as _, net::IpAddr, time::Duration};

use crate::{
    clock,
    model::{
        event::Event,
        ledger::State,
        row::Row,
        time::Timestamp,
        verdict::{Confidence, Evidence, FaultDomain, Status, Verdict},
    },
};

/// Civil time here, `14:35:02`.
pub(super) fn time(at: Timestamp) -> String {
    clock::local(at).format("%H:%M:%S").to_string()
}

/// The line of a row, as the original printed it.
pub(super) fn row(row: &Row) -> String {
    let flag = |value: Option<bool>| value.map_or("-", |value| if value { "1" } else { "0" });
    let millis =
        |rtt: Option<Duration>| rtt.map_or_else(|| "NA".to_owned(), |rtt| format!("{:.2}", rtt.as_secs_f64() * 1e3));
    let tally = row.targets_tally();
    let mut line = format!(
        "{} {:<14} gw={}ms targets={}/{} dns={} http_dns={} http_ip={} tcp443={} root={}",
        time(row.at),
        row.verdict.status,
        millis(row.gateway_rtt),
        tally.up,
        tally.total,
        flag(row.dns_ok),
        flag(row.http_dns_ok),
        flag(row.http_ip_ok),
        flag(row.tcp_ok),
        row.verdict.cause.map_or("-", |cause| cause.as_str()),
    );
    if let Some(isp) = row.isp_tally() {
        write!(line, " isp={}/{}", isp.up, isp.total).ok();
    }
    if let Some(isp_tcp) = row.isp_tcp_ok {
        write!(line, " isp_tcp={}", u8::from(isp_tcp)).ok();
    }
    if let Some(domain) = row.verdict.domain {
        write!(line, " domain={domain}").ok();
    }
    line
}

/// Returns the party at fault as a sentence.
pub(super) fn sentence(verdict: &Verdict) -> String {
    let what = match (verdict.status, verdict.domain) {
        (Status::Ok, None) => "The line works.",
        (Status::Ok, Some(FaultDomain::Dns)) if verdict.evidence.contains(&Evidence::DnsInventsNames) => {
            "The line works; a resolver makes names up."
        }
        (Status::Ok, Some(FaultDomain::Host)) if verdict.evidence.contains(&Evidence::ClockWrong) => {
            "The line works; this computer's clock is wrong."
        }
        (Status::Ok, Some(domain)) => notice(domain),
        (_, Some(FaultDomain::Host)) => "This computer is not connected.",
        (_, Some(FaultDomain::Lan)) => "The home network or router has failed.",
        (_, Some(FaultDomain::Access)) => "The provider's access line has failed.",
        (_, Some(FaultDomain::Isp)) => "The provider's network has failed.",
        (_, Some(FaultDomain::Upstream)) => "The networks behind the provider have failed.",
        (_, Some(FaultDomain::Dns)) => "The line works, but names do not resolve.",
        (_, Some(FaultDomain::CaptivePortal)) => "A login page stands in the way.",
        (_, Some(FaultDomain::Mtu)) => "Large packets vanish.",
        _ => "The line works, but web sites do not.",
    };
    let why: Vec<&str> = verdict.evidence.iter().map(|evidence| evidence.explain()).collect();
    let because = if why.is_empty() || verdict.domain.is_none() {
        String::new()
    } else {
        format!(" Because {}.", why.join(", "))
    };
    let open = verdict.cannot_establish().map(|open| format!(" Not established: {open}.")).unwrap_or_default();
    let is_doubtful = verdict.domain.is_some() && verdict.confidence == Confidence::Low;
    let confidence =
        if verdict.is_down() || is_doubtful { format!(" ({} confidence)", verdict.confidence) } else { String::new() };
    let last = verdict.last_hop.map(|hop| format!(" The last hop that answered is {}, {}.", hop.ttl, hop.addr));
    format!("{what}{confidence}{because}{}{open}", last.unwrap_or_default())
}

fn notice(domain: FaultDomain) -> &'static str {
    match domain {
        FaultDomain::Filtering => "The line works; only ping is filtered.",
        FaultDomain::Destination => "The line works; a far host or site does not.",
        FaultDomain::Ipv6 => "The line works; IPv6 does not.",
        FaultDomain::Dns => "The line works; one resolver does not.",
        FaultDomain::Host => "The line works; certificates of web sites cannot be judged on this computer.",
        FaultDomain::Mtu => "The line works; large packets vanish.",
        FaultDomain::SelfLoad => "The line works; this computer's own traffic fills it.",
        FaultDomain::Access => "The line works; from the provider's line on it does badly.",
        FaultDomain::Isp => "The line works; the provider's network does badly.",
        FaultDomain::Lan => "The line works; the home network does badly.",
        FaultDomain::Upstream => "The line works; networks behind the provider do badly.",
        _ => "The line works, badly.",
    }
}

/// An event as a line; `None` for those that are no news to a person. Rows have lines of their own.
pub(super) fn event(event: &Event) -> Option<String> {
    let secs = |duration: Duration| format!("{:.1} s", duration.as_secs_f64());
    Some(match event {
        Event::Started(at) => format!("{} monitoring", time(at.wall)),
        Event::Gateway(at, Some(gateway)) => format!("{} home router is {gateway}", time(at.wall)),
        Event::Gateway(at, None) => format!("{} no home router", time(at.wall)),
        Event::Suspected(_) | Event::Sample(_) | Event::Row(_) | Event::Trace(..) => return None,
        Event::State(since, State::Up, verdict) => format!("{} up: {}", time(since.wall), sentence(verdict)),
        Event::State(since, State::Degraded, verdict) => {
            format!("{} degraded: {}", time(since.wall), sentence(verdict))
        }
        Event::Confirmed(since, _) => {
            format!("{} no answer from any far host; looking for the cause", time(since.wall))
        }
        Event::State(since, State::Down(_), verdict) => format!("{} DOWN: {}", time(since.wall), sentence(verdict)),
        Event::State(since, State::NotMonitored(reason), _) => {
            format!("{} not monitored: {}", time(since.wall), reason.as_str())
        }
        Event::OutageOpened(outage, _) => {
            let domain = outage.domain(outage.start).map_or("-", FaultDomain::as_str);
            format!("{} OUTAGE {} has begun: {domain}", time(outage.start.wall), outage.id)
        }
        Event::OutageClosed(outage) => {
            let end = outage.end.unwrap_or(outage.start);
            let domain = outage.domain(end).map_or("-", FaultDomain::as_str);
            let length = secs(outage.length(end));
            format!(
                "{} OUTAGE {} is over: {length}, {domain}, since {}",
                time(end.wall),
                outage.id,
                time(outage.start.wall)
            )
        }
        Event::Micro(micro) => {
            let length = secs(micro.end.since(micro.start));
            format!("{} interruption of {length}, {}", time(micro.start.wall), micro.domain)
        }
        Event::Intermittent(since) => format!("{} the line keeps failing for seconds", time(since.wall)),
        Event::Notice(at, _, true, verdict) => format!("{} notice: {}", time(at.wall), sentence(verdict)),
        Event::Notice(at, domain, false, _) => format!("{} notice over: {domain}", time(at.wall)),
        Event::Gap(from, length, reason) => {
            format!("{} not monitored for {}: {}", time(from.wall), secs(*length), reason.as_str())
        }
        Event::ClockStep(at, seconds) => format!("{} the clock was set by {seconds:+.1} s", time(at.wall)),
        Event::PathChanged(at, target, changes) => {
            let host = |addr: Option<IpAddr>| addr.map_or_else(|| "none".to_owned(), |addr| addr.to_string());
            let hops: Vec<String> = changes
                .iter()
                .map(|change| format!("hop {} was {}, is {}", change.ttl, host(change.before), host(change.after)))
                .collect();
            format!("{} the path to {target} has changed: {}", time(at.wall), hops.join("; "))
        }
        Event::IspHops(at, hops) => {
            let hops: Vec<String> = hops.iter().map(ToString::to_string).collect();
            format!("{} the provider's hops are {}", time(at.wall), hops.join(", "))
        }
        Event::PublicAddress(at, addr, None) => format!("{} the public address is {addr}", time(at.wall)),
        Event::PublicAddress(at, addr, Some(before)) => {
            format!("{} the public address is {addr}, was {before}", time(at.wall))
        }
        Event::Warning(at, text) => format!("{} warning: {text}", time(at.wall)),
        Event::Stopped(at) => format!("{} stopped", time(at.wall)),
    })
}

/// Says that lines are missing, beside what goes out.
pub(super) fn tell_skipped(n: u64) {
    if n > 0 {
        writeln!(std::io::stderr(), "netlog: {n} lines could not be read and are left out").ok();
    }
}
