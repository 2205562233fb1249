//! The table of all settings, as Markdown for the README.

use std::fmt::Write as _;

use super::config_json::render;
use crate::model::{
    config::{Config, SETTINGS, setting},
    settings::Setting,
};

/// The line before the table in a document.
pub const BEGIN: &str = "<!-- settings:begin -->";
/// The line after it.
pub const END: &str = "<!-- settings:end -->";

/// All settings by group: key, default, what is allowed, meaning.
pub fn markdown() -> String {
    let mut text = String::new();
    let mut group = "";
    for setting in SETTINGS {
        if setting.group != group {
            group = setting.group;
            let _fits = write!(text, "\n### {group}\n\n| Key | Default | Allowed | Meaning |\n|---|---|---|---|\n");
        }
        let _fits = writeln!(
            text,
            "| `{}` | `{}`{} | {} | {} |",
            setting.key,
            render(&setting.default()),
            unit(setting),
            cell(&setting.kind.allowed()),
            cell(setting.help),
        );
    }
    text
}

/// `document` with the table between [`BEGIN`] and [`END`] made anew; `None` when it lacks these lines.
pub fn renew(document: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n{END}{after}", markdown()))
}

/// The unit with the space before it.
fn unit(setting: &Setting<Config>) -> String {
    if setting.unit.is_empty() { String::new() } else { format!(" {}", setting.unit) }
}

/// A text within a cell: keys and quoted values look like code, and a bar does not end the cell.
fn cell(text: &str) -> String {
    let words: Vec<String> = text
        .split(' ')
        .map(|word| {
            let core = word.trim_end_matches(['.', ',', ';']);
            let tail = word.get(core.len()..).unwrap_or_default();
            let is_code = core.contains("://")
                || core.starts_with(['"', '['])
                || (core.contains('_') && setting(core).is_some())
                || core == "true"
                || core == "false";
            if is_code { format!("`{core}`{tail}") } else { word.replace('|', "\\|") }
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_one_row_of_four_cells() {
        let text = markdown();
        for setting in SETTINGS {
            let start = format!("| `{}` | ", setting.key);
            let rows: Vec<&str> = text.lines().filter(|line| line.starts_with(&start)).collect();
            assert_eq!(1, rows.len(), "{}", setting.key);
            assert_eq!(5, rows.concat().replace("\\|", "").matches('|').count(), "{rows:?}");
        }
        assert!(text.contains(
            "| `ping_interval_sec` | `20` s | a number from 2 to 3600 | Time between two full cycles over all layers, each a row in netlog.csv. |"
        ));
        assert!(
            text.contains("| `gateway` | `\"auto\"` | an IP address, or `\"auto\"` | Home router. `\"auto\"` asks")
        );
    }

    #[test]
    fn only_the_table_of_a_document_changes() {
        let document = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let renewed = renew(&document).unwrap();
        assert!(renewed.starts_with(&format!("before\n{BEGIN}\n\n### Line\n")), "{renewed}");
        assert!(renewed.ends_with(&format!("|\n\n{END}\nafter\n")), "{renewed}");
        assert_eq!(Some(renewed.clone()), renew(&renewed));
        assert_eq!(None, renew("no table here"));
    }
}
