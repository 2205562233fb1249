//! systemd: a service that is always there, or one that a timer starts. systemd.service(5), systemd.timer(5).

use std::{fmt::Write as _, path::PathBuf};

use super::{
    mark,
    plan::{BadPath, Folders, Plan, PlannedFile, command, text},
};
use crate::model::{
    schedule::{Looks, Rhythm, Schedule, Scope, spans},
    time::Timestamp,
};

pub(super) const SERVICE: &str = "network-logging.service";
pub(super) const TIMER: &str = "network-logging.timer";

/// Settings of a monitor that runs all the time.
const ALWAYS: &str = "\
Type=notify
NotifyAccess=main
Restart=always
RestartSec=10
WatchdogSec=180
TimeoutStopSec=15
";

/// Settings of one look. That the line is bad is no failure of the look.
const LOOK: &str = "\
Type=oneshot
SuccessExitStatus=1
TimeoutStartSec=180
";

/// It must never be in the way, and what it writes is for its account alone.
const MODEST: &str = "\
UMask=0077
Nice=5
IOSchedulingClass=best-effort
IOSchedulingPriority=7
CPUWeight=50
MemoryMax=256M
TasksMax=512
";

/// Settings that close what the service does not need. All of them work without privileges; sockets for ping, netlink
/// and the error queue go on working.
const CLOSED: &str = "\
NoNewPrivileges=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
";

/// Settings that close what only the system's own manager can close. One right is left, for ping where its sockets are
/// not permitted.
const CLOSED_BY_ROOT: &str = "\
CapabilityBoundingSet=CAP_NET_RAW
AmbientCapabilities=CAP_NET_RAW
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
";

/// Returns the folder of the units of this scope.
pub(super) fn folder(scope: Scope, folders: &Folders) -> PathBuf {
    match scope {
        Scope::Login => folders.config.join("systemd/user"),
        Scope::Boot => "/etc/systemd/system".into(),
    }
}

/// Installs it, or replaces what is installed.
pub(super) fn plan(schedule: &Schedule, folders: &Folders) -> Result<Plan, BadPath> {
    let folder = folder(schedule.scope, folders);
    let mut files = vec![PlannedFile::new(folder.join(SERVICE), service(schedule)?)];
    let unit = match schedule.rhythm {
        Rhythm::Always => SERVICE,
        Rhythm::Looks(looks) => {
            files.push(PlannedFile::new(folder.join(TIMER), timer(schedule, looks)));
            TIMER
        }
    };
    let systemctl = |words: &[&str]| systemctl(schedule.scope, words);
    // A monitor that ran before goes on with the old settings unless it is started anew.
    let commands = vec![systemctl(&["daemon-reload"]), systemctl(&["enable", unit]), systemctl(&["restart", unit])];
    Ok(Plan { files, crontab: None, commands, needs_admin: schedule.scope == Scope::Boot })
}

/// `systemctl` for units of this scope.
pub(super) fn systemctl(scope: Scope, words: &[&str]) -> Vec<String> {
    let start: &[&str] = match scope {
        Scope::Login => &["systemctl", "--user"],
        Scope::Boot => &["systemctl"],
    };
    command(&[start, words].concat())
}

