//! The one writer of `netlog.csv`.

mod standing;

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use self::standing::{Standing, last_link, tail};
use super::{
    error::{StoreError, context},
    kept::Kept,
    key::Key,
    names,
};
use crate::{
    codec::{
        chain_head_json::{self, Head, Signed},
        netlog_csv::{self, CUT, Link, Marks},
    },
    model::{
        proof::{AsideReason, PutAside},
        time::Timestamp,
    },
    platform::files,
};

/// Name of the log within its folder.
pub const FILE_NAME: &str = "netlog.csv";
/// Name of the file that says what its last row is.
pub const HEAD_NAME: &str = "netlog.chain.json";
/// Extension of the head of a log that was put aside, in place of `csv`.
pub(super) const ASIDE_HEAD: &str = "chain.json";

/// Something about the log that was set right. Nothing that stood in it was changed or removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Repair {
    /// The last line had no end, as after a power cut or on a full disk. It was given one.
    #[error("the last line of {} was cut short and has been closed", .0.display())]
    TornLine(PathBuf),
    /// The file had other columns. It goes by another name now and a new one was begun.
    #[error("{FILE_NAME} had other columns and is {} now", .0.display())]
    OtherHeader(PathBuf),
    /// The file was removed while the monitor ran. A new one was begun.
    #[error("{} had gone and was begun anew", .0.display())]
    Vanished(PathBuf),
    /// The log cannot be continued under this user's signature. It goes by another name now, if it is there at all, and
    /// a new one was begun.
    #[error("the log before {}{}; a new log was begun, and its first row records this", .0.explain(), now_called(.1.as_deref()))]
    PutAside(AsideReason, Option<PathBuf>),
}

fn now_called(path: Option<&Path>) -> String {
    path.map(|path| format!(", and was put aside as {}", path.display())).unwrap_or_default()
}

/// Result of a row that was not appended for certain.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Nothing or a part of the line is in the file: it is to be appended again.
    #[error(transparent)]
    NotWritten(#[from] StoreError),
    /// The line was written, and the system did not save it: it may be lost, and must not be appended again.
    #[error(transparent)]
    Unsaved(StoreError),
}

impl From<AppendError> for StoreError {
    fn from(error: AppendError) -> Self {
        let (AppendError::NotWritten(error) | AppendError::Unsaved(error)) = error;
        error
    }
}

/// `netlog.csv` of one folder.
///
/// Whoever writes holds the folder's lock. The file is looked at and opened anew for every line, so a log that was
/// removed, replaced or cut short under the running program is found and mended before the next line, and no system
/// keeps it from being moved in between. Lines are only ever appended.
///
/// Every row is bound to the one before it, also over files and runs, and the last one is signed in a file beside the
/// log. A log whose end this key did not sign is never continued: it is put aside before the first row, and that row
/// records it.
#[derive(Debug)]
pub struct NetlogFile {
    path: PathBuf,
    opened: Timestamp,
    key: Option<Key>,
    kept: Option<Kept>,
    /// Reason to put the log aside before the next row.
    suspect: Option<AsideReason>,
    /// Record for the next row, the first of a new chain.
    put_aside: Option<PutAside>,
    /// The last row that was certainly written.
    last: Link,
    /// A row after it of which that is not certain.
    announced: Option<Link>,
    /// The first chained row of the file.
    first: Option<Link>,
    begun: bool,
    repairs: Vec<Repair>,
}

impl NetlogFile {
    /// Begins or continues the log in `dir`, which is made if need be. What had to be repaired comes with it. Without a
    /// key the rows are bound to each other, and nothing is signed.
    ///
    /// # Errors
    ///
    /// When the folder or the file cannot be made, read, renamed or written.
    pub fn open(dir: &Path, now: Timestamp, key: Option<Key>) -> Result<(Self, Vec<Repair>), StoreError> {
        Self::open_kept(dir, now, key, None)
    }

    /// The same with the heads that are kept beside the key, which are compared and kept up to date.
    ///
    /// # Errors
    ///
    /// Those of [`NetlogFile::open`].
    pub fn open_kept(
        dir: &Path,
        now: Timestamp,
        key: Option<Key>,
        kept: Option<Kept>,
    ) -> Result<(Self, Vec<Repair>), StoreError> {
        fs::create_dir_all(dir).map_err(context("make", dir))?;
        let public = key.as_ref().map(Key::public);
        let heads = kept.as_ref().map(Kept::heads).unwrap_or_default();
        let standing = standing::of(dir, public.as_deref(), heads).map_err(context("read", dir))?;
        let mut file = Self {
            path: dir.join(FILE_NAME),
            opened: now,
            key,
            kept,
            suspect: None,
            put_aside: None,
            last: Link::START,
            announced: None,
            first: None,
            begun: false,
            repairs: Vec::new(),
        };
        match standing {
            Standing::Continued { last, first } => (file.last, file.first) = (last, first),
            Standing::Gone => file.begin_after(AsideReason::Gone, None),
            Standing::Unrecorded(reason, aside) => {
                if !aside.with_extension(ASIDE_HEAD).exists() {
                    file.put_head_aside(&aside)?;
                }
                file.begin_after(reason, Some(aside));
            }
            // It stays as it is until there is a row to write.
            Standing::PutAside(reason) => {
                file.suspect = Some(reason);
                return Ok((file, Vec::new()));
            }
        }
        file.ready()?;
        let repairs = file.take_repairs();
        Ok((file, repairs))
    }

