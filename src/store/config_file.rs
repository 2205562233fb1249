//! The configuration on the disk.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    codec::config_json::{self, Problem},
    model::config::Config,
    platform::files,
};

/// A file beyond this size, in bytes, is no configuration.
const MAX_SIZE: u64 = 1 << 20;

/// Result of reading the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The settings; defaults where the file says nothing or nothing usable.
    pub config: Config,
    /// Problems of the file.
    pub problems: Vec<Problem>,
    /// True if there is a file at all.
    pub is_found: bool,
}

/// Reason why the configuration cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFileError {
    /// The system does not let it be read.
    #[error("the configuration cannot be read; check that it is a file and who may read it: {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
    /// It is far too large to be a configuration.
    #[error("the configuration is larger than 1 MiB; name the right file with --config: {}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The system does not let it be written.
    #[error("the configuration cannot be written; allow it, or name another file with --config: {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
    /// A new one would take the place of one that is there.
    #[error("there is a configuration already; --force replaces it and keeps the old one beside it: {}", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
}

/// Reads the configuration. A missing file means defaults.
///
/// # Errors
///
/// When there is something that cannot be read or is too large. What it holds is never an error.
pub fn load(path: &Path) -> Result<Loaded, ConfigFileError> {
    let Some(bytes) = read(path)? else {
        return Ok(Loaded { config: Config::default(), problems: Vec::new(), is_found: false });
    };
    let (config, problems) = match std::str::from_utf8(&bytes) {
        Ok(text) => config_json::read(text),
        Err(err) => {
            let before = bytes.get(..err.valid_up_to()).unwrap_or_default();
            let line = before.split(|byte| *byte == b'\n').count();
            let message =
                format!("line {line}: this is not UTF-8; save the file as UTF-8; until then all defaults are used");
            (Config::default(), vec![Problem::of_file(message)])
        }
    };
    Ok(Loaded { config, problems, is_found: true })
}

/// Writes a configuration with all settings at their defaults.
///
/// With `force` it takes the place of one that is there, which is kept beside it as `config.json.old`. Returns where
/// the old one is kept.
///
/// # Errors
///
/// When there is one already and `force` is not given, or the system does not allow it.
pub fn init(path: &Path, force: bool) -> Result<Option<PathBuf>, ConfigFileError> {
    let path = &behind_links(path);
    let is_there = path.symlink_metadata().is_ok();
    if is_there && !force {
        return Err(ConfigFileError::Exists { path: path.to_owned() });
    }
    let failed = |source| ConfigFileError::Write { path: path.to_owned(), source };
    let old = is_there.then(|| beside(path, ".old"));
    if let Some(old) = &old {
        copy(path, old).map_err(failed)?;
    }
    replace(path, &config_json::write(&Config::default(), None)).map_err(failed)?;
    Ok(old)
}

/// Writes `config` over the file, and keeps everything in it that does not change. A missing one is made. One that
/// cannot be read as a configuration is kept beside it as `config.json.old`; returns where.
///
/// # Errors
///
/// When the system does not allow it.
pub fn save(path: &Path, config: &Config) -> Result<Option<PathBuf>, ConfigFileError> {
    let path = &behind_links(path);
    let failed = |source| ConfigFileError::Write { path: path.to_owned(), source };
    let bytes = read(path)?;
    let original = bytes.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok());
    let is_lost = bytes.as_ref().is_some_and(|bytes| !bytes.is_empty()) && !original.is_some_and(config_json::can_keep);
    let old = is_lost.then(|| beside(path, ".old"));
    if let Some(old) = &old {
        copy(path, old).map_err(failed)?;
    }
    replace(path, &config_json::write(config, original)).map_err(failed)?;
    Ok(old)
}

/// Returns the path that a link leads to, so that the link itself stays when the file is replaced; the path of the link
/// where it is broken.
fn behind_links(path: &Path) -> PathBuf {
    if path.is_symlink() { fs::canonicalize(path).unwrap_or_else(|_broken| path.to_owned()) } else { path.to_owned() }
}

/// The bytes of the file; `None` when there is none.
fn read(path: &Path) -> Result<Option<Vec<u8>>, ConfigFileError> {
    let failed = |source| ConfigFileError::Read { path: path.to_owned(), source };
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(failed(err)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(ConfigFileError::TooLarge { path: path.to_owned() });
    }
    Ok(Some(bytes))
}

