//! The smaller files of a log folder.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write as _},
    path::Path,
};

use super::{
    error::{StoreError, context},
    names,
};
use crate::model::time::Timestamp;

/// Files of one second that can be told apart.
const MAX_A_SECOND: usize = 100;

/// Writes `tcp_probe_<time>.json` into the folder, which must be there, and tells its name.
///
/// # Errors
///
/// When the system does not allow it.
pub fn write_tcp_probe(log_dir: &Path, at: Timestamp, json: &str) -> Result<String, StoreError> {
    let stamp = names::stamp(at);
    for number in 1..=MAX_A_SECOND {
        let name =
            if number == 1 { format!("tcp_probe_{stamp}.json") } else { format!("tcp_probe_{stamp}_{number}.json") };
        let path = log_dir.join(&name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                let written = file.write_all(json.as_bytes()).and_then(|()| file.sync_all());
                if written.is_err() {
                    // Half a file is none. The first failure is the one to tell.
                    fs::remove_file(&path).ok();
                }
                return written.map(|()| name).map_err(context("write", &path));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(context("make", &path)(error)),
        }
    }
    Err(context("find another name for", &log_dir.join(format!("tcp_probe_{stamp}.json")))(
        ErrorKind::AlreadyExists.into(),
    ))
}
