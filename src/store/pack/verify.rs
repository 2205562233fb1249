//! Verification that a pack is as it was when its owner signed it. Nothing of it is unpacked to the disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::File,
    io::{self, BufReader, Read, Seek},
    path::{Path, PathBuf},
};

use ring::digest::{SHA256, digest};

use super::archive::{Archive, Broken, Problem, Unpacked};
use crate::{
    codec::{
        chain_head_json::hex,
        netlog_csv::{Digest, Link},
        pack_json::{self, Chain, FileRecord, MANIFEST, Manifest, SIGNATURE, Unreadable},
        public_key::{Named, fingerprint},
        zip::{DosTime, Entry, Method},
    },
    store::{
        error::{StoreError, context},
        key,
        log::HEAD_NAME,
        verify::{ChainReader, Chained, Outcome, Verified, What},
    },
};

/// Result of verifying a pack.
#[derive(Debug, Default)]
pub struct VerifiedPack {
    /// Manifest, in which the pack says what it is; `None` when that cannot be read.
    pub manifest: Option<Manifest>,
    /// SHA-256 of the manifest, 64 digits: two packs with the same are the same.
    pub manifest_sha256: String,
    /// True if the key that the manifest names signed it.
    pub is_signed: bool,
    /// Files that are as they were signed.
    pub n_files: u64,
    /// Rows that follow the one before.
    pub n_rows: u64,
    /// Rows that were made up for a demonstration.
    pub n_demo: u64,
    /// Findings of what is not as it was.
    pub findings: Vec<PackFinding>,
    /// Findings of what cannot be vouched for, and is no sign of a change.
    pub notes: Vec<PackFinding>,
}

/// Result of verifying a pack, as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Every file is as it was when the key signed it.
    Unchanged,
    /// The same, and the archive around the files was made anew.
    Repacked,
    /// The same, and another key than the one expected signed it.
    OtherKey,
    /// Nobody vouches for it.
    Unsigned,
    /// Every file is as it was signed, and a row records that the log had been changed before.
    LogChanged,
    /// Something was changed, taken out or put in.
    Changed,
}

impl VerifiedPack {
    /// Outcome in the terms of a log: a pack without a signature in which nothing else is amiss is unsigned.
    pub fn outcome(&self) -> Outcome {
        let is_of_signature = |found: &PackFinding| matches!(found.what, PackWhat::Unsigned | PackWhat::Container);
        match self.standing() {
            Standing::Unchanged => Outcome::Unchanged,
            Standing::Unsigned if self.findings.iter().all(is_of_signature) => Outcome::Unsigned,
            _ => Outcome::Changed,
        }
    }

    /// Returns the result as a whole.
    pub fn standing(&self) -> Standing {
        let is_only =
            |what: &PackWhat| !self.findings.is_empty() && self.findings.iter().all(|found| found.what == *what);
        match self {
            Self { manifest: None, .. } => Standing::Changed,
            Self { is_signed: false, .. } => Standing::Unsigned,
            Self { findings, .. } if findings.is_empty() => Standing::Unchanged,
            Self { findings, .. } if findings.iter().all(|found| found.what.is_put_aside()) => Standing::LogChanged,
            _ if is_only(&PackWhat::OtherKey) => Standing::OtherKey,
            _ if is_only(&PackWhat::Container) => Standing::Repacked,
            _ => Standing::Changed,
        }
    }
}

/// Something about one place in a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFinding {
    /// The file in the pack, spelled so that a terminal shows it; empty for the pack as a whole.
    pub name: String,
    /// Line in the file, from 1.
    pub line: Option<u64>,
    /// Kind of the finding.
    pub what: PackWhat,
}

/// Kind of a finding in a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackWhat {
    /// The bytes of the file are others.
    Changed,
    /// The file is not there.
    Missing,
    /// The file was put in.
    Added,
    /// There are several files of this name.
    Doubled,
    /// The file cannot be unpacked.
    Packed(Problem),
    /// The manifest is none.
    BadManifest,
    /// There is no signature.
    Unsigned,
    /// The signature is not that of the key.
    BadSignature,
    /// The key is not the one that was expected.
    OtherKey,
    /// The files are as they were, and the archive around them was made anew or changed.
    Container,
    /// The files would unpack to far more than the pack can hold.
    Bomb,
    /// Something about the rows.
    Row(What),
    /// The digests behind the rows do not lead to the head of the log.
    NotToHead,
    /// A line that is no digest.
    NoDigest,
    /// The head of the log is signed by another key than the pack.
    HeadOfOtherKey(String),
    /// The pack is redacted: its rows are bound anew without what was taken out.
    Redacted,
    /// Something was not right about the log when the pack was made.
    WhenMade(String),
}

