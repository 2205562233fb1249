//! `netlog trace`: every hop on the way to a host.

use std::{
    io::{IsTerminal as _, Write},
    net::{IpAddr, ToSocketAddrs as _},
    ops::ControlFlow,
    path::PathBuf,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, bail};
use crossbeam_channel::bounded;

use super::{BAD, COULD_NOT, FINE, compare, hop_table};
use crate::{
    clock,
    codec::{mtr_text, trace_json},
    engine::{TraceOptions, Tracing},
    model::{
        host::{Family, Host},
        trace::{TraceEnd, TraceProtocol},
    },
    platform,
};

/// An answer is waited for this long.
const DEADLINE: Duration = Duration::from_secs(3);
/// A name is looked for this long.
const NAME_WAIT: Duration = Duration::from_secs(10);
/// Time between two drawings of the live table.
const REDRAW: Duration = Duration::from_millis(250);

/// Options of `netlog trace`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  netlog trace example.com                 ten rounds, live in a terminal
  netlog trace 1.1.1.1 --rounds 60 > f.log  a minute, as a report that reads like mtr's
  netlog trace example.com --tcp           by connections to port 443
  mtr -n -r -c 10 1.1.1.1 | netlog trace 1.1.1.1 --compare -    beside what another program sees

Without --icmp, --udp or --tcp it begins with what this computer permits and goes on with another
protocol where that one does not reach the host. Loss is what never arrives at the end of the
path; that a router does not answer is shown beside it and is none. No router is asked more than
once a second.

Exit codes: 0 the host was reached, 1 it was not, 2 nothing could be measured.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch on the command line")]
pub(super) struct TraceArgs {
    /// The host: a name or an address
    #[arg(value_name = "HOST")]
    host: String,
    /// By ICMP echo alone
    #[arg(long, group = "protocol")]
    icmp: bool,
    /// By UDP alone
    #[arg(long, group = "protocol")]
    udp: bool,
    /// By TCP alone
    #[arg(long, group = "protocol")]
    tcp: bool,
    /// The port of TCP probes
    #[arg(long, value_name = "N", default_value_t = 443, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Rounds
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rounds: u32,
    /// Seconds between two rounds, 0.1 to 60; routers are asked once a second at most all the same
    #[arg(long, value_name = "SECS", default_value = "1", value_parser = parse_interval)]
    interval: Duration,
    /// Ways to show where routers spread traffic over several, 1 to 16
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    flows: u8,
    /// By IPv4
    #[arg(short = '4', group = "family")]
    v4: bool,
    /// By IPv6
    #[arg(short = '6', group = "family")]
    v6: bool,
    /// Afterwards, compare with a report of mtr, traceroute, tracert or pathping; "-" reads standard input
    #[arg(long, value_name = "REPORT", conflicts_with = "json")]
    compare: Option<PathBuf>,
    /// The trace as one JSON object
    #[arg(long)]
    json: bool,
}

fn parse_interval(text: &str) -> Result<Duration, String> {
    let secs = text.parse::<f64>().ok().filter(|secs| (0.1..=60.0).contains(secs));
    secs.map(Duration::from_secs_f64).ok_or_else(|| "write seconds from 0.1 to 60, such as 0.5".into())
}

pub(super) fn run(args: &TraceArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let report = args.compare.as_deref().map(compare::read).transpose()?;
    let target = resolve(&args.host, args.family())?;
    let options = TraceOptions {
        target,
        name: args.host.clone(),
        protocol: args.protocol(),
        port: args.port,
        rounds: usize::try_from(args.rounds).unwrap_or(usize::MAX),
        interval: args.interval,
        deadline: DEADLINE,
        flows: args.flows,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    // A second Ctrl-C is a wish, too: by then the table is being printed.
    ctrlc::set_handler(move || stopped.store(true, Ordering::Release)).context("cannot take Ctrl-C")?;
    let live = !args.json && std::io::stdout().is_terminal();
    let mut screen = hop_table::Screen::default();
    let mut next = Duration::ZERO;
    let trace = Tracing::start().trace(&options, &mut |trace| {
        let now = clock::now().mono;
        if live && next <= now {
            next = now + REDRAW;
            // Whoever closed the terminal is told no more.
            screen.draw(trace, options.rounds, out).ok();
        }
        if stop.load(Ordering::Acquire) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if live {
        screen.draw(&trace, options.rounds, out)?;
    } else if args.json {
        writeln!(out, "{}", trace_json::to_json(&trace))?;
    } else {
        let offset = clock::offset(trace.started.wall);
        write!(out, "{}", mtr_text::trace_report(&trace, &platform::host_name(), offset))?;
    }
    if let Some(report) = &report {
        write!(out, "{}", compare::table(&trace, report))?;
    }
    Ok(ExitCode::from(match trace.end {
        TraceEnd::Reached | TraceEnd::ReachedBy(_) => FINE,
        TraceEnd::NotMeasured(_) => {
            writeln!(std::io::stderr(), "netlog: nothing could be measured; \"netlog doctor\" says why").ok();
            COULD_NOT
        }
        TraceEnd::Unreachable { .. } | TraceEnd::Silent | TraceEnd::Local(_) => BAD,
    }))
}

impl TraceArgs {
    fn protocol(&self) -> Option<TraceProtocol> {
        match (self.icmp, self.udp, self.tcp) {
            (true, ..) => Some(TraceProtocol::Icmp),
            (_, true, _) => Some(TraceProtocol::Udp),
            (.., true) => Some(TraceProtocol::Tcp(self.port)),
            _ => None,
        }
    }

    fn family(&self) -> Option<Family> {
        match (self.v4, self.v6) {
            (true, _) => Some(Family::V4),
            (_, true) => Some(Family::V6),
            _ => None,
        }
    }
}

/// The address of `text`; IPv4 where there is a choice and none is asked for.
fn resolve(text: &str, family: Option<Family>) -> anyhow::Result<Host> {
    let wanted = |host: &Host| family.is_none_or(|family| host.family() == family);
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if let Ok(host) = bare.parse::<Host>() {
        if !wanted(&host) {
            bail!("{text} is an address of the other family: leave out -4 and -6, or give a name");
        }
        return Ok(host);
    }
    if text.is_empty() || text.starts_with('-') || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        bail!("{text:?} is no host: give a name such as example.com, or an address");
    }
    let (to, from) = bounded(1);
    let name = text.to_owned();
    // The system's resolver knows no deadline.
    std::thread::Builder::new().name("name".into()).spawn(move || {
        let addrs =
            (name.as_str(), 0).to_socket_addrs().map(|addrs| addrs.map(|addr| addr.ip()).collect::<Vec<IpAddr>>());
        to.try_send(addrs).ok();
    })?;
    let addrs = match from.recv_timeout(NAME_WAIT) {
        Ok(Ok(addrs)) => addrs,
        Ok(Err(error)) => {
            return Err(error)
                .with_context(|| format!("cannot find the address of {text}; check the spelling, or give an address"));
        }
        Err(_) => bail!(
            "no resolver has told the address of {text} within {} s; give an address instead",
            NAME_WAIT.as_secs()
        ),
    };
    let mut hosts: Vec<Host> = addrs.into_iter().map(Host::new).filter(wanted).collect();
    hosts.sort_by_key(|host| host.family());
    hosts.first().copied().with_context(|| format!("{text} has no address of this family: try the other of -4 and -6"))
}
