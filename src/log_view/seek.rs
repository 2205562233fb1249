//! The first line from a time on, found without reading the log.

use std::io;

use chrono::NaiveDateTime;
use memchr::memchr;

use super::source::Source;
use crate::{codec::line_time::line_time, model::time::Timestamp};

/// Read at once.
const STEP: u64 = 64 * 1024;

/// Lines without a time are passed over up to here; behind that there is taken to be none.
const MAX_SCAN: u64 = 8 << 20;

/// A line that tells a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Timed {
    start: u64,
    at: Timestamp,
}

/// Result of a search for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sought {
    /// The first line that is from then or later begins here.
    At(u64),
    /// All lines are earlier.
    AllEarlier,
    /// No line tells a time.
    NoTimes,
}

/// Finds the first line that is from `wanted` or later, in a log whose times go up.
///
/// Where times go back in between, as when two logs were joined, it finds one such place of several.
///
/// # Errors
///
/// When the log cannot be read.
pub fn seek(
    source: &mut Source,
    wanted: Timestamp,
    from_local: &dyn Fn(NaiveDateTime) -> Option<Timestamp>,
) -> io::Result<Sought> {
    let Some(first) = timed(source, 0, source.len(), from_local)? else { return Ok(Sought::NoTimes) };
    if first.at >= wanted {
        return Ok(Sought::At(first.start));
    }
    // All lines up to `low` are earlier; `found` is the first known that is not.
    let (mut low, mut high, mut found) = (first.start + 1, source.len(), None);
    while high.saturating_sub(low) > STEP {
        let middle = low + (high - low) / 2;
        match timed(source, middle, high, from_local)? {
            Some(line) if line.at < wanted => low = line.start + 1,
            Some(line) => {
                found = Some(line.start);
                high = middle;
            }
            None => high = middle,
        }
    }
    while let Some(line) = timed(source, low, high, from_local)? {
        if line.at >= wanted {
            return Ok(Sought::At(line.start));
        }
        low = line.start + 1;
    }
    Ok(found.map_or(Sought::AllEarlier, Sought::At))
}

/// The first line that begins at `from` or behind it, before `to`, and tells a time.
fn timed(
    source: &mut Source,
    from: u64,
    to: u64,
    from_local: &dyn Fn(NaiveDateTime) -> Option<Timestamp>,
) -> io::Result<Option<Timed>> {
    // The byte before tells whether a line begins at `from`.
    let mut at = from.saturating_sub(1);
    let mut is_line_start = from == 0;
    let (end, mut buffer) = (to.min(from.saturating_add(MAX_SCAN)), Vec::new());
    while at < end {
        source.read(at, at + STEP, &mut buffer)?;
        let is_last = at + buffer.len() as u64 >= source.len();
        let mut idx = 0;
        while let Some(rest) = buffer.get(idx..).filter(|rest| !rest.is_empty()) {
            let line_end = memchr(b'\n', rest);
            let line = rest.get(..line_end.unwrap_or(rest.len())).unwrap_or_default();
            let is_whole = line_end.is_some() || is_last || idx == 0;
            let start = at + idx as u64;
            if is_line_start {
                if start >= to {
                    return Ok(None);
                }
                if !is_whole {
                    // It goes on behind the buffer, which begins with it next time.
                    break;
                }
                if let Some(time) = line_time(line, from_local) {
                    return Ok(Some(Timed { start, at: time }));
                }
            }
            is_line_start = line_end.is_some();
            idx += line.len() + usize::from(line_end.is_some());
        }
        if idx == 0 {
            break;
        }
        at += idx as u64;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::{fmt::Write as _, fs};

    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn log(content: &str) -> (tempfile::TempDir, Source) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.log");
        fs::write(&path, content).unwrap();
        (dir, Source::open(&path).unwrap())
    }

    fn begin() -> Timestamp {
        "2026-01-03T00:00:00Z".parse().unwrap()
    }

    /// The line that is found, or what else.
    fn found(source: &mut Source, content: &str, wanted: Timestamp) -> String {
        match seek(source, wanted, &|_| None).unwrap() {
            Sought::At(start) => content[usize::try_from(start).unwrap()..].lines().next().unwrap().to_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_run_of_an_mtr_log_is_found() {
        let mut content = String::new();
        for run in 0..20_000 {
            let at = (begin() + TimeDelta::minutes(run)).format("%Y%m%d_%H%M%S");
            write!(content, "\n{0}\nRun at: {at}\n{0}\nHOST: x\n  1. AS??? 192.0.2.1 0.0%\n", "=".repeat(60)).unwrap();
        }
        let (_dir, mut source) = log(&content);
        for run in [0, 1, 7, 9_999, 19_998, 19_999] {
            let at = begin() + TimeDelta::minutes(run);
            let expected = format!("Run at: {}", at.format("%Y%m%d_%H%M%S"));
            assert_eq!(expected, found(&mut source, &content, at), "{run}");
            assert_eq!(expected, found(&mut source, &content, at - TimeDelta::seconds(59)), "{run}");
        }
        assert_eq!("AllEarlier", found(&mut source, &content, begin() + TimeDelta::days(30)));
    }

    #[test]
    fn logs_without_times_say_so() {
        for content in ["", "a\nb\n", &"x\n".repeat(200_000), &"x".repeat(200_000)] {
            let (_dir, mut source) = log(content);
            assert_eq!("NoTimes", found(&mut source, content, begin()));
        }
    }

    #[test]
    fn a_time_across_the_border_of_two_reads_is_seen() {
        let content = format!("{}\n2026-01-03T00:00:00Z\n", "x".repeat(usize::try_from(STEP).unwrap() - 10));
        let (_dir, mut source) = log(&content);
        assert_eq!("2026-01-03T00:00:00Z", found(&mut source, &content, begin()));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]
        #[test]
        fn the_first_line_from_then_on_is_found(
            steps in prop::collection::vec((0_i64..50, 0_usize..4000), 1..150),
            wanted in 0_i64..4000,
        ) {
            let (mut content, mut at, mut expected) = (String::new(), begin(), None);
            let wanted = begin() + TimeDelta::seconds(wanted);
            for (seconds, noise) in steps {
                at += TimeDelta::seconds(seconds);
                if at >= wanted && expected.is_none() {
                    expected = Some(content.len() as u64);
                }
                let time = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
                write!(content, "{time}\n{}\n", "noise ".repeat(noise)).unwrap();
            }
            let (_dir, mut source) = log(&content);
            let sought = seek(&mut source, wanted, &|_| None).unwrap();
            prop_assert_eq!(expected.map_or(Sought::AllEarlier, Sought::At), sought);
        }
    }
}
