//! The line in everything we install that says what it is, so that it can be read back from any format.
//!
//! `netlog-schedule: every 5m days mon-fri; scope login; since 2026-11-25T15:00:00Z; logs /home/j%C3%B6rg/logs`

use std::{fmt::Write as _, path::PathBuf};

use super::plan::PlannedFile;
use crate::model::{
    schedule::{Rhythm, Schedule, Scope},
    time::Timestamp,
};

const START: &str = "netlog-schedule: ";
/// Name of the file in the folder of the logs that holds the line as well.
pub(super) const NOTE: &str = "netlog.schedule";

/// What was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// When it watches.
    pub rhythm: Rhythm,
    /// Whether somebody has to be logged in.
    pub scope: Scope,
    /// Since when.
    pub since: Timestamp,
    /// The folder of its logs.
    pub log_dir: PathBuf,
}

/// The line, without its end. It holds nothing that any of the formats gives a meaning to.
pub(super) fn render(schedule: &Schedule) -> String {
    let since = schedule.since.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let logs = encode(&schedule.log_dir.to_string_lossy());
    format!("{START}{}; scope {}; since {since}; logs {logs}", schedule.rhythm, schedule.scope.as_str())
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
    let logs = fields.next()?.strip_prefix("logs ")?;
    let log_dir = PathBuf::from(decode(logs.split(' ').next()?)?);
    Some(Mark { rhythm, scope, since, log_dir })
}

/// What stands in the folder of the logs, so that whoever looks there knows what should be written.
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
             logs /home/j%C3%BCrgen/100%25%20%22My%22%20it%27s%20%24logs%20%2D%2D%26",
            line
        );
        let expected = Mark {
            rhythm: schedule.rhythm,
            scope: schedule.scope,
            since: schedule.since,
            log_dir: schedule.log_dir.clone(),
        };
        for text in [format!("# {line}\n[Unit]\r\n"), format!("<!-- {line} -->\n"), format!("<D>{line}</D>")] {
            assert_eq!(Some(expected.clone()), read(&text), "{text}");
        }
    }

    #[test]
    fn what_is_no_mark_is_none() {
        for text in ["", "netlog-schedule: ", "netlog-schedule: always; scope moon; since x; logs /x", "# netlog"] {
            assert_eq!(None, read(text), "{text}");
        }
        assert_eq!(None, read("netlog-schedule: always; scope boot; since 2026-11-25T15:00:00Z; logs %F"));
    }
}
