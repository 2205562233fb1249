//! Reports and analyses of the logs, and whether the logs are as they were written.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{Datelike as _, Days, Months, NaiveDate, NaiveDateTime, NaiveTime};

use super::{
    Job, Jobs, Progress, chain, files,
    findings::{self, Checked, Findings, Said},
};
use crate::{
    clock,
    codec::{line_time, pack_json::MANIFEST},
    engine,
    evidence::{self, Request, pack},
    gui::text::T,
    model::{config::Config, time::Timestamp},
    report::{
        self, Format,
        document::Document,
        input::{Input, Profile},
        lang::Lang,
        text::{self, Setting},
    },
    store::{key::NoKey, logs, report_file, verify},
};

/// The period of a report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum ReportPeriod {
    Week,
    #[default]
    Days30,
    ThisMonth,
    LastMonth,
    All,
    /// From and to, as they were typed.
    Between(String, String),
}

/// Choices that a report is made by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ReportOrder {
    pub(crate) period: ReportPeriod,
    pub(crate) profile: Profile,
    pub(crate) lang: Lang,
    /// Without names and public addresses.
    pub(crate) redact: bool,
}

/// A report that was made: to look at, and to be written in any format.
pub(crate) struct Made {
    pub(crate) document: Document,
    /// The figures of `netlog analyze`.
    pub(crate) figures: String,
    input: Input,
}

/// Reason why there is no report or pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotMade {
    /// A time was typed that is none.
    NoTime(String),
    /// The period ends before it begins.
    Backwards,
    /// The folder has no logs.
    NoLogs,
    /// There is nothing to sign with.
    NoKey,
    /// A file of this name is something else than a pack.
    Taken,
    /// Any other reason, in the words of the system or of the report.
    Other(String),
}

/// From then on, and before then; `None` for as far as the logs go.
type Bounds = (Option<Timestamp>, Option<Timestamp>);

/// Makes a report.
pub(crate) fn make(
    jobs: &mut Jobs,
    order: ReportOrder,
    folder: PathBuf,
    config: Config,
) -> Job<Result<Arc<Made>, NotMade>> {
    jobs.start(T::JobReport, move |_| gather(&order, &folder, config).map(Arc::new))
}

/// Returns the request of the order, for logs that are there.
fn request(order: &ReportOrder, folder: &Path, config: Config) -> Result<Request, NotMade> {
    let now = clock::now().wall;
    let (from, to) = bounds(&order.period, clock::local(now))?;
    match logs::find(folder) {
        Ok(files) if files.is_empty() => return Err(NotMade::NoLogs),
        Err(error) if error.source.kind() == std::io::ErrorKind::NotFound => return Err(NotMade::NoLogs),
        // Whatever else there is is told by what reads them.
        Ok(_) | Err(_) => {}
    }
    Ok(Request {
        from,
        to,
        lang: order.lang,
        profile: order.profile,
        redact: order.redact,
        own_key: engine::own_public_key(),
        ..Request::new(folder, config, now)
    })
}

fn gather(order: &ReportOrder, folder: &Path, config: Config) -> Result<Made, NotMade> {
    let request = request(order, folder, config)?;
    let (input, read) = evidence::gather(&request).map_err(|error| NotMade::Other(chain(&error)))?;
    if read.n_rows == 0 {
        return Err(NotMade::NoLogs);
    }
    let setting = Setting { n_skipped: read.n_skipped, local: &clock::local, zone: "", limits: &input.limits };
    let figures = text::render(&input.summary, &setting);
    Ok(Made { document: report::compose(&input), figures, input })
}

