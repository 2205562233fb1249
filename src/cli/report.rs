//! `netlog report`: the logs of a folder as a document.

use std::{
    io::{IsTerminal as _, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};

use super::{FINE, Global, count::CountArgs, global, pack, say::tell_skipped, zone::Zone};
use crate::{
    clock, engine,
    evidence::{self, Request, pack::Samples},
    report::{
        self, Format,
        input::{MOST_TOLD, Profile},
        lang::Lang,
    },
    store::report_file,
};

/// Options of `netlog report`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = "\
Examples:
  netlog report --out october.pdf --from 2026-10-01 --to 2026-11-01
  netlog report --out report.html --last 30d --profile de    in German, days counted by § 58 TKG
  netlog report --format text | less                         the same as text
  netlog report --format csv --out outages.csv               the outages for a spreadsheet
  netlog report --out shared.pdf --redact                    without names and public addresses
  netlog report --pack november.zip --from 2026-11-01 --to 2026-12-01    signed, with all it rests on
  netlog report --pack mail.zip --last 30d --samples outages             small enough to mail
  netlog report --pack week.zip --last 7d --redact           the same without what identifies you

Whoever gets a pack checks it with \"netlog verify november.zip\", or without
this program as README.txt in it says.

Customer, contract, provider and monthly fee come from the configuration,
see \"netlog config show\". Exit codes: 0 written, 2 it could not be.")]
pub(super) struct ReportArgs {
    /// pdf, html, text, json, csv or md. Without it: as --out ends, else text
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// File to write, or - for standard output
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write an evidence pack into this file: the report in all formats, rows, traces, facts and settings, signed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["out", "format", "csv", "domain", "min_duration", "opening_hours"])]
    pack: Option<PathBuf>,
    /// Single samples in the pack: those of the whole period, some 60 MB a month, or those around outages
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = Which::All, requires = "pack")]
    samples: Which,
    /// Whose rules days are counted by: de, at, uk, us or generic. Without it: as the configuration says
    #[arg(long, value_name = "PROFILE")]
    profile: Option<Profile>,
    /// en or de. Without it: as the configuration says
    #[arg(long, value_name = "LANG")]
    lang: Option<Lang>,
    /// Leave out names, texts of settings and diary, public addresses and hardware addresses
    #[arg(long)]
    redact: bool,
    /// Outages told at full length, the longest ones
    #[arg(long, value_name = "NUMBER", default_value_t = MOST_TOLD)]
    details: usize,
    #[command(flatten)]
    count: CountArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Which {
    /// Every sample of the period
    #[default]
    All,
    /// Samples within ten minutes of outages and short interruptions
    Outages,
    /// No single samples
    None,
}

pub(super) fn run(args: &ReportArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let format = format_of(args)?;
    let to_stdout = args.out.as_ref().is_none_or(|path| path.as_os_str() == "-");
    if args.pack.is_none() && to_stdout && format == Format::Pdf && std::io::stdout().is_terminal() {
        bail!("a PDF is nothing for a terminal: name a file, such as --out report.pdf");
    }
    let loaded = global::load(global)?;
    let dir = loaded.log_dir.path.clone();
    // Says what to do when there is none.
    args.count.files(&dir)?;
    let (from, to) = args.count.bounds()?;
    let profile = args.profile.unwrap_or_else(|| evidence::profile_of(&loaded.config));
    // Who asks for a country's rules asks for its language, unless the settings name one.
    let lang = args.lang.unwrap_or_else(|| evidence::lang_of(&loaded.config, profile));
    let request = Request {
        logs: args.count.csv.clone(),
        from,
        to,
        domain: args.count.domain,
        min_duration: args.count.min_duration.unwrap_or_default(),
        opening_hours: args.count.opening_hours.clone(),
        local: args.count.tz.to_local(),
        zone: if args.count.tz == Zone::Local { String::new() } else { args.count.tz.to_string() },
        lang,
        profile,
        redact: args.redact,
        most_told: args.details,
        samples: match args.samples {
            Which::All => Samples::All,
            Which::Outages => Samples::Around,
            Which::None => Samples::None,
        },
        // The log folder is signed with one's own key, another folder perhaps with another's.
        own_key: if global.log_dir.is_none() { engine::own_public_key() } else { None },
        ..Request::new(&dir, loaded.config.clone(), clock::now().wall)
    };
    if let Some(path) = &args.pack {
        pack::run(&request, path, out)?;
        return Ok(ExitCode::from(FINE));
    }
    let (input, read) = evidence::gather(&request)?;
    tell_skipped(read.n_skipped);
    let bytes = report::render(&input, format)?;
    match &args.out {
        Some(path) if !to_stdout => {
            report_file::refuse_one_of(path, &read.files)?;
            report_file::replace(path, &bytes)?;
            writeln!(out, "{} outages, {} bytes: {}", input.summary.outages.len(), bytes.len(), path.display())?;
        }
        _ => {
            out.write_all(&bytes).context("cannot write the report")?;
            out.flush()?;
        }
    }
    Ok(ExitCode::from(FINE))
}

/// The format asked for, which a name with an ending must not belie.
fn format_of(args: &ReportArgs) -> anyhow::Result<Format> {
    let Some(path) = args.out.as_deref() else { return Ok(args.format.unwrap_or(Format::Text)) };
    let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned());
    match (args.format, by_ending(path), ending) {
        (None, None, None) => Ok(Format::Text),
        (None, None, Some(ending)) => bail!(
            "there is no format for names that end with .{ending}: end it with .pdf, .html, .txt, .json, .csv or .md, or say --format"
        ),
        (Some(format), Some(other), _) if format != other => bail!(
            "--format {format} and a name that ends like {other} contradict each other: leave out --format, or end the name with .{}",
            format.extension()
        ),
        (Some(format), ..) | (None, Some(format), _) => Ok(format),
    }
}

/// The format a name ends like.
fn by_ending(path: &Path) -> Option<Format> {
    let ending = path.extension()?.to_string_lossy().to_lowercase();
    match ending.as_str() {
        "htm" => Some(Format::Html),
        "markdown" => Some(Format::Md),
        ending => Format::ALL.iter().find(|format| format.extension() == ending).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_follows_the_name() {
        for (name, format) in [
            ("a.pdf", Some(Format::Pdf)),
            ("a.b/c.HTM", Some(Format::Html)),
            ("a.txt", Some(Format::Text)),
            ("a.md", Some(Format::Md)),
            ("-", None),
            ("report", None),
        ] {
            assert_eq!(format, by_ending(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn a_name_that_promises_another_format_is_refused() {
        let of = |format, out: &str| format_of(&ReportArgs { format, out: Some(out.into()), ..ReportArgs::default() });
        for (format, out, expected) in [
            (None, "a.pdf", Format::Pdf),
            (None, "/dev/stdout", Format::Text),
            (Some(Format::Csv), "-", Format::Csv),
            (Some(Format::Text), "a.log", Format::Text),
            (Some(Format::Html), "a.HTM", Format::Html),
        ] {
            assert_eq!(expected, of(format, out).unwrap(), "{out}");
        }
        let told = of(None, "a.docx").unwrap_err().to_string();
        assert!(told.contains(".docx") && told.contains(".pdf"), "{told}");
        let told = of(Some(Format::Csv), "a.pdf").unwrap_err().to_string();
        assert!(told.contains("--format csv") && told.contains(".csv"), "{told}");
    }
}
