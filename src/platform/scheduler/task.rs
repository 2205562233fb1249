//! Windows' Task Scheduler: a task as XML (MS-TSCH, version 1.2 of the schema).

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use super::{
    Account, mark,
    plan::{BadPath, Encoding, Plan, PlannedFile, command, text},
    xml::escape,
};
use crate::{
    model::{
        schedule::{Looks, Rhythm, Schedule, Scope},
        time::Timestamp,
    },
    platform::command::quote_for_windows as quote,
};

/// The name of the task.
pub(super) const NAME: &str = "Network Logging";
/// The original's task.
pub(super) const ORIGINAL: &str = "NetworkLogging";
/// The window program, which can do what `netlog` does and has no console that could flash.
const WITHOUT_CONSOLE: &str = "network-logging.exe";
/// Argument that makes the window program do what `netlog` does.
pub const IN_BACKGROUND: &str = "--background";

/// Tells when the task ran, whatever the language and the calendar of the system.
pub(super) const SHOW: &str = "\
$c = [cultureinfo]::InvariantCulture; $f = 'yyyy-MM-ddTHH:mm:ssZ'; \
$t = Get-ScheduledTask -TaskName 'Network Logging' -ErrorAction Stop; $i = $t | Get-ScheduledTaskInfo; \
'state=' + [int]$t.State; \
if ($i.LastRunTime) { 'last=' + $i.LastRunTime.ToUniversalTime().ToString($f, $c) }; \
if ($i.NextRunTime) { 'next=' + $i.NextRunTime.ToUniversalTime().ToString($f, $c) }; \
'result=' + $i.LastTaskResult";

/// Installs it, or replaces what is installed. `has_window` says that the window program lies beside `netlog`.
///
/// The task is handed over as a file in `folder`.
pub(super) fn plan(schedule: &Schedule, has_window: bool, folder: &Path) -> Result<Plan, BadPath> {
    let path = folder.join(".netlog-task.tmp");
    let mut commands = vec![command(&["schtasks", "/Create", "/F", "/TN", NAME, "/XML", text(&path)?])];
    if schedule.rhythm == Rhythm::Always {
        commands.push(command(&["schtasks", "/Run", "/TN", NAME]));
    }
    let file = PlannedFile { path, text: task(schedule, has_window)?, encoding: Encoding::Utf16, is_passing: true };
    Ok(Plan { files: vec![file], crontab: None, commands, needs_admin: schedule.scope == Scope::Boot })
}

/// Folder that a task is handed over in: where no other account can change it meanwhile, for a task that an
/// administrator installs.
pub(super) fn folder(schedule: &Schedule, account: &Account) -> PathBuf {
    let of_system = if account.is_admin || schedule.scope == Scope::Boot { temporary_folder() } else { None };
    of_system.unwrap_or_else(|| schedule.log_dir.clone())
}

#[cfg(windows)]
fn temporary_folder() -> Option<PathBuf> {
    crate::platform::imp::temporary_folder()
}

#[cfg(not(windows))]
fn temporary_folder() -> Option<PathBuf> {
    None
}

fn task(schedule: &Schedule, has_window: bool) -> Result<String, BadPath> {
    let netlog = text(&schedule.program)?;
    let (program, mut words) = if has_window {
        (beside(netlog, WITHOUT_CONSOLE), vec![IN_BACKGROUND])
    } else {
        (netlog.to_owned(), Vec::new())
    };
    if let Some(config) = &schedule.config {
        words.extend(["--config", text(config)?]);
    }
    words.extend(["--log-dir", text(&schedule.log_dir)?]);
    let (triggers, limit, restart) = match schedule.rhythm {
        Rhythm::Always => {
            words.extend(["monitor", "--service", "--unless-running"]);
            let restart = "    <RestartOnFailure>\n      <Interval>PT1M</Interval>\n      <Count>255</Count>\n    </RestartOnFailure>\n";
            (always(schedule), "PT0S", restart)
        }
        Rhythm::Looks(looks) => {
            words.push("once");
            (triggers(looks), "PT5M", "")
        }
    };
    let arguments: Vec<String> = words.iter().map(|word| quote(word)).collect();
    let account = escape(&schedule.account);
    let logon = match schedule.scope {
        Scope::Login => "InteractiveToken",
        // Runs while nobody is logged in, and no password is stored.
        Scope::Boot => "S4U",
    };
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n\
         <Task version=\"1.2\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\n\
         \x20 <RegistrationInfo>\n    <Author>{account}</Author>\n\
         \x20   <Description>Watches the internet line. Made by \"netlog schedule install\"; \"netlog schedule remove\" takes it away. {}</Description>\n\
         \x20 </RegistrationInfo>\n  <Triggers>\n{triggers}  </Triggers>\n\
         \x20 <Principals>\n    <Principal id=\"Author\">\n      <UserId>{account}</UserId>\n\
         \x20     <LogonType>{logon}</LogonType>\n      <RunLevel>LeastPrivilege</RunLevel>\n    </Principal>\n  </Principals>\n\
         \x20 <Settings>\n    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>\n\
         \x20   <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>\n\
         \x20   <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>\n\
         \x20   <AllowHardTerminate>true</AllowHardTerminate>\n\
         \x20   <StartWhenAvailable>true</StartWhenAvailable>\n\
         \x20   <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>\n\
         \x20   <IdleSettings>\n      <StopOnIdleEnd>false</StopOnIdleEnd>\n      <RestartOnIdle>false</RestartOnIdle>\n    </IdleSettings>\n\
         \x20   <AllowStartOnDemand>true</AllowStartOnDemand>\n    <Enabled>true</Enabled>\n    <Hidden>false</Hidden>\n\
         \x20   <RunOnlyIfIdle>false</RunOnlyIfIdle>\n    <WakeToRun>false</WakeToRun>\n\
         \x20   <ExecutionTimeLimit>{limit}</ExecutionTimeLimit>\n    <Priority>7</Priority>\n{restart}  </Settings>\n\
         \x20 <Actions Context=\"Author\">\n    <Exec>\n      <Command>{}</Command>\n      <Arguments>{}</Arguments>\n    </Exec>\n  </Actions>\n</Task>\n",
        escape(&mark::render(schedule)),
        escape(&program),
        escape(&arguments.join(" ")),
    )
    .replace("\r\n", "\n")
    .replace('\n', "\r\n"))
}

