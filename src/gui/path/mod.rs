//! "Where does it stop?": the path to a host, hop by hop, the provider's hops, and whether hosts take connections.

pub(crate) mod hops;
pub(crate) mod shown;
mod tools;

use std::sync::Arc;

use eframe::egui::{self, Align, Layout, ScrollArea, Ui, Vec2};

use self::shown::PathView;
use super::{
    action::Action,
    icons,
    jobs::path::{NoHops, Wanted},
    text::{T, Text},
    theme::{self, font, gap},
    view_model::ViewModel,
    widgets::{self, Kind, OneOfTwo},
};
use crate::model::{
    config::Config,
    isp::IspCandidates,
    tcp_probe::TcpProbeReport,
    trace::{Trace, TraceProtocol},
};

/// State of this panel from one frame to the next.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "three things may be under way, each by itself")]
pub(crate) struct State {
    host: String,
    protocol: Protocol,
    rounds: Rounds,
    /// The trace asked for, as far as it is, or what went wrong.
    trace: Option<Result<Trace, String>>,
    is_tracing: bool,
    /// A trace of the monitor that is looked at in place of it, by its place in the list.
    chosen: Option<usize>,
    found: Option<Result<IspCandidates, NoHops>>,
    is_discovering: bool,
    hosts: String,
    with_tls: bool,
    report: Option<Result<TcpProbeReport, String>>,
    is_connecting: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Protocol {
    #[default]
    Auto,
    Icmp,
    Udp,
    Tcp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Rounds {
    #[default]
    Ten,
    Sixty,
    Long,
}

impl Protocol {
    fn as_protocol(self) -> Option<TraceProtocol> {
        match self {
            Self::Auto => None,
            Self::Icmp => Some(TraceProtocol::Icmp),
            Self::Udp => Some(TraceProtocol::Udp),
            Self::Tcp => Some(TraceProtocol::Tcp(443)),
        }
    }
}

impl Rounds {
    fn number(self) -> usize {
        match self {
            Self::Ten => 10,
            Self::Sixty => 60,
            Self::Long => 3600,
        }
    }
}

impl State {
    pub(crate) fn tracing(&mut self, wanted: &Wanted) {
        self.host.clone_from(&wanted.host);
        (self.trace, self.is_tracing, self.chosen) = (None, true, None);
    }

    /// The trace as far as it is.
    pub(crate) fn live(&mut self, trace: Trace) {
        self.trace = Some(Ok(trace));
    }

    pub(crate) fn traced(&mut self, result: Result<Trace, String>) {
        (self.trace, self.is_tracing) = (Some(result), false);
    }

    pub(crate) fn discovering(&mut self) {
        (self.found, self.is_discovering) = (None, true);
    }

    pub(crate) fn discovered(&mut self, result: Result<IspCandidates, NoHops>) {
        (self.found, self.is_discovering) = (Some(result), false);
    }

    pub(crate) fn connecting(&mut self) {
        (self.report, self.is_connecting) = (None, true);
    }

    pub(crate) fn connected(&mut self, result: Result<TcpProbeReport, String>) {
        (self.report, self.is_connecting) = (Some(result), false);
    }
}

/// Draws the panel.
pub(crate) fn ui(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State, config: &Config) -> Option<Action> {
    let mut action = None;
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = gap::CARD;
        action = trace_card(ui, view, text, state, config);
        widgets::two_cards(ui, 860.0, |ui, card| {
            let more = match card {
                OneOfTwo::First => tools::discover(ui, view, text, state, config),
                OneOfTwo::Second => tools::connect(ui, text, state, config),
            };
            action = action.take().or(more);
        });
        changes(ui, view, text);
    });
    action
}

fn trace_card(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State, config: &Config) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = gap::M;
        let mut action = ask(ui, text, state, config);
        recent(ui, view, text, state);
        let chosen = state.chosen.and_then(|idx| view.traces.get(idx)).map(|(_, _, trace)| Arc::clone(trace));
        match (&chosen, &state.trace) {
            (Some(trace), _) => action = action.take().or(shown(ui, trace, text)),
            (None, Some(Ok(trace))) => action = action.take().or(shown(ui, trace, text)),
            (None, Some(Err(why))) => {
                widgets::banner(ui, tokens.warn, icons::WARNING, |ui| {
                    widgets::words(ui, text.with(T::TraceFailed, &[why]), font::body(), tokens.text);
                });
            }
            (None, None) if state.is_tracing => {
                widgets::words(ui, text.of(T::Tracing), font::body(), tokens.text_soft);
            }
            (None, None) => match view.traces.last() {
                Some((_, _, trace)) => action = action.take().or(shown(ui, trace, text)),
                None => {
                    widgets::words(ui, text.of(T::NoTraceYet), font::body(), tokens.text_soft);
                }
            },
        }
        action
    })
}

