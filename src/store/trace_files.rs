//! Files of evidence beside `netlog.csv`: traces, looks at the computer's network, ISP hops, looks by TCP.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use super::{
    error::{StoreError, context},
    names,
};
use crate::{
    codec::{candidates_json, tcp_probe_json},
    model::{isp::IspCandidates, tcp_probe::TcpProbeReport, time::Timestamp},
    platform::files,
};

/// Name of the file of ISP hops.
pub const CANDIDATES: &str = "isp_candidates.json";

/// An `mtr_<target>.log` of this size, in bytes, is put aside and a new one begun.
pub const MAX_MTR_LOG: u64 = 8 << 20;

/// The files of evidence of one log folder.
///
/// Every function makes the folder if need be, writes, waits for the disk, and returns the name of the file within
/// the folder, which is what the columns of `netlog.csv` hold. Names are safe on every system; times in them are UTC.
/// No file is ever overwritten but [`CANDIDATES`], which is replaced as a whole: where a name is taken, `_2`, `_3` and
/// so on is put behind it. Nothing but the block of an MTR log is ever there in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceFiles {
    dir: PathBuf,
}

impl TraceFiles {
    /// The files of `dir`. Touches nothing.
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// The name of the MTR log of a target: `mtr_192_0_2_1.log`.
    pub fn mtr_log_name(target: &str) -> String {
        format!("mtr_{}.log", names::part_without_dots(target))
    }

    /// Appends a block to the MTR log of `target`. One that has become too large goes by the name
    /// `mtr_<target>_<now>.log` before. A block that was cut short, as by a power cut, is closed before the next.
    ///
    /// # Errors
    ///
    /// When the folder or the file cannot be made, read, renamed or written; a part of the block may stand in it.
    pub fn append_mtr(&self, target: &str, block: &str, now: Timestamp) -> Result<String, StoreError> {
        let name = Self::mtr_log_name(target);
        let path = self.dir.join(&name);
        self.make_dir()?;
        let is_full = path.metadata().is_ok_and(|meta| meta.is_file() && meta.len() >= MAX_MTR_LOG);
        if is_full {
            let stem = format!("mtr_{}_{}", names::part_without_dots(target), names::stamp(now));
            self.place(&path, &stem, "log")?;
        }
        let mut file = files::append(&path).map_err(context("open", &path))?;
        let is_torn = is_torn(&mut file).map_err(context("read", &path))?;
        let text = if is_torn { format!("\n{block}") } else { block.to_owned() };
        file.write_all(text.as_bytes()).map_err(context("write to", &path))?;
        file.sync_all().map_err(context("save", &path))?;
        Ok(name)
    }

    /// Writes one trace to `host` as `trace_<host>_<at>.log`.
    ///
    /// # Errors
    ///
    /// When the folder or the file cannot be made or written.
    pub fn write_trace(&self, host: &str, text: &str, at: Timestamp) -> Result<String, StoreError> {
        self.write_new(&format!("trace_{}_{}", names::part(host), names::stamp(at)), "log", text)
    }

    /// Appends to a file that [`Self::write_trace`] made and named.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or written; a part of the text may stand in it.
    pub fn append_trace(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let path = self.dir.join(name);
        let mut file = files::append_to(&path).map_err(context("open", &path))?;
        file.write_all(text.as_bytes()).map_err(context("write to", &path))?;
        file.sync_all().map_err(context("save", &path))
    }

    /// Writes what the computer says of its network as `wan_diag_<at>.log`.
    ///
    /// # Errors
    ///
    /// When the folder or the file cannot be made or written.
    pub fn write_wan_diag(&self, text: &str, at: Timestamp) -> Result<String, StoreError> {
        self.write_new(&format!("wan_diag_{}", names::stamp(at)), "log", text)
    }

    /// Writes an analysis of the logs as `analysis_on_outage_<at>.log`.
    ///
    /// # Errors
    ///
    /// When the folder or the file cannot be made or written.
    pub fn write_analysis(&self, text: &str, at: Timestamp) -> Result<String, StoreError> {
        self.write_new(&format!("analysis_on_outage_{}", names::stamp(at)), "log", text)
    }

    /// Writes a look by TCP as `tcp_probe_<time of the look>.json`.
    ///
    /// # Errors
    ///
    /// When the folder or the file cannot be made or written.
    pub fn write_tcp_probe(&self, report: &TcpProbeReport) -> Result<String, StoreError> {
        self.write_new(&format!("tcp_probe_{}", names::stamp(report.at)), "json", &tcp_probe_json::render(report))
    }

    /// Writes [`CANDIDATES`], in place of the one that is there.
    ///
    /// # Errors
    ///
    /// When the folder or the file cannot be made or written. The one that was there is there still.
    pub fn write_candidates(&self, candidates: &IspCandidates) -> Result<String, StoreError> {
        let temp = self.write_temp(CANDIDATES, &candidates_json::render(candidates))?;
        let path = self.dir.join(CANDIDATES);
        fs::rename(&temp, &path).map_err(|err| given_up(&temp, context("write", &path)(err)))?;
        Ok(CANDIDATES.into())
    }

