//! RTTs of the provider's hops, which rows do not tell, from the single samples of the history.

use std::path::Path;

use crate::{
    model::{
        history::{Cell, Role},
        probe::Means,
        summary::{Quantiles, Segment, Summary},
    },
    store::history::{History, HistoryError},
};

/// Puts the RTTs of the period in, where there is a history that has them.
pub fn complete(dir: &Path, summary: &mut Summary) {
    let Some((from, to)) = summary.period else { return };
    let Some(provider) = summary.segments.iter_mut().find(|figures| figures.segment == Segment::Provider) else {
        return;
    };
    let total = || -> Result<Cell, HistoryError> {
        let history = History::open_read(dir)?;
        let mut total = Cell::default();
        let hops = history.series_keys()?;
        for key in hops.iter().filter(|key| key.role == Role::IspHop && key.means == Means::Echo) {
            total.merge(&history.total(key, from, to)?);
        }
        Ok(total)
    };
    // A history can be missing, and costs no figure but this one.
    let rtt = total().ok().and_then(|cell| quantiles(&cell));
    (provider.rtt, provider.is_rtt_of_history) = (rtt, rtt.is_some());
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
