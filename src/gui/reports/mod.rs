//! Reports for a provider, the figures of an analysis, and whether the logs are as they were written.

mod choices;
mod preview;
mod verified;

use std::{path::PathBuf, sync::Arc};

use eframe::egui::{self, Rect, Sense, Ui, Vec2};

use super::{
    action::{Action, ReportsAction},
    icons,
    jobs::{
        findings::Checked,
        reports::{Made, NotMade, Packed, ReportOrder, ReportPeriod},
    },
    text::{T, Text},
    theme::{self, font, gap},
    widgets,
};
use crate::{
    model::config::Config,
    report::{Format, lang::Lang},
};

/// Page that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Page {
    #[default]
    Report,
    Figures,
    Verified,
}

/// State of the evidence pack.
#[derive(Debug, Default)]
enum Packing {
    #[default]
    None,
    /// It is made: the part that is done, 0..=1, where that is known.
    UnderWay(Option<f32>),
    Made(Packed),
    Failed(NotMade),
}

/// State of this panel from one frame to the next.
#[derive(Default)]
pub(crate) struct State {
    order: ReportOrder,
    /// Settings were looked at for the first choice.
    is_set: bool,
    page: Page,
    made: Option<Result<Arc<Made>, NotMade>>,
    /// Order of the last report that was asked for.
    asked: Option<ReportOrder>,
    /// The report that was asked for last is under way.
    is_making: bool,
    saved: Option<PathBuf>,
    /// To be saved as soon as it is made.
    wanted: Option<Format>,
    packing: Packing,
    checked: Option<Checked>,
    preview: preview::Heights,
}

impl State {
    /// Takes the report that was asked for last, or the reason why there is none.
    pub(crate) fn take_made(&mut self, made: Result<Arc<Made>, NotMade>) {
        self.is_making = false;
        self.made = Some(made);
        self.preview = preview::Heights::default();
    }

    pub(crate) fn take_checked(&mut self, checked: Checked) {
        self.checked = Some(checked);
        self.page = Page::Verified;
    }

    pub(crate) fn saved(&mut self, path: PathBuf) {
        self.saved = Some(path);
    }

    /// Saves a report as soon as there is one.
    pub(crate) fn save_soon(&mut self, format: Format) {
        self.wanted = Some(format);
    }

    pub(crate) fn verifies(&mut self) {
        self.page = Page::Verified;
    }

    /// A pack is being made, so far.
    pub(crate) fn packs(&mut self, share: Option<f32>) {
        self.packing = Packing::UnderWay(share);
    }

    /// Takes the result of making a pack; `None` when the user wanted none after all.
    pub(crate) fn take_packed(&mut self, packed: Option<Result<Packed, NotMade>>) {
        self.packing = match packed {
            None => Packing::None,
            Some(Ok(packed)) => Packing::Made(packed),
            Some(Err(why)) => Packing::Failed(why),
        };
    }

    /// The report that is shown.
    pub(crate) fn made(&self) -> Option<Arc<Made>> {
        self.made.as_ref()?.as_ref().ok().cloned()
    }

    /// The format to save what is shown in; `None` where no report is shown that could be saved. One that is being made
    /// is saved as soon as it is made.
    pub(crate) fn save_shown(&mut self) -> Option<Format> {
        if self.page == Page::Verified {
            return None;
        }
        if self.is_making {
            self.save_soon(Format::Pdf);
            return None;
        }
        self.made().map(|_| Format::Pdf)
    }
}

