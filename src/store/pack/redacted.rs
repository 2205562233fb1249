//! Lines as they go into a pack: as they are, or without what identifies somebody and bound to each other anew.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use ring::{
    digest::{SHA256, digest},
    hmac,
};

use super::rows::MAX_LINE;
use crate::{
    codec::{
        chain_head_json::hex,
        netlog_csv::{self, Link},
        redact::Redactor,
    },
    model::time::Timestamp,
    store::key::Key,
};

/// Seed that all salts of a redacted pack are made of. Whoever has it, and the original rows, can see that they are
/// those that were redacted; without it nobody can find them by trying.
#[derive(Debug, Clone)]
pub(super) struct Seed(Vec<u8>);

impl Seed {
    /// The seed of the pack of this time. Only the owner of the key can make it, and always can.
    pub(super) fn new(key: &Key, made: Timestamp) -> Self {
        let message = format!("network-logging salts 1\n{}\n", made.timestamp_millis());
        Self(digest(&SHA256, &key.sign(message.as_bytes())).as_ref().to_vec())
    }

    /// Returns the SHA-256 of the seed, which stands in the manifest, 64 digits.
    pub(super) fn sha256(&self) -> String {
        hex(digest(&SHA256, &self.0).as_ref())
    }

    fn salt(&self, of: &str) -> [u8; 32] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), of.as_bytes());
        // SHA-256 has as many.
        tag.as_ref().first_chunk().copied().unwrap_or_default()
    }

    /// The salt of a whole file.
    pub(super) fn file_salt(&self, name: &str) -> [u8; 32] {
        self.salt(&format!("file\n{name}"))
    }

    /// The salt of one line.
    pub(super) fn line_salt(&self, name: &str, number: u64) -> [u8; 32] {
        self.salt(&format!("line\n{name}\n{number}"))
    }

    /// Returns the key that makes a file's tag of its bytes.
    pub(super) fn of_file(&self, name: &str) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.file_salt(name))
    }

    /// Returns the tag that a line of a file can be recognised by, 64 digits.
    pub(super) fn of_line(&self, name: &str, number: u64, line: &[u8]) -> String {
        let salt = hmac::Key::new(hmac::HMAC_SHA256, &self.line_salt(name, number));
        hex(hmac::sign(&salt, line.trim_ascii_end()).as_ref())
    }
}

/// Takes lines of a log one after another.
pub(super) struct Rewriter<'a> {
    redactor: Option<&'a mut Redactor>,
    /// The hash of the last row as it goes out.
    last: Link,
    /// The same as it came in.
    came: Option<Link>,
}

impl<'a> Rewriter<'a> {
    /// The first row that comes is to follow `last`.
    pub(super) fn new(redactor: Option<&'a mut Redactor>, last: Link) -> Self {
        Self { redactor, last, came: None }
    }

    /// The hash of the last row.
    pub(super) fn last(&self) -> Link {
        self.last
    }

    pub(super) fn line<'l>(&mut self, line: &'l [u8]) -> Cow<'l, [u8]> {
        let parts = netlog_csv::split(line.trim_ascii_end());
        let Some(redactor) = &mut self.redactor else {
            self.last = parts.map_or(self.last, |(_, link)| link);
            return Cow::Borrowed(line);
        };
        let Some((body, link)) = parts else {
            return Cow::Owned(redactor.text(&String::from_utf8_lossy(line)).into_bytes());
        };
        // What did not follow before is not to follow now.
        let follows = self.came.is_none_or(|came| came.after(body) == link);
        let before = if follows { self.last } else { self.last.after(b"another row") };
        let (line, new) = netlog_csv::chain(&redactor.text(&String::from_utf8_lossy(body)), before);
        (self.last, self.came) = (new, Some(link));
        Cow::Owned(line.into_bytes())
    }
}

/// Redacts a text that is written to it, line by line.
pub(super) struct Redacting<'a> {
    redactor: &'a mut Redactor,
    out: &'a mut dyn Write,
    line: Vec<u8>,
}

impl<'a> Redacting<'a> {
    pub(super) fn new(redactor: &'a mut Redactor, out: &'a mut dyn Write) -> Self {
        Self { redactor, out, line: Vec::new() }
    }

    /// Writes what is left.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let end = self.line.len();
        self.give(end)
    }

    fn give(&mut self, n: usize) -> io::Result<()> {
        let rest = self.line.split_off(n.min(self.line.len()));
        let text = self.redactor.text(&String::from_utf8_lossy(&self.line));
        self.line = rest;
        self.out.write_all(text.as_bytes())
    }
}

impl Write for Redacting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend(part);
            if part.ends_with(b"\n") {
                self.give(usize::MAX)?;
            } else if self.line.len() > MAX_LINE {
                // Nothing that is looked for goes over a blank or a mark like these.
                let is_mark = |byte: &u8| matches!(byte, b' ' | b',' | b';' | b'>' | b'"');
                let at = self.line.iter().rposition(is_mark).map_or(usize::MAX, |at| at + 1);
                self.give(at)?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
