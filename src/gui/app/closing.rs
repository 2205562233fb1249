//! Closing the window: monitoring must not end with it unless that is wanted.

use eframe::egui::{self, Context, Id, Key, Modal, ViewportCommand};

use super::{App, tray::show_window};
use crate::gui::{
    action::Action,
    icons,
    jobs::tray::TrayIcon,
    panel::Panel,
    prefs::OnClose,
    text::{T, Text},
    theme::{self, font, gap},
    view_model::Mode,
    widgets::{self, Kind},
};

/// Consequence of a request to close the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Close,
    PutAway,
    Ask,
}

/// Things that keep the line watched without the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Keepers {
    /// The tray icon can be seen.
    tray: bool,
    /// An installed service goes on when this monitor ends.
    service: bool,
}

/// Decides what a request to close leads to.
fn outcome(mode: &Mode, choice: OnClose, keepers: Keepers) -> Outcome {
    let monitors = matches!(mode, Mode::Starting | Mode::Running | Mode::Paused);
    let shows = monitors || matches!(mode, Mode::Viewing { .. });
    match choice {
        OnClose::Tray if keepers.tray && shows => Outcome::PutAway,
        OnClose::Tray | OnClose::Ask if monitors && !keepers.service => Outcome::Ask,
        OnClose::Tray | OnClose::Ask | OnClose::Stop => Outcome::Close,
    }
}

/// The question before closing ends monitoring.
pub(super) struct Question {
    /// The answer holds from now on.
    remembers: bool,
    /// The keyboard is at the harmless answer.
    has_focus: bool,
}

/// An answer to the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Stay,
    Tray,
    Service,
    Stop,
}

impl App {
    /// Follows, cancels or questions a request to close the window.
    pub(super) fn closing(&mut self, ctx: &Context) {
        if self.quits || !ctx.input(|input| input.viewport().close_requested()) {
            return;
        }
        match outcome(
            &self.view.mode,
            self.prefs.on_close(),
            Keepers { tray: self.has_place(), service: self.has_service() },
        ) {
            Outcome::Close => {}
            Outcome::PutAway => {
                ctx.send_viewport_cmd(ViewportCommand::CancelClose);
                put_away(ctx);
            }
            Outcome::Ask => {
                ctx.send_viewport_cmd(ViewportCommand::CancelClose);
                self.ask_to_close(ctx);
            }
        }
    }

    /// Ends the program, after a question where that ends monitoring.
    pub(super) fn quit(&mut self, ctx: &Context) {
        match outcome(&self.view.mode, self.prefs.on_close(), Keepers { tray: false, service: self.has_service() }) {
            Outcome::Ask => self.ask_to_close(ctx),
            Outcome::Close | Outcome::PutAway => self.end(ctx),
        }
    }

    /// Ends the program.
    pub(super) fn end(&mut self, ctx: &Context) {
        self.quits = true;
        ctx.send_viewport_cmd(ViewportCommand::Close);
    }

    /// True if the window can be put away.
    fn has_place(&self) -> bool {
        self.tray.as_ref().is_some_and(TrayIcon::is_there)
    }

    /// True if an installed service waits for the end of this monitor.
    fn has_service(&self) -> bool {
        self.scheduler.takes_over(&self.settings.log_dir)
    }

    fn ask_to_close(&mut self, ctx: &Context) {
        if self.question.is_none() {
            self.question = Some(Question { remembers: false, has_focus: false });
        }
        // Closed from the task bar, it may be minimized.
        show_window(ctx);
    }

    /// Draws the question and follows its answer.
    pub(super) fn question_ui(&mut self, ctx: &Context) {
        let has_place = self.has_place();
        let Some(question) = &mut self.question else { return };
        let Some(answer) = ui(ctx, question, self.text, has_place) else { return };
        let remembers = question.remembers;
        self.question = None;
        match answer {
            Answer::Stay => {}
            Answer::Service => self.handle_action(ctx, Action::Go(Panel::Scheduler)),
            Answer::Tray => {
                if remembers {
                    self.prefs.set_on_close(OnClose::Tray);
                }
                put_away(ctx);
            }
            Answer::Stop => {
                if remembers {
                    self.prefs.set_on_close(OnClose::Stop);
                }
                self.end(ctx);
            }
        }
    }
}

fn put_away(ctx: &Context) {
    ctx.send_viewport_cmd(ViewportCommand::Minimized(true));
    ctx.send_viewport_cmd(ViewportCommand::Visible(false));
}

