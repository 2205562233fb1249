//! The files a report rests on, each with its hash.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use ring::digest::{Context, SHA256};

use crate::{
    codec::chain_head_json::hex,
    model::summary::Summary,
    report::input::{FileNote, OutagePath},
    store::log::HEAD_NAME,
};

/// The logs, the head of their chain, and the files of traces and facts that outages name. One that cannot be read is
/// left out.
pub(super) fn of(dir: &Path, logs: &[PathBuf], summary: &Summary, paths: &[OutagePath]) -> Vec<FileNote> {
    let named = summary.outages.iter().flat_map(|record| record.files.iter());
    let mut others: Vec<PathBuf> = named
        .chain(paths.iter().map(|path| &path.file))
        // A log may name anything; a file of this folder is a plain name.
        .filter(|name| Path::new(name).file_name().is_some_and(|plain| plain.to_string_lossy() == name.as_str()))
        .map(|name| dir.join(name))
        .collect();
    others.sort();
    others.dedup();
    let head = dir.join(HEAD_NAME);
    logs.iter().cloned().chain([head]).chain(others).filter_map(|path| note(&path).ok()).collect()
}

fn note(path: &Path) -> io::Result<FileNote> {
    let mut file = File::open(path)?;
    let mut hash = Context::new(&SHA256);
    let mut buffer = vec![0; 256 * 1024];
    let mut bytes = 0;
    loop {
        let n = match file.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        let Some(part) = buffer.get(..n).filter(|part| !part.is_empty()) else { break };
        hash.update(part);
        bytes += n as u64;
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(FileNote { name, bytes, sha256: hex(hash.finish().as_ref()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_hash_and_missing_ones_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("netlog.csv");
        std::fs::write(&log, "abc").unwrap();
        let notes = of(dir.path(), &[log, dir.path().join("gone.csv")], &Summary::default(), &[]);
        let expected = FileNote {
            name: "netlog.csv".into(),
            bytes: 3,
            sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".into(),
        };
        assert_eq!(vec![expected], notes);
    }
}
