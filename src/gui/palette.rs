//! The list of commands: everything that can be done, found by typing.

use eframe::egui::{self, Align2, Id, Key, Modal, ScrollArea};

use super::{
    action::{Action, OutagesAction, ReportsAction},
    icons,
    jobs::reports::What,
    outages::around,
    panel::Panel,
    prefs::ThemeChoice,
    text::{Language, T, Text},
    theme::{self, font, gap},
    view_model::{Mode, ViewModel},
    widgets,
};
use crate::report::Format;

/// State of the list from one frame to the next.
#[derive(Debug, Default)]
pub(crate) struct State {
    is_open: bool,
    typed: String,
    chosen: usize,
}

impl State {
    pub(crate) fn open(&mut self) {
        *self = Self { is_open: true, ..Self::default() };
    }
}

/// A command: icon, name, shortcut, and what it asks for.
type Command = (&'static str, String, String, Action);

fn commands(view: &ViewModel, text: Text) -> Vec<Command> {
    let mut all: Vec<Command> = Vec::new();
    let mut add = |icon, name: &str, key: &str, action| {
        let keys = if key.is_empty() { String::new() } else { text.with_ctrl(key) };
        all.push((icon, name.to_owned(), keys, action));
    };
    match view.mode {
        Mode::Stopped => add(icons::PLAY, text.of(T::StartMonitoring), "", Action::Start),
        Mode::Running => {
            add(icons::ARROW_CLOCKWISE, text.of(T::TestNow), "T", Action::TestNow);
            add(icons::STOP, text.of(T::StopMonitoring), "", Action::Stop);
            add(icons::PAUSE, text.of(T::Pause), "", Action::Pause);
        }
        Mode::Paused => {
            add(icons::PLAY, text.of(T::Resume), "", Action::Resume);
            add(icons::STOP, text.of(T::StopMonitoring), "", Action::Stop);
        }
        _ => {}
    }
    for (idx, panel) in Panel::ALL.into_iter().enumerate() {
        let key = (idx + 1).to_string();
        add(icons::CARET_RIGHT, &text.with(T::GoTo, &[&text.of(panel.title())]), &key, Action::Go(panel));
    }
    if let Some(outage) = view.outages.iter().next_back() {
        add(icons::MAGNIFYING_GLASS, text.of(T::ShowLastOutage), "", Action::ShowOutage(outage.start()));
        add(
            icons::COPY,
            text.of(T::CopyLastOutage),
            "",
            Action::Copy(around::letter(view, outage, &[], text), T::Copied),
        );
    }
    add(icons::TICKET, text.of(T::Tickets), "", Action::Outages(OutagesAction::ShowTickets));
    for format in [Format::Pdf, Format::Html] {
        let name = text.with(T::SaveReportAs, &[&format.as_str().to_uppercase()]);
        add(icons::FLOPPY_DISK, &name, "", Action::Reports(ReportsAction::SaveSoon(format)));
    }
    add(icons::SEAL_CHECK, text.of(T::VerifyOwn), "", Action::Reports(ReportsAction::Verify(What::Own)));
    add(icons::PACKAGE, text.of(T::VerifyPack), "", Action::Reports(ReportsAction::Verify(What::Asked)));
    add(icons::CROSSHAIR, text.of(T::DiscoverHops), "", Action::Discover);
    add(icons::FOLDER_OPEN, text.of(T::OpenLogFolder), "", Action::OpenLogFolder);
    add(icons::SUN, text.of(T::UseLight), "", Action::Theme(ThemeChoice::Light));
    add(icons::MOON, text.of(T::UseDark), "", Action::Theme(ThemeChoice::Dark));
    add(icons::MONITOR, text.of(T::UseSystem), "", Action::Theme(ThemeChoice::System));
    add(icons::TRANSLATE, "English", "", Action::Language(Language::English));
    add(icons::TRANSLATE, "Deutsch", "", Action::Language(Language::German));
    add(icons::X, text.of(T::Quit), "Q", Action::Quit);
    all
}

/// Draws the list over the window.
pub(crate) fn ui(ctx: &egui::Context, state: &mut State, view: &ViewModel, text: Text) -> Option<Action> {
    if !state.is_open {
        return None;
    }
    let tokens = theme::tokens(ctx);
    let (down, up, enter) = ctx.input(|input| {
        (input.key_pressed(Key::ArrowDown), input.key_pressed(Key::ArrowUp), input.key_pressed(Key::Enter))
    });
    let mut action = None;
    let area = Modal::default_area(Id::unique("palette")).anchor(Align2::CENTER_TOP, [0.0, 90.0]);
    let modal = Modal::new(Id::unique("palette")).area(area).backdrop_color(tokens.shade).show(ctx, |ui| {
        ui.set_width(520.0_f32.min(ctx.content_rect().width() - 60.0));
        let width = ui.available_width();
        let field = widgets::field(ui, &mut state.typed, text.of(T::SearchOrCommand), text.of(T::TypeACommand), width);
        if field.changed() {
            state.chosen = 0;
        }
        field.request_focus();
        // Only now is known what was typed, with Enter in the same moment perhaps.
        let typed = state.typed.to_lowercase();
        let found: Vec<Command> = commands(view, text)
            .into_iter()
            .filter(|(_, name, ..)| typed.split_whitespace().all(|word| name.to_lowercase().contains(word)))
            .collect();
        let last = found.len().saturating_sub(1);
        state.chosen = state.chosen.min(last);
        if down {
            state.chosen = (state.chosen + 1).min(last);
        }
        if up {
            state.chosen = state.chosen.saturating_sub(1);
        }
        action = if enter { found.get(state.chosen).map(|(.., action)| action.clone()) } else { None };
        ui.add_space(gap::S);
        ScrollArea::vertical().max_height(380.0).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for (idx, (icon, name, keys, chosen)) in found.iter().enumerate() {
                let row = widgets::row(ui, Id::unique(("command", name)), 32.0, name, idx == state.chosen, |ui| {
                    widgets::icon(ui, icon, 16.0, tokens.text_soft);
                    widgets::line(ui, name.clone(), font::medium(), tokens.text);
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        widgets::line(ui, keys.clone(), font::mono_small(), tokens.text_faint);
                    });
                });
                if (down || up) && idx == state.chosen {
                    row.scroll_to_me(None);
                }
                if row.clicked() {
                    action = Some(chosen.clone());
                }
            }
            if found.is_empty() {
                widgets::words(ui, text.of(T::NothingFound), font::body(), tokens.text_soft);
            }
        });
    });
    if action.is_some() || modal.should_close() {
        state.is_open = false;
    }
    action
}
