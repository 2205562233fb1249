//! The key that signs (Ed25519, RFC 8032). It is made at the first start and never leaves this computer.

use std::{io, path::PathBuf};

use ring::{
    rand::SystemRandom,
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};

use crate::model::proof::KeyFault;

/// A key that signs.
#[derive(Debug)]
pub struct Key(Ed25519KeyPair);

impl Key {
    /// A new key as it stands in its file (PKCS #8); `None` when the system gives no random numbers.
    pub fn make() -> Option<Vec<u8>> {
        Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).ok().map(|document| document.as_ref().to_vec())
    }

    /// Reads the content of such a file; `None` when it is none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        Ed25519KeyPair::from_pkcs8(bytes).ok().map(Self)
    }

    /// Returns the public key, which verifies its signatures.
    pub fn public(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }

    /// Signs `message`.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}

/// Reason why nothing can be signed.
#[derive(Debug, thiserror::Error)]
pub enum NoKey {
    /// The user has no folder for it.
    #[error("this user has no home folder, and there the signing key belongs")]
    NoHome,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers to make a signing key of")]
    NoRandom,
    /// The file cannot be read, or not be made.
    #[error("the signing key cannot be read or made ({source}): {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
    /// The file holds no key.
    #[error("the signing key is damaged: {}", .0.display())]
    Damaged(PathBuf),
}

impl NoKey {
    /// Remedy, as the end of a sentence.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NoHome => "give this user a home folder",
            Self::NoRandom => "start again later",
            Self::Unreadable { .. } => {
                "let this user read and write that folder and file, and make room on the disk; or move away what has the name of the key, and the next start makes a new one"
            }
            Self::Damaged(_) => {
                "put a copy of the key back, or move the damaged file away, and the next start makes a new key"
            }
        }
    }

    /// The kind of fault.
    pub fn fault(&self) -> KeyFault {
        match self {
            Self::NoHome => KeyFault::NoHome,
            Self::NoRandom => KeyFault::NoRandom,
            Self::Unreadable { .. } => KeyFault::Unreadable,
            Self::Damaged(_) => KeyFault::Damaged,
        }
    }

    /// Error of the system; empty when there is none.
    pub fn detail(&self) -> String {
        match self {
            Self::Unreadable { source, .. } => source.to_string(),
            Self::NoHome | Self::NoRandom | Self::Damaged(_) => String::new(),
        }
    }

    /// Warning about the log, with the remedy.
    pub fn warning(&self) -> String {
        format!("rows are not signed, so nobody can prove that they were not changed: {self}; {}", self.remedy())
    }
}

/// True if the owner of the key signed this message.
pub fn is_signed(message: &[u8], public: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public).verify(message, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_signed_is_signed() {
        let key = Key::read(&Key::make().unwrap()).unwrap();
        let (public, signature) = (key.public(), key.sign(b"message"));
        assert!(is_signed(b"message", &public, &signature));
        assert!(!is_signed(b"messagf", &public, &signature));
        assert!(!is_signed(b"message", &public, &signature[1..]));
        let other = Key::read(&Key::make().unwrap()).unwrap();
        assert!(!is_signed(b"message", &other.public(), &signature));
        assert!(Key::read(b"no key").is_none());
    }
}
