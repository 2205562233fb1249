//! The sinks that are configured: state, last success, what waits, what was refused, errors, and a test of each.

use eframe::egui::{Align, Color32, Layout, Stroke, Ui};

use super::{IntegrationsAction, State, Tested};
use crate::{
    gui::{
        action::Action,
        icons,
        text::{T, Text},
        theme::{self, Tokens, font, gap},
        view_model::{
            ViewModel,
            integrations::{RunsWhere, SeenSinks},
        },
        widgets::{self, Kind},
    },
    model::{
        sink_status::{SinkKind, SinkState, SinkStatus},
        time::Timestamp,
    },
};

/// Icon and name of a sort of sink.
fn kind_of(kind: SinkKind) -> (&'static str, T) {
    match kind {
        SinkKind::Api => (icons::CODE, T::GroupApi),
        SinkKind::Mqtt => (icons::SHARE_NETWORK, T::SinkMqtt),
        SinkKind::RemoteWrite => (icons::GAUGE, T::SinkRemoteWrite),
        SinkKind::Influx => (icons::GAUGE, T::SinkInflux),
        SinkKind::Webhook => (icons::BELL, T::SinkWebhook),
        SinkKind::Mail => (icons::BELL, T::SinkMail),
        SinkKind::Heartbeat => (icons::PULSE, T::SinkHeartbeat),
    }
}

/// Icon, word and colour of a state.
fn state_of(sink: &SinkStatus, runs: RunsWhere, tokens: &Tokens) -> (&'static str, T, Color32) {
    match sink.state {
        SinkState::Off => (icons::PAUSE, T::Off, tokens.text_soft),
        SinkState::Idle if runs == RunsWhere::Nowhere => (icons::PAUSE, T::SinkSetUp, tokens.text_soft),
        SinkState::Idle => (icons::CHECK, T::SinkIdle, tokens.ok),
        SinkState::Working => (icons::CHECK_CIRCLE, T::SinkWorking, tokens.ok),
        SinkState::Waiting if sink.waits_for_clock() => (icons::HOURGLASS, T::SinkWaitingClock, tokens.text_soft),
        SinkState::Waiting => (icons::HOURGLASS, T::SinkWaiting, tokens.warn),
        SinkState::Failing => (icons::WARNING, T::SinkFailing, tokens.warn),
        SinkState::Stopped => (icons::X_CIRCLE, T::SinkStopped, tokens.bad),
    }
}

/// Figures of a sink, in one line.
fn figures(text: Text, sink: &SinkStatus, now: Timestamp) -> String {
    let last = match sink.last_success {
        Some(at) => text.with(T::SinkLast, &[&text.when(at, now)]),
        None => text.of(T::SinkNoneYet).to_owned(),
    };
    let mut parts = vec![last];
    for (n, said) in [(sink.waiting, T::SinkWaits), (sink.refused, T::SinkRefused)] {
        if n > 0 {
            parts.push(text.with(said, &[&text.count(n)]));
        }
    }
    parts.join(" · ")
}

/// Draws the card.
pub(super) fn ui(ui: &mut Ui, view: &ViewModel, text: Text, state: &State, seen: &SeenSinks) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = gap::S;
        widgets::heading(ui, text.of(T::SinksTitle), font::card_title());
        let note = match seen.runs {
            RunsWhere::Here => None,
            RunsWhere::Elsewhere => Some(T::SinksElsewhere),
            RunsWhere::Nowhere => Some(T::SinksNowhere),
        };
        if let Some(note) = note {
            widgets::words(ui, text.of(note), font::small(), tokens.text_soft);
        }
        for (idx, sink) in seen.sinks.iter().enumerate() {
            if idx > 0 {
                let line = ui.available_rect_before_wrap();
                ui.painter().hline(line.x_range(), line.top(), Stroke::new(1.0, tokens.border));
            }
            ui.add_space(gap::S);
            action = action.take().or(row(ui, view, text, state, seen.runs, sink));
            ui.add_space(gap::S);
        }
    });
    action
}

