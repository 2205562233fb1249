//! `netlog verify`: whether the logs, or an evidence pack, are as they were written.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, anyhow, bail};
use serde_json::json;

use super::{BAD, FINE, Global, UNSIGNED, disclose, global};
use crate::{
    codec::{
        chain_head_json::hex,
        pack_json::{MANIFEST, Manifest},
        public_key::{self, Named, fingerprint},
    },
    engine,
    evidence::{
        self,
        pack::{self, PackFinding, PackWhat, Standing, VerifiedPack},
    },
    model::time::Timestamp,
    store::verify::{self, Finding, Outcome, Verified, What},
};

/// Options of `netlog verify`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = "\
Examples:
  netlog verify                            the log folder
  netlog verify ~/old-logs                 another one
  netlog verify pack.zip                   an evidence pack
  netlog verify pack.zip --key 7b0f...     the same, and that this key signed it
  netlog verify pack.zip --opening o.json  and what its owner disclosed of it
  netlog verify --public-key > my_key.pem  the key for others to verify with

What it proves: that nothing was changed, taken out or put in since it was
written, by anybody who does not have the signing key. It does not prove that
what was written is true, nor that the owner of the key changed nothing.
Of a pack nothing is unpacked to the disk.

Exit codes: 0 unchanged since it was signed, 1 something was changed or another
key signed it, or nobody where --key asks for one, 2 it could not be read, or is
no pack, 3 no change was found, but not everything is signed, so a change need
not show, or rows of which the log tells are no longer here.")]
pub(super) struct VerifyArgs {
    /// Folder of logs, or an evidence pack. Without it: the log folder
    path: Option<PathBuf>,
    /// The key that must have signed: its fingerprint, or a file that holds it
    #[arg(long, value_name = "FINGERPRINT|FILE")]
    key: Option<String>,
    /// What the owner of a redacted pack disclosed of it with "netlog disclose"
    #[arg(long, value_name = "FILE", requires = "path")]
    opening: Option<PathBuf>,
    /// Print this user's own public key and its fingerprint, and verify nothing
    #[arg(long, conflicts_with_all = ["path", "key", "opening"])]
    public_key: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &VerifyArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    if args.public_key {
        return own_key(args.json, out);
    }
    let named = args.key.as_deref().map(named).transpose()?;
    if let Some(path) = args.path.as_deref().filter(|path| !path.is_dir()) {
        return of_pack(path, named.as_ref(), args, out);
    }
    if args.opening.is_some() {
        bail!("--opening is of an evidence pack: name the pack it belongs to");
    }
    let mut verified = match (&args.path, &named) {
        (Some(dir), named) => in_folder(dir, named.is_none())?,
        (None, Some(_)) => verify::verify(&global::load(global)?.log_dir.path, None)?,
        // One's own log is signed with one's own key.
        (None, None) => {
            let dir = global::load(global)?.log_dir.path;
            verify::verify_kept(&dir, engine::own_public_key().as_deref(), evidence::kept(&dir).as_ref())?
        }
    };
    if let Some(named) = &named {
        hold_to(named, &mut verified);
    }
    if args.json {
        writeln!(out, "{}", json(&verified))?;
    } else {
        say(&verified, out)?;
    }
    Ok(code(verified.outcome()))
}

/// Adds a finding where the log is not signed with this key.
fn hold_to(named: &Named, verified: &mut Verified) {
    let has_rows = verified.n_rows + verified.n_unsigned > 0;
    let what = match &verified.head {
        Some((_, Some(key))) if named.is(key) => return,
        Some((_, Some(_))) => What::NotThisKey,
        Some((_, None)) => What::Unsigned,
        None if has_rows => What::Unsigned,
        None => return,
    };
    verified.findings.push(Finding { path: PathBuf::from(crate::store::log::HEAD_NAME), line: None, what });
}

fn code(outcome: Outcome) -> ExitCode {
    ExitCode::from(match outcome {
        Outcome::Unchanged => FINE,
        Outcome::Changed => BAD,
        Outcome::Unsigned => UNSIGNED,
    })
}

