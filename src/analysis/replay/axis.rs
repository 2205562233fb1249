//! Positions of the times of rows on the ledger's axis.

use std::time::Duration;

use chrono::{NaiveDate, NaiveTime, TimeDelta, Timelike as _};

use crate::model::time::{Stamp, Timestamp};

/// Time before the first row that rows may speak of.
const BEFORE: TimeDelta = TimeDelta::days(36_500);

/// Begins long before the first row.
#[derive(Debug, Clone, Default)]
pub(super) struct Axis {
    zero: Option<Timestamp>,
    /// The day of the last row and where it begins: nearly always that of the next row too.
    day: Option<(NaiveDate, Duration)>,
}

impl Axis {
    /// The point at a `steady` time, when the clock showed `wall`. The first one asked for is that of the first row.
    #[inline]
    pub(super) fn place(&mut self, steady: Timestamp, wall: Timestamp) -> Stamp {
        let on_day = steady.naive_utc();
        let (date, time) = (on_day.date(), on_day.time());
        if let Some((day, begin)) = self.day
            && day == date
        {
            let within = Duration::new(u64::from(time.num_seconds_from_midnight()), time.nanosecond());
            return Stamp { wall, mono: begin + within };
        }
        self.place_anew(steady, wall)
    }

    /// The same on another day than the last.
    #[inline(never)]
    fn place_anew(&mut self, steady: Timestamp, wall: Timestamp) -> Stamp {
        let zero = *self.zero.get_or_insert_with(|| steady.checked_sub_signed(BEFORE).unwrap_or_default());
        let since = |at: Timestamp| (at - zero).to_std().ok();
        self.day =
            since(steady.date_naive().and_time(NaiveTime::MIN).and_utc()).map(|begin| (steady.date_naive(), begin));
        Stamp { wall, mono: since(steady).unwrap_or(Duration::ZERO) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_times_whatever_was_asked_before() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let first = at("2025-10-02T12:35:02.5Z");
        let mut axis = Axis::default();
        let zero = axis.place(first, first);
        for text in [
            "2025-10-02T12:35:03.25Z",
            "2025-10-02T23:59:59.999999Z",
            "2025-10-03T00:00:00Z",
            "2025-10-02T12:35:02.5Z",
            "2026-03-01T00:00:01Z",
            "1970-01-01T00:00:00Z",
            "2199-12-31T23:59:59Z",
        ] {
            let distance = axis.place(at(text), first).mono.as_secs_f64() - zero.mono.as_secs_f64();
            assert!((distance - (at(text) - first).as_seconds_f64()).abs() < 1e-6, "{text}");
        }
        assert_eq!(Duration::ZERO, axis.place(at("1900-01-01T00:00:00Z"), first).mono);
    }
}
