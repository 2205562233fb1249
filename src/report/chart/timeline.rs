//! Lanes over the whole period: one for each part that may fail, one for a bad line, one for time nobody looked.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDateTime, TimeDelta};

use super::{
    TYPE, WIDTH,
    drawing::{Anchor, Drawing, Ink},
};
use crate::{model::time::Timestamp, report::lang::Lang};

/// A lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Name of the lane.
    pub name: String,
    /// The colour of what stands in it.
    pub ink: Ink,
    /// True if that is hatched.
    pub is_hatched: bool,
    /// From when to when.
    pub spans: Vec<(Timestamp, Timestamp)>,
}

const LEFT: f64 = 104.0;
const LANE: f64 = 15.0;
const BAR: f64 = 10.0;
/// Least width of a mark, so that every span is seen.
const LEAST: f64 = 1.2;

/// The lanes from one time to another.
pub fn draw(
    lanes: &[Lane],
    (from, to): (Timestamp, Timestamp),
    local: &dyn Fn(Timestamp) -> NaiveDateTime,
    lang: Lang,
) -> Drawing {
    let bottom = lanes.len() as f64 * LANE;
    let mut drawing = Drawing::new(WIDTH, bottom + 14.0);
    let length = (to - from).as_seconds_f64().max(1.0);
    let place = |at: Timestamp| LEFT + ((at - from).as_seconds_f64() / length).clamp(0.0, 1.0) * (WIDTH - LEFT);
    for (idx, lane) in lanes.iter().enumerate() {
        let y = idx as f64 * LANE;
        drawing.text((0.0, y + 8.0), TYPE, Anchor::Start, Ink::Text, lane.name.clone());
        drawing.rect((LEFT, y, WIDTH - LEFT, BAR), 2.0, Ink::Soft);
    }
    for (at, said) in ticks(from, to, local, lang) {
        let x = place(at);
        drawing.line(&[(x, 0.0), (x, bottom)], 0.4, Ink::Line);
        // The last one would stand beyond the edge.
        if x < WIDTH - 20.0 {
            drawing.text((x + 1.5, bottom + 8.0), 6.5, Anchor::Start, Ink::Muted, said);
        }
    }
    for (idx, lane) in lanes.iter().enumerate() {
        let y = idx as f64 * LANE;
        if let Some(columns) = crowded(lane, &place) {
            for (x, share) in columns {
                let height = BAR * share.sqrt().clamp(0.2, 1.0);
                drawing.rect((x, y + BAR - height, COLUMN, height), 0.0, lane.ink);
            }
            continue;
        }
        for (x, width) in merged(lane, &place) {
            let place = (x, y, width, BAR);
            drawing.rect(place, if width > 4.0 { 1.0 } else { 0.0 }, lane.ink);
            if lane.is_hatched && width > 2.0 {
                drawing.hatch(place, 3.5, 0.7, Ink::Paper);
            }
        }
    }
    drawing
}

/// The width of a column in a crowded lane.
const COLUMN: f64 = 1.5;

/// True if so much stands in one of these lanes that it is drawn by columns, higher for a larger
/// share of the time.
pub fn is_crowded(lanes: &[Lane], (from, to): (Timestamp, Timestamp)) -> bool {
    let length = (to - from).as_seconds_f64().max(1.0);
    let place = |at: Timestamp| LEFT + ((at - from).as_seconds_f64() / length).clamp(0.0, 1.0) * (WIDTH - LEFT);
    lanes.iter().any(|lane| crowded(lane, &place).is_some())
}

/// Columns of a crowded lane: position, and share of the time in which something stands in the lane; `None` where marks
/// of their own tell that well enough. Where such marks would cover much more than the time they stand for, they would
/// look worse than it was.
fn crowded(lane: &Lane, place: &dyn Fn(Timestamp) -> f64) -> Option<Vec<(f64, f64)>> {
    let drawn: f64 = merged(lane, place).iter().map(|(_, width)| width).sum();
    let truly: f64 = lane.spans.iter().map(|(from, to)| place(*to) - place(*from)).sum();
    if drawn < (WIDTH - LEFT) / 4.0 || drawn < truly * 2.0 {
        return None;
    }
    let mut columns: BTreeMap<u32, f64> = BTreeMap::new();
    for (from, to) in &lane.spans {
        let (mut x, end) = (place(*from) - LEFT, place(*to) - LEFT);
        loop {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the drawing")]
            let column = (x / COLUMN) as u32;
            let next = (f64::from(column) + 1.0) * COLUMN;
            *columns.entry(column).or_default() += end.min(next) - x;
            x = next;
            if x >= end {
                break;
            }
        }
    }
    let columns = columns.into_iter().map(|(column, part)| (LEFT + f64::from(column) * COLUMN, part / COLUMN));
    Some(columns.map(|(x, share)| (x.min(WIDTH - COLUMN), share)).collect())
}

