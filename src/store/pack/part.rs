//! Files of a pack that do not come from the log folder as they are.

use std::io::{self, Write as _};

use super::writer::Filling;
use crate::codec::redact::Redactor;

/// A file that does not come from the log folder.
pub struct Part<'a> {
    /// Name of the part in the pack, with `/` between folders.
    pub name: String,
    /// Content of the part.
    pub content: Content<'a>,
}

/// Function that writes the lines of a file into the pack that is being made.
pub type Writes<'a> = Box<dyn FnMut(&mut Lines<'_, '_>) -> io::Result<()> + 'a>;

/// Content of a part.
pub enum Content<'a> {
    /// A text, which is redacted if that is asked for.
    Text(Vec<u8>),
    /// A text of which a part is left out already, and the original that the pack commits to.
    Shortened {
        /// The text with all of it.
        original: Vec<u8>,
        /// The text as it is told, before it is redacted.
        shown: Vec<u8>,
    },
    /// About so many bytes that are written line by line; who writes them redacts them, if that is asked for.
    Lines(u64, Writes<'a>),
    /// Bytes that go in as they are: whoever made them has redacted them.
    Finished(Vec<u8>),
}

/// Takes the lines of a part.
pub struct Lines<'l, 'f> {
    out: &'l mut Filling<'f>,
    redactor: Option<&'l mut Redactor>,
    pub(super) found: Vec<String>,
}

impl<'l, 'f> Lines<'l, 'f> {
    pub(super) fn new(out: &'l mut Filling<'f>, redactor: Option<&'l mut Redactor>) -> Self {
        Self { out, redactor, found: Vec::new() }
    }

    /// A text without what identifies somebody; `None` when nothing is taken out of this pack.
    pub fn redacted(&mut self, text: &str) -> Option<String> {
        self.redactor.as_mut().map(|redactor| redactor.text(text))
    }

    /// Writes a line as it is to be read.
    ///
    /// # Errors
    ///
    /// When the pack cannot be written.
    pub fn write(&mut self, line: &str) -> io::Result<()> {
        self.out.write_all(line.as_bytes())
    }

    /// Notes the same line as it was. Each line that was written from a redacted text has one.
    pub fn original(&mut self, line: &str) {
        self.out.original(line.as_bytes());
    }

    /// Has the pack tell that something is missing here.
    pub fn find(&mut self, what: String) {
        self.found.push(what);
    }
}
