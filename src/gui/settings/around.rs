//! Looks of the window, where the files are, and what "auto" comes to on this computer.

use eframe::egui::{self, Ui, Vec2};

use super::draft::Draft;
use crate::{
    gui::{
        action::Action,
        icons,
        jobs::settings::{Found, Settings},
        prefs::{OnClose, Prefs, ThemeChoice},
        text::{Language, T, Text},
        theme::{self, font, gap},
        widgets::{self, Kind},
    },
    model::{
        config::Config,
        host::{Family, HostFacts, LinkKind},
        settings::{Setting, Value},
    },
};

/// The card with the looks.
pub(super) fn window(ui: &mut Ui, text: Text, prefs: &Prefs) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = gap::M;
        widgets::heading(ui, text.of(T::Window), font::card_title());
        looks_row(ui, text.of(T::Theme), |ui| {
            let mut theme = prefs.theme;
            let themes = [
                (ThemeChoice::System, text.of(T::ThemeSystem)),
                (ThemeChoice::Light, text.of(T::ThemeLight)),
                (ThemeChoice::Dark, text.of(T::ThemeDark)),
            ];
            if widgets::segmented(ui, &mut theme, &themes) {
                action = Some(Action::Theme(theme));
            }
        });
        looks_row(ui, text.of(T::Language), |ui| {
            let mut language = text.language;
            if widgets::segmented(ui, &mut language, &[(Language::English, "English"), (Language::German, "Deutsch")]) {
                action = Some(Action::Language(language));
            }
        });
        let mut switch = |ui: &mut Ui, name: T, help: T, mut on: bool, means: fn(bool) -> Action| {
            looks_row(ui, text.of(name), |ui| {
                if ui.checkbox(&mut on, text.of(help)).changed() {
                    action = Some(means(on));
                }
            });
        };
        switch(ui, T::Notify, T::NotifyHelp, prefs.notifies, Action::Notify);
        switch(ui, T::Sound, T::SoundHelp, prefs.sounds, Action::Sound);
        switch(ui, T::Tray, T::TrayHelp, prefs.tray, Action::Tray);
        looks_row(ui, text.of(T::OnClose), |ui| {
            let mut choice = prefs.on_close();
            let choices =
                [(OnClose::Ask, T::OnCloseAsk), (OnClose::Tray, T::OnCloseTray), (OnClose::Stop, T::OnCloseStop)];
            if widgets::segmented(ui, &mut choice, &choices.map(|(choice, name)| (choice, text.of(name)))) {
                action = Some(Action::OnClose(choice));
            }
            widgets::words(ui, text.of(T::OnCloseHelp), font::small(), tokens.text_soft);
        });
        looks_row(ui, text.of(T::Size), |ui| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage")]
            let mut zoom = (ui.ctx().zoom_factor() * 100.0).round() as u32;
            let sizes = [80, 100, 125, 150, 200].map(|percent| (percent, format!("{percent} %")));
            let sizes: Vec<(u32, &str)> = sizes.iter().map(|(percent, name)| (*percent, name.as_str())).collect();
            if widgets::segmented(ui, &mut zoom, &sizes) {
                ui.ctx().set_zoom_factor(zoom as f32 / 100.0);
            }
        });
    });
    action
}

/// Width of the names in the card with the looks, and of the card where they stand beside what they name.
const NAMES: f32 = 170.0;
const BESIDE: f32 = 600.0;

/// A row of the card with the looks: a name, and beside or below it what `add` draws, which wraps where it must.
fn looks_row(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) {
    let tokens = theme::tokens(ui.ctx());
    if ui.available_width() < BESIDE {
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            widgets::words(ui, name, font::medium(), tokens.text);
            add(ui);
        });
        return;
    }
    ui.horizontal_top(|ui| {
        let room = Vec2::new(NAMES, theme::CONTROL_HEIGHT);
        ui.allocate_ui_with_layout(room, egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.set_width(NAMES);
            widgets::line(ui, name, font::medium(), tokens.text);
        });
        ui.vertical(|ui| add(ui));
    });
}

