//! The command line: one file a subcommand.

pub mod config;
pub mod global;

use std::path::PathBuf;

/// Options of every subcommand.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Global {
    /// Configuration to use. Without it: config.json in the working directory, else this user's own
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the logs. Without it: the one the configuration names, else this user's own
    #[arg(long, global = true, value_name = "DIR")]
    pub log_dir: Option<PathBuf>,
}
