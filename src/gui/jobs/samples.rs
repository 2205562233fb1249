//! Reads single samples and minutes of them from `history.db`.

use std::{collections::BTreeSet, path::Path};

use chrono::TimeDelta;

use crate::{
    gui::view_model::{HostView, Role, from_millis, in_millis, of, series::Millis},
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
/// Minutes of a series read at once: thirteen days, fewer than the history draws points at most.
const AT_ONCE: Millis = 18_720;

/// Samples of the history up to `until`.
#[derive(Debug, Default)]
pub(super) struct Samples {
    pub(super) hosts: Vec<HostView>,
    /// Time of the first sample; `None` without any.
    pub(super) begin: Option<Millis>,
}

/// Reads the history of this folder. One that is not there is empty.
pub(super) fn read(log_dir: &Path, until: Timestamp) -> Samples {
    let mut hosts = try_read(log_dir, until).unwrap_or_default();
    hosts.retain(|host| host.series.newest().is_some());
    let begin = hosts.iter().filter_map(|host| host.series.oldest()).min();
    Samples { hosts, begin }
}

/// Loss and latency are those of the pulse, as in a window that was open all the time. What was kept before the pulse
/// was marked has the samples of all purposes.
fn try_read(log_dir: &Path, until: Timestamp) -> Option<Vec<HostView>> {
    let history = History::open_read(log_dir).ok()?;
    let (begin, _) = history.period().ok()??;
    let begin = in_millis(begin);
    let close = (in_millis(until - CLOSE).div_euclid(MINUTE) * MINUTE).max(begin);
    let keys: Vec<SeriesKey> = history.series_keys().ok()?.iter().map(|key| SeriesKey::clone(key)).collect();
    let (of_pulse, others): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| key.role.is_pulse());
    let others = chosen(others);
    let mut pulse = Vec::new();
    by_minute(&history, &of_pulse, (begin, close), &mut pulse);
    let mut marked = pulse.iter().filter_map(|host| host.series.oldest()).min();
    let mut earlier = Vec::new();
    by_minute(&history, &others, (begin, marked.unwrap_or(close).min(close)), &mut earlier);
    let wanted: BTreeSet<&SeriesKey> = others.iter().collect();
    let give = |key: &SeriesKey, reading: history::Reading| {
        let is_pulse = key.role.is_pulse();
        if is_pulse {
            marked.get_or_insert(reading.at_ms);
        }
        let is_wanted = is_pulse || (marked.is_none() && wanted.contains(key));
        let rtt = match reading.measured {
            Measured::Answer(rtt) => Some(rtt),
            Measured::Lost => None,
            Measured::Nothing => return true,
        };
        if let Some((host, role)) = host_of(key).filter(|_| is_wanted) {
            of(if is_pulse { &mut pulse } else { &mut earlier }, host, role).take(reading.at_ms, rtt);
        }
        true
    };
    history.samples(from_millis(close), until, give).ok()?;
    for host in pulse {
        let known = of(&mut earlier, host.host, host.role);
        let mut series = host.series;
        series.put_before(std::mem::take(&mut known.series));
        (known.series, known.last) = (series, host.last.or(known.last));
    }
    Some(earlier)
}

/// Reads what the samples of each minute amount to, from one minute to another.
fn by_minute(history: &History, keys: &[SeriesKey], (from, to): (Millis, Millis), hosts: &mut Vec<HostView>) {
    let mut begin = from;
    while begin < to {
        let minutes = ((to - begin) / MINUTE).clamp(1, AT_ONCE);
        let (end, pixels) = (begin + minutes * MINUTE, usize::try_from(minutes).unwrap_or(1));
        for key in keys {
            let Some((host, role)) = host_of(key) else { continue };
            let drawing = history.series(key, from_millis(begin), from_millis(end), pixels).unwrap_or_default();
            for point in &drawing.points {
                let cell = &point.cell;
                let millis = |time: std::time::Duration| time.as_secs_f64() * 1e3;
                let rtts = (cell.answered() > 0).then(|| (millis(cell.min), millis(cell.max), millis(cell.sum)));
                let series = &mut of(hosts, host, role).series;
                series.add_figures((point.from_ms, point.to_ms), (cell.n(), cell.lost), rtts);
            }
        }
        begin = end;
    }
}

/// Of each host the means by which it was asked most usefully: echo, where there is any.
fn chosen(mut keys: Vec<SeriesKey>) -> Vec<SeriesKey> {
    keys.retain(|key| matches!(key.means, Means::Echo | Means::Udp | Means::Tcp) && host_of(key).is_some());
    keys.sort_by_key(|key| (key.role, key.host.clone(), key.means));
    keys.dedup_by(|next, first| next.role == first.role && next.host == first.host);
    keys
}

