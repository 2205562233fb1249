//! `netlog ticket`: the diary of fault reports.

use std::{io::Write, path::Path, process::ExitCode};

use anyhow::bail;
use serde_json::json;

use super::{FINE, Global, diary, global};
use crate::{codec::diary_json, model::diary::Ticket};

/// Arguments of `netlog ticket`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
A report tells the provider's deadlines from the first fault report on. Note each
report on the day it is made; the monitor may run meanwhile.

Examples:
  netlog ticket add --number 4711 \"Called the hotline; they will send a technician\"
  netlog ticket add --at \"2026-11-22 12:20\" \"By e-mail, no answer yet\"
  netlog ticket list
  netlog ticket close 1 --at \"2026-11-24 16:00\"
  netlog ticket remove 2

Times are local unless they have an offset.
Exit codes: 0 done, 2 it could not be done.")]
pub(super) struct TicketArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Action {
    /// Note a fault report
    Add {
        /// When the provider received it. Without it: now
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// The number the provider gave it
        #[arg(long, default_value = "", hide_default_value = true)]
        number: String,
        /// What was said, and by whom
        said: Vec<String>,
        /// Print the entry as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show all fault reports
    List {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Note that the provider has reported the fault mended
    Close {
        /// Its number in the diary, as "netlog ticket list" shows it
        id: i64,
        /// When. Without it: now
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// Print the entry as JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a fault report
    Remove {
        /// Its number in the diary
        id: i64,
    },
}

pub(super) fn run(args: &TicketArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let dir = global::load(global)?.log_dir.path;
    if let Action::List { json } = args.action {
        list(&dir, json, out)?;
        return Ok(ExitCode::from(FINE));
    }
    let diary = diary::open(&dir)?;
    match &args.action {
        Action::List { .. } => {}
        Action::Add { at, number, said, json } => {
            let (number, said) = (diary::text(std::slice::from_ref(number))?, diary::text(said)?);
            if number.is_empty() && said.is_empty() {
                bail!("say what the report was: its --number, or what was said, or both");
            }
            let mut ticket = Ticket { id: 0, at: diary::time(at.as_deref())?, number, said, closed: None };
            ticket.id = diary.add_ticket(&ticket)?;
            say(&ticket, *json, out)?;
        }
        Action::Close { id, at, json } => {
            let closed = diary::time(at.as_deref())?;
            let Some(mut ticket) = diary.tickets()?.into_iter().find(|ticket| ticket.id == *id) else {
                return Err(missing(*id));
            };
            if closed < ticket.at {
                bail!("the report was made at {}, which is later", diary::shown(ticket.at));
            }
            ticket.closed = Some(closed);
            diary.update_ticket(&ticket)?;
            say(&ticket, *json, out)?;
        }
        Action::Remove { id } => {
            if !diary.remove_ticket(*id)? {
                return Err(missing(*id));
            }
            writeln!(out, "Fault report {id} is removed.")?;
        }
    }
    Ok(ExitCode::from(FINE))
}

fn list(dir: &Path, as_json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let tickets = diary::look(dir)?.map_or_else(|| Ok(Vec::new()), |history| history.tickets())?;
    if as_json {
        let tickets: Vec<_> = tickets.iter().map(diary_json::ticket).collect();
        writeln!(out, "{}", json!({ "tickets": tickets }))?;
    } else if tickets.is_empty() {
        writeln!(out, "No fault report is noted. \"netlog ticket add\" notes one.")?;
    } else {
        tickets.iter().try_for_each(|ticket| say(ticket, false, out))?;
    }
    Ok(())
}

fn missing(id: i64) -> anyhow::Error {
    anyhow::anyhow!("there is no fault report {id}: \"netlog ticket list\" shows their numbers")
}

fn say(ticket: &Ticket, as_json: bool, out: &mut dyn Write) -> std::io::Result<()> {
    if as_json {
        return writeln!(out, "{}", diary_json::ticket(ticket));
    }
    let number = if ticket.number.is_empty() { String::new() } else { format!("  number {}", ticket.number) };
    let closed = ticket.closed.map_or_else(|| "open".to_owned(), |closed| format!("closed {}", diary::shown(closed)));
    writeln!(out, "{:>4}  {}{number}  {closed}", ticket.id, diary::shown(ticket.at))?;
    ticket.said.lines().try_for_each(|line| writeln!(out, "      {line}"))
}
