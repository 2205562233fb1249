//! Warnings that stand until their cause is gone: conditions of this installation that somebody has to repair.

use std::{mem::discriminant, path::PathBuf};

use super::ViewModel;

/// A warning that stands. There is at most one of each kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The settings file is not used, in whole or in part.
    Config {
        /// The file.
        file: PathBuf,
        /// Faults of the file, first those that are wrong, each in the order of its lines; at least one is wrong.
        faults: Vec<ConfigFault>,
    },
}

/// A fault of the settings file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigFault {
    /// The key; `None` for a fault of the file as a whole.
    pub(crate) key: Option<String>,
    /// Place, fault and remedy in English, without the key.
    pub(crate) message: String,
    /// The value that is used in place of a wrong one, as it is written in the file.
    pub(crate) default: Option<String>,
    /// A value, or the whole file, is not used; otherwise the settings are what the file says.
    pub(crate) is_wrong: bool,
}

impl ViewModel {
    /// Adds a warning, in place of an earlier one of its kind.
    pub(crate) fn stand(&mut self, warning: Standing) {
        match self.standing.iter_mut().find(|known| discriminant(*known) == discriminant(&warning)) {
            Some(known) => *known = warning,
            None => self.standing.push(warning),
        }
    }

    /// Removes the warnings whose cause is gone.
    pub(crate) fn lift(&mut self, is_gone: impl Fn(&Standing) -> bool) {
        self.standing.retain(|warning| !is_gone(warning));
    }
}
