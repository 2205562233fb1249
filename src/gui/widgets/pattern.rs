//! Patterns that tell causes apart without colour.

use eframe::egui::{Color32, Painter, Pos2, Rect, Stroke};

use super::super::{text::Cause, theme::Tokens};

/// Fill of a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fill {
    /// All is well.
    Works,
    /// Somebody is at fault.
    Down(Cause),
    /// The line does badly.
    Poor,
    /// Nobody looked, or nobody can tell.
    Unknown,
}

/// The colour of a cause.
pub(crate) fn color_of(cause: Cause, tokens: &Tokens) -> Color32 {
    match cause {
        Cause::Home => tokens.home,
        Cause::Provider => tokens.provider,
        Cause::Far => tokens.far,
        Cause::Names => tokens.names,
    }
}

/// Fills `rect`.
pub(crate) fn paint(painter: &Painter, rect: Rect, fill: Fill, tokens: &Tokens) {
    match fill {
        Fill::Works => {
            painter.rect_filled(rect, 2.0, tokens.lane_ok());
        }
        Fill::Unknown => {
            painter.rect_filled(rect, 2.0, tokens.card);
            diagonals(painter, rect, Stroke::new(1.0, tokens.unknown), 6.0, true);
        }
        Fill::Poor => {
            let color = tokens.warn;
            painter.rect_filled(rect, 2.0, tokens.lane_ok());
            let low = Rect::from_min_max(Pos2::new(rect.left(), rect.bottom() - rect.height() * 0.35), rect.max);
            painter.rect_filled(low, 1.0, color);
        }
        Fill::Down(cause) => {
            let color = color_of(cause, tokens);
            let dark = color.lerp_to_gamma(tokens.card, 0.62);
            match cause {
                Cause::Provider => {
                    painter.rect_filled(rect, 2.0, color);
                }
                Cause::Home => {
                    painter.rect_filled(rect, 2.0, color);
                    diagonals(painter, rect, Stroke::new(1.5, dark), 5.0, false);
                }
                Cause::Names => {
                    painter.rect_filled(rect, 2.0, color);
                    stripes(painter, rect, Stroke::new(1.5, dark), 4.0, true);
                }
                Cause::Far => {
                    painter.rect_filled(rect, 2.0, color);
                    stripes(painter, rect, Stroke::new(1.5, dark), 4.0, false);
                }
            }
        }
    }
}

fn stripes(painter: &Painter, rect: Rect, stroke: Stroke, step: f32, vertical: bool) {
    let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    if vertical {
        let mut x = rect.left() + step * 0.75;
        while x < rect.right() {
            painter.vline(x, rect.y_range(), stroke);
            x += step;
        }
    } else {
        let mut y = rect.top() + step * 0.75;
        while y < rect.bottom() {
            painter.hline(rect.x_range(), y, stroke);
            y += step;
        }
    }
}

/// Slanted lines; `back` leans them the other way.
pub(crate) fn diagonals(painter: &Painter, rect: Rect, stroke: Stroke, step: f32, back: bool) {
    if rect.width() < 1.0 {
        return;
    }
    let clip = rect.intersect(painter.clip_rect());
    let painter = painter.with_clip_rect(clip);
    let height = rect.height();
    // Aligned to the page, so that neighbours fit together; and only what can be seen.
    let mut x = ((clip.left() - height) / step).floor() * step;
    while x < clip.right() + height {
        let (top, bottom) = if back { (x, x + height) } else { (x + height, x) };
        painter.line_segment([Pos2::new(top, rect.top()), Pos2::new(bottom, rect.bottom())], stroke);
        x += step;
    }
}
