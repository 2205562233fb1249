//! A log on the disk, read by position, that may grow, be replaced or vanish while it is looked at.

use std::{
    fs::{File, Metadata},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

/// Number of bytes at the front that are compared to find out whether a file is still the same.
const HEAD: u64 = 64 * 1024;

/// Number of bytes at the end that are compared.
const TAIL: u64 = 1024;

/// A log that is open for reading.
///
/// What is known of it, [`Self::len`], changes by [`Self::refresh`] alone, so that all looks between two of them see
/// the same file, though it may have grown meanwhile.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    file: File,
    len: u64,
    mark: Mark,
}

/// Content of both ends of a file at a look.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    head: Vec<u8>,
    tail: Vec<u8>,
    /// Position in the file at which `tail` ends.
    end: u64,
}

/// Change of a file since the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    Same,
    /// Something was appended.
    Grown,
    /// It is shorter, or another file goes by its name now; what was known of it is void.
    Replaced,
    /// No file goes by its name. What was open can still be read.
    Gone,
}

impl Source {
    /// Opens a log.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or read, or is none.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let about = file.metadata()?;
        if about.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let mark = Mark::of(&mut file, about.len())?;
        Ok(Self { path: path.to_owned(), file, len: about.len(), mark })
    }

    /// The same file opened once more, for another thread; as long as it is known here.
    ///
    /// # Errors
    ///
    /// When it cannot be opened, or another file goes by its name now.
    pub fn reopen(&self) -> io::Result<Self> {
        let mut file = File::open(&self.path)?;
        if !self.mark.fits(&mut file)? {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the log was replaced by another"));
        }
        Ok(Self { path: self.path.clone(), file, len: self.len, mark: self.mark.clone() })
    }

    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the length of the log in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// True if nothing is in the log.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Reads the bytes from `start` up to `end` into `buffer`, in place of what is in it; fewer at the end of the log.
    ///
    /// # Errors
    ///
    /// When the disk fails, or the file is shorter than it was.
    pub fn read(&mut self, start: u64, end: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
        buffer.clear();
        self.read_more(start, end, buffer)
    }

    /// As [`Self::read`], behind what is in `buffer`.
    ///
    /// # Errors
    ///
    /// As for [`Self::read`].
    pub fn read_more(&mut self, start: u64, end: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
        let end = end.min(self.len);
        let Some(n_bytes) = end.checked_sub(start).filter(|n_bytes| *n_bytes > 0) else { return Ok(()) };
        let n_bytes = usize::try_from(n_bytes).map_err(io::Error::other)?;
        let filled = buffer.len();
        buffer.resize(filled + n_bytes, 0);
        self.file.seek(SeekFrom::Start(start))?;
        let read = self.file.read_exact(buffer.get_mut(filled..).unwrap_or_default());
        if read.is_err() {
            buffer.truncate(filled);
        }
        read
    }

    /// Looks whether the log has changed, and takes the change over.
    ///
    /// A file of the same length that begins and ends alike counts as the same one: logs are never changed within.
    ///
    /// # Errors
    ///
    /// When the disk fails; what was known stays.
    pub fn refresh(&mut self) -> io::Result<Change> {
        let mut file = match File::open(&self.path) {
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Change::Gone),
            file => file?,
        };
        let about = file.metadata()?;
        let change = if about.len() < self.len || !self.mark.fits(&mut file)? {
            Change::Replaced
        } else if about.len() == self.len {
            Change::Same
        } else {
            Change::Grown
        };
        self.take_over(file, &about)?;
        Ok(change)
    }

    fn take_over(&mut self, mut file: File, about: &Metadata) -> io::Result<()> {
        self.mark = Mark::of(&mut file, about.len())?;
        self.file = file;
        self.len = about.len();
        Ok(())
    }
}

impl Mark {
    fn of(file: &mut File, len: u64) -> io::Result<Self> {
        Ok(Self { head: part(file, 0, len.min(HEAD))?, tail: part(file, len.saturating_sub(TAIL), len)?, end: len })
    }

