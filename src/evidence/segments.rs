//! Figures that rows do not tell, or not exactly, from the single samples of the history.

use std::path::Path;

use chrono::TimeDelta;

use crate::{
    model::{
        history::{Cell, Role, time},
        probe::Means,
        summary::{Quantiles, Segment, Summary},
        time::Timestamp,
    },
    store::history::{History, HistoryError},
};

/// The first sample of the pulse comes no later than this after the first row of a run.
const LATE: TimeDelta = TimeDelta::minutes(2);
/// Parts of the history of which the first with a sample is looked for.
const PIXELS: usize = 2000;

/// Puts in the RTTs of the provider's hops in the period, and the loss of the pulse where the history has all of the
/// period and all of it counts. A history can be missing, and costs no other figure.
pub fn complete(dir: &Path, summary: &mut Summary, counts_all: bool) {
    let Some((from, to)) = summary.period else { return };
    let Ok(history) = History::open_read(dir) else { return };
    let total = |role| total(&history, role, (from, to)).ok();
    let hops = |role| total(role).filter(|cell| cell.answered() > 0);
    if let Some(provider) = summary.segments.iter_mut().find(|figures| figures.segment == Segment::Provider) {
        // Samples of the pulse are as far apart in bad times as in good ones; before there were such, there is the
        // rest.
        let rtt = hops(Role::IspHopPulse).or_else(|| hops(Role::IspHop)).and_then(|cell| quantiles(&cell));
        (provider.rtt, provider.is_rtt_of_history) = (rtt, rtt.is_some());
    }
    let has_all = counts_all && begin(&history).is_ok_and(|begin| begin.is_some_and(|begin| begin <= from + LATE));
    if has_all && let Some(loss) = total(Role::TargetPulse).and_then(|cell| cell.loss()) {
        summary.pulse_loss = Some(loss);
    }
}

/// All samples of a part of the path in a period. Hops count by echo alone, whose times are the kernel's.
fn total(history: &History, role: Role, (from, to): (Timestamp, Timestamp)) -> Result<Cell, HistoryError> {
    let mut total = Cell::default();
    for key in history.series_keys()?.iter().filter(|key| key.role == role) {
        if role == Role::TargetPulse || key.means == Means::Echo {
            total.merge(&history.total(key, from, to)?);
        }
    }
    Ok(total)
}

/// Beginning of the samples of the pulse to far hosts.
fn begin(history: &History) -> Result<Option<Timestamp>, HistoryError> {
    let mut begin = None;
    let Some((from, to)) = history.period()? else { return Ok(None) };
    for key in history.series_keys()?.iter().filter(|key| key.role == Role::TargetPulse) {
        let drawing = history.series(key, from, to, PIXELS)?;
        let first = drawing.points.first().map(|point| time(point.from_ms));
        begin = [begin, first].into_iter().flatten().min();
    }
    Ok(begin)
}

fn quantiles(cell: &Cell) -> Option<Quantiles> {
    Some(Quantiles {
        min: cell.min,
        mean: cell.mean()?,
        p50: cell.quantile(0.5)?,
        p95: cell.quantile(0.95)?,
        p99: cell.quantile(0.99)?,
        max: cell.max,
    })
}
