//! The keyboard.

use eframe::egui::{self, Key, KeyboardShortcut, Modifiers};

use super::App;
use crate::gui::{
    action::{Action, ReportsAction},
    panel::Panel,
    view_model::Mode,
};

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

/// Ctrl+1 and so on, in the order of the navigation.
const NUMBERS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

impl App {
    /// Actions of the keys that hold everywhere. No key starts or stops monitoring: a habit of the hand must not
    /// end a record.
    pub(super) fn keys(&self, ui: &egui::Ui) -> Vec<Action> {
        let mut actions = Vec::new();
        ui.input_mut(|input| {
            let mut on = |shortcut: KeyboardShortcut, action: Action| {
                if input.consume_shortcut(&shortcut) {
                    actions.push(action);
                }
            };
            on(ctrl(Key::S), Action::SaveShown);
            on(ctrl(Key::T), Action::TestNow);
            on(ctrl(Key::L), Action::Go(Panel::Logs));
            on(ctrl(Key::E), Action::Go(Panel::Settings));
            on(ctrl(Key::K), Action::Palette);
            on(ctrl(Key::Q), Action::Quit);
            for (key, panel) in NUMBERS.into_iter().zip(Panel::ALL) {
                on(ctrl(key), Action::Go(panel));
            }
        });
        if self.view.mode != Mode::Running {
            actions.retain(|action| *action != Action::TestNow);
        }
        if self.question.is_some() {
            actions.clear();
        }
        actions
    }

    /// Saves what is shown, where it can be saved: typed settings, or a report.
    pub(super) fn save_shown(&mut self) -> Option<Action> {
        match self.panel {
            Panel::Settings => match self.form.unsaved(self.text) {
                Ok(config) => config.map(|config| Action::Save(Box::new(config))),
                Err(why) => {
                    self.toast.complain(why);
                    None
                }
            },
            Panel::Reports => self.reports.save_shown().map(|format| Action::Reports(ReportsAction::Save(format))),
            _ => None,
        }
    }
}
