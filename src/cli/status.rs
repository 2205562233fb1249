//! `netlog status`: what the running monitor, or the last one, saw.

use std::{io::Write, path::Path, process::ExitCode};

use anyhow::Context as _;
use serde_json::{Value, json};

use super::{BAD, COULD_NOT, FINE, Global, global, say, schedule};
use crate::{
    analysis::home::home,
    clock,
    codec::{holder_json::Holder, state_json},
    engine, integrations,
    model::{config::Config, host::Host, proof::PutAside, verdict::Status},
    platform::{self, scheduler},
    schedule::of_folder,
    store::{
        lock,
        log::{self, FILE_NAME},
        tail,
    },
};

/// Options of `netlog status`.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct StatusArgs {
    /// One JSON object, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &StatusArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let loaded = global::load(global)?;
    let dir = loaded.log_dir.path;
    let monitor = lock::monitor(&dir);
    let path = dir.join(FILE_NAME);
    let scheduled = scheduler::expected(&dir);
    let complaint = scheduled.as_ref().and_then(|mark| schedule::complaint(&of_folder(mark), mark));
    if !path.exists() {
        if let Some(complaint) = complaint {
            anyhow::bail!(
                "there is no log, and the schedule is not as it should be: {complaint}; {}",
                schedule::REMEDY
            );
        }
        anyhow::bail!("there is no log yet: start \"netlog monitor\" or \"netlog once\": {}", path.display());
    }
    let row = tail::last_row(&path).context("cannot read the last row")?;
    let age = row.as_ref().map(|row| (clock::now().wall - row.utc).num_seconds().max(0));
    let is_amiss = complaint.is_some();
    let put_aside = log::put_aside_before(&dir).context("cannot read the first row")?;
    let no_key = engine::own_key().err().map(|why| why.warning());
    if args.json {
        let document = document(&dir, &loaded.config, monitor)?;
        let older = json!({
            "pid": monitor.map(|monitor| monitor.pid),
            "last_row_utc": row.as_ref().map(|row| row.utc.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)),
            "last_row_age_s": age,
            "overall_status": row.as_ref().map(|row| row.status.as_str()),
            "root_cause_hint": row.as_ref().and_then(|row| row.cause).map(super::super::model::verdict::RootCause::as_str),
            "log_dir": dir.to_string_lossy(),
            "schedule": scheduled.as_ref().map(|mark| mark.rhythm.to_string()),
            "schedule_problem": complaint,
            "log_put_aside": put_aside.map(|put_aside| json!({
                "reason": put_aside.reason.as_str(),
                "file": put_aside.file,
            })),
            "key_problem": no_key,
        });
        writeln!(out, "{}", with_older(document, older))?;
    } else {
        match monitor {
            Some(monitor) => {
                writeln!(out, "A monitor is running (process {}, since {}).", monitor.pid, monitor.started)?;
            }
            None => writeln!(out, "No monitor is running.")?,
        }
        match (&row, age) {
            (Some(row), Some(age)) => {
                let domain = row.domain.map(|domain| format!(", {domain}")).unwrap_or_default();
                writeln!(out, "Last row {age} s ago, {}: {}{domain}", say::time(row.utc), row.status)?;
            }
            _ => writeln!(out, "The log has no row yet.")?,
        }
        writeln!(out, "Logs: {}", dir.display())?;
        if let Some(PutAside { reason, file }) = put_aside {
            let name = if file.is_empty() { file } else { format!("; it was put aside as {file}") };
            writeln!(out, "The log before this one {}{name}.\n-> \"netlog verify\" says more", reason.explain())?;
        }
        if let Some(no_key) = no_key {
            writeln!(out, "Warning: {no_key}.")?;
        }
        if let Some(complaint) = complaint {
            writeln!(out, "The schedule is not as it should be: {complaint}.\n-> {}", schedule::REMEDY)?;
        }
    }
    Ok(ExitCode::from(match row {
        None => COULD_NOT,
        // What was true of the line long ago is no answer.
        Some(_) if is_amiss => BAD,
        Some(row) if row.status == Status::Ok => FINE,
        Some(_) => BAD,
    }))
}

/// State document of the log and of the monitor that runs.
fn document(dir: &Path, config: &Config, monitor: Option<Holder>) -> anyhow::Result<Value> {
    let now = clock::now().wall;
    let mut fold = integrations::logs::read(dir, config, now).context("cannot read the log")?.fold(config);
    if let Some(monitor) = monitor {
        fold.note_running(monitor.started);
    }
    let configured = config.gateway.parse().ok().map(Host::new);
    let home = home(&platform::host_facts(), configured);
    fold.note_gateway(home.gateway_v4.or(home.gateway_v6));
    Ok(state_json::to_json(&fold.document(now)))
}

/// The document, then the keys that this command had before it.
fn with_older(document: Value, older: Value) -> Value {
    match (document, older) {
        (Value::Object(mut document), Value::Object(older)) => {
            document.extend(older);
            Value::Object(document)
        }
        (document, _) => document,
    }
}
