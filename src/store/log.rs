//! The one writer of `netlog.csv`.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use super::{
    error::{StoreError, context},
    key::Key,
    names,
};
use crate::{
    codec::{
        chain_head_json::{self, Head, Signed},
        netlog_csv::{self, Link},
    },
    model::time::Timestamp,
    platform::files,
};

/// Name of the log within its folder.
pub const FILE_NAME: &str = "netlog.csv";
/// Name of the file that says what its last row is.
pub const HEAD_NAME: &str = "netlog.chain.json";
/// What a line gets that was cut short.
const CUT: &str = "#cut\r\n";
/// Where the last row is looked for at the end of a log.
const TAIL: u64 = 64 * 1024;

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
}

/// `netlog.csv` of one folder.
///
/// Whoever writes holds the folder's lock. The file is looked at and opened anew for every line, so a log that was
/// removed, replaced or cut short under the running program is found and mended before the next line, and no system
/// keeps it from being moved in between. Lines are only ever appended.
///
/// Every row is bound to the one before it, also over files and runs, and the last one is signed in a file beside the
/// log.
#[derive(Debug)]
pub struct NetlogFile {
    path: PathBuf,
    opened: Timestamp,
    key: Option<Key>,
    /// The last row, while it is certain.
    last: Option<Link>,
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
        let path = dir.join(FILE_NAME);
        let mut file = Self { path, opened: now, key, last: None, begun: false, repairs: Vec::new() };
        file.ready()?;
        let repairs = file.take_repairs();
        Ok((file, repairs))
    }

    /// Where the log is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends the line of the row of this time, as `render` made it, and waits until it is on the disk.
    ///
    /// # Errors
    ///
    /// When the line could not be written; nothing or a part of it may stand in the file. The next call closes that
    /// part first, so two lines never run into one. After an error in the very last step ("save") the whole line may
    /// be there; it is not for the caller to write it again.
    pub fn append(&mut self, line: &str, at: Timestamp) -> Result<(), StoreError> {
        let mut file = self.ready()?;
        let before = match self.last.take() {
            Some(last) => last,
            None => self.find_last(&mut file).map_err(context("read", &self.path))?,
        };
        let (line, link) = netlog_csv::chain(line, before);
        // First what will be written, then the row: so whatever stands behind what was announced was put in.
        let head = Head { at, before, link, is_written: false };
        self.write_head(head).map_err(context("write", &self.path.with_file_name(HEAD_NAME)))?;
        file.write_all(line.as_bytes()).map_err(context("write to", &self.path))?;
        file.sync_data().map_err(context("save", &self.path))?;
        self.last = Some(link);
        // If this fails, the row stands there all the same.
        drop(self.write_head(Head { is_written: true, ..head }));
        Ok(())
    }

    /// The row that the next one follows: the one that was announced last, or the one before it, if that is as far as
    /// the writing came.
    ///
    /// If neither stands at the end, somebody has changed the log. The next row follows the one announced all the same,
    /// so that it shows.
    fn find_last(&self, file: &mut File) -> io::Result<Link> {
        let head = match fs::read_to_string(self.path.with_file_name(HEAD_NAME)) {
            Ok(text) => chain_head_json::parse(&text).map(|signed| signed.head),
            Err(err) if err.kind() == io::ErrorKind::NotFound => None,
            Err(err) => return Err(err),
        };
        let Some(head) = head else { return Ok(Link::START) };
        let end = tail(file)?;
        let last = end.split(|byte| *byte == b'\n').rev().find_map(|line| netlog_csv::split(line.trim_ascii_end()));
        Ok(if last.is_some_and(|(_, link)| link == head.before) { head.before } else { head.link })
    }

    fn write_head(&self, head: Head) -> io::Result<()> {
        let signature = self.key.as_ref().map(|key| (key.public(), key.sign(&head.message())));
        let new = self.path.with_file_name(format!(".{HEAD_NAME}.tmp"));
        let mut file = files::create_fresh(&new)?;
        file.write_all(chain_head_json::render(&Signed { head, signature }).as_bytes())?;
        file.sync_data()?;
        fs::rename(&new, self.path.with_file_name(HEAD_NAME))
    }

    /// What had to be repaired since the last call.
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
        } else if state == State::Partial(0) && self.begun {
            self.repairs.push(Repair::Vanished(self.path.clone()));
        }
        let missing = match state {
            State::Whole | State::Other => "",
            State::Torn { after_cr: false } if is_whole(&mut file).map_err(context("read", &self.path))? => "\r\n",
            // Nobody is to take a part for a row.
            State::Torn { after_cr: false } => CUT,
            State::Torn { after_cr: true } => "\n",
            State::Partial(len) => header.get(len..).unwrap_or_default(),
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

/// How a log stands.
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

/// Whether the last line, which has no end, is a whole row.
fn is_whole(file: &mut File) -> io::Result<bool> {
    let end = tail(file)?;
    let line = end.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(netlog_csv::split(line).is_some())
}

/// The last bytes of a log.
fn tail(file: &mut File) -> io::Result<Vec<u8>> {
    let len = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(len.saturating_sub(TAIL)))?;
    let mut end = Vec::new();
    file.take(TAIL).read_to_end(&mut end)?;
    Ok(end)
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
