//! launchd: an agent of this user, or a daemon of the computer. launchd.plist(5).

use std::{fmt::Write as _, path::PathBuf};

use super::{
    mark,
    plan::{BadPath, Folders, Plan, PlannedFile, command, text},
    xml::escape,
};
use crate::model::schedule::{Hours, Looks, Rhythm, Schedule, Scope};

/// The name of the job, and of its file.
pub(super) const LABEL: &str = "network-logging";
/// Mask of the modes of files, 077: files of the job are for its account alone. Property lists hold decimal numbers.
const UMASK: u32 = 0o077;
/// The original's job.
pub(super) const ORIGINAL: &str = "com.networklogging.monitor";

/// Returns the path of the file of this scope.
pub(super) fn file(scope: Scope, folders: &Folders, label: &str) -> PathBuf {
    let name = format!("{label}.plist");
    match scope {
        Scope::Login => folders.home.join("Library/LaunchAgents").join(name),
        Scope::Boot => PathBuf::from("/Library/LaunchDaemons").join(name),
    }
}

/// Returns the domain in which launchd keeps jobs of this scope. `uid` is the number of the user.
pub(super) fn domain(scope: Scope, uid: &str) -> String {
    match scope {
        Scope::Login => format!("gui/{uid}"),
        Scope::Boot => "system".into(),
    }
}

/// Returns the name by which launchd knows a job of this scope.
pub(super) fn target(scope: Scope, uid: &str, label: &str) -> String {
    format!("{}/{label}", domain(scope, uid))
}

/// Tells of a job; fails when launchd does not know it.
pub(super) fn print(target: &str) -> Vec<String> {
    command(&["launchctl", "print", target])
}

/// True if it failed because the previous job of this name is not gone yet: `EIO`, or `Operation already in progress`.
pub(super) fn is_too_early(words: &[String], code: Option<i32>) -> bool {
    words.get(1).is_some_and(|word| word == "bootstrap") && matches!(code, Some(5 | 37))
}

/// Installs it, or replaces what is installed.
pub(super) fn plan(schedule: &Schedule, folders: &Folders, uid: &str) -> Result<Plan, BadPath> {
    let path = file(schedule.scope, folders, LABEL);
    let domain = domain(schedule.scope, uid);
    let commands = vec![
        command(&["launchctl", "enable", &format!("{domain}/{LABEL}")]),
        command(&["launchctl", "bootstrap", &domain, text(&path)?]),
    ];
    let files = vec![PlannedFile::new(path, plist(schedule)?)];
    Ok(Plan { files, crontab: None, commands, needs_admin: schedule.scope == Scope::Boot })
}

fn plist(schedule: &Schedule) -> Result<String, BadPath> {
    let mut words = vec![text(&schedule.program)?];
    if let Some(config) = &schedule.config {
        words.extend(["--config", text(config)?]);
    }
    words.extend(["--log-dir", text(&schedule.log_dir)?]);
    words.extend(match schedule.rhythm {
        Rhythm::Always => ["monitor", "--service"].as_slice(),
        Rhythm::Looks(_) => ["once"].as_slice(),
    });
    let words: String = words.iter().fold(String::new(), |mut all, word| {
        writeln!(all, "        <string>{}</string>", escape(word)).ok();
        all
    });
    let when = match schedule.rhythm {
        // launchd starts it anew whenever it ends, ten seconds after it began at the earliest.
        Rhythm::Always => "    <key>RunAtLoad</key>\n    <true/>\n    <key>KeepAlive</key>\n    <true/>\n".to_owned(),
        Rhythm::Looks(looks) => {
            format!("    <key>StartCalendarInterval</key>\n    <array>\n{}    </array>\n", intervals(looks))
        }
    };
    let account = match schedule.scope {
        Scope::Login => String::new(),
        Scope::Boot => format!("    <key>UserName</key>\n    <string>{}</string>\n", escape(&schedule.account)),
    };
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <!-- Made by \"netlog schedule install\"; \"netlog schedule remove\" takes it away. -->\n\
         <!-- {} -->\n<plist version=\"1.0\">\n<dict>\n    <key>Label</key>\n    <string>{LABEL}</string>\n\
         \x20   <key>ProgramArguments</key>\n    <array>\n{words}    </array>\n{account}{when}\
         \x20   <key>ExitTimeOut</key>\n    <integer>15</integer>\n\
         \x20   <key>Umask</key>\n    <integer>{UMASK}</integer>\n\
         \x20   <key>Nice</key>\n    <integer>5</integer>\n    <key>LowPriorityIO</key>\n    <true/>\n\
         \x20   <key>StandardOutPath</key>\n    <string>/dev/null</string>\n\
         \x20   <key>StandardErrorPath</key>\n    <string>/dev/null</string>\n</dict>\n</plist>\n",
        mark::render(schedule)
    ))
}

