//! Values that the shape of a text does not give away: words that were named, folders of users, hosts in names of
//! files.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{
    Redactor,
    text::{Found, is_digit, leading, leading_at_most, octets},
};
use crate::{
    codec::netlog_csv::HEADER,
    model::verdict::{Confidence, Evidence, FaultDomain, RootCause, Status},
};

/// Shorter words are found in too many others.
const SHORTEST: usize = 3;
/// Shorter numbers stand for something else too often.
const SHORTEST_NUMBER: usize = 8;
/// The longest name of a file of ours, host included.
const LONGEST_FILE: usize = 200;
/// Words that stand everywhere and name nobody.
const COMMON: &[&str] = &[
    "localhost",
    "local",
    "root",
    "admin",
    "user",
    "users",
    "home",
    "wifi",
    "wired",
    "netlog",
    "logs",
    "data",
    "true",
    "false",
    "null",
    "lost",
    "down",
    "timeout",
    "none",
    "auto",
    "csv",
    "log",
    "json",
];

impl Redactor {
    /// Hides a word wherever it stands: the name of this computer, of its user, of a Wi-Fi network.
    ///
    /// Words of fewer than three characters, short numbers, hosts that are kept and words of the log itself are passed
    /// over; they are hidden as names of folders alone.
    pub fn hide(&mut self, word: &str) {
        let word = word.trim().to_lowercase();
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let is_long = word.len() >= SHORTEST_NUMBER && !word.contains('.');
        let is_kept = is_of_the_log(&word) || self.kept_names.contains(word.trim_end_matches('.'));
        if word.chars().count() >= SHORTEST && (!is_number || is_long) && !is_kept && !self.words.contains(&word) {
            self.words.push(word);
            // The longest first, so that no part of it is taken for the whole.
            self.words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        }
    }
}

fn is_of_the_log(word: &str) -> bool {
    let is = |known: &str| known.split([' ', '_']).any(|part| part.eq_ignore_ascii_case(word)) || known == word;
    COMMON.contains(&word)
        || HEADER.iter().any(|name| is(name))
        || Status::ALL.iter().any(|status| is(status.as_str()))
        || RootCause::ALL.iter().any(|cause| is(cause.as_str()))
        || FaultDomain::ALL.iter().any(|domain| is(domain.as_str()))
        || Evidence::ALL.iter().any(|(_, code, _)| is(code))
        || [Confidence::Low, Confidence::Medium, Confidence::High].iter().any(|how| is(&how.to_string()))
}

/// Finds the value that begins here, at the beginning of a word, `before` being the character before it.
pub(super) fn find(redactor: &mut Redactor, rest: &str, before: Option<char>) -> Option<Found> {
    file(redactor, rest).or_else(|| folder(redactor, rest, before)).or_else(|| word(redactor, rest))
}

/// The name of a file of ours.
fn file(redactor: &mut Redactor, rest: &str) -> Option<Found> {
    const BEGINS: [&str; 10] = [
        "mtr_",
        "trace_",
        "wan_diag_",
        "analysis_on_outage_",
        "tcp_probe_",
        "isp_candidates.",
        "netlog",
        "config.",
        "report.",
        "summary.",
    ];
    BEGINS.iter().find(|begin| rest.starts_with(**begin))?;
    let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
    let name = leading_at_most(LONGEST_FILE, rest, is_part).trim_end_matches(['.', '-', '_']);
    Some((name.len(), file_name(redactor, name)?))
}

/// The name that a file of ours has in a redacted pack; `None` when it is none of ours.
pub fn file_name(redactor: &mut Redactor, name: &str) -> Option<String> {
    let (stem, extension) = name.rsplit_once('.')?;
    let (kind, host) = match stem {
        "netlog" | "netlog.chain" | "isp_candidates" | "config" | "report" | "summary" => return Some(name.to_owned()),
        _ => ["mtr_", "trace_", "wan_diag_", "analysis_on_outage_", "tcp_probe_", "netlog_"]
            .iter()
            .find_map(|kind| Some((*kind, stem.strip_prefix(kind)?)))?,
    };
    if !["log", "json", "csv"].contains(&extension) {
        return None;
    }
    let (host, time) = split_time(host);
    if !["mtr_", "trace_"].contains(&kind) {
        return host.is_empty().then(|| name.to_owned());
    }
    Some(format!("{kind}{}{time}.{extension}", hide_host(redactor, host)))
}

