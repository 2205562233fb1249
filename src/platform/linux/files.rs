//! Facts that Linux tells in files rather than by rtnetlink: kind and speed of a link, Wi-Fi signals, the system's
//! name.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder of a link; `None` for a name that is no plain file name, which the kernel gives to none.
fn folder(link: &str) -> Option<PathBuf> {
    let is_plain = !link.is_empty() && !link.contains('/') && !link.starts_with('.');
    is_plain.then(|| Path::new("/sys/class/net").join(link))
}

/// True if the link is one of Wi-Fi.
pub(super) fn is_wifi(link: &str) -> bool {
    folder(link).is_some_and(|folder| ["wireless", "phy80211"].iter().any(|file| folder.join(file).exists()))
}

/// Speed in Mbit/s; `None` when the driver does not say, as those of virtual machines.
pub(super) fn speed(link: &str) -> Option<u32> {
    parse_speed(&fs::read_to_string(folder(link)?.join("speed")).ok()?)
}

/// Unknown speeds are spelled -1, by some drivers as a 32-bit number without sign.
fn parse_speed(text: &str) -> Option<u32> {
    text.trim().parse::<u32>().ok().filter(|speed| !matches!(*speed, 0 | u32::MAX))
}

/// The signal of each Wi-Fi link that is connected, in dBm. The kernel asks the driver what it knows of the present
/// connection; nothing is searched for.
///
/// Empty on kernels without the old interface to Wi-Fi, and for drivers that left it.
pub(super) fn signals() -> Vec<(String, i8)> {
    fs::read_to_string("/proc/net/wireless").map(|text| parse_signals(&text)).unwrap_or_default()
}

/// Reads `/proc/net/wireless`: two lines of headings, then `wlan0: 0000   54.  -56.  -256 …`. Each number ends with a
/// full stop when it is fresh. Only negative levels are dBm; others are on a scale of the driver's own.
fn parse_signals(text: &str) -> Vec<(String, i8)> {
    let signal = |line: &str| {
        let (name, figures) = line.split_once(": ")?;
        let level = figures.split_whitespace().nth(2)?.trim_end_matches('.').parse::<i8>().ok()?;
        // -128 is how the lowest number there is looks when nothing was measured.
        (level < 0 && level != i8::MIN).then(|| (name.trim().to_owned(), level))
    };
    text.lines().skip(2).filter_map(signal).collect()
}

/// Distribution and kernel, such as `Debian GNU/Linux 12 (bookworm), Linux 6.1.0-28-amd64`.
pub(in super::super) fn system_name() -> Option<String> {
    // The second is where the first leads on most systems (os-release(5)).
    let release = ["/etc/os-release", "/usr/lib/os-release"].iter().find_map(|path| fs::read_to_string(path).ok());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").ok().map(|kernel| format!("Linux {}", kernel.trim()));
    let parts: Vec<String> = [release.as_deref().and_then(pretty_name), kernel].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The name for people out of os-release(5): assignments as a shell would read them.
fn pretty_name(release: &str) -> Option<String> {
    let value = |key: &str| {
        let value = release.lines().rev().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))?;
        let value = unquote(value);
        (!value.is_empty()).then_some(value)
    };
    value("PRETTY_NAME").or_else(|| match (value("NAME"), value("VERSION_ID")) {
        (Some(name), Some(version)) => Some(format!("{name} {version}")),
        (name, _) => name,
    })
}

/// Takes the quotes and the backslashes off a value.
fn unquote(value: &str) -> String {
    let inner = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    if value.starts_with('\'') {
        return inner.unwrap_or(value).to_owned();
    }
    let mut plain = String::new();
    let mut characters = inner.unwrap_or(value).chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_read_in_dbm_alone() {
        let text = "\
Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
 wlan0: 0000   54.  -56.  -256        0      0      0      0      5        0
wlp3s0: 0000   70   -40   -256        0      0      0      0      0        0
 wlan1: 0000   80.   60.    0         0      0      0      0      0        0
 wlan2: 0000    0  -256.  -256        0      0      0      0      0        0
 wlan3: 0000    0  -128.  -256        0      0      0      0      0        0
 torn
 wlan4: 0000   5
";
        assert_eq!(vec![("wlan0".to_owned(), -56), ("wlp3s0".to_owned(), -40)], parse_signals(text));
        assert!(parse_signals("").is_empty());
    }

    #[test]
    fn a_speed_that_is_none_is_none() {
        let speeds = ["1000\n", "2500", "-1\n", "4294967295\n", "0\n", "", "fast\n"].map(parse_speed);
        assert_eq!([Some(1000), Some(2500), None, None, None, None, None], speeds);
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_not_looked_up() {
        assert_eq!([None, None, None, None], ["", "..", "../../etc", "a/b"].map(folder));
        assert_eq!(Some(PathBuf::from("/sys/class/net/eth0")), folder("eth0"));
        assert_eq!((false, None), (is_wifi("lo"), speed("lo")));
    }

    #[test]
    fn the_name_of_the_distribution_is_found_however_it_is_quoted() {
        let name = |text: &str| pretty_name(text);
        assert_eq!(
            Some("Debian GNU/Linux 12 (bookworm)".to_owned()),
            name("NAME=\"x\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n")
        );
        assert_eq!(Some("Alpine".to_owned()), name("PRETTY_NAME=Alpine"));
        assert_eq!(Some("A \"b\" $c".to_owned()), name("PRETTY_NAME=\"A \\\"b\\\" \\$c\""));
        assert_eq!(Some("a\\b".to_owned()), name("PRETTY_NAME='a\\b'"));
        assert_eq!(Some("Void 7".to_owned()), name("#PRETTY_NAME=no\nNAME=Void\nVERSION_ID=\"7\""));
        assert_eq!(None, name("PRETTY_NAME=\"\"\nPRETTY=1"));
    }

    #[test]
    fn this_system_has_a_name() {
        assert!(system_name().is_some_and(|name| name.contains("Linux ")), "{:?}", system_name());
    }
}
