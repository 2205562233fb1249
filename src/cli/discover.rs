//! `netlog discover`: which hops are the provider's.

use std::{
    io::{IsTerminal as _, Write},
    ops::ControlFlow,
    process::ExitCode,
};

use anyhow::bail;

use super::{BAD, COULD_NOT, FINE, Global, add, global};
use crate::{
    analysis::home::home,
    codec::{candidates_json, config_json::Severity},
    engine::{discover, discovery_targets},
    model::{
        config::{Config, setting},
        isp::IspCandidates,
        settings::Value,
    },
    platform::{self, paths},
    store::{config_file, trace_files::TraceFiles},
};

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
    let targets = discovery_targets(&loaded.config, &home);
    if targets.is_empty() {
        bail!("no target can be reached from here: there is no route, or the configuration names no address");
    }
    let progress = std::io::stderr().is_terminal();
    let mut under_way = None;
    let found = discover(&facts, &targets, &mut |idx| {
        if progress
            && under_way != Some(idx)
            && let Some(target) = targets.get(idx)
        {
            writeln!(std::io::stderr(), "tracing the way to {target}").ok();
        }
        under_way = Some(idx);
        ControlFlow::Continue(())
    });
    let Some(found) = found else {
        writeln!(std::io::stderr(), "netlog: nothing could be measured; \"netlog doctor\" says why").ok();
        return Ok(ExitCode::from(COULD_NOT));
    };
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

fn adopt(config: &mut Config, found: &IspCandidates) -> anyhow::Result<()> {
    let hops = found.suggestions.iter().map(|suggestion| suggestion.addr.to_string()).collect();
    match setting("isp_targets").map(|setting| setting.set(config, Value::List(hops))) {
        Some(Ok(())) => Ok(()),
        Some(Err(allowed)) => bail!("the hops cannot be adopted: {allowed}"),
        None => bail!("this program has no setting isp_targets"),
    }
}

/// Writes the result for people.
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
