//! Reports on the disk: whole or not at all.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

use super::error::{StoreError, context};

/// Writes a report, in place of the file that may be there.
///
/// # Errors
///
/// When the file cannot be written. The one that was there is there still.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let temp = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = write(&temp, bytes).and_then(|()| fs::rename(&temp, path));
    written.map_err(|error| {
        // The first failure is the one to tell.
        drop(fs::remove_file(&temp));
        context("write", path)(error)
    })
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The name of the report of a month: `report_2026-10.pdf`.
pub fn month_name((year, month): (i32, u32), extension: &str) -> String {
    format!("report_{year:04}-{month:02}.{extension}")
}

/// The months that a folder has a report of, with names that end so.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn months(dir: &Path, extension: &str) -> Result<Vec<(i32, u32)>, StoreError> {
    let mut months = Vec::new();
    for entry in fs::read_dir(dir).map_err(context("read", dir))? {
        let path: PathBuf = entry.map_err(context("read", dir))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let month = name
            .strip_prefix("report_")
            .and_then(|rest| rest.strip_suffix(&format!(".{extension}")))
            .and_then(|month| month.split_once('-'))
            .and_then(|(year, month)| Some((year.parse().ok()?, month.parse().ok()?)));
        months.extend(month.filter(|(_, month)| (1..=12).contains(month)));
    }
    months.sort_unstable();
    Ok(months)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_replaced_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(month_name((2026, 10), "pdf"));
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(b"two".to_vec(), fs::read(&path).unwrap());
        fs::write(dir.path().join("report_2026-13.pdf"), "").unwrap();
        fs::write(dir.path().join("report_x.pdf"), "").unwrap();
        fs::write(dir.path().join("report_2026-09.html"), "").unwrap();
        assert_eq!(vec![(2026, 10)], months(dir.path(), "pdf").unwrap());
        let error = replace(&dir.path().join("no/folder.pdf"), b"").unwrap_err();
        assert!(error.path.ends_with("no/folder.pdf"));
    }
}
