//! Writes an archive entry by entry, whatever its length, and keeps the hashes of what went in.

use std::io::{self, Seek, SeekFrom, Write};

use flate2::{Compression, Crc, write::DeflateEncoder};
use ring::{
    digest::{Context, SHA256},
    hmac,
};

use crate::codec::{
    chain_head_json::hex,
    pack_json::FileRecord,
    zip::{DosTime, Entry, Method, directory},
};

/// From this expected length on an entry gets lengths of 64 bits. Nobody can tell exactly before it is written.
const LARGE: u64 = 1 << 31;

/// Hears how many bytes were packed, and may end it.
pub(super) type Tell<'w> = Box<dyn FnMut(u64) -> io::Result<()> + 'w>;

/// An archive that is being written.
pub(super) struct Writer<'w, W> {
    out: W,
    at: u64,
    /// Bytes that were packed, and who hears of it.
    done: u64,
    tell: Tell<'w>,
    time: DosTime,
    entries: Vec<Entry>,
}

impl<'w, W: Write + Seek> Writer<'w, W> {
    pub(super) fn new(out: W, time: DosTime) -> Self {
        Self { out, at: 0, done: 0, tell: Box::new(|_| Ok(())), time, entries: Vec::new() }
    }

    /// Has `tell` hear now and then how many bytes were packed; an error of its ends all.
    pub(super) fn tell(&mut self, tell: Tell<'w>) {
        self.tell = tell;
    }

    /// Adds a file that `fill` writes, of about `expected` bytes. With `salt` it also tells what the bytes that `fill`
    /// gives to [`Filling::original`] can be recognised by.
    pub(super) fn add(
        &mut self,
        name: &str,
        method: Method,
        expected: u64,
        salt: Option<&hmac::Key>,
        fill: &mut dyn FnMut(&mut Filling<'_>) -> io::Result<()>,
    ) -> io::Result<FileRecord> {
        (self.tell)(self.done)?;
        let mut entry = Entry {
            name: name.as_bytes().to_vec(),
            method,
            crc: 0,
            packed: 0,
            size: 0,
            offset: self.at,
            large: expected >= LARGE,
        };
        let header = entry.local_header(self.time);
        self.out.write_all(&header)?;
        let mut packed = Hashed { inner: &mut self.out, n: 0, sha256: Context::new(&SHA256) };
        let original = salt.map(hmac::Context::with_key);
        let (done, tell) = (self.done, &mut self.tell);
        let mut tell = |n| tell(done + n);
        let (sums, original) = if method == Method::Stored {
            let mut filling = Filling::new(&mut packed, original, &mut tell);
            fill(&mut filling)?;
            filling.finish()
        } else {
            let mut deflate = DeflateEncoder::new(&mut packed, Compression::default());
            let mut filling = Filling::new(&mut deflate, original, &mut tell);
            fill(&mut filling)?;
            let finished = filling.finish();
            deflate.finish()?;
            finished
        };
        let (n_packed, packed_sha256) = (packed.n, packed.sha256.finish());
        (entry.crc, entry.packed, entry.size) = (sums.crc.sum(), n_packed, sums.n);
        if !entry.large && entry.packed.max(entry.size) >= u64::from(u32::MAX) {
            return Err(io::Error::other("a file has grown beyond 4 GiB while it was packed; try again"));
        }
        let end = self.at + header.len() as u64 + n_packed;
        self.out.seek(SeekFrom::Start(self.at))?;
        self.out.write_all(&entry.local_header(self.time))?;
        self.out.seek(SeekFrom::Start(end))?;
        self.at = end;
        self.done += sums.n;
        self.entries.push(entry);
        Ok(FileRecord {
            name: name.to_owned(),
            size: sums.n,
            sha256: hex(sums.sha256.finish().as_ref()),
            packed_size: n_packed,
            packed_sha256: hex(packed_sha256.as_ref()),
            original: original.map(|original| hex(original.sign().as_ref())),
        })
    }

    /// Writes the end. What was written comes back.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&directory(&self.entries, self.at, self.time))?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Passes bytes on, and counts and hashes them.
struct Hashed<'a> {
    inner: &'a mut dyn Write,
    n: u64,
    sha256: Context,
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(bytes)?;
        self.n += n as u64;
        self.sha256.update(bytes.get(..n).unwrap_or_default());
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A file of an archive while it is written.
pub(super) struct Filling<'a> {
    inner: &'a mut dyn Write,
    sums: Sums,
    original: Option<hmac::Context>,
    tell: &'a mut dyn FnMut(u64) -> io::Result<()>,
    /// The length at which it is told again.
    next: u64,
}

/// Bytes between two tellings of how many there are.
const TOLD: u64 = 1 << 18;

struct Sums {
    n: u64,
    crc: Crc,
    sha256: Context,
}

impl<'a> Filling<'a> {
    fn new(
        inner: &'a mut dyn Write,
        original: Option<hmac::Context>,
        tell: &'a mut dyn FnMut(u64) -> io::Result<()>,
    ) -> Self {
        let sums = Sums { n: 0, crc: Crc::new(), sha256: Context::new(&SHA256) };
        Self { inner, sums, original, tell, next: TOLD }
    }

    /// Takes the bytes that stood here before they were redacted.
    pub(super) fn original(&mut self, bytes: &[u8]) {
        if let Some(original) = &mut self.original {
            original.update(bytes);
        }
    }

    fn finish(self) -> (Sums, Option<hmac::Context>) {
        (self.sums, self.original)
    }
}

impl Write for Filling<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(bytes)?;
        let written = bytes.get(..n).unwrap_or_default();
        self.sums.n += n as u64;
        self.sums.crc.update(written);
        self.sums.sha256.update(written);
        if self.sums.n >= self.next {
            self.next = self.sums.n + TOLD;
            (self.tell)(self.sums.n)?;
        }
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
