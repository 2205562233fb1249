//! Small parts that all panels use. Each has a name for screen readers.

#![expect(clippy::cast_possible_truncation, reason = "points of a window")]

pub(crate) mod cause;
pub(crate) mod pattern;

use eframe::egui::{
    self, Align, Align2, Color32, CornerRadius, FontId, Frame, Id, Layout, Margin, Pos2, Rect, Response, RichText,
    Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo,
};

use super::{
    icons,
    theme::{self, CONTROL_HEIGHT, Tokens, font, gap, radius},
};

/// A box with a border that holds things that belong together.
pub(crate) fn card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    card_with(ui, gap::INSET, add)
}

/// The same with another inset.
pub(crate) fn card_with<R>(ui: &mut Ui, inset: f32, add: impl FnOnce(&mut Ui) -> R) -> R {
    let tokens = theme::tokens(ui.ctx());
    frame(tokens.card, tokens.border, inset).show(ui, add).inner
}

/// One of two cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OneOfTwo {
    First,
    Second,
}

/// Two cards: equally high beside each other where there is this much room, else one below the other.
pub(crate) fn two_cards(ui: &mut Ui, room: f32, mut add: impl FnMut(&mut Ui, OneOfTwo)) {
    let mut fill = |ui: &mut Ui, which| {
        // Columns by themselves spread words over their width.
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            ui.set_width(ui.available_width());
            add(ui, which);
        });
    };
    if ui.available_width() <= room {
        card(ui, |ui| fill(ui, OneOfTwo::First));
        card(ui, |ui| fill(ui, OneOfTwo::Second));
        return;
    }
    let tokens = theme::tokens(ui.ctx());
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = gap::CARD;
        ui.columns_const(|[left, right]| {
            let mut frames =
                [&mut *left, &mut *right].map(|ui| frame(tokens.card, tokens.border, gap::INSET).begin(ui));
            let [first, second] = &mut frames;
            fill(&mut first.content_ui, OneOfTwo::First);
            fill(&mut second.content_ui, OneOfTwo::Second);
            let height = first.content_ui.min_size().y.max(second.content_ui.min_size().y);
            for (mut frame, ui) in frames.into_iter().zip([left, right]) {
                let bottom = frame.content_ui.min_rect().top() + height;
                frame.content_ui.expand_to_include_y(bottom);
                frame.end(ui);
            }
        });
    });
}

/// The frame of a card.
pub(crate) fn frame(fill: Color32, border: Color32, inset: f32) -> Frame {
    Frame::new()
        .fill(fill)
        .stroke(Stroke::new(1.0, border))
        .corner_radius(radius::CARD)
        .inner_margin(Margin::same(as_margin(inset)))
}

fn as_margin(inset: f32) -> i8 {
    inset as i8
}

/// A card in this rectangle.
pub(crate) fn card_at<R>(ui: &mut Ui, rect: Rect, salt: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    let tokens = theme::tokens(ui.ctx());
    ui.painter().rect(rect, radius::CARD, tokens.card, Stroke::new(1.0, tokens.border), StrokeKind::Inside);
    let inner = rect.shrink2(Vec2::new(gap::INSET, 14.0));
    let mut child = ui.new_child(UiBuilder::new().id_salt(salt).max_rect(inner).layout(Layout::top_down(Align::Min)));
    child.set_clip_rect(rect.intersect(ui.clip_rect()));
    child.spacing_mut().interact_size.y = 18.0;
    add(&mut child)
}

/// Emphasis of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The one thing to do here.
    Primary,
    Normal,
    /// Looks like a link.
    Quiet,
}

/// A button with an icon before its text. Either may be empty.
pub(crate) fn button(ui: &mut Ui, icon: &str, label: &str, kind: Kind) -> Response {
    button_sized(ui, icon, label, kind, None)
}

