//! Findings of verifying, so that the window can say them in any language: which text, and what is put into it.

use std::path::PathBuf;

use crate::{
    evidence::pack::{PackFinding, PackWhat, Refused, VerifiedPack},
    gui::text::T,
    model::{proof::AsideReason, time::Timestamp},
    store::{
        pack::Problem,
        verify::{Finding, Verified, What},
    },
};

pub(crate) use crate::evidence::pack::Standing;

/// Result of verifying whether logs, or a pack, are as they were written.
pub(crate) struct Checked {
    /// The folder or the pack.
    pub(crate) path: PathBuf,
    pub(crate) result: Result<Findings, Said>,
}

/// A text and what is put into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) text: T,
    pub(crate) parts: Vec<String>,
}

impl From<T> for Said {
    fn from(text: T) -> Self {
        Self { text, parts: Vec::new() }
    }
}

/// Something about one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The file; empty for a pack as a whole.
    pub(crate) place: String,
    pub(crate) line: Option<u64>,
    pub(crate) what: Said,
}

/// Findings about logs or a pack.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Rows that are as they were written.
    pub(crate) n_rows: u64,
    /// Findings about what is not as it was.
    pub(crate) faults: Vec<Found>,
    /// Findings about what cannot be vouched for.
    pub(crate) notes: Vec<Found>,
    /// Rows with a hash that no valid signature covers, and lines without a hash.
    pub(crate) n_unsigned: u64,
    /// Logs of which a row tells and that are no longer in the folder.
    pub(crate) n_absent: u64,
    /// Rows that were made up for a demonstration.
    pub(crate) n_demo: u64,
    /// Time at which the last row was written, and whether that is signed.
    pub(crate) head: Option<(Timestamp, bool)>,
    /// Facts that a pack states of itself; `None` for logs.
    pub(crate) pack: Option<PackFacts>,
}

/// Facts that a pack states of itself, and what they come to.
#[derive(Debug)]
pub(crate) struct PackFacts {
    pub(crate) standing: Standing,
    /// `None` when its list of files cannot be read.
    pub(crate) claims: Option<Claims>,
    /// Files that are as they were signed.
    pub(crate) n_files: u64,
    /// This user's own key signed it.
    pub(crate) is_own: bool,
}

/// Claims of the list of files of a pack.
#[derive(Debug)]
pub(crate) struct Claims {
    pub(crate) made: Timestamp,
    pub(crate) version: String,
    pub(crate) period: (Option<Timestamp>, Option<Timestamp>),
    pub(crate) n_files: usize,
    pub(crate) is_redacted: bool,
    pub(crate) fingerprint: String,
}

impl From<Verified> for Findings {
    fn from(verified: Verified) -> Self {
        let of = |found: Vec<Finding>| {
            found
                .into_iter()
                .map(|found| Found {
                    place: found.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                    line: found.line,
                    what: said(&found.what),
                })
                .collect()
        };
        Self {
            n_rows: verified.n_rows,
            n_absent: verified.n_absent(),
            n_unsigned: verified.n_unsigned + verified.n_unprotected,
            n_demo: verified.n_demo,
            faults: of(verified.findings),
            notes: of(verified.notes),
            head: verified.head.map(|(at, key)| (at, key.is_some())),
            pack: None,
        }
    }
}

impl Findings {
    /// Returns the findings about a pack. `own` is this user's key.
    pub(super) fn of_pack(pack: VerifiedPack, own: Option<&[u8]>) -> Self {
        let standing = pack.standing();
        let of = |found: Vec<PackFinding>| {
            found.into_iter().map(|found| Found {
                place: found.name,
                line: found.line,
                what: said_of_pack(&found.what),
            })
        };
        let (faults, notes) = (of(pack.findings).collect(), of(pack.notes).collect());
        let n_demo = pack.n_demo.max(pack.manifest.as_ref().map_or(0, |manifest| manifest.n_demo));
        let is_own = pack.manifest.as_ref().is_some_and(|manifest| own == Some(&manifest.public_key));
        let claims = pack.manifest.map(|manifest| Claims {
            made: manifest.made,
            version: manifest.version,
            period: (manifest.from, manifest.to),
            n_files: manifest.files.len(),
            is_redacted: manifest.redaction.is_some(),
            fingerprint: crate::codec::public_key::fingerprint(&manifest.public_key),
        });
        let facts = PackFacts { standing, claims, n_files: pack.n_files, is_own };
        Self { n_rows: pack.n_rows, n_unsigned: 0, n_absent: 0, n_demo, faults, notes, head: None, pack: Some(facts) }
    }
}