/// The times of a period. `now` is what the clock on the wall shows.
fn bounds(period: &ReportPeriod, now: NaiveDateTime) -> Result<Bounds, NotMade> {
    let today = now.date();
    let at = |day: NaiveDate| clock::from_local(day.and_time(NaiveTime::MIN));
    let month = today.with_day(1).unwrap_or(today);
    let days = |n: u64| today.checked_sub_days(Days::new(n)).unwrap_or(today);
    Ok(match period {
        ReportPeriod::Week => (at(days(6)), None),
        ReportPeriod::Days30 => (at(days(29)), None),
        ReportPeriod::ThisMonth => (at(month), None),
        ReportPeriod::LastMonth => (at(month.checked_sub_months(Months::new(1)).unwrap_or(month)), at(month)),
        ReportPeriod::All => (None, None),
        ReportPeriod::Between(from, to) => {
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
        let path = files::ask_where(&name, format.extension())?;
        Some(write(&made, format, path))
    })
}

fn write(made: &Made, format: Format, path: PathBuf) -> Result<PathBuf, String> {
    let bytes = report::render(&made.input, format).map_err(|error| chain(&error))?;
    report_file::replace(&path, &bytes).map_err(|error| chain(&error))?;
    Ok(path)
}

/// A pack that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) path: PathBuf,
    pub(crate) made: pack::Made,
}

/// Asks for a file and makes an evidence pack. `None` when the user thinks better of it, before or meanwhile.
pub(crate) fn pack(
    jobs: &mut Jobs,
    order: ReportOrder,
    folder: PathBuf,
    config: Config,
) -> Job<Option<Result<Packed, NotMade>>> {
    jobs.start(T::JobPack, move |progress| {
        let stamp = clock::local(clock::now().wall).format("%Y-%m-%d");
        let path = files::ask_where(&format!("network_evidence_{stamp}.zip"), "zip")?;
        pack_into(&order, &folder, config, path, progress).transpose()
    })
}

