//! Age of stored data by time that is known to have passed.
//!
//! A wall clock that is set years ahead makes everything look old. So a long stretch without any data, which may be such a
//! step, or a computer that was off, does not count towards an age.

/// A stretch without data of this length or more does not count, in milliseconds.
const DOUBTFUL: i64 = 60 * DAY;
/// A doubtful stretch is told of for so long after its end, in milliseconds.
const RECENT: i64 = 30 * DAY;
const DAY: i64 = 24 * 3_600_000;

/// Reason not to remove by age what the wall clock calls old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// Now is months after the newest earlier data, which end at this time (milliseconds since 1970).
    Ahead(i64),
    /// All data lie after now, the newest at this time.
    Behind(i64),
}

/// The time before which data are too old, in milliseconds since 1970, and a doubt about the clock if there is one.
///
/// `spans` are the stretches with data, in time order; all times are in milliseconds since 1970. Data of the future, which
/// a clock that was ahead for a while has left behind, count only where there are no others.
pub(super) fn limit(spans: &[(i64, i64)], now: i64, age: i64) -> (i64, Option<Doubt>) {
    let n_known = spans.partition_point(|(begin, _)| *begin <= now.saturating_add(DAY));
    let (spans, future) = spans.split_at(n_known);
    if let (true, Some((begin, _))) = (spans.is_empty(), future.last()) {
        return (i64::MIN, Some(Doubt::Behind(*begin)));
    }
    let (mut later, mut left, mut doubt) = (now, age, None);
    for (begin, end) in spans.iter().rev() {
        let end = (*end).min(later);
        let gap = later - end;
        if gap >= DOUBTFUL {
            doubt = doubt.or(Some(end).filter(|_| now - later < RECENT));
        } else if gap >= left {
            break;
        } else {
            left -= gap;
        }
        later = end;
        let span = (end - begin).max(0);
        if span >= left {
            break;
        }
        (left, later) = (left - span, (*begin).min(end));
    }
    let oldest = later.saturating_sub(left);
    let is_some_kept_by_it = spans.first().is_some_and(|(begin, _)| *begin < now.saturating_sub(age));
    (oldest, doubt.filter(|_| is_some_kept_by_it).map(Doubt::Ahead))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: i64 = 730 * DAY;

    #[test]
    fn without_long_gaps_the_limit_is_an_age_before_now() {
        let days: Vec<(i64, i64)> = (0..1000).step_by(30).map(|day| (day * DAY, (day + 1) * DAY)).collect();
        for now in [991, 1000, 1040] {
            assert_eq!(((now - 730) * DAY, None), limit(&days, now * DAY, LONG), "{now}");
        }
        assert_eq!((1000 * DAY - LONG, None), limit(&[], 1000 * DAY, LONG));
    }

    #[test]
    fn a_clock_that_jumps_years_ahead_makes_nothing_old() {
        let month = [(0, 30 * DAY)];
        let now = (30 + 1096) * DAY;
        let (oldest, doubt) = limit(&month, now, LONG);
        assert!(oldest < 0, "{oldest}");
        assert_eq!(Some(Doubt::Ahead(30 * DAY)), doubt);
        // Nor when there are data of the wrong time already.
        let (oldest, doubt) = limit(&[(0, 30 * DAY), (now, now + DAY)], now + DAY, LONG);
        assert!(oldest < 0 && doubt.is_some(), "{oldest}");
    }

    #[test]
    fn after_a_year_off_data_become_old_by_time_that_passes() {
        let year_off = |run: i64| [(0, 700 * DAY), (1100 * DAY, (1100 + run) * DAY)];
        for run in [1, 29] {
            let (oldest, doubt) = limit(&year_off(run), (1100 + run) * DAY, LONG);
            assert_eq!(((700 - 730 + run) * DAY, Some(Doubt::Ahead(700 * DAY))), (oldest, doubt), "{run}");
        }
        assert_eq!((70 * DAY, None), limit(&year_off(100), 1200 * DAY, LONG), "told of for a month alone");
    }

    #[test]
    fn data_of_the_future_change_no_limit() {
        let days: Vec<(i64, i64)> = (0..1000).map(|day| (day * DAY, (day + 1) * DAY)).collect();
        for future in [1002, 1030, 2000, 40_000] {
            let mut with_future = days.clone();
            with_future.extend([(future * DAY, future * DAY), ((future + 9) * DAY, (future + 10) * DAY)]);
            for now in [1000, 1001] {
                let limit_without = limit(&days, now * DAY, LONG);
                assert_eq!(((now - 730) * DAY, None), limit_without);
                assert_eq!(limit_without, limit(&with_future, now * DAY, LONG), "{future} {now}");
            }
        }
        // A clock that is ahead of the newest data still makes nothing old.
        let (oldest, doubt) = limit(&[(0, 30 * DAY), (40_000 * DAY, 40_001 * DAY)], 1126 * DAY, LONG);
        assert!(oldest < 0 && doubt == Some(Doubt::Ahead(30 * DAY)), "{oldest} {doubt:?}");
        // A clock that is behind some of the data makes less old than the right one does.
        assert_eq!(((900 - 730) * DAY, None), limit(&days, 900 * DAY, LONG));
    }

    #[test]
    fn a_clock_that_is_behind_removes_nothing() {
        assert_eq!((i64::MIN, Some(Doubt::Behind(900 * DAY))), limit(&[(900 * DAY, 901 * DAY)], 5 * DAY, DAY));
    }
}
