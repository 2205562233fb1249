//! `netlog doctor`: what this machine permits, and what to do about the rest. Sends nothing.

use std::{io::Write, process::ExitCode, sync::Arc};

use serde_json::json;

use super::{BAD, FINE, Global, facts, global, schedule};
use crate::{
    analysis::home::{HostLayer, home},
    clock,
    codec::public_key::fingerprint,
    engine,
    model::host::Family,
    platform::{self, paths},
    probe::{echo::Echo, has_trusted_roots, permission::EchoMeans},
    schedule::of_folder,
    store::lock,
};

/// Options of `netlog doctor`.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct DoctorArgs {
    /// One JSON object, for programs
    #[arg(long)]
    json: bool,
    /// Instead: all that this computer knows of its network, as for a report to somebody who can help
    #[arg(long)]
    facts: bool,
    /// With --facts: cut public addresses, hardware addresses and names, so that they identify nobody
    #[arg(long, requires = "facts")]
    redact: bool,
}

/// Grade of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grade {
    /// As it should be.
    Good,
    /// Works, with less than could be had.
    Less,
    /// Does not work.
    Bad,
}

struct Finding {
    grade: Grade,
    what: &'static str,
    found: String,
    remedy: Option<String>,
}

impl Finding {
    fn new(grade: Grade, what: &'static str, found: impl Into<String>) -> Self {
        Self { grade, what, found: found.into(), remedy: None }
    }

    fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }
}

pub(super) fn run(args: &DoctorArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    if args.facts {
        facts::run(facts::How { json: args.json, redact: args.redact }, out)?;
        return Ok(ExitCode::from(FINE));
    }
    let findings = examine(global);
    for finding in &findings {
        if args.json {
            let grade = match finding.grade {
                Grade::Good => "good",
                Grade::Less => "less",
                Grade::Bad => "bad",
            };
            let line =
                json!({ "grade": grade, "what": finding.what, "found": finding.found, "remedy": finding.remedy });
            writeln!(out, "{line}")?;
        } else {
            let mark = match finding.grade {
                Grade::Good => "ok  ",
                Grade::Less => "less",
                Grade::Bad => "BAD ",
            };
            writeln!(out, "{mark}  {:<16} {}", finding.what, finding.found)?;
            if let Some(remedy) = &finding.remedy {
                writeln!(out, "{:23}-> {remedy}", "")?;
            }
        }
    }
    let is_bad = findings.iter().any(|finding| finding.grade == Grade::Bad);
    Ok(ExitCode::from(if is_bad { BAD } else { FINE }))
}

fn examine(global: &Global) -> Vec<Finding> {
    let mut findings = Vec::new();
    let echo = Echo::start(Arc::new(|_| {}));
    findings.push(echo_finding("echo IPv4", echo.means(Family::V4)));
    findings.push(echo_finding("echo IPv6", echo.means(Family::V6)));
    findings.push(Finding::new(Grade::Good, "TCP, DNS, HTTP", "need no permission"));
    findings.push(certificates(has_trusted_roots()));
    findings.extend(network());
    findings.push(now());
    findings.extend(files(global));
    findings
}

fn echo_finding(what: &'static str, means: EchoMeans) -> Finding {
    match means {
        EchoMeans::Datagram => Finding::new(Grade::Good, what, "permitted (datagram socket)"),
        EchoMeans::Raw => Finding::new(Grade::Good, what, "permitted (raw socket, by privilege)"),
        EchoMeans::Service => Finding::new(Grade::Good, what, "permitted (system service)"),
        EchoMeans::Forbidden => {
            let found = "not permitted; hosts are asked by UDP and TCP, which finds the same outages";
            Finding::new(Grade::Less, what, found).remedy(
                "for latency by ping as well: sudo sysctl -w net.ipv4.ping_group_range=\"0 2147483647\" \
                 (lasting: in a file in /etc/sysctl.d)",
            )
        }
        EchoMeans::NoFamily => Finding::new(Grade::Less, what, "this family is switched off on this machine"),
    }
}

fn certificates(has_roots: bool) -> Finding {
    if has_roots {
        Finding::new(Grade::Good, "certificates", "the system names issuers that it trusts")
    } else {
        Finding::new(Grade::Bad, "certificates", "the system trusts no issuer, so secure web sites are not measured")
            .remedy(
                "install the package ca-certificates (apt, dnf, zypper, apk, opkg), or name the file of issuers in the \
                 variable SSL_CERT_FILE",
            )
    }
}

