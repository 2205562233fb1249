//! What a report is to be about, and what is done with it.

use eframe::egui::{self, Ui};

use super::{Period, ReportsWish, State};
use crate::{
    gui::{
        icons,
        text::{T, Text},
        theme::{self, font, gap},
        widgets::{self, Kind},
        wish::Wish,
    },
    report::{Format, input::Profile, lang::Lang},
};

fn profile_name(profile: Profile) -> T {
    match profile {
        Profile::Generic => T::ProfileGeneric,
        Profile::De => T::ProfileDe,
        Profile::At => T::ProfileAt,
        Profile::Uk => T::ProfileUk,
        Profile::Us => T::ProfileUs,
    }
}

fn format_name(format: Format) -> T {
    match format {
        Format::Pdf => T::FormatPdf,
        Format::Html => T::FormatHtml,
        Format::Text => T::FormatText,
        Format::Json => T::FormatJson,
        Format::Csv => T::FormatCsv,
        Format::Md => T::FormatMd,
    }
}

fn caption(ui: &mut Ui, said: &str) {
    let tokens = theme::tokens(ui.ctx());
    ui.add_space(gap::S);
    widgets::line(ui, said, font::small(), tokens.text_soft);
}

/// Draws the choices.
pub(super) fn ui(ui: &mut Ui, text: Text, state: &mut State) -> Option<Wish> {
    let tokens = theme::tokens(ui.ctx());
    widgets::heading(ui, text.of(T::ReportTitle), font::card_title());
    caption(ui, text.of(T::ReportPeriod));
    period(ui, text, &mut state.order.period);
    caption(ui, text.of(T::ReportProfile));
    profile(ui, text, &mut state.order.profile);
    caption(ui, text.of(T::ReportLanguage));
    widgets::segmented(ui, &mut state.order.lang, &[(Lang::En, "English"), (Lang::De, "Deutsch")]);
    ui.add_space(gap::M);
    ui.checkbox(&mut state.order.redact, text.of(T::ReportRedact)).on_hover_text(text.of(T::ReportRedactMore));
    ui.add_space(gap::M);
    let mut wish = None;
    let is_there = state.made().is_some() && !state.is_making();
    let width = ui.available_width();
    ui.add_enabled_ui(is_there, |ui| {
        let save = widgets::button_sized(ui, icons::FLOPPY_DISK, text.of(T::ReportSaveAs), Kind::Primary, Some(width));
        egui::Popup::menu(&save).show(|ui| {
            for format in Format::ALL {
                if ui.button(text.of(format_name(*format))).clicked() {
                    wish = Some(Wish::Reports(ReportsWish::Save(*format)));
                }
            }
        });
    });
    if let Some(path) = &state.saved {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        widgets::words(ui, text.with(T::Exported, &[&name]), font::small(), tokens.text_soft);
        if widgets::button(ui, icons::ARROW_SQUARE_OUT, text.of(T::ReportOpen), Kind::Quiet).clicked() {
            wish = Some(Wish::Reports(ReportsWish::Open(path.clone())));
        }
    }
    ui.add_space(gap::M);
    ui.separator();
    widgets::heading(ui, text.of(T::VerifyTitle), font::card_title());
    widgets::words(ui, text.of(T::VerifyMore), font::small(), tokens.text_soft);
    if widgets::button_sized(ui, icons::SEAL_CHECK, text.of(T::VerifyOwn), Kind::Normal, Some(width)).clicked() {
        wish = Some(Wish::Reports(ReportsWish::Verify(None)));
    }
    wish
}

fn period(ui: &mut Ui, text: Text, period: &mut Period) {
    let named = [
        (Period::Week, T::PeriodWeek),
        (Period::Days30, T::PeriodDays30),
        (Period::ThisMonth, T::PeriodThisMonth),
        (Period::LastMonth, T::PeriodLastMonth),
        (Period::All, T::PeriodAll),
    ];
    let is_between = matches!(period, Period::Between(..));
    for (each, name) in named {
        if ui.radio(*period == each, text.of(name)).clicked() {
            *period = each;
        }
    }
    if ui.radio(is_between, text.of(T::PeriodBetween)).clicked() && !is_between {
        *period = Period::Between(String::new(), String::new());
    }
    if let Period::Between(from, to) = period {
        let width = ui.available_width();
        widgets::field(ui, from, text.of(T::PeriodFrom), text.of(T::PeriodFromHint), width);
        widgets::field(ui, to, text.of(T::PeriodTo), text.of(T::PeriodToHint), width);
    }
}

fn profile(ui: &mut Ui, text: Text, profile: &mut Profile) {
    let shown = text.of(profile_name(*profile));
    let menu = egui::ComboBox::from_id_salt("profile").selected_text(shown).width(ui.available_width() - 8.0);
    let response = menu.show_ui(ui, |ui| {
        for each in Profile::ALL {
            ui.selectable_value(profile, *each, text.of(profile_name(*each)));
        }
    });
    let id = response.response.id;
    ui.ctx().accesskit_node_builder(id, |node| node.set_label(text.of(T::ReportProfile)));
}
