//! Public keys that verify signatures (Ed25519, RFC 8032): in hexadecimal, as PEM (RFC 7468, RFC 8410), and the
//! fingerprint by which people compare them.

use ring::digest::{SHA256, digest};

use super::chain_head_json::hex;

/// Length of a key in bytes.
const LEN: usize = 32;
/// Bytes that stand before the key in its DER form: a sequence of the algorithm 1.3.101.112 and a string of bits.
const DER: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The key as other programs read it, the last line closed.
pub fn pem(key: &[u8]) -> String {
    format!("{BEGIN}\n{}\n{END}\n", base64(&der(key)))
}

/// Returns the fingerprint, which people compare: the SHA-256 of the key in its DER form, 64 digits, as
/// `openssl pkey -pubin -in public_key.pem -outform DER | sha256sum` prints it.
pub fn fingerprint(key: &[u8]) -> String {
    hex(digest(&SHA256, &der(key)).as_ref())
}

/// Which key somebody means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// The key itself.
    Key(Vec<u8>),
    /// 64 digits: its fingerprint, or the key.
    Digits(String),
}

impl Named {
    /// Reads a PEM, or 64 hexadecimal digits, between which blanks and colons may stand, wherever in the text; `None`
    /// when there is neither.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some((_, rest)) = text.split_once(BEGIN) {
            let body: String = rest.split_once(END)?.0.split_whitespace().collect();
            let der = unbase64(&body)?;
            return der.strip_prefix(DER.as_slice()).filter(|key| key.len() == LEN).map(|key| Self::Key(key.to_vec()));
        }
        let joined: String = text.chars().filter(|c| !c.is_whitespace() && *c != ':').collect();
        let is_digits = |text: &str| text.len() == 2 * LEN && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        let found = std::iter::once(joined.as_str()).chain(words).find(|word| is_digits(word));
        found.map(|digits| Self::Digits(digits.to_ascii_lowercase()))
    }

    /// True if this key is meant.
    pub fn is(&self, key: &[u8]) -> bool {
        match self {
            Self::Key(named) => named == key,
            Self::Digits(digits) => *digits == fingerprint(key) || *digits == hex(key),
        }
    }
}

fn der(key: &[u8]) -> Vec<u8> {
    [&DER, key].concat()
}

pub(super) fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |idx: usize| u32::from(chunk.get(idx).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for (idx, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = DIGITS.get((bits >> shift & 63) as usize).copied().map_or('=', char::from);
            text.push(if idx > chunk.len() { '=' } else { digit });
        }
    }
    text
}

fn unbase64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let (mut bytes, mut bits, mut n_bits) = (Vec::new(), 0_u32, 0);
    for digit in digits.bytes().take(1024) {
        let value = DIGITS.iter().position(|known| *known == digit)?;
        bits = (bits << 6 | u32::try_from(value).ok()?) & 0xffff;
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push((bits >> n_bits & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 8410, section 10.1.
    const RFC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

    #[test]
    fn a_key_is_spelled_as_the_standard_spells_it() {
        let Some(Named::Key(key)) = Named::parse(RFC) else { panic!("no key") };
        assert_eq!("19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1", hex(&key));
        assert_eq!(RFC, pem(&key));
        // By another program: openssl pkey -pubin -outform DER | sha256sum
        assert_eq!("a1e9156054e04fac899ae9f275132cdc07a5dbc4ea2c2ad3a1ffc6e0d253681f", fingerprint(&key));
    }

    #[test]
    fn a_key_can_be_named_in_several_ways() {
        let key: Vec<u8> = (0..32).collect();
        let spaced = fingerprint(&key)
            .as_bytes()
            .chunks(2)
            .map(|pair| str::from_utf8(pair).unwrap())
            .collect::<Vec<_>>()
            .join(":");
        for text in [
            pem(&key),
            fingerprint(&key),
            hex(&key),
            spaced.to_uppercase(),
            format!("Fingerprint: {}\n", fingerprint(&key)),
        ] {
            assert!(Named::parse(&text).unwrap().is(&key), "{text}");
            assert!(!Named::parse(&text).unwrap().is(&[7; 32]), "{text}");
        }
        for text in ["", "key", "00ff", &RFC[..60], &RFC.replace("MCow", "MCox")] {
            assert_eq!(None, Named::parse(text), "{text}");
        }
    }
}
