//! Places of the configuration and of the logs.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use directories::ProjectDirs;

use super::files;

/// Name of the configuration in the working directory and in the platform's folder.
const CONFIG_FILE: &str = "config.json";
/// Folder of the logs where the platform's is not known.
const LOGS: &str = "logs";

/// A path, and why it is this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The path, absolute where the system can tell.
    pub path: PathBuf,
    /// Reason of the choice.
    pub reason: Reason,
}

/// Reason of the choice of a path. What comes first wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It was named on the command line.
    CommandLine,
    /// Such a file is in the working directory.
    WorkingDirectory,
    /// The setting `log_dir` names it.
    Setting,
    /// The platform's standard folder of this user.
    Platform,
    /// This user has no home folder, so it is below the working directory.
    NoHome,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CommandLine => "named on the command line",
            Self::WorkingDirectory => "found in the working directory",
            Self::Setting => "named by log_dir in the configuration",
            Self::Platform => "the standard folder of this user",
            Self::NoHome => "below the working directory, as this user has no home folder",
        })
    }
}

/// Reason for which a log folder, or the folder of a key, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogDirError {
    /// It does not exist and could not be made.
    #[error("the log folder cannot be created; name another with --log-dir or the setting log_dir: {}", path.display())]
    Create {
        /// The folder.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
    /// The folder of the key does not exist and could not be made.
    #[error("the folder of this user's key cannot be created: {}", path.display())]
    Data {
        /// The folder.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
    /// No file can be made in it.
    #[error(
        "the log folder cannot be written to; allow it, or name another with --log-dir or the setting log_dir: {}",
        path.display()
    )]
    Write {
        /// The folder.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
}

/// Reason for which a scheduler could not start this program later.
#[derive(Debug, thiserror::Error)]
pub enum NoProgram {
    /// The system does not say where it is.
    #[error("the system does not say where this program is")]
    Unknown(#[source] io::Error),
    /// It lies in the folder of an `AppImage`, which is gone when that ends.
    #[error(
        "what runs out of an AppImage is gone when it ends, so nothing could start it later: install the package of \
         your system, or unpack the .tar.gz, and run this command from there"
    )]
    AppImage,
    /// It lies on the disk image it came on, or where macOS put a copy of it for a while.
    #[error(
        "what runs from a disk image, or from where it was downloaded to, is gone later, so nothing could start it: \
         drag Network Logging into Applications first, and open it there"
    )]
    DiskImage,
}

/// This program, where a scheduler will find it as well.
///
/// # Errors
///
/// When the system does not say where it is, or it will not be there any more.
pub fn lasting_program() -> Result<PathBuf, NoProgram> {
    let program = std::env::current_exe().map_err(NoProgram::Unknown)?;
    if cfg!(target_os = "macos") && is_passing_on_macos(&program) {
        return Err(NoProgram::DiskImage);
    }
    outside(program, std::env::var_os("APPDIR").as_deref().map(Path::new))
}

/// True if macOS runs the program from our disk image, or from a copy that is gone when it ends.
fn is_passing_on_macos(program: &Path) -> bool {
    let path = program.to_string_lossy();
    // A second image of the same name is mounted as "Network Logging 1".
    path.contains("/AppTranslocation/") || path.starts_with("/Volumes/Network Logging")
}

/// The program, unless it lies in the folder of an `AppImage`.
fn outside(program: PathBuf, app_dir: Option<&Path>) -> Result<PathBuf, NoProgram> {
    match app_dir {
        Some(dir) if dir.is_absolute() && program.starts_with(dir) => Err(NoProgram::AppImage),
        _ => Ok(program),
    }
}

/// Finds the configuration. It need not exist.
///
/// `option` is the file named on the command line.
pub fn config_file(option: Option<&Path>) -> Place {
    let platform = project_dirs().map(|dirs| dirs.config_dir().join(CONFIG_FILE));
    absolute(choose_config(option, Path::new(CONFIG_FILE).is_file(), platform))
}

