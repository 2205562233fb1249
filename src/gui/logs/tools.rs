//! Controls above the text: which log it is, the search, and where to jump to.

use eframe::egui::{
    self, Align, Align2, Key, Layout, Modifiers, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
};

use super::{LogsAction, State, list};
use crate::{
    gui::{
        action::Action,
        icons,
        text::{T, Text},
        theme::{self, CONTROL_HEIGHT, font, gap, radius},
        view_model::ViewModel,
        widgets,
    },
    log_view::{export::Part, kind::LogKind, viewer::LogState},
};

/// Draws it.
pub(super) fn ui(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State, is_narrow: bool) -> Option<Action> {
    keys(ui, state);
    let mut action = None;
    ui.horizontal(|ui| {
        ui.set_height(CONTROL_HEIGHT);
        action = title(ui, view, text, state, is_narrow);
    });
    ui.add_space(gap::S);
    ui.horizontal(|ui| {
        ui.set_height(CONTROL_HEIGHT);
        search(ui, text, state);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| jump(ui, view, text, state));
    });
    state.search();
    notes(ui, text, state);
    ui.add_space(gap::S);
    action
}

/// The name of the log, how large it is, and what can be done with all of it.
fn title(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State, is_narrow: bool) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    if is_narrow {
        list::menu(ui, view, text, state);
    } else if let Some(name) = state.chosen.clone() {
        widgets::icon(ui, list::icon(LogKind::of(&name).unwrap_or(LogKind::Other)), 17.0, tokens.text_soft);
        widgets::heading(ui, &name, font::card_title());
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if let Some(name) = state.chosen.clone() {
            if widgets::icon_button(ui, icons::ARROW_SQUARE_OUT, text.of(T::OpenElsewhere)).clicked() {
                action = Some(Action::OpenElsewhere(name));
            }
            let export = widgets::icon_button(ui, icons::EXPORT, text.of(T::Export));
            egui::Popup::menu(&export).show(|ui| action = export_menu(ui, text, state).or(action.take()));
        }
        let follow = ui.checkbox(&mut state.follows, text.of(T::FollowLog));
        follow.on_hover_text(text.of(T::FollowLogHelp));
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            widgets::line(ui, size(text, state), font::body(), tokens.text_soft);
        });
    });
    action
}

fn size(text: Text, state: &State) -> String {
    let log = &state.view;
    match &log.state {
        LogState::Opening => text.of(T::LogOpening).into(),
        LogState::Failed(why) => text.with(T::LogFailed, &[why]),
        LogState::Gone if log.lines.is_empty() => text.of(T::LogGone).into(),
        _ => {
            let lines = if log.n_lines == 1 {
                text.of(T::OneLine).to_owned()
            } else {
                text.with(T::NLines, &[&text.count(log.n_lines)])
            };
            let size = text.bytes(log.len);
            let gone = if log.state == LogState::Gone { format!(" · {}", text.of(T::LogGone)) } else { String::new() };
            if log.is_indexed() {
                format!("{lines} · {size}{gone}")
            } else {
                let share = text.percent(log.indexed as f64 / log.len.max(1) as f64, 0);
                format!("{size} · {}", text.with(T::CountingLines, &[&share]))
            }
        }
    }
}

/// Draws the entries for the parts of a log that can be written to a file.
pub(super) fn export_menu(ui: &mut Ui, text: Text, state: &State) -> Option<Action> {
    let name = state.chosen.clone()?;
    let export = |part| Some(Action::Logs(LogsAction::Export { name: name.clone(), part }));
    let bytes = state.chosen_bytes();
    let selection = ui.add_enabled(bytes.is_some(), egui::Button::new(text.of(T::ExportSelection)));
    if selection.clicked() {
        return export(Part::Bytes(bytes?));
    }
    let hits = state.view.search.as_ref().filter(|search| search.is_done && search.hits > 0);
    if ui.add_enabled(hits.is_some(), egui::Button::new(text.of(T::ExportHits))).clicked() {
        let pattern = state.search.pattern.clone()?;
        return export(Part::HitLines(Box::new(pattern), hits?.map.as_ref().clone()));
    }
    if ui.button(text.of(T::ExportAll)).clicked() {
        return export(Part::Bytes(0..state.view.len));
    }
    None
}