/// Draws the question; `None` until it is answered.
fn ui(ctx: &Context, question: &mut Question, text: Text, has_place: bool) -> Option<Answer> {
    let tokens = theme::tokens(ctx);
    let title = text.of(T::CloseTitle);
    let area = Modal::default_area(Id::unique("closing")).accessible_name(title);
    let mut answer = None;
    let frame = widgets::frame(tokens.card, tokens.border_strong, gap::INSET);
    let modal =
        Modal::new(Id::unique("closing")).area(area).frame(frame).backdrop_color(tokens.shade).show(ctx, |ui| {
            let width = 480.0_f32.min(ctx.content_rect().width() - 60.0);
            ui.set_width(width);
            ui.spacing_mut().item_spacing.y = gap::S;
            widgets::heading(ui, title, font::card_title());
            let more = if has_place { T::CloseMore } else { T::CloseMoreNoTray };
            widgets::words(ui, text.of(more), font::body(), tokens.text_soft);
            ui.add_space(gap::S);
            let mut choice = |ui: &mut egui::Ui, icon, label: T, kind, is_harmless: bool, means| {
                let button = widgets::button_sized(ui, icon, text.of(label), kind, Some(width));
                if is_harmless && !question.has_focus {
                    question.has_focus = true;
                    button.request_focus();
                }
                if button.clicked() {
                    answer = Some(means);
                }
            };
            if has_place {
                choice(ui, icons::EYE, T::CloseTray, Kind::Primary, true, Answer::Tray);
            }
            choice(ui, icons::CLOCK_COUNTDOWN, T::CloseService, Kind::Normal, false, Answer::Service);
            choice(ui, icons::STOP, T::CloseStop, Kind::Normal, false, Answer::Stop);
            choice(ui, icons::ARROW_COUNTER_CLOCKWISE, T::CloseStay, Kind::Normal, !has_place, Answer::Stay);
            ui.add_space(gap::S);
            ui.checkbox(&mut question.remembers, text.of(T::CloseRemember));
            widgets::words(ui, text.of(T::CloseRememberMore), font::small(), tokens.text_soft);
        });
    let escapes = ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Escape));
    // A click beside it is none of the answers.
    if modal.is_top_modal && escapes { Some(Answer::Stay) } else { answer }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(mode: &Mode, choice: OnClose, [tray, service]: [bool; 2]) -> Outcome {
        outcome(mode, choice, Keepers { tray, service })
    }

    #[test]
    fn closing_never_ends_monitoring_without_being_asked_to() {
        let viewing = Mode::Viewing { pid: Some(1), since: None };
        for mode in [Mode::Starting, Mode::Running, Mode::Paused] {
            for is_there in [false, true] {
                assert_eq!(Outcome::Ask, after(&mode, OnClose::Ask, [is_there, false]), "{mode:?}");
                assert_eq!(Outcome::Close, after(&mode, OnClose::Stop, [is_there, false]), "{mode:?}");
            }
            assert_eq!(Outcome::PutAway, after(&mode, OnClose::Tray, [true, false]), "{mode:?}");
            // A window that is put away where nothing shows it would be lost.
            assert_eq!(Outcome::Ask, after(&mode, OnClose::Tray, [false, false]), "{mode:?}");
        }
        for mode in [Mode::Stopped, Mode::Stopping, Mode::Demo] {
            for choice in [OnClose::Ask, OnClose::Tray, OnClose::Stop] {
                assert_eq!(Outcome::Close, after(&mode, choice, [true, false]), "{mode:?} {choice:?}");
            }
        }
        assert_eq!(Outcome::Close, after(&viewing, OnClose::Ask, [true, false]));
        assert_eq!(Outcome::PutAway, after(&viewing, OnClose::Tray, [true, false]));
    }

    #[test]
    fn nothing_is_asked_where_an_installed_service_goes_on() {
        for mode in [Mode::Starting, Mode::Running, Mode::Paused] {
            assert_eq!(Outcome::Close, after(&mode, OnClose::Ask, [true, true]), "{mode:?}");
            assert_eq!(Outcome::Close, after(&mode, OnClose::Tray, [false, true]), "{mode:?}");
            assert_eq!(Outcome::PutAway, after(&mode, OnClose::Tray, [true, true]), "{mode:?}");
        }
    }
}
