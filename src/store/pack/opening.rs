//! Shows what lines and files of a redacted pack were made of, and checks what somebody shows.
//!
//! A pack commits to each original by a tag that is keyed with a salt of its own. Who is shown an original with its
//! salt sees whether they give the tag that was signed; no other original does, and other lines stay closed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, BufRead as _, BufReader},
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use ring::hmac;

use super::{
    archive::{Archive, Broken},
    redacted::Seed,
    rows::each_line,
    verify::{Refused, VerifiedPack},
};
use crate::{
    codec::{
        chain_head_json::unhex,
        opening_json::{Opened, Opening},
        pack_json::Manifest,
    },
    store::{
        error::{StoreError, context},
        key::Key,
        logs,
    },
};

/// The file with a tag for each line.
const COMMITMENTS: &str = "rows/commitments.csv";

/// Parts of a pack that are to be disclosed.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Lines of files of rows.
    pub lines: Vec<(String, RangeInclusive<u64>)>,
    /// All lines whose original contains this.
    pub containing: Option<String>,
    /// Whole files of traces and facts.
    pub files: Vec<String>,
}

/// Reason why nothing is disclosed.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// The pack cannot be read.
    #[error(transparent)]
    Pack(#[from] Refused),
    /// The logs cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is nothing that could be disclosed.
    #[error("nothing was taken out of this pack: it holds the originals themselves")]
    NotRedacted,
    /// The pack is another's.
    #[error("another key made this pack: only its owner can open it")]
    OtherKey,
    /// The originals are not there any more, or were others.
    #[error("the original is not in the log folder any more, or was no part of the pack: {0}")]
    Gone(String),
    /// Nothing was asked for that the pack has.
    #[error("no line of the pack was made of such an original")]
    Nothing,
}

/// Makes an opening of a pack that was verified, with its owner's key and log folder.
///
/// # Errors
///
/// When the pack is not redacted, is another's, or an original is not there any more.
pub fn disclose(
    path: &Path,
    pack: &VerifiedPack,
    log_dir: &Path,
    key: &Key,
    wanted: &Wanted,
) -> Result<Opening, NotOpened> {
    let manifest = pack.manifest.as_ref().ok_or_else(|| Refused::NoPack(path.to_owned()))?;
    let redaction = manifest.redaction.as_ref().ok_or(NotOpened::NotRedacted)?;
    let seed = Seed::new(key, manifest.made);
    if seed.sha256() != redaction.seed {
        return Err(NotOpened::OtherKey);
    }
    let mut opening = Opening { manifest_sha256: pack.manifest_sha256.clone(), all: Vec::new() };
    if !wanted.lines.is_empty() || wanted.containing.is_some() {
        let logs = logs::find(log_dir)?;
        for (file, tags) in commitments(path, manifest)? {
            let found = lines_of(&file, &tags, &logs, (&seed, wanted))?;
            opening.all.extend(found);
        }
        if let Some((file, number)) = missing(&opening.all, &wanted.lines) {
            return Err(NotOpened::Gone(format!("{file}, line {number}")));
        }
    }
    for name in &wanted.files {
        let record = manifest.files.iter().find(|record| record.name == *name);
        let tag = record.and_then(|record| record.original.as_ref()).and_then(|tag| unhex(tag));
        let original = tag.map(|tag| file_of(log_dir, &seed.file_salt(name), &tag)).transpose()?.flatten();
        let original = original.ok_or_else(|| NotOpened::Gone(name.clone()))?;
        opening.all.push(Opened { file: name.clone(), line: None, salt: seed.file_salt(name).to_vec(), original });
    }
    if opening.all.is_empty() { Err(NotOpened::Nothing) } else { Ok(opening) }
}

/// The first line that was asked for by its number and is not there.
fn missing<'a>(all: &[Opened], lines: &'a [(String, RangeInclusive<u64>)]) -> Option<(&'a str, u64)> {
    let found: BTreeSet<(&str, u64)> =
        all.iter().filter_map(|opened| Some((opened.file.as_str(), opened.line?))).collect();
    lines.iter().find_map(|(file, range)| {
        // Ends at the first gap, however long the range.
        range.clone().find(|number| !found.contains(&(file.as_str(), *number))).map(|number| (file.as_str(), number))
    })
}

