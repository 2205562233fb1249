//! Parts of a line.

use std::fmt::Write as _;

/// `text` without what would begin a new line or column.
pub(super) fn one_word(text: &str) -> String {
    let kept = |c: char| if c.is_whitespace() || c.is_control() { '_' } else { c };
    match text.trim() {
        "" => "localhost".into(),
        text => text.chars().map(kept).collect(),
    }
}

/// Appends; writing to a `String` cannot fail.
pub(super) fn add(text: &mut String, what: std::fmt::Arguments<'_>) {
    let written = text.write_fmt(what);
    debug_assert!(written.is_ok(), "memory takes every text");
}
