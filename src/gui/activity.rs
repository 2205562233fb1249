//! Panel of the activity: what happened, line by line, as it happens.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "points of a window, and places in a list that are shown in it"
)]

use std::collections::BTreeSet;

use eframe::egui::{self, Align, Id, Key, Layout, Modifiers, Pos2, Rect, Sense, Ui, Vec2};

use super::{
    action::Action,
    icons,
    text::{T, Text},
    theme::{self, font, gap},
    view_model::{
        ViewModel,
        activity::{Entry, Level},
    },
    widgets,
};

/// Height of a line.
const LINE: f32 = 24.0;

/// State of this panel from one frame to the next.
#[derive(Debug)]
pub(crate) struct State {
    shown: BTreeSet<Level>,
    filter: String,
    /// Stays at the newest line.
    follows: bool,
    /// The number of the first line shown, in lines. Not pixels: those lose count beyond a million lines.
    top: f64,
    /// Lines that pass the filter, by their place, and for which lines and filter that holds.
    passing: Vec<usize>,
    known: (u64, usize, String, BTreeSet<Level>, Option<Text>),
    /// Numbers of the lines chosen: the first and the last.
    chosen: Option<(u64, u64)>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            shown: Level::ALL.into_iter().collect(),
            filter: String::new(),
            follows: true,
            top: 0.0,
            passing: Vec::new(),
            known: (u64::MAX, 0, String::new(), BTreeSet::new(), None),
            chosen: None,
        }
    }
}

impl State {
    /// Finds the lines that pass. Only new lines are looked at when nothing else changed.
    fn sift(&mut self, view: &ViewModel, text: Text) {
        let activity = &view.activity;
        let first = activity.get(0).map_or(0, |entry| entry.number);
        let now = (
            activity.next_number(),
            usize::try_from(first).unwrap_or(0),
            self.filter.clone(),
            self.shown.clone(),
            Some(text),
        );
        if now == self.known {
            return;
        }
        let is_same_filter =
            (&now.2, &now.3, &now.4, now.1) == (&self.known.2, &self.known.3, &self.known.4, self.known.1);
        let from = if is_same_filter { usize::try_from(self.known.0.saturating_sub(first)).unwrap_or(0) } else { 0 };
        if !is_same_filter {
            self.passing.clear();
        }
        let wanted = self.filter.to_lowercase();
        for idx in from..activity.len() {
            let Some(entry) = activity.get(idx) else { break };
            let passes = self.shown.contains(&entry.level)
                && (wanted.is_empty() || text.entry(entry).to_lowercase().contains(&wanted));
            if passes {
                self.passing.push(idx);
            }
        }
        self.known = now;
    }
}

fn level_name(level: Level) -> T {
    match level {
        Level::Check => T::LevelCheck,
        Level::Info => T::LevelInfo,
        Level::Warning => T::LevelWarning,
        Level::Fault => T::LevelFault,
        Level::Good => T::LevelGood,
    }
}

/// Draws the panel.
pub(crate) fn ui(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State) -> Option<Action> {
    let mut action = tools(ui, view, text, state);
    state.sift(view, text);
    ui.add_space(gap::S);
    let room = ui.available_rect_before_wrap();
    ui.allocate_rect(room, Sense::hover());
    let more = widgets::card_at(ui, room, "lines", |ui| {
        if state.passing.is_empty() {
            widgets::nothing(ui, icons::LIST_BULLETS, text.of(T::NoActivityYet), text.of(T::NoActivityMore));
            return None;
        }
        lines(ui, view, text, state)
    });
    action = action.or(more);
    action
}