impl PackWhat {
    /// A row records that a log was put aside.
    fn is_put_aside(&self) -> bool {
        matches!(self, Self::Row(What::PutAside(..)))
    }
}

/// Reason why a file is not judged.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is no archive, or cut short.
    #[error("this is no evidence pack, or it is cut short: get it once more from whoever made it: {}", .0.display())]
    NoArchive(PathBuf),
    /// It claims to hold more than any pack.
    #[error("this is no evidence pack: it claims to hold more files than any has: {}", .0.display())]
    Absurd(PathBuf),
    /// It is some other archive.
    #[error("this is no evidence pack: a ZIP without {MANIFEST}: {}", .0.display())]
    NoPack(PathBuf),
    /// A newer program made it.
    #[error("a newer version of the program made this pack: verify it with that one: {}", .0.display())]
    Newer(PathBuf),
}

impl fmt::Display for PackFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.name.is_empty() { "the pack" } else { &self.name })?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl fmt::Display for PackWhat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Changed => "the file was changed after it was signed",
            Self::Missing => "the file was taken out",
            Self::Added => "the file was put in: nobody signed it",
            Self::Doubled => "there are several files of this name",
            Self::Packed(Problem::Method) => "the file is packed as no pack is",
            Self::Packed(Problem::Misplaced) => "the file is not where the archive says",
            Self::Packed(Problem::Damaged) => "the packed file is damaged",
            Self::Packed(Problem::TooLong) => "the file was changed after it was signed: it is longer",
            Self::BadManifest => "the list of files was changed: it cannot be read",
            Self::Unsigned => "the pack is not signed: anybody can have made or changed it",
            Self::BadSignature => "the list of files, the key or the signature was changed: they do not belong together",
            Self::OtherKey => "the pack is signed by another key than the one expected",
            Self::Container => {
                "the archive around the files was made anew or changed; that alone says nothing against a file that is not named here"
            }
            Self::Bomb => "it would unpack to far more than a pack can hold, and was not unpacked",
            Self::Row(what) => return what.fmt(f),
            Self::NotToHead => "the rows do not lead to the signed head of the log",
            Self::NoDigest => "the line is no digest of a row",
            Self::HeadOfOtherKey(key) => {
                return write!(f, "the rows were written with another key than the one that signed the pack: {key}");
            }
            Self::Redacted => {
                "the pack is redacted: that the original rows followed each other is signed and cannot be checked here"
            }
            Self::WhenMade(found) => return write!(f, "when the pack was made, the log had this: {found}"),
        })
    }
}

/// Findings of a kind that are named.
const MOST: usize = 1000;
/// A longer manifest is none, in bytes.
const MOST_MANIFEST: u64 = 64 << 20;
/// Maximum that a pack may unpack to: so many times its length, plus this many bytes.
const MOST_TIMES: u64 = 200;
const MOST_BYTES: u64 = 1 << 30;

/// Verifies a pack. `expected` is the key that must have signed it, where one is known.
///
/// # Errors
///
/// When it cannot be read or is no pack. A pack that was changed is no error.
pub fn verify(path: &Path, expected: Option<&Named>) -> Result<VerifiedPack, Refused> {
    let file = File::open(path).map_err(context("open", path))?;
    verify_in(BufReader::new(file), path, expected)
}

