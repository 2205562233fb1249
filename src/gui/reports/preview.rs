//! A report as it will be, drawn from what all formats are made of. Parts that cannot be seen are not laid out.

use eframe::egui::{
    self, Align2, FontId, Label, Layout, Pos2, Rect, RichText, Role, ScrollArea, Sense, Stroke, Ui, UiBuilder, Vec2,
    WidgetInfo,
};

use crate::{
    gui::{
        action::Action,
        icons,
        text::{T, Text},
        theme::{self, font, gap, radius},
        widgets,
    },
    report::{
        chart::drawing::{Anchor, Drawing, Item},
        document::{Align, Block, Card, Cell, Document, Figure, Table},
    },
};

/// The widest that lines of text are easy to read.
const MOST_WIDTH: f32 = 860.0;

/// Heights of the sections, as they were when last drawn at a width.
#[derive(Default)]
pub(super) struct Heights {
    width: f32,
    sections: Vec<Option<f32>>,
}

/// Draws the report.
pub(super) fn ui(ui: &mut Ui, text: Text, document: &Document, heights: &mut Heights) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let width = (ui.available_width() - 14.0).min(MOST_WIDTH);
        if (heights.width - width).abs() > 0.5 || heights.sections.len() != document.sections.len() {
            *heights = Heights { width, sections: vec![None; document.sections.len()] };
        }
        ui.set_width(width);
        widgets::words(ui, &document.title, font::page_title(), tokens.text);
        widgets::words(ui, &document.subtitle, font::body(), tokens.text_soft);
        if let Some(mark) = &document.watermark {
            widgets::banner(ui, tokens.warn, icons::WARNING, |ui| {
                widgets::words(ui, &mark.sentence, font::strong(), tokens.text);
            });
        }
        for (section, height) in document.sections.iter().zip(&mut heights.sections) {
            let top = ui.cursor().top();
            if let Some(height) = height
                && !ui
                    .is_rect_visible(Rect::from_min_size(Pos2::new(ui.cursor().left(), top), Vec2::new(width, *height)))
            {
                ui.allocate_space(Vec2::new(width, *height));
                continue;
            }
            let drawn = ui.scope(|ui| {
                ui.add_space(gap::M);
                widgets::words(ui, &section.title, font::card_title(), tokens.text);
                ui.separator();
                section.blocks.iter().for_each(|each| block(ui, text, each));
            });
            *height = Some(drawn.response.rect.height());
        }
        ui.add_space(gap::PAGE);
        widgets::words(ui, &document.footer, font::small(), tokens.text_faint);
    });
    ui.data_mut(|data| data.remove_temp::<Option<Rect>>(copied())).flatten().map(Action::CopyPicture)
}

/// Returns the key under which a chart leaves its place when its picture is wanted.
fn copied() -> egui::Id {
    egui::Id::unique("chart to copy")
}

fn block(ui: &mut Ui, text: Text, block: &Block) {
    let tokens = theme::tokens(ui.ctx());
    match block {
        Block::Heading(said) => {
            widgets::words(ui, said, font::strong(), tokens.text);
        }
        Block::Lead(said) => {
            widgets::words(ui, said, FontId::proportional(15.0), tokens.text);
        }
        Block::Text(said) => {
            widgets::words(ui, said, font::body(), tokens.text);
        }
        Block::Small(said) => {
            widgets::words(ui, said, font::small(), tokens.text_soft);
        }
        Block::Bullets(all) => all.iter().for_each(|said| {
            ui.horizontal_top(|ui| {
                widgets::words(ui, "•", font::body(), tokens.text_soft);
                widgets::words(ui, said, font::body(), tokens.text);
            });
        }),
        Block::Figures(all) => figures(ui, all),
        Block::Facts(all) => facts(ui, all),
        Block::Table(each) => table(ui, each),
        Block::Chart(chart) => {
            widgets::words(ui, &chart.title, font::strong(), tokens.text);
            drawing(ui, text, &chart.drawing, &chart.alt);
        }
        Block::Callout(title, said) => {
            widgets::frame(tokens.well, tokens.border_strong, 12.0).show(ui, |ui| {
                ui.set_width(ui.available_width());
                widgets::words(ui, title, font::strong(), tokens.text);
                widgets::words(ui, said, font::body(), tokens.text);
            });
        }
        Block::Verbatim(said) => {
            widgets::frame(tokens.well, tokens.border, 10.0).show(ui, |ui| {
                ScrollArea::horizontal().id_salt(said.len()).show(ui, |ui| {
                    ui.add(Label::new(RichText::new(said).font(font::mono_small()).color(tokens.text)).extend());
                });
            });
        }
        Block::Card(each) => card(ui, text, each),
    }
}