/// The configuration that holds where none is named and none lies in the working directory. It need not exist.
pub fn standard_config_file() -> PathBuf {
    let platform = project_dirs().map(|dirs| dirs.config_dir().join(CONFIG_FILE));
    absolute(choose_config(None, false, platform)).path
}

/// Finds the folder of the logs. It need not exist.
///
/// `option` is the folder named on the command line, `setting` the value of `log_dir`.
pub fn log_dir(option: Option<&Path>, setting: &str) -> Place {
    // Not the roaming folder of Windows: a log grows and belongs to the line this computer is at.
    let platform = project_dirs().map(|dirs| dirs.data_local_dir().join(LOGS));
    absolute(choose_log_dir(option, setting, platform))
}

/// The standard folder of what this user's programs keep; `None` for a user without a home folder.
pub fn data_dir() -> Option<PathBuf> {
    project_dirs().map(|dirs| dirs.data_local_dir().to_owned())
}

/// Returns the folder where this user keeps documents; the home folder where there is no such one. `None` without a
/// home folder.
pub fn documents() -> Option<PathBuf> {
    let dirs = directories::UserDirs::new()?;
    let documents = dirs.document_dir().filter(|dir| dir.is_dir());
    Some(documents.unwrap_or_else(|| dirs.home_dir()).to_owned())
}

/// Makes the folder of the logs where it is missing, and tries whether a file can be made in it.
///
/// # Errors
///
/// When it cannot be made or written to.
pub fn prepare_log_dir(path: &Path) -> Result<(), LogDirError> {
    let here = || path.to_owned();
    files::make_dir(path).map_err(|source| LogDirError::Create { path: here(), source })?;
    let trial = path.join(format!(".netlog-{}.tmp", std::process::id()));
    match files::create_new(&trial) {
        Ok(_file) => fs::remove_file(&trial),
        // Left behind by a process that was killed, or another thread is at it.
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(err) => Err(err),
    }
    .map_err(|source| LogDirError::Write { path: here(), source })
}

/// Makes the folder of a key where it is missing.
///
/// # Errors
///
/// When it cannot be made.
pub fn make_data_dir(path: &Path) -> Result<(), LogDirError> {
    files::make_dir(path).map_err(|source| LogDirError::Data { path: path.to_owned(), source })
}

/// The content of a file that only this user may read, in the platform's folder of this user. A file that is missing or
/// empty is made of the content that `make` gives, as a whole or not at all. `None` when there is no such folder, or
/// `make` gives nothing.
///
/// # Errors
///
/// When it cannot be read or made.
pub fn private_file(name: &str, make: impl FnOnce() -> Option<Vec<u8>>) -> io::Result<Option<Vec<u8>>> {
    let Some(dirs) = project_dirs() else { return Ok(None) };
    read_or_make(&dirs.data_local_dir().join(name), make)
}

/// Writes a report of a crash into this user's data folder, and says where. `None` when there is no such folder.
///
/// # Errors
///
/// When it cannot be written.
pub fn write_crash_report(stamp: &str, text: &str) -> io::Result<Option<PathBuf>> {
    let Some(dirs) = project_dirs() else { return Ok(None) };
    let folder = dirs.data_local_dir();
    files::make_dir(folder)?;
    let path = folder.join(format!("crash_{stamp}.txt"));
    files::replace(&path, text.as_bytes())?;
    Ok(Some(path))
}

fn read_or_make(path: &Path, make: impl FnOnce() -> Option<Vec<u8>>) -> io::Result<Option<Vec<u8>>> {
    match read_full(path) {
        Ok(None) => {}
        read => return read,
    }
    let Some(content) = make() else { return Ok(None) };
    let folder = path.parent().unwrap_or(Path::new("."));
    files::make_dir(folder)?;
    let temp = path.with_extension(format!("{}-{}.tmp", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    let made = write_private(&temp, &content).and_then(|()| publish(&temp, path));
    // Of the two names it may still have, this one is not needed any more.
    fs::remove_file(&temp).ok();
    made?;
    // Where the system saves no folders, it saves names in their order anyway.
    if let Ok(folder) = fs::File::open(folder) {
        folder.sync_all().ok();
    }
    // Another process may have been quicker.
    read_full(path)
}

/// Tells temporary files of one process apart.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The content of a file; `None` when it is missing or empty, as a full disk or a power cut leaves it.
fn read_full(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content).filter(|content| !content.is_empty())),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(err) => Err(err),
    }
}

fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = files::create_fresh(path)?;
    io::Write::write_all(&mut file, content)?;
    file.sync_all()
}

/// Gives a finished file its name, unless another one with content has it.
fn publish(temp: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(temp, path) {
        Ok(()) => Ok(()),
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists => replace_empty(temp, path),
        // The file system knows no second names.
        Err(_no_link) if !path.exists() => fs::rename(temp, path),
        Err(err) => Err(err),
    }
}

/// Replaces an empty file. Of several processes that find it, one does.
fn replace_empty(temp: &Path, path: &Path) -> io::Result<()> {
    let empty = fs::File::open(path)?;
    // Without locks the last one wins, and all use that.
    empty.lock().ok();
    if read_full(path)?.is_none() { fs::rename(temp, path) } else { Ok(()) }
}

fn project_dirs() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "network-logging")
}

fn choose_config(option: Option<&Path>, is_in_working_dir: bool, platform: Option<PathBuf>) -> Place {
    match (option, platform) {
        (Some(path), _) => Place { path: path.to_owned(), reason: Reason::CommandLine },
        (None, _) if is_in_working_dir => Place { path: CONFIG_FILE.into(), reason: Reason::WorkingDirectory },
        (None, Some(path)) => Place { path, reason: Reason::Platform },
        (None, None) => Place { path: CONFIG_FILE.into(), reason: Reason::NoHome },
    }
}

fn choose_log_dir(option: Option<&Path>, setting: &str, platform: Option<PathBuf>) -> Place {
    match (option, platform) {
        (Some(path), _) => Place { path: path.to_owned(), reason: Reason::CommandLine },
        (None, _) if !setting.is_empty() => Place { path: setting.into(), reason: Reason::Setting },
        (None, Some(path)) => Place { path, reason: Reason::Platform },
        (None, None) => Place { path: LOGS.into(), reason: Reason::NoHome },
    }
}