/// Parts a time such as `_20251002_123510` or `_20251002_123510_2`, or without the first mark, from the end.
fn split_time(stem: &str) -> (&str, &str) {
    let is_digits = |part: &str, len: usize| part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = stem.split('_').collect();
    for n in [2, 3] {
        let Some(at) = parts.len().checked_sub(n) else { continue };
        let (Some(day), Some(time)) = (parts.get(at), parts.get(at + 1)) else { continue };
        let counter = parts.get(at + 2).is_none_or(|count| count.bytes().all(|byte| byte.is_ascii_digit()));
        if is_digits(day, 8) && is_digits(time, 6) && counter {
            let length = parts.iter().skip(at).map(|part| part.len()).sum::<usize>() + n - usize::from(at == 0);
            return stem.split_at_checked(stem.len().saturating_sub(length)).unwrap_or((stem, ""));
        }
    }
    (stem, "")
}

/// A host as it stands in the name of a file: with `_` in place of colons, and of full stops too.
fn hide_host(redactor: &mut Redactor, host: &str) -> String {
    if is_hidden(host) {
        return host.to_owned();
    }
    let numbers: Vec<&str> = host.split(['_', '.']).collect();
    let v4: Option<Ipv4Addr> = octets(&numbers);
    let v6 = || -> Option<Ipv6Addr> {
        let whole = host.replace('_', ":").parse().ok();
        whole.or_else(|| host.rsplit_once('_')?.0.replace('_', ":").parse().ok())
    };
    let shown = match (v4, v6()) {
        (Some(addr), _) => redactor.v4(addr),
        (None, Some(addr)) => redactor.v6(addr),
        (None, None) => redactor.name(&host.replace('_', ".")),
    };
    if shown.contains('#') {
        shown.replace('#', "-").replace(['.', ':'], "_").replace(['<', '>'], "")
    } else {
        host.to_owned()
    }
}

