//! `netlog analyze`: what the logs of a folder amount to.

use std::{
    borrow::Cow,
    io::{BufWriter, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, bail};
use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;
use serde_json::json;

use super::{BAD, FINE, Global, global, path_changes, zone::Zone};
use crate::{
    analysis::summary::{Scope, Summariser},
    clock,
    codec::summary_json::SummaryJson,
    model::{opening_hours::OpeningHours, summary::Summary, time::Timestamp, verdict::FaultDomain},
    report::text::{self, Setting},
    store::logs::{self, Read},
};

/// Options of `netlog analyze`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = "\
Examples:
  netlog analyze                                   everything in the log folder
  netlog analyze --last 7d --min-duration 1m       outages of a minute or more in the last week
  netlog analyze --from 2026-11-01 --to 2026-12-01 --tz Europe/Berlin
  netlog analyze --opening-hours \"Mon-Fri 8-18\"    working hours alone
  netlog analyze --csv old/netlog.csv --json       a log of the original, for a program

Exit codes: 0 no outage, 1 outages, 2 the logs could not be read.")]
pub(super) struct AnalyzeArgs {
    /// Logs to read. Without it: every netlog*.csv in the log folder
    #[arg(long, value_name = "FILE", num_args = 1..)]
    csv: Vec<PathBuf>,
    /// Count nothing before this date or time: 2026-11-01, "2026-11-01 08:00", or with an offset
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Count nothing from this date or time on
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Count the last 7d, 24h, 90m alone
    #[arg(long, value_name = "LENGTH", value_parser = length, conflicts_with = "from")]
    last: Option<Duration>,
    /// Outages of this part alone: lan, access, isp, upstream, dns, ...
    #[arg(long, value_parser = domain)]
    domain: Option<FaultDomain>,
    /// Outages at least this long: 30s, 5m, 1h
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    min_duration: Option<Duration>,
    /// Time zone: local, UTC, or a name such as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "local")]
    tz: Zone,
    /// Hours of the week that count alone: "Mon-Fri 8-18, Sat 9:30-13"
    #[arg(long, value_name = "HOURS")]
    opening_hours: Option<OpeningHours>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &AnalyzeArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let loaded = global::load(global)?;
    let files = if args.csv.is_empty() { in_folder(&loaded.log_dir.path)? } else { args.csv.clone() };
    let (from, to) = bounds(args.from.as_deref(), args.to.as_deref(), args.last, args.tz)?;
    let outage_after = loaded.config.outage_after_sec;
    let scope = || Scope {
        from,
        to,
        domain: args.domain,
        min_duration: args.min_duration.unwrap_or_default(),
        opening_hours: args.opening_hours.clone(),
        outage_after,
        local: args.tz.to_local(),
    };
    let (summariser, read) = logs::read(
        &files,
        || Summariser::new(scope()),
        |summariser, row, repeats| {
            summariser.take(row, repeats);
        },
    )?;
    let mut summary = summariser.finish();
    if args.csv.is_empty() {
        summary.path_changes = path_changes::find(&loaded.log_dir.path, from, to);
    }
    if args.json {
        let mut out = BufWriter::new(out);
        serde_json::to_writer(&mut out, &Answer::new(&summary, &read, args.tz))?;
        writeln!(out)?;
        out.flush()?;
    } else {
        let local = args.tz.to_local();
        let setting = Setting { n_skipped: read.n_skipped, local: &*local, zone: &args.tz.to_string() };
        write!(out, "{}", text::render(&summary, &setting))?;
        say_read(&read, out)?;
    }
    Ok(ExitCode::from(if summary.outages.is_empty() { FINE } else { BAD }))
}

/// The logs of a folder.
pub(super) fn in_folder(dir: &std::path::Path) -> anyhow::Result<Vec<PathBuf>> {
    let files = if dir.exists() { logs::find(dir)? } else { Vec::new() };
    if files.is_empty() {
        bail!(
            "there is no log yet: start \"netlog monitor\", or name a log with --csv or a folder with --log-dir: {}",
            dir.display()
        );
    }
    Ok(files)
}

/// What reading came to, in words, if there is anything to say.
fn say_read(read: &Read, out: &mut dyn Write) -> anyhow::Result<()> {
    if read.n_skipped > 0 {
        writeln!(out, "\n=== Lines left out: {} ===", read.n_skipped)?;
    }
    for (path, error) in &read.skipped {
        writeln!(out, "  {}: {error}", path.display())?;
    }
    let named = read.skipped.len() as u64;
    if read.n_skipped > named {
        writeln!(out, "  and {} more", read.n_skipped - named)?;
    }
    if read.n_doubled > 0 {
        writeln!(out, "Rows that were there twice and counted once: {}", read.n_doubled)?;
    }
    if read.n_unknown_words > 0 {
        writeln!(out, "Words of a newer version that are not understood here: {}", read.n_unknown_words)?;
    }
    Ok(())
}

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct Answer<'a> {
    #[serde(flatten)]
    summary: SummaryJson<'a>,
    skipped_lines: u64,
    skipped: Vec<serde_json::Value>,
    doubled_rows: u64,
    was_unsorted: bool,
    tz: String,
    files: Vec<Cow<'a, str>>,
}

