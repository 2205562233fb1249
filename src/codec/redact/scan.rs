//! Finds in a text what has to be redacted, however it is spelled.
//!
//! A pass goes from the left; at each place the readers below look whether something begins there. What they write does
//! not look like anything that a reader finds, so a redacted text stays as it is.

use std::net::{IpAddr, Ipv6Addr};

use super::{
    Redactor, hidden,
    text::{Found, bytes, is_digit, leading, leading_at_most, octets},
};

/// The longest spelling of a hardware address: eight pairs and the marks between them.
const LONGEST_MAC: usize = 23;
/// The longest spelling of an IPv4 address.
const LONGEST_V4: usize = 15;
/// The longest spelling of an IPv6 address: six groups and an IPv4 address.
const LONGEST_V6: usize = 45;
/// The longest name of a host (RFC 1035, section 2.3.4).
const LONGEST_NAME: usize = 253;

/// Passes after the first. Real texts need one, which finds nothing.
const MOST_PASSES: usize = 8;

/// `text` with everything replaced that is found, until nothing is.
pub(super) fn scan(redactor: &mut Redactor, text: &str) -> String {
    let mut redacted = pass(redactor, text);
    // What stood between two things may look like one when they are gone.
    for _ in 0..MOST_PASSES {
        let again = pass(redactor, &redacted);
        if again == redacted {
            break;
        }
        redacted = again;
    }
    redacted
}

fn pass(redactor: &mut Redactor, text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let (mut rest, mut before) = (text, None);
    while let Some(first) = rest.chars().next() {
        let (length, becomes) = find(redactor, rest, before).unwrap_or((first.len_utf8(), first.to_string()));
        let Some((found, left)) = rest.split_at_checked(length) else { break };
        redacted.push_str(&becomes);
        before = found.chars().next_back();
        rest = left;
    }
    redacted
}

/// Finds the value that begins here, `before` being the character before it.
fn find(redactor: &mut Redactor, rest: &str, before: Option<char>) -> Option<Found> {
    let starts_word = !before.is_some_and(|before| before.is_alphanumeric() || before == '_');
    let number = number_of_replaced(rest, before);
    if number.is_some() || !starts_word {
        // An address may follow a letter without a space.
        return number.or_else(|| if before.is_some_and(is_digit) { None } else { v4(redactor, rest) });
    }
    hidden::find(redactor, rest, before)
        .or_else(|| mac(redactor, rest))
        .or_else(|| v6(redactor, rest))
        .or_else(|| own_name(redactor, rest))
        .or_else(|| name(redactor, rest))
        .or_else(|| link(redactor, rest))
        .or_else(|| v4(redactor, rest))
}

/// The number at the end of something replaced before; it is no beginning of anything.
fn number_of_replaced(rest: &str, before: Option<char>) -> Option<Found> {
    let digits = leading(rest.strip_prefix('#')?, is_digit);
    (matches!(before, Some('x' | '>')) && !digits.is_empty()).then(|| (digits.len() + 1, format!("#{digits}")))
}

/// Six or eight pairs of hexadecimal digits between the same marks, or three groups of four between full stops.
fn mac(redactor: &mut Redactor, rest: &str) -> Option<Found> {
    for (mark, width, counts) in [(':', 2, &[6, 8][..]), ('-', 2, &[6, 8]), ('.', 4, &[3])] {
        let run =
            leading_at_most(LONGEST_MAC + 3, rest, |character| character.is_ascii_hexdigit() || character == mark);
        let groups: Vec<&str> = run.trim_end_matches(mark).split(mark).take(9).collect();
        if !counts.contains(&groups.len()) || groups.iter().any(|group| group.len() != width) {
            continue;
        }
        let digits = groups.concat();
        let bytes = bytes(&digits)?;
        // Between full stops it would look like the name of a host.
        let (shown_mark, shown_width) = if mark == '.' { (':', 2) } else { (mark, width) };
        let maker = digits.to_ascii_lowercase();
        let shown = maker.chars().take(6).chain(std::iter::repeat('x')).take(digits.len());
        let mut spelled = String::new();
        for (at, character) in shown.enumerate() {
            if at > 0 && at % shown_width == 0 {
                spelled.push(shown_mark);
            }
            spelled.push(character);
        }
        let length = digits.len() + groups.len() - 1;
        return Some((length, format!("{spelled}#{}", redactor.mac_number(&bytes))));
    }
    None
}