    /// True if a file has the same ends where they were.
    fn fits(&self, file: &mut File) -> io::Result<bool> {
        let head_end = self.head.len() as u64;
        let tail_start = self.end.saturating_sub(self.tail.len() as u64);
        Ok(part(file, 0, head_end)? == self.head && part(file, tail_start, self.end)? == self.tail)
    }
}

/// The bytes from `start` to `end`, fewer when there are no more.
fn part(file: &mut File, start: u64, end: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(end.saturating_sub(start)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use super::*;

    struct Log {
        _dir: tempfile::TempDir,
        path: PathBuf,
    }

    impl Log {
        fn new(content: &[u8]) -> Self {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("x.log");
            fs::write(&path, content).unwrap();
            Self { _dir: dir, path }
        }

        fn append(&self, content: &[u8]) {
            fs::OpenOptions::new().append(true).open(&self.path).unwrap().write_all(content).unwrap();
        }

        /// Another file by the same name, as a rotation makes it.
        fn replace(&self, content: &[u8]) {
            let other = self.path.with_extension("new");
            fs::write(&other, content).unwrap();
            fs::rename(other, &self.path).unwrap();
        }
    }

    fn all(source: &mut Source) -> Vec<u8> {
        let mut bytes = Vec::new();
        source.read(0, u64::MAX, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_is_appended_shows_after_a_look() {
        let log = Log::new(b"one\n");
        let mut source = Source::open(&log.path).unwrap();
        log.append(b"two\n");
        assert_eq!(b"one\n".to_vec(), all(&mut source), "nobody looked yet");
        assert_eq!(Change::Grown, source.refresh().unwrap());
        assert_eq!(b"one\ntwo\n".to_vec(), all(&mut source));
        assert_eq!(Change::Same, source.refresh().unwrap());
    }

    #[test]
    fn a_rotated_truncated_or_replaced_log_is_another() {
        let log = Log::new(b"one\ntwo\n");
        let mut source = Source::open(&log.path).unwrap();
        for content in [&b"one\n"[..], b"other and longer\n", b"other and longes\n", b"one\ntwo\n", b""] {
            log.replace(content);
            assert_eq!(Change::Replaced, source.refresh().unwrap(), "{content:?}");
            assert_eq!(content.to_vec(), all(&mut source));
        }
        log.append(b"one\ntwo\n");
        assert_eq!(Change::Grown, source.refresh().unwrap());
        fs::write(&log.path, b"one\n").unwrap();
        assert_eq!(Change::Replaced, source.refresh().unwrap(), "cut short in place");
    }

    #[test]
    fn a_log_that_is_gone_can_still_be_read() {
        let log = Log::new(b"one\n");
        let mut source = Source::open(&log.path).unwrap();
        fs::remove_file(&log.path).unwrap();
        assert_eq!(Change::Gone, source.refresh().unwrap());
        assert_eq!(b"one\n".to_vec(), all(&mut source));
        assert!(source.reopen().is_err());
        fs::write(&log.path, b"one\ntwo\n").unwrap();
        assert_eq!(Change::Grown, source.refresh().unwrap(), "it came back with more in it");
    }

    #[test]
    fn another_thread_gets_the_same_file_or_none() {
        let log = Log::new(b"one\n");
        let source = Source::open(&log.path).unwrap();
        log.append(b"two\n");
        assert_eq!(b"one\n".to_vec(), all(&mut source.reopen().unwrap()));
        log.replace(b"another\n");
        assert!(source.reopen().is_err());
    }

    #[test]
    fn a_folder_is_no_log() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Source::open(dir.path()).is_err());
    }

    #[test]
    fn reading_stops_at_the_end() {
        let log = Log::new(b"0123456789");
        let mut source = Source::open(&log.path).unwrap();
        let mut bytes = b"old".to_vec();
        source.read(7, 20, &mut bytes).unwrap();
        assert_eq!(b"789".to_vec(), bytes);
        source.read(20, 30, &mut bytes).unwrap();
        assert!(bytes.is_empty());
        fs::write(&log.path, b"012").unwrap();
        assert!(source.read(0, 10, &mut bytes).is_err(), "the file is shorter than it was");
    }
}
