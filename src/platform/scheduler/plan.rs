//! Steps of installing and removing: files, a block in the crontab, and programs to start. Plain data.

use std::path::{Path, PathBuf};

use super::Manager;

/// Everything that will be done, and nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Files to write.
    pub files: Vec<PlannedFile>,
    /// Lines to be in this user's crontab.
    pub crontab: Option<String>,
    /// Programs to start then, in this order, with their arguments.
    pub commands: Vec<Vec<String>>,
    /// True if the plan takes the administrator's permission.
    pub needs_admin: bool,
}

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Path of the file.
    pub path: PathBuf,
    /// Content of the file.
    pub text: String,
    /// Encoding of the content on the disk.
    pub encoding: Encoding,
    /// True if the file only hands something over and is removed when the programs have run.
    pub is_passing: bool,
}

/// Encoding of a text on the disk.
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

    /// Returns the bytes that stand on the disk.
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

/// A name that no account has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no account is called {0:?}: give the name, or the number, that the system knows it by")]
pub struct BadAccount(pub String);

/// Refuses what can be no name of an account where this scheduler runs, so that it cannot pass for anything else in
/// what is installed.
///
/// # Errors
///
/// If it can be none.
pub fn check_account(manager: Manager, name: &str) -> Result<(), BadAccount> {
    /// Longer ones are known to no system: Windows has 15 characters for the domain, or 255 in its long form.
    const LONGEST: usize = 280;
    // A name with its domain is DOMAIN\name, name@domain or DOMAIN+name; that of a computer ends with a dollar sign.
    let is_part = |c: char| {
        c.is_alphanumeric() || "_.-@+\\$".contains(c) || (manager == Manager::Tasks && " '()!#%&{}~^`".contains(c))
    };
    let begins = |c: char| c.is_alphanumeric() || "_.".contains(c);
    let is_name = name.len() <= LONGEST
        && name.chars().all(is_part)
        && name.starts_with(begins)
        // A backslash at the end of a line would join it with the next one.
        && !name.ends_with(['\\', ' '])
        && !name.chars().all(|c| c == '.');
    if is_name { Ok(()) } else { Err(BadAccount(name.to_owned())) }
}

/// The path as text.
pub(super) fn text(path: &Path) -> Result<&str, BadPath> {
    path.to_str().filter(|text| !text.chars().any(char::is_control)).ok_or_else(|| BadPath(path.to_owned()))
}

/// A program and its arguments.
pub(super) fn command(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_of_an_account_is_refused() {
        for name in ["me", "jürgen", "1000", "_netlog", "EXAMPLE\\anna", "anna@example.org", "PC7$", "a.b-c"] {
            for manager in Manager::ALL {
                assert_eq!(Ok(()), check_account(manager, name), "{name}");
            }
        }
        for name in [
            "",
            "me\nExecStartPre=/bin/touch /owned",
            "me\r",
            "me\t",
            "me\0",
            "me\u{2028}x",
            "me\u{85}x",
            "me\u{202e}x",
            "-u",
            "me/../x",
            "me:x",
            "me;x",
            "me\"",
            "me\\",
            "<me>",
            ".",
            "..",
            "me\u{a0}x",
            "me=x",
            "me\u{1b}[0m",
            &"m".repeat(300),
        ] {
            for manager in Manager::ALL {
                assert_eq!(Err(BadAccount(name.to_owned())), check_account(manager, name), "{name:?}");
            }
        }
        for name in ["me you", "%h", "me%n", "$HOME x", "me #x", "me'x"] {
            assert!(check_account(Manager::Systemd, name).is_err(), "{name}");
        }
        assert_eq!(Ok(()), check_account(Manager::Tasks, "RECHNER\\Anna O'Neill (home)"));
        assert!(check_account(Manager::Tasks, "anna ").is_err());
    }
}
