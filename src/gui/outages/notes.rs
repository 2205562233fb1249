//! Remarks on an outage: planned work, a router that was restarted.

use eframe::egui::{self, Align, Layout, Ui};

use crate::{
    gui::{
        action::Action,
        icons,
        text::{T, Text},
        theme::{self, font, gap},
        view_model::{ViewModel, diary::DiaryChange, outages::OutageView},
        widgets::{self, Kind},
    },
    model::{diary::OutageNote, time::Timestamp},
};

use super::OutagesAction;

/// The longest remark that can be typed, in characters.
const MOST: usize = 1500;

/// The remark that is being written.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// Of which outage.
    outage: Option<Timestamp>,
    text: String,
    /// The remark that it replaces.
    replaces: Option<i64>,
}

/// Draws the remarks and the field for one more.
pub(super) fn ui(ui: &mut Ui, view: &ViewModel, text: Text, outage: &OutageView, draft: &mut Draft) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    if draft.outage != Some(outage.start()) {
        *draft = Draft { outage: Some(outage.start()), ..Draft::default() };
    }
    let mut action = None;
    for (id, note) in view.diary.notes_of(outage.start()) {
        ui.horizontal_top(|ui| {
            widgets::icon(ui, icons::NOTE_PENCIL, 13.0, tokens.text_soft);
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                if widgets::icon_button(ui, icons::TRASH, text.of(T::NoteRemove)).clicked() {
                    action = Some(Action::Outages(OutagesAction::Change(DiaryChange::RemoveNote(*id))));
                }
                if widgets::icon_button(ui, icons::NOTE_PENCIL, text.of(T::NoteEdit)).clicked() {
                    draft.text.clone_from(&note.text);
                    draft.replaces = Some(*id);
                }
                ui.add_space(gap::M);
                ui.with_layout(Layout::top_down(Align::Min), |ui| {
                    widgets::words(ui, note.text.clone(), font::body(), tokens.text);
                    let when = text.with(T::NoteWritten, &[&text.date_time(note.at)]);
                    widgets::words(ui, when, font::small(), tokens.text_faint);
                });
            });
        });
    }
    ui.horizontal(|ui| {
        let label = if draft.replaces.is_some() { T::NoteReplace } else { T::NoteAdd };
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let can = !draft.text.trim().is_empty();
            let pressed = ui
                .add_enabled_ui(can, |ui| widgets::button(ui, icons::PLUS, text.of(label), Kind::Normal).clicked())
                .inner;
            let width = ui.available_width();
            let edit = egui::TextEdit::singleline(&mut draft.text)
                .hint_text(text.of(T::NoteHint))
                .desired_width(width)
                .char_limit(MOST)
                .margin(egui::Margin::symmetric(10, 6));
            let field = widgets::named(ui, text.of(T::Note), |ui| ui.add(edit));
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            if can && (pressed || entered) {
                let typed = std::mem::take(&mut draft.text);
                let note = OutageNote { outage: outage.start(), at: view.now.wall, text: typed };
                let change = DiaryChange::Note(note, draft.replaces.take());
                action = Some(Action::Outages(OutagesAction::Change(change)));
            }
        });
    });
    action
}