/// Relative paths start at the working directory, as the original's do.
fn absolute(place: Place) -> Place {
    let path = std::path::absolute(&place.path)
        // Takes out `.` in the middle, which `absolute` leaves at the start of a relative path on some systems.
        .map(|path| path.components().collect())
        .unwrap_or(place.path);
    Place { path, ..place }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLATFORM: &str = "/home/a/.config/config.json";

    #[track_caller]
    fn check(place: &Place, path: &str, reason: Reason) {
        assert_eq!(&Place { path: path.into(), reason }, place);
    }

    #[test]
    fn the_command_line_comes_first_then_the_working_directory_then_the_platform() {
        let option = Path::new("my.json");
        check(&choose_config(Some(option), true, Some(PLATFORM.into())), "my.json", Reason::CommandLine);
        check(&choose_config(None, true, Some(PLATFORM.into())), "config.json", Reason::WorkingDirectory);
        check(&choose_config(None, false, Some(PLATFORM.into())), "/home/a/.config/config.json", Reason::Platform);
        check(&choose_config(None, false, None), "config.json", Reason::NoHome);
    }

    #[test]
    fn logs_go_where_the_command_line_then_the_setting_then_the_platform_says() {
        let option = Path::new("there");
        check(&choose_log_dir(Some(option), "./logs", Some(PLATFORM.into())), "there", Reason::CommandLine);
        check(&choose_log_dir(None, "./logs", Some(PLATFORM.into())), "./logs", Reason::Setting);
        check(&choose_log_dir(None, "", Some("/data/logs".into())), "/data/logs", Reason::Platform);
        check(&choose_log_dir(None, "", None), "logs", Reason::NoHome);
    }

    #[test]
    fn a_relative_folder_starts_at_the_working_directory() {
        let place = log_dir(None, "./logs");
        assert_eq!(std::env::current_dir().unwrap().join("logs"), place.path);
    }

    #[test]
    fn a_private_file_is_made_once_and_only_its_owner_may_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/key");
        assert_eq!(None, read_or_make(&path, || None).unwrap());
        assert_eq!(Some(b"one".to_vec()), read_or_make(&path, || Some(b"one".to_vec())).unwrap());
        assert_eq!(Some(b"one".to_vec()), read_or_make(&path, || Some(b"two".to_vec())).unwrap());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(0o600, fs::metadata(&path).unwrap().permissions().mode() & 0o777);
        }
    }

    #[test]
    fn an_empty_private_file_is_made_anew_and_what_cannot_be_read_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        fs::write(&path, "").unwrap();
        assert_eq!(None, read_or_make(&path, || None).unwrap());
        assert_eq!(Some(b"one".to_vec()), read_or_make(&path, || Some(b"one".to_vec())).unwrap());
        assert_eq!(1, fs::read_dir(dir.path()).unwrap().count());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(0o600, fs::metadata(&path).unwrap().permissions().mode() & 0o777);
        }
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(read_or_make(&path, || Some(b"two".to_vec())).is_err());
        assert!(path.is_dir());
    }

    #[test]
    fn all_who_make_a_private_file_at_once_use_the_same() {
        for begins_empty in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("key");
            if begins_empty {
                fs::write(&path, "").unwrap();
            }
            let contents: Vec<Vec<u8>> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8_u8)
                    .map(|n| {
                        scope.spawn({
                            let path = &path;
                            move || read_or_make(path, || Some(vec![n; 9])).unwrap().unwrap()
                        })
                    })
                    .collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(contents.iter().all(|content| *content == fs::read(&path).unwrap()), "{contents:?}");
        }
    }

    #[test]
    fn a_log_folder_is_made_with_its_parents() {
        let dir = tempfile::tempdir().unwrap();
        let logs = dir.path().join("a/b");
        prepare_log_dir(&logs).unwrap();
        prepare_log_dir(&logs).unwrap();
        assert_eq!(0, fs::read_dir(&logs).unwrap().count());
    }

    #[test]
    fn a_log_folder_that_cannot_be_made_is_told_with_the_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        for path in [file.join("logs"), file] {
            let said = prepare_log_dir(&path).unwrap_err().to_string();
            assert!(said.contains("--log-dir") && said.ends_with(&path.display().to_string()), "{said}");
        }
    }

    #[test]
    fn a_scheduler_is_given_nothing_on_a_disk_image() {
        let is_passing = |folder: &str| {
            is_passing_on_macos(&Path::new(folder).join("Network Logging.app/Contents/MacOS/network-logging"))
        };
        assert!(is_passing("/private/var/folders/ab/x/T/AppTranslocation/0A1B/d"));
        assert!(is_passing("/Volumes/Network Logging") && is_passing("/Volumes/Network Logging 1"));
        assert!(!is_passing("/Applications") && !is_passing("/Volumes/Work/Applications"));
    }

    #[test]
    fn a_scheduler_is_given_no_program_that_will_be_gone() {
        let program = || PathBuf::from("/tmp/.mount_netlogAb/usr/bin/netlog");
        assert!(outside(program(), Some(Path::new("/tmp/.mount_netlogAb"))).is_err());
        // Somebody else's AppImage, such as that of a terminal, started this.
        assert_eq!(program(), outside(program(), Some(Path::new("/tmp/.mount_termXy"))).unwrap());
        assert_eq!(program(), outside(program(), Some(Path::new(""))).unwrap());
        assert_eq!(program(), outside(program(), None).unwrap());
    }
}
