//! A calendar: for each day how much of it the line was down.

use std::{collections::BTreeMap, time::Duration};

use chrono::{Datelike as _, Days, NaiveDate};

use super::{
    TYPE, WIDTH,
    drawing::{Anchor, Drawing, Ink},
};
use crate::{model::summary::Bucket, report::lang::Lang};

/// Up to so many weeks there is room for what happened on each day.
const MOST_WEEKS: usize = 14;
/// Weeks beside each other where there is not.
const WEEKS_ACROSS: usize = 53;
/// Blocks of these that are drawn: four years.
const MOST_BLOCKS: usize = 4;

/// Seconds down from which a day has the next step of [`Ink::Heat`].
const STEPS: [u64; 5] = [1, 60, 600, 3600, 6 * 3600];

/// The calendar of these days.
pub fn draw(by_day: &BTreeMap<NaiveDate, Bucket>, lang: Lang) -> Drawing {
    let (Some(first), Some(last)) = (by_day.keys().next(), by_day.keys().next_back()) else {
        return Drawing::new(WIDTH, 0.0);
    };
    let monday = monday_of(*first);
    let weeks = usize::try_from((*last - monday).num_days()).unwrap_or_default() / 7 + 1;
    let mut drawing = Drawing::new(WIDTH, 0.0);
    let y = if weeks <= MOST_WEEKS {
        large(&mut drawing, monday, weeks, by_day, lang)
    } else {
        small(&mut drawing, *last, weeks, by_day, lang)
    };
    legend(&mut drawing, y + 6.0, lang);
    drawing.height = y + 18.0;
    drawing
}

fn monday_of(date: NaiveDate) -> NaiveDate {
    date.checked_sub_days(Days::new(u64::from(date.weekday().num_days_from_monday()))).unwrap_or(date)
}

fn days_from(monday: NaiveDate, n: usize) -> impl Iterator<Item = (usize, NaiveDate)> {
    (0..n).filter_map(move |idx| Some((idx, monday.checked_add_days(Days::new(idx as u64))?)))
}

fn step(down: Duration) -> u8 {
    STEPS.iter().filter(|from| down.as_secs_f64() >= **from as f64).fold(0, |step, _| step + 1)
}

/// Weeks below each other, with figures in each day. Returns where it ends.
fn large(
    drawing: &mut Drawing,
    monday: NaiveDate,
    weeks: usize,
    by_day: &BTreeMap<NaiveDate, Bucket>,
    lang: Lang,
) -> f64 {
    const GAP: f64 = 3.0;
    const HEAD: f64 = 12.0;
    let height = if weeks > 7 { 20.0 } else { 27.0 };
    let width = (WIDTH - GAP * 6.0) / 7.0;
    for (idx, name) in lang.weekdays().into_iter().enumerate() {
        drawing.text((idx as f64 * (width + GAP) + 4.0, 8.0), TYPE, Anchor::Start, Ink::Muted, name);
    }
    for (idx, date) in days_from(monday, weeks * 7) {
        let x = (idx % 7) as f64 * (width + GAP);
        let y = HEAD + (idx / 7) as f64 * (height + GAP);
        let Some(day) = by_day.get(&date) else {
            drawing.text((x + 4.0, y + 9.5), TYPE, Anchor::Start, Ink::Unseen, date.day().to_string());
            continue;
        };
        let place = (x, y, width, height);
        let (ink, on) = cell(day);
        drawing.rect(place, 3.0, ink);
        unseen(drawing, place, day);
        let name = if date.day() == 1 || (idx == 0) { lang.day_month(date) } else { date.day().to_string() };
        drawing.strong((x + 4.0, y + 9.5), TYPE, Anchor::Start, on, name);
        if day.n_outages > 0 {
            drawing.strong((x + width - 4.0, y + 9.5), TYPE, Anchor::End, on, format!("{}×", day.n_outages));
        }
        let said = if !day.down.is_zero() {
            lang.length(day.down)
        } else if day.up.is_zero() {
            lang.of("not watched", "nicht beobachtet").into()
        } else if is_mostly_unseen(day) {
            let seen = lang.length(day.monitored());
            format!("✓ {seen}")
        } else {
            "✓".into()
        };
        let is_fine = !day.up.is_zero() && !is_mostly_unseen(day);
        let ink = if day.down.is_zero() { if is_fine { Ink::Good } else { Ink::Muted } } else { on };
        drawing.text((x + 4.0, y + height - 4.5), TYPE, Anchor::Start, ink, said);
    }
    HEAD + weeks as f64 * (height + GAP)
}