/// The same with a width of its own.
pub(crate) fn button_sized(ui: &mut Ui, icon: &str, label: &str, kind: Kind, width: Option<f32>) -> Response {
    let tokens = theme::tokens(ui.ctx());
    let text_color = match kind {
        Kind::Primary => tokens.on_accent,
        Kind::Normal => tokens.text,
        Kind::Quiet => tokens.accent,
    };
    let pad = match kind {
        Kind::Quiet => 2.0,
        _ => 12.0,
    };
    let galley = ui.painter().layout_no_wrap(label.to_owned(), font::medium(), text_color);
    let icon_width = if icon.is_empty() { 0.0 } else { 16.0 };
    let between = if icon.is_empty() || label.is_empty() { 0.0 } else { 7.0 };
    let content = icon_width + between + galley.size().x;
    let size = Vec2::new(width.unwrap_or(content + 2.0 * pad), CONTROL_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, label));
    if ui.is_rect_visible(rect) {
        let lit = response.hovered() || response.is_pointer_button_down_on();
        let (fill, border) = match kind {
            Kind::Primary => (if lit { tokens.accent_hover } else { tokens.accent }, Color32::TRANSPARENT),
            Kind::Normal => (if lit { tokens.button_hover } else { tokens.button }, tokens.border_strong),
            Kind::Quiet => (Color32::TRANSPARENT, Color32::TRANSPARENT),
        };
        let painter = ui.painter();
        painter.rect(rect, radius::CONTROL, fill, Stroke::new(1.0, border), StrokeKind::Inside);
        let color = if kind == Kind::Quiet && lit { tokens.accent_hover } else { text_color };
        let x = rect.center().x - content / 2.0;
        if !icon.is_empty() {
            painter.text(Pos2::new(x, rect.center().y), Align2::LEFT_CENTER, icon, font::icon(16.0), color);
        }
        let at = Pos2::new(x + icon_width + between, rect.center().y - galley.size().y / 2.0);
        painter.galley_with_override_text_color(at, galley, color);
        if kind == Kind::Quiet && lit {
            let y = rect.center().y + 9.0;
            painter.hline(x + icon_width + between..=x + content, y, Stroke::new(1.0, color));
        }
        focus_ring(ui, rect, &response, tokens);
    }
    response
}

/// A square button that shows an icon and has `name` for tips and screen readers.
pub(crate) fn icon_button(ui: &mut Ui, icon: &str, name: &str) -> Response {
    let tokens = theme::tokens(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(CONTROL_HEIGHT), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    if ui.is_rect_visible(rect) {
        let lit = response.hovered();
        if lit {
            ui.painter().rect_filled(rect, radius::CONTROL, tokens.button_hover);
        }
        let color = if lit { tokens.text } else { tokens.text_soft };
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon, font::icon(17.0), color);
        focus_ring(ui, rect, &response, tokens);
    }
    response.on_hover_text(name)
}

/// Shows where the keyboard is.
pub(crate) fn focus_ring(ui: &Ui, rect: Rect, response: &Response, tokens: &Tokens) {
    if response.has_focus() {
        let stroke = Stroke::new(2.0, tokens.accent);
        ui.painter().rect_stroke(rect.expand(2.0), radius::CONTROL + 2.0, stroke, StrokeKind::Inside);
    }
}

/// A few choices beside each other, of which one holds. `true` when another was chosen.
pub(crate) fn segmented<V: PartialEq + Copy>(ui: &mut Ui, value: &mut V, choices: &[(V, &str)]) -> bool {
    let tokens = theme::tokens(ui.ctx());
    let galleys: Vec<_> = choices
        .iter()
        .map(|(_, label)| ui.painter().layout_no_wrap((*label).to_owned(), font::medium(), tokens.text))
        .collect();
    let widths: Vec<f32> = galleys.iter().map(|galley| galley.size().x + 20.0).collect();
    let size = Vec2::new(widths.iter().sum::<f32>() + 4.0, CONTROL_HEIGHT);
    let (rect, whole) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect(rect, radius::CONTROL, tokens.well, Stroke::new(1.0, tokens.border), StrokeKind::Inside);
    let mut x = rect.left() + 2.0;
    let mut changed = false;
    for (((choice, label), galley), width) in choices.iter().zip(galleys).zip(widths) {
        let part = Rect::from_min_size(Pos2::new(x, rect.top() + 2.0), Vec2::new(width, rect.height() - 4.0));
        x += width;
        let response = ui.interact(part, whole.id.with(label), Sense::click());
        let chosen = value == choice;
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, label));
        let color = if chosen || response.hovered() { tokens.text } else { tokens.text_soft };
        if chosen {
            ui.painter().rect(
                part,
                radius::SMALL,
                if tokens.is_dark { tokens.button } else { tokens.card },
                Stroke::new(1.0, tokens.border),
                StrokeKind::Inside,
            );
        }
        let at = part.center() - galley.size() / 2.0;
        ui.painter().galley_with_override_text_color(at, galley, color);
        focus_ring(ui, part, &response, tokens);
        if response.clicked() && !chosen {
            *value = *choice;
            changed = true;
        }
    }
    changed
}

