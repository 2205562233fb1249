//! `netlog verify`: whether the logs are as they were written.

use std::{io::Write, path::PathBuf, process::ExitCode};

use serde_json::json;

use super::{BAD, FINE, Global, global};
use crate::{
    codec::chain_head_json::hex,
    engine,
    store::verify::{self, Finding, Verified},
};

/// Options of `netlog verify`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = "\
Examples:
  netlog verify              the log folder
  netlog verify ~/old-logs   another one

What it proves: that nothing was changed, taken out or put in since it was
written, by anybody who does not have the signing key. It does not prove that
what was written is true, nor that the owner of the key changed nothing.

Exit codes: 0 unchanged, 1 something was changed, 2 it could not be read.")]
pub(super) struct VerifyArgs {
    /// Folder of the logs. Without it: the log folder
    dir: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &VerifyArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let verified = match &args.dir {
        Some(dir) => verify::verify(dir, None)?,
        // One's own log is signed with one's own key.
        None => verify::verify(&global::load(global)?.log_dir.path, engine::own_public_key().as_deref())?,
    };
    if args.json {
        writeln!(out, "{}", json(&verified))?;
    } else {
        say(&verified, out)?;
    }
    Ok(ExitCode::from(if verified.findings.is_empty() { FINE } else { BAD }))
}

fn say(verified: &Verified, out: &mut dyn Write) -> anyhow::Result<()> {
    for finding in &verified.findings {
        writeln!(out, "CHANGED  {finding}")?;
    }
    for note in &verified.notes {
        writeln!(out, "note     {note}")?;
    }
    writeln!(out, "Rows that are as they were written: {}", verified.n_rows)?;
    if let Some((at, key)) = &verified.head {
        let key = key.as_ref().map(|key| format!(", signed with the key {}", hex(key)));
        writeln!(out, "Last row written: {}{}", at.to_rfc3339(), key.unwrap_or_default())?;
    }
    let is_signed = verified.head.as_ref().is_some_and(|(_, key)| key.is_some());
    let sentence = if !verified.findings.is_empty() {
        "Something was changed since it was written."
    } else if verified.n_rows == 0 {
        "There is no row that anything protects."
    } else if is_signed {
        "Nothing was changed since it was written, by anybody but the owner of the key. That does not prove that what was written is true."
    } else {
        "The rows follow each other, but nobody has signed them: who changed them may have reckoned them anew."
    };
    writeln!(out, "{sentence}")?;
    Ok(())
}

fn json(verified: &Verified) -> serde_json::Value {
    let list = |findings: &[Finding]| {
        let one = |finding: &Finding| {
            json!({
                "file": finding.path.to_string_lossy(),
                "line": finding.line,
                "what": finding.to_string(),
            })
        };
        findings.iter().map(one).collect::<Vec<_>>()
    };
    json!({
        "unchanged": verified.findings.is_empty(),
        "rows": verified.n_rows,
        "findings": list(&verified.findings),
        "notes": list(&verified.notes),
        "last_row_utc": verified.head.as_ref().map(|(at, _)| at.to_rfc3339()),
        "public_key": verified.head.as_ref().and_then(|(_, key)| key.as_deref().map(hex)),
    })
}
