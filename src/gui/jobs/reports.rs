//! Reports and analyses of the logs, and whether the logs are as they were written.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{Datelike as _, Days, Months, NaiveDate, NaiveDateTime, NaiveTime};

use super::{Job, Jobs, chain};
use crate::{
    clock,
    codec::line_time,
    engine,
    evidence::{self, Request},
    gui::{
        reports::{Order, Period},
        text::T,
    },
    model::{config::Config, time::Timestamp},
    report::{
        self, Format,
        document::Document,
        input::Input,
        text::{self, Setting},
    },
    store::{
        logs, report_file,
        verify::{self, Verified},
    },
};

/// A report that was made: to look at, and to be written in any format.
pub(crate) struct Made {
    /// What it was made by.
    pub(crate) order: Order,
    pub(crate) document: Document,
    /// The figures of `netlog analyze`.
    pub(crate) figures: String,
    input: Input,
}

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotMade {
    /// A time was typed that is none.
    NoTime(String),
    /// The period ends before it begins.
    Backwards,
    /// The folder has no logs.
    NoLogs,
    /// What the system or the report says.
    Other(String),
}

/// From then on, and before then; `None` for as far as the logs go.
type Bounds = (Option<Timestamp>, Option<Timestamp>);

/// Makes a report.
pub(crate) fn make(jobs: &mut Jobs, order: Order, folder: PathBuf, config: Config) -> Job<Result<Arc<Made>, NotMade>> {
    jobs.start(T::JobReport, move |_| gather(order, &folder, config).map(Arc::new))
}

fn gather(order: Order, folder: &Path, config: Config) -> Result<Made, NotMade> {
    let now = clock::now().wall;
    let (from, to) = bounds(&order.period, clock::local(now))?;
    match logs::find(folder) {
        Ok(files) if files.is_empty() => return Err(NotMade::NoLogs),
        Err(error) if error.source.kind() == std::io::ErrorKind::NotFound => return Err(NotMade::NoLogs),
        // Whatever else there is is told by what reads them.
        Ok(_) | Err(_) => {}
    }
    let request = Request {
        from,
        to,
        lang: order.lang,
        profile: order.profile,
        redact: order.redact,
        own_key: engine::own_public_key(),
        ..Request::new(folder, config, now)
    };
    let (input, read) = evidence::gather(&request).map_err(|error| NotMade::Other(chain(&error)))?;
    if read.n_rows == 0 {
        return Err(NotMade::NoLogs);
    }
    let setting = Setting { n_skipped: read.n_skipped, local: &clock::local, zone: "" };
    let figures = text::render(&input.summary, &setting);
    Ok(Made { order, document: report::compose(&input), figures, input })
}

/// The times of a period. `now` is what the clock on the wall shows.
fn bounds(period: &Period, now: NaiveDateTime) -> Result<Bounds, NotMade> {
    let today = now.date();
    let at = |day: NaiveDate| clock::from_local(day.and_time(NaiveTime::MIN));
    let month = today.with_day(1).unwrap_or(today);
    let days = |n: u64| today.checked_sub_days(Days::new(n)).unwrap_or(today);
    Ok(match period {
        Period::Week => (at(days(6)), None),
        Period::Days30 => (at(days(29)), None),
        Period::ThisMonth => (at(month), None),
        Period::LastMonth => (at(month.checked_sub_months(Months::new(1)).unwrap_or(month)), at(month)),
        Period::All => (None, None),
        Period::Between(from, to) => {
            let (from, to) = (typed(from, today, false)?, typed(to, today, true)?);
            if from.zip(to).is_some_and(|(from, to)| from >= to) {
                return Err(NotMade::Backwards);
            }
            (from, to)
        }
    })
}

/// A time that was typed; nothing typed is as far as the logs go. A day alone as an end is that whole day.
fn typed(text: &str, today: NaiveDate, is_end: bool) -> Result<Option<Timestamp>, NotMade> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let no_time = || NotMade::NoTime(text.trim().to_owned());
    let mut at = line_time::typed(text, today).ok_or_else(no_time)?;
    if is_end && !text.contains(':') {
        at = at.checked_add_days(Days::new(1)).ok_or_else(no_time)?;
    }
    clock::from_local(at).map(Some).ok_or_else(no_time)
}

