//! The logs of a folder.

use std::{fs, path::Path};

use super::kind::LogKind;
use crate::{model::time::Timestamp, store::StoreError};

/// A file to look into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// Name of the file within the folder.
    pub name: String,
    /// Kind of the file.
    pub kind: LogKind,
    /// Length in bytes.
    pub len: u64,
    /// Time when it was last written to; `None` when the system does not say.
    pub changed: Option<Timestamp>,
}

/// All logs of a folder, the one last written to first. A folder that is not there has none.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn list(dir: &Path) -> Result<Vec<LogFile>, StoreError> {
    let entries = match fs::read_dir(dir) {
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|source| StoreError { action: "read", path: dir.to_owned(), source })?,
    };
    let mut files: Vec<LogFile> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let kind = LogKind::of(&name)?;
            // Through a link, since one may stand for a log on another disk.
            let about = fs::metadata(entry.path()).ok().filter(fs::Metadata::is_file)?;
            Some(LogFile { name, kind, len: about.len(), changed: about.modified().ok().map(Timestamp::from) })
        })
        .collect();
    files.sort_by(|a, b| b.changed.cmp(&a.changed).then_with(|| a.name.cmp(&b.name)));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn the_newest_comes_first_and_only_logs_come() {
        let dir = tempfile::tempdir().unwrap();
        for (name, age) in
            [("netlog.csv", 20), ("mtr_1_1_1_1.log", 10), ("b.log", 30), ("a.log", 30), ("history.db", 0)]
        {
            let path = dir.path().join(name);
            fs::write(&path, name).unwrap();
            let then = SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000 - age);
            fs::File::options().append(true).open(&path).unwrap().set_modified(then).unwrap();
        }
        fs::create_dir(dir.path().join("folder.log")).unwrap();
        let files = list(dir.path()).unwrap();
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(["mtr_1_1_1_1.log", "netlog.csv", "a.log", "b.log"], names[..]);
        assert_eq!((LogKind::Traces, 15), (files[0].kind, files[0].len));
        assert!(files[0].changed > files[1].changed);
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_logs_and_a_file_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Vec::<LogFile>::new(), list(&dir.path().join("none")).unwrap());
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(list(&file).is_err());
    }
}