/// Numbers of lines with their tags.
type Tags = Vec<(u64, Vec<u8>)>;

/// The tags of lines, by file, each from the first line on.
fn commitments(path: &Path, manifest: &Manifest) -> Result<BTreeMap<String, Tags>, Refused> {
    let mut all: BTreeMap<String, Tags> = BTreeMap::new();
    pack_lines(path, manifest, COMMITMENTS, &mut |_, line| {
        if let Some((file, number, tag)) = commitment(line) {
            all.entry(file).or_default().push((number, tag));
        }
    })?;
    Ok(all)
}

/// `file,line,commitment`.
fn commitment(line: &[u8]) -> Option<(String, u64, Vec<u8>)> {
    let mut fields = std::str::from_utf8(line.trim_ascii_end()).ok()?.rsplitn(3, ',');
    let (tag, number, file) = (fields.next()?, fields.next()?, fields.next()?);
    Some((file.to_owned(), number.parse().ok()?, unhex(tag)?))
}

/// Finds the lines of a file of rows in the logs, which may have been put aside under other names since, and takes
/// those that are wanted.
fn lines_of(
    file: &str,
    tags: &[(u64, Vec<u8>)],
    logs: &[PathBuf],
    (seed, wanted): (&Seed, &Wanted),
) -> Result<Vec<Opened>, StoreError> {
    let is_wanted = |number: u64, line: &[u8]| {
        let in_range = wanted.lines.iter().any(|(name, range)| name == file && range.contains(&number));
        let text = wanted.containing.as_ref();
        in_range || text.is_some_and(|text| memchr::memmem::find(line, text.as_bytes()).is_some())
    };
    let mut best: (usize, Vec<Opened>) = (0, Vec::new());
    for path in logs {
        let (mut rest, mut found) = (tags.iter().peekable(), Vec::new());
        let mut n = 0;
        each_line(path, |_, line, _| {
            // The lines of a pack follow each other in the log, the header's aside.
            let Some((number, tag)) = rest.peek() else { return Ok(false) };
            let (line, salt) = (line.trim_ascii_end(), seed.line_salt(file, *number));
            if holds(&salt, line, tag) {
                if is_wanted(*number, line) {
                    let (line, original) = (Some(*number), line.to_vec());
                    found.push(Opened { file: file.to_owned(), line, salt: salt.to_vec(), original });
                }
                n += 1;
                rest.next();
            }
            Ok(true)
        })
        .map_err(context("read", path))?;
        if n > best.0 {
            best = (n, found);
        }
    }
    Ok(best.1)
}

/// The content of a file of the log folder that has this tag, or its beginning, if it has grown since.
fn file_of(log_dir: &Path, salt: &[u8], tag: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, salt);
    for entry in fs::read_dir(log_dir).map_err(context("read", log_dir))? {
        let path = entry.map_err(context("read", log_dir))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let kinds = ["mtr_", "trace_", "wan_diag_", "analysis_on_outage_", "tcp_probe_", "isp_candidates"];
        if !path.is_file() || !kinds.iter().any(|kind| name.starts_with(kind)) {
            continue;
        }
        let mut input = BufReader::new(File::open(&path).map_err(context("open", &path))?);
        let (mut sum, mut content) = (hmac::Context::with_key(&key), Vec::new());
        loop {
            let begin = content.len();
            let n = input.read_until(b'\n', &mut content).map_err(context("read", &path))?;
            if n == 0 {
                break;
            }
            sum.update(content.get(begin..).unwrap_or_default());
            if sum.clone().sign().as_ref() == tag {
                return Ok(Some(content));
            }
        }
    }
    Ok(None)
}

fn holds(salt: &[u8], original: &[u8], tag: &[u8]) -> bool {
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, salt), original, tag).is_ok()
}

/// Result of checking one line or file of an opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Line or file that was disclosed.
    pub opened: Opened,
    /// True if the pack commits to this original.
    pub holds: bool,
    /// Line that stands in the pack in its place; `None` for a whole file, and when there is no such line.
    pub shown: Option<String>,
    /// The names of the columns of that file.
    pub columns: Option<String>,
}