/// From the start or the login on, and again every five minutes should it have ended.
fn always(schedule: &Schedule) -> String {
    let first = match schedule.scope {
        Scope::Login => format!(
            "    <LogonTrigger>\n      <Enabled>true</Enabled>\n      <UserId>{}</UserId>\n    </LogonTrigger>\n",
            escape(&schedule.account)
        ),
        Scope::Boot => "    <BootTrigger>\n      <Enabled>true</Enabled>\n    </BootTrigger>\n".into(),
    };
    first
        + &trigger(
            &repetition(5, 24 * 60 - 1),
            0,
            "<ScheduleByDay>\n        <DaysInterval>1</DaysInterval>\n      </ScheduleByDay>",
        )
}

/// One trigger for each stretch of hours.
fn triggers(looks: Looks) -> String {
    const NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let days = looks.days.iter().filter_map(|day| NAMES.get(usize::from(day)));
    let days = days.fold(String::new(), |mut all, name| {
        write!(all, "\n          <{name} />").ok();
        all
    });
    let week = format!(
        "<ScheduleByWeek>\n        <WeeksInterval>1</WeeksInterval>\n        <DaysOfWeek>{days}\n        </DaysOfWeek>\n      </ScheduleByWeek>"
    );
    let mut all = String::new();
    for (first, last) in looks.hours.stretches() {
        // A minute short, so that none falls on the end.
        let length = (u32::from(last - first) + 1) * 60 - 1;
        let every = u32::from(looks.every.get());
        let repetition = if every > length { String::new() } else { repetition(every, length) };
        all.push_str(&trigger(&repetition, first, &week));
    }
    all
}

fn repetition(every_min: u32, length_min: u32) -> String {
    format!(
        "      <Repetition>\n        <Interval>PT{every_min}M</Interval>\n        <Duration>PT{length_min}M</Duration>\n\
         \x20       <StopAtDurationEnd>false</StopAtDurationEnd>\n      </Repetition>\n"
    )
}

fn trigger(repetition: &str, hour: u8, days: &str) -> String {
    // Times without a zone are those of the clock on the wall.
    format!(
        "    <CalendarTrigger>\n      <Enabled>true</Enabled>\n      <StartBoundary>2020-01-01T{hour:02}:00:00</StartBoundary>\n\
         {repetition}      {days}\n    </CalendarTrigger>\n"
    )
}

/// Another file in the same folder, whichever way this system writes paths.
fn beside(path: &str, name: &str) -> String {
    let folder = path.rfind(['\\', '/']).and_then(|at| path.get(..=at));
    folder.unwrap_or_default().to_owned() + name
}

/// True if the window program lies beside `netlog`.
pub(super) fn has_window(program: &Path) -> bool {
    program.with_file_name(WITHOUT_CONSOLE).is_file()
}

/// Facts that [`SHOW`] tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) is_active: bool,
    pub(super) last_run: Option<Timestamp>,
    pub(super) next_run: Option<Timestamp>,
    pub(super) last_exit: Option<i64>,
}

/// Results that tell of the task and not of a run (`SCHED_S_…`), such as 0x41301, runs just now; 0x41303, has not run
/// yet; 0x41306, was ended by somebody.
const STATES: std::ops::RangeInclusive<i64> = 0x41300..=0x41308;
/// Another one of them: is about to run.
const QUEUED: i64 = 0x41325;