/// The card with files and what was found.
pub(super) fn files(ui: &mut Ui, text: Text, found: Option<&Found>, settings: &Settings) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 6.0;
        widgets::heading(ui, text.of(T::ThisComputer), font::card_title());
        let room = ui.available_width();
        egui::Grid::new("files").num_columns(2).spacing(Vec2::new(24.0, 6.0)).min_row_height(20.0).show(ui, |ui| {
            ui.spacing_mut().interact_size.y = 18.0;
            // A grid gives its last column as much as it wants, which for a long path is more than there is.
            let most = (room - 190.0).max(160.0);
            let fact = |ui: &mut Ui, label: T, value: String| {
                ui.label(egui::RichText::new(text.of(label)).font(font::small()).color(tokens.text_soft));
                ui.scope(|ui| {
                    ui.set_max_width(most);
                    widgets::words(ui, value, font::body(), tokens.text);
                });
                ui.end_row();
            };
            let size = found.map(|found| {
                let files = text.with(T::SoManyFiles, &[&text.count(found.files)]);
                format!("{} · {}, {files}", settings.log_dir.display(), text.bytes(found.bytes))
            });
            fact(ui, T::LogFolder, size.unwrap_or_else(|| settings.log_dir.display().to_string()));
            let file = settings.file.display();
            let file =
                if settings.is_found { file.to_string() } else { format!("{file} ({})", text.of(T::NotYetThere)) };
            fact(ui, T::ConfigFile, file);
            if let Some(found) = found {
                fact(ui, T::PartRouter, router(&found.facts).unwrap_or_else(|| text.of(T::NotFound).to_owned()));
                fact(ui, T::NetworkLink, link(&found.facts).unwrap_or_else(|| text.of(T::NotFound).to_owned()));
                fact(ui, T::Resolvers, list(found.facts.resolvers.iter().map(ToString::to_string), text));
            }
        });
        ui.horizontal_wrapped(|ui| {
            if widgets::button(ui, icons::FOLDER_OPEN, text.of(T::OpenLogFolder), Kind::Normal).clicked() {
                action = Some(Action::OpenLogFolder);
            }
            if widgets::button(ui, icons::FOLDER_OPEN, text.of(T::OpenConfigFolder), Kind::Normal).clicked() {
                action = Some(Action::OpenConfigFolder);
            }
            if widgets::button(ui, icons::ARROW_CLOCKWISE, text.of(T::LookAgain), Kind::Quiet).clicked() {
                action = Some(Action::Find);
            }
        });
    });
    action
}

fn list(items: impl Iterator<Item = String>, text: Text) -> String {
    let items: Vec<String> = items.collect();
    if items.is_empty() { text.of(T::NotFound).to_owned() } else { items.join(", ") }
}

fn router(facts: &HostFacts) -> Option<String> {
    let of = |family| {
        let routes = facts.routes.iter().filter(|route| route.family == family);
        routes.min_by_key(|route| route.metric)?.gateway
    };
    of(Family::V4).or_else(|| of(Family::V6)).map(|host| host.to_string())
}

fn link(facts: &HostFacts) -> Option<String> {
    let route = facts.routes.iter().min_by_key(|route| route.metric)?;
    let link = facts.links.iter().find(|link| link.index == route.link)?;
    let speed = link.speed_mbit.map(|speed| format!(", {speed} Mbit/s")).unwrap_or_default();
    let signal = link.signal_dbm.map(|dbm| format!(", {dbm} dBm")).unwrap_or_default();
    let kind = if link.kind == LinkKind::WiFi { "Wi-Fi " } else { "" };
    Some(format!("{kind}{}{speed}{signal}", link.name))
}

/// Returns what "auto" comes to in this field; `None` where it does not say "auto".
pub(super) fn found_text(text: Text, setting: &Setting<Config>, draft: &Draft, found: &Found) -> Option<String> {
    let value = draft.value(setting).ok()?;
    match (setting.key, value) {
        ("gateway", Value::Text(value)) if value == "auto" => {
            let router = router(&found.facts).unwrap_or_else(|| text.of(T::NotFound).to_owned());
            Some(text.with(T::AutoFound, &[&router]))
        }
        ("dns_servers", Value::List(list)) if matches!(list.as_slice(), [only] if only == "auto") => {
            let resolvers: Vec<String> = found.facts.resolvers.iter().map(ToString::to_string).collect();
            Some(text.with(T::AutoFound, &[&resolvers.join(", ")]))
        }
        ("ipv6_targets", Value::List(_)) => {
            let has_v6 = found.facts.routes.iter().any(|route| route.family == Family::V6);
            Some(text.of(if has_v6 { T::HasV6 } else { T::HasNoV6 }).to_owned())
        }
        _ => None,
    }
}
