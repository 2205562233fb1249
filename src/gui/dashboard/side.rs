//! Beside the plot: the last outages and what happened just now.

#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "lines that fit into a window")]

use eframe::egui::{Align, Id, Layout, Pos2, Rect, Ui, Vec2};

use crate::gui::{
    action::Action,
    panel::Panel,
    text::{Cause, T, Text},
    theme::{self, font, gap},
    view_model::ViewModel,
    widgets::{self, Kind, cause},
};

/// Height of an outage: two lines.
const OUTAGE: f32 = 50.0;
/// Height of a line of the activity.
const LINE: f32 = 22.0;

/// Draws both cards below each other.
pub(super) fn ui(ui: &mut Ui, room: Rect, view: &ViewModel, text: Text) -> Option<Action> {
    let n = view.outages.len().clamp(1, 5);
    let wanted = 62.0 + OUTAGE * n as f32;
    let upper = wanted.min(room.height() * 0.62);
    let (top, bottom) = room.split_top_bottom_at_y(room.top() + upper);
    let bottom = Rect::from_min_max(Pos2::new(bottom.left(), bottom.top() + gap::CARD), bottom.max);
    let outages = widgets::card_at(ui, top, "outages", |ui| outages(ui, view, text));
    let activity = widgets::card_at(ui, bottom, "activity", |ui| activity(ui, view, text));
    outages.or(activity)
}

fn title(ui: &mut Ui, title: &str, link: &str) -> bool {
    ui.horizontal(|ui| {
        ui.set_height(24.0);
        widgets::heading(ui, title, font::card_title());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| widgets::button(ui, "", link, Kind::Quiet).clicked())
            .inner
    })
    .inner
}

fn outages(ui: &mut Ui, view: &ViewModel, text: Text) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    ui.spacing_mut().item_spacing.y = 0.0;
    let all = text.with(T::AllOutages, &[&text.count(view.outages.len())]);
    let mut action = title(ui, text.of(T::RecentOutages), &all).then_some(Action::Go(Panel::Outages));
    ui.add_space(4.0);
    if view.outages.len() == 0 {
        ui.add_space(8.0);
        widgets::words(ui, text.of(T::NoOutageYet), font::body(), tokens.text_soft);
        return action;
    }
    let n = ((ui.available_height() + 4.0) / OUTAGE).floor().max(1.0) as usize;
    for outage in view.outages.iter().rev().take(n) {
        let when = text.when(outage.start(), view.now.wall);
        let length = text.duration(outage.length(view.now));
        let cause = Cause::of_outage(outage, view.now);
        let name = format!("{} {when} {length}", cause.word(text));
        let id = Id::unique(("recent", outage.start()));
        let response = widgets::row(ui, id, OUTAGE, &name, false, |ui| {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 3.0;
                ui.add_space(5.0);
                ui.horizontal(|ui| {
                    cause::tag(ui, cause, text);
                    widgets::line(ui, when, font::small(), tokens.text_soft);
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        let color = if outage.is_live { tokens.bad } else { tokens.text };
                        let length = if outage.is_live { format!("{length} …") } else { length };
                        widgets::line(ui, length, font::strong(), color);
                    });
                });
                let evidence = text.because(&outage.evidence);
                let evidence = if evidence.is_empty() { text.domain(outage.domain).to_owned() } else { evidence };
                widgets::line(ui, evidence, font::small(), tokens.text);
            });
        });
        if response.clicked() {
            action = Some(Action::ShowOutage(outage.start()));
        }
        let rect = response.rect;
        ui.painter().hline(rect.x_range(), rect.bottom(), eframe::egui::Stroke::new(1.0, tokens.border));
    }
    action
}

fn activity(ui: &mut Ui, view: &ViewModel, text: Text) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    ui.spacing_mut().item_spacing = Vec2::new(8.0, 0.0);
    let action = title(ui, text.of(T::Activity), text.of(T::ShowAll)).then_some(Action::Go(Panel::Activity));
    ui.add_space(4.0);
    if view.activity.len() == 0 {
        widgets::words(ui, text.of(T::NoActivityYet), font::body(), tokens.text_soft);
    }
    let n = (ui.available_height() / LINE).floor() as usize;
    for entry in view.activity.iter().rev().take(n) {
        let (icon, color) = widgets::level_mark(entry.level, tokens);
        ui.horizontal(|ui| {
            ui.set_height(LINE);
            widgets::line(ui, text.time(entry.at), font::mono_small(), tokens.text_faint);
            widgets::icon_filled(ui, icon, 13.0, color);
            widgets::line(ui, text.entry(entry), font::small(), tokens.text);
        });
    }
    action
}
