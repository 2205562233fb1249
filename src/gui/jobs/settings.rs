//! The configuration on the disk.

use std::path::{Path, PathBuf};

use super::{Job, Jobs, chain, files};
use crate::{
    codec::config_json::{self, Problem, Severity},
    gui::{text::T, view_model::standing::ConfigFault},
    model::{
        config::{Config, setting},
        host::HostFacts,
        settings::Value,
    },
    platform::{self, paths},
    store::config_file,
};

/// Configuration of the window and of its monitor.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) config: Config,
    /// File that it is read from and written to.
    pub(crate) file: PathBuf,
    /// True if there is a file at all.
    pub(crate) is_found: bool,
    pub(crate) log_dir: PathBuf,
    /// The folder of the logs that the command line names.
    named_log_dir: Option<PathBuf>,
    /// Faults of the file.
    pub(crate) faults: Vec<ConfigFault>,
}

/// Faults that are told of a file; one with more is something else altogether.
const MOST_FAULTS: usize = 20;

/// Reads the configuration. What cannot be read is replaced by defaults and told.
pub(crate) fn read(config: Option<&Path>, log_dir: Option<&Path>) -> Settings {
    read_file(paths::config_file(config).path, log_dir.map(Path::to_owned))
}

fn read_file(file: PathBuf, named_log_dir: Option<PathBuf>) -> Settings {
    let (config, is_found, mut faults) = match config_file::load(&file) {
        Ok(loaded) => (loaded.config, loaded.is_found, faults(&loaded.problems)),
        Err(error) => (Config::default(), true, faults(&[Problem::of_file(chain(&error))])),
    };
    // The stable order keeps that of the lines.
    faults.sort_by_key(|fault| !fault.is_wrong);
    faults.truncate(MOST_FAULTS);
    let log_dir = paths::log_dir(named_log_dir.as_deref(), &config.log_dir).path;
    Settings { config, file, is_found, log_dir, named_log_dir, faults }
}

/// Reads the same file again.
pub(crate) fn read_again(jobs: &mut Jobs, before: &Settings) -> Job<Settings> {
    let (file, named_log_dir) = (before.file.clone(), before.named_log_dir.clone());
    jobs.start_unseen(move |_| read_file(file, named_log_dir))
}

fn faults(problems: &[Problem]) -> Vec<ConfigFault> {
    let fault = |problem: &Problem| {
        let is_wrong = problem.severity == Severity::Wrong;
        let setting = problem.key.as_deref().and_then(setting).filter(|_| is_wrong);
        let default = setting.map(|setting| render(&setting.default()));
        ConfigFault { key: problem.key.clone(), message: problem.message.clone(), default, is_wrong }
    };
    problems.iter().map(fault).collect()
}

/// A configuration that was written.
pub(crate) struct Saved {
    pub(crate) config: Config,
    /// Copy of the file as it was, if it could not be read.
    pub(crate) old: Option<PathBuf>,
    /// Faults of the file as it is now.
    pub(crate) faults: Vec<ConfigFault>,
}

/// Writes a configuration.
pub(crate) fn save(jobs: &mut Jobs, file: PathBuf, config: Config) -> Job<Result<Saved, String>> {
    jobs.start(T::JobSave, move |_| match config_file::save(&file, &config) {
        Ok(old) => Ok(Saved { config, old, faults: read_file(file, None).faults }),
        Err(error) => Err(chain(&error)),
    })
}

/// A configuration read from somewhere else, and its faults.
pub(crate) type Imported = Result<(Config, Vec<ConfigFault>), String>;

/// Asks for a file and reads it. `None` when the user thinks better of it.
pub(crate) fn import(jobs: &mut Jobs) -> Job<Result<Option<Imported>, files::NoDialog>> {
    jobs.start(T::JobImport, move |_| Ok(files::ask_which("json")?.map(|path| read_from(&path))))
}

/// Reads this one.
pub(crate) fn import_from(jobs: &mut Jobs, path: PathBuf) -> Job<Result<Option<Imported>, files::NoDialog>> {
    jobs.start(T::JobImport, move |_| Ok(Some(read_from(&path))))
}

/// Reads a configuration from this file.
pub(crate) fn read_from(path: &Path) -> Imported {
    match config_file::load(path) {
        Ok(loaded) => Ok((loaded.config, faults(&loaded.problems))),
        Err(error) => Err(chain(&error)),
    }
}

/// The configuration as it is written.
pub(crate) fn as_json(config: &Config) -> String {
    config_json::write(config, None)
}

/// A text as a configuration, and its faults.
pub(crate) fn from_json(text: &str) -> (Config, Vec<ConfigFault>) {
    let (config, problems) = config_json::read(text);
    (config, faults(&problems))
}

/// Facts of this computer, and the size of the logs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) facts: HostFacts,
    pub(crate) bytes: u64,
    pub(crate) files: usize,
}

/// Looks for it.
pub(crate) fn find(jobs: &mut Jobs, log_dir: PathBuf) -> Job<Found> {
    jobs.start(T::JobLook, move |_| {
        let (bytes, files) = files::size_of(&log_dir);
        Found { facts: platform::host_facts(), bytes, files }
    })
}

/// The folder of the logs that this configuration names, unless the command line named another.
pub(crate) fn log_dir_of(config: &Config, before: &Settings) -> PathBuf {
    paths::log_dir(before.named_log_dir.as_deref(), &config.log_dir).path
}

/// A value as it is written in the file.
pub(crate) fn render(value: &Value) -> String {
    config_json::render(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::text::{Language, Text};

    /// Beginnings of English words that no German text has.
    const ENGLISH: [&str; 9] =
        ["the ", "write ", "remove ", "line ", "until ", "allowed ", "cannot ", " used", "close "];

    #[test]
    fn every_fault_of_the_settings_file_is_told_in_german_too() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/config/invalid");
        let german = Text::new(Language::German);
        let mut n_faults = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let (_, faults) = read_from(&path).unwrap();
            for fault in faults {
                let said = german.config_fault(&fault);
                let rest = said.split_once(": ").map_or(said.as_str(), |(_, rest)| rest);
                let is_english = ENGLISH.iter().any(|word| rest.contains(word) || said.starts_with(word));
                assert!(!is_english, "{}: {said:?} of {fault:?}", path.display());
                n_faults += 1;
            }
        }
        assert!(n_faults > 20, "{n_faults}");
    }
}