fn said(what: &What) -> Said {
    match what {
        What::Broken => T::FoundBroken,
        What::Missing { before, this } => {
            return Said { text: T::FoundMissing, parts: vec![this.to_string(), before.to_string()] };
        }
        What::Inserted => T::FoundInserted,
        What::Foreign => T::FoundForeign,
        What::LineEnd => T::FoundLineEnd,
        What::NoBeginning => T::FoundNoBeginning,
        What::NoEnd => T::FoundNoEnd,
        What::BadSignature => T::FoundBadSignature,
        What::BadHead => T::FoundBadHead,
        What::Header => T::FoundHeader,
        What::CutShort => T::FoundCutShort,
        What::Unprotected(n) => return Said { text: T::FoundUnprotected, parts: vec![n.to_string()] },
        What::Unwritten => T::FoundUnwritten,
        What::NoHead => T::FoundNoHead,
        What::Unsigned => T::FoundUnsigned,
        What::OtherKey => T::FoundOtherKey,
        What::NotThisKey => T::FoundNotThisKey,
        What::Unvouched => T::FoundUnvouched,
        What::PutAside(reason, file) => {
            let text = match reason {
                AsideReason::Changed => T::FoundAsideChanged,
                AsideReason::Unsigned => T::FoundAsideUnsigned,
                AsideReason::OtherKey => T::FoundAsideOtherKey,
                AsideReason::NoKey => T::FoundAsideNoKey,
                AsideReason::Gone => return T::FoundAsideGone.into(),
            };
            return Said { text, parts: vec![file.clone()] };
        }
        What::SignatureRemoved => T::FoundSignatureRemoved,
        What::RolledBack => T::FoundRolledBack,
    }
    .into()
}

fn said_of_pack(what: &PackWhat) -> Said {
    match what {
        PackWhat::Changed | PackWhat::Packed(Problem::TooLong) => T::PackFileChanged,
        PackWhat::Missing => T::PackFileMissing,
        PackWhat::Added => T::PackFileAdded,
        PackWhat::Doubled => T::PackFileDoubled,
        PackWhat::Packed(Problem::Method) => T::PackMethod,
        PackWhat::Packed(Problem::Misplaced) => T::PackMisplaced,
        PackWhat::Packed(Problem::Damaged) => T::PackDamaged,
        PackWhat::BadManifest => T::PackBadManifest,
        PackWhat::Unsigned => T::PackUnsigned,
        PackWhat::BadSignature => T::PackBadSignature,
        PackWhat::OtherKey => T::PackOtherKey,
        PackWhat::Container => T::PackContainer,
        PackWhat::Bomb => T::PackBomb,
        PackWhat::Row(what) => return said(what),
        PackWhat::NotToHead => T::PackNotToHead,
        PackWhat::NoDigest => T::PackNoDigest,
        PackWhat::HeadOfOtherKey(key) => return Said { text: T::PackHeadOfOtherKey, parts: vec![key.clone()] },
        PackWhat::Redacted => T::PackRowsRedacted,
        PackWhat::WhenMade(found) => return Said { text: T::PackWhenMade, parts: vec![found.clone()] },
    }
    .into()
}

/// Returns the reason why a file is not judged.
pub(super) fn refused(why: &Refused) -> Said {
    match why {
        Refused::Store(error) => return Said { text: T::CheckFailed, parts: vec![super::chain(error)] },
        Refused::NoArchive(_) | Refused::Absurd(_) => T::CheckNoArchive,
        Refused::NoPack(_) => T::CheckNoPack,
        Refused::Newer(_) => T::CheckNewer,
    }
    .into()
}