/// Large figures beside each other, as many as there is room for.
fn figures(ui: &mut Ui, all: &[Figure]) {
    let tokens = theme::tokens(ui.ctx());
    let n_columns = (ui.available_width() / 190.0).floor().clamp(1.0, all.len().max(1) as f32);
    let width = (ui.available_width() - gap::M * (n_columns - 1.0)) / n_columns;
    let n_columns = count(n_columns);
    for row in all.chunks(n_columns) {
        ui.horizontal_top(|ui| {
            for figure in row {
                let room = Vec2::new(width, 92.0);
                let (rect, _) = ui.allocate_exact_size(room, Sense::hover());
                let border = Stroke::new(1.0, tokens.border);
                ui.painter().rect(rect, radius::CONTROL, tokens.well, border, egui::StrokeKind::Inside);
                let mut inner = ui
                    .new_child(UiBuilder::new().max_rect(rect.shrink(10.0)).layout(Layout::top_down(egui::Align::Min)));
                inner.set_clip_rect(rect.intersect(ui.clip_rect()));
                inner.spacing_mut().item_spacing.y = 1.0;
                widgets::line(&mut inner, &figure.label, font::small(), tokens.text_soft);
                let color = if figure.is_bad { tokens.bad } else { tokens.text };
                widgets::line(&mut inner, &figure.value, FontId::new(19.0, font::card_title().family), color);
                widgets::words(&mut inner, &figure.note, font::small(), tokens.text_soft);
            }
        });
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number")]
fn count(n: f32) -> usize {
    (n as usize).max(1)
}

fn facts(ui: &mut Ui, all: &[(String, String)]) {
    let tokens = theme::tokens(ui.ctx());
    let name_width = (ui.available_width() * 0.32).min(240.0);
    for (name, value) in all {
        ui.horizontal_top(|ui| {
            ui.scope(|ui| {
                ui.set_width(name_width);
                widgets::words(ui, name, font::body(), tokens.text_soft);
            });
            widgets::words(ui, value, font::body(), tokens.text);
        });
    }
}

fn card(ui: &mut Ui, text: Text, card: &Card) {
    let tokens = theme::tokens(ui.ctx());
    widgets::frame(tokens.card, tokens.border, 12.0).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            let color = theme::report_ink(tokens, card.mark.ink);
            widgets::line(ui, card.mark.sign.to_string(), font::strong(), color);
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                widgets::line(ui, &card.aside, font::small(), tokens.text_soft);
                ui.with_layout(Layout::left_to_right(egui::Align::Center), |ui| {
                    widgets::line(ui, &card.title, font::strong(), tokens.text);
                });
            });
        });
        card.blocks.iter().for_each(|each| block(ui, text, each));
    });
}

/// Text of a cell with its sign before it.
fn said(cell: &Cell) -> String {
    cell.mark.map_or_else(|| cell.text.clone(), |mark| format!("{} {}", mark.sign, cell.text))
}

fn table(ui: &mut Ui, table: &Table) {
    let widths = widths(ui, table);
    let tokens = theme::tokens(ui.ctx());
    let titles: Vec<Cell> =
        table.columns.iter().map(|column| Cell { text: column.title.clone(), mark: None }).collect();
    let n_rows = table.rows.len();
    ui.spacing_mut().item_spacing.y = 0.0;
    row(ui, table, &widths, &titles, true);
    for (idx, cells) in table.rows.iter().enumerate() {
        let is_sum = table.has_sum && idx + 1 == n_rows;
        if is_sum {
            let line = ui.cursor();
            ui.painter().hline(
                line.left()..=line.left() + ui.available_width(),
                line.top(),
                Stroke::new(1.0, tokens.border_strong),
            );
        }
        row(ui, table, &widths, cells, is_sum);
    }
    ui.spacing_mut().item_spacing.y = gap::M;
    ui.add_space(gap::S);
}

