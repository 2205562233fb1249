//! Makes a pack of a log folder. Memory does not depend on the length of the logs.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, BufWriter, Read as _, Seek, Write},
    ops::ControlFlow,
    path::Path,
};

use super::{
    chosen,
    part::{Content, Lines, Part},
    redacted::{Redacting, Rewriter, Seed},
    rows::{self, Bound, Selection, Span, each_line},
    writer::{Filling, Writer},
};
use crate::{
    codec::{
        chain_head_json,
        netlog_csv::{self, JsonLines, Link},
        pack_json::{self, Chain, FileRecord, MANIFEST, Manifest, Redaction, SIGNATURE},
        pack_readme::{self, Facts},
        public_key,
        redact::{self, Redactor},
        zip::{DosTime, Method},
    },
    model::time::Timestamp,
    platform::files,
    store::{
        error::{StoreError, context},
        kept::Kept,
        key::Key,
        log::HEAD_NAME,
        names,
        verify::{self, Finding, Inspected, Whose},
    },
};

/// Content and settings of a pack that is to be made.
pub struct Ingredients<'a> {
    /// The folder of the logs.
    pub log_dir: &'a Path,
    /// From then on, and before then.
    pub period: (Option<Timestamp>, Option<Timestamp>),
    /// The name of the time zone of the reports.
    pub zone: &'a str,
    /// Time at which the pack is made.
    pub made: Timestamp,
    /// The version of this program.
    pub version: &'a str,
    /// Key that signs the pack.
    pub key: &'a Key,
    /// Heads of the logs of the folder that are kept beside this user's key.
    pub kept: Option<&'a Kept>,
    /// Files beside those of the log folder.
    pub parts: Vec<Part<'a>>,
    /// Redactor that takes out what identifies somebody, if that is to be done.
    pub redactor: Option<Redactor>,
}

/// Hears which part of the bytes, 0..=1, were packed, and says whether to go on.
pub type Watch<'a> = &'a mut dyn FnMut(f64) -> ControlFlow<()>;

/// Facts about a pack that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Files in it.
    pub n_files: usize,
    /// Rows in it, whether they have a hash or not.
    pub n_rows: u64,
    /// Length of the pack in bytes.
    pub bytes: u64,
    /// Findings of what was not right about the log, and about parts.
    pub found: Vec<String>,
}

/// Name in a pack of a log whose own name may tell anything.
const OTHER_LOG: &str = "netlog_other.csv";
/// Findings of the log that are named in a pack.
const MOST_FOUND: usize = 100;
/// Files of facts are looked through for names up to this length.
const MOST_FACTS: u64 = 1 << 20;

/// Expected ratio of the length of a row as JSON to its length in the log.
const AS_JSON: u64 = 4;

/// Makes a pack in the place of `path`, whole or not at all. `watch` hears how far it is.
///
/// # Errors
///
/// When the folder or a log cannot be read, or the pack not be written, or whoever watches wants no more.
pub fn write(ingredients: Ingredients<'_>, path: &Path, watch: Watch<'_>) -> Result<Packed, StoreError> {
    let temp = files::temporary(path);
    let written = write_to(ingredients, &temp, watch).and_then(|packed| {
        let keep_mode = || files::keep_mode(&File::open(&temp)?, path).and_then(|()| fs::rename(&temp, path));
        keep_mode().map_err(context("write", path))?;
        Ok(packed)
    });
    if written.is_err() {
        // The first failure is the one to tell.
        drop(fs::remove_file(&temp));
    }
    written
}

