//! Makes and verifies evidence packs, for every face.

mod history;

use std::{
    fs::File,
    io::{self, Read as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::PoisonError,
};

use super::{Request, gather};
use crate::{
    codec::{config_json, public_key},
    report::{self, Format, NotRendered},
    store::{
        StoreError,
        history::HistoryError,
        key::Key,
        pack::{self, Content, Ingredients, Part},
    },
};

pub use self::history::Samples;
pub use crate::store::pack::{
    Checked, CheckedOpening, NotOpened, PackFinding, PackWhat, Refused, Standing, VerifiedPack, Wanted, check_opening,
    disclose, verify,
};

/// Step of making a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Logs, paths and hashes are read.
    Reading,
    /// The report is made in this format.
    Composing(Format),
    /// Files are packed and signed.
    Packing,
}

/// Progress of making a pack.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Step that is being done.
    pub step: Step,
    /// The part of all work that is done, 0..=1.
    pub share: f64,
}

/// Hears how far it is, and says whether to go on. Packing asks every few milliseconds, the other steps once.
pub type Watch<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// A pack that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Files in it.
    pub n_files: usize,
    /// Rows with a hash in it.
    pub n_rows: u64,
    /// Outages in its period.
    pub n_outages: usize,
    /// Lines that could not be read and are in no figure of the report.
    pub n_skipped: u64,
    /// Length of the pack in bytes.
    pub bytes: u64,
    /// Faults of the log that were found; the pack names them.
    pub found: Vec<String>,
    /// Reason for the lack of single samples and of a history of settings in it, where that is no matter of course.
    pub no_history: Option<String>,
    /// The fingerprint of the key that signed it, 64 digits. Whoever gets the pack is told it by another way.
    pub fingerprint: String,
}

/// Reason for which there is no pack. Nothing is left of it, and what had its name is as it was.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// There is nothing to sign with.
    #[error("there is no folder for the signing key: give this user a home folder")]
    NoKey,
    /// A file of this name is something else.
    #[error("there is a file of this name that is no pack: choose another name: {}", .0.display())]
    Taken(PathBuf),
    /// Whoever watched wanted no more.
    #[error("the pack was cancelled")]
    Cancelled,
    /// The report in it could not be made.
    #[error(transparent)]
    Report(#[from] NotRendered),
    /// The logs cannot be read, or the pack not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The history cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// Shares of the work at which steps begin.
const COMPOSING: f64 = 0.2;
const PACKING: f64 = 0.4;

/// Makes a pack of all that the request is about in the place of `path`, whole or not at all: the report in every
/// format, the rows of the period, traces, facts and settings, signed with `key`.
///
/// What narrows a report and not its period ([`Request::logs`], [`Request::domain`], [`Request::min_duration`],
/// [`Request::opening_hours`]) narrows the report in the pack alone.
///
/// # Errors
///
/// When there is no key, the file is something else, the folder or a log cannot be read, the pack cannot be written, or
/// whoever watches wants no more.
pub fn make(request: &Request, path: &Path, key: Option<&Key>, watch: Watch<'_>) -> Result<Made, NotMade> {
    refuse_others(path)?;
    let key = key.ok_or(NotMade::NoKey)?;
    let mut tell = |step: Step, share: f64| match watch(Progress { step, share }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(NotMade::Cancelled),
    };
    tell(Step::Reading, 0.0)?;
    let (input, read) = gather(request)?;
    let (history, no_history) = history::open(&request.dir);
    let mut parts = Vec::new();
    for (idx, format) in Format::ALL.iter().enumerate() {
        let share = COMPOSING + (PACKING - COMPOSING) * idx as f64 / Format::ALL.len() as f64;
        tell(Step::Composing(*format), share)?;
        let name = format!("report/report.{}", format.extension());
        parts.push(Part { name, content: Content::Finished(report::render(&input, *format)?) });
    }
    let settings = config_json::write_for_others(&request.config).into_bytes();
    let content = if request.redact {
        let shown = config_json::write_for_anybody(&request.config).into_bytes();
        Content::Shortened { original: settings, shown }
    } else {
        Content::Text(settings)
    };
    parts.push(Part { name: "config/config.json".into(), content });
    if let Some(history) = &history {
        parts.extend(history::parts(history, request, &input.summary)?);
    }
    // It has met what the reports name, so the same thing has the same name everywhere.
    let redactor = input.redactor.as_ref();
    let redactor = redactor.map(|redactor| redactor.lock().unwrap_or_else(PoisonError::into_inner).clone());
    let kept = super::kept(&request.dir);
    let mut is_cancelled = false;
    let packed = pack::write(
        Ingredients {
            log_dir: &request.dir,
            period: (request.from, request.to),
            zone: if request.zone.is_empty() { "local time" } else { &request.zone },
            made: request.made,
            version: env!("CARGO_PKG_VERSION"),
            key,
            kept: kept.as_ref(),
            parts,
            redactor,
        },
        path,
        &mut |share| {
            let told = tell(Step::Packing, PACKING + (1.0 - PACKING) * share);
            is_cancelled = told.is_err();
            told.map_or(ControlFlow::Break(()), ControlFlow::Continue)
        },
    );
    let packed = match packed {
        Err(_because_of_it) if is_cancelled => return Err(NotMade::Cancelled),
        packed => packed?,
    };
    Ok(Made {
        n_files: packed.n_files,
        n_rows: packed.n_rows,
        n_outages: input.summary.outages.len(),
        n_skipped: read.n_skipped,
        bytes: packed.bytes,
        found: packed.found,
        no_history,
        fingerprint: public_key::fingerprint(&key.public()),
    })
}

/// A file that is no pack stays as it is.
fn refuse_others(path: &Path) -> Result<(), NotMade> {
    let failed = |source| StoreError { action: "read", path: path.to_owned(), source };
    let mut start = Vec::new();
    match File::open(path) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(err) => return Err(failed(err).into()),
        Ok(file) => file.take(4).read_to_end(&mut start).map_err(failed)?,
    };
    if start.is_empty() || start == b"PK\x03\x04" {
        return Ok(());
    }
    Err(NotMade::Taken(path.to_owned()))
}
