//! The hop table that cannot lie: "left unanswered" and "lost on the way" are different columns, and all times stand on one
//! axis.

use std::time::Duration;

use eframe::egui::{self, Align, Layout, Pos2, Rect, Sense, Stroke, Ui, Vec2};
use egui_extras::{Column, TableBuilder};

use super::shown::{HopView, PathView};
use crate::{
    gui::{
        icons,
        text::{T, Text},
        theme::{self, ROW_HEIGHT, Tokens, font},
        widgets,
    },
    model::trace::HopReading,
};

/// Draws the table in the room there is. `salt` tells tables of one page apart.
pub(crate) fn table(ui: &mut Ui, salt: &str, path: &PathView, text: Text) {
    let tokens = theme::tokens(ui.ctx());
    let most = path.hops.iter().filter_map(|hop| hop.rtt).map(|rtt| rtt.worst).max().unwrap_or_default();
    ui.push_id(salt, |ui| {
        ui.spacing_mut().item_spacing = Vec2::new(10.0, 0.0);
        let is_wide = ui.available_width() > 680.0;
        let mut builder = TableBuilder::new(ui)
            .id_salt(salt)
            .vscroll(false)
            .cell_layout(Layout::left_to_right(Align::Center))
            .column(Column::exact(22.0))
            .column(Column::exact(132.0))
            .column(Column::exact(62.0))
            .column(Column::exact(92.0))
            .column(Column::exact(56.0));
        if is_wide {
            builder = builder.column(Column::exact(130.0));
        }
        let heads = [T::HopNumber, T::Address, T::LossOnWay, T::Unanswered, T::Mean];
        let builder =
            if is_wide { builder.column(Column::remainder().clip(true)) } else { builder.column(Column::remainder()) };
        builder
            .header(ROW_HEIGHT, |mut header| {
                let extra = if is_wide { Some(T::BestToWorst) } else { None };
                for head in heads.into_iter().chain(extra).chain([T::Meaning]) {
                    header.col(|ui| {
                        if head == T::Meaning && !is_wide {
                            return;
                        }
                        let help = match head {
                            T::LossOnWay => text.of(T::LossOnWayHelp),
                            T::Unanswered => text.of(T::UnansweredHelp),
                            _ => "",
                        };
                        let label = widgets::line(ui, text.of(head), font::small(), tokens.text_soft);
                        if !help.is_empty() {
                            label.on_hover_text(help);
                        }
                    });
                }
            })
            .body(|body| {
                body.rows(ROW_HEIGHT, path.hops.len(), |mut row| {
                    if let Some(hop) = path.hops.get(row.index()) {
                        cells(&mut row, hop, most, is_wide, text, tokens);
                    }
                });
            });
    });
    widgets::words(ui, path.ending.clone(), font::small(), tokens.text_soft);
}

fn cells(
    row: &mut egui_extras::TableRow<'_, '_>,
    hop: &HopView,
    most: Duration,
    is_wide: bool,
    text: Text,
    tokens: &Tokens,
) {
    let percent = |share: Option<f64>| {
        share.map_or_else(|| "–".to_owned(), |share| format!("{} %", text.number(share * 100.0, 0)))
    };
    row.col(|ui| {
        widgets::line(ui, hop.ttl.to_string(), font::mono_small(), tokens.text_faint);
    });
    row.col(|ui| {
        let name = hop.shown();
        let color = if hop.hosts.is_empty() { tokens.text_faint } else { tokens.text };
        let others = hop.hosts.get(1..).unwrap_or_default();
        let shown = if others.is_empty() { name.to_owned() } else { format!("{name} +{}", others.len()) };
        let label = widgets::line(ui, shown, font::mono_small(), color);
        if !others.is_empty() {
            label.on_hover_text(format!("{name}\n{}", others.join("\n")));
        }
    });
    row.col(|ui| {
        let is_lossy = hop.loss.is_some_and(|loss| loss > 0.0);
        widgets::line(ui, percent(hop.loss), font::mono_small(), if is_lossy { tokens.bad } else { tokens.text });
    });
    row.col(|ui| {
        let sent = hop.sent.map(|n| format!(" ({n})")).unwrap_or_default();
        widgets::line(ui, percent(hop.unanswered) + &sent, font::mono_small(), tokens.text_soft);
    });
    row.col(|ui| {
        let mean = hop.mean.map_or_else(|| "–".to_owned(), |mean| text.millis(mean));
        widgets::line(ui, mean, font::mono_small(), tokens.text);
    });
    if is_wide {
        row.col(|ui| whisker(ui, hop, most, text, tokens));
    }
    row.col(|ui| {
        let Some(reading) = hop.reading else { return };
        let (icon, color) = mark(reading, tokens);
        widgets::icon_filled(ui, icon, 13.0, color);
        let words = text.reading(reading);
        if ui.available_width() > 60.0 {
            widgets::line(ui, words, font::small(), tokens.text_soft);
        } else {
            ui.response().on_hover_text(words);
        }
    });
}