fn network() -> Vec<Finding> {
    let facts = platform::host_facts();
    let home = home(&facts, None);
    let mut findings = vec![match home.layer {
        HostLayer::Ok => Finding::new(Grade::Good, "link", home.link.clone().unwrap_or_else(|| "connected".into())),
        HostLayer::Unknown => Finding::new(Grade::Less, "link", "the system does not say"),
        HostLayer::NoLink => {
            Finding::new(Grade::Bad, "link", "not connected").remedy("plug in the cable or join the Wi-Fi")
        }
        HostLayer::NoAddress => Finding::new(Grade::Bad, "link", "connected, but without an address")
            .remedy("the router gives out none: restart it, or set an address"),
        HostLayer::NoRoute => Finding::new(Grade::Bad, "link", "connected, but without a default route")
            .remedy("set the router's address"),
    }];
    let gateways: Vec<String> = [home.gateway_v4, home.gateway_v6].iter().flatten().map(ToString::to_string).collect();
    findings.push(if gateways.is_empty() {
        Finding::new(Grade::Less, "home router", "none found").remedy("set \"gateway\" in config.json if there is one")
    } else {
        Finding::new(Grade::Good, "home router", gateways.join(", "))
    });
    let family = match (home.has_v4, home.has_v6) {
        (true, true) => "IPv4 and IPv6",
        (true, false) => "IPv4 only",
        (false, true) => "IPv6 only",
        (false, false) => "none",
    };
    findings.push(Finding::new(if home.has_v4 || home.has_v6 { Grade::Good } else { Grade::Bad }, "routes", family));
    if home.vpn {
        findings.push(Finding::new(
            Grade::Less,
            "VPN",
            "active: what is measured beyond the router is the tunnel's path",
        ));
    }
    let resolvers: Vec<String> = facts.resolvers.iter().map(ToString::to_string).collect();
    findings.push(if resolvers.is_empty() {
        Finding::new(Grade::Bad, "resolvers", "the system names none").remedy("set \"dns_servers\" in config.json")
    } else {
        Finding::new(Grade::Good, "resolvers", resolvers.join(", "))
    });
    findings
}

fn now() -> Finding {
    let wall = clock::now().wall;
    let found = format!("{} here, {} UTC", clock::local(wall).format("%Y-%m-%d %H:%M:%S"), wall.format("%H:%M:%S"));
    // No program of this version was run before it was written.
    if wall.timestamp() < 1_760_000_000 {
        Finding::new(Grade::Bad, "clock", found)
            .remedy("the clock is years behind: set it, or certificates will be refused")
    } else {
        Finding::new(Grade::Good, "clock", found)
    }
}

/// Rows can be signed.
fn key() -> Finding {
    match engine::own_key() {
        Ok(Some(key)) => Finding::new(Grade::Good, "signing key", fingerprint(&key)),
        Ok(None) => Finding::new(Grade::Good, "signing key", "none yet: the first start makes it"),
        Err(why) => Finding::new(Grade::Bad, "signing key", format!("rows are not signed: {why}")).remedy(why.remedy()),
    }
}

fn files(global: &Global) -> Vec<Finding> {
    let loaded = match global::load(global) {
        Ok(loaded) => loaded,
        Err(error) => return vec![Finding::new(Grade::Bad, "configuration", format!("{error:#}"))],
    };
    let path = loaded.config_file.path.display();
    let mut findings = vec![match (loaded.is_found, loaded.problems.is_empty()) {
        (false, _) => Finding::new(Grade::Good, "configuration", format!("none, so the defaults: {path}")),
        (true, true) => Finding::new(Grade::Good, "configuration", format!("{path}")),
        (true, false) => {
            let problems: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
            Finding::new(Grade::Less, "configuration", format!("{}: {path}", problems.join("; ")))
                .remedy("\"netlog config check\" says more")
        }
    }];
    let dir = &loaded.log_dir.path;
    findings.push(match paths::prepare_log_dir(dir) {
        Ok(()) => Finding::new(Grade::Good, "log folder", format!("{} ({})", dir.display(), loaded.log_dir.reason)),
        Err(error) => Finding::new(Grade::Bad, "log folder", format!("{:#}", anyhow::Error::from(error))),
    });
    findings.push(key());
    findings.push(match lock::monitor(dir) {
        Some(holder) => Finding::new(Grade::Good, "monitor", format!("running as process {}", holder.pid)),
        None => Finding::new(Grade::Good, "monitor", "not running"),
    });
    if let Some(mark) = platform::scheduler::expected(dir) {
        findings.push(match schedule::complaint(&of_folder(&mark), &mark) {
            None => Finding::new(Grade::Good, "schedule", format!("{}, as it should be", mark.rhythm)),
            Some(complaint) => Finding::new(Grade::Bad, "schedule", complaint).remedy(schedule::REMEDY),
        });
    }
    findings
}
