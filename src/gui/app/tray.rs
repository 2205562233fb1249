//! The icon in the tray: what it shows, and what is asked for there.

use eframe::egui::{self, ViewportCommand};

use super::App;
use crate::{
    gui::{
        action::Action,
        jobs::tray::{Asked, Look, TrayIcon},
        text::T,
        theme::{self, TrayMark},
        view_model::Mode,
    },
    model::ledger::State,
};

/// Width and height of the icon, in pixels.
const SIZE: u32 = 32;

impl App {
    /// Has the icon there, or not, and does what was asked for there.
    pub(super) fn tray(&mut self, ctx: &egui::Context) {
        if !self.has_tray {
            return;
        }
        let look = self.tray_look();
        match (&mut self.tray, self.prefs.tray) {
            (None, true) => self.tray = Some(TrayIcon::new(look, self.jobs.wake())),
            (Some(tray), true) => tray.show(look),
            (Some(_), false) => {
                self.tray = None;
                show_window(ctx);
            }
            (None, false) => {}
        }
        let asked = self.tray.as_ref().map(TrayIcon::asked).unwrap_or_default();
        for asked in asked {
            match asked {
                Asked::Open => show_window(ctx),
                Asked::Run if matches!(self.view.mode, Mode::Stopped) => self.handle_action(ctx, Action::Start),
                Asked::Run => self.handle_action(ctx, Action::Stop),
                // A menu is opened and an entry of it chosen on purpose.
                Asked::Quit => self.end(ctx),
            }
        }
    }

    fn tray_look(&self) -> Look {
        let state = self.view.state();
        let mark = match state {
            _ if !self.view.is_watched() => TrayMark::Idle,
            State::Up => TrayMark::Fine,
            State::Degraded => TrayMark::Poor,
            State::Down(_) => TrayMark::Down,
            State::NotMonitored(_) => TrayMark::Idle,
        };
        let said = self.text.headline(state, self.view.verdict());
        let run = match self.view.mode {
            Mode::Stopped => Some(T::StartMonitoring),
            Mode::Running | Mode::Paused => Some(T::StopMonitoring),
            _ => None,
        };
        Look {
            pixels: theme::tray_icon(SIZE, mark),
            size: SIZE,
            tip: format!("Network Logging: {said}"),
            open: self.text.of(T::TrayOpen).to_owned(),
            run: run.map(|run| self.text.of(run).to_owned()),
            quit: self.text.of(T::Quit).to_owned(),
        }
    }
}

pub(super) fn show_window(ctx: &egui::Context) {
    ctx.send_viewport_cmd(ViewportCommand::Visible(true));
    ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
    ctx.send_viewport_cmd(ViewportCommand::Focus);
}
