//! Rows bound to each other, so that one that was changed, removed or inserted later is found.
//!
//! The last column of a row is a hash (SHA-256, its first 128 bits in hexadecimal) of the row before's and of the
//! [`Digest`] of all the row itself says. It proves that nothing was changed since it was written by somebody who did
//! not reckon all that follows anew; that, the signed head of the log shows ([`crate::codec::chain_head_json`]).
//!
//! Because a link is made of the digest of a row and not of its text, rows that are nobody's business can be left out
//! and their digests given in their place: the links still follow.

use std::fmt;

use ring::digest::{SHA256, digest};

/// The hash of a row, which the next row builds on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link([u8; BYTES]);

const BYTES: usize = 16;

impl Link {
    /// Link on which the first row of all builds.
    pub const START: Self = Self([0; BYTES]);

    /// The link of a row with this `body`, which is all of its line before the last column.
    #[must_use]
    pub fn after(self, body: &[u8]) -> Self {
        self.after_digest(Digest::of(body))
    }

    /// The link of a row of which no more than this is known.
    #[must_use]
    pub fn after_digest(self, row: Digest) -> Self {
        Self(short_hash(&[self.0, row.0].concat()))
    }

    /// Reads 32 digits in lower case, as [`fmt::Display`] writes them; `None` for anything else.
    pub fn parse(text: &[u8]) -> Option<Self> {
        parse(text).map(Self)
    }
}

/// Hash of the body of a row, which stands for the row in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; BYTES]);

impl Digest {
    /// The digest of a row with this `body`, which is all of its line before the last column.
    pub fn of(body: &[u8]) -> Self {
        Self(short_hash(body))
    }

    /// Reads 32 digits in lower case, as [`fmt::Display`] writes them; `None` for anything else.
    pub fn parse(text: &[u8]) -> Option<Self> {
        parse(text).map(Self)
    }
}

fn short_hash(bytes: &[u8]) -> [u8; BYTES] {
    digest(&SHA256, bytes).as_ref().first_chunk().copied().unwrap_or_default()
}

fn parse(text: &[u8]) -> Option<[u8; BYTES]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = text.as_chunks::<2>() else { return None };
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[a, b]| Some(digit(*a)? << 4 | digit(*b)?)).collect();
    bytes?.try_into().ok()
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Link(self.0).fmt(f)
    }
}

/// Fills the last column of a line that [`super::render`] made: the row follows `before`.
pub fn chain(line: &str, before: Link) -> (String, Link) {
    let body = line.trim_end_matches(['\r', '\n']);
    let link = before.after(body.as_bytes());
    (format!("{body}{link}\r\n"), link)
}

/// The two parts of a chained row's line, without its end: what is hashed, and the hash. `None` when it has none.
pub fn split(line: &[u8]) -> Option<(&[u8], Link)> {
    let at = memchr::memrchr(b',', line)? + 1;
    Some((line.get(..at)?, Link::parse(line.get(at..)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chained_line_is_the_line_with_its_hash() {
        let (line, link) = chain("a,b,\r\n", Link::START);
        assert_eq!(format!("a,b,{link}\r\n"), line);
        assert_eq!(Some((b"a,b,".as_slice(), link)), split(line.trim_end().as_bytes()));
        assert_eq!(Some(link), Link::parse(link.to_string().as_bytes()));
        // By another program: (head -c 16 /dev/zero; printf 'a,b,' | sha256sum | head -c 32 | xxd -r -p) | sha256sum
        assert_eq!("4c4864c253bb78e13ba51597461e08f6", link.to_string());
        assert_eq!(link, Link::START.after_digest(Digest::of(b"a,b,")));
        assert_eq!(Some(Digest::of(b"x")), Digest::parse(Digest::of(b"x").to_string().as_bytes()));
        assert_ne!(link, chain("a,b,\r\n", link).1);
    }

    #[test]
    fn anything_else_is_no_link() {
        for text in ["", "00", "g0000000000000000000000000000000", "ABCDEF00000000000000000000000000"] {
            assert_eq!(None, Link::parse(text.as_bytes()), "{text}");
        }
        assert_eq!(None, split(b"a,b,"));
        assert_eq!(None, split(b""));
    }
}
