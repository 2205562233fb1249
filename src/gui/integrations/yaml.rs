//! Lines to copy into the configuration of other programs.

use std::fmt::Write as _;

use eframe::egui::{self, Align, Layout, Margin, Ui};

use super::State;
use crate::{
    gui::{
        action::Action,
        icons,
        text::{T, Text},
        theme::{self, font, gap},
        view_model::integrations::ApiAddress,
        widgets::{self, Kind},
    },
    model::config::Config,
};

/// Stands in place of a token that is not shown.
const MASK: &str = "••••••••";

/// The program that the lines are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum YamlFor {
    #[default]
    HomeAssistant,
    Prometheus,
}

impl YamlFor {
    /// The lines, with the token where one is needed.
    fn lines(self, address: &ApiAddress, token: Option<&str>) -> String {
        match self {
            Self::HomeAssistant => home_assistant(address, token),
            Self::Prometheus => prometheus(address, token),
        }
    }
}

/// A text as a YAML scalar in double quotes (YAML 1.2, section 7.3.1).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Lines of `configuration.yaml` of Home Assistant.
fn home_assistant(address: &ApiAddress, token: Option<&str>) -> String {
    let mut lines = format!("network_logging:\n  url: {}\n", quoted(&address.url()));
    if let Some(token) = token {
        let _fits = writeln!(lines, "  token: {}", quoted(token));
    }
    lines
}

/// Lines of `prometheus.yml`.
fn prometheus(address: &ApiAddress, token: Option<&str>) -> String {
    let mut lines = "scrape_configs:\n  - job_name: netlog\n    metrics_path: /metrics\n".to_owned();
    if let Some(token) = token {
        let _fits = writeln!(lines, "    authorization:\n      type: Bearer\n      credentials: {}", quoted(token));
    }
    let _fits = writeln!(lines, "    static_configs:\n      - targets: [{}]", quoted(&address.authority));
    lines
}

/// Draws the card.
pub(super) fn ui(
    ui: &mut Ui,
    text: Text,
    state: &mut State,
    config: &Config,
    address: &ApiAddress,
    token: &str,
) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let token = Some(token).filter(|token| !token.is_empty());
    let mut action = None;
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = gap::M;
        widgets::heading(ui, text.of(T::YamlTitle), font::card_title());
        ui.horizontal(|ui| {
            let choices = [(YamlFor::HomeAssistant, "Home Assistant"), (YamlFor::Prometheus, "Prometheus")];
            widgets::segmented(ui, &mut state.yaml, &choices);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if widgets::button(ui, icons::COPY, text.of(T::YamlCopy), Kind::Normal).clicked() {
                    action = Some(Action::Copy(state.yaml.lines(address, token), T::Copied));
                }
            });
        });
        let shown = if state.token.is_shown { token } else { token.map(|_| MASK) };
        let frame = egui::Frame::new().fill(tokens.well).corner_radius(theme::radius::CONTROL);
        frame.inner_margin(Margin::symmetric(12, 8)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            let lines = state.yaml.lines(address, shown);
            widgets::words(ui, lines.trim_end(), font::mono_small(), tokens.text);
        });
        let place = match state.yaml {
            YamlFor::HomeAssistant => T::YamlHomeAssistant,
            YamlFor::Prometheus => T::YamlPrometheus,
        };
        let mut said = text.of(place).to_owned();
        if token.is_some() {
            said = format!("{said} {}", text.of(T::YamlHoldsToken));
        }
        widgets::words(ui, said, font::small(), tokens.text_soft);
        if address.is_loopback {
            let said = text.with(T::YamlLoopback, &[&config.api_listen, &address.port()]);
            widgets::words(ui, said, font::small(), tokens.text_soft);
        }
    });
    action
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> ApiAddress {
        ApiAddress { authority: "192.168.1.7:8787".into(), is_loopback: false }
    }

    #[test]
    fn the_lines_are_those_that_home_assistant_reads() {
        assert_eq!(
            "network_logging:\n  url: \"http://192.168.1.7:8787\"\n  token: \"a\\\"b\\\\c\"\n",
            YamlFor::HomeAssistant.lines(&address(), Some("a\"b\\c"))
        );
        assert!(!YamlFor::HomeAssistant.lines(&address(), None).contains("token"));
    }

    #[test]
    fn the_lines_are_those_that_prometheus_reads() {
        assert_eq!(
            "scrape_configs:\n  - job_name: netlog\n    metrics_path: /metrics\n    authorization:\n      type: Bearer\n      \
             credentials: \"t\"\n    static_configs:\n      - targets: [\"192.168.1.7:8787\"]\n",
            YamlFor::Prometheus.lines(&address(), Some("t"))
        );
        assert!(!YamlFor::Prometheus.lines(&address(), None).contains("authorization"));
    }
}
