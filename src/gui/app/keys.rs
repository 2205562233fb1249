//! The keyboard.

use eframe::egui::{self, Key, KeyboardShortcut, Modifiers};

use super::App;
use crate::gui::{
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
    /// What was asked for by keys that hold everywhere.
    pub(super) fn keys(&mut self, ui: &egui::Ui) -> Vec<Wish> {
        let mut wishes = Vec::new();
        ui.input_mut(|input| {
            let mut on = |shortcut: KeyboardShortcut, wish: Wish| {
                if input.consume_shortcut(&shortcut) {
                    wishes.push(wish);
                }
            };
            let run = match self.view.mode {
                Mode::Running | Mode::Paused => Wish::Stop,
                _ => Wish::Start,
            };
            on(ctrl(Key::S), run);
            on(ctrl(Key::T), Wish::TestNow);
            on(ctrl(Key::L), Wish::Go(Panel::Logs));
            on(ctrl(Key::E), Wish::Go(Panel::Settings));
            on(ctrl(Key::K), Wish::Palette);
            on(ctrl(Key::Q), Wish::Quit);
            for (key, panel) in NUMBERS.into_iter().zip(Panel::ALL) {
                on(ctrl(key), Wish::Go(panel));
            }
        });
        if wishes.contains(&Wish::TestNow) && self.view.mode != Mode::Running {
            wishes.retain(|wish| *wish != Wish::TestNow);
        }
        wishes
    }
}
