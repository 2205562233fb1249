//! All outages of the period on one axis of time.

#![expect(clippy::cast_possible_truncation, reason = "points of a window, and milliseconds that are drawn in it")]

use eframe::egui::{self, Align2, Pos2, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo};

use crate::{
    gui::{
        text::{Cause, T, Text},
        theme::{self, font},
        view_model::{ViewModel, from_millis, in_millis, outages::OutageView},
        widgets::{
            self,
            pattern::{Fill, paint},
        },
    },
    model::{ledger::State, time::Timestamp},
};

/// Draws the strip. A click chooses the outage nearest to it. Gives its place when a picture of it is wanted.
pub(super) fn ui(
    ui: &mut Ui,
    view: &ViewModel,
    text: Text,
    since: Option<Timestamp>,
    shown: &[&OutageView],
    chosen: &mut Option<Timestamp>,
) -> Option<Rect> {
    let tokens = theme::tokens(ui.ctx());
    let mut is_wanted = false;
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 74.0), Sense::hover());
    widgets::card_at(ui, rect, "strip", |ui| {
        let room = ui.max_rect();
        let now = view.now_millis();
        let from = since.map(in_millis).or_else(|| view.timeline.begin()).unwrap_or(now - 86_400_000).min(now - 1000);
        let bar =
            Rect::from_min_max(Pos2::new(room.left(), room.top() + 2.0), Pos2::new(room.right(), room.top() + 24.0));
        let x = |at: i64| bar.left() + bar.width() * ((at - from) as f64 / (now - from) as f64) as f32;
        paint(ui.painter(), bar, Fill::Works, tokens);
        for span in view.timeline.spans(from, now).filter(|span| matches!(span.state, State::NotMonitored(_))) {
            let part = Rect::from_x_y_ranges(x(span.from)..=x(span.to), bar.y_range());
            if part.width() >= 1.0 {
                paint(ui.painter(), part, Fill::Unknown, tokens);
            }
        }
        for outage in shown {
            let start = in_millis(outage.start()).max(from);
            let end = outage.end().map_or(now, in_millis);
            let left = x(start);
            let part = Rect::from_x_y_ranges(left..=x(end).max(left + 3.0), bar.y_range());
            paint(ui.painter(), part, Fill::Down(Cause::of_outage(outage, view.now)), tokens);
            if *chosen == Some(outage.start()) {
                ui.painter().rect_stroke(
                    part.expand(2.0),
                    2.0,
                    Stroke::new(2.0, tokens.accent),
                    egui::StrokeKind::Outside,
                );
            }
        }
        for (share, align) in
            [(0.0, Align2::LEFT_TOP), (0.25, Align2::CENTER_TOP), (0.5, Align2::CENTER_TOP), (0.75, Align2::CENTER_TOP)]
        {
            let at = from + ((now - from) as f64 * share) as i64;
            let pos = Pos2::new(bar.left() + bar.width() * share as f32, bar.bottom() + 5.0);
            ui.painter().text(pos, align, text.when(from_millis(at), view.now.wall), font::small(), tokens.text_soft);
        }
        ui.painter().text(
            Pos2::new(bar.right(), bar.bottom() + 5.0),
            Align2::RIGHT_TOP,
            text.of(T::Now),
            font::small(),
            tokens.text_soft,
        );
        let response = ui.interact(bar, ui.scope_id().with("bar"), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, text.of(T::Timeline)));
        egui::Popup::context_menu(&response).show(|ui| {
            is_wanted = ui.button(text.of(T::CopyStrip)).clicked();
        });
        let pointed = response.hover_pos().and_then(|pos| {
            let far = |outage: &&&OutageView| {
                let (start, end) = (x(in_millis(outage.start())), x(outage.end().map_or(now, in_millis)));
                if pos.x < start { start - pos.x } else { (pos.x - end).max(0.0) }
            };
            let nearest = shown.iter().min_by(|a, b| far(a).total_cmp(&far(b)))?;
            (far(&nearest) < 12.0).then_some(*nearest)
        });
        if let Some(outage) = pointed {
            let said = format!(
                "{}, {}, {}",
                text.when(outage.start(), view.now.wall),
                text.duration(outage.length(view.now)),
                text.domain(outage.domain)
            );
            if response.clicked() {
                *chosen = Some(outage.start());
            }
            response.on_hover_text(said);
        }
    });
    is_wanted.then_some(rect)
}
