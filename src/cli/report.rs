//! `netlog report`: what the logs of a period amount to, with everything it rests on.

use std::{io::Write, path::PathBuf, process::ExitCode, time::Duration};

use super::{
    FINE, Global,
    analyze::{self, Answer},
    global,
    pack::{self, Order, Report},
    zone::Zone,
};
use crate::{
    analysis::summary::{Scope, Summariser},
    model::{summary::Summary, time::Timestamp},
    report::text::{self, Setting},
    store::logs::{self, Read},
};

/// Options of `netlog report`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  netlog report --pack november.zip --from 2026-11-01 --to 2026-12-01
  netlog report --pack week.zip --last 7d --redact   without what identifies you

Whoever gets the pack checks it with \"netlog verify november.zip\", or without
this program as README.txt in it says.

Exit codes: 0 written, 2 it could not be.")]
pub(super) struct ReportArgs {
    /// Write an evidence pack into this file: reports, rows, traces, facts and settings of the period, signed
    #[arg(long, value_name = "FILE")]
    pack: PathBuf,
    /// Begin with this date or time: 2026-11-01, "2026-11-01 08:00", or with an offset
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// End before this date or time
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// The last 7d, 24h, 90m alone
    #[arg(long, value_name = "LENGTH", value_parser = analyze::length, conflicts_with = "from")]
    last: Option<Duration>,
    /// Time zone: local, UTC, or a name such as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "local")]
    tz: Zone,
    /// Take out what identifies somebody: public addresses, hardware addresses, names of hosts, users and networks
    #[arg(long)]
    redact: bool,
}

pub(super) fn run(args: &ReportArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let loaded = global::load(global)?;
    let files = analyze::in_folder(&loaded.log_dir.path)?;
    let period = analyze::bounds(args.from.as_deref(), args.to.as_deref(), args.last, args.tz)?;
    let (summary, read) = summary(&files, period, loaded.config.outage_after_sec, args.tz)?;
    let redactor = args.redact.then(pack::redactor);
    let order = Order { path: &args.pack, period, zone: args.tz, reports: reports(&summary, &read, args.tz), redactor };
    pack::run(order, &loaded, out)?;
    Ok(ExitCode::from(FINE))
}

fn summary(
    files: &[PathBuf],
    (from, to): (Option<Timestamp>, Option<Timestamp>),
    outage_after: Duration,
    tz: Zone,
) -> anyhow::Result<(Summary, Read)> {
    let scope = || Scope {
        from,
        to,
        domain: None,
        min_duration: Duration::ZERO,
        opening_hours: None,
        outage_after,
        local: tz.to_local(),
    };
    let new = || Summariser::new(scope());
    let (summariser, read) = logs::read(files, new, |summariser, row, repeats| {
        summariser.take(row, repeats);
    })?;
    Ok((summariser.finish(), read))
}

/// The reports of a pack with their names.
fn reports(summary: &Summary, read: &Read, tz: Zone) -> Vec<(String, Report)> {
    let local = tz.to_local();
    let setting = Setting { n_skipped: read.n_skipped, local: &*local, zone: &tz.to_string() };
    let text = text::render(summary, &setting).into_bytes();
    let mut json = serde_json::to_value(Answer::new(summary, read, tz)).unwrap_or_default();
    if let Some(object) = json.as_object_mut() {
        // Where the logs lay is nobody's business; they are in the pack.
        object.remove("files");
    }
    vec![
        ("report.txt".into(), Report::Text(text)),
        ("summary.json".into(), Report::Text(format!("{json:#}\n").into_bytes())),
    ]
}
