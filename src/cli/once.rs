//! `netlog once`: one confirmed look at the line.

use std::{io::Write, process::ExitCode, sync::Arc};

use super::{BAD, COULD_NOT, FINE, Global, global, say};
use crate::{
    codec::event_json,
    engine::{self, Error, Looked, Options},
    model::event::Event,
    platform::paths,
    store::lock::LockError,
};

/// Options of `netlog once`.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct OnceArgs {
    /// The row as one JSON object
    #[arg(long)]
    json: bool,
}

/// True if a monitor has the folder; a look that does not end watches nothing.
fn is_watched(error: &Error) -> bool {
    matches!(error, Error::Lock(LockError::Held(holder)) if holder.is_none_or(|holder| !holder.is_look))
}

pub(super) fn run(args: &OnceArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let loaded = global::load(global)?;
    for problem in &loaded.problems {
        writeln!(std::io::stderr(), "netlog: {problem}").ok();
    }
    paths::prepare_log_dir(&loaded.log_dir.path)?;
    let Looked { row, told } = match engine::once(Options::new(loaded.config, loaded.log_dir.path)) {
        Ok(looked) => looked,
        // A scheduler that starts us beside a running monitor loses nothing: the monitor watches.
        Err(error) if is_watched(&error) => {
            writeln!(std::io::stderr(), "netlog: {error}; it watches this line already, so there is nothing to do")
                .ok();
            return Ok(ExitCode::from(FINE));
        }
        Err(error) => return Err(error.into()),
    };
    for text in told {
        writeln!(std::io::stderr(), "netlog: {text}").ok();
    }
    let Some(row) = row else {
        writeln!(std::io::stderr(), "netlog: nothing could be measured; \"netlog doctor\" says why").ok();
        return Ok(ExitCode::from(COULD_NOT));
    };
    let is_down = row.verdict.is_down();
    if args.json {
        writeln!(out, "{}", event_json::to_json(&Event::Row(Arc::from(row))))?;
    } else {
        writeln!(out, "{}\n{}", say::row(&row), say::sentence(&row.verdict))?;
    }
    Ok(ExitCode::from(if is_down { BAD } else { FINE }))
}
