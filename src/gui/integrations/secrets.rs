//! Passwords, tokens, webhooks and heartbeats: which are set, and forms to change them. No value is shown.

use std::collections::BTreeMap;

use eframe::egui::{self, Align2, Margin, Response, Stroke, Ui};

use super::{IntegrationsAction, State};
use crate::gui::{
    action::Action,
    icons,
    jobs::integrations::check_line,
    text::{T, Text},
    theme::{self, CONTROL_HEIGHT, font, gap},
    view_model::integrations::{Hidden, SecretChange, SeenSecrets},
    widgets::{self, Kind},
};

/// Width of a field in points, where there is room.
const FIELD: f32 = 280.0;
/// Width of a field for a line of a list in points, where there is room.
const LINE: f32 = 460.0;
/// Room in points for one button beside a field, with the field's margin; for two of them; least width of a field.
const ONE_BUTTON: f32 = 190.0;
const TWO_BUTTONS: f32 = 300.0;
const LEAST: f32 = 140.0;
/// Most characters of a secret.
const MOST: usize = 4096;

/// The secrets of one text, each with its name. The token of the local API has a card of its own.
const TEXTS: [(&str, T); 4] = [
    ("mqtt_password", T::SecretMqtt),
    ("remote_write_token", T::SecretRemoteWrite),
    ("influx_token", T::SecretInflux),
    ("smtp_password", T::SecretSmtp),
];

/// The secrets that are lists: name, title, help and an example.
const LISTS: [(&str, T, T, &str); 2] = [
    ("webhooks", T::SecretWebhooks, T::SecretWebhooksHelp, "ntfy https://ntfy.sh/my-line"),
    ("heartbeats", T::SecretHeartbeats, T::SecretHeartbeatsHelp, "healthchecks https://hc-ping.com/…"),
];

/// Fields as they are typed, by the name of the secret.
pub(super) type Typed = BTreeMap<&'static str, String>;

/// The secret or line that is typed, without spaces around it.
///
/// # Errors
///
/// If it cannot be one: the reason; `None` while nothing is typed.
fn typed_value(text: Text, name: &str, typed: &str) -> Result<Hidden, Option<String>> {
    let value = typed.trim();
    if value.is_empty() {
        return Err(None);
    }
    if value.chars().any(char::is_control) {
        return Err(Some(text.of(T::SecretControl).to_owned()));
    }
    check_line(name, value).map_err(Some)?;
    Ok(Hidden(value.to_owned()))
}

/// Draws the card.
pub(super) fn ui(ui: &mut Ui, text: Text, state: &mut State, seen: &SeenSecrets) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut change = None;
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = gap::M;
        widgets::heading(ui, text.of(T::SecretsTitle), font::card_title());
        widgets::words(ui, text.of(T::SecretsHelp), font::small(), tokens.text_soft);
        for (name, title) in TEXTS {
            change = change.take().or(one(ui, text, state, seen, name, text.of(title)));
        }
        for (name, title, help, example) in LISTS {
            let line = ui.available_rect_before_wrap();
            ui.painter().hline(line.x_range(), line.top(), Stroke::new(1.0, tokens.border));
            ui.add_space(gap::S);
            widgets::words(ui, text.of(title), font::strong(), tokens.text);
            widgets::words(ui, text.of(help), font::small(), tokens.text_soft);
            change = change.take().or(list(ui, text, state, seen, (name, text.of(title), example)));
        }
    });
    change.map(|change| Action::Integrations(IntegrationsAction::Change(change)))
}

/// A field for a secret: what is typed cannot be read, and has at most [`MOST`] characters.
fn password(ui: &mut Ui, typed: &mut String, name: &str, hint: &str, width: f32) -> Response {
    let edit = egui::TextEdit::singleline(typed)
        .password(true)
        .char_limit(MOST)
        .hint_text(hint)
        .desired_width(width)
        .margin(Margin::symmetric(10, 6))
        .align(Align2::LEFT_CENTER);
    widgets::named(ui, name, |ui| ui.add(edit))
}

/// A button whose name for screen readers also says what it is for.
fn button_for(ui: &mut Ui, icon: &str, label: &str, of: &str) -> bool {
    let response = widgets::button(ui, icon, label, Kind::Normal);
    let name = format!("{label}: {of}");
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
    response.clicked()
}