impl<'a> Answer<'a> {
    pub(super) fn new(summary: &'a Summary, read: &'a Read, tz: Zone) -> Self {
        let skipped = read.skipped.iter().map(|(path, error)| {
            json!({ "file": path.to_string_lossy(), "line": error.line, "problem": error.problem.to_string() })
        });
        Self {
            summary: SummaryJson(summary),
            skipped_lines: read.n_skipped,
            skipped: skipped.collect(),
            doubled_rows: read.n_doubled,
            was_unsorted: read.was_unsorted,
            tz: tz.to_string(),
            files: read.files.iter().map(|path| path.to_string_lossy()).collect(),
        }
    }
}

/// The period that the options `--from`, `--to` and `--last` mean.
pub(super) fn bounds(
    from: Option<&str>,
    to: Option<&str>,
    last: Option<Duration>,
    tz: Zone,
) -> anyhow::Result<(Option<Timestamp>, Option<Timestamp>)> {
    let parse = |text: Option<&str>, option: &str| {
        let time = text.map(|text| {
            time(text, tz).with_context(|| {
                format!(
                    "{option} {text:?} is no time: write 2026-11-01, \"2026-11-01 08:00\" or 2026-11-01T08:00:00+01:00"
                )
            })
        });
        time.transpose()
    };
    let (from, to) = (parse(from, "--from")?, parse(to, "--to")?);
    let (from, to) = match last {
        None => (from, to),
        Some(last) => {
            let to = to.unwrap_or_else(|| clock::now().wall);
            let last = chrono::TimeDelta::from_std(last).unwrap_or(chrono::TimeDelta::MAX);
            (Some(to.checked_sub_signed(last).unwrap_or(Timestamp::UNIX_EPOCH)), Some(to))
        }
    };
    // No log is older, and none can be of the years after 2200.
    let end = Timestamp::UNIX_EPOCH + chrono::TimeDelta::days(84_000);
    let (from, to) =
        (from.map(|from| from.clamp(Timestamp::UNIX_EPOCH, end)), to.map(|to| to.clamp(Timestamp::UNIX_EPOCH, end)));
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        bail!("--from is not before --to");
    }
    Ok((from, to))
}

/// A date, a date with a time, or a time with its own offset.
pub(super) fn time(text: &str, zone: Zone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    let formats = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
    let times = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    zone.utc(times.or_else(date)?)
}

/// `90s`, `5m`, `24h`, `7d`, `4w`; a bare number is seconds.
pub(super) fn length(text: &str) -> Result<Duration, String> {
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
            assert_eq!(Some(utc.parse().unwrap()), time(text, berlin), "{text}");
        }
        assert_eq!(None, time("yesterday", berlin));
    }
}
