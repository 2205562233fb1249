//! Rows whose times cannot be right: those of a clock that was not set yet, and of one that was set years wrong.

use std::path::Path;

use chrono::TimeDelta;

use crate::model::{log_row::OddRows, time::Timestamp};

/// Adds a row of `file` at `at` to the list.
pub(super) fn put_aside(all: &mut Vec<OddRows>, file: &Path, at: Timestamp) {
    if let Some(known) = all.iter_mut().find(|known| known.file == file) {
        known.n_rows += 1;
        (known.first, known.last) = (known.first.min(at), known.last.max(at));
    } else {
        all.push(OddRows { file: file.to_owned(), n_rows: 1, first: at, last: at });
    }
}

/// Times of rows that belong together: no gap between them is longer than [`FAR`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cluster {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    n_rows: u64,
}

/// Rows further apart than this belong to different clusters.
const FAR: TimeDelta = TimeDelta::days(366);
/// Rows nearer than this to the last one looked at are not looked at closely.
const CLOSELY: TimeDelta = TimeDelta::days(1);
/// A clock may be ahead by this much and still be believed.
const AHEAD: TimeDelta = TimeDelta::days(1);
/// Maximum number of rows of a cluster that is put aside where no cluster can be right.
const FEW: u64 = 1000;
/// Minimum ratio of the rows of the largest cluster to the rows of such a cluster.
const PART: u64 = 10;

/// The clusters of rows that come in the order of their time.
#[derive(Debug)]
pub(super) struct Clusters {
    done: Vec<Cluster>,
    /// First time of the present cluster, and the number of rows before it.
    begin: Option<(Timestamp, u64)>,
    /// Rows before this time belong to the present cluster.
    until: Timestamp,
    /// Rows from this time on lie in the future.
    future: Option<Timestamp>,
}

impl Clusters {
    pub(super) fn new(now: Option<Timestamp>) -> Self {
        let future = now.and_then(|now| now.checked_add_signed(AHEAD));
        Self { done: Vec::new(), begin: None, until: Timestamp::MIN_UTC, future }
    }

    /// True if the row at `at` needs a closer look.
    #[inline]
    pub(super) fn is_far(&self, at: Timestamp) -> bool {
        at >= self.until
    }

    /// Looks closely at a row: `before` is the row before it, `n_before` is the number of rows before it.
    #[inline(never)]
    pub(super) fn look(&mut self, at: Timestamp, before: Option<Timestamp>, n_before: u64) {
        let is_future = self.future.take_if(|future| *future <= at).is_some();
        let is_apart = before.is_some_and(|before| at - before > FAR);
        if let (Some(before), true) = (before, is_apart || is_future) {
            self.close(before, n_before);
        }
        self.begin.get_or_insert((at, n_before));
        let until = at.checked_add_signed(CLOSELY).unwrap_or(at);
        self.until = self.future.map_or(until, |future| until.min(future));
    }

    fn close(&mut self, last: Timestamp, n_rows: u64) {
        if let Some((first, n_before)) = self.begin.take() {
            self.done.push(Cluster { first, last, n_rows: n_rows.saturating_sub(n_before) });
        }
    }

    /// All rows have been seen, of which the last one is at `last`.
    pub(super) fn finish(mut self, last: Option<Timestamp>, n_rows: u64) -> Vec<Cluster> {
        if let Some(last) = last {
            self.close(last, n_rows);
        }
        self.done
    }
}

/// The clusters that are to be put aside, and true if the times of what is left cannot be right either.
///
/// A time that can be right is never put aside, however few rows have it.
pub(super) fn odd(clusters: &[Cluster], now: Timestamp) -> (Vec<Cluster>, bool) {
    let can_be = |cluster: &Cluster| {
        cluster.first < now.checked_add_signed(AHEAD).unwrap_or(now) && cluster.last.timestamp() >= SENSIBLE
    };
    let any_can_be = clusters.iter().any(can_be);
    let most = clusters.iter().map(|cluster| cluster.n_rows).max().unwrap_or(0);
    let is_odd = |cluster: &&Cluster| {
        let is_few = cluster.n_rows <= FEW && cluster.n_rows.saturating_mul(PART) <= most;
        if any_can_be { !can_be(cluster) } else { is_few }
    };
    (clusters.iter().filter(is_odd).copied().collect(), !any_can_be && !clusters.is_empty())
}

/// 2020-01-01: no log is older.
const SENSIBLE: i64 = 1_577_836_800;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The first times of clusters that are put aside, of rows an hour apart from each of these times on.
    #[track_caller]
    fn check(begins: &[(&str, u64)], now: &str, expected: &[&str], all_odd: bool) {
        let mut clusters = Clusters::new(Some(at(now)));
        let (mut n, mut last) = (0, None);
        for (begin, n_rows) in begins {
            for row in 0..*n_rows {
                let at = at(begin) + TimeDelta::hours(row.cast_signed());
                if clusters.is_far(at) {
                    clusters.look(at, last, n);
                }
                (n, last) = (n + 1, Some(at));
            }
        }
        let clusters = clusters.finish(last, n);
        assert_eq!(n, clusters.iter().map(|cluster| cluster.n_rows).sum::<u64>());
        let (odd, found) = odd(&clusters, at(now));
        let expected: Vec<Timestamp> = expected.iter().map(|text| at(text)).collect();
        assert_eq!((expected, all_odd), (odd.iter().map(|cluster| cluster.first).collect(), found));
    }

    const NOW: &str = "2026-11-28T00:00:00Z";

    #[test]
    fn a_log_of_years_is_whole() {
        check(&[("2024-01-01T00:00:00Z", 20_000)], NOW, &[], false);
        check(&[("2024-01-01T00:00:00Z", 500), ("2026-01-01T00:00:00Z", 4000)], NOW, &[], false);
        check(&[], NOW, &[], false);
        // Three days of rows every five minutes, and then, more than a year later, many more; or one row long before.
        check(&[("2024-01-01T00:00:00Z", 864), ("2025-03-01T00:00:00Z", 8_641)], NOW, &[], false);
        check(
            &[("2020-01-01T00:00:00Z", 1), ("2023-05-03T00:00:00Z", 10), ("2025-06-01T00:00:00Z", 10_000)],
            NOW,
            &[],
            false,
        );
    }

    #[test]
    fn rows_before_any_log_and_after_now_are_put_aside() {
        let (pi, cmos) = ("1970-01-01T00:00:10Z", "2000-01-01T00:00:00Z");
        let (log, later, far) = ("2025-06-01T00:00:00Z", "2026-12-24T00:00:00Z", "2065-01-01T00:00:00Z");
        check(&[(pi, 3), (log, 60)], NOW, &[pi], false);
        check(&[(pi, 300), (cmos, 100), (log, 60)], NOW, &[pi, cmos], false);
        check(&[(log, 60), (far, 1)], NOW, &[far], false);
        check(&[(log, 10_000), (later, 1)], NOW, &[later], false);
        check(&[("2026-11-27T22:00:00Z", 20)], NOW, &[], false);
    }

    #[test]
    fn a_log_wholly_of_an_odd_time_is_kept() {
        check(&[("1970-01-01T00:00:00Z", 100)], NOW, &[], true);
        check(&[("2031-01-01T00:00:00Z", 100)], NOW, &[], true);
        check(&[("1970-01-01T00:00:00Z", 100), ("2000-01-01T00:00:00Z", 50)], NOW, &[], true);
        check(&[("1970-01-01T00:00:00Z", 100), ("2065-01-01T00:00:00Z", 2)], NOW, &["2065-01-01T00:00:00Z"], true);
    }
}
