//! The archive an evidence pack is (ZIP, APPNOTE 6.3), in one spelling: the same entries are always the same bytes.
//!
//! Entries follow each other from the first byte on, without gaps; the directory is right behind them and the archive
//! ends with its end record. There are no comments, no attributes but those of a plain file, and one time for all. So
//! whatever is changed in an archive shows, were it a bit that no program looks at.

/// Method by which the bytes of an entry are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As they are.
    Stored,
    /// Deflate (RFC 1951).
    Deflated,
    /// In a way that packs never are.
    Other(u16),
}

/// One file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name of the file, with `/` between folders.
    pub name: Vec<u8>,
    /// Method by which it is packed.
    pub method: Method,
    /// CRC-32 of its bytes.
    pub crc: u32,
    /// Bytes in the archive.
    pub packed: u64,
    /// Bytes unpacked.
    pub size: u64,
    /// Position in the archive at which the entry begins, in bytes.
    pub offset: u64,
    /// True if its lengths are written with 64 bits.
    pub large: bool,
}

/// Date and time as an archive has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DosTime {
    time: u16,
    date: u16,
}

/// Position of the directory and number of its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Entries.
    pub n_entries: u64,
    /// Position at which the directory begins, in bytes.
    pub directory: u64,
    /// Length of the directory in bytes.
    pub size: u64,
}

/// Length of the end record without a comment.
pub const END: usize = 22;
/// Length of everything behind the directory when it has 64 bits.
pub const LONG_END: usize = END + 20 + 56;
/// Length of the fixed part of an entry's header.
pub const LOCAL: usize = 30;
const CENTRAL: usize = 46;
/// The version of the format that has figures of 64 bits.
const LONG: u16 = 45;
/// Made on Unix, so that the rights of a plain file mean something: read by all, written by the owner.
const MADE_ON: u16 = 0x0300;
/// In place of a figure that is written with 64 bits elsewhere.
const ELSEWHERE: u32 = u32::MAX;

impl DosTime {
    /// A civil time; earlier than 1980 or later than 2107 becomes the nearest there is.
    pub fn new(at: chrono::NaiveDateTime) -> Self {
        use chrono::{Datelike as _, Timelike as _};
        let bits = |value: u32, most: u32| u16::try_from(value.min(most)).unwrap_or_default();
        let years = at.year().clamp(1980, 2107).abs_diff(1980);
        let date = bits(years, 127) << 9 | bits(at.month(), 12) << 5 | bits(at.day(), 31);
        let time = bits(at.hour(), 23) << 11 | bits(at.minute(), 59) << 5 | bits(at.second() / 2, 29);
        Self { time, date }
    }
}

impl Method {
    fn code(self) -> u16 {
        match self {
            Self::Stored => 0,
            Self::Deflated => 8,
            Self::Other(code) => code,
        }
    }

    fn of(code: u16) -> Self {
        match code {
            0 => Self::Stored,
            8 => Self::Deflated,
            other => Self::Other(other),
        }
    }
}

/// Collects numbers, the lowest byte first.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn u16(&mut self, value: u16) -> &mut Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u32(&mut self, value: u32) -> &mut Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u64(&mut self, value: u64) -> &mut Self {
        self.0.extend(value.to_le_bytes());
        self
    }
}

fn short(value: u64, elsewhere: bool) -> u32 {
    if elsewhere { ELSEWHERE } else { u32::try_from(value).unwrap_or(ELSEWHERE) }
}

fn len16(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX)
}

impl Entry {
    /// Returns the header that stands before its bytes.
    pub fn local_header(&self, at: DosTime) -> Vec<u8> {
        let mut bytes = Bytes::default();
        bytes
            .u32(0x0403_4b50)
            .u16(self.version())
            .u16(0)
            .u16(self.method.code())
            .u16(at.time)
            .u16(at.date)
            .u32(self.crc);
        bytes.u32(short(self.packed, self.large)).u32(short(self.size, self.large));
        bytes.u16(len16(&self.name)).u16(if self.large { 20 } else { 0 });
        bytes.0.extend(&self.name);
        if self.large {
            bytes.u16(1).u16(16).u64(self.size).u64(self.packed);
        }
        bytes.0
    }