/// Returns the width of a chip with words of this width.
pub(crate) fn chip_width(words: f32) -> f32 {
    words + 28.0
}

/// A switch that toggles something, with its words beside it.
pub(crate) fn chip(ui: &mut Ui, on: bool, color: Color32, label: &str) -> Response {
    chip_showing(ui, on, color, label, label)
}

/// The same that shows `shown` and is called `label`.
pub(crate) fn chip_showing(ui: &mut Ui, on: bool, color: Color32, label: &str, shown: &str) -> Response {
    let tokens = theme::tokens(ui.ctx());
    let galley = ui.painter().layout_no_wrap(shown.to_owned(), font::small(), tokens.text);
    let size = Vec2::new(chip_width(galley.size().x), 22.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, label));
    if ui.is_rect_visible(rect) {
        if response.hovered() {
            ui.painter().rect_filled(rect, radius::SMALL, tokens.button_hover);
        }
        let color = if on { color } else { tokens.text_faint };
        let y = rect.center().y;
        let line = Stroke::new(if on { 3.0 } else { 1.0 }, color);
        ui.painter().hline(rect.left() + 5.0..=rect.left() + 17.0, y, line);
        let at = Pos2::new(rect.left() + 23.0, y - galley.size().y / 2.0);
        ui.painter().galley_with_override_text_color(at, galley, if on { tokens.text } else { tokens.text_faint });
        focus_ring(ui, rect, &response, tokens);
    }
    response
}

/// Text in one line that ends in "…" where there is no more room, and tells the rest when pointed at.
pub(crate) fn line(ui: &mut Ui, text: impl Into<String>, font: FontId, color: Color32) -> Response {
    ui.add(egui::Label::new(RichText::new(text).font(font).color(color)).truncate())
}

/// Text that wraps.
pub(crate) fn words(ui: &mut Ui, text: impl Into<String>, font: FontId, color: Color32) -> Response {
    ui.add(egui::Label::new(RichText::new(text).font(font).color(color)).wrap())
}

/// A page's or card's heading.
pub(crate) fn heading(ui: &mut Ui, text: &str, font: FontId) -> Response {
    let tokens = theme::tokens(ui.ctx());
    ui.add(egui::Label::new(RichText::new(text).font(font).color(tokens.text)).selectable(false))
}

/// An icon beside text. Says nothing by itself.
pub(crate) fn icon(ui: &mut Ui, icon: &str, size: f32, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(size + 2.0), Sense::hover());
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon, font::icon(size), color);
}

/// A filled icon beside text.
pub(crate) fn icon_filled(ui: &mut Ui, icon: &str, size: f32, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(size + 2.0), Sense::hover());
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon, font::icon_filled(size), color);
}

/// A field to write a line in.
pub(crate) fn field(ui: &mut Ui, text: &mut String, name: &str, hint: &str, width: f32) -> Response {
    let edit = egui::TextEdit::singleline(text)
        .hint_text(hint)
        .desired_width(width)
        .margin(Margin::symmetric(10, 6))
        .align(Align2::LEFT_CENTER);
    named(ui, name, |ui| ui.add(edit))
}

