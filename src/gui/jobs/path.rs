//! Traces, the search for the provider's hops, and connections, all of them asked for by a person.

use std::{
    net::ToSocketAddrs as _,
    ops::ControlFlow,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{Job, Jobs, Progress, Wake, chain};
use crate::{
    analysis::home::home,
    codec::endpoint,
    engine::{TraceOptions, Tracing, discover as discover_hops, discovery_targets},
    gui::text::T,
    model::{
        config::Config,
        host::{Family, Host},
        isp::IspCandidates,
        tcp_probe::TcpProbeReport,
        trace::{Trace, TraceProtocol},
    },
    platform::{self, paths},
    probe::tcp_probe,
    store::trace_files::TraceFiles,
};

const DEADLINE: Duration = Duration::from_secs(3);

/// Trace that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) host: String,
    /// `None` begins with what this computer permits and goes on with another where that does not reach.
    pub(crate) protocol: Option<TraceProtocol>,
    pub(crate) rounds: usize,
}

/// A trace under way, as far as it is.
pub(crate) type Live = Arc<Mutex<Option<Trace>>>;

/// Traces; what is known so far can be seen in the second part.
pub(crate) fn trace(jobs: &mut Jobs, wanted: Wanted) -> (Job<Result<Trace, String>>, Live) {
    let live = Live::default();
    let (shared, wake) = (Arc::clone(&live), jobs.wake());
    let job = jobs.start(T::JobTrace, move |progress| run(&wanted, &shared, &wake, progress));
    (job, live)
}

fn run(wanted: &Wanted, live: &Live, wake: &Wake, progress: &Progress) -> Result<Trace, String> {
    let target = resolve(&wanted.host)?;
    let options = TraceOptions {
        target,
        name: wanted.host.clone(),
        protocol: wanted.protocol,
        port: 443,
        rounds: wanted.rounds,
        interval: Duration::from_secs(1),
        deadline: DEADLINE,
        flows: 1,
    };
    let mut shown = 0;
    let trace = Tracing::start().trace(&options, &mut |trace| {
        progress.set(trace.rounds as f64 / wanted.rounds.max(1) as f64);
        let answers: usize = trace.hops.iter().map(|hop| hop.answered).sum();
        if answers != shown {
            shown = answers;
            if let Ok(mut live) = live.lock() {
                *live = Some(trace.clone());
            }
            wake();
        }
        if progress.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    Ok(trace)
}

/// The address of a name; IPv4 where there is a choice.
fn resolve(text: &str) -> Result<Host, String> {
    let text = text.trim();
    if let Ok(host) = text.parse() {
        return Ok(host);
    }
    let addrs = (text, 0).to_socket_addrs().map_err(|error| chain(&error))?;
    let mut hosts: Vec<Host> = addrs.map(|addr| Host::new(addr.ip())).collect();
    hosts.sort_by_key(|host| host.family());
    hosts.first().copied().ok_or_else(|| format!("{text}: -"))
}

/// Reason why the provider's hops cannot be looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoHops {
    /// A VPN is active, so they would be its operator's.
    Vpn,
    /// There is no route to any target.
    NoTarget,
    /// This computer could send nothing.
    NotMeasured,
    /// Something else.
    Other(String),
}

/// Looks for the provider's hops.
pub(crate) fn discover(jobs: &mut Jobs, config: Config, log_dir: PathBuf) -> Job<Result<IspCandidates, NoHops>> {
    jobs.start(T::JobDiscover, move |progress| {
        let facts = platform::host_facts();
        let home = home(&facts, config.gateway.parse().ok());
        if home.vpn {
            return Err(NoHops::Vpn);
        }
        let targets = discovery_targets(&config, &home);
        if targets.is_empty() {
            return Err(NoHops::NoTarget);
        }
        let n = targets.len() as f64;
        let found = discover_hops(&facts, &targets, &mut |idx| {
            progress.set((idx as f64 + 0.3) / n);
            progress.say(targets.get(idx).map(Host::to_string).unwrap_or_default());
            if progress.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .ok_or(NoHops::NotMeasured)?;
        // What was found is worth more than a file of it.
        if paths::prepare_log_dir(&log_dir).is_ok() {
            TraceFiles::new(&log_dir).write_candidates(&found).map_err(|error| NoHops::Other(chain(&error)))?;
        }
        Ok(found)
    })
}

/// Connects to hosts, and writes what came of it into the log folder.
pub(crate) fn connect(
    jobs: &mut Jobs,
    hosts: Vec<String>,
    with_tls: bool,
    deadline: Duration,
    log_dir: PathBuf,
) -> Job<Result<TcpProbeReport, String>> {
    jobs.start(T::JobConnect, move |_| {
        let facts = home(&platform::host_facts(), None);
        let hosts: Result<Vec<_>, String> = hosts.iter().map(|text| endpoint::parse(text)).collect();
        let options = tcp_probe::Options {
            port: 443,
            with_tls,
            family: if facts.has_v4 || !facts.has_v6 { Family::V4 } else { Family::V6 },
            deadline,
        };
        let report = tcp_probe::probe(&hosts?, options);
        if paths::prepare_log_dir(&log_dir).is_ok() {
            TraceFiles::new(&log_dir).write_tcp_probe(&report).map_err(|error| chain(&error))?;
        }
        Ok(report)
    })
}
