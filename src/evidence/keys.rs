//! The key of this user, and what is kept beside it.

use std::path::Path;

use crate::{
    platform::paths,
    store::{
        kept::Kept,
        key::{Key, NoKey},
    },
};

/// Name of the file with the key that signs.
const SIGNING_KEY: &str = "signing.key";

/// The public key of this user; `None` while there is no key, or it cannot be used.
pub fn own_public_key() -> Option<Vec<u8>> {
    own_key().ok().flatten()
}

/// The public key of this user; `None` while none was made.
///
/// # Errors
///
/// If there is no place for a key, or the one that is there cannot be used.
pub fn own_key() -> Result<Option<Vec<u8>>, NoKey> {
    Ok(read_key(|| None)?.map(|key| key.public()))
}

/// The key of this user, made when there is none yet.
///
/// # Errors
///
/// If there is no place for a key, or it cannot be read or made.
pub fn signing_key() -> Result<Key, NoKey> {
    read_key(Key::make)?.ok_or(NoKey::NoRandom)
}

fn read_key(make: fn() -> Option<Vec<u8>>) -> Result<Option<Key>, NoKey> {
    let path = paths::data_dir().ok_or(NoKey::NoHome)?.join(SIGNING_KEY);
    match paths::private_file(SIGNING_KEY, make) {
        Ok(bytes) => bytes.map(|bytes| Key::read(&bytes).ok_or(NoKey::Damaged(path))).transpose(),
        Err(source) => Err(NoKey::Unreadable { path, source }),
    }
}

/// The heads of the logs of a folder that are kept beside this user's key; `None` for a user without a home folder.
pub fn kept(log_dir: &Path) -> Option<Kept> {
    Some(Kept::of(&paths::data_dir()?, log_dir))
}