/// Every column as wide as its widest cell; those that grow share the rest, and all shrink where there is no room.
fn widths(ui: &Ui, table: &Table) -> Vec<f32> {
    let text_width = |said: &str, is_code: bool| {
        let font = if is_code { font::mono_small() } else { font::body() };
        ui.painter().layout_no_wrap(said.to_owned(), font, egui::Color32::PLACEHOLDER).size().x
    };
    let mut widths: Vec<f32> = table
        .columns
        .iter()
        .enumerate()
        .map(|(idx, column)| {
            let cells = table.rows.iter().take(60).filter_map(|row| row.get(idx));
            let widest = cells.map(|cell| text_width(&said(cell), column.is_code)).fold(0.0, f32::max);
            widest.max(text_width(&column.title, false)) + 16.0
        })
        .collect();
    let room = ui.available_width();
    let growing: Vec<usize> =
        (0..widths.len()).filter(|idx| table.columns.get(*idx).is_some_and(|c| c.grows)).collect();
    let fixed: f32 = widths.iter().enumerate().filter(|(idx, _)| !growing.contains(idx)).map(|(_, width)| width).sum();
    let rest = (room - fixed) / growing.len().max(1) as f32;
    for idx in &growing {
        if let Some(width) = widths.get_mut(*idx) {
            *width = rest.max(90.0);
        }
    }
    let sum: f32 = widths.iter().sum();
    if sum > room {
        widths.iter_mut().for_each(|width| *width *= room / sum);
    }
    widths
}

fn row(ui: &mut Ui, table: &Table, widths: &[f32], cells: &[Cell], is_strong: bool) {
    let tokens = theme::tokens(ui.ctx());
    let mut galleys = Vec::with_capacity(cells.len());
    for ((cell, column), width) in cells.iter().zip(&table.columns).zip(widths) {
        let font = match (is_strong, column.is_code) {
            (true, _) => font::strong(),
            (false, true) => font::mono_small(),
            (false, false) => font::body(),
        };
        galleys.push(ui.painter().layout(said(cell), font, tokens.text, (width - 12.0).max(20.0)));
    }
    let height = galleys.iter().map(|galley| galley.size().y).fold(18.0, f32::max) + 6.0;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(widths.iter().sum(), height), Sense::hover());
    let name = cells.iter().map(said).collect::<Vec<_>>().join(" · ");
    response.widget_info(|| WidgetInfo::labeled(Role::Row, true, &name));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let mut x = rect.left();
    for (((galley, cell), column), width) in galleys.into_iter().zip(cells).zip(&table.columns).zip(widths) {
        let left = if column.align == Align::Right { x + width - 12.0 - galley.size().x } else { x };
        let color = match &cell.mark {
            Some(mark) => theme::report_ink(tokens, mark.ink),
            None if is_strong => tokens.text_soft,
            None => tokens.text,
        };
        ui.painter().galley_with_override_text_color(Pos2::new(left, rect.top() + 3.0), galley, color);
        x += width;
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, tokens.grid));
}

/// A chart, as wide as there is room.
#[expect(clippy::cast_possible_truncation, reason = "points on a screen")]
fn drawing(ui: &mut Ui, text: Text, drawing: &Drawing, alt: &str) {
    let tokens = theme::tokens(ui.ctx());
    if drawing.width <= 0.0 {
        return;
    }
    let scale = ui.available_width() / drawing.width as f32;
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), drawing.height as f32 * scale), Sense::click());
    egui::Popup::context_menu(&response).show(|ui| {
        if ui.button(text.of(T::CopyPicture)).clicked() {
            ui.data_mut(|data| data.insert_temp(copied(), Some(rect)));
        }
    });
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, alt));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let painter = ui.painter().with_clip_rect(rect.expand(2.0).intersect(ui.clip_rect()));
    let at = |x: f64, y: f64| rect.min + Vec2::new(x as f32, y as f32) * scale;
    for item in &drawing.items {
        match item {
            Item::Rect { x, y, w, h, round, fill } => {
                let part = Rect::from_min_max(at(*x, *y), at(x + w, y + h));
                painter.rect_filled(part, *round as f32 * scale, theme::report_ink(tokens, *fill));
            }
            Item::Line { points, ink, width } => {
                let points = points.iter().map(|(x, y)| at(*x, *y)).collect();
                painter.line(points, Stroke::new((*width as f32 * scale).max(0.6), theme::report_ink(tokens, *ink)));
            }
            Item::Text { x, y, size, anchor, ink, is_strong, text } => {
                let size = *size as f32 * scale;
                let family = if *is_strong { font::strong().family } else { font::body().family };
                let align = match anchor {
                    Anchor::Start => Align2::LEFT_BOTTOM,
                    Anchor::Middle => Align2::CENTER_BOTTOM,
                    Anchor::End => Align2::RIGHT_BOTTOM,
                };
                // The base line lies a fifth of the size above the lower edge.
                let pos = at(*x, *y) + Vec2::new(0.0, size * 0.22);
                painter.text(pos, align, text, FontId::new(size, family), theme::report_ink(tokens, *ink));
            }
        }
    }
}
