//! `netlog note`: remarks on outages.

use std::{io::Write, path::Path, process::ExitCode, sync::Arc};

use anyhow::{Context as _, bail};
use chrono::TimeDelta;
use serde_json::json;

use super::{FINE, Global, count, diary, global};
use crate::{
    analysis::summary::{Scope, Summariser},
    clock,
    codec::diary_json,
    model::{diary::OutageNote, summary::OutageRecord, time::Timestamp},
    store::logs,
};

/// Arguments of `netlog note`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  netlog note add --outage 3 \"the router was restarted\"
  netlog note add --outage \"2026-11-22 12:16\" \"planned work, told by post on the 15th\"
  netlog note list
  netlog note remove 1

Outages are numbered as \"netlog analyze\" numbers them without options. Times are
local unless they have an offset.
Exit codes: 0 done, 2 it could not be done.")]
pub(super) struct NoteArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Action {
    /// Write a remark on an outage
    Add {
        /// Which outage: its number, or a time within it
        #[arg(long, value_name = "NUMBER|TIME")]
        outage: String,
        /// The remark
        #[arg(required = true)]
        text: Vec<String>,
        /// Print the entry as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show all remarks
    List {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Remove a remark
    Remove {
        /// Its number in the diary, as "netlog note list" shows it
        id: i64,
    },
}

/// A time this close to an outage means it: people write minutes.
const CLOSE: TimeDelta = TimeDelta::minutes(1);

pub(super) fn run(args: &NoteArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let loaded = global::load(global)?;
    let dir = &loaded.log_dir.path;
    match &args.action {
        Action::Add { outage, text, json } => {
            let text = diary::text(text)?;
            if text.is_empty() {
                bail!("write the remark behind the options, in quotation marks");
            }
            let outage = find(outage, dir, loaded.config.outage_after_sec)?;
            let note = OutageNote { outage, at: clock::now().wall, text };
            let id = diary::open(dir)?.add_note(&note)?;
            say(id, &note, *json, out)?;
        }
        Action::List { json } => {
            let notes = diary::look(dir)?.map_or_else(|| Ok(Vec::new()), |history| history.notes())?;
            if *json {
                let notes: Vec<_> = notes.iter().map(|(id, note)| diary_json::note(*id, note)).collect();
                writeln!(out, "{}", json!({ "notes": notes }))?;
            } else if notes.is_empty() {
                writeln!(out, "No remark is noted. \"netlog note add\" notes one.")?;
            } else {
                notes.iter().try_for_each(|(id, note)| say(*id, note, false, out))?;
            }
        }
        Action::Remove { id } => {
            if !diary::open(dir)?.remove_note(*id)? {
                bail!("there is no remark {id}: \"netlog note list\" shows their numbers");
            }
            writeln!(out, "Remark {id} is removed.")?;
        }
    }
    Ok(ExitCode::from(FINE))
}

/// The beginning of the outage that is meant.
fn find(text: &str, dir: &Path, outage_after: std::time::Duration) -> anyhow::Result<Timestamp> {
    let now = clock::now().wall;
    let scope = || Scope { now: Some(now), local: Arc::new(clock::local), ..Scope::all(outage_after) };
    let take = |summariser: &mut Summariser, row: &_, repeats| summariser.take(row, repeats);
    let (summariser, _) = logs::read_at(now, &count::in_folder(dir)?, || Summariser::new(scope()), take)?;
    let outages = summariser.finish().outages;
    if let Ok(number) = text.parse::<usize>() {
        let outage = number.checked_sub(1).and_then(|idx| outages.get(idx));
        let n = outages.len();
        let outage =
            outage.with_context(|| format!("there is no outage {number}: \"netlog analyze\" shows {n} of them"))?;
        return Ok(outage.outage.start.wall);
    }
    let at = diary::time(Some(text))?;
    let away = |record: &&OutageRecord| {
        let end = record.outage.end.unwrap_or(record.known_until).wall;
        (record.outage.start.wall - at).max(at - end).max(TimeDelta::zero())
    };
    let nearest = outages.iter().min_by_key(away);
    match nearest {
        Some(record) if away(&record) <= CLOSE => Ok(record.outage.start.wall),
        Some(record) => {
            bail!("there was no outage at {text}; the nearest one began at {}", diary::shown(record.outage.start.wall))
        }
        None => bail!("there is no outage in the log"),
    }
}

fn say(id: i64, note: &OutageNote, as_json: bool, out: &mut dyn Write) -> std::io::Result<()> {
    if as_json {
        return writeln!(out, "{}", diary_json::note(id, note));
    }
    writeln!(out, "{id:>4}  outage of {}", diary::shown(note.outage))?;
    note.text.lines().try_for_each(|line| writeln!(out, "      {line}"))
}
