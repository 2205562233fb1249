//! `netlog export`: rows and single samples for other programs.

use std::{
    cell::Cell,
    io::{BufWriter, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::{FINE, Global, count, global, zone::Zone};
use crate::{
    codec::export::{self, ROW_COLUMNS, SAMPLE_COLUMNS},
    model::time::Timestamp,
    platform::files,
    store::{history::History, logs},
};

/// Options of `netlog export`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  netlog export > rows.csv                                    all rows of the log
  netlog export --what samples --from 2026-11-22 --to 2026-11-23 --out day.csv
  netlog export --what samples --format jsonl | head          one JSON object a line

Rows are put in order and told once; lines that cannot be read are left out, see
\"netlog analyze\". Exit codes: 0 done, 2 it could not be done.")]
pub(super) struct ExportArgs {
    /// What to write
    #[arg(long, value_enum, default_value_t = What::Rows)]
    what: What,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// Nothing before this date or time: 2026-11-01, "2026-11-01 08:00", or with an offset
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Nothing from this date or time on
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Time zone of these: local, UTC, or a name such as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "local")]
    tz: Zone,
    /// File to write, which must not be there. Without it: standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// The rows of netlog.csv
    Rows,
    /// The single samples of history.db
    Samples,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table with a header line
    Csv,
    /// A JSON object a line
    Jsonl,
}

pub(super) fn run(args: &ExportArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let dir = global::load(global)?.log_dir.path;
    let time = |text: &Option<String>, option: &str| {
        let parse = |text: &str| {
            let wanted = "write 2026-11-01, \"2026-11-01 08:00\" or 2026-11-01T08:00:00+01:00";
            count::time(text, &args.tz).with_context(|| format!("{option} {text:?} is no time: {wanted}"))
        };
        text.as_deref().map(parse).transpose()
    };
    let from = time(&args.from, "--from")?.unwrap_or(Timestamp::UNIX_EPOCH);
    let to = time(&args.to, "--to")?.unwrap_or(Timestamp::MAX_UTC);
    if from >= to {
        bail!("--from is not before --to");
    }
    // Before a file is made for nothing.
    let source = match args.what {
        What::Rows => Source::Rows(count::in_folder(&dir)?),
        What::Samples => Source::Samples(History::open_read(&dir)?),
    };
    match &args.out {
        None => write(&source, (from, to), &mut Table { out, format: args.format, error: None })?,
        Some(path) => {
            let file = files::create_new(path).with_context(|| format!("cannot make {}", path.display()))?;
            let mut file = BufWriter::with_capacity(256 * 1024, file);
            write(&source, (from, to), &mut Table { out: &mut file, format: args.format, error: None })?;
            file.flush().with_context(|| format!("cannot write to {}", path.display()))?;
        }
    }
    Ok(ExitCode::from(FINE))
}

enum Source {
    Rows(Vec<PathBuf>),
    Samples(History),
}

fn write(source: &Source, (from, to): (Timestamp, Timestamp), table: &mut Table<'_>) -> anyhow::Result<()> {
    match source {
        Source::Rows(files) => {
            // Whether rows are in order shows only when all have been read, and then they are read in another way. So
            // the first time nothing is written, and the second time in the way that did it.
            let tries = Cell::new(0);
            let begin = || tries.set(tries.get() + 1);
            logs::read(files, begin, |(), _, _| {})?;
            let wanted = tries.replace(0);
            table.head(&ROW_COLUMNS);
            logs::read(files, begin, |(), row, _| {
                if tries.get() == wanted && (from..to).contains(&row.utc) {
                    table.row(&ROW_COLUMNS, export::row(row));
                }
            })?;
            if tries.get() != wanted {
                bail!("the log was changed while it was read; try again");
            }
        }
        Source::Samples(history) => {
            table.head(&SAMPLE_COLUMNS);
            let n_damaged = history.samples(from, to, |key, reading| {
                table.row(&SAMPLE_COLUMNS, export::sample(key, reading));
                table.error.is_none()
            })?;
            if n_damaged > 0 {
                writeln!(std::io::stderr(), "netlog: {n_damaged} parts of the history are damaged and left out").ok();
            }
        }
    }
    match table.error.take() {
        Some(error) => Err(error.into()),
        None => Ok(table.out.flush()?),
    }
}

/// Table as far as it is written.
struct Table<'a> {
    out: &'a mut dyn Write,
    format: Format,
    /// After which nothing is written any more.
    error: Option<std::io::Error>,
}

impl Table<'_> {
    fn head(&mut self, columns: &[&str]) {
        if self.format == Format::Csv {
            self.line(&columns.join(","));
        }
    }

    fn row(&mut self, columns: &[&str], values: Vec<Value>) {
        match self.format {
            Format::Csv => self.line(&export::csv_line(&values)),
            Format::Jsonl => self.line(&export::json_line(columns, values)),
        }
    }

    fn line(&mut self, line: &str) {
        // CSV ends its lines as RFC 4180 has it, JSON as everybody has it.
        let end = if self.format == Format::Csv { "\r\n" } else { "\n" };
        if self.error.is_none() {
            self.error = self.out.write_all(line.as_bytes()).and_then(|()| self.out.write_all(end.as_bytes())).err();
        }
    }
}
