//! The command line: one file a subcommand.

mod analyze;
mod compare;
mod completions;
pub mod config;
mod count;
mod demo;
mod diary;
mod disclose;
mod discover;
mod doctor;
mod export;
mod facts;
pub mod global;
mod hop_table;
mod integrations;
mod monitor;
mod note;
mod once;
mod pack;
mod probe_tcp;
mod report;
mod say;
mod schedule;
mod service;
mod status;
mod ticket;
mod trace;
mod verify;
mod zone;

use std::{ffi::OsString, fmt::Write as _, io::Write as _, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::platform::{graphics::Renderer, scheduler::IN_BACKGROUND};

/// The outcome of a measurement as an exit code: fine, measured and bad, could not.
const FINE: u8 = 0;
const BAD: u8 = 1;
const COULD_NOT: u8 = 2;
/// No change was found, and not everything is signed: `netlog verify` alone ends so.
const UNSIGNED: u8 = 3;

const AFTER_HELP: &str = "\
Examples:
  netlog once                    look at the line once, write a row, say what is wrong
  netlog monitor                 watch the line until Ctrl-C
  netlog monitor --json          the same, one JSON object a line
  netlog status                  what the running monitor saw last
  netlog analyze --last 7d       outages of the last week: how long, how many, whose fault
  netlog report --out month.pdf  the same as a document for the provider
  netlog report --pack out.zip   everything a provider needs to see, in one signed file
  netlog verify                  whether the logs are as they were written
  netlog verify out.zip          whether such a file is as it was signed
  netlog ticket add --number 12  note a fault report to the provider
  netlog demo --out demo         a made-up month, to try the other commands with
  netlog trace example.com       every hop on the way there
  netlog discover --adopt        find the provider's hops and watch them
  netlog doctor                  what this machine permits, and what to do about the rest
  netlog probe-tcp --from-config which of the hosts watched take a TCP connection, and how fast
  netlog schedule install        have the line watched by itself, from your login on
  netlog doctor --facts          what this computer knows of its network, to send to somebody

Exit codes: 0 fine, 1 measured and bad, 2 could not.";

/// Watches an internet line and says whose fault each failure is.
#[derive(Debug, Parser)]
#[command(name = "netlog", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Args {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Watches an internet line in a window, or in the terminal where there is no display; "netlog" has more commands.
#[derive(Debug, Parser)]
#[command(name = "network-logging", version, max_term_width = 100)]
pub struct WindowArgs {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    monitor: monitor::MonitorArgs,
    /// Show a made-up line in the window, to look around. Needs a display
    #[arg(long, conflicts_with = "terminal")]
    pub demo: bool,
    /// Begin to monitor as soon as the window is open
    #[arg(long)]
    pub start: bool,
    /// Stay in the terminal
    #[arg(long)]
    pub terminal: bool,
    /// What draws the window. Without it the likeliest one, and another one where that fails
    #[arg(long, value_name = "RENDERER", value_parser = renderer)]
    pub renderer: Option<Renderer>,
}

fn renderer(name: &str) -> Result<Renderer, String> {
    let here = Renderer::here();
    let found = here.iter().copied().find(|renderer| renderer.as_str() == name);
    let names = here.iter().map(|renderer| renderer.as_str()).collect::<Vec<_>>().join(" or ");
    found.ok_or_else(|| format!("write {names}"))
}

impl WindowArgs {
    /// Reads the arguments, the program's own name first.
    ///
    /// # Errors
    ///
    /// When there is nothing to run: help or version were asked for and printed, or an argument is wrong. The exit code.
    pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Self, ExitCode> {
        Self::try_parse_from(args).map_err(|error| tell(&error))
    }

    /// The configuration named.
    pub fn config(&self) -> Option<PathBuf> {
        self.global.config.clone()
    }

    /// The log folder named.
    pub fn log_dir(&self) -> Option<PathBuf> {
        self.global.log_dir.clone()
    }

    /// Says why there is no window.
    pub fn tell_no_window(&self, why: &dyn std::fmt::Display) {
        writeln!(std::io::stderr(), "network-logging: {why}; monitoring in the terminal instead").ok();
    }

    /// Says why the made-up line cannot be shown. The real line is not watched in its place. Returns the exit code.
    pub fn tell_no_demo(&self, why: &dyn std::fmt::Display) -> ExitCode {
        let instead = "nothing is monitored in its place; \"netlog demo\" writes it as files";
        writeln!(std::io::stderr(), "network-logging: the made-up line needs a display: {why}; {instead}").ok();
        ExitCode::from(COULD_NOT)
    }

    /// Monitors in the terminal.
    pub fn run_in_terminal(&self) -> ExitCode {
        let mut out = std::io::stdout().lock();
        finish(monitor::run(&self.monitor, &self.global, &mut out))
    }
}

/// Options of every subcommand.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Global {
    /// Configuration to use. Without it: config.json in the working directory, else this user's own
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the logs. Without it: the one the configuration names, else this user's own
    #[arg(long, global = true, value_name = "DIR")]
    pub log_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look at the line once, confirmed, and write a row
    Once(once::OnceArgs),
    /// Watch the line until Ctrl-C
    Monitor(monitor::MonitorArgs),
    /// Say what the running monitor, or the last one, saw
    Status(status::StatusArgs),
    /// Say what the logs amount to: outages, whose fault, availability
    Analyze(analyze::AnalyzeArgs),
    /// Write rows or single samples for another program
    Export(export::ExportArgs),
    /// Make a report of the logs, or with --pack a signed evidence pack
    Report(report::ReportArgs),
    /// Say whether the logs, or an evidence pack, are as they were written
    Verify(verify::VerifyArgs),
    /// Show what parts of a redacted evidence pack were made of
    Disclose(disclose::DiscloseArgs),
    /// Note fault reports to the provider
    Ticket(ticket::TicketArgs),
    /// Write remarks on outages
    Note(note::NoteArgs),
    /// Write a made-up log to try things with
    Demo(demo::DemoArgs),
    /// Say what this machine permits, and what to do about the rest
    Doctor(doctor::DoctorArgs),
    /// Find the provider's hops
    Discover(discover::DiscoverArgs),
    /// Show every hop on the way to a host
    Trace(trace::TraceArgs),
    /// Connect to hosts by TCP, and by TLS where asked, and say how long it takes
    ProbeTcp(probe_tcp::ProbeTcpArgs),
    /// Have the system watch the line by itself, or take that away again
    Schedule(schedule::ScheduleArgs),
    /// Show and test what other programs are told: local API, MQTT, metrics, notifications
    Integrations(integrations::IntegrationsArgs),
    /// Show, check or write the configuration
    Config(config::ConfigArgs),
    /// Print what a shell needs to complete these commands
    Completions(completions::CompletionsArgs),
    /// Write the manual pages, for packages
    #[command(hide = true)]
    Man(completions::ManArgs),
}