/// True for a host that was hidden before.
fn is_hidden(host: &str) -> bool {
    let Some((shown, number)) = host.rsplit_once('-') else { return false };
    let is_shown = shown == "name" || shown.ends_with("_x") || shown.ends_with("xx");
    is_shown && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// The folder of a user.
fn folder(redactor: &mut Redactor, rest: &str, before: Option<char>) -> Option<Found> {
    let before = before.filter(|mark| matches!(mark, '/' | '\\'))?;
    let parent = ["home", "Users", "users"].into_iter().find(|parent| rest.starts_with(parent))?;
    let after = rest.get(parent.len()..)?;
    let marks = leading(after, |mark| mark == before);
    let ends = |character: char| {
        matches!(character, '/' | '\\' | '"' | '\'' | ',' | ';' | ':' | '<' | '>') || character.is_control()
    };
    let name = leading_at_most(120, after.get(marks.len()..)?, |character| !ends(character) && character != ' ');
    let is_name = !marks.is_empty() && marks.len() <= 2 && !name.is_empty();
    is_name.then(|| (parent.len() + marks.len() + name.len(), format!("{parent}{marks}{}", redactor.name(name))))
}

/// A word that was named.
fn word(redactor: &mut Redactor, rest: &str) -> Option<Found> {
    let found = redactor.words.iter().find_map(|word| {
        let length = length_of(word, rest)?;
        let goes_on = rest.get(length..)?.starts_with(|next: char| next.is_alphanumeric());
        (!goes_on).then(|| (length, word.clone()))
    });
    let (length, word) = found?;
    Some((length, redactor.name(&word)))
}

/// Returns the number of bytes at the beginning of `text` that are this word, whatever its case.
fn length_of(word: &str, text: &str) -> Option<usize> {
    let mut wanted = word.chars();
    let mut next = wanted.next();
    for (at, character) in text.char_indices() {
        let Some(_) = next else { return Some(at) };
        for lower in character.to_lowercase() {
            if next != Some(lower) {
                return None;
            }
            next = wanted.next();
        }
    }
    next.is_none().then_some(text.len())
}

/// The name of a network, a computer or a user that a line of a report of the system gives, as
/// `    SSID                   : My Home` does.
pub fn named_in(line: &str) -> Option<&str> {
    const KEYS: [&str; 7] = ["ssid", "essid", "host name", "hostname", "computer name", "user name", "hostname="];
    let (key, value) = line.split_once([':', '='])?;
    let key = key.trim().trim_start_matches('"').trim_end_matches(['"', '.', ' ']).to_lowercase();
    let last = key.rsplit("  ").next().unwrap_or(&key).trim();
    let is_named = KEYS.contains(&last) || last.ends_with(" essid") || last.ends_with(" ssid");
    let value = value.trim().trim_end_matches(',');
    let value = value.strip_prefix('"').map_or(value, |quoted| quoted.split('"').next().unwrap_or(quoted));
    (is_named && !value.is_empty() && value.len() <= 64 && !is_digit(value.chars().next()?)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(redactor: &mut Redactor, text: &str, expected: &str) {
        assert_eq!(expected, redactor.text(text), "{text}");
        assert_eq!(expected, redactor.text(expected), "{expected} is to stay");
    }

    #[test]
    fn words_that_were_named_are_hidden_and_those_of_the_log_are_not() {
        let mut redactor = Redactor::default();
        for word in ["kitchen-pc", "Anna", "FRITZ!Box 7590 \u{c4}B", "OK", "access", "seq", "pi", "1234"] {
            redactor.hide(word);
        }
        check(&mut redactor, "on KITCHEN-PC, anna's", "on <name>#1, <name>#2's");
        check(&mut redactor, "SSID: fritz!box 7590 \u{e4}b", "SSID: <name>#3");
        check(&mut redactor, "Hannah annabel OK access seq pi 1234", "Hannah annabel OK access seq pi 1234");
    }

    #[test]
    fn folders_of_users_lose_their_name() {
        let mut redactor = Redactor::default();
        check(&mut redactor, "in /home/pi/logs and /Users/pi", "in /home/<name>#1/logs and /Users/<name>#1");
        check(&mut redactor, r"C:\Users\pi\x", r"C:\Users\<name>#1\x");
        check(&mut redactor, r#""C:\\Users\\Jo\\x""#, r#""C:\\Users\\<name>#2\\x""#);
        check(&mut redactor, "at home/pi", "at home/pi");
    }

    #[test]
    fn hosts_in_names_of_files_are_hidden_as_they_are_elsewhere() {
        let mut redactor = Redactor::default();
        redactor.keep("1.1.1.1");
        redactor.keep("example.com");
        check(&mut redactor, "203.0.113.7 gw.example.net", "203.0.x.x#1 <name>#1");
        for (name, hidden) in [
            ("mtr_203_0_113_7.log", "mtr_203_0_x_x-1.log"),
            ("mtr_203_0_113_7_20260105_000000.log", "mtr_203_0_x_x-1_20260105_000000.log"),
            ("trace_203.0.113.7_20260105_000000_2.log", "trace_203_0_x_x-1_20260105_000000_2.log"),
            ("trace_gw.example.net_20260105_000000.log", "trace_name-1_20260105_000000.log"),
            ("mtr_gw_example_net.log", "mtr_name-1.log"),
            ("mtr_2001_db8__7.log", "mtr_2001_db8_x_x_x_x_x_x-1.log"),
            ("mtr_1_1_1_1.log", "mtr_1_1_1_1.log"),
            ("mtr_192_168_1_1.log", "mtr_192_168_1_1.log"),
            ("trace_example.com_20260105_000000.log", "trace_example.com_20260105_000000.log"),
            ("wan_diag_20260105_000000.log", "wan_diag_20260105_000000.log"),
            ("netlog_20260105_000000.csv", "netlog_20260105_000000.csv"),
            ("netlog.csv", "netlog.csv"),
        ] {
            check(&mut redactor, &format!("a,{name};b"), &format!("a,{hidden};b"));
            assert_eq!(Some(hidden), file_name(&mut redactor, name).as_deref());
        }
        for name in ["netlog_of_anna.csv", "wan_diag_anna.log", "photo.jpg", "mtr_x.pdf"] {
            assert_eq!(None, file_name(&mut redactor, name), "{name}");
        }
    }

    #[test]
    fn what_is_kept_stays_everywhere() {
        let mut redactor = Redactor::default();
        for host in ["8.8.8.8", "2001:db8::8", "dns.example"] {
            redactor.keep(host);
        }
        let text = "8.8.8.8=20.03;2001:db8::8=lost dns.example. 8-8-8-8";
        check(&mut redactor, text, text);
        check(&mut redactor, "8.8.8.9 b.dns.example", "8.8.x.x#1 <name>#1");
    }

    #[test]
    fn names_are_found_in_reports_of_the_system() {
        for (line, name) in [
            ("    SSID                   : My Home", Some("My Home")),
            ("wlan0     IEEE 802.11  ESSID:\"Caf\u{e9} 5\"  ", Some("Caf\u{e9} 5")),
            ("   Host Name . . . . . . . . . . . . : KITCHEN", Some("KITCHEN")),
            ("hostname=kitchen", Some("kitchen")),
            ("    BSSID                  : 02:00:5e:10:20:30", None),
            ("    Signal                 : 87%", None),
            ("    SSID                   : ", None),
        ] {
            assert_eq!(name, named_in(line), "{line}");
        }
    }
}
