//! `netlog discover`: which hops are the provider's.

use std::{
    io::{IsTerminal as _, Write},
    ops::ControlFlow,
    process::ExitCode,
    time::Duration,
};

use anyhow::bail;

use super::{BAD, COULD_NOT, FINE, Global, add, global};
use crate::{
    analysis::{
        home::{Home, home},
        route::{isp::candidates, pacer::PACE},
    },
    codec::{candidates_json, config_json::Severity},
    engine::{TraceOptions, Tracing},
    model::{
        config::{Config, setting},
        host::{Family, Host},
        isp::IspCandidates,
        settings::Value,
        trace::{Trace, TraceEnd},
    },
    platform::{self, paths},
    store::{config_file, trace_files::TraceFiles},
};

/// Targets traced of each family: several, since one alone may be reached in its own way.
const TARGETS: usize = 3;
const ROUNDS: usize = 3;
const DEADLINE: Duration = Duration::from_secs(3);

/// Options of `netlog discover`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = "\
Traces the way to a few targets of the configuration, three rounds each, and takes the first hops
beyond the home for the provider's: 100.64/10 and private addresses of providers are recognised,
and so is a second router at home. A monitor finds them by itself; adopting them pins them down.

Examples:
  netlog discover            find them and write isp_candidates.json into the log folder
  netlog discover --adopt    and put them into the configuration as isp_targets

Exit codes: 0 found, 1 none found, 2 could not.")]
#[expect(clippy::doc_markdown, reason = "the help is shown as it stands")]
pub(super) struct DiscoverArgs {
    /// Put them into the configuration as isp_targets
    #[arg(long)]
    adopt: bool,
    /// What was found as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &DiscoverArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let loaded = global::load(global)?;
    for problem in &loaded.problems {
        writeln!(std::io::stderr(), "netlog: {problem}").ok();
    }
    if args.adopt && loaded.problems.iter().any(|problem| problem.severity == Severity::Wrong) {
        bail!("nothing is adopted into a configuration with mistakes: correct them first (\"netlog config check\")");
    }
    paths::prepare_log_dir(&loaded.log_dir.path)?;
    let facts = platform::host_facts();
    let home = home(&facts, loaded.config.gateway.parse().ok());
    if home.vpn {
        let what = "a VPN is active, so the hops found are its operator's and not your provider's; switch it off and look again";
        if args.adopt {
            bail!("nothing is adopted: {what}");
        }
        writeln!(std::io::stderr(), "netlog: {what}").ok();
    }
    let targets = targets(&loaded.config, &home);
    if targets.is_empty() {
        bail!("no target can be reached from here: there is no route, or the configuration names no address");
    }
    let progress = std::io::stderr().is_terminal();
    let (mut tracing, mut traces) = (Tracing::start(), Vec::new());
    for (idx, target) in targets.into_iter().enumerate() {
        if idx > 0 {
            // The routers near home are on the way to all targets, and are asked once a second at most.
            std::thread::sleep(PACE);
        }
        if progress {
            writeln!(std::io::stderr(), "tracing the way to {target}").ok();
        }
        traces.push(trace(&mut tracing, target));
    }
    if traces.iter().all(|trace| matches!(trace.end, TraceEnd::NotMeasured(_))) {
        writeln!(std::io::stderr(), "netlog: nothing could be measured; \"netlog doctor\" says why").ok();
        return Ok(ExitCode::from(COULD_NOT));
    }
    let own: Vec<_> = facts.links.iter().flat_map(|link| &link.addrs).copied().collect();
    let found = candidates(&traces, &own);
    let name = TraceFiles::new(&loaded.log_dir.path).write_candidates(&found)?;
    if args.json {
        writeln!(out, "{}", candidates_json::render(&found).trim_end())?;
    } else {
        write!(out, "{}", text(&found))?;
        writeln!(out, "Written to {}", loaded.log_dir.path.join(name).display())?;
    }
    if found.suggestions.is_empty() {
        return Ok(ExitCode::from(BAD));
    }
    if args.adopt {
        let mut config = loaded.config;
        adopt(&mut config, &found)?;
        if let Some(old) = config_file::save(&loaded.config_file.path, &config)? {
            writeln!(std::io::stderr(), "netlog: the configuration could not be read; it is kept as {}", old.display())
                .ok();
        }
        writeln!(std::io::stderr(), "isp_targets set in {}", loaded.config_file.path.display()).ok();
    }
    Ok(ExitCode::from(FINE))
}

/// The first addresses of the configuration of each family that has a route.
fn targets(config: &Config, home: &Home) -> Vec<Host> {
    let routed = [(Family::V4, home.has_v4), (Family::V6, home.has_v6)];
    let all = std::iter::once(&config.trace_host).chain(&config.targets).chain(&config.ipv6_targets);
    let all: Vec<Host> = all.filter_map(|text| text.parse().ok()).collect();
    let mut targets: Vec<Host> = Vec::new();
    for (family, _) in routed.into_iter().filter(|(_, routed)| *routed) {
        for host in all.iter().filter(|host| host.family() == family) {
            let n = targets.iter().filter(|known| known.family() == family).count();
            if n < TARGETS && !targets.contains(host) {
                targets.push(*host);
            }
        }
    }
    targets
}

fn trace(tracing: &mut Tracing, target: Host) -> Trace {
    let options = TraceOptions {
        target,
        name: target.to_string(),
        protocol: None,
        port: 443,
        rounds: ROUNDS,
        interval: Duration::from_secs(1),
        deadline: DEADLINE,
        flows: 1,
    };
    tracing.trace(&options, &mut |_| ControlFlow::Continue(()))
}

fn adopt(config: &mut Config, found: &IspCandidates) -> anyhow::Result<()> {
    let hops = found.suggestions.iter().map(|suggestion| suggestion.addr.to_string()).collect();
    match setting("isp_targets").map(|setting| setting.set(config, Value::List(hops))) {
        Some(Ok(())) => Ok(()),
        Some(Err(allowed)) => bail!("the hops cannot be adopted: {allowed}"),
        None => bail!("this program has no setting isp_targets"),
    }
}

/// What was found, for people.
fn text(found: &IspCandidates) -> String {
    let mut text = String::from("Hops near home:\n");
    for (ttl, hosts) in &found.seen {
        let hosts: Vec<String> = hosts.iter().map(|(addr, n)| format!("{addr} ({n})")).collect();
        add(&mut text, format_args!("{ttl:>3}  {}\n", hosts.join(", ")));
    }
    if found.suggestions.is_empty() {
        return text + "No hop of the provider was found: none answers, or the targets are as near as that.\n";
    }
    text += "The provider's, as far as can be told:\n";
    for suggestion in &found.suggestions {
        let line = format_args!("{:>3}  {}, seen in {} traces\n", suggestion.hop, suggestion.addr, suggestion.seen);
        add(&mut text, line);
    }
    text
}
