//! The configuration on the disk.

use std::path::{Path, PathBuf};

use super::{Job, Jobs, chain, files};
use crate::{
    codec::config_json,
    gui::text::T,
    model::{config::Config, host::HostFacts, settings::Value},
    platform::{self, paths},
    store::config_file,
};

/// What the window works with.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) config: Config,
    /// Where it is read from and written to.
    pub(crate) file: PathBuf,
    /// Whether there is a file at all.
    pub(crate) is_found: bool,
    pub(crate) log_dir: PathBuf,
    /// What is not right about the file.
    pub(crate) problems: Vec<String>,
}

/// Reads the configuration. What cannot be read is replaced by defaults and told.
pub(crate) fn read(config: Option<&Path>, log_dir: Option<&Path>) -> Settings {
    let file = paths::config_file(config).path;
    let (loaded, mut problems) = match config_file::load(&file) {
        Ok(loaded) => {
            let problems = loaded.problems.iter().map(ToString::to_string).collect();
            (Some(loaded), problems)
        }
        Err(error) => (None, vec![chain(&error)]),
    };
    problems.truncate(20);
    let (config, is_found) = loaded.map_or((Config::default(), false), |loaded| (loaded.config, loaded.is_found));
    let log_dir = paths::log_dir(log_dir, &config.log_dir).path;
    Settings { config, file, is_found, log_dir, problems }
}

/// Writes it.
pub(crate) fn save(jobs: &mut Jobs, file: PathBuf, config: Config) -> Job<Result<Config, String>> {
    jobs.start(T::JobSave, move |_| match config_file::save(&file, &config) {
        Ok(()) => Ok(config),
        Err(error) => Err(chain(&error)),
    })
}

/// A configuration read from somewhere else, and what is not right about it.
pub(crate) type Imported = Result<(Config, Vec<String>), String>;

/// Asks for a file and reads it. `None` when the user thinks better of it.
pub(crate) fn import(jobs: &mut Jobs) -> Job<Option<Imported>> {
    jobs.start(T::JobImport, move |_| {
        let path = rfd::FileDialog::new().add_filter("config.json", &["json"]).pick_file()?;
        Some(read_from(&path))
    })
}

/// Reads a configuration from this file.
pub(crate) fn read_from(path: &Path) -> Imported {
    match config_file::load(path) {
        Ok(loaded) => Ok((loaded.config, loaded.problems.iter().map(ToString::to_string).collect())),
        Err(error) => Err(chain(&error)),
    }
}

/// The configuration as it is written.
pub(crate) fn as_json(config: &Config) -> String {
    config_json::write(config, None)
}

/// A text as a configuration, and what is not right about it.
pub(crate) fn from_json(text: &str) -> (Config, Vec<String>) {
    let (config, problems) = config_json::read(text);
    (config, problems.iter().map(ToString::to_string).collect())
}

/// What was found on this computer, and how much the logs take.
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
    if config.log_dir == before.config.log_dir {
        before.log_dir.clone()
    } else {
        paths::log_dir(None, &config.log_dir).path
    }
}

/// A value as it is written in the file.
pub(crate) fn render(value: &Value) -> String {
    config_json::render(value)
}
