//! `netlog demo`: a made-up log of a month, with what really happened beside it.

use std::{io::Write, path::PathBuf, process::ExitCode, time::Duration};

use chrono::Timelike as _;

use super::{FINE, Global};
use crate::{
    clock,
    demo::{self, Written},
    model::time::Timestamp,
    simulation::Plan,
    store::history,
};

/// Options of `netlog demo`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  netlog demo --out demo                      a month that ends today
  netlog demo --days 7 --seed 3 --out week    another week
  netlog analyze --log-dir demo               what it amounts to
  netlog verify demo")]
pub(super) struct DemoArgs {
    /// Days to make up
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3660))]
    days: u32,
    /// Another number makes up another time
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder to write into; it must not hold a log
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// When the time ends: a time such as 2026-11-01T00:00:00Z. Without it: the full hour before now
    #[arg(long, value_name = "TIME")]
    to: Option<Timestamp>,
}

pub(super) fn run(args: &DemoArgs, _global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let now = clock::now().wall;
    let full_hour = || now.with_minute(0)?.with_second(0)?.with_nanosecond(0);
    let end = args.to.or_else(full_hour).unwrap_or(now);
    let plan = Plan { end, length: Duration::from_hours(24) * args.days, seed: args.seed };
    let written = demo::write(&args.out, &plan)?;
    let Written { n_rows, n_samples, log, truth } = &written;
    writeln!(out, "{n_rows} rows of {} days are in {}", args.days, log.display())?;
    writeln!(out, "{n_samples} samples and a diary are in {}", log.with_file_name(history::FILE_NAME).display())?;
    writeln!(out, "What really happened is in {}", truth.display())?;
    Ok(ExitCode::from(FINE))
}
