//! One setting: its name and meaning, its field, and what is not right about what stands in it.

use eframe::egui::{Align, Layout, Ui, Vec2};

use super::{
    around::found_text,
    draft::{Draft, Field},
};
use crate::{
    gui::{
        icons,
        jobs::settings::{Found, render},
        text::{T, Text},
        theme::{self, font, gap},
        widgets,
    },
    model::{
        config::Config,
        settings::{Kind, Setting},
    },
};

/// Draws the row.
pub(super) fn ui(
    ui: &mut Ui,
    text: Text,
    setting: &Setting<Config>,
    draft: &mut Draft,
    saved: &Config,
    found: Option<&Found>,
) {
    let tokens = theme::tokens(ui.ctx());
    let value = draft.value(setting);
    let is_changed = value.as_ref().is_ok_and(|value| *value != setting.get(saved)) || value.is_err();
    let is_default = value.as_ref().is_ok_and(|value| *value == setting.default());
    let width = ui.available_width();
    let is_wide = width > 640.0;
    let (name, help) = text.setting(setting);
    let mut resets = false;
    let mut left = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing = Vec2::new(6.0, 2.0);
        ui.spacing_mut().interact_size.y = 18.0;
        ui.horizontal(|ui| {
            if is_changed {
                widgets::dot(ui, if value.is_err() { tokens.bad } else { tokens.accent });
            }
            widgets::line(ui, name, font::medium(), tokens.text).on_hover_text(setting.key);
            if !is_default {
                let shown = render(&setting.default());
                let tip = text.with(T::ResetTo, &[&shown]);
                resets = widgets::icon_button(ui, icons::ARROW_COUNTER_CLOCKWISE, &tip).clicked();
            }
        });
        widgets::words(ui, help, font::small(), tokens.text_soft);
    };
    ui.add_space(gap::M);
    if is_wide {
        ui.horizontal_top(|ui| {
            ui.allocate_ui_with_layout(Vec2::new(width * 0.5, 0.0), Layout::top_down(Align::Min), |ui| {
                ui.set_width(width * 0.5);
                left(ui);
            });
            ui.add_space(gap::CARD);
            ui.vertical(|ui| {
                field(ui, text, setting, draft, name, found);
            });
        });
    } else {
        left(ui);
        field(ui, text, setting, draft, name, found);
    }
    if resets {
        draft.set(setting, &setting.default());
    }
    ui.add_space(gap::M);
}

fn field(ui: &mut Ui, text: Text, setting: &Setting<Config>, draft: &mut Draft, name: &str, found: Option<&Found>) {
    let tokens = theme::tokens(ui.ctx());
    ui.spacing_mut().item_spacing = Vec2::new(8.0, 3.0);
    let width = ui.available_width();
    let is_number = matches!(setting.kind, Kind::Whole(..) | Kind::Number(..));
    match draft.field(setting) {
        Field::Switch(on) => {
            let word = text.of(if *on { T::On } else { T::Off });
            let response = ui.checkbox(on, word);
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
        }
        Field::Text(typed) => {
            ui.horizontal(|ui| {
                widgets::field(ui, typed, name, "", if is_number { 110.0 } else { width });
                if !setting.unit.is_empty() {
                    widgets::line(ui, text.unit(setting.unit), font::body(), tokens.text_soft);
                }
                if is_number {
                    widgets::line(ui, text.allowed(setting.kind), font::small(), tokens.text_faint);
                }
            });
        }
    }
    match draft.value(setting) {
        Err(why) => {
            let said = text.not_allowed(setting.kind, &why);
            widgets::words(ui, said, font::small(), tokens.bad);
        }
        Ok(_) => {
            if let Some(said) = found.and_then(|found| found_text(text, setting, draft, found)) {
                ui.horizontal(|ui| {
                    widgets::icon(ui, icons::CHECK, 12.0, tokens.ok);
                    widgets::words(ui, said, font::small(), tokens.text_soft);
                });
            }
        }
    }
}