/// The field, its switches, the count, and the ways to the next match.
fn search(ui: &mut Ui, text: Text, state: &mut State) {
    let tokens = theme::tokens(ui.ctx());
    let width = (ui.available_width() - 420.0).clamp(140.0, 300.0);
    let hint = text.with(T::SearchLogHint, &[&text.with_ctrl("F")]);
    let field = widgets::field(ui, &mut state.search.query.text, text.of(T::SearchLog), &hint, width);
    if state.search.fault.is_some() {
        let stroke = Stroke::new(1.0, tokens.bad);
        ui.painter().rect_stroke(field.rect, radius::CONTROL, stroke, StrokeKind::Inside);
    }
    if std::mem::take(&mut state.search.wants_focus) {
        field.request_focus();
    }
    if field.lost_focus() {
        let (enter, shift) = ui.input(|input| (input.key_pressed(Key::Enter), input.modifiers.shift));
        if enter {
            state.go(!shift);
            field.request_focus();
        } else if ui.input(|input| input.key_pressed(Key::Escape)) {
            state.search.query.text.clear();
        }
    }
    if toggle(ui, "Aa", state.search.query.match_case, text.of(T::MatchCase)) {
        state.search.query.match_case ^= true;
    }
    if toggle(ui, ".*", state.search.query.is_regex, text.of(T::UseRegex)) {
        state.search.query.is_regex ^= true;
    }
    ui.add_enabled_ui(state.search.pattern.is_some(), |ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        if widgets::icon_button(ui, icons::CARET_UP, text.of(T::PreviousHit)).clicked() {
            state.go(false);
        }
        if widgets::icon_button(ui, icons::CARET_DOWN, text.of(T::NextHit)).clicked() {
            state.go(true);
        }
    });
    let (said, is_wrong) = state.search_words(text);
    if !is_wrong {
        widgets::line(ui, said, font::small(), tokens.text_soft);
    }
}

/// A small switch with a sign on it. `true` when it was pressed.
fn toggle(ui: &mut Ui, sign: &str, is_on: bool, name: &str) -> bool {
    let tokens = theme::tokens(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(CONTROL_HEIGHT - 2.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_on, name));
    let (fill, border, color) = if is_on {
        (tokens.chosen, tokens.accent, tokens.text)
    } else if response.hovered() {
        (tokens.button_hover, tokens.border, tokens.text)
    } else {
        (tokens.card, tokens.border, tokens.text_soft)
    };
    ui.painter().rect(rect, radius::CONTROL, fill, Stroke::new(1.0, border), StrokeKind::Inside);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, sign, font::mono(), color);
    widgets::focus_ring(ui, rect, &response, tokens);
    response.on_hover_text(name).clicked()
}

fn jump(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State) {
    let tokens = theme::tokens(ui.ctx());
    let field = widgets::field(ui, &mut state.jump, text.of(T::JumpToTime), text.of(T::JumpHint), 170.0);
    let field = field.on_hover_text(text.of(T::JumpHelp));
    if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        state.jump(view.now.wall, text);
    }
    widgets::icon(ui, icons::CLOCK, 16.0, tokens.text_soft);
}

/// Draws what is wrong with the search. Where nothing is, draws what came of the last question, or that the search went
/// on from the other end.
fn notes(ui: &mut Ui, text: Text, state: &mut State) {
    let tokens = theme::tokens(ui.ctx());
    let (said, is_wrong) = state.search_words(text);
    let wrapped = state.search.wrapped.then(|| text.of(T::SearchWrapped).to_owned());
    let note = if is_wrong { Some(said) } else { state.note.clone().or(wrapped) };
    let Some(note) = note else { return };
    ui.horizontal(|ui| {
        let (icon, color) = if is_wrong { (icons::WARNING, tokens.bad) } else { (icons::INFO, tokens.text_soft) };
        widgets::icon(ui, icon, 14.0, color);
        widgets::line(ui, note, font::small(), color);
        if !is_wrong && state.note.is_some() && widgets::icon_button(ui, icons::X, text.of(T::Dismiss)).clicked() {
            state.note = None;
        }
    });
}

/// Keys of this panel, wherever the keyboard is.
fn keys(ui: &Ui, state: &mut State) {
    let (find, previous, next) = ui.input_mut(|input| {
        (
            input.consume_key(Modifiers::COMMAND, Key::F),
            // First, since a key without Shift counts as pressed with it too.
            input.consume_key(Modifiers::SHIFT, Key::F3),
            input.consume_key(Modifiers::NONE, Key::F3),
        )
    });
    state.search.wants_focus |= find;
    if next || previous {
        state.go(next);
    }
    if ui.ctx().egui_wants_keyboard_input() {
        return;
    }
    let (all, copy) = ui.input_mut(|input| {
        let copy = input.events.iter().any(|event| matches!(event, egui::Event::Copy));
        (input.consume_key(Modifiers::COMMAND, Key::A), copy)
    });
    if all {
        state.selection = Some((0, state.view.len));
    }
    if copy {
        state.copy();
    }
}
