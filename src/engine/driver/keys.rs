//! The key of this user, and the log that it signs.

use std::path::Path;

pub use crate::evidence::keys::{own_key, own_public_key, signing_key};
use crate::{
    evidence,
    model::time::Timestamp,
    store::{StoreError, key::NoKey, log::NetlogFile},
};

/// Opens the log of a folder for writing, and says what the user should know of it.
pub(super) fn open_log(dir: &Path, now: Timestamp) -> Result<(NetlogFile, Vec<String>), StoreError> {
    let key = signing_key();
    let mut told: Vec<String> = key.as_ref().err().map(NoKey::warning).into_iter().collect();
    let (log, repairs) = NetlogFile::open_kept(dir, now, key.ok(), evidence::kept(dir))?;
    told.extend(repairs.iter().map(ToString::to_string));
    Ok((log, told))
}
