//! Decides whether a log may be continued.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
};

use super::{FILE_NAME, HEAD_NAME};
use crate::{
    codec::{
        chain_head_json::{self, Head, Signed},
        netlog_csv::{self, Link},
    },
    model::proof::AsideReason,
    store::{
        kept::{self, KeptHead},
        logs,
    },
};

/// Bytes at the end of a log in which the last row is looked for, and at its beginning for the first.
const TAIL: u64 = 64 * 1024;

/// Decision about the log of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The next row follows the row of hash `last`.
    Continued { last: Link, first: Option<Link> },
    /// No log is there, though one was kept track of.
    Gone,
    /// The log must be put aside.
    PutAside(AsideReason),
}

/// The file of the head.
enum HeadFile {
    Missing,
    Unreadable,
    Found(Signed),
}

/// The log of a folder as it is found.
struct Log<'a> {
    dir: &'a Path,
    /// Hashes of the first and the last chained row.
    ends: Option<(Link, Link)>,
    /// Rows that no hash protects are at its end, under a header of ours.
    has_other_rows: bool,
}

/// Looks at the log of `dir`. `own` is the public key that will sign, `kept` the heads that are kept beside it.
///
/// # Errors
///
/// If the folder or a file in it cannot be read.
pub(super) fn of(dir: &Path, own: Option<&[u8]>, kept: &[KeptHead]) -> io::Result<Standing> {
    let log = Log::read(dir)?;
    let head = match fs::read_to_string(dir.join(HEAD_NAME)) {
        Ok(text) => chain_head_json::parse(&text).map_or(HeadFile::Unreadable, HeadFile::Found),
        Err(err) if err.kind() == io::ErrorKind::NotFound => HeadFile::Missing,
        Err(err) if err.kind() == io::ErrorKind::InvalidData => HeadFile::Unreadable,
        Err(err) => return Err(err),
    };
    let kept: Vec<&KeptHead> = kept.iter().filter(|kept| own.is_some() && kept::signer(&kept.signed) == own).collect();
    let put_aside = |otherwise| {
        let reason = if log.lost_kept(&kept)? { AsideReason::Changed } else { otherwise };
        Ok(Standing::PutAside(reason))
    };
    match head {
        HeadFile::Missing if log.ends.is_some() || log.has_other_rows => put_aside(AsideReason::Unsigned),
        HeadFile::Missing if log.lost_kept(&kept)? => Ok(Standing::Gone),
        HeadFile::Missing => Ok(Standing::Continued { last: Link::START, first: None }),
        HeadFile::Unreadable => Ok(Standing::PutAside(AsideReason::Changed)),
        HeadFile::Found(Signed { head, signature: None }) if own.is_none() => log.continued(&head, &[]),
        HeadFile::Found(Signed { signature: None, .. }) => put_aside(AsideReason::Unsigned),
        HeadFile::Found(signed) => match (kept::signer(&signed), own) {
            (None, _) => Ok(Standing::PutAside(AsideReason::Changed)),
            (Some(signer), Some(own)) if signer == own => log.continued(&signed.head, &kept),
            (Some(_), Some(_)) => put_aside(AsideReason::OtherKey),
            (Some(_), None) => Ok(Standing::PutAside(AsideReason::NoKey)),
        },
    }
}

impl<'a> Log<'a> {
    fn read(dir: &'a Path) -> io::Result<Self> {
        let mut log = Self { dir, ends: None, has_other_rows: false };
        let mut file = match File::open(dir.join(FILE_NAME)) {
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
            Some(last) if !self.is_rolled_back(head, first, kept)? => Ok(Standing::Continued { last, first }),
            _ => Ok(Standing::PutAside(AsideReason::Changed)),
        }
    }

    /// The row is the last one: of this file, or of another one while this file has none.
    fn is_last(&self, link: Link) -> io::Result<bool> {
        match self.ends {
            Some((_, last)) => Ok(last == link),
            None if self.has_other_rows => Ok(false),
            None => self.is_elsewhere(|end| last_link(end) == Some(link)),
        }
    }

    /// The announced row is the first of all and was not written.
    fn has_begun_with(&self, head: &Head) -> bool {
        head.before == Link::START && self.ends.is_none() && !self.has_other_rows
    }

    /// The end of another log of the folder has this property.
    fn is_elsewhere(&self, is_it: impl Fn(&[u8]) -> bool) -> io::Result<bool> {
        for path in logs::find(self.dir).map_err(|err| err.source)? {
            if path.file_name().is_some_and(|name| name != FILE_NAME) && is_it(&tail(&mut File::open(path)?)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The log that was last kept track of in this folder is in none of the other logs, so it was changed or removed.
    fn lost_kept(&self, kept: &[&KeptHead]) -> io::Result<bool> {
        let Some(kept) = kept.first() else { return Ok(false) };
        let link = kept.signed.head.link;
        Ok(!self.is_elsewhere(|end| links(end).any(|known| known == link))?)
    }

    /// A row that was written to this log is not in it. The kept head may lag behind the log, since it is written last,
    /// and a row that is only announced may be missing.
    fn is_rolled_back(&self, head: &Head, first: Option<Link>, kept: &[&KeptHead]) -> io::Result<bool> {
        let Some(kept) = kept.iter().find(|kept| Some(kept.first) == first) else { return Ok(false) };
        let link = kept.signed.head.link;
        if link == head.link || link == head.before || self.is_last(link)? {
            return Ok(false);
        }
        Ok(!logs::contains(File::open(self.dir.join(FILE_NAME))?, link.to_string().as_bytes())?)
    }
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
