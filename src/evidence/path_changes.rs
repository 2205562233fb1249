//! Which paths became others: from the history where there is one, else from what the logs of traces have.

use std::{fs::File, io::BufReader, path::Path};

use crate::{
    analysis::route::memory::Memory,
    codec::mtr_text,
    model::{
        diary::PathChange,
        summary::{PathChanges, PathSource},
        time::Timestamp,
    },
    store::{history::History, path_logs},
};

/// The changes in a folder from one time to another; `None` for all time. A part that cannot be read is left out.
pub fn find(dir: &Path, from: Option<Timestamp>, to: Option<Timestamp>) -> Option<PathChanges> {
    let (from, to) = (from.unwrap_or(Timestamp::UNIX_EPOCH), to.unwrap_or(Timestamp::MAX_UTC));
    let history = History::open_read(dir).ok();
    // What it says counts from its first sample on.
    let since = history.as_ref().and_then(|history| history.period().ok().flatten()).map(|(since, _)| since);
    let kept = history.and_then(|history| history.path_changes(from, to).ok());
    let (mut all, source) = match (kept, since.is_some_and(|since| since <= from)) {
        (Some(kept), true) => return Some(PathChanges { all: kept, source: PathSource::History }),
        (Some(kept), false) if since.is_some() || !kept.is_empty() => (kept, Some(PathSource::HistoryAndLogs)),
        _ => (Vec::new(), None),
    };
    let until = since.map_or(to, |since| since.min(to));
    let older = in_logs(dir, from, until);
    let source = match (source, &older) {
        (Some(source), Some(older)) if !older.is_empty() => source,
        (Some(_), _) => PathSource::History,
        (None, Some(_)) => PathSource::Logs,
        (None, None) => return None,
    };
    all.extend(older.unwrap_or_default());
    all.sort_by_key(|change| change.at);
    Some(PathChanges { all, source })
}

/// Returns the changes that the logs of traces show; `None` when there are no such logs.
fn in_logs(dir: &Path, from: Timestamp, to: Timestamp) -> Option<Vec<PathChange>> {
    let logs = path_logs::find(dir).ok().filter(|logs| !logs.is_empty())?;
    let mut all = Vec::new();
    for (stem, files) in logs {
        let (mut memory, mut name) = (Memory::default(), None);
        for path in files {
            let Ok(file) = File::open(path) else { continue };
            // What cannot be read on ends there.
            let read = mtr_text::read_each(BufReader::new(file), |trace| {
                memory.add(&trace);
                name = trace.target.and_then(|host| host.addr).or(name);
            });
            drop(read);
        }
        all.extend(memory.changes(&name.map_or_else(|| stem.replace('_', "."), |addr| addr.to_string())));
    }
    all.retain(|change| (from..to).contains(&change.at));
    Some(all)
}