/// Gives the input that `add` makes a name for screen readers.
pub(crate) fn named(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui) -> Response) -> Response {
    let response = add(ui);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
    response
}

/// Draws what is shown where nothing is to show yet: an icon, a title and more words.
pub(crate) fn nothing(ui: &mut Ui, icon: &str, title: &str, more: &str) {
    let tokens = theme::tokens(ui.ctx());
    ui.add_space((ui.available_height() * 0.3).clamp(24.0, 160.0));
    ui.vertical_centered(|ui| {
        ui.add(egui::Label::new(RichText::new(icon).font(font::icon(40.0)).color(tokens.text_faint)).selectable(false));
        ui.add_space(gap::M);
        heading(ui, title, font::card_title());
        if !more.is_empty() {
            ui.set_max_width(460.0);
            words(ui, more, font::body(), tokens.text_soft);
        }
    });
}

/// A sign of progress; without a share it only says that something goes on.
pub(crate) fn progress(ui: &mut Ui, share: Option<f32>, width: f32) {
    let tokens = theme::tokens(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, 6.0), Sense::hover());
    ui.painter().rect_filled(rect, 3.0, tokens.well);
    let filled = if let Some(share) = share {
        Rect::from_min_size(rect.min, Vec2::new(rect.width() * share.clamp(0.02, 1.0), rect.height()))
    } else {
        let at = ui.input(|input| input.time * 0.6).fract() as f32;
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(66));
        let x = rect.left() + at * (rect.width() * 0.75);
        Rect::from_min_size(Pos2::new(x, rect.top()), Vec2::new(rect.width() * 0.25, rect.height()))
    };
    ui.painter().rect_filled(filled, 3.0, tokens.accent);
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, "%"));
}

/// A row of a list that can be clicked; what stands in it is painted by `add` into the rectangle it is given.
pub(crate) fn row(ui: &mut Ui, id: Id, height: f32, name: &str, chosen: bool, add: impl FnOnce(&mut Ui)) -> Response {
    let tokens = theme::tokens(ui.ctx());
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover());
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, name));
    if ui.is_rect_visible(rect) {
        if chosen {
            ui.painter().rect_filled(rect, radius::SMALL, tokens.chosen);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, radius::SMALL, tokens.pale(tokens.text_faint));
        }
        let mut child = ui.new_child(
            UiBuilder::new()
                .max_rect(rect.shrink2(Vec2::new(gap::M, 0.0)))
                .layout(Layout::left_to_right(Align::Center)),
        );
        child.style_mut().interaction.selectable_labels = false;
        child.spacing_mut().interact_size.y = 18.0;
        child.set_clip_rect(rect.intersect(ui.clip_rect()));
        add(&mut child);
        focus_ring(ui, rect.shrink(1.0), &response, tokens);
    }
    response
}

/// A small round mark.
pub(crate) fn dot(ui: &mut Ui, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(10.0, 10.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 4.5, color);
}

/// A box with a message and an icon: something the user should know.
pub(crate) fn banner<R>(ui: &mut Ui, color: Color32, icon_text: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    let tokens = theme::tokens(ui.ctx());
    let border = tokens.card.lerp_to_gamma(color, 0.5);
    frame(tokens.pale(color), border, 10.0)
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                icon_filled(ui, icon_text, 16.0, color);
                add(ui)
            })
            .inner
        })
        .inner
}

/// The corner radius of tags.
pub(crate) const TAG_RADIUS: CornerRadius = CornerRadius::same(5);

/// The icon of a level.
pub(crate) fn level_mark(level: super::view_model::activity::Level, tokens: &Tokens) -> (&'static str, Color32) {
    use super::view_model::activity::Level;
    match level {
        Level::Check => (icons::CHECK_CIRCLE, tokens.text_faint),
        Level::Info => (icons::INFO, tokens.far),
        Level::Warning => (icons::WARNING, tokens.warn),
        Level::Fault => (icons::X_CIRCLE, tokens.bad),
        Level::Good => (icons::CHECK_CIRCLE, tokens.ok),
    }
}