    /// Returns the path of the log.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends the line of the row of this time, as `render` made it, and waits until it is on the disk.
    ///
    /// # Errors
    ///
    /// When the line could not be written or saved. The next call closes a part of a line first, so two lines never run
    /// into one.
    pub fn append(&mut self, line: &str, at: Timestamp) -> Result<(), AppendError> {
        if let Some(reason) = self.suspect {
            self.put_suspect_aside(reason)?;
        }
        let mut file = self.ready()?;
        if let Some(announced) = self.announced {
            self.last = self.last_of_two(announced, &mut file).map_err(context("read", &self.path))?;
            self.announced = None;
        }
        let before = self.last;
        let told = self.put_aside.as_ref().map(|put_aside| netlog_csv::tell_put_aside(line, put_aside));
        let (line, link) = netlog_csv::chain(told.as_deref().unwrap_or(line), before);
        // First what will be written, then the row: so whatever stands behind what was announced was put in.
        let head = Head { at, before, link, is_written: false };
        self.announced = Some(link);
        self.write_head(head).map_err(context("write", &self.path.with_file_name(HEAD_NAME)))?;
        self.save_folder();
        file.write_all(line.as_bytes()).map_err(context("write to", &self.path))?;
        file.sync_data().map_err(context("save", &self.path)).map_err(AppendError::Unsaved)?;
        (self.last, self.announced) = (link, None);
        let is_first = self.put_aside.take().is_some();
        let first = *self.first.get_or_insert(link);
        // If this fails, the row stands there all the same.
        if let Ok(signed) = self.write_head(Head { is_written: true, ..head }) {
            self.keep(first, signed, is_first);
        }
        Ok(())
    }

    /// The row that the next one follows, when it is not certain that the last one was written.
    ///
    /// If neither it nor the one before it stands at the end, somebody has changed the log. The next row follows the
    /// one announced all the same, so that it shows.
    fn last_of_two(&self, announced: Link, file: &mut File) -> io::Result<Link> {
        let last = last_link(&tail(file)?);
        let is_before = last == Some(self.last) || (last.is_none() && self.first.is_none());
        Ok(if is_before { self.last } else { announced })
    }

    fn write_head(&self, head: Head) -> io::Result<Signed> {
        let signature = self.key.as_ref().map(|key| (key.public(), key.sign(&head.message())));
        let signed = Signed { head, signature };
        let new = self.path.with_file_name(format!(".{HEAD_NAME}.tmp"));
        let mut file = files::create_fresh(&new)?;
        file.write_all(chain_head_json::render(&signed).as_bytes())?;
        file.sync_data()?;
        fs::rename(&new, self.path.with_file_name(HEAD_NAME))?;
        Ok(signed)
    }

    /// Makes the system save the names in the folder, so that no power cut leaves a row without its announcement. Where
    /// it does not do that for a folder, it saves names in their order anyway.
    fn save_folder(&self) {
        if let Some(folder) = self.path.parent().and_then(|dir| File::open(dir).ok()) {
            folder.sync_all().ok();
        }
    }

    /// Keeps the head beside the key. The row does not depend on that.
    fn keep(&mut self, first: Link, signed: Signed, is_first: bool) {
        if signed.signature.is_none() {
            return;
        }
        if let Some(kept) = &mut self.kept {
            kept.keep(first, signed, is_first).ok();
        }
    }

    /// Puts a log aside that must not be continued, with its head.
    fn put_suspect_aside(&mut self, reason: AsideReason) -> Result<(), StoreError> {
        // Where only the head is left, an empty file stands for the log.
        drop(self.open_end()?);
        let aside = self.put_aside()?;
        self.put_head_aside(&aside)?;
        self.suspect = None;
        self.begin_after(reason, Some(aside));
        Ok(())
    }

    /// Gives the head, where there is one, the name of the log that was put aside.
    fn put_head_aside(&self, aside: &Path) -> Result<(), StoreError> {
        let head = self.path.with_file_name(HEAD_NAME);
        match fs::rename(&head, aside.with_extension(ASIDE_HEAD)) {
            Err(err) if err.kind() != io::ErrorKind::NotFound => Err(context("rename", &head)(err)),
            _ => Ok(()),
        }
    }

