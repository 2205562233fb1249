//! The list of files.

use eframe::egui::{self, Align, Id, Layout, ScrollArea, Ui};

use super::{LogsAction, State};
use crate::{
    gui::{
        action::Action,
        icons,
        text::{T, Text},
        theme::{self, font},
        view_model::ViewModel,
        widgets,
    },
    log_view::{kind::LogKind, listing::LogFile},
};

/// Height of a file.
const ROW: f32 = 48.0;

pub(super) fn icon(kind: LogKind) -> &'static str {
    match kind {
        LogKind::Rows => icons::LIST_BULLETS,
        LogKind::Traces | LogKind::Trace => icons::PATH,
        LogKind::Network => icons::SHARE_NETWORK,
        LogKind::Analysis => icons::PULSE,
        LogKind::Data => icons::CODE,
        LogKind::Other => icons::FILE_TEXT,
    }
}

pub(super) fn kind_name(kind: LogKind) -> T {
    match kind {
        LogKind::Rows => T::LogRows,
        LogKind::Traces => T::LogTraces,
        LogKind::Trace => T::LogTrace,
        LogKind::Network => T::LogNetwork,
        LogKind::Analysis => T::LogAnalysis,
        LogKind::Data => T::LogData,
        LogKind::Other => T::LogOther,
    }
}

/// Size and age of a file.
fn about(file: &LogFile, view: &ViewModel, text: Text) -> String {
    let size = text.bytes(file.len);
    match file.changed {
        Some(at) => format!("{size} · {}", text.when(at, view.now.wall)),
        None => size,
    }
}

/// Draws the list.
pub(super) fn ui(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    ui.horizontal(|ui| {
        ui.set_height(theme::CONTROL_HEIGHT);
        widgets::heading(ui, text.of(T::LogFiles), font::card_title());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if widgets::icon_button(ui, icons::ARROW_CLOCKWISE, text.of(T::LogsRefresh)).clicked() {
                action = Some(Action::Logs(LogsAction::List));
            }
            if widgets::icon_button(ui, icons::FOLDER_OPEN, text.of(T::OpenLogFolder)).clicked() {
                action = Some(Action::OpenLogFolder);
            }
        });
    });
    let files = match &state.files {
        None => return action,
        Some(Err(why)) => {
            widgets::words(ui, why.clone(), font::small(), tokens.bad);
            return action;
        }
        Some(Ok(files)) => files,
    };
    let mut chosen = None;
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, ROW, files.len(), |ui, rows| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for file in files.get(rows).unwrap_or_default() {
            let is_chosen = state.chosen.as_ref() == Some(&file.name);
            let about = about(file, view, text);
            let row = widgets::row(ui, Id::unique(("log file", &file.name)), ROW, &file.name, is_chosen, |ui| {
                let color = if is_chosen { tokens.accent } else { tokens.text_soft };
                widgets::icon(ui, icon(file.kind), 16.0, color);
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 1.0;
                    ui.add_space((ROW - 34.0) / 2.0);
                    widgets::line(ui, &file.name, font::medium(), tokens.text);
                    widgets::line(ui, about, font::small(), tokens.text_soft);
                });
            });
            let row = row.on_hover_text(format!("{}\n{}", file.name, text.of(kind_name(file.kind))));
            row.context_menu(|ui| {
                if ui.button(text.of(T::OpenElsewhere)).clicked() {
                    action = Some(Action::OpenElsewhere(file.name.clone()));
                }
                if ui.button(text.of(T::OpenLogFolder)).clicked() {
                    action = Some(Action::OpenLogFolder);
                }
            });
            if row.clicked() {
                chosen = Some(file.name.clone());
            }
        }
    });
    if let Some(name) = chosen {
        state.choose(&name);
    }
    action
}

/// The same as a menu, where there is no room for a list.
pub(super) fn menu(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State) {
    let Some(Ok(files)) = &state.files else { return };
    let mut chosen = state.chosen.clone();
    let shown = chosen.clone().unwrap_or_default();
    let menu = egui::ComboBox::from_id_salt("log file").selected_text(shown).width(200.0);
    let response = menu.show_ui(ui, |ui| {
        for file in files {
            let label = format!("{}   {}", file.name, about(file, view, text));
            ui.selectable_value(&mut chosen, Some(file.name.clone()), label);
        }
    });
    let id = response.response.id;
    ui.ctx().accesskit_node_builder(id, |node| node.set_label(text.of(T::LogFiles)));
    if chosen != state.chosen
        && let Some(name) = chosen
    {
        state.choose(&name);
    }
}
