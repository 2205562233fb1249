//! `netlog integrations`: the sinks that are configured, a test of each, and the secrets they need.

use std::{
    io::{BufRead as _, IsTerminal as _, Write},
    path::Path,
    process::ExitCode,
};

use anyhow::Context as _;

use super::{BAD, COULD_NOT, FINE, Global, add, global, say};
use crate::{
    clock,
    codec::sink_status_json,
    integrations::{
        options::IntegrationOptions,
        sink_status::{SinkState, SinkStatus},
        status_file, test,
    },
    model::secrets::{LISTS, TEXTS},
    store::{lock, secrets_file},
};

/// Longest secret that is read from standard input, in bytes.
const MAX_SECRET: u64 = 4096;

/// Options of `netlog integrations`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  netlog integrations status                      each sink: state, last success, what waits
  netlog integrations test                        send a test to each sink
  netlog integrations test mqtt                   to one of them
  netlog integrations token --new                 make a token for the local API, and print it
  netlog integrations secret mqtt_password        set a secret; it is read from standard input
  netlog integrations secret webhooks --add       add a webhook, such as: ntfy https://ntfy.sh/my-line
  netlog integrations secret webhooks --remove 1  remove the first one
  netlog integrations secret                      which secrets are set, without their values

Exit codes: 0 fine, 1 a sink fails, 2 could not.")]
pub(super) struct IntegrationsArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Action {
    /// Show the state of each sink of the running monitor, or which ones are configured
    Status {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Send a test message, sample or heartbeat past the queue
    Test {
        /// Sink to test. Without it: all
        name: Option<String>,
    },
    /// Print the token of the local API
    Token {
        /// Make a new one first. The old one is refused from the next start of the monitor on
        #[arg(long)]
        new: bool,
    },
    /// Set, clear or list secrets; values are read from standard input and never shown
    Secret {
        /// Name of the secret. Without it: list which are set
        name: Option<String>,
        /// Remove the secret
        #[arg(long, conflicts_with_all = ["add", "remove"])]
        clear: bool,
        /// Add a line to a list
        #[arg(long, conflicts_with = "remove")]
        add: bool,
        /// Remove the line with this number from a list, counted from 1
        #[arg(long, value_name = "NUMBER")]
        remove: Option<usize>,
    },
}

pub(super) fn run(args: &IntegrationsArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let loaded = global::load(global)?;
    let path = secrets_file::path_for(&loaded.config_file.path);
    match &args.action {
        Action::Status { json } => {
            let log_dir = loaded.log_dir.path;
            let options = IntegrationOptions { config: loaded.config, secrets: secrets_file::load(&path)?, log_dir };
            status(&options, *json, out)
        }
        Action::Test { name } => {
            let log_dir = loaded.log_dir.path;
            let options = IntegrationOptions { config: loaded.config, secrets: secrets_file::load(&path)?, log_dir };
            test_all(&options, name.as_deref(), out)
        }
        Action::Token { new } => token(&path, *new, out),
        Action::Secret { name: None, .. } => list(&path, out),
        Action::Secret { name: Some(name), clear, add, remove } => {
            change(&path, name, Change { clear: *clear, add: *add, remove: *remove }, out)
        }
    }
}

fn status(options: &IntegrationOptions, json: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let running = lock::monitor(&options.log_dir).and_then(|_| status_file::read(&options.log_dir));
    let whole =
        running.clone().unwrap_or_else(|| sink_status_json::to_json(clock::now().wall, &test::configured(options)));
    let sinks = sink_status_json::from_json(&whole);
    if json {
        writeln!(out, "{whole}")?;
    } else if sinks.is_empty() {
        writeln!(out, "No integration is configured. The guides in docs/guides say how.")?;
    } else {
        if running.is_none() {
            writeln!(out, "No monitor with integrations is running; these are configured:")?;
        }
        for sink in &sinks {
            writeln!(out, "{}", line(sink))?;
        }
    }
    let is_failing = |sink: &SinkStatus| matches!(sink.state, SinkState::Failing | SinkState::Stopped);
    Ok(ExitCode::from(if sinks.iter().any(is_failing) { BAD } else { FINE }))
}

/// One sink as a line for people.
fn line(sink: &SinkStatus) -> String {
    let mut line = format!("{:<26} {:<9}", sink.name, sink.state.as_str());
    if let Some(at) = sink.last_success {
        add(&mut line, format_args!(" last success {}", say::time(at)));
    }
    for (n, what) in [(sink.waiting, "waiting"), (sink.refused, "refused")] {
        if n > 0 {
            add(&mut line, format_args!(", {n} {what}"));
        }
    }
    if sink.waits_for_clock() {
        add(&mut line, format_args!(", until the clock is checked"));
    }
    if let Some(error) = &sink.error {
        add(&mut line, format_args!("\n  -> {error}"));
    }
    line
}

fn test_all(options: &IntegrationOptions, name: Option<&str>, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let names: Vec<String> = test::configured(options)
        .into_iter()
        .map(|SinkStatus { name, .. }| name)
        .filter(|known| name.is_none_or(|wanted| wanted == known))
        .collect();
    if let (Some(wanted), true) = (name, names.is_empty()) {
        anyhow::bail!("no sink {wanted:?} is configured; \"netlog integrations status\" lists those that are");
    }
    if names.is_empty() {
        anyhow::bail!("no integration is configured; the guides in docs/guides say how");
    }
    let mut code = FINE;
    for name in names {
        match test::test(options, &name) {
            Ok(()) => writeln!(out, "{name}: ok")?,
            Err(error) => {
                writeln!(out, "{name}: {error}")?;
                code = BAD;
            }
        }
    }
    Ok(ExitCode::from(code))
}

fn token(path: &Path, new: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let mut secrets = secrets_file::load(path)?;
    if new {
        secrets.api_token = secrets_file::new_token()?;
        secrets_file::save(path, &secrets)?;
    }
    if secrets.api_token.is_empty() {
        anyhow::bail!("no token is set; make one with: netlog integrations token --new");
    }
    writeln!(out, "{}", secrets.api_token)?;
    Ok(ExitCode::from(FINE))
}

fn list(path: &Path, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let secrets = secrets_file::load(path)?;
    for name in TEXTS {
        let is_set = secrets.text(name).is_some_and(|text| !text.is_empty());
        writeln!(out, "{name:<20} {}", if is_set { "set" } else { "-" })?;
    }
    for name in LISTS {
        let lines = secrets.list(name).map(Vec::as_slice).unwrap_or_default();
        writeln!(out, "{name:<20} {}", lines.len())?;
        for (idx, line) in lines.iter().enumerate() {
            // The form alone: the address lets somebody in.
            writeln!(out, "  {}: {} ...", idx + 1, line.split(' ').next().unwrap_or_default())?;
        }
    }
    writeln!(out, "File: {}", path.display())?;
    Ok(ExitCode::from(FINE))
}

/// Change of a secret.
#[derive(Debug, Clone, Copy)]
struct Change {
    clear: bool,
    add: bool,
    remove: Option<usize>,
}

fn change(path: &Path, name: &str, change: Change, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let mut secrets = secrets_file::load(path)?;
    let names = || TEXTS.iter().chain(LISTS).copied().collect::<Vec<_>>().join(", ");
    if let Some(list) = secrets.list_mut(name) {
        match change {
            Change { clear: true, .. } => list.clear(),
            Change { add: true, .. } => {
                let line = read_value(name)?;
                test::check_line(name, &line).map_err(anyhow::Error::msg)?;
                list.push(line);
            }
            Change { remove: Some(number), .. } if (1..=list.len()).contains(&number) => drop(list.remove(number - 1)),
            Change { remove: Some(number), .. } => anyhow::bail!("{name} has no line {number}"),
            Change { .. } => anyhow::bail!("{name} is a list: use --add, --remove NUMBER or --clear"),
        }
    } else if let Some(text) = secrets.text_mut(name) {
        if change.add || change.remove.is_some() {
            anyhow::bail!("{name} is no list: leave out --add and --remove");
        }
        *text = if change.clear { String::new() } else { read_value(name)? };
    } else {
        anyhow::bail!("there is no secret {name:?}; known are {}", names());
    }
    secrets_file::save(path, &secrets)?;
    writeln!(out, "{name} saved in {}; used from the next start of the monitor on", path.display())?;
    Ok(ExitCode::from(if path.exists() { FINE } else { COULD_NOT }))
}

/// First line of standard input.
fn read_value(name: &str) -> anyhow::Result<String> {
    let input = std::io::stdin().lock();
    let mut line = String::new();
    if input.is_terminal() {
        writeln!(std::io::stderr(), "Type the value of {name}, which is not shown, and press Enter:").ok();
        line = rpassword::read_password().context("cannot read the value from the terminal")?;
    } else {
        let mut input = std::io::Read::take(input, MAX_SECRET);
        input.read_line(&mut line).context("cannot read the value from standard input")?;
    }
    let value = line.trim().to_owned();
    if value.is_empty() {
        anyhow::bail!("no value came from standard input; --clear removes a secret");
    }
    if value.chars().any(char::is_control) {
        anyhow::bail!("the value holds a control character");
    }
    Ok(value)
}
