//! `netlog config`: shows, checks and begins the configuration.

use std::{
    fmt::Write as _,
    io::{self, Write},
    process::ExitCode,
};

use super::{
    Global,
    global::{self, Loaded},
};
use crate::{
    analysis::{
        home::home,
        vicinity::{Misplaced, Vicinity, misplaced},
    },
    codec::config_json::{self, Problem, Severity, render},
    model::{
        config::{Config, SETTINGS},
        settings::Setting,
    },
    platform::{self, paths},
    store::config_file,
};

/// Arguments of `netlog config`.
#[derive(Debug, Clone, clap::Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Command {
    /// Show all settings, their values and their meaning
    #[command(after_help = "Examples:\n  netlog config show\n  netlog config show --json > copy.json")]
    Show {
        /// Print one JSON object, which is a configuration file as well
        #[arg(long)]
        json: bool,
        /// Show the defaults rather than the file
        #[arg(long)]
        defaults: bool,
    },
    /// Check the configuration: every problem with its remedy
    #[command(after_help = "Exit codes: 0 usable as it is, 1 something is not used as written, 2 it could not be read")]
    Check {
        /// Print the problems as one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Write a configuration with all settings at their defaults
    #[command(after_help = "Examples:\n  netlog config init\n  netlog --config ./config.json config init")]
    Init {
        /// Replace one that is there; it is kept beside the new one as config.json.old
        #[arg(long)]
        force: bool,
    },
    /// Print the path of the configuration
    Path,
}

/// Runs `netlog config`.
///
/// # Errors
///
/// When the configuration cannot be read or written, or the output fails. That nobody reads the output to its end is
/// no failure.
pub fn run(args: &ConfigArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let (text, code) = match args.command {
        Command::Show { json, defaults } => {
            let mut loaded = global::load(global)?;
            if defaults {
                loaded.config = Config::default();
            }
            let text = if json { config_json::write(&loaded.config, None) } else { table(&loaded, defaults) };
            (text, ExitCode::SUCCESS)
        }
        Command::Check { json } => {
            let mut loaded = global::load(global)?;
            loaded.problems.extend(at_home(&loaded.config));
            let n_wrong = loaded.problems.iter().filter(|problem| problem.severity == Severity::Wrong).count();
            let text = if json { config_json::write_problems(&loaded.problems) } else { problems(&loaded, n_wrong) };
            (text, ExitCode::from(u8::from(n_wrong > 0)))
        }
        Command::Init { force } => (init(global, force)?, ExitCode::SUCCESS),
        Command::Path => {
            let place = paths::config_file(global.config.as_deref());
            (format!("{}\n", place.path.display()), ExitCode::SUCCESS)
        }
    };
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(err) if err.kind() != io::ErrorKind::BrokenPipe => Err(err.into()),
        _ => Ok(code),
    }
}

/// Hosts of the configuration that should lie beyond the line and lie at home.
fn at_home(config: &Config) -> Vec<Problem> {
    let facts = platform::host_facts();
    let vicinity = Vicinity::of(&facts, &home(&facts, config.gateway.parse().ok()));
    let found = misplaced(config, &vicinity, |_| None);
    let problem = |found: &Misplaced| Problem {
        key: Some(found.key.to_owned()),
        message: found.remedy(),
        severity: Severity::Wrong,
    };
    found.iter().map(problem).collect()
}

/// What is known of where things are, and all settings by group.
fn table(loaded: &Loaded, defaults: bool) -> String {
    let mut text = places(loaded);
    if !defaults && !loaded.problems.is_empty() {
        let _fits = writeln!(text, "Problems:       {}; see \"netlog config check\"", loaded.problems.len());
    }
    text.push_str("\nValues marked * differ from the default.\n");
    let mut group = "";
    for setting in SETTINGS {
        if setting.group != group {
            group = setting.group;
            let _fits = write!(text, "\n{group}\n");
        }
        text.push_str(&row(setting, &loaded.config));
    }
    text
}

fn places(loaded: &Loaded) -> String {
    let Loaded { config_file, log_dir, is_found, .. } = loaded;
    let absent = if *is_found { "" } else { ", not there: defaults are used" };
    format!(
        "Configuration:  {} ({}{absent})\nLogs:           {} ({})\n",
        config_file.path.display(),
        config_file.reason,
        log_dir.path.display(),
        log_dir.reason,
    )
}

fn row(setting: &Setting, config: &Config) -> String {
    let value = setting.get(config);
    let mark = if value == setting.default() { ' ' } else { '*' };
    let unit = if setting.unit.is_empty() { String::new() } else { format!(" {}", setting.unit) };
    format!("{mark} {:<24} {}{unit}\n{:27}{}\n", setting.key, render(&value), "", setting.help)
}

