//! Draws texts, lines and rectangles.

use krilla::{
    color::rgb,
    geom::{Path, PathBuilder, Point, Rect},
    num::NormalizedF32,
    paint::{Fill, FillRule, Stroke},
    surface::Surface,
};

use super::{
    fonts::{Fonts, Run},
    narrow,
};
use crate::report::chart::{drawing::Ink, palette};

fn colour(ink: Ink) -> rgb::Color {
    let [red, green, blue] = palette::light(ink);
    rgb::Color::new(red, green, blue)
}

pub(super) fn filled(surface: &mut Surface<'_>, ink: Ink) {
    surface.set_stroke(None);
    surface.set_fill(Some(Fill { paint: colour(ink).into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }));
}

pub(super) fn text(surface: &mut Surface<'_>, run: &Run, at: (f64, f64), ink: Ink, fonts: &Fonts) {
    filled(surface, ink);
    glyphs(surface, run, at, fonts);
}

/// Text that what stands under it can be read through.
pub(super) fn faint_text(surface: &mut Surface<'_>, run: &Run, at: (f64, f64), fonts: &Fonts) {
    let opacity = NormalizedF32::new(0.14).unwrap_or(NormalizedF32::ONE);
    surface.set_stroke(None);
    surface.set_fill(Some(Fill { paint: colour(Ink::Provider).into(), opacity, rule: FillRule::NonZero }));
    glyphs(surface, run, at, fonts);
}

fn glyphs(surface: &mut Surface<'_>, run: &Run, (x, y): (f64, f64), fonts: &Fonts) {
    let Some(font) = fonts.font(run.face) else { return };
    if run.glyphs.is_empty() {
        return;
    }
    let start = Point::from_xy(narrow(x), narrow(y));
    surface.draw_glyphs(start, &run.glyphs, font.clone(), &run.text, narrow(run.size), false);
}

pub(super) fn rect(surface: &mut Surface<'_>, place: (f64, f64, f64, f64), round: f64, ink: Ink) {
    if let Some(path) = outline_of(place, round) {
        filled(surface, ink);
        surface.draw_path(&path);
    }
}

/// A rectangle whose corners are quarters of a circle, as near as cubic curves come.
fn outline_of((x, y, w, h): (f64, f64, f64, f64), round: f64) -> Option<Path> {
    const CIRCLE: f64 = 0.552_284_75;
    let mut path = PathBuilder::new();
    let round = round.min(w / 2.0).min(h / 2.0);
    if round <= 0.0 {
        path.push_rect(Rect::from_xywh(narrow(x), narrow(y), narrow(w), narrow(h))?);
        return path.finish();
    }
    let (right, bottom, pull) = (x + w, y + h, round * (1.0 - CIRCLE));
    let mut corner = |from: (f64, f64), first: (f64, f64), second: (f64, f64), to: (f64, f64), is_first: bool| {
        let [from, first, second, to] = [from, first, second, to].map(|(x, y)| (narrow(x), narrow(y)));
        if is_first {
            path.move_to(from.0, from.1);
        } else {
            path.line_to(from.0, from.1);
        }
        path.cubic_to(first.0, first.1, second.0, second.1, to.0, to.1);
    };
    corner((x, y + round), (x, y + pull), (x + pull, y), (x + round, y), true);
    corner((right - round, y), (right - pull, y), (right, y + pull), (right, y + round), false);
    corner((right, bottom - round), (right, bottom - pull), (right - pull, bottom), (right - round, bottom), false);
    corner((x + round, bottom), (x + pull, bottom), (x, bottom - pull), (x, bottom - round), false);
    path.close();
    path.finish()
}

pub(super) fn line(surface: &mut Surface<'_>, points: &[(f64, f64)], width: f64, ink: Ink) {
    let mut path = PathBuilder::new();
    for (idx, (x, y)) in points.iter().enumerate() {
        if idx == 0 {
            path.move_to(narrow(*x), narrow(*y));
        } else {
            path.line_to(narrow(*x), narrow(*y));
        }
    }
    let Some(path) = path.finish() else { return };
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke { paint: colour(ink).into(), width: narrow(width), ..Stroke::default() }));
    surface.draw_path(&path);
    surface.set_stroke(None);
}
