//! Output of `netlog schedule`, for people and for programs.

use std::fmt::Write as _;

use chrono::{NaiveDateTime, SecondsFormat};
use serde_json::{Value, json};

use crate::{
    clock,
    model::{
        schedule::{Rhythm, Scope},
        time::Timestamp,
    },
    platform::{
        elevate::shell,
        scheduler::{self, Installed, Manager, Mark, Original, Plan},
    },
    schedule::{Done, Health, Removed},
};

/// Exactly what would be installed.
pub(super) fn plan(plan: &Plan, manager: Manager, json: bool) -> String {
    if json {
        let files: Vec<Value> = plan
            .files
            .iter()
            .map(|file| json!({ "path": file.path.to_string_lossy(), "text": file.text, "passing": file.is_passing }))
            .collect();
        return line(&json!({
            "scheduler": manager.as_str(),
            "files": files,
            "crontab": plan.crontab,
            "commands": plan.commands,
            "needs_admin": plan.needs_admin,
        }));
    }
    let mut text = String::new();
    for file in &plan.files {
        let passing = if file.is_passing { ", removed when it has been read" } else { "" };
        writeln!(text, "=== file {}{passing}\n{}", file.path.display(), file.text.trim_end()).ok();
    }
    if let Some(block) = &plan.crontab {
        writeln!(text, "=== added to this user's crontab\n{}", block.trim_end()).ok();
    }
    if !plan.commands.is_empty() {
        writeln!(text, "=== then run").ok();
        plan.commands.iter().for_each(|words| text.push_str(&(shell(words) + "\n")));
    }
    if plan.needs_admin {
        writeln!(text, "=== takes the administrator's permission").ok();
    }
    text
}

/// Tells of the schedule that has been installed, and of the rest of the original.
pub(super) fn installed(done: &Done, json: bool) -> String {
    let Done { new, is_replaced, taken_away, left } = done;
    if json {
        return line(&json!({ "installed": facts(new), "replaced": is_replaced, "originals": wheres(left) }));
    }
    let mut text = format!("{}: {}.\n", if *is_replaced { "Installed anew" } else { "Installed" }, what(new));
    for place in &new.places {
        writeln!(text, "  {place}").ok();
    }
    writeln!(text, "Logs: {}", new.mark.log_dir.display()).ok();
    if !new.is_active {
        writeln!(text, "It does not run: {}.", why_idle(new)).ok();
    }
    remark_originals(&mut text, left);
    for original in taken_away {
        writeln!(text, "Taken away: {}", original.what).ok();
    }
    text
}

/// Tells of the schedules that are installed, and whether they run.
pub(super) fn status(all: &[(Health, Installed)], originals: &[Original], json: bool) -> String {
    if json {
        let all: Vec<Value> = all
            .iter()
            .map(|(health, one)| {
                let mut facts = facts(one);
                let next = one.next_run.map(utc).or_else(|| health.next_due.and_then(to_utc));
                if let Some(object) = facts.as_object_mut() {
                    object.insert("next_run".into(), json!(next));
                    object.insert("monitor_running".into(), json!(health.is_running));
                    object.insert("last_row".into(), json!(health.last_row.and_then(to_utc)));
                    object.insert("missing_since".into(), json!(health.missing_since.and_then(to_utc)));
                }
                facts
            })
            .collect();
        return line(&json!({ "schedules": all, "originals": wheres(originals) }));
    }
    if all.is_empty() {
        let mut text = String::from("Nothing is installed: \"netlog schedule install\" has the line watched.\n");
        remark_originals(&mut text, originals);
        return text;
    }
    let mut text = String::new();
    for (health, one) in all {
        writeln!(text, "Installed: {}, since {}.", what(one), local(clock::local(one.mark.since))).ok();
        for place in &one.places {
            writeln!(text, "  {place}").ok();
        }
        let mut row = |name: &str, value: Option<String>| {
            writeln!(text, "{name:<12} {}", value.unwrap_or_else(|| "not known".into())).ok();
        };
        let is_always = one.mark.rhythm == Rhythm::Always;
        row("scheduler", Some(if one.is_active { "has it in hand".into() } else { why_idle(one) }));
        let last_run = one.last_run.map(|at| local(clock::local(at)));
        row(if is_always { "started" } else { "last run" }, last_run);
        if is_always {
            let runs = if health.is_running { "runs" } else { "does not run" };
            row("monitor", health.is_readable.then(|| runs.into()));
        } else {
            row("next run", one.next_run.map(clock::local).or(health.next_due).map(local));
        }
        row("last exit", one.last_exit.map(exit));
        if let Some(restarts) = one.restarts.filter(|n| *n > 0) {
            row("restarts", Some(restarts.to_string()));
        }
        row("last row", health.last_row.map(local));
        if let Some(account) = &one.mark.account {
            row("runs as", Some(account.clone()));
        }
        row("logs", Some(one.mark.log_dir.display().to_string()));
        if let Some(wrong) = complaint(health, &one.mark) {
            writeln!(text, "NOT AS IT SHOULD BE: {wrong}.\n-> {REMEDY}").ok();
        }
    }
    remark_originals(&mut text, originals);
    text
}

