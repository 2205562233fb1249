//! Decides whether a log may be continued.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use super::{ASIDE_HEAD, FILE_NAME, HEAD_NAME};
use crate::{
    codec::{
        chain_head_json::{self, Head, Signed},
        netlog_csv::{self, Link, Marks},
    },
    model::proof::AsideReason,
    store::{
        kept::{self, KeptHead},
        logs, names,
    },
};

/// Bytes at the end of a log in which the last row is looked for, and at its beginning for the first.
const TAIL: u64 = 64 * 1024;

/// Treatment of the log of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// The next row follows the row of hash `last`.
    Continued { last: Link, first: Option<Link> },
    /// No log is there, though one was kept track of.
    Gone,
    /// The log must be put aside.
    PutAside(AsideReason),
    /// The log was put aside under this name, and the row that records it was not written.
    Unrecorded(AsideReason, PathBuf),
}

/// The file of the head.
enum HeadFile {
    Missing,
    Unreadable,
    Found(Signed),
}

impl HeadFile {
    fn read(path: &Path) -> io::Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(chain_head_json::parse(&text).map_or(Self::Unreadable, Self::Found)),
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(Self::Missing),
            Err(err) if err.kind() == io::ErrorKind::InvalidData => Ok(Self::Unreadable),
            Err(err) => Err(err),
        }
    }
}

/// The log of a folder as it is found.
struct Log {
    path: PathBuf,
    /// Hashes of the first and the last chained row.
    ends: Option<(Link, Link)>,
    /// Rows that no hash protects are at its end, under a header of ours.
    has_other_rows: bool,
    /// The logs of the folder, this one among them.
    all: Vec<PathBuf>,
}

/// Judges the log of `dir`. `own` is the public key that will sign, `kept` the heads that are kept beside it.
///
/// # Errors
///
/// If the folder or a file in it cannot be read.
pub(super) fn of(dir: &Path, own: Option<&[u8]>, kept: &[KeptHead]) -> io::Result<Standing> {
    let log = Log::read(dir.join(FILE_NAME), logs::find(dir).map_err(|err| err.source)?)?;
    let head = HeadFile::read(&dir.join(HEAD_NAME))?;
    let kept: Vec<&KeptHead> = kept.iter().filter(|kept| own.is_some() && kept::signer(&kept.signed) == own).collect();
    if let Some(aside) = log.unrecorded(&head)? {
        let moved = match HeadFile::read(&aside.with_extension(ASIDE_HEAD))? {
            HeadFile::Missing => None,
            moved => Some(moved),
        };
        let judged =
            Log::read(aside.clone(), log.all.clone())?.standing(moved.as_ref().unwrap_or(&head), own, &kept)?;
        match judged {
            Standing::PutAside(reason) => return Ok(Standing::Unrecorded(reason, aside)),
            // Nothing is wrong with it, so there was no key.
            _ if moved.is_some() => return Ok(Standing::Unrecorded(AsideReason::NoKey, aside)),
            _ => {}
        }
    }
    log.standing(&head, own, &kept)
}

