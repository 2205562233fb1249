//! Heads of logs kept beside the signing key, one file for each log folder.
//!
//! The head in a log folder can be replaced together with the log. This copy cannot be replaced by somebody who can
//! write to the log folder alone, so it shows that a log was rolled back or that a signature was removed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use ring::digest::{SHA256, digest};

use super::key;
use crate::{
    codec::{
        chain_head_json::{Signed, hex},
        kept_heads_json,
        netlog_csv::Link,
    },
    platform::files,
};

pub use crate::codec::kept_heads_json::KeptHead;

/// Folder of these files below the data folder of the user.
const FOLDER: &str = "heads";
/// Logs of one folder that are remembered.
const MOST: usize = 8;

/// The kept heads of one log folder.
#[derive(Debug, Clone)]
pub struct Kept {
    file: PathBuf,
    log_dir: String,
    heads: Vec<KeptHead>,
}

impl Kept {
    /// Reads the heads that are kept in `data_dir` for the logs of `log_dir`. A file that is missing or cannot be read
    /// holds none; a head without a valid signature does not count.
    pub fn of(data_dir: &Path, log_dir: &Path) -> Self {
        let log_dir = fs::canonicalize(log_dir).unwrap_or_else(|_not_there| log_dir.to_owned());
        let log_dir = log_dir.to_string_lossy().into_owned();
        let name = hex(digest(&SHA256, log_dir.as_bytes()).as_ref()).chars().take(16).collect::<String>();
        let file = data_dir.join(FOLDER).join(format!("{name}.json"));
        let mut heads = fs::read_to_string(&file).map(|text| kept_heads_json::parse(&text)).unwrap_or_default();
        heads.retain(|kept| signer(&kept.signed).is_some());
        Self { file, log_dir, heads }
    }

    /// The heads, the latest first.
    pub fn heads(&self) -> &[KeptHead] {
        &self.heads
    }

    /// The key that signed the latest head; `None` when none is kept.
    pub fn public_key(&self) -> Option<&[u8]> {
        signer(&self.heads.first()?.signed)
    }

    /// Keeps the head of the log that begins with the row of hash `first`: beside the others, or in their place.
    pub(super) fn keep(&mut self, first: Link, signed: Signed, is_only: bool) -> io::Result<()> {
        self.heads.retain(|kept| !is_only && kept.first != first);
        self.heads.insert(0, KeptHead { first, signed });
        self.heads.truncate(MOST);
        self.save()
    }

    fn save(&self) -> io::Result<()> {
        if let Some(folder) = self.file.parent() {
            files::make_dir(folder)?;
        }
        files::replace(&self.file, kept_heads_json::render(&self.log_dir, &self.heads).as_bytes())
    }
}

/// The key of a head that is validly signed.
pub(super) fn signer(signed: &Signed) -> Option<&[u8]> {
    let (public, signature) = signed.signature.as_ref()?;
    key::is_signed(&signed.head.message(), public, signature).then_some(public.as_slice())
}