/// Runs `netlog` with these arguments, the program's own name first.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => return tell(&error),
    };
    let mut out = std::io::stdout().lock();
    let result = match &args.command {
        Command::Once(once) => once::run(once, &args.global, &mut out),
        Command::Monitor(monitor) => monitor::run(monitor, &args.global, &mut out),
        Command::Status(status) => status::run(status, &args.global, &mut out),
        Command::Analyze(analyze) => analyze::run(analyze, &args.global, &mut out),
        Command::Report(report) => report::run(report, &args.global, &mut out),
        Command::Verify(verify) => verify::run(verify, &args.global, &mut out),
        Command::Disclose(disclose) => disclose::run(disclose, &args.global, &mut out),
        Command::Export(export) => export::run(export, &args.global, &mut out),
        Command::Ticket(ticket) => ticket::run(ticket, &args.global, &mut out),
        Command::Note(note) => note::run(note, &args.global, &mut out),
        Command::Demo(demo) => demo::run(demo, &args.global, &mut out),
        Command::Doctor(doctor) => doctor::run(doctor, &args.global, &mut out),
        Command::Discover(discover) => discover::run(discover, &args.global, &mut out),
        Command::Trace(trace) => trace::run(trace, &mut out),
        Command::ProbeTcp(probe) => probe_tcp::run(probe, &args.global, &mut out),
        Command::Schedule(schedule) => schedule::run(schedule, &args.global, &mut out),
        Command::Integrations(args_of) => integrations::run(args_of, &args.global, &mut out),
        Command::Config(config) => config::run(config, &args.global, &mut out),
        Command::Completions(args) => completions::completions(args, &mut out),
        Command::Man(args) => completions::man(args, &mut out),
    };
    finish(result)
}

/// The arguments of `netlog`, if the window program is to do its work without a window, as Windows' scheduler has it: that
/// program has no console that could flash.
pub fn in_background(args: &[OsString]) -> Option<Vec<OsString>> {
    let (program, rest) = args.split_first()?;
    let (first, rest) = rest.split_first()?;
    (first == IN_BACKGROUND).then(|| std::iter::once(program).chain(rest).cloned().collect())
}

/// Help, version, or what is wrong with the arguments.
fn tell(error: &clap::Error) -> ExitCode {
    // Help and version are no errors and go to stdout. Nobody is left to tell when that is closed.
    error.print().ok();
    ExitCode::from(if error.use_stderr() { COULD_NOT } else { FINE })
}

fn finish(result: anyhow::Result<ExitCode>) -> ExitCode {
    match result {
        Ok(code) => code,
        // Whoever read our output has had enough of it.
        Err(error) if is_closed_pipe(&error) => ExitCode::from(FINE),
        Err(error) => {
            writeln!(std::io::stderr(), "netlog: {error:#}").ok();
            ExitCode::from(COULD_NOT)
        }
    }
}

/// Appends; writing to a `String` cannot fail.
fn add(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).ok();
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