/// The same of something that is open.
pub(super) fn verify_in<R: Read + Seek>(
    input: R,
    path: &Path,
    expected: Option<&Named>,
) -> Result<VerifiedPack, Refused> {
    let failed = |err: io::Error| Refused::from(context("read", path)(err));
    let mut archive = Archive::open(input).map_err(|broken| match broken {
        Broken::Io(err) => failed(err),
        Broken::NoArchive => Refused::NoArchive(path.to_owned()),
        Broken::Absurd => Refused::Absurd(path.to_owned()),
    })?;
    let mut pack = VerifiedPack::default();
    let Some(at) = place(&archive.entries, MANIFEST) else { return Err(Refused::NoPack(path.to_owned())) };
    let mut bytes = Vec::new();
    let of_manifest = archive.unpack(at, MOST_MANIFEST, &mut |part| bytes.extend(part)).map_err(failed)?;
    pack.manifest_sha256 = hex(digest(&SHA256, &bytes).as_ref());
    let manifest =
        match std::str::from_utf8(&bytes).map_err(|_not_utf8| Unreadable::NoManifest).and_then(pack_json::parse) {
            Ok(manifest) if of_manifest.problem.is_none() => manifest,
            Err(Unreadable::Newer) => return Err(Refused::Newer(path.to_owned())),
            _ => {
                pack.find(MANIFEST, PackWhat::BadManifest);
                return Ok(pack);
            }
        };
    let of_signature = pack.judge_signature(&mut archive, &manifest, &bytes, expected).map_err(failed)?;
    pack.judge_files(&mut archive, &manifest, [of_manifest, of_signature]).map_err(failed)?;
    pack.manifest = Some(manifest);
    Ok(pack)
}

fn place(entries: &[Entry], name: &str) -> Option<usize> {
    entries.iter().position(|entry| entry.name == name.as_bytes())
}

/// A name as a terminal can show it.
fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).chars().take(200).flat_map(char::escape_debug).collect()
}

impl VerifiedPack {
    fn find(&mut self, name: &str, what: PackWhat) {
        self.find_line(name, None, what);
    }

    fn find_line(&mut self, name: &str, line: Option<u64>, what: PackWhat) {
        if self.findings.len() < MOST {
            self.findings.push(PackFinding { name: shown(name.as_bytes()), line, what });
        }
    }

    fn note(&mut self, name: &str, line: Option<u64>, what: PackWhat) {
        if self.notes.len() < MOST {
            self.notes.push(PackFinding { name: shown(name.as_bytes()), line, what });
        }
    }

    fn judge_signature<R: Read + Seek>(
        &mut self,
        archive: &mut Archive<R>,
        manifest: &Manifest,
        bytes: &[u8],
        expected: Option<&Named>,
    ) -> io::Result<Unpacked> {
        let (mut signature, mut unpacked) = (Vec::new(), Unpacked::default());
        match place(&archive.entries, SIGNATURE) {
            None => self.find(SIGNATURE, PackWhat::Unsigned),
            Some(at) => {
                unpacked = archive.unpack(at, 1024, &mut |part| signature.extend(part))?;
                self.is_signed = key::is_signed(bytes, &manifest.public_key, &signature);
                if !self.is_signed {
                    self.find(MANIFEST, PackWhat::BadSignature);
                }
            }
        }
        if expected.is_some_and(|expected| !expected.is(&manifest.public_key)) {
            self.find("", PackWhat::OtherKey);
        }
        Ok(unpacked)
    }

