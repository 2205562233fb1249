//! A lane for what was lost, one for how well it went, and one for each cause, on the time axis of the plot above.

#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "points of a window")]

use eframe::egui::{Align2, Pos2, Rect, Ui};

use crate::{
    gui::{
        text::{Cause, T, Text},
        theme::{self, Tokens, font},
        view_model::{Role, ViewModel, series::Millis, timeline::Span},
        widgets::pattern::{Fill, paint},
    },
    model::ledger::State,
};

const LANE: f32 = 13.0;
const STEP: f32 = 18.0;
/// Height of all lanes and their key.
pub(super) const HEIGHT: f32 = 6.0 + STEP * 6.0 + 22.0;

/// Draws the lanes below the plot whose inner rectangle is `frame`.
pub(super) fn ui(ui: &Ui, room: Rect, view: &ViewModel, text: Text, window: (Millis, Millis), frame: Rect) {
    let tokens = theme::tokens(ui.ctx());
    let mut y = room.top() + 6.0;
    let mut lane = |name: &str| {
        let rect = Rect::from_x_y_ranges(frame.x_range(), y..=y + LANE);
        let at = Pos2::new(frame.left() - 8.0, rect.center().y);
        ui.painter().text(at, Align2::RIGHT_CENTER, name, font::small(), tokens.text_soft);
        y += STEP;
        rect
    };
    loss(ui, lane(text.of(T::LaneLoss)), view, window, tokens);
    let spans: Vec<Span> = view.timeline.spans(window.0, window.1.min(view.now_millis())).collect();
    let quality = lane(text.of(T::LaneQuality));
    stretches(ui, quality, window, &spans, tokens, |state| match state {
        State::Up => Some(Fill::Works),
        State::Degraded => Some(Fill::Poor),
        State::Down(_) | State::NotMonitored(_) => Some(Fill::Unknown),
    });
    for cause in Cause::ALL {
        let rect = lane(cause.name(text));
        stretches(ui, rect, window, &spans, tokens, |state| match state {
            State::Up | State::Degraded => Some(Fill::Works),
            State::NotMonitored(_) => Some(Fill::Unknown),
            State::Down(domain) => Some(match Cause::of(domain) {
                at_fault if at_fault == cause => Fill::Down(cause),
                // What lies behind a fault cannot be seen.
                at_fault if at_fault < cause => Fill::Unknown,
                _ => Fill::Works,
            }),
        });
    }
    key(ui, Rect::from_min_max(Pos2::new(frame.left(), y + 2.0), room.max), text, tokens);
}

/// Fills a lane. What is no news is drawn first and in one piece; a short trouble is at least two pixels wide.
fn stretches(
    ui: &Ui,
    rect: Rect,
    (from, to): (Millis, Millis),
    spans: &[Span],
    tokens: &Tokens,
    fill: impl Fn(State) -> Option<Fill>,
) {
    let painter = ui.painter();
    let x = |at: Millis| rect.left() + rect.width() * ((at - from) as f64 / (to - from).max(1) as f64) as f32;
    let end = spans.last().map_or(from, |span| span.to);
    let known = Rect::from_x_y_ranges(rect.left()..=x(end), rect.y_range());
    paint(painter, known, Fill::Works, tokens);
    let mut drawn: Option<(f32, Fill)> = None;
    for span in spans {
        let Some(fill) = fill(span.state).filter(|fill| *fill != Fill::Works) else { continue };
        let (left, right) = (x(span.from), x(span.to));
        let right = right.max(left + if matches!(fill, Fill::Down(_)) { 2.5 } else { 1.0 });
        // Many in one pixel look like one.
        if drawn.is_some_and(|(until, what)| what == fill && right <= until + 0.5) {
            continue;
        }
        drawn = Some((right, fill));
        paint(painter, Rect::from_x_y_ranges(left..=right.min(rect.right()), rect.y_range()), fill, tokens);
    }
}

fn loss(ui: &Ui, rect: Rect, view: &ViewModel, (from, to): (Millis, Millis), tokens: &Tokens) {
    ui.painter().rect_filled(rect, 2.0, tokens.well);
    let n = (rect.width() / 3.0).max(20.0) as usize;
    let mut bars = vec![(0_u32, 0_u32); n];
    for host in view.hosts.iter().filter(|host| host.role == Role::Target) {
        for bucket in host.series.range(from, to, n) {
            let share = (bucket.mark() - from) as f64 / (to - from).max(1) as f64;
            let idx = ((share * n as f64) as usize).min(n - 1);
            if let Some((sent, lost)) = bars.get_mut(idx) {
                *sent += bucket.n;
                *lost += bucket.lost;
            }
        }
    }
    let width = rect.width() / n as f32;
    for (idx, (sent, lost)) in bars.into_iter().enumerate().filter(|(_, (_, lost))| *lost > 0) {
        let share = f64::from(lost) / f64::from(sent.max(1));
        let height = (rect.height() * share as f32).max(2.5);
        let left = rect.left() + width * idx as f32;
        let is_total = lost == sent;
        let color = if is_total { tokens.bad } else { tokens.text };
        let bar = Rect::from_min_max(
            Pos2::new(left, rect.bottom() - height),
            Pos2::new(left + (width - 0.5).max(1.5), rect.bottom()),
        );
        ui.painter().rect_filled(bar, 0.0, color);
    }
}

fn key(ui: &Ui, room: Rect, text: Text, tokens: &Tokens) {
    let mut x = room.left();
    let y = room.top() + 8.0;
    let causes = Cause::ALL.map(|cause| (Fill::Down(cause), cause.name(text)));
    let all = causes.into_iter().chain([(Fill::Poor, text.of(T::KeyPoor)), (Fill::Unknown, text.of(T::KeyUnknown))]);
    for (fill, word) in all {
        let swatch = Rect::from_min_max(Pos2::new(x, y - 5.0), Pos2::new(x + 14.0, y + 5.0));
        let galley = ui.painter().layout_no_wrap(word.to_owned(), font::small(), tokens.text_soft);
        if swatch.right() + 6.0 + galley.size().x > room.right() {
            return;
        }
        paint(ui.painter(), swatch, fill, tokens);
        let at = Pos2::new(swatch.right() + 6.0, y - galley.size().y / 2.0);
        x = at.x + galley.size().x + 16.0;
        ui.painter().galley(at, galley, tokens.text_soft);
    }
}
