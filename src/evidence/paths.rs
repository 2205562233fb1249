//! The paths that were traced before, during and after the longest outages, from the files of the log folder.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
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
    /// Returns the relation of a trace from one time to another to this outage, and how far it is from the time at
    /// which it would tell most.
    fn place(&self, span: (Timestamp, Timestamp)) -> Option<(PathTime, TimeDelta)> {
        PathTime::of(span, (self.start, Some(self.end))).filter(|(time, distance)| match time {
            PathTime::Before => *distance <= BEFORE,
            PathTime::During => true,
            PathTime::After => *distance <= AFTER,
        })
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
    find(dir, &wanted)
}

/// The paths around one outage, which is the one with the number 0.
pub(super) fn around_one(dir: &Path, start: Timestamp, end: Timestamp) -> Vec<OutagePath> {
    find(dir, &[Wanted { outage: 0, start, end }])
}

fn find(dir: &Path, wanted: &[Wanted]) -> Vec<OutagePath> {
    let Some(first) = wanted.iter().map(|wanted| wanted.start).min() else { return Vec::new() };
    let mut best: BTreeMap<(usize, PathTime), (TimeDelta, OutagePath)> = BTreeMap::new();
    for (name, path) in files(dir, first - BEFORE) {
        let Ok(file) = File::open(path) else { continue };
        // What cannot be read on ends there.
        let read = mtr_text::read_each(BufReader::new(file), |trace| {
            let Some(span) = trace.span() else { return };
            for wanted in wanted {
                let Some((time, distance)) = wanted.place(span) else { continue };
                if best
                    .get(&(wanted.outage, time))
                    .is_none_or(|(known, path)| is_better(distance, &trace, *known, path))
                {
                    let path = OutagePath { outage: wanted.outage, time, file: name.clone(), trace: trace.clone() };
                    best.insert((wanted.outage, time), (distance, path));
                }
            }
        });
        drop(read);
    }
    best.into_values().map(|(_, path)| path).collect()
}

/// The nearer one; of equally near ones the one with more hops.
fn is_better(distance: TimeDelta, trace: &ParsedTrace, known: TimeDelta, path: &OutagePath) -> bool {
    distance < known || (distance == known && trace.hops.len() > path.trace.hops.len())
}

/// Names and places of the files of traces that were written since.
fn files(dir: &Path, since: Timestamp) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<(String, PathBuf)> = entries
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
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_belongs_where_it_tells_most() {
        let at = |minute: i64| Timestamp::UNIX_EPOCH + TimeDelta::minutes(minute);
        let wanted = Wanted { outage: 0, start: at(1000), end: at(1010) };
        let span = |from, to| {
            let placed = wanted.place((at(from), at(to)));
            placed.map(|(time, distance)| (time, distance.num_minutes()))
        };
        let minutes = |started| span(started, started);
        assert_eq!(Some((PathTime::Before, 5)), minutes(995));
        assert_eq!(Some((PathTime::During, 0)), minutes(1000));
        assert_eq!(Some((PathTime::After, 0)), minutes(1010));
        assert_eq!([None, None], [minutes(1000 - 121), minutes(1010 + 61)]);
        // Over the onset, over the end, over all of it.
        assert_eq!([None, Some((PathTime::During, 1))], [span(995, 1002), span(999, 1005)]);
        assert_eq!([Some((PathTime::During, 6)), None], [span(1006, 1011), span(1009, 1015)]);
        assert_eq!([Some((PathTime::During, 1)), None], [span(999, 1012), span(900, 1100)]);
    }

    /// A block of the log of traces: `rounds` a second each from `began` on, most of them lost.
    fn block(began: Timestamp, rounds: u32, with_end: bool) -> String {
        let at = began.format("%Y%m%d_%H%M%S");
        let ended = began + TimeDelta::seconds(rounds.into());
        let about = format!("# target 1.1.1.1 (1.1.1.1), icmp, {rounds} rounds, {began:?} to {ended:?}: reached\n");
        let hop = format!("  1. AS???    192.168.1.1  97.4%    {rounds}    1.0   1.0   0.9   1.2   0.1\n");
        let head = "HOST: laptop  Loss%   Snt   Last   Avg  Best  Wrst StDev\n";
        let line = "=".repeat(60);
        let remarks = if with_end { about } else { String::new() };
        format!("\n{line}\nRun at: {at}\n{line}\n{head}{hop}{remarks}")
    }

    #[test]
    fn a_trace_that_ran_during_an_outage_is_never_shown_as_the_path_after_or_before_it() {
        let start: Timestamp = "2026-11-28T16:00:00Z".parse().unwrap();
        let seconds = |n: i64| start + TimeDelta::seconds(n);
        for with_end in [true, false] {
            let dir = tempfile::tempdir().unwrap();
            // Begun with the outage of 45 s and told a second after it; and one begun before and ended in it.
            let log = [block(seconds(5), 41, with_end), block(seconds(-50), 60, with_end)].concat();
            fs::write(dir.path().join("mtr_1_1_1_1.log"), log).unwrap();
            let paths = around_one(dir.path(), start, seconds(45));
            let times: Vec<PathTime> = paths.iter().map(|path| path.time).collect();
            assert_eq!(vec![PathTime::During], times, "{with_end}");
            assert_eq!(Some(seconds(5)), paths[0].trace.started);
        }
    }
}
