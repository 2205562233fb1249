//! The folders of the logs and of the key while a schedule is installed or taken away. Where they belong to another
//! account, or lie in a folder of another account, a process of that account does the work: root makes, writes and gives
//! away nothing where somebody else could put a link in its way.

use std::{
    ffi::OsString,
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use super::{SchedulerError, WorkError, plan::command as words};
use crate::platform::{
    command, files,
    paths::{self},
};

/// Work to be done in folders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// A folder of logs to make if it is missing, and to try.
    pub logs: Option<PathBuf>,
    /// Another folder to make if it is missing.
    pub folder: Option<PathBuf>,
    /// A file to write, and its text.
    pub write: Option<(PathBuf, String)>,
    /// Files to remove if they are there.
    pub remove: Vec<PathBuf>,
}

impl Work {
    /// Does it as the account of this process.
    ///
    /// # Errors
    ///
    /// If a folder cannot be made or written to, or a file cannot be written or removed. What comes after that is not
    /// done.
    pub fn run(&self) -> Result<(), WorkError> {
        if let Some(dir) = &self.logs {
            paths::prepare_log_dir(dir)?;
        }
        if let Some(dir) = &self.folder {
            paths::make_data_dir(dir)?;
        }
        if let Some((path, text)) = &self.write {
            let failed = |source| WorkError::File { action: "write", path: path.clone(), source };
            files::replace(path, text.as_bytes()).map_err(failed)?;
        }
        self.remove.iter().try_for_each(|path| match fs::remove_file(path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(WorkError::File { action: "remove", path: path.clone(), source })
            }
            _ => Ok(()),
        })
    }

    /// Arguments of `netlog schedule work` for this; the text goes to its input.
    fn arguments(&self) -> Vec<OsString> {
        let one = |option: &'static str, path: &PathBuf| [option.into(), path.clone().into_os_string()];
        let some = |option, path: Option<&PathBuf>| path.map(|path| one(option, path)).into_iter().flatten();
        some("--logs", self.logs.as_ref())
            .chain(some("--folder", self.folder.as_ref()))
            .chain(some("--write", self.write.as_ref().map(|(path, _)| path)))
            .chain(self.remove.iter().flat_map(|path| one("--remove", path)))
            .collect()
    }
}

/// Numbers of an account, for a process that becomes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub uid: u32,
    /// Number of its main group.
    pub gid: u32,
    /// All groups it is in.
    pub groups: Vec<u32>,
}

/// Account that works in folders; `None` for that of this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker(Option<Identity>);

impl Worker {
    /// The account of this process.
    pub const THIS: Self = Self(None);

    /// An account by its name or number.
    ///
    /// # Errors
    ///
    /// If the system does not know it.
    pub fn of_account(name: &str) -> Result<Self, SchedulerError> {
        if cfg!(windows) {
            return Ok(Self::THIS);
        }
        let unknown = || SchedulerError::NoAccount(name.to_owned());
        let numbers = |option: &str| -> Result<Vec<u32>, SchedulerError> {
            let output = command::run(&words(&["id", option, "--", name]), "")?;
            let said = output.stdout.split_whitespace().map(str::parse);
            let numbers: Vec<u32> = said.collect::<Result<_, _>>().map_err(|_no_number| unknown())?;
            if output.is_success() && !numbers.contains(&u32::MAX) { Ok(numbers) } else { Err(unknown()) }
        };
        let first = |option: &str| numbers(option)?.first().copied().ok_or_else(unknown);
        Ok(Self(Some(Identity { uid: first("-u")?, gid: first("-g")?, groups: numbers("-G")? })))
    }

    /// The account that root leaves work in `dir` to: the one that owns the first folder on the way that is not root's.
    /// For other accounts and on Windows it is that of this process.
    pub fn of_folder(dir: &Path) -> Self {
        let Some(uid) = imp::owner(dir) else { return Self::THIS };
        // It may be an account that was removed.
        let unknown = || Self(Some(Identity { uid, gid: uid, groups: vec![uid] }));
        Self::of_account(&uid.to_string()).unwrap_or_else(|_unknown| unknown())
    }

    /// Does the work.
    ///
    /// # Errors
    ///
    /// If it cannot be done, or the process of the other account cannot be started.
    pub fn run(&self, work: &Work) -> Result<(), SchedulerError> {
        let Some(identity) = &self.0 else { return Ok(work.run()?) };
        let made = [work.logs.as_deref(), work.folder.as_deref()];
        made.into_iter().flatten().try_for_each(|dir| {
            let failed = |source| SchedulerError::File { action: "make", path: dir.to_owned(), source };
            imp::begin(dir, identity).map_err(failed)
        })?;
        let program = netlog().map_err(paths::NoProgram::Unknown)?;
        let groups = identity.groups.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let who = [("--uid", identity.uid.to_string()), ("--gid", identity.gid.to_string()), ("--groups", groups)];
        let mut all: Vec<OsString> = vec![program.into(), "schedule".into(), "work".into()];
        all.extend(who.into_iter().flat_map(|(option, value)| [option.into(), value.into()]));
        all.extend(work.arguments());
        let input = work.write.as_ref().map_or("", |(_, text)| text);
        let output = command::run_with(&all, input)?;
        if output.is_success() {
            return Ok(());
        }
        let said = output.stderr.lines().next().unwrap_or_default();
        let said = said.strip_prefix("netlog: ").unwrap_or(said).chars().filter(|c| !c.is_control()).collect();
        Err(SchedulerError::Work { uid: identity.uid, said })
    }
}

