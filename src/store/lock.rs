//! One monitor per log folder.
//!
//! The lock is the system's lock on `netlog.lock`, which goes with the process whatever becomes of it; no text in a
//! file is ever taken for a lock. Who holds it stands in `netlog.lock.json`: Windows lets nobody read a locked file.

use std::{
    fs::{self, File, TryLockError},
    path::Path,
    time::Duration,
};

use super::error::{StoreError, context};
use crate::{
    codec::holder_json::{self, Holder},
    platform::files,
};

const LOCK: &str = "netlog.lock";
const HOLDER: &str = "netlog.lock.json";

const PAUSE: Duration = Duration::from_millis(10);
/// [`holder`] takes a shared lock for some microseconds; that is no reason to give up.
const MOMENT: Duration = Duration::from_millis(100);
/// A single look at the line takes some seconds, and is then waited for.
const LOOK: Duration = Duration::from_secs(30);

/// The right to write to a log folder, until dropped.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

/// Reason why the folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another monitor has it, or a look that does not end; which one, where it says so.
    #[error("{}", held_by(*.0))]
    Held(Option<Holder>),
    /// The system cannot lock there.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn held_by(holder: Option<Holder>) -> String {
    let what = if holder.is_some_and(|holder| holder.is_look) {
        "a single look at the line is under way"
    } else {
        "another monitor is running"
    };
    let who = holder.map(|holder| format!(" (process {}, since {})", holder.pid, holder.started));
    format!("{what}{}", who.unwrap_or_default())
}

impl FolderLock {
    /// Takes the folder, which is made if need be, and leaves `text` (see [`holder_json::render`]) for others. Waits
    /// for a single look to end, for half a minute at the most.
    ///
    /// # Errors
    ///
    /// [`LockError::Held`] when another process, or another part of this one, has it; [`LockError::Store`] when the
    /// files cannot be made or the file system knows no locks.
    pub fn take(dir: &Path, text: &str) -> Result<Self, LockError> {
        files::make_dir(dir).map_err(context("make", dir))?;
        let path = dir.join(LOCK);
        let file = files::append(&path).map_err(context("open", &path))?;
        let mut waited = Duration::ZERO;
        while let Err(error) = file.try_lock() {
            let TryLockError::WouldBlock = error else { return Err(context("lock", &path)(error.into()).into()) };
            let holder = read(dir);
            if waited >= if holder.is_some_and(|holder| holder.is_look) { LOOK } else { MOMENT } {
                return Err(LockError::Held(holder));
            }
            std::thread::sleep(PAUSE);
            waited += PAUSE;
        }
        let path = dir.join(HOLDER);
        // Unsynced: a busy disk may take many seconds, in which nothing would be measured.
        files::replace_unsynced(&path, text.as_bytes()).map_err(context("write to", &path))?;
        Ok(Self { _file: file })
    }
}

/// Returns the holder of the folder; `None` when there is none, or it cannot be read. Does not take the folder.
pub fn holder(dir: &Path) -> Option<Holder> {
    let file = File::open(dir.join(LOCK)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => read(dir),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

/// Returns the holder that monitors into the folder; `None` when there is none, or it only takes a look.
pub fn monitor(dir: &Path) -> Option<Holder> {
    holder(dir).filter(|holder| !holder.is_look)
}

fn read(dir: &Path) -> Option<Holder> {
    holder_json::parse(&fs::read_to_string(dir.join(HOLDER)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> Holder {
        Holder { pid: 4711, started: "2025-10-02T12:35:02Z".parse().unwrap(), is_look: false }
    }

    #[test]
    fn one_at_a_time_holds_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("logs");
        assert_eq!(None, holder(&dir));
        let lock = FolderLock::take(&dir, &holder_json::render(me())).unwrap();
        assert_eq!(Some(me()), holder(&dir));
        let refused = FolderLock::take(&dir, "").unwrap_err();
        assert_eq!("another monitor is running (process 4711, since 2025-10-02 12:35:02 UTC)", refused.to_string());
        drop(lock);
        assert_eq!(None, holder(&dir));
        FolderLock::take(&dir, "").unwrap();
    }

    #[test]
    fn a_look_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let look = Holder { is_look: true, ..me() };
        let lock = FolderLock::take(dir.path(), &holder_json::render(look)).unwrap();
        assert_eq!((Some(look), None), (holder(dir.path()), monitor(dir.path())));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| FolderLock::take(dir.path(), &holder_json::render(me())));
            std::thread::sleep(MOMENT * 3);
            assert!(!waiting.is_finished());
            drop(lock);
            let lock = waiting.join().unwrap().unwrap();
            assert_eq!(Some(me()), monitor(dir.path()));
            drop(lock);
        });
        let error = LockError::Held(Some(look)).to_string();
        assert_eq!("a single look at the line is under way (process 4711, since 2025-10-02 12:35:02 UTC)", error);
    }

    #[test]
    fn text_that_was_left_behind_is_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        for name in [LOCK, HOLDER] {
            fs::write(dir.path().join(name), holder_json::render(me())).unwrap();
        }
        assert_eq!(None, holder(dir.path()));
        FolderLock::take(dir.path(), "").unwrap();
    }

    #[test]
    fn looking_does_not_keep_anybody_out() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(LOCK), "").unwrap();
        std::thread::scope(|scope| {
            let looking = scope.spawn(|| (0..2000).filter(|_| holder(dir.path()).is_some()).count());
            while !looking.is_finished() {
                FolderLock::take(dir.path(), "").unwrap();
            }
        });
    }
}
