//! Parts of a text that the readers look for.

use std::net::Ipv4Addr;

/// Value that was found: its length in bytes, and its replacement.
pub(super) type Found = (usize, String);

/// The address of four decimal numbers, zeros in front of them permitted.
pub(super) fn octets(numbers: &[&str]) -> Option<Ipv4Addr> {
    let [a, b, c, d] = *numbers else { return None };
    let octet = |number: &str| if number.len() <= 3 { number.parse::<u8>().ok() } else { None };
    Some(Ipv4Addr::new(octet(a)?, octet(b)?, octet(c)?, octet(d)?))
}

/// The bytes of pairs of hexadecimal digits.
pub(super) fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pair = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let all_digits = digits.chars().all(|character| character.is_ascii_hexdigit());
    if all_digits { (0..digits.len()).step_by(2).map(pair).collect() } else { None }
}

/// The characters at the beginning that are such.
pub(super) fn leading(text: &str, is_such: impl Fn(char) -> bool) -> &str {
    let length = text.find(|character| !is_such(character)).unwrap_or(text.len());
    text.get(..length).unwrap_or_default()
}

/// The same, and no more than about `most` bytes, so that a long run is not gone through at each of its places.
pub(super) fn leading_at_most(most: usize, text: &str, is_such: impl Fn(char) -> bool) -> &str {
    let ends = |(at, character): &(usize, char)| *at >= most || !is_such(*character);
    let length = text.char_indices().find(ends).map_or(text.len(), |(at, _)| at);
    text.get(..length).unwrap_or_default()
}

pub(super) fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
}
