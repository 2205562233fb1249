//! Part of the logs that is counted: options that several subcommands have.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use chrono::{NaiveDate, NaiveDateTime};

use super::zone::Zone;
use crate::{
    analysis::summary::Scope,
    clock,
    model::{opening_hours::OpeningHours, time::Timestamp, verdict::FaultDomain},
    store::logs,
};

/// Which logs, and what of them.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct CountArgs {
    /// Logs to read. Without it: every netlog*.csv in the log folder
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(super) csv: Vec<PathBuf>,
    /// Count nothing before this date or time: 2026-11-01, "2026-11-01 08:00", or with an offset
    #[arg(long, value_name = "TIME")]
    pub(super) from: Option<String>,
    /// Count nothing from this date or time on
    #[arg(long, value_name = "TIME")]
    pub(super) to: Option<String>,
    /// Count the last 7d, 24h, 90m alone
    #[arg(long, value_name = "LENGTH", value_parser = length_with_unit, conflicts_with = "from")]
    pub(super) last: Option<Duration>,
    /// Outages of this part alone: lan, access, isp, upstream, dns, ...
    #[arg(long, value_parser = domain)]
    pub(super) domain: Option<FaultDomain>,
    /// Outages at least this long: 30s, 5m, 1h
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    pub(super) min_duration: Option<Duration>,
    /// Time zone: local, UTC, or a name such as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "local")]
    pub(super) tz: Zone,
    /// Hours of the week that count alone: "Mon-Fri 8-18, Sat 9:30-13"
    #[arg(long, value_name = "HOURS")]
    pub(super) opening_hours: Option<OpeningHours>,
}

/// From when to when; `None` where the logs decide.
pub(super) type Bounds = (Option<Timestamp>, Option<Timestamp>);

impl CountArgs {
    /// The logs to read.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(super) fn files(&self, dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
        if let Some(folder) = self.csv.iter().find(|path| path.is_dir()) {
            bail!("--csv wants logs, and this is a folder, which --log-dir names: {}", folder.display());
        }
        if self.csv.is_empty() { in_folder(dir) } else { Ok(self.csv.clone()) }
    }

    /// Returns the part that is counted, between these times.
    pub(super) fn scope(&self, (from, to): Bounds, outage_after: Duration) -> Scope {
        Scope {
            from,
            to,
            domain: self.domain,
            min_duration: self.min_duration.unwrap_or_default(),
            opening_hours: self.opening_hours.clone(),
            outage_after,
            now: Some(clock::now().wall),
            local: self.tz.to_local(),
        }
    }

    /// From when to when.
    ///
    /// # Errors
    ///
    /// When a time is none, or the end is not after the beginning.
    pub(super) fn bounds(&self) -> anyhow::Result<Bounds> {
        let parse = |text: &Option<String>, option: &str| {
            let time = text.as_deref().map(|text| {
                time(text, &self.tz).with_context(|| {
                    format!(
                        "{option} {text:?} is no time: write 2026-11-01, \"2026-11-01 08:00\" or 2026-11-01T08:00:00+01:00"
                    )
                })
            });
            time.transpose()
        };
        let (from, to) = (parse(&self.from, "--from")?, parse(&self.to, "--to")?);
        let (from, to) = match self.last {
            None => (from, to),
            Some(last) => {
                let to = to.unwrap_or_else(|| clock::now().wall);
                let last = chrono::TimeDelta::from_std(last).unwrap_or(chrono::TimeDelta::MAX);
                (Some(to.checked_sub_signed(last).unwrap_or(Timestamp::UNIX_EPOCH)), Some(to))
            }
        };
        // No log is older, and none can be of the years after 2200.
        let end = Timestamp::UNIX_EPOCH + chrono::TimeDelta::days(84_000);
        let (from, to) = (
            from.map(|from| from.clamp(Timestamp::UNIX_EPOCH, end)),
            to.map(|to| to.clamp(Timestamp::UNIX_EPOCH, end)),
        );
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            bail!("--from is not before --to");
        }
        Ok((from, to))
    }
}

/// All logs of a folder.
///
/// # Errors
///
/// When there is none.
pub(super) fn in_folder(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let files = if dir.exists() { logs::find(dir)? } else { Vec::new() };
    if files.is_empty() {
        bail!(
            "there is no log yet: start \"netlog monitor\", or name a log with --csv or a folder with --log-dir: {}",
            dir.display()
        );
    }
    Ok(files)
}

/// A date, a date with a time, or a time with its own offset.
pub(super) fn time(text: &str, zone: &Zone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    let formats = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
    let times = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    zone.utc(times.or_else(date)?)
}

/// The same with a unit: the last 7 of what is a question.
fn length_with_unit(text: &str) -> Result<Duration, String> {
    if text.trim().ends_with(|c: char| c.is_ascii_digit()) {
        return Err(format!("{text:?} has no unit: write {0}d, {0}h or {0}m", text.trim()));
    }
    length(text)
}

/// `90s`, `5m`, `24h`, `7d`, `4w`; a bare number is seconds.
fn length(text: &str) -> Result<Duration, String> {
    let error = || format!("{text:?} is no length of time: write 30s, 5m, 24h, 7d or 4w");
    let text = text.trim();
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim() {
        "" | "s" | "sec" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        "w" => 604_800.0,
        _ => return Err(error()),
    };
    let number: f64 = number.parse().map_err(|_not_a_number| error())?;
    Duration::try_from_secs_f64(number * unit).map_err(|_too_long| error())
}

fn domain(text: &str) -> Result<FaultDomain, String> {
    text.parse().map_err(|_unknown| {
        let known: Vec<&str> = FaultDomain::ALL.iter().map(|domain| domain.as_str()).collect();
        format!("no such part: choose one of {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_units() {
        for (text, seconds) in [("30s", 30), ("90", 90), ("5m", 300), ("24h", 86_400), ("7d", 604_800), ("1.5 h", 5400)]
        {
            assert_eq!(Ok(Duration::from_secs(seconds)), length(text), "{text}");
        }
        for text in ["", "x", "-5m", "5 years", "1e99w"] {
            assert!(length(text).is_err(), "{text}");
        }
        assert_eq!(Ok(Duration::from_hours(168)), length_with_unit("7d"));
        assert!(length_with_unit("7").unwrap_err().contains("7d"));
    }

    #[test]
    fn times_are_local_unless_they_say_otherwise() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        for (text, utc) in [
            ("2026-11-01", "2026-10-31T23:00:00Z"),
            ("2026-07-01 08:00", "2026-07-01T06:00:00Z"),
            ("2026-07-01T08:00:30", "2026-07-01T06:00:30Z"),
            ("2026-07-01T08:00:00Z", "2026-07-01T08:00:00Z"),
        ] {
            assert_eq!(Some(utc.parse().unwrap()), time(text, &berlin), "{text}");
        }
        assert_eq!(None, time("yesterday", &berlin));
    }
}
