//! The integrations there are, and the way to their settings.

use eframe::egui::Ui;

use crate::gui::{
    action::Action,
    icons,
    text::{T, Text},
    theme::{self, font, gap},
    widgets::{self, Kind},
};

/// Each group of settings with its icon, its title, and what it gives.
const GROUPS: [(&str, &str, T, T); 4] = [
    ("Local API", icons::CODE, T::ExplainApi, T::ExplainApiMore),
    ("MQTT", icons::SHARE_NETWORK, T::ExplainMqtt, T::ExplainMqttMore),
    ("Metrics", icons::GAUGE, T::ExplainMetrics, T::ExplainMetricsMore),
    ("Notifications", icons::BELL, T::ExplainNotify, T::ExplainNotifyMore),
];

/// Draws the card that is shown while nothing is configured.
pub(super) fn ui(ui: &mut Ui, text: Text) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = gap::M;
        widgets::heading(ui, text.of(T::ExplainTitle), font::card_title());
        widgets::words(ui, text.of(T::ExplainOff), font::body(), tokens.text_soft);
        for (group, icon, title, more) in GROUPS {
            ui.horizontal_top(|ui| {
                widgets::icon(ui, icon, 20.0, tokens.accent);
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 1.0;
                    widgets::words(ui, text.of(title), font::strong(), tokens.text);
                    widgets::words(ui, text.of(more), font::body(), tokens.text_soft);
                    action = action.take().or(link(ui, text, group));
                });
            });
        }
    });
    action
}

/// Draws the ways to the settings of every group, in one line where there is room.
pub(super) fn links(ui: &mut Ui, text: Text) -> Option<Action> {
    let mut action = None;
    ui.horizontal_wrapped(|ui| {
        for (group, ..) in GROUPS {
            action = action.take().or(link(ui, text, group));
            ui.add_space(gap::M);
        }
    });
    action
}

fn link(ui: &mut Ui, text: Text, group: &'static str) -> Option<Action> {
    let label = text.with(T::SettingsOf, &[&text.group(group)]);
    widgets::button(ui, icons::GEAR, &label, Kind::Quiet).clicked().then_some(Action::SettingsOf(group))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{gui::text::Language, model::config::SETTINGS};

    #[test]
    fn every_link_leads_to_a_group_that_the_form_finds() {
        for language in [Language::English, Language::German] {
            let text = Text::new(language);
            for (group, ..) in GROUPS {
                let mut of_group = SETTINGS.iter().filter(|setting| setting.group == group).peekable();
                assert!(of_group.peek().is_some(), "{group}");
                assert!(of_group.all(|setting| text.setting_matches(setting, text.group(group))), "{group}");
            }
        }
    }
}