/// Puts `text` in the place of the file, whole or not at all.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        files::make_dir(folder)?;
    }
    let temp = beside(path, &format!(".{}.tmp", std::process::id()));
    let written = write_new(&temp, path, text.as_bytes()).and_then(|()| fs::rename(&temp, path));
    if written.is_err() {
        // The first failure is the one to tell; a temporary file that cannot be removed does no harm.
        drop(fs::remove_file(&temp));
    }
    written
}

/// Writes `text` to the new file `temp`, with the permissions of `model` if that exists.
fn write_new(temp: &Path, model: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = files::create_fresh(temp)?;
    if let Ok(meta) = model.metadata() {
        file.set_permissions(meta.permissions())?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// Keeps a copy of the file, in place of one that was kept before.
fn copy(path: &Path, old: &Path) -> io::Result<()> {
    write_new(old, path, &fs::read(path)?)
}

/// The path with `suffix` behind its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_missing_file_means_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let loaded = load(&dir.path().join("config.json")).unwrap();
        assert_eq!(Loaded { config: Config::default(), problems: Vec::new(), is_found: false }, loaded);
    }

    #[test]
    fn a_folder_in_its_place_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let said = load(dir.path()).unwrap_err().to_string();
        assert!(said.contains("cannot be read") && said.ends_with(&dir.path().display().to_string()), "{said}");
    }

    #[test]
    fn a_huge_file_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.json");
        fs::write(&path, vec![b' '; 1 << 21]).unwrap();
        assert!(matches!(load(&path), Err(ConfigFileError::TooLarge { .. })));
    }

    #[test]
    fn what_is_not_utf_8_is_told_and_means_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.json");
        fs::write(&path, b"{\n\"gateway\": \"\xe4\"}").unwrap();
        let loaded = load(&path).unwrap();
        assert_eq!(Config::default(), loaded.config);
        assert!(loaded.problems[0].to_string().starts_with("line 2: this is not UTF-8"));
    }

    #[test]
    fn a_new_file_is_made_with_its_folder_and_replaced_only_by_force() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/config.json");
        assert_eq!(None, init(&path, false).unwrap());
        assert_eq!(Loaded { config: Config::default(), problems: Vec::new(), is_found: true }, load(&path).unwrap());

        fs::write(&path, "mine").unwrap();
        assert!(matches!(init(&path, false), Err(ConfigFileError::Exists { .. })));
        assert_eq!("mine", fs::read_to_string(&path).unwrap());

        let old = init(&path, true).unwrap().unwrap();
        assert_eq!("mine", fs::read_to_string(old).unwrap());
        assert_eq!(Config::default(), load(&path).unwrap().config);
        assert_eq!(["config.json", "config.json.old"], names(&dir.path().join("new")).as_slice());
    }

    #[test]
    fn saving_keeps_the_rest_of_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.json");
        fs::write(&path, "{\"_why\": \"x\", \"gateway\": \"auto\", \"tcp_test_port\": 80}").unwrap();
        let mut config = load(&path).unwrap().config;
        config.tcp_test_port = 443;
        assert_eq!(None, save(&path, &config).unwrap());
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!("{\n  \"_why\": \"x\",\n  \"gateway\": \"auto\",\n  \"tcp_test_port\": 443\n}\n", text);
        assert_eq!(["config.json"], names(dir.path()).as_slice());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_the_file_and_its_permissions_stay() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("real.json"), dir.path().join("config.json"));
        fs::write(&path, "{}").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        save(&link, &Config { tcp_test_port: 80, ..Config::default() }).unwrap();
        assert!(link.is_symlink());
        assert_eq!(80, load(&path).unwrap().config.tcp_test_port);
        assert_eq!(0o600, path.metadata().unwrap().permissions().mode() & 0o777);
    }

    #[test]
    fn what_cannot_be_read_is_not_lost_when_it_is_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.json");
        for broken in ["{\"targets\": [\"1.1.1.1\",]", "[]", "\u{feff}"] {
            fs::write(&path, broken).unwrap();
            let old = save(&path, &Config::default()).unwrap().unwrap();
            assert_eq!(broken, fs::read_to_string(old).unwrap());
            assert_eq!(Vec::<Problem>::new(), load(&path).unwrap().problems);
        }
    }
}