fn row(ui: &mut Ui, view: &ViewModel, text: Text, state: &State, runs: RunsWhere, sink: &SinkStatus) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let now = view.now.wall;
    let tested = state.tested.get(&sink.name);
    let mut action = None;
    ui.horizontal(|ui| {
        ui.set_height(theme::CONTROL_HEIGHT);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let is_under_way = matches!(tested, Some(Tested::UnderWay));
            ui.add_enabled_ui(!is_under_way, |ui| {
                let label = text.of(if is_under_way { T::SinkTesting } else { T::SinkTest });
                let test = widgets::button(ui, icons::ARROW_CLOCKWISE, label, Kind::Normal);
                let name = format!("{label}: {}", sink.name);
                ui.ctx().accesskit_node_builder(test.id, |node| node.set_label(name));
                if test.on_hover_text(text.of(T::SinkTestHelp)).clicked() {
                    action = Some(Action::Integrations(IntegrationsAction::Test(sink.name.clone())));
                }
            });
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let (icon, title) = kind_of(sink.kind);
                widgets::icon(ui, icon, 18.0, tokens.text_soft);
                widgets::line(ui, text.of(title), font::strong(), tokens.text);
                widgets::line(ui, sink.name.clone(), font::mono_small(), tokens.text_soft);
            });
        });
    });
    let (icon, word, color) = state_of(sink, runs, tokens);
    said(ui, (icon, color), &format!("{} · {}", text.of(word), figures(text, sink, now)));
    if let Some(error) = &sink.error {
        said(ui, (icons::CARET_RIGHT, color), error);
    }
    if let Some(Tested::Ended(at, result)) = tested {
        let at = text.time(*at);
        match result {
            Ok(()) => said(ui, (icons::CHECK_CIRCLE, tokens.ok), &text.with(T::SinkTestGood, &[&at])),
            Err(why) => said(ui, (icons::X_CIRCLE, tokens.bad), &text.with(T::SinkTestBad, &[&at, why])),
        }
    }
    action
}

/// A line of a row: an icon with its colour, and words that wrap.
fn said(ui: &mut Ui, (icon, color): (&str, Color32), words: &str) {
    let tokens = theme::tokens(ui.ctx());
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 18.0;
        widgets::icon_filled(ui, icon, 15.0, color);
        widgets::words(ui, words, font::body(), tokens.text);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::text::Language;

    #[test]
    fn every_state_has_an_icon_and_a_word_of_its_own() {
        for theme in [eframe::egui::Theme::Dark, eframe::egui::Theme::Light] {
            let ctx = eframe::egui::Context::default();
            ctx.set_theme(theme);
            let states = [
                SinkState::Off,
                SinkState::Idle,
                SinkState::Working,
                SinkState::Waiting,
                SinkState::Failing,
                SinkState::Stopped,
            ];
            let sink = |kind, state| SinkStatus::new("a", kind, state);
            let tokens = theme::tokens(&ctx);
            let shown = states.map(|state| state_of(&sink(SinkKind::Mqtt, state), RunsWhere::Here, tokens));
            for (idx, (icon, word, _)) in shown.iter().enumerate() {
                assert!(shown[..idx].iter().all(|other| other.0 != *icon && other.1 != *word), "{word:?}");
            }
            let clock = sink(SinkKind::Influx, SinkState::Waiting);
            assert_eq!(T::SinkWaitingClock, state_of(&clock, RunsWhere::Here, tokens).1);
        }
    }

    #[test]
    fn figures_are_told_where_there_are_any() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let mut sink = SinkStatus::new("mqtt", SinkKind::Mqtt, SinkState::Waiting);
        let english = Text::new(Language::English);
        assert_eq!("no success yet", figures(english, &sink, now));
        (sink.waiting, sink.refused, sink.last_success) = (12_345, 1, Some(now));
        let said = figures(english, &sink, now);
        assert!(said.starts_with("last success today ") && said.ends_with(" · 12,345 waiting · 1 refused"), "{said}");
        assert!(figures(Text::new(Language::German), &sink, now).ends_with(" · wartend: 12.345 · abgelehnt: 1"));
    }
}
