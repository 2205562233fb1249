//! A folder of logs of a made-up month, for `netlog demo`, for the window and for tests: rows, history, traces and
//! diary, and beside them what really happened.

mod truth;

use std::{
    collections::BTreeMap,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::TimeDelta;

use crate::{
    clock,
    codec::{
        chain_head_json::{self, Head, Signed},
        config_json, mtr_text,
        netlog_csv::{self, Link},
    },
    model::{
        config::{Config, SETTINGS},
        diary::PathChange,
        row::Row,
        time::Timestamp,
        trace::TracePurpose,
    },
    platform::files,
    simulation::{self, Episode, Plan, Traced, What},
    store::{
        StoreError,
        history::{Bounds, Diary, HistoryError, HistoryFile},
        log::{FILE_NAME, HEAD_NAME},
        trace_files::TraceFiles,
    },
};

/// Name of the file with what really happened.
pub const TRUTH_NAME: &str = "truth.json";
/// The computer that made it all, as it stands in traces.
const HOST_NAME: &str = "demo";
/// Text of traces that is written at once, in bytes.
const CHUNK: usize = 1 << 20;
/// Time on either side of an outage that the monitor pins.
const AROUND: TimeDelta = TimeDelta::minutes(10);
/// The time server of the made-up configuration; nobody asks it.
const TIME_SERVER: &str = "ntp.example.net";

/// Result of writing a demo: counts of rows and samples, and paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Rows in `netlog.csv`.
    pub n_rows: u64,
    /// Samples in `history.db`.
    pub n_samples: u64,
    /// The log.
    pub log: PathBuf,
    /// The file with what really happened.
    pub truth: PathBuf,
}

