//! Options of every subcommand to the settings, and to the places of files and folders.

use super::Global;
use crate::{
    codec::config_json::Problem,
    model::config::Config,
    platform::paths::{self, Place, Reason},
    store::config_file,
};

/// The settings, and where they and the logs are.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// Faults of the file.
    pub problems: Vec<Problem>,
    /// The file.
    pub config_file: Place,
    /// True if the file is there.
    pub is_found: bool,
    /// The folder of the logs. It may have to be made: [`paths::prepare_log_dir`].
    pub log_dir: Place,
}

/// Finds and reads the configuration. Without a file the defaults hold.
///
/// # Errors
///
/// When the file is there and cannot be read. What it holds is never an error.
pub fn load(global: &Global) -> anyhow::Result<Loaded> {
    let place = paths::config_file(global.config.as_deref());
    let config_file::Loaded { config, mut problems, is_found } = config_file::load(&place.path)?;
    if !is_found && place.reason == Reason::CommandLine {
        let message = format!(
            "there is no such file: correct --config, or write one with \"netlog config init\"; until then all defaults are used: {}",
            place.path.display()
        );
        problems.push(Problem::of_file(message));
    }
    let log_dir = paths::log_dir(global.log_dir.as_deref(), &config.log_dir);
    Ok(Loaded { config, problems, config_file: place, is_found, log_dir })
}
