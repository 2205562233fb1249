//! One bar for all time: what of it was up, degraded, down and not watched.

use super::{
    TYPE, WIDTH,
    drawing::{Anchor, Drawing, Ink},
};

/// A part of the bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Name of the part, with its share.
    pub label: String,
    /// Share of the part, 0..=1.
    pub share: f64,
    /// Colour of the part.
    pub ink: Ink,
    /// True if the part is hatched.
    pub is_hatched: bool,
}

const BAR: f64 = 18.0;
const LEGEND_LINE: f64 = 13.0;
const IN_LINE: usize = 3;
/// No part that is there is thinner.
const LEAST: f64 = 1.5;

/// The bar with its legend.
pub fn draw(parts: &[Part]) -> Drawing {
    let parts: Vec<&Part> = parts.iter().filter(|part| part.share > 0.0).collect();
    let lines = parts.len().div_ceil(IN_LINE);
    let mut drawing = Drawing::new(WIDTH, BAR + 8.0 + lines as f64 * LEGEND_LINE);
    let widths: Vec<f64> = parts.iter().map(|part| (part.share * WIDTH).max(LEAST)).collect();
    let scale = WIDTH / widths.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let mut x = 0.0;
    for (part, width) in parts.iter().zip(widths) {
        let place = (x, 0.0, width * scale, BAR);
        ground(&mut drawing, place, part);
        x += width * scale;
    }
    for (idx, part) in parts.iter().enumerate() {
        let x = (idx % IN_LINE) as f64 * WIDTH / IN_LINE as f64;
        let y = BAR + 10.0 + (idx / IN_LINE) as f64 * LEGEND_LINE;
        ground(&mut drawing, (x, y, 9.0, 8.0), part);
        drawing.text((x + 14.0, y + 6.8), TYPE, Anchor::Start, Ink::Text, part.label.clone());
    }
    drawing
}

fn ground(drawing: &mut Drawing, place: (f64, f64, f64, f64), part: &Part) {
    drawing.rect(place, 0.0, part.ink);
    if part.is_hatched {
        drawing.hatch(place, 4.0, 0.7, Ink::Paper);
    }
}
