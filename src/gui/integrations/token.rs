//! The local API: where it listens, and its token.

use eframe::egui::Ui;

use super::{IntegrationsAction, State};
use crate::{
    gui::{
        action::Action,
        icons,
        text::{T, Text},
        theme::{self, font, gap},
        view_model::integrations::{ApiAddress, SecretChange},
        widgets::{self, Kind},
    },
    model::config::Config,
};

/// Stands in place of a token that is not shown.
const MASK: &str = "••••••••••••••••";

/// State of the card with the token.
#[derive(Debug, Default)]
pub(super) struct TokenState {
    /// The token can be read.
    pub(super) is_shown: bool,
    /// The question before a new token is made is open.
    asks: bool,
}

/// Draws the card. `token` is empty when none is set.
pub(super) fn ui(
    ui: &mut Ui,
    text: Text,
    state: &mut State,
    config: &Config,
    address: &ApiAddress,
    token: &str,
) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = gap::M;
        widgets::heading(ui, text.of(T::GroupApi), font::card_title());
        ui.horizontal(|ui| {
            if config.api_enabled {
                widgets::icon_filled(ui, icons::CHECK_CIRCLE, 16.0, tokens.ok);
                let said = text.with(T::ApiListens, &[&address.url()]);
                widgets::words(ui, said, font::body(), tokens.text);
            } else {
                widgets::icon(ui, icons::INFO, 16.0, tokens.text_soft);
                widgets::words(ui, text.of(T::ApiOff), font::body(), tokens.text_soft);
            }
        });
        if config.api_enabled && !address.is_loopback && token.is_empty() {
            widgets::banner(ui, tokens.warn, icons::WARNING, |ui| {
                widgets::words(ui, text.of(T::ApiNeedsToken), font::body(), tokens.text);
            });
        }
        ui.horizontal_wrapped(|ui| {
            ui.label(eframe::egui::RichText::new(text.of(T::Token)).font(font::medium()).color(tokens.text));
            let (shown, color) = match (token.is_empty(), state.token.is_shown) {
                (true, _) => (text.of(T::SecretNotSet), tokens.text_soft),
                (false, true) => (token, tokens.text),
                (false, false) => (MASK, tokens.text_soft),
            };
            widgets::words(ui, shown, if token.is_empty() { font::body() } else { font::mono() }, color);
        });
        let more = buttons(ui, text, state, token);
        let settings = widgets::button(ui, icons::GEAR, text.of(T::ApiSettings), Kind::Quiet).clicked();
        action = more.or_else(|| settings.then_some(Action::SettingsOf("Local API")));
    });
    action
}

fn buttons(ui: &mut Ui, text: Text, state: &mut State, token: &str) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let new_token = Action::Integrations(IntegrationsAction::Change(SecretChange::NewToken));
    let mut action = None;
    ui.horizontal_wrapped(|ui| {
        if token.is_empty() {
            ui.add_enabled_ui(!state.is_busy, |ui| {
                if widgets::button(ui, icons::PLUS, text.of(T::TokenMake), Kind::Normal).clicked() {
                    action = Some(new_token.clone());
                }
            });
            return;
        }
        let show = if state.token.is_shown { T::TokenHide } else { T::TokenShow };
        if widgets::button(ui, icons::EYE, text.of(show), Kind::Normal).clicked() {
            state.token.is_shown = !state.token.is_shown;
        }
        if widgets::button(ui, icons::COPY, text.of(T::TokenCopy), Kind::Normal).clicked() {
            action = Some(Action::Copy(token.to_owned(), T::TokenCopied));
        }
        if widgets::button(ui, icons::ARROW_CLOCKWISE, text.of(T::TokenNew), Kind::Normal).clicked() {
            state.token.asks = !state.token.asks;
        }
    });
    if state.token.asks && !token.is_empty() {
        widgets::banner(ui, tokens.warn, icons::WARNING, |ui| {
            ui.vertical(|ui| {
                widgets::words(ui, text.of(T::TokenNewMeans), font::body(), tokens.text);
                ui.horizontal_wrapped(|ui| {
                    if widgets::button(ui, "", text.of(T::TokenKeep), Kind::Primary).clicked() {
                        state.token.asks = false;
                    }
                    ui.add_enabled_ui(!state.is_busy, |ui| {
                        if widgets::button(ui, "", text.of(T::TokenNewSure), Kind::Normal).clicked() {
                            state.token.asks = false;
                            action = Some(new_token.clone());
                        }
                    });
                });
            });
        });
    }
    action
}