fn tools(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    ui.horizontal(|ui| {
        // What stands beside it takes so much.
        let width = (ui.available_width() - 600.0).clamp(110.0, 240.0);
        widgets::field(ui, &mut state.filter, text.of(T::FilterActivity), text.of(T::FilterHint), width);
        for level in Level::ALL {
            let (_, color) = widgets::level_mark(level, tokens);
            let is_on = state.shown.contains(&level);
            if widgets::chip(ui, is_on, color, text.of(level_name(level))).clicked() && !state.shown.remove(&level) {
                state.shown.insert(level);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if widgets::icon_button(ui, icons::TRASH, text.of(T::ClearActivity)).clicked() {
                action = Some(Action::ClearActivity);
            }
            if widgets::icon_button(ui, icons::COPY, text.of(T::CopyAll)).clicked() {
                action = Some(Action::Copy(all(view, text, state), T::Copied));
            }
            ui.checkbox(&mut state.follows, text.of(T::Follow));
        });
    });
    action
}

fn line_text(entry: &Entry, text: Text) -> String {
    format!("{}  {}  {}", text.date_time(entry.at), text.of(level_name(entry.level)), text.entry(entry))
}

fn all(view: &ViewModel, text: Text, state: &State) -> String {
    let lines = state.passing.iter().filter_map(|idx| view.activity.get(*idx));
    lines.map(|entry| line_text(entry, text) + "\n").collect()
}

/// The lines chosen, or nothing.
fn chosen(view: &ViewModel, text: Text, state: &State) -> Option<String> {
    let (a, b) = state.chosen?;
    let lines = state.passing.iter().filter_map(|idx| view.activity.get(*idx));
    let lines = lines.filter(|entry| (a.min(b)..=a.max(b)).contains(&entry.number));
    Some(lines.map(|entry| line_text(entry, text) + "\n").collect())
}

fn lines(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let room = ui.max_rect();
    let n = state.passing.len();
    let fit = f64::from((room.height() / LINE).max(1.0));
    let last_top = (n as f64 - fit).max(0.0);
    scroll(ui, room, state, fit, last_top);
    let mut action = None;
    let (first, shift) = (state.top.floor(), state.top.fract() as f32);
    let bar = 14.0;
    let mut y = room.top() - shift * LINE;
    let area = ui.interact(room, ui.scope_id().with("lines"), Sense::click());
    for offset in 0..=fit.ceil() as usize {
        let entry = state.passing.get(first as usize + offset).and_then(|idx| view.activity.get(*idx));
        let Some(entry) = entry else { break };
        let rect = Rect::from_min_size(Pos2::new(room.left(), y), Vec2::new(room.width() - bar, LINE));
        y += LINE;
        let said = text.entry(entry);
        let id = Id::unique(("line", entry.number));
        let response = ui.interact(rect, id, Sense::click());
        let (icon, color) = widgets::level_mark(entry.level, tokens);
        let is_chosen = state.chosen.is_some_and(|(a, b)| (a.min(b)..=a.max(b)).contains(&entry.number));
        response.widget_info(|| egui::WidgetInfo::selected(egui::Role::ListItem, true, is_chosen, &said));
        if is_chosen {
            ui.painter().rect_filled(rect, 4.0, tokens.chosen);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, 4.0, tokens.pale(tokens.text_faint));
        }
        paint_line(ui, rect, entry, &said, (icon, color), view, text);
        if response.clicked() {
            let extends = ui.input(|input| input.modifiers.shift);
            let from = state.chosen.filter(|_| extends).map_or(entry.number, |(from, _)| from);
            state.chosen = Some((from, entry.number));
            response.request_focus();
        }
        if response.secondary_clicked() && !is_chosen {
            state.chosen = Some((entry.number, entry.number));
        }
        response.context_menu(|ui| action = menu(ui, view, text, state).or(action.take()));
    }
    let copies = ui.input_mut(|input| input.events.iter().any(|event| matches!(event, egui::Event::Copy)));
    if copies && ui.memory(|memory| memory.focused().is_none_or(|focus| focus != area.id)) {
        action = action.or(chosen(view, text, state).map(|lines| Action::Copy(lines, T::Copied)));
    }
    scroll_bar(ui, room, state, fit, n, last_top);
    action
}

