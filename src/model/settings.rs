//! Definition of a setting: its kind, its range, and the message for a wrong value.
//!
//! The settings themselves are declared in [`crate::model::config`], each exactly once.

use std::{net::IpAddr, time::Duration};

use super::spelling::Spelling;

/// A value of a setting, as it is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Switch(bool),
    /// A number, whole or not.
    Number(f64),
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

/// Kind of the values that a setting takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// `true` or `false`.
    Switch,
    /// A whole number within these bounds, both included.
    Whole(u64, u64),
    /// A number within these bounds, both included.
    Number(f64, f64),
    /// Any text without control characters.
    Text,
    /// A folder, or nothing for the platform's. A relative one starts at the current directory.
    Folder,
    /// An IP address or host name.
    Host,
    /// An IP address or host name, or nothing.
    OptionalHost,
    /// An IP address, or nothing.
    OptionalAddr,
    /// An IP address or `auto`.
    AutoAddr,
    /// A list of IP addresses or host names; may be empty.
    Hosts,
    /// A list of IP addresses; may be empty.
    Addrs,
    /// A list of IP addresses, or the one word `auto`.
    AutoAddrs,
    /// An `http://` or `https://` address.
    Url,
    /// Such an address, or nothing.
    OptionalUrl,
    /// A list of such addresses; may be empty.
    Urls,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of some of these words; may be empty.
    Words(&'static [&'static str]),
    /// A list of mail addresses; may be empty.
    Mailboxes,
    /// A text of this spelling.
    Spelled(Spelling),
}

/// The longest text a setting takes, in bytes.
const MAX_TEXT: usize = 2048;
/// The longest list a setting takes.
const MAX_LIST: usize = 64;

