//! `netlog probe-tcp`: which hosts take a TCP connection, how fast, and what TLS shows.

use std::{fs::File, io, io::Read as _, io::Write, path::Path, process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};

use super::{BAD, COULD_NOT, FINE, Global, global};
use crate::{
    analysis::home::home,
    codec::{
        candidates_json,
        endpoint::{self, Endpoint},
        tcp_probe_json,
    },
    model::{
        config::Config,
        host::Family,
        tcp_probe::{TcpProbeReport, TcpProbeResult},
    },
    platform::{self, paths},
    probe::tcp_probe::{self, Options},
    store::trace_files::{CANDIDATES, TraceFiles},
};

/// A file beyond this size, in bytes, holds no candidates.
const MAX_CANDIDATES: u64 = 1 << 20;

const AFTER_HELP: &str = "\
Each step (name, connection, handshake) may take tcp_timeout_sec of the configuration.
The connection carries no data and is closed at once.

Examples:
  netlog probe-tcp --hosts example.com,192.0.2.1     two hosts at port 443
  netlog probe-tcp --hosts example.com:8443 --tls    version, handshake and certificate too
  netlog probe-tcp --hosts \"[2001:db8::1]:22\"        an IPv6 address with a port
  netlog probe-tcp --from-config --tls --json        what the configuration watches, for programs

Exit codes: 0 all hosts reachable and, with --tls, their certificates trusted, 1 not all, 2 could not.";

/// Options of `netlog probe-tcp`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = AFTER_HELP)]
#[expect(clippy::doc_markdown, reason = "the help is shown as it stands")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch on the command line")]
pub(super) struct ProbeTcpArgs {
    /// Names and addresses, with commas between them; each may have a port of its own
    #[arg(long, value_name = "HOST,HOST", value_delimiter = ',', allow_hyphen_values = true)]
    hosts: Vec<String>,
    /// The hosts of the configuration: isp_targets, targets and, with IPv6, ipv6_targets
    #[arg(long)]
    from_config: bool,
    /// The hops that "netlog discover" suggested
    #[arg(long)]
    from_candidates: bool,
    /// Port of the hosts that name none
    #[arg(long, value_name = "N", default_value_t = 443, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Make a TLS handshake and look at the certificate
    #[arg(long)]
    tls: bool,
    /// Print what is written to the file: one JSON object
    #[arg(long)]
    json: bool,
    /// Write no file into the log folder
    #[arg(long)]
    no_file: bool,
}

pub(super) fn run(args: &ProbeTcpArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    if args.hosts.is_empty() && !args.from_config && !args.from_candidates {
        bail!(
            "no hosts: name them with --hosts a,b, or take those of the configuration with --from-config, or those \
             that \"netlog discover\" suggested with --from-candidates"
        );
    }
    let loaded = global::load(global)?;
    for problem in &loaded.problems {
        writeln!(io::stderr(), "netlog: {problem}").ok();
    }
    let log_dir = loaded.log_dir.path;
    let facts = home(&platform::host_facts(), None);
    let hosts = hosts(args, &loaded.config, &log_dir, facts.has_v6)?;
    let options = Options {
        port: args.port,
        with_tls: args.tls,
        family: if facts.has_v4 || !facts.has_v6 { Family::V4 } else { Family::V6 },
        deadline: loaded.config.tcp_timeout_sec,
    };
    let report = tcp_probe::probe(&hosts, options);
    // The file comes first: whoever reads the output may have enough of it.
    let written = if args.no_file { None } else { Some(write(&log_dir, &report)) };
    if args.json {
        writeln!(out, "{}", tcp_probe_json::render(&report).trim_end())?;
    } else {
        write!(out, "{}{}", table(&report), summary(&report))?;
    }
    match written {
        // What reads JSON wants nothing else.
        Some(Ok(name)) if args.json => writeln!(io::stderr(), "netlog: written to {}", log_dir.join(name).display())?,
        Some(Ok(name)) => writeln!(out, "Written to {}", log_dir.join(name).display())?,
        Some(Err(error)) => {
            out.flush()?;
            writeln!(io::stderr(), "netlog: {error:#}; --no-file leaves the file out").ok();
            return Ok(ExitCode::from(COULD_NOT));
        }
        None => {}
    }
    Ok(ExitCode::from(if report.results.iter().all(is_fine) { FINE } else { BAD }))
}

