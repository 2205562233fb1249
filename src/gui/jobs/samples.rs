//! Reads single samples and minutes of them from `history.db`.

use std::{collections::BTreeSet, path::Path};

use chrono::TimeDelta;

use crate::{
    gui::view_model::{HostView, Role, in_millis, of, series::Millis},
    model::{
        history::{self, Measured, SeriesKey},
        host::Host,
        probe::Means,
        time::Timestamp,
    },
    store::history::History,
};

/// So far back single samples are read; what is older comes by the minute.
const CLOSE: TimeDelta = TimeDelta::days(2);
const MINUTE: Millis = 60_000;
/// Points of one series read at most: four months of minutes; what is longer comes coarser.
const MOST: i64 = 180_000;

/// What the history knows up to `until`.
#[derive(Debug, Default)]
pub(super) struct Samples {
    pub(super) hosts: Vec<HostView>,
    /// Where it begins; `None` where there is none.
    pub(super) begin: Option<Millis>,
}

/// Reads the history of this folder. One that is not there is empty.
pub(super) fn read(log_dir: &Path, until: Timestamp) -> Samples {
    try_read(log_dir, until).unwrap_or_default()
}

fn try_read(log_dir: &Path, until: Timestamp) -> Option<Samples> {
    let history = History::open_read(log_dir).ok()?;
    let (begin, _) = history.period().ok()??;
    let keys = chosen(history.series_keys().ok()?.iter().map(|key| SeriesKey::clone(key)).collect());
    let close = (until - CLOSE).max(begin);
    let mut samples = Samples { hosts: Vec::new(), begin: Some(in_millis(begin)) };
    let minutes = ((in_millis(close) - in_millis(begin)) / MINUTE).clamp(0, MOST);
    let pixels = usize::try_from(minutes).unwrap_or(0);
    for key in keys.iter().filter(|_| pixels > 0) {
        let Some((host, role)) = host_of(key) else { continue };
        let drawing = history.series(key, begin, close, pixels).unwrap_or_default();
        let view = of(&mut samples.hosts, host, role);
        for point in &drawing.points {
            let cell = &point.cell;
            let millis = |time: std::time::Duration| time.as_secs_f64() * 1e3;
            let rtts = (cell.answered() > 0).then(|| (millis(cell.min), millis(cell.max), millis(cell.sum)));
            view.series.add_figures((point.from_ms, point.to_ms), (cell.n(), cell.lost), rtts);
        }
    }
    let wanted: BTreeSet<&SeriesKey> = keys.iter().collect();
    let give = |key: &SeriesKey, reading: history::Reading| {
        if let (true, Some((host, role))) = (wanted.contains(key), host_of(key)) {
            let rtt = match reading.measured {
                Measured::Answer(rtt) => Some(Some(rtt)),
                Measured::Lost => Some(None),
                Measured::Nothing => None,
            };
            if let Some(rtt) = rtt {
                of(&mut samples.hosts, host, role).take(reading.at_ms, rtt);
            }
        }
        true
    };
    history.samples(close, until, give).ok()?;
    Some(samples)
}

/// Of each host the means by which it was asked most usefully: echo, where there is any.
fn chosen(mut keys: Vec<SeriesKey>) -> Vec<SeriesKey> {
    keys.retain(|key| matches!(key.means, Means::Echo | Means::Udp | Means::Tcp) && host_of(key).is_some());
    keys.sort_by_key(|key| (key.role, key.host.clone(), key.means));
    keys.dedup_by(|next, first| next.role == first.role && next.host == first.host);
    keys
}

fn host_of(key: &SeriesKey) -> Option<(Host, Role)> {
    let role = match key.role {
        history::Role::Gateway => Role::Router,
        history::Role::IspHop => Role::IspHop,
        history::Role::Target => Role::Target,
        _ => return None,
    };
    Some((key.host.parse().ok()?, role))
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::*;
    use crate::{model::history::Reading, store::history::HistoryFile};

    #[test]
    fn samples_of_the_history_are_drawn_and_its_spikes_stay() {
        let dir = tempfile::tempdir().unwrap();
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let key = Arc::new(SeriesKey { role: history::Role::Target, host: "192.0.2.1".into(), means: Means::Echo });
        let begin = in_millis(now) - 6 * 86_400_000;
        let reading = |n: i64| {
            let rtt = if n == 1000 { 900 } else { 12 };
            let measured = if n == 2000 { Measured::Lost } else { Measured::Answer(Duration::from_millis(rtt)) };
            (Arc::clone(&key), Reading { at_ms: begin + n * 20_000, measured })
        };
        let mut file = HistoryFile::open(dir.path(), now).unwrap();
        file.append(&(0..25_000).map(reading).collect::<Vec<_>>(), now).unwrap();
        file.fold(now).unwrap();
        drop(file);
        let samples = read(dir.path(), now);
        let series = &samples.hosts.first().unwrap().series;
        let all = series.range(begin, in_millis(now), 500);
        let most = all.iter().map(|bucket| bucket.max).fold(0.0, f32::max);
        assert_eq!((1, true), (all.iter().map(|bucket| bucket.lost).sum::<u32>(), most > 890.0));
        assert!(read(&dir.path().join("none"), now).hosts.is_empty());
    }
}