impl Kind {
    /// Returns the allowed values, in the words of the settings table and of error messages.
    pub fn allowed(self) -> String {
        match self {
            Self::Switch => "true or false".into(),
            Self::Whole(min, max) => format!("a whole number from {min} to {max}"),
            Self::Number(min, max) => format!("a number from {min} to {max}"),
            Self::Text => "a text".into(),
            Self::Folder => "a folder, or \"\" for the platform's".into(),
            Self::Host => "an IP address or host name".into(),
            Self::OptionalHost => "an IP address or host name, or \"\" for none".into(),
            Self::OptionalAddr => "an IP address, or \"\" for none".into(),
            Self::AutoAddr => "an IP address, or \"auto\"".into(),
            Self::Hosts => "a list of IP addresses or host names".into(),
            Self::Addrs => "a list of IP addresses".into(),
            Self::AutoAddrs => "a list of IP addresses, or [\"auto\"]".into(),
            Self::Url => "an address that starts with http:// or https://".into(),
            Self::OptionalUrl => "an address that starts with http:// or https://, or \"\" for none".into(),
            Self::Urls => "a list of addresses that start with http:// or https://".into(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::Words(words) => format!("a list of some of {}", words.join(", ")),
            Self::Mailboxes => "a list of mail addresses".into(),
            Self::Spelled(spelling) => spelling.allowed().into(),
        }
    }

    /// Checks that `value` may be taken.
    ///
    /// # Errors
    ///
    /// When it may not: what is allowed instead, as the end of a sentence.
    pub fn check(self, value: &Value) -> Result<(), String> {
        let fits = match (self, value) {
            (Self::Switch, Value::Switch(_)) => true,
            (Self::Whole(min, max), Value::Number(number)) => {
                number.fract() == 0.0 && (min as f64..=max as f64).contains(number)
            }
            (Self::Number(min, max), Value::Number(number)) => (min..=max).contains(number),
            (Self::Text, Value::Text(text)) => is_plain(text),
            (Self::Folder, Value::Text(text)) if text.chars().any(char::is_control) => {
                return Err("a folder has no line break or tab in it: write / for each \\, or \\\\".into());
            }
            (Self::Folder, Value::Text(text)) if text == "~" || text.starts_with("~/") => {
                return Err("~ is not known here: write the whole path of the home folder".into());
            }
            (Self::Folder, Value::Text(text)) => text.len() <= MAX_TEXT && (text.is_empty() || !text.trim().is_empty()),
            (Self::Host, Value::Text(text)) => is_host(text),
            (Self::OptionalHost, Value::Text(text)) => text.is_empty() || is_host(text),
            (Self::OptionalAddr, Value::Text(text)) => text.is_empty() || is_addr(text),
            (Self::AutoAddr, Value::Text(text)) => text == "auto" || is_addr(text),
            (Self::Url, Value::Text(text)) => is_url(text),
            (Self::OptionalUrl, Value::Text(text)) => text.is_empty() || is_url(text),
            (Self::Choice(words), Value::Text(text)) => words.contains(&text.as_str()),
            (Self::Spelled(spelling), Value::Text(text)) => spelling.fits(text),
            (Self::Words(words), Value::List(list)) => list.iter().all(|item| words.contains(&item.as_str())),
            (Self::Mailboxes, Value::List(list)) => return check_list(list, is_mailbox, MAILBOX),
            (Self::AutoAddrs, Value::List(list)) if matches!(list.as_slice(), [only] if only == "auto") => true,
            (Self::Hosts, Value::List(list)) => return check_list(list, is_host, HOST),
            (Self::Addrs, Value::List(list)) => return check_list(list, is_addr, ADDR),
            (Self::AutoAddrs, Value::List(list)) => return check_list(list, is_addr, LONE_AUTO),
            (Self::Urls, Value::List(list)) => return check_list(list, is_url, URL),
            (
                Self::Hosts | Self::Addrs | Self::AutoAddrs | Self::Urls | Self::Words(_) | Self::Mailboxes,
                Value::Text(text),
            ) => {
                return Err(self.as_list(text));
            }
            _ => false,
        };
        match value {
            _ if fits => Ok(()),
            Value::Text(text) if self == Self::Host && !text.is_empty() => Err(not_a(text, HOST)),
            _ => Err(format!("allowed is {}", self.allowed())),
        }
    }

    /// Returns the message for a text where a list belongs: the list to write instead, or why it cannot be taken.
    fn as_list(self, text: &str) -> String {
        let list: Vec<String> =
            text.split([',', ';', ' ']).filter(|item| !item.is_empty()).map(str::to_owned).collect();
        match self.check(&Value::List(list.clone())) {
            Ok(()) => format!("a list is needed: write {list:?}"),
            Err(why) => format!("a list is needed, and {why}"),
        }
    }
}

const HOST: &str = "an IP address or host name";
const ADDR: &str = "an IP address";
const LONE_AUTO: &str = "an IP address, and \"auto\" must stand alone";
const URL: &str = "an address that starts with http:// or https://";
const MAILBOX: &str = "an address such as name@mail.example";

fn check_list(list: &[String], fits: fn(&str) -> bool, what: &str) -> Result<(), String> {
    if list.len() > MAX_LIST {
        return Err(format!("allowed are at most {MAX_LIST} entries"));
    }
    match list.iter().find(|item| !fits(item)) {
        Some(item) => Err(not_a(item, what)),
        None => Ok(()),
    }
}

/// Says that `item` is not `what`, and the remedy where the mistake is a common one.
fn not_a(item: &str, what: &str) -> String {
    let remedy = if item.starts_with('-') {
        ": it must not start with -"
    } else if item.trim() != item {
        ": remove the space around it"
    } else if what == HOST && item.contains("://") {
        ": write the name alone, without http://"
    } else if what == HOST && !item.is_ascii() {
        ": write its ASCII form, which starts with xn--"
    } else {
        ""
    };
    format!("{item:?} is not {what}{remedy}")
}

fn is_mailbox(text: &str) -> bool {
    !text.is_empty() && Spelling::OptionalMailbox.fits(text)
}

fn is_plain(text: &str) -> bool {
    text.len() <= MAX_TEXT && !text.chars().any(|c| c.is_control() && c != '\n')
}

fn is_addr(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

/// An address, or a name as RFC 1123 section 2.1 has it. A leading hyphen is refused: it would be an option on a
/// command line.
fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    // All digits and dots, but no address: a typing error rather than a name.
    let looks_like_addr = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    is_addr(text)
        || (text.len() <= 253 && !looks_like_addr && text.strip_suffix('.').unwrap_or(text).split('.').all(label))
}

fn is_url(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', ':', '?', '#', '-']))
        && text.len() <= MAX_TEXT
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// One setting of a configuration `C`: everything the reader, the README table, the help and the settings form need to
/// know.
pub struct Setting<C> {
    /// Key in `config.json`.
    pub key: &'static str,
    /// Heading it stands under.
    pub group: &'static str,
    /// Kind of its values.
    pub kind: Kind,
    /// Unit of a number; empty when it has none.
    pub unit: &'static str,
    /// Meaning of the setting, in one line.
    pub help: &'static str,
    pub(super) get: fn(&C) -> Value,
    pub(super) set: fn(&mut C, Value) -> bool,
}

impl<C: Default> Setting<C> {
    /// Returns the value of the setting in `config`.
    pub fn get(&self, config: &C) -> Value {
        (self.get)(config)
    }

    /// True for a setting that holds any text, which may name somebody: a customer, a folder of a user.
    pub fn is_personal(&self) -> bool {
        use Spelling::{OptionalFile, OptionalMailbox};
        matches!(self.kind, Kind::Text | Kind::Folder | Kind::Mailboxes | Kind::Spelled(OptionalFile | OptionalMailbox))
    }

    /// True for a setting that names hosts, which may be those of somebody.
    pub fn names_hosts(&self) -> bool {
        use Kind::{Host, Hosts, OptionalHost, OptionalUrl, Spelled, Url, Urls};
        use Spelling::{OptionalBroker, OptionalMailServer};
        matches!(
            self.kind,
            Host | OptionalHost | Hosts | Url | OptionalUrl | Urls | Spelled(OptionalBroker | OptionalMailServer)
        )
    }

    /// Returns the default of the setting.
    pub fn default(&self) -> Value {
        (self.get)(&C::default())
    }

    /// Puts `value` into `config`.
    ///
    /// # Errors
    ///
    /// When the value is of another kind or out of range: what is allowed, as the end of a sentence. The
    /// configuration then stays as it was.
    pub fn set(&self, config: &mut C, value: Value) -> Result<(), String> {
        self.kind.check(&value)?;
        if (self.set)(config, value) { Ok(()) } else { Err(format!("allowed is {}", self.kind.allowed())) }
    }
}

/// A Rust type that a setting can have.
pub(super) trait Field: Sized {
    fn to_value(&self) -> Value;
    fn from_value(value: Value) -> Option<Self>;
}

impl Field for bool {
    fn to_value(&self) -> Value {
        Value::Switch(*self)
    }

    fn from_value(value: Value) -> Option<Self> {
        if let Value::Switch(on) = value { Some(on) } else { None }
    }
}

impl Field for u64 {
    fn to_value(&self) -> Value {
        Value::Number(*self as f64)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked before")]
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Number(number) if (0.0..=9e15).contains(&number) => Some(number as Self),
            _ => None,
        }
    }
}

impl Field for f64 {
    fn to_value(&self) -> Value {
        Value::Number(*self)
    }