/// A secret of one text.
fn one(
    ui: &mut Ui,
    text: Text,
    state: &mut State,
    seen: &SeenSecrets,
    name: &'static str,
    title: &str,
) -> Option<SecretChange> {
    let tokens = theme::tokens(ui.ctx());
    let is_set = seen.is_set(name);
    let mut change = None;
    ui.horizontal_wrapped(|ui| {
        let (icon, word, color) = if is_set {
            (icons::CHECK_CIRCLE, T::SecretSet, tokens.ok)
        } else {
            (icons::PAUSE, T::SecretNotSet, tokens.text_faint)
        };
        widgets::icon(ui, icon, 16.0, color);
        let said = format!("{title}: {}", text.of(word));
        ui.label(egui::RichText::new(said).font(font::medium()).color(tokens.text));
    });
    let is_busy = state.is_busy;
    let typed = state.typed.entry(name).or_default();
    let value = typed_value(text, name, typed);
    ui.horizontal_wrapped(|ui| {
        let hint = text.of(if is_set { T::SecretTypeNew } else { T::SecretType });
        let width = FIELD.min(ui.available_width() - TWO_BUTTONS).max(LEAST);
        password(ui, typed, title, hint, width);
        ui.add_enabled_ui(value.is_ok() && !is_busy, |ui| {
            let label = text.of(if is_set { T::SecretReplace } else { T::SecretPut });
            if button_for(ui, icons::FLOPPY_DISK, label, title)
                && let Ok(value) = &value
            {
                change = Some(SecretChange::Set(name, value.clone()));
            }
        });
        if is_set {
            ui.add_enabled_ui(!is_busy, |ui| {
                if button_for(ui, icons::TRASH, text.of(T::SecretRemove), title) {
                    change = Some(SecretChange::Clear(name));
                }
            });
        }
    });
    if let Err(Some(why)) = value {
        widgets::words(ui, why, font::small(), tokens.bad);
    }
    change
}

/// A secret that is a list: the form of each line, and a field for one more. The last argument is its name, its title
/// and an example of a line.
fn list(
    ui: &mut Ui,
    text: Text,
    state: &mut State,
    seen: &SeenSecrets,
    (name, title, example): (&'static str, &str, &str),
) -> Option<SecretChange> {
    let tokens = theme::tokens(ui.ctx());
    let is_busy = state.is_busy;
    let mut change = None;
    for (idx, form) in seen.forms(name).iter().enumerate() {
        ui.horizontal(|ui| {
            ui.set_height(CONTROL_HEIGHT);
            widgets::icon(ui, icons::CHECK_CIRCLE, 16.0, tokens.ok);
            let shown = text.with(T::SecretLine, &[&(idx + 1), form]);
            ui.label(egui::RichText::new(&shown).font(font::body()).color(tokens.text));
            ui.add_enabled_ui(!is_busy, |ui| {
                if button_for(ui, icons::TRASH, text.of(T::SecretRemove), &format!("{title} {shown}")) {
                    change = Some(SecretChange::Remove(name, idx, form.clone()));
                }
            });
        });
    }
    let typed = state.typed.entry(name).or_default();
    let value = typed_value(text, name, typed);
    ui.horizontal_wrapped(|ui| {
        let width = LINE.min(ui.available_width() - ONE_BUTTON).max(LEAST);
        widgets::field(ui, typed, title, example, width);
        ui.add_enabled_ui(value.is_ok() && !is_busy, |ui| {
            if button_for(ui, icons::PLUS, text.of(T::SecretAdd), title)
                && let Ok(value) = &value
            {
                change = Some(SecretChange::Add(name, value.clone()));
            }
        });
    });
    if let Err(Some(why)) = value {
        widgets::words(ui, why, font::small(), tokens.bad);
    }
    change
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secrets;

    #[test]
    fn every_secret_has_a_place_in_the_panel() {
        let shown: Vec<&str> = TEXTS.iter().map(|(name, _)| *name).collect();
        let expected: Vec<&str> = secrets::TEXTS.iter().copied().filter(|name| *name != "api_token").collect();
        assert_eq!(expected, shown);
        assert_eq!(secrets::LISTS.to_vec(), LISTS.map(|(name, ..)| name).to_vec());
    }

    #[test]
    fn what_is_typed_is_checked() {
        let value = |name, typed| typed_value(Text::default(), name, typed);
        assert_eq!(Err(None), value("mqtt_password", "  "));
        assert_eq!(Ok(Hidden("a b".into())), value("mqtt_password", " a b\n"));
        assert!(value("mqtt_password", "a\u{7}b").is_err_and(|why| why.is_some()));
        assert!(value("webhooks", "ntfy https://ntfy.example/line").is_ok());
        assert!(value("webhooks", "ntfy").is_err_and(|why| why.is_some()));
        assert!(value("heartbeats", "unheard-of https://x.example").is_err_and(|why| why.is_some()));
    }
}
