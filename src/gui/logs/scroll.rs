//! Moving about in the text: wheel, keys, and the bar with the marks of the hits.

use eframe::egui::{self, Key, Modifiers, Pos2, Rect, Role, Sense, Ui, Vec2, WidgetInfo};

use super::State;
use crate::{
    gui::{
        text::{T, Text},
        theme,
    },
    log_view::viewer::Ask,
};

/// Width of the bar.
pub(super) const BAR: f32 = 14.0;

/// Takes wheel and keys.
pub(super) fn moves(ui: &Ui, room: Rect, state: &mut State, line: f32, column: f32) {
    let last_top = (state.view.n_lines as f64 - state.fit.floor()).max(0.0);
    let is_over = ui.rect_contains_pointer(room) && ui.ui_contains_pointer();
    let wheel = if is_over { ui.input(egui::InputState::smooth_scroll_delta) } else { Vec2::ZERO };
    let mut by = -f64::from(wheel.y / line);
    let mut across = -f64::from(wheel.x / column);
    if !ui.ctx().egui_wants_keyboard_input() {
        let page = (state.fit - 1.0).max(1.0);
        ui.input_mut(|input| {
            for (key, step) in [
                (Key::PageDown, page),
                (Key::PageUp, -page),
                (Key::ArrowDown, 1.0),
                (Key::ArrowUp, -1.0),
                (Key::End, f64::INFINITY),
                (Key::Home, f64::NEG_INFINITY),
            ] {
                if input.consume_key(Modifiers::NONE, key) || input.consume_key(Modifiers::COMMAND, key) {
                    by = step;
                }
            }
            for (key, step) in [(Key::ArrowRight, 8.0), (Key::ArrowLeft, -8.0)] {
                if input.consume_key(Modifiers::NONE, key) {
                    across = step;
                }
            }
        });
    }
    go(state, by, last_top);
    let last_column = (state.drawn.widest - state.drawn.columns + 4.0).max(0.0);
    state.column = (state.column + across).clamp(0.0, last_column);
}

/// Moves by so many lines.
pub(super) fn go(state: &mut State, by: f64, last_top: f64) {
    if by < 0.0 && last_top > 0.0 {
        state.follows = false;
    }
    state.top = (state.top + by).clamp(0.0, last_top);
    if by > 0.0 && state.top >= last_top && state.view.is_indexed() {
        state.follows = true;
    }
    if state.follows && state.view.is_indexed() {
        state.top = last_top;
    }
}

/// Draws the bar at the right: where in the log this is, and where the hits are.
pub(super) fn bar(ui: &Ui, room: Rect, text: Text, state: &mut State) {
    let tokens = theme::tokens(ui.ctx());
    let track = Rect::from_min_max(Pos2::new(room.right() - BAR, room.top()), room.max).shrink2(Vec2::new(2.0, 2.0));
    let n_bins = super::places(f64::from(track.height() / 2.0));
    if state.n_bins != n_bins {
        state.n_bins = n_bins;
        state.ask(Ask::Bins(n_bins));
    }
    let n_lines = state.view.n_lines as f64;
    ui.painter().rect_filled(track, 4.0, tokens.well);
    let last_top = (n_lines - state.fit.floor()).max(0.0);
    let is_long = last_top > 0.0;
    if is_long {
        #[expect(clippy::cast_possible_truncation, reason = "a share needs no more digits")]
        let length = (track.height() * (state.fit / n_lines) as f32).clamp(24.0, track.height());
        let way = track.height() - length;
        let response = ui.interact(track, ui.scope_id().with("bar"), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, text.of(T::ScrollLog)));
        if let Some(pos) = response.interact_pointer_pos() {
            let share = f64::from(((pos.y - track.top() - length / 2.0) / way.max(1.0)).clamp(0.0, 1.0));
            state.top = (last_top * share).round();
            state.follows = share >= 1.0 && state.view.is_indexed();
        }
        #[expect(clippy::cast_possible_truncation, reason = "a share needs no more digits")]
        let top = track.top() + way * (state.top / last_top).clamp(0.0, 1.0) as f32;
        let handle = Rect::from_min_size(Pos2::new(track.left(), top), Vec2::new(track.width(), length));
        let color = if response.hovered() || response.dragged() { tokens.text_faint } else { tokens.border_strong };
        ui.painter().rect_filled(handle, 4.0, color);
    }
    marks(ui, track, state);
}

/// A mark wherever there are hits, the stronger the more.
fn marks(ui: &Ui, track: Rect, state: &State) {
    let tokens = theme::tokens(ui.ctx());
    let Some(search) = state.view.search.as_ref().filter(|search| search.query == state.search.query) else { return };
    let height = track.height() / search.density.len().max(1) as f32;
    for (idx, share) in search.density.iter().enumerate() {
        if *share > 0.0 {
            let y = track.top() + idx as f32 * height;
            let mark = Rect::from_min_size(Pos2::new(track.left(), y), Vec2::new(track.width(), height.max(2.0)));
            ui.painter().rect_filled(mark, 1.0, tokens.thin(tokens.hit_now, 0.45 + 0.55 * share));
        }
    }
    if let Some(line) = state.search.current.as_ref().and(state.marked_line()) {
        #[expect(clippy::cast_possible_truncation, reason = "a share needs no more digits")]
        let share = (line as f64 / state.view.n_lines.max(1) as f64) as f32;
        let y = track.top() + track.height() * share;
        let mark = Rect::from_center_size(Pos2::new(track.center().x, y), Vec2::new(track.width() + 4.0, 3.0));
        ui.painter().rect_filled(mark, 1.0, tokens.accent);
    }
}

/// The bar below, where lines are wider than the room.
pub(super) fn bar_below(ui: &Ui, room: Rect, text: Text, state: &mut State) {
    let tokens = theme::tokens(ui.ctx());
    let (columns, widest) = (state.drawn.columns, state.drawn.widest + 4.0);
    if widest <= columns + 4.0 {
        return;
    }
    let track = Rect::from_min_max(
        Pos2::new(room.left(), room.bottom() - 9.0),
        Pos2::new(room.right() - BAR - 2.0, room.bottom() - 2.0),
    );
    let response = ui.interact(track.expand(2.0), ui.scope_id().with("bar below"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, text.of(T::ScrollColumns)));
    #[expect(clippy::cast_possible_truncation, reason = "a share needs no more digits")]
    let length = (track.width() * (columns / widest) as f32).clamp(32.0, track.width());
    let (way, last) = (track.width() - length, (widest - columns).max(1.0));
    if let Some(pos) = response.interact_pointer_pos() {
        let share = f64::from(((pos.x - track.left() - length / 2.0) / way.max(1.0)).clamp(0.0, 1.0));
        state.column = (last * share).round();
    }
    #[expect(clippy::cast_possible_truncation, reason = "a share needs no more digits")]
    let left = track.left() + way * (state.column / last).clamp(0.0, 1.0) as f32;
    let handle = Rect::from_min_size(Pos2::new(left, track.top()), Vec2::new(length, track.height()));
    let is_lit = response.hovered() || response.dragged();
    let color = if is_lit { tokens.text_faint } else { tokens.border_strong };
    ui.painter().rect_filled(handle, 3.5, tokens.thin(color, 0.85));
    if is_lit {
        ui.ctx().set_cursor_icon(egui::CursorIcon::Default);
    }
}
