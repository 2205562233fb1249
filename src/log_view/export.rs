//! Parts of a log as a file of their own, byte by byte as they stand in it.

use std::{
    fs,
    io::{self, BufWriter, Write},
    ops::Range,
    path::Path,
};

use super::{hit_map::HitMap, pattern::Pattern, search, source::Source};
use crate::{platform::files, store::StoreError};

/// Copied at once.
const STEP: u64 = 1 << 20;

/// Part of a log that is exported.
#[derive(Debug, Clone)]
pub enum Part {
    /// These bytes.
    Bytes(Range<u64>),
    /// All lines with a match, as far as they are counted in the map.
    HitLines(Box<Pattern>, HitMap),
}

/// Result of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exported {
    /// The file is there, of this many bytes.
    Whole(u64),
    /// Somebody ended it before. There is no file.
    Cancelled,
}

/// Reason for which there is no file.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It would have replaced the log itself.
    #[error("this is the log itself; choose another name")]
    SameFile,
    /// The log cannot be read.
    #[error("cannot read the log")]
    Read(#[source] io::Error),
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] StoreError),
}

/// Writes a part of a log to `path`, whole or not at all. `go_on` is told the share that is done, from 0 to 1, and
/// says whether to go on.
///
/// # Errors
///
/// When the log cannot be read, the file cannot be written, or it is the log.
pub fn export(
    source: &mut Source,
    part: &Part,
    path: &Path,
    go_on: &mut dyn FnMut(f64) -> bool,
) -> Result<Exported, ExportError> {
    if is_same(source.path(), path) {
        return Err(ExportError::SameFile);
    }
    let temp = files::temporary(path);
    let fault = |action: &'static str| {
        let path = path.to_owned();
        move |source| StoreError { action, path, source }
    };
    let done = files::create_fresh(&temp).map_err(fault("write")).map_err(ExportError::from).and_then(|file| {
        let mut writer = Counting { inner: BufWriter::new(file), n_bytes: 0 };
        let is_whole = copy(source, part, &mut writer, path, go_on)?;
        let file = writer.inner.into_inner().map_err(io::IntoInnerError::into_error).map_err(fault("write"))?;
        file.sync_all().map_err(fault("save"))?;
        if !is_whole {
            return Ok(Exported::Cancelled);
        }
        fs::rename(&temp, path).map_err(fault("write"))?;
        Ok(Exported::Whole(writer.n_bytes))
    });
    if !matches!(done, Ok(Exported::Whole(_))) {
        // What is half written helps nobody; if it cannot be removed either, the first fault is the one to tell.
        fs::remove_file(&temp).unwrap_or_default();
    }
    done
}

/// Counts what is written.
struct Counting<W> {
    inner: W,
    n_bytes: u64,
}

impl<W: Write> Counting<W> {
    fn add(&mut self, bytes: &[u8], path: &Path) -> Result<(), ExportError> {
        self.n_bytes += bytes.len() as u64;
        let written = self.inner.write_all(bytes);
        written.map_err(|source| StoreError { action: "write", path: path.to_owned(), source }.into())
    }
}

/// Copies a part of a log; returns `false` when `go_on` ended it before all was copied.
fn copy(
    source: &mut Source,
    part: &Part,
    writer: &mut Counting<impl Write>,
    path: &Path,
    go_on: &mut dyn FnMut(f64) -> bool,
) -> Result<bool, ExportError> {
    let mut buffer = Vec::new();
    match part {
        Part::Bytes(range) => {
            let end = range.end.min(source.len());
            let mut at = range.start;
            while at < end {
                if !go_on((at - range.start) as f64 / (end - range.start) as f64) {
                    return Ok(false);
                }
                let next = (at + STEP).min(end);
                source.read(at, next, &mut buffer).map_err(ExportError::Read)?;
                writer.add(&buffer, path)?;
                at = next;
            }
        }
        Part::HitLines(pattern, map) => {
            let len = source.len().max(1);
            let mut block = map.next(0);
            while let Some(at) = block {
                if !go_on(at as f64 / len as f64) {
                    return Ok(false);
                }
                let lines = search::hit_lines_in_block(source, pattern, map, at, &mut buffer);
                for line in lines.map_err(ExportError::Read)? {
                    writer.add(buffer.get(line).unwrap_or_default(), path)?;
                }
                block = map.next(at + map.block());
            }
        }
    }
    Ok(true)
}

fn is_same(log: &Path, path: &Path) -> bool {
    log == path || fs::canonicalize(log).ok().zip(fs::canonicalize(path).ok()).is_some_and(|(log, path)| log == path)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use super::*;
    use crate::log_view::pattern::Query;

    fn log(content: &[u8]) -> (tempfile::TempDir, Source) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.log");
        fs::write(&path, content).unwrap();
        (dir, Source::open(&path).unwrap())
    }

    fn names(dir: &tempfile::TempDir) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn bytes_are_copied_as_they_are() {
        let content: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let (dir, mut source) = log(&content);
        let to = dir.path().join("part.txt");
        let mut shares = Vec::new();
        let done = export(&mut source, &Part::Bytes(7..2_900_000), &to, &mut |share| {
            shares.push(share);
            true
        });
        assert_eq!(Exported::Whole(2_899_993), done.unwrap());
        assert_eq!(content[7..2_900_000], fs::read(&to).unwrap());
        assert!(shares.is_sorted() && shares.len() == 3, "{shares:?}");
        assert_eq!(["part.txt", "x.log"], names(&dir)[..]);
    }

    #[test]
    fn lines_with_a_match_are_copied_once_each() {
        let content = (0..30_000).map(|n| n.to_string()).collect::<Vec<_>>().join(" line\r\n");
        let (dir, mut source) = log(content.as_bytes());
        let query = Query { text: "9".into(), is_regex: true, match_case: true };
        let pattern = Pattern::new(&query).unwrap().unwrap();
        let (sender, receiver) = mpsc::sync_channel::<()>(1);
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(move || sender.try_send(()).unwrap_or_default());
        let search = search::Search::start(&source, &pattern, HitMap::default(), 0, &wake).unwrap();
        while !search.is_done() {
            receiver.recv_timeout(std::time::Duration::from_millis(20)).unwrap_or_default();
        }
        let to = dir.path().join("hits.txt");
        let part = Part::HitLines(Box::new(pattern), search.map());
        export(&mut source, &part, &to, &mut |_| true).unwrap();
        let expected: String = content.split_inclusive('\n').filter(|line| line.contains('9')).collect();
        assert_eq!(expected, fs::read_to_string(&to).unwrap());
    }

    #[test]
    fn an_export_that_is_ended_leaves_nothing_and_the_log_is_safe() {
        let (dir, mut source) = log(b"text\n");
        let to = dir.path().join("part.txt");
        assert_eq!(Exported::Cancelled, export(&mut source, &Part::Bytes(0..5), &to, &mut |_| false).unwrap());
        let log_itself = dir.path().join(".").join("x.log");
        let err = export(&mut source, &Part::Bytes(0..5), &log_itself, &mut |_| true).unwrap_err();
        assert!(matches!(err, ExportError::SameFile), "{err}");
        let nowhere = dir.path().join("none").join("part.txt");
        assert!(export(&mut source, &Part::Bytes(0..5), &nowhere, &mut |_| true).is_err());
        assert_eq!(["x.log"], names(&dir)[..]);
        assert_eq!("text\n", fs::read_to_string(dir.path().join("x.log")).unwrap());
    }
}
