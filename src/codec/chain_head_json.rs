//! The head of the chain of rows, signed: what the last row was, and when. Without it, rows could be taken from the end
//! of a log unseen.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{json_value::time, netlog_csv::Link};
use crate::model::time::Timestamp;

/// The last row of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The time of that row.
    pub at: Timestamp,
    /// The hash of the row before it, which is the last one if the writing came no further.
    pub before: Link,
    /// Hash of that row.
    pub link: Link,
    /// True if that row stands in the log. Before, it is announced.
    pub is_written: bool,
}

/// A head with the signature that it carries, if any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Head that the signature covers.
    pub head: Head,
    /// The key that verifies it (Ed25519, RFC 8032), and the signature.
    pub signature: Option<(Vec<u8>, Vec<u8>)>,
}

impl Head {
    /// The bytes that are signed.
    pub fn message(&self) -> Vec<u8> {
        format!("network-logging head 1\n{}\n{}\n{}\n{}\n", time(self.at), self.before, self.link, self.is_written)
            .into_bytes()
    }
}

/// One line of JSON, LF included.
pub fn render(signed: &Signed) -> String {
    let signature = signed.signature.as_ref();
    let value = json!({
        "at": time(signed.head.at),
        "before": signed.head.before.to_string(),
        "chain": signed.head.link.to_string(),
        "written": signed.head.is_written,
        "public_key": signature.map(|(key, _)| hex(key)),
        "signature": signature.map(|(_, signature)| hex(signature)),
    });
    format!("{value}\n")
}

/// Reads such a line; `None` when it is none.
pub fn parse(text: &str) -> Option<Signed> {
    let value: Value = serde_json::from_str(text).ok()?;
    let word = |key: &str| value.get(key)?.as_str();
    let link = |key| Link::parse(word(key)?.as_bytes());
    let head = Head {
        at: word("at")?.parse().ok()?,
        before: link("before")?,
        link: link("chain")?,
        is_written: value.get("written")?.as_bool()?,
    };
    let signature = match (word("public_key"), word("signature")) {
        (Some(key), Some(signature)) => Some((unhex(key)?, unhex(signature)?)),
        _ => None,
    };
    Some(Signed { head, signature })
}

/// Bytes as digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A text takes whatever comes.
        write!(text, "{byte:02x}").ok();
        text
    })
}

/// Digits in lower case as bytes; `None` when they are none.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let pair = |pair: &[u8; 2]| {
        let text = std::str::from_utf8(pair).ok().filter(|_| pair.iter().all(is_digit))?;
        u8::from_str_radix(text, 16).ok()
    };
    pairs.iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_reads_back_as_itself() {
        let at = "2026-11-22T11:31:44.872Z".parse().unwrap();
        let head = Head { at, before: Link::START, link: Link::START.after(b"x"), is_written: true };
        for signature in [None, Some((vec![1, 2, 255], vec![0, 16]))] {
            let signed = Signed { head, signature };
            assert_eq!(Some(signed.clone()), parse(&render(&signed)));
        }
        for text in ["", "{}", "[]", "{\"at\":\"x\",\"chain\":\"y\"}"] {
            assert_eq!(None, parse(text), "{text}");
        }
    }
}
