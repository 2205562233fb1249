//! Options of the window.

use std::path::PathBuf;

use super::jobs::graphics::Renderer;
use crate::model::time::Moment;

/// Options to open the window with.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// The configuration named on the command line.
    pub config: Option<PathBuf>,
    /// The log folder named on the command line.
    pub log_dir: Option<PathBuf>,
    /// Show a made-up line with so many days behind it.
    pub demo_days: Option<u32>,
    /// The renderer asked for.
    pub renderer: Option<Renderer>,
    /// The moment it is and stays, for pictures that are compared; `None` for the clock of this computer.
    pub stands_at: Option<Moment>,
    /// Begin to monitor at once.
    pub monitors: bool,
}
