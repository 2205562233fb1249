//! A heat map: at which hours of the week the line was down.

use std::time::Duration;

use super::{
    TYPE, WIDTH,
    drawing::{Anchor, Drawing, Ink},
    palette::HEAT_STEPS,
};
use crate::{model::summary::Bucket, report::lang::Lang};

const LEFT: f64 = 24.0;
const HEAD: f64 = 12.0;
const ROW: f64 = 16.0;

/// The map of 7 × 24 buckets, Monday first.
pub fn draw(by_week: &[Bucket], lang: Lang) -> Drawing {
    let mut drawing = Drawing::new(WIDTH, HEAD + 7.0 * ROW + 18.0);
    let width = (WIDTH - LEFT) / 24.0;
    let most = by_week.iter().map(share).fold(0.0, f64::max);
    for hour in 0..24_u8 {
        let x = LEFT + f64::from(hour) * width;
        drawing.text((x + width / 2.0, 8.0), 6.5, Anchor::Middle, Ink::Muted, format!("{hour:02}"));
    }
    for (row, (name, hours)) in lang.weekdays().into_iter().zip(by_week.chunks(24)).enumerate() {
        let y = HEAD + row as f64 * ROW;
        drawing.text((0.0, y + 11.0), TYPE, Anchor::Start, Ink::Text, name);
        for (hour, bucket) in hours.iter().enumerate() {
            let place = (LEFT + hour as f64 * width, y, width - 1.0, ROW - 1.0);
            if bucket.monitored().is_zero() {
                drawing.rect(place, 1.5, Ink::Soft);
                drawing.hatch(place, 4.0, 0.5, Ink::Unseen);
                continue;
            }
            let step = step(share(bucket), most);
            drawing.rect(place, 1.5, Ink::Heat(step));
            if !bucket.down.is_zero() {
                let on = if step >= 4 { Ink::Paper } else { Ink::Text };
                let centre = (place.0 + place.2 / 2.0, y + 10.2);
                drawing.text(centre, 6.5, Anchor::Middle, on, short(bucket.down));
            }
        }
    }
    let y = HEAD + 7.0 * ROW + 12.0;
    let said = lang.of(
        "Figures: time down at this hour, added up (s, m = minutes, h). Shade: part of the watched time. Hatched: never watched.",
        "Zahlen: Ausfallzeit in dieser Stunde, summiert (s, m = Minuten, h). Tönung: Anteil der beobachteten Zeit. Schraffiert: nie beobachtet.",
    );
    drawing.text((0.0, y), 6.5, Anchor::Start, Ink::Muted, said);
    drawing
}

fn share(bucket: &Bucket) -> f64 {
    bucket.down.as_secs_f64() / bucket.monitored().as_secs_f64().max(f64::MIN_POSITIVE)
}

/// From 0 for nothing to the darkest for the most; what is there at all is seen.
fn step(share: f64, most: f64) -> u8 {
    if share <= 0.0 || most <= 0.0 {
        return 0;
    }
    let strongest = HEAT_STEPS - 1;
    (1..strongest).find(|step| share <= most * f64::from(*step) / f64::from(strongest)).unwrap_or(strongest)
}

/// `45s`, `12m`, `3h`.
fn short(length: Duration) -> String {
    match length.as_secs() {
        seconds @ 0..60 => format!("{}s", seconds.max(1)),
        seconds @ 60..5400 => format!("{}m", (seconds + 30) / 60),
        seconds => format!("{}h", (seconds + 1800) / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_is_seen_and_the_most_is_darkest() {
        assert_eq!([0, 1, 3, 5], [0.0, 0.001, 0.5, 1.0].map(|share| step(share, 1.0)));
        assert_eq!(0, step(0.0, 0.0));
        let texts = [0, 59, 60, 5399, 5400, 7300].map(|seconds| short(Duration::from_secs(seconds)));
        assert_eq!(["1s", "59s", "1m", "90m", "2h", "2h"].map(str::to_owned), texts);
    }
}
