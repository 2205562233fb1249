//! Choices for a report: what it is to be about, and what is done with it.

use eframe::egui::{self, Ui};

use super::{Packing, ReportPeriod, ReportsAction, State};
use crate::{
    gui::{
        action::Action,
        icons,
        jobs::reports::{Packed, What},
        text::{T, Text},
        theme::{self, font, gap},
        widgets::{self, Kind},
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
pub(super) fn ui(ui: &mut Ui, text: Text, state: &mut State) -> Option<Action> {
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
    let mut action = None;
    let is_there = state.made().is_some() && !state.is_making;
    let width = ui.available_width();
    ui.add_enabled_ui(is_there, |ui| {
        let save = widgets::button_sized(ui, icons::FLOPPY_DISK, text.of(T::ReportSaveAs), Kind::Primary, Some(width));
        egui::Popup::menu(&save).show(|ui| {
            for format in Format::ALL {
                if ui.button(text.of(format_name(*format))).clicked() {
                    action = Some(Action::Reports(ReportsAction::Save(*format)));
                }
            }
        });
    });
    if let Some(path) = &state.saved {
        widgets::words(ui, text.with(T::Exported, &[&path.display()]), font::small(), tokens.text_soft);
        if widgets::button(ui, icons::ARROW_SQUARE_OUT, text.of(T::ReportOpen), Kind::Quiet).clicked() {
            action = Some(Action::Reports(ReportsAction::Open(path.clone())));
        }
    }
    action = action.or(pack(ui, text, state, is_there));
    ui.add_space(gap::M);
    ui.separator();
    widgets::heading(ui, text.of(T::VerifyTitle), font::card_title());
    widgets::words(ui, text.of(T::VerifyMore), font::small(), tokens.text_soft);
    if widgets::button_sized(ui, icons::SEAL_CHECK, text.of(T::VerifyOwn), Kind::Normal, Some(width)).clicked() {
        action = Some(Action::Reports(ReportsAction::Verify(What::Own)));
    }
    if widgets::button_sized(ui, icons::PACKAGE, text.of(T::VerifyPack), Kind::Normal, Some(width)).clicked() {
        action = Some(Action::Reports(ReportsAction::Verify(What::Asked)));
    }
    action
}

/// The evidence pack: made, cancelled, and what came of it.
fn pack(ui: &mut Ui, text: Text, state: &mut State, is_there: bool) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let width = ui.available_width();
    let mut action = None;
    if let Packing::UnderWay(share) = &state.packing {
        ui.horizontal(|ui| {
            ui.set_height(theme::CONTROL_HEIGHT);
            widgets::line(ui, text.of(T::JobPack), font::small(), tokens.text_soft);
        });
        widgets::progress(ui, *share, width);
        ui.add_space(gap::S);
        if widgets::button_sized(ui, icons::X, text.of(T::PackCancel), Kind::Normal, Some(width)).clicked() {
            action = Some(Action::Reports(ReportsAction::CancelPack));
        }
        return action;
    }
    ui.add_enabled_ui(is_there, |ui| {
        let make = widgets::button_sized(ui, icons::PACKAGE, text.of(T::PackMake), Kind::Normal, Some(width));
        if make.on_hover_text(text.of(T::PackMakeHelp)).clicked() {
            action = Some(Action::Reports(ReportsAction::Pack(state.order.clone())));
        }
    });
    match &state.packing {
        Packing::None | Packing::UnderWay(_) => {}
        Packing::Failed(why) => {
            let (title, more) = super::not_made(text, why);
            let said = if more.is_empty() { title } else { format!("{title}. {more}") };
            widgets::words(ui, said, font::small(), tokens.bad);
        }
        Packing::Made(packed) => action = action.or(made(ui, text, packed)),
    }
    action
}

fn made(ui: &mut Ui, text: Text, packed: &Packed) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    let made = &packed.made;
    widgets::words(ui, text.with(T::Exported, &[&packed.path.display()]), font::small(), tokens.text_soft);
    let what = [&text.count(made.n_files), &text.count(made.n_rows), &text.bytes(made.bytes)] as [&String; 3];
    let [files, rows, bytes] = what;
    widgets::words(ui, text.with(T::PackHolds, &[files, rows, bytes]), font::small(), tokens.text_soft);
    if !made.found.is_empty() {
        widgets::words(ui, text.of(T::PackLogNotWhole), font::small(), tokens.warn);
    }
    widgets::words(ui, text.of(T::PackTell), font::small(), tokens.text_soft);
    widgets::words(ui, fingerprint(&made.fingerprint), font::mono_small(), tokens.text);
    ui.horizontal_wrapped(|ui| {
        if widgets::button(ui, icons::COPY, text.of(T::PackCopyKey), Kind::Quiet).clicked() {
            action = Some(Action::Copy(made.fingerprint.clone(), T::Copied));
        }
        if widgets::button(ui, icons::SEAL_CHECK, text.of(T::PackVerifyIt), Kind::Quiet).clicked() {
            action = Some(Action::Reports(ReportsAction::Verify(What::File(packed.path.clone()))));
        }
        if widgets::button(ui, icons::ARROW_SQUARE_OUT, text.of(T::ReportOpen), Kind::Quiet).clicked() {
            action = Some(Action::Reports(ReportsAction::Open(packed.path.clone())));
        }
    });
    action
}

/// A fingerprint in groups of four, which can be read aloud and broken at the end of a line.
pub(super) fn fingerprint(digits: &str) -> String {
    let digits: Vec<char> = digits.chars().collect();
    digits.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn period(ui: &mut Ui, text: Text, period: &mut ReportPeriod) {
    let named = [
        (ReportPeriod::Week, T::PeriodWeek),
        (ReportPeriod::Days30, T::PeriodDays30),
        (ReportPeriod::ThisMonth, T::PeriodThisMonth),
        (ReportPeriod::LastMonth, T::PeriodLastMonth),
        (ReportPeriod::All, T::PeriodAll),
    ];
    let is_between = matches!(period, ReportPeriod::Between(..));
    for (each, name) in named {
        if ui.radio(*period == each, text.of(name)).clicked() {
            *period = each;
        }
    }
    if ui.radio(is_between, text.of(T::PeriodBetween)).clicked() && !is_between {
        *period = ReportPeriod::Between(String::new(), String::new());
    }
    if let ReportPeriod::Between(from, to) = period {
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
