//! Reads the log of earlier days.

use std::{path::PathBuf, time::Duration};

use super::{Job, Jobs, Progress, chain, samples};
use crate::{
    analysis::replay::{Replay, Told},
    gui::{
        text::T,
        view_model::{History, Role, from_millis, in_millis, of, outages::OutageView, series::Millis},
    },
    model::{host::Host, log_row::LogRow, time::Timestamp},
    store::logs,
};

/// Rows between two words on how far it is.
const ROWS: u64 = 20_000;

/// Reads all logs of the folder up to `until`.
pub(crate) fn load(
    jobs: &mut Jobs,
    log_dir: PathBuf,
    outage_after: Duration,
    until: Timestamp,
) -> Job<Result<History, String>> {
    jobs.start(T::JobHistory, move |progress| read(&log_dir, outage_after, until, progress))
}

fn read(
    log_dir: &std::path::Path,
    outage_after: Duration,
    until: Timestamp,
    progress: &Progress,
) -> Result<History, String> {
    if !log_dir.exists() {
        return Ok(History::default());
    }
    let files = logs::find(log_dir).map_err(|error| chain(&error))?;
    let total: u64 = files.iter().filter_map(|file| file.metadata().ok()).map(|meta| meta.len()).sum();
    // About the length of a row with all columns.
    let guess = (total / 260).max(1) as f64;
    let begin = in_millis(until);
    let samples = samples::read(log_dir, until);
    let from_history = samples.begin.unwrap_or(Millis::MAX);
    let made = logs::read_at(
        until,
        &files,
        || Reading {
            replay: Some(Replay::new(outage_after).at(Some(until))),
            until: begin,
            from_history,
            history: History::default(),
            told: Vec::new(),
            n: 0,
            gateway: None,
        },
        |reading, row, repeats| {
            if progress.is_cancelled() {
                return;
            }
            reading.take(row, repeats);
            reading.n += 1;
            if reading.n % ROWS == 0 {
                progress.set((reading.n as f64 / guess).min(0.99));
            }
        },
    );
    let (reading, report) = made.map_err(|error| chain(&error))?;
    let mut history = reading.finish();
    for host in samples.hosts {
        let known = of(&mut history.hosts, host.host, host.role);
        let mut series = host.series;
        series.put_before(std::mem::take(&mut known.series));
        (known.series, known.last) = (series, host.last.or(known.last));
    }
    history.hosts.retain(|host| host.series.newest().is_some());
    (history.rows, history.skipped) = (report.n_rows, report.n_skipped);
    Ok(history)
}

struct Reading {
    replay: Option<Replay>,
    until: Millis,
    /// From here on single samples are known from elsewhere.
    from_history: Millis,
    history: History,
    told: Vec<Told>,
    n: u64,
    gateway: Option<Host>,
}

impl Reading {
    fn take(&mut self, row: &LogRow, repeats: bool) {
        let at = in_millis(row.utc);
        if at >= self.until {
            return;
        }
        if let Some(replay) = &mut self.replay {
            self.told.extend(replay.take(row, repeats).unwrap_or_default());
        }
        for told in std::mem::take(&mut self.told) {
            self.hear(told, None);
        }
        if at >= self.from_history {
            return;
        }
        // A log does not say which address the router had; one name for all of them does.
        let router = *self.gateway.get_or_insert_with(|| Host::new([0, 0, 0, 0].into()));
        if row.gateway_rtt.is_some() {
            of(&mut self.history.hosts, router, Role::Router).take(at, row.gateway_rtt);
        }
        for (host, rtt) in &row.targets {
            of(&mut self.history.hosts, *host, Role::Target).take(at, *rtt);
        }
    }

    fn hear(&mut self, told: Told, end: Option<crate::model::time::Stamp>) {
        match told {
            Told::State(at, state, _) => self.history.timeline.set(in_millis(at.wall), state),
            Told::Outage(outage, claims) => {
                let known_until = outage.end.or(end).unwrap_or(outage.start);
                let claim = claims.main(&outage, known_until);
                self.history.outages.push(OutageView::of_log(outage, claim, known_until));
            }
            Told::Micro(micro, _) => self.history.micros.push(micro),
            Told::Intermittent(_) | Told::Disagreement(_) => {}
        }
    }

    fn finish(mut self) -> History {
        if let Some(replay) = self.replay.take() {
            let (told, end) = replay.finish();
            for told in told {
                self.hear(told, end);
            }
            if let Some(end) = end {
                // After the last row nobody looked.
                let reason = crate::model::ledger::GapReason::NotRunning;
                let at = from_millis(in_millis(end.wall) + 1);
                self.history.timeline.set(in_millis(at), crate::model::ledger::State::NotMonitored(reason));
            }
        }
        self.history
    }
}
