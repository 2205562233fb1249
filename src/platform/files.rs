//! Folders and files that only this user may read, made so that nobody else can lead the writing to another place.
//!
//! On Unix a new folder has the mode 0700 and a new file 0600; what exists keeps its mode. On Windows the folder decides
//! who may read what is made in it.
//!
//! A link in a folder that another account may change is not followed, and a temporary file is always a new one.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Makes a folder and those above it that are missing.
///
/// # Errors
///
/// If one of them cannot be made, or something else has its name.
pub fn make_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens a file to read it and to append to it; one that is missing is made.
///
/// # Errors
///
/// If it cannot be opened, or is a link in a folder that another account may change.
pub fn append(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().read(true).append(true).create(true), path)
}

/// Opens a file that is there, to append to it.
///
/// # Errors
///
/// If it cannot be opened, or is a link in a folder that another account may change.
pub fn append_to(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().append(true), path)
}

/// Returns true when accounts other than the owner may read or write the file. On Windows the folder decides, and the
/// answer is false.
///
/// # Errors
///
/// If the system does not tell.
#[cfg(unix)]
pub fn is_open_to_others(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

/// Returns true when accounts other than the owner may read or write the file. On Windows the folder decides, and the
/// answer is false.
///
/// # Errors
///
/// If the system does not tell.
#[cfg(not(unix))]
pub fn is_open_to_others(file: &File) -> io::Result<bool> {
    file.metadata().map(|_| false)
}

/// Makes a file that is not there yet.
///
/// # Errors
///
/// If it cannot be made, or something has its name, a link included.
pub fn create_new(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().write(true).create_new(true), path)
}

/// Makes a temporary file. What has its name, left behind by a process that was killed or put there by somebody, is
/// removed before.
///
/// # Errors
///
/// If it cannot be made, or what has its name cannot be removed, as a folder.
pub fn create_fresh(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => create_new(path),
    }
}

/// Writes `bytes` in the place of the file that may be there, whole or not at all. A link is replaced, not followed.
///
/// # Errors
///
/// If it cannot be written. The one that was there is there still.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temp = temporary(path);
    finish(&temp, path, write_new(&temp, path, bytes))
}

/// The same for a file that everybody may read.
///
/// # Errors
///
/// If it cannot be written. The one that was there is there still.
pub fn replace_for_all(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temp = temporary(path);
    let write = |mut file: File| {
        imp::let_all_read(&file)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    finish(&temp, path, create_fresh(&temp).and_then(write))
}

/// As [`replace`], without waiting for the disk: after a power failure the file may be empty. For what is of no use after
/// the end of the program.
///
/// # Errors
///
/// If it cannot be written. The one that was there is there still.
pub fn replace_unsynced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temp = temporary(path);
    let write = |mut file: File| {
        keep_mode(&file, path)?;
        file.write_all(bytes)
    };
    finish(&temp, path, create_fresh(&temp).and_then(write))
}

/// Puts a temporary file in its place, or removes it when it came to nothing.
fn finish(temp: &Path, path: &Path, written: io::Result<()>) -> io::Result<()> {
    let written = written.and_then(|()| fs::rename(temp, path));
    if written.is_err() {
        // The first failure is the one to tell.
        drop(fs::remove_file(temp));
    }
    written
}

/// Name of the file beside `path` that is written before it takes the place of it.
pub fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

/// Writes a new file to the disk, with the mode of `model` if that is a file of this user.
///
/// # Errors
///
/// If it cannot be written; a part of it may be there.
pub fn write_new(path: &Path, model: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create_fresh(path)?;
    keep_mode(&file, model)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Gives a new file the mode of the one that it is going to replace, if that is a file of this user.
///
/// # Errors
///
/// If the system does not allow it.
pub fn keep_mode(file: &File, model: &Path) -> io::Result<()> {
    imp::keep_mode(file, model)
}

/// Refuses a link in a folder that another account may change.
///
/// # Errors
///
/// If `path` is such a link.
pub fn refuse_led(path: &Path) -> io::Result<()> {
    if path.is_symlink() && imp::is_led(path) { Err(led()) } else { Ok(()) }
}

/// True where another account may put a link in the place of `path`.
pub fn is_led(path: &Path) -> bool {
    imp::is_led(path)
}

fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    imp::open(options, path).map_err(|error| if imp::is_link(&error) { led() } else { error })
}

fn led() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "a link in a folder that another account may change is not followed")
}

#[cfg(unix)]
mod imp {
    use std::{
        fs::{File, Metadata, OpenOptions},
        io,
        os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
        path::Path,
    };

    use super::super::owner;

