//! The paths that were traced before, during and after the longest outages, from the files of the log folder.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    fs::{self, File},
    io::Read as _,
    path::Path,
};

use chrono::TimeDelta;

use crate::{
    codec::mtr_text,
    model::{parsed_trace::ParsedTrace, summary::Summary, time::Timestamp},
    report::input::{OutagePath, PathTime},
};

/// A trace so long before an outage still shows the path it used to have.
const BEFORE: TimeDelta = TimeDelta::hours(2);
/// A trace so long after it shows the path it has now.
const AFTER: TimeDelta = TimeDelta::hours(1);
/// Of a longer file only so much is read.
const LONGEST: u64 = 32 << 20;

/// The longest outages, by their numbers from 0.
pub(super) fn longest(summary: &Summary, most: usize) -> Vec<usize> {
    let mut outages: Vec<usize> = (0..summary.outages.len()).collect();
    outages.sort_by_key(|idx| (summary.outages.get(*idx).map(|record| Reverse(record.counted)), *idx));
    outages.truncate(most);
    outages
}

/// From when to when, and when the two traces around it are to be.
struct Wanted {
    outage: usize,
    start: Timestamp,
    end: Timestamp,
}

impl Wanted {
    /// Whether a trace belongs to this outage, and how far it is from where it would tell most.
    fn place(&self, started: Timestamp) -> Option<(PathTime, TimeDelta)> {
        if started < self.start {
            let distance = self.start - started;
            return (distance <= BEFORE).then_some((PathTime::Before, distance));
        }
        if started < self.end {
            return Some((PathTime::During, started - self.start));
        }
        let distance = started - self.end;
        (distance <= AFTER).then_some((PathTime::After, distance))
    }
}

/// The paths around these outages. Files that cannot be read are passed over.
pub(super) fn around(dir: &Path, summary: &Summary, outages: &[usize]) -> Vec<OutagePath> {
    let wanted: Vec<Wanted> = outages
        .iter()
        .filter_map(|idx| {
            let record = summary.outages.get(*idx)?;
            let end = record.outage.end.unwrap_or(record.known_until).wall;
            Some(Wanted { outage: *idx, start: record.outage.start.wall, end })
        })
        .collect();
    let Some(first) = wanted.iter().map(|wanted| wanted.start).min() else { return Vec::new() };
    let mut best: BTreeMap<(usize, PathTime), (TimeDelta, OutagePath)> = BTreeMap::new();
    for (name, text) in texts(dir, first - BEFORE) {
        for trace in mtr_text::read(&text).traces {
            let Some(started) = trace.started else { continue };
            for wanted in &wanted {
                let Some((time, distance)) = wanted.place(started) else { continue };
                if best
                    .get(&(wanted.outage, time))
                    .is_none_or(|(known, path)| is_better(distance, &trace, *known, path))
                {
                    let path = OutagePath { outage: wanted.outage, time, file: name.clone(), trace: trace.clone() };
                    best.insert((wanted.outage, time), (distance, path));
                }
            }
        }
    }
    best.into_values().map(|(_, path)| path).collect()
}

/// The nearer one; of equally near ones the one with more hops.
fn is_better(distance: TimeDelta, trace: &ParsedTrace, known: TimeDelta, path: &OutagePath) -> bool {
    distance < known || (distance == known && trace.hops.len() > path.trace.hops.len())
}

/// Names and contents of the files of traces that were written since.
fn texts(dir: &Path, since: Timestamp) -> impl Iterator<Item = (String, Vec<u8>)> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<(String, std::path::PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_trace =
                (name.starts_with("mtr_") || name.starts_with("trace_")) && name.to_lowercase().ends_with(".log");
            let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            // Where the system does not tell, it may be new.
            let is_new = about.modified().map_or(true, |changed| Timestamp::from(changed) >= since);
            (is_trace && is_new).then(|| (name, entry.path()))
        })
        .collect();
    files.sort();
    files.into_iter().filter_map(|(name, path)| {
        let mut text = Vec::new();
        File::open(&path).ok()?.take(LONGEST).read_to_end(&mut text).ok()?;
        Some((name, text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_belongs_where_it_tells_most() {
        let at = |minute: i64| Timestamp::UNIX_EPOCH + TimeDelta::minutes(minute);
        let wanted = Wanted { outage: 0, start: at(1000), end: at(1010) };
        let minutes = |started| wanted.place(at(started)).map(|(time, distance)| (time, distance.num_minutes()));
        assert_eq!(Some((PathTime::Before, 5)), minutes(995));
        assert_eq!(Some((PathTime::During, 0)), minutes(1000));
        assert_eq!(Some((PathTime::After, 0)), minutes(1010));
        assert_eq!([None, None], [minutes(1000 - 121), minutes(1010 + 61)]);
    }
}