    fn judge_files<R: Read + Seek>(
        &mut self,
        archive: &mut Archive<R>,
        manifest: &Manifest,
        own: [Unpacked; 2],
    ) -> io::Result<()> {
        let mut places: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        for (idx, entry) in archive.entries.iter().enumerate() {
            if places.insert(entry.name.clone(), idx).is_some() {
                self.find(&shown(&entry.name), PackWhat::Doubled);
            }
        }
        let known: BTreeSet<&[u8]> = manifest.files.iter().map(|file| file.name.as_bytes()).collect();
        for entry in &archive.entries {
            let is_own = [MANIFEST.as_bytes(), SIGNATURE.as_bytes()].contains(&entry.name.as_slice());
            if !is_own && !known.contains(entry.name.as_slice()) {
                self.find(&shown(&entry.name), PackWhat::Added);
            }
        }
        let total = manifest.files.iter().fold(0_u64, |sum, file| sum.saturating_add(file.size));
        if total > archive.len.saturating_mul(MOST_TIMES).saturating_add(MOST_BYTES) {
            self.find("", PackWhat::Bomb);
            return Ok(());
        }
        let mut is_canonical = archive.is_canonical(DosTime::new(manifest.file_time.naive_utc()))?;
        let order = manifest.files.iter().map(|file| file.name.as_str()).chain([MANIFEST, SIGNATURE]);
        is_canonical &= order.map(str::as_bytes).eq(archive.entries.iter().map(|entry| entry.name.as_slice()));
        let end = manifest.chain.as_ref().map_or(Link::START, |chain| chain.end);
        let mut rows =
            Rows { verified: Verified::default(), files: BTreeMap::new(), head: end, no_digests: Vec::new() };
        for file in &manifest.files {
            let Some(idx) = places.get(file.name.as_bytes()).copied() else {
                self.find(&file.name, PackWhat::Missing);
                continue;
            };
            let mut reader = rows.reader(&file.name);
            let unpacked = archive.unpack(idx, file.size, &mut |bytes| reader.push(bytes))?;
            rows.take(reader);
            if let Some(what) = fault(file, &unpacked) {
                self.find(&file.name, what);
            } else {
                self.n_files += 1;
            }
            is_canonical &= archive.entries.get(idx).is_some_and(|entry| is_as_packed(entry, file, &unpacked));
        }
        for (name, unpacked) in [MANIFEST, SIGNATURE].into_iter().zip(own) {
            let entry = place(&archive.entries, name).and_then(|idx| archive.entries.get(idx));
            is_canonical &= entry.is_some_and(|entry| {
                entry.method == Method::Stored && entry.crc == unpacked.crc && entry.size == unpacked.size
            });
        }
        if !is_canonical || archive.n_behind > 0 {
            self.find("", PackWhat::Container);
        }
        self.judge_rows(manifest, &rows);
        Ok(())
    }

    fn judge_rows(&mut self, manifest: &Manifest, rows: &Rows) {
        let name = |path: &Path| path.to_string_lossy().into_owned();
        self.n_rows = rows.verified.n_rows;
        self.n_demo = rows.verified.n_demo;
        for finding in &rows.verified.findings {
            self.find_line(&name(&finding.path), finding.line, PackWhat::Row(finding.what.clone()));
        }
        for note in &rows.verified.notes {
            self.note(&name(&note.path), note.line, PackWhat::Row(note.what.clone()));
        }
        let bound = manifest.chain.as_ref().map(|chain| chain.files.as_slice()).unwrap_or_default();
        // A log without any head is packed without one, as the signed manifest says: it was not changed since.
        let head_file = format!("rows/{HEAD_NAME}");
        let has_head = manifest.chain.is_some() || manifest.files.iter().any(|file| file.name == head_file);
        for (name, _) in rows.files.iter().filter(|(name, file)| file.first.is_some() && !bound.contains(name)) {
            if rows.is_put_aside(name) {
                self.note(name, None, PackWhat::Row(What::Unsigned));
            } else if has_head || manifest.redaction.is_some() {
                self.find(name, PackWhat::Row(What::Unvouched));
            } else {
                self.note(name, None, PackWhat::Row(What::NoHead));
            }
        }
        if let Some(chain) = &manifest.chain {
            self.judge_chain(chain, rows);
            if manifest.redaction.is_none() {
                self.judge_head(manifest, chain, rows.head);
            }
        }
        rows.no_digests.iter().for_each(|line| self.find_line(AFTER, Some(*line), PackWhat::NoDigest));
        if manifest.redaction.is_some() {
            self.note("", None, PackWhat::Redacted);
        }
        manifest.found.iter().for_each(|found| self.note("", None, PackWhat::WhenMade(shown(found.as_bytes()))));
    }

    /// Checks that the rows of all files follow each other, from the link they are said to follow on.
    fn judge_chain(&mut self, chain: &Chain, rows: &Rows) {
        let mut last = chain.before;
        for name in &chain.files {
            let chained = rows.files.get(name);
            if let Some((line, body, link)) = chained.and_then(|chained| chained.first.as_ref()) {
                if last.after(body) == *link {
                    self.n_rows += 1;
                } else {
                    self.find_line(name, Some(*line), PackWhat::Row(What::NoBeginning));
                }
            }
            last = chained.and_then(|chained| chained.last).unwrap_or(last);
        }
        if last != chain.end {
            self.find(chain.files.last().map_or("", |name| name), PackWhat::Row(What::NoEnd));
        }
    }

