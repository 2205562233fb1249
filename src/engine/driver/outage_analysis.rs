//! Writes an analysis after an outage, now and then, in a thread of its own.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::TimeDelta;

use super::{Options, Outbox};
use crate::{
    analysis::summary::{Scope, Summariser},
    clock,
    report::text::{self, Setting},
    store::{StoreError, logs, trace_files::TraceFiles},
};

/// So much of the past is analysed: enough to see whether it happens often.
const PAST: TimeDelta = TimeDelta::days(7);
/// Rows between two looks at the clock.
const ROWS: u64 = 4096;

/// Knows when an analysis is due.
pub(super) struct OutageAnalysis {
    is_on: bool,
    log_dir: PathBuf,
    outage_after: Duration,
    cooldown: Duration,
    timeout: Duration,
    last: Option<Duration>,
    outbox: Outbox,
}

impl OutageAnalysis {
    pub(super) fn new(options: &Options, outbox: Outbox) -> Self {
        let config = &options.config;
        Self {
            is_on: config.analyze_on_outage,
            log_dir: options.log_dir.clone(),
            outage_after: config.outage_after_sec,
            cooldown: config.analyze_cooldown_sec,
            timeout: config.analyze_timeout_sec,
            last: None,
            outbox,
        }
    }

    /// Begins an analysis, unless the last one was a short time ago.
    pub(super) fn analyse(&mut self) {
        let now = clock::now();
        let is_soon = self.last.is_some_and(|last| now.mono < last + self.cooldown);
        if !self.is_on || is_soon {
            return;
        }
        self.last = Some(now.mono);
        let (log_dir, outage_after, outbox) = (self.log_dir.clone(), self.outage_after, self.outbox.clone());
        let until = now.mono + self.timeout;
        let write = move || match analysis(&log_dir, outage_after, until) {
            Ok(Some(text)) => {
                if let Err(error) = TraceFiles::new(&log_dir).write_analysis(&text, clock::now().wall) {
                    outbox.warn(format!("the analysis could not be written: {error}"));
                }
            }
            Ok(None) => outbox.warn("the analysis was given up: it takes longer than analyze_timeout_sec".into()),
            Err(error) => outbox.warn(format!("the logs could not be analysed: {error}")),
        };
        std::thread::Builder::new().name("analysis".into()).spawn(write).ok();
    }
}

/// The analysis of the last days as text; `None` when it is not done by `until`.
fn analysis(log_dir: &Path, outage_after: Duration, until: Duration) -> Result<Option<String>, StoreError> {
    let now = clock::now().wall;
    let scope = || Scope {
        from: now.checked_sub_signed(PAST),
        to: Some(now),
        now: Some(now),
        local: Arc::new(clock::local),
        ..Scope::all(outage_after)
    };
    let (mut n, mut is_late) = (0_u64, false);
    let (summariser, read) = logs::read_at(
        now,
        &logs::find(log_dir)?,
        || Summariser::new(scope()),
        |summariser, row, repeats| {
            n += 1;
            is_late |= n.is_multiple_of(ROWS) && clock::now().mono > until;
            if !is_late {
                summariser.take(row, repeats);
            }
        },
    )?;
    let setting = Setting { n_skipped: read.n_skipped, local: &clock::local, zone: "local time", limits: &[] };
    Ok((!is_late).then(|| text::render(&summariser.finish(), &setting)))
}