/// Returns the hosts to ask, each once.
fn hosts(args: &ProbeTcpArgs, config: &Config, log_dir: &Path, has_v6: bool) -> anyhow::Result<Vec<Endpoint>> {
    let mut texts = args.hosts.clone();
    if args.from_config {
        let v6 = if has_v6 { config.ipv6_targets.as_slice() } else { &[] };
        let all = [config.isp_targets.as_slice(), config.targets.as_slice(), v6].concat();
        if all.is_empty() {
            bail!("the configuration names no hosts: set \"targets\" or \"isp_targets\", or use --hosts");
        }
        texts.extend(all);
    }
    if args.from_candidates {
        texts.extend(candidates(&log_dir.join(CANDIDATES))?);
    }
    let mut hosts: Vec<Endpoint> = Vec::new();
    for text in texts {
        let host = endpoint::parse(&text).map_err(anyhow::Error::msg)?;
        if !hosts.iter().any(|known| known.is_same(&host, args.port)) {
            hosts.push(host);
        }
    }
    Ok(hosts)
}

fn candidates(path: &Path) -> anyhow::Result<Vec<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!("there are no candidates yet: \"netlog discover\" finds some: {}", path.display())
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let mut text = String::new();
    file.take(MAX_CANDIDATES).read_to_string(&mut text).with_context(|| format!("cannot read {}", path.display()))?;
    let found = candidates_json::parse(&text).with_context(|| format!("cannot use {}", path.display()))?;
    if found.suggestions.is_empty() {
        bail!("no hop was suggested: \"netlog discover\" looks again: {}", path.display());
    }
    Ok(found.suggestions.iter().map(|suggestion| suggestion.addr.to_string()).collect())
}

fn write(log_dir: &Path, report: &TcpProbeReport) -> anyhow::Result<String> {
    paths::prepare_log_dir(log_dir)?;
    Ok(TraceFiles::new(log_dir).write_tcp_probe(report)?)
}

/// True if the host has no fault.
fn is_fine(result: &TcpProbeResult) -> bool {
    result.connect.is_ok()
        && result.tls.as_ref().is_none_or(|tls| tls.as_ref().is_ok_and(|facts| facts.trusted.is_ok()))
}

/// A row a host, in columns. The remark is last, for it may be long.
fn table(report: &TcpProbeReport) -> String {
    let mut head = vec!["Host", "Address", "Connect"];
    if report.with_tls {
        head.extend(["TLS", "Handshake", "Days left"]);
    }
    head.push("Remark");
    let mut rows = vec![head.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    rows.extend(report.results.iter().map(|result| cells(result, report.with_tls)));
    let n_columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..n_columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            // Figures end below each other.
            if [2, 4, 5].contains(&column) && column + 1 < n_columns {
                format!("{cell:>width$}")
            } else {
                format!("{cell:<width$}")
            }
        });
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

fn cells(result: &TcpProbeResult, with_tls: bool) -> Vec<String> {
    let dash = || "-".to_owned();
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let mut cells = vec![
        result.host.clone(),
        result.addr.map_or_else(dash, |addr| addr.to_string()),
        result.connect.as_ref().map_or_else(|_why| dash(), |time| millis(*time)),
    ];
    let facts = result.tls.as_ref().and_then(|tls| tls.as_ref().ok());
    if with_tls {
        cells.push(facts.map_or_else(dash, |facts| facts.version.clone()));
        cells.push(facts.map_or_else(dash, |facts| millis(facts.handshake)));
        cells.push(facts.and_then(|facts| facts.days_left).map_or_else(dash, |days| days.to_string()));
    }
    cells.push(match (&result.connect, &result.tls) {
        (Err(why), _) | (Ok(_), Some(Err(why))) => why.clone(),
        (Ok(_), Some(Ok(facts))) => {
            facts.trusted.as_ref().err().map(|why| format!("certificate not trusted: {why}")).unwrap_or_default()
        }
        (Ok(_), None) => String::new(),
    });
    cells
}

fn summary(report: &TcpProbeReport) -> String {
    let n_all = report.results.len();
    let n_reachable = report.results.iter().filter(|result| result.connect.is_ok()).count();
    let n_fine = report.results.iter().filter(|result| is_fine(result)).count();
    let tls = if report.with_tls { format!("{n_fine}/{n_all} with a trusted certificate\n") } else { String::new() };
    format!("{n_reachable}/{n_all} hosts reachable\n{tls}")
}