    /// Returns the header that stands in the directory.
    pub fn central_header(&self, at: DosTime) -> Vec<u8> {
        let mut extra = Bytes::default();
        if self.large {
            extra.u64(self.size).u64(self.packed);
        }
        let is_far = self.offset >= u64::from(ELSEWHERE);
        if is_far {
            extra.u64(self.offset);
        }
        let mut bytes = Bytes::default();
        bytes.u32(0x0201_4b50).u16(MADE_ON | self.version()).u16(self.version()).u16(0).u16(self.method.code());
        bytes
            .u16(at.time)
            .u16(at.date)
            .u32(self.crc)
            .u32(short(self.packed, self.large))
            .u32(short(self.size, self.large));
        bytes.u16(len16(&self.name)).u16(if extra.0.is_empty() { 0 } else { len16(&extra.0) + 4 });
        bytes.u16(0).u16(0).u16(0).u32(0o100_644 << 16).u32(short(self.offset, is_far));
        bytes.0.extend(&self.name);
        if !extra.0.is_empty() {
            bytes.u16(1).u16(len16(&extra.0));
            bytes.0.extend(&extra.0);
        }
        bytes.0
    }

    fn version(&self) -> u16 {
        if self.large { LONG } else { 20 }
    }
}

/// The directory and the end of an archive, for entries that end where the directory begins.
pub fn directory(entries: &[Entry], begins: u64, at: DosTime) -> Vec<u8> {
    let mut bytes = Bytes(entries.iter().flat_map(|entry| entry.central_header(at)).collect());
    let (n, size) = (entries.len() as u64, bytes.0.len() as u64);
    let is_long = n >= u64::from(u16::MAX) || begins >= u64::from(ELSEWHERE) || size >= u64::from(ELSEWHERE);
    if is_long {
        bytes.u32(0x0606_4b50).u64(44).u16(MADE_ON | LONG).u16(LONG).u32(0).u32(0).u64(n).u64(n).u64(size).u64(begins);
        bytes.u32(0x0706_4b50).u32(0).u64(begins + size).u32(1);
    }
    let n = if is_long { u16::MAX } else { u16::try_from(n).unwrap_or(u16::MAX) };
    bytes.u32(0x0605_4b50).u16(0).u16(0).u16(n).u16(n).u32(short(size, is_long)).u32(short(begins, is_long)).u16(0);
    bytes.0
}

/// Reads numbers from the front of bytes; nothing beyond their end.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, n: usize) -> Option<u64> {
        Some(self.take(n)?.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    fn u16(&mut self) -> Option<u16> {
        u16::try_from(self.number(2)?).ok()
    }

    fn u32(&mut self) -> Option<u32> {
        u32::try_from(self.number(4)?).ok()
    }
}

/// Finds the end record in the last bytes of a file, and how many bytes there are behind it.
pub fn find_end(tail: &[u8]) -> Option<(End, usize)> {
    let at = (0..=tail.len().checked_sub(END)?)
        .rev()
        .find(|at| tail.get(*at..).is_some_and(|end| end.starts_with(b"PK\x05\x06")))?;
    let behind = tail.len() - at - END;
    let mut end = Cursor(tail.get(at + 8..)?);
    let (n, _, size, directory) = (end.u16()?, end.u16()?, end.u32()?, end.u32()?);
    let before = tail.get(..at)?;
    let long = before.last_chunk::<76>().filter(|long| long.starts_with(b"PK\x06\x06"));
    if let Some(long) = long {
        let mut long = Cursor(long.get(32..)?);
        let (n_entries, size, directory) = (long.number(8)?, long.number(8)?, long.number(8)?);
        return Some((End { n_entries, directory, size }, behind));
    }
    Some((End { n_entries: n.into(), directory: directory.into(), size: size.into() }, behind))
}

/// Reads the entries of a directory; `None` when it is none. What an entry says beside what [`Entry`] holds is passed
/// over.
pub fn read_directory(bytes: &[u8], n_entries: u64) -> Option<Vec<Entry>> {
    let (mut rest, mut entries) = (Cursor(bytes), Vec::new());
    for _ in 0..n_entries {
        entries.push(central(&mut rest)?);
    }
    Some(entries)
}