/// Marks of a lane; those that touch are joined, so that a thousand outages are no thousand shapes.
fn merged(lane: &Lane, place: &dyn Fn(Timestamp) -> f64) -> Vec<(f64, f64)> {
    let mut spans: Vec<(f64, f64)> = lane
        .spans
        .iter()
        .map(|(from, to)| {
            let (x, end) = (place(*from), place(*to));
            let x = x.min(WIDTH - LEAST);
            (x, end.max(x + LEAST))
        })
        .collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut merged: Vec<(f64, f64)> = Vec::new();
    for (x, end) in spans {
        match merged.last_mut() {
            Some((_, last)) if x <= *last + 0.2 => *last = last.max(end),
            _ => merged.push((x, end)),
        }
    }
    merged.into_iter().map(|(x, end)| (x, end - x)).collect()
}

/// Times to write with their labels: full hours, days, weeks or months, as there is room.
fn ticks(
    from: Timestamp,
    to: Timestamp,
    local: &dyn Fn(Timestamp) -> NaiveDateTime,
    lang: Lang,
) -> Vec<(Timestamp, String)> {
    const MOST: i64 = 11;
    let days = (to - from).num_days();
    if days < 2 {
        let step = [1, 2, 3, 6, 12].into_iter().find(|hours| (to - from).num_hours() / hours <= MOST).unwrap_or(12);
        let begin = local(from).date().and_hms_opt(0, 0, 0).unwrap_or_default();
        let hours = (0..=96).filter(|hour| hour % step == 0);
        return hours
            .filter_map(|hour| {
                let at = begin.checked_add_signed(TimeDelta::hours(hour))?;
                let utc = from.checked_add_signed(at - local(from))?;
                (utc >= from && utc <= to).then(|| (utc, at.format("%H:%M").to_string()))
            })
            .collect();
    }
    let step = [1, 2, 3, 7, 14, 28].into_iter().find(|step| days / step <= MOST);
    // Where months are too many: every second one, and so on.
    let months = [1, 2, 3, 6, 12].into_iter().find(|months| days / 30 / months <= MOST).unwrap_or(24);
    let mut date = local(from).date();
    let mut ticks = Vec::new();
    // Midnight of each day, found by what the clock on the wall shows at noon: it may have been set in between.
    while let Some(next) = date.succ_opt() {
        date = next;
        let midnight = date.and_hms_opt(0, 0, 0).unwrap_or_default();
        let Some(at) = from.checked_add_signed(midnight - local(from)) else { break };
        if at > to {
            break;
        }
        let is_one = match step {
            Some(step) => (date - local(from).date()).num_days() % step == 0,
            None => date.day() == 1 && (i64::from(date.year()) * 12 + i64::from(date.month0())) % months == 0,
        };
        if is_one {
            let at = at.checked_add_signed(midnight - local(at)).unwrap_or(at);
            ticks.push((at, if step.is_some() { lang.day_month(date) } else { lang.month_year_short(date) }));
        }
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_every_tick() {
        let from: Timestamp = "2026-10-20T05:00:00Z".parse().unwrap();
        for hours in [1, 5, 24, 47, 48, 100, 24 * 30, 24 * 90, 24 * 365, 24 * 730] {
            let ticks = ticks(from, from + TimeDelta::hours(hours), &|at| at.naive_utc(), Lang::En);
            assert!((1..=13).contains(&ticks.len()), "{hours} h: {ticks:?}");
        }
    }

    #[test]
    fn a_thousand_short_outages_do_not_look_like_one_long_one() {
        let at = |second: i64| Timestamp::UNIX_EPOCH + TimeDelta::seconds(second);
        let place = |at: Timestamp| LEFT + (at - Timestamp::UNIX_EPOCH).as_seconds_f64() / 1e6 * (WIDTH - LEFT);
        let lane = |n: i64, length: i64| {
            let spans = (0..n).map(|idx| (at(idx * 1000), at(idx * 1000 + length))).collect();
            Lane { name: String::new(), ink: Ink::Provider, is_hatched: false, spans }
        };
        let columns = crowded(&lane(1000, 100), &place).unwrap();
        assert!(columns.iter().all(|(x, share)| *x <= WIDTH - COLUMN && (0.0..0.2).contains(share)), "{columns:?}");
        let sum: f64 = columns.iter().map(|(_, share)| share * COLUMN).sum();
        assert!((sum - 0.1 * (WIDTH - LEFT)).abs() < 0.5, "a tenth of the time: {sum}");
        assert_eq!(None, crowded(&lane(1000, 990), &place), "that was nearly all the time");
        assert_eq!(None, crowded(&lane(20, 100), &place));
    }

    #[test]
    fn what_touches_is_one() {
        let at = |second: i64| Timestamp::UNIX_EPOCH + TimeDelta::seconds(second);
        let spans = vec![(at(50), at(60)), (at(0), at(1)), (at(1), at(2)), (at(99), at(100))];
        let lane = Lane { name: String::new(), ink: Ink::Provider, is_hatched: false, spans };
        let merged = merged(&lane, &|at| (at - Timestamp::UNIX_EPOCH).as_seconds_f64());
        assert_eq!(3, merged.len(), "{merged:?}");
    }
}
