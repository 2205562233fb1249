//! cron: a block of lines in this user's crontab; all other lines stay as they are. crontab(5).

use super::{
    mark,
    plan::{BadPath, Plan, text},
};
use crate::model::schedule::{Looks, Rhythm, Schedule, spans};

const BEGIN: &str =
    "# >>> Network Logging: made by \"netlog schedule install\"; \"netlog schedule remove\" takes it away";
const END: &str = "# <<< Network Logging";
/// The wrapper that the original's line starts.
const ORIGINAL: &str = "start_netlogging.sh";
/// Name of a file in the folder of the logs: the output of the last look, and the exit code that it ended with.
pub(super) const LAST: &str = "schedule.last";

pub(super) fn plan(schedule: &Schedule) -> Result<Plan, BadPath> {
    Ok(Plan { crontab: Some(block(schedule)?), ..Plan::default() })
}

/// The lines, each with its end.
///
/// A monitor that is to run always is started every minute and goes again when one is there already: so it comes back
/// whatever ended it.
fn block(schedule: &Schedule) -> Result<String, BadPath> {
    let (when, words) = match schedule.rhythm {
        Rhythm::Always => ("* * * * *".to_owned(), "monitor --service --unless-running"),
        Rhythm::Looks(looks) => (fields(looks), "once"),
    };
    let mut line = quote(text(&schedule.program)?);
    if let Some(config) = &schedule.config {
        line = format!("{line} --config {}", quote(text(config)?));
    }
    let log_dir = text(&schedule.log_dir)?;
    line = format!("{line} --log-dir {} {words}", quote(log_dir));
    // What a look says is kept until the next one; cron would send a letter for each.
    let redirected = match schedule.rhythm {
        Rhythm::Always => format!("umask 077; {line} >/dev/null 2>&1"),
        Rhythm::Looks(_) => {
            let last = quote(&format!("{log_dir}/{LAST}"));
            // Opened once: a look that is at work while the schedule is removed makes no new file.
            format!("umask 077; {{ {line}; echo \"exit $?\"; }} >{last} 2>&1")
        }
    };
    // cron ends a command at a percent sign, quotes or not.
    let redirected = redirected.replace('%', "\\%");
    Ok(format!("{BEGIN}\n# {}\n{when} {redirected}\n{END}\n", mark::render(schedule)))
}

/// The five fields of time.
fn fields(looks: Looks) -> String {
    let minutes = match looks.every.get() {
        1 => "*".to_owned(),
        60 => "0".to_owned(),
        every => format!("*/{every}"),
    };
    let hours = match looks.hours.stretches().as_slice() {
        [(0, 23)] => "*".to_owned(),
        hours => spans(hours, "-", |hour| hour.to_string()),
    };
    // Monday is 1; Sunday is 7 here, so that no stretch runs backwards.
    let days = match looks.days.stretches().as_slice() {
        [(0, 6)] => "*".to_owned(),
        days => spans(days, "-", |day| (day + 1).to_string()),
    };
    format!("{minutes} {hours} * * {days}")
}

/// For a shell.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Our block in a crontab; `None` when there is none.
pub(super) fn ours(crontab: &str) -> Option<&str> {
    let begin = start(crontab)?;
    let rest = crontab.get(begin..)?;
    let end = rest.match_indices(END).map(|(at, _)| at + END.len()).find(|end| ends_line(rest, *end))?;
    let end = if rest.get(end..)?.starts_with('\n') { end + 1 } else { end };
    rest.get(..end)
}

fn start(crontab: &str) -> Option<usize> {
    crontab
        .match_indices(BEGIN)
        .map(|(at, _)| at)
        .find(|at| *at == 0 || crontab.get(..*at).is_some_and(|t| t.ends_with('\n')))
}

fn ends_line(text: &str, at: usize) -> bool {
    text.get(at..).is_some_and(|rest| rest.is_empty() || rest.starts_with('\n'))
}

/// The crontab without our block. All else is as it was, to the byte.
pub(super) fn without_ours(crontab: &str) -> String {
    let mut text = crontab.to_owned();
    while let Some(block) = ours(&text).map(str::to_owned) {
        text = text.replacen(&block, "", 1);
    }
    text
}

