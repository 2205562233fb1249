//! Pieces of a line that several formats share.

use std::{borrow::Cow, net::IpAddr, time::Duration};

use crate::model::parsed_trace::ParsedHost;

/// Times beyond this, in milliseconds, are no times.
const MAX_MILLIS: f64 = 1e9;

/// True if a file begins as one in UTF-16 does.
pub(super) fn is_utf_16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..])
}

/// The text of a file in any character set, as far as digits and Latin letters go; nothing else is needed.
///
/// UTF-16 is known by its byte order mark. In everything else, UTF-8 or a code page, ASCII is ASCII; what is none
/// becomes something that is no digit and no white space.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let utf_16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.as_chunks().0.iter().map(|pair| unit(*pair)).collect();
        Cow::Owned(String::from_utf16_lossy(&units))
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        bytes => String::from_utf8_lossy(bytes),
    }
}

/// A decimal number without sign or exponent, with a point or comma; `1549.` is one.
pub(super) fn number(text: &str) -> Option<f64> {
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || text.len() > 20 || !digits(whole) || !digits(part) {
        return None;
    }
    format!("{whole}.{part}0").parse().ok()
}

/// A number of milliseconds.
pub(super) fn millis(text: &str) -> Option<Duration> {
    let millis = number(text).filter(|millis| *millis <= MAX_MILLIS)?;
    Duration::try_from_secs_f64(millis / 1000.0).ok()
}

/// An address, with or without the link it is valid on.
pub(super) fn addr(text: &str) -> Option<IpAddr> {
    match text.split_once('%') {
        Some((addr, _link)) => addr.parse().ok().filter(IpAddr::is_ipv6),
        None => text.parse().ok(),
    }
}

/// True if `text` may be the name of a host: letters, digits and a few signs, and at least one letter.
pub(super) fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
    text.len() <= 255 && text.chars().all(fits) && text.chars().any(char::is_alphabetic)
}

/// A host that is one word: an address or a name.
pub(super) fn host(word: &str) -> Option<ParsedHost> {
    let addr = addr(word);
    let name = if addr.is_some() { None } else { Some(word.to_owned()).filter(|word| is_name(word)) };
    (addr.is_some() || name.is_some()).then(|| ParsedHost { addr, name, ..ParsedHost::default() })
}

/// Takes the brackets `open` and `close` off a word that has both.
pub(super) fn inside(word: &str, open: char, close: char) -> Option<&str> {
    word.strip_prefix(open)?.strip_suffix(close)
}

/// The host of a name and an address in brackets; the name is left out where it only repeats the address.
pub(super) fn named(name: &str, addr: IpAddr) -> Option<ParsedHost> {
    let host = host(name)?;
    let name = host.name.filter(|_| host.addr.is_none());
    Some(ParsedHost { addr: Some(addr), name, ..ParsedHost::default() })
}

/// True if `word` names an autonomous system, known (`AS13335`) or not (`AS???`).
pub(super) fn is_as(word: &str) -> bool {
    word.strip_prefix("AS").is_some_and(|rest| rest.starts_with(|c: char| c == '?' || c.is_ascii_digit()))
}

/// `13335` of `AS13335`, and of `AS13335/AS64500`.
pub(super) fn asn(word: &str) -> Option<u32> {
    word.strip_prefix("AS")?.split('/').next()?.parse().ok()
}

/// The host that a line in any language is about: `name [address]`, or else the first address in it.
pub(super) fn host_in_sentence(line: &str) -> Option<ParsedHost> {
    if let Some((before, rest)) = line.split_once('[')
        && let Some((inner, _)) = rest.split_once(']')
        && let Some(addr) = addr(inner)
    {
        let before = before.trim_end();
        let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let start =
            before.rfind(|c| !in_name(c)).map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let name = before.get(start..).unwrap_or_default();
        return named(name, addr).or(Some(ParsedHost { addr: Some(addr), ..ParsedHost::default() }));
    }
    let in_addr = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':');
    let words = line.split(|c| !in_addr(c)).map(|word| word.trim_end_matches(['.', ':']));
    let addr = words.filter_map(addr).find(|addr| !addr.is_unspecified())?;
    Some(ParsedHost { addr: Some(addr), ..ParsedHost::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_plain_decimals() {
        for (text, value) in [("0.0", 0.0), ("1549.", 1549.0), ("12,5", 12.5), ("100", 100.0), ("007", 7.0)] {
            assert_eq!(Some(value), number(text), "{text}");
        }
        for text in
            ["", ".", ".5", "-1", "+1", "1e5", "1.2.3", "NaN", "inf", "0x1", "1 2", "999999999999999999999", "１"]
        {
            assert_eq!(None, number(text), "{text}");
        }
        assert_eq!(Some(Duration::from_micros(12_500)), millis("12.5"));
        assert_eq!(None, millis("99999999999"));
    }

    #[test]
    fn a_sentence_in_any_language_names_its_host() {
        let host = |line| host_in_sentence(line).map(|host| (host.addr.unwrap().to_string(), host.name));
        let one = |name: &str| Some(("1.1.1.1".to_owned(), Some(name.to_owned())));
        assert_eq!(one("one.one.one.one"), host("Routenverfolgung zu one.one.one.one [1.1.1.1]"));
        assert_eq!(one("one.one.one.one"), host("到 one.one.one.one [1.1.1.1] 的路由:"));
        assert_eq!(one("one"), host("到one [1.1.1.1]"));
        assert_eq!(Some(("1.1.1.1".to_owned(), None)), host("1.1.1.1 へのルートをトレースしています。"));
        assert_eq!(Some(("2606::1".to_owned(), None)), host("Tracing route to 2606::1 over a maximum of 30 hops:"));
        assert_eq!(Some(("1.1.1.1".to_owned(), None)), host("à 1.1.1.1."));
        assert_eq!(None, host("über maximal 30 Hops: dead beef ::"));
        assert_eq!(None, host("[x]"));
    }
}