/// `true`, `false`, or `null` when that cannot be said.
fn is_unchanged(outcome: Outcome) -> Option<bool> {
    match outcome {
        Outcome::Unchanged => Some(true),
        Outcome::Changed => Some(false),
        Outcome::Unsigned => None,
    }
}

/// The sentence about rows that `netlog demo` made up; empty when there are none.
fn made_up(n_demo: u64) -> String {
    if n_demo == 0 {
        return String::new();
    }
    format!(
        "Made-up data: {n_demo} rows were made up by \"netlog demo\" and not measured. They are evidence of nothing.\n"
    )
}

/// The key that somebody means.
fn named(text: &str) -> anyhow::Result<Named> {
    let path = Path::new(text);
    let content = if path.is_file() {
        // A key is short; whatever is longer is none.
        let meta = fs::metadata(path).with_context(|| format!("cannot read {text}"))?;
        if meta.len() > 64 * 1024 {
            bail!("this is no key: name a file with a public key, or give its fingerprint of 64 digits: {text}");
        }
        fs::read_to_string(path).with_context(|| format!("cannot read {text}"))?
    } else {
        text.to_owned()
    };
    Named::parse(&content)
        .with_context(|| format!("--key is no fingerprint of 64 digits, and no file with a public key: {text}"))
}

fn own_key(is_json: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let key = engine::own_key().map_err(|why| anyhow!("{why}; {}", why.remedy()))?;
    let Some(key) = key else {
        bail!("there is no key yet: it is made by the first \"netlog monitor\" or \"netlog report\"");
    };
    let (pem, fingerprint) = (public_key::pem(&key), fingerprint(&key));
    if is_json {
        writeln!(out, "{}", json!({ "public_key": hex(&key), "fingerprint": fingerprint, "pem": pem }))?;
    } else {
        writeln!(out, "{pem}Fingerprint: {fingerprint}")?;
    }
    Ok(ExitCode::from(FINE))
}

/// Verifies another folder. One in which this user's key has signed is this user's own.
fn in_folder(dir: &Path, may_be_own: bool) -> anyhow::Result<Verified> {
    if dir.join(MANIFEST).is_file() {
        bail!(
            "this is an unpacked evidence pack: verify the pack itself, or do as its README.txt says: {}",
            dir.display()
        );
    }
    let kept = evidence::kept(dir).filter(|_| may_be_own);
    Ok(verify::verify_kept(dir, None, kept.as_ref())?)
}

fn say(verified: &Verified, out: &mut dyn Write) -> anyhow::Result<()> {
    let word = if is_only_unsigned(verified) { "UNSIGNED" } else { "CHANGED " };
    for finding in &verified.findings {
        writeln!(out, "{word} {finding}")?;
    }
    for note in &verified.notes {
        writeln!(out, "note     {note}")?;
    }
    for absent in &verified.absent {
        writeln!(out, "note     {absent}")?;
    }
    writeln!(out, "Rows that are as they were written: {}", verified.n_rows)?;
    if let (true, Some(_)) = (verified.n_unsigned > 0, &verified.head) {
        writeln!(out, "Rows that no valid signature covers: {}", verified.n_unsigned)?;
    }
    if let Some((at, key)) = &verified.head {
        let is_own = key.is_some() && *key == engine::own_public_key();
        let whose = if is_own { ", which is this user's own" } else { "" };
        let key = key.as_ref().map(|key| format!(", signed with the key {}{whose}", fingerprint(key)));
        writeln!(out, "Last row written: {}{}", at.to_rfc3339(), key.unwrap_or_default())?;
    }
    writeln!(out, "{}{}", made_up(verified.n_demo), sentence_of_log(verified))?;
    Ok(())
}

/// The log was held to a key, and what is amiss is that nobody signed it.
fn is_only_unsigned(verified: &Verified) -> bool {
    let mut findings = verified.findings.iter().peekable();
    findings.peek().is_some() && findings.all(|finding| finding.what == What::Unsigned)
}