/// Reads what [`SHOW`] printed.
pub(super) fn read(text: &str) -> Shown {
    let field = |key: &str| text.lines().find_map(|line| line.trim().strip_prefix(key)).map(str::trim);
    let time = |key: &str| field(key).and_then(|text| text.parse().ok());
    // A number of 32 bits, with a sign or without one.
    let result = field("result=").and_then(|result| result.parse::<i64>().ok()).map(|code| code & 0xffff_ffff);
    let result = result.filter(|code| !STATES.contains(code) && *code != QUEUED);
    let last_run = time("last=").filter(|at: &Timestamp| at.timestamp() > 1_000_000_000 && result_says_it_ran(text));
    Shown {
        // 1 is "disabled", 3 "ready", 4 "running".
        is_active: matches!(field("state="), Some("2" | "3" | "4")),
        last_run,
        next_run: time("next="),
        last_exit: result,
    }
}

fn result_says_it_ran(text: &str) -> bool {
    !text.lines().any(|line| line.trim() == "result=267011")
}

#[cfg(test)]
mod tests {
    use super::super::tests::schedule;
    use super::*;

    fn windows(rhythm: &str, scope: Scope) -> Schedule {
        Schedule {
            program: "C:\\Program Files\\Network Logging\\netlog.exe".into(),
            config: None,
            log_dir: "D:\\Jürgens Logs 100% & mehr\\".into(),
            account: "RECHNER\\jürgen".into(),
            ..schedule(rhythm, scope)
        }
    }

    #[test]
    fn arguments_are_spelled_so_that_programs_read_them_back() {
        for (expected, word) in [
            ("plain", "plain"),
            ("\"\"", ""),
            ("\"a b\"", "a b"),
            ("C:\\x\\", "C:\\x\\"),
            ("\"C:\\a b\\\\\"", "C:\\a b\\"),
            ("\"say \\\"hi\\\\\\\"\"", "say \"hi\\\""),
        ] {
            assert_eq!(expected, quote(word), "{word}");
        }
    }

    #[test]
    fn a_task_of_a_login_has_no_console_and_one_of_the_start_nobody_logged_in() {
        let login = task(&windows("always", Scope::Login), true).unwrap();
        for part in [
            "<Command>C:\\Program Files\\Network Logging\\network-logging.exe</Command>",
            "<Arguments>--background --log-dir &quot;D:\\Jürgens Logs 100% &amp; mehr\\\\&quot; monitor --service --unless-running</Arguments>",
            "<LogonType>InteractiveToken</LogonType>",
            "<LogonTrigger>",
            "<RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>",
            "<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>",
            "<ExecutionTimeLimit>PT0S</ExecutionTimeLimit>",
        ] {
            assert!(login.contains(part), "{part}\n{login}");
        }
        let boot = task(&windows("every 5m", Scope::Boot), false).unwrap();
        for part in ["netlog.exe</Command>", "<LogonType>S4U</LogonType>", "mehr\\\\&quot; once</Arguments>"] {
            assert!(boot.contains(part), "{part}\n{boot}");
        }
    }

    #[test]
    fn each_stretch_of_hours_is_a_trigger() {
        let Rhythm::Looks(looks) = "every 30m hours 6,8-17 days mon-fri".parse().unwrap() else { panic!() };
        let triggers = triggers(looks);
        assert_eq!(2, triggers.matches("<CalendarTrigger>").count());
        assert!(triggers.contains("<Interval>PT30M</Interval>\n        <Duration>PT599M</Duration>"), "{triggers}");
        let Rhythm::Looks(looks) = "every 6h".parse().unwrap() else { panic!() };
        assert_eq!(4, super::triggers(looks).matches("<CalendarTrigger>").count());
        assert!(!super::triggers(looks).contains("Repetition"));
    }

    #[test]
    fn what_windows_shows_is_read() {
        let text = "state=4\r\nlast=2026-11-25T15:00:00Z\r\nnext=2026-11-25T15:05:00Z\r\nresult=267009\r\n";
        let expected = Shown {
            is_active: true,
            last_run: Some("2026-11-25T15:00:00Z".parse().unwrap()),
            next_run: Some("2026-11-25T15:05:00Z".parse().unwrap()),
            last_exit: None,
        };
        assert_eq!(expected, read(text));
        let never = read("state=3\r\nlast=1999-11-30T00:00:00Z\r\nresult=267011\r\n");
        assert_eq!(Shown { is_active: true, ..Shown::default() }, never);
        assert_eq!(Some(1), read("state=3\nresult=1\n").last_exit);
    }

    #[test]
    fn what_windows_says_in_large_numbers_is_read() {
        for (expected, said) in [
            (Some(0x8007_0002), "2147942402"),
            (Some(0x8007_0002), "-2147024894"),
            (Some(0xc000_013a), "3221225786"),
            (None, "267014"),
            (None, "267045"),
        ] {
            assert_eq!(expected, read(&format!("state=3\nresult={said}\n")).last_exit, "{said}");
        }
    }

    #[test]
    fn times_are_asked_for_in_no_language() {
        assert_eq!((2, 1), (SHOW.matches("ToString($f, $c)").count(), SHOW.matches("InvariantCulture").count()));
    }
}