fn write_to(mut ingredients: Ingredients<'_>, path: &Path, watch: Watch<'_>) -> Result<Packed, StoreError> {
    let logs = verify::inspect(ingredients.log_dir, Whose::of(None, ingredients.kept))?;
    let selection = rows::select(&logs, ingredients.period)?;
    let parts = std::mem::take(&mut ingredients.parts);
    let file = files::create_fresh(path).map_err(context("write", path))?;
    let time = selection.last_row.unwrap_or(ingredients.made);
    let mut packer = Packer {
        seed: ingredients.redactor.is_some().then(|| Seed::new(ingredients.key, ingredients.made)),
        writer: Writer::new(BufWriter::with_capacity(256 * 1024, file), DosTime::new(time.naive_utc())),
        files: Vec::new(),
        names: BTreeSet::new(),
        found: Vec::new(),
        rows: Vec::new(),
        n_rows: 0,
        ingredients,
        logs,
        selection,
        time,
    };
    packer.fill(parts, watch).map_err(context("pack", path))?;
    let Packer { writer, files, logs, mut ingredients, n_rows, found: of_parts, .. } = packer;
    let out = writer.finish().map_err(context("write", path))?;
    let file = out.into_inner().map_err(|err| context("write", path)(err.into_error()))?;
    file.sync_all().map_err(context("save", path))?;
    Ok(Packed {
        n_files: files.len(),
        n_rows,
        bytes: file.metadata().map_err(context("read", path))?.len(),
        found: found(&logs, ingredients.redactor.as_mut()).into_iter().chain(of_parts).collect(),
    })
}

/// A pack that is being made.
struct Packer<'a, 'w, W> {
    ingredients: Ingredients<'a>,
    logs: Inspected,
    selection: Selection,
    time: Timestamp,
    seed: Option<Seed>,
    writer: Writer<'w, W>,
    files: Vec<FileRecord>,
    names: BTreeSet<String>,
    /// Findings of what was not right about parts.
    found: Vec<String>,
    /// Logs with the names they have in the pack.
    rows: Vec<(Span, String)>,
    n_rows: u64,
}