/// The crontab with our block at its end, in place of one that was there.
pub(super) fn with_ours(crontab: &str, block: &str) -> String {
    let mut text = without_ours(crontab);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text + block
}

/// Lines that start the original.
pub(super) fn originals(crontab: &str) -> Vec<&str> {
    let is_original = |line: &&str| !line.trim_start().starts_with('#') && line.contains(ORIGINAL);
    crontab.lines().filter(is_original).collect()
}

/// The crontab without the lines that start the original.
pub(super) fn without_originals(crontab: &str) -> String {
    let originals = originals(crontab);
    crontab.split_inclusive('\n').filter(|line| !originals.contains(&line.trim_end_matches(['\n', '\r']))).collect()
}

/// Returns the exit code that the last look ended with, by what its line left behind.
pub(super) fn last_exit(text: &str) -> Option<i32> {
    text.lines().last()?.strip_prefix("exit ")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::schedule;
    use super::*;
    use crate::model::schedule::Scope;

    #[track_caller]
    fn check(expected: &str, rhythm: &str) {
        let Rhythm::Looks(looks) = rhythm.parse().unwrap() else { panic!("{rhythm}") };
        assert_eq!(expected, fields(looks));
    }

    #[test]
    fn looks_are_five_fields() {
        check("* * * * *", "every 1m");
        check("*/5 * * * *", "every 5m");
        check("0 0,2,4,6,8,10,12,14,16,18,20,22 * * *", "every 2h");
        check("*/30 8-17 * * 1-5", "every 30m hours 8-17 days mon-fri");
        check("0 6,12-13 * * 1,6-7", "every 1h hours 6,12,13 days sat-mon");
    }

    #[test]
    fn paths_are_spelled_for_cron_and_for_the_shell() {
        let block = block(&schedule("every 1m", Scope::Login)).unwrap();
        assert_eq!(
            "* * * * * umask 077; { '/opt/it'\\''s 100\\% \"new\"/netlog' --config '/home/jürgen/my config.json' \
             --log-dir '/home/jürgen/100\\% \"My\" it'\\''s $logs --&' once; echo \"exit $?\"; } \
             >'/home/jürgen/100\\% \"My\" it'\\''s $logs --&/schedule.last' 2>&1",
            block.lines().nth(2).unwrap()
        );
    }

    #[test]
    fn other_lines_stay_as_they_are() {
        let block = block(&schedule("always", Scope::Login)).unwrap();
        let next = super::block(&schedule("every 5m", Scope::Login)).unwrap();
        for before in ["", "MAILTO=x\n\n  5 4 * * * tidy  \n# end\n", "\n\n", "# <<< Network Logging\n1 * * * * x\n"] {
            let with = with_ours(before, &block);
            assert_eq!(Some(block.as_str()), ours(&with), "{with}");
            assert_eq!(before, without_ours(&with));
            // Somebody adds lines behind it, and it is installed again.
            let more = format!("{with}6 * * * * more\n");
            assert_eq!(format!("{before}6 * * * * more\n{next}"), with_ours(&more, &next));
            assert_eq!(format!("{before}6 * * * * more\n"), without_ours(&with_ours(&more, &next)));
        }
        assert_eq!(None, ours("# >>> Network Logging\n"));
        assert_eq!("x\n", without_ours("x\n"));
    }

    #[test]
    fn the_originals_line_is_found_and_only_it_is_taken_out() {
        let line = "*/5 * * * * /home/x/network-logging/start_netlogging.sh >> /home/x/logs/cron.log 2>&1";
        let crontab = format!("# start_netlogging.sh is old\n{line}\n1 * * * * other\n");
        assert_eq!(vec![line], originals(&crontab));
        assert_eq!("# start_netlogging.sh is old\n1 * * * * other\n", without_originals(&crontab));
    }

    #[test]
    fn how_a_look_ended_is_read() {
        assert_eq!(Some(1), last_exit("12:00:00 WAN_DOWN\nexit 1\n"));
        for text in ["", "exit", "exit x", "exit 1\nmore"] {
            assert_eq!(None, last_exit(text), "{text}");
        }
    }
}
