//! Time by state, hour, weekday and day.

use std::{collections::BTreeMap, time::Duration};

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};

use super::Scope;
use crate::model::{
    ledger::State,
    opening_hours::OpeningHours,
    summary::{Bucket, Summary},
    time::{Stamp, Timestamp},
};

/// Adds up time.
#[derive(Debug, Clone, Default)]
pub(super) struct Calendar {
    totals: BTreeMap<State, Duration>,
    by_hour: [Bucket; 24],
    by_weekday: [Bucket; 7],
    by_week: [[Bucket; 24]; 7],
    by_day: BTreeMap<NaiveDate, Bucket>,
}

impl Calendar {
    /// `state` held from `start` to `end`; says how much of that is counted.
    pub(super) fn add(&mut self, start: Stamp, end: Stamp, state: State, scope: &Scope) -> Duration {
        let mut sum = Duration::ZERO;
        for (local, length) in pieces(start, end, scope) {
            sum += length;
            for bucket in self.buckets(local) {
                match state {
                    State::Up => bucket.up += length,
                    State::Degraded => {
                        bucket.up += length;
                        bucket.degraded += length;
                    }
                    State::Down(_) => bucket.down += length,
                    State::NotMonitored(_) => bucket.not_monitored += length,
                }
            }
        }
        if !sum.is_zero() {
            *self.totals.entry(state).or_default() += sum;
        }
        sum
    }

    /// An outage begins.
    pub(super) fn add_outage(&mut self, at: Timestamp, scope: &Scope) {
        for bucket in self.buckets((scope.local)(at)) {
            bucket.n_outages += 1;
        }
    }

    fn buckets(&mut self, local: NaiveDateTime) -> impl Iterator<Item = &mut Bucket> {
        let (hour_no, weekday_no) = (local.hour() as usize, local.weekday().num_days_from_monday() as usize);
        let hour = self.by_hour.get_mut(hour_no);
        let weekday = self.by_weekday.get_mut(weekday_no);
        let both = self.by_week.get_mut(weekday_no).and_then(|hours| hours.get_mut(hour_no));
        let day = self.by_day.entry(local.date()).or_default();
        hour.into_iter().chain(weekday).chain(both).chain([day])
    }

    pub(super) fn finish(self, summary: &mut Summary) {
        summary.totals = self.totals;
        summary.by_hour = self.by_hour.to_vec();
        summary.by_weekday = self.by_weekday.to_vec();
        summary.by_week = self.by_week.concat();
        summary.by_day = self.by_day;
    }
}

/// Returns the part of the time from `start` to `end` that is counted.
pub(super) fn counted(start: Stamp, end: Stamp, scope: &Scope) -> Duration {
    pieces(start, end, scope).map(|(_, length)| length).sum()
}

/// The counted parts of a stretch of time, none over an edge of an hour or of the opening hours, each with its
/// beginning on the wall.
fn pieces(start: Stamp, end: Stamp, scope: &Scope) -> impl Iterator<Item = (NaiveDateTime, Duration)> {
    let bounds = Bounds { from: scope.from, to: scope.to, opening_hours: scope.opening_hours.as_ref() };
    bounds.pieces(start, end, &*scope.local)
}

/// The parts of a stretch of time, whatever is counted, none over an edge of an hour, each with its beginning on the
/// wall.
pub(super) fn all_pieces(start: Stamp, end: Stamp, scope: &Scope) -> impl Iterator<Item = (NaiveDateTime, Duration)> {
    Bounds { from: None, to: None, opening_hours: None }.pieces(start, end, &*scope.local)
}

/// The time that is counted.
#[derive(Clone, Copy)]
struct Bounds<'a> {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    opening_hours: Option<&'a OpeningHours>,
}

impl<'a> Bounds<'a> {
    fn pieces(
        self,
        start: Stamp,
        end: Stamp,
        local: &'a dyn Fn(Timestamp) -> NaiveDateTime,
    ) -> impl Iterator<Item = (NaiveDateTime, Duration)> + 'a {
        let nanos = |wall: Timestamp| {
            (wall - start.wall).num_nanoseconds().unwrap_or(if wall > start.wall { i64::MAX } else { 0 })
        };
        let length = end.since(start);
        let from = self.from.map_or(0, nanos).max(0);
        let to = self.to.map_or(i64::MAX, nanos).max(0);
        let mut done = Duration::from_nanos(from.unsigned_abs());
        let until = length.min(Duration::from_nanos(to.unsigned_abs()));
        std::iter::from_fn(move || {
            while done < until {
                let at = start.after(done).wall;
                let local = local(at);
                let piece = self.to_next_edge(local).min(until.saturating_sub(done));
                done += piece;
                if self.opening_hours.is_none_or(|hours| hours.is_open(local)) {
                    return Some((local, piece));
                }
            }
            None
        })
    }

    /// Time until the next full hour, or until opening hours may begin or end.
    fn to_next_edge(self, local: NaiveDateTime) -> Duration {
        let minute = local.hour() * 60 + local.minute();
        let hour = (local.hour() + 1) * 60;
        let edges = self.opening_hours.into_iter().flat_map(OpeningHours::edges);
        let next = edges.filter(|edge| *edge > minute).fold(hour, u32::min);
        let within = Duration::new(u64::from(local.second()), local.nanosecond().min(999_999_999));
        (Duration::from_secs(u64::from(next - minute) * 60).saturating_sub(within)).max(Duration::from_nanos(1))
    }
}
