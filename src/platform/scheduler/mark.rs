//! The line in everything we install that says what it is, so that it can be read back from any format.
//!
//! `netlog-schedule: every 5m days mon-fri; scope login; since 2026-11-25T15:00:00Z; logs /home/j%C3%B6rg/logs`, and
//! `; config /home/j%C3%B6rg/config.json` behind it where the configuration is not the standard one, and
//! `; account j%C3%B6rg` where it needs nobody who is logged in.

use std::{fmt::Write as _, path::PathBuf};

use super::plan::PlannedFile;
use crate::{
    model::{
        schedule::{Rhythm, Schedule, Scope},
        time::Timestamp,
    },
    platform::paths,
};

const START: &str = "netlog-schedule: ";
/// Name of the file in the folder of the logs that holds the line as well.
pub(super) const NOTE: &str = "netlog.schedule";

/// Facts of a schedule that was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Rhythm in which the line is watched.
    pub rhythm: Rhythm,
    /// Scope of the schedule: with somebody logged in, or from the start of the computer on.
    pub scope: Scope,
    /// Since when.
    pub since: Timestamp,
    /// The folder of its logs.
    pub log_dir: PathBuf,
    /// Path of the configuration; `None` for the standard one.
    pub config: Option<PathBuf>,
    /// The account it runs as; `None` for that of whoever is logged in.
    pub account: Option<String>,
}

impl Mark {
    /// The configuration that what is installed reads, wherever this program was started. It need not exist.
    pub fn config_file(&self) -> PathBuf {
        self.config.clone().unwrap_or_else(paths::standard_config_file)
    }
}

/// The line, without its end. It holds nothing that any of the formats gives a meaning to.
pub(super) fn render(schedule: &Schedule) -> String {
    let since = schedule.since.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let logs = encode(&schedule.log_dir.to_string_lossy());
    let mut line = format!("{START}{}; scope {}; since {since}; logs {logs}", schedule.rhythm, schedule.scope.as_str());
    if let Some(config) = &schedule.config {
        write!(line, "; config {}", encode(&config.to_string_lossy())).ok();
    }
    if schedule.scope == Scope::Boot {
        write!(line, "; account {}", encode(&schedule.account)).ok();
    }
    line
}

/// Finds and reads such a line; `None` when there is none that can be read.
pub(super) fn read(text: &str) -> Option<Mark> {
    let (_, rest) = text.split_once(START)?;
    let line = rest.split(['\r', '\n', '<']).next()?;
    let mut fields = line.trim_end().split("; ");
    let rhythm = fields.next()?.parse().ok()?;
    let scope = match fields.next()?.strip_prefix("scope ")? {
        "login" => Scope::Login,
        "boot" => Scope::Boot,
        _ => return None,
    };
    let since = fields.next()?.strip_prefix("since ")?.parse().ok()?;
    let log_dir = text_of(fields.next()?.strip_prefix("logs ")?)?.into();
    let more: Vec<&str> = fields.collect();
    let named = |name| more.iter().find_map(|field| text_of(field.strip_prefix(name)?));
    let (config, account) = (named("config ").map(PathBuf::from), named("account "));
    Some(Mark { rhythm, scope, since, log_dir, config, account })
}

/// Returns the file for the folder of the logs, so that whoever looks there knows what should be written.
pub(super) fn note(schedule: &Schedule) -> PlannedFile {
    let text = format!(
        "{}\nmade by \"netlog schedule install\"; \"netlog schedule remove\" takes it away\n",
        render(schedule)
    );
    PlannedFile::new(schedule.log_dir.join(NOTE), text)
}

/// RFC 3986's way, and `-` too: two of them would end a comment in XML.
fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/._:\\".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").ok();
        }
    }
    encoded
}

/// A text, up to the end of a comment.
fn text_of(field: &str) -> Option<String> {
    decode(field.split(' ').next()?)
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::schedule;
    use super::*;

    #[test]
    fn a_mark_reads_back_from_any_format() {
        let schedule = schedule("every 5m hours 8-17 days mon-fri", Scope::Login);
        let line = render(&schedule);
        assert_eq!(
            "netlog-schedule: every 5m hours 8-17 days mon-fri; scope login; since 2026-11-25T15:00:00Z; \
             logs /home/j%C3%BCrgen/100%25%20%22My%22%20it%27s%20%24logs%20%2D%2D%26; \
             config /home/j%C3%BCrgen/my%20config.json",
            line
        );
        let expected = Mark {
            rhythm: schedule.rhythm,
            scope: schedule.scope,
            since: schedule.since,
            log_dir: schedule.log_dir.clone(),
            config: schedule.config.clone(),
            account: None,
        };
        for text in [format!("# {line}\n[Unit]\r\n"), format!("<!-- {line} -->\n"), format!("<D>{line}</D>")] {
            assert_eq!(Some(expected.clone()), read(&text), "{text}");
        }
    }

    #[test]
    fn the_configuration_is_the_one_that_was_installed() {
        let named = Schedule { config: Some("/etc/line.json".into()), ..schedule("always", Scope::Boot) };
        assert_eq!(PathBuf::from("/etc/line.json"), read(&render(&named)).unwrap().config_file());
        // Not the one of the folder where somebody asks.
        let standard = Schedule { config: None, account: "ju;rgen".into(), ..named };
        let mark = read(&format!("<!-- {} -->", render(&standard))).unwrap();
        assert_eq!((None, paths::standard_config_file()), (mark.config.clone(), mark.config_file()));
        assert!(mark.config_file().is_absolute(), "{mark:?}");
        assert_eq!(Some("ju;rgen"), mark.account.as_deref());
    }

    #[test]
    fn what_is_no_mark_is_none() {
        for text in ["", "netlog-schedule: ", "netlog-schedule: always; scope moon; since x; logs /x", "# netlog"] {
            assert_eq!(None, read(text), "{text}");
        }
        assert_eq!(None, read("netlog-schedule: always; scope boot; since 2026-11-25T15:00:00Z; logs %F"));
    }
}