/// The form that asks for a trace.
fn ask(ui: &mut Ui, text: Text, state: &mut State, config: &Config) -> Option<Action> {
    let mut action = None;
    ui.horizontal_wrapped(|ui| {
        widgets::heading(ui, text.of(T::TraceTitle), font::card_title());
        ui.add_space(gap::M);
        let field = widgets::field(ui, &mut state.host, text.of(T::HostOrAddress), &config.trace_host, 220.0);
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let protocols = [
            (Protocol::Auto, text.of(T::Automatic)),
            (Protocol::Icmp, "ICMP"),
            (Protocol::Udp, "UDP"),
            (Protocol::Tcp, "TCP 443"),
        ];
        widgets::segmented(ui, &mut state.protocol, &protocols);
        let long = [(Rounds::Ten, "10"), (Rounds::Sixty, "60"), (Rounds::Long, text.of(T::Endless))];
        widgets::segmented(ui, &mut state.rounds, &long);
        if state.is_tracing {
            if widgets::button(ui, icons::STOP, text.of(T::Stop), Kind::Normal).clicked() {
                action = Some(Action::StopTrace);
            }
        } else if widgets::button(ui, icons::PATH, text.of(T::Trace), Kind::Primary).clicked() || entered {
            let host =
                if state.host.trim().is_empty() { config.trace_host.clone() } else { state.host.trim().to_owned() };
            action = Some(Action::Trace(Wanted {
                host,
                protocol: state.protocol.as_protocol(),
                rounds: state.rounds.number(),
            }));
        }
    });
    action
}

/// The traces that the monitor made by itself.
fn recent(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State) {
    if view.traces.is_empty() {
        return;
    }
    let label = |idx: usize| {
        view.traces.get(idx).map_or_else(
            || text.of(T::LastOwnTrace).to_owned(),
            |(at, purpose, trace)| {
                format!("{} · {} · {}", text.when(at.wall, view.now.wall), text.purpose(*purpose), trace.name)
            },
        )
    };
    ui.horizontal(|ui| {
        let tokens = theme::tokens(ui.ctx());
        widgets::line(ui, text.of(T::TracesOfMonitor), font::small(), tokens.text_soft);
        let shown = state.chosen.map_or_else(|| text.of(T::LastOwnTrace).to_owned(), label);
        ui.name_inputs(text.of(T::TracesOfMonitor), |ui| {
            egui::ComboBox::from_id_salt("recent").selected_text(shown).width(330.0).show_ui(ui, |ui| {
                ui.selectable_value(&mut state.chosen, None, text.of(T::LastOwnTrace));
                for idx in (0..view.traces.len()).rev().take(100) {
                    ui.selectable_value(&mut state.chosen, Some(idx), label(idx));
                }
            });
        });
    });
}

fn shown(ui: &mut Ui, trace: &Trace, text: Text) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let path = PathView::of(trace, text);
    let (mut action, mut pictured) = (None, false);
    let head = ui.horizontal(|ui| {
        widgets::line(ui, trace.name.clone(), font::strong(), tokens.text);
        widgets::line(ui, text.date_time(trace.started.wall), font::small(), tokens.text_soft);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            pictured = widgets::icon_button(ui, icons::IMAGE, text.of(T::CopyPicture)).clicked();
            if widgets::icon_button(ui, icons::COPY, text.of(T::CopyAsText)).clicked() {
                action = Some(Action::Copy(hops::as_text(&path, text), T::Copied));
            }
        });
    });
    hops::table(ui, "shown", &path, text);
    let part = head.response.rect.union(ui.min_rect());
    action.or_else(|| pictured.then_some(Action::CopyPicture(part.expand(gap::M))))
}

/// Draws the last changes of paths, the newest first.
fn changes(ui: &mut Ui, view: &ViewModel, text: Text) {
    let tokens = theme::tokens(ui.ctx());
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = Vec2::new(10.0, 5.0);
        widgets::heading(ui, text.of(T::PathChanges), font::card_title());
        if view.path_changes.is_empty() {
            widgets::words(ui, text.of(T::NoPathChanges), font::body(), tokens.text_soft);
        }
        let host = |addr: Option<std::net::IpAddr>| addr.map_or_else(|| "–".to_owned(), |addr| addr.to_string());
        for (at, target, changes) in view.path_changes.iter().rev().take(50) {
            ui.horizontal(|ui| {
                widgets::line(ui, text.when(at.wall, view.now.wall), font::mono_small(), tokens.text_faint);
                let changes: Vec<String> = changes
                    .iter()
                    .map(|one| format!("{}: {} → {}", one.ttl, host(one.before), host(one.after)))
                    .collect();
                widgets::line(ui, format!("{target}  {}", changes.join(", ")), font::small(), tokens.text);
            });
        }
    });
}