    fn make_dir(&self) -> Result<(), StoreError> {
        files::make_dir(&self.dir).map_err(context("make", &self.dir))
    }

    /// Writes a file that is not there yet, whole or not at all, and tells its name.
    fn write_new(&self, stem: &str, extension: &str, text: &str) -> Result<String, StoreError> {
        let temp = self.write_temp(&format!("{stem}.{extension}"), text)?;
        self.place(&temp, stem, extension).map_err(|err| given_up(&temp, err))
    }

    /// Writes a file that goes by another name until it is whole.
    fn write_temp(&self, name: &str, text: &str) -> Result<PathBuf, StoreError> {
        self.make_dir()?;
        let stem = format!(".{name}.{}", std::process::id());
        let (mut file, temp, _) = self.claim(&stem, "tmp")?;
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        drop(file);
        written.map_err(|err| given_up(&temp, context("write", &temp)(err)))?;
        Ok(temp)
    }

    /// Gives a file the first of these names that no other file has, and tells it.
    fn place(&self, from: &Path, stem: &str, extension: &str) -> Result<String, StoreError> {
        // Renaming replaces what is there, so the name is taken first; only one can.
        let (placeholder, path, name) = self.claim(stem, extension)?;
        drop(placeholder);
        fs::rename(from, &path).map_err(|err| given_up(&path, context("rename", from)(err)))?;
        Ok(name)
    }

    /// Makes the first of `stem.extension`, `stem_2.extension` and so on that is not there.
    fn claim(&self, stem: &str, extension: &str) -> Result<(File, PathBuf, String), StoreError> {
        let mut counter = 1_u32;
        loop {
            let name =
                if counter == 1 { format!("{stem}.{extension}") } else { format!("{stem}_{counter}.{extension}") };
            let path = self.dir.join(&name);
            match files::create_new(&path) {
                Ok(file) => return Ok((file, path, name)),
                Err(err) if err.kind() == io::ErrorKind::AlreadyExists && counter < u32::MAX => counter += 1,
                Err(err) => return Err(context("make", &path)(err)),
            }
        }
    }
}

/// Removes a file that came to nothing. The first failure is the one to tell.
fn given_up(path: &Path, err: StoreError) -> StoreError {
    drop(fs::remove_file(path));
    err
}