    /// Begins a new chain, the first row of which records why.
    fn begin_after(&mut self, reason: AsideReason, aside: Option<PathBuf>) {
        let file = aside.as_ref().and_then(|path| path.file_name()).unwrap_or_default().to_string_lossy().into_owned();
        self.put_aside = Some(PutAside { reason, file });
        self.repairs.push(Repair::PutAside(reason, aside));
    }

    /// Returns the repairs since the last call.
    pub fn take_repairs(&mut self) -> Vec<Repair> {
        std::mem::take(&mut self.repairs)
    }

    /// The file, open at its end, with our header and every line closed.
    fn ready(&mut self) -> Result<File, StoreError> {
        let mut file = self.open_end()?;
        let header = netlog_csv::header_line();
        let mut state = look(&mut file, &header).map_err(context("read", &self.path))?;
        if state == State::Other {
            drop(file);
            let aside = self.put_aside()?;
            self.repairs.push(Repair::OtherHeader(aside));
            file = self.open_end()?;
            state = State::Partial(0);
            self.first = None;
        } else if state == State::Partial(0) && self.begun {
            self.repairs.push(Repair::Vanished(self.path.clone()));
            self.first = None;
        }
        let missing = match state {
            State::Whole | State::Other => String::new(),
            State::Torn { after_cr: false } if is_whole(&mut file).map_err(context("read", &self.path))? => {
                "\r\n".into()
            }
            // Nobody is to take a part for a row.
            State::Torn { after_cr: false } => format!("{CUT}\r\n"),
            State::Torn { after_cr: true } => "\n".into(),
            State::Partial(len) => header.get(len..).unwrap_or_default().to_owned(),
        };
        if !missing.is_empty() {
            file.write_all(missing.as_bytes()).map_err(context("write to", &self.path))?;
        }
        if matches!(state, State::Torn { .. }) {
            self.repairs.push(Repair::TornLine(self.path.clone()));
        }
        self.begun = true;
        Ok(file)
    }

    fn open_end(&self) -> Result<File, StoreError> {
        if let Some(dir) = self.path.parent() {
            files::make_dir(dir).map_err(context("make", dir))?;
        }
        files::append(&self.path).map_err(context("open", &self.path))
    }

    /// Gives the file a name that no other file has, and tells it.
    fn put_aside(&self) -> Result<PathBuf, StoreError> {
        let stamp = names::stamp(self.opened);
        for counter in 1_u32.. {
            let name =
                if counter == 1 { format!("netlog_{stamp}.csv") } else { format!("netlog_{stamp}_{counter}.csv") };
            let aside = self.path.with_file_name(name);
            // Renaming replaces what is there, so the name is taken first; only one can.
            match files::create_new(&aside) {
                Ok(_placeholder) => {}
                Err(err) if err.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(err) => return Err(context("make", &aside)(err)),
            }
            return match fs::rename(&self.path, &aside) {
                Ok(()) => Ok(aside),
                Err(err) => {
                    drop(fs::remove_file(&aside));
                    Err(context("rename", &self.path)(err))
                }
            };
        }
        Err(context("rename", &self.path)(io::ErrorKind::AlreadyExists.into()))
    }
}

/// The log that was put aside when the one of this folder was begun, as its first row records it.
///
/// # Errors
///
/// If the log cannot be read. That includes that it is not there.
pub fn put_aside_before(dir: &Path) -> Result<Option<PutAside>, StoreError> {
    let path = dir.join(FILE_NAME);
    let file = File::open(&path).map_err(context("open", &path))?;
    standing::first_row(file).map(|row| Marks::of(&row).put_aside).map_err(context("read", &path))
}

/// State of the header and the last line of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Our header, every line closed.
    Whole,
    /// Our header, the last line not closed; or not wholly, when its carriage return is there.
    Torn { after_cr: bool },
    /// This many bytes of our header and nothing else.
    Partial(usize),
    /// Another header.
    Other,
}

/// True if the last line, which has no end, is a whole row.
fn is_whole(file: &mut File) -> io::Result<bool> {
    let end = tail(file)?;
    let line = end.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(netlog_csv::split(line).is_some())
}

fn look(file: &mut File, header: &str) -> io::Result<State> {
    let mut start = Vec::new();
    let mut head: &File = file;
    head.seek(SeekFrom::Start(0))?;
    // Three bytes more for a byte order mark, which an editor may have put there.
    head.take(header.len() as u64 + 3).read_to_end(&mut start)?;
    if start.len() < header.len() && header.as_bytes().starts_with(&start) {
        return Ok(State::Partial(start.len()));
    }
    let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&start);
    let Some(after) = text.strip_prefix(header.trim_end().as_bytes()) else {
        return Ok(State::Other);
    };
    if !(after.is_empty() || after.starts_with(b"\n") || after.starts_with(b"\r")) {
        return Ok(State::Other);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(match last {
        [b'\n'] => State::Whole,
        [last] => State::Torn { after_cr: last == b'\r' },
    })
}

#[cfg(test)]
mod tests;
