//! `netlog monitor`: watch the line until told to stop.

use std::{
    io::{IsTerminal as _, Write},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use crossbeam_channel::RecvTimeoutError;

use super::{
    BAD, COULD_NOT, FINE, Global,
    global::{self, Loaded},
    say,
    service::{self, Service},
};
use crate::{
    clock,
    codec::event_json,
    engine::{self, Command, Options},
    integrations::{api::ApiOptions, options::IntegrationOptions, running::Integrations, sink_status::SinkStatus},
    model::{event::Event, ledger::State, row::Row, secrets::Secrets},
    platform::paths,
    store::secrets_file,
};

/// Options of `netlog monitor`.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct MonitorArgs {
    /// One JSON object a line, for programs
    #[arg(long)]
    json: bool,
    /// Stop after this time, such as 90s, 10m or 2h
    #[arg(long = "for", value_name = "TIME", value_parser = parse_time)]
    length: Option<Duration>,
    /// Run as a service: wait while another monitor has the folder, tell the manager, print no rows
    #[arg(long)]
    service: bool,
    /// With --service: end at once, and well, if another monitor has the folder
    #[arg(long, requires = "service")]
    unless_running: bool,
}

/// A run that is told to stop ends within this time, come what may.
const LONGEST_END: Duration = Duration::from_millis(1500);
/// The same where integrations say goodbye, as to a broker.
const LONGEST_GOODBYE: Duration = Duration::from_secs(5);

/// Settings of the integrations. Secrets that cannot be read are told and not used.
///
/// # Errors
///
/// The API would be open to others. A service watches the line all the same and tells why its API is missing: nobody
/// reads an exit code there.
fn integration_options(loaded: &Loaded, is_service: bool) -> anyhow::Result<IntegrationOptions> {
    let secrets = secrets_file::load(&secrets_file::path_for(&loaded.config_file.path)).unwrap_or_else(|error| {
        writeln!(std::io::stderr(), "netlog: {error}; until then none is used").ok();
        Secrets::default()
    });
    if loaded.config.api_enabled && !is_service {
        ApiOptions::new(&loaded.config, &secrets).and_then(|api| api.check_access())?;
    }
    Ok(IntegrationOptions { config: loaded.config.clone(), secrets, log_dir: loaded.log_dir.path.clone() })
}

fn parse_time(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match text.get(digits.len()..) {
        Some("" | "s") => 1,
        Some("m") => 60,
        Some("h") => 3600,
        Some("d") => 86400,
        _ => return Err("write a number and s, m, h or d, such as 10m".into()),
    };
    match digits.parse::<u32>() {
        Ok(number) => Ok(Duration::from_secs(u64::from(number) * factor)),
        Err(_) => Err("write a number and s, m, h or d, such as 10m".into()),
    }
}