impl Log {
    fn read(path: PathBuf, all: Vec<PathBuf>) -> io::Result<Self> {
        let mut log = Self { path, ends: None, has_other_rows: false, all };
        let mut file = match File::open(&log.path) {
            Ok(file) => file,
            Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(log),
            Err(err) => return Err(err),
        };
        let (mut begin, end) = (Vec::new(), tail(&mut file)?);
        file.seek(SeekFrom::Start(0))?;
        file.take(TAIL).read_to_end(&mut begin)?;
        log.ends = links(&begin).next().zip(last_link(&end));
        let header = netlog_csv::header_line();
        let text = begin.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&begin);
        let is_ours = text.starts_with(header.trim_ascii_end().as_bytes());
        log.has_other_rows = is_ours && log.ends.is_none() && {
            let rows = [header.as_bytes(), end.as_slice()].concat();
            netlog_csv::Reader::new(rows.as_slice()).any(|row| row.is_ok())
        };
        Ok(log)
    }

    /// Judges the log by this head.
    fn standing(&self, head: &HeadFile, own: Option<&[u8]>, kept: &[&KeptHead]) -> io::Result<Standing> {
        let put_aside = |otherwise| {
            let reason = if self.lost_kept(kept)? { AsideReason::Changed } else { otherwise };
            Ok(Standing::PutAside(reason))
        };
        match head {
            HeadFile::Missing if self.has_rows() => put_aside(AsideReason::Unsigned),
            HeadFile::Missing if self.lost_kept(kept)? => Ok(Standing::Gone),
            HeadFile::Missing => Ok(Standing::Continued { last: Link::START, first: None }),
            HeadFile::Unreadable => Ok(Standing::PutAside(AsideReason::Changed)),
            HeadFile::Found(Signed { head, signature: None }) if own.is_none() => self.continued(head, &[]),
            HeadFile::Found(Signed { signature: None, .. }) => put_aside(AsideReason::Unsigned),
            HeadFile::Found(signed) => match (kept::signer(signed), own) {
                (None, _) => Ok(Standing::PutAside(AsideReason::Changed)),
                (Some(signer), Some(own)) if signer == own => self.continued(&signed.head, kept),
                (Some(_), Some(_)) => put_aside(AsideReason::OtherKey),
                (Some(_), None) => Ok(Standing::PutAside(AsideReason::NoKey)),
            },
        }
    }

    fn has_rows(&self) -> bool {
        self.ends.is_some() || self.has_other_rows
    }

    /// The latest log that was put aside and that no row records, while the row that would is not written. It has a head
    /// of its own, or the head of this folder is still that of its last row.
    fn unrecorded(&self, head: &HeadFile) -> io::Result<Option<PathBuf>> {
        let in_place = match head {
            HeadFile::Found(signed) if signed.head.before != Link::START => Some(signed.head),
            // The first row of a new log is announced.
            HeadFile::Found(signed) if !signed.head.is_written => None,
            HeadFile::Found(signed) => Some(signed.head),
            HeadFile::Missing => None,
            HeadFile::Unreadable => return Ok(None),
        };
        let latest = self.all.iter().filter(|path| names::is_aside(path)).max();
        let Some(latest) = latest.filter(|_| !self.has_rows()) else { return Ok(None) };
        let is_it = match in_place {
            None => latest.with_extension(ASIDE_HEAD).is_file(),
            Some(head) => {
                let last = last_link(&tail(&mut File::open(latest)?)?);
                let is_signed_end = last.is_some_and(|last| last == head.link || last == head.before);
                is_signed_end && !latest.with_extension(ASIDE_HEAD).is_file()
            }
        };
        let name = latest.file_name().unwrap_or_default().to_string_lossy();
        let records = |path: &PathBuf| {
            let row = first_row(File::open(path)?)?;
            Ok::<_, io::Error>(Marks::of(&row).put_aside.is_some_and(|told| told.file == name))
        };
        for path in self.all.iter().filter(|_| is_it) {
            if records(path)? {
                return Ok(None);
            }
        }
        Ok(is_it.then(|| latest.clone()))
    }

    /// Continues a log whose head can be relied on, if the log agrees with it.
    fn continued(&self, head: &Head, kept: &[&KeptHead]) -> io::Result<Standing> {
        let last = if self.is_last(head.link)? {
            Some(head.link)
        } else if !head.is_written && (self.is_last(head.before)? || self.has_begun_with(head)) {
            // The program ended between the announcement of the row and the row.
            Some(head.before)
        } else {
            None
        };
        let first = self.ends.map(|(first, _)| first);
        match last {
            // The log before it was gone, and the row that records it was not written.
            Some(Link::START) if self.lost_kept(kept)? => Ok(Standing::Gone),
            Some(last) if !self.is_rolled_back(head, kept)? => Ok(Standing::Continued { last, first }),
            _ => Ok(Standing::PutAside(AsideReason::Changed)),
        }
    }

    /// The row is the last one: of this file, or of another one while this file has none.
    fn is_last(&self, link: Link) -> io::Result<bool> {
        match self.ends {
            Some((_, last)) => Ok(last == link),
            None if self.has_other_rows => Ok(false),
            None => any(self.others(), |file| Ok(last_link(&tail(file)?) == Some(link))),
        }
    }

    /// The announced row is the first of all and was not written.
    fn has_begun_with(&self, head: &Head) -> bool {
        head.before == Link::START && !self.has_rows()
    }

    /// The other logs of the folder.
    fn others(&self) -> impl Iterator<Item = &PathBuf> {
        self.all.iter().filter(|path| path.file_name() != self.path.file_name())
    }

    /// The row that was last kept track of in this folder is in none of the other logs, so it was changed or removed.
    fn lost_kept(&self, kept: &[&KeptHead]) -> io::Result<bool> {
        let Some(kept) = kept.first() else { return Ok(false) };
        Ok(!any(self.others(), |file| has_row(file, kept.signed.head.link))?)
    }

    /// A row that was written to a log of this folder is in none of its files. The kept head may lag behind the log,
    /// since it is written last. It is never ahead of it, so a row that is only announced is no excuse.
    fn is_rolled_back(&self, head: &Head, kept: &[&KeptHead]) -> io::Result<bool> {
        for kept in kept.iter().filter(|kept| kept.signed.head.link != head.before) {
            let is_here = || any(&self.all, |file| has_row(file, kept.signed.head.link));
            if any(&self.all, |file| begins_with(file, kept.first))? && !is_here()? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// True if one of these files has the property.
fn any<'a>(
    paths: impl IntoIterator<Item = &'a PathBuf>,
    mut is_it: impl FnMut(&mut File) -> io::Result<bool>,
) -> io::Result<bool> {
    for path in paths {
        if is_it(&mut File::open(path)?)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// True if the row of this hash is in the log; the end of the log is looked at first.
fn has_row(file: &mut File, link: Link) -> io::Result<bool> {
    if last_link(&tail(file)?) == Some(link) {
        return Ok(true);
    }
    file.seek(SeekFrom::Start(0))?;
    logs::contains(file, format!(",{link}\r\n").as_bytes())
}

/// True if this is the hash of the first chained row of the log.
fn begins_with(file: &mut File, first: Link) -> io::Result<bool> {
    let mut begin = Vec::new();
    file.take(TAIL).read_to_end(&mut begin)?;
    Ok(links(&begin).next() == Some(first))
}

/// The last bytes of a log.
pub(super) fn tail(file: &mut File) -> io::Result<Vec<u8>> {
    let len = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(len.saturating_sub(TAIL)))?;
    let mut end = Vec::new();
    file.take(TAIL).read_to_end(&mut end)?;
    Ok(end)
}

/// The line of the first chained row of a log without its hash; empty when there is none near its beginning.
pub(super) fn first_row(file: File) -> io::Result<Vec<u8>> {
    let mut begin = Vec::new();
    file.take(TAIL).read_to_end(&mut begin)?;
    let mut rows = begin.split(|byte| *byte == b'\n').filter_map(|line| netlog_csv::split(line.trim_ascii_end()));
    Ok(rows.next().map(|(row, _)| row.to_vec()).unwrap_or_default())
}

/// Hashes of the chained rows in a part of a log.
fn links(part: &[u8]) -> impl DoubleEndedIterator<Item = Link> {
    part.split(|byte| *byte == b'\n').filter_map(|line| netlog_csv::split(line.trim_ascii_end())).map(|(_, link)| link)
}

/// Hash of the last chained row in a part of a log.
pub(super) fn last_link(part: &[u8]) -> Option<Link> {
    links(part).next_back()
}
