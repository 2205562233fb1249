//! Other programs that learn of the line: the sinks with their states, the local API with its token, lines to copy, and
//! the secrets.

mod explain;
mod secrets;
mod sinks;
mod token;
mod yaml;

use std::{collections::BTreeMap, time::Duration};

use eframe::egui::{ScrollArea, Ui};

use self::{secrets::Typed, token::TokenState, yaml::YamlFor};
use super::{
    action::{Action, IntegrationsAction},
    icons,
    jobs::settings::{Found, Settings},
    text::{T, Text},
    theme::{self, font, gap},
    view_model::{
        ViewModel,
        integrations::{ApiAddress, SecretChange, SeenSecrets, SeenSinks},
    },
    widgets,
};
use crate::model::time::Timestamp;

/// Time after which the sinks are looked at again, while the panel is shown.
const AGE: Duration = Duration::from_secs(2);

/// Test of a sink.
#[derive(Debug, Clone, PartialEq)]
enum Tested {
    UnderWay,
    /// Time at which it ended, and the reason where it failed.
    Ended(Timestamp, Result<(), String>),
}

/// State of this panel from one frame to the next.
#[derive(Default)]
pub(crate) struct State {
    seen: Option<Result<SeenSinks, String>>,
    /// Time of the last look, by the clock that never goes back.
    looked: Option<Duration>,
    /// Tests by the name of their sinks.
    tested: BTreeMap<String, Tested>,
    token: TokenState,
    yaml: YamlFor,
    typed: Typed,
    /// A change of the secrets is being written.
    is_busy: bool,
}

impl State {
    /// Takes the sinks and the secrets of a look.
    pub(crate) fn take_seen(&mut self, seen: Result<SeenSinks, String>) {
        self.seen = Some(seen);
    }

    /// Notes that a test of this sink has begun.
    pub(crate) fn tests(&mut self, name: String) {
        self.tested.insert(name, Tested::UnderWay);
    }

    /// Takes the end of a test.
    pub(crate) fn take_tested(&mut self, name: String, at: Timestamp, result: Result<(), String>) {
        self.tested.insert(name, Tested::Ended(at, result));
    }

    /// Notes that a change of the secrets has begun.
    pub(crate) fn changes(&mut self) {
        self.is_busy = true;
    }

    /// Takes the secrets after this change; `None` where it failed, and what is typed stays.
    pub(crate) fn take_changed(&mut self, change: &SecretChange, changed: Option<SeenSecrets>) {
        self.is_busy = false;
        self.looked = None;
        let Some(secrets) = changed else { return };
        if let SecretChange::Set(name, _) | SecretChange::Add(name, _) = change {
            self.typed.remove(name);
        }
        // The names of sinks count the lines of a list.
        self.tested.retain(|_, tested| *tested == Tested::UnderWay);
        if let Some(Ok(seen)) = &mut self.seen {
            seen.secrets = secrets;
        }
    }

    /// Hides the token, as when the panel is left.
    pub(crate) fn hide(&mut self) {
        self.token = TokenState::default();
    }
}

/// Draws the panel.
pub(crate) fn ui(
    ui: &mut Ui,
    view: &ViewModel,
    text: Text,
    state: &mut State,
    settings: &Settings,
    found: Option<&Found>,
) -> Option<Action> {
    let mut action = None;
    if state.looked.is_none_or(|at| view.now.mono.saturating_sub(at) > AGE) {
        state.looked = Some(view.now.mono);
        action = Some(Action::Integrations(IntegrationsAction::Look));
    }
    ui.ctx().request_repaint_after(AGE);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = gap::CARD;
        ui.set_max_width(1040.0_f32.min(ui.available_width()));
        let Some(seen) = state.seen.clone() else {
            let tokens = theme::tokens(ui.ctx());
            widgets::words(ui, text.of(T::SinksLooking), font::body(), tokens.text_soft);
            return;
        };
        // A click counts more than a look, which comes again.
        action = cards(ui, view, text, state, (settings, found), &seen).or(action.take());
    });
    action
}

fn cards(
    ui: &mut Ui,
    view: &ViewModel,
    text: Text,
    state: &mut State,
    (settings, found): (&Settings, Option<&Found>),
    seen: &Result<SeenSinks, String>,
) -> Option<Action> {
    let seen = match seen {
        Ok(seen) => seen,
        Err(why) => {
            let tokens = theme::tokens(ui.ctx());
            widgets::banner(ui, tokens.warn, icons::WARNING, |ui| {
                widgets::words(ui, why.clone(), font::body(), tokens.text);
            });
            return explain::ui(ui, text);
        }
    };
    let config = &settings.config;
    let mut action = if seen.sinks.is_empty() {
        explain::ui(ui, text)
    } else {
        let tested = sinks::ui(ui, view, text, state, seen);
        tested.or(explain::links(ui, text))
    };
    let address = ApiAddress::of(config, found.map(|found| &found.facts));
    let api_token = seen.secrets.token.0.as_str();
    action = action.or(token::ui(ui, text, state, config, &address, api_token));
    if config.api_enabled {
        action = action.or(yaml::ui(ui, text, state, config, &address, api_token));
    }
    action.or(secrets::ui(ui, text, state, &seen.secrets))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        gui::view_model::integrations::{Hidden, RunsWhere},
        model::secrets::Secrets,
    };

    fn state() -> State {
        let seen = SeenSinks { runs: RunsWhere::Nowhere, sinks: Vec::new(), secrets: SeenSecrets::default() };
        let mut state = State { looked: Some(Duration::ZERO), ..State::default() };
        state.take_seen(Ok(seen));
        state.typed.insert("mqtt_password", "hunter2".into());
        state.changes();
        state
    }

    #[test]
    fn what_was_typed_is_forgotten_once_it_is_saved_and_only_then() {
        let change = SecretChange::Set("mqtt_password", Hidden("hunter2".into()));
        let mut failed = state();
        failed.take_changed(&change, None);
        assert_eq!(Some(&"hunter2".to_owned()), failed.typed.get("mqtt_password"));
        let mut saved = state();
        let secrets = SeenSecrets::of(&Secrets { mqtt_password: "hunter2".into(), ..Secrets::default() });
        saved.take_changed(&change, Some(secrets));
        assert_eq!((None, None, false), (saved.typed.get("mqtt_password"), saved.looked, saved.is_busy));
        assert!(saved.seen.is_some_and(|seen| seen.is_ok_and(|seen| seen.secrets.is_set("mqtt_password"))));
    }

    #[test]
    fn a_test_ends_where_it_began() {
        let mut state = State::default();
        let at: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        state.tests("mqtt".into());
        assert_eq!(Some(&Tested::UnderWay), state.tested.get("mqtt"));
        state.take_tested("mqtt".into(), at, Err("no answer".into()));
        assert_eq!(Some(&Tested::Ended(at, Err("no answer".into()))), state.tested.get("mqtt"));
    }
}