#[expect(clippy::too_many_arguments, reason = "all of a line")]
fn paint_line(
    ui: &Ui,
    rect: Rect,
    entry: &Entry,
    said: &str,
    (icon, color): (&str, egui::Color32),
    view: &ViewModel,
    text: Text,
) {
    let tokens = theme::tokens(ui.ctx());
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let y = rect.center().y;
    let age = view.now.wall - entry.at;
    let time =
        if age < chrono::TimeDelta::hours(12) { text.time(entry.at) } else { text.when(entry.at, view.now.wall) };
    painter.text(
        Pos2::new(rect.left() + 6.0, y),
        egui::Align2::LEFT_CENTER,
        time,
        font::mono_small(),
        tokens.text_faint,
    );
    painter.text(Pos2::new(rect.left() + 122.0, y), egui::Align2::CENTER_CENTER, icon, font::icon_filled(14.0), color);
    let mut job = egui::text::LayoutJob::simple_singleline(said.to_owned(), font::body(), tokens.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width() - 146.0);
    let galley = painter.layout_job(job);
    painter.galley(Pos2::new(rect.left() + 138.0, y - galley.size().y / 2.0), galley, tokens.text);
}

fn menu(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State) -> Option<Action> {
    if ui.button(text.of(T::Copy)).clicked() {
        return chosen(view, text, state).map(|lines| Action::Copy(lines, T::Copied));
    }
    if ui.button(text.of(T::SelectAll)).clicked() {
        let number = |idx: Option<&usize>| idx.and_then(|idx| view.activity.get(*idx)).map(|entry| entry.number);
        state.chosen = number(state.passing.first()).zip(number(state.passing.last()));
    }
    ui.separator();
    ui.button(text.of(T::ClearActivity)).clicked().then_some(Action::ClearActivity)
}

fn scroll(ui: &Ui, room: Rect, state: &mut State, fit: f64, last_top: f64) {
    let is_over = ui.rect_contains_pointer(room);
    let wheel = if is_over { ui.input(|input| input.smooth_scroll_delta().y) } else { 0.0 };
    let is_typing = ui.ctx().egui_wants_keyboard_input();
    let keys = |input: &mut egui::InputState| {
        let mut by = 0.0;
        for (key, step) in
            [(Key::PageDown, fit), (Key::PageUp, -fit), (Key::End, f64::INFINITY), (Key::Home, f64::NEG_INFINITY)]
        {
            if input.consume_key(Modifiers::NONE, key) {
                by = step;
            }
        }
        by
    };
    let by = if is_typing { 0.0 } else { ui.input_mut(keys) } - f64::from(wheel / LINE);
    if by < 0.0 {
        state.follows = false;
    }
    state.top = (state.top + by).clamp(0.0, last_top);
    if by > 0.0 && state.top >= last_top {
        state.follows = true;
    }
    if state.follows {
        state.top = last_top;
    }
}

fn scroll_bar(ui: &Ui, room: Rect, state: &mut State, fit: f64, n: usize, last_top: f64) {
    if n as f64 <= fit {
        return;
    }
    let tokens = theme::tokens(ui.ctx());
    let track = Rect::from_min_max(Pos2::new(room.right() - 9.0, room.top()), room.max);
    let length = (track.height() * (fit / n as f64) as f32).max(28.0);
    let way = track.height() - length;
    let response = ui.interact(track, ui.scope_id().with("bar"), Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ScrollBar, true, "▲▼"));
    if let Some(pos) = response.interact_pointer_pos() {
        let share = f64::from(((pos.y - track.top() - length / 2.0) / way.max(1.0)).clamp(0.0, 1.0));
        state.top = last_top * share;
        state.follows = share >= 1.0;
    }
    let top = track.top() + way * (state.top / last_top.max(1.0)) as f32;
    let handle = Rect::from_min_size(Pos2::new(track.left(), top), Vec2::new(track.width(), length));
    ui.painter().rect_filled(track, 4.0, tokens.well);
    let color = if response.hovered() || response.dragged() { tokens.text_faint } else { tokens.border_strong };
    ui.painter().rect_filled(handle, 4.0, color);
}