/// Meaning of all that was found in a log.
fn sentence_of_log(verified: &Verified) -> &'static str {
    let is_other = |finding: &Finding| matches!(finding.what, What::OtherKey | What::NotThisKey);
    let is_signed = verified.head.as_ref().is_some_and(|(_, key)| key.is_some());
    match verified.outcome() {
        Outcome::Changed if is_only_unsigned(verified) => {
            "Nobody has signed the rows, so the key that was expected has not: who changed them may have reckoned them anew."
        }
        Outcome::Changed if verified.findings.iter().all(is_other) => {
            "Nothing was changed since it was written, but another key signed it than the one expected."
        }
        Outcome::Changed => "Something was changed since it was written.",
        Outcome::Unchanged => {
            "Nothing was changed since it was written, by anybody but the owner of the key. That does not prove that what was written is true."
        }
        Outcome::Unsigned if verified.n_rows == 0 => "There is no row that anything protects.",
        Outcome::Unsigned if verified.n_absent() > 0 => {
            "No change was found, but rows are no longer here of which the log tells: nobody can say what they were."
        }
        Outcome::Unsigned if is_signed => {
            "No change was found, but not all rows are signed: those that are not can have been changed unseen."
        }
        Outcome::Unsigned => {
            "Not signed: the rows follow each other, but nobody has signed them: who changed them may have reckoned them anew."
        }
    }
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
    let key = verified.head.as_ref().and_then(|(_, key)| key.as_deref());
    let absent = verified.absent.iter().map(|absent| {
        let (file, line) = absent.place();
        json!({ "file": file.to_string_lossy(), "line": line, "what": absent.to_string() })
    });
    let notes: Vec<_> = list(&verified.notes).into_iter().chain(absent).collect();
    json!({
        "kind": "log",
        "unchanged": is_unchanged(verified.outcome()),
        "signed": verified.is_signed(),
        "rows": verified.n_rows,
        "unsigned_rows": verified.n_unsigned,
        "unprotected_lines": verified.n_unprotected,
        "demo_rows": verified.n_demo,
        "findings": list(&verified.findings),
        "notes": notes,
        "logs_absent": verified.n_absent(),
        "last_row_utc": verified.head.as_ref().map(|(at, _)| at.to_rfc3339()),
        "public_key": key.map(hex),
        "fingerprint": key.map(fingerprint),
    })
}

fn of_pack(path: &Path, named: Option<&Named>, args: &VerifyArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let pack = pack::verify(path, named)?;
    let opening = args.opening.as_deref().map(|opening| disclose::check(path, &pack, opening)).transpose()?;
    if args.json {
        let mut value = pack_json(&pack);
        if let (Some(opening), Some(object)) = (&opening, value.as_object_mut()) {
            object.insert("opening".into(), disclose::json(opening));
        }
        writeln!(out, "{value}")?;
    } else {
        say_pack(&pack, named.is_some(), out)?;
        opening.iter().try_for_each(|opening| disclose::say(opening, out))?;
    }
    let holds = opening.is_none_or(|opening| opening.holds());
    Ok(code(if holds { pack.outcome() } else { Outcome::Changed }))
}

fn say_pack(pack: &VerifiedPack, is_pinned: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    for finding in &pack.findings {
        writeln!(out, "CHANGED  {finding}")?;
    }
    for note in &pack.notes {
        writeln!(out, "note     {note}")?;
    }
    let Some(manifest) = &pack.manifest else {
        writeln!(out, "The pack was changed since it was signed.")?;
        return Ok(());
    };
    let edge = |at: Option<Timestamp>, word: &str| at.map_or_else(|| word.to_owned(), |at| at.to_rfc3339());
    let (from, to) = (edge(manifest.from, "the beginning of the log"), edge(manifest.to, "its end"));
    writeln!(out, "Made {} by version {}, of {from} to {to}", manifest.made.to_rfc3339(), manifest.version)?;
    writeln!(out, "Files that are as they were signed: {} of {}", pack.n_files, manifest.files.len())?;
    writeln!(out, "Rows that follow the one before: {}{}", pack.n_rows, to_head(manifest))?;
    let is_own = engine::own_public_key().is_some_and(|own| own == manifest.public_key);
    let whose = if is_own { ", which is this user's own" } else { "" };
    let signed = if pack.is_signed { "Signed with" } else { "Not signed with, but naming," };
    writeln!(out, "{signed} the key {}{whose}", fingerprint(&manifest.public_key))?;
    writeln!(out, "{}{}", made_up(pack.n_demo.max(manifest.n_demo)), sentence(pack, manifest, is_pinned || is_own))?;
    Ok(())
}