    pub(super) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
        options.mode(0o600);
        if is_led(path) {
            options.custom_flags(libc::O_NOFOLLOW);
        }
        options.open(path)
    }

    /// True when an account other than this process's and root's may change what `path` leads to.
    pub(super) fn is_led(path: &Path) -> bool {
        let me = owner::this();
        let is_others = |group| group != 0 && group != me.gid;
        let may_change = |about: &Metadata| ![0, me.uid].contains(&about.uid()) || owner::is_shared(about, &is_others);
        path.parent().is_some_and(|folder| owner::find(folder, &may_change).is_some())
    }

    pub(super) fn is_link(error: &io::Error) -> bool {
        error.raw_os_error() == Some(libc::ELOOP)
    }

    pub(super) fn let_all_read(file: &File) -> io::Result<()> {
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
    }

    pub(super) fn keep_mode(file: &File, model: &Path) -> io::Result<()> {
        match model.symlink_metadata() {
            Ok(about) if about.is_file() && about.uid() == owner::this().uid => {
                let mode = std::os::unix::fs::PermissionsExt::from_mode(about.mode() & 0o777);
                file.set_permissions(mode)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(not(unix))]
mod imp {
    use std::{
        fs::{File, OpenOptions},
        io,
        path::Path,
    };

    pub(super) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
        options.open(path)
    }

    pub(super) fn is_led(_path: &Path) -> bool {
        false
    }

    pub(super) fn is_link(_error: &io::Error) -> bool {
        false
    }

    #[expect(clippy::unnecessary_wraps, reason = "it may fail elsewhere")]
    pub(super) fn let_all_read(_file: &File) -> io::Result<()> {
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "it may fail elsewhere")]
    pub(super) fn keep_mode(_file: &File, _model: &Path) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_for_its_owner_alone_and_what_exists_keeps_its_mode() {
        let dir = tempfile::tempdir().unwrap();
        let (outer, inner) = (dir.path().join("a"), dir.path().join("a/b"));
        make_dir(&inner).unwrap();
        make_dir(&inner).unwrap();
        assert_eq!((0o700, 0o700), (mode(&outer), mode(&inner)));
        let path = inner.join("file");
        for make in [append, create_new, create_fresh] {
            drop(fs::remove_file(&path));
            assert!(!is_open_to_others(&make(&path).unwrap()).unwrap());
            assert_eq!(0o600, mode(&path));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        fs::set_permissions(&outer, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(is_open_to_others(&File::open(&path).unwrap()).unwrap());
        replace(&path, b"new").unwrap();
        make_dir(&inner).unwrap();
        drop(append(&path).unwrap());
        assert_eq!((0o640, 0o755), (mode(&path), mode(&outer)));
        assert_eq!("new", fs::read_to_string(&path).unwrap());
        replace_unsynced(&inner.join("other"), b"").unwrap();
        assert_eq!(0o600, mode(&inner.join("other")));
    }

    #[test]
    fn no_temporary_file_is_written_through_a_link() {
        type Way = fn(&Path, &[u8]) -> io::Result<()>;
        let dir = tempfile::tempdir().unwrap();
        let (victim, path) = (dir.path().join("victim"), dir.path().join("file"));
        fs::write(&victim, "mine").unwrap();
        let ways: [Way; 3] = [replace, replace_unsynced, replace_for_all];
        for (way, link) in ways.iter().flat_map(|way| [(way, temporary(&path)), (way, path.clone())]) {
            symlink(&victim, &link).unwrap();
            way(&path, b"new").unwrap();
            assert_eq!(
                ("mine".into(), "new".into()),
                (fs::read_to_string(&victim).unwrap(), fs::read_to_string(&path).unwrap())
            );
            assert!(!path.is_symlink() && !temporary(&path).exists());
            fs::remove_file(&path).unwrap();
        }
        symlink(&victim, &path).unwrap();
        create_fresh(&path).unwrap().write_all(b"x").unwrap();
        assert_eq!("mine", fs::read_to_string(&victim).unwrap());
        assert!(create_new(&path).is_err());
    }

    #[test]
    fn a_link_is_followed_only_where_nobody_else_can_put_one() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("logs");
        fs::create_dir(&folder).unwrap();
        let (victim, link) = (dir.path().join("victim"), folder.join("netlog.csv"));
        fs::write(&victim, "mine").unwrap();
        symlink(&victim, &link).unwrap();
        append(&link).unwrap().write_all(b"+").unwrap();
        append_to(&link).unwrap().write_all(b"+").unwrap();
        refuse_led(&link).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        for error in [append(&link).unwrap_err(), append_to(&link).unwrap_err(), refuse_led(&link).unwrap_err()] {
            assert!(error.to_string().contains("not followed"), "{error}");
        }
        assert_eq!("mine++", fs::read_to_string(&victim).unwrap());
        // A file there is none.
        fs::remove_file(&link).unwrap();
        append(&link).unwrap().write_all(b"row").unwrap();
        refuse_led(&link).unwrap();
        // Nobody renames what others have in such a folder.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o1777)).unwrap();
        append(&link).unwrap();
    }
}
