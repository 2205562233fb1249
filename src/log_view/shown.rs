//! Look of the bytes of a line: text that can be drawn, whatever they are.

/// Columns between tab stops.
const TAB: usize = 8;

/// Stands for what has no look of its own.
pub const REPLACED: char = '\u{fffd}';

/// Part of a line as text, and where in its bytes each character is.
///
/// Tabs are spaces up to the next multiple of eight. Bytes that are no UTF-8, control characters (escape sequences for
/// terminals among them) and characters that change the direction of others are [`REPLACED`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    text: String,
    /// Position in the bytes at which each character begins, and the end; `None` when every byte is a character.
    offsets: Option<Vec<usize>>,
}

impl Shown {
    /// The look of these bytes.
    pub fn new(bytes: &[u8]) -> Self {
        if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            return Self { text: String::from_utf8_lossy(bytes).into_owned(), offsets: None };
        }
        let (mut text, mut offsets, mut at) = (String::with_capacity(bytes.len()), Vec::new(), 0);
        for chunk in bytes.utf8_chunks() {
            for character in chunk.valid().chars() {
                if character == '\t' {
                    let width = TAB - offsets.len() % TAB;
                    text.extend(std::iter::repeat_n(' ', width));
                    offsets.extend(std::iter::repeat_n(at, width));
                } else {
                    text.push(if has_look(character) { character } else { REPLACED });
                    offsets.push(at);
                }
                at += character.len_utf8();
            }
            if !chunk.invalid().is_empty() {
                text.push(REPLACED);
                offsets.push(at);
                at += chunk.invalid().len();
            }
        }
        offsets.push(at);
        Self { text, offsets: Some(offsets) }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Characters of the text.
    pub fn n_chars(&self) -> usize {
        self.offsets.as_ref().map_or(self.text.len(), |offsets| offsets.len().saturating_sub(1))
    }

    /// Returns the position in the bytes at which the character number `idx` begins; their end when there are not so
    /// many.
    pub fn byte_of(&self, idx: usize) -> usize {
        match &self.offsets {
            None => idx.min(self.text.len()),
            Some(offsets) => offsets.get(idx).or(offsets.last()).copied().unwrap_or(0),
        }
    }

    /// The number of the character that begins at `byte` or is there; all characters when that is the end.
    pub fn char_of(&self, byte: usize) -> usize {
        match &self.offsets {
            None => byte.min(self.text.len()),
            // The spaces of a tab share their byte: the first of them counts.
            Some(offsets) => offsets.partition_point(|offset| *offset < byte).min(self.n_chars()),
        }
    }

    /// The characters from number `first` up to `end`.
    pub fn part(&self, first: usize, end: usize) -> &str {
        let byte = |idx: usize| match &self.offsets {
            None => idx.min(self.text.len()),
            Some(_) => self.text.char_indices().nth(idx).map_or(self.text.len(), |(at, _)| at),
        };
        self.text.get(byte(first)..byte(end.max(first))).unwrap_or_default()
    }
}

fn has_look(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn everything_can_be_drawn() {
        for (text, bytes) in [
            ("plain", &b"plain"[..]),
            ("b\u{fc}ro", "b\u{fc}ro".as_bytes()),
            ("a       b", b"a\tb"),
            ("12345678        x", b"12345678\tx"),
            ("\u{fffd}[31mred\u{fffd}[0m", b"\x1b[31mred\x1b[0m"),
            ("a\u{fffd}\u{fffd}b", b"a\xff\xc3b"),
            ("\u{fffd}evil", "\u{202e}evil".as_bytes()),
            ("a\u{fffd}b", b"a\0b"),
            ("", b""),
        ] {
            assert_eq!(text, Shown::new(bytes).text());
        }
    }

    #[test]
    fn a_character_is_found_by_its_byte_and_back() {
        let shown = Shown::new("\u{e4}\tb\u{fc}".as_bytes());
        assert_eq!([0, 2, 2, 3, 4], [0, 1, 7, 8, 9].map(|idx| shown.byte_of(idx)));
        assert_eq!(6, shown.byte_of(99));
        assert_eq!([0, 1, 8, 9], [0, 2, 3, 4].map(|byte| shown.char_of(byte)));
        assert_eq!(shown.n_chars(), shown.char_of(6));
        assert_eq!("b\u{fc}", shown.part(8, 99));
        assert_eq!("", shown.part(3, 2));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in any::<Vec<u8>>()) {
            let shown = Shown::new(&bytes);
            prop_assert_eq!(shown.text().chars().count(), shown.n_chars());
            prop_assert!(shown.text().chars().all(has_look));
            prop_assert_eq!(bytes.len(), shown.byte_of(shown.n_chars()));
            for idx in 0..shown.n_chars() {
                prop_assert!(shown.char_of(shown.byte_of(idx)) <= idx);
            }
        }
    }
}
