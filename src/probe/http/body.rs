//! A page compared with the expected one as it comes in.

use std::io::{self, Read};

/// More of a page is never read.
const MAX_BODY: usize = 64 * 1024;
/// So many bytes of white space may surround the expected body.
const MAX_SPACE: u64 = 256;

/// Reads `page` as far as needed to tell whether it is `expected`, white space around either aside. The first bytes that
/// cannot be the expected ones decide, whatever comes of the rest.
///
/// # Errors
///
/// If the page breaks off while it still may be the expected one.
pub(super) fn is_expected(page: &mut impl Read, expected: &str) -> io::Result<bool> {
    let mut comparison = Comparison { expected: expected.trim().as_bytes(), n_same: 0 };
    let mut n_read = 0;
    let mut part = [0; 2048];
    while n_read <= MAX_BODY {
        let n_bytes = page.read(&mut part)?;
        if n_bytes == 0 {
            return Ok(comparison.is_complete());
        }
        n_read += n_bytes;
        if !comparison.allows(part.get(..n_bytes).unwrap_or_default()) {
            return Ok(false);
        }
    }
    Ok(false)
}

/// True if a page that is announced to be so many bytes long may be the expected one.
pub(super) fn is_plausible(length: u64, expected: &str) -> bool {
    let least = expected.trim().len() as u64;
    (least..=least + MAX_SPACE).contains(&length)
}

/// Comparison of the part that has come with the expected body.
struct Comparison<'a> {
    expected: &'a [u8],
    n_same: usize,
}

impl Comparison<'_> {
    /// Takes the next bytes; `false` when they cannot belong to the expected body.
    fn allows(&mut self, bytes: &[u8]) -> bool {
        bytes.iter().all(|byte| {
            let is_around = self.n_same == 0 || self.is_complete();
            if self.expected.get(self.n_same) == Some(byte) {
                self.n_same += 1;
                return true;
            }
            is_around && byte.is_ascii_whitespace()
        })
    }

    fn is_complete(&self) -> bool {
        self.n_same == self.expected.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Comes in single bytes and ends with an error.
    struct Torn(&'static [u8]);

    impl Read for Torn {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let (first, rest) = self.0.split_first().ok_or(io::ErrorKind::UnexpectedEof)?;
            into[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn whole(mut page: &[u8]) -> bool {
        is_expected(&mut page, " success ").unwrap()
    }

    #[test]
    fn white_space_around_the_expected_body_does_not_matter_and_anything_else_does() {
        assert!(whole(b"success") && whole(b"success\n") && whole(b"\r\n success\t\n"));
        for page in
            [&b""[..], b" ", b"succes", b"success!", b"successful login", b"success success", b"suc cess", b"<html>"]
        {
            assert!(!whole(page), "{page:?}");
        }
        assert!(!whole(&vec![b' '; 2 * MAX_BODY]));
        assert!(is_expected(&mut &b" \n"[..], "").unwrap(), "an empty page may be the expected one");
    }

    #[test]
    fn what_comes_after_the_first_difference_does_not_matter() {
        assert!(!is_expected(&mut Torn(b"<html>"), "success").unwrap());
        assert!(!is_expected(&mut Torn(b"success, you are"), "success").unwrap());
        assert!(!is_expected(&mut io::repeat(b'x'), "success").unwrap(), "a page without end");
        for may_be in [&b""[..], b" ", b"succ", b"success", b"success\n"] {
            assert!(is_expected(&mut Torn(may_be), "success").is_err(), "{may_be:?}");
        }
    }

    #[test]
    fn a_length_alone_may_tell_another_page() {
        for (length, plausible) in [(0, false), (6, false), (7, true), (8, true), (65_536, false)] {
            assert_eq!(plausible, is_plausible(length, "success\n"), "{length}");
        }
    }
}
