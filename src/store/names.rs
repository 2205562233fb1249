//! Names of files: what every system takes.

use std::path::Path;

use crate::model::time::Timestamp;

/// Names that Windows keeps for devices, whatever follows a dot.
const RESERVED: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];

/// Longer names are cut; file systems take 255 bytes for the whole name.
const MAX_LEN: usize = 120;

/// `text` as a part of a file name: letters, digits, `.`, `-` and `_`, everything else is `_`.
///
/// Never empty, never a path, never hidden, never an option for a program, never a device of Windows.
///
/// ```
/// use network_logging::store::names::part;
///
/// assert_eq!("2001_db8__1", part("2001:db8::1"));
/// assert_eq!("_V", part("-V"));
/// assert_eq!("_con.log", part("con.log"));
/// ```
pub fn part(text: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let mut name: String = text.chars().take(MAX_LEN).map(|c| if kept(c) { c } else { '_' }).collect();
    if name.starts_with(['.', '-']) {
        name.replace_range(..1, "_");
    }
    if name.ends_with('.') {
        name.pop();
        name.push('_');
    }
    if name.is_empty() || is_reserved(&name) {
        name.insert(0, '_');
    }
    name
}

/// As [`part`], with `_` for dots too, as the original names its MTR logs.
pub fn part_without_dots(text: &str) -> String {
    part(&text.replace('.', "_"))
}

/// UTC as it stands in names of files: `20251002_123510`.
pub fn stamp(at: Timestamp) -> String {
    at.format("%Y%m%d_%H%M%S").to_string()
}

/// True if the program itself has or makes a file of this name in a log folder, or in the folder of its settings.
///
/// ```
/// use network_logging::store::names::is_own;
///
/// assert!(is_own("netlog_20251002_123510.csv") && is_own("history.db-wal"));
/// assert!(is_own("netlog_20251002_123510.chain.json"));
/// assert!(!is_own("netlog_report.pdf") && !is_own("report_2026-10.csv"));
/// ```
pub fn is_own(name: &str) -> bool {
    const FILES: [&str; 2] = ["config.json", "isp_candidates.json"];
    const BEGINS: [&str; 3] = ["netlog.chain", "netlog.lock", "netlog.schedule"];
    /// Beginning of a name and the endings that it then may have.
    const KINDS: [(&str, &[&str]); 7] = [
        ("netlog", &[".csv", ".chain.json"]),
        ("history", &[".db", ".db-wal", ".db-shm", ".db-journal"]),
        ("mtr_", &[".log"]),
        ("trace_", &[".log"]),
        ("wan_diag_", &[".log"]),
        ("analysis_on_outage_", &[".log"]),
        ("tcp_probe_", &[".json"]),
    ];
    // Some systems make no difference between capitals and small letters.
    let name = name.to_ascii_lowercase();
    let is_kind = |(begin, ends): &(&str, &[&str])| {
        name.strip_prefix(begin).is_some_and(|rest| ends.iter().any(|end| rest.ends_with(end)))
    };
    FILES.contains(&name.as_str()) || BEGINS.iter().any(|begin| name.starts_with(begin)) || KINDS.iter().any(is_kind)
}

/// True if the name is one that a log gets when it is put aside, such as `netlog_20251002_123502_2.csv`.
pub(super) fn is_aside(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stamp = name.strip_prefix("netlog_").and_then(|name| name.strip_suffix(".csv"));
    let mut parts = stamp.unwrap_or_default().split('_');
    let mut is_number = |len: Option<usize>| {
        parts.next().is_some_and(|part| {
            part.bytes().all(|byte| byte.is_ascii_digit()) && len.is_none_or(|len| len == part.len())
        })
    };
    let is_time = is_number(Some(8)) && is_number(Some(6));
    is_time && parts.next().is_none_or(|counter| counter.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let numbered = |device| {
        stem.strip_prefix(device).is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    RESERVED.contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hosts_become_names_for_every_system() {
        for (host, name) in [
            ("192.0.2.1", "192.0.2.1"),
            ("router.example", "router.example"),
            ("2001:db8::1", "2001_db8__1"),
            ("::1", "__1"),
            ("fe80::1%eth0", "fe80__1_eth0"),
            ("-V", "_V"),
            ("--version", "_-version"),
            ("..", "__"),
            (".hidden", "_hidden"),
            ("../../etc/passwd", "_._.._etc_passwd"),
            ("C:\\x", "C__x"),
            ("example.", "example_"),
            ("", "_"),
            ("NUL", "_NUL"),
            ("com1.example.org", "_com1.example.org"),
            ("COM¹", "COM_"),
            ("lpt9", "_lpt9"),
            ("com10", "com10"),
            ("company", "company"),
            ("münchen", "m_nchen"),
            ("a\nb\0c", "a_b_c"),
        ] {
            assert_eq!(name, part(host), "{host:?}");
        }
    }

    #[test]
    fn the_originals_names_stay() {
        assert_eq!("88_79_29_66", part_without_dots("88.79.29.66"));
        assert_eq!("20251002_123510", stamp("2025-10-02T12:35:10.9Z".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn no_text_makes_a_bad_name(text in any::<String>()) {
            let name = part(&text);
            prop_assert!(!name.is_empty() && name.len() <= MAX_LEN + 1);
            prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)));
            prop_assert!(!name.starts_with(['.', '-']) && !name.ends_with('.'));
            prop_assert_eq!(&name, &part(&name));
        }
    }
}
