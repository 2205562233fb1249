//! The program that a schedule starts.

use std::path::{Path, PathBuf};

use super::error::Error;
use crate::platform::paths;

/// The program `netlog`: this one, or for the window the one that lies beside it.
///
/// # Errors
///
/// When there is none, or the system does not say where this program is.
pub fn program() -> Result<PathBuf, Error> {
    let this = paths::lasting_program()?;
    if this.file_stem().is_some_and(|stem| stem == "netlog") {
        return Ok(this);
    }
    let beside = beside(&this);
    if beside.is_file() { Ok(beside) } else { Err(Error::NoProgram(beside)) }
}

fn beside(this: &Path) -> PathBuf {
    this.with_file_name(format!("netlog{}", std::env::consts::EXE_SUFFIX))
}