fn service(schedule: &Schedule) -> Result<String, BadPath> {
    let mut unit = format!(
        "# Made by \"netlog schedule install\"; \"netlog schedule remove\" takes it away.\n# {}\n\
         [Unit]\nDescription=Network Logging: watches the internet line\nDocumentation=man:netlog(1)\n",
        mark::render(schedule)
    );
    // It does not wait for the network: being without one is what it watches.
    let (kind, words): (_, &[&str]) = match schedule.rhythm {
        Rhythm::Always => {
            unit.push_str("StartLimitIntervalSec=0\n");
            (ALWAYS, &["monitor", "--service"])
        }
        Rhythm::Looks(_) => (LOOK, &["once"]),
    };
    unit.push_str("\n[Service]\n");
    unit.push_str(kind);
    let mut line = program(text(&schedule.program)?);
    if let Some(config) = &schedule.config {
        line = format!("{line} --config {}", argument(text(config)?));
    }
    line = format!("{line} --log-dir {} {}", argument(text(&schedule.log_dir)?), words.join(" "));
    writeln!(unit, "ExecStart={line}").ok();
    if schedule.scope == Scope::Boot {
        writeln!(unit, "User={}", schedule.account.replace('%', "%%")).ok();
    }
    unit.push_str(MODEST);
    unit.push_str(CLOSED);
    if schedule.scope == Scope::Boot {
        unit.push_str(CLOSED_BY_ROOT);
        for dir in [Some(&schedule.log_dir), schedule.data_dir.as_ref()].into_iter().flatten() {
            writeln!(unit, "ReadWritePaths={}", writable(text(dir)?)).ok();
        }
    }
    if schedule.rhythm == Rhythm::Always {
        let target = match schedule.scope {
            Scope::Login => "default.target",
            Scope::Boot => "multi-user.target",
        };
        write!(unit, "\n[Install]\nWantedBy={target}\n").ok();
    }
    Ok(unit)
}

fn timer(schedule: &Schedule, looks: Looks) -> String {
    format!(
        "# Made by \"netlog schedule install\"; \"netlog schedule remove\" takes it away.\n# {}\n\
         [Unit]\nDescription=Network Logging: looks at the internet line now and then\nDocumentation=man:netlog(1)\n\n\
         [Timer]\nOnCalendar={}\nAccuracySec=1s\n\n[Install]\nWantedBy=timers.target\n",
        mark::render(schedule),
        calendar(looks)
    )
}

/// systemd.time(7): `Mon..Fri *-*-* 08..17:00/5:00`.
pub(super) fn calendar(looks: Looks) -> String {
    const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let name = |day: u8| NAMES.get(usize::from(day)).copied().unwrap_or_default().to_owned();
    let days = match looks.days.stretches().as_slice() {
        [(0, 6)] => String::new(),
        days => spans(days, "..", name) + " ",
    };
    let hours = match looks.hours.stretches().as_slice() {
        [(0, 23)] => "*".to_owned(),
        hours => spans(hours, "..", |hour| format!("{hour:02}")),
    };
    let minutes = match looks.every.get() {
        1 => "*".to_owned(),
        60 => "00".to_owned(),
        every => format!("00/{every}"),
    };
    format!("{days}*-*-* {hours}:{minutes}:00")
}

/// The program in `ExecStart=`. systemd starts none with quotes or backslashes in its name, so `env` has to.
fn program(path: &str) -> String {
    if path.contains(['"', '\'', '\\']) {
        return format!("/usr/bin/env {}", argument(path));
    }
    quoted(path)
}

/// A word in quotes, where specifiers are replaced and variables are not.
fn quoted(path: &str) -> String {
    format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%"))
}

/// An argument in `ExecStart=`, where variables are replaced as well.
fn argument(text: &str) -> String {
    quoted(text).replace('$', "$$")
}

/// A folder in `ReadWritePaths=`. Without it the service still starts, and says what is missing.
fn writable(path: &str) -> String {
    format!("\"-{}\"", path.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%"))
}

/// Facts that `systemctl show` tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) is_active: bool,
    pub(super) last_run: Option<Timestamp>,
    pub(super) next_run: Option<Timestamp>,
    pub(super) last_exit: Option<i32>,
    pub(super) restarts: Option<u32>,
}

/// Properties to ask for.
pub(super) const PROPERTIES: &str =
    "--property=ActiveState,ExecMainStartTimestamp,ExecMainStatus,ExecMainCode,NRestarts,NextElapseUSecRealtime";