/// Tells of the schedules that have been removed.
pub(super) fn removed(removed: &Removed, json: bool) -> String {
    let Removed { gone, left } = removed;
    if json {
        let all = |these: &[Installed]| these.iter().map(facts).collect::<Vec<_>>();
        return line(&json!({ "removed": all(gone), "left": all(left) }));
    }
    if gone.is_empty() {
        return "Nothing is installed, so nothing was taken away.\n".into();
    }
    let mut text = String::new();
    for one in gone {
        writeln!(text, "Taken away: {}. The logs stay: {}", what(one), one.mark.log_dir.display()).ok();
    }
    for one in left {
        let account = one.mark.account.as_deref().unwrap_or("somebody else");
        writeln!(text, "Left, because it runs as {account}: {}. An administrator takes it away.", what(one)).ok();
    }
    text
}

/// Returns the fault of a schedule, and since when it shows; `None` while all is well.
pub(in crate::cli) fn complaint(health: &Health, mark: &Mark) -> Option<String> {
    let since = health.missing_since?.format("%Y-%m-%d %H:%M");
    Some(match (mark.rhythm, health.is_running) {
        (Rhythm::Always, true) => format!("the monitor runs and has written no row since {since}"),
        (Rhythm::Always, false) => format!("it is to watch always, and no monitor runs; last sign of life {since}"),
        (Rhythm::Looks(looks), _) => format!("it is to look {looks}, and the look of {since} is missing"),
    })
}

/// Remedy for a schedule that does not run.
pub(in crate::cli) const REMEDY: &str =
    "\"netlog schedule status\" says what the scheduler knows; \"netlog schedule install\" puts it in order";

/// Returns the work of a schedule and the account that it runs as, in words.
fn what(installed: &Installed) -> String {
    let does = match installed.mark.rhythm {
        Rhythm::Always => "watches always".to_owned(),
        Rhythm::Looks(looks) => format!("looks {looks}"),
    };
    let from = match (installed.manager, installed.mark.scope) {
        // cron does not ask who is logged in.
        (Manager::Cron, _) | (_, Scope::Boot) => "from the start of the computer on",
        (_, Scope::Login) => "from your login on",
    };
    let by = match installed.manager {
        Manager::Tasks => "the Task Scheduler",
        other => other.as_str(),
    };
    format!("{does}, {from}, by {by}")
}

fn why_idle(installed: &Installed) -> String {
    match installed.manager {
        Manager::Cron => "no cron is running on this computer; start its service".into(),
        Manager::Systemd => {
            "not active; \"journalctl --unit network-logging\" (with --user for a login) says why".into()
        }
        Manager::Launchd => "not loaded; log in again, or install it anew".into(),
        Manager::Tasks => "disabled; switch it on in the Task Scheduler, or install it anew".into(),
    }
}

fn exit(code: i64) -> String {
    match code {
        0 => "0, the line was fine".into(),
        1 => "1, the line was bad".into(),
        2 => "2, it could not measure".into(),
        other => scheduler::exit_code(other),
    }
}

fn remark_originals(text: &mut String, originals: &[Original]) {
    for original in originals {
        writeln!(
            text,
            "The original program is still scheduled: {}\n-> \"netlog schedule install --replace-original\" takes that away",
            original.what
        )
        .ok();
    }
}

fn facts(installed: &Installed) -> Value {
    let Installed { manager, mark, is_active, last_run, next_run, last_exit, restarts, places } = installed;
    json!({
        "scheduler": manager.as_str(),
        "rhythm": mark.rhythm.to_string(),
        "from": mark.scope.as_str(),
        "account": mark.account,
        "since": utc(mark.since),
        "log_dir": mark.log_dir.to_string_lossy(),
        "active": is_active,
        "last_run": last_run.map(utc),
        "next_run": next_run.map(utc),
        "last_exit": last_exit,
        "restarts": restarts,
        "places": places,
    })
}

fn wheres(originals: &[Original]) -> Vec<&str> {
    originals.iter().map(|original| original.what.as_str()).collect()
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}

fn utc(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn to_utc(local: NaiveDateTime) -> Option<String> {
    clock::from_local(local).map(utc)
}

fn local(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}