/// Draws the panel.
pub(crate) fn ui(ui: &mut Ui, text: Text, state: &mut State, config: &Config) -> Option<Action> {
    if !state.is_set {
        state.is_set = true;
        state.order.profile = config.report_profile.parse().unwrap_or_default();
        let own = if text.language == super::Language::German { Lang::De } else { Lang::En };
        state.order.lang = config.report_lang.parse().unwrap_or(own);
    }
    let mut action = None;
    let room = ui.available_rect_before_wrap();
    ui.allocate_rect(room, Sense::hover());
    let width = if room.width() < 820.0 { 250.0 } else { 292.0 };
    let left = Rect::from_min_size(room.min, Vec2::new(width, room.height()));
    let right = Rect::from_min_max(room.min + Vec2::new(width + gap::CARD, 0.0), room.max);
    let more = widgets::card_at(ui, left, "choices", |ui| {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| choices::ui(ui, text, state)).inner
    });
    action = action.or(more);
    // Whatever is chosen is made at once, so that what is shown is what would be written.
    if action.is_none() && state.asked.as_ref() != Some(&state.order) && !is_being_typed(ui, &state.order) {
        state.asked = Some(state.order.clone());
        state.is_making = true;
        action = Some(Action::Reports(ReportsAction::Make(state.order.clone())));
    }
    if state.made().is_some() && !state.is_making {
        action = action.or_else(|| state.wanted.take().map(|format| Action::Reports(ReportsAction::Save(format))));
    } else if !state.is_making {
        state.wanted = None;
    }
    let more = widgets::card_at(ui, right, "page", |ui| page(ui, text, state));
    action.or(more)
}

/// A period is not looked at while somebody types it.
fn is_being_typed(ui: &Ui, order: &ReportOrder) -> bool {
    matches!(order.period, ReportPeriod::Between(..)) && ui.ctx().egui_wants_keyboard_input()
}

/// Returns the reason why there is no report or pack, and what to do.
fn not_made(text: Text, why: &NotMade) -> (String, String) {
    match why {
        NotMade::NoLogs => (text.of(T::ReportNone).to_owned(), text.of(T::ReportNoneMore).to_owned()),
        NotMade::NoTime(typed) => (text.with(T::ReportNoTime, &[typed]), text.of(T::NoDate).to_owned()),
        NotMade::Backwards => (text.of(T::ReportBackwards).to_owned(), String::new()),
        NotMade::NoKey => (text.of(T::PackNoKey).to_owned(), text.of(T::PackNoKeyMore).to_owned()),
        NotMade::Taken => (text.of(T::PackTaken).to_owned(), text.of(T::PackTakenMore).to_owned()),
        NotMade::Other(why) => (text.of(T::ReportFailed).to_owned(), why.clone()),
    }
}

fn page(ui: &mut Ui, text: Text, state: &mut State) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    ui.horizontal(|ui| {
        let pages = [
            (Page::Report, text.of(T::ReportPreview)),
            (Page::Figures, text.of(T::ReportFigures)),
            (Page::Verified, text.of(T::ReportVerified)),
        ];
        widgets::segmented(ui, &mut state.page, &pages);
        if state.is_making {
            widgets::progress(ui, None, 80.0);
            widgets::line(ui, text.of(T::ReportMaking), font::small(), tokens.text_soft);
        }
    });
    ui.add_space(gap::S);
    if state.page == Page::Verified {
        return verified::ui(ui, text, state.checked.as_ref());
    }
    match &state.made {
        None => {
            if !state.is_making {
                widgets::nothing(ui, icons::SEAL_CHECK, text.of(T::ReportNone), "");
            }
        }
        Some(Err(why)) => {
            let (title, more) = not_made(text, why);
            widgets::nothing(ui, icons::FILE_TEXT, &title, &more);
        }
        Some(Ok(made)) => match state.page {
            Page::Figures => figures(ui, text, made),
            _ => return preview::ui(ui, text, &made.document, &mut state.preview),
        },
    }
    None
}

/// The text of `netlog analyze`.
fn figures(ui: &mut Ui, text: Text, made: &Made) {
    let tokens = theme::tokens(ui.ctx());
    if widgets::button(ui, icons::COPY, text.of(T::Copy), widgets::Kind::Quiet).clicked() {
        ui.ctx().copy_text(made.figures.clone());
    }
    let lines: Vec<&str> = made.figures.lines().collect();
    let height = 17.0;
    ui.spacing_mut().item_spacing.y = 0.0;
    egui::ScrollArea::both().auto_shrink(false).show_rows(ui, height, lines.len(), |ui, rows| {
        for line in lines.get(rows).unwrap_or_default() {
            let label = egui::RichText::new(*line).font(font::mono()).color(tokens.text);
            ui.add_sized([ui.available_width(), height], egui::Label::new(label).extend().halign(egui::Align::Min));
        }
    });
}
