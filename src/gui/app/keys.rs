//! The keyboard.

use eframe::egui::{self, Key, KeyboardShortcut, Modifiers};

use super::App;
use crate::gui::{
    reports::ReportsWish,
    view_model::Mode,
    wish::{Panel, Wish},
};

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

/// Ctrl+1 and so on, in the order of the navigation.
const NUMBERS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

impl App {
    /// Wishes by keys that hold everywhere. No key starts or stops monitoring: a habit of the hand must not
    /// end a record.
    pub(super) fn keys(&self, ui: &egui::Ui) -> Vec<Wish> {
        let mut wishes = Vec::new();
        ui.input_mut(|input| {
            let mut on = |shortcut: KeyboardShortcut, wish: Wish| {
                if input.consume_shortcut(&shortcut) {
                    wishes.push(wish);
                }
            };
            on(ctrl(Key::S), Wish::SaveShown);
            on(ctrl(Key::T), Wish::TestNow);
            on(ctrl(Key::L), Wish::Go(Panel::Logs));
            on(ctrl(Key::E), Wish::Go(Panel::Settings));
            on(ctrl(Key::K), Wish::Palette);
            on(ctrl(Key::Q), Wish::Quit);
            for (key, panel) in NUMBERS.into_iter().zip(Panel::ALL) {
                on(ctrl(key), Wish::Go(panel));
            }
        });
        if self.view.mode != Mode::Running {
            wishes.retain(|wish| *wish != Wish::TestNow);
        }
        if self.question.is_some() {
            wishes.clear();
        }
        wishes
    }

    /// Saves what is shown, where it can be saved: typed settings, or a report.
    pub(super) fn save_shown(&mut self) -> Option<Wish> {
        match self.panel {
            Panel::Settings => match self.form.unsaved(self.text) {
                Ok(config) => config.map(|config| Wish::Save(Box::new(config))),
                Err(why) => {
                    self.toast.complain(why);
                    None
                }
            },
            Panel::Reports => self.reports.to_save().map(|format| Wish::Reports(ReportsWish::Save(format))),
            _ => None,
        }
    }
}