/// Reason for which a demo could not be written.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// There is a log in the folder.
    #[error("there is a log already, which stays as it is: choose another folder: {}", .0.display())]
    Taken(PathBuf),
    /// A file could not be written.
    #[error("cannot write {}", path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// Error of the system.
        #[source]
        source: io::Error,
    },
    /// A file of traces could not be.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The history could not be.
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// Writes everything into `dir`, which is made if need be. The same plan writes the same.
///
/// # Errors
///
/// When the folder holds a log already, or something cannot be written; then the folder holds a part of it.
pub fn write(dir: &Path, plan: &Plan) -> Result<Written, DemoError> {
    let log = dir.join(FILE_NAME);
    if log.exists() {
        return Err(DemoError::Taken(dir.to_owned()));
    }
    files::make_dir(dir).map_err(failed(dir))?;
    let episodes = simulation::episodes(plan);
    let files = write_traces(dir, plan, &episodes)?;
    let n_rows = write_log(&log, plan, &episodes, files).map_err(failed(&log))?;
    let n_samples = write_history(dir, plan, &episodes)?;
    let truth = dir.join(TRUTH_NAME);
    files::replace(&truth, format!("{:#}\n", truth::json(plan, &episodes)).as_bytes()).map_err(failed(&truth))?;
    Ok(Written { n_rows, n_samples, log, truth })
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> DemoError {
    move |source| DemoError::Io { path: path.to_owned(), source }
}

/// A file that a row names from this time on.
struct Filed {
    at: Timestamp,
    /// Puts its name into a row.
    put: fn(&mut Row, String),
    name: String,
}

/// Writes the files of traces, and tells which row is to name which.
fn write_traces(dir: &Path, plan: &Plan, episodes: &[Episode]) -> Result<Vec<Filed>, DemoError> {
    let files = TraceFiles::new(dir);
    let (mut filed, mut error) = (Vec::new(), None);
    let mut chunks: BTreeMap<String, String> = BTreeMap::new();
    let mut outages: Vec<(Timestamp, String, String)> = Vec::new();
    simulation::traces(plan, episodes, |Traced { episode, purpose, trace, changes }| {
        let (at, offset) = (trace.started.wall, clock::offset(trace.started.wall));
        if let Some(episode) = episode.filter(|_| purpose != TracePurpose::Intensive) {
            let part = mtr_text::outage_part(purpose, &trace, HOST_NAME, offset);
            match outages.last_mut().filter(|(since, ..)| *since == episode.from) {
                Some((.., text)) => text.push_str(&part),
                None => outages.push((episode.from, trace.name.clone(), part)),
            }
            return;
        }
        let put = if purpose == TracePurpose::Intensive {
            |row: &mut Row, name| row.intensive_traces.push(name)
        } else {
            |row: &mut Row, name| row.baseline_traces.push(name)
        };
        filed.push(Filed { at: trace.ended.wall, put, name: TraceFiles::mtr_log_name(&trace.name) });
        let chunk = chunks.entry(trace.name.clone()).or_default();
        chunk.push_str(&mtr_text::block(&trace, HOST_NAME, offset));
        chunk.push_str(&mtr_text::changes(&changes));
        if chunk.len() > CHUNK && error.is_none() {
            error = files.append_mtr(&trace.name, &std::mem::take(chunk), at).err();
        }
    });
    if let Some(error) = error {
        return Err(error.into());
    }
    for (name, chunk) in chunks {
        files.append_mtr(&name, &chunk, plan.end)?;
    }
    for (since, host, text) in outages {
        let name = files.write_trace(&host, &text, since)?;
        // Before the row that tells of the outage.
        filed.push(Filed { at: since + TimeDelta::milliseconds(500), put: |row, name| row.trace_file = name, name });
    }
    filed.sort_by_key(|filed| filed.at);
    Ok(filed)
}

fn write_log(log: &Path, plan: &Plan, episodes: &[Episode], files: Vec<Filed>) -> io::Result<u64> {
    let mut file = BufWriter::new(files::create_new(log)?);
    file.write_all(netlog_csv::header_line().as_bytes())?;
    let (mut n_rows, mut head, mut result) =
        (0, Head { at: plan.begin(), before: Link::START, link: Link::START, is_written: true }, Ok(()));
    let mut files = files.into_iter().peekable();
    simulation::rows(plan, episodes, |mut row| {
        while let Some(filed) = files.next_if(|filed| filed.at <= row.at) {
            (filed.put)(&mut row, filed.name);
        }
        let line = netlog_csv::render(&row, clock::local(row.at));
        let (line, link) = netlog_csv::chain(&line, head.link);
        head = Head { at: row.at, before: head.link, link, is_written: true };
        n_rows += 1;
        if result.is_ok() {
            result = file.write_all(line.as_bytes());
        }
    });
    result?;
    file.flush()?;
    // Nobody signs what is made up.
    files::replace(
        &log.with_file_name(HEAD_NAME),
        chain_head_json::render(&Signed { head, signature: None }).as_bytes(),
    )?;
    Ok(n_rows)
}

fn write_history(dir: &Path, plan: &Plan, episodes: &[Episode]) -> Result<u64, DemoError> {
    let mut file = HistoryFile::open(dir, plan.begin())?;
    let (mut n_samples, mut result) = (0, Ok(()));
    simulation::samples(plan, episodes, |key, readings| {
        n_samples += readings.len() as u64;
        if result.is_ok() {
            result = file.import(key, readings);
        }
    });
    result?;
    let config = Config { ntp_server: TIME_SERVER.to_owned(), ..Config::default() };
    let settings: Vec<(String, String)> =
        SETTINGS.iter().map(|setting| (setting.key.to_owned(), config_json::render(&setting.get(&config)))).collect();
    file.note_settings(&settings, plan.begin())?;
    for PathChange { at, host, hops } in simulation::path_changes(plan, episodes) {
        file.add_path_change(&PathChange { at, host, hops }, at)?;
    }
    for sample in simulation::clock_samples(plan, episodes) {
        file.add_clock_sample(&sample, sample.at)?;
    }
    let is_outage = |episode: &&Episode| {
        matches!(episode.what, What::Down(_)) && episode.until - episode.from >= TimeDelta::seconds(10)
    };
    for episode in episodes.iter().filter(is_outage) {
        file.pin((episode.from - AROUND, episode.until + AROUND), episode.until)?;
    }
    let diary = Diary::open(dir)?;
    for ticket in simulation::tickets(plan, episodes) {
        diary.add_ticket(&ticket)?;
    }
    for note in simulation::notes(episodes) {
        diary.add_note(&note)?;
    }
    drop(diary);
    file.prune(Bounds { age: Duration::MAX, bytes: u64::MAX }, plan.end)?;
    Ok(n_samples)
}