fn central(rest: &mut Cursor<'_>) -> Option<Entry> {
    let mut fixed = Cursor(rest.take(CENTRAL)?);
    if fixed.u32()? != 0x0201_4b50 {
        return None;
    }
    fixed.take(4)?;
    let flags = fixed.u16()?;
    let method = Method::of(fixed.u16()?);
    fixed.take(4)?;
    let (crc, packed, size) = (fixed.u32()?, fixed.u32()?, fixed.u32()?);
    let (n_name, n_extra, n_comment) = (fixed.u16()?, fixed.u16()?, fixed.u16()?);
    fixed.take(8)?;
    let offset = fixed.u32()?;
    let name = rest.take(n_name.into())?.to_vec();
    let mut extra = long_figures(rest.take(n_extra.into())?);
    rest.take(n_comment.into())?;
    // Encrypted entries are none of ours.
    let method = if flags & 1 == 1 { Method::Other(u16::MAX) } else { method };
    let large = size == ELSEWHERE || packed == ELSEWHERE;
    let mut figure = |short: u32| if short == ELSEWHERE { extra.number(8) } else { Some(short.into()) };
    let (size, packed, offset) = (figure(size)?, figure(packed)?, figure(offset)?);
    Some(Entry { name, method, crc, packed, size, offset, large })
}

/// The figures with 64 bits among what else an entry says.
fn long_figures(extra: &[u8]) -> Cursor<'_> {
    let mut rest = Cursor(extra);
    while let (Some(id), Some(len)) = (rest.u16(), rest.u16()) {
        let Some(field) = rest.take(len.into()) else { break };
        if id == 1 {
            return Cursor(field);
        }
    }
    Cursor(&[])
}

/// Returns the length in bytes of an entry's header, which stands before its bytes; `None` when it is no header.
pub fn local_length(fixed: &[u8; LOCAL]) -> Option<u64> {
    let mut lengths = Cursor(fixed.get(26..)?);
    let sum = u64::from(lengths.u16()?) + u64::from(lengths.u16()?);
    fixed.starts_with(b"PK\x03\x04").then_some(LOCAL as u64 + sum)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at() -> DosTime {
        DosTime::new("2026-11-22T11:31:44".parse().unwrap())
    }

    fn entry() -> impl Strategy<Value = Entry> {
        let figures = (any::<u32>(), any::<u64>(), any::<u64>(), any::<u64>(), any::<bool>());
        ("[a-z/.]{1,40}", prop_oneof![Just(Method::Stored), Just(Method::Deflated)], figures).prop_map(
            |(name, method, (crc, packed, size, offset, large))| {
                let large = large || packed >= u64::from(ELSEWHERE) || size >= u64::from(ELSEWHERE);
                Entry { name: name.into_bytes(), method, crc, packed, size, offset, large }
            },
        )
    }

    #[test]
    fn times_are_those_of_the_format_and_stay_within_it() {
        assert_eq!((0x5bf6, 0x5d76), (at().time, at().date));
        assert_eq!(DosTime::new("1970-01-01T00:00:00".parse().unwrap()).date >> 9, 0);
        assert_eq!(DosTime::new("2500-01-01T00:00:00".parse().unwrap()).date >> 9, 127);
    }

    #[test]
    fn an_archive_of_many_entries_has_a_long_end() {
        let one =
            Entry { name: b"a".into(), method: Method::Stored, crc: 0, packed: 0, size: 0, offset: 0, large: false };
        for n in [0, 1, 65_534, 65_535, 70_000] {
            let entries = vec![one.clone(); n];
            let bytes = directory(&entries, 7, at());
            let tail = &bytes[bytes.len().saturating_sub(LONG_END)..];
            let (end, behind) = find_end(tail).unwrap();
            assert_eq!((n as u64, 7, 0), (end.n_entries, end.directory, behind));
            assert_eq!(Some(entries), read_directory(&bytes[..usize::try_from(end.size).unwrap()], n as u64));
        }
    }

    proptest! {
        #[test]
        fn a_directory_reads_back_as_itself(entries in proptest::collection::vec(entry(), 0..5), begins: u64) {
            let bytes = directory(&entries, begins >> 1, at());
            let (end, behind) = find_end(&bytes).unwrap();
            prop_assert_eq!((entries.len() as u64, begins >> 1, 0), (end.n_entries, end.directory, behind));
            prop_assert_eq!(Some(entries.clone()), read_directory(&bytes, end.n_entries));
            for entry in entries {
                let header = entry.local_header(at());
                prop_assert_eq!(Some(header.len() as u64), local_length(header.first_chunk().unwrap()));
            }
        }

        #[test]
        fn any_bytes_can_be_read(bytes: Vec<u8>, n: u64) {
            find_end(&bytes);
            read_directory(&bytes, n);
            let entry = [b"PK\x01\x02".as_slice(), &bytes].concat();
            read_directory(&entry, n);
        }
    }
}
