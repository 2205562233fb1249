//! Code that `netlog ticket` and `netlog note` share: the diary in `history.db`.

use std::{io::Write as _, path::Path};

use anyhow::{Context as _, bail};

use super::{count, zone::Zone};
use crate::{
    clock,
    codec::holder_json::{self, Holder},
    model::time::Timestamp,
    store::{
        history::{Diary, History, HistoryError, HistoryFile, MOST_TEXT, clean},
        lock::{FolderLock, LockError},
    },
};

/// Opens the diary of a log folder, which is begun if there is none. One that is damaged is put aside and begun anew,
/// unless a monitor has it.
pub(super) fn open(dir: &Path) -> anyhow::Result<Diary> {
    match Diary::open(dir) {
        Err(error) if error.is_lost() => {
            let now = clock::now().wall;
            let holder = Holder { pid: std::process::id(), started: now, is_look: true };
            let lock = match FolderLock::take(dir, &holder_json::render(holder)) {
                Ok(lock) => lock,
                // It is the monitor's, who will find out.
                Err(LockError::Held(_)) => return Err(error.into()),
                Err(error) => return Err(error.into()),
            };
            let mut history = HistoryFile::open(dir, now)?;
            for repair in history.take_repairs() {
                writeln!(std::io::stderr(), "netlog: {repair}").ok();
            }
            drop((history, lock));
            Ok(Diary::open(dir)?)
        }
        opened => Ok(opened?),
    }
}

/// The diary for reading alone; `None` when there is none yet. Makes nothing.
pub(super) fn look(dir: &Path) -> anyhow::Result<Option<History>> {
    match History::open_read(dir) {
        Ok(history) => Ok(Some(history)),
        Err(HistoryError::Missing(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The time of this text, which is local unless it says otherwise; now without one.
pub(super) fn time(text: Option<&str>) -> anyhow::Result<Timestamp> {
    let now = clock::now().wall;
    let Some(text) = text else { return Ok(now) };
    let at = count::time(text, &Zone::default()).with_context(|| {
        format!("{text:?} is no time: write 2026-11-01, \"2026-11-01 08:00\" or 2026-11-01T08:00:00+01:00")
    })?;
    if at > now {
        bail!("{text:?} is still to come; the diary holds what has happened");
    }
    Ok(at)
}

/// A text of some words as it is kept: without control characters but ends of lines.
pub(super) fn text(words: &[String]) -> anyhow::Result<String> {
    let text = clean(&words.join(" "));
    if text.len() > MOST_TEXT {
        bail!("the text is {} bytes long; keep it below {MOST_TEXT}", text.len());
    }
    Ok(text)
}

/// A time as it is shown.
pub(super) fn shown(at: Timestamp) -> String {
    clock::local(at).format("%Y-%m-%d %H:%M:%S").to_string()
}