/// The longest IPv6 address that begins here.
fn v6(redactor: &mut Redactor, rest: &str) -> Option<Found> {
    let is_part = |character: char| character.is_ascii_hexdigit() || matches!(character, ':' | '.');
    let run = leading_at_most(LONGEST_V6, rest, is_part);
    if run.matches(':').count() < 2 {
        return None;
    }
    (2..=run.len()).rev().find_map(|length| {
        let (candidate, after) = rest.split_at_checked(length)?;
        let addr: Ipv6Addr = candidate.parse().ok()?;
        // A group that goes on is none, and behind what was replaced before there are crosses.
        let tail = leading_at_most(LONGEST_V6, after, |next| next.is_ascii_hexdigit() || matches!(next, ':' | 'x'));
        let ends = !after.starts_with(|next: char| next.is_ascii_hexdigit()) && !tail.contains('x');
        ends.then(|| (length, redactor.addr(IpAddr::V6(addr))))
    })
}

/// The name of this computer, as mtr writes it before a table: `HOST: name`.
fn own_name(redactor: &mut Redactor, rest: &str) -> Option<Found> {
    const BEFORE: &str = "HOST:";
    let after = rest.strip_prefix(BEFORE)?;
    let space = leading(after, |character| matches!(character, ' ' | '\t'));
    let word = leading(after.strip_prefix(space)?, |character| !character.is_whitespace());
    let is_name = word.chars().any(char::is_alphanumeric) && !word.starts_with("<name>#");
    is_name.then(|| (BEFORE.len() + space.len() + word.len(), format!("{BEFORE}{space}{}", redactor.name(word))))
}

/// A name with a full stop in it whose last part has letters alone.
fn name(redactor: &mut Redactor, rest: &str) -> Option<Found> {
    let is_part = |character: char| character.is_alphanumeric() || matches!(character, '.' | '-' | '_');
    let name = leading_at_most(LONGEST_NAME + 1, rest, is_part).trim_end_matches(['.', '-', '_']);
    let (others, last) = name.rsplit_once('.')?;
    let is_name = name.len() <= LONGEST_NAME
        && others.split('.').all(|label| label.chars().any(char::is_alphanumeric))
        && (last.starts_with("xn--") || (last.chars().count() >= 2 && last.chars().all(char::is_alphabetic)));
    is_name.then(|| (name.len(), redactor.name(name)))
}

/// The name of a link that is made of a hardware address.
fn link(redactor: &mut Redactor, rest: &str) -> Option<Found> {
    let (kind, mac) = mac_in_link_name(rest)?;
    let length = kind.len() + 12;
    let goes_on = rest.get(length..)?.starts_with(char::is_alphanumeric);
    (!goes_on).then(|| (length, redactor.link_of(kind, mac)))
}

/// Takes `enxaabbcc102030` apart: what systemd calls a link that it knows by nothing else.
pub(super) fn mac_in_link_name(name: &str) -> Option<(&str, [u8; 6])> {
    let (kind, rest) = name.split_at_checked(3).filter(|(kind, _)| ["enx", "wlx", "wwx"].contains(kind))?;
    Some((kind, bytes(rest.get(..12)?)?.try_into().ok()?))
}

/// An IPv4 address between full stops, and perhaps a port behind a fifth; or one between hyphens, as within names.
/// Digits and full stops that are none are taken as a whole, so that no address is seen inside them.
fn v4(redactor: &mut Redactor, rest: &str) -> Option<Found> {
    let run = leading(rest, |character| is_digit(character) || character == '.');
    let run = run.split_once("..").map_or(run, |(run, _)| run).trim_end_matches('.');
    let first = leading(run, is_digit);
    if first.is_empty() {
        return None;
    }
    if first.len() == run.len() {
        return Some(hyphens(redactor, rest).unwrap_or_else(|| (first.len(), first.to_owned())));
    }
    let numbers: Vec<&str> = run.split('.').collect();
    let addr = octets(numbers.get(..4).unwrap_or_default()).filter(|addr| numbers.len() <= 5 && !redactor.stays(*addr));
    let Some(addr) = addr else { return Some((run.len(), run.to_owned())) };
    let length = numbers.iter().take(4).map(|number| number.len()).sum::<usize>() + 3;
    let (prefix, number) = redactor.v4_parts(addr);
    Some((length, format!("{prefix}.x.x#{number}")))
}

/// `198-51-100-7`, as in the names that providers give to their customers' lines.
fn hyphens(redactor: &mut Redactor, rest: &str) -> Option<Found> {
    let run = leading_at_most(LONGEST_V4 + 2, rest, |character| is_digit(character) || character == '-');
    let run = run.trim_end_matches('-');
    let numbers: Vec<&str> = run.splitn(5, '-').collect();
    // Behind it may be the rest of something replaced before.
    let is_rest = rest.strip_prefix(run).is_some_and(|after| after.starts_with("-x"));
    let addr = octets(&numbers).filter(|addr| !redactor.stays(*addr) && !is_rest)?;
    let (prefix, number) = redactor.v4_parts(addr);
    Some((run.len(), format!("{}-x-x#{number}", prefix.replace('.', "-"))))
}
