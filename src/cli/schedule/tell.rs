//! What `netlog schedule` says, to people and to programs.

use std::fmt::Write as _;

use chrono::{NaiveDateTime, SecondsFormat};
use serde_json::{Value, json};

use super::health::{Health, REMEDY};
use crate::{
    clock,
    model::{
        schedule::{Rhythm, Schedule, Scope},
        time::Timestamp,
    },
    platform::scheduler::{Installed, Manager, Original, Plan},
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

/// What has been installed, and what of the original is left.
pub(super) fn installed(new: &Installed, is_replaced: bool, originals: &[Original]) -> String {
    let mut text = format!("{}: {}.\n", if is_replaced { "Installed anew" } else { "Installed" }, what(new));
    for place in &new.places {
        writeln!(text, "  {place}").ok();
    }
    writeln!(text, "Logs: {}", new.mark.log_dir.display()).ok();
    if !new.is_active {
        writeln!(text, "It does not run: {}.", why_idle(new)).ok();
    }
    remark_originals(&mut text, originals);
    text
}

/// The same for programs.
pub(super) fn installed_json(new: &Installed, is_replaced: bool, originals: &[Original]) -> String {
    line(&json!({ "installed": facts(new), "replaced": is_replaced, "originals": wheres(originals) }))
}

/// What is installed, and whether it runs.
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
            row("monitor", Some(if health.is_running { "runs".into() } else { "does not run".into() }));
        } else {
            row("next run", one.next_run.map(clock::local).or(health.next_due).map(local));
        }
        row("last exit", one.last_exit.map(exit));
        if let Some(restarts) = one.restarts.filter(|n| *n > 0) {
            row("restarts", Some(restarts.to_string()));
        }
        row("last row", health.last_row.map(local));
        row("logs", Some(one.mark.log_dir.display().to_string()));
        if let Some(complaint) = health.complaint(&one.mark) {
            writeln!(text, "NOT AS IT SHOULD BE: {complaint}.\n-> {REMEDY}").ok();
        }
    }
    remark_originals(&mut text, originals);
    text
}

/// What has been taken away.
pub(super) fn removed(all: &[Installed], json: bool) -> String {
    if json {
        return line(&json!({ "removed": all.iter().map(facts).collect::<Vec<_>>() }));
    }
    if all.is_empty() {
        return "Nothing is installed, so nothing was taken away.\n".into();
    }
    let mut text = String::new();
    for one in all {
        writeln!(text, "Taken away: {}. The logs stay: {}", what(one), one.mark.log_dir.display()).ok();
    }
    text
}

/// The command for an administrator that installs the same.
pub(super) fn elevated(schedule: &Schedule, manager: Manager) -> String {
    let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let mut words = vec![path(&schedule.program)];
    if let Some(config) = &schedule.config {
        words.extend(["--config".to_owned(), path(config)]);
    }
    words.extend(["--log-dir".to_owned(), path(&schedule.log_dir), "schedule".into(), "install".into()]);
    match schedule.rhythm {
        Rhythm::Always => words.push("--service".into()),
        Rhythm::Looks(looks) => {
            words.extend(["--boot".to_owned(), "--every".into(), format!("{}m", looks.every.get())]);
            words.extend(["--hours".to_owned(), looks.hours.to_string(), "--days".into(), looks.days.to_string()]);
            // "60m" is spelled by the hour on the command line.
            words.iter_mut().filter(|word| *word == "60m").for_each(|word| "1h".clone_into(word));
        }
    }
    words.extend(["--with".to_owned(), manager.as_str().into(), "--run-as".into(), schedule.account.clone()]);
    if let Some(dir) = &schedule.data_dir {
        words.extend(["--data-dir".to_owned(), path(dir)]);
    }
    as_admin(&words)
}

/// The command for an administrator that takes it away.
pub(super) fn elevated_removal() -> String {
    let program = std::env::current_exe().map_or_else(|_| "netlog".into(), |path| path.to_string_lossy().into_owned());
    as_admin(&[program, "schedule".into(), "remove".into()])
}

fn as_admin(words: &[String]) -> String {
    if std::path::MAIN_SEPARATOR == '\\' {
        let quoted = |word: &String| if word.contains(' ') { format!("\"{word}\"") } else { word.clone() };
        let words: Vec<String> = words.iter().map(quoted).collect();
        return format!("run this in a terminal that was started \"as administrator\":\n{}", words.join(" "));
    }
    format!("run\nsudo {}", shell(words))
}

/// Words as a shell reads them back.
fn shell(words: &[String]) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,=@+\\".contains(c);
    let quote = |word: &String| {
        if !word.is_empty() && word.chars().all(is_plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// What it does and by whom, in words.
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

fn exit(code: i32) -> String {
    match code {
        0 => "0, the line was fine".into(),
        1 => "1, the line was bad".into(),
        2 => "2, it could not measure".into(),
        other => other.to_string(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_spelled_so_that_a_shell_reads_them_back() {
        let words = ["netlog", "--log-dir", "/home/it's me", "", "a=b"].map(str::to_owned);
        assert_eq!("netlog --log-dir '/home/it'\\''s me' '' a=b", shell(&words));
    }

    #[test]
    fn the_administrators_command_installs_the_same() {
        let schedule = Schedule {
            rhythm: "every 1h hours 6,12 days mon-fri".parse().unwrap(),
            scope: Scope::Boot,
            program: "/usr/bin/netlog".into(),
            config: None,
            log_dir: "/home/me/my logs".into(),
            data_dir: Some("/home/me/data".into()),
            account: "me".into(),
            since: "2026-11-25T15:00:00Z".parse().unwrap(),
        };
        assert!(
            elevated(&schedule, Manager::Systemd).ends_with(
                "/usr/bin/netlog --log-dir '/home/me/my logs' schedule install --boot --every 1h --hours 6,12 \
                 --days mon-fri --with systemd --run-as me --data-dir /home/me/data"
            ) || cfg!(windows)
        );
    }
}