/// Weeks beside each other, with the number of outages in each day. Returns where it ends.
fn small(
    drawing: &mut Drawing,
    last: NaiveDate,
    weeks: usize,
    by_day: &BTreeMap<NaiveDate, Bucket>,
    lang: Lang,
) -> f64 {
    const LEFT: f64 = 18.0;
    const HEAD: f64 = 11.0;
    let blocks = weeks.div_ceil(WEEKS_ACROSS).min(MOST_BLOCKS);
    let across = weeks.min(WEEKS_ACROSS);
    let size = ((WIDTH - LEFT) / across as f64).min(13.0);
    let mut y = 0.0;
    // The latest weeks, should there be too many.
    let shown = blocks * across;
    let begin = monday_of(last).checked_sub_days(Days::new((shown as u64 - 1) * 7)).unwrap_or(last);
    for block in 0..blocks {
        let Some(monday) = begin.checked_add_days(Days::new((block * across * 7) as u64)) else { break };
        for (idx, name) in lang.weekdays().into_iter().enumerate().step_by(2) {
            let base = y + HEAD + (idx as f64 + 0.75) * size;
            drawing.text((0.0, base), 6.0, Anchor::Start, Ink::Muted, name);
        }
        for (idx, date) in days_from(monday, across * 7) {
            let place = (LEFT + (idx / 7) as f64 * size, y + HEAD + (idx % 7) as f64 * size, size - 1.0, size - 1.0);
            if date.day() == 1 {
                let year = if date.month() == 1 { format!(" {}", date.year()) } else { String::new() };
                let month = lang.month_year(date);
                let short: String = month.chars().take(3).collect();
                drawing.text((place.0, y + 7.5), 6.0, Anchor::Start, Ink::Muted, format!("{short}{year}"));
            }
            let Some(day) = by_day.get(&date) else { continue };
            let (ink, on) = cell(day);
            drawing.rect(place, 1.5, ink);
            unseen(drawing, place, day);
            if day.n_outages > 0 || !day.down.is_zero() {
                let said = match day.n_outages {
                    0 => "·".to_owned(),
                    1..=9 => day.n_outages.to_string(),
                    _ => "+".to_owned(),
                };
                let centre = (place.0 + place.2 / 2.0, place.1 + place.3 * 0.74);
                drawing.strong(centre, size * 0.6, Anchor::Middle, on, said);
            }
        }
        y += HEAD + 7.0 * size + 8.0;
    }
    y - 6.0
}

/// True if less than half a day was watched, which says little of that day.
fn is_mostly_unseen(day: &Bucket) -> bool {
    day.monitored() < Duration::from_hours(12)
}

/// The colours of a day: its ground and what stands on it.
fn cell(day: &Bucket) -> (Ink, Ink) {
    let step = step(day.down);
    match step {
        0 if day.up.is_zero() || is_mostly_unseen(day) => (Ink::Soft, Ink::Muted),
        0 => (Ink::GoodSoft, Ink::Text),
        1..=3 => (Ink::Heat(step), Ink::Text),
        _ => (Ink::Heat(step), Ink::Paper),
    }
}

/// Hatches the part of a day nobody looked, at its lower edge.
fn unseen(drawing: &mut Drawing, (x, y, w, h): (f64, f64, f64, f64), day: &Bucket) {
    let all = day.monitored() + day.not_monitored;
    let share = day.not_monitored.as_secs_f64() / all.as_secs_f64().max(f64::MIN_POSITIVE);
    if share > 0.004 {
        let width = (w * share).max(2.0).min(w);
        let height = (h * 0.14).max(1.2);
        let place = (x + w - width, y + h - height, width, height);
        drawing.rect(place, 0.0, Ink::Unseen);
        drawing.hatch(place, 3.0, 0.7, Ink::Paper);
    }
}

fn legend(drawing: &mut Drawing, y: f64, lang: Lang) {
    let names = lang.of(
        ["no outage", "under 1 min", "1 to 10 min", "10 to 60 min", "1 to 6 h", "6 h or more"],
        ["kein Ausfall", "unter 1 min", "1 bis 10 min", "10 bis 60 min", "1 bis 6 h", "6 h oder mehr"],
    );
    let inks = [Ink::GoodSoft, Ink::Heat(1), Ink::Heat(2), Ink::Heat(3), Ink::Heat(4), Ink::Heat(5)];
    let mut x = 0.0;
    for (name, ink) in names.into_iter().zip(inks) {
        drawing.rect((x, y, 9.0, 8.0), 1.5, ink);
        drawing.text((x + 12.5, y + 6.8), TYPE, Anchor::Start, Ink::Muted, name);
        // Letters of other fonts are wider than ours.
        x += 21.0 + name.chars().count() as f64 * 4.1;
    }
    drawing.rect((x, y + 2.0, 9.0, 4.0), 0.0, Ink::Unseen);
    drawing.hatch((x, y + 2.0, 9.0, 4.0), 3.0, 0.7, Ink::Paper);
    drawing.text((x + 12.5, y + 6.8), TYPE, Anchor::Start, Ink::Muted, lang.of("not watched", "nicht beobachtet"));
}