impl<'w, W: Write + Seek> Packer<'_, 'w, W> {
    fn fill(&mut self, parts: Vec<Part<'_>>, watch: Watch<'w>) -> io::Result<()> {
        let evidence = self.evidence()?;
        let expected = self.estimate(&parts, &evidence).max(1);
        self.writer.tell(Box::new(move |n| {
            // What turns out to be longer than expected is nearly done for the rest of the time.
            let share = (n as f64 / expected as f64).min(0.99);
            if watch(share).is_break() { Err(io::Error::other("it was cancelled")) } else { Ok(()) }
        }));
        self.name_rows();
        self.hide_names(&evidence)?;
        let facts = Facts {
            fingerprint: public_key::fingerprint(&self.ingredients.key.public()),
            made: self.ingredients.made,
            period: self.ingredients.period,
            zone: self.ingredients.zone.to_owned(),
            is_redacted: self.ingredients.redactor.is_some(),
            is_bound: self.selection.bound.is_some(),
            n_demo: self.selection.n_demo,
        };
        self.bytes("README.txt", pack_readme::render(&facts).as_bytes())?;
        self.bytes("public_key.pem", public_key::pem(&self.ingredients.key.public()).as_bytes())?;
        for part in parts {
            self.part(part)?;
        }
        let end = self.row_files()?;
        self.json_lines()?;
        let n_after = self.binding()?;
        for (folder, name) in evidence {
            self.evidence_file(folder, &name)?;
        }
        let line = |file: &FileRecord| format!("{}  {}", file.sha256, file.name);
        let sums = self.files.iter().map(line).collect::<Vec<_>>().join("\n") + "\n";
        self.bytes("sha256sums.txt", sums.as_bytes())?;
        let manifest = pack_json::render(&self.manifest(end, n_after));
        let signature = self.ingredients.key.sign(manifest.as_bytes());
        for (name, bytes) in [(MANIFEST, manifest.as_bytes()), (SIGNATURE, &signature)] {
            self.writer.add(name, Method::Stored, 0, None, &mut |out| out.write_all(bytes))?;
        }
        Ok(())
    }

    /// About how many bytes there will be.
    fn estimate(&self, parts: &[Part<'_>], evidence: &[(&'static str, String)]) -> u64 {
        let parts = parts.iter().map(|part| match &part.content {
            Content::Finished(bytes) | Content::Text(bytes) | Content::Shortened { shown: bytes, .. } => {
                bytes.len() as u64
            }
            Content::Lines(expected, _) => *expected,
        });
        let len = |path: &Path| path.metadata().map_or(0, |about| about.len());
        let evidence = evidence.iter().map(|(_, name)| len(&self.ingredients.log_dir.join(name)));
        // Rows are there twice, the second time with the names of their columns.
        let rows = self.selection.spans.iter().map(|span| len(&span.path) * (1 + AS_JSON));
        parts.chain(evidence).chain(rows).sum()
    }

    fn add(
        &mut self,
        name: &str,
        expected: u64,
        salt: bool,
        fill: &mut dyn FnMut(&mut Filling<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let salt = self.seed.as_ref().filter(|_| salt).map(|seed| seed.of_file(name));
        let record = self.writer.add(name, Method::Deflated, expected, salt.as_ref(), fill)?;
        self.names.insert(name.to_owned());
        self.files.push(record);
        Ok(())
    }

    fn bytes(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.add(name, bytes.len() as u64, false, &mut |out| out.write_all(bytes))
    }

    fn part(&mut self, part: Part<'_>) -> io::Result<()> {
        let mut redactor = self.ingredients.redactor.take();
        let added = match part.content {
            Content::Finished(bytes) => self.bytes(&part.name, &bytes),
            Content::Text(bytes) => self.text(&part.name, &bytes, &bytes, redactor.as_mut()),
            Content::Shortened { original, shown } => self.text(&part.name, &original, &shown, redactor.as_mut()),
            Content::Lines(expected, mut write) => {
                let mut found = Vec::new();
                let added = self.add(&part.name, expected, true, &mut |out| {
                    let mut lines = Lines::new(out, redactor.as_mut());
                    write(&mut lines)?;
                    found.append(&mut lines.found);
                    Ok(())
                });
                self.found.append(&mut found);
                added
            }
        };
        self.ingredients.redactor = redactor;
        added
    }

    fn text(
        &mut self,
        name: &str,
        original: &[u8],
        shown: &[u8],
        mut redactor: Option<&mut Redactor>,
    ) -> io::Result<()> {
        self.add(name, shown.len() as u64, true, &mut |out| {
            out.original(original);
            through(redactor.as_deref_mut(), out, &mut |out| out.write_all(shown))
        })
    }

    /// Files of traces and facts in the log folder that belong to the period.
    fn evidence(&self) -> io::Result<Vec<(&'static str, String)>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.ingredients.log_dir)? {
            let entry = entry?;
            // A link may lead anywhere.
            if entry.file_type()?.is_file() {
                names.extend(entry.file_name().into_string());
            }
        }
        names.sort();
        Ok(chosen::choose(&names, &self.selection.named, self.ingredients.period))
    }

    /// Has names that the system told hidden.
    fn hide_names(&mut self, evidence: &[(&'static str, String)]) -> io::Result<()> {
        let Some(redactor) = &mut self.ingredients.redactor else { return Ok(()) };
        for (_, name) in evidence.iter().filter(|(folder, _)| *folder == "diagnostics") {
            let mut bytes = Vec::new();
            File::open(self.ingredients.log_dir.join(name))?.take(MOST_FACTS).read_to_end(&mut bytes)?;
            String::from_utf8_lossy(&bytes).lines().filter_map(redact::named_in).for_each(|name| redactor.hide(name));
        }
        Ok(())
    }

    fn evidence_file(&mut self, folder: &str, name: &str) -> io::Result<()> {
        let path = self.ingredients.log_dir.join(name);
        let mut redactor = self.ingredients.redactor.take();
        let shown = redactor.as_mut().map_or(Some(names::part(name)), |redactor| redact::file_name(redactor, name));
        let shown = self.unused(folder, &shown.unwrap_or_else(|| "other.log".into()));
        let expected = path.metadata().map_or(0, |about| about.len());
        let added = self.add(&shown, expected, true, &mut |out| copy(&path, redactor.as_mut(), out).map_err(at(&path)));
        self.ingredients.redactor = redactor;
        added
    }

    /// A name that no other file of the pack has.
    fn unused(&mut self, folder: &str, name: &str) -> String {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "txt"));
        let numbered = (2_u32..).map(|n| format!("{folder}/{stem}-{n}.{extension}"));
        let mut all = std::iter::once(format!("{folder}/{name}")).chain(numbered);
        // Systems that do not tell case apart unpack a pack too.
        let is_free = |shown: &String| !self.names.iter().any(|used| used.eq_ignore_ascii_case(shown));
        all.find(is_free).unwrap_or_default()
    }

    fn name_rows(&mut self) {
        for span in std::mem::take(&mut self.selection.spans) {
            let name = span.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let is_ours = redact::file_name(&mut Redactor::default(), &name).is_some();
            let shown = if is_ours { name } else { OTHER_LOG.to_owned() };
            let shown = self.unused("rows", &shown);
            self.names.insert(shown.clone());
            self.rows.push((span, shown));
        }
    }

    /// Writes the rows, and says which the last link is.
    fn row_files(&mut self) -> io::Result<Link> {
        let head = self.selection.bound.as_ref().map(|bound| bound.head);
        let mut last = self.first_link();
        let mut redactor = self.ingredients.redactor.take();
        for (span, name) in self.rows.clone() {
            let expected = span.path.metadata().map_or(0, |about| about.len());
            let start = if span.is_bound { last } else { Link::START };
            let mut rewriter = Rewriter::new(redactor.as_mut(), start);
            self.add(&name, expected, false, &mut |out| {
                copy_rows(&span, head, |_, line, _| out.write_all(&rewriter.line(line))).map_err(at(&span.path))
            })?;
            if span.is_bound {
                last = rewriter.last();
            }
        }
        self.ingredients.redactor = redactor;
        Ok(last)
    }

    fn first_link(&self) -> Link {
        let bound = self.selection.bound.as_ref().filter(|_| self.ingredients.redactor.is_none());
        bound.map_or(Link::START, |bound| bound.before)
    }

    /// Writes the same rows as lines of JSON.
    fn json_lines(&mut self) -> io::Result<()> {
        let head = self.selection.bound.as_ref().map(|bound| bound.head);
        let (rows, mut last, mut n_rows) = (self.rows.clone(), self.first_link(), 0);
        let mut redactor = self.ingredients.redactor.take();
        let expected =
            rows.iter().filter_map(|(span, _)| span.path.metadata().ok()).map(|about| about.len() * AS_JSON).sum();
        let added = self.add("rows/netlog.jsonl", expected, false, &mut |out| {
            for (span, _) in &rows {
                let start = if span.is_bound { last } else { Link::START };
                let (mut rewriter, mut lines) = (Rewriter::new(redactor.as_mut(), start), JsonLines::default());
                copy_rows(span, head, |_, line, goes_on| {
                    let line = rewriter.line(line);
                    let json = if goes_on { None } else { lines.line(&String::from_utf8_lossy(&line)) };
                    n_rows += u64::from(json.is_some());
                    json.map_or(Ok(()), |json| out.write_all(json.as_bytes()))
                })
                .map_err(at(&span.path))?;
                if span.is_bound {
                    last = rewriter.last();
                }
            }
            Ok(())
        });
        self.n_rows = n_rows;
        self.ingredients.redactor = redactor;
        added
    }

    /// Writes what binds the rows to the head; how many rows follow the last one in the pack.
    fn binding(&mut self) -> io::Result<u64> {
        if let Some(seed) = self.seed.clone() {
            let (rows, head) = (self.rows.clone(), self.selection.bound.as_ref().map(|bound| bound.head));
            self.add("rows/commitments.csv", 0, false, &mut |out| {
                out.write_all(b"file,line,commitment\r\n")?;
                for (span, name) in &rows {
                    copy_rows(span, head, |number, line, _| {
                        write!(out, "{name},{number},{}\r\n", seed.of_line(name, number, line))
                    })?;
                }
                Ok(())
            })?;
            return Ok(0);
        }
        let mut n_after = 0;
        if let Some(bound) = self.selection.bound.clone().filter(|bound| bound.end != bound.head) {
            self.add("rows/after.txt", 0, false, &mut |out| {
                n_after = rows::write_rest(&bound, out)?;
                Ok(())
            })?;
        }
        if let Some(head) = self.logs.head.clone() {
            self.bytes(&format!("rows/{HEAD_NAME}"), chain_head_json::render(&head).as_bytes())?;
        }
        Ok(n_after)
    }

    /// Returns what was not right about the log, and about parts. In a redacted pack, where the head does not stand,
    /// also what it lacks.
    fn found(&mut self) -> Vec<String> {
        let mut found = found(&self.logs, self.ingredients.redactor.as_mut());
        found.extend(self.found.iter().cloned());
        if self.ingredients.redactor.is_some() {
            let signed_by = self.logs.head.as_ref().and_then(|head| head.signature.as_ref()).map(|(key, _)| key);
            match signed_by {
                None => found.push(format!("{HEAD_NAME}: nobody signed the head of the log")),
                Some(key) if *key != self.ingredients.key.public() => {
                    let fingerprint = public_key::fingerprint(key);
                    found.push(format!("{HEAD_NAME}: another key signed the head of the log: {fingerprint}"));
                }
                Some(_) => {}
            }
        }
        found
    }

    fn manifest(&mut self, end: Link, n_after: u64) -> Manifest {
        let is_redacted = self.ingredients.redactor.is_some();
        let chain = |bound: &Bound| Chain {
            files: self.rows.iter().filter(|(span, _)| span.is_bound).map(|(_, name)| name.clone()).collect(),
            n_rows: bound.n_rows,
            before: self.first_link(),
            end,
            n_after,
            head: self.logs.head.clone().filter(|_| !is_redacted),
        };
        let (from, to) = self.ingredients.period;
        Manifest {
            version: self.ingredients.version.to_owned(),
            made: self.ingredients.made,
            from,
            to,
            zone: self.ingredients.zone.to_owned(),
            file_time: self.time,
            chain: self.selection.bound.as_ref().map(chain),
            found: self.found(),
            n_demo: self.selection.n_demo,
            redaction: self
                .ingredients
                .redactor
                .as_ref()
                .zip(self.seed.as_ref())
                .map(|(redactor, seed)| Redaction { n_replaced: redactor.n_replaced() as u64, seed: seed.sha256() }),
            public_key: self.ingredients.key.public(),
            files: self.files.clone(),
        }
    }
}