/// This program, or the one of the command line that lies beside that of the window.
fn netlog() -> io::Result<PathBuf> {
    let this = std::env::current_exe()?;
    let beside = this.with_file_name(format!("netlog{}", std::env::consts::EXE_SUFFIX));
    Ok(if beside.is_file() { beside } else { this })
}

/// Becomes an account for good, out of reach of the terminal it was started from, and does the work with a text that it
/// reads from its input.
///
/// # Errors
///
/// If it cannot become the account, or the work cannot be done.
pub fn work_as(identity: &Identity, mut work: Work) -> Result<(), SchedulerError> {
    imp::become_account(identity).map_err(|source| SchedulerError::Become { uid: identity.uid, source })?;
    if let Some((path, text)) = &mut work.write {
        let failed = |source| SchedulerError::File { action: "write", path: path.clone(), source };
        io::stdin().take(MOST_TEXT).read_to_string(text).map_err(failed)?;
    }
    Ok(work.run()?)
}

/// Longer is no text that is handed over.
const MOST_TEXT: u64 = 64 * 1024;

#[cfg(unix)]
mod imp {
    use std::{
        fs::{self, Metadata},
        io,
        os::unix::fs::{DirBuilderExt as _, MetadataExt as _, lchown},
        path::Path,
    };

    use nix::unistd::{Gid, Uid, geteuid, setgid, setsid, setuid};

    use super::Identity;
    use crate::platform::owner;

    /// The account that root leaves work in this folder to.
    pub(super) fn owner(dir: &Path) -> Option<u32> {
        owner::stranger(dir).filter(|_| geteuid().is_root())
    }

    /// Makes the first folder that is missing and gives it to the account, if it lies where nobody but root can make
    /// anything. The account makes all others.
    pub(super) fn begin(dir: &Path, identity: &Identity) -> io::Result<()> {
        let is_missing = |folder: &&Path| folder.symlink_metadata().is_err();
        let Some(first) = dir.ancestors().take_while(is_missing).last() else { return Ok(()) };
        let is_of_it = |group| identity.groups.contains(&group);
        let may_change = |about: &Metadata| about.uid() != 0 || owner::is_shared(about, &is_of_it);
        if first.parent().is_none_or(|parent| owner::find(parent, &may_change).is_some()) {
            return Ok(());
        }
        fs::DirBuilder::new().mode(0o700).create(first)?;
        lchown(first, Some(identity.uid), Some(identity.gid))
    }

    pub(super) fn become_account(identity: &Identity) -> io::Result<()> {
        // Fails where it is the first of its session already.
        setsid().ok();
        set_groups(&identity.groups)?;
        setgid(Gid::from_raw(identity.gid))?;
        setuid(Uid::from_raw(identity.uid))?;
        Ok(())
    }

    /// macOS takes no more.
    const MOST_GROUPS: usize = 16;

    #[expect(unsafe_code, reason = "no library has this call on macOS")]
    fn set_groups(groups: &[u32]) -> io::Result<()> {
        let most = if cfg!(target_os = "macos") { MOST_GROUPS } else { groups.len() };
        let groups = groups.get(..most).unwrap_or(groups);
        // SAFETY: as many numbers as the first argument says lie at the second, and are only read.
        let result = unsafe { libc::setgroups(groups.len() as _, groups.as_ptr()) };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}

#[cfg(not(unix))]
mod imp {
    use std::{io, path::Path};

    use super::Identity;

    pub(super) fn owner(_dir: &Path) -> Option<u32> {
        None
    }

    pub(super) fn begin(_dir: &Path, _identity: &Identity) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn become_account(_identity: &Identity) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn work_in_folders_of_this_account_follows_no_link_of_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let (logs, victim) = (dir.path().join("a/logs"), dir.path().join("victim"));
        fs::write(&victim, "mine").unwrap();
        let note = logs.join("netlog.schedule");
        let work = Work {
            logs: Some(logs.clone()),
            folder: Some(dir.path().join("data")),
            write: Some((note.clone(), "note".into())),
            remove: vec![logs.join("schedule.last")],
        };
        Worker::THIS.run(&work).unwrap();
        fs::remove_file(&note).unwrap();
        for link in [note.clone(), files::temporary(&note), logs.join("netlog.netlog-new"), logs.join("schedule.last")]
        {
            symlink(&victim, &link).unwrap();
            Worker::THIS.run(&work).unwrap();
            assert_eq!(
                ("mine".to_owned(), "note".to_owned()),
                (fs::read_to_string(&victim).unwrap(), fs::read_to_string(&note).unwrap())
            );
        }
        assert!(dir.path().join("data").is_dir() && !logs.join("schedule.last").is_symlink());
    }

    #[test]
    fn an_account_that_the_system_does_not_know_is_told() {
        for name in ["no-such-account-at-all", "-u", ""] {
            let error = Worker::of_account(name).unwrap_err().to_string();
            assert!(error.contains("no account"), "{error}");
        }
        let this = Worker::of_account(&nix::unistd::geteuid().to_string()).unwrap().0.unwrap();
        assert_eq!(nix::unistd::geteuid().as_raw(), this.uid);
        assert!(this.groups.contains(&this.gid), "{this:?}");
    }
}
