//! The search for the provider's hops, and connections to hosts.

use eframe::egui::{self, Ui, Vec2};

use super::State;
use crate::{
    gui::{
        action::Action,
        icons,
        jobs::path::NoHops,
        text::{T, Text},
        theme::{self, font, gap},
        view_model::ViewModel,
        widgets::{self, Kind},
    },
    model::{config::Config, isp::IspCandidates, tcp_probe::TcpProbeResult},
};

/// The card that looks for the provider's hops.
pub(super) fn discover(ui: &mut Ui, view: &ViewModel, text: Text, state: &State, config: &Config) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    ui.spacing_mut().item_spacing.y = gap::M;
    widgets::heading(ui, text.of(T::DiscoverTitle), font::card_title());
    let watched = if config.isp_targets.is_empty() {
        let found: Vec<String> = view.isp_hops.iter().map(ToString::to_string).collect();
        if found.is_empty() {
            text.of(T::HopsAuto).to_owned()
        } else {
            text.with(T::HopsFoundAuto, &[&found.join(", ")])
        }
    } else {
        text.with(T::HopsWatched, &[&config.isp_targets.join(", ")])
    };
    widgets::words(ui, watched, font::body(), tokens.text_soft);
    let mut action = None;
    ui.add_enabled_ui(!state.is_discovering, |ui| {
        let label = if state.is_discovering { T::Searching } else { T::DiscoverHops };
        if widgets::button(ui, icons::CROSSHAIR, text.of(label), Kind::Normal).clicked() {
            action = Some(Action::Discover);
        }
    });
    match &state.found {
        None => {}
        Some(Err(why)) => {
            let said = match why {
                NoHops::Vpn => text.of(T::NoHopsVpn).to_owned(),
                NoHops::NoTarget => text.of(T::NoHopsTarget).to_owned(),
                NoHops::NotMeasured => text.of(T::NoHopsMeasured).to_owned(),
                NoHops::Other(why) => why.clone(),
            };
            widgets::banner(ui, tokens.warn, icons::WARNING, |ui| {
                widgets::words(ui, said, font::body(), tokens.text);
            });
        }
        Some(Ok(found)) => action = action.or(candidates(ui, text, found, config)),
    }
    action
}

fn candidates(ui: &mut Ui, text: Text, found: &IspCandidates, config: &Config) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    egui::Grid::new("candidates").num_columns(3).spacing(Vec2::new(18.0, 4.0)).show(ui, |ui| {
        for (ttl, hosts) in &found.seen {
            for (addr, n) in hosts {
                let is_suggested = found.suggestions.iter().any(|one| one.addr == *addr);
                ui.label(egui::RichText::new(ttl.to_string()).font(font::mono_small()).color(tokens.text_faint));
                let color = if is_suggested { tokens.text } else { tokens.text_soft };
                ui.label(egui::RichText::new(addr.to_string()).font(font::mono_small()).color(color));
                let mut said = text.with(T::SeenInTraces, &[n]);
                if is_suggested {
                    said = format!("{said} · {}", text.of(T::Suggested));
                }
                ui.label(egui::RichText::new(said).font(font::small()).color(tokens.text_soft));
                ui.end_row();
            }
        }
    });
    if found.suggestions.is_empty() {
        widgets::words(ui, text.of(T::NoHopsFound), font::body(), tokens.text_soft);
        return None;
    }
    let hops: Vec<_> = found.suggestions.iter().map(|one| one.addr).collect();
    let is_adopted = hops.iter().map(ToString::to_string).eq(config.isp_targets.iter().cloned());
    if is_adopted {
        widgets::line(ui, text.of(T::HopsAdopted), font::medium(), tokens.ok);
        return None;
    }
    widgets::button(ui, icons::PLUS, text.of(T::AdoptHops), Kind::Primary).clicked().then_some(Action::Adopt(hops))
}

/// The card that connects to hosts.
pub(super) fn connect(ui: &mut Ui, text: Text, state: &mut State, config: &Config) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    ui.spacing_mut().item_spacing.y = gap::M;
    widgets::heading(ui, text.of(T::ConnectTitle), font::card_title());
    widgets::words(ui, text.of(T::ConnectHelp), font::body(), tokens.text_soft);
    let mut action = None;
    let all = [config.isp_targets.as_slice(), config.targets.as_slice()].concat();
    let width = ui.available_width();
    widgets::field(ui, &mut state.hosts, text.of(T::HostsToConnect), &all.join(", "), width);
    ui.horizontal(|ui| {
        ui.checkbox(&mut state.with_tls, text.of(T::WithTls));
        ui.add_enabled_ui(!state.is_connecting, |ui| {
            let label = if state.is_connecting { T::Connecting } else { T::Connect };
            if widgets::button(ui, icons::PLUGS_CONNECTED, text.of(label), Kind::Normal).clicked() {
                let typed = state.hosts.split([',', ';', ' ']).map(str::trim).filter(|host| !host.is_empty());
                let typed: Vec<String> = typed.map(str::to_owned).collect();
                let hosts = if typed.is_empty() { all } else { typed };
                action = Some(Action::Connect { hosts, with_tls: state.with_tls });
            }
        });
    });
    match &state.report {
        None => {}
        Some(Err(why)) => {
            widgets::banner(ui, tokens.warn, icons::WARNING, |ui| {
                widgets::words(ui, why.clone(), font::body(), tokens.text);
            });
        }
        Some(Ok(report)) => {
            let n = report.results.iter().filter(|result| result.connect.is_ok()).count();
            let said = text.with(T::SoManyReachable, &[&n, &report.results.len()]);
            widgets::line(ui, said, font::medium(), tokens.text);
            egui::Grid::new("connected").num_columns(3).spacing(Vec2::new(14.0, 4.0)).show(ui, |ui| {
                for result in &report.results {
                    connected(ui, text, result);
                }
            });
        }
    }
    action
}

fn connected(ui: &mut Ui, text: Text, result: &TcpProbeResult) {
    let tokens = theme::tokens(ui.ctx());
    let trusted = match &result.tls {
        Some(Ok(facts)) => facts.trusted.is_ok(),
        Some(Err(_)) => false,
        None => true,
    };
    let (icon, color) = match (&result.connect, trusted) {
        (Ok(_), true) => (icons::CHECK_CIRCLE, tokens.ok),
        (Ok(_), false) => (icons::WARNING, tokens.warn),
        (Err(_), _) => (icons::X_CIRCLE, tokens.bad),
    };
    ui.horizontal(|ui| {
        widgets::icon_filled(ui, icon, 14.0, color);
        ui.label(egui::RichText::new(&result.host).font(font::mono_small()).color(tokens.text));
    });
    let said = match &result.connect {
        Ok(time) => text.rtt(*time),
        Err(why) => why.clone(),
    };
    ui.label(egui::RichText::new(said).font(font::small()).color(tokens.text));
    let tls = match &result.tls {
        None => String::new(),
        Some(Err(why)) => why.clone(),
        Some(Ok(facts)) => {
            let days = facts.days_left.map(|days| text.with(T::CertificateDays, &[&days])).unwrap_or_default();
            let trust = facts.trusted.as_ref().err().map(|why| format!(" · {why}")).unwrap_or_default();
            format!("{} {} · {days}{trust}", facts.version, text.rtt(facts.handshake))
        }
    };
    ui.label(egui::RichText::new(tls).font(font::small()).color(tokens.text_soft));
    ui.end_row();
}
