//! The logs of traces of a folder: `mtr_<target>.log` and those put aside, ours and the original's.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::error::{StoreError, context};

/// A log of this size is no log of traces.
const MOST: u64 = 64 << 20;

/// The logs of a folder by their target, as it stands in their names, each with its files in the order of their time.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn find(dir: &Path) -> Result<BTreeMap<String, Vec<PathBuf>>, StoreError> {
    let mut logs: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for entry in fs::read_dir(dir).map_err(context("read", dir))? {
        let path = entry.map_err(context("read", dir))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let stem = name.strip_prefix("mtr_").and_then(|name| name.strip_suffix(".log"));
        let is_small = path.metadata().is_ok_and(|about| about.is_file() && about.len() <= MOST);
        if let Some(stem) = stem.filter(|_| is_small) {
            logs.entry(target(stem).to_owned()).or_default().push(path);
        }
    }
    // The one without a time in its name is the newest.
    for files in logs.values_mut() {
        files.sort_by_key(|path| std::cmp::Reverse(path.as_os_str().len()));
    }
    Ok(logs)
}

/// A stem without the time that it was put aside with: `1_1_1_1_20251002_123510` is `1_1_1_1`.
fn target(stem: &str) -> &str {
    let parts: Vec<&str> = stem.rsplitn(3, '_').collect();
    let is = |part: &str, n: usize| part.len() == n && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts[..] {
        [time, day, target] if is(time, 6) && is(day, 8) => target,
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_that_were_put_aside_belong_to_their_target() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["mtr_1_1_1_1.log", "mtr_1_1_1_1_20251002_123510.log", "mtr_x.log", "trace_1.log", "mtr_y.txt"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let found = find(dir.path()).unwrap();
        assert_eq!(vec!["1_1_1_1", "x"], found.keys().collect::<Vec<_>>());
        assert!(found["1_1_1_1"][1].ends_with("mtr_1_1_1_1.log"));
        assert!(find(&dir.path().join("none")).is_err());
    }
}
