//! What installing and removing comes to: files, a block in the crontab, and programs to start. Plain data.

use std::path::{Path, PathBuf};

/// Everything that will be done, and nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Files to write.
    pub files: Vec<PlannedFile>,
    /// Lines to be in this user's crontab.
    pub crontab: Option<String>,
    /// Programs to start then, in this order, with their arguments.
    pub commands: Vec<Vec<String>>,
    /// Whether it takes the administrator's permission.
    pub needs_admin: bool,
}

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Where.
    pub path: PathBuf,
    /// What.
    pub text: String,
    /// How it is spelled on the disk.
    pub encoding: Encoding,
    /// Whether it only hands something over and is removed when the programs have run.
    pub is_passing: bool,
}

/// How a text is spelled on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16 with the lower byte first and a mark for it, as Windows' tools have it.
    Utf16,
}

impl PlannedFile {
    /// A file in UTF-8 that stays.
    pub(super) fn new(path: PathBuf, text: String) -> Self {
        Self { path, text, encoding: Encoding::Utf8, is_passing: false }
    }

    /// What stands on the disk.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self.encoding {
            Encoding::Utf8 => self.text.clone().into_bytes(),
            Encoding::Utf16 => {
                std::iter::once(0xfeff).chain(self.text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
            }
        }
    }
}

/// Folders of the account a schedule is installed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// The home folder.
    pub home: PathBuf,
    /// The folder of settings: `$XDG_CONFIG_HOME` on Linux.
    pub config: PathBuf,
}

/// A path that no format can carry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a schedule cannot name this path, for it has a line end or a character that is no text; use another: {}", .0.display())]
pub struct BadPath(pub PathBuf);

/// The path as text.
pub(super) fn text(path: &Path) -> Result<&str, BadPath> {
    path.to_str().filter(|text| !text.chars().any(char::is_control)).ok_or_else(|| BadPath(path.to_owned()))
}

/// A program and its arguments.
pub(super) fn command(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}
