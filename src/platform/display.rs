//! The display server that a window is opened on: whether one answers, and that a dead one does not hide another.

#[cfg(target_os = "linux")]
mod linux;

use std::fmt;

/// Reasons why no window can be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoDisplay {
    /// This session names no display server.
    NotNamed,
    /// Those that it names do not answer; the variables that name them, as `NAME=value`.
    Silent(Vec<String>),
}

impl fmt::Display for NoDisplay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNamed => f.write_str("there is no display, so there is no window"),
            Self::Silent(named) => write!(f, "no display answers ({}), so there is no window", named.join(", ")),
        }
    }
}

impl std::error::Error for NoDisplay {}

/// Makes sure that the display server which a window is opened on answers.
///
/// The window's library takes Wayland wherever it is named, also where X11 alone works. So where what is named for
/// Wayland does not answer and something else does, this program begins again in the same process without those names.
///
/// # Errors
///
/// If no display server answers.
#[cfg(target_os = "linux")]
pub fn prepare() -> Result<(), NoDisplay> {
    linux::prepare()
}

/// Makes sure that there is a display server, as there always is on this system.
///
/// # Errors
///
/// None on this system.
#[cfg(not(target_os = "linux"))]
pub fn prepare() -> Result<(), NoDisplay> {
    Ok(())
}
