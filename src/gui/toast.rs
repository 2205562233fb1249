//! Short messages that go by themselves.

#![expect(clippy::cast_possible_truncation, reason = "seconds until a message goes")]

use eframe::egui::{self, Align2, Id, Order};

use super::{
    icons,
    theme::{self, font},
    widgets,
};

/// Seconds a message stays.
const STAY: f64 = 4.0;

/// The message in hand.
#[derive(Debug, Default)]
pub(crate) struct Toast {
    shown: Option<(String, bool, Option<f64>)>,
}

impl Toast {
    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.shown = Some((text.into(), true, None));
    }

    /// Something did not work.
    pub(crate) fn complain(&mut self, text: impl Into<String>) {
        self.shown = Some((text.into(), false, None));
    }

    pub(crate) fn ui(&mut self, ctx: &egui::Context) {
        let now = ctx.input(|input| input.time);
        let Some((text, is_good, until)) = &mut self.shown else { return };
        let until = *until.get_or_insert(now + if *is_good { STAY } else { 3.0 * STAY });
        if until <= now {
            self.shown = None;
            return;
        }
        ctx.request_repaint_after_secs((until - now) as f32 + 0.02);
        let tokens = theme::tokens(ctx);
        egui::Area::new(Id::unique("toast")).order(Order::Tooltip).anchor(Align2::CENTER_BOTTOM, [0.0, -24.0]).show(
            ctx,
            |ui| {
                widgets::frame(tokens.button, tokens.border_strong, 12.0).show(ui, |ui| {
                    ui.set_max_width(560.0);
                    ui.horizontal(|ui| {
                        let (icon, color) =
                            if *is_good { (icons::CHECK_CIRCLE, tokens.ok) } else { (icons::WARNING, tokens.warn) };
                        widgets::icon_filled(ui, icon, 16.0, color);
                        widgets::words(ui, text.clone(), font::medium(), tokens.text);
                    });
                });
            },
        );
    }
}