    fn from_value(value: Value) -> Option<Self> {
        if let Value::Number(number) = value { Some(number) } else { None }
    }
}

impl Field for Duration {
    fn to_value(&self) -> Value {
        Value::Number(self.as_secs_f64())
    }

    fn from_value(value: Value) -> Option<Self> {
        if let Value::Number(number) = value { Self::try_from_secs_f64(number).ok() } else { None }
    }
}

impl Field for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }

    fn from_value(value: Value) -> Option<Self> {
        if let Value::Text(text) = value { Some(text) } else { None }
    }
}

impl Field for Vec<String> {
    fn to_value(&self) -> Value {
        Value::List(self.clone())
    }

    fn from_value(value: Value) -> Option<Self> {
        if let Value::List(list) = value { Some(list) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(kind: Kind, value: &Value, why: &str) {
        assert_eq!(Err(why.to_owned()), kind.check(value));
    }

    #[test]
    fn a_wrong_value_is_told_what_is_allowed() {
        refused(Kind::Whole(1, 9), &Value::Number(10.0), "allowed is a whole number from 1 to 9");
        refused(Kind::Whole(1, 9), &Value::Number(1.5), "allowed is a whole number from 1 to 9");
        refused(Kind::Number(0.1, 9.0), &Value::Number(f64::NAN), "allowed is a number from 0.1 to 9");
        refused(Kind::Switch, &Value::Text("yes".into()), "allowed is true or false");
        refused(Kind::Choice(&["en", "de"]), &Value::Text("fr".into()), "allowed is one of en, de");
        refused(Kind::Hosts, &Value::Text("127.0.0.1".into()), "a list is needed: write [\"127.0.0.1\"]");
        refused(
            Kind::Hosts,
            &Value::List(vec!["-V".into()]),
            "\"-V\" is not an IP address or host name: it must not start with -",
        );
        refused(
            Kind::Host,
            &Value::Text("https://a.de".into()),
            "\"https://a.de\" is not an IP address or host name: write the name alone, without http://",
        );
        refused(
            Kind::Hosts,
            &Value::Text("1.1.1.1, -V".into()),
            "a list is needed, and \"-V\" is not an IP address or host name: it must not start with -",
        );
        refused(
            Kind::Addrs,
            &Value::Text("1.1.1.1, 9.9.9.9".into()),
            "a list is needed: write [\"1.1.1.1\", \"9.9.9.9\"]",
        );
        refused(Kind::Addrs, &Value::List(vec!["auto".into()]), "\"auto\" is not an IP address");
        refused(
            Kind::Folder,
            &Value::Text("C:\new".into()),
            "a folder has no line break or tab in it: write / for each \\, or \\\\",
        );
        refused(
            Kind::Url,
            &Value::Text("ftp://x".into()),
            "allowed is an address that starts with http:// or https://",
        );
    }

    #[test]
    fn hosts_are_addresses_or_names() {
        for good in ["1.1.1.1", "2606:4700:4700::1111", "example.com", "a-b.example", "localhost", "x.", "_a.b"] {
            assert!(is_host(good), "{good}");
        }
        for bad in ["", "-V", "a..b", "1.1.1", "1.1.1.256", "a b", "a/b", "exa mple.com", "-a.b", "a.-b", "ä.de"] {
            assert!(!is_host(bad), "{bad}");
        }
    }
}
