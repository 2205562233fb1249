//! `netlog demo`: a made-up log of a month, with what really happened beside it.

use std::{
    fs,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, bail};
use chrono::{SecondsFormat, Timelike as _};
use serde_json::json;

use super::{FINE, Global};
use crate::{
    clock,
    codec::{
        chain_head_json::{self, Head, Signed},
        netlog_csv::{self, Link},
    },
    model::time::Timestamp,
    simulation::{self, Episode, Plan, What},
    store::log::{FILE_NAME, HEAD_NAME},
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
    let log = args.out.join(FILE_NAME);
    if log.exists() {
        bail!("there is a log already, which stays as it is: choose another folder: {}", args.out.display());
    }
    let now = clock::now().wall;
    let full_hour = || now.with_minute(0)?.with_second(0)?.with_nanosecond(0);
    let end = args.to.or_else(full_hour).unwrap_or(now);
    let plan = Plan { end, length: Duration::from_hours(24) * args.days, seed: args.seed };
    let episodes = simulation::episodes(&plan);
    fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    let n_rows = write_log(&log, &plan, &episodes).with_context(|| format!("cannot write {}", log.display()))?;
    let truth = args.out.join("truth.json");
    fs::write(&truth, format!("{:#}\n", json(&plan, &episodes)))
        .with_context(|| format!("cannot write {}", truth.display()))?;
    writeln!(out, "{n_rows} rows of {} days are in {}", args.days, log.display())?;
    writeln!(out, "What really happened is in {}", truth.display())?;
    Ok(ExitCode::from(FINE))
}

fn write_log(log: &Path, plan: &Plan, episodes: &[Episode]) -> std::io::Result<u64> {
    let mut file = BufWriter::new(fs::File::create_new(log)?);
    file.write_all(netlog_csv::header_line().as_bytes())?;
    let (mut n_rows, mut head, mut result) =
        (0, Head { at: plan.begin(), before: Link::START, link: Link::START, is_written: true }, Ok(()));
    simulation::rows(plan, episodes, |row| {
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
    fs::write(log.with_file_name(HEAD_NAME), chain_head_json::render(&Signed { head, signature: None }))?;
    Ok(n_rows)
}

/// What happened, in the names of `netlog analyze --json`.
fn json(plan: &Plan, episodes: &[Episode]) -> serde_json::Value {
    let time = |at: Timestamp| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let seconds = |episode: &Episode| (episode.until - episode.from).as_seconds_f64();
    let of = |wanted: &dyn Fn(&Episode) -> Option<serde_json::Value>| {
        let one = |episode: &Episode| {
            let mut value = wanted(episode)?;
            let fields = value.as_object_mut()?;
            fields.insert("start".into(), json!(time(episode.from)));
            fields.insert("end".into(), json!(time(episode.until)));
            Some(value)
        };
        episodes.iter().filter_map(one).collect::<Vec<_>>()
    };
    let down = |is_long: bool| {
        of(&|episode| match episode.what {
            What::Down(domain) if (seconds(episode) >= 10.0) == is_long => {
                Some(json!({ "fault_domain": domain.as_str() }))
            }
            _ => None,
        })
    };
    json!({
        "seed": plan.seed,
        "period": { "from": time(plan.begin()), "to": time(plan.end) },
        "outages": down(true),
        "micro_interruptions": down(false),
        "degradations": of(&|episode| match episode.what {
            What::Degraded(domain, evidence) => Some(json!({ "fault_domain": domain.as_str(), "evidence": evidence.as_str() })),
            _ => None,
        }),
        "notices": of(&|episode| match episode.what {
            What::Notice(domain) => Some(json!({ "fault_domain": domain.as_str() })),
            _ => None,
        }),
        "gaps": of(&|episode| match episode.what {
            What::Asleep => Some(json!({ "reason": "asleep" })),
            What::Stopped => Some(json!({ "reason": "not_running" })),
            _ => None,
        }),
    })
}
