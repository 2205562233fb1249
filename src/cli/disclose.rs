//! `netlog disclose` shows what parts of a redacted pack were made of, and `netlog verify --opening` checks it.

use std::{
    fs,
    io::Write,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, anyhow, bail};
use serde_json::{Value, json};

use super::{FINE, Global, global};
use crate::{
    codec::opening_json::{self, Opening},
    engine,
    evidence::pack::{self, Checked, CheckedOpening, VerifiedPack, Wanted},
    store::report_file,
};

/// Options of `netlog disclose`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  netlog disclose shared.zip --line rows/netlog.csv:17-40 --out opening.json
  netlog disclose shared.zip --containing 198.51.100.7 --out opening.json
  netlog disclose shared.zip --file traces/mtr_198_51_x_x-1.log --out opening.json
  netlog verify shared.zip --opening opening.json     what the other side does with it

Only whoever made the pack can do this, on the computer with the key and the
logs. The file holds the originals that were asked for and, for each, what it
can be checked with; everything else in the pack stays closed.
Exit codes: 0 written, 2 it could not be.")]
pub(super) struct DiscloseArgs {
    /// The redacted evidence pack
    pack: PathBuf,
    /// Lines of a file of rows, as in the pack: rows/netlog.csv:17 or rows/netlog.csv:17-40
    #[arg(long, value_name = "FILE:LINES", value_parser = lines)]
    line: Vec<(String, RangeInclusive<u64>)>,
    /// All lines of rows whose original contains this text, such as an address
    #[arg(long, value_name = "TEXT")]
    containing: Option<String>,
    /// A whole file of traces or diagnostics, as it is called in the pack
    #[arg(long, value_name = "FILE")]
    file: Vec<String>,
    /// File to write
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
}

fn lines(text: &str) -> Result<(String, RangeInclusive<u64>), String> {
    let read = || {
        let (file, lines) = text.rsplit_once(':')?;
        let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
        let range = first.parse().ok()?..=last.parse().ok()?;
        (!file.is_empty() && !range.is_empty()).then(|| (file.to_owned(), range))
    };
    read().ok_or_else(|| "write a file of the pack and its lines, such as rows/netlog.csv:17-40".to_owned())
}

pub(super) fn run(args: &DiscloseArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    if args.line.is_empty() && args.file.is_empty() && args.containing.as_ref().is_none_or(String::is_empty) {
        bail!("nothing is to be disclosed: say what, by --line, --containing or --file");
    }
    let key = engine::signing_key().map_err(|why| anyhow!("the salts come from the key: {why}; {}", why.remedy()))?;
    let verified = pack::verify(&args.pack, None)?;
    let wanted = Wanted { lines: args.line.clone(), containing: args.containing.clone(), files: args.file.clone() };
    let opening = pack::disclose(&args.pack, &verified, &global::load(global)?.log_dir.path, &key, &wanted)?;
    report_file::refuse_one_of(&args.out, std::slice::from_ref(&args.pack))?;
    report_file::replace(&args.out, opening_json::render(&opening).as_bytes())?;
    let n_lines = opening.all.iter().filter(|opened| opened.line.is_some()).count();
    let n_files = opening.all.len() - n_lines;
    writeln!(out, "{n_lines} lines and {n_files} files are disclosed in {}", args.out.display())?;
    writeln!(out, "Whoever has the pack checks them with \"netlog verify PACK --opening FILE\".")?;
    Ok(ExitCode::from(FINE))
}

/// An opening is no longer, in bytes.
const MOST: u64 = 1 << 30;

/// Reads an opening and checks it against a pack.
pub(super) fn check(path: &Path, pack: &VerifiedPack, opening: &Path) -> anyhow::Result<CheckedOpening> {
    let meta = fs::metadata(opening).with_context(|| format!("cannot read {}", opening.display()))?;
    let text = if meta.len() <= MOST { fs::read_to_string(opening).ok() } else { None };
    let Some(opening): Option<Opening> = text.as_deref().and_then(opening_json::parse) else {
        bail!("this is no opening: it is made by \"netlog disclose\": {}", opening.display());
    };
    Ok(pack::check_opening(path, pack, &opening)?)
}

/// Says what came of it.
pub(super) fn say(checked: &CheckedOpening, out: &mut dyn Write) -> anyhow::Result<()> {
    if !checked.is_of_this_pack {
        writeln!(out, "CHANGED  the opening is of another pack")?;
    }
    for one in &checked.all {
        let place = place(one);
        if !one.holds {
            writeln!(out, "CHANGED  {place}: the pack was not made of this original")?;
            continue;
        }
        if one.opened.line.is_none() {
            let n = one.opened.original.len();
            writeln!(out, "opened   {place} was made of the original in the opening, {n} bytes")?;
            continue;
        }
        writeln!(out, "opened   {place} was made of this original:")?;
        for (name, shown, original) in differences(one) {
            writeln!(out, "           {name}: {} -> {}", plain(&shown), plain(&original))?;
        }
    }
    let sentence = if checked.holds() {
        "The originals are those that the pack was made of: its owner committed to them when it was signed."
    } else {
        "Not all of the originals are those that the pack was made of."
    };
    writeln!(out, "{sentence}")?;
    Ok(())
}

fn place(one: &Checked) -> String {
    let line = one.opened.line.map_or_else(String::new, |line| format!(", line {line}"));
    format!("{}{line}", plain(&one.opened.file))
}

/// A text as a terminal can show it.
fn plain(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_debug().collect::<Vec<_>>() } else { vec![c] }).collect()
}

/// Returns the fields that were taken out: the column, what stands there, and what stood there. The whole
/// line where it has no columns.
fn differences(one: &Checked) -> Vec<(String, String, String)> {
    let Some(shown) = &one.shown else { return Vec::new() };
    let original = String::from_utf8_lossy(&one.opened.original).into_owned();
    let whole = || vec![("line".to_owned(), shown.clone(), original.clone())];
    if shown.contains('"') || original.contains('"') {
        return if *shown == original { Vec::new() } else { whole() };
    }
    let fields = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
    let (columns, shown, original) =
        (fields(one.columns.as_deref().unwrap_or_default()), fields(shown), fields(&original));
    if shown.len() != original.len() {
        return whole();
    }
    let name = |idx: usize| columns.get(idx).cloned().unwrap_or_else(|| format!("column {}", idx + 1));
    let pairs =
        shown.into_iter().zip(original).enumerate().map(|(idx, (shown, original))| (name(idx), shown, original));
    // Links of the chain are always made anew.
    pairs.filter(|(name, shown, original)| shown != original && name.trim() != "chain").collect()
}

/// The same for programs.
pub(super) fn json(checked: &CheckedOpening) -> Value {
    let one = |one: &Checked| {
        json!({
            "file": one.opened.file,
            "line": one.opened.line,
            "holds": one.holds,
            "shown": one.shown,
            "original": String::from_utf8_lossy(&one.opened.original),
        })
    };
    json!({
        "holds": checked.holds(),
        "of_this_pack": checked.is_of_this_pack,
        "opened": checked.all.iter().map(one).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_named_by_their_file() {
        assert_eq!(Ok(("rows/netlog.csv".to_owned(), 17..=40)), lines("rows/netlog.csv:17-40"));
        assert_eq!(Ok(("a".to_owned(), 3..=3)), lines("a:3"));
        for text in ["", "3", ":3", "a:", "a:x", "a:4-3", "a:3-"] {
            assert!(lines(text).is_err(), "{text}");
        }
    }
}
