//! Owners of the folders on the way to a file, as Unix has them.

use std::{fs::Metadata, os::unix::fs::MetadataExt as _, path::Path};

/// Links that are followed, as many as Linux does.
const MOST_LINKS: u8 = 40;

/// Numbers of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner {
    /// The account.
    pub(super) uid: u32,
    /// Number of the group.
    pub(super) gid: u32,
}

/// The account of this process.
pub(super) fn this() -> Owner {
    Owner { uid: nix::unistd::geteuid().as_raw(), gid: nix::unistd::getegid().as_raw() }
}

/// The first account, from the root of the file system on, that owns a folder or a link on the way to `path` or `path`
/// itself, and is neither root nor that of this process. `None` when there is none; what does not exist has no owner.
///
/// All before what it owns is out of its reach, so nothing that it does meanwhile changes the answer.
pub(super) fn stranger(path: &Path) -> Option<u32> {
    let me = this().uid;
    find(path, &|about| ![0, me].contains(&about.uid())).map(|about| about.uid())
}

/// True for a folder in which all accounts, or those of a group that is such, may rename and remove any file.
pub(super) fn is_shared(about: &Metadata, is_such: &dyn Fn(u32) -> bool) -> bool {
    let mode = about.mode();
    let is_sticky = mode & 0o1000 != 0;
    about.is_dir() && !is_sticky && (mode & 0o002 != 0 || (mode & 0o020 != 0 && is_such(about.gid())))
}

/// The first folder or link on the way to `path`, or `path` itself, that is such.
pub(super) fn find(path: &Path, is_such: &dyn Fn(&Metadata) -> bool) -> Option<Metadata> {
    let path = std::path::absolute(path).ok()?;
    let mut links = MOST_LINKS;
    walk(&path, is_such, &mut links)
}

fn walk(path: &Path, is_such: &dyn Fn(&Metadata) -> bool, links: &mut u8) -> Option<Metadata> {
    let mut at = std::path::PathBuf::new();
    for component in path.components() {
        at.push(component);
        let about = at.symlink_metadata().ok()?;
        if is_such(&about) {
            return Some(about);
        }
        if about.is_symlink() && *links > 0 {
            *links -= 1;
            let target = at.with_file_name("").join(at.read_link().ok()?);
            if let Some(found) = walk(&target, is_such, links) {
                return Some(found);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn links_on_the_way_are_looked_at_and_circles_end() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link, circle) = (dir.path().join("real"), dir.path().join("link"), dir.path().join("circle"));
        fs::create_dir_all(real.join("inner")).unwrap();
        symlink("real", &link).unwrap();
        symlink("circle", &circle).unwrap();
        let inner = real.join("inner").metadata().unwrap().ino();
        let found = |path: &Path| find(path, &|about| about.ino() == inner).is_some();
        assert!(found(&real.join("inner/missing")) && found(&link.join("inner")));
        assert!(!found(&link) && !found(&circle) && !found(&circle.join("x")));
        assert_eq!(None, stranger(&link.join("inner")));
    }
}