/// Makes a pack of this name. `None` when the user thinks better of it.
fn pack_into(
    order: &ReportOrder,
    folder: &Path,
    config: Config,
    path: PathBuf,
    progress: &Progress,
) -> Result<Option<Packed>, NotMade> {
    let request = request(order, folder, config)?;
    let key = match engine::signing_key() {
        Ok(key) => key,
        Err(NoKey::NoHome) => return Err(NotMade::NoKey),
        Err(why) => return Err(NotMade::Other(format!("{why}; {}", why.remedy()))),
    };
    let made = pack::make(&request, &path, Some(&key), &mut |so_far| {
        progress.set(so_far.share);
        if progress.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    match made {
        Ok(made) => Ok(Some(Packed { path, made })),
        Err(pack::NotMade::Cancelled) => Ok(None),
        Err(pack::NotMade::NoKey) => Err(NotMade::NoKey),
        Err(pack::NotMade::Taken(_)) => Err(NotMade::Taken),
        Err(other) => Err(NotMade::Other(chain(&other))),
    }
}

/// Logs or pack to be verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// The logs of this window's folder, which must be signed by this user.
    Own,
    /// An evidence pack, or a folder of logs, or a log.
    File(PathBuf),
    /// File that the user chooses.
    Asked,
}

/// Verifies logs or a pack; `Ok(None)` when the user thinks better of it.
pub(crate) fn check(jobs: &mut Jobs, what: What, own: PathBuf) -> Job<Result<Option<Checked>, files::NoDialog>> {
    jobs.start(T::JobVerify, move |_| {
        let (path, is_own) = match what {
            What::Own => (own, true),
            What::File(path) => (path, false),
            What::Asked => match files::ask_which("zip")? {
                Some(path) => (path, false),
                None => return Ok(None),
            },
        };
        let result = look(&path, is_own);
        Ok(Some(Checked { path, result }))
    })
}

fn look(path: &Path, is_own: bool) -> Result<Findings, Said> {
    if path.is_dir() {
        if path.join(MANIFEST).is_file() {
            return Err(T::CheckUnpacked.into());
        }
        let key = if is_own { engine::own_public_key() } else { None };
        return match verify::verify_kept(path, key.as_deref(), evidence::kept(path).as_ref()) {
            Ok(verified) => Ok(verified.into()),
            Err(error) => Err(Said { text: T::CheckFailed, parts: vec![chain(&error)] }),
        };
    }
    // A log stands for its folder.
    let is_log = path.extension().is_some_and(|extension| ["csv", "log"].iter().any(|one| extension == *one));
    if let (true, Some(folder)) = (is_log, path.parent()) {
        return look(folder, is_own);
    }
    match pack::verify(path, None) {
        Ok(verified) => Ok(Findings::of_pack(verified, engine::own_public_key().as_deref())),
        Err(why) => Err(findings::refused(&why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(period: &ReportPeriod) -> (Option<NaiveDateTime>, Option<NaiveDateTime>) {
        let (from, to) = bounds(period, "2026-03-15T14:30:00".parse().unwrap()).unwrap();
        (from.map(clock::local), to.map(clock::local))
    }

    #[expect(clippy::unnecessary_wraps, reason = "it stands beside what may be none")]
    fn day(text: &str) -> Option<NaiveDateTime> {
        Some(format!("{text}T00:00:00").parse().unwrap())
    }

    #[test]
    fn periods_begin_with_whole_days() {
        assert_eq!((day("2026-03-09"), None), local(&ReportPeriod::Week));
        assert_eq!((day("2026-02-14"), None), local(&ReportPeriod::Days30));
        assert_eq!((day("2026-03-01"), None), local(&ReportPeriod::ThisMonth));
        assert_eq!((day("2026-02-01"), day("2026-03-01")), local(&ReportPeriod::LastMonth));
        assert_eq!((None, None), local(&ReportPeriod::All));
        let between = |from: &str, to: &str| ReportPeriod::Between(from.into(), to.into());
        assert_eq!((day("2026-02-03"), day("2026-02-05")), local(&between("2026-02-03", "4.2.2026")));
        assert_eq!((None, Some("2026-02-04T12:00:00".parse().unwrap())), local(&between(" ", "2026-02-04 12:00")));
    }

    #[test]
    fn times_that_are_none_are_named() {
        let fault = |from: &str, to: &str| {
            bounds(&ReportPeriod::Between(from.into(), to.into()), "2026-03-15T14:30:00".parse().unwrap()).unwrap_err()
        };
        assert_eq!(NotMade::NoTime("soon".into()), fault("soon", ""));
        assert_eq!(NotMade::Backwards, fault("2026-02-05", "2026-02-03"));
    }

    #[test]
    fn a_folder_without_logs_makes_no_report() {
        let dir = tempfile::tempdir().unwrap();
        let order = ReportOrder::default();
        assert_eq!(Some(NotMade::NoLogs), gather(&order, dir.path(), Config::default()).err());
    }

    #[test]
    fn a_pack_is_made_verified_and_found_changed() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("logs");
        std::fs::create_dir(&folder).unwrap();
        let row = "2025-10-02 10:00:00,2025-10-02T10:00:00+00:00,0.34,4/4,1,1,1,1,OK,,,,,,,,\r\n";
        let header = "local_timestamp,utc_timestamp,gateway_ms,targets_reachable,dns_ok,http_dns_ok,http_ip_ok,tcp443_ok,overall_status,trace_file,intensive_trace_bundle,wan_diag_file,root_cause_hint,isp_reachable,isp_tcp_ok,baseline_mtr_bundle,isp_detail\r\n";
        std::fs::write(folder.join("netlog.csv"), format!("{header}{row}")).unwrap();
        let order = ReportOrder { period: ReportPeriod::All, ..ReportOrder::default() };
        let path = dir.path().join("pack.zip");
        let progress = Progress::default();
        let packed = pack_into(&order, &folder, Config::default(), path.clone(), &progress).unwrap().unwrap();
        assert!(packed.made.n_files > 4 && progress.share().is_some());
        let found = look(&path, false).unwrap();
        let facts = found.pack.unwrap();
        assert_eq!((pack::Standing::Unchanged, true, 0), (facts.standing, facts.is_own, found.faults.len()));
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert!(!look(&path, false).unwrap().faults.is_empty());
        std::fs::write(&path, "no pack").unwrap();
        assert_eq!(Some(T::CheckNoArchive), look(&path, false).err().map(|why| why.text));
        let taken = pack_into(&order, &folder, Config::default(), path, &progress);
        assert_eq!(Err(NotMade::Taken), taken);
        progress.cancel();
        let cancelled = pack_into(&order, &folder, Config::default(), dir.path().join("other.zip"), &progress);
        assert_eq!(Ok(None), cancelled);
        assert!(!dir.path().join("other.zip").exists());
    }
}
