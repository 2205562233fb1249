//! `netlog verify`: whether the logs, or an evidence pack, are as they were written.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use serde_json::json;

use super::{BAD, FINE, Global, global};
use crate::{
    codec::{
        chain_head_json::hex,
        pack_json::{MANIFEST, Manifest},
        public_key::{self, Named, fingerprint},
    },
    engine,
    model::time::Timestamp,
    store::{
        pack::{self, PackFinding, VerifiedPack},
        verify::{self, Finding, Verified, What},
    },
};

/// Options of `netlog verify`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = "\
Examples:
  netlog verify                            the log folder
  netlog verify ~/old-logs                 another one
  netlog verify pack.zip                   an evidence pack
  netlog verify pack.zip --key 7b0f...     the same, and that this key signed it
  netlog verify --public-key > my_key.pem  the key for others to verify with

What it proves: that nothing was changed, taken out or put in since it was
written, by anybody who does not have the signing key. It does not prove that
what was written is true, nor that the owner of the key changed nothing.
Of a pack nothing is unpacked to the disk.

Exit codes: 0 unchanged, 1 something was changed or another key signed it,
2 it could not be read, or is no pack.")]
pub(super) struct VerifyArgs {
    /// Folder of logs, or an evidence pack. Without it: the log folder
    path: Option<PathBuf>,
    /// The key that must have signed: its fingerprint, or a file that holds it
    #[arg(long, value_name = "FINGERPRINT|FILE")]
    key: Option<String>,
    /// Print this user's own public key and its fingerprint, and verify nothing
    #[arg(long, conflicts_with_all = ["path", "key"])]
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
        return of_pack(path, named.as_ref(), args.json, out);
    }
    let mut verified = match (&args.path, &named) {
        (Some(dir), _) => in_folder(dir)?,
        (None, Some(_)) => verify::verify(&global::load(global)?.log_dir.path, None)?,
        // One's own log is signed with one's own key.
        (None, None) => verify::verify(&global::load(global)?.log_dir.path, engine::own_public_key().as_deref())?,
    };
    if let (Some(named), Some((_, key))) = (&named, &verified.head)
        && !key.as_ref().is_some_and(|key| named.is(key))
    {
        let path = PathBuf::from(crate::store::log::HEAD_NAME);
        let what = if key.is_some() { What::NotThisKey } else { What::Unsigned };
        verified.findings.push(Finding { path, line: None, what });
    }
    if args.json {
        writeln!(out, "{}", json(&verified))?;
    } else {
        say(&verified, out)?;
    }
    Ok(code(verified.findings.is_empty()))
}

fn code(is_fine: bool) -> ExitCode {
    ExitCode::from(if is_fine { FINE } else { BAD })
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
    let Some(key) = engine::own_public_key() else {
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

fn in_folder(dir: &Path) -> anyhow::Result<Verified> {
    if dir.join(MANIFEST).is_file() {
        bail!(
            "this is an unpacked evidence pack: verify the pack itself, or do as its README.txt says: {}",
            dir.display()
        );
    }
    Ok(verify::verify(dir, None)?)
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
        let key = key.as_ref().map(|key| format!(", signed with the key {}", fingerprint(key)));
        writeln!(out, "Last row written: {}{}", at.to_rfc3339(), key.unwrap_or_default())?;
    }
    let is_signed = verified.head.as_ref().is_some_and(|(_, key)| key.is_some());
    let is_other = |finding: &Finding| matches!(finding.what, What::OtherKey | What::NotThisKey);
    let sentence = if !verified.findings.is_empty() && verified.findings.iter().all(is_other) {
        "Nothing was changed since it was written, but another key signed it than the one expected."
    } else if !verified.findings.is_empty() {
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
    let key = verified.head.as_ref().and_then(|(_, key)| key.as_deref());
    json!({
        "kind": "log",
        "unchanged": verified.findings.is_empty(),
        "rows": verified.n_rows,
        "findings": list(&verified.findings),
        "notes": list(&verified.notes),
        "last_row_utc": verified.head.as_ref().map(|(at, _)| at.to_rfc3339()),
        "public_key": key.map(hex),
        "fingerprint": key.map(fingerprint),
    })
}

fn of_pack(path: &Path, named: Option<&Named>, is_json: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let pack = pack::verify(path, named)?;
    if is_json {
        writeln!(out, "{}", pack_json(&pack))?;
    } else {
        say_pack(&pack, named.is_some(), out)?;
    }
    Ok(code(pack.findings.is_empty()))
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
    writeln!(out, "{}", sentence(pack, manifest, is_pinned || is_own))?;
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

/// What all of it proves.
fn sentence(pack: &VerifiedPack, manifest: &Manifest, is_known: bool) -> String {
    use pack::PackWhat::{Container, OtherKey};
    let is_only =
        |what: &pack::PackWhat| !pack.findings.is_empty() && pack.findings.iter().all(|found| found.what == *what);
    let at = manifest.made.to_rfc3339();
    if !pack.is_signed {
        return "Nobody vouches for this pack: anybody can have made or changed it.".to_owned();
    }
    if is_only(&OtherKey) {
        return "Nothing was changed since it was signed, but not by the key that was expected.".to_owned();
    }
    if is_only(&Container) {
        return format!(
            "Every file is as it was signed with this key at {at} by its owner's clock; only the archive around them was made anew."
        );
    }
    if !pack.findings.is_empty() {
        return "The pack was changed since it was signed.".to_owned();
    }
    let whose = if is_known {
        ""
    } else {
        " Whose key it is cannot be seen from here: compare it with what its owner told you by another way."
    };
    format!(
        "Unchanged since it was signed with this key, at {at} by its owner's clock.{whose} That does not prove that what was written is true."
    )
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
        "unchanged": pack.findings.is_empty(),
        "signed": pack.is_signed,
        "files": pack.n_files,
        "rows": pack.n_rows,
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
