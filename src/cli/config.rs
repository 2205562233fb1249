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
    integrations::{options::IntegrationOptions, test},
    model::{
        config::{Config, SETTINGS},
        settings::{Setting, Value},
    },
    platform::{self, paths},
    store::{config_file, secrets_file},
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
    /// Change one setting in the file; everything else in it stays
    #[command(after_help = "\
Examples:
  netlog config set api_enabled true
  netlog config set mqtt_url mqtt://192.168.1.20
  netlog config set targets 1.1.1.1,9.9.9.9
  netlog config set mqtt_url \"\"

A running monitor takes it up when it starts again.")]
    Set {
        /// Name of the setting, as \"netlog config show\" lists it
        key: String,
        /// New value; items of a list with commas between them
        #[arg(allow_hyphen_values = true)]
        value: String,
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
    let (text, code) = match &args.command {
        &Command::Show { json, defaults } => {
            let mut loaded = global::load(global)?;
            if defaults {
                loaded.config = Config::default();
            }
            let text = if json { config_json::write(&loaded.config, None) } else { table(&loaded, defaults) };
            (text, ExitCode::SUCCESS)
        }
        &Command::Check { json } => {
            let mut loaded = global::load(global)?;
            loaded.problems.extend(at_home(&loaded.config));
            loaded.problems.extend(of_sinks(&loaded));
            let n_wrong = loaded.problems.iter().filter(|problem| problem.severity == Severity::Wrong).count();
            let text = if json { config_json::write_problems(&loaded.problems) } else { problems(&loaded, n_wrong) };
            (text, ExitCode::from(u8::from(n_wrong > 0)))
        }
        &Command::Init { force } => (init(global, force)?, ExitCode::SUCCESS),
        Command::Set { key, value } => (set(global, key, value)?, ExitCode::SUCCESS),
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

/// Changes one setting in the file.
fn set(global: &Global, key: &str, text: &str) -> anyhow::Result<String> {
    let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) else {
        let likely = SETTINGS
            .iter()
            .map(|setting| (strsim::jaro_winkler(&key.to_lowercase(), setting.key), setting.key))
            .filter(|(likeness, _)| *likeness > 0.85)
            .max_by(|one, other| one.0.total_cmp(&other.0));
        match likely {
            Some((_, likely)) => anyhow::bail!("there is no setting {key:?}; did you mean {likely}?"),
            None => anyhow::bail!("there is no setting {key:?}; \"netlog config show\" lists all"),
        }
    };
    let mut loaded = global::load(global)?;
    // A file that is not understood as a whole would lose what it holds.
    let of_file = loaded.problems.iter().find(|problem| problem.key.is_none() && problem.severity == Severity::Wrong);
    if let (Some(problem), true) = (of_file, loaded.is_found) {
        anyhow::bail!("{problem}: {}", loaded.config_file.path.display());
    }
    let value = value(setting, text);
    setting.set(&mut loaded.config, value).map_err(|why| anyhow::anyhow!("{key}: {text:?} cannot be used: {why}"))?;
    config_file::save(&loaded.config_file.path, &loaded.config)?;
    Ok(format!("{key} = {}\n{}\n", render(&setting.get(&loaded.config)), loaded.config_file.path.display()))
}

/// The text as a value of the setting's kind.
fn value(setting: &Setting<Config>, text: &str) -> Value {
    match setting.default() {
        Value::Switch(_) => match text.trim() {
            "true" | "on" | "yes" => Value::Switch(true),
            "false" | "off" | "no" => Value::Switch(false),
            other => Value::Text(other.to_owned()),
        },
        Value::Number(_) => match text.trim().parse() {
            Ok(number) => Value::Number(number),
            Err(_not_a_number) => Value::Text(text.to_owned()),
        },
        Value::Text(_) => Value::Text(text.to_owned()),
        // As it is spelled in the file.
        Value::List(_) if text.trim_start().starts_with('[') => {
            serde_json::from_str(text).map_or_else(|_no_list| Value::Text(text.to_owned()), Value::List)
        }
        Value::List(_) => {
            Value::List(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
        }
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

/// Sinks that cannot work as they are configured, such as mail without a sender.
fn of_sinks(loaded: &Loaded) -> Vec<Problem> {
    let wrong = |message: String| Problem { key: None, message, severity: Severity::Wrong };
    let secrets = match secrets_file::load(&secrets_file::path_for(&loaded.config_file.path)) {
        Ok(secrets) => secrets,
        Err(error) => return vec![wrong(error.to_string())],
    };
    let log_dir = loaded.log_dir.path.clone();
    let options = IntegrationOptions { config: loaded.config.clone(), secrets, log_dir };
    let sinks = test::configured(&options).into_iter();
    sinks.filter_map(|sink| Some(wrong(format!("{}: {}", sink.name, sink.error?)))).collect()
}

/// Returns the places of the files and folders, and all settings by group.
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

fn row(setting: &Setting<Config>, config: &Config) -> String {
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
    fn set_changes_one_setting_and_keeps_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my.json");
        fs::write(&path, "{\"_note\": \"mine\", \"tcp_test_port\": 80}").unwrap();
        let (text, is_fine) = netlog(&["set", "mqtt_url", "mqtt://broker.example"], &path);
        assert!(is_fine && text.starts_with("mqtt_url = \"mqtt://broker.example\""), "{text}");
        netlog(&["set", "api_enabled", "on"], &path);
        netlog(&["set", "targets", "192.0.2.1, 192.0.2.2"], &path);
        netlog(&["set", "degraded_rtt_ms", "99.5"], &path);
        let written = fs::read_to_string(&path).unwrap();
        let (config, problems) = config_json::read(&written);
        assert!(problems.is_empty() && written.contains("\"_note\": \"mine\""), "{written}");
        assert!(config.api_enabled && config.tcp_test_port == 80);
        assert_eq!((vec!["192.0.2.1".to_owned(), "192.0.2.2".into()], 99.5), (config.targets, config.degraded_rtt_ms));
    }

    #[test]
    fn set_refuses_what_is_not_allowed_and_writes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my.json");
        for (args, part) in [
            (["set", "tcp_test_port", "0"], "a whole number from 1 to 65535"),
            (["set", "tcp_test_port", "many"], "a whole number"),
            (["set", "api_enabled", "maybe"], "true or false"),
            (["set", "mqtt_ulr", "mqtt://b"], "did you mean mqtt_url?"),
            (["set", "no", "1"], "config show"),
        ] {
            let start = ["netlog", "--config", path.to_str().unwrap()];
            let parsed = Netlog::try_parse_from(start.iter().chain(&args)).unwrap();
            let error = run(&parsed.config, &parsed.global, &mut Vec::new()).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert!(!path.exists());
        fs::write(&path, "{").unwrap();
        let parsed =
            Netlog::try_parse_from(["netlog", "--config", path.to_str().unwrap(), "set", "site", "b"]).unwrap();
        assert!(run(&parsed.config, &parsed.global, &mut Vec::new()).is_err());
        assert_eq!("{", fs::read_to_string(&path).unwrap());
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
    fn check_tells_of_sinks_that_cannot_work() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my.json");
        fs::write(&path, "{\"smtp_url\": \"smtp://127.0.0.1\", \"smtp_to\": [\"me@mail.example\"]}").unwrap();
        let (text, is_fine) = netlog(&["check"], &path);
        assert!(!is_fine && text.contains("smtp_from"), "{text}");
        fs::write(&path, "{\"api_enabled\": true, \"api_listen\": \"0.0.0.0:8787\"}").unwrap();
        let (text, is_fine) = netlog(&["check"], &path);
        assert!(!is_fine && text.contains("netlog integrations token --new"), "{text}");
        netlog(&["set", "api_enabled", "off"], &path);
        assert!(netlog(&["check"], &path).1);
    }

    #[test]
    fn a_list_is_set_as_the_file_spells_it_too() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my.json");
        fs::write(&path, "{}").unwrap();
        for text in ["a@mail.example,b@mail.example", r#"["a@mail.example", "b@mail.example"]"#] {
            netlog(&["set", "smtp_to", text], &path);
            let (config, _) = config_json::read(&fs::read_to_string(&path).unwrap());
            assert_eq!(vec!["a@mail.example", "b@mail.example"], config.smtp_to, "{text}");
        }
        let args = ["netlog", "set", "smtp_to", "[a@mail.example]", "--config", path.to_str().unwrap()];
        let args = Netlog::try_parse_from(args).unwrap();
        assert!(run(&args.config, &args.global, &mut Vec::new()).is_err());
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
