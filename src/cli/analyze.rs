//! `netlog analyze`: what the logs of a folder amount to.

use std::{
    borrow::Cow,
    io::{BufWriter, Write},
    process::ExitCode,
};

use chrono::{NaiveDateTime, SecondsFormat};
use serde::Serialize;
use serde_json::json;

use super::{BAD, COULD_NOT, FINE, Global, count::CountArgs, global};
use crate::{
    analysis::summary::Summariser,
    clock,
    codec::summary_json::SummaryJson,
    evidence::{self, path_changes, segments},
    model::{summary::Summary, time::Timestamp},
    report::{
        lang::Lang,
        text::{self, Setting},
    },
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
    #[command(flatten)]
    count: CountArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &AnalyzeArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let loaded = global::load(global)?;
    let files = args.count.files(&loaded.log_dir.path)?;
    let bounds = args.count.bounds()?;
    let outage_after = loaded.config.outage_after_sec;
    let (summariser, read) = logs::read_at(
        clock::now().wall,
        &files,
        || Summariser::new(args.count.scope(bounds, outage_after)),
        |summariser, row, repeats| {
            summariser.take(row, repeats);
        },
    )?;
    let mut summary = summariser.finish();
    if args.count.csv.is_empty() {
        summary.path_changes = path_changes::find(&loaded.log_dir.path, bounds.0, bounds.1);
        segments::complete(&loaded.log_dir.path, &mut summary, args.count.opening_hours.is_none());
    }
    if args.json {
        let mut out = BufWriter::new(out);
        serde_json::to_writer(&mut out, &Answer::new(&summary, &read, args))?;
        writeln!(out)?;
        out.flush()?;
    } else {
        let local = args.count.tz.to_local();
        let (count, zone) = (&args.count, args.count.tz.to_string());
        let least = count.min_duration.unwrap_or_default();
        let limits = evidence::limits(count.domain, least, count.opening_hours.as_ref(), Lang::En);
        let setting = Setting { n_skipped: read.n_skipped, local: &*local, zone: &zone, limits: &limits };
        write!(out, "{}", text::render(&summary, &setting))?;
        say_read(&read, &summary, &*local, out)?;
    }
    let is_unreadable = read.n_rows == 0 && read.n_skipped > 0;
    Ok(ExitCode::from(if is_unreadable {
        COULD_NOT
    } else if summary.outages.is_empty() {
        FINE
    } else {
        BAD
    }))
}

/// Writes the result of reading in words, if there is anything to say.
fn say_read(
    read: &Read,
    summary: &Summary,
    local: &dyn Fn(Timestamp) -> NaiveDateTime,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
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
    if read.n_unread > 0 {
        writeln!(out, "\n=== Fields that could not be read and are not known: {} ===", read.n_unread)?;
    }
    for (path, line, unread) in &read.unread {
        writeln!(out, "  {}: line {line}: {}: {:?}", path.display(), unread.column, unread.text)?;
    }
    let named = read.unread.len() as u64;
    if read.n_unread > named {
        writeln!(out, "  and {} more", read.n_unread - named)?;
    }
    if !read.put_aside.is_empty() {
        writeln!(out, "\n=== Rows not counted, because their times cannot be right ===")?;
    }
    for rows in &read.put_aside {
        let shown = |at| local(at).format("%Y-%m-%d %H:%M:%S");
        let (first, last) = (shown(rows.first), shown(rows.last));
        writeln!(out, "  {}: {} rows, {first} -> {last}", rows.file.display(), rows.n_rows)?;
    }
    if read.is_odd {
        writeln!(
            out,
            "\nWarning: the times of all rows cannot be right: the clock of the computer that measured was not set."
        )?;
    }
    if let Some(found) = summary.disagreement {
        writeln!(
            out,
            "\nWarning: logs contradict each other: by {} of {} rows the line worked while another log says that it was \
             down. If they are of two lines, analyze each alone, with --csv.",
            found.n_contradicting, found.n_compared
        )?;
    }
    if read.n_doubled > 0 {
        writeln!(out, "Rows that were there twice and counted once: {}", read.n_doubled)?;
    }
    if read.n_unknown_words > 0 {
        writeln!(out, "Words of a newer version that are not understood here: {}", read.n_unknown_words)?;
    }
    Ok(())
}

/// Result as `--json` prints it.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    summary: SummaryJson<'a>,
    skipped_lines: u64,
    skipped: Vec<serde_json::Value>,
    unread_fields: u64,
    unread: Vec<serde_json::Value>,
    put_aside: Vec<serde_json::Value>,
    odd_times: bool,
    doubled_rows: u64,
    was_unsorted: bool,
    tz: String,
    files: Vec<Cow<'a, str>>,
}

impl<'a> Answer<'a> {
    fn new(summary: &'a Summary, read: &'a Read, args: &AnalyzeArgs) -> Self {
        let skipped = read.skipped.iter().map(|(path, error)| {
            json!({ "file": path.to_string_lossy(), "line": error.line, "problem": error.problem.to_string() })
        });
        let unread = read.unread.iter().map(|(path, line, unread)| {
            json!({ "file": path.to_string_lossy(), "line": line, "column": unread.column, "text": unread.text })
        });
        let time = |at: Timestamp| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let put_aside = read.put_aside.iter().map(|rows| {
            let (first, last) = (time(rows.first), time(rows.last));
            json!({ "file": rows.file.to_string_lossy(), "rows": rows.n_rows, "first": first, "last": last })
        });
        Self {
            summary: SummaryJson(summary),
            skipped_lines: read.n_skipped,
            skipped: skipped.collect(),
            unread_fields: read.n_unread,
            unread: unread.collect(),
            put_aside: put_aside.collect(),
            odd_times: read.is_odd,
            doubled_rows: read.n_doubled,
            was_unsorted: read.was_unsorted,
            tz: args.count.tz.to_string(),
            files: read.files.iter().map(|path| path.to_string_lossy()).collect(),
        }
    }
}