/// One dictionary for each time; what is left out is any.
fn intervals(looks: Looks) -> String {
    let minutes: Vec<Option<u8>> = match looks.every.get() {
        1 => vec![None],
        every => (0..60).step_by(every.into()).map(Some).collect(),
    };
    let hours: Vec<Option<u8>> =
        if looks.hours == Hours::ALL { vec![None] } else { looks.hours.iter().map(Some).collect() };
    let days: Vec<Option<u8>> = match looks.days.stretches().as_slice() {
        [(0, 6)] => vec![None],
        // Monday is 1 and Sunday 7.
        _ => looks.days.iter().map(|day| Some(day + 1)).collect(),
    };
    let mut text = String::new();
    for day in &days {
        for hour in &hours {
            for minute in &minutes {
                text.push_str("        <dict>");
                for (key, value) in [("Weekday", day), ("Hour", hour), ("Minute", minute)] {
                    if let Some(value) = value {
                        write!(text, "<key>{key}</key><integer>{value}</integer>").ok();
                    }
                }
                text.push_str("</dict>\n");
            }
        }
    }
    text
}

/// Facts that [`print()`] tells of a job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// True if the job has a process; `None` when that is not told.
    pub(super) is_running: Option<bool>,
    /// Exit code of the last process, or 128 plus the number of the signal that ended it.
    pub(super) last_exit: Option<i32>,
}

/// Reads what [`print()`] printed.
pub(super) fn read(text: &str) -> Shown {
    // What is indented more belongs to a part of the job.
    let field = |key: &str| {
        text.lines().find_map(|line| line.strip_prefix('\t')?.strip_prefix(key)?.strip_prefix(" = ")).map(str::trim)
    };
    let state = field("state").map(|state| state == "running");
    // "78: EX_CONFIG", "(never exited)", "Killed: 9".
    let code = field("last exit code").and_then(|code| code.split(':').next()?.parse().ok());
    let signal = field("last terminating signal").and_then(|signal| signal.rsplit(": ").next()?.parse::<i32>().ok());
    Shown {
        is_running: if field("pid").is_some() { Some(true) } else { state },
        last_exit: code.or(signal.map(|signal| 128 + signal)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::schedule;
    use super::*;

    #[track_caller]
    fn check(expected: usize, first: &str, rhythm: &str) {
        let Rhythm::Looks(looks) = rhythm.parse().unwrap() else { panic!("{rhythm}") };
        let intervals = intervals(looks);
        assert_eq!((expected, Some(first)), (intervals.lines().count(), intervals.lines().next().map(str::trim)));
    }

    #[test]
    fn looks_are_calendar_intervals() {
        check(1, "<dict></dict>", "every 1m");
        check(12, "<dict><key>Minute</key><integer>0</integer></dict>", "every 5m");
        check(12, "<dict><key>Hour</key><integer>0</integer><key>Minute</key><integer>0</integer></dict>", "every 2h");
        check(
            2,
            "<dict><key>Weekday</key><integer>1</integer><key>Hour</key><integer>6</integer>\
             <key>Minute</key><integer>0</integer></dict>",
            "every 1h hours 6 days mon,sun",
        );
    }

    #[test]
    fn a_daemon_runs_as_its_owner_and_an_agent_names_nobody() {
        let daemon = plist(&schedule("always", Scope::Boot)).unwrap();
        assert!(daemon.contains("<key>UserName</key>\n    <string>jürgen</string>"), "{daemon}");
        assert!(daemon.contains("<string>/home/jürgen/100% &quot;My&quot; it's $logs --&amp;</string>"), "{daemon}");
        assert!(!plist(&schedule("always", Scope::Login)).unwrap().contains("UserName"));
    }

    #[test]
    fn what_is_started_while_its_forerunner_leaves_is_tried_again() {
        let bootstrap = command(&["launchctl", "bootstrap", "gui/501", "/x.plist"]);
        assert!(is_too_early(&bootstrap, Some(5)) && is_too_early(&bootstrap, Some(37)));
        assert!(!is_too_early(&bootstrap, Some(0)) && !is_too_early(&bootstrap, Some(1)));
        assert!(!is_too_early(&command(&["launchctl", "enable", "gui/501/network-logging"]), Some(5)));
    }

    #[test]
    fn what_launchctl_prints_is_read() {
        let running = "system/network-logging = {\n\tactive count = 1\n\tpath = /Library/LaunchDaemons/network-logging.plist\n\
                       \ttype = LaunchDaemon\n\tstate = running\n\n\tprogram = /x/netlog\n\targuments = {\n\t\t/x/netlog\n\
                       \t\tpid = 1\n\t}\n\n\truns = 3\n\tpid = 4711\n\tlast exit code = 1\n\n\tspawn type = daemon (3)\n}\n";
        assert_eq!(Shown { is_running: Some(true), last_exit: Some(1) }, read(running));
        let waiting = "gui/501/network-logging = {\n\tstate = not running\n\truns = 0\n\tlast exit code = (never exited)\n\
                       \tendpoints = {\n\t\tstate = running\n\t}\n}\n";
        assert_eq!(Shown { is_running: Some(false), last_exit: None }, read(waiting));
        assert_eq!(Some(78), read("\tlast exit code = 78: EX_CONFIG\n").last_exit);
        assert_eq!(Some(137), read("\tlast terminating signal = Killed: 9\n").last_exit);
        assert_eq!(Shown::default(), read("Could not find service \"network-logging\" in domain for system\n"));
    }
}
