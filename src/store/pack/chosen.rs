//! Which files of a log folder go into a pack beside the rows.

use std::collections::BTreeSet;

use chrono::{NaiveDateTime, TimeDelta};

use super::rows::Period;
use crate::model::time::Timestamp;

/// Files of an outage are named by its beginning, which may be a moment before the row that names the period's edge.
const MARGIN: TimeDelta = TimeDelta::hours(1);

/// The names of those that belong to the period, with the folder of the pack each goes into. `names` are all names in
/// the log folder, `named` those that rows of the period name.
///
/// An MTR log is written to for a long time and then put aside with the time of that in its name, so it holds what came
/// since the one before it was put aside.
pub(super) fn choose(names: &[String], named: &BTreeSet<String>, (from, to): Period) -> Vec<(&'static str, String)> {
    let from = from.map(|from| from.checked_sub_signed(MARGIN).unwrap_or(from));
    let to = to.map(|to| to.checked_add_signed(MARGIN).unwrap_or(to));
    let lies_in = |at: Timestamp| from.is_none_or(|from| at >= from) && to.is_none_or(|to| at <= to);
    let mut chosen: Vec<(&str, String)> = Vec::new();
    for name in names {
        let Some(kind) = kind(name) else { continue };
        let belongs = match (kind, mtr_target(name)) {
            (Kind::Candidates, _) => true,
            (Kind::Trace, Some((target, aside))) => {
                let asides = names.iter().filter_map(|other| mtr_target(other)).filter(|(other, _)| *other == target);
                let begins = asides.filter_map(|(_, at)| at).filter(|at| aside.is_none_or(|aside| *at < aside)).max();
                // It holds what lies between the two.
                from.is_none_or(|from| aside.is_none_or(|aside| aside >= from))
                    && to.is_none_or(|to| begins.is_none_or(|begins| begins <= to))
            }
            _ => named.contains(name) || time_of(name).is_some_and(lies_in),
        };
        if belongs {
            chosen.push((kind.folder(), name.clone()));
        }
    }
    chosen.sort();
    chosen
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Trace,
    Diagnostics,
    Candidates,
}

impl Kind {
    fn folder(self) -> &'static str {
        match self {
            Self::Trace => "traces",
            Self::Diagnostics | Self::Candidates => "diagnostics",
        }
    }
}

fn kind(name: &str) -> Option<Kind> {
    let is = |start: &str, end: &str| name.starts_with(start) && name.ends_with(end);
    if is("mtr_", ".log") || is("trace_", ".log") {
        Some(Kind::Trace)
    } else if is("wan_diag_", ".log") || is("analysis_on_outage_", ".log") || is("tcp_probe_", ".json") {
        Some(Kind::Diagnostics)
    } else if name == "isp_candidates.json" {
        Some(Kind::Candidates)
    } else {
        None
    }
}

/// The target of an MTR log, and when it was put aside.
fn mtr_target(name: &str) -> Option<(&str, Option<Timestamp>)> {
    let stem = name.strip_prefix("mtr_")?.strip_suffix(".log")?;
    Some(match split_time(stem) {
        Some((target, at)) => (target, Some(at)),
        None => (stem, None),
    })
}

/// The time in a name.
fn time_of(name: &str) -> Option<Timestamp> {
    Some(split_time(name.rsplit_once('.')?.0)?.1)
}

/// Takes `host_20251002_123510` apart, and `host_20251002_123510_2` too.
fn split_time(stem: &str) -> Option<(&str, Timestamp)> {
    let time = |stem: &str| {
        let at = stem.len().checked_sub(16)?;
        let (before, time) = stem.split_at_checked(at)?;
        let at = NaiveDateTime::parse_from_str(time, "_%Y%m%d_%H%M%S").ok()?;
        Some((before.len(), at.and_utc()))
    };
    let counted = || time(stem.rsplit_once('_').filter(|(_, n)| n.bytes().all(|byte| byte.is_ascii_digit()))?.0);
    let (len, at) = time(stem).or_else(counted)?;
    Some((stem.get(..len)?, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn files_of_the_period_are_chosen_by_name_and_by_time() {
        let all = names(&[
            "mtr_1_1_1_1.log",
            "mtr_1_1_1_1_20260301_000000.log",
            "mtr_1_1_1_1_20260105_000000.log",
            "mtr_8_8_8_8.log",
            "mtr_8_8_8_8_20260115_000000.log",
            "netlog.csv",
            "signing.key",
            "isp_candidates.json",
            "trace_1.1.1.1_20260110_120000.log",
            "trace_1.1.1.1_20260110_120000_2.log",
            "trace_1.1.1.1_20260210_120000.log",
            "trace_x_20270101_000000.log",
            "wan_diag_20260131_235959.log",
            "analysis_on_outage_20251231_120000.log",
            "tcp_probe_20260101_000000.json",
        ]);
        let period = (Some(at("2026-01-10T00:00:00Z")), Some(at("2026-02-01T00:00:00Z")));
        let named = BTreeSet::from(["trace_x_20270101_000000.log".to_owned()]);
        let chosen: Vec<String> = choose(&all, &named, period).into_iter().map(|(_, name)| name).collect();
        assert_eq!(
            names(&[
                "isp_candidates.json",
                "wan_diag_20260131_235959.log",
                "mtr_1_1_1_1_20260301_000000.log",
                "mtr_8_8_8_8.log",
                "mtr_8_8_8_8_20260115_000000.log",
                "trace_1.1.1.1_20260110_120000.log",
                "trace_1.1.1.1_20260110_120000_2.log",
                "trace_x_20270101_000000.log",
            ]),
            chosen
        );
        assert_eq!(13, choose(&all, &named, (None, None)).len());
    }
}