    fn judge_head(&mut self, manifest: &Manifest, chain: &Chain, end: Link) {
        let head_file = format!("rows/{HEAD_NAME}");
        let Some(signed) = &chain.head else { return self.note(&head_file, None, PackWhat::Row(What::NoHead)) };
        let is_head = end == signed.head.link || (!signed.head.is_written && end == signed.head.before);
        if !is_head {
            self.find(&head_file, PackWhat::NotToHead);
        }
        match &signed.signature {
            None => self.note(&head_file, None, PackWhat::Row(What::Unsigned)),
            Some((public, signature)) if !key::is_signed(&signed.head.message(), public, signature) => {
                self.find(&head_file, PackWhat::Row(What::BadSignature));
            }
            Some((public, _)) if *public != manifest.public_key => {
                self.note(&head_file, None, PackWhat::HeadOfOtherKey(fingerprint(public)));
            }
            Some(_) => {}
        }
    }
}

/// The digests of rows that are not in the pack.
const AFTER: &str = "rows/after.txt";

/// Content of the files of rows.
struct Rows {
    verified: Verified,
    files: BTreeMap<String, Chained>,
    /// Link to which the digests behind the last row lead.
    head: Link,
    no_digests: Vec<u64>,
}

/// Reads one file while it is unpacked.
enum Reader {
    Rows(String, Box<ChainReader>, Verified),
    Digests { line: Vec<u8>, number: u64, link: Link, no_digests: Vec<u64> },
    Other,
}

impl Rows {
    /// A row of another file records that this log was put aside.
    fn is_put_aside(&self, name: &str) -> bool {
        let told = self.files.values().flat_map(|file| &file.told).map(|(_, told)| told.file.as_str());
        name.strip_prefix("rows/").is_some_and(|name| told.into_iter().any(|told| told == name))
    }

    fn reader(&mut self, name: &str) -> Reader {
        let is_csv = Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        if name == AFTER {
            Reader::Digests { line: Vec::new(), number: 0, link: self.head, no_digests: Vec::new() }
        } else if name.starts_with("rows/") && is_csv && name != "rows/commitments.csv" {
            let verified = std::mem::take(&mut self.verified);
            Reader::Rows(name.to_owned(), Box::new(ChainReader::new(PathBuf::from(name))), verified)
        } else {
            Reader::Other
        }
    }

    fn take(&mut self, reader: Reader) {
        match reader {
            Reader::Rows(name, reader, mut verified) => {
                let file = reader.finish(&mut verified);
                if file.unended.is_some() {
                    verified.find(&file.path, file.unended, What::LineEnd);
                }
                file.told.iter().for_each(|(line, told)| verified.tell_put_aside(&file.path, *line, told));
                self.files.insert(name, file);
                self.verified = verified;
            }
            Reader::Digests { line, number, link, no_digests } => {
                (self.head, self.no_digests) = (link, no_digests);
                if !line.is_empty() {
                    self.no_digests.push(number + 1);
                }
            }
            Reader::Other => {}
        }
    }
}

impl Reader {
    fn push(&mut self, bytes: &[u8]) {
        match self {
            Self::Rows(_, reader, verified) => reader.push(bytes, verified),
            Self::Digests { line, number, link, no_digests } => {
                for byte in bytes {
                    if *byte != b'\n' {
                        // A digest is no longer.
                        if line.len() < 100 {
                            line.push(*byte);
                        }
                        continue;
                    }
                    *number += 1;
                    match Digest::parse(line) {
                        Some(digest) => *link = link.after_digest(digest),
                        None if no_digests.len() < MOST => no_digests.push(*number),
                        None => {}
                    }
                    line.clear();
                }
            }
            Self::Other => {}
        }
    }
}

/// Returns the fault of a file, if it has one.
fn fault(file: &FileRecord, unpacked: &Unpacked) -> Option<PackWhat> {
    if let Some(problem) = unpacked.problem {
        return Some(PackWhat::Packed(problem));
    }
    (unpacked.sha256 != file.sha256 || unpacked.size != file.size).then_some(PackWhat::Changed)
}

/// True if the archive says of a file what is so, and holds the very bytes that were packed.
fn is_as_packed(entry: &Entry, file: &FileRecord, unpacked: &Unpacked) -> bool {
    entry.crc == unpacked.crc
        && entry.size == unpacked.size
        && entry.packed == file.packed_size
        && unpacked.packed_sha256 == file.packed_sha256
        && entry.method == Method::Deflated
}
