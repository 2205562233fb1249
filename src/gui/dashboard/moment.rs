//! A moment looked at closely: the state of the line, every sample around it, and the path then.

use eframe::egui::{self, Align, Id, Layout, Modal, ScrollArea, Ui, Vec2};

use super::plot::host_name;
use crate::{
    gui::{
        action::Action,
        icons,
        path::{hops, shown::PathView},
        text::{T, Text},
        theme::{self, font, gap},
        view_model::{ViewModel, from_millis, in_millis, series::Millis},
        widgets::{self, Kind},
    },
    model::trace::Trace,
};

/// Samples of so long before and after are shown.
const AROUND: Millis = 30_000;
/// Lines of them at most.
const MOST: usize = 21;
/// A trace this far away still tells of the moment.
const TRACE_NEAR: Millis = 20 * 60_000;

/// Draws it over the window. `false` when it is to be closed.
pub(super) fn ui(ctx: &egui::Context, view: &ViewModel, text: Text, at: Millis) -> (Option<Action>, bool) {
    let mut action = None;
    let mut stays = true;
    let tokens = theme::tokens(ctx);
    let frame = widgets::frame(tokens.card, tokens.border_strong, 20.0);
    let modal = Modal::new(Id::unique("moment")).frame(frame).backdrop_color(tokens.shade).show(ctx, |ui| {
        let room = ctx.content_rect().size() * 0.9;
        ui.set_width(room.x.min(900.0));
        ui.set_max_height(room.y.min(680.0));
        ui.horizontal(|ui| {
            widgets::heading(ui, &text.date_time(from_millis(at)), font::page_title());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                stays = !widgets::icon_button(ui, icons::X, text.of(T::Close)).clicked();
                let copy = widgets::button(ui, icons::COPY, text.of(T::Copy), Kind::Normal);
                if copy.clicked() {
                    action = Some(Action::Copy(as_text(view, text, at), T::Copied));
                }
            });
        });
        let state = view.timeline.at(at);
        let color = if state.is_down() { tokens.bad } else { tokens.text_soft };
        widgets::line(ui, text.headline(state, None), font::medium(), color);
        ui.add_space(gap::S);
        ScrollArea::vertical().auto_shrink([false, true]).show(ui, |ui| {
            samples(ui, view, text, at);
            ui.add_space(gap::CARD);
            trace(ui, view, text, at);
        });
    });
    let closed = modal.should_close();
    (action, stays && !closed)
}

/// Times of all samples around the moment, without doubles, and what each host answered.
fn table(view: &ViewModel, text: Text, at: Millis) -> (Vec<String>, Vec<(Millis, Vec<String>)>) {
    let names = view.hosts.iter().map(|host| host_name(view, host, text)).collect();
    let seconds: Vec<Millis> =
        (-AROUND / 1000..=AROUND / 1000).map(|offset| at / 1000 * 1000 + offset * 1000).collect();
    let rows = seconds.into_iter().map(|second| {
        let cells = view.hosts.iter().map(|host| match host.series.samples(second, second + 1000).last() {
            None => String::new(),
            Some((_, None)) => text.of(T::Lost).to_owned(),
            Some((_, Some(rtt))) => text.number(rtt, 1),
        });
        (second, cells.collect::<Vec<_>>())
    });
    // A log has a row every twenty seconds; of this run there is one a second. Lines without anything are left out.
    let mut rows: Vec<_> = rows.filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty())).collect();
    rows.sort_by_key(|(second, _)| (second - at).abs());
    rows.truncate(MOST);
    rows.sort_by_key(|(second, _)| *second);
    (names, rows)
}

fn samples(ui: &mut Ui, view: &ViewModel, text: Text, at: Millis) {
    let tokens = theme::tokens(ui.ctx());
    widgets::heading(ui, text.of(T::SamplesAround), font::card_title());
    let (names, rows) = table(view, text, at);
    if rows.is_empty() {
        widgets::words(ui, text.of(T::NoSamples), font::body(), tokens.text_soft);
        return;
    }
    ScrollArea::horizontal().id_salt("samples").show(ui, |ui| {
        egui::Grid::new("samples")
            .num_columns(names.len() + 1)
            .spacing(Vec2::new(18.0, 1.0))
            .min_row_height(17.0)
            .show(ui, |ui| {
                ui.spacing_mut().interact_size.y = 17.0;
                ui.label(egui::RichText::new(text.of(T::Time)).font(font::small()).color(tokens.text_soft));
                for name in &names {
                    ui.label(egui::RichText::new(name).font(font::small()).color(tokens.text_soft));
                }
                ui.end_row();
                for (second, cells) in rows {
                    let is_it = second == at / 1000 * 1000;
                    let color = if is_it { tokens.accent } else { tokens.text_faint };
                    ui.label(egui::RichText::new(text.time(from_millis(second))).font(font::mono_small()).color(color));
                    for cell in cells {
                        let color = if cell == text.of(T::Lost) { tokens.bad } else { tokens.text };
                        ui.label(egui::RichText::new(cell).font(font::mono_small()).color(color));
                    }
                    ui.end_row();
                }
            });
    });
}

fn trace(ui: &mut Ui, view: &ViewModel, text: Text, at: Millis) {
    let tokens = theme::tokens(ui.ctx());
    widgets::heading(ui, text.of(T::PathThen), font::card_title());
    // Zero while it ran.
    let distance = |trace: &Trace| {
        let (began, ended) = (in_millis(trace.started.wall), in_millis(trace.ended.wall));
        (began - at).max(at - ended).max(0)
    };
    let near = view.traces.iter().min_by_key(|(.., trace)| distance(trace));
    match near.filter(|(.., trace)| distance(trace) < TRACE_NEAR) {
        None => {
            widgets::words(ui, text.of(T::NoTraceThen), font::body(), tokens.text_soft);
        }
        Some((_, purpose, trace)) => {
            let said = format!("{} · {}", text.date_time(trace.started.wall), text.purpose(*purpose));
            widgets::line(ui, said, font::small(), tokens.text_soft);
            hops::table(ui, "moment", &PathView::of(trace, text), text);
        }
    }
}

fn as_text(view: &ViewModel, text: Text, at: Millis) -> String {
    let (names, rows) = table(view, text, at);
    let mut out = format!("{}\n{}\t{}\n", text.date_time(from_millis(at)), text.of(T::Time), names.join("\t"));
    for (second, cells) in rows {
        out += &text.time(from_millis(second));
        out += "\t";
        out += &cells.join("\t");
        out += "\n";
    }
    out
}