/// Every problem, and how many of them matter.
fn problems(loaded: &Loaded, n_wrong: usize) -> String {
    let mut text = places(loaded);
    for problem in &loaded.problems {
        let _fits = writeln!(text, "{}: {problem}", problem.severity.as_str());
    }
    let _fits = match n_wrong {
        0 => writeln!(text, "The configuration is fine."),
        1 => writeln!(text, "One problem."),
        n => writeln!(text, "{n} problems."),
    };
    text
}

fn init(global: &Global, force: bool) -> anyhow::Result<String> {
    let place = paths::config_file(global.config.as_deref());
    let old = config_file::init(&place.path, force)?;
    let mut text = format!("Written: {}\n", place.path.display());
    if let Some(old) = old {
        let _fits = writeln!(text, "The old one is kept: {}", old.display());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Netlog {
        #[command(flatten)]
        global: Global,
        #[command(flatten)]
        config: ConfigArgs,
    }

    /// What `netlog config` prints for these arguments, and whether its exit code is 0.
    #[track_caller]
    fn netlog(args: &[&str], config: &Path) -> (String, bool) {
        let start = ["netlog", "--config", config.to_str().unwrap()];
        let args = Netlog::try_parse_from(start.iter().chain(args)).unwrap();
        let mut out = Vec::new();
        let code = run(&args.config, &args.global, &mut out).unwrap();
        (String::from_utf8(out).unwrap(), code == ExitCode::SUCCESS)
    }

    #[test]
    fn show_marks_what_differs_from_the_default() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my.json");
        fs::write(&path, "{\"tcp_test_port\": 80}").unwrap();
        let (text, is_fine) = netlog(&["show"], &path);
        assert!(is_fine);
        assert!(text.contains("\n* tcp_test_port            80\n"), "{text}");
        assert!(text.contains("\n  ping_interval_sec        20 s\n                           Time between"), "{text}");
        let (text, _) = netlog(&["show", "--defaults"], &path);
        assert!(text.contains("\n  tcp_test_port            443\n"), "{text}");
    }

    #[test]
    fn show_as_json_is_a_configuration() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my.json");
        fs::write(&path, "{\"tcp_test_port\": 80}").unwrap();
        let (text, _) = netlog(&["show", "--json"], &path);
        assert_eq!((Config { tcp_test_port: 80, ..Config::default() }, Vec::new()), config_json::read(&text));
    }

    #[test]
    fn check_fails_for_what_is_wrong_but_not_for_notes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my.json");
        fs::write(&path, "{\"unheard\": 80}").unwrap();
        let (text, is_fine) = netlog(&["check"], &path);
        assert!(is_fine && text.contains("\nnote: unheard: unknown key"), "{text}");
        fs::write(&path, "{\"targets\": \"127.0.0.1\"}").unwrap();
        let (text, is_fine) = netlog(&["check"], &path);
        assert!(!is_fine && text.contains("\nwrong: targets: \"127.0.0.1\" cannot be used"), "{text}");
        assert!(text.ends_with("\nOne problem.\n"), "{text}");
        let (text, is_fine) = netlog(&["check", "--json"], &path);
        assert!(!is_fine && text.starts_with('[') && text.contains("\"key\": \"targets\""), "{text}");
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("typo.json");
        let (text, is_fine) = netlog(&["check"], &path);
        assert!(!is_fine && text.contains("there is no such file"), "{text}");
        let (text, is_fine) = netlog(&["init"], &path);
        assert!(is_fine && text.starts_with("Written: "), "{text}");
        assert!(netlog(&["check"], &path).1);
        assert_eq!(format!("{}\n", path.display()), netlog(&["path"], &path).0);
    }

    #[test]
    fn init_replaces_nothing_unless_forced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my.json");
        fs::write(&path, "{}").unwrap();
        let args = Netlog::try_parse_from(["netlog", "init", "--config", path.to_str().unwrap()]).unwrap();
        let err = run(&args.config, &args.global, &mut Vec::new()).unwrap_err();
        assert!(err.to_string().contains("--force"), "{err}");
        let (text, is_fine) = netlog(&["init", "--force"], &path);
        assert!(is_fine && text.contains("The old one is kept: "), "{text}");
    }

    #[test]
    fn a_reader_that_leaves_early_is_no_failure() {
        struct Closed;

        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }

        let args = Netlog::try_parse_from(["netlog", "path"]).unwrap();
        assert_eq!(ExitCode::SUCCESS, run(&args.config, &args.global, &mut Closed).unwrap());
    }
}