fn mark(reading: HopReading, tokens: &Tokens) -> (&'static str, egui::Color32) {
    match reading {
        HopReading::Answers => (icons::CHECK_CIRCLE, tokens.ok),
        HopReading::Limits | HopReading::PassesSilently | HopReading::TargetLimits => (icons::INFO, tokens.text_faint),
        HopReading::Unclear | HopReading::LostBefore => (icons::WARNING, tokens.warn),
        HopReading::Loses | HopReading::NothingFromHere => (icons::X_CIRCLE, tokens.bad),
    }
}

/// From the best to the worst time, with the mean as a mark; the axis is the same for all hops.
fn whisker(ui: &mut Ui, hop: &HopView, most: Duration, text: Text, tokens: &Tokens) {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 16.0), Sense::hover());
    let Some(rtt) = hop.rtt else { return };
    let x = |time: Duration| rect.left() + (rect.width() - 4.0) * (time.as_secs_f32() / most.as_secs_f32().max(1e-6));
    let y = rect.center().y;
    ui.painter().hline(x(rtt.best)..=x(rtt.worst), y, Stroke::new(2.0, tokens.border_strong));
    for end in [rtt.best, rtt.worst] {
        ui.painter().vline(x(end), y - 4.0..=y + 4.0, Stroke::new(1.5, tokens.border_strong));
    }
    let spread =
        Rect::from_x_y_ranges(x(rtt.avg.saturating_sub(rtt.stdev))..=x(rtt.avg + rtt.stdev), y - 3.5..=y + 3.5);
    let spread = spread.intersect(Rect::from_x_y_ranges(x(rtt.best)..=x(rtt.worst), rect.y_range()));
    ui.painter().rect_filled(spread, 2.0, tokens.thin(tokens.accent, 0.4));
    ui.painter().circle_filled(Pos2::new(x(rtt.avg), y), 3.5, tokens.accent);
    response.on_hover_text(
        text.with(
            T::WhiskerTip,
            &[&text.rtt(rtt.best), &text.rtt(rtt.avg), &text.rtt(rtt.worst), &text.rtt(rtt.stdev)],
        ),
    );
}

/// A table as text with columns, for a letter.
pub(crate) fn as_text(path: &PathView, text: Text) -> String {
    let when = path.started.map(|at| text.date_time(at)).unwrap_or_default();
    let mut out = format!("{} {when}\n", path.name);
    let percent = |share: Option<f64>| {
        share.map_or_else(|| "-".to_owned(), |share| format!("{} %", text.number(share * 100.0, 0)))
    };
    let heads = [T::Address, T::LossOnWay, T::Unanswered, T::Mean].map(|head| text.of(head));
    let [address, loss, unanswered, mean] = heads;
    let head = format!("{:>3}  {address:<39} {loss:>8} {unanswered:>18} {mean:>9}\n", text.of(T::HopNumber));
    out.push_str(&head);
    for hop in &path.hops {
        let sent = hop.sent.map(|n| format!(" ({n})")).unwrap_or_default();
        let line = format!(
            "{:>3}  {:<39} {:>8} {:>18} {:>9}  {}\n",
            hop.ttl,
            hop.shown(),
            percent(hop.loss),
            percent(hop.unanswered) + &sent,
            hop.mean.map_or_else(|| "-".to_owned(), |mean| text.millis(mean)),
            hop.reading.map_or("", |reading| text.reading(reading))
        );
        out += line.trim_end();
        out.push('\n');
    }
    out + &path.ending + "\n"
}