/// True if the last line has no end.
fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::codec::mtr_text;

    const BLOCK: &str = "\n=====\nRun at: 20251002_123510\n=====\nHOST: vm  Loss%   Snt\n";

    fn now() -> Timestamp {
        "2025-10-02T12:35:10.9Z".parse().unwrap()
    }

    fn listed(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn files_have_the_originals_names_on_every_system() {
        let dir = tempfile::tempdir().unwrap();
        let files = TraceFiles::new(&dir.path().join("not/there/yet"));
        let mtr = |target| files.append_mtr(target, BLOCK, now()).unwrap();
        assert_eq!("mtr_1_1_1_1.log", mtr("1.1.1.1"));
        assert_eq!("mtr_2606_4700_4700__1111.log", mtr("2606:4700:4700::1111"));
        assert_eq!("mtr_fe80__1_eth0.log", mtr("fe80::1%eth0"));
        assert_eq!("mtr_one_one_one_one.log", mtr("one.one.one.one"));
        assert_eq!("mtr____etc_passwd.log", mtr("../etc/passwd"));
        assert_eq!("mtr__NUL.log", mtr("NUL"));
        assert!(mtr(&"x".repeat(5000)).len() < 200);
        let trace = |host| files.write_trace(host, "text", now()).unwrap();
        assert_eq!("trace_1.1.1.1_20251002_123510.log", trace("1.1.1.1"));
        assert_eq!("trace_2001_db8__1_20251002_123510.log", trace("2001:db8::1"));
        assert_eq!("trace__V_20251002_123510.log", trace("-V"));
        assert_eq!("wan_diag_20251002_123510.log", files.write_wan_diag("text", now()).unwrap());
    }

    #[test]
    fn blocks_are_appended() {
        let dir = tempfile::tempdir().unwrap();
        let files = TraceFiles::new(dir.path());
        for _ in 0..3 {
            files.append_mtr("192.0.2.1", BLOCK, now()).unwrap();
        }
        assert_eq!(["mtr_192_0_2_1.log"], listed(dir.path())[..]);
        assert_eq!(BLOCK.repeat(3), fs::read_to_string(dir.path().join("mtr_192_0_2_1.log")).unwrap());
    }

    #[test]
    fn a_block_cut_short_costs_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let files = TraceFiles::new(dir.path());
        let path = dir.path().join("mtr_192_0_2_1.log");
        for kept in 1..BLOCK.len() {
            let torn = format!("{BLOCK}{}", &BLOCK[..kept]);
            fs::write(&path, &torn).unwrap();
            files.append_mtr("192.0.2.1", BLOCK, now()).unwrap();
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.starts_with(&torn) && text.ends_with(&format!("\n{BLOCK}")), "{kept}: {text}");
            let n_headers = 2 + usize::from(BLOCK[..kept].contains("Loss%"));
            assert_eq!(n_headers, mtr_text::read(text.as_bytes()).traces.len(), "{kept}");
        }
    }

    #[test]
    fn a_large_log_is_put_aside_and_a_new_one_begun() {
        let dir = tempfile::tempdir().unwrap();
        let files = TraceFiles::new(dir.path());
        let path = dir.path().join("mtr_192_0_2_1.log");
        let old = "x".repeat(usize::try_from(MAX_MTR_LOG).unwrap());
        fs::write(&path, &old[1..]).unwrap();
        files.append_mtr("192.0.2.1", "y\n", now()).unwrap();
        assert_eq!(["mtr_192_0_2_1.log"], listed(dir.path())[..], "one byte less is not too large");
        for n_aside in 1..=2 {
            fs::write(&path, &old).unwrap();
            assert_eq!("mtr_192_0_2_1.log", files.append_mtr("192.0.2.1", BLOCK, now()).unwrap());
            assert_eq!(BLOCK, fs::read_to_string(&path).unwrap());
            assert_eq!(n_aside + 1, listed(dir.path()).len());
        }
        let aside = ["mtr_192_0_2_1_20251002_123510.log", "mtr_192_0_2_1_20251002_123510_2.log"];
        for name in aside {
            assert_eq!(old.len() as u64, dir.path().join(name).metadata().unwrap().len(), "{name}");
        }
    }

    #[test]
    fn nothing_is_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let files = TraceFiles::new(dir.path());
        let write = |text| files.write_trace("192.0.2.1", text, now()).unwrap();
        assert_eq!("trace_192.0.2.1_20251002_123510.log", write("first"));
        assert_eq!("trace_192.0.2.1_20251002_123510_2.log", write("second"));
        assert_eq!("trace_192.0.2.1_20251002_123510_3.log", write("third"));
        let texts: Vec<String> =
            listed(dir.path()).iter().map(|name| fs::read_to_string(dir.path().join(name)).unwrap()).collect();
        assert_eq!(["first", "second", "third"], texts[..]);
    }

    #[test]
    fn many_at_once_get_a_file_each() {
        let dir = tempfile::tempdir().unwrap();
        let files = TraceFiles::new(dir.path());
        thread::scope(|scope| {
            for n in 0..8 {
                let files = &files;
                scope.spawn(move || files.write_wan_diag(&format!("{n}"), now()).unwrap());
            }
        });
        let mut texts: Vec<String> =
            listed(dir.path()).iter().map(|name| fs::read_to_string(dir.path().join(name)).unwrap()).collect();
        texts.sort();
        assert_eq!((0..8).map(|n| n.to_string()).collect::<Vec<_>>(), texts);
    }

    #[test]
    fn candidates_are_replaced_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let files = TraceFiles::new(dir.path());
        fs::write(dir.path().join(CANDIDATES), "old").unwrap();
        assert_eq!(CANDIDATES, files.write_candidates(&IspCandidates::default()).unwrap());
        assert_eq!([CANDIDATES], listed(dir.path())[..]);
        let text = fs::read_to_string(dir.path().join(CANDIDATES)).unwrap();
        assert_eq!(Ok(IspCandidates::default()), candidates_json::parse(&text));
    }

    #[test]
    fn a_look_by_tcp_is_named_by_its_time() {
        let dir = tempfile::tempdir().unwrap();
        let report = TcpProbeReport { at: now(), port: 443, with_tls: false, results: Vec::new() };
        assert_eq!("tcp_probe_20251002_123510.json", TraceFiles::new(dir.path()).write_tcp_probe(&report).unwrap());
    }

    #[test]
    fn what_cannot_be_written_is_named_and_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let files = TraceFiles::new(dir.path());
        fs::create_dir(dir.path().join("mtr_192_0_2_1.log")).unwrap();
        fs::create_dir(dir.path().join(CANDIDATES)).unwrap();
        let err = files.append_mtr("192.0.2.1", BLOCK, now()).unwrap_err();
        assert!(err.path.ends_with("mtr_192_0_2_1.log"), "{err}");
        let err = files.write_candidates(&IspCandidates::default()).unwrap_err();
        assert!(err.path.ends_with(CANDIDATES), "{err}");
        assert_eq!([CANDIDATES, "mtr_192_0_2_1.log"], listed(dir.path())[..]);

        let in_the_way = dir.path().join("file");
        fs::write(&in_the_way, "").unwrap();
        let err = TraceFiles::new(&in_the_way).write_wan_diag("text", now()).unwrap_err();
        assert_eq!(("make", in_the_way), (err.action, err.path));
    }
}