pub(super) fn run(args: &MonitorArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let loaded = global::load(global)?;
    for problem in &loaded.problems {
        writeln!(std::io::stderr(), "netlog: {problem}").ok();
    }
    paths::prepare_log_dir(&loaded.log_dir.path)?;
    let mut lenient = service::Lenient(out);
    let out: &mut dyn Write = if args.service { &mut lenient } else { &mut *lenient.0 };
    let live = !args.json && !args.service && std::io::stdout().is_terminal();
    if !args.json && !args.unless_running {
        writeln!(out, "netlog {} writes to {}", env!("CARGO_PKG_VERSION"), loaded.log_dir.path.display())?;
    }
    let settings = integration_options(&loaded, args.service)?;
    let integrations = Integrations::default();
    let options =
        Options { listeners: vec![integrations.listener()], ..Options::new(loaded.config, loaded.log_dir.path) };
    let stopper = service::Stopper::default();
    let stop = Arc::clone(&stopper);
    let longest = if settings.is_any() { LONGEST_GOODBYE } else { LONGEST_END };
    ctrlc::set_handler(move || end(&stop, longest)).context("cannot take Ctrl-C")?;
    let mut service = args.service.then(Service::new);
    let monitor = match &service {
        Some(service) => service.start(&options, args.unless_running)?,
        None => Some(engine::monitor(options)?),
    };
    let Some(monitor) = monitor else { return Ok(ExitCode::from(FINE)) };
    // It is set this once.
    stopper.set(Box::new(monitor.commander())).ok();
    integrations.attach(monitor.commander());
    // Whatever is wrong with a sink, the line is watched.
    if let Err(error) = integrations.apply(&settings) {
        writeln!(std::io::stderr(), "netlog: the integrations cannot be started: {error}").ok();
    }
    for SinkStatus { name, error, .. } in integrations.status() {
        error.iter().for_each(|error| drop(writeln!(std::io::stderr(), "netlog: {name}: {error}")));
    }
    let mut end = args.length.map(|length| clock::now().mono + length);
    let shows = match (live, args.service) {
        (true, _) => Shows::Live,
        (false, true) => Shows::News,
        (false, false) => Shows::Lines,
    };
    let mut screen = Screen { out, shows, last: None, is_down: false, any_down: false };
    let mut in_time = false;
    let tick = match (live, args.service) {
        (true, _) => Duration::from_secs(1),
        (false, true) => service::BEAT,
        (false, false) => Duration::from_hours(1),
    };
    loop {
        let left = end.map(|end| end.saturating_sub(clock::now().mono));
        match monitor.events.recv_timeout(left.map_or(tick, |left| left.min(tick))) {
            Ok(event) => {
                let is_last = matches!(event, Event::Stopped(_));
                service.iter_mut().for_each(|service| service.note(&event, monitor.turns()));
                if matches!(event, Event::Sample(_)) {
                    continue;
                }
                if args.json {
                    screen.note(&event);
                    writeln!(screen.out, "{}", event_json::to_json(&event))?;
                    screen.out.flush()?;
                } else {
                    screen.show(&event)?;
                }
                if is_last {
                    break;
                }
            }
            Err(RecvTimeoutError::Timeout) if left.is_some_and(|left| left <= tick) => {
                in_time = true;
                end = None;
                monitor.send(Command::Stop);
            }
            Err(RecvTimeoutError::Timeout) => {
                service.iter_mut().for_each(|service| service.beat(monitor.turns()));
                screen.live_line()?;
            }
            Err(RecvTimeoutError::Disconnected) => anyhow::bail!("the engine ended without a word"),
        }
    }
    // Whoever stops the monitor by hand or by a service manager asks no question that a code could answer.
    Ok(ExitCode::from(if in_time && screen.any_down { BAD } else { FINE }))
}

/// Ends the run. Whoever reads our output, or the disk, may have stopped taking it: that must not keep us.
#[expect(clippy::disallowed_methods, reason = "the rows are on the disk, and nothing else is left to close")]
fn end(stopper: &service::Stopper, longest: Duration) {
    let Some(stop) = stopper.get() else { std::process::exit(FINE.into()) };
    stop(Command::Stop);
    std::thread::sleep(longest);
    std::process::exit(COULD_NOT.into());
}

/// Output for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// All lines, and below them one that changes.
    Live,
    /// All lines.
    Lines,
    /// All but rows, for the log of a service manager.
    News,
}

struct Screen<'a> {
    out: &'a mut dyn Write,
    shows: Shows,
    last: Option<Row>,
    is_down: bool,
    any_down: bool,
}

impl Screen<'_> {
    fn note(&mut self, event: &Event) {
        if let Event::State(_, state, _) = event {
            self.is_down = matches!(state, State::Down(_));
            self.any_down |= self.is_down;
        }
    }

    fn show(&mut self, event: &Event) -> std::io::Result<()> {
        self.note(event);
        let line = match event {
            Event::Row(row) => {
                self.last = Some(Row::clone(row));
                (self.shows != Shows::News).then(|| say::row(row))
            }
            event => say::event(event),
        };
        if let Some(line) = line {
            // In a terminal the live line is the last one, and goes.
            let clear = if self.shows == Shows::Live { "\r\x1b[K" } else { "" };
            writeln!(self.out, "{clear}{line}")?;
        }
        self.live_line()
    }

    fn live_line(&mut self) -> std::io::Result<()> {
        if self.shows != Shows::Live {
            return self.out.flush();
        }
        let now = say::time(clock::now().wall);
        let state = if self.is_down { "DOWN" } else { "watching" };
        let latency = self.last.as_ref().and_then(|row| row.rtt_p50);
        let latency = latency.map_or_else(String::new, |rtt| format!(", latency {:.1} ms", rtt.as_secs_f64() * 1e3));
        write!(self.out, "\r\x1b[K{now} {state}{latency} - Ctrl-C stops")?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_with_a_unit() {
        assert_eq!(Ok(Duration::from_secs(90)), parse_time("90s"));
        assert_eq!(Ok(Duration::from_mins(10)), parse_time("10m"));
        assert_eq!(Ok(Duration::from_hours(2)), parse_time("2h"));
        for bad in ["", "m", "10 m", "-1s", "1w", "9999999999s"] {
            assert!(parse_time(bad).is_err(), "{bad}");
        }
    }
}