fn host_of(key: &SeriesKey) -> Option<(Host, Role)> {
    let role = match key.role.part() {
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
    use crate::{gui::view_model::series::lines, model::history::Reading, store::history::HistoryFile};

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

    /// Samples sent and lost of all hosts in this series' time.
    fn counts(hosts: &[HostView], from: Millis, to: Millis) -> (u32, u32) {
        let buckets = hosts.iter().flat_map(|host| host.series.range(from, to, 112));
        buckets.fold((0, 0), |(n, lost), bucket| (n + bucket.n, lost + bucket.lost))
    }

    #[test]
    fn loss_is_the_same_while_it_is_measured_after_reopening_and_in_the_report() {
        let dir = tempfile::tempdir().unwrap();
        let begin: Timestamp = "2026-11-28T16:00:30Z".parse().unwrap();
        let (length, outage) = (900_i64, 300..345);
        let at = |second: i64| in_millis(begin) + second * 1000;
        let key = |role, host: i64, means| Arc::new(SeriesKey { role, host: format!("192.0.2.{host}"), means });
        let mut live = Vec::new();
        let mut batch = Vec::new();
        for second in 0..length {
            let is_out = outage.contains(&second);
            let rtt = (!is_out).then_some(Duration::from_millis(12));
            let measured = rtt.map_or(Measured::Lost, Measured::Answer);
            let host = second % 4 + 1;
            let pulse = key(history::Role::TargetPulse, host, Means::Echo);
            batch.push((Arc::clone(&pulse), Reading { at_ms: at(second), measured }));
            of(&mut live, pulse.host.parse().unwrap(), Role::Target).take(at(second), rtt);
            // Cycles, and all targets by all means while it is out.
            for host in (1..5).filter(|_| is_out || second % 20 == 0) {
                for means in [Means::Echo, Means::Tcp] {
                    let reading = Reading { at_ms: at(second) + 300, measured };
                    batch.push((key(history::Role::Target, host, means), reading));
                }
            }
        }
        let end = begin + TimeDelta::seconds(length);
        let mut file = HistoryFile::open(dir.path(), begin).unwrap();
        file.append(&batch, end).unwrap();
        drop(file);
        let expected = (900, 45);
        assert_eq!(expected, counts(&live, at(0), at(length)));
        assert_eq!(expected, counts(&read(dir.path(), end).hosts, at(0), at(length)));
        // Days later it comes by the minute.
        let later = end + TimeDelta::days(5);
        assert_eq!(expected, counts(&read(dir.path(), later).hosts, at(-60), at(length)));
        let mut summary = crate::model::summary::Summary { period: Some((begin, end)), ..Default::default() };
        crate::evidence::segments::complete(dir.path(), &mut summary, true);
        assert_eq!(Some(0.05), summary.pulse_loss);
    }

    #[test]
    fn a_history_of_before_the_pulse_was_marked_is_drawn_up_to_that_time() {
        let dir = tempfile::tempdir().unwrap();
        let now: Timestamp = "2026-11-28T16:00:00Z".parse().unwrap();
        let key = |role| Arc::new(SeriesKey { role, host: "192.0.2.1".into(), means: Means::Echo });
        let (old, pulse) = (key(history::Role::Target), key(history::Role::TargetPulse));
        let answer = Measured::Answer(Duration::from_millis(12));
        for days in [1, 6] {
            let begin = in_millis(now) - days * 86_400_000;
            let of = |key: &Arc<SeriesKey>, from: i64, to: i64| -> Vec<_> {
                let reading = |second| (Arc::clone(key), Reading { at_ms: begin + second * 1000, measured: answer });
                (from..to).step_by(10).map(reading).collect()
            };
            let mut file = HistoryFile::open(dir.path(), now).unwrap();
            // Cycles go on beside the pulse, and are no part of it.
            for samples in [of(&old, 0, 7200), of(&pulse, 7200, 10_800), of(&old, 7205, 10_800)] {
                file.append(&samples, now).unwrap();
            }
            file.fold(now).unwrap();
            drop(file);
            let samples = read(dir.path(), now);
            assert_eq!((1080, 0), counts(&samples.hosts, begin, begin + 10_800_000), "{days}");
            std::fs::remove_file(dir.path().join(crate::store::history::FILE_NAME)).unwrap();
        }
    }

    #[test]
    fn what_the_history_has_is_drawn_at_every_range() {
        let dir = tempfile::tempdir().unwrap();
        let now: Timestamp = "2026-11-28T16:21:37.123Z".parse().unwrap();
        let key =
            Arc::new(SeriesKey { role: history::Role::TargetPulse, host: "192.0.2.1".into(), means: Means::Echo });
        let ages = [(1, 1), (22, 1), (60, 1), (1440, 4), (3 * 1440, 10), (30 * 1440, 60), (60 * 1440, 60)];
        for (minutes, every) in ages {
            let age = minutes * MINUTE;
            // The second third is missing.
            let is_there = |at: i64| minutes < 3 || !(age / 3..age * 2 / 3).contains(&(at - (in_millis(now) - age)));
            let times = (0..=age / (every * 1000)).map(|n| in_millis(now) - age + n * every * 1000);
            let times: Vec<i64> = times.filter(|at| is_there(*at)).collect();
            let measured = Measured::Answer(Duration::from_millis(12));
            let readings: Vec<_> = times.iter().map(|at| Reading { at_ms: *at, measured }).collect();
            let mut file = HistoryFile::open(dir.path(), now).unwrap();
            file.import(&key, &readings).unwrap();
            drop(file);
            let samples = read(dir.path(), now + TimeDelta::seconds(1));
            let series = &samples.hosts.first().unwrap().series;
            for range in [15, 60, 360, 1440, 7 * 1440, 30 * 1440, 366 * 1440] {
                let from = in_millis(now) - range * MINUTE;
                let drawn = lines(&series.range(from, in_millis(now) + 1, 400));
                let points = || drawn.iter().flatten().map(|point| point.at);
                let near = |at: i64| {
                    let idx = times.partition_point(|known| *known < at - MINUTE);
                    times.get(idx).is_some_and(|known| *known <= at + MINUTE)
                };
                assert!(points().all(near), "{minutes} min in {range} min");
                let first = times.iter().find(|at| **at >= from).unwrap();
                // A bucket may begin before the window does.
                let width = (range * MINUTE / 400).max(MINUTE);
                assert!(points().next().is_some_and(|at| at <= first + MINUTE && at > first - 2 * width - MINUTE));
                assert!(points().max().is_some_and(|at| in_millis(now) - at < MINUTE), "{minutes} min in {range} min");
            }
            std::fs::remove_file(dir.path().join(crate::store::history::FILE_NAME)).unwrap();
        }
    }
}
