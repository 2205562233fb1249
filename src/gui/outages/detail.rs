//! Everything about one outage: the claim, what it rests on, what it cannot tell, the path before, during and after.

use eframe::egui::{self, Align, Layout, ScrollArea, Ui, Vec2};

use super::{
    State,
    around::{self, Around},
    notes,
};
use crate::{
    gui::{
        action::Action,
        icons,
        path::hops,
        text::{Cause, T, Text},
        theme::{self, font, gap},
        view_model::{ViewModel, in_millis, outages::OutageView},
        widgets::{self, Kind, cause},
    },
    model::verdict::{RootCause, Status},
};

/// Draws it.
pub(super) fn ui(
    ui: &mut Ui,
    view: &ViewModel,
    text: Text,
    outage: &OutageView,
    state: &mut State,
    closes: &mut bool,
) -> Option<Action> {
    let found = state.filed.as_ref().and_then(|(_, found)| found.as_deref());
    let is_searched = state.filed.is_some() && found.is_none();
    let around = around::paths(view, outage, found.unwrap_or_default(), text);
    let letter = || around::letter(view, outage, found.unwrap_or_default(), text);
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    ui.horizontal(|ui| {
        ui.set_height(theme::CONTROL_HEIGHT);
        cause::tag(ui, Cause::of_outage(outage, view.now), text);
        widgets::line(ui, text.domain(outage.domain), font::card_title(), tokens.text);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            *closes = widgets::icon_button(ui, icons::X, text.of(T::Close)).clicked();
        });
    });
    ui.horizontal_wrapped(|ui| {
        if widgets::button(ui, icons::COPY, text.of(T::CopyForProvider), Kind::Primary).clicked() {
            action = Some(Action::Copy(letter(), T::Copied));
        }
        if widgets::button(ui, icons::MAGNIFYING_GLASS, text.of(T::ShowOnDashboard), Kind::Normal).clicked() {
            action = Some(Action::LookAt(in_millis(outage.start())));
        }
    });
    ui.add_space(gap::S);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing = Vec2::new(8.0, 6.0);
        facts(ui, view, text, outage);
        section(ui, text.of(T::Evidence));
        if outage.evidence.is_empty() {
            widgets::words(ui, text.of(T::NoEvidence), font::body(), tokens.text_soft);
        }
        for evidence in &outage.evidence {
            ui.horizontal_top(|ui| {
                widgets::icon(ui, icons::CHECK, 13.0, tokens.text_soft);
                let sentence = text.because(&[*evidence]);
                widgets::words(ui, sentence, font::body(), tokens.text).on_hover_text(evidence.as_str());
            });
        }
        if let Some(open) = outage.verdict.as_ref().and_then(|verdict| text.left_open(verdict)) {
            ui.horizontal_top(|ui| {
                widgets::icon(ui, icons::QUESTION, 13.0, tokens.warn);
                widgets::words(ui, open, font::body(), tokens.text);
            });
        }
        segments(ui, view, text, outage);
        section(ui, text.of(T::Notes));
        let noted = notes::ui(ui, view, text, outage, &mut state.draft);
        let copied = paths(ui, text, &around, is_searched);
        action = action.take().or(noted).or(copied);
        files(ui, text, outage, &mut action);
    });
    action
}

fn section(ui: &mut Ui, title: &str) {
    ui.add_space(gap::S);
    widgets::heading(ui, title, font::strong());
}

fn facts(ui: &mut Ui, view: &ViewModel, text: Text, outage: &OutageView) {
    let tokens = theme::tokens(ui.ctx());
    let uncertainty = outage.outage.uncertainty;
    let about = if uncertainty.is_zero() { String::new() } else { format!(" ± {}", text.duration(uncertainty)) };
    let end = match outage.outage.end {
        Some(end) if outage.outage.cut_by_gap => format!("{} ({})", text.date_time(end.wall), text.of(T::CutByGap)),
        Some(end) => format!("{}{about}", text.date_time(end.wall)),
        None if outage.is_live => text.of(T::StillLasts).to_owned(),
        None => text.of(T::EndUnknown).to_owned(),
    };
    let sure = outage.confidence.map_or_else(|| "–".to_owned(), |confidence| text.confidence(confidence).to_owned());
    let words = [outage.status.map(Status::as_str), outage.cause.map(RootCause::as_str)];
    let mut rows = vec![
        (T::Begin, format!("{}{about}", text.date_time(outage.start()))),
        (T::End, end),
        (T::Length, text.duration(outage.length(view.now))),
        (T::HowSure, sure),
        (T::InTheLog, words.into_iter().flatten().collect::<Vec<_>>().join(" · ")),
    ];
    if let Some(hop) = outage.last_hop {
        rows.push((T::LastHop, format!("{} ({})", hop.addr, hop.ttl)));
    }
    egui::Grid::new("facts").num_columns(2).spacing(Vec2::new(16.0, 4.0)).min_row_height(20.0).show(ui, |ui| {
        for (label, value) in rows {
            ui.label(egui::RichText::new(text.of(label)).font(font::small()).color(tokens.text_soft));
            ui.label(egui::RichText::new(value).font(font::body()).color(tokens.text));
            ui.end_row();
        }
    });
}

fn segments(ui: &mut Ui, view: &ViewModel, text: Text, outage: &OutageView) {
    if outage.outage.segments.len() < 2 {
        return;
    }
    let tokens = theme::tokens(ui.ctx());
    section(ui, text.of(T::Segments));
    for (segment, end, charged) in outage.segments(view.now) {
        ui.horizontal(|ui| {
            widgets::line(ui, text.time(segment.start.wall), font::mono_small(), tokens.text_faint);
            cause::tag(ui, Cause::charged(segment.domain, charged), text);
            let (domain, length) = (text.domain(segment.domain), text.duration(end.since(segment.start)));
            widgets::line(ui, format!("{domain}, {length}"), font::small(), tokens.text);
        });
    }
}

fn paths(ui: &mut Ui, text: Text, paths: &[Around], is_searched: bool) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    section(ui, text.of(T::PathBeforeDuringAfter));
    if paths.is_empty() {
        let said = if is_searched { T::PathsSearched } else { T::NoTraceOfIt };
        widgets::words(ui, text.of(said), font::body(), tokens.text_soft);
    }
    for around in paths {
        let mut pictured = false;
        let shown = ui.scope(|ui| {
            ui.horizontal(|ui| {
                ui.set_height(theme::CONTROL_HEIGHT);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    pictured = widgets::icon_button(ui, icons::IMAGE, text.of(T::CopyPicture)).clicked();
                    if widgets::icon_button(ui, icons::COPY, text.of(T::CopyTable)).clicked() {
                        action = Some(Action::Copy(hops::as_text(&around.path, text), T::Copied));
                    }
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        widgets::line(ui, around.said.clone(), font::small(), tokens.text_soft);
                    });
                });
            });
            hops::table(ui, text.of(around.name), &around.path, text);
        });
        if pictured {
            action = Some(Action::CopyPicture(shown.response.rect.expand(gap::S).intersect(ui.clip_rect())));
        }
        ui.add_space(gap::S);
    }
    action
}

fn files(ui: &mut Ui, text: Text, outage: &OutageView, action: &mut Option<Action>) {
    if outage.files.is_empty() {
        return;
    }
    section(ui, text.of(T::Files));
    ui.horizontal_wrapped(|ui| {
        for name in &outage.files {
            if widgets::button(ui, icons::FILE_TEXT, name, Kind::Quiet).clicked() {
                *action = Some(Action::OpenLog(name.clone()));
            }
        }
    });
}