/// Returns what was not right about the log, without the folders that lead to it.
fn found(logs: &Inspected, mut redactor: Option<&mut Redactor>) -> Vec<String> {
    let short = |finding: &Finding| {
        let name = finding.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(redactor) = redactor.as_mut() else {
            return Finding { path: name.into(), ..finding.clone() }.to_string();
        };
        let shown = redact::file_name(redactor, &name).unwrap_or_else(|| OTHER_LOG.to_owned());
        redactor.text(&Finding { path: shown.into(), ..finding.clone() }.to_string())
    };
    logs.verified.findings.iter().take(MOST_FOUND).map(short).collect()
}

/// Writes through the redactor, if there is one.
fn through(
    redactor: Option<&mut Redactor>,
    out: &mut dyn Write,
    write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    match redactor {
        None => write(out),
        Some(redactor) => {
            let mut redacting = Redacting::new(redactor, out);
            write(&mut redacting)?;
            redacting.finish()
        }
    }
}

/// Copies a file as long as it was when it was opened.
fn copy(path: &Path, redactor: Option<&mut Redactor>, out: &mut Filling<'_>) -> io::Result<()> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    let Some(redactor) = redactor else { return io::copy(&mut file.take(len), out).map(drop) };
    let (mut input, mut block) = (file.take(len), vec![0; 64 * 1024]);
    loop {
        let n = input.read(&mut block)?;
        if n == 0 {
            break;
        }
        out.original(block.get(..n).unwrap_or_default());
    }
    let mut input = File::open(path)?.take(len);
    through(Some(redactor), out, &mut |out| io::copy(&mut input, out).map(drop))
}

/// Hands over the chosen lines of a log with the numbers they have in the pack; nothing behind the head.
fn copy_rows(
    span: &Span,
    head: Option<Link>,
    mut take: impl FnMut(u64, &[u8], bool) -> io::Result<()>,
) -> io::Result<()> {
    let skipped = if span.has_header { span.first.saturating_sub(2) } else { span.first.saturating_sub(1) };
    each_line(&span.path, |number, line, goes_on| {
        let is_header = number == 1 && span.has_header;
        let is_chosen = (span.first..=span.last).contains(&number);
        if is_header || is_chosen {
            take(if is_header { 1 } else { number - skipped }, line, goes_on)?;
        }
        let is_head = span.is_bound && is_chosen && {
            let link = netlog_csv::split(line.trim_ascii_end()).map(|(_, link)| link);
            link.is_some() && link == head
        };
        Ok(number < span.last && !is_head)
    })
}

fn at(path: &Path) -> impl Fn(io::Error) -> io::Error {
    move |err| io::Error::new(err.kind(), format!("{}: {err}", path.display()))
}
