//! The key that signs (Ed25519, RFC 8032). It is made at the first start and never leaves this computer.

use ring::{
    rand::SystemRandom,
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};

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

    /// What verifies its signatures.
    pub fn public(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }

    /// Signs `message`.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}

/// Whether the owner of the key signed this message.
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