/// Result of checking an opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedOpening {
    /// True if the opening is of this pack.
    pub is_of_this_pack: bool,
    /// Each line and file.
    pub all: Vec<Checked>,
}

impl CheckedOpening {
    /// True if the opening is of this pack, and all that is disclosed is what the pack was made of; false if nothing
    /// is.
    pub fn holds(&self) -> bool {
        self.is_of_this_pack && !self.all.is_empty() && self.all.iter().all(|checked| checked.holds)
    }
}

/// Checks an opening of a pack that was verified: it proves no more than the pack itself does.
///
/// # Errors
///
/// When the pack cannot be read.
pub fn check_opening(path: &Path, pack: &VerifiedPack, opening: &Opening) -> Result<CheckedOpening, Refused> {
    let Some(manifest) = &pack.manifest else { return Err(Refused::NoPack(path.to_owned())) };
    let wanted: BTreeSet<(&str, u64)> =
        opening.all.iter().filter_map(|opened| Some((opened.file.as_str(), opened.line?))).collect();
    let mut tags: BTreeMap<(String, u64), Vec<u8>> = BTreeMap::new();
    if !wanted.is_empty() {
        pack_lines(path, manifest, COMMITMENTS, &mut |_, line| {
            if let Some((file, number, tag)) = commitment(line).filter(|(file, n, _)| wanted.contains(&(file, *n))) {
                tags.insert((file, number), tag);
            }
        })?;
    }
    let mut shown: BTreeMap<(&str, u64), String> = BTreeMap::new();
    let files: BTreeSet<&str> = wanted.iter().map(|(file, _)| *file).collect();
    for file in files {
        pack_lines(path, manifest, file, &mut |number, line| {
            if number == 1 || wanted.contains(&(file, number)) {
                shown.insert((file, number), String::from_utf8_lossy(line.trim_ascii_end()).into_owned());
            }
        })?;
    }
    let of_file = |name: &str| {
        let record = manifest.files.iter().find(|record| record.name == name);
        record.and_then(|record| unhex(record.original.as_ref()?))
    };
    let all = opening.all.iter().map(|opened| {
        let tag = match opened.line {
            Some(number) => tags.get(&(opened.file.clone(), number)).cloned(),
            None => of_file(&opened.file),
        };
        let line = |number| shown.get(&(opened.file.as_str(), number)).cloned();
        Checked {
            holds: tag.is_some_and(|tag| holds(&opened.salt, &opened.original, &tag)),
            shown: opened.line.and_then(line),
            columns: opened.line.and_then(|_| line(1)),
            opened: opened.clone(),
        }
    });
    Ok(CheckedOpening { is_of_this_pack: opening.manifest_sha256 == pack.manifest_sha256, all: all.collect() })
}

/// Hands over the lines of a file in a pack with their numbers; none when there is no such file.
fn pack_lines(path: &Path, manifest: &Manifest, name: &str, take: &mut dyn FnMut(u64, &[u8])) -> Result<(), Refused> {
    let failed = |err: io::Error| Refused::from(context("read", path)(err));
    let file = File::open(path).map_err(context("open", path))?;
    let mut archive = Archive::open(BufReader::new(file)).map_err(|broken| match broken {
        Broken::Io(err) => failed(err),
        Broken::NoArchive => Refused::NoArchive(path.to_owned()),
        Broken::Absurd => Refused::Absurd(path.to_owned()),
    })?;
    let Some(record) = manifest.files.iter().find(|record| record.name == name) else { return Ok(()) };
    let Some(at) = archive.entries.iter().position(|entry| entry.name == name.as_bytes()) else { return Ok(()) };
    let (mut line, mut number) = (Vec::new(), 0);
    let unpacked = archive.unpack(at, record.size, &mut |bytes| {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            line.extend(part);
            if part.ends_with(b"\n") {
                number += 1;
                take(number, &line);
                line.clear();
            }
        }
    });
    unpacked.map_err(failed)?;
    if !line.is_empty() {
        take(number + 1, &line);
    }
    Ok(())
}
