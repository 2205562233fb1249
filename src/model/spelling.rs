//! Forms of settings that hold one text of a particular spelling.

use std::net::SocketAddr;

/// Spelling of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// Identifier of a monitored line: a lower-case letter, then up to 31 letters, digits, `-` or `_`.
    Site,
    /// Address and port to listen on.
    Listen,
    /// Address of an MQTT broker, or nothing.
    OptionalBroker,
    /// Address of a mail server, or nothing.
    OptionalMailServer,
    /// A file, or nothing.
    OptionalFile,
    /// Beginning of an MQTT topic.
    Topic,
    /// Hours of a day such as `22:00-07:00`, or nothing.
    OptionalHours,
    /// A mail address, or nothing.
    OptionalMailbox,
}

/// Longest text, in bytes.
const MAX: usize = 1024;

impl Spelling {
    /// Description of what is allowed, for the settings table and error messages.
    pub fn allowed(self) -> &'static str {
        match self {
            Self::Site => "lower-case letters, digits, - and _, a letter first, at most 32",
            Self::Listen => "an IP address and a port, such as 127.0.0.1:8787",
            Self::OptionalBroker => "mqtt://host:port or mqtts://host:port, or \"\" for none",
            Self::OptionalMailServer => "smtp://host:port or smtps://host:port, or \"\" for none",
            Self::OptionalFile => "a file, or \"\" for none",
            Self::Topic => "a topic without # and + and without / at its ends",
            Self::OptionalHours => "hours such as \"22:00-07:00\", or \"\" for none",
            Self::OptionalMailbox => "a mail address, or \"\" for none",
        }
    }

    /// True when `text` is spelled so.
    pub fn fits(self, text: &str) -> bool {
        let is_plain = text.len() <= MAX && !text.chars().any(char::is_control);
        is_plain
            && match self {
                Self::Site => is_site(text),
                Self::Listen => text.parse::<SocketAddr>().is_ok(),
                Self::OptionalBroker => text.is_empty() || is_server(text, &["mqtt://", "mqtts://"]),
                Self::OptionalMailServer => text.is_empty() || is_server(text, &["smtp://", "smtps://"]),
                Self::OptionalFile => text.trim() == text,
                Self::Topic => is_topic(text),
                Self::OptionalHours => text.is_empty() || hours(text).is_some(),
                Self::OptionalMailbox => text.is_empty() || is_mailbox(text),
            }
    }
}

/// Hours of a day: minutes after midnight of their begin and end. An end before the begin is one of the next day.
/// `None` for a text that is none, and for hours without length.
pub fn hours(text: &str) -> Option<(u32, u32)> {
    let (begin, end) = text.split_once('-')?;
    let (begin, end) = (minutes(begin.trim())?, minutes(end.trim())?);
    (begin != end).then_some((begin, end))
}

fn minutes(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let is_number = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hour) || minute.len() != 2 || !is_number(minute) {
        return None;
    }
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

fn is_site(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    text.len() <= 32 && text.starts_with(|first: char| first.is_ascii_lowercase()) && text.bytes().all(is_inner)
}

/// A scheme, a host, and a port or none. Nothing else: a user and a password belong elsewhere.
fn is_server(text: &str, schemes: &[&str]) -> bool {
    let Some(rest) = schemes.iter().find_map(|scheme| text.strip_prefix(scheme)) else { return false };
    server(rest).is_some()
}

/// Host and port of `host`, `host:port` or `[address]:port`. `None` for anything else.
pub fn server(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, port)
        }
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(port) => Some(port.parse::<u16>().ok().filter(|port| *port != 0)?),
        None if port.is_empty() => None,
        None => return None,
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':');
    (!host.is_empty() && !host.starts_with('-') && host.bytes().all(is_name)).then_some((host, port))
}

fn is_topic(text: &str) -> bool {
    let is_inner = |character: char| !character.is_whitespace() && !matches!(character, '#' | '+' | '$');
    !text.is_empty()
        && text.len() <= 128
        && text.split('/').all(|level| !level.is_empty() && level.chars().all(is_inner))
}

fn is_mailbox(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        let is_inner =
            |character: char| !character.is_whitespace() && !matches!(character, '<' | '>' | ',' | ';' | '@');
        !local.is_empty() && local.chars().all(is_inner) && !domain.is_empty() && domain.chars().all(is_inner)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(spelling: Spelling, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(spelling.fits(text), "{text:?} is {}", spelling.allowed());
        }
        for text in bad {
            assert!(!spelling.fits(text), "{text:?} is not {}", spelling.allowed());
        }
    }

    #[test]
    fn texts_are_taken_as_they_are_spelled() {
        check(Spelling::Site, &["home", "a", "site-2_b"], &["", "2a", "Home", "a b", "ä", "a/b", &"a".repeat(33)]);
        check(Spelling::Listen, &["127.0.0.1:8787", "[::1]:1", "0.0.0.0:80"], &["", "8787", "localhost:1", "1.2.3.4"]);
        check(
            Spelling::OptionalBroker,
            &["", "mqtt://broker", "mqtts://broker.example:8883", "mqtt://[fd00::1]:1883", "mqtt://192.0.2.1"],
            &[
                "broker",
                "http://broker",
                "mqtt://",
                "mqtt://u:p@broker",
                "mqtt://b:0",
                "mqtt://b:x",
                "mqtt://[::1",
                "mqtt://-b",
            ],
        );
        check(Spelling::OptionalMailServer, &["", "smtp://mail:25", "smtps://mail"], &["mail", "smtp://mail/x"]);
        check(Spelling::Topic, &["netlog", "house/line"], &["", "a/#", "+", "/a", "a/", "a//b", "a b", "$SYS"]);
        check(Spelling::OptionalMailbox, &["", "me@mail.example"], &["me", "@x", "a@", "a b@c", "A <a@b>", "a@b@c"]);
        check(Spelling::OptionalFile, &["", "/etc/ca.pem"], &[" /x", "a\nb"]);
    }

    #[test]
    fn hours_may_pass_midnight() {
        assert_eq!(Some((1320, 420)), hours("22:00-07:00"));
        assert_eq!(Some((480, 1065)), hours("8:00 - 17:45"));
        for bad in ["22:00", "24:00-07:00", "22:00-07:60", "7:00-7:00", "a-b", "22:0-07:00", "+2:00-07:00"] {
            assert_eq!(None, hours(bad), "{bad}");
        }
    }
}
