//! The file of secrets, beside the configuration. Only its owner may read it.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::{
    codec::{
        chain_head_json::hex,
        secrets_json::{self, SecretsError},
    },
    model::secrets::Secrets,
    platform::files,
};

/// Name of the file.
pub const FILE_NAME: &str = "secrets.json";
/// A file beyond this size, in bytes, holds no secrets.
const MAX_SIZE: u64 = 1 << 20;
/// Random bytes of a token: 128 bits.
const TOKEN_BYTES: usize = 16;

/// Reason why secrets cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SecretsFileError {
    /// The system does not let it be read.
    #[error("the secrets cannot be read; check that it is a file and who may read it: {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
    /// Another account may read it.
    #[error("others may read the secrets; allow only yourself with: chmod 600 {}", .0.display())]
    Open(PathBuf),
    /// It holds something else.
    #[error("the secrets cannot be used: {}: {source}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Fault in it.
        source: SecretsError,
    },
    /// The system does not let it be written.
    #[error("the secrets cannot be written; allow it: {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers to make a token of; try again later")]
    NoRandom,
}

/// Returns the file of secrets that belongs to this configuration file.
pub fn path_for(config: &Path) -> PathBuf {
    config.with_file_name(FILE_NAME)
}

/// Reads the secrets. A missing file means that none is set.
///
/// # Errors
///
/// If the file cannot be read, another account may read it (Unix), or it holds something else.
pub fn load(path: &Path) -> Result<Secrets, SecretsFileError> {
    let failed = |source| SecretsFileError::Read { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Secrets::default()),
        Err(err) => return Err(failed(err)),
    };
    if files::is_open_to_others(&file).map_err(failed)? {
        return Err(SecretsFileError::Open(path.to_owned()));
    }
    let mut text = String::new();
    file.take(MAX_SIZE).read_to_string(&mut text).map_err(failed)?;
    secrets_json::parse(&text).map_err(|source| SecretsFileError::Content { path: path.to_owned(), source })
}

/// Writes the secrets, whole or not at all, so that only the owner may read them.
///
/// # Errors
///
/// If the system does not allow it.
pub fn save(path: &Path, secrets: &Secrets) -> Result<(), SecretsFileError> {
    let failed = |source| SecretsFileError::Write { path: path.to_owned(), source };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        files::make_dir(folder).map_err(failed)?;
    }
    files::replace(path, secrets_json::render(secrets).as_bytes()).map_err(failed)
}

/// Returns a new random token: 32 hexadecimal digits.
///
/// # Errors
///
/// If the system gives no random numbers.
pub fn new_token() -> Result<String, SecretsFileError> {
    let mut bytes = [0_u8; TOKEN_BYTES];
    SystemRandom::new().fill(&mut bytes).map_err(|_no_detail| SecretsFileError::NoRandom)?;
    Ok(hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_written_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = path_for(&folder.path().join("inner/config.json"));
        assert_eq!(Secrets::default(), load(&path).unwrap());
        let secrets = Secrets { api_token: new_token().unwrap(), ..Secrets::default() };
        save(&path, &secrets).unwrap();
        assert_eq!(secrets, load(&path).unwrap());
        let refused = SecretsFileError::Open(path).to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
    }

    #[test]
    fn tokens_have_128_bits_and_differ() {
        let (one, other) = (new_token().unwrap(), new_token().unwrap());
        assert!(one.len() == 32 && one.bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
        assert_ne!(one, other);
    }

    #[test]
    fn a_damaged_file_is_an_error_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        files::replace(&path, b"{").unwrap();
        let refused = load(&path).unwrap_err().to_string();
        assert!(refused.contains("secrets.json") && refused.contains("correct the file"), "{refused}");
        assert_eq!("{", std::fs::read_to_string(&path).unwrap());
    }
}
