//! The words of a line, and what each may be.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    ops::Range,
};

use super::Tone;

/// Words that say how a host or the line is, as they are spelled in the logs, and words of trouble in any case.
const STATUS: &[(&str, Tone)] =
    &[("LAN_DOWN", Tone::Bad), ("WAN_DOWN", Tone::Bad), ("DNS_APP_FAIL", Tone::Bad), ("APP_LAYER_FAIL", Tone::Bad)];

/// In any case.
const WORDS: &[(&str, Tone)] = &[
    ("ok", Tone::Good),
    ("up", Tone::Good),
    ("reached", Tone::Good),
    ("success", Tone::Good),
    ("error", Tone::Bad),
    ("errors", Tone::Bad),
    ("failed", Tone::Bad),
    ("failure", Tone::Bad),
    ("fail", Tone::Bad),
    ("fatal", Tone::Bad),
    ("critical", Tone::Bad),
    ("down", Tone::Bad),
    ("unreachable", Tone::Bad),
    ("refused", Tone::Bad),
    ("timeout", Tone::Bad),
    ("outage", Tone::Bad),
    ("warning", Tone::Warning),
    ("warn", Tone::Warning),
    ("degraded", Tone::Warning),
    ("lost", Tone::Warning),
    ("late", Tone::Warning),
    ("silent", Tone::Warning),
    ("interruption", Tone::Warning),
];

/// The longest word that can mean something; longer ones are passed over quickly.
const LONGEST: usize = 64;

/// The words of a line: what stands between spaces and marks. A date and the time behind it are one word.
pub(super) fn words(line: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = line.get(at..)?;
            let start = at + rest.find(|c: char| !is_between(c))?;
            let rest = line.get(start..)?;
            let len = rest.find(is_between).unwrap_or(rest.len());
            at = start + len;
            if len > LONGEST {
                continue;
            }
            if date(rest.get(..len)?) == Some(len) && rest.as_bytes().get(len) == Some(&b' ') {
                let behind = rest.get(len + 1..).unwrap_or_default();
                let behind_len = behind.find(is_between).unwrap_or(behind.len());
                if behind.get(..behind_len).and_then(clock) == Some(behind_len) {
                    at = start + len + 1 + behind_len;
                }
            }
            return Some(start..at);
        }
    })
}

fn is_between(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, ',' | ';' | '(' | ')' | '[' | ']' | '{' | '}' | '"' | '\'' | '=' | '<' | '>' | '|')
}

/// Bytes of the address a word begins with; the port, the length of a network and the link may follow it.
pub(super) fn address(word: &str) -> Option<usize> {
    let first = word.as_bytes().first()?;
    if !(first.is_ascii_hexdigit() || *first == b':') {
        return None;
    }
    let is_part = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':');
    let run = word.get(..word.find(|c: char| !is_part(c)).unwrap_or(word.len()))?;
    if run.matches(':').count() >= 2 {
        // "2001:db8::1:down": the letters of a word behind it may be hexadecimal digits, so shorter ones are tried.
        let mut end = run.len();
        let mut candidate = run;
        while candidate.contains(':') {
            let tail = word.get(end..).unwrap_or_default();
            if candidate.parse::<Ipv6Addr>().is_ok() && !tail.starts_with(|c: char| c.is_alphanumeric()) {
                return Some(end + suffix(tail));
            }
            end = candidate.trim_end_matches(':').rfind(':')?;
            candidate = candidate.get(..end)?;
        }
        return None;
    }
    let end = run.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(run.len());
    let v4 = run.get(..end)?.trim_end_matches('.');
    let tail = word.get(v4.len()..).unwrap_or_default();
    let ends = !tail.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-');
    (ends && v4.parse::<Ipv4Addr>().is_ok()).then(|| v4.len() + suffix(tail))
}

/// Bytes of `/24` or `%eth0` behind an address.
fn suffix(tail: &str) -> usize {
    let Some(rest) = tail.strip_prefix(['/', '%']) else { return 0 };
    let is_link = tail.starts_with('%');
    let len = rest.bytes().take_while(|b| b.is_ascii_digit() || is_link && b.is_ascii_alphanumeric()).count();
    if len == 0 { 0 } else { len + 1 }
}

/// Bytes of the date or time a word is.
pub(super) fn time(word: &str) -> Option<usize> {
    let core = word.trim_end_matches(['.', ':']);
    let is_time = clock(core) == Some(core.len())
        || is_stamp(core)
        || date(core).is_some_and(|len| match core.as_bytes().get(len) {
            None => true,
            Some(b'T' | b't' | b' ' | b'_') => core.get(len + 1..).and_then(clock) == Some(core.len() - len - 1),
            Some(_) => false,
        });
    is_time.then_some(core.len())
}

/// Bytes of `2026-01-03` at the start of a word.
fn date(word: &str) -> Option<usize> {
    let word = word.get(..10)?;
    let mut bytes = word.bytes().enumerate();
    bytes.all(|(idx, byte)| if matches!(idx, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() }).then_some(10)
}

/// Bytes of `14:30:00.123+01:00` at the start of a word; seconds and all behind them may be missing.
fn clock(word: &str) -> Option<usize> {
    let two = |at: usize, most: u8| {
        let pair = word.as_bytes().get(at..at + 2)?;
        let [tens, ones] = pair else { return None };
        (tens.is_ascii_digit() && ones.is_ascii_digit() && (tens - b'0') * 10 + (ones - b'0') <= most).then_some(())
    };
    let colon = |at: usize| (word.as_bytes().get(at) == Some(&b':')).then_some(());
    two(0, 23)?;
    colon(2)?;
    two(3, 59)?;
    let mut len = 5;
    if colon(5).is_some() && two(6, 60).is_some() {
        len = 8;
        let digits = |from: usize| word.bytes().skip(from).take_while(u8::is_ascii_digit).count();
        if word.as_bytes().get(8) == Some(&b'.') && digits(9) > 0 {
            len += 1 + digits(9);
        }
        match word.as_bytes().get(len) {
            Some(b'Z' | b'z') => len += 1,
            Some(b'+' | b'-') if two(len + 1, 23).is_some() => {
                let minutes = if colon(len + 3).is_some() { len + 4 } else { len + 3 };
                if two(minutes, 59).is_some() {
                    len = minutes + 2;
                }
            }
            _ => {}
        }
    }
    Some(len)
}

/// `20260103_143000`.
fn is_stamp(word: &str) -> bool {
    word.len() == 15
        && word.bytes().enumerate().all(|(idx, byte)| if idx == 8 { byte == b'_' } else { byte.is_ascii_digit() })
}

/// Returns the tone of a word that says something of a host or of the line.
pub(super) fn status(word: &str) -> Option<Tone> {
    if word.len() > 16 {
        return None;
    }
    let exact = STATUS.iter().find(|(status, _)| *status == word);
    exact.or_else(|| WORDS.iter().find(|(status, _)| status.eq_ignore_ascii_case(word))).map(|(_, tone)| *tone)
}
