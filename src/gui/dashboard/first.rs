//! Page that is shown before the first start: one button, and what it will do.

use eframe::egui::{Align2, ScrollArea, Sense, Ui, Vec2};

use crate::gui::{
    action::Action,
    icons,
    jobs::settings::Settings,
    panel::Panel,
    text::{T, Text},
    theme::{self, font, gap},
    view_model::{Mode, ViewModel},
    widgets::{self, Kind},
};

/// Draws the page.
pub(super) fn ui(ui: &mut Ui, view: &ViewModel, text: Text, settings: &Settings) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.add_space((ui.available_height() * 0.08).min(70.0));
        ui.vertical_centered(|ui| {
            ui.set_max_width(660.0);
            let (disc, _) = ui.allocate_exact_size(Vec2::splat(72.0), Sense::hover());
            ui.painter().rect_filled(disc, 18.0, tokens.accent);
            ui.painter().text(disc.center(), Align2::CENTER_CENTER, icons::PULSE, font::icon(44.0), tokens.on_accent);
            ui.add_space(gap::CARD);
            widgets::heading(ui, text.of(T::FirstTitle), font::figure());
            widgets::words(ui, text.of(T::FirstText), font::body(), tokens.text_soft);
            ui.add_space(gap::CARD);
            let starting = view.mode == Mode::Starting;
            ui.add_enabled_ui(!starting, |ui| {
                let label = if starting { T::ModeStarting } else { T::StartMonitoring };
                if widgets::button_sized(ui, icons::PLAY, text.of(label), Kind::Primary, Some(240.0)).clicked() {
                    action = Some(Action::Start);
                }
            });
            ui.add_space(gap::PAGE);
            widgets::card(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = 10.0;
                let sent = text.what_is_sent(&settings.config);
                let writes = text.with(T::FirstWritesMore, &[&settings.log_dir.display()]);
                for (icon, title, more) in [
                    (icons::CROSSHAIR, T::FirstFinds, text.of(T::FirstFindsMore)),
                    (icons::PULSE, T::FirstAsks, &sent),
                    (icons::FILE_TEXT, T::FirstWrites, &writes),
                    (icons::SEAL_CHECK, T::FirstPrivate, text.of(T::FirstPrivateMore)),
                ] {
                    ui.horizontal_top(|ui| {
                        widgets::icon(ui, icon, 20.0, tokens.accent);
                        ui.vertical(|ui| {
                            ui.spacing_mut().item_spacing.y = 1.0;
                            widgets::words(ui, text.of(title), font::strong(), tokens.text);
                            widgets::words(ui, more, font::small(), tokens.text_soft);
                        });
                    });
                }
            });
            ui.add_space(gap::M);
            if widgets::button(ui, icons::GEAR, text.of(T::FirstSettings), Kind::Quiet).clicked() {
                action = Some(Action::Go(Panel::Settings));
            }
        });
    });
    action
}
