//! Causes as tags and icons.

use eframe::egui::{Align2, Pos2, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use super::{
    super::{
        icons,
        text::{Cause, Text},
        theme::{self, font},
    },
    TAG_RADIUS,
    pattern::color_of,
};

/// The icon of a cause.
pub(crate) fn icon_of(cause: Cause) -> &'static str {
    match cause {
        Cause::Home => icons::HOUSE,
        Cause::Provider => icons::CELL_TOWER,
        Cause::Far => icons::GLOBE,
        Cause::Names => icons::SIGNPOST,
    }
}

/// Colour, icon and word of a cause.
pub(crate) fn tag(ui: &mut Ui, cause: Cause, text: Text) -> Response {
    let tokens = theme::tokens(ui.ctx());
    let color = color_of(cause, tokens);
    let word = cause.word(text);
    let galley = ui.painter().layout_no_wrap(word.to_owned(), font::tag(), color);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(galley.size().x + 32.0, 20.0), Sense::hover());
    ui.painter().rect_filled(rect, TAG_RADIUS, tokens.pale(color));
    let y = rect.center().y;
    ui.painter().text(
        Pos2::new(rect.left() + 7.0, y),
        Align2::LEFT_CENTER,
        icon_of(cause),
        font::icon_filled(12.0),
        color,
    );
    ui.painter().galley(Pos2::new(rect.left() + 24.0, y - galley.size().y / 2.0), galley, color);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, word));
    response
}