/// Reads what `systemctl show` printed for the service and, if there is one, the timer, with the clock set to UTC.
pub(super) fn read(service: &str, timer: Option<&str>) -> Shown {
    let field = |text: &str, key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
    };
    let state = field(timer.unwrap_or(service), "ActiveState");
    let code = field(service, "ExecMainCode");
    // 1 is "exited"; a program that was killed has a signal there.
    let has_ended = code.as_deref().is_some_and(|code| code != "0");
    let status: Option<i32> = field(service, "ExecMainStatus").and_then(|status| status.parse().ok());
    let signal = |status: i32| if code.as_deref() == Some("1") { status } else { 128 + status };
    Shown {
        is_active: matches!(state.as_deref(), Some("active" | "activating" | "reloading")),
        last_run: field(service, "ExecMainStartTimestamp").and_then(|text| time(&text)),
        next_run: timer.and_then(|timer| field(timer, "NextElapseUSecRealtime")).and_then(|text| time(&text)),
        last_exit: status.filter(|_| has_ended).map(signal),
        restarts: field(service, "NRestarts").and_then(|n| n.parse().ok()),
    }
}

/// `Wed 2026-11-25 15:00:00 UTC`.
fn time(text: &str) -> Option<Timestamp> {
    let text = text.split_once(' ')?.1.strip_suffix(" UTC")?;
    Some(chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::super::tests::schedule;
    use super::*;

    #[track_caller]
    fn check(expected: &str, rhythm: &str) {
        let Rhythm::Looks(looks) = rhythm.parse().unwrap() else { panic!("{rhythm}") };
        assert_eq!(expected, calendar(looks));
    }

    #[test]
    fn looks_are_calendar_events() {
        check("*-*-* *:*:00", "every 1m");
        check("*-*-* *:00/5:00", "every 5m");
        check("*-*-* 00,02,04,06,08,10,12,14,16,18,20,22:00:00", "every 2h");
        check("Mon..Fri *-*-* 08..17:00/30:00", "every 30m hours 8-17 days mon-fri");
        check("Mon,Sat..Sun *-*-* 06,12..13:00:00", "every 1h hours 6,12,13 days sat-mon");
    }

    #[test]
    fn paths_are_spelled_so_that_systemd_reads_them_back() {
        let unit = service(&schedule("always", Scope::Boot)).unwrap();
        assert!(
            unit.contains(
                "\nExecStart=/usr/bin/env \"/opt/it's 100%% \\\"new\\\"/netlog\" --config \"/home/jürgen/my config.json\" \
                 --log-dir \"/home/jürgen/100%% \\\"My\\\" it's $$logs --&\" monitor --service\n"
            ),
            "{unit}"
        );
        assert!(unit.contains("\nReadWritePaths=\"-/home/jürgen/100%% \\\"My\\\" it's $logs --&\"\n"), "{unit}");
        let newline = Schedule { log_dir: "/a\nb".into(), ..schedule("always", Scope::Boot) };
        assert_eq!(Err(BadPath("/a\nb".into())), service(&newline));
    }

    #[test]
    fn what_systemd_shows_is_read() {
        let service = "ExecMainStartTimestamp=Wed 2026-11-25 15:00:01 UTC\nExecMainCode=1\nExecMainStatus=2\n\
                       ActiveState=inactive\nNRestarts=0\n";
        let timer = "NextElapseUSecRealtime=Wed 2026-11-25 15:05:00 UTC\nActiveState=active\n";
        let expected = Shown {
            is_active: true,
            last_run: Some("2026-11-25T15:00:01Z".parse().unwrap()),
            next_run: Some("2026-11-25T15:05:00Z".parse().unwrap()),
            last_exit: Some(2),
            restarts: Some(0),
        };
        assert_eq!(expected, read(service, Some(timer)));
        let running = read("ExecMainStartTimestamp=n/a\nExecMainCode=0\nExecMainStatus=0\nActiveState=active\n", None);
        assert_eq!(Shown { is_active: true, ..Shown::default() }, running);
        let killed = read("ExecMainCode=2\nExecMainStatus=9\nActiveState=failed\nNRestarts=7", None);
        assert_eq!(Shown { last_exit: Some(137), restarts: Some(7), ..Shown::default() }, killed);
        assert_eq!(Shown::default(), read("", None));
    }
}
