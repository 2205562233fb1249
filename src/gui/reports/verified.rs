//! What verifying the logs came to.

use eframe::egui::{ScrollArea, Ui};

use crate::gui::{
    icons,
    jobs::reports::{Checked, Findings},
    text::{T, Text},
    theme::{self, font, gap},
    widgets,
};

/// Draws it.
pub(super) fn ui(ui: &mut Ui, text: Text, checked: Option<&Checked>) {
    let tokens = theme::tokens(ui.ctx());
    let Some(checked) = checked else {
        widgets::nothing(ui, icons::SEAL_CHECK, text.of(T::VerifyNone), text.of(T::VerifyMore));
        return;
    };
    let found = match &checked.result {
        Err(why) => {
            widgets::banner(ui, tokens.bad, icons::WARNING, |ui| {
                widgets::words(ui, why.clone(), font::body(), tokens.text);
            });
            return;
        }
        Ok(found) => found,
    };
    let Findings { n_rows, faults, notes, .. } = found;
    let (color, icon, said) = if !faults.is_empty() {
        (tokens.bad, icons::X_CIRCLE, text.with(T::VerifyChanged, &[&text.count(faults.len() as u64)]))
    } else if *n_rows == 0 {
        (tokens.warn, icons::WARNING, text.of(T::VerifyNoRows).to_owned())
    } else {
        (tokens.ok, icons::CHECK_CIRCLE, text.with(T::VerifyFine, &[&text.count(*n_rows)]))
    };
    widgets::banner(ui, color, icon, |ui| {
        widgets::words(ui, said, font::strong(), tokens.text);
    });
    ui.add_space(gap::S);
    widgets::line(ui, checked.folder.display().to_string(), font::mono_small(), tokens.text_soft);
    if let Some((at, is_signed)) = found.head {
        let signed = if is_signed { T::VerifySigned } else { T::VerifyUnsigned };
        widgets::words(ui, text.with(signed, &[&text.date_time(at)]), font::body(), tokens.text);
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for (lines, color, icon) in [(faults, tokens.bad, icons::X_CIRCLE), (notes, tokens.text_soft, icons::INFO)] {
            for line in lines.iter().take(MOST) {
                ui.horizontal(|ui| {
                    widgets::icon(ui, icon, 14.0, color);
                    widgets::words(ui, line.clone(), font::body(), tokens.text);
                });
            }
        }
        widgets::words(ui, text.of(T::VerifyMeaning), font::small(), tokens.text_soft);
    });
}

/// More findings than these say nothing new.
const MOST: usize = 200;