/// Asks for a file and writes a report to it. `None` when the user thinks better of it.
pub(crate) fn save(jobs: &mut Jobs, made: Arc<Made>, format: Format) -> Job<Option<Result<PathBuf, String>>> {
    jobs.start(T::JobSave, move |_| {
        let stamp = clock::local(clock::now().wall).format("%Y-%m-%d");
        let name = format!("network_report_{stamp}.{}", format.extension());
        let dialog = rfd::FileDialog::new().set_file_name(name);
        let path = dialog.add_filter(format.as_str(), &[format.extension()]).save_file()?;
        Some(write(&made, format, path))
    })
}

fn write(made: &Made, format: Format, path: PathBuf) -> Result<PathBuf, String> {
    let bytes = report::render(&made.input, format).map_err(|error| chain(&error))?;
    report_file::replace(&path, &bytes).map_err(|error| chain(&error))?;
    Ok(path)
}

/// Whether logs are as they were written.
pub(crate) struct Checked {
    /// The folder.
    pub(crate) folder: PathBuf,
    pub(crate) result: Result<Findings, String>,
}

/// What was found.
pub(crate) struct Findings {
    /// Rows that are as they were written.
    pub(crate) n_rows: u64,
    /// What is not as it was, in words.
    pub(crate) faults: Vec<String>,
    /// What cannot be vouched for.
    pub(crate) notes: Vec<String>,
    /// When the last row was written, and whether that is signed.
    pub(crate) head: Option<(Timestamp, bool)>,
}

impl From<Verified> for Findings {
    fn from(verified: Verified) -> Self {
        let words = |findings: Vec<verify::Finding>| findings.iter().map(ToString::to_string).collect();
        Self {
            n_rows: verified.n_rows,
            faults: words(verified.findings),
            notes: words(verified.notes),
            head: verified.head.map(|(at, key)| (at, key.is_some())),
        }
    }
}

/// Verifies the logs of a folder. Those of `own` must be signed by this user.
pub(crate) fn check(jobs: &mut Jobs, folder: PathBuf, own: bool) -> Job<Checked> {
    jobs.start(T::JobVerify, move |_| {
        // A file that was dropped stands for its folder.
        let folder = if folder.is_dir() { folder } else { folder.parent().unwrap_or(&folder).to_owned() };
        let key = if own { engine::own_public_key() } else { None };
        let result = verify::verify(&folder, key.as_deref()).map(Findings::from).map_err(|error| chain(&error));
        Checked { folder, result }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(period: &Period) -> (Option<NaiveDateTime>, Option<NaiveDateTime>) {
        let (from, to) = bounds(period, "2026-03-15T14:30:00".parse().unwrap()).unwrap();
        (from.map(clock::local), to.map(clock::local))
    }

    #[expect(clippy::unnecessary_wraps, reason = "it stands beside what may be none")]
    fn day(text: &str) -> Option<NaiveDateTime> {
        Some(format!("{text}T00:00:00").parse().unwrap())
    }

    #[test]
    fn periods_begin_with_whole_days() {
        assert_eq!((day("2026-03-09"), None), local(&Period::Week));
        assert_eq!((day("2026-02-14"), None), local(&Period::Days30));
        assert_eq!((day("2026-03-01"), None), local(&Period::ThisMonth));
        assert_eq!((day("2026-02-01"), day("2026-03-01")), local(&Period::LastMonth));
        assert_eq!((None, None), local(&Period::All));
        let between = |from: &str, to: &str| Period::Between(from.into(), to.into());
        assert_eq!((day("2026-02-03"), day("2026-02-05")), local(&between("2026-02-03", "4.2.2026")));
        assert_eq!((None, Some("2026-02-04T12:00:00".parse().unwrap())), local(&between(" ", "2026-02-04 12:00")));
    }

    #[test]
    fn times_that_are_none_are_named() {
        let fault = |from: &str, to: &str| {
            bounds(&Period::Between(from.into(), to.into()), "2026-03-15T14:30:00".parse().unwrap()).unwrap_err()
        };
        assert_eq!(NotMade::NoTime("soon".into()), fault("soon", ""));
        assert_eq!(NotMade::Backwards, fault("2026-02-05", "2026-02-03"));
    }

    #[test]
    fn a_folder_without_logs_makes_no_report() {
        let dir = tempfile::tempdir().unwrap();
        let order = Order::default();
        assert_eq!(Some(NotMade::NoLogs), gather(order, dir.path(), Config::default()).err());
    }
}