fn to_head(manifest: &Manifest) -> String {
    let head = manifest.chain.as_ref().and_then(|chain| Some((chain.n_after, chain.head.as_ref()?.head.at)));
    match head {
        Some((0, at)) => format!(", up to the head of the log of {}", at.to_rfc3339()),
        Some((n, at)) => format!(", and by {n} digests on to the head of the log of {}", at.to_rfc3339()),
        None => String::new(),
    }
}

/// Returns the proof as a sentence.
fn sentence(pack: &VerifiedPack, manifest: &Manifest, is_known: bool) -> String {
    let at = manifest.made.to_rfc3339();
    match pack.standing() {
        Standing::Unsigned => "Nobody vouches for this pack: anybody can have made or changed it.".to_owned(),
        Standing::OtherKey => {
            "Nothing was changed since it was signed, but not by the key that was expected.".to_owned()
        }
        Standing::Repacked => format!(
            "Every file is as it was signed with this key at {at} by its owner's clock; only the archive around them was made anew."
        ),
        Standing::LogChanged => format!(
            "Every file is as it was signed with this key at {at} by its owner's clock, and the log in it had been changed before that."
        ),
        Standing::Changed => "The pack was changed since it was signed.".to_owned(),
        Standing::Unchanged => {
            let whose = if is_known {
                ""
            } else {
                " Whose key it is cannot be seen from here: compare it with what its owner told you by another way."
            };
            let log = if is_log_signed(pack) {
                ""
            } else {
                " Not all rows in it were signed when they were written: what was changed before the pack was made need not show."
            };
            format!(
                "Unchanged since it was signed with this key, at {at} by its owner's clock.{whose}{log} That does not prove that what was written is true."
            )
        }
    }
}

/// The rows of a pack were signed when they were written, as far as the pack can show it.
fn is_log_signed(pack: &VerifiedPack) -> bool {
    let is_doubt =
        |found: &PackFinding| matches!(found.what, PackWhat::Row(What::Unsigned | What::NoHead | What::Unprotected(_)));
    !pack.notes.iter().any(is_doubt)
}

fn pack_json(pack: &VerifiedPack) -> serde_json::Value {
    let list = |findings: &[PackFinding]| {
        let one =
            |finding: &PackFinding| json!({ "file": finding.name, "line": finding.line, "what": finding.to_string() });
        findings.iter().map(one).collect::<Vec<_>>()
    };
    let manifest = pack.manifest.as_ref();
    let chain = manifest.and_then(|manifest| manifest.chain.as_ref());
    json!({
        "kind": "pack",
        "unchanged": is_unchanged(pack.outcome()),
        "signed": pack.is_signed,
        "files": pack.n_files,
        "rows": pack.n_rows,
        "rows_signed": is_log_signed(pack),
        "demo_rows": pack.n_demo.max(manifest.map_or(0, |manifest| manifest.n_demo)),
        "findings": list(&pack.findings),
        "notes": list(&pack.notes),
        "made_utc": manifest.map(|manifest| manifest.made.to_rfc3339()),
        "from": manifest.and_then(|manifest| manifest.from).map(|at| at.to_rfc3339()),
        "to": manifest.and_then(|manifest| manifest.to).map(|at| at.to_rfc3339()),
        "redacted": manifest.is_some_and(|manifest| manifest.redaction.is_some()),
        "head_utc": chain.and_then(|chain| chain.head.as_ref()).map(|head| head.head.at.to_rfc3339()),
        "manifest_sha256": pack.manifest_sha256,
        "public_key": manifest.map(|manifest| hex(&manifest.public_key)),
        "fingerprint": manifest.map(|manifest| fingerprint(&manifest.public_key)),
    })
}
